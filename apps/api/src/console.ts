/**
 * The console's pages, under one origin with the API: `/` leads to `/konsol`, where every path is the console's own and gets its one page;
 * everything else stays the API's. Files carry their hash in their name, so they are kept for good; the page is asked for each time.
 */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import helmet from '@fastify/helmet';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { CONSOLE } from './session.js';

/** Where the page's template has the nonce for the styles that Mantine sets at run time. */
const NONCE = '%STYLE_NONCE%';

export async function serveConsole(server: FastifyInstance): Promise<void> {
  const built = consoleFolder();
  if (built === undefined) return;
  await server.register(helmet, { global: false });
  await server.register(fastifyStatic, {
    root: join(built, 'assets'),
    prefix: '/assets/',
    maxAge: '365d',
    immutable: true,
  });
  const answer = async (_request: unknown, reply: FastifyReply): Promise<string> => {
    // Read each time: a build made while this process runs has taken the files of the page before away.
    const page = await readFile(join(built, 'index.html'), 'utf8');
    reply.header('Cache-Control', 'no-store').type('text/html; charset=utf-8');
    return page.replaceAll(NONCE, reply.cspNonce.style);
  };
  server.get('/', (_request, reply) => reply.redirect(CONSOLE, 302));
  for (const [name, type] of Object.entries(INSTALLED))
    server.get(`${CONSOLE}/${name}`, { helmet: HEADERS }, async (_request, reply) =>
      // Asked for each time, and allowed for the console's pages: without its slash `/konsol` lies above this file.
      reply
        .header('Cache-Control', 'no-cache')
        .header('Service-Worker-Allowed', CONSOLE)
        .type(type)
        .send(await readFile(join(built, name))),
    );
  for (const path of [CONSOLE, `${CONSOLE}/*`]) server.get(path, { helmet: { enableCSPNonces: true, ...HEADERS } }, answer);
}

/** What makes of the console something to be installed, that opens without network (ADR 31). */
const INSTALLED: { readonly [file: string]: string } = {
  'service-worker.js': 'text/javascript; charset=utf-8',
  'manifest.webmanifest': 'application/manifest+json; charset=utf-8',
  'icon.svg': 'image/svg+xml',
};

const HEADERS = {
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      'default-src': ["'none'"],
      'script-src': ["'self'"],
      'style-src': ["'self'"],
      'img-src': ["'self'", 'data:'],
      'font-src': ["'self'"],
      'connect-src': ["'self'"],
      'worker-src': ["'self'"],
      'manifest-src': ["'self'"],
      'form-action': ["'self'"],
      'base-uri': ["'none'"],
      'frame-ancestors': ["'none'"],
    },
  },
  // The demo is http on localhost; a proxy that ends TLS says this for itself.
  strictTransportSecurity: false,
};

/** `dist/console`, found from the source as from the build; undefined where the console was not built. */
function consoleFolder(): string | undefined {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json')) && folder !== dirname(folder)) folder = dirname(folder);
  const built = join(folder, 'dist', 'console');
  return existsSync(join(built, 'index.html')) ? built : undefined;
}
