/**
 * `npm run test:privacy [-- --json]`: a canary in every field that takes a person's words, through every flow; looked for everywhere, in life and
 * after everyone's keys were destroyed by two people. Exit 1 when one is found, a field took none, a proof does not verify or a read model
 * differs from its rebuild.
 */
import { accessSync, chmodSync, constants, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { startEmbeddedPostgres } from '../../apps/cli/src/embedded-postgres.js';
import { createProgress } from '../../apps/cli/src/progress.js';
import type { Canaries } from './canaries.js';
import { privacyRun, Watched } from './privacy-run.js';

const { json } = readArguments();
const home = mkdtempSync(join(tmpdir(), 'tegas-privacy-'));
chmodSync(home, 0o711); // root's PostgreSQL runs as another user, who must pass through
const server = await startEmbeddedPostgres({ home, database: 'tegas_test', note: (line) => console.error(line) });
process.env.TEGAS_TEST_DATABASE_URL = server.url;
try {
  const redis = findRedis();
  const progress = createProgress(4);
  progress.step('Flows');
  const watched = await Watched.lead(redis);
  try {
    const report = await privacyRun(watched, (line) => progress.step(line));
    progress.end();
    const { canaries } = watched.flows;
    const disk = await onDisk(watched.product.database.url, canaries);
    const { plaintextFound, proofsVerify, readModelsEqual, missing, where } = report;
    for (const one of where) console.error(`FOUND: ${one}`);
    for (const one of missing) console.error(`NO CANARY: ${one}: give it one, in test/privacy/flows.ts`);
    if (redis === undefined) console.error('NOT RUN: the queue on Redis (no redis-server found); alarms were in PostgreSQL');
    const said = { ...report, queue: redis === undefined ? 'postgres' : 'redis', disk };
    if (json) console.log(JSON.stringify(said));
    else for (const [name, value] of Object.entries(said)) console.log(`${name.padEnd(18)} ${JSON.stringify(value)}`);
    process.exitCode = plaintextFound === 0 && proofsVerify && readModelsEqual && missing.length === 0 ? 0 : 1;
  } finally {
    await watched.stop();
  }
} finally {
  await server.remove();
  rmSync(home, { recursive: true, force: true });
}

/**
 * Below the tables: files of the server that still hold a canary, which no query shows. Rows that were replaced stay in their pages until these
 * are written over or rewritten whole, and in the write-ahead log until its files are. Told, not counted: the product does not reach there.
 */
async function onDisk(databaseUrl: string, canaries: Canaries) {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query('CHECKPOINT');
    const before = filesHolding(canaries);
    await client.query('VACUUM (FULL)');
    await client.query('CHECKPOINT');
    const after = filesHolding(canaries);
    return { relations: before.relations, relationsAfterVacuumFull: after.relations, writeAheadLog: after.writeAheadLog };
  } finally {
    await client.end();
  }
}

function filesHolding(canaries: Canaries): { readonly relations: number; readonly writeAheadLog: number } {
  const files = readdirSync(home, { withFileTypes: true, recursive: true }).filter((entry) => entry.isFile());
  const holding = files.filter(
    ({ parentPath, name }) => canaries.foundIn(readFileSync(join(parentPath, name), 'latin1')).length > 0,
  );
  const logged = holding.filter(({ parentPath }) => parentPath.includes('pg_wal')).length;
  return { relations: holding.length - logged, writeAheadLog: logged };
}

function findRedis(): string | undefined {
  for (const folder of [...(process.env.PATH ?? '').split(delimiter), '/usr/bin', '/usr/local/bin'])
    try {
      accessSync(join(folder, 'redis-server'), constants.X_OK);
      return join(folder, 'redis-server');
    } catch {
      // Not here.
    }
  return undefined;
}

function readArguments(): { readonly json: boolean } {
  try {
    return parseArgs({ options: { json: { type: 'boolean', default: false } } }).values;
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\nUsage: npm run test:privacy [-- --json]`);
    process.exit(2);
  }
}
