/** The database of the read models: schema `read` beside the log's, a small pool, tables made by migrations only. */
import type pg from 'pg';
import { DataSource } from 'typeorm';
import { FirstReadModels1796000000000 } from './migrations/1796000000000-first-read-models.js';
import { LeasesAndParkedCases1796100000000 } from './migrations/1796100000000-leases-and-parked-cases.js';
import { Law1796200000000 } from './migrations/1796200000000-law.js';
import { Panels1796300000000 } from './migrations/1796300000000-panels.js';
import { StoreOfACheckpoint1796400000000 } from './migrations/1796400000000-store-of-a-checkpoint.js';
import { ToldDecisions1796450000000 } from './migrations/1796450000000-told-decisions.js';
import { PersonsAndReferrals1796500000000 } from './migrations/1796500000000-persons-and-referrals.js';
import { Ladders1796600000000 } from './migrations/1796600000000-ladders.js';
import { SweepHealth1796650000000 } from './migrations/1796650000000-sweep-health.js';
import { NotificationsAndOutbox1796700000000 } from './migrations/1796700000000-notifications-and-outbox.js';
import { LinksByMerge1796750000000 } from './migrations/1796750000000-links-by-merge.js';
import { CaseFacts1796800000000 } from './migrations/1796800000000-case-facts.js';
import { BreakGlass1797000000000 } from './migrations/1797000000000-break-glass.js';
import { Custody1798000000000 } from './migrations/1798000000000-custody.js';
import { HeldActs1799000000000 } from './migrations/1799000000000-held-acts.js';
import { Search1799100000000 } from './migrations/1799100000000-search.js';
import { PersonsOfReferrals1799150000000 } from './migrations/1799150000000-persons-of-referrals.js';
import { LawActed1799200000000 } from './migrations/1799200000000-law-acted.js';
import { LeasesOfTheBusy1799250000000 } from './migrations/1799250000000-leases-of-the-busy.js';
import { PassedOn1799300000000 } from './migrations/1799300000000-passed-on.js';
import { NoNames1799500000000 } from './migrations/1799500000000-no-names.js';
import { projections } from './projections.js';
import { SnakeCase } from './rows.js';

export type ReadModels = DataSource;

const POOL_SIZE = 6;

export async function openReadModels(databaseUrl: string, options: { readonly poolSize?: number } = {}): Promise<ReadModels> {
  const dataSource = new DataSource({
    type: 'postgres',
    url: databaseUrl,
    schema: 'read',
    applicationName: 'tegas read models',
    poolSize: options.poolSize ?? POOL_SIZE,
    connectTimeoutMS: 5_000,
    // An idle connection that the server cuts must not end the process; the next query opens another.
    poolErrorHandler: () => undefined,
    synchronize: false,
    logging: false,
    entities: projections.flatMap((projection) => Object.values(projection.tables)),
    migrations: [
      FirstReadModels1796000000000,
      LeasesAndParkedCases1796100000000,
      Law1796200000000,
      Panels1796300000000,
      StoreOfACheckpoint1796400000000,
      ToldDecisions1796450000000,
      PersonsAndReferrals1796500000000,
      Ladders1796600000000,
      SweepHealth1796650000000,
      NotificationsAndOutbox1796700000000,
      LinksByMerge1796750000000,
      CaseFacts1796800000000,
      BreakGlass1797000000000,
      HeldActs1799000000000,
      LawActed1799200000000,
      LeasesOfTheBusy1799250000000,
      PersonsOfReferrals1799150000000,
      Custody1798000000000,
      Search1799100000000,
      NoNames1799500000000,
      PassedOn1799300000000,
    ],
    migrationsTableName: 'migration',
    migrationsTransactionMode: 'all',
    namingStrategy: new SnakeCase(),
  });
  await dataSource.initialize();
  const { driver } = dataSource;
  // A connection that is cut in the very answer that opened it has no listener yet: TypeORM adds its own a moment later. What waits for the
  // connection fails by its first query; the process goes on.
  if ('master' in driver) (driver.master as pg.Pool).on('connect', (client) => client.on('error', () => undefined));
  return dataSource;
}

/** Creates or brings up to date the tables of the read models; by many processes at once and again at any time. */
export async function migrateReadModels(databaseUrl: string): Promise<void> {
  const dataSource = await openReadModels(databaseUrl, { poolSize: 2 });
  try {
    const lock = dataSource.createQueryRunner();
    try {
      await lock.query(`SELECT pg_advisory_lock(hashtextextended('tegas migrate read', 0))`);
      await lock.query('CREATE SCHEMA IF NOT EXISTS read');
      await dataSource.runMigrations();
    } finally {
      await lock.query(`SELECT pg_advisory_unlock_all()`).catch(() => undefined);
      await lock.release();
    }
  } finally {
    await dataSource.destroy();
  }
}
