/** The kinds of field a request has: each says at once how it is validated and how the OpenAPI document describes it. */
import { applyDecorators } from '@nestjs/common';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayNotEmpty,
  IsArray,
  IsIn,
  IsInstance,
  IsObject,
  IsOptional,
  IsString,
  Length,
  Matches,
  registerDecorator,
  ValidateNested,
} from 'class-validator';
import { parseDay, parseInstant } from '#domain/calendar/day.js';
import { UUID } from '#domain/event.js';

// Codes and ids are stored in the clear, so nothing as long as a number of a person (NIK, passport, family card) passes as one.
// Ids that Tegas gave are UUIDs.
const CODE = new RegExp(`^(${UUID.source.slice(1, -1)}|(?!.*\\d{8})[A-Za-z0-9][A-Za-z0-9._/-]{0,99})$`);
/** Dates of living people's acts and papers; anything else is a slip of the keyboard. */
const EARLIEST = '1900-01-01';
const LATEST = '2199-12-31';

interface FieldOptions {
  readonly description?: string;
  readonly example?: unknown;
  readonly optional?: boolean;
}

function field(schema: object, options: FieldOptions, ...rules: PropertyDecorator[]): PropertyDecorator {
  const { description, example, optional } = options;
  const api = { ...schema, ...(description === undefined ? {} : { description }), ...(example === undefined ? {} : { example }) };
  return applyDecorators(
    optional === true ? ApiPropertyOptional(api) : ApiProperty(api),
    ...(optional === true ? [IsOptional()] : []),
    ...rules,
  );
}

function rule(name: string, message: string, holds: (value: unknown) => boolean): PropertyDecorator {
  return (target, propertyName) => {
    registerDecorator({
      name,
      target: target.constructor,
      propertyName: String(propertyName),
      options: { message },
      validator: { validate: holds },
    });
  };
}

/** What a person wrote or is called, byte for byte: any script, `NULL` and `O'Brien` too. Not empty, no NUL, whole characters only. */
export function Words(max: number, options: FieldOptions = {}): PropertyDecorator {
  const readable = (value: unknown): boolean =>
    typeof value === 'string' && !value.includes('\u0000') && value.isWellFormed() && value.trim() !== '';
  return field(
    { type: 'string', minLength: 1, maxLength: max },
    options,
    IsString(),
    Length(1, max),
    rule('words', 'must hold readable characters (no NUL, no half characters, not only spaces)', readable),
  );
}

export const isCode = (value: unknown): boolean => typeof value === 'string' && CODE.test(value);

/** A word of the vocabulary or an id: letters, digits, `. _ / -`; no spaces. */
export function CodeWord(options: FieldOptions = {}): PropertyDecorator {
  return field(
    { type: 'string', pattern: CODE.source },
    options,
    Matches(CODE, { message: 'must be a code: letters, digits, . _ / -, no spaces, and no number of eight digits or more' }),
  );
}

/** So many bytes in base64url, unpadded: keys, signatures, salts. Never words. */
export function Base64Url(bytes: number, options: FieldOptions = {}): PropertyDecorator {
  const pattern = new RegExp(`^[A-Za-z0-9_-]{${Math.ceil((bytes * 4) / 3)}}$`);
  return field(
    { type: 'string', pattern: pattern.source },
    options,
    Matches(pattern, { message: `must be ${bytes} bytes in base64url, without padding` }),
  );
}

/** A whole number within bounds. */
export function Whole(min: number, max: number, options: FieldOptions = {}): PropertyDecorator {
  const holds = (value: unknown): boolean => typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max;
  return field(
    { type: 'integer', minimum: min, maximum: max },
    options,
    rule('whole', `must be a whole number from ${min} to ${max}`, holds),
  );
}

export function CodeWords(options: FieldOptions & { readonly max?: number } = {}): PropertyDecorator {
  return field(
    { type: 'array', items: { type: 'string', pattern: CODE.source } },
    options,
    IsArray(),
    ArrayNotEmpty(),
    ArrayMaxSize(options.max ?? 50),
    Matches(CODE, {
      each: true,
      message: 'must be codes: letters, digits, . _ / -, no spaces, and no number of eight digits or more',
    }),
  );
}

/** The id of a case, or of another thing that Tegas named. */
export function CaseId(options: FieldOptions = {}): PropertyDecorator {
  return field({ type: 'string', format: 'uuid' }, options, Matches(UUID, { message: 'must be an id as Tegas gives them' }));
}

/** One of a few words that the domain knows. */
export function OneOf(words: readonly string[], options: FieldOptions = {}): PropertyDecorator {
  return field({ type: 'string', enum: [...words] }, options, IsIn(words));
}

/** A calendar date that exists. */
export function CalendarDate(options: FieldOptions = {}): PropertyDecorator {
  return field(
    { type: 'string', format: 'date' },
    { example: '2026-11-24', ...options },
    rule('calendarDate', `must be a date that exists, as 2026-11-24, from ${EARLIEST} to ${LATEST}`, isCalendarDate),
  );
}

export function isCalendarDate(value: unknown): boolean {
  if (typeof value !== 'string' || !/^\d{4}-\d{2}-\d{2}$/.test(value) || value < EARLIEST || value > LATEST) return false;
  return succeeds(() => parseDay(value));
}

/** An RFC 3339 instant with its zone, `2026-11-24T20:27:39Z`. */
export function isInstant(value: unknown): value is string {
  if (typeof value !== 'string' || !/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:[0-5]\d(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})$/.test(value))
    return false;
  return succeeds(() => parseInstant(value)) && value.slice(0, 10) >= EARLIEST && value.slice(0, 10) <= LATEST;
}

/** An instant with its zone. */
export function Instant(options: FieldOptions = {}): PropertyDecorator {
  return field(
    { type: 'string', format: 'date-time' },
    { example: '2026-11-24T20:27:39Z', ...options },
    rule('instant', `must be an instant with its zone, as 2026-11-24T20:27:39Z, from ${EARLIEST} to ${LATEST}`, isInstant),
  );
}

function succeeds(work: () => unknown): boolean {
  try {
    work();
    return true;
  } catch {
    return false;
  }
}

export function Digest(options: FieldOptions = {}): PropertyDecorator {
  return field(
    { type: 'string', pattern: '^[0-9a-f]{64}$' },
    options,
    Matches(/^[0-9a-f]{64}$/, { message: 'must be a SHA-256: 64 lower-case hexadecimal digits' }),
  );
}

/** The answer to a fact: its type is checked by the procedure. */
export function Answer(options: FieldOptions = {}): PropertyDecorator {
  const isAnswer = (value: unknown): boolean =>
    typeof value === 'boolean' ||
    (typeof value === 'number' && Number.isFinite(value)) ||
    (typeof value === 'string' && value.length <= 200 && !value.includes('\u0000') && value.isWellFormed());
  return field(
    { oneOf: [{ type: 'boolean' }, { type: 'number' }, { type: 'string' }] },
    options,
    rule('answer', 'must be true, false, a number or a text of at most 200 characters', isAnswer),
  );
}

/** A part with fields of its own. */
export function Part(type: () => new () => object, options: FieldOptions = {}): PropertyDecorator {
  // Swagger tells a lazy type from a class by the function's name, which must be "type".
  return field(
    { type: () => type() },
    options,
    IsObject(),
    IsInstance(type(), { message: 'must be an object' }),
    ValidateNested(),
    Type(type),
  );
}

export function Parts(type: () => new () => object, options: FieldOptions & { readonly max?: number } = {}): PropertyDecorator {
  return field(
    { type: () => type(), isArray: true },
    options,
    IsArray(),
    ArrayMaxSize(options.max ?? 20),
    ValidateNested({ each: true }),
    Type(type),
  );
}
