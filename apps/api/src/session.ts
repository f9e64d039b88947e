/**
 * The browser's way in (backend for frontend): OpenID Connect's code flow with PKCE is walked here, and no token ever reaches a script.
 * The browser holds a random name in an HttpOnly cookie; who that is stands in PostgreSQL, so that signing out ends it everywhere at once.
 * Real time only: the demo's movable time lengthens no session.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { Body, Controller, Get, Headers, HttpCode, Inject, Post, Query, Req, Res } from '@nestjs/common';
import { ApiBody, ApiExcludeEndpoint, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import * as oidc from 'openid-client';
import type { Pool } from 'pg';
import type { Id, InstantAt, Text } from '#domain/event.js';
import { type Capacity, roleNames } from '#domain/office/official.js';
import { CaseDesk } from '#event-store/case-desk.js';
import type { Position } from '#event-store/port.js';
import { CodeWord } from './fields.js';
import { LiveChanges } from './live-changes.js';
import { malformed, Problem } from './problem-details.js';
import { check } from './requests.js';
import type { ApiSettings } from './settings.js';
import { isLogin, May, type SignedIn, type SignedInRequest, SignInGuard } from './sign-in.js';
import { OpenLogToken, type Tegas } from './tegas.js';

/** A working day with its overtime; and how long a forgotten screen stays open. */
const LONGEST = '10 hours';
const IDLE = '60 minutes';
const SIGN_IN_SECONDS = 600;
/** As long as one may take to come back from the issuer's page. */
const JUST_NOW_SECONDS = SIGN_IN_SECONDS;
/** Where the console lives; nothing else is ever returned to after signing in. */
export const CONSOLE = '/konsol';
const CSRF_HEADER = 'x-csrf-token';

export interface Session {
  readonly official: Id;
  /** Unsafe methods carry it in `X-CSRF-Token`. */
  readonly csrfToken: string;
  readonly expiresAt: InstantAt;
  /** When the official last proved to the issuer who they are. */
  readonly signedInAt: Date;
}

/** The sessions that are open, by the SHA-256 of what their cookie says: who reads the table cannot become anyone. */
export class Sessions {
  readonly cookieName: string;
  /** Of the cookie by which a browser comes back from the issuer. */
  readonly leavingName: string;
  readonly origin: string;

  constructor(
    private readonly pool: Pool,
    publicUrl: string,
  ) {
    const { protocol, origin } = new URL(publicUrl);
    this.origin = origin;
    // The prefix holds the cookie to this host and to https; browsers refuse it on http, which only the demo uses. Without it another host of
    // the same domain could put its own there, and sign somebody in as somebody else.
    this.cookieName = protocol === 'https:' ? '__Host-tegas' : 'tegas_session';
    this.leavingName = protocol === 'https:' ? '__Host-tegas-sign-in' : 'tegas_sign_in';
  }

  async migrate(): Promise<void> {
    // One message of several statements is one transaction; the lock lets two APIs that start at once take turns.
    await this.pool.query(`SELECT pg_advisory_xact_lock(hashtext('tegas session schema'));
      CREATE SCHEMA IF NOT EXISTS session;
      CREATE TABLE IF NOT EXISTS session.sessions (
        name_sha256 bytea PRIMARY KEY,
        official text NOT NULL,
        csrf_token text NOT NULL,
        begun_at timestamptz NOT NULL DEFAULT now(),
        last_seen_at timestamptz NOT NULL DEFAULT now());
      ALTER TABLE session.sessions ADD COLUMN IF NOT EXISTS signed_in_at timestamptz NOT NULL DEFAULT now();
      CREATE TABLE IF NOT EXISTS session.revocations (
        official text PRIMARY KEY,
        before timestamptz NOT NULL);
      CREATE TABLE IF NOT EXISTS session.logout_tokens (
        jti_sha256 bytea PRIMARY KEY,
        seen_at timestamptz NOT NULL DEFAULT now())`);
  }

  /** Answers the secret name that the cookie will carry. `signedInAt`: when the official proved to the issuer who they are. */
  async begin(official: Id, signedInAt: Date): Promise<string> {
    const name = randomBytes(32).toString('base64url');
    await this.pool.query(`DELETE FROM session.sessions WHERE ${OVER}`);
    await this.pool.query(
      'INSERT INTO session.sessions (name_sha256, official, csrf_token, signed_in_at) VALUES ($1, $2, $3, $4)',
      [sha256(name), official, randomBytes(32).toString('base64url'), signedInAt],
    );
    return name;
  }

  /** `only-looking`: it does not count as use, so a session that nobody uses still ends. */
  async find(name: string | undefined, as: 'in-use' | 'only-looking' = 'in-use'): Promise<Session | undefined> {
    if (name === undefined || !/^[\w-]{43}$/.test(name)) return undefined;
    const { rows } = await this.pool.query<{
      official: string;
      csrf_token: string;
      expires_at: Date;
      signed_in_at: Date;
      seen: boolean;
    }>(
      `SELECT official, csrf_token, begun_at + interval '${LONGEST}' AS expires_at, signed_in_at,
         last_seen_at > now() - interval '1 minute' AS seen
       FROM session.sessions s WHERE name_sha256 = $1 AND NOT (${OVER})
         AND NOT EXISTS (SELECT 1 FROM session.revocations r WHERE r.official = s.official AND r.before >= s.begun_at)`,
      [sha256(name)],
    );
    const [row] = rows;
    if (row === undefined) return undefined;
    if (!row.seen && as === 'in-use')
      await this.pool.query('UPDATE session.sessions SET last_seen_at = now() WHERE name_sha256 = $1', [sha256(name)]);
    return {
      official: row.official,
      csrfToken: row.csrf_token,
      expiresAt: row.expires_at.toISOString(),
      signedInAt: row.signed_in_at,
    };
  }

  async end(name: string): Promise<void> {
    await this.pool.query('DELETE FROM session.sessions WHERE name_sha256 = $1', [sha256(name)]);
  }

  /**
   * Whose session a request's cookie names. @throws Problem 403 for an unsafe method that does not come from our own page: a cookie
   * travels by itself, so what changes something must also carry the token that only our page was told.
   */
  async signedInBy(request: FastifyRequest): Promise<SignedIn | undefined> {
    const session = await this.find(request.cookies[this.cookieName]);
    if (session === undefined) return undefined;
    if (!['GET', 'HEAD', 'OPTIONS'].includes(request.method) && !this.isOurs(request, session)) throw crossSite();
    return session;
  }

  /** Ends every session of an official, and voids every token signed for them until now; everywhere within seconds. */
  async revoke(official: Id): Promise<void> {
    await this.pool.query(
      'INSERT INTO session.revocations (official, before) VALUES ($1, now()) ON CONFLICT (official) DO UPDATE SET before = now()',
      [official],
    );
    await this.pool.query('DELETE FROM session.sessions WHERE official = $1', [official]);
  }

  /** Until when what was signed for this official is void; undefined where nothing was revoked. */
  async revokedBefore(official: Id): Promise<Date | undefined> {
    const { rows } = await this.pool.query<{ before: Date }>('SELECT before FROM session.revocations WHERE official = $1', [
      official,
    ]);
    return rows[0]?.before;
  }

  /** Takes a logout token once: answers false for one that was taken before. */
  async takeOnce(jti: string): Promise<boolean> {
    await this.pool.query(`DELETE FROM session.logout_tokens WHERE seen_at < now() - interval '1 day'`);
    const { rowCount } = await this.pool.query(
      'INSERT INTO session.logout_tokens (jti_sha256) VALUES ($1) ON CONFLICT DO NOTHING',
      [sha256(jti)],
    );
    return rowCount === 1;
  }

  private isOurs(request: FastifyRequest, session: Session): boolean {
    const { origin, 'sec-fetch-site': site, [CSRF_HEADER]: token } = request.headers;
    if (site !== undefined && site !== 'same-origin') return false;
    if (origin !== undefined && origin !== this.origin) return false;
    return typeof token === 'string' && timingSafeEqual(sha256(token), sha256(session.csrfToken));
  }
}

const OVER = `begun_at < now() - interval '${LONGEST}' OR last_seen_at < now() - interval '${IDLE}'`;

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function crossSite(): Problem {
  return new Problem(403, 'cross-site', {
    id: 'Permintaan ini tidak datang dari halaman Tegas. Muat ulang halaman lalu ulangi.',
    en: 'This request does not come from a page of Tegas. Reload the page and do it again.',
  });
}

/** What is kept in the browser between leaving for the issuer and coming back. */
interface Leaving {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
  readonly returnTo: string;
}

/** The client of the issuer, discovered when it is first needed. */
export class Issuer {
  private configuration: Promise<oidc.Configuration> | undefined;

  constructor(private readonly settings: ApiSettings) {}

  get callback(): string {
    return `${this.settings.publicUrl}/session/callback`;
  }

  async leave(returnTo: string, language: string): Promise<{ url: URL; leaving: Leaving }> {
    const configuration = await this.discovered();
    const leaving = {
      state: oidc.randomState(),
      nonce: oidc.randomNonce(),
      verifier: oidc.randomPKCECodeVerifier(),
      returnTo,
    };
    const url = oidc.buildAuthorizationUrl(configuration, {
      redirect_uri: this.callback,
      scope: 'openid',
      state: leaving.state,
      nonce: leaving.nonce,
      code_challenge: await oidc.calculatePKCECodeChallenge(leaving.verifier),
      code_challenge_method: 'S256',
      ui_locales: language,
      // The issuer says when it saw them.
      max_age: String(JUST_NOW_SECONDS),
      // Four eyes rest on who is at the screen: nobody slides into the session a colleague left open at the issuer.
      prompt: 'login',
    });
    return { url, leaving };
  }

  /** Who came back, as the issuer's signed id token says. */
  async comeBack(address: string, { state, nonce, verifier }: Leaving): Promise<SignedIn> {
    const tokens = await oidc.authorizationCodeGrant(await this.discovered(), new URL(address, this.settings.publicUrl), {
      expectedState: state,
      expectedNonce: nonce,
      pkceCodeVerifier: verifier,
      idTokenExpected: true,
      // Not one whom it saw earlier: who came back proved who they are on this way.
      maxAge: JUST_NOW_SECONDS,
    });
    const subject = tokens.claims()?.sub;
    if (!isLogin(subject)) throw new Error('The id token names nobody who could be in the register');
    const { auth_time: seenAt } = tokens.claims() ?? {};
    return { official: subject, signedInAt: new Date((seenAt ?? 0) * 1000) };
  }

  private discovered(): Promise<oidc.Configuration> {
    const { issuer, client } = this.settings.oidc;
    const authentication = client.secret === undefined ? oidc.None() : oidc.ClientSecretBasic(client.secret);
    // An issuer without https is let pass in the demo only, where it is this very process.
    const execute = this.settings.demo && issuer.startsWith('http:') ? [oidc.allowInsecureRequests] : [];
    this.configuration ??= oidc.discovery(new URL(issuer), client.id, undefined, authentication, { execute, timeout: 5 });
    return this.configuration.catch((error: unknown) => {
      this.configuration = undefined;
      throw error;
    });
  }
}

export class RevokeRequest {
  @CodeWord({ example: 'officer.kupang', description: 'Whose.' }) official!: string;
}

interface NamedCapacity extends Capacity {
  readonly roleName: Text;
  readonly officeName: string;
}

export interface WhoAmI {
  readonly official: { readonly id: Id; readonly name: string; readonly capacities: readonly NamedCapacity[] };
  readonly demo: boolean;
  /** Tegas' own time, which the demo may move. */
  readonly now: InstantAt;
  /** Absent for one who came with a bearer token, which needs neither. */
  readonly csrfToken?: string;
  readonly expiresAt?: InstantAt;
  /** From where on `GET /live` is to be listened to, so that nothing is missed. */
  readonly livePosition: Position;
  /** What this official's browser seals what it keeps with: the same whenever they sign in, told to nobody else (ADR 31). 32 bytes in hexadecimal. */
  readonly deviceKey?: string;
}

@ApiTags('session')
@Controller('session')
export class SessionController {
  constructor(
    private readonly sessions: Sessions,
    private readonly issuer: Issuer,
    private readonly desk: CaseDesk,
    private readonly guard: SignInGuard,
    private readonly live: LiveChanges,
    @Inject(OpenLogToken) private readonly tegas: Tegas,
    @Inject('tegas:settings') private readonly settings: ApiSettings,
  ) {}

  /** Who is signed in, by name, and the token that this browser's unsafe methods must carry. */
  @May('ReadOwn')
  @Get()
  async whoAmI(@Req() request: SignedInRequest): Promise<WhoAmI> {
    const session = await this.sessions.find(request.cookies[this.sessions.cookieName]);
    const now = this.tegas.time.now();
    const { id, capacities } = this.desk.actor(request.official ?? '', now);
    const { officials, offices } = this.desk.registry.state;
    return {
      official: {
        id,
        name: officials.get(id)?.name ?? id,
        capacities: capacities.map((capacity) => ({
          ...capacity,
          roleName: roleNames[capacity.role],
          officeName: offices.get(capacity.office)?.name ?? capacity.office,
        })),
      },
      demo: this.settings.demo,
      now,
      livePosition: this.live.position,
      ...(session?.official === id
        ? {
            csrfToken: session.csrfToken,
            expiresAt: session.expiresAt,
            deviceKey: this.tegas.codec.fingerprint(`device ${id}`),
          }
        : {}),
    };
  }

  @May('SignIn')
  @Get('sign-in')
  @ApiExcludeEndpoint()
  async signIn(
    @Query('returnTo') wanted: unknown,
    @Query('lang') lang: unknown,
    @Headers('host') host: string | undefined,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    // Cookies belong to one name: 127.0.0.1 goes on as localhost, where the issuer sends people back to.
    if (host !== new URL(this.settings.publicUrl).host)
      return void (await reply.redirect(`${this.settings.publicUrl}${request.url}`, 302));
    const returnTo = isConsolePath(wanted) ? wanted : CONSOLE;
    try {
      const { url, leaving } = await this.issuer.leave(returnTo, lang === 'en' ? 'en' : 'id');
      // Lax, not Strict: it must come along when the issuer sends the browser back.
      reply.setCookie(this.sessions.leavingName, Buffer.from(JSON.stringify(leaving)).toString('base64url'), {
        ...this.cookie('/', 'lax'),
        maxAge: SIGN_IN_SECONDS,
      });
      await reply.redirect(url.href, 302);
    } catch (error) {
      console.error('session: the issuer cannot be reached,', error instanceof Error ? error.message : error);
      await reply.redirect(`${CONSOLE}/masuk?sebab=penerbit`, 302);
    }
  }

  @May('SignIn')
  @Get('callback')
  @ApiExcludeEndpoint()
  async callback(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const leaving = readLeaving(request.cookies[this.sessions.leavingName]);
    reply.clearCookie(this.sessions.leavingName, this.cookie('/', 'lax'));
    if (leaving === undefined) return void (await reply.redirect(`${CONSOLE}/masuk?sebab=ulang`, 302));
    let signedIn: SignedIn;
    try {
      signedIn = await this.issuer.comeBack(request.url, leaving);
    } catch (error) {
      console.error('session: sign-in refused,', error instanceof Error ? error.message : error);
      return void (await reply.redirect(`${CONSOLE}/masuk?sebab=ditolak`, 302));
    }
    const before = request.cookies[this.sessions.cookieName];
    if (before !== undefined) await this.sessions.end(before);
    reply.setCookie(
      this.sessions.cookieName,
      await this.sessions.begin(signedIn.official, signedIn.signedInAt),
      this.cookie('/', 'strict'),
    );
    await reply.redirect(leaving.returnTo, 302);
  }

  /** Ends every session of an official and voids every token signed for them until now: a lost laptop, a dismissal. */
  @May('RevokeSignIn')
  @Post('revoke')
  @HttpCode(204)
  @ApiBody({ type: RevokeRequest })
  async revoke(@Body() body: unknown): Promise<void> {
    await this.sessions.revoke(check(RevokeRequest, body).official);
  }

  /** The issuer says that someone signed out there, or was locked out (OpenID Connect Back-Channel Logout 1.0). */
  @May('SignIn')
  @Post('back-channel-logout')
  @HttpCode(200)
  @ApiExcludeEndpoint()
  async loggedOut(@Body() body: unknown): Promise<void> {
    const { logout_token: token } = (body ?? {}) as { readonly logout_token?: unknown };
    const said = typeof token === 'string' ? await this.guard.logoutIn(token) : undefined;
    if (said === undefined || !(await this.sessions.takeOnce(said.jti)))
      throw malformed([{ path: 'logout_token', fault: 'must be a logout token of the issuer, for this client, sent once' }]);
    await this.sessions.revoke(said.official);
  }

  @May('ReadOwn')
  @Post('sign-out')
  @HttpCode(204)
  async signOut(@Req() request: SignedInRequest, @Res({ passthrough: true }) reply: FastifyReply): Promise<void> {
    const name = request.cookies[this.sessions.cookieName];
    if (name !== undefined) await this.sessions.end(name);
    reply.clearCookie(this.sessions.cookieName, this.cookie('/', 'strict'));
  }

  private cookie(path: string, sameSite: 'lax' | 'strict') {
    return { path, sameSite, httpOnly: true, secure: this.settings.publicUrl.startsWith('https:') };
  }
}

/** A page of the console and nothing else: an address from outside would make of the sign-in an open redirect. */
function isConsolePath(wanted: unknown): wanted is string {
  return (
    typeof wanted === 'string' &&
    wanted.length < 500 &&
    /^\/konsol(\/[\w/.-]*)?(\?[\w=&%.:-]*)?$/.test(wanted) &&
    // `..` would lead out of it again.
    new URL(wanted, 'http://localhost').pathname === wanted.split('?')[0]
  );
}

function readLeaving(cookie: string | undefined): Leaving | undefined {
  try {
    const { state, nonce, verifier, returnTo } = JSON.parse(Buffer.from(cookie ?? '', 'base64url').toString()) as Leaving;
    if ([state, nonce, verifier].some((part) => typeof part !== 'string') || !isConsolePath(returnTo)) return undefined;
    return { state, nonce, verifier, returnTo };
  } catch {
    return undefined;
  }
}
