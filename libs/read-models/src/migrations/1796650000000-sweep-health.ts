import type { MigrationInterface, QueryRunner } from 'typeorm';

/** When the sweep last looked, and what it has done. Of the workers, not of a projection: a rebuild leaves it alone. */
export class SweepHealth1796650000000 implements MigrationInterface {
  readonly name = 'SweepHealth1796650000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE SCHEMA IF NOT EXISTS ops;
      CREATE TABLE ops.sweep (
        only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
        at timestamptz NOT NULL,
        every_ms integer NOT NULL,
        took_ms integer NOT NULL,
        sweeps bigint NOT NULL,
        announced bigint NOT NULL,
        warned bigint NOT NULL,
        told bigint NOT NULL,
        refused bigint NOT NULL,
        failed bigint NOT NULL,
        recalculated bigint NOT NULL
      );
      CREATE INDEX clock_board_fell_due ON read.clock_board (fell_due_at) WHERE fell_due_at IS NOT NULL;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX read.clock_board_fell_due; DROP TABLE ops.sweep;');
  }
}
