/** What is put around an event before it is appended: chosen ids, the guard against free text, and the hash chain. */
import { hash as digest } from 'node:crypto';
import { v5 as uuidV5 } from 'uuid';
import { ID_NAMESPACE, type Id, type Json, NAME_OF_CASE, nameOfCommand, type Sha256 } from '#domain/event.js';
import type { EventMetadata, RecordedEvent } from './port.js';

/** The id of a command: the same actor and Idempotency-Key always give the same one. */
export function commandIdOf(actor: Id, idempotencyKey: string): Id {
  return uuidV5(nameOfCommand(actor, idempotencyKey), ID_NAMESPACE);
}

/** The id of a command's event, by its place (from 0) in the command's append. */
export function eventIdOf(commandId: Id, index: number): Id {
  return uuidV5(`event ${index}`, commandId);
}

/** The id of the case that a command opens. */
export function caseIdOf(commandId: Id): Id {
  return uuidV5(NAME_OF_CASE, commandId);
}

/**
 * Canonical JSON (RFC 8785) of a value: members in the order of their names' UTF-16 units, numbers and strings as ECMAScript writes them.
 * Members that are undefined are left out, as by JSON.stringify. Our own because it is on the path of every append, where the package
 * `canonicalize` takes half of the time of a hash; the spec holds both against each other.
 * @throws Error for NaN, Infinity, or nothing to serialise.
 */
export function canonicalJson(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return quoted(value);
    case 'number':
      if (!Number.isFinite(value)) throw new Error(`${value} is not JSON`);
      return JSON.stringify(value);
    case 'boolean':
      return value ? 'true' : 'false';
    case 'object':
      if (value === null) return 'null';
      return Array.isArray(value) ? canonicalArray(value) : canonicalObject(value);
    default:
      throw new Error('Nothing to serialise');
  }
}

function canonicalArray(values: readonly unknown[]): string {
  let text = '[';
  for (let at = 0; at < values.length; at += 1) text += (at === 0 ? '' : ',') + canonicalJson(values[at] ?? null);
  return `${text}]`;
}

function canonicalObject(value: object): string {
  let text = '{';
  const members = value as { readonly [name: string]: unknown };
  for (const name of Object.keys(members).sort()) {
    const member = members[name];
    if (member === undefined) continue;
    text += `${text.length === 1 ? '' : ','}${quoted(name)}:${canonicalJson(member)}`;
  }
  return `${text}}`;
}

/** All that JSON may escape lies outside this class; most strings here are codes, ids and base64, which lie within. */
const mayNeedEscape = /[^ !#-[\]-\ud7ff\ue000-\uffff]/;

function quoted(text: string): string {
  return mayNeedEscape.test(text) ? JSON.stringify(text) : `"${text}"`;
}

/** SHA-256, in lower-case hexadecimal, over the canonical JSON of some content. */
export function sha256Of(content: object): Sha256 {
  return digest('sha256', canonicalJson(content));
}

/** What a hash covers besides the previous one; `data` as stored, with its personal parts encrypted. */
export interface HashedEvent {
  readonly stream: Id;
  readonly revision: number;
  readonly id: Id;
  readonly type: string;
  readonly schemaVersion: number;
  readonly data: object;
  readonly metadata: Omit<EventMetadata, 'hash'>;
}

/** SHA-256, in lower-case hexadecimal, over the canonical JSON of the previous hash (null for a stream's first event) and the event. */
export function chainHash(previousHash: Sha256 | undefined, event: HashedEvent): Sha256 {
  return digest('sha256', hashedText(previousHash, event));
}

/** The very text that an event's hash covers: its canonical JSON, on one line. */
export function hashedText(previousHash: Sha256 | undefined, event: HashedEvent): string {
  const { stream, revision, id, type, schemaVersion, data, metadata } = event;
  return canonicalJson({ previousHash: previousHash ?? null, stream, revision, id, type, schemaVersion, data, metadata });
}

export interface ChainBreak {
  readonly stream: Id;
  readonly revision: number;
  readonly position: string;
  /** `revision`: one is missing, doubled or out of order; `hash`: the event or one before it is not what was written. */
  readonly kind: 'revision' | 'hash';
}

/**
 * Checks one stream, as stored (not decrypted), from its first event or after a trusted head. Returns the first break, or undefined.
 * A tail cut off leaves no break: compare the last hash with one kept elsewhere.
 */
export function verifyChain(
  events: Iterable<RecordedEvent>,
  after: { readonly revision: number; readonly hash?: Sha256 } = { revision: -1 },
): ChainBreak | undefined {
  let { revision, hash } = after;
  for (const event of events) {
    const { stream, position } = event;
    if (event.revision !== revision + 1) return { stream, revision: event.revision, position, kind: 'revision' };
    const { hash: claimed, ...metadata } = event.metadata;
    if (chainHash(hash, { ...event, metadata }) !== claimed) return { stream, revision: event.revision, position, kind: 'hash' };
    revision = event.revision;
    hash = claimed;
  }
  return undefined;
}

/** Where a stream ends. */
export interface StreamEnd {
  readonly revision: number;
  readonly hash: Sha256;
}

/** Checks the next event of a log, streams mixed as they come, against where its stream stood; moves that on, unless the chain breaks here. */
export function followChain(heads: Map<Id, StreamEnd>, event: RecordedEvent): ChainBreak | undefined {
  const broken = verifyChain([event], heads.get(event.stream));
  if (broken === undefined) heads.set(event.stream, { revision: event.revision, hash: event.metadata.hash });
  return broken;
}

const registryPrefixes = ['procedure-', 'calendar-', 'retention-', 'office', 'official'];
const longestCode = 200;

/** Free text stands outside `personal`: a programming error. The message names the place, never the text. */
export class FreeTextOutsidePersonal extends Error {
  override readonly name = 'FreeTextOutsidePersonal';
}

/**
 * Refuses free text outside `data.personal`, where it could never be destroyed. Streams of published data may hold it.
 * @throws FreeTextOutsidePersonal when a string or key has white space or more than 200 characters.
 */
export function refuseFreeText(stream: Id, type: string, data: object): void {
  if (registryPrefixes.some((prefix) => stream.startsWith(prefix))) return;
  for (const [key, value] of Object.entries(data)) {
    if (key !== 'personal') refuseFreeTextIn(value, `${type}.${checkedKey(key, type)}`);
  }
}

function refuseFreeTextIn(value: Json | undefined, path: string): void {
  if (typeof value === 'string') {
    if (isFreeText(value)) throw new FreeTextOutsidePersonal(`${path} holds free text: it belongs in personal`);
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, inner] of Object.entries(value)) refuseFreeTextIn(inner, `${path}.${checkedKey(key, path)}`);
  }
}

function checkedKey(key: string, path: string): string {
  if (isFreeText(key)) throw new FreeTextOutsidePersonal(`A key of ${path} is free text: it belongs in personal`);
  return key;
}

function isFreeText(text: string): boolean {
  return text.length > longestCode || /\s/.test(text);
}
