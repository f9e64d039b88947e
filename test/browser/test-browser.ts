/**
 * `npm run test:browser [-- --json] [--screens <folder>]`: every journey and every screen of the console in a real Chromium, counted as they ran; and
 * how long the worklist takes with 5,000 cases and a case with 200 events.
 * Exit 1 when one fails, or when no screen was looked at. With `--screens` a picture of each is put there (`docs/screens`).
 */
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { startEmbeddedPostgres } from '../../apps/cli/src/embedded-postgres.js';
import { runJest } from '../run-jest.js';
import { PROMISED_MS, paint } from './paint.js';

const { json, screens: folder } = readArguments();
// Looked for by bin/find-browser.mjs.
if (process.env.TEGAS_TEST_CHROMIUM === undefined) {
  console.error('No browser found. Install one (apt-get install chromium), or name it in TEGAS_TEST_CHROMIUM.');
  process.exit(2);
}
const home = mkdtempSync(join(tmpdir(), 'tegas-browser-'));
chmodSync(home, 0o711); // root's PostgreSQL runs as another user, who must pass through
const looks = join(home, 'looks');
process.env.TEGAS_TEST_LOOKS = looks;
process.env.TEGAS_TEST_INTAKES = '50';
if (folder !== undefined) {
  mkdirSync(folder, { recursive: true });
  process.env.TEGAS_TEST_SCREENS = resolve(folder);
}
const server = await startEmbeddedPostgres({ home, database: 'tegas_test', note: (line) => console.error(line) });
try {
  const suites = await runJest(['--runInBand', 'test/browser/'], server.url);
  const tests = suites.flatMap((suite) => suite.tests);
  const passed = tests.filter((test) => test.status === 'passed');
  const looked: readonly { screen: string; found: readonly string[] }[] = existsSync(looks)
    ? readFileSync(looks, 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line))
    : [];
  process.env.TEGAS_TEST_DATABASE_URL = server.url;
  const painted = await paint();
  const late = painted.worklistMs > PROMISED_MS.worklist || painted.caseMs > PROMISED_MS.case;
  const report = {
    /** Each in two languages, light and dark, and at 320 pixels. */
    screens: new Set(looked.map(({ screen }) => screen)).size,
    serious: looked.flatMap(({ found }) => found).length,
    journeys: passed.length,
    failed: tests.length - passed.length + suites.filter((suite) => suite.couldNotRun).length,
    painted,
    names: [...new Set(looked.map(({ screen }) => screen))],
  };
  for (const fault of looked.flatMap(({ found }) => found)) console.error(`FAULT: ${fault}`);
  for (const test of tests.filter(({ status }) => status !== 'passed'))
    console.error(`FAILED: ${[...test.ancestorTitles, test.title].join(' › ')}`);
  for (const suite of suites.filter(({ couldNotRun }) => couldNotRun)) console.error(`FAILED: ${suite.name} could not be run`);
  if (late) console.error(`LATE: ${JSON.stringify(painted)}, promised ${JSON.stringify(PROMISED_MS)}`);
  if (json) console.log(JSON.stringify(report));
  else
    for (const [name, value] of Object.entries(report))
      console.log(
        `${name.padEnd(10)} ${typeof value === 'object' && !Array.isArray(value) ? JSON.stringify(value) : [value].flat().join(', ')}`,
      );
  process.exitCode = report.failed > 0 || report.serious > 0 || report.screens === 0 || late ? 1 : 0;
} finally {
  await server.remove();
  rmSync(home, { recursive: true, force: true });
}

function readArguments(): { readonly json: boolean; readonly screens?: string } {
  try {
    return parseArgs({ options: { json: { type: 'boolean', default: false }, screens: { type: 'string' } } }).values;
  } catch (error) {
    console.error(
      `${error instanceof Error ? error.message : error}\nUsage: npm run test:browser [-- --json] [-- --screens docs/screens]`,
    );
    process.exit(2);
  }
}
