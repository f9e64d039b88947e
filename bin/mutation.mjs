// `npm run test:mutation [-- --json] [rules|clocks|policies …]`: how many mutants the specs kill, file by file. Exit 1 below 80 %.
// Counted as Stryker counts: killed and timed out over all that could be tested; a mutant that does not compile is none.
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
for (const name of asked.length > 0 ? asked : Object.keys(groups)) {
  process.env.TEGAS_MUTATE = name;
  const code = await run(process.execPath, [
    packageScript('@stryker-mutator/core', 'bin/stryker.js'),
    'run',
    'stryker.config.mjs',
  ]);
  if (code !== 0) process.exit(code);
  const report = JSON.parse(readFileSync(`reports/mutation-${name}.json`, 'utf8'));
  for (const [file, { mutants }] of Object.entries(report.files)) {
    const counted = (...states) => mutants.filter(({ status }) => states.includes(status)).length;
    files[file] = { killed: counted('Killed', 'Timeout'), survived: counted('Survived'), noCoverage: counted('NoCoverage') };
  }
}
const sum = (key) => Object.values(files).reduce((total, file) => total + file[key], 0);
const [killed, survived, noCoverage] = ['killed', 'survived', 'noCoverage'].map(sum);
const score = Math.round((1000 * killed) / (killed + survived + noCoverage)) / 10;
if (json) console.log(JSON.stringify({ score, killed, survived, noCoverage, files }));
else {
  for (const [file, count] of Object.entries(files)) console.log(`${file.padEnd(52)} ${JSON.stringify(count)}`);
  console.log(`${score} % killed: ${killed} of ${killed + survived + noCoverage}`);
}
process.exitCode = score < LEAST ? 1 : 0;
