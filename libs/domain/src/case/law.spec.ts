import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import type { Official } from '../office/official.js';
import { type ClocksState, evolveClocks, initialClocksState, warn } from '../process/escalation.js';
import { caseOf, caseScenarios, fold } from '../testing/case-scenario.js';
import { LinkedCaseUnreadable, UnreadableLinkedCase } from './blocks.js';
import type { CaseEvent } from './events.js';
import { actOfLaw, lapseOfClock } from './law.js';
import { decisionOf } from './state.js';

const read = (file: string) => JSON.parse(readFileSync(`data/${file}`, 'utf8'));
const datum = { legalBasis: [{ act: 'UU 12/2006', article: '14' }], confidence: 'S', effectiveFrom: null, effectiveTo: null };
/** Scenarios under a PSK with one clock more. */
const withClock = (clock: object) => {
  const psk = read('procedures/PSK.json');
  return caseScenarios({
    offices: read('offices-ntt.json'),
    calendar: read('calendar-id.json'),
    psk: { ...psk, clocks: [...psk.clocks, { name: { id: 'Tenggat', en: 'Clock' }, stopsWith: [], ...clock, ...datum }] },
    imported: read('procedures/IMPORTED.json'),
    people: read('demo-people.json'),
  });
};
const reason = 'Alasan contoh.';

describe('a clock that lapses', () => {
  const { cases, given, contextOf, people, psk, told, escalationAt } = withClock({
    code: 'oath',
    length: { unit: 'months', amount: 3 },
    startsWith: ['DeterminationServed'],
    stopsWith: ['CaseClosed', 'CaseReopened'],
    lapses: { effect: 'lapse', outcome: 'not-established', on: true, warnDaysBefore: 30, ...datum },
  });
  // Served on 17 March 2025: to 24:00 of 17 June in Kupang.
  const DUE = '2025-06-17T16:00:00.000Z';
  const supervisor = { as: people.supervisorKupang };
  const act = (events: readonly CaseEvent[], at: string) => {
    const state = fold(events);
    return actOfLaw(state, 'oath-1', contextOf(state, undefined, supervisor), at);
  };

  it('ends the case at the instant it falls due, whenever that is noticed, and stops every clock', () => {
    const served = cases.inRemedyWindow();
    expect(act(served, '2025-06-17T15:59:59.999Z').rejection?.code).toBe('not-due');
    const events = act(served, '2025-07-01T00:00:00.000Z').events ?? [];
    expect(events[0]).toEqual({
      type: 'CaseLapsed',
      data: { by: 'law', at: DUE, clockId: 'oath-1', clock: 'oath', outcome: 'not-established' },
    });
    const after = caseOf([...served, ...events]);
    expect(after.progress).toMatchObject({ stage: 'lapsed', lapse: { at: DUE, outcome: 'not-established' } });
    expect(after.clocks.filter((clock) => clock.stoppedAt === undefined)).toEqual([]);
    expect(act([...served, ...events], '2025-07-02T00:00:00.000Z').rejection?.code).toBe('clock-not-running');
  });
  it('leaves nothing to be done between the due instant and its record, and everything before', () => {
    const close = { type: 'CloseCase', reason } as const;
    const { rejection } = given(cases.inRemedyWindow())
      .when(close, { ...supervisor, at: DUE })
      .thenRejected('law-has-acted').decision;
    // By the names that people know, and the day in words.
    expect(rejection?.reason.id).toMatch(
      /^Tenggat “[A-Z][^”]+” lewat setelah 17 Juni 2025; sejak itu berlaku “[A-Z][^”]+” demi hukum/,
    );
    expect(rejection?.reason.en).toMatch(
      /^The clock “[A-Z][^”]+” ran out after 17 June 2025; since then “[A-Z][^”]+” holds by law/,
    );
    const closed = given(cases.inRemedyWindow()).when(close, { ...supervisor, at: '2025-06-17T15:59:59.999Z' });
    expect(closed.events.map((e) => e.type)).toContain('CaseClosed');
    expect(act([...cases.inRemedyWindow(), ...closed.events], DUE).rejection?.code).toBe('clock-not-running');
    given(cases.inRemedyWindow())
      .when(
        { type: 'RecordIndicator', indicatorId: 'i-1', indicator: 'debt-bondage', reason },
        { as: people.officerKupang, at: DUE },
      )
      .then('IndicatorRecorded');
    // What is noted neither waits for the law nor makes it act.
    given(cases.inRemedyWindow())
      .when({ type: 'WriteNote', note: 'Tidak datang.' }, { as: people.officerKupang, at: DUE })
      .then('NoteWritten');
    expect(told.every(({ ended }) => ended === 'accepted' || ended === 'rejected')).toBe(true);
  });
  it('that asks for a summons first lapses only where there was one in time: an office’s omission voids nothing', () => {
    const sworn = caseScenarios({
      offices: read('offices-ntt.json'),
      calendar: read('calendar-id.json'),
      psk: read('procedures/PSK.json'),
      imported: read('procedures/IMPORTED.json'),
      people: read('demo-people.json'),
    });
    const due = (events: readonly CaseEvent[]) => {
      const state = fold(events);
      return actOfLaw(state, 'oath-1', sworn.contextOf(state, undefined, supervisor), '2025-07-01T00:00:00.000Z');
    };
    const summoned = (at: string) =>
      sworn.given(sworn.cases.toSwear()).when({ type: 'SummonToOath', on: '2025-06-16' }, { as: people.officerKupang, at })
        .events;
    expect(due(sworn.cases.toSwear()).rejection?.code).toBe('condition-of-lapse-missing');
    expect(due([...sworn.cases.toSwear(), ...summoned('2025-05-01T01:00:00.000Z')]).events?.[0]).toMatchObject({
      type: 'CaseLapsed',
      data: { at: DUE, clock: 'oath' },
    });
  });
  it('never happened where the oath was taken in time and is entered after it: set aside on the signed record, by who did not examine', () => {
    const sworn = caseScenarios({
      offices: read('offices-ntt.json'),
      calendar: read('calendar-id.json'),
      psk: read('procedures/PSK.json'),
      imported: read('procedures/IMPORTED.json'),
      people: read('demo-people.json'),
    });
    const summoned = sworn
      .given(sworn.cases.toSwear())
      .when(
        { type: 'SummonToOath', on: '2025-06-16' },
        { as: sworn.people.officerKupang, at: '2025-05-01T01:00:00.000Z' },
      ).events;
    const before = [...sworn.cases.toSwear(), ...summoned];
    const lapse = actOfLaw(fold(before), 'oath-1', sworn.contextOf(fold(before), undefined, supervisor), DUE).events ?? [];
    const lapsed = [...before, ...lapse];
    const record = 'b'.repeat(64);
    const oath = (takenOn: string, more: object = { record, reason }) => ({ type: 'RecordOath', takenOn, ...more }) as const;
    const late = (as: Official) => ({ as, at: '2025-06-25T01:00:00.000Z' });
    const bySupervisor = late(sworn.people.supervisorKupang);

    sworn.given(lapsed).when(oath('2025-06-16'), late(sworn.people.officerKupang)).thenRejected('four-eyes');
    sworn.given(lapsed).when(oath('2025-06-18'), bySupervisor).thenRejected('oath-late');
    sworn.given(lapsed).when(oath('2025-06-16', { reason }), bySupervisor).thenRejected('record-missing');
    sworn.given(lapsed).when(oath('2025-06-16', { record }), bySupervisor).thenRejected('record-missing');
    const asked = sworn.given(lapsed).when(oath('2025-06-17'), bySupervisor);
    asked.then(
      { type: 'LapseSetAside', data: { by: 'supervisor.kupang', clock: 'oath', ground: 'oath-in-time', record } },
      { type: 'OathTaken', data: { takenOn: '2025-06-17', record } },
      { type: 'ClockStarted', data: { clock: 'hand-in', startedAt: '2025-06-17T04:00:00.000Z' } },
    );
    expect(asked.after).toMatchObject({
      oathTakenOn: '2025-06-17',
      progress: { stage: 'remedy-window', determination: { outcome: 'wni-affirmed' }, service: { servedOn: '2025-03-17' } },
    });
    // What linked cases were told of the lapse they are told anew.
    expect(decisionOf(caseOf(lapsed))?.outcome).toBe('not-established');
    expect(decisionOf(asked.after)).toMatchObject({ outcome: 'wni-affirmed', at: '2025-06-25T01:00:00.000Z' });

    const closing = { type: 'CloseCase', reason } as const;
    const closed = sworn.given(lapsed).when(closing, { ...bySupervisor, at: '2025-06-20T01:00:00.000Z' }).events;
    expect(sworn.given(lapsed, closed).when(oath('2025-06-17'), bySupervisor).after.progress.stage).toBe('remedy-window');
    sworn.given(lapsed, asked.events).when(oath('2025-06-17'), bySupervisor).thenRejected('oath-taken');
  });
  it('on another clock than the oath’s is not set aside by an oath', () => {
    const lapsed = [...cases.inRemedyWindow(), ...(act(cases.inRemedyWindow(), DUE).events ?? [])];
    const oath = { type: 'RecordOath', takenOn: '2025-06-17', record: 'b'.repeat(64), reason } as const;
    given(lapsed).when(oath, { as: people.supervisorKupang, at: '2025-06-25T01:00:00.000Z' }).thenRejected('no-oath');
  });
  it('is taken up again by who may reopen a case', () => {
    const lapsed = [...cases.inRemedyWindow(), ...(act(cases.inRemedyWindow(), DUE).events ?? [])];
    const reopened = given(lapsed).when(
      { type: 'ReopenCase', ground: 'new-evidence', reason },
      { as: people.minister, at: '2025-06-20T01:00:00.000Z' },
    );
    expect(reopened.after.progress.stage).toBe('examination');
  });
  it('is warned of once, from the day that the procedure names', () => {
    const state = caseOf(cases.inRemedyWindow());
    const tell = (at: string, announced: ClocksState = initialClocksState) =>
      warn(state, announced, 'oath-1', lapseOfClock(psk, 'oath'), escalationAt(at));
    expect(tell('2025-05-18T15:59:59.999Z').rejection?.code).toBe('not-yet');
    const { events = [] } = tell('2025-05-18T16:00:00.000Z');
    expect(events).toMatchObject([
      { type: 'ClockWarned', data: { dueAt: DUE, office: 'KANIM-KPG', outcome: 'not-established' } },
    ]);
    expect(tell('2025-05-19T00:00:00.000Z', events.reduce(evolveClocks, initialClocksState)).rejection?.code).toBe(
      'already-warned',
    );
    expect(
      warn(state, initialClocksState, 'remedy-objection-1', lapseOfClock(psk, 'remedy-objection'), escalationAt(DUE)).rejection
        ?.code,
    ).toBe('law-does-not-act');
  });
});

describe('silence', () => {
  const silence = (on: boolean) =>
    withClock({
      code: 'silence',
      length: { unit: 'working-days', amount: 5 },
      startsWith: ['ApplicationAccepted'],
      stopsWith: ['DeterminationApproved', 'DeterminedOtherwise'],
      lapses: { effect: 'grant', outcome: 'wni-affirmed', on, warnDaysBefore: 2, ...datum },
    });
  it('counts as the decision on its date, ends what ran and starts delivery from there', () => {
    const { cases, contextOf, people } = silence(true);
    const state = caseOf(cases.examination());
    // Accepted on Wednesday 5 March 2025: five working days end on the 12th.
    const { events = [] } = actOfLaw(
      state,
      'silence-1',
      contextOf(state, undefined, { as: people.minister }),
      '2025-03-20T00:00:00.000Z',
    );
    const after = caseOf([...cases.examination(), ...events]);
    expect(after.progress).toMatchObject({
      stage: 'determined',
      determination: { outcome: 'wni-affirmed', by: 'law', bySilence: 'silence-1', at: '2025-03-12T16:00:00.000Z' },
    });
    expect(after.clocks.filter((clock) => clock.stoppedAt === undefined).map((clock) => [clock.code, clock.startedAt])).toEqual([
      ['delivery', '2025-03-12T16:00:00.000Z'],
    ]);
  });
  it('never grants in the append of an act that let it: the worker does, once the supervisor was warned', () => {
    const test = withClock({
      code: 'silence',
      length: { unit: 'working-days', amount: 5 },
      startsWith: ['ApplicationLodged'],
      stopsWith: ['DeterminationApproved', 'DeterminedOtherwise'],
      lapses: {
        effect: 'grant',
        outcome: 'wni-affirmed',
        on: true,
        when: { fact: 'identityEstablished', is: true },
        warnDaysBefore: 2,
        ...datum,
      },
    });
    const before = test.cases.examination();
    const found = test
      .given(before)
      .when(test.commands.finding('identityEstablished', true, 'identity-paper-1'), { as: test.people.officerKupang });
    found.then('FindingRecorded');
    const context = test.contextOf(found.after, undefined, { as: test.people.officerKupang });
    expect(actOfLaw(found.after, 'silence-1', context, context.at).events?.[0]?.type).toBe('DeterminedBySilence');
  });
  it('means nothing where the switch is off: no clock runs', () => {
    expect(caseOf(silence(false).cases.examination()).clocks.map((clock) => clock.code)).not.toContain('silence');
  });
});

describe('a lapse into enforcement', () => {
  const { cases, given, contextOf, people } = withClock({
    code: 'leave',
    length: { unit: 'working-days', amount: 5 },
    startsWith: ['ApplicationAccepted'],
    lapses: { effect: 'lapse', outcome: 'not-wni', on: true, warnDaysBefore: 2, ...datum },
  });
  const act = (events: readonly CaseEvent[]) =>
    actOfLaw(fold(events), 'leave-1', contextOf(fold(events), undefined, { as: people.minister }), '2025-03-20T00:00:00.000Z');
  const clear = { type: 'ClearIndicator', indicatorId: 'indicator-1', reason } as const;

  it('is held by an indicator that stood at that instant, and happens when the supervisor clears it, at that one', () => {
    expect(act(cases.indicated()).rejection?.code).toBe('trafficking-indicator');
    const asked = given(cases.indicated()).when(clear, { as: people.supervisorKupang, at: '2025-03-20T01:00:00.000Z' });
    expect(asked.events.slice(0, 2).map((e) => e.type)).toEqual(['IndicatorCleared', 'CaseLapsed']);
    expect(asked.after.progress).toMatchObject({ stage: 'lapsed', lapse: { at: '2025-03-20T01:00:00.000Z' } });
  });
  it('waits while a linked case cannot be read: neither the law nor an official acts without knowing what stands there', () => {
    const linked = [new UnreadableLinkedCase('same-person', '5d0e7c1a-2b3c-5d4e-8f60-718293a4b5c6', '2025-03-10T01:00:00.000Z')];
    const state = fold(cases.examined());
    const context = contextOf(state, undefined, { as: people.minister, linked });
    expect(() => actOfLaw(state, 'leave-1', context, '2025-03-20T00:00:00.000Z')).toThrow(LinkedCaseUnreadable);
    const how = { as: people.supervisorKupang, linked, at: '2025-03-20T01:00:00.000Z' };
    given(cases.indicated()).when(clear, how).thenRejected('linked-case-unreadable');
    given(cases.examined())
      .when({ type: 'RequestEvidence', evidence: 'passport', reason }, { ...how, as: people.officerKupang })
      .thenRejected('linked-case-unreadable');
  });
  it('is not held by one that was cleared before, nor by one recorded after', () => {
    const cleared = given(cases.indicated()).when(clear, { as: people.supervisorKupang, at: '2025-03-10T01:00:00.000Z' });
    expect(cleared.then('IndicatorCleared').after.progress.stage).toBe('examination');
    expect(act([...cases.indicated(), ...cleared.events]).events?.[0]?.type).toBe('CaseLapsed');
    const late = given(cases.examined()).when(
      { type: 'RecordIndicator', indicatorId: 'i-2', indicator: 'debt-bondage', reason },
      { as: people.officerKupang, at: '2025-03-19T01:00:00.000Z' },
    );
    expect(act([...cases.examined(), ...late.events]).events?.[0]?.data).toMatchObject({ at: '2025-03-12T16:00:00.000Z' });
  });
});
