/** What auditors and supervisors look over: who read what and why, and cases that were opened for a reason. No rule here. */
import { Body, Controller, Get, Headers, HttpCode, Inject, Param, Post, Query, Req, Res } from '@nestjs/common';
import { Command, CommandBus, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { ApiBearerAuth, ApiBody, ApiHeader, ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { type GlassCommand, LONGEST_HOURS, USUAL_HOURS, type Verdict, verdicts } from '#domain/case/break-glass.js';
import { UUID } from '#domain/event.js';
import { CaseDesk } from '#event-store/case-desk.js';
import { commandIdOf, eventIdOf } from '#event-store/envelope.js';
import { type GlassSubmission, submitGlass, withWords } from '#event-store/glass-desk.js';
import type { CommandOutcome } from '#event-store/handle-command.js';
import { findGlass } from '#read-models/glass.js';
import { checkedId, checkedKey, officialOf, recorded } from './case.controller.js';
import { isInstant, OneOf, Whole, Words } from './fields.js';
import { malformed } from './problem-details.js';
import { officesInScope, orUnreadable, pageOf, refuseUnknown, waitFor } from './queries.js';
import { ReadAudit } from './read-audit.js';
import { check } from './requests.js';
import { isLogin, May, type SignedInRequest } from './sign-in.js';
import { OpenLogToken, type Tegas } from './tegas.js';

export class BreakGlassRequest {
  @Words(4000, { description: 'Why you read a case that is not your own work.' }) reason!: string;
  @Whole(1, LONGEST_HOURS, { optional: true, description: `For how many hours; ${USUAL_HOURS} unless given.`, example: 8 })
  hours?: number;
}

export class ReviewGlassRequest {
  @OneOf(verdicts, { description: 'unjustified ends it at once.' }) verdict!: Verdict;
  @Words(4000, { description: 'What you found. Not kept once the data of the person are destroyed.' }) note!: string;
}

export class SubmitGlass extends Command<CommandOutcome> {
  constructor(readonly submission: GlassSubmission) {
    super();
  }
}

@CommandHandler(SubmitGlass)
export class SubmitGlassHandler implements ICommandHandler<SubmitGlass> {
  constructor(private readonly desk: CaseDesk) {}

  execute({ submission }: SubmitGlass): Promise<CommandOutcome> {
    return submitGlass(this.desk, submission);
  }
}

/** The id that breaking the glass gives, apart from those of its events. */
const ACCESS_INDEX = 1_000_000;
const GLASS_STATUSES = ['waiting', 'open', 'all'] as const;

@ApiTags('audit')
@ApiBearerAuth()
@Controller()
export class AuditController {
  constructor(
    private readonly commands: CommandBus,
    private readonly desk: CaseDesk,
    private readonly audit: ReadAudit,
    @Inject(OpenLogToken) private readonly tegas: Tegas,
  ) {}

  @May('BreakGlass')
  @Post('cases/:caseId/break-glass')
  @ApiOperation({
    summary: 'Read a case in your scope that is not your own work: for a reason and a time; its supervisor is told at once',
  })
  @ApiHeader({ name: 'Idempotency-Key', required: false })
  @ApiBody({ type: BreakGlassRequest })
  break(
    @Param('caseId') caseId: string,
    @Body() body: unknown,
    @Headers('idempotency-key') key: string | undefined,
    @Req() request: SignedInRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const asked = check(BreakGlassRequest, body);
    const commandId = commandIdOf(officialOf(request), `glass ${caseId} ${checkedKey(key)}`);
    const command = { type: 'BreakGlass', accessId: eventIdOf(commandId, ACCESS_INDEX), ...asked } as const;
    return this.submit(request, reply, caseId, commandId, command);
  }

  @May('ReviewGlass')
  @Post('cases/:caseId/break-glass/:accessId/review')
  @HttpCode(200)
  @ApiOperation({ summary: 'Say whether it was justified that someone read the case; unjustified ends it at once' })
  @ApiHeader({ name: 'Idempotency-Key', required: false })
  @ApiBody({ type: ReviewGlassRequest })
  review(
    @Param('caseId') caseId: string,
    @Param('accessId') accessId: string,
    @Body() body: unknown,
    @Headers('idempotency-key') key: string | undefined,
    @Req() request: SignedInRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    checkedId(accessId);
    const asked = check(ReviewGlassRequest, body);
    const commandId = commandIdOf(officialOf(request), `review ${accessId} ${checkedKey(key)}`);
    return this.submit(request, reply, caseId, commandId, { type: 'ReviewGlass', accessId, ...asked });
  }

  @May('FindGlass')
  @Get('audit/break-glass')
  @ApiOperation({ summary: 'Cases in your scope that were opened for a reason, with that reason, the newest first' })
  @ApiQuery({ name: 'status', required: false, enum: [...GLASS_STATUSES], description: 'waiting: not reviewed yet, unless told' })
  @ApiQuery({ name: 'after', required: false })
  @ApiQuery({ name: 'limit', required: false })
  @ApiQuery({ name: 'atLeastPosition', required: false })
  async glass(@Query() query: Record<string, string>, @Req() request: SignedInRequest) {
    refuseUnknown(query, ['status', 'after', 'limit', 'atLeastPosition']);
    const { atLeastPosition, ...page } = pageOf(query);
    const status = GLASS_STATUSES.find((one) => one === (query.status ?? 'waiting'));
    if (status === undefined) throw malformed([{ path: 'status', fault: `must be one of ${GLASS_STATUSES.join(', ')}` }]);
    await waitFor(this.tegas, ['glass'], atLeastPosition);
    const at = this.tegas.time.now();
    const scope = officesInScope(this.desk, officialOf(request), at);
    const filter = { officesInScope: scope, at, ...(status === 'all' ? {} : { status }), ...page };
    const { items, ...more } = await findGlass(this.tegas.readModels, filter);
    return { items: await withWords(this.desk, items, this.desk.actor(officialOf(request), at), at), ...more };
  }

  @May('ReadAudit')
  @Get('audit/reads')
  @ApiOperation({
    summary: 'Who read personal data of your scope, when, of whom and why; and who was refused for a conflict of interest',
  })
  @ApiQuery({ name: 'official', required: false })
  @ApiQuery({ name: 'subject', required: false, description: 'The id of a case, person, match or referral' })
  @ApiQuery({ name: 'from', required: false })
  @ApiQuery({ name: 'to', required: false })
  @ApiQuery({ name: 'after', required: false })
  @ApiQuery({ name: 'limit', required: false })
  reads(@Query() query: Record<string, string>, @Req() request: SignedInRequest) {
    refuseUnknown(query, ['official', 'subject', 'from', 'to', 'after', 'limit']);
    const { official, subject, from, to } = query;
    const faults = [...Object.entries({ from, to })].flatMap(([path, at]) =>
      at === undefined || isInstant(at) ? [] : [{ path, fault: 'must be an instant, as 2026-11-24T08:00:00Z' }],
    );
    if (official !== undefined && !isLogin(official)) faults.push({ path: 'official', fault: 'must be an official’s login' });
    if (subject !== undefined && !UUID.test(subject))
      faults.push({ path: 'subject', fault: 'must be an id as Tegas gives them' });
    if (faults.length > 0) throw malformed(faults);
    return this.audit.find({
      officesInScope: officesInScope(this.desk, officialOf(request), this.tegas.time.now()),
      ...(official === undefined ? {} : { official }),
      ...(subject === undefined ? {} : { subject }),
      ...(from === undefined ? {} : { from }),
      ...(to === undefined ? {} : { to }),
      ...pageOf(query),
    });
  }

  private async submit(request: SignedInRequest, reply: FastifyReply, caseId: string, commandId: string, command: GlassCommand) {
    checkedId(caseId);
    const actorId = officialOf(request);
    const submit = new SubmitGlass({ caseId, command, actorId, at: this.tegas.time.now(), commandId });
    const outcome = await orUnreadable(this.tegas, caseId, actorId, () => this.commands.execute(submit));
    return { caseId, accessId: command.accessId, ...recorded(outcome, reply) };
  }
}
