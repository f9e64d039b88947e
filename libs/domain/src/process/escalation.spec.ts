import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import type { CaseEvent } from '../case/events.js';
import { caseScenarios, fold } from '../testing/case-scenario.js';
import { type ClocksState, caseStream, clocksStream, evolveClocks, fallDue, initialClocksState } from './escalation.js';

const read = (file: string) => JSON.parse(readFileSync(`data/${file}`, 'utf8'));
const { people, cases, given, history, commands } = caseScenarios({
  offices: read('offices-ntt.json'),
  calendar: read('calendar-id.json'),
  psk: read('procedures/PSK.json'),
  imported: read('procedures/IMPORTED.json'),
  people: read('demo-people.json'),
});
const DUE = '2025-03-17T16:00:00.000Z';
const ring = (events: readonly CaseEvent[], clockId: string, at: string, announced: ClocksState = initialClocksState) =>
  fallDue(fold(events), announced, clockId, at);
const after = (decision: ReturnType<typeof fallDue>): ClocksState =>
  (decision.events ?? []).reduce(evolveClocks, initialClocksState);

describe('a clock that runs out', () => {
  it('falls due at the instant and not a millisecond before, and is laid before the supervisor of its office', () => {
    expect(ring(cases.screening(), 'intake-1', '2025-03-17T15:59:59.999Z').rejection?.code).toBe('not-due');
    const { events } = ring(cases.screening(), 'intake-1', DUE);
    expect(events?.map((e) => e.type)).toEqual(['ClockFellDue', 'ClockEscalated']);
    expect(events?.[1]?.data).toMatchObject({ clock: 'intake', dueAt: DUE, office: 'KANIM-KPG', toRole: 'supervisor' });
  });
  it('is said once, however often the alarm rings', () => {
    const announced = after(ring(cases.screening(), 'intake-1', DUE));
    expect(ring(cases.screening(), 'intake-1', '2025-03-18T00:00:00.000Z', announced).rejection?.code).toBe('already-announced');
  });
  it('is said again when a pause moved its due date after it was said', () => {
    const announced: ClocksState = new Set(['intake-1@2025-03-15T16:00:00.000Z']);
    expect(ring(cases.screening(), 'intake-1', DUE, announced).events).toHaveLength(2);
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
