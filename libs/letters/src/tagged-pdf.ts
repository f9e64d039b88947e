/** What every PDF of the house begins with: A4, tagged for a reader that cannot see it, its own fonts, and no moment but the one it is given. */
import { createRequire } from 'node:module';
import PdfDocument from 'pdfkit';

const require = createRequire(import.meta.url);
const FONTS = {
  text: require.resolve('dejavu-fonts-ttf/ttf/DejaVuSerif.ttf'),
  strong: require.resolve('dejavu-fonts-ttf/ttf/DejaVuSerif-Bold.ttf'),
};

export type PdfFont = keyof typeof FONTS;

export interface TaggedPdf {
  readonly doc: InstanceType<typeof PdfDocument>;
  /** Of its structure: what is written is added to it. */
  readonly root: PDFKit.PDFStructureElement;
  /** Ends both and answers the file. */
  end(): Promise<Buffer>;
}

export interface PdfSettings {
  readonly title: string;
  /** The only moment in the file. */
  readonly at: Date;
  /** In points. */
  readonly margin: number;
  readonly compress: boolean;
  readonly info?: { readonly Subject: string; readonly Keywords: string };
}

export function taggedPdf({ title, at, margin, compress, info }: PdfSettings): TaggedPdf {
  const doc = new PdfDocument({
    size: 'A4',
    // Until the end, when it is known how many pages there are.
    bufferPages: true,
    margin,
    pdfVersion: '1.7',
    tagged: true,
    lang: 'id-ID',
    displayTitle: true,
    compress,
    info: { Title: title, ...info, Creator: 'Tegas', Producer: 'Tegas', CreationDate: at, ModDate: at },
  });
  const chunks: Buffer[] = [];
  const ended = new Promise<Buffer>((resolve, reject) => {
    doc.on('data', (chunk: Buffer) => chunks.push(chunk));
    doc.on('end', () => resolve(Buffer.concat(chunks)));
    doc.on('error', reject);
  });
  for (const [name, file] of Object.entries(FONTS)) doc.registerFont(name, file);
  const root = doc.struct('Document');
  doc.addStructure(root);
  return {
    doc,
    root,
    end() {
      root.end();
      doc.end();
      return ended;
    },
  };
}
