/**
 * Promise R10: history cannot be altered unseen. A log of real cases, a checkpoint exported as an auditor does, then each attack on a copy of
 * the database, and the product's own commands to find it: on the instance, and offline on a bundle that the attacked instance wrote.
 */
import { execFile } from 'node:child_process';
import { cp, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { readCheckpoint } from '#audit/bundle.js';
import { CheckpointSigner } from '#audit/checkpoint-keys.js';
import { MerkleLog } from '#audit/merkle-log.js';
import { PostgresStore } from '#event-store/postgres-store.js';
import { openLog } from '#privacy/open-log.js';
import { cloneFolder } from '../../apps/cli/src/instance.js';
import { prepareDatabase } from '../../apps/cli/src/prepare-database.js';
import { repeat, takeThrough } from '../bench/cases.js';
import { attacks, rewriteLog } from './attacks.js';

/** How the attacker goes about the checkpoints. */
export const variants = {
  /** Knows what the auditor exported, leaves exactly that in the database, and has the product's own key sign the forged log: on a machine that forgot what it had signed. */
  'signer tricked': 'TRUNCATE merkle.checkpoint',
  /** Never saw what the auditor exported; removes every checkpoint. The signer remembers. */
  'checkpoint unseen': 'TRUNCATE merkle.checkpoint, merkle.checkpoint_key',
  /** Signs with a key of their own and gives it out as the product's. */
  'own key': 'TRUNCATE merkle.checkpoint, merkle.checkpoint_key',
} as const;
export type Variant = keyof typeof variants;

export interface TamperOptions {
  /** Of a server whose databases may be made and dropped, as superuser. */
  readonly serverUrl: string;
  /** A folder of its own. */
  readonly scratch: string;
  readonly cases: number;
  readonly variants: readonly Variant[];
  readonly note: (line: string) => void;
}

export interface TamperResult {
  readonly attacks: number;
  /** Found in every variant, on the instance and offline. */
  readonly found: number;
  readonly runs: readonly {
    readonly attack: string;
    readonly variant: Variant;
    readonly instance: boolean;
    readonly offline: boolean;
  }[];
  /** Variants in which the signer itself refused to sign the forged log. */
  readonly refusedToSign: number;
  /** Findings of logs that nobody touched, that grew honestly, and whose Merkle log was made anew: none. */
  readonly falseAlarms: number;
  readonly events: number;
}

interface Ran {
  readonly code: number;
  readonly out: { readonly verified?: boolean; readonly findings?: readonly object[] };
  readonly err: string;
}

export async function tamperRun({ serverUrl, scratch, cases, variants: chosen, note }: TamperOptions): Promise<TamperResult> {
  const home = join(scratch, 'home');
  const kept = join(scratch, 'kept-elsewhere');
  const base = await createDatabase(serverUrl, 'tamper_base');
  await prepareDatabase({ databaseUrl: base, home, progress: quiet });
  await write(base, home, cases);
  await tegas({ databaseUrl: base, home }, ['export', 'checkpoint', '--out', kept]);
  await write(base, home, 2); // what came after it
  const { checkpoint } = await readCheckpoint(kept);

  note('untouched');
  const honest = await honestRun({ databaseUrl: base, home }, kept, join(scratch, 'honest'));
  const runs: TamperResult['runs'][number][] = [];
  let refusedToSign = 0;
  for (const [attack, rewrite] of Object.entries(attacks))
    for (const variant of chosen) {
      const name = `tamper_${runs.length}`;
      const databaseUrl = await createDatabase(serverUrl, name, 'tamper_base');
      await rewriteLog(databaseUrl, rewrite, checkpoint.size);
      await execute(databaseUrl, variants[variant]);
      const keys = await keysFor(variant, home, join(scratch, name));
      const at = { databaseUrl, home, keys };
      const live = await tegas(at, ['verify', '--checkpoint', kept, '--json']);
      const bundle = join(scratch, name, 'bundle');
      const exported = await tegas(at, ['export', 'bundle', '--all', '--out', bundle]);
      if (/signed/.test(exported.err)) refusedToSign += 1;
      const offline = await tegas({}, ['verify', bundle, '--checkpoint', kept, '--json']);
      runs.push({ attack, variant, instance: isFound(live), offline: isFound(offline) });
      note(
        `${attack}, ${variant}: ${isFound(live) ? 'found' : 'NOT FOUND'}, offline ${isFound(offline) ? 'found' : 'NOT FOUND'}`,
      );
      await execute(serverUrl, `DROP DATABASE ${pg.escapeIdentifier(name)} WITH (FORCE)`);
      await rm(join(scratch, name), { recursive: true, force: true });
    }
  const names = Object.keys(attacks);
  return {
    attacks: names.length,
    found: names.filter((name) => runs.every(({ attack, instance, offline }) => attack !== name || (instance && offline))).length,
    runs,
    refusedToSign,
    ...honest,
  };
}

const quiet = { step: () => undefined, at: () => undefined, note: () => undefined, end: () => undefined };

/** Found, and not merely failed: what was found is said. */
function isFound({ code, out }: Ran): boolean {
  return code === 1 && out.verified === false && (out.findings ?? []).length > 0;
}

async function honestRun(at: Instance, kept: string, scratch: string): Promise<{ falseAlarms: number; events: number }> {
  const live = await tegas(at, ['verify', '--checkpoint', kept, '--json']);
  const bundle = join(scratch, 'bundle');
  const exported = await tegas(at, ['export', 'bundle', '--all', '--out', bundle, '--json']);
  const offline = await tegas({}, ['verify', bundle, '--checkpoint', kept, '--json']);
  await tegas(at, ['rebuild', 'merkle_log']);
  const rebuilt = await tegas(at, ['verify', '--checkpoint', kept, '--json']);
  const all = [live, exported, offline, rebuilt];
  const { events = 0 } = exported.out as { events?: number };
  return {
    falseAlarms: all.filter(({ code }) => code !== 0).length + all.reduce((sum, { out }) => sum + (out.findings ?? []).length, 0),
    events,
  };
}

interface Instance {
  readonly databaseUrl?: string;
  readonly home?: string;
  /** The file of keys that the instance signs with, unless that of its home. */
  readonly keys?: string;
}

/** One command, as anyone would give it; offline without any database. */
async function tegas({ databaseUrl, home, keys }: Instance, args: readonly string[]): Promise<Ran> {
  const env = {
    PATH: process.env.PATH,
    NODE_ENV: 'test',
    TEGAS_DATABASE_URL: databaseUrl ?? 'postgresql://nobody@127.0.0.1:1/nothing',
    TEGAS_HOME: home ?? join(cloneFolder(), 'nowhere'),
    ...(keys === undefined ? {} : { TEGAS_CHECKPOINT_KEYS: keys }),
  };
  const program = join(cloneFolder(), 'dist', 'apps', 'cli', 'src', 'main.js');
  return new Promise((resolve) => {
    execFile(process.execPath, [program, ...args], { env, maxBuffer: 100_000_000 }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
      resolve({ code, out: args.includes('--json') && stdout.startsWith('{') ? JSON.parse(stdout) : {}, err: stderr });
    });
  });
}

/** With what the attacked instance signs. */
async function keysFor(variant: Variant, home: string, folder: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  const file = join(folder, 'checkpoint-keys.json');
  if (variant === 'checkpoint unseen') {
    await cp(join(home, 'last-checkpoint'), join(folder, 'last-checkpoint'));
    await cp(join(home, 'checkpoint-keys.json'), file);
  } else if (variant === 'signer tricked') await cp(join(home, 'checkpoint-keys.json'), file);
  else await CheckpointSigner.createIfMissing(file, '2026-01-01T00:00:00.000Z');
  return file;
}

async function createDatabase(serverUrl: string, name: string, template?: string): Promise<string> {
  const id = pg.escapeIdentifier(name);
  await execute(serverUrl, `DROP DATABASE IF EXISTS ${id}`);
  await execute(serverUrl, `CREATE DATABASE ${id}${template === undefined ? '' : ` TEMPLATE ${pg.escapeIdentifier(template)}`}`);
  return Object.assign(new URL(serverUrl), { pathname: `/${name}` }).href;
}

async function execute(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  await client.query(sql).finally(() => client.end());
}

/** Cases of about thirty acts each, as the product writes them. */
async function write(databaseUrl: string, home: string, cases: number): Promise<void> {
  const opened = await openLog({ databaseUrl, home, movableTime: false, follow: false });
  try {
    await repeat(opened, await takeThrough(opened, 'determined'), cases);
    const store = new PostgresStore(opened.pool, { listen: false });
    await (await MerkleLog.open(opened.pool, store)).catchUp(store);
  } finally {
    await opened.close();
  }
}
