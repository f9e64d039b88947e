import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Cases that were opened for a reason by whose work they are not. */
export class BreakGlass1797000000000 implements MigrationInterface {
  readonly name = 'BreakGlass1797000000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE read.glass (
        access_id uuid PRIMARY KEY,
        case_id uuid NOT NULL,
        reference text NOT NULL,
        official text NOT NULL,
        at timestamptz NOT NULL,
        until timestamptz NOT NULL,
        office text NOT NULL,
        told text[] NOT NULL,
        verdict text,
        reviewed_by text,
        reviewed_at timestamptz,
        position bigint NOT NULL
      );
      CREATE INDEX glass_office ON read.glass (office, at, access_id);
      CREATE INDEX glass_case ON read.glass (case_id);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE read.glass');
  }
}
