/** The short form of `npm run test:store`, which appends 200,000 events. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '../../libs/event-store/src/testing/test-database.js';
import { orderRun } from './order-run.js';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

describe('visible order', () => {
  it('16 writers, some rolled back, an idle transaction open: a subscriber sees every event once, in order', async () => {
    const { events, rolledBack, ...faults } = await orderRun(database.url, 4000);
    expect(events).toBeGreaterThanOrEqual(4000);
    expect(rolledBack).toBeGreaterThan(100);
    expect(faults).toEqual({ skipped: 0, seenTwice: 0, outOfOrder: 0, phantoms: 0 });
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
