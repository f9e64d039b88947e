import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { type Calendar, parseCalendar } from '../calendar/calendar.js';
import { type ClockLength, type ClockRun, dueOf, isInTime, type Suspension, urgency } from './clock.js';
import { explainDue } from './explain-due.js';

interface Vector {
  readonly from: string;
  readonly due: string;
  readonly workingDays?: number;
  readonly months?: number;
}
interface OracleCase {
  readonly why: string;
  readonly zone: string;
  readonly startedAt: string;
  readonly unit: ClockLength['unit'];
  readonly amount: number;
  readonly rollsToNextWorkingDay?: boolean;
  readonly suspensions: readonly Suspension[];
  readonly dueOn: string | null;
  readonly provisional: boolean;
}

const file: { testVectors: readonly Vector[] } = JSON.parse(readFileSync('data/calendar-id.json', 'utf8'));
const oracle: readonly OracleCase[] = JSON.parse(readFileSync('libs/domain/src/clock/due-dates.oracle.json', 'utf8'));
const calendar = parseCalendar(file, 1);
const KUPANG = 'Asia/Makassar';

const run = (startedAt: string, length: string, more: Partial<ClockRun> = {}): ClockRun => {
  const [amount, unit] = length.split(' ');
  const units: { [short: string]: ClockLength['unit'] } = { d: 'calendar-days', wd: 'working-days', m: 'months' };
  return {
    clockId: 'clock-1',
    code: 'decision',
    office: 'kanim-kupang',
    zone: KUPANG,
    startedAt: startedAt.includes('T') ? startedAt : `${startedAt}T02:00:00.000Z`,
    length: { unit: units[unit ?? ''] ?? 'months', amount: Number(amount) },
    suspensions: [],
    ...more,
  };
};
const suspended = (from: string, resumedOn?: string, reason = 'awaiting-applicant'): Suspension =>
  resumedOn === undefined ? { from, reason } : { from, resumedOn, reason };

describe('due dates worked out by hand', () => {
  it.each(file.testVectors)('the calendar file: %j', ({ from, due, workingDays, months }) => {
    expect(dueOf(run(from, workingDays === undefined ? `${months} m` : `${workingDays} wd`), calendar).dueOn).toBe(due);
  });

  it.each(oracle)('$why', ({ zone, startedAt, unit, amount, rollsToNextWorkingDay, suspensions, dueOn, provisional }) => {
    const clock = run(startedAt, '1 d', {
      zone,
      length: { unit, amount },
      suspensions,
      ...(rollsToNextWorkingDay !== undefined && { rollsToNextWorkingDay }),
    });
    const due = dueOf(clock, calendar);
    expect(due.dueOn ?? null).toBe(dueOn);
    expect(due.status).toBe(dueOn === null ? 'suspended' : 'running');
    expect(due.provisional).toBe(provisional);
    if (dueOn !== null) {
      const midnight = Temporal.PlainDate.from(dueOn).add({ days: 1 }).toZonedDateTime(zone).toInstant();
      expect(due.dueAt).toBe(midnight.toString({ smallestUnit: 'millisecond' }));
      expect(explainDue(clock, calendar).lines.at(-1)?.on).toBe(dueOn);
    }
  });
});

describe('the due instant', () => {
  it('is the midnight in Kupang that ends the due date, and an act then is late', () => {
    const clock = run('2026-07-01', '14 d');
    expect(dueOf(clock, calendar).dueAt).toBe('2026-07-15T16:00:00.000Z');
    expect(isInTime(clock, calendar, '2026-07-15T15:59:59.999Z')).toBe(true);
    expect(isInTime(clock, calendar, '2026-07-15T16:00:00.000Z')).toBe(false);
  });

  it('is compared as an instant, whatever the offset it is written with', () => {
    const clock = run('2026-07-01', '14 d');
    expect(isInTime(clock, calendar, '2026-07-15T23:59:59+08:00')).toBe(true);
    expect(isInTime(clock, calendar, '2026-07-16T00:00:00+08:00')).toBe(false);
  });

  it('as given is inclusive, not moved by the ledger, and does not read the length', () => {
    const given = run('2011-10-11T11:45:40.276Z', '0 d', {
      zone: 'Europe/Amsterdam',
      explicitDueAt: '2011-12-06T12:41:31.788Z',
      suspensions: [suspended('2011-11-01', '2011-11-10')],
    });
    expect(dueOf(given, calendar)).toMatchObject({
      status: 'running',
      dueOn: '2011-12-06',
      dueAt: '2011-12-06T12:41:31.788Z',
      asGiven: true,
      provisional: false,
    });
    expect(isInTime(given, calendar, '2011-12-06T12:41:31.788Z')).toBe(true);
    expect(isInTime(given, calendar, '2011-12-06T12:41:31.789Z')).toBe(false);
    expect(urgency(given, calendar, '2011-12-06T12:41:31.788Z')).toBe('due-soon');
    expect(urgency(given, calendar, '2011-12-06T12:41:31.789Z')).toBe('overdue');
  });

  it('as given has its date in the zone of the office', () => {
    const given = run('2026-07-01', '1 d', { explicitDueAt: '2026-07-15T16:30:00.000Z' });
    expect(dueOf(given, calendar).dueOn).toBe('2026-07-16');
    expect(dueOf({ ...given, zone: 'Asia/Jakarta' }, calendar).dueOn).toBe('2026-07-15');
  });

  it('as given is absent while a suspension is open, unless it began after it', () => {
    const given = run('2026-07-01', '1 d', { explicitDueAt: '2026-07-15T03:00:00.000Z' });
    expect(dueOf({ ...given, suspensions: [suspended('2026-07-10')] }, calendar)).toEqual({
      status: 'suspended',
      provisional: false,
      asGiven: true,
    });
    expect(dueOf({ ...given, suspensions: [suspended('2026-07-16')] }, calendar).dueOn).toBe('2026-07-15');
  });

  it('is refused for a length out of bounds and a suspension that ends before it begins', () => {
    for (const length of ['0 d', '-1 wd', '1.5 m', 'x d', '1201 m', '40001 d']) {
      expect(() => dueOf(run('2026-07-01', length), calendar)).toThrow(RangeError);
    }
    expect(() => dueOf(run('2026-07-01', '5 d', { suspensions: [suspended('2026-07-03', '2026-07-02')] }), calendar)).toThrow(
      '2026-07-03',
    );
  });

  it('moves when a decree is published, and is then no longer provisional', () => {
    const clock = run('2027-03-08', '3 wd');
    expect(dueOf(clock, calendar)).toMatchObject({ dueOn: '2027-03-11', provisional: true });
    const decree = { decree: 'SKB 2027', confidence: 'sourced', holidays: ['2027-03-10'], collectiveLeave: ['2027-03-11'] };
    const next: Calendar = { ...calendar, version: 2, years: { ...calendar.years, '2027': decree } };
    expect(dueOf(clock, next)).toMatchObject({ dueOn: '2027-03-15', provisional: false });
  });
});

describe('a provisional due date', () => {
  it('is none that only passes over a weekend of a year without a decree', () => {
    // 29 December 2023 is a Friday; Saturday and Sunday do not count, and from 1 January there is a decree.
    expect(dueOf(run('2023-12-29', '1 wd'), calendar)).toMatchObject({ dueOn: '2024-01-02', provisional: false });
    expect(dueOf(run('2023-12-28', '1 wd'), calendar)).toMatchObject({ dueOn: '2023-12-29', provisional: true });
    const rolls = run('2023-12-30', '1 d', { rollsToNextWorkingDay: true });
    expect(dueOf(rolls, calendar)).toMatchObject({ dueOn: '2024-01-02', provisional: false });
  });
});

describe('status and urgency', () => {
  it('a stopped clock keeps its due date, warns nobody and asks for nothing', () => {
    const clock = run('2026-07-01', '14 d', { stoppedAt: '2026-07-20T02:00:00.000Z' });
    expect(dueOf(clock, calendar)).toEqual({
      status: 'stopped',
      dueOn: '2026-07-15',
      dueAt: '2026-07-15T16:00:00.000Z',
      provisional: false,
      asGiven: false,
    });
    expect(urgency(clock, calendar, '2026-08-01T00:00:00.000Z')).toBe('later');
    expect(isInTime(clock, calendar, '2026-07-20T02:00:00.000Z')).toBe(false);
  });

  it('a clock stopped in a suspension has no due date, so the act was in time', () => {
    const clock = run('2026-07-01', '14 d', { suspensions: [suspended('2026-07-06')], stoppedAt: '2026-09-01T02:00:00.000Z' });
    expect(dueOf(clock, calendar)).toEqual({ status: 'stopped', provisional: false, asGiven: false });
    expect(isInTime(clock, calendar, '2026-09-01T02:00:00.000Z')).toBe(true);
  });

  it('a suspended clock asks for nothing', () => {
    const clock = run('2026-07-01', '14 d', { suspensions: [suspended('2026-07-06')] });
    expect(urgency(clock, calendar, '2027-01-01T00:00:00.000Z')).toBe('later');
    expect(isInTime(clock, calendar, '2027-01-01T00:00:00.000Z')).toBe(true);
  });

  it('a suspension begun after the due date does not hide that it is overdue', () => {
    const clock = run('2026-07-01', '14 d', { suspensions: [suspended('2026-07-17')] });
    expect(urgency(clock, calendar, '2026-07-18T00:00:00.000Z')).toBe('overdue');
  });

  it.each([
    [
      '21 working days to 4 August: a fifth, rounded up, is five, from 29 July',
      run('2026-07-06', '21 wd'),
      '2026-07-28T16:00:00.000Z',
    ],
    ['10 working days: a fifth is two, but three at least', run('2026-07-06', '10 wd'), '2026-07-15T16:00:00.000Z'],
    ['3 working days: all of them', run('2026-07-06', '3 wd'), '2026-07-06T16:00:00.000Z'],
    ['1 working day: not before the start', run('2026-07-06', '1 wd'), '2026-07-06T02:00:00.000Z'],
    ['14 days to Wednesday: three working days', run('2026-07-01', '14 d'), '2026-07-12T16:00:00.000Z'],
    ['14 days to Saturday: from Wednesday on', run('2026-07-04', '14 d'), '2026-07-14T16:00:00.000Z'],
    ['60 days: the last twelve, 19 to 30 April', run('2026-03-01', '60 d'), '2026-04-18T16:00:00.000Z'],
    [
      'a suspension in the last twelve days pushes the due date, not the warning',
      run('2026-03-01', '60 d', { suspensions: [suspended('2026-04-25', '2026-04-28')] }),
      '2026-04-18T16:00:00.000Z',
    ],
    ['three months of 90 days: the last 18', run('2025-11-30', '3 m'), '2026-02-10T16:00:00.000Z'],
    [
      '5 working days, the last three on 16, 17 and 20 July',
      run('2026-07-06', '5 wd', { suspensions: [suspended('2026-07-08', '2026-07-15')] }),
      '2026-07-15T16:00:00.000Z',
    ],
    [
      '5 working days, the last three on 8, 15 and 16 July',
      run('2026-07-03', '5 wd', { suspensions: [suspended('2026-07-09', '2026-07-15')] }),
      '2026-07-07T16:00:00.000Z',
    ],
    [
      'as given: the last fifth by the clock',
      run('2026-07-01T00:00:00.000Z', '1 d', { explicitDueAt: '2026-08-20T00:00:00.000Z' }),
      '2026-08-10T00:00:00.000Z',
    ],
    [
      'as given: three working days before, at that time',
      run('2026-07-01T00:00:00.000Z', '1 d', { explicitDueAt: '2026-07-13T05:00:00.000Z' }),
      '2026-07-08T05:00:00.000Z',
    ],
    [
      'as given before the start: at the start',
      run('2026-07-01T00:00:00.000Z', '1 d', { explicitDueAt: '2026-06-01T00:00:00.000Z' }),
      '2026-07-01T00:00:00.000Z',
    ],
  ])('due soon, %s', (_, clock, dueSoonAt) => {
    expect(dueOf(clock, calendar).dueSoonAt).toBe(dueSoonAt);
  });

  it('passes from later to due soon to overdue at the very instants', () => {
    const clock = run('2026-03-01', '60 d');
    expect(urgency(clock, calendar, '2026-04-18T15:59:59.999Z')).toBe('later');
    expect(urgency(clock, calendar, '2026-04-18T16:00:00.000Z')).toBe('due-soon');
    expect(urgency(clock, calendar, '2026-04-30T15:59:59.999Z')).toBe('due-soon');
    expect(urgency(clock, calendar, '2026-04-30T16:00:00.000Z')).toBe('overdue');
  });
});

/** The same law, counted one day at a time with Temporal and sets of dates; nothing here comes from the code under test. */
function bruteForce(
  length: ClockLength,
  startOn: Temporal.PlainDate,
  suspensions: readonly Suspension[],
  rolls: boolean,
): string | undefined {
  const isRest = (date: Temporal.PlainDate): boolean => {
    const year = calendar.years[String(date.year)];
    const listed =
      year === undefined
        ? ['01-01', '05-01', '06-01', '08-17', '12-25'].map((d) => `${date.year}-${d}`)
        : [...year.holidays, ...year.collectiveLeave];
    return date.dayOfWeek > 5 || listed.includes(date.toString());
  };
  const covers = (entry: Suspension, date: string): boolean =>
    entry.from <= date && (entry.resumedOn === undefined || date < entry.resumedOn);
  let date = startOn;
  if (length.unit !== 'months') {
    for (let counted = 0; counted < length.amount; ) {
      date = date.add({ days: 1 });
      const on = date.toString();
      const covering = suspensions.filter((entry) => covers(entry, on));
      if (covering.some((entry) => entry.resumedOn === undefined)) return undefined;
      if (covering.length === 0 && (length.unit === 'calendar-days' || !isRest(date))) counted++;
    }
  } else {
    const base = startOn.add({ months: length.amount });
    const far = '2200-01-01';
    date = base;
    for (let before = ''; before !== date.toString(); ) {
      before = date.toString();
      const days = new Set<string>();
      for (const entry of suspensions.filter(({ from }) => from <= before)) {
        if (entry.resumedOn === undefined) return undefined;
        for (
          let day = entry.from;
          day < entry.resumedOn && day < far;
          day = Temporal.PlainDate.from(day).add({ days: 1 }).toString()
        ) {
          if (day > startOn.toString()) days.add(day);
        }
      }
      date = base.add({ days: days.size });
    }
  }
  for (; rolls && length.unit !== 'working-days'; date = date.add({ days: 1 })) {
    const on = date.toString();
    const covering = suspensions.filter((entry) => covers(entry, on));
    if (covering.some((entry) => entry.resumedOn === undefined)) return undefined;
    if (covering.length === 0 && !isRest(date)) break;
  }
  return date.toString();
}

const anyStart = fc.integer({ min: 0, max: 1700 }).map((days) => Temporal.PlainDate.from('2023-10-01').add({ days }));
const anyZone = fc.constantFrom('Asia/Jakarta', 'Asia/Makassar', 'Asia/Jayapura');
const anyLength: fc.Arbitrary<ClockLength> = fc.oneof(
  fc.record({ unit: fc.constant<'working-days'>('working-days'), amount: fc.integer({ min: 1, max: 60 }) }),
  fc.record({ unit: fc.constant<'calendar-days'>('calendar-days'), amount: fc.integer({ min: 1, max: 120 }) }),
  fc.record({ unit: fc.constant<'months'>('months'), amount: fc.integer({ min: 1, max: 14 }) }),
);
const anyLedger = fc.array(
  fc.record({
    after: fc.integer({ min: -10, max: 100 }),
    days: fc.oneof(fc.integer({ min: 0, max: 25 }), fc.constant(undefined)),
  }),
  { maxLength: 4 },
);
const anyCase = fc.record({
  start: anyStart,
  minute: fc.integer({ min: 0, max: 1439 }),
  zone: anyZone,
  length: anyLength,
  ledger: anyLedger,
  rolls: fc.boolean(),
});

function built({
  start,
  minute,
  zone,
  length,
  ledger,
  rolls,
}: typeof anyCase extends fc.Arbitrary<infer Case> ? Case : never): ClockRun {
  const startedAt = start
    .toPlainDateTime({ hour: Math.floor(minute / 60), minute: minute % 60 })
    .toZonedDateTime(zone)
    .toInstant();
  const suspensions = ledger.map(({ after, days }) => {
    const from = start.add({ days: after });
    return suspended(from.toString(), days === undefined ? undefined : from.add({ days }).toString());
  });
  return run(startedAt.toString({ smallestUnit: 'millisecond' }), '1 d', {
    zone,
    length,
    suspensions,
    rollsToNextWorkingDay: rolls,
  });
}

describe('any clock', () => {
  it('ends where counting one day at a time ends', () => {
    fc.assert(
      fc.property(anyCase, (any) => {
        const clock = built(any);
        expect(dueOf(clock, calendar).dueOn).toBe(bruteForce(any.length, any.start, clock.suspensions, any.rolls));
      }),
      { numRuns: 2000 },
    );
  });

  it('explains itself: every day once and in order, counted to the amount, the last line on the due date', () => {
    fc.assert(
      fc.property(anyCase, (any) => {
        const clock = built(any);
        const { lines, ...due } = explainDue(clock, calendar);
        expect(due).toMatchObject(dueOf(clock, calendar));
        expect(lines[0]).toMatchObject({ kind: 'start', on: any.start.toString() });
        if (due.dueOn !== undefined) expect(lines.at(-1)?.on).toBe(due.dueOn);
        if (any.ledger.length === 0) expect(lines.some(({ provisional }) => provisional)).toBe(due.provisional);
        if (any.length.unit === 'months') return;
        lines.forEach(({ on }, index) => {
          expect(on).toBe(any.start.add({ days: index }).toString());
        });
        const counted = lines.filter(({ kind }) => kind === 'counted');
        expect(counted.map((told) => told.counted)).toEqual(counted.map((_, index) => index + 1));
        if (due.dueOn !== undefined) expect(counted).toHaveLength(any.length.amount);
        else expect(lines.at(-1)?.kind).toBe('suspended');
      }),
      { numRuns: 1000 },
    );
  });

  it('is due soon after its start and before its end, in the last fifth or the last three working days', () => {
    fc.assert(
      fc.property(anyCase, (any) => {
        const clock = built(any);
        const { dueSoonAt, dueAt } = dueOf(clock, calendar);
        if (dueSoonAt === undefined || dueAt === undefined) return;
        expect(dueSoonAt >= clock.startedAt).toBe(true);
        expect(dueSoonAt < dueAt).toBe(true);
      }),
    );
  });

  it('is never earlier for one more day', () => {
    fc.assert(
      fc.property(anyCase, (any) => {
        const clock = built({ ...any, ledger: any.ledger.map(({ after, days }) => ({ after, days: days ?? 5 })) });
        const longer = { ...clock, length: { ...clock.length, amount: clock.length.amount + 1 } };
        expect((dueOf(longer, calendar).dueOn ?? '') >= (dueOf(clock, calendar).dueOn ?? '')).toBe(true);
      }),
    );
  });
});

describe('an explanation', () => {
  const told = (clock: ClockRun) =>
    explainDue(clock, calendar).lines.map(
      ({ on, through, kind, text }) => `${on}${through ? `..${through}` : ''} ${kind}: ${text.en}`,
    );

  it('says of a longer period which days are the extension’s, by whom, by what right and why', () => {
    const extension = {
      from: { unit: 'working-days', amount: 2 },
      to: { unit: 'working-days', amount: 3 },
      on: '2026-07-14',
      by: 'supervisor.kupang',
      legalBasis: ['UU 30/2014 Pasal 53'],
      reason: 'Surat konsulat belum tiba',
    } as const;
    const { rule, lines } = explainDue(run('2026-07-13', '3 wd'), calendar, [extension]);
    expect(rule.id).toMatch(
      /Diperpanjang dari 2 hari kerja menjadi 3 hari kerja pada 14 Juli 2026 oleh supervisor\.kupang \(UU 30\/2014 Pasal 53\): Surat konsulat belum tiba$/,
    );
    expect(rule.en).toContain('Extended from 2 working days to 3 working days on 14 July 2026 by supervisor.kupang');
    expect(lines.map(({ text }) => text.id)).toEqual([
      'Hari peristiwa, tidak dihitung',
      'Hari ke-1',
      'Hari ke-2',
      'Hari ke-3 (perpanjangan)',
    ]);
  });
  it('tells working days over Lebaran, with the decree', () => {
    const decree = 'SKB 3 Menteri No. 1497/2025, 2/2025, 5/2025';
    expect(explainDue(run('2026-03-17', '3 wd'), calendar).rule).toEqual({
      id: '3 hari kerja sejak 17 Maret 2026, dihitung mulai hari berikutnya, sampai pukul 24.00 WITA pada hari terakhir.',
      en: '3 working days from 17 March 2026, counted from the next day, to 24:00 WITA on the last day.',
    });
    expect(told(run('2026-03-17', '3 wd'))).toEqual([
      '2026-03-17 start: Day of the event, not counted',
      `2026-03-18 collective-leave: Collective leave (${decree}), not counted`,
      `2026-03-19 holiday: National holiday (${decree}), not counted`,
      `2026-03-20 collective-leave: Collective leave (${decree}), not counted`,
      `2026-03-21 holiday: National holiday (${decree}), not counted`,
      `2026-03-22 holiday: National holiday (${decree}), not counted`,
      `2026-03-23 collective-leave: Collective leave (${decree}), not counted`,
      `2026-03-24 collective-leave: Collective leave (${decree}), not counted`,
      '2026-03-25 counted: Day 1',
      '2026-03-26 counted: Day 2',
      '2026-03-27 counted: Day 3',
    ]);
  });

  it('tells calendar days with a suspension and a roll', () => {
    const clock = run('2026-07-14', '3 d', { rollsToNextWorkingDay: true, suspensions: [suspended('2026-07-16', '2026-07-17')] });
    expect(told(clock)).toEqual([
      '2026-07-14 start: Day of the event, not counted',
      '2026-07-15 counted: Day 1',
      '2026-07-16 suspended: Suspended (awaiting the applicant), not counted',
      '2026-07-17 counted: Day 2',
      '2026-07-18 counted: Day 3, not a working day',
      '2026-07-19 weekend: Weekend, not counted',
      '2026-07-20 rolled: Rolls to a working day',
    ]);
  });

  it('tells months in a few lines', () => {
    const clock = run('2025-11-30', '3 m', {
      rollsToNextWorkingDay: true,
      suspensions: [suspended('2026-01-10', '2026-01-15'), suspended('2026-01-14', '2026-01-17', 'awaiting-consultation')],
    });
    expect(told(clock)).toEqual([
      '2025-11-30 start: Day of the event, not counted',
      '2026-02-28 months: 3 months later: the last day of the month',
      '2026-01-10..2026-01-13 suspended: Suspended for 4 days (awaiting the applicant)',
      '2026-01-14 suspended: Suspended for 1 day (awaiting the applicant, awaiting an agency’s reply)',
      '2026-01-15..2026-01-16 suspended: Suspended for 2 days (awaiting an agency’s reply)',
      '2026-03-07 moved: Moved by 7 days of suspension',
      '2026-03-08 weekend: Weekend, not counted',
      '2026-03-09 rolled: Rolls to a working day',
    ]);
  });

  it('tells a roll that passes over suspended days', () => {
    const clock = run('2026-06-18', '1 m', { rollsToNextWorkingDay: true, suspensions: [suspended('2026-07-20', '2026-07-21')] });
    expect(told(clock)).toEqual([
      '2026-06-18 start: Day of the event, not counted',
      '2026-07-18 months: 1 month later: the same day of the month',
      '2026-07-19 weekend: Weekend, not counted',
      '2026-07-20 suspended: Suspended (awaiting the applicant), not counted',
      '2026-07-21 rolled: Rolls to a working day',
    ]);
    expect(told({ ...clock, suspensions: [suspended('2026-07-19')] }).slice(1)).toEqual([
      '2026-07-18 months: 1 month later: the same day of the month',
      '2026-07-19 suspended: Suspended from here on (awaiting the applicant); nothing is due until it resumes',
    ]);
  });

  it('tells why a clock stands still in the words of both languages, and a local day off as no national one', () => {
    const reasons = ['force-majeure', 'awaiting-consultation', 'awaiting-applicant'];
    const suspensions = reasons.map((reason, n) => suspended(`2026-07-${15 + n}`, `2026-07-${16 + n}`, reason));
    const { lines } = explainDue(run('2026-07-14', '2 d', { suspensions }), calendar);
    expect(lines.filter(({ kind }) => kind === 'suspended').map(({ text }) => `${text.id} / ${text.en}`)).toEqual([
      'Ditangguhkan (keadaan kahar), tidak dihitung / Suspended (force majeure), not counted',
      'Ditangguhkan (menunggu jawaban instansi), tidak dihitung / Suspended (awaiting an agency’s reply), not counted',
      'Ditangguhkan (menunggu pemohon), tidak dihitung / Suspended (awaiting the applicant), not counted',
    ]);
    const governor = { office: 'KANWIL', decree: 'Keputusan Gubernur 1', confidence: 'sourced' };
    const local = [{ ...governor, holidays: ['2026-07-15'], collectiveLeave: ['2026-07-16'] }];
    const year = calendar.years['2026'];
    if (year === undefined) throw new Error('There is no year 2026');
    const here: Calendar = { ...calendar, years: { ...calendar.years, '2026': { ...year, local } } };
    expect(explainDue(run('2026-07-14', '1 wd'), here).lines.map(({ text }) => text)).toEqual([
      { id: 'Hari peristiwa, tidak dihitung', en: 'Day of the event, not counted' },
      {
        id: 'Libur daerah (Keputusan Gubernur 1), tidak dihitung',
        en: 'Regional holiday (Keputusan Gubernur 1), not counted',
      },
      {
        id: 'Cuti bersama daerah (Keputusan Gubernur 1), tidak dihitung',
        en: 'Regional collective leave (Keputusan Gubernur 1), not counted',
      },
      { id: 'Hari ke-1', en: 'Day 1' },
    ]);
  });

  it('tells the same in Indonesian', () => {
    const said = (clock: ClockRun) => explainDue(clock, calendar).lines.map(({ on, text }) => `${on} ${text.id}`);
    const decree = 'SKB 3 Menteri No. 1497/2025, 2/2025, 5/2025';
    expect(said(run('2026-03-18', '1 wd'))).toEqual([
      '2026-03-18 Hari peristiwa, tidak dihitung',
      `2026-03-19 Libur nasional (${decree}), tidak dihitung`,
      `2026-03-20 Cuti bersama (${decree}), tidak dihitung`,
      `2026-03-21 Libur nasional (${decree}), tidak dihitung`,
      `2026-03-22 Libur nasional (${decree}), tidak dihitung`,
      `2026-03-23 Cuti bersama (${decree}), tidak dihitung`,
      `2026-03-24 Cuti bersama (${decree}), tidak dihitung`,
      '2026-03-25 Hari ke-1',
    ]);
    const rolling = { rollsToNextWorkingDay: true, suspensions: [suspended('2026-07-16', '2026-07-17')] };
    expect(said(run('2026-07-14', '3 d', rolling))).toEqual([
      '2026-07-14 Hari peristiwa, tidak dihitung',
      '2026-07-15 Hari ke-1',
      '2026-07-16 Ditangguhkan (menunggu pemohon), tidak dihitung',
      '2026-07-17 Hari ke-2',
      '2026-07-18 Hari ke-3, bukan hari kerja',
      '2026-07-19 Akhir pekan, tidak dihitung',
      '2026-07-20 Beralih ke hari kerja',
    ]);
    const ledger = [suspended('2026-01-10', '2026-01-15'), suspended('2026-01-14', '2026-01-17', 'awaiting-consultation')];
    expect(said(run('2025-11-30', '3 m', { suspensions: ledger }))).toEqual([
      '2025-11-30 Hari peristiwa, tidak dihitung',
      '2026-02-28 3 bulan kemudian: hari terakhir bulan itu',
      '2026-01-10 Ditangguhkan 4 hari (menunggu pemohon)',
      '2026-01-14 Ditangguhkan 1 hari (menunggu pemohon, menunggu jawaban instansi)',
      '2026-01-15 Ditangguhkan 2 hari (menunggu jawaban instansi)',
      '2026-03-07 Digeser 7 hari penangguhan',
    ]);
    expect(said(run('2026-06-18', '1 m'))[1]).toBe('2026-07-18 1 bulan kemudian: tanggal yang sama');
    expect(said(run('2026-07-06', '5 wd', { suspensions: [suspended('2026-07-08')] })).at(-1)).toBe(
      '2026-07-08 Ditangguhkan sejak hari ini (menunggu pemohon); belum ada tenggat sampai dilanjutkan',
    );
    expect(said(run('2026-07-01', '1 d', { explicitDueAt: '2026-07-15T03:00:00.000Z' })).at(-1)).toBe(
      '2026-07-15 Tenggat sebagaimana diberikan',
    );
    expect(said(run('2026-01-01', '1000 d')).at(-1)).toBe('2026-01-02 Hari ke-1 sampai ke-1000');
  });

  it('states the rule: length, first day, hour and zone, and where it rolls, in both languages', () => {
    const rule = (clock: ClockRun) => explainDue(clock, calendar).rule;
    expect(rule(run('2026-07-14', '1 d', { rollsToNextWorkingDay: true }))).toEqual({
      id: '1 hari kalender sejak 14 Juli 2026, dihitung mulai hari berikutnya, sampai pukul 24.00 WITA pada hari terakhir. Bila hari terakhir bukan hari kerja, tenggat beralih ke hari kerja berikutnya.',
      en: '1 calendar day from 14 July 2026, counted from the next day, to 24:00 WITA on the last day. If the last day is not a working day, the next working day is due.',
    });
    expect(rule(run('2026-07-14', '2 d')).en).toBe(
      '2 calendar days from 14 July 2026, counted from the next day, to 24:00 WITA on the last day.',
    );
    expect(rule(run('2026-07-14', '1 m')).en).toMatch(/^1 month from /);
    expect(rule(run('2026-07-14', '2 m', { rollsToNextWorkingDay: true })).en).toMatch(/^2 months from .*working day is due\.$/);
    // A period of working days ends on one by itself.
    expect(rule(run('2026-07-14', '1 wd', { rollsToNextWorkingDay: true })).en).toMatch(/^1 working day from .*last day\.$/);
    expect(rule(run('2026-07-14', '2 m')).id).toMatch(/^2 bulan sejak /);
    expect(rule(run('2026-07-01', '1 d', { explicitDueAt: '2026-07-15T03:00:00.000Z' }))).toEqual({
      id: 'Tenggat ini diberikan bersama perkara, 2026-07-15T03:00:00.000Z (UTC). Tenggat tidak dihitung; tindakan tepat pada saat itu masih tepat waktu.',
      en: 'This due date came with the case, 2026-07-15T03:00:00.000Z (UTC). It is taken as given, not computed; an act at that very instant is in time.',
    });
  });

  it.each([
    ['Asia/Jakarta', 'WIB'],
    ['Asia/Pontianak', 'WIB'],
    ['Asia/Makassar', 'WITA'],
    ['Asia/Jayapura', 'WIT'],
    ['Asia/Dili', 'Asia/Dili'],
  ])('calls %s what people call it: %s', (zone, name) => {
    const { rule } = explainDue(run('2026-07-14', '1 d', { zone }), calendar);
    expect([rule.id, rule.en].map((text) => text.includes(` ${name} `))).toEqual([true, true]);
  });

  it('names the months in both languages', () => {
    const names =
      'Januari January|Februari February|Maret March|April April|Mei May|Juni June|Juli July|Agustus August|September September|Oktober October|November November|Desember December';
    const told = Array.from({ length: 12 }, (_, month) => {
      const { rule } = explainDue(run(`2026-${String(month + 1).padStart(2, '0')}-09`, '1 d'), calendar);
      return [/sejak 9 (\S+) 2026/.exec(rule.id)?.[1], /from 9 (\S+) 2026/.exec(rule.en)?.[1]].join(' ');
    });
    expect(told.join('|')).toBe(names);
  });

  it('says of each line what else is known: the number of the day, the decree, the reasons, and whether a decree may still change it', () => {
    const { lines } = explainDue(run('2026-03-18', '1 wd', { suspensions: [suspended('2026-03-19', '2026-03-20')] }), calendar);
    const decree = 'SKB 3 Menteri No. 1497/2025, 2/2025, 5/2025';
    expect(lines.slice(0, 3)).toEqual([
      expect.objectContaining({ on: '2026-03-18', kind: 'start', provisional: false }),
      { on: '2026-03-19', kind: 'suspended', provisional: false, reasons: ['awaiting-applicant'], text: expect.anything() },
      { on: '2026-03-20', kind: 'collective-leave', provisional: false, decree, text: expect.anything() },
    ]);
    expect(lines.at(-1)).toEqual({ on: '2026-03-25', kind: 'counted', counted: 1, provisional: false, text: expect.anything() });
    // Calendar days ask of no day what kind it is, but for the last of a period that rolls.
    const ahead = (more: Partial<ClockRun>) =>
      explainDue(run('2027-03-01', '2 d', more), calendar).lines.map((one) => one.provisional);
    expect(ahead({})).toEqual([false, false, false]);
    expect(ahead({ rollsToNextWorkingDay: true })).toEqual([false, false, true]);
    const months = (more: Partial<ClockRun>) =>
      explainDue(run('2027-03-01', '1 m', more), calendar).lines.map((one) => one.provisional);
    expect(months({})).toEqual([false, false]);
    expect(months({ rollsToNextWorkingDay: true })).toEqual([false, true]);
    expect(explainDue(run('2027-01-30', '1 d', { rollsToNextWorkingDay: true }), calendar).lines.at(-1)).toMatchObject({
      on: '2027-02-01',
      kind: 'rolled',
      provisional: true,
    });
  });

  it('tells where a clock stands still', () => {
    expect(told(run('2026-07-06', '5 wd', { suspensions: [suspended('2026-07-08')] }))).toEqual([
      '2026-07-06 start: Day of the event, not counted',
      '2026-07-07 counted: Day 1',
      '2026-07-08 suspended: Suspended from here on (awaiting the applicant); nothing is due until it resumes',
    ]);
  });

  it('says that a due instant was given', () => {
    const { rule, lines } = explainDue(run('2026-07-01', '1 d', { explicitDueAt: '2026-07-15T03:00:00.000Z' }), calendar);
    expect(rule.en).toContain('as given');
    expect(rule.id).toContain('diberikan');
    expect(lines.map(({ on, kind }) => `${on} ${kind}`)).toEqual(['2026-07-01 start', '2026-07-15 given']);
  });

  it('marks the days of a year without a decree', () => {
    const { lines } = explainDue(run('2026-12-30', '2 wd'), calendar);
    expect(lines.map(({ on, provisional }) => `${on} ${provisional}`)).toEqual([
      '2026-12-30 false',
      '2026-12-31 false',
      '2027-01-01 true',
      '2027-01-02 false',
      '2027-01-03 false',
      '2027-01-04 true',
    ]);
  });

  it('tells a long period in lines for several days, counted to the same end', () => {
    const clock = run('2026-01-01', '1000 d', { suspensions: [suspended('2026-03-01', '2026-04-01')] });
    expect(told(clock)).toEqual([
      '2026-01-01 start: Day of the event, not counted',
      '2026-01-02..2026-02-28 counted: Days 1 to 58',
      '2026-03-01..2026-03-31 suspended: Suspended (awaiting the applicant), not counted',
      '2026-04-01..2028-10-28 counted: Days 59 to 1000',
    ]);
    expect(explainDue(clock, calendar)).toMatchObject({ dueOn: '2028-10-28' });
  });
});
