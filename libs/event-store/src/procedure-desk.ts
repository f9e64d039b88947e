/** Where commands on procedures are carried out: only administrators, each version by two of them, effective at once in this process. */
import { refuse } from '#domain/case/refuse.js';
import type { Id, InstantAt, Rejection } from '#domain/event.js';
import {
  decideProcedure,
  evolveProcedure,
  noVersions,
  type ProcedureCommand,
  type ProcedureEvent,
  type ProcedureLife,
} from '#domain/procedure/lifecycle.js';
import { procedureStream } from '#domain/registry.js';
import type { CaseDesk } from './case-desk.js';
import { canonicalJson } from './envelope.js';
import { type CommandOutcome, handleCommand } from './handle-command.js';

export interface ProcedureSubmission {
  readonly code: string;
  readonly command: ProcedureCommand;
  readonly actorId: Id;
  readonly at: InstantAt;
  readonly commandId: Id;
}

export async function submitToProcedure(desk: CaseDesk, submission: ProcedureSubmission): Promise<CommandOutcome> {
  const { code, command, actorId, at, commandId } = submission;
  const outcome = await handleCommand<ProcedureLife, ProcedureEvent, ProcedureEvent>({
    log: desk.log,
    stream: procedureStream(code),
    decider: { initialState: noVersions, evolve: evolveProcedure },
    decide: (life) => {
      const refusal = refuseUnlessAdministrator(desk, actorId, at);
      return refusal === undefined
        ? decideProcedure(life, command, { by: actorId, at, procedures: new Set(desk.registry.state.procedures.keys()) })
        : { rejection: refusal };
    },
    act: { actor: actorId, effectiveAt: at, commandId, correlationId: commandId },
    body: canonicalJson({ code, command }),
  });
  if (outcome.kind === 'accepted') await desk.registry.refresh();
  return outcome;
}

/** Procedures and calendars are seen to by administrators, who never touch a case. */
export function refuseUnlessAdministrator(desk: CaseDesk, actorId: Id, at: InstantAt): Rejection | undefined {
  return desk.actor(actorId, at).capacities.some(({ role }) => role === 'administrator')
    ? undefined
    : refuse(
        'role-may-not',
        'Hanya administrator yang mengurus prosedur dan kalender.',
        'Only an administrator sees to procedures and calendars.',
      );
}
