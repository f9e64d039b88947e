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

describe('one box over cases, persons and letters', () => {
  const search = (person: string, words: string, position = '0') =>
    product.post(person, `/search?atLeastPosition=${position}`, { words });
  type Item = {
    kind: string;
    caseId: string;
    cases: { caseId: string }[];
    name?: string;
    shown: string;
    found: { text: { en: string } }[];
  };
  const found = async (person: string, words: string, position?: string): Promise<Item[]> => {
    const { status, body } = await search(person, words, position);
    if (status !== 200) throw new Error(`${words}: ${status} ${JSON.stringify(body)}`);
    return body.items;
  };
  const MINE = { name: 'Filomena Cobacari', born: '1991-04-02', identityNumbers: [{ kind: 'nik', number: '5371990204910007' }] };
  let caseId: string;
  let reference: string;
  let position: string;

  it('finds a case by names and numbers as people write them, and says why', async () => {
    caseId = await openCase('officer.kupang', 'KANIM-KPG', MINE);
    const paper = { evidence: 'birth-record', title: 'Akta lahir, ibu Marcela Pencarian', number: 'AL-77/1991' };
    const act = async (command: string, body: object) => {
      const revision = (await product.store.read(`case-${caseId}`)).at(-1)?.revision;
      const headers = { 'if-match': `"${revision}"` };
      const answer = await product.post('officer.kupang', `/cases/${caseId}/${command}`, body, headers);
      if (answer.status !== 200) throw new Error(`${command}: ${JSON.stringify(answer.body)}`);
      return answer.body;
    };
    await act('receive-evidence', paper);
    await act('lodge-application', {});
    ({ position, reference } = await act('begin-screening', {}));
    for (const words of [
      ...[
        'Filomena Cobacari',
        'COBACARI filomena',
        'philomena kobakari',
        'Filomena Cobacri',
        'cobacari 1991',
        'cobacari 2-4-1991',
      ],
      ...['5371990204910007', '5371 9902 0491 0007', '5371990204910070', 'al 77 / 1991', 'marcela', 'Cobacari Marcela'],
      ...[reference, reference.toLowerCase().replaceAll('-', ''), reference.slice(0, 9)],
    ]) {
      const items = await found('officer.kupang', words, position);
      expect([words, items]).toMatchObject([words, [{ kind: 'case', caseId, reference, name: MINE.name, shown: 'own-work' }]]);
    }
    expect((await found('officer.kupang', 'Filomena Cobacri'))[0]?.found.map(({ text }) => text.en)).toEqual([
      'A similar name: Filomena Cobacari',
    ]);
    for (const words of ['Cobacari 1980', 'Filomena Pencari', 'al', '***'])
      expect([words, await found('officer.kupang', words)]).toEqual([words, []]);
  });

  it('shows no name, and nothing by what was only said, where the case is not one’s own work; out of scope it is not there', async () => {
    expect(await found('officer2.kupang', 'cobacari', position)).toMatchObject([
      { caseId, shown: 'withheld', found: [{ text: { en: 'The same name' } }] },
    ]);
    const answer = JSON.stringify((await search('officer2.kupang', 'cobacari')).body);
    expect([answer.includes('Filomena'), answer.includes('Cobacari')]).toEqual([false, false]);
    expect(await found('officer2.kupang', 'marcela', position)).toEqual([]);
    for (const words of ['cobacari', reference, reference.slice(0, 6), '5371990204910007'])
      expect([words, (await search('officer.atambua', words, position)).body]).toEqual([words, { items: [], more: false }]);
    expect((await search('admin', 'cobacari')).status).toBe(403);
    expect((await search('', 'cobacari')).status).toBe(401);
  });

  it('finds a record of the register by what papers of another country say', async () => {
    const items = await found('officer.kupang', 'Ujikanari 1974');
    const persons = items.filter(({ kind }) => kind === 'person');
    expect(persons.flatMap(({ cases }) => cases.length)).toEqual([1, 1]);
    expect((await found('officer.kupang', BI)).map(({ kind }) => kind)).toEqual(['person']);
  });

  it('is recorded, without the words, and shows nothing that it cannot record', async () => {
    const { rows } = await product.database.pool.query(`SELECT act, route, subjects, rows FROM audit.reads WHERE act = 'Search'`);
    expect(rows).toContainEqual({ act: 'Search', route: 'POST /search', subjects: [caseId], rows: 1 });
    expect(rows).toContainEqual({ act: 'Search', route: 'POST /search', subjects: [], rows: 0 });
    const kept = JSON.stringify((await product.database.pool.query('SELECT to_json(r) AS row FROM audit.reads r')).rows);
    expect(/cobacari|5371990204910007/i.test(kept)).toBe(false);
    const words = JSON.stringify((await product.database.pool.query('SELECT to_json(w) AS row FROM read.case_words w')).rows);
    expect([words.includes(caseId), /cobacari|kobakari|kubakari|marcela|5371990204910007/i.test(words)]).toEqual([true, false]);
    await product.database.pool.query('ALTER TABLE audit.reads RENAME TO away');
    try {
      expect((await search('officer.kupang', 'cobacari')).body).toMatchObject({ status: 503, code: 'audit-away' });
    } finally {
      await product.database.pool.query('ALTER TABLE audit.away RENAME TO reads');
    }
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

  it('is shown, of another official of the office, as being there and no more, until it is opened for a reason', async () => {
    const mine = await registered('officer.kupang', 'KANIM-KPG', { name: 'Lia Cobawita', born: '1988-01-02', birthPlace: 'Soe' });
    const theirs = await registered('officer2.kupang', 'KANIM-KPG', { name: 'Lia Kobavita', born: '1988-01-02' });
    // Until somebody has a case, it is everyone's who may take it.
    for (const command of ['lodge-application', 'begin-screening']) await product.act('officer2.kupang', theirs.caseId, command);
    const says = /Cobawita|Kobavita|1988|Soe/;
    // Not one's own work: neither by the person, nor by the case, nor beside one's own.
    for (const path of [`/persons/${theirs.personId}`, `/cases/${theirs.caseId}/person`]) {
      const { status, body } = await product.get('officer.kupang', path);
      expect([path, status, body.shown, body.records]).toMatchObject([
        path,
        200,
        'withheld',
        [{ shown: 'withheld', cases: [{ caseId: theirs.caseId }] }],
      ]);
      expect([path, says.exec(JSON.stringify(body.records))]).toEqual([path, null]);
    }
    const { records, candidates } = await view('officer.kupang', mine.caseId, theirs.position);
    expect(records).toMatchObject([{ shown: 'own-work', papers: { names: [{ name: 'Lia Cobawita' }] } }]);
    expect(candidates).toMatchObject([
      { personId: theirs.personId, strength: 'likely', record: { shown: 'withheld', cases: [{ caseId: theirs.caseId }] } },
    ]);
    expect([candidates[0].reasons, says.exec(JSON.stringify(candidates))]).toEqual([undefined, null]);
    // An auditor too gives a reason first.
    expect((await product.get('auditor.ntt', `/persons/${theirs.personId}`)).body.records[0].papers).toBeUndefined();
    // It is proposed all the same, and compared by who decides, while there is something to decide.
    const { matchId } = (await propose('officer.kupang', mine.personId, theirs.personId)).body;
    const compared = async (person: string) => (await product.get(person, `/matches/${matchId}`)).body;
    expect((await compared('officer.kupang')).match).toBeUndefined();
    expect(says.exec(JSON.stringify((await compared('auditor.ntt')).sides))).toBeNull();
    for (const person of ['supervisor.kupang', 'kanwil.ntt'])
      expect([person, await compared(person)]).toMatchObject([
        person,
        { match: { strength: 'likely' }, sides: [{ papers: {} }, { papers: {} }] },
      ]);
    const dismissed = await decide('kanwil.ntt', matchId, 'dismiss');
    expect(dismissed.status).toBe(200);
    expect(says.exec(JSON.stringify((await compared('kanwil.ntt')).sides))).toBeNull();
    // Opened for a reason it is shown, and recorded as such.
    expect(
      (await product.post('officer.kupang', `/cases/${theirs.caseId}/break-glass`, { reason: 'Pemohon ada di loket saya' }))
        .status,
    ).toBe(201);
    const opened = (await product.get('officer.kupang', `/persons/${theirs.personId}`)).body;
    expect(opened).toMatchObject({ shown: 'break-glass', records: [{ papers: { names: [{ name: 'Lia Kobavita' }] } }] });
    const reads = (await product.get('auditor.ntt', `/audit/reads?subject=${theirs.personId}&limit=1&official=officer.kupang`))
      .body.items;
    expect(reads).toMatchObject([{ route: 'GET /persons/:personId', shown: 'break-glass' }]);
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
