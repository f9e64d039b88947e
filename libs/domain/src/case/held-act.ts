/**
 * Acts that are held for a short while before they take effect (ADR 32): a determination, and its service. Whoever sent one may recall it until
 * then; afterwards the very act is done in their name, if it still may be. Said in a stream of its own (`held-<case>`): until it takes effect
 * nothing of the case has changed. Pure.
 */
import { formatInstant, parseInstant } from '../calendar/day.js';
import {
  assertNever,
  type Code,
  type DateOn,
  type Decision,
  type DomainEvent,
  type Id,
  type InstantAt,
  type PersonalPart,
  type Rejection,
  type Sha256,
} from '../event.js';
import type { Actor } from '../office/official.js';
import type { CaseCommand, CaseCommandOf, CaseCommandType } from './commands.js';
import { mayRead, refuseRole } from './permit.js';
import type { CommandContext } from './policies.js';
import { OUT_OF_SCOPE, refuse } from './refuse.js';
import type { CaseFile } from './state.js';

export const heldStream = (caseId: Id): Id => `held-${caseId}`;

export type HeldType = 'ApproveDetermination' | 'DetermineOtherwise' | 'ServeDetermination';
export type HeldCommand = CaseCommandOf<HeldType>;
const HELD: { readonly [T in HeldType]: true } = {
  ApproveDetermination: true,
  DetermineOtherwise: true,
  ServeDetermination: true,
};

export function isHeldType(type: CaseCommandType): type is HeldType {
  return Object.hasOwn(HELD, type);
}

export function isHeld(command: CaseCommand): command is HeldCommand {
  return isHeldType(command.type);
}

interface AboutHeld {
  readonly caseId: Id;
  /** The id of the command that is held: it is carried out under it, once. */
  readonly heldId: Id;
  readonly by: Id;
  readonly at: InstantAt;
}

/** A stored event name is forever: review a change here like a migration. Reason and note stand in `personal`. */
export type HeldEvent =
  | DomainEvent<
      'ActHeld',
      AboutHeld & {
        act: HeldType;
        /** The first instant at which it takes effect. */
        until: InstantAt;
        /** Of the case as its sender saw it: of another it does not take effect. */
        revision: number;
        outcome?: Code;
        servedOn?: DateOn;
        method?: Code;
        proofSha256?: Sha256;
      }
    >
  | DomainEvent<'HeldActRecalled', AboutHeld>
  /** From here on nobody recalls it. */
  | DomainEvent<'HeldActReleased', AboutHeld>
  | DomainEvent<'HeldActTookEffect', AboutHeld & { revision: number }>
  /** It did not take effect; `ground` is the code of what refused it. */
  | DomainEvent<'HeldActDropped', AboutHeld & { ground: Code }>;

/** Who ends what nobody recalled. */
export const HOLDER: Id = 'hold';

export interface HeldAct {
  readonly heldId: Id;
  readonly by: Id;
  readonly at: InstantAt;
  readonly until: InstantAt;
  readonly revision: number;
  readonly act: HeldType;
  /** Undefined once what was said in it has been destroyed. */
  readonly command: HeldCommand | undefined;
  readonly status: 'held' | 'recalled' | 'released' | 'effective' | 'dropped';
  readonly endedAt?: InstantAt;
  readonly ground?: Code;
}

export type HeldActs = readonly HeldAct[];
export const nothingHeld: HeldActs = [];

const STATUS_AFTER: { readonly [T in Exclude<HeldEvent['type'], 'ActHeld'>]: HeldAct['status'] } = {
  HeldActRecalled: 'recalled',
  HeldActReleased: 'released',
  HeldActTookEffect: 'effective',
  HeldActDropped: 'dropped',
};

export function evolveHeld(acts: HeldActs, event: HeldEvent): HeldActs {
  const { heldId, by, at } = event.data;
  if (event.type === 'ActHeld') {
    const { act, until, revision } = event.data;
    return [...acts, { heldId, by, at, until, revision, act, command: commandIn(event), status: 'held' }];
  }
  const ground = event.type === 'HeldActDropped' ? { ground: event.data.ground } : {};
  const ended = { status: STATUS_AFTER[event.type], endedAt: at, ...ground };
  return acts.map((one) => (one.heldId === heldId ? { ...one, ...ended } : one));
}

function commandIn({ data }: Extract<HeldEvent, { type: 'ActHeld' }>): HeldCommand | undefined {
  const { act, outcome, servedOn, method, proofSha256, personal = [] } = data;
  const { reason, note } = personal[0]?.fields ?? {};
  if (act === 'ServeDetermination')
    return servedOn === undefined || method === undefined || personal[0]?.erased === true
      ? undefined
      : {
          ...{ type: act, servedOn, method },
          ...(proofSha256 === undefined ? {} : { proofSha256 }),
          ...(typeof note === 'string' ? { note } : {}),
        };
  if (typeof reason !== 'string') return undefined;
  if (act === 'ApproveDetermination') return { type: act, reason };
  return outcome === undefined ? undefined : { type: act, outcome, reason };
}

/** What of a case is held now; at most one. */
export function heldNow(acts: HeldActs): HeldAct | undefined {
  return acts.find(({ status }) => status === 'held' || status === 'released');
}

export type HoldCommand =
  | {
      readonly type: 'HoldAct';
      readonly heldId: Id;
      readonly command: HeldCommand;
      readonly revision: number;
      readonly seconds: number;
    }
  | { readonly type: 'RecallHeldAct'; readonly heldId: Id }
  | { readonly type: 'ReleaseHeldAct'; readonly heldId: Id }
  | {
      readonly type: 'EndHeldAct';
      readonly heldId: Id;
      /** The revision at which it took effect, or why it did not. */
      readonly as: { readonly revision: number } | { readonly ground: Code };
    };

export interface HoldContext extends Pick<CommandContext, 'offices' | 'at'> {
  readonly actor: Actor;
  readonly state: CaseFile | undefined;
  /** Why the act would be refused if it took effect now; undefined: it would not. */
  readonly refusal?: Rejection;
}

export function decideHold(acts: HeldActs, command: HoldCommand, context: HoldContext): Decision<HeldEvent> {
  const { actor, at, offices, state } = context;
  if (state === undefined) return { rejection: noSuchAct };
  const about: AboutHeld = { caseId: state.caseId, heldId: command.heldId, by: actor.id, at };
  const held = acts.find(({ heldId }) => heldId === command.heldId);
  switch (command.type) {
    case 'HoldAct': {
      const other = heldNow(acts);
      const rejection = context.refusal ?? (other === undefined ? undefined : alreadyHeld);
      if (rejection !== undefined) return { rejection };
      const until = formatInstant(parseInstant(at) + command.seconds * 1000);
      const { personal, ...said } = saidIn(command.command, state);
      const { revision, command: asked } = command;
      return { events: [{ type: 'ActHeld', data: { ...about, act: asked.type, until, revision, ...said, personal } }] };
    }
    case 'RecallHeldAct': {
      if (!mayRead(actor, state, offices, at) || held === undefined) return { rejection: noSuchAct };
      const denial = refuseRole('RecallHeldAct', actor) ?? refuseRecall(held, actor, at);
      return denial === undefined ? { events: [{ type: 'HeldActRecalled', data: about }] } : { rejection: denial };
    }
    case 'ReleaseHeldAct':
      return held?.status === 'held' && at >= held.until
        ? { events: [{ type: 'HeldActReleased', data: about }] }
        : { rejection: notToBeEnded };
    case 'EndHeldAct': {
      if (held?.status !== 'released') return { rejection: notToBeEnded };
      const { as } = command;
      return {
        events: [
          'ground' in as
            ? { type: 'HeldActDropped', data: { ...about, ground: as.ground } }
            : { type: 'HeldActTookEffect', data: { ...about, revision: as.revision } },
        ],
      };
    }
    default:
      return assertNever(command);
  }
}

function saidIn(command: HeldCommand, { caseId, subjectId = caseId }: CaseFile) {
  const personal = (fields: { readonly [field: string]: string }): readonly PersonalPart[] => [
    { personId: subjectId, retentionClass: 'case-file', fields },
  ];
  if (command.type !== 'ServeDetermination')
    return {
      ...(command.type === 'DetermineOtherwise' ? { outcome: command.outcome } : {}),
      personal: personal({ reason: command.reason }),
    };
  const { servedOn, method, proofSha256, note } = command;
  return {
    ...{ servedOn, method },
    ...(proofSha256 === undefined ? {} : { proofSha256 }),
    personal: personal(note === undefined ? {} : { note }),
  };
}

function refuseRecall(held: HeldAct, actor: Actor, at: InstantAt): Rejection | undefined {
  if (held.by !== actor.id)
    return refuse('not-yours', 'Hanya pengirimnya yang dapat menariknya kembali.', 'Only who sent it can recall it.');
  if (held.status !== 'held' || at >= held.until)
    return refuse('too-late', 'Waktunya sudah lewat; tindakan ini sudah berakhir.', 'The time is over; this has ended already.');
  return undefined;
}

const alreadyHeld = refuse(
  'already-held',
  'Sebuah tindakan atas perkara ini sedang ditahan. Tunggu, atau minta pengirimnya menarik kembali.',
  'An act on this case is being held. Wait, or ask its sender to recall it.',
);

const noSuchAct = refuse(OUT_OF_SCOPE, 'Perkara ini tidak ada.', 'There is no such case.');
const notToBeEnded = refuse('not-to-be-ended', 'Belum waktunya, atau sudah berakhir.', 'It is not time yet, or it has ended.');
