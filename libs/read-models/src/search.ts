/**
 * By which words cases and persons are found: keyed, so that the tables tell nothing to who has not the key (ADR 37). Those of cases are folded with
 * `case_file`, those of the register with `person`: they change with what the same events say.
 */
import { type DataSource, EntitySchema } from 'typeorm';
import type { Code, Id } from '#domain/event.js';
import { papersIn } from '#domain/person/matching.js';
import { type Asked, isOfHead, type Written, wordsAsked, wordsWritten, writtenIn, writtenInPapers } from '#domain/search.js';
import type { EventLog } from '#event-store/event-log.js';
import { type CaseStreamEvent, isOfClocks, type PersonStreamEvent } from './projection.js';

export interface CaseWordsRow {
  readonly caseId: Id;
  /** Of its head: the person's names, numbers and births, and the numbers of papers. */
  readonly words: readonly string[];
  /** Of what was said in it: names and numbers in sentences. */
  readonly said: readonly string[];
}

export const CaseWordsEntity = new EntitySchema<CaseWordsRow>({
  name: 'case_words',
  schema: 'read',
  columns: {
    caseId: { type: 'uuid', primary: true },
    words: { type: 'text', array: true },
    said: { type: 'text', array: true },
  },
});

/** 128 bits: no two words meet by chance. */
const KEYED_LENGTH = 32;

function keyed(key: (text: string) => string, words: readonly string[]): readonly string[] {
  return [...new Set(words)].map((word) => key(`search ${word}`).slice(0, KEYED_LENGTH));
}

/** The row with what an event says besides; the same one when it says nothing. A name that was mended is still found. */
export function withWordsOf(row: CaseWordsRow | undefined, event: CaseStreamEvent): CaseWordsRow | undefined {
  const written = isOfClocks(event) ? [] : writtenIn(event);
  if (written.length === 0) return row;
  const of = (some: readonly Written[]) => keyed(event.keyed, some.flatMap(wordsWritten));
  const [words, said] = [of(written.filter(isOfHead)), of(written.filter((one) => !isOfHead(one)))];
  const { words: before, said: saidBefore } = row ?? { words: [], said: [] };
  const after = { caseId: event.caseId, words: together(before, words), said: together(saidBefore, said) };
  return row !== undefined && after.words === before && after.said === saidBefore ? row : after;
}

function together(before: readonly string[], more: readonly string[]): readonly string[] {
  const known = new Set(before);
  const added = more.filter((word) => !known.has(word));
  return added.length === 0 ? before : [...before, ...added];
}

/** The words by which a record is found as its papers stand after the event. */
export function wordsOfPapers(event: PersonStreamEvent): readonly string[] {
  const papers = papersIn(event.data.personal?.[0]?.fields);
  return papers === undefined ? [] : keyed(event.keyed, writtenInPapers(papers).flatMap(wordsWritten));
}

/** A search looks at so many that have every word; whoever asks for `Maria` alone is told to ask for more. */
const MOST_LOOKED_AT = 2000;

/** By which words something asked for is looked up. */
function wordsOf(log: EventLog, asked: readonly Asked[]): readonly (readonly string[])[] {
  return asked.map((one) => keyed((text) => log.fingerprint(text), wordsAsked(one)));
}

/** Cases in these offices that may be meant: those with the most of the words first, then the newest. */
export async function findCasesByWords(
  dataSource: DataSource,
  log: EventLog,
  asked: readonly Asked[],
  { officesInScope, limit }: { readonly officesInScope: readonly Code[]; readonly limit: number },
): Promise<readonly Id[]> {
  if (asked.length === 0) return [];
  const words = wordsOf(log, asked);
  const each = words.map((_, at) => `(w.words && $${at + 4}::text[] OR w.said && $${at + 4}::text[])`);
  const rows: { caseId: Id }[] = await dataSource.query(
    `SELECT case_id AS "caseId" FROM (
       SELECT w.case_id, w.words, f.opened_at FROM read.case_words w JOIN read.case_file f USING (case_id)
       WHERE f.offices && $1::text[] AND ${each.join(' AND ')} LIMIT ${MOST_LOOKED_AT}) looked_at
     ORDER BY (SELECT count(*) FROM unnest(words) one WHERE one = ANY($2::text[])) DESC, opened_at DESC, case_id LIMIT $3`,
    [officesInScope, words.flat(), limit, ...words],
  );
  return rows.map(({ caseId }) => caseId);
}

/** Records of the register, with a case in these offices, that may be meant. */
export async function findPersonsByWords(
  dataSource: DataSource,
  log: EventLog,
  asked: readonly Asked[],
  { officesInScope, limit }: { readonly officesInScope: readonly Code[]; readonly limit: number },
): Promise<readonly Id[]> {
  if (asked.length === 0) return [];
  const words = wordsOf(log, asked);
  const each = words.map((_, at) => `found_by && $${at + 4}::text[]`);
  const rows: { personId: Id }[] = await dataSource.query(
    `SELECT person_id AS "personId" FROM (
       SELECT p.person_id, p.found_by FROM read.person p WHERE ${each.join(' AND ')}
         AND EXISTS (SELECT 1 FROM read.case_file f WHERE f.subject_id = p.person_id::text AND f.offices && $1::text[])
       LIMIT ${MOST_LOOKED_AT}) looked_at
     ORDER BY (SELECT count(*) FROM unnest(found_by) one WHERE one = ANY($2::text[])) DESC, person_id LIMIT $3`,
    [officesInScope, words.flat(), limit, ...words],
  );
  return rows.map(({ personId }) => personId);
}

/** Cases in these offices whose reference begins so, in its one written form. */
export async function findCasesByReference(
  dataSource: DataSource,
  beginning: string,
  { officesInScope, limit }: { readonly officesInScope: readonly Code[]; readonly limit: number },
): Promise<readonly Id[]> {
  const rows: { caseId: Id }[] = await dataSource.query(
    `SELECT case_id AS "caseId" FROM read.case_file WHERE reference LIKE $1 AND offices && $2::text[] ORDER BY reference LIMIT $3`,
    [`${beginning}%`, officesInScope, limit],
  );
  return rows.map(({ caseId }) => caseId);
}
