/** Whether a receipt from a border post was signed by the device that it names (ADR 31). */
import { createPublicKey, verify } from 'node:crypto';
import { receiptOfToken } from '#domain/case/intake.js';
import type { Id, InstantAt } from '#domain/event.js';
import type { Device } from '#domain/office/official.js';

/** The devices of one house, as `GET /devices/keys` gives them. */
export interface DeviceKeys {
  /** Of the house: receipts of its devices bear it. */
  readonly address: string;
  readonly keys: readonly Device[];
}

export type ReceiptVerdict =
  /** As the device signed it. `withdrawn`: the device was lost or given away; only what had arrived by then counts. */
  | {
      readonly verdict: 'authentic' | 'withdrawn';
      readonly caseId: Id;
      readonly takenAt: InstantAt;
      readonly device: Id;
      readonly withdrawnAt?: InstantAt;
    }
  /** The device did not sign this; or no such device is known here, and the address is that of another house. */
  | { readonly verdict: 'altered' | 'unknown-key' | 'other-instance'; readonly device: Id }
  | { readonly verdict: 'no-receipt' };

/** The address in a QR code, or what stands behind it, with white space and hyphens as people type it. */
const ADDRESS = /(https?:\/\/[^\s"'<>]+?)\/tanda-terima\/([0-9a-z\s-]+)/i;

/** Is this a receipt as a device of that house signed it? Needs no server. Says nothing of whether its record has arrived. */
export function verifyReceipt(text: string, { address, keys }: DeviceKeys): ReceiptVerdict {
  const [, origin, token = text] = ADDRESS.exec(text) ?? [];
  const read = receiptOfToken(token.trim());
  if (read === undefined) return { verdict: 'no-receipt' };
  const { caseId, takenAt, device } = read.receipt;
  const known = keys.find((one) => one.device === device);
  if (known === undefined)
    return { verdict: origin === undefined || origin === address ? 'unknown-key' : 'other-instance', device };
  if (!isSignedBy(known.publicKey, read.signed, read.signature)) return { verdict: 'altered', device };
  const { withdrawnAt } = known;
  return withdrawnAt === undefined
    ? { verdict: 'authentic', caseId, takenAt, device }
    : { verdict: 'withdrawn', caseId, takenAt, device, withdrawnAt };
}

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
