/** Where holds and the destruction of a person's data are asked for, confirmed and certified. The keys themselves are destroyed by the worker. */

import { refuse } from '#domain/case/refuse.js';
import {
  certify,
  DESTROYER,
  type Destruction,
  type DestructionCommand,
  type DestructionContext,
  decideDestruction,
  destructionPrefix,
  destructionStream,
  nowOpen,
} from '#domain/destruction/destruction.js';
import type { DestructionEvent } from '#domain/destruction/events.js';
import type { Code, Id, InstantAt } from '#domain/event.js';
import { evolveOfficial, type Official, type OfficialEvent } from '#domain/office/official.js';
import { officialStream } from '#domain/registry.js';
import { type CaseDesk, destructionFold } from './case-desk.js';
import { canonicalJson, commandIdOf } from './envelope.js';
import { type CommandOutcome, handleCommand } from './handle-command.js';
import type { RecordedEvent } from './port.js';
import { readReferral } from './referral-desk.js';

export interface DestructionSubmission {
  readonly personId: Id;
  readonly command: DestructionCommand;
  readonly actorId: Id;
  readonly at: InstantAt;
  readonly commandId: Id;
}

/** Of everyone of whom anything was held, requested or destroyed, as it stands now; by person. There are few. */
export async function readDestructions({ log }: CaseDesk): Promise<ReadonlyMap<Id, Destruction>> {
  const found = new Map<Id, Destruction>();
  for await (const batch of log.readAll('0', { filter: { streamPrefixes: [destructionPrefix] } }))
    for (const event of batch) {
      const personId = event.stream.slice(destructionPrefix.length);
      found.set(personId, destructionFold.evolve(found.get(personId), event as RecordedEvent & DestructionEvent) as Destruction);
    }
  return found;
}

/** The cases whose subject a person is, and the referrals that are about them or that they made: none may be left out. */
export interface StreamsOfPerson {
  readonly cases: readonly Id[];
  readonly referrals: readonly Id[];
}
export type FindStreamsOfPerson = (personId: Id) => Promise<StreamsOfPerson>;

/**
 * What deciding on a person's data asks of the register, their cases and referrals.
 * @throws UnreadableStream for one that cannot be read: then nobody knows whether it is over.
 */
export async function destructionContext(
  desk: CaseDesk,
  find: FindStreamsOfPerson,
  personId: Id,
  actorId: Id,
  at: InstantAt,
): Promise<DestructionContext> {
  const { offices, officials, retention: schedule } = desk.registry.state;
  const found = await find(personId);
  const referrals = (await Promise.all(found.referrals.map(async (id) => (await readReferral(desk, id)).state ?? []))).flat();
  const caseIds = new Set([...found.cases, ...referrals.flatMap(({ accepted }) => accepted?.caseId ?? [])]);
  const cases = (await Promise.all([...caseIds].map(async (id) => (await desk.read(id)).state ?? []))).flat();
  const registered = [...officials.values()];
  return {
    actor: desk.actor(actorId, at),
    at,
    offices,
    personId,
    schedule,
    cases,
    referrals,
    officials: registered.filter((official) => official.personId === personId),
    delegations: registered.flatMap(({ delegations }) => delegations.filter(({ reasonOf }) => reasonOf === personId)),
  };
}

/** Carries out one command, exactly once per command id. */
export async function submitToDestruction(
  desk: CaseDesk,
  find: FindStreamsOfPerson,
  submission: DestructionSubmission,
): Promise<CommandOutcome> {
  const { personId, command, actorId, at, commandId } = submission;
  return handleCommand<Destruction | undefined, DestructionEvent, DestructionEvent>({
    log: desk.log,
    stream: destructionStream(personId),
    decider: destructionFold,
    decide: async (state) => decideDestruction(state, command, await destructionContext(desk, find, personId, actorId, at)),
    act: { actor: actorId, effectiveAt: at, commandId, correlationId: commandId },
    body: canonicalJson({ personId, command: { ...command } }),
  });
}

/** Ends a destruction that was confirmed where a case of the person was opened meanwhile; answers whether it did. Asked just before the keys go. */
export async function endIfOpen(desk: CaseDesk, find: FindStreamsOfPerson, personId: Id, at: InstantAt): Promise<boolean> {
  const commandId = commandIdOf(DESTROYER, `open/${personId}/${(await desk.destructionOf(personId))?.requested?.destructionId}`);
  const outcome = await handleCommand<Destruction | undefined, DestructionEvent, DestructionEvent>({
    log: desk.log,
    stream: destructionStream(personId),
    decider: destructionFold,
    decide: async (state) => {
      const event = nowOpen(state, await destructionContext(desk, find, personId, DESTROYER, at));
      return event === undefined ? { rejection: allClosed } : { events: [event] };
    },
    act: { actor: DESTROYER, effectiveAt: at, commandId, correlationId: commandId },
    body: canonicalJson({ personId }),
  });
  return outcome.kind === 'accepted';
}

const allClosed = refuse('all-closed', 'Semua perkara orang ini ditutup.', 'Every case of this person is closed.');

/** The certificate of a destruction that was confirmed, once, whoever asks and however often. */
export async function certifyDestruction(
  desk: CaseDesk,
  personId: Id,
  destroyed: { readonly keys: number; readonly retentionClasses: readonly Code[] },
  at: InstantAt,
): Promise<CommandOutcome> {
  const commandId = commandIdOf(DESTROYER, `${personId}/${(await desk.destructionOf(personId))?.requested?.destructionId}`);
  return handleCommand<Destruction | undefined, DestructionEvent, DestructionEvent>({
    log: desk.log,
    stream: destructionStream(personId),
    decider: destructionFold,
    decide: (state) => certify(state, { ...destroyed, at }),
    act: { actor: DESTROYER, effectiveAt: at, commandId, correlationId: commandId },
    body: canonicalJson({ personId }),
  });
}

/** Tells every process that what was sealed under this id is gone, in the streams of the officials who have it in their records; once each. */
export async function forgetOfficials(desk: CaseDesk, personId: Id, at: InstantAt): Promise<void> {
  for (const { id, personId: own, delegations } of desk.registry.state.officials.values()) {
    if (own !== personId && !delegations.some(({ reasonOf }) => reasonOf === personId)) continue;
    const commandId = commandIdOf(DESTROYER, `${officialStream(id)}/${personId}`);
    await handleCommand<Official | undefined, OfficialEvent, OfficialEvent>({
      log: desk.log,
      stream: officialStream(id),
      decider: { initialState: undefined, evolve: evolveOfficial },
      decide: () => ({ events: [{ type: 'OfficialDataDestroyed', data: { official: id, personId, by: DESTROYER, at } }] }),
      act: { actor: DESTROYER, effectiveAt: at, commandId, correlationId: commandId },
      body: canonicalJson({ official: id, personId }),
    });
  }
}
