/** A case's reference, for the telephone: twelve Crockford base-32 characters and a check character, derived from the id alone. */
import type { Id } from '../event.js';

/** Crockford's base 32: no letter that is taken for a digit. */
export const DIGITS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
/** Crockford's check symbols: the 32 digits and five more, for a remainder modulo 37. */
const CHECKS = `${DIGITS}*~$=U`;

/** `7K4M-2Q9X-31BD-8` of a UUID: its first 60 bits. No counter, so a border post can issue it offline. */
export function referenceOf(caseId: Id): string {
  let value = BigInt(`0x${caseId.replaceAll('-', '').slice(0, 15)}`);
  const check = CHECKS[Number(value % 37n)] ?? '';
  let digits = '';
  for (let i = 0; i < 12; i++) {
    digits = (DIGITS[Number(value % 32n)] ?? '') + digits;
    value /= 32n;
  }
  return `${digits.slice(0, 4)}-${digits.slice(4, 8)}-${digits.slice(8)}-${check}`;
}

/** The reference in its one written form, or undefined when it is none: letters as heard (O is 0, I and L are 1), check character right. */
export function parseReference(spoken: string): string | undefined {
  const heard = digitsAsHeard(spoken);
  const digits = heard.slice(0, 12);
  if (heard.length !== 13 || [...digits].some((d) => !DIGITS.includes(d))) return undefined;
  const value = [...digits].reduce((sum, d) => sum * 32n + BigInt(DIGITS.indexOf(d)), 0n);
  if (CHECKS[Number(value % 37n)] !== heard[12]) return undefined;
  return `${digits.slice(0, 4)}-${digits.slice(4, 8)}-${digits.slice(8)}-${heard[12]}`;
}

/** Base-32 digits as people say or type them: O is 0, I and L are 1; small letters, white space and hyphens do not count. */
export function digitsAsHeard(spoken: string): string {
  return spoken.toUpperCase().replace(/[\s-]/g, '').replaceAll('O', '0').replace(/[IL]/g, '1');
}

/** Five bits a digit, the last one filled with zeros. */
export function base32(bytes: Uint8Array): string {
  let text = '';
  let held = 0;
  let bits = 0;
  for (const byte of bytes) {
    held = (held << 8) | byte;
    for (bits += 8; bits >= 5; bits -= 5) text += DIGITS[(held >> (bits - 5)) & 31];
    held &= (1 << bits) - 1;
  }
  return bits === 0 ? text : text + DIGITS[(held << (5 - bits)) & 31];
}

/** The bytes that these digits write; undefined for anything that is not written so, and in this way only. */
export function bytesOfBase32(text: string): Uint8Array<ArrayBuffer> | undefined {
  const bytes: number[] = [];
  let held = 0;
  let bits = 0;
  for (const letter of text) {
    const value = DIGITS.indexOf(letter);
    if (value === -1) return undefined;
    held = (held << 5) | value;
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      bytes.push((held >> bits) & 255);
      held &= (1 << bits) - 1;
    }
  }
  // There is no digit that holds nothing, and what the last one holds beyond the bytes is nothing.
  return bits < 5 && (held & ((1 << bits) - 1)) === 0 ? Uint8Array.from(bytes) : undefined;
}
