/**
 * What makes a letter this house's own: a token in its QR code that nobody else can make, and a signature behind the file. Both come from the
 * master key, so that a letter made again years later is the same file.
 */
import { createHash, createPublicKey, type KeyObject, sign, timingSafeEqual, verify } from 'node:crypto';
import { base32, bytesOfBase32, digitsAsHeard } from '#domain/case/reference.js';
import { type Id, type Sha256, UUID } from '#domain/event.js';

/** Of the master key: a keyed fingerprint of a text, in hexadecimal. */
export type Fingerprint = (text: string) => string;

const MAC_BYTES = 14;

/** Which event of which case a letter tells of. */
export interface LetterRef {
  readonly caseId: Id;
  readonly revision: number;
}

/** The token of a letter: case, revision and a code of authentication, 55 characters. */
export function letterToken({ caseId, revision }: LetterRef, fingerprint: Fingerprint): string {
  const bytes = Buffer.concat([
    Buffer.from(caseId.replaceAll('-', ''), 'hex'),
    Buffer.alloc(4),
    macOf({ caseId, revision }, fingerprint),
  ]);
  bytes.writeUInt32BE(revision, 16);
  return base32(bytes).toLowerCase();
}

/** The letter that a token names; undefined for one that was not made here. Takes it as people type it: in capitals, with spaces or hyphens. */
export function letterOfToken(token: string, fingerprint: Fingerprint): LetterRef | undefined {
  const read = bytesOfBase32(digitsAsHeard(token));
  if (read?.length !== 20 + MAC_BYTES) return undefined;
  const bytes = Buffer.from(read);
  const hex = bytes.subarray(0, 16).toString('hex');
  const caseId = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
  const ref = { caseId, revision: bytes.readUInt32BE(16) };
  return UUID.test(caseId) && timingSafeEqual(bytes.subarray(20), macOf(ref, fingerprint)) ? ref : undefined;
}

function macOf({ caseId, revision }: LetterRef, fingerprint: Fingerprint): Buffer {
  return Buffer.from(fingerprint(`letter ${caseId} ${revision}`), 'hex').subarray(0, MAC_BYTES);
}

/** Behind the end of the file, where a reader of PDFs looks no more: the token, the key and the signature over all before. */
const MARK = '%Tegas-Letter ';

/** The file with its signature behind it. */
export function signedLetter(pdf: Buffer, token: string, key: KeyObject): Buffer {
  const signature = sign(null, pdf, key).toString('base64');
  return Buffer.concat([pdf, Buffer.from(`${MARK}${token} ${keyIdOf(createPublicKey(key))} ${signature}\n`)]);
}

/** The name of a public key: the beginning of its hash. */
export function keyIdOf(key: KeyObject): Sha256 {
  return createHash('sha256')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest('hex')
    .slice(0, 16);
}

export type LetterVerdict =
  | { readonly verdict: 'authentic'; readonly token: string; readonly keyId: string }
  /** It was signed, and is not what was signed any more; or by another house. */
  | { readonly verdict: 'altered' | 'other-key'; readonly token: string; readonly keyId: string }
  | { readonly verdict: 'unsigned' };

/** Is this file a letter as the house of that key gave it out? Needs no server. Says nothing of whether the letter still stands. */
export function verifyLetter(file: Buffer, key: KeyObject): LetterVerdict {
  const at = file.lastIndexOf(MARK);
  const [, token, keyId, signature] =
    /^%Tegas-Letter ([0-9a-z]+) ([0-9a-f]{16}) ([A-Za-z0-9+/=]+)\n$/.exec(
      at === -1 ? '' : file.subarray(at).toString('latin1'),
    ) ?? [];
  if (token === undefined || keyId === undefined || signature === undefined) return { verdict: 'unsigned' };
  if (keyId !== keyIdOf(key)) return { verdict: 'other-key', token, keyId };
  const pdf = file.subarray(0, at);
  const bytes = Buffer.from(signature, 'base64');
  // A signature is written in one way only: a file of which one bit differs is not the one that was given out.
  const holds = bytes.toString('base64') === signature && verify(null, pdf, key, bytes) && pdf.includes(`/${token})`);
  return { verdict: holds ? 'authentic' : 'altered', token, keyId };
}
