/**
 * The register of persons over HTTP, with the processes and a PostgreSQL of their own. Acceptance scenario 10: the same person with
 * Indonesian and Timor-Leste papers and two spellings is matched, linked, and the link is reversible.
 */

import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openLog } from '../../libs/privacy/src/open-log.js';
import { PostgresPersonKeyStore } from '../../libs/privacy/src/person-keys.js';
import { openReadModels } from '../../libs/read-models/src/data-source.js';
import { rebuild, verifyRebuild } from '../../libs/read-models/src/rebuild.js';
import { type Answer, Product } from './product.js';

let product: Product;
beforeAll(async () => {
  product = await Product.start();
}, 120_000);
afterAll(() => product?.stop(), 60_000);

/** No real person's: each is looked for in what must not hold it. */
const ID_NAME = 'Yohanes Ujicanary';
const TL_NAME = 'João Ujikanari';
const NIK = '5371990520740001';
const BI = '00887766551';

async function openCase(person: string, office: string, subject: object): Promise<string> {
  const answer = await product.post(person, '/cases', { procedure: 'PSK', office, subject });
  if (answer.status !== 201) throw new Error(JSON.stringify(answer.body));
  return answer.body.caseId;
}

async function registered(person: string, office: string, subject: object, papers?: object) {
  const caseId = await openCase(person, office, subject);
  const answer = await product.post(person, '/persons', { caseId, ...(papers === undefined ? {} : { papers }) });
  if (answer.status !== 201) throw new Error(JSON.stringify(answer.body));
  return { caseId, ...answer.body } as { caseId: string; personId: string; position: string };
}

const indonesian = { name: ID_NAME, born: '1974-05-20', birthPlace: 'Dili', identityNumbers: [{ kind: 'nik', number: NIK }] };
const timorese = {
  names: [{ name: TL_NAME, country: 'TL' }],
  numbers: [{ kind: 'bi', number: BI, country: 'TL' }],
  births: [{ date: '1974', precision: 'about' }],
  birthPlace: 'Díli',
};

const view = async (person: string, caseId: string, position = '0') =>
  (await product.get(person, `/cases/${caseId}/person?atLeastPosition=${position}`)).body;
const propose = (person: string, a: string, b: string, headers = {}) =>
  product.post(person, '/matches', { a, b, reason: 'Orang yang sama menurut keluarganya' }, headers);
const decide = async (person: string, matchId: string, act: string, headers: Record<string, string> = {}): Promise<Answer> => {
  const revision = (await product.store.read(`match-${matchId}`)).at(-1)?.revision ?? 0;
  return product.post(
    person,
    `/matches/${matchId}/${act}`,
    { reason: 'Berkas keduanya dilihat' },
    { 'if-match': `"${revision}"`, ...headers },
  );
};

describe('the same person with papers of two countries and two spellings', () => {
  let first: Awaited<ReturnType<typeof registered>>;
  let second: Awaited<ReturnType<typeof registered>>;
  let matchId: string;

  it('is matched, with reasons an officer can read', async () => {
    first = await registered('officer.kupang', 'KANIM-KPG', indonesian);
    second = await registered('officer.kupang', 'KANIM-KPG', { name: TL_NAME }, timorese);
    expect(second.personId).not.toBe(first.personId);
    const { registered: is, person, records, candidates } = await view('officer.kupang', second.caseId, second.position);
    expect([is, person]).toEqual([true, second.personId]);
    expect(records).toMatchObject([{ personId: second.personId, papers: timorese, cases: [{ caseId: second.caseId }] }]);
    expect(candidates).toMatchObject([
      {
        personId: first.personId,
        strength: 'possible',
        reasons: [
          { code: 'same-name', text: { id: `Nama sama menurut bunyinya: ${TL_NAME} dan ${ID_NAME}.` } },
          { code: 'birth-compatible', text: { en: 'The births may be one: about 1974 and 1974-05-20.' } },
          { code: 'same-birth-place' },
        ],
        against: [],
        record: { papers: { names: [{ name: ID_NAME }] } },
      },
    ]);
  });

  it('is offered for a case that is not in the register yet', async () => {
    const caseId = await openCase('officer.kupang', 'KANIM-KPG', { name: 'Joao Ujikanari', born: 'sekitar 1974' });
    const seen = await view('officer.kupang', caseId, second.position);
    expect([seen.registered, seen.revision, seen.records]).toEqual([false, -1, []]);
    expect(seen.candidates.map((c: { personId: string }) => c.personId).sort()).toEqual([first.personId, second.personId].sort());
  });

  it('is merged by two people, each case keeping its own view, and separated again as before', async () => {
    const before = [await view('officer.kupang', first.caseId), await view('officer.kupang', second.caseId)];
    const files = async () =>
      Promise.all([first, second].map(async ({ caseId }) => (await product.get('officer.kupang', `/cases/${caseId}`)).body));
    /** What each case says of its own person, whatever it is linked with. */
    const ownViews = (all: Awaited<ReturnType<typeof files>>) =>
      all.map(({ caseId, stage, subject, office, evidence, findings }) => ({
        caseId,
        stage,
        subject,
        office,
        evidence,
        findings,
      }));
    const linkedWith = async (expected: readonly (readonly string[])[]) => {
      for (const until = Date.now() + 20_000; ; await pause(100)) {
        const found = (await files()).map(({ links }) => links.map(({ other }: { other: string }) => other));
        if (JSON.stringify(found) === JSON.stringify(expected) || Date.now() > until) return expect(found).toEqual(expected);
      }
    };
    const filesBefore = await files();

    const proposed = await propose('officer.kupang', second.personId, first.personId, { 'idempotency-key': 'propose-1' });
    expect([proposed.status, proposed.body.events]).toEqual([201, ['MatchProposed']]);
    matchId = proposed.body.matchId;
    expect((await propose('officer.kupang', second.personId, first.personId, { 'idempotency-key': 'propose-1' })).body).toEqual(
      proposed.body,
    );
    expect((await propose('officer.kupang', first.personId, second.personId)).body).toMatchObject({
      status: 422,
      code: 'already-proposed',
    });
    expect(
      (await product.get('supervisor.kupang', `/matches?atLeastPosition=${proposed.body.position}`)).body.items,
    ).toMatchObject([
      {
        matchId,
        status: 'proposed',
        proposedBy: 'officer.kupang',
        reasons: ['same-name', 'birth-compatible', 'same-birth-place'],
      },
    ]);
    expect((await product.get('supervisor.kupang', `/matches/${matchId}`)).body).toMatchObject({
      status: 'proposed',
      revision: 0,
      sides: [{ papers: {} }, { papers: {} }],
      match: { strength: 'possible' },
      acts: [{ type: 'MatchProposed', by: 'officer.kupang', reason: 'Orang yang sama menurut keluarganya' }],
    });

    expect((await decide('officer.kupang', matchId, 'merge')).status).toBe(403);
    const merged = await decide('supervisor.kupang', matchId, 'merge');
    expect([merged.status, merged.body.events]).toEqual([200, ['PersonsMerged']]);
    const together = [
      await view('officer.kupang', first.caseId, merged.body.position),
      await view('officer.kupang', second.caseId),
    ];
    const [canonical] = [first.personId, second.personId].sort();
    for (const one of together) {
      expect(one.person).toBe(canonical);
      expect(one.records.map((r: { personId: string }) => r.personId).sort()).toEqual([first.personId, second.personId].sort());
      expect(one.candidates).toEqual([]);
    }
    await linkedWith([[second.caseId], [first.caseId]]);
    expect(ownViews(await files())).toEqual(ownViews(filesBefore));

    const undone = await decide('supervisor.kupang', matchId, 'undo');
    expect([undone.status, undone.body.events]).toEqual([200, ['MergeUndone']]);
    const again = [await view('officer.kupang', first.caseId, undone.body.position), await view('officer.kupang', second.caseId)];
    const known = (one: { matches: object; candidates: { status?: string }[] }) => ({
      ...one,
      matches: [],
      candidates: one.candidates.map(({ status: _, ...candidate }) => candidate),
    });
    expect(again.map(known)).toEqual(before.map(known));
    await linkedWith([[], []]);
    expect(ownViews(await files())).toEqual(ownViews(filesBefore));
    expect(
      (await product.get('supervisor.kupang', `/matches/${matchId}`)).body.acts.map((a: { type: string }) => a.type),
    ).toEqual(['MatchProposed', 'PersonsMerged', 'MergeUndone']);
  });

  it('may be proposed again, and then be dismissed: it is not offered any more', async () => {
    expect((await propose('officer.kupang', first.personId, second.personId)).status).toBe(201);
    const dismissed = await decide('supervisor.kupang', matchId, 'dismiss');
    expect(dismissed.status).toBe(200);
    expect((await view('officer.kupang', second.caseId, dismissed.body.position)).candidates).toEqual([]);
  });

  it('stands encrypted in the log, and without name or number in the read models', async () => {
    const personal = [ID_NAME, TL_NAME, 'Ujicanary', 'Ujikanari', NIK, BI, 'menurut keluarganya', 'Berkas keduanya'];
    const stored = JSON.stringify(await product.events());
    const rows = JSON.stringify(
      (
        await product.database.pool.query(
          'SELECT to_json(p) AS row FROM read.person p UNION ALL SELECT to_json(m) FROM read.person_match m',
        )
      ).rows,
    );
    expect(rows).toContain(first.personId);
    for (const said of personal) expect([said, stored.includes(said), rows.includes(said)]).toEqual([said, false, false]);
  });
});

describe('a person with another office', () => {
  it('is told of without personal data, is merged by the office above both, and separated by either', async () => {
    const passport = { kind: 'passport', number: 'XU4455667' };
    const here = await registered('officer.kupang', 'KANIM-KPG', {
      name: 'Rosa Cobacanary',
      born: '1980',
      identityNumbers: [passport],
    });
    const there = await registered('officer.atambua', 'KANIM-ATB', {
      name: 'Roza Kobakanari',
      born: '1980-03-04',
      identityNumbers: [passport],
    });
    const seen = await view('officer.kupang', here.caseId, there.position);
    expect(seen.candidates).toEqual([
      {
        personId: there.personId,
        of: here.personId,
        matchId: seen.candidates[0].matchId,
        strength: 'strong',
        elsewhere: {
          office: 'KANIM-ATB',
          ask: [{ official: 'supervisor.atambua', name: 'Bapak Contoh Supervisor Atambua' }],
          text: {
            id: expect.stringContaining('kantor lain'),
            en: expect.stringContaining('ask Bapak Contoh Supervisor Atambua'),
          },
        },
      },
    ]);
    expect((await product.get('officer.kupang', `/persons/${there.personId}`)).status).toBe(404);
    expect((await product.get('officer.kupang', `/cases/${there.caseId}/person`)).status).toBe(404);

    const proposed = await propose('officer.kupang', here.personId, there.personId);
    const { matchId } = proposed.body;
    expect(proposed.status).toBe(201);
    const half = (await product.get('supervisor.kupang', `/matches/${matchId}`)).body;
    expect(JSON.stringify(half)).not.toMatch(/Kobakanari|1980-03-04|keluarganya/);
    expect(half.match).toBeUndefined();
    for (const person of ['supervisor.kupang', 'supervisor.atambua'])
      for (const act of ['merge', 'dismiss'])
        expect((await decide(person, matchId, act)).body).toMatchObject({ status: 422, code: 'beyond-your-office' });
    const merged = await decide('kanwil.ntt', matchId, 'merge');
    expect(merged.status).toBe(200);

    const joined = await view('officer.kupang', here.caseId, merged.body.position);
    expect(joined.records.map((r: { personId: string }) => r.personId)).toEqual([here.personId]);
    expect(joined.elsewhere).toMatchObject([{ office: 'KANIM-ATB' }]);
    expect(JSON.stringify(joined)).not.toMatch(/Kobakanari|1980-03-04/);
    expect(joined.person).toBe((await view('officer.atambua', there.caseId)).person);
    expect((await decide('supervisor.atambua', matchId, 'undo')).status).toBe(200);
  });

  it('is proposed only where the papers give a reason', async () => {
    const here = await registered('officer.kupang', 'KANIM-KPG', { name: 'Bere Alas' });
    const there = await registered('officer.atambua', 'KANIM-ATB', { name: 'Mau Uji' });
    expect((await propose('officer.kupang', here.personId, there.personId)).status).toBe(404);
    expect((await propose('officer.kupang', here.personId, randomUUID())).status).toBe(404);
  });
});

describe('who may', () => {
  it('nobody who proposed a match merges it, and a stale view decides nothing', async () => {
    const [a, b] = await Promise.all(
      [1, 2].map(() => registered('officer.kupang', 'KANIM-KPG', { name: 'Ana Uji Contoh', born: '1990' })),
    );
    const { matchId } = (await propose('supervisor.kupang', a?.personId ?? '', b?.personId ?? '')).body;
    expect((await decide('supervisor.kupang', matchId, 'merge')).body).toMatchObject({ status: 422, code: 'four-eyes' });
    const path = `/matches/${matchId}/merge`;
    const reason = { reason: 'Sama' };
    expect((await product.post('kanwil.ntt', path, reason)).status).toBe(428);
    expect((await product.post('kanwil.ntt', path, reason, { 'if-match': '"7"' })).body).toMatchObject({
      status: 412,
      currentRevision: 0,
    });
    expect((await product.post('supervisor.atambua', path, reason, { 'if-match': '"7"' })).status).toBe(404);
    const both = await Promise.all([1, 2, 3, 4].map(() => product.post('kanwil.ntt', path, reason, { 'if-match': '"0"' })));
    expect(both.map(({ status }) => status).sort()).toEqual([200, 412, 412, 412]);
  });

  it('a subject is registered once, however many try; papers are recorded anew under the record’s revision', async () => {
    const caseId = await openCase('officer.kupang', 'KANIM-KPG', { name: 'Seran Uji Coba' });
    const tries = await Promise.all([1, 2, 3, 4].map(() => product.post('officer.kupang', '/persons', { caseId })));
    expect(tries.map(({ status }) => status).sort()).toEqual([201, 422, 422, 422]);
    const { personId } = tries.find(({ status }) => status === 201)?.body ?? {};
    const key = { 'idempotency-key': 'papers-1', 'if-match': '"0"' };
    const path = `/persons/${personId}/record-papers`;
    const recorded = await product.post('officer.kupang', path, { caseId, papers: timorese }, key);
    expect([recorded.status, recorded.body.revision]).toEqual([200, 1]);
    expect((await product.post('officer.kupang', path, { caseId, papers: timorese }, key)).body).toEqual(recorded.body);
    const other = { ...timorese, names: [{ name: 'Seran' }] };
    expect((await product.post('officer.kupang', path, { caseId, papers: other }, key)).status).toBe(409);
    expect((await product.post('officer.kupang', path, { caseId, papers: other }, { 'if-match': '"0"' })).status).toBe(412);
    const one = await product.get('officer.kupang', `/persons/${personId}?atLeastPosition=${recorded.body.position}`);
    expect([one.headers.get('etag'), one.body.records[0].papers]).toEqual(['"1"', timorese]);
  });

  it('every route refuses whoever has no token, and an administrator, who sees no case', async () => {
    const { caseId, personId } = await registered('officer.kupang', 'KANIM-KPG', { name: 'Klau Uji Coba' });
    const other = await registered('officer.kupang', 'KANIM-KPG', { name: 'Klau Uji Coba' });
    const { matchId } = (await propose('officer.kupang', personId, other.personId)).body;
    const { paths } = (await product.send('GET', '/openapi.json', {})).body;
    const bodies: Record<string, object> = {
      '/persons': { caseId },
      '/persons/{personId}/record-papers': { caseId, papers: timorese },
      '/matches': { a: personId, b: other.personId, reason: 'x' },
    };
    const mine = Object.entries<object>(paths).filter(([path]) => /^\/(persons|matches)|\/person$/.test(path));
    const answers: [string, number][] = [];
    for (const [path, methods] of mine)
      for (const method of Object.keys(methods)) {
        const url = path.replace('{caseId}', caseId).replace('{personId}', personId).replace('{matchId}', matchId);
        const ask = (person: string) =>
          method === 'get'
            ? product.get(person, url)
            : product.post(person, url, bodies[path] ?? { reason: 'x' }, { 'if-match': '"0"' });
        expect([path, (await ask('')).status]).toEqual([path, 401]);
        answers.push([`${method} ${path}`, (await ask('admin')).status]);
      }
    // The queue is a list: there is none for an administrator.
    expect(answers.filter(([route, status]) => status !== (route === 'get /matches' ? 403 : 404))).toEqual([]);
    expect(answers).toHaveLength(10);
    for (const [path, body] of Object.entries(bodies))
      expect([
        path,
        (await product.post('auditor.ntt', path.replace('{personId}', personId), body, { 'if-match': '"0"' })).status,
      ]).toEqual([path, 403]);
    for (const act of ['merge', 'dismiss', 'undo']) expect((await decide('auditor.ntt', matchId, act)).status).toBe(403);
  });

  it('bad input is never a fault of ours', async () => {
    const { caseId, personId } = await registered('officer.kupang', 'KANIM-KPG', { name: 'Bau Uji Coba' });
    const papers = (change: object) => ({ caseId, papers: { ...timorese, ...change } });
    const bad = [
      papers({ births: [{ date: '1974-02-30', precision: 'day' }] }),
      papers({ births: [{ date: '1974', precision: 'month' }] }),
      papers({ names: [] }),
      papers({ sex: 'x' }),
      papers({ numbers: [{ kind: 'nik' }] }),
      papers({ extra: 1 }),
      { caseId },
      { caseId: 'x', papers: timorese },
    ];
    for (const body of bad)
      expect([
        body,
        (await product.post('officer.kupang', `/persons/${personId}/record-papers`, body, { 'if-match': '"0"' })).status,
      ]).toEqual([body, 400]);
    for (const path of [
      '/persons/x',
      '/matches/x',
      `/persons/${randomUUID()}`,
      `/matches/${randomUUID()}`,
      '/matches?status=x',
      '/matches?after=x',
      '/cases/x/person',
    ])
      expect([path, [400, 404].includes((await product.get('officer.kupang', path)).status)]).toEqual([path, true]);
    expect((await product.post('officer.kupang', '/persons', { caseId: randomUUID() })).status).toBe(404);
    expect(
      (await product.post('officer.kupang', `/matches/${randomUUID()}/merge`, { reason: 'x' }, { 'if-match': '"0"' })).status,
    ).not.toBe(500);
  });
});

describe('the read models', () => {
  it('are equal to those rebuilt from the log; who was erased is found no more', async () => {
    const opened = await openLog({ databaseUrl: product.database.url, home: product.home, movableTime: true, follow: false });
    const readModels = await openReadModels(product.database.url);
    try {
      const compared = await verifyRebuild(readModels, opened.log, { names: ['person', 'person_match'] });
      expect(compared.map(({ name, equal }) => [name, equal])).toEqual([
        ['person', true],
        ['person_match', true],
      ]);
      expect(compared.every(({ rows }) => rows > 1)).toBe(true);

      const { personId, caseId } = await registered('officer.kupang', 'KANIM-KPG', { name: 'Tasi Uji Coba', born: '1971' });
      expect(await new PostgresPersonKeyStore(product.database.pool).destroy(personId, 'person-register')).toBe(1);
      await rebuild(readModels, opened.log, { names: ['person'] });
      const row = await product.database.pool.query('SELECT words FROM read.person WHERE person_id = $1', [personId]);
      expect(row.rows).toEqual([{ words: [] }]);
      // The case's own view is under another class of the person's keys: it lives as long as the case does.
      expect((await product.get('officer.kupang', `/cases/${caseId}`)).body.subject.name).toBe('Tasi Uji Coba');
    } finally {
      await readModels.destroy();
      await opened.close();
    }
  });
});
