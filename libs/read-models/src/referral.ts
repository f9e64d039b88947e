/** Referrals from posts and villages, by office: those with an indicator of trafficking before all others. No name and no word of anyone. */
import { type DataSource, EntitySchema } from 'typeorm';
import type { Code, DateOn, Id, InstantAt } from '#domain/event.js';
import { evolveReferral, type Referral } from '#domain/referral/referral.js';
import type { Position } from '#event-store/port.js';
import { type Projection, pageSize, type ReferralStreamEvent, readCursor, writeCursor } from './projection.js';
import { selectRows } from './rows.js';

export interface ReferralRow {
  readonly referralId: Id;
  readonly status: Referral['status'];
  readonly office: Code;
  readonly channel: Code;
  readonly area: Code;
  readonly seenOn: DateOn | null;
  readonly subjectId: Id;
  readonly referrerId: Id | null;
  readonly receivedBy: Id;
  readonly receivedAt: InstantAt;
  readonly indicators: readonly Code[];
  readonly caseId: Id | null;
  readonly caseOffice: Code | null;
  readonly procedure: Code | null;
  readonly ground: Code | null;
  readonly endedBy: Id | null;
  readonly endedAt: InstantAt | null;
  readonly revision: number;
  readonly position: Position;
}

const ReferralEntity = new EntitySchema<ReferralRow>({
  name: 'referral',
  schema: 'read',
  columns: {
    referralId: { type: 'uuid', primary: true },
    status: { type: 'text' },
    office: { type: 'text' },
    channel: { type: 'text' },
    area: { type: 'text' },
    seenOn: { type: 'date', nullable: true },
    subjectId: { type: 'text' },
    referrerId: { type: 'text', nullable: true },
    receivedBy: { type: 'text' },
    receivedAt: { type: 'timestamptz' },
    indicators: { type: 'text', array: true },
    caseId: { type: 'uuid', nullable: true },
    caseOffice: { type: 'text', nullable: true },
    procedure: { type: 'text', nullable: true },
    ground: { type: 'text', nullable: true },
    endedBy: { type: 'text', nullable: true },
    endedAt: { type: 'timestamptz', nullable: true },
    revision: { type: 'integer' },
    position: { type: 'bigint' },
  },
});

type ReferralRows = { readonly referral: readonly ReferralRow[] };

export const referralProjection: Projection<ReferralRows, ReferralStreamEvent> = {
  name: 'referral',
  tables: { referral: ReferralEntity },
  streamPrefixes: ['referral-'],
  rowsOf: 'referralId',
  fold({ referral: [row] }, event) {
    const { revision, position } = event;
    const { by, at } = event.data;
    if (event.type === 'ReferralReceived') {
      const { referralId, status, office, channel, area, seenOn, subjectId, referrerId, receivedBy, receivedAt, indicators } =
        evolveReferral(undefined, event);
      return {
        referral: [
          {
            referralId,
            status,
            office,
            channel,
            area,
            seenOn: seenOn ?? null,
            subjectId,
            referrerId: referrerId ?? null,
            receivedBy,
            receivedAt,
            indicators: indicators.map(({ indicator }) => indicator),
            caseId: null,
            caseOffice: null,
            procedure: null,
            ground: null,
            endedBy: null,
            endedAt: null,
            revision,
            position,
          },
        ],
      };
    }
    if (row === undefined) throw new Error(`${event.type} in ${event.stream}, which no referral was received in`);
    const ended = { ...row, endedBy: by, endedAt: at, revision, position };
    if (event.type === 'ReferralClosed') return { referral: [{ ...ended, status: 'closed', ground: event.data.ground }] };
    const { caseId, office: caseOffice, procedure } = event.data;
    return { referral: [{ ...ended, status: 'accepted', caseId, caseOffice, procedure: procedure.code }] };
  },
};

export interface ReferralFilter {
  /** Offices the reader may see: where it was received, or where its case opened. */
  readonly officesInScope: readonly Code[];
  /** Only those that still wait, unless told. */
  readonly status?: Referral['status'];
  readonly office?: Code;
  readonly limit?: number;
  readonly after?: string;
}

export interface ReferralPage {
  readonly items: readonly ReferralRow[];
  /** Absent on the last page. */
  readonly next?: string;
}

const IN_SCOPE = '(office = ANY($1::text[]) OR case_office = ANY($1::text[]))';
const ALARMED = `(CASE WHEN indicators <> '{}' THEN 0 ELSE 1 END)`;

/** Those with an indicator of trafficking first, then the oldest. @throws BadCursor */
export async function findReferrals(dataSource: DataSource, filter: ReferralFilter): Promise<ReferralPage> {
  const parameters: unknown[] = [filter.officesInScope, filter.status ?? 'received'];
  const put = (value: unknown): string => `$${parameters.push(value)}`;
  const where = [IN_SCOPE, 'status = $2'];
  if (filter.office !== undefined) where.push(`office = ${put(filter.office)}`);
  if (filter.after !== undefined) {
    const [alarmed, at, id] = readCursor(filter.after, ['whole', 'instant', 'uuid']);
    where.push(`(${ALARMED}, received_at, referral_id) > (${put(alarmed)}::int, ${put(at)}::timestamptz, ${put(id)}::uuid)`);
  }
  const limit = pageSize(filter.limit, 50);
  const rows = await selectRows(
    dataSource.manager,
    ReferralEntity,
    `WHERE ${where.join(' AND ')} ORDER BY ${ALARMED}, received_at, referral_id LIMIT ${limit + 1}`,
    parameters,
  );
  const items = rows.slice(0, limit);
  const last = rows.length > limit ? items.at(-1) : undefined;
  if (last === undefined) return { items };
  return { items, next: writeCursor([last.indicators.length > 0 ? 0 : 1, last.receivedAt, last.referralId]) };
}

/** How many referrals with an indicator of trafficking wait in these offices. */
export async function countAlarmedReferrals(dataSource: DataSource, officesInScope: readonly Code[]): Promise<number> {
  const [row]: { count: number }[] = await dataSource.query(
    `SELECT count(*)::int AS count FROM read.referral WHERE ${IN_SCOPE} AND status = 'received' AND indicators <> '{}'`,
    [officesInScope],
  );
  return row?.count ?? 0;
}

/** Accepted referrals whose case is not open yet: whoever accepted them fell over between the two. */
export async function findReferralsWithoutCase(dataSource: DataSource, limit: number): Promise<readonly Id[]> {
  const rows: { referralId: Id }[] = await dataSource.query(
    `SELECT referral_id AS "referralId" FROM read.referral r WHERE status = 'accepted'
     AND NOT EXISTS (SELECT 1 FROM read.case_file f WHERE f.case_id = r.case_id) ORDER BY ended_at, referral_id LIMIT $1`,
    [limit],
  );
  return rows.map(({ referralId }) => referralId);
}

/** The offices that see these referrals, by id. */
export async function findReferralOffices(
  dataSource: DataSource,
  referralIds: readonly Id[],
): Promise<ReadonlyMap<Id, readonly Code[]>> {
  if (referralIds.length === 0) return new Map();
  const rows: { referralId: Id; offices: readonly Code[] }[] = await dataSource.query(
    `SELECT referral_id AS "referralId", array_remove(ARRAY[office, case_office], NULL) AS offices FROM read.referral
     WHERE referral_id = ANY($1::uuid[])`,
    [referralIds],
  );
  return new Map(rows.map(({ referralId, offices }) => [referralId, offices]));
}
