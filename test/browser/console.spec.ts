/** The console as its people use it: a real browser against the real product. Every refusal of the session is tried as an attacker would. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { get, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { Page } from 'playwright-core';
import type { Product } from '../e2e/product.js';
import { act, ConsoleUnderTest, cutOff, FINDINGS, fill, lodged, look, underExamination, underReview } from './harness.js';

jest.setTimeout(120_000);

let underTest: ConsoleUnderTest;
let product: Product;
let origin: string;
const signedIn: ConsoleUnderTest['signedIn'] = (...args) => underTest.signedIn(...args);

beforeAll(async () => {
  underTest = await ConsoleUnderTest.start();
  ({ product, origin } = underTest);
}, 120_000);

afterAll(() => underTest?.stop(), 60_000);

afterEach(async () => {
  expect(await underTest.close()).toEqual([]);
});

const SCAN = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

/** A paper with its scan: refused while it is none, then taken in, and downloaded as it was. */
async function sendScan(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Terima bukti', exact: true }).click();
  await fill(page, { 'Jenis bukti': 'Kartu atau surat identitas', 'Judul surat': 'Kartu keluarga' });
  const chooseFile = page.locator('.act-form input[type="file"]');
  await chooseFile.setInputFiles({ name: 'kk.png', mimeType: 'image/png', buffer: Buffer.from('bukan gambar') });
  await page.getByText('Yang diterima hanya PDF, JPEG dan PNG').waitFor();
  await chooseFile.setInputFiles({ name: 'kk.png', mimeType: 'image/png', buffer: SCAN });
  await page.getByText('Terunggah: kk.png, 1 kB.').waitFor();
  await page.getByRole('button', { name: 'Kirim: Terima bukti' }).click();
  await page.getByText('Tercatat: Terima bukti.').waitFor();
  const downloading = page.waitForEvent('download');
  await page.getByRole('link', { name: 'Unduh dokumen' }).click();
  expect((await readFile(await (await downloading).path())).equals(SCAN)).toBe(true);
}

/** The one box by keyboard: a name misspelt, what there is to do when nothing is found, and a reference that leads straight there. */
async function searched(page: Page, caseId: string): Promise<void> {
  const ask = async (words: string) => {
    await page.keyboard.press('/');
    await page.keyboard.type(words);
    await page.keyboard.press('Enter');
  };
  await page.locator('#content h1').focus();
  await ask('yulyana kontoh 1874');
  await page.getByText('Tidak ada yang cocok dengan “yulyana kontoh 1874”').waitFor();
  await page.getByText('Yang dapat dicari dari kotak di atas').waitFor();
  await ask('yulyana kontoh');
  const row = page.locator('tr', { has: page.locator(`a[href$="${caseId}"]`) });
  await row.getByText('Nama sama: Contoh Yuliana').waitFor();
  expect(page.url()).not.toContain('kontoh');
  await page.keyboard.press('j');
  await page.keyboard.press('Enter');
  await page.waitForURL(`**/perkara/${caseId}`);
  // The title is the case's only once its page is there.
  await page.getByRole('button', { name: 'Ajukan permohonan', exact: true }).waitFor();
  const reference = (await page.title()).split(' · ')[1] ?? '';
  await ask('tidak ada');
  await page.getByText('Tidak ada yang cocok dengan “tidak ada”').waitFor();
  await ask(reference.toLowerCase().replaceAll('-', ''));
  await page.waitForURL(`**/perkara/${caseId}`);
  await page.getByRole('button', { name: 'Ajukan permohonan', exact: true }).waitFor();
}

describe('the session', () => {
  const sessionOf = async (page: Page) => {
    const cookies = await page.context().cookies();
    const cookie = cookies.find((c) => c.name === 'tegas_session');
    if (cookie === undefined) throw new Error('No session cookie');
    return cookie;
  };

  it('begins with one click, keeps every token from scripts, and ends at sign-out for whoever holds the cookie', async () => {
    const page = await signedIn('officer.kupang');
    expect(await page.locator('.person').textContent()).toContain('Ibu Contoh Pemeriksa');
    const cookie = await sessionOf(page);
    expect([cookie.httpOnly, cookie.sameSite, cookie.value.length]).toEqual([true, 'Strict', 43]);
    const seen = await page.evaluate('[document.cookie, JSON.stringify(localStorage), JSON.stringify(sessionStorage)].join()');
    expect(seen).not.toMatch(/eyJ|tegas_session/);
    const held = { cookie: `tegas_session=${cookie.value}` };
    expect((await product.send('GET', '/worklist', held)).status).toBe(200);
    await page.getByRole('button', { name: 'Keluar' }).click();
    await page.getByText('Anda telah keluar.').waitFor();
    expect((await product.send('GET', '/worklist', held)).status).toBe(401);
  });

  it('refuses cookies that are forged, altered, unknown or expired', async () => {
    const page = await signedIn('officer.kupang');
    const { value } = await sessionOf(page);
    const ask = async (name: string) => (await product.send('GET', '/cases/x', { cookie: `tegas_session=${name}` })).status;
    expect(await ask(value)).toBe(404);
    const swapped = `${value.slice(0, -1)}${value.endsWith('A') ? 'B' : 'A'}`;
    for (const forged of ['', 'officer.kupang', 'A'.repeat(43), swapped, `${value}x`, `"${value}' OR 1=1`])
      expect([forged, await ask(forged)]).toEqual([forged, 401]);
    await product.database.pool.query("UPDATE session.sessions SET last_seen_at = now() - interval '61 minutes'");
    expect(await ask(value)).toBe(401);
    await product.database.pool.query(
      "UPDATE session.sessions SET last_seen_at = now(), begun_at = now() - interval '601 minutes'",
    );
    expect(await ask(value)).toBe(401);
  });

  it('lets a cookie change nothing without the page’s token, or from another site', async () => {
    const page = await signedIn('officer.kupang');
    const { value } = await sessionOf(page);
    const cookie = `tegas_session=${value}`;
    const { csrfToken } = (await product.send('GET', '/session', { cookie })).body;
    const body = JSON.stringify({ procedure: 'PSK', office: 'KANIM-KPG', subject: { name: 'Contoh' } });
    const open = async (headers: Record<string, string>) => {
      const answer = await product.send('POST', '/cases', { cookie, 'content-type': 'application/json', ...headers }, body);
      return [answer.status, answer.body.code];
    };
    const refused = [403, 'cross-site'];
    expect(await open({})).toEqual(refused);
    expect(await open({ 'x-csrf-token': 'A'.repeat(43) })).toEqual(refused);
    expect(await open({ 'x-csrf-token': csrfToken, origin: 'https://evil.example' })).toEqual(refused);
    expect(await open({ 'x-csrf-token': csrfToken, 'sec-fetch-site': 'same-site' })).toEqual(refused);
    expect(await open({ authorization: 'Bearer a.b.c', 'x-csrf-token': csrfToken })).toEqual([401, 'not-signed-in']);
    expect((await open({ 'x-csrf-token': csrfToken, origin, 'sec-fetch-site': 'same-origin' }))[0]).toBe(201);
  });

  it('takes no answer of the issuer that this browser did not ask for, and returns nowhere but to the console', async () => {
    for (const path of ['/session/callback', '/session/callback?code=x&state=y']) {
      const answer = await fetch(product.address + path, { redirect: 'manual' });
      expect([answer.status, answer.headers.get('location')]).toEqual([302, '/konsol/masuk?sebab=ulang']);
    }
    const leaving = await fetch(`${origin}/session/sign-in?returnTo=https://evil.example/konsol`, { redirect: 'manual' });
    const [kept = ''] = leaving.headers.getSetCookie();
    expect(kept).toMatch(/HttpOnly; SameSite=Lax/);
    const wrongState = await fetch(`${origin}/session/callback?code=x&state=y`, {
      redirect: 'manual',
      headers: { cookie: kept.split(';')[0] ?? '' },
    });
    expect(wrongState.headers.get('location')).toBe('/konsol/masuk?sebab=ditolak');
    const told = JSON.parse(Buffer.from(/=([\w-]+)/.exec(kept)?.[1] ?? '', 'base64url').toString());
    expect(told.returnTo).toBe('/konsol');
  });
});

describe('a case', () => {
  it('goes from intake to determination through the console, and the auditor sees it as it was', async () => {
    const officer = await signedIn('officer.kupang', '/konsol/baru');
    await officer.getByLabel('Nama persis seperti tertulis').fill('Contoh Yuliana');
    await officer.getByRole('button', { name: 'Buka konsep' }).click();
    await officer.getByText('Contoh Yuliana').waitFor();
    expect(await officer.title()).toMatch(/^PSK · [0-9A-Z-]+.* · Tegas$/);
    const caseId = officer.url().split('/').at(-1) ?? '';
    for (const [kind, title] of [
      ['Surat permohonan', 'Permohonan 26 November'],
      ['Kartu atau surat identitas', 'KTP lama'],
      ['Akta atau surat keterangan kelahiran', 'Akta lahir'],
    ] as const)
      await act(officer, 'Terima bukti', { 'Jenis bukti': kind, 'Judul surat': title });
    await sendScan(officer);
    await searched(officer, caseId);
    await act(officer, 'Ajukan permohonan');
    await act(officer, 'Mulai periksa kelengkapan');
    await act(officer, 'Terima sebagai lengkap');
    await act(officer, 'Verifikasi bukti', { Bukti: 'Akta lahir', Cara: 'pengecekan register' });
    const [paper] = (await product.get('officer.kupang', `/cases/${caseId}`)).body.evidence.filter(
      (item: { status: string }) => item.status === 'verified',
    );
    for (const [fact, value] of FINDINGS)
      await product.act('officer.kupang', caseId, 'record-finding', {
        fact,
        value,
        evidence: [paper.evidenceId],
        reason: 'Akta',
      });
    // What is recorded elsewhere shows without a touch: the question that is left now decides.
    await officer.getByRole('button', { name: 'Catat temuan', exact: true }).click();
    await officer
      .locator('.act-form option', { hasText: 'ibu pada saat kelahiran? — MENENTUKAN' })
      .waitFor({ state: 'attached' });
    await officer.getByRole('button', { name: 'Batal' }).click();
    await act(officer, 'Catat temuan', {
      Pertanyaan: 'Kewarganegaraan ibu pada saat kelahiran? — MENENTUKAN',
      Jawaban: 'WNI',
      evidence: ['Akta lahir'],
      Alasan: 'Menurut akta lahir',
    });
    await product.panel(caseId, 'wni-affirmed');
    const supervisor = await signedIn('supervisor.kupang', '/konsol/putusan');
    await act(officer, 'Rekomendasikan penetapan', { Penetapan: 'Status WNI ditegaskan', Alasan: 'Ibu WNI, perkawinan sah' });

    // The one who recommended sees that they cannot approve, why, and who can.
    await officer.locator('.denied summary').click();
    const denied = officer.locator('.denied li', { hasText: 'Setujui penetapan' });
    expect(await denied.textContent()).toContain('Yang boleh: supervisor');

    // The list that the supervisor has open shows it by itself, and the keys alone lead to the end of the decision.
    await supervisor.locator(`a[href$="${caseId}"]`).waitFor();
    let keys = 0;
    const press = async (...pressed: readonly string[]) => {
      for (const key of pressed) await supervisor.keyboard.press(key);
      keys += pressed.length;
    };
    await press('j', 'Enter');
    await supervisor.waitForURL(`**/${caseId}`);
    await supervisor.getByText('Rekomendasi sama dengan hasil menurut aturan.').waitFor();
    await supervisor.locator('.denied summary').click();
    expect(await supervisor.locator('.denied li', { hasText: 'Setujui penetapan' }).textContent()).toContain(
      'Kewenangan menetapkan ada pada Kementerian Hukum',
    );
    await press('n', 'Enter');
    await supervisor.locator('.act-form textarea:focus').waitFor();
    await press(...'Lengkap', 'Tab', 'Enter');
    await supervisor.getByText('Tercatat: Limpahkan ke atas.').waitFor();
    // Opened, chosen, given a reason, sent: four actions of the twelve that are promised, and so many keys.
    expect(keys).toBeLessThanOrEqual(25);
    await product.act('kanwil.ntt', caseId, 'refer-case', { reason: 'Sependapat' });
    await product.act('ahu', caseId, 'refer-case', { reason: 'Sependapat' });
    const minister = await signedIn('minister', `/konsol/perkara/${caseId}`);
    await act(minister, 'Setujui penetapan', { Alasan: 'Terbukti menurut Pasal 4 huruf d' });
    await minister.getByRole('heading', { name: 'Penetapan', level: 2 }).waitFor();
    await officer.locator('.marks', { hasText: 'ditetapkan' }).waitFor();

    const auditor = await signedIn('auditor.ntt', `/konsol/perkara/${caseId}`);
    await auditor.getByText('Tidak ada yang dapat Anda lakukan').waitFor();
    await auditor.getByRole('link', { name: 'Lihat pada tanggal lain' }).click();
    const slider = auditor.getByRole('slider', { name: 'Menelusuri peristiwa' });
    await slider.focus();
    await auditor.keyboard.press('Home');
    await auditor.getByText(/Peristiwa 1 dari \d+\./).waitFor();
    await auditor.locator('.marks', { hasText: 'konsep' }).waitFor();
    expect(await auditor.locator('.watermark-line').textContent()).toContain('Bukan keadaan sekarang');
    expect(await auditor.locator('.timeline li').count()).toBe(1);
    await auditor.keyboard.press('End');
    await auditor.locator('.marks', { hasText: 'ditetapkan' }).waitFor();
    await auditor.getByLabel('Diketahui pada tanggal').fill('2020-01-01');
    await auditor.getByText('Pada tanggal itu perkara ini belum ada.').waitFor();
    expect(await auditor.locator('.timeline').count()).toBe(0);
  });

  it('is advanced without the mouse, in no more than 25 keys', async () => {
    const caseId = await lodged(product);
    const page = await signedIn('officer.kupang', '/konsol?tampilan=semua&tahap=lodged');
    await page.waitForSelector('.row-link');
    let keys = 0;
    const press = async (...pressed: string[]) => {
      for (const key of pressed) await page.keyboard.press(key);
      keys += pressed.length;
    };
    await press('j', 'Enter');
    await page.waitForURL(/perkara/);
    expect(page.url()).toContain(caseId);
    await page.getByRole('button', { name: 'Mulai periksa kelengkapan' }).waitFor();
    await press('n', 'Enter', 'Tab', 'Enter');
    await page.getByText('Tercatat: Mulai periksa kelengkapan.').waitFor();
    await press('u');
    await page.waitForSelector('.list');
    expect(new URL(page.url()).search).toBe('?tampilan=semua&tahap=lodged');
    expect(keys).toBeLessThanOrEqual(25);
    // Switched off, the same keys do nothing.
    await page.goBack();
    await page.waitForSelector('.timeline');
    await page.keyboard.press('?');
    await page.getByRole('switch').press('Space');
    await page.keyboard.press('Escape');
    await page.locator('dialog').waitFor({ state: 'hidden' });
    await page.locator('#content h1').focus();
    await page.keyboard.press('u');
    await page.keyboard.press('?');
    await page.waitForTimeout(200);
    expect([page.url().includes(caseId), await page.locator('dialog').isVisible()]).toEqual([true, false]);
  });

  it('says on its page that the lists stopped following it, and what is to be done', async () => {
    const caseId = await lodged(product);
    await product.database.pool.query(
      `INSERT INTO read.parked (projection, case_id, stream, revision, position, type, fault, detail)
       VALUES ('worklist', $1, 'case-' || $1, 9, 9, 'CaseClosed', 'NewerSchemaVersion', '')`,
      [caseId],
    );
    const page = await signedIn('officer.kupang', `/konsol/perkara/${caseId}`);
    const alert = page.getByRole('alert').filter({ hasText: 'tidak lagi mengikuti perkara ini' });
    await alert.waitFor();
    expect(await alert.textContent()).toContain('Perbarui program ini');
  });

  it('keeps what was typed when the case changed meanwhile, and when the network is away', async () => {
    const caseId = await underExamination(product);
    const page = await signedIn('officer.kupang', `/konsol/perkara/${caseId}`);
    await page.getByRole('button', { name: 'Catat wawancara', exact: true }).click();
    await fill(page, { 'Tanggal wawancara': '2026-01-05', Keterangan: 'Keterangan yang panjang' });
    await product.act('officer.kupang', caseId, 'request-evidence', { evidence: 'marriage-record', reason: 'Perlu' });
    // Told at once; sent all the same, it is not taken for what was not read.
    const told = page.getByRole('status').filter({ hasText: 'Perkara berubah' });
    await told.getByText('diminta').waitFor();
    expect(await told.textContent()).toMatch(/Ibu Contoh Pemeriksa.*diminta.*Sudah saya baca/);
    await page.getByRole('button', { name: 'Kirim: Catat wawancara' }).click();
    const conflict = page.getByRole('alert').filter({ hasText: 'Perkara berubah' });
    await conflict.waitFor();
    expect(await conflict.textContent()).toMatch(/Ibu Contoh Pemeriksa.*diminta/);
    expect(await page.getByLabel('Keterangan').inputValue()).toBe('Keterangan yang panjang');
    expect(await cutOff(page)).toEqual([]);

    await page.context().setOffline(true);
    await page.getByRole('button', { name: 'kirim terhadap keadaan terbaru' }).click();
    await page.getByText('Tegas tidak dapat dihubungi').waitFor();
    expect(await page.getByLabel('Keterangan').inputValue()).toBe('Keterangan yang panjang');
    await page.context().setOffline(false);
    await page.getByRole('button', { name: 'Kirim: Catat wawancara' }).click();
    await page.getByText('Tercatat: Catat wawancara.').waitFor();
    const { interviews } = (await product.get('officer.kupang', `/cases/${caseId}`)).body;
    expect(interviews.map((interview: { notes: string }) => interview.notes)).toEqual(['Keterangan yang panjang']);
  });

  it('says of what is too long by how much, in the words of the form, and keeps it', async () => {
    const caseId = await underExamination(product);
    const page = await signedIn('officer.kupang', `/konsol/perkara/${caseId}`);
    page.on('console', () => underTest.complaints.splice(0)); // the browser says that a request was refused, as it was
    await page.getByRole('button', { name: 'Minta bukti', exact: true }).click();
    await page.getByLabel('Jenis bukti').selectOption('marriage-record');
    await fill(page, { Alasan: 'x'.repeat(100_000) });
    await page.getByRole('button', { name: 'Kirim: Minta bukti' }).click();
    await page.getByText('Alasan, dengan kata-kata sendiri: paling panjang 4000 huruf.').waitFor();
    expect((await page.getByLabel('Alasan').inputValue()).length).toBe(100_000);
  });

  it('has its panel named agency by agency: who sits for one is not offered for another', async () => {
    const caseId = await underExamination(product);
    const page = await signedIn('officer.kupang', `/konsol/perkara/${caseId}`);
    await page.getByRole('button', { name: 'Bentuk tim', exact: true }).click();
    const boxes = page.locator('.act-form input[type="checkbox"]');
    await boxes.first().waitFor();
    expect(await boxes.count()).toBe(4);
    const send = page.getByRole('button', { name: 'Kirim: Bentuk tim' });
    const from = (agency: string) => page.getByRole('group', { name: `Anggota dari ${agency}` });
    for (const agency of ['Dukcapil', 'Kepolisian', 'Kantor Pajak', 'Imigrasi'])
      await page.getByLabel(agency, { exact: true }).check();
    await from('Dukcapil').getByLabel('Ibu Contoh Anggota Tim Dukcapil').check();
    expect(await from('Kepolisian').getByLabel('Ibu Contoh Anggota Tim Dukcapil').count()).toBe(0);
    await send.click();
    await page.getByText('sekurang-kurangnya satu anggota untuk tiap instansi yang dipilih').waitFor();
    await page.getByLabel('Imigrasi', { exact: true }).uncheck();
    await from('Kepolisian').getByLabel('Bapak Contoh Anggota Tim Kepolisian').check();
    await from('Kantor Pajak').getByLabel('Ibu Contoh Anggota Tim Kantor Pajak').check();
    expect(await cutOff(page)).toEqual([]);
    await send.click();
    await page.getByText('Tercatat: Bentuk tim.').waitFor();
    const { panel } = (await product.get('officer.kupang', `/cases/${caseId}`)).body;
    expect(panel.members).toEqual(
      ['dukcapil', 'police', 'tax-office'].map((agency) => ({ official: `panel.${agency}`, agency })),
    );
  });

  it('in review is found from the list of its officer, who need not know of a filter', async () => {
    const caseId = await underReview(product);
    const page = await signedIn('officer.kupang', '/konsol?tampilan=semua');
    await page.getByRole('link', { name: /^Menunggu keputusan \(\d+\)$/ }).click();
    await page.locator(`[data-case="${caseId}"]`).waitFor();
    expect(new URL(page.url()).search).toBe('?tampilan=semua&tahap=review');
  });

  it('names another case by the reference that its page shows', async () => {
    const [caseId, other] = [await underExamination(product), await lodged(product)];
    const { reference } = (await product.get('officer.kupang', `/cases/${other}`)).body;
    const page = await signedIn('officer.kupang', `/konsol/perkara/${caseId}`);
    await page.getByRole('button', { name: 'Hubungkan perkara', exact: true }).click();
    await fill(page, { 'Nomor perkara yang lain': '0000-0000-0000-0', Alasan: 'Kakak beradik' });
    await page.getByRole('button', { name: 'Kirim: Hubungkan perkara' }).click();
    await page.getByText('Perkara 0000-0000-0000-0 tidak ada, atau di luar wilayah kerja Anda.').waitFor();
    await fill(page, { 'Nomor perkara yang lain': reference.toLowerCase() });
    await page.getByRole('button', { name: 'Kirim: Hubungkan perkara' }).click();
    await page.getByText('Tercatat: Hubungkan perkara.').waitFor();
    const { links } = (await product.get('officer.kupang', `/cases/${caseId}`)).body;
    expect(links.map((link: { other: string }) => link.other)).toEqual([other]);
  });

  it('whose answer was lost on the way is recorded once, though it is sent again', async () => {
    const caseId = await lodged(product);
    const page = await signedIn('officer.kupang', `/konsol/perkara/${caseId}`);
    await page.route('**/begin-screening', async (route) => {
      await route.fetch();
      await route.abort('connectionreset');
    });
    page.on('console', () => underTest.complaints.splice(0)); // the browser says that the connection was cut, as it was
    await page.getByRole('button', { name: 'Mulai periksa kelengkapan', exact: true }).click();
    await page.getByRole('button', { name: 'Kirim: Mulai periksa kelengkapan' }).click();
    await page.getByText('Tegas tidak dapat dihubungi').waitFor();
    await page.unroute('**/begin-screening');
    await page.getByRole('button', { name: 'Kirim: Mulai periksa kelengkapan' }).click();
    await page.getByText('Tercatat: Mulai periksa kelengkapan.').waitFor();
    const { items } = (await product.get('officer.kupang', `/cases/${caseId}/history?limit=200`)).body;
    expect(items.filter((item: { type: string }) => item.type === 'ScreeningBegun')).toHaveLength(1);
  });
});

/** One of two nationalities turns 21 in sixty days and has not chosen: the law takes the first, and the supervisor is told by the worker. */
async function aboutToLapse(): Promise<string> {
  const birthday = new Date(Date.now() + 60 * 24 * 3_600_000);
  birthday.setUTCFullYear(birthday.getUTCFullYear() - 21);
  const bornOn = birthday.toISOString().slice(0, 10);
  const subject = { name: 'Contoh João', born: bornOn };
  const opened = await product.post('officer.kupang', '/cases', { procedure: 'ABG-PILIH', office: 'KANIM-KPG', subject });
  const { caseId } = opened.body;
  const act = (command: string, body: object = {}) => product.act('officer.kupang', caseId, command, body);
  const papers = { 'choice-statement': 'Surat pernyataan', 'identity-paper': 'KTP', 'birth-record': 'Akta kelahiran' };
  for (const [evidence, title] of Object.entries(papers))
    await act('receive-evidence', { evidence, evidenceId: evidence, title });
  for (const command of ['lodge-application', 'begin-screening', 'accept-as-complete']) await act(command);
  await act('verify-evidence', { evidenceId: 'birth-record', method: 'register-inquiry' });
  for (const [fact, value] of [
    ['choiceMade', 'none'],
    ['bornOn', bornOn],
  ])
    await act('record-finding', { fact, value, evidence: ['birth-record'], reason: 'Akta' });
  for (let looks = 0; looks < 200; looks += 1) {
    const { items } = (await product.get('supervisor.kupang', '/notifications')).body;
    if (items.some((item: { kind: string; caseId: string }) => item.kind === 'law-acts' && item.caseId === caseId)) return caseId;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('Nobody was told');
}

describe('an address', () => {
  it('that leads nowhere, to a case out of scope, or to a page for others says so and leads on', async () => {
    const caseId = await lodged(product);
    const page = await signedIn('officer.kupang', '/konsol/entah-apa');
    page.on('console', () => underTest.complaints.splice(0)); // the browser says that a request was refused, as it was
    const title = page.locator('#content h1');
    expect(await title.textContent()).toBe('Halaman ini tidak ada');
    await page.getByRole('link', { name: 'Ke daftar kerja' }).click();
    await page.getByRole('heading', { level: 1, name: 'Daftar kerja' }).waitFor();
    for (const place of ['administrasi', 'administrasi/aturan', 'laporan', 'kantor', 'bacaan', 'buka-darurat', 'data-pribadi']) {
      await underTest.visit(page, `/konsol/${place}`, '#content h1');
      expect([place, await title.textContent()]).toEqual([place, 'Halaman ini bukan untuk peran Anda']);
      expect(await page.locator('#content form, #content table').count()).toBe(0);
    }
    const elsewhere = await signedIn('supervisor.atambua', `/konsol/perkara/${caseId}`);
    elsewhere.on('console', () => underTest.complaints.splice(0));
    for (const path of [`/konsol/perkara/${caseId}`, `/konsol/perkara/${caseId}/riwayat`]) {
      await underTest.visit(elsewhere, path, '#content h1');
      expect(await elsewhere.locator('#content h1').textContent()).toBe('Perkara tidak ditemukan');
      expect(await elsewhere.getByRole('button', { name: 'Coba lagi' }).count()).toBe(0);
      expect(await elsewhere.getByRole('link', { name: 'Ke daftar kerja' }).count()).toBe(1);
    }
    underTest.complaints.splice(0);
  });
});

describe('the inbox', () => {
  it('rings on every page, leads to the case and is read by that, and lets its official say that they handle it', async () => {
    const caseId = await aboutToLapse();
    const page = await signedIn('supervisor.kupang', '/konsol');
    const queue = page.getByRole('region', { name: 'Yang akan gugur atau dikabulkan diam-diam' });
    const entry = queue.locator('tr', { has: page.locator(`a[href$="${caseId}"]`) });
    await page.getByLabel('Dalam waktu').selectOption('90');
    await entry.getByText('belum ada yang menangani').waitFor();
    expect(await entry.textContent()).toContain('gugur');

    await page.getByRole('link', { name: /Pemberitahuan: \d+ belum dibuka/ }).click();
    const told = page.locator('table.inbox tr', { has: page.locator(`a[href$="${caseId}"]`), hasText: 'Hukum akan bertindak' });
    await told.getByText('belum dibuka').waitFor();
    const unread = (await product.get('supervisor.kupang', '/notifications')).body.unread;
    await told.getByRole('link').click();
    await page.waitForURL(`**/perkara/${caseId}`);
    await page.goBack();
    await told.waitFor();
    await told.getByText('belum dibuka').waitFor({ state: 'detached' });
    expect((await product.get('supervisor.kupang', '/notifications')).body.unread).toBe(unread - 1);

    await told.getByRole('button', { name: /^Saya tangani/ }).click();
    await told.getByText('ditangani Ibu Contoh Supervisor').waitFor();
    await page.getByRole('button', { name: 'English' }).click();
    await page.locator('table.inbox tr', { hasText: 'The law will act' }).getByText('handled by Ibu Contoh Supervisor').waitFor();
    await page.getByRole('link', { name: 'Worklist' }).click();
    const known = page.getByRole('region', { name: 'What lapses or is granted by silence next' });
    await page.getByLabel('Within', { exact: true }).selectOption('90');
    await known.getByText('handled by Ibu Contoh Supervisor').waitFor();
    // Who decides nothing is not shown what the law does next; what they were told of is theirs all the same.
    const officer = await signedIn('officer.kupang', '/konsol/pemberitahuan');
    await officer.locator('table.inbox, .empty').waitFor();
    await officer.getByRole('link', { name: 'Daftar kerja' }).click();
    await officer.waitForSelector('.list, .empty');
    expect(await officer.locator('.law-queue').count()).toBe(0);
  });
});

describe('every screen', () => {
  it('has no serious fault for assistive technology, in both languages, light and dark, and fits into 320 pixels', async () => {
    const [examined, reviewed] = [await underExamination(product), await underReview(product)];
    await aboutToLapse();
    const officer = await signedIn('officer.kupang', '/konsol?tampilan=semua');
    const minister = await signedIn('supervisor.kupang', '/konsol/putusan');
    const found: string[] = [];
    await officer.waitForSelector('.row-link');
    found.push(...(await look(officer, 'worklist')));
    await underTest.visit(officer, '/konsol/baru', 'form.intake');
    found.push(...(await look(officer, 'intake')));
    await underTest.visit(officer, '/konsol/pelimpahan', '.empty, table.list');
    found.push(...(await look(officer, 'referrals')));
    const takenOn = new Date(Date.now() - 9 * 86_400_000 + 8 * 3_600_000).toISOString().slice(0, 10);
    await underTest.visit(officer, '/konsol/dokumen-asli?keadaan=returned', '.empty');
    const taken = { custodyId: 'p-1', paper: 'passport', takenOn };
    const { body } = await product.act('officer.kupang', examined, 'take-custody', taken);
    await product.get('officer.kupang', `/custody?atLeastPosition=${body.position}`);
    await officer.getByText('disimpan', { exact: true }).click();
    const original = officer.locator('tbody tr', { has: officer.locator(`a[href$="${examined}"]`) });
    expect(await original.textContent()).toMatch(/\/T1[\s\S]*paspor[\s\S]*9 hari/);
    found.push(...(await look(officer, 'custody')));
    await officer.getByRole('searchbox').fill('contoh maria');
    await officer.keyboard.press('Enter');
    await officer.waitForSelector('.row-link');
    found.push(...(await look(officer, 'search')));
    await underTest.visit(officer, `/konsol/perkara/${examined}`, '.timeline li');
    for (const closed of ['.clock summary', '.denied summary', '.panel:has(#outcome) summary'])
      await officer.locator(closed).first().click();
    await officer.getByRole('button', { name: 'Catat temuan', exact: true }).click();
    found.push(...(await look(officer, 'case')));
    await underTest.visit(minister, '/konsol', '.law-queue');
    // The birthdays lie beyond the usual month: they are counted, and shown to who looks further.
    await minister.getByText(/\d+ lagi sesudahnya/).waitFor();
    await minister.getByLabel('Dalam waktu').selectOption('365');
    await minister.locator('.law-queue tbody tr').first().waitFor();
    found.push(...(await look(minister, 'worklist-of-supervisor')));
    await underTest.visit(minister, '/konsol/pemberitahuan', 'table.inbox');
    found.push(...(await look(minister, 'inbox')));
    await underTest.visit(minister, `/konsol/perkara/${reviewed}`, '#review');
    found.push(...(await look(minister, 'review')));
    await underTest.visit(minister, `/konsol/perkara/${reviewed}/riwayat`, '.stops');
    found.push(...(await look(minister, 'history')));
    await underTest.visit(minister, '/konsol/masuk?sebab=habis', '.sign-in');
    found.push(...(await look(minister, 'signed-out')));
    await underTest.visit(minister, '/session/sign-in', 'button[name=login]');
    found.push(...(await look(minister, 'demo-issuer')));
    expect(found).toEqual([]);
  }, 240_000);
});

describe('the build', () => {
  it('sends at most 350 kB of script, kept for good, under a policy without unsafe-inline; the page itself is never kept', async () => {
    const page = await fetch(`${origin}/konsol/perkara/whatever`);
    expect(page.headers.get('cache-control')).toBe('no-store');
    expect(page.headers.get('content-security-policy')).toMatch(/default-src 'none'/);
    expect(page.headers.get('content-security-policy')).not.toMatch(/unsafe/);
    const html = await page.text();
    const scripts = [...html.matchAll(/src="(\/assets\/[^"]+\.js)"/g)].map(([, path]) => path ?? '');
    expect(scripts).toHaveLength(1);
    const script = await fetch(origin + scripts[0]);
    expect(script.headers.get('cache-control')).toMatch(/max-age=31536000, immutable/);
    // What the page itself asks for; pages of their own are loaded when they are opened.
    const first = [...html.matchAll(/(?:src|href)="\/assets\/([^"]+\.js)"/g)].map(([, name]) => name ?? '');
    expect(first.length).toBeGreaterThan(0);
    const sizes = await Promise.all(
      first.map(async (name) => gzipSync(await readFile(join('dist/console/assets', name))).length),
    );
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(350_000);
  });

  it('leaves the API’s addresses to the API', async () => {
    const unknown = await fetch(`${origin}/casess`);
    expect([unknown.status, unknown.headers.get('content-type')]).toEqual([404, 'application/problem+json; charset=utf-8']);
    expect((await fetch(`${origin}/assets/none.js`)).status).toBe(404);
    // As no browser would send it: fetch resolves the dots itself.
    for (const path of ['/assets/../index.html', '/assets/../../package.json', '/assets/%00']) {
      const answer = await new Promise<IncomingMessage>((resolve) => get(`${origin}`, { path }, resolve));
      expect([path, answer.statusCode, answer.headers['content-type']]).toEqual([
        path,
        404,
        'application/problem+json; charset=utf-8',
      ]);
      answer.resume();
    }
    expect((await fetch(`${origin}/`, { redirect: 'manual' })).headers.get('location')).toBe('/konsol');
  });

  it('has a client of today’s openapi/tegas.json: npx openapi-typescript openapi/tegas.json -o apps/console/src/api-schema.ts', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tegas-client-'));
    const fresh = join(folder, 'api-schema.ts');
    const cli = 'node_modules/openapi-typescript/bin/cli.js';
    await promisify(execFile)(process.execPath, [cli, 'openapi/tegas.json', '-o', fresh], {
      env: { ...process.env, NODE_OPTIONS: '' },
    });
    expect(await readFile('apps/console/src/api-schema.ts', 'utf8')).toBe(await readFile(fresh, 'utf8'));
    await rm(folder, { recursive: true });
  });
});
