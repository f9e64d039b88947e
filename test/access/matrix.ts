/**
 * Who may do what, asked of the product over HTTP, cell by cell, and compared with a table that was written from the design alone
 * (`oracle.json`). Then every route there is, asked by nobody and by those whom the register does not know, in every spelling.
 */
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { importJWK, SignJWT } from 'jose';
import { registerOfficial } from '../../libs/event-store/src/seed.js';
import { openLog } from '../../libs/privacy/src/open-log.js';
import { type Answer, Product } from '../e2e/product.js';
import { seeded } from '../seeded.js';
import { Cases, type Copy, type Setting, stages } from './cases.js';
import { NEIGHBOUR, OFFICE, type OracleRole, oracleRoles, type Person, people, today } from './people.js';

export interface OracleRow {
  readonly command: string;
  readonly roles: { readonly [R in OracleRole]?: string };
  readonly stages: readonly string[];
  readonly because: string;
  /** Why it is no more what was written first. */
  readonly corrected?: string;
}
interface OracleRoute {
  readonly route: string;
  readonly roles: { readonly [role: string]: string | undefined };
}
interface Oracle {
  readonly commands: readonly OracleRow[];
  readonly routes: readonly OracleRoute[];
}

export const oracle: Oracle = JSON.parse(readFileSync('test/access/oracle.json', 'utf8'));

/** `relation`: the right role in the wrong relation; `refused`: for more than one of these reasons. */
export type Verdict = 'hidden' | 'role' | 'stage' | 'relation' | 'refused' | 'allowed';

export interface Cell {
  readonly command: string;
  readonly person: Person;
  readonly setting: Setting;
}

export interface Difference {
  readonly person: string;
  readonly what: string;
  readonly where: string;
  readonly expected: string;
  readonly got: string;
}

/** Codes by which the engine says that this person may not, apart from the stage. */
const RELATION = new Set([
  'not-assigned',
  'not-your-office',
  'not-on-panel',
  'four-eyes',
  'four-eyes-examiner',
  'own-indicator',
  'conflict-of-interest',
  'determined-elsewhere',
  'not-own-work',
]);

const settings: readonly Setting[] = [
  ...stages.map((stage): Setting => ({ stage, lies: 'here', recommendedBy: 'm.officer' })),
  { stage: 'review', lies: 'referred', recommendedBy: 'm.officer' },
  { stage: 'review', lies: 'here', recommendedBy: 'm.proposer' },
];

export const cells: readonly Cell[] = oracle.commands.flatMap(({ command }) =>
  people.flatMap((person) => settings.map((setting) => ({ command, person, setting }))),
);

/** What the oracle says of a cell. */
export function expected({ command, person, setting }: Cell): Verdict {
  const row = oracle.commands.find((one) => one.command === command);
  if (row === undefined) throw new Error(`The oracle has no row for ${command}`);
  if (isHidden(person, setting)) return 'hidden';
  const conflict = person.relation === 'family' || person.relation === 'declared';
  const verdicts = person.roles.map(({ role }): Verdict => {
    const relation = row.roles[oracleRoles[role] ?? 'administrator'];
    if (relation === undefined) return 'role';
    const stage = row.stages.includes(setting.stage);
    const related = isRelated(relation, person, setting) && (!conflict || relation === 'even-in-conflict');
    return stage ? (related ? 'allowed' : 'relation') : related ? 'stage' : 'refused';
  });
  const best = (['allowed', 'stage', 'relation', 'refused', 'role'] as const).find((one) => verdicts.includes(one));
  return best ?? 'hidden';
}

function isHidden(person: Person, setting: Setting): boolean {
  if (person.office === 'none' || person.office === 'below') return true;
  // A case that was referred is in the scope of who got it, from then on.
  if (person.relation === 'referred' || person.relation === 'decider') return !wasReferred(setting);
  if (person.office === 'neighbour') return true;
  // The administrator never sees a case; a panel member sees those of the panel they sit on, from when it sits.
  const sees = person.roles.some(
    ({ role }) => role !== 'administrator' && (role !== 'panel-member' || (person.relation === 'sits' && hasPanel(setting))),
  );
  return !sees;
}

const AFTER_REVIEW: readonly string[] = ['determined', 'served', 'remedy-window', 'closed', 'lapsed'];
const wasReferred = ({ stage, lies }: Setting): boolean => lies === 'referred' || AFTER_REVIEW.includes(stage);
const hasPanel = ({ stage }: Setting): boolean => ['examination', 'review', ...AFTER_REVIEW].includes(stage);

function isRelated(relation: string, person: Person, setting: Setting): boolean {
  const { recommendedBy, lies } = setting;
  const officer = recommendedBy;
  switch (relation) {
    case 'any':
    case 'even-in-conflict':
      return true;
    case 'assigned':
      // A draft is assigned to nobody yet.
      return person.login === officer && setting.stage !== 'draft';
    case 'panel':
      return person.relation === 'sits';
    case 'notProposer':
      return person.login !== recommendedBy && lies === 'here';
    case 'referred':
      // To the region, or, from the officer, to the head of their own office.
      return lies === 'referred' ? person.relation === 'referred' : person.office === 'same';
    case 'decider':
      return person.relation === 'decider';
    case 'own-work':
      return isOwnWork(person, setting);
    default:
      throw new Error(`The oracle says of a relation ${relation}`);
  }
}

/** Every case here was opened by `m.intake`, and was referred to the region and, once it was determined, to who decided. */
function isOwnWork(person: Person, { stage, recommendedBy }: Setting): boolean {
  if (person.relation === 'decider') return AFTER_REVIEW.includes(stage);
  if (person.relation === 'referred' || person.relation === 'sits') return true;
  if (person.office !== 'same') return false;
  // Officers share what nobody has yet; then it is one's own.
  const onlyOfficer = person.roles.every(({ role }) => role === 'case-officer');
  return !onlyOfficer || stage === 'draft' || person.login === recommendedBy;
}

function verdictOf({ status, body }: Answer): Verdict | `${number} ${string}` {
  const code = String(body?.code ?? '');
  if (status === 404) return 'hidden';
  if (status === 403) return 'role';
  if (status === 422 && code === 'wrong-stage') return 'stage';
  if (status === 422 && RELATION.has(code)) return 'relation';
  if (status === 200 || status === 422) return 'allowed';
  return `${status} ${code}`;
}

/** The right role in the wrong relation is refused by 403 or by 422: the design does not say by which. */
function agrees(said: Verdict, got: string): boolean {
  if (said === 'relation') return got === 'relation' || got === 'role';
  if (said === 'refused') return ['relation', 'role', 'stage'].includes(got);
  return said === got;
}

const reason = 'Uji kewenangan';

/** A body for each command that could be accepted. */
export function bodyOf(command: string, other: string): object {
  const bodies: { readonly [command: string]: object } = {
    'amend-draft': { subject: { name: 'Maria Contoh' } },
    'receive-evidence': { evidence: 'marriage-record', title: 'Surat' },
    'assign-officer': { officer: 'm.officer2' },
    'return-as-incomplete': { missing: ['parents-papers'], reason },
    'request-evidence': { evidence: 'parents-papers', reason },
    'verify-evidence': { evidenceId: 'identity-paper-1', method: 'register-inquiry' },
    'reject-evidence': { evidenceId: 'identity-paper-1', ground: 'illegible', reason },
    'record-interview': { heldOn: today, notes: 'Keterangan' },
    'record-finding': { fact: 'lossDecided', value: false, evidence: ['birth-record-1'], reason },
    'request-consultation': { agency: 'dukcapil', question: 'Terdaftar?' },
    'record-consultation-reply': { consultationId: 'c-1', answeredOn: today, reply: 'Ya' },
    'convene-panel': { members: [{ official: 'panel.police', agency: 'police' }] },
    'record-panel-finding': { position: 'agrees', outcome: 'not-established', reason },
    'conclude-panel': { outcome: 'not-established' },
    'recommend-determination': { outcome: 'not-established', reason },
    'approve-determination': { reason },
    'return-for-rework': { reason },
    'determine-otherwise': { outcome: 'rejected-false-data', reason },
    'refer-case': { reason },
    'serve-determination': { servedOn: today, method: 'in-person' },
    'close-case': { reason },
    'withdraw-application': { withdrawnOn: today, reason },
    'reopen-case': { ground: 'new-evidence', reason },
    'migrate-to-version': { version: '2025-01', reason },
    'write-note': { note: 'Pemohon menelepon' },
    'record-indicator': { indicator: 'debt-bondage', reason },
    'clear-indicator': { indicatorId: 'i-1', reason },
    'file-remedy': { remedy: 'objection', filedOn: today, reason },
    'take-custody': { paper: 'passport', takenOn: today },
    'return-original': { custodyId: 'o-1', returnedOn: today, to: 'applicant', recipient: 'Maria Contoh' },
    'summon-to-oath': { on: today },
    'record-oath': { takenOn: today },
    'record-hand-in': { handedInOn: today },
    'link-case': { other, reason },
    'suspend-clock': { clockId: 'decision-1', from: today, ground: 'force-majeure', reason },
    'resume-clock': { clockId: 'decision-1', resumedOn: today, reason },
    'extend-clock': { clockId: 'consultation-reply-1', reason },
    'declare-conflict': { ground: 'relative', reason },
    'lift-conflict': { official: 'm.declared', reason },
  };
  return bodies[command] ?? {};
}

export interface MatrixReport {
  readonly cells: number;
  readonly differences: number;
  /** Cells that the product allowed and carried out, not only let pass to a rule about the contents. */
  readonly carriedOut: number;
  readonly byRole: { readonly [role: string]: { readonly [verdict: string]: number } };
  readonly byCommand: { readonly [command: string]: { readonly [verdict: string]: number } };
  readonly different: readonly Difference[];
}

/** The product with the matrix' people in its register, and whoever signs for them. */
export class Field {
  private constructor(
    readonly product: Product,
    readonly cases: Cases,
  ) {}

  static async open(): Promise<Field> {
    const product = await Product.start();
    try {
      return await Field.prepare(product);
    } catch (error) {
      await product.stop();
      throw error;
    }
  }

  private static async prepare(product: Product): Promise<Field> {
    const log = await openLog({ databaseUrl: product.database.url, home: product.home, movableTime: false, follow: false });
    try {
      for (const { login, roles, identityNumbers } of people)
        if (roles.length > 0) {
          const numbers = identityNumbers === undefined ? {} : { identityNumbers };
          await registerOfficial(log.log, { login, name: 'Contoh', roles, ...numbers }, log.time.now());
        }
    } finally {
      await log.close();
    }
    const sign = await signer(product);
    for (const { login } of people) product.lend(login, await sign(login));
    // The API follows the register: it knows them a moment later.
    for (let tries = 0; (await product.get('m.officer.post', '/me')).body.capacities?.length !== 1; tries += 1) {
      if (tries > 100) throw new Error('The API does not come to know the people of the matrix');
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    return new Field(product, await Cases.lead(product));
  }

  async close(): Promise<void> {
    await this.cases.close();
    await this.product.stop();
  }
}

/** Tokens as the demo issuer signs them, for who came into the register after it had started. */
async function signer(product: Product): Promise<(login: string) => Promise<string>> {
  await product.token('admin'); // the issuer has made its key
  const { jwk } = JSON.parse(readFileSync(`${product.home}/demo-issuer.json`, 'utf8'));
  const key = await importJWK(jwk, 'ES256');
  return (login) =>
    new SignJWT({ sub: login })
      .setProtectedHeader({ alg: 'ES256', kid: 'demo', typ: 'at+jwt' })
      .setIssuer(`http://localhost:${product.port}/oidc`)
      .setAudience('tegas')
      .setIssuedAt()
      .setExpirationTime('1h')
      .sign(key);
}

const AT_ONCE = 8;

/** Asks every cell, or so many of them, chosen by the seed. */
export async function askMatrix(
  { product, cases }: Field,
  options: { readonly only?: number; readonly seed?: number; readonly asked?: (count: number) => void } = {},
): Promise<MatrixReport> {
  const chosen = options.only === undefined ? cells : sample(cells, options.only, options.seed ?? 7);
  const byRole = new Map<string, Map<string, number>>();
  const byCommand = new Map<string, Map<string, number>>();
  const different: Difference[] = [];
  let carriedOut = 0;
  let asked = 0;
  const settle = async (group: readonly Cell[]): Promise<void> => {
    const [first] = group;
    if (first === undefined) return;
    const other = await cases.copy(first.setting);
    let at: Copy | undefined;
    for (const cell of group) {
      const { command, person, setting } = cell;
      at ??= await cases.copy(setting);
      const answer = await product.post(person.login, `/cases/${at.caseId}/${command}`, bodyOf(command, other.caseId), {
        'if-match': `"${at.revision}"`,
      });
      const got = verdictOf(answer);
      const said = expected(cell);
      const role = oracleRoles[person.roles[0]?.role ?? 'importer'] ?? 'nobody';
      count(byRole, role, got);
      count(byCommand, command, got);
      if (!agrees(said, got)) {
        const where = `${setting.stage}, ${setting.lies}, of ${setting.recommendedBy}`;
        different.push({
          person: person.login,
          what: command,
          where,
          expected: said,
          got: `${got} ${answer.body?.code ?? ''}`.trim(),
        });
      }
      if (answer.status === 200) {
        carriedOut += 1;
        at = undefined;
      }
      asked += 1;
      options.asked?.(asked);
    }
  };
  // Each lane has cases of its own; within one, the cells come one after another.
  const lanes = settings.flatMap((setting) =>
    lanesOf(
      chosen.filter((cell) => cell.setting === setting),
      AT_ONCE,
    ),
  );
  const waiting = lanes.values();
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (const lane of waiting) await settle(lane);
    }),
  );
  return {
    cells: asked,
    differences: different.length,
    carriedOut,
    byRole: plain(byRole),
    byCommand: plain(byCommand),
    different,
  };
}

function lanesOf<T>(items: readonly T[], lanes: number): readonly (readonly T[])[] {
  return Array.from({ length: lanes }, (_, lane) => items.filter((_one, at) => at % lanes === lane)).filter(
    (one) => one.length > 0,
  );
}

function sample<T>(items: readonly T[], count: number, seed: number): readonly T[] {
  const random = seeded(seed);
  return items
    .map((item) => [random(), item] as const)
    .toSorted(([a], [b]) => a - b)
    .slice(0, count)
    .map(([, item]) => item);
}

function count(table: Map<string, Map<string, number>>, row: string, column: string): void {
  const counts = table.get(row) ?? new Map<string, number>();
  counts.set(column, (counts.get(column) ?? 0) + 1);
  table.set(row, counts);
}

function plain(table: ReadonlyMap<string, ReadonlyMap<string, number>>): {
  readonly [row: string]: { readonly [column: string]: number };
} {
  return Object.fromEntries([...table].map(([row, counts]) => [row, Object.fromEntries(counts)]));
}

/** What routes name in their paths: of Kupang, or of its neighbour. */
interface Things {
  readonly where: 'here' | 'there';
  readonly office: string;
  readonly reference: string;
  readonly parameters: { readonly [parameter: string]: string };
}

export interface RouteReport {
  readonly cells: number;
  readonly differences: number;
  readonly different: readonly Difference[];
}

/** Every route that is no command on a case, by everyone: who may is let in, another is told so, and what is elsewhere is not there. */
export async function askRoutes(
  { product }: Field,
  options: { readonly only?: number; readonly seed?: number } = {},
): Promise<RouteReport> {
  const things = [
    await thingsOf(product, 'here', OFFICE, 'm.intake', 'm.supervisor'),
    await thingsOf(product, 'there', NEIGHBOUR, 'm.intake.atambua', 'm.supervisor.atambua'),
  ];
  const different: Difference[] = [];
  let asked = 0;
  const all = people.flatMap((person) =>
    oracle.routes.flatMap((row) => {
      const asks = row.roles.public !== undefined ? [] : row.route.includes('{') ? things : things.slice(0, 1);
      return asks.map((thing) => ({ person, row, thing }));
    }),
  );
  for (const { person, row, thing } of options.only === undefined ? all : sample(all, options.only, options.seed ?? 7)) {
    const answer = await askRoute(product, person, row.route, thing);
    const said = expectedOfRoute(person, row, thing.where);
    const got =
      answer.status === 404
        ? 'hidden'
        : [401, 403].includes(answer.status)
          ? 'refused'
          : answer.status < 500
            ? 'let in'
            : `${answer.status}`;
    asked += 1;
    // Of one case or person, who may not may also be told that there is nothing.
    const aboutOne = row.route.includes('{') || ABOUT_BODY.includes(row.route);
    if (said !== got && !(said === 'refused' && got === 'hidden' && aboutOne))
      different.push({
        person: person.login,
        what: row.route,
        where: thing.where,
        expected: said,
        got: `${answer.status} ${answer.body?.code ?? ''}`,
      });
  }
  return { cells: asked, differences: different.length, different };
}

async function askRoute(product: Product, person: Person, route: string, things: Things): Promise<Answer> {
  const [method = '', template = ''] = route.split(' ');
  const path = template.replace(/\{(\w+)\}/g, (_, name: string) => things.parameters[name] ?? name);
  if (method === 'GET') return product.get(person.login, route === 'GET /cases' ? `${path}?reference=${things.reference}` : path);
  const stream = /\/(matches|persons|referrals)\/([^/]+)\//.exec(path);
  const kind = { matches: 'match', persons: 'person', referrals: 'referral' }[stream?.[1] ?? ''];
  const revision = kind === undefined ? 0 : ((await product.store.read(`${kind}-${stream?.[2]}`)).at(-1)?.revision ?? 0);
  return product.post(person.login, path, routeBody(route, things, person), { 'if-match': `"${revision}"` });
}

function expectedOfRoute(
  person: Person,
  { route, roles }: OracleRoute,
  where: 'here' | 'there',
): 'hidden' | 'refused' | 'let in' {
  // What these paths name is not there; of a case that is not own work that is not even said without a reason.
  if (/\{(sha256|revision)\}/.test(route)) return 'refused';
  const everyone = Object.keys(roles).length >= Object.keys(ROLES).length;
  // What these paths name is nobody's.
  if (/\{(id|delegationId|accessId|heldId)\}/.test(route)) return 'hidden';
  if (everyone) return 'let in';
  const may = person.roles.some(({ role }) => roles[oracleRoles[role] ?? ''] !== undefined);
  // The body names a case or an office: elsewhere it is not there, or not theirs.
  if (ABOUT_BODY.includes(route)) return may && sees(person, where) ? 'let in' : 'refused';
  const oneThing = /\{(caseId|personId|matchId|referralId)\}/.test(route) || route === 'GET /cases';
  if (oneThing && !sees(person, where)) return 'hidden';
  return may ? 'let in' : 'refused';
}

const ABOUT_BODY = ['POST /cases', 'POST /persons', 'POST /matches', 'POST /referrals'];
const ROLES: { readonly [R in OracleRole]: true } = {
  intake: true,
  caseOfficer: true,
  supervisor: true,
  head: true,
  panelMember: true,
  auditor: true,
  administrator: true,
};

/** Drafts: nobody sits on their panels, and they were referred to nobody. */
function sees(person: Person, where: 'here' | 'there'): boolean {
  const apart = person.roles.every(({ role }) => role === 'administrator' || role === 'panel-member');
  if (apart || person.office === 'none' || person.office === 'below' || ['referred', 'decider'].includes(person.relation))
    return false;
  return person.office === 'above' || (person.office === 'same') === (where === 'here');
}

function routeBody(route: string, { office, parameters }: Things, { login, roles }: Person): object {
  const [held] = roles;
  const { caseId, personId, other } = parameters;
  const papers = { names: [{ name: 'Maria Contoh' }], numbers: [], births: [{ date: '1974-05-20', precision: 'day' }] };
  const bodies: { readonly [route: string]: object } = {
    'POST /cases': { procedure: 'PSK', office, subject: { name: 'Maria Contoh' } },
    'POST /persons': { caseId },
    'POST /persons/{personId}/record-papers': { caseId, papers },
    'POST /matches': { a: personId, b: other, reason },
    'POST /matches/{matchId}/merge': { reason },
    'POST /matches/{matchId}/dismiss': { reason },
    'POST /matches/{matchId}/undo': { reason },
    'POST /referrals': { office, channel: 'post', area: '53.04.12.2003', referrer: 'Kepala desa', seen: 'Tanpa surat' },
    'POST /referrals/{referralId}/accept': { procedure: 'PSK', subject: { name: 'Maria Contoh' } },
    'POST /referrals/{referralId}/close': { ground: 'duplicate', reason },
    'POST /procedures/drafts': { code: 'PSK' },
    'POST /procedures/{code}/versions/{version}/review': { sha256: '0'.repeat(64) },
    'POST /procedures/{code}/versions/{version}/publish': { sha256: '0'.repeat(64) },
    'POST /cases/{caseId}/break-glass': { reason },
    'POST /cases/{caseId}/break-glass/{accessId}/review': { verdict: 'justified', note: reason },
    'POST /destructions/{personId}/place-hold': { ground: 'court-case' },
    'POST /destructions/{personId}/reject': { ground: 'claim-pending' },
    'POST /search': { words: 'Maria' },
    'POST /session/revoke': { official: 'nobody-in-particular' },
    // Ahead, so that nobody acts in another's place while the others are asked.
    'POST /delegations': {
      official: 'm.officer2',
      holder: login,
      role: held === undefined || ['panel-member', 'auditor', 'administrator'].includes(held.role) ? 'supervisor' : held.role,
      office: held?.office ?? office,
      from: later(30),
      to: later(40),
      reason,
    },
    'POST /calendar': { years: {} },
    'POST /calendar/dry-run': { years: {} },
  };
  return bodies[route] ?? {};
}

function later(days: number): string {
  return new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
}

async function thingsOf(
  product: Product,
  where: Things['where'],
  office: string,
  intake: string,
  supervisor: string,
): Promise<Things> {
  const made = async (person: string, path: string, body: object) => {
    const answer = await product.post(person, path, body);
    if (answer.status !== 201) throw new Error(`${person} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  };
  const register = async () => {
    const subject = { name: 'Maria Contoh', born: '1974-05-20' };
    const { caseId, reference } = await made(intake, '/cases', { procedure: 'PSK', office, subject });
    return { caseId, reference, ...(await made(intake, '/persons', { caseId })) };
  };
  const [one, two] = [await register(), await register()];
  const { matchId } = await made(supervisor, '/matches', { a: one.personId, b: two.personId, reason });
  const referral = { office, channel: 'post', area: '53.04.12.2003', referrer: 'Kepala desa', seen: 'Tanpa surat' };
  const { referralId } = await made(intake, '/referrals', referral);
  const { caseId, personId, reference } = one;
  const nobodys = '3f2a8c10-5b7d-4e64-9a01-c2d3e4f50617';
  const parameters = {
    caseId,
    personId,
    matchId,
    referralId,
    other: two.personId,
    official: intake,
    code: 'PSK',
    version: '1',
    id: nobodys,
    delegationId: nobodys,
    accessId: nobodys,
    holdId: nobodys,
    heldId: nobodys,
  };
  // Lists follow each at its own pace: the one by which a case is found by its reference too.
  await product.get(intake, `/worklist?atLeastPosition=${two.position}`);
  const found = async () => (await product.get(intake, `/cases?reference=${reference}`)).status === 200;
  for (let looks = 0; looks < 100 && !(await found()); looks += 1) await pause(100);
  return { where, office, reference, parameters };
}
