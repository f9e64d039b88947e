/** Devices for work without network, and receipts given out by them: enrolled, withdrawn, and checked by whoever holds one (ADR 31). */
import { Body, Controller, Get, Headers, HttpCode, Inject, Param, Post, Query, Req, Res } from '@nestjs/common';
import { Command, CommandBus, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { ApiBearerAuth, ApiBody, ApiHeader, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { type IntakeReceipt, receiptOfToken } from '#domain/case/intake.js';
import type { Text } from '#domain/event.js';
import { PUBLIC_KEY } from '#domain/office/device.js';
import type { Device } from '#domain/office/official.js';
import { CaseDesk } from '#event-store/case-desk.js';
import { type DeviceSubmission, submitDevice } from '#event-store/device-desk.js';
import { commandIdOf } from '#event-store/envelope.js';
import type { CommandOutcome } from '#event-store/handle-command.js';
import { type DeviceKeys, isSignedBy } from '#letters/receipt-proof.js';
import { checkedKey, officialOf, recorded } from './case.controller.js';
import { Base64Url, CaseId, CodeWord } from './fields.js';
import { answerPage } from './letters.controller.js';
import { malformed } from './problem-details.js';
import { refuseUnknown } from './queries.js';
import { check } from './requests.js';
import type { ApiSettings } from './settings.js';
import { May, type SignedInRequest } from './sign-in.js';
import { OpenLogToken, type Tegas } from './tegas.js';

export class EnrolDeviceRequest {
  @CaseId({ description: 'A random id that the device gave itself.' }) device!: string;
  @Base64Url(65, { description: 'A point of P-256, uncompressed.' }) publicKey!: string;
}

export class WithdrawDeviceRequest {
  @CaseId({ description: 'The device.' }) device!: string;
  @CodeWord({ example: 'intake.motaain', description: 'Whose it is.' }) official!: string;
}

export class SubmitDevice extends Command<CommandOutcome> {
  constructor(readonly submission: DeviceSubmission) {
    super();
  }
}

@CommandHandler(SubmitDevice)
export class SubmitDeviceHandler implements ICommandHandler<SubmitDevice> {
  constructor(private readonly desk: CaseDesk) {}

  execute({ submission }: SubmitDevice): Promise<CommandOutcome> {
    return submitDevice(this.desk, submission);
  }
}

/** Whether the office has what a receipt was given for. */
type Standing = 'received' | 'awaited' | 'replaced' | 'unknown';

@ApiTags('devices')
@Controller()
export class DevicesController {
  constructor(
    private readonly commands: CommandBus,
    private readonly desk: CaseDesk,
    @Inject(OpenLogToken) private readonly tegas: Tegas,
    @Inject('tegas:settings') private readonly settings: ApiSettings,
  ) {}

  @May('EnrolDevice')
  @Post('devices')
  @ApiBearerAuth()
  @ApiOperation({ summary: 'Enrol this device for your work without network: from now on receipts that it signs count' })
  @ApiHeader({ name: 'Idempotency-Key', required: false })
  @ApiBody({ type: EnrolDeviceRequest })
  async enrol(
    @Body() body: unknown,
    @Headers('idempotency-key') key: string | undefined,
    @Req() request: SignedInRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const asked = check(EnrolDeviceRequest, body);
    if (!PUBLIC_KEY.test(asked.publicKey))
      throw malformed([{ path: 'publicKey', fault: 'must be an uncompressed point of P-256 in base64url, 87 characters' }]);
    return this.submit(request, reply, key, { type: 'EnrolDevice', ...asked });
  }

  @May('WithdrawDevice')
  @Post('devices/withdraw')
  @HttpCode(200)
  @ApiBearerAuth()
  @ApiOperation({
    summary: 'Withdraw a device that was lost or given away: nothing that it signed and that has not arrived counts',
  })
  @ApiHeader({ name: 'Idempotency-Key', required: false })
  @ApiBody({ type: WithdrawDeviceRequest })
  async withdraw(
    @Body() body: unknown,
    @Headers('idempotency-key') key: string | undefined,
    @Req() request: SignedInRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return this.submit(request, reply, key, { type: 'WithdrawDevice', ...check(WithdrawDeviceRequest, body) });
  }

  /** By which keys receipts of this house's devices are signed, for `tegas receipt verify` anywhere: nothing of whose they are. */
  @May('CheckReceipt')
  @Get('devices/keys')
  keys(@Query() query: Record<string, string>): DeviceKeys {
    refuseUnknown(query, []);
    const keys = this.devices().map(({ device, publicKey, enrolledAt, withdrawnAt }) => ({
      ...{ device, publicKey, enrolledAt },
      ...(withdrawnAt === undefined ? {} : { withdrawnAt }),
    }));
    return { address: this.settings.publicUrl, keys };
  }

  /** Whether the office has what this receipt was given for, for whoever holds it; nothing of whom it is about. */
  @May('CheckReceipt')
  @Get('tanda-terima/:token')
  async standing(
    @Param('token') token: string,
    @Headers('accept') accept: string | undefined,
    @Query() query: Record<string, string>,
    @Res() reply: FastifyReply,
  ) {
    refuseUnknown(query, []);
    const { standing, receipt } = await this.standingOf(token);
    const answer = { standing, text: STANDINGS[standing], ...(receipt === undefined ? {} : { takenAt: receipt.takenAt }) };
    return answerPage(accept, reply, answer, SIGNS[standing], {
      id: 'Bawalah tanda terima ini bila bertanya ke kantor.',
      en: 'Bring this receipt when you ask at the office.',
    });
  }

  private devices(): readonly Device[] {
    return [...this.desk.registry.state.officials.values()].flatMap(({ devices = [] }) => devices);
  }

  private async standingOf(token: string): Promise<{ readonly standing: Standing; readonly receipt?: IntakeReceipt }> {
    const read = receiptOfToken(token);
    const device = this.devices().find((one) => one.device === read?.receipt.device);
    if (read === undefined || device === undefined || !isSignedBy(device.publicKey, read.signed, read.signature))
      return { standing: 'unknown' };
    const { receipt } = read;
    const { state } = await this.desk.read(receipt.caseId);
    // What a device signed before it was lost, and what its finder signs, look alike: only what arrived counts.
    if (state === undefined) return { standing: device.withdrawnAt === undefined ? 'awaited' : 'unknown', receipt };
    return { standing: state.intake?.sha256 === receipt.sha256 ? 'received' : 'replaced', receipt };
  }

  private async submit(
    request: SignedInRequest,
    reply: FastifyReply,
    key: string | undefined,
    command: DeviceSubmission['command'],
  ) {
    const actorId = officialOf(request);
    const commandId = commandIdOf(actorId, `device ${checkedKey(key)}`);
    const outcome = await this.commands.execute(new SubmitDevice({ command, actorId, at: this.tegas.time.now(), commandId }));
    return { device: command.device, ...recorded(outcome, reply) };
  }
}

const STANDINGS: { readonly [S in Standing]: Text } = {
  received: { id: 'Kantor sudah menerima rekaman ini.', en: 'The office has received this record.' },
  awaited: {
    id: 'Tanda terima ini asli. Rekamannya belum sampai di kantor; perangkat pos mengirimnya begitu ada jaringan.',
    en: 'This receipt is genuine. Its record has not reached the office yet; the post’s device sends it as soon as there is a network.',
  },
  replaced: {
    id: 'Kantor sudah menerima perkara ini, dengan isi yang diperbaiki sesudah tanda terima ini. Mintalah tanda terima yang baru.',
    en: 'The office has received this case, corrected after this receipt was given. Ask for the new receipt.',
  },
  unknown: { id: 'Tanda terima ini tidak dikenal. Tanyakan kepada kantor.', en: 'This receipt is not known. Ask the office.' },
};
const SIGNS: { readonly [S in Standing]: string } = { received: '✓', awaited: '…', replaced: '↻', unknown: '?' };
