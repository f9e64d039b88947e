/**
 * Break-glass: an official in whose scope a case stands, but whose own work it is not, states why they read it, for a time. The supervisor is
 * told at once and reviews it afterwards. Said in a stream of its own (`glass-<case>`), never in the case: looking changes nothing.
 */
import { formatInstant, parseInstant } from '../calendar/day.js';
import { type Roster, whoIsTold } from '../clock/ladder.js';
import type { Code, Decision, DomainEvent, Id, InstantAt, Rejection } from '../event.js';
import { lineageOf, type OfficeTree } from '../office/office.js';
import { type Actor, isOrActsFor } from '../office/official.js';
import { policyTable } from '../policy-table.js';
import type { Telling } from '../process/events.js';
import { isOwnWork } from './caseload.js';
import { dateIn, zoneOf } from './clock-events.js';
import { refuseReaderInConflict } from './conflict-of-interest.js';
import { mayRead, refuseRole } from './permit.js';
import { dataDestroyed, OUT_OF_SCOPE, refuse } from './refuse.js';
import type { CaseFile } from './state.js';

export const glassStream = (caseId: Id): Id => `glass-${caseId}`;

export const LONGEST_HOURS = 24;
export const USUAL_HOURS = 8;
const MS_PER_HOUR = 3_600_000;

export const verdicts = ['justified', 'unjustified'] as const;
export type Verdict = (typeof verdicts)[number];

interface AboutGlass {
  readonly caseId: Id;
  readonly accessId: Id;
  readonly by: Id;
  readonly at: InstantAt;
}

/** A stored event name is forever: review a change here like a migration. Why, and what the reviewer says, stand in `personal`. */
export type GlassEvent =
  | DomainEvent<'GlassBroken', AboutGlass & Telling & { until: InstantAt }>
  | DomainEvent<'GlassSeen', AboutGlass>
  | DomainEvent<'GlassReviewed', AboutGlass & { verdict: 'justified' | 'unjustified' }>;

export interface Access {
  readonly accessId: Id;
  readonly caseId: Id;
  readonly by: Id;
  readonly at: InstantAt;
  /** The first instant at which it is open no longer. */
  readonly until: InstantAt;
  readonly office: Code;
  readonly told: readonly Id[];
  readonly reason?: string;
  readonly seenBy: readonly Id[];
  readonly reviewed?: { readonly by: Id; readonly at: InstantAt; readonly verdict: Verdict; readonly note?: string };
}

export type Glass = readonly Access[];
export const unbroken: Glass = [];

export function evolveGlass(glass: Glass, event: GlassEvent): Glass {
  const { caseId, accessId, by, at } = event.data;
  if (event.type === 'GlassBroken') {
    const { until, office, told } = event.data;
    return [...glass, { accessId, caseId, by, at, until, office, told, seenBy: [], ...said('reason', event) }];
  }
  return glass.map((one) => {
    if (one.accessId !== accessId) return one;
    if (event.type === 'GlassSeen') return { ...one, seenBy: [...one.seenBy, by] };
    const { verdict } = event.data;
    // What was not justified is over at once.
    const until = verdict === 'unjustified' && at < one.until ? at : one.until;
    return { ...one, until, reviewed: { by, at, verdict, ...said('note', event) } };
  });
}

function said<F extends 'reason' | 'note'>(field: F, event: GlassEvent): { readonly [K in F]?: string } {
  const text = event.data.personal?.[0]?.fields[field];
  return (typeof text === 'string' ? { [field]: text } : {}) as { readonly [K in F]?: string };
}

/** Under which the official may read the case now, or undefined. */
export function openAccess(glass: Glass, official: Id, at: InstantAt): Access | undefined {
  return glass.findLast((one) => one.by === official && one.at <= at && at < one.until);
}

export type GlassCommand =
  | { readonly type: 'BreakGlass'; readonly accessId: Id; readonly reason: string; readonly hours?: number }
  | { readonly type: 'SeeGlass'; readonly accessId: Id }
  | { readonly type: 'ReviewGlass'; readonly accessId: Id; readonly verdict: Verdict; readonly note: string };

export interface GlassContext {
  readonly actor: Actor;
  readonly at: InstantAt;
  readonly offices: OfficeTree;
  readonly roster: Roster;
  readonly state: CaseFile | undefined;
  /** What the person said is gone, or about to go: there is nothing to open, but what was opened is still reviewed. */
  readonly dataDestroyed?: boolean;
}

export function decideGlass(glass: Glass, command: GlassCommand, context: GlassContext): Decision<GlassEvent> {
  const { actor, at, offices, state } = context;
  if (state === undefined || !mayRead(actor, state, offices, at)) return { rejection: noSuchAccess };
  const { caseId, subjectId } = state;
  const { accessId } = command;
  const act: AboutGlass = { caseId, accessId, by: actor.id, at };
  if (command.type === 'BreakGlass') {
    if (context.dataDestroyed === true) return { rejection: dataDestroyed };
    const refusal = refuseRole('BreakGlass', actor) ?? refuseBreaking(glass, context, state);
    if (refusal !== undefined) return { rejection: refusal };
    const hours = command.hours ?? USUAL_HOURS;
    const until = formatInstant(parseInstant(at) + hours * MS_PER_HOUR);
    const personal = [{ personId: subjectId ?? caseId, retentionClass: 'case-file', fields: { reason: command.reason } }];
    return { events: [{ type: 'GlassBroken', data: { ...act, until, ...tellingOf(state, context), personal } }] };
  }
  const access = glass.find((one) => one.accessId === accessId);
  if (access === undefined) return { rejection: noSuchAccess };
  if (command.type === 'SeeGlass')
    return access.told.includes(actor.id) && !access.seenBy.includes(actor.id)
      ? { events: [{ type: 'GlassSeen', data: act }] }
      : no('already-seen', 'Sudah Anda buka, atau Anda tidak diberi tahu.', 'You have opened this already, or were not told.');
  const refusal = refuseReviewing(access, context, state);
  if (refusal !== undefined) return { rejection: refusal };
  // Nothing more is sealed for a person once their data are destroyed: the verdict stands, the note is not kept.
  const note =
    context.dataDestroyed === true
      ? {}
      : { personal: [{ personId: subjectId ?? caseId, retentionClass: 'case-file', fields: { note: command.note } }] };
  return { events: [{ type: 'GlassReviewed', data: { ...act, verdict: command.verdict, ...note } }] };
}

function refuseBreaking(glass: Glass, { actor, at, offices }: GlassContext, state: CaseFile): Rejection | undefined {
  if (isOwnWork(actor, state, offices, at))
    return refuse('own-work', 'Perkara ini tugas Anda sendiri; bukalah saja.', 'This case is your own work; just open it.');
  const conflict = refuseReaderInConflict(state, actor);
  if (conflict !== undefined) return conflict;
  if (openAccess(glass, actor.id, at) !== undefined)
    return refuse('already-open', 'Sudah terbuka bagi Anda.', 'It is open to you already.');
  return glass.some(({ by, reviewed }) => by === actor.id && reviewed?.verdict === 'unjustified')
    ? refuse(
        'break-glass-unjustified',
        'Pembukaan perkara ini oleh Anda pernah dinilai tidak beralasan. Bicarakan dengan supervisor kantor yang memegangnya.',
        'An opening of this case by you was found unjustified. Ask the supervisor of the office that has it.',
      )
    : undefined;
}

function refuseReviewing(access: Access, { actor, offices, at }: GlassContext, state: CaseFile): Rejection | undefined {
  const denial = refuseRole('ReviewGlass', actor);
  if (denial !== undefined) return denial;
  const placed = actor.capacities.some(
    ({ role, office }) =>
      policyTable.ReviewGlass.roles.includes(role) &&
      lineageOf(offices, state.office, dateIn(zoneOf(offices, office), at)).includes(office),
  );
  if (!placed)
    return refuse(
      'not-your-office',
      'Ini ditinjau oleh kantor yang memegang perkaranya.',
      'The office that has the case reviews this.',
    );
  if (isOrActsFor(actor, access.by))
    return refuse('four-eyes', 'Anda yang membacanya; orang lain yang meninjaunya.', 'You read it; someone else reviews that.');
  return access.reviewed === undefined ? undefined : refuse('already-reviewed', 'Sudah ditinjau.', 'It was reviewed already.');
}

/** The supervisor of the office that has the case, or the next above; never the one who reads. */
function tellingOf(state: CaseFile, { actor, at, offices, roster }: GlassContext): Telling {
  const on = dateIn(zoneOf(offices, state.office), at);
  const others: Roster = (role, office) => roster(role, office).filter(({ id }) => id !== actor.id);
  return whoIsTold('supervisor', state.office, undefined, others, lineageOf(offices, state.office, on));
}

const noSuchAccess = refuse(OUT_OF_SCOPE, 'Perkara ini tidak ada.', 'There is no such case.');

function no(code: Code, id: string, en: string): { rejection: Rejection } {
  return { rejection: refuse(code, id, en) };
}
