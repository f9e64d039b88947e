/** The worklist: what waits for whom, and how urgently. No personal data. */
import { type DataSource, EntitySchema } from 'typeorm';
import type { CaseEventOf } from '#domain/case/events.js';
import type { CaseReaders } from '#domain/case/permit.js';
import { referenceOf } from '#domain/case/reference.js';
import { dueRecordedIn, type Stage } from '#domain/case/state.js';
import { assertNever, type Code, type DateOn, type Id, type InstantAt } from '#domain/event.js';
import { withOffice } from '#domain/office/office.js';
import type { Position } from '#event-store/port.js';
import { type CaseStreamEvent, type Projection, pageSize, readCursor, stageAfter, writeCursor } from './projection.js';
import { selectRows } from './rows.js';

/** A clock that has not stopped, as far as the list needs it. Without `dueAt` it is suspended. */
interface OpenClock {
  readonly clockId: Id;
  readonly clock: Code;
  readonly given: boolean;
  readonly dueAt?: InstantAt;
  readonly dueOn?: DateOn;
  readonly dueSoonAt?: InstantAt;
  readonly escalated?: { readonly dueAt: InstantAt; readonly at: InstantAt };
  /** The law will act when it falls due, and the supervisor was told. */
  readonly warned?: { readonly dueAt: InstantAt; readonly at: InstantAt };
}

/** An indicator of trafficking that is not cleared. */
interface OpenIndicator {
  readonly indicatorId: Id;
  readonly indicator: Code;
  readonly at: InstantAt;
}

export interface WorklistRow {
  readonly caseId: Id;
  readonly reference: string;
  readonly procedure: Code;
  readonly stage: Stage;
  /** The office that examines it. */
  readonly office: Code;
  /** Every office that has had it: who may see it. */
  readonly offices: readonly Code[];
  /** Where it lies for review, while it does. */
  readonly reviewOffice: Code | null;
  readonly officer: Id | null;
  readonly recommendedBy: Id | null;
  readonly openedAt: InstantAt;
  readonly lodgedAt: InstantAt | null;
  /** Of the running clock that is due first. */
  readonly nextClock: Code | null;
  readonly nextDueAt: InstantAt | null;
  readonly nextDueOn: DateOn | null;
  readonly dueSoonAt: InstantAt | null;
  /** The first instant too late: the due instant itself, or just after one that came with an imported case. */
  readonly overdueAt: InstantAt | null;
  readonly escalated: boolean;
  readonly escalatedAt: InstantAt | null;
  /** When the supervisor was first told that the law will act on a clock of this case. */
  readonly warnedAt: InstantAt | null;
  /** When the law acted: lapsed or granted by silence, and nobody has dealt with it since. */
  readonly lawActedAt: InstantAt | null;
  /** Since when an indicator of trafficking stands: such a case comes first, in whatever group. */
  readonly indicatedAt: InstantAt | null;
  readonly indicators: readonly OpenIndicator[];
  /** Members of its panel whose finding is awaited: it is shown to them. */
  readonly panelMembers: readonly Id[];
  /** Of the case stream: its ETag. */
  readonly revision: number;
  readonly position: Position;
  readonly imported: boolean;
  /** When the last event counted in law. */
  readonly updatedAt: InstantAt;
  readonly clocks: readonly OpenClock[];
}

const WorklistEntity = new EntitySchema<WorklistRow>({
  name: 'worklist',
  schema: 'read',
  columns: {
    caseId: { type: 'uuid', primary: true },
    reference: { type: 'text' },
    procedure: { type: 'text' },
    stage: { type: 'text' },
    office: { type: 'text' },
    offices: { type: 'text', array: true },
    reviewOffice: { type: 'text', nullable: true },
    officer: { type: 'text', nullable: true },
    recommendedBy: { type: 'text', nullable: true },
    openedAt: { type: 'timestamptz' },
    lodgedAt: { type: 'timestamptz', nullable: true },
    nextClock: { type: 'text', nullable: true },
    nextDueAt: { type: 'timestamptz', nullable: true },
    nextDueOn: { type: 'date', nullable: true },
    dueSoonAt: { type: 'timestamptz', nullable: true },
    overdueAt: { type: 'timestamptz', nullable: true },
    escalated: { type: 'boolean' },
    escalatedAt: { type: 'timestamptz', nullable: true },
    warnedAt: { type: 'timestamptz', nullable: true },
    lawActedAt: { type: 'timestamptz', nullable: true },
    indicatedAt: { type: 'timestamptz', nullable: true },
    indicators: { type: 'jsonb' },
    panelMembers: { type: 'text', array: true },
    revision: { type: 'integer' },
    position: { type: 'bigint' },
    imported: { type: 'boolean' },
    updatedAt: { type: 'timestamptz' },
    clocks: { type: 'jsonb' },
  },
});

type WorklistRows = { readonly worklist: readonly WorklistRow[] };

export const worklistProjection: Projection<WorklistRows, CaseStreamEvent> = {
  name: 'worklist',
  tables: { worklist: WorklistEntity },
  fold: ({ worklist: [row] }, event) => ({ worklist: [folded(row, event)] }),
};

function folded(row: WorklistRow | undefined, event: CaseStreamEvent): WorklistRow {
  if (event.type === 'DraftOpened' || event.type === 'ImportedCaseOpened') return opened(event);
  if (row === undefined) throw new Error(`${event.type} in ${event.stream}, which no case was opened in`);
  const { position, metadata } = event;
  const revision = event.stream.startsWith('case-') ? event.revision : row.revision;
  return { ...row, ...changes(row, event), position, revision, updatedAt: metadata.effectiveAt };
}

function opened({
  caseId,
  revision,
  position,
  type,
  data,
  metadata,
}: CaseStreamEvent & CaseEventOf<'DraftOpened' | 'ImportedCaseOpened'>): WorklistRow {
  return {
    caseId,
    reference: referenceOf(caseId),
    procedure: data.procedure.code,
    stage: type === 'DraftOpened' ? 'draft' : 'imported',
    office: data.office,
    offices: [data.office],
    reviewOffice: null,
    officer: null,
    recommendedBy: null,
    openedAt: data.at,
    lodgedAt: null,
    revision,
    position,
    imported: type === 'ImportedCaseOpened',
    updatedAt: metadata.effectiveAt,
    lawActedAt: null,
    panelMembers: [],
    ...alertsOf([]),
    ...clocksOf([]),
  };
}

function changes(row: WorklistRow, event: CaseStreamEvent): Partial<WorklistRow> {
  switch (event.type) {
    case 'DraftOpened':
    case 'ImportedCaseOpened':
    case 'DraftAmended':
    case 'EvidenceRequested':
    case 'EvidenceReceived':
    case 'EvidenceVerified':
    case 'EvidenceRejected':
    case 'InterviewRecorded':
    case 'FindingRecorded':
    case 'ConsultationRequested':
    case 'ConsultationAnswered':
    case 'ImportedStepRecorded':
    case 'CaseMigrated':
    case 'CaseLinked':
    case 'CaseUnlinked':
    case 'RemedyFiled':
    case 'SummonedToOath':
    case 'OathTaken':
    case 'PapersHandedIn':
    case 'OriginalTaken':
    case 'OriginalReturned':
    case 'LinkedCaseDecided':
    case 'ClockFellDue':
    case 'ClockPassedOn':
    case 'LadderMoved':
    case 'ConflictDeclared':
    case 'ConflictLifted':
    case 'NoteWritten':
    case 'EscalationSeen':
    case 'EscalationAcknowledged':
      return {};
    case 'PanelConvened':
      return { panelMembers: event.data.members.map((member) => member.official) };
    case 'PanelFindingRecorded':
      return { panelMembers: row.panelMembers.filter((member) => member !== event.data.by) };
    case 'PanelConcluded':
      return { panelMembers: [] };
    case 'IndicatorRecorded': {
      const { indicatorId, indicator, at } = event.data;
      return alertsOf([...row.indicators, { indicatorId, indicator, at }]);
    }
    case 'IndicatorCleared':
      return alertsOf(row.indicators.filter((one) => one.indicatorId !== event.data.indicatorId));
    case 'CaseLapsed':
    case 'DeterminedBySilence':
      return { stage: stageAfter[event.type] ?? row.stage, reviewOffice: null, recommendedBy: null, lawActedAt: event.data.at };
    case 'LapseSetAside':
      return { stage: event.data.stage, lawActedAt: null };
    case 'ApplicationLodged':
      return {
        stage: 'lodged',
        office: event.data.office,
        offices: withOffice(row.offices, event.data.office),
        lodgedAt: event.data.at,
      };
    case 'OfficerAssigned':
      return { officer: event.data.officer };
    case 'ScreeningBegun':
      return { stage: 'screening', officer: event.data.officer };
    case 'DeterminationRecommended':
      return { stage: 'review', reviewOffice: event.data.reviewOffice, recommendedBy: event.data.by };
    case 'CaseReferred':
      return {
        offices: withOffice(row.offices, event.data.to),
        ...(row.stage === 'review' ? { reviewOffice: event.data.to } : {}),
      };
    case 'ApplicationReturned':
    case 'ScreeningResumed':
    case 'ApplicationAccepted':
    case 'RecommendationReturned':
    case 'DeterminationApproved':
    case 'DeterminedOtherwise':
    case 'DeterminationServed':
    case 'RemedyWindowOpened':
    case 'CaseClosed':
    case 'ApplicationWithdrawn':
    case 'CaseReopened':
    case 'ImportedCaseClosed':
      // What the law did is dealt with once the person was told, the case closed or taken up again.
      return {
        stage: stageAfter[event.type] ?? row.stage,
        reviewOffice: null,
        recommendedBy: null,
        panelMembers: [],
        ...(['DeterminationServed', 'CaseClosed', 'CaseReopened'].includes(event.type) ? { lawActedAt: null } : {}),
      };
    case 'ClockStarted': {
      const { clockId, clock, explicitDueAt } = event.data;
      return clocksOf([...row.clocks, { clockId, clock, given: explicitDueAt !== undefined, ...dueIn(dueRecordedIn(event)) }]);
    }
    case 'ClockSuspended':
      return onClock(row, event.data.clockId, ({ dueAt: _, dueOn: __, dueSoonAt: ___, ...clock }) => clock);
    case 'ClockExtended':
    case 'ClockRecalculated':
    case 'ClockResumed': {
      const { clockId, due } = event.data;
      return onClock(row, clockId, ({ escalated, warned: _, ...clock }) => ({
        ...clock,
        ...dueIn(due),
        // What was escalated was the date that passed; one that moved is another.
        ...(escalated === undefined || escalated.dueAt !== due.dueAt ? {} : { escalated }),
      }));
    }
    case 'ClockStopped':
      return clocksOf(row.clocks.filter((c) => c.clockId !== event.data.clockId));
    case 'ClockWarned': {
      const { clockId, dueAt, at } = event.data;
      return onClock(row, clockId, (clock) => ({ ...clock, warned: { dueAt, at } }));
    }
    case 'ClockEscalated': {
      // Steps before the due date remind; what passed it is escalated, since the first step after it.
      const { clockId, dueAt, at } = event.data;
      if (at < dueAt) return {};
      return onClock(row, clockId, (clock) => (clock.escalated === undefined ? { ...clock, escalated: { dueAt, at } } : clock));
    }
    default:
      return assertNever(event);
  }
}

function onClock(row: WorklistRow, clockId: Id, change: (clock: OpenClock) => OpenClock): Partial<WorklistRow> {
  return clocksOf(row.clocks.map((clock) => (clock.clockId === clockId ? change(clock) : clock)));
}

function dueIn({ dueAt, dueOn, dueSoonAt }: Pick<OpenClock, 'dueAt' | 'dueOn' | 'dueSoonAt'>): Partial<OpenClock> {
  return {
    ...(dueAt === undefined ? {} : { dueAt }),
    ...(dueOn === undefined ? {} : { dueOn }),
    ...(dueSoonAt === undefined ? {} : { dueSoonAt }),
  };
}

/** The open indicators and since when the oldest stands. */
function alertsOf(indicators: readonly OpenIndicator[]): Pick<WorklistRow, 'indicators' | 'indicatedAt'> {
  return { indicators, indicatedAt: indicators[0]?.at ?? null };
}

/** The open clocks and everything that follows from them. */
function clocksOf(clocks: readonly OpenClock[]) {
  let next: OpenClock | undefined;
  let escalatedAt: InstantAt | null = null;
  let warnedAt: InstantAt | null = null;
  for (const clock of clocks) {
    if (clock.dueAt !== undefined && (next?.dueAt === undefined || clock.dueAt < next.dueAt)) next = clock;
    if (clock.escalated !== undefined && (escalatedAt === null || clock.escalated.at < escalatedAt))
      escalatedAt = clock.escalated.at;
    if (clock.warned !== undefined && (warnedAt === null || clock.warned.at < warnedAt)) warnedAt = clock.warned.at;
  }
  const dueAt = next?.dueAt;
  return {
    clocks,
    nextClock: next?.clock ?? null,
    nextDueAt: dueAt ?? null,
    nextDueOn: next?.dueOn ?? null,
    dueSoonAt: next?.dueSoonAt ?? null,
    overdueAt: dueAt === undefined ? null : next?.given === true ? new Date(Date.parse(dueAt) + 1).toISOString() : dueAt,
    escalated: escalatedAt !== null,
    escalatedAt,
    warnedAt,
  };
}

export const worklistGroups = ['beyond-repair', 'overdue', 'due-soon', 'later'] as const;
export type WorklistGroup = (typeof worklistGroups)[number];

/** For a file of the list; a page on the screen is a small part of it. */
export const MOST_WORKLIST_ROWS = 10_000;

export interface WorklistFilter {
  /** Offices the reader may see: a case is visible when one of them has had it. */
  readonly officesInScope: readonly Code[];
  /** Cases besides on whose panel this official's finding is awaited. */
  readonly sitsOnPanel?: Id;
  /** The instant at which urgency is judged. Later pages keep that of the first. */
  readonly at: InstantAt;
  /** Only cases assigned to one of these: the official, and in whose place they act. */
  readonly mine?: readonly Id[];
  /** Closed and withdrawn cases, and for those who do not review, cases in review, are listed only when asked for. */
  readonly stage?: string;
  readonly procedure?: Code;
  readonly group?: WorklistGroup;
  readonly escalated?: boolean;
  /** A reviewer: cases in review at their offices, except those they recommended, and those with an indicator of trafficking first, then what was escalated or warned of. */
  readonly forReviewBy?: { readonly offices: readonly Code[]; readonly not: readonly Id[] };
  /** 1 to `MOST_WORKLIST_ROWS`; 50 unless given. */
  readonly limit?: number;
  /** `next` of the page before. */
  readonly after?: string;
}

export type WorklistItem = Omit<WorklistRow, 'clocks' | 'overdueAt' | 'indicators'> & { readonly group: WorklistGroup };

export interface WorklistPage {
  readonly items: readonly WorklistItem[];
  /** Over the whole filter but its group. */
  readonly counts: { readonly [G in WorklistGroup]: number };
  /** Cases in review that the filter would show, were they asked for: for those who do not review, and ask for no stage. */
  readonly inReview?: number;
  /** Absent on the last page. */
  readonly next?: string;
}

/** @throws BadCursor */
export async function findWorklist(dataSource: DataSource, filter: WorklistFilter): Promise<WorklistPage> {
  const cursor =
    filter.after === undefined ? undefined : readCursor(filter.after, ['instant', 'whole', 'whole', 'instant-or-null', 'uuid']);
  const parameters: unknown[] = [];
  const put = (value: unknown): string => `$${parameters.push(value)}`;
  const at = `${put(cursor?.[0] ?? filter.at)}::timestamptz`;
  const rank = `CASE WHEN law_acted_at IS NOT NULL THEN 0 WHEN overdue_at <= ${at} THEN 1 WHEN due_soon_at <= ${at} THEN 2 ELSE 3 END`;
  const scope = `offices && ${put(filter.officesInScope)}::text[]`;
  const where = [
    filter.sitsOnPanel === undefined ? scope : `(${scope} OR panel_members @> ARRAY[${put(filter.sitsOnPanel)}]::text[])`,
  ];
  const open = `(stage NOT IN ('closed', 'withdrawn') OR indicated_at IS NOT NULL)`;
  where.push(filter.stage === undefined ? open : `stage = ${put(filter.stage)}`);
  const leavesReviewOut = filter.forReviewBy === undefined && filter.stage === undefined;
  if (filter.forReviewBy !== undefined) {
    const { offices, not } = filter.forReviewBy;
    where.push(
      `(stage <> 'review' OR indicated_at IS NOT NULL OR (review_office = ANY(${put(offices)}::text[]) AND recommended_by <> ALL(${put(not)}::text[])))`,
    );
  }
  if (filter.mine !== undefined) where.push(`officer = ANY(${put(filter.mine)}::text[])`);
  if (filter.procedure !== undefined) where.push(`procedure = ${put(filter.procedure)}`);
  if (filter.escalated !== undefined) where.push(`escalated = ${put(filter.escalated)}`);

  const shown = leavesReviewOut ? `stage <> 'review'` : 'true';
  const counted: { rank: number; count: number; others: number }[] = await dataSource.query(
    `SELECT ${rank} AS rank, count(*) FILTER (WHERE ${shown})::int AS count, count(*) FILTER (WHERE NOT (${shown}))::int AS others
       FROM read.worklist WHERE ${where.join(' AND ')} GROUP BY 1`,
    parameters,
  );
  const count = (group: WorklistGroup) => counted.find((c) => worklistGroups[c.rank] === group)?.count ?? 0;
  const inReview = counted.reduce((sum, { others }) => sum + others, 0);
  if (leavesReviewOut) where.push(shown);

  const first =
    filter.forReviewBy === undefined
      ? '0::int'
      : '(CASE WHEN indicated_at IS NOT NULL THEN 0 WHEN escalated OR warned_at IS NOT NULL THEN 1 ELSE 2 END)';
  const due = `coalesce(next_due_at, 'infinity')`;
  if (filter.group !== undefined) where.push(`${rank} = ${put(worklistGroups.indexOf(filter.group))}`);
  if (cursor !== undefined) {
    const [, escalation, group, dueAt, caseId] = cursor;
    where.push(
      `(${first}, ${rank}, ${due}, case_id) > (${put(escalation)}::int, ${put(group)}::int, ${put(dueAt ?? 'infinity')}::timestamptz, ${put(caseId)}::uuid)`,
    );
  }
  const limit = pageSize(filter.limit, 50, MOST_WORKLIST_ROWS);
  const rows = await selectRows<WorklistRow, { readonly rank: number; readonly first: number }>(
    dataSource.manager,
    WorklistEntity,
    `WHERE ${where.join(' AND ')} ORDER BY ${first}, ${rank}, ${due}, case_id LIMIT ${limit + 1}`,
    parameters,
    { extra: `${rank} AS "rank", ${first} AS "first"` },
  );
  const page = rows.slice(0, limit);
  const last = rows.length > limit ? page.at(-1) : undefined;
  return {
    items: page.map(({ clocks: _, overdueAt: __, indicators: ___, rank: ranked, first: ____, ...item }) => ({
      ...item,
      group: worklistGroups[ranked] ?? 'later',
    })),
    counts: {
      'beyond-repair': count('beyond-repair'),
      overdue: count('overdue'),
      'due-soon': count('due-soon'),
      later: count('later'),
    },
    ...(leavesReviewOut ? { inReview } : {}),
    ...(last === undefined
      ? {}
      : { next: writeCursor([String(cursor?.[0] ?? filter.at), last.first, last.rank, last.nextDueAt, last.caseId]) }),
  };
}

/** Who may see these cases, by id, of its panel those whose finding is awaited; of cases that are not in the list yet, nothing. */
export async function findCaseReaders(dataSource: DataSource, caseIds: readonly Id[]): Promise<ReadonlyMap<Id, CaseReaders>> {
  if (caseIds.length === 0) return new Map();
  const rows: Pick<WorklistRow, 'caseId' | 'offices' | 'panelMembers' | 'imported'>[] = await dataSource.query(
    `SELECT case_id AS "caseId", offices, panel_members AS "panelMembers", imported FROM read.worklist WHERE case_id = ANY($1::uuid[])`,
    [caseIds],
  );
  return new Map(
    rows.map(({ caseId, offices, panelMembers, imported }) => [
      caseId,
      { offices, panel: { members: panelMembers.map((official) => ({ official })) }, ...(imported ? { imported: {} } : {}) },
    ]),
  );
}
