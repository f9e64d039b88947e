import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { type DelegationCommand, decideDelegation, mayLend, seesDelegation, seesWhy } from './delegation.js';
import { type OfficeTree, parseOffices } from './office.js';
import { actorOn, evolveOfficial, type Official, presentIn, type Role } from './official.js';

const offices: OfficeTree = new Map(
  parseOffices(JSON.parse(readFileSync('data/offices-ntt.json', 'utf8'))).map((office) => [office.code, office]),
);
const TODAY = '2026-03-02';
const AT = '2026-03-02T01:00:00.000Z';

const official = (id: string, role: Role, office: string, to: string | null = null): Official => ({
  id,
  name: id,
  personId: `person-${id}`,
  assignments: [{ role, office, from: null, to }],
  delegations: [],
});
const people = [
  official('supervisor.kupang', 'supervisor', 'KANIM-KPG'),
  official('officer.kupang', 'case-officer', 'KANIM-KPG'),
  official('officer2.kupang', 'case-officer', 'KANIM-KPG'),
  official('kepala.kupang', 'head-of-office', 'KANIM-KPG'),
  official('kanwil.ntt', 'regional', 'KANWIL-DITJENIM-NTT'),
  official('supervisor.atambua', 'supervisor', 'KANIM-ATB'),
  official('auditor.ntt', 'auditor', 'KANIM-KPG'),
  official('admin', 'administrator', 'PRESIDEN'),
  official('leaving.kupang', 'case-officer', 'KANIM-KPG', '2026-03-10'),
];

type Grant = Extract<DelegationCommand, { type: 'GrantDelegation' }>;
const granting: Grant = {
  type: 'GrantDelegation',
  delegationId: 'd-1',
  official: 'officer.kupang',
  holder: 'supervisor.kupang',
  role: 'supervisor',
  office: 'KANIM-KPG',
  from: '2026-03-09',
  to: '2026-03-23',
  reason: 'Cuti sakit',
};

function decide(by: string, command: DelegationCommand, officials: readonly Official[] = people) {
  const known = new Map(officials.map((one) => [one.id, one]));
  const actor = known.get(by);
  const context = {
    actor: actor === undefined ? { id: by, capacities: [] } : actorOn(actor, TODAY),
    at: AT,
    today: TODAY,
    officials: known,
    offices,
  };
  const stream =
    command.type === 'GrantDelegation'
      ? known.get(command.official)
      : officials.find((one) => one.delegations.some((d) => d.delegationId === command.delegationId));
  return decideDelegation(stream, command, context);
}
const granted = (by: string, change: Partial<Grant> = {}, officials?: readonly Official[]) =>
  decide(by, { ...granting, ...change }, officials);
const code = (decision: ReturnType<typeof decide>) => decision.rejection?.code ?? 'granted';

/** The register after a grant. */
function registerAfter(command: Partial<Grant> = {}, by = 'supervisor.kupang', officials: readonly Official[] = people) {
  const { events = [] } = granted(by, command, officials);
  return officials.map((one) => events.filter((e) => e.data.official === one.id).reduce<Official>(evolveOfficial, one));
}

describe('lending a role', () => {
  it('is recorded in the stream of who acts: by whom, when, in whose place, and why, which is the holder’s own', () => {
    expect(granted('supervisor.kupang').events).toEqual([
      {
        type: 'DelegationGranted',
        data: {
          official: 'officer.kupang',
          delegation: {
            delegationId: 'd-1',
            holder: 'supervisor.kupang',
            role: 'supervisor',
            office: 'KANIM-KPG',
            from: '2026-03-09',
            to: '2026-03-23',
          },
          by: 'supervisor.kupang',
          at: AT,
          // Under a key of its own: it goes long before the official does.
          personal: [{ personId: 'd-1', retentionClass: 'delegation', fields: { reason: 'Cuti sakit' } }],
        },
      },
    ]);
    const acting = registerAfter().find((one) => one.id === 'officer.kupang');
    expect(acting?.delegations).toMatchObject([{ grantedBy: 'supervisor.kupang', grantedAt: AT, reason: 'Cuti sakit' }]);
  });

  it.each([
    ['supervisor.kupang', 'granted'], // the holder
    ['kepala.kupang', 'granted'], // a higher role of the office
    ['kanwil.ntt', 'granted'], // the office above
    ['officer.kupang', 'role-may-not'], // would lend it to himself
    ['officer2.kupang', 'role-may-not'],
    ['supervisor.atambua', 'role-may-not'], // a neighbour
    ['auditor.ntt', 'role-may-not'],
    ['admin', 'role-may-not'], // although over every office
    ['nobody', 'role-may-not'],
  ])('is for the holder and those above: %s is answered %s', (by, answer) => {
    expect(code(granted(by))).toBe(answer);
    const known = people.find(({ id }) => id === by);
    const actor = known === undefined ? { id: by, capacities: [] } : actorOn(known, TODAY);
    expect(mayLend(granting, { actor, offices, today: TODAY })).toBe(answer === 'granted');
  });

  it('is not offered of a role that nobody lends, not even to its holder or those above', () => {
    const [auditor, above] = people.filter(({ id }) => id === 'auditor.ntt' || id === 'kanwil.ntt').reverse();
    for (const one of [auditor, above]) {
      const actor = one === undefined ? { id: '', capacities: [] } : actorOn(one, TODAY);
      const lent = { holder: 'auditor.ntt', role: 'auditor', office: 'KANIM-KPG' } as const;
      expect(mayLend(lent, { actor, offices, today: TODAY })).toBe(false);
    }
  });

  it('is not for one who acts: a role that is lent lends nothing', () => {
    const officials = registerAfter({ from: '2026-03-02' });
    const next = { delegationId: 'd-2', holder: 'officer2.kupang', role: 'case-officer', official: 'leaving.kupang' } as const;
    const box = { from: '2026-03-03', to: '2026-03-05' };
    expect(code(granted('officer.kupang', { ...next, ...box }, officials))).toBe('role-may-not');
    expect(code(granted('kepala.kupang', { ...next, ...box }, officials))).toBe('granted');
  });

  it.each([
    ['before today', { from: '2026-03-01' }, 'box-past'],
    ['today', { from: TODAY }, 'granted'],
    ['without a day in it', { from: '2026-03-09', to: '2026-03-09' }, 'box-empty'],
    ['the wrong way round', { from: '2026-03-09', to: '2026-03-01' }, 'box-empty'],
    ['of three months', { to: '2026-06-09' }, 'granted'],
    ['of a day more', { to: '2026-06-10' }, 'box-too-long'],
  ])('is for a time %s', (_, box, answer) => {
    expect(code(granted('supervisor.kupang', box))).toBe(answer);
  });

  it.each([
    ['who is not in the register', 'stranger', 'no-such-official'],
    ['who holds it', 'supervisor.kupang', 'same-official'],
    ['of a neighbour office', 'supervisor.atambua', 'grantee-has-no-standing'],
    ['who audits', 'auditor.ntt', 'grantee-has-no-standing'],
    ['who administers', 'admin', 'grantee-has-no-standing'],
    ['who leaves before its end', 'leaving.kupang', 'grantee-has-no-standing'],
    ['of the office above', 'kanwil.ntt', 'grantee-has-no-standing'],
  ])('is not to one %s', (_, to, answer) => {
    expect(code(granted('supervisor.kupang', { official: to }))).toBe(answer);
  });

  it('by a superior may be to anyone under that superior', () => {
    expect(code(granted('kanwil.ntt', { official: 'supervisor.atambua' }))).toBe('granted');
    expect(code(granted('kepala.kupang', { official: 'supervisor.atambua' }))).toBe('grantee-has-no-standing');
  });

  it('needs a holder who holds it all that time, and a role that is lent at all', () => {
    const holder = { holder: 'leaving.kupang', role: 'case-officer' } as const;
    expect(code(granted('kepala.kupang', holder))).toBe('holder-holds-no-role');
    expect(code(granted('kepala.kupang', { ...holder, to: '2026-03-10' }))).toBe('granted');
    expect(code(granted('kepala.kupang', { holder: 'auditor.ntt', role: 'auditor' }))).toBe('role-not-lent');
    expect(code(granted('kepala.kupang', { office: 'NOWHERE' }))).toBe('no-such-office');
  });

  it('is to one at a time, and to nobody who is away themselves', () => {
    const officials = registerAfter();
    const other = { delegationId: 'd-2', official: 'officer2.kupang' };
    expect(code(granted('supervisor.kupang', other, officials))).toBe('already-lent');
    expect(code(granted('supervisor.kupang', { ...other, from: '2026-03-23', to: '2026-03-30' }, officials))).toBe('granted');
    const away = { holder: 'officer2.kupang', role: 'case-officer', official: 'supervisor.kupang', delegationId: 'd-3' } as const;
    expect(code(granted('kepala.kupang', away, officials))).toBe('grantee-absent');
  });

  it('makes the holder absent and the other present, for that time', () => {
    const officials = registerAfter();
    const there = (on: string) => presentIn(officials, 'supervisor', 'KANIM-KPG', on);
    expect(there('2026-03-08')).toEqual([{ id: 'supervisor.kupang' }]);
    expect(there('2026-03-09')).toEqual([{ id: 'officer.kupang', actingFor: 'supervisor.kupang' }]);
    expect(there('2026-03-23')).toEqual([{ id: 'supervisor.kupang' }]);
  });
});

describe('ending a delegation', () => {
  const ending = (on?: string): DelegationCommand => ({
    type: 'EndDelegation',
    delegationId: 'd-1',
    ...(on === undefined ? {} : { on }),
  });
  it('is for the holder and those above; the one who acts may not, and who may not know of it learns nothing', () => {
    const officials = registerAfter();
    const answers = ['supervisor.kupang', 'kepala.kupang', 'kanwil.ntt', 'officer.kupang', 'auditor.ntt', 'supervisor.atambua'];
    expect(answers.map((by) => code(decide(by, ending(), officials)))).toEqual([
      'granted',
      'granted',
      'granted',
      'role-may-not',
      'role-may-not',
      'out-of-scope',
    ]);
    expect(code(decide('supervisor.kupang', { type: 'EndDelegation', delegationId: 'd-9' }, officials))).toBe('out-of-scope');
  });
  it('takes effect today unless a later day is named, and never backwards', () => {
    const officials = registerAfter({ from: TODAY });
    expect(decide('supervisor.kupang', ending(), officials).events).toEqual([
      {
        type: 'DelegationEnded',
        data: { official: 'officer.kupang', delegationId: 'd-1', on: TODAY, by: 'supervisor.kupang', at: AT },
      },
    ]);
    expect(code(decide('supervisor.kupang', ending('2026-03-01'), officials))).toBe('box-past');
    expect(code(decide('supervisor.kupang', ending('2026-03-20'), officials))).toBe('granted');
    expect(code(decide('supervisor.kupang', ending('2026-03-23'), officials))).toBe('ends-sooner');
  });
  it('leaves who granted and who ended it, is not ended twice, and gives the role back at once', () => {
    const officials = registerAfter({ from: TODAY });
    const { events = [] } = decide('kepala.kupang', ending(), officials);
    const ended = officials.map((one) => events.filter((e) => e.data.official === one.id).reduce<Official>(evolveOfficial, one));
    expect(ended.find((one) => one.id === 'officer.kupang')?.delegations).toMatchObject([
      { grantedBy: 'supervisor.kupang', endedBy: 'kepala.kupang', endedAt: AT, to: TODAY },
    ]);
    expect(code(decide('kepala.kupang', ending(), ended))).toBe('delegation-over');
    expect(presentIn(ended, 'supervisor', 'KANIM-KPG', TODAY)).toEqual([{ id: 'supervisor.kupang' }]);
  });
});

describe('a delegation', () => {
  it('is known to its two and to whoever has its office in scope', () => {
    const sees = (id: string) => {
      const known = people.find((one) => one.id === id);
      const actor = known === undefined ? { id, capacities: [] } : actorOn(known, TODAY);
      return seesDelegation(
        'supervisor.atambua',
        { holder: 'supervisor.kupang', office: 'KANIM-KPG' },
        { actor, offices, today: TODAY },
      );
    };
    expect(people.filter(({ id }) => !sees(id)).map(({ id }) => id)).toEqual([]);
    expect(['nobody'].map(sees)).toEqual([false]);
    // Why the supervisor is away is told to nobody of another agency that sits on a panel here.
    const panel = { id: 'panel', capacities: [{ role: 'panel-member' as const, office: 'KANIM-KPG' }] };
    const lent = { holder: 'supervisor.kupang', office: 'KANIM-KPG' };
    expect(seesDelegation('supervisor.atambua', lent, { actor: panel, offices, today: TODAY })).toBe(false);
    expect(
      seesDelegation(
        'officer.kupang',
        { holder: 'supervisor.kupang', office: 'KANIM-KPG' },
        { actor: { id: 'supervisor.atambua', capacities: [{ role: 'supervisor', office: 'KANIM-ATB' }] }, offices, today: TODAY },
      ),
    ).toBe(false);
  });

  it('is known to the office, and why only to its two, to who may lend it and to who audits it', () => {
    const knows = (id: string, role: Role, at: string) =>
      seesWhy(
        'officer.kupang',
        { holder: 'supervisor.kupang', role: 'supervisor', office: 'KANIM-KPG' },
        { actor: { id, capacities: [{ role, office: at }] }, at: AT, today: TODAY, officials: new Map(), offices },
      );
    expect([
      knows('officer.kupang', 'case-officer', 'KANIM-KPG'),
      knows('supervisor.kupang', 'supervisor', 'KANIM-KPG'),
      knows('head.kupang', 'head-of-office', 'KANIM-KPG'),
      knows('kanwil.ntt', 'regional', 'KANWIL-DITJENIM-NTT'),
      knows('auditor.ntt', 'auditor', 'KANWIL-DITJENIM-NTT'),
    ]).toEqual([true, true, true, true, true]);
    expect([
      knows('officer2.kupang', 'case-officer', 'KANIM-KPG'),
      knows('another', 'supervisor', 'KANIM-KPG'),
      knows('admin', 'administrator', 'PRESIDEN'),
      knows('auditor.else', 'auditor', 'KANIM-ATB'),
    ]).toEqual([false, false, false, false]);
  });
});
