/** Procedures as administrators see to them: draft, review by another, publish; and what a version would have changed. */
import { Body, Controller, Get, Headers, HttpCode, Inject, Param, Post, Query, Req } from '@nestjs/common';
import { Command, CommandBus, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { ApiBearerAuth, ApiBody, ApiHeader, ApiTags } from '@nestjs/swagger';
import type { ProcedureCommand } from '#domain/procedure/lifecycle.js';
import type { Procedure } from '#domain/procedure/procedure.js';
import { CaseDesk } from '#event-store/case-desk.js';
import { commandIdOf, sha256Of } from '#event-store/envelope.js';
import type { CommandOutcome } from '#event-store/handle-command.js';
import { type ProcedureSubmission, submitToProcedure } from '#event-store/procedure-desk.js';
import { NoSuchVersion, simulatePast } from '#read-models/simulation.js';
import { checkedKey, keyReused, officialOf } from './case.controller.js';
import { Digest } from './fields.js';
import { malformed, Problem, problemOf } from './problem-details.js';
import { refuseUnknown } from './queries.js';
import { check } from './requests.js';
import { May, type SignedInRequest } from './sign-in.js';
import { OpenLogToken, type Tegas } from './tegas.js';

/** What a reviewer or publisher has read, by its digest: if it was changed since, they are told. */
export class VersionRead {
  @Digest({ description: 'SHA-256 of the draft’s content, as the list of drafts gives it.' }) sha256!: string;
}

export class SubmitToProcedure extends Command<CommandOutcome> {
  constructor(readonly submission: ProcedureSubmission) {
    super();
  }
}

@CommandHandler(SubmitToProcedure)
export class SubmitToProcedureHandler implements ICommandHandler<SubmitToProcedure> {
  constructor(private readonly desk: CaseDesk) {}

  execute({ submission }: SubmitToProcedure): Promise<CommandOutcome> {
    return submitToProcedure(this.desk, submission);
  }
}

const CODE = /^[A-Z][A-Z-]{0,39}$/;
const VERSION = /^[0-9A-Za-z.-]{1,40}$/;

@ApiTags('procedures')
@ApiBearerAuth()
@ApiHeader({ name: 'Idempotency-Key', required: false })
@Controller('procedures')
export class ProceduresController {
  constructor(
    private readonly commands: CommandBus,
    private readonly desk: CaseDesk,
    @Inject(OpenLogToken) private readonly tegas: Tegas,
  ) {}

  /** Versions in the making: who drafted and who reviewed them, with their content and its digest. */
  @May('ReadDrafts')
  @Get('drafts')
  drafts(@Query() query: Record<string, string>) {
    refuseUnknown(query, []);
    return { items: [...this.desk.registry.state.procedureLives.values()].flatMap((life) => [...life.drafts.values()]) };
  }

  /** A whole procedure as in `data/procedures`, under a version that is not published yet. The same version again replaces the draft. */
  @May('DraftProcedure')
  @Post('drafts')
  @ApiBody({ schema: { type: 'object', description: 'The procedure’s content.' } })
  draft(@Body() body: unknown, @Headers('idempotency-key') key: string | undefined, @Req() request: SignedInRequest) {
    if (typeof body !== 'object' || body === null || Array.isArray(body))
      throw malformed([{ path: '(body)', fault: 'must be a procedure' }]);
    const procedure = body as Procedure;
    if (typeof procedure.code !== 'string' || !CODE.test(procedure.code))
      throw malformed([{ path: 'code', fault: 'must be a procedure’s code, as PSK' }]);
    return this.submit(request, key, procedure.code, { type: 'DraftProcedure', procedure, sha256: sha256Of(procedure) });
  }

  @May('ReviewProcedure')
  @Post(':code/versions/:version/review')
  @HttpCode(200)
  @ApiBody({ type: VersionRead })
  review(
    @Param('code') code: string,
    @Param('version') version: string,
    @Body() body: unknown,
    @Headers('idempotency-key') key: string | undefined,
    @Req() request: SignedInRequest,
  ) {
    const { sha256 } = check(VersionRead, body);
    return this.submit(request, key, checked(code, version), { type: 'ReviewProcedure', version, sha256 });
  }

  @May('PublishProcedure')
  @Post(':code/versions/:version/publish')
  @HttpCode(200)
  @ApiBody({ type: VersionRead })
  publish(
    @Param('code') code: string,
    @Param('version') version: string,
    @Body() body: unknown,
    @Headers('idempotency-key') key: string | undefined,
    @Req() request: SignedInRequest,
  ) {
    const { sha256 } = check(VersionRead, body);
    return this.submit(request, key, checked(code, version), { type: 'PublishProcedure', version, sha256 });
  }

  /** Past determinations under this version (or `draft`, the newest draft): how many would be derived differently, and why. */
  @May('SimulateProcedure')
  @Get(':code/versions/:version/simulation')
  async simulation(@Param('code') code: string, @Param('version') version: string, @Query() query: Record<string, string>) {
    refuseUnknown(query, []);
    checked(code, version);
    try {
      return await simulatePast(this.tegas.readModels, this.desk.registry.state, code, version);
    } catch (error) {
      if (!(error instanceof NoSuchVersion)) throw error;
      throw new Problem(422, 'no-such-version', {
        id: `${code} tidak mempunyai versi ${version}. Yang ada: ${error.known.join(', ') || '-'}.`,
        en: error.message,
      });
    }
  }

  private async submit(request: SignedInRequest, key: string | undefined, code: string, command: ProcedureCommand) {
    const actorId = officialOf(request);
    const outcome = await this.commands.execute(
      new SubmitToProcedure({
        code,
        command,
        actorId,
        at: this.tegas.time.now(),
        commandId: commandIdOf(actorId, `procedure ${code} ${checkedKey(key)}`),
      }),
    );
    if (outcome.kind === 'rejected') throw problemOf(outcome.rejection);
    if (outcome.kind !== 'accepted') throw keyReused();
    const version = command.type === 'DraftProcedure' ? command.procedure.version : command.version;
    return { code, version, sha256: command.sha256, position: outcome.position };
  }
}

function checked(code: string, version: string): string {
  if (!CODE.test(code)) throw malformed([{ path: 'code', fault: 'must be a procedure’s code, as PSK' }]);
  if (!VERSION.test(version)) throw malformed([{ path: 'version', fault: 'must be a version, as 2025-02' }]);
  return code;
}
