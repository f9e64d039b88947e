// `npm run test:mutation [-- --json] [rules|clocks|policies …]`: how many mutants the specs kill, group by group and file by file. Exit 1 when a
// group stays below 80 %. Counted as Stryker counts: killed and timed out over all that could be tested.
import { readFileSync } from 'node:fs';
import { groups } from '../stryker.config.mjs';
import { packageScript, prepare, run } from './prepare.mjs';

const LEAST = 80;
const asked = process.argv.slice(2).filter((argument) => argument !== '--json');
const wrong = asked.find((name) => !Object.hasOwn(groups, name));
if (wrong !== undefined) {
  console.error(`No group ${wrong}. npm run test:mutation [-- --json] [${Object.keys(groups).join('|')} …]`);
  process.exit(2);
}
const json = process.argv.includes('--json');
await prepare({ build: false });

const files = {};
const byGroup = {};
const started = Date.now();
for (const name of asked.length > 0 ? asked : Object.keys(groups)) {
  process.env.TEGAS_MUTATE = name;
  // Stryker tells of its progress; with --json the last line is ours alone.
  const code = await run(
    process.execPath,
    [packageScript('@stryker-mutator/core', 'bin/stryker.js'), 'run', 'stryker.config.mjs'],
    json ? { stdio: ['ignore', process.stderr, process.stderr] } : {},
  );
  if (code !== 0) process.exit(code);
  const report = JSON.parse(readFileSync(`reports/mutation-${name}.json`, 'utf8'));
  const counts = Object.entries(report.files).map(([file, { mutants }]) => {
    const counted = (...states) => mutants.filter(({ status }) => states.includes(status)).length;
    return [
      file,
      {
        killed: counted('Killed', 'Timeout'),
        survived: counted('Survived'),
        noCoverage: counted('NoCoverage'),
        errors: counted('RuntimeError', 'CompileError'),
      },
    ];
  });
  Object.assign(files, Object.fromEntries(counts));
  byGroup[name] = summed(counts.map(([, count]) => count));
}
const total = summed(Object.values(files));
const seconds = Math.round((Date.now() - started) / 1000);
if (json) console.log(JSON.stringify({ ...total, seconds, byGroup, files }));
else {
  for (const [file, count] of Object.entries(files)) console.log(`${file.padEnd(52)} ${JSON.stringify(count)}`);
  for (const [name, count] of Object.entries({ ...byGroup, together: total }))
    console.log(
      `${name.padEnd(10)} ${count.score} % killed: ${count.killed} of ${count.killed + count.survived + count.noCoverage}`,
    );
  console.log(`${seconds} s`);
}
process.exitCode = Object.values(byGroup).some(({ score }) => score < LEAST) ? 1 : 0;

function summed(counts) {
  const sum = (key) => counts.reduce((all, count) => all + count[key], 0);
  const [killed, survived, noCoverage, errors] = ['killed', 'survived', 'noCoverage', 'errors'].map(sum);
  const score = Math.round((1000 * killed) / (killed + survived + noCoverage)) / 10;
  return { score, killed, survived, noCoverage, errors };
}
