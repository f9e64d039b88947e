/**
 * Read models anew from the whole log: built beside the live tables, then swapped in while the checkpoint's row is held, or compared with
 * the live ones by hash. One reading of the log feeds all.
 */
import { createHash } from 'node:crypto';
import type { DataSource, EntityManager } from 'typeorm';
import type { Id, Sha256 } from '#domain/event.js';
import { caseStream, clocksStream } from '#domain/process/escalation.js';
import type { EventLog, OpenedEvent } from '#event-store/event-log.js';
import { comparePositions, type Position } from '#event-store/port.js';
import { caseIdIn, type ParkedCase, park, unpark } from './parked.js';
import { caseStreamPrefixes, type Fold, inTransaction, type Projection, readCheckpoint } from './projection.js';
import { projections } from './projections.js';
import { keyOrder, type TableSuffix, tableOf } from './rows.js';

const EVENTS_AT_ONCE = 5000;
const ROWS_AT_ONCE = 5000;
const filter = { streamPrefixes: [...caseStreamPrefixes] };

export interface RebuildOptions {
  /** Of projections; all when absent or empty. */
  readonly names?: readonly string[];
  /** In positions, which need not be dense. */
  readonly onProgress?: (done: number, total: number) => void;
}

export interface RebuiltTable {
  readonly name: string;
  readonly rows: number;
}

export interface ComparedTable {
  readonly name: string;
  readonly rows: number;
  readonly liveHash: Sha256;
  readonly rebuiltHash: Sha256;
  readonly equal: boolean;
}

/** No projection has that name. */
export class NoSuchProjection extends Error {
  override readonly name = 'NoSuchProjection';
}

/** Rebuilds and swaps. Readers see the old rows until the new ones stand; the projector goes on from where these end. @throws NoSuchProjection */
export async function rebuild(
  dataSource: DataSource,
  log: EventLog,
  options: RebuildOptions = {},
): Promise<readonly RebuiltTable[]> {
  const chosen = choose(options.names);
  return withShadows(dataSource, chosen, async () => {
    const head = await log.head();
    const parked = await foldLog(dataSource, log, new Map(chosen.map((projection) => [projection, head])), options);
    const rebuilt: RebuiltTable[] = [];
    for (const projection of chosen) {
      await readCheckpoint(dataSource, projection.name);
      await inTransaction(dataSource, async (manager, fold) => {
        await manager.query(`SET LOCAL lock_timeout = '30s'`);
        // Held until the end: a projector that stands elsewhere is fenced off and reads on from here.
        await manager.query('SELECT FROM read.checkpoint WHERE name = $1 FOR UPDATE', [projection.name]);
        const end = await log.head();
        const setAside = new Map(parked.get(projection));
        await foldBetween(manager, fold, log, projection, { after: head, end }, setAside);
        await unpark(manager, projection.name);
        await park(manager, projection.name, [...setAside.values()]);
        for (const entity of Object.values(projection.tables)) {
          const { schema, tableName } = dataSource.getMetadata(entity);
          await swap(manager, schema ?? 'read', tableName);
          const [counted]: { rows: number }[] = await manager.query(
            `SELECT count(*)::int AS rows FROM "${schema}"."${tableName}"`,
          );
          rebuilt.push({ name: tableName, rows: counted?.rows ?? 0 });
        }
        await manager.query('UPDATE read.checkpoint SET position = $2 WHERE name = $1', [projection.name, end]);
      });
    }
    return rebuilt;
  });
}

/** Rebuilds beside the live tables to where each stands and compares by hash; changes nothing. @throws NoSuchProjection */
export async function verifyRebuild(
  dataSource: DataSource,
  log: EventLog,
  options: RebuildOptions = {},
): Promise<readonly ComparedTable[]> {
  const chosen = choose(options.names);
  const live = new Map<string, Sha256>();
  const upTo = new Map<Projection, Position>();
  for (const projection of chosen) await readCheckpoint(dataSource, projection.name);
  // One snapshot of checkpoints and rows, which always move together: the projectors need not stand still for it.
  await dataSource.transaction('REPEATABLE READ', async (manager) => {
    for (const projection of chosen) {
      const [row]: { position: Position }[] = await manager.query('SELECT position FROM read.checkpoint WHERE name = $1', [
        projection.name,
      ]);
      upTo.set(projection, row?.position ?? '0');
    }
    for (const table of tablesOf(dataSource, chosen)) live.set(table, (await hashTable(manager, table, '')).hash);
  });
  return withShadows(dataSource, chosen, async () => {
    await foldLog(dataSource, log, upTo, options);
    return dataSource.transaction(async (manager) => {
      const compared: ComparedTable[] = [];
      for (const name of tablesOf(dataSource, chosen)) {
        const { hash: rebuiltHash, rows } = await hashTable(manager, name, '__new');
        const liveHash = live.get(name) ?? '';
        compared.push({ name, rows, liveHash, rebuiltHash, equal: liveHash === rebuiltHash });
      }
      return compared;
    });
  });
}

/** SHA-256 over every row of a table in the order of its key, each column as PostgreSQL's text in UTC. */
export async function hashReadModel(dataSource: DataSource, table: string): Promise<Sha256> {
  return (await dataSource.transaction((manager) => hashTable(manager, table, ''))).hash;
}

async function hashTable(manager: EntityManager, table: string, suffix: TableSuffix): Promise<{ hash: Sha256; rows: number }> {
  const metadata = manager.connection.getMetadata(table);
  const columns = metadata.columns.map((c) => `"${c.databaseName}"::text`);
  await manager.query(`SET LOCAL TimeZone = 'UTC'`);
  await manager.query(`SET LOCAL DateStyle = 'ISO'`);
  await manager.query(
    `DECLARE hashed NO SCROLL CURSOR FOR SELECT json_build_array(${columns.join(', ')})::text AS row
     FROM ${tableOf(metadata, suffix)} ORDER BY ${keyOrder(metadata)}`,
  );
  const hash = createHash('sha256');
  let rows = 0;
  for (;;) {
    const some: { row: string }[] = await manager.query(`FETCH ${ROWS_AT_ONCE} FROM hashed`);
    for (const { row } of some) hash.update(`${row}\n`);
    rows += some.length;
    if (some.length < ROWS_AT_ONCE) break;
  }
  await manager.query('CLOSE hashed');
  return { hash: hash.digest('hex'), rows };
}

function choose(names: readonly string[] = []): readonly Projection[] {
  const unknown = names.find((name) => !projections.some((projection) => projection.name === name));
  if (unknown !== undefined)
    throw new NoSuchProjection(`There is no read model ${unknown}. There are ${projections.map((p) => p.name).join(', ')}.`);
  return names.length === 0 ? projections : projections.filter((projection) => names.includes(projection.name));
}

function tablesOf(dataSource: DataSource, chosen: readonly Projection[]): readonly string[] {
  return chosen.flatMap((p) => Object.values(p.tables).map((entity) => dataSource.getMetadata(entity).tableName));
}

/** Empty tables beside the live ones for as long as `work` lasts; one rebuild at a time. */
async function withShadows<T>(dataSource: DataSource, chosen: readonly Projection[], work: () => Promise<T>): Promise<T> {
  const lock = dataSource.createQueryRunner();
  try {
    const [taken]: { free: boolean }[] = await lock.query(
      `SELECT pg_try_advisory_lock(hashtextextended('tegas rebuild read', 0)) AS free`,
    );
    if (taken?.free !== true) throw new Error('Another rebuild of the read models is under way');
    const drop = async (): Promise<void> => {
      for (const table of tablesOf(dataSource, chosen)) await dataSource.query(`DROP TABLE IF EXISTS read."${table}__new"`);
    };
    try {
      await drop();
      for (const table of tablesOf(dataSource, chosen))
        await dataSource.query(`CREATE TABLE read."${table}__new" (LIKE read."${table}" INCLUDING ALL)`);
      return await work();
    } finally {
      await drop();
    }
  } finally {
    await lock.query('SELECT pg_advisory_unlock_all()').catch(() => undefined);
    await lock.release();
  }
}

type SetAside = Map<Id, ParkedCase>;

/** One reading of the log; each projection takes what stands up to its own position. Answers the cases each sets aside. */
async function foldLog(
  dataSource: DataSource,
  log: EventLog,
  upTo: ReadonlyMap<Projection, Position>,
  { onProgress }: RebuildOptions,
): Promise<ReadonlyMap<Projection, SetAside>> {
  const last = [...upTo.values()].reduce((a, b) => (comparePositions(a, b) > 0 ? a : b), '0');
  const parked = new Map([...upTo.keys()].map((projection): [Projection, SetAside] => [projection, new Map()]));
  for await (const batch of log.readAll('0', { batchSize: EVENTS_AT_ONCE, filter })) {
    await Promise.all(
      [...upTo].map(([projection, end]) =>
        inTransaction(dataSource, async (manager, fold) => {
          // Nothing is lost that the swap, which does wait for the disk, would not have brought there.
          await manager.query('SET LOCAL synchronous_commit = off');
          await foldAround(manager, fold, projection, until(batch, end), parked.get(projection) ?? new Map());
        }),
      ),
    );
    const reached = batch.at(-1)?.position ?? last;
    onProgress?.(Math.min(Number(reached), Number(last)), Number(last));
    if (comparePositions(reached, last) >= 0) break;
  }
  return parked;
}

async function foldBetween(
  manager: EntityManager,
  fold: Fold,
  log: EventLog,
  projection: Projection,
  { after, end }: { readonly after: Position; readonly end: Position },
  setAside: SetAside,
): Promise<void> {
  if (comparePositions(after, end) >= 0) return;
  for await (const batch of log.readAll(after, { batchSize: EVENTS_AT_ONCE, filter })) {
    await foldAround(manager, fold, projection, until(batch, end), setAside);
    if (comparePositions(batch.at(-1)?.position ?? end, end) >= 0) break;
  }
}

/** Folds into the tables beside the live ones, around the cases set aside so far. */
async function foldAround(
  manager: EntityManager,
  fold: Fold,
  projection: Projection,
  events: readonly OpenedEvent[],
  setAside: SetAside,
): Promise<void> {
  const going = setAside.size === 0 ? events : events.filter((event) => !setAside.has(caseIdIn(event)));
  for (const one of await fold(manager, projection, going, '__new')) setAside.set(one.caseId, one);
}

/**
 * Folds a parked case anew from its streams, up to where the projection stands, and takes it off the list. Answers why not when it is
 * still not foldable: then its rows stand up to that event and it stays parked.
 * @throws NoSuchProjection, StoreUnavailable
 */
export async function replayParked(
  dataSource: DataSource,
  log: EventLog,
  { projection: name, caseId }: { readonly projection: string; readonly caseId: Id },
): Promise<ParkedCase | undefined> {
  const [projection] = choose([name]);
  if (projection === undefined) throw new NoSuchProjection(`There is no read model ${name}.`);
  const events = [...(await log.readOpened(caseStream(caseId))), ...(await log.readOpened(clocksStream(caseId)))];
  events.sort((a, b) => comparePositions(a.position, b.position));
  return inTransaction(dataSource, async (manager, fold) => {
    // Held until the end: the projector neither moves nor adds to the case meanwhile.
    const [checkpoint]: { position: Position }[] = await manager.query(
      'SELECT position FROM read.checkpoint WHERE name = $1 FOR UPDATE',
      [name],
    );
    for (const entity of Object.values(projection.tables))
      await manager.query(`DELETE FROM ${tableOf(dataSource.getMetadata(entity))} WHERE case_id::text = $1`, [caseId]);
    await unpark(manager, name, caseId);
    const [still] = await fold(manager, projection, until(events, checkpoint?.position ?? '0'));
    if (still !== undefined) await park(manager, name, [still]);
    return still;
  });
}

function until(batch: readonly OpenedEvent[], end: Position): readonly OpenedEvent[] {
  return batch.filter((event) => comparePositions(event.position, end) <= 0);
}

/** The new table takes the live one's name, and its indexes theirs, so that later migrations find both. */
async function swap(manager: EntityManager, schema: string, table: string): Promise<void> {
  const indexes = async (of: string): Promise<{ name: string; definition: string }[]> =>
    manager.query(
      `SELECT indexname AS name, substring(indexdef from ' USING .*') AS definition FROM pg_indexes
       WHERE schemaname = $1 AND tablename = $2 ORDER BY indexname`,
      [schema, of],
    );
  const wanted = await indexes(table);
  const built = await indexes(`${table}__new`);
  await manager.query(`DROP TABLE "${schema}"."${table}"`);
  await manager.query(`ALTER TABLE "${schema}"."${table}__new" RENAME TO "${table}"`);
  for (const { name, definition } of wanted) {
    const at = built.findIndex((index) => index.definition === definition);
    const [index] = at === -1 ? [] : built.splice(at, 1);
    if (index !== undefined) await manager.query(`ALTER INDEX "${schema}"."${index.name}" RENAME TO "${name}"`);
  }
}
