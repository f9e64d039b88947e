import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { decideProcedure, evolveProcedure, noVersions, type ProcedureCommand, type ProcedureEvent } from './lifecycle.js';
import type { Procedure } from './procedure.js';

const content: Procedure = { ...JSON.parse(readFileSync('data/procedures/IMPORTED.json', 'utf8')), version: 'next' };
const at = '2026-11-25T01:00:00.000Z';
const procedures = new Set(['PSIM']);
const [a, b] = ['a'.repeat(64), 'b'.repeat(64)];

/** Plays commands in order; answers the last one's event type or rejection code, and where the procedure then stands. */
function play(...acts: readonly (readonly [by: string, command: ProcedureCommand])[]) {
  const past: ProcedureEvent[] = [];
  let last = '';
  for (const [by, command] of acts) {
    const decision = decideProcedure(past.reduce(evolveProcedure, noVersions), command, { by, at, procedures });
    past.push(...(decision.events ?? []));
    last = decision.rejection?.code ?? decision.events?.at(-1)?.type ?? '';
  }
  return { last, life: past.reduce(evolveProcedure, noVersions), past };
}
const draft = (sha256 = a, procedure = content): ProcedureCommand => ({ type: 'DraftProcedure', procedure, sha256 });
const opening = (opens: string): Procedure => ({
  ...content,
  outcomes: [{ code: 'onward', name: { id: 'Diteruskan', en: 'Forwarded' }, basis: [], opens }],
});
const review = (sha256 = a): ProcedureCommand => ({ type: 'ReviewProcedure', version: 'next', sha256 });
const publish = (sha256 = a): ProcedureCommand => ({ type: 'PublishProcedure', version: 'next', sha256 });

describe('the life of a procedure', () => {
  it('goes from draft by one to review by another to publication, with the content as drafted', () => {
    const { last, life, past } = play(['ana', draft()], ['budi', review()], ['ana', publish()]);
    expect(last).toBe('ProcedurePublished');
    expect(past.at(-1)?.data).toEqual({ at, sha256: a, procedure: content });
    expect(life.drafts.size).toBe(0);
    expect([...life.published]).toEqual(['next']);
  });

  it('takes a draft that opens another published procedure, or one of its own kind', () => {
    expect(play(['ana', draft(a, opening('PSIM'))]).last).toBe('ProcedureDrafted');
    expect(play(['ana', draft(a, opening(content.code))]).last).toBe('ProcedureDrafted');
  });

  it.each([
    [
      'its own drafter as reviewer',
      'four-eyes',
      [
        ['ana', draft()],
        ['ana', review()],
      ],
    ],
    [
      'publication without a review',
      'not-reviewed',
      [
        ['ana', draft()],
        ['budi', publish()],
      ],
    ],
    [
      'a review of what was changed meanwhile',
      'draft-changed',
      [
        ['ana', draft()],
        ['ana', draft(b)],
        ['budi', review(a)],
      ],
    ],
    [
      'publication of a draft changed after its review',
      'not-reviewed',
      [
        ['ana', draft()],
        ['budi', review()],
        ['ana', draft(b)],
        ['budi', publish(b)],
      ],
    ],
    [
      'publication of other content than was reviewed',
      'draft-changed',
      [
        ['ana', draft()],
        ['budi', review()],
        ['ana', publish(b)],
      ],
    ],
    [
      'a draft of a published version',
      'already-published',
      [
        ['ana', draft()],
        ['budi', review()],
        ['ana', publish()],
        ['ana', draft(b)],
      ],
    ],
    [
      'publication twice',
      'already-published',
      [
        ['ana', draft()],
        ['budi', review()],
        ['ana', publish()],
        ['ana', publish()],
      ],
    ],
    ['a review of what nobody drafted', 'no-such-draft', [['budi', review()]]],
    ['a draft of which an outcome opens a procedure that is not', 'invalid-procedure', [['ana', draft(a, opening('PSIMM'))]]],
    ['a draft with a fault', 'invalid-procedure', [['ana', draft(a, { ...content, kind: 'other' as 'imported' })]]],
  ] as const)('refuses %s', (_, code, acts) => {
    expect(play(...acts).last).toBe(code);
  });
});
