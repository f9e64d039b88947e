/**
 * The cells of a spreadsheet that somebody sends: CSV in UTF-8 or XLSX. A file that would be read otherwise than it was meant, or that is larger
 * unpacked than any office's list, is refused with what to do about it.
 */
import { readFile } from 'node:fs/promises';
import { inflateRawSync } from 'node:zlib';
import { parse } from 'csv-parse/sync';
import readXlsx from 'read-excel-file/node';
import { codeOf, OperatorError } from './progress.js';

/** Unpacked; a hundred thousand rows are half of it. */
const MAX_UNPACKED_BYTES = 128 * 1024 * 1024;
const MAX_ROW = 100_000;
const MAX_COLUMN = 256;

const ZIP = Buffer.from('PK\u0003\u0004', 'latin1');
const OLD_WORKBOOK = Buffer.from('d0cf11e0a1b11ae1', 'hex');

/** The first sheet, cell by cell as text; a date as `2026-11-24`. @throws OperatorError */
export async function readCells(file: string): Promise<readonly (readonly string[])[]> {
  try {
    const bytes = await readFile(file);
    if (bytes.subarray(0, OLD_WORKBOOK.length).equals(OLD_WORKBOOK))
      throw new OperatorError(
        `${file} is a workbook of the old kind (.xls), or locked with a password: save it as XLSX without one.`,
        `${file} adalah lembar kerja jenis lama (.xls) atau berkata sandi: simpan sebagai XLSX tanpa kata sandi.`,
      );
    const packed = bytes.subarray(0, ZIP.length).equals(ZIP);
    if (!packed && !file.toLowerCase().endsWith('.xlsx')) return cellsOf(textOf(bytes, file));
    if (packed) refuseBeyondMeasure(bytes, file);
    const [sheet] = await readXlsx(bytes);
    return (sheet?.data ?? []).map((cells) => cells.map(writtenIn));
  } catch (error) {
    if (error instanceof OperatorError) throw error;
    const line = (error as { readonly lines?: unknown }).lines;
    const [at, pada] = typeof line === 'number' ? [`, line ${line}`, ` pada baris ${line}`] : ['', ''];
    throw new OperatorError(
      `${file} cannot be read as a spreadsheet (${codeOf(error)}${at}): CSV in UTF-8 or XLSX.`,
      `${file} tidak terbaca${pada}: kirim CSV (UTF-8) atau XLSX.`,
    );
  }
}

/** Bytes in another encoding would become other names, and events are never mended. @throws OperatorError */
function textOf(bytes: Buffer, file: string): string {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    if (!text.includes('\0')) return text;
  } catch {
    // Told below.
  }
  throw new OperatorError(
    `${file} is no CSV in UTF-8, so names in it would be spoilt. In Excel: Save As, “CSV UTF-8”; or send XLSX.`,
    `${file} bukan CSV dalam UTF-8, sehingga nama di dalamnya akan rusak. Di Excel: Simpan Sebagai, “CSV UTF-8”; atau kirim XLSX.`,
  );
}

function cellsOf(text: string): readonly (readonly string[])[] {
  // Spreadsheets here write a semicolon where the comma is in numbers.
  const delimiter = (text.split('\n')[0] ?? '').includes(';') ? ';' : ',';
  return parse(text, { bom: true, delimiter, relax_column_count: true, skip_empty_lines: false });
}

function writtenIn(cell: unknown): string {
  if (cell instanceof Date) return cell.toISOString().slice(0, 10);
  return cell === null || cell === undefined ? '' : String(cell);
}

/** Before anything reads it whole: a small file can unpack to gigabytes, and one cell in the last corner makes a sheet of all the cells before it. */
function refuseBeyondMeasure(bytes: Buffer, file: string): void {
  let left = MAX_UNPACKED_BYTES;
  for (const { name, packed, deflated } of partsOf(bytes)) {
    const unpacked = deflated ? unpackUpTo(packed, left) : packed;
    left -= unpacked?.length ?? Number.POSITIVE_INFINITY;
    if (unpacked === undefined || left < 0)
      throw new OperatorError(
        `${file} is larger than ${MAX_UNPACKED_BYTES / 1024 / 1024} MB unpacked: split it, and leave pictures out.`,
        `${file} lebih besar dari ${MAX_UNPACKED_BYTES / 1024 / 1024} MB setelah dibuka: bagilah, dan hapus gambarnya.`,
      );
    const far = name.startsWith('xl/worksheets/') ? cellTooFar(unpacked) : undefined;
    if (far !== undefined)
      throw new OperatorError(
        `${file} has a cell at ${far}, beyond row ${MAX_ROW} or column ${MAX_COLUMN}: delete what lies beyond the list.`,
        `${file} punya sel di ${far}, di luar baris ${MAX_ROW} atau kolom ${MAX_COLUMN}: hapus yang ada di luar daftar.`,
      );
  }
}

/** Undefined where it is more than that. */
function unpackUpTo(packed: Buffer, bytes: number): Buffer | undefined {
  try {
    return inflateRawSync(packed, { maxOutputLength: Math.max(1, bytes) });
  } catch (error) {
    if (codeOf(error) === 'ERR_BUFFER_TOO_LARGE') return undefined;
    throw error;
  }
}

function cellTooFar(sheet: Buffer): string | undefined {
  for (const [, column = '', row = ''] of sheet.toString('latin1').matchAll(/<(?:\w+:)?c\s[^>]*?\br="([A-Z]{1,9})(\d{1,9})"/g)) {
    const at = [...column].reduce((sum, letter) => sum * 26 + letter.charCodeAt(0) - 64, 0);
    if (at > MAX_COLUMN || Number(row) > MAX_ROW) return `${column}${row}`;
  }
  return undefined;
}

interface Part {
  readonly name: string;
  readonly packed: Buffer;
  readonly deflated: boolean;
}

/** What a ZIP file holds by its directory at the end, as readers take it. @throws for a file that was cut short */
function partsOf(bytes: Buffer): readonly Part[] {
  const end = bytes.lastIndexOf('PK\u0005\u0006', undefined, 'latin1');
  if (end === -1) throw Object.assign(new Error('no directory'), { code: 'INVALID_ZIP' });
  const parts: Part[] = [];
  let at = bytes.readUInt32LE(end + 16);
  for (let count = bytes.readUInt16LE(end + 10); count > 0; count -= 1) {
    const [size, nameLength] = [bytes.readUInt32LE(at + 20), bytes.readUInt16LE(at + 28)];
    const start = bytes.readUInt32LE(at + 42);
    const from = start + 30 + bytes.readUInt16LE(start + 26) + bytes.readUInt16LE(start + 28);
    const name = bytes.toString('utf8', at + 46, at + 46 + nameLength);
    parts.push({ name, packed: bytes.subarray(from, from + size), deflated: bytes.readUInt16LE(at + 10) !== 0 });
    at += 46 + nameLength + bytes.readUInt16LE(at + 30) + bytes.readUInt16LE(at + 32);
  }
  return parts;
}
