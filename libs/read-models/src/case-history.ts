/** What happened in a case: one row for every event of its own stream and its clocks'. */
import { type DataSource, EntitySchema, type QueryRunner } from 'typeorm';
import type { Code, Id, InstantAt, Json, Sha256 } from '#domain/event.js';
import type { Position } from '#event-store/port.js';
import { BadCursor, type CaseStreamEvent, type Projection, pageSize } from './projection.js';
import { selectRows } from './rows.js';

export interface CaseHistoryRow {
  readonly position: Position;
  readonly eventId: Id;
  readonly stream: Id;
  readonly caseId: Id;
  readonly revision: number;
  readonly type: Code;
  readonly recordedAt: InstantAt;
  readonly effectiveAt: InstantAt;
  /** Who entered it. */
  readonly actor: Id;
  /** Who acted, when that is someone else. */
  readonly performedBy: Id | null;
  readonly office: Code | null;
  /** Without personal parts. */
  readonly data: { readonly [key: string]: Json };
  /** The fields of all personal parts together; null when there are none or they were destroyed. */
  readonly personal: { readonly [field: string]: Json } | null;
  readonly hash: Sha256;
}

const CaseHistoryEntity = new EntitySchema<CaseHistoryRow>({
  name: 'case_history',
  schema: 'read',
  columns: {
    position: { type: 'bigint', primary: true },
    eventId: { type: 'uuid' },
    stream: { type: 'text' },
    caseId: { type: 'uuid' },
    revision: { type: 'integer' },
    type: { type: 'text' },
    recordedAt: { type: 'timestamptz' },
    effectiveAt: { type: 'timestamptz' },
    actor: { type: 'text' },
    performedBy: { type: 'text', nullable: true },
    office: { type: 'text', nullable: true },
    data: { type: 'jsonb' },
    personal: { type: 'jsonb', nullable: true },
    hash: { type: 'text' },
  },
});

type CaseHistoryRows = { readonly case_history: readonly CaseHistoryRow[] };

export const caseHistoryProjection: Projection<CaseHistoryRows, CaseStreamEvent> = {
  name: 'case_history',
  tables: { case_history: CaseHistoryEntity },
  rowPerEvent: true,
  fold: ({ case_history }, event) => ({ case_history: [...case_history, rowOf(event)] }),
};

function rowOf(event: CaseStreamEvent): CaseHistoryRow {
  const { personal, ...data } = event.data as { readonly [key: string]: Json } & CaseStreamEvent['data'];
  const said: { [field: string]: Json } = Object.assign({}, ...(personal ?? []).map((part) => part.fields));
  const { recordedAt, effectiveAt, actor, performedBy, office, hash } = event.metadata;
  return {
    position: event.position,
    eventId: event.id,
    stream: event.stream,
    caseId: event.caseId,
    revision: event.revision,
    type: event.type,
    recordedAt,
    effectiveAt,
    actor,
    performedBy: performedBy ?? null,
    office: office ?? null,
    data,
    personal: Object.keys(said).length === 0 ? null : said,
    hash,
  };
}

export interface CaseHistoryPage {
  readonly items: readonly CaseHistoryRow[];
  /** Absent on the last page. */
  readonly next?: string;
}

/** Oldest first. `after` is the `next` of the page before. @throws BadCursor */
export async function findHistory(
  dataSource: DataSource,
  caseId: Id,
  page: { readonly after?: string; readonly limit?: number } = {},
): Promise<CaseHistoryPage> {
  const { after = '0' } = page;
  if (!/^\d{1,18}$/.test(after)) throw new BadCursor('Not a cursor of this list');
  const limit = pageSize(page.limit, 100);
  const rows = await selectRows(
    dataSource.manager,
    CaseHistoryEntity,
    `WHERE case_id = $1 AND position > $2 ORDER BY position LIMIT ${limit + 1}`,
    [caseId, after],
  );
  const items = rows.slice(0, limit);
  const last = rows.length > limit ? items.at(-1) : undefined;
  return { items, ...(last === undefined ? {} : { next: last.position }) };
}

/** A case as its history tells it, for looking back over many: only the types asked for, in order. */
export interface PastCase {
  readonly caseId: Id;
  readonly events: readonly { readonly type: Code; readonly data: object }[];
}

const CASES_AT_ONCE = 500;

/**
 * Every case of a procedure that was determined, by case id. Two connections read by turns, so that the next batch is on its way while this
 * one is worked on; memory holds those two. In one snapshot: all from one moment.
 */
export async function* pastCases(dataSource: DataSource, procedure: Code, types: readonly Code[]): AsyncGenerator<PastCase> {
  const lanes = [dataSource.createQueryRunner(), dataSource.createQueryRunner()] as const;
  try {
    const [first, second] = lanes;
    await first.startTransaction('REPEATABLE READ');
    const [{ snapshot }]: [{ snapshot: string }] = await first.query('SELECT pg_export_snapshot() AS snapshot');
    await second.startTransaction('REPEATABLE READ');
    await second.query(`SET TRANSACTION SNAPSHOT '${snapshot}'`);
    let lane = 0;
    const ask = (after: Id | undefined) => pastBatch(lanes[lane++ % 2] ?? first, procedure, types, after);
    for (let next = ask(undefined); ; ) {
      const { rows, last } = await next;
      if (last !== undefined) next = settledLater(ask(last));
      yield* casesOf(await rows);
      if (last === undefined) return;
    }
  } finally {
    for (const runner of lanes) {
      await runner.rollbackTransaction().catch(() => undefined);
      await runner.release();
    }
  }
}

type PastRow = Pick<CaseHistoryRow, 'caseId' | 'type' | 'data' | 'personal'>;

/** Which cases come after one of them, known at once, and their history, on its way. `last` is undefined at the end. */
async function pastBatch(
  runner: QueryRunner,
  procedure: Code,
  types: readonly Code[],
  after: Id | undefined,
): Promise<{ readonly rows: Promise<readonly PastRow[]>; readonly last: Id | undefined }> {
  const cases: readonly { readonly caseId: Id }[] = await runner.query(
    `SELECT case_id AS "caseId" FROM read.case_file
      WHERE procedure = $1 AND outcome IS NOT NULL AND case_id > $2::uuid ORDER BY case_id LIMIT ${CASES_AT_ONCE}`,
    [procedure, after ?? '00000000-0000-0000-0000-000000000000'],
  );
  const rows: Promise<readonly PastRow[]> = runner.query(
    `SELECT case_id AS "caseId", type, data, personal FROM read.case_history
      WHERE case_id = ANY($1::uuid[]) AND type = ANY($2) ORDER BY case_id, position`,
    [cases.map(({ caseId }) => caseId), types],
  );
  return { rows: settledLater(rows), last: cases.length < CASES_AT_ONCE ? undefined : cases.at(-1)?.caseId };
}

/** It is awaited in its turn; that it failed before is told then. */
function settledLater<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  return promise;
}

function* casesOf(rows: readonly PastRow[]): Generator<PastCase> {
  let current: { caseId: Id; events: { type: Code; data: object }[] } | undefined;
  for (const { caseId, type, data, personal } of rows) {
    if (current !== undefined && current.caseId !== caseId) yield current;
    if (current?.caseId !== caseId) current = { caseId, events: [] };
    const parts = personal === null ? {} : { personal: [{ personId: caseId, retentionClass: 'case', fields: personal }] };
    current.events.push({ type, data: { ...data, ...parts } });
  }
  if (current !== undefined) yield current;
}

/** How many cases `pastCases` gives. */
export async function countPastCases(dataSource: DataSource, procedure: Code): Promise<number> {
  const [row]: { count: number }[] = await dataSource.query(
    'SELECT count(*)::int AS count FROM read.case_file WHERE procedure = $1 AND outcome IS NOT NULL',
    [procedure],
  );
  return row?.count ?? 0;
}
