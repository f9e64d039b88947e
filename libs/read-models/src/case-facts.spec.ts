import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import type { CaseEvent } from '#domain/case/events.js';
import { determinationOf, establishedFacts } from '#domain/case/state.js';
import { caseStream } from '#domain/process/escalation.js';
import { CASE_ID, caseOf, caseScenarios } from '#domain/testing/case-scenario.js';
import { type CaseFactsRow, caseFactsProjection, type FactsEvent } from './case-facts.js';
import { reads } from './projection.js';

const read = (file: string) => JSON.parse(readFileSync(`data/${file}`, 'utf8'));
const { cases, commands, given, people } = caseScenarios({
  offices: read('offices-ntt.json'),
  calendar: read('calendar-id.json'),
  psk: read('procedures/PSK.json'),
  imported: read('procedures/IMPORTED.json'),
  people: read('demo-people.json'),
});
const reason = 'Alasan contoh.';
const officer = { as: people.officerKupang };

const foldAll = (events: readonly CaseEvent[]): CaseFactsRow | undefined =>
  events
    .filter(({ type }) => reads(caseFactsProjection, { stream: caseStream(CASE_ID), type }))
    .reduce<{ readonly case_facts: readonly CaseFactsRow[] }>(
      (rows, event) => caseFactsProjection.fold(rows, { ...event, caseId: CASE_ID } as FactsEvent),
      { case_facts: [] },
    ).case_facts[0];
const valuesOf = (events: readonly CaseEvent[]) =>
  Object.fromEntries(Object.entries(establishedFacts(caseOf(events))).map(([fact, known]) => [fact, known?.value]));

describe('what was established in a case', () => {
  it('is kept from its determination on, as the case itself tells it', () => {
    const events = cases.determined();
    const state = caseOf(events);
    const determination = determinationOf(state);
    expect(foldAll(events)).toMatchObject({
      procedure: 'PSK',
      procedureSha256: state.procedure.sha256,
      openedAtOffice: state.openedAtOffice,
      office: state.office,
      lodgedAt: state.lodgedAt,
      outcome: determination?.outcome,
      determinedAt: determination?.at,
      facts: valuesOf(events),
    });
    expect(Object.keys(valuesOf(events)).length).toBeGreaterThan(5);
    expect(foldAll(cases.closed())?.facts).toEqual(valuesOf(events));
    expect(foldAll(cases.atMinistry())).toMatchObject({ outcome: null, determinedAt: null, facts: null });
  });

  it('follows what was found anew, what fell with its paper, and what a destroyed key took away', () => {
    const before = cases.panelConcluded();
    const found = given(before).when(commands.finding('motherCitizenshipAtBirth', 'foreign', 'identity-paper-1'), officer).events;
    const fallen = given(before, found).when(
      { type: 'RejectEvidence', evidenceId: 'birth-record-1', ground: 'forged', reason },
      officer,
    );
    const interview = {
      type: 'RecordInterview',
      interviewId: 'interview-1',
      heldOn: '2025-03-19',
      notes: 'Kata saksi.',
    } as const;
    const heard = given(before, found, fallen.events).when(interview, officer).events;
    const said = commands.finding('bornInIndonesia', true, 'interview-1');
    const events = [...before, ...found, ...fallen.events, ...heard];
    const all = [...events, ...given(events).when(said, officer).events];
    const determined: CaseEvent = {
      type: 'DeterminationApproved',
      data: {
        by: 'minister',
        at: '2025-03-21T01:00:00.000Z',
        outcome: 'not-established',
        recommendedBy: 'officer.kupang',
        authority: { office: 'KEMENKUM' },
      },
    };
    const facts = foldAll([...all, determined])?.facts;
    expect(facts).toEqual(valuesOf(all));
    expect(facts).toMatchObject({ motherCitizenshipAtBirth: 'foreign', bornInIndonesia: true });
    const destroyed = all.map((event) =>
      event.type === 'FindingRecorded' ? { ...event, data: { ...event.data, personal: [] } } : event,
    );
    expect(foldAll([...destroyed, determined])?.facts).toEqual({});
  });

  it('is nothing again once the case is taken up, and nothing of an imported case', () => {
    const reopened = given(cases.determined()).when(
      { type: 'ReopenCase', ground: 'new-evidence', reason },
      { as: people.minister },
    ).events;
    expect(foldAll([...cases.determined(), ...reopened])).toMatchObject({ outcome: null, determinedAt: null, facts: null });
    expect(foldAll(cases.importedClosed())).toBeUndefined();
  });
});
