/** Clocks that start, stop or pause with an act, as the pinned procedure's data says: events of the same append. */
import type { Calendar } from '../calendar/calendar.js';
import { formatDay, localDay, parseInstant } from '../calendar/day.js';
import { type ClockRun, dueOf, isInTime } from '../clock/clock.js';
import type { Code, DateOn, InstantAt, Zone } from '../event.js';
import { coversDate, type OfficeTree } from '../office/office.js';
import type { ClockDefinition, Procedure } from '../procedure/procedure.js';
import type { CaseEvent, CaseEventOf, RecordedDue } from './events.js';
import { type CaseClock, type CaseFile, type CaseState, evolve } from './state.js';

const AWAITING: Code = 'awaiting-applicant';

export interface ClockContext {
  readonly procedure: Procedure;
  readonly calendar: Calendar;
  readonly offices: OfficeTree;
  readonly at: InstantAt;
}

/** The calendar date of an instant in a zone: 23:30 in Jakarta is already tomorrow in Kupang. */
export function dateIn(zone: Zone, at: InstantAt): DateOn {
  return formatDay(localDay(parseInstant(at), zone));
}

export function zoneOf(offices: OfficeTree, office: Code): Zone {
  return offices.get(office)?.timeZone ?? 'Asia/Makassar';
}

/** The acts of a decision, each followed by what it does to the case's clocks. */
export function withClocks(state: CaseState, acts: readonly CaseEvent[], context: ClockContext): readonly CaseEvent[] {
  const events: CaseEvent[] = [];
  let after = state;
  for (const act of acts) {
    after = evolve(after, act);
    events.push(act);
    for (const clockEvent of clockEventsOf(after, act, context)) {
      after = evolve(after, clockEvent);
      events.push(clockEvent);
    }
  }
  return events;
}

function clockEventsOf(state: CaseFile, act: CaseEvent, context: ClockContext): readonly CaseEvent[] {
  const ends = act.type === 'CaseClosed' || act.type === 'ApplicationWithdrawn';
  const events: CaseEvent[] = [];
  for (const clock of state.clocks) {
    if (clock.stoppedAt !== undefined) continue;
    const rule = context.procedure.clocks.find((c) => c.code === clock.code);
    if (ends || rule?.stopsWith.includes(act.type)) events.push(stopped(clock, context));
    else if (rule?.pausesWith?.includes(act.type) && !isSuspended(clock) && !ranOutBefore(clock, dateIn(clock.zone, context.at)))
      events.push(suspended(clock, dateIn(clock.zone, context.at), rule.pauseReason ?? AWAITING));
    else if (rule?.resumesWith?.includes(act.type) && isSuspended(clock, rule.pauseReason ?? AWAITING))
      events.push(resumed(clock, dateIn(clock.zone, context.at), context.calendar));
  }
  const goesOn = new Set(
    state.clocks
      .filter((c) => c.stoppedAt === undefined && !events.some((e) => e.type === 'ClockStopped' && e.data.clockId === c.clockId))
      .map((c) => c.code),
  );
  for (const rule of context.procedure.clocks)
    if (!ends && rule.startsWith.includes(act.type) && rule.lapses?.on !== false && !goesOn.has(rule.code)) {
      const event = started(state, rule, act, context);
      if (event !== undefined) events.push(event);
    }
  return events;
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
  // The window after service counts from the day the letter reached the person, not from the day it was entered.
  const startedAt =
    act.type === 'DeterminationServed' && act.data.servedOn < dateIn(zone, context.at)
      ? `${act.data.servedOn}T04:00:00.000Z`
      : context.at;
  if (!coversDate({ from: rule.effectiveFrom, to: rule.effectiveTo }, dateIn(zone, startedAt))) return undefined;
  const nth = state.clocks.filter((c) => c.code === rule.code).length + 1;
  const run: ClockRun = {
    clockId: `${rule.code}-${nth}`,
    code: rule.code,
    office,
    zone,
    startedAt,
    length: rule.length,
    suspensions: [],
    ...(rule.rollsToNextWorkingDay === undefined ? {} : { rollsToNextWorkingDay: rule.rollsToNextWorkingDay }),
  };
  return clockStarted(run, context.calendar, true);
}

/** The event that starts a clock, with the due date as this calendar gives it. */
export function clockStarted(run: ClockRun, calendar: Calendar, escalates: boolean): CaseEventOf<'ClockStarted'> {
  const { code, suspensions: _, stoppedAt: __, ...rest } = run;
  return { type: 'ClockStarted', data: { ...rest, clock: code, escalates, due: recordedDue(run, calendar) } };
}

/** Does the clock stand still: at all, or for this reason? An act resumes only what such an act paused. */
export function isSuspended(clock: CaseClock, reason?: Code): boolean {
  return clock.suspensions.some((s) => s.resumedOn === undefined && (reason === undefined || s.reason === reason));
}

/** Was it due before that day? Then a suspension from that day comes too late to move it. */
export function ranOutBefore(clock: CaseClock, day: DateOn): boolean {
  return clock.due.dueOn !== undefined && clock.due.dueOn < day;
}

export function suspended(clock: CaseClock, from: DateOn, reason: Code): CaseEventOf<'ClockSuspended'> {
  return { type: 'ClockSuspended', data: { clockId: clock.clockId, from, reason } };
}

export function resumed(clock: CaseClock, resumedOn: DateOn, calendar: Calendar): CaseEventOf<'ClockResumed'> {
  const suspensions = clock.suspensions.map((s) =>
    s.resumedOn === undefined ? { ...s, resumedOn: resumedOn < s.from ? s.from : resumedOn } : s,
  );
  return {
    type: 'ClockResumed',
    data: { clockId: clock.clockId, resumedOn, due: recordedDue({ ...clock, suspensions }, calendar) },
  };
}

export function stopped(
  clock: CaseClock,
  context: { readonly calendar: Calendar; readonly at: InstantAt },
): CaseEventOf<'ClockStopped'> {
  return {
    type: 'ClockStopped',
    data: { clockId: clock.clockId, stoppedAt: context.at, inTime: isInTime(clock, context.calendar, context.at) },
  };
}

function recordedDue(run: ClockRun, calendar: Calendar): RecordedDue {
  const due = dueOf(run, calendar);
  return {
    provisional: due.provisional,
    calendarVersion: calendar.version,
    ...(due.dueOn === undefined ? {} : { dueOn: due.dueOn }),
    ...(due.dueAt === undefined ? {} : { dueAt: due.dueAt }),
    ...(due.dueSoonAt === undefined ? {} : { dueSoonAt: due.dueSoonAt }),
  };
}
