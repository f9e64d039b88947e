/** An audit's report as a tagged PDF for the files: what was asked, what was decided again, each finding with its event, in both languages. */
import { createRequire } from 'node:module';
import PdfDocument from 'pdfkit';
import type { InstantAt } from '#domain/event.js';
import type { AuditFinding, AuditReport } from './readjudicate.js';

const require = createRequire(import.meta.url);
const FONTS = {
  text: require.resolve('dejavu-fonts-ttf/ttf/DejaVuSerif.ttf'),
  strong: require.resolve('dejavu-fonts-ttf/ttf/DejaVuSerif-Bold.ttf'),
};
/** Points. */
const MARGIN = 56;
const SIZE = 9;

/** `asked`: of which cases and acts, in words. */
export async function reportPdf(report: AuditReport, asked: string, at: InstantAt): Promise<Buffer> {
  const made = new Date(at);
  const title = 'Audit keputusan / Audit of decisions';
  const doc = new PdfDocument({
    size: 'A4',
    margin: MARGIN,
    pdfVersion: '1.7',
    tagged: true,
    lang: 'id-ID',
    displayTitle: true,
    info: { Title: title, Creator: 'Tegas', Producer: 'Tegas', CreationDate: made, ModDate: made },
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
  const write = (tag: 'H1' | 'H2' | 'P', text: string, font: keyof typeof FONTS = 'text', size = SIZE): void => {
    root.add(
      doc.struct(tag, {}, () => {
        doc.font(font).fontSize(size).text(text).moveDown(0.4);
      }),
    );
  };
  const { cases, commands, byLaw, findings, byCode, notDecidedAgain } = report;
  write('H1', title, 'strong', 15);
  write('P', `${asked} · ${at}`);
  write(
    'P',
    `${commands} perintah dan ${byLaw} tindakan hukum dalam ${cases} perkara diputuskan ulang: ${findings.length} temuan.\n${commands} commands and ${byLaw} acts of the law in ${cases} cases were decided again: ${findings.length} findings.`,
  );
  for (const [code, count] of Object.entries(byCode))
    write('P', `${code}: ${count.findings} (${count.cases} perkara / cases)`, 'strong');
  const left = Object.entries(notDecidedAgain).map(([type, count]) => `${count} ${type}`);
  if (left.length > 0) write('P', `Tidak diputuskan ulang / not decided again: ${left.join(', ')}`);
  if (findings.length > 0) write('H2', 'Temuan / Findings', 'strong', 12);
  for (const finding of findings) {
    write('P', headOf(finding), 'strong');
    write('P', `${finding.reason.id}\n${finding.reason.en}`);
  }
  root.end();
  doc.end();
  return ended;
}

function headOf({ reference, revision, type, at, by, code, legalBasis, eventId }: AuditFinding): string {
  const basis = legalBasis.map(({ act, article }) => `${act} art. ${article}`).join(', ');
  return `${reference} · revision ${revision} · ${type} · ${at} · ${by}\n${code}${basis && ` · ${basis}`} · ${eventId}`;
}
