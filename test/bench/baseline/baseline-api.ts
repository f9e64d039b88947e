/**
 * What a good team would write instead of an event log: rows that are changed in place, by NestJS on Fastify and TypeORM, with the same
 * guard, the same validation and the same refusals for the one act that is measured. One transaction: the case's row is locked and its
 * version compared, the finding saved, the case saved, an audit row inserted that also remembers the Idempotency-Key.
 * It encrypts nothing, chains nothing, and cannot say what the case looked like yesterday.
 */
import 'reflect-metadata';
import { Body, Controller, Headers, HttpCode, Inject, Module, Param, Post, Req, Res } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, NestFactory, Reflector } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyReply } from 'fastify';
import { Column, DataSource, Entity, Index, PrimaryColumn, PrimaryGeneratedColumn, VersionColumn } from 'typeorm';
import type { FactValue } from '#domain/procedure/rules.js';
import { malformed, notFound, Problem, ProblemFilter } from '../../../apps/api/src/problem-details.js';
import { RateLimits } from '../../../apps/api/src/rate-limits.js';
import { check, RecordFindingRequest } from '../../../apps/api/src/requests.js';
import { May, type SignedInRequest, SignInGuard } from '../../../apps/api/src/sign-in.js';

@Entity('cases')
class CaseRow {
  @PrimaryColumn('uuid') id!: string;
  @Column('text') stage!: string;
  @Column('text') office!: string;
  @Column('text') officer!: string;
  @Column('text', { array: true }) verifiedEvidence!: string[];
  @Column('text') changedBy!: string;
  @Column('timestamptz') changedAt!: Date;
  @VersionColumn() version!: number;
}

@Entity('findings')
class FindingRow {
  @PrimaryGeneratedColumn('uuid') id!: string;
  @Index() @Column('uuid') caseId!: string;
  @Column('text') fact!: string;
  @Column('jsonb') value!: FactValue;
  @Column('text', { array: true }) evidence!: string[];
  @Column('text') reason!: string;
  @Column('text') by!: string;
  @Column('timestamptz') at!: Date;
}

@Entity('audit')
@Index(['caseId', 'idempotencyKey'], { unique: true })
class AuditRow {
  @PrimaryGeneratedColumn('identity', { type: 'bigint' }) id!: string;
  @Column('uuid') caseId!: string;
  @Column('text') idempotencyKey!: string;
  @Column('text') actor!: string;
  @Column('text') act!: string;
  @Column('jsonb') details!: object;
  @Column('int') version!: number;
  @Column('timestamptz') at!: Date;
}

@Controller('cases')
class BaselineController {
  constructor(@Inject(DataSource) private readonly dataSource: DataSource) {}

  @May('RecordFinding')
  @Post(':caseId/record-finding')
  @HttpCode(200)
  async recordFinding(
    @Param('caseId') caseId: string,
    @Body() body: unknown,
    @Headers('if-match') ifMatch: string | undefined,
    @Headers('idempotency-key') idempotencyKey: string | undefined,
    @Req() request: SignedInRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const { fact, value, evidence, reason } = check(RecordFindingRequest, body);
    const expected = Number(/^"(\d{1,9})"$/.exec(ifMatch ?? '')?.[1] ?? Number.NaN);
    if (Number.isNaN(expected)) throw malformed([{ path: 'If-Match', fault: 'must be one version in quotes' }]);
    if (idempotencyKey === undefined) throw malformed([{ path: 'Idempotency-Key', fault: 'must be sent' }]);
    const official = request.official ?? '';
    const at = new Date();
    const version = await this.dataSource.transaction(async (manager) => {
      const earlier = await manager.findOneBy(AuditRow, { caseId, idempotencyKey });
      if (earlier !== null) return earlier.version;
      const row = await manager.findOne(CaseRow, { where: { id: caseId }, lock: { mode: 'pessimistic_write' } });
      if (row === null) throw notFound();
      if (row.version !== expected) throw refused(412, 'case-changed');
      if (row.stage !== 'examination') throw refused(422, 'wrong-stage');
      if (row.officer !== official) throw refused(422, 'not-assigned');
      if (evidence.length === 0 || !evidence.every((id) => row.verifiedEvidence.includes(id)))
        throw refused(422, 'evidence-not-verified');
      await manager.save(manager.create(FindingRow, { caseId, fact, value, evidence, reason, by: official, at }));
      row.changedBy = official;
      row.changedAt = at;
      await manager.save(row);
      const { version } = row;
      await manager.insert(AuditRow, {
        caseId,
        idempotencyKey,
        actor: official,
        act: 'record-finding',
        details: { fact, value, evidence, reason },
        version,
        at,
      });
      return version;
    });
    reply.header('ETag', `"${version}"`);
    return { caseId, version };
  }
}

function refused(status: number, code: string): Problem {
  return new Problem(status, code, { id: code, en: code });
}

const { BASELINE_DATABASE_URL, BASELINE_PORT, BASELINE_ISSUER, BASELINE_JWKS } = process.env;
const dataSource = await new DataSource({
  type: 'postgres',
  url: BASELINE_DATABASE_URL ?? '',
  poolSize: 12,
  synchronize: true, // a benchmark's database is new each time
  entities: [CaseRow, FindingRow, AuditRow],
}).initialize();

@Module({
  controllers: [BaselineController],
  providers: [
    { provide: DataSource, useValue: dataSource },
    { provide: APP_FILTER, useValue: new ProblemFilter(() => ['POST']) },
    {
      provide: APP_GUARD,
      useFactory: (reflector: Reflector) =>
        new SignInGuard({
          reflector,
          oidc: { issuer: BASELINE_ISSUER ?? '', audience: 'tegas', jwksUri: BASELINE_JWKS ?? '', client: { id: 'none' } },
          sessionOf: async () => undefined,
          revokedBefore: async () => undefined,
          limits: new RateLimits(undefined),
          actorOf: (id) => ({ id, capacities: [] }),
          refuseOtherStore: async () => undefined,
        }),
      inject: [Reflector],
    },
  ],
})
class BaselineModule {}

const app = await NestFactory.create<NestFastifyApplication>(BaselineModule, new FastifyAdapter(), {
  logger: ['error', 'warn', 'fatal'],
});
await app.listen(Number(BASELINE_PORT), '127.0.0.1');
process.send?.({ type: 'ready' });
const end = () => void app.close().then(() => process.exit(0));
process.on('SIGTERM', end).on('disconnect', end);
