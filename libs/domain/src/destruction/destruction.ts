/**
 * Destroying a person's data when its retention has ended (UU 27/2022 arts. 8, 43–44): requested by one official, confirmed by another, never
 * while a legal hold stands or a case is open. What is destroyed are the keys; events, hashes and proofs stay.
 */
import { dateIn, zoneOf } from '../case/clock-events.js';
import { mayRead } from '../case/permit.js';
import { OUT_OF_SCOPE, ROLE_MAY_NOT, refuse } from '../case/refuse.js';
import { type CaseFile, decisionOf } from '../case/state.js';
import type { Citation, Code, DateOn, Decision, Id, InstantAt, Rejection } from '../event.js';
import { inSubtree, type OfficeTree } from '../office/office.js';
import { type Actor, REVIEW_ROLES } from '../office/official.js';
import type { DestructionEvent, RetainedCase } from './events.js';
import { keptUntil, type RetentionSchedule } from './retention.js';

export const destructionStream = (personId: Id): Id => `destruction-${personId}`;
export const destructionPrefix = 'destruction-';

/** The one who destroys keys once that is confirmed. */
export const DESTROYER: Id = 'destroyer';

const DESTRUCTION: Citation = { act: 'UU 27/2022', article: '43–44' };
const CONFLICT: Citation = { act: 'UU 30/2014', article: '42–43' };

export interface LegalHold {
  readonly holdId: Id;
  readonly ground: Code;
  readonly by: Id;
  readonly at: InstantAt;
}

export interface Destruction {
  readonly personId: Id;
  /** Those that stand. */
  readonly holds: readonly LegalHold[];
  readonly requested?: {
    readonly destructionId: Id;
    readonly by: Id;
    readonly at: InstantAt;
    readonly cases: readonly RetainedCase[];
  };
  readonly confirmed?: { readonly by: Id; readonly at: InstantAt };
  readonly destroyed?: { readonly at: InstantAt; readonly keys: number; readonly retentionClasses: readonly Code[] };
}

export function evolveDestruction(state: Destruction | undefined, event: DestructionEvent): Destruction {
  const { personId, by, at } = event.data;
  const before: Destruction = state ?? { personId, holds: [] };
  switch (event.type) {
    case 'LegalHoldPlaced':
      return { ...before, holds: [...before.holds, { holdId: event.data.holdId, ground: event.data.ground, by, at }] };
    case 'LegalHoldLifted':
      return { ...before, holds: before.holds.filter(({ holdId }) => holdId !== event.data.holdId) };
    case 'DestructionRequested': {
      const { destructionId, cases } = event.data;
      const { confirmed: _, destroyed: __, ...rest } = before;
      return { ...rest, requested: { destructionId, by, at, cases } };
    }
    case 'DestructionRejected': {
      const { requested: _, ...rest } = before;
      return rest;
    }
    case 'DestructionConfirmed':
      return { ...before, confirmed: { by, at } };
    case 'PersonalDataDestroyed':
      return { ...before, destroyed: { at, keys: event.data.keys, retentionClasses: event.data.retentionClasses } };
  }
}

export type DestructionCommand =
  | { readonly type: 'PlaceLegalHold'; readonly holdId: Id; readonly ground: Code }
  | { readonly type: 'LiftLegalHold'; readonly holdId: Id }
  | { readonly type: 'RequestDestruction'; readonly destructionId: Id }
  | { readonly type: 'RejectDestruction'; readonly ground: Code }
  | { readonly type: 'ConfirmDestruction' };

export interface DestructionContext {
  readonly actor: Actor;
  readonly at: InstantAt;
  readonly offices: OfficeTree;
  readonly personId: Id;
  /** Every case of the person. */
  readonly cases: readonly CaseFile[];
  readonly schedule: RetentionSchedule;
}

/** May this official see what becomes of the person's data: whoever may read one of their cases. */
export function mayReadDestruction({
  actor,
  cases,
  offices,
  at,
}: Pick<DestructionContext, 'actor' | 'cases' | 'offices' | 'at'>): boolean {
  return cases.some((one) => mayRead(actor, one, offices, at));
}

export function decideDestruction(
  state: Destruction | undefined,
  command: DestructionCommand,
  context: DestructionContext,
): Decision<DestructionEvent> {
  const denial = refuseOfficial(context) ?? refuseAfterwards(state);
  if (denial !== undefined) return { rejection: denial };
  const { actor, at, personId } = context;
  const by = { personId, by: actor.id, at };
  switch (command.type) {
    case 'PlaceLegalHold': {
      const { holdId, ground } = command;
      return { events: [{ type: 'LegalHoldPlaced', data: { ...by, holdId, ground } }] };
    }
    case 'LiftLegalHold': {
      const hold = state?.holds.find(({ holdId }) => holdId === command.holdId);
      if (hold === undefined) return { rejection: refuse('no-such-hold', 'Penahanan ini tidak ada.', 'There is no such hold.') };
      if (hold.by === actor.id)
        return {
          rejection: refuse(
            'four-eyes',
            'Anda yang menahan data ini; orang lain yang harus mencabutnya.',
            'You placed this hold; someone else must lift it.',
            CONFLICT,
          ),
        };
      return { events: [{ type: 'LegalHoldLifted', data: { ...by, holdId: hold.holdId } }] };
    }
    case 'RequestDestruction': {
      if (state?.requested !== undefined)
        return {
          rejection: refuse(
            'requested-already',
            `Pemusnahan sudah dimintakan oleh ${state.requested.by}. Pejabat lain mengonfirmasi atau menolaknya.`,
            `Destruction was requested by ${state.requested.by}. Another official confirms or rejects it.`,
          ),
        };
      const cases = destructible(state, context);
      if (!Array.isArray(cases)) return { rejection: cases };
      return { events: [{ type: 'DestructionRequested', data: { ...by, destructionId: command.destructionId, cases } }] };
    }
    case 'RejectDestruction': {
      if (state?.requested === undefined) return { rejection: notRequested };
      const { destructionId } = state.requested;
      return { events: [{ type: 'DestructionRejected', data: { ...by, destructionId, ground: command.ground } }] };
    }
    case 'ConfirmDestruction': {
      if (state?.requested === undefined) return { rejection: notRequested };
      const { destructionId, by: requestedBy } = state.requested;
      if (requestedBy === actor.id)
        return {
          rejection: refuse(
            'four-eyes',
            'Anda yang memintakan pemusnahan ini; orang lain yang harus mengonfirmasinya.',
            'You requested this destruction; someone else must confirm it.',
            CONFLICT,
          ),
        };
      const cases = destructible(state, context);
      if (!Array.isArray(cases)) return { rejection: cases };
      return { events: [{ type: 'DestructionConfirmed', data: { ...by, destructionId, requestedBy, cases } }] };
    }
  }
}

/** The certificate, once the keys are gone; rejected while it is not confirmed, or was destroyed before. */
export function certify(
  state: Destruction | undefined,
  { keys, retentionClasses, at }: { readonly keys: number; readonly retentionClasses: readonly Code[]; readonly at: InstantAt },
): Decision<DestructionEvent> {
  if (state?.requested === undefined || state.confirmed === undefined || state.destroyed !== undefined)
    return { rejection: notRequested };
  const { requested, confirmed, personId } = state;
  const { destructionId, by: requestedBy, cases } = requested;
  const people = { requestedBy, confirmedBy: confirmed.by };
  const data = { personId, by: DESTROYER, at, destructionId, ...people, cases, keys, retentionClasses };
  return { events: [{ type: 'PersonalDataDestroyed', data }] };
}

const notRequested = refuse('not-requested', 'Pemusnahan belum dimintakan.', 'No destruction was requested.');

/** Whoever reviews, in an office that covers every case of the person. */
function refuseOfficial(context: DestructionContext): Rejection | undefined {
  const { actor, offices, at, cases } = context;
  if (!mayReadDestruction(context))
    return refuse(OUT_OF_SCOPE, 'Orang ini di luar wilayah kerja Anda.', 'This person is outside your office’s scope.');
  const reviewing = actor.capacities.filter(({ role }) => REVIEW_ROLES.includes(role));
  const covers = cases.every(({ office }) =>
    reviewing.some((c) => inSubtree(offices, c.office, office, dateIn(zoneOf(offices, c.office), at))),
  );
  return covers
    ? undefined
    : refuse(
        ROLE_MAY_NOT,
        'Ini dilakukan oleh supervisor atau pimpinan yang wilayahnya mencakup semua perkara orang ini.',
        'This is done by a supervisor or head whose scope covers every case of this person.',
      );
}

function refuseAfterwards(state: Destruction | undefined): Rejection | undefined {
  if (state?.destroyed !== undefined)
    return refuse('destroyed-already', 'Data orang ini sudah dimusnahkan.', 'The data of this person was destroyed.');
  return state?.confirmed === undefined
    ? undefined
    : refuse('being-destroyed', 'Pemusnahan sudah dikonfirmasi.', 'Its destruction is confirmed already.');
}

/** What is destroyed with the person's keys, or why nothing may be. */
function destructible(
  state: Destruction | undefined,
  { cases, schedule, offices, at }: DestructionContext,
): RetainedCase[] | Rejection {
  const [hold] = state?.holds ?? [];
  if (hold !== undefined)
    return refuse(
      'legal-hold',
      `Data ini ditahan (${hold.ground}) sejak ${hold.at.slice(0, 10)} oleh ${hold.by}; cabut penahanannya dahulu.`,
      `This data is under legal hold (${hold.ground}) since ${hold.at.slice(0, 10)} by ${hold.by}; it must be lifted first.`,
      DESTRUCTION,
    );
  const retained: RetainedCase[] = [];
  for (const one of cases) {
    const endedAt = one.progress.stage === 'closed' ? (one.lastAt.CaseClosed ?? one.lastAt.ImportedCaseClosed) : undefined;
    if (endedAt === undefined)
      return refuse(
        'case-open',
        `Perkara ${one.procedure.code} orang ini belum ditutup.`,
        `The ${one.procedure.code} case of this person is not closed.`,
        DESTRUCTION,
      );
    const outcome = decisionOf(one)?.outcome;
    const zone = zoneOf(offices, one.office);
    const period = keptUntil(
      schedule,
      { procedure: one.procedure.code, ...(outcome === undefined ? {} : { outcome }) },
      dateIn(zone, endedAt),
    );
    if (dateIn(zone, at) <= period.until)
      return refuse(
        'retention-not-over',
        `Perkara ${one.procedure.code} disimpan sampai dengan ${period.until} (${period.years} tahun).`,
        `The ${one.procedure.code} case is kept until ${period.until} (${period.years} years).`,
        ...period.legalBasis,
      );
    retained.push({
      caseId: one.caseId,
      procedure: one.procedure.code,
      ...(outcome === undefined ? {} : { outcome }),
      keptUntil: period.until satisfies DateOn,
    });
  }
  return retained.length > 0 ? retained : refuse(OUT_OF_SCOPE, 'Orang ini tidak mempunyai perkara.', 'This person has no case.');
}
