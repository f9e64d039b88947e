/**
 * The days on which offices work: the yearly joint decree of three ministers (SKB 3 Menteri) on national holidays (libur nasional)
 * and collective leave (cuti bersama), as versioned data. Publishing a decree makes a new version of the whole calendar; clocks are
 * then computed again, see `dueOf`.
 */
import type { Code, DateOn, Text } from '../event.js';
import { lineageOf, type OfficeTree } from '../office/office.js';
import { type Day, dateOf, formatDay, parseDay, weekday } from './day.js';

export interface DecreedDays {
  /** The decree's numbers, as people cite it: `SKB 3 Menteri No. 1497/2025, 2/2025, 5/2025`. */
  readonly decree: string;
  /** How well the dates are known: `sourced`, `general knowledge`. */
  readonly confidence: string;
  readonly holidays: readonly DateOn[];
  readonly collectiveLeave: readonly DateOn[];
}

/** Days off by a governor's or an office's own decree: for that office and everything below it. */
export interface LocalDays extends DecreedDays {
  readonly office: Code;
}

export interface CalendarYear extends DecreedDays {
  /** No decree yet: the holidays are a computed guess, and every day of the year may still change. */
  readonly provisional?: boolean;
  readonly local?: readonly LocalDays[];
}

export interface Calendar {
  readonly code: 'id';
  readonly version: number;
  /** By year, `2026`. A year that is missing has no decree yet and is provisional, as is one that says so. */
  readonly years: { readonly [year: string]: CalendarYear };
}

/** `holiday` and `collective-leave` are named even where they fall on a weekend: the decree is the better answer to "why". */
export type KindOfDay = 'working' | 'weekend' | 'holiday' | 'collective-leave';

export interface DayKind {
  readonly working: boolean;
  readonly kind: KindOfDay;
  /** The decree of that year; absent in a provisional year and for ordinary days and weekends. */
  readonly decree?: string;
  /** The year has no decree: its holidays are computed or, beyond the years that are filled in, only those of fixed date. Never on a weekend, which no decree makes a day of work. */
  readonly provisional: boolean;
  /** A day off by the decree of a province or an office, and by no national one. */
  readonly local?: true;
}

/** 1 January, 1 May, 1 June, 17 August and 25 December are holidays every year, by standing presidential decrees. */
const FIXED_HOLIDAYS: ReadonlySet<string> = new Set(['01-01', '05-01', '06-01', '08-17', '12-25']);

/** Since the Republic has decrees, and for as long as the moon is reckoned rightly: years between are filled in, and a slip of the keyboard must not fill thousands. */
const FIRST_YEAR = '1945';
const LAST_YEAR = '2199';
const LONGEST_TEXT = 300;
/** What a decree says of a year. */
const DECREED = ['decree', 'confidence', 'holidays', 'collectiveLeave'] as const;

interface CalendarProblem {
  readonly path: string;
  readonly problem: Text;
}

/** A calendar file that cannot be used. `problems` lists all that is wrong, each with its path: `years.2026.holidays[3]`. */
export class CalendarError extends Error {
  /** For a person, in both languages. */
  readonly text: Text;
  constructor(readonly problems: readonly CalendarProblem[]) {
    const all = (language: 'id' | 'en'): string =>
      problems.map(({ path, problem }) => `${path}: ${problem[language]}`).join('; ');
    super(`The calendar cannot be used. ${all('en')}`);
    this.name = 'CalendarError';
    this.text = { id: `Kalender tidak dapat dipakai. ${all('id')}`, en: this.message };
  }
}

/**
 * Reads `{ years: { '2026': { decree, confidence, holidays: ['2026-01-01'], collectiveLeave: [] } } }`, as in `data/calendar-id.json`; a
 * year may hold `local`, a list of the same with an `office` each. Other members of the file are left alone. Throws a CalendarError for a wrong shape, a date that does not exist, stands in
 * another year, or is listed twice.
 */
export function parseCalendar(json: unknown, version: number): Calendar {
  return parseDecrees(json, version).calendar;
}

/** The calendar of a file, and what its decrees say that they take away, by year: `removes: ['2027-06-01']` beside `holidays`. @throws CalendarError */
export function parseDecrees(
  json: unknown,
  version: number,
): { readonly calendar: Calendar; readonly removes: { readonly [year: string]: readonly DateOn[] } } {
  const removes: { [year: string]: readonly DateOn[] } = {};
  const problems: CalendarProblem[] = [];
  const say = (path: string, id: string, en: string): void => {
    problems.push({ path, problem: { id, en } });
  };
  if (!Number.isSafeInteger(version) || version < 1)
    say('version', 'harus bilangan bulat mulai 1', 'must be a whole number from 1');
  const years: { [year: string]: CalendarYear } = {};
  const given = isRecord(json) ? json.years : undefined;
  if (!isRecord(given)) {
    say('years', 'harus objek berisi tahun', 'must be an object of years');
  } else {
    for (const [year, value] of Object.entries(given)) {
      const path = `years.${year}`;
      if (!/^\d{4}$/.test(year) || year < FIRST_YEAR || year > LAST_YEAR)
        say(path, `bukan tahun dari ${FIRST_YEAR} sampai ${LAST_YEAR}`, `is no year from ${FIRST_YEAR} to ${LAST_YEAR}`);
      else if (!isRecord(value)) say(path, 'harus objek', 'must be an object');
      else {
        const { local, provisional } = value;
        refuseUnknown(value, path, [...DECREED, 'local', 'provisional', 'removes']);
        const seen = new Map<DateOn, string>();
        const days = daysAt(value, path, year, seen);
        if (value.removes !== undefined) removes[year] = datesAt(value.removes, `${path}.removes`, year, seen);
        years[year] = {
          ...days,
          ...(provisional === true ? { provisional } : {}),
          ...(local === undefined ? {} : { local: localAt(local, `${path}.local`, year) }),
        };
      }
    }
  }
  if (problems.length > 0) throw new CalendarError(problems);
  return { calendar: { code: 'id', version, years }, removes };

  function daysAt(
    value: { readonly [key: string]: unknown },
    path: string,
    year: string,
    seen = new Map<DateOn, string>(),
  ): DecreedDays {
    return {
      decree: textAt(value.decree, `${path}.decree`),
      confidence: textAt(value.confidence, `${path}.confidence`),
      holidays: datesAt(value.holidays, `${path}.holidays`, year, seen),
      collectiveLeave: datesAt(value.collectiveLeave, `${path}.collectiveLeave`, year, seen),
    };
  }

  function localAt(value: unknown, path: string, year: string): LocalDays[] {
    if (!Array.isArray(value)) {
      say(path, 'harus daftar keputusan, masing-masing dengan kantornya', 'must be a list of decrees, each with its office');
      return [];
    }
    return value.flatMap((one: unknown, index) => {
      const at = `${path}[${index}]`;
      if (!isRecord(one)) {
        say(at, 'harus objek', 'must be an object');
        return [];
      }
      refuseUnknown(one, at, ['office', ...DECREED]);
      if (value.findIndex((other: unknown) => isRecord(other) && other.office === one.office) !== index)
        say(at, `menyebut ${String(one.office)} untuk kedua kalinya`, `names ${String(one.office)} a second time`);
      return [{ office: textAt(one.office, `${at}.office`), ...daysAt(one, at, year) }];
    });
  }

  function textAt(value: unknown, path: string): string {
    const readable = typeof value === 'string' && value.trim() !== '' && !value.includes('\u0000') && value.isWellFormed();
    if (readable && value.length <= LONGEST_TEXT) return value;
    say(
      path,
      `harus teks yang berisi, paling panjang ${LONGEST_TEXT} huruf yang dapat dibaca`,
      `must be a text that says something, of at most ${LONGEST_TEXT} readable characters`,
    );
    return '';
  }

  /** A misspelt member would lose its days without a word. */
  function refuseUnknown(value: { readonly [key: string]: unknown }, path: string, known: readonly string[]): void {
    const members = Object.keys(value).filter((member) => !known.includes(member));
    if (members.length === 0) return;
    const [held, allowed] = [members.join(', '), known.join(', ')];
    say(path, `tidak boleh memuat ${held}: hanya ${allowed}`, `may not hold ${held}: only ${allowed}`);
  }

  function datesAt(value: unknown, path: string, year: string, seen: Map<DateOn, string>): DateOn[] {
    if (!Array.isArray(value)) {
      say(path, 'harus daftar tanggal', 'must be a list of dates');
      return [];
    }
    const dates: DateOn[] = [];
    value.forEach((date: unknown, index) => {
      const at = `${path}[${index}]`;
      if (typeof date !== 'string' || !dateExists(date)) {
        say(at, `bukan tanggal yang ada: ${JSON.stringify(date)}`, `is no date that exists: ${JSON.stringify(date)}`);
      } else if (!date.startsWith(year)) {
        say(at, `${date} tidak dalam tahun ${year}`, `${date} is not in ${year}`);
      } else {
        const before = seen.get(date);
        if (before !== undefined) say(at, `${date} sudah tercantum di ${before}`, `${date} is listed already at ${before}`);
        seen.set(date, at);
        dates.push(date);
      }
    });
    return dates;
  }
}

/**
 * The calendar by which an office works on a date: with the days that a decree gave to it, or to an office above it. The same calendar where
 * there are none.
 */
export function calendarOf(calendar: Calendar, offices: OfficeTree, office: Code, on: DateOn): Calendar {
  if (!Object.values(calendar.years).some(({ local }) => local !== undefined)) return calendar;
  const places = lineageOf(offices, office, on);
  const key = places.join(' ');
  const known = localCalendars.get(calendar) ?? new Map<string, Calendar>();
  localCalendars.set(calendar, known);
  const found = known.get(key) ?? { ...calendar, years: mapValues(calendar.years, (year) => withLocal(year, places)) };
  known.set(key, found);
  return found;
}

const localCalendars = new WeakMap<Calendar, Map<string, Calendar>>();

/** The year with only those local decrees that hold in these places. */
function withLocal({ local, ...year }: CalendarYear, places: readonly Code[]): CalendarYear {
  const own = local?.filter(({ office }) => places.includes(office)) ?? [];
  return own.length === 0 ? year : { ...year, local: own };
}

function mapValues<V, W>(from: { readonly [key: string]: V }, change: (value: V) => W): { [key: string]: W } {
  return Object.fromEntries(Object.entries(from).map(([key, value]) => [key, change(value)]));
}

/** What one decree changes: the days that become free, and those that become days of work again. */
export interface CalendarChange {
  readonly year: string;
  /** Of a local decree. */
  readonly office?: Code;
  readonly decree: string;
  readonly added: readonly DateOn[];
  readonly removed: readonly DateOn[];
  /** The year had no decree before. */
  readonly decreed: boolean;
}

/**
 * Days of work that a national decree makes without saying that it means to, by date: holidays of fixed date that it leaves out and, where it
 * names fewer days than the decree of that year before it, the days of that one.
 * @param removes what it says that it takes away, by year
 */
export function daysLost(
  before: Calendar | undefined,
  after: Calendar,
  removes: { readonly [year: string]: readonly DateOn[] | undefined },
): readonly DateOn[] {
  return Object.entries(after.years).flatMap(([year, next]) => {
    const was = before?.years[year];
    if (next.provisional === true) return [];
    const free = [...next.holidays, ...next.collectiveLeave];
    const { added, removed } = changedDays(was, next);
    const first = was === undefined || was.provisional === true;
    const fixed = [...FIXED_HOLIDAYS].map((day) => `${year}-${day}`);
    const lost = first
      ? fixed.filter((day) => !free.includes(day))
      : removed.filter((day) => removed.length > added.length || fixed.includes(day));
    return lost.filter((day) => removes[year]?.includes(day) !== true).toSorted();
  });
}

/** How a calendar differs from the one before, decree by decree; years that are filled in without one are left out. */
export function calendarChanges(before: Calendar, after: Calendar): readonly CalendarChange[] {
  return Object.entries(after.years).flatMap(([year, next]) => {
    const was = before.years[year];
    const offices = [...new Set([...(was?.local ?? []), ...(next.local ?? [])].map(({ office }) => office))];
    const changes = offices.map((office) => {
      const [old, own] = [was, next].map((one) => one?.local?.find((local) => local.office === office));
      return { year, office, ...changedDays(old, own), decreed: false };
    });
    const decreed = next.provisional !== true && (was === undefined || was.provisional === true);
    const national = next.provisional === true ? [] : [{ year, ...changedDays(was, next), decreed }];
    return [...national, ...changes].filter(({ added, removed, decreed: first }) => first || added.length + removed.length > 0);
  });
}

function changedDays(before: DecreedDays | undefined, after: DecreedDays | undefined) {
  const free = (one: DecreedDays | undefined) => [...(one?.holidays ?? []), ...(one?.collectiveLeave ?? [])].toSorted();
  const [old, next] = [free(before), free(after)];
  return {
    decree: after?.decree ?? before?.decree ?? '',
    added: next.filter((day) => !old.includes(day)),
    removed: old.filter((day) => !next.includes(day)),
  };
}

/** What kind of day a date is, by national decrees and those local ones that the calendar was narrowed to by `calendarOf`. Throws a RangeError for a date that does not exist. */
export function dayKind(calendar: Calendar, date: DateOn): DayKind {
  return kindOfDay(calendar, parseDay(date));
}

/**
 * The n-th working day after a date; before it for a negative n, the date itself for 0. The date need not be a working day.
 * Throws a RangeError for a date that does not exist or an n that is not whole.
 */
export function addWorkingDays(calendar: Calendar, from: DateOn, n: number): DateOn {
  if (!Number.isSafeInteger(n)) throw new RangeError(`Not a whole number of working days: ${n}`);
  return formatDay(workingDaysFrom(calendar, parseDay(from), n));
}

/** `addWorkingDays` for days as numbers. */
export function workingDaysFrom(calendar: Calendar, from: Day, n: number): Day {
  const step = n < 0 ? -1 : 1;
  let day = from;
  for (let left = Math.abs(n); left > 0; ) {
    day += step;
    if (kindOfDay(calendar, day).working) left--;
  }
  return day;
}

/** `dayKind` for days as numbers. */
export function kindOfDay(calendar: Calendar, day: Day): DayKind {
  let kinds = kindsOf.get(calendar);
  if (kinds === undefined) {
    kinds = new Map();
    kindsOf.set(calendar, kinds);
  }
  let kind = kinds.get(day);
  if (kind === undefined) {
    kind = lookUp(calendar, day);
    kinds.set(day, kind);
  }
  return kind;
}

/** Answers are kept per calendar, one for each day that was ever asked for: a calendar never changes, a new version is a new one. */
const kindsOf = new WeakMap<Calendar, Map<Day, DayKind>>();

function lookUp(calendar: Calendar, day: Day): DayKind {
  const on = formatDay(day);
  const year = calendar.years[String(dateOf(day).year)];
  const isWeekend = weekday(day) >= 5;
  const provisional = (year === undefined || year.provisional === true) && !isWeekend;
  for (const decreed of year === undefined ? [] : [year, ...(year.local ?? [])]) {
    const { decree, holidays, collectiveLeave } = decreed;
    const local = decreed === year ? {} : { local: true as const };
    const certain = provisional && decreed === year ? { provisional } : { decree, provisional: false, ...local };
    if (holidays.includes(on)) return { working: false, kind: 'holiday', ...certain };
    if (collectiveLeave.includes(on)) return { working: false, kind: 'collective-leave', ...certain };
  }
  if (year === undefined && FIXED_HOLIDAYS.has(on.slice(5))) return { working: false, kind: 'holiday', provisional };
  return isWeekend ? { working: false, kind: 'weekend', provisional } : { working: true, kind: 'working', provisional };
}

function dateExists(date: DateOn): boolean {
  try {
    parseDay(date);
    return true;
  } catch {
    return false;
  }
}

function isRecord(value: unknown): value is { readonly [key: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
