import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What a person said or is called leaves the read models that held it in the clear (ADR 30). CLUSTER writes the tables anew: a column that is
 * only dropped stays in the rows that are there.
 */
export class NoNames1799500000000 implements MigrationInterface {
  readonly name = 'NoNames1799500000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE read.case_file
        DROP COLUMN subject_name, DROP COLUMN born, DROP COLUMN birth_place, DROP COLUMN identity_numbers;
      ALTER TABLE read.case_history DROP COLUMN personal;
      CLUSTER read.case_file USING case_file_pkey;
      CLUSTER read.case_history USING case_history_pkey;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE read.case_file
        ADD COLUMN subject_name text, ADD COLUMN born text, ADD COLUMN birth_place text,
        ADD COLUMN identity_numbers jsonb NOT NULL DEFAULT '[]';
      ALTER TABLE read.case_history ADD COLUMN personal jsonb;
    `);
  }
}
