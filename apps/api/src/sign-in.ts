/**
 * One global guard that denies by default: a token (machines) or a session (browsers) says who, the register says what role and which office,
 * and the policy table whether that role may at all.
 */
import { type CanActivate, type ExecutionContext, Injectable, SetMetadata } from '@nestjs/common';
import { METHOD_METADATA } from '@nestjs/common/constants.js';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { createRemoteJWKSet, errors, type JWTVerifyGetKey, jwtVerify } from 'jose';
import { refuseRole } from '#domain/case/permit.js';
import type { Actor } from '#domain/office/official.js';
import { type Act, policyTable } from '#domain/policy-table.js';
import { Problem, problemOf } from './problem-details.js';
import { type RateLimits, tooMany } from './rate-limits.js';
import { commandNamed } from './requests.js';
import type { ApiSettings } from './settings.js';

/** Where a handler's metadata names its act. */
export const ACT = 'tegas:act';
/** The act is a command on a case that the path names: its row is asked where the case is known. */
export const NAMED_COMMAND = 'named-command';
/** Which row of the policy table a route goes by. A route that names none lets nobody in, and keeps the API from starting. */
export const May = (act: Act | typeof NAMED_COMMAND): MethodDecorator & ClassDecorator => SetMetadata(ACT, act);

/** Every handler of these controllers by its name, with the act it goes by. @throws Error naming those that go by none */
export function actsOf(controllers: readonly (new (...args: never[]) => object)[]): ReadonlyMap<string, string> {
  const handlers = controllers.flatMap((controller) =>
    Object.getOwnPropertyNames(controller.prototype).flatMap((name) => {
      const handler: unknown = Object.getOwnPropertyDescriptor(controller.prototype, name)?.value;
      return typeof handler === 'function' && Reflect.hasMetadata(METHOD_METADATA, handler)
        ? [[`${controller.name}.${name}`, Reflect.getMetadata(ACT, handler) ?? Reflect.getMetadata(ACT, controller)] as const]
        : [];
    }),
  );
  const unguarded = handlers.filter(([, act]) => act === undefined).map(([name]) => name);
  if (unguarded.length > 0) throw new Error(`Without a row of the policy table (@May): ${unguarded.join(', ')}`);
  return new Map(handlers);
}

/** Who asks, and when they last proved to the issuer who they are. */
export interface SignedIn {
  readonly official: string;
  readonly signedInAt: Date;
}

export interface SignedInRequest extends FastifyRequest {
  /** An official's login in the register: the token's `sub`, or whose session it is. Set by the guard. */
  official?: string;
}

/** Asymmetric signatures only: with `none` or a shared secret anyone could sign. */
const ALGORITHMS = ['ES256', 'ES384', 'RS256', 'PS256', 'EdDSA', 'Ed25519'];

const LOGIN = /^[\w.@:|+-]{1,200}$/;
/** What is no login can be nobody in the register; it goes no further. */
export const isLogin = (subject: unknown): subject is string => typeof subject === 'string' && LOGIN.test(subject);

/** A token's signature is not checked again for so long, nor beyond its expiry: a key that its issuer withdraws counts until then. */
const VERIFIED_FOR_MS = 30_000;
const MOST_VERIFIED = 10_000;
/** What was revoked is void after so long at the latest. */
const REVOKED_LOOKED_AT_MS = 10_000;
/** How long ago one may have signed in to approve something. */
export const RECENT_SECONDS = 900;
const RECENT_MS = RECENT_SECONDS * 1000;
const LOGOUT_EVENT = 'http://schemas.openid.net/event/backchannel-logout';

/** What the guard asks. */
export interface SignInParts {
  readonly reflector: Reflector;
  readonly oidc: ApiSettings['oidc'];
  /** Whose session the request's cookie names, if any. */
  readonly sessionOf: (request: FastifyRequest) => Promise<SignedIn | undefined>;
  /** Until when tokens signed for an official are void. */
  readonly revokedBefore: (official: string) => Promise<Date | undefined>;
  readonly limits: RateLimits;
  /** The official as the register has them now. */
  readonly actorOf: (official: string) => Actor;
  /** Throws where log and read models do not belong together: writing on would fork the log. */
  readonly refuseOtherStore: () => Promise<void>;
}

@Injectable()
export class SignInGuard implements CanActivate {
  private keys: JWTVerifyGetKey | undefined;
  private readonly verified = new Map<string, SignedIn & { readonly issuedAt: Date; readonly until: number }>();
  private readonly revoked = new Map<string, { readonly before: Date | undefined; readonly until: number }>();

  constructor(private readonly parts: SignInParts) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const handler = [context.getHandler(), context.getClass()];
    const act = this.parts.reflector.getAllAndOverride<Act | typeof NAMED_COMMAND | undefined>(ACT, handler);
    if (act === undefined) throw new Error('A route without a row of the policy table');
    if (act !== NAMED_COMMAND && policyTable[act].roles === 'anyone') return true;
    const request = context.switchToHttp().getRequest<SignedInRequest>();
    const { official, signedInAt } = await this.signedIn(request);
    request.official = official;
    const wait = this.parts.limits.ofOfficial(official);
    if (wait !== undefined) throw tooMany(wait);
    await this.parts.refuseOtherStore();
    if (asksRecentSignIn(act, request) && Date.now() - signedInAt.getTime() > RECENT_MS) throw signInAgain();
    // Of a single case or person one learns first whether it is there for one at all: 404 goes before 403, and only the domain knows.
    if (act === NAMED_COMMAND || !['none', 'list'].includes(policyTable[act].scope)) return true;
    const refusal = refuseRole(act, this.parts.actorOf(official));
    if (refusal !== undefined) throw problemOf(refusal);
    return true;
  }

  /** Who asks, by token or session. @throws Problem 401 for nobody; 503 when the issuer is away */
  async signedIn(request: FastifyRequest): Promise<SignedIn> {
    const { authorization } = request.headers;
    // Who sends a header means it: a bad token is not saved by a good cookie.
    const token = /^Bearer ([\w-]+\.[\w-]+\.[\w-]+)$/i.exec(authorization ?? '')?.[1];
    const found =
      authorization === undefined
        ? await this.parts.sessionOf(request)
        : token === undefined
          ? undefined
          : await this.bearerOf(token);
    if (found !== undefined) return found;
    this.parts.limits.failed(request.ip);
    throw notSignedIn();
  }

  /** Whom a logout token of the issuer signs out of this client; undefined for anything else. */
  async logoutIn(token: string): Promise<{ readonly official: string; readonly jti: string } | undefined> {
    try {
      this.keys ??= await remoteKeys(this.parts.oidc);
      const { payload } = await jwtVerify(token, this.keys, {
        issuer: this.parts.oidc.issuer,
        audience: this.parts.oidc.client.id,
        algorithms: ALGORITHMS,
        requiredClaims: ['iat', 'jti', 'sub', 'events'],
        maxTokenAge: '2 minutes',
      });
      const { sub, jti, events, nonce } = payload;
      const isLogout = typeof events === 'object' && events !== null && LOGOUT_EVENT in events && nonce === undefined;
      return isLogout && isLogin(sub) && jti !== undefined ? { official: sub, jti } : undefined;
    } catch (error) {
      if (error instanceof errors.JOSEError && !(error instanceof errors.JWKSTimeout)) return undefined;
      throw error;
    }
  }

  /** Who the token is for; undefined where it is expired, forged, revoked, or for someone else. @throws Problem 503 when the issuer is away. */
  private async bearerOf(token: string): Promise<SignedIn | undefined> {
    const found = await this.verifiedBearer(token);
    const before = found === undefined ? undefined : await this.voidBefore(found.official);
    // An issuer counts whole seconds: a token of the very second counts as signed before.
    return found !== undefined && before !== undefined && found.issuedAt.getTime() <= before.getTime() ? undefined : found;
  }

  private async voidBefore(official: string): Promise<Date | undefined> {
    const known = this.revoked.get(official);
    if (known !== undefined && Date.now() < known.until) return known.before;
    const before = await this.parts.revokedBefore(official);
    this.revoked.delete(official);
    this.revoked.set(official, { before, until: Date.now() + REVOKED_LOOKED_AT_MS });
    const [oldest] = this.revoked.keys();
    if (this.revoked.size > MOST_VERIFIED && oldest !== undefined) this.revoked.delete(oldest);
    return before;
  }

  private async verifiedBearer(token: string): Promise<(SignedIn & { readonly issuedAt: Date }) | undefined> {
    const earlier = this.verified.get(token);
    if (earlier !== undefined && Date.now() < earlier.until) return earlier;
    this.verified.delete(token);
    try {
      this.keys ??= await remoteKeys(this.parts.oidc);
      const { payload } = await jwtVerify(token, this.keys, {
        issuer: this.parts.oidc.issuer,
        audience: this.parts.oidc.audience,
        algorithms: ALGORITHMS,
        requiredClaims: ['exp', 'iat', 'sub'],
      });
      if (!isLogin(payload.sub)) return undefined;
      const issuedAt = new Date((payload.iat ?? 0) * 1000);
      // A machine's token does not say when anyone signed in: it counts from when it was signed.
      const signedInAt = typeof payload.auth_time === 'number' ? new Date(payload.auth_time * 1000) : issuedAt;
      const until = Math.min(Date.now() + VERIFIED_FOR_MS, (payload.exp ?? 0) * 1000);
      const found = { official: payload.sub, signedInAt, issuedAt, until };
      this.verified.set(token, found);
      const [oldest] = this.verified.keys();
      if (this.verified.size > MOST_VERIFIED && oldest !== undefined) this.verified.delete(oldest);
      return found;
    } catch (error) {
      if (error instanceof errors.JOSEError && !(error instanceof errors.JWKSTimeout)) return undefined;
      throw new Problem(503, 'issuer-away', {
        id: 'Penerbit tanda masuk tidak dapat dihubungi. Coba lagi sebentar lagi.',
        en: 'The sign-in issuer cannot be reached. Try again in a moment.',
      });
    }
  }
}

/** Was this act marked as one for which one signs in again? */
function asksRecentSignIn(act: Act | typeof NAMED_COMMAND, request: FastifyRequest): boolean {
  if (act !== NAMED_COMMAND) return policyTable[act].recentSignIn === true;
  const command = commandNamed((request.params as { readonly command?: string }).command ?? '');
  return command !== undefined && policyTable[command].recentSignIn === true;
}

async function remoteKeys(oidc: ApiSettings['oidc']): Promise<JWTVerifyGetKey> {
  if (oidc.jwksUri !== undefined) return createRemoteJWKSet(new URL(oidc.jwksUri));
  const discovery = await fetch(`${oidc.issuer.replace(/\/$/, '')}/.well-known/openid-configuration`, {
    signal: AbortSignal.timeout(5000),
  });
  const { jwks_uri: jwksUri, issuer } = (await discovery.json()) as { jwks_uri?: string; issuer?: string };
  if (jwksUri === undefined || issuer !== oidc.issuer)
    throw new Error('The issuer’s discovery document names another issuer or no keys');
  if (issuer.startsWith('https:') && !jwksUri.startsWith('https:'))
    throw new Error('The issuer’s discovery document names keys that do not come by https');
  return createRemoteJWKSet(new URL(jwksUri));
}

/** RFC 9470: who is signed in proves again who they are. */
function signInAgain(): Problem {
  return new Problem(
    401,
    'sign-in-again',
    {
      id: 'Untuk tindakan ini Anda harus baru saja masuk. Masuk kembali, lalu ulangi.',
      en: 'For this act you must have signed in just now. Sign in again, then do it again.',
    },
    { maxAgeSeconds: RECENT_SECONDS },
  );
}

function notSignedIn(): Problem {
  return new Problem(401, 'not-signed-in', {
    id: 'Anda belum masuk, atau tanda masuk Anda tidak berlaku lagi. Masuk kembali.',
    en: 'You are not signed in, or your token is no longer valid. Sign in again.',
  });
}
