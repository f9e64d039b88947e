/** Clocks that start, stop or pause with an act, as the pinned procedure's data says: events of the same append. */
import { type Calendar, calendarOf } from '../calendar/calendar.js';
import { formatDay, formatInstant, localDay, parseDay, parseInstant, startOfDay } from '../calendar/day.js';
import { type ClockLength, type ClockRun, dueOf, isInTime } from '../clock/clock.js';
import { ladderOf, type StepOnDate, stepsOf } from '../clock/ladder.js';
import { type Code, type DateOn, type Id, type InstantAt, recordedCitation, type Zone } from '../event.js';
import { coversDate, type OfficeKind, type OfficeTree } from '../office/office.js';
import type { ClockDefinition, LinkedDecision, Procedure } from '../procedure/procedure.js';
import { prove } from '../procedure/rules.js';
import type { CaseEvent, CaseEventOf, CaseEventType, RecordedDue } from './events.js';
import { isAmong, remediesFor, remedyOf } from './remedies.js';
import { type CaseClock, type CaseFile, type CaseState, determinationOf, establishedFacts, evolve, noonOf } from './state.js';

const AWAITING: Code = 'awaiting-applicant';

/** What a due date is computed from, besides the clock. */
interface Law {
  readonly procedure: Procedure;
  readonly calendar: Calendar;
  readonly offices: OfficeTree;
}

/** The calendar by which a clock is counted: that of its office when it started. */
export function calendarOfClock(run: ClockRun, { calendar, offices }: Omit<Law, 'procedure'>): Calendar {
  return calendarOf(calendar, offices, run.office, dateIn(run.zone, run.startedAt));
}

/**
 * The calendar that explains a clock's due date: that in force, unless the date was recorded under another that makes it another; a clock that
 * stopped was judged by its own, and no later decree changes that.
 */
export function calendarAsRecorded(
  clock: CaseClock,
  { calendar, offices, calendars }: Omit<Law, 'procedure'> & { readonly calendars: ReadonlyMap<number, Calendar> },
): Calendar {
  const inForce = calendarOfClock(clock, { calendar, offices });
  const then = calendars.get(clock.due.calendarVersion);
  if (then === undefined || then === calendar) return inForce;
  const stands = clock.stoppedAt === undefined && dueOf(clock, inForce).dueOn === clock.due.dueOn;
  return stands ? inForce : calendarOfClock(clock, { calendar: then, offices });
}

export interface ClockContext extends Law {
  readonly at: InstantAt;
}

/** The calendar date of an instant in a zone: 23:30 in Jakarta is already tomorrow in Kupang. */
export function dateIn(zone: Zone, at: InstantAt): DateOn {
  // A decision asks for the date of its own instant again and again.
  if (asked.at !== at || asked.zone !== zone) asked = { zone, at, on: formatDay(localDay(parseInstant(at), zone)) };
  return asked.on;
}

let asked: { readonly zone: Zone; readonly at: InstantAt; readonly on: DateOn } = { zone: '', at: '', on: '' };

export function zoneOf(offices: OfficeTree, office: Code): Zone {
  return offices.get(office)?.timeZone ?? 'Asia/Makassar';
}

/** The acts of a decision, each followed by what it does to the case's clocks. */
export function withClocks(state: CaseState, acts: readonly CaseEvent[], context: ClockContext): readonly CaseEvent[] {
  return afterActs(state, acts, context).events;
}

/** The same, with the case as it stands after them. */
export function afterActs(
  state: CaseState,
  acts: readonly CaseEvent[],
  context: ClockContext,
): { readonly events: readonly CaseEvent[]; readonly after: CaseState } {
  const events: CaseEvent[] = [];
  let after = state;
  for (const act of acts) {
    const before = after;
    after = evolve(after, act);
    events.push(act);
    for (const clockEvent of [...clockEventsOf(after, act, context), ...goingOnAgain(before, after, context)]) {
      after = evolve(after, clockEvent);
      events.push(clockEvent);
    }
  }
  return { events, after };
}

/** Acts that end a case: every clock stops with them, but for obligations that outlive it. */
const ENDING: readonly CaseEventType[] = ['CaseClosed', 'ApplicationWithdrawn', 'CaseLapsed', 'DeterminedBySilence'];

function clockEventsOf(state: CaseFile, act: CaseEvent, context: ClockContext): readonly CaseEvent[] {
  const ends = ENDING.includes(act.type);
  const events: CaseEvent[] = [];
  for (const clock of state.clocks) {
    if (clock.stoppedAt !== undefined) continue;
    const rule = context.procedure.clocks.find((c) => c.code === clock.code);
    if (
      (ends && (rule?.outlivesCase !== true || act.type === 'CaseLapsed')) ||
      (rule !== undefined && stops(rule, clock, act, state, context))
    )
      events.push(stopped(clock, { ...context, at: instantOf(act, clock, context.at) }));
    else if (clock.countsFrom !== undefined) continue;
    else if (rule?.pausesWith?.includes(act.type) && !isSuspended(clock) && !ranOutBefore(clock, dateIn(clock.zone, context.at)))
      events.push(suspended(clock, dateIn(clock.zone, context.at), rule.pauseReason ?? AWAITING));
    else if (rule?.resumesWith?.includes(act.type) && isSuspended(clock, rule.pauseReason ?? AWAITING))
      events.push(resumed(clock, dateIn(clock.zone, context.at), context));
  }
  const goesOn = new Set(
    state.clocks
      .filter((c) => c.stoppedAt === undefined && !events.some((e) => e.type === 'ClockStopped' && e.data.clockId === c.clockId))
      .map((c) => c.code),
  );
  for (const rule of context.procedure.clocks)
    if (starts(rule, act, state, context) && (rule.perConsultation === true || !goesOn.has(rule.code))) {
      const event = started(state, rule, act, context);
      if (event !== undefined) events.push(event);
    }
  return events;
}

/** What happened, in the words of a procedure's data: silence that counts as a decision is a determination. */
function namesOf(act: CaseEvent): readonly CaseEventType[] {
  return act.type === 'DeterminedBySilence' ? [act.type, 'DeterminationApproved'] : [act.type];
}

/** The day on which the person did it. */
function dayOf(act: CaseEvent): DateOn | undefined {
  switch (act.type) {
    case 'RemedyFiled':
      return act.data.filedOn;
    case 'OathTaken':
      return act.data.takenOn;
    case 'PapersHandedIn':
      return act.data.handedInOn;
    default:
      return undefined;
  }
}

/** What the person did on a day and was entered later was done on that day. */
function instantOf(act: CaseEvent, clock: CaseClock, at: InstantAt): InstantAt {
  const on = dayOf(act);
  return on !== undefined && on < dateIn(clock.zone, at) ? noonOf(on) : at;
}

/** Is the case referred up: to, or from, an office of one of these kinds? From an office to its successor it only changes hands. */
function referred(
  end: 'from' | 'to',
  kinds: readonly OfficeKind[] | undefined,
  act: CaseEvent,
  { offices }: ClockContext,
): boolean {
  if (act.type !== 'CaseReferred' || kinds === undefined) return false;
  const [from, to] = [act.data.from, act.data.to].map((office) => offices.get(office)?.kind);
  const kind = end === 'from' ? from : to;
  return from !== to && kind !== undefined && kinds.includes(kind);
}

/** Is the case about another matter than the clock, by what is established? */
function isBeside(rule: ClockDefinition, state: CaseFile): boolean {
  return rule.unless !== undefined && prove(rule.unless, establishedFacts(state)).truth === true;
}

/**
 * Clocks that ended because the case was about another matter, as it seemed: once that is no longer established they go on as if they had
 * never ended, with the suspensions they had.
 */
function goingOnAgain(before: CaseState, state: CaseFile, context: ClockContext): readonly CaseEvent[] {
  if (before === undefined) return [];
  return context.procedure.clocks.flatMap((rule): readonly CaseEvent[] => {
    if (!isBeside(rule, before) || isBeside(rule, state)) return [];
    const ended = state.clocks.findLast((clock) => clock.code === rule.code);
    // One that an act of its own ended, a determination, has done its work.
    if (ended?.stoppedAt === undefined || rule.stopsWith.some((type) => state.lastAt[type] === ended.stoppedAt)) return [];
    const { office, zone, startedAt, length, rollsToNextWorkingDay } = ended;
    const run: ClockRun = {
      clockId: nextIdOf(rule, state),
      code: rule.code,
      office,
      zone,
      startedAt,
      length,
      suspensions: [],
      ...(rollsToNextWorkingDay === undefined ? {} : { rollsToNextWorkingDay }),
    };
    const events: CaseEvent[] = [clockStarted(run, context, true, rule)];
    const clock = (): CaseClock | undefined => events.reduce<CaseFile>(evolve, state).clocks.at(-1);
    for (const { from, resumedOn, reason } of ended.suspensions) {
      const running = clock();
      if (running !== undefined) events.push(suspended(running, from, reason));
      const still = clock();
      if (still !== undefined && resumedOn !== undefined) events.push(resumed(still, resumedOn, context));
    }
    return events;
  });
}

function nextIdOf(rule: ClockDefinition, state: CaseFile): string {
  return `${rule.code}-${state.clocks.filter((clock) => clock.code === rule.code).length + 1}`;
}

function stops(rule: ClockDefinition, clock: CaseClock, act: CaseEvent, state: CaseFile, context: ClockContext): boolean {
  const { procedure } = context;
  if (act.type === 'RemedyFiled' && procedure.remedies.some((one) => one.code === act.data.remedy && one.clock === rule.code))
    return true;
  if (act.type === 'FindingRecorded' && clock.countsFrom === act.data.fact) {
    // A date that turned out otherwise: the clock that counted from it ends, and one that counts from the right date starts.
    const date = dateOf(state, act.data.fact);
    return date !== undefined && rule.startsWith.includes(act.type) && noonOf(date) !== clock.startedAt;
  }
  if (rule.perConsultation === true && act.type === 'ConsultationAnswered') return clock.about === act.data.consultationId;
  if (isBeside(rule, state)) return true;
  if (referred('from', rule.stopsWithReferralFrom, act, context)) return true;
  return decidedSo(rule.stopsWithLinked, act) || namesOf(act).some((name) => rule.stopsWith.includes(name));
}

/** Was a linked case decided in one of these ways? */
function decidedSo(decisions: readonly LinkedDecision[] | undefined, act: CaseEvent): boolean {
  if (act.type !== 'LinkedCaseDecided') return false;
  const { procedure, outcome } = act.data;
  return (
    decisions?.some((one) => one.procedure === procedure && outcome !== undefined && one.outcomes.includes(outcome)) === true
  );
}

function starts(rule: ClockDefinition, act: CaseEvent, state: CaseFile, context: ClockContext): boolean {
  const { procedure } = context;
  if (
    !decidedSo(rule.startsWithLinked, act) &&
    !namesOf(act).some((name) => rule.startsWith.includes(name)) &&
    !referred('to', rule.startsWithReferralTo, act, context)
  )
    return false;
  if (isBeside(rule, state)) return false;
  if (ENDING.includes(act.type) && act.type !== 'DeterminedBySilence' && rule.outlivesCase !== true) return false;
  // Switched off until a version turns it on: such a clock would only frighten.
  if (rule.lapses?.on === false) return false;
  // A remedy's period runs only where that remedy stands open: the special one, and not the general one beside it.
  if (
    procedure.remedies.some((one) => one.clock === rule.code) &&
    !remediesFor(state, procedure).some((one) => one.clock === rule.code)
  )
    return false;
  return (
    isAmong(rule.onlyOutcomes, determinationOf(state)?.outcome) &&
    isAmong(rule.onlyRemedies, remedyOf(state)) &&
    isAmong(rule.onlyChannels, state.channel)
  );
}

/** The date that a fact holds, once it is established. */
function dateOf(state: CaseFile, fact: Code): DateOn | undefined {
  const value = establishedFacts(state)[fact]?.value;
  return typeof value === 'string' && /^\d{4}-\d{2}-\d{2}$/.test(value) ? value : undefined;
}

function started(
  state: CaseFile,
  rule: ClockDefinition,
  act: CaseEvent,
  context: ClockContext,
): CaseEventOf<'ClockStarted'> | undefined {
  const office =
    rule.owner === 'review-office' && state.progress.stage === 'review'
      ? state.progress.recommendation.reviewOffice
      : state.office;
  const zone = zoneOf(context.offices, office);
  const countsFrom = rule.countsFrom === undefined ? undefined : dateOf(state, rule.countsFrom);
  if (rule.countsFrom !== undefined && countsFrom === undefined) return undefined;
  const startedAt = countsFrom === undefined ? startOf(state, act, zone, context.at) : noonOf(countsFrom);
  const inForceOn = dateIn(zone, countsFrom === undefined ? startedAt : context.at);
  if (!coversDate({ from: rule.effectiveFrom, to: rule.effectiveTo }, inForceOn)) return undefined;
  const run: ClockRun = {
    clockId: nextIdOf(rule, state),
    code: rule.code,
    office,
    zone,
    startedAt,
    length: rule.length,
    suspensions: [],
    ...(rule.rollsToNextWorkingDay === undefined ? {} : { rollsToNextWorkingDay: rule.rollsToNextWorkingDay }),
  };
  const event = clockStarted(run, context, true, rule);
  if (rule.perConsultation === true && act.type === 'ConsultationRequested')
    return { ...event, data: { ...event.data, about: act.data.consultationId } };
  return countsFrom === undefined || rule.countsFrom === undefined
    ? event
    : inPersonalPart(event, { state, countsFrom, fact: rule.countsFrom, at: context.at });
}

/**
 * When a period begins that an act starts. What the person received or filed counts from the day they did, not from the day it was
 * entered.
 */
function startOf(state: CaseFile, act: CaseEvent, zone: Zone, at: InstantAt): InstantAt {
  const on =
    act.type === 'DeterminationServed'
      ? act.data.servedOn
      : act.type === 'ApplicationLodged'
        ? state.links.find((link) => link.relation === 'remedy-of')?.filedOn
        : dayOf(act);
  return on !== undefined && on < dateIn(zone, at) ? noonOf(on) : at;
}

/** A due date years ahead tells the date it counts from, a birth: both stand in the personal part only, never in the clear. */
function inPersonalPart(
  event: CaseEventOf<'ClockStarted'>,
  on: { readonly state: CaseFile; readonly countsFrom: DateOn; readonly fact: Code; readonly at: InstantAt },
): CaseEventOf<'ClockStarted'> {
  const { dueOn, dueAt, dueSoonAt, warnAt, stepAt, ...due } = event.data.due;
  const dates = { countsFrom: on.countsFrom, dueOn, dueAt, dueSoonAt, warnAt, stepAt };
  const fields = Object.fromEntries(Object.entries(dates).flatMap(([key, date]) => (date === undefined ? [] : [[key, date]])));
  const personId = on.state.subjectId ?? on.state.caseId;
  return {
    type: 'ClockStarted',
    data: {
      ...event.data,
      startedAt: on.at,
      countsFrom: on.fact,
      due,
      personal: [{ personId, retentionClass: 'case-file', fields }],
    },
  };
}

/** The event that starts a clock, with the due date as this calendar gives it. */
export function clockStarted(
  run: ClockRun,
  context: Law,
  escalates: boolean,
  rule?: ClockDefinition,
): CaseEventOf<'ClockStarted'> {
  const { code, suspensions: _, stoppedAt: __, ...rest } = run;
  const due = recordedDue(run, context, rule, escalates ? '' : undefined);
  return { type: 'ClockStarted', data: { ...rest, clock: code, escalates, due } };
}

/** Does the clock stand still: at all, or for this reason? An act resumes only what such an act paused. */
export function isSuspended(clock: CaseClock, reason?: Code): boolean {
  return clock.suspensions.some((s) => s.resumedOn === undefined && (reason === undefined || s.reason === reason));
}

/** Was it due before that day? Then a suspension from that day comes too late to move it. */
function ranOutBefore(clock: CaseClock, day: DateOn): boolean {
  return clock.due.dueOn !== undefined && clock.due.dueOn < day;
}

export function suspended(clock: CaseClock, from: DateOn, reason: Code): CaseEventOf<'ClockSuspended'> {
  return { type: 'ClockSuspended', data: { clockId: clock.clockId, from, reason } };
}

export function resumed(clock: CaseClock, resumedOn: DateOn, context: Law): CaseEventOf<'ClockResumed'> {
  const suspensions = clock.suspensions.map((s) =>
    s.resumedOn === undefined ? { ...s, resumedOn: resumedOn < s.from ? s.from : resumedOn } : s,
  );
  return {
    type: 'ClockResumed',
    data: {
      clockId: clock.clockId,
      resumedOn,
      // What the ladder holds before the day of the resumption was told before the pause.
      due: recordedDue(
        { ...clock, suspensions },
        context,
        ruleOf(clock, context),
        escalatesFrom(clock, lastInstantBefore(resumedOn, clock.zone)),
      ),
    },
  };
}

/** A period made longer where the procedure allows it: its whole length from now on. */
export function extended(
  clock: CaseClock,
  length: ClockLength,
  context: Law & { readonly at: InstantAt },
): Pick<CaseEventOf<'ClockExtended'>['data'], 'clockId' | 'length' | 'due'> {
  const due = recordedDue({ ...clock, length }, context, ruleOf(clock, context), escalatesFrom(clock, context.at));
  return { clockId: clock.clockId, length, due };
}

function ruleOf(clock: ClockRun, { procedure }: Pick<Law, 'procedure'>): ClockDefinition | undefined {
  return procedure.clocks.find((rule) => rule.code === clock.code);
}

function lastInstantBefore(on: DateOn, zone: Zone): InstantAt {
  return formatInstant(startOfDay(parseDay(on), zone) - 1);
}

/** From which instant on the steps of its ladder are still open; undefined: it has none. */
function escalatesFrom(clock: CaseClock, since: InstantAt): InstantAt | undefined {
  return clock.escalates ? since : undefined;
}

/** Every open clock that this calendar moves, or makes certain: its new due date, and the decrees behind it. Clocks as given stand. */
export function recalculated(state: CaseFile, context: ClockContext): readonly CaseEventOf<'ClockRecalculated'>[] {
  return state.clocks.flatMap((clock) => {
    if (clock.stoppedAt !== undefined || clock.explicitDueAt !== undefined || clock.countsFrom !== undefined) return [];
    const before = clock.due;
    const rule = ruleOf(clock, context);
    const moved = recordedDue(clock, context, rule, undefined);
    if (before.dueAt === moved.dueAt && before.provisional === moved.provisional) return [];
    // Whoever was told that it fell due is told at once that it lies ahead again.
    const takenBack = fellDueBy(before, context.at) && !fellDueBy(moved, context.at);
    const due = clock.escalates
      ? { ...moved, ...(takenBack ? { stepAt: context.at } : stepAfter(clock, moved, context)) }
      : moved;
    const [first, last] = [clock.startedAt, due.dueOn ?? before.dueOn ?? clock.startedAt].map((day) => day.slice(0, 4));
    const decreed = Object.entries(context.calendar.years).flatMap(([year, { provisional }]) => (provisional ? [] : [year]));
    const years = decreed.filter((year) => (first ?? '') <= year && year <= (last ?? ''));
    const own = calendarOfClock(clock, context);
    const decrees = years.flatMap((year) => {
      const { decree = year, local = [] } = own.years[year] ?? {};
      return [decree, ...local.map((one) => one.decree)].map((act) => recordedCitation({ act }));
    });
    return [{ type: 'ClockRecalculated', data: { clockId: clock.clockId, at: context.at, before, due, years, decrees } }];
  });
}

/** When the law acted on a clock by itself, where that still stands. */
export function lawActedAt({ progress, determinations }: CaseFile, clockId: Id): InstantAt | undefined {
  if (progress.stage === 'lapsed' && progress.lapse.clockId === clockId) return progress.lapse.at;
  return determinations.findLast((one) => one.bySilence === clockId)?.at;
}

interface ActedEarly {
  readonly clock: CaseClock;
  readonly actedAt: InstantAt;
  /** As this calendar would have had it. */
  readonly due: { readonly dueOn: DateOn; readonly dueAt: InstantAt };
}

/** Clocks on which the law has acted before they would have run out under this calendar. */
export function actedEarly(state: CaseFile, law: Omit<Law, 'procedure'>): readonly ActedEarly[] {
  return state.clocks.flatMap((clock) => {
    const actedAt = lawActedAt(state, clock.clockId);
    if (actedAt === undefined || clock.explicitDueAt !== undefined || clock.countsFrom !== undefined) return [];
    const { dueOn, dueAt } = dueOf(clock, calendarOfClock(clock, law));
    return dueOn === undefined || dueAt === undefined || dueAt <= actedAt ? [] : [{ clock, actedAt, due: { dueOn, dueAt } }];
  });
}

/** Had it run out by then? */
export function fellDueBy({ dueAt }: Pick<RecordedDue, 'dueAt'>, at: InstantAt): boolean {
  return dueAt !== undefined && dueAt <= at;
}

export function stopped(
  clock: CaseClock,
  context: Omit<Law, 'procedure'> & { readonly at: InstantAt },
): CaseEventOf<'ClockStopped'> {
  const inTime = isInTime(clock, calendarOfClock(clock, context), context.at);
  return { type: 'ClockStopped', data: { clockId: clock.clockId, stoppedAt: context.at, inTime } };
}

/** The ladder's next step after a decree moved the date: the first of all, told or not, where one that was ahead lies behind now. */
function stepAfter(clock: CaseClock, moved: RecordedDue, context: ClockContext): Pick<RecordedDue, 'stepAt'> {
  const ladder = ladderOn(clock, moved, context);
  const fallen = (steps: readonly StepOnDate[]) => steps.filter(({ at }) => at <= context.at).length;
  return stepSince(ladder, fallen(ladder) > fallen(ladderOn(clock, clock.due, context)) ? '' : context.at);
}

/** Every step of a clock's ladder, for that due date. */
export function ladderOn(
  run: ClockRun,
  due: Pick<RecordedDue, 'dueOn' | 'dueAt'>,
  law: Law,
  rule: ClockDefinition | undefined = ruleOf(run, law),
): readonly StepOnDate[] {
  return stepsOf(run, due, ladderOf(law.procedure, rule), calendarOfClock(run, law));
}

/** A period that counts from a birth is due soon from its ladder's first step on: a share of it says nothing, it began years before the case. */
function firstBefore(ladder: readonly StepOnDate[], { dueAt, dueSoonAt }: Pick<RecordedDue, 'dueAt' | 'dueSoonAt'>) {
  const first = ladder[0]?.at;
  return first === undefined || dueAt === undefined || first >= dueAt ? dueSoonAt : first;
}

function stepSince(ladder: readonly StepOnDate[], since: InstantAt): Pick<RecordedDue, 'stepAt'> {
  const stepAt = ladder.find(({ at }) => at > since)?.at;
  return stepAt === undefined ? {} : { stepAt };
}

const DAY_MS = 24 * 3_600_000;

/** `stepsSince`: the ladder's first step from that instant on is the next; undefined: the clock has no ladder. */
function recordedDue(run: ClockRun, law: Law, rule: ClockDefinition | undefined, stepsSince: InstantAt | undefined): RecordedDue {
  const calendar = calendarOfClock(run, law);
  const due = dueOf(run, calendar);
  const { dueOn, dueAt, provisional } = due;
  const dueSoonAt = rule?.countsFrom === undefined ? due.dueSoonAt : firstBefore(ladderOn(run, due, law, rule), due);
  const lapses = rule?.lapses?.on === true && dueAt !== undefined ? rule.lapses : undefined;
  return {
    provisional,
    calendarVersion: calendar.version,
    ...(dueOn === undefined ? {} : { dueOn }),
    ...(dueAt === undefined ? {} : { dueAt }),
    ...(dueSoonAt === undefined ? {} : { dueSoonAt }),
    ...(lapses === undefined || dueAt === undefined
      ? {}
      : {
          warnAt: formatInstant(parseInstant(dueAt) - lapses.warnDaysBefore * DAY_MS),
          law: { effect: lapses.effect, outcome: lapses.outcome },
        }),
    ...(stepsSince === undefined ? {} : stepSince(ladderOn(run, due, law, rule), stepsSince)),
  };
}
