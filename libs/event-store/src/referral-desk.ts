/** Where commands on referrals are carried out, and the cases opened that accepted ones call for. */
import { dateIn, zoneOf } from '#domain/case/clock-events.js';
import type { Code, Id, InstantAt } from '#domain/event.js';
import { noVersionOn, versionOn } from '#domain/procedure/procedure.js';
import type { ReferralEvent } from '#domain/referral/events.js';
import {
  decideReferral,
  draftOf,
  evolveReferral,
  mayReadReferral,
  noSuchReferral,
  type Referral,
  type ReferralCommand,
  referralStream,
} from '#domain/referral/referral.js';
import type { CaseDesk } from './case-desk.js';
import { canonicalJson, caseIdOf, commandIdOf } from './envelope.js';
import { type Fold, folded, foldedAsFar } from './event-log.js';
import { type CommandOutcome, handleCommand } from './handle-command.js';

/** As officials send it: the desk knows the case that would open, and the version in force. */
export type SentReferralCommand =
  | Exclude<ReferralCommand, { type: 'AcceptReferral' }>
  | (Omit<Extract<ReferralCommand, { type: 'AcceptReferral' }>, 'caseId' | 'procedure' | 'office'> & {
      readonly procedure: Code;
      readonly office?: Code;
    });

export interface ReferralSubmission {
  readonly referralId: Id;
  readonly command: SentReferralCommand;
  readonly actorId: Id;
  readonly at: InstantAt;
  readonly commandId: Id;
  readonly expectedRevision?: number;
}

const referralFold: Fold<Referral | undefined, ReferralEvent> = { initialState: undefined, evolve: evolveReferral };

/** A referral, folded from its stream. @throws UnreadableStream */
export async function readReferral(desk: CaseDesk, referralId: Id): Promise<{ state: Referral | undefined; revision: number }> {
  const { events, head } = await desk.log.read(referralStream(referralId));
  return { state: folded(referralFold, events), revision: head.revision };
}

/** A referral that cannot be read, as far as it can: to know who may be told of it. */
export async function referralAsFarAsReadable(desk: CaseDesk, referralId: Id): Promise<Referral | undefined> {
  return foldedAsFar(referralFold, await desk.log.readOpened(referralStream(referralId)));
}

/** Carries out one command, exactly once per command id. An accepted referral's case is open when this answers, or opened by the sweep. */
export async function submitToReferral(desk: CaseDesk, submission: ReferralSubmission): Promise<CommandOutcome> {
  const { referralId, command, actorId, at, commandId, expectedRevision } = submission;
  const { offices } = desk.registry.state;
  const context = { actor: desk.actor(actorId, at), at, offices, referralId };
  const outcome = await handleCommand<Referral | undefined, ReferralEvent, ReferralEvent>({
    log: desk.log,
    stream: referralStream(referralId),
    decider: referralFold,
    decide: (state) => {
      if (command.type !== 'AcceptReferral') return decideReferral(state, command, context);
      const office = command.office ?? state?.office ?? '';
      const published = desk.registry.state.procedures.get(command.procedure) ?? [];
      const on = dateIn(zoneOf(offices, office), at);
      const known = versionOn(published, on);
      if (known === undefined)
        return state !== undefined && mayReadReferral(state, context)
          ? { rejection: noVersionOn(command.procedure, published, on) }
          : { rejection: noSuchReferral };
      const { code, version, sha256 } = known;
      const full = { ...command, office, caseId: caseIdOf(openingOf(referralId)), procedure: { code, version, sha256 } };
      return decideReferral(state, full, { ...context, procedure: known });
    },
    act: { actor: actorId, effectiveAt: at, commandId, correlationId: commandId },
    body: canonicalJson({ referralId, command: { ...command } }),
    ...(expectedRevision === undefined ? {} : { expectedRevision }),
  });
  if (outcome.kind !== 'accepted' || command.type !== 'AcceptReferral') return outcome;
  const opened = await openReferredCase(desk, referralId);
  return opened?.kind === 'accepted' ? { ...outcome, position: opened.position } : outcome;
}

/**
 * Opens the case that an accepted referral calls for, in the name of who accepted it and at that time; once, whoever asks and however often.
 * Undefined when none is called for.
 */
export async function openReferredCase(desk: CaseDesk, referralId: Id): Promise<CommandOutcome | undefined> {
  const { state } = await readReferral(desk, referralId);
  const command = state === undefined ? undefined : draftOf(state);
  if (state?.accepted === undefined || command === undefined) return undefined;
  const { by, at, caseId } = state.accepted;
  const commandId = openingOf(referralId);
  return desk.submit({ caseId, command, actorId: by, at, commandId, correlationId: commandId });
}

/** The id of the command that opens a referral's case: one for each referral. */
function openingOf(referralId: Id): Id {
  return commandIdOf('referrals', referralId);
}
