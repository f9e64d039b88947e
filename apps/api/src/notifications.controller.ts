/** The signed-in official's own inbox over HTTP: what they were told of clocks, and that they have seen it or answer for it. No rule here. */
import { Controller, Get, HttpCode, Inject, Param, Post, Query, Req, Res } from '@nestjs/common';
import { Command, CommandBus, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { ApiBearerAuth, ApiOperation, ApiParam, ApiQuery, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { formatInstant, parseInstant } from '#domain/calendar/day.js';
import { dateIn } from '#domain/case/clock-events.js';
import { type Code, type Id, type InstantAt, UUID } from '#domain/event.js';
import { ACTED_EARLY, type AnsweredStep, LAW_ACTED } from '#domain/process/escalation.js';
import { CaseDesk } from '#event-store/case-desk.js';
import { commandIdOf } from '#event-store/envelope.js';
import type { CommandOutcome } from '#event-store/handle-command.js';
import { findNotification, findNotifications, type NotificationPage, type NotificationRow } from '#read-models/notification.js';
import { SubmitGlass } from './audit.controller.js';
import { officialOf, recorded } from './case.controller.js';
import { flag } from './lists.controller.js';
import { notFound, Problem } from './problem-details.js';
import { clockNamed, orUnreadable, pageOf, refuseUnknown, waitFor } from './queries.js';
import { May, type SignedInRequest } from './sign-in.js';
import { OpenLogToken, type Tegas } from './tegas.js';

/** When the law acted, or would have, is no due date that moves. */
const OF_ITS_OWN_DATE: readonly Code[] = [LAW_ACTED, ACTED_EARLY];

type Answering = 'EscalationSeen' | 'EscalationAcknowledged';

export class AnswerStep extends Command<CommandOutcome> {
  constructor(
    readonly kind: Answering,
    readonly caseId: Id,
    readonly step: AnsweredStep,
    readonly by: Id,
    readonly at: InstantAt,
    readonly commandId: Id,
  ) {
    super();
  }
}

@CommandHandler(AnswerStep)
export class AnswerStepHandler implements ICommandHandler<AnswerStep> {
  constructor(private readonly desk: CaseDesk) {}

  execute({ kind, caseId, step, by, at, commandId }: AnswerStep): Promise<CommandOutcome> {
    return this.desk.answerStep(kind, caseId, step, by, at, commandId);
  }
}

@ApiTags('notifications')
@ApiBearerAuth()
@Controller('notifications')
export class NotificationsController {
  constructor(
    private readonly commands: CommandBus,
    private readonly desk: CaseDesk,
    @Inject(OpenLogToken) private readonly tegas: Tegas,
  ) {}

  @May('ReadOwn')
  @Get()
  @ApiOperation({ summary: 'Your own inbox: unread first, then the newest; with the count of all unread' })
  @ApiQuery({ name: 'unread', required: false, description: 'true: only what you have not opened' })
  @ApiQuery({ name: 'after', required: false })
  @ApiQuery({ name: 'limit', required: false })
  @ApiQuery({ name: 'atLeastPosition', required: false })
  async list(@Query() query: Record<string, string>, @Req() request: SignedInRequest) {
    refuseUnknown(query, ['unread', 'after', 'limit', 'atLeastPosition']);
    const { atLeastPosition, ...page } = pageOf(query);
    const unread = flag('unread', query.unread);
    await waitFor(this.tegas, ['notification'], atLeastPosition);
    const official = officialOf(request);
    const found = await findNotifications(this.tegas.readModels, {
      official,
      ...(unread === undefined ? {} : { unread }),
      ...page,
    });
    return { ...found, items: found.items.map((item) => this.viewOf(item)) };
  }

  /** Sent again it gives the first answer: seen is seen, whatever key it comes with. */
  @May('AnswerStep')
  @Post(':id/seen')
  @HttpCode(200)
  @ApiParam({ name: 'id', schema: { type: 'string', format: 'uuid' } })
  @ApiOperation({ summary: 'You have opened it' })
  seen(@Param('id') id: string, @Req() request: SignedInRequest, @Res({ passthrough: true }) reply: FastifyReply) {
    return this.answer('EscalationSeen', id, request, reply);
  }

  /** Sent again it gives the first answer; when another official was first, 422 says who. */
  @May('AnswerStep')
  @Post(':id/acknowledge')
  @HttpCode(200)
  @ApiParam({ name: 'id', schema: { type: 'string', format: 'uuid' } })
  @ApiOperation({ summary: 'You answer for it. The clock runs on: only an act on the case stops it' })
  acknowledge(@Param('id') id: string, @Req() request: SignedInRequest, @Res({ passthrough: true }) reply: FastifyReply) {
    return this.answer('EscalationAcknowledged', id, request, reply);
  }

  private async answer(kind: Answering, id: string, request: SignedInRequest, reply: FastifyReply) {
    const official = officialOf(request);
    const told = UUID.test(id) ? await findNotification(this.tegas.readModels, id, official) : undefined;
    // Of another's inbox one does not learn what is in it.
    if (told === undefined) throw notFound();
    const { caseId, clockId, dueAt, step } = told;
    if (told.kind === 'glass-broken') return this.seeGlass(kind, told, request, reply);
    const commandId = commandIdOf(official, `${kind} ${id}`);
    const command = new AnswerStep(kind, caseId, { clockId, dueAt, step }, official, this.tegas.time.now(), commandId);
    const outcome = await orUnreadable(this.tegas, caseId, official, () => this.commands.execute(command));
    return { id, caseId, ...recorded(outcome, reply) };
  }

  /** That a case was opened for a reason is not answered for but reviewed. */
  private async seeGlass(
    kind: Answering,
    { id, caseId, clockId: accessId }: NotificationRow,
    request: SignedInRequest,
    reply: FastifyReply,
  ) {
    if (kind === 'EscalationAcknowledged')
      throw new Problem(422, 'review-it', {
        id: 'Tinjaulah apakah pembacaan itu beralasan; itu jawabannya.',
        en: 'Review whether it was justified; that is the answer.',
      });
    const official = officialOf(request);
    const command = { type: 'SeeGlass', accessId } as const;
    const at = this.tegas.time.now();
    const commandId = commandIdOf(official, `SeeGlass ${id}`);
    const submit = new SubmitGlass({ caseId, command, actorId: official, at, commandId });
    const outcome = await orUnreadable(this.tegas, caseId, official, () => this.commands.execute(submit));
    return { id, caseId, ...recorded(outcome, reply) };
  }

  private viewOf({ clockNow, ...item }: NotificationPage['items'][number]) {
    if (clockNow === null) return item;
    const { procedure, zone, status, dueAt } = clockNow;
    // The due instant is the first that is too late: the day before it is the last.
    const lastDay = (at: InstantAt) => dateIn(zone, formatInstant(parseInstant(at) - 1));
    const moved = dueAt !== null && dueAt !== item.dueAt && !OF_ITS_OWN_DATE.includes(item.step);
    return {
      ...item,
      procedure,
      zone,
      clockStatus: status,
      dueOn: lastDay(item.dueAt),
      // It was told of a date that is no longer the clock's.
      ...(moved ? { movedTo: lastDay(dueAt) } : {}),
      clockName: clockNamed(this.desk, procedure, item.clock)?.name,
    };
  }
}
