/**
 * The end of a person's data: retained, held, destroyed by two people; then nothing of it can be read anywhere, and every proof still verifies.
 * The same as `npm run test:privacy`, but for the queue on Redis and the server's own files, with the refusals on the way.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { moveTime } from '../../libs/event-store/src/time.js';
import { Watched } from '../privacy/privacy-run.js';
import type { Product } from './product.js';

const YEAR_MS = 365.25 * 86_400_000;
const CANARY = 'Cendrawasih';
let watched: Watched;
let product: Product;
let folder: string;
let caseId: string;
let personId: string;
/** Under which the auditor opened the case while there was something to read. */
let accessId: string;
/** As a backup of the key table would hold it. */
let backup: Buffer;

beforeAll(async () => {
  watched = await Watched.lead();
  product = watched.product;
  await watched.flows.settled(0);
  folder = await mkdtemp(join(tmpdir(), 'tegas-destruction-'));
  const subject = { name: `${CANARY} Jaya`, born: '1990-02-01', birthPlace: `${CANARY}pura` };
  const opened = await product.post('officer.kupang', '/cases', { procedure: 'PSK', office: 'KANIM-KPG', subject });
  caseId = opened.body.caseId;
  personId = (await product.get('officer.kupang', `/cases/${caseId}`)).body.subjectId;
  await product.act('officer.kupang', caseId, 'receive-evidence', {
    evidence: 'birth-record',
    evidenceId: 'b-1',
    title: `Akta ${CANARY}`,
  });
  await product.act('officer.kupang', caseId, 'write-note', { note: `Menelepon ${CANARY}` });
  const scan = Buffer.from(`%PDF-1.4\n1 0 obj\n<< /Title (${CANARY}) >>\nendobj\ntrailer\n<< >>\n%%EOF\n`);
  const taken = await fetch(`http://127.0.0.1:${product.port}/cases/${caseId}/documents`, {
    method: 'POST',
    body: new Uint8Array(scan),
    headers: { 'content-type': 'application/pdf', authorization: `Bearer ${await product.token('officer.kupang')}` },
  });
  expect([taken.status, await readdir(join(product.home, 'documents', caseId))]).toMatchObject([201, [expect.any(String)]]);
}, 180_000);

afterAll(async () => {
  await watched?.stop();
  await rm(folder, { recursive: true, force: true });
}, 60_000);

async function tegas(...args: readonly string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const env = { ...process.env, NODE_OPTIONS: '', TEGAS_DATABASE_URL: product.database.url, TEGAS_HOME: product.home };
  return promisify(execFile)(process.execPath, ['dist/apps/cli/src/main.js', ...args], { env }).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    ({ code, stdout, stderr }) => ({ code, stdout, stderr }),
  );
}

const post = async (person: string, path: string, body: object = {}) => {
  const { status, body: answer } = await product.post(person, `/destructions/${personId}/${path}`, body);
  return [status, answer.code ?? answer.events];
};

/** The opening of the case, as who reviews such is shown it. */
async function listedOpening(atLeastPosition = '0'): Promise<object | undefined> {
  const query = `?status=all&limit=200&atLeastPosition=${atLeastPosition}`;
  const { items } = (await product.get('supervisor.kupang', `/audit/break-glass${query}`)).body;
  return items.find((one: { accessId: string }) => one.accessId === accessId);
}

/** Every row of every table that holds the word, keys and logs of the server apart. */
async function rowsWith(word: string): Promise<readonly string[]> {
  const { pool } = product.database;
  const { rows: tables } = await pool.query<{ name: string }>(
    `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')`,
  );
  const found: string[] = [];
  for (const { name } of tables) {
    const { rows } = await pool.query(`SELECT FROM ${name} AS row WHERE row::text ILIKE $1 LIMIT 1`, [`%${word}%`]);
    if (rows.length > 0) found.push(name);
  }
  return found;
}

describe('a person’s data', () => {
  it('stands nowhere in the clear but in the tables that are rebuilt, after every flow that takes words', async () => {
    expect(watched.flows.missing).toEqual([]);
    expect([watched.flows.count > 40, watched.flows.canaries.count > 150]).toEqual([true, true]);
    expect(await watched.foundInLife()).toEqual([]);
  }, 60_000);

  it('is given to them whole, before it is destroyed', async () => {
    const out = join(folder, 'access.json');
    expect(JSON.parse((await tegas('export', 'person', personId, '--out', out, '--json')).stdout)).toMatchObject({ events: 3 });
    const { events } = JSON.parse(await readFile(out, 'utf8'));
    expect(events.map(({ personal }: { personal: { fields: object }[] }) => personal[0]?.fields)).toMatchObject([
      { name: `${CANARY} Jaya` },
      { title: `Akta ${CANARY}` },
      { note: `Menelepon ${CANARY}` },
    ]);
    expect((await tegas('export', 'person', 'nobody', '--out', out)).stderr).toContain('Nothing is kept');
    // Whoever reads past the API is recorded too, and says on what ground.
    const told = ['export', 'person', personId, '--out', out, '--ground', 'court-order'];
    expect((await tegas(...told)).code).toBe(0);
    expect((await tegas(...told.slice(0, -1), 'Kata bebas')).code).toBe(2);
    expect((await tegas('explain', caseId, '--json')).code).toBe(0);
    const reads = (await product.get('auditor.ntt', `/audit/reads?subject=${caseId}&limit=3`)).body.items;
    const who = { official: `os:${userInfo().username}` };
    expect(reads).toMatchObject([
      { ...who, act: 'ExplainCase', ground: 'operation' },
      { ...who, act: 'ExportPerson', ground: 'court-order', subjects: [personId, caseId] },
      { ...who, act: 'ExportPerson', ground: 'subject-access' },
    ]);
    // Sealed in the log, and in no table in the clear, while whose work it is reads it.
    expect(await rowsWith(CANARY)).toEqual([]);
    const { items } = (await product.get('officer.kupang', `/cases/${caseId}/history`)).body;
    expect(items.map(({ personal }: { personal: object }) => personal)).toMatchObject([
      { name: `${CANARY} Jaya` },
      { title: `Akta ${CANARY}` },
      { note: `Menelepon ${CANARY}` },
    ]);
  }, 120_000);

  it('is kept while a case is open, and until retention is over', async () => {
    expect(await post('supervisor.kupang', 'request')).toEqual([422, 'case-open']);
    await product.act('officer.kupang', caseId, 'withdraw-application', { withdrawnOn: today(), reason: 'Ditarik' });
    await product.act('supervisor.kupang', caseId, 'close-case', { reason: 'Ditarik' });
    expect(await post('supervisor.kupang', 'request')).toEqual([422, 'retention-not-over']);
    expect(await post('supervisor.atambua', 'request')).toEqual([404, 'not-found']);
    expect(await post('officer.kupang', 'request')).toEqual([403, 'role-may-not']);
    expect((await product.get('supervisor.atambua', `/destructions/${personId}`)).status).toBe(404);
    expect((await product.get('', `/destructions/${personId}`)).status).toBe(401);
  });

  it('is held against destruction, requested by one and confirmed by another', async () => {
    await moveTime(product.database.pool, 31 * YEAR_MS);
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    const listed = async (status: string, who = 'supervisor.kupang') =>
      (await product.get(who, `/destructions?status=${status}&limit=200`)).body.items.filter(
        (one: { personId: string }) => one.personId === personId,
      );
    expect(await listed('due')).toMatchObject([{ cases: [{ caseId, procedure: 'PSK' }], referrals: 0 }]);
    expect([await listed('due', 'supervisor.atambua'), await listed('held')]).toEqual([[], []]);
    expect((await product.get('officer.kupang', '/destructions')).status).toBe(403);
    expect(await post('supervisor.kupang', 'place-hold', { ground: 'court-case' })).toEqual([200, ['LegalHoldPlaced']]);
    expect([await listed('due'), await listed('held')]).toMatchObject([[], [{ holds: [{ ground: 'court-case' }] }]]);
    expect(await listed('held', 'supervisor.atambua')).toEqual([]);
    expect(await post('supervisor.kupang', 'request')).toEqual([422, 'legal-hold']);
    const { body } = await product.get('auditor.ntt', `/destructions/${personId}`);
    expect(await post('supervisor.kupang', `lift-hold/${body.holds[0].holdId}`)).toEqual([422, 'four-eyes']);
    expect(await post('ditjenim', `lift-hold/${body.holds[0].holdId}`)).toEqual([200, ['LegalHoldLifted']]);
    expect(await post('supervisor.kupang', 'request')).toEqual([200, ['DestructionRequested']]);
    expect(await listed('requested', 'auditor.ntt')).toMatchObject([{ requested: { by: 'supervisor.kupang' } }]);
    expect((await product.get('auditor.ntt', `/destructions/${personId}/certificate`)).body.code).toBe('not-destroyed');
    expect(await post('supervisor.kupang', 'confirm')).toEqual([422, 'four-eyes']);
    const opening = await product.post('auditor.ntt', `/cases/${caseId}/break-glass`, { reason: `Pengaduan ${CANARY}` });
    ({ accessId } = opening.body);
    expect(opening.status).toBe(201);
    backup = (await product.database.pool.query('SELECT wrapped_key FROM privacy.person_keys WHERE person_id = $1', [personId]))
      .rows[0].wrapped_key;
    expect(await post('ditjenim', 'confirm')).toEqual([200, ['DestructionConfirmed']]);
  }, 30_000);

  it('is destroyed with a certificate, and nothing of it can be read anywhere', async () => {
    let destroyed: object | undefined;
    for (let n = 0; n < 100 && destroyed === undefined; n += 1) {
      await new Promise((resolve) => setTimeout(resolve, 200));
      ({ destroyed } = (await product.get('auditor.ntt', `/destructions/${personId}`)).body);
    }
    expect(destroyed).toMatchObject({ keys: 1, retentionClasses: ['case-file'] });
    const certificate = (await product.store.read(`destruction-${personId}`)).at(-1);
    expect([certificate?.type, certificate?.data]).toMatchObject([
      'PersonalDataDestroyed',
      { requestedBy: 'supervisor.kupang', confirmedBy: 'ditjenim', cases: [{ caseId, procedure: 'PSK' }] },
    ]);
    const paper = async () => {
      const headers = { authorization: `Bearer ${await product.token('auditor.ntt')}` };
      return Buffer.from(
        await (await fetch(`${product.address}/destructions/${personId}/certificate`, { headers })).arrayBuffer(),
      );
    };
    const pdf = await paper();
    expect([pdf.subarray(0, 5).toString(), pdf.equals(await paper())]).toEqual(['%PDF-', true]);
    expect(await rowsWith(CANARY)).toEqual([]);
    expect(await readdir(join(product.home, 'documents', caseId))).toEqual([]);
    expect((await product.get('auditor.ntt', `/cases/${caseId}/documents`)).body.items).toEqual([]);
    const history = await tegas('history', caseId, '--json');
    expect([history.code, history.stdout.includes(CANARY)]).toEqual([0, false]);
    const access = join(folder, 'access-after.json');
    expect((await tegas('export', 'person', personId, '--out', access)).code).toBe(0);
    expect(await readFile(access, 'utf8')).not.toContain(CANARY);
    // Its decisions are still decided again, but for what rested on a value that is gone.
    expect(JSON.parse((await tegas('audit', '--case', caseId, '--json')).stdout)).toMatchObject({ findings: [] });
  }, 120_000);

  it('has nothing said of it afterwards, which could neither be kept nor be destroyed by two people', async () => {
    const keys = async () =>
      (await product.database.pool.query('SELECT FROM privacy.person_keys WHERE person_id = $1', [personId])).rowCount;
    const before = await keys();
    const reason = 'Sesudah dimusnahkan';
    const acts: readonly (readonly [person: string, command: string, body: object])[] = [
      ['supervisor.kupang', 'record-indicator', { indicator: 'debt-bondage', reason }],
      ['officer.kupang', 'write-note', { note: reason }],
      ['supervisor.kupang', 'declare-conflict', { ground: 'kin', reason }],
      ['officer.kupang', 'file-remedy', { remedy: 'objection', filedOn: today(), reason }],
    ];
    for (const [person, command, body] of acts) {
      const answer = await product.tryAct(person, caseId, command, body);
      expect([command, answer.status, answer.body.code]).toEqual([command, 422, 'data-destroyed']);
    }
    const { actions } = (await product.get('supervisor.kupang', `/cases/${caseId}/actions`)).body;
    expect(actions.filter(({ allowed }: { allowed: boolean }) => allowed)).toEqual([]);
    const others = [
      await product.post('auditor.ntt', `/cases/${caseId}/break-glass`, { reason }),
      await product.post('officer.kupang', '/persons', { caseId }),
      await product.post('officer.kupang', '/persons', {
        caseId,
        papers: { names: [{ name: CANARY }], numbers: [], births: [] },
      }),
    ];
    expect(others.map(({ body }) => body.code)).toEqual(['data-destroyed', expect.any(String), 'data-destroyed']);
    expect(await keys()).toBe(before);
    // What was opened before is reviewed all the same, with no word of it kept.
    const note = 'Sesuai pengaduan';
    const path = `/cases/${caseId}/break-glass/${accessId}/review`;
    const reviewed = await product.post('supervisor.kupang', path, { verdict: 'justified', note });
    expect([reviewed.status, await keys()]).toEqual([200, before]);
    expect(await listedOpening(reviewed.body.position)).toMatchObject({ verdict: 'justified', note: null });
  }, 60_000);

  it('of everyone, after every flow, is gone from everywhere, and every proof still verifies', async () => {
    await watched.destroyAll();
    await watched.keysForgotten('restart');
    expect(await listedOpening()).toMatchObject({ verdict: 'justified', reason: null, note: null });
    expect(await watched.foundAfterwards({ everyone: false })).toEqual([]);
    expect([await watched.proofsVerify(), await watched.readModelsEqual()]).toEqual([true, true]);
    // Whoever decided with values that are gone now is not accused for that, of any case.
    for (const office of ['KANIM-KPG', 'KANIM-ATB']) {
      const { audited, findings } = JSON.parse((await tegas('audit', '--office', office, '--json')).stdout);
      expect([office, audited, findings]).toEqual([office, true, []]);
    }
  }, 120_000);

  it('a key that a backup brings back is destroyed again by the next worker', async () => {
    const { pool } = product.database;
    const where = 'WHERE person_id = $1';
    await pool.query(`UPDATE privacy.person_keys SET wrapped_key = $2, destroyed_at = NULL ${where}`, [personId, backup]);
    await product.end('worker', 'SIGTERM');
    await product.run('worker');
    const live = async () =>
      (await pool.query(`SELECT FROM privacy.person_keys ${where} AND wrapped_key IS NOT NULL`, [personId])).rowCount;
    for (let n = 0; n < 100 && (await live()) !== 0; n += 1) await new Promise((resolve) => setTimeout(resolve, 100));
    expect(await live()).toBe(0);
    expect(await rowsWith(CANARY)).toEqual([]);
  }, 60_000);
});

function today(): string {
  return new Date(Date.now() + 8 * 3_600_000).toISOString().slice(0, 10);
}
