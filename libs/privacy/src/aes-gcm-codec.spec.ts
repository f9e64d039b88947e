import { createCipheriv, randomBytes, randomUUID } from 'node:crypto';
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import type { Json } from '#domain/event.js';
import { commandIdOf, eventIdOf, verifyChain } from '#event-store/envelope.js';
import { EventLog, emptyStreamHead, type NewEvent } from '#event-store/event-log.js';
import { InMemoryStore } from '#event-store/in-memory-store.js';
import type { SealedPart } from '#event-store/personal-data-codec.js';
import { StoreUnavailable } from '#event-store/port.js';
import { oddStrings } from '#event-store/testing/contract.js';
import { asStored } from '#event-store/testing/stored-events.js';
import { createTestDatabase, type TestDatabase } from '#event-store/testing/test-database.js';
import { AesGcmCodec } from './aes-gcm-codec.js';
import { addWrapping, dropOlderWrappings, MasterKey, MasterKeyUnusable, readMasterKey } from './master-key.js';
import {
  InMemoryPersonKeyStore,
  type KeyRef,
  keyName,
  migratePersonKeys,
  type PersonKeyStore,
  PostgresPersonKeyStore,
  rewrapKeys,
} from './person-keys.js';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
  await Promise.all(Array.from({ length: 8 }, () => migratePersonKeys(database.pool)));
});
afterAll(() => database.drop());

const masterKey = new MasterKey([randomBytes(32)]);
const part = (personId: string, fields: { [field: string]: Json }, retentionClass = 'case') => ({
  personId,
  retentionClass,
  fields,
});
const unreadable = expect.objectContaining({ name: 'UnreadablePersonalData' });

describe.each<[string, () => PersonKeyStore]>([
  ['in memory', () => new InMemoryPersonKeyStore()],
  ['PostgreSQL', () => new PostgresPersonKeyStore(database.pool)],
])('AesGcmCodec, keys %s', (_, makeKeys) => {
  const keys = makeKeysOnce(makeKeys);
  const codecOf = (master = masterKey) => new AesGcmCodec(master, keys());

  it('gives back any value byte for byte, odd names included', async () => {
    const fields = {
      ...Object.fromEntries(oddStrings.map((odd, index) => [`name${index}`, odd])),
      deep: { list: [1, null, true, { a: 'b' }] },
      none: null,
    };
    Object.defineProperty(fields, '__proto__', { value: 'kept', enumerable: true });
    const parts = [part(randomUUID(), fields), part(randomUUID(), {})];
    const sealed = await codecOf().seal('case-1', 3, parts);
    expect(await codecOf().open([{ stream: 'case-1', revision: 3, parts: throughJson(sealed) }])).toEqual([parts]);
  });

  it('leaves no plaintext in what is stored, and seals the same value differently each time', async () => {
    const codec = codecOf();
    const parts = [part(randomUUID(), { name: 'Siti Rahmawati', notes: ['Lahir di Makassar'] })];
    const texts = [JSON.stringify(await codec.seal('case-1', 0, parts)), JSON.stringify(await codec.seal('case-1', 0, parts))];
    expect(texts[0]).not.toBe(texts[1]);
    for (const text of texts) expect(text).not.toMatch(/Siti|Rahmawati|Lahir|Makassar|U2l0aS/);
  });

  it('opens nothing that was moved or altered', async () => {
    const codec = codecOf();
    const person = randomUUID();
    const [sealed, other] = await codec.seal('case-1', 3, [
      part(person, { name: 'A', alias: 'B' }),
      part(person, { name: 'C', alias: 'D' }),
    ]);
    if (sealed === undefined || other === undefined) throw new Error('not sealed');
    const open = (parts: readonly SealedPart[], stream = 'case-1', revision = 3) => codec.open([{ stream, revision, parts }]);
    await expect(open([sealed, other])).resolves.toHaveLength(1);
    const text = String(sealed.sealed);
    const flipped = Buffer.from(text, 'base64');
    flipped[flipped.length - 1] = (flipped.at(-1) ?? 0) ^ 1;
    const attempts = [
      () => open([sealed, other], 'case-2'),
      () => open([sealed, other], 'case-1', 4),
      () => open([other, sealed]),
      () => open([{ ...sealed, sealed: flipped.toString('base64') }]),
      () => open([{ ...sealed, sealed: text.slice(0, 20) }]),
      () => open([{ ...sealed, sealed: '' }]),
      () => open([{ ...sealed, sealed: { name: text } }]),
      () => open([{ ...sealed, key: 2 }]),
      () => open([{ ...sealed, personId: randomUUID() }]),
      () => open([{ ...sealed, retentionClass: 'other' }]),
    ];
    for (const attempt of attempts) expect(await attempt()).toEqual([unreadable]);
  });

  it('opens what was sealed field by field before parts were sealed whole, and nothing of it that was moved', async () => {
    const codec = codecOf();
    const personId = randomUUID();
    const [whole] = await codec.seal('case-1', 2, [part(personId, { name: 'A' })]);
    const ref = { personId, retentionClass: 'case', generation: 1 };
    const [row] = await keys().find([ref]);
    if (whole === undefined || row?.wrapped === undefined) throw new Error('not sealed');
    const key = masterKey.unwrap(row.wrapped, keyName(ref));
    const sealField = (field: string, value: Json): string => {
      const iv = randomBytes(12);
      const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(JSON.stringify(['case-1', 2, 0, field])));
      const ciphertext = Buffer.concat([cipher.update(JSON.stringify(value), 'utf8'), cipher.final()]);
      return Buffer.concat([iv, cipher.getAuthTag(), ciphertext]).toString('base64');
    };
    const open = (sealed: SealedPart['sealed']) => codec.open([{ stream: 'case-1', revision: 2, parts: [{ ...whole, sealed }] }]);
    const fields = { name: 'Ma Lina', born: { year: 1990 } };
    const older = { name: sealField('name', fields.name), born: sealField('born', fields.born) };
    expect(await open(older)).toEqual([[part(personId, fields)]]);
    expect(await open({ name: older.born, born: older.name })).toEqual([unreadable]);
    expect(await open(older.name)).toEqual([unreadable]);
  });

  it('takes what is not shaped like sealed parts for unreadable, beside events that open', async () => {
    const codec = codecOf();
    const [good] = await codec.seal('case-1', 0, [part(randomUUID(), { name: 'A' })]);
    if (good === undefined) throw new Error('not sealed');
    const odd: readonly unknown[] = [
      [null],
      'xyz',
      [{ ...good, sealed: null }],
      [{ ...good, sealed: 7 }],
      [{ ...good, sealed: { name: 7 } }],
      [{ ...good, personId: 'a\0b' }],
      [{ ...good, key: 'abc' }],
      [{ ...good, key: 99_999_999_999 }],
      [{ ...good, retentionClass: '' }],
    ];
    const events = [...odd, [good]].map((parts) => ({ stream: 'case-1', revision: 0, parts: parts as readonly SealedPart[] }));
    const opened = await codec.open(events);
    expect(opened.slice(0, -1)).toEqual(odd.map(() => unreadable));
    expect(opened.at(-1)).toMatchObject([{ fields: { name: 'A' } }]);
  });

  it('opens as erased once the key is destroyed, for that person and class only; later data gets a new key', async () => {
    const codec = codecOf();
    const person = randomUUID();
    const parts = [part(person, { name: 'A' }), part(person, { name: 'B' }, 'longer'), part(randomUUID(), { name: 'C' })];
    const sealed = await codec.seal('case-1', 0, parts);
    expect(await codec.destroyKey(person, 'case')).toBe(1);
    expect(await codec.destroyKey(person, 'case')).toBe(0);
    const erased = { personId: person, retentionClass: 'case', fields: {}, erased: true };
    const expected = [[erased, parts[1], parts[2]]];
    expect(await codec.open([{ stream: 'case-1', revision: 0, parts: sealed }])).toEqual(expected);

    const later = await codec.seal('case-1', 1, [part(person, { name: 'D' })]);
    expect(later[0]?.key).toBe(2);
    for (const reader of [codec, codecOf()]) {
      expect(await reader.open([{ stream: 'case-1', revision: 0, parts: sealed }])).toEqual(expected);
      expect(await reader.open([{ stream: 'case-1', revision: 1, parts: later }])).toEqual([[part(person, { name: 'D' })]]);
    }
  });

  it('lets codecs that start at once agree on one key', async () => {
    const person = randomUUID();
    const codecs = Array.from({ length: 8 }, () => codecOf());
    const sealed = await Promise.all(codecs.map((codec) => codec.seal('case-1', 0, [part(person, { name: 'A' })])));
    expect(new Set(sealed.map((parts) => parts[0]?.key))).toEqual(new Set([1]));
    for (const codec of codecs) {
      const opened = await codec.open(sealed.map((parts) => ({ stream: 'case-1', revision: 0, parts })));
      expect(opened).toEqual(sealed.map(() => [part(person, { name: 'A' })]));
    }
  });

  it('takes a wrong master key, or a key that was never kept, for an error and not for an erasure', async () => {
    const person = randomUUID();
    const sealed = await codecOf().seal('case-1', 0, [part(person, { name: 'A' })]);
    const events = [{ stream: 'case-1', revision: 0, parts: sealed }];
    const stranger = codecOf(new MasterKey([randomBytes(32)]));
    expect(await stranger.open(events)).toEqual([unreadable]);
    await expect(stranger.seal('case-1', 1, [part(person, { name: 'A' })])).rejects.toThrow('master key');
    expect(await new AesGcmCodec(masterKey, new InMemoryPersonKeyStore()).open(events)).toEqual([
      expect.objectContaining({ message: expect.stringContaining('never kept here') }),
    ]);
    expect(stranger.fingerprint('body')).not.toBe(codecOf().fingerprint('body'));
    expect(codecOf().fingerprint('body')).toBe(codecOf().fingerprint('body'));
  });
});

describe('AesGcmCodec in an event log', () => {
  const now = () => '2026-11-24T01:00:00.000Z';
  const noted = (key: string, personId: string, note: string): NewEvent => {
    const commandId = commandIdOf('officer-sari', key);
    const act = { actor: 'officer-sari', effectiveAt: now(), commandId, correlationId: commandId };
    const data = { code: 'x', personal: [part(personId, { note })] };
    return {
      id: eventIdOf(commandId, 0),
      type: 'NoteTaken',
      data,
      metadata: act,
    };
  };

  it('asks for the keys of a batch of 2000 events once, and reads them from memory afterwards', async () => {
    const keys = new CountingKeys(new PostgresPersonKeyStore(database.pool));
    const store = new InMemoryStore();
    const writer = new EventLog(store, new AesGcmCodec(masterKey, keys), now, asStored);
    const people = Array.from({ length: 50 }, () => randomUUID());
    const events = Array.from({ length: 2000 }, (_, n) => noted(`${n}`, people[n % 50] ?? '', `note ${n}`));
    const { head } = await writer.append('case-1', emptyStreamHead, events);
    expect(verifyChain(await store.read('case-1'))).toBeUndefined();

    const reader = new EventLog(store, new AesGcmCodec(masterKey, keys), now, asStored);
    keys.found = 0;
    const read = await reader.read('case-1');
    expect(read.head).toEqual(head);
    expect(read.events.map((event) => event.data)).toEqual(events.map((event) => event.data));
    expect(keys.found).toBe(1);
    for await (const batch of reader.readAll('0')) expect(batch).toHaveLength(2000);
    expect(keys.found).toBe(1);

    const subscriber = new EventLog(store, new AesGcmCodec(masterKey, keys), now, asStored);
    keys.found = 0;
    let delivered = 0;
    for await (const message of subscriber.subscribe('0')) {
      if (message.kind === 'caught-up') break;
      if (message.kind === 'event') expect(message.event.data).toEqual(events[delivered++]?.data);
    }
    expect(delivered).toBe(2000);
    expect(keys.found).toBeLessThan(5);
  });

  it('delivers every event, and says which one cannot be opened', async () => {
    const store = new InMemoryStore();
    const keys = new InMemoryPersonKeyStore();
    const log = new EventLog(store, new AesGcmCodec(masterKey, keys), now, asStored);
    const stranger = new EventLog(store, new AesGcmCodec(new MasterKey([randomBytes(32)]), keys), now, asStored);
    let { head } = await log.append('case-1', emptyStreamHead, [noted('1', randomUUID(), 'a'), noted('2', randomUUID(), 'b')]);
    ({ head } = await stranger.append('case-1', head, [noted('3', randomUUID(), 'c')]));
    await log.append('case-1', head, [noted('4', randomUUID(), 'd')]);
    const seen: unknown[] = [];
    for await (const message of log.subscribe('0')) {
      if (message.kind === 'caught-up') break;
      if (message.kind === 'event') seen.push(message.event.unreadable ?? message.event.revision);
    }
    expect(seen).toEqual([0, 1, expect.objectContaining({ name: 'UnreadablePersonalData', stream: 'case-1', revision: 2 }), 3]);
    // Whoever decides by a stream must know all of it.
    await expect(log.read('case-1')).rejects.toMatchObject({ name: 'UnreadableStream', revision: 2, cause: unreadable });
  });

  it('appends nothing while the keys are away, nor what holds U+0000', async () => {
    const store = new InMemoryStore();
    const pool = new pg.Pool({ host: '127.0.0.1', port: 1, user: 'x', database: 'x' });
    const log = new EventLog(store, new AesGcmCodec(masterKey, new PostgresPersonKeyStore(pool)), now, asStored);
    await expect(log.append('case-1', emptyStreamHead, [noted('1', randomUUID(), 'a')])).rejects.toBeInstanceOf(StoreUnavailable);
    await expect(log.append('case-1', emptyStreamHead, [noted('1', randomUUID(), 'a\u0000')])).rejects.toMatchObject({
      name: 'UnstorableEvent',
    });
    expect(await store.head()).toBe('0');
    await pool.end();
  });
});

describe('a key for a document', () => {
  it('is made from the person’s key and a salt, the same again by its generation, and goes with the key', async () => {
    const store = new PostgresPersonKeyStore(database.pool);
    const [codec, other] = [new AesGcmCodec(masterKey, store), new AesGcmCodec(masterKey, store)];
    const of = { personId: randomUUID(), retentionClass: 'case-file' };
    const [salt, another] = [randomBytes(16), randomBytes(16)];
    const made = await codec.documentKey(of, salt);
    expect([made?.generation, made?.key.length]).toEqual([1, 32]);
    expect(await other.documentKey({ ...of, generation: 1 }, salt)).toEqual(made);
    expect((await codec.documentKey(of, another))?.key).not.toEqual(made?.key);
    expect((await codec.documentKey({ ...of, personId: randomUUID() }, salt))?.key).not.toEqual(made?.key);
    await expect(codec.documentKey({ ...of, generation: 7 }, salt)).rejects.toThrow('never kept here');
    await codec.destroyKey(of.personId, of.retentionClass);
    expect(await codec.documentKey({ ...of, generation: 1 }, salt)).toBeUndefined();
    expect((await codec.documentKey(of, salt))?.generation).toBe(2);
  });
});

describe('the master key file', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tegas-master-key-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('is made once, for its owner only, however many processes want it', async () => {
    const path = join(folder, 'keys', 'master.key');
    const made = await Promise.all(Array.from({ length: 16 }, () => readMasterKey(path, { createIfMissing: true })));
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(Buffer.from(await readFile(path, 'utf8'), 'base64')).toHaveLength(32);
    expect(new Set(made.map((key) => key.fingerprint('x'))).size).toBe(1);
    expect((await readMasterKey(path)).fingerprint('x')).toBe(made[0]?.fingerprint('x'));
  });

  it.each([
    ['short', randomBytes(16).toString('base64')],
    ['empty', ''],
    ['not base64', 'change-me'],
  ])('is refused when %s, by name, and never overwritten', async (_, text) => {
    const path = join(folder, `${randomUUID()}.key`);
    await writeFile(path, text);
    await chmod(path, 0o600);
    await expect(readMasterKey(path, { createIfMissing: true })).rejects.toThrow(path);
    await expect(readMasterKey(path)).rejects.toBeInstanceOf(MasterKeyUnusable);
    expect(await readFile(path, 'utf8')).toBe(text);
  });

  it('is changed for another while keys are made, read and destroyed: none is lost, none comes back, and the old one opens none', async () => {
    const path = join(folder, 'rotated', 'master.key');
    await readMasterKey(path, { createIfMissing: true });
    const store = new PostgresPersonKeyStore(database.pool);
    const options = { cachedKeys: 4, cachedForMs: 20, wrapsUnderKnownMs: 50 };
    const processes = await Promise.all([1, 2].map(async () => new AesGcmCodec(await readMasterKey(path), store, options)));
    // It wraps nothing, and so looks for no other secret before it meets a key that it cannot open.
    const reader = new AesGcmCodec(await readMasterKey(path), store);
    const [thief, letters] = [await readMasterKey(path), (await readMasterKey(path)).fingerprint('x')];
    thief.lookAgain = async () => undefined;
    await database.pool.query('TRUNCATE privacy.person_keys');
    const sealed: { person: string; parts: readonly SealedPart[]; destroyed?: true }[] = [];
    let over = false;
    const work = async (codec: AesGcmCodec): Promise<void> => {
      while (!over) {
        const person = randomUUID();
        const one: (typeof sealed)[number] = { person, parts: await codec.seal('case-1', 0, [part(person, { name: person })]) };
        sealed.push(one);
        const other = sealed[Math.floor(sealed.length / 2)];
        if (other === undefined || other.destroyed) continue;
        const [opened] = await codec.open([{ stream: 'case-1', revision: 0, parts: throughJson(other.parts) }]);
        if (!other.destroyed) expect(opened).toMatchObject([{ personId: other.person }]);
        if (sealed.length % 7 !== 0) continue;
        one.destroyed = true;
        await codec.destroyPerson(person);
      }
    };
    // It reads nothing, and so meets no key that it cannot open: it must look by itself.
    const only = async (codec: AesGcmCodec): Promise<void> => {
      while (!over) {
        const person = randomUUID();
        sealed.push({ person, parts: await codec.seal('case-1', 0, [part(person, { name: person })]) });
      }
    };
    const working = [...processes.map(work)];
    for (let round = 0; round < 3; round += 1) {
      const before = await addWrapping(path);
      if (round === 0) working.push(only(new AesGcmCodec(await readMasterKey(path), store, options)));
      let rewrapped = await rewrapKeys(database.pool, before);
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      rewrapped += await rewrapKeys(database.pool, before);
      expect(rewrapped).toBeGreaterThan(0);
      await dropOlderWrappings(path);
    }
    over = true;
    await Promise.all(working);
    const now = await readMasterKey(path);
    expect([now.fingerprint('x'), (await readFile(path, 'utf8')).trim().split('\n').length]).toEqual([letters, 2]);
    const fresh = new AesGcmCodec(now, store);
    const [early] = sealed;
    for (const { person, parts, destroyed } of sealed) {
      const [opened] = await fresh.open([{ stream: 'case-1', revision: 0, parts: throughJson(parts) }]);
      expect(opened).toEqual([destroyed ? { ...part(person, {}), erased: true } : part(person, { name: person })]);
    }
    expect([sealed.length > 20, sealed.some(({ destroyed }) => destroyed)]).toEqual([true, true]);
    const [read] = await reader.open([{ stream: 'case-1', revision: 0, parts: throughJson(early?.parts ?? []) }]);
    expect(read).toEqual([part(early?.person ?? '', { name: early?.person ?? '' })]);
    const stolen = await new AesGcmCodec(thief, store).open([{ stream: 'case-1', revision: 0, parts: early?.parts ?? [] }]);
    expect(stolen).toEqual([unreadable]);
  }, 60_000);

  it('is refused when it was put in the place of another', async () => {
    const path = join(folder, 'other.key');
    const codec = new AesGcmCodec(await readMasterKey(path, { createIfMissing: true }), new InMemoryPersonKeyStore(), {
      wrapsUnderKnownMs: 0,
    });
    await writeFile(path, `${randomBytes(32).toString('base64')}\n`);
    await expect(codec.seal('case-1', 0, [part(randomUUID(), { name: 'A' })])).rejects.toBeInstanceOf(StoreUnavailable);
  });

  it('is refused when missing, unless it may be made', async () => {
    await expect(readMasterKey(join(folder, 'none.key'))).rejects.toThrow('ENOENT');
    await expect(readMasterKey(folder)).rejects.toThrow('EISDIR');
  });
});

/** One key store for the tests of a block, made when the first of them runs. */
function makeKeysOnce(makeKeys: () => PersonKeyStore): () => PersonKeyStore {
  let made: PersonKeyStore | undefined;
  return () => {
    made ??= makeKeys();
    return made;
  };
}

function throughJson<T>(value: T): T {
  return JSON.parse(JSON.stringify(value));
}

/** Counts look-ups on their way to real keys. */
class CountingKeys implements PersonKeyStore {
  found = 0;
  constructor(private readonly keys: PersonKeyStore) {}

  find(refs: readonly KeyRef[]) {
    this.found += 1;
    return this.keys.find(refs);
  }

  findLive(...args: Parameters<PersonKeyStore['findLive']>) {
    return this.keys.findLive(...args);
  }

  newestGeneration(...args: Parameters<PersonKeyStore['newestGeneration']>) {
    return this.keys.newestGeneration(...args);
  }

  insert(...args: Parameters<PersonKeyStore['insert']>) {
    return this.keys.insert(...args);
  }

  destroy(...args: Parameters<PersonKeyStore['destroy']>) {
    return this.keys.destroy(...args);
  }

  classesOf(...args: Parameters<PersonKeyStore['classesOf']>) {
    return this.keys.classesOf(...args);
  }
}
