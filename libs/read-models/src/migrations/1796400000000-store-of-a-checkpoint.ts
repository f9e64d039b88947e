import type { MigrationInterface, QueryRunner } from 'typeorm';

/** In which log a checkpoint's position counts; null until a program that asks first reads it. */
export class StoreOfACheckpoint1796400000000 implements MigrationInterface {
  readonly name = 'StoreOfACheckpoint1796400000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE read.checkpoint ADD COLUMN store uuid');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE read.checkpoint DROP COLUMN store');
  }
}
