/** What happened in a case: one row for every event of its own stream and its clocks'. What was said stands in the streams alone (ADR 30). */
import { type DataSource, EntitySchema } from 'typeorm';
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
  const { personal: _, ...data } = event.data as { readonly [key: string]: Json } & CaseStreamEvent['data'];
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
    hash,
  };
}

export interface CaseHistoryPage {
  readonly items: readonly CaseHistoryRow[];
  /** Absent on the last page. */
  readonly next?: string;
}

/** On a page. What was said in them is read from the whole stream for each page, so a case of hundreds of events is better told at once. */
export const MOST_EVENTS = 1000;

/** Oldest first. `after` is the `next` of the page before. @throws BadCursor */
export async function findHistory(
  dataSource: DataSource,
  caseId: Id,
  page: { readonly after?: string; readonly limit?: number } = {},
): Promise<CaseHistoryPage> {
  const { after = '0' } = page;
  if (!/^\d{1,18}$/.test(after)) throw new BadCursor('Not a cursor of this list');
  const limit = pageSize(page.limit, 100, MOST_EVENTS);
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
