import { randomUUID } from 'node:crypto';
import { createServer, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { migratePostgresStore } from './postgres-schema.js';
import { PostgresStore } from './postgres-store.js';
import { all, eventStoreContract, expectInOrder, Reader } from './testing/contract.js';
import { storedEvent, storedEvents } from './testing/stored-events.js';
import { createTestDatabase, type TestDatabase } from './testing/test-database.js';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
  await Promise.all(Array.from({ length: 8 }, () => migratePostgresStore(database.pool)));
});
afterAll(() => database.drop());

eventStoreContract('PostgreSQL', async () => new PostgresStore(database.pool));
eventStoreContract('PostgreSQL, polling only', async () => new PostgresStore(database.pool, { listen: false, pollMs: 20 }));

describe('the PostgreSQL store', () => {
  it('refuses to change, delete or truncate events, even to a superuser', async () => {
    const store = new PostgresStore(database.pool);
    await store.append(`case-${randomUUID()}`, 'no-stream', storedEvents(1));
    for (const sql of [
      "UPDATE log.events SET type = 'x'",
      'DELETE FROM log.events',
      'TRUNCATE log.events',
      'DELETE FROM log.events WHERE false',
    ]) {
      await expect(database.pool.query(sql)).rejects.toThrow('never changed or deleted');
    }
    await store.close();
  });

  it('keeps logs of several schemas apart, each with an identity of its own', async () => {
    await migratePostgresStore(database.pool, { schema: 'other_log' });
    const store = new PostgresStore(database.pool, { schema: 'other_log' });
    await store.append('case-1', 'no-stream', storedEvents(1));
    expect(await store.head()).toBe('1');
    const identity = await store.identity();
    await migratePostgresStore(database.pool, { schema: 'other_log' });
    expect(await store.identity()).toBe(identity);
    const { rows } = await database.pool.query('SELECT FROM log.log_head WHERE store_id = $1', [identity]);
    expect(rows).toEqual([]);
    await store.close();
    expect(() => new PostgresStore(database.pool, { schema: 'log; DROP' })).toThrow('Not a schema name');
  });

  it('does not let a command that PostgreSQL refuses fail its neighbours', async () => {
    const store = new PostgresStore(database.pool);
    const bad = { ...storedEvent(), schemaVersion: 2 ** 40 };
    const prefix = `neighbours${randomUUID()}`;
    const outcomes = await Promise.allSettled(
      Array.from({ length: 20 }, (_, n) => store.append(`${prefix}-${n}`, 'no-stream', [n === 7 ? bad : storedEvent()])),
    );
    expect(outcomes.flatMap(({ status }, n) => (status === 'rejected' ? [n] : []))).toEqual([7]);
    expect(await all(store, '0', [prefix])).toHaveLength(19);
    await store.close();
  });

  it('reads on over gaps between positions', async () => {
    const store = new PostgresStore(database.pool);
    const prefix = `gaps${randomUUID()}`;
    const reader = new Reader(store, await store.head());
    for (let n = 0; n < 5; n += 1) {
      await database.pool.query('UPDATE log.log_head SET position = position + 1000');
      await store.append(`${prefix}-${n}`, 'no-stream', storedEvents(3));
    }
    await reader.until(() => reader.events.length === 15);
    expectInOrder(reader.events);
    await reader.stop();
    expect(await all(store, '0', [prefix])).toHaveLength(15);
    await store.close();
  });

  it('wakes readers of another process well before they would poll', async () => {
    const otherPool = new pg.Pool({ connectionString: database.url, max: 4 });
    const writer = new PostgresStore(otherPool);
    const store = new PostgresStore(database.pool, { pollMs: 60_000 });
    const reader = new Reader(store, await store.head());
    await reader.until((messages) => messages.length > 0);
    await listening(database.pool);
    await writer.append(`case-${randomUUID()}`, 'no-stream', storedEvents(1));
    await reader.until(() => reader.events.length === 1);

    // Again after every connection of the reader was killed, the listening one included.
    await otherPool.query(
      'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
    );
    await listening(otherPool);
    await writer.append(`case-${randomUUID()}`, 'no-stream', storedEvents(1));
    await reader.until(() => reader.events.length === 2);
    await reader.stop();
    await Promise.all([store.close(), writer.close()]);
    await otherPool.end();
  });

  it('says StoreUnavailable when the connection is cut, and works again afterwards', async () => {
    const pool = new pg.Pool({ connectionString: database.url, max: 4 });
    const store = new PostgresStore(pool);
    const stream = `cut-${randomUUID()}`;
    await store.append(stream, 'no-stream', storedEvents(1));
    const holder = await database.pool.connect();
    await holder.query('BEGIN');
    await holder.query('SELECT position FROM log.log_head FOR UPDATE');
    const cut = store.append(stream, 0, storedEvents(1));
    const waiting = store.append(`${stream}-2`, 'no-stream', storedEvents(1));
    cut.catch(() => {});
    waiting.catch(() => {});
    await until(async () => (await blocked(database.pool)) > 0);
    await database.pool.query(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%append_batch%'",
    );
    await expect(cut).rejects.toMatchObject({ name: 'StoreUnavailable' });
    await expect(waiting).rejects.toMatchObject({ name: 'StoreUnavailable' });
    await holder.query('ROLLBACK');
    holder.release();
    expect((await store.append(stream, 0, storedEvents(1))).revision).toBe(1);
    await store.close();
    await pool.end();
  });

  it('gives up in time when another transaction holds the head', async () => {
    const store = new PostgresStore(database.pool);
    const holder = await database.pool.connect();
    await holder.query('BEGIN');
    await holder.query('SELECT position FROM log.log_head FOR UPDATE');
    const startedAt = Date.now();
    await expect(store.append(`case-${randomUUID()}`, 'no-stream', storedEvents(1))).rejects.toMatchObject({
      name: 'StoreUnavailable',
    });
    expect(Date.now() - startedAt).toBeLessThan(10_000);
    await holder.query('ROLLBACK');
    holder.release();
    await store.close();
  }, 20_000);

  it('gives up in time when the server accepts connections and says nothing', async () => {
    const sockets: Socket[] = [];
    const silent = createServer((socket) => sockets.push(socket.on('error', () => {})));
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const address = silent.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const pool = new pg.Pool({ host: '127.0.0.1', port, user: 'x', database: 'x' });
    const store = new PostgresStore(pool, { listen: false });
    const startedAt = Date.now();
    await expect(store.append('case-1', 'no-stream', storedEvents(1))).rejects.toMatchObject({ name: 'StoreUnavailable' });
    expect(Date.now() - startedAt).toBeLessThan(10_000);
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => silent.close(resolve));
    await store.close();
    await pool.end();
  }, 20_000);

  it('says StoreUnavailable when nothing listens there', async () => {
    const pool = new pg.Pool({ host: '127.0.0.1', port: 1, user: 'x', database: 'x' });
    const store = new PostgresStore(pool);
    await expect(store.append('case-1', 'no-stream', storedEvents(1))).rejects.toMatchObject({ name: 'StoreUnavailable' });
    await expect(store.read('case-1')).rejects.toMatchObject({ name: 'StoreUnavailable' });
    await store.close();
    await pool.end();
  });
});

async function listening(pool: pg.Pool): Promise<void> {
  await until(async () => {
    const { rowCount } = await pool.query(
      "SELECT FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'",
    );
    return (rowCount ?? 0) > 0;
  });
}

async function blocked(pool: pg.Pool): Promise<number> {
  const { rowCount } = await pool.query(
    "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%append_batch%'",
  );
  return rowCount ?? 0;
}

async function until(satisfied: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!(await satisfied())) {
    if (Date.now() > deadline) throw new Error('It did not come to that');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
