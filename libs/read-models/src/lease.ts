/**
 * One worker at a time leads a projection. A lease in PostgreSQL, by the database's clock: renewed every second, free three seconds after
 * its holder died, at once when the holder ends in order. A worker that has little else to lead takes it from one that has much, so that
 * several share the work. A lease only spares work: what keeps two leaders apart is the checkpoint's fence, or what the streams say.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { DataSource } from 'typeorm';
import { COMMIT_BEFORE_DISK } from './rows.js';

const LEASE_MS = 3_000;
const RENEW_MS = 1_000;
/** A follower looks this often: a dead leader is replaced after four seconds at the latest. */
const LOOK_MS = 750;

export interface Holder {
  /** Names the worker; the same name takes its own lease over at once, so two workers must never share one. */
  readonly holder: string;
  /** Another holds the lease now. Told once each time. */
  readonly onFollowing?: () => void;
  /** Whether this worker leads so much else that one which does not may take this over at any time. Never, unless told. */
  readonly busy?: () => boolean;
}

/**
 * Runs `lead` whenever the lease is ours, until `signal` aborts. `lead` gets a signal that aborts when the lease was lost; it ends by
 * itself only then.
 */
export async function leadWhileHeld(
  dataSource: DataSource,
  name: string,
  asking: Holder,
  signal: AbortSignal,
  lead: (leading: AbortSignal) => Promise<void>,
): Promise<void> {
  let following = false;
  while (!signal.aborted) {
    if ((await take(dataSource, name, asking)) !== 'ours') {
      if (!following) asking.onFollowing?.();
      following = true;
      await pause(LOOK_MS, undefined, { signal }).catch(() => undefined);
      continue;
    }
    following = false;
    const lost = new AbortController();
    const leading = AbortSignal.any([signal, lost.signal]);
    await Promise.all([
      renew(dataSource, name, asking, leading).finally(() => lost.abort()),
      lead(leading).finally(() => lost.abort()),
    ]);
  }
  await dataSource.query('DELETE FROM read.lease WHERE name = $1 AND holder = $2', [name, asking.holder]).catch(() => undefined);
}

/** Who leads what, until when by the database's clock. Leases that ran out are left out. */
export async function findLeaders(dataSource: DataSource): Promise<ReadonlyMap<string, string>> {
  const rows: { name: string; holder: string }[] = await dataSource.query(
    'SELECT name, holder FROM read.lease WHERE until > clock_timestamp()',
  );
  return new Map(rows.map(({ name, holder }) => [name, holder]));
}

/** Ends when the signal aborts, or when the lease was lost or could not be renewed before it ran out. */
async function renew(dataSource: DataSource, name: string, asking: Holder, signal: AbortSignal): Promise<void> {
  for (let heldUntil = performance.now() + LEASE_MS; ; ) {
    await pause(RENEW_MS, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
    const asked = performance.now();
    const answer = await Promise.race([take(dataSource, name, asking), pause(heldUntil - asked, undefined, { ref: false })]);
    if (answer === 'ours') heldUntil = asked + LEASE_MS;
    else if (answer === 'another’s' || performance.now() >= heldUntil) return;
  }
}

async function take(dataSource: DataSource, name: string, { holder, busy }: Holder): Promise<'ours' | 'another’s' | 'unknown'> {
  try {
    const rows: unknown[] = await dataSource.query(
      // Whoever only looks locks nothing: a lock alone would make its commit wait for the disk, thirty times a second.
      `INSERT INTO read.lease (name, holder, until, busy) SELECT $1, $2, clock_timestamp() + $3 * interval '1 ms', $4
        WHERE NOT EXISTS (SELECT FROM read.lease
          WHERE name = $1 AND holder <> $2 AND until > clock_timestamp() AND (NOT busy OR $4))
       ON CONFLICT (name) DO UPDATE SET holder = $2, until = EXCLUDED.until, busy = EXCLUDED.busy
       WHERE lease.holder = $2 OR lease.until <= clock_timestamp() OR (lease.busy AND NOT EXCLUDED.busy)
       RETURNING ${COMMIT_BEFORE_DISK}`,
      [name, holder, LEASE_MS, busy?.() ?? false],
    );
    return rows.length === 1 ? 'ours' : 'another’s';
  } catch {
    return 'unknown'; // the database did not answer
  }
}
