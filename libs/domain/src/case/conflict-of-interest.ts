/**
 * Conflicts of interest (UU 30/2014 arts. 42–43): who is the person, of their family card, or said to have an interest takes no part in the
 * case, and nobody else may act in their place. That one took an earlier part is asked by the rules of the rows (`policies.ts`).
 */
import type { Id, Rejection } from '../event.js';
import { type Actor, type IdentityNumber, SUPERVISORS } from '../office/official.js';
import { plain } from '../person/matching.js';
import { wordsOf } from '../vocabulary.js';
import { type Acts, act, said } from './act.js';
import type { CaseCommandOf, SubjectDetails } from './commands.js';
import { actingPersons, CONFLICT, type PolicyContext } from './policies.js';
import { ROLE_MAY_NOT, refuse } from './refuse.js';
import { type CaseFile, standingConflicts } from './state.js';

/** Why the actor may take no part in the case. It names no number: what matches is known to the register alone. */
export function refuseConflict(context: PolicyContext): Rejection | undefined {
  return refuseInConflict(context.state, context.actor, actingPersons(context));
}

/** Nor read what was said in it, in nobody's place either, not for a reason either. */
export function refuseReaderInConflict(state: CaseFile, actor: Actor): Rejection | undefined {
  const places = actor.capacities.flatMap(({ actingFor }) => (actingFor === undefined ? [] : [actingFor]));
  return refuseInConflict(state, actor, [actor.id, ...places]);
}

function refuseInConflict(state: CaseFile, actor: Actor, acting: readonly Id[]): Rejection | undefined {
  const declared = standingConflicts(state).find(({ official }) => acting.includes(official));
  if (declared !== undefined) {
    const ground = wordsOf(declared.ground);
    return declared.official === actor.id
      ? conflict(
          `Benturan kepentingan Anda sudah dinyatakan (${ground.id}).`,
          `A conflict of interest of yours was declared (${ground.en}).`,
        )
      : conflict(
          `Benturan kepentingan pejabat yang Anda gantikan sudah dinyatakan (${ground.id}).`,
          `A conflict of interest of the official in whose place you act was declared (${ground.en}).`,
        );
  }
  return state.subject === undefined ? undefined : refuseOwnCase(state.subject, { actor });
}

/** Nor does one open a case of one's own, or of one's family. */
export function refuseOwnCase(subject: SubjectDetails, { actor }: { readonly actor: Actor }): Rejection | undefined {
  const own = new Map((actor.identityNumbers ?? []).map((number) => [keyOf(number), number]));
  const shared = (subject.identityNumbers ?? []).find((number) => own.has(keyOf(number)));
  if (shared === undefined) return undefined;
  return [shared, own.get(keyOf(shared))].some((number) => number !== undefined && isFamilyCard(number.kind))
    ? conflict(
        'Anda tercantum pada kartu keluarga yang sama dengan orang ini.',
        'You stand on the same family card as this person.',
      )
    : conflict('Perkara ini tentang diri Anda sendiri.', 'This case is about you.');
}

const isFamilyCard = (kind: string): boolean => ['kk', 'family-card'].includes(kind.toLowerCase());

/** From this length on a number says by itself whose it is. */
const LONG_ENOUGH = 8;

/** A long number counts whatever the kind of paper: that is written freely (`nik`, `NIK`, `ktp`). A short one may stand in papers of two kinds. */
function keyOf({ kind, number }: IdentityNumber): string {
  const written = plain(number);
  if (written.length >= LONG_ENOUGH) return written;
  return `${isFamilyCard(kind) ? 'kk' : kind.toLowerCase()} ${written}`;
}

export function declareConflict({ official, ground, reason }: CaseCommandOf<'DeclareConflict'>, context: PolicyContext): Acts {
  const { state, actor, capacity } = context;
  const whose = official ?? actor.id;
  if (whose !== actor.id && !SUPERVISORS.includes(capacity.role))
    return refuse(
      ROLE_MAY_NOT,
      'Benturan kepentingan orang lain dinyatakan oleh supervisor.',
      'A conflict of interest of another is declared by a supervisor.',
      CONFLICT,
    );
  if (standingConflicts(state).some((one) => one.official === whose))
    return refuse('already-declared', 'Sudah dinyatakan.', 'It was declared already.');
  const personal = state.subjectId === undefined ? {} : { personal: said(state, { reason }) };
  return [{ type: 'ConflictDeclared', data: { ...act(context), official: whose, ground, ...personal } }];
}

/** By a supervisor who neither is the one it is about nor declared it: nobody lets themselves back in, or judges their own word. */
export function liftConflict({ official, reason }: CaseCommandOf<'LiftConflict'>, context: PolicyContext): Acts {
  const { state } = context;
  const declared = standingConflicts(state).find((one) => one.official === official);
  if (declared === undefined)
    return refuse(
      'no-such-conflict',
      `Tidak ada benturan kepentingan ${official} yang dinyatakan.`,
      `No conflict of interest of ${official} is declared.`,
    );
  if (actingPersons(context).some((id) => id === official || id === declared.by))
    return refuse(
      'four-eyes',
      'Anda yang menyatakan benturan ini, atau benturan ini tentang Anda; supervisor lain yang harus mencabutnya.',
      'You declared this conflict, or it is yours; another supervisor must lift it.',
      CONFLICT,
    );
  const personal = state.subjectId === undefined ? {} : { personal: said(state, { reason }) };
  return [{ type: 'ConflictLifted', data: { ...act(context), official, ...personal } }];
}

function conflict(id: string, en: string): Rejection {
  return refuse(
    CONFLICT_OF_INTEREST,
    `${id} Serahkan perkara ini kepada pejabat lain.`,
    `${en} Leave this case to another official.`,
    CONFLICT,
  );
}

/** Its refusals are told to the auditor. */
export const CONFLICT_OF_INTEREST = 'conflict-of-interest';
