/** Where holds and the destruction of a person's data are asked for, confirmed and certified. The keys themselves are destroyed by the worker. */

import type { CaseFile } from '#domain/case/state.js';
import {
  certify,
  DESTROYER,
  type Destruction,
  type DestructionCommand,
  type DestructionContext,
  decideDestruction,
  destructionStream,
  evolveDestruction,
} from '#domain/destruction/destruction.js';
import type { DestructionEvent } from '#domain/destruction/events.js';
import type { Code, Id, InstantAt } from '#domain/event.js';
import { caseStream } from '#domain/process/escalation.js';
import type { CaseDesk } from './case-desk.js';
import { canonicalJson, commandIdOf } from './envelope.js';
import { type Fold, folded } from './event-log.js';
import { type CommandOutcome, handleCommand } from './handle-command.js';

export interface DestructionSubmission {
  readonly personId: Id;
  readonly command: DestructionCommand;
  readonly actorId: Id;
  readonly at: InstantAt;
  readonly commandId: Id;
}

const destructionFold: Fold<Destruction | undefined, DestructionEvent> = { initialState: undefined, evolve: evolveDestruction };

export async function readDestruction(desk: CaseDesk, personId: Id): Promise<Destruction | undefined> {
  return folded(destructionFold, (await desk.log.read(destructionStream(personId))).events);
}

/**
 * Every case whose subject this person is. Read from the log itself: a list that is a moment behind could leave out the case just opened.
 * @throws UnreadableStream for a case that cannot be read: then nobody knows whether it is closed.
 */
export async function casesOfPerson(desk: CaseDesk, personId: Id): Promise<readonly CaseFile[]> {
  const cases: CaseFile[] = [];
  const prefix = caseStream('');
  for await (const batch of desk.log.store.readAll('0', { filter: { streamPrefixes: [prefix] } }))
    for (const { type, data, stream } of batch) {
      if (type !== 'DraftOpened' || (data as { readonly subject?: Id }).subject !== personId) continue;
      const { state } = await desk.read(stream.slice(prefix.length));
      if (state !== undefined) cases.push(state);
    }
  return cases;
}

/** What deciding on a person's data asks of the register and of their cases. */
export async function destructionContext(desk: CaseDesk, personId: Id, actorId: Id, at: InstantAt): Promise<DestructionContext> {
  const { offices, retention: schedule } = desk.registry.state;
  return { actor: desk.actor(actorId, at), at, offices, personId, schedule, cases: await casesOfPerson(desk, personId) };
}

/** Carries out one command, exactly once per command id. */
export async function submitToDestruction(desk: CaseDesk, submission: DestructionSubmission): Promise<CommandOutcome> {
  const { personId, command, actorId, at, commandId } = submission;
  return handleCommand<Destruction | undefined, DestructionEvent, DestructionEvent>({
    log: desk.log,
    stream: destructionStream(personId),
    decider: destructionFold,
    decide: async (state) => decideDestruction(state, command, await destructionContext(desk, personId, actorId, at)),
    act: { actor: actorId, effectiveAt: at, commandId, correlationId: commandId },
    body: canonicalJson({ personId, command: { ...command } }),
  });
}

/** The certificate of a destruction that was confirmed, once, whoever asks and however often. */
export async function certifyDestruction(
  desk: CaseDesk,
  personId: Id,
  destroyed: { readonly keys: number; readonly retentionClasses: readonly Code[] },
  at: InstantAt,
): Promise<CommandOutcome> {
  const commandId = commandIdOf(DESTROYER, `${personId}/${(await readDestruction(desk, personId))?.requested?.destructionId}`);
  return handleCommand<Destruction | undefined, DestructionEvent, DestructionEvent>({
    log: desk.log,
    stream: destructionStream(personId),
    decider: destructionFold,
    decide: (state) => certify(state, { ...destroyed, at }),
    act: { actor: DESTROYER, effectiveAt: at, commandId, correlationId: commandId },
    body: canonicalJson({ personId }),
  });
}
