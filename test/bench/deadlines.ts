/**
 * What deadlines cost, with the product's processes: how late ten thousand clocks are announced that fall due at one midnight, what a sweep
 * costs when a million are open, how long a decree takes that moves a hundred thousand, and how officers are served meanwhile.
 */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { publishCalendar } from '#event-store/calendar-desk.js';
import { commandIdOf } from '#event-store/envelope.js';
import { moveTime } from '#event-store/time.js';
import { type OpenLog, openLog } from '#privacy/open-log.js';
import { clockBoardProjection } from '#read-models/clock-board.js';
import { openReadModels, type ReadModels } from '#read-models/data-source.js';
import { findLeaders } from '#read-models/lease.js';
import { cloneFolder } from '../../apps/cli/src/instance.js';
import { prepareDatabase } from '../../apps/cli/src/prepare-database.js';
import { demoToken } from '../../apps/cli/src/token.js';
import { ClockProcessManager } from '../../apps/worker/src/clock-process-manager.js';
import { runProjection } from '../../apps/worker/src/projector.js';
import { sweep } from '../../apps/worker/src/sweep.js';
import { AppProcess, freePort } from '../e2e/app-process.js';
import { RedisServer } from '../faults/deadline-faults.js';
import { recordFinding, repeat, takeThrough } from './cases.js';
import { cpuMsOf } from './cpu-time.js';
import { type Bench, type BenchResult, median, percentiles, quiet, rounded } from './rounds.js';

const OFFICER = 'officer.kupang';
const WORKERS = ['worker-1', 'worker-2'] as const;
const COMMANDS_A_SECOND = 10;
const OFFICERS_CASES = 200;
/** Officers alone, nothing due, before what is measured. */
const IDLE_MS = 20_000;
const DAY_MS = 24 * 3_600_000;
/** A Monday. The intake clock of a case lodged then runs out with the end of the fourteenth day in Kupang. */
const FIRST_DAY = Date.parse('2026-03-02T01:00:00.000Z');
const DUE_AT = Date.parse('2026-03-16T16:00:00.000Z');
/** Alarms are set anew when time jumps; this long before the midnight, so that setting them is not measured. */
const LEAD_MS = 30_000;
const ALL_WITHIN_MS = 15 * 60_000;

/** One database with the product on it. */
class House {
  private readonly apps = new Map<string, AppProcess>();
  private officers: Officers | undefined;
  private killedCpuMs = 0;

  private constructor(
    private readonly bench: Bench,
    readonly opened: OpenLog,
    readonly readModels: ReadModels,
    private readonly env: { readonly [name: string]: string },
    private readonly port: number,
  ) {}

  static async open(bench: Bench, database: string, env: { readonly [name: string]: string } = {}): Promise<House> {
    const { home } = bench;
    const databaseUrl = await bench.createDatabase(database);
    await prepareDatabase({ databaseUrl, home, progress: quiet });
    const opened = await openLog({ databaseUrl, home, movableTime: true, follow: true, poolSize: 12 });
    const port = await freePort();
    const shared = { TEGAS_DATABASE_URL: databaseUrl, TEGAS_HOME: home, TEGAS_PORT: String(port), TEGAS_DEMO: '1' };
    return new House(bench, opened, await openReadModels(databaseUrl), { ...shared, NODE_ENV: 'test', ...env }, port);
  }

  /** Moves the time of every process, and waits until each has read it. */
  async jumpTo(ms: number): Promise<void> {
    await moveTime(this.opened.pool, ms - Date.now());
    await pause(1_200);
  }

  now(): number {
    return Date.parse(this.opened.time.now());
  }

  async start(...names: readonly string[]): Promise<void> {
    const profile = process.env.TEGAS_BENCH_PROFILE; // a folder: where the CPU profiles are put
    for (const name of names)
      this.apps.set(
        name,
        await AppProcess.start(
          join(cloneFolder(), `dist/apps/${name === 'api' ? 'api' : 'worker'}/src/main.js`),
          { ...this.env, TEGAS_WORKER_NAME: name },
          profile === undefined
            ? []
            : ['--cpu-prof', `--cpu-prof-dir=${profile}`, `--cpu-prof-name=${name}-${Date.now()}.cpuprofile`],
        ),
      );
  }

  /** SIGKILL. */
  async kill(name: string): Promise<void> {
    this.killedCpuMs += cpuMsOf(this.apps.get(name)?.pid ?? 0);
    await this.apps.get(name)?.end('SIGKILL');
  }

  /** Officers begin to act, on cases of their own. Answers how their commands fare with nothing due. */
  async officersAtWork(): Promise<Served> {
    const cases = await repeat(this.opened, await takeThrough(this.opened, 'examination'), OFFICERS_CASES);
    this.officers = new Officers(this.port, await demoToken(this.bench.home, this.port, OFFICER), [...cases]);
    await pause(3_000); // the first commands of a process are slow
    return this.served(() => pause(IDLE_MS));
  }

  /** How officers' commands fare while something happens. */
  async served(during: () => Promise<unknown>): Promise<Served> {
    const { officers } = this;
    if (officers === undefined) throw new Error('Nobody is at work');
    const before = this.cpu();
    const begun = performance.now();
    officers.answered = [];
    await during();
    const seconds = (performance.now() - begun) / 1000;
    await pause(500); // the answers to the last of them
    if (officers.refused !== undefined) throw new Error(`A command was refused: ${officers.refused}`);
    const after = this.cpu();
    const { p50Ms, p99Ms } = percentiles(officers.answered);
    const used = (name: keyof typeof after) => Math.round(after[name] - before[name]);
    const commands = officers.answered.length;
    const cpuMs = { workers: used('workers'), api: used('api'), postgres: used('postgres') };
    return { commands, p50Ms: rounded(p50Ms), p99Ms: rounded(p99Ms), seconds: rounded(seconds), cpuMs };
  }

  /** Settles when the query answers true. @throws Error after a quarter of an hour */
  async until(sql: string, values: readonly unknown[] = [], everyMs = 200): Promise<void> {
    for (const deadline = Date.now() + ALL_WITHIN_MS; ; await pause(everyMs)) {
      const { rows } = await this.opened.pool.query<{ so: boolean }>(sql, [...values]);
      if (rows[0]?.so === true) return;
      if (Date.now() > deadline)
        throw new Error(`It did not get there: ${sql}\n${[...this.apps.values()].map((a) => a.said()).join('\n')}`);
    }
  }

  async close(): Promise<void> {
    this.officers?.stop();
    await Promise.all([...this.apps.values()].map((app) => app.end('SIGTERM')));
    await this.readModels.destroy();
    await this.opened.close();
  }

  private cpu(): { readonly workers: number; readonly api: number; readonly postgres: number } {
    const of = (which: (name: string) => boolean) =>
      [...this.apps].reduce((ms, [name, { pid }]) => (which(name) ? ms + cpuMsOf(pid) : ms), 0);
    return {
      workers: this.killedCpuMs + of((name) => name !== 'api'),
      api: of((name) => name === 'api'),
      postgres: cpuMsOf(this.bench.serverPid),
    };
  }
}

interface Served {
  readonly commands: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly seconds: number;
  /** Processor time of the while, by process. */
  readonly cpuMs: { readonly workers: number; readonly api: number; readonly postgres: number };
}

/** Commands at a steady pace, whatever the answers take: each counts from when it was to be sent. */
class Officers {
  answered: number[] = [];
  refused: string | undefined;
  private readonly timer: NodeJS.Timeout;

  constructor(
    private readonly port: number,
    private readonly token: string,
    private readonly waiting: { readonly caseId: string; revision: number }[],
  ) {
    this.timer = setInterval(() => void this.act(), 1000 / COMMANDS_A_SECOND);
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private async act(): Promise<void> {
    const taken = this.waiting.shift();
    if (taken === undefined) {
      this.refused = 'there are fewer cases than commands under way';
      return;
    }
    const begun = performance.now();
    try {
      const { path, ...request } = recordFinding(this.token, taken);
      const answer = await fetch(`http://127.0.0.1:${this.port}${path}`, { method: 'POST', ...request });
      const text = await answer.text();
      this.answered.push(performance.now() - begun);
      if (answer.status !== 200) this.refused = `${answer.status} ${text}`;
      taken.revision += 1;
      this.waiting.push(taken);
    } catch (error) {
      this.refused = String(error);
    }
  }
}

const MODES = ['redis', 'postgresql', 'queue gone'] as const;
const P99_WITHIN_MS = { redis: 5_000, postgresql: 30_000, 'queue gone': 90_000 } as const;

/** From the midnight at which they all fell due to each `ClockFellDue`, over each queue and without one. */
export async function lateness(bench: Bench): Promise<BenchResult> {
  const due = bench.clocks ?? 10_000;
  const runs: { mode: (typeof MODES)[number]; p50Ms: number; p99Ms: number; maxMs: number; idle: Served; during: Served }[] = [];
  for (let round = 0; round < bench.rounds; round += 1)
    for (let n = 0; n < MODES.length; n += 1) {
      const mode = MODES[(round + n) % MODES.length] ?? 'redis';
      const redis = mode === 'redis' ? await RedisServer.start() : undefined;
      const url = redis?.url ?? (mode === 'queue gone' ? 'redis://127.0.0.1:1' : undefined);
      const house = await House.open(bench, `lateness_${round}_${n}`, url === undefined ? {} : { REDIS_URL: url });
      try {
        runs.push({ mode, ...(await oneMidnight(house, due, bench)) });
        const last = runs.at(-1);
        bench.note(
          `round ${round + 1}/${bench.rounds}  ${mode.padEnd(10)} late p50 ${last?.p50Ms} p99 ${last?.p99Ms} ms, officers p99 ${last?.idle.p99Ms} then ${last?.during.p99Ms} ms, processor ms ${JSON.stringify(last?.during.cpuMs)}`,
        );
      } finally {
        await house.close();
        await redis?.stop();
      }
    }
  const middle = (mode: string, pick: (run: (typeof runs)[number]) => number) =>
    rounded(median(runs.filter((run) => run.mode === mode).map(pick)));
  return {
    ratios: Object.fromEntries(
      MODES.flatMap((mode) => [
        [`${camel(mode)}P99ToGoal`, rounded(middle(mode, (run) => run.p99Ms) / P99_WITHIN_MS[mode])],
        [`${camel(mode)}CommandP99ToIdle`, middle(mode, (run) => run.during.p99Ms / run.idle.p99Ms)],
      ]),
    ),
    figures: {
      ...Object.fromEntries(
        MODES.map((mode) => [
          mode,
          {
            lateP50Ms: middle(mode, (run) => run.p50Ms),
            lateP99Ms: middle(mode, (run) => run.p99Ms),
            lateMaxMs: middle(mode, (run) => run.maxMs),
          },
        ]),
      ),
      runs,
    },
    sizes: { due, workers: WORKERS.length, commandsASecond: COMMANDS_A_SECOND },
    text: [
      `lateness: ${due.toLocaleString('en')} clocks due at one midnight, ${WORKERS.length} workers, ${COMMANDS_A_SECOND} officers’ commands a second`,
      ...MODES.map((mode) => {
        const ms = (pick: (run: (typeof runs)[number]) => number) => `${Math.round(middle(mode, pick))}`.padStart(7);
        return `${mode.padEnd(12)} late p50 ${ms((r) => r.p50Ms)} p99 ${ms((r) => r.p99Ms)} max ${ms((r) => r.maxMs)} ms; commands p99 idle ${ms((r) => r.idle.p99Ms)} meanwhile ${ms((r) => r.during.p99Ms)} ms`;
      }),
    ].join('\n'),
  };
}

async function oneMidnight(house: House, due: number, bench: Bench) {
  const { opened } = house;
  await house.jumpTo(FIRST_DAY);
  await house.start('api', ...WORKERS);
  await repeat(opened, await takeThrough(opened, 'lodged'), due - 1);
  await house.until('SELECT count(*) = $1 AS so FROM read.clock_board', [due]);
  // Whatever the ladder tells before the due date is told by then.
  await house.jumpTo(DUE_AT - 3_600_000);
  await house.until(`SELECT count(*) = $1 AND coalesce(min(step_at), $2) >= $2 AS so FROM read.clock_board WHERE due_at = $2`, [
    due,
    new Date(DUE_AT),
  ]);
  const idle = await house.officersAtWork();
  await bench.checkpoint();
  await house.jumpTo(DUE_AT - LEAD_MS);
  await pause(Math.max(0, DUE_AT - house.now()));
  const during = await house.served(() =>
    house.until(
      `SELECT NOT EXISTS (SELECT FROM read.clock_board WHERE due_at = $1 AND announced_due_at IS DISTINCT FROM due_at) AS so`,
      [new Date(DUE_AT)],
    ),
  );
  const { rows } = await opened.pool.query<{ stream_id: string; ms: number }>(
    `SELECT stream_id, (1000 * extract(epoch FROM (metadata->>'recordedAt')::timestamptz - (data->>'dueAt')::timestamptz))::float8 AS ms
      FROM log.events WHERE type = 'ClockFellDue'`,
  );
  if (rows.length !== due || new Set(rows.map((row) => row.stream_id)).size !== due)
    throw new Error(`${rows.length} announcements of ${due} clocks`);
  const late = rows.map((row) => row.ms);
  return { ...percentiles(late), maxMs: late.reduce((most, ms) => Math.max(most, ms), 0), idle, during };
}

function camel(name: string): string {
  return name.replace(/ (.)/g, (_, letter: string) => letter.toUpperCase());
}

const DUE_IN_A_SWEEP = 200;

/** The same number due among few and among many open clocks. */
export async function sweepCost(bench: Bench): Promise<BenchResult> {
  const open = bench.clocks ?? 1_000_000;
  const sizes = [Math.ceil(open / 100), open];
  const houses = [await House.open(bench, 'sweep_few'), await House.open(bench, 'sweep_many')];
  const measured: { wallMs: number[]; cpuMs: number[]; idleCpuMs: number[] }[] = houses.map(() => ({
    wallMs: [],
    cpuMs: [],
    idleCpuMs: [],
  }));
  try {
    for (const [n, house] of houses.entries()) await fillBoard(house, sizes[n] ?? 0);
    for (let round = 0; round <= bench.rounds; round += 1)
      for (const n of round % 2 === 0 ? [0, 1] : [1, 0]) {
        const [house, into] = [houses[n], measured[n]];
        if (house === undefined || into === undefined) continue;
        const one = await oneSweep(house, round, bench);
        bench.note(
          `round ${round}/${bench.rounds}  ${sizes[n]} open: ${DUE_IN_A_SWEEP} due ${one.wallMs} ms, processor ${one.cpuMs} ms`,
        );
        if (round === 0) continue; // the first warms up
        into.wallMs.push(one.wallMs);
        into.cpuMs.push(one.cpuMs);
        into.idleCpuMs.push(one.idleCpuMs);
      }
  } finally {
    for (const house of houses) await house.close();
  }
  const [few, many] = measured.map((one) => ({
    wallMs: rounded(median(one.wallMs)),
    cpuMs: rounded(median(one.cpuMs)),
    nothingDueCpuMs: rounded(median(one.idleCpuMs)),
    byRound: one,
  }));
  if (few === undefined || many === undefined) throw new Error('Nothing was measured');
  return {
    ratios: {
      manyToFewCpu: rounded(many.cpuMs / few.cpuMs),
      manyToFewWall: rounded(many.wallMs / few.wallMs),
    },
    figures: { few, many },
    sizes: { few: sizes[0] ?? 0, many: open, due: DUE_IN_A_SWEEP },
    text: [
      `sweep: ${DUE_IN_A_SWEEP} clocks of real cases due among few and many open ones (the open ones are rows of the board, copied by SQL: the board is what the sweep reads)`,
      ...[few, many].map(
        (one, n) =>
          `${(sizes[n] ?? 0).toLocaleString('en').padStart(10)} open  ${one.wallMs} ms, processor ${one.cpuMs} ms; with nothing due ${one.nothingDueCpuMs} ms`,
      ),
    ].join('\n'),
  };
}

/** Rows like a real one's, due in other years. */
async function fillBoard(house: House, open: number): Promise<void> {
  const { opened } = house;
  await house.jumpTo(FIRST_DAY - 60 * DAY_MS);
  await takeThrough(opened, 'lodged');
  await projectBoard(house);
  const { rows } = await opened.pool.query<{ name: string }>(
    `SELECT quote_ident(column_name) AS name FROM information_schema.columns WHERE table_schema = 'read' AND table_name = 'clock_board' ORDER BY ordinal_position`,
  );
  const later = `+ interval '10 years' + n * interval '1 minute'`;
  const values = rows.map(({ name }) =>
    name === 'case_id' ? 'gen_random_uuid()' : name === 'due_at' || name === 'step_at' ? `${name} ${later}` : name,
  );
  await opened.pool.query(
    `INSERT INTO read.clock_board (${rows.map(({ name }) => name).join(', ')})
      SELECT ${values.join(', ')} FROM (SELECT * FROM read.clock_board LIMIT 1) one, generate_series(1, ${open}) n`,
  );
  await opened.pool.query('VACUUM ANALYZE read.clock_board');
}

async function oneSweep(house: House, round: number, bench: Bench) {
  const { opened, readModels } = house;
  const day = round * 30 * DAY_MS;
  await house.jumpTo(FIRST_DAY + day);
  await repeat(opened, await takeThrough(opened, 'lodged'), DUE_IN_A_SWEEP - 1);
  await projectBoard(house);
  const swept = (ms: number) => {
    const at = new Date(ms).toISOString();
    return sweep(readModels, new ClockProcessManager(opened.desk, readModels, () => at), at);
  };
  await swept(DUE_AT + day - 3_600_000); // what ladders tell before
  await projectBoard(house);
  await bench.checkpoint();
  const idle = await measure(bench, () => swept(DUE_AT + day - 60_000));
  const taken = await measure(bench, () => swept(DUE_AT + day));
  if (taken.result.announced !== DUE_IN_A_SWEEP) throw new Error(`Swept ${JSON.stringify(taken.result)}`);
  await projectBoard(house);
  return { wallMs: rounded(taken.wallMs), cpuMs: rounded(taken.cpuMs), idleCpuMs: rounded(idle.cpuMs) };
}

async function measure<T>(bench: Bench, work: () => Promise<T>): Promise<{ wallMs: number; cpuMs: number; result: T }> {
  const [server, own, begun] = [cpuMsOf(bench.serverPid), process.cpuUsage(), performance.now()];
  const result = await work();
  const wallMs = performance.now() - begun;
  const { user, system } = process.cpuUsage(own);
  return { wallMs, cpuMs: (user + system) / 1000 + cpuMsOf(bench.serverPid) - server, result };
}

async function projectBoard({ opened, readModels }: House): Promise<void> {
  const caughtUp = new AbortController();
  await runProjection(readModels, opened.log, clockBoardProjection, caughtUp.signal, {
    holder: 'bench',
    onCaughtUp: () => caughtUp.abort(),
  });
}

const DECREE_WITHIN_S = 60;
/** Working days within the period that decrees take away, one after another. */
const NEW_HOLIDAYS = [
  '2026-03-04',
  '2026-03-05',
  '2026-03-06',
  '2026-03-09',
  '2026-03-10',
  '2026-03-11',
  '2026-03-12',
  '2026-03-13',
];

/** From the publication of a decree to the last clock it moves, on the board too; in every second round with the sweeping worker killed half-way. */
export async function decree(bench: Bench): Promise<BenchResult> {
  const moved = bench.clocks ?? 100_000;
  const house = await House.open(bench, 'decree');
  const runs: { killed: boolean; seconds: number; ratio: number; idle: Served; during: Served }[] = [];
  try {
    const { opened } = house;
    await house.jumpTo(FIRST_DAY);
    await house.start('api', ...WORKERS);
    await repeat(opened, await takeThrough(opened, 'registration'), moved - 1);
    bench.note(`${moved} cases are there`);
    await house.until(`SELECT count(*) = $1 AS so FROM read.clock_board WHERE clock = 'registration'`, [moved], 1000);
    await bench.checkpoint();
    for (let round = 0; round < Math.min(bench.rounds, NEW_HOLIDAYS.length); round += 1) {
      const idle = round === 0 ? await house.officersAtWork() : await house.served(() => pause(IDLE_MS));
      const killed = round % 2 === 1;
      const during = await house.served(() => oneDecree(house, moved, NEW_HOLIDAYS.slice(0, round + 1), killed));
      runs.push({ killed, seconds: during.seconds, ratio: rounded(during.p99Ms / idle.p99Ms), idle, during });
      bench.note(
        `round ${round + 1}/${bench.rounds}  ${during.seconds} s${killed ? ', killed half-way' : ''}, officers p99 ${idle.p99Ms} then ${during.p99Ms} ms`,
      );
    }
  } finally {
    await house.close();
  }
  const middle = (killed: boolean, pick: (run: (typeof runs)[number]) => number) =>
    rounded(median(runs.filter((run) => run.killed === killed).map(pick)));
  const seconds = middle(false, (run) => run.seconds);
  return {
    ratios: { toGoal: rounded(seconds / DECREE_WITHIN_S), commandP99ToIdle: middle(false, (run) => run.ratio) },
    figures: { seconds, secondsKilled: middle(true, (run) => run.seconds), runs },
    sizes: { moved, workers: WORKERS.length, commandsASecond: COMMANDS_A_SECOND },
    text: [
      `decree: a holiday that moves ${moved.toLocaleString('en')} clocks of as many cases, ${COMMANDS_A_SECOND} officers’ commands a second`,
      ...runs.map(
        ({ killed, during, idle }) =>
          `${killed ? 'killed half-way' : 'undisturbed    '}  ${during.seconds} s; commands p99 idle ${idle.p99Ms} meanwhile ${during.p99Ms} ms`,
      ),
    ].join('\n'),
  };
}

async function oneDecree(house: House, moved: number, more: readonly string[], kill: boolean): Promise<void> {
  const { opened, readModels } = house;
  const { years } = opened.desk.calendar();
  const year = years['2026'];
  if (year === undefined) throw new Error('The calendar has no year 2026');
  const content = { years: { 2026: { ...year, holidays: [...new Set([...year.holidays, ...more])].toSorted() } } };
  const commandId = commandIdOf('admin', randomUUID());
  const outcome = await publishCalendar(opened.desk, { content, actorId: 'admin', at: opened.time.now(), commandId });
  if (outcome.kind !== 'accepted') throw new Error(`The decree was not published: ${JSON.stringify(outcome)}`);
  const { version } = opened.desk.calendar();
  if (kill) {
    await house.until(
      `SELECT count(*) >= $1 AS so FROM read.clock_board WHERE clock = 'registration' AND calendar_version = $2`,
      [moved / 2, version],
    );
    const leader = (await findLeaders(readModels)).get('sweep') ?? '';
    await house.kill(leader);
    await house.start(leader);
  }
  await house.until(
    `SELECT NOT EXISTS (SELECT FROM read.clock_board
      WHERE status <> 'stopped' AND NOT explicit AND calendar_version < $1 AND clock = 'registration') AS so`,
    [version],
  );
  const { rows } = await opened.pool.query<{ events: number; streams: number }>(
    `SELECT count(*)::int AS events, count(DISTINCT stream_id)::int AS streams FROM log.events
      WHERE type = 'ClockRecalculated' AND (data->'due'->>'calendarVersion')::int = $1`,
    [version],
  );
  if (rows[0]?.events !== moved || rows[0].streams !== moved) throw new Error(`Moved ${JSON.stringify(rows[0])} of ${moved}`);
}
