/** Where devices for work without network are enrolled and withdrawn: in the stream of the official who uses them, effective at once in this process. */
import type { Id, InstantAt } from '#domain/event.js';
import { type DeviceCommand, decideDevice } from '#domain/office/device.js';
import { evolveOfficial, type Official, type OfficialEvent } from '#domain/office/official.js';
import { officialStream } from '#domain/registry.js';
import type { CaseDesk } from './case-desk.js';
import { canonicalJson } from './envelope.js';
import { type CommandOutcome, handleCommand } from './handle-command.js';

export interface DeviceSubmission {
  readonly command: DeviceCommand;
  readonly actorId: Id;
  readonly at: InstantAt;
  readonly commandId: Id;
}

/** Carries out one command, exactly once per command id. */
export async function submitDevice(
  desk: CaseDesk,
  { command, actorId, at, commandId }: DeviceSubmission,
): Promise<CommandOutcome> {
  const official = command.type === 'EnrolDevice' ? actorId : command.official;
  const outcome = await handleCommand<Official | undefined, OfficialEvent, OfficialEvent>({
    log: desk.log,
    stream: officialStream(official),
    decider: { initialState: undefined, evolve: evolveOfficial },
    decide: (state) => decideDevice(state, command, { actor: desk.actor(actorId, at), at }),
    act: { actor: actorId, effectiveAt: at, commandId, correlationId: commandId },
    body: canonicalJson({ ...command }),
  });
  if (outcome.kind === 'accepted') await desk.registry.refresh();
  return outcome;
}
