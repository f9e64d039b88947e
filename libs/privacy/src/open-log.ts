/** The event log as every app opens it: the store (PostgreSQL or EventStoreDB), personal-data codec under the master key, and the time port. */
import { join } from 'node:path';
import pg from 'pg';
import { CaseDesk } from '#event-store/case-desk.js';
import { EventLog } from '#event-store/event-log.js';
import type { EventStore } from '#event-store/port.js';
import { migratePostgresStore } from '#event-store/postgres-schema.js';
import { PostgresStore } from '#event-store/postgres-store.js';
import { Registry } from '#event-store/registry.js';
import { migrateTime, openTime, type Time } from '#event-store/time.js';
import { AesGcmCodec, type DestroyedKeys } from './aes-gcm-codec.js';
import { readMasterKey } from './master-key.js';
import { migratePersonKeys, PostgresPersonKeyStore } from './person-keys.js';

export interface LogSettings {
  readonly databaseUrl: string;
  /** The EventStoreDB that keeps the log, all else staying in PostgreSQL; TEGAS_EVENTSTORE_URL unless told, else PostgreSQL keeps it. */
  readonly eventStoreUrl?: string;
  /** The folder that holds `master.key`; TEGAS_MASTER_KEY_FILE names another file. */
  readonly home: string;
  /** May time be moved (demo and tests only)? */
  readonly movableTime: boolean;
  readonly poolSize?: number;
  /** Follow the registry live (servers), or read it once (commands). */
  readonly follow: boolean;
}

export interface OpenLog {
  readonly pool: pg.Pool;
  readonly codec: AesGcmCodec;
  readonly log: EventLog;
  readonly registry: Registry;
  readonly desk: CaseDesk;
  readonly time: Time;
  /** Destroys every key of a person; other processes may read by them for half a minute more. @throws StoreUnavailable */
  destroyPerson(personId: string): Promise<DestroyedKeys>;
  close(): Promise<void>;
}

/** Creates or brings up to date what the log needs in the database, and the master key when there is none. */
export async function migrateLog(pool: pg.Pool, home: string): Promise<void> {
  await migratePostgresStore(pool);
  await migratePersonKeys(pool);
  await migrateTime(pool);
  await readMasterKey(masterKeyFile(home), { createIfMissing: true });
}

export async function openLog(settings: LogSettings): Promise<OpenLog> {
  const pool = new pg.Pool({
    connectionString: settings.databaseUrl,
    max: settings.poolSize ?? 8,
    connectionTimeoutMillis: 10_000,
  });
  let store: EventStore | undefined;
  let time: Time | undefined;
  // An idle connection that the server cuts must not end the process; the next query opens another.
  pool.on('error', () => undefined);
  try {
    const opening = await openTime(pool, { movable: settings.movableTime });
    time = opening;
    const codec = new AesGcmCodec(await readMasterKey(masterKeyFile(settings.home)), new PostgresPersonKeyStore(pool));
    const eventStoreUrl = settings.eventStoreUrl ?? configuredEventStore();
    const opened = eventStoreUrl === undefined ? new PostgresStore(pool) : await openEventStoreDb(eventStoreUrl);
    store = opened;
    const log = new EventLog(opened, codec, opening.now);
    const registry = await Registry.open(log, { follow: settings.follow });
    return {
      pool,
      codec,
      log,
      registry,
      desk: new CaseDesk(log, registry),
      time: opening,
      destroyPerson: (personId) => codec.destroyPerson(personId),
      close: async () => {
        opening.close();
        await registry.close();
        await opened.close();
        await pool.end();
      },
    };
  } catch (error) {
    time?.close();
    await store?.close();
    await pool.end();
    throw error;
  }
}

/** Its client is read only where an EventStoreDB keeps the log: that takes longer than most commands. */
export async function openEventStoreDb(url: string): Promise<EventStore> {
  const { EventStoreDbStore } = await import('#event-store/eventstoredb-store.js');
  return new EventStoreDbStore(url);
}

/** TEGAS_EVENTSTORE_URL, or undefined when PostgreSQL keeps the log. */
export function configuredEventStore(): string | undefined {
  const url = process.env.TEGAS_EVENTSTORE_URL;
  return url === undefined || url === '' ? undefined : url;
}

/** TEGAS_MASTER_KEY_FILE, else `master.key` in the home. */
export function masterKeyFile(home: string): string {
  return process.env.TEGAS_MASTER_KEY_FILE ?? join(home, 'master.key');
}
