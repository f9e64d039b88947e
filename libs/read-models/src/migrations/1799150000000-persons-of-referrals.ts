import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Whom a referral is about and under which id it is kept who made it: by these the end of their data finds it. Its rows are built anew. */
export class PersonsOfReferrals1799150000000 implements MigrationInterface {
  readonly name = 'PersonsOfReferrals1799150000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      TRUNCATE read.referral;
      DELETE FROM read.checkpoint WHERE name = 'referral';
      DELETE FROM read.parked WHERE projection = 'referral';
      ALTER TABLE read.referral ADD COLUMN subject_id text NOT NULL, ADD COLUMN referrer_id text;
      CREATE INDEX referral_subject ON read.referral (subject_id);
      CREATE INDEX referral_referrer ON read.referral (referrer_id);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE read.referral DROP COLUMN subject_id, DROP COLUMN referrer_id');
  }
}
