/** `tegas copy-log` as its operator runs it, between a real PostgreSQL and the stand-in for EventStoreDB, killed in the middle. */
import { execFile, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { copyLog } from '../../apps/cli/src/copy-log.js';
import { chainHash } from '../../libs/event-store/src/envelope.js';
import { EventLog, emptyStreamHead, type StreamHead } from '../../libs/event-store/src/event-log.js';
import { EventStoreDbStore } from '../../libs/event-store/src/eventstoredb-store.js';
import { InMemoryStore } from '../../libs/event-store/src/in-memory-store.js';
import type { EventStore, RecordedEvent } from '../../libs/event-store/src/port.js';
import { migratePostgresStore } from '../../libs/event-store/src/postgres-schema.js';
import { PostgresStore } from '../../libs/event-store/src/postgres-store.js';
import { all, expectInOrder, oddStrings } from '../../libs/event-store/src/testing/contract.js';
import { PlainCodec } from '../../libs/event-store/src/testing/plain-codec.js';
import { storedEvents } from '../../libs/event-store/src/testing/stored-events.js';
import { createTestDatabase, type TestDatabase } from '../../libs/event-store/src/testing/test-database.js';
import { Line } from '../e2e/line.js';
import { StandIn } from './stand-in-process.js';

const EVENTS = 2400;
const folder = mkdtempSync(join(tmpdir(), 'tegas-copy-'));
const closing: (() => Promise<unknown>)[] = [];

async function newDatabase(): Promise<{ database: TestDatabase; store: PostgresStore }> {
  const database = await createTestDatabase();
  await migratePostgresStore(database.pool);
  const store = new PostgresStore(database.pool, { listen: false });
  closing.push(() => store.close().then(() => database.drop()));
  return { database, store };
}

async function newServer(): Promise<{ server: StandIn; store: EventStoreDbStore }> {
  const server = await StandIn.start({ file: join(folder, `${randomUUID()}.log`) });
  const store = new EventStoreDbStore(server.url);
  closing.push(() => store.close().then(() => server.signal('SIGKILL')));
  return { server, store };
}

/** Events of many streams, interleaved, hashed as the product hashes them. */
async function fill(store: EventStore, events: number): Promise<void> {
  const log = new EventLog(store, new PlainCodec(), () => new Date().toISOString());
  const heads = new Map<string, StreamHead>();
  for (let n = 0; n < events; n += 3) {
    const stream = `${n % 2 === 0 ? 'procedure' : 'office'}-${(n * 7) % 90}`;
    const { head } = await log.append(
      stream,
      heads.get(stream) ?? emptyStreamHead,
      [0, 1, 2].map((index) => ({
        id: randomUUID(),
        type: 'Noted',
        schemaVersion: 1 + (n % 3),
        data: { z: n, a: oddStrings[(n + index) % oddStrings.length], list: [1.5, null, { b: 1, a: 2 }] },
        metadata: {
          actor: 'importer',
          effectiveAt: '2026-11-24T01:00:00.000Z',
          commandId: randomUUID(),
          correlationId: randomUUID(),
        },
      })),
    );
    heads.set(stream, head);
  }
}

interface Run {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function copy(from: string, to: string, ...options: string[]): Promise<Run> {
  const args = ['dist/apps/cli/src/main.js', 'copy-log', '--from', from, '--to', to, ...options];
  return new Promise((resolve) => {
    const child = execFile(process.execPath, args, { env: { ...process.env, NODE_OPTIONS: '' } }, (_, stdout, stderr) =>
      resolve({ code: child.exitCode, stdout, stderr }),
    );
  });
}

/**
 * Kills a copy in its middle, wherever the machine's load puts that: the line to the target lets so much through and no more, so the copy
 * can neither end before it is killed nor be killed before it began. Answers how much had arrived.
 */
async function killedCopy(from: string, to: string, target: EventStore): Promise<number> {
  const line = await Line.open(Number(new URL(to).port), { mostBytes: 200_000 });
  const args = ['dist/apps/cli/src/main.js', 'copy-log', '--from', from, '--to', line.instead(to)];
  const child = spawn(process.execPath, args, { env: { ...process.env, NODE_OPTIONS: '' }, stdio: 'ignore' });
  const ended = new Promise<string>((resolve) => child.once('exit', () => resolve('ended')));
  expect(await Promise.race([ended, line.stuck])).not.toBe('ended');
  child.kill('SIGKILL');
  await ended;
  await line.close();
  // What the server had received whole, it may still be writing.
  for (let seen = -1; ; ) {
    const arrived = (await all(target, '0')).length;
    if (arrived === seen) return arrived;
    seen = arrived;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

const withoutPosition = (events: readonly RecordedEvent[]) => events.map(({ position: _, ...event }) => JSON.stringify(event));

let postgres: Awaited<ReturnType<typeof newDatabase>>;
let server: Awaited<ReturnType<typeof newServer>>;
beforeAll(async () => {
  postgres = await newDatabase();
  server = await newServer();
  await fill(postgres.store, EVENTS);
}, 60_000);
afterAll(async () => {
  for (const close of closing) await close();
  rmSync(folder, { recursive: true, force: true });
}, 60_000);

describe('tegas copy-log', () => {
  it('copies PostgreSQL into EventStoreDB and back, each killed in the middle, byte for byte and in order', async () => {
    const source = await all(postgres.store, '0');
    const arrived = await killedCopy(postgres.database.url, server.server.url, server.store);
    expect(arrived).toBeGreaterThan(0);
    expect(arrived).toBeLessThan(EVENTS);
    const there = await copy(postgres.database.url, server.server.url, '--json');
    expect([there.code, JSON.parse(there.stdout)]).toEqual([
      0,
      { events: EVENTS, streams: 30, copied: EVENTS - arrived, alreadyThere: arrived, verified: true },
    ]);
    const inServer = await all(server.store, '0');
    expect(withoutPosition(inServer)).toEqual(withoutPosition(source));
    expectInOrder(inServer);

    const back = await newDatabase();
    const arrivedBack = await killedCopy(server.server.url, back.database.url, back.store);
    expect(arrivedBack).toBeGreaterThan(0);
    expect(arrivedBack).toBeLessThan(EVENTS);
    const again = await copy(server.server.url, back.database.url);
    expect([again.code, again.stdout]).toEqual([
      0,
      `${EVENTS - arrivedBack} events copied, ${arrivedBack} were there already; ${EVENTS} events in 30 streams verified by their hash chains.\n`,
    ]);
    expect(withoutPosition(await all(back.store, '0'))).toEqual(withoutPosition(source));
    const { rows } = await back.database.pool.query<{ same: boolean }>(
      "SELECT bool_and(hash = decode(metadata->>'hash', 'hex')) AS same FROM log.events",
    );
    expect(rows[0]?.same).toBe(true);
  }, 120_000);

  it('refuses to copy a store onto itself, by whatever address, and a server without TLS that is asked for it, with what to do', async () => {
    const [database, other] = [await newDatabase(), await newServer()];
    const url = new URL(database.database.url);
    url.searchParams.set('application_name', 'other');
    for (const [from, to] of [
      [database.database.url, url.href],
      [other.server.url, other.server.url],
    ] as const) {
      const same = await copy(from, to);
      expect([same.code, same.stdout]).toEqual([2, '']);
      expect(same.stderr).toMatch(/same store[\s\S]*penyimpanan yang sama[\s\S]*npx tegas copy-log/);
    }
    const asked = await copy(database.database.url, other.server.url.replace('tls=false', 'tls=true'));
    expect([asked.code, asked.stderr]).toEqual([1, expect.stringContaining('add ?tls=false')]);
    expect(asked.stderr).not.toMatch(/OPENSSL|SSL routines/);
  }, 60_000);

  it('refuses a target that holds something else, with the stream and revision, and leaves it as it is', async () => {
    const other = await newServer();
    await copyLog(firstOf(await all(postgres.store, '0'), 30), other.store);
    await other.store.append('official-stranger', 'no-stream', storedEvents(1));
    const refused = await copy(postgres.database.url, other.server.url, '--json');
    expect([refused.code, refused.stdout]).toEqual([1, '']);
    expect(refused.stderr).toContain('official-stranger, revision 0');
    expect(refused.stderr).toContain('Isi tujuan berbeda');
    expect(await all(other.store, '0')).toHaveLength(31);
    const more = copyLog(firstOf(await all(postgres.store, '0'), 3), server.store);
    await expect(more).rejects.toMatchObject({ why: 'target-differs' });
  }, 60_000);

  it('finds a target that took other events than it was given, though their chains are whole and their number is right', async () => {
    const source = firstOf(await all(postgres.store, '0'), 30);
    const [first] = await all(source, '0');
    await expect(copyLog(source, new ForgingStore())).rejects.toMatchObject({
      why: 'target-differs',
      stream: first?.stream,
      revision: expect.any(Number),
    });
  });

  it('is safe beside another copy into the same target: one of them ends, the log is whole and in order', async () => {
    const source = await all(postgres.store, '0');
    const [database, server] = [await newDatabase(), await newServer()];
    const second = new EventStoreDbStore(server.server.url);
    closing.push(() => second.close());
    for (const [one, other] of [
      [database.store, new PostgresStore(database.database.pool, { listen: false })],
      [server.store, second],
    ] as const) {
      const outcomes = await Promise.allSettled([copyLog(postgres.store, one), copyLog(postgres.store, other)]);
      expect(outcomes.map(({ status }) => status)).toContain('fulfilled');
      for (const outcome of outcomes)
        if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ name: 'CopyRefused', why: 'target-busy' });
      const copied = await all(one, '0');
      expect(withoutPosition(copied)).toEqual(withoutPosition(source));
      expectInOrder(copied);
    }
  }, 60_000);

  it('finds a changed event on either side by its hash chain', async () => {
    const events = await all(postgres.store, '0');
    const changed = (at: number) => events.map((event, index) => (index === at ? { ...event, data: { changed: true } } : event));
    const place = { stream: events[40]?.stream, revision: events[40]?.revision };
    const source = copyLog(storeOf(changed(40)), new InMemoryStore());
    await expect(source).rejects.toMatchObject({ why: 'source-broken', ...place });
    const target = copyLog(postgres.store, storeOf(changed(40)));
    await expect(target).rejects.toMatchObject({ why: 'target-broken', ...place });
    const missing = copyLog(storeOf(events.filter((_, index) => index !== 40)), new InMemoryStore());
    await expect(missing).rejects.toMatchObject({ why: 'source-broken', stream: place.stream });
  });

  it('says in one sentence what it cannot reach, without passwords', async () => {
    const nowhere = await copy('postgresql://tegas:s3cret@127.0.0.1:1/none', server.server.url);
    const noServer = await copy(postgres.database.url, 'esdb://tegas:s3cret@127.0.0.1:1?tls=false');
    const noUrl = await copy('mysql://a', server.server.url);
    const empty = await createTestDatabase();
    const noLog = await copy(empty.url, server.server.url);
    await empty.drop();
    const noTarget = await copy(postgres.database.url, 'x');
    expect([nowhere, noServer, noLog].map(({ code }) => code)).toEqual([1, 1, 1]);
    // What no store could be reached by is wrong usage.
    expect([noUrl, noTarget].map(({ code }) => code)).toEqual([2, 2]);
    expect(nowhere.stderr).toContain('PostgreSQL of --from (127.0.0.1:1/none) cannot be reached');
    expect(noServer.stderr).toContain('EventStoreDB of --to (127.0.0.1:1) cannot be used');
    expect(noUrl.stderr).toMatch(/--from.*postgresql:\/\/.*esdb:\/\//s);
    expect(noTarget.stderr).toMatch(/--to.*postgresql:\/\/.*esdb:\/\//s);
    expect(noLog.stderr).toContain('holds no Tegas yet');
    for (const { stderr } of [nowhere, noServer]) {
      expect(stderr).not.toContain('s3cret');
      expect(stderr).not.toContain('    at ');
    }
    expect((await copy('', '')).code).toBe(2);
  }, 60_000);
});

/** A log that holds just these events; only read. */
function storeOf(events: readonly RecordedEvent[]): EventStore {
  const store = new InMemoryStore();
  store.head = async () => events.at(-1)?.position ?? '0';
  store.readAll = async function* () {
    yield events;
  };
  return store;
}

function firstOf(events: readonly RecordedEvent[], count: number): EventStore {
  return storeOf(events.slice(0, count));
}

/** Keeps every event under another actor, in chains that verify. */
class ForgingStore extends InMemoryStore {
  private readonly last = new Map<string, string>();

  override append(...[stream, expected, events]: Parameters<InMemoryStore['append']>): ReturnType<InMemoryStore['append']> {
    const from = typeof expected === 'number' ? expected + 1 : 0;
    const forged = events.map((event, index) => {
      const { hash: _, ...metadata } = { ...event.metadata, actor: 'someone-else' };
      const hash = chainHash(this.last.get(stream), { ...event, stream, revision: from + index, metadata });
      this.last.set(stream, hash);
      return { ...event, metadata: { ...metadata, hash } };
    });
    return super.append(stream, expected, forged);
  }
}
