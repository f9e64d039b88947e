/**
 * What officials were told of clocks: one row for each official and telling, in the inbox of that official alone. Codes and ids only. A
 * row stands under the event that told it; what its official did about it is an event too, so a rebuild gives the same inbox.
 */
import { type DataSource, EntitySchema } from 'typeorm';
import { referenceOf } from '#domain/case/reference.js';
import { assertNever, type Code, type Id, type InstantAt, type Zone } from '#domain/event.js';
import { LAW_ACTS } from '#domain/process/escalation.js';
import type { ClocksEvent } from '#domain/process/events.js';
import type { Position } from '#event-store/port.js';
import type { ClockStatus } from './clock-board.js';
import { type CaseStreamEvent, type GlassStreamEvent, type Projection, pageSize, readCursor, writeCursor } from './projection.js';
import { selectRows } from './rows.js';

export interface NotificationRow {
  /** The event that told it. */
  readonly id: Id;
  /** Whose inbox it is in: a login. */
  readonly official: Id;
  /** `glass-broken`: someone reads a case for a reason, until `dueAt`; `clockId` is the id of that. */
  readonly kind: 'escalated' | 'law-acts' | 'glass-broken';
  readonly caseId: Id;
  readonly reference: string;
  readonly clockId: Id;
  readonly clock: Code;
  /** The due instant that it was told about; one that moved is told anew. */
  readonly dueAt: InstantAt;
  readonly step: Code;
  /** As which role of which office they were told. */
  readonly role: Code;
  readonly office: Code;
  /** Whom the step was told to before, and it passed on from; empty where it was told as it fell. */
  readonly toldBefore: readonly Id[];
  /** What the law will make of the case; null where it only falls due. */
  readonly outcome: Code | null;
  readonly at: InstantAt;
  readonly seenAt: InstantAt | null;
  /** Who of all who were told answers for it. */
  readonly acknowledgedBy: Id | null;
  readonly acknowledgedAt: InstantAt | null;
  readonly position: Position;
}

const NotificationEntity = new EntitySchema<NotificationRow>({
  name: 'notification',
  schema: 'read',
  columns: {
    id: { type: 'uuid', primary: true },
    official: { type: 'text', primary: true },
    kind: { type: 'text' },
    caseId: { type: 'uuid' },
    reference: { type: 'text' },
    clockId: { type: 'text' },
    clock: { type: 'text' },
    dueAt: { type: 'timestamptz' },
    step: { type: 'text' },
    role: { type: 'text' },
    office: { type: 'text' },
    toldBefore: { type: 'text', array: true },
    outcome: { type: 'text', nullable: true },
    at: { type: 'timestamptz' },
    seenAt: { type: 'timestamptz', nullable: true },
    acknowledgedBy: { type: 'text', nullable: true },
    acknowledgedAt: { type: 'timestamptz', nullable: true },
    position: { type: 'bigint' },
  },
});

type NotificationRows = { readonly notification: readonly NotificationRow[] };

export const notificationProjection: Projection<NotificationRows, (CaseStreamEvent & ClocksEvent) | GlassStreamEvent> = {
  name: 'notification',
  tables: { notification: NotificationEntity },
  streamPrefixes: ['clocks-', 'glass-'],
  fold(rows, event) {
    switch (event.type) {
      case 'ClockEscalated':
        return withTold(rows, event, { kind: 'escalated', step: event.data.step, outcome: null });
      case 'ClockWarned':
        return withTold(rows, event, { kind: 'law-acts', step: LAW_ACTS, outcome: event.data.outcome ?? null });
      case 'ClockPassedOn': {
        const { step, outcome = null, toldBefore } = event.data;
        return withTold(rows, event, { kind: step === LAW_ACTS ? 'law-acts' : 'escalated', step, outcome }, toldBefore);
      }
      case 'EscalationSeen': {
        const { by, at } = event.data;
        return onTelling(rows, event, (row) => (row.official === by ? { seenAt: row.seenAt ?? at } : undefined));
      }
      case 'EscalationAcknowledged': {
        const { by, at } = event.data;
        return onTelling(rows, event, (row) => ({
          // Of a step that was passed on, who answered for it before did.
          ...(row.acknowledgedBy === null ? { acknowledgedBy: by, acknowledgedAt: at } : {}),
          // Nobody answers for what they have not seen.
          ...(row.official === by ? { seenAt: row.seenAt ?? at } : {}),
        }));
      }
      case 'GlassBroken': {
        const { accessId, until, at, office, toRole, told } = event.data;
        const data = { caseId: event.caseId, clockId: accessId, clock: GLASS, dueAt: until, at, office, toRole, told };
        return withTold(rows, { ...event, data }, { kind: 'glass-broken', step: GLASS, outcome: null });
      }
      case 'GlassSeen':
      case 'GlassReviewed': {
        const { accessId, by, at } = event.data;
        const reviewed = event.type === 'GlassReviewed' ? { acknowledgedBy: by, acknowledgedAt: at } : {};
        return {
          notification: rows.notification.map((row) =>
            row.clockId !== accessId
              ? row
              : { ...row, ...reviewed, ...(row.official === by ? { seenAt: row.seenAt ?? at } : {}), position: event.position },
          ),
        };
      }
      case 'ClockFellDue':
      case 'LadderMoved':
        return rows;
      default:
        return assertNever(event);
    }
  },
};

/** What stands for a clock and its step where someone reads a case for a reason. */
const GLASS: Code = 'break-glass';

type Telling = Pick<CaseStreamEvent, 'id' | 'caseId' | 'position'> & {
  readonly data: Pick<
    Extract<ClocksEvent, { type: 'ClockEscalated' }>['data'],
    'clockId' | 'clock' | 'dueAt' | 'at' | 'office' | 'toRole' | 'told'
  >;
};
type Answer = CaseStreamEvent & Extract<ClocksEvent, { type: 'EscalationSeen' | 'EscalationAcknowledged' }>;

function withTold(
  rows: NotificationRows,
  { id, caseId, position, data: { clockId, clock, dueAt, at, office, toRole, told } }: Telling,
  what: Pick<NotificationRow, 'kind' | 'step' | 'outcome'>,
  toldBefore: readonly Id[] = [],
): NotificationRows {
  const reference = referenceOf(caseId);
  const unanswered = { seenAt: null, acknowledgedBy: null, acknowledgedAt: null };
  const added = told.map(
    (official): NotificationRow => ({
      ...{ id, official, caseId, reference, clockId, clock, dueAt, role: toRole, office, toldBefore, at, position },
      ...what,
      ...unanswered,
    }),
  );
  return { notification: [...rows.notification, ...added] };
}

function onTelling(
  rows: NotificationRows,
  { position, data: { clockId, dueAt, step } }: Answer,
  change: (row: NotificationRow) => Partial<NotificationRow> | undefined,
): NotificationRows {
  return {
    notification: rows.notification.map((row) => {
      const changed = row.clockId === clockId && row.dueAt === dueAt && row.step === step ? change(row) : undefined;
      return changed === undefined ? row : { ...row, ...changed, position };
    }),
  };
}

export interface NotificationFilter {
  readonly official: Id;
  /** Only what they have not opened, or only what they have. */
  readonly unread?: boolean;
  /** 1 to 200; 50 unless given. */
  readonly limit?: number;
  /** `next` of the page before. */
  readonly after?: string;
}

/** How its clock stands now, as the clock board has it; null where that has not come so far. */
interface ClockNow {
  readonly procedure: Code;
  readonly zone: Zone;
  readonly status: ClockStatus;
  /** Null while it stands still. */
  readonly dueAt: InstantAt | null;
}

export interface NotificationPage {
  readonly items: readonly (NotificationRow & { readonly clockNow: ClockNow | null })[];
  /** Of the whole inbox, whatever the filter. */
  readonly unread: number;
  /** Absent on the last page. */
  readonly next?: string;
}

/** The inbox of one official: unread first, then the newest. @throws BadCursor */
export async function findNotifications(dataSource: DataSource, filter: NotificationFilter): Promise<NotificationPage> {
  const parameters: unknown[] = [filter.official];
  const put = (value: unknown): string => `$${parameters.push(value)}`;
  const unread = '(CASE WHEN seen_at IS NULL THEN 1 ELSE 0 END)';
  const where = ['official = $1'];
  if (filter.unread !== undefined) where.push(`seen_at IS ${filter.unread ? '' : 'NOT '}NULL`);
  if (filter.after !== undefined) {
    const [unseen, at, id] = readCursor(filter.after, ['whole', 'instant', 'uuid']);
    where.push(`(${unread}, at, id) < (${put(unseen)}::int, ${put(at)}::timestamptz, ${put(id)}::uuid)`);
  }
  const limit = pageSize(filter.limit, 50);
  const rows = await selectRows<NotificationRow, { readonly clockNow: ClockNow | null }>(
    dataSource.manager,
    NotificationEntity,
    `WHERE ${where.join(' AND ')} ORDER BY ${unread} DESC, at DESC, id DESC LIMIT ${limit + 1}`,
    parameters,
    {
      extra: `(SELECT json_build_object('procedure', c.procedure, 'zone', c.zone, 'status', c.status,
          'dueAt', to_char(c.due_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')) FROM read.clock_board c
        WHERE c.case_id = notification.case_id AND c.clock_id = notification.clock_id) AS "clockNow"`,
    },
  );
  const [counted]: { unread: number }[] = await dataSource.query(
    'SELECT count(*)::int AS unread FROM read.notification WHERE official = $1 AND seen_at IS NULL',
    [filter.official],
  );
  const items = rows.slice(0, limit);
  const last = rows.length > limit ? items.at(-1) : undefined;
  return {
    items,
    unread: counted?.unread ?? 0,
    ...(last === undefined ? {} : { next: writeCursor([last.seenAt === null ? 1 : 0, last.at, last.id]) }),
  };
}

/** One of an official's own; of another's inbox nobody learns anything. */
export async function findNotification(dataSource: DataSource, id: Id, official: Id): Promise<NotificationRow | undefined> {
  const [row] = await selectRows(dataSource.manager, NotificationEntity, 'WHERE id = $1::uuid AND official = $2', [id, official]);
  return row;
}
