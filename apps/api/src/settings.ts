/** What the API is told by its environment, checked once at start: a missing or unsafe value is one sentence that names the variable. */
export interface ApiSettings {
  readonly databaseUrl: string;
  readonly home: string;
  readonly host: string;
  readonly port: number;
  /** The demo issuer runs inside this process and time may be moved. Never in production. */
  readonly demo: boolean;
  readonly oidc: {
    readonly issuer: string;
    readonly audience: string /** Absent: by discovery from the issuer. */;
    readonly jwksUri?: string;
  };
}

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
  return {
    databaseUrl: required(env, 'TEGAS_DATABASE_URL'),
    home: required(env, 'TEGAS_HOME'),
    // The demo signs anyone in, so it answers this machine only unless told otherwise.
    host: env.TEGAS_HOST ?? (demo ? '127.0.0.1' : '0.0.0.0'),
    port,
    demo,
    oidc: {
      issuer,
      audience: env.TEGAS_OIDC_AUDIENCE ?? 'tegas',
      ...(demo && env.TEGAS_OIDC_ISSUER === undefined ? { jwksUri: `http://127.0.0.1:${port}/oidc/jwks` } : {}),
    },
  };
}

function required(env: NodeJS.ProcessEnv, name: string): string {
  const value = env[name];
  if (value === undefined || value === '') throw new Error(`${name} must be set`);
  return value;
}
