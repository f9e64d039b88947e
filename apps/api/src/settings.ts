/** What the API is told by its environment, checked once at start: a missing or unsafe value is one sentence that names the variable. */
import { type DocumentSettings, documentSettings } from '#evidence/settings.js';
import type { Rate, RateSettings } from './rate-limits.js';

export interface ApiSettings {
  readonly databaseUrl: string;
  /** Where the queue of alarms is, if not in the database; for the job board. */
  readonly redisUrl?: string;
  readonly home: string;
  readonly documents: DocumentSettings;
  readonly host: string;
  readonly port: number;
  /** Where browsers reach it, without a slash at the end: `https://tegas.example`. Cookies and the sign-in's way back rest on it. */
  readonly publicUrl: string;
  /** The demo issuer runs inside this process and time may be moved. Never in production. */
  readonly demo: boolean;
  /** How many requests are taken from one official and one address; absent: as many as come (the demo, unless told). */
  readonly rates?: RateSettings;
  /** How long a determination and its service are held before they take effect; 0: not at all. */
  readonly holdSeconds: number;
  /** How often an open screen is told that its connection stands, and asked whether its session does. */
  readonly liveBeatSeconds: number;
  /** A request that has not been sent whole by then is given up: it holds a connection, and an upload one of a few places. */
  readonly requestSeconds: number;
  /** Addresses or networks of the proxies in front, which say whose request it is. */
  readonly trustedProxies?: readonly string[];
  readonly oidc: {
    readonly issuer: string;
    readonly audience: string /** Absent: by discovery from the issuer. */;
    readonly jwksUri?: string;
    /** Who the console's sign-in is to the issuer; the demo issuer gives it a secret of its own. */
    readonly client: { readonly id: string; readonly secret?: string };
  };
}

/** The console's client id where nothing else is said. */
const CONSOLE_CLIENT = 'tegas-console';

export function readSettings(env: NodeJS.ProcessEnv): ApiSettings {
  const port = Number(env.TEGAS_PORT ?? '3000');
  if (!Number.isInteger(port) || port < 1 || port > 65535)
    throw new Error(`TEGAS_PORT must be a port number, not ${env.TEGAS_PORT}`);
  const demo = env.TEGAS_DEMO === '1';
  if (demo && env.NODE_ENV === 'production')
    throw new Error(
      'TEGAS_DEMO=1 runs an issuer that signs anyone in: it refuses NODE_ENV=production. Set TEGAS_OIDC_ISSUER instead.',
    );
  const issuer = env.TEGAS_OIDC_ISSUER ?? (demo ? `http://localhost:${port}/oidc` : undefined);
  if (issuer === undefined) throw new Error('TEGAS_OIDC_ISSUER must name the OpenID Connect issuer whose tokens are accepted');
  if (env.NODE_ENV === 'production' && !issuer.startsWith('https://'))
    throw new Error(`TEGAS_OIDC_ISSUER must begin with https://: whoever sits between could sign in as anyone, and is ${issuer}`);
  const publicUrl = (env.TEGAS_PUBLIC_URL ?? `http://localhost:${port}`).replace(/\/$/, '');
  if (!demo && env.TEGAS_PUBLIC_URL !== undefined && !publicUrl.startsWith('https://'))
    throw new Error(`TEGAS_PUBLIC_URL must begin with https://, so that session cookies travel encrypted, and is ${publicUrl}`);
  const secret = env.TEGAS_OIDC_CLIENT_SECRET;
  return {
    databaseUrl: required(env, 'TEGAS_DATABASE_URL'),
    ...(env.REDIS_URL ? { redisUrl: env.REDIS_URL } : {}),
    home: required(env, 'TEGAS_HOME'),
    documents: documentSettings(env, required(env, 'TEGAS_HOME')),
    // The demo signs anyone in, so it answers this machine only unless told otherwise.
    host: env.TEGAS_HOST ?? (demo ? '127.0.0.1' : '0.0.0.0'),
    port,
    publicUrl,
    demo,
    ...ratesIn(env, demo),
    holdSeconds: wholeSeconds('TEGAS_HOLD_SECONDS', env.TEGAS_HOLD_SECONDS ?? USUAL_HOLD_SECONDS, 0, LONGEST_HOLD_SECONDS),
    liveBeatSeconds: wholeSeconds('TEGAS_LIVE_BEAT_SECONDS', env.TEGAS_LIVE_BEAT_SECONDS ?? '20', 1, LONGEST_BEAT_SECONDS),
    requestSeconds: wholeSeconds('TEGAS_REQUEST_SECONDS', env.TEGAS_REQUEST_SECONDS ?? '120', 1, LONGEST_REQUEST_SECONDS),
    ...(env.TEGAS_TRUSTED_PROXIES ? { trustedProxies: env.TEGAS_TRUSTED_PROXIES.split(',').map((one) => one.trim()) } : {}),
    oidc: {
      issuer,
      audience: env.TEGAS_OIDC_AUDIENCE ?? 'tegas',
      client: { id: env.TEGAS_OIDC_CLIENT_ID ?? CONSOLE_CLIENT, ...(secret === undefined ? {} : { secret }) },
      ...(demo && env.TEGAS_OIDC_ISSUER === undefined ? { jwksUri: `http://127.0.0.1:${port}/oidc/jwks` } : {}),
    },
  };
}

const USUAL_HOLD_SECONDS = '30';
const LONGEST_HOLD_SECONDS = 600;

/** A screen whose session is over goes on for no longer than a minute: this, and how long a revocation takes to be known. */
const LONGEST_BEAT_SECONDS = 45;

const LONGEST_REQUEST_SECONDS = 3600;

function wholeSeconds(name: string, text: string, least: number, most: number): number {
  const seconds = Number(text);
  if (!Number.isInteger(seconds) || seconds < least || seconds > most)
    throw new Error(`${name} must be whole seconds from ${least} to ${most}, not ${text}`);
  return seconds;
}

const USUAL_PER_OFFICIAL = '300/20';
const USUAL_PER_ADDRESS = '3000/200';

function ratesIn(env: NodeJS.ProcessEnv, demo: boolean): { readonly rates?: RateSettings } {
  const { TEGAS_RATE_PER_OFFICIAL: official, TEGAS_RATE_PER_ADDRESS: address } = env;
  if (demo && official === undefined && address === undefined) return {};
  return {
    rates: {
      perOfficial: rateIn('TEGAS_RATE_PER_OFFICIAL', official ?? USUAL_PER_OFFICIAL),
      perAddress: rateIn('TEGAS_RATE_PER_ADDRESS', address ?? USUAL_PER_ADDRESS),
    },
  };
}

function rateIn(name: string, text: string): Rate {
  const [, burst, perSecond] = /^(\d{1,6})\/(\d{1,6})$/.exec(text) ?? [];
  if (burst === undefined || perSecond === undefined || Number(burst) < 1 || Number(perSecond) < 1)
    throw new Error(`${name} must be how many at once and how many a second, as ${USUAL_PER_OFFICIAL}, not ${text}`);
  return { burst: Number(burst), perSecond: Number(perSecond) };
}

function required(env: NodeJS.ProcessEnv, name: string): string {
  const value = env[name];
  if (value === undefined || value === '') throw new Error(`${name} must be set`);
  return value;
}
