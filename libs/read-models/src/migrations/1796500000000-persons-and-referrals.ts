import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The register of persons by keyed words, the matches of its records, and referrals by office. */
export class PersonsAndReferrals1796500000000 implements MigrationInterface {
  readonly name = 'PersonsAndReferrals1796500000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE read.person (
        person_id uuid PRIMARY KEY,
        registered_at timestamptz NOT NULL,
        office text NOT NULL,
        words text[] NOT NULL,
        revision integer NOT NULL,
        position bigint NOT NULL
      );
      CREATE INDEX person_words ON read.person USING gin (words);

      CREATE TABLE read.person_match (
        match_id uuid PRIMARY KEY,
        a uuid NOT NULL,
        b uuid NOT NULL,
        status text NOT NULL,
        reasons text[] NOT NULL,
        proposed_by text NOT NULL,
        proposed_at timestamptz NOT NULL,
        acted_by text NOT NULL,
        acted_at timestamptz NOT NULL,
        revision integer NOT NULL,
        position bigint NOT NULL
      );
      CREATE INDEX person_match_a ON read.person_match (a);
      CREATE INDEX person_match_b ON read.person_match (b);
      CREATE INDEX person_match_status ON read.person_match (status, acted_at DESC);

      CREATE TABLE read.referral (
        referral_id uuid PRIMARY KEY,
        status text NOT NULL,
        office text NOT NULL,
        channel text NOT NULL,
        area text NOT NULL,
        seen_on date,
        received_by text NOT NULL,
        received_at timestamptz NOT NULL,
        indicators text[] NOT NULL,
        case_id uuid,
        case_office text,
        procedure text,
        ground text,
        ended_by text,
        ended_at timestamptz,
        revision integer NOT NULL,
        position bigint NOT NULL
      );
      CREATE INDEX referral_waiting ON read.referral (office, received_at) WHERE status = 'received';
      CREATE INDEX referral_accepted ON read.referral (case_id) WHERE status = 'accepted';

      CREATE INDEX case_file_subject ON read.case_file (subject_id);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE read.person, read.person_match, read.referral; DROP INDEX read.case_file_subject;');
  }
}
