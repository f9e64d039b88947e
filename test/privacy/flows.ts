/**
 * Every flow in which a person's words are taken, led through the product over HTTP by those who may: cases of four procedures, their papers
 * and letters, panels, remedies, oaths, records of persons, referrals, break-glass, delegations. A canary stands in every field that takes words.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { Json } from '../../libs/domain/src/event.js';
import { moveTime } from '../../libs/event-store/src/time.js';
import { type Description, type Route, routesIn } from '../description.js';
import type { Answer, Product } from '../e2e/product.js';
import { Canaries } from './canaries.js';

type Body = { readonly [name: string]: Json };
interface Filling {
  /** Fields that take no canary here. */
  readonly without?: readonly string[];
  /** Its words outlive everyone. */
  readonly stays?: true;
}
type Act = (person: string, command: string, body?: Body, filling?: Filling) => Promise<Answer>;

const DAY_MS = 86_400_000;
const ZONE_MS = 8 * 3_600_000;
/** API and worker read the demo's clock twice a second. */
const CLOCK_SETTLES_MS = 1_500;
const HASH = 'ab'.repeat(32);
/** Citizenship is decided by the Minister, and comes to them through these. */
const UP_TO_MINISTER = ['supervisor.kupang', 'kanwil.ntt', 'ahu'];

export class Flows {
  /** `POST /cases subject.name`: fields in which a canary was accepted. */
  readonly accepted = new Set<string>();
  /** Under whose keys words stand, each with an official who may ask for their end: who has a case, was referred or refers; a delegation. */
  readonly persons = new Map<string, { readonly supervisor: string; readonly caseIds: readonly string[] }>();
  /** What stands beside cases: paths under which people read it. */
  readonly elsewhere: string[] = [];
  /** Words that no person's end destroys: of a pair of records. */
  readonly staying = new Set<string>();
  private readonly routes: ReadonlyMap<string, Route>;
  private shiftMs = 0;

  private constructor(
    private readonly product: Product,
    readonly canaries: Canaries,
    description: Description,
  ) {
    this.routes = new Map(routesIn(description).map((route) => [route.route, route]));
  }

  /** Each flow, one after another, as far as cases go; then every case is closed. */
  static async lead(product: Product): Promise<Flows> {
    const description: Description = (await product.send('GET', '/openapi.json', {})).body;
    const flows = new Flows(product, new Canaries(description), description);
    await flows.refused();
    await flows.migrated();
    await flows.aboutToLapse();
    await flows.referrals();
    await flows.joined();
    await flows.delegated();
    await flows.affirmation();
    await flows.naturalisation();
    return flows;
  }

  /** Fields that take words and in which no canary was accepted: a new one needs a flow. */
  get missing(): readonly string[] {
    return [...this.routes.values()].flatMap(({ route, operation }) =>
      this.canaries.fieldsOf(operation).flatMap((field) => (this.accepted.has(`${route} ${field}`) ? [] : [`${route} ${field}`])),
    );
  }

  /** How many routes took a canary. */
  get count(): number {
    return new Set([...this.accepted].map((one) => one.split(' ').slice(0, 2).join(' '))).size;
  }

  /** Requests that are refused, each with canaries wherever there is room: nothing of them may be said again, or kept. */
  private async refused(): Promise<void> {
    const { product, canaries } = this;
    const asked: { readonly what: string; readonly answer: Answer }[] = [];
    const ask = async (what: string, answer: Promise<Answer>) => asked.push({ what, answer: await answer });
    const word = () => canaries.make('of a refused request');
    for (const { route, operation } of this.routes.values()) {
      const [method = '', template = ''] = route.split(' ');
      const path = template.replace(/\{\w+\}/g, word);
      const query = (operation.parameters ?? []).flatMap(({ in: where, name }) =>
        where === 'query' ? [`${name}=${word()}`] : [],
      );
      if (method === 'GET') {
        await ask(route, product.get('officer.kupang', `${path}?${[...query, `more=${word()}`].join('&')}`));
        continue;
      }
      const body = canaries.whole(operation);
      const more = typeof body === 'object' && body !== null && !Array.isArray(body) ? { ...body, more: word() } : body;
      const headers = { 'if-match': `"${word()}"`, 'idempotency-key': `${word()} ${word()}` };
      await ask(route, product.post('officer.kupang', path, more, headers));
      await ask(`${route}, by nobody`, product.post('', path, more, headers));
      const cut = JSON.stringify(more).slice(0, -1);
      await ask(`${route}, cut`, product.sendAs('officer.kupang', method, path, { 'content-type': 'application/json' }, cut));
    }
    const refused = asked.filter(({ answer }) => answer.status >= 400).length;
    if (refused < asked.length / 2) throw new Error(`Only ${refused} of ${asked.length} requests were refused: void`);
    for (const { what, answer } of asked) {
      const said = `${JSON.stringify(answer.body)} ${JSON.stringify([...answer.headers])}`;
      const echoed = canaries.foundIn(said);
      if (echoed.length > 0)
        throw new Error(`${what}: the answer (${answer.status}) says what it was told: ${canaries.namedIn(said)}`);
    }
  }

  private async post(
    person: string,
    route: string,
    ids: { readonly [name: string]: string },
    body: Body = {},
    { without = [], stays }: Filling = {},
  ): Promise<Answer> {
    const known = this.routes.get(route);
    if (known === undefined) throw new Error(`There is no ${route}`);
    const { body: filled, words } = this.canaries.fill(known.operation, body, without);
    if (stays) for (const [, word] of words) this.staying.add(word);
    const path = (route.split(' ')[1] ?? '').replace(/\{(\w+)\}/g, (_, name: string) => ids[name] ?? '');
    const stream = /^\/(cases|persons|matches|referrals)\//.exec(path)?.[1];
    const kind = { cases: 'case', persons: 'person', matches: 'match', referrals: 'referral' }[stream ?? ''];
    const [id = ''] = Object.values(ids);
    for (let again = 0; ; again += 1) {
      const revision = kind === undefined ? -1 : ((await this.product.store.read(`${kind}-${id}`)).at(-1)?.revision ?? -1);
      const answer = await this.product.post(person, path, filled, revision < 0 ? {} : { 'if-match': `"${revision}"` });
      if (answer.status < 300) {
        for (const [field] of words) this.accepted.add(`${route} ${field}`);
        return answer;
      }
      // The law or a linked case may have had its say in between.
      if (answer.status !== 412 || again > 3)
        throw new Error(`${person} ${route}: ${answer.status} ${JSON.stringify(answer.body)}`);
    }
  }

  private actsOn(caseId: string): Act {
    return (person, command, body, filling) => this.post(person, `POST /cases/{caseId}/${command}`, { caseId }, body, filling);
  }

  private async open(procedure: string, more: Body = {}): Promise<string> {
    const subject = { identityNumbers: [{ kind: 'nik' }], ...more };
    const papers = [{ evidence: 'identity-paper' }];
    const opened = { procedure, office: 'KANIM-KPG', subject, papers };
    const { body } = await this.post('officer.kupang', 'POST /cases', {}, opened);
    await this.keep(body.caseId, 'officer.kupang', 'supervisor.kupang');
    return body.caseId;
  }

  private async keep(caseId: string, reader: string, supervisor: string): Promise<void> {
    const { subjectId } = (await this.product.get(reader, `/cases/${caseId}`)).body;
    const caseIds = [...(this.persons.get(subjectId)?.caseIds ?? []), caseId];
    this.persons.set(subjectId, { supervisor, caseIds });
  }

  private async withdraw(caseId: string, by = 'officer.kupang', closedBy = 'supervisor.kupang'): Promise<void> {
    const act = this.actsOn(caseId);
    await act(by, 'withdraw-application', { withdrawnOn: this.today() });
    await act(closedBy, 'close-case');
  }

  private async papers(act: Act, codes: readonly string[]): Promise<void> {
    for (const evidence of codes) await act('officer.kupang', 'receive-evidence', { evidence, evidenceId: `${evidence}-1` });
  }

  private async findings(act: Act, facts: { readonly [fact: string]: Json }, evidence: string): Promise<void> {
    for (const [fact, value] of Object.entries(facts))
      await act('officer.kupang', 'record-finding', { fact, value, evidence: [evidence] }, { without: ['value'] });
  }

  /** A draft of before the law changed goes over to the version that governs it now. */
  private async migrated(): Promise<void> {
    await this.settled(Date.parse('2024-05-20T10:00+08:00') - Date.now());
    const caseId = await this.open('ABG-REG');
    await this.settled(0);
    await this.actsOn(caseId)('supervisor.kupang', 'migrate-to-version', { version: '2024-06' });
    await this.withdraw(caseId);
  }

  /** A day of birth as an answer, on a clock that counts from it: officials are told of it by mail, and a registry by webhook. */
  private async aboutToLapse(): Promise<void> {
    const born = new Date(Date.now() + 60 * DAY_MS);
    born.setUTCFullYear(born.getUTCFullYear() - 21);
    const bornOn = born.toISOString().slice(0, 10);
    const caseId = await this.open('ABG-PILIH', { born: bornOn });
    const act = this.actsOn(caseId);
    const papers = ['choice-statement', 'identity-paper', 'birth-record'];
    await this.papers(act, papers);
    for (const command of ['lodge-application', 'begin-screening', 'accept-as-complete']) await act('officer.kupang', command);
    await act('officer.kupang', 'verify-evidence', { evidenceId: 'birth-record-1', method: 'register-inquiry' });
    await this.findings(act, { choiceMade: 'none' }, 'birth-record-1');
    await act('officer.kupang', 'record-finding', { fact: 'bornOn', value: bornOn, evidence: ['birth-record-1'] });
    await this.told(caseId);
    await this.withdraw(caseId);
  }

  /** The supervisor was told that the law will act. */
  private async told(caseId: string): Promise<void> {
    for (let tries = 0; ; tries += 1) {
      const { items } = (await this.product.get('supervisor.kupang', '/notifications')).body;
      if (items.some((item: { caseId: string }) => item.caseId === caseId)) return;
      if (tries > 300) throw new Error('Nobody was told of a law that is about to act');
      await pause(100);
    }
  }

  private async referrals(): Promise<void> {
    const referral = {
      office: 'PLBN-MOTAAIN',
      channel: 'desa-binaan',
      area: '53.04.12.2003',
      subject: { identityNumbers: [{ kind: 'bi' }] },
      indicators: [{ indicator: 'documents-withheld' }],
    };
    const receive = async () => {
      const { referralId } = (await this.post('intake.motaain', 'POST /referrals', {}, referral)).body;
      const { subjectId, referrerId } = (await this.product.get('supervisor.atambua', `/referrals/${referralId}`)).body;
      for (const id of [subjectId, referrerId]) this.persons.set(id, { supervisor: 'supervisor.atambua', caseIds: [] });
      return referralId;
    };
    const referralId = await receive();
    const accepted = { procedure: 'PSIM', office: 'KANIM-ATB', subject: referral.subject };
    const { caseId } = (await this.post('officer.atambua', 'POST /referrals/{referralId}/accept', { referralId }, accepted)).body;
    await this.keep(caseId, 'officer.atambua', 'supervisor.atambua');
    await this.withdraw(caseId, 'officer.atambua', 'supervisor.atambua');
    const closed = await receive();
    const route = 'POST /referrals/{referralId}/close';
    await this.post('supervisor.atambua', route, { referralId: closed }, { ground: 'duplicate' });
    this.elsewhere.push(`/referrals/${referralId}`, `/referrals/${closed}`);
  }

  /** Two records of persons: proposed as one, merged, separated again, proposed again, and dismissed. */
  private async joined(): Promise<void> {
    const papers = (date: string) => ({
      names: [{ country: 'TL' }],
      numbers: [{ kind: 'passport' }],
      births: [{ date, precision: 'day' }],
    });
    const register = async (date: string) => {
      const caseId = await this.open('PSK');
      const { personId } = (await this.post('officer.kupang', 'POST /persons', {}, { caseId, papers: papers(date) })).body;
      return { caseId, personId };
    };
    const [one, two] = [await register('1907-03-29'), await register('1908-07-17')];
    const again = { caseId: one.caseId, papers: papers('1909-11-23') };
    await this.post('officer.kupang', 'POST /persons/{personId}/record-papers', { personId: one.personId }, again);
    await this.post('officer.kupang', 'POST /search', {});
    const pair = { a: one.personId, b: two.personId };
    const propose = async () => (await this.post('officer.kupang', 'POST /matches', {}, pair, { stays: true })).body.matchId;
    const matchId = await propose();
    const decide = (act: string) =>
      this.post('supervisor.kupang', `POST /matches/{matchId}/${act}`, { matchId }, {}, { stays: true });
    await decide('merge');
    await decide('undo');
    await propose();
    await decide('dismiss');
    // Not the two: the worker links those while their merge stands.
    const third = await this.open('PSK');
    await this.actsOn(one.caseId)('supervisor.kupang', 'link-case', { other: third });
    await this.withdraw(third);
    for (const { caseId, personId } of [one, two]) {
      await this.withdraw(caseId);
      this.elsewhere.push(`/persons/${personId}`, `/cases/${caseId}/person`);
    }
    this.elsewhere.push(`/matches/${matchId}`);
  }

  private async delegated(): Promise<void> {
    const lent = { official: 'officer2.kupang', holder: 'supervisor.kupang', role: 'supervisor', office: 'KANIM-KPG' };
    const time = { from: this.today(40), to: this.today(50) };
    await this.post('supervisor.kupang', 'POST /delegations', {}, { ...lent, ...time });
    const { items } = (await this.product.get('supervisor.kupang', '/delegations')).body;
    const [{ reasonOf }] = items.filter(({ from }: { from: string }) => from === time.from);
    // Whose own it is asks for nothing.
    this.persons.set(reasonOf, { supervisor: 'kanwil.ntt', caseIds: [] });
    // An official's own words end with their record, and not with a case's.
    const official = 'contoh.kupang';
    const numbers = [{ kind: 'nip' }];
    await this.post('admin', 'POST /appointments', {}, { official, identityNumbers: numbers }, { stays: true });
    const role = { role: 'case-officer', office: 'KANIM-KPG' };
    for (const [act, body] of [
      ['assign', { ...role, from: this.today() }],
      ['move', { office: role.office, to: 'KANIM-ATB', on: this.today(10) }],
      ['end', { ...role, office: 'KANIM-ATB', on: this.today(20) }],
      ['end-service', { on: this.today(15) }],
    ] as const)
      await this.post('admin', `POST /appointments/{official}/${act}`, { official }, body, { stays: true });
  }

  /** An affirmation of citizenship with everything that can befall it: examined twice, determined twice, contested, closed. */
  private async affirmation(): Promise<void> {
    const caseId = await this.open('PSK');
    const act = this.actsOn(caseId);
    await act('officer.kupang', 'amend-draft', { subject: { identityNumbers: [{ kind: 'nik' }] } });
    await this.scan(caseId);
    await this.papers(act, ['application-letter', 'identity-paper', 'birth-record', 'statement']);
    await act('officer.kupang', 'take-custody', { custodyId: 'passport-1', paper: 'passport', takenOn: this.today() });
    const back = { custodyId: 'passport-1', to: 'applicant', returnedOn: this.today() };
    await act('supervisor.kupang', 'return-original', back);
    await act('officer.kupang', 'lodge-application');
    await act('officer.kupang', 'write-note');
    await act('officer2.kupang', 'declare-conflict', { ground: 'relative' });
    await act('supervisor.kupang', 'lift-conflict', { official: 'officer2.kupang' });
    await act('officer.kupang', 'record-indicator', { indicator: 'debt-bondage', indicatorId: 'i-1' });
    await act('supervisor.kupang', 'clear-indicator', { indicatorId: 'i-1' });
    await act('officer.kupang', 'begin-screening');
    await act('officer.kupang', 'return-as-incomplete', { missing: ['parents-papers'] });
    await act('officer.kupang', 'resume-screening');
    await act('officer.kupang', 'accept-as-complete');
    await act('officer.kupang', 'request-evidence', { evidence: 'parents-papers' });
    await act('officer.kupang', 'verify-evidence', { evidenceId: 'birth-record-1', method: 'register-inquiry' });
    await act('officer.kupang', 'reject-evidence', { evidenceId: 'statement-1', ground: 'illegible' });
    await act('officer.kupang', 'record-interview', { interviewId: 'interview-1', heldOn: this.today() });
    await this.findings(act, { falseDataFound: false, lossDecided: false }, 'birth-record-1');
    await act('officer.kupang', 'request-consultation', { consultationId: 'c-1', agency: 'dukcapil' });
    await act('supervisor.kupang', 'extend-clock', { clockId: 'consultation-reply-1' });
    await act('officer.kupang', 'record-consultation-reply', { consultationId: 'c-1', answeredOn: this.today() });
    await this.settled(DAY_MS);
    await act('supervisor.kupang', 'suspend-clock', { clockId: 'decision-1', from: this.today(), ground: 'force-majeure' });
    await this.settled(2 * DAY_MS);
    await act('supervisor.kupang', 'resume-clock', { clockId: 'decision-1', resumedOn: this.today() });
    const { accessId } = (await this.post('auditor.ntt', 'POST /cases/{caseId}/break-glass', { caseId })).body;
    await this.post(
      'supervisor.kupang',
      'POST /cases/{caseId}/break-glass/{accessId}/review',
      { caseId, accessId },
      { verdict: 'justified' },
    );
    await this.panel(act);
    await act('officer.kupang', 'recommend-determination', { outcome: 'not-established' });
    await act('supervisor.kupang', 'return-for-rework');
    await act('officer.kupang', 'recommend-determination', { outcome: 'not-established' });
    for (const person of UP_TO_MINISTER) await act(person, 'refer-case');
    await act('minister', 'approve-determination');
    await act('officer.kupang', 'serve-determination', { servedOn: this.today(), method: 'in-person' });
    await act('officer.kupang', 'file-remedy', { remedy: 'objection', filedOn: this.today() });
    const { links } = (await this.product.get('officer.kupang', `/cases/${caseId}`)).body;
    const remedy = links.find((link: { relation: string }) => link.relation === 'remedy').other;
    await this.opened(remedy);
    await this.withdraw(remedy);
    await act('minister', 'reopen-case', { ground: 'court-judgment' });
    await this.papers(act, ['court-judgment']);
    await act('officer.kupang', 'verify-evidence', { evidenceId: 'court-judgment-1', method: 'register-inquiry' });
    await this.findings(act, { falseDataFound: true, falseDataJudgment: true }, 'court-judgment-1');
    await this.panel(act);
    await act('officer.kupang', 'recommend-determination', { outcome: 'not-established' });
    for (const person of UP_TO_MINISTER) await act(person, 'refer-case');
    await act('minister', 'determine-otherwise', { outcome: 'rejected-false-data' });
    await act('officer.kupang', 'serve-determination', { servedOn: this.today(), method: 'in-person' });
    await this.settled(90 * DAY_MS);
    await act('supervisor.kupang', 'close-case');
  }

  private async panel(act: Act): Promise<void> {
    const agencies = ['dukcapil', 'police', 'tax-office'];
    const outcome = 'not-established';
    await act('officer.kupang', 'convene-panel', {
      members: agencies.map((agency) => ({ official: `panel.${agency}`, agency })),
    });
    for (const agency of agencies) await act(`panel.${agency}`, 'record-panel-finding', { position: 'agrees', outcome });
    await act('officer.kupang', 'conclude-panel', { outcome });
  }

  /** A remedy's case is opened by the worker, a moment later. */
  private async opened(caseId: string): Promise<void> {
    for (let tries = 0; (await this.product.get('officer.kupang', `/cases/${caseId}`)).status !== 200; tries += 1) {
      if (tries > 200) throw new Error('The case of a remedy was not opened');
      await pause(100);
    }
    await this.keep(caseId, 'officer.kupang', 'supervisor.kupang');
  }

  /** A naturalisation that lapsed for want of an oath that was taken after all, and the papers that are then handed in. */
  private async naturalisation(): Promise<void> {
    const caseId = await this.open('SKIM');
    const act = this.actsOn(caseId);
    const papers = ['application-letter', 'identity-paper', 'stay-permit', 'residence-record'];
    await this.papers(act, papers);
    for (const command of ['lodge-application', 'begin-screening', 'accept-as-complete']) await act('officer.kupang', command);
    for (const paper of papers)
      await act('officer.kupang', 'verify-evidence', { evidenceId: `${paper}-1`, method: 'register-inquiry' });
    const established = [
      'identityEstablished',
      'isAdultOrMarried',
      'residenceFiveOrTenYears',
      'healthy',
      'speaksIndonesian',
      'steadyIncome',
    ];
    const facts = {
      ...Object.fromEntries(established.map((fact) => [fact, true])),
      dossierPurpose: 'naturalisation',
      naturalisationRoute: 'ordinary',
      convictedOneYearOrMore: false,
      wouldHoldDualCitizenship: false,
    };
    await this.findings(act, facts, 'identity-paper-1');
    await act('officer.kupang', 'recommend-determination', { outcome: 'naturalised' });
    for (const person of ['supervisor.kupang', 'ditjenim', 'kanwil.ntt', 'minister']) await act(person, 'refer-case');
    await act('presiden', 'approve-determination');
    const servedOn = this.today();
    await act('officer.kupang', 'serve-determination', { servedOn, method: 'registered-post' });
    await act('officer.kupang', 'summon-to-oath', { on: servedOn });
    await this.settled(200 * DAY_MS);
    for (let tries = 0; (await this.product.get('officer.kupang', `/cases/${caseId}`)).body.stage !== 'lapsed'; tries += 1) {
      if (tries > 200) throw new Error('The law did not act on an oath that was not taken');
      await pause(100);
    }
    await act('supervisor.kupang', 'record-oath', { takenOn: servedOn, record: HASH });
    await act('officer.kupang', 'record-hand-in', { handedInOn: servedOn });
    await act('supervisor.kupang', 'close-case');
  }

  /** A scan of a paper, and its name. */
  private async scan(caseId: string): Promise<void> {
    const word = this.canaries.make('a document');
    const body = `%PDF-1.4\n1 0 obj\n<< /Title (${word}) >>\nendobj\ntrailer\n<< >>\n%%EOF\n`;
    const headers = {
      'content-type': 'application/pdf',
      'content-disposition': `attachment; filename="${this.canaries.make('a file name')}.pdf"`,
    };
    const taken = await this.product.sendAs('officer.kupang', 'POST', `/cases/${caseId}/documents`, headers, body);
    if (taken.status !== 201) throw new Error(`A document was refused: ${JSON.stringify(taken.body)}`);
    this.elsewhere.push(`/cases/${caseId}/documents`);
  }

  /** In Kupang, by the product's own clock, and so many days later. */
  private today(later = 0): string {
    return new Date(Date.now() + this.shiftMs + ZONE_MS + later * DAY_MS).toISOString().slice(0, 10);
  }

  /** The product's clock stands so far from the world's. */
  async settled(shiftMs: number): Promise<void> {
    this.shiftMs = shiftMs;
    await moveTime(this.product.database.pool, shiftMs);
    await pause(CLOCK_SETTLES_MS);
  }
}
