/** The API as one Nest application on Fastify: made here, listened to in `main.ts`, and driven as it is by the end-to-end tests. */
import { randomUUID } from 'node:crypto';
import type { Duplex } from 'node:stream';
import cookie from '@fastify/cookie';
import { type DynamicModule, Module } from '@nestjs/common';
import { APP_GUARD, APP_INTERCEPTOR, NestFactory, Reflector } from '@nestjs/core';
import { CqrsModule } from '@nestjs/cqrs';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { SwaggerModule } from '@nestjs/swagger';
import type { ConnectionError, FastifyReply, FastifyRequest } from 'fastify';
import { roleNames } from '#domain/office/official.js';
import { CaseDesk } from '#event-store/case-desk.js';
import { isAway } from '#event-store/port.js';
import { documentTypes } from '#evidence/inspection.js';
import { OtherStore, refuseOtherStore } from '#read-models/projection.js';
import { AppointmentsController, SubmitAppointmentHandler } from './appointments.controller.js';
import { AuditController, SubmitGlassHandler } from './audit.controller.js';
import { CalendarController, PublishCalendarHandler } from './calendar.controller.js';
import { CaseController } from './case.controller.js';
import { HoldActHandler, RecallHeldActHandler, SubmitToCaseHandler } from './case.handler.js';
import { CaseAuditController } from './case-audit.controller.js';
import { serveConsole } from './console.js';
import { CustodyController } from './custody.controller.js';
import { DelegationsController, SubmitDelegationHandler } from './delegations.controller.js';
import { demoKeys, mountDemoIssuer } from './demo-issuer.js';
import type { DemoPerson } from './demo-sign-in-page.js';
import { DestructionsController, SubmitToDestructionHandler } from './destructions.controller.js';
import { DevicesController, SubmitDeviceHandler } from './devices.controller.js';
import { DocumentsController } from './documents.controller.js';
import { HealthController } from './health.controller.js';
import { mountJobBoard } from './job-board.js';
import { LettersController } from './letters.controller.js';
import { ListsController } from './lists.controller.js';
import { LiveController } from './live.controller.js';
import { LiveChanges } from './live-changes.js';
import { AnswerStepHandler, NotificationsController } from './notifications.controller.js';
import { buildOpenApi } from './openapi.js';
import { PersonsController, SubmitToRegisterHandler } from './persons.controller.js';
import {
  answerBare,
  answerWith,
  bareProblem,
  expectationFailed,
  malformed,
  noTunnel,
  Problem,
  ProblemFilter,
  toProblem,
} from './problem-details.js';
import { ProceduresController, SubmitToProcedureHandler } from './procedures.controller.js';
import { ProofsController } from './proofs.controller.js';
import {
  CompareCaseHandler,
  FindActionsHandler,
  FindClocksHandler,
  FindHistoryHandler,
  FindWorklistHandler,
  GetCaseHandler,
  GetDeterminationHandler,
} from './queries.js';
import { RateLimits, tooMany } from './rate-limits.js';
import { ReadAudit } from './read-audit.js';
import { ReferralsController, SubmitToReferralHandler } from './referrals.controller.js';
import { ReportsController } from './reports.controller.js';
import { isDeeperThan } from './requests.js';
import { SearchController } from './search.controller.js';
import { Issuer, SessionController, Sessions } from './session.js';
import type { ApiSettings } from './settings.js';
import { actsOf, SignInGuard } from './sign-in.js';
import { OpenLogToken, openTegas, type Tegas } from './tegas.js';

const ONLY_UTF8 = {
  id: 'Kirim isi sebagai application/json dalam UTF-8, tanpa kompresi.',
  en: 'Send the body as application/json in UTF-8, not compressed.',
};
const NO_UPGRADE = {
  id: 'Kirim permintaan tanpa Upgrade: hanya HTTP yang dilayani di sini.',
  en: 'Send the request without Upgrade: only HTTP is served here.',
};
const BODY_LIMIT_BYTES = 1_000_000;
const DEEPEST_BODY = 100;
/** An answer is data: were it opened as a page, nothing in it would run, load or be framed. */
const ANSWER_CSP = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
/** The page of the API's description sets styles at run time. */
const DOCS_CSP =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const CONTROLLERS = [
  DocumentsController,
  LettersController,
  CaseController,
  ProceduresController,
  CalendarController,
  PersonsController,
  SearchController,
  ReferralsController,
  ListsController,
  ReportsController,
  NotificationsController,
  CustodyController,
  DelegationsController,
  AppointmentsController,
  DevicesController,
  AuditController,
  ProofsController,
  CaseAuditController,
  DestructionsController,
  SessionController,
  LiveController,
  HealthController,
] as const;

@Module({})
class ApiModule {
  static on(
    tegas: Tegas,
    settings: ApiSettings,
    sessions: Sessions,
    guard: SignInGuard,
    audit: ReadAudit,
    live: LiveChanges,
  ): DynamicModule {
    return {
      module: ApiModule,
      imports: [CqrsModule.forRoot()],
      controllers: [...CONTROLLERS],
      providers: [
        { provide: OpenLogToken, useValue: tegas },
        { provide: CaseDesk, useValue: tegas.desk },
        { provide: Sessions, useValue: sessions },
        { provide: Issuer, useValue: new Issuer(settings) },
        { provide: 'tegas:settings', useValue: settings },
        { provide: APP_GUARD, useValue: guard },
        { provide: SignInGuard, useValue: guard },
        { provide: ReadAudit, useValue: audit },
        { provide: LiveChanges, useValue: live },
        { provide: APP_INTERCEPTOR, useValue: audit },
        SubmitToCaseHandler,
        HoldActHandler,
        RecallHeldActHandler,
        SubmitToProcedureHandler,
        PublishCalendarHandler,
        SubmitToRegisterHandler,
        SubmitToReferralHandler,
        SubmitToDestructionHandler,
        AnswerStepHandler,
        SubmitDelegationHandler,
        SubmitAppointmentHandler,
        SubmitDeviceHandler,
        SubmitGlassHandler,
        GetCaseHandler,
        CompareCaseHandler,
        GetDeterminationHandler,
        FindActionsHandler,
        FindHistoryHandler,
        FindWorklistHandler,
        FindClocksHandler,
      ],
    };
  }
}

export interface Api {
  readonly app: NestFastifyApplication;
  /** Every route there is, whoever answers it. */
  readonly routes: readonly { readonly method: string; readonly url: string }[];
  close(): Promise<void>;
}

/** Opens the log and the read models and builds the application, not yet listening. */
export async function createApi(given: ApiSettings): Promise<Api> {
  const keys = given.demo ? await demoKeys(given.home) : undefined;
  const settings = keys === undefined ? given : withDemoSecret(given, keys.clientSecret);
  const tegas = await openTegas({
    databaseUrl: settings.databaseUrl,
    home: settings.home,
    documents: settings.documents,
    movableTime: settings.demo,
    follow: true,
    poolSize: 12,
  });
  if (!settings.demo && !settings.publicUrl.startsWith('https:'))
    console.error('TEGAS_PUBLIC_URL is not set: machines can use the API, but people cannot sign in to the console');
  const actorOf = (official: string) => tegas.desk.actor(official, tegas.time.now());
  const sessions = new Sessions(tegas.pool, settings.publicUrl);
  const audit = new ReadAudit(new Reflector(), tegas.pool, actorOf);
  let live: LiveChanges;
  try {
    await sessions.migrate();
    await audit.migrate();
    live = await LiveChanges.start(tegas);
  } catch (error) {
    await tegas.close();
    throw error;
  }
  const adapter = new FastifyAdapter({
    bodyLimit: BODY_LIMIT_BYTES,
    genReqId: () => randomUUID(),
    frameworkErrors: (error: unknown, request: FastifyRequest, reply: FastifyReply) =>
      answerWith(toProblem(error, request.id), request, reply),
    clientErrorHandler: (error: ConnectionError, socket: Duplex) => answerBare(bareProblem(error.code), socket),
    forceCloseConnections: true,
    // Fastify waits for ever unless told; Node.js takes the longer of these two times for the whole request.
    requestTimeout: settings.requestSeconds * 1000,
    http: {
      headersTimeout: Math.min(60, settings.requestSeconds) * 1000,
      connectionsCheckingInterval: Math.min(10, settings.requestSeconds) * 1000,
    },
    // The token of a receipt from a border post has 213 digits.
    routerOptions: { maxParamLength: 300 },
    // Whose address counts behind a proxy is only what a proxy of ours says.
    ...(settings.trustedProxies === undefined ? {} : { trustProxy: [...settings.trustedProxies] }),
  });
  const routes: { url: string; path: RegExp; method: string }[] = [];
  const server = adapter.getInstance();
  server.server
    .on('connect', (_request, socket) => answerBare(noTunnel, socket))
    .on('checkExpectation', ({ socket }) => answerBare(expectationFailed, socket));
  server.addHook('onRoute', ({ url, method }) => {
    for (const one of [method].flat()) routes.push({ url, path: pathPattern(url), method: one });
  });
  const limits = new RateLimits(settings.rates);
  server.addHook('onRequest', async (request, reply) => {
    const wait = limits.ofAddress(request.ip);
    if (wait !== undefined) return answerWith(tooMany(wait), request, reply);
    // Node.js takes no body from whoever asks for another protocol: without this it would be waited for until the request is given up.
    const { upgrade, 'content-length': length = '0', 'transfer-encoding': encoding } = request.headers;
    if (upgrade !== undefined && (length !== '0' || encoding !== undefined))
      return answerWith(new Problem(400, 'no-upgrade', NO_UPGRADE), request, reply.header('Connection', 'close'));
  });
  server.addHook('onSend', async (request, reply) => {
    reply
      .header('X-Correlation-Id', request.id)
      .header('X-Content-Type-Options', 'nosniff')
      .header('Referrer-Policy', 'no-referrer')
      .header('Cross-Origin-Resource-Policy', 'same-origin');
    if (settings.publicUrl.startsWith('https:')) reply.header('Strict-Transport-Security', 'max-age=31536000; includeSubDomains');
    if (!reply.hasHeader('Content-Security-Policy'))
      reply.header('Content-Security-Policy', request.url.startsWith('/docs') ? DOCS_CSP : ANSWER_CSP);
    if (!reply.hasHeader('Cache-Control')) reply.header('Cache-Control', 'no-store');
  });
  actsOf(CONTROLLERS);
  const guard = new SignInGuard({
    reflector: new Reflector(),
    oidc: settings.oidc,
    sessionOf: (request) => sessions.signedInBy(request),
    revokedBefore: (official) => sessions.revokedBefore(official),
    limits,
    actorOf,
    refuseOtherStore: watchStore(tegas),
  });
  const app = await NestFactory.create<NestFastifyApplication>(
    ApiModule.on(tegas, settings, sessions, guard, audit, live),
    adapter,
    {
      bodyParser: false,
      logger: ['error', 'warn', 'fatal'],
    },
  );
  // Only JSON is taken, and no body at all is an empty one: commands such as lodge-application have no fields.
  server.removeContentTypeParser(['text/plain', 'application/json']);
  const parseJson = server.getDefaultJsonParser('error', 'error');
  server.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    const charset = /charset="?([\w-]+)/i.exec(request.headers['content-type'] ?? '')?.[1]?.toLowerCase() ?? 'utf-8';
    if (charset !== 'utf-8' || request.headers['content-encoding'] !== undefined)
      return done(new Problem(415, 'media-type', ONLY_UTF8));
    let text: string;
    try {
      // A name must come back byte for byte: bytes that are no text are refused, not replaced.
      text = new TextDecoder('utf-8', { fatal: true }).decode(typeof body === 'string' ? Buffer.from(body) : body);
    } catch {
      return done(malformed([{ path: '(body)', fault: 'must be UTF-8' }]));
    }
    parseJson(request, text, (error: Error | null, parsed: unknown) => {
      // A calendar or a procedure has a shape of its own; nothing has so many levels, and what walks them would run out of stack.
      const tooDeep = typeof parsed === 'object' && parsed !== null && isDeeperThan(DEEPEST_BODY, parsed);
      if (!tooDeep) return done(error, parsed);
      done(malformed([{ path: '(body)', fault: `must not be nested deeper than ${DEEPEST_BODY}` }]));
    });
  });
  /** A parser for what one route alone takes. */
  const onlyOn =
    <Body>(url: string, parsed: (body: Body) => unknown) =>
    ({ routeOptions }: FastifyRequest, body: Body, done: (error: Error | null, body?: unknown) => void) =>
      routeOptions.url === url ? done(null, parsed(body)) : done(new Problem(415, 'media-type', ONLY_UTF8));
  // An issuer's logout comes as a form; nothing else does.
  const asForm = (body: string | Buffer) => Object.fromEntries(new URLSearchParams(String(body)));
  server.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string' },
    onlyOn('/session/back-channel-logout', asForm),
  );
  // Left unread until the guard has let it in.
  server.addContentTypeParser(
    [...documentTypes],
    onlyOn('/cases/:caseId/documents', (payload) => payload),
  );
  const methodsOf = (url: string): readonly string[] => {
    const path = url.split('?')[0] ?? '';
    return [...new Set(routes.filter((route) => route.path.test(path)).map((route) => route.method))];
  };
  app.useGlobalFilters(new ProblemFilter(methodsOf));
  await server.register(cookie);
  await serveConsole(server);
  const { databaseUrl, redisUrl } = settings;
  const closeBoard = await mountJobBoard(server, tegas, {
    databaseUrl,
    ...(redisUrl === undefined ? {} : { redisUrl }),
    officialOf: async (request) => (await guard.signedIn(request)).official,
  });
  if (keys !== undefined) {
    const { issuer, audience, client } = settings.oidc;
    await mountDemoIssuer(server, {
      keys,
      issuer,
      audience,
      logins: tegas.registry.fault === undefined ? [...tegas.registry.state.officials.keys()] : [],
      console: { clientId: client.id, callback: new Issuer(settings).callback },
      people: () => demoPeople(tegas),
    });
  }
  SwaggerModule.setup('docs', app, () => buildOpenApi(app), { jsonDocumentUrl: 'openapi.json' });
  await app.init();
  return {
    app,
    routes,
    close: async () => {
      await live.close();
      await app.close();
      await closeBoard();
      await tegas.close();
    },
  };
}

function withDemoSecret(settings: ApiSettings, secret: string): ApiSettings {
  return { ...settings, oidc: { ...settings.oidc, client: { secret, ...settings.oidc.client } } };
}

/** Everyone who acts in person; a process signs in with a token. */
function demoPeople({ registry, desk, time }: Tegas): readonly DemoPerson[] {
  const { officials, offices } = registry.state;
  return [...officials.values()].flatMap(({ id, name }) => {
    const capacities = desk.actor(id, time.now()).capacities.filter((c) => c.role !== 'importer');
    const places = [...new Set(capacities.map((c) => c.office))];
    const words = (language: 'id' | 'en', office: string): string =>
      `${capacities
        .filter((c) => c.office === office)
        .map((c) => roleNames[c.role][language])
        .join(', ')} · ${offices.get(office)?.name ?? office}`;
    return places.length === 0
      ? []
      : [{ login: id, name, capacities: places.map((office) => ({ id: words('id', office), en: words('en', office) })) }];
  });
}

function pathPattern(url: string): RegExp {
  const escaped = url
    .replace(/[.+?^${}()|[\]\\]/g, '\\$&')
    .replace(/:[A-Za-z]+/g, '[^/]+')
    .replace(/\*/g, '.*');
  return new RegExp(`^${escaped}$`);
}

const STORE_LOOKED_AT_MS = 2_000;

/** Refuses every request while the read models are of another log than this process writes to; looked at every other second. */
function watchStore({ readModels, log }: Tegas): () => Promise<void> {
  let lookedAt = 0;
  let other: OtherStore | undefined;
  return async () => {
    if (Date.now() - lookedAt > STORE_LOOKED_AT_MS) {
      lookedAt = Date.now();
      other = await refuseOtherStore(readModels, log).then(
        () => undefined,
        (error) => {
          if (error instanceof OtherStore) return error;
          // What is away is told by what needs it.
          if (isAway(error)) return other;
          throw error;
        },
      );
    }
    if (other !== undefined) throw new Problem(503, 'other-store', other.text);
  };
}
