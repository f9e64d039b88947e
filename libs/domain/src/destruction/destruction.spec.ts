import { describe, expect, it } from '@jest/globals';
import type { CaseFile } from '../case/state.js';
import type { Code, Id } from '../event.js';
import type { Office, OfficeTree } from '../office/office.js';
import type { Capacity, Official, RecordedDelegation } from '../office/official.js';
import type { Referral } from '../referral/referral.js';
import {
  certify,
  type Destruction,
  type DestructionCommand,
  type DestructionContext,
  decideDestruction,
  evolveDestruction,
  isDestroyed,
  mayReadDestruction,
  nowOpen,
} from './destruction.js';
import type { DestructionEvent } from './events.js';
import { keptUntil, parseRetention, type RetentionSchedule } from './retention.js';

const schedule: RetentionSchedule = [
  {
    procedure: 'PSK',
    outcome: 'rejected-false-data',
    years: 30,
    legalBasis: [{ act: 'UU 43/2009', article: '–' }],
    confidence: 'U',
  },
  { procedure: 'PSK', years: 10, legalBasis: [], confidence: 'U' },
  { record: 'referral', years: 5, legalBasis: [], confidence: 'U' },
  { record: 'delegation', years: 2, legalBasis: [], confidence: 'U' },
  { record: 'official', years: 4, legalBasis: [], confidence: 'U' },
];
const office = (code: Code, parent: Code | undefined): Office => ({
  code,
  kind: 'immigration-office',
  name: code,
  timeZone: 'Asia/Makassar',
  parents: parent === undefined ? [] : [{ code: parent, from: null, to: null }],
});
const offices: OfficeTree = new Map([office('KANWIL', undefined), office('KANIM', 'KANWIL')].map((one) => [one.code, one]));
const CLOSED = '2026-03-01T01:00:00.000Z';
const closed = (over: Partial<CaseFile> = {}): CaseFile =>
  ({
    caseId: 'c-1',
    procedure: { code: 'PSK', version: '1', sha256: '' },
    office: 'KANIM',
    offices: ['KANIM'],
    openedAtOffice: 'KANIM',
    determinations: [],
    links: [],
    custody: [],
    lastAt: { CaseClosed: CLOSED },
    progress: { stage: 'closed' },
    ...over,
  }) as CaseFile;
const supervisor: Capacity = { role: 'supervisor', office: 'KANIM' };
const context = (id: Id, at: string, over: Partial<DestructionContext> = {}): DestructionContext => ({
  ...{ actor: { id, capacities: [supervisor] }, at, offices, personId: 'p', cases: [closed()], schedule },
  ...{ referrals: [], officials: [], delegations: [] },
  ...over,
});
const LATER = '2036-03-01T16:00:00.000Z'; // 2 March in Kupang

/** What commands lead to, one after another; the last may be rejected. */
function led(...steps: readonly (readonly [DestructionCommand, DestructionContext])[]) {
  let state: Destruction | undefined;
  const said: string[] = [];
  for (const [command, at] of steps) {
    const { events = [], rejection } = decideDestruction(state, command, at);
    said.push(...events.map(({ type }) => type), ...(rejection === undefined ? [] : [rejection.code]));
    state = events.reduce<Destruction | undefined>((before, event: DestructionEvent) => evolveDestruction(before, event), state);
  }
  return { state, said };
}
const request: DestructionCommand = { type: 'RequestDestruction', destructionId: 'd' };
const confirm: DestructionCommand = { type: 'ConfirmDestruction' };
const hold: DestructionCommand = { type: 'PlaceLegalHold', holdId: 'h', ground: 'court-case' };
const lift: DestructionCommand = { type: 'LiftLegalHold', holdId: 'h' };

describe('retention', () => {
  it('is the first period that fits, by procedure and outcome, from the day of closing', () => {
    expect(keptUntil(schedule, { procedure: 'PSK', outcome: 'rejected-false-data' }, '2026-02-28').until).toBe('2056-02-28');
    expect(keptUntil(schedule, { procedure: 'PSK', outcome: 'wni-affirmed' }, '2024-02-29').until).toBe('2034-02-28');
    expect(keptUntil(schedule, { procedure: 'SKIM' }, '2026-01-01').years).toBe(100);
  });
  it.each([
    [{}],
    [[]],
    [[{ years: 0, legalBasis: [], confidence: 'U' }]],
    [[{ years: 1, legalBasis: [{}], confidence: 'U' }]],
    [[{ years: 1, legalBasis: [], confidence: 'X' }]],
    [[{ record: 'letter', years: 1, legalBasis: [], confidence: 'U' }]],
    [[{ record: 'referral', procedure: 'PSK', years: 1, legalBasis: [], confidence: 'U' }]],
  ])('%j is no schedule', (content) => {
    expect(() => parseRetention(content)).toThrow();
  });
});

describe('destruction', () => {
  it('is requested by one and confirmed by another, once retention is over, and certified once', () => {
    const { state, said } = led([request, context('a', LATER)], [confirm, context('b', LATER)]);
    expect(said).toEqual(['DestructionRequested', 'DestructionConfirmed']);
    const { events = [] } = certify(state, { keys: 2, retentionClasses: ['case-file'], at: LATER });
    expect(events).toEqual([
      {
        type: 'PersonalDataDestroyed',
        data: {
          ...{ personId: 'p', by: 'destroyer', at: LATER, destructionId: 'd', requestedBy: 'a', confirmedBy: 'b' },
          ...{ keys: 2, retentionClasses: ['case-file'], cases: [{ caseId: 'c-1', procedure: 'PSK', keptUntil: '2036-03-01' }] },
          records: [],
        },
      },
    ]);
    const destroyed = events.reduce<Destruction | undefined>((before, event) => evolveDestruction(before, event), state);
    expect(certify(destroyed, { keys: 0, retentionClasses: [], at: LATER }).rejection?.code).toBe('not-requested');
    expect(decideDestruction(destroyed, hold, context('a', LATER)).rejection?.code).toBe('destroyed-already');
  });
  it('is not confirmed by who requested it, nor without a request', () => {
    expect(led([request, context('a', LATER)], [confirm, context('a', LATER)]).said).toEqual([
      'DestructionRequested',
      'four-eyes',
    ]);
    expect(led([confirm, context('a', LATER)]).said).toEqual(['not-requested']);
    expect(certify(undefined, { keys: 1, retentionClasses: [], at: LATER }).rejection?.code).toBe('not-requested');
  });
  it('is confirmed by nobody in the place of who requested it, nor is a hold lifted in the place of who placed it', () => {
    const acting = { actor: { id: 'b', capacities: [{ ...supervisor, actingFor: 'a' }] } };
    expect(led([request, context('a', LATER)], [confirm, context('b', LATER, acting)]).said.at(-1)).toBe('four-eyes');
    expect(led([hold, context('a', LATER)], [lift, context('b', LATER, acting)]).said.at(-1)).toBe('four-eyes');
  });
  it('is of two who confirm at once confirmed by the first, and a hold comes too late after it', () => {
    const steps = [request, confirm] as const;
    const confirmed = led([steps[0], context('a', LATER)], [steps[1], context('b', LATER)]).state;
    for (const command of [confirm, hold])
      expect(decideDestruction(confirmed, command, context('c', LATER)).rejection?.code).toBe('being-destroyed');
    expect([undefined, confirmed].map(isDestroyed)).toEqual([false, true]);
  });
  it('ends where a case was opened, or opened again, between the confirmation and now; it may then be held, and requested anew', () => {
    const { state } = led([request, context('a', LATER)], [confirm, context('b', LATER)]);
    const open = closed({ progress: { stage: 'review' } as never });
    const another = closed({ caseId: 'c-2' });
    expect(nowOpen(state, context('destroyer', LATER))).toBeUndefined();
    for (const cases of [[open], [closed(), another]]) {
      const ended = nowOpen(state, context('destroyer', LATER, { cases }));
      expect(ended).toMatchObject({
        type: 'DestructionRejected',
        data: { by: 'destroyer', destructionId: 'd', ground: 'case-open' },
      });
      const after = ended === undefined ? undefined : evolveDestruction(state, ended);
      expect([isDestroyed(after), nowOpen(after, context('destroyer', LATER, { cases }))]).toEqual([false, undefined]);
      expect(certify(after, { keys: 1, retentionClasses: [], at: LATER }).rejection?.code).toBe('not-requested');
      expect(decideDestruction(after, hold, context('c', LATER)).events).toHaveLength(1);
    }
  });
  it('waits while an original of the person is held: afterwards nobody would know whose it is', () => {
    const held = { custodyId: 'k', receipt: '7K4M-2Q9X-31BD-8/T1', paper: 'passport' } as CaseFile['custody'][number];
    const said = (custody: CaseFile['custody']) => led([request, context('a', LATER, { cases: [closed({ custody })] })]).said;
    expect(said([held])).toEqual(['original-held']);
    expect(said([{ ...held, returned: { on: '2026-03-01', to: 'holder', by: 'x' } }])).toEqual(['DestructionRequested']);
  });
  it('waits for the last day of retention to pass, in the zone of the office', () => {
    expect(led([request, context('a', '2036-03-01T15:59:59.999Z')]).said).toEqual(['retention-not-over']);
    expect(led([request, context('a', LATER)]).said).toEqual(['DestructionRequested']);
  });
  it('waits while any case of the person is open, or kept longer', () => {
    const open = closed({ caseId: 'c-2', progress: { stage: 'examination' } });
    expect(led([request, context('a', LATER, { cases: [closed(), open] })]).said).toEqual(['case-open']);
    const later = closed({ caseId: 'c-2', lastAt: { CaseClosed: '2027-01-01T00:00:00.000Z' } });
    expect(led([request, context('a', LATER, { cases: [closed(), later] })]).said).toEqual(['retention-not-over']);
    // Reopened between request and confirmation.
    expect(led([request, context('a', LATER)], [confirm, context('b', LATER, { cases: [open] })]).said.at(-1)).toBe('case-open');
  });
  it('is blocked by a legal hold, before and after it was requested, until another lifts it', () => {
    expect(led([hold, context('a', CLOSED)], [request, context('b', LATER)]).said.at(-1)).toBe('legal-hold');
    expect(led([request, context('a', LATER)], [hold, context('c', LATER)], [confirm, context('b', LATER)]).said.at(-1)).toBe(
      'legal-hold',
    );
    expect(led([hold, context('a', LATER)], [lift, context('a', LATER)]).said.at(-1)).toBe('four-eyes');
    expect(led([lift, context('a', LATER)]).said).toEqual(['no-such-hold']);
    expect(led([hold, context('a', LATER)], [lift, context('b', LATER)], [request, context('a', LATER)]).said.at(-1)).toBe(
      'DestructionRequested',
    );
  });
  it('may be rejected, and requested anew', () => {
    const reject: DestructionCommand = { type: 'RejectDestruction', ground: 'claim-pending' };
    expect(
      led(
        [request, context('a', LATER)],
        [request, context('b', LATER)],
        [reject, context('b', LATER)],
        [request, context('b', LATER)],
      ).said,
    ).toEqual(['DestructionRequested', 'requested-already', 'DestructionRejected', 'DestructionRequested']);
    expect(led([reject, context('a', LATER)]).said).toEqual(['not-requested']);
  });
  it('is for those who review in an office that covers every case; for everyone else there is nobody, or it is not theirs', () => {
    const by = (capacities: readonly Capacity[], over: Partial<DestructionContext> = {}) =>
      led([request, context('a', LATER, { actor: { id: 'a', capacities }, ...over })]).said;
    expect(by([{ role: 'supervisor', office: 'ELSEWHERE' }])).toEqual(['out-of-scope']);
    expect(by([{ role: 'auditor', office: 'KANWIL' }])).toEqual(['role-may-not']);
    expect(by([supervisor], { cases: [closed(), closed({ office: 'KANWIL', offices: ['KANIM', 'KANWIL'] })] })).toEqual([
      'role-may-not',
    ]);
    expect(by([supervisor], { cases: [] })).toEqual(['out-of-scope']);
  });
});

describe('what stands beside cases', () => {
  const head: Capacity = { role: 'supervisor', office: 'KANWIL' };
  const of = (over: Partial<DestructionContext>, at: string, actors: readonly [Id, Id] = ['a', 'b']) =>
    led(
      ...(['RequestDestruction', 'ConfirmDestruction'] as const).map((type, place): [DestructionCommand, DestructionContext] => [
        type === 'RequestDestruction' ? request : confirm,
        context(actors[place] ?? '', at, { cases: [], actor: { id: actors[place] ?? '', capacities: [head] }, ...over }),
      ]),
    );
  const closedReferral = {
    referralId: 'r-1',
    office: 'KANIM',
    status: 'closed',
    closed: { by: 'x', at: '2026-03-01T16:30:00.000Z', ground: 'duplicate' },
  } as Referral;
  const { closed: _, ...waiting } = closedReferral;
  const AFTER = '2031-03-02T16:00:00.000Z';

  it('is destroyed when a referral that led nowhere was kept long enough, and named in what was decided', () => {
    const { state, said } = of({ referrals: [closedReferral] }, AFTER);
    expect(said).toEqual(['DestructionRequested', 'DestructionConfirmed']);
    expect(state?.requested).toMatchObject({
      cases: [],
      records: [{ record: 'referral', id: 'r-1', keptUntil: '2031-03-02' }],
    });
    expect(of({ referrals: [closedReferral] }, '2031-03-02T15:59:59.999Z').said[0]).toBe('retention-not-over');
    expect(of({ referrals: [{ ...waiting, status: 'received' }] }, AFTER).said[0]).toBe('referral-goes-on');
  });
  it('waits for the case that came of the referral, for who made it too', () => {
    const accepted = {
      ...waiting,
      status: 'accepted',
      accepted: { by: 'x', at: CLOSED, caseId: 'c-1', office: 'KANIM' },
    } as Referral;
    expect(of({ referrals: [accepted], cases: [closed({ progress: { stage: 'examination' } })] }, LATER).said[0]).toBe(
      'case-open',
    );
    expect(of({ referrals: [accepted], cases: [closed()] }, LATER).said).toEqual([
      'DestructionRequested',
      'DestructionConfirmed',
    ]);
  });
  const lent: RecordedDelegation = {
    ...{ delegationId: 'd-1', holder: 'h', role: 'supervisor', office: 'KANIM', from: '2026-01-01', to: '2026-02-01' },
  };
  it('is why a role was lent, two years after it ended, and the one who was away decides nothing on it', () => {
    expect(of({ delegations: [lent] }, '2028-02-01T16:00:00.000Z').state?.requested?.records).toEqual([
      { record: 'delegation', id: 'd-1', keptUntil: '2028-02-01' },
    ]);
    expect(of({ delegations: [lent] }, '2028-02-01T15:00:00.000Z').said[0]).toBe('retention-not-over');
    expect(of({ delegations: [{ ...lent, to: null }] }, LATER).said[0]).toBe('delegation-goes-on');
    expect(of({ delegations: [lent] }, LATER, ['h', 'b']).said[0]).toBe('own-data');
    const acting = { actor: { id: 'a', capacities: [{ ...head, actingFor: 'h' }] } };
    expect(of({ delegations: [lent], ...acting }, LATER).said[0]).toBe('own-data');
  });
  it('is an official’s own data, once they serve nowhere', () => {
    const official: Official = {
      id: 'o',
      name: 'O',
      assignments: [{ ...head, office: 'KANIM', from: null, to: '2026-06-01' }],
      delegations: [],
    };
    expect(of({ officials: [official] }, LATER).state?.requested?.records).toEqual([
      { record: 'official', id: 'o', keptUntil: '2030-06-01' },
    ]);
    expect(of({ officials: [{ ...official, delegations: [{ ...lent, to: null }] }] }, LATER).said[0]).toBe('official-goes-on');
    expect(of({ officials: [{ ...official, assignments: [] }] }, LATER).said[0]).toBe('out-of-scope');
  });
  it('is out of scope for whoever’s office it is not', () => {
    const elsewhere = { actor: { id: 'a', capacities: [{ role: 'supervisor', office: 'ELSEWHERE' } as const] } };
    for (const over of [{ referrals: [closedReferral] }, { delegations: [lent] }])
      expect(of({ ...over, ...elsewhere }, LATER).said[0]).toBe('out-of-scope');
    // Who is of another agency is not told that there is something of an official's.
    for (const role of ['panel-member', 'importer', 'case-officer', 'administrator'] as const) {
      const actor = { id: 'a', capacities: [{ role, office: 'KANIM' }] };
      expect(mayReadDestruction(context('a', LATER, { cases: [], delegations: [lent], actor }))).toBe(false);
    }
  });
});
