/** How long a closed case is kept, by its procedure and outcome, and what stands beside cases: data, with its legal basis and how certain it is. */
import { addMonths, formatDay, parseDay } from '../calendar/day.js';
import type { Citation, Code, DateOn } from '../event.js';
import type { RecordKind } from './events.js';

const RECORDS: readonly RecordKind[] = ['referral', 'delegation', 'official'];

/** The first that fits counts. Left out: any. */
export interface RetentionPeriod {
  /** Cases unless told. */
  readonly record?: RecordKind;
  readonly procedure?: Code;
  readonly outcome?: Code;
  readonly years: number;
  readonly legalBasis: readonly Citation[];
  /** S sourced, K general knowledge, U unsure: a default of the product. */
  readonly confidence: 'S' | 'K' | 'U';
}

export type RetentionSchedule = readonly RetentionPeriod[];

/** What an unpublished schedule says: nothing is destroyed before this many years. */
export const WITHOUT_SCHEDULE: RetentionPeriod = { years: 100, legalBasis: [], confidence: 'U' };

/** The last day on which a case that was closed, or another record that ended, that day is kept, and by which period. */
export function keptUntil(
  schedule: RetentionSchedule,
  { record, procedure, outcome }: { readonly record?: RecordKind; readonly procedure?: Code; readonly outcome?: Code },
  closedOn: DateOn,
): RetentionPeriod & { readonly until: DateOn } {
  const period =
    schedule.find(
      (one) =>
        one.record === record &&
        (one.procedure === undefined || one.procedure === procedure) &&
        (one.outcome === undefined || one.outcome === outcome),
    ) ?? WITHOUT_SCHEDULE;
  return { ...period, until: formatDay(addMonths(parseDay(closedOn), period.years * 12)) };
}

/** Checks what was read from a file. @throws Error naming the entry that is wrong */
export function parseRetention(content: unknown): RetentionSchedule {
  if (!Array.isArray(content) || content.length === 0) throw new Error('A retention schedule is a list of periods');
  return content.map((entry: unknown, at): RetentionPeriod => {
    const { record, procedure, outcome, years, legalBasis, confidence } = (entry ?? {}) as Partial<RetentionPeriod>;
    const isCode = (value: unknown): boolean => value === undefined || (typeof value === 'string' && /^\S{1,100}$/.test(value));
    const isBasis =
      Array.isArray(legalBasis) && legalBasis.every((one) => typeof one.act === 'string' && typeof one.article === 'string');
    if (!isCode(procedure) || !isCode(outcome) || !isBasis || !['S', 'K', 'U'].includes(confidence ?? ''))
      throw new Error(`Period ${at + 1}: procedure, outcome, legalBasis or confidence is malformed`);
    if (record !== undefined && (!RECORDS.includes(record) || procedure !== undefined || outcome !== undefined))
      throw new Error(`Period ${at + 1}: record is one of ${RECORDS.join(', ')}, and stands without procedure and outcome`);
    if (typeof years !== 'number' || !Number.isInteger(years) || years < 1 || years > 200)
      throw new Error(`Period ${at + 1}: years must be a whole number from 1 to 200`);
    return entry as RetentionPeriod;
  });
}
