/** What an auditor does with one case: decides it again, and takes it along as an event log. Bundles: `proofs.controller.ts`. */
import { Controller, Get, Inject, Param, Query, Req, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { type LoggedCase, ocelOf, pseudonymsOf, xesOf } from '#audit/event-logs.js';
import { readjudicate } from '#audit/readjudicate.js';
import { refuseRole } from '#domain/case/permit.js';
import { referenceOf } from '#domain/case/reference.js';
import type { Act } from '#domain/policy-table.js';
import { caseStream } from '#domain/process/escalation.js';
import { CaseDesk } from '#event-store/case-desk.js';
import { checkedId, officialOf } from './case.controller.js';
import { problemOf } from './problem-details.js';
import { readInScope, refuseUnknown } from './queries.js';
import { May, type SignedInRequest } from './sign-in.js';
import { OpenLogToken, type Tegas } from './tegas.js';

@ApiTags('audit')
@ApiBearerAuth()
@Controller('audit/cases/:caseId')
export class CaseAuditController {
  constructor(
    private readonly desk: CaseDesk,
    @Inject(OpenLogToken) private readonly tegas: Tegas,
  ) {}

  @May('AuditCase')
  @Get('findings')
  @ApiOperation({
    summary: 'Every act on the case decided again, by the rules and the register as they stood then: what that does not bear out',
  })
  async findings(@Param('caseId') caseId: string, @Query() query: Record<string, string>, @Req() request: SignedInRequest) {
    await this.auditable('AuditCase', caseId, query, request);
    return { caseId, ...(await readjudicate(this.tegas.log, { caseIds: [caseId] })) };
  }

  @May('ExportCase')
  @Get('ocel')
  @ApiOperation({
    summary: 'The case as an object-centric event log, OCEL 2.0; without personal data, officials under other names',
  })
  async ocel(
    @Param('caseId') caseId: string,
    @Query() query: Record<string, string>,
    @Req() request: SignedInRequest,
    @Res() reply: FastifyReply,
  ) {
    const logged = await this.logged(caseId, query, request);
    return asFile(reply, `${referenceOf(caseId)}.ocel.json`, 'application/json').send(
      `${JSON.stringify(ocelOf(logged, pseudonymsOf(this.tegas.log)), null, 1)}\n`,
    );
  }

  @May('ExportCase')
  @Get('xes')
  @ApiOperation({ summary: 'The case as an event log, XES (IEEE 1849); without personal data, officials under other names' })
  async xes(
    @Param('caseId') caseId: string,
    @Query() query: Record<string, string>,
    @Req() request: SignedInRequest,
    @Res() reply: FastifyReply,
  ) {
    const logged = await this.logged(caseId, query, request);
    return asFile(reply, `${referenceOf(caseId)}.xes`, 'application/xml').send(
      `${[...xesOf(logged, pseudonymsOf(this.tegas.log))].join('\n')}\n`,
    );
  }

  private async logged(caseId: string, query: Record<string, string>, request: SignedInRequest): Promise<readonly LoggedCase[]> {
    await this.auditable('ExportCase', caseId, query, request);
    return [{ caseId, events: (await this.tegas.log.readOpened(caseStream(caseId))) as LoggedCase['events'] }];
  }

  /** @throws Problem 404 where it is out of scope, 403 where another of their roles has it in scope */
  private async auditable(act: Act, caseId: string, query: Record<string, string>, request: SignedInRequest): Promise<void> {
    refuseUnknown(query, []);
    checkedId(caseId);
    const { context } = await readInScope(this.desk, this.tegas, caseId, officialOf(request));
    const denial = refuseRole(act, context.actor);
    if (denial !== undefined) throw problemOf(denial);
  }
}

/** An answer that is a file to keep. */
export function asFile(reply: FastifyReply, name: string, type: string): FastifyReply {
  return reply
    .header('Content-Type', type)
    .header('Content-Disposition', `attachment; filename="${name.replace(/[^\w.-]/g, '_')}"`);
}
