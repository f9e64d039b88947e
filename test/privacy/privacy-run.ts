/**
 * Control S11 and the end of a person's data: after every flow, no plaintext but where the design has it, in the tables that are rebuilt;
 * after the destruction of everyone's keys by two people, none anywhere, while every proof verifies and the read models equal their rebuild.
 */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Post, Receiver } from '../../apps/worker/src/testing/outside.js';
import { freePort } from '../e2e/app-process.js';
import { Product } from '../e2e/product.js';
import { Flows } from './flows.js';

/** Rebuilt from the log whenever that is wished: answers to facts stand there in the clear, as long as their keys do (ADR 26, 30). */
const IN_THE_CLEAR = ['read.case_facts'];
/** Other processes than the one that destroys a key may have it in hand for so long. */
const KEYS_HELD_MS = 31_000;
/** Longer than the longest retention. */
const YEARS = 60;
const YEAR_MS = 365.25 * 86_400_000;
const READERS = ['officer.kupang', 'supervisor.kupang', 'auditor.ntt', 'minister', 'officer.atambua', 'supervisor.atambua'];

export interface PrivacyReport {
  /** Routes that took a person's words. */
  readonly flows: number;
  readonly canaries: number;
  /** Fields of the API's description that take words, and took no canary. */
  readonly missing: readonly string[];
  readonly personsDestroyed: number;
  /** Places that held a canary where none may be, in life or afterwards. */
  readonly plaintextFound: number;
  readonly where: readonly string[];
  readonly proofsVerify: boolean;
  readonly readModelsEqual: boolean;
}

/** The product with everything around it that a person's words could come to: mail, webhooks, a queue of alarms, what it prints. */
export class Watched {
  private constructor(
    readonly product: Product,
    readonly flows: Flows,
    private readonly folder: string,
    private readonly post: Post,
    private readonly receiver: Receiver,
    private readonly redis: Redis | undefined,
  ) {}

  /** Leads every flow. `redis`: its program, where the queue of alarms is to be there and not in PostgreSQL. */
  static async lead(redisProgram?: string): Promise<Watched> {
    const folder = await mkdtemp(join(tmpdir(), 'tegas-privacy-'));
    const [post, receiver] = [new Post(), new Receiver()];
    await Promise.all([post.open(), receiver.open()]);
    const redis = redisProgram === undefined ? undefined : await Redis.start(redisProgram, join(folder, 'redis'));
    let product: Product | undefined;
    try {
      await setOutlets(folder, post, receiver, redis);
      product = await Product.start({ remember: 10_000_000 });
      return new Watched(product, await Flows.lead(product), folder, post, receiver, redis);
    } catch (error) {
      const said = `${product?.said('api')}\n${product?.said('worker')}`;
      await product?.stop();
      await Promise.all([post.close(), receiver.close(), redis?.stop()]);
      await rm(folder, { recursive: true, force: true });
      throw new Error(
        `The flows did not come to their end: ${error instanceof Error ? error.stack : error}\n${said.slice(-4_000)}`,
      );
    }
  }

  async stop(): Promise<void> {
    await this.product.stop();
    await Promise.all([this.post.close(), this.receiver.close(), this.redis?.stop()]);
    await rm(this.folder, { recursive: true, force: true });
  }

  /** Where a canary lies, the tables that may hold them apart. @throws Error when those hold none: then nothing was looked through. */
  async foundInLife(): Promise<readonly string[]> {
    const { pool } = this.product.database;
    await this.level();
    // What the server samples of the columns stands in a table of its own.
    await pool.query('ANALYZE');
    const exported = join(this.folder, 'in-life');
    for (const format of ['bundle', 'ocel', 'xes']) {
      const { code, stderr } = await this.tegas('export', format, '--all', '--out', `${exported}-${format}`);
      if (code !== 0) throw new Error(`The ${format} was not exported: ${stderr}`);
    }
    await this.tegas('export', 'checkpoint', '--out', join(this.folder, 'before'));
    const tables = await this.tablesHolding();
    const clear = IN_THE_CLEAR.filter((name) => !tables.includes(name));
    if (clear.length > 0) throw new Error(`${clear.join(' and ')} hold no canary: what is searched for is not what was said`);
    const outside = await this.outside();
    if (this.post.taken.length === 0 || this.receiver.taken.length === 0)
      throw new Error('No mail was sent, or no webhook: void');
    return [...tables.filter((name) => !IN_THE_CLEAR.includes(name) && name !== SAMPLES), ...outside].map(
      (one) => `in life: ${one}`,
    );
  }

  /** Everyone's keys, once retention is over: requested by one official, confirmed by another. Settles when the last certificate is there. */
  async destroyAll(): Promise<void> {
    const { product, flows } = this;
    await flows.settled(YEARS * YEAR_MS);
    for (const [personId, { supervisor }] of flows.persons)
      for (const [person, act] of [
        [supervisor, 'request'],
        ['ditjenim', 'confirm'],
      ] as const) {
        const { status, body } = await product.post(person, `/destructions/${personId}/${act}`, {});
        if (status !== 200) throw new Error(`${person} ${act}: ${status} ${JSON.stringify(body)}`);
      }
    for (const [personId, { supervisor }] of flows.persons)
      for (let tries = 0; (await product.get(supervisor, `/destructions/${personId}`)).body.destroyed === undefined; tries += 1) {
        if (tries > 300)
          throw new Error(`The destruction of a person was not carried out: ${product.said('worker').slice(-2_000)}`);
        await pause(100);
      }
    await this.level();
  }

  /** Settles when no process can have a key in hand that is destroyed: by waiting, or by starting the API anew. */
  async keysForgotten(how: 'wait' | 'restart'): Promise<void> {
    if (how === 'wait') return pause(KEYS_HELD_MS);
    await this.product.end('api', 'SIGTERM');
    await this.product.run('api');
  }

  /** `everyone`: the operator's commands too are asked of every case and person, not of one. */
  async foundAfterwards({ everyone }: { readonly everyone: boolean }): Promise<readonly string[]> {
    const found = [...(await this.tablesHolding()), ...(await this.outside()), ...(await this.shown(everyone))];
    return found.map((one) => `after destruction: ${one}`);
  }

  /** Live with a checkpoint of before, offline on a bundle, and by the API for each case. */
  async proofsVerify(): Promise<boolean> {
    const before = join(this.folder, 'before');
    const bundle = join(this.folder, 'after-bundle');
    const live = await this.tegas('verify', '--checkpoint', before, '--json');
    const exported = await this.tegas('export', 'bundle', '--all', '--out', bundle);
    const offline = await this.tegas('verify', bundle, '--checkpoint', before, '--json');
    const whole = [live, offline].every(({ code, stdout }) => code === 0 && JSON.parse(stdout).findings.length === 0);
    const proofs = await Promise.all(
      this.caseIds.map((caseId) => this.product.get('auditor.ntt', `/audit/proof/cases/${caseId}`)),
    );
    // Auditors of the province see every case but one of another's.
    return whole && exported.code === 0 && proofs.every(({ status }) => status === 200);
  }

  async readModelsEqual(): Promise<boolean> {
    const { code, stdout } = await this.tegas('rebuild', '--verify', '--json');
    return code === 0 && JSON.parse(stdout).equal === true;
  }

  private get caseIds(): readonly string[] {
    return [...this.flows.persons.values()].flatMap(({ caseIds }) => caseIds);
  }

  /** Every table of every schema, the server's own too, row by row. */
  private async tablesHolding(): Promise<readonly string[]> {
    const { pool } = this.product.database;
    const { rows: tables } = await pool.query<{ name: string }>(
      `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables UNION SELECT 'pg_catalog.pg_stat_activity' ORDER BY 1`,
    );
    const holding: string[] = [];
    for (const { name } of tables) {
      const { rows } = await pool.query<{ row: string }>(`SELECT row::text AS row FROM ${name} AS row`);
      if (rows.some(({ row }) => this.flows.canaries.foundIn(row ?? '').length > 0)) holding.push(name);
    }
    return holding;
  }

  /** What processes printed, mails and webhooks, the queue, the documents, what was exported. */
  private async outside(): Promise<readonly string[]> {
    const { product, post, receiver } = this;
    const texts: (readonly [string, string])[] = [
      ['what the API printed', product.said('api')],
      ['what the worker printed', product.said('worker')],
      ['mail', `${post.texts()}${JSON.stringify(post.taken)}`],
      ['webhooks', JSON.stringify(receiver.taken)],
    ];
    for (const folder of [product.home, this.folder])
      for (const file of await filesIn(folder)) texts.push([file.slice(folder.length + 1), await readFile(file, 'latin1')]);
    return texts.flatMap(([where, text]) => this.flows.canaries.foundIn(text).map((what) => `${where}: ${what}`));
  }

  /** What officials and operators are shown of those who were destroyed. */
  private async shown(everyone: boolean): Promise<readonly string[]> {
    const { product, flows } = this;
    const parts = ['', '/history?limit=200', '/determination', '/actions', '/person', '/letters', '/documents'];
    const lists = [
      '/worklist',
      '/clocks',
      '/matches',
      '/referrals',
      '/audit/reads',
      '/audit/break-glass?status=all',
      '/notifications',
      '/delegations',
    ];
    const paths = [
      ...this.caseIds.flatMap((caseId) => parts.map((part) => `/cases/${caseId}${part}`)),
      ...flows.elsewhere,
      ...lists,
    ];
    const found: string[] = [];
    let answered = 0;
    const look = (where: string, text: string) => {
      const named = flows.canaries.namedIn(text).filter((one) => ![...flows.staying].some((word) => one.startsWith(word)));
      found.push(...named.map((one) => `${where} shows ${one}`));
    };
    for (const path of paths)
      for (const person of READERS) {
        const { status, body } = await product.get(person, path);
        if (status === 200) answered += 1;
        look(`${path}, to ${person},`, JSON.stringify(body));
      }
    if (answered < paths.length) throw new Error(`Only ${answered} of ${paths.length} paths were shown to anyone: void`);
    const asked = <T>(all: readonly T[]): readonly T[] => (everyone ? all : all.slice(-1));
    for (const caseId of asked(this.caseIds)) look('tegas history', (await this.tegas('history', caseId, '--json')).stdout);
    for (const personId of asked([...flows.persons.keys()])) {
      const out = join(this.folder, `${personId}.json`);
      await this.tegas('export', 'person', personId, '--out', out);
      look('tegas export person', await readFile(out, 'utf8'));
      await rm(out);
    }
    return found;
  }

  /** Every read model has come to the head of the log. */
  private async level(): Promise<void> {
    const { product } = this;
    const position = (await product.events()).at(-1)?.position ?? '0';
    for (const path of ['/worklist', '/clocks', '/matches', '/referrals'])
      await product.get('supervisor.kupang', `${path}?atLeastPosition=${position}`);
    for (let tries = 0; tries < 200; tries += 1) {
      const { rows } = await product.database.pool.query<{ behind: number }>(
        'SELECT count(*)::int AS behind FROM read.checkpoint WHERE position < $1',
        [position],
      );
      if (rows[0]?.behind === 0) return;
      await pause(100);
    }
    throw new Error('A read model did not come to the head of the log');
  }

  private async tegas(...args: readonly string[]): Promise<{ code: number; stdout: string; stderr: string }> {
    const env = {
      ...process.env,
      NODE_OPTIONS: '',
      TEGAS_DATABASE_URL: this.product.database.url,
      TEGAS_HOME: this.product.home,
    };
    const options = { env, maxBuffer: 100_000_000 };
    return promisify(execFile)(process.execPath, ['dist/apps/cli/src/main.js', ...args], options).then(
      ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
      ({ code, stdout, stderr }) => ({ code, stdout, stderr }),
    );
  }
}

/** What the server samples of columns, so that it plans well: of the tables that stand in the clear, while they do. */
const SAMPLES = 'pg_catalog.pg_statistic';

/** The whole run: led, looked through, destroyed, looked through again. `note` says what goes on. */
export async function privacyRun(watched: Watched, note: (line: string) => void = () => undefined): Promise<PrivacyReport> {
  const { flows } = watched;
  note('Looked through in life');
  const inLife = await watched.foundInLife();
  note('Destroyed');
  await watched.destroyAll();
  await watched.keysForgotten('wait');
  note('Looked through afterwards');
  const where = [...inLife, ...(await watched.foundAfterwards({ everyone: true }))];
  return {
    flows: flows.count,
    canaries: flows.canaries.count,
    missing: flows.missing,
    personsDestroyed: flows.persons.size,
    plaintextFound: where.length,
    where,
    proofsVerify: await watched.proofsVerify(),
    readModelsEqual: await watched.readModelsEqual(),
  };
}

/** Where the worker is told that mail and webhooks go. Of this process alone, and of those it starts. */
async function setOutlets(folder: string, post: Post, receiver: Receiver, redis: Redis | undefined): Promise<void> {
  const files = { addresses: join(folder, 'addresses.json'), webhooks: join(folder, 'webhooks.json') };
  await writeFile(files.addresses, JSON.stringify({ 'supervisor.kupang': 'supervisor@kantor.test' }));
  const secret = `whsec_${Buffer.from('a secret of thirty-two bytes ....').toString('base64')}`;
  const types = ['ClockWarned', 'ClockEscalated', 'ApplicationLodged', 'DeterminationApproved', 'GlassBroken', 'FindingRecorded'];
  await writeFile(files.webhooks, JSON.stringify([{ name: 'registry', url: receiver.url.href, secret, types }]));
  process.env.TEGAS_SMTP_URL = post.url;
  process.env.TEGAS_MAIL_FROM = 'tegas@kantor.test';
  process.env.TEGAS_MAIL_ADDRESSES = files.addresses;
  process.env.TEGAS_WEBHOOKS = files.webhooks;
  if (redis !== undefined) process.env.REDIS_URL = redis.url;
}

/** A Redis that writes down everything it is ever told, in its folder. */
class Redis {
  private constructor(
    readonly url: string,
    readonly stop: () => Promise<void>,
  ) {}

  static async start(program: string, folder: string): Promise<Redis> {
    await mkdir(folder, { recursive: true });
    const port = await freePort();
    const written = ['--appendonly', 'yes', '--appendfsync', 'always', '--auto-aof-rewrite-percentage', '0'];
    const child = spawn(program, ['--port', `${port}`, '--bind', '127.0.0.1', '--save', '', '--dir', folder, ...written], {
      stdio: 'ignore',
    });
    const ended = once(child, 'exit');
    const stop = async (): Promise<void> => {
      child.kill('SIGTERM');
      await ended;
    };
    await pause(500);
    if (child.exitCode !== null) throw new Error(`${program} did not start`);
    return new Redis(`redis://127.0.0.1:${port}`, stop);
  }
}

async function filesIn(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}
