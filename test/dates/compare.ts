/** Periods drawn at random where due dates are hard, with their due dates by the product and by the oracle, compared. */
import { type Calendar, parseCalendar } from '#domain/calendar/calendar.js';
import { type ClockRun, dueOf } from '#domain/clock/clock.js';
import { seeded } from '../seeded.js';
import { calendarOf, dateOf, dayOf, dueByLaw, vectorsThrough, zones } from './oracle.mjs';

type Decrees = Parameters<typeof calendarOf>[0];
type OfficeCalendar = ReturnType<typeof calendarOf>;
export type Period = Required<Parameters<typeof dueByLaw>[1]>;
type Unit = Period['unit'];

export interface Comparison {
  readonly dates: number;
  /** Due dates on which the two differ, and test vectors of the decrees that the oracle misses. */
  readonly wrong: number;
  /** Test vectors of the decrees, each put through the oracle in every zone. */
  readonly vectors: number;
  readonly byUnit: { readonly [unit: string]: number };
  readonly byZone: { readonly [zone: string]: number };
  /** How many had suspensions; how many of those nothing due, because one is open; how many were put off to a working day. */
  readonly suspended: number;
  readonly open: number;
  readonly rolled: number;
  readonly provisional: number;
  readonly seed: number;
}

const UNITS: readonly Unit[] = ['calendar-days', 'working-days', 'months'];
/** What the procedures and the remedies run for. */
const LAWFUL: { readonly [unit in Unit]: readonly number[] } = {
  'calendar-days': [7, 14, 30, 45, 60, 90],
  'working-days': [3, 5, 10, 14, 21],
  months: [1, 2, 3, 6, 12, 24, 36, 216, 252],
};
const LONGEST_ODD: { readonly [unit in Unit]: number } = { 'calendar-days': 800, 'working-days': 300, months: 60 };
/** Ends and beginnings of months and years, where months are counted differently or nobody works. */
const HARD_DAYS = ['02-27', '02-28', '02-29', '03-01', '03-30', '03-31', '04-30', '08-31', '11-30', '12-30', '12-31', '01-01'];
const DAY_MS = 86_400_000;
const MOST_TOLD = 10;

/** The same `count` periods for the same seed. `differ` is told of the first ten differences, `at` how far it has come. */
export function compareDates(
  decrees: Decrees,
  { count, seed, differ, at }: { count: number; seed: number; differ: (text: string) => void; at?: (done: number) => void },
): Comparison {
  const calendar = parseCalendar(decrees, 1);
  const office = calendarOf(decrees);
  const draw = periods(decrees, office, seed);
  const byUnit = Object.fromEntries(UNITS.map((unit) => [unit, 0]));
  const byZone = Object.fromEntries(zones.map((zone) => [zone, 0]));
  const tally = { suspended: 0, open: 0, rolled: 0, provisional: 0 };

  const { tried, wrong: missed } = vectorsThrough(decrees);
  let wrong = missed.length;
  for (const vector of missed) differ(`A test vector of the decrees, by the oracle: ${JSON.stringify(vector)}`);

  for (let n = 1; n <= count; n++) {
    const period = draw();
    const byLaw = dueByLaw(office, period);
    const due = product(period, calendar);
    const law = outcome(byLaw.date, byLaw.instant, byLaw.provisional);
    if (due !== law) {
      wrong += 1;
      if (wrong <= MOST_TOLD) differ(`${n}. ${told(period)}\n   product: ${due}\n   law:     ${law}`);
    }
    byUnit[period.unit] = (byUnit[period.unit] ?? 0) + 1;
    byZone[period.zone] = (byZone[period.zone] ?? 0) + 1;
    if (period.suspensions.length > 0) tally.suspended += 1;
    if (byLaw.date === null) tally.open += 1;
    if (byLaw.rolled) tally.rolled += 1;
    if (byLaw.provisional) tally.provisional += 1;
    if (n % 1000 === 0) at?.(n);
  }
  return { dates: count, wrong, vectors: tried.length, byUnit, byZone, ...tally, seed };
}

export function clockOf({ start, zone, unit, amount, rolls, suspensions }: Period): ClockRun {
  return {
    clockId: 'clock-1',
    code: 'decision',
    office: 'KANIM-KPG',
    zone,
    startedAt: start,
    length: { unit, amount },
    rollsToNextWorkingDay: rolls,
    suspensions: suspensions.map((suspension) => ({ ...suspension, reason: 'awaiting-applicant' })),
  };
}

function product(period: Period, calendar: Calendar): string {
  try {
    const { dueOn, dueAt, provisional } = dueOf(clockOf(period), calendar);
    return outcome(dueOn ?? null, dueAt ?? null, provisional);
  } catch (error) {
    return `no answer: ${error}`;
  }
}

function outcome(date: string | null, instant: string | null, provisional: boolean): string {
  return `${date === null ? 'nothing due yet' : `${date}, to ${instant}`}${provisional ? ', provisional' : ''}`;
}

function told({ start, zone, unit, amount, rolls, suspensions }: Period): string {
  const pauses = suspensions.map(({ from, resumedOn }) => `${from} ${resumedOn ? `to ${resumedOn}` : 'and open'}`);
  const paused = pauses.length === 0 ? '' : `, suspended from ${pauses.join(', from ')}`;
  return `${amount} ${unit} from ${start} in ${zone}${rolls ? ', rolls' : ''}${paused}`;
}

/** An endless row of periods that a seed decides. */
export function periods(decrees: Decrees, office: OfficeCalendar, seed: number): () => Period {
  const random = seeded(seed);
  const whole = (from: number, to: number): number => from + Math.floor(random() * (to - from + 1));
  const oneOf = <T>(choices: readonly [T, ...T[]] | readonly T[]): T => choices[whole(0, choices.length - 1)] as T;
  const decreedYears = Object.keys(decrees.years).map(Number);
  const daysOff = Object.values(decrees.years).flatMap(({ holidays, collectiveLeave }) => [...holidays, ...collectiveLeave]);

  /** Three in four in or beside the years with a decree. */
  function year(): number {
    return random() < 0.75 ? whole(Math.min(...decreedYears) - 1, Math.max(...decreedYears) + 1) : whole(1965, 2060);
  }

  function start(zone: Period['zone']): string {
    const chance = random();
    // 29 February of another year is 1 March.
    const hard = () => dayOf(`${year()}-${oneOf(HARD_DAYS)}`);
    const day =
      chance < 0.4 ? hard() : chance < 0.6 ? dayOf(oneOf(daysOff)) - whole(0, 5) : dayOf(`${year()}-01-01`) + whole(0, 364);
    const aroundMidnight = oneOf([-1_800_000, -1000, -1, 0, 1, 1000, 1_800_000]);
    const msOfDay = random() < 0.5 ? aroundMidnight : whole(0, DAY_MS - 1);
    const hoursEast = zones.indexOf(zone) + 7;
    return new Date(day * DAY_MS + msOfDay - hoursEast * 3_600_000).toISOString();
  }

  function amount(unit: Unit): number {
    return random() < 0.6 ? oneOf(LAWFUL[unit]) : random() < 0.5 ? whole(1, 12) : whole(1, LONGEST_ODD[unit]);
  }

  /** Half of them begin beside the start or the end of the period as the ones before left it. */
  function suspend(period: Period): Period {
    const first = dayOf(period.start.slice(0, 10));
    const { date } = dueByLaw(office, period);
    const last = date === null ? first + period.amount : dayOf(date);
    const chance = random();
    const from = chance < 0.2 ? first + whole(-3, 3) : chance < 0.5 ? last + whole(-3, 4) : whole(first - 10, last + 10);
    const days = oneOf([0, 1, 2, 7, whole(1, 60)]);
    const open = random() < 0.08;
    const suspension = { from: dateOf(from), ...(!open && { resumedOn: dateOf(from + days) }) };
    return { ...period, suspensions: random() < 0.5 ? [...period.suspensions, suspension] : [suspension, ...period.suspensions] };
  }

  return () => {
    const zone = oneOf(zones);
    const unit = oneOf(UNITS);
    let period: Period = { start: start(zone), zone, unit, amount: amount(unit), rolls: random() < 0.5, suspensions: [] };
    for (let more = whole(0, 3); more > 0; more--) period = suspend(period);
    return period;
  };
}
