/** What every store refuses alike, and the JSON text that every store keeps. */
import { UUID } from '#domain/event.js';
import type { ExpectedRevision, StoredEvent } from './port.js';

/** The event cannot be kept byte for byte by every store. Nothing was written; the message names no values. */
export class UnstorableEvent extends Error {
  override readonly name = 'UnstorableEvent';
}

export interface EventTexts {
  readonly data: string;
  readonly metadata: string;
}

const sha256 = /^[0-9a-f]{64}$/;
/** An escape, not itself escaped, of U+0000 or of half a surrogate pair: all that JSON.stringify writes so. */
const unstorableEscape = /(?<!\\)(?:\\\\)*\\u(?:0000|d[89a-f][0-9a-f]{2})/;

/** Whether a JSON text is without U+0000 and half surrogate pairs, which not every store, and no column of PostgreSQL's, can hold. */
export function isStorable(json: string): boolean {
  return !((json.includes('\\u0000') || json.includes('\\ud')) && unstorableEscape.test(json));
}

/**
 * The JSON text of a value, exactly as it will be stored.
 * @throws UnstorableEvent when a string or key holds U+0000 or half a surrogate pair, which not every store can hold.
 */
export function storableJson(value: object, what: string): string {
  const text = JSON.stringify(value);
  if (!isStorable(text)) throw new UnstorableEvent(`${what} holds U+0000 or half a surrogate pair, which cannot be stored`);
  return text;
}

/**
 * Checks one append and returns the texts of its events, in order.
 * @throws UnstorableEvent for no events, an id that is not a lower-case UUID, an id used twice, a malformed hash, unstorable text,
 * or an expected revision that is not a whole number from 0 up.
 */
export function storableTexts(stream: string, expected: ExpectedRevision, events: readonly StoredEvent[]): readonly EventTexts[] {
  if (events.length === 0) throw new UnstorableEvent(`Nothing to append to ${stream}`);
  if (stream === '' || stream.includes('\0')) throw new UnstorableEvent('A stream needs a name without U+0000');
  if (typeof expected === 'number' && !(Number.isSafeInteger(expected) && expected >= 0)) {
    throw new UnstorableEvent(`Not a revision: ${expected}`);
  }
  if (new Set(events.map((event) => event.id)).size !== events.length) {
    throw new UnstorableEvent(`An append to ${stream} holds an event id twice`);
  }
  return events.map((event) => {
    const what = `Event ${event.type} of ${stream}`;
    if (!UUID.test(event.id)) throw new UnstorableEvent(`${what}: its id is not a UUID in lower case`);
    if (!sha256.test(event.metadata.hash)) throw new UnstorableEvent(`${what}: its hash is not 64 hexadecimal digits`);
    return { data: storableJson(event.data, what), metadata: storableJson(event.metadata, what) };
  });
}
