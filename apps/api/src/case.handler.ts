/** The command bus's one handler for every command on a case. The five steps of a command stand in `handleCommand`, which the desk calls. */
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { CaseDesk, type Submission } from '#event-store/case-desk.js';
import type { CommandOutcome } from '#event-store/handle-command.js';

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
