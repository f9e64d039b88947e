import { describe, expect, it } from '@jest/globals';
import { type AppointmentCommand, type AppointmentContext, decideAppointment } from './appointment.js';
import type { Office } from './office.js';
import { evolveOfficial, type Official, type OfficialEvent, type RoleAssignment } from './official.js';

const office = (code: string, more: object = {}): [string, Office] => [
  code,
  { code, kind: 'immigration-office', name: code, timeZone: 'Asia/Makassar', parents: [], ...more },
];
const open = { from: null, to: null };
const administrator = (id: string): [string, Official] => [
  id,
  { id, name: id, assignments: [{ role: 'administrator', office: 'A', ...open }], delegations: [] },
];
const context: AppointmentContext = {
  actor: { id: 'admin', capacities: [{ role: 'administrator', office: 'A' }] },
  at: '2026-03-02T01:00:00.000Z',
  today: '2026-03-02',
  officials: new Map([administrator('admin')]),
  offices: new Map([office('A'), office('B'), office('OLD', { effectiveTo: '2026-01-01' })]),
  personId: '3f2a8c10-5b7d-4e64-9a01-c2d3e4f50617',
};
const official = (...assignments: readonly RoleAssignment[]): Official => ({
  ...{ id: 'new.officer', name: 'Contoh', personId: 'p' },
  assignments,
  delegations: [],
});

type Asked<C = AppointmentCommand> = C extends unknown ? Omit<C, 'official' | 'reason'> : never;
const decide = (state: Official | undefined, command: Asked, more: Partial<AppointmentContext> = {}) =>
  decideAppointment(state, { official: 'new.officer', reason: 'SK-1', ...command } as AppointmentCommand, {
    ...context,
    ...more,
  });

/** The official after a command that was accepted. */
function folded(state: Official | undefined, command: Asked): Official {
  const { events, rejection } = decide(state, command);
  if (events === undefined) throw new Error(rejection.code);
  const official = events.reduce<Official | undefined>((before, event: OfficialEvent) => evolveOfficial(before, event), state);
  if (official === undefined) throw new Error('Nobody');
  return official;
}
const codeOf = (state: Official | undefined, command: Asked, more: Partial<AppointmentContext> = {}) =>
  decide(state, command, more).rejection?.code;

const register: Asked = { type: 'RegisterOfficial', name: 'Contoh', identityNumbers: [{ kind: 'nip', number: '1999' }] };
const assign: Asked = { type: 'AssignRole', role: 'case-officer', office: 'A', from: '2026-03-02' };

describe('an appointment', () => {
  it('enters someone with no role, then a role from a date, ends it, and says why each time', () => {
    const entered = folded(undefined, register);
    expect(entered).toMatchObject({ id: 'new.officer', name: 'Contoh', identityNumbers: [{ kind: 'nip', number: '1999' }] });
    expect(entered.assignments).toEqual([]);
    const assigned = folded(entered, assign);
    const kept = { role: 'case-officer', office: 'A', from: '2026-03-02', to: null };
    expect(assigned.assignments).toEqual([kept]);
    const ended = folded(assigned, { type: 'EndRole', role: 'case-officer', office: 'A', on: '2026-03-09' });
    expect(ended.assignments).toEqual([{ ...kept, to: '2026-03-09' }]);
    expect(decide(entered, assign).events?.[0]?.data.personal?.[0]?.fields).toEqual({ reason: 'SK-1' });
  });

  it('moves every role of an office to another from a date on', () => {
    const held = official(
      { role: 'case-officer', office: 'A', from: '2025-01-01', to: null },
      { role: 'intake-officer', office: 'A', from: '2026-05-01', to: '2026-07-01' },
      { role: 'supervisor', office: 'A', from: null, to: '2026-01-01' },
    );
    expect(folded(held, { type: 'MoveOfficial', office: 'A', to: 'B', on: '2026-04-01' }).assignments).toEqual([
      { role: 'case-officer', office: 'A', from: '2025-01-01', to: '2026-04-01' },
      { role: 'supervisor', office: 'A', from: null, to: '2026-01-01' },
      { role: 'case-officer', office: 'B', from: '2026-04-01', to: null },
      { role: 'intake-officer', office: 'B', from: '2026-05-01', to: '2026-07-01' },
    ]);
  });

  it('ends a service: every role, and what was lent', () => {
    const lent = {
      delegationId: 'd-1',
      holder: 'boss',
      role: 'supervisor',
      office: 'A',
      from: '2026-03-01',
      to: '2026-04-01',
    } as const;
    const held = { ...official({ role: 'case-officer', office: 'A', ...open }), delegations: [lent] };
    const gone = folded(held, { type: 'EndService', on: '2026-03-02' });
    expect(gone.assignments).toEqual([{ role: 'case-officer', office: 'A', from: null, to: '2026-03-02' }]);
    expect(gone.delegations).toMatchObject([{ to: '2026-03-02', endedBy: 'admin' }]);
  });

  it.each<[string, Official | undefined, Asked, Partial<AppointmentContext>]>([
    ['role-may-not', undefined, register, { actor: { id: 'x', capacities: [{ role: 'supervisor', office: 'A' }] } }],
    ['own-roles', official(), assign, { actor: { id: 'new.officer', capacities: [{ role: 'administrator', office: 'A' }] } }],
    ['id-taken', official(), register, {}],
    ['no-such-official', undefined, assign, {}],
    ['box-past', official(), { ...assign, from: '2026-03-01' }, {}],
    ['box-empty', official(), { ...assign, to: '2026-03-02' }, {}],
    ['no-such-office', official(), { ...assign, office: 'OLD' }, {}],
    ['no-such-office', official(), { ...assign, office: 'C' }, {}],
    ['already-assigned', official({ role: 'case-officer', office: 'A', ...open }), assign, {}],
    ['roles-apart', official({ role: 'auditor', office: 'B', ...open }), assign, {}],
    ['no-such-assignment', official(), { type: 'EndRole', role: 'supervisor', office: 'A', on: '2026-03-02' }, {}],
    ['no-such-assignment', official(), { type: 'EndService', on: '2026-03-02' }, {}],
    ['same-office', official(), { type: 'MoveOfficial', office: 'A', to: 'A', on: '2026-03-02' }, {}],
    [
      'last-administrator',
      official({ role: 'administrator', office: 'A', ...open }),
      { type: 'EndService', on: '2026-03-02' },
      { officials: new Map() },
    ],
  ])('is refused as %s', (code, state, command, more) => {
    expect(codeOf(state, command, more)).toBe(code);
  });

  it.each(['law', 'a b', 'x', 'a/b'])('takes no login %s', (login) => {
    const { rejection } = decideAppointment(
      undefined,
      { type: 'RegisterOfficial', official: login, name: 'C', reason: 'r' },
      context,
    );
    expect(rejection?.code).toBe('login-not-allowed');
  });
});
