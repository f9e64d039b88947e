/** Where commands on procedures are carried out: only administrators, each version by two of them, effective at once in this process. */
import { refuseRole } from '#domain/case/permit.js';
import type { Id, InstantAt } from '#domain/event.js';
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
      const refusal = refuseRole(command.type, desk.actor(actorId, at));
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
