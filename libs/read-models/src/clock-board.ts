/** Every clock of every case. The truth for alarms: the queue only rings, this table says what is due. */
import { type DataSource, EntitySchema } from 'typeorm';
import type { RecordedDue } from '#domain/case/events.js';
import { referenceOf } from '#domain/case/reference.js';
import { dueRecordedIn } from '#domain/case/state.js';
import type { ClockLength, Suspension } from '#domain/clock/clock.js';
import { assertNever, type Code, type DateOn, type Id, type InstantAt, type Zone } from '#domain/event.js';
import { ACTED_EARLY, type Acting, DUE_MOVED, LAW_ACTED, LAW_ACTS } from '#domain/process/escalation.js';
import type { Position } from '#event-store/port.js';
import { type CaseStreamEvent, type Projection, pageSize, readCursor, writeCursor } from './projection.js';
import { selectRows } from './rows.js';

export type ClockStatus = 'running' | 'suspended' | 'stopped';

export interface ClockRow {
  readonly caseId: Id;
  readonly clockId: Id;
  readonly reference: string;
  readonly clock: Code;
  readonly procedure: Code;
  /** The office that owns the clock, in whose zone it runs. */
  readonly office: Code;
  /** Every office that has had the case: who may see it. */
  readonly offices: readonly Code[];
  readonly zone: Zone;
  readonly startedAt: InstantAt;
  readonly length: ClockLength;
  readonly rollsToNextWorkingDay: boolean;
  readonly suspensions: readonly Suspension[];
  /** The due instant came with the case; it is still in time itself. */
  readonly explicit: boolean;
  readonly status: ClockStatus;
  /** As recorded last; null while suspended. A stopped clock keeps its own. */
  readonly dueOn: DateOn | null;
  readonly dueAt: InstantAt | null;
  readonly dueSoonAt: InstantAt | null;
  readonly provisional: boolean;
  readonly calendarVersion: number;
  readonly stoppedAt: InstantAt | null;
  readonly inTime: boolean | null;
  readonly escalates: boolean;
  /** The due instant that was announced last: one that moved is another. */
  readonly announcedDueAt: InstantAt | null;
  readonly fellDueAt: InstantAt | null;
  /** From here on the supervisor is told that the law will act; null on a clock that only falls due. */
  readonly warnAt: InstantAt | null;
  /** The due instant that was warned of last. */
  readonly warnedDueAt: InstantAt | null;
  /** What the law does at `dueAt` with nobody acting; null on a clock that only falls due. */
  readonly lawEffect: 'lapse' | 'grant' | null;
  readonly lawOutcome: Code | null;
  /** When the next step of the escalation ladder falls; null when none is left. */
  readonly stepAt: InstantAt | null;
  /** The step that was told last, to which role, and who of those told answers for it. */
  readonly step: Code | null;
  readonly toldRole: Code | null;
  readonly toldAt: InstantAt | null;
  readonly acknowledgedBy: Id | null;
  readonly escalatedAt: InstantAt | null;
  /** Whoever was told of it, since officers were told last. */
  readonly told: readonly Id[];
  /** The officer its case passed to, who was told nothing of what was told of it before; null where there is none. */
  readonly passTo: Id | null;
  /** When the due date that it has was recorded. */
  readonly dueSetAt: InstantAt;
  readonly position: Position;
}

/** What a clock that starts later takes from its case; a table of the same projection, so that neither lags behind the other. */
export interface ClockCaseRow {
  readonly caseId: Id;
  readonly procedure: Code;
  readonly offices: readonly Code[];
}

const ClockBoardEntity = new EntitySchema<ClockRow>({
  name: 'clock_board',
  schema: 'read',
  columns: {
    caseId: { type: 'uuid', primary: true },
    clockId: { type: 'text', primary: true },
    reference: { type: 'text' },
    clock: { type: 'text' },
    procedure: { type: 'text' },
    office: { type: 'text' },
    offices: { type: 'text', array: true },
    zone: { type: 'text' },
    startedAt: { type: 'timestamptz' },
    length: { type: 'jsonb' },
    rollsToNextWorkingDay: { type: 'boolean' },
    suspensions: { type: 'jsonb' },
    explicit: { type: 'boolean' },
    status: { type: 'text' },
    dueOn: { type: 'date', nullable: true },
    dueAt: { type: 'timestamptz', nullable: true },
    dueSoonAt: { type: 'timestamptz', nullable: true },
    provisional: { type: 'boolean' },
    calendarVersion: { type: 'integer' },
    stoppedAt: { type: 'timestamptz', nullable: true },
    inTime: { type: 'boolean', nullable: true },
    escalates: { type: 'boolean' },
    announcedDueAt: { type: 'timestamptz', nullable: true },
    fellDueAt: { type: 'timestamptz', nullable: true },
    warnAt: { type: 'timestamptz', nullable: true },
    warnedDueAt: { type: 'timestamptz', nullable: true },
    lawEffect: { type: 'text', nullable: true },
    lawOutcome: { type: 'text', nullable: true },
    stepAt: { type: 'timestamptz', nullable: true },
    step: { type: 'text', nullable: true },
    toldRole: { type: 'text', nullable: true },
    toldAt: { type: 'timestamptz', nullable: true },
    acknowledgedBy: { type: 'text', nullable: true },
    escalatedAt: { type: 'timestamptz', nullable: true },
    told: { type: 'text', array: true },
    passTo: { type: 'text', nullable: true },
    dueSetAt: { type: 'timestamptz' },
    position: { type: 'bigint' },
  },
});

const ClockCaseEntity = new EntitySchema<ClockCaseRow>({
  name: 'clock_case',
  schema: 'read',
  columns: {
    caseId: { type: 'uuid', primary: true },
    procedure: { type: 'text' },
    offices: { type: 'text', array: true },
  },
});

type ClockBoardRows = { readonly clock_board: readonly ClockRow[]; readonly clock_case: readonly ClockCaseRow[] };

export const clockBoardProjection: Projection<ClockBoardRows, CaseStreamEvent> = {
  name: 'clock_board',
  tables: { clock_board: ClockBoardEntity, clock_case: ClockCaseEntity },
  fold(rows, event) {
    const { caseId, position } = event;
    const onClock = (clockId: Id, change: (clock: ClockRow) => Partial<ClockRow>): ClockBoardRows => ({
      ...rows,
      clock_board: rows.clock_board.map((clock) =>
        clock.clockId === clockId ? { ...clock, ...change(clock), position } : clock,
      ),
    });
    switch (event.type) {
      case 'DraftOpened':
      case 'ImportedCaseOpened':
        return { ...rows, clock_case: [{ caseId, procedure: event.data.procedure.code, offices: [event.data.office] }] };
      case 'ApplicationLodged':
        return withOffice(rows, event.data.office);
      case 'CaseReferred':
        return withOffice(rows, event.data.to);
      case 'ClockStarted': {
        const [ofCase] = rows.clock_case;
        if (ofCase === undefined) throw new Error(`ClockStarted in ${event.stream}, which no case was opened in`);
        const { clockId, clock, office, zone, startedAt, length, rollsToNextWorkingDay, explicitDueAt, escalates } = event.data;
        const started: ClockRow = {
          caseId,
          clockId,
          reference: referenceOf(caseId),
          clock,
          procedure: ofCase.procedure,
          office,
          offices: ofCase.offices,
          zone,
          startedAt,
          length,
          rollsToNextWorkingDay: rollsToNextWorkingDay ?? false,
          suspensions: [],
          explicit: explicitDueAt !== undefined,
          status: 'running',
          ...recorded(dueRecordedIn(event), event),
          stoppedAt: null,
          inTime: null,
          escalates,
          announcedDueAt: null,
          fellDueAt: null,
          warnedDueAt: null,
          step: null,
          toldRole: null,
          toldAt: null,
          acknowledgedBy: null,
          escalatedAt: null,
          told: [],
          passTo: null,
          position,
        };
        return { ...rows, clock_board: [...rows.clock_board, started] };
      }
      case 'ClockSuspended': {
        const { from, reason } = event.data;
        return onClock(event.data.clockId, ({ suspensions }) => ({
          status: 'suspended',
          suspensions: [...suspensions, { from, reason }],
          dueOn: null,
          dueAt: null,
          dueSoonAt: null,
          warnAt: null,
          stepAt: null,
        }));
      }
      case 'ClockResumed': {
        const { resumedOn, due } = event.data;
        return onClock(event.data.clockId, ({ suspensions }) => ({
          status: 'running',
          suspensions: suspensions.map((s) => (s.resumedOn === undefined ? { ...s, resumedOn } : s)),
          ...recorded(due, event),
        }));
      }
      case 'ClockExtended': {
        const { clockId, due, length } = event.data;
        return onClock(clockId, () => ({ length, ...recorded(due, event) }));
      }
      case 'ClockRecalculated': {
        const { due } = event.data;
        return onClock(event.data.clockId, () => recorded(due, event));
      }
      case 'ClockStopped': {
        const { stoppedAt, inTime } = event.data;
        return onClock(event.data.clockId, () => ({ status: 'stopped', stoppedAt, inTime }));
      }
      case 'ClockFellDue': {
        const { dueAt, at } = event.data;
        return onClock(event.data.clockId, () => ({ announcedDueAt: dueAt, fellDueAt: at }));
      }
      // The law's act counts from the due instant; how late it was is told by when it was recorded.
      case 'CaseLapsed':
      case 'DeterminedBySilence': {
        const { clockId, at } = event.data;
        return onClock(clockId, () => ({
          announcedDueAt: at,
          fellDueAt: event.metadata.recordedAt,
          step: LAW_ACTED,
          toldRole: null,
          toldAt: null,
          acknowledgedBy: null,
        }));
      }
      case 'ClockWarned': {
        const { clockId, dueAt, at, toRole } = event.data;
        return onClock(clockId, (clock) => ({
          ...withTold(clock, event.data),
          warnedDueAt: dueAt,
          step: LAW_ACTS,
          toldRole: toRole,
          toldAt: at,
          acknowledgedBy: null,
        }));
      }
      case 'ClockEscalated': {
        const { clockId, dueAt, at, step, toRole, nextAt } = event.data;
        // Said after all is over, of a clock that stopped: it stands where it stood.
        if (step === ACTED_EARLY) return rows;
        return onClock(clockId, (clock) => ({
          ...withTold(clock, event.data),
          ...(clock.dueAt === dueAt ? { stepAt: nextAt ?? null } : {}),
          step,
          toldRole: toRole,
          toldAt: at,
          acknowledgedBy: null,
          ...(at < dueAt ? {} : { escalatedAt: at }),
          ...(step === DUE_MOVED ? { announcedDueAt: null, fellDueAt: null } : {}),
        }));
      }
      case 'ClockPassedOn':
        return onClock(event.data.clockId, (clock) => withTold(clock, event.data));
      case 'LadderMoved': {
        const { clockId, dueAt, nextAt } = event.data;
        return onClock(clockId, (clock) => (clock.dueAt === dueAt ? { stepAt: nextAt ?? null } : {}));
      }
      case 'EscalationAcknowledged': {
        const { clockId, step, by } = event.data;
        // Steps of the ladder may have been told since the law's act was warned of; who answers for that answers for the clock.
        return onClock(clockId, (clock) => (clock.step === step || step === LAW_ACTS ? { acknowledgedBy: by } : {}));
      }
      case 'EscalationSeen':
        return rows;
      case 'OfficerAssigned':
      case 'ScreeningBegun':
        return withOfficer(rows, event.data.officer, position);
      case 'DraftAmended':
      case 'ApplicationReturned':
      case 'ScreeningResumed':
      case 'ApplicationAccepted':
      case 'EvidenceRequested':
      case 'EvidenceReceived':
      case 'EvidenceVerified':
      case 'EvidenceRejected':
      case 'InterviewRecorded':
      case 'FindingRecorded':
      case 'ConsultationRequested':
      case 'ConsultationAnswered':
      case 'DeterminationRecommended':
      case 'RecommendationReturned':
      case 'DeterminationApproved':
      case 'DeterminedOtherwise':
      case 'DeterminationServed':
      case 'RemedyWindowOpened':
      case 'CaseClosed':
      case 'ApplicationWithdrawn':
      case 'CaseReopened':
      case 'CaseMigrated':
      case 'ConflictDeclared':
      case 'ConflictLifted':
      case 'NoteWritten':
      case 'IndicatorRecorded':
      case 'IndicatorCleared':
      case 'CaseLinked':
      case 'CaseUnlinked':
      case 'RemedyFiled':
      case 'SummonedToOath':
      case 'OathTaken':
      case 'PapersHandedIn':
      case 'OriginalTaken':
      case 'OriginalReturned':
      case 'LinkedCaseDecided':
      case 'PanelConvened':
      case 'PanelFindingRecorded':
      case 'PanelConcluded':
      case 'LapseSetAside':
      case 'ImportedStepRecorded':
      case 'ImportedCaseClosed':
        return rows;
      default:
        return assertNever(event);
    }
  },
};

function recorded(
  due: RecordedDue,
  { metadata }: Pick<CaseStreamEvent, 'metadata'>,
): Pick<
  ClockRow,
  | 'dueOn'
  | 'dueAt'
  | 'dueSoonAt'
  | 'warnAt'
  | 'lawEffect'
  | 'lawOutcome'
  | 'stepAt'
  | 'provisional'
  | 'calendarVersion'
  | 'dueSetAt'
> {
  return {
    dueSetAt: metadata.recordedAt,
    lawEffect: due.law?.effect ?? null,
    lawOutcome: due.law?.outcome ?? null,
    stepAt: due.stepAt ?? null,
    dueOn: due.dueOn ?? null,
    dueAt: due.dueAt ?? null,
    dueSoonAt: due.dueSoonAt ?? null,
    warnAt: due.warnAt ?? null,
    provisional: due.provisional,
    calendarVersion: due.calendarVersion,
  };
}

/** Who was told, and whether the officer its case passed to is among them; whose it was said to be counts as told. */
function withTold(
  { told, passTo }: ClockRow,
  telling: { readonly toRole: Code; readonly told: readonly Id[]; readonly holder?: Id },
): Pick<ClockRow, 'told' | 'passTo'> {
  const more = [...telling.told, ...(telling.holder === undefined ? [] : [telling.holder])];
  const all = [...new Set(telling.toRole === 'case-officer' ? more : [...told, ...more])];
  return { told: all, passTo: passTo !== null && more.includes(passTo) ? null : passTo };
}

/** A case is this officer's from now on: of each open clock of which something was told, they are to be told too, unless they were. */
function withOfficer(rows: ClockBoardRows, officer: Id, position: Position): ClockBoardRows {
  const board = rows.clock_board.map((clock) => {
    const untold = clock.status !== 'stopped' && clock.step !== null && !clock.told.includes(officer);
    const passTo = untold ? officer : null;
    return passTo === clock.passTo ? clock : { ...clock, passTo, position };
  });
  return board.every((clock, i) => clock === rows.clock_board[i]) ? rows : { ...rows, clock_board: board };
}

function withOffice(rows: ClockBoardRows, office: Code): ClockBoardRows {
  const [ofCase] = rows.clock_case;
  if (ofCase === undefined || ofCase.offices.includes(office)) return rows;
  const offices = [...ofCase.offices, office];
  return { clock_case: [{ ...ofCase, offices }], clock_board: rows.clock_board.map((clock) => ({ ...clock, offices })) };
}

export interface ClocksFilter {
  /** Offices the reader may see: a clock is visible when one of them has had its case. */
  readonly officesInScope: readonly Code[];
  readonly at: InstantAt;
  readonly status?: ClockStatus;
  readonly caseId?: Id;
  /** Running and past due at `at`, or not. */
  readonly overdue?: boolean;
  /** Only clocks on which the law acts when they run out: what lapses or is granted by silence next. */
  readonly byLaw?: boolean;
  /** Only what is due by then, or has no date; the page counts what lies beyond. */
  readonly until?: InstantAt;
  /** Only clocks of this office and no other. */
  readonly office?: Code;
  /** 1 to 200; 50 unless given. */
  readonly limit?: number;
  /** `next` of the page before. */
  readonly after?: string;
}

export interface ClocksPage {
  readonly items: readonly (ClockRow & { readonly overdue: boolean })[];
  /** On a first page with a horizon: how many more lie beyond it. */
  readonly beyond?: number;
  /** Absent on the last page. */
  readonly next?: string;
}

/** What is due first comes first; suspended clocks, which have no date, last. @throws BadCursor */
export async function findClocks(dataSource: DataSource, filter: ClocksFilter): Promise<ClocksPage> {
  const cursor =
    filter.after === undefined ? undefined : readCursor(filter.after, ['instant', 'instant-or-null', 'uuid', 'code']);
  const parameters: unknown[] = [];
  const put = (value: unknown): string => `$${parameters.push(value)}`;
  const at = `${put(cursor?.[0] ?? filter.at)}::timestamptz`;
  const overdue = `(status = 'running' AND due_at IS NOT NULL AND CASE WHEN explicit THEN due_at < ${at} ELSE due_at <= ${at} END)`;
  const where = [`offices && ${put(filter.officesInScope)}::text[]`];
  if (filter.status !== undefined) where.push(`status = ${put(filter.status)}`);
  if (filter.byLaw === true) where.push(`law_effect IS NOT NULL AND status = 'running'`);
  if (filter.office !== undefined) where.push(`office = ${put(filter.office)}`);
  if (filter.caseId !== undefined) where.push(`case_id = ${put(filter.caseId)}::uuid`);
  if (filter.overdue !== undefined) where.push(filter.overdue ? overdue : `NOT ${overdue}`);
  const due = `coalesce(due_at, 'infinity')`;
  const beyond = filter.until === undefined || cursor !== undefined ? undefined : await countBeyond(filter.until);
  if (filter.until !== undefined) where.push(`(due_at IS NULL OR due_at <= ${put(filter.until)}::timestamptz)`);
  if (cursor !== undefined) {
    const [, dueAt, caseId, clockId] = cursor;
    where.push(
      `(${due}, case_id, clock_id COLLATE "C") > (${put(dueAt ?? 'infinity')}::timestamptz, ${put(caseId)}::uuid, ${put(clockId)}::text)`,
    );
  }
  const limit = pageSize(filter.limit, 50);
  const rows = await selectRows<ClockRow, { readonly overdue: boolean }>(
    dataSource.manager,
    ClockBoardEntity,
    `WHERE ${where.join(' AND ')} ORDER BY ${due}, case_id, clock_id COLLATE "C" LIMIT ${limit + 1}`,
    parameters,
    { extra: `${overdue} AS "overdue"` },
  );
  const items = rows.slice(0, limit);
  const last = rows.length > limit ? items.at(-1) : undefined;
  return {
    items,
    ...(last === undefined
      ? {}
      : { next: writeCursor([String(cursor?.[0] ?? filter.at), last.dueAt, last.caseId, last.clockId]) }),
    ...(beyond === undefined ? {} : { beyond }),
  };

  async function countBeyond(until: InstantAt): Promise<number> {
    // A horizon lies ahead of now; named together, each parameter has its place.
    const after = `due_at > greatest(${at}, $${parameters.length + 1}::timestamptz)`;
    const [counted]: { beyond: number }[] = await dataSource.query(
      `SELECT count(*)::int AS beyond FROM read.clock_board WHERE ${[...where, after].join(' AND ')}`,
      [...parameters, until],
    );
    return counted?.beyond ?? 0;
  }
}

export interface PendingClock {
  readonly caseId: Id;
  readonly clockId: Id;
  readonly dueAt: InstantAt;
  /** The event that the board followed last for this clock. */
  readonly position: Position;
}

/** What is beyond is found by the sweep. */
const MOST_IN_A_SHARE = 100_000;

/** As the partial index `clock_board_pending` says it: cost follows what is due, however many clocks run. */
const pending = `status = 'running' AND escalates AND due_at IS NOT NULL AND announced_due_at IS DISTINCT FROM due_at`;
const dueBy = `${pending} AND due_at <= $1::timestamptz`;

/** Clocks that have run out and were not announced, in the order in which they fell due, after one of them. */
export function findDueClocks(
  dataSource: DataSource,
  at: InstantAt,
  limit: number,
  after?: PendingClock,
): Promise<readonly PendingClock[]> {
  return findPending(dataSource, dueBy, at, limit, after);
}

/**
 * Clocks that have run out and were announced, on which the law acts: something held it back, such as a linked case that is pending, and may
 * do so no more. So few that each sweep asks again.
 */
export function findClocksHeld(
  dataSource: DataSource,
  at: InstantAt,
  limit: number,
  after?: PendingClock,
): Promise<readonly PendingClock[]> {
  const held = `status = 'running' AND law_effect IS NOT NULL AND escalates AND announced_due_at = due_at`;
  return findPending(dataSource, `${held} AND due_at <= $1::timestamptz`, at, limit, after);
}

/** Clocks of which the supervisor is to be told that the law will act, and was not yet, in the order in which they fall due. */
export async function findClocksToWarn(
  dataSource: DataSource,
  at: InstantAt,
  limit: number,
  after?: PendingClock,
): Promise<readonly PendingClock[]> {
  const toWarn = `status = 'running' AND due_at IS NOT NULL AND warn_at IS NOT NULL AND warned_due_at IS DISTINCT FROM due_at`;
  return findPending(dataSource, `${toWarn} AND warn_at <= $1::timestamptz AND due_at > $1::timestamptz`, at, limit, after);
}

/** What was not told for so long, because the read model was made anew, nobody needs to be told. */
const TOLD_WITHIN_MS = 30 * 24 * 3_600_000;

/** Clocks on which the law has acted, of which nobody was told yet, in the order in which it acted. */
export function findLawActedUntold(
  dataSource: DataSource,
  at: InstantAt,
  limit: number,
  after?: PendingClock,
): Promise<readonly PendingClock[]> {
  const since = `'${new Date(Date.parse(at) - TOLD_WITHIN_MS).toISOString()}'`;
  const untold = `step = '${LAW_ACTED}' AND told_at IS NULL AND fell_due_at BETWEEN ${since} AND $1::timestamptz`;
  return findPending(dataSource, untold, at, limit, after);
}

/** Open clocks of cases that passed to an officer who was told nothing of what was told of them before, the first due first. */
export function findClocksToPassOn(
  dataSource: DataSource,
  at: InstantAt,
  limit: number,
  after?: PendingClock,
): Promise<readonly PendingClock[]> {
  const untold = `status = 'running' AND due_at IS NOT NULL AND pass_to IS NOT NULL AND told_at <= $1::timestamptz`;
  return findPending(dataSource, untold, at, limit, after);
}

/** Open clocks of which an official was told as a role of an office, and who acts in their place was not since. */
export async function findClocksToldTo(
  dataSource: DataSource,
  { acting, holder, role, office }: Acting,
): Promise<readonly Pick<PendingClock, 'caseId' | 'clockId'>[]> {
  return dataSource.query(
    `SELECT DISTINCT c.case_id AS "caseId", c.clock_id AS "clockId" FROM read.notification n
      JOIN read.clock_board c ON c.case_id = n.case_id AND c.clock_id = n.clock_id AND c.status = 'running'
      WHERE n.official = $1 AND n.role = $2 AND n.office = $3
        AND NOT EXISTS (SELECT FROM read.notification a
          WHERE a.official = $4 AND a.case_id = n.case_id AND a.clock_id = n.clock_id AND a.at >= n.at)
      ORDER BY 1, 2`,
    [holder, role, office, acting],
  );
}

/** A decree is for this year or later: what the law did longer ago is not touched by it. */
const ACTED_WITHIN_MS = 366 * 24 * 3_600_000;

/**
 * Cases in which the law acted within a year on a clock that was computed under an older calendar than this version, and whose row changed after
 * a position; by case id.
 */
export async function findCasesLawActedIn(
  dataSource: DataSource,
  version: number,
  at: InstantAt,
  since: Position = '0',
): Promise<readonly Id[]> {
  const rows: readonly { readonly caseId: Id }[] = await dataSource.query(
    `SELECT DISTINCT case_id AS "caseId" FROM read.clock_board
      WHERE status = 'stopped' AND step = '${LAW_ACTED}' AND NOT explicit AND calendar_version < $1 AND position > $2
        AND announced_due_at > $3::timestamptz ORDER BY 1`,
    [version, since, new Date(Date.parse(at) - ACTED_WITHIN_MS).toISOString()],
  );
  return rows.map(({ caseId }) => caseId);
}

/** A step of a clock's ladder that has fallen. */
export interface PendingStep extends PendingClock {
  readonly stepAt: InstantAt;
}

/**
 * Clocks whose next step of the ladder has fallen, in the order in which it fell, after one of them. The step of a clock that is due falls
 * with its announcement.
 */
export async function findStepsDue(
  dataSource: DataSource,
  at: InstantAt,
  limit: number,
  after?: PendingStep,
): Promise<readonly PendingStep[]> {
  const parameters: unknown[] = [at];
  const put = (value: unknown): string => `$${parameters.push(value)}`;
  const later =
    after === undefined
      ? ''
      : `AND (step_at, case_id, clock_id COLLATE "C") > (${put(after.stepAt)}::timestamptz, ${put(after.caseId)}::uuid, ${put(after.clockId)}::text)`;
  const rows = await selectRows(
    dataSource.manager,
    ClockBoardEntity,
    `WHERE status = 'running' AND escalates AND step_at <= $1::timestamptz AND (due_at > $1::timestamptz OR announced_due_at = due_at)
      ${later} ORDER BY step_at, case_id, clock_id COLLATE "C" LIMIT ${Math.trunc(limit)}`,
    parameters,
  );
  return rows.flatMap(({ caseId, clockId, dueAt, stepAt, position }) =>
    dueAt === null || stepAt === null ? [] : [{ caseId, clockId, dueAt, stepAt, position }],
  );
}

/** Of the clocks that fall due at one instant, those of the cases whose id begins with this hexadecimal digit. */
export interface ShareOfDue {
  readonly dueAt: InstantAt;
  readonly share: string;
}

/** Shares with clocks that are due by the horizon and were not announced, the first due last; with `caseIds`, only theirs. */
export async function findSharesDue(
  dataSource: DataSource,
  horizon: InstantAt,
  caseIds?: readonly Id[],
): Promise<readonly ShareOfDue[]> {
  const theirs = caseIds === undefined ? '' : 'AND case_id = ANY($2::uuid[])';
  return dataSource.query(
    `SELECT DISTINCT to_char(due_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS "dueAt", left(case_id::text, 1) AS share
      FROM read.clock_board WHERE ${dueBy} ${theirs} ORDER BY 1 DESC, 2 DESC`,
    [horizon, ...(caseIds === undefined ? [] : [caseIds])],
  );
}

/** The clocks of a share that were not announced. */
export function findClocksInShare(dataSource: DataSource, { dueAt, share }: ShareOfDue): Promise<readonly PendingClock[]> {
  const bound = (digit: string) =>
    `'${checkedShare(share)}${'0000000-0000-0000-0000-000000000000'.replaceAll('0', digit)}'::uuid`;
  const which = `${pending} AND due_at = $1::timestamptz AND case_id BETWEEN ${bound('0')} AND ${bound('f')}`;
  return findPending(dataSource, which, dueAt, MOST_IN_A_SHARE, undefined);
}

function checkedShare(share: string): string {
  if (!/^[0-9a-f]$/.test(share)) throw new Error(`Not a share of cases: ${share}`);
  return share;
}

/** Cases with an open clock that was computed under an older calendar than this version and changed after a position, by case id, after one of them. */
export async function findCasesOfOlderCalendar(
  dataSource: DataSource,
  version: number,
  since: Position,
  limit: number,
  after?: Id,
): Promise<readonly Id[]> {
  const rows: readonly { readonly caseId: Id }[] = await dataSource.query(
    `SELECT DISTINCT case_id AS "caseId" FROM read.clock_board
      WHERE status <> 'stopped' AND NOT explicit AND calendar_version < $1 AND case_id > $2::uuid AND position > $3
      ORDER BY case_id LIMIT ${Math.trunc(limit)}`,
    [version, after ?? '00000000-0000-0000-0000-000000000000', since],
  );
  return rows.map(({ caseId }) => caseId);
}

async function findPending(
  dataSource: DataSource,
  which: string,
  by: InstantAt,
  limit: number,
  after: PendingClock | undefined,
): Promise<readonly PendingClock[]> {
  const parameters: unknown[] = [by];
  const put = (value: unknown): string => `$${parameters.push(value)}`;
  const where = [which];
  if (after !== undefined)
    where.push(
      `(due_at, case_id, clock_id COLLATE "C") > (${put(after.dueAt)}::timestamptz, ${put(after.caseId)}::uuid, ${put(after.clockId)}::text)`,
    );
  const rows = await selectRows(
    dataSource.manager,
    ClockBoardEntity,
    `WHERE ${where.join(' AND ')} ORDER BY due_at, case_id, clock_id COLLATE "C" LIMIT ${Math.trunc(limit)}`,
    parameters,
  );
  return rows.flatMap(({ caseId, clockId, dueAt, position }) => (dueAt === null ? [] : [{ caseId, clockId, dueAt, position }]));
}
