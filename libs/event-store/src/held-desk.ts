/** Where acts are held before they take effect, recalled, and carried out when their time has come: in a stream beside the case. */
import {
  decideHold,
  evolveHeld,
  type HeldActs,
  type HeldCommand,
  type HeldEvent,
  HOLDER,
  type HoldCommand,
  heldNow,
  heldStream,
  nothingHeld,
} from '#domain/case/held-act.js';
import type { Id, InstantAt, Rejection } from '#domain/event.js';
import type { CaseDesk } from './case-desk.js';
import { canonicalJson, commandIdOf } from './envelope.js';
import { type Fold, folded } from './event-log.js';
import { type CommandOutcome, handleCommand } from './handle-command.js';

const heldFold: Fold<HeldActs, HeldEvent> = { initialState: nothingHeld, evolve: evolveHeld };

export interface HoldSubmission {
  readonly caseId: Id;
  readonly command: HeldCommand;
  readonly actorId: Id;
  readonly at: InstantAt;
  /** Of the act itself: it takes effect under this id. */
  readonly commandId: Id;
  readonly correlationId: Id;
  readonly expectedRevision: number;
  readonly seconds: number;
}

/** Every act on the case that was held, and what came of it. */
export async function readHeld(desk: CaseDesk, caseId: Id): Promise<HeldActs> {
  return folded(heldFold, (await desk.log.read(heldStream(caseId))).events);
}

/** Holds an act that would take effect now; one that would be refused is refused at once. */
export async function holdAct(desk: CaseDesk, submission: HoldSubmission): Promise<CommandOutcome> {
  const { caseId, command, actorId, at, commandId, expectedRevision: revision, seconds } = submission;
  const earlier = (await readHeld(desk, caseId)).some(({ heldId }) => heldId === commandId);
  // Sent again after it was held: the first answer, whatever has become of it.
  const refusal = earlier ? undefined : await desk.wouldRefuse(submission);
  if (refusal?.kind === 'wrong-revision') return refusal;
  const hold: HoldCommand = { type: 'HoldAct', heldId: commandId, command, revision, seconds };
  // Not under the act's own id: that is for its events in the case.
  return onHeld(desk, caseId, hold, actorId, at, commandIdOf(HOLDER, `${commandId} HoldAct`), refusal?.rejection);
}

/** @returns `rejected` when it is somebody else's, or too late */
export function recallHeld(
  desk: CaseDesk,
  caseId: Id,
  heldId: Id,
  actorId: Id,
  at: InstantAt,
  commandId: Id,
): Promise<CommandOutcome> {
  return onHeld(desk, caseId, { type: 'RecallHeldAct', heldId }, actorId, at, commandId);
}

/**
 * Carries out an act whose time has come, in the name of whoever sent it, once: asked again, also after a crash in between, it goes on where it was.
 * Answers `effective`, `dropped` (it may not be done any more, or the case has changed), or the code of why there is nothing to do.
 */
export async function releaseHeld(desk: CaseDesk, caseId: Id, heldId: Id, at: InstantAt): Promise<string> {
  const step = (command: HoldCommand) =>
    onHeld(desk, caseId, command, HOLDER, at, commandIdOf(HOLDER, `${heldId} ${command.type}`));
  // From this event on nobody recalls it; the act comes after.
  const released = await step({ type: 'ReleaseHeldAct', heldId });
  const held = heldNow(await readHeld(desk, caseId));
  if (held?.status !== 'released' || held.heldId !== heldId)
    return released.kind === 'rejected' ? released.rejection.code : 'ended';
  const { command, by, revision } = held;
  const outcome =
    command === undefined
      ? undefined
      : await desk.submit({
          caseId,
          command,
          actorId: by,
          at,
          commandId: heldId,
          correlationId: heldId,
          expectedRevision: revision,
        });
  const as = outcome?.kind === 'accepted' ? { revision: outcome.revision } : { ground: groundOf(outcome) };
  await step({ type: 'EndHeldAct', heldId, as });
  return 'ground' in as ? 'dropped' : 'effective';
}

function groundOf(outcome: CommandOutcome | undefined): string {
  if (outcome === undefined) return 'destroyed';
  return outcome.kind === 'rejected' ? outcome.rejection.code : 'case-changed';
}

async function onHeld(
  desk: CaseDesk,
  caseId: Id,
  command: HoldCommand,
  actorId: Id,
  at: InstantAt,
  commandId: Id,
  refusal?: Rejection,
): Promise<CommandOutcome> {
  const { state } = await desk.read(caseId);
  const { offices } = desk.registry.state;
  const context = { actor: desk.actor(actorId, at), at, offices, state, ...(refusal === undefined ? {} : { refusal }) };
  return handleCommand<HeldActs, HeldEvent, HeldEvent>({
    log: desk.log,
    stream: heldStream(caseId),
    decider: heldFold,
    decide: (acts) => decideHold(acts, command, context),
    act: { actor: actorId, effectiveAt: at, commandId, correlationId: commandId },
    body: canonicalJson({ caseId, command: { ...command } }),
  });
}
