/**
 * Every route the API answers, as its own server lists them, asked in every spelling by those who may not: without a token, and with the token
 * of someone whom the register does not know.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Product } from '../e2e/product.js';

export interface Route {
  readonly method: string;
  readonly url: string;
}

/** What anyone may open: health, the API's own description, the console's pages, the way in, and in the demo its issuer. */
const FOR_ANYONE = [
  /^\/health\//,
  /^\/openapi\.json$/,
  /^\/docs(-json|-yaml)?(\/|$)/,
  /^\/$/,
  /^\/konsol(\/|$)/,
  /^\/assets\//,
  /^\/session\/(sign-in|callback|back-channel-logout)$/,
  /^\/letters\/key$/,
  /^\/surat\//,
  /^\/tanda-terima\//,
  /^\/devices\/keys$/,
  /^\/oidc\//,
];

export interface BypassReport {
  readonly routes: number;
  /** Routes that let in who may not, as they are written. */
  readonly unguardedRoutes: number;
  readonly bypassVariants: number;
  /** Variants that let in who may not. */
  readonly accepted: number;
  readonly let: readonly string[];
}

/** The routes as an API of this product lists them that does not listen: in a process of its own, from the build. */
export async function routesOf(product: Product): Promise<readonly Route[]> {
  const program = `
    import 'reflect-metadata';
    const { createApi } = await import('./dist/apps/api/src/api.js');
    const { readSettings } = await import('./dist/apps/api/src/settings.js');
    const api = await createApi(readSettings(process.env));
    process.stdout.write(JSON.stringify(api.routes.map(({ method, url }) => ({ method, url }))), () => process.exit(0));`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program], {
    env: {
      ...process.env,
      NODE_OPTIONS: '',
      TEGAS_DATABASE_URL: product.database.url,
      TEGAS_HOME: product.home,
      TEGAS_PORT: String(product.port),
      TEGAS_DEMO: '1',
    },
    maxBuffer: 10_000_000,
  });
  return JSON.parse(stdout);
}

const UUID = '3f2a8c10-5b7d-4e64-9a01-c2d3e4f50617';

/** A route's path with something in the place of what it names, in every spelling that has fooled a guard before. */
function spellings(url: string): readonly string[] {
  const path = url.replace(/:[A-Za-z]+/g, UUID).replace(/\*/g, 'x');
  const [first = ''] = path.split('/').slice(1);
  const rest = path.slice(first.length + 1);
  return [
    path,
    `${path}/`,
    `/${path}`,
    `${path}//`,
    `/%2e${path}`,
    `/%2e%2e${path}`,
    `/x/..${path}`,
    `${path};x`,
    `${path}%00`,
    `${path}%20`,
    `${path}.json`,
    `${path}?x=1`,
    `/${first.toUpperCase()}${rest}`,
    `/%${first.charCodeAt(0).toString(16)}${first.slice(1)}${rest}`,
    `/${first}%2f${rest.slice(1)}`,
    `/\\${first}${rest}`,
  ];
}

const NONE: Record<string, string> = {};
const OVERRIDES: readonly Record<string, string>[] = [
  { 'x-http-method-override': 'GET' },
  { 'x-http-method': 'GET' },
  { 'x-method-override': 'GET' },
  { 'x-original-url': '/health/live' },
  { 'x-rewrite-url': '/health/live' },
  { 'x-forwarded-for': '127.0.0.1', 'x-forwarded-host': 'localhost', 'x-forwarded-proto': 'https' },
  { authorization: 'Bearer ' },
  { authorization: 'Basic YWRtaW46YWRtaW4=' },
];

/** `stranger`: a login that the issuer signs for and the register does not know. */
export async function tryBypasses(
  product: Product,
  routes: readonly Route[],
  stranger: string,
  options: { readonly every?: number; readonly tried?: (count: number) => void } = {},
): Promise<BypassReport> {
  const guarded = routes.filter(({ url }) => !FOR_ANYONE.some((pattern) => pattern.test(url)));
  const { every = 1 } = options;
  const letIn: string[] = [];
  const unguarded = new Set<string>();
  const variants = guarded.flatMap(({ method, url }) => [
    ...spellings(url).flatMap((path) => [
      { method, url, path, headers: NONE },
      { method: 'HEAD', url, path, headers: NONE },
      { method: 'OPTIONS', url, path, headers: NONE },
    ]),
    ...OVERRIDES.flatMap((headers) =>
      [method, 'POST', 'GET'].map((other) => ({ method: other, url, path: spellings(url)[0] ?? '', headers })),
    ),
  ]);
  const chosen = variants.filter((_, at) => at % every === 0);
  let tried = 0;
  const tryOne = async ({ method, url, path, headers }: (typeof variants)[number]): Promise<void> => {
    const body = ['GET', 'HEAD', 'OPTIONS'].includes(method) ? undefined : '{}';
    const withBody = body === undefined ? {} : { 'content-type': 'application/json' };
    const bare = await product.send(method, path, { ...withBody, ...headers }, body);
    tried += 1;
    options.tried?.(tried);
    if (isLetIn(bare.status)) {
      letIn.push(`${method} ${path} ${JSON.stringify(headers)}: ${bare.status}`);
      if (path === spellings(url)[0] && Object.keys(headers).length === 0) unguarded.add(`${method} ${url}`);
    }
    // What is signed-in’s own is shown to a stranger too; everything about cases, persons and the register is not.
    if (!ABOUT_WORK.test(url) || headers.authorization !== undefined) return;
    const known = await product.sendAs(stranger, method, path, { ...withBody, ...headers }, body);
    if (isLetIn(known.status) && !isEmptyList(known.body)) letIn.push(`a stranger: ${method} ${path}: ${known.status}`);
  };
  const waiting = chosen.values();
  await Promise.all(
    Array.from({ length: 8 }, async () => {
      for (const variant of waiting) await tryOne(variant);
    }),
  );
  return {
    routes: guarded.length,
    unguardedRoutes: unguarded.size,
    bypassVariants: tried,
    accepted: letIn.length,
    let: letIn,
  };
}

const ABOUT_WORK = /^\/(cases|persons|matches|referrals|worklist|clocks|jobs|procedures\/drafts)/;

/** Anything that is not refused: a redirect leads somewhere. */
function isLetIn(status: number): boolean {
  return status < 400 || status >= 500;
}

function isEmptyList(body: unknown): boolean {
  const { items } = (typeof body === 'object' && body !== null ? body : {}) as { items?: unknown };
  return Array.isArray(items) && items.length === 0;
}
