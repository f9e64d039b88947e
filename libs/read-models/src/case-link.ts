/** Which cases name which: the truth for the process manager that makes both sides of a link name each other. */
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

type CaseLinkRows = { readonly case_link: readonly CaseLinkRow[] };

export const caseLinkProjection: Projection<CaseLinkRows, CaseStreamEvent> = {
  name: 'case_link',
  tables: { case_link: CaseLinkEntity },
  rowPerEvent: true,
  fold({ case_link }, event) {
    if (event.type !== 'CaseLinked' && event.type !== 'RemedyFiled') return { case_link };
    const { other, procedure, at } = event.data;
    const relation = event.type === 'CaseLinked' ? event.data.relation : 'remedy';
    return { case_link: [...case_link, { caseId: event.caseId, other, relation, procedure, at }] };
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
