/**
 * Referrals from posts and villages (Desa Binaan): a light intake. It becomes a case, which carries its id and what was seen of
 * trafficking, or it is closed with a reason. What was seen alerts the supervisor from the moment it is received, case or no case.
 */
import { VICTIMS } from '../case/blocks.js';
import { dateIn, zoneOf } from '../case/clock-events.js';
import type { CaseCommandOf, SubjectDetails } from '../case/commands.js';
import type { PinnedProcedure } from '../case/events.js';
import { refuseRole } from '../case/permit.js';
import { OUT_OF_SCOPE, ROLE_MAY_NOT, refuse } from '../case/refuse.js';
import { dayText } from '../clock/explain-due.js';
import type { Code, DateOn, Decision, Id, InstantAt, Json, PersonalPart, Rejection } from '../event.js';
import { inSubtree, type OfficeTree } from '../office/office.js';
import { type Actor, isOrActsFor, SUPERVISORS } from '../office/official.js';
import { policyTable } from '../policy-table.js';
import type { Procedure } from '../procedure/procedure.js';
import type { ReferralEvent } from './events.js';

export const referralStream = (referralId: Id): Id => `referral-${referralId}`;
/** A referral that leads nowhere need not be kept as long as a case. */
const REFERRAL_RETENTION: Code = 'referral';

export const referralChannels = ['post', 'border-post', 'desa-binaan', 'other'] as const;

/** A sign of trafficking, as whoever refers tells it. */
export interface SeenIndicator {
  readonly indicatorId: Id;
  readonly indicator: Code;
  readonly reason: string;
}

export interface Referral {
  readonly referralId: Id;
  readonly status: 'received' | 'accepted' | 'closed';
  readonly office: Code;
  readonly channel: Code;
  /** The code of the village or area. */
  readonly area: Code;
  readonly seenOn?: DateOn;
  readonly receivedBy: Id;
  readonly receivedAt: InstantAt;
  readonly subjectId: Id;
  /** Under which it is kept who referred. */
  readonly referrerId?: Id;
  /** Who referred, in their own words; undefined once destroyed. */
  readonly referrer?: string;
  readonly seen?: string;
  readonly subject?: SubjectDetails;
  readonly indicators: readonly (Omit<SeenIndicator, 'reason'> & { readonly reason?: string })[];
  readonly accepted?: {
    readonly by: Id;
    readonly at: InstantAt;
    readonly caseId: Id;
    readonly procedure: PinnedProcedure;
    readonly office: Code;
  };
  readonly closed?: { readonly by: Id; readonly at: InstantAt; readonly ground: Code; readonly reason?: string };
}

export function evolveReferral(state: Referral | undefined, event: ReferralEvent): Referral {
  const { by, at, personal } = event.data;
  const said: { readonly [field: string]: Json | undefined } = personal?.[0]?.fields ?? {};
  if (event.type === 'ReferralReceived') {
    const { referralId, office, channel, area, seenOn, subject, indicators } = event.data;
    const words = (said.indicators ?? {}) as { readonly [id: string]: string };
    return {
      referralId,
      status: 'received',
      office,
      channel,
      area,
      receivedBy: by,
      receivedAt: at,
      subjectId: subject,
      indicators: indicators.map((one) => ({ ...one, ...text('reason', words[one.indicatorId]) })),
      ...(seenOn === undefined ? {} : { seenOn }),
      ...text('seen', said.seen),
      ...(isSubject(said.subject) ? { subject: said.subject } : {}),
      ...text('referrerId', personal?.[1]?.personId),
      ...text('referrer', personal?.[1]?.fields.referrer),
    };
  }
  if (state === undefined) throw new Error(`${event.type} in a stream that no referral was received in`);
  if (event.type === 'ReferralAccepted') {
    const { caseId, procedure, office } = event.data;
    const subject = isSubject(said.subject) ? { subject: said.subject } : {};
    return { ...state, ...subject, status: 'accepted', accepted: { by, at, caseId, procedure, office } };
  }
  return { ...state, status: 'closed', closed: { by, at, ground: event.data.ground, ...text('reason', said.reason) } };
}

export type ReferralCommand =
  | {
      readonly type: 'ReceiveReferral';
      readonly office: Code;
      readonly channel: Code;
      readonly area: Code;
      readonly seenOn?: DateOn;
      readonly subjectId: Id;
      readonly referrerId: Id;
      readonly referrer: string;
      readonly seen: string;
      readonly subject?: SubjectDetails;
      readonly indicators: readonly SeenIndicator[];
    }
  /** `office`: where the case opens; `subject`: who it is, known better than when it was referred. */
  | {
      readonly type: 'AcceptReferral';
      readonly caseId: Id;
      readonly procedure: PinnedProcedure;
      readonly office: Code;
      readonly subject?: SubjectDetails;
    }
  | { readonly type: 'CloseReferral'; readonly ground: Code; readonly reason: string };

export interface ReferralContext {
  readonly actor: Actor;
  readonly at: InstantAt;
  readonly offices: OfficeTree;
  /** The procedure of the case that would open. */
  readonly procedure?: Procedure;
}

/** May this official read it? Any capacity of case work in whose office subtree it stands. */
export function mayReadReferral(
  referral: Pick<Referral, 'office' | 'accepted'>,
  { actor, at, offices }: ReferralContext,
): boolean {
  return actor.capacities.some(
    ({ role, office }) =>
      policyTable.ReadReferral.roles.includes(role) &&
      [referral.office, ...(referral.accepted === undefined ? [] : [referral.accepted.office])].some((one) =>
        covers(office, one, { at, offices }),
      ),
  );
}

function covers(office: Code, other: Code, { at, offices }: Pick<ReferralContext, 'at' | 'offices'>): boolean {
  return inSubtree(offices, office, other, dateIn(zoneOf(offices, office), at));
}

export function decideReferral(
  state: Referral | undefined,
  command: ReferralCommand,
  context: ReferralContext & { readonly referralId: Id },
): Decision<ReferralEvent> {
  const { actor, at, offices, procedure, referralId } = context;
  const hidden = state === undefined ? command.type !== 'ReceiveReferral' : !mayReadReferral(state, context);
  if (hidden) return { rejection: noSuchReferral };
  const office = command.type === 'CloseReferral' ? (state?.office ?? '') : command.office;
  const denial = permit(command.type, office, context);
  if (denial !== undefined) return { rejection: denial };
  const by = { by: actor.id, at };
  if (command.type === 'ReceiveReferral') {
    if (state !== undefined)
      return no('already-received', 'Pelimpahan ini sudah diterima.', 'This referral was received already.');
    if (command.seenOn !== undefined && command.seenOn > dateIn(zoneOf(offices, office), at))
      return no(
        'date-in-future',
        `Tanggal ${dayText(command.seenOn).id} belum tiba.`,
        `The date ${dayText(command.seenOn).en} has not come yet.`,
      );
    return { events: [received(command, by, referralId)] };
  }
  if (state === undefined) return { rejection: noSuchReferral };
  if (state.status !== 'received')
    return state.status === 'accepted'
      ? no('already-accepted', 'Pelimpahan ini sudah menjadi perkara.', 'This referral has become a case already.')
      : no('already-closed', 'Pelimpahan ini sudah ditutup.', 'This referral was closed already.');
  if (command.type === 'AcceptReferral') {
    if (procedure?.kind !== 'determination')
      return no('not-for-officers', 'Prosedur ini tidak dibuka oleh petugas.', 'Officers do not open cases of this procedure.');
    const { caseId, procedure: pin, subject } = command;
    if (state.subject === undefined && subject === undefined)
      return no(
        'no-subject',
        'Pelimpahan ini tidak menyebut siapa orangnya. Sebutkan namanya saat menerima.',
        'This referral does not say who the person is. Give the name when you accept it.',
      );
    const personal =
      subject === undefined
        ? {}
        : { personal: [{ personId: state.subjectId, retentionClass: REFERRAL_RETENTION, fields: { subject: { ...subject } } }] };
    return { events: [{ type: 'ReferralAccepted', data: { ...by, caseId, procedure: pin, office, ...personal } }] };
  }
  const alarm = refuseClosingAlarm(state, actor);
  if (alarm !== undefined) return { rejection: alarm };
  const personal = [{ personId: state.subjectId, retentionClass: REFERRAL_RETENTION, fields: { reason: command.reason } }];
  return { events: [{ type: 'ReferralClosed', data: { ...by, ground: command.ground, personal } }] };
}

/** As in a case: who raised the alarm does not silence it, and only a supervisor may. */
function refuseClosingAlarm({ indicators, receivedBy }: Referral, actor: Actor): Rejection | undefined {
  if (indicators.length === 0) return undefined;
  if (!actor.capacities.some(({ role }) => SUPERVISORS.includes(role)))
    return refuse(
      'trafficking-indicator',
      'Ada indikasi perdagangan orang: hanya supervisor yang dapat menutup pelimpahan ini. Terima sebagai perkara, atau minta supervisor.',
      'There is a trafficking indicator: only a supervisor can close this referral. Accept it as a case, or ask a supervisor.',
      VICTIMS,
    );
  return isOrActsFor(actor, receivedBy)
    ? refuse(
        'own-indicator',
        'Anda yang mencatat indikasi ini; orang lain yang harus menutup pelimpahannya.',
        'You recorded this indicator; someone else must close the referral.',
        VICTIMS,
      )
    : undefined;
}

function permit(command: ReferralCommand['type'], office: Code, context: ReferralContext): Rejection | undefined {
  const denial = refuseRole(command, context.actor);
  if (denial !== undefined) return denial;
  const able = context.actor.capacities.filter(({ role }) => policyTable[command].roles.includes(role));
  if (!context.offices.has(office))
    return refuse('no-such-office', `Tidak ada kantor ${office}.`, `There is no office ${office}.`);
  return able.some((capacity) => covers(capacity.office, office, context))
    ? undefined
    : refuse(ROLE_MAY_NOT, `Anda tidak bertugas untuk kantor ${office}.`, `You do not act for office ${office}.`);
}

function received(
  command: Extract<ReferralCommand, { type: 'ReceiveReferral' }>,
  by: { by: Id; at: InstantAt },
  referralId: Id,
): ReferralEvent {
  const { office, channel, area, seenOn, subjectId, referrerId, referrer, seen, subject, indicators } = command;
  const words = Object.fromEntries(indicators.map(({ indicatorId, reason }) => [indicatorId, reason]));
  const aboutPerson = { seen, indicators: words, ...(subject === undefined ? {} : { subject: { ...subject } }) };
  const personal: readonly PersonalPart[] = [
    { personId: subjectId, retentionClass: REFERRAL_RETENTION, fields: aboutPerson },
    // The one who refers is another person, with a key of their own.
    { personId: referrerId, retentionClass: REFERRAL_RETENTION, fields: { referrer } },
  ];
  return {
    type: 'ReferralReceived',
    data: {
      ...by,
      referralId,
      office,
      channel,
      area,
      subject: subjectId,
      indicators: indicators.map(({ indicatorId, indicator }) => ({ indicatorId, indicator })),
      ...(seenOn === undefined ? {} : { seenOn }),
      personal,
    },
  };
}

/** The draft that an accepted referral calls for, with what was seen of trafficking; undefined until it is accepted. */
export function draftOf(referral: Referral): CaseCommandOf<'OpenDraft'> | undefined {
  const { accepted, subject, subjectId, referralId, indicators, receivedBy, channel } = referral;
  if (accepted === undefined || subject === undefined) return undefined;
  const { caseId, procedure, office } = accepted;
  const seen = indicators.map(({ indicatorId, indicator, reason }) => ({ indicatorId, indicator, reason: reason ?? '' }));
  return {
    type: 'OpenDraft',
    caseId,
    procedure,
    office,
    channel,
    subjectId,
    subject,
    from: { referral: referralId, seenBy: receivedBy, indicators: seen },
  };
}

/** Said of one that is not there, and of one that is not theirs. */
export const noSuchReferral = refuse(OUT_OF_SCOPE, 'Pelimpahan ini tidak ada.', 'There is no such referral.');

function isSubject(value: Json | undefined): value is Json & SubjectDetails {
  return typeof value === 'object' && value !== null && 'name' in value;
}

function text<F extends string>(field: F, value: Json | undefined): { readonly [K in F]?: string } {
  return (typeof value === 'string' ? { [field]: value } : {}) as { readonly [K in F]?: string };
}

function no(code: Code, id: string, en: string): { readonly rejection: Rejection } {
  return { rejection: refuse(code, id, en) };
}
