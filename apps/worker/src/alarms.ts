/**
 * Alarms on BullMQ, on PostgreSQL by default and on Redis when REDIS_URL is set: the only file that knows the queue. An alarm carries ids
 * only. It may ring late, twice or never; whatever it misses, the sweep finds. Never QueueEvents, never waitUntilFinished.
 */
import { createPostgresBackend, Queue, Worker, withBackend } from 'bullmq';
import { Redis } from 'ioredis';
import type { Id, InstantAt } from '#domain/event.js';

export interface Alarm {
  readonly caseId: Id;
  readonly clockId: Id;
  readonly dueAt: InstantAt;
}

export interface Alarms {
  readonly backend: 'postgresql' | 'redis';
  /** Sets an alarm; set again, it stays one. `delayMs` from now by the machine's clock. */
  set(alarm: Alarm, delayMs: number): Promise<void>;
  close(): Promise<void>;
}

const QUEUE = 'clock-alarms';
const SCHEMA = 'bullmq';
const ATTEMPTS = 5;
/** BullMQ keeps delays in milliseconds; beyond this an alarm is set again by a later look at the board. */
const LONGEST_DELAY_MS = 30 * 24 * 3_600_000;

/** Makes new what is new: another due instant is another alarm, and so is another attempt at the same one. */
export function alarmId({ caseId, clockId, dueAt }: Alarm, attempt: number): string {
  return `alarm/${caseId}/${clockId}/${dueAt.replace(/\D/g, '')}/${attempt}`;
}

/** Opens the queue and starts ringing. @throws when the backend cannot be reached: the caller goes on with the sweep alone. */
export async function openAlarms(
  settings: { readonly databaseUrl: string; readonly redisUrl?: string },
  ring: (alarm: Alarm) => Promise<void>,
): Promise<Alarms> {
  const onRing = async (job: { readonly data: Alarm }): Promise<void> => ring(job.data);
  const jobOptions = {
    attempts: ATTEMPTS,
    backoff: { type: 'exponential', delay: 1000 },
    removeOnComplete: true,
    removeOnFail: 1000,
  };
  const report = (error: Error): void => console.error('worker: alarms,', error.message);
  if (settings.redisUrl !== undefined) {
    const connect = (): Redis => new Redis(settings.redisUrl ?? '', { maxRetriesPerRequest: null, lazyConnect: true });
    const [forQueue, forWorker] = [connect(), connect()];
    for (const connection of [forQueue, forWorker]) connection.on('error', report);
    try {
      await within(5000, Promise.all([forQueue.connect(), forWorker.connect()]));
    } catch (error) {
      for (const connection of [forQueue, forWorker]) connection.disconnect();
      throw error;
    }
    const queue = new Queue<Alarm>(QUEUE, { connection: forQueue, defaultJobOptions: jobOptions });
    const worker = new Worker<Alarm>(QUEUE, onRing, { connection: forWorker, concurrency: 8 });
    worker.on('error', report);
    queue.on('error', report);
    return alarmsOver('redis', queue, async () => {
      await worker.close();
      await queue.close();
      for (const connection of [forQueue, forWorker]) connection.disconnect();
    });
  }
  // One small pool for the queue and one for its worker: BullMQ makes the schema and keeps to it.
  const connection = { connectionString: settings.databaseUrl, schema: SCHEMA, migrate: true, max: 4 };
  const onPostgres = withBackend(createPostgresBackend);
  const queue = new onPostgres.Queue<Alarm>(QUEUE, { connection, defaultJobOptions: jobOptions });
  queue.on('error', report);
  try {
    await within(15_000, queue.waitUntilReady());
  } catch (error) {
    await queue.close().catch(report);
    throw error;
  }
  const worker = new onPostgres.Worker<Alarm>(QUEUE, onRing, { connection, concurrency: 8 });
  worker.on('error', report);
  return alarmsOver('postgresql', queue, async () => {
    await worker.close();
    await queue.close();
  });
}

interface Adds {
  add(name: 'due', data: Alarm, options: { jobId: string; delay: number }): Promise<unknown>;
}

function alarmsOver(backend: Alarms['backend'], queue: Adds, close: () => Promise<void>): Alarms {
  return {
    backend,
    set: async (alarm, delayMs) => {
      if (delayMs > LONGEST_DELAY_MS) return;
      await queue.add('due', alarm, { jobId: alarmId(alarm, 1), delay: Math.max(0, Math.ceil(delayMs)) });
    },
    close,
  };
}

async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not reachable within ${ms} ms`)), ms);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}
