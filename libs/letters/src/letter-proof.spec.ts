import { createHash, generateKeyPairSync, randomUUID } from 'node:crypto';
import { expect, it } from '@jest/globals';
import { letterOfToken, letterToken, signedLetter, verifyLetter } from './letter-proof.js';

const fingerprint = (text: string): string => createHash('sha256').update(text).digest('hex');

it('a token names its letter, as it is written and as people type it, and is written in one way only', () => {
  for (let revision = 0; revision < 64; revision += 1) {
    const ref = { caseId: randomUUID(), revision };
    const token = letterToken(ref, fingerprint);
    expect(token).toMatch(/^[0-9a-hjkmnp-tv-z]{55}$/);
    expect(letterOfToken(token, fingerprint)).toEqual(ref);
    expect(letterOfToken(token.toUpperCase().replace(/(.{5})/g, '$1 -'), fingerprint)).toEqual(ref);
    // Whatever its last digit becomes, and whatever is left out or put in.
    for (const last of '0123456789abcdefghjkmnpqrstvwxyz')
      if (last !== token.at(-1)) expect(letterOfToken(`${token.slice(0, -1)}${last}`, fingerprint)).toBeUndefined();
    for (const other of [token.slice(1), `${token}0`, `1${token}`, `u${token.slice(1)}`, ''])
      expect(letterOfToken(other, fingerprint)).toBeUndefined();
  }
});

it('a signed letter is itself alone: no byte of the file may differ, nor one come before or behind', () => {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const token = letterToken({ caseId: randomUUID(), revision: 7 }, fingerprint);
  const letter = signedLetter(Buffer.from(`%PDF-1.7\n(https://tegas.test/surat/${token})\n%%EOF\n`), token, privateKey);
  expect(verifyLetter(letter, publicKey).verdict).toBe('authentic');
  for (let at = 0; at < letter.length; at += 1)
    for (const bit of [1, 2, 4, 32]) {
      const altered = Buffer.from(letter);
      altered[at] = (altered[at] ?? 0) ^ bit;
      expect([at, bit, verifyLetter(altered, publicKey).verdict]).not.toEqual([at, bit, 'authentic']);
    }
  for (const more of [Buffer.concat([letter, Buffer.from('\n')]), Buffer.concat([Buffer.from(' '), letter]), letter.subarray(1)])
    expect(verifyLetter(more, publicKey).verdict).not.toBe('authentic');
});
