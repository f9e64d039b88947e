/** The end of a person's data over HTTP: legal holds, destruction requested by one official and confirmed by another, the certificate. No rule here. */
import { Body, Controller, Get, Headers, HttpCode, Inject, Param, Post, Query, Req, Res } from '@nestjs/common';
import { Command, CommandBus, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { ApiBearerAuth, ApiBody, ApiHeader, ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { addMonths, formatInstant, parseDay, startOfDay } from '#domain/calendar/day.js';
import { dateIn, zoneOf } from '#domain/case/clock-events.js';
import { referenceOf } from '#domain/case/reference.js';
import { dayText } from '#domain/clock/explain-due.js';
import {
  type Destruction,
  type DestructionCommand,
  type DestructionContext,
  destructible,
  mayReadDestruction,
  otherRecords,
  recordNames,
} from '#domain/destruction/destruction.js';
import { WITHOUT_SCHEDULE } from '#domain/destruction/retention.js';
import type { Code, Id, InstantAt } from '#domain/event.js';
import { outcomeNameIn } from '#domain/procedure/procedure.js';
import { CaseDesk } from '#event-store/case-desk.js';
import {
  type DestructionSubmission,
  destructionContext,
  type FindStreamsOfPerson,
  readDestructions,
  submitToDestruction,
} from '#event-store/destruction-desk.js';
import { commandIdOf, eventIdOf } from '#event-store/envelope.js';
import { UnreadableStream } from '#event-store/event-log.js';
import type { CommandOutcome } from '#event-store/handle-command.js';
import { findEndedPersons, findKeptRecords, findStreamsOfPerson } from '#read-models/streams-of-person.js';
import { checkedId, checkedKey, officialOf, recorded } from './case.controller.js';
import { asFile } from './case-audit.controller.js';
import { CodeWord } from './fields.js';
import { oneOf } from './lists.controller.js';
import { notFound, Problem } from './problem-details.js';
import { officesInScope, pageOf, refuseUnknown } from './queries.js';
import { mediaTypes, pdfOf } from './report-file.js';
import { check } from './requests.js';
import { May, type SignedInRequest } from './sign-in.js';
import { OpenLogToken, type Tegas } from './tegas.js';

export class PlaceLegalHoldRequest {
  @CodeWord({ example: 'court-case', description: 'court-case, inquiry, claim, …' }) ground!: string;
}

export class RejectDestructionRequest {
  @CodeWord({ example: 'claim-pending', description: 'Why the data is kept.' }) ground!: string;
}

const STATUSES = ['due', 'requested', 'held', 'destroyed'] as const;

/** Undefined: nothing stands of it. A request waits for the second official also under a hold, which must be lifted first. */
function statusOf({ holds, requested, confirmed, destroyed }: Destruction): (typeof STATUSES)[number] | undefined {
  if (destroyed !== undefined || confirmed !== undefined) return 'destroyed';
  if (requested !== undefined) return 'requested';
  return holds.length > 0 ? 'held' : undefined;
}

const certificateWords = {
  id: {
    title: 'Berita acara pemusnahan data pribadi',
    file: 'berita-acara-pemusnahan',
    what: (person: Id, on: string, keys: number) =>
      `Data pribadi orang bernomor ${person} dimusnahkan pada ${on}: ${keys} kunci dihapus, dan dengannya segala yang disandikan dengannya. Peristiwa, sidik dan bukti tetap ada, tanpa sepatah kata pun tentang orang ini.`,
    who: (asked: string, askedOn: string, agreed: string, agreedOn: string) =>
      `Dimintakan oleh ${asked} pada ${askedOn}; dikonfirmasi oleh ${agreed} pada ${agreedOn}.`,
    basis: 'Dasar: UU 27/2022 Pasal 43–44, menurut jadwal retensi.',
    cases: 'Perkara',
    caseHeadings: ['Perkara', 'Prosedur', 'Hasil', 'Disimpan sampai dengan'],
    records: 'Catatan lain',
    recordHeadings: ['Catatan', 'Disimpan sampai dengan'],
  },
  en: {
    title: 'Certificate of destruction of personal data',
    file: 'certificate-of-destruction',
    what: (person: Id, on: string, keys: number) =>
      `The personal data of the person numbered ${person} were destroyed on ${on}: ${keys} keys were deleted, and with them everything that was sealed under them. Events, hashes and proofs remain, without a word about this person.`,
    who: (asked: string, askedOn: string, agreed: string, agreedOn: string) =>
      `Requested by ${asked} on ${askedOn}; confirmed by ${agreed} on ${agreedOn}.`,
    basis: 'Basis: UU 27/2022 arts. 43–44, by the retention schedule.',
    cases: 'Cases',
    caseHeadings: ['Case', 'Procedure', 'Outcome', 'Kept until'],
    records: 'Other records',
    recordHeadings: ['Record', 'Kept until'],
  },
} as const;

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
const MOST_LISTED = 200;

@ApiTags('destructions')
@ApiBearerAuth()
@Controller('destructions')
export class DestructionsController {
  constructor(
    private readonly commands: CommandBus,
    private readonly desk: CaseDesk,
    @Inject(OpenLogToken) private readonly tegas: Tegas,
  ) {}

  @May('FindDestructions')
  @Get()
  @ApiOperation({
    summary:
      'Persons in your scope whose data are due by the retention schedule (checked page by page, so that a page may be short), held, requested and waiting for a second official, or destroyed: of these the newest 200',
  })
  @ApiQuery({ name: 'status', required: false, enum: [...STATUSES], description: 'due unless told' })
  @ApiQuery({ name: 'after', required: false, description: 'Of those that are due' })
  @ApiQuery({ name: 'limit', required: false })
  async list(@Query() query: Record<string, string>, @Req() request: SignedInRequest) {
    refuseUnknown(query, ['status', 'after', 'limit']);
    const { status: asked, ...page } = query;
    const status = oneOf('status', asked, STATUSES) ?? 'due';
    const official = officialOf(request);
    const officesHere = officesInScope(this.desk, official, this.tegas.time.now());
    const standing = await readDestructions(this.desk);
    if (status !== 'due') {
      const found = [...standing.values()].toReversed().filter((one) => statusOf(one) === status);
      return { items: (await this.itemsOf(found, officesHere)).slice(0, MOST_LISTED) };
    }
    const { persons, next } = await findEndedPersons(this.tegas.readModels, {
      officesInScope: officesHere,
      begunBefore: this.soonest(),
      ...pageOf(page),
    });
    const due: Destruction[] = [];
    for (const personId of persons) {
      const one = standing.get(personId) ?? { personId, holds: [] };
      if (statusOf(one) === undefined && (await this.isDue(one, official))) due.push(one);
    }
    return { items: await this.itemsOf(due, officesHere), ...(next === undefined ? {} : { next }) };
  }

  /** With what these offices had of each; one of whom they had nothing is another's to see. */
  private async itemsOf(found: readonly Destruction[], officesHere: readonly Code[]) {
    const persons = found.map(({ personId }) => personId);
    const kept = await findKeptRecords(this.tegas.readModels, { persons, officesInScope: officesHere });
    return found.flatMap((one) => {
      const own = kept.filter(({ personId }) => personId === one.personId);
      const cases = own.flatMap(({ kind, id, procedure }) =>
        kind === 'case' ? [{ caseId: id, reference: referenceOf(id), procedure }] : [],
      );
      return own.length === 0 ? [] : [{ ...one, cases, referrals: own.length - cases.length }];
    });
  }

  /** One of whom a case cannot be read is not told of: nobody knows whether it is over. */
  private async isDue(one: Destruction, official: Id): Promise<boolean> {
    try {
      return !('code' in destructible(one, await this.contextOf(one.personId, official)));
    } catch (error) {
      if (error instanceof UnreadableStream) return false;
      throw error;
    }
  }

  /** What began after this is not due under any period of the schedule. */
  private soonest(): InstantAt {
    const { retention, offices } = this.desk.registry.state;
    const zone = zoneOf(offices, '');
    const listed = retention.filter(({ record }) => record === undefined || record === 'referral');
    const years = Math.min(WITHOUT_SCHEDULE.years, ...listed.map((one) => one.years));
    return formatInstant(startOfDay(addMonths(parseDay(dateIn(zone, this.tegas.time.now())), -12 * years), zone));
  }

  private contextOf(personId: Id, official: Id): Promise<DestructionContext> {
    return destructionContext(this.desk, streamsOfPersonIn(this.tegas), personId, official, this.tegas.time.now());
  }

  /** @throws Problem 404 out of scope */
  private async readable(personId: string, request: SignedInRequest) {
    const id = checkedId(personId);
    const context = await this.contextOf(id, officialOf(request));
    if (!mayReadDestruction(context)) throw notFound();
    return { id, context, state: await this.desk.destructionOf(id) };
  }

  /** What stands: holds, a request, its confirmation, the certificate; and whether the data are due now, or why they are kept. */
  @May('ReadDestruction')
  @Get(':personId')
  async one(@Param('personId') personId: string, @Query() query: Record<string, string>, @Req() request: SignedInRequest) {
    refuseUnknown(query, []);
    const { id, context, state } = await this.readable(personId, request);
    const { holds = [], requested, confirmed, destroyed } = state ?? {};
    const cases = context.cases.map(({ caseId }) => caseId);
    const records = otherRecords(context).map(({ record, id }) => ({ record, id }));
    const verdict = destructible(state, context);
    const now = destroyed !== undefined ? {} : 'code' in verdict ? { kept: verdict } : { due: verdict };
    return { personId: id, cases, records, holds, requested, confirmed, destroyed, ...now };
  }

  @May('ReadDestruction')
  @Get(':personId/certificate')
  @ApiOperation({ summary: 'The certificate of a destruction as a tagged PDF, the same bytes whenever it is asked for' })
  @ApiQuery({ name: 'lang', required: false, enum: ['id', 'en'] })
  async certificate(
    @Param('personId') personId: string,
    @Query() query: Record<string, string>,
    @Req() request: SignedInRequest,
    @Res() reply: FastifyReply,
  ) {
    refuseUnknown(query, ['lang']);
    const lang = oneOf('lang', query.lang, ['id', 'en']) ?? 'id';
    const { id, state } = await this.readable(personId, request);
    if (state?.requested === undefined || state.confirmed === undefined || state.destroyed === undefined)
      throw new Problem(422, 'not-destroyed', {
        id: 'Data orang ini belum dimusnahkan: belum ada berita acara.',
        en: 'The data of this person have not been destroyed: there is no certificate.',
      });
    const { officials } = this.desk.registry.state;
    const name = (official: Id): string => officials.get(official)?.name ?? official;
    const outcomeName = (procedure: Code, outcome: Code | undefined): string =>
      outcome === undefined ? '–' : outcomeNameIn(this.desk.registry.state.procedures.get(procedure) ?? [], outcome)[lang];
    const { requested, confirmed, destroyed } = state;
    const on = (at: InstantAt): string => dayText(dateIn(zoneOf(this.desk.registry.state.offices, ''), at))[lang];
    const said = certificateWords[lang];
    const pdf = await pdfOf(
      said.title,
      [
        said.what(id, on(destroyed.at), destroyed.keys),
        said.who(name(requested.by), on(requested.at), name(confirmed.by), on(confirmed.at)),
        said.basis,
      ],
      [
        {
          name: said.cases,
          headings: said.caseHeadings,
          rows: requested.cases.map(({ caseId, procedure, outcome, keptUntil }) => [
            referenceOf(caseId),
            procedure,
            outcomeName(procedure, outcome),
            dayText(keptUntil)[lang],
          ]),
        },
        {
          name: said.records,
          headings: said.recordHeadings,
          rows: requested.records.map(({ record, keptUntil }) => [recordNames[record][lang], dayText(keptUntil)[lang]]),
        },
      ].filter(({ rows }) => rows.length > 0),
      destroyed.at,
    );
    return asFile(reply, `${said.file}-${id.slice(0, 8)}.pdf`, mediaTypes.pdf).send(pdf);
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
