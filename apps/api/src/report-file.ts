/** Tables as files to keep: CSV and XLSX in which nothing is a formula, and a tagged PDF. */
import { stringify } from 'csv-stringify/sync';
import writeXlsxFile from 'write-excel-file/node';
import type { InstantAt } from '#domain/event.js';
import { taggedPdf } from '#letters/tagged-pdf.js';

export type Cell = string | number | null;

export interface Sheet {
  /** At most 31 characters, as spreadsheets have it. */
  readonly name: string;
  readonly headings: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
}

export const fileFormats = ['csv', 'xlsx', 'pdf'] as const;
export type FileFormat = (typeof fileFormats)[number];

export const mediaTypes: { readonly [F in FileFormat]: string } = {
  csv: 'text/csv; charset=utf-8',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  pdf: 'application/pdf',
};

/** With what spreadsheets take for a formula made plain text (OWASP, CSV injection), and the mark by which they know UTF-8. */
export function csvOf({ headings, rows }: Sheet): string {
  return stringify([headings, ...rows] as Cell[][], { bom: true, escape_formulas: true, record_delimiter: 'windows' });
}

/** Text stays text whatever it begins with: no cell is of the type formula. */
export function xlsxOf(sheets: readonly Sheet[]): Promise<Buffer> {
  return writeXlsxFile(
    sheets.map(({ name, headings, rows }) => ({
      sheet: name,
      stickyRowsCount: 1,
      columns: headings.map((heading) => ({ width: Math.min(40, Math.max(12, heading.length + 2)) })),
      data: [
        headings.map((value) => ({ value, type: String, fontWeight: 'bold' as const })),
        ...rows.map((row) => row.map(cellOf)),
      ],
    })),
  ).toBuffer();
}

function cellOf(value: Cell) {
  if (value === null) return null;
  return typeof value === 'number' ? { value, type: Number } : { value, type: String };
}

/** Points. */
const MARGIN = 48;
const SIZE = 7.5;
const GAP = 3;

/** `said`: what the tables are of, a paragraph each. `at`: the only moment in the file. */
export async function pdfOf(title: string, said: readonly string[], sheets: readonly Sheet[], at: InstantAt): Promise<Buffer> {
  const { doc, root, end } = taggedPdf({ title, at: new Date(at), margin: MARGIN, compress: true });
  const width = doc.page.width - 2 * MARGIN;
  const bottom = doc.page.height - MARGIN;
  const write = (tag: 'H1' | 'H2' | 'P', text: string, size: number): void => {
    root.add(
      doc.struct(tag, {}, () => {
        doc
          .font(tag === 'P' ? 'text' : 'strong')
          .fontSize(size)
          .text(text, MARGIN)
          .moveDown(0.4);
      }),
    );
  };
  write('H1', title, 14);
  for (const paragraph of said) write('P', paragraph, 9);
  for (const { name, headings, rows } of sheets) {
    if (doc.y > bottom - 80) doc.addPage();
    write('H2', name, 11);
    // The first column names the row and is as wide as three, or as what the longest words of the others leave it.
    const unit = width / (headings.length + 2);
    doc.font('strong').fontSize(SIZE);
    const longest = (text: string): number => Math.max(...text.split(' ').map((word) => Math.ceil(doc.widthOfString(word))));
    const others = headings.slice(1).map((heading) => Math.max(unit, longest(heading) + GAP + 1));
    const widths = [width - others.reduce((sum, one) => sum + one, 0), ...others];
    const table = doc.struct('Table');
    root.add(table);
    for (const [at_, cells] of [headings, ...rows].entries()) {
      const font = at_ === 0 ? 'strong' : 'text';
      doc.font(font).fontSize(SIZE);
      const texts = cells.map((cell) => (cell === null ? '–' : String(cell)));
      const height =
        Math.max(...texts.map((text, column) => doc.heightOfString(text, { width: (widths[column] ?? unit) - GAP }))) + GAP;
      if (doc.y + height > bottom) doc.addPage();
      const top = doc.y;
      const row = doc.struct('TR');
      table.add(row);
      for (const [column, text] of texts.entries()) {
        const left = MARGIN + widths.slice(0, column).reduce((sum, one) => sum + one, 0);
        const align = column === 0 || at_ === 0 ? 'left' : 'right';
        row.add(
          doc.struct(at_ === 0 || column === 0 ? 'TH' : 'TD', {}, () => {
            doc
              .font(font)
              .fontSize(SIZE)
              .text(text, left, top, { width: (widths[column] ?? unit) - GAP, align });
          }),
        );
      }
      row.end();
      doc.y = top + height;
    }
    table.end();
    doc.x = MARGIN;
    doc.moveDown(0.8);
  }
  return end();
}
