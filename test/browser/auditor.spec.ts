/** What auditors and supervisors do in the console: other dates, proofs, decisions decided again, who read what, break-glass. One product for the file. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { Locator, Page } from 'playwright-core';
import { moveTime } from '../../libs/event-store/src/time.js';
import type { Product } from '../e2e/product.js';
import { ConsoleUnderTest, lodged, look, underExamination } from './harness.js';

jest.setTimeout(120_000);

let console_: ConsoleUnderTest;
let product: Product;
let examined: string;
let folder: string;
const signedIn = (...args: Parameters<ConsoleUnderTest['signedIn']>) => console_.signedIn(...args);

beforeAll(async () => {
  console_ = await ConsoleUnderTest.start();
  ({ product } = console_);
  folder = await mkdtemp(join(tmpdir(), 'tegas-auditor-'));
  examined = await underExamination(product);
}, 120_000);
afterAll(async () => {
  await console_?.stop();
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
}, 60_000);
afterEach(async () => expect(await console_?.close()).toEqual([]));

const found: string[] = [];
const lookAt = async (page: Page, screen: string) => found.push(...(await look(page, screen)));

/** The date there, so many days from now. */
const inKupang = (days: number): string => new Date(Date.now() + days * 86_400_000 + 8 * 3_600_000).toISOString().slice(0, 10);

async function tegas(home: string, ...args: readonly string[]): Promise<string> {
  const env = { ...process.env, NODE_OPTIONS: '', TEGAS_HOME: home, TEGAS_DATABASE_URL: product.database.url };
  return (await promisify(execFile)(process.execPath, ['dist/apps/cli/src/main.js', ...args], { env })).stdout;
}

describe('time travel', () => {
  it('shows a case as known on one date and true on another, steps by keyboard, and says what differs from a second date', async () => {
    const page = await signedIn('auditor.ntt', `/konsol/perkara/${examined}/riwayat`);
    await page.locator('.timeline li').first().waitFor();
    for (let step = 0; step < 5; step += 1) {
      const before = await page.locator('.timeline li').count();
      await page.keyboard.press('ArrowLeft');
      await page
        .locator('.timeline li')
        .nth(before - 1)
        .waitFor({ state: 'detached' });
    }
    expect(await page.locator('.watermark-line').textContent()).toContain('Bukan keadaan sekarang');

    await page.getByRole('button', { name: 'Bandingkan dengan tanggal kedua' }).click();
    const compare = page.getByRole('region', { name: 'Perbandingan' });
    await compare.getByText('DITAMBAH').first().waitFor();
    expect(await compare.locator('tbody tr').count()).toBeGreaterThan(2);
    // What is in both is changed, though more is said of it now.
    for (const row of await compare.locator('tbody tr', { hasText: 'Berhenti' }).all()) {
      const text = (await row.textContent()) ?? '';
      if (!text.includes('Mulai')) expect(text).toContain('DIUBAH');
    }
    expect(await compare.getByRole('heading', { name: 'Tindakan yang hanya ada pada yang kedua' }).count()).toBe(1);
    await lookAt(page, 'time-travel');

    await page.getByRole('button', { name: 'Selesai membandingkan' }).click();
    await page.getByLabel('Berlaku pada tanggal').fill(inKupang(0));
    await page.locator('.watermark-line', { hasText: 'sebagaimana berlaku pada' }).waitFor();
    await page.getByLabel('Berlaku pada tanggal').fill('2020-01-01');
    await page.getByText('Pada tanggal itu perkara ini belum ada.').waitFor();
    expect(await page.locator('.timeline').count()).toBe(0);
    // Of a case that was not there yet its present state is not told either, and of a day to come nobody knows.
    expect(await page.locator('.case-head .marks').count()).toBe(0);
    await page.getByRole('button', { name: 'Tanpa tanggal berlaku' }).click();
    await page.locator('.case-head .marks').waitFor();
    await page.getByLabel('Diketahui pada tanggal').fill('2199-01-01');
    await page.waitForFunction(`document.querySelector('input[type=date]')?.value === '${inKupang(0)}'`);
    await page.locator('.case-head .marks').waitFor();
    expect(await page.locator('.watermark-line').textContent()).not.toContain('2199');
    expect(await page.getByLabel('Diketahui pada tanggal').inputValue()).toBe(inKupang(0));
  });

  it('says of a case whose answers are withheld what was answered, and derives nothing from what is not shown', async () => {
    const page = await signedIn('auditor.ntt', `/konsol/perkara/${examined}`);
    await page.getByText('Temuan yang dicatat').waitFor();
    const text = await page.locator('main').textContent();
    expect(text).toContain('Tidak dihitung di sini');
    for (const untrue of ['Belum pasti', 'bukti tidak lagi berlaku', 'BERBEDA']) expect(text).not.toContain(untrue);
  });
});

describe('an auditor', () => {
  it('verifies a case in the browser, and one that was altered on its way is said to be broken, and where', async () => {
    // The worker signs now and then; here at once.
    await tegas(product.home, 'export', 'checkpoint', '--out', join(folder, 'checkpoint'));
    const page = await signedIn('auditor.ntt', `/konsol/perkara/${examined}/riwayat`);
    const panel = page.getByRole('region', { name: 'Pemeriksaan auditor' });
    await panel.getByRole('button', { name: 'Verifikasi' }).click();
    await panel.getByText('Riwayat perkara ini utuh').waitFor();
    expect(await panel.getByText('Sesuai:').count()).toBe(4);
    expect(await panel.textContent()).toContain('bukan oleh server');
    await lookAt(page, 'verified');

    for (const alter of [
      (text: string) => text.replace('"outcome', '"outcomf').replace('begin', 'begim').replace('KANIM-KPG', 'KANIM-ATB'),
      (text: string) => text.replace(/"proof":\["(.)/, (_, first) => `"proof":["${first === 'A' ? 'B' : 'A'}`),
      (text: string) => text.replace(/time 20(\d\d)/, 'time 19$1'),
    ]) {
      await page.route('**/audit/proof/cases/*', async (route) => {
        const answer = await route.fetch();
        await route.fulfill({ response: answer, body: alter(await answer.text()) });
      });
      await page.reload();
      await panel.getByRole('button', { name: 'Verifikasi' }).click();
      await panel.getByText('TIDAK terbukti utuh').waitFor();
      await page.unroute('**/audit/proof/cases/*');
    }
  });

  it('has every act decided again, and finds what was entered past the rules', async () => {
    const page = await signedIn('auditor.ntt', `/konsol/perkara/${examined}/riwayat`);
    const panel = page.getByRole('region', { name: 'Pemeriksaan auditor' });
    await panel.getByRole('button', { name: 'Periksa ulang' }).click();
    await panel.getByText(/\d+ perintah dan 0 tindakan hukum diputuskan ulang: tidak ada temuan\./).waitFor();
  });

  it('takes a case along: a bundle that verifies elsewhere, and event logs without a name; each is on record', async () => {
    const page = await signedIn('auditor.ntt', `/konsol/perkara/${examined}/riwayat`);
    const fetched = async (name: string): Promise<Buffer> => {
      const downloading = page.waitForEvent('download');
      await page.getByRole('link', { name }).click();
      return readFile(await (await downloading).path());
    };
    const archive = join(folder, 'bundle.tar');
    await writeFile(archive, await fetched('Berkas bukti (tar)'));
    const unpacked = await mkdtemp(join(folder, 'bundle-'));
    await promisify(execFile)('tar', ['-xf', archive, '-C', unpacked]);
    expect(JSON.parse(await tegas(join(folder, 'nowhere'), 'verify', unpacked, '--json'))).toMatchObject({
      verified: true,
      findings: [],
    });
    for (const name of ['Log peristiwa OCEL', 'Log peristiwa XES']) {
      const log = (await fetched(name)).toString();
      expect(log).toContain('ApplicationLodged');
      expect(log).not.toMatch(/Contoh|officer\.kupang/);
    }
    await product.get('officer.kupang', `/cases/${examined}`);
    await page.goto(`${console_.origin}/konsol/bacaan?perkara=${examined}`);
    await page.getByText('Mengunduh perkara').first().waitFor();
    expect(await page.locator('tbody tr', { hasText: 'Mengunduh perkara' }).count()).toBe(3);
    await page.getByLabel('Petugas').selectOption('officer.kupang');
    await page.locator('tbody tr', { hasText: 'Ibu Contoh Pemeriksa' }).first().waitFor();
    await page.locator('tbody tr', { hasText: 'Ibu Contoh Auditor' }).first().waitFor({ state: 'detached' });
    await lookAt(page, 'reads');
    // Nobody else has any of it.
    for (const format of ['bundle', 'ocel', 'xes', 'findings'])
      expect([format, (await product.get('supervisor.kupang', `/audit/cases/${examined}/${format}`)).status]).toEqual([
        format,
        403,
      ]);
  });
});

describe('break-glass', () => {
  it('opens a case that is not one’s own for a reason, and the supervisor reviews it', async () => {
    const officer = await signedIn('officer2.kupang', `/konsol/perkara/${examined}`);
    await officer.getByText('nama tidak ditampilkan').waitFor();
    // What is withheld is not unknown: nothing is derived from the rest.
    await officer.getByText('Tidak dihitung di sini').waitFor();
    expect(await officer.getByText('Belum pasti', { exact: true }).count()).toBe(0);
    await officer.getByLabel('Alasan, dengan kata-kata sendiri').fill('   ');
    await officer.getByRole('button', { name: 'Buka dengan alasan ini' }).click();
    await officer.getByText('Isi dahulu.').waitFor();
    await officer.getByLabel('Alasan, dengan kata-kata sendiri').fill('Pengaduan pemohon di loket');
    await officer.getByRole('button', { name: 'Buka dengan alasan ini' }).click();
    await officer.getByText('Contoh Maria').first().waitFor();
    await officer.getByText('Tidak dihitung di sini').waitFor({ state: 'detached' });
    expect(await officer.locator('#outcome, #facts').count()).toBe(2);

    const supervisor = await signedIn('supervisor.kupang', '/konsol/buka-darurat');
    const row = supervisor.locator('tbody tr', { has: supervisor.locator(`a[href$="${examined}"]`) });
    await row.getByText('Pengaduan pemohon di loket').waitFor();
    await row.getByText('Nilai', { exact: true }).click();
    await lookAt(supervisor, 'break-glass');
    await row.getByLabel('Putusan').selectOption('unjustified');
    await row.getByLabel('Apa yang Anda temukan').fill('Tidak ada pengaduan');
    await row.getByRole('button', { name: 'Catat penilaian' }).click();
    await row.waitFor({ state: 'detached' });
    await supervisor.getByText('Semua', { exact: true }).click();
    await supervisor.getByText('tidak beralasan: akses berakhir').waitFor();
    await supervisor.getByText('Tidak ada pengaduan').waitFor();
    await officer.reload();
    await officer.getByText('nama tidak ditampilkan').waitFor();
  });
});

describe('a supervisor', () => {
  it('assigns many cases by keyboard, each by its own command, and is told what came of each', async () => {
    const [one, two] = [await lodged(product), await lodged(product)];
    const page = await signedIn('supervisor.kupang', '/konsol?tahap=lodged');
    await page.locator(`[data-case="${two}"]`).waitFor();
    for (const caseId of [one, two]) {
      await page.locator(`[data-case="${caseId}"]`).focus();
      await page.keyboard.press('x');
    }
    // Meanwhile someone begins with one of them: what was on the screen is no longer so.
    await product.act('officer.kupang', one, 'begin-screening');
    await page.keyboard.press('a');
    const bulk = page.getByRole('region', { name: 'Tugaskan 2 perkara' });
    await bulk.getByLabel('Petugas').selectOption('officer2.kupang');
    await lookAt(page, 'bulk-assign');
    await bulk.getByLabel('Petugas').selectOption('officer2.kupang');
    await bulk.getByRole('button', { name: 'Tugaskan 2 perkara' }).click();
    await page.getByText('ditugaskan kepada Bapak Contoh Pemeriksa Kedua.').waitFor();
    await page.getByText('perkara berubah sejak daftar ini dimuat').waitFor();
    expect((await product.get('supervisor.kupang', `/cases/${two}`)).body.officer).toBe('officer2.kupang');
    expect((await product.get('supervisor.kupang', `/cases/${one}`)).body.officer).toBe('officer.kupang');
  });

  it('lends a role for a time, and ends it', async () => {
    const page = await signedIn('supervisor.kupang', '/konsol/wewenang');
    await page.getByText('Limpahkan wewenang').click();
    const offered = (await page.getByLabel('Peran siapa').locator('option').allTextContents()).slice(1);
    expect(offered[0]).toContain('Ibu Contoh Supervisor');
    expect(offered.filter((one) => !one.includes('Kupang'))).toEqual([]);
    const own = await signedIn('officer.kupang', '/konsol/wewenang');
    await own.getByText('Limpahkan wewenang').click();
    const lent = (await own.getByLabel('Peran siapa').locator('option').allTextContents()).slice(1);
    expect(lent.length).toBeGreaterThan(0);
    expect(lent.filter((one) => !one.startsWith('Ibu Contoh Pemeriksa ·'))).toEqual([]);
    const none = await signedIn('auditor.ntt', '/konsol/wewenang');
    await none.getByText('Tidak ada peran yang dapat Anda limpahkan').waitFor();
    expect(await none.getByText('Limpahkan wewenang').count()).toBe(0);
    await page.getByLabel('Peran siapa').selectOption({ index: 1 });
    await page.getByLabel('Dijalankan oleh').selectOption('officer2.kupang');
    await page.locator('.lend input[type="date"]').first().fill(inKupang(0));
    await page.getByLabel('Hari pertama tidak lagi bertindak').fill(inKupang(7));
    await page.getByLabel('Alasan, dengan kata-kata sendiri').fill('Cuti tahunan');
    await page.getByRole('button', { name: 'Limpahkan', exact: true }).click();
    const row = page.locator('tbody tr', { hasText: 'Bapak Contoh Pemeriksa Kedua' });
    await row.getByText('a.n. Ibu Contoh Supervisor').waitFor();
    await none.reload();
    await none.locator('tbody tr', { hasText: 'a.n. Ibu Contoh Supervisor' }).waitFor();
    expect(await none.getByRole('button', { name: /^Akhiri sekarang/ }).count()).toBe(0);
    await lookAt(page, 'delegations');
    await row.getByRole('button', { name: /^Akhiri sekarang/ }).click();
    await row.getByText('sudah berakhir').waitFor();
  });

  it('decides on matches that another proposed, and undoes a merge', async () => {
    const [one, two] = [await lodged(product), await lodged(product)];
    const entered = await product.post('officer.kupang', '/persons', { caseId: one });
    await product.act('supervisor.kupang', two, 'assign-officer', { officer: 'officer.kupang' });
    await product.get('officer.kupang', `/cases/${two}/person?atLeastPosition=${entered.body.position}`);
    const officer = await signedIn('officer.kupang', `/konsol/perkara/${two}`);
    const candidate = officer.getByRole('region', { name: 'Mungkin orang yang sama' });
    await candidate.getByText('Usulkan sebagai orang yang sama').first().click();
    await candidate.getByLabel('Alasan, dengan kata-kata sendiri').first().fill('Nama dan tahun lahir sama');
    await candidate.getByRole('button', { name: 'Usulkan', exact: true }).first().click();
    await candidate.getByText('sudah diusulkan').waitFor();
    const page = await signedIn('supervisor.kupang', '/konsol/kecocokan');
    await page.locator('.entry summary').first().click();
    await page.getByText('Nama dan tahun lahir sama').waitFor();
    await lookAt(page, 'matches');
    await page.getByLabel('Alasan, dengan kata-kata sendiri').fill('Sidik jari sama');
    await page.getByRole('button', { name: 'Gabungkan: orang yang sama' }).click();
    await page.getByText('Tidak ada. Kecocokan diusulkan').waitFor();
    await page.getByText('Digabungkan', { exact: true }).click();
    await page.locator('.entry summary').first().click();
    await page.getByLabel('Alasan, dengan kata-kata sendiri').fill('Keliru');
    await page.getByRole('button', { name: 'Batalkan penggabungan' }).click();
    await page.getByText('Tidak ada. Kecocokan diusulkan').waitFor();
    expect((await product.get('supervisor.kupang', '/matches?status=undone')).body.items).toHaveLength(1);
  });

  it('closes a referral with a reason, and an officer opens a case of another', async () => {
    const told = {
      office: 'KANIM-KPG',
      channel: 'desa-binaan',
      area: '53.04.12.2003',
      referrer: 'Kepala desa',
      seen: 'Tanpa surat',
    };
    for (const seen of ['Tinggal sendiri di dermaga', 'Bekerja tanpa upah'])
      await product.post('officer.kupang', '/referrals', { ...told, seen });
    const supervisor = await signedIn('supervisor.kupang', '/konsol/pelimpahan');
    const open = async (page: Page, text: string) => {
      await page.locator('tbody tr').first().waitFor();
      for (const summary of await page.getByText('Baca dan putuskan').all()) await summary.click();
      const row = page.locator('tbody tr', { hasText: text });
      await row.waitFor();
      return row;
    };
    const row = await open(supervisor, 'Tinggal sendiri di dermaga');
    await row.getByText('Tutup tanpa perkara').click();
    await lookAt(supervisor, 'referral');
    await row.getByLabel('Alasan, dengan kata-kata sendiri').fill('Sudah ditangani');
    await row.getByRole('button', { name: 'Tutup pelimpahan' }).click();
    await row.waitFor({ state: 'detached' });
    const officer = await signedIn('officer.kupang', '/konsol/pelimpahan');
    const other = await open(officer, 'Bekerja tanpa upah');
    await other.getByLabel('Nama persis seperti tertulis').fill('Contoh Rui');
    await other.getByRole('button', { name: 'Terima sebagai perkara' }).click();
    await officer.getByText('Diterima sebagai perkara').getByRole('link').waitFor();
    await other.waitFor({ state: 'detached' });
  });

  it('sees the load of the office, and a report of any period as known on any date, in files that hold no formula', async () => {
    const page = await signedIn('supervisor.kupang', '/konsol/kantor');
    await page.locator('.numbers tbody tr').nth(1).waitFor();
    await lookAt(page, 'office');
    await page.getByRole('link', { name: 'Evaluasi semester' }).click();
    await page.locator('.recharts-bar-rectangle').first().waitFor();
    const lodgedHere = await page
      .locator('.figures tbody tr', { hasText: 'Kantor Imigrasi Kupang' })
      .first()
      .locator('td')
      .first()
      .textContent();
    expect(Number(lodgedHere)).toBeGreaterThan(0);
    await page.getByText('Skema menurut kabupaten').waitFor();
    // Where to strengthen offices: what is overdue now stands beside what was determined late.
    const evidence = page.getByRole('region', { name: 'Bukti untuk memperkuat pos' }).locator('thead').first();
    expect(await evidence.textContent()).toContain('Lewat tenggatPenetapan terlambat');
    await lookAt(page, 'report');
    await page.getByLabel('Diketahui pada tanggal').fill('2020-06-30');
    await page.getByText('Tidak ada yang terjadi pada waktu itu').waitFor();

    const files = Object.fromEntries(
      await Promise.all(
        ['csv', 'xlsx', 'pdf'].map(async (format) => {
          const answer = await fetch(`${product.address}/reports/semester/${format}`, {
            headers: { authorization: `Bearer ${await product.token('supervisor.kupang')}` },
          });
          return [format, Buffer.from(await answer.arrayBuffer())] as const;
        }),
      ),
    );
    expect(files.csv?.toString()).toMatch(/^\ufeffKantor,Konsep dibuka,Permohonan masuk/);
    expect(files.csv?.toString()).toContain('Kantor Imigrasi Kupang,');
    expect(files.xlsx?.subarray(0, 2).toString()).toBe('PK');
    const areas = await fetch(`${product.address}/reports/semester/csv?table=areas&knownOn=2026-06-30`, {
      headers: { authorization: `Bearer ${await product.token('supervisor.kupang')}` },
    });
    expect(areas.headers.get('content-disposition')).toContain('diketahui-2026-06-30.csv');
    expect(await areas.text()).toMatch(/^\ufeff?Kabupaten,Kode,Pelimpahan desa,Dengan indikasi TPPO/);
    expect(files.pdf?.subarray(0, 5).toString()).toBe('%PDF-');
    for (const query of ['?from=2026-13-01', '?from=2026-02-01&to=2026-01-01', '?who=me', '?knownOn=now'])
      expect([query, (await product.get('supervisor.kupang', `/reports/semester${query}`)).status]).toEqual([query, 400]);
    expect((await product.get('officer.kupang', '/reports/semester')).status).toBe(403);
    // Atambua's figures are not Kupang's to see.
    const { offices } = (await product.get('supervisor.kupang', '/reports/semester')).body;
    expect(offices.map(({ office }: { office: string }) => office)).not.toContain('KANIM-ATB');
  });

  it('keeps a view of the worklist by name, and takes the list along as a file; that is on record', async () => {
    const page = await signedIn('supervisor.kupang', '/konsol?tahap=lodged');
    await page.waitForSelector('.row-link');
    await page.getByRole('button', { name: 'Tampilan tersimpan (0)' }).click();
    await page.getByLabel('Simpan saringan ini sebagai').fill('Baru masuk');
    await page.getByRole('button', { name: 'Simpan', exact: true }).click();
    await page.goto(`${console_.origin}/konsol`);
    await page.getByRole('button', { name: 'Tampilan tersimpan (1)' }).click();
    await page.getByRole('menuitem', { name: 'Baru masuk', exact: true }).click();
    await page.waitForURL(/tahap=lodged/);
    const downloading = page.waitForEvent('download');
    await page.getByRole('link', { name: 'CSV' }).click();
    const rows = (await readFile(await (await downloading).path(), 'utf8')).trim().split('\r\n');
    expect(rows.join(' ')).not.toMatch(/T\d\d:\d\d/);
    const { counts } = (await product.get('supervisor.kupang', '/worklist?stage=lodged')).body;
    expect(rows).toHaveLength(1 + Object.values<number>(counts).reduce((sum, count) => sum + count, 0));
    const { items } = (await product.get('auditor.ntt', '/audit/reads?official=supervisor.kupang&limit=5')).body;
    expect(items).toContainEqual(expect.objectContaining({ act: 'ExportCases', route: 'GET /worklist/:format' }));
  });
});

/** An official is added, given a role, and ends it again; one's own roles are another's to enter. */
async function appointed(page: Page): Promise<void> {
  const people = page.locator('.people');
  // Of a field that must be filled the label ends in an asterisk.
  const field = (form: Locator, label: string) => form.getByLabel(new RegExp(`^${label.replace(/[()]/g, '\\$&')}( \\*)?$`));
  const fields = async (form: Locator, given: { readonly [label: string]: string }) => {
    for (const [label, value] of Object.entries(given)) await field(form, label).fill(value);
  };
  await people.getByText('Tambah pegawai', { exact: true }).first().click();
  const entering = people.locator('form').first();
  const who = { Nama: 'Ibu Contoh Baru', 'Nama masuk': 'baru.kupang', NIP: '199003022020121007' };
  const numbers = { 'NIK (boleh kosong)': '5371010203900007', 'Nomor kartu keluarga, KK (boleh kosong)': '5371010000000077' };
  await fields(entering, { ...who, ...numbers, 'Dasar (nomor SK) dan alasan': 'SK-1' });
  await entering.getByRole('button', { name: 'Tambah pegawai' }).click();
  await entering.getByText('Tercatat.').waitFor();
  await people.getByLabel('Cari pegawai').fill('baru.kupang');
  const row = people.locator('tbody tr');
  await row.getByText('tidak memegang peran').waitFor();
  await row.locator('summary').click();
  await row.getByText('NIP 199003022020121007 · NIK 5371010203900007 · KK 5371010000000077').waitFor();
  await field(row, 'Peran').selectOption({ label: 'petugas pemeriksa' });
  await field(row, 'Kantor').selectOption({ label: 'Kantor Imigrasi Kupang' });
  await fields(row, { 'Dasar (nomor SK) dan alasan': 'SK-2' });
  await row.getByRole('button', { name: 'Beri peran' }).click();
  await row.locator('td').nth(1).getByText('petugas pemeriksa, Kantor Imigrasi Kupang').waitFor();
  await row.getByLabel('Tindakan').selectOption({ label: 'Akhiri semua peran' });
  await row.getByRole('button', { name: 'Akhiri semua peran' }).click();
  await row.getByText('tidak memegang peran').waitFor();
  expect(await row.locator('.steps li').count()).toBe(3);
  await people.getByLabel('Cari pegawai').fill('Bapak Contoh Administrator');
  await people.locator('tbody tr summary').click();
  await people.getByText('Peran Anda sendiri dicatat oleh administrator lain.').waitFor();
}

describe('an administrator', () => {
  it('sees offices as they stood, tries a calendar before publishing it, and drafts a procedure that another reviews', async () => {
    const page = await signedIn('admin', '/konsol');
    await page.waitForURL(/administrasi/);
    await page.getByText('Kantor Wilayah Direktorat Jenderal Imigrasi Nusa Tenggara Timur').first().waitFor();
    await appointed(page);
    await lookAt(page, 'admin-register');
    await page.getByLabel('Pada tanggal', { exact: true }).fill('2024-06-01');
    await page.locator('.tree', { hasText: 'Kementerian Hukum dan Hak Asasi Manusia' }).first().waitFor();
    expect(await page.locator('.tree').first().textContent()).not.toContain('Kantor Wilayah Direktorat Jenderal Imigrasi');

    await console_.visit(page, '/konsol/administrasi/aturan', '.law-panel table');
    await page.getByLabel('Tahun-tahun dari keputusan baru').fill('{ "years": ');
    await page.getByText('Bukan JSON.').waitFor();
    const before = (await product.get('admin', '/calendar')).body;
    const days = {
      decree: 'SKB 3 Menteri contoh',
      confidence: 'general knowledge',
      holidays: ['2028-01-01', '2028-01-03', '2028-05-01', '2028-06-01', '2028-08-17', '2028-12-25'],
      collectiveLeave: [],
      local: [
        {
          ...{ office: 'KANWIL-DITJENIM-NTT', decree: 'Keputusan Gubernur contoh', confidence: 'general knowledge' },
          ...{ holidays: ['2028-02-14'], collectiveLeave: [] },
        },
      ],
    };
    page.on('console', () => console_.complaints.splice(0)); // the browser says that a request was refused, as it was
    const strayed = { ...days, collectiveLeave: ['2027-12-31'] };
    await page.getByLabel('Tahun-tahun dari keputusan baru').fill(JSON.stringify({ years: { 2028: strayed } }));
    await page.getByRole('button', { name: 'Coba dulu' }).click();
    await page.getByText('years.2028.collectiveLeave[0]: 2027-12-31 tidak dalam tahun 2028.').waitFor();
    await page.getByLabel('Tahun-tahun dari keputusan baru').fill(JSON.stringify({ years: { 2028: days } }));
    expect(await page.getByRole('button', { name: 'Terbitkan', exact: true }).first().isDisabled()).toBe(true);
    await page.getByRole('button', { name: 'Coba dulu' }).click();
    await page.getByText(/Akan menggeser \d+ tenggat/).waitFor();
    expect((await product.get('admin', '/calendar')).body.version).toBe(before.version);
    await lookAt(page, 'admin-law');
    await page.getByRole('button', { name: 'Terbitkan', exact: true }).first().click();
    await page.getByText(/Diterbitkan sebagai versi/).waitFor();
    expect((await product.get('admin', '/calendar')).body.version).toBe(before.version + 1);
    const governor = page.locator('tr', { hasText: 'Keputusan Gubernur contoh' });
    await governor.getByText('1 libur daerah, 0 cuti bersama daerah').waitFor();
    expect(await governor.textContent()).toContain('14 Feb 2028');

    const { items } = (await product.get('admin', '/procedures')).body;
    const { sha256: _, ...psk } = items.find((one: { code: string }) => one.code === 'PSIM');
    const file = join(folder, 'psim.json');
    await writeFile(file, JSON.stringify({ ...psk, version: '2030-01', effectiveFrom: '2030-01-01' }));
    await page
      .locator('input[type="file"]')
      .setInputFiles({ name: 'x.json', mimeType: 'application/json', buffer: Buffer.from('{') });
    await page.getByText('Bukan JSON.').waitFor();
    expect(await page.getByRole('button', { name: 'Simpan sebagai rancangan' }).isDisabled()).toBe(true);
    await page.locator('input[type="file"]').setInputFiles(file);
    await page.getByRole('button', { name: 'Simpan sebagai rancangan' }).click();
    await page.getByText('Rancangan PSIM 2030-01 tersimpan.').waitFor();
    expect(await page.getByRole('button', { name: 'Nyatakan sudah diperiksa' }).isDisabled()).toBe(true);
    const other = await signedIn('admin.ahu', '/konsol/administrasi/aturan');
    await other.getByRole('button', { name: 'Coba pada perkara lama' }).click();
    await other.getByText(/0 dari 0 penetapan lama/).waitFor();
    await other.getByRole('button', { name: 'Nyatakan sudah diperiksa' }).click();
    await other.getByText(/diperiksa Ibu Contoh Administrator/).waitFor();
  });

  it('sees how the lists stand, and what was set aside and why', async () => {
    await product.database.pool.query(
      `INSERT INTO read.parked (projection, case_id, stream, revision, position, type, fault, detail)
       VALUES ('worklist', $1, 'case-' || $1, 9, 9, 'CaseClosed', 'NewerSchemaVersion', '')`,
      ['3f2a8c10-5b7d-4e64-9a01-c2d3e4f50617'],
    );
    const page = await signedIn('admin', '/konsol/administrasi/keadaan');
    await page.getByText('setara dengan log').first().waitFor();
    await page.getByText('Perbarui program ini').waitFor();
    await page.getByText(/Sapuan tenggat terakhir/).waitFor();
    await lookAt(page, 'admin-health');
    await product.database.pool.query('DELETE FROM read.parked');
    expect((await product.get('supervisor.kupang', '/parked')).status).toBe(403);
  });
});

describe('the end of a person’s data', () => {
  it('is held and let go, asked for by one and confirmed by another, and certified', async () => {
    const subject = { name: 'Contoh Lama', born: '1950' };
    const { caseId } = (await product.post('officer.kupang', '/cases', { procedure: 'PSK', office: 'KANIM-KPG', subject })).body;
    await product.act('officer.kupang', caseId, 'withdraw-application', { withdrawnOn: inKupang(0), reason: 'Ditarik' });
    await product.act('supervisor.kupang', caseId, 'close-case', { reason: 'Ditarik' });
    const one = await signedIn('supervisor.kupang', `/konsol/perkara/${caseId}`);
    await one.locator('#content').getByRole('link', { name: 'Data pribadi' }).click();
    await one.getByText('Belum boleh dimusnahkan: Perkara PSK disimpan sampai dengan').waitFor();
    expect(await one.getByRole('button', { name: 'Minta pemusnahan' }).isDisabled()).toBe(true);
    await one.getByText('Tahan data ini').click();
    await one.getByLabel('Dasar').selectOption('penyelidikan');
    await one.getByRole('button', { name: 'Tahan', exact: true }).click();
    await one.getByText('Dicabut oleh pejabat lain.').waitFor();

    // The case was closed thirty-one years ago, as all here: nothing comes after this. Sessions end meanwhile.
    await moveTime(product.database.pool, 31 * 365.25 * 86_400_000);
    const other = await signedIn('ditjenim', '/konsol/data-pribadi?keadaan=held');
    await other.getByRole('link', { name: /^Buka data orang/ }).click();
    await other.getByRole('button', { name: 'Cabut penahanan' }).click();
    await other.getByText('Tidak ditahan.').waitFor();
    const again = await signedIn('supervisor.kupang', '/konsol/data-pribadi');
    const row = again.locator('tbody tr', { has: again.locator(`a[href$="${caseId}"]`) });
    await row.waitFor();
    await lookAt(again, 'data');
    await row.getByRole('link', { name: /^Buka data orang/ }).click();
    await again.getByRole('button', { name: 'Minta pemusnahan' }).click();
    await again.getByText('Anda yang memintanya').waitFor();
    expect(await again.getByRole('button', { name: /^Konfirmasi/ }).count()).toBe(0);
    await console_.visit(other, '/konsol/data-pribadi?keadaan=requested', 'tbody tr');
    await other.getByRole('link', { name: /^Buka data orang/ }).click();
    await other.getByRole('button', { name: /^Konfirmasi/ }).waitFor();
    await lookAt(other, 'data-of-person');
    await other.getByRole('button', { name: /^Konfirmasi/ }).click();
    await other.getByText(/1 kunci dihapus/).waitFor();
    const downloading = other.waitForEvent('download');
    await other.getByRole('link', { name: 'Unduh berita acara (PDF)' }).click();
    expect((await readFile(await (await downloading).path())).subarray(0, 5).toString()).toBe('%PDF-');
    await other.reload();
    await other.getByText(/1 kunci dihapus/).waitFor();
    expect((await product.get('officer.kupang', '/destructions')).status).toBe(403);
    const { items } = (await product.get('supervisor.atambua', '/destructions?status=destroyed')).body;
    expect(items).toEqual([]);
  });
});

describe('every screen here', () => {
  it('has no serious fault for assistive technology and fits into 320 pixels', () => {
    expect(found).toEqual([]);
  });
});
