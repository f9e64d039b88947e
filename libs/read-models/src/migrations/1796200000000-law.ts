import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What the law does by itself, whom it shields, and which cases belong together. */
export class Law1796200000000 implements MigrationInterface {
  readonly name = 'Law1796200000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE read.worklist
        ADD COLUMN warned_at timestamptz,
        ADD COLUMN law_acted_at timestamptz,
        ADD COLUMN indicated_at timestamptz,
        ADD COLUMN indicators jsonb NOT NULL DEFAULT '[]';
      CREATE INDEX worklist_indicated ON read.worklist (indicated_at) WHERE indicated_at IS NOT NULL;

      ALTER TABLE read.clock_board
        ADD COLUMN warn_at timestamptz,
        ADD COLUMN warned_due_at timestamptz;
      CREATE INDEX clock_board_to_warn ON read.clock_board (warn_at)
        WHERE status = 'running' AND due_at IS NOT NULL AND warn_at IS NOT NULL AND warned_due_at IS DISTINCT FROM due_at;

      CREATE TABLE read.case_link (
        case_id uuid NOT NULL,
        other uuid NOT NULL,
        relation text NOT NULL,
        procedure text NOT NULL,
        at timestamptz NOT NULL,
        PRIMARY KEY (case_id, other)
      );
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TABLE read.case_link;
      ALTER TABLE read.worklist DROP COLUMN warned_at, DROP COLUMN law_acted_at, DROP COLUMN indicated_at, DROP COLUMN indicators;
      ALTER TABLE read.clock_board DROP COLUMN warn_at, DROP COLUMN warned_due_at;
    `);
  }
}
