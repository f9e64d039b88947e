/**
 * Promise R4: a deadline takes effect exactly once, whatever becomes of the queue. Three workers, clocks that fall due in rounds, and in each
 * round the queue loses everything it knew; in some it is away altogether, workers are killed, alarms ring twice, or time jumps.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { PREFIX } from '#alarms/alarm-queue.js';
import type { ClocksEvent } from '#domain/process/events.js';
import { moveTime } from '#event-store/time.js';
import { type OpenLog, openLog } from '#privacy/open-log.js';
import { openAlarms } from '../../apps/worker/src/alarms.js';
import { repeat, takeThrough } from '../bench/cases.js';
import { freePort } from '../e2e/app-process.js';
import { compareReadModels, Product } from './product.js';

export type Backend = 'postgresql' | 'redis';

export interface DeadlineFaults {
  readonly backend: Backend;
  readonly due: number;
  /** Clocks of which it was said once, at least, that they fell due. */
  readonly fired: number;
  /** Sayings beyond the first: of a due date, or of a step of its ladder. */
  readonly doubled: number;
  /** From the due instant, or from when time jumped over it, to the record. */
  readonly lateP50Ms: number;
  readonly lateP99Ms: number;
  readonly lateMaxMs: number;
  readonly flushes: number;
  /** Alarms that were set and that the flushes took away. */
  readonly alarmsLost: number;
  readonly readModelsEqual: boolean;
  readonly faults: readonly string[];
}

const WORKERS = ['worker-1', 'worker-2', 'worker-3'] as const;
const DAY_MS = 24 * 3_600_000;
/** A Monday; lodged on day n, the first clock runs out with the end of day n + 14 in Kupang. */
const FIRST_DAY = Date.parse('2026-03-02T01:00:00.000Z');
const LEAD_MS = 8_000;
const ALL_WITHIN_MS = 90_000;

export async function deadlineFaults(
  backend: Backend,
  { clocks, rounds, note }: { readonly clocks: number; readonly rounds: number; readonly note: (line: string) => void },
): Promise<DeadlineFaults> {
  const home = mkdtempSync(join(tmpdir(), 'tegas-deadlines-'));
  chmodSync(home, 0o711); // root's PostgreSQL runs as another user, who must pass through
  const redis = backend === 'redis' ? await RedisServer.start() : undefined;
  const product = await Product.start(home, [], redis === undefined ? {} : { REDIS_URL: redis.url });
  const opened = await openLog({ databaseUrl: product.databaseUrl, home, movableTime: true, follow: false });
  try {
    const queue: QueueFaults = redis ?? new PostgresQueue(opened);
    const run = new Run(product, opened, queue, Math.ceil(clocks / rounds), note);
    await run.lodge(rounds);
    await run.jumpTo(FIRST_DAY + 13 * DAY_MS);
    await Promise.all(WORKERS.map((worker) => product.revive(worker)));
    for (let round = 0; round < rounds; round += 1) await run.round(round);
    const { equal, why } = await compareReadModels(product.databaseUrl, opened);
    return { backend, ...(await run.result(why)), readModelsEqual: equal };
  } finally {
    await opened.close();
    await product.stop();
    await redis?.stop();
    rmSync(home, { recursive: true, force: true });
  }
}

/** What can befall a queue. */
interface QueueFaults {
  /** Takes away every alarm it holds; answers how many. */
  flush(): Promise<number>;
  /** Away from now on, until `back`. */
  away(): Promise<void>;
  back(): Promise<void>;
  readonly url?: string;
}

class Run {
  private readonly reachedAt: number[] = [];
  private readonly dueAt: number[] = [];
  private flushes = 0;
  private alarmsLost = 0;
  private readonly lateRounds: string[] = [];

  constructor(
    private readonly product: Product,
    private readonly opened: OpenLog,
    private readonly queue: QueueFaults,
    private readonly perRound: number,
    private readonly note: (line: string) => void,
  ) {}

  /** The cases of every round, lodged on a day each, before any worker runs. */
  async lodge(rounds: number): Promise<void> {
    for (let round = 0; round < rounds; round += 1) {
      await this.jumpTo(FIRST_DAY + round * DAY_MS);
      await repeat(this.opened, await takeThrough(this.opened, 'lodged'), this.perRound - 1);
      this.dueAt.push(Date.parse(new Date(FIRST_DAY + (round + 14) * DAY_MS).toISOString().slice(0, 10)) + 16 * 3_600_000);
    }
  }

  /** Moves the time of every process, and waits until each has read it. */
  async jumpTo(ms: number): Promise<void> {
    await moveTime(this.opened.pool, ms - Date.now());
    await pause(1_200);
  }

  async round(round: number): Promise<void> {
    const due = this.dueAt[round] ?? 0;
    const now = () => Date.parse(this.opened.time.now());
    const until = async (ms: number) => pause(Math.max(0, ms - now()));
    await this.jumpTo(due - LEAD_MS);
    let reachedAt = due;
    switch (round % 10) {
      case 0: // The alarms are set, and lost before they ring.
        await until(due - 2_000);
        await this.flush();
        break;
      case 1: // Lost as they ring.
        await until(due + 50);
        await this.flush();
        break;
      case 2: // Every alarm rings three times more, from another process.
        await this.ringAgain(due);
        await until(due + 500);
        await this.flush();
        break;
      case 3: // The queue is away as they fall due, and comes back empty.
        await until(due - 2_000);
        await this.queue.away();
        await until(due + 10_000);
        await this.queue.back();
        await this.flush();
        break;
      case 4: // A worker is killed as they ring.
        await until(due + 20);
        await this.product.kill('worker-1');
        await this.flush();
        await this.product.revive('worker-1');
        break;
      case 5: // Time goes back an hour, and then far beyond.
        await this.jumpTo(due - 3_600_000);
        await this.flush();
        await this.jumpTo(due + 3 * 3_600_000);
        reachedAt = now();
        break;
      case 6: // Nothing is left of the queue before the alarms are set.
        await this.flush();
        break;
      case 7: // Two of three workers are killed before they fall due; they come back only after.
        await Promise.all([this.product.kill('worker-1'), this.product.kill('worker-2')]);
        await this.flush();
        await until(due + 6_000);
        await Promise.all([this.product.revive('worker-1'), this.product.revive('worker-2')]);
        break;
      case 8: // The database itself is killed as they fall due.
        await until(due - 500);
        await this.product.kill('postgres');
        await this.product.revive('postgres');
        await this.flush();
        break;
      default: // Lost again and again.
        await until(due - 4_000);
        await this.flush();
    }
    this.reachedAt[round] = reachedAt;
    await this.allSaid(round);
    this.note(`round ${round + 1}/${this.dueAt.length}`);
  }

  private async flush(): Promise<void> {
    this.alarmsLost += await this.queue.flush();
    this.flushes += 1;
  }

  /** Duplicate alarms under other attempts, by a queue of one's own. */
  private async ringAgain(due: number): Promise<void> {
    const { url } = this.queue;
    const alarms = await openAlarms(
      { databaseUrl: this.product.databaseUrl, ...(url === undefined ? {} : { redisUrl: url }) },
      // What this process takes from the queue is put back for a worker by failing: BullMQ tries it again.
      async () => {
        throw new Error('Not a worker');
      },
    );
    const dueAt = new Date(due).toISOString();
    const shares = [...'0123456789abcdef'];
    for (const attempt of [101, 102, 103])
      await alarms.set(
        shares.map((share) => ({ dueAt, share, attempt })),
        this.opened.time.now(),
      );
    await alarms.close();
  }

  /** Settles when every clock of a round was announced, or after a minute and a half: then time goes on all the same, and the round is at fault. */
  private async allSaid(round: number): Promise<void> {
    let missing: number | undefined;
    const started = Date.now();
    const dueAt = new Date(this.dueAt[round] ?? 0).toISOString();
    while (Date.now() - started < ALL_WITHIN_MS) {
      const { rows } = await this.opened.pool
        .query<{ n: number }>(
          `SELECT count(*)::int AS n FROM read.clock_board WHERE due_at = $1 AND announced_due_at IS DISTINCT FROM due_at`,
          [dueAt],
        )
        .catch(() => ({ rows: [] }));
      missing = rows[0]?.n;
      if (missing === 0) return;
      await pause(100);
    }
    this.lateRounds.push(
      `round ${round + 1}: ${missing ?? 'nobody can tell how many'} clocks were not announced within ${ALL_WITHIN_MS / 1000} s`,
    );
  }

  async result(why: readonly string[]): Promise<Omit<DeadlineFaults, 'backend' | 'readModelsEqual'>> {
    const reached = new Map(this.dueAt.map((due, round) => [new Date(due).toISOString(), this.reachedAt[round] ?? due]));
    const said = new Map<string, number>();
    const late: number[] = [];
    for await (const batch of this.opened.log.readAll('0', { filter: { streamPrefixes: ['clocks-'] } }))
      for (const event of batch) {
        const { type, data } = event as typeof event & ClocksEvent;
        if (type !== 'ClockFellDue' && type !== 'ClockEscalated') continue;
        const key = `${type} ${data.caseId} ${data.clockId} ${data.dueAt} ${type === 'ClockEscalated' ? data.step : ''}`;
        said.set(key, (said.get(key) ?? 0) + 1);
        const from = reached.get(data.dueAt);
        if (type === 'ClockFellDue' && from !== undefined && said.get(key) === 1)
          late.push(Math.max(0, Date.parse(event.metadata.recordedAt) - from));
      }
    late.sort((a, b) => a - b);
    const at = (share: number) => late[Math.min(late.length - 1, Math.floor(late.length * share))] ?? -1;
    const due = this.perRound * this.dueAt.length;
    const doubled = [...said.values()].reduce((sum, times) => sum + times - 1, 0);
    const { flushes, alarmsLost } = this;
    const faults = [
      ...(late.length === due ? [] : [`${due - late.length} clocks were never announced`]),
      ...(doubled > 0 ? [`${doubled} announcements were doubled`] : []),
      ...this.lateRounds,
      ...why,
      ...(alarmsLost === 0 ? ['VOID: the flushes took no alarm away, so nothing was proved'] : []),
    ];
    return {
      due,
      fired: late.length,
      doubled,
      lateP50Ms: at(0.5),
      lateP99Ms: at(0.99),
      lateMaxMs: late.at(-1) ?? -1,
      flushes,
      alarmsLost,
      faults,
    };
  }
}

/** A Redis of its own, that can be killed and comes back empty. */
export class RedisServer implements QueueFaults {
  private constructor(
    private readonly port: number,
    private child: ChildProcess,
  ) {}

  static async start(): Promise<RedisServer> {
    const port = await freePort();
    const server = new RedisServer(port, spawnRedis(port));
    await server.answers();
    return server;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  async flush(): Promise<number> {
    return this.asking(async (redis) => {
      const queue = `${PREFIX}:clock-alarms`;
      const [delayed, waiting] = [await redis.zcard(`${queue}:delayed`), await redis.llen(`${queue}:wait`)];
      await redis.flushall();
      return delayed + waiting;
    });
  }

  async away(): Promise<void> {
    const ended = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.kill('SIGKILL');
    await ended;
  }

  async back(): Promise<void> {
    this.child = spawnRedis(this.port);
    await this.answers();
  }

  async stop(): Promise<void> {
    await this.away();
  }

  private async answers(): Promise<void> {
    await this.asking((redis) => redis.ping());
  }

  private async asking<T>(ask: (redis: Redis) => Promise<T>): Promise<T> {
    const redis = new Redis(this.url, { maxRetriesPerRequest: 50 });
    redis.on('error', () => undefined);
    try {
      return await ask(redis);
    } finally {
      redis.disconnect();
    }
  }
}

/** @throws Error when there is no redis-server */
function spawnRedis(port: number): ChildProcess {
  const child = spawn('redis-server', ['--port', String(port), '--save', '', '--appendonly', 'no'], { stdio: 'ignore' });
  child.once('error', (error) => {
    console.error(
      `Deadlines over Redis need a redis-server on the path (Debian: apt-get install redis-server): ${error.message}`,
    );
    process.exit(2);
  });
  return child;
}

/** The queue in PostgreSQL: flushed by emptying its tables, away while its schema has another name. */
class PostgresQueue implements QueueFaults {
  constructor(private readonly opened: OpenLog) {}

  async flush(): Promise<number> {
    const gone = await this.ask('DELETE FROM bullmq.job RETURNING id').catch((error: unknown) => {
      // Workers take jobs at the same moment; whoever loses asks again.
      if (error instanceof Error && 'code' in error && error.code === '40P01') return undefined;
      throw error;
    });
    return gone === undefined ? this.flush() : gone.length;
  }

  async away(): Promise<void> {
    await this.ask('ALTER SCHEMA bullmq RENAME TO bullmq_away');
  }

  async back(): Promise<void> {
    // A worker that looked meanwhile has made another, empty one.
    await this.ask('DROP SCHEMA IF EXISTS bullmq CASCADE');
    await this.ask('ALTER SCHEMA bullmq_away RENAME TO bullmq');
  }

  private async ask<Row extends object>(sql: string): Promise<readonly Row[]> {
    return (await this.opened.pool.query<Row>(sql)).rows;
  }
}
