import type { Citation, Code, Rejection } from '../event.js';

/** A rejection in both languages, with the articles it rests on. */
export function refuse(code: Code, id: string, en: string, ...legalBasis: Citation[]): Rejection {
  return { code, reason: { id, en }, ...(legalBasis.length === 0 ? {} : { legalBasis }) };
}

/** Words that would be sealed under keys that two officials destroyed, or are destroying (ADR 30). */
export const dataDestroyed: Rejection = refuse(
  'data-destroyed',
  'Data orang ini sudah dimusnahkan menurut jadwal retensi; perkara ini tidak dilanjutkan lagi. Ajukan permohonan baru.',
  'The data of this person was destroyed when its retention ended; this case goes no further. Lodge a new application.',
  { act: 'UU 27/2022', article: '43–44' },
);

/** Rejections that the API answers with 404 and 403; every other is a rule's 422. */
export const OUT_OF_SCOPE = 'out-of-scope';
export const ROLE_MAY_NOT = 'role-may-not';
