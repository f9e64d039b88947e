import { generateKeyPairSync, sign } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { receiptToken, signedBytes } from '#domain/case/intake.js';
import { type DeviceKeys, verifyReceipt } from './receipt-proof.js';

const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const { x = '', y = '' } = publicKey.export({ format: 'jwk' });
const point = Buffer.concat([Buffer.of(4), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')]).toString('base64url');

const receipt = {
  caseId: '0b9c1f6e-6a0d-5c1e-9a55-3f6d0f1c2a11',
  device: '5d0c6b1e-0a53-4c55-8c1d-6a1a5b3f7e01',
  takenAt: '2026-11-26T13:02:05.000Z',
  sha256: '1a'.repeat(32),
};
const signature = sign('sha256', signedBytes(receipt), { key: privateKey, dsaEncoding: 'ieee-p1363' });
const token = receiptToken(receipt, signature);
const device = { device: receipt.device, publicKey: point, enrolledAt: '2026-11-01T00:00:00.000Z' };
const house: DeviceKeys = { address: 'https://tegas.example', keys: [device] };
const address = `${house.address}/tanda-terima/${token}`;

describe('a receipt without a server', () => {
  it.each([address, token, token.toUpperCase().replace(/.{20}/g, '$& '), `Tanda terima\n${address}\n`])(
    'is authentic as it was signed: %#',
    (text) => {
      const { caseId, takenAt, device: id } = receipt;
      expect(verifyReceipt(text, house)).toEqual({ verdict: 'authentic', caseId, takenAt, device: id });
    },
  );

  it('is told apart when it was altered, is of a withdrawn or an unknown device, of another house, or none', () => {
    const altered = receiptToken({ ...receipt, takenAt: '2026-11-25T13:02:05.000Z' }, signature);
    expect(verifyReceipt(altered, house)).toEqual({ verdict: 'altered', device: receipt.device });
    const withdrawnAt = '2026-11-27T00:00:00.000Z';
    expect(verifyReceipt(address, { ...house, keys: [{ ...device, withdrawnAt }] })).toMatchObject({
      verdict: 'withdrawn',
      withdrawnAt,
    });
    const nobody = { ...house, keys: [] };
    expect(verifyReceipt(address, nobody).verdict).toBe('unknown-key');
    expect(verifyReceipt(token, nobody).verdict).toBe('unknown-key');
    expect(verifyReceipt(address, { ...nobody, address: 'https://lain.example' }).verdict).toBe('other-instance');
    for (const text of ['', 'https://tegas.example/surat/abc', token.slice(1)])
      expect(verifyReceipt(text, house)).toEqual({ verdict: 'no-receipt' });
  });
});
