import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { type EventStore, isEventStoreDbUrl } from '#event-store/port.js';
import { configuredEventStore, type LogSettings, type OpenLog, openEventStoreDb, openLog } from '#privacy/open-log.js';
import { startEmbeddedPostgres } from './embedded-postgres.js';
import { codeOf, OperatorError } from './progress.js';

/** The name of the database in the embedded PostgreSQL. */
export const DATABASE = 'tegas';

const OLDEST_SERVER = 130_000; // PostgreSQL 13
export const UNDEFINED_TABLE = '42P01';

/** A running `tegas start`, as written to `instance.json`. */
export interface Instance {
  pid: number;
  port: number;
  databaseUrl: string;
  startedAt: string;
}

interface Holder {
  pid: number;
  processStart: string;
  command: string;
}

/** The clone this file runs from, whether compiled or not. */
export function cloneFolder(): string {
  let folder = path.dirname(fileURLToPath(import.meta.url));
  while (!fs.existsSync(path.join(folder, 'package.json')) && folder !== path.dirname(folder)) folder = path.dirname(folder);
  return folder;
}

/** Where this clone keeps its data: TEGAS_HOME, else `.tegas/`. */
export function homeFolder(): string {
  const chosen = process.env.TEGAS_HOME;
  return chosen ? path.resolve(chosen) : path.join(cloneFolder(), '.tegas');
}

/** The running instance of a home, or undefined when there is none or only the file of a dead one. */
export function findInstance(home: string): Instance | undefined {
  const found = readJson<Instance & { processStart: string }>(instanceFile(home));
  if (found === undefined || !isSameProcess(found.pid, found.processStart)) return undefined;
  const { pid, port, databaseUrl, startedAt } = found;
  return { pid, port, databaseUrl, startedAt };
}

/** Lets the commands find the instance of this process. */
export function writeInstance(home: string, facts: { port: number; databaseUrl: string }): void {
  const instance = { pid: process.pid, ...facts, startedAt: new Date().toISOString(), processStart: processStart(process.pid) };
  const fresh = `${instanceFile(home)}.new`;
  fs.writeFileSync(fresh, `${JSON.stringify(instance)}\n`, { mode: 0o600 });
  fs.renameSync(fresh, instanceFile(home));
}

/** Forgets the instance of this process. */
export function removeInstance(home: string): void {
  if (readJson<Instance>(instanceFile(home))?.pid === process.pid) fs.rmSync(instanceFile(home), { force: true });
}

/**
 * Takes the home for this process alone and answers how to give it back, or who has it. A lock whose holder died is free.
 */
export function takeHome(home: string, command: string): { release: () => void } | { heldBy: Holder } {
  const file = path.join(home, 'lock');
  const mine = `${file}.${process.pid}`;
  try {
    fs.mkdirSync(home, { recursive: true, mode: process.getuid?.() === 0 ? 0o711 : 0o700 });
    fs.writeFileSync(mine, JSON.stringify({ pid: process.pid, processStart: processStart(process.pid), command }), {
      mode: 0o600,
    });
  } catch (error) {
    const why = codeOf(error);
    throw new OperatorError(
      `Tegas cannot write in ${home} (${why}): make it writable for this user, or set TEGAS_HOME to a folder that is.`,
      `Tegas tidak dapat menulis di ${home} (${why}): beri izin tulis bagi pengguna ini, atau arahkan TEGAS_HOME ke folder lain.`,
    );
  }
  try {
    for (;;) {
      if (linkOnce(mine, file)) break;
      const holder = readJson<Holder>(file);
      if (holder !== undefined && isSameProcess(holder.pid, holder.processStart)) return { heldBy: holder };
      moveAside(file, holder);
    }
  } finally {
    fs.rmSync(mine, { force: true });
  }
  const release = () => {
    if (readJson<Holder>(file)?.pid === process.pid) fs.rmSync(file, { force: true });
  };
  return { release };
}

/**
 * Gives a command its database: TEGAS_DATABASE_URL, else that of the running instance, else the embedded PostgreSQL, started for
 * as long as the command lasts.
 */
export async function withDatabase<T>(use: (databaseUrl: string) => Promise<T>): Promise<T> {
  const external = process.env.TEGAS_DATABASE_URL;
  if (external) {
    await checkDatabase(external);
    return use(external);
  }
  const home = homeFolder();
  const deadline = Date.now() + 120_000;
  let told = false;
  for (;;) {
    const running = findInstance(home);
    if (running !== undefined) return use(running.databaseUrl);
    const taken = takeHome(home, 'tegas command');
    if ('release' in taken) {
      try {
        return await withOwnPostgres(home, use);
      } finally {
        taken.release();
      }
    }
    const { pid, command } = taken.heldBy;
    if (Date.now() > deadline) {
      throw new OperatorError(
        `"${command}" (process ${pid}) has been using the database of ${home} for two minutes: try again when it has ended.`,
        `"${command}" (proses ${pid}) sudah dua menit memakai basis data di ${home}: coba lagi setelah selesai.`,
      );
    }
    if (!told) process.stderr.write(`"${command}" (process ${pid}) is using the database; waiting for it …\n`);
    told = true;
    await pause(200);
  }
}

/** How a command opens the log: the registry is read once. */
export function logSettings(databaseUrl: string): LogSettings {
  return { databaseUrl, home: homeFolder(), movableTime: mayMoveTime(), follow: false };
}

/** As `withDatabase`, with the event log opened on it and closed again. The registry is read once. */
export async function withLog<T>(use: (opened: OpenLog, databaseUrl: string) => Promise<T>): Promise<T> {
  return withDatabase(async (databaseUrl) => {
    await checkEventStore();
    const opened = await openLog(logSettings(databaseUrl)).catch((error) => {
      throw codeOf(error) === UNDEFINED_TABLE ? notPrepared() : error;
    });
    try {
      return await use(opened, databaseUrl);
    } finally {
      await opened.close();
    }
  });
}

export function notPrepared(place = ''): OperatorError {
  return new OperatorError(
    'This database holds no Tegas yet: run npx tegas seed, or npm start once.',
    'Basis data ini belum berisi Tegas: jalankan npx tegas seed, atau npm start sekali.',
    place,
  );
}

/** The time port may be moved in demos and tests, never in production. */
export function mayMoveTime(): boolean {
  return process.env.NODE_ENV !== 'production';
}

async function withOwnPostgres<T>(home: string, use: (databaseUrl: string) => Promise<T>): Promise<T> {
  const postgres = await startEmbeddedPostgres({ home, database: DATABASE, note: (line) => process.stderr.write(`${line}\n`) });
  // Ctrl-C ends the command, never the database beneath an append: the server is stopped in order first.
  const interrupt = (signal: NodeJS.Signals) => {
    void postgres.stop().finally(() => process.exit(signal === 'SIGINT' ? 130 : 143));
  };
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  try {
    return await use(postgres.url);
  } finally {
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
    await postgres.stop();
  }
}

/** Is this the address of a PostgreSQL? */
export function isPostgresUrl(url: string): boolean {
  return /^postgres(ql)?:\/\/./.test(url);
}

/** Refuses, in one sentence, a PostgreSQL that is away or too old. */
export async function checkDatabase(databaseUrl: string, name = 'TEGAS_DATABASE_URL'): Promise<void> {
  if (!isPostgresUrl(databaseUrl))
    throw new OperatorError(
      `${name} is not the address of a PostgreSQL: write postgresql://user:password@host:5432/database.`,
      `${name} bukan alamat PostgreSQL: tulis postgresql://user:password@host:5432/database.`,
    );
  const place = describe(databaseUrl);
  const client = new pg.Client({ connectionString: databaseUrl, connectionTimeoutMillis: 10_000 });
  client.on('error', () => {});
  let version = 0;
  try {
    await client.connect();
    const { rows } = await client.query<{ server_version_num: string }>('SHOW server_version_num');
    version = Number(rows[0]?.server_version_num);
  } catch (error) {
    const why = (error instanceof Error && error.message) || codeOf(error);
    throw new OperatorError(
      `The PostgreSQL of ${name} (${place}) cannot be reached: ${why}`,
      `PostgreSQL pada ${name} (${place}) tidak dapat dihubungi: ${why}`,
    );
  } finally {
    await client.end().catch(() => {});
  }
  if (version < OLDEST_SERVER) {
    const number = `${Math.floor(version / 10_000)}`;
    throw new OperatorError(
      `The PostgreSQL of ${name} (${place}) is version ${number}; Tegas needs 13 or newer.`,
      `PostgreSQL pada ${name} (${place}) versi ${number}; Tegas memerlukan versi 13 atau lebih baru.`,
    );
  }
}

/** Refuses, in one sentence, an EventStoreDB that is named (by TEGAS_EVENTSTORE_URL unless told) and away, or whose address is none. */
export async function checkEventStore(
  url: string | undefined = configuredEventStore(),
  name = 'TEGAS_EVENTSTORE_URL',
): Promise<void> {
  if (url === undefined) return;
  if (!isEventStoreDbUrl(url))
    throw new OperatorError(
      `${name} is not the address of an EventStoreDB: write esdb://user:password@host:2113?tls=true.`,
      `${name} bukan alamat EventStoreDB: tulis esdb://user:password@host:2113?tls=true.`,
    );
  const place = describe(url);
  let store: EventStore | undefined;
  try {
    store = await openEventStoreDb(url);
    await store.head();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    if (/wrong version number|packet length too long|SSL routines/i.test(why))
      throw new OperatorError(
        `The EventStoreDB of ${name} (${place}) does not speak TLS on that port: add ?tls=false to the address if it is meant to be in the clear, or give the server a certificate.`,
        `EventStoreDB pada ${name} (${place}) tidak memakai TLS pada porta itu: tambahkan ?tls=false pada alamatnya bila memang tanpa enkripsi, atau pasang sertifikat pada servernya.`,
      );
    throw new OperatorError(
      `The EventStoreDB of ${name} (${place}) cannot be used: ${why}`,
      `EventStoreDB pada ${name} (${place}) tidak dapat dipakai: ${why}`,
    );
  } finally {
    await store?.close();
  }
}

/** Hosts and database of a URL, without the password. */
export function describe(databaseUrl: string): string {
  const hosts = /^esdb[^:]*:\/\/(?:[^@/]*@)?([^/?]*)/.exec(databaseUrl)?.[1];
  if (hosts !== undefined) return hosts;
  try {
    const { host, pathname } = new URL(databaseUrl);
    return `${host}${pathname}`;
  } catch {
    return 'not a URL';
  }
}

function instanceFile(home: string): string {
  return path.join(home, 'instance.json');
}

function linkOnce(from: string, to: string): boolean {
  try {
    fs.linkSync(from, to); // appears at once and with its content, or not at all
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

/** A dead holder's lock goes; should it meanwhile have become another's, it is put back. */
function moveAside(file: string, deadHolder: Holder | undefined): void {
  const aside = `${file}.${process.pid}.stale`;
  try {
    fs.renameSync(file, aside);
  } catch {
    return; // another was quicker
  }
  const moved = readJson<Holder>(aside);
  if (moved !== undefined && moved.pid !== deadHolder?.pid) linkOnce(aside, file);
  fs.rmSync(aside, { force: true });
}

function isSameProcess(pid: number, start: string): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (codeOf(error) !== 'EPERM') return false;
  }
  return processStart(pid) === start;
}

/** Tells a process from a later one with the same number; only Linux says it cheaply. */
function processStart(pid: number): string {
  try {
    const status = fs.readFileSync(`/proc/${pid}/stat`, 'utf8');
    return status.slice(status.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return '';
  }
}

function readJson<T>(file: string): T | undefined {
  try {
    const value: T = JSON.parse(fs.readFileSync(file, 'utf8'));
    return value;
  } catch {
    return undefined;
  }
}
