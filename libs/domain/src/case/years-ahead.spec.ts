/** Obligations that count from a birth, years ahead: the 18th and the 21st birthday. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { dueOf } from '../clock/clock.js';
import { fallDue, initialClocksState } from '../process/escalation.js';
import { caseOf, caseScenarios, fold, type How } from '../testing/case-scenario.js';
import type { CaseCommand } from './commands.js';
import type { CaseEvent } from './events.js';
import { actOfLaw } from './law.js';

const read = (file: string) => JSON.parse(readFileSync(`data/${file}`, 'utf8'));
const registration = read('procedures/ABG-REG.2024-06.json');
const psk = read('procedures/PSK.json');
// The obligations as the registration of a child has them, started here by the finding on the birth.
const obligations = registration.clocks
  .filter((clock: { code: string }) => clock.code.startsWith('turns-'))
  .map(({ onlyOutcomes: _, ...clock }: { onlyOutcomes?: unknown; lapses?: object }) => ({
    ...clock,
    startsWith: ['FindingRecorded'],
    ...(clock.lapses === undefined ? {} : { lapses: { ...clock.lapses, outcome: 'not-established' } }),
  }));
const { cases, given, commands, people, contextOf, calendar, escalationAt } = caseScenarios({
  offices: read('offices-ntt.json'),
  calendar: read('calendar-id.json'),
  psk: { ...psk, facts: { ...psk.facts, bornOn: registration.facts.bornOn }, clocks: [...psk.clocks, ...obligations] },
  imported: read('procedures/IMPORTED.json'),
  people: read('demo-people.json'),
});
const reason = 'Alasan contoh.';
const officer: How = { as: people.officerKupang };
const on = (events: readonly CaseEvent[], command: CaseCommand, how: How = officer): readonly CaseEvent[] => [
  ...events,
  ...given(events).when(command, how).events,
];
const born = (date: string) => on(cases.examination(), commands.finding('bornOn', date, 'birth-record-1'));
const clockIn = (events: readonly CaseEvent[], clockId: string) => caseOf(events).clocks.find((c) => c.clockId === clockId);

describe('an obligation that counts from a birth', () => {
  it('starts with the finding that establishes the date, and falls due on the birthday to its last minute', () => {
    expect(caseOf(cases.examination()).clocks.some((c) => c.code.startsWith('turns-'))).toBe(false);
    const events = born('2008-05-04');
    expect(clockIn(events, 'turns-18-1')?.due).toMatchObject({ dueOn: '2026-05-04', dueAt: '2026-05-04T16:00:00.000Z' });
    expect(clockIn(events, 'turns-21-1')?.due).toMatchObject({ dueOn: '2029-05-04', provisional: false });
  });
  it('is due soon a year before, when its ladder begins, and not from four fifths of a childhood on', () => {
    expect(clockIn(born('2008-05-04'), 'turns-18-1')?.due.dueSoonAt).toBe('2025-05-03T16:00:00.000Z');
    expect(clockIn(born('2008-05-04'), 'turns-21-1')?.due.dueSoonAt).toBe('2028-05-03T16:00:00.000Z');
  });
  it('of one born on 29 February falls due on the last day of February in a common year', () => {
    expect(clockIn(born('2008-02-29'), 'turns-18-1')?.due.dueOn).toBe('2026-02-28');
  });
  it('says no date in the clear: neither the birth nor what follows from it', () => {
    const started = born('2008-05-04').filter((e) => e.type === 'ClockStarted' && e.data.countsFrom !== undefined);
    expect(started).toHaveLength(2);
    for (const { data } of started) {
      const clear = JSON.stringify({ ...data, personal: [] });
      expect(clear).not.toMatch(/2008|2026|2029/);
      expect(JSON.stringify(data.personal)).toContain('2008-05-04');
    }
  });
  it('survives the end of the case and a new calendar; another clock does not', () => {
    const withdrawn = on(born('2008-05-04'), { type: 'WithdrawApplication', withdrawnOn: '2025-03-20', reason });
    expect(
      caseOf(withdrawn)
        .clocks.filter((c) => c.stoppedAt === undefined)
        .map((c) => c.code),
    ).toEqual(['turns-18', 'turns-21']);
    const clock = clockIn(withdrawn, 'turns-18-1');
    if (clock === undefined) throw new Error('No clock');
    expect(dueOf(clock, { ...calendar, version: 99 }).dueOn).toBe('2026-05-04');
  });
  it('is counted anew when the date turns out otherwise', () => {
    const corrected = on(born('2008-05-04'), commands.finding('bornOn', '2008-06-04', 'birth-record-1'));
    expect(clockIn(corrected, 'turns-18-1')?.stoppedAt).toBeDefined();
    expect(clockIn(corrected, 'turns-18-2')?.due.dueOn).toBe('2026-06-04');
    const same = on(born('2008-05-04'), commands.finding('bornOn', '2008-05-04', 'birth-record-1'));
    expect(clockIn(same, 'turns-18-2')).toBeUndefined();
  });
  it('is suspended by nobody', () => {
    given(born('2008-05-04'))
      .when(
        { type: 'SuspendClock', clockId: 'turns-18-1', from: '2025-03-20', ground: 'force-majeure', reason },
        { as: people.supervisorKupang },
      )
      .thenRejected('clock-of-the-person');
  });
  it('changes the status on the 21st birthday with nobody acting, though the case is long over', () => {
    const withdrawn = on(born('2008-05-04'), { type: 'WithdrawApplication', withdrawnOn: '2025-03-20', reason });
    const state = fold(withdrawn);
    const act = (at: string) => actOfLaw(state, 'turns-21-1', contextOf(state, undefined, officer), at);
    expect(act('2029-05-04T15:59:59.999Z').rejection?.code).toBe('not-due');
    expect(act('2029-05-10T00:00:00.000Z').events?.[0]).toMatchObject({
      type: 'CaseLapsed',
      data: { by: 'law', at: '2029-05-04T16:00:00.000Z', clock: 'turns-21' },
    });
  });
  it('that had passed before it was known is acted on from when it was recorded, never before the case was there', () => {
    const lapsed = born('1999-01-01').find((event) => event.type === 'CaseLapsed');
    expect(lapsed?.data).toMatchObject({ by: 'law', clock: 'turns-21', at: '2025-03-20T01:00:00.000Z' });
  });
  it('is due no more once the date is destroyed with the person’s key', () => {
    const erased = born('2008-05-04').map((event) =>
      event.data.personal === undefined
        ? event
        : {
            ...event,
            data: { ...event.data, personal: event.data.personal.map((part) => ({ ...part, fields: {}, erased: true })) },
          },
    ) as readonly CaseEvent[];
    const clock = clockIn(erased, 'turns-18-1');
    expect(clock?.due).not.toHaveProperty('dueOn');
    if (clock === undefined) throw new Error('No clock');
    expect(dueOf(clock, calendar)).toMatchObject({ status: 'suspended' });
    expect(
      fallDue(fold(erased), initialClocksState, 'turns-18-1', escalationAt('2040-01-01T00:00:00.000Z')).rejection?.code,
    ).toBe('clock-not-running');
  });
});

describe('the registration of a child of two nationalities', () => {
  const {
    cases: registered,
    given: givenRegistration,
    commands: ask,
  } = caseScenarios({
    offices: read('offices-ntt.json'),
    calendar: read('calendar-id.json'),
    psk: { ...registration, evidence: psk.evidence, facts: { ...psk.facts, ...registration.facts } },
    imported: read('procedures/IMPORTED.json'),
    people: read('demo-people.json'),
  });
  const determined = (outcome: string): readonly CaseEvent[] => {
    const examined = registered.examination();
    const by = { by: 'officer.kupang', at: '2025-03-20T01:30:00.000Z' };
    const authority = { office: 'KANIM-KPG' };
    return [
      ...examined,
      ...givenRegistration(examined).when(ask.finding('bornOn', '2010-08-17', 'birth-record-1'), officer).events,
      { type: 'DeterminationRecommended', data: { ...by, outcome, unknown: [], reviewOffice: 'KANIM-KPG' } },
      {
        type: 'DeterminationApproved',
        data: { ...by, by: 'supervisor.kupang', outcome, recommendedBy: 'officer.kupang', authority },
      },
    ];
  };
  const serve = { type: 'ServeDetermination', servedOn: '2025-03-20', method: 'in-person' } as const;
  it('starts the obligations with the service of the letter, if the child was registered', () => {
    const started = (outcome: string) =>
      givenRegistration(determined(outcome))
        .when(serve, { ...officer, at: '2025-03-20T02:00:00.000Z' })
        .after.clocks.filter((c) => c.countsFrom !== undefined)
        .map((c) => [c.code, c.due.dueOn]);
    expect(started('registered')).toEqual([
      ['turns-18', '2028-08-17'],
      ['turns-21', '2031-08-17'],
    ]);
    expect(started('refused')).toEqual([]);
  });
});
