/** Referrals from posts and villages over HTTP: received, listed by office, accepted as a case, or closed with a reason. No rule here. */
import { Body, Controller, Get, Headers, HttpCode, Inject, Param, Post, Query, Req, Res } from '@nestjs/common';
import { Command, CommandBus, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { ApiBearerAuth, ApiBody, ApiHeader, ApiQuery, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { referenceOf } from '#domain/case/reference.js';
import { type Id } from '#domain/event.js';
import { mayReadReferral, type Referral, referralChannels } from '#domain/referral/referral.js';
import { CaseDesk } from '#event-store/case-desk.js';
import { commandIdOf, eventIdOf } from '#event-store/envelope.js';
import type { CommandOutcome } from '#event-store/handle-command.js';
import { type ReferralSubmission, readReferral, referralAsFarAsReadable, submitToReferral } from '#event-store/referral-desk.js';
import { findReferrals } from '#read-models/referral.js';
import { checkedId, checkedKey, expectedRevisionOf, officialOf, recorded } from './case.controller.js';
import { CalendarDate, CodeWord, OneOf, Part, Parts, Words } from './fields.js';
import { alarmedReferrals } from './next-act.js';
import { malformed, notFound } from './problem-details.js';
import { officesInScope, orUnreadableTo, pageOf, parkedView, refuseUnknown, waitFor } from './queries.js';
import { check, Subject } from './requests.js';
import { May, type SignedInRequest } from './sign-in.js';
import { OpenLogToken, type Tegas } from './tegas.js';

export class SeenIndicatorPart {
  @CodeWord({ example: 'debt-bondage', description: 'What speaks for trafficking.' }) indicator!: string;
  @Words(4000, { description: 'What was seen.' }) reason!: string;
}

export class ReceiveReferralRequest {
  @CodeWord({ example: 'PLBN-MOTAAIN', description: 'The post or office that receives it.' }) office!: string;
  @OneOf(referralChannels, { example: 'desa-binaan' }) channel!: string;
  @CodeWord({ example: '53.04.12.2003', description: 'The village’s or area’s code, with its dots.' }) area!: string;
  @Words(300, { description: 'Who refers: name, function, how to reach them.' }) referrer!: string;
  @Words(4000, { description: 'What was seen.' }) seen!: string;
  @CalendarDate({ optional: true }) seenOn?: string;
  @Part(() => Subject, { optional: true, description: 'Whom it is about, as far as known.' }) subject?: Subject;
  @Parts(() => SeenIndicatorPart, { optional: true, description: 'Signs of trafficking: the supervisor is alerted at once.' })
  indicators?: SeenIndicatorPart[];
}

export class AcceptReferralRequest {
  @CodeWord({ example: 'PSIM' }) procedure!: string;
  @CodeWord({ optional: true, description: 'Where the case opens; where the referral was received unless told.' })
  office?: string;
  @Part(() => Subject, { optional: true, description: 'Who it is, where that is better known by now.' }) subject?: Subject;
}

export class CloseReferralRequest {
  @CodeWord({ example: 'duplicate', description: 'duplicate, no-ground, handled-elsewhere, not-reachable, …' }) ground!: string;
  @Words(4000, { description: 'Why, in your own words.' }) reason!: string;
}

export class SubmitToReferral extends Command<CommandOutcome> {
  constructor(readonly submission: ReferralSubmission) {
    super();
  }
}

@CommandHandler(SubmitToReferral)
export class SubmitToReferralHandler implements ICommandHandler<SubmitToReferral> {
  constructor(private readonly desk: CaseDesk) {}

  execute({ submission }: SubmitToReferral): Promise<CommandOutcome> {
    return submitToReferral(this.desk, submission);
  }
}

const STATUSES: readonly Referral['status'][] = ['received', 'accepted', 'closed'];
/** Ids that a receipt gives, apart from those of its events; the indicators' come after them. */
const REFERRAL_INDEX = 1_000_000;

@ApiTags('referrals')
@ApiBearerAuth()
@Controller('referrals')
export class ReferralsController {
  constructor(
    private readonly commands: CommandBus,
    private readonly desk: CaseDesk,
    @Inject(OpenLogToken) private readonly tegas: Tegas,
  ) {}

  @May('ReceiveReferral')
  @Post()
  @ApiHeader({ name: 'Idempotency-Key', required: false })
  @ApiBody({ type: ReceiveReferralRequest })
  receive(
    @Body() body: unknown,
    @Headers('idempotency-key') key: string | undefined,
    @Req() request: SignedInRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const { indicators = [], ...told } = check(ReceiveReferralRequest, body);
    const commandId = commandIdOf(officialOf(request), `referral ${checkedKey(key)}`);
    const idAt = (index: number): Id => eventIdOf(commandId, REFERRAL_INDEX + index);
    return this.submit(request, reply, idAt(0), commandId, {
      type: 'ReceiveReferral',
      ...told,
      subjectId: idAt(1),
      referrerId: idAt(2),
      indicators: indicators.map((one, at) => ({ ...one, indicatorId: idAt(3 + at) })),
    });
  }

  /** Opens a draft that carries the referral's id, its person and what was seen of trafficking. */
  @May('AcceptReferral')
  @Post(':referralId/accept')
  @HttpCode(200)
  @ApiHeader({ name: 'If-Match', required: true })
  @ApiHeader({ name: 'Idempotency-Key', required: false })
  @ApiBody({ type: AcceptReferralRequest })
  accept(
    @Param('referralId') referralId: string,
    @Body() body: unknown,
    @Headers('if-match') ifMatch: string | undefined,
    @Headers('idempotency-key') key: string | undefined,
    @Req() request: SignedInRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const command = { type: 'AcceptReferral', ...check(AcceptReferralRequest, body) } as const;
    return this.decideOn(request, reply, referralId, key, command, ifMatch);
  }

  @May('CloseReferral')
  @Post(':referralId/close')
  @HttpCode(200)
  @ApiHeader({ name: 'If-Match', required: true })
  @ApiHeader({ name: 'Idempotency-Key', required: false })
  @ApiBody({ type: CloseReferralRequest })
  close(
    @Param('referralId') referralId: string,
    @Body() body: unknown,
    @Headers('if-match') ifMatch: string | undefined,
    @Headers('idempotency-key') key: string | undefined,
    @Req() request: SignedInRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const command = { type: 'CloseReferral', ...check(CloseReferralRequest, body) } as const;
    return this.decideOn(request, reply, referralId, key, command, ifMatch);
  }

  /** Those that wait, unless another status is asked for: with an indicator of trafficking first, then the oldest. */
  @May('FindReferrals')
  @Get()
  @ApiQuery({ name: 'status', required: false, enum: [...STATUSES] })
  @ApiQuery({ name: 'office', required: false })
  @ApiQuery({ name: 'after', required: false })
  @ApiQuery({ name: 'limit', required: false })
  @ApiQuery({ name: 'atLeastPosition', required: false })
  async list(@Query() query: Record<string, string>, @Req() request: SignedInRequest) {
    refuseUnknown(query, ['status', 'office', 'after', 'limit', 'atLeastPosition']);
    const { atLeastPosition, ...page } = pageOf(query);
    const status = STATUSES.find((one) => one === (query.status ?? 'received'));
    if (status === undefined) throw malformed([{ path: 'status', fault: `must be one of ${STATUSES.join(', ')}` }]);
    const { office } = query;
    if (office !== undefined && !this.desk.registry.state.offices.has(office))
      throw malformed([{ path: 'office', fault: 'must be an office’s code' }]);
    await waitFor(this.tegas, ['referral'], atLeastPosition);
    const { items, next } = await findReferrals(this.tegas.readModels, {
      officesInScope: officesInScope(this.desk, officialOf(request), this.tegas.time.now()),
      status,
      ...(office === undefined ? {} : { office }),
      ...page,
    });
    return {
      items: items.map((item) => ({
        ...item,
        alerts: item.status === 'received' && item.indicators.length > 0 ? [alarmedReferrals(1)] : [],
      })),
      next,
    };
  }

  @May('ReadReferral')
  @Get(':referralId')
  async one(
    @Param('referralId') referralId: string,
    @Query() query: Record<string, string>,
    @Req() request: SignedInRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    refuseUnknown(query, []);
    checkedId(referralId);
    const { state, revision } = await this.orUnreadable(referralId, request, () => readReferral(this.desk, referralId));
    if (state === undefined || !this.mayRead(state, request)) throw notFound();
    reply.header('ETag', `"${revision}"`);
    return { revision, ...state };
  }

  private mayRead(referral: Referral, request: SignedInRequest): boolean {
    const at = this.tegas.time.now();
    const actor = this.desk.actor(officialOf(request), at);
    return mayReadReferral(referral, { actor, at, offices: this.desk.registry.state.offices });
  }

  private orUnreadable<T>(referralId: Id, request: SignedInRequest, work: () => Promise<T>): Promise<T> {
    return orUnreadableTo(work, async () => {
      const known = await referralAsFarAsReadable(this.desk, referralId);
      return known !== undefined && this.mayRead(known, request) ? parkedView(this.tegas, referralId) : undefined;
    });
  }

  private decideOn(
    request: SignedInRequest,
    reply: FastifyReply,
    referralId: string,
    key: string | undefined,
    command: ReferralSubmission['command'],
    ifMatch: string | undefined,
  ) {
    checkedId(referralId);
    const commandId = commandIdOf(officialOf(request), `${referralId} ${checkedKey(key)}`);
    return this.submit(request, reply, referralId, commandId, command, expectedRevisionOf(ifMatch));
  }

  private async submit(
    request: SignedInRequest,
    reply: FastifyReply,
    referralId: Id,
    commandId: Id,
    command: ReferralSubmission['command'],
    expectedRevision?: number,
  ) {
    const submit = new SubmitToReferral({
      referralId,
      command,
      actorId: officialOf(request),
      at: this.tegas.time.now(),
      commandId,
      ...(expectedRevision === undefined ? {} : { expectedRevision }),
    });
    const outcome = await this.orUnreadable(referralId, request, () => this.commands.execute(submit));
    if (outcome.kind === 'wrong-revision') {
      // That it changed is told only to who may see it; for everyone else it does not exist.
      const { state } = await readReferral(this.desk, referralId);
      if (state === undefined || !this.mayRead(state, request)) throw notFound();
    }
    const answer = recorded(outcome, reply);
    const caseId =
      command.type === 'AcceptReferral' ? (await readReferral(this.desk, referralId)).state?.accepted?.caseId : undefined;
    return { referralId, ...answer, ...(caseId === undefined ? {} : { caseId, reference: referenceOf(caseId) }) };
  }
}
