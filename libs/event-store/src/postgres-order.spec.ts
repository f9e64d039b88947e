/** Positions must become visible in order: the subscriber of our log sees every event once, the naive reader of a sequence does not. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { migratePostgresStore } from './postgres-schema.js';
import { PostgresStore } from './postgres-store.js';
import { expectInOrder, Reader } from './testing/contract.js';
import { storedEvent, storedEvents } from './testing/stored-events.js';
import { createTestDatabase, type TestDatabase } from './testing/test-database.js';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
  await migratePostgresStore(database.pool);
});
afterAll(() => database.drop());

describe('visible order', () => {
  it('16 writers of 4 processes, some rolled back, an idle transaction open: a subscriber sees every event once, in order', async () => {
    const pools = Array.from({ length: 4 }, () => new pg.Pool({ connectionString: database.url, max: 4 }));
    const stores = pools.map((pool) => new PostgresStore(pool));
    const readingStores = [new PostgresStore(database.pool), new PostgresStore(database.pool, { listen: false, pollMs: 5 })];
    const readers = readingStores.map((store) => new Reader(store, '0'));

    // A transaction that has written elsewhere and stays open: it must not hold the log back.
    await database.pool.query('CREATE TABLE elsewhere (n int)');
    const idle = await database.pool.connect();
    await idle.query('BEGIN');
    await idle.query('INSERT INTO elsewhere VALUES (1)');

    const acknowledged = new Set<string>();
    let rolledBack = 0;
    await Promise.all(
      Array.from({ length: 16 }, async (_, writer) => {
        const store = stores[writer % 4];
        const pool = pools[writer % 4];
        if (store === undefined || pool === undefined) return;
        for (let n = 0; n < 100; n += 1) {
          if (n % 10 === 9) {
            await appendAndRollBack(pool);
            rolledBack += 1;
          } else {
            const events = storedEvents(1 + (n % 4));
            await store.append(`case-${writer}-${n % 7}`, 'any', events);
            for (const event of events) acknowledged.add(event.id);
          }
        }
      }),
    );

    expect(rolledBack).toBe(160);
    expect(acknowledged.size).toBeGreaterThan(3000);
    for (const reader of readers) {
      await reader.until(() => reader.events.length >= acknowledged.size);
      await reader.stop();
      expect(reader.events).toHaveLength(acknowledged.size);
      expect(new Set(reader.events.map((event) => event.id))).toEqual(acknowledged);
      expectInOrder(reader.events);
    }
    await idle.query('ROLLBACK');
    idle.release();
    await Promise.all([...stores, ...readingStores].map((store) => store.close()));
    await Promise.all(pools.map((pool) => pool.end()));
  }, 60_000);

  it('negative: the naive reader of a sequence skips an event that commits late, for ever', async () => {
    await database.pool.query('CREATE TABLE naive_log (position bigserial PRIMARY KEY, name text NOT NULL)');
    const slow = await database.pool.connect();
    const seen: string[] = [];
    let checkpoint = '0';
    const readNaively = async () => {
      const { rows } = await database.pool.query<{ position: string; name: string }>(
        'SELECT position, name FROM naive_log WHERE position > $1 ORDER BY position',
        [checkpoint],
      );
      for (const row of rows) {
        seen.push(row.name);
        checkpoint = row.position;
      }
    };
    await slow.query('BEGIN');
    await slow.query("INSERT INTO naive_log (name) VALUES ('took its number first, commits last')");
    await database.pool.query("INSERT INTO naive_log (name) VALUES ('took its number last, commits first')");
    await readNaively();
    await slow.query('COMMIT');
    slow.release();
    await readNaively();

    const { rows } = await database.pool.query('SELECT name FROM naive_log');
    expect(rows).toHaveLength(2);
    expect(seen).toEqual(['took its number last, commits first']);
  });
});

/** What a process that dies between its append and its commit leaves behind. */
async function appendAndRollBack(pool: pg.Pool): Promise<void> {
  const client = await pool.connect();
  try {
    const event = storedEvent();
    await client.query('BEGIN');
    await client.query('SELECT * FROM log.append_batch($1, $2, $3, $4, $5, $6, $7, $8, $9)', [
      [`rolled-back-${randomUUID()}`],
      [-1],
      [1],
      [event.id],
      [event.type],
      [1],
      [JSON.stringify(event.data)],
      [JSON.stringify(event.metadata)],
      [event.metadata.hash],
    ]);
    await client.query('ROLLBACK');
  } finally {
    client.release();
  }
}
