/** What officials are told, whole: from a law that is about to act to the inbox, the mail, the webhook and the operator's outbox. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import { Post, Receiver } from '../../apps/worker/src/testing/outside.js';
import { moveTime } from '../../libs/event-store/src/time.js';
import { Product } from './product.js';

const secret = `whsec_${Buffer.from('a secret of thirty-two bytes ....').toString('base64')}`;
const post = new Post();
const receiver = new Receiver();
let folder: string;
let product: Product;
let caseId: string;
let reference: string;

beforeAll(async () => {
  await Promise.all([post.open(), receiver.open()]);
  folder = await mkdtemp(join(tmpdir(), 'tegas-outbox-'));
  const files = { addresses: join(folder, 'addresses.json'), webhooks: join(folder, 'webhooks.json') };
  await writeFile(files.addresses, JSON.stringify({ 'supervisor.kupang': 'supervisor@kantor.test' }));
  const types = ['ClockWarned', 'EscalationAcknowledged'];
  await writeFile(files.webhooks, JSON.stringify([{ name: 'registry', url: receiver.url.href, secret, types }]));
  // Of this spec file's process alone, and of those it starts.
  process.env.TEGAS_SMTP_URL = post.url;
  process.env.TEGAS_MAIL_FROM = 'tegas@kantor.test';
  process.env.TEGAS_MAIL_ADDRESSES = files.addresses;
  process.env.TEGAS_WEBHOOKS = files.webhooks;
  product = await Product.start();
  await until(async () => (await product.database.pool.query('SELECT 1 FROM ops.outbox_target')).rows.length === 2);
  ({ caseId, reference } = await aboutToLapse());
}, 180_000);
afterAll(async () => {
  await product?.stop();
  await Promise.all([post.close(), receiver.close(), rm(folder, { recursive: true, force: true })]);
}, 60_000);

async function until(satisfied: () => boolean | Promise<boolean>, ms = 30_000): Promise<void> {
  const deadline = Date.now() + ms;
  while (!(await satisfied())) {
    if (Date.now() > deadline) throw new Error(`It did not get there: ${product?.said('worker')}`);
    await pause(50);
  }
}

/** One of two nationalities turns 21 in sixty days and has not chosen: the law takes the first, and the supervisor is told. */
async function aboutToLapse(): Promise<{ caseId: string; reference: string }> {
  const bornOn = birthday();
  const subject = { name: 'Canarynama', born: bornOn };
  const { body } = await product.post('officer.kupang', '/cases', { procedure: 'ABG-PILIH', office: 'KANIM-KPG', subject });
  const act = (command: string, more: object = {}) => product.act('officer.kupang', body.caseId, command, more);
  for (const evidence of ['choice-statement', 'identity-paper', 'birth-record'])
    await act('receive-evidence', { evidence, evidenceId: evidence, title: 'Canarysurat' });
  for (const command of ['lodge-application', 'begin-screening', 'accept-as-complete']) await act(command);
  await act('verify-evidence', { evidenceId: 'birth-record', method: 'register-inquiry' });
  for (const [fact, value] of [
    ['choiceMade', 'none'],
    ['bornOn', bornOn],
  ])
    await act('record-finding', { fact, value, evidence: ['birth-record'], reason: 'Canaryalasan' });
  return body;
}

function birthday(): string {
  const day = new Date(Date.now() + 60 * 24 * 3_600_000);
  day.setUTCFullYear(day.getUTCFullYear() - 21);
  return day.toISOString().slice(0, 10);
}

const inbox = async (person: string, query = '') => (await product.get(person, `/notifications${query}`)).body;
interface Told {
  readonly id: string;
  readonly caseId: string;
  readonly kind: string;
  readonly seenAt: string | null;
}
const warning = async (): Promise<Told> => {
  let found: Told | undefined;
  await until(async () => {
    const { items } = await inbox('supervisor.kupang');
    found = items.find((item: Told) => item.kind === 'law-acts' && item.caseId === caseId);
    return found !== undefined;
  });
  if (found === undefined) throw new Error('Nobody was warned');
  return found;
};

describe('an inbox', () => {
  it('holds what its official was told, with the clock by its name, and is seen by nobody else', async () => {
    const told = await warning();
    expect(told).toMatchObject({
      reference,
      step: 'law-acts',
      role: 'supervisor',
      procedure: 'ABG-PILIH',
      clock: 'choice',
      clockStatus: 'running',
      outcome: 'lapsed',
      seenAt: null,
      clockName: { en: expect.any(String) },
    });
    expect(JSON.stringify(await inbox('supervisor.kupang'))).not.toContain('Canary');
    for (const person of ['officer.kupang', 'supervisor.atambua', 'auditor.ntt', 'admin']) {
      expect((await inbox(person)).items.map((item: Told) => item.id)).not.toContain(told.id);
      for (const answer of ['seen', 'acknowledge'])
        expect((await product.post(person, `/notifications/${told.id}/${answer}`, {})).status).toBe(404);
    }
    for (const path of ['no-id', `${caseId}`])
      expect((await product.post('supervisor.kupang', `/notifications/${path}/seen`, {})).status).toBe(404);
    for (const query of ['?unread=perhaps', '?after=made-up', '?official=officer.kupang', '?limit=0'])
      expect((await product.get('supervisor.kupang', `/notifications${query}`)).status).toBe(400);
    expect((await product.get('', '/notifications')).status).toBe(401);
  }, 60_000);

  it('counts what is unread, and takes each answer once however often it is sent', async () => {
    const told = await warning();
    const answer = (name: string) => product.post('supervisor.kupang', `/notifications/${told.id}/${name}`, {});
    const seen = await answer('seen');
    expect([seen.status, seen.body.events]).toEqual([200, ['EscalationSeen']]);
    expect((await answer('seen')).body).toEqual(seen.body);
    const after = await inbox('supervisor.kupang', `?atLeastPosition=${seen.body.position}`);
    // Others may come meanwhile: what is counted is what stands there unread, and this does no more.
    expect(after.items.find((item: Told) => item.id === told.id).seenAt).toEqual(expect.any(String));
    expect(after.unread).toBe(after.items.filter((item: Told) => item.seenAt === null).length);
    expect((await inbox('supervisor.kupang', '?unread=true')).items.map((item: Told) => item.id)).not.toContain(told.id);

    const [first, again] = await Promise.all([answer('acknowledge'), answer('acknowledge')]);
    expect([first?.status, again?.body]).toEqual([200, first?.body]);
    const clocks = await product.store.read(`clocks-${caseId}`);
    for (const type of ['EscalationSeen', 'EscalationAcknowledged'])
      expect(clocks.filter((event) => event.type === type)).toHaveLength(1);
    const now = await inbox('supervisor.kupang', `?atLeastPosition=${first?.body.position}`);
    expect(now.items.find((item: Told) => item.id === told.id)).toMatchObject({ acknowledgedBy: 'supervisor.kupang' });
  }, 60_000);
});

describe('the queue of what the law does next', () => {
  it('is what lapses or is granted by silence, by office, with who was told and who answers for it', async () => {
    await warning();
    const { body } = await product.get('supervisor.kupang', '/clocks?byLaw=true&days=90&office=KANIM-KPG');
    expect(body.beyond).toBe(0);
    expect(body.items.map((item: { caseId: string }) => item.caseId)).toEqual([caseId]);
    expect(body.items[0]).toMatchObject({ lawEffect: 'lapse', lawOutcome: 'lapsed', toldRole: expect.any(String) });
    expect(body.items[0].step).not.toBeNull();
    const told = await warning();
    const { position } = (await product.post('supervisor.kupang', `/notifications/${told.id}/acknowledge`, {})).body;
    const after = await product.get('supervisor.kupang', `/clocks?byLaw=true&days=all&atLeastPosition=${position}`);
    expect(after.body.items[0].acknowledgedBy).toBe('supervisor.kupang');
    expect((await product.get('supervisor.kupang', '/clocks?byLaw=true&days=all&office=KANIM-ATB')).body.items).toEqual([]);
    // Sixty days ahead: within the usual month there is nothing, and what lies beyond is counted.
    for (const days of ['', '&days=7', '&days=59'])
      expect((await product.get('supervisor.kupang', `/clocks?byLaw=true&office=KANIM-KPG${days}`)).body).toEqual({
        items: [],
        beyond: 1,
      });
    expect(after.body).not.toHaveProperty('beyond');
    for (const query of ['byLaw=yes', 'office=NOWHERE', 'byLaw=true&days=0', 'byLaw=true&days=soon', 'days=30'])
      expect((await product.get('supervisor.kupang', `/clocks?${query}`)).status).toBe(400);
  }, 60_000);
});

async function atTerminal(
  ...args: string[]
): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> {
  const env = { ...process.env, NODE_OPTIONS: '', TEGAS_HOME: product.home, TEGAS_DATABASE_URL: product.database.url };
  return promisify(execFile)(process.execPath, ['dist/apps/cli/src/main.js', ...args], { env }).then(
    ({ stdout }) => ({ code: 0, stdout, stderr: '' }),
    (error: { code: number; stdout: string; stderr: string }) => error,
  );
}

describe('a decree at the terminal', () => {
  it('is tried and refused in both languages', async () => {
    const year = String(new Date().getUTCFullYear() + 1);
    const file = join(folder, 'decree.json');
    const tried = async (holidays: readonly string[]) => {
      const decree = { decree: 'SKB 3 Menteri', confidence: 'general knowledge', collectiveLeave: [] };
      await writeFile(
        file,
        JSON.stringify({ years: { [year]: { ...decree, holidays: holidays.map((day) => `${year}-${day}`) } } }),
      );
      return atTerminal('calendar', 'publish', '--dry-run', file);
    };
    const fixed = ['01-01', '05-01', '06-01', '08-17', '12-25'];
    const [good, bad] = [await tried(fixed), await tried(fixed.slice(1))];
    expect(good.code).toBe(0);
    expect(good.stdout).toMatch(/Akan menggeser \d+ tenggat dalam \d+ perkara\.\n.*Would move \d+ clocks? in \d+ cases?\./);
    expect(good.stdout).toMatch(/menghapus .*sebelumnya belum ada keputusan\n.*leaves out .*no decree before/);
    expect(bad.code).toBe(1);
    expect(bad.stderr).toMatch(/leaves out these days off: 1 January[\s\S]*tidak ada lagi dalam keputusan: 1 Januari/);
  }, 60_000);
});

describe('the outbox', () => {
  const tegas = (...args: string[]) => atTerminal('outbox', ...args);
  const warned = () => receiver.taken.filter(({ body }) => body.includes('tegas.ClockWarned'));

  it('sends mail and webhooks of it, without a name and without the day, which is a birthday', async () => {
    await warning();
    await until(() => warned().length === 1 && post.texts().includes(reference));
    const [{ body, headers } = { body: '', headers: {} }] = warned();
    expect(new Webhook(secret).verify(body, headers as Record<string, string>, { jsonParse: true })).toMatchObject({
      type: 'tegas.ClockWarned',
      subject: caseId,
      data: { caseId, reference, clock: 'choice', outcome: 'lapsed' },
    });
    const said = post.texts();
    expect(said).toContain(`http://localhost:${product.port}/konsol/perkara/${caseId}`);
    expect(said).toContain('hukum bertindak');
    const day = birthday().slice(8).replace(/^0/, '');
    const month = new Intl.DateTimeFormat('id-ID', { month: 'long', timeZone: 'UTC' }).format(new Date(birthday()));
    for (const text of [said, body]) {
      expect(text).not.toContain('Canary');
      expect(text).not.toContain(birthday().slice(4));
      expect(text).not.toContain(`${day} ${month}`);
    }
    for (const { to } of post.taken) expect(to).toEqual(['supervisor@kantor.test']);
  }, 60_000);

  it('is counted, listed with what to do, tried again and replayed by the operator', async () => {
    await until(() => warned().length > 0);
    const counts = JSON.parse((await tegas('--json')).stdout);
    expect(counts.dead).toEqual([]);
    expect(counts.counts).toContainEqual({ channel: 'mail', state: 'sent', count: expect.any(Number) });
    await product.database.pool.query(
      `UPDATE ops.delivery SET state = 'dead', attempts = 20, last_error = 'HTTP-500' WHERE event->>'type' = 'tegas.ClockWarned' AND channel = 'webhook'`,
    );
    const metrics = await product.send('GET', '/health/metrics', {});
    expect(metrics.body).toMatch(/^tegas_deliveries\{channel="webhook",state="dead"\} 1$/m);
    const listed = await tegas();
    expect(listed.code).toBe(0);
    expect(listed.stdout).toMatch(
      /webhook registry {2}tegas\.ClockWarned.*20 attempts\n {2}HTTP-500\n.*Penerima webhook.*\n.*receiver refused/,
    );
    // Whatever went wrong is told as what it is, in words.
    for (const [error, words] of [
      ['fault', /kesalahan dalam Tegas[\s\S]*a fault in Tegas/],
      ['ECONNREFUSED', /tidak dapat dihubungi[\s\S]*could not be reached/],
      ['SMTP-450', /menunda sampai akhir[\s\S]*put it off/],
    ] as const) {
      await product.database.pool.query(`UPDATE ops.delivery SET last_error = $1 WHERE state = 'dead'`, [error]);
      expect((await tegas()).stdout).toMatch(words);
    }
    expect((await tegas('--retry')).stdout).toContain('1 deliveries');
    await until(() => warned().length === 2);

    const replayed = JSON.parse((await tegas('replay', '--from', '1', '--to', 'registry', '--json')).stdout);
    expect(replayed).toMatchObject({ from: '1', to: ['registry'] });
    expect(replayed.replayed).toBeGreaterThan(0);
    await until(() => warned().length === 3);
    expect(new Set(warned().map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    const head = (await product.events()).at(-1)?.position ?? '0';
    expect(JSON.parse((await tegas('replay', '--from', `${BigInt(head) + 1n}`, '--json')).stdout).replayed).toBe(0);

    expect(await tegas('replay', '--from', '1', '--to', 'nobody')).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/names: registry[\s\S]*menyebut: registry/),
    });
    expect(await tegas('replay', '--from', 'yesterday')).toMatchObject({ code: 2 });
    expect(await tegas('replay')).toMatchObject({ code: 2 });
  }, 120_000);
});

describe('what was told of a date that moved since', () => {
  it('says so, and where it moved to', async () => {
    const lodged = await product.lodged();
    const day = (days: number) => new Date(Date.now() + (days * 24 + 8) * 3_600_000).toISOString().slice(0, 10);
    const told = async () => (await inbox('officer.kupang', '?limit=200')).items.find((item: Told) => item.caseId === lodged);
    try {
      // The intake clock of 14 days has run to the half.
      await moveTime(product.database.pool, 10 * 24 * 3_600_000);
      await until(async () => (await told()) !== undefined);
      expect(await told()).toMatchObject({ step: 'half', toldBefore: [] });
      expect(await told()).not.toHaveProperty('movedTo');
      const { dueOn } = await told();
      const clock = { clockId: 'intake-1', reason: 'Banjir' };
      await product.act('supervisor.kupang', lodged, 'suspend-clock', { ...clock, from: day(8), ground: 'force-majeure' });
      const { body } = await product.act('supervisor.kupang', lodged, 'resume-clock', { ...clock, resumedOn: day(9) });
      await product.get('supervisor.kupang', `/clocks?caseId=${lodged}&atLeastPosition=${body.position}`);
      expect(await told()).toMatchObject({
        dueOn,
        movedTo: new Date(Date.parse(dueOn) + 24 * 3_600_000).toISOString().slice(0, 10),
      });
      expect(JSON.stringify((await product.get('officer.kupang', `/cases/${lodged}`)).body.clocks)).toContain('keadaan kahar');
    } finally {
      await moveTime(product.database.pool, 0);
    }
  }, 60_000);
});

describe('the explanation of a clock that was made longer', () => {
  it('names who did it as people do', async () => {
    const caseId = await product.lodged();
    for (const command of ['begin-screening', 'accept-as-complete']) await product.act('officer.kupang', caseId, command);
    const consultation = { consultationId: 'consultation-1', agency: 'dukcapil', question: 'Apakah tercatat?' };
    await product.act('officer.kupang', caseId, 'request-consultation', consultation);
    const clock = { clockId: 'consultation-reply-1', reason: 'Surat belum tiba' };
    await product.act('supervisor.kupang', caseId, 'extend-clock', clock);
    const { clocks, position } = (await product.get('officer.kupang', `/cases/${caseId}`)).body;
    const { rule } = clocks.find((one: { clockId: string }) => one.clockId === clock.clockId).explanation;
    expect(rule.id).toContain('oleh Ibu Contoh Supervisor (');
    expect(rule.en).not.toContain('supervisor.kupang');
    // A clock by its name in the procedure, over HTTP and at a terminal.
    const started = 'Tenggat Jawaban instansi yang dimintai pendapat mulai berjalan.';
    const { items } = (await product.get('officer.kupang', `/cases/${caseId}/history?atLeastPosition=${position}`)).body;
    expect(items.map(({ sentence }: { sentence: { id: string } }) => sentence.id)).toContain(started);
    expect((await atTerminal('history', caseId)).stdout).toContain(started);
  }, 60_000);
});
