import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Who was told of each clock, whom its case passed to since, and when its due date was recorded: the clock board is built anew. Of what was
 * told before, the inbox says to whom. What a decree finds that the law did too early is found by an index.
 */
export class PassedOn1799300000000 implements MigrationInterface {
  readonly name = 'PassedOn1799300000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      TRUNCATE read.clock_board, read.clock_case;
      DELETE FROM read.checkpoint WHERE name = 'clock_board';
      DELETE FROM read.parked WHERE projection = 'clock_board';
      ALTER TABLE read.clock_board
        ADD COLUMN told text[] NOT NULL,
        ADD COLUMN pass_to text,
        ADD COLUMN due_set_at timestamptz NOT NULL;
      CREATE INDEX clock_board_pass_to ON read.clock_board (due_at, case_id, clock_id COLLATE "C")
        WHERE status = 'running' AND pass_to IS NOT NULL;
      CREATE INDEX clock_board_acted ON read.clock_board (announced_due_at)
        WHERE status = 'stopped' AND step = 'law-acted';
      ALTER TABLE read.notification ADD COLUMN told_before text[] NOT NULL DEFAULT '{}';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP INDEX read.clock_board_pass_to;
      DROP INDEX read.clock_board_acted;
      ALTER TABLE read.clock_board DROP COLUMN told, DROP COLUMN pass_to, DROP COLUMN due_set_at;
      ALTER TABLE read.notification DROP COLUMN told_before;
    `);
  }
}
