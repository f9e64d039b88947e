/** What a person's words stand in: their cases and referrals, whole to the newest event, without reading the log from its beginning. */
import type { DataSource } from 'typeorm';
import type { Id } from '#domain/event.js';
import type { ReferralEvent } from '#domain/referral/events.js';
import type { StreamsOfPerson } from '#event-store/destruction-desk.js';
import type { EventLog } from '#event-store/event-log.js';
import { comparePositions, type Position, type RecordedEvent } from '#event-store/port.js';
import { caseIdIn } from './parked.js';

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
