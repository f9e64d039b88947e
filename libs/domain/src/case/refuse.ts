import type { Citation, Code, Rejection } from '../event.js';

/** A rejection in both languages, with the articles it rests on. */
export function refuse(code: Code, id: string, en: string, ...legalBasis: Citation[]): Rejection {
  return { code, reason: { id, en }, ...(legalBasis.length === 0 ? {} : { legalBasis }) };
}

/** Rejections that the API answers with 404 and 403; every other is a rule's 422. */
export const OUT_OF_SCOPE = 'out-of-scope';
export const ROLE_MAY_NOT = 'role-may-not';
