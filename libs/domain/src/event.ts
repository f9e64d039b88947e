/**
 * What every event of Tegas is made of. Outside `personal` an event holds only codes, ids, dates of acts and hashes:
 * what a person said, is called or is numbered by stands in `personal`, which is encrypted before it is stored.
 */

/** A word of the law's or the product's vocabulary: no white space, never free text. */
export type Code = string;
/** An opaque identifier: a UUID, an official's login, an evidence id. */
export type Id = string;
/** How the ids that Tegas gives are written. */
export const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
/** The name space of every id of Tegas. Never change it: retries of old commands would no longer be recognised. */
export const ID_NAMESPACE = '7b1df564-4d1f-4992-8861-749c31985766';
/** The name, in that name space, of a command: the same actor and Idempotency-Key always give the same id (UUID, version 5). */
export function nameOfCommand(actor: Id, idempotencyKey: string): string {
  return JSON.stringify([actor, idempotencyKey]);
}
/** The name of the case that a command opens, with the command's id as name space: a device without network gives the office's own. */
export const NAME_OF_CASE = 'case';
/** A calendar date, `2026-11-24`. */
export type DateOn = string;
/** An instant in UTC, RFC 3339 with milliseconds, `2026-11-24T20:27:39.000Z`. */
export type InstantAt = string;
/** A SHA-256, 64 lower-case hexadecimal digits. */
export type Sha256 = string;
/** An IANA time zone, `Asia/Makassar`. */
export type Zone = string;

/** A sentence a person reads, in both languages of the product. */
export interface Text {
  readonly id: string;
  readonly en: string;
}

/** Where a rule stands, as data: `{ act: 'UU 12/2006', article: '23(i)' }`. */
export interface Citation {
  readonly act: string;
  readonly article: string;
}

/** A citation as an event holds it: `_` for white space, so that no free text can stand there. A decree has no article. */
export interface RecordedCitation {
  readonly act: Code;
  readonly article?: Code;
}

/** A citation to be recorded. */
export function recordedCitation({ act, article }: { readonly act: string; readonly article?: string }): RecordedCitation {
  return { act: asCode(act), ...(article === undefined ? {} : { article: asCode(article) }) };
}

function asCode(text: string): Code {
  return text.trim().replace(/\s+/g, '_').slice(0, 200);
}

/** As people cite it. */
export function citationIn({ act, article }: RecordedCitation): string {
  return [act, article].flatMap((part) => (part === undefined ? [] : [part.replaceAll('_', ' ')])).join(' ');
}

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/**
 * Values about one person. `fields` is encrypted under the key of (personId, retentionClass).
 * After that key is destroyed the part reads back as `{ personId, retentionClass, fields: {}, erased: true }`.
 */
export interface PersonalPart {
  readonly personId: Id;
  readonly retentionClass: Code;
  readonly fields: { readonly [field: string]: Json };
  readonly erased?: true;
}

/** A decided fact. `schemaVersion` is 1 unless the event's type says otherwise; upcasters lift older ones. */
export interface DomainEvent<Type extends string = string, Data extends object = object> {
  readonly type: Type;
  readonly data: Data & { readonly personal?: readonly PersonalPart[] };
}

/** A refused command: a value, never thrown. `code` is stable; `reason` is for the person who asked. */
export interface Rejection {
  readonly code: Code;
  readonly reason: Text;
  readonly legalBasis?: readonly Citation[];
}

/** What a decision is: at least one event, or a rejection. */
export type Decision<E extends DomainEvent> =
  | { readonly events: readonly E[]; readonly rejection?: never }
  | { readonly rejection: Rejection; readonly events?: never };

/** Ends an exhaustive switch: a new member of the union fails to compile here. */
export function assertNever(value: never): never {
  // Its type and no more: an event that a newer program wrote may hold a person's name, and this message goes to a log.
  const unknown: unknown = value;
  const type = typeof unknown === 'object' && unknown !== null && 'type' in unknown ? String(unknown.type) : typeof unknown;
  throw new Error(`Not handled: ${type}`);
}
