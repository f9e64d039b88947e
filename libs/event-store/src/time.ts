/** The time port, one for API, worker and sweep. A demo or a test may move it (`npx tegas clock`); production refuses. */
import type { Pool } from 'pg';
import type { InstantAt } from '#domain/event.js';

const REFRESH_MS = 500;

export interface Time {
  now(): InstantAt;
  close(): void;
}

export async function migrateTime(pool: Pool): Promise<void> {
  await pool.query('CREATE SCHEMA IF NOT EXISTS demo');
  await pool.query(
    'CREATE TABLE IF NOT EXISTS demo.time_shift (only_row bool PRIMARY KEY DEFAULT true CHECK (only_row), shift_ms bigint NOT NULL)',
  );
}

/** The machine's clock; with `movable`, shifted by what `demo.time_shift` says (read twice a second). Token expiry never follows it. */
export async function openTime(pool: Pool, options: { readonly movable: boolean }): Promise<Time> {
  let shiftMs = 0;
  const now = (): InstantAt => new Date(Date.now() + shiftMs).toISOString();
  if (!options.movable) return { now, close: () => undefined };
  const refresh = async (): Promise<void> => {
    const { rows } = await pool.query<{ shift_ms: string }>('SELECT shift_ms FROM demo.time_shift');
    shiftMs = Number(rows[0]?.shift_ms ?? 0);
  };
  await refresh();
  // A database that is away leaves the last known shift; it is read again half a second later.
  const timer = setInterval(() => void refresh().catch(() => undefined), REFRESH_MS);
  timer.unref();
  return { now, close: () => clearInterval(timer) };
}

/** Moves the demo's time to `shiftMs` milliseconds from the machine's clock. */
export async function moveTime(pool: Pool, shiftMs: number): Promise<void> {
  await pool.query('INSERT INTO demo.time_shift (shift_ms) VALUES ($1) ON CONFLICT (only_row) DO UPDATE SET shift_ms = $1', [
    Math.round(shiftMs),
  ]);
}
