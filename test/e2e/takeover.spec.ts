/** Two workers as processes on one database: one leads, and when it is killed the other does. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
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

/** What one worker leads at a time: every projection, and the sweep. */
const LED = [...projections.map(({ name }) => name), 'sweep', 'merkle_log', 'destroyer', 'documents'];

/** By what is led, who holds a lease that has not run out. */
async function leaders(): Promise<readonly string[]> {
  const { rows } = await database.pool.query<{ holder: string }>(
    'SELECT holder FROM read.lease WHERE until > clock_timestamp() ORDER BY name',
  );
  return rows.map(({ holder }) => holder);
}

it('a worker killed by SIGKILL is replaced in every projection and the sweep within 5 s, and follows when it is back', async () => {
  expect(await leaders()).toEqual(LED.map(() => 'first'));
  await workers.get('first')?.end('SIGKILL');
  const died = performance.now();
  while ((await leaders()).filter((holder) => holder === 'second').length < LED.length) {
    if (performance.now() - died > TAKEN_OVER_WITHIN_MS) throw new Error(`After 5 s led by ${await leaders()}`);
    await pause(20);
  }

  // By its own name again it takes nothing from the one that leads now.
  const env = { TEGAS_DATABASE_URL: database.url, TEGAS_HOME: home, TEGAS_WORKER_NAME: 'first' };
  workers.set('first', await AppProcess.start('dist/apps/worker/src/main.js', env));
  expect(await leaders()).toEqual(LED.map(() => 'second'));
}, 60_000);
