import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Links between cases that rest on a merge of two person records, and their ends: one row an event. */
export class LinksByMerge1796750000000 implements MigrationInterface {
  readonly name = 'LinksByMerge1796750000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE read.case_merge_link (
        case_id uuid NOT NULL,
        other uuid NOT NULL,
        revision integer NOT NULL,
        match_id uuid NOT NULL,
        stands boolean NOT NULL,
        PRIMARY KEY (case_id, other, revision)
      );
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE read.case_merge_link');
  }
}
