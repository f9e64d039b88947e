/** `tegas procedures check`: the procedures' files without a database: what is wrong in them, and every legal number with its source. */
import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Command } from 'commander';
import { type LegalNumber, legalNumbersOf } from '#domain/procedure/legal-numbers.js';
import type { Confidence, Procedure } from '#domain/procedure/procedure.js';
import { faultsIn } from '#domain/procedure/procedure-faults.js';
import { cloneFolder } from './instance.js';
import { codeOf } from './progress.js';

interface Fault {
  readonly file: string;
  readonly path: string;
  readonly what: string;
}
interface CheckedProcedure {
  readonly file: string;
  readonly procedure: Procedure;
}

const CONFIDENCES: { readonly [C in Confidence]: string } = {
  S: 'sourced',
  K: 'general knowledge',
  U: 'unsure: a product default',
};

export function registerProcedures(program: Command): void {
  program
    .command('procedures')
    .description('Look at the procedures: the law as data')
    .command('check [files...]')
    .description(
      'Check procedure files (default: data/procedures) and list every legal number with its source and how sure it is',
    )
    .option('--json', 'one JSON object', false)
    .option('--markdown', 'the numbers as the tables of docs/legal-sources.md', false)
    .action(async (files: string[], { json, markdown }: { json: boolean; markdown: boolean }) => {
      const checked = await check(files.length > 0 ? files : await filesOfProduct());
      if (json) console.log(JSON.stringify(summaryOf(checked)));
      else if (markdown) console.log(checked.procedures.map(markdownOf).join('\n'));
      else for (const one of checked.procedures) print(one);
      if (!json) for (const { file, path, what } of checked.faults) console.error(`${file}: ${path}: ${what}`);
      if (checked.faults.length > 0) process.exitCode = 1;
    });
}

async function filesOfProduct(): Promise<readonly string[]> {
  const folder = join(cloneFolder(), 'data', 'procedures');
  return (await readdir(folder))
    .filter((file) => file.endsWith('.json'))
    .sort()
    .map((file) => join(folder, file));
}

/** Beside the product's own procedures, those of the files that are checked together may be opened. */
async function check(files: readonly string[]): Promise<{ faults: readonly Fault[]; procedures: readonly CheckedProcedure[] }> {
  const codes = new Set<string>();
  for (const path of [...(await filesOfProduct()), ...files]) {
    const json = await readJson(path);
    const code = 'content' in json ? (json.content as { code?: unknown } | null)?.code : undefined;
    if (typeof code === 'string') codes.add(code);
  }
  const faults: Fault[] = [];
  const procedures: CheckedProcedure[] = [];
  for (const path of files) {
    const file = basename(path);
    const json = await readJson(path);
    if ('unreadable' in json) {
      faults.push({ file, path: '(file)', what: json.unreadable });
      continue;
    }
    const found = faultsIn(json.content, codes);
    faults.push(...found.map((fault) => ({ file, ...pathAndFault(fault) })));
    if (found.length > 0) continue;
    const procedure = json.content as Procedure;
    const twin = procedures.find(({ procedure: p }) => p.code === procedure.code && p.version === procedure.version);
    if (twin !== undefined)
      faults.push({ file, path: 'version', what: `${procedure.code} ${procedure.version} stands in ${twin.file} too` });
    procedures.push({ file, procedure });
  }
  return { faults, procedures };
}

async function readJson(path: string): Promise<{ content: unknown } | { unreadable: string }> {
  try {
    return { content: JSON.parse(await readFile(path, 'utf8')) };
  } catch (error) {
    return { unreadable: error instanceof SyntaxError ? `is not JSON: ${error.message}` : `cannot be read (${codeOf(error)})` };
  }
}

function pathAndFault(fault: string): { path: string; what: string } {
  const at = fault.indexOf(': ');
  return { path: fault.slice(0, at), what: fault.slice(at + 2) };
}

function countsOf({ facts, criteria, evidence, outcomes, clocks, remedies }: Procedure) {
  return {
    facts: Object.keys(facts).length,
    criteria: criteria.length,
    evidence: evidence.length,
    outcomes: outcomes.length,
    clocks: clocks.length,
    remedies: remedies.length,
  };
}

function summaryOf({ faults, procedures }: Awaited<ReturnType<typeof check>>) {
  return {
    faults,
    procedures: procedures.map(({ file, procedure }) => ({
      file,
      code: procedure.code,
      version: procedure.version,
      effectiveFrom: procedure.effectiveFrom,
      effectiveTo: procedure.effectiveTo,
      ...countsOf(procedure),
      numbers: legalNumbersOf(procedure),
    })),
  };
}

function print({ file, procedure }: CheckedProcedure): void {
  const counts = Object.entries(countsOf(procedure)).map(([what, count]) => `${count} ${what}`);
  console.log(`${procedure.code} ${procedure.version}  ${validity(procedure)}  (${file})`);
  console.log(`  ${procedure.name.id} / ${procedure.name.en}`);
  console.log(`  ${counts.join(', ')}`);
  for (const number of legalNumbersOf(procedure))
    console.log(`  ${number.confidence}  ${number.path.padEnd(36)} ${number.number.padEnd(32)} ${sourcesOf(number)}`);
  console.log('');
}

function markdownOf({ procedure }: CheckedProcedure): string {
  const numbers = legalNumbersOf(procedure);
  if (numbers.length === 0) return '';
  return [
    `### ${procedure.code} ${procedure.version}: ${procedure.name.en}`,
    '',
    '| What | Number | Source | How sure | Holds |',
    '| --- | --- | --- | --- | --- |',
    ...numbers.map((number) => {
      const { name, number: amount, confidence } = number;
      return `| ${name.en} | ${amount} | ${sourcesOf(number)} | ${confidence}, ${CONFIDENCES[confidence]} | ${validity(number)} |`;
    }),
    '',
  ].join('\n');
}

function sourcesOf({ legalBasis }: LegalNumber): string {
  return legalBasis.map(({ act, article }) => (article === '–' ? act : `${act} art. ${article}`)).join('; ');
}

function validity({ effectiveFrom, effectiveTo }: Pick<Procedure, 'effectiveFrom' | 'effectiveTo'>): string {
  if (effectiveFrom === null && effectiveTo === null) return 'always';
  return `${effectiveFrom === null ? '' : `from ${effectiveFrom}`}${effectiveTo === null ? '' : ` before ${effectiveTo}`}`.trim();
}
