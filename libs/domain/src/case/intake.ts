/**
 * An application taken in where there was no network (ADR 31): what stands in it, byte for byte the same on the device and at the office, and the
 * receipt with which the applicant leaves. Pure: hashes and signatures are made and checked at the edges.
 */
import { formatInstant, parseInstant } from '../calendar/day.js';
import { type Code, type Id, type InstantAt, type Sha256, UUID } from '../event.js';
import type { ShownPaper, SubjectDetails } from './commands.js';
import { base32, bytesOfBase32, digitsAsHeard } from './reference.js';

export interface Intake {
  readonly caseId: Id;
  readonly procedure: Code;
  readonly office: Code;
  /** By the device's clock, in whole seconds. */
  readonly takenAt: InstantAt;
  /** Random, known to the device and the office: without it the hash of a name and a birth date could be guessed. */
  readonly salt: string;
  readonly subject: SubjectDetails;
  readonly papers: readonly ShownPaper[];
}

/** Of which the receipt bears the SHA-256 (UTF-8). */
export function intakeText({ caseId, procedure, office, takenAt, salt, subject, papers }: Intake): string {
  const { name, born = null, birthPlace = null, identityNumbers = [] } = subject;
  return JSON.stringify([
    ...['tegas-intake-1', caseId, procedure, office, takenAt, salt, name, born, birthPlace],
    identityNumbers.map(({ kind, number }) => [kind, number]),
    papers.map(({ evidence, title, number = null }) => [evidence, title, number]),
  ]);
}

/** What the device signs. */
export interface IntakeReceipt {
  readonly caseId: Id;
  readonly device: Id;
  readonly takenAt: InstantAt;
  /** Of the intake's text. */
  readonly sha256: Sha256;
}

const VERSION = 1;
const SIGNED_BYTES = 69;
const SIGNATURE_BYTES = 64;

/** The very bytes that the signature covers: version, case, device, time in seconds, hash. */
export function signedBytes({ caseId, device, takenAt, sha256 }: IntakeReceipt): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(SIGNED_BYTES);
  bytes[0] = VERSION;
  bytes.set(bytesOfHex(caseId.replaceAll('-', '')), 1);
  bytes.set(bytesOfHex(device.replaceAll('-', '')), 17);
  new DataView(bytes.buffer).setUint32(33, Math.floor(parseInstant(takenAt) / 1000));
  bytes.set(bytesOfHex(sha256), 37);
  return bytes;
}

/** What the QR code on a receipt holds behind its address: 213 digits in base 32. `signature`: ECDSA P-256 over SHA-256, 64 bytes. */
export function receiptToken(receipt: IntakeReceipt, signature: Uint8Array): string {
  return base32(Uint8Array.of(...signedBytes(receipt), ...signature)).toLowerCase();
}

/** The receipt that a token holds, and what there is to check of it; undefined for what was never one. */
export function receiptOfToken(
  token: string,
): { readonly receipt: IntakeReceipt; readonly signed: Uint8Array; readonly signature: Uint8Array } | undefined {
  const bytes = bytesOfBase32(digitsAsHeard(token));
  if (bytes?.length !== SIGNED_BYTES + SIGNATURE_BYTES || bytes[0] !== VERSION) return undefined;
  const [caseId, device] = [idOf(bytes.subarray(1, 17)), idOf(bytes.subarray(17, 33))];
  const seconds = new DataView(bytes.buffer, bytes.byteOffset).getUint32(33);
  const receipt = { caseId, device, takenAt: formatInstant(seconds * 1000), sha256: hexOf(bytes.subarray(37, SIGNED_BYTES)) };
  return UUID.test(caseId) && UUID.test(device)
    ? { receipt, signed: bytes.subarray(0, SIGNED_BYTES), signature: bytes.subarray(SIGNED_BYTES) }
    : undefined;
}

function bytesOfHex(hex: string): Uint8Array {
  return Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

function idOf(bytes: Uint8Array): Id {
  return hexOf(bytes).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
