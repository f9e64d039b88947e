/**
 * When something is due, from a clock's start, its length and its ledger of suspensions. Nothing is stored: a new calendar version
 * or a new entry in the ledger is answered by computing again.
 *
 * The rules, after UU 30/2014 and the procedures' own acts: the period starts the day after its event and the due date has its whole
 * day, to 24:00, in the zone of the office that owned the clock when it started. Months end on the same day number or the month's
 * last day. A suspension runs from its first day to the day before the resumption: a working-day clock skips those days, a
 * calendar-day or month clock is moved by their number.
 */
import { type Calendar, kindOfDay, workingDaysFrom } from '../calendar/calendar.js';
import { addMonths, type Day, formatDay, formatInstant, localDay, parseDay, parseInstant, startOfDay } from '../calendar/day.js';
import { assertNever, type Code, type DateOn, type Id, type InstantAt, type Zone } from '../event.js';

/** `{ unit: 'working-days', amount: 21 }`. The amount is a whole number from 1; 40,000 days or 1,200 months at the most. */
export interface ClockLength {
  readonly unit: 'calendar-days' | 'working-days' | 'months';
  readonly amount: number;
}

export interface Suspension {
  /** The first suspended day. */
  readonly from: DateOn;
  /** The day of resumption, no longer suspended. Absent while the suspension is open. */
  readonly resumedOn?: DateOn;
  readonly reason: Code;
}

export interface ClockRun {
  readonly clockId: Id;
  /** Which period of the procedure: `objection`, `oath`. */
  readonly code: Code;
  readonly office: Code;
  /** The zone of that office when the clock started. */
  readonly zone: Zone;
  /** The act that starts the clock. */
  readonly startedAt: InstantAt;
  readonly length: ClockLength;
  /** Whether a period that ends on a day without work goes on to the next working day; says nothing to working-day clocks. */
  readonly rollsToNextWorkingDay?: boolean;
  /** The ledger, in any order; entries may overlap. */
  readonly suspensions: readonly Suspension[];
  /** A due instant that came with the case. It is taken as given: `length` is not read and suspensions do not move it. */
  readonly explicitDueAt?: InstantAt;
  readonly stoppedAt?: InstantAt;
}

export interface Due {
  readonly status: 'running' | 'suspended' | 'stopped';
  /** Absent, like both instants, while a suspension that began within the period is open. */
  readonly dueOn?: DateOn;
  /** The midnight that ends the due date, in UTC: too late for an act. If `asGiven`, the given instant: still in time. */
  readonly dueAt?: InstantAt;
  /** From here on it is due soon: the last fifth of the period, at least three working days. Absent on a stopped clock. */
  readonly dueSoonAt?: InstantAt;
  /** The date rests on days of a year without a decree, so a decree may still move it. */
  readonly provisional: boolean;
  readonly asGiven: boolean;
}

export type Urgency = 'overdue' | 'due-soon' | 'later';

const LONGEST = { 'calendar-days': 40_000, 'working-days': 40_000, months: 1_200 } as const;
const LEAST_WARNING_WORKING_DAYS = 3;

/**
 * When the clock runs out under this calendar. Throws a RangeError for dates and instants that do not exist, an amount out of bounds,
 * and a suspension that resumes before it begins.
 */
export function dueOf(run: ClockRun, calendar: Calendar): Due {
  const landing = landingOf(run, calendar);
  const asGiven = run.explicitDueAt !== undefined;
  const { due, provisional } = landing;
  if (due === undefined) return { status: run.stoppedAt === undefined ? 'suspended' : 'stopped', provisional, asGiven };
  const dueMs = run.explicitDueAt === undefined ? startOfDay(due + 1, run.zone) : parseInstant(run.explicitDueAt);
  const dates = { dueOn: formatDay(due), dueAt: formatInstant(dueMs), provisional, asGiven };
  if (run.stoppedAt !== undefined) return { status: 'stopped', ...dates };
  const startedMs = parseInstant(run.startedAt);
  const soonMs = asGiven
    ? givenSoonMs(startedMs, dueMs, due, run.zone, calendar)
    : startOfDay(soonDay(run.length, landing, due, calendar), run.zone);
  return { status: 'running', dueSoonAt: formatInstant(Math.max(soonMs, startedMs)), ...dates };
}

/** The date so long before another: 30 calendar days before a permit's last day, that day not counted. */
export function daysBefore(date: DateOn, length: ClockLength, calendar: Calendar): DateOn {
  return formatDay(dayFrom(parseDay(date), length, -1, calendar));
}

/** The day so long after another (1) or before it (-1), that day not counted. */
export function dayFrom(day: Day, { unit, amount }: ClockLength, direction: 1 | -1, calendar: Calendar): Day {
  switch (unit) {
    case 'calendar-days':
      return day + direction * amount;
    case 'working-days':
      return workingDaysFrom(calendar, day, direction * amount);
    case 'months':
      return addMonths(day, direction * amount);
    default:
      return assertNever(unit);
  }
}

/** Whether an act at this instant meets the clock. With no due date, everything does. */
export function isInTime(run: ClockRun, calendar: Calendar, at: InstantAt): boolean {
  return isInTimeFor(dueOf(run, calendar), at);
}

/** What an open clock asks for at this instant. A clock that is suspended or stopped asks for nothing: `later`. */
export function urgency(run: ClockRun, calendar: Calendar, at: InstantAt): Urgency {
  return urgencyOfDue(dueOf(run, calendar), at);
}

/** `urgency` of a due date computed before. */
export function urgencyOfDue(due: Due, at: InstantAt): Urgency {
  if (due.status !== 'running') return 'later';
  if (!isInTimeFor(due, at)) return 'overdue';
  return due.dueSoonAt !== undefined && parseInstant(at) >= parseInstant(due.dueSoonAt) ? 'due-soon' : 'later';
}

function isInTimeFor(due: Due, at: InstantAt): boolean {
  if (due.dueAt === undefined) return true;
  const late = parseInstant(at) - parseInstant(due.dueAt);
  return due.asGiven ? late <= 0 : late < 0;
}

/** Days in a row on which the clock stands still for the same reasons, within its period. `until` is not one of them. */
export interface SuspendedSpan {
  readonly from: Day;
  /** Infinity while open. */
  readonly until: Day;
  readonly reasons: readonly Code[];
}

/** How a due date came about; what `explainDue` tells. */
export interface Landing {
  /** The local date of the act that starts the clock. The period's first day is the next one. */
  readonly startDay: Day;
  /** Calendar days and months: where the period ends by arithmetic alone. */
  readonly base?: Day;
  /** The spans that moved the date or its roll or, if the last of them is open, took it away. */
  readonly movedBy: readonly SuspendedSpan[];
  /** Where the period ends with the suspended days and before a roll. */
  readonly reached?: Day;
  readonly due?: Day;
  readonly provisional: boolean;
}

export function landingOf(run: ClockRun, calendar: Calendar): Landing {
  const startDay = localDay(parseInstant(run.startedAt), run.zone);
  const spans = suspendedSpans(run.suspensions, startDay + 1);
  if (run.explicitDueAt !== undefined) {
    const due = localDay(parseInstant(run.explicitDueAt), run.zone);
    const movedBy = spans.filter((span) => span.from <= due && span.until === Number.POSITIVE_INFINITY);
    return { startDay, movedBy, provisional: false, ...(movedBy.length === 0 && { reached: due, due }) };
  }
  const { unit, amount } = run.length;
  if (!Number.isSafeInteger(amount) || amount < 1 || amount > LONGEST[unit]) {
    throw new RangeError(`Clock ${run.clockId}: ${amount} ${unit} is no length from 1 to ${LONGEST[unit]}`);
  }
  switch (unit) {
    case 'working-days': {
      const { movedBy, due, provisional } = countWorkingDays(amount, startDay, spans, calendar);
      return { startDay, movedBy, provisional, ...(due !== undefined && { reached: due, due }) };
    }
    case 'calendar-days':
      return moveBySpans(startDay + amount, startDay, spans, run.rollsToNextWorkingDay === true, calendar);
    case 'months':
      return moveBySpans(addMonths(startDay, amount), startDay, spans, run.rollsToNextWorkingDay === true, calendar);
    default:
      return assertNever(unit);
  }
}

/** The n-th working day after a day that is not suspended; none if an open suspension comes first. */
function countWorkingDays(
  amount: number,
  after: Day,
  spans: readonly SuspendedSpan[],
  calendar: Calendar,
): Pick<Landing, 'movedBy' | 'due' | 'provisional'> {
  const movedBy: SuspendedSpan[] = [];
  let provisional = false;
  let day = after;
  for (let left = amount; left > 0; ) {
    day++;
    const span = spans[movedBy.length];
    if (span !== undefined && day >= span.from) {
      movedBy.push(span);
      if (span.until === Number.POSITIVE_INFINITY) return { movedBy, provisional };
      day = span.until - 1;
      continue;
    }
    const kind = kindOfDay(calendar, day);
    provisional ||= kind.provisional;
    if (kind.working) left--;
  }
  return { movedBy, due: day, provisional };
}

/**
 * A suspension counts if it begins on or before the end of the period as the earlier ones left it, and then with all its days.
 * A roll goes to the first day from there on that is a working day and not suspended.
 */
function moveBySpans(base: Day, startDay: Day, spans: readonly SuspendedSpan[], rolls: boolean, calendar: Calendar): Landing {
  const movedBy: SuspendedSpan[] = [];
  let reached = base;
  for (const span of spans) {
    if (span.from > reached) break;
    movedBy.push(span);
    if (span.until === Number.POSITIVE_INFINITY) return { startDay, base, movedBy, provisional: false };
    reached += span.until - span.from;
  }
  if (!rolls) return { startDay, base, movedBy, reached, due: reached, provisional: false };
  const roll = countWorkingDays(1, reached - 1, spans.slice(movedBy.length), calendar);
  return { startDay, base, reached, ...roll, movedBy: [...movedBy, ...roll.movedBy] };
}

/**
 * The days of the ledger from the first day of the period on, each once, in spans of the same reasons. The first open suspension
 * ends the list.
 */
function suspendedSpans(suspensions: readonly Suspension[], firstDay: Day): readonly SuspendedSpan[] {
  if (suspensions.length === 0) return [];
  const entries = suspensions.map(({ from, resumedOn, reason }) => {
    const first = parseDay(from);
    const until = resumedOn === undefined ? Number.POSITIVE_INFINITY : parseDay(resumedOn);
    if (until < first) throw new RangeError(`A suspension from ${from} cannot resume on ${resumedOn}`);
    return { from: Math.max(first, firstDay), until, reason };
  });
  const openFrom = Math.min(...entries.filter(({ until }) => until === Number.POSITIVE_INFINITY).map(({ from }) => from));
  const edges = [...new Set([...entries.flatMap(({ from, until }) => [from, until]), openFrom])]
    .filter((day) => day >= firstDay && day <= openFrom)
    .sort((a, b) => a - b);
  return edges.flatMap((from, index) => {
    const until = edges[index + 1] ?? Number.POSITIVE_INFINITY;
    const reasons = entries.filter((entry) => entry.from <= from && from < entry.until).map(({ reason }) => reason);
    return reasons.length === 0 ? [] : [{ from, until, reasons: [...new Set(reasons)] }];
  });
}

/** The first day of the last fifth, rounded up to whole counted days, or of the last three working days if that is earlier. */
function soonDay(length: ClockLength, landing: Landing, due: Day, calendar: Calendar): Day {
  const counted = length.unit === 'working-days' ? length.amount : unsuspendedDays(landing, due);
  const fifth = Math.ceil(counted / 5);
  const workingDays = Math.max(LEAST_WARNING_WORKING_DAYS, length.unit === 'working-days' ? fifth : 0);
  const byWorkingDays = back(workingDays, (day) => kindOfDay(calendar, day).working);
  return length.unit === 'working-days'
    ? byWorkingDays
    : Math.min(
        byWorkingDays,
        back(fifth, () => true),
      );

  /** The n-th day back from the due date that is not suspended and counts; the start day if the period has no more. */
  function back(n: number, counts: (day: Day) => boolean): Day {
    let index = landing.movedBy.length - 1;
    let day = due + 1;
    for (let left = n; left > 0 && day > landing.startDay; ) {
      day--;
      const span = landing.movedBy[index];
      if (span !== undefined && day < span.until) {
        day = span.from;
        index--;
      } else if (counts(day)) left--;
    }
    return day;
  }
}

function unsuspendedDays(landing: Landing, due: Day): number {
  return landing.movedBy.reduce((days, span) => days - (span.until - span.from), due - landing.startDay);
}

/** For a given instant: its last fifth by the clock, or three working days before it at the same time of day if that is earlier. */
function givenSoonMs(startedMs: number, dueMs: number, due: Day, zone: Zone, calendar: Calendar): number {
  const threeBefore = workingDaysFrom(calendar, due, -LEAST_WARNING_WORKING_DAYS);
  return Math.min(dueMs - Math.ceil((dueMs - startedMs) / 5), startOfDay(threeBefore, zone) + (dueMs - startOfDay(due, zone)));
}
