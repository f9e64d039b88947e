/**
 * Records of reads of personal data: who, when, of which cases and persons, and why they were shown them. A table of its own that nothing
 * rebuilds and nothing changes; written by the API for each answer, and by whoever reads past it.
 */
import type pg from 'pg';
import type { Code, Id } from '#domain/event.js';

/** One read, before it is shown. What cannot be recorded is not shown. */
export interface ReadToRecord {
  /** Who: an official's login, or `os:` and the user of the machine. */
  readonly official: Id;
  /** By which row of the policy table, or by which command of the operator. */
  readonly act: Code;
  readonly route: string;
  /** Ids of the cases, persons, matches and referrals that are shown. */
  readonly subjects: readonly Id[];
  readonly rows: number;
  readonly shown?: Code;
  readonly accessId?: Id;
  /** A command that was refused, by its code; absent for a read. */
  readonly refused?: Code;
  /** On what ground an operator reads: a code, never a sentence. */
  readonly ground?: Code;
  /** Of who reads; offices of the cases that are read are found here. */
  readonly offices: readonly Code[];
}

/** Creates or completes the table. May be called by many processes at once and again at any time. */
export async function migrateReadRecords(pool: pg.Pool): Promise<void> {
  // One message of several statements is one transaction; the lock lets two processes that start at once take turns.
  await pool.query(`SELECT pg_advisory_xact_lock(hashtext('tegas audit schema'));
    CREATE SCHEMA IF NOT EXISTS audit;
    CREATE TABLE IF NOT EXISTS audit.reads (
      id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
      at timestamptz NOT NULL DEFAULT clock_timestamp(),
      official text NOT NULL,
      act text NOT NULL,
      route text NOT NULL,
      subjects text[] NOT NULL,
      rows integer NOT NULL,
      shown text,
      access_id uuid,
      refused text,
      offices text[] NOT NULL);
    ALTER TABLE audit.reads ADD COLUMN IF NOT EXISTS ground text;
    CREATE INDEX IF NOT EXISTS reads_at ON audit.reads (at, id);
    CREATE INDEX IF NOT EXISTS reads_subjects ON audit.reads USING gin (subjects);
    CREATE OR REPLACE FUNCTION audit.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN RAISE EXCEPTION 'Records of reads are never changed or deleted'; END $$;
    CREATE OR REPLACE TRIGGER reads_stay BEFORE UPDATE OR DELETE ON audit.reads
      FOR EACH ROW EXECUTE FUNCTION audit.refuse_change();
    CREATE OR REPLACE TRIGGER reads_are_not_emptied BEFORE TRUNCATE ON audit.reads
      FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_change();`);
}

/** Whoever audits an office sees who read its cases, from wherever: of the cases and of the persons' cases. */
export async function recordRead(pool: pg.Pool, read: ReadToRecord): Promise<void> {
  const { official, act, route, subjects, rows, shown, accessId, refused, ground, offices } = read;
  await pool.query(
    `INSERT INTO audit.reads (official, act, route, subjects, rows, shown, access_id, refused, ground, offices)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, ARRAY(SELECT DISTINCT office FROM (
       SELECT unnest($10::text[]) AS office
       UNION ALL SELECT unnest(w.offices) FROM read.worklist w WHERE w.case_id::text = ANY($4)) AS all_of_them))`,
    [official, act, route, subjects, rows, shown ?? null, accessId ?? null, refused ?? null, ground ?? null, offices],
  );
}
