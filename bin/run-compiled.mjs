// `node bin/run-compiled.mjs <program under test/> [arguments]`: benchmarks, store and fault runs are measured as the product runs,
// from compiled JavaScript. Compiles test/ beside the product's own build and hands over.
import path from 'node:path';
import { findBrowser } from './find-browser.mjs';
import { compilePrograms, prepare, root, run } from './prepare.mjs';

const [program, ...args] = process.argv.slice(2);
if (program === undefined) {
  console.error('Which program? As in: node bin/run-compiled.mjs bench/bench append');
  process.exit(2);
}

// `npm test` has prepared and compiled already; its specs run side by side, and none may write what another is reading.
if (process.env.TEGAS_TEST_COMPILED !== '1') {
  await prepare();
  await compilePrograms();
}
const browser = findBrowser();
if (browser !== undefined) process.env.TEGAS_TEST_CHROMIUM = browser;
// --cpu-prof and the like are for Node itself; node does not take them from NODE_OPTIONS.
const forNode = args.filter((arg) => arg.startsWith('--cpu-prof') || arg === '--expose-gc');
const rest = args.filter((arg) => !forNode.includes(arg));
process.exitCode = await run(process.execPath, [...forNode, path.join(root, 'dist', 'test', `${program}.js`), ...rest]);
