/** Which cases name which, and what each was told of the other: the truth for the process manager that makes both know. */
import { type DataSource, EntitySchema } from 'typeorm';
import type { Relation } from '#domain/case/events.js';
import type { Code, Id, InstantAt } from '#domain/event.js';
import type { CaseStreamEventOf, Projection, TypesOf } from './projection.js';
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

/** A link that rests on a merge of two person records, or its end: the newest of a pair says whether it stands. */
interface CaseMergeLinkRow {
  readonly caseId: Id;
  readonly other: Id;
  readonly revision: number;
  readonly matchId: Id;
  readonly stands: boolean;
}

const CaseMergeLinkEntity = new EntitySchema<CaseMergeLinkRow>({
  name: 'case_merge_link',
  schema: 'read',
  columns: {
    caseId: { type: 'uuid', primary: true },
    other: { type: 'uuid', primary: true },
    revision: { type: 'integer', primary: true },
    matchId: { type: 'uuid' },
    stands: { type: 'boolean' },
  },
});

type CaseLinkRows = {
  readonly case_link: readonly CaseLinkRow[];
  readonly case_decision: readonly CaseDecisionRow[];
  readonly case_told: readonly CaseToldRow[];
  readonly case_merge_link: readonly CaseMergeLinkRow[];
};

type LinkEvent = CaseStreamEventOf<
  | 'CaseLinked'
  | 'CaseUnlinked'
  | 'RemedyFiled'
  | 'DeterminationApproved'
  | 'DeterminedOtherwise'
  | 'DeterminedBySilence'
  | 'CaseLapsed'
  | 'LapseSetAside'
  | 'LinkedCaseDecided'
>;

export const caseLinkProjection: Projection<CaseLinkRows, LinkEvent> = {
  name: 'case_link',
  tables: {
    case_link: CaseLinkEntity,
    case_decision: CaseDecisionEntity,
    case_told: CaseToldEntity,
    case_merge_link: CaseMergeLinkEntity,
  },
  streamPrefixes: ['case-'],
  types: {
    CaseLinked: true,
    CaseUnlinked: true,
    RemedyFiled: true,
    DeterminationApproved: true,
    DeterminedOtherwise: true,
    DeterminedBySilence: true,
    CaseLapsed: true,
    LapseSetAside: true,
    LinkedCaseDecided: true,
  } satisfies TypesOf<LinkEvent>,
  rowPerEvent: true,
  fold(rows, event) {
    const { caseId, revision } = event;
    switch (event.type) {
      case 'CaseUnlinked': {
        const { other, match: matchId } = event.data;
        return { ...rows, case_merge_link: [...rows.case_merge_link, { caseId, other, revision, matchId, stands: false }] };
      }
      case 'CaseLinked':
      case 'RemedyFiled': {
        const { other, procedure, at } = event.data;
        const matchId = event.type === 'CaseLinked' ? event.data.match : undefined;
        if (matchId !== undefined)
          return { ...rows, case_merge_link: [...rows.case_merge_link, { caseId, other, revision, matchId, stands: true }] };
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
    }
  },
};

const LAST_BY_MERGE = `SELECT DISTINCT ON (case_id, other) case_id, other, match_id, stands
  FROM read.case_merge_link ORDER BY case_id, other, revision DESC`;

/** Records that are one person by the merges that stand, each with each; `match_id`: the last merge on the way between the two. */
const ONE_PERSON = `merged (x, y, match_id) AS (
    SELECT a, b, match_id FROM read.person_match WHERE status = 'merged'
    UNION ALL SELECT b, a, match_id FROM read.person_match WHERE status = 'merged'),
  one_person (x, y, match_id) AS (
    SELECT x, y, match_id FROM merged
    UNION SELECT o.x, m.y, m.match_id FROM one_person o JOIN merged m ON m.x = o.y WHERE m.y <> o.x)`;

/** What a case does not know yet of the merges that stand: with `matchId` it is to be linked with the other, without the link is to end. */
export interface UnfollowedMerge {
  readonly caseId: Id;
  readonly other: Id;
  readonly matchId: Id | null;
}

/** Cases that do not know yet which cases the merges of person records make, or made, cases of their own person. */
export async function findUnfollowedMerges(dataSource: DataSource, limit: number): Promise<readonly UnfollowedMerge[]> {
  return dataSource.query(
    `WITH RECURSIVE ${ONE_PERSON}, last AS (${LAST_BY_MERGE})
     (SELECT DISTINCT ON (mine.case_id, theirs.case_id) mine.case_id AS "caseId", theirs.case_id AS other, match_id AS "matchId"
        FROM one_person
        JOIN read.case_file mine ON mine.subject_id = x::text
        JOIN read.case_file theirs ON theirs.subject_id = y::text
       WHERE NOT EXISTS (SELECT 1 FROM read.case_link link WHERE link.case_id = mine.case_id AND link.other = theirs.case_id)
         AND NOT EXISTS (SELECT 1 FROM last WHERE last.case_id = mine.case_id AND last.other = theirs.case_id AND stands)
       ORDER BY mine.case_id, theirs.case_id, match_id LIMIT ${Math.trunc(limit)})
     UNION ALL
     (SELECT last.case_id, last.other, NULL
        FROM last
        JOIN read.case_file mine ON mine.case_id = last.case_id
        JOIN read.case_file theirs ON theirs.case_id = last.other
       WHERE stands AND NOT EXISTS (SELECT 1 FROM one_person WHERE x::text = mine.subject_id AND y::text = theirs.subject_id)
       LIMIT ${Math.trunc(limit)})`,
  );
}

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
       FROM (SELECT case_id, other FROM read.case_link UNION SELECT case_id, other FROM (${LAST_BY_MERGE}) m WHERE stands) link
       JOIN LATERAL (SELECT max(decided_at) AS decided_at FROM read.case_decision WHERE case_id = link.other) last
         ON last.decided_at IS NOT NULL
      WHERE NOT EXISTS (SELECT 1 FROM read.case_told told
                         WHERE told.case_id = link.case_id AND told.other = link.other AND told.decided_at = last.decided_at)
        ${caseIds === undefined ? '' : 'AND (link.case_id = ANY($1::uuid[]) OR link.other = ANY($1::uuid[]))'}
      ORDER BY link.case_id, link.other LIMIT ${Math.trunc(limit)}`,
    caseIds === undefined ? [] : [caseIds],
  );
}
