/** Whether a receipt from a border post was signed by the device that it names (ADR 31). */
import { createPublicKey, verify } from 'node:crypto';

/** `publicKey`: a point of P-256, uncompressed, in base64url; `signature`: ECDSA over SHA-256, 64 bytes. */
export function isSignedBy(publicKey: string, signed: Uint8Array, signature: Uint8Array): boolean {
  const point = Buffer.from(publicKey, 'base64url');
  const [x = '', y = ''] = [point.subarray(1, 33), point.subarray(33)].map((part) => part.toString('base64url'));
  try {
    const key = createPublicKey({ key: { kty: 'EC', crv: 'P-256', x, y }, format: 'jwk' });
    return verify('sha256', signed, { key, dsaEncoding: 'ieee-p1363' }, signature);
  } catch {
    // Not a point of the curve: nobody signed with it.
    return false;
  }
}
