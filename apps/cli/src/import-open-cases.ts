/**
 * `tegas import open-cases <file>`: an office's own spreadsheet of cases that are open, through the ordinary commands and in the name of an official
 * who may open drafts there. Every row is tried first: unless told, one that would be refused keeps all of them out.
 */
import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { dateIn, zoneOf } from '#domain/case/clock-events.js';
import type { CaseCommand, ShownPaper } from '#domain/case/commands.js';
import { referenceOf } from '#domain/case/reference.js';
import { noonOf } from '#domain/case/state.js';
import type { DateOn, Id, InstantAt, Text } from '#domain/event.js';
import { firstLawOf, procedureOn } from '#domain/registry.js';
import type { Submission } from '#event-store/case-desk.js';
import { caseIdOf, commandIdOf, eventIdOf } from '#event-store/envelope.js';
import { sideBySide } from '#event-store/together.js';
import type { OpenLog } from '#privacy/open-log.js';
import { withLog } from './instance.js';
import { codeOf, createProgress, OperatorError, WrongUsage } from './progress.js';
import { readCells } from './spreadsheet.js';

/** What is read of a row. `number`: the office's own, by which a rerun knows the row again. */
const FIELDS = ['number', 'procedure', 'office', 'name', 'born', 'birthPlace', 'lodgedOn', 'papers'] as const;
type Field = (typeof FIELDS)[number];
const NEEDED: readonly Field[] = ['number', 'procedure', 'office', 'name'];

/** How a spreadsheet says it: under which column each field stands, what stands for a code, and what holds of every row. */
export interface Mapping {
  readonly columns?: { readonly [F in Field]?: string };
  readonly values?: { readonly [F in Field]?: { readonly [written: string]: string } };
  readonly always?: { readonly [F in Field]?: string };
}

type Row = { readonly [F in Field]: string };

interface Read {
  readonly row: Row;
  readonly line: number;
  /** It has cells under no heading. */
  readonly beyond: boolean;
}

export interface Verdict {
  /** As the spreadsheet counts, its header being the first. */
  readonly line: number;
  readonly number: string;
  readonly verdict: 'new' | 'there' | 'refused';
  /** Of the case, where there is or would be one. */
  readonly reference?: string;
  readonly reason?: Text;
}

export interface OpenCasesReport {
  readonly rows: number;
  readonly new: number;
  readonly there: number;
  readonly refused: number;
  readonly imported: number;
  readonly verdicts: readonly Verdict[];
}

export interface OpenCasesOptions {
  /** In whose name: an official who opens drafts at the offices of the file. */
  readonly as: Id;
  readonly mapping?: Mapping;
  readonly dryRun?: boolean;
  /** Import what is valid although something is not. */
  readonly partial?: boolean;
  readonly onProgress?: (done: number, total: number) => void;
}

interface Cli {
  readonly as: string;
  readonly mapping?: string;
  readonly dryRun: boolean;
  readonly partial: boolean;
  readonly json: boolean;
}

/** What one waits for, the key of a person or the log, the others use: the store writes what they have ready in one batch. */
const ROWS_AT_ONCE = 32;

const USAGE = 'import open-cases <file.csv|file.xlsx> --as <login> [--mapping m.json] [--dry-run] [--partial] [--json]';

export function registerOpenCases(command: Command): void {
  command
    .command('open-cases <file>')
    .description(
      'Import an office’s spreadsheet of open cases (CSV, XLSX) as drafts, or lodged where it says when; a rerun changes nothing',
    )
    .requiredOption('--as <login>', 'in whose name: an official who opens drafts at the offices of the file')
    .option('--mapping <file>', 'columns, values and defaults as JSON: {"columns": {"name": "Nama"}, "values": {}, "always": {}}')
    .option('--dry-run', 'say of each row what would become of it, and import nothing', false)
    .option('--partial', 'import the valid rows although others are not', false)
    .option('--json', 'print only the closing line, with a verdict for each row', false)
    .action(async (file: string, { json, mapping, ...options }: Cli) => {
      const given = mapping === undefined ? {} : { mapping: await readMapping(mapping) };
      const report = await withLog((opened) => {
        const progress = createProgress(1);
        progress.step('Importing open cases');
        const onProgress = (done: number, total: number) => progress.at(done, total);
        return importOpenCases(opened, file, { ...options, ...given, onProgress }).finally(() => progress.end());
      });
      const { verdicts, ...counts } = report;
      if (!json) for (const verdict of verdicts) console.log(lineOf(verdict));
      console.log(JSON.stringify(json ? report : counts));
      if (report.refused > 0) process.exitCode = 1;
    });
}

const SAID: { readonly [V in Verdict['verdict']]: Text } = {
  new: { id: 'baru', en: 'new' },
  there: { id: 'sudah ada', en: 'there already' },
  refused: { id: 'DITOLAK', en: 'REFUSED' },
};

function lineOf({ line, number, verdict, reference = '', reason }: Verdict): string {
  const { id, en } = SAID[verdict];
  const why = reason === undefined ? '' : `: ${reason.id} / ${reason.en}`;
  return `${String(line).padStart(5)}  ${number.padEnd(20)}  ${`${id} / ${en}`.padEnd(26)} ${reference}${why}`;
}

/** Tries every row, and imports all of them, none, or, where told, those that are valid. @throws OperatorError for a file that is none */
export async function importOpenCases(opened: OpenLog, file: string, options: OpenCasesOptions): Promise<OpenCasesReport> {
  if (!opened.registry.state.officials.has(options.as))
    throw new WrongUsage(`There is no official ${options.as}.`, `Pejabat ${options.as} tidak ada.`, USAGE);
  const rows = await readRows(file, options.mapping ?? {});
  let done = 0;
  const tell = (): void => {
    done += 1;
    options.onProgress?.(done, 2 * rows.length);
  };
  const tried: Tried[] = [];
  await sideBySide(withTwins(rows), ROWS_AT_ONCE, async ({ at, read, twin }) => {
    tried[at] =
      twin === undefined ? await tryRow(opened, read, options.as) : { verdict: twice(read.row, read.line, twin), acts: [] };
    tell();
  });
  const count = (wanted: Verdict['verdict']) => tried.filter(({ verdict }) => verdict.verdict === wanted).length;
  const refused = count('refused');
  let imported = 0;
  if (options.dryRun !== true && (refused === 0 || options.partial === true)) {
    const wanted = tried.filter(({ verdict }) => verdict.verdict === 'new');
    // Each row is a case of its own: only its own acts follow one another.
    await sideBySide(wanted, ROWS_AT_ONCE, async ({ acts }) => {
      for (const act of acts) await carryOut(opened, act, options.as);
      imported += 1;
      tell();
    });
  }
  const verdicts = tried.map(({ verdict }) => verdict);
  return { rows: rows.length, new: count('new'), there: count('there'), refused, imported, verdicts };
}

interface Tried {
  readonly verdict: Verdict;
  readonly acts: readonly Act[];
}

interface Act {
  readonly caseId: Id;
  readonly command: CaseCommand;
  readonly commandId: Id;
  readonly at: InstantAt;
}

async function tryRow(opened: OpenLog, { row, line, beyond }: Read, as: Id): Promise<Tried> {
  const { number } = row;
  const refused = (id: string, en: string) => ({
    verdict: { line, number, verdict: 'refused', reason: { id, en } } as const,
    acts: [],
  });
  // A comma or semicolon inside a name moves every field after it by one column.
  if (beyond)
    return refused(
      'Barisnya punya lebih banyak sel daripada judul kolom: beri tanda kutip pada isi yang memuat pemisah.',
      'The row has more cells than there are headings: quote what holds a comma or semicolon.',
    );
  for (const field of NEEDED)
    if (row[field].trim() === '') return refused(`Kolom ${field} kosong.`, `The field ${field} is empty.`);
  const { state } = opened.registry;
  if (!state.offices.has(row.office)) return refused(`Kantor ${row.office} tidak ada.`, `There is no office ${row.office}.`);
  const now = opened.time.now();
  const today = dateIn(zoneOf(state.offices, row.office), now);
  if (row.lodgedOn !== '' && !isDate(row.lodgedOn))
    return refused(
      `${row.lodgedOn} bukan tanggal (tulis 2026-11-24, atau beri selnya format tanggal).`,
      `${row.lodgedOn} is no date (write 2026-11-24, or format the cell as a date).`,
    );
  const first = firstLawOf(state);
  // Most often a slip in the year, or the day zero of a spreadsheet; its clocks would have run out a century ago.
  if (row.lodgedOn !== '' && first !== undefined && row.lodgedOn < first)
    return refused(
      `Tanggal ${row.lodgedOn} lebih awal dari ${first}, hari pertama berlakunya hukum bagi prosedur di sini. Periksa tahunnya.`,
      `${row.lodgedOn} is before ${first}, the first day from which the law of any procedure here is in force. Check the year.`,
    );
  if (row.lodgedOn > today) return refused(`Tanggal ${row.lodgedOn} belum tiba.`, `${row.lodgedOn} has not come yet.`);
  const procedure = procedureOn(state, row.procedure, row.lodgedOn === '' ? today : row.lodgedOn);
  if (procedure === undefined)
    return refused(
      `Prosedur ${row.procedure} tidak berlaku pada hari itu.`,
      `There is no procedure ${row.procedure} in force on that day.`,
    );
  const openId = commandIdOf(as, `open-cases ${number}`);
  const caseId = caseIdOf(openId);
  const reference = referenceOf(caseId);
  const papers = row.papers.split(/[;,]/).flatMap((written): readonly ShownPaper[] => {
    const evidence = written.trim();
    const kind = procedure.evidence.find(({ code }) => code === evidence);
    return evidence === '' ? [] : [{ evidence, title: kind?.name.id ?? evidence }];
  });
  const { code, version, sha256 } = procedure;
  const open: CaseCommand = {
    type: 'OpenDraft',
    caseId,
    procedure: { code, version, sha256 },
    office: row.office,
    channel: 'spreadsheet',
    subjectId: eventIdOf(openId, SUBJECT_INDEX),
    subject: {
      name: row.name,
      ...(row.born === '' ? {} : { born: row.born }),
      ...(row.birthPlace === '' ? {} : { birthPlace: row.birthPlace }),
    },
    papers,
  };
  // It counts from the day on which it was lodged; without one it is a draft of today.
  const noon = noonOf(row.lodgedOn);
  const at = row.lodgedOn === '' || noon > now ? now : noon;
  const lodge: CaseCommand = { type: 'LodgeApplication' };
  const acts: readonly Act[] = [
    { caseId, command: open, commandId: openId, at },
    ...(row.lodgedOn === '' ? [] : [{ caseId, command: lodge, commandId: commandIdOf(as, `open-cases ${number} lodged`), at }]),
  ];
  const { state: there, events } = await opened.desk.read(caseId);
  // An interruption may have come between the two acts of a row: what is still a draft, opened on the day of its lodging, is lodged.
  const openedAt = events[0]?.metadata.effectiveAt ?? '';
  const interrupted = there?.progress.stage === 'draft' && dateIn(zoneOf(state.offices, row.office), openedAt) === row.lodgedOn;
  const left = there === undefined ? acts : interrupted ? acts.slice(1) : [];
  if (left.length === 0) return { verdict: { line, number, verdict: 'there', reference }, acts: [] };
  const submissions = left.map((act) => submissionOf(act, as));
  const rejection = await opened.desk.wouldRefuseAny(submissions, there);
  return rejection === undefined
    ? { verdict: { line, number, verdict: 'new', reference, ...(there === undefined ? {} : { reason: goesOn }) }, acts: left }
    : { verdict: { line, number, verdict: 'refused', reason: rejection.reason }, acts: [] };
}

const goesOn: Text = {
  id: 'konsepnya sudah ada; tinggal diajukan',
  en: 'its draft is there already; it remains to be lodged',
};

/** As the API gives the subject of a draft its id. */
const SUBJECT_INDEX = 1_000_000;

function submissionOf(act: Act, as: Id): Submission {
  return { ...act, actorId: as, correlationId: act.commandId };
}

async function carryOut(opened: OpenLog, act: Act, as: Id): Promise<void> {
  const outcome = await opened.desk.submit(submissionOf(act, as));
  if (outcome.kind === 'accepted') return;
  const why = outcome.kind === 'rejected' ? outcome.rejection.reason : { id: outcome.kind, en: outcome.kind };
  // It was tried a moment ago: the register or the case changed meanwhile. What is in stays in, and a rerun goes on from here.
  throw new OperatorError(`Interrupted: ${why.en} Run it again.`, `Terhenti: ${why.id} Jalankan lagi.`);
}

/** Each row with the line before it that has the same number. */
function* withTwins(rows: readonly Read[]) {
  const seen = new Map<string, number>();
  for (const [at, read] of rows.entries()) {
    const { row, line } = read;
    yield { at, read, twin: seen.get(row.number) };
    seen.set(row.number, line);
  }
}

function twice({ number }: Row, line: number, twin: number): Verdict {
  const reason = {
    id: `Nomor ${number} sudah ada pada baris ${twin}.`,
    en: `The number ${number} stands on line ${twin} already.`,
  };
  return { line, number, verdict: 'refused', reason };
}

function isDate(text: string): text is DateOn {
  const at = /^\d{4}-\d{2}-\d{2}$/.test(text) ? new Date(`${text}T00:00:00Z`) : new Date(Number.NaN);
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(text);
}

async function readMapping(file: string): Promise<Mapping> {
  let read: unknown;
  try {
    read = JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    throw new WrongUsage(`${file} cannot be read as JSON (${codeOf(error)}).`, `${file} tidak terbaca sebagai JSON.`, USAGE);
  }
  const isTexts = (value: unknown): boolean =>
    typeof value === 'object' && value !== null && Object.values(value).every((text) => typeof text === 'string');
  const { columns = {}, values = {}, always = {}, ...more } = (read ?? {}) as { readonly [part: string]: unknown };
  const parts = [columns, always, ...Object.values(values as object)];
  const named = [columns, values, always].flatMap((part) => Object.keys(part as object));
  const unknown = [...Object.keys(more), ...named.filter((name) => !FIELDS.some((field) => field === name))];
  if (!parts.every(isTexts) || unknown.length > 0)
    throw new WrongUsage(
      `${file} is no mapping${unknown.length > 0 ? `: it names ${unknown.join(', ')}` : ''}. Fields: ${FIELDS.join(', ')}.`,
      `${file} bukan pemetaan. Bidang: ${FIELDS.join(', ')}.`,
      USAGE,
    );
  return { columns, values, always } as Mapping;
}

async function readRows(file: string, mapping: Mapping): Promise<readonly Read[]> {
  const [header = [], ...lines] = await readCells(file);
  const headingOf = (field: Field): string => mapping.columns?.[field] ?? field;
  const columnOf = (field: Field): number => header.indexOf(headingOf(field));
  const missing = NEEDED.filter((field) => columnOf(field) === -1 && mapping.always?.[field] === undefined);
  if (missing.length > 0)
    throw new OperatorError(
      `${file} has no column for ${missing.join(', ')}; it has ${header.join(', ')}. Name them in --mapping.`,
      `${file} tidak punya kolom untuk ${missing.join(', ')}. Sebutkan dalam --mapping.`,
    );
  const doubled = FIELDS.map(headingOf).find((heading) => header.indexOf(heading) !== header.lastIndexOf(heading));
  if (doubled !== undefined)
    throw new OperatorError(
      `${file} has two columns ${doubled}: give one of them another heading.`,
      `${file} punya dua kolom ${doubled}: beri salah satunya judul lain.`,
    );
  return lines.flatMap((cells, at) => {
    if (cells.every((cell) => cell.trim() === '')) return [];
    const readField = (field: Field): string => {
      const cell = cells[columnOf(field)] ?? '';
      // A name stays as it is written, byte for byte.
      const written = (cell.trim() === '' ? mapping.always?.[field] : field === 'name' ? cell : cell.trim()) ?? '';
      return mapping.values?.[field]?.[written] ?? written;
    };
    const row = Object.fromEntries(FIELDS.map((field) => [field, readField(field)])) as Row;
    return [{ row, line: at + 2, beyond: cells.slice(header.length).some((cell) => cell.trim() !== '') }];
  });
}
