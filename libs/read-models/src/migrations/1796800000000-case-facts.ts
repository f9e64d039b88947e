import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What was established in each case when it was determined: what a simulation reads. */
export class CaseFacts1796800000000 implements MigrationInterface {
  readonly name = 'CaseFacts1796800000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE read.case_facts (
        case_id uuid PRIMARY KEY,
        procedure text NOT NULL,
        procedure_version text NOT NULL,
        procedure_sha256 text NOT NULL,
        opened_at_office text NOT NULL,
        office text NOT NULL,
        lodged_at timestamptz,
        findings jsonb NOT NULL,
        standing text[] NOT NULL,
        outcome text,
        determined_at timestamptz,
        facts jsonb
      );
      CREATE INDEX case_facts_determined ON read.case_facts (procedure, case_id) WHERE outcome IS NOT NULL;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE read.case_facts');
  }
}
