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
  it('are filled between decrees too, so that no year is left with weekends only, and keep their local decrees', () => {
    const decree = { decree: 'SKB', confidence: 'sourced', holidays: ['2029-01-01'], collectiveLeave: [] };
    const local = [{ ...decree, office: 'KANIM-ATB', decree: 'Keputusan Bupati', holidays: ['2027-12-21'] }];
    const [year2027] = [filled.years['2027']];
    if (year2027 === undefined) throw new Error('2027 is not filled');
    const gap = withProvisionalYears({ ...filled, years: { ...filled.years, '2027': { ...year2027, local }, '2029': decree } });
    expect(Object.keys(gap.years).slice(-5)).toEqual(['2027', '2028', '2029', '2030', '2031']);
    expect(gap.years['2027']).toMatchObject({ provisional: true, local });
  });
  it('give way to a decree, and move on behind it', () => {
    const decree = { decree: 'SKB 2027', confidence: 'sourced', holidays: ['2027-01-01'], collectiveLeave: [] };
    const later = withProvisionalYears({ ...filled, version: 2, years: { ...filled.years, '2027': decree } });
    expect(Object.keys(later.years).slice(-3)).toEqual(['2027', '2028', '2029']);
    expect(dayKind(later, '2027-03-26')).toEqual({ working: true, kind: 'working', provisional: false });
  });
});
