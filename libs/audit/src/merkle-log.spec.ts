import { appendFile, mkdtemp, readdir, readFile, rm, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { InMemoryStore } from '#event-store/in-memory-store.js';
import type { EventStore } from '#event-store/port.js';
import { migratePostgresStore } from '#event-store/postgres-schema.js';
import { PostgresStore } from '#event-store/postgres-store.js';
import { createTestDatabase, type TestDatabase } from '#event-store/testing/test-database.js';
import { NoBundle, readCheckpoint, verifyBundle, writeBundle, writeCheckpoint } from './bundle.js';
import { type Checkpoint, signCheckpoint } from './checkpoint.js';
import { CheckpointSigner } from './checkpoint-keys.js';
import { findingInWords } from './finding.js';
import { consistencyProof, Frontier, inclusionProof, leafHash, rootOf, verifyConsistency, verifyInclusion } from './merkle.js';
import { HistoryAltered, MerkleLog, migrateMerkleLog, OtherEventLog } from './merkle-log.js';
import { appendChained, type ChainEnds } from './testing/chained-log.js';
import { verifyLog } from './verify-log.js';

let database: TestDatabase;
let folder: string;
let store: EventStore;
let ends: ChainEnds;
beforeAll(async () => {
  database = await createTestDatabase();
  await Promise.all(Array.from({ length: 4 }, () => migrateMerkleLog(database.pool)));
  folder = await mkdtemp(join(tmpdir(), 'tegas-merkle-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
  await database.drop();
});

beforeEach(async () => {
  await MerkleLog.clear(database.pool);
  await database.pool.query('TRUNCATE merkle.checkpoint, merkle.checkpoint_key');
  store = new InMemoryStore({ positionStep: 3 });
  ends = new Map();
});

const at = '2026-11-26T10:00:00.000Z';
let keyFiles = 0;
const newSigner = async (): Promise<CheckpointSigner> => {
  keyFiles += 1;
  const file = join(folder, `${keyFiles}`, 'checkpoint-keys.json');
  await CheckpointSigner.createIfMissing(file, at);
  const signer = await CheckpointSigner.open(file);
  if (signer === undefined) throw new Error('no keys');
  return signer;
};

/** The tree of the events, made anew beside the tables. */
const treeOf = async (events: EventStore): Promise<{ hashes: Buffer[]; rootAt(size: number): Buffer }> => {
  const hashes: Buffer[] = [];
  for await (const batch of events.readAll('0'))
    hashes.push(...batch.map(({ metadata }) => leafHash(Buffer.from(metadata.hash, 'hex'))));
  const rootAt = (size: number): Buffer => {
    const frontier = new Frontier();
    for (const hash of hashes.slice(0, size)) frontier.append(hash);
    return frontier.root();
  };
  return { hashes, rootAt };
};

const tiles = async (): Promise<unknown> =>
  (await database.pool.query(`SELECT level, tile, encode(hashes, 'hex') FROM merkle.tile ORDER BY level, tile`)).rows;

describe('the Merkle log', () => {
  it('has the root of the events at any size, and proves each at its place, over tiles that fill and overflow', async () => {
    const merkle = await MerkleLog.open(database.pool, store);
    for (const more of [1, 254, 1, 1, 700, 66_000]) {
      await appendChained(store, ends, more, 40);
      await merkle.catchUp(store);
      expect(merkle.head.leaves).toBe([...ends.values()].reduce((sum, { revision }) => sum + revision + 1, 0));
    }
    const tree = await treeOf(store);
    const size = merkle.head.leaves;
    for (const some of [1, 2, 255, 256, 257, 512, 957, 65_536, 65_537, size])
      expect([some, await rootOf(some, merkle.readSubtrees)]).toEqual([some, tree.rootAt(some)]);
    const root = tree.rootAt(size);
    for (const leaf of [0, 1, 255, 256, 65_535, 65_536, size - 1]) {
      const proof = await inclusionProof(leaf, size, merkle.readSubtrees);
      expect(verifyInclusion(tree.hashes[leaf] ?? root, leaf, size, proof, root)).toBe(true);
    }
    for (const from of [1, 256, 300, 65_536, 65_600]) {
      const proof = await consistencyProof(from, size, merkle.readSubtrees);
      expect(verifyConsistency(from, size, proof, tree.rootAt(from), root)).toBe(true);
    }
  }, 120_000);

  it('knows the leaf of an event by its position, and none of one that it has not counted', async () => {
    const merkle = await MerkleLog.open(database.pool, store);
    await appendChained(store, ends, 600);
    await merkle.catchUp(store);
    await appendChained(store, ends, 1);
    const positions: string[] = [];
    for await (const batch of store.readAll('0')) positions.push(...batch.map(({ position }) => position));
    expect(await merkle.leavesAt(positions)).toEqual([...Array(600).keys(), undefined]);
  });

  it('follows live; of two that follow at once each event becomes one leaf', async () => {
    const stop = new AbortController();
    const followed = [1, 2].map(async () => {
      while (!stop.signal.aborted)
        await MerkleLog.open(database.pool, store)
          .then((merkle) => merkle.follow(store, stop.signal))
          .catch((error) => {
            if (error.name !== 'MovedMeanwhile') throw error;
          });
    });
    for (let n = 0; n < 30; n += 1) {
      await appendChained(store, ends, 20);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    const reader = await MerkleLog.open(database.pool, store);
    for (let n = 0; n < 100 && (await rowCount()) < 600; n += 1) await new Promise((resolve) => setTimeout(resolve, 50));
    stop.abort();
    await Promise.all(followed);
    expect(await rowCount()).toBe(600);
    expect(await rootOf(600, reader.readSubtrees)).toEqual((await treeOf(store)).rootAt(600));
  });

  it('made anew is the same, hash for hash, and keeps its checkpoints', async () => {
    const merkle = await MerkleLog.open(database.pool, store);
    for (let n = 0; n < 7; n += 1) {
      await appendChained(store, ends, 97);
      await merkle.catchUp(store);
    }
    const checkpoint = await merkle.sign(await newSigner(), at);
    const before = await tiles();
    await MerkleLog.clear(database.pool);
    const anew = await MerkleLog.open(database.pool, store);
    await anew.catchUp(store);
    expect(await tiles()).toEqual(before);
    expect(await anew.latestCheckpoint()).toEqual(checkpoint);
  });

  it('is not mixed with that of another event log', async () => {
    await MerkleLog.open(database.pool, store);
    await expect(MerkleLog.open(database.pool, new InMemoryStore())).rejects.toThrow(OtherEventLog);
  });
});

describe('signing', () => {
  it('signs each size once, under the key of the day, and again under a new key', async () => {
    const merkle = await MerkleLog.open(database.pool, store);
    await appendChained(store, ends, 10);
    await merkle.catchUp(store);
    const signer = await newSigner();
    const first = await merkle.sign(signer, at);
    expect(await merkle.sign(signer, '2026-11-26T11:00:00.000Z')).toEqual(first);
    const rotated = await signer.rotate('2026-11-27T00:00:00.000Z');
    const second = await merkle.sign(rotated, '2026-11-27T01:00:00.000Z');
    expect([second.size, second.signedAt]).toEqual([10, '2026-11-27T01:00:00.000Z']);
    expect((await merkle.checkpoints()).map(({ signedAt }) => signedAt)).toEqual([first.signedAt, second.signedAt]);
    const { findings } = await verifyLog({ store, merkle, trusted: rotated.keys });
    expect(findings).toEqual([]);
  });

  it('never signs a tree that does not begin with what it signed before, whatever the database holds', async () => {
    const merkle = await MerkleLog.open(database.pool, store);
    await appendChained(store, ends, 50);
    await merkle.catchUp(store);
    const signer = await newSigner();
    await merkle.sign(signer, at);
    for (const events of [49, 50, 60]) {
      const forged = new InMemoryStore();
      await appendChained(forged, new Map(), events);
      await MerkleLog.clear(database.pool);
      await database.pool.query('TRUNCATE merkle.checkpoint');
      const other = await MerkleLog.open(database.pool, forged);
      await other.catchUp(forged);
      await expect(other.sign(signer, at)).rejects.toThrow(HistoryAltered);
    }
  });
});

describe('a bundle', () => {
  let merkle: MerkleLog;
  let signer: CheckpointSigner;
  let early: Checkpoint;
  let checkpoint: Checkpoint;
  let bundles = 0;
  beforeEach(async () => {
    merkle = await MerkleLog.open(database.pool, store);
    signer = await newSigner();
    await appendChained(store, ends, 300);
    await merkle.catchUp(store);
    early = await merkle.sign(signer, at);
    await appendChained(store, ends, 200);
    await signNow();
  });

  const signNow = async (): Promise<void> => {
    await merkle.catchUp(store);
    checkpoint = await merkle.sign(signer, at);
    await appendChained(store, ends, 5); // not signed yet, so not in any bundle
    await merkle.catchUp(store);
  };

  const write = async (streams?: readonly string[], since?: Checkpoint): Promise<string> => {
    bundles += 1;
    const out = join(folder, `bundle-${bundles}`);
    await writeBundle(out, {
      store,
      merkle,
      checkpoint,
      keys: signer.keys,
      scope: streams === undefined ? { kind: 'all' } : { kind: 'case', caseId: '1' },
      ...(streams === undefined ? {} : { streams }),
      ...(since === undefined ? {} : { since }),
      exportedAt: at,
    });
    return out;
  };
  const found = async (bundle: string, kept: readonly Checkpoint[] = [early, checkpoint], pinned = signer.keys) =>
    (await verifyBundle(bundle, { checkpoints: kept, pinned })).findings.map((finding) => {
      const { id, en } = findingInWords(finding);
      expect(id).not.toBe(en);
      return finding.kind === 'event' ? finding.fault : finding.kind;
    });
  const edit = async (file: string, change: (text: string) => string): Promise<void> => {
    await writeFile(file, change(await readFile(file, 'utf8')));
  };

  it('of the whole log verifies, and holds against earlier checkpoints, over chunks that streams run across', async () => {
    await appendChained(store, ends, 16_795);
    await signNow();
    const out = await write();
    expect(await readdir(out)).toEqual(['bundle.json', 'checkpoint', 'events-00000.ndjson', 'events-00001.ndjson', 'keys.json']);
    const verified = await verifyBundle(out, { checkpoints: [early, checkpoint], pinned: signer.keys });
    expect(verified).toMatchObject({ events: 17_300, streams: 5, findings: [], keyPinned: true, signedBy: signer.key.vkey });
    expect((await verifyBundle(out)).keyPinned).toBe(false);
    expect(verified).not.toHaveProperty('notShown');
    await expect(write().then((again) => writeBundle(again, {} as never))).rejects.toThrow('is not empty');
  }, 60_000);

  it('of a case verifies by its proofs, and by the proof that it continues an earlier checkpoint', async () => {
    const out = await write(['case-1'], early);
    expect((await verifyBundle(out)).streams).toBe(1);
    expect(await found(out)).toEqual([]);
    const cut = await write(['case-1'], early);
    const manifest = join(cut, 'bundle.json');
    const { events } = JSON.parse(await readFile(manifest, 'utf8'));
    await edit(manifest, (text) => text.replace(`"events": ${events}`, `"events": ${events - 1}`));
    for (const name of ['events-00000.ndjson', 'proofs-00000.ndjson'])
      await edit(join(cut, name), (text) => text.replace(/[^\n]+\n$/, ''));
    // That its end was taken away nothing in it can show, and so it says that of itself.
    const { findings, notShown } = await verifyBundle(cut, { checkpoints: [early, checkpoint], pinned: signer.keys });
    expect([findings, notShown]).toEqual([
      [],
      { en: expect.stringContaining('Nothing here shows that this is all of it'), id: expect.stringContaining('seluruhnya') },
    ]);
    expect(await found(await write(['case-1']))).toEqual(['no-consistency-proof']);
  }, 60_000);

  it('in which anything was changed does not verify', async () => {
    const whole = await write();
    const events = join(whole, 'events-00000.ndjson');
    await edit(events, (text) => text.replace('bornInIndonesia', 'bornInDili'));
    expect(await found(whole)).toEqual(expect.arrayContaining(['chain', 'root-differs']));
    const part = await write(['case-1'], early);
    const [file, proofs] = [join(part, 'events-00000.ndjson'), join(part, 'proofs-00000.ndjson')];
    const [text, proofText] = [await readFile(file, 'utf8'), await readFile(proofs, 'utf8')];
    const drop = (all: string): string => all.split('\n').toSpliced(3, 1).join('\n');
    await edit(file, (all) => all.replace('bornInIndonesia', 'bornInDili'));
    expect(await found(part)).toEqual(expect.arrayContaining(['not-in-tree']));
    await writeFile(file, drop(text));
    await writeFile(proofs, drop(proofText));
    expect(await found(part)).toEqual(['revision', 'incomplete']);
    await writeFile(file, text);
    expect(await found(part)).toEqual(expect.arrayContaining(['not-in-tree']));
    await writeFile(proofs, proofText);
    expect(await found(part)).toEqual([]);
    await appendFile(file, '{"not":"an event"}\n');
    expect(await found(part)).toEqual(['malformed', 'incomplete']);
  }, 60_000);

  it('of a case is of that case, and of every character of it something is said', async () => {
    const part = await write(['case-1'], early);
    const manifest = join(part, 'bundle.json');
    const said = await readFile(manifest, 'utf8');
    await writeFile(manifest, said.replace('"caseId": "1"', '"caseId": "2"'));
    expect(await found(part)).toEqual(['incomplete', 'incomplete']);
    await writeFile(manifest, said);
    const { events } = JSON.parse(said);
    await writeFile(manifest, said.replace(`"events": ${events}`, '"events": 0'));
    const files = ['events-00000.ndjson', 'proofs-00000.ndjson', 'checkpoint'].map((name) => join(part, name));
    const texts = await Promise.all(files.map((file) => readFile(file)));
    for (const file of files.slice(0, 2)) await unlink(file);
    expect(await found(part)).toEqual(['incomplete']);
    await writeFile(manifest, said);
    for (const [at, file] of files.entries()) {
      const text = texts[at] ?? Buffer.alloc(0);
      for (const [other, one] of files.entries()) await writeFile(one, texts[other] ?? '');
      // A prime, so that every field is met sooner or later; the last line break holds nothing.
      for (let place = 0; place < text.length - 1; place += 97) {
        const altered = Buffer.from(text);
        altered[place] = (altered[place] ?? 0) ^ 1;
        await writeFile(file, altered);
        const outcome = await found(part).catch((error) => [error.name]);
        expect({ file, place, outcome }).not.toEqual({ file, place, outcome: [] });
      }
      await writeFile(file, text);
    }
    expect(await found(part)).toEqual([]);
  }, 60_000);

  it('under another checkpoint, key, or none does not verify', async () => {
    const out = await write();
    const stranger = await newSigner();
    expect(await found(out, [], stranger.keys)).toEqual(['not-signed']);
    const foreign = await (async () => {
      const other = new InMemoryStore();
      await appendChained(other, new Map(), 3);
      await MerkleLog.clear(database.pool);
      const log = await MerkleLog.open(database.pool, other);
      await log.catchUp(other);
      return log.sign(stranger, at);
    })();
    expect(await found(out, [foreign])).toEqual(['other-log']);
    await edit(join(out, 'checkpoint'), (note) => note.replace('\n500\n', '\n501\n'));
    expect(await found(out)).toEqual(expect.arrayContaining(['not-signed', 'cut-off']));
    await unlink(join(out, 'checkpoint'));
    await expect(verifyBundle(out)).rejects.toThrow(NoBundle);
    await expect(verifyBundle(folder)).rejects.toThrow('bundle.json cannot be read');
  }, 60_000);

  it('made by hand is refused in one sentence, or found: never a fault of ours', async () => {
    const files = ['bundle.json', 'keys.json', 'consistency.json', 'checkpoint', 'events-00000.ndjson', 'proofs-00000.ndjson'];
    const part = await write(['case-1'], early);
    const [manifest, keys] = await Promise.all(
      files.slice(0, 2).map(async (name) => JSON.parse(await readFile(join(part, name), 'utf8'))),
    );
    const json = JSON.stringify;
    const hostile: readonly (readonly [file: string, content: string | Buffer])[] = [
      ...files.flatMap((file) =>
        [
          '',
          '{',
          'null',
          '[]',
          '7',
          '"x"',
          '{"__proto__":{"format":"tegas-bundle/1"}}',
          '\uFEFF{}',
          gzipSync('{}'),
          '\0\xff',
        ].map((content) => [file, content] as const),
      ),
      ...[
        { ...manifest, events: '600' },
        { ...manifest, events: 1e300 },
        { ...manifest, events: -1 },
        { ...manifest, scope: null },
        { ...manifest, scope: { kind: 'case' } },
        { ...manifest, scope: { kind: 'case', caseId: { toString: 1 } } },
        { ...manifest, scope: { kind: 'office', office: 5 } },
        { ...manifest, scope: { kind: 'constructor' } },
        { ...manifest, scope: { kind: 'case', caseId: '2' } },
        { ...manifest, scope: { kind: 'all' } },
      ].map((content) => ['bundle.json', json(content)] as const),
      ...[
        [{ ...keys[0], validFrom: 5 }],
        [{ ...keys[0], endorsement: 5 }],
        [{ ...keys[0], endorsement: {} }],
        [{ ...keys[0], validUntil: null }],
        [{ ...keys[0], vkey: 'x' }],
        [{ ...keys[0], vkey: `${keys[0].vkey}AAAA` }],
        [null],
        [[]],
      ].map((content) => ['keys.json', json(content)] as const),
      ...[
        {},
        { from: 300, to: 500 },
        { from: 300, to: 500, proof: [5] },
        { from: '300', to: 500, proof: [] },
        { from: 300, to: 500, proof: ['!'] },
      ].map((content) => ['consistency.json', json(content)] as const),
      ['events-00000.ndjson', '{,"previousHash":null,"revision":0,"schemaVersion":1,"stream":"\\x","type":"T"}\n'],
      ['events-00000.ndjson', '{,"previousHash":null,"revision":9999999999,"schemaVersion":1,"stream":"case-1","type":"T"}\n'],
      ['proofs-00000.ndjson', '{"leaf":1e300,"proof":[]}\n{"leaf":"1","proof":[]}\n{"leaf":-1,"proof":[5]}\nnull\n'],
    ];
    for (const [file, content] of hostile) {
      const path = join(part, file);
      const before = await readFile(path);
      await writeFile(path, content);
      const kept = { checkpoints: [early, checkpoint] };
      const outcomes = await Promise.all(
        [kept, { ...kept, pinned: signer.keys }].map((options) =>
          verifyBundle(part, options).then(
            ({ findings }) => (findings.length > 0 ? 'found' : 'believed'),
            (error) => error.name,
          ),
        ),
      );
      const refused = expect.stringMatching(/^(found|NoBundle|NoCheckpoint)$/);
      // Keys that were got elsewhere are believed, whatever those say that come along.
      expect([file, String(content).slice(0, 90), ...outcomes]).toEqual([
        file,
        String(content).slice(0, 90),
        refused,
        file === 'keys.json' ? expect.any(String) : refused,
      ]);
      await writeFile(path, before);
    }
    expect(await found(part)).toEqual([]);
    const lines = join(part, 'events-00000.ndjson');
    const kept = await readFile(lines, 'utf8');
    await writeFile(lines, kept.replace(/"stream":"case-1"/, '"stream":"case\\-1"'));
    expect(await found(part)).toContain('malformed');
    await writeFile(lines, kept);
    // As an editor or another system writes it anew.
    for (const [file, change] of [
      ['events-00000.ndjson', (text: string) => text.replaceAll('\n', '\r\n')],
      ['events-00000.ndjson', (text: string) => `\uFEFF${text}`],
      ['events-00000.ndjson', (text: string) => text.slice(0, -40)],
      ['proofs-00000.ndjson', (text: string) => text.replace(/"leaf":\d+/g, '"leaf":0')],
      ['checkpoint', (text: string) => text.replaceAll('\n', '\r\n')],
      ['keys.json', (text: string) => `\uFEFF${text}`],
    ] as const) {
      const path = join(part, file);
      const before = await readFile(path, 'utf8');
      await writeFile(path, change(before));
      expect([file, await found(part).catch((error) => [error.name])]).not.toEqual([file, []]);
      await writeFile(path, before);
    }
  }, 60_000);

  it('signed by a key after another took its place does not verify', async () => {
    const retired = signer;
    signer = await signer.rotate('2026-11-26T11:00:00.000Z');
    const out = await write(['case-1'], early);
    const { size, root } = checkpoint;
    const late = signCheckpoint(
      { size, root, at: '2026-11-26T12:00:00.000Z' },
      { vkey: retired.key.vkey, privateKey: retired.privateKey },
    );
    await writeFile(join(out, 'checkpoint'), late.note);
    expect(await found(out)).toEqual(['not-signed']);
    // Also where the bundle's own list gives the key its time back.
    await writeFile(join(out, 'keys.json'), JSON.stringify(retired.keys));
    expect(await found(out)).toEqual(['not-signed']);
    expect(await found(out, [early, checkpoint], retired.keys)).toEqual([]);
  }, 60_000);

  it('a checkpoint is read from its folder with its keys, or from a file without', async () => {
    const out = join(folder, 'kept');
    await writeCheckpoint(out, checkpoint, signer.keys);
    expect(await readCheckpoint(out)).toEqual({ checkpoint, keys: signer.keys });
    expect(await readCheckpoint(join(out, 'checkpoint'))).toEqual({ checkpoint, keys: undefined });
    await expect(readCheckpoint(join(out, 'nothing'))).rejects.toThrow(NoBundle);
    await writeFile(join(out, 'keys.json'), '{');
    await expect(readCheckpoint(out)).rejects.toThrow(NoBundle);
  });
});

describe('a log in PostgreSQL', () => {
  it('is verified where it stands: chains, stored tree and checkpoints', async () => {
    await migratePostgresStore(database.pool);
    const events = new PostgresStore(database.pool, { listen: false });
    await appendChained(events, ends, 700);
    const merkle = await MerkleLog.open(database.pool, events);
    await merkle.catchUp(events);
    const signer = await newSigner();
    const checkpoint = await merkle.sign(signer, at);
    await appendChained(events, ends, 30); // not followed yet: no fault
    const verify = async () =>
      (await verifyLog({ store: events, merkle, trusted: signer.keys, checkpoints: [checkpoint] })).findings;
    expect(await verify()).toEqual([]);
    await database.pool.query(
      `UPDATE merkle.tile SET hashes = overlay(hashes PLACING '\\x00' FROM 65) WHERE level = 0 AND tile = 1`,
    );
    expect(await verify()).toEqual([{ kind: 'tree-differs', leaf: 258 }]);
    await database.pool.query(
      `INSERT INTO merkle.checkpoint SELECT size, signed_at + interval '1 s', replace(note, E'\\n700\\n', E'\\n699\\n') FROM merkle.checkpoint`,
    );
    expect((await verify()).map(({ kind }) => kind)).toEqual(['not-signed', 'root-differs', 'tree-differs']);
    await events.close();
  });
});

async function rowCount(): Promise<number> {
  const { rows } = await database.pool.query<{ leaves: string }>('SELECT leaves FROM merkle.head');
  return Number(rows[0]?.leaves ?? 0);
}
