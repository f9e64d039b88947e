/**
 * The queue of alarms on BullMQ: on PostgreSQL, on Redis, or on a Redis Cluster. The only file that knows the queue: the worker rings what it
 * holds, the API shows it. Never QueueEvents, never waitUntilFinished: on PostgreSQL they lose events.
 */
import { createPostgresBackend, DEFAULT_SCHEMA, isPgPool, Queue, runMigrations, Worker, withBackend } from 'bullmq';
import { Cluster, Redis } from 'ioredis';
import pg from 'pg';

export interface QueueSettings {
  readonly databaseUrl: string;
  /** `redis://host:port`; several with commas between them are nodes of one Redis Cluster. PostgreSQL where absent. */
  readonly redisUrl?: string;
}

export interface AlarmQueue<Data> {
  readonly backend: 'postgresql' | 'redis';
  readonly queue: Queue<Data>;
  /** Starts to ring what falls due: `atOnce` alarms at a time. */
  ring(take: (alarm: Data) => Promise<void>, atOnce: number): void;
  close(): Promise<void>;
}

type Report = (error: Error) => void;

const NAME = 'clock-alarms';
/** In braces, so that a cluster keeps all keys of the queue on one node, as BullMQ's scripts need them. */
export const PREFIX = '{tegas}';
const POOL_SIZE = 6;
const ANSWER_WITHIN_MS = 10_000;
// Kept no longer than needed: the id of a job that is still known could not be set again.
const defaultJobOptions = {
  attempts: 5,
  backoff: { type: 'exponential', delay: 1000 },
  removeOnComplete: true,
  removeOnFail: true,
};

/** Opens the queue. `report` hears of every failing connection later on. @throws when the backend does not answer in time */
export function openAlarmQueue<Data>({ databaseUrl, redisUrl }: QueueSettings, report: Report): Promise<AlarmQueue<Data>> {
  return redisUrl === undefined ? onPostgres(databaseUrl, report) : onRedis(redisUrl, report);
}

async function onPostgres<Data>(databaseUrl: string, report: Report): Promise<AlarmQueue<Data>> {
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
    const queue: object = new PgQueue<Data>(NAME, { connection, defaultJobOptions });
    if (!isQueue<Data>(queue)) throw new Error('BullMQ’s queue on PostgreSQL is none of its queues');
    queue.on('error', report);
    await answered(queue.waitUntilReady());
    const workers: { close(): Promise<void> }[] = [];
    return {
      backend: 'postgresql',
      queue,
      ring(take, atOnce) {
        const worker = new PgWorker<Data>(NAME, (job) => take(job.data), { connection, concurrency: atOnce });
        worker.on('error', report);
        workers.push(worker);
      },
      async close() {
        for (const worker of workers) await worker.close();
        await queue.close();
        await pool.end();
      },
    };
  } catch (error) {
    await pool.end();
    throw error;
  }
}

/** BullMQ's types know a queue on Redis only. */
function isQueue<Data>(queue: object): queue is Queue<Data> {
  return queue instanceof Queue;
}

async function onRedis<Data>(redisUrl: string, report: Report): Promise<AlarmQueue<Data>> {
  // The queue's connection refuses at once while Redis is away, so that nobody waits for it; the worker's waits for its return.
  const forQueue = connectionTo(redisUrl, { maxRetriesPerRequest: 1, enableOfflineQueue: false });
  const connections = [forQueue];
  forQueue.on('error', report);
  try {
    await answered(forQueue.connect());
  } catch (error) {
    forQueue.disconnect();
    throw error;
  }
  const queue = new Queue<Data>(NAME, { connection: forQueue, prefix: PREFIX, defaultJobOptions });
  queue.on('error', report);
  const workers: { readonly worker: Worker<Data>; readonly connection: Redis | Cluster }[] = [];
  return {
    backend: 'redis',
    queue,
    ring(take, atOnce) {
      const connection = connectionTo(redisUrl, { maxRetriesPerRequest: null, enableOfflineQueue: true });
      connection.on('error', report);
      connections.push(connection);
      const worker = new Worker<Data>(NAME, (job) => take(job.data), { connection, prefix: PREFIX, concurrency: atOnce });
      worker.on('error', report);
      workers.push({ worker, connection });
    },
    async close() {
      // With Redis away an orderly end could wait for ever; what was ringing is found by the sweep.
      const ends = workers.map(({ worker, connection }) => worker.close(connection.status !== 'ready'));
      await answered(Promise.all([...ends, queue.close()])).catch(report);
      for (const connection of connections) connection.disconnect();
    },
  };
}

interface WhileAway {
  readonly maxRetriesPerRequest: number | null;
  readonly enableOfflineQueue: boolean;
}

function connectionTo(redisUrl: string, { maxRetriesPerRequest, enableOfflineQueue }: WhileAway): Redis | Cluster {
  const nodes = redisUrl.split(',').map((node) => node.trim());
  const [first = '', ...others] = nodes;
  if (others.length === 0) return new Redis(first, { maxRetriesPerRequest, enableOfflineQueue, lazyConnect: true });
  if (nodes.some((node) => !/^rediss?:\/\//.test(node)))
    throw new Error('Each node of a cluster in REDIS_URL must read redis://host:port or rediss://host:port');
  // The nodes that a cluster names itself are reached as the first one that was named: with its name, password and TLS.
  const { username, password, protocol } = new URL(first);
  return new Cluster(nodes, {
    enableOfflineQueue,
    lazyConnect: true,
    redisOptions: {
      maxRetriesPerRequest,
      ...(username === '' ? {} : { username: decodeURIComponent(username) }),
      ...(password === '' ? {} : { password: decodeURIComponent(password) }),
      ...(protocol === 'rediss:' ? { tls: {} } : {}),
    },
  });
}

/** @throws Error when the backend takes longer than ten seconds */
export async function answered<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${ANSWER_WITHIN_MS} ms`)), ANSWER_WITHIN_MS);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}
