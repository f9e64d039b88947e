/**
 * Destroying a person's data when its retention has ended (UU 27/2022 arts. 8, 43–44): requested by one official, confirmed by another, never
 * while a legal hold stands or a case is open. What is destroyed are the keys; events, hashes and proofs stay.
 */
import { dateIn, zoneOf } from '../case/clock-events.js';
import { mayRead } from '../case/permit.js';
import { OUT_OF_SCOPE, ROLE_MAY_NOT, refuse } from '../case/refuse.js';
import { type CaseFile, decisionOf, heldOriginals } from '../case/state.js';
import { dayText } from '../clock/explain-due.js';
import type { Citation, Code, DateOn, Decision, Id, InstantAt, Rejection, Text } from '../event.js';
import { inSubtree, type OfficeTree } from '../office/office.js';
import { type Actor, isOrActsFor, type Official, REVIEW_ROLES, type RecordedDelegation, type Role } from '../office/official.js';
import { mayReadReferral, type Referral } from '../referral/referral.js';
import { wordsOf } from '../vocabulary.js';
import type { DestructionEvent, RecordKind, RetainedCase, RetainedRecord } from './events.js';
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
    readonly records: readonly RetainedRecord[];
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
      const { destructionId, cases, records } = event.data;
      const { confirmed: _, destroyed: __, ...rest } = before;
      return { ...rest, requested: { destructionId, by, at, cases, records } };
    }
    case 'DestructionRejected': {
      // Also what was confirmed, where a case was opened again before the keys were gone (`nowOpen`).
      const { requested: _, confirmed: __, ...rest } = before;
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
  /** Every case of the person, and every case that came of a referral of theirs. */
  readonly cases: readonly CaseFile[];
  /** Referrals that are about them, or that they made. */
  readonly referrals: readonly Referral[];
  /** Officials whose own data are sealed under this id. */
  readonly officials: readonly Official[];
  /** Roles lent, where why is sealed under this id. */
  readonly delegations: readonly RecordedDelegation[];
  readonly schedule: RetentionSchedule;
}

/** May this official see what becomes of the person's data: whoever may read one of their cases, or what else it stands in. */
export function mayReadDestruction(context: DestructionScope): boolean {
  const { actor, cases, offices, at, referrals } = context;
  return (
    cases.some((one) => mayRead(actor, one, offices, at)) ||
    referrals.some((one) => mayReadReferral(one, { actor, at, offices })) ||
    registerRecords(context).some((one) =>
      actor.capacities.some(
        ({ role, office }) => REGISTER_READERS.includes(role) && one.offices.some((other) => covers(office, other, context)),
      ),
    )
  );
}

/** Who is told of officials' own data: who decides on it, and who audits that. */
const REGISTER_READERS: readonly Role[] = [...REVIEW_ROLES, 'auditor'];

type DestructionScope = Omit<DestructionContext, 'personId' | 'schedule'>;

function covers(office: Code, other: Code, { offices, at }: Pick<DestructionContext, 'offices' | 'at'>): boolean {
  return inSubtree(offices, office, other, dateIn(zoneOf(offices, office), at));
}

/** What the person's words stand in beside cases, as the decision needs it. */
interface OtherRecord {
  readonly record: RecordKind;
  readonly id: Id;
  readonly offices: readonly Code[];
  /** An official does not decide on what is their own. */
  readonly of?: Id;
  /** Absent: it goes on. */
  readonly endedOn?: DateOn;
}

/** What else of the person is kept. A referral that became a case is kept as that case is. */
export function otherRecords(context: DestructionScope): readonly OtherRecord[] {
  const { referrals, offices } = context;
  return [
    ...referrals.map(({ referralId, office, accepted, closed }): OtherRecord => {
      const ended = (accepted ?? closed)?.at;
      const endedOn = ended === undefined ? {} : { endedOn: dateIn(zoneOf(offices, office), ended) };
      return { record: 'referral', id: referralId, offices: [office], ...endedOn };
    }),
    ...registerRecords(context),
  ];
}

function registerRecords({ officials, delegations, offices, at }: DestructionScope): readonly OtherRecord[] {
  return [
    ...delegations.map(({ delegationId, office, holder, to }): OtherRecord => {
      const over = to !== null && to <= dateIn(zoneOf(offices, office), at);
      return { record: 'delegation', id: delegationId, offices: [office], of: holder, ...(over ? { endedOn: to } : {}) };
    }),
    ...officials.map(({ id, assignments, delegations: lent }): OtherRecord => {
      const ends = [...assignments, ...lent].map(({ office, to }) =>
        to !== null && to <= dateIn(zoneOf(offices, office), at) ? to : undefined,
      );
      const last = ends.includes(undefined) ? undefined : ends.toSorted().at(-1);
      const served = assignments.map(({ office }) => office);
      return { record: 'official', id, offices: served, of: id, ...(last === undefined ? {} : { endedOn: last }) };
    }),
  ];
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
      if (isOrActsFor(actor, hold.by))
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
            'Pemusnahan sudah dimintakan. Pejabat lain mengonfirmasi atau menolaknya.',
            'Destruction was requested already. Another official confirms or rejects it.',
          ),
        };
      const retained = destructible(state, context);
      if ('code' in retained) return { rejection: retained };
      return { events: [{ type: 'DestructionRequested', data: { ...by, destructionId: command.destructionId, ...retained } }] };
    }
    case 'RejectDestruction': {
      if (state?.requested === undefined) return { rejection: notRequested };
      const { destructionId } = state.requested;
      return { events: [{ type: 'DestructionRejected', data: { ...by, destructionId, ground: command.ground } }] };
    }
    case 'ConfirmDestruction': {
      if (state?.requested === undefined) return { rejection: notRequested };
      const { destructionId, by: requestedBy } = state.requested;
      if (isOrActsFor(actor, requestedBy))
        return {
          rejection: refuse(
            'four-eyes',
            'Anda yang memintakan pemusnahan ini; orang lain yang harus mengonfirmasinya.',
            'You requested this destruction; someone else must confirm it.',
            CONFLICT,
          ),
        };
      const retained = destructible(state, context);
      if ('code' in retained) return { rejection: retained };
      return { events: [{ type: 'DestructionConfirmed', data: { ...by, destructionId, requestedBy, ...retained } }] };
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
  const { destructionId, by: requestedBy, cases, records } = requested;
  const people = { requestedBy, confirmedBy: confirmed.by };
  const data = { personId, by: DESTROYER, at, destructionId, ...people, cases, records, keys, retentionClasses };
  return { events: [{ type: 'PersonalDataDestroyed', data }] };
}

/**
 * In place of destroying what two officials confirmed: a case of the person was opened, or opened again, in the moment between. Undefined where
 * all their cases are closed and were confirmed.
 */
export function nowOpen(
  state: Destruction | undefined,
  { cases, at, personId }: Pick<DestructionContext, 'cases' | 'at' | 'personId'>,
): DestructionEvent | undefined {
  if (state?.requested === undefined || state.confirmed === undefined || state.destroyed !== undefined) return undefined;
  const confirmed = state.requested.cases.map(({ caseId }) => caseId);
  if (cases.every(({ caseId, progress }) => progress.stage === 'closed' && confirmed.includes(caseId))) return undefined;
  const { destructionId } = state.requested;
  return { type: 'DestructionRejected', data: { personId, by: DESTROYER, at, destructionId, ground: 'case-open' } };
}

/** Is what the person said gone, or about to go? Then nothing more is sealed under their keys: it could not be kept, nor be destroyed by two people. */
export function isDestroyed(state: Destruction | undefined): boolean {
  return state?.confirmed !== undefined || state?.destroyed !== undefined;
}

const notRequested = refuse('not-requested', 'Pemusnahan belum dimintakan.', 'No destruction was requested.');

/** Whoever reviews, in an office that covers every case of the person and what else they stand in, and is not that person. */
function refuseOfficial(context: DestructionContext): Rejection | undefined {
  const { actor, cases } = context;
  if (!mayReadDestruction(context))
    return refuse(OUT_OF_SCOPE, 'Orang ini di luar wilayah kerja Anda.', 'This person is outside your office’s scope.');
  const others = otherRecords(context);
  const reviewing = actor.capacities.filter(({ role }) => REVIEW_ROLES.includes(role));
  const covered = [...cases.map(({ office }) => office), ...others.flatMap(({ offices }) => offices)].every((office) =>
    reviewing.some((c) => covers(c.office, office, context)),
  );
  if (!covered)
    return refuse(
      ROLE_MAY_NOT,
      'Ini dilakukan oleh supervisor atau pimpinan yang wilayahnya mencakup semua perkara dan catatan orang ini.',
      'This is done by a supervisor or head whose scope covers every case and record of this person.',
    );
  const own = others.some(({ of }) => of !== undefined && (of === actor.id || reviewing.some((c) => c.actingFor === of)));
  return own
    ? refuse(
        'own-data',
        'Data ini milik Anda sendiri; pejabat lain yang memutuskannya.',
        'This is your own data; other officials decide on it.',
        CONFLICT,
      )
    : undefined;
}

function refuseAfterwards(state: Destruction | undefined): Rejection | undefined {
  if (state?.destroyed !== undefined)
    return refuse('destroyed-already', 'Data orang ini sudah dimusnahkan.', 'The data of this person was destroyed.');
  return state?.confirmed === undefined
    ? undefined
    : refuse('being-destroyed', 'Pemusnahan sudah dikonfirmasi.', 'Its destruction is confirmed already.');
}

const goesOn: { readonly [R in RecordKind]: Text } = {
  referral: { id: 'Pelimpahan tentang orang ini belum diputuskan.', en: 'The referral of this person has not been decided on.' },
  delegation: { id: 'Pelimpahan wewenang ini belum berakhir.', en: 'This delegation has not ended.' },
  official: {
    id: 'Pejabat ini masih bertugas, atau register tidak menyebut sejak kapan tidak lagi.',
    en: 'This official still serves, or the register does not say since when they do not.',
  },
};
/** What stands beside cases, as a sentence or a table names it. */
export const recordNames: { readonly [R in RecordKind]: Text } = {
  referral: { id: 'Pelimpahan', en: 'The referral' },
  delegation: { id: 'Alasan pelimpahan wewenang', en: 'The reason for a delegation' },
  official: { id: 'Data seorang pejabat', en: 'The data of an official' },
};

/** What is destroyed with the person's keys, or why nothing may be. */
export function destructible(
  state: Destruction | undefined,
  context: DestructionContext,
): { readonly cases: readonly RetainedCase[]; readonly records: readonly RetainedRecord[] } | Rejection {
  const { cases, schedule, offices, at } = context;
  const [hold] = state?.holds ?? [];
  if (hold !== undefined) {
    const since = dayText(dateIn(zoneOf(offices, ''), hold.at));
    return refuse(
      'legal-hold',
      `Data ini ditahan (${wordsOf(hold.ground).id}) sejak ${since.id}; cabut penahanannya dahulu.`,
      `This data is under legal hold (${wordsOf(hold.ground).en}) since ${since.en}; it must be lifted first.`,
      DESTRUCTION,
    );
  }
  const retained: RetainedCase[] = [];
  for (const one of cases) {
    const { code: procedure } = one.procedure;
    const endedAt = one.progress.stage === 'closed' ? (one.lastAt.CaseClosed ?? one.lastAt.ImportedCaseClosed) : undefined;
    if (endedAt === undefined)
      return refuse(
        'case-open',
        `Perkara ${procedure} orang ini belum ditutup.`,
        `The ${procedure} case of this person is not closed.`,
        DESTRUCTION,
      );
    // Afterwards nobody would know whose it is.
    const [original] = heldOriginals(one);
    if (original !== undefined)
      return refuse(
        'original-held',
        `Kantor masih menyimpan dokumen asli orang ini (${original.receipt}); kembalikan dahulu.`,
        `An original of this person is still held (${original.receipt}); give it back first.`,
        DESTRUCTION,
      );
    const outcome = decisionOf(one)?.outcome;
    const zone = zoneOf(offices, one.office);
    const of = { procedure, ...(outcome === undefined ? {} : { outcome }) };
    const period = keptUntil(schedule, of, dateIn(zone, endedAt));
    if (dateIn(zone, at) <= period.until) return kept(period, { id: `Perkara ${procedure}`, en: `The ${procedure} case` });
    retained.push({ caseId: one.caseId, ...of, keptUntil: period.until satisfies DateOn });
  }
  const records: RetainedRecord[] = [];
  for (const { record, id, endedOn, offices: where } of otherRecords(context)) {
    if (endedOn === undefined) return refuse(`${record}-goes-on`, goesOn[record].id, goesOn[record].en, DESTRUCTION);
    const period = keptUntil(schedule, { record }, endedOn);
    if (dateIn(zoneOf(offices, where[0] ?? ''), at) <= period.until) return kept(period, recordNames[record]);
    records.push({ record, id, keptUntil: period.until });
  }
  return retained.length + records.length > 0
    ? { cases: retained, records }
    : refuse(OUT_OF_SCOPE, 'Tidak ada catatan tentang orang ini.', 'There is no record of this person.');
}

function kept({ until, years, legalBasis }: ReturnType<typeof keptUntil>, what: Text): Rejection {
  return refuse(
    'retention-not-over',
    `${what.id} disimpan sampai dengan ${dayText(until).id} (${years} tahun).`,
    `${what.en} is kept until ${dayText(until).en} (${years} years).`,
    ...legalBasis,
  );
}
