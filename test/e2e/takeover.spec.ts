/** Two workers as processes on one database: one leads the projections and the other the rest, and when one is killed the other leads all. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { prepareDatabase } from '../../apps/cli/src/prepare-database.js';
import { createTestDatabase, type TestDatabase } from '../../libs/event-store/src/testing/test-database.js';
import { projections } from '../../libs/read-models/src/projections.js';
import { AppProcess } from './app-process.js';
import { quiet } from './product.js';

/** The longest that a projection may be without a leader. */
const TAKEN_OVER_WITHIN_MS = 5_000;

let database: TestDatabase;
let home: string;
const workers = new Map<string, AppProcess>();

beforeAll(async () => {
  database = await createTestDatabase();
  home = await mkdtemp(join(tmpdir(), 'tegas-takeover-'));
  await prepareDatabase({ databaseUrl: database.url, home, progress: quiet });
  for (const name of ['first', 'second']) {
    const env = { TEGAS_DATABASE_URL: database.url, TEGAS_HOME: home, TEGAS_WORKER_NAME: name };
    workers.set(name, await AppProcess.start('dist/apps/worker/src/main.js', env));
  }
}, 120_000);
afterAll(async () => {
  for (const worker of workers.values()) await worker.end('SIGKILL');
  await database.drop();
  await rm(home, { recursive: true, force: true });
});

/** What one worker leads at a time, the last two rather one that leads no projection. */
const LED = [...projections.map(({ name }) => name), 'destroyer', 'documents'];
const SHARED = ['merkle_log', 'sweep'];

/** What each holds leases of that have not run out, by name. */
async function leaders(): Promise<{ readonly [holder: string]: readonly string[] }> {
  const { rows } = await database.pool.query<{ holder: string; led: string[] }>(
    'SELECT holder, array_agg(name ORDER BY name COLLATE "C") AS led FROM read.lease WHERE until > clock_timestamp() GROUP BY holder',
  );
  return Object.fromEntries(rows.map(({ holder, led }) => [holder, led]));
}

async function untilLed(expected: { readonly [holder: string]: readonly string[] }): Promise<void> {
  const began = performance.now();
  while (performance.now() - began < TAKEN_OVER_WITHIN_MS) {
    if (isDeepStrictEqual(await leaders(), expected)) return;
    await pause(20);
  }
  expect(await leaders()).toEqual(expected);
}

it('a worker killed by SIGKILL is replaced in every projection and the sweep within 5 s, and follows when it is back', async () => {
  await untilLed({ first: [...LED].sort(), second: SHARED });
  await workers.get('first')?.end('SIGKILL');
  await untilLed({ second: [...LED, ...SHARED].sort() });

  // By its own name again it takes no projection from the one that leads now, and the rest.
  const env = { TEGAS_DATABASE_URL: database.url, TEGAS_HOME: home, TEGAS_WORKER_NAME: 'first' };
  workers.set('first', await AppProcess.start('dist/apps/worker/src/main.js', env));
  await untilLed({ second: [...LED].sort(), first: SHARED });
}, 60_000);
