/** Documents of cases over HTTP: taken in by who may receive evidence, shown to who may read the case, and to nobody else. */
import { createHash, randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Product } from './product.js';

let product: Product;
beforeAll(async () => {
  // Of this spec file's process alone, and of those it starts.
  process.env.TEGAS_REQUEST_SECONDS = '5';
  product = await Product.start();
}, 120_000);
afterAll(() => product?.stop(), 60_000);

const canary = `Canarydokumen ${randomUUID()}`;
const pdf = Buffer.from(
  `%PDF-1.4\n1 0 obj\n<< /Type /Catalog /Title (${canary}) >>\nendobj\ntrailer\n<< /Root 1 0 R >>\n%%EOF\n`,
);
const sha256 = createHash('sha256').update(pdf).digest('hex');

async function send(
  person: string | undefined,
  caseId: string,
  bytes: Buffer | string,
  type = 'application/pdf',
  method = 'POST',
) {
  const answer = await fetch(`http://127.0.0.1:${product.port}/cases/${caseId}/documents`, {
    method,
    body: typeof bytes === 'string' ? bytes : new Uint8Array(bytes),
    headers: {
      'content-type': type,
      ...(person === undefined ? {} : { authorization: `Bearer ${await product.token(person)}` }),
    },
  });
  return { status: answer.status, headers: answer.headers, body: (await answer.json()) as { readonly [name: string]: unknown } };
}

const fetched = async (person: string, path: string) =>
  fetch(`http://127.0.0.1:${product.port}${path}`, { headers: { authorization: `Bearer ${await product.token(person)}` } });

async function openDraft(): Promise<string> {
  const opened = await product.post('officer.kupang', '/cases', {
    procedure: 'PSK',
    office: 'KANIM-KPG',
    subject: { name: 'Maria', born: '1974' },
  });
  return opened.body.caseId;
}

it('a scan is taken in, named by its hash in the evidence, and given back as an attachment that nothing runs in', async () => {
  const caseId = await openDraft();
  const taken = await send('officer.kupang', caseId, pdf);
  expect([taken.status, taken.body]).toMatchObject([
    201,
    { caseId, sha256, type: 'application/pdf', size: pdf.length, state: 'kept' },
  ]);
  expect((await send('officer.kupang', caseId, pdf)).body).toEqual(taken.body);
  await product.act('officer.kupang', caseId, 'receive-evidence', {
    evidence: 'identity-paper',
    evidenceId: 'identity-1',
    title: 'KTP lama',
    sha256,
  });
  expect((await product.get('supervisor.kupang', `/cases/${caseId}/documents`)).body.items).toEqual([taken.body]);
  const shown = await fetched('supervisor.kupang', `/cases/${caseId}/documents/${sha256}`);
  expect(Buffer.from(await shown.arrayBuffer()).equals(pdf)).toBe(true);
  expect(Object.fromEntries(shown.headers)).toMatchObject({
    'content-type': 'application/pdf',
    'content-length': String(pdf.length),
    'content-disposition': `attachment; filename="${sha256.slice(0, 12)}.pdf"`,
    'content-security-policy': "default-src 'none'; sandbox; frame-ancestors 'none'",
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-store',
  });
});

it('nobody gets at it who may not read the case, and nobody sends one who may not receive evidence', async () => {
  const caseId = await openDraft();
  await send('officer.kupang', caseId, pdf);
  expect((await send(undefined, caseId, pdf)).status).toBe(401);
  expect((await send('officer.atambua', caseId, pdf)).status).toBe(404);
  expect((await send('auditor.ntt', caseId, pdf)).status).toBe(403);
  for (const path of ['/documents', `/documents/${sha256}`])
    for (const person of ['officer.atambua', 'admin'])
      expect([person, path, (await fetched(person, `/cases/${caseId}${path}`)).status]).toEqual([person, path, 404]);
  const other = await openDraft();
  for (const hash of [sha256, '0'.repeat(64), '..%2f..%2fmaster.key', 'x'])
    expect([hash, (await fetched('officer.kupang', `/cases/${other}/documents/${hash}`)).status]).toEqual([hash, 404]);
});

it('what is no paper is refused with what to do, and nothing of it is kept', async () => {
  const caseId = await openDraft();
  for (const [bytes, type, status, code] of [
    ['<script>alert(1)</script>', 'application/pdf', 422, 'document-type'],
    [pdf, 'image/png', 422, 'document-type-mismatch'],
    [pdf, 'application/zip', 415, 'media-type'],
    ['{"a":1}', 'application/json', 415, 'media-type'],
    [Buffer.alloc(25 * 1024 * 1024 + 1), 'application/pdf', 413, 'document-too-large'],
  ] as const) {
    const refused = await send('officer.kupang', caseId, bytes, type);
    expect([refused.status, refused.body.code]).toEqual([status, code]);
    expect(refused.body.reason).toEqual({ id: expect.stringMatching(/\.$/), en: expect.stringMatching(/\.$/) });
  }
  expect((await product.get('officer.kupang', `/cases/${caseId}/documents`)).body.items).toEqual([]);
});

it('uploads that never come to their end are given up, and keep nobody from sending one', async () => {
  const caseId = await openDraft();
  const authorization = `Bearer ${await product.token('officer.kupang')}`;
  const begin = (): Promise<string> => {
    const socket = connect(product.port, '127.0.0.1');
    let said = '';
    socket.on('data', (chunk) => {
      said += String(chunk);
    });
    socket.on('error', () => undefined);
    socket.write(
      `POST /cases/${caseId}/documents HTTP/1.1\r\nHost: x\r\nAuthorization: ${authorization}\r\nContent-Type: application/pdf\r\nContent-Length: 1000000\r\n\r\n%PDF-`,
    );
    return new Promise<string>((resolve) => socket.once('close', () => resolve(said)));
  };
  const begun: Promise<string>[] = [];
  let busy = false;
  while (begun.length < 20 && !busy) {
    begun.push(begin());
    busy = (await send('officer.kupang', caseId, pdf)).body.code === 'too-many-uploads';
  }
  expect(busy).toBe(true);
  const answers = (await Promise.all(begun)).map((said) => said.split('\r\n')[0]);
  expect(answers.filter((line) => line === 'HTTP/1.1 408 Request Timeout').length).toBeGreaterThan(2);
  expect(answers.filter((line) => !/^HTTP\/1.1 (408|503) /.test(line ?? ''))).toEqual([]);
  expect((await send('officer.kupang', caseId, pdf)).status).toBe(201);
}, 120_000);

it('one that is gone from the disk is told of, and counted among the metrics', async () => {
  const caseId = await openDraft();
  await send('officer.kupang', caseId, pdf);
  await rm(join(product.home, 'documents', caseId, sha256));
  const gone = await fetched('officer.kupang', `/cases/${caseId}/documents/${sha256}`);
  expect([gone.status, ((await gone.json()) as { code: string }).code]).toEqual([409, 'document-damaged']);
  const metrics = await (await fetch(`http://127.0.0.1:${product.port}/health/metrics`)).text();
  expect(metrics).toMatch(/tegas_documents\{state="damaged"\} 1\n/);
  expect(metrics).toMatch(/tegas_documents\{state="kept"\} 3\n/);
});

it('an original is held by an office against a receipt, listed with those held longest first, and given back', async () => {
  const days = (ago: number) => new Date(Date.now() + 8 * 3_600_000 - ago * 86_400_000).toISOString().slice(0, 10);
  const [older, newer] = [await openDraft(), await openDraft()];
  const take = (caseId: string, takenOn: string) =>
    product.act('officer.kupang', caseId, 'take-custody', { paper: 'passport', takenOn, number: 'Canarynomor' });
  const second = await take(newer, days(1));
  const { reference, position } = (await take(older, days(3))).body;
  expect(second.body.events).toEqual(['OriginalTaken']);
  const list = async (person: string, query = '') => product.get(person, `/custody?atLeastPosition=${position}${query}`);
  const { items, next } = (await list('supervisor.kupang', '&limit=1')).body;
  expect(items).toMatchObject([
    {
      caseId: older,
      reference,
      receipt: 'T1',
      paper: 'passport',
      office: 'KANIM-KPG',
      takenOn: days(3),
      takenBy: 'officer.kupang',
    },
  ]);
  expect((await list('supervisor.kupang', `&limit=1&after=${next}`)).body.items).toMatchObject([{ caseId: newer }]);
  expect((await list('auditor.ntt', '&office=KANIM-KPG&paper=passport')).body.items).toHaveLength(2);
  expect((await list('supervisor.atambua')).body.items).toEqual([]);
  expect(JSON.stringify((await list('auditor.ntt')).body)).not.toContain('Canary');
  const reads = (await product.get('auditor.ntt', `/audit/reads?subject=${older}`)).body.items;
  expect(reads).toContainEqual(expect.objectContaining({ act: 'FindCustody', official: 'supervisor.kupang' }));
  for (const person of ['panel.police', 'admin', 'importer'])
    expect([person, (await list(person)).status]).toEqual([person, 403]);
  for (const query of ['&office=NOWHERE', '&paper=%00', '&returned=perhaps', '&after=x', '&x=1'])
    expect([query, (await list('auditor.ntt', query)).status]).toEqual([query, 400]);

  const [{ custodyId }] = (await product.get('officer.kupang', `/cases/${older}`)).body.custody;
  const back = { custodyId, returnedOn: days(0), to: 'applicant', recipient: 'Canarypenerima' };
  const returned = (await product.act('officer.kupang', older, 'return-original', back)).body;
  expect((await product.get('officer.kupang', `/cases/${older}`)).body.custody).toMatchObject([
    { number: 'Canarynomor', returned: { to: 'applicant', recipient: 'Canarypenerima' } },
  ]);
  const after = await product.get('supervisor.kupang', `/custody?returned=true&atLeastPosition=${returned.position}`);
  expect(after.body.items).toMatchObject([{ caseId: older, returnedOn: days(0), returnedTo: 'applicant' }]);

  await product.act('officer.kupang', newer, 'withdraw-application', { withdrawnOn: days(0), reason: 'Ditarik' });
  const held = await product.tryAct('supervisor.kupang', newer, 'close-case', { reason: 'Ditarik' });
  expect([held.status, held.body.code]).toEqual([422, 'originals-held']);
  await product.act('supervisor.kupang', newer, 'close-case', { reason: 'Tak dijemput', acknowledges: 'originals-held' });
});
