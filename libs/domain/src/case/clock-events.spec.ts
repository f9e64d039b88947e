import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseDay } from '../calendar/day.js';
import { dueOf } from '../clock/clock.js';
import { caseOf, caseScenarios } from '../testing/case-scenario.js';
import { calendarAsRecorded, dateIn, recalculated, withClocks, zoneOf } from './clock-events.js';
import type { CaseEvent } from './events.js';
import type { CaseFile } from './state.js';

const read = (file: string) => JSON.parse(readFileSync(`data/${file}`, 'utf8'));
const { people, cases, given, history, commands, contextOf, calendar, offices, psk } = caseScenarios({
  offices: read('offices-ntt.json'),
  calendar: read('calendar-id.json'),
  psk: read('procedures/PSK.json'),
  imported: read('procedures/IMPORTED.json'),
  people: read('demo-people.json'),
});
const reason = 'Alasan contoh.';
const officer = (day: string) => ({ as: people.officerKupang, at: `${day}T01:00:00.000Z` });
const supervisor = (day: string) => ({ as: people.supervisorKupang, at: `${day}T01:00:00.000Z` });
const clock = (state: CaseFile, clockId: string) => state.clocks.find((c) => c.clockId === clockId);
const returned = { type: 'ReturnAsIncomplete', missing: ['birth-record'], reason } as const;

describe('clocks of a case', () => {
  it('start with the act that the procedure names, due as its data say', () => {
    const state = caseOf(cases.examination());
    expect(clock(state, 'intake-1')).toMatchObject({ startedAt: '2025-03-03T01:00:00.000Z', due: { dueOn: '2025-03-17' } });
    expect(clock(state, 'decision-1')).toMatchObject({ zone: 'Asia/Makassar', due: { dueOn: '2025-05-04', provisional: false } });
  });

  it('of forwarding run anew at each office on the way up, and no more where it is decided', () => {
    const forward = caseOf(cases.atMinistry()).clocks.filter((one) => one.code === 'forward');
    expect(forward.map(({ startedAt, stoppedAt, office }) => [office, startedAt.slice(8, 10), stoppedAt?.slice(8, 10)])).toEqual([
      ['KANIM-KPG', '10', '11'],
      ['KANWIL-KUM-NTT', '11', '12'],
      ['DITJEN-AHU', '12', '13'],
    ]);
  });

  it('stop in time on the last day to 24:00 in the office’s zone, and late after it', () => {
    const accept = { type: 'AcceptAsComplete' } as const;
    const at = (instant: string) => ({ as: people.officerKupang, at: instant });
    const verified = cases.screening();
    // 24:00 of 17 March in Kupang is 16:00 of 17 March in UTC.
    const inTime = given(verified).when(accept, at('2025-03-17T15:59:59.999Z'));
    expect(clock(inTime.after, 'intake-1')?.stoppedInTime).toBe(true);
    const late = given(verified).when(accept, at('2025-03-17T16:00:00.000Z'));
    expect(clock(late.after, 'intake-1')?.stoppedInTime).toBe(false);
  });

  it('a pause takes the due date away, and the resumption moves it by the days of the pause', () => {
    fc.assert(
      fc.property(fc.integer({ min: 6, max: 17 }), fc.integer({ min: 0, max: 13 }), (returnDay, length) => {
        const day = (n: number) => `2025-03-${String(n).padStart(2, '0')}`;
        const paused = given(cases.screening()).when(returned, officer(day(returnDay)));
        expect(clock(paused.after, 'intake-1')?.due.dueOn).toBeUndefined();
        const resumed = given(cases.screening(), paused.events).when(
          { type: 'ResumeScreening' },
          officer(day(returnDay + length)),
        );
        const due = clock(resumed.after, 'intake-1')?.due.dueOn ?? '';
        expect(parseDay(due) - parseDay('2025-03-17')).toBe(length);
      }),
    );
  });

  it('a pause that comes after the due date leaves it overdue: returning the papers does not hide it', () => {
    const late = given(cases.screening()).when(returned, officer('2025-03-18'));
    late.then('ApplicationReturned');
    expect(clock(late.after, 'intake-1')?.due.dueOn).toBe('2025-03-17');
  });

  it('an act resumes only what such an act paused, not what a supervisor suspended for another reason', () => {
    const suspend = { type: 'SuspendClock', clockId: 'intake-1', from: '2025-03-06', ground: 'force-majeure', reason } as const;
    const suspended = given(cases.screening()).when(suspend, supervisor('2025-03-06'));
    const back = given(cases.screening(), suspended.events).when(returned, officer('2025-03-07'));
    back.then('ApplicationReturned');
    const resumed = given(cases.screening(), suspended.events, back.events).when(
      { type: 'ResumeScreening' },
      officer('2025-03-10'),
    );
    resumed.then('ScreeningResumed');
    expect(clock(resumed.after, 'intake-1')?.suspensions).toEqual([{ from: '2025-03-06', reason: 'force-majeure' }]);
  });

  it('the window after service counts working days from the day the letter reached the person, even when entered later', () => {
    const serve = { type: 'ServeDetermination', servedOn: '2025-03-17', method: 'in-person' } as const;
    const sameDay = given(cases.determined()).when(serve, officer('2025-03-17')).after;
    const later = given(cases.determined()).when(serve, officer('2025-03-25')).after;
    const due = clock(sameDay, 'remedy-objection-1')?.due.dueOn;
    // 21 working days: Nyepi, Idul Fitri and collective leave (28 March to 7 April) and Good Friday (18 April) are none.
    expect(due).toBe('2025-04-25');
    expect(clock(later, 'remedy-objection-1')?.due.dueOn).toBe(due);
  });

  it('a closed case has no clock running, a withdrawn one neither', () => {
    for (const build of [cases.closed, cases.withdrawn])
      expect(caseOf(build()).clocks.filter((c) => c.stoppedAt === undefined)).toEqual([]);
  });

  it('what an event recorded as due is what the clock computes from the folded ledger', () => {
    for (const build of Object.values(cases)) {
      const events = build();
      if (events.length === 0) continue;
      for (const c of caseOf(events).clocks) {
        const { stoppedAt: _, ...run } = c;
        expect([c.clockId, c.due.dueOn, c.due.dueAt]).toEqual([
          c.clockId,
          dueOf(run, calendar).dueOn,
          dueOf(run, calendar).dueAt,
        ]);
      }
    }
  });

  it('a second run of a clock has its own id, and a running one is not started again', () => {
    const rework = { type: 'ReturnForRework', reason } as const;
    const back = given(cases.inReview()).when(rework, supervisor('2025-03-11'));
    const again = given(cases.inReview(), back.events).when(
      { type: 'RecommendDetermination', outcome: 'wni-affirmed', reason },
      officer('2025-03-12'),
    );
    expect(again.after.clocks.map((c) => c.clockId)).toEqual(['intake-1', 'panel-1', 'decision-1', 'forward-1', 'forward-2']);
  });

  it('an act that starts a clock leaves one that is running already as it is', () => {
    const resumed: CaseEvent = { type: 'ScreeningResumed', data: { by: 'officer.kupang', at: '2025-03-05T01:00:00.000Z' } };
    const clocks = psk.clocks.map((c) => ({ ...c, startsWith: [...c.startsWith, 'ScreeningResumed' as const] }));
    const context = { ...contextOf(undefined, undefined, officer('2025-03-05')), procedure: { ...psk, clocks } };
    const started = withClocks(caseOf(cases.screening()), [resumed], context);
    expect(started.flatMap((e) => (e.type === 'ClockStarted' ? [e.data.clockId] : []))).not.toContain('intake-2');
    expect(started.length).toBeGreaterThan(1);
  });

  it('a rule that is not in force that day starts no clock', () => {
    const over: CaseEvent = {
      type: 'ApplicationLodged',
      data: { by: 'officer.kupang', at: '2025-03-03T01:00:00.000Z', office: 'KANIM-KPG' },
    };
    const procedure = { ...psk, clocks: psk.clocks.map((c) => ({ ...c, effectiveTo: '2025-03-03' })) };
    const context = contextOf(undefined, undefined, officer('2025-03-03'));
    expect(withClocks(caseOf(cases.draft()), [over], { ...context, procedure })).toEqual([over]);
    const dayBefore = { ...context, procedure, at: '2025-03-02T01:00:00.000Z' };
    expect(withClocks(caseOf(cases.draft()), [over], dayBefore).map((e) => e.type)).toEqual([
      'ApplicationLodged',
      'ClockStarted',
    ]);
  });

  it('the day of an act is the day where the office is: 23:30 in Jakarta is already tomorrow in Kupang', () => {
    expect(dateIn(zoneOf(offices, 'KEMENKUM'), '2025-03-03T16:30:00.000Z')).toBe('2025-03-03');
    expect(dateIn(zoneOf(offices, 'KANIM-KPG'), '2025-03-03T16:30:00.000Z')).toBe('2025-03-04');
    const late = { as: people.officerKupang, at: '2025-03-03T16:30:00.000Z' };
    const lodged = given(history([commands.openDraft(), late])).when({ type: 'LodgeApplication' }, late);
    expect(clock(lodged.after, 'intake-1')?.due.dueOn).toBe('2025-03-18');
  });

  it('KEMBALI is decided in three months from receipt (UU 12/2006 art. 33)', () => {
    const { clocks } = read('procedures/KEMBALI.json');
    expect(clocks[0]).toMatchObject({
      length: { unit: 'months', amount: 3 },
      startsWith: ['ApplicationLodged'],
      confidence: 'S',
    });
  });
});

describe('a calendar that a decree made anew', () => {
  const { years } = calendar;
  const with2025 = (holidays: readonly string[]) => ({
    ...calendar,
    version: 2,
    years: { ...years, 2025: { ...years[2025], decree: 'SKB baru', confidence: 'sourced', holidays, collectiveLeave: [] } },
  });
  const at = '2025-03-20T01:00:00.000Z';
  const served = caseOf(cases.inRemedyWindow());
  const under = (other: typeof calendar) => recalculated(served, { procedure: psk, calendar: other, offices, at });

  it('moves the open working-day clocks that it touches, and says from when to when and by which decree', () => {
    const objection = clock(served, 'remedy-objection-1');
    // 21 working days after Monday 17 March 2025, with no holiday at all: Tuesday 15 April.
    expect(under(with2025([]))).toMatchObject([
      {
        type: 'ClockRecalculated',
        data: {
          clockId: 'remedy-objection-1',
          at,
          before: { dueOn: objection?.due.dueOn, calendarVersion: 1 },
          due: { dueOn: '2025-04-15', calendarVersion: 2 },
          years: ['2025'],
          decrees: [{ act: 'SKB_baru' }],
        },
      },
    ]);
    const moved = caseOf(under(with2025([])), served);
    expect(clock(moved, 'remedy-objection-1')?.due.dueOn).toBe('2025-04-15');
    expect(recalculated(moved, { procedure: psk, calendar: with2025([]), offices, at })).toEqual([]);
  });
  it('explains no clock that stopped, nor one that was not computed anew yet: those stand by the calendar of their record', () => {
    const objection = served.clocks.find((one) => one.code === 'remedy-objection');
    const calendars = new Map([calendar, with2025([])].map((one) => [one.version, one]));
    const explained = (one: typeof objection) =>
      one && dueOf(one, calendarAsRecorded(one, { calendar: with2025([]), offices, calendars })).dueOn;
    expect(explained(objection)).toBe(objection?.due.dueOn);
    expect(explained(objection && { ...objection, stoppedAt: at })).toBe(objection?.due.dueOn);
    const moved = clock(caseOf(under(with2025([])), served), 'remedy-objection-1');
    expect(explained(moved)).toBe('2025-04-15');
    // Of a register from before its calendars were kept, by the one in force.
    const due =
      objection && dueOf(objection, calendarAsRecorded(objection, { calendar: with2025([]), offices, calendars: new Map() }));
    expect(due?.dueOn).toBe('2025-04-15');
  });
  it('lets the ladder speak at once where the date had passed and lies ahead again, and when its next step falls where not', () => {
    const [soon] = under(with2025([]));
    expect(soon?.data.due.stepAt).not.toBe(at);
    const late = '2025-04-15T20:00:00.000Z';
    const longer = with2025(['2025-04-07', '2025-04-08', '2025-04-09']);
    const onceMoved = caseOf(under(with2025([])), served);
    const [ahead] = recalculated(onceMoved, { procedure: psk, calendar: { ...longer, version: 3 }, offices, at: late });
    expect([ahead?.data.before.dueOn, ahead?.data.due.dueOn, ahead?.data.due.stepAt]).toEqual(['2025-04-15', '2025-04-18', late]);
  });
  it('moves no clock that it does not touch, none that stopped, and none in calendar days', () => {
    expect(under({ ...calendar, version: 2 })).toEqual([]);
    const examined = caseOf(cases.examined());
    expect(examined.clocks.map((one) => one.length.unit)).toContain('calendar-days');
    expect(recalculated(examined, { procedure: psk, calendar: with2025([]), offices, at })).toEqual([]);
  });
  it('makes certain what was provisional', () => {
    const { 2025: _, ...without } = years;
    const before = served.clocks.map((one) => ({ ...one, due: { ...one.due, provisional: true } }));
    const state = { ...served, clocks: before };
    expect(recalculated(state, { procedure: psk, calendar, offices, at }).map((e) => e.data.clockId)).toContain(
      'remedy-objection-1',
    );
    expect(under({ ...calendar, version: 2, years: without }).map((e) => e.data.due.provisional)).toEqual([true]);
  });
});
