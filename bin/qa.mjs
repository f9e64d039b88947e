// `npm run qa`: every static check, all of them even when one fails.
import { packageScript, prepare, run } from './prepare.mjs';

await prepare({ build: false });

const checks = [
  ['biome (format and lint)', '@biomejs/biome', 'bin/biome', ['ci']],
  ['tsc (types, specs included)', 'typescript', 'bin/tsc', ['-p', 'tsconfig.check.json']],
  ['tsc (types of the console)', 'typescript', 'bin/tsc', ['-p', 'apps/console/tsconfig.json']],
  [
    'dependency-cruiser (arrows)',
    'dependency-cruiser',
    'bin/dependency-cruise.mjs',
    ['--config', '.dependency-cruiser.cjs', 'apps', 'libs', 'test'],
  ],
  ['knip (unused files, exports, packages)', 'knip', 'bin/knip.js', ['--tsConfig', 'tsconfig.build.json']],
];

const verdicts = [];
for (const [title, name, script, args] of checks) {
  console.log(`\n── ${title}`);
  const code = await run(process.execPath, [packageScript(name, script), ...args]);
  verdicts.push([title, code]);
}

console.log('');
for (const [title, code] of verdicts) console.log(`${code === 0 ? '✔' : '✘'} ${title}${code === 0 ? '' : ` (exit ${code})`}`);
process.exitCode = verdicts.every(([, code]) => code === 0) ? 0 : 1;
