/** Which open clocks a calendar moves: asked before it is published, and carried out after. */
import type { DataSource } from 'typeorm';
import { type Calendar, kindOfDay } from '#domain/calendar/calendar.js';
import { formatDay, parseDay } from '#domain/calendar/day.js';
import { actedEarly, calendarOfClock, dateIn, fellDueBy, recalculated } from '#domain/case/clock-events.js';
import type { RecordedDue } from '#domain/case/events.js';
import { referenceOf } from '#domain/case/reference.js';
import type { CaseClock } from '#domain/case/state.js';
import type { Code, DateOn, Id, InstantAt } from '#domain/event.js';
import type { OfficeTree } from '#domain/office/office.js';
import type { CaseDesk } from '#event-store/case-desk.js';
import type { Position } from '#event-store/port.js';
import { sideBySide } from '#event-store/together.js';
import { clockBoardProjection, findCasesLawActedIn, findCasesOfOlderCalendar } from './clock-board.js';
import { readCheckpoint } from './projection.js';

/** Each page sorts all that is left, so there are few. */
const CASES_AT_ONCE = 10_000;
/** Their reads and appends are gathered into few statements; so few that officers find their place between them. */
const SIDE_BY_SIDE = 64;

export interface MovedClock {
  readonly caseId: Id;
  readonly reference: string;
  readonly clockId: Id;
  readonly clock: Code;
  readonly before: RecordedDue;
  readonly due: RecordedDue;
  /** By which it moves, or becomes certain; no others of the year. */
  readonly decrees: readonly string[];
  /** It had run out under the calendar in force, and lies ahead again: whoever was told is told so. */
  readonly fellDue: boolean;
  /** It lies ahead under the calendar in force, and has run out under this one: it falls due as soon as it is published. */
  readonly fallsDue: boolean;
  /** Days of its period that become days of work, or cease to be. None where a date only becomes certain. */
  readonly days: readonly DateOn[];
}

/** Every open clock that the calendar would move or make certain, case by case. Changes nothing. */
export async function* clocksMovedBy(
  dataSource: DataSource,
  desk: CaseDesk,
  calendar: Calendar,
  at: InstantAt,
): AsyncGenerator<MovedClock> {
  for await (const caseId of casesOfOlderCalendar(dataSource, calendar.version)) {
    const found = await readable(desk, caseId);
    if (found === undefined) continue;
    const { state, procedure, offices } = found;
    for (const { data } of recalculated(state, { procedure, offices, calendar, at })) {
      const { clockId, before, due } = data;
      const clock = state.clocks.find((one) => one.clockId === clockId);
      if (clock === undefined) continue;
      const moves = whatMoves(clock, [before, due], [desk.calendar(), calendar], offices);
      const fellDue = fellDueBy(before, at) && !fellDueBy(due, at);
      const fallsDue = !fellDueBy(before, at) && fellDueBy(due, at);
      yield { caseId, reference: referenceOf(caseId), clockId, clock: clock.code, before, due, fellDue, fallsDue, ...moves };
    }
  }
}

/** A clock on which the law acted before it would have run out under a calendar. */
export interface EarlyAct {
  readonly caseId: Id;
  readonly reference: string;
  readonly clockId: Id;
  readonly clock: Code;
  readonly actedAt: InstantAt;
  readonly before: RecordedDue;
  /** As the calendar would have had it. */
  readonly due: { readonly dueOn: DateOn; readonly dueAt: InstantAt };
  readonly decrees: readonly string[];
  readonly days: readonly DateOn[];
}

/**
 * Every clock on which the law has acted and would not have yet under the calendar, case by case; not those that the calendar in force gives
 * the same date, which an earlier decree moved. Changes nothing; what the law did stands.
 */
export async function* actedEarlyBy(
  dataSource: DataSource,
  desk: CaseDesk,
  calendar: Calendar,
  at: InstantAt,
): AsyncGenerator<EarlyAct> {
  for (const caseId of await findCasesLawActedIn(dataSource, calendar.version, at)) {
    const found = await readable(desk, caseId);
    if (found === undefined) continue;
    const { state, offices } = found;
    const inForce = new Map(
      actedEarly(state, { calendar: desk.calendar(), offices }).map(({ clock, due }) => [clock.clockId, due.dueAt] as const),
    );
    for (const { clock, actedAt, due } of actedEarly(state, { calendar, offices })) {
      const { clockId, code, due: before } = clock;
      if (inForce.get(clockId) === due.dueAt) continue;
      const moves = whatMoves(clock, [before, due], [desk.calendar(), calendar], offices);
      yield { caseId, reference: referenceOf(caseId), clockId, clock: code, actedAt, before, due, ...moves };
    }
  }
}

/** The days of a period, to the later of its due dates, that are days of work under one calendar and not under the other, and the decrees that make them so. */
function whatMoves(
  clock: CaseClock,
  dues: readonly Pick<RecordedDue, 'dueOn'>[],
  [old, next]: readonly [Calendar, Calendar],
  offices: OfficeTree,
): Pick<MovedClock, 'days' | 'decrees'> {
  const last = dues
    .flatMap(({ dueOn }) => dueOn ?? [])
    .sort()
    .at(-1);
  if (last === undefined) return { days: [], decrees: [] };
  const [one, other] = [calendarOfClock(clock, { calendar: old, offices }), calendarOfClock(clock, { calendar: next, offices })];
  const days: DateOn[] = [];
  const decrees = new Set<string>();
  for (let day = parseDay(dateIn(clock.zone, clock.startedAt)) + 1; day <= parseDay(last); day += 1) {
    const [before, after] = [kindOfDay(one, day), kindOfDay(other, day)];
    const moves = before.working !== after.working;
    if (moves) days.push(formatDay(day));
    // A day that a decree leaves out is moved by that decree.
    const decree = after.decree ?? other.years[formatDay(day).slice(0, 4)]?.decree;
    if (decree !== undefined && (moves || (before.provisional && !after.provisional))) decrees.add(decree);
  }
  return { days, decrees: [...decrees] };
}

/** A case and the law on it; undefined, and told, where it cannot be read: it does not keep a decree from being published. */
async function readable(desk: CaseDesk, caseId: Id) {
  try {
    const { state } = await desk.read(caseId);
    return state === undefined
      ? undefined
      : { state, procedure: desk.procedureOf(state.procedure), offices: desk.registry.state.offices };
  } catch (error) {
    console.error(`calendar: case ${caseId} could not be computed,`, error instanceof Error ? error.message : error);
    return undefined;
  }
}

export interface Recalculated {
  /** Cases that were computed anew, those in which a clock moved, and those that could not be. */
  readonly looked: number;
  readonly moved: number;
  readonly failed: readonly Id[];
  /** What stands on the clock board up to here was looked at. */
  readonly upTo: Position;
}

/**
 * Computes every open clock anew under the calendar in force, by events of its case; whoever asks and however often, once. Where the law acted
 * before the calendar would have let it, a supervisor is told. A case that fails does not keep the others back.
 * @param since clocks that have not changed after this position are left out: an earlier look under the same calendar found them unmoved
 * @param only of these cases alone
 */
export async function recalculateClocks(
  dataSource: DataSource,
  desk: CaseDesk,
  at: InstantAt,
  { since = '0', only, signal }: { readonly since?: Position; readonly only?: readonly Id[]; readonly signal?: AbortSignal } = {},
): Promise<Recalculated> {
  let looked = 0;
  let moved = 0;
  const failed: Id[] = [];
  // Before the board is read: what is projected meanwhile is looked at once more.
  const upTo = await readCheckpoint(dataSource, desk.log, clockBoardProjection.name);
  const each = (cases: Iterable<Id> | AsyncIterable<Id>, carryOut: (caseId: Id) => Promise<void>): Promise<void> =>
    sideBySide(cases, SIDE_BY_SIDE, async (caseId) => {
      signal?.throwIfAborted();
      if (failed.includes(caseId)) return;
      try {
        await carryOut(caseId);
      } catch (error) {
        if (failed.length === 0) console.error(`calendar: case ${caseId},`, error instanceof Error ? error.message : error);
        failed.push(caseId);
      }
    });
  await each(only ?? casesOfOlderCalendar(dataSource, desk.calendar().version, since), async (caseId) => {
    looked += 1;
    if ((await desk.recalculate(caseId, at)).kind === 'accepted') moved += 1;
  });
  await each(only ?? (await findCasesLawActedIn(dataSource, desk.calendar().version, at, since)), async (caseId) => {
    await desk.tellActedEarly(caseId, at);
  });
  return { looked, moved, failed, upTo };
}

async function* casesOfOlderCalendar(dataSource: DataSource, version: number, since: Position = '0'): AsyncGenerator<Id> {
  for (let after: Id | undefined; ; ) {
    const found = await findCasesOfOlderCalendar(dataSource, version, since, CASES_AT_ONCE, after);
    yield* found;
    after = found.at(-1);
    if (found.length < CASES_AT_ONCE) return;
  }
}
