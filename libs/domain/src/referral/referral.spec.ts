/** A referral from a post or a village: received, accepted as a case or closed with a reason; an alarm is silenced by another only. */
import { describe, expect, it } from '@jest/globals';
import type { Decision, DomainEvent } from '../event.js';
import type { Office, OfficeTree } from '../office/office.js';
import type { Actor, Role } from '../office/official.js';
import type { Procedure } from '../procedure/procedure.js';
import { decideReferral, draftOf, evolveReferral, mayReadReferral, type Referral, type ReferralCommand } from './referral.js';

const under = (code: string, parent?: string): [string, Office] => [
  code,
  {
    code,
    kind: 'immigration-office',
    name: code,
    timeZone: 'Asia/Makassar',
    parents: parent === undefined ? [] : [{ code: parent, from: null, to: null }],
  },
];
const offices: OfficeTree = new Map([under('KUPANG'), under('POST', 'KUPANG'), under('ATAMBUA')]);
const at = '2026-03-02T17:00:00.000Z';
const official = (id: string, role: Role, office: string): Actor => ({ id, capacities: [{ role, office }] });
const post = official('post', 'intake-officer', 'POST');
const officer: Actor = {
  id: 'officer',
  capacities: [
    { role: 'case-officer', office: 'KUPANG' },
    { role: 'intake-officer', office: 'KUPANG' },
  ],
};
const supervisor = official('supervisor', 'supervisor', 'KUPANG');

const procedure = { code: 'PSIM', version: '1', sha256: 'a'.repeat(64) };
const seen = { indicatorId: 'seen-1', indicator: 'debt-bondage', reason: 'Owes for the passage' };
const receive = (more: object = {}): ReferralCommand => ({
  type: 'ReceiveReferral',
  office: 'POST',
  channel: 'desa-binaan',
  area: '53.04.12.2003',
  subjectId: 'subject',
  referrerId: 'referrer',
  referrer: 'Kepala desa',
  seen: 'Sendirian di pos',
  subject: { name: 'Maria Contohan' },
  indicators: [],
  ...more,
});
const accept = (more: object = {}): ReferralCommand => ({
  type: 'AcceptReferral',
  caseId: 'case',
  procedure,
  office: 'POST',
  ...more,
});
const close: ReferralCommand = { type: 'CloseReferral', ground: 'duplicate', reason: 'Sudah ditangani' };

const decided = (actor: Actor, command: ReferralCommand, state?: Referral, kind = 'determination') =>
  decideReferral(state, command, { actor, at, offices, referralId: 'r', procedure: { kind } as Procedure });
const code = (decision: Decision<DomainEvent>) => decision.rejection?.code ?? 'accepted';
const told = (state: Referral | undefined, decision: ReturnType<typeof decided>) =>
  (decision.events ?? []).reduce<Referral | undefined>(evolveReferral, state);
const received = (more: object = {}, by = post) => told(undefined, decided(by, receive(more)));

describe('a referral', () => {
  it('is received for an office by those who meet people there', () => {
    expect(code(decided(post, receive()))).toBe('accepted');
    expect(code(decided(supervisor, receive()))).toBe('accepted');
    expect(code(decided(post, receive({ office: 'KUPANG' })))).toBe('role-may-not');
    expect(code(decided(official('auditor', 'auditor', 'KUPANG'), receive()))).toBe('role-may-not');
    expect(code(decided(officer, receive({ office: 'NOWHERE' })))).toBe('no-such-office');
    expect(code(decided(post, receive(), received()))).toBe('already-received');
  });
  it('names no day that has not come, by the zone of its office', () => {
    expect(code(decided(post, receive({ seenOn: '2026-03-03' })))).toBe('accepted');
    expect(code(decided(post, receive({ seenOn: '2026-03-04' })))).toBe('date-in-future');
  });
  it('holds what was said under the person’s key, and who referred under their own', () => {
    expect(decided(post, receive({ indicators: [seen] })).events?.[0]?.data).toEqual({
      by: 'post',
      at,
      referralId: 'r',
      office: 'POST',
      channel: 'desa-binaan',
      area: '53.04.12.2003',
      subject: 'subject',
      indicators: [{ indicatorId: 'seen-1', indicator: 'debt-bondage' }],
      personal: [
        {
          personId: 'subject',
          retentionClass: 'referral',
          fields: {
            seen: 'Sendirian di pos',
            indicators: { 'seen-1': 'Owes for the passage' },
            subject: { name: 'Maria Contohan' },
          },
        },
        { personId: 'referrer', retentionClass: 'referral', fields: { referrer: 'Kepala desa' } },
      ],
    });
  });
  it('is read by whoever’s office it is with, above it, or where its case opened; by nobody else', () => {
    const referral = received();
    const reads = (actor: Actor, one = referral) => one !== undefined && mayReadReferral(one, { actor, at, offices });
    expect([reads(post), reads(officer), reads(official('x', 'case-officer', 'ATAMBUA'))]).toEqual([true, true, false]);
    expect(reads(official('admin', 'administrator', 'KUPANG'))).toBe(false);
    expect(code(decided(official('x', 'supervisor', 'ATAMBUA'), close, referral))).toBe('out-of-scope');
    expect(code(decided(officer, close))).toBe('out-of-scope');
  });
});

describe('accepting', () => {
  it('calls for one draft that carries the referral, its person and what was seen', () => {
    const referral = received({ indicators: [seen], seenOn: '2026-03-01' });
    expect(referral && draftOf(referral)).toBeUndefined();
    const accepted = told(referral, decided(officer, accept(), referral));
    expect(accepted).toMatchObject({
      status: 'accepted',
      accepted: { by: 'officer', at, caseId: 'case', procedure, office: 'POST' },
    });
    expect(accepted && draftOf(accepted)).toEqual({
      type: 'OpenDraft',
      caseId: 'case',
      procedure,
      office: 'POST',
      channel: 'desa-binaan',
      subjectId: 'subject',
      subject: { name: 'Maria Contohan' },
      from: { referral: 'r', seenBy: 'post', indicators: [seen] },
    });
    expect(code(decided(officer, accept(), accepted))).toBe('already-accepted');
    expect(code(decided(supervisor, close, accepted))).toBe('already-accepted');
  });
  it('needs someone who opens drafts there, a procedure for officers, and a name', () => {
    expect(code(decided(supervisor, accept(), received()))).toBe('role-may-not');
    expect(code(decided(post, accept({ office: 'KUPANG' }), received()))).toBe('role-may-not');
    expect(code(decided(officer, accept(), received(), 'remedy'))).toBe('not-for-officers');
    const unnamed = received({ subject: undefined });
    expect(code(decided(officer, accept(), unnamed))).toBe('no-subject');
    const named = told(unnamed, decided(officer, accept({ subject: { name: 'Rosa Contohan' } }), unnamed));
    expect(named && draftOf(named)?.subject).toEqual({ name: 'Rosa Contohan' });
  });
});

describe('closing', () => {
  it('takes a reason, and an officer where nobody raised an alarm', () => {
    const closed = told(received(), decided(officer, close, received()));
    expect(closed).toMatchObject({ status: 'closed', closed: { by: 'officer', ground: 'duplicate', reason: 'Sudah ditangani' } });
    expect(code(decided(officer, accept(), closed))).toBe('already-closed');
    expect(code(decided(post, close, received()))).toBe('role-may-not');
  });
  it('with an alarm is for a supervisor who did not raise it', () => {
    const alarmed = received({ indicators: [seen] });
    expect(code(decided(officer, close, alarmed))).toBe('trafficking-indicator');
    expect(code(decided(supervisor, close, alarmed))).toBe('accepted');
    expect(code(decided(supervisor, close, received({ indicators: [seen] }, supervisor)))).toBe('own-indicator');
  });
});
