/** Where commands on the register of persons are carried out: the streams of the cases say who may see whom, the domain decides. */
import { dataDestroyed, OUT_OF_SCOPE, refuse } from '#domain/case/refuse.js';
import type { CaseFile } from '#domain/case/state.js';
import { isDestroyed } from '#domain/destruction/destruction.js';
import type { Decision, Id, InstantAt, Rejection } from '#domain/event.js';
import type { MatchEvent, PersonEvent } from '#domain/person/events.js';
import { indexWords, type Match, matchPapers, type Papers, papersOfSubject } from '#domain/person/matching.js';
import {
  decideMatch,
  decidePerson,
  evolveMatch,
  evolvePerson,
  type MatchCommand,
  type MatchRecord,
  matchStream,
  type PersonContext,
  type PersonRecord,
  pairOf,
  personStream,
  seesPerson,
} from '#domain/person/register.js';
import type { CaseDesk } from './case-desk.js';
import { canonicalJson, commandIdOf } from './envelope.js';
import { type EventLog, type Fold, folded, foldedAsFar, UnreadableStream } from './event-log.js';
import { type CommandOutcome, handleCommand } from './handle-command.js';

/** What both kinds of submission say of the act. */
interface Act {
  readonly actorId: Id;
  readonly at: InstantAt;
  readonly commandId: Id;
  readonly expectedRevision?: number;
}

export interface PersonSubmission extends Act {
  readonly type: 'RegisterPerson' | 'RecordPapers';
  /** The case whose subject it is, and through which the official acts. */
  readonly caseId: Id;
  /** What its papers say; without them, what the case's file says. */
  readonly papers?: Papers;
}

export interface MatchSubmission extends Act {
  readonly command: { readonly type: MatchCommand['type']; readonly reason: string };
  /** The two records, when the match is proposed; else its id. */
  readonly of: { readonly pair: readonly [Id, Id] } | { readonly matchId: Id };
  /** Cases by which the official may see the persons, besides those that the records name; each is looked into. */
  readonly cases: readonly Id[];
}

interface Folded<State> {
  readonly state: State;
  readonly revision: number;
}

const personFold: Fold<PersonRecord | undefined, PersonEvent> = { initialState: undefined, evolve: evolvePerson };
const matchFold: Fold<MatchRecord | undefined, MatchEvent> = { initialState: undefined, evolve: evolveMatch };

/** A record, folded from its stream. @throws UnreadableStream */
export async function readPerson(log: EventLog, personId: Id): Promise<Folded<PersonRecord | undefined>> {
  const { events, head } = await log.read(personStream(personId));
  return { state: folded(personFold, events), revision: head.revision };
}

/** A record that cannot be read, as far as it can: to know who may be told of it. */
export async function personAsFarAsReadable(log: EventLog, personId: Id): Promise<PersonRecord | undefined> {
  return foldedAsFar(personFold, await log.readOpened(personStream(personId)));
}

/** What was decided on a pair, folded from its stream. @throws UnreadableStream */
export async function readMatch(log: EventLog, matchId: Id): Promise<Folded<MatchRecord | undefined>> {
  const { events, head } = await log.read(matchStream(matchId));
  return { state: folded(matchFold, events), revision: head.revision };
}

/** A match that cannot be read, as far as it can: to know who may be told of it. */
export async function matchAsFarAsReadable(log: EventLog, matchId: Id): Promise<MatchRecord | undefined> {
  return foldedAsFar(matchFold, await log.readOpened(matchStream(matchId)));
}

/** The id of the match of two records: the same whichever way round, so that nobody proposes one pair twice. */
export function matchIdOf(one: Id, other: Id): Id {
  return commandIdOf('match', pairOf(one, other).join(' '));
}

/** The words under which papers are found, keyed: equal for equal words, telling nothing to who has not the key (ADR 15). */
export function keyedWords(log: EventLog, papers: Papers): readonly string[] {
  return indexWords(papers).map((word) => log.fingerprint(`person ${word}`).slice(0, KEYED_LENGTH));
}

/** 128 bits: no two of a register's words meet by chance. */
const KEYED_LENGTH = 32;

/** Registers the subject of a case, or records anew what their papers say. Answers the record's id with the outcome. */
export async function submitToPerson(
  desk: CaseDesk,
  { type, caseId, papers: given, actorId, at, commandId, expectedRevision }: PersonSubmission,
): Promise<{ readonly personId?: Id; readonly outcome: CommandOutcome }> {
  const { state: file } = await desk.read(caseId);
  const { log, registry } = desk;
  const personId = file?.subjectId;
  const context = { actor: desk.actor(actorId, at), at, offices: registry.state.offices };
  if (file === undefined || !seesPerson(context, [file]))
    return { outcome: { kind: 'rejected', rejection: noSuchCase, revision: -1 } };
  if (personId === undefined) return { outcome: { kind: 'rejected', rejection: noSubject, revision: -1 } };
  const papers = given ?? (file.subject === undefined ? undefined : papersOfSubject(file.subject));
  const decide = async (state: PersonRecord | undefined): Promise<Decision<PersonEvent>> => {
    if (papers === undefined) return { rejection: noSubject };
    const command = { type, caseId, papers, words: keyedWords(log, papers) };
    const decision = decidePerson(state, command, { ...context, personId, sides: [[file]] });
    if (decision.rejection !== undefined) return decision;
    if (isDestroyed(await desk.destructionOf(personId))) return { rejection: dataDestroyed };
    // Papers are replaced whole, and nobody replaces what they may not see.
    const recorded = state?.papersOf === undefined ? undefined : await desk.asFarAsReadable(state.papersOf);
    if (recorded === undefined || seesPerson(context, [recorded])) return decision;
    return { rejection: recordedElsewhere(registry.state.offices.get(recorded.office)?.name ?? recorded.office) };
  };
  const outcome = await handleCommand<PersonRecord | undefined, PersonEvent, PersonEvent>({
    log,
    stream: personStream(personId),
    decider: personFold,
    decide,
    act: { actor: actorId, effectiveAt: at, commandId, correlationId: commandId },
    body: canonicalJson({ type, caseId, papers: given }),
    ...(expectedRevision === undefined ? {} : { expectedRevision }),
  });
  return { personId, outcome };
}

/** Proposes, merges, dismisses or undoes. A pair that reaches beyond the official's office is proposed only where the papers give a reason. */
export async function submitToMatch(
  desk: CaseDesk,
  submission: MatchSubmission,
): Promise<{ matchId: Id; outcome: CommandOutcome }> {
  const { command, of, cases, actorId, at, commandId, expectedRevision } = submission;
  const { log, registry } = desk;
  const matchId = 'matchId' in of ? of.matchId : matchIdOf(...of.pair);
  const decide = async (state: MatchRecord | undefined): Promise<Decision<MatchEvent>> => {
    const pair = 'pair' in of ? pairOf(...of.pair) : state === undefined ? undefined : ([state.a, state.b] as const);
    if (pair === undefined) return { rejection: noSuchMatch };
    const records = await Promise.all(pair.map(async (id) => (await readPerson(log, id)).state));
    const [a, b] = records;
    if (a === undefined || b === undefined) return { rejection: noSuchMatch };
    const who = { actor: desk.actor(actorId, at), at, offices: registry.state.offices };
    const sides = await Promise.all([a, b].map((record) => casesOf(desk, record, cases)));
    const reasons = command.type === 'ProposeMatch' ? matchOf(a, b) : undefined;
    if (command.type === 'ProposeMatch' && reasons === undefined && !sides.every((side) => seesPerson(who, side)))
      return { rejection: noSuchMatch };
    const full: MatchCommand =
      command.type === 'ProposeMatch'
        ? { ...command, type: command.type, reasons: (reasons?.reasons ?? []).map(({ code }) => code) }
        : { ...command, type: command.type };
    const context: PersonContext & { matchId: Id; pair: readonly [Id, Id] } = { ...who, sides, matchId, pair };
    return decideMatch(state, full, context);
  };
  const outcome = await handleCommand<MatchRecord | undefined, MatchEvent, MatchEvent>({
    log,
    stream: matchStream(matchId),
    decider: matchFold,
    decide,
    act: { actor: actorId, effectiveAt: at, commandId, correlationId: commandId },
    body: canonicalJson({ matchId, ...command }),
    ...(expectedRevision === undefined ? {} : { expectedRevision }),
  });
  return { matchId, outcome };
}

/** Why two records may be of one person; undefined also when one's papers were destroyed. */
export function matchOf(a: PersonRecord, b: PersonRecord): Match | undefined {
  return a.papers === undefined || b.papers === undefined ? undefined : matchPapers(a.papers, b.papers);
}

/**
 * The person's cases, of those that the record names and those offered: only what a case's own stream says counts. Through one that cannot be
 * read nobody sees a person; it hides none of the others.
 */
export async function casesOf(
  desk: CaseDesk,
  { personId, caseIds }: PersonRecord,
  offered: readonly Id[],
): Promise<readonly CaseFile[]> {
  const read = async (id: Id): Promise<readonly CaseFile[]> => {
    try {
      const { state } = await desk.read(id);
      return state?.subjectId === personId ? [state] : [];
    } catch (error) {
      if (error instanceof UnreadableStream) return [];
      throw error;
    }
  };
  return (await Promise.all([...new Set([...caseIds, ...offered])].map(read))).flat();
}

function recordedElsewhere(office: string): Rejection {
  return refuse(
    'recorded-elsewhere',
    `Surat-surat orang ini dicatat oleh ${office}; mintalah kantor itu menambahkannya.`,
    `The papers of this person were recorded by ${office}; ask that office to add to them.`,
  );
}

const noSuchCase = refuse(OUT_OF_SCOPE, 'Perkara ini tidak ada.', 'There is no such case.');
const noSuchMatch = refuse(OUT_OF_SCOPE, 'Kecocokan ini tidak ada.', 'There is no such match.');
const noSubject = refuse('no-subject', 'Perkara ini tidak menyebut orangnya.', 'This case does not say who the person is.');
