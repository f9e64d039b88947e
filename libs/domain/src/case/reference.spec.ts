import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseReference, referenceOf } from './reference.js';

const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

describe('a case’s reference', () => {
  it('is twelve Crockford characters and a check character, from the id alone', () => {
    // By hand: 60 bits 0x3f2a8c105b7d5e6 in fives; the check is the number modulo 37.
    const id = '3f2a8c10-5b7d-5e64-9a01-c2d3e4f50617';
    const number = BigInt('0x3f2a8c105b7d5e6');
    const bits = number.toString(2).padStart(60, '0');
    const digits = (bits.match(/.{5}/g) ?? []).map((five) => ALPHABET[Number.parseInt(five, 2)]).join('');
    const check = `${ALPHABET}*~$=U`[Number(number % 37n)];
    expect(referenceOf(id)).toBe(`${digits.slice(0, 4)}-${digits.slice(4, 8)}-${digits.slice(8)}-${check}`);
  });
  it('comes back from how people say it: small letters, spaces, O for 0, I and L for 1', () => {
    fc.assert(
      fc.property(fc.uuid(), (id) => {
        const reference = referenceOf(id);
        expect(parseReference(reference)).toBe(reference);
        expect(parseReference(reference.toLowerCase().replaceAll('-', ' '))).toBe(reference);
        expect(parseReference(reference.replaceAll('0', 'O').replaceAll('1', 'l'))).toBe(reference);
        expect(parseReference(reference.replaceAll('1', 'i'))).toBe(reference);
      }),
    );
  });
  it('finds every wrong character and every swap of neighbours', () => {
    fc.assert(
      fc.property(fc.uuid(), fc.nat(11), fc.constantFrom(...ALPHABET), (id, at, other) => {
        const plain = referenceOf(id).replaceAll('-', '');
        const wrong = plain.slice(0, at) + other + plain.slice(at + 1);
        if (wrong !== plain) expect(parseReference(wrong)).toBeUndefined();
        const swapped = plain.slice(0, at) + (plain[at + 1] ?? '') + (plain[at] ?? '') + plain.slice(at + 2);
        if (at < 11 && swapped !== plain) expect(parseReference(swapped)).toBeUndefined();
      }),
      { numRuns: 500 },
    );
  });
  it.each(['', '7K4M', 'ÄÄÄÄ-ÄÄÄÄ-ÄÄÄÄ-Ä', '0000-0000-0000-1', '0000-0000-0000-00', 'UUUU-UUUU-UUUU-U'])(
    'says of %p that it is none',
    (spoken) => {
      expect(parseReference(spoken)).toBeUndefined();
    },
  );
});
