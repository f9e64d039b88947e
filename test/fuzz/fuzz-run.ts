/**
 * Control S4: requests for every route, as they should be and as nobody should send them, by every kind of official and by nobody, on cases at
 * every stage. Bad input is told so as a problem document; it never ends in a fault of ours, an unanswered request, or a process that is gone.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { stages } from '../access/cases.js';
import { bodyOf, type Field, oracle } from '../access/matrix.js';
import { OFFICE, oracleRoles, people, today } from '../access/people.js';
import { type Description, type Route, routesIn } from '../description.js';
import { seeded } from '../seeded.js';
import { exchange, type Given, written } from './exchange.js';
import { Deep, Pick, Requests, type Shot } from './generate.js';

export interface FuzzOptions {
  readonly requests: number;
  readonly seed: number;
  readonly sent?: (count: number) => void;
}

/** A request that was not answered as it should be, and how to send it again. */
export interface Failure {
  readonly why: string;
  readonly seed: number;
  readonly at: number;
  readonly route: string;
  readonly person: string;
  /** The whole request as it was sent, in base64, without the token. */
  readonly request: string;
  readonly answer: string;
}

export interface FuzzReport {
  readonly seed: number;
  readonly requests: number;
  readonly serverErrors: number;
  readonly notProblems: number;
  readonly unanswered: number;
  /** Commands and other acts that were carried out: how deep it reached. */
  readonly carriedOut: number;
  /** Names that were taken and came back byte for byte. */
  readonly namesRoundTripped: number;
  readonly namesChanged: number;
  /** Routes to which nothing but refusals was answered. */
  readonly neverAnswered: readonly string[];
  readonly byStatus: { readonly [status: string]: number };
  readonly byRoute: { readonly [route: string]: { readonly [status: string]: number } };
  /** What stands when all is over: the API is ready, nothing parked, both processes run. */
  readonly afterwards: readonly string[];
  readonly failures: readonly Failure[];
}

const AT_ONCE = 8;
const LEVEL_WITHIN_MS = 60_000;
/** A fresh case at some stage is given to the pool so often. */
const NEW_CASE_EVERY = 12;
const MOST_IN_POOL = 120;
/** What the API takes of a body that is no document. */
const MOST_BODY_BYTES = 1_000_000;
const MOST_FAILURES = 40;
/** One whose sign-in may be revoked while it runs. */
const REVOKED = 'm.panel2';

/** What answers told of, by the name under which they told it. */
class Pool {
  private readonly known = new Map<string, string[]>();
  private readonly preferred = new Map<string, string>();
  readonly revisions = new Map<string, number>();

  add(name: string, value: string): void {
    const values = this.known.get(name) ?? [];
    if (values.includes(value)) return;
    values.push(value);
    if (values.length > MOST_IN_POOL) values.splice(1 + Math.floor(values.length / 3), 1);
    this.known.set(name, values);
  }

  one({ name, at }: Pick): string | undefined {
    const values = ALIASES.get(name)?.flatMap((alias) => this.known.get(alias) ?? []) ?? this.known.get(name) ?? [];
    const [usual] = (ALIASES.get(name) ?? [name]).flatMap((one) => this.preferred.get(one) ?? []);
    return usual !== undefined && at % 2 === 0 ? usual : values[at % Math.max(values.length, 1)];
  }

  /** Half of the picks under this name are this. */
  prefer(name: string, value: string): void {
    this.preferred.set(name, value);
  }

  /** Takes up what an answer tells, whatever its shape. */
  learn(value: unknown, name = ''): void {
    if (Array.isArray(value)) for (const one of value) this.learn(one, name);
    else if (typeof value === 'object' && value !== null)
      for (const [key, child] of Object.entries(value)) this.learn(child, key);
    else if (typeof value === 'string' && name !== '' && value.length < 300) this.add(name, value);
  }
}

/** Under which names answers tell what a request calls otherwise. */
const ALIASES: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries({
    other: ['caseId'],
    a: ['personId'],
    b: ['personId'],
    subject: ['caseId', 'personId'],
    official: ['login'],
    officer: ['login'],
    holder: ['login'],
    id: ['notificationId'],
    after: ['next'],
    procedure: ['procedureCode'],
    code: ['procedureCode', 'letterCode'],
    outcome: ['outcomeCode'],
    evidence: ['evidenceId', 'evidenceCode'],
    missing: ['evidenceCode'],
    fact: ['factCode'],
    remedy: ['remedyCode'],
    token: ['letterToken'],
    on: ['today'],
  }),
);

/** Codes of which no answer tells. */
const WORDS: { readonly [name: string]: readonly string[] } = {
  ground: [
    'illegible',
    'forged',
    'relative',
    'new-evidence',
    'court-judgment',
    'force-majeure',
    'duplicate',
    'court-case',
    'other',
  ],
  method: ['register-inquiry', 'in-person', 'registered-post'],
  indicator: ['debt-bondage', 'documents-withheld'],
  channel: ['counter', 'desa-binaan'],
  area: ['53.04.12.2003'],
  kind: ['nik', 'passport', 'kk', 'bi'],
  country: ['ID', 'TL'],
  acknowledges: ['granted-by-silence'],
  agency: ['dukcapil', 'police', 'tax-office'],
  consultationId: ['c-1', 'c-2'],
  indicatorId: ['i-1', 'i-2'],
  interviewId: ['interview-1'],
  evidenceId: ['birth-record-1', 'identity-paper-1', 'application-letter-1'],
  clockId: ['decision-1', 'consultation-reply-1', 'panel-1', 'intake-1'],
  outcomeCode: ['not-established', 'wni-affirmed'],
  letterToken: ['x'],
  value: ['wni', 'asing', 'none', '2005-05-05'],
  sha256: ['a'.repeat(64)],
  today: [today],
  version: ['1', '2025-01', 'draft'],
  year: ['2027'],
};

export async function fuzz(field: Field, { requests: count, seed, sent = () => undefined }: FuzzOptions): Promise<FuzzReport> {
  const { product } = field;
  const description: Description = (await product.send('GET', '/openapi.json', {})).body;
  const routes = routesIn(description);
  const run = new Run(field, description, seed);
  await run.prepare();
  const random = seeded(seed);
  const order = Array.from({ length: count }, (_, at) => ({
    at,
    route: routes[at < routes.length * 2 ? at % routes.length : Math.floor(random() * routes.length)],
  }));
  // Uploads come one at a time: that several at once are asked to wait is no fault.
  const isAlone = ({ route }: (typeof order)[number]): boolean =>
    route?.operation.requestBody?.content['application/pdf'] !== undefined;
  const waiting = order.filter((one) => !isAlone(one)).values();
  const uploads = order.filter(isAlone).values();
  let done = 0;
  const lane = async (shots: Iterable<(typeof order)[number]>): Promise<void> => {
    for (const { at, route } of shots) {
      if (route !== undefined) await run.send(route, at);
      done += 1;
      sent(done);
    }
  };
  await Promise.all([lane(uploads), ...Array.from({ length: AT_ONCE }, () => lane(waiting))]);
  return run.report(routes);
}

class Run {
  private readonly pool = new Pool();
  private readonly requests: Requests;
  private readonly byStatus = new Map<string, number>();
  private readonly byRoute = new Map<string, Map<string, number>>();
  private readonly failures: Failure[] = [];
  private readonly counts = {
    serverErrors: 0,
    notProblems: 0,
    unanswered: 0,
    carriedOut: 0,
    namesRoundTripped: 0,
    namesChanged: 0,
  };
  private readonly logins = people.map(({ login }) => login);

  constructor(
    private readonly field: Field,
    description: Description,
    private readonly seed: number,
  ) {
    this.requests = new Requests(description);
  }

  /** What is published, and a case at every stage. */
  async prepare(): Promise<void> {
    const { product } = this.field;
    for (const [name, values] of Object.entries(WORDS)) for (const value of values) this.pool.add(name, value);
    for (const login of this.logins) this.pool.add('login', login);
    for (const { code, evidence, outcomes, facts, remedies, clocks, version } of (await product.get('admin', '/procedures')).body
      .items) {
      this.pool.add('procedureCode', code);
      this.pool.add('version', version);
      for (const one of evidence) this.pool.add('evidenceCode', one.code);
      for (const one of outcomes) this.pool.add('outcomeCode', one.code);
      for (const one of remedies) this.pool.add('remedyCode', one.code);
      for (const one of clocks) this.pool.add('clockId', `${one.code}-1`);
      for (const fact of Object.keys(facts)) this.pool.add('factCode', fact);
    }
    for (const { code } of (await product.get('admin', '/offices')).body.items) this.pool.add('office', code);
    // What is asked for most is what these people have: an honest request is to come through.
    for (const name of ['office', 'procedureCode']) this.pool.prefer(name, name === 'office' ? OFFICE : 'PSK');
    for (let at = 0; at < stages.length; at += 1) await this.addCase(at);
    // Until the first one is signed, seconds after the start, what is proved by a checkpoint is not to be had, and says so by a 503.
    while ((await product.get('m.auditor', '/audit/checkpoint')).status !== 200) await pause(500);
  }

  async send({ route, operation }: Route, at: number): Promise<void> {
    if (at % NEW_CASE_EVERY === 0) await this.addCase(at);
    const made = this.requests.next(route, operation, Math.imul(this.seed + at, 2_654_435_761) | 0);
    const random = seeded(this.seed ^ (at * 7919));
    const person = this.personFor(route, random());
    const shot = random() < 0.25 ? await this.acceptable(route, made) : made;
    const given = await this.filled(shot, person);
    const { port } = this.field.product;
    const answer = await exchange(port, given);
    const status = answer === undefined ? 'none' : String(answer.status);
    this.byStatus.set(status, (this.byStatus.get(status) ?? 0) + 1);
    const counts = this.byRoute.get(route) ?? new Map<string, number>();
    counts.set(status, (counts.get(status) ?? 0) + 1);
    this.byRoute.set(route, counts);
    const failed = (count: 'serverErrors' | 'notProblems' | 'unanswered' | 'namesChanged', why: string): void => {
      this.counts[count] += 1;
      if (this.failures.length >= MOST_FAILURES) return;
      const request = written({ ...given, headers: given.headers.filter(([name]) => name !== 'authorization') }).toString(
        'base64',
      );
      const told = answer === undefined ? '' : `${answer.status} ${answer.text.slice(0, 600)}`;
      this.failures.push({ why, seed: this.seed, at, route, person, request, answer: told });
    };
    // Whoever breaks off in the middle of a request need not be answered; and whoever goes on sending beyond what is taken, without having
    // said how much it is, may lose the refusal to the connection that is closed under them.
    const beyond = given.travel === 'chunked' && (given.body?.length ?? 0) > MOST_BODY_BYTES;
    if (answer === undefined) return given.travel === 'cut' || beyond ? undefined : failed('unanswered', 'no answer');
    if (answer.status >= 500) return failed('serverErrors', `${answer.status}`);
    if (answer.status >= 400) {
      if (given.method !== 'HEAD' && !answer.type.startsWith('application/problem+json'))
        failed('notProblems', `${answer.status} as ${answer.type}`);
      return;
    }
    if (given.method === 'POST') this.counts.carriedOut += 1;
    this.learn(route, given, answer.text);
    if (route === 'POST /cases' && answer.status === 201 && 'json' in (shot.body ?? {}))
      await this.compareName(given, answer.text, person, failed);
  }

  async report(routes: readonly Route[]): Promise<FuzzReport> {
    const answered = (route: string): boolean =>
      [...(this.byRoute.get(route)?.keys() ?? [])].some((status) => Number(status) < 400);
    return {
      seed: this.seed,
      requests: [...this.byStatus.values()].reduce((sum, one) => sum + one, 0),
      ...this.counts,
      neverAnswered: routes.flatMap(({ route }) => (answered(route) ? [] : [route])),
      byStatus: Object.fromEntries(this.byStatus),
      byRoute: Object.fromEntries([...this.byRoute].map(([route, counts]) => [route, Object.fromEntries(counts)])),
      afterwards: await this.afterwards(),
      failures: this.failures,
    };
  }

  /** What is not as it was: the API not ready, a process gone, something parked, a read model that does not come level. */
  private async afterwards(): Promise<readonly string[]> {
    const { product } = this.field;
    const wrong: string[] = [];
    for (const app of ['api', 'worker'] as const)
      if (!product.runs(app)) wrong.push(`the ${app} is gone: ${product.said(app).slice(-500)}`);
    for (const until = Date.now() + LEVEL_WITHIN_MS; ; await pause(200)) {
      const ready = await product.send('GET', '/health/ready', {}).catch(() => undefined);
      const lag: readonly { name: string; parked: number; lagSeconds: number }[] = ready?.body?.lag ?? [];
      const behind = lag.filter(({ lagSeconds }) => lagSeconds > 0);
      if (ready?.status === 200 && behind.length === 0) {
        wrong.push(...lag.filter(({ parked }) => parked > 0).map(({ name, parked }) => `${parked} parked in ${name}`));
        return wrong;
      }
      if (Date.now() > until) return [...wrong, `not ready: ${ready?.status} ${behind.map(({ name }) => name)}`];
    }
  }

  private async addCase(at: number): Promise<void> {
    const stage = stages[at % stages.length] ?? 'draft';
    const recommendedBy = at % 3 === 0 ? 'm.proposer' : 'm.officer';
    const lies = stage === 'review' && at % 2 === 0 ? 'referred' : 'here';
    const { caseId, revision } = await this.field.cases.copy({ stage, lies, recommendedBy });
    this.pool.add('caseId', caseId);
    this.pool.revisions.set(caseId, revision);
  }

  /** A command as it would be accepted, on a case of its own at a stage that it is for; any other request as it is. */
  private async acceptable(route: string, shot: Shot): Promise<Shot> {
    const command = /^POST .cases..caseId..([a-z-]+)$/.exec(route)?.[1];
    const row = oracle.commands.find((one) => one.command === command);
    const known = row?.stages[shot.path.length % (row.stages.length || 1)];
    const stage = stages.find((one) => one === known);
    if (command === undefined || stage === undefined) return shot;
    const { caseId, revision } = await this.field.cases.copy({ stage, lies: 'here', recommendedBy: 'm.officer' });
    this.pool.revisions.set(caseId, revision);
    this.pool.add('caseId', caseId);
    const headers = [
      ['content-type', 'application/json'],
      ['if-match', `"${revision}"`],
    ] as const;
    return {
      method: 'POST',
      path: [`/cases/${caseId}/${command}`],
      headers,
      body: { json: bodyOf(command, caseId) },
      travel: 'whole',
    };
  }

  /** Mostly who may, by the oracle, sometimes anybody, sometimes nobody. */
  private personFor(route: string, chance: number): string {
    if (chance < 0.04) return '';
    // Who ends their own session would end every other request with it.
    if (route === 'POST /session/revoke') return chance < 0.6 ? 'm.admin' : REVOKED;
    const row =
      oracle.routes.find((one) => one.route === route) ?? oracle.commands.find((one) => route.endsWith(`/${one.command}`));
    const roles = new Map(Object.entries(row?.roles ?? {}));
    const may = people.filter(
      ({ login, office, roles: held }) =>
        login !== REVOKED && office === 'same' && held.some(({ role }) => roles.has(oracleRoles[role] ?? '')),
    );
    const among = chance < 0.8 && may.length > 0 ? may : people.filter(({ login }) => login !== REVOKED);
    return among[Math.floor(chance * 1_000_003) % among.length]?.login ?? 'm.officer';
  }

  /** Everything that was left open: ids, codes, revisions, and whose token it comes with. */
  private async filled(shot: Shot, person: string): Promise<Given> {
    const { method, body, travel } = shot;
    let about = '';
    const told = (one: string | Pick): string => {
      if (!(one instanceof Pick)) return one;
      const value = this.pool.one(one) ?? (/Id$/.test(one.name) ? '3f2a8c10-5b7d-4e64-9a01-c2d3e4f50617' : 'x');
      if (/^(case|person|match|referral)Id$/.test(one.name)) about = value;
      return value;
    };
    const path = shot.path.map((one) => (one instanceof Pick ? encodeURIComponent(told(one)) : one)).join('');
    const revision = String(this.pool.revisions.get(about) ?? 0);
    const headers = shot.headers.map(([name, value]) => [name, value instanceof Pick ? `"${revision}"` : value] as const);
    const token =
      person === '' || headers.some(([name]) => name === 'authorization') ? undefined : await this.field.product.token(person);
    const signed = token === undefined ? headers : [...headers, ['authorization', `Bearer ${token}`] as const];
    const bytes =
      body === undefined ? undefined : 'raw' in body ? Buffer.from(body.raw) : Buffer.from(this.json(body.json, told));
    return { method, path, headers: signed, travel, ...(bytes === undefined ? {} : { body: bytes }) };
  }

  private json(value: unknown, told: (one: Pick) => string): string {
    const walk = (one: unknown): unknown => {
      if (one instanceof Deep) return `@deep ${one.depth}@`;
      if (one instanceof Pick) return one.name === 'official' && told(one) === 'm.admin' ? REVOKED : told(one);
      if (Array.isArray(one)) return one.map(walk);
      if (typeof one !== 'object' || one === null) return one;
      return Object.fromEntries(Object.entries(one).map(([key, child]) => [key, walk(child)]));
    };
    const text = JSON.stringify(walk(value)) ?? '';
    return text.replace(/"@deep (\d+)@"/g, (_, depth) => `${'[{"a":'.repeat(Number(depth))}"x"${'}]'.repeat(Number(depth))}`);
  }

  private learn(route: string, { path }: Given, text: string): void {
    let told: unknown;
    try {
      told = JSON.parse(text);
    } catch {
      return; // a file
    }
    if (/^GET \/(procedures|offices|officials|openapi|calendar|me)/.test(route)) return;
    const { caseId, personId, matchId, referralId, revision, items } = (told ?? {}) as { readonly [name: string]: unknown };
    for (const [name, id] of Object.entries({ caseId, personId, matchId, referralId })) {
      if (typeof id !== 'string') continue;
      this.pool.add(name, id);
      if (typeof revision === 'number' && path.includes(id)) this.pool.revisions.set(id, revision);
    }
    if (route === 'GET /notifications' && Array.isArray(items))
      for (const { id } of items) this.pool.add('notificationId', String(id));
    if (route.endsWith('/letters') && Array.isArray(items))
      for (const { code, revision: at } of items) {
        this.pool.add('letterCode', String(code));
        this.pool.add('revision', String(at));
      }
    this.pool.learn(told);
  }

  /** A name comes back byte for byte, or it is not taken. */
  private async compareName(
    given: Given,
    text: string,
    person: string,
    failed: (count: 'namesChanged', why: string) => void,
  ): Promise<void> {
    const { caseId } = JSON.parse(text);
    const name = nameIn(given.body);
    if (name === undefined) return;
    const { status, body } = await this.field.product.get(person, `/cases/${caseId}`);
    if (status !== 200 || body.shown === 'withheld') return;
    if (body.subject?.name === name) this.counts.namesRoundTripped += 1;
    else failed('namesChanged', `the name ${JSON.stringify(name)} came back as ${JSON.stringify(body.subject?.name)}`);
  }
}

function nameIn(body: Uint8Array | undefined): string | undefined {
  try {
    return JSON.parse(Buffer.from(body ?? []).toString('utf8')).subject?.name;
  } catch {
    return undefined;
  }
}
