/**
 * The register of persons: who may record what papers say of a subject, and how two records come to be taken as one person. Merging takes
 * two people and can be undone; no record and no case is ever rewritten by it: who is who follows from the merges that stand.
 */
import { dateIn, zoneOf } from '../case/clock-events.js';
import { mayRead, refuseRole } from '../case/permit.js';
import { OUT_OF_SCOPE, refuse } from '../case/refuse.js';
import type { CaseFile } from '../case/state.js';
import {
  assertNever,
  type Code,
  type Decision,
  type Id,
  type InstantAt,
  type Json,
  type PersonalPart,
  type Rejection,
} from '../event.js';
import { inSubtree, type OfficeTree } from '../office/office.js';
import { type Actor, isOrActsFor } from '../office/official.js';
import { policyTable } from '../policy-table.js';
import type { MatchEvent, PersonEvent } from './events.js';
import { type Papers, papersIn } from './matching.js';

export const personStream = (personId: Id): Id => `person-${personId}`;
export const matchStream = (matchId: Id): Id => `match-${matchId}`;
/** Data of the register live as long as the register keeps the person, longer than any one case's. */
export const REGISTER_RETENTION: Code = 'person-register';

/** One record. Papers are undefined once they were destroyed. */
export interface PersonRecord {
  readonly personId: Id;
  readonly registeredBy: Id;
  readonly registeredAt: InstantAt;
  readonly papers?: Papers;
  /** The case through which they were recorded last. */
  readonly papersOf?: Id;
  /** The cases from whose files the papers were taken. */
  readonly caseIds: readonly Id[];
}

export type MatchStatus = 'proposed' | 'dismissed' | 'merged' | 'undone';

export interface MatchAct {
  readonly type: MatchEvent['type'];
  readonly by: Id;
  readonly at: InstantAt;
  readonly reason?: string;
}

/** What was decided on one pair of records, and by whom. */
export interface MatchRecord {
  readonly matchId: Id;
  readonly a: Id;
  readonly b: Id;
  readonly status: MatchStatus;
  readonly reasons: readonly Code[];
  readonly proposedBy: Id;
  readonly acts: readonly MatchAct[];
}

export function evolvePerson(state: PersonRecord | undefined, event: PersonEvent): PersonRecord {
  const { by, at, personId, caseId, personal } = event.data;
  const papers = papersIn(personal?.[0]?.fields);
  const before = state ?? { personId, registeredBy: by, registeredAt: at, caseIds: [] };
  const { papers: _, ...rest } = before;
  const caseIds = before.caseIds.includes(caseId) ? before.caseIds : [...before.caseIds, caseId];
  return { ...rest, caseIds, papersOf: caseId, ...(papers === undefined ? {} : { papers }) };
}

const statusAfter: { readonly [T in MatchEvent['type']]: MatchStatus } = {
  MatchProposed: 'proposed',
  MatchDismissed: 'dismissed',
  PersonsMerged: 'merged',
  MergeUndone: 'undone',
};

export function evolveMatch(state: MatchRecord | undefined, event: MatchEvent): MatchRecord {
  const { by, at, personal } = event.data;
  const reason = personal?.[0]?.fields.reason;
  const done: MatchAct = { type: event.type, by, at, ...(typeof reason === 'string' ? { reason } : {}) };
  const acts = [...(state?.acts ?? []), done];
  const status = statusAfter[event.type];
  if (event.type === 'MatchProposed') {
    const { matchId, a, b, reasons } = event.data;
    return { matchId, a, b, status, reasons, proposedBy: by, acts };
  }
  if (state === undefined) throw new Error(`${event.type} in a stream that no match was proposed in`);
  return { ...state, status, acts };
}

export type PersonCommand =
  /** `words`: the keyed words under which the record is found, made of the papers by whoever holds the key. */
  {
    readonly type: 'RegisterPerson' | 'RecordPapers';
    readonly caseId: Id;
    readonly papers: Papers;
    readonly words: readonly string[];
  };
export type MatchCommand =
  | { readonly type: 'ProposeMatch'; readonly reasons: readonly Code[]; readonly reason: string }
  | { readonly type: 'MergePersons' | 'DismissMatch' | 'UndoMerge'; readonly reason: string };

/** Who acts, when, and the cases of each side, as their streams tell them. */
export interface PersonContext {
  readonly actor: Actor;
  readonly at: InstantAt;
  readonly offices: OfficeTree;
  /** Cases of the record; for a match, of its one and its other side. */
  readonly sides: readonly (readonly CaseFile[])[];
}

/** May this official see a person at all? Through any case of theirs that they may read. */
export function seesPerson({ actor, at, offices }: Omit<PersonContext, 'sides'>, cases: readonly CaseFile[]): boolean {
  return cases.some((one) => mayRead(actor, one, offices, at));
}

/** May this official compare a person's papers with another's? Who joins and separates for an office that has had one of the person's cases. */
export function mayCompare({ actor, at, offices }: Omit<PersonContext, 'sides'>, cases: readonly CaseFile[]): boolean {
  return actor.capacities.some(
    ({ role, office }) =>
      policyTable.MergePersons.roles.includes(role) &&
      cases.some((one) => one.offices.some((had) => inSubtree(offices, office, had, dateIn(zoneOf(offices, office), at)))),
  );
}

function permit(command: PersonCommand['type'] | MatchCommand['type'], context: PersonContext): Rejection | undefined {
  const { roles, scope } = policyTable[command];
  const { actor, at, offices, sides } = context;
  const enough = (seen: (cases: readonly CaseFile[]) => boolean): boolean =>
    scope === 'both' ? sides.every(seen) : sides.some(seen);
  if (!sides.some((cases) => seesPerson(context, cases)))
    return refuse(OUT_OF_SCOPE, 'Orang ini di luar wilayah kerja Anda.', 'This person is outside your office’s scope.');
  const denial = refuseRole(command, actor);
  if (denial !== undefined) return denial;
  const able = actor.capacities.filter(({ role }) => roles.includes(role));
  const placed = enough((cases) =>
    able.some(({ office }) =>
      cases.some((one) => one.offices.some((had) => inSubtree(offices, office, had, dateIn(zoneOf(offices, office), at)))),
    ),
  );
  return placed
    ? undefined
    : refuse(
        'beyond-your-office',
        'Salah satu dari kedua orang ini ada pada kantor lain. Mintalah kantor di atas keduanya memutuskan.',
        'One of the two persons is with another office. Ask the office above both to decide.',
      );
}

/** Papers as they stand now, whole: a correction replaces what was recorded before, and the stream keeps both. */
export function decidePerson(
  state: PersonRecord | undefined,
  { type, caseId, papers, words }: PersonCommand,
  context: PersonContext & { readonly personId: Id },
): Decision<PersonEvent> {
  const denial = permit(type, context);
  if (denial !== undefined) return { rejection: denial };
  if (type === 'RegisterPerson' && state !== undefined)
    return no('already-registered', 'Orang ini sudah ada dalam register.', 'This person is in the register already.');
  if (type === 'RecordPapers' && state === undefined)
    return no('not-registered', 'Orang ini belum ada dalam register.', 'This person is not in the register yet.');
  if (papers.names.length === 0) return no('no-name', 'Sebutkan sedikitnya satu nama.', 'Give at least one name.');
  const office = context.sides[0]?.find((one) => one.caseId === caseId)?.office;
  if (office === undefined) return no('no-such-case', 'Perkara itu bukan perkara orang ini.', 'That case is not of this person.');
  const { personId } = context;
  const fields: { [field: string]: Json } = { ...(JSON.parse(JSON.stringify(papers)) as object), words };
  const personal: readonly PersonalPart[] = [{ personId, retentionClass: REGISTER_RETENTION, fields }];
  const data = { by: context.actor.id, at: context.at, personId, caseId, office, personal };
  return { events: [{ type: type === 'RegisterPerson' ? 'PersonRegistered' : 'PapersRecorded', data }] };
}

/** A pair of records in its one written order. */
export function pairOf(one: Id, other: Id): readonly [Id, Id] {
  return one < other ? [one, other] : [other, one];
}

/** `pair`: what the match would be of, when it is proposed. */
export function decideMatch(
  state: MatchRecord | undefined,
  command: MatchCommand,
  context: PersonContext & { readonly matchId: Id; readonly pair?: readonly [Id, Id] },
): Decision<MatchEvent> {
  const denial = permit(command.type, context);
  if (denial !== undefined) return { rejection: denial };
  const { actor, at, matchId, pair } = context;
  // Words about two people belong to neither alone: they stand under the pair's own key (ADR 15).
  const personal: readonly PersonalPart[] = [
    { personId: matchId, retentionClass: REGISTER_RETENTION, fields: { reason: command.reason } },
  ];
  const act = { by: actor.id, at, personal };
  if (command.type === 'ProposeMatch') {
    if (state?.status === 'proposed')
      return no(
        'already-proposed',
        'Kecocokan ini sudah diusulkan dan menunggu keputusan.',
        'This match is proposed already and waits for a decision.',
      );
    if (state?.status === 'merged') return no('already-merged', 'Keduanya sudah digabungkan.', 'These two are merged already.');
    if (pair === undefined || pair[0] === pair[1]) return no('same-record', 'Itu catatan yang sama.', 'That is the same record.');
    const [a, b] = pair;
    return { events: [{ type: 'MatchProposed', data: { ...act, matchId, a, b, reasons: command.reasons } }] };
  }
  const wanted = command.type === 'UndoMerge' ? 'merged' : 'proposed';
  if (state?.status !== wanted) return wrongStatus(wanted, state?.status);
  switch (command.type) {
    case 'MergePersons':
      if (isOrActsFor(actor, state.proposedBy))
        return no(
          'four-eyes',
          'Anda yang mengusulkan kecocokan ini; orang lain yang harus menggabungkannya.',
          'You proposed this match; someone else must merge the two.',
        );
      return { events: [{ type: 'PersonsMerged', data: { ...act, proposedBy: state.proposedBy } }] };
    case 'DismissMatch':
      return { events: [{ type: 'MatchDismissed', data: act }] };
    case 'UndoMerge':
      return { events: [{ type: 'MergeUndone', data: act }] };
    default:
      return assertNever(command);
  }
}

const statusNames: { readonly [S in MatchStatus]: readonly [string, string] } = {
  proposed: ['diusulkan', 'proposed'],
  dismissed: ['ditolak', 'dismissed'],
  merged: ['digabungkan', 'merged'],
  undone: ['dipisahkan kembali', 'separated again'],
};

function wrongStatus(wanted: MatchStatus, status: MatchStatus | undefined): Decision<MatchEvent> {
  if (status === undefined) return { rejection: refuse(OUT_OF_SCOPE, 'Kecocokan ini tidak ada.', 'There is no such match.') };
  const [id, en] = statusNames[status];
  const [wantedId, wantedEn] = statusNames[wanted];
  return no(
    'wrong-status',
    `Kecocokan ini ${id}; ini hanya untuk yang ${wantedId}.`,
    `This match is ${en}; this is for one that is ${wantedEn}.`,
  );
}

function no(code: Code, id: string, en: string): { readonly rejection: Rejection } {
  return { rejection: refuse(code, id, en) };
}

/**
 * The records that are one person with this one, by the merges that stand, in order: the first is the id by which the person is named.
 * In whatever order merges came, and whatever was undone between, the same standing merges give the same persons.
 */
export function samePersonAs(personId: Id, merges: readonly Pick<MatchRecord, 'a' | 'b'>[]): readonly Id[] {
  const found = new Set([personId]);
  for (let before = 0; before !== found.size; ) {
    before = found.size;
    for (const { a, b } of merges) if (found.has(a) !== found.has(b)) found.add(found.has(a) ? b : a);
  }
  return [...found].sort();
}
