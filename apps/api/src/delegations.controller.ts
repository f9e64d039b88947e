/** Roles lent for a time (Plh., Plt.) over HTTP: granted and ended by the holder or their superior, seen by whoever has the office in scope. */
import { Body, Controller, Get, Headers, HttpCode, Inject, Param, Post, Query, Req, Res } from '@nestjs/common';
import { Command, CommandBus, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { ApiBearerAuth, ApiBody, ApiHeader, ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { type DelegationCommand, LENDABLE_ROLES } from '#domain/office/delegation.js';
import type { Role } from '#domain/office/official.js';
import { CaseDesk } from '#event-store/case-desk.js';
import { type DelegationSubmission, delegationsSeenBy, submitDelegation } from '#event-store/delegation-desk.js';
import { commandIdOf, eventIdOf } from '#event-store/envelope.js';
import type { CommandOutcome } from '#event-store/handle-command.js';
import { checkedId, checkedKey, officialOf, recorded } from './case.controller.js';
import { CalendarDate, CodeWord, isCalendarDate, OneOf, Words } from './fields.js';
import { malformed } from './problem-details.js';
import { refuseUnknown } from './queries.js';
import { check } from './requests.js';
import { May, type SignedInRequest } from './sign-in.js';
import { OpenLogToken, type Tegas } from './tegas.js';

export class GrantDelegationRequest {
  @CodeWord({ example: 'officer2.kupang', description: 'Who will act.' }) official!: string;
  @CodeWord({ example: 'supervisor.kupang', description: 'In whose place.' }) holder!: string;
  @OneOf(LENDABLE_ROLES, { example: 'supervisor' }) role!: Role;
  @CodeWord({ example: 'KANIM-KPG' }) office!: string;
  @CalendarDate({ description: 'The first day.' }) from!: string;
  @CalendarDate({ description: 'The first day on which they act no longer; three months later at the most.' }) to!: string;
  @Words(4000, { description: 'Why: leave, duty travel, a vacancy, and the order it rests on.' }) reason!: string;
}

export class EndDelegationRequest {
  @CalendarDate({ optional: true, description: 'The first day on which they act no longer; today unless given.' }) on?: string;
}

export class SubmitDelegation extends Command<CommandOutcome> {
  constructor(readonly submission: DelegationSubmission) {
    super();
  }
}

@CommandHandler(SubmitDelegation)
export class SubmitDelegationHandler implements ICommandHandler<SubmitDelegation> {
  constructor(private readonly desk: CaseDesk) {}

  execute({ submission }: SubmitDelegation): Promise<CommandOutcome> {
    return submitDelegation(this.desk, submission);
  }
}

/** The id that a grant gives, apart from those of its events. */
const DELEGATION_INDEX = 1_000_000;

@ApiTags('delegations')
@ApiBearerAuth()
@Controller('delegations')
export class DelegationsController {
  constructor(
    private readonly commands: CommandBus,
    private readonly desk: CaseDesk,
    @Inject(OpenLogToken) private readonly tegas: Tegas,
  ) {}

  @May('ReadDelegations')
  @Get()
  @ApiOperation({ summary: 'Who acts in whose place, granted by whom and why: in your scope, and your own; the newest first' })
  @ApiQuery({ name: 'on', required: false, description: 'Only those under which someone acts on this date' })
  list(@Query() query: Record<string, string>, @Req() request: SignedInRequest) {
    refuseUnknown(query, ['on']);
    const { on } = query;
    if (on !== undefined && !isCalendarDate(on)) throw malformed([{ path: 'on', fault: 'must be a date, as 2026-11-24' }]);
    return { items: delegationsSeenBy(this.desk, officialOf(request), this.tegas.time.now(), on) };
  }

  @May('GrantDelegation')
  @Post()
  @ApiOperation({ summary: 'Lend a role of yours, or of one under you, to someone who acts in its holder’s place for a time' })
  @ApiHeader({ name: 'Idempotency-Key', required: false })
  @ApiBody({ type: GrantDelegationRequest })
  grant(
    @Body() body: unknown,
    @Headers('idempotency-key') key: string | undefined,
    @Req() request: SignedInRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const asked = check(GrantDelegationRequest, body);
    const commandId = commandIdOf(officialOf(request), `delegation ${checkedKey(key)}`);
    const delegationId = eventIdOf(commandId, DELEGATION_INDEX);
    return this.submit(request, reply, commandId, { type: 'GrantDelegation', delegationId, ...asked });
  }

  @May('EndDelegation')
  @Post(':delegationId/end')
  @HttpCode(200)
  @ApiOperation({ summary: 'End it before its time' })
  @ApiHeader({ name: 'Idempotency-Key', required: false })
  @ApiBody({ type: EndDelegationRequest })
  end(
    @Param('delegationId') delegationId: string,
    @Body() body: unknown,
    @Headers('idempotency-key') key: string | undefined,
    @Req() request: SignedInRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    checkedId(delegationId);
    const asked = check(EndDelegationRequest, body);
    const commandId = commandIdOf(officialOf(request), `${delegationId} ${checkedKey(key)}`);
    return this.submit(request, reply, commandId, { type: 'EndDelegation', delegationId, ...asked });
  }

  private async submit(request: SignedInRequest, reply: FastifyReply, commandId: string, command: DelegationCommand) {
    const outcome = await this.commands.execute(
      new SubmitDelegation({ command, actorId: officialOf(request), at: this.tegas.time.now(), commandId }),
    );
    return { delegationId: command.delegationId, ...recorded(outcome, reply) };
  }
}
