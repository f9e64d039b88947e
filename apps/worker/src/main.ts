/** The worker process: ready when the read models have caught up; ends in order when told to or when its supervisor is gone. */
import 'reflect-metadata';
import { randomUUID } from 'node:crypto';
import { createWorker, type WorkerSettings } from './worker.js';

/** Wrong configuration: a restart would not help (EX_CONFIG). */
const MISCONFIGURED = 78;
const DEFAULT_SWEEP_SECONDS = 15;

const worker = await createWorker(settingsOf(process.env));
process.send?.({ type: 'ready' });

function settingsOf(env: NodeJS.ProcessEnv): WorkerSettings {
  const { TEGAS_DATABASE_URL: databaseUrl, TEGAS_HOME: home, REDIS_URL: redisUrl } = env;
  const sweepSeconds = Number(env.TEGAS_SWEEP_SECONDS ?? DEFAULT_SWEEP_SECONDS);
  if (!databaseUrl || !home || !(sweepSeconds > 0)) {
    console.error('The worker needs TEGAS_DATABASE_URL and TEGAS_HOME, and TEGAS_SWEEP_SECONDS above 0.');
    process.exit(MISCONFIGURED);
  }
  const movableTime = env.TEGAS_DEMO === '1' && env.NODE_ENV !== 'production';
  // A supervisor names its worker, so that the next one need not wait for the lease of the one that died.
  const name = env.TEGAS_WORKER_NAME ?? randomUUID();
  return { databaseUrl, home, sweepSeconds, movableTime, name, ...(redisUrl ? { redisUrl } : {}) };
}

let ending = false;
function end(): void {
  if (ending) return;
  ending = true;
  void worker.close().then(
    () => process.exit(0),
    (error) => {
      console.error('worker: did not end in order', error);
      process.exit(1);
    },
  );
}
process.on('SIGTERM', end).on('SIGINT', end).on('disconnect', end);
