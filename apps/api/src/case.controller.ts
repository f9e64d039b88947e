/** Cases over HTTP: validate, build the command with actor, office and time, hand it to the command bus; no rule here. */
import { randomUUID } from 'node:crypto';
import { Body, Controller, Get, Headers, HttpCode, Inject, Param, Post, Query, Req, Res } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { ApiBearerAuth, ApiBody, ApiHeader, ApiParam, ApiQuery, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { dateIn, zoneOf } from '#domain/case/clock-events.js';
import type { CaseCommand } from '#domain/case/commands.js';
import type { CaseEvent } from '#domain/case/events.js';
import { type HeldCommand, isHeld } from '#domain/case/held-act.js';
import { mayRead } from '#domain/case/permit.js';
import { parseReference, referenceOf } from '#domain/case/reference.js';
import { type Naming, sentenceOf } from '#domain/case/sentences.js';
import { type Id, type InstantAt, UUID } from '#domain/event.js';
import { noVersionOn, versionOn } from '#domain/procedure/procedure.js';
import { namingProcedures } from '#domain/registry.js';
import { CaseDesk, type CaseView } from '#event-store/case-desk.js';
import { caseIdOf, commandIdOf, eventIdOf } from '#event-store/envelope.js';
import type { CommandOutcome } from '#event-store/handle-command.js';
import type { RecordedEvent } from '#event-store/port.js';
import { findCaseByReference } from '#read-models/case-file.js';
import { MOST_EVENTS } from '#read-models/case-history.js';
import { HoldAct, RecallHeldAct, SubmitToCase } from './case.handler.js';
import { isCalendarDate, isInstant } from './fields.js';
import { provenIntake } from './intake.js';
import { malformed, notFound, Problem, problemOf } from './problem-details.js';
import {
  CompareCase,
  FindActions,
  FindHistory,
  GetCase,
  GetDetermination,
  ifPosition,
  orUnreadable,
  refuseUnknown,
} from './queries.js';
import { check, commandNamed, commandOf, OpenDraftRequest } from './requests.js';
import { type ApiSettings } from './settings.js';
import { May, NAMED_COMMAND, type SignedInRequest } from './sign-in.js';
import { OpenLogToken, type Tegas } from './tegas.js';

@ApiTags('cases')
@ApiBearerAuth()
@Controller('cases')
export class CaseController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
    private readonly desk: CaseDesk,
    @Inject(OpenLogToken) private readonly tegas: Tegas,
    @Inject('tegas:settings') private readonly settings: ApiSettings,
  ) {}

  @May('OpenDraft')
  @Post()
  @ApiHeader({
    name: 'Idempotency-Key',
    required: false,
    description: 'Send the same key again after an unknown outcome: the first answer comes back.',
  })
  @ApiBody({ type: OpenDraftRequest })
  async open(
    @Body() body: unknown,
    @Headers('idempotency-key') key: string | undefined,
    @Req() request: SignedInRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const asked = check(OpenDraftRequest, body);
    const { procedure: code, office, channel, subject, papers } = asked;
    const actorId = officialOf(request);
    const at = this.tegas.time.now();
    const { offices } = this.desk.registry.state;
    if (!offices.has(office)) throw unknownCode('office', office, [...offices.keys()]);
    const { procedures } = this.desk.registry.state;
    const published = procedures.get(code);
    if (published === undefined) throw unknownCode('procedure', code, [...procedures.keys()]);
    const on = dateIn(zoneOf(offices, office), at);
    const procedure = versionOn(published, on);
    if (procedure === undefined) throw problemOf(noVersionOn(code, published, on));
    const commandId = commandIdOf(actorId, checkedKey(key));
    const caseId = caseIdOf(commandId);
    const outcome = await this.submit(request, commandId, caseId, {
      type: 'OpenDraft',
      caseId,
      procedure: { code, version: procedure.version, sha256: procedure.sha256 },
      office,
      channel: channel ?? 'counter',
      subjectId: eventIdOf(commandId, SUBJECT_INDEX),
      subject,
      ...(papers === undefined ? {} : { papers }),
      ...provenIntake(this.desk, actorId, caseId, asked),
    });
    reply.header('Location', `/cases/${caseId}`);
    return this.answer(outcome, caseId, request, reply);
  }

  @May(NAMED_COMMAND)
  @Post(':caseId/:command')
  @HttpCode(200)
  @ApiParam({ name: 'command', description: 'The command’s name in kebab-case, `recommend-determination`.' })
  async act(
    @Param('caseId') caseId: string,
    @Param('command') name: string,
    @Body() body: unknown,
    @Headers('if-match') ifMatch: string | undefined,
    @Headers('idempotency-key') key: string | undefined,
    @Req() request: SignedInRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const type = commandNamed(name);
    if (type === undefined || !UUID.test(caseId)) throw notFound();
    // A key counts within its case: the same key on another case is another command, with other event ids.
    const commandId = commandIdOf(officialOf(request), `${caseId} ${checkedKey(key)}`);
    const command = commandOf(type, body, eventIdOf(commandId, SUBJECT_INDEX));
    if (isHeld(command) && this.settings.holdSeconds > 0)
      return this.hold(request, reply, commandId, caseId, command, expectedRevisionOf(ifMatch));
    const outcome = await this.submit(request, commandId, caseId, command, expectedRevisionOf(ifMatch));
    return this.answer(outcome, caseId, request, reply);
  }

  /** Takes back what one sent and what has not taken effect yet. */
  @May('RecallHeldAct')
  @Post(':caseId/held/:heldId/recall')
  @HttpCode(200)
  @ApiHeader({ name: 'Idempotency-Key', required: false })
  async recall(
    @Param('caseId') caseId: string,
    @Param('heldId') heldId: string,
    @Headers('idempotency-key') key: string | undefined,
    @Req() request: SignedInRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    checkedId(caseId);
    checkedId(heldId);
    const official = officialOf(request);
    const commandId = commandIdOf(official, `recall ${heldId} ${checkedKey(key)}`);
    const recall = new RecallHeldAct(caseId, heldId, official, this.tegas.time.now(), commandId);
    const outcome = await orUnreadable(this.tegas, caseId, official, () => this.commands.execute(recall));
    const { position } = recorded(outcome, reply);
    return { caseId, heldId, position };
  }

  /** Which case has this reference, as people say it on the telephone: with or without hyphens, in capitals or not. */
  @May('ReadCase')
  @Get()
  @ApiQuery({ name: 'reference', required: true })
  async named(@Query() query: Record<string, string>, @Req() request: SignedInRequest) {
    refuseUnknown(query, ['reference']);
    const reference = parseReference(query.reference ?? '');
    if (reference === undefined)
      throw malformed([{ path: 'reference', fault: 'must be twelve characters and their check character, as 7K4M-2Q9X-31BD-8' }]);
    const caseId = await findCaseByReference(this.tegas.readModels, reference);
    if (caseId === undefined) throw notFound();
    // Out of scope is not found, here as for the case itself.
    await this.queries.execute(new GetCase(caseId, officialOf(request)));
    return { caseId, reference };
  }

  @May('ReadCase')
  @Get(':caseId')
  @ApiQuery({ name: 'asOf', required: false, description: 'The case as it was recorded by this instant.' })
  @ApiQuery({ name: 'effectiveOn', required: false, description: 'Of what is known, only what counts by the end of this date.' })
  async one(
    @Param('caseId') caseId: string,
    @Query() query: Record<string, string>,
    @Req() request: SignedInRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    refuseUnknown(query, ['asOf', 'effectiveOn']);
    const asked = caseViewIn(query, 'asOf', 'effectiveOn');
    const view = await this.queries.execute(new GetCase(checkedId(caseId), officialOf(request), asked));
    if (asked.asOf === undefined && asked.effectiveOn === undefined) reply.header('ETag', `"${view.revision}"`);
    return view;
  }

  /** What differs between two views of the case, each by when it was known and on which date it was true; the second is now unless given. */
  @May('ReadCase')
  @Get(':caseId/difference')
  @ApiQuery({ name: 'fromAsOf', required: false })
  @ApiQuery({ name: 'fromEffectiveOn', required: false })
  @ApiQuery({ name: 'toAsOf', required: false })
  @ApiQuery({ name: 'toEffectiveOn', required: false })
  async difference(@Param('caseId') caseId: string, @Query() query: Record<string, string>, @Req() request: SignedInRequest) {
    refuseUnknown(query, ['fromAsOf', 'fromEffectiveOn', 'toAsOf', 'toEffectiveOn']);
    const from = caseViewIn(query, 'fromAsOf', 'fromEffectiveOn');
    const to = caseViewIn(query, 'toAsOf', 'toEffectiveOn');
    return this.queries.execute(new CompareCase(checkedId(caseId), officialOf(request), from, to));
  }

  @May('ReadCase')
  @Get(':caseId/history')
  @ApiQuery({ name: 'after', required: false })
  @ApiQuery({ name: 'limit', required: false })
  @ApiQuery({ name: 'atLeastPosition', required: false })
  async history(@Param('caseId') caseId: string, @Query() query: Record<string, string>, @Req() request: SignedInRequest) {
    return this.queries.execute(new FindHistory(checkedId(caseId), officialOf(request), ifPosition(query, MOST_EVENTS)));
  }

  /** The outcome and why: articles, evidence, what is unknown and would change it, the panel, what holds back; in both languages. */
  @May('ReadCase')
  @Get(':caseId/determination')
  async determination(@Param('caseId') caseId: string, @Query() query: Record<string, string>, @Req() request: SignedInRequest) {
    refuseUnknown(query, []);
    return this.queries.execute(new GetDetermination(checkedId(caseId), officialOf(request)));
  }

  @May('ReadCase')
  @Get(':caseId/actions')
  async actions(@Param('caseId') caseId: string, @Query() query: Record<string, string>, @Req() request: SignedInRequest) {
    refuseUnknown(query, []);
    return this.queries.execute(new FindActions(checkedId(caseId), officialOf(request)));
  }

  /** 202: it was taken in, and takes effect at `held.until` unless it is recalled. */
  private async hold(
    request: SignedInRequest,
    reply: FastifyReply,
    commandId: Id,
    caseId: Id,
    command: HeldCommand,
    expectedRevision: number,
  ) {
    const actorId = officialOf(request);
    const about = { caseId, actorId, commandId, correlationId: request.id };
    const submission = { ...about, command, at: this.tegas.time.now(), expectedRevision, seconds: this.settings.holdSeconds };
    const outcome = await orUnreadable(this.tegas, caseId, actorId, () => this.commands.execute(new HoldAct(submission)));
    if (outcome.kind !== 'accepted') return this.answer(outcome, caseId, request, reply);
    const { until } = (outcome.events[0]?.data ?? {}) as { readonly until?: InstantAt };
    reply.status(202);
    // The case stands where it stood.
    return {
      caseId,
      reference: referenceOf(caseId),
      revision: expectedRevision,
      position: outcome.position,
      held: { heldId: commandId, until },
    };
  }

  private submit(
    request: SignedInRequest,
    commandId: Id,
    caseId: Id,
    command: CaseCommand,
    expectedRevision?: number,
  ): Promise<CommandOutcome> {
    const actorId = officialOf(request);
    const submit = new SubmitToCase({
      caseId,
      command,
      actorId,
      at: this.tegas.time.now(),
      commandId,
      correlationId: request.id,
      ...(expectedRevision === undefined ? {} : { expectedRevision }),
    });
    return orUnreadable(this.tegas, caseId, actorId, () => this.commands.execute(submit));
  }

  private async answer(outcome: CommandOutcome, caseId: Id, request: SignedInRequest, reply: FastifyReply) {
    if (outcome.kind !== 'wrong-revision') return { caseId, reference: referenceOf(caseId), ...recorded(outcome, reply) };
    // What happened since is told only to who may read the case; for everyone else it does not exist.
    const { state } = await this.desk.read(caseId);
    const at = this.tegas.time.now();
    if (state === undefined || !mayRead(this.desk.actor(officialOf(request), at), state, this.desk.registry.state.offices, at))
      throw notFound();
    reply.header('ETag', `"${outcome.currentRevision}"`);
    const naming = namingProcedures(this.desk.registry.state, state.procedure);
    throw new Problem(
      412,
      'case-changed',
      {
        id: `Perkara sudah berubah sejak Anda membukanya: kini revisi ${outcome.currentRevision}. Lihat perubahannya lalu ulangi.`,
        en: `The case has changed since you opened it: it stands at revision ${outcome.currentRevision}. See what changed, then do it again.`,
      },
      { currentRevision: outcome.currentRevision, since: outcome.since.map((event) => whatHappened(event, naming)) },
    );
  }
}

/** By when it was known, on which date it was true: as two parameters of these names say. @throws Problem 400 */
function caseViewIn(query: Record<string, string>, asOf: string, effectiveOn: string): CaseView {
  const { [asOf]: known, [effectiveOn]: on } = query;
  if (known !== undefined && !isInstant(known))
    throw malformed([{ path: asOf, fault: 'must be an instant, as 2026-11-24T08:00:00Z' }]);
  if (on !== undefined && !isCalendarDate(on)) throw malformed([{ path: effectiveOn, fault: 'must be a date, as 2026-11-24' }]);
  return {
    ...(known === undefined ? {} : { asOf: new Date(known).toISOString() }),
    ...(on === undefined ? {} : { effectiveOn: on }),
  };
}

/** Far beyond any event's index in its command, so that derived ids never meet an event's. */
const SUBJECT_INDEX = 1_000_000;

function whatHappened(event: RecordedEvent, naming: readonly Naming[]) {
  const { actor, performedBy, recordedAt } = event.metadata;
  return {
    revision: event.revision,
    type: event.type,
    by: performedBy ?? actor,
    recordedAt,
    sentence: sentenceOf(event as CaseEvent, naming),
  };
}

export function officialOf(request: SignedInRequest): Id {
  if (request.official === undefined) throw new Error('The guard let a request pass without an official');
  return request.official;
}

/** What is no id names nothing. @throws Problem 404 */
export function checkedId(id: string): Id {
  if (!UUID.test(id)) throw notFound();
  return id;
}

/** The revision that the caller saw. @throws Problem 428 without one, 400 when it is none */
export function expectedRevisionOf(ifMatch: string | undefined): number {
  if (ifMatch === undefined)
    throw new Problem(428, 'if-match-required', {
      id: 'Sertakan If-Match dengan revisi yang Anda lihat (ETag).',
      en: 'Send If-Match with the revision that you saw (its ETag).',
    });
  const expected = /^"(\d{1,9})"$/.exec(ifMatch.trim())?.[1];
  if (expected === undefined) throw malformed([{ path: 'If-Match', fault: 'must be one revision in quotes, as "17"' }]);
  return Number(expected);
}

/** What an accepted command answers: the revision (also its ETag), the position and what happened. @throws Problem for any other outcome */
export function recorded(outcome: CommandOutcome, reply: FastifyReply) {
  switch (outcome.kind) {
    case 'accepted':
      reply.header('ETag', `"${outcome.revision}"`);
      return {
        revision: outcome.revision,
        position: outcome.position,
        events: outcome.events.map((event) => event.type),
      };
    case 'rejected':
      throw problemOf(outcome.rejection);
    case 'key-reused':
      throw keyReused();
    case 'wrong-revision':
      reply.header('ETag', `"${outcome.currentRevision}"`);
      throw new Problem(
        412,
        'changed',
        {
          id: `Sudah berubah sejak Anda membukanya: kini revisi ${outcome.currentRevision}. Lihat perubahannya lalu ulangi.`,
          en: `It has changed since you opened it: it stands at revision ${outcome.currentRevision}. See what changed, then do it again.`,
        },
        { currentRevision: outcome.currentRevision },
      );
  }
}

export function keyReused(): Problem {
  return new Problem(409, 'idempotency-key-reused', {
    id: 'Idempotency-Key ini sudah dipakai dengan isi lain. Pakai kunci baru untuk tindakan baru.',
    en: 'This Idempotency-Key was used with another body. Use a new key for a new act.',
  });
}

/** The caller's key, or a fresh one when none was sent. */
export function checkedKey(key: string | undefined): string {
  if (key === undefined) return randomUUID();
  if (!/^[\x21-\x7e]{1,200}$/.test(key))
    throw malformed([{ path: 'Idempotency-Key', fault: 'must be 1 to 200 visible characters' }]);
  return key;
}

function unknownCode(path: string, code: string, known: readonly string[]): Problem {
  return new Problem(422, `no-such-${path}`, {
    id: `${code} tidak dikenal. Pilih: ${known.join(', ')}.`,
    en: `There is no ${path} ${code}. Choose: ${known.join(', ')}.`,
  });
}
