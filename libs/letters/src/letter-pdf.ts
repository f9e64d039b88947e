/**
 * A letter as a tagged PDF (PDF/UA's structure: headings, paragraphs, lists, a figure with a text), byte for byte the same whenever it is made
 * again: its dates and its id come from the letter, nothing is compressed, the fonts come with the program.
 */
import QrCode from 'qrcode';
import { dayText } from '#domain/clock/explain-due.js';
import type { Letter } from './letter.js';
import { type PdfFont, type TaggedPdf, taggedPdf } from './tagged-pdf.js';

/** Points. A4 with room to be filed. */
const MARGIN = 64;
const WIDTH = 595.28 - 2 * MARGIN;
const SIZE = 10.5;
const QR_SIDE = 92;

/** `address`: of the public page that says whether the letter stands; it is what the QR code holds. */
export async function letterPdf(letter: Letter, address: string): Promise<Buffer> {
  const pdf = taggedPdf({
    title: letter.title,
    at: new Date(`${letter.on}T00:00:00Z`),
    margin: MARGIN,
    compress: false,
    // With the address in it, the id is the letter's own.
    info: { Subject: letter.number, Keywords: address },
  });
  new Page(pdf).write(letter, address);
  return pdf.end();
}

class Page {
  private readonly doc: TaggedPdf['doc'];
  private readonly root: TaggedPdf['root'];

  constructor({ doc, root }: TaggedPdf) {
    this.doc = doc;
    this.root = root;
  }

  write(letter: Letter, address: string): void {
    const { doc } = this;
    const [last = '', ...above] = letter.letterhead.toReversed();
    for (const office of above.toReversed()) this.text('P', office, { font: 'text', size: 9, align: 'center' });
    this.text('P', last, { font: 'strong', size: 12, align: 'center', gap: 6 });
    this.rule();
    this.text('H1', letter.title, { font: 'strong', size: 14, align: 'center', gap: 2 });
    this.text('P', `Nomor: ${letter.number}`, { align: 'center', gap: 14 });
    for (const [label, value] of letter.about) this.pair(label, value);
    doc.moveDown(0.8);
    this.text('P', letter.opening, { gap: 6 });
    if (letter.grounds.length > 0) this.grounds(letter.grounds);
    if (letter.decision !== undefined) {
      this.text('H2', 'Menetapkan', { font: 'strong', size: 11.5, gap: 2, before: 8 });
      this.text('P', `${letter.decision}.`, { font: 'strong', gap: 8 });
    }
    if (letter.remedies.length > 0) {
      this.text('H2', 'Upaya hukum', { font: 'strong', size: 11.5, gap: 2, before: 4 });
      for (const remedy of letter.remedies) this.text('P', remedy, { gap: 3 });
    }
    this.end(letter, address);
  }

  private grounds(grounds: Letter['grounds']): void {
    const list = this.doc.struct('L');
    this.root.add(list);
    for (const { depth, text, article, papers } of grounds) {
      const indent = 14 * Math.min(depth, 4);
      const said = [
        text,
        article === undefined ? '' : ` (${article})`,
        papers.length === 0 ? '' : `. Bukti: ${papers.join('; ')}`,
      ];
      const body = this.doc.struct('LBody', {}, () => this.put(`– ${said.join('')}`, { indent, gap: 2 }));
      list.add(this.doc.struct('LI', {}, [body]));
    }
    list.end();
  }

  private end(letter: Letter, address: string): void {
    const { doc } = this;
    const left = MARGIN + WIDTH / 2;
    const { office, capacity, name } = letter.signed;
    const lines = [dayText(letter.on).id, office, capacity];
    const signature = this.height(lines.join('\n')) + 36 + this.height(name);
    // Not parted from the last lines where it fits below them.
    if (doc.y + 18 + Math.max(signature, QR_SIDE + 18) + 12 > doc.page.height - MARGIN) doc.addPage();
    const top = doc.y + 18;
    doc.y = top;
    for (const line of lines) this.text('P', line, { x: left, width: WIDTH / 2 });
    doc.y = Math.max(doc.y + 36, top + QR_SIDE - 14);
    this.text('P', name, { font: 'strong', x: left, width: WIDTH / 2 });
    const bottom = doc.y;
    this.root.add(
      doc.struct('Figure', { alt: `Kode QR. Keabsahan surat ini dapat diperiksa pada ${address}` }, () =>
        this.qr(address, MARGIN, top),
      ),
    );
    doc.y = Math.max(bottom, top + QR_SIDE + 4);
    this.text('P', `Keabsahan surat ini: ${address}`, { size: 7.5, link: address });
    this.pageNumbers(letter.number);
  }

  /** A page that is parted from the others says whose it is. */
  private pageNumbers(number: string): void {
    const { doc } = this;
    const { start, count } = doc.bufferedPageRange();
    if (count < 2) return;
    for (let page = 0; page < count; page += 1) {
      doc.switchToPage(start + page);
      const { bottom } = doc.page.margins;
      // Below the margin, where text would begin a page of its own.
      doc.page.margins.bottom = 0;
      doc.markContent('Artifact', { type: 'Pagination' });
      const said = `Nomor: ${number} · halaman ${page + 1} dari ${count}`;
      doc.font('text').fontSize(7.5);
      doc.text(said, MARGIN, doc.page.height - MARGIN / 2 - 8, { width: WIDTH, align: 'right', lineBreak: false });
      doc.endMarkedContent();
      doc.page.margins.bottom = bottom;
    }
  }

  private height(text: string): number {
    return this.doc
      .font('text')
      .fontSize(SIZE)
      .heightOfString(text, { width: WIDTH / 2, lineGap: 2 });
  }

  private qr(text: string, x: number, y: number): void {
    const { modules } = QrCode.create(text, { errorCorrectionLevel: 'M' });
    const side = QR_SIDE / modules.size;
    for (let row = 0; row < modules.size; row += 1)
      for (let column = 0; column < modules.size; column += 1)
        if (modules.get(row, column)) this.doc.rect(x + column * side, y + row * side, side, side);
    this.doc.fill('black');
  }

  private pair(label: string, value: string): void {
    const { doc } = this;
    const y = doc.y;
    this.text('P', label, { width: 120 });
    const below = doc.y;
    doc.y = y;
    this.text('P', `: ${value}`, { x: MARGIN + 124, width: WIDTH - 124 });
    doc.y = Math.max(below, doc.y);
  }

  private rule(): void {
    const { doc } = this;
    doc.markContent('Artifact', { type: 'Layout' });
    doc
      .moveTo(MARGIN, doc.y)
      .lineTo(MARGIN + WIDTH, doc.y)
      .lineWidth(1.2)
      .stroke();
    doc.endMarkedContent();
    doc.y += 16;
  }

  private text(kind: 'H1' | 'H2' | 'P', text: string, style: Style = {}): void {
    this.root.add(this.doc.struct(kind, {}, () => this.put(text, style)));
  }

  private put(
    text: string,
    { font = 'text', size = SIZE, align = 'left', gap = 0, before = 0, indent = 0, x, width, link }: Style,
  ): void {
    const { doc } = this;
    doc.y += before;
    doc.font(font).fontSize(size);
    doc.text(text, (x ?? MARGIN) + indent, doc.y, {
      width: (width ?? WIDTH) - indent,
      align,
      lineGap: 2,
      ...(link === undefined ? {} : { link }),
    });
    doc.y += gap;
  }
}

interface Style {
  readonly font?: PdfFont;
  readonly size?: number;
  readonly align?: 'left' | 'center';
  /** Below and above, in points. */
  readonly gap?: number;
  readonly before?: number;
  readonly indent?: number;
  readonly x?: number;
  readonly width?: number;
  readonly link?: string;
}
