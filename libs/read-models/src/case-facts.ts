/**
 * What was established in each case when it was determined, one row a case, for looking back over many. Values found about the person stand
 * here in the clear, as in the history: both are rebuilt from the log after an erasure.
 */
import { type DataSource, EntitySchema } from 'typeorm';
import { establishedBy, type Finding, isFactValue, saidIn } from '#domain/case/state.js';
import type { Code, Id, InstantAt, Sha256 } from '#domain/event.js';
import type { FactValue } from '#domain/procedure/rules.js';
import type { PastCase } from '#domain/procedure/simulation.js';
import type { CaseStreamEventOf, Projection, TypesOf } from './projection.js';

export interface CaseFactsRow {
  readonly caseId: Id;
  readonly procedure: Code;
  readonly procedureVersion: Code;
  readonly procedureSha256: Sha256;
  readonly openedAtOffice: Code;
  readonly office: Code;
  readonly lodgedAt: InstantAt | null;
  /** The last of each fact. */
  readonly findings: readonly Pick<Finding, 'fact' | 'value' | 'evidence'>[];
  /** Papers that were verified, and interviews. */
  readonly standing: readonly Id[];
  /** What an official determined last; null while the case is open. */
  readonly outcome: Code | null;
  readonly determinedAt: InstantAt | null;
  /** What was established when it was determined. */
  readonly facts: { readonly [fact: Code]: FactValue } | null;
}

const CaseFactsEntity = new EntitySchema<CaseFactsRow>({
  name: 'case_facts',
  schema: 'read',
  columns: {
    caseId: { type: 'uuid', primary: true },
    procedure: { type: 'text' },
    procedureVersion: { type: 'text' },
    procedureSha256: { type: 'text' },
    openedAtOffice: { type: 'text' },
    office: { type: 'text' },
    lodgedAt: { type: 'timestamptz', nullable: true },
    findings: { type: 'jsonb' },
    standing: { type: 'text', array: true },
    outcome: { type: 'text', nullable: true },
    determinedAt: { type: 'timestamptz', nullable: true },
    facts: { type: 'jsonb', nullable: true },
  },
});

type CaseFactsRows = { readonly case_facts: readonly CaseFactsRow[] };

export type FactsEvent = CaseStreamEventOf<
  | 'DraftOpened'
  | 'ApplicationLodged'
  | 'CaseMigrated'
  | 'EvidenceVerified'
  | 'EvidenceRejected'
  | 'InterviewRecorded'
  | 'FindingRecorded'
  | 'DeterminationApproved'
  | 'DeterminedOtherwise'
  | 'CaseReopened'
>;

export const caseFactsProjection: Projection<CaseFactsRows, FactsEvent> = {
  name: 'case_facts',
  tables: { case_facts: CaseFactsEntity },
  streamPrefixes: ['case-'],
  types: {
    DraftOpened: true,
    ApplicationLodged: true,
    CaseMigrated: true,
    EvidenceVerified: true,
    EvidenceRejected: true,
    InterviewRecorded: true,
    FindingRecorded: true,
    DeterminationApproved: true,
    DeterminedOtherwise: true,
    CaseReopened: true,
  } satisfies TypesOf<FactsEvent>,
  fold(rows, event) {
    const [row] = rows.case_facts;
    const after = folded(row, event);
    return after === row || after === undefined ? rows : { case_facts: [after] };
  },
};

function folded(row: CaseFactsRow | undefined, event: FactsEvent): CaseFactsRow | undefined {
  if (event.type === 'DraftOpened') {
    const { procedure, office } = event.data;
    return {
      caseId: event.caseId,
      procedure: procedure.code,
      procedureVersion: procedure.version,
      procedureSha256: procedure.sha256,
      openedAtOffice: office,
      office,
      lodgedAt: null,
      findings: [],
      standing: [],
      outcome: null,
      determinedAt: null,
      facts: null,
    };
  }
  // Nothing is established in an imported case.
  if (row === undefined) return undefined;
  switch (event.type) {
    case 'ApplicationLodged':
      return { ...row, office: event.data.office, lodgedAt: event.data.at };
    case 'CaseMigrated': {
      const { version, sha256 } = event.data.to;
      return { ...row, procedureVersion: version, procedureSha256: sha256 };
    }
    case 'EvidenceVerified':
      return { ...row, standing: withId(row.standing, event.data.evidenceId) };
    case 'EvidenceRejected':
      return { ...row, standing: row.standing.filter((id) => id !== event.data.evidenceId) };
    case 'InterviewRecorded':
      return { ...row, standing: withId(row.standing, event.data.interviewId) };
    case 'FindingRecorded': {
      const { fact, evidence } = event.data;
      const { value } = saidIn(event);
      const finding = { fact, evidence, ...(isFactValue(value) ? { value } : {}) };
      return { ...row, findings: [...row.findings.filter((one) => one.fact !== fact), finding] };
    }
    case 'DeterminationApproved':
    case 'DeterminedOtherwise': {
      const { outcome, at } = event.data;
      return { ...row, outcome, determinedAt: at, facts: factsIn(row) };
    }
    case 'CaseReopened':
      return { ...row, outcome: null, determinedAt: null, facts: null };
  }
}

function withId(ids: readonly Id[], id: Id): readonly Id[] {
  return ids.includes(id) ? ids : [...ids, id];
}

function factsIn({ findings, standing }: CaseFactsRow): { readonly [fact: Code]: FactValue } {
  const facts: { [fact: Code]: FactValue } = {};
  for (const [fact, known] of Object.entries(establishedBy(findings, new Set(standing))))
    if (known !== undefined) facts[fact] = known.value;
  return facts;
}

/** How many cases `pastCases` gives. */
export async function countPastCases(dataSource: DataSource, procedure: Code): Promise<number> {
  const [row]: { count: number }[] = await dataSource.query(
    'SELECT count(*)::int AS count FROM read.case_facts WHERE procedure = $1 AND outcome IS NOT NULL',
    [procedure],
  );
  return row?.count ?? 0;
}

const CASES_AT_ONCE = 1000;

const PAST_CASES = `DECLARE past_cases NO SCROLL CURSOR FOR
  SELECT case_id AS "caseId", procedure_version AS version, procedure_sha256 AS sha256, opened_at_office AS "openedAtOffice", office,
         ${instant('lodged_at')} AS "lodgedAt", outcome, ${instant('determined_at')} AS "determinedAt", facts
    FROM read.case_facts WHERE procedure = $1 AND outcome IS NOT NULL ORDER BY case_id`;

type PastRow = Omit<PastCase, 'procedure' | 'lodgedAt'> & {
  readonly version: Code;
  readonly sha256: Sha256;
  readonly lodgedAt: InstantAt | null;
};

/**
 * Every case of a procedure that an official has determined, by case id, all from one moment. The next thousand are on their way while these
 * are worked on; memory holds those two.
 */
export async function* pastCases(dataSource: DataSource, procedure: Code): AsyncGenerator<PastCase> {
  const runner = dataSource.createQueryRunner();
  try {
    await runner.startTransaction('REPEATABLE READ');
    await runner.query(PAST_CASES, [procedure]);
    const ask = (): Promise<readonly PastRow[]> => {
      const rows: Promise<readonly PastRow[]> = runner.query(`FETCH ${CASES_AT_ONCE} FROM past_cases`);
      // It is awaited in its turn; that it failed before is told then.
      rows.catch(() => undefined);
      return rows;
    };
    for (let next = ask(); ; ) {
      const rows = await next;
      if (rows.length === CASES_AT_ONCE) next = ask();
      for (const { version, sha256, lodgedAt, ...past } of rows)
        yield { ...past, procedure: { code: procedure, version, sha256 }, ...(lodgedAt === null ? {} : { lodgedAt }) };
      if (rows.length < CASES_AT_ONCE) return;
    }
  } finally {
    await runner.rollbackTransaction().catch(() => undefined);
    await runner.release();
  }
}

function instant(column: string): string {
  return `to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
}
