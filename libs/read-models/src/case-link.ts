/** Which cases name which, and what each was told of the other: the truth for the process manager that makes both know. */
import { type DataSource, EntitySchema } from 'typeorm';
import type { Relation } from '#domain/case/events.js';
import type { Code, Id, InstantAt } from '#domain/event.js';
import type { CaseStreamEvent, Projection } from './projection.js';
import { selectRows } from './rows.js';

export interface CaseLinkRow {
  readonly caseId: Id;
  readonly other: Id;
  readonly relation: Relation;
  readonly procedure: Code;
  readonly at: InstantAt;
}

const CaseLinkEntity = new EntitySchema<CaseLinkRow>({
  name: 'case_link',
  schema: 'read',
  columns: {
    caseId: { type: 'uuid', primary: true },
    other: { type: 'uuid', primary: true },
    relation: { type: 'text' },
    procedure: { type: 'text' },
    at: { type: 'timestamptz' },
  },
});

/** A decision in a case: by an official, by silence, or a lapse. */
interface CaseDecisionRow {
  readonly caseId: Id;
  readonly decidedAt: InstantAt;
}

const CaseDecisionEntity = new EntitySchema<CaseDecisionRow>({
  name: 'case_decision',
  schema: 'read',
  columns: { caseId: { type: 'uuid', primary: true }, decidedAt: { type: 'timestamptz', primary: true } },
});

/** A decision in another case that a case was told of. */
interface CaseToldRow extends CaseDecisionRow {
  readonly other: Id;
}

const CaseToldEntity = new EntitySchema<CaseToldRow>({
  name: 'case_told',
  schema: 'read',
  columns: {
    caseId: { type: 'uuid', primary: true },
    other: { type: 'uuid', primary: true },
    decidedAt: { type: 'timestamptz', primary: true },
  },
});

type CaseLinkRows = {
  readonly case_link: readonly CaseLinkRow[];
  readonly case_decision: readonly CaseDecisionRow[];
  readonly case_told: readonly CaseToldRow[];
};

export const caseLinkProjection: Projection<CaseLinkRows, CaseStreamEvent> = {
  name: 'case_link',
  tables: { case_link: CaseLinkEntity, case_decision: CaseDecisionEntity, case_told: CaseToldEntity },
  rowPerEvent: true,
  fold(rows, event) {
    const { caseId } = event;
    switch (event.type) {
      case 'CaseLinked':
      case 'RemedyFiled': {
        const { other, procedure, at } = event.data;
        const relation = event.type === 'CaseLinked' ? event.data.relation : 'remedy';
        return { ...rows, case_link: [...rows.case_link, { caseId, other, relation, procedure, at }] };
      }
      case 'DeterminationApproved':
      case 'DeterminedOtherwise':
      case 'DeterminedBySilence':
      case 'CaseLapsed':
      case 'LapseSetAside':
        return { ...rows, case_decision: [...rows.case_decision, { caseId, decidedAt: event.data.at }] };
      case 'LinkedCaseDecided': {
        const { other, decidedAt } = event.data;
        return { ...rows, case_told: [...rows.case_told, { caseId, other, decidedAt }] };
      }
      default:
        return rows;
    }
  },
};

/** Links that only one of the two cases knows of, oldest first; with `caseIds`, only theirs. */
export function findOneSidedLinks(
  dataSource: DataSource,
  options: { readonly limit: number; readonly caseIds?: readonly Id[] },
): Promise<readonly CaseLinkRow[]> {
  const { limit, caseIds } = options;
  return selectRows(
    dataSource.manager,
    CaseLinkEntity,
    `WHERE NOT EXISTS (SELECT 1 FROM read.case_link back WHERE back.case_id = case_link.other AND back.other = case_link.case_id)
     ${caseIds === undefined ? '' : 'AND case_id = ANY($1::uuid[])'} ORDER BY at, case_id, other LIMIT ${Math.trunc(limit)}`,
    caseIds === undefined ? [] : [caseIds],
  );
}

/** Cases that were not told yet how one that they name was decided last; with `caseIds`, only where one of the two is among them. */
export async function findUntoldDecisions(
  dataSource: DataSource,
  options: { readonly limit: number; readonly caseIds?: readonly Id[] },
): Promise<readonly { readonly caseId: Id; readonly other: Id }[]> {
  const { limit, caseIds } = options;
  return dataSource.query(
    `SELECT link.case_id AS "caseId", link.other
       FROM read.case_link link
       JOIN LATERAL (SELECT max(decided_at) AS decided_at FROM read.case_decision WHERE case_id = link.other) last
         ON last.decided_at IS NOT NULL
      WHERE NOT EXISTS (SELECT 1 FROM read.case_told told
                         WHERE told.case_id = link.case_id AND told.other = link.other AND told.decided_at = last.decided_at)
        ${caseIds === undefined ? '' : 'AND (link.case_id = ANY($1::uuid[]) OR link.other = ANY($1::uuid[]))'}
      ORDER BY link.case_id, link.other LIMIT ${Math.trunc(limit)}`,
    caseIds === undefined ? [] : [caseIds],
  );
}
