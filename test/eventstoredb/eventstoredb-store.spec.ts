/** The EventStoreDB store over the wire: against the stand-in always, against a real server where TEGAS_EVENTSTORE_TEST_URL names one. */
import { execFile, execFileSync } from 'node:child_process';
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { EventStoreDBClient, jsonEvent } from '@eventstore/db-client';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { EventStoreDbStore } from '../../libs/event-store/src/eventstoredb-store.js';
import { StoreUnavailable, WrongExpectedRevision } from '../../libs/event-store/src/port.js';
import { UnstorableEvent } from '../../libs/event-store/src/storable.js';
import { all, eventStoreContract, expectInOrder, Reader } from '../../libs/event-store/src/testing/contract.js';
import { storedEvent, storedEvents } from '../../libs/event-store/src/testing/stored-events.js';
import type { StandInSettings } from './stand-in.js';
import { StandIn } from './stand-in-process.js';

/** Makes the certificate; found on Debian, and the specs say so where it is not. */
const OPENSSL = 'openssl';
const REAL = process.env.TEGAS_EVENTSTORE_TEST_URL;
const started: StandIn[] = [];
const stores: EventStoreDbStore[] = [];
const folder = mkdtempSync(join(tmpdir(), 'tegas-eventstoredb-'));
const newFile = () => join(folder, `${started.length}.log`);

async function standIn(settings: StandInSettings = {}): Promise<StandIn> {
  const server = await StandIn.start(settings);
  started.push(server);
  return server;
}

function storeAt(url: string, answerWithinMs?: number): EventStoreDbStore {
  const store = new EventStoreDbStore(url, answerWithinMs === undefined ? {} : { answerWithinMs });
  stores.push(store);
  return store;
}

let server: StandIn;
beforeAll(async () => {
  server = await standIn();
});
afterAll(async () => {
  await Promise.all(stores.map((store) => store.close()));
  for (const one of started) await one.signal('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

eventStoreContract('EventStoreDB (stand-in)', async () => new EventStoreDbStore(server.url));
if (REAL === undefined)
  console.error(
    '\n!!! NOT RUN: the contract on a real EventStoreDB (TEGAS_EVENTSTORE_TEST_URL names none; docker/compose.cluster.yml) !!!\n',
  );
else eventStoreContract('EventStoreDB (real)', async () => new EventStoreDbStore(REAL));

describe('an EventStoreDB that goes away', () => {
  it('leaves the outcome of an append unknown, in time; the same events again are written once', async () => {
    const away = await standIn();
    const store = storeAt(away.url, 700);
    const [first, second] = [storedEvent(), storedEvent()];
    await store.append('case-1', 'no-stream', [first]);
    await away.signal('SIGSTOP');
    const before = Date.now();
    await expect(store.append('case-1', 0, [second])).rejects.toBeInstanceOf(StoreUnavailable);
    expect(Date.now() - before).toBeLessThan(2_000);
    await expect(store.read('case-1')).rejects.toBeInstanceOf(StoreUnavailable);
    await expect(all(store, '0')).rejects.toBeInstanceOf(StoreUnavailable);
    await away.signal('SIGCONT');
    await until(async () => (await store.head().catch(() => '0')) !== '0');
    expect((await store.append('case-1', 0, [second])).revision).toBe(1);
    expect((await store.read('case-1')).map(({ id }) => id)).toEqual([first.id, second.id]);
  });

  it('is unavailable in every call when it is killed, and found again when it is back', async () => {
    const file = newFile();
    const away = await standIn({ file });
    const store = storeAt(away.url, 3_000);
    await store.append('case-1', 'no-stream', storedEvents(2));
    await away.signal('SIGKILL');
    for (const call of [
      () => store.append('case-1', 1, storedEvents(1)),
      () => store.read('case-1'),
      () => store.head(),
      () => all(store, '0'),
      () => all(store, '0', ['case-']),
    ])
      await expect(call()).rejects.toBeInstanceOf(StoreUnavailable);
    await away.start();
    await until(async () => (await store.read('case-1').catch(() => [])).length === 2);
    expect((await store.append('case-1', 1, storedEvents(1))).revision).toBe(2);
  });

  it('delivers every event once and in order over three kills, while writers go on', async () => {
    const away = await standIn({ file: newFile() });
    const store = storeAt(away.url, 3_000);
    const cases = new Reader(store, '0', ['case-']);
    const everything = new Reader(store, '0');
    const written: string[] = [];
    const write = async (n: number) => {
      const events = storedEvents(3);
      for (;;) {
        try {
          await store.append(`${n % 2 === 0 ? 'case' : 'official'}-${n}`, 'no-stream', events);
          break;
        } catch (error) {
          if (error instanceof WrongExpectedRevision) break; // the answer to the first try was lost
          if (!(error instanceof StoreUnavailable)) throw error;
          await new Promise((resolve) => setTimeout(resolve, 50));
        }
      }
      written.push(...events.map(({ id }) => id));
    };
    const writing = (async () => {
      for (let n = 0; n < 120; n += 1) await write(n);
    })();
    for (let kills = 0; kills < 3; kills += 1) {
      const before = written.length;
      await until(async () => written.length >= before + 60);
      await away.signal('SIGKILL');
      await away.start();
    }
    await writing;
    await everything.until(() => everything.events.length >= written.length);
    await cases.until(() => cases.events.length >= written.length / 2);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(everything.events.map(({ id }) => id)).toEqual(written);
    expectInOrder(everything.events);
    expect(cases.events).toEqual(everything.events.filter(({ stream }) => stream.startsWith('case-')));
    await cases.stop();
    await everything.stop();
  }, 60_000);

  it('takes up what was acknowledged and forgets what was cut short', async () => {
    const file = newFile();
    const cut = await standIn({ file });
    const store = storeAt(cut.url);
    await store.append('case-1', 'no-stream', storedEvents(2));
    await cut.signal('SIGKILL');
    appendFileSync(file, '{"end":99999,"events":[{"id":"half');
    await cut.start();
    await until(async () => (await store.read('case-1').catch(() => [])).length === 2);
    await store.append('case-1', 1, storedEvents(1));
    await cut.signal('SIGKILL');
    await cut.start();
    await until(async () => (await store.read('case-1').catch(() => [])).length === 3);
    expectInOrder(await all(store, '0'));
  });
});

describe('the identity of a log', () => {
  it('is the same for every process, also for those that ask first at once, and another on another server', async () => {
    const [one, other] = [await standIn(), await standIn()];
    const asked = await Promise.all(Array.from({ length: 4 }, () => storeAt(one.url).identity()));
    expect(new Set(asked).size).toBe(1);
    expect(await storeAt(one.url).identity()).toBe(asked[0]);
    expect(await storeAt(other.url).identity()).not.toBe(asked[0]);
  });
});

describe('what else stands in the log', () => {
  it('is neither delivered nor taken for its head: events of the server and of other programs', async () => {
    const own = await standIn();
    const store = storeAt(own.url);
    // With the 25th append the server writes one of its own, which is then the last.
    for (let n = 0; n < 25; n += 1) await store.append(`case-${n}`, 'no-stream', storedEvents(1));
    const events = await all(store, '0');
    expect(events).toHaveLength(25);
    expect(await store.head()).toBe(events.at(-1)?.position);
    expect(await store.head()).toBe(events.at(-1)?.position);
    await raw(own, (client) => client.appendToStream('other-1', jsonEvent({ type: 'SomethingElse', data: { a: 1 } })));
    expect(await store.head()).toBe(events.at(-1)?.position);
    expect(await all(store, '0')).toHaveLength(25);
    await expect(store.read('other-1')).rejects.toThrow('did not write');
    const reader = new Reader(store, '0');
    await reader.until((messages) => messages.at(-1)?.kind === 'caught-up');
    expect(reader.events).toEqual(events);
    await reader.stop();
    for (const append of [
      () => store.append('$case', 'any', storedEvents(1)),
      () => store.append('case-1', 'any', storedEvents(1, '$type')),
    ])
      await expect(append()).rejects.toBeInstanceOf(UnstorableEvent);
  });

  it('gives checkpoints from which reading on loses nothing, through thousands of events that match nothing', async () => {
    const long = await standIn();
    const store = storeAt(long.url);
    for (let n = 0; n < 4; n += 1) await store.append(`filler-${n}`, 'no-stream', storedEvents(1500));
    await store.append('rare-1', 'no-stream', storedEvents(1));
    await store.append('filler-9', 'no-stream', storedEvents(2500));
    const reader = new Reader(store, '0', ['rare-']);
    await reader.until((messages) => messages.at(-1)?.kind === 'caught-up');
    await store.append('filler-10', 'no-stream', storedEvents(5000));
    const lastFiller = (await store.read('filler-9')).at(-1)?.position ?? '';
    await reader.until(() => reader.messages.at(-1)?.kind === 'caught-up' && reader.lastPosition > lastFiller);
    const kept = reader.messages.flatMap((message) => (message.kind === 'event' ? [] : [message.position]));
    expect(kept.length).toBeGreaterThan(2);
    const [rare] = reader.events;
    for (const position of kept) {
      const before = BigInt(position) < BigInt(rare?.position ?? 0);
      expect([position, (await all(store, position, ['rare-'])).length]).toEqual([position, before ? 1 : 0]);
    }
    await reader.stop();
    await expect(all(store, '7', ['rare-'])).rejects.toThrow('invalid position');
  }, 30_000);

  it('is refused when events share a commit position, from which reading on could not be exact', async () => {
    const shared = storeAt((await standIn({ sharedCommit: true })).url);
    await shared.append('case-1', 'no-stream', storedEvents(2));
    await expect(shared.read('case-1')).rejects.toThrow('TCP interface');
    await expect(all(shared, '0')).rejects.toThrow('TCP interface');
  });
});

describe('a retry', () => {
  it('is answered as the first time by a server that recognises the ids, and refused by one that does not', async () => {
    for (const forgetful of [false, true]) {
      const store = storeAt((await standIn({ forgetful })).url);
      const events = storedEvents(2);
      const first = await store.append('case-1', 'no-stream', events);
      await store.append('case-1', 1, storedEvents(1));
      const again = store.append('case-1', 'no-stream', events);
      if (forgetful) await expect(again).rejects.toMatchObject({ name: 'WrongExpectedRevision', actual: 2 });
      else expect(await again).toEqual(first);
      expect(await store.read('case-1')).toHaveLength(3);
    }
  });
});

describe('the connection string', () => {
  it('names several nodes: those that are down are passed over, and another leader is asked', async () => {
    const down = await standIn();
    await down.signal('SIGKILL');
    const one = storeAt(`esdb://127.0.0.1:${down.port},127.0.0.1:${server.port}?tls=false&gossipTimeout=2`);
    await one.append('cluster-1', 'no-stream', storedEvents(1));
    const follower = await standIn({ leader: { host: '127.0.0.1', port: server.port } });
    const other = storeAt(follower.url);
    expect(await other.read('cluster-1')).toHaveLength(1);
    const follower2 = await standIn({ leader: { host: '127.0.0.1', port: server.port } });
    expect((await storeAt(follower2.url).append('cluster-1', 0, storedEvents(1))).revision).toBe(1);
    const noOne = storeAt(`esdb://127.0.0.1:${down.port},127.0.0.1:${down.port}?tls=false`, 2_000);
    await expect(noOne.head()).rejects.toBeInstanceOf(StoreUnavailable);
  }, 20_000);

  it('is refused when it is not understood, without its password being repeated', () => {
    for (const url of [
      'postgres://sari:s3cret@host/db',
      'esdb://sari:s3cret@host:port',
      'esdb://sari:s3cret@host:2113?tls=perhaps',
      'esdb://sari:s3cret@host:2113?colour=blue',
      'esdb://sari:s3cret@host:2113?tlsVerifyCert=false',
      'esdb://sari:s3cret@host:2113?tlsCAFile=/no/such/file',
    ]) {
      const refusal = refusalOf(url);
      expect([url, typeof refusal, refusal?.includes('s3cret')]).toEqual([url, 'string', false]);
    }
    expect(refusalOf('esdb://sari:s3cret@a:2113,b:2113?nodePreference=leader&keepAliveInterval=10000')).toBeUndefined();
  });

  if (!hasOpenssl()) console.error('\n!!! NOT RUN: EventStoreDB over TLS (no openssl to make a certificate with) !!!\n');
  else
    it('says whom to trust and who asks: TLS with a certificate of our own, user and password', async () => {
      const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')];
      const request = `req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost,IP:127.0.0.1`;
      execFileSync(OPENSSL, [...request.split(' '), '-keyout', key, '-out', certificate], { stdio: 'ignore' });
      const tls = { key: readFileSync(key, 'utf8'), certificate: readFileSync(certificate, 'utf8') };
      const safe = await standIn({ tls, credentials: { username: 'tegas', password: 'p:ss@wörd' } });
      const at = (credentials: string, options = `?tls=true&tlsCAFile=${encodeURIComponent(certificate)}`) =>
        storeAt(`esdb://${credentials}localhost:${safe.port}${options}`, 3_000);
      const store = at(`tegas:${encodeURIComponent('p:ss@wörd')}@`);
      expect((await store.append('case-1', 'no-stream', storedEvents(2))).revision).toBe(1);
      const reader = new Reader(store, '0', ['case-']);
      await reader.until(() => reader.events.length === 2);
      await reader.stop();
      for (const stranger of [at('tegas:wrong@'), at('')]) {
        const refusal = await stranger.read('case-1').catch((error: unknown) => error);
        expect(refusal).toBeInstanceOf(Error);
        expect(refusal).not.toBeInstanceOf(StoreUnavailable);
        await expect(stranger.append('case-1', 1, storedEvents(1))).rejects.toMatchObject({
          name: 'UnusableStore',
          message: expect.stringContaining('refuses the user'),
        });
      }
      await expect(at('', '?tls=true').head()).rejects.toBeInstanceOf(StoreUnavailable);
      await expect(at('', '?tls=false').head()).rejects.toBeInstanceOf(StoreUnavailable);
    }, 20_000);
});

describe('closing', () => {
  it('lets the process end by itself, whatever it had open, and refuses later calls', async () => {
    const script = `
      import { EventStoreDbStore } from './dist/libs/event-store/src/eventstoredb-store.js';
      const store = new EventStoreDbStore(${JSON.stringify(server.url)});
      const waiting = (async () => { for await (const message of store.subscribe('0')) if (message.kind === 'caught-up') break; })();
      const open = store.subscribe('0', { filter: { streamPrefixes: ['nothing'] } });
      await open.next();
      await waiting;
      for await (const batch of store.readAll('0', { batchSize: 1 })) break;
      const never = open.next();
      await store.close();
      await never;
      console.log(await store.head().catch((error) => error.name));`;
    const began = Date.now();
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
      env: { ...process.env, NODE_OPTIONS: '' },
      timeout: 20_000,
    });
    expect(stdout).toBe('StoreUnavailable\n');
    expect(Date.now() - began).toBeLessThan(15_000);
  }, 30_000);
});

describe('the stand-in', () => {
  it('takes batch appends as well, which the client chooses by itself', async () => {
    const outcomes = await raw(server, async (client) => {
      const event = () => jsonEvent({ type: 'Noted', data: { a: 1 } });
      const first = await client.appendToStream('batch-1', [event(), event()], { expectedRevision: 'no_stream' });
      const wrong = await client.appendToStream('batch-1', event(), { expectedRevision: 7n }).catch((error: unknown) => error);
      return [first.nextExpectedRevision, wrong];
    });
    expect(outcomes).toMatchObject([1n, { type: 'wrong-expected-version', actualVersion: 1n }]);
  });
});

/** The client itself, as another program would use it. */
async function raw<T>(at: StandIn, use: (client: EventStoreDBClient) => Promise<T>): Promise<T> {
  const client = EventStoreDBClient.connectionString(at.url);
  try {
    return await use(client);
  } finally {
    await client.dispose();
  }
}

function refusalOf(url: string): string | undefined {
  try {
    storeAt(url);
    return undefined;
  } catch (error) {
    return error instanceof Error ? `${error.message} ${error.stack}` : String(error);
  }
}

function hasOpenssl(): boolean {
  try {
    execFileSync(OPENSSL, ['version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

async function until(holds: () => Promise<boolean>, withinMs = 20_000): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error('It did not come to hold in time');
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
}
