/** Who read what, whole: every read of personal data is a record, or it is not shown; what is not one's own work is opened for a reason. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Product } from './product.js';

let product: Product;
let caseId: string;
beforeAll(async () => {
  product = await Product.start();
  caseId = await product.lodged();
  await product.act('officer.kupang', caseId, 'begin-screening');
}, 120_000);
afterAll(() => product?.stop(), 60_000);

const records = async (): Promise<number> =>
  (await product.database.pool.query('SELECT count(*)::int AS count FROM audit.reads')).rows[0].count;
const reads = async (query = '') => (await product.get('auditor.ntt', `/audit/reads${query}`)).body.items;
const breakGlass = (person: string, body: object = { reason: 'Canarypengaduan' }, of = caseId) =>
  product.post(person, `/cases/${of}/break-glass`, body);

describe('a read of personal data', () => {
  it('is one record, each, with who, of whom, by which route and how many rows; searches too', async () => {
    const { subjectId } = (await product.get('officer.kupang', `/cases/${caseId}`)).body;
    await product.post('officer.kupang', '/persons', { caseId });
    const { reference, position } = (await product.get('officer.kupang', `/cases/${caseId}`)).body;
    await product.get('officer.kupang', `/worklist?atLeastPosition=${position}`); // so that it shows the case
    const paths = [
      `/cases/${caseId}`,
      `/cases/${caseId}/history`,
      `/cases/${caseId}/determination`,
      `/cases/${caseId}/actions`,
      `/cases/${caseId}/person`,
      `/cases?reference=${reference}`,
      `/persons/${subjectId}`,
      '/worklist',
      '/clocks',
      '/matches',
      '/referrals',
    ];
    const before = await records();
    for (const path of paths) expect([path, (await product.get('officer.kupang', path)).status]).toEqual([path, 200]);
    expect(await records()).toBe(before + paths.length);
    // What shows nobody is no record: the law, one's own, what is refused or not there.
    for (const path of ['/procedures', '/offices', '/me', '/notifications']) await product.get('officer.kupang', path);
    expect((await product.get('officer.atambua', `/cases/${caseId}`)).status).toBe(404);
    expect(await records()).toBe(before + paths.length);
    const seen = await reads(`?subject=${caseId}&official=officer.kupang`);
    expect(seen[0]).toMatchObject({ official: 'officer.kupang', subjects: expect.arrayContaining([caseId]), refused: null });
    expect(seen).toContainEqual(
      expect.objectContaining({ act: 'ReadCase', route: 'GET /cases/:caseId', shown: 'own-work', rows: 1 }),
    );
    expect((await reads('?official=officer.kupang')).find((one: { act: string }) => one.act === 'FindCases')).toMatchObject({
      subjects: expect.arrayContaining([caseId]),
    });
  }, 60_000);

  it('is seen by the auditor in scope alone, a page at a time, and that is a record too', async () => {
    for (const person of ['officer.kupang', 'supervisor.kupang', 'admin', 'minister'])
      expect([person, (await product.get(person, '/audit/reads')).status]).toEqual([person, 403]);
    const first = (await product.get('auditor.ntt', '/audit/reads?limit=2')).body;
    const second = (await product.get('auditor.ntt', `/audit/reads?limit=2&after=${first.next}`)).body;
    expect(first.items).toHaveLength(2);
    expect(second.items.map((one: { id: string }) => one.id)).not.toContain(first.items[0].id);
    expect((await reads('?official=auditor.ntt'))[0]).toMatchObject({ act: 'ReadAudit' });
    for (const query of ['?from=yesterday', '?limit=0', '?after=x', '?who=me'])
      expect([query, (await product.get('auditor.ntt', `/audit/reads${query}`)).status]).toEqual([query, 400]);
  });

  it('is not shown when it cannot be recorded, and is again once it can', async () => {
    const { pool } = product.database;
    await pool.query('ALTER TABLE audit.reads RENAME TO reads_away');
    try {
      for (const path of [`/cases/${caseId}`, `/cases/${caseId}/history`, '/worklist']) {
        const answer = await product.get('officer.kupang', path);
        expect([path, answer.status, answer.body.code]).toEqual([path, 503, 'audit-away']);
        expect(answer.headers.get('retry-after')).toBe('5');
        expect(JSON.stringify(answer.body)).not.toContain('Maria');
      }
    } finally {
      await pool.query('ALTER TABLE audit.reads_away RENAME TO reads');
    }
    expect((await product.get('officer.kupang', `/cases/${caseId}`)).status).toBe(200);
  });

  it('is a record that nobody changes or takes away', async () => {
    for (const sql of ['UPDATE audit.reads SET official = $$x$$', 'DELETE FROM audit.reads', 'TRUNCATE audit.reads'])
      await expect(product.database.pool.query(sql)).rejects.toThrow('never changed or deleted');
  });
});

describe('a case that is not one’s own work', () => {
  it('is shown without personal data until it is opened for a reason, for a time, and the supervisor is told at once', async () => {
    const hidden = await product.get('officer2.kupang', `/cases/${caseId}`);
    expect(hidden.body).toMatchObject({ shown: 'withheld', stage: 'screening' });
    // Nothing is derived from a case whose answers are withheld: it would be told that sound decisions rest on nothing.
    expect(hidden.body).not.toHaveProperty('evaluation');
    expect((await product.get('officer2.kupang', `/cases/${caseId}/determination`)).body).toMatchObject({
      ...{ shown: 'withheld', possible: [], grounds: [], unknown: [] },
    });
    for (const path of [`/cases/${caseId}`, `/cases/${caseId}/history`, `/cases/${caseId}/determination`])
      expect(JSON.stringify((await product.get('officer2.kupang', path)).body)).not.toContain('Maria');
    expect((await product.get('officer.kupang', `/cases/${caseId}`)).body).toMatchObject({
      shown: 'own-work',
      subject: { name: 'Maria' },
    });

    const opened = await breakGlass('officer2.kupang', { reason: 'Canarypengaduan', hours: 1 });
    expect(opened).toMatchObject({ status: 201, body: { accessId: expect.any(String), events: ['GlassBroken'] } });
    expect((await breakGlass('officer2.kupang')).body.code).toBe('already-open');
    expect((await product.get('officer2.kupang', `/cases/${caseId}`)).body).toMatchObject({
      shown: 'break-glass',
      accessId: opened.body.accessId,
      subject: { name: 'Maria' },
    });
    const [read] = await reads(`?official=officer2.kupang&subject=${caseId}`);
    expect(read).toMatchObject({ shown: 'break-glass', accessId: opened.body.accessId });

    const { items } = (await product.get('supervisor.kupang', `/notifications?atLeastPosition=${opened.body.position}`)).body;
    const told = items.find((item: { kind: string }) => item.kind === 'glass-broken');
    expect(told).toMatchObject({ caseId, clockId: opened.body.accessId, seenAt: null });
    expect(JSON.stringify(items)).not.toContain('Canary');
    expect((await product.post('supervisor.kupang', `/notifications/${told.id}/seen`, {})).status).toBe(200);
    expect((await product.post('supervisor.kupang', `/notifications/${told.id}/acknowledge`, {})).body.code).toBe('review-it');

    const waiting = async (person: string, status = 'waiting') =>
      (await product.get(person, `/audit/break-glass?status=${status}&atLeastPosition=${opened.body.position}`)).body.items;
    for (const person of ['supervisor.kupang', 'auditor.ntt'])
      expect(await waiting(person)).toMatchObject([
        { caseId, official: 'officer2.kupang', verdict: null, reason: 'Canarypengaduan', note: null },
      ]);
    expect(await waiting('supervisor.atambua')).toEqual([]);

    const review = (person: string) =>
      product.post(person, `/cases/${caseId}/break-glass/${opened.body.accessId}/review`, {
        verdict: 'unjustified',
        note: 'Tidak ada pengaduan',
      });
    expect((await review('officer.kupang')).status).toBe(403);
    expect((await review('supervisor.atambua')).status).toBe(404);
    const reviewed = await review('supervisor.kupang');
    expect(reviewed.status).toBe(200);
    expect((await review('supervisor.kupang')).body.code).toBe('already-reviewed');
    expect((await product.get('officer2.kupang', `/cases/${caseId}`)).body.shown).toBe('withheld');
    const { items: all } = (
      await product.get('auditor.ntt', `/audit/break-glass?status=all&atLeastPosition=${reviewed.body.position}`)
    ).body;
    const reason = 'Canarypengaduan';
    expect(all).toMatchObject([{ verdict: 'unjustified', reviewedBy: 'supervisor.kupang', reason, note: 'Tidak ada pengaduan' }]);
    expect((await breakGlass('officer2.kupang')).body.code).toBe('break-glass-unjustified');
  }, 60_000);

  it('is not opened so by whose work it is, out of scope, without a reason, or for longer than a day', async () => {
    expect((await breakGlass('officer.kupang')).body.code).toBe('own-work');
    expect((await breakGlass('supervisor.kupang')).body.code).toBe('own-work');
    expect((await breakGlass('officer.atambua')).status).toBe(404);
    expect((await breakGlass('admin')).status).toBe(404);
    for (const body of [{}, { reason: ' ' }, { reason: 'x', hours: 0 }, { reason: 'x', hours: 25 }, { reason: 'x', hours: 1.5 }])
      expect([body, (await breakGlass('auditor.ntt', body)).status]).toEqual([body, 400]);
    const auditor = await breakGlass('auditor.ntt');
    expect(auditor.status).toBe(201);
    expect((await product.get('auditor.ntt', `/cases/${caseId}`)).body.subject).toEqual({ name: 'Maria' });
  });
});

describe('a note on a case', () => {
  const note = 'Canarycatatan: ibunya dirawat';

  it('comes back to those whose work the case is, and is withheld from who may only look; it changes nothing of the case', async () => {
    const noted = await product.lodged();
    await product.act('officer.kupang', noted, 'begin-screening');
    const standing = async () => {
      const { stage, clocks } = (await product.get('officer.kupang', `/cases/${noted}`)).body;
      return { stage, clocks: clocks.map(({ clockId, due }: { clockId: string; due: object }) => [clockId, due]) };
    };
    const before = await standing();
    const { body } = await product.act('officer.kupang', noted, 'write-note', { note });
    expect([body.events, await standing()]).toEqual([['NoteWritten'], before]);
    const { position } = (await product.act('supervisor.kupang', noted, 'write-note', { note: 'Canarycatatan kedua' })).body;
    const notesFor = async (person: string) => {
      const history = await product.get(person, `/cases/${noted}/history?atLeastPosition=${position}`);
      return history.body.items.filter(({ type }: { type: string }) => type === 'NoteWritten');
    };
    for (const person of ['officer.kupang', 'supervisor.kupang'])
      expect(await notesFor(person)).toMatchObject([
        { actor: 'officer.kupang', personal: { note }, sentence: { id: 'officer.kupang menulis catatan.' } },
        { actor: 'supervisor.kupang', personal: { note: 'Canarycatatan kedua' } },
      ]);
    for (const person of ['auditor.ntt', 'officer2.kupang'])
      expect(await notesFor(person)).toMatchObject([{ actor: 'officer.kupang', personal: null }, { personal: null }]);
    expect((await product.get('supervisor.atambua', `/cases/${noted}/history`)).status).toBe(404);

    const tried = async (person: string) => {
      const { status, body } = await product.tryAct(person, noted, 'write-note', { note });
      return [status, body.code];
    };
    expect(await tried('supervisor.atambua')).toEqual([404, 'not-found']);
    expect(await tried('auditor.ntt')).toEqual([403, 'role-may-not']);
    expect(await tried('officer2.kupang')).toEqual([422, 'not-own-work']);
    // Who opened it for a reason reads it, and writes nothing into it.
    expect((await breakGlass('officer2.kupang', { reason: 'Canarypengaduan' }, noted)).status).toBe(201);
    expect(await notesFor('officer2.kupang')).toMatchObject([{ personal: { note } }, {}]);
    expect(await tried('officer2.kupang')).toEqual([422, 'not-own-work']);
  }, 60_000);

  it('has 1 to 4,000 characters, and says so in both languages', async () => {
    const noted = await product.openDraft();
    expect((await product.tryAct('officer.kupang', noted, 'write-note', { note: 'é'.repeat(4_000) })).status).toBe(200);
    for (const wrong of ['x'.repeat(4_001), '', ' \n ']) {
      const { status, body } = await product.tryAct('officer.kupang', noted, 'write-note', { note: wrong });
      expect([status, body.code, body.faults[0].path]).toEqual([400, 'malformed', 'note']);
      expect([body.reason.id, body.reason.en]).toEqual([
        expect.stringMatching(/^Isian tidak dapat dibaca: note: /),
        expect.stringMatching(/^The request cannot be read: note: /),
      ]);
      if (wrong.length > 4_000) for (const language of ['id', 'en']) expect(body.reason[language]).toContain('4000');
    }
  });
});

describe('a conflict of interest', () => {
  it('is refused by the engine, and the auditor sees who tried', async () => {
    const other = await product.lodged();
    await product.act('officer.kupang', other, 'begin-screening');
    await product.act('officer.kupang', other, 'declare-conflict', { ground: 'relative', reason: 'Canarysepupu' });
    const refused = await product.tryAct('officer.kupang', other, 'accept-as-complete');
    expect(refused).toMatchObject({ status: 422, body: { code: 'conflict-of-interest' } });
    expect((await product.get('officer.kupang', `/cases/${other}`)).body.shown).toBe('withheld');
    // Not for a reason either.
    expect((await product.post('officer.kupang', `/cases/${other}/break-glass`, { reason: 'Saudara saya' })).body).toMatchObject({
      status: 422,
      code: 'conflict-of-interest',
    });
    expect(await reads(`?subject=${other}&official=officer.kupang`)).toContainEqual(
      expect.objectContaining({ refused: 'conflict-of-interest', rows: 0 }),
    );
    expect((await product.get('auditor.ntt', `/cases/${other}`)).body.conflicts).toMatchObject([
      { official: 'officer.kupang', ground: 'relative' },
    ]);

    // Why someone opened it is told to who looks over it, but not to a supervisor with a conflict of their own.
    const opened = await breakGlass('auditor.ntt', { reason: 'Canarytelaah' }, other);
    await product.act('supervisor.kupang', other, 'declare-conflict', { ground: 'relative', reason: 'Canaryipar' });
    const whyFor = async (person: string) => {
      const { items } = (await product.get(person, `/audit/break-glass?atLeastPosition=${opened.body.position}`)).body;
      return items.find(({ accessId }: { accessId: string }) => accessId === opened.body.accessId)?.reason;
    };
    expect([await whyFor('auditor.ntt'), await whyFor('supervisor.kupang')]).toEqual(['Canarytelaah', null]);
  });
});
