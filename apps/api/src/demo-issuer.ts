/**
 * An OpenID Connect issuer for the demo only (`oidc-provider`): each demo person is a client that gets a token for themselves. It signs
 * anyone in, so it refuses to exist in production and its keys and secret are made per clone, in `.tegas/`.
 */
import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { exportJWK, generateKeyPair, type JWK } from 'jose';
import { Provider } from 'oidc-provider';

const MOUNT = '/oidc';
const TOKEN_SECONDS = 3600;

interface DemoKeys {
  readonly jwk: JWK & { kty: string };
  readonly clientSecret: string;
}

export async function mountDemoIssuer(
  server: FastifyInstance,
  options: { readonly home: string; readonly issuer: string; readonly audience: string; readonly logins: readonly string[] },
): Promise<void> {
  if (process.env.NODE_ENV === 'production') throw new Error('The demo issuer refuses to run with NODE_ENV=production');
  const { jwk, clientSecret } = await demoKeys(options.home);
  const provider = new Provider(options.issuer, {
    clients: options.logins.map((login) => ({
      client_id: login,
      client_secret: clientSecret,
      grant_types: ['client_credentials'],
      redirect_uris: [],
      response_types: [],
      id_token_signed_response_alg: 'ES256',
      token_endpoint_auth_method: 'client_secret_post',
    })),
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
    scope.all(`${MOUNT}/*`, async (request, reply) => {
      const raw = Object.assign(request.raw, { originalUrl: request.raw.url, baseUrl: MOUNT });
      raw.url = raw.url?.slice(MOUNT.length) ?? '/';
      reply.hijack();
      await handle(raw, reply.raw);
    });
  });
}

function resource(audience: string): string {
  return `urn:${audience}`;
}

async function demoKeys(home: string): Promise<DemoKeys> {
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
