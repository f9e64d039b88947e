import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import type { CaseEvent } from '../case/events.js';
import type { Official } from '../office/official.js';
import { caseOf, caseScenarios, fold, official } from '../testing/case-scenario.js';
import {
  answer,
  type ClocksState,
  caseStream,
  climb,
  clocksStream,
  evolveClocks,
  fallDue,
  initialClocksState,
  passToActing,
  passToOfficer,
  tellActedEarly,
  tellLawActed,
} from './escalation.js';

const read = (file: string) => JSON.parse(readFileSync(`data/${file}`, 'utf8'));
const { people, cases, given, history, commands, escalationAt } = caseScenarios({
  offices: read('offices-ntt.json'),
  calendar: read('calendar-id.json'),
  psk: read('procedures/PSK.json'),
  imported: read('procedures/IMPORTED.json'),
  people: read('demo-people.json'),
});
const DUE = '2025-03-17T16:00:00.000Z';
const ring = (events: readonly CaseEvent[], clockId: string, at: string, announced: ClocksState = initialClocksState) =>
  fallDue(fold(events), announced, clockId, escalationAt(at));
const after = (decision: ReturnType<typeof fallDue>): ClocksState =>
  (decision.events ?? []).reduce(evolveClocks, initialClocksState);

describe('a clock that runs out', () => {
  it('falls due at the instant and not a millisecond before, and is laid before the supervisor of its office', () => {
    expect(ring(cases.screening(), 'intake-1', '2025-03-17T15:59:59.999Z').rejection?.code).toBe('not-due');
    const { events } = ring(cases.screening(), 'intake-1', DUE);
    expect(events?.map((e) => e.type)).toEqual(['ClockFellDue', 'ClockEscalated', 'ClockEscalated']);
    expect(events?.[1]?.data).toMatchObject({ step: 'due-officer', toRole: 'case-officer', told: ['officer.kupang'] });
    expect(events?.[2]?.data).toMatchObject({
      clock: 'intake',
      dueAt: DUE,
      office: 'KANIM-KPG',
      toRole: 'supervisor',
      step: 'due',
      told: ['supervisor.kupang'],
    });
  });
  it('is said once, however often the alarm rings', () => {
    const announced = after(ring(cases.screening(), 'intake-1', DUE));
    expect(ring(cases.screening(), 'intake-1', '2025-03-18T00:00:00.000Z', announced).rejection?.code).toBe('already-announced');
  });
  it('is said again when a pause moved its due date after it was said', () => {
    const announced: ClocksState = { ...initialClocksState, announced: new Map([['intake-1', '2025-03-15T16:00:00.000Z']]) };
    expect(ring(cases.screening(), 'intake-1', DUE, announced).events).toHaveLength(3);
  });
  it('says nothing when it stopped, is paused, or is not there', () => {
    expect(ring(cases.examination(), 'intake-1', DUE).rejection?.code).toBe('clock-not-running');
    expect(ring(cases.awaitingApplicant(), 'intake-1', DUE).rejection?.code).toBe('clock-not-running');
    expect(ring(cases.screening(), 'intake-9', DUE).rejection?.code).toBe('clock-not-running');
    expect(ring([], 'intake-1', DUE).rejection?.code).toBe('clock-not-running');
  });
  it('of an imported case never escalates', () => {
    const events = history([commands.openImported('observed', '2011-12-06T00:00:00.000Z'), { as: people.importer }]);
    expect(ring(events, 'decision-1', '2025-03-17T16:00:00.000Z').rejection?.code).toBe('never-escalates');
  });
  it('writes to a stream of its own, beside the case', () => {
    const id = '3f2a8c10-5b7d-5e64-9a01-c2d3e4f50617';
    expect([caseStream(id), clocksStream(id)]).toEqual([`case-${id}`, `clocks-${id}`]);
    expect(
      given(cases.screening()).when({ type: 'AcceptAsComplete' }, { as: people.officerKupang, at: DUE }).after.clocks[0],
    ).toMatchObject({
      stoppedInTime: false,
    });
  });
});

/** Lodged on 3 March 2025: 14 calendar days, due with the end of 17 March in Kupang. Half and four fifths are told to the officer. */
describe('the ladder of a clock', () => {
  const lodged = caseOf(cases.screening());
  const climbAt = (at: string, said: ClocksState = initialClocksState, officials?: readonly Official[]) =>
    climb(lodged, said, 'intake-1', escalationAt(at, officials));
  const stepsAt = (at: string, said?: ClocksState, officials?: readonly Official[]) =>
    (climbAt(at, said, officials).events ?? []).map(({ type, data }) =>
      type === 'ClockEscalated' ? [data.step, data.toRole, data.office, data.told.join()] : [type],
    );
  const saidUpTo = (...ats: readonly string[]): ClocksState =>
    ats.reduce((said, at) => (climbAt(at, said).events ?? []).reduce(evolveClocks, said), initialClocksState);
  const HALF = '2025-03-10T20:00:00.000Z';
  const FOUR_FIFTHS = '2025-03-15T00:00:00.000Z';

  it('tells the officer of the case as half and four fifths of the period have run, each once', () => {
    expect(stepsAt(HALF)).toEqual([['half', 'case-officer', 'KANIM-KPG', 'officer.kupang']]);
    expect(stepsAt(HALF, saidUpTo(HALF))).toEqual([]);
    expect(stepsAt(FOUR_FIFTHS, saidUpTo(HALF))).toEqual([['four-fifths', 'case-officer', 'KANIM-KPG', 'officer.kupang']]);
  });
  it('tells each rung only the last of what fell while nobody looked', () => {
    expect(stepsAt('2025-03-17T12:00:00.000Z')).toEqual([
      ['four-fifths', 'case-officer', 'KANIM-KPG', 'officer.kupang'],
      ['nine-tenths', 'supervisor', 'KANIM-KPG', 'supervisor.kupang'],
    ]);
    expect(stepsAt('2025-03-17T12:00:00.000Z', saidUpTo('2025-03-17T12:00:00.000Z'))).toEqual([]);
  });
  it('says when the next step falls, and says that there is none after the last', () => {
    expect(climbAt(HALF).events?.[0]?.data).toMatchObject({ nextAt: '2025-03-14T17:48:00.000Z' });
    const last = climbAt('2025-06-01T00:00:00.000Z').events?.at(-1);
    expect(last?.data).toMatchObject({ step: 'overdue-14' });
    expect(last?.data).not.toHaveProperty('nextAt');
  });
  it('goes up after the due date: head of office, region, directorate, in the nearest office where somebody holds the role', () => {
    const officials = [...Object.values(people), official('kepala.kupang', 'head-of-office', 'KANIM-KPG')];
    expect(stepsAt('2025-06-01T00:00:00.000Z', initialClocksState, officials)).toEqual([
      ['due-officer', 'case-officer', 'KANIM-KPG', 'officer.kupang'],
      ['due', 'supervisor', 'KANIM-KPG', 'supervisor.kupang'],
      ['overdue-3', 'head-of-office', 'KANIM-KPG', 'kepala.kupang'],
      ['overdue-7', 'regional', 'KANWIL-DITJENIM-NTT', 'kanwil.ntt'],
      // Nobody holds the directorate's or the minister's role here: the region is told again, rather than nobody.
      ['overdue-14', 'regional', 'KANWIL-DITJENIM-NTT', 'kanwil.ntt'],
    ]);
  });
  it('tells who acts in the place of someone absent, and not the absent one', () => {
    const standIn: Official = {
      ...official('plh.kupang', 'supervisor', 'KANIM-KPG'),
      assignments: [],
      delegations: [
        {
          delegationId: 'd-1',
          role: 'supervisor',
          office: 'KANIM-KPG',
          from: '2025-03-10',
          to: '2025-03-20',
          holder: 'supervisor.kupang',
        },
      ],
    };
    const officials = [people.officerKupang, people.supervisorKupang, standIn];
    expect(stepsAt('2025-03-17T12:00:00.000Z', saidUpTo(FOUR_FIFTHS), officials)).toEqual([
      ['nine-tenths', 'supervisor', 'KANIM-KPG', 'plh.kupang'],
    ]);
    const later = '2025-03-21T12:00:00.000Z';
    expect(stepsAt(later, saidUpTo(FOUR_FIFTHS), officials)[0]).toEqual(['due', 'supervisor', 'KANIM-KPG', 'supervisor.kupang']);
  });
  it('tells the next rung where nobody holds one, and nobody where nobody is left', () => {
    const [first] = stepsAt('2025-03-17T12:00:00.000Z', saidUpTo(FOUR_FIFTHS), [people.officerKupang, people.kanwilNtt]);
    expect(first?.slice(0, 3)).toEqual(['nine-tenths', 'regional', 'KANWIL-DITJENIM-NTT']);
    expect(stepsAt(HALF, initialClocksState, [])).toEqual([['half', 'case-officer', 'KANIM-KPG', '']]);
  });
  it('goes on without telling again when the due date moved, and says so once', () => {
    const said = saidUpTo(HALF, FOUR_FIFTHS);
    const moved = {
      ...lodged,
      clocks: lodged.clocks.map((clock) => ({
        ...clock,
        length: { unit: 'calendar-days', amount: 16 } as const,
        due: { ...clock.due, dueOn: '2025-03-19', dueAt: '2025-03-19T16:00:00.000Z' },
      })),
    };
    const { events = [] } = climb(moved, said, 'intake-1', escalationAt(FOUR_FIFTHS));
    expect(events).toMatchObject([{ type: 'LadderMoved', data: { dueAt: '2025-03-19T16:00:00.000Z' } }]);
    const after = events.reduce(evolveClocks, said);
    expect(climb(moved, after, 'intake-1', escalationAt(FOUR_FIFTHS)).rejection?.code).toBe('not-yet');
  });
  it('tells a step again that lies ahead again because the period was extended', () => {
    const said = saidUpTo(HALF, FOUR_FIFTHS);
    const due = { dueOn: '2025-03-31', dueAt: '2025-03-31T16:00:00.000Z' };
    const longer = {
      ...lodged,
      clocks: lodged.clocks.map((clock) => ({
        ...clock,
        length: { unit: 'calendar-days', amount: 28 } as const,
        movedAt: '2025-03-17T10:00:00.000Z',
        due: { ...clock.due, ...due },
      })),
    };
    // Half of 28 days fell before it was extended; four fifths, on 26 March, lie ahead.
    const told = (at: string, state = said) => climb(longer, state, 'intake-1', escalationAt(at)).events ?? [];
    expect(told('2025-03-25T00:00:00.000Z').map((event) => event.type)).not.toContain('ClockEscalated');
    expect(told('2025-03-26T12:00:00.000Z')).toMatchObject([
      { type: 'ClockEscalated', data: { step: 'four-fifths', dueAt: due.dueAt } },
    ]);
  });
  it('takes back what was told of a date that passed, once, from those who were told, when a decree moves it ahead again', () => {
    const said = after(ring(cases.screening(), 'intake-1', DUE));
    const ahead = (clocks = lodged.clocks) => ({
      ...lodged,
      clocks: clocks.map((clock) => ({
        ...clock,
        due: { ...clock.due, dueOn: '2025-03-19', dueAt: '2025-03-19T16:00:00.000Z' },
      })),
    });
    const at = '2025-03-18T01:00:00.000Z';
    const { events = [] } = climb(ahead(), said, 'intake-1', escalationAt(at));
    const moved = (toRole: string, told: string) => ({
      type: 'ClockEscalated',
      data: { step: 'due-moved', toRole, told: [told], dueAt: '2025-03-19T16:00:00.000Z', nextAt: '2025-03-19T16:00:00.000Z' },
    });
    // Each as what they are.
    expect(events.slice(0, 2)).toMatchObject([moved('case-officer', 'officer.kupang'), moved('supervisor', 'supervisor.kupang')]);
    const again = climb(ahead(), events.reduce(evolveClocks, said), 'intake-1', escalationAt(at));
    expect(again.events?.map(({ data }) => 'step' in data && data.step) ?? []).not.toContain('due-moved');
    // Nobody was told before the date passed, so nobody is told that it did not.
    expect(climb(ahead(), saidUpTo(HALF), 'intake-1', escalationAt(at)).events?.map((e) => e.type)).not.toContain('due-moved');
    expect(ring(cases.screening(), 'intake-1', DUE, said).rejection?.code).toBe('already-announced');
  });
  it('says that the date passed once more when a decree that moved it ahead is corrected', () => {
    const said = (ring(cases.screening(), 'intake-1', DUE).events ?? []).reduce(evolveClocks, initialClocksState);
    const due = { dueOn: '2025-03-19', dueAt: '2025-03-19T16:00:00.000Z' };
    const ahead = { ...lodged, clocks: lodged.clocks.map((clock) => ({ ...clock, due: { ...clock.due, ...due } })) };
    const movedAt = escalationAt('2025-03-18T01:00:00.000Z');
    const takenBack = (climb(ahead, said, 'intake-1', movedAt).events ?? []).reduce(evolveClocks, said);
    const corrected = ring(cases.screening(), 'intake-1', '2025-03-18T02:00:00.000Z', takenBack);
    expect(corrected.events).toMatchObject([
      { type: 'ClockFellDue', data: { dueAt: DUE } },
      { type: 'ClockEscalated', data: { dueAt: DUE, step: 'due-officer', told: ['officer.kupang'] } },
      { type: 'ClockEscalated', data: { dueAt: DUE, step: 'due', told: ['supervisor.kupang'] } },
    ]);
    // And taken back again, should the decree be right after all: each telling is answered by itself.
    const passed = (corrected.events ?? []).reduce(evolveClocks, takenBack);
    const step = { clockId: 'intake-1', dueAt: DUE, step: 'due' };
    const seen = answer('EscalationSeen', lodged.caseId, passed, step, 'supervisor.kupang', '2025-03-18T02:30:00.000Z');
    const answers = (seen.events ?? []).reduce(evolveClocks, passed).told.filter((one) => one.step === 'due');
    expect(answers.map((one) => one.seen.length)).toEqual([0, 1]);
    const again = climb(ahead, passed, 'intake-1', escalationAt('2025-03-18T03:00:00.000Z'));
    expect(again.events?.[0]).toMatchObject({ type: 'ClockEscalated', data: { step: 'due-moved' } });
  });
  it('tells of the law’s act only where the law has acted', () => {
    expect(tellLawActed(lodged, initialClocksState, 'intake-1', escalationAt(DUE)).rejection?.code).toBe('law-has-not-acted');
    expect(tellActedEarly(lodged, initialClocksState, escalationAt(DUE)).rejection?.code).toBe('not-early');
  });
  it('is announced anew when a due date comes back after another', () => {
    const elsewhere: ClocksState = { ...initialClocksState, announced: new Map([['intake-1', '2025-03-18T16:00:00.000Z']]) };
    expect(ring(cases.screening(), 'intake-1', DUE, elsewhere).events?.[0]?.type).toBe('ClockFellDue');
  });
  it('tells the officer once the date has passed if nothing was told before because nobody looked, and only then', () => {
    const toldOnceDue = (said: ClocksState = initialClocksState, officer = 'officer.kupang') => {
      const { events = [] } = fallDue({ ...lodged, officer }, said, 'intake-1', escalationAt('2025-03-20T00:00:00.000Z'));
      return events.flatMap(({ type, data }) => (type === 'ClockEscalated' ? [`${data.step} ${data.told.join()}`] : []));
    };
    expect(toldOnceDue()).toEqual(['due-officer officer.kupang', 'due supervisor.kupang']);
    expect(toldOnceDue(saidUpTo(HALF))).toEqual(['due supervisor.kupang']);
    // What another officer was told, or was told of another date, is told to nobody by that.
    expect(toldOnceDue(saidUpTo(HALF), 'officer2.kupang')).toEqual(['due-officer officer2.kupang', 'due supervisor.kupang']);
    const ofAnother = {
      ...saidUpTo(HALF),
      told: saidUpTo(HALF).told.map((one) => ({ ...one, dueAt: '2025-03-16T16:00:00.000Z' })),
    };
    expect(toldOnceDue(ofAnother)).toEqual(['due-officer officer.kupang', 'due supervisor.kupang']);
  });
  describe('passed on', () => {
    const NEXT_DAY = '2025-03-11T01:00:00.000Z';
    const officer2 = { ...lodged, officer: 'officer2.kupang' };
    const pass = (file: typeof lodged, said: ClocksState, at = NEXT_DAY) =>
      passToOfficer(file, said, 'intake-1', escalationAt(at));
    it('to the officer who has the case since: the last step, the date, and whom it was told to before; once', () => {
      const said = saidUpTo(HALF);
      const { events = [] } = pass(officer2, said);
      expect(events).toMatchObject([
        {
          type: 'ClockPassedOn',
          data: {
            step: 'half',
            dueAt: DUE,
            toRole: 'case-officer',
            office: 'KANIM-KPG',
            told: ['officer2.kupang'],
            holder: 'officer2.kupang',
            toldBefore: ['officer.kupang'],
          },
        },
      ]);
      const after = events.reduce(evolveClocks, said);
      expect(pass(officer2, after).rejection?.code).toBe('already-told');
      // Each answers what they were told, and the step is not told anew.
      const step = { clockId: 'intake-1', dueAt: DUE, step: 'half' };
      for (const by of ['officer.kupang', 'officer2.kupang'])
        expect(answer('EscalationSeen', lodged.caseId, after, step, by, NEXT_DAY).events).toHaveLength(1);
      const seen = (answer('EscalationSeen', lodged.caseId, after, step, 'officer.kupang', NEXT_DAY).events ?? []).reduce(
        evolveClocks,
        after,
      );
      expect(seen.told.map((one) => one.seen.length)).toEqual([1, 0]);
      expect(climb(officer2, after, 'intake-1', escalationAt(NEXT_DAY)).rejection?.code).toBe('not-yet');
      // And back to the first: theirs anew.
      expect(pass(lodged, after).events).toMatchObject([{ data: { told: ['officer.kupang'], toldBefore: ['officer2.kupang'] } }]);
    });
    it('to nobody while nothing was told, who was told themselves, or where the clock has stopped', () => {
      expect(pass(officer2, initialClocksState).rejection?.code).toBe('already-told');
      expect(pass(lodged, saidUpTo(HALF)).rejection?.code).toBe('already-told');
      const { officer: _, ...nobody } = lodged;
      expect(pass(nobody, saidUpTo(HALF)).rejection?.code).toBe('already-told');
      expect(pass(caseOf(cases.examination()), saidUpTo(HALF)).rejection?.code).toBe('clock-not-running');
    });
    it('does not stand for a step of another date: the date that comes is told as it falls', () => {
      const said = saidUpTo('2025-03-17T12:00:00.000Z', DUE);
      const due = { dueOn: '2025-03-19', dueAt: '2025-03-19T16:00:00.000Z' };
      const later = { ...officer2, clocks: lodged.clocks.map((clock) => ({ ...clock, due: { ...clock.due, ...due } })) };
      const passed = (pass(later, said, '2025-03-20T00:00:00.000Z').events ?? []).reduce(evolveClocks, said);
      expect(passed.told.at(-1)).toMatchObject({ step: 'due', dueAt: due.dueAt });
      const { events = [] } = fallDue(later, passed, 'intake-1', escalationAt('2025-03-20T00:00:00.000Z'));
      expect(events.map(({ data }) => 'step' in data && data.step)).toEqual([false, 'due']);
    });
    it('to who acts in the place of someone who was told, in force that day, once', () => {
      const box = { from: '2025-03-17', to: '2025-03-20' };
      const lent = { delegationId: 'd-1', role: 'supervisor', office: 'KANIM-KPG', holder: 'supervisor.kupang', ...box } as const;
      const standIn: Official = { ...official('plh.kupang', 'supervisor', 'KANIM-KPG'), assignments: [], delegations: [lent] };
      const officials = [people.officerKupang, people.supervisorKupang, standIn];
      const who = { acting: 'plh.kupang', holder: 'supervisor.kupang', role: 'supervisor', office: 'KANIM-KPG' } as const;
      const act = (said: ClocksState, at: string) => passToActing(lodged, said, 'intake-1', who, escalationAt(at, officials));
      // Nine tenths were told on the 16th, before the role was lent.
      const said = saidUpTo('2025-03-16T12:00:00.000Z');
      expect(act(said, '2025-03-16T13:00:00.000Z').rejection?.code).toBe('not-acting');
      const { events = [] } = act(said, '2025-03-16T17:00:00.000Z');
      expect(events).toMatchObject([
        {
          type: 'ClockPassedOn',
          data: { step: 'nine-tenths', toRole: 'supervisor', told: ['plh.kupang'], holder: 'supervisor.kupang' },
        },
      ]);
      expect(act(events.reduce(evolveClocks, said), '2025-03-16T18:00:00.000Z').rejection?.code).toBe('already-told');
      expect(act(saidUpTo(HALF), '2025-03-16T17:00:00.000Z').rejection?.code).toBe('already-told');
      expect(
        passToActing(lodged, said, 'intake-1', { ...who, acting: 'kanwil.ntt' }, escalationAt(NEXT_DAY)).rejection?.code,
      ).toBe('not-acting');
    });
  });
  it('is opened and answered by who was told, once, and by nobody else', () => {
    const said = saidUpTo(HALF);
    const step = { clockId: 'intake-1', dueAt: DUE, step: 'half' };
    const by = (who: string, kind: 'EscalationSeen' | 'EscalationAcknowledged', state = said) =>
      answer(kind, lodged.caseId, state, step, who, '2025-03-11T01:00:00.000Z');
    expect(by('supervisor.kupang', 'EscalationSeen').rejection?.code).toBe('not-told');
    const seen = (by('officer.kupang', 'EscalationSeen').events ?? []).reduce(evolveClocks, said);
    expect(by('officer.kupang', 'EscalationSeen', seen).rejection?.code).toBe('already-seen');
    const answered = (by('officer.kupang', 'EscalationAcknowledged', seen).events ?? []).reduce(evolveClocks, seen);
    expect(answered.told).toMatchObject([{ seen: [{ by: 'officer.kupang' }], acknowledged: { by: 'officer.kupang' } }]);
    expect(by('officer.kupang', 'EscalationAcknowledged', answered).rejection?.code).toBe('already-acknowledged');
  });
});
