import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { parseCalendar } from '../calendar/calendar.js';
import type { Present, Role } from '../office/official.js';
import type { LadderStep } from '../procedure/procedure.js';
import { type ClockRun, dueOf } from './clock.js';
import { isBeforeDue, ladderOf, type Roster, standardLadder, stepsOf, whoIsTold, yearsAheadLadder } from './ladder.js';

const calendar = parseCalendar(JSON.parse(readFileSync('data/calendar-id.json', 'utf8')), 1);

/** From the first minute of 1 July 2026 in Kupang, nine days: ten days of running, to the end of Friday 10 July. */
const run = (more: Partial<ClockRun> = {}): ClockRun => ({
  clockId: 'clock-1',
  code: 'decision',
  office: 'KANIM-KPG',
  zone: 'Asia/Makassar',
  startedAt: '2026-06-30T16:00:00.000Z',
  length: { unit: 'calendar-days', amount: 9 },
  suspensions: [],
  ...more,
});
const stepsAt = (clock: ClockRun, ladder: readonly LadderStep[]) =>
  stepsOf(clock, dueOf(clock, calendar), ladder, calendar).map(({ step, at }) => [step.code, at]);
const share = (percent: number): LadderStep => ({ code: `p${percent}`, tell: 'officer', at: { percent } });
const said = (ladder: readonly LadderStep[]) => ladder.map(({ code, tell, at }) => [code, tell, JSON.stringify(at)].join(' '));

describe('the ladder of a clock', () => {
  it('is its own, else its procedure’s, else the standard one; of a period that counts from a birth that of years ahead', () => {
    const own = [share(30)];
    const house = [share(40)];
    expect(ladderOf({ ladder: house }, { ladder: own })).toBe(own);
    expect(ladderOf({ ladder: house }, { ladder: own, countsFrom: 'bornOn' })).toBe(own);
    expect(ladderOf({ ladder: house }, {})).toBe(house);
    expect(ladderOf({ ladder: house }, undefined)).toBe(house);
    expect(ladderOf({}, {})).toBe(standardLadder);
    expect(ladderOf({ ladder: house }, { countsFrom: 'bornOn' })).toBe(yearsAheadLadder);
  });

  it('goes from the officer up the house', () => {
    expect(said(standardLadder)).toEqual([
      'half officer {"percent":50}',
      'four-fifths officer {"percent":80}',
      'nine-tenths supervisor {"percent":90}',
      'due-officer officer {"percent":100}',
      'due supervisor {"percent":100}',
      'overdue-3 head-of-office {"after":{"unit":"working-days","amount":3}}',
      'overdue-7 regional {"after":{"unit":"working-days","amount":7}}',
      'overdue-14 directorate {"after":{"unit":"working-days","amount":14}}',
    ]);
    expect(said(yearsAheadLadder)).toEqual([
      'year-before officer {"before":{"unit":"months","amount":12}}',
      'half-year-before officer {"before":{"unit":"months","amount":6}}',
      'quarter-before supervisor {"before":{"unit":"months","amount":3}}',
      'month-before head-of-office {"before":{"unit":"months","amount":1}}',
      ...said(standardLadder).slice(3),
    ]);
  });

  it('tells the steps before the due date apart from the others', () => {
    expect(standardLadder.map(isBeforeDue)).toEqual([true, true, true, false, false, false, false, false]);
    expect(yearsAheadLadder.map(isBeforeDue)).toEqual([true, true, true, true, false, false, false, false, false]);
  });
});

describe('when a step falls', () => {
  it('by the share of the period that has run, the first first, whatever their order in the data', () => {
    expect(stepsAt(run(), [share(100), share(50), share(20)])).toEqual([
      ['p20', '2026-07-02T16:00:00.000Z'],
      ['p50', '2026-07-05T16:00:00.000Z'],
      ['p100', '2026-07-10T16:00:00.000Z'],
    ]);
  });

  it('with suspended days not counted: in a pause, when it goes on', () => {
    const one = [{ from: '2026-07-03', resumedOn: '2026-07-05', reason: 'waits' }];
    expect(stepsAt(run({ suspensions: one }), [share(10), share(20), share(50), share(100)])).toEqual([
      ['p10', '2026-07-01T16:00:00.000Z'],
      ['p20', '2026-07-04T16:00:00.000Z'],
      ['p50', '2026-07-07T16:00:00.000Z'],
      ['p100', '2026-07-12T16:00:00.000Z'],
    ]);
    const two = [...one, { from: '2026-07-08', resumedOn: '2026-07-09', reason: 'waits' }];
    expect(stepsAt(run({ suspensions: two }), [share(20), share(50), share(90)])).toEqual([
      ['p20', '2026-07-04T16:00:00.000Z'],
      ['p50', '2026-07-08T16:00:00.000Z'],
      ['p90', '2026-07-12T16:00:00.000Z'],
    ]);
  });

  it('as the first minute of a day before the due date, or of the day after so many days past it', () => {
    const ladder: readonly LadderStep[] = [
      { code: 'overdue-3', tell: 'head-of-office', at: { after: { unit: 'working-days', amount: 3 } } },
      { code: 'overdue-2d', tell: 'head-of-office', at: { after: { unit: 'calendar-days', amount: 2 } } },
      { code: 'month-before', tell: 'officer', at: { before: { unit: 'months', amount: 1 } } },
      { code: 'week-before', tell: 'officer', at: { before: { unit: 'calendar-days', amount: 7 } } },
      { code: 'two-before', tell: 'officer', at: { before: { unit: 'working-days', amount: 2 } } },
    ];
    expect(stepsAt(run(), ladder)).toEqual([
      ['month-before', '2026-06-09T16:00:00.000Z'],
      ['week-before', '2026-07-02T16:00:00.000Z'],
      ['two-before', '2026-07-07T16:00:00.000Z'],
      ['overdue-2d', '2026-07-12T16:00:00.000Z'],
      ['overdue-3', '2026-07-15T16:00:00.000Z'],
    ]);
  });

  it('in the order of the data where two fall together', () => {
    const twice: readonly LadderStep[] = [share(50), { ...share(50), code: 'also' }, share(20)];
    expect(stepsAt(run(), twice).map(([code]) => code)).toEqual(['p20', 'p50', 'also']);
    expect(stepsAt(run(), [...twice].reverse()).map(([code]) => code)).toEqual(['p20', 'also', 'p50']);
  });

  it('never while the clock stands still', () => {
    expect(stepsAt(run({ suspensions: [{ from: '2026-07-03', reason: 'waits' }] }), standardLadder)).toEqual([]);
    expect(stepsOf(run(), { dueOn: '2026-07-10' }, standardLadder, calendar)).toEqual([]);
    expect(stepsOf(run(), { dueAt: '2026-07-10T16:00:00.000Z' }, standardLadder, calendar)).toEqual([]);
  });
});

describe('who is told', () => {
  const lineage = ['KANIM-KPG', 'KANWIL', 'DITJEN', 'MINISTRY'];
  const rosterOf =
    (present: { readonly [roleAtOffice: string]: readonly Present[] }): Roster =>
    (role: Role, office) =>
      present[`${role} ${office}`] ?? [];
  const one = (id: string, actingFor?: string): Present => ({ id, ...(actingFor === undefined ? {} : { actingFor }) });
  const tell = (rung: LadderStep['tell'], officer: string | undefined, roster: Roster) =>
    whoIsTold(rung, 'KANIM-KPG', officer, roster, lineage);
  const officers = { 'case-officer KANIM-KPG': [one('ani'), one('budi')] };

  it('on the officer’s rung the case’s officer, or whoever acts in their place, else every officer of the office', () => {
    expect(tell('officer', 'budi', rosterOf(officers))).toEqual({ toRole: 'case-officer', office: 'KANIM-KPG', told: ['budi'] });
    const lent = { 'case-officer KANIM-KPG': [one('ani'), one('citra', 'budi')] };
    expect(tell('officer', 'budi', rosterOf(lent)).told).toEqual(['citra']);
    expect(tell('officer', undefined, rosterOf(officers)).told).toEqual(['ani', 'budi']);
    expect(tell('officer', 'gone', rosterOf(officers)).told).toEqual(['ani', 'budi']);
    // An officer of an office above does not examine this case.
    const above = { 'case-officer KANWIL': [one('dewi')], 'supervisor KANWIL': [one('eko')] };
    expect(tell('officer', 'budi', rosterOf(above))).toEqual({ toRole: 'supervisor', office: 'KANWIL', told: ['eko'] });
  });

  it('above it whoever holds the role in the nearest office upwards, each once, whoever examines the case', () => {
    const roster = rosterOf({
      ...officers,
      'supervisor KANWIL': [one('eko'), one('eko', 'fitri'), one('budi')],
      'supervisor DITJEN': [one('gita')],
    });
    expect(tell('supervisor', 'budi', roster)).toEqual({ toRole: 'supervisor', office: 'KANWIL', told: ['eko', 'budi'] });
  });

  it('where nobody holds a rung the next above, where nobody holds one above the nearest below', () => {
    const high = rosterOf({ ...officers, 'directorate DITJEN': [one('hadi')], 'minister MINISTRY': [one('indra')] });
    expect(tell('supervisor', 'budi', high)).toEqual({ toRole: 'directorate', office: 'DITJEN', told: ['hadi'] });
    expect(tell('head-of-office', 'budi', rosterOf({ 'minister MINISTRY': [one('indra')] })).told).toEqual(['indra']);
    const low = rosterOf({ ...officers, 'supervisor KANIM-KPG': [one('joko')] });
    expect(tell('regional', 'budi', low)).toEqual({ toRole: 'supervisor', office: 'KANIM-KPG', told: ['joko'] });
    expect(tell('regional', 'budi', rosterOf(officers))).toEqual({ toRole: 'case-officer', office: 'KANIM-KPG', told: ['budi'] });
  });

  it('says so when nobody holds any', () => {
    expect(tell('supervisor', 'budi', rosterOf({}))).toEqual({ toRole: 'supervisor', office: 'KANIM-KPG', told: [] });
    expect(tell('officer', 'budi', rosterOf({}))).toEqual({ toRole: 'case-officer', office: 'KANIM-KPG', told: [] });
  });
});
