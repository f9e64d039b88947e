/** Debian's pgbench: raw INSERT of rows as large as our events into a table with a primary key only. No event log can be expected to beat it. */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import type { StoredEvent } from '#event-store/port.js';
import type { Measured } from './rounds.js';

/** Where a program of Debian's PostgreSQL is. Installs the package when root. @throws Error with what to install */
export function findPostgresProgram(program: 'pgbench' | 'psql', note: (line: string) => void): string {
  const found = pathOf(program);
  if (found !== undefined) return found;
  if (process.getuid?.() === 0) {
    note(`Installing ${program} (apt-get install postgresql-contrib) …`);
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    spawnSync('apt-get', ['update', '-q'], { stdio: 'ignore', env });
    spawnSync('apt-get', ['install', '-qy', '--no-install-recommends', 'postgresql-contrib'], { stdio: 'ignore', env });
    const installed = pathOf(program);
    if (installed !== undefined) return installed;
  }
  throw new Error(`${program} is not installed: apt-get install postgresql-contrib, as root`);
}

function pathOf(program: string): string | undefined {
  const debian = '/usr/lib/postgresql';
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : [];
  const folders = [...versions.map((version) => join(debian, version, 'bin')), ...(process.env.PATH ?? '').split(':')];
  return folders.map((folder) => join(folder, program)).find((file) => existsSync(file));
}

/** The table that pgbench fills. */
export async function createRawTable(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(`CREATE TABLE raw_events (
    position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, stream_id text NOT NULL, revision integer NOT NULL,
    event_id uuid NOT NULL, type text NOT NULL, schema_version integer NOT NULL, data json NOT NULL, metadata json NOT NULL,
    hash bytea NOT NULL, recorded_at timestamptz NOT NULL DEFAULT clock_timestamp())`);
  await client.end();
}

/** One row a transaction by prepared statement, every value sent as a parameter each time, as a program would. */
export async function pgbenchInsert(
  pgbench: string,
  url: string,
  {
    clients,
    seconds,
    home,
    stream,
    event,
  }: { clients: number; seconds: number; home: string; stream: string; event: StoredEvent },
): Promise<Measured> {
  const script = join(home, 'raw-insert.sql');
  writeFileSync(
    script,
    `INSERT INTO raw_events (stream_id, revision, event_id, type, schema_version, data, metadata, hash)
     VALUES (:stream, :revision, :event_id, :type, :version, :data, :metadata, decode(:hash, 'hex'));\n`,
  );
  const values: { readonly [name: string]: string } = {
    stream,
    revision: '7',
    event_id: event.id,
    type: event.type,
    version: String(event.schemaVersion),
    data: JSON.stringify(event.data),
    metadata: JSON.stringify(event.metadata),
    hash: event.metadata.hash,
  };
  const { hostname, port, username, password, pathname } = new URL(url);
  const args = ['-n', '-M', 'prepared', '-c', String(clients), '-j', '2', '-T', String(seconds), '-f', script];
  for (const [name, value] of Object.entries(values)) args.push('-D', `${name}=${value}`);
  args.push('-h', hostname, '-p', port, '-U', username, pathname.slice(1));
  const child = spawn(pgbench, args, {
    env: { PATH: process.env.PATH, PGPASSWORD: password },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  child.stdout.on('data', (chunk) => (said += chunk));
  child.stderr.on('data', (chunk) => (said += chunk));
  const code = await new Promise((resolve) => child.once('close', resolve));
  const perSecond = Number(/tps = ([\d.]+)/.exec(said)?.[1]);
  const done = Number(/actually processed: (\d+)/.exec(said)?.[1]);
  if (code !== 0 || !(perSecond > 0)) throw new Error(`pgbench failed: ${said}`);
  return { perSecond, done };
}
