/**
 * `npm run test:law [-- --json]`: the worked examples, the due dates counted by hand and the ten acceptance scenarios, counted as they ran:
 * by procedure, by article and by outcome. Exit 1 when one fails or a count falls short of what it must be.
 */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startEmbeddedPostgres } from '../../apps/cli/src/embedded-postgres.js';
import { type RanTest, runJest } from '../run-jest.js';

const LEAST_EXAMPLES = 60;
const SCENARIOS = 10;
const PROCEDURES = 9;
/** What `examples.spec.ts` calls its tests: `psk-4a-… [UU 12/2006 4(a)] → wni-affirmed`. */
/** How it calls the examples of `*-criteria.json`. */
const CRITERIA = 'criteria ';
const EXAMPLE = /^\S+ \[(.+)\] → (\S+)$/;

const { json } = readArguments();
const home = mkdtempSync(join(tmpdir(), 'tegas-law-'));
chmodSync(home, 0o711); // root's PostgreSQL runs as another user, who must pass through
const server = await startEmbeddedPostgres({ home, database: 'tegas_test', note: (line) => console.error(line) });
try {
  const tests = (await runJest(['test/law/'], server.url)).flatMap((suite): readonly RanTest[] =>
    suite.couldNotRun
      ? [...suite.tests, { ancestorTitles: [suite.name], title: 'could not be run', status: 'failed' }]
      : suite.tests,
  );
  const passed = tests.filter((test) => test.status === 'passed');
  const all = passed.flatMap(({ ancestorTitles, title }) => {
    const [, article, outcome] = EXAMPLE.exec(title) ?? [];
    return article === undefined || outcome === undefined ? [] : [{ procedure: ancestorTitles[0] ?? '', article, outcome }];
  });
  const examples = all.filter(({ procedure }) => !procedure.startsWith(CRITERIA));
  const scenarios = passed.filter(({ title }) => /^scenario \d+: /.test(title) && !/: \d{4}-\d\d-\d\d$/.test(title)).length;
  const dueDates = passed.filter(({ ancestorTitles }) => ancestorTitles[0] === 'due dates').length;
  const failed = tests.filter((test) => test.status !== 'passed');
  const report = {
    procedures: new Set(examples.map((one) => one.procedure)).size,
    examples: examples.length,
    /** Written by someone who had seen the criteria: they count for nothing else below. */
    criteriaExamples: all.length - examples.length,
    scenarios,
    dueDates,
    failed: failed.length,
    byProcedure: counted(examples.map((one) => one.procedure)),
    byArticle: counted(examples.map((one) => one.article)),
    byOutcome: counted(examples.map((one) => `${one.procedure} ${one.outcome}`)),
  };
  for (const test of failed) console.error(`FAILED: ${[...test.ancestorTitles, test.title].join(' › ')}`);
  if (json) console.log(JSON.stringify(report));
  else print(report);
  const short =
    report.procedures !== PROCEDURES ||
    report.examples < LEAST_EXAMPLES ||
    report.scenarios !== SCENARIOS ||
    report.dueDates === 0;
  if (short && failed.length === 0) console.error('FAULT: fewer procedures, examples or scenarios ran than there must be');
  process.exitCode = failed.length > 0 || short ? 1 : 0;
} finally {
  await server.remove();
  rmSync(home, { recursive: true, force: true });
}

function readArguments(): { readonly json: boolean } {
  try {
    return parseArgs({ options: { json: { type: 'boolean', default: false } } }).values;
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\nUsage: npm run test:law [-- --json]`);
    process.exit(2);
  }
}

function counted(words: readonly string[]): { readonly [word: string]: number } {
  const counts = new Map<string, number>();
  for (const word of words.toSorted()) counts.set(word, (counts.get(word) ?? 0) + 1);
  return Object.fromEntries(counts);
}

function print(report: { readonly [name: string]: number | { readonly [word: string]: number } }): void {
  for (const [name, value] of Object.entries(report)) {
    if (typeof value === 'number') console.log(`${name.padEnd(14)} ${value}`);
    else for (const [word, count] of Object.entries(value)) console.log(`  ${word.padEnd(40)} ${count}`);
  }
}
