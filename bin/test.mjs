// `npm test [-- jest arguments]`: every spec against a throwaway PostgreSQL and, where there is a redis-server, a throwaway
// Redis. The last line is the tally. With TEGAS_CI=1 a missing Redis or Chromium is a failure instead of a loud line.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { findBrowser, onPath } from './find-browser.mjs';
import { compilePrograms, packageScript, prepare, root } from './prepare.mjs';

const CI = process.env.TEGAS_CI === '1';
const HANGING_SECONDS = 60;

await prepare();
await compilePrograms();

const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'tegas-test-'));
fs.chmodSync(scratch, 0o711); // root's PostgreSQL runs as another user, who must pass through
const undo = [() => fs.rmSync(scratch, { recursive: true, force: true })];
let jest;
let interrupted = false;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    interrupted = true;
    jest?.kill('SIGTERM');
  });
}

let exitCode = 1;
let tally = '0 passed, 1 failed';
try {
  const env = { ...process.env, TEGAS_TEST_COMPILED: '1' };
  const missing = [];
  await startPostgres(env);
  await findRedis(env, missing);
  findChromium(env, missing);
  const report = interrupted ? undefined : await runJest(env, process.argv.slice(2));
  ({ exitCode, tally } = conclude(report, missing));
} catch (error) {
  console.error(error instanceof Error && error.name === 'OperatorError' ? error.message : error);
} finally {
  for (const step of undo.reverse()) {
    try {
      await step();
    } catch (error) {
      console.error(error);
      exitCode = 1;
    }
  }
}
console.log(tally);
process.exit(exitCode);

async function startPostgres(env) {
  const { startEmbeddedPostgres } = await import(pathToFileURL(path.join(root, 'dist/apps/cli/src/embedded-postgres.js')).href);
  const postgres = await startEmbeddedPostgres({
    home: path.join(scratch, 'postgres'),
    database: 'tegas_test',
    note: (line) => console.error(line),
  });
  undo.push(() => postgres.remove());
  env.TEGAS_TEST_DATABASE_URL = postgres.url;
}

async function findRedis(env, missing) {
  if (env.TEGAS_TEST_REDIS_URL) return;
  const program = onPath('redis-server');
  if (!program) {
    notRun('Redis tests (no redis-server found)', missing);
    return;
  }
  const port = await freePort();
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', scratch];
  const redis = spawn(program, args, { stdio: 'ignore', detached: true });
  const exited = new Promise((resolve) => {
    redis.once('exit', resolve);
    redis.once('error', resolve);
  });
  undo.push(async () => {
    redis.kill('SIGTERM');
    const hard = setTimeout(() => redis.kill('SIGKILL'), 5000);
    await exited;
    clearTimeout(hard);
  });
  if (!(await answers(port))) throw new Error(`${program} did not start`);
  env.TEGAS_TEST_REDIS_URL = `redis://127.0.0.1:${port}`;
}

function findChromium(env, missing) {
  const program = findBrowser();
  if (program) env.TEGAS_TEST_CHROMIUM = program;
  else notRun('browser tests (no Chromium found)', missing);
}

function notRun(what, missing) {
  console.error(`\n!!! NOT RUN: ${what} !!!\n`);
  missing.push(what);
}

async function runJest(env, extra) {
  const outputFile = path.join(scratch, 'jest.json');
  const args = [packageScript('jest', 'bin/jest.js'), '--json', `--outputFile=${outputFile}`, ...extra];
  env.NODE_OPTIONS = `${env.NODE_OPTIONS ?? ''} --experimental-vm-modules --disable-warning=ExperimentalWarning`.trim();
  jest = spawn(process.execPath, args, { cwd: root, env, stdio: ['ignore', 'ignore', 'inherit'] });
  // A spec that leaves a socket open would keep Jest waiting for ever.
  let hanging = false;
  const watch = setInterval(() => {
    if (!fs.existsSync(outputFile) || Date.now() - fs.statSync(outputFile).mtimeMs < HANGING_SECONDS * 1000) return;
    hanging = true;
    jest.kill('SIGKILL');
  }, 1000);
  const code = await new Promise((resolve, reject) => {
    jest.once('error', reject);
    jest.once('close', resolve);
  });
  clearInterval(watch);
  if (hanging) console.error(`Jest had finished but did not end within ${HANGING_SECONDS} s: a spec leaves something open.`);
  try {
    return { code: hanging ? 1 : code, hanging, ...JSON.parse(fs.readFileSync(outputFile, 'utf8')) };
  } catch {
    return undefined; // it crashed
  }
}

function conclude(report, missing) {
  if (!report) {
    console.error(interrupted ? 'Interrupted.' : 'Jest ended without a report.');
    return { exitCode: interrupted ? 130 : 1, tally: '0 passed, 1 failed' };
  }
  const folders = new Map();
  const add = (folder, kind) => {
    const counts = folders.get(folder) ?? { passed: 0, failed: 0, skipped: 0 };
    counts[kind] += 1;
    folders.set(folder, counts);
  };
  for (const suite of report.testResults) {
    const folder = path.relative(root, suite.name).split(path.sep).slice(0, 2).join('/');
    for (const { status } of suite.assertionResults) add(folder, status === 'passed' || status === 'failed' ? status : 'skipped');
    // A suite that cannot even be loaded has no tests to fail.
    if (suite.status === 'failed' && !suite.assertionResults.some(({ status }) => status === 'failed')) add(folder, 'failed');
  }
  const total = { passed: 0, failed: 0, skipped: 0 };
  console.log('');
  for (const [folder, counts] of [...folders].sort()) {
    console.log(`${folder.padEnd(24)} ${sentence(counts)}`);
    for (const kind of Object.keys(total)) total[kind] += counts[kind];
  }
  if (report.hanging) total.failed += 1;
  if (total.passed + total.failed === 0) {
    console.error('No test was run.');
    total.failed += 1;
  }
  for (const what of missing) {
    console.error(`NOT RUN: ${what}${CI ? ' (a failure, since TEGAS_CI=1)' : ''}`);
    if (CI) total.failed += 1;
  }
  if (report.code !== 0 && total.failed === 0) {
    console.error(`Jest ended with code ${report.code} although no test failed.`);
    total.failed += 1;
  }
  return { exitCode: total.failed === 0 ? 0 : 1, tally: sentence(total) };
}

function sentence({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}

function freePort() {
  return new Promise((resolve) => {
    const probe = net.createServer();
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}

async function answers(port) {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const open = await new Promise((resolve) => {
      const socket = net.connect(port, '127.0.0.1');
      socket.once('connect', () => {
        socket.destroy();
        resolve(true);
      });
      socket.once('error', () => resolve(false));
    });
    if (open) return true;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return false;
}
