import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Whether the holder of a lease leads so much else that a worker which does not may take it over. */
export class LeasesOfTheBusy1799250000000 implements MigrationInterface {
  readonly name = 'LeasesOfTheBusy1799250000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE read.lease ADD COLUMN busy boolean NOT NULL DEFAULT false');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE read.lease DROP COLUMN busy');
  }
}
