/**
 * Promise R2: a subscription sees every event once and in order. Sixteen writers over four stores, each tenth append rolled back, and one
 * transaction that stays open; beside it the reader that many would write, over a sequence, which must be seen to skip.
 */
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { comparePositions, type EventStore, type RecordedEvent } from '#event-store/port.js';
import { migratePostgresStore } from '#event-store/postgres-schema.js';
import { PostgresStore } from '#event-store/postgres-store.js';
import { storedEvents } from '#event-store/testing/stored-events.js';

const WRITERS = 16;
const STORES = 4;
const STREAMS_PER_WRITER = 7;
const NAIVE_TRANSACTIONS = 60;

export interface OrderRun {
  /** Acknowledged. */
  readonly events: number;
  readonly rolledBack: number;
  /** Acknowledged, and not seen by one of the readers; likewise below. */
  readonly skipped: number;
  readonly seenTwice: number;
  readonly outOfOrder: number;
  /** Seen, though its writer rolled it back. */
  readonly phantoms: number;
}

/** Appends at least `events` to an empty database of which `url` is a superuser's, while two readers follow. */
export async function orderRun(url: string, events: number): Promise<OrderRun> {
  const admin = openPool({ connectionString: url, max: 2 });
  const pools = Array.from({ length: STORES }, () => openPool({ connectionString: url, max: 4 }));
  await migratePostgresStore(admin);
  const stores = pools.map((pool) => new PostgresStore(pool));
  const readingPool = openPool({ connectionString: url, max: 4 });
  const readingStores = [new PostgresStore(readingPool), new PostgresStore(readingPool, { listen: false, pollMs: 5 })];
  const readers = readingStores.map((store) => new OrderReader(store));

  // A transaction that has written elsewhere and stays open: it must not hold the log back.
  await admin.query('CREATE TABLE elsewhere (n int)');
  const idle = await admin.connect();
  await idle.query('BEGIN');
  await idle.query('INSERT INTO elsewhere VALUES (1)');

  const acknowledged = new Set<string>();
  let begun = 0;
  let rolledBack = 0;
  await Promise.all(
    Array.from({ length: WRITERS }, async (_, writer) => {
      const store = stores[writer % STORES];
      if (store === undefined) return;
      const undone = new RolledBackWriter(url);
      for (let n = 0; begun < events; n += 1) {
        if (n % 10 === 9) {
          await undone.append();
          rolledBack += 1;
          continue;
        }
        const some = storedEvents(1 + (n % 4));
        begun += some.length;
        await store.append(`case-${writer}-${n % STREAMS_PER_WRITER}`, 'any', some);
        for (const { id } of some) acknowledged.add(id);
      }
      await undone.close();
    }),
  );
  for (const reader of readers) await reader.until(acknowledged.size);
  await idle.query('ROLLBACK');
  idle.release();
  for (const store of [...stores, ...readingStores]) await store.close();
  await Promise.all([...pools, readingPool, admin].map((pool) => pool.end()));
  const sum = (count: (reader: OrderReader) => number) => readers.reduce((total, reader) => total + count(reader), 0);
  return {
    events: acknowledged.size,
    rolledBack,
    skipped: sum(({ seen }) => [...acknowledged].filter((id) => !seen.has(id)).length),
    seenTwice: sum(({ seenTwice }) => seenTwice),
    outOfOrder: sum(({ outOfOrder }) => outOfOrder),
    phantoms: sum(({ seen }) => [...seen].filter((id) => !acknowledged.has(id)).length),
  };
}

/** Leaves what a process leaves that dies between its append and its commit. A pool of one connection is one transaction. */
class RolledBackWriter {
  private readonly pool: pg.Pool;
  private readonly store: PostgresStore;

  constructor(url: string) {
    this.pool = openPool({ connectionString: url, max: 1, idleTimeoutMillis: 0 });
    this.store = new PostgresStore(this.pool, { listen: false });
  }

  async append(): Promise<void> {
    await this.pool.query('BEGIN');
    await this.store.append(`rolled-back-${randomUUID()}`, 'no-stream', storedEvents(1));
    await this.pool.query('ROLLBACK');
  }

  async close(): Promise<void> {
    await this.store.close();
    await this.pool.end();
  }
}

/** Follows the log from its first event, and counts what should not happen. */
class OrderReader {
  readonly seen = new Set<string>();
  seenTwice = 0;
  outOfOrder = 0;
  private readonly revisions = new Map<string, number>();
  private readonly controller = new AbortController();
  private readonly ended: Promise<void>;
  private last = '0';

  constructor(store: EventStore) {
    this.ended = this.follow(store);
    this.ended.catch(() => {});
  }

  /** Waits until so many were seen, or for as long as nothing comes for 10 s: what is missing then was skipped. */
  async until(events: number): Promise<void> {
    let before = -1;
    for (let quietSince = Date.now(); this.seen.size < events && Date.now() - quietSince < 10_000; ) {
      if (this.seen.size !== before) quietSince = Date.now();
      before = this.seen.size;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    this.controller.abort();
    await this.ended;
  }

  private async follow(store: EventStore): Promise<void> {
    for await (const message of store.subscribe('0', { signal: this.controller.signal }))
      if (message.kind === 'event') this.take(message.event);
  }

  private take({ id, stream, revision, position }: RecordedEvent): void {
    if (this.seen.has(id)) this.seenTwice += 1;
    this.seen.add(id);
    if (comparePositions(this.last, position) >= 0 || revision !== (this.revisions.get(stream) ?? -1) + 1) this.outOfOrder += 1;
    this.last = position;
    this.revisions.set(stream, revision);
  }
}

/**
 * The negative: writers take their position from a sequence inside a transaction, a reader asks for what stands after its checkpoint.
 * Answers how many committed events it never saw; 0 would mean that the machine was too calm to prove anything.
 */
export async function naiveReaderRun(url: string): Promise<number> {
  const pool = openPool({ connectionString: url, max: WRITERS + 1 });
  await pool.query('CREATE TABLE naive_log (position bigserial PRIMARY KEY, id uuid NOT NULL)');
  let writing = true;
  let checkpoint = '0';
  const seen = new Set<string>();
  const readOnce = async () => {
    const { rows } = await pool.query<{ position: string; id: string }>(
      'SELECT position, id FROM naive_log WHERE position > $1 ORDER BY position',
      [checkpoint],
    );
    for (const row of rows) {
      seen.add(row.id);
      checkpoint = row.position;
    }
  };
  const reading = (async () => {
    while (writing) await readOnce();
  })();
  await Promise.all(
    Array.from({ length: WRITERS }, async () => {
      for (let n = 0; n < NAIVE_TRANSACTIONS; n += 1) {
        const client = await pool.connect();
        await client.query('BEGIN');
        await client.query('INSERT INTO naive_log (id) VALUES ($1)', [randomUUID()]);
        await client.query(n % 10 === 9 ? 'ROLLBACK' : 'COMMIT');
        client.release();
      }
    }),
  );
  writing = false;
  await reading;
  await readOnce();
  const { rows } = await pool.query<{ id: string }>('SELECT id FROM naive_log');
  await pool.end();
  return rows.filter(({ id }) => !seen.has(id)).length;
}

/** A connection that ends with its server, when everything is over, must not end the run with an error. */
function openPool(config: pg.PoolConfig): pg.Pool {
  const pool = new pg.Pool(config);
  pool.on('error', () => undefined);
  return pool;
}
