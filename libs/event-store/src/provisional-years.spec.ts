import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { dayKind, parseCalendar } from '#domain/calendar/calendar.js';
import { withProvisionalYears } from './provisional-years.js';

const decreed = parseCalendar(JSON.parse(readFileSync('data/calendar-id.json', 'utf8')), 1);

describe('years without a decree', () => {
  const filled = withProvisionalYears(decreed);

  it('are filled for the two after the last decree, with what can be computed, and marked', () => {
    expect(Object.keys(filled.years)).toEqual([...Object.keys(decreed.years), '2027', '2028']);
    expect(filled.years['2026']).toEqual(decreed.years['2026']);
    // Good Friday and Ascension of 2027 by the date of Easter, 28 March; Christmas; and a Tuesday between them.
    for (const date of ['2027-03-26', '2027-05-06', '2027-12-25'])
      expect(dayKind(filled, date)).toMatchObject({ working: false, kind: 'holiday' });
    expect(dayKind(filled, '2027-03-26')).not.toHaveProperty('decree');
    expect(dayKind(filled, '2027-04-13')).toEqual({ working: true, kind: 'working', provisional: true });
  });
  it('give way to a decree, and move on behind it', () => {
    const decree = { decree: 'SKB 2027', confidence: 'sourced', holidays: ['2027-01-01'], collectiveLeave: [] };
    const later = withProvisionalYears({ ...filled, version: 2, years: { ...filled.years, '2027': decree } });
    expect(Object.keys(later.years).slice(-3)).toEqual(['2027', '2028', '2029']);
    expect(dayKind(later, '2027-03-26')).toEqual({ working: true, kind: 'working', provisional: false });
  });
});
