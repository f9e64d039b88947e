import { inflateRawSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { csvOf, pdfOf, type Sheet, xlsxOf } from './report-file.js';

/** What a spreadsheet would carry out if it took it for a formula. */
const HOSTILE = [
  '=1+1',
  '+1',
  '-1+2',
  '@SUM(A1)',
  '\t=1',
  '\r=1',
  '＝1',
  '=cmd|"/c calc"!A0',
  'O\'Brien, "Maria"',
  'baris\nbaru',
];
const sheet: Sheet = { name: 'Kantor', headings: ['=Nama', 'Jumlah'], rows: HOSTILE.map((text, at) => [text, -at]) };

describe('a table as a file', () => {
  it('is CSV in which nothing begins as a formula does, numbers stay numbers, and text comes back', () => {
    const csv = csvOf(sheet);
    expect(csv.startsWith("\ufeff'=Nama,Jumlah\r\n")).toBe(true);
    const cells = csv.slice(1).split(/\r\n(?=['"O＝b])/);
    for (const cell of cells) expect(cell).not.toMatch(/^"?[=+\-@\t\r]/);
    expect(csv).toContain("'=1+1,0\r\n");
    expect(csv).toContain("'-1+2,-2\r\n");
    expect(csv).toContain('"O\'Brien, ""Maria""",-8\r\n');
  });

  it('is XLSX without a formula, whatever a text begins with', async () => {
    const xml = filesIn(await xlsxOf([sheet, { ...sheet, name: 'Petugas' }]));
    const sheets = [...xml].filter(([name]) => /^xl\/worksheets\/sheet\d\.xml$/.test(name));
    expect(sheets).toHaveLength(2);
    for (const [, content] of sheets) {
      expect(content).not.toMatch(/<f[ >]/);
      expect(content).toContain('<v>-3</v>');
    }
    expect([...xml.values()].join('')).toContain('=1+1');
  });

  it('is a tagged PDF, the same byte for byte for one moment', async () => {
    const at = '2026-07-01T00:00:00.000Z';
    const many = { ...sheet, rows: Array.from({ length: 90 }, (_, n) => [`Kantor ${n}`, n]) };
    const [one, other] = await Promise.all([1, 2].map(() => pdfOf('Evaluasi', ['Perkara'], [many], at)));
    expect(one?.equals(other ?? Buffer.alloc(0))).toBe(true);
    const text = one?.toString('latin1') ?? '';
    expect(text).toContain('/MarkInfo');
    expect(text.match(/\/Type \/Page\b/g)?.length).toBeGreaterThan(1);
  });
});

/** The files of a ZIP archive, by its central directory. */
function filesIn(zip: Buffer): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  for (let at = zip.indexOf('PK\u0001\u0002', 0, 'latin1'); at >= 0; at = zip.indexOf('PK\u0001\u0002', at + 4, 'latin1')) {
    const [method, packed, named, local] = [
      zip.readUInt16LE(at + 10),
      zip.readUInt32LE(at + 20),
      zip.readUInt16LE(at + 28),
      zip.readUInt32LE(at + 42),
    ];
    const begin = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
    const content = zip.subarray(begin, begin + packed);
    files.set(
      zip.toString('utf8', at + 46, at + 46 + named),
      (method === 0 ? content : inflateRawSync(content)).toString('utf8'),
    );
  }
  return files;
}
