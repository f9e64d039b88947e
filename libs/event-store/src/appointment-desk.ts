/** Where officials are entered and their roles assigned, ended and moved: in their own stream, effective at once in this process. */
import { dateIn, zoneOf } from '#domain/case/clock-events.js';
import type { Id, InstantAt } from '#domain/event.js';
import { type AppointmentCommand, decideAppointment } from '#domain/office/appointment.js';
import { evolveOfficial, type Official, type OfficialEvent, type RoleAssignment } from '#domain/office/official.js';
import { officialStream } from '#domain/registry.js';
import type { CaseDesk } from './case-desk.js';
import { canonicalJson, commandIdOf } from './envelope.js';
import { type CommandOutcome, handleCommand } from './handle-command.js';
import type { RecordedEvent } from './port.js';

export interface AppointmentSubmission {
  readonly command: AppointmentCommand;
  readonly actorId: Id;
  readonly at: InstantAt;
  readonly commandId: Id;
}

/** Carries out one command, exactly once per command id. */
export async function submitAppointment(
  desk: CaseDesk,
  { command, actorId, at, commandId }: AppointmentSubmission,
): Promise<CommandOutcome> {
  const stream = officialStream(command.official);
  const outcome = await handleCommand<Official | undefined, OfficialEvent, OfficialEvent>({
    log: desk.log,
    stream,
    decider: { initialState: undefined, evolve: evolveOfficial },
    decide: (state) => {
      const { officials, offices } = desk.registry.state;
      const place = 'office' in command ? command.office : (state?.assignments[0]?.office ?? '');
      const today = dateIn(zoneOf(offices, place), at);
      const personId = commandIdOf('official', stream);
      return decideAppointment(state, command, { actor: desk.actor(actorId, at), at, today, officials, offices, personId });
    },
    act: { actor: actorId, effectiveAt: at, commandId, correlationId: commandId },
    body: canonicalJson({ ...command }),
  });
  if (outcome.kind === 'accepted') await desk.registry.refresh();
  return outcome;
}

/** One step in someone's service, as the register tells it. */
export interface AppointmentStep {
  readonly type: OfficialEvent['type'];
  readonly by: Id;
  readonly at: InstantAt;
  /** Every role as it stood from then on, of those that enter or change roles. */
  readonly assignments?: readonly RoleAssignment[];
  /** Undefined also after the official's data were destroyed. */
  readonly reason?: string;
}

/** Everything that was entered of an official's roles, the newest first; undefined for nobody. */
export async function appointmentsOf(
  desk: CaseDesk,
  official: Id,
): Promise<{ readonly official: Official; readonly steps: readonly AppointmentStep[] } | undefined> {
  const known = desk.registry.state.officials.get(official);
  if (known === undefined) return undefined;
  const { events } = await desk.log.read(officialStream(official));
  const steps = (events as readonly (RecordedEvent & OfficialEvent)[]).flatMap((event): readonly AppointmentStep[] => {
    if (event.type !== 'OfficialRegistered' && event.type !== 'RolesAssigned') return [];
    const { data, metadata, type } = event;
    const reason = data.personal?.[0]?.fields.reason;
    const told = typeof reason === 'string' ? { reason } : {};
    return [{ type, by: metadata.actor, at: metadata.effectiveAt, assignments: data.assignments, ...told }];
  });
  return { official: known, steps: steps.toReversed() };
}
