/**
 * The product as its people run it: a database of its own, the seeds, and API and worker as processes of their own. Nothing is faked, but
 * for the server of EventStoreDB, for which a stand-in stands where the log is kept there (test/eventstoredb/stand-in.ts).
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { prepareDatabase } from '../../apps/cli/src/prepare-database.js';
import { demoToken } from '../../apps/cli/src/token.js';
import { EventStoreDbStore } from '../../libs/event-store/src/eventstoredb-store.js';
import type { EventStore, RecordedEvent } from '../../libs/event-store/src/port.js';
import { PostgresStore } from '../../libs/event-store/src/postgres-store.js';
import { createTestDatabase, type TestDatabase } from '../../libs/event-store/src/testing/test-database.js';
import { StandIn } from '../eventstoredb/stand-in-process.js';
import { AppProcess, freePort } from './app-process.js';

/** For acts of the CLI whose progress nobody watches. */
export const quiet = { step: () => undefined, at: () => undefined, note: () => undefined, end: () => undefined };

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: a test reads answers of every shape
  readonly body: any;
}

export class Product {
  private readonly tokens = new Map<string, string>();

  private constructor(
    readonly database: TestDatabase,
    /** The log, read past the product. */
    readonly store: EventStore,
    /** Where the log is kept, unless in PostgreSQL. */
    readonly eventStoreDb: StandIn | undefined,
    readonly home: string,
    readonly port: number,
    private readonly processes: Map<'api' | 'worker', AppProcess>,
    /** Of both processes, as they are started. */
    private readonly settings: { readonly holdSeconds: number; readonly remember: number | undefined },
  ) {}

  /**
   * `holdSeconds`: how long determinations are held before they take effect; not at all unless told. `remember`: so many characters of what
   * each process prints.
   */
  static async start({
    onEventStoreDb = false,
    holdSeconds = 0,
    remember,
  }: {
    readonly onEventStoreDb?: boolean;
    readonly holdSeconds?: number;
    readonly remember?: number;
  } = {}): Promise<Product> {
    const database = await createTestDatabase();
    const home = await mkdtemp(join(tmpdir(), 'tegas-e2e-'));
    const eventStoreDb = onEventStoreDb ? await StandIn.start({ file: join(home, 'eventstoredb.log') }) : undefined;
    // Of this spec file's process alone, and of those it starts.
    if (eventStoreDb !== undefined) process.env.TEGAS_EVENTSTORE_URL = eventStoreDb.url;
    const store =
      eventStoreDb === undefined ? new PostgresStore(database.pool, { listen: false }) : new EventStoreDbStore(eventStoreDb.url);
    await prepareDatabase({ databaseUrl: database.url, home, progress: quiet });
    const settings = { holdSeconds, remember };
    const product = new Product(database, store, eventStoreDb, home, await freePort(), new Map(), settings);
    await Promise.all([product.run('api'), product.run('worker')]);
    return product;
  }

  /** Starts one process from the build and waits until it says it is ready. */
  async run(app: 'api' | 'worker'): Promise<void> {
    this.processes.set(
      app,
      await AppProcess.start(
        `dist/apps/${app}/src/main.js`,
        {
          NODE_ENV: 'test',
          TEGAS_DATABASE_URL: this.database.url,
          TEGAS_HOME: this.home,
          TEGAS_PORT: String(this.port),
          TEGAS_DEMO: '1',
          TEGAS_SWEEP_SECONDS: '1',
          TEGAS_LIVE_BEAT_SECONDS: '1',
          TEGAS_HOLD_SECONDS: String(this.settings.holdSeconds),
        },
        [],
        this.settings.remember,
      ),
    );
  }

  async stop(): Promise<void> {
    await Promise.all([...this.processes.keys()].map((app) => this.end(app, 'SIGTERM')));
    await this.store.close();
    await this.eventStoreDb?.signal('SIGKILL');
    await this.database.drop();
    await rm(this.home, { recursive: true, force: true });
  }

  async end(app: 'api' | 'worker', signal: NodeJS.Signals): Promise<void> {
    await this.processes.get(app)?.end(signal);
  }

  runs(app: 'api' | 'worker'): boolean {
    return this.processes.get(app)?.runs === true;
  }

  /** The last that one process has printed. */
  said(app: 'api' | 'worker'): string {
    return this.processes.get(app)?.said() ?? '';
  }

  async token(person: string): Promise<string> {
    const known = this.tokens.get(person);
    if (known !== undefined) return known;
    const token = await demoToken(this.home, this.port, person);
    this.tokens.set(person, token);
    return token;
  }

  /** From now on this person comes with a token that somebody else signed. */
  lend(person: string, token: string): void {
    this.tokens.set(person, token);
  }

  /** Everything in the log, as it is stored. */
  async events(): Promise<readonly RecordedEvent[]> {
    const events: RecordedEvent[] = [];
    for await (const batch of this.store.readAll('0')) events.push(...batch);
    return events;
  }

  get address(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async get(person: string, path: string, headers: Record<string, string> = {}): Promise<Answer> {
    return this.send('GET', path, { ...(await this.bearer(person)), ...headers });
  }

  async post(person: string, path: string, body: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    return this.send(
      'POST',
      path,
      { 'content-type': 'application/json', ...(await this.bearer(person)), ...headers },
      JSON.stringify(body),
    );
  }

  /** A command at the case's present revision; throws when it is not accepted. */
  async act(person: string, caseId: string, command: string, body: object = {}): Promise<Answer> {
    let answer = await this.tryAct(person, caseId, command, body);
    // The law or a linked case may have had its say between the reading of the revision and the act.
    for (let again = 0; again < 3 && answer.status === 412; again += 1) answer = await this.tryAct(person, caseId, command, body);
    if (answer.status !== 200) throw new Error(`${person} ${command}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer;
  }

  async openDraft(person = 'officer.kupang', office = 'KANIM-KPG', name = 'Maria'): Promise<string> {
    const answer = await this.post(person, '/cases', { procedure: 'PSK', office, subject: { name } });
    if (answer.status !== 201) throw new Error(JSON.stringify(answer.body));
    return answer.body.caseId;
  }

  async lodged(person = 'officer.kupang', office = 'KANIM-KPG'): Promise<string> {
    const caseId = await this.openDraft(person, office);
    const procedures = await this.get(person, '/procedures');
    const psk = procedures.body.items.find((p: { code: string }) => p.code === 'PSK');
    for (const { code } of psk.evidence.filter((e: { required: boolean }) => e.required))
      await this.act(person, caseId, 'receive-evidence', { evidence: code, evidenceId: `${code}-1`, title: 'Surat' });
    await this.act(person, caseId, 'lodge-application');
    return caseId;
  }

  /** A case of Kupang, examined and recommended by officer.kupang. */
  async underReview(): Promise<string> {
    const caseId = await this.lodged();
    const act = (command: string, body: object = {}) => this.act('officer.kupang', caseId, command, body);
    await act('begin-screening');
    await act('accept-as-complete');
    await act('record-interview', { interviewId: 'interview-1', heldOn: '2026-01-05', notes: 'Keterangan pemohon' });
    const finding = { fact: 'falseDataFound', value: false, evidence: ['interview-1'], reason: 'Tidak ditemukan' };
    await act('record-finding', finding);
    await this.panel(caseId, 'not-established');
    await act('recommend-determination', { outcome: 'not-established', reason: 'Tidak terbukti' });
    return caseId;
  }

  /** Three agencies examine a case of Kupang and agree; without it nothing is recommended. */
  async panel(caseId: string, outcome: string): Promise<void> {
    const agencies = ['dukcapil', 'police', 'tax-office'];
    const members = agencies.map((agency) => ({ official: `panel.${agency}`, agency }));
    await this.act('officer.kupang', caseId, 'convene-panel', { members });
    const finding = { position: 'agrees', outcome, reason: 'Sependapat' };
    for (const agency of agencies) await this.act(`panel.${agency}`, caseId, 'record-panel-finding', finding);
    await this.act('officer.kupang', caseId, 'conclude-panel', { outcome });
  }

  /** A citizenship affirmation that the Minister has determined. */
  async affirmed(subject: object = { name: 'Maria' }): Promise<string> {
    const opened = await this.post('officer.kupang', '/cases', {
      procedure: 'PSK',
      office: 'KANIM-KPG',
      subject,
    });
    const { caseId } = opened.body;
    const act = (person: string, command: string, body: object = {}) => this.act(person, caseId, command, body);
    for (const [evidence, evidenceId] of [
      ['application-letter', 'letter-1'],
      ['identity-paper', 'identity-1'],
      ['birth-record', 'birth-1'],
    ])
      await act('officer.kupang', 'receive-evidence', { evidence, evidenceId, title: 'Surat' });
    for (const command of ['lodge-application', 'begin-screening', 'accept-as-complete']) await act('officer.kupang', command);
    for (const evidenceId of ['identity-1', 'birth-1'])
      await act('officer.kupang', 'verify-evidence', { evidenceId, method: 'seen' });
    const facts = {
      falseDataFound: false,
      lossDecided: false,
      identityEstablished: true,
      anotherCitizenshipHeld: false,
      acquiredForeignCitizenship: false,
      foreignPassportHeld: false,
      marriedToForeigner: false,
      limitedDualNational: false,
      parentsMarried: true,
      fatherCitizenshipAtBirth: 'wni',
      motherCitizenshipAtBirth: 'wni',
    };
    for (const [fact, value] of Object.entries(facts))
      await act('officer.kupang', 'record-finding', {
        fact,
        value,
        evidence: ['identity-1', 'birth-1'],
        reason: 'Sesuai register',
      });
    await this.panel(caseId, 'wni-affirmed');
    await act('officer.kupang', 'recommend-determination', { outcome: 'wni-affirmed', reason: 'Pasal 4 huruf b' });
    for (const person of ['supervisor.kupang', 'kanwil.ntt', 'ahu']) await act(person, 'refer-case', { reason: 'Lengkap' });
    const { body } = await act('minister', 'approve-determination', { reason: 'Pasal 4 huruf b' });
    await this.get('officer.kupang', `/worklist?atLeastPosition=${body.position}`);
    return caseId;
  }

  async tryAct(person: string, caseId: string, command: string, body: object = {}): Promise<Answer> {
    const revision = (await this.store.read(`case-${caseId}`)).at(-1)?.revision ?? 0;
    return this.post(person, `/cases/${caseId}/${command}`, body, { 'if-match': `"${revision}"` });
  }

  async send(method: string, path: string, headers: Record<string, string>, body?: string): Promise<Answer> {
    const answer = await fetch(`${this.address}${path}`, { method, headers, ...(body === undefined ? {} : { body }) });
    // It would never end.
    const endless = answer.headers.get('content-type')?.startsWith('text/event-stream') === true;
    if (endless) await answer.body?.cancel();
    const text = endless ? '' : await answer.text();
    return {
      status: answer.status,
      headers: answer.headers,
      body: text !== '' && /json/.test(answer.headers.get('content-type') ?? '') ? JSON.parse(text) : text,
    };
  }

  /** The same with a person's token. */
  async sendAs(person: string, method: string, path: string, headers: Record<string, string>, body?: string): Promise<Answer> {
    return this.send(method, path, { ...headers, ...(await this.bearer(person)) }, body);
  }

  private async bearer(person: string): Promise<Record<string, string>> {
    return person === '' ? {} : { authorization: `Bearer ${await this.token(person)}` };
  }
}
