import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { caseOf, caseScenarios } from '#domain/testing/case-scenario.js';
import { leftInWords, nextAct } from './next-act.js';

const calendar = {
  code: 'id' as const,
  version: 1,
  years: { '2026': { decree: 'SKB', confidence: 'S', holidays: ['2026-11-25'], collectiveLeave: [] } },
};

describe('days left, in words', () => {
  // 20 November 2026 is a Friday; the 25th, a Wednesday, is a holiday here.
  it.each([
    ['2026-11-27', '2026-11-20', 'working-days', 'sisa 4 hari kerja', '4 working days left'],
    ['2026-11-27', '2026-11-20', 'calendar-days', 'sisa 7 hari', '7 days left'],
    ['2026-11-20', '2026-11-20', 'months', 'jatuh hari ini', 'due today'],
    ['2026-11-20', '2026-11-24', 'working-days', 'lewat 2 hari kerja', '2 working days overdue'],
    ['2026-11-20', '2026-11-21', 'calendar-days', 'lewat 1 hari', '1 day overdue'],
  ] as const)('due %s, on %s, in %s', (dueOn, today, unit, id, en) => {
    expect(leftInWords(dueOn, today, unit, calendar)).toEqual({ id, en });
  });
});

describe('the next act', () => {
  const read = (file: string) => JSON.parse(readFileSync(`data/${file}`, 'utf8'));
  const { cases, contextOf, people } = caseScenarios({
    offices: read('offices-ntt.json'),
    calendar: read('calendar-id.json'),
    psk: read('procedures/PSK.json'),
    imported: read('procedures/IMPORTED.json'),
    people: read('demo-people.json'),
  });
  it('of a supervisor is to assign a case that nobody has, and none of one that has its officer', () => {
    const [lodged, examined] = [caseOf(cases.lodged()), caseOf(cases.examined())];
    const as = { as: people.supervisorKupang };
    expect([lodged.officer, nextAct(lodged, contextOf(lodged, undefined, as))?.command]).toEqual([undefined, 'AssignOfficer']);
    expect([examined.officer, nextAct(examined, contextOf(examined, undefined, as))]).toEqual(['officer.kupang', undefined]);
    expect(nextAct(examined, contextOf(examined, undefined, { as: people.officerKupang }))?.command).toBe('ConvenePanel');
  });
});
