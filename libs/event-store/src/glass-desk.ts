/** Where a case is opened for a reason, and that is reviewed: in a stream beside the case. */
import {
  type Access,
  decideGlass,
  evolveGlass,
  type Glass,
  type GlassCommand,
  type GlassEvent,
  glassStream,
  openAccess,
  unbroken,
} from '#domain/case/break-glass.js';
import { isOwnWork } from '#domain/case/caseload.js';
import { dateIn, zoneOf } from '#domain/case/clock-events.js';
import { refuseReaderInConflict } from '#domain/case/conflict-of-interest.js';
import type { CaseFile } from '#domain/case/state.js';
import { isDestroyed } from '#domain/destruction/destruction.js';
import type { Id, InstantAt } from '#domain/event.js';
import type { Actor } from '#domain/office/official.js';
import type { CaseDesk } from './case-desk.js';
import { canonicalJson } from './envelope.js';
import { type Fold, folded } from './event-log.js';
import { type CommandOutcome, handleCommand } from './handle-command.js';
import type { RecordedEvent } from './port.js';

const glassFold: Fold<Glass, GlassEvent> = { initialState: unbroken, evolve: evolveGlass };

export interface GlassSubmission {
  readonly caseId: Id;
  readonly command: GlassCommand;
  readonly actorId: Id;
  readonly at: InstantAt;
  readonly commandId: Id;
}

export async function submitGlass(
  desk: CaseDesk,
  { caseId, command, actorId, at, commandId }: GlassSubmission,
): Promise<CommandOutcome> {
  const { state } = await desk.read(caseId);
  const { offices } = desk.registry.state;
  const { subjectId } = state ?? {};
  const dataDestroyed = subjectId !== undefined && isDestroyed(await desk.destructionOf(subjectId));
  const on = dateIn(zoneOf(offices, state?.office ?? ''), at);
  const context = { actor: desk.actor(actorId, at), at, offices, roster: desk.registry.rosterOn(on), state, dataDestroyed };
  return handleCommand<Glass, GlassEvent, GlassEvent>({
    log: desk.log,
    stream: glassStream(caseId),
    decider: glassFold,
    decide: (glass) => decideGlass(glass, command, context),
    act: { actor: actorId, effectiveAt: at, commandId, correlationId: commandId },
    body: canonicalJson({ caseId, command: { ...command } }),
  });
}

/** Every time the case was opened for a reason. */
export async function readGlass(desk: CaseDesk, caseId: Id): Promise<Glass> {
  return folded(glassFold, (await desk.log.read(glassStream(caseId))).events);
}

/** Why an official is shown the personal data of a case: it is their own work, or they have it open for a reason; else it is withheld. */
export type Showing =
  | { readonly as: 'own-work' }
  | { readonly as: 'break-glass'; readonly access: Access }
  | { readonly as: 'withheld' };

export async function showingTo(desk: CaseDesk, actor: Actor, state: CaseFile, at: InstantAt): Promise<Showing> {
  if (isOwnWork(actor, state, desk.registry.state.offices, at) || state.subjectId === undefined) return { as: 'own-work' };
  // One that was declared after they had opened it closes it again.
  if (refuseReaderInConflict(state, actor) !== undefined) return { as: 'withheld' };
  const access = openAccess(await readGlass(desk, state.caseId), actor.id, at);
  return access === undefined ? { as: 'withheld' } : { as: 'break-glass', access };
}

/** An event as one reads it from whom the personal data of its case are withheld: as if they had been destroyed. */
export function withoutPersonal(event: RecordedEvent): RecordedEvent {
  const { personal } = event.data as { readonly personal?: readonly object[] };
  if (personal === undefined) return event;
  return { ...event, data: { ...event.data, personal: personal.map((part) => ({ ...part, fields: {}, erased: true })) } };
}
