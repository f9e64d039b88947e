import { type ChildProcess, fork } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import { hostname } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Command } from 'commander';
import { NODE_FLAGS } from '#privacy/run-process.js';
import { type EmbeddedPostgres, startEmbeddedPostgres } from './embedded-postgres.js';
import {
  checkDatabase,
  cloneFolder,
  DATABASE,
  findInstance,
  homeFolder,
  mayMoveTime,
  removeInstance,
  takeHome,
  writeInstance,
} from './instance.js';
import { prepareDatabase } from './prepare-database.js';
import { createProgress, OperatorError, type Progress } from './progress.js';

const PATIENCE = { deaths: 5, withinSeconds: 60 };
const CHILD_STOP_SECONDS = 10;
const CHILD_READY_SECONDS = 90;
/** A child that ends with this code says that a restart cannot help, such as a wrong configuration (EX_CONFIG). */
const DO_NOT_RESTART = 78;

/** What a person who sees the address for the first time may do next. */
const NEXT_THINGS = [
  'Open the address above in a browser and click a person: officer, supervisor, auditor; no password in the demo',
  'Take a first case from filing to its determination:  the curl lines of README.md, "A first case"',
  'See every act of the API and try it:  /docs at the address above, with the token of  npx tegas token officer.kupang',
  'List the commands:  npx tegas --help   (Ctrl-C here stops everything; the data stay)',
];

/** Registers `tegas start`. */
export function registerStart(program: Command): void {
  program
    .command('start')
    .description('start PostgreSQL, the API with the console, and the worker, and keep them running until Ctrl-C')
    .addHelpText(
      'after',
      `
Environment:
  TEGAS_PORT            port of the API and the console (3000)
  TEGAS_HOME            folder of data, logs and keys (.tegas in the clone)
  TEGAS_DATABASE_URL    a PostgreSQL 13 or newer of your own, instead of the embedded one
  TEGAS_EVENTSTORE_URL  an EventStoreDB that keeps the event log; all else stays in PostgreSQL`,
    )
    .action(async () => {
      if (!mayMoveTime() && (process.env.TEGAS_DEMO ?? '1') === '1')
        throw new OperatorError(
          'npm start runs the demo, whose issuer signs anyone in; it refuses NODE_ENV=production. Set TEGAS_DEMO=0 and TEGAS_OIDC_ISSUER.',
          'npm start menjalankan demo yang menerima siapa saja; demo menolak NODE_ENV=production. Atur TEGAS_DEMO=0 dan TEGAS_OIDC_ISSUER.',
        );
      process.exitCode = await new Supervisor(homeFolder(), readPort()).run();
    });
}

/** Keeps PostgreSQL, API and worker alive, each restarted alone, and ends them in order. */
class Supervisor {
  private readonly children = new Map<string, Child>();
  private readonly deaths = new Map<string, number[]>();
  private postgres: EmbeddedPostgres | undefined;
  private postgresStarting: Promise<unknown> = Promise.resolve();
  private progress: Progress | undefined;
  private stopping = false;
  private endWith: (code: number) => void = () => {};
  private readonly ended = new Promise<number>((resolve) => {
    this.endWith = resolve;
  });

  constructor(
    private readonly home: string,
    private readonly port: number,
  ) {}

  /** Starts everything and settles with the exit code when everything has ended. */
  async run(): Promise<number> {
    const hadDied = fs.existsSync(path.join(this.home, 'instance.json'));
    const taken = takeHome(this.home, 'tegas start');
    if ('heldBy' in taken) throw alreadyRunning(this.home, taken.heldBy);
    const forgetSignals = this.listenToSignals();
    try {
      await this.startEverything(hadDied);
      return await this.ended;
    } catch (error) {
      this.progress?.end();
      if (this.stopping) return await this.ended; // a Ctrl-C while starting: what failed, failed because of it
      await this.stopEverything();
      throw error;
    } finally {
      forgetSignals();
      removeInstance(this.home);
      taken.release();
    }
  }

  private async startEverything(hadDied: boolean): Promise<void> {
    // Children of a supervisor that was killed need a moment to notice.
    await checkPort(this.port, hadDied ? 5000 : 0);
    const progress = createProgress(4);
    this.progress = progress;
    progress.step('Starting PostgreSQL');
    const databaseUrl = await this.startPostgres(progress);
    if (this.stopping) return;
    progress.step('Preparing the database');
    await prepareDatabase({ databaseUrl, home: this.home, progress });
    if (this.stopping) return;
    progress.step('Starting the API');
    const api = this.startChild('api', databaseUrl);
    const worker = this.startChild('worker', databaseUrl);
    await Promise.race([api, this.ended]);
    if (this.stopping) return;
    progress.step('Starting the worker');
    await Promise.race([worker, this.ended]);
    progress.end();
    if (this.stopping) return;
    writeInstance(this.home, { port: this.port, databaseUrl });
    printWelcome(this.port);
  }

  // ── PostgreSQL

  private async startPostgres(progress: Progress): Promise<string> {
    const external = process.env.TEGAS_DATABASE_URL;
    if (external) {
      await checkDatabase(external);
      return external;
    }
    const starting = startEmbeddedPostgres({ home: this.home, database: DATABASE, note: (line) => progress.note(line) });
    this.postgresStarting = starting.catch(() => {});
    this.watchPostgres(await starting);
    return (await starting).url;
  }

  private watchPostgres(postgres: EmbeddedPostgres): void {
    this.postgres = postgres;
    void postgres.exited.then(() => {
      if (!this.stopping) this.restartPostgres(postgres.port).catch((error: unknown) => this.giveUp('PostgreSQL', error));
    });
  }

  /** On the same port: API and worker keep their URL and connect anew by themselves. */
  private async restartPostgres(port: number): Promise<void> {
    for (;;) {
      const wait = this.noteDeath('PostgreSQL');
      if (wait === undefined) return this.giveUp('PostgreSQL');
      console.error(`PostgreSQL ended unexpectedly; starting it again (log: ${this.logFile('postgres')})`);
      await pause(wait);
      if (this.stopping) return;
      try {
        const starting = startEmbeddedPostgres({
          home: this.home,
          port,
          database: DATABASE,
          note: (line) => console.error(line),
        });
        this.postgresStarting = starting.catch(() => {});
        this.watchPostgres(await starting);
        console.error('PostgreSQL is running again');
        return;
      } catch (error) {
        console.error(error instanceof Error ? error.message : error);
      }
    }
  }

  // ── API and worker

  /** Settles when the child says it is ready. */
  private startChild(name: string, databaseUrl: string): Promise<void> {
    const child = new Child(name, this.logFile(name), {
      TEGAS_DATABASE_URL: databaseUrl,
      TEGAS_PORT: String(this.port),
      TEGAS_HOME: this.home,
      TEGAS_DEMO: process.env.TEGAS_DEMO ?? '1',
      // The worker before it is surely dead: the next one takes its leases over at once.
      TEGAS_WORKER_NAME: `supervised by ${process.pid} on ${hostname()}`,
    });
    this.children.set(name, child);
    void child.exited.then(({ code, signal }) => {
      if (this.stopping) return;
      const wait = code === DO_NOT_RESTART ? undefined : this.noteDeath(name);
      if (wait === undefined) return this.giveUp(name);
      console.error(
        `The ${name} ended unexpectedly (${signal ?? `exit ${code}`}); starting it again (log: ${this.logFile(name)})`,
      );
      setTimeout(() => {
        if (this.stopping) return;
        this.startChild(name, databaseUrl).then(
          () => console.error(`The ${name} is running again`),
          () => {},
        );
      }, wait);
    });
    return child.ready;
  }

  // ── Dying and ending

  /** How long to wait before a restart, or undefined when it died too often. */
  private noteDeath(name: string): number | undefined {
    const now = Date.now();
    const recent = (this.deaths.get(name) ?? []).filter((at) => now - at < PATIENCE.withinSeconds * 1000);
    recent.push(now);
    this.deaths.set(name, recent);
    return recent.length >= PATIENCE.deaths ? undefined : 250 * 2 ** (recent.length - 1);
  }

  private giveUp(name: string, error?: unknown): void {
    if (this.stopping) return;
    this.progress?.end();
    const log = this.logFile(name === 'PostgreSQL' ? 'postgres' : name);
    if (error !== undefined) console.error(error instanceof Error ? error.message : error);
    console.error(`The ${name} does not stay alive, so Tegas ends. The last lines of ${log}:`);
    console.error(`${name} terus berhenti, maka Tegas diakhiri. Baris terakhir ${log} di bawah ini:`);
    console.error(fs.existsSync(log) ? fs.readFileSync(log, 'utf8').trimEnd().split('\n').slice(-15).join('\n') : '');
    this.end(1);
  }

  private end(code: number): void {
    this.stopEverything().then(
      () => this.endWith(code),
      (error: unknown) => {
        console.error(error);
        this.endWith(1);
      },
    );
  }

  /** API and worker first, since they need PostgreSQL to finish what they are at. */
  private async stopEverything(): Promise<void> {
    this.stopping = true;
    await Promise.all([...this.children.values()].map((child) => child.stop()));
    await this.postgresStarting;
    await this.postgres?.stop();
  }

  private listenToSignals(): () => void {
    let firstAt = 0;
    const onSignal = (signal: NodeJS.Signals) => {
      if (firstAt === 0) {
        firstAt = Date.now();
        this.progress?.end();
        console.error(`\nStopping (${signal}); once more to force …`);
        if (!this.stopping) this.end(0);
      } else if (Date.now() - firstAt > 700) {
        // npm sends a second SIGINT for the one Ctrl-C, at once; only a later one is a second.
        for (const child of this.children.values()) child.kill();
        if (this.postgres) killQuietly(this.postgres.pid, 'SIGQUIT'); // at once, and recovered at the next start
        removeInstance(this.home);
        process.exit(1);
      }
    };
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
    for (const signal of signals) process.on(signal, onSignal);
    // A SIGTERM to `npm start` ends npm and its shell, and reaches this process only as the loss of its parent.
    const parent = process.ppid;
    const underNpm = process.env.npm_lifecycle_event !== undefined;
    const watch = setInterval(() => {
      if (underNpm && process.ppid !== parent && firstAt === 0) onSignal('SIGTERM');
    }, 300);
    return () => {
      clearInterval(watch);
      for (const signal of signals) process.off(signal, onSignal);
    };
  }

  private logFile(name: string): string {
    return path.join(this.home, 'logs', `${name}.log`);
  }
}

/** One run of the API or the worker. */
class Child {
  readonly ready: Promise<void>;
  readonly exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  private readonly process: ChildProcess;
  private over = false;

  constructor(name: string, logFile: string, env: Record<string, string>) {
    fs.mkdirSync(path.dirname(logFile), { recursive: true, mode: 0o700 });
    if (fs.existsSync(logFile) && fs.statSync(logFile).size > 10_000_000) fs.renameSync(logFile, `${logFile}.1`);
    const log = fs.openSync(logFile, 'a', 0o600);
    const script = path.join(cloneFolder(), 'dist', 'apps', name, 'src', 'main.js');
    this.process = fork(script, [], {
      cwd: cloneFolder(),
      execArgv: [...process.execArgv, ...NODE_FLAGS],
      env: { ...process.env, ...env },
      stdio: ['ignore', log, 'pipe', 'ipc'],
      detached: true, // its own session: a Ctrl-C reaches it only through this supervisor, in order
    });
    this.process.stderr?.on('data', (chunk: Buffer) => {
      fs.writeSync(log, chunk);
      process.stderr.write(chunk);
    });
    this.exited = new Promise((resolve) => {
      this.process.once('error', () => resolve({ code: 1, signal: null }));
      this.process.once('close', (code, signal) => resolve({ code, signal }));
    });
    void this.exited.then(() => {
      this.over = true;
      fs.closeSync(log);
    });
    // A child that dies before it is ready is started again by the supervisor; one that hangs is killed to that end.
    this.ready = new Promise((resolve) => {
      const patience = setTimeout(() => this.process.kill('SIGKILL'), CHILD_READY_SECONDS * 1000);
      void this.exited.then(() => clearTimeout(patience));
      this.process.on('message', (message) => {
        if (typeof message !== 'object' || message === null || !('type' in message)) return;
        // The store is away and it waits for it: no sign of hanging.
        if (message.type === 'waiting') patience.refresh();
        if (message.type !== 'ready') return;
        clearTimeout(patience);
        resolve();
      });
    });
  }

  async stop(): Promise<void> {
    if (this.over) return;
    this.process.kill('SIGTERM');
    const inTime = await Promise.race([this.exited.then(() => true), pause(CHILD_STOP_SECONDS * 1000, false, { ref: false })]);
    if (!inTime) this.process.kill('SIGKILL');
    await this.exited;
  }

  kill(): void {
    if (!this.over) this.process.kill('SIGKILL');
  }
}

function readPort(): number {
  const given = process.env.TEGAS_PORT || '3000';
  const port = Number(given);
  if (Number.isInteger(port) && port >= 1 && port <= 65_535) return port;
  throw new OperatorError(
    `TEGAS_PORT is "${given}", but must be a number from 1 to 65535.`,
    `TEGAS_PORT berisi "${given}", padahal harus angka antara 1 dan 65535.`,
  );
}

async function checkPort(port: number, patienceMilliseconds: number): Promise<void> {
  const deadline = Date.now() + patienceMilliseconds;
  for (;;) {
    const code = await tryPort(port);
    if (code === undefined) return;
    if (code === 'EACCES') {
      throw new OperatorError(
        `Port ${port} may not be opened by this user: set TEGAS_PORT to one above 1023.`,
        `Port ${port} tidak boleh dibuka oleh pengguna ini: isi TEGAS_PORT dengan angka di atas 1023.`,
      );
    }
    if (Date.now() >= deadline) {
      throw new OperatorError(
        `Port ${port} is taken by another program: set TEGAS_PORT to another one, such as TEGAS_PORT=${port + 1} npm start`,
        `Port ${port} sedang dipakai program lain: isi TEGAS_PORT dengan port lain, misalnya TEGAS_PORT=${port + 1} npm start`,
      );
    }
    await pause(100);
  }
}

/** The error code of listening on a port, or undefined when it is free on every address. */
async function tryPort(port: number): Promise<string | undefined> {
  for (const host of ['0.0.0.0', '127.0.0.1']) {
    const code = await new Promise<string | undefined>((resolve) => {
      const probe = net.createServer();
      probe.once('error', (error) => resolve('code' in error ? String(error.code) : error.message));
      probe.listen({ port, host, exclusive: true }, () => probe.close(() => resolve(undefined)));
    });
    if (code !== undefined) return code;
  }
  return undefined;
}

function alreadyRunning(home: string, holder: { pid: number; command: string }): OperatorError {
  const running = findInstance(home);
  if (running !== undefined) {
    return new OperatorError(
      `Tegas is already running on http://localhost:${running.port} (process ${running.pid}, home ${home}).`,
      `Tegas sudah berjalan di http://localhost:${running.port} (proses ${running.pid}, folder ${home}).`,
    );
  }
  return new OperatorError(
    `"${holder.command}" (process ${holder.pid}) is using ${home} at this moment: wait until it has ended, or set TEGAS_HOME to another folder.`,
    `"${holder.command}" (proses ${holder.pid}) sedang memakai ${home}: tunggu sampai selesai, atau arahkan TEGAS_HOME ke folder lain.`,
  );
}

function killQuietly(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // Gone already.
  }
}

// ── What the person reads when all is up ─────────────────────────────────────────────────────────────────────────────

interface DemoPerson {
  login: string;
  name: string;
  roles: { role: string; office: string }[];
}

function printWelcome(port: number): void {
  console.log(`\nTegas is running: open http://localhost:${port} in a browser\n`);
  const people = demoPeople();
  if (people.length > 0) console.log('Demo people:');
  const width = Math.max(0, ...people.map((person) => person.login.length));
  for (const { login, name, roles } of people) {
    console.log(`  ${login.padEnd(width)}  ${name} (${roles.map(({ role, office }) => `${role}, ${office}`).join('; ')})`);
  }
  console.log(`\nNext:\n${NEXT_THINGS.map((thing, index) => `  ${index + 1}. ${thing}`).join('\n')}\n`);
}

/** The people who may sign in to the demo. */
function demoPeople(): DemoPerson[] {
  const file = path.join(cloneFolder(), 'data', 'demo-people.json');
  if (!fs.existsSync(file)) return [];
  const people: DemoPerson[] = JSON.parse(fs.readFileSync(file, 'utf8'));
  return people;
}
