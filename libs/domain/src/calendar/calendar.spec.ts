import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { parseOffices } from '../office/office.js';
import {
  addWorkingDays,
  type Calendar,
  CalendarError,
  calendarChanges,
  calendarOf,
  dayKind,
  daysLost,
  parseCalendar,
} from './calendar.js';
import { addMonths, formatDay, formatInstant, localDay, parseDay, parseInstant, startOfDay, weekday } from './day.js';

const file: unknown = JSON.parse(readFileSync('data/calendar-id.json', 'utf8'));
const calendar = parseCalendar(file, 1);

const anyDate = fc.integer({ min: 0, max: 60_000 }).map((days) => Temporal.PlainDate.from('1900-01-01').add({ days }));
const anyMs = fc.integer({ min: Date.UTC(1990, 0), max: Date.UTC(2060, 0) });

describe('what a calendar changes', () => {
  const decree = (days: readonly string[], leave: readonly string[] = []) => ({
    decree: 'SKB rekaan',
    confidence: 'rekaan',
    holidays: days,
    collectiveLeave: leave,
  });
  const made = (years: object) => parseCalendar({ years }, 1);
  const before = made({ 2026: decree(['2026-01-01', '2026-03-19'], ['2026-03-20']) });
  it.each([
    ['nothing, where nothing changed', { 2026: decree(['2026-01-01', '2026-03-19'], ['2026-03-20']) }, []],
    [
      'days that it adds and leaves out',
      { 2026: decree(['2026-01-01', '2026-05-01']) },
      [{ year: '2026', added: ['2026-05-01'], removed: ['2026-03-19', '2026-03-20'], decreed: false }],
    ],
    ['no day that only changes its name', { 2026: decree(['2026-01-01', '2026-03-19', '2026-03-20']) }, []],
    [
      'a year that had no decree',
      { 2026: before.years[2026], 2027: decree([]) },
      [{ year: '2027', added: [], removed: [], decreed: true }],
    ],
    [
      'an office’s own days',
      { 2026: { ...before.years[2026], local: [{ office: 'KANIM-KPG', ...decree(['2026-08-01']) }] } },
      [{ year: '2026', office: 'KANIM-KPG', added: ['2026-08-01'], removed: [], decreed: false }],
    ],
  ])('names %s', (_, years, changes) => {
    expect(calendarChanges(before, made(years))).toEqual(changes.map((one) => ({ decree: 'SKB rekaan', ...one })));
  });
});

describe('the calendar of Indonesia', () => {
  it.each([
    ['2026-07-14', { working: true, kind: 'working', provisional: false }],
    ['2026-07-18', { working: false, kind: 'weekend', provisional: false }],
    [
      '2026-03-19',
      { working: false, kind: 'holiday', decree: 'SKB 3 Menteri No. 1497/2025, 2/2025, 5/2025', provisional: false },
    ],
    [
      '2026-03-20',
      { working: false, kind: 'collective-leave', decree: 'SKB 3 Menteri No. 1497/2025, 2/2025, 5/2025', provisional: false },
    ],
    // A holiday on a Saturday is told as the holiday.
    [
      '2026-03-21',
      { working: false, kind: 'holiday', decree: 'SKB 3 Menteri No. 1497/2025, 2/2025, 5/2025', provisional: false },
    ],
    ['2027-08-17', { working: false, kind: 'holiday', provisional: true }],
    ['2027-08-18', { working: true, kind: 'working', provisional: true }],
    // No decree to come can make a weekend a day of work.
    ['2027-08-21', { working: false, kind: 'weekend', provisional: false }],
    ['2028-01-01', { working: false, kind: 'holiday', provisional: false }],
    ['2023-12-25', { working: false, kind: 'holiday', provisional: true }],
  ])('knows what kind of day %s is', (date, kind) => {
    expect(dayKind(calendar, date)).toEqual(kind);
  });

  it.each([
    ['2026-03-17', 3, '2026-03-27'],
    ['2024-08-06', 21, '2024-09-04'],
    ['2026-12-23', 1, '2026-12-28'],
    ['2026-12-28', -1, '2026-12-23'],
    ['2026-07-18', -1, '2026-07-17'],
    ['2026-07-18', 0, '2026-07-18'],
  ])('from %s, %d working days lead to %s', (from, n, to) => {
    expect(addWorkingDays(calendar, from, n)).toBe(to);
  });

  it('refuses a fraction of a working day and a date that does not exist', () => {
    expect(() => addWorkingDays(calendar, '2026-07-18', 1.5)).toThrow(RangeError);
    expect(() => dayKind(calendar, '2026-02-29')).toThrow('2026-02-29');
  });

  it('answers for a new version by that version, not by what an older one said', () => {
    const next: Calendar = {
      ...calendar,
      version: 2,
      years: { '2026': { decree: 'D', confidence: 'c', holidays: ['2026-07-14'], collectiveLeave: [] } },
    };
    expect(dayKind(calendar, '2026-07-14').working).toBe(true);
    expect(dayKind(next, '2026-07-14')).toEqual({ working: false, kind: 'holiday', decree: 'D', provisional: false });
    // A decree is the whole truth about its year.
    expect(dayKind(next, '2026-08-17').working).toBe(true);
    expect(dayKind(calendar, '2026-07-14').working).toBe(true);
  });
});

describe('a decree of a province or an office', () => {
  const offices = new Map(
    parseOffices(JSON.parse(readFileSync('data/offices-ntt.json', 'utf8'))).map((office) => [office.code, office]),
  );
  const days = { confidence: 'sourced', collectiveLeave: [] };
  const years = {
    '2026': {
      ...days,
      decree: 'SKB',
      holidays: ['2026-01-01'],
      local: [
        { ...days, office: 'KANWIL-DITJENIM-NTT', decree: 'Keputusan Gubernur', holidays: ['2026-12-22'] },
        { ...days, office: 'KANIM-ATB', decree: 'Keputusan Bupati', holidays: [], collectiveLeave: ['2026-12-23'] },
      ],
    },
    '2027': { ...days, decree: '–', holidays: ['2027-03-09'], provisional: true },
  };
  const national = parseCalendar({ years }, 1);
  const kindIn = (office: string, date: string) => dayKind(calendarOf(national, offices, office, '2026-12-01'), date);

  it('holds in that office and below it, and nowhere else', () => {
    expect(kindIn('KANIM-ATB', '2026-12-22')).toMatchObject({
      working: false,
      kind: 'holiday',
      decree: 'Keputusan Gubernur',
      local: true,
    });
    expect(kindIn('KANIM-KPG', '2026-12-22')).toMatchObject({ working: false, decree: 'Keputusan Gubernur' });
    expect(kindIn('KANIM-ATB', '2026-12-23')).toMatchObject({
      working: false,
      kind: 'collective-leave',
      decree: 'Keputusan Bupati',
    });
    expect(kindIn('KANIM-KPG', '2026-12-23')).toMatchObject({ working: true });
    expect(kindIn('DITJENIM', '2026-12-22')).toMatchObject({ working: true });
  });
  it('of a year without a national decree: its holidays are computed and marked', () => {
    expect(kindIn('KANIM-KPG', '2027-03-09')).toEqual({ working: false, kind: 'holiday', provisional: true });
    expect(kindIn('KANIM-KPG', '2027-03-10')).toEqual({ working: true, kind: 'working', provisional: true });
  });
  it('must name its office, and is read like any decree', () => {
    const wrong = { years: { '2026': { ...years['2026'], local: [{ ...days, decree: 'D', holidays: ['2026-02-30'] }] } } };
    expect(() => parseCalendar(wrong, 1)).toThrow('years.2026.local[0].office: must be a text that says something');
    expect(() => parseCalendar(wrong, 1)).toThrow('years.2026.local[0].holidays[0]: is no date that exists');
    expect(() => parseCalendar({ years: { '2026': { ...years['2026'], local: {} } } }, 1)).toThrow(
      'years.2026.local: must be a list',
    );
  });
});

describe('days that a national decree leaves out without saying so', () => {
  const fixed = ['01-01', '05-01', '06-01', '08-17', '12-25'];
  const yearOf = (days: readonly string[], more: object = {}) => ({
    ...{ decree: 'SKB', confidence: 'sourced', collectiveLeave: [], holidays: days.map((day) => `2027-${day}`) },
    ...more,
  });
  const calendarOfYears = (year: object): Calendar => parseCalendar({ years: { '2027': year } }, 1);
  const lost = (before: object | undefined, after: object, removes: readonly string[] = []) =>
    daysLost(before === undefined ? undefined : calendarOfYears(before), calendarOfYears(after), { '2027': removes });

  it('are holidays of fixed date, where the year had no decree before', () => {
    expect(lost(undefined, yearOf(fixed))).toEqual([]);
    expect(lost(undefined, yearOf(['01-01', '05-01', '12-25']))).toEqual(['2027-06-01', '2027-08-17']);
    expect(lost(undefined, yearOf(['01-01', '05-01', '12-25']), ['2027-06-01'])).toEqual(['2027-08-17']);
    expect(lost(yearOf([], { provisional: true }), yearOf(fixed.slice(1)))).toEqual(['2027-01-01']);
    expect(lost(undefined, yearOf(fixed.slice(1), { collectiveLeave: ['2027-01-01'] }))).toEqual([]);
    expect(lost(undefined, yearOf([], { provisional: true }))).toEqual([]);
  });
  it('are those of the decree before, where there are fewer than then; one that moves is none', () => {
    const before = yearOf([...fixed, '03-10', '03-11']);
    expect(lost(before, yearOf([...fixed, '03-11', '03-12']))).toEqual([]);
    expect(lost(before, yearOf([...fixed, '03-11']))).toEqual(['2027-03-10']);
    expect(lost(before, yearOf(['03-11']))).toEqual([...fixed.map((day) => `2027-${day}`), '2027-03-10'].toSorted());
    // As many as before, and New Year's Day gone all the same.
    expect(lost(before, yearOf([...fixed.slice(1), '03-10', '03-11', '03-12']))).toEqual(['2027-01-01']);
    // What it left out before, and said so, it need not say again.
    expect(lost(yearOf(['05-01']), yearOf(['05-01', '06-01']))).toEqual([]);
  });
});

describe('reading a calendar file', () => {
  const year = { decree: 'D', confidence: 'sourced', holidays: ['2026-01-01'], collectiveLeave: [] };

  it.each<[string, unknown, string]>([
    ['no object', null, 'years: must be an object of years'],
    ['years as a list', { years: [] }, 'years: must be an object of years'],
    ['a year in words', { years: { next: year } }, 'years.next: is no year from 1945 to 2199'],
    ['a year of a slip of the keyboard', { years: { '9999': year } }, 'years.9999: is no year from 1945 to 2199'],
    ['a year before all decrees', { years: { '0001': year } }, 'years.0001: is no year from 1945 to 2199'],
    [
      'a misspelt member',
      { years: { '2026': { ...year, hollidays: [] } } },
      'years.2026: may not hold hollidays: only decree, confidence, holidays, collectiveLeave, local, provisional, removes',
    ],
    [
      'an office twice',
      { years: { '2026': { ...year, local: ['A', 'B', 'A'].map((office) => ({ ...year, holidays: [], office })) } } },
      'years.2026.local[2]: names A a second time',
    ],
    [
      'half a text',
      { years: { '2026': { ...year, decree: 'SKB\u0000' } } },
      'years.2026.decree: must be a text that says something, of at most 300 readable characters',
    ],
    ['a text without end', { years: { '2026': { ...year, decree: 'S'.repeat(301) } } }, 'years.2026.decree: must be a text'],
    ['a year of nothing', { years: { '2026': null } }, 'years.2026: must be an object'],
    ['no decree', { years: { '2026': { ...year, decree: ' ' } } }, 'years.2026.decree: must be a text'],
    ['no holidays', { years: { '2026': { ...year, holidays: 'none' } } }, 'years.2026.holidays: must be a list of dates'],
    [
      '30 February',
      { years: { '2026': { ...year, holidays: ['2026-02-30'] } } },
      'years.2026.holidays[0]: is no date that exists: "2026-02-30"',
    ],
    [
      'a day that it removes and names',
      { years: { '2026': { ...year, removes: ['2026-01-01'] } } },
      'years.2026.removes[0]: 2026-01-01 is listed already at years.2026.holidays[0]',
    ],
    ['a number', { years: { '2026': { ...year, holidays: [1] } } }, 'years.2026.holidays[0]: is no date that exists: 1'],
    [
      'another year',
      { years: { '2026': { ...year, collectiveLeave: ['2025-12-24'] } } },
      'years.2026.collectiveLeave[0]: 2025-12-24 is not in 2026',
    ],
    [
      'a date twice',
      { years: { '2026': { ...year, collectiveLeave: ['2026-01-01'] } } },
      'years.2026.collectiveLeave[0]: 2026-01-01 is listed already at years.2026.holidays[0]',
    ],
  ])('says where and what is wrong: %s', (_, json, message) => {
    expect(() => parseCalendar(json, 1)).toThrow(CalendarError);
    expect(() => parseCalendar(json, 1)).toThrow(message);
  });

  it('lists all problems at once', () => {
    const bad = { years: { '2026': { decree: '', confidence: '', holidays: ['x'], collectiveLeave: 1 } } };
    const thrown = (() => {
      try {
        return parseCalendar(bad, 0);
      } catch (error) {
        return error;
      }
    })();
    expect(thrown).toBeInstanceOf(CalendarError);
    if (thrown instanceof CalendarError) {
      expect(thrown.problems.map(({ path }) => path)).toEqual([
        'version',
        'years.2026.decree',
        'years.2026.confidence',
        'years.2026.holidays[0]',
        'years.2026.collectiveLeave',
      ]);
    }
  });

  it('takes a calendar without any year: all is provisional', () => {
    expect(dayKind(parseCalendar({ years: {} }, 1), '2026-03-19')).toEqual({ working: true, kind: 'working', provisional: true });
  });
});

describe('days as numbers agree with Temporal', () => {
  it('on dates, weekdays and months', () => {
    fc.assert(
      fc.property(anyDate, fc.integer({ min: -600, max: 1200 }), (date, months) => {
        const day = parseDay(date.toString());
        expect(formatDay(day)).toBe(date.toString());
        expect(weekday(day)).toBe(date.dayOfWeek - 1);
        expect(formatDay(addMonths(day, months))).toBe(date.add({ months }).toString());
      }),
    );
  });

  it.each(['Asia/Jakarta', 'Asia/Pontianak', 'Asia/Makassar', 'Asia/Jayapura', 'Asia/Dili', 'Europe/Amsterdam'])(
    'on instants in %s',
    (zone) => {
      fc.assert(
        fc.property(anyMs, (ms) => {
          const local = Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(zone);
          expect(formatInstant(ms)).toBe(new Date(ms).toISOString());
          expect(parseInstant(formatInstant(ms))).toBe(ms);
          expect(formatDay(localDay(ms, zone))).toBe(local.toPlainDate().toString());
          expect(startOfDay(localDay(ms, zone), zone)).toBe(local.startOfDay().epochMilliseconds);
        }),
        { numRuns: 50 },
      );
    },
  );

  it('before Indonesia settled its zones: Pontianak kept the time of Makassar until 1988', () => {
    expect(formatDay(localDay(parseInstant('1987-06-01T16:30:00.000Z'), 'Asia/Pontianak'))).toBe('1987-06-02');
    expect(formatDay(localDay(parseInstant('1988-06-01T16:30:00.000Z'), 'Asia/Pontianak'))).toBe('1988-06-01');
  });

  it('reads other spellings of an instant', () => {
    expect(formatInstant(parseInstant('2011-12-06T13:41:31.788000+01:00'))).toBe('2011-12-06T12:41:31.788Z');
    expect(formatInstant(parseInstant('2011-12-06T12:41:31Z'))).toBe('2011-12-06T12:41:31.000Z');
  });

  it.each(['2026-02-29', '2026-13-01', '2026-00-10', '2026-1-1', '2026-01-01T00:00', 'tomorrow', ''])(
    'refuses the date "%s"',
    (text) => {
      expect(() => parseDay(text)).toThrow(RangeError);
    },
  );

  it.each(['2026-02-29T00:00:00.000Z', '2026-01-01T24:00:00.000Z', '2026-01-01T10:60:00.000Z', 'now'])(
    'refuses the instant "%s"',
    (text) => {
      expect(() => parseInstant(text)).toThrow(RangeError);
    },
  );
});
