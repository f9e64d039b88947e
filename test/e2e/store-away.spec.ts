/** API and worker, as processes, while what they stand on is away at their start. */
import { type ChildProcess, fork } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { prepareDatabase } from '../../apps/cli/src/prepare-database.js';
import { demoToken } from '../../apps/cli/src/token.js';
import { createTestDatabase, type TestDatabase } from '../../libs/event-store/src/testing/test-database.js';
import { StandIn } from '../eventstoredb/stand-in-process.js';
import { freePort } from './app-process.js';
import { Line } from './line.js';
import { quiet } from './product.js';

const apps = ['api', 'worker'] as const;
let database: TestDatabase;
let home: string;
const started: ChildProcess[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
  home = await mkdtemp(join(tmpdir(), 'tegas-away-'));
  await prepareDatabase({ databaseUrl: database.url, home, progress: quiet });
}, 60_000);
afterAll(async () => {
  for (const child of started) child.kill('SIGKILL');
  await database.drop();
  await rm(home, { recursive: true, force: true });
});

interface Started {
  readonly child: ChildProcess;
  /** All it has printed. */
  readonly said: () => string;
  readonly ready: Promise<void>;
  readonly ended: Promise<number | null>;
}

async function start(app: (typeof apps)[number], env: { readonly [name: string]: string }): Promise<Started> {
  const child = fork(`dist/apps/${app}/src/main.js`, [], {
    env: { ...process.env, NODE_OPTIONS: '', TEGAS_HOME: home, TEGAS_DEMO: '1', TEGAS_PORT: String(await freePort()), ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  started.push(child);
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (said += chunk));
  return {
    child,
    said: () => said,
    ready: new Promise((resolve) => child.on('message', (m: { type?: string }) => m.type === 'ready' && resolve())),
    ended: new Promise((resolve) => child.once('close', (code) => resolve(code))),
  };
}

async function until(met: () => boolean): Promise<void> {
  while (!met()) await new Promise((resolve) => setTimeout(resolve, 20));
}

/** What the process itself said; libraries warn of the runtime. */
const sentences = (app: string, { said }: Started) => {
  expect(said()).not.toContain('    at ');
  return said()
    .split('\n')
    .filter((line) => line.startsWith(`${app}:`));
};

const away = async () => `esdb://127.0.0.1:${await freePort()}?tls=false`;

it.each(apps)(
  'the %s waits for PostgreSQL, says so once, and is ready when it comes',
  async (app) => {
    const port = await freePort();
    const url = Object.assign(new URL(database.url), { hostname: '127.0.0.1', port: String(port) }).href;
    const waiting = await start(app, { TEGAS_DATABASE_URL: url });
    await until(() => waiting.said().includes('waiting for the store'));
    // Long enough for several tries.
    expect(await Promise.race([waiting.ended, new Promise((resolve) => setTimeout(resolve, 1500, 'waits'))])).toBe('waits');
    expect(sentences(app, waiting)).toEqual([expect.stringContaining('ECONNREFUSED 127.0.0.1')]);
    const line = await Line.open(Number(new URL(database.url).port), { port });
    await waiting.ready;
    waiting.child.kill('SIGTERM');
    expect(await waiting.ended).toBe(0);
    await line.close();
  },
  60_000,
);

it('the worker waits for EventStoreDB, and is ready when it comes', async () => {
  const url = await away();
  // Read models of its own: those of another store would be refused.
  const fresh = await createTestDatabase();
  await prepareDatabase({ databaseUrl: fresh.url, home, progress: quiet });
  const waiting = await start('worker', { TEGAS_DATABASE_URL: fresh.url, TEGAS_EVENTSTORE_URL: url });
  await until(() => waiting.said().includes('waiting for the store'));
  expect(sentences('worker', waiting)).toEqual([expect.stringContaining('EventStoreDB')]);
  const server = await StandIn.start({ port: Number(new URL(url).port), file: join(home, 'eventstoredb.log') });
  await waiting.ready;
  waiting.child.kill('SIGTERM');
  expect(await waiting.ended).toBe(0);
  await server.signal('SIGKILL');
  await fresh.drop();
}, 120_000);

it('the API ends in order when it is told to while it waits', async () => {
  const waiting = await start('api', { TEGAS_DATABASE_URL: database.url, TEGAS_EVENTSTORE_URL: await away() });
  await until(() => waiting.said().includes('waiting for the store'));
  waiting.child.kill('SIGTERM');
  expect(await waiting.ended).toBe(0);
}, 60_000);

it('the board of the queue says in a sentence that Redis is away, also later, and shows the queue once it is back', async () => {
  const [port, redisPort] = [await freePort(), await freePort()];
  const to = Number(new URL(process.env.TEGAS_TEST_REDIS_URL ?? '').port || 6379);
  const env = { TEGAS_DATABASE_URL: database.url, TEGAS_PORT: String(port), REDIS_URL: `redis://127.0.0.1:${redisPort}` };
  const api = await start('api', env);
  await api.ready;
  const headers = { authorization: `Bearer ${await demoToken(home, port, 'admin')}` };
  const look = async () => {
    const answer = await fetch(`http://127.0.0.1:${port}/jobs/api/queues`, { headers });
    return { status: answer.status, body: await answer.json() };
  };
  const shown = async () => {
    while ((await look()).status !== 200) await new Promise((resolve) => setTimeout(resolve, 100));
  };
  const queueAway = {
    status: 503,
    body: { code: 'queue-away', detail: expect.stringContaining('Antrean alarm tidak menjawab') },
  };
  expect(await look()).toMatchObject(queueAway);
  for (let times = 0; times < 2; times += 1) {
    const line = await Line.open(to, { port: redisPort });
    await shown();
    await line.close();
    expect(await look()).toMatchObject(queueAway);
  }
  api.child.kill('SIGTERM');
  expect(await api.ended).toBe(0);
}, 60_000);

const unusable: readonly [string, () => { readonly [name: string]: string }, string][] = [
  [
    'a wrong password',
    () => ({ TEGAS_DATABASE_URL: Object.assign(new URL(database.url), { password: 's3cret' }).href }),
    'refuses the password',
  ],
  [
    'a database that is not there',
    () => ({ TEGAS_DATABASE_URL: Object.assign(new URL(database.url), { pathname: '/nowhere' }).href }),
    'does not exist',
  ],
  [
    'a database that was not prepared',
    () => ({ TEGAS_DATABASE_URL: process.env.TEGAS_TEST_DATABASE_URL ?? '' }),
    'npx tegas migrate',
  ],
  [
    'an address that the client does not understand',
    () => ({ TEGAS_DATABASE_URL: database.url, TEGAS_EVENTSTORE_URL: 'esdb://u:s3cret@h:1?nonsense=1' }),
    'an option that the client does not know',
  ],
];
it.each(unusable)(
  'what waiting cannot heal is one sentence and exit code 78: %s',
  async (_, env, sentence) => {
    const refused = await start('api', env());
    expect(await refused.ended).toBe(78);
    expect(sentences('api', refused)).toEqual([expect.stringContaining(sentence)]);
    expect(refused.said()).not.toContain('s3cret');
  },
  60_000,
);
