import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Decision, DomainEvent } from '#domain/event.js';
import { NewerSchemaVersion, type Upcast } from '#domain/upcasters.js';
import { commandIdOf, verifyChain } from './envelope.js';
import { EventLog } from './event-log.js';
import { type CommandToHandle, handleCommand } from './handle-command.js';
import { InMemoryStore } from './in-memory-store.js';
import { type EventStore, StoreUnavailable } from './port.js';
import { migratePostgresStore } from './postgres-schema.js';
import { PostgresStore } from './postgres-store.js';
import { PlainCodec } from './testing/plain-codec.js';
import { asStored } from './testing/stored-events.js';
import { createTestDatabase, type TestDatabase } from './testing/test-database.js';

type Counted = DomainEvent<'Counted', { readonly by: number }>;
const rejection = { code: 'too-much', reason: { id: 'Terlalu banyak', en: 'Too much' } };
const decider: CommandToHandle<number, Counted, Counted>['decider'] = {
  initialState: 0,
  evolve: (sum, event) => sum + event.data.by,
};

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
  await migratePostgresStore(database.pool);
});
afterAll(() => database.drop());

describe.each<[string, () => EventStore]>([
  ['in memory', () => new InMemoryStore()],
  ['PostgreSQL', () => new PostgresStore(database.pool, { listen: false })],
])('handleCommand: %s', (name, makeStore) => {
  let streams = 0;
  const newStream = () => {
    streams += 1;
    return `case-${name.replace(/\s/g, '-')}-${streams}`;
  };
  const at = '2026-11-24T01:00:00.000Z';
  const logOver = (store: EventStore, upcast: Upcast = asStored) => new EventLog(store, new PlainCodec(), () => at, upcast);
  let log: EventLog;
  beforeAll(() => {
    log = logOver(makeStore());
  });
  afterAll(() => log.store.close());

  /** Counts up by one, `times` times, refusing to pass 10. */
  const count = (stream: string, key: string, change: Partial<CommandToHandle<number, Counted, Counted>> = {}, times = 1) =>
    handleCommand<number, Counted, Counted>({
      log,
      stream,
      decider,
      decide: (sum) => countUp(sum, times),
      act: { actor: 'officer-sari', effectiveAt: at, commandId: commandIdOf('officer-sari', stream + key), correlationId: 'c-1' },
      body: `{"times":${times}}`,
      ...change,
    });

  it('accepts, and says where the stream stands', async () => {
    const stream = newStream();
    const first = await count(stream, 'a', {}, 2);
    expect(first).toMatchObject({
      kind: 'accepted',
      revision: 1,
      replayed: false,
      events: [{ revision: 0 }, { revision: 1, data: { by: 1 } }],
    });
    const { events } = await log.read(stream);
    expect(events.at(-1)).toMatchObject({
      position: first.kind === 'accepted' ? first.position : '',
      type: 'Counted',
      schemaVersion: 1,
    });
    expect(verifyChain(await log.store.read(stream))).toBeUndefined();
  });

  it('rejects without a trace, and decides anew when asked again', async () => {
    const stream = newStream();
    expect(await count(stream, 'a', {}, 11)).toEqual({ kind: 'rejected', rejection, revision: -1 });
    expect(await log.read(stream)).toMatchObject({ events: [] });
    expect(await count(stream, 'a')).toMatchObject({ kind: 'accepted', revision: 0, replayed: false });
  });

  it('gives a retry the first answer, even much later and with a stale expected revision', async () => {
    const stream = newStream();
    const first = await count(stream, 'a', { expectedRevision: -1 }, 2);
    await count(stream, 'b');
    const again = await count(stream, 'a', { expectedRevision: -1 }, 2);
    expect(first).toMatchObject({ kind: 'accepted', revision: 1, replayed: false });
    expect(again).toMatchObject({ ...first, replayed: true });
    expect((await log.read(stream)).events).toHaveLength(3);
  });

  it('refuses the same key with another body', async () => {
    const stream = newStream();
    await count(stream, 'a', {}, 2);
    expect(await count(stream, 'a', {}, 3)).toEqual({ kind: 'key-reused' });
  });

  it('tells a stale caller what happened since', async () => {
    const stream = newStream();
    await count(stream, 'a');
    await count(stream, 'b', {}, 2);
    const stale = await count(stream, 'c', { expectedRevision: 0 });
    expect(stale).toMatchObject({ kind: 'wrong-revision', currentRevision: 2, since: [{ revision: 1 }, { revision: 2 }] });
    expect(await count(newStream(), 'a', { expectedRevision: 3 })).toEqual({
      kind: 'wrong-revision',
      currentRevision: -1,
      since: [],
    });
    expect(await count(stream, 'c', { expectedRevision: 2 })).toMatchObject({ kind: 'accepted', revision: 3 });
  });

  it('decides again on the newer state when it lost a race', async () => {
    const stream = newStream();
    const seen: number[] = [];
    const outcomes = await Promise.all(
      Array.from({ length: 8 }, (_, n) =>
        count(stream, `${n}`, {
          decide: (sum) => {
            seen.push(sum);
            return countUp(sum, 3);
          },
        }),
      ),
    );
    // 3 + 3 + 3 fit into 10: whoever comes later sees that and is rejected.
    expect(outcomes.filter(({ kind }) => kind === 'accepted')).toHaveLength(3);
    expect(outcomes.filter(({ kind }) => kind === 'rejected')).toHaveLength(5);
    expect(Math.max(...seen)).toBe(9);
    expect((await log.read(stream)).events).toHaveLength(9);
  });

  it('lets one of many with the same expected revision win, and tells the others', async () => {
    const stream = newStream();
    const outcomes = await Promise.all(Array.from({ length: 16 }, (_, n) => count(stream, `${n}`, { expectedRevision: -1 })));
    expect(outcomes.filter(({ kind }) => kind === 'accepted')).toHaveLength(1);
    for (const outcome of outcomes) {
      if (outcome.kind !== 'accepted')
        expect(outcome).toMatchObject({ kind: 'wrong-revision', currentRevision: 0, since: [{ revision: 0 }] });
    }
  });

  it('answers the same command sent many times at once with one event', async () => {
    const stream = newStream();
    const outcomes = await Promise.all(Array.from({ length: 16 }, () => count(stream, 'a', { expectedRevision: -1 })));
    expect(outcomes.filter((outcome) => outcome.kind === 'accepted' && outcome.revision === 0)).toHaveLength(16);
    expect(outcomes.filter((outcome) => outcome.kind === 'accepted' && !outcome.replayed)).toHaveLength(1);
    expect((await log.read(stream)).events).toHaveLength(1);
  });

  it('recognises its own events when the answer to its append was lost', async () => {
    const stream = newStream();
    const lossy = new LosingStore(log.store, { loseAnswers: 1 });
    expect(await count(stream, 'a', { log: logOver(lossy) })).toMatchObject({ kind: 'accepted', revision: 0, replayed: true });
    expect((await log.read(stream)).events).toHaveLength(1);
  });

  it('tries once more when its append never arrived, then says that the store is away', async () => {
    const stream = newStream();
    expect(await count(stream, 'a', { log: logOver(new LosingStore(log.store, { loseAppends: 1 })) })).toMatchObject({
      kind: 'accepted',
      replayed: false,
    });
    const away = count(stream, 'b', { log: logOver(new LosingStore(log.store, { loseAppends: 2 })) });
    await expect(away).rejects.toBeInstanceOf(StoreUnavailable);
    expect((await log.read(stream)).events).toHaveLength(1);
  });

  it('folds events in their newest version, and refuses to decide by one that is newer than the program', async () => {
    const stream = newStream();
    await count(stream, 'a');
    const lifted = logOver(log.store, (_type, version) => ({ by: version * 10 }));
    expect(await count(stream, 'b', { log: lifted })).toMatchObject({ kind: 'rejected', revision: 0 });
    const older = logOver(log.store, () => {
      throw new NewerSchemaVersion('Counted', 2, 1);
    });
    await expect(count(stream, 'c', { log: older })).rejects.toMatchObject({
      name: 'UnreadableStream',
      stream,
      revision: 0,
      cause: expect.any(NewerSchemaVersion),
    });
    expect((await log.read(stream)).events).toHaveLength(1);
  });

  it('never records an earlier time than the event before', async () => {
    const stream = newStream();
    await count(stream, 'a');
    const slow = new EventLog(log.store, new PlainCodec(), () => '2020-01-01T00:00:00.000Z', asStored);
    await count(stream, 'b', { log: slow });
    expect((await log.read(stream)).events.map((event) => event.metadata.recordedAt)).toEqual([at, at]);
  });
});

function countUp(sum: number, times: number): Decision<Counted> {
  if (sum + times > 10) return { rejection };
  return { events: Array.from({ length: times }, () => ({ type: 'Counted', data: { by: 1 } })) };
}

/** A real store behind a bad line: it loses appends on the way there, or answers on the way back. */
class LosingStore implements EventStore {
  private loseAnswers: number;
  private loseAppends: number;

  constructor(
    private readonly store: EventStore,
    { loseAnswers = 0, loseAppends = 0 }: { readonly loseAnswers?: number; readonly loseAppends?: number },
  ) {
    this.loseAnswers = loseAnswers;
    this.loseAppends = loseAppends;
  }

  async append(...args: Parameters<EventStore['append']>): ReturnType<EventStore['append']> {
    this.loseAppends -= 1;
    if (this.loseAppends >= 0) throw new StoreUnavailable('lost on the way there');
    const appended = await this.store.append(...args);
    this.loseAnswers -= 1;
    if (this.loseAnswers >= 0) throw new StoreUnavailable('lost on the way back');
    return appended;
  }

  read(...args: Parameters<EventStore['read']>) {
    return this.store.read(...args);
  }

  readAll(...args: Parameters<EventStore['readAll']>) {
    return this.store.readAll(...args);
  }

  subscribe(...args: Parameters<EventStore['subscribe']>) {
    return this.store.subscribe(...args);
  }

  head() {
    return this.store.head();
  }

  identity() {
    return this.store.identity();
  }

  close() {
    return this.store.close();
  }
}
