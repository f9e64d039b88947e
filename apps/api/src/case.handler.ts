/** The command bus's handlers for every command on a case. The five steps of a command stand in `handleCommand`, which the desks call. */
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Id, InstantAt } from '#domain/event.js';
import { CaseDesk, type Submission } from '#event-store/case-desk.js';
import type { CommandOutcome } from '#event-store/handle-command.js';
import { type HoldSubmission, holdAct, recallHeld } from '#event-store/held-desk.js';

export class SubmitToCase extends Command<CommandOutcome> {
  constructor(readonly submission: Submission) {
    super();
  }
}

@CommandHandler(SubmitToCase)
export class SubmitToCaseHandler implements ICommandHandler<SubmitToCase> {
  constructor(private readonly desk: CaseDesk) {}

  execute({ submission }: SubmitToCase): Promise<CommandOutcome> {
    return this.desk.submit(submission);
  }
}

/** It takes effect when its time has come, unless it is recalled (ADR 32). */
export class HoldAct extends Command<CommandOutcome> {
  constructor(readonly submission: HoldSubmission) {
    super();
  }
}

@CommandHandler(HoldAct)
export class HoldActHandler implements ICommandHandler<HoldAct> {
  constructor(private readonly desk: CaseDesk) {}

  execute({ submission }: HoldAct): Promise<CommandOutcome> {
    return holdAct(this.desk, submission);
  }
}

export class RecallHeldAct extends Command<CommandOutcome> {
  constructor(
    readonly caseId: Id,
    readonly heldId: Id,
    readonly official: Id,
    readonly at: InstantAt,
    readonly commandId: Id,
  ) {
    super();
  }
}

@CommandHandler(RecallHeldAct)
export class RecallHeldActHandler implements ICommandHandler<RecallHeldAct> {
  constructor(private readonly desk: CaseDesk) {}

  execute({ caseId, heldId, official, at, commandId }: RecallHeldAct): Promise<CommandOutcome> {
    return recallHeld(this.desk, caseId, heldId, official, at, commandId);
  }
}
