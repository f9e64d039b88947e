/** What a person's words stand in: their cases and referrals, whole to the newest event, without reading the log from its beginning. */
import type { DataSource } from 'typeorm';
import type { Code, Id, InstantAt } from '#domain/event.js';
import type { ReferralEvent } from '#domain/referral/events.js';
import type { StreamsOfPerson } from '#event-store/destruction-desk.js';
import type { EventLog } from '#event-store/event-log.js';
import { comparePositions, type Position, type RecordedEvent } from '#event-store/port.js';
import { caseIdIn } from './parked.js';
import { pageSize, readCursor, writeCursor } from './projection.js';

const PREFIXES = ['case-', 'referral-'];

/**
 * The read models say it as far as they have come; the log from there on, for a list that is a moment behind could leave out the case just
 * opened. What is set aside, and may lack its row, is looked into.
 */
export async function findStreamsOfPerson(dataSource: DataSource, log: EventLog, personId: Id): Promise<StreamsOfPerson> {
  const [cases, referrals] = [new Set<Id>(), new Set<Id>()];
  const add = (event: RecordedEvent): void => {
    if (isOf(event, personId)) (event.stream.startsWith('case-') ? cases : referrals).add(caseIdIn(event));
  };
  // First how far they have come, then what they say: a row that comes in between is there twice, and none is missed.
  const from = await reached(dataSource, await log.store.identity());
  const known: { stream: 'case' | 'referral' | 'parked'; id: Id }[] = await dataSource.query(
    `SELECT 'case' AS stream, case_id::text AS id FROM read.case_file WHERE subject_id = $1
     UNION ALL SELECT 'referral', referral_id::text FROM read.referral WHERE subject_id = $1 OR referrer_id = $1
     UNION ALL SELECT DISTINCT 'parked', stream FROM read.parked WHERE projection IN ('case_file', 'referral')`,
    [personId],
  );
  for (const { stream, id } of known)
    if (stream === 'parked') (await log.store.read(id)).slice(0, 1).forEach(add);
    else (stream === 'case' ? cases : referrals).add(id);
  for await (const batch of log.store.readAll(from, { filter: { streamPrefixes: PREFIXES } })) batch.forEach(add);
  return { cases: [...cases], referrals: [...referrals] };
}

/** What is kept of a person, as far as an official's offices had it: a case or a referral. */
export interface KeptRecord {
  readonly personId: Id;
  readonly kind: 'case' | 'referral';
  readonly id: Id;
  readonly procedure: Code | null;
}

const KEPT = `(
  SELECT subject_id AS person_id, 'case' AS kind, case_id AS id, procedure, opened_at AS at, stage = 'closed' AS ended, offices
    FROM read.case_file WHERE subject_id IS NOT NULL
  UNION ALL SELECT person_id, 'referral', referral_id, NULL, received_at, status <> 'received', ARRAY[office]
    FROM read.referral CROSS JOIN LATERAL (VALUES (subject_id), (referrer_id)) AS of (person_id) WHERE person_id IS NOT NULL
) AS kept`;

/** Of some persons, what these offices had. One of whom they had nothing is not there. */
export function findKeptRecords(
  dataSource: DataSource,
  { persons, officesInScope }: { readonly persons: readonly Id[]; readonly officesInScope: readonly Code[] },
): Promise<readonly KeptRecord[]> {
  return dataSource.query(
    `SELECT person_id AS "personId", kind, id, procedure FROM ${KEPT}
     WHERE person_id = ANY($1::text[]) AND offices && $2::text[] ORDER BY at, id`,
    [persons, officesInScope],
  );
}

export interface EndedPage {
  readonly persons: readonly Id[];
  /** Absent on the last page. */
  readonly next?: string;
}

/**
 * Persons of whom everything that is kept has ended and began before an instant, those of longest ago first: whether it was kept long enough
 * the schedule says. @throws BadCursor
 */
export async function findEndedPersons(
  dataSource: DataSource,
  asked: {
    readonly officesInScope: readonly Code[];
    readonly begunBefore: InstantAt;
    readonly after?: string;
    readonly limit?: number;
  },
): Promise<EndedPage> {
  const limit = pageSize(asked.limit, 50);
  const [at, personId] = asked.after === undefined ? ['', ''] : readCursor(asked.after, ['instant', 'code']);
  const rows: { personId: Id; at: Date }[] = await dataSource.query(
    `SELECT person_id AS "personId", max(at) AS at FROM ${KEPT}
     GROUP BY person_id HAVING bool_and(ended) AND bool_or(offices && $1::text[]) AND max(at) < $2::timestamptz
       AND ($3 = '' OR (max(at), person_id) > (NULLIF($3, '')::timestamptz, $4))
     ORDER BY max(at), person_id LIMIT ${limit + 1}`,
    [asked.officesInScope, asked.begunBefore, at, personId],
  );
  const shown = rows.slice(0, limit);
  const last = rows.length > limit ? shown.at(-1) : undefined;
  return {
    persons: shown.map((row) => row.personId),
    ...(last === undefined ? {} : { next: writeCursor([last.at.toISOString(), last.personId]) }),
  };
}

/** As the event is stored, for none of these is encrypted: does it open a case or a referral of this person? */
function isOf({ type, data }: RecordedEvent, personId: Id): boolean {
  if (type === 'DraftOpened') return (data as { readonly subject?: Id }).subject === personId;
  if (type !== 'ReferralReceived') return false;
  const { subject, personal } = data as Extract<ReferralEvent, { type: 'ReferralReceived' }>['data'];
  return subject === personId || personal?.[1]?.personId === personId;
}

/** The position up to which both read models know this log; the beginning, where they count in another. */
async function reached(dataSource: DataSource, store: string): Promise<Position> {
  const rows: { position: Position; store: string | null }[] = await dataSource.query(
    `SELECT position, store FROM read.checkpoint WHERE name IN ('case_file', 'referral')`,
  );
  if (rows.length < 2 || rows.some((row) => row.store !== null && row.store !== store)) return '0';
  return rows.map(({ position }) => position).reduce((a, b) => (comparePositions(a, b) <= 0 ? a : b));
}
