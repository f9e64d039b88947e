/** What a newer program, a lost key or another program wrote: told of where people look, decided by nobody, and in nobody's way. */
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { WrongExpectedRevision } from '#event-store/port.js';
import { prepareDatabase } from '../../apps/cli/src/prepare-database.js';
import type { NewEvent } from '../../libs/event-store/src/event-log.js';
import { openLog } from '../../libs/privacy/src/open-log.js';
import { prefixesOf } from '../../libs/read-models/src/projection.js';
import { projections } from '../../libs/read-models/src/projections.js';
import { Product, quiet } from './product.js';

let product: Product;
beforeAll(async () => {
  product = await Product.start();
}, 120_000);
afterAll(async () => {
  await product?.stop();
}, 60_000);

async function openDraft(): Promise<string> {
  const answer = await product.post('officer.kupang', '/cases', {
    procedure: 'PSK',
    office: 'KANIM-KPG',
    subject: { name: 'Maria' },
  });
  return answer.body.caseId;
}

/** Appends past the product, sealed and chained as the product does. */
async function append(
  stream: string,
  event: Pick<NewEvent, 'type' | 'data'>,
  effectiveAt = '2026-03-02T01:00:00.000Z',
): Promise<void> {
  const { database, home } = product;
  const { log, close } = await openLog({ databaseUrl: database.url, home, movableTime: true, follow: false });
  const id = randomUUID();
  const written = { id, ...event, metadata: { actor: 'other', effectiveAt, commandId: id, correlationId: id } };
  for (let done = false; !done; ) {
    const last = (await product.store.read(stream)).at(-1);
    const head = last === undefined ? { revision: -1 } : { revision: last.revision, ...last.metadata };
    // The worker may have answered a link in between.
    done = await log.append(stream, head, [written]).then(
      () => true,
      (error: unknown) => {
        if (error instanceof WrongExpectedRevision) return false;
        throw error;
      },
    );
  }
  await close();
}

const neverHeardOf = {
  type: 'NeverHeardOf',
  data: { personal: [{ personId: randomUUID(), retentionClass: 'case', fields: { name: 'Rahasia' } }] },
};

interface Run {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function tegas(...args: string[]): Promise<Run> {
  const { database, home } = product;
  const env = { ...process.env, NODE_OPTIONS: '', TEGAS_HOME: home, TEGAS_DATABASE_URL: database.url };
  return new Promise((resolve) => {
    const child = execFile(process.execPath, ['dist/apps/cli/src/main.js', ...args], { env }, (_, stdout, stderr) =>
      resolve({ code: child.exitCode, stdout, stderr }),
    );
  });
}

async function until<T>(ask: () => Promise<T>, holds: (answer: T) => boolean): Promise<T> {
  const deadline = Date.now() + 20_000;
  for (;;) {
    const answer = await ask();
    if (holds(answer)) return answer;
    if (Date.now() > deadline) throw new Error(`It did not come to hold in time: ${JSON.stringify(answer)}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

describe('a case that cannot be read', () => {
  let caseId: string;
  const get = (path = '', person = 'officer.kupang') => product.get(person, `/cases/${caseId}${path}`);
  beforeAll(async () => {
    caseId = await openDraft();
    await append(`case-${caseId}`, neverHeardOf);
  });

  it('answers a problem of its own, with what to do, on its page, its history and to a command; and says since when it is parked', async () => {
    // Each read model of cases by itself.
    const ofCases = projections.filter((projection) => prefixesOf(projection).includes('case-'));
    const answer = await until(get, ({ body }) => body.parked?.readModels.length === ofCases.length);
    expect([answer.status, answer.body.code]).toEqual([500, 'case-unreadable']);
    expect(answer.body.reason.en).toContain('Upgrade');
    expect(answer.body.reason.id).toContain('Perbarui');
    expect(answer.body.parked).toMatchObject({
      since: expect.stringMatching(/^\d{4}-/),
      readModels: expect.arrayContaining(['worklist', 'case_history']),
    });
    for (const path of ['/history', '/actions', '/determination']) expect((await get(path)).body.code).toBe('case-unreadable');
    const act = await product.tryAct('officer.kupang', caseId, 'lodge-application');
    expect([act.status, act.body.code]).toEqual([500, 'case-unreadable']);
    expect(JSON.stringify([answer.body, act.body])).not.toMatch(/Rahasia|Maria/);
  });

  it('hides no case that is linked with it: that one is shown, told of it, and acted on where the act does not depend on it', async () => {
    const [other, stranger] = [await openDraft(), await openDraft()];
    await product.act('supervisor.kupang', other, 'link-case', { other: stranger, reason: 'Orang yang sama.' });
    await append(`case-${stranger}`, neverHeardOf);
    const view = await product.get('officer.kupang', `/cases/${other}`);
    expect([view.status, view.body.subject.name]).toEqual([200, 'Maria']);
    expect(view.body.blocks).toMatchObject([
      { kind: 'linked-case-unreadable', by: stranger, since: expect.stringMatching(/^2/) },
    ]);
    expect(view.body.blocks[0].rejection.reason.id).toContain('administrator');
    for (const path of ['/history', '/actions', '/determination', '/person'])
      expect([path, (await product.get('officer.kupang', `/cases/${other}${path}`)).status]).toEqual([path, 200]);
    await product.act('officer.kupang', other, 'amend-draft', { subject: { name: 'Anna Maria' } });
    const link = (named: string) =>
      product.tryAct('supervisor.kupang', other, 'link-case', { other: named, reason: 'Orang yang sama.' });
    const refused = await link(caseId);
    expect([refused.status, refused.body.code]).toEqual([409, 'linked-case-unreadable']);
    expect((await link(randomUUID())).body.code).toBe('no-such-case-to-link');
  });

  it('is not there for who may not see it', async () => {
    expect((await get('', 'officer.atambua')).status).toBe(404);
    expect((await product.tryAct('officer.atambua', caseId, 'lodge-application')).status).toBe(404);
  });

  it('is listed once by tegas parked, and told by tegas history up to what cannot be read', async () => {
    const list = await tegas('parked', caseId);
    expect(list.stdout.split('\n').filter((line) => line.includes(' since '))).toHaveLength(1);
    expect(list.stdout).toMatch(/worklist, |case_history/);
    const history = await tegas('history', caseId);
    expect(history.code).toBe(1);
    expect(history.stdout.trim().split('\n')).toHaveLength(1);
    expect(history.stderr).toContain(`case-${caseId}, revision 1 (NeverHeardOf)`);
    expect(list.stdout + history.stdout + history.stderr).not.toMatch(/Rahasia|Maria| {4}at /);
  });

  it('whose part about a person was altered says so to the office that has it', async () => {
    const altered = await openDraft();
    const [event] = await product.store.read(`case-${altered}`);
    const client = await product.database.pool.connect();
    await client.query('ALTER TABLE log.events DISABLE TRIGGER events_never_change');
    const { data } = event as { data: { personal: readonly [{ sealed: string }] } };
    const [{ sealed }] = data.personal;
    const other = `${sealed.slice(0, -6)}${sealed.at(-6) === 'A' ? 'B' : 'A'}${sealed.slice(-5)}`;
    await client.query('UPDATE log.events SET data = replace(data::text, $1, $2)::json WHERE event_id = $3', [
      sealed,
      other,
      event?.id,
    ]);
    await client.query('ALTER TABLE log.events ENABLE TRIGGER events_never_change');
    client.release();
    const answer = await product.get('officer.kupang', `/cases/${altered}`);
    expect([answer.status, answer.body.code]).toEqual([500, 'case-unreadable']);
    expect(answer.body.reason.en).toContain('master key');
    expect((await product.get('officer.atambua', `/cases/${altered}`)).status).toBe(404);
  });
});

describe('records that cannot be read', () => {
  const registered = async (name: string) => {
    const opened = await product.post('officer.kupang', '/cases', {
      procedure: 'PSK',
      office: 'KANIM-KPG',
      subject: { name, born: '1974-05-20' },
    });
    const { caseId } = opened.body;
    const { personId } = (await product.post('officer.kupang', '/persons', { caseId })).body;
    return { caseId, personId } as { caseId: string; personId: string };
  };
  const told = async (path: string, code: string, stranger: string) => {
    const answer = await until(
      () => product.get('officer.kupang', path),
      ({ body }) => body.parked !== undefined,
    );
    expect([answer.status, answer.body.code]).toEqual([500, code]);
    expect(answer.body.reason.en).toContain('Upgrade');
    expect(answer.body.parked.readModels.length).toBeGreaterThan(0);
    expect(JSON.stringify(answer.body)).not.toContain('Rahasia');
    expect((await product.get(stranger, path)).status).toBe(404);
  };

  it('of a person says so itself, to who may see them, and hides neither the case nor who else they may be', async () => {
    const [a, b, c] = [await registered('Yosefina Uji'), await registered('Yosefina Uji'), await registered('Yosefina Uji')];
    const match = await product.post('officer.kupang', '/matches', { a: a.personId, b: b.personId, reason: 'Orang yang sama' });
    expect(match.status).toBe(201);
    await append(`person-${a.personId}`, neverHeardOf);
    await told(`/persons/${a.personId}`, 'person-unreadable', 'officer.atambua');
    expect((await product.get('officer.kupang', `/cases/${a.caseId}`)).status).toBe(200);
    expect((await product.get('officer.kupang', `/cases/${a.caseId}/person`)).body.code).toBe('person-unreadable');
    const papers = { names: [{ name: 'Yosefina Lain' }], numbers: [], births: [] };
    const record = await product.post(
      'officer.kupang',
      `/persons/${a.personId}/record-papers`,
      { caseId: a.caseId, papers },
      { 'if-match': '"1"' },
    );
    expect([record.status, record.body.code]).toEqual([500, 'person-unreadable']);
    // The others, of whom it may be one.
    const beside = await product.get('officer.kupang', `/persons/${c.personId}`);
    expect([beside.status, beside.body.candidates.map((one: { personId: string }) => one.personId)]).toEqual([200, [b.personId]]);
    expect(beside.body.elsewhere.map((one: { text: { en: string } }) => one.text.en)).toEqual([
      expect.stringContaining('cannot be read'),
    ]);
    // And the match of which it is a side.
    const { matchId } = match.body;
    const sides = await product.get('officer.kupang', `/matches/${matchId}`);
    expect([sides.status, sides.body.match]).toEqual([200, undefined]);
    expect(JSON.stringify(sides.body.sides)).toContain('cannot be read');
    expect((await product.get('officer.kupang', '/matches')).status).toBe(200);
    const merge = await product.post('supervisor.kupang', `/matches/${matchId}/merge`, { reason: 'Sama' }, { 'if-match': '"0"' });
    expect([merge.status, merge.body.code]).toEqual([500, 'person-unreadable']);
  });

  it('of a match and a referral do as well; tegas parked calls each by its stream', async () => {
    const [a, b] = [await registered('Agustina Uji'), await registered('Agustina Uji')];
    const { matchId } = (
      await product.post('officer.kupang', '/matches', { a: a.personId, b: b.personId, reason: 'Orang yang sama' })
    ).body;
    await append(`match-${matchId}`, neverHeardOf);
    await told(`/matches/${matchId}`, 'match-unreadable', 'officer.atambua');
    const referral = {
      office: 'KANIM-KPG',
      channel: 'desa-binaan',
      area: '53.04.12.2003',
      referrer: 'Kepala desa',
      seen: 'Contoh',
      subject: { name: 'Maria' },
    };
    const received = await product.post('officer.kupang', '/referrals', referral);
    const { referralId } = received.body;
    await append(`referral-${referralId}`, neverHeardOf);
    await told(`/referrals/${referralId}`, 'referral-unreadable', 'officer.atambua');
    const close = await product.post(
      'officer.kupang',
      `/referrals/${referralId}/close`,
      { ground: 'duplicate', reason: 'Sama' },
      { 'if-match': '"1"' },
    );
    expect([close.status, close.body.code]).toEqual([500, 'referral-unreadable']);
    expect(await tegas('parked', 'nope')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('npx tegas parked [names...]'),
    });
    const { stdout, code } = await tegas('parked', '--json', `match-${matchId}`, referralId);
    const { parked } = JSON.parse(stdout);
    expect([code, parked.map((one: { name: string }) => one.name)]).toEqual([0, [`match-${matchId}`, `referral-${referralId}`]]);
  });

  it('that were altered are found by tegas verify, each by its first break; what was never altered is not', async () => {
    const caseId = await openDraft();
    for (const name of ['Anna', 'Anna Maria', 'Maria'])
      await product.act('officer.kupang', caseId, 'amend-draft', { subject: { name } });
    const [, second] = await product.store.read(`case-${caseId}`);
    const { pool } = product.database;
    const broken = async () => {
      const { code, stdout } = await tegas('verify', '--json');
      const { verified, breaks } = JSON.parse(stdout) as {
        verified: boolean;
        breaks: { stream: string; revision: number; kind: string }[];
      };
      expect([code, verified]).toEqual(breaks.length > 0 ? [1, false] : [0, true]);
      return breaks;
    };
    const before = await broken();
    expect(before.map(({ stream }) => stream)).not.toContain(`case-${caseId}`);
    await pool.query('ALTER TABLE log.events DISABLE TRIGGER events_never_change');
    await pool.query(
      "UPDATE log.events SET metadata = jsonb_set(metadata::jsonb, '{actor}', '\"other\"')::json WHERE event_id = $1",
      [second?.id],
    );
    await pool.query('ALTER TABLE log.events ENABLE TRIGGER events_never_change');
    expect(await broken()).toEqual([
      ...before,
      { stream: `case-${caseId}`, revision: 1, position: second?.position, kind: 'hash' },
    ]);
    expect((await tegas('verify')).stderr).toContain(`case-${caseId}, revision 1`);
  }, 60_000);

  it('of a version that never was are parked, and not taken for the newest', async () => {
    const caseId = await openDraft();
    await product.act('officer.kupang', caseId, 'amend-draft', { subject: { name: 'Anna' } });
    const event = (await product.store.read(`case-${caseId}`)).at(-1);
    const { pool } = product.database;
    await pool.query('ALTER TABLE log.events DISABLE TRIGGER events_never_change');
    await pool.query('UPDATE log.events SET schema_version = 0 WHERE event_id = $1', [event?.id]);
    await pool.query('ALTER TABLE log.events ENABLE TRIGGER events_never_change');
    const answer = await product.get('officer.kupang', `/cases/${caseId}`);
    expect([answer.status, answer.body.code]).toEqual([500, 'case-unreadable']);
    expect(answer.body.reason.en).toContain('a version that never was');
    const history = await tegas('history', caseId);
    expect([history.code, history.stderr]).toEqual([1, expect.stringContaining('bears the version 0')]);
  });
});

it('a case that only a read model set aside is shown and acted on, and says so with the reason', async () => {
  const caseId = await openDraft();
  const amended = {
    type: 'DraftAmended',
    data: { personal: [{ personId: caseId, retentionClass: 'case', fields: { name: 'Anna' } }] },
  };
  await append(`case-${caseId}`, amended, '2026-02-30T01:00:00.000Z');
  const view = await until(
    () => product.get('officer.kupang', `/cases/${caseId}`),
    ({ body }) => body.parked?.readModels.includes('case_history'),
  );
  expect([view.status, view.body.subject.name, view.body.parked.readModels]).toEqual([
    200,
    'Anna',
    expect.arrayContaining(['case_history']),
  ]);
  expect(view.body.parked.reason.en).toContain('replay');
  const history = await product.get('officer.kupang', `/cases/${caseId}/history`);
  // Another read model may set the event aside between the two reads: the reason is one, the list of read models may have grown.
  expect([history.body.items.length, history.body.parked]).toEqual([
    1,
    { ...view.body.parked, readModels: expect.arrayContaining(view.body.parked.readModels) },
  ]);
  await product.act('officer.kupang', caseId, 'amend-draft', { subject: { name: 'Anna Maria' } });
});

describe('a register that cannot be read', () => {
  const ready = () => product.send('GET', '/health/ready', {});
  beforeAll(async () => {
    expect((await ready()).status).toBe(200);
    await product.token('officer.kupang');
    await append('official-officer.kupang', neverHeardOf);
  });

  const expectRefused = async () => {
    const told = () =>
      product
        .said('api')
        .split('\n')
        .filter((line) => line.startsWith('registry:'));
    const answer = await until(ready, ({ status }) => status === 503);
    expect([answer.body.code, answer.body.detail]).toEqual([
      'registry-unreadable',
      expect.stringContaining('official-officer.kupang'),
    ]);
    expect(answer.body.reason.en).toContain('Upgrade');
    expect((await product.send('GET', '/health/live', {})).status).toBe(200);
    const body = { procedure: 'PSK', office: 'KANIM-KPG', subject: { name: 'Maria' } };
    for (const refused of [
      await product.post('officer.kupang', '/cases', body),
      await product.get('officer.kupang', '/worklist'),
      await product.get('officer.kupang', '/session'),
    ])
      expect([refused.status, refused.body.code]).toEqual([503, 'registry-unreadable']);
    // Longer than a subscription takes to try again.
    await new Promise((resolve) => setTimeout(resolve, 1200));
    expect(told()).toEqual([expect.stringContaining('official-officer.kupang, revision')]);
    for (const app of ['api', 'worker'] as const) expect(product.said(app)).not.toContain('Rahasia');
  };

  it('stops deciding and showing, in a running API and in one that starts anew; the reason is in its health', async () => {
    await expectRefused();
    await product.end('api', 'SIGTERM');
    await product.run('api');
    await expectRefused();
  }, 60_000);

  it('keeps nobody from tegas parked and history, and lets seed publish nothing onto it', async () => {
    const caseId = (await product.events()).find(({ type }) => type === 'DraftOpened')?.stream.slice('case-'.length) ?? '';
    expect((await tegas('parked', '--json')).code).toBe(0);
    expect((await tegas('history', caseId)).stdout).toContain('officer.kupang');
    const before = await product.store.head();
    const seed = await tegas('seed');
    expect([seed.code, await product.store.head()]).toEqual([1, before]);
    expect(seed.stderr).toContain('official-officer.kupang, revision');
    expect(seed.stderr).not.toMatch(/Rahasia| {4}at /);
    // A start goes on past it: the API is to say what is wrong.
    const notes: string[] = [];
    const { database, home } = product;
    await prepareDatabase({ databaseUrl: database.url, home, progress: { ...quiet, note: (line) => void notes.push(line) } });
    expect([notes, await product.store.head()]).toEqual([[expect.stringContaining('official-officer.kupang, revision')], before]);
  }, 60_000);
});
