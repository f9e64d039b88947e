/**
 * Escalation ladders: when each step of a clock's ladder falls, and who is told by it. Data of the procedure; where it has none, the
 * standard ladder. Pure.
 */
import type { Calendar } from '../calendar/calendar.js';
import { formatInstant, parseDay, parseInstant, startOfDay } from '../calendar/day.js';
import type { Code, DateOn, Id, InstantAt } from '../event.js';
import type { Present, Role } from '../office/official.js';
import type { ClockDefinition, LadderStep, Procedure, Rung } from '../procedure/procedure.js';
import { type ClockLength, type ClockRun, dayFrom, landingOf } from './clock.js';

const workingDays = (amount: number): ClockLength => ({ unit: 'working-days', amount });

/** A step of a ladder; of the standard ones also whether only those are told who were told nothing of this due date before. */
export type Step = LadderStep & { readonly unlessTold?: true };

/**
 * The officer while there is time, the supervisor before it is too late, then up the house. No act prescribes it: a product default.
 */
export const standardLadder: readonly Step[] = [
  { code: 'half', tell: 'officer', at: { percent: 50 } },
  { code: 'four-fifths', tell: 'officer', at: { percent: 80 } },
  { code: 'nine-tenths', tell: 'supervisor', at: { percent: 90 } },
  // An officer who was told nothing before, because everything stood still, hears of it at the latest now.
  { code: 'due-officer', tell: 'officer', at: { percent: 100 }, unlessTold: true },
  { code: 'due', tell: 'supervisor', at: { percent: 100 } },
  { code: 'overdue-3', tell: 'head-of-office', at: { after: workingDays(3) } },
  { code: 'overdue-7', tell: 'regional', at: { after: workingDays(7) } },
  { code: 'overdue-14', tell: 'directorate', at: { after: workingDays(14) } },
];

const months = (amount: number): ClockLength => ({ unit: 'months', amount });

/** Of a period that counts from a birth or a marriage a share says nothing: it began years before the case. */
export const yearsAheadLadder: readonly Step[] = [
  { code: 'year-before', tell: 'officer', at: { before: months(12) } },
  { code: 'half-year-before', tell: 'officer', at: { before: months(6) } },
  { code: 'quarter-before', tell: 'supervisor', at: { before: months(3) } },
  { code: 'month-before', tell: 'head-of-office', at: { before: months(1) } },
  ...standardLadder.filter(({ at }) => 'after' in at || ('percent' in at && at.percent === 100)),
];

/** The ladder of a clock under its procedure. */
export function ladderOf(
  procedure: Pick<Procedure, 'ladder'>,
  rule: Pick<ClockDefinition, 'ladder' | 'countsFrom'> | undefined,
): readonly Step[] {
  return rule?.ladder ?? (rule?.countsFrom === undefined ? (procedure.ladder ?? standardLadder) : yearsAheadLadder);
}

export interface StepOnDate {
  readonly step: Step;
  readonly at: InstantAt;
}

/** Every step of a ladder with its instant, the first first, for a clock that is due then; none while it is suspended. */
export function stepsOf(
  run: ClockRun,
  due: { readonly dueOn?: DateOn; readonly dueAt?: InstantAt },
  ladder: readonly Step[],
  calendar: Calendar,
): readonly StepOnDate[] {
  const { dueOn, dueAt } = due;
  if (dueOn === undefined || dueAt === undefined) return [];
  const instantOf = ({ at }: LadderStep): InstantAt => {
    if ('percent' in at) return at.percent === 100 ? dueAt : formatInstant(msAtPercent(run, dueAt, at.percent, calendar));
    const day = parseDay(dueOn);
    const from = 'before' in at ? dayFrom(day, at.before, -1, calendar) : dayFrom(day, at.after, 1, calendar) + 1;
    return formatInstant(startOfDay(from, run.zone));
  };
  return ladder.map((step) => ({ step, at: instantOf(step) })).toSorted((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
}

/** The instant at which this share of the period has run, suspended days not counted. */
function msAtPercent(run: ClockRun, dueAt: InstantAt, percent: number, calendar: Calendar): number {
  const start = parseInstant(run.startedAt);
  const pauses = landingOf(run, calendar).movedBy.map(({ from, until }) => ({
    from: Math.max(start, startOfDay(from, run.zone)),
    until: startOfDay(until, run.zone),
  }));
  const paused = pauses.reduce((ms, { from, until }) => ms + until - from, 0);
  let reached = start + Math.floor(((parseInstant(dueAt) - start - paused) * percent) / 100);
  for (const { from, until } of pauses) if (reached >= from) reached += until - from;
  return reached;
}

/** Steps before the due date are told once, whatever moves it; the others belong to the due date that passed. */
export function isBeforeDue({ at }: LadderStep): boolean {
  return 'before' in at || ('percent' in at && at.percent < 100);
}

/** Upwards: where nobody holds a rung, the next one is told; where nobody holds one above, the nearest below. */
export const RUNGS: readonly Rung[] = ['officer', 'supervisor', 'head-of-office', 'regional', 'directorate', 'minister'];
const roleOf = (rung: Rung): Role => (rung === 'officer' ? 'case-officer' : rung);

/** Who is told, as which role of which office. Nobody, if no rung is held by anyone. */
export interface Told {
  readonly toRole: Role;
  readonly office: Code;
  readonly told: readonly Id[];
}

/** Who is there today in a role of an office, as `presentIn` answers. */
export type Roster = (role: Role, office: Code) => readonly Present[];

/**
 * Who is told: on the officer's rung the case's officer, or whoever acts in their place, or every officer of the office while there is
 * neither; above it, whoever holds the role in the nearest office upwards.
 */
export function whoIsTold(rung: Rung, office: Code, officer: Id | undefined, roster: Roster, lineage: readonly Code[]): Told {
  const from = RUNGS.indexOf(rung);
  for (const one of [...RUNGS.slice(from), ...RUNGS.slice(0, from).toReversed()]) {
    const toRole = roleOf(one);
    for (const above of one === 'officer' ? [office] : lineage) {
      const present = roster(toRole, above);
      const own = one === 'officer' ? present.filter(({ id, actingFor }) => id === officer || actingFor === officer) : [];
      if (present.length > 0) return { toRole, office: above, told: ids(own.length > 0 ? own : present) };
    }
  }
  return { toRole: roleOf(rung), office, told: [] };
}

function ids(present: readonly Present[]): readonly Id[] {
  return [...new Set(present.map(({ id }) => id))];
}
