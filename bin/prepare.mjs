// What bin/*.mjs share: a fresh clone becomes a runnable one. No dependency, and only syntax that an old Node can read,
// so that the version check below is what its user sees.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const dist = path.join(root, 'dist');
const stampFile = path.join(dist, '.built.json');
const consoleStampFile = path.join(dist, '.console.json');
const lockFile = path.join(dist, '.lock');

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`Tegas needs Node.js 20.19 or newer; this is ${process.versions.node} (${process.execPath}).`);
  console.error(`Tegas memerlukan Node.js 20.19 atau lebih baru; yang terpasang ${process.versions.node}.`);
  process.exit(1);
}

/**
 * Installs the packages and compiles the sources, each only when it is needed. When nothing changed this costs some
 * milliseconds and writes nothing. Two at the same time take turns. Ends the process with a sentence when it cannot.
 */
export async function prepare({ build = true } = {}) {
  const ready = () => isInstalled() && (!build || (isBuilt() && isConsoleBuilt()));
  if (ready()) return;
  try {
    await whileLocked(async () => {
      if (!isInstalled()) await install();
      if (build && !isBuilt()) await compile();
      if (build && !isConsoleBuilt()) await bundleConsole();
    });
  } catch (error) {
    if (error && ['EACCES', 'EPERM', 'EROFS', 'ENOSPC'].includes(error.code)) {
      console.error(
        `Tegas must install or build, and cannot write in ${root} (${error.code}): use a clone that you own, with free space.`,
      );
      console.error(`Tegas perlu memasang atau membangun, tetapi tidak dapat menulis di ${root} (${error.code}).`);
    } else {
      console.error(error instanceof Error ? error.message : error);
    }
    process.exit(1);
  }
}

/** Runs a program with the terminal as its own and answers its exit code (1 when a signal ended it). */
export function run(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, stdio: 'inherit', ...options });
    child.on('error', reject);
    child.on('close', (code) => resolve(code === null ? 1 : code));
  });
}

/** Compiles the programs under test/ (benchmarks, fault runs) beside the product's own build. Ends the process when it cannot. */
export async function compilePrograms() {
  const compiled = await run(process.execPath, [packageScript('typescript', 'bin/tsc'), '-p', 'test/bench/tsconfig.run.json']);
  if (compiled !== 0) process.exit(compiled);
}

/** The path of a program that npm installed, as a script for this Node. */
export function packageScript(name, script) {
  return path.join(root, 'node_modules', name, script);
}

// npm writes node_modules/.package-lock.json as the last act of an install, with the entries it installed. Contents are
// compared and not times: a fresh clone's times say nothing.
function isInstalled() {
  const wanted = readJson(path.join(root, 'package-lock.json'));
  const present = readJson(path.join(root, 'node_modules', '.package-lock.json'));
  if (!wanted?.packages || !present?.packages) return false;
  for (const [place, entry] of Object.entries(wanted.packages)) {
    if (place === '' || entry.link) continue;
    const found = present.packages[place];
    if (!found) {
      if (!entry.optional && !entry.devOptional && !entry.peer) return false;
    } else if (found.version !== entry.version || found.integrity !== entry.integrity) {
      return false;
    }
  }
  return Object.keys(present.packages).every((place) => wanted.packages[place] !== undefined);
}

async function install() {
  const windows = process.platform === 'win32';
  // The build needs the development packages also where NODE_ENV is production.
  const code = await quietly(
    'Installing packages (npm ci)',
    windows ? 'npm.cmd' : 'npm',
    ['ci', '--include=dev', '--no-audit', '--no-fund'],
    {
      shell: windows,
    },
  );
  if (code !== 0)
    throw new Error('npm ci failed (see above): Tegas needs the packages of package-lock.json from the npm registry.');
  if (!isInstalled()) throw new Error('npm ci ended well, and yet node_modules does not match package-lock.json; run: npm ci');
}

async function compile() {
  const stamp = sourcesStamp();
  fs.rmSync(stampFile, { force: true });
  // Without its output a kept tsbuildinfo would make tsc write nothing.
  if (!fs.existsSync(path.join(dist, 'apps', 'cli', 'src', 'main.js')))
    fs.rmSync(path.join(dist, '.tsbuildinfo'), { force: true });
  const code = await quietly('Building', process.execPath, [packageScript('typescript', 'bin/tsc'), '-p', 'tsconfig.build.json']);
  if (code !== 0) throw new Error('The build failed (see above).');
  fs.writeFileSync(stampFile, JSON.stringify(stamp));
}

async function bundleConsole() {
  const stamp = consoleStamp();
  fs.rmSync(consoleStampFile, { force: true });
  const args = [packageScript('vite', 'bin/vite.js'), 'build', '--config', 'apps/console/vite.config.ts'];
  const code = await quietly('Building the console', process.execPath, args, { env: { ...process.env, NODE_ENV: 'production' } });
  if (code !== 0) throw new Error('The build of the console failed (see above).');
  fs.writeFileSync(consoleStampFile, JSON.stringify(stamp));
}

function isBuilt() {
  return isStamped(stampFile, sourcesStamp());
}

function isConsoleBuilt() {
  return isStamped(consoleStampFile, consoleStamp());
}

function isStamped(file, stamp) {
  const built = readJson(file);
  return built !== undefined && JSON.stringify(built) === JSON.stringify(stamp);
}

const rooms = (part) => fs.readdirSync(path.join(root, part)).filter((room) => `${part}/${room}` !== CONSOLE);
const CONSOLE = 'apps/console';

// What the compiler reads of ours; the console is Vite's.
function sourcesStamp() {
  const folders = ['apps', 'libs'].flatMap((part) => rooms(part).map((room) => `${part}/${room}/src`));
  return stampOf(['package.json', 'package-lock.json', 'tsconfig.base.json', 'tsconfig.build.json'], folders);
}

// What Vite reads of ours: the console itself and the domain's words and types.
function consoleStamp() {
  return stampOf(['package.json', 'package-lock.json', 'tsconfig.base.json'], [CONSOLE, 'libs/domain/src']);
}

// Name, size and time of each.
function stampOf(files, folders) {
  const stamp = {};
  const note = (file) => {
    const { size, mtimeMs } = fs.statSync(path.join(root, file));
    stamp[file] = `${size} ${mtimeMs}`;
  };
  const walk = (folder) => {
    for (const entry of fs.readdirSync(path.join(root, folder), { withFileTypes: true })) {
      const file = `${folder}/${entry.name}`;
      if (entry.isDirectory()) {
        if (entry.name !== 'node_modules') walk(file);
      } else if (/\.(tsx?|json|css|html)$/.test(entry.name) && !/\.spec\.tsx?$/.test(entry.name)) note(file);
    }
  };
  files.forEach(note);
  for (const folder of folders) if (fs.existsSync(path.join(root, folder))) walk(folder);
  return stamp;
}

// Shows that something goes on, and the program's own words only when it fails. All on stderr: stdout is the command's.
async function quietly(label, command, args, options = {}) {
  const started = Date.now();
  const live = process.stderr.isTTY;
  const seconds = () => Math.round((Date.now() - started) / 1000);
  if (!live) process.stderr.write(`${label} …\n`);
  const frames = '⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏';
  let frame = 0;
  const tick = () => {
    if (live) process.stderr.write(`\r${frames[frame++ % frames.length]} ${label} … ${seconds()} s `);
    else if (++frame % 15 === 0) process.stderr.write(`${label} … ${seconds()} s\n`);
  };
  const timer = setInterval(tick, live ? 120 : 1000);
  const output = [];
  try {
    const code = await new Promise((resolve, reject) => {
      const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], ...options });
      child.stdout.on('data', (chunk) => output.push(chunk));
      child.stderr.on('data', (chunk) => output.push(chunk));
      child.on('error', reject);
      child.on('close', resolve);
    });
    if (live) process.stderr.write('\r\x1b[K');
    if (code !== 0) process.stderr.write(Buffer.concat(output));
    else process.stderr.write(`✔ ${label} (${seconds()} s)\n`);
    return code;
  } finally {
    clearInterval(timer);
  }
}

async function whileLocked(work) {
  fs.mkdirSync(dist, { recursive: true });
  const mine = `${lockFile}.${process.pid}`;
  fs.writeFileSync(mine, JSON.stringify({ pid: process.pid, started: startedAt(process.pid) }));
  let told = false;
  const deadline = Date.now() + 10 * 60_000;
  try {
    for (;;) {
      try {
        fs.linkSync(mine, lockFile); // appears at once and with its content, or not at all
        break;
      } catch (error) {
        if (error.code !== 'EEXIST') throw error;
      }
      const holder = readJson(lockFile);
      const lives = holder && isAlive(holder.pid) && startedAt(holder.pid) === holder.started;
      if (!lives || Date.now() > deadline) {
        takeOver(holder, mine);
        continue;
      }
      if (!told)
        process.stderr.write(`Another Tegas command (process ${holder.pid}) is installing or building; waiting for it …\n`);
      told = true;
      await new Promise((resolve) => setTimeout(resolve, 150));
    }
  } finally {
    fs.rmSync(mine, { force: true });
  }
  const leave = () => {
    const holder = readJson(lockFile);
    if (holder && holder.pid === process.pid) fs.rmSync(lockFile, { force: true });
  };
  process.once('exit', leave);
  try {
    await work();
  } finally {
    leave();
    process.off('exit', leave);
  }
}

// A dead holder's lock is moved aside; should it meanwhile have become another's, it goes back.
function takeOver(holder, mine) {
  const aside = `${mine}.stale`;
  try {
    fs.renameSync(lockFile, aside);
  } catch (error) {
    if (error.code === 'ENOENT') return;
    throw error;
  }
  const moved = readJson(aside);
  if (moved && holder && moved.pid !== holder.pid) fs.linkSync(aside, lockFile);
  fs.rmSync(aside, { force: true });
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

// Tells a process from a later one with the same number; only Linux says it cheaply.
function startedAt(pid) {
  try {
    return fs.readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').pop().split(' ')[19];
  } catch {
    return '';
  }
}

function readJson(file) {
  try {
    return JSON.parse(fs.readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}
