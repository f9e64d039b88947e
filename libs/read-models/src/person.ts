/**
 * The register of persons, to find records that may be of one person: keyed words only, no name and no number. And the pairs that were
 * proposed, merged, dismissed or separated: who is one person follows from the merges that stand.
 */
import { type DataSource, EntitySchema } from 'typeorm';
import type { Code, Id, InstantAt } from '#domain/event.js';
import { evolveMatch, type MatchRecord, type MatchStatus, samePersonAs } from '#domain/person/register.js';
import type { Position } from '#event-store/port.js';
import {
  type MatchStreamEvent,
  type PersonStreamEvent,
  type Projection,
  pageSize,
  readCursor,
  writeCursor,
} from './projection.js';
import { selectRows } from './rows.js';
import { wordsOfPapers } from './search.js';

interface PersonRow {
  readonly personId: Id;
  readonly registeredAt: InstantAt;
  /** The office that last recorded papers. */
  readonly office: Code;
  /** Keyed words of the papers as they stand; none once the person's key was destroyed. */
  readonly words: readonly string[];
  /** Keyed words by which whoever looks for someone finds the record. */
  readonly foundBy: readonly string[];
  readonly revision: number;
  readonly position: Position;
}

const PersonEntity = new EntitySchema<PersonRow>({
  name: 'person',
  schema: 'read',
  columns: {
    personId: { type: 'uuid', primary: true },
    registeredAt: { type: 'timestamptz' },
    office: { type: 'text' },
    words: { type: 'text', array: true },
    foundBy: { type: 'text', array: true },
    revision: { type: 'integer' },
    position: { type: 'bigint' },
  },
});

type PersonRows = { readonly person: readonly PersonRow[] };

export const personProjection: Projection<PersonRows, PersonStreamEvent> = {
  name: 'person',
  tables: { person: PersonEntity },
  streamPrefixes: ['person-'],
  rowsOf: 'personId',
  fold({ person: [row] }, event) {
    const { data, revision, position } = event;
    const words = data.personal?.[0]?.fields.words;
    const { personId, at, office } = data;
    const registeredAt = row?.registeredAt ?? at;
    const matched = Array.isArray(words) ? words : [];
    return { person: [{ personId, registeredAt, office, words: matched, foundBy: wordsOfPapers(event), revision, position }] };
  },
};

export interface MatchRow {
  readonly matchId: Id;
  readonly a: Id;
  readonly b: Id;
  readonly status: MatchStatus;
  readonly reasons: readonly Code[];
  readonly proposedBy: Id;
  readonly proposedAt: InstantAt;
  /** Who acted last, and when. */
  readonly actedBy: Id;
  readonly actedAt: InstantAt;
  readonly revision: number;
  readonly position: Position;
}

const MatchEntity = new EntitySchema<MatchRow>({
  name: 'person_match',
  schema: 'read',
  columns: {
    matchId: { type: 'uuid', primary: true },
    a: { type: 'uuid' },
    b: { type: 'uuid' },
    status: { type: 'text' },
    reasons: { type: 'text', array: true },
    proposedBy: { type: 'text' },
    proposedAt: { type: 'timestamptz' },
    actedBy: { type: 'text' },
    actedAt: { type: 'timestamptz' },
    revision: { type: 'integer' },
    position: { type: 'bigint' },
  },
});

type MatchRows = { readonly person_match: readonly MatchRow[] };

export const personMatchProjection: Projection<MatchRows, MatchStreamEvent> = {
  name: 'person_match',
  tables: { person_match: MatchEntity },
  streamPrefixes: ['match-'],
  rowsOf: 'matchId',
  fold({ person_match: [row] }, event) {
    const before: MatchRecord | undefined = row === undefined ? undefined : { ...row, acts: [] };
    const { matchId, a, b, status, reasons, proposedBy } = evolveMatch(before, event);
    const { by: actedBy, at: actedAt } = event.data;
    const proposedAt = event.type === 'MatchProposed' || row === undefined ? actedAt : row.proposedAt;
    const { revision, position } = event;
    return {
      person_match: [{ matchId, a, b, status, reasons, proposedBy, proposedAt, actedBy, actedAt, revision, position }],
    };
  },
};

const MOST_CANDIDATES = 50;

/** Records that share keyed words with these, the most first; their papers say whether they match. */
export async function findByWords(dataSource: DataSource, words: readonly string[], not: readonly Id[]): Promise<readonly Id[]> {
  if (words.length === 0) return [];
  const rows: { personId: Id }[] = await dataSource.query(
    `SELECT person_id AS "personId" FROM read.person
     WHERE words && $1::text[] AND person_id <> ALL($2::uuid[])
     ORDER BY (SELECT count(*) FROM unnest(words) w WHERE w = ANY($1)) DESC, person_id LIMIT ${MOST_CANDIDATES}`,
    [words, not],
  );
  return rows.map(({ personId }) => personId);
}

/** The records that are one person with this one, by the merges that stand; and all that was decided on pairs with any of them. */
export async function findPerson(
  dataSource: DataSource,
  personId: Id,
): Promise<{ readonly personIds: readonly Id[]; readonly matches: readonly MatchRow[] }> {
  let personIds: readonly Id[] = [personId];
  for (;;) {
    const matches = await selectRows(
      dataSource.manager,
      MatchEntity,
      'WHERE a = ANY($1::uuid[]) OR b = ANY($1::uuid[]) ORDER BY match_id',
      [personIds],
    );
    const grown = samePersonAs(
      personId,
      matches.filter(({ status }) => status === 'merged'),
    );
    if (grown.length === personIds.length) return { personIds, matches };
    personIds = grown;
  }
}

/** The cases of these records' subjects, oldest first. */
export async function findCasesOfPersons(dataSource: DataSource, personIds: readonly Id[]): Promise<readonly Id[]> {
  const rows: { caseId: Id }[] = await dataSource.query(
    `SELECT case_id AS "caseId" FROM read.case_file WHERE subject_id = ANY($1::text[]) ORDER BY opened_at, case_id`,
    [personIds],
  );
  return rows.map(({ caseId }) => caseId);
}

export interface MatchPage {
  readonly items: readonly MatchRow[];
  /** Absent on the last page. */
  readonly next?: string;
}

/** Matches of which one side has a case in these offices, the last acted on first. @throws BadCursor */
export async function findMatches(
  dataSource: DataSource,
  filter: {
    readonly officesInScope: readonly Code[];
    readonly status?: MatchStatus;
    readonly limit?: number;
    readonly after?: string;
  },
): Promise<MatchPage> {
  const parameters: unknown[] = [filter.officesInScope];
  const put = (value: unknown): string => `$${parameters.push(value)}`;
  const where = [`EXISTS (SELECT 1 FROM read.case_file f WHERE f.subject_id IN (a::text, b::text) AND f.offices && $1::text[])`];
  if (filter.status !== undefined) where.push(`status = ${put(filter.status)}`);
  if (filter.after !== undefined) {
    const [at, id] = readCursor(filter.after, ['instant', 'uuid']);
    where.push(`(acted_at, match_id) < (${put(at)}::timestamptz, ${put(id)}::uuid)`);
  }
  const limit = pageSize(filter.limit, 50);
  const rows = await selectRows(
    dataSource.manager,
    MatchEntity,
    `WHERE ${where.join(' AND ')} ORDER BY acted_at DESC, match_id DESC LIMIT ${limit + 1}`,
    parameters,
  );
  const items = rows.slice(0, limit);
  const last = rows.length > limit ? items.at(-1) : undefined;
  return { items, ...(last === undefined ? {} : { next: writeCursor([last.actedAt, last.matchId]) }) };
}
