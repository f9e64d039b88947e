import { randomBytes } from 'node:crypto';
import pg from 'pg';

export interface TestDatabase {
  readonly url: string;
  readonly pool: pg.Pool;
  /** Ends the pool and drops the database, whoever is still connected. */
  drop(): Promise<void>;
}

/**
 * A fresh, empty database on the throwaway server of `TEGAS_TEST_DATABASE_URL` (a superuser's URL; `npm test` sets it).
 * @throws Error when the variable is missing: a spec that needs PostgreSQL is never skipped silently.
 */
export async function createTestDatabase(): Promise<TestDatabase> {
  const serverUrl = process.env.TEGAS_TEST_DATABASE_URL;
  if (serverUrl === undefined || serverUrl === '') {
    throw new Error(
      'TEGAS_TEST_DATABASE_URL is not set: run the specs by `npm test`, or point it at a throwaway PostgreSQL as superuser',
    );
  }
  const name = `tegas_test_${randomBytes(6).toString('hex')}`;
  await onServer(serverUrl, `CREATE DATABASE ${name}`);
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  const pool = new pg.Pool({ connectionString: url.href, max: 40, connectionTimeoutMillis: 5_000 });
  pool.on('error', () => {});
  return {
    url: url.href,
    pool,
    drop: async () => {
      await pool.end();
      await onServer(serverUrl, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    },
  };
}

async function onServer(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  client.on('error', () => {});
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
