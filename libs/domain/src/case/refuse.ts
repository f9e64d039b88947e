import type { Citation, Code, Rejection } from '../event.js';

/** A rejection in both languages, with the articles it rests on. */
export function refuse(code: Code, id: string, en: string, ...legalBasis: Citation[]): Rejection {
  return { code, reason: { id, en }, ...(legalBasis.length === 0 ? {} : { legalBasis }) };
}
