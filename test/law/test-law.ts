/**
 * `npm run test:law [-- --json]`: the worked examples, the due dates counted by hand and the ten acceptance scenarios, counted as they ran:
 * by procedure, by article and by outcome. Exit 1 when one fails or a count falls short of what it must be.
 */
import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startEmbeddedPostgres } from '../../apps/cli/src/embedded-postgres.js';
import { cloneFolder } from '../../apps/cli/src/instance.js';

const LEAST_EXAMPLES = 60;
const SCENARIOS = 10;
const PROCEDURES = 9;
/** What `examples.spec.ts` calls its tests: `psk-4a-… [UU 12/2006 4(a)] → wni-affirmed`. */
/** How it calls the examples of `*-criteria.json`. */
const CRITERIA = 'criteria ';
const EXAMPLE = /^\S+ \[(.+)\] → (\S+)$/;

interface Test {
  readonly ancestorTitles: readonly string[];
  readonly title: string;
  readonly status: string;
}

const { values } = parseArgs({ options: { json: { type: 'boolean', default: false } }, strict: false });
const home = mkdtempSync(join(tmpdir(), 'tegas-law-'));
chmodSync(home, 0o711); // root's PostgreSQL runs as another user, who must pass through
const server = await startEmbeddedPostgres({ home, database: 'tegas_test', note: (line) => console.error(line) });
try {
  const tests = await run();
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
  if (values.json) console.log(JSON.stringify(report));
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

/** The specs of this folder as `npm test` runs them. A suite that could not be loaded counts as one failed test. */
async function run(): Promise<readonly Test[]> {
  const outputFile = join(home, 'jest.json');
  const jest = join(createRequire(import.meta.url).resolve('jest/package.json'), '..', 'bin', 'jest.js');
  const child = spawn(process.execPath, [jest, '--json', `--outputFile=${outputFile}`, 'test/law/'], {
    cwd: cloneFolder(),
    env: {
      ...process.env,
      TEGAS_TEST_DATABASE_URL: server.url,
      NODE_OPTIONS: '--experimental-vm-modules --disable-warning=ExperimentalWarning',
    },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  await new Promise((resolve) => child.once('close', resolve));
  const { testResults }: { testResults: readonly { name: string; status: string; assertionResults: readonly Test[] }[] } =
    JSON.parse(readFileSync(outputFile, 'utf8'));
  return testResults.flatMap((suite) =>
    suite.status === 'failed' && !suite.assertionResults.some((test) => test.status === 'failed')
      ? [...suite.assertionResults, { ancestorTitles: [suite.name], title: 'could not be run', status: 'failed' }]
      : suite.assertionResults,
  );
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
