/** `npm run bench -- append|read|rebuild|command|evaluate|simulate|lateness|sweep|decree|verify|audit [--json]`: on a PostgreSQL of its own with the product's settings, beside its peers. */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { startEmbeddedPostgres } from '../../apps/cli/src/embedded-postgres.js';
import { append } from './append.js';
import { audit, verify } from './audit.js';
import { command } from './command.js';
import { decree, lateness, sweepCost } from './deadlines.js';
import { evaluate, simulate } from './law.js';
import { read } from './read.js';
import { rebuild } from './rebuild.js';
import type { Bench, BenchResult } from './rounds.js';

const benches: { readonly [name: string]: (bench: Bench) => Promise<BenchResult> } = {
  append,
  read,
  rebuild,
  command,
  evaluate,
  simulate,
  lateness,
  sweep: sweepCost,
  decree,
  verify,
  audit,
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: 'boolean', default: false },
    full: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '4' },
    events: { type: 'string' },
    clocks: { type: 'string' },
  },
});
const name = positionals[0] ?? '';
const chosen = benches[name];
const counts = [values.rounds, values.seconds, values.events ?? '1', values.clocks ?? '1'].map(Number);
if (chosen === undefined || positionals.length > 1 || counts.some((count) => !(count > 0))) {
  console.error(
    `npm run bench -- ${Object.keys(benches).join('|')} [--json] [--rounds 3] [--seconds 4] [--events 5000000] [--clocks 10000] [--full]`,
  );
  process.exit(2);
}

const home = mkdtempSync(join(tmpdir(), 'tegas-bench-'));
chmodSync(home, 0o711); // root's PostgreSQL runs as another user, who must pass through
const note = (line: string) => console.error(line);
const server = await startEmbeddedPostgres({ home, database: 'bench', note });
const admin = new pg.Client({ connectionString: server.url });
admin.on('error', () => {}); // the server ends before this connection has quite ended
await admin.connect();
let interrupted = false;
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    interrupted = true;
    void server.stop(); // what runs fails, and everything is tidied up below
  });
}
try {
  const bench: Bench = {
    rounds: Number(values.rounds),
    seconds: Number(values.seconds),
    events: values.events === undefined ? undefined : Number(values.events),
    clocks: values.clocks === undefined ? undefined : Number(values.clocks),
    full: values.full,
    home,
    note,
    serverPid: server.pid,
    createDatabase: async (database) => {
      await admin.query(`CREATE DATABASE ${pg.escapeIdentifier(database)}`);
      return Object.assign(new URL(server.url), { pathname: `/${database}` }).href;
    },
    checkpoint: async () => {
      await admin.query('CHECKPOINT');
    },
  };
  const { ratios, figures, sizes, text } = await chosen(bench);
  const settings = await serverSettings();
  console.log(`\n${text}\n`);
  console.log(
    Object.entries(ratios)
      .map(([ratio, value]) => `${ratio.padEnd(36)} ${value.toFixed(2)} ×`)
      .join('\n'),
  );
  console.log(`\nmedians of ${bench.rounds} rounds; ${cpus().length} CPUs, ${cpus()[0]?.model ?? ''}; Node ${process.version}`);
  console.log(
    Object.entries(settings)
      .map(([key, value]) => `${key}=${value}`)
      .join(' '),
  );
  if (values.json) {
    const { rounds, seconds, full } = bench;
    console.log(JSON.stringify({ bench: name, ratios, figures, rounds, seconds, full, sizes, cpus: cpus().length, settings }));
  }
} catch (error) {
  console.error(interrupted ? 'Interrupted.' : error);
  process.exitCode = 1;
} finally {
  await admin.end().catch(() => {});
  await server.remove();
  rmSync(home, { recursive: true, force: true });
}

async function serverSettings(): Promise<{ readonly [name: string]: string }> {
  const names = [
    'server_version',
    'fsync',
    'synchronous_commit',
    'full_page_writes',
    'shared_buffers',
    'max_wal_size',
    'wal_level',
  ];
  const { rows } = await admin.query<{ name: string; value: string }>(
    'SELECT name, current_setting(name) AS value FROM unnest($1::text[]) name',
    [names],
  );
  return Object.fromEntries(rows.map((row) => [row.name, row.value]));
}
