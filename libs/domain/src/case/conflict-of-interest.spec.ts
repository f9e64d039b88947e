import { describe, expect, it } from '@jest/globals';
import type { IdentityNumber } from '../office/official.js';
import { refuseOwnCase } from './conflict-of-interest.js';

const asked = (own: readonly IdentityNumber[] | undefined, ...identityNumbers: IdentityNumber[]) =>
  refuseOwnCase(
    { name: 'Maria', identityNumbers },
    { actor: { id: 'officer.kupang', capacities: [], ...(own === undefined ? {} : { identityNumbers: own }) } },
  );
const nik = (number: string): IdentityNumber => ({ kind: 'nik', number });
const kk = (number: string): IdentityNumber => ({ kind: 'kk', number });

describe('a case of one’s own', () => {
  it('is known by the number of the person, however it is grouped, and the refusal does not say it', () => {
    const found = asked([nik('5371.0123.4567.8901')], nik('5371012345678901'));
    expect(found).toMatchObject({ code: 'conflict-of-interest', reason: { en: expect.stringContaining('about you') } });
    expect(JSON.stringify(found)).not.toContain('5371');
  });
  it('is known by its number whatever the kind of paper is called', () => {
    for (const kind of ['NIK', 'ktp', 'ktp-number', 'Kartu Penduduk'])
      expect(asked([nik('5371012345678901')], { kind, number: '5371 0123 4567 8901' })?.reason.en).toContain('about you');
    expect(asked([nik('c-12345 67')], { kind: 'paspor', number: 'C1234567' })?.code).toBe('conflict-of-interest');
    for (const kind of ['KK', 'kartu keluarga'])
      expect(asked([kk('5371010000000042')], { kind, number: '5371010000000042' })?.reason.en).toContain('family card');
    expect(asked([nik('1234567')], { kind: 'NIK', number: '123 4567' })?.code).toBe('conflict-of-interest');
    expect(asked([nik('1234567')], { kind: 'ktp', number: '1234567' })).toBeUndefined();
  });
  it('is also that of one’s family, known by its card', () => {
    expect(asked([kk('5371-01')], { kind: 'family-card', number: '5371 01' })?.reason.en).toContain('family card');
  });
  it('is not that of another person, nor of a number that another kind of paper happens to bear', () => {
    expect(asked([nik('1'), kk('2')], nik('2'), kk('1'))).toBeUndefined();
    expect(asked(undefined, nik('1'))).toBeUndefined();
    expect(asked([nik('1')])).toBeUndefined();
  });
});
