import { describe, expect, it } from '@jest/globals';
import { type DeviceCommand, decideDevice, deviceOf, PUBLIC_KEY } from './device.js';
import { type Actor, evolveOfficial, type Official } from './official.js';

const at = '2026-11-26T13:00:00.000Z';
const device = '5d0c6b1e-0a53-4c55-8c1d-6a1a5b3f7e01';
const registered: Official = { id: 'intake.motaain', name: 'Contoh', assignments: [], delegations: [] };
const self: Actor = { id: registered.id, capacities: [{ role: 'intake-officer', office: 'PLBN-MOTAAIN' }] };
const colleague: Actor = { id: 'officer.kupang', capacities: [{ role: 'intake-officer', office: 'KANIM-KPG' }] };
const admin: Actor = { id: 'admin', capacities: [{ role: 'administrator', office: 'PRESIDEN' }] };
const enrol = { type: 'EnrolDevice', device, publicKey: `B${'A'.repeat(86)}` } as const;
const withdraw: DeviceCommand = { type: 'WithdrawDevice', device, official: registered.id };

const doneTo = (official: Official, command: DeviceCommand, actor: Actor): Official => {
  const { events, rejection } = decideDevice(official, command, { actor, at });
  if (rejection !== undefined) throw new Error(rejection.code);
  return events.reduce<Official>((state, event) => evolveOfficial(state, event), official);
};

describe('a device', () => {
  it('counts from its enrolment to its withdrawal', () => {
    const enrolled = doneTo(registered, enrol, self);
    expect(deviceOf(registered, device)).toMatchObject({ code: 'no-such-device' });
    expect(deviceOf(enrolled, device)).toEqual({ device, publicKey: enrol.publicKey, enrolledAt: at });
    expect(deviceOf(doneTo(enrolled, withdraw, self), device)).toMatchObject({ code: 'no-such-device' });
  });
  it('is withdrawn by its official or an administrator, once, and enrolled once', () => {
    const enrolled = doneTo(registered, enrol, self);
    const refused = (official: Official, command: DeviceCommand, actor: Actor) =>
      decideDevice(official, command, { actor, at }).rejection?.code;
    expect(refused(enrolled, enrol, self)).toBe('id-taken');
    expect(refused(enrolled, withdraw, colleague)).toBe('role-may-not');
    expect(refused(registered, withdraw, self)).toBe('no-such-device');
    expect(refused(doneTo(enrolled, withdraw, admin), withdraw, admin)).toBe('no-such-device');
  });
  it('has a key of one form', () => {
    expect(['', 'B', `C${'A'.repeat(86)}`, `B${'A'.repeat(85)}=`, enrol.publicKey].map((key) => PUBLIC_KEY.test(key))).toEqual([
      ...[false, false, false, false, true],
    ]);
  });
});
