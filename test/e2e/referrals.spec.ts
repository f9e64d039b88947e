/** Referrals from posts and villages over HTTP: from the first word of a village to a draft that carries it, or to a reason why not. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openLog } from '../../libs/privacy/src/open-log.js';
import { openReadModels } from '../../libs/read-models/src/data-source.js';
import { verifyRebuild } from '../../libs/read-models/src/rebuild.js';
import { Product } from './product.js';

let product: Product;
beforeAll(async () => {
  product = await Product.start();
}, 120_000);
afterAll(() => product?.stop(), 60_000);

const told = {
  office: 'PLBN-MOTAAIN',
  channel: 'desa-binaan',
  area: '53.04.12.2003',
  referrer: 'Kepala Desa Canarydesa, 0812-canary',
  seen: 'Canaryseen: tidak memegang paspornya sendiri',
  subject: { name: 'Maria Canaryorang', born: 'sekitar 2008' },
};
const alarm = { indicators: [{ indicator: 'documents-withheld', reason: 'Canaryalasan: paspor dipegang agen' }] };

async function receive(more: object = {}, person = 'intake.motaain') {
  const answer = await product.post(person, '/referrals', { ...told, ...more });
  if (answer.status !== 201) throw new Error(JSON.stringify(answer.body));
  return answer.body as { referralId: string; position: string };
}
const act = (person: string, referralId: string, name: 'accept' | 'close', body: object, headers = {}) =>
  product.post(person, `/referrals/${referralId}/${name}`, body, { 'if-match': '"0"', ...headers });
const accept = (person: string, referralId: string, more: object = {}, headers = {}) =>
  act(person, referralId, 'accept', { procedure: 'PSIM', ...more }, headers);
const close = (person: string, referralId: string) =>
  act(person, referralId, 'close', { ground: 'duplicate', reason: 'Canarytutup' });
const waiting = async (person: string, position: string) =>
  (await product.get(person, `/referrals?atLeastPosition=${position}`)).body.items as { referralId: string; alerts: object[] }[];

describe('a referral from a village', () => {
  it('waits for its office and those above, and for nobody else', async () => {
    const { referralId, position } = await receive();
    for (const person of ['intake.motaain', 'officer.atambua', 'supervisor.atambua', 'auditor.ntt'])
      expect([person, (await waiting(person, position)).some((one) => one.referralId === referralId)]).toEqual([person, true]);
    for (const person of ['officer.kupang', 'admin']) {
      const list = await product.get(person, `/referrals?atLeastPosition=${position}`);
      expect([list.status, list.body.items ?? []]).toEqual([person === 'admin' ? 403 : 200, []]);
      expect((await product.get(person, `/referrals/${referralId}`)).status).toBe(404);
      expect((await accept(person, referralId)).status).toBe(404);
    }
    const seen = await product.get('officer.atambua', `/referrals/${referralId}`);
    expect([seen.headers.get('etag'), seen.body]).toMatchObject([
      '"0"',
      { ...told, status: 'received', receivedBy: 'intake.motaain' },
    ]);
    expect((await product.get('officer.atambua', '/referrals?office=KANIM-ATB')).body.items).toEqual([]);
  });

  it('becomes one draft, which carries its id and its person, once per key and only once', async () => {
    const { referralId } = await receive({ indicators: [] });
    expect((await accept('supervisor.atambua', referralId)).status).toBe(403);
    expect((await accept('officer.atambua', referralId, { procedure: 'NONE' })).body).toMatchObject({
      status: 422,
      code: 'no-such-procedure',
    });
    const accepted = await accept('officer.atambua', referralId, { office: 'KANIM-ATB' }, { 'idempotency-key': 'accept-1' });
    expect([accepted.status, accepted.body]).toMatchObject([200, { referralId, revision: 1, events: ['ReferralAccepted'] }]);
    const { caseId, reference, position } = accepted.body;
    expect(
      (await accept('officer.atambua', referralId, { office: 'KANIM-ATB' }, { 'idempotency-key': 'accept-1' })).body,
    ).toEqual(accepted.body);
    expect((await accept('officer.atambua', referralId)).status).toBe(412);
    // That it changed is no business of another office.
    expect((await accept('officer.kupang', referralId)).status).toBe(404);
    expect((await accept('officer.atambua', referralId, {}, { 'if-match': '"1"' })).body).toMatchObject({
      code: 'already-accepted',
    });
    expect((await product.get('officer.atambua', `/cases/${caseId}`)).body).toMatchObject({
      reference,
      referral: referralId,
      stage: 'draft',
      channel: 'desa-binaan',
      office: 'KANIM-ATB',
      openedBy: 'officer.atambua',
      subject: told.subject,
      indicators: [],
    });
    const list = await product.get('officer.atambua', `/referrals?status=accepted&atLeastPosition=${position}`);
    expect(list.body.items).toMatchObject([{ referralId, caseId, procedure: 'PSIM' }]);
    // The subject of the case is the referral's person: what is destroyed with one key is gone from both.
    const { subjectId } = (await product.get('officer.atambua', `/referrals/${referralId}`)).body;
    expect((await product.get('officer.atambua', `/cases/${caseId}`)).body.subjectId).toBe(subjectId);
  });

  it('without a name is accepted once the name is known', async () => {
    const { referralId } = await receive({ subject: undefined });
    expect((await accept('officer.atambua', referralId)).body).toMatchObject({ status: 422, code: 'no-subject' });
    const { body } = await accept('officer.atambua', referralId, { subject: { name: 'Rosa Uji' } });
    expect((await product.get('officer.atambua', `/cases/${body.caseId}`)).body.subject).toEqual({ name: 'Rosa Uji' });
  });

  it('is closed with a reason, and then stays closed', async () => {
    const { referralId } = await receive();
    expect((await close('intake.motaain', referralId)).status).toBe(403);
    const closed = await close('officer.atambua', referralId);
    expect([closed.status, closed.body.events]).toEqual([200, ['ReferralClosed']]);
    expect((await product.get('officer.atambua', `/referrals/${referralId}`)).body).toMatchObject({
      status: 'closed',
      closed: { by: 'officer.atambua', ground: 'duplicate', reason: 'Canarytutup' },
    });
    expect((await accept('officer.atambua', referralId, {}, { 'if-match': '"1"' })).body).toMatchObject({
      code: 'already-closed',
    });
    expect((await waiting('officer.atambua', closed.body.position)).map((one) => one.referralId)).not.toContain(referralId);
  });
});

describe('a referral that tells of trafficking', () => {
  it('alerts the supervisor at once, before there is a case, and leads every list', async () => {
    const quiet = await receive();
    const { referralId, position } = await receive(alarm);
    const [first] = await waiting('supervisor.atambua', position);
    expect(first).toMatchObject({
      referralId,
      indicators: ['documents-withheld'],
      alerts: [{ id: expect.stringContaining('perdagangan orang') }],
    });
    const worklist = async (person: string, after = position) =>
      (await product.get(person, `/worklist?atLeastPosition=${after}`)).body;
    expect((await worklist('supervisor.atambua')).alerts).toMatchObject([
      { en: expect.stringMatching(/^1 referral with a trafficking indicator/) },
    ]);
    expect((await worklist('supervisor.kupang')).alerts).toEqual([]);
    expect((await worklist('officer.atambua')).alerts).toEqual([]);

    // Whoever raised it, or is no supervisor, does not silence it.
    expect((await close('officer.atambua', referralId)).body).toMatchObject({ status: 422, code: 'trafficking-indicator' });
    const own = await receive(alarm, 'supervisor.atambua').catch((error: Error) => error);
    if (own instanceof Error) throw own;
    expect((await close('supervisor.atambua', own.referralId)).body).toMatchObject({ status: 422, code: 'own-indicator' });

    const accepted = await accept('officer.atambua', referralId);
    const { caseId } = accepted.body;
    const { indicators, blocks } = (await product.get('supervisor.atambua', `/cases/${caseId}`)).body;
    expect(indicators).toMatchObject([
      { indicator: 'documents-withheld', by: 'intake.motaain', reason: alarm.indicators[0]?.reason },
    ]);
    expect(blocks).toMatchObject([{ kind: 'trafficking-indicator' }]);
    const after = await worklist('supervisor.atambua', accepted.body.position);
    expect(after.items[0]).toMatchObject({ caseId, alerts: [{ en: expect.stringContaining('Trafficking indicator') }] });
    expect(after.alerts).toMatchObject([{ en: expect.stringMatching(/^1 referral /) }]);
    expect(quiet.referralId).not.toBe(referralId);
  });

  it('is closed by a supervisor who did not raise it', async () => {
    const { referralId } = await receive(alarm);
    expect((await close('supervisor.atambua', referralId)).status).toBe(200);
  });
});

describe('what else is asked of it', () => {
  it('the same key gives the same referral; with another body it is refused', async () => {
    const key = { 'idempotency-key': 'receive-1' };
    const first = await product.post('intake.motaain', '/referrals', told, key);
    expect((await product.post('intake.motaain', '/referrals', told, key)).body).toEqual(first.body);
    expect((await product.post('intake.motaain', '/referrals', { ...told, seen: 'Lain' }, key)).status).toBe(409);
  });

  it('two who decide at once: one wins', async () => {
    const { referralId } = await receive();
    const answers = await Promise.all([
      ...[1, 2, 3].map(() => accept('officer.atambua', referralId)),
      close('supervisor.atambua', referralId),
    ]);
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 412)).toHaveLength(3);
  });

  it('every route refuses whoever has no token or role, and bad input', async () => {
    const { referralId } = await receive();
    const { paths } = (await product.send('GET', '/openapi.json', {})).body;
    // A new route is to be tried here too.
    expect(
      Object.entries<object>(paths)
        .flatMap(([path, methods]) =>
          /^\/referrals/.test(path) ? Object.keys(methods).map((method) => `${method} ${path}`) : [],
        )
        .sort(),
    ).toEqual([
      'get /referrals',
      'get /referrals/{referralId}',
      'post /referrals',
      'post /referrals/{referralId}/accept',
      'post /referrals/{referralId}/close',
    ]);
    for (const [path, body] of [
      ['/referrals', told],
      [`/referrals/${referralId}/accept`, { procedure: 'PSIM' }],
      [`/referrals/${referralId}/close`, { ground: 'duplicate', reason: 'x' }],
    ] as const) {
      expect([path, (await product.post('', path, body, { 'if-match': '"0"' })).status]).toEqual([path, 401]);
      for (const person of ['auditor.ntt', 'admin', 'minister'])
        expect([
          path,
          person,
          [403, 404].includes((await product.post(person, path, body, { 'if-match': '"0"' })).status),
        ]).toEqual([path, person, true]);
      for (const bad of [{}, { ...body, extra: 1 }, [], { ...body, office: 7, reason: 7, procedure: 7 }])
        expect((await product.post('officer.atambua', path, bad, { 'if-match': '"0"' })).status).toBe(400);
    }
    expect((await product.post('officer.atambua', `/referrals/${referralId}/accept`, { procedure: 'PSIM' })).status).toBe(428);
    expect((await product.post('intake.motaain', '/referrals', { ...told, seenOn: '2199-01-01' })).body).toMatchObject({
      code: 'date-in-future',
    });
    expect((await product.post('intake.motaain', '/referrals', { ...told, office: 'KANIM-KPG' })).status).toBe(403);
    for (const path of [
      '/referrals/x',
      `/referrals/${randomUUID()}`,
      '/referrals?status=x',
      '/referrals?after=x',
      '/referrals?office=%00',
      '/referrals?office=NOWHERE',
    ])
      expect([path, [400, 404].includes((await product.get('officer.atambua', path)).status)]).toEqual([path, true]);
  });

  it('stands encrypted in the log, without a word or name in its read model, which equals its rebuild', async () => {
    const stored = JSON.stringify(await product.events());
    const { rows } = await product.database.pool.query('SELECT to_json(r) AS row FROM read.referral r');
    for (const said of ['Canarydesa', '0812-canary', 'Canaryseen', 'Canaryorang', 'Canaryalasan', 'Canarytutup'])
      expect([said, stored.includes(said), JSON.stringify(rows).includes(said)]).toEqual([said, false, false]);
    const opened = await openLog({ databaseUrl: product.database.url, home: product.home, movableTime: true, follow: false });
    const readModels = await openReadModels(product.database.url);
    try {
      const [compared] = await verifyRebuild(readModels, opened.log, { names: ['referral'] });
      expect(compared).toMatchObject({ name: 'referral', equal: true, rows: rows.length });
    } finally {
      await readModels.destroy();
      await opened.close();
    }
  });
});

describe('what is not there', () => {
  it('and a referral or case of another office are answered alike, whatever is asked of them', async () => {
    const { referralId } = await receive({ indicators: [] });
    const { caseId } = (await accept('officer.atambua', (await receive({ indicators: [] })).referralId)).body;
    const asked: readonly (readonly [string, string, string, object])[] = [
      ['officer.kupang', `/referrals/${referralId}`, 'close', { ground: 'duplicate', reason: 'Canarytutup' }],
      ['officer.kupang', `/referrals/${referralId}`, 'accept', { procedure: 'NONE' }],
      ['supervisor.kupang', `/cases/${caseId}`, 'assign-officer', { officer: 'officer.kupang' }],
      ['officer.kupang', `/cases/${caseId}`, 'convene-panel', { members: [{ official: 'nobody', agency: 'police' }] }],
      ['officer.kupang', `/cases/${caseId}`, 'lodge-application', {}],
    ];
    for (const [person, path, act, body] of asked)
      for (const revision of [0, 1, 2]) {
        const [known, unknown] = await Promise.all(
          [path, path.replace(/[^/]+$/, randomUUID())].map(async (at) => {
            const { status, body: said } = await product.post(person, `${at}/${act}`, body, { 'if-match': `"${revision}"` });
            return { status, ...said, correlationId: undefined };
          }),
        );
        expect(known).toEqual({ ...unknown, status: 404 });
      }
  });
});
