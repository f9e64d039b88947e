import type { MigrationInterface, QueryRunner } from 'typeorm';

export class LeasesAndParkedCases1796100000000 implements MigrationInterface {
  readonly name = 'LeasesAndParkedCases1796100000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE read.lease (
        name text PRIMARY KEY,
        holder text NOT NULL,
        until timestamptz NOT NULL
      ) WITH (fillfactor = 10);

      CREATE TABLE read.parked (
        projection text NOT NULL,
        case_id text NOT NULL,
        stream text NOT NULL,
        revision integer NOT NULL,
        position bigint NOT NULL,
        type text NOT NULL,
        fault text NOT NULL,
        detail text NOT NULL,
        parked_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        PRIMARY KEY (projection, case_id)
      );
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE read.lease, read.parked');
  }
}
