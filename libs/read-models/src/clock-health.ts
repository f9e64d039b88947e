/** How the clocks are kept: open, due and late ones, how late they were announced, and whether the sweep still looks. */
import type { DataSource } from 'typeorm';
import type { InstantAt } from '#domain/event.js';

/** What one sweep did. */
export interface SweepDone {
  readonly announced: number;
  readonly warned: number;
  readonly told: number;
  readonly refused: number;
  readonly failed: number;
  /** Cases in which a new calendar moved a clock. */
  readonly recalculated: number;
}

export interface SweepHealth {
  /** When the last sweep ended, by the database's clock. */
  readonly at: InstantAt;
  readonly ageSeconds: number;
  /** Nobody has looked for five sweeps, and for 15 s: what falls due may be missed. An alert on it still comes within a minute. */
  readonly late: boolean;
  readonly sweeps: number;
  readonly took: number;
  /** Since the first sweep. */
  readonly total: SweepDone;
}

export interface ClockHealth {
  readonly open: number;
  readonly suspended: number;
  /** Fallen due, and not yet announced. */
  readonly due: number;
  readonly overdue: number;
  /**
   * Of what was announced, or done by the law, in the last day, in seconds after the due instant, or after it was recorded where a decree or
   * what was entered late had put it in the past; null where nothing was.
   */
  readonly lateness: { readonly p50: number | null; readonly p95: number | null; readonly p99: number | null };
  /** Null before the first sweep. */
  readonly sweep: SweepHealth | null;
}

/** Kept by whoever sweeps, so that everyone can see when it stops. */
export async function recordSweep(dataSource: DataSource, done: SweepDone, everyMs: number, tookMs: number): Promise<void> {
  const { announced, warned, told, refused, failed, recalculated } = done;
  await dataSource.query(
    `INSERT INTO ops.sweep (only_row, at, every_ms, took_ms, sweeps, announced, warned, told, refused, failed, recalculated)
     VALUES (true, clock_timestamp(), $1, $2, 1, $3, $4, $5, $6, $7, $8)
     ON CONFLICT (only_row) DO UPDATE SET at = EXCLUDED.at, every_ms = EXCLUDED.every_ms, took_ms = EXCLUDED.took_ms,
       sweeps = sweep.sweeps + 1, announced = sweep.announced + EXCLUDED.announced, warned = sweep.warned + EXCLUDED.warned,
       told = sweep.told + EXCLUDED.told, refused = sweep.refused + EXCLUDED.refused, failed = sweep.failed + EXCLUDED.failed,
       recalculated = sweep.recalculated + EXCLUDED.recalculated`,
    [Math.round(everyMs), Math.round(tookMs), announced, warned, told, refused, failed, recalculated],
  );
}

/** As the sweep has left it; counts are by the time port, ages by the database's clock. */
export async function sweepHealth(dataSource: DataSource): Promise<SweepHealth | null> {
  const [row]: (SweepDone & { at: Date; age: number; every: number; took: number; sweeps: number })[] = await dataSource.query(
    `SELECT at, extract(epoch FROM clock_timestamp() - at)::float8 AS age, every_ms AS every, took_ms AS took, sweeps::float8 AS sweeps,
       announced::float8 AS announced, warned::float8 AS warned, told::float8 AS told, refused::float8 AS refused,
       failed::float8 AS failed, recalculated::float8 AS recalculated FROM ops.sweep`,
  );
  if (row === undefined) return null;
  const { at, age, every, took, sweeps, ...total } = row;
  const late = age * 1000 > Math.max(15_000, 5 * every);
  return { at: at.toISOString(), ageSeconds: age, late, sweeps, took, total };
}

export async function clockHealth(dataSource: DataSource, now: InstantAt): Promise<ClockHealth> {
  const [[counts], [late], sweep] = await Promise.all([
    dataSource.query(
      `SELECT count(*) FILTER (WHERE status = 'running')::float8 AS open,
         count(*) FILTER (WHERE status = 'suspended')::float8 AS suspended,
         count(*) FILTER (WHERE status = 'running' AND escalates AND due_at <= $1 AND announced_due_at IS DISTINCT FROM due_at)::float8 AS due,
         count(*) FILTER (WHERE status = 'running' AND due_at <= $1)::float8 AS overdue
       FROM read.clock_board WHERE status <> 'stopped'`,
      [now],
    ) as Promise<Pick<ClockHealth, 'open' | 'suspended' | 'due' | 'overdue'>[]>,
    dataSource.query(
      `SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY late) AS p50, percentile_cont(0.95) WITHIN GROUP (ORDER BY late) AS p95,
         percentile_cont(0.99) WITHIN GROUP (ORDER BY late) AS p99
       FROM (SELECT greatest(extract(epoch FROM fell_due_at -
           CASE WHEN due_set_at <= fell_due_at THEN greatest(announced_due_at, due_set_at) ELSE announced_due_at END), 0)::float8 AS late
         FROM read.clock_board
         WHERE fell_due_at > $1::timestamptz - interval '1 day') announced`,
      [now],
    ) as Promise<ClockHealth['lateness'][]>,
    sweepHealth(dataSource),
  ]);
  if (counts === undefined || late === undefined) throw new Error('The clock board did not answer');
  return { ...counts, lateness: late, sweep };
}
