/** What people ask, through the query bus: a case folded from its stream (never behind), and lists from the read models. */
import { Inject } from '@nestjs/common';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { formatInstant, parseDay, parseInstant, startOfDay } from '#domain/calendar/day.js';
import { type AvailableAction, availableActions } from '#domain/case/available-actions.js';
import { blocksTold, unlessUnreadable } from '#domain/case/blocks.js';
import { calendarAsRecorded, calendarOfClock, dateIn, zoneOf } from '#domain/case/clock-events.js';
import { differenceOf, type FieldDifference } from '#domain/case/difference.js';
import type { CaseEvent } from '#domain/case/events.js';
import { type DeterminationExplanation, explainDetermination } from '#domain/case/explain-determination.js';
import type { HeldActs } from '#domain/case/held-act.js';
import { mayRead } from '#domain/case/permit.js';
import { authorityOffices, type CommandContext, evaluateCase } from '#domain/case/policies.js';
import { referenceOf } from '#domain/case/reference.js';
import { commandSentences, type Naming, sentenceOf } from '#domain/case/sentences.js';
import type { CaseFile } from '#domain/case/state.js';
import { urgencyOfDue } from '#domain/clock/clock.js';
import { explainDue } from '#domain/clock/explain-due.js';
import { type Code, citationIn, type Id, type InstantAt, type Text } from '#domain/event.js';
import { subtreeOf } from '#domain/office/office.js';
import { REVIEW_ROLES, type Role } from '#domain/office/official.js';
import { policyTable } from '#domain/policy-table.js';
import type { ClockDefinition } from '#domain/procedure/procedure.js';
import type { ToldStep } from '#domain/process/escalation.js';
import { namingProcedures } from '#domain/registry.js';
import { CaseDesk, type CaseReading, type CaseView, readingOf } from '#event-store/case-desk.js';
import { UnreadableStream } from '#event-store/event-log.js';
import { type Showing, showingTo, withoutPersonal } from '#event-store/glass-desk.js';
import { readHeld } from '#event-store/held-desk.js';
import { type Position, type RecordedEvent, StoreUnavailable } from '#event-store/port.js';
import { findHistory } from '#read-models/case-history.js';
import { findClocks } from '#read-models/clock-board.js';
import { findHeldIn, type HeldActRow } from '#read-models/held-act.js';
import { explainParked, findParked } from '#read-models/parked.js';
import { waitForPosition } from '#read-models/projection.js';
import { countAlarmedReferrals } from '#read-models/referral.js';
import { findWorklist, type WorklistGroup, type WorklistItem } from '#read-models/worklist.js';
import { alarmedReferrals, alertsOf, leftInWords, nextAct } from './next-act.js';
import { malformed, notFound, Problem, unreadable } from './problem-details.js';
import { kebab } from './requests.js';
import { OpenLogToken, type Tegas } from './tegas.js';

const WAIT_MS = 2000;
const DAY_MS = 24 * 3_600_000;

/** Paging and read-your-writes, the same for every list. */
export interface PageQuery {
  readonly after?: string;
  readonly limit?: number;
  readonly atLeastPosition?: Position;
}

export function ifPosition(query: Record<string, string>): PageQuery {
  refuseUnknown(query, ['after', 'limit', 'atLeastPosition']);
  return pageOf(query);
}

export function pageOf(query: Record<string, string>): PageQuery {
  const { after, limit, atLeastPosition } = query;
  if (limit !== undefined && !(/^\d{1,3}$/.test(limit) && Number(limit) >= 1 && Number(limit) <= 200))
    throw malformed([{ path: 'limit', fault: 'must be a whole number from 1 to 200' }]);
  if (atLeastPosition !== undefined && !/^\d{1,19}$/.test(atLeastPosition))
    throw malformed([{ path: 'atLeastPosition', fault: 'must be a position that an answer carried' }]);
  if (after !== undefined && (typeof after !== 'string' || after.length > 500))
    throw malformed([{ path: 'after', fault: 'must be a cursor that an answer carried' }]);
  return {
    ...(after === undefined ? {} : { after }),
    ...(limit === undefined ? {} : { limit: Number(limit) }),
    ...(atLeastPosition === undefined ? {} : { atLeastPosition }),
  };
}

export function refuseUnknown(query: Record<string, unknown>, known: readonly string[]): void {
  const faults = Object.entries(query).flatMap(([name, value]) => {
    if (!known.includes(name)) return [{ path: name, fault: `is no parameter; use ${known.join(', ')}` }];
    return typeof value === 'string' ? [] : [{ path: name, fault: 'must be given once' }];
  });
  if (faults.length > 0) throw malformed(faults);
}

export class GetCase extends Query<
  ReturnType<typeof viewOf> & {
    readonly shown: Showing['as'];
    readonly accessId?: Id;
    readonly told: readonly ToldStep[];
    readonly parked?: ParkedView;
  }
> {
  constructor(
    readonly caseId: Id,
    readonly official: Id,
    readonly view: CaseView = {},
  ) {
    super();
  }
}

/** What differs between two views of a case, and the acts that only one of them shows. */
export class CompareCase extends Query<{
  readonly caseId: Id;
  readonly from: CaseView;
  readonly to: CaseView;
  readonly changes: readonly FieldDifference[];
  readonly onlyFrom: readonly object[];
  readonly onlyTo: readonly object[];
}> {
  constructor(
    readonly caseId: Id,
    readonly official: Id,
    readonly from: CaseView,
    readonly to: CaseView,
  ) {
    super();
  }
}

export class FindActions extends Query<{
  revision: number;
  actions: readonly (AvailableAction & { name: string; sentence: Text })[];
}> {
  constructor(
    readonly caseId: Id,
    readonly official: Id,
  ) {
    super();
  }
}

export class GetDetermination extends Query<DeterminationExplanation & { readonly shown: Showing['as'] }> {
  constructor(
    readonly caseId: Id,
    readonly official: Id,
  ) {
    super();
  }
}

export class FindHistory extends Query<object> {
  constructor(
    readonly caseId: Id,
    readonly official: Id,
    readonly page: PageQuery,
  ) {
    super();
  }
}

export interface WorklistQuery extends PageQuery {
  readonly mine?: boolean;
  readonly stage?: string;
  readonly procedure?: string;
  readonly group?: WorklistGroup;
  readonly escalated?: boolean;
  /** Say with each case what this official does next; it reads each case's stream. */
  readonly nextAct?: boolean;
}

export class FindWorklist extends Query<object> {
  constructor(
    readonly official: Id,
    readonly filter: WorklistQuery,
  ) {
    super();
  }
}

export class FindClocks extends Query<object> {
  constructor(
    readonly official: Id,
    readonly filter: PageQuery & {
      readonly status?: 'running' | 'suspended' | 'stopped';
      readonly caseId?: Id;
      readonly overdue?: boolean;
      readonly byLaw?: boolean;
      /** Only what is due within so many days. */
      readonly days?: number;
      readonly office?: Code;
    },
  ) {
    super();
  }
}

/** Why a case is not told whole. */
interface ParkedView {
  readonly since: InstantAt;
  /** What is wrong and what to do. */
  readonly reason: Text;
  /** The lists that stopped following the case. */
  readonly readModels: readonly string[];
}

/** `parked` for the answer on a case or another record that a read model set aside; nothing otherwise. */
export async function parkedView(tegas: Tegas, caseId: Id): Promise<{ readonly parked?: ParkedView }> {
  const parked = await findParked(tegas.readModels, { caseId });
  const [first] = parked;
  if (first === undefined) return {};
  return {
    parked: { since: first.parkedAt, reason: explainParked(first), readModels: parked.map(({ projection }) => projection) },
  };
}

/**
 * What is done with a case; where its stream cannot be read, a problem that says so, to who may see the case.
 * @throws Problem 500 `case-unreadable`
 */
export function orUnreadable<T>(tegas: Tegas, caseId: Id, official: Id, work: () => Promise<T>): Promise<T> {
  const { desk } = tegas;
  return orUnreadableTo(work, async () => {
    const state = await desk.asFarAsReadable(caseId);
    const at = tegas.time.now();
    return state !== undefined && mayRead(desk.actor(official, at), state, desk.registry.state.offices, at)
      ? parkedView(tegas, caseId)
      : undefined;
  });
}

/**
 * What is done; where a stream it needs cannot be read, a problem that says so, to who may see what was asked for: then `shown` answers what
 * else the problem is to tell. For everyone else it answers undefined, and there is nothing there.
 * @throws Problem 500 `…-unreadable`
 */
export async function orUnreadableTo<T>(work: () => Promise<T>, shown: () => Promise<object | undefined>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof UnreadableStream)) throw error;
    const more = await shown();
    if (more === undefined) throw notFound();
    throw unreadable(error, more);
  }
}

/** A case that this official may read, as 404 otherwise: whether it exists is itself out of scope. */
export function readInScope(
  desk: CaseDesk,
  tegas: Tegas,
  caseId: Id,
  official: Id,
  view: CaseView = {},
): Promise<CaseReading & { state: CaseFile; context: CommandContext; showing: Showing }> {
  return orUnreadable(tegas, caseId, official, () => readableInScope(desk, tegas, caseId, official, view));
}

async function readableInScope(
  desk: CaseDesk,
  tegas: Tegas,
  caseId: Id,
  official: Id,
  view: CaseView,
): Promise<CaseReading & { state: CaseFile; context: CommandContext; showing: Showing }> {
  const reading = await desk.read(caseId);
  const at = tegas.time.now();
  const actor = desk.actor(official, at);
  const { offices } = desk.registry.state;
  // Scope is that of the case as it is now; an earlier view of it opens no other door.
  if (reading.state === undefined || !mayRead(actor, reading.state, offices, at)) throw notFound();
  const asked = readingOf(reading.events, view, offices);
  if (asked.state === undefined) throw notFound();
  return {
    ...asked,
    state: asked.state,
    context: { actor, at, ...(await desk.around(asked.state)) },
    // Whose work it is says the case as it is now, too.
    showing: await showingTo(desk, actor, reading.state, at),
  };
}

type Whole = CaseReading & { readonly state: CaseFile; readonly context: CommandContext; readonly showing: Showing };

/** The case as far as it is shown to who reads it: without personal data where it is not their own work, nor open to them for a reason. */
function shownOf(whole: Whole, view: CaseView): Whole {
  if (whole.showing.as !== 'withheld') return whole;
  const { state, ...reading } = readingOf(whole.events.map(withoutPersonal), view, whole.context.offices);
  return state === undefined ? whole : { ...whole, ...reading, state };
}

/** What cannot be shown without personal data is not shown to whose work the case is not. @throws Problem 403 */
export function refuseWithheld(showing: Showing): void {
  if (showing.as === 'withheld')
    throw new Problem(403, 'reason-needed', {
      id: 'Perkara ini bukan tugas Anda. Buka dengan alasan (buka darurat) untuk melihatnya.',
      en: 'This case is not your own work. Open it for a reason (break-glass) to see this.',
    });
}

function saidOf(showing: Showing): { readonly shown: Showing['as']; readonly accessId?: Id } {
  return { shown: showing.as, ...(showing.as === 'break-glass' ? { accessId: showing.access.accessId } : {}) };
}

function viewOf(
  reading: CaseReading & { state: CaseFile; context: CommandContext },
  view: CaseView,
  { calendars, officials }: Pick<CaseDesk['registry']['state'], 'calendars' | 'officials'>,
) {
  const { state, revision, context } = reading;
  const { procedure, calendar, offices } = context;
  const at = seenAt(view, context, state);
  const evaluation = procedure.kind === 'determination' ? evaluateCase(state, procedure, { offices, at }) : undefined;
  return {
    reference: referenceOf(state.caseId),
    revision,
    position: reading.events.at(-1)?.position,
    ...view,
    ...state,
    stage: state.progress.stage,
    procedureName: procedure.name,
    // Whose authority a remedy lies with, only the contested case says.
    authority: unlessUnreadable(
      () => authorityOffices({ state, procedure, offices, at, linked: context.linked }),
      () => [],
    ),
    clocks: state.clocks.map((clock) => {
      const local = calendarOfClock(clock, { calendar, offices });
      const extensions = (clock.extensions ?? []).map((one) => ({
        ...one,
        by: officials.get(one.by)?.name ?? one.by,
        on: dateIn(clock.zone, one.at),
        legalBasis: one.legalBasis.map(citationIn),
      }));
      const explanation = explainDue(clock, calendarAsRecorded(clock, { calendar, offices, calendars }), extensions);
      const { dueOn } = explanation;
      const today = dateIn(clock.zone, at);
      return {
        ...clock,
        urgency: urgencyOfDue({ ...explanation, ...clock.due }, at),
        explanation,
        // Of a clock that stopped nothing is left, and nothing is overdue.
        ...(dueOn === undefined || explanation.status === 'stopped'
          ? {}
          : { left: leftInWords(dueOn, today, clock.length.unit, local) }),
      };
    }),
    ...(evaluation === undefined ? {} : { evaluation }),
    blocks: blocksTold(state, context.linked, { offices, at }),
  };
}

const DROPPED_SHOWN_MS = DAY_MS;

/** Why a held act did not take effect. */
function groundText(ground: string): Text {
  return ground === 'case-changed'
    ? {
        id: 'Perkara berubah selagi tindakan ini ditahan. Lihat perubahannya, lalu putuskan lagi.',
        en: 'The case changed while this was held. See what changed, then decide again.',
      }
    : {
        id: 'Ditolak ketika akan berlaku, karena aturannya tidak lagi mengizinkan. „Kenapa tidak bisa?” menyebut sebabnya.',
        en: 'It was refused when it was to take effect, for the rules no longer allow it. “Why not?” says why.',
      };
}

@QueryHandler(GetCase)
export class GetCaseHandler implements IQueryHandler<GetCase> {
  constructor(
    private readonly desk: CaseDesk,
    @Inject(OpenLogToken) private readonly tegas: Tegas,
  ) {}

  async execute({ caseId, official, view }: GetCase) {
    const whole = await readInScope(this.desk, this.tegas, caseId, official, view);
    const reading = shownOf(whole, view);
    const until = seenAt(view, reading.context, reading.state);
    const told = (await this.desk.told(caseId)).filter(({ at }) => at <= until);
    const held = view.asOf === undefined && view.effectiveOn === undefined ? this.heldIn(await readHeld(this.desk, caseId)) : {};
    const { evaluation, ...seen } = viewOf(reading, view, this.desk.registry.state);
    return {
      ...seen,
      // What is withheld is not unknown: nothing is derived from the rest.
      ...(evaluation === undefined || whole.showing.as === 'withheld' ? {} : { evaluation }),
      ...saidOf(whole.showing),
      told,
      ...held,
      ...(await parkedView(this.tegas, caseId)),
    };
  }

  /**
   * What is held of the case now, or, a while ago, was and did not take effect; and everything that was ever held and did not, for the timeline.
   * Without a word of why it was sent.
   */
  private heldIn(all: HeldActs): { readonly held?: object; readonly heldActs: readonly object[] } {
    const heldActs = all
      .filter(({ status }) => status !== 'effective')
      .map(({ heldId, act, by, at, until, status, endedAt, ground }) => ({
        ...{ heldId, act, by, at, until, status },
        ...(endedAt === undefined ? {} : { endedAt }),
        ...(ground === undefined ? {} : { why: groundText(ground) }),
      }));
    const last = all.at(-1);
    if (last === undefined || last.status === 'effective' || last.status === 'recalled') return { heldActs };
    const { heldId, act, by, at, until, status, endedAt, ground } = last;
    const now = parseInstant(this.tegas.time.now());
    if (endedAt !== undefined && status === 'dropped' && now - parseInstant(endedAt) > DROPPED_SHOWN_MS) return { heldActs };
    const [seconds, msLeft] = [parseInstant(until) - parseInstant(at), parseInstant(until) - now];
    const why = ground === undefined ? {} : { why: groundText(ground) };
    const held = { heldId, act, by, until, status, seconds: seconds / 1000, msLeft: Math.max(0, msLeft), ...why };
    return { held, heldActs };
  }
}

/** The instant that a view looks from: now, when it was known, or the end of the date on which it was true. */
function seenAt({ asOf, effectiveOn }: CaseView, { at, offices }: CommandContext, state: CaseFile): InstantAt {
  const known = asOf ?? at;
  if (effectiveOn === undefined) return known;
  const lastOfDay = formatInstant(startOfDay(parseDay(effectiveOn) + 1, zoneOf(offices, state.openedAtOffice)) - 1);
  return [lastOfDay, known].toSorted()[0] ?? known;
}

@QueryHandler(CompareCase)
export class CompareCaseHandler implements IQueryHandler<CompareCase> {
  constructor(
    private readonly desk: CaseDesk,
    @Inject(OpenLogToken) private readonly tegas: Tegas,
  ) {}

  async execute({ caseId, official, from, to }: CompareCase) {
    const whole = await readInScope(this.desk, this.tegas, caseId, official);
    // What changed is told to whose work it is not too, without what is a person's own.
    const events = whole.showing.as === 'withheld' ? whole.events.map(withoutPersonal) : whole.events;
    const { state: register } = this.desk.registry;
    const { offices } = register;
    const naming = namingProcedures(register, whole.state.procedure);
    const [before, after] = [readingOf(events, from, offices), readingOf(events, to, offices)];
    return {
      ...{ caseId, from, to },
      changes: differenceOf(before.state, after.state),
      onlyFrom: actsOnlyIn(before, after, naming),
      onlyTo: actsOnlyIn(after, before, naming),
    };
  }
}

function actsOnlyIn(one: CaseReading, other: CaseReading, naming: readonly Naming[]): readonly object[] {
  const shared = new Set(other.events.map(({ revision }) => revision));
  return one.events
    .filter(({ revision }) => !shared.has(revision))
    .map(({ revision, type, data, metadata: { actor, performedBy, effectiveAt, recordedAt } }) => ({
      ...{ revision, type, by: performedBy ?? actor, at: effectiveAt, recordedAt },
      sentence: sentenceOf({ type, data } as CaseEvent, naming),
    }));
}

@QueryHandler(FindActions)
export class FindActionsHandler implements IQueryHandler<FindActions> {
  constructor(
    private readonly desk: CaseDesk,
    @Inject(OpenLogToken) private readonly tegas: Tegas,
  ) {}

  async execute({ caseId, official }: FindActions) {
    const { state, revision, context } = await readInScope(this.desk, this.tegas, caseId, official);
    return {
      revision,
      actions: availableActions(state, context).map((action) => ({
        ...action,
        name: kebab(action.command),
        sentence: commandSentences[action.command],
      })),
    };
  }
}

@QueryHandler(GetDetermination)
export class GetDeterminationHandler implements IQueryHandler<GetDetermination> {
  constructor(
    private readonly desk: CaseDesk,
    @Inject(OpenLogToken) private readonly tegas: Tegas,
  ) {}

  async execute({ caseId, official }: GetDetermination) {
    const whole = await readInScope(this.desk, this.tegas, caseId, official);
    const { state, context } = shownOf(whole, {});
    return { ...explainDetermination(state, context), ...saidOf(whole.showing) };
  }
}

@QueryHandler(FindHistory)
export class FindHistoryHandler implements IQueryHandler<FindHistory> {
  constructor(
    private readonly desk: CaseDesk,
    @Inject(OpenLogToken) private readonly tegas: Tegas,
  ) {}

  async execute({ caseId, official, page }: FindHistory) {
    await waitFor(this.tegas, ['case_history'], page.atLeastPosition);
    const { items, next } = await findHistory(this.tegas.readModels, caseId, page);
    // After the rows: what was said in each is read from the stream, which has them all by then.
    const { showing, events, state } = await readInScope(this.desk, this.tegas, caseId, official);
    const naming = namingProcedures(this.desk.registry.state, state.procedure);
    const said = new Map(showing.as === 'withheld' ? [] : events.map((event) => [event.id, wordsOf(event)] as const));
    return {
      ...saidOf(showing),
      items: items.map((item) => ({
        ...item,
        personal: said.get(item.eventId) ?? null,
        sentence: sentenceOf(item as { type: CaseEvent['type'] } as CaseEvent, naming),
      })),
      next,
      ...(await parkedView(this.tegas, caseId)),
    };
  }
}

/** The fields of all personal parts of an event together; undefined where there are none, or they were destroyed. */
function wordsOf({ data }: RecordedEvent): object | undefined {
  const { personal = [] } = data as CaseEvent['data'];
  const fields = Object.assign({}, ...personal.map((part) => part.fields));
  return Object.keys(fields).length === 0 ? undefined : fields;
}

@QueryHandler(FindWorklist)
export class FindWorklistHandler implements IQueryHandler<FindWorklist> {
  constructor(
    private readonly desk: CaseDesk,
    @Inject(OpenLogToken) private readonly tegas: Tegas,
  ) {}

  async execute({ official, filter }: FindWorklist) {
    await waitFor(this.tegas, ['worklist', 'held_act'], filter.atLeastPosition);
    const at = this.tegas.time.now();
    const { mine, stage, procedure, group, escalated, after, limit, nextAct: withNextAct } = filter;
    const { capacities } = this.desk.actor(official, at);
    const reviewing = capacities.filter((c) => REVIEW_ROLES.includes(c.role));
    const inPlaceOf = (roles: readonly Role[]): readonly Id[] =>
      capacities.flatMap(({ role, actingFor }) => (actingFor !== undefined && roles.includes(role) ? [actingFor] : []));
    const page = await findWorklist(this.tegas.readModels, {
      officesInScope: officesInScope(this.desk, official, at),
      at,
      sitsOnPanel: official,
      ...(mine === true ? { mine: [official, ...inPlaceOf(['case-officer'])] } : {}),
      ...(reviewing.length > 0
        ? { forReviewBy: { offices: reviewing.map((c) => c.office), not: [official, ...inPlaceOf(REVIEW_ROLES)] } }
        : {}),
      ...(stage === undefined ? {} : { stage }),
      ...(procedure === undefined ? {} : { procedure }),
      ...(group === undefined ? {} : { group }),
      ...(escalated === undefined ? {} : { escalated }),
      ...(after === undefined ? {} : { after }),
      ...(limit === undefined ? {} : { limit }),
    });
    const sent = await findHeldIn(
      this.tegas.readModels,
      page.items.map(({ caseId }) => caseId),
    );
    const said = async (item: WorklistItem) => ({
      ...item,
      ...heldOf(sent.get(item.caseId)),
      ...this.dueInWords(item, at),
      alerts: alertsOf(item),
      ...(withNextAct === true ? { nextAct: await this.nextActOf(item.caseId, official) } : {}),
    });
    return { ...page, items: await Promise.all(page.items.map(said)), alerts: await this.alertsFor(reviewing, official, at) };
  }

  /** What a supervisor is told of before any case: referrals with an indicator of trafficking, which are no case yet. */
  private async alertsFor(reviewing: readonly unknown[], official: Id, at: InstantAt): Promise<readonly Text[]> {
    if (reviewing.length === 0) return [];
    const waiting = await countAlarmedReferrals(this.tegas.readModels, officesInScope(this.desk, official, at));
    return waiting === 0 ? [] : [alarmedReferrals(waiting)];
  }

  /** The clock that is due first, by its name and the days left; nothing where none is running. */
  private dueInWords({ procedure, office, nextClock, nextDueOn }: WorklistItem, at: InstantAt) {
    if (nextClock === null || nextDueOn === null) return {};
    const { offices } = this.desk.registry.state;
    const definition = clockNamed(this.desk, procedure, nextClock);
    const today = dateIn(zoneOf(offices, office), at);
    const unit = definition?.length.unit ?? 'calendar-days';
    return { clockName: definition?.name, left: leftInWords(nextDueOn, today, unit, this.desk.calendar()) };
  }

  private async nextActOf(caseId: Id, official: Id) {
    try {
      const { state, context } = await readInScope(this.desk, this.tegas, caseId, official);
      return nextAct(state, context);
    } catch (error) {
      if (error instanceof StoreUnavailable) throw error;
      // A case that cannot be read, or that has just left the official's scope, must not take the whole list with it.
      console.error(`worklist: no next act for ${caseId}: ${error instanceof Error ? error.name : 'fault'}`);
      return undefined;
    }
  }
}

/** With a row of a list: what is sent and may be recalled until when. */
function heldOf(held: HeldActRow | undefined): { readonly held?: Pick<HeldActRow, 'act' | 'until'> & { readonly by: Id } } {
  return held === undefined ? {} : { held: { act: held.act, by: held.official, until: held.until } };
}

@QueryHandler(FindClocks)
export class FindClocksHandler implements IQueryHandler<FindClocks> {
  constructor(
    private readonly desk: CaseDesk,
    @Inject(OpenLogToken) private readonly tegas: Tegas,
  ) {}

  async execute({ official, filter }: FindClocks) {
    const { atLeastPosition, days, ...rest } = filter;
    await waitFor(this.tegas, ['clock_board'], atLeastPosition);
    const at = this.tegas.time.now();
    const until = days === undefined ? {} : { until: formatInstant(parseInstant(at) + days * DAY_MS) };
    return findClocks(this.tegas.readModels, { officesInScope: officesInScope(this.desk, official, at), at, ...until, ...rest });
  }
}

/** A clock of a procedure as its newest version that has it defines it: good enough for a name in a list. */
export function clockNamed(desk: CaseDesk, procedure: Code, clock: Code): ClockDefinition | undefined {
  return desk.registry.state.procedures
    .get(procedure)
    ?.flatMap(({ clocks }) => clocks)
    .findLast(({ code }) => code === clock);
}

/** Every office under which this official may read; none for one who is not in the register. */
export function officesInScope(desk: CaseDesk, official: Id, at: InstantAt): string[] {
  const { offices } = desk.registry.state;
  // A panel member is shown the cases on whose panel they sit, not an office's.
  const listing: readonly Role[] = policyTable.FindCases.roles.filter((role) => role !== 'panel-member');
  const scopes = desk.actor(official, at).capacities.filter((c) => listing.includes(c.role));
  return [...new Set(scopes.flatMap((c) => subtreeOf(offices, c.office, dateIn(zoneOf(offices, c.office), at))))];
}

/** Waits until the read models show the caller's own write. @throws Problem 503 when they do not in time */
export async function waitFor(tegas: Tegas, readModels: readonly string[], position: Position | undefined): Promise<void> {
  if (position === undefined) return;
  if (await waitForPosition(tegas.readModels, readModels, position, WAIT_MS)) return;
  // A position that no answer ever carried is not waited for again.
  if (BigInt(position) > BigInt(await tegas.log.head()))
    throw malformed([{ path: 'atLeastPosition', fault: 'must be a position that an answer carried' }]);
  throw new Problem(503, 'read-model-behind', {
    id: 'Daftar ini belum memuat tindakan terakhir Anda. Coba lagi sebentar lagi.',
    en: 'This list does not show your last act yet. Try again in a moment.',
  });
}
