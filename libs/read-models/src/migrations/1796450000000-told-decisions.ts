import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What was decided in each case, and which linked cases were told. Links are projected anew, so that earlier decisions are known too. */
export class ToldDecisions1796450000000 implements MigrationInterface {
  readonly name = 'ToldDecisions1796450000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE read.case_decision (
        case_id uuid NOT NULL,
        decided_at timestamptz NOT NULL,
        PRIMARY KEY (case_id, decided_at)
      );
      CREATE TABLE read.case_told (
        case_id uuid NOT NULL,
        other uuid NOT NULL,
        decided_at timestamptz NOT NULL,
        PRIMARY KEY (case_id, other, decided_at)
      );
      CREATE INDEX case_link_other ON read.case_link (other);
      CREATE INDEX clock_board_by_calendar ON read.clock_board (calendar_version, case_id)
        WHERE status <> 'stopped' AND NOT explicit;
      TRUNCATE read.case_link;
      DELETE FROM read.checkpoint WHERE name = 'case_link';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP INDEX read.clock_board_by_calendar;
      DROP INDEX read.case_link_other;
      DROP TABLE read.case_told;
      DROP TABLE read.case_decision;
    `);
  }
}
