/**
 * `tegas import receipt-log <file>`: a real case log (CoSeLoG, receipt phase) through the command handler, one command a row. Trusted
 * columns: case:concept:name, case:startdate, case:deadline, case:enddate, case:channel, concept:instance, concept:name, org:resource,
 * org:group, time:timestamp. The rest (planned end, responsible, department, group of the case) says nothing that an act did.
 */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import type { Command } from 'commander';
import { parse } from 'csv-parse/sync';
import type { CaseCommand } from '#domain/case/commands.js';
import type { CaseFile } from '#domain/case/state.js';
import type { Id, InstantAt } from '#domain/event.js';
import { type PublishedProcedure, procedureOn } from '#domain/registry.js';
import { caseIdOf, commandIdOf } from '#event-store/envelope.js';
import type { OpenLog } from '#privacy/open-log.js';
import { registerOpenCases } from './import-open-cases.js';
import { withLog } from './instance.js';
import { createProgress, OperatorError } from './progress.js';

const IMPORTER = 'importer';
/** Cases at a time; the steps of one case go in order. */
const CONCURRENT_CASES = 32;
const COLUMNS = [
  'case:channel',
  'case:concept:name',
  'case:deadline',
  'case:enddate',
  'case:startdate',
  'concept:instance',
  'concept:name',
  'org:group',
  'org:resource',
  'time:timestamp',
] as const;

type Row = { readonly [C in (typeof COLUMNS)[number]]: string };

interface Step {
  readonly line: number;
  readonly instance: Id;
  readonly step: string;
  readonly by: Id;
  readonly group?: string;
  readonly at: InstantAt;
}

interface LoggedCase {
  readonly name: Id;
  readonly channel: string;
  readonly startedAt: InstantAt;
  readonly dueAt?: InstantAt;
  readonly endedAt?: InstantAt;
  readonly steps: Step[];
}

interface Fault {
  readonly line: number;
  readonly fault: string;
}

export interface ImportSummary {
  readonly cases: number;
  readonly events: number;
  readonly inTime: number;
  readonly late: number;
  readonly open: number;
  readonly checkedAndDetermined: number;
  readonly sameOfficer: number;
  /** With four eyes enforced: cases in which a determination was refused. */
  readonly determinationRefused?: number;
  readonly brokenRows?: number;
}

export interface ImportReport {
  readonly summary: ImportSummary;
  readonly faults: readonly Fault[];
  readonly appended: number;
  readonly alreadyThere: number;
  readonly afterClosing: number;
}

export interface ImportOptions {
  readonly office: string;
  readonly enforceFourEyes: boolean;
  readonly onProgress?: (done: number, total: number) => void;
}

export function registerImport(program: Command): void {
  const command = program.command('import').description('Import cases from elsewhere');
  registerOpenCases(command);
  command
    .command('receipt-log <file>')
    .description('Import the CoSeLoG receipt log (CSV), one RecordImportedStep a row; a rerun changes nothing')
    .option('--office <code>', 'the office that takes the cases', 'KANIM-ATB')
    .option(
      '--enforce-four-eyes',
      'refuse a determination by the officer who checked; its cases stand beside those imported without',
      false,
    )
    .option('--json', 'print only the closing line', false)
    .action(async (file: string, options: { office: string; enforceFourEyes: boolean; json: boolean }) => {
      if (!(await stat(file).catch(() => undefined))?.isFile())
        throw new OperatorError(`There is no readable file ${file}.`, `Berkas ${file} tidak ada atau tidak dapat dibaca.`);
      const report = await withLog(async (opened) => {
        const progress = createProgress(1);
        progress.step('Importing cases');
        const onProgress = (done: number, total: number) => progress.at(done, total);
        return importReceiptLog(opened, file, { ...options, onProgress }).finally(() => progress.end());
      });
      for (const { line, fault } of report.faults) console.error(`line ${line}: ${fault}`);
      if (!options.json) printTable(report);
      console.log(JSON.stringify(report.summary));
      if (report.faults.length > 0) process.exitCode = 1;
    });
}

/** Reads the file, submits its rows case by case, and counts the outcome from the product's own streams. */
export async function importReceiptLog(opened: OpenLog, file: string, options: ImportOptions): Promise<ImportReport> {
  const { registry } = opened;
  if (!registry.state.offices.has(options.office))
    throw new OperatorError(`There is no office ${options.office}.`, `Kantor ${options.office} tidak ada.`);
  const procedure = procedureOn(registry.state, 'IMPORTED', opened.time.now().slice(0, 10));
  if (procedure === undefined)
    throw new OperatorError(
      'Procedure IMPORTED is not published: run npx tegas seed.',
      'Prosedur IMPORTED belum ada: jalankan npx tegas seed.',
    );
  const { cases, faults } = await readCases(file, procedure);
  const tally = { appended: 0, alreadyThere: 0, refusedCases: new Set<Id>() };
  let done = 0;
  await inParallel(cases, CONCURRENT_CASES, async (logged) => {
    await importCase(opened, procedure, logged, options, tally, faults);
    done += 1;
    options.onProgress?.(done, cases.length);
  });
  const counted = await count(
    opened,
    cases.map((logged) => idsOf(logged, options).caseId),
  );
  return {
    summary: {
      ...counted.summary,
      ...(options.enforceFourEyes ? { determinationRefused: tally.refusedCases.size } : {}),
      ...(faults.length > 0 ? { brokenRows: faults.length } : {}),
    },
    faults: faults.sort((a, b) => a.line - b.line),
    appended: tally.appended,
    alreadyThere: tally.alreadyThere,
    afterClosing: counted.afterClosing,
  };
}

/** Ids that a rerun computes again. Cases under enforced four eyes are others than those only observed. */
function idsOf(logged: LoggedCase, options: ImportOptions): { key: (what: string) => Id; caseId: Id } {
  const source = options.enforceFourEyes ? 'receipt-log-four-eyes' : 'receipt-log';
  const key = (what: string): Id => commandIdOf(IMPORTER, `${source}/${what}`);
  return { key, caseId: caseIdOf(key(`${logged.name}/open`)) };
}

type Tally = { appended: number; alreadyThere: number; readonly refusedCases: Set<Id> };

async function importCase(
  opened: OpenLog,
  procedure: PublishedProcedure,
  logged: LoggedCase,
  options: ImportOptions,
  tally: Tally,
  faults: Fault[],
): Promise<void> {
  const { key, caseId } = idsOf(logged, options);
  const submit = async (command: CaseCommand, what: string, at: InstantAt, line: number, performedBy?: Id): Promise<void> => {
    const commandId = key(what);
    const outcome = await opened.desk.submit({
      caseId,
      command,
      actorId: IMPORTER,
      at,
      commandId,
      correlationId: commandId,
      ...(performedBy === undefined ? {} : { performedBy }),
    });
    if (outcome.kind === 'accepted') tally[outcome.replayed ? 'alreadyThere' : 'appended'] += 1;
    else if (outcome.kind === 'rejected' && outcome.rejection.code === 'four-eyes') tally.refusedCases.add(caseId);
    else if (outcome.kind === 'rejected') faults.push({ line, fault: outcome.rejection.reason.en });
    else
      faults.push({
        line,
        fault: outcome.kind === 'key-reused' ? `${what} was imported before with another content` : 'the case moved meanwhile',
      });
  };
  const first = logged.steps[0]?.line ?? 0;
  const { code, version, sha256 } = procedure;
  await submit(
    {
      type: 'OpenImportedCase',
      caseId,
      procedure: { code, version, sha256 },
      office: options.office,
      channel: logged.channel,
      sourceCase: logged.name,
      fourEyes: options.enforceFourEyes ? 'enforced' : 'observed',
      ...(logged.dueAt === undefined ? {} : { dueAt: logged.dueAt }),
    },
    `${logged.name}/open`,
    logged.startedAt,
    first,
  );
  const close = (endedAt: InstantAt) => submit({ type: 'CloseImportedCase' }, `${logged.name}/close`, endedAt, first);
  let closed = logged.endedAt === undefined;
  for (const { instance, step, by, group, at, line } of logged.steps) {
    if (!closed && logged.endedAt !== undefined && at > logged.endedAt) {
      await close(logged.endedAt);
      closed = true;
    }
    await submit(
      { type: 'RecordImportedStep', step, sourceStep: instance, ...(group === undefined ? {} : { group }) },
      `${logged.name}/${instance}`,
      at,
      line,
      by,
    );
  }
  if (!closed && logged.endedAt !== undefined) await close(logged.endedAt);
}

/** Every case of the file with its rows in order of time (of the file, where times are equal), and each row that cannot be read. */
async function readCases(
  file: string,
  procedure: PublishedProcedure,
): Promise<{ cases: readonly LoggedCase[]; faults: Fault[] }> {
  const faults: Fault[] = [];
  const cases = new Map<Id, LoggedCase>();
  const seen = new Map<Id, number>();
  let header: readonly string[] | undefined;
  let line = 0;
  // Line by line: the log has no field over several lines, so a quote that is not closed breaks its own row and no other.
  for await (const text of createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY })) {
    line += 1;
    if (text.trim() === '') continue;
    if (header === undefined) {
      header = headerOf(file, text);
      continue;
    }
    try {
      const { name, logged, step } = readRow(recordOf(header, text), line, procedure);
      const earlier = seen.get(step.instance);
      if (earlier !== undefined) throw new Error(`concept:instance ${step.instance} stands on line ${earlier} already`);
      seen.set(step.instance, line);
      const known = cases.get(name);
      if (
        known !== undefined &&
        (known.startedAt !== logged.startedAt || known.dueAt !== logged.dueAt || known.endedAt !== logged.endedAt)
      )
        throw new Error(`case:startdate, case:deadline or case:enddate differs from line ${known.steps[0]?.line}`);
      (known ?? logged).steps.push(step);
      if (known === undefined) cases.set(name, logged);
    } catch (error) {
      faults.push({ line, fault: error instanceof Error ? error.message : String(error) });
    }
  }
  if (header === undefined) throw notALog(file, COLUMNS);
  for (const logged of cases.values()) logged.steps.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : a.line - b.line));
  return { cases: [...cases.values()], faults };
}

function headerOf(file: string, text: string): readonly string[] {
  let header: readonly string[] = [];
  try {
    header = fieldsOf(text);
  } catch {
    // Said below: no column was found.
  }
  const missing = COLUMNS.filter((column) => header.filter((name) => name === column).length !== 1);
  if (missing.length > 0) throw notALog(file, missing);
  return header;
}

function notALog(file: string, missing: readonly string[]): OperatorError {
  const names = missing.join(', ');
  return new OperatorError(
    `${file} is not a receipt log: it lacks (or repeats) ${names}.`,
    `${file} bukan log penerimaan: kolom tidak ada (atau ganda): ${names}.`,
  );
}

function recordOf(header: readonly string[], text: string): Row {
  const fields = fieldsOf(text);
  if (fields.length !== header.length) throw new Error(`has ${fields.length} fields, the header ${header.length}`);
  return Object.fromEntries(header.map((name, i) => [name, fields[i]])) as Row;
}

/** The fields of one line of CSV. @throws Error when its quotes do not close */
function fieldsOf(text: string): readonly string[] {
  const [fields]: string[][] = parse(text, { bom: true, relax_column_count: true });
  return fields ?? [];
}

function readRow(row: Row, line: number, procedure: PublishedProcedure): { name: Id; logged: LoggedCase; step: Step } {
  const name = code('case:concept:name', row['case:concept:name']);
  const step = procedure.steps?.find((s) => s.name === row['concept:name'])?.code;
  if (step === undefined) throw new Error(`concept:name "${row['concept:name']}" is no step of procedure IMPORTED`);
  const dueAt = optional('case:deadline', row['case:deadline']);
  const endedAt = optional('case:enddate', row['case:enddate']);
  const startedAt = instant('case:startdate', row['case:startdate']);
  return {
    name,
    logged: {
      name,
      channel: code('case:channel', row['case:channel']),
      startedAt,
      ...(dueAt === undefined ? {} : { dueAt }),
      ...(endedAt === undefined ? {} : { endedAt }),
      steps: [],
    },
    step: {
      line,
      instance: code('concept:instance', row['concept:instance']),
      step,
      by: code('org:resource', row['org:resource']),
      at: instant('time:timestamp', row['time:timestamp']),
      ...(row['org:group'] === '' || row['org:group'] === 'EMPTY'
        ? {}
        : { group: code('org:group', row['org:group'].replaceAll(' ', '-')) }),
    },
  };
}

function code(column: string, value: string): string {
  if (!/^[\w.-]{1,100}$/.test(value)) throw new Error(`${column} "${value}" is not a code`);
  return value;
}

function optional(column: string, value: string): InstantAt | undefined {
  return value === '' ? undefined : instant(column, value);
}

/** `2011-12-06 13:41:31.788000+01:00` as an instant in UTC. */
function instant(column: string, value: string): InstantAt {
  const at = /^\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/.test(value)
    ? new Date(value.replace(' ', 'T'))
    : new Date(Number.NaN);
  if (Number.isNaN(at.getTime()) || !sameCalendarDay(value))
    throw new Error(`${column} "${value}" is not an instant with its zone`);
  return at.toISOString();
}

/** JavaScript reads 30 February as 1 or 2 March; such a date does not exist. */
function sameCalendarDay(value: string): boolean {
  const date = value.slice(0, 10);
  return new Date(`${date}T00:00:00Z`).toISOString().slice(0, 10) === date;
}

/** Counts from the streams, not from the file. */
async function count(opened: OpenLog, caseIds: readonly Id[]): Promise<{ summary: ImportSummary; afterClosing: number }> {
  const total = { cases: 0, events: 0, inTime: 0, late: 0, open: 0, checkedAndDetermined: 0, sameOfficer: 0 };
  let afterClosing = 0;
  await inParallel(caseIds, CONCURRENT_CASES, async (caseId) => {
    const { state } = await opened.desk.read(caseId);
    if (state?.imported === undefined) return;
    const { steps } = state.imported;
    total.cases += 1;
    total.events += steps.length;
    afterClosing += steps.filter((step) => step.afterClosing).length;
    if (state.progress.stage !== 'closed') total.open += 1;
    else total[state.clocks.every((clock) => clock.stoppedInTime === true) ? 'inTime' : 'late'] += 1;
    const { check, determine } = pairOf(opened, state);
    const checkers = new Set(steps.filter((step) => step.step === check).map((step) => step.by));
    const determiners = steps.filter((step) => step.step === determine).map((step) => step.by);
    if (checkers.size > 0 && determiners.length > 0) total.checkedAndDetermined += 1;
    if (determiners.some((by) => checkers.has(by))) total.sameOfficer += 1;
  });
  return { summary: total, afterClosing };
}

function pairOf(opened: OpenLog, state: CaseFile): { check: string; determine: string } {
  return opened.desk.procedureOf(state.procedure).fourEyes ?? { check: '', determine: '' };
}

async function inParallel<T>(items: readonly T[], width: number, work: (item: T) => Promise<void>): Promise<void> {
  const queue = [...items];
  await Promise.all(
    Array.from({ length: Math.min(width, queue.length) }, async () => {
      for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(item);
    }),
  );
}

function printTable({ summary, appended, alreadyThere, afterClosing, faults }: ImportReport): void {
  const rows: readonly (readonly [string, number])[] = [
    ['cases', summary.cases],
    ['imported steps', summary.events],
    ['  of them after closing (flagged)', afterClosing],
    ['closed in time', summary.inTime],
    ['closed late', summary.late],
    ['open', summary.open],
    ['checked (T02) and determined (T04)', summary.checkedAndDetermined],
    ['  by the same officer', summary.sameOfficer],
    ...(summary.determinationRefused === undefined
      ? []
      : [['cases with a determination refused', summary.determinationRefused] as const]),
    ['commands accepted now', appended],
    ['commands accepted before', alreadyThere],
    ['broken rows', faults.length],
  ];
  for (const [what, number] of rows) console.log(`${what.padEnd(40)}${String(number).padStart(8)}`);
}
