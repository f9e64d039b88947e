/** Letters over HTTP: from a determination to a PDF that is the same whenever it is made, and to whoever holds it and asks whether it stands. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Product } from './product.js';

let product: Product;
let folder: string;
let caseId: string;
beforeAll(async () => {
  product = await Product.start();
  folder = await mkdtemp(join(tmpdir(), 'tegas-letters-'));
  caseId = await product.affirmed({ name: 'Ana Contoh da Rekaan', born: '1974', birthPlace: 'Atambua' });
}, 180_000);
afterAll(async () => {
  await product?.stop();
  await rm(folder, { recursive: true, force: true });
}, 60_000);

const letters = async (person = 'officer.kupang') =>
  (await product.get(person, `/cases/${caseId}/letters`)).body.items as readonly {
    revision: number;
    code: string;
    stands: boolean;
  }[];

async function pdfOf(code: string): Promise<Buffer> {
  const letter = (await letters()).find((one) => one.code === code);
  const answer = await fetch(`http://127.0.0.1:${product.port}/cases/${caseId}/letters/${letter?.revision}/${code}`, {
    headers: { authorization: `Bearer ${await product.token('officer.kupang')}` },
  });
  expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'application/pdf']);
  return Buffer.from(await answer.arrayBuffer());
}

const addressIn = (pdf: Buffer): string => /\/surat\/[0-9a-z]{50,60}/.exec(pdf.toString('latin1'))?.[0] ?? '';
const ask = async (path: string, accept = 'application/json') =>
  fetch(`http://127.0.0.1:${product.port}${path}`, { headers: { accept } });
const standing = async (path: string) => ((await (await ask(path)).json()) as { standing: string }).standing;

/** One box finds the letter by the number that it bears, as people type it, and by the address in its QR code. */
async function isFoundBy(pdf: Buffer): Promise<void> {
  const search = async (words: string) => (await product.post('officer.kupang', '/search', { words })).body.items;
  const [letter] = (await search(`https://tegas.example${addressIn(pdf)}`)) as { number: string }[];
  expect(letter).toMatchObject({ kind: 'letter', caseId, code: 'affirmation', stands: true });
  for (const words of [letter?.number ?? '', letter?.number.toLowerCase().replaceAll('-', '') ?? '']) {
    const items = (await search(words)) as { kind: string }[];
    expect(items).toContainEqual(expect.objectContaining({ kind: 'letter', caseId, code: 'affirmation' }));
    expect(items).toContainEqual(expect.objectContaining({ kind: 'case', caseId }));
  }
  // Each has a number of its own; the case's part of it finds them all.
  const ofCase = (await search((letter?.number ?? '').replace(/\/\d+\//, '/'))) as { number: string }[];
  const numbers = ofCase.flatMap(({ number }) => (number === undefined ? [] : [number]));
  expect(numbers).toContain(letter?.number);
  expect([new Set(numbers).size, numbers.length > 1]).toEqual([numbers.length, true]);
  expect((await product.post('officer.atambua', '/search', { words: letter?.number })).body.items).toEqual([]);
}

async function verify(file: string, ...more: string[]) {
  const args = ['dist/apps/cli/src/main.js', 'letter', 'verify', file, '--json', ...more];
  return promisify(execFile)(process.execPath, args, {
    env: { ...process.env, NODE_OPTIONS: '', TEGAS_HOME: product.home },
  }).then(
    ({ stdout }) => ({ code: 0, ...JSON.parse(stdout) }),
    (error) => ({ code: error.code, ...JSON.parse(error.stdout || '{}'), stderr: error.stderr }),
  );
}

it('says what was decided, article by article, and is the same file whenever and by whomever it is made', async () => {
  expect(await letters()).toMatchObject([
    { code: 'receipt', stands: true },
    { code: 'affirmation', stands: true },
  ]);
  const first = await pdfOf('affirmation');
  await isFoundBy(first);
  await product.end('api', 'SIGTERM');
  await product.run('api');
  expect((await pdfOf('affirmation')).equals(first)).toBe(true);
  expect((await pdfOf('receipt')).equals(first)).toBe(false);
  const text = first.toString('latin1');
  // Tagged, with a language and a title, for a reader that cannot see it; and no moment of its making.
  for (const part of ['/StructTreeRoot', '/Lang (id-ID)', '/DisplayDocTitle true', '/S /H1', '/S /Figure', '/Alt ('])
    expect([part, text.includes(part)]).toEqual([part, true]);
  expect(text).not.toContain('FlateDecode /Length1');
});

it('is shown to who may read the case, and to nobody else', async () => {
  expect((await product.get('officer.atambua', `/cases/${caseId}/letters`)).status).toBe(404);
  const [letter] = await letters('auditor.ntt');
  for (const path of [`${letter?.revision}/affirmation`, `${letter?.revision}/none`, '0/receipt', 'x/receipt'])
    expect([path, (await product.get('officer.kupang', `/cases/${caseId}/letters/${path}`)).status]).toEqual([path, 404]);
});

it('is checked without a server: authentic, altered, unsigned, or of another house', async () => {
  const file = join(folder, 'letter.pdf');
  const pdf = await pdfOf('affirmation');
  await writeFile(file, pdf);
  expect(await verify(file)).toMatchObject({ code: 0, verdict: 'authentic' });
  const key = join(folder, 'key.json');
  await writeFile(key, await (await ask('/letters/key')).text());
  expect(await verify(file, '--key', key)).toMatchObject({ code: 0, verdict: 'authentic' });
  const altered = Buffer.from(pdf);
  altered[1000] = (altered[1000] ?? 0) ^ 1;
  await writeFile(file, altered);
  expect(await verify(file)).toMatchObject({ code: 1, verdict: 'altered' });
  // Another letter's token behind a letter that was rightly signed.
  const receipt = (await pdfOf('receipt')).toString('latin1');
  const swapped = pdf.toString('latin1').replace(/%Tegas-Letter \S+ /, /%Tegas-Letter \S+ /.exec(receipt)?.[0] ?? '');
  await writeFile(file, Buffer.from(swapped, 'latin1'));
  expect(await verify(file)).toMatchObject({ code: 1, verdict: 'altered' });
  await writeFile(file, pdf.subarray(0, pdf.lastIndexOf('%Tegas-Letter')));
  expect(await verify(file)).toMatchObject({ code: 1, verdict: 'unsigned' });
  const { generateKeyPairSync } = await import('node:crypto');
  await writeFile(key, generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'pem' }));
  await writeFile(file, pdf);
  expect(await verify(file, '--key', key)).toMatchObject({ code: 1, verdict: 'other-key' });
  expect(await verify(join(folder, 'none.pdf'))).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('tidak dapat dibaca'),
  });
}, 60_000);

it('tells whoever holds it whether it stands, and nothing else', async () => {
  const address = addressIn(await pdfOf('affirmation'));
  expect(await standing(address)).toBe('valid');
  const page = await (await ask(address, 'text/html')).text();
  expect(page).toContain('Surat ini sah dan masih berlaku.');
  expect(page).not.toMatch(/Ana Contoh|PSK|Kupang|KANIM/);
  const token = address.split('/').at(-1) ?? '';
  expect(await standing(`/surat/${token.toUpperCase().replace(/(.{5})/g, '$1-')}`)).toBe('valid');
  for (const forged of [
    `${token.slice(0, -1)}${token.endsWith('0') ? '4' : '0'}`,
    `1${token.slice(1)}`,
    token.slice(1),
    'x',
    'u'.repeat(55),
  ])
    expect([forged, await standing(`/surat/${forged}`)]).toEqual([forged, 'unknown']);
  await product.act('minister', caseId, 'reopen-case', { ground: 'new-evidence', reason: 'Bukti baru' });
  expect(await standing(address)).toBe('revoked');
  expect(await letters()).toMatchObject([
    { code: 'receipt', stands: true },
    { code: 'affirmation', stands: false },
  ]);
  expect(await standing(addressIn(await pdfOf('receipt')))).toBe('valid');
}, 60_000);
