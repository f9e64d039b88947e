/** Brings a database up to date and fills the registry: `tegas migrate`, `tegas seed`, and both at every start. */
import { join } from 'node:path';
import type { Command } from 'commander';
import pg from 'pg';
import { CheckpointSigner, checkpointKeysFile } from '#audit/checkpoint-keys.js';
import { migrateMerkleLog } from '#audit/merkle-log.js';
import type { EventLog } from '#event-store/event-log.js';
import { RegistryUnreadable } from '#event-store/registry.js';
import { seed } from '#event-store/seed.js';
import { migrateDocuments } from '#evidence/documents.js';
import { migrateLog, openLog } from '#privacy/open-log.js';
import { migrateReadModels, openReadModels } from '#read-models/data-source.js';
import { refuseOtherStore } from '#read-models/projection.js';
import { checkEventStore, cloneFolder, homeFolder, mayMoveTime, withDatabase } from './instance.js';
import { createProgress, type Progress } from './progress.js';

interface Target {
  readonly databaseUrl: string;
  readonly home: string;
}

export async function prepareDatabase({ databaseUrl, home, progress }: Target & { progress: Progress }): Promise<void> {
  await migrate({ databaseUrl, home });
  progress.at(1, 2);
  try {
    await seedRegistry({ databaseUrl, home }, true, (log) => refuseReadModels(databaseUrl, log));
  } catch (error) {
    // The program starts all the same: the API says by its health what is wrong, and the read models go on.
    if (!(error instanceof RegistryUnreadable)) throw error;
    progress.note(error.message);
  }
  progress.at(2, 2);
}

export function registerMigrate(program: Command): void {
  program
    .command('migrate')
    .description('Create or update the tables of the event log, the keys and the read models')
    .action(() =>
      withDatabase((databaseUrl) =>
        withProgress('Updating the database', async () => {
          await migrate({ databaseUrl, home: homeFolder() });
          return undefined;
        }),
      ),
    );
}

export function registerSeed(program: Command): void {
  program
    .command('seed')
    .description('Publish the offices, calendar and procedures of data/ into the registry; what is there already is left alone')
    .option('--no-demo-people', 'leave the fictional officials out')
    .action(({ demoPeople }: { demoPeople: boolean }) =>
      withDatabase((databaseUrl) =>
        withProgress('Publishing', async () => {
          const target = { databaseUrl, home: homeFolder() };
          await migrate(target);
          const { published } = await seedRegistry(target, demoPeople);
          return published === 0 ? 'Nothing new to publish.' : `Published ${published}.`;
        }),
      ),
    );
}

async function migrate({ databaseUrl, home }: Target): Promise<void> {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 2 });
  pool.on('error', () => undefined);
  try {
    await migrateLog(pool, home);
    await migrateDocuments(pool);
    await migrateMerkleLog(pool);
    await CheckpointSigner.createIfMissing(checkpointKeysFile(home), new Date().toISOString());
    await migrateReadModels(databaseUrl);
  } finally {
    await pool.end();
  }
}

/** Said at once, before the API refuses everything and the worker waits in vain. @throws OtherStore */
async function refuseReadModels(databaseUrl: string, log: EventLog): Promise<void> {
  const readModels = await openReadModels(databaseUrl);
  try {
    await refuseOtherStore(readModels, log);
  } finally {
    await readModels.destroy();
  }
}

async function seedRegistry(
  { databaseUrl, home }: Target,
  demoPeople: boolean,
  first?: (log: EventLog) => Promise<void>,
): Promise<{ published: number }> {
  await checkEventStore();
  const opened = await openLog({ databaseUrl, home, movableTime: mayMoveTime(), follow: false });
  try {
    await first?.(opened.log);
    // Nothing is published onto what a newer program wrote.
    if (opened.registry.fault !== undefined) throw opened.registry.fault;
    return await seed(opened.log, join(cloneFolder(), 'data'), opened.time.now(), { demoPeople });
  } finally {
    await opened.close();
  }
}

async function withProgress(label: string, work: () => Promise<string | undefined>): Promise<void> {
  const progress = createProgress(1);
  progress.step(label);
  const said = await work().finally(() => progress.end());
  if (said !== undefined) console.log(said);
}
