/** An audit's report as a tagged PDF for the files: what was asked, what was decided again, each finding with its event, in both languages. */
import { type AuditFinding, type AuditReport, nothingAudited } from '#audit/readjudicate.js';
import type { InstantAt } from '#domain/event.js';
import { type PdfFont, taggedPdf } from '#letters/tagged-pdf.js';

/** Points. */
const MARGIN = 56;
const SIZE = 9;

/** `asked`: of which cases and acts, in words. */
export async function reportPdf(report: AuditReport, asked: string, at: InstantAt): Promise<Buffer> {
  const title = 'Audit keputusan / Audit of decisions';
  const { doc, root, end } = taggedPdf({ title, at: new Date(at), margin: MARGIN, compress: true });
  const write = (tag: 'H1' | 'H2' | 'P', text: string, font: PdfFont = 'text', size = SIZE): void => {
    root.add(
      doc.struct(tag, {}, () => {
        doc.font(font).fontSize(size).text(text).moveDown(0.4);
      }),
    );
  };
  const { audited, cases, commands, byLaw, findings, byCode, notDecidedAgain } = report;
  write('H1', title, 'strong', 15);
  write('P', `${asked} · ${at}`);
  write(
    'P',
    `${commands} perintah dan ${byLaw} tindakan hukum dalam ${cases} perkara diputuskan ulang: ${findings.length} temuan.\n${commands} commands and ${byLaw} acts of the law in ${cases} cases were decided again: ${findings.length} findings.`,
  );
  if (!audited) write('P', `${nothingAudited.id}\n${nothingAudited.en}`, 'strong');
  for (const [code, count] of Object.entries(byCode))
    write('P', `${code}: ${count.findings} (${count.cases} perkara / cases)`, 'strong');
  const left = Object.entries(notDecidedAgain).map(([type, count]) => `${count} ${type}`);
  if (left.length > 0) write('P', `Tidak diputuskan ulang / not decided again: ${left.join(', ')}`);
  if (findings.length > 0) write('H2', 'Temuan / Findings', 'strong', 12);
  for (const finding of findings) {
    write('P', headOf(finding), 'strong');
    write('P', `${finding.reason.id}\n${finding.reason.en}`);
  }
  return end();
}

function headOf({ reference, revision, type, at, by, code, legalBasis, eventId }: AuditFinding): string {
  const basis = legalBasis.map(({ act, article }) => `${act} art. ${article}`).join(', ');
  return `${reference} · revision ${revision} · ${type} · ${at} · ${by}\n${code}${basis && ` · ${basis}`} · ${eventId}`;
}
