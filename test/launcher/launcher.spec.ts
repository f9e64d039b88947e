import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../apps/cli/src/embedded-postgres.js';
import { takeHome } from '../../apps/cli/src/instance.js';

const ROOT = process.getuid?.() === 0;
const folders: string[] = [];
const started: EmbeddedPostgres[] = [];

/** A home that another user may pass through, as a clone's is, or one that only its owner enters. */
function newHome(mode = 0o711): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'tegas-launcher-'));
  fs.chmodSync(folder, mode);
  folders.push(folder);
  return path.join(folder, '.tegas');
}

async function start(home: string, notes: string[] = []): Promise<EmbeddedPostgres> {
  const postgres = await startEmbeddedPostgres({ home, database: 'tegas', note: (line) => notes.push(line) });
  started.push(postgres);
  return postgres;
}

async function query<Row extends pg.QueryResultRow>(url: string, text: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  try {
    return (await client.query<Row>(text)).rows;
  } finally {
    await client.end();
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !/\) Z /.test(fs.readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

afterAll(async () => {
  for (const postgres of started) await postgres.remove();
  for (const folder of folders) fs.rmSync(folder, { recursive: true, force: true });
});

describe('the embedded PostgreSQL', () => {
  const home = newHome();
  let postgres: EmbeddedPostgres;

  beforeAll(async () => {
    postgres = await start(home);
    await query(postgres.url, 'CREATE TABLE kept (word text); INSERT INTO kept VALUES ($$tetap$$)');
  }, 60_000);

  it('keeps every write safe and sorts the same on every machine', async () => {
    const settings = await query<{ name: string; setting: string }>(
      postgres.url,
      `SELECT name, setting FROM pg_settings WHERE name IN
        ('fsync', 'synchronous_commit', 'full_page_writes', 'listen_addresses', 'server_encoding', 'unix_socket_directories') ORDER BY name`,
    );
    expect(Object.fromEntries(settings.map(({ name, setting }) => [name, setting]))).toEqual({
      fsync: 'on',
      synchronous_commit: 'on',
      full_page_writes: 'on',
      listen_addresses: '127.0.0.1',
      server_encoding: 'UTF8',
      unix_socket_directories: '',
    });
    expect(await query(postgres.url, `SELECT datlocprovider, datlocale FROM pg_database WHERE datname = 'tegas'`)).toEqual([
      { datlocprovider: 'b', datlocale: 'C.UTF-8' },
    ]);
  });

  it('refuses a connection without the password, which only the owner of the home reads', async () => {
    const wrong = new URL(postgres.url);
    wrong.password = 'postgres';
    await expect(query(wrong.href, 'SELECT 1')).rejects.toMatchObject({ code: '28P01' });
    expect(fs.statSync(path.join(home, 'postgres-password')).mode & 0o777).toBe(0o600);
  });

  it('keeps data and port over a stop and a start', async () => {
    const { port } = postgres;
    await postgres.stop();
    expect(isAlive(postgres.pid)).toBe(false);
    postgres = await start(home);
    expect(postgres.port).toBe(port);
    expect(await query(postgres.url, 'SELECT word FROM kept')).toEqual([{ word: 'tetap' }]);
  }, 30_000);

  it('comes back in place after a kill -9, with a backend still busy', async () => {
    const busy = query(postgres.url, 'SELECT pg_sleep(60)').catch((error: Error) => error);
    await pause(200);
    process.kill(postgres.pid, 'SIGKILL');
    await postgres.exited;
    expect(fs.existsSync(path.join(postgres.dataDir, 'postmaster.pid'))).toBe(true);
    postgres = await start(home);
    expect(await query(postgres.url, 'SELECT word FROM kept')).toEqual([{ word: 'tetap' }]);
    expect(await busy).toBeInstanceOf(Error);
  }, 30_000);

  it('stops the orphan that a killed supervisor left and goes on with its data', async () => {
    await postgres.stop();
    const orphan = await startUnderSupervisorAndKillIt(home);
    expect(isAlive(orphan)).toBe(true);
    const notes: string[] = [];
    postgres = await start(home, notes);
    expect(notes.join()).toContain(String(orphan));
    expect(isAlive(orphan)).toBe(false);
    expect(await query(postgres.url, 'SELECT word FROM kept')).toEqual([{ word: 'tetap' }]);
  }, 30_000);

  it('is not misled by a postmaster.pid whose number belongs to another program', async () => {
    await postgres.stop();
    fs.writeFileSync(
      path.join(postgres.dataDir, 'postmaster.pid'),
      `${process.pid}\n${postgres.dataDir}\n0\n${postgres.port}\n\n127.0.0.1\n`,
    );
    postgres = await start(home);
    expect(await query(postgres.url, 'SELECT word FROM kept')).toEqual([{ word: 'tetap' }]);
  }, 30_000);

  it('sets a new password when the password file was lost', async () => {
    await postgres.stop();
    fs.rmSync(path.join(home, 'postgres-password'));
    postgres = await start(home);
    expect(await query(postgres.url, 'SELECT word FROM kept')).toEqual([{ word: 'tetap' }]);
  }, 30_000);

  it('takes another port when its own is taken', async () => {
    await postgres.stop();
    const other = await listenOn(postgres.port);
    const before = postgres.port;
    postgres = await start(home);
    expect(postgres.port).not.toBe(before);
    await other();
  }, 30_000);

  it('says in English and Indonesian that the data are of another version', async () => {
    await postgres.stop();
    const file = path.join(postgres.dataDir, 'PG_VERSION');
    fs.writeFileSync(file, '15\n');
    await expect(start(home)).rejects.toThrow(/written by PostgreSQL 15[\s\S]*ditulis oleh PostgreSQL 15/);
    fs.writeFileSync(file, '18\n');
  }, 30_000);

  it('begins anew when a first start was killed half way', async () => {
    const half = newHome();
    const dataDir = path.join(half, 'postgres');
    fs.mkdirSync(path.join(dataDir, 'fresh', 'base'), { recursive: true });
    fs.mkdirSync(path.join(dataDir, 'global'));
    fs.chmodSync(half, 0o711);
    expect(await query((await start(half)).url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  }, 30_000);
});

describe('a home', () => {
  it('is taken by one process at a time, and free again when that one was killed', async () => {
    const home = newHome();
    const first = takeHome(home, 'first');
    expect(takeHome(home, 'second')).toMatchObject({ heldBy: { command: 'first', pid: process.pid } });
    if ('release' in first) first.release();
    const dead = spawnSync(process.execPath, ['-e', '']).pid;
    fs.writeFileSync(path.join(home, 'lock'), JSON.stringify({ pid: dead, processStart: '1', command: 'dead' }));
    expect(takeHome(home, 'third')).toHaveProperty('release');
  });
});

(ROOT ? describe : describe.skip)('as root', () => {
  it('runs as another user also under a folder that only root may enter', async () => {
    const notes: string[] = [];
    const postgres = await start(newHome(0o700), notes);
    expect(postgres.dataDir).toMatch(/^\/var\/lib\/tegas\//);
    expect(notes.join()).toContain(postgres.dataDir);
    expect(fs.statSync(`/proc/${postgres.pid}`).uid).not.toBe(0);
    expect(await query(postgres.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await postgres.remove();
    expect(fs.existsSync(path.dirname(postgres.dataDir))).toBe(false);
  }, 60_000);
});

/** The pid of a server whose supervisor was killed with SIGKILL. */
async function startUnderSupervisorAndKillIt(home: string): Promise<number> {
  const compiled = path.join(path.dirname(fileURLToPath(import.meta.url)), '../../dist/apps/cli/src/embedded-postgres.js');
  const script = `const { startEmbeddedPostgres } = await import(${JSON.stringify(compiled)});
    const { pid } = await startEmbeddedPostgres({ home: ${JSON.stringify(home)}, database: 'tegas' });
    console.log(pid);
    setInterval(() => {}, 1000);`;
  const supervisor = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  const pid = await new Promise<number>((resolve, reject) => {
    supervisor.stdout.once('data', (chunk: Buffer) => resolve(Number(chunk.toString())));
    supervisor.once('exit', () => reject(new Error('the supervisor ended before its PostgreSQL was up')));
  });
  const over = new Promise((resolve) => supervisor.once('close', resolve));
  supervisor.kill('SIGKILL');
  await over;
  return pid;
}

async function listenOn(port: number): Promise<() => Promise<void>> {
  const { createServer } = await import('node:net');
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return () => new Promise((resolve) => server.close(() => resolve()));
}
