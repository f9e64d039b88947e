/** The short form of `npm run test:store`, which appends 200,000 events. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '../../libs/event-store/src/testing/test-database.js';
import { naiveReaderRun, orderRun } from './order-run.js';

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

  it('negative: the naive reader of a sequence skips events that commit late, for ever', async () => {
    expect(await naiveReaderRun(database.url)).toBeGreaterThan(0);
  }, 60_000);
});
