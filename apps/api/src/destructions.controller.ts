/** The end of a person's data over HTTP: legal holds, destruction requested by one official and confirmed by another, the certificate. No rule here. */
import { Body, Controller, Get, Headers, HttpCode, Inject, Param, Post, Query, Req, Res } from '@nestjs/common';
import { Command, CommandBus, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { ApiBearerAuth, ApiBody, ApiHeader, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { type DestructionCommand, mayReadDestruction, otherRecords } from '#domain/destruction/destruction.js';
import { type Id } from '#domain/event.js';
import { CaseDesk } from '#event-store/case-desk.js';
import {
  type DestructionSubmission,
  destructionContext,
  type FindStreamsOfPerson,
  submitToDestruction,
} from '#event-store/destruction-desk.js';
import { commandIdOf, eventIdOf } from '#event-store/envelope.js';
import type { CommandOutcome } from '#event-store/handle-command.js';
import { findStreamsOfPerson } from '#read-models/streams-of-person.js';
import { checkedId, checkedKey, officialOf, recorded } from './case.controller.js';
import { CodeWord } from './fields.js';
import { notFound } from './problem-details.js';
import { refuseUnknown } from './queries.js';
import { check } from './requests.js';
import { May, type SignedInRequest } from './sign-in.js';
import { OpenLogToken, type Tegas } from './tegas.js';

export class PlaceLegalHoldRequest {
  @CodeWord({ example: 'court-case', description: 'court-case, inquiry, claim, …' }) ground!: string;
}

export class RejectDestructionRequest {
  @CodeWord({ example: 'claim-pending', description: 'Why the data is kept.' }) ground!: string;
}

export class SubmitToDestruction extends Command<CommandOutcome> {
  constructor(readonly submission: DestructionSubmission) {
    super();
  }
}

@CommandHandler(SubmitToDestruction)
export class SubmitToDestructionHandler implements ICommandHandler<SubmitToDestruction> {
  constructor(
    private readonly desk: CaseDesk,
    @Inject(OpenLogToken) private readonly tegas: Tegas,
  ) {}

  execute({ submission }: SubmitToDestruction): Promise<CommandOutcome> {
    return submitToDestruction(this.desk, streamsOfPersonIn(this.tegas), submission);
  }
}

const streamsOfPersonIn =
  ({ readModels, log }: Tegas): FindStreamsOfPerson =>
  (personId) =>
    findStreamsOfPerson(readModels, log, personId);

/** Far beyond any event's index in its command. */
const OWN_ID_INDEX = 1_000_000;

@ApiTags('destructions')
@ApiBearerAuth()
@Controller('destructions')
export class DestructionsController {
  constructor(
    private readonly commands: CommandBus,
    private readonly desk: CaseDesk,
    @Inject(OpenLogToken) private readonly tegas: Tegas,
  ) {}

  /** What stands: holds, a request, its confirmation, the certificate. */
  @May('ReadDestruction')
  @Get(':personId')
  async one(@Param('personId') personId: string, @Query() query: Record<string, string>, @Req() request: SignedInRequest) {
    refuseUnknown(query, []);
    const id = checkedId(personId);
    const find = streamsOfPersonIn(this.tegas);
    const context = await destructionContext(this.desk, find, id, officialOf(request), this.tegas.time.now());
    if (!mayReadDestruction(context)) throw notFound();
    const { holds = [], requested, confirmed, destroyed } = (await this.desk.destructionOf(id)) ?? {};
    const cases = context.cases.map(({ caseId }) => caseId);
    const records = otherRecords(context).map(({ record, id }) => ({ record, id }));
    return { personId: id, cases, records, holds, requested, confirmed, destroyed };
  }

  @May('PlaceLegalHold')
  @Post(':personId/place-hold')
  @HttpCode(200)
  @ApiHeader({ name: 'Idempotency-Key', required: false })
  @ApiBody({ type: PlaceLegalHoldRequest })
  hold(
    @Param('personId') personId: string,
    @Body() body: unknown,
    @Headers('idempotency-key') key: string | undefined,
    @Req() request: SignedInRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const { ground } = check(PlaceLegalHoldRequest, body);
    return this.submit(request, reply, personId, key, (holdId) => ({ type: 'PlaceLegalHold', holdId, ground }));
  }

  /** By another than who placed it. */
  @May('LiftLegalHold')
  @Post(':personId/lift-hold/:holdId')
  @HttpCode(200)
  @ApiHeader({ name: 'Idempotency-Key', required: false })
  lift(
    @Param('personId') personId: string,
    @Param('holdId') holdId: string,
    @Headers('idempotency-key') key: string | undefined,
    @Req() request: SignedInRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    checkedId(holdId);
    return this.submit(request, reply, personId, key, () => ({ type: 'LiftLegalHold', holdId }));
  }

  /** Once the retention of every case of the person, and of what else they stand in, is over. */
  @May('RequestDestruction')
  @Post(':personId/request')
  @HttpCode(200)
  @ApiHeader({ name: 'Idempotency-Key', required: false })
  request(
    @Param('personId') personId: string,
    @Headers('idempotency-key') key: string | undefined,
    @Req() request: SignedInRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return this.submit(request, reply, personId, key, (destructionId) => ({ type: 'RequestDestruction', destructionId }));
  }

  @May('RejectDestruction')
  @Post(':personId/reject')
  @HttpCode(200)
  @ApiHeader({ name: 'Idempotency-Key', required: false })
  @ApiBody({ type: RejectDestructionRequest })
  reject(
    @Param('personId') personId: string,
    @Body() body: unknown,
    @Headers('idempotency-key') key: string | undefined,
    @Req() request: SignedInRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const { ground } = check(RejectDestructionRequest, body);
    return this.submit(request, reply, personId, key, () => ({ type: 'RejectDestruction', ground }));
  }

  /** By another than who requested it. The worker destroys the keys at once; that cannot be undone. */
  @May('ConfirmDestruction')
  @Post(':personId/confirm')
  @HttpCode(200)
  @ApiHeader({ name: 'Idempotency-Key', required: false })
  confirm(
    @Param('personId') personId: string,
    @Headers('idempotency-key') key: string | undefined,
    @Req() request: SignedInRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return this.submit(request, reply, personId, key, () => ({ type: 'ConfirmDestruction' }));
  }

  private async submit(
    request: SignedInRequest,
    reply: FastifyReply,
    personId: string,
    key: string | undefined,
    commandOf: (ownId: Id) => DestructionCommand,
  ) {
    const id = checkedId(personId);
    const actorId = officialOf(request);
    const commandId = commandIdOf(actorId, `destruction ${id} ${checkedKey(key)}`);
    const command = commandOf(eventIdOf(commandId, OWN_ID_INDEX));
    const at = this.tegas.time.now();
    const outcome = await this.commands.execute(new SubmitToDestruction({ personId: id, command, actorId, at, commandId }));
    return { personId: id, ...recorded(outcome, reply) };
  }
}
