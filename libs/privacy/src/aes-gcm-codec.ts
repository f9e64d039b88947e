import { createCipheriv, createDecipheriv, hkdfSync, type KeyObject, randomBytes, randomFillSync } from 'node:crypto';
import type { Json, PersonalPart } from '#domain/event.js';
import {
  type PersonalDataCodec,
  type SealedEvent,
  type SealedPart,
  UnreadablePersonalData,
} from '#event-store/personal-data-codec.js';
import { StoreUnavailable } from '#event-store/port.js';
import { type MasterKey, WRAPS_UNDER_KNOWN_MS } from './master-key.js';
import { type KeyRef, type KeyRow, keyName, type PersonKeyStore } from './person-keys.js';

const ivBytes = 12;
const tagBytes = 16;

/** A data key in use: undefined secret when it was destroyed. */
interface DataKey {
  readonly generation: number;
  readonly secret: Buffer | undefined;
}

export interface DestroyedKeys {
  /** How many there were; the same when it is asked again. */
  readonly keys: number;
  /** How many of them had not been destroyed before. */
  readonly live: number;
  readonly retentionClasses: readonly string[];
}

export interface AesGcmCodecOptions {
  /** How many data keys are kept in memory; 10,000 unless told. */
  readonly cachedKeys?: number;
  /** For how long, in milliseconds; 30,000 unless told. So long may another process still read, or seal under, a key destroyed here. */
  readonly cachedForMs?: number;
  /** For how long, in milliseconds, new keys are wrapped under the secret that was the newest when it was looked; 30,000 unless told. */
  readonly wrapsUnderKnownMs?: number;
}

/**
 * Seals every part with AES-256-GCM under a key per person and retention class, bound to stream, revision and place of the part: base64 of iv
 * (12 bytes), tag (16), ciphertext. Opens also parts whose fields were sealed one by one, each bound to its name too (ADR 41).
 */
export class AesGcmCodec implements PersonalDataCodec {
  private readonly live: Cache<DataKey>;
  private readonly byName: Cache<DataKey>;
  private readonly wrapsUnderKnownMs: number;
  private destructions = 0;

  constructor(
    private readonly masterKey: MasterKey,
    private readonly keys: PersonKeyStore,
    { cachedKeys = 10_000, cachedForMs = 30_000, wrapsUnderKnownMs = WRAPS_UNDER_KNOWN_MS }: AesGcmCodecOptions = {},
  ) {
    this.wrapsUnderKnownMs = wrapsUnderKnownMs;
    this.live = new Cache(cachedKeys, cachedForMs);
    this.byName = new Cache(cachedKeys, cachedForMs);
  }

  async seal(stream: string, revision: number, parts: readonly PersonalPart[]): Promise<readonly SealedPart[]> {
    const sealed: SealedPart[] = [];
    for (const [place, part] of parts.entries()) {
      const { personId, retentionClass, fields } = part;
      if (part.erased === true) throw new Error(`An erased part cannot be appended again (${stream}, revision ${revision})`);
      const { generation, secret } = this.live.get(pairName(part)) ?? (await this.liveKey(personId, retentionClass));
      if (secret === undefined) throw new Error('A live key has a secret');
      const text = encrypt(secret, JSON.stringify(fields), boundTo(stream, revision, place));
      sealed.push({ personId, retentionClass, key: generation, sealed: text });
    }
    return sealed;
  }

  async open(events: readonly SealedEvent[]): Promise<readonly (readonly PersonalPart[] | UnreadablePersonalData)[]> {
    // What is not even shaped like sealed parts keeps neither the others of its batch back nor the keys from being asked for.
    const faults = events.map(faultOf);
    const keys = await this.keysOf(events.filter((_, place) => faults[place] === undefined));
    return events.map((event, eventPlace) => {
      const fault = faults[eventPlace];
      if (fault !== undefined) return new UnreadablePersonalData(event.stream, event.revision, fault);
      try {
        return event.parts.map((part, place) => openPart(event, part, place, keys.get(keyName(refOf(part)))));
      } catch (error) {
        if (error instanceof UnreadablePersonalData) return error;
        throw error;
      }
    });
  }

  /**
   * A key of its own for what is too large for a field, a document: made from the person's key and a salt, and destroyed with it. Of the newest
   * key where no generation is given. Undefined: that key was destroyed. @throws StoreUnavailable
   */
  async documentKey(
    { personId, retentionClass, generation }: Omit<KeyRef, 'generation'> & { readonly generation?: number },
    salt: Buffer,
  ): Promise<{ readonly generation: number; readonly key: Buffer } | undefined> {
    const found =
      generation === undefined
        ? (this.live.get(pairName({ personId, retentionClass })) ?? (await this.liveKey(personId, retentionClass)))
        : await this.keyNamed({ personId, retentionClass, generation });
    if (found.secret === undefined) return undefined;
    return { generation: found.generation, key: Buffer.from(hkdfSync('sha256', found.secret, salt, 'tegas document', 32)) };
  }

  private async keyNamed(ref: KeyRef): Promise<DataKey> {
    const parts = [{ personId: ref.personId, retentionClass: ref.retentionClass, key: ref.generation, sealed: {} }];
    const key = (await this.keysOf([{ stream: '', revision: 0, parts }])).get(keyName(ref));
    if (key === undefined) throw new Error('The key of this document was never kept here; is this the right key table?');
    if (key instanceof Error) throw key;
    return key;
  }

  /** Signs letters; see the master key. */
  get letterKey(): KeyObject {
    return this.masterKey.letterKey;
  }

  fingerprint(text: string): string {
    return this.masterKey.fingerprint(text);
  }

  /**
   * Destroys every key of a person for a retention class: what was sealed under them opens as erased from now on (in other processes
   * after `cachedForMs`). A later seal starts a new key. Returns how many keys were destroyed.
   * @throws StoreUnavailable
   */
  async destroyKey(personId: string, retentionClass: string): Promise<number> {
    const destroyed = await this.keys.destroy(personId, retentionClass);
    this.destructions += 1;
    this.live.clear();
    this.byName.clear();
    return destroyed;
  }

  /** Destroys every key of a person, of every retention class. Once gone they stay gone, so it may be asked again. @throws StoreUnavailable */
  async destroyPerson(personId: string): Promise<DestroyedKeys> {
    const classes = await this.keys.classesOf(personId);
    let live = 0;
    for (const { retentionClass } of classes) live += await this.destroyKey(personId, retentionClass);
    return {
      live,
      keys: classes.reduce((sum, { keys }) => sum + keys, 0),
      retentionClasses: classes.map(({ retentionClass }) => retentionClass),
    };
  }

  /** The newest key of a pair that was not destroyed; made when there is none. Of several makers, the first one's key is everyone's. */
  private async liveKey(personId: string, retentionClass: string): Promise<DataKey> {
    const pair = { personId, retentionClass };
    const destructions = this.destructions;
    let [row] = await this.keys.findLive([pair]);
    for (let attempt = 0; row === undefined && attempt < 5; attempt += 1) {
      // In this order: a key that another maker keeps after the first line has the generation tried here, so only one of them stays.
      const newest = await this.keys.newestGeneration(personId, retentionClass);
      [row] = await this.keys.findLive([pair]);
      if (row !== undefined) break;
      const ref = { ...pair, generation: newest + 1 };
      await this.lookAgain();
      await this.keys.insert(ref, this.masterKey.wrap(randomBytes(32), keyName(ref)));
      [row] = await this.keys.findLive([pair]);
    }
    if (row === undefined) throw new Error('A person key was destroyed as soon as it was made, five times');
    const key = await this.unwrapped(row);
    if (key instanceof Error) throw key;
    if (destructions === this.destructions) {
      this.live.set(pairName(pair), key);
      this.byName.set(keyName(row), key);
    }
    return key;
  }

  /** The keys that a batch needs, by name: from memory, and the others by one query. */
  private async keysOf(events: readonly SealedEvent[]): Promise<ReadonlyMap<string, DataKey | Error>> {
    const found = new Map<string, DataKey | Error>();
    const missing = new Map<string, KeyRef>();
    for (const { parts } of events) {
      for (const part of parts) {
        const name = keyName(refOf(part));
        if (found.has(name) || missing.has(name)) continue;
        const cached = this.byName.get(name);
        if (cached !== undefined) found.set(name, cached);
        else missing.set(name, refOf(part));
      }
    }
    if (missing.size === 0) return found;
    const destructions = this.destructions;
    for (const row of await this.keys.find([...missing.values()])) {
      const key = await this.unwrapped(row);
      found.set(keyName(row), key);
      if (key instanceof Error || destructions !== this.destructions) continue;
      this.byName.set(keyName(row), key);
      // Destroying takes every key of a pair, and another is made only then: a key that is left is the live one.
      if (key.secret !== undefined) this.live.set(pairName(row), key);
    }
    return found;
  }

  /** What was the newest secret a while ago may be taken away soon: nothing is wrapped under it by who cannot tell. @throws StoreUnavailable */
  private async lookAgain(): Promise<void> {
    await this.masterKey.lookAgain(this.wrapsUnderKnownMs).catch((error) => {
      throw new StoreUnavailable('The master key cannot be read again', { cause: error });
    });
  }

  /** A key that the secrets known here do not open may be wrapped under one that was added meanwhile. */
  private async unwrapped(row: KeyRow): Promise<DataKey | Error> {
    const key = this.unwrappedBy(row);
    if (!(key instanceof Error)) return key;
    await this.masterKey.lookAgain(0).catch(() => undefined);
    return this.unwrappedBy(row);
  }

  private unwrappedBy(row: KeyRow): DataKey | Error {
    if (row.wrapped === undefined) return { generation: row.generation, secret: undefined };
    try {
      return { generation: row.generation, secret: this.masterKey.unwrap(row.wrapped, keyName(row)) };
    } catch (error) {
      return new Error('this is not the master key that its key was wrapped under, or the wrapped key was altered', {
        cause: error,
      });
    }
  }
}

function openPart(
  { stream, revision }: SealedEvent,
  part: SealedPart,
  place: number,
  key: DataKey | Error | undefined,
): PersonalPart {
  const { personId, retentionClass, sealed } = part;
  if (key === undefined)
    throw new UnreadablePersonalData(stream, revision, 'its key was never kept here; is this the right key table?');
  if (key instanceof Error) throw new UnreadablePersonalData(stream, revision, key.message, { cause: key });
  if (key.secret === undefined) return { personId, retentionClass, fields: {}, erased: true };
  try {
    return { personId, retentionClass, fields: fieldsOf(sealed, key.secret, [stream, revision, place]) };
  } catch (error) {
    throw new UnreadablePersonalData(stream, revision, 'it was altered or moved', { cause: error });
  }
}

function fieldsOf(sealed: SealedPart['sealed'], secret: Buffer, place: Place): PersonalPart['fields'] {
  if (typeof sealed === 'string') return JSON.parse(decrypt(secret, sealed, boundTo(...place)));
  const fields: { [field: string]: Json } = {};
  for (const [field, text] of Object.entries(sealed))
    define(fields, field, JSON.parse(decrypt(secret, text, boundTo(...place, field))));
  return fields;
}

const MOST_GENERATIONS = 2_147_483_647;

/** Why the parts of a stored event are not sealed parts; undefined where they are shaped like them. */
function faultOf({ parts }: SealedEvent): string | undefined {
  const asStored: unknown = parts;
  if (!Array.isArray(asStored)) return 'it is no list of sealed parts';
  for (const part of asStored as readonly unknown[]) {
    if (typeof part !== 'object' || part === null) return 'a part of it is no object';
    const { personId, retentionClass, key, sealed } = part as { readonly [name: string]: unknown };
    if (![personId, retentionClass].every((text) => typeof text === 'string' && text !== '' && !text.includes('\0')))
      return 'a part of it names no person or no retention class';
    if (!Number.isInteger(key) || Number(key) < 1 || Number(key) > MOST_GENERATIONS) return 'a part of it names no key';
    const texts = typeof sealed === 'object' && sealed !== null ? Object.values(sealed) : [sealed];
    if (!texts.every((text) => typeof text === 'string')) return 'a part of it holds no sealed fields';
  }
  return undefined;
}

function refOf({ personId, retentionClass, key }: SealedPart): KeyRef {
  return { personId, retentionClass, generation: key };
}

function pairName({ personId, retentionClass }: { readonly personId: string; readonly retentionClass: string }): string {
  return JSON.stringify([personId, retentionClass]);
}

type Place = readonly [stream: string, revision: number, place: number];

/** What a sealed text is authenticated with, so that it opens nowhere else. */
function boundTo(...where: Place | readonly [...Place, field: string]): Buffer {
  return Buffer.from(JSON.stringify(where));
}

/** Sets a property of its own, whatever its name (`__proto__` included). */
function define<T>(target: { [field: string]: T }, field: string, value: T): void {
  Object.defineProperty(target, field, { value, enumerable: true, writable: true, configurable: true });
}

// One system call gives the random bytes of many ivs.
const ivPool = Buffer.alloc(ivBytes * 1024);
let ivOffset = ivPool.length;

function nextIv(): Buffer {
  if (ivOffset === ivPool.length) {
    randomFillSync(ivPool);
    ivOffset = 0;
  }
  ivOffset += ivBytes;
  return ivPool.subarray(ivOffset - ivBytes, ivOffset);
}

function encrypt(key: Buffer, text: string, additional: Buffer): string {
  const iv = nextIv();
  const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(additional);
  const ciphertext = cipher.update(text, 'utf8');
  cipher.final(); // GCM is a stream: nothing is left over, but only now is there a tag.
  return Buffer.concat([iv, cipher.getAuthTag(), ciphertext]).toString('base64');
}

function decrypt(key: Buffer, text: string, additional: Buffer): string {
  const sealed = Buffer.from(text, 'base64');
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, ivBytes), { authTagLength: tagBytes });
  decipher.setAAD(additional).setAuthTag(sealed.subarray(ivBytes, ivBytes + tagBytes));
  return Buffer.concat([decipher.update(sealed.subarray(ivBytes + tagBytes)), decipher.final()]).toString('utf8');
}

/** The values used last, at most so many and so old. */
class Cache<Value> {
  private readonly entries = new Map<string, { readonly value: Value; readonly until: number }>();

  constructor(
    private readonly most: number,
    private readonly forMs: number,
  ) {}

  get(name: string): Value | undefined {
    const entry = this.entries.get(name);
    if (entry === undefined) return undefined;
    this.entries.delete(name);
    if (entry.until < performance.now()) return undefined;
    this.entries.set(name, entry);
    return entry.value;
  }

  set(name: string, value: Value): void {
    this.entries.delete(name);
    this.entries.set(name, { value, until: performance.now() + this.forMs });
    const [oldest] = this.entries.keys();
    if (this.entries.size > this.most && oldest !== undefined) this.entries.delete(oldest);
  }

  clear(): void {
    this.entries.clear();
  }
}
