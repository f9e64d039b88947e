import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import type { InstantAt } from '../event.js';
import { type Actor, actorOn } from '../office/official.js';
import { caseOf, caseScenarios } from '../testing/case-scenario.js';
import {
  decideHold,
  evolveHeld,
  type HeldActs,
  type HeldCommand,
  HOLDER,
  type HoldCommand,
  heldNow,
  isHeldType,
  nothingHeld,
} from './held-act.js';
import { refuse } from './refuse.js';

const read = (file: string) => JSON.parse(readFileSync(`data/${file}`, 'utf8'));
const { people, cases, offices } = caseScenarios({
  offices: read('offices-ntt.json'),
  calendar: read('calendar-id.json'),
  psk: read('procedures/PSK.json'),
  imported: read('procedures/IMPORTED.json'),
  people: read('demo-people.json'),
});
const state = caseOf(cases.atMinistry());
const SENT = '2025-03-14T01:00:00.000Z';
const UNTIL = '2025-03-14T01:00:30.000Z';
const held = 'held-1';
const approve: HeldCommand = { type: 'ApproveDetermination', reason: 'Sesuai.' };
const [minister, ahu, auditor, elsewhere] = [people.minister, people.ahu, people.auditorNtt, people.officerAtambua].map((one) =>
  actorOn(one, '2025-03-14'),
) as [Actor, Actor, Actor, Actor];
const holder: Actor = { id: HOLDER, capacities: [] };
const hold = (command: HeldCommand = approve, heldId = held): HoldCommand => ({
  ...{ type: 'HoldAct', heldId, command, revision: 17, seconds: 30 },
});

/** What the stream says after each command, one who sends it and when; or the code of the last one's refusal. */
function outcomeOf(...sent: readonly (readonly [HoldCommand, Actor, InstantAt])[]): HeldActs | string {
  let acts = nothingHeld;
  for (const [command, actor, at] of sent) {
    const { events, rejection } = decideHold(acts, command, { actor, at, offices, state });
    if (rejection !== undefined) return rejection.code;
    acts = events.reduce(evolveHeld, acts);
  }
  return acts;
}

const sent = [hold(), minister, SENT] as const;
const recall: HoldCommand = { type: 'RecallHeldAct', heldId: held };
const release: HoldCommand = { type: 'ReleaseHeldAct', heldId: held };
const end = (as: { revision: number } | { ground: string }): HoldCommand => ({ type: 'EndHeldAct', heldId: held, as });

describe('an act that is held', () => {
  it('keeps what was sent, word for word, until it takes effect', () => {
    expect(outcomeOf(sent)).toEqual([
      { heldId: held, by: 'minister', at: SENT, until: UNTIL, revision: 17, act: approve.type, command: approve, status: 'held' },
    ]);
    for (const command of [
      { type: 'DetermineOtherwise', outcome: 'not-established', reason: 'Lain.' },
      { type: 'ServeDetermination', servedOn: '2025-03-14', method: 'in-person' },
      { type: 'ServeDetermination', servedOn: '2025-03-14', method: 'in-person', proofSha256: 'a'.repeat(64), note: 'Hadir' },
    ] as const)
      expect(outcomeOf([hold(command), minister, SENT])).toMatchObject([{ command }]);
  });
  it('is refused at once when it would be refused then, and while another is held', () => {
    const refusal = refuse('four-eyes', 'Bukan Anda.', 'Not you.');
    const decision = decideHold(nothingHeld, hold(), { actor: minister, at: SENT, offices, state, refusal });
    expect(decision.rejection).toBe(refusal);
    expect(outcomeOf(sent, [hold(approve, 'held-2'), minister, SENT])).toBe('already-held');
    expect(outcomeOf(sent, [recall, minister, SENT], [hold(approve, 'held-2'), minister, SENT])).toMatchObject([
      { status: 'recalled' },
      { status: 'held' },
    ]);
  });
  it('is recalled by its sender alone, and before its time only', () => {
    const early = '2025-03-14T01:00:29.999Z';
    expect(outcomeOf(sent, [recall, minister, early])).toMatchObject([{ status: 'recalled', endedAt: early }]);
    expect(outcomeOf(sent, [recall, minister, UNTIL])).toBe('too-late');
    expect(outcomeOf(sent, [recall, ahu, early])).toBe('not-yours');
    expect(outcomeOf(sent, [recall, auditor, early])).toBe('role-may-not');
    expect(outcomeOf(sent, [recall, elsewhere, early])).toBe('out-of-scope');
    expect(outcomeOf([recall, minister, early])).toBe('out-of-scope');
  });
  it('is released when its time has come, once, and recalled no more', () => {
    expect(outcomeOf(sent, [release, holder, '2025-03-14T01:00:29.999Z'])).toBe('not-to-be-ended');
    expect(outcomeOf(sent, [release, holder, UNTIL])).toMatchObject([{ status: 'released' }]);
    expect(outcomeOf(sent, [release, holder, UNTIL], [release, holder, UNTIL])).toBe('not-to-be-ended');
    expect(outcomeOf(sent, [release, holder, UNTIL], [recall, minister, SENT])).toBe('too-late');
    expect(outcomeOf(sent, [recall, minister, SENT], [release, holder, UNTIL])).toBe('not-to-be-ended');
  });
  it('ends as having taken effect, or dropped with the reason; only after it was released', () => {
    expect(outcomeOf(sent, [end({ revision: 20 }), holder, UNTIL])).toBe('not-to-be-ended');
    const ended = (as: { revision: number } | { ground: string }) =>
      outcomeOf(sent, [release, holder, UNTIL], [end(as), holder, UNTIL]);
    expect(ended({ revision: 20 })).toMatchObject([{ status: 'effective' }]);
    expect(ended({ ground: 'case-changed' })).toMatchObject([{ status: 'dropped', ground: 'case-changed' }]);
    const acts = ended({ revision: 20 });
    expect(typeof acts === 'string' ? acts : heldNow(acts)).toBeUndefined();
  });
  it('has no command any more once what was said in it is destroyed', () => {
    const event = decideHold(nothingHeld, hold(), { actor: minister, at: SENT, offices, state }).events?.[0];
    if (event?.type !== 'ActHeld') throw new Error('Not held');
    const personal = event.data.personal?.map((part) => ({ ...part, fields: {}, erased: true as const })) ?? [];
    expect(evolveHeld(nothingHeld, { ...event, data: { ...event.data, personal } })).toMatchObject([{ command: undefined }]);
  });
  it('is a determination or its service, and nothing else', () => {
    expect((['ApproveDetermination', 'ServeDetermination', 'ReturnForRework'] as const).map(isHeldType)).toEqual([
      true,
      true,
      false,
    ]);
  });
});
