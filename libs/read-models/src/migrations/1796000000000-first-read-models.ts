import type { MigrationInterface, QueryRunner } from 'typeorm';

export class FirstReadModels1796000000000 implements MigrationInterface {
  readonly name = 'FirstReadModels1796000000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE read.checkpoint (name text PRIMARY KEY, position bigint NOT NULL) WITH (fillfactor = 10);

      CREATE TABLE read.worklist (
        case_id uuid PRIMARY KEY,
        reference text NOT NULL,
        procedure text NOT NULL,
        stage text NOT NULL,
        office text NOT NULL,
        offices text[] NOT NULL,
        review_office text,
        officer text,
        recommended_by text,
        opened_at timestamptz NOT NULL,
        lodged_at timestamptz,
        next_clock text,
        next_due_at timestamptz,
        next_due_on date,
        due_soon_at timestamptz,
        overdue_at timestamptz,
        escalated boolean NOT NULL,
        escalated_at timestamptz,
        revision integer NOT NULL,
        position bigint NOT NULL,
        imported boolean NOT NULL,
        updated_at timestamptz NOT NULL,
        clocks jsonb NOT NULL
      );
      CREATE INDEX worklist_offices ON read.worklist USING gin (offices) WHERE stage NOT IN ('closed', 'withdrawn');
      CREATE INDEX worklist_officer ON read.worklist (officer) WHERE stage NOT IN ('closed', 'withdrawn');

      CREATE TABLE read.clock_board (
        case_id uuid NOT NULL,
        clock_id text NOT NULL,
        reference text NOT NULL,
        clock text NOT NULL,
        procedure text NOT NULL,
        office text NOT NULL,
        offices text[] NOT NULL,
        zone text NOT NULL,
        started_at timestamptz NOT NULL,
        length jsonb NOT NULL,
        rolls_to_next_working_day boolean NOT NULL,
        suspensions jsonb NOT NULL,
        explicit boolean NOT NULL,
        status text NOT NULL,
        due_on date,
        due_at timestamptz,
        due_soon_at timestamptz,
        provisional boolean NOT NULL,
        calendar_version integer NOT NULL,
        stopped_at timestamptz,
        in_time boolean,
        escalates boolean NOT NULL,
        announced_due_at timestamptz,
        fell_due_at timestamptz,
        escalated_at timestamptz,
        position bigint NOT NULL,
        PRIMARY KEY (case_id, clock_id)
      );
      CREATE INDEX clock_board_pending ON read.clock_board (due_at, case_id, clock_id COLLATE "C")
        WHERE status = 'running' AND escalates AND due_at IS NOT NULL AND announced_due_at IS DISTINCT FROM due_at;
      CREATE INDEX clock_board_offices ON read.clock_board USING gin (offices) WHERE status <> 'stopped';
      CREATE TABLE read.clock_case (case_id uuid PRIMARY KEY, procedure text NOT NULL, offices text[] NOT NULL);

      CREATE TABLE read.case_file (
        case_id uuid PRIMARY KEY,
        reference text NOT NULL,
        procedure text NOT NULL,
        procedure_version text NOT NULL,
        channel text NOT NULL,
        stage text NOT NULL,
        office text NOT NULL,
        offices text[] NOT NULL,
        subject_id text,
        subject_name text,
        born text,
        birth_place text,
        identity_numbers jsonb NOT NULL,
        outcome text,
        determined_at timestamptz,
        opened_at timestamptz NOT NULL,
        source_case text,
        revision integer NOT NULL,
        position bigint NOT NULL
      );
      CREATE INDEX case_file_reference ON read.case_file (reference);

      CREATE TABLE read.case_history (
        position bigint PRIMARY KEY,
        event_id uuid NOT NULL,
        stream text NOT NULL,
        case_id uuid NOT NULL,
        revision integer NOT NULL,
        type text NOT NULL,
        recorded_at timestamptz NOT NULL,
        effective_at timestamptz NOT NULL,
        actor text NOT NULL,
        performed_by text,
        office text,
        data jsonb NOT NULL,
        personal jsonb,
        hash text NOT NULL
      );
      CREATE INDEX case_history_case ON read.case_history (case_id, position);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(
      'DROP TABLE read.checkpoint, read.worklist, read.clock_board, read.clock_case, read.case_file, read.case_history',
    );
  }
}
