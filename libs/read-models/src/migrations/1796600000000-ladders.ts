import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Where each clock stands on its escalation ladder, and what the law does when it runs out. */
export class Ladders1796600000000 implements MigrationInterface {
  readonly name = 'Ladders1796600000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE read.clock_board
        ADD COLUMN law_effect text,
        ADD COLUMN law_outcome text,
        ADD COLUMN step_at timestamptz,
        ADD COLUMN step text,
        ADD COLUMN told_role text,
        ADD COLUMN told_at timestamptz,
        ADD COLUMN acknowledged_by text;
      CREATE INDEX clock_board_steps ON read.clock_board (step_at, case_id, clock_id COLLATE "C")
        WHERE status = 'running' AND escalates AND step_at IS NOT NULL;
      CREATE INDEX clock_board_by_law ON read.clock_board (due_at, case_id, clock_id COLLATE "C")
        WHERE law_effect IS NOT NULL AND status = 'running';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP INDEX read.clock_board_steps;
      DROP INDEX read.clock_board_by_law;
      ALTER TABLE read.clock_board
        DROP COLUMN law_effect,
        DROP COLUMN law_outcome,
        DROP COLUMN step_at,
        DROP COLUMN step,
        DROP COLUMN told_role,
        DROP COLUMN told_at,
        DROP COLUMN acknowledged_by;
    `);
  }
}
