/** One global guard that denies by default: a token (machines) or a session (browsers) says who, the register says what role and which office. */
import { type CanActivate, type ExecutionContext, Injectable, SetMetadata } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { createRemoteJWKSet, errors, type JWTVerifyGetKey, jwtVerify } from 'jose';
import { Problem } from './problem-details.js';
import type { ApiSettings } from './settings.js';

const PUBLIC = 'tegas:public';
/** A route that answers anyone: health, the OpenAPI document and its page, the way in. Everything else is denied without a token or a session. */
export const Public = (): MethodDecorator & ClassDecorator => SetMetadata(PUBLIC, true);

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

@Injectable()
export class SignInGuard implements CanActivate {
  private keys: JWTVerifyGetKey | undefined;
  private readonly verified = new Map<string, { readonly subject: string; readonly until: number }>();

  constructor(
    private readonly reflector: Reflector,
    private readonly oidc: ApiSettings['oidc'],
    /** Whose session the request's cookie names, if any. */
    private readonly sessionOf: (request: FastifyRequest) => Promise<string | undefined>,
    /** Throws where log and read models do not belong together: writing on would fork the log. */
    private readonly refuseOtherStore: () => Promise<void>,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    if (this.reflector.getAllAndOverride<boolean | undefined>(PUBLIC, [context.getHandler(), context.getClass()]) === true)
      return true;
    const request = context.switchToHttp().getRequest<SignedInRequest>();
    request.official = await this.officialOf(request);
    await this.refuseOtherStore();
    return true;
  }

  /** Who asks, by token or session. @throws Problem 401 for nobody; 503 when the issuer is away */
  async officialOf(request: FastifyRequest): Promise<string> {
    const { authorization } = request.headers;
    // Who sends a header means it: a bad token is not saved by a good cookie.
    const token = /^Bearer ([\w-]+\.[\w-]+\.[\w-]+)$/i.exec(authorization ?? '')?.[1];
    const official =
      authorization === undefined ? await this.sessionOf(request) : token === undefined ? undefined : await this.subjectOf(token);
    if (official === undefined) throw notSignedIn();
    return official;
  }

  /** Who the token is for. @throws Problem 401 for a token that is expired, forged, or for someone else; 503 when the issuer is away. */
  private async subjectOf(token: string): Promise<string> {
    const earlier = this.verified.get(token);
    if (earlier !== undefined && Date.now() < earlier.until) return earlier.subject;
    this.verified.delete(token);
    try {
      this.keys ??= await remoteKeys(this.oidc);
      const { payload } = await jwtVerify(token, this.keys, {
        issuer: this.oidc.issuer,
        audience: this.oidc.audience,
        algorithms: ALGORITHMS,
        requiredClaims: ['exp', 'sub'],
      });
      if (!isLogin(payload.sub)) throw notSignedIn();
      const until = Math.min(Date.now() + VERIFIED_FOR_MS, (payload.exp ?? 0) * 1000);
      this.verified.set(token, { subject: payload.sub, until });
      const [oldest] = this.verified.keys();
      if (this.verified.size > MOST_VERIFIED && oldest !== undefined) this.verified.delete(oldest);
      return payload.sub;
    } catch (error) {
      if (error instanceof errors.JOSEError && !(error instanceof errors.JWKSTimeout)) throw notSignedIn();
      if (error instanceof Problem) throw error;
      throw new Problem(503, 'issuer-away', {
        id: 'Penerbit tanda masuk tidak dapat dihubungi. Coba lagi sebentar lagi.',
        en: 'The sign-in issuer cannot be reached. Try again in a moment.',
      });
    }
  }
}

async function remoteKeys(oidc: ApiSettings['oidc']): Promise<JWTVerifyGetKey> {
  if (oidc.jwksUri !== undefined) return createRemoteJWKSet(new URL(oidc.jwksUri));
  const discovery = await fetch(`${oidc.issuer.replace(/\/$/, '')}/.well-known/openid-configuration`, {
    signal: AbortSignal.timeout(5000),
  });
  const { jwks_uri: jwksUri, issuer } = (await discovery.json()) as { jwks_uri?: string; issuer?: string };
  if (jwksUri === undefined || issuer !== oidc.issuer)
    throw new Error('The issuer’s discovery document names another issuer or no keys');
  return createRemoteJWKSet(new URL(jwksUri));
}

function notSignedIn(): Problem {
  return new Problem(401, 'not-signed-in', {
    id: 'Anda belum masuk, atau tanda masuk Anda tidak berlaku lagi. Masuk kembali.',
    en: 'You are not signed in, or your token is no longer valid. Sign in again.',
  });
}
