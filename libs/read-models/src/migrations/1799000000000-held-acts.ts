import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Acts that are held before they take effect. */
export class HeldActs1799000000000 implements MigrationInterface {
  readonly name = 'HeldActs1799000000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE read.held_act (
        held_id uuid PRIMARY KEY,
        case_id uuid NOT NULL,
        official text NOT NULL,
        act text NOT NULL,
        at timestamptz NOT NULL,
        until timestamptz NOT NULL,
        status text NOT NULL,
        ground text,
        position bigint NOT NULL
      );
      CREATE INDEX held_act_due ON read.held_act (until, held_id) WHERE status IN ('held', 'released');
      CREATE INDEX held_act_case ON read.held_act (case_id);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE read.held_act');
  }
}
