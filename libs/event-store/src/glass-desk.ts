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
import { mayRead } from '#domain/case/permit.js';
import type { CaseFile } from '#domain/case/state.js';
import { isDestroyed } from '#domain/destruction/destruction.js';
import type { Id, InstantAt } from '#domain/event.js';
import type { Actor } from '#domain/office/official.js';
import type { CaseDesk } from './case-desk.js';
import { canonicalJson } from './envelope.js';
import { type Fold, folded, UnreadableStream } from './event-log.js';
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

/** Why a case was opened and what its review found: null where nobody said so yet, it was erased, or it is not for whoever asks. */
export interface GlassWords {
  readonly reason: string | null;
  readonly note: string | null;
}

/** Each row with its words, for one who reviews or audits: not of a case out of their scope or in which they have a conflict of interest. */
export async function withWords<Row extends { readonly accessId: Id; readonly caseId: Id }>(
  desk: CaseDesk,
  rows: readonly Row[],
  actor: Actor,
  at: InstantAt,
): Promise<readonly (Row & GlassWords)[]> {
  const accesses = new Map<Id, Access>();
  for (const caseId of new Set(rows.map((row) => row.caseId)))
    for (const access of await glassFor(desk, caseId, actor, at)) accesses.set(access.accessId, access);
  return rows.map((row) => {
    const access = accesses.get(row.accessId);
    return { ...row, reason: access?.reason ?? null, note: access?.reviewed?.note ?? null };
  });
}

async function glassFor(desk: CaseDesk, caseId: Id, actor: Actor, at: InstantAt): Promise<Glass> {
  try {
    const { state } = await desk.read(caseId);
    if (state === undefined || !mayRead(actor, state, desk.registry.state.offices, at)) return unbroken;
    return refuseReaderInConflict(state, actor) === undefined ? await readGlass(desk, caseId) : unbroken;
  } catch (error) {
    // One case that cannot be read keeps nobody from the list of the others.
    if (error instanceof UnreadableStream) return unbroken;
    throw error;
  }
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
