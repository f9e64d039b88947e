/**
 * An OpenID Connect issuer for the demo only (`oidc-provider`): each demo person is a client that gets a token for themselves, and the
 * console is a client whose users pick a person with one click. It signs anyone in, so it refuses to exist in production and its keys and
 * secret are made per clone, in `.tegas/`.
 */
import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { exportJWK, generateKeyPair, type JWK } from 'jose';
import { errors, Provider } from 'oidc-provider';
import { DEMO_PAGE_CSP, type DemoPerson, demoSignInPage } from './demo-sign-in-page.js';

const MOUNT = '/oidc';
const TOKEN_SECONDS = 3600;

export interface DemoKeys {
  readonly jwk: JWK & { kty: string };
  readonly clientSecret: string;
}

export async function mountDemoIssuer(
  server: FastifyInstance,
  options: {
    readonly keys: DemoKeys;
    readonly issuer: string;
    readonly audience: string;
    readonly logins: readonly string[];
    readonly console: { readonly clientId: string; readonly callback: string };
    /** Whom the page offers, as the register stands when it is asked. */
    readonly people: () => readonly DemoPerson[];
  },
): Promise<void> {
  if (process.env.NODE_ENV === 'production') throw new Error('The demo issuer refuses to run with NODE_ENV=production');
  const { jwk, clientSecret } = options.keys;
  const provider: Provider = new Provider(options.issuer, {
    clients: [
      ...options.logins.map((login) => ({
        client_id: login,
        client_secret: clientSecret,
        grant_types: ['client_credentials'],
        redirect_uris: [],
        response_types: [],
        id_token_signed_response_alg: 'ES256' as const,
        token_endpoint_auth_method: 'client_secret_post' as const,
      })),
      {
        client_id: options.console.clientId,
        client_secret: clientSecret,
        grant_types: ['authorization_code'],
        redirect_uris: [options.console.callback],
        response_types: ['code'],
        id_token_signed_response_alg: 'ES256',
        token_endpoint_auth_method: 'client_secret_basic',
      },
    ],
    findAccount: (_ctx, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
    interactions: { url: (_ctx, interaction) => `${MOUNT}/interaction/${interaction.uid}` },
    // Nothing to consent to: the console is the office's own.
    loadExistingGrant: async ({ oidc: { client, session } }) => {
      const grant = new provider.Grant({ clientId: client?.clientId ?? '', accountId: session?.accountId ?? '' });
      grant.addOIDCScope('openid');
      await grant.save();
      return grant;
    },
    jwks: { keys: [{ ...jwk, use: 'sig', alg: 'ES256', kid: 'demo' }] },
    cookies: { keys: [clientSecret] },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => resource(options.audience),
        useGrantedResource: () => true,
        getResourceServerInfo: () => ({
          scope: 'tegas',
          audience: options.audience,
          accessTokenTTL: TOKEN_SECONDS,
          accessTokenFormat: 'jwt',
          jwt: { sign: { alg: 'ES256' } },
        }),
      },
    },
  });
  const handle = provider.callback();
  await server.register(async (scope) => {
    // The issuer reads its own bodies from the raw request.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', (_request, _payload, done) => done(null));
    scope.get(`${MOUNT}/interaction/:uid`, async (request, reply) => {
      const { params } = await provider.interactionDetails(request.raw, reply.raw);
      reply.header('Content-Security-Policy', DEMO_PAGE_CSP).type('text/html; charset=utf-8');
      return demoSignInPage(options.people(), params.ui_locales === 'en' ? 'en' : 'id');
    });
    scope.post(`${MOUNT}/interaction/:uid`, async (request, reply) => {
      const login = new URLSearchParams(await textOf(request.raw)).get('login');
      const person = options.people().find((p) => p.login === login);
      if (person === undefined) return reply.code(400).send('There is no such demo person');
      await provider.interactionDetails(request.raw, reply.raw);
      reply.hijack();
      await provider.interactionFinished(request.raw, reply.raw, { login: { accountId: person.login } });
    });
    // A page that was left open too long: back to the console, which begins anew.
    scope.setErrorHandler((error, _request, reply) => {
      if (error instanceof errors.SessionNotFound) return reply.redirect('/', 302);
      throw error;
    });
    scope.all(`${MOUNT}/*`, async (request, reply) => {
      const raw = Object.assign(request.raw, { originalUrl: request.raw.url, baseUrl: MOUNT });
      raw.url = raw.url?.slice(MOUNT.length) ?? '/';
      reply.hijack();
      await handle(raw, reply.raw);
    });
  });
}

async function textOf(stream: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

function resource(audience: string): string {
  return `urn:${audience}`;
}

/** Made on first use and kept beside the data. */
export async function demoKeys(home: string): Promise<DemoKeys> {
  const file = join(home, 'demo-issuer.json');
  try {
    return JSON.parse(await readFile(file, 'utf8')) as DemoKeys;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    const { privateKey } = await generateKeyPair('ES256', { extractable: true });
    const { kty, ...rest } = await exportJWK(privateKey);
    if (kty === undefined) throw new Error('A key without a type was made');
    const keys: DemoKeys = { jwk: { kty, ...rest }, clientSecret: randomBytes(32).toString('base64url') };
    await writeFile(file, JSON.stringify(keys), { mode: 0o600 });
    return keys;
  }
}
