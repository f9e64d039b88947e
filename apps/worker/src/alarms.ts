/**
 * Alarms on BullMQ, on PostgreSQL by default and on Redis when REDIS_URL is set: the only file that knows the queue. An alarm carries ids
 * only. It may ring late, twice or never; whatever it misses, the sweep finds. Never QueueEvents, never waitUntilFinished: on PostgreSQL
 * they lose events.
 */
import { createPostgresBackend, DEFAULT_SCHEMA, isPgPool, Queue, runMigrations, Worker, withBackend } from 'bullmq';
import { Redis } from 'ioredis';
import pg from 'pg';
import type { InstantAt } from '#domain/event.js';
import type { ShareOfDue } from '#read-models/clock-board.js';

/** One for all clocks of a share: a queue costs more than an announcement, and thousands fall due at one midnight (ADR 18). */
export interface Alarm extends ShareOfDue {
  /** From 1; an alarm that rang too early is set anew as another attempt, since the queue ignores an id it knows. */
  readonly attempt: number;
}

export interface Alarms {
  readonly backend: 'postgresql' | 'redis';
  /** Sets alarms; one set again stays one. Delays count from `now`, which a demo may have moved. @throws when the queue is away. */
  set(alarms: readonly Alarm[], now: InstantAt): Promise<void>;
  close(): Promise<void>;
}

export interface AlarmSettings {
  readonly databaseUrl: string;
  readonly redisUrl?: string;
}

const QUEUE = 'clock-alarms';
/** Alarms that ring in one worker at once; each stands for many clocks. */
const CONCURRENCY = 2;
const POOL_SIZE = 6;
/** Alarms set in one call of the queue. */
const ALARMS_AT_ONCE = 500;
const ANSWER_WITHIN_MS = 10_000;
// Kept no longer than needed: the id of a job that is still known could not be set again.
const jobOptions = { attempts: 5, backoff: { type: 'exponential', delay: 1000 }, removeOnComplete: true, removeOnFail: true };

/** The id of an alarm: another due instant is another alarm, and so is another attempt. Never an integer, never with a colon. */
export function alarmId({ dueAt, share, attempt }: Alarm): string {
  return `alarm/${dueAt.replace(/\D/g, '')}/${share}/${attempt}`;
}

/** Opens the queue and starts ringing. @throws when the backend does not answer: the caller goes on with the sweep alone. */
export function openAlarms(settings: AlarmSettings, ring: (alarm: Alarm) => Promise<void>): Promise<Alarms> {
  const report = onceInAWhile((error) => console.error(`worker: alarms, ${error.message || error.name}`));
  return settings.redisUrl === undefined
    ? onPostgres(settings.databaseUrl, ring, report)
    : onRedis(settings.redisUrl, ring, report);
}

type Ring = (alarm: Alarm) => Promise<void>;
type Report = (error: Error) => void;

async function onPostgres(databaseUrl: string, ring: Ring, report: Report): Promise<Alarms> {
  // One pool for queue and worker: BullMQ's own would open one for each.
  const pool = new pg.Pool({
    connectionString: databaseUrl,
    max: POOL_SIZE,
    connectionTimeoutMillis: 5_000,
    options: `-c search_path=${DEFAULT_SCHEMA}`,
  });
  pool.on('error', report);
  const connection: unknown = pool;
  try {
    // The types of pg say `on` otherwise than BullMQ's, so BullMQ is asked whether it takes this pool.
    if (!isPgPool(connection)) throw new Error('BullMQ does not take this version of pg');
    const client = await pool.connect();
    try {
      await runMigrations(client, DEFAULT_SCHEMA);
    } finally {
      client.release();
    }
    const { Queue: PgQueue, Worker: PgWorker } = withBackend(createPostgresBackend);
    const queue = new PgQueue<Alarm>(QUEUE, { connection, defaultJobOptions: jobOptions });
    queue.on('error', report);
    await within(ANSWER_WITHIN_MS, queue.waitUntilReady());
    const worker = new PgWorker<Alarm>(QUEUE, (job) => ring(job.data), { connection, concurrency: CONCURRENCY });
    worker.on('error', report);
    return alarmsOver('postgresql', queue, async () => {
      await worker.close();
      await queue.close();
      await pool.end();
    });
  } catch (error) {
    await pool.end();
    throw error;
  }
}

async function onRedis(redisUrl: string, ring: Ring, report: Report): Promise<Alarms> {
  // The queue's connection refuses at once while Redis is away, so that nobody waits for it; the worker's waits for its return.
  const forQueue = new Redis(redisUrl, { maxRetriesPerRequest: 1, enableOfflineQueue: false, lazyConnect: true });
  const forWorker = new Redis(redisUrl, { maxRetriesPerRequest: null, lazyConnect: true });
  const connections = [forQueue, forWorker];
  for (const connection of connections) connection.on('error', report);
  try {
    await within(ANSWER_WITHIN_MS, Promise.all(connections.map((connection) => connection.connect())));
  } catch (error) {
    for (const connection of connections) connection.disconnect();
    throw error;
  }
  const queue = new Queue<Alarm>(QUEUE, { connection: forQueue, defaultJobOptions: jobOptions });
  queue.on('error', report);
  const worker = new Worker<Alarm>(QUEUE, (job) => ring(job.data), { connection: forWorker, concurrency: CONCURRENCY });
  worker.on('error', report);
  return alarmsOver('redis', queue, async () => {
    // With Redis away an orderly end could wait for ever; what was ringing is found by the sweep.
    await within(ANSWER_WITHIN_MS, Promise.all([worker.close(forWorker.status !== 'ready'), queue.close()])).catch(report);
    for (const connection of connections) connection.disconnect();
  });
}

interface AddsMany {
  addBulk(jobs: { name: 'due'; data: Alarm; opts: { jobId: string; delay: number } }[]): Promise<unknown>;
}

function alarmsOver(backend: Alarms['backend'], queue: AddsMany, close: () => Promise<void>): Alarms {
  return {
    backend,
    async set(alarms, now) {
      for (let from = 0; from < alarms.length; from += ALARMS_AT_ONCE) {
        const jobs = alarms.slice(from, from + ALARMS_AT_ONCE).map((alarm) => ({
          name: 'due' as const,
          data: alarm,
          opts: { jobId: alarmId(alarm), delay: Math.max(0, Date.parse(alarm.dueAt) - Date.parse(now)) },
        }));
        await within(ANSWER_WITHIN_MS, queue.addBulk(jobs));
      }
    },
    close,
  };
}

/** A backend that is away is told of at most every ten seconds, not at every try to reach it. */
function onceInAWhile(tell: Report): Report {
  let toldAt = 0;
  return (error) => {
    if (Date.now() - toldAt < 10_000) return;
    toldAt = Date.now();
    tell(error);
  };
}

async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${ms} ms`)), ms);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}
