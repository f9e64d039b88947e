import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32, deflateRawSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '#event-store/testing/test-database.js';
import { type OpenLog, openLog } from '#privacy/open-log.js';
import { importOpenCases, type Mapping } from './import-open-cases.js';
import { main } from './main.js';
import { prepareDatabase } from './prepare-database.js';

const quiet = { step: () => undefined, at: () => undefined, note: () => undefined, end: () => undefined };
const OFFICER = 'officer.kupang';
const MAPPING: Mapping = {
  columns: { number: 'No', name: 'Nama Pemohon', lodgedOn: 'Tanggal', papers: 'Surat', procedure: 'Jenis' },
  values: { procedure: { Penegasan: 'PSK' } },
  always: { office: 'KANIM-KPG' },
};
const HEADER = ['No', 'Jenis', 'Nama Pemohon', 'Tanggal', 'Surat'];
const FULL = 'application-letter, identity-paper, birth-record';
const GOOD = [
  ['A-1', 'Penegasan', "O'Brien; Contoh", '2026-11-02', FULL],
  ['A-2', 'PSK', 'Contoh Kedua', '', 'birth-record'],
];
const BAD = [
  ['A-3', 'Tidak ada', 'Contoh', '', ''],
  ['A-4', 'PSK', '', '', ''],
  ['A-5', 'PSK', 'Contoh', '2026-02-30', ''],
  ['A-6', 'PSK', 'Contoh', '2199-11-02', ''],
  ['A-7', 'PSK', 'Contoh', '', 'no-such-paper'],
  ['A-1', 'PSK', 'Contoh', '', ''],
  ['A-8', 'PSK', 'Contoh', '1899-01-01', ''],
  ['A-9', 'PSK', 'Contoh', '2006-07-31', ''],
];

let database: TestDatabase;
let folder: string;
let opened: OpenLog;

beforeAll(async () => {
  database = await createTestDatabase();
  folder = await mkdtemp(join(tmpdir(), 'tegas-open-cases-'));
  await prepareDatabase({ databaseUrl: database.url, home: folder, progress: quiet });
  opened = await openLog({ databaseUrl: database.url, home: folder, movableTime: false, follow: false });
}, 120_000);

afterAll(async () => {
  await opened?.close();
  await database?.drop();
  await rm(folder, { recursive: true, force: true });
});

const eventCount = async (ofType?: string): Promise<number> => {
  let count = 0;
  for await (const batch of opened.log.readAll('0', { filter: { streamPrefixes: ['case-'] } }))
    count += batch.filter(({ type }) => ofType === undefined || type === ofType).length;
  return count;
};

async function csv(name: string, rows: readonly (readonly string[])[], delimiter = ','): Promise<string> {
  const file = join(folder, name);
  const quoted = rows.map((cells) => cells.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(delimiter));
  await writeFile(file, `\ufeff${quoted.join('\r\n')}\r\n`);
  return file;
}

/** A workbook as spreadsheets write them, not compressed. */
async function xlsx(name: string, rows: readonly (readonly string[])[], more = ''): Promise<string> {
  const cell = (text: string, column: number, row: number) =>
    `<c r="${String.fromCharCode(65 + column)}${row + 1}" t="inlineStr"><is><t>${text.replaceAll('&', '&amp;')}</t></is></c>`;
  const sheet = rows.map(
    (cells, row) => `<row r="${row + 1}">${cells.map((text, column) => cell(text, column, row)).join('')}</row>`,
  );
  const main = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main';
  const office = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';
  const packaged = 'http://schemas.openxmlformats.org/package/2006';
  const files: readonly (readonly [string, string])[] = [
    [
      '[Content_Types].xml',
      `<Types xmlns="${packaged}/content-types"><Default Extension="xml" ContentType="application/xml"/><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/></Types>`,
    ],
    [
      '_rels/.rels',
      `<Relationships xmlns="${packaged}/relationships"><Relationship Id="rId1" Type="${office}/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
    ],
    [
      'xl/workbook.xml',
      `<workbook xmlns="${main}" xmlns:r="${office}"><sheets><sheet name="Perkara" sheetId="1" r:id="rId1"/></sheets></workbook>`,
    ],
    [
      'xl/_rels/workbook.xml.rels',
      `<Relationships xmlns="${packaged}/relationships"><Relationship Id="rId1" Type="${office}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>`,
    ],
    ['xl/worksheets/sheet1.xml', `<worksheet xmlns="${main}"><sheetData>${sheet.join('')}${more}</sheetData></worksheet>`],
  ];
  const file = join(folder, name);
  await writeFile(file, zip(files));
  return file;
}

/** `method`: 0 as it is, 8 where it is given deflated. */
function zip(files: readonly (readonly [string, string | Buffer])[], method = 0): Buffer {
  const heads: Buffer[] = [];
  const parts: Buffer[] = [];
  let offset = 0;
  for (const [path, text] of files) {
    const [name, data] = [Buffer.from(path), Buffer.from(text as string)];
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(method, 4);
    common.writeUInt32LE(crc32(data), 10);
    common.writeUInt32LE(data.length, 14);
    common.writeUInt32LE(data.length, 18);
    common.writeUInt16LE(name.length, 22);
    const local = Buffer.concat([Buffer.from('PK\u0003\u0004'), common, name, data]);
    const [more, at] = [Buffer.alloc(12), Buffer.alloc(4)];
    at.writeUInt32LE(offset);
    heads.push(Buffer.concat([Buffer.from('PK\u0001\u0002\u0014\u0000'), common, more.subarray(0, 10), at, name]));
    parts.push(local);
    offset += local.length;
  }
  const directory = Buffer.concat(heads);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(files.length, 4);
  end.writeUInt16LE(files.length, 6);
  end.writeUInt32LE(directory.length, 8);
  end.writeUInt32LE(offset, 12);
  return Buffer.concat([...parts, directory, Buffer.from('PK\u0005\u0006'), end]);
}

describe('an office’s spreadsheet of open cases', () => {
  it('is imported whole or not at all: each row that would be refused is named, in both languages', async () => {
    const before = await eventCount();
    const report = await importOpenCases(opened, await csv('bad.csv', [HEADER, ...GOOD, ...BAD]), {
      as: OFFICER,
      mapping: MAPPING,
    });
    expect(report).toMatchObject({ rows: 10, new: 2, there: 0, refused: 8, imported: 0 });
    expect(report.verdicts.filter(({ verdict }) => verdict === 'refused').map(({ line, reason }) => [line, reason?.en])).toEqual([
      [4, expect.stringContaining('no procedure Tidak ada')],
      [5, 'The field name is empty.'],
      [6, expect.stringContaining('2026-02-30 is no date')],
      [7, '2199-11-02 has not come yet.'],
      [8, expect.stringContaining('no evidence no-such-paper')],
      [9, 'The number A-1 stands on line 2 already.'],
      // UU 12/2006 took force on 1 August 2006, before every other law of these procedures.
      [10, expect.stringContaining('1899-01-01 is before 2006-08-01')],
      [11, expect.stringContaining('2006-07-31 is before 2006-08-01')],
    ]);
    expect(report.verdicts.every(({ reason }) => reason === undefined || reason.id !== '')).toBe(true);
    expect(await eventCount()).toBe(before);
  });

  it('says in a dry run what would become of it and imports nothing; then does; a rerun changes nothing, from XLSX too', async () => {
    const before = await eventCount();
    const file = await csv('good.csv', [HEADER, ...GOOD], ';');
    const options = { as: OFFICER, mapping: MAPPING };
    const dry = await importOpenCases(opened, file, { ...options, dryRun: true });
    expect([dry.new, dry.imported, await eventCount()]).toEqual([2, 0, before]);
    const done = await importOpenCases(opened, file, options);
    expect([done.imported, done.refused, done.verdicts]).toEqual([2, 0, dry.verdicts]);
    const events = await eventCount();
    expect(events).toBeGreaterThan(before);
    const again = await importOpenCases(opened, await xlsx('good.xlsx', [HEADER, ...GOOD]), options);
    expect([again.there, again.imported, await eventCount()]).toEqual([2, 0, events]);
    expect(again.verdicts.map(({ reference }) => reference)).toEqual(done.verdicts.map(({ reference }) => reference));
  });

  it('opens drafts in the name of the official, lodged on their day, with names as they are written', async () => {
    const seen: object[] = [];
    for await (const batch of opened.log.readAll('0', { filter: { streamPrefixes: ['case-'] } }))
      for (const { stream, type } of batch)
        if (type === 'DraftOpened') {
          const { state } = await opened.desk.read(stream.slice('case-'.length));
          seen.push({ name: state?.subject?.name, stage: state?.progress.stage, by: state?.openedBy, lodgedAt: state?.lodgedAt });
        }
    expect(seen).toEqual([
      { name: "O'Brien; Contoh", stage: 'lodged', by: OFFICER, lodgedAt: '2026-11-02T04:00:00.000Z' },
      { name: 'Contoh Kedua', stage: 'draft', by: OFFICER, lodgedAt: undefined },
    ]);
  });

  it('imports the valid rows beside others only where that is asked for', async () => {
    const rows = [['B-1', 'PSK', 'Contoh Ketiga', '', ''], ...BAD.slice(0, 1)];
    const file = await csv('partial.csv', [HEADER, ...rows]);
    const report = await importOpenCases(opened, file, { as: OFFICER, mapping: MAPPING, partial: true });
    expect(report).toMatchObject({ new: 1, refused: 1, imported: 1 });
  });

  it('carries many rows out side by side, each case in order, with a verdict for each in the order of the file; goes on after an interruption', async () => {
    const rows = Array.from({ length: 150 }, (_, n) => [`D-${n}`, 'PSK', `Contoh ${n}`, '2026-11-02', FULL]);
    const file = await csv('many.csv', [HEADER, ...rows]);
    const { desk } = opened;
    let [underWay, most, submitted] = [0, 0, 0];
    const cut: OpenLog = {
      ...opened,
      desk: Object.assign(Object.create(desk) as typeof desk, {
        submit: async (submission: Parameters<typeof desk.submit>[0]) => {
          submitted += 1;
          if (submitted > 100) return { kind: 'key-reused' as const };
          underWay += 1;
          most = Math.max(most, underWay);
          return desk.submit(submission).finally(() => {
            underWay -= 1;
          });
        },
      }),
    };
    const options = { as: OFFICER, mapping: MAPPING };
    const before = await eventCount('ApplicationLodged');
    await expect(importOpenCases(cut, file, options)).rejects.toThrow('Run it again.');
    expect(most).toBeGreaterThan(8);
    // Some stand between their two acts.
    const opens = (await eventCount('DraftOpened')) - (await eventCount('ApplicationLodged'));
    expect(opens).toBeGreaterThan(2);
    const told: number[] = [];
    const done = await importOpenCases(opened, file, { ...options, onProgress: (at) => told.push(at) });
    expect(done.there).toBeGreaterThan(0);
    expect([done.there + done.imported, done.refused]).toEqual([150, 0]);
    expect(done.verdicts.map(({ line }) => line)).toEqual(rows.map((_, at) => at + 2));
    expect(told).toEqual(told.toSorted((one, other) => one - other));
    expect(told.at(-1)).toBe(150 + done.imported);
    expect((await eventCount('ApplicationLodged')) - before).toBe(150);
    const again = await importOpenCases(opened, file, options);
    expect([again.there, again.imported]).toEqual([150, 0]);
  });

  it('refuses what would be read otherwise than it was meant: other encodings, cells under no heading, a heading twice', async () => {
    const options = { as: OFFICER, mapping: MAPPING, dryRun: true };
    const file = join(folder, 'ansi.csv');
    const lines = `${HEADER.join(',')}\r\nC-1,PSK,José Contoh,,\r\n`;
    for (const encoding of ['latin1', 'utf16le'] as const) {
      await writeFile(file, lines, encoding);
      await expect(importOpenCases(opened, file, options)).rejects.toThrow('no CSV in UTF-8');
    }
    await writeFile(file, `${HEADER.join(',')}\r\nC-2,PSK,Fernandes, Contoh,2026-11-02,,birth-record\r\n`);
    const [shifted] = (await importOpenCases(opened, file, options)).verdicts;
    expect(shifted).toMatchObject({ verdict: 'refused', reason: { en: expect.stringContaining('more cells than') } });
    const twice = await csv('twice.csv', [
      [...HEADER, 'Nama Pemohon'],
      ['C-3', 'PSK', 'Contoh', '', '', 'Lain'],
    ]);
    await expect(importOpenCases(opened, twice, options)).rejects.toThrow('two columns Nama Pemohon');
    const serial = await csv('serial.csv', [HEADER, ['C-4', 'PSK', 'Contoh', '46329', '']]);
    expect((await importOpenCases(opened, serial, options)).verdicts[0]?.reason?.en).toContain('format the cell as a date');
  });

  it('refuses a workbook that unpacks beyond measure, reaches into the last corner, or is of the old kind', async () => {
    const options = { as: OFFICER, mapping: MAPPING, dryRun: true };
    const corner = await xlsx('corner.xlsx', [HEADER, ...GOOD], '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>');
    await expect(importOpenCases(opened, corner, options)).rejects.toThrow('a cell at XFD1048576');
    const bomb = join(folder, 'bomb.xlsx');
    await writeFile(bomb, zip([['xl/worksheets/sheet1.xml', deflateRawSync(Buffer.alloc(130 * 1024 * 1024, ' '))]], 8));
    await expect(importOpenCases(opened, bomb, options)).rejects.toThrow('larger than 128 MB unpacked');
    const old = join(folder, 'old.csv');
    await writeFile(old, Buffer.from('d0cf11e0a1b11ae1000000', 'hex'));
    await expect(importOpenCases(opened, old, options)).rejects.toThrow('save it as XLSX');
    const cut = join(folder, 'cut.xlsx');
    await writeFile(cut, (await readFile(corner)).subarray(0, 300));
    await expect(importOpenCases(opened, cut, options)).rejects.toThrow('cannot be read as a spreadsheet');
  });

  it('is refused as a file that is none, without its columns, and in the name of nobody', async () => {
    const none = join(folder, 'none.xlsx');
    await writeFile(none, 'no workbook');
    await expect(importOpenCases(opened, none, { as: OFFICER })).rejects.toThrow('cannot be read as a spreadsheet');
    const bare = await csv('bare.csv', [HEADER, ...GOOD]);
    await expect(importOpenCases(opened, bare, { as: OFFICER })).rejects.toThrow('no column for number, procedure, office, name');
    await expect(importOpenCases(opened, bare, { as: 'nobody' })).rejects.toThrow('no official nobody');
    // Who opens no drafts imports none.
    const auditor = await importOpenCases(opened, bare, { as: 'auditor.ntt', mapping: MAPPING });
    expect([auditor.refused, auditor.imported]).toEqual([2, 0]);
    expect(await main(['import', 'open-cases', bare])).toBe(2);
  });
});
