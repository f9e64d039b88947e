/**
 * Words that nobody else says, one for every field in which a person's words are taken. Which fields those are is read from the API's own
 * description, so that a new one is looked for too; where one of the words lies, in whatever writing, is found by a part they all share.
 */
import type { Json } from '../../libs/domain/src/event.js';
import { type Description, type Operation, resolved, type Schema } from '../description.js';

const WORD = 'Burungkenari';
const DIGITS = '539988776655';
/** What every canary is found by; without the first letter, which a search column may write small. */
const STEMS = [WORD.slice(1), DIGITS];

export class Canaries {
  private readonly made = new Map<string, string>();
  /** Dates and the like: words that a field asks to be of a form of its own. */
  private readonly given = new Set<string>();

  constructor(private readonly description: Description) {}

  get count(): number {
    return this.made.size + this.given.size;
  }

  /** A new one for a field: digits where a number is asked for. */
  make(field: string): string {
    const at = this.count;
    const canary = /\bnumber$/.test(field)
      ? `${DIGITS}${String(at).padStart(4, '0')}`
      : `${WORD}${[...at.toString(26).padStart(4, '0')].map((digit) => String.fromCharCode(97 + Number.parseInt(digit, 26))).join('')}`;
    this.made.set(canary, field);
    return canary;
  }

  /** Every field of a route's body that takes words, by its path: `subject.identityNumbers[].number`. */
  fieldsOf(operation: Operation): readonly string[] {
    return this.textsIn(bodyOf(operation), '');
  }

  /** The body with a canary in every field that takes words, in the parts that it has; a word that stands there is taken as one. */
  fill(
    operation: Operation,
    body: { readonly [name: string]: Json },
    without: readonly string[] = [],
  ): { readonly body: { readonly [name: string]: Json }; readonly words: readonly (readonly [field: string, word: string])[] } {
    const words: [string, string][] = [];
    const filled = this.filled(bodyOf(operation), body, '', without, words);
    return { body: filled as { readonly [name: string]: Json }, words };
  }

  /** A body with every part there can be, for a request that is refused all the same. */
  whole(operation: Operation): Json {
    const whole = (given: Schema | undefined, path: string): Json => {
      const schema = resolved(this.description, given);
      if (isText(schema)) return this.make(path);
      if (schema?.items !== undefined) return [whole(schema.items, `${path}[]`)];
      if (schema?.properties === undefined) return 'x';
      return Object.fromEntries(
        Object.entries(schema.properties).map(([name, child]) => [name, whole(child, joined(path, name))] as const),
      );
    };
    return whole(bodyOf(operation), '');
  }

  /** The shared parts that this text holds, as they are, in hexadecimal digits, or in base64. */
  foundIn(text: string): readonly string[] {
    const small = text.toLowerCase();
    const plain = [...STEMS.map((stem) => stem.toLowerCase()), ...this.given].filter((one) => small.includes(one));
    const hidden = STEMS.filter(
      (stem) => small.includes(Buffer.from(stem).toString('hex')) || inBase64(stem).some((one) => text.includes(one)),
    );
    return [...plain, ...hidden.map((stem) => `${stem} in another writing`)];
  }

  /** The canaries themselves that this text holds. */
  namedIn(text: string): readonly string[] {
    return [...this.made].flatMap(([canary, field]) => (text.includes(canary) ? [`${canary} (${field})`] : []));
  }

  private filled(
    given: Schema | undefined,
    value: Json | undefined,
    path: string,
    without: readonly string[],
    words: [string, string][],
  ): Json | undefined {
    const schema = resolved(this.description, given);
    if (isText(schema)) {
      if (without.includes(path) || typeof value === 'boolean' || typeof value === 'number') return value;
      if (typeof value === 'string') this.given.add(value);
      const word = typeof value === 'string' ? value : this.make(path);
      words.push([path, word]);
      return word;
    }
    if (Array.isArray(value))
      return value.map((one: Json) => this.filled(schema?.items, one, `${path}[]`, without, words) ?? null);
    if (typeof value !== 'object' || value === null) return value;
    const names = new Set([...Object.keys(value), ...Object.keys(schema?.properties ?? {})]);
    const entries = [...names].flatMap((name): readonly (readonly [string, Json])[] => {
      const child = this.filled(
        schema?.properties?.[name],
        (value as { readonly [name: string]: Json })[name],
        joined(path, name),
        without,
        words,
      );
      return child === undefined ? [] : [[name, child]];
    });
    return Object.fromEntries(entries);
  }

  private textsIn(given: Schema | undefined, path: string): readonly string[] {
    const schema = resolved(this.description, given);
    if (isText(schema)) return [path];
    if (schema?.items !== undefined) return this.textsIn(schema.items, `${path}[]`);
    return Object.entries(schema?.properties ?? {}).flatMap(([name, child]) => this.textsIn(child, joined(path, name)));
  }
}

/** Words, and no code, id, date or one of a few: what a person wrote, or is called. An answer to a fact may be a date of birth. */
function isText(schema: Schema | undefined): boolean {
  const { type, pattern, format, enum: few, oneOf } = schema ?? {};
  if (oneOf !== undefined) return oneOf.some(isText);
  return type === 'string' && pattern === undefined && format === undefined && few === undefined;
}

function bodyOf(operation: Operation): Schema | undefined {
  return operation.requestBody?.content['application/json']?.schema;
}

const joined = (path: string, name: string): string => (path === '' ? name : `${path}.${name}`);

/** As it stands in base64 wherever it begins: what depends on its neighbours is left out. */
function inBase64(stem: string): readonly string[] {
  return [0, 1, 2].map((before) => {
    const bytes = Buffer.concat([Buffer.alloc(before), Buffer.from(stem)]);
    return bytes.toString('base64').slice(before === 0 ? 0 : before + 1, Math.floor((bytes.length * 8) / 6) - 1);
  });
}
