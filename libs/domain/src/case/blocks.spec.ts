import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { CASE_ID, caseOf, caseScenarios } from '../testing/case-scenario.js';
import { availableActions } from './available-actions.js';
import { blocksAt, blocksTold, type LinkedCase, LinkedCaseUnreadable, shieldAt, UnreadableLinkedCase } from './blocks.js';
import type { CaseEvent } from './events.js';

const read = (file: string) => JSON.parse(readFileSync(`data/${file}`, 'utf8'));
const { people, cases, given, psk, contextOf, offices } = caseScenarios({
  offices: read('offices-ntt.json'),
  calendar: read('calendar-id.json'),
  psk: read('procedures/PSK.json'),
  imported: read('procedures/IMPORTED.json'),
  people: read('demo-people.json'),
});
const alih = read('procedures/ALIH.json');
const reason = 'Alasan contoh.';
const NOW = '2025-03-20T01:00:00.000Z';
/** A pending change of residence status of the same person. */
const pending = (events: readonly CaseEvent[]): LinkedCase => ({
  relation: 'same-person',
  state: { ...caseOf(events), caseId: '5d0e7c1a-2b3c-5d4e-8f60-718293a4b5c6' },
  procedure: alih,
});

describe('the overstay shield', () => {
  it('stands from lodging to service or withdrawal, and a procedure without one gives none', () => {
    expect(shieldAt(caseOf(cases.draft()), alih, { offices, at: NOW })).toBeUndefined();
    // Lodged on 3 March 2025 at 01:00 UTC.
    expect(shieldAt(caseOf(cases.lodged()), alih, { offices, at: '2025-03-03T00:59:59.999Z' })).toBeUndefined();
    expect(shieldAt(caseOf(cases.lodged()), alih, { offices, at: '2025-03-03T01:00:00.000Z' })).toMatchObject({
      kind: 'shield',
      by: CASE_ID,
    });
    expect(shieldAt(caseOf(cases.determined()), alih, { offices, at: NOW })).toBeDefined();
    expect(shieldAt(caseOf(cases.inRemedyWindow()), alih, { offices, at: NOW })).toBeUndefined();
    expect(shieldAt(caseOf(cases.inRemedyWindow()), alih, { offices, at: '2025-03-15T00:00:00.000Z' })).toBeDefined();
    expect(shieldAt(caseOf(cases.withdrawn()), alih, { offices, at: NOW })).toBeUndefined();
    expect(shieldAt(caseOf(cases.lodged()), psk, { offices, at: NOW })).toBeUndefined();
  });
  it('blocks what enforces in a linked case, with its article, and nothing else', () => {
    const officer = { as: people.officerKupang, linked: [pending(cases.lodged())] };
    const recommend = (outcome: string) => ({ type: 'RecommendDetermination', outcome, reason }) as const;
    const { rejection } = given(cases.panelConcluded())
      .when(recommend('not-wni'), officer)
      .thenRejected('enforcement-blocked').decision;
    expect(rejection?.legalBasis).toEqual(alih.shield.legalBasis);
    given(cases.panelConcluded())
      .when(recommend('wni-affirmed'), officer)
      .then('DeterminationRecommended', 'ClockStopped', 'ClockStarted');
    const over = { ...officer, linked: [pending(cases.withdrawn())] };
    given(cases.panelConcluded())
      .when(recommend('not-wni'), over)
      .then('DeterminationRecommended', 'ClockStopped', 'ClockStarted');
  });
});

describe('an indicator of trafficking', () => {
  it('concerns the person: it blocks in every case that is linked with the one in which it was recorded', () => {
    const blocks = blocksAt(caseOf(cases.examined()), [pending(cases.indicated())], { offices, at: NOW });
    expect(blocks.map((block) => block.kind)).toEqual(['trafficking-indicator', 'shield']);
    expect(blocks[0]?.rejection.reason.en).toContain('in its PSK case');
  });
  it('blocks the determination of what was recommended before it was recorded', () => {
    const recommended = given(cases.panelConcluded()).when(
      { type: 'RecommendDetermination', outcome: 'not-wni', reason },
      {
        as: people.officerKupang,
        at: '2025-03-10T01:00:00.000Z',
      },
    ).events;
    const indicated = given(cases.panelConcluded(), recommended).when(
      { type: 'RecordIndicator', indicatorId: 'i-1', indicator: 'debt-bondage', reason },
      { as: people.officer2Kupang, at: '2025-03-11T01:00:00.000Z' },
    ).events;
    const sole = {
      ...psk,
      authority: [{ from: null, to: null, chain: [{ kind: 'immigration-office' as const, decides: true }] }],
    };
    const supervisor = { as: people.supervisorKupang, procedure: sole };
    given(cases.panelConcluded(), recommended, indicated)
      .when({ type: 'ApproveDetermination', reason }, supervisor)
      .thenRejected('enforcement-blocked');
    given(cases.panelConcluded(), recommended, indicated)
      .when({ type: 'DetermineOtherwise', outcome: 'wni-affirmed', reason }, supervisor)
      .then('DeterminedOtherwise', 'ClockStopped', 'ClockStopped', 'ClockStarted');
  });
});

describe('a linked case that cannot be read', () => {
  const since = '2025-03-11T01:00:00.000Z';
  const unreadable = new UnreadableLinkedCase('same-person', '5d0e7c1a-2b3c-5d4e-8f60-718293a4b5c6', since);
  const officer = { as: people.officerKupang, linked: [unreadable] };
  const recommend = (outcome: string) => ({ type: 'RecommendDetermination', outcome, reason }) as const;

  it('keeps back what depends on it, with that reason, and nothing else', () => {
    given(cases.panelConcluded()).when(recommend('not-wni'), officer).thenRejected('linked-case-unreadable');
    given(cases.panelConcluded())
      .when(recommend('wni-affirmed'), officer)
      .then('DeterminationRecommended', 'ClockStopped', 'ClockStarted');
  });
  it('is told among what blocks, beside what stands in the case itself; no rule can take it for one without an indicator', () => {
    const state = caseOf(cases.indicated());
    expect(blocksTold(state, [unreadable], { offices, at: NOW })).toMatchObject([
      { kind: 'trafficking-indicator' },
      { kind: 'linked-case-unreadable', by: unreadable.caseId, since },
    ]);
    expect(() => blocksAt(state, [unreadable], { offices, at: NOW })).toThrow(LinkedCaseUnreadable);
  });
  it('that is the one contested leaves unknown who decides the remedy: those acts alone are refused among the buttons', () => {
    const recommended = given(cases.panelConcluded()).when(recommend('wni-affirmed'), { as: people.officerKupang }).events;
    const state = caseOf([...cases.panelConcluded(), ...recommended]);
    const contested = new UnreadableLinkedCase('remedy-of', unreadable.caseId, since);
    const actions = availableActions(state, contextOf(state, undefined, { as: people.supervisorKupang, linked: [contested] }));
    const denied = actions.flatMap((one) => (!one.allowed && one.denial.code === 'linked-case-unreadable' ? [one.command] : []));
    expect(denied).toContain('ApproveDetermination');
    expect(actions.find(({ command }) => command === 'LinkCase')?.allowed).toBe(true);
  });
});
