/** Due dates counted by hand, by someone who has read what a due date is and the decrees, and no code. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { parseCalendar } from '#domain/calendar/calendar.js';
import { formatInstant, parseDay, startOfDay } from '#domain/calendar/day.js';
import { type ClockLength, daysBefore, dueOf } from '#domain/clock/clock.js';

interface Counted {
  readonly scenario: number;
  readonly what: { readonly id: string; readonly en: string };
  readonly unit: ClockLength['unit'] | 'years';
  readonly length: number;
  /** The local date of the event that starts the period. */
  readonly starts: string;
  readonly suspensions: readonly { readonly from: string; readonly resumedOn: string }[];
  readonly zone?: string;
  readonly direction?: 'before';
  readonly provisional?: boolean;
  /** Days that a later decree adds. */
  readonly calendarChange?: { readonly add: readonly string[] };
  readonly due: string;
}

const calendarJson = JSON.parse(readFileSync('data/calendar-id.json', 'utf8'));
const counted: readonly Counted[] = JSON.parse(readFileSync('test/law/due-dates.json', 'utf8'));

const NOON_MS = 12 * 3_600_000;

describe('due dates', () => {
  it.each(counted.map((one) => [one.scenario, one.what.en, one.due, one] as const))('scenario %i: %s: %s', (_, __, due, one) => {
    const added = one.calendarChange?.add ?? [];
    const years = { ...calendarJson.years };
    for (const day of added) {
      const year = day.slice(0, 4);
      years[year] = { ...years[year], collectiveLeave: [...years[year].collectiveLeave, day] };
    }
    const calendar = parseCalendar({ years }, 1);
    const length: ClockLength =
      one.unit === 'years' ? { unit: 'months', amount: 12 * one.length } : { unit: one.unit, amount: one.length };
    if (one.direction === 'before') {
      expect(daysBefore(one.starts, length, calendar)).toBe(due);
      return;
    }
    const zone = one.zone ?? 'Asia/Makassar';
    const computed = dueOf(
      {
        clockId: 'clock-1',
        code: 'clock',
        office: 'KANIM-KPG',
        zone,
        startedAt: formatInstant(startOfDay(parseDay(one.starts), zone) + NOON_MS),
        length,
        suspensions: one.suspensions.map((suspension) => ({ ...suspension, reason: 'awaiting-applicant' })),
      },
      calendar,
    );
    expect(computed.dueOn).toBe(due);
    // The due date has its whole day, to 24:00 where the office is.
    expect(computed.dueAt).toBe(formatInstant(startOfDay(parseDay(due) + 1, zone)));
    if (one.provisional !== undefined) expect(computed.provisional).toBe(one.provisional);
  });
});
