import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { parseOffices } from './office.js';
import { actorOn, evolveOfficial, type Official, type OfficialEvent, roleNames } from './official.js';

const fold = (...events: OfficialEvent[]): Official => {
  const official = events.reduce<Official | undefined>(evolveOfficial, undefined);
  if (official === undefined) throw new Error('no event');
  return official;
};
const registered: OfficialEvent = {
  type: 'OfficialRegistered',
  data: {
    official: 'officer.kupang',
    assignments: [{ role: 'case-officer', office: 'KANIM-KPG', from: '2025-01-01', to: '2025-07-01' }],
    personal: [{ personId: 'officer.kupang', retentionClass: 'register', fields: { name: 'Ibu Contoh' } }],
  },
};
const lent: OfficialEvent = {
  type: 'DelegationGranted',
  data: {
    official: 'officer.kupang',
    delegation: {
      delegationId: 'd-1',
      holder: 'supervisor.kupang',
      role: 'supervisor',
      office: 'KANIM-KPG',
      from: '2025-03-03',
      to: '2025-03-17',
    },
  },
};

describe('an official on a date', () => {
  it('holds a role from its first day to the day before its last', () => {
    const roles = (on: string) => actorOn(fold(registered), on).capacities.map((c) => c.role);
    expect(['2024-12-31', '2025-01-01', '2025-06-30', '2025-07-01'].map(roles)).toEqual([
      [],
      ['case-officer'],
      ['case-officer'],
      [],
    ]);
  });
  it('acts in another’s place while the delegation lasts, and says so', () => {
    const official = fold(registered, lent);
    expect(actorOn(official, '2025-03-16').capacities).toContainEqual({
      role: 'supervisor',
      office: 'KANIM-KPG',
      actingFor: 'supervisor.kupang',
    });
    expect(actorOn(official, '2025-03-17').capacities).toEqual([{ role: 'case-officer', office: 'KANIM-KPG' }]);
  });
  it('loses a delegation on the day it is ended, and only that one', () => {
    const ended: OfficialEvent = {
      type: 'DelegationEnded',
      data: { official: 'officer.kupang', delegationId: 'd-1', on: '2025-03-10' },
    };
    const other: OfficialEvent = {
      type: 'DelegationEnded',
      data: { official: 'officer.kupang', delegationId: 'd-2', on: '2025-03-04' },
    };
    const official = fold(registered, lent, other, ended);
    expect(actorOn(official, '2025-03-09').capacities).toHaveLength(2);
    expect(actorOn(official, '2025-03-10').capacities).toHaveLength(1);
  });
  it('has exactly the roles assigned last; the name stays, or is the login when it was destroyed', () => {
    const assigned: OfficialEvent = {
      type: 'RolesAssigned',
      data: { official: 'officer.kupang', assignments: [{ role: 'supervisor', office: 'KANIM-KPG', from: null, to: null }] },
    };
    const official = fold(registered, assigned);
    expect(actorOn(official, '2025-03-03').capacities).toEqual([{ role: 'supervisor', office: 'KANIM-KPG' }]);
    expect(official.name).toBe('Ibu Contoh');
    const erased = { personId: 'officer.kupang', retentionClass: 'register', fields: {}, erased: true } as const;
    expect(fold({ ...registered, data: { ...registered.data, personal: [erased] } }).name).toBe('officer.kupang');
  });
  it('is not assigned anything before being registered: that is a broken stream', () => {
    expect(() => fold(lent)).toThrow('before OfficialRegistered');
  });
});

describe('data/demo-people.json', () => {
  const people: readonly { login: string; name: string; roles: readonly { role: string; office: string }[] }[] = JSON.parse(
    readFileSync('data/demo-people.json', 'utf8'),
  );
  const offices = new Set(parseOffices(JSON.parse(readFileSync('data/offices-ntt.json', 'utf8'))).map((office) => office.code));
  it('gives each person a login of their own, known roles and offices, and a name that no one takes for real', () => {
    expect(new Set(people.map((p) => p.login)).size).toBe(people.length);
    for (const { login, name, roles } of people) {
      expect([login, /Contoh|\(proses\)/.test(name)]).toEqual([login, true]);
      expect(roles.length).toBeGreaterThan(0);
      for (const { role, office } of roles) {
        expect(Object.keys(roleNames)).toContain(role);
        expect(offices).toContain(office);
      }
    }
  });
  it('has every step of a first case: two officers, a supervisor, and each office up to the Ministry of Law', () => {
    const held = people.flatMap((p) => p.roles.map((r) => `${r.role} ${r.office}`));
    for (const capacity of ['supervisor KANIM-KPG', 'regional KANWIL-KUM-NTT', 'directorate DITJEN-AHU', 'minister KEMENKUM'])
      expect(held).toContain(capacity);
    expect(held.filter((h) => h === 'case-officer KANIM-KPG')).toHaveLength(2);
  });
});
