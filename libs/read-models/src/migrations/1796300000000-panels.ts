import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Whose finding a panel awaits. */
export class Panels1796300000000 implements MigrationInterface {
  readonly name = 'Panels1796300000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE read.worklist ADD COLUMN panel_members text[] NOT NULL DEFAULT '{}';
      CREATE INDEX worklist_panel_members ON read.worklist USING gin (panel_members) WHERE panel_members <> '{}';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE read.worklist DROP COLUMN panel_members');
  }
}
