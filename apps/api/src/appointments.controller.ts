/** Officials and their roles over HTTP, for administrators: entered, assigned, ended, moved; and who held what on any date. No rule here. */
import { Body, Controller, Get, Headers, HttpCode, Inject, Param, Post, Query, Req, Res } from '@nestjs/common';
import { Command, CommandBus, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { ApiBearerAuth, ApiBody, ApiHeader, ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { dateIn, zoneOf } from '#domain/case/clock-events.js';
import type { AppointmentCommand } from '#domain/office/appointment.js';
import { coversDate } from '#domain/office/office.js';
import { type Role, roleNames } from '#domain/office/official.js';
import { type AppointmentSubmission, appointmentsOf, submitAppointment } from '#event-store/appointment-desk.js';
import { CaseDesk } from '#event-store/case-desk.js';
import { commandIdOf } from '#event-store/envelope.js';
import type { CommandOutcome } from '#event-store/handle-command.js';
import { checkedKey, officialOf, recorded } from './case.controller.js';
import { CalendarDate, CodeWord, isCalendarDate, isCode, OneOf, Parts, Words } from './fields.js';
import { malformed, notFound } from './problem-details.js';
import { refuseUnknown } from './queries.js';
import { check, IdentityNumber } from './requests.js';
import { May, type SignedInRequest } from './sign-in.js';
import { OpenLogToken, type Tegas } from './tegas.js';

const ROLES = Object.keys(roleNames) as Role[];

class Reasoned {
  @Words(4000, { description: 'The decree or order that it rests on.', example: 'SK Kakanwil W.22-12' }) reason!: string;
}

export class RegisterOfficialRequest extends Reasoned {
  @CodeWord({
    example: 'officer3.kupang',
    description: 'How they sign in: their login, or the subject the issuer names them by.',
  })
  official!: string;
  @Words(300) name!: string;
  @Parts(() => IdentityNumber, { optional: true, description: 'By these conflicts of interest are found: nip, nik.' })
  identityNumbers?: IdentityNumber[];
}

export class AssignRoleRequest extends Reasoned {
  @OneOf(ROLES, { example: 'case-officer' }) role!: Role;
  @CodeWord({ example: 'KANIM-KPG' }) office!: string;
  @CalendarDate({ description: 'The first day; not before today.' }) from!: string;
  @CalendarDate({ optional: true, description: 'The first day on which they hold it no longer.' }) to?: string;
}

export class EndRoleRequest extends Reasoned {
  @OneOf(ROLES, { example: 'case-officer' }) role!: Role;
  @CodeWord({ example: 'KANIM-KPG' }) office!: string;
  @CalendarDate({ description: 'The first day on which they hold it no longer; today ends it at once.' }) on!: string;
}

export class MoveOfficialRequest extends Reasoned {
  @CodeWord({ example: 'KANIM-KPG' }) office!: string;
  @CodeWord({ example: 'KANIM-ATB' }) to!: string;
  @CalendarDate({ description: 'The first day at the other office.' }) on!: string;
}

export class EndServiceRequest extends Reasoned {
  @CalendarDate({ description: 'The first day on which they hold no role any more.' }) on!: string;
}

/** Acts on someone who is in the register, by the last part of their path. */
const ACTS = {
  assign: ['AssignRole', AssignRoleRequest],
  end: ['EndRole', EndRoleRequest],
  move: ['MoveOfficial', MoveOfficialRequest],
  'end-service': ['EndService', EndServiceRequest],
} as const;

export class SubmitAppointment extends Command<CommandOutcome> {
  constructor(readonly submission: AppointmentSubmission) {
    super();
  }
}

@CommandHandler(SubmitAppointment)
export class SubmitAppointmentHandler implements ICommandHandler<SubmitAppointment> {
  constructor(private readonly desk: CaseDesk) {}

  execute({ submission }: SubmitAppointment): Promise<CommandOutcome> {
    return submitAppointment(this.desk, submission);
  }
}

@ApiTags('appointments')
@ApiBearerAuth()
@Controller('appointments')
export class AppointmentsController {
  constructor(
    private readonly commands: CommandBus,
    private readonly desk: CaseDesk,
    @Inject(OpenLogToken) private readonly tegas: Tegas,
  ) {}

  @May('ReadAppointments')
  @Get()
  @ApiOperation({ summary: 'Everyone in the register, with the roles that they hold on a date, and those that begin later' })
  @ApiQuery({ name: 'on', required: false, description: 'Today unless given' })
  list(@Query() query: Record<string, string>) {
    refuseUnknown(query, ['on']);
    const { officials, offices } = this.desk.registry.state;
    const on = query.on ?? dateIn(zoneOf(offices, ''), this.tegas.time.now());
    if (!isCalendarDate(on)) throw malformed([{ path: 'on', fault: 'must be a date, as 2026-11-24' }]);
    const items = [...officials.values()].map(({ id, name, assignments }) => ({
      ...{ official: id, name },
      standing: assignments.filter((one) => coversDate(one, on)),
      later: assignments.filter(({ from }) => from !== null && from > on),
    }));
    return { on, items };
  }

  @May('ReadAppointments')
  @Get(':official')
  @ApiOperation({
    summary:
      'What was entered of one official: which roles from when to when, by whom and why, the newest first; and their devices',
  })
  async one(@Param('official') official: string, @Query() query: Record<string, string>) {
    refuseUnknown(query, []);
    const known = isCode(official) ? await appointmentsOf(this.desk, official) : undefined;
    if (known === undefined) throw notFound();
    const { id, name, identityNumbers = [], assignments, devices = [] } = known.official;
    const post = devices.map(({ device, enrolledAt, withdrawnAt }) => ({ device, enrolledAt, withdrawnAt }));
    return { official: id, name, identityNumbers, assignments, devices: post, items: known.steps };
  }

  @May('Appoint')
  @Post()
  @ApiOperation({ summary: 'Enter an official into the register, as yet without a role' })
  @ApiHeader({ name: 'Idempotency-Key', required: false })
  @ApiBody({ type: RegisterOfficialRequest })
  register(
    @Body() body: unknown,
    @Headers('idempotency-key') key: string | undefined,
    @Req() request: SignedInRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return this.submit(request, reply, key, { type: 'RegisterOfficial', ...check(RegisterOfficialRequest, body) });
  }

  @May('Appoint')
  @Post(':official/assign')
  @HttpCode(200)
  @ApiOperation({ summary: 'A role at an office, from a date on; never one’s own' })
  @ApiHeader({ name: 'Idempotency-Key', required: false })
  @ApiBody({ type: AssignRoleRequest })
  assign(
    @Param('official') official: string,
    @Body() body: unknown,
    @Headers('idempotency-key') key: string | undefined,
    @Req() request: SignedInRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return this.act('assign', official, body, key, request, reply);
  }

  @May('Appoint')
  @Post(':official/end')
  @HttpCode(200)
  @ApiOperation({ summary: 'End a role' })
  @ApiHeader({ name: 'Idempotency-Key', required: false })
  @ApiBody({ type: EndRoleRequest })
  end(
    @Param('official') official: string,
    @Body() body: unknown,
    @Headers('idempotency-key') key: string | undefined,
    @Req() request: SignedInRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return this.act('end', official, body, key, request, reply);
  }

  @May('Appoint')
  @Post(':official/move')
  @HttpCode(200)
  @ApiOperation({ summary: 'Every role of one office goes on at another from a date on' })
  @ApiHeader({ name: 'Idempotency-Key', required: false })
  @ApiBody({ type: MoveOfficialRequest })
  move(
    @Param('official') official: string,
    @Body() body: unknown,
    @Headers('idempotency-key') key: string | undefined,
    @Req() request: SignedInRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return this.act('move', official, body, key, request, reply);
  }

  @May('Appoint')
  @Post(':official/end-service')
  @HttpCode(200)
  @ApiOperation({ summary: 'End every role, and whatever was lent to them' })
  @ApiHeader({ name: 'Idempotency-Key', required: false })
  @ApiBody({ type: EndServiceRequest })
  endService(
    @Param('official') official: string,
    @Body() body: unknown,
    @Headers('idempotency-key') key: string | undefined,
    @Req() request: SignedInRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return this.act('end-service', official, body, key, request, reply);
  }

  private act(
    name: keyof typeof ACTS,
    official: string,
    body: unknown,
    key: string | undefined,
    request: SignedInRequest,
    reply: FastifyReply,
  ) {
    if (!isCode(official)) throw notFound();
    const [type, form] = ACTS[name];
    const asked = check<object>(form, body);
    return this.submit(request, reply, key, { type, official, ...asked } as AppointmentCommand);
  }

  private async submit(request: SignedInRequest, reply: FastifyReply, key: string | undefined, command: AppointmentCommand) {
    const actorId = officialOf(request);
    const commandId = commandIdOf(actorId, `appointment ${command.official} ${checkedKey(key)}`);
    const outcome = await this.commands.execute(
      new SubmitAppointment({ command, actorId, at: this.tegas.time.now(), commandId }),
    );
    return { official: command.official, ...recorded(outcome, reply) };
  }
}
