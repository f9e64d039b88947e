/** A process of the product, API or worker: waits for the stores it stands on, says when it is ready, and ends in order. */
import { setTimeout as pause } from 'node:timers/promises';
import { isAway, UnusableStore } from '#event-store/port.js';
import { MasterKeyUnusable } from './master-key.js';

/** A restart would not help: wrong configuration (EX_CONFIG). The supervisor does not try again. */
export const MISCONFIGURED = 78;

/**
 * For Node itself, whoever starts the process (`docker/run.sh` says the same): in a flood of events most of the garbage dies young, and with
 * 16 MB for it, Node's default, a fifth of the worker's time went into copying what would die a moment later.
 */
export const NODE_FLAGS: readonly string[] = ['--max-semi-space-size=64'];

const FIRST_WAIT_MS = 250;
const LAST_WAIT_MS = 5_000;
const TELL_AGAIN_MS = 30_000;

/**
 * Opens, again and again while PostgreSQL or EventStoreDB is away, and ends when told to (SIGTERM, SIGINT) or when the supervisor is gone.
 * What waiting cannot heal, such as a wrong password, is one sentence and exit code 78.
 */
export async function runProcess(name: string, open: () => Promise<{ close(): Promise<void> }>): Promise<void> {
  let opened: Awaited<ReturnType<typeof open>> | undefined;
  let ending = false;
  const end = () => {
    if (ending) return;
    ending = true;
    // Nothing is under way before it is open.
    if (opened === undefined) process.exit(0);
    opened.close().then(
      () => process.exit(0),
      (error) => {
        console.error(`${name}: did not end in order`, error);
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', end).on('SIGINT', end).on('disconnect', end);
  opened = await openWhenThere(name, open);
  process.send?.({ type: 'ready' });
}

async function openWhenThere<T>(name: string, open: () => Promise<T>): Promise<T> {
  let toldAt: number | undefined;
  for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(2 * waitMs, LAST_WAIT_MS)) {
    try {
      return await open();
    } catch (error) {
      const useless = whyWaitingIsUseless(error);
      if (useless !== undefined) {
        console.error(`${name}: ${useless}`);
        process.exit(MISCONFIGURED);
      }
      if (!isAway(error)) throw error;
      // A supervisor has patience with what waits, and none with what hangs.
      process.send?.({ type: 'waiting' });
      if (toldAt === undefined || Date.now() - toldAt >= TELL_AGAIN_MS) {
        toldAt = Date.now();
        console.error(`${name}: waiting for the store, which cannot be reached (${reasonOf(error)})`);
      }
      await pause(waitMs);
    }
  }
}

/** By SQLSTATE. */
const useless: { readonly [code: string]: string } = {
  '28P01': 'PostgreSQL refuses the password in TEGAS_DATABASE_URL: correct it and start again.',
  '28000': 'PostgreSQL refuses the user in TEGAS_DATABASE_URL: correct it, or allow it in pg_hba.conf, and start again.',
  '3D000':
    'The database that TEGAS_DATABASE_URL names does not exist: create it or correct the name, then run npx tegas migrate.',
  '3F000': 'The database was not prepared: run npx tegas migrate, then start again.',
  '42P01': 'The database was not prepared: run npx tegas migrate, then start again.',
  '42703': 'The database was prepared by an older program: run npx tegas migrate, then start again.',
  '42501': 'The user in TEGAS_DATABASE_URL lacks a right on the database: see docs/operations.md for what it needs.',
  ERR_INVALID_URL: 'TEGAS_DATABASE_URL is not the address of a PostgreSQL: write postgresql://user:password@host:5432/database.',
};

function whyWaitingIsUseless(error: unknown): string | undefined {
  if (error instanceof UnusableStore || error instanceof MasterKeyUnusable) return error.message;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return Object.hasOwn(useless, code) ? useless[code] : undefined;
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.message || ('code' in error ? String(error.code) : error.name);
}
