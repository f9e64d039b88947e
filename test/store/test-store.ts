/**
 * `npm run test:store [-- --json] [--events 200000]`: the one contract suite on every store, and the order run. Exit 1 when a store breaks
 * the contract, a reader skips an event, or the naive reader skips none: then the run has proved nothing.
 */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { startEmbeddedPostgres } from '../../apps/cli/src/embedded-postgres.js';
import { runJest } from '../run-jest.js';
import { naiveReaderRun, orderRun } from './order-run.js';

const SPECS = [
  'libs/event-store/src/in-memory-store.spec.ts',
  'libs/event-store/src/postgres-store.spec.ts',
  'test/eventstoredb/eventstoredb-store.spec.ts',
];
/** What `eventStoreContract` calls its suites. */
const CONTRACT = /^the event store contract: (.*)$/;

interface SuiteResult {
  readonly passed: number;
  readonly failed: number;
}

const { json, events } = readArguments();

const home = mkdtempSync(join(tmpdir(), 'tegas-store-'));
chmodSync(home, 0o711); // root's PostgreSQL runs as another user, who must pass through
const server = await startEmbeddedPostgres({ home, database: 'tegas_test', note: (line) => console.error(line) });
try {
  console.error('The contract on every store …');
  const contracts = await runContracts();
  console.error(`${events.toLocaleString('en')} events by 16 writers …`);
  const order = await orderRun(await createDatabase('order_run'), events);
  const naiveSkipped = await naiveReaderRun(await createDatabase('naive'));

  const faults = [
    ...Object.entries(contracts).flatMap(([store, { passed, failed }]) =>
      failed > 0 || passed === 0 ? [`${store}: ${failed} failed, ${passed} passed`] : [],
    ),
    ...(order.skipped + order.seenTwice + order.outOfOrder + order.phantoms > 0
      ? ['The readers did not see every event once and in order']
      : []),
    ...(naiveSkipped === 0 ? ['VOID: the naive reader skipped nothing, so the order run proves nothing'] : []),
  ];
  const eventStoreDb =
    process.env.TEGAS_EVENTSTORE_TEST_URL === undefined ? 'stand-in only (TEGAS_EVENTSTORE_TEST_URL is not set)' : 'real';
  const report = { suites: Object.keys(contracts).length, contracts, eventStoreDb, ...order, naiveSkipped };
  for (const fault of faults) console.error(`FAULT: ${fault}`);
  if (json) console.log(JSON.stringify(report));
  else {
    for (const [store, { passed, failed }] of Object.entries(contracts))
      console.log(`${store.padEnd(46)} ${passed} passed, ${failed} failed`);
    for (const [name, value] of Object.entries({ eventStoreDb, ...order, naiveSkipped }))
      console.log(`${name.padEnd(46)} ${value}`);
  }
  process.exitCode = faults.length === 0 ? 0 : 1;
} finally {
  await server.remove();
  rmSync(home, { recursive: true, force: true });
}

function readArguments(): { readonly json: boolean; readonly events: number } {
  try {
    const { values } = parseArgs({
      options: { json: { type: 'boolean', default: false }, events: { type: 'string', default: '200000' } },
    });
    const count = Number(values.events);
    if (!Number.isSafeInteger(count) || count < 1)
      throw new Error(`--events must be a whole number above 0, not ${values.events}.`);
    return { json: values.json, events: count };
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\nUsage: npm run test:store [-- --json] [--events=200000]`);
    process.exit(2);
  }
}

async function createDatabase(name: string): Promise<string> {
  const client = new pg.Client({ connectionString: server.url });
  await client.connect();
  await client.query(`CREATE DATABASE ${pg.escapeIdentifier(name)}`);
  await client.end();
  return Object.assign(new URL(server.url), { pathname: `/${name}` }).href;
}

/** The specs as `npm test` runs them; of their tests, those of the contract, by the store's name. */
async function runContracts(): Promise<{ readonly [store: string]: SuiteResult }> {
  const suites = await runJest(['--testNamePattern', 'contract', ...SPECS], server.url);
  const results: { [store: string]: { passed: number; failed: number } } = {};
  for (const suite of suites) {
    for (const { ancestorTitles, status } of suite.tests) {
      const store = CONTRACT.exec(ancestorTitles[0] ?? '')?.[1];
      if (store === undefined || (status !== 'passed' && status !== 'failed')) continue;
      results[store] ??= { passed: 0, failed: 0 };
      results[store][status] += 1;
    }
    if (suite.couldNotRun) results[basename(suite.name)] = { passed: 0, failed: 1 };
  }
  return results;
}
