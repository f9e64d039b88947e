/** Mail and webhooks against a real SMTP server and a real HTTP receiver of this machine. */
import { writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import { referenceOf } from '#domain/case/reference.js';
import type { Id } from '#domain/event.js';
import { clocksStream } from '#domain/process/escalation.js';
import { caseIdOf, commandIdOf } from '#event-store/envelope.js';
import { findNotifications } from '#read-models/notification.js';
import { countOutbox, findDead, openOutbox, putInAgain, retryDead, takeDue } from '#read-models/outbox.js';
import { rebuild } from '#read-models/rebuild.js';
import { kanim, officer, supervisor, TestDesk } from '#read-models/testing/case-desk.js';
import { mayReach, readWebhookTargets, type WebhookTarget, webhooksOf } from '#read-models/webhook-targets.js';
import { openSmtp, postWebhook } from './channels.js';
import { againAfterMs, type DeliveryPace, type Outlets, runDelivery, usualPace } from './delivery.js';
import { mailOf } from './mail.js';
import { openOutlets } from './outlets.js';
import { Post, Receiver } from './testing/outside.js';

/** A name that may stand nowhere outside. */
const CANARY = 'Canarynama';
const secret = `whsec_${Buffer.from('a secret of thirty-two bytes ....').toString('base64')}`;
/** The officers have none: the inbox tells them. */
const addresses = new Map([[supervisor, 'supervisor@kantor.test']]);
const quick: DeliveryPace = { firstMs: 40, mostMs: 200, attempts: 4, lookMs: 20 };

function targetAt({ url }: Receiver, name = 'registry', types = ['ClockEscalated', 'ClockFellDue']): WebhookTarget {
  return { name, url, secret, types, allowPrivate: false };
}

async function until(satisfied: () => boolean | Promise<boolean>, ms = 15_000): Promise<void> {
  const deadline = Date.now() + ms;
  while (!(await satisfied())) {
    if (Date.now() > deadline) throw new Error('It did not get there');
    await pause(20);
  }
}

describe('the outbox', () => {
  let test: TestDesk;
  let post: Post;
  let receiver: Receiver;
  let stopping: AbortController;
  let workers: Promise<void>[];
  const errors: unknown[][] = [];
  const told = console.error;

  beforeEach(async () => {
    test = await TestDesk.open();
    post = new Post();
    receiver = new Receiver();
    await Promise.all([post.open(), receiver.open()]);
    stopping = new AbortController();
    workers = [];
    // What is given up is told of; the last test looks at what was said.
    console.error = (...said: unknown[]) => void errors.push(said);
  });
  afterEach(async () => {
    await stop();
    console.error = told;
    await Promise.all([post.close(), receiver.close()]);
    await test.close();
  });

  async function stop(): Promise<void> {
    stopping.abort();
    await Promise.all(workers);
    stopping = new AbortController();
    workers = [];
  }

  const mail = (): NonNullable<Outlets['mail']> => ({
    port: openSmtp(post.url, 'tegas@kantor.test'),
    publicUrl: 'https://tegas.test',
    addresses: async () => addresses,
  });
  const both = (): Outlets => ({ mail: mail(), webhooks: [targetAt(receiver)] });
  const work = (outlets: Outlets, name = 'one', pace = quick): void => {
    const options = { lease: { holder: name }, now: () => test.now, pace };
    workers.push(runDelivery(test.readModels, test.desk, outlets, stopping.signal, options));
  };
  /** Until the worker follows the log, nothing that happens is new to it. */
  const following = () =>
    until(async () => (await test.readModels.query('SELECT 1 FROM ops.outbox_target')).length > 0).then(() => pause(50));
  /** A lodged case whose first clock has run out: two escalations, to its officers and to the supervisor. */
  const fallen = async (): Promise<Id> => {
    const caseId = await test.openCase(CANARY, 'lodged');
    const clock = (await test.desk.read(caseId)).state?.clocks[0];
    const before = test.now;
    test.now = clock?.due.dueAt ?? '';
    await test.announceDue(caseId, clock?.clockId ?? '', test.now);
    test.now = before;
    return caseId;
  };
  const counts = async () =>
    Object.fromEntries((await countOutbox(test.readModels)).map(({ channel, state, count }) => [`${channel} ${state}`, count]));

  it('delivers each thing once, with two workers, and says nothing of any person', async () => {
    const types = ['ApplicationLodged', 'ClockEscalated', 'ClockFellDue', 'EscalationSeen'];
    const all = () => ({ mail: mail(), webhooks: [targetAt(receiver, 'registry', types)] });
    work(all(), 'one');
    work(all(), 'two');
    await following();
    const cases: Id[] = [];
    for (let n = 0; n < 8; n += 1) cases.push(await fallen());
    const step = (await test.desk.told(cases[0] ?? '')).find(({ toRole }) => toRole === 'supervisor');
    if (step === undefined) throw new Error('Nobody was told');
    await test.desk.answerStep('EscalationSeen', cases[0] ?? '', step, supervisor, test.now, commandIdOf(supervisor, 'seen'));
    await until(async () => {
      const now = await counts();
      return now['mail sent'] === 8 && now['webhook sent'] === 33;
    });
    await pause(200);
    expect(post.taken.map(({ to }) => to)).toEqual(cases.map(() => ['supervisor@kantor.test']));
    expect(receiver.taken).toHaveLength(33);
    const ids = receiver.taken.map(({ headers }) => headers['webhook-id']);
    expect(new Set(ids).size).toBe(33);
    // Every mail its own Message-ID, its case and the last day, not the instant after it.
    expect(new Set(post.taken.map(({ text }) => /^Message-ID: (.*)$/im.exec(text)?.[1])).size).toBe(8);
    const state = (await test.desk.read(cases[0] ?? '')).state;
    const said = post.texts();
    expect(said).toContain(`https://tegas.test/konsol/perkara/${cases[0]}`);
    expect([state?.clocks[0]?.due.dueOn, said.includes('16 Maret 2026'), said.includes('16 March 2026')]).toEqual([
      '2026-03-16',
      true,
      true,
    ]);
    for (const { headers, body } of receiver.taken) {
      const event = new Webhook(secret).verify(body, headers as Record<string, string>, { jsonParse: true });
      expect(event).toMatchObject({ specversion: '1.0', source: expect.stringMatching(/^urn:uuid:/) });
      if (!body.includes('ClockEscalated')) continue;
      const { data } = JSON.parse(body);
      expect(data).toMatchObject({ clock: 'intake', office: 'KANIM-KPG' });
      expect(['due-officer case-officer', 'due supervisor']).toContain(`${data.step} ${data.toRole}`);
    }
    const [{ headers, body } = { headers: {}, body: '' }] = receiver.taken;
    expect(() => new Webhook(secret).verify(`${body} `, headers as Record<string, string>)).toThrow();
    const kept = JSON.stringify(await test.readModels.query('SELECT * FROM ops.delivery'));
    const bodies = receiver.taken.map(({ body }) => body).join();
    for (const text of [said, bodies, kept]) {
      expect(text.length).toBeGreaterThan(1000);
      for (const canary of [CANARY, 'C1234567', 'Dili', '1990']) expect(text).not.toContain(canary);
    }
    for (const text of [bodies, kept]) expect(text).not.toMatch(/kantor\.test/);
    for (const login of [supervisor, officer]) expect(bodies).not.toContain(login);
  }, 30_000);

  it('says in a mail which step it is, in both languages, and of a birthday not how far off it is', async () => {
    const caseId = await test.openCase(CANARY, 'lodged');
    const source = { specversion: '1.0', id: 'e', source: 's', time: test.now, datacontenttype: 'application/json' } as const;
    const mailFor = (type: string, data: { readonly [field: string]: string }, subject = caseId) =>
      mailOf(test.desk, 'https://tegas.test', { id: 'd', event: { ...source, type, subject, data } });
    const about = { clockId: 'intake-1', clock: 'intake', office: 'KANIM-KPG', toRole: 'head-of-office' };
    const heads = new Map<string, string>();
    for (const step of ['half', 'due', 'overdue-3', 'law-acted-early', 'law-acted']) {
      const { subject, text } = await mailFor('tegas.ClockEscalated', { ...about, step });
      heads.set(step, subject.slice('[Tegas] '.length, subject.indexOf(':')));
      expect(text.startsWith(`${heads.get(step)}: perkara ${referenceOf(caseId)}\n`)).toBe(true);
    }
    expect(new Set(heads.values()).size).toBe(5);
    expect(heads.get('overdue-3')).toBe('Lewat 3 hari kerja');
    const overdue = await mailFor('tegas.ClockEscalated', { ...about, step: 'overdue-3' });
    expect(overdue.subject).toContain(' / 3 working days overdue: Intake check, Monday');
    expect((await mailFor('tegas.ClockWarned', about)).subject).toMatch(
      /^\[Tegas\] Hukum akan bertindak: .* \/ The law will act: /,
    );
    expect((await mailFor('tegas.ClockPassedOn', { ...about, step: 'half' })).subject).toContain('Separuh waktu: ');
    const birthday = { ...about, clockId: 'turns-18-1', clock: 'turns-18', step: 'year-before' };
    const child = caseIdOf(commandIdOf(officer, 'child'));
    const procedure = test.pin('ABG-REG');
    const opening = { type: 'OpenDraft', caseId: child, procedure, office: kanim, channel: 'counter' } as const;
    await test.act(child, { ...opening, subjectId: child, subject: { name: CANARY, born: '2010-02-01' } });
    const { subject, text } = await mailFor('tegas.ClockEscalated', birthday, child);
    expect(subject).toContain('Pemberitahuan tenggat: ');
    expect(`${subject} ${text}`).not.toMatch(/[Ss]etahun sebelumnya|[Aa] year before/);
  });

  it('rides out a mail server that is away, and webhooks go on meanwhile', async () => {
    await post.close();
    work(both(), 'one', { ...quick, attempts: 1000 });
    await following();
    await fallen();
    await until(async () => (await counts())['webhook sent'] === 3);
    await until(
      async () => (await test.readModels.query(`SELECT 1 FROM ops.delivery WHERE channel = 'mail' AND attempts > 2`)).length > 0,
    );
    expect(await counts()).toEqual({ 'mail pending': 1, 'webhook sent': 3 });
    const [kept] = await test.readModels.query(
      `SELECT last_error AS error FROM ops.delivery WHERE channel = 'mail' AND last_error IS NOT NULL`,
    );
    expect(kept.error).toMatch(/^(ESOCKET|ECONNECTION|ECONNREFUSED)$/);
    await post.open();
    await until(async () => (await counts())['mail sent'] === 1);
    expect(post.taken).toHaveLength(1);
  }, 30_000);

  it('tries a webhook again until it is taken, under the same id', async () => {
    receiver.answers.push(503, 302, 204);
    work({ webhooks: [targetAt(receiver, 'registry', ['ClockFellDue'])] });
    await following();
    await fallen();
    await until(async () => (await counts())['webhook sent'] === 1);
    // The redirect led nowhere: every request came to the one address, in one shape.
    expect(receiver.taken).toHaveLength(3);
    expect(new Set(receiver.taken.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    expect(new Set(receiver.taken.map(({ body }) => body)).size).toBe(1);
  }, 30_000);

  it('gives up after the last attempt, lists it with why, and sends it when told to try again', async () => {
    receiver.usual = 500;
    post.refuses = 'supervisor@kantor.test';
    work(both());
    await following();
    await fallen();
    await until(async () => (await counts())['webhook dead'] === 3 && (await counts())['mail dead'] === 1);
    const dead = await findDead(test.readModels, 10);
    // An unknown mailbox stays unknown: the first answer is the last.
    expect(dead.map(({ channel, target, attempts, lastError }) => [channel, target, attempts, lastError]).sort()).toEqual([
      ['mail', supervisor, 1, 'SMTP-550'],
      ['webhook', 'registry', 4, 'HTTP-500'],
      ['webhook', 'registry', 4, 'HTTP-500'],
      ['webhook', 'registry', 4, 'HTTP-500'],
    ]);
    expect(receiver.taken).toHaveLength(12);
    expect(JSON.stringify([dead, errors])).not.toMatch(/kantor\.test|Canary/);
    receiver.usual = 204;
    post.refuses = undefined;
    expect(await retryDead(test.readModels)).toBe(4);
    await until(async () => (await counts())['webhook sent'] === 3 && (await counts())['mail sent'] === 1);
    expect(await findDead(test.readModels, 10)).toEqual([]);
  }, 30_000);

  it('sends nothing of before it was switched on, nothing twice after a rebuild, and what was asked for anew', async () => {
    await fallen();
    work(both());
    await following();
    const second = await fallen();
    await until(async () => (await counts())['mail sent'] === 1 && (await counts())['webhook sent'] === 3);
    await test.project();
    await rebuild(test.readModels, test.log);
    expect((await findNotifications(test.readModels, { official: supervisor })).unread).toBe(2);
    await stop();
    // Even a cursor that was put back, as by a restored backup, puts in nothing that is there.
    await test.readModels.query('UPDATE ops.outbox_cursor SET position = 0');
    work(both(), 'another');
    await until(
      async () => (await test.readModels.query('SELECT position FROM ops.outbox_cursor'))[0].position === (await test.log.head()),
    );
    await pause(200);
    expect([post.taken.length, receiver.taken.length]).toEqual([1, 3]);
    expect(receiver.taken.every(({ body }) => JSON.parse(body).subject === second)).toBe(true);

    const anew = [];
    for await (const batch of test.log.readAll('0', { filter: { streamPrefixes: ['clocks-'] } }))
      for (const event of batch) anew.push(...webhooksOf([targetAt(receiver)], event, await test.log.store.identity()));
    expect(await putInAgain(test.readModels, anew)).toBe(6);
    await until(() => receiver.taken.length === 9);
    const ids = receiver.taken.map(({ headers }) => headers['webhook-id']);
    expect([new Set(ids).size, ids.slice(0, 3).every((id) => ids.slice(3).includes(id))]).toEqual([6, true]);
  }, 30_000);

  it('sends what happened while no worker was there, but to none that was not configured then', async () => {
    work({ webhooks: [targetAt(receiver, 'old', ['ClockFellDue'])] });
    await following();
    await stop();
    const missed = await fallen();
    work({ webhooks: [targetAt(receiver, 'old', ['ClockFellDue']), targetAt(receiver, 'new', ['ClockFellDue'])] });
    await until(() => receiver.taken.length === 1);
    const both = await fallen();
    await until(() => receiver.taken.length === 3);
    await pause(100);
    expect(receiver.taken.map(({ body }) => JSON.parse(body).subject)).toEqual([missed, both, both]);
  }, 30_000);

  it('forgets a target that is configured no more: what it missed is not sent, what waited for it is listed', async () => {
    receiver.usual = 500;
    work({ webhooks: [targetAt(receiver, 'registry', ['ClockFellDue'])] }, 'one', { ...quick, attempts: 1000 });
    await following();
    await fallen();
    await until(() => receiver.taken.length > 0);
    await stop();
    await runDelivery(test.readModels, test.desk, { webhooks: [] }, stopping.signal, {
      lease: { holder: 'none' },
      now: () => test.now,
    });
    expect((await findDead(test.readModels, 10)).map(({ lastError }) => lastError)).toEqual(['target-gone']);
    // Tried again while it is gone it would wait for ever, and be listed no more.
    expect(await retryDead(test.readModels)).toBe(0);
    await fallen();
    receiver.usual = 204;
    receiver.taken.length = 0;
    work({ webhooks: [targetAt(receiver, 'registry', ['ClockFellDue'])] });
    await following();
    const last = await fallen();
    await until(() => receiver.taken.length > 0);
    await pause(200);
    expect(receiver.taken.map(({ body }) => JSON.parse(body).subject)).toEqual([last]);
  }, 30_000);

  it('tells supervisors by mail of signs of trafficking, and not what was seen', async () => {
    work({ mail: mail(), webhooks: [] });
    await following();
    const caseId = await test.openCase(CANARY, 'examination');
    await test.act(caseId, { type: 'RecordIndicator', indicatorId: 'i-1', indicator: 'debt-bondage', reason: `${CANARY} owes` });
    await until(() => post.taken.length === 1);
    expect(post.taken[0]?.to).toEqual(['supervisor@kantor.test']);
    expect(post.texts()).toContain('Indikasi perdagangan orang');
    expect(post.texts()).not.toMatch(/Canary|debt-bondage/);
  }, 30_000);

  it('takes what is due for one worker alone, and again when that one said nothing', async () => {
    await openOutbox(test.readModels, test.log, []);
    const event = (await test.log.read(clocksStream(await fallen()))).events[0];
    if (event === undefined) throw new Error('No event');
    await putInAgain(test.readModels, webhooksOf([targetAt(receiver)], event, commandIdOf('a', 'store')));
    const registry = { channel: 'webhook', target: 'registry' } as const;
    const both = await Promise.all([1, 2].map(() => takeDue(test.readModels, registry, 10, 2_000)));
    expect(both.flat().map(({ attempts }) => attempts)).toEqual([1]);
    await until(async () => (await takeDue(test.readModels, registry, 10, 100))[0]?.attempts === 2);
  });
});

describe('the pace', () => {
  it('doubles up to its most, cut by chance to no less than half, and lasts about two days', () => {
    const waits = Array.from({ length: usualPace.attempts - 1 }, (_, n) => againAfterMs(n + 1, usualPace, () => 0));
    expect(waits.slice(0, 4)).toEqual([5_000, 10_000, 20_000, 40_000]);
    expect(Math.max(...waits)).toBe(usualPace.mostMs);
    expect(waits.reduce((a, b) => a + b, 0) / 3_600_000).toBeGreaterThan(40);
    expect(againAfterMs(1, usualPace, () => 1)).toBe(2_500);
  });
});

describe('a webhook', () => {
  it('reaches the metadata of clouds never, and private addresses only where allowed', () => {
    const never = [
      '169.254.169.254',
      '::ffff:169.254.169.254',
      'fe80::1',
      'fd00:ec2::254',
      '100.100.100.200',
      '0.0.0.0',
      '64:ff9b::a9fe:a9fe',
      '224.0.0.1',
    ];
    expect(never.filter((address) => mayReach(address, true))).toEqual([]);
    const inside = ['10.0.0.1', '127.0.0.1', '172.16.0.1', '192.168.1.1', '100.64.0.1', '::1', 'fd12::1', '::ffff:10.0.0.1'];
    expect(inside.filter((address) => mayReach(address, false))).toEqual([]);
    expect(inside.filter((address) => !mayReach(address, true))).toEqual([]);
    expect(['1.1.1.1', '2606:4700::1111', '172.32.0.1'].filter((address) => !mayReach(address, false))).toEqual([]);
  });

  it('does not go to a name or address that leads inside', async () => {
    const receiver = new Receiver();
    await receiver.open();
    try {
      const event = {
        specversion: '1.0',
        id: 'e',
        source: 's',
        type: 't',
        subject: 'c',
        time: 'now',
        datacontenttype: 'application/json',
        data: {},
      } as const;
      const send = (url: string) =>
        postWebhook({ ...targetAt(receiver), url: new URL(url) }, 'id', event, new AbortController().signal);
      for (const url of [
        `http://127.0.0.2:${receiver.port}/`,
        `http://[::ffff:7f00:1]:${receiver.port}/`,
        'http://169.254.169.254/latest',
      ])
        await expect(send(url)).rejects.toMatchObject({ code: 'address-refused' });
      // A name of this machine leads inside, if anywhere.
      await expect(send(`http://${hostname()}:${receiver.port}/`)).rejects.toMatchObject({
        code: expect.stringMatching(/^(address-refused|ENOTFOUND|EAI_AGAIN)$/),
      });
      expect(receiver.taken).toEqual([]);
      await send(`http://127.0.0.1:${receiver.port}/`);
      expect(receiver.taken).toHaveLength(1);
    } finally {
      await receiver.close();
    }
  });
});

describe('the configuration', () => {
  const file = join(tmpdir(), `tegas-webhooks-${process.pid}.json`);
  const good = { name: 'registry', url: 'https://registry.test/hook', secret, types: ['ClockEscalated'] };
  const read = async (given: unknown, demo = false) => {
    await writeFile(file, JSON.stringify(given));
    return readWebhookTargets(file, demo);
  };

  it('is taken whole or refused with what to correct, in both languages', async () => {
    expect((await read([good]))[0]).toMatchObject({ name: 'registry', allowPrivate: false });
    expect(await readWebhookTargets(undefined, false)).toEqual([]);
    expect(await read([{ ...good, url: 'http://registry.test/' }], true)).toHaveLength(1);
    expect(await read([{ ...good, url: 'http://localhost:9/' }])).toHaveLength(1);
    for (const [part, says] of [
      [{ url: 'http://registry.test/' }, /https:\/\//],
      [{ url: 'ftp://registry.test/' }, /https:\/\//],
      [{ secret: 'short' }, /whsec_/],
      [{ types: [] }, /types/],
      [{ types: ['ClockEscalated', 'ClockFelldue'] }, /ClockFelldue[\s\S]*periksa ejaannya/],
      [{ name: 'Not A Name' }, /name must/],
      [{ allowPrivate: 'yes' }, /allowPrivate/],
      [{ url: 'https://169.254.169.254/' }, /inside the network/],
      [{ url: 'https://10.0.0.7/' }, /inside the network/],
    ] as const)
      await expect(read([{ ...good, ...part }])).rejects.toThrow(says);
    await expect(read([good, good])).rejects.toThrow(/twice[\s\S]*dua kali/);
    await expect(readWebhookTargets('/nowhere.json', false)).rejects.toThrow(/ENOENT/);
  });

  it('of mail needs all of its parts, and takes no list of addresses for one', async () => {
    await writeFile(file, JSON.stringify({ [officer]: 'petugas@kantor.test' }));
    const env = {
      TEGAS_SMTP_URL: 'smtps://mail.test',
      TEGAS_MAIL_FROM: 'tegas@kantor.test',
      TEGAS_MAIL_ADDRESSES: file,
      TEGAS_PUBLIC_URL: 'https://tegas.test/',
    };
    const opened = await openOutlets(env, false);
    expect([opened.mail?.publicUrl, await opened.mail?.addresses()]).toEqual([
      'https://tegas.test',
      new Map([[officer, 'petugas@kantor.test']]),
    ]);
    opened.mail?.port.close();
    expect(await openOutlets({}, false)).toEqual({ webhooks: [] });
    for (const [name, value] of [
      ['TEGAS_SMTP_URL', 'mail.test'],
      ['TEGAS_MAIL_FROM', ''],
      ['TEGAS_MAIL_ADDRESSES', ''],
      ['TEGAS_PUBLIC_URL', 'http://tegas.test'],
    ] as const)
      await expect(openOutlets({ ...env, [name]: value }, false)).rejects.toThrow(name);
    await writeFile(file, JSON.stringify({ [officer]: 'a@kantor.test, b@elsewhere.test' }));
    // One that is no address stops nothing: it is left out, and told once, by its login.
    const said: string[] = [];
    const told = console.error;
    console.error = (line: string) => void said.push(line);
    try {
      await writeFile(
        file,
        JSON.stringify({ [officer]: 'a@kantor.test, b@elsewhere.test', [supervisor]: 'x@kantor.test', n: 1 }),
      );
      const { mail } = await openOutlets(env, false);
      expect(await mail?.addresses()).toEqual(new Map([[supervisor, 'x@kantor.test']]));
      mail?.port.close();
    } finally {
      console.error = told;
    }
    expect(said).toEqual([
      expect.stringMatching(/NO MAIL to officer\.kupang: [\s\S]*TIDAK ADA SURAT untuk officer\.kupang/),
      expect.stringContaining('NO MAIL to n:'),
    ]);
    expect(said.join()).not.toContain('elsewhere');
    // No list of addresses at all is still no start.
    await writeFile(file, JSON.stringify(['a@kantor.test']));
    await expect(openOutlets(env, false)).rejects.toThrow(/TEGAS_MAIL_ADDRESSES/);
  });
});
