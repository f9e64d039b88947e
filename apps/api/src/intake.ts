/** What a border post took in without network, as it reaches the office (ADR 31). */
import { createHash } from 'node:crypto';
import { intakeText, signedBytes } from '#domain/case/intake.js';
import type { Id } from '#domain/event.js';
import { deviceOf } from '#domain/office/device.js';
import { CaseDesk } from '#event-store/case-desk.js';
import { isSignedBy } from '#letters/receipt-proof.js';
import { Problem, problemOf } from './problem-details.js';
import { type OpenDraftRequest } from './requests.js';

/**
 * What was taken in without network, once its receipt is proven: signed by a device of this official's, over exactly what is sent now.
 * @throws Problem 422
 */
export function provenIntake(desk: CaseDesk, official: Id, caseId: Id, asked: OpenDraftRequest) {
  const { receipt, procedure, office, subject, papers = [] } = asked;
  if (receipt === undefined) return {};
  const { device, takenAt, salt, signature } = receipt;
  const enrolled = deviceOf(desk.registry.state.officials.get(official), device);
  if ('reason' in enrolled) throw problemOf(enrolled);
  const at = new Date(takenAt).toISOString();
  const text = intakeText({ caseId, procedure, office, takenAt: at, salt, subject, papers });
  const sha256 = createHash('sha256').update(text).digest('hex');
  const signed = signedBytes({ caseId, device, takenAt: at, sha256 });
  if (!isSignedBy(enrolled.publicKey, signed, Buffer.from(signature, 'base64url')))
    throw new Problem(422, 'receipt-unproven', {
      id: 'Tanda terima tidak sesuai dengan isi rekaman ini. Perbaiki rekaman di perangkat, lalu cetak ulang tanda terimanya.',
      en: 'The receipt does not match what is sent. Correct the record on the device, then print its receipt again.',
    });
  return { intake: { device, takenAt: at, sha256, salt } };
}
