import type { MigrationInterface, QueryRunner } from 'typeorm';

/** That the law has acted on a clock is told: what is untold is found however many clocks there are. */
export class LawActed1799200000000 implements MigrationInterface {
  readonly name = 'LawActed1799200000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE INDEX clock_board_law_acted ON read.clock_board (due_at, case_id, clock_id COLLATE "C")
        WHERE step = 'law-acted' AND told_at IS NULL
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX read.clock_board_law_acted');
  }
}
