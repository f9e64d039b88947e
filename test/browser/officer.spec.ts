/** The officer's own tools in a real browser: what is kept of a form on the device, intake at a border post without network and its receipts. */
import { createHash, generateKeyPairSync, randomUUID, sign } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { Page } from 'playwright-core';
import { intakeText, receiptOfToken, receiptToken, signedBytes } from '#domain/case/intake.js';
import { referenceOf } from '#domain/case/reference.js';
import type { Product } from '../e2e/product.js';
import { ConsoleUnderTest, fill, look, underExamination, underReview } from './harness.js';

jest.setTimeout(60_000);

/** Long enough for a person, or a slow machine, to recall. */
const HOLD_SECONDS = 7;
/** Sixteen bytes, as a device makes them at random. */
const SALT = 'A'.repeat(22);

let underTest: ConsoleUnderTest;
let product: Product;
let origin: string;

beforeAll(async () => {
  underTest = await ConsoleUnderTest.start({ holdSeconds: HOLD_SECONDS });
  ({ product, origin } = underTest);
}, 120_000);

afterAll(() => underTest?.stop(), 60_000);

afterEach(async () => {
  expect(await underTest.close()).toEqual([]);
});

/** As the operating system kills a tab: no handler of the page runs. Answers a new tab of the same browser at the same address. */
async function killed(page: Page): Promise<Page> {
  const context = page.context();
  const address = page.url();
  const cdp = await context.newCDPSession(page);
  const crashed = page.waitForEvent('crash');
  cdp.send('Page.crash').catch(() => undefined);
  await crashed;
  const another = await context.newPage();
  await page.close();
  await another.goto(address);
  await another.waitForSelector('#content h1');
  return another;
}

/** Everything that IndexedDB holds, as text: what anyone at this machine could read. */
const READ_ALL = `(async () => {
  const open = indexedDB.open('tegas');
  const db = await new Promise((resolve, reject) => { open.onsuccess = () => resolve(open.result); open.onerror = reject; });
  const read = (store) => new Promise((resolve) => { const all = db.transaction(store).objectStore(store).getAll(); all.onsuccess = () => resolve(all.result); });
  const keys = (await read('keys')).length;
  const drafts = await read('drafts');
  const texts = [];
  for (const store of db.objectStoreNames)
    for (const value of await read(store))
      texts.push(JSON.stringify(value) + (value.bytes ? new TextDecoder('latin1').decode(value.bytes) : ''));
  db.close();
  return { keys, drafts: drafts.length, text: texts.join() };
})()`;
const deviceOf = (page: Page) => page.evaluate<{ keys: number; drafts: number; text: string }>(READ_ALL);

async function signInAs(page: Page, login: string, path: string): Promise<void> {
  await page.goto(`${origin}/session/sign-in?returnTo=${path}`);
  await page.click(`button[value="${login}"]`);
  await page.waitForSelector('#content h1');
}

describe('a form in progress', () => {
  const NOTES = 'Pemohon menerangkan bahwa ibunya lahir di Atambua';

  it('stands there again after its tab was killed, two seconds after the last key, and is gone once it is sent', async () => {
    const caseId = await underExamination(product);
    let page = await underTest.signedIn('officer.kupang', `/konsol/perkara/${caseId}`);
    await page.getByRole('button', { name: 'Catat wawancara', exact: true }).click();
    await page.getByLabel('Tanggal wawancara').fill('2026-01-05');
    await page.getByLabel('Keterangan').pressSequentially(NOTES);
    await page.getByText(/Disimpan di perangkat ini \d\d\.\d\d\.\d\d/).waitFor();
    await page.waitForTimeout(2_000);
    page = await killed(page);
    await page.getByLabel('Keterangan').waitFor();
    expect(await page.getByLabel('Keterangan').inputValue()).toBe(NOTES);
    expect(await page.getByLabel('Tanggal wawancara').inputValue()).toBe('2026-01-05');

    // Closed without being sent it waits, and says so; sent, nothing of it stays.
    await page.getByRole('button', { name: 'Batal' }).click();
    await page.getByRole('button', { name: 'Catat wawancara · isian tersimpan' }).click();
    await page.getByRole('button', { name: 'Kirim: Catat wawancara' }).click();
    await page.getByText('Tercatat: Catat wawancara.').waitFor();
    expect((await deviceOf(page)).drafts).toBe(0);
    const { interviews } = (await product.get('officer.kupang', `/cases/${caseId}`)).body;
    expect(interviews.map((interview: { notes: string }) => interview.notes)).toEqual([NOTES]);
  });

  it('is nobody else’s to read on a shared machine, and its official’s again when they are back', async () => {
    const caseId = await underExamination(product);
    const page = await underTest.signedIn('officer.kupang', `/konsol/perkara/${caseId}`);
    await page.getByRole('button', { name: 'Catat wawancara', exact: true }).click();
    await fill(page, { Keterangan: NOTES });
    await page.getByText(/Disimpan di perangkat ini/).waitFor();
    expect((await deviceOf(page)).text).not.toContain('Atambua');
    await page.getByRole('button', { name: 'Keluar', exact: true }).click();
    await page.getByText('Anda telah keluar.').waitFor();
    expect(await deviceOf(page)).toMatchObject({ keys: 0, drafts: 1 });

    await signInAs(page, 'officer2.kupang', `/konsol/perkara/${caseId}`);
    await page.waitForSelector('.timeline li');
    expect([await page.getByLabel('Keterangan').count(), (await deviceOf(page)).keys]).toEqual([0, 1]);
    await page.getByRole('button', { name: 'Keluar', exact: true }).click();
    await page.getByText('Anda telah keluar.').waitFor();

    await signInAs(page, 'officer.kupang', `/konsol/perkara/${caseId}`);
    await page.getByLabel('Keterangan').waitFor();
    expect(await page.getByLabel('Keterangan').inputValue()).toBe(NOTES);
    await page.getByRole('button', { name: 'Buang isian' }).click();
    await page.locator('.act-form').waitFor({ state: 'detached' });
    expect((await deviceOf(page)).drafts).toBe(0);
  });

  it('of an intake is kept too, and discarded when its official says so', async () => {
    let page = await underTest.signedIn('officer.kupang', '/konsol/baru');
    await page.getByLabel('Nama persis seperti tertulis').fill('Contoh Tersimpan');
    await page.getByText(/Disimpan di perangkat ini/).waitFor();
    page = await killed(page);
    const name = page.getByLabel('Nama persis seperti tertulis');
    expect(await name.inputValue()).toBe('Contoh Tersimpan');
    // Too long for the office: it is said before it is sent, or a receipt made, and stays.
    await name.fill('x'.repeat(301));
    await page.getByLabel('Tempat lahir').fill('y'.repeat(5000));
    await page.getByRole('button', { name: 'Buka konsep' }).click();
    await page.getByText('paling panjang 300 huruf').waitFor();
    await page.getByText('paling panjang 200 huruf').waitFor();
    expect([new URL(page.url()).pathname, (await name.inputValue()).length]).toEqual(['/konsol/baru', 301]);
    await page.getByRole('button', { name: 'Buang isian' }).click();
    await page.getByText(/Disimpan di perangkat ini/).waitFor({ state: 'detached' });
    await page.reload();
    await page.getByLabel('Nama persis seperti tertulis').waitFor();
    expect(await page.getByLabel('Nama persis seperti tertulis').inputValue()).toBe('');
  });
});

/** A device of Motaain's intake officer, prepared with a network. */
async function preparedPost(): Promise<Page> {
  const page = await underTest.signedIn('intake.motaain', '/konsol/kotak-keluar');
  await page.getByRole('button', { name: 'Siapkan perangkat ini' }).click();
  await page.getByRole('heading', { name: 'Bekerja tanpa jaringan' }).waitFor({ state: 'detached' });
  return page;
}

/** Takes one in and answers the address that its receipt's QR code holds. */
async function takeIn(page: Page, name: string): Promise<string> {
  await page.getByLabel('Nama persis seperti tertulis').fill(name);
  await page.getByLabel('Surat permohonan').check();
  await page.getByRole('button', { name: 'Simpan dan buat tanda terima' }).click();
  await page.getByRole('heading', { name: 'Tanda terima permohonan' }).waitFor();
  return (await page.locator('.qr svg').getAttribute('data-text')) ?? '';
}

const askFor = async (address: string): Promise<string> =>
  ((await (await fetch(address)).json()) as { readonly standing: string }).standing;

interface Opened {
  readonly caseId: string;
  readonly by: string;
  readonly channel: string;
}

async function takenInAtPosts(): Promise<readonly Opened[]> {
  return (await product.events()).flatMap(({ type, data }) =>
    type === 'DraftOpened' && 'intake' in data ? [data as object as Opened] : [],
  );
}

describe('a note on a case', () => {
  it('is kept while it is written, stands on the page newest first, and is withheld from who may only look', async () => {
    const caseId = await underExamination(product);
    const page = await underTest.signedIn('officer.kupang', `/konsol/perkara/${caseId}`);
    const write = async (note: string) => {
      await page.getByRole('button', { name: 'Tulis catatan', exact: true }).click();
      await fill(page, { 'Isi catatan': note });
      await page.getByText(/Disimpan di perangkat ini/).waitFor();
      await page.getByRole('button', { name: 'Kirim: Tulis catatan' }).click();
      await page.getByText('Tercatat: Tulis catatan.').waitFor();
      await page.locator('.panel:has(#notes) .said', { hasText: note }).waitFor();
    };
    await write('Ibunya dirawat; wawancara ditunda.');
    await write('Wawancara jadi hari Senin.');
    expect(await page.locator('.panel:has(#notes) .said').allTextContents()).toEqual([
      'Wawancara jadi hari Senin.',
      'Ibunya dirawat; wawancara ditunda.',
    ]);
    expect(await page.locator('.panel:has(#notes) li').first().textContent()).toMatch(/^.+ · .*\d{4}/);
    await page.locator('.timeline li', { hasText: /menulis catatan\..*Wawancara jadi/ }).waitFor();
    expect((await deviceOf(page)).drafts).toBe(0);
    expect(await look(page, 'case with notes')).toEqual([]);

    await page.getByRole('button', { name: 'Tulis catatan', exact: true }).click();
    page.on('console', () => underTest.complaints.splice(0)); // the browser says that a request was refused, as it was
    await fill(page, { 'Isi catatan': 'x'.repeat(4_001) });
    await page.getByRole('button', { name: 'Kirim: Tulis catatan' }).click();
    await page.getByText(/^Isi catatan .*: paling panjang 4000 huruf\.$/).waitFor();

    const auditor = await underTest.signedIn('auditor.ntt', `/konsol/perkara/${caseId}`);
    await auditor.getByText('Isi catatan tidak ditampilkan: bukan tugas Anda.').first().waitFor();
    expect(await auditor.locator('.said').allTextContents()).toEqual([]);
  });
});

describe('a border post without network', () => {
  /** Fifty in `npm run test:browser`; a few in `npm test`, whose time is short. */
  const INTAKES = Number(process.env.TEGAS_TEST_INTAKES ?? 8);

  it('takes many in with the tab killed in between: as many cases, and every receipt checks', async () => {
    let page = await preparedPost();
    await page.context().setOffline(true);
    await page.goto(`${origin}/konsol/baru`);
    await page.getByText('Tanpa jaringan. Yang dapat dikerjakan di sini').waitFor();
    const addresses: string[] = [];
    for (let n = 1; n <= INTAKES; n += 1) {
      addresses.push(await takeIn(page, `Contoh Pelintas ${n}${n === 1 ? 'x'.repeat(250) : ''}`));
      if (n === 1) {
        // The paper that the applicant takes along is about the applicant alone.
        await page.emulateMedia({ media: 'print' });
        expect(await page.getByText('Tanpa jaringan').isVisible()).toBe(false);
        await page.emulateMedia({ media: 'screen' });
      }
      // The next one is begun when the tab goes: it stands there again.
      if (n === Math.floor(INTAKES / 2)) page = await killed(page);
      await page.locator('#content').getByRole('link', { name: 'Permohonan baru' }).first().click();
      await page.getByLabel('Nama persis seperti tertulis').waitFor();
    }
    expect(await takenInAtPosts()).toEqual([]);
    expect(await askFor(addresses[0] ?? '')).toBe('awaited');
    await page
      .getByRole('navigation')
      .getByRole('link', { name: `Kotak keluar (${INTAKES})` })
      .click();
    await page.getByText(`${INTAKES} rekaman HANYA ADA DI PERANGKAT INI.`).waitFor();

    await page.context().setOffline(false);
    for (let looks = 0; looks < 400 && (await takenInAtPosts()).length < INTAKES / 4; looks += 1) await page.waitForTimeout(25);
    page = await killed(page);
    await page.getByText('Tidak ada yang menunggu di perangkat ini.').waitFor();
    expect(await page.locator('.list tbody tr', { hasText: /diterima kantor \d+ \w+ \d{4}, / }).count()).toBe(INTAKES);
    expect(await page.evaluate('document.documentElement.scrollWidth - window.innerWidth')).toBeLessThanOrEqual(0);

    const cases = await takenInAtPosts();
    expect(cases.map(({ caseId }) => caseId).sort()).toEqual(
      addresses.map((address) => receiptOfToken(address.split('/').at(-1) ?? '')?.receipt.caseId).sort(),
    );
    expect(new Set(cases.map(({ caseId }) => caseId)).size).toBe(INTAKES);
    expect(new Set(cases.map(({ by, channel }) => `${by} ${channel}`))).toEqual(new Set(['intake.motaain border-post']));
    expect(new Set(await Promise.all(addresses.map(askFor)))).toEqual(new Set(['received']));
    const [reference] = await page.locator('.list .reference').allTextContents();
    expect(cases.map(({ caseId }) => referenceOf(caseId))).toContain(reference);

    // Whoever holds a receipt sees a page that says it, and nothing of whom it is about.
    const html = await fetch(addresses[0] ?? '', { headers: { accept: 'text/html' } });
    expect(await html.text()).toMatch(/Kantor sudah menerima rekaman ini\.(?!.*Pelintas)/s);
    const altered = (addresses[0] ?? '').replace(/.(?=.{120}$)/, (digit) => (digit === '0' ? '1' : '0'));
    expect(await askFor(altered)).toBe('unknown');
  }, 240_000);

  it('keeps what the office refuses and lets it be corrected, also when the session ended meanwhile', async () => {
    const page = await preparedPost();
    const before = (await takenInAtPosts()).length;
    await page.context().setOffline(true);
    await page.goto(`${origin}/konsol/baru`);
    const address = await takeIn(page, 'Contoh Ditolak');
    // While there is no network the device is reported lost, and the session ends.
    const enrolled = (await product.events()).filter(({ type }) => type === 'DeviceEnrolled').at(-1)?.data as object as {
      device: string;
    };
    const lost = { device: enrolled.device, official: 'intake.motaain' };
    expect((await product.post('officer.kupang', '/devices/withdraw', lost)).status).toBe(403);
    expect((await product.post('admin', '/devices/withdraw', lost)).status).toBe(200);
    expect(await askFor(address)).toBe('unknown');
    await product.database.pool.query("UPDATE session.sessions SET last_seen_at = now() - interval '61 minutes'");

    await page.context().setOffline(false);
    await page.goto(`${origin}/konsol/kotak-keluar`);
    await page.click('button[value="intake.motaain"]');
    const row = page.locator('.list tbody tr', { hasText: 'Contoh Ditolak' });
    await row.getByText('ditolak kantor, masih di perangkat ini').waitFor();
    expect(await row.textContent()).toContain('tidak terdaftar atas nama Anda');
    expect(await look(page, 'outbox')).toEqual([]);
    await page.getByRole('button', { name: 'Siapkan perangkat ini' }).click();
    await page.getByRole('heading', { name: 'Bekerja tanpa jaringan' }).waitFor({ state: 'detached' });
    await row.getByRole('link', { name: 'Perbaiki' }).click();
    await page.getByRole('heading', { name: 'Perbaiki rekaman' }).waitFor();
    expect(await page.getByLabel('Nama persis seperti tertulis').inputValue()).toBe('Contoh Ditolak');
    const corrected = await takeIn(page, 'Contoh Diperbaiki');
    await page.getByRole('status').getByText('diterima kantor').waitFor();
    expect(await look(page, 'receipt')).toEqual([]);
    expect([await askFor(corrected), await askFor(address)]).toEqual(['received', 'replaced']);
    const [old, now] = [address, corrected].map((one) => receiptOfToken(one.split('/').at(-1) ?? '')?.receipt);
    expect([now?.caseId, (await takenInAtPosts()).length]).toEqual([old?.caseId, before + 1]);
    const view = (await product.get('intake.motaain', `/cases/${now?.caseId}`)).body;
    expect([view.subject.name, view.evidence.length, view.intake.device]).toEqual(['Contoh Diperbaiki', 1, now?.device]);
  }, 120_000);
});

describe('a receipt', () => {
  it('opens a case only with the signature of a device of its sender’s, over exactly what is sent', async () => {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const { x = '', y = '' } = publicKey.export({ format: 'jwk' });
    const point = Buffer.concat([Buffer.of(4), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')]).toString('base64url');
    const device = randomUUID();
    const key = randomUUID();
    const asked = { procedure: 'PSK', office: 'KANIM-KPG', papers: [], subject: { name: 'Contoh Bertanda' } };
    const { caseId } = (await product.post('officer2.kupang', '/cases', asked, { 'idempotency-key': `other-${key}` })).body;
    expect((await product.post('supervisor.kupang', '/devices', { device, publicKey: point })).status).toBe(403);
    expect((await product.post('officer.kupang', '/devices', { device, publicKey: 'B' })).status).toBe(400);
    expect((await product.post('officer.kupang', '/devices', { device, publicKey: point })).status).toBe(201);

    const opened = (await product.post('officer.kupang', '/cases', asked, { 'idempotency-key': key })).body.caseId;
    const takenAt = '2026-11-25T08:00:00.000Z';
    const signedFor = (id: string) => {
      const sha256 = createHash('sha256')
        .update(intakeText({ ...asked, caseId: id, takenAt, salt: SALT }))
        .digest('hex');
      const receipt = { caseId: id, device, takenAt, sha256 };
      const signature = sign('sha256', signedBytes(receipt), { key: privateKey, dsaEncoding: 'ieee-p1363' });
      return { receipt, signature, sent: { device, takenAt, salt: SALT, signature: signature.toString('base64url') } };
    };
    const open = async (person: string, receipt: object, body: object = asked) =>
      (await product.post(person, '/cases', { ...body, receipt }, { 'idempotency-key': randomUUID() })).body.code;
    // Signed for another case, by another's device, over another name, or not at all.
    const { sent, receipt, signature } = signedFor(caseId);
    expect(await open('officer.kupang', sent)).toBe('receipt-unproven');
    expect(await open('officer2.kupang', sent)).toBe('no-such-device');
    expect(await open('officer.kupang', { ...sent, signature: 'A'.repeat(86) })).toBe('receipt-unproven');
    // A receipt that was signed for a case that was not taken in by it is not one that the office has.
    expect(await askFor(`${product.address}/tanda-terima/${receiptToken(receipt, signature)}`)).toBe('replaced');
    expect(opened).not.toBe(caseId);
  });
});

describe('a determination that was sent', () => {
  /** A recommendation that lies with the Minister. */
  const atMinistry = async (): Promise<string> => {
    const caseId = await underReview(product);
    for (const person of ['supervisor.kupang', 'kanwil.ntt', 'ahu'])
      await product.act(person, caseId, 'refer-case', { reason: 'Lengkap' });
    return caseId;
  };
  const approvals = async (caseId: string) =>
    (await product.store.read(`case-${caseId}`)).filter(({ type }) => type === 'DeterminationApproved');
  const stageOf = async (caseId: string): Promise<string> => (await product.get('minister', `/cases/${caseId}`)).body.stage;
  const untilStage = async (caseId: string, stage: string): Promise<void> => {
    for (let looks = 0; looks < 200 && (await stageOf(caseId)) !== stage; looks += 1)
      await new Promise((resolve) => setTimeout(resolve, 100));
    expect(await stageOf(caseId)).toBe(stage);
  };
  const send = async (page: Page) => {
    await page.getByRole('button', { name: 'Setujui penetapan', exact: true }).click();
    await fill(page, { Alasan: 'Terbukti' });
    await page.getByRole('button', { name: 'Kirim: Setujui penetapan' }).click();
    await page.getByText('Ditahan, belum berlaku: Setujui penetapan').waitFor();
  };

  it('is recalled by one key while it is held; sent again it takes effect by itself, also after the worker died', async () => {
    const caseId = await atMinistry();
    const page = await underTest.signedIn('minister', `/konsol/perkara/${caseId}`);
    await send(page);
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Tarik kembali');
    await page.getByRole('button', { name: 'Tarik kembali' }).waitFor({ state: 'detached' });
    await untilStage(caseId, 'determined');
    expect(await approvals(caseId)).toHaveLength(1);

    const another = await atMinistry();
    await underTest.visit(page, `/konsol/perkara/${another}`, '.timeline li');
    await send(page);
    await page.locator('.timeline', { hasText: /mengirim „Setujui penetapan”; ditahan, dapat ditarik sampai/ }).waitFor();
    const heldInList = async () =>
      (await product.get('minister', '/worklist?limit=200')).body.items.find(
        (item: { caseId: string }) => item.caseId === another,
      )?.held;
    expect(await heldInList()).toMatchObject({ act: 'ApproveDetermination', by: 'minister' });
    await page.getByRole('button', { name: 'Tarik kembali' }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Setujui penetapan', exact: true }).waitFor();
    // By the clock of the office, as the line's own time: the device of these tests is in another zone.
    await page.locator('.timeline li', { hasText: /, (\d\d\.).* dan menariknya kembali pada \1.* Tidak berlaku\./ }).waitFor();
    // The list follows on its own, a moment behind the history or before it.
    for (let looks = 0; looks < 100 && (await heldInList()) !== undefined; looks += 1) await page.waitForTimeout(100);
    expect(await heldInList()).toBeUndefined();
    await page.waitForTimeout((HOLD_SECONDS + 2) * 1000);
    expect([await stageOf(another), (await approvals(another)).length]).toEqual(['review', 0]);

    await send(page);
    await product.end('worker', 'SIGKILL');
    await page.waitForTimeout((HOLD_SECONDS + 1) * 1000);
    expect(await stageOf(another)).toBe('review');
    await product.run('worker');
    await untilStage(another, 'determined');
    const [approved, ...more] = await approvals(another);
    expect([approved?.metadata.actor, more]).toEqual(['minister', []]);
    await page.getByRole('heading', { name: 'Penetapan', level: 2 }).waitFor();

    // Its service is held too.
    const officer = await underTest.signedIn('officer.kupang', `/konsol/perkara/${another}`);
    await officer.getByRole('button', { name: 'Catat penyampaian penetapan', exact: true }).click();
    await fill(officer, { Cara: 'langsung' });
    await officer.getByRole('button', { name: 'Kirim: Catat penyampaian penetapan' }).click();
    await officer.getByText('Ditahan, belum berlaku: Catat penyampaian penetapan').waitFor();
    await untilStage(another, 'remedy-window');
  }, 180_000);

  it('does not take effect on a case that changed meanwhile, and its page says so; nobody else recalls it', async () => {
    const caseId = await atMinistry();
    const page = await underTest.signedIn('minister', `/konsol/perkara/${caseId}`);
    await send(page);
    const { heldId } = (await product.get('officer.kupang', `/cases/${caseId}`)).body.held;
    const recall = (person: string) => product.post(person, `/cases/${caseId}/held/${heldId}/recall`, {});
    expect([(await recall('ahu')).body.code, (await recall('officer.atambua')).status]).toEqual(['not-yours', 404]);
    await product.act('officer.kupang', caseId, 'record-indicator', { indicator: 'debt-bondage', reason: 'Utang' });
    await page.getByText('TIDAK BERLAKU: Setujui penetapan').waitFor();
    await page.getByText('Perkara berubah selagi tindakan ini ditahan').first().waitFor();
    expect(await look(page, 'held act that was dropped')).toEqual([]);
    // As it is while it is held, for as long as axe looks.
    const until = new Date(Date.now() + 600_000).toISOString();
    const shown = { heldId, act: 'ApproveDetermination', by: 'minister', until, seconds: 30, msLeft: 600_000, status: 'held' };
    await page.route(`**/cases/${caseId}`, async (route) => {
      const answer = await route.fetch();
      await route.fulfill({ response: answer, json: { ...(await answer.json()), held: shown } });
    });
    await page.reload();
    await page.getByText('Ditahan, belum berlaku: Setujui penetapan').waitFor();
    expect(await look(page, 'held act')).toEqual([]);
    expect([await stageOf(caseId), (await approvals(caseId)).length]).toEqual(['review', 0]);
  }, 180_000);
});
