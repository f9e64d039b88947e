/** `tegas audit`: every decision on the cases of an office, or on one case, decided again; what it does not bear out is listed. */
import { writeFile } from 'node:fs/promises';
import { type Command, Option } from 'commander';
import { type AuditOptions, type AuditReport, nothingAudited, readjudicate } from '#audit/readjudicate.js';
import type { DateOn } from '#domain/event.js';
import { readjudicateInThreads, threadsFor } from './audit-threads.js';
import { selected } from './export.js';
import { date } from './history.js';
import { logSettings, withLog } from './instance.js';
import { createProgress, OperatorError, WrongUsage } from './progress.js';
import { reportPdf } from './report-pdf.js';

interface AuditCommand {
  readonly case?: string;
  readonly office?: string;
  readonly from?: DateOn;
  readonly to?: DateOn;
  readonly pdf?: string;
  readonly json: boolean;
}

export function registerAudit(program: Command): void {
  program
    .command('audit')
    .description(
      'Decide every act again, by the rules and the register as they stood then, and list what does not hold; exit 1 when anything does not',
    )
    .addOption(new Option('--case <id>', 'a case, by its id or reference').conflicts('office'))
    .addOption(new Option('--office <code>', 'every case that an office, or one below it, has or had').conflicts('case'))
    .option('--from <date>', 'acts that count from this date on, as 2026-01-01', date)
    .option('--to <date>', 'and up to this date', date)
    .option('--pdf <file>', 'the report as a PDF besides')
    .option('--json', 'the whole report as one line of JSON', false)
    .addHelpText(
      'after',
      '\nOf imported cases it says what would have been refused here: a determination by whoever checked, before it, is a finding of four eyes.',
    )
    .action((options: AuditCommand) => audit(options));
}

const USAGE = 'audit --case <id> | --office <code> [--from …] [--to …]';

async function audit({ from, to, pdf, json, ...selection }: AuditCommand): Promise<void> {
  if (from !== undefined && to !== undefined && from > to)
    throw new WrongUsage(
      `--from ${from} is after --to ${to}: no act lies between them. Were they swapped?`,
      `--from ${from} sesudah --to ${to}: tidak ada tindakan di antaranya. Apakah tertukar?`,
      USAGE,
    );
  const report = await withLog(async (opened, databaseUrl) => {
    const { cases } = await selected(opened, databaseUrl, selection, USAGE);
    // What looked at nothing has found nothing: that must not read like an office in order.
    if (cases.length === 0)
      throw new OperatorError(
        `No case is or was at ${selection.office}, or below it: nothing was decided again.`,
        `Tidak ada perkara pada ${selection.office} atau di bawahnya: tidak ada yang diputuskan ulang.`,
      );
    const progress = createProgress(1);
    progress.step('Deciding again');
    const options: AuditOptions = {
      caseIds: cases,
      ...(from === undefined ? {} : { from }),
      ...(to === undefined ? {} : { to }),
      onProgress: (done, total) => progress.at(done, total),
    };
    const threads = threadsFor(cases.length);
    const report =
      threads === 1 ? readjudicate(opened.log, options) : readjudicateInThreads(logSettings(databaseUrl), options, threads);
    return report.finally(() => progress.end());
  });
  if (pdf !== undefined) {
    const of = selection.case ?? selection.office ?? '';
    await writeFile(pdf, await reportPdf(report, `${of}, ${from ?? '…'} – ${to ?? '…'}`, new Date().toISOString()));
  }
  if (report.findings.length > 0) process.exitCode = 1;
  if (json) console.log(JSON.stringify(report));
  else say(report);
}

function say({ audited, cases, commands, byLaw, notDecidedAgain, byCode, findings }: AuditReport): void {
  for (const { reference, revision, type, at, by, code, reason } of findings)
    console.log(`${reference}  revision ${revision}  ${type}  ${at}  ${by}\n    ${code}: ${reason.en}\n    ${reason.id}`);
  const left = Object.entries(notDecidedAgain).map(([type, count]) => `${count} ${type}`);
  console.log(`${commands} commands and ${byLaw} acts of the law decided again, in ${cases} cases: ${findings.length} findings`);
  if (!audited) console.log(`${nothingAudited.en}\n${nothingAudited.id}`);
  for (const [code, count] of Object.entries(byCode)) console.log(`  ${code}: ${count.findings} in ${count.cases} cases`);
  if (left.length > 0) console.log(`Not decided again: ${left.join(', ')}`);
}
