/** What reports are counted from: the history of cases as it was known at an instant, case by case; referrals by area; and the load of today. */
import type { DataSource } from 'typeorm';
import type { Code, Id, InstantAt } from '#domain/event.js';
import { type ReportedEvent, reportedTypes } from '#domain/report/semester.js';

const ROWS_AT_ONCE = 5000;

const REPORTED = `DECLARE reported NO SCROLL CURSOR FOR
  SELECT h.case_id AS "caseId", h.type, to_char(h.effective_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS "effectiveAt", h.data
    FROM read.case_history h
   WHERE h.type = ANY($1::text[]) AND h.recorded_at <= $2::timestamptz
     AND h.case_id IN (SELECT w.case_id FROM read.worklist w WHERE w.offices && $3::text[])
   ORDER BY h.case_id, h.position`;

/**
 * The reported events of each case that one of these offices has had, in the order of their recording, as they were known at an instant; all
 * from one moment. Memory holds one case and a few thousand events.
 */
export async function* reportedCases(
  dataSource: DataSource,
  question: { readonly officesInScope: readonly Code[]; readonly knownAt: InstantAt },
): AsyncGenerator<readonly ReportedEvent[]> {
  const runner = dataSource.createQueryRunner();
  try {
    await runner.startTransaction('REPEATABLE READ');
    await runner.query(REPORTED, [reportedTypes, question.knownAt, question.officesInScope]);
    let ofCase: ReportedEvent[] = [];
    for (;;) {
      const rows: readonly ReportedEvent[] = await runner.query(`FETCH ${ROWS_AT_ONCE} FROM reported`);
      for (const row of rows) {
        if (ofCase.length > 0 && ofCase[0]?.caseId !== row.caseId) {
          yield ofCase;
          ofCase = [];
        }
        ofCase.push(row);
      }
      if (rows.length < ROWS_AT_ONCE) break;
    }
    if (ofCase.length > 0) yield ofCase;
  } finally {
    await runner.rollbackTransaction().catch(() => undefined);
    await runner.release();
  }
}

export interface AreaCount {
  /** The kabupaten or city: the first two parts of an area’s code. */
  readonly area: Code;
  readonly referrals: number;
  /** Of them, with an indicator of trafficking. */
  readonly indicated: number;
}

/** Referrals that were received within a time at these offices, by kabupaten. Nothing of whom they are about. */
export async function countReferralsByArea(
  dataSource: DataSource,
  question: { readonly officesInScope: readonly Code[]; readonly from: InstantAt; readonly to: InstantAt },
): Promise<readonly AreaCount[]> {
  return dataSource.query(
    `SELECT substring(area FROM '^[0-9]+\\.[0-9]+') AS area, count(*)::int AS referrals,
       count(*) FILTER (WHERE indicators <> '{}')::int AS indicated
     FROM read.referral WHERE office = ANY($1::text[]) AND received_at >= $2::timestamptz AND received_at <= $3::timestamptz
     GROUP BY 1 ORDER BY 1`,
    [question.officesInScope, question.from, question.to],
  );
}

export interface Load {
  readonly office: Code;
  /** Null: not assigned. */
  readonly officer: Id | null;
  readonly open: number;
  readonly overdue: number;
  readonly dueSoon: number;
  readonly lawActed: number;
  readonly inReview: number;
}

/** What is open at each office now, by officer, the most first. */
export async function findLoad(
  dataSource: DataSource,
  question: { readonly officesInScope: readonly Code[]; readonly at: InstantAt },
): Promise<readonly Load[]> {
  return dataSource.query(
    `SELECT office, officer, count(*)::int AS open,
       count(*) FILTER (WHERE law_acted_at IS NULL AND overdue_at <= $2::timestamptz)::int AS overdue,
       count(*) FILTER (WHERE law_acted_at IS NULL AND (overdue_at IS NULL OR overdue_at > $2::timestamptz) AND due_soon_at <= $2::timestamptz)::int AS "dueSoon",
       count(law_acted_at)::int AS "lawActed",
       count(*) FILTER (WHERE stage = 'review')::int AS "inReview"
     FROM read.worklist WHERE office = ANY($1::text[]) AND stage NOT IN ('draft', 'closed', 'withdrawn')
     GROUP BY office, officer ORDER BY open DESC, office, officer NULLS FIRST`,
    [question.officesInScope, question.at],
  );
}
