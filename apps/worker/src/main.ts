/** The worker process: says it is ready when the read models have caught up. */
import 'reflect-metadata';
import { randomUUID } from 'node:crypto';
import { constants, setPriority } from 'node:os';
import { type DocumentSettings, documentSettings } from '#evidence/settings.js';
import { MISCONFIGURED, runProcess } from '#privacy/run-process.js';
import { MisconfiguredOutbox } from '#read-models/webhook-targets.js';
import { openOutlets } from './outlets.js';
import { createWorker, type WorkerSettings } from './worker.js';

const DEFAULT_SWEEP_SECONDS = 5;
const DEFAULT_CHECKPOINT_SECONDS = 300;

// Officers wait for the API, nobody for the worker: where both share processors, the API comes first (ADR 40).
setPriority(constants.priority.PRIORITY_BELOW_NORMAL);

const settings = await settingsOf(process.env);
await runProcess('worker', () => createWorker(settings));

async function settingsOf(env: NodeJS.ProcessEnv): Promise<WorkerSettings> {
  const { TEGAS_DATABASE_URL: databaseUrl, TEGAS_HOME: home, REDIS_URL: redisUrl } = env;
  const sweepSeconds = Number(env.TEGAS_SWEEP_SECONDS ?? DEFAULT_SWEEP_SECONDS);
  const checkpointSeconds = Number(env.TEGAS_CHECKPOINT_SECONDS || DEFAULT_CHECKPOINT_SECONDS);
  if (!databaseUrl || !home || !(sweepSeconds > 0) || !(checkpointSeconds > 0)) {
    console.error(
      'The worker needs TEGAS_DATABASE_URL and TEGAS_HOME, and TEGAS_SWEEP_SECONDS and TEGAS_CHECKPOINT_SECONDS above 0.',
    );
    process.exit(MISCONFIGURED);
  }
  const movableTime = env.TEGAS_DEMO === '1' && env.NODE_ENV !== 'production';
  // A supervisor names its worker, so that the next one need not wait for the lease of the one that died.
  const name = env.TEGAS_WORKER_NAME ?? randomUUID();
  const outlets = await openOutlets(env, movableTime).catch((error): never => {
    if (!(error instanceof MisconfiguredOutbox)) throw error;
    console.error(`worker: ${error.message}`);
    process.exit(MISCONFIGURED);
  });
  const documents = documentsOf(env, home);
  return {
    databaseUrl,
    home,
    sweepSeconds,
    movableTime,
    name,
    outlets,
    documents,
    checkpointSeconds,
    ...(redisUrl ? { redisUrl } : {}),
    ...(env.TEGAS_CHECKPOINT_WITNESS ? { checkpointWitness: env.TEGAS_CHECKPOINT_WITNESS } : {}),
  };
}

function documentsOf(env: NodeJS.ProcessEnv, home: string): DocumentSettings {
  try {
    return documentSettings(env, home);
  } catch (error) {
    console.error(`worker: ${error instanceof Error ? error.message : error}`);
    process.exit(MISCONFIGURED);
  }
}
