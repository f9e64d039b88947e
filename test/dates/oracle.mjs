/**
 * An independent oracle of due dates: what `dueOf` is checked against. It was written from two texts alone, before
 * its author had read one line of the product: the design's chapters "What a due date is" and "Calendar" (quoted below,
 * in quotation marks) and the decrees in `data/calendar-id.json`. It shares no code with the product and it counts as a
 * clerk with a wall calendar does: one day after the other. A day is an integer, the days since 1 January 1970.
 *
 * `node test/dates/oracle.mjs` puts the test vectors of the decrees through it.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const DAY = 86_400_000;

/** Indonesia's three zones have kept these hours, without summer time, since 1 January 1964. */
const HOURS_EAST = { 'Asia/Jakarta': 7, 'Asia/Makassar': 8, 'Asia/Jayapura': 9 };
/** @type {readonly (keyof typeof HOURS_EAST)[]} */
export const zones = ['Asia/Jakarta', 'Asia/Makassar', 'Asia/Jayapura'];

/** Nothing the law sets runs as long: a walk that gets here is a mistake in what was asked. */
const LONGEST_WALK = 200_000;

/** @param {string} date */
export const dayOf = (date) => {
  const [year, month, day] = date.split('-').map(Number);
  return Date.UTC(year, month - 1, day) / DAY;
};
/** @param {number} day */
export const dateOf = (day) => new Date(day * DAY).toISOString().slice(0, 10);

/**
 * 1 January 1970 was a Thursday, so that day 2 was a Saturday and day 3 a Sunday.
 * @param {number} day
 */
export const isWeekend = (day) => [2, 3].includes(((day % 7) + 7) % 7);

/**
 * @typedef {{ holidays: string[], collectiveLeave: string[] }} DecreedYear Dates, `2026-01-01`.
 * @typedef {{ from: string, due: string, workingDays?: number, months?: number }} Vector
 * @typedef {{ years: { [year: string]: DecreedYear }, testVectors: Vector[] }} Decrees What `data/calendar-id.json` holds.
 * @typedef {{ isDecreed: (date: string) => boolean, isOff: (date: string) => boolean }} OfficeCalendar
 * @typedef {{ from: string, resumedOn?: string }} Pause Both local dates; without `resumedOn` it is still open.
 * @typedef {{
 *   start: string, zone: keyof typeof HOURS_EAST, unit: 'calendar-days' | 'working-days' | 'months', amount: number,
 *   rolls?: boolean, suspensions?: readonly Pause[],
 * }} Period `start` is an instant in UTC.
 */

/**
 * The calendar of an office: "Days on which Indonesian government offices do not work, besides Saturday and Sunday.
 * National holidays (libur nasional) and collective leave (cuti bersama) as fixed each year by a joint decree"
 * (calendar-id.json). `local` are days off by the decree of a province or an office: the data holds none, they only
 * add days. "Outside the years with a decree, dates are computed with provisional holidays": which those are the text
 * leaves open, so they may be given, as a set of dates; else they are the days of the year that every decree
 * at hand makes a holiday (1 January, 1 May, 1 June, 17 August, 25 December).
 *
 * @param {Decrees} data
 * @param {{ local?: readonly string[], provisionalHolidays?: ReadonlySet<string> }} [more]
 * @returns {OfficeCalendar}
 */
export const calendarOf = (data, { local = [], provisionalHolidays } = {}) => {
  const years = Object.values(data.years);
  const decreed = new Set(Object.keys(data.years));
  const off = new Set([...years.flatMap((year) => [...year.holidays, ...year.collectiveLeave]), ...local]);
  const holidaysOf = (year) => year.holidays.map((date) => date.slice(5));
  const everyYear = holidaysOf(years[0]).filter((day) => years.every((year) => holidaysOf(year).includes(day)));
  const isDecreed = (date) => decreed.has(date.slice(0, 4));
  return {
    isDecreed,
    isOff: (date) => off.has(date) || (!isDecreed(date) && (provisionalHolidays?.has(date) ?? everyYear.includes(date.slice(5)))),
  };
};

/** "Months end on the same day number or the month's last day." */
const monthsAfter = (day, amount) => {
  const date = new Date(day * DAY);
  const year = date.getUTCFullYear();
  const month = date.getUTCMonth() + amount;
  const lastOfMonth = new Date(Date.UTC(year, month + 1, 0)).getUTCDate();
  return Date.UTC(year, month, Math.min(date.getUTCDate(), lastOfMonth)) / DAY;
};

/**
 * The last day of a period and the instant that ends it; null while a suspension that nobody has ended keeps them from being known.
 * `rolled` says whether the end was put off to a working day.
 *
 * @param {OfficeCalendar} calendar
 * @param {Period} period
 * @returns {{ date: string | null, instant: string | null, rolled: boolean, provisional: boolean }}
 */
export const dueByLaw = (calendar, { start, zone, unit, amount, rolls = false, suspensions = [] }) => {
  const east = HOURS_EAST[zone] * 3_600_000;

  // "in the zone of the office that owns the clock when it starts": the event's day is the day on that office's wall.
  const event = Math.floor((Date.parse(start) + east) / DAY);

  // "A suspension runs from its first day to the day before the resumption". A day that lies in two suspensions is one
  // day: it is skipped once.
  const spans = suspensions.map(({ from, resumedOn }) => [dayOf(from), resumedOn ? dayOf(resumedOn) : Infinity]);
  const isSuspended = (day) => spans.some(([from, resumed]) => from <= day && day < resumed);
  const neverResumes = (day) => spans.some(([from, resumed]) => from <= day && resumed === Infinity);

  // "Outside the years with a decree, dates are ... marked provisional": as soon as one day was asked for that only a
  // decree still to come can settle. A Saturday or a Sunday needs no decree.
  let provisional = false;
  const isWorkingDay = (day) => {
    if (isWeekend(day)) return false;
    const date = dateOf(day);
    if (!calendar.isDecreed(date)) provisional = true;
    return !calendar.isOff(date);
  };

  // How many days have to pass. Months are turned into days first: "a calendar-day or month clock is moved by their
  // number", the number of the days suspended.
  const toCount = unit === 'months' ? monthsAfter(event, amount) - event : amount;
  // "a working-day clock skips those days, a calendar-day or month clock is moved by their number": either way a
  // suspended day does not count.
  const counts = (day) => !isSuspended(day) && (unit !== 'working-days' || isWorkingDay(day));

  const unknown = { date: null, instant: null, rolled: false };
  const mustStop = (day) => {
    if (day - event > LONGEST_WALK) throw new Error(`No end to ${JSON.stringify({ start, unit, amount })}`);
    return neverResumes(day);
  };

  // "The period starts the day after its event": that day is the first one counted.
  let day = event;
  for (let counted = 0; counted < toCount; ) {
    day += 1;
    if (mustStop(day)) return { ...unknown, provisional };
    if (counts(day)) counted += 1;
  }

  // "A calendar-day or month period that ends on a non-working day stays there unless its clock says
  // `rollsToNextWorkingDay`." A clock that stands still on a day cannot fall due on it: the roll passes over it too.
  const rolled = rolls && unit !== 'working-days' && !isWorkingDay(day);
  if (rolled) {
    do {
      day += 1;
      if (mustStop(day)) return { ...unknown, provisional };
    } while (isSuspended(day) || !isWorkingDay(day));
  }

  // "the due date includes its whole day, to 24:00, in the zone of the office".
  const instant = new Date((day + 1) * DAY - east).toISOString();
  return { date: dateOf(day), instant, rolled, provisional };
};

/**
 * The test vectors of the decrees, each with what the oracle says of it in every zone; `wrong` are those it fails.
 * @param {Decrees} data
 */
export const vectorsThrough = (data) => {
  const calendar = calendarOf(data);
  const tried = data.testVectors.flatMap((vector) =>
    zones.map((zone) => {
      const noon = new Date(dayOf(vector.from) * DAY + (12 - HOURS_EAST[zone]) * 3_600_000).toISOString();
      const unit = vector.months === undefined ? 'working-days' : 'months';
      const amount = vector.months ?? vector.workingDays;
      return { ...vector, zone, found: dueByLaw(calendar, { start: noon, zone, unit, amount }).date };
    }),
  );
  return { tried, wrong: tried.filter(({ due, found }) => due !== found) };
};

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const data = JSON.parse(readFileSync(new URL('../../data/calendar-id.json', import.meta.url), 'utf8'));
  const { tried, wrong } = vectorsThrough(data);
  for (const { from, workingDays, months, zone, due, found } of tried) {
    const length = months === undefined ? `${workingDays} working days` : `${months} months`;
    console.log(`${found === due ? 'right' : 'WRONG'}  ${from} + ${length} (${zone}): ${found}, decreed ${due}`);
  }
  process.exitCode = wrong.length > 0 ? 1 : 0;
}
