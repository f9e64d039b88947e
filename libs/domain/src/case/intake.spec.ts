import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Intake, intakeText, receiptOfToken, receiptToken, signedBytes } from './intake.js';

const intake: Intake = {
  caseId: '0b9c1f6e-6a0d-5c1e-9a55-3f6d0f1c2a11',
  procedure: 'PSK',
  office: 'PLBN-MOTAAIN',
  takenAt: '2026-11-26T13:02:05.000Z',
  salt: 'q8Yw3mD2S1n0Vb4rT7x6Lg',
  subject: { name: 'Maria', born: '1974' },
  papers: [{ evidence: 'birth-record', title: 'Akta lahir', number: '5321' }],
};
const receipt = {
  caseId: intake.caseId,
  device: '5d0c6b1e-0a53-4c55-8c1d-6a1a5b3f7e01',
  takenAt: intake.takenAt,
  sha256: '1a'.repeat(32),
};
const signature = Uint8Array.from({ length: 64 }, (_, at) => at);

describe('the text of an intake', () => {
  it('tells apart whatever differs, and what is left out from what is empty', () => {
    const others: readonly Intake[] = [
      { ...intake, office: 'KANIM-ATB' },
      { ...intake, salt: 'another' },
      { ...intake, subject: { name: 'Maria' } },
      { ...intake, subject: { name: 'Maria', birthPlace: '1974' } },
      { ...intake, subject: { ...intake.subject, identityNumbers: [{ kind: 'nik', number: '1' }] } },
      { ...intake, papers: [] },
      { ...intake, papers: [{ evidence: 'birth-record', title: 'Akta lahir' }] },
    ];
    expect(new Set([intake, ...others].map(intakeText)).size).toBe(others.length + 1);
    expect(intakeText({ ...intake, subject: { born: '1974', name: 'Maria' } })).toBe(intakeText(intake));
  });
});

describe('the token of a receipt', () => {
  it('gives back what was signed, also as people type it', () => {
    const token = receiptToken(receipt, signature);
    expect(token).toMatch(/^[0-9a-z]{213}$/);
    const spaced = token.toUpperCase().replace(/.{20}/g, '$& ');
    expect(receiptOfToken(spaced)).toEqual({ receipt, signed: signedBytes(receipt), signature });
  });
  it('is nothing when it is cut, longer, of another version, or any other text', () => {
    const token = receiptToken(receipt, signature);
    for (const wrong of ['', token.slice(1), `${token}0`, `1${token.slice(1)}`, token.replace(/.$/, 'z'), 'u'.repeat(213)])
      expect([wrong, receiptOfToken(wrong)]).toEqual([wrong, undefined]);
  });
  it('holds any receipt', () => {
    const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
    fc.assert(
      fc.property(
        fc.uuid(),
        fc.uuid(),
        fc.integer({ min: 0, max: 2 ** 32 - 1 }),
        bytes(32),
        bytes(64),
        (caseId, device, at, hash, sig) => {
          const takenAt = new Date(at * 1000).toISOString();
          const any = { caseId, device, takenAt, sha256: Buffer.from(hash).toString('hex') };
          const read = receiptOfToken(receiptToken(any, sig));
          expect(read?.receipt).toEqual(any);
          expect(Buffer.from(read?.signature ?? []).equals(Buffer.from(sig))).toBe(true);
        },
      ),
    );
  });
});
