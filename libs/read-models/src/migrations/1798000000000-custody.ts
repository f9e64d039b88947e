import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Original papers that offices hold for persons. */
export class Custody1798000000000 implements MigrationInterface {
  readonly name = 'Custody1798000000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE read.custody (
        case_id uuid NOT NULL,
        custody_id text NOT NULL,
        reference text NOT NULL,
        receipt text NOT NULL,
        paper text NOT NULL,
        office text NOT NULL,
        taken_on date NOT NULL,
        taken_by text NOT NULL,
        returned_on date,
        returned_to text,
        returned_by text,
        position bigint NOT NULL,
        PRIMARY KEY (case_id, custody_id)
      );
      CREATE INDEX custody_held ON read.custody (office, taken_on, case_id, custody_id) WHERE returned_on IS NULL;
      CREATE INDEX custody_returned ON read.custody (office, taken_on, case_id, custody_id) WHERE returned_on IS NOT NULL;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE read.custody');
  }
}
