/** What every event store must do, whatever it stands on. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { UUID } from '#domain/event.js';
import {
  comparePositions,
  type EventStore,
  type RecordedEvent,
  type SubscriptionMessage,
  WrongExpectedRevision,
} from '../port.js';
import { UnstorableEvent } from '../storable.js';
import { storedEvent, storedEvents } from './stored-events.js';

/** Strings that careless storage loses or changes. */
export const oddStrings = [
  'NULL',
  'null',
  'NA',
  '',
  ' ',
  "O'Brien",
  '"; DROP TABLE events; --',
  '{"a":[1,2]}',
  '{NULL,"x"}',
  'محمد بن سلمان',
  'עִבְרִית',
  'a\u0301 e\u0308 \u00e9',
  'Nguyễn Thị Ngọc Ánh',
  '👩‍👩‍👧‍👦🏳️‍🌈',
  '\u2028\u2029\ufeff\u200f',
  '\\u0000 as text',
  'back\\slash\\',
  '\u0001\u001f\u007f\t\r\n',
  '1e400',
];

/**
 * One suite for all stores. `makeStore` gives a store that may be shared by the whole suite; it is closed at the end.
 * The log need not be empty: on a server it may hold what others wrote.
 */
export function eventStoreContract(name: string, makeStore: () => Promise<EventStore>): void {
  describe(`the event store contract: ${name}`, () => {
    let store: EventStore;
    beforeAll(async () => {
      store = await makeStore();
    });
    afterAll(async () => {
      await store.close();
    });

    const newStream = (prefix = 'case') => `${prefix}-${randomUUID()}`;

    describe('append', () => {
      it('starts a stream at revision 0 and counts on', async () => {
        const stream = newStream();
        expect((await store.append(stream, 'no-stream', storedEvents(1))).revision).toBe(0);
        expect((await store.append(stream, 0, storedEvents(3))).revision).toBe(3);
        expect((await store.append(stream, 'any', storedEvents(1))).revision).toBe(4);
        expect((await store.append(newStream(), 'any', storedEvents(2))).revision).toBe(1);
      });

      it('answers with the position of the last event', async () => {
        const stream = newStream();
        const { position } = await store.append(stream, 'no-stream', storedEvents(3));
        expect((await store.read(stream)).at(-1)?.position).toBe(position);
        expect(comparePositions(await store.head(), position)).toBeGreaterThanOrEqual(0);
      });

      it('gives positions that a column of type bigint holds and comparePositions orders', async () => {
        const earlier = await store.append(newStream(), 'no-stream', storedEvents(1));
        const later = await store.append(newStream(), 'no-stream', storedEvents(1));
        expect(later.position).toMatch(/^[1-9]\d{0,18}$/);
        expect(BigInt(later.position)).toBeLessThan(2n ** 63n);
        expect(comparePositions(earlier.position, later.position)).toBeLessThan(0);
      });

      it('refuses a wrong revision, says the actual one, and writes nothing', async () => {
        const stream = newStream();
        await expect(store.append(stream, 0, storedEvents(1))).rejects.toMatchObject({
          name: 'WrongExpectedRevision',
          actual: -1,
          stream,
        });
        await store.append(stream, 'no-stream', storedEvents(2));
        await expect(store.append(stream, 'no-stream', storedEvents(1))).rejects.toMatchObject({
          actual: 1,
          expected: 'no-stream',
        });
        await expect(store.append(stream, 0, storedEvents(1))).rejects.toMatchObject({ actual: 1, expected: 0 });
        await expect(store.append(stream, 2, storedEvents(1))).rejects.toBeInstanceOf(WrongExpectedRevision);
        expect(await store.read(stream)).toHaveLength(2);
      });

      it('lets exactly one of concurrent writers win', async () => {
        const stream = newStream();
        await store.append(stream, 'no-stream', storedEvents(1));
        const outcomes = await Promise.allSettled(Array.from({ length: 64 }, () => store.append(stream, 0, storedEvents(2))));
        expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
        for (const outcome of outcomes) {
          if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ name: 'WrongExpectedRevision', actual: 2 });
        }
        expect((await store.read(stream)).map((event) => event.revision)).toEqual([0, 1, 2]);
      });

      it('writes all of an append or nothing, and keeps its events together', async () => {
        const streams = Array.from({ length: 40 }, () => newStream('together'));
        const before = await store.head();
        await Promise.all(streams.map((stream) => store.append(stream, 'no-stream', storedEvents(5))));
        const seen = (await all(store, before)).filter((event) => streams.includes(event.stream));
        const groups = seen.filter((event, index) => event.stream !== seen[index - 1]?.stream);
        expect(seen).toHaveLength(200);
        expect(groups).toHaveLength(40);
      });

      it('takes a big append', async () => {
        const stream = newStream();
        const events = storedEvents(5000);
        expect((await store.append(stream, 'no-stream', events)).revision).toBe(4999);
        expect((await store.read(stream)).map((event) => event.id)).toEqual(events.map((event) => event.id));
      }, 20_000);

      it('refuses what it could not keep', async () => {
        const stream = newStream();
        const twice = storedEvent();
        const refused = [
          () => store.append(stream, 'any', []),
          () => store.append(stream, 'any', [storedEvent({ name: 'a\u0000b' })]),
          () => store.append(stream, 'any', [storedEvent({ 'a\u0000b': 1 })]),
          () => store.append(stream, 'any', [storedEvent({ name: '\ud83d' })]),
          () => store.append(stream, 'any', [{ ...storedEvent(), id: 'not-a-uuid' }]),
          () => store.append(stream, 'any', [twice, twice]),
          () => store.append(stream, -2, [storedEvent()]),
          () => store.append('', 'any', [storedEvent()]),
        ];
        for (const append of refused) await expect(append()).rejects.toBeInstanceOf(UnstorableEvent);
        expect(await store.read(stream)).toEqual([]);
      });
    });

    describe('read', () => {
      it('finds a stream that does not exist empty', async () => {
        expect(await store.read(newStream())).toEqual([]);
      });

      it('gives back exactly what was written', async () => {
        const stream = newStream();
        const event = storedEvent(
          { flag: true, none: null, deep: { list: [1, 2.5, -0.1, 1e21], z: 1, a: 2 } },
          'ApplicationLodged',
        );
        const { position } = await store.append(stream, 'no-stream', [event]);
        expect(await store.read(stream)).toEqual([{ ...event, stream, revision: 0, position }]);
        expect(JSON.stringify((await store.read(stream))[0]?.data)).toBe(JSON.stringify(event.data));
      });

      it('keeps odd strings byte for byte, as values and as keys', async () => {
        const stream = newStream();
        const data = { values: oddStrings, keys: Object.fromEntries(oddStrings.map((odd, index) => [`k${odd}`, index])) };
        await store.append(stream, 'no-stream', [storedEvent(data)]);
        expect((await store.read(stream))[0]?.data).toEqual(data);
      });

      it('keeps any well-formed text byte for byte', async () => {
        const text = fc.string({ unit: 'binary' }).filter((candidate) => !candidate.includes('\0'));
        await fc.assert(
          fc.asyncProperty(fc.array(text), async (texts) => {
            const stream = newStream();
            await store.append(stream, 'no-stream', [storedEvent({ texts })]);
            expect((await store.read(stream))[0]?.data).toEqual({ texts });
          }),
          { numRuns: 50 },
        );
      });

      it('starts at a revision', async () => {
        const stream = newStream();
        await store.append(stream, 'no-stream', storedEvents(5));
        expect((await store.read(stream, 3)).map((event) => event.revision)).toEqual([3, 4]);
        expect(await store.read(stream, 5)).toEqual([]);
      });

      it('gives each of many who ask at once their own, in order, however long', async () => {
        const streams = Array.from({ length: 80 }, () => newStream());
        await Promise.all(streams.map((stream, n) => store.append(stream, 'no-stream', storedEvents((n % 5) + 1))));
        const asked = [...streams.map((stream) => [stream, 0] as const), ...streams.map((stream) => [stream, 2] as const)];
        const all = await Promise.all([...asked.map(([stream, from]) => store.read(stream, from)), store.read(newStream())]);
        for (const [place, [stream, from]] of asked.entries()) {
          const length = (streams.indexOf(stream) % 5) + 1;
          expect(all[place]?.map((event) => [event.stream, event.revision])).toEqual(
            Array.from({ length: Math.max(0, length - from) }, (_, n) => [stream, from + n]),
          );
        }
        expect(all.at(-1)).toEqual([]);
      });

      it('shares nothing with the writer', async () => {
        const stream = newStream();
        const data = { list: [1] };
        await store.append(stream, 'no-stream', [storedEvent(data)]);
        data.list.push(2);
        expect((await store.read(stream))[0]?.data).toEqual({ list: [1] });
      });
    });

    describe('identity', () => {
      it('names the log, always by the same id, and is no event of it', async () => {
        const before = await store.head();
        const asked = await Promise.all([store.identity(), store.identity(), store.identity()]);
        expect(new Set(asked)).toEqual(new Set([expect.stringMatching(UUID)]));
        expect(await store.identity()).toBe(asked[0]);
        expect(await store.head()).toBe(before);
        expect(await all(store, before)).toEqual([]);
      });
    });

    describe('readAll', () => {
      it('reads everything after a position in order, in batches', async () => {
        const before = await store.head();
        const prefix = `order${randomUUID()}`;
        for (let n = 0; n < 10; n += 1) await store.append(`${prefix}-${n % 3}`, 'any', storedEvents(2));
        const batches: number[] = [];
        const events: RecordedEvent[] = [];
        for await (const batch of store.readAll(before, { batchSize: 7 })) {
          batches.push(batch.length);
          events.push(...batch.filter((event) => event.stream.startsWith(prefix)));
        }
        expect(Math.max(...batches)).toBeLessThanOrEqual(7);
        expect(Math.min(...batches)).toBeGreaterThan(0);
        expect(events).toHaveLength(20);
        expectInOrder(events);
        expect(await all(store, await store.head())).toEqual([]);
      });

      it('gives the same without data, or with it where it does not read them apart', async () => {
        const before = await store.head();
        const prefix = `bare${randomUUID()}`;
        for (const stream of [`${prefix}-1`, `${prefix}-2`]) await store.append(stream, 'no-stream', storedEvents(3));
        const streamPrefixes = [prefix];
        const whole = await all(store, before, streamPrefixes);
        const bare: RecordedEvent[] = [];
        for await (const batch of store.readAll(before, { filter: { streamPrefixes, withoutData: true } })) bare.push(...batch);
        expect(whole).toHaveLength(6);
        expect(bare).toEqual(
          whole.map((event, at) => ({ ...event, data: Object.keys(bare[at]?.data ?? {}).length > 0 ? event.data : {} })),
        );
      });

      it('reads only streams with the given prefixes, taken literally', async () => {
        const before = await store.head();
        const mark = randomUUID();
        const streams = [`a_${mark}-1`, `a%${mark}-2`, `axx${mark}-3`, `b\\${mark}-4`];
        for (const stream of streams) await store.append(stream, 'no-stream', storedEvents(2));
        const read = await all(store, before, [`a_${mark}`, `a%${mark}`, `b\\${mark}`]);
        expect(read.map((event) => event.stream)).toEqual([
          streams[0],
          streams[0],
          streams[1],
          streams[1],
          streams[3],
          streams[3],
        ]);
        expect(await all(store, before, [])).toEqual([]);
      });

      it('may be left early', async () => {
        await store.append(newStream(), 'no-stream', storedEvents(10));
        for await (const batch of store.readAll('0', { batchSize: 2 })) {
          expect(batch).toHaveLength(2);
          break;
        }
      });
    });

    describe('subscribe', () => {
      it('delivers what is there, says it caught up, then delivers what comes', async () => {
        const before = await store.head();
        const prefix = `live${randomUUID()}`;
        await store.append(`${prefix}-1`, 'no-stream', storedEvents(3));
        const reader = new Reader(store, before, [prefix]);
        await reader.until((messages) => messages.some((message) => message.kind === 'caught-up'));
        expect(reader.messages.slice(0, 4).map((message) => message.kind)).toEqual(['event', 'event', 'event', 'caught-up']);
        const { position } = await store.append(`${prefix}-2`, 'no-stream', storedEvents(2));
        await reader.until((messages) => reader.events.length === 5 && messages.at(-1)?.kind === 'caught-up');
        expectInOrder(reader.events);
        expect(reader.events.at(-1)?.position).toBe(position);
        await reader.stop();
      });

      it('gives a checkpoint worth keeping when nothing matched', async () => {
        const before = await store.head();
        const prefix = `rare${randomUUID()}`;
        const { position } = await store.append(newStream('other'), 'no-stream', storedEvents(3));
        const reader = new Reader(store, before, [prefix]);
        await reader.until((messages) => messages.some((message) => message.kind === 'caught-up'));
        const kept = reader.lastPosition;
        expect(reader.events).toEqual([]);
        expect(comparePositions(kept, position)).toBeGreaterThanOrEqual(0);
        await reader.stop();
        await store.append(`${prefix}-1`, 'no-stream', storedEvents(1));
        const resumed = new Reader(store, kept, [prefix]);
        await resumed.until(() => resumed.events.length === 1);
        await resumed.stop();
      });

      it('resumes after any event without loss or repetition', async () => {
        const before = await store.head();
        const prefix = `resume${randomUUID()}`;
        for (let n = 0; n < 5; n += 1) await store.append(`${prefix}-${n}`, 'no-stream', storedEvents(2));
        const whole = await all(store, before, [prefix]);
        for (const [index, event] of whole.entries()) {
          const reader = new Reader(store, event.position, [prefix]);
          await reader.until((messages) => messages.some((message) => message.kind === 'caught-up'));
          expect(reader.events).toEqual(whole.slice(index + 1));
          await reader.stop();
        }
      });

      it('serves several readers, each at its own pace', async () => {
        const before = await store.head();
        const prefix = `many${randomUUID()}`;
        const readers = Array.from({ length: 5 }, () => new Reader(store, before, [prefix]));
        await Promise.all(Array.from({ length: 20 }, (_, n) => store.append(`${prefix}-${n}`, 'no-stream', storedEvents(3))));
        for (const reader of readers) {
          await reader.until(() => reader.events.length >= 60);
          expect(reader.events).toEqual(await all(store, before, [prefix]));
          await reader.stop();
        }
      });

      it('ends when aborted: while waiting, before it began, and while delivering', async () => {
        const waiting = new Reader(store, await store.head(), ['nothing']);
        await waiting.until((messages) => messages.some((message) => message.kind === 'caught-up'));
        await waiting.stop();

        const aborted: SubscriptionMessage[] = [];
        for await (const message of store.subscribe('0', { signal: AbortSignal.abort() })) aborted.push(message);
        expect(aborted).toEqual([]);

        await store.append(newStream(), 'no-stream', storedEvents(10));
        const controller = new AbortController();
        let delivered = 0;
        for await (const _ of store.subscribe('0', { signal: controller.signal })) {
          delivered += 1;
          if (delivered === 3) controller.abort();
        }
        expect(delivered).toBe(3);
      });
    });
  });
}

/** Reads a whole log after a position. */
export async function all(
  store: EventStore,
  after: string,
  streamPrefixes?: readonly string[],
): Promise<readonly RecordedEvent[]> {
  const events: RecordedEvent[] = [];
  for await (const batch of store.readAll(after, streamPrefixes === undefined ? {} : { filter: { streamPrefixes } }))
    events.push(...batch);
  return events;
}

/** Positions rise strictly, and within each stream revisions rise by one. */
export function expectInOrder(events: readonly RecordedEvent[]): void {
  const revisions = new Map<string, number>();
  let faults = 0;
  for (const [index, event] of events.entries()) {
    const previous = events[index - 1];
    if (previous !== undefined && comparePositions(previous.position, event.position) >= 0) faults += 1;
    if (event.revision !== (revisions.get(event.stream) ?? event.revision - 1) + 1) faults += 1;
    revisions.set(event.stream, event.revision);
  }
  expect(faults).toBe(0);
}

/** Collects what a subscription delivers until stopped. */
export class Reader {
  readonly messages: SubscriptionMessage[] = [];
  readonly events: RecordedEvent[] = [];
  private readonly controller = new AbortController();
  private readonly done: Promise<void>;

  constructor(store: Pick<EventStore, 'subscribe'>, after: string, streamPrefixes?: readonly string[]) {
    const filter = streamPrefixes === undefined ? {} : { filter: { streamPrefixes } };
    this.done = this.collect(store.subscribe(after, { ...filter, signal: this.controller.signal }));
    this.done.catch(() => {});
  }

  get lastPosition(): string {
    const last = this.messages.at(-1);
    return last === undefined ? '0' : last.kind === 'event' ? last.event.position : last.position;
  }

  /** Waits, at most 20 s, for what is expected of the messages so far. */
  async until(satisfied: (messages: readonly SubscriptionMessage[]) => boolean): Promise<void> {
    const deadline = Date.now() + 20_000;
    while (!satisfied(this.messages)) {
      if (Date.now() > deadline) throw new Error(`The subscription did not get there: ${this.events.length} events so far`);
      await new Promise((resolve) => setTimeout(resolve, 3));
    }
  }

  /** Aborts, and waits for the subscription to end. @throws what it threw. */
  async stop(): Promise<void> {
    this.controller.abort();
    await this.done;
  }

  private async collect(source: AsyncIterable<SubscriptionMessage>): Promise<void> {
    for await (const message of source) {
      this.messages.push(message);
      if (message.kind === 'event') this.events.push(message.event);
    }
  }
}
