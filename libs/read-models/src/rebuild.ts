/**
 * Read models anew from the whole log: built beside the live tables, then swapped in while the checkpoint's row is held, or compared with
 * the live ones by hash. One reading of the log feeds all.
 */
import { createHash } from 'node:crypto';
import type { DataSource, EntityManager, EntitySchema } from 'typeorm';
import type { Id, Sha256 } from '#domain/event.js';
import type { EventLog } from '#event-store/event-log.js';
import { comparePositions, type Position } from '#event-store/port.js';
import { type ParkedCase, park, parkedBy, unpark } from './parked.js';
import {
  type Fold,
  type FoldableEvent,
  foldable,
  foldOne,
  inTransaction,
  isRefusedValue,
  keyColumnOf,
  noRows,
  opensCase,
  type Projection,
  prefixesOf,
  projectedPrefixes,
  type RowsByTable,
  readCheckpoint,
  reads,
  rowKeyOf,
} from './projection.js';
import { projections } from './projections.js';
import { copyRows, keyOrder, selectRows, type TableSuffix, tableOf, upsertRows } from './rows.js';

const EVENTS_AT_ONCE = 5000;
const ROWS_AT_ONCE = 5000;

export interface RebuildOptions {
  /** Of projections; all when absent or empty. */
  readonly names?: readonly string[];
  /** In positions, which need not be dense. */
  readonly onProgress?: (done: number, total: number) => void;
  /** Beyond this many, the cases that came in first are written; 20,000 unless told: about 100 MB for all projections together. */
  readonly mostCasesInMemory?: number;
  /** Events read and folded together; 5,000 unless told. */
  readonly batchSize?: number;
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
    const store = await log.store.identity();
    const parked = await foldLog(dataSource, log, new Map(chosen.map((projection) => [projection, head])), options);
    const rebuilt: RebuiltTable[] = [];
    for (const projection of chosen) {
      await inTransaction(dataSource, async (manager, fold) => {
        await manager.query(`SET LOCAL lock_timeout = '30s'`);
        // Held until the end: a projector that stands elsewhere, or reads another store, is fenced off and reads on from here.
        await manager.query(
          `INSERT INTO read.checkpoint (name, position, store) VALUES ($1, 0, $2)
           ON CONFLICT (name) DO UPDATE SET store = EXCLUDED.store`,
          [projection.name, store],
        );
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

/** Rebuilds beside the live tables to where each stands and compares by hash; changes nothing. @throws NoSuchProjection, OtherStore */
export async function verifyRebuild(
  dataSource: DataSource,
  log: EventLog,
  options: RebuildOptions = {},
): Promise<readonly ComparedTable[]> {
  const chosen = choose(options.names);
  const live = new Map<string, Sha256>();
  const upTo = new Map<Projection, Position>();
  for (const projection of chosen) await readCheckpoint(dataSource, log, projection.name);
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
  options: RebuildOptions,
): Promise<ReadonlyMap<Projection, SetAside>> {
  try {
    return await foldLogInMemory(dataSource, log, upTo, options);
  } catch (error) {
    if (!isRefusedValue(error)) throw error;
    // A value that only the database refuses: once more, slowly, to find whose it is.
    for (const table of tablesOf(dataSource, [...upTo.keys()])) await dataSource.query(`TRUNCATE read."${table}__new"`);
    return foldLogByBatch(dataSource, log, upTo, options);
  }
}

/** Every case's rows wait in memory until its log has been read, or there are too many of them. */
async function foldLogInMemory(
  dataSource: DataSource,
  log: EventLog,
  upTo: ReadonlyMap<Projection, Position>,
  options: RebuildOptions,
): Promise<ReadonlyMap<Projection, SetAside>> {
  const shadows = [...upTo].map(([projection, end]) => ({
    end,
    shadow: new Shadow(dataSource, projection, options.mostCasesInMemory),
  }));
  let written: Promise<unknown> = Promise.resolve();
  for await (const batch of batchesUpTo(log, upTo, options)) {
    for (const { shadow, end } of shadows) await shadow.fold(takenBy(shadow.projection, batch, end), () => written);
    // The next batch is read, opened and folded while this one is written.
    await written;
    written = Promise.all(shadows.map(({ shadow }) => shadow.write()));
    written.catch(() => undefined);
  }
  await written;
  await Promise.all(shadows.map(({ shadow }) => shadow.writeAll()));
  return new Map(shadows.map(({ shadow }) => [shadow.projection, shadow.setAside]));
}

/** One transaction a batch and projection: what is known of a case stands in the tables only. */
async function foldLogByBatch(
  dataSource: DataSource,
  log: EventLog,
  upTo: ReadonlyMap<Projection, Position>,
  options: RebuildOptions,
): Promise<ReadonlyMap<Projection, SetAside>> {
  const parked = new Map([...upTo.keys()].map((projection): [Projection, SetAside] => [projection, new Map()]));
  for await (const batch of batchesUpTo(log, upTo, options))
    for (const [projection, end] of upTo)
      await inTransaction(dataSource, (manager, fold) =>
        foldAround(manager, fold, projection, takenBy(projection, batch, end), parked.get(projection) ?? new Map()),
      );
  return parked;
}

async function* batchesUpTo(
  log: EventLog,
  upTo: ReadonlyMap<Projection, Position>,
  { onProgress, batchSize = EVENTS_AT_ONCE }: RebuildOptions,
): AsyncGenerator<readonly FoldableEvent[]> {
  const last = [...upTo.values()].reduce((a, b) => (comparePositions(a, b) > 0 ? a : b), '0');
  for await (const batch of log.readAll('0', { batchSize, filter: { streamPrefixes: projectedPrefixes } })) {
    yield batch.map((event) => foldable(log, event));
    const reached = batch.at(-1)?.position ?? last;
    onProgress?.(Math.min(Number(reached), Number(last)), Number(last));
    if (comparePositions(reached, last) >= 0) break;
  }
}

/** The tables of one projection beside the live ones, and the cases whose rows are still in memory. */
class Shadow {
  readonly setAside: SetAside = new Map();
  /** In the order in which they came in; `inTable` when older rows of it stand in the tables. */
  private readonly cases = new Map<Id, { rows: RowsByTable; readonly inTable: boolean }>();
  private readonly toInsert: RowsByTable[] = [];
  private readonly toReplace: RowsByTable[] = [];
  private anyInTable = false;

  constructor(
    private readonly dataSource: DataSource,
    readonly projection: Projection,
    private readonly mostInMemory = 20_000,
  ) {}

  /** Folds a batch; `written` settles when the rows given out before have been written. */
  async fold(events: readonly FoldableEvent[], written: () => Promise<unknown>): Promise<void> {
    const { projection } = this;
    const going = this.setAside.size === 0 ? events : events.filter(({ caseId }) => !this.setAside.has(caseId));
    if (this.anyInTable) {
      const unknown = new Set(going.filter((event) => !this.cases.has(event.caseId) && !opensCase(event)).map((e) => e.caseId));
      if (unknown.size > 0) {
        await written();
        await this.load([...unknown]);
      }
    }
    for (const event of going) {
      const { caseId } = event;
      if (this.setAside.has(caseId)) continue;
      const known = this.cases.get(caseId);
      try {
        const rows = foldOne(projection, known?.rows ?? noRows(projection), event);
        if (projection.rowPerEvent === true) this.toInsert.push(rows);
        else if (known === undefined) this.cases.set(caseId, { rows, inTable: false });
        else known.rows = rows;
      } catch (error) {
        this.setAside.set(caseId, parkedBy(event, error));
      }
    }
    if (this.cases.size > this.mostInMemory) this.release(this.cases.size - Math.floor(this.mostInMemory / 2));
  }

  /** Writes what was released so far. */
  async write(): Promise<void> {
    const [inserts, replaces] = [this.toInsert.splice(0), this.toReplace.splice(0)];
    if (inserts.length + replaces.length === 0) return;
    await this.dataSource.transaction(async (manager) => {
      // Nothing is lost that the swap, which does wait for the disk, would not have brought there.
      await manager.query('SET LOCAL synchronous_commit = off');
      for (const [table, entity] of Object.entries(this.projection.tables)) {
        const rowsOf = (all: readonly RowsByTable[]) => all.flatMap((rows) => rows[table] ?? []);
        await copyRows(manager, entity, rowsOf(inserts), '__new');
        await upsertRows(manager, entity, rowsOf(replaces), '__new');
      }
    });
  }

  async writeAll(): Promise<void> {
    this.release(this.cases.size);
    await this.write();
  }

  private release(count: number): void {
    for (const [caseId, { rows, inTable }] of this.cases) {
      if (count === 0) break;
      count -= 1;
      this.cases.delete(caseId);
      (inTable ? this.toReplace : this.toInsert).push(rows);
      this.anyInTable = true;
    }
  }

  private async load(caseIds: readonly Id[]): Promise<void> {
    const found = new Map(caseIds.map((caseId) => [caseId, noRows(this.projection)]));
    for (const [table, entity] of Object.entries(this.projection.tables)) {
      const typed: EntitySchema<object> = entity;
      const sql = `WHERE ${keyColumnOf(this.projection)}::text = ANY($1)`;
      for (const row of await selectRows(this.dataSource.manager, typed, sql, [caseIds], { suffix: '__new' }))
        found.get(rowKeyOf(this.projection, row))?.[table]?.push(row);
    }
    for (const [caseId, rows] of found)
      this.cases.set(caseId, { rows, inTable: Object.values(rows).some((some) => some.length > 0) });
  }
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
  const filter = { streamPrefixes: prefixesOf(projection) };
  for await (const batch of log.readAll(after, { batchSize: EVENTS_AT_ONCE, filter })) {
    await foldAround(
      manager,
      fold,
      projection,
      takenBy(
        projection,
        batch.map((event) => foldable(log, event)),
        end,
      ),
      setAside,
    );
    if (comparePositions(batch.at(-1)?.position ?? end, end) >= 0) break;
  }
}

/** Folds into the tables beside the live ones, around the cases set aside so far. */
async function foldAround(
  manager: EntityManager,
  fold: Fold,
  projection: Projection,
  events: readonly FoldableEvent[],
  setAside: SetAside,
): Promise<void> {
  const going = setAside.size === 0 ? events : events.filter(({ caseId }) => !setAside.has(caseId));
  for (const one of await fold(manager, projection, going, '__new')) setAside.set(one.caseId, one);
}

/**
 * Has PostgreSQL sample the read models anew: what it remembers of a column's values (`pg_statistic`), to plan by, holds words of rows that are
 * gone until then.
 */
export async function sampleAnew(readModels: DataSource): Promise<void> {
  const tables = projections.flatMap((projection) => Object.keys(projection.tables)).map((table) => `read.${table}`);
  await readModels.query(`ANALYZE ${tables.join(', ')}`);
}

/**
 * Folds a parked case anew from its streams, up to where the projection stands, and takes it off the list. Answers why not when it is
 * still not foldable: then its rows stand up to that event and it stays parked.
 * @throws NoSuchProjection, OtherStore, StoreUnavailable
 */
export async function replayParked(
  dataSource: DataSource,
  log: EventLog,
  { projection: name, caseId }: { readonly projection: string; readonly caseId: Id },
): Promise<ParkedCase | undefined> {
  const [projection] = choose([name]);
  if (projection === undefined) throw new NoSuchProjection(`There is no read model ${name}.`);
  await readCheckpoint(dataSource, log, name);
  const streams = prefixesOf(projection).map((prefix) => log.readOpened(`${prefix}${caseId}`));
  const events = (await Promise.all(streams)).flat();
  events.sort((a, b) => comparePositions(a.position, b.position));
  return inTransaction(dataSource, async (manager, fold) => {
    // Held until the end: the projector neither moves nor adds to the case meanwhile.
    const [checkpoint]: { position: Position }[] = await manager.query(
      'SELECT position FROM read.checkpoint WHERE name = $1 FOR UPDATE',
      [name],
    );
    for (const entity of Object.values(projection.tables))
      await manager.query(`DELETE FROM ${tableOf(dataSource.getMetadata(entity))} WHERE ${keyColumnOf(projection)}::text = $1`, [
        caseId,
      ]);
    await unpark(manager, name, caseId);
    const [still] = await fold(
      manager,
      projection,
      takenBy(
        projection,
        events.map((event) => foldable(log, event)),
        checkpoint?.position ?? '0',
      ),
    );
    if (still !== undefined) await park(manager, name, [still]);
    return still;
  });
}

/** Of a batch, the events of the projection's own streams up to where it is to stand. */
function takenBy(projection: Projection, batch: readonly FoldableEvent[], end: Position): readonly FoldableEvent[] {
  const last = batch.at(-1);
  const whole = last === undefined || comparePositions(last.position, end) <= 0;
  return batch.filter((event) => reads(projection, event) && (whole || comparePositions(event.position, end) <= 0));
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
