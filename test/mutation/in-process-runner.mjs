// Runs specs for Stryker in one process, a mutant in tens of milliseconds: Stryker's runner for Jest starts Jest anew for each, which takes
// seconds with ES modules. The specs are what they are under Jest: its `describe` and `it` collect them, its `expect` judges. Each is
// bundled once with the instrumented sources it imports; importing the bundle anew gives modules that remember nothing of the mutant before.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import fc from 'fast-check';
import { build } from 'vite';
import { groups } from '../../stryker.config.mjs';

// Jest's own parts, in the version that the specs run with elsewhere.
const fromJest = createRequire(createRequire(import.meta.url).resolve('jest'));
const circus = fromJest('jest-circus');
const { expect } = fromJest('expect');
globalThis.specGlobals = { describe: circus.describe, it: circus.it, test: circus.test, expect };

// The same examples in every run, so that a mutant killed once is killed again; a first failure is enough.
fc.configureGlobal({ seed: 20_061_201, endOnFailure: true });

/** A property is asked so often at the most: a mutant that only the thousandth example kills counts as survived here. */
const MOST_RUNS = 100;
globalThis.fewerExamples = {
  ...fc,
  assert: (property, options = {}) =>
    fc.assert(property, { ...options, numRuns: Math.min(options.numRuns ?? MOST_RUNS, MOST_RUNS) }),
};

const [SUCCESS, FAILED] = [0, 1];
const READING = 'a spec being read';

/** How long each test took unharmed, for all processes in the sandbox: whoever looks for a damage asks the quick ones first. */
const TIMES = 'times-of-specs.json';

/** Not asked: what measures the machine, and what counts over many scenarios or examples whether it met every command. */
const NO_JUDGE = /within \d+ seconds$|^every command has a scenario|agrees with decide/;

class InProcessRunner {
  bundles = new Map();
  /** How often each test was asked, and how often it found the damage. */
  record = new Map();
  imports = 0;

  capabilities() {
    return { reloadEnvironment: true };
  }

  async init() {
    const { mutate, specs } = groups[process.env.TEGAS_MUTATE];
    // In the sandbox, so that packages are found from there.
    this.folder = mkdtempSync(path.resolve('.specs-'));
    for (const spec of specs) this.bundles.set(spec, await bundled(spec, this.folder));
    this.sources = await Promise.all(mutate.map((source) => bundled(source, this.folder)));
  }

  dispose() {
    if (this.folder !== undefined) rmSync(this.folder, { recursive: true, force: true });
  }

  async dryRun({ coverageAnalysis }) {
    const stryker = namespace();
    stryker.activeMutant = undefined;
    stryker.currentTestId = undefined;
    // What the sources do when they are read is static; what a spec does with them before its first test is not.
    for (const source of this.sources) await import(pathToFileURL(source).href);
    const tests = [];
    for (const spec of this.bundles.keys()) {
      stryker.currentTestId = coverageAnalysis === 'perTest' ? READING : undefined;
      for (const test of await this.load(spec)) {
        stryker.currentTestId = coverageAnalysis === 'perTest' ? test.id : undefined;
        tests.push(await ran(test));
        stryker.currentTestId = undefined;
      }
    }
    if (stryker.mutantCoverage !== undefined) delete stryker.mutantCoverage.perTest[READING];
    writeFileSync(TIMES, JSON.stringify(Object.fromEntries(tests.map(({ id, timeSpentMs }) => [id, timeSpentMs]))));
    return { status: 'complete', tests, mutantCoverage: stryker.mutantCoverage };
  }

  async mutantRun({ activeMutant, testFilter, disableBail, hitLimit, mutantActivation }) {
    const stryker = namespace();
    stryker.hitLimit = hitLimit;
    stryker.hitCount = hitLimit === undefined ? undefined : 0;
    this.times ??= existsSync(TIMES) ? JSON.parse(readFileSync(TIMES, 'utf8')) : {};
    const wanted = testFilter === undefined ? undefined : new Set(testFilter);
    let tests = 0;
    const failed = [];
    for (const spec of this.bundles.keys()) {
      if (wanted !== undefined && !testFilter.some((id) => id.startsWith(`${spec} `))) continue;
      stryker.activeMutant = mutantActivation === 'static' ? activeMutant.id : undefined;
      let loaded;
      try {
        loaded = await this.load(spec);
      } catch (error) {
        // A spec that cannot even be read any more has seen the damage.
        loaded = [{ id: `${spec} is read`, run: () => Promise.reject(error) }];
      }
      stryker.activeMutant = activeMutant.id;
      for (const test of loaded.toSorted((a, b) => this.cost(a) - this.cost(b))) {
        if (wanted !== undefined && !wanted.has(test.id) && !test.id.endsWith(' is read')) continue;
        tests += 1;
        const result = await ran(test);
        const [asked, found] = this.record.get(test.id) ?? [0, 0];
        this.record.set(test.id, [asked + 1, found + (result.status === FAILED ? 1 : 0)]);
        if (stryker.hitCount !== undefined && stryker.hitCount > hitLimit)
          return { status: 'timeout', reason: `Hit limit reached (${stryker.hitCount}/${hitLimit})` };
        if (result.status === SUCCESS) continue;
        failed.push(result);
        if (!disableBail) return killed(failed, tests);
      }
    }
    return failed.length > 0 ? killed(failed, tests) : { status: 'survived', nrOfTests: tests };
  }

  /** Milliseconds for each damage that a test is likely to find, by what it found so far. */
  cost({ id }) {
    const [asked, found] = this.record.get(id) ?? [0, 0];
    return ((this.times[id] ?? 0) * (asked + 1)) / (found + 0.5);
  }

  /** The tests of a spec, in order, in modules imported anew. */
  async load(spec) {
    circus.resetState();
    this.imports += 1;
    await import(`${pathToFileURL(this.bundles.get(spec)).href}?${this.imports}`);
    const seen = new Map();
    const tests = testsIn(circus.getState().rootDescribeBlock).filter(({ title }) => !NO_JUDGE.test(title));
    return tests.map(({ title, fn }) => {
      const times = (seen.get(title) ?? 0) + 1;
      seen.set(title, times);
      return { id: `${spec} ${title}${times > 1 ? ` (${times})` : ''}`, run: async () => fn() };
    });
  }
}

function killed(failed, nrOfTests) {
  return { status: 'killed', failureMessage: failed[0].failureMessage, killedBy: failed.map(({ id }) => id), nrOfTests };
}

async function ran({ id, run }) {
  const started = performance.now();
  const told = (more) => ({ id, name: id, timeSpentMs: performance.now() - started, ...more });
  try {
    await run();
    return told({ status: SUCCESS });
  } catch (error) {
    return told({ status: FAILED, failureMessage: String(error?.stack ?? error) });
  }
}

function testsIn({ children, name, parent }, titles = []) {
  const here = parent === undefined ? titles : [...titles, name];
  return children.flatMap((child) =>
    child.type === 'describeBlock' ? testsIn(child, here) : [{ title: [...here, child.name].join(' '), fn: child.fn }],
  );
}

/** What the instrumented sources and Stryker agree on. */
function namespace() {
  globalThis.__stryker__ ??= {};
  return globalThis.__stryker__;
}

const REPLACED = {
  '@jest/globals': 'export const { describe, it, test, expect } = globalThis.specGlobals;',
  'fast-check': 'export default globalThis.fewerExamples;',
};

async function bundled(spec, folder) {
  const name = spec.replaceAll('/', '-').replace(/\.ts$/, '');
  await build({
    configFile: false,
    root: process.cwd(),
    logLevel: 'error',
    plugins: [
      {
        name: 'replaced',
        enforce: 'pre',
        resolveId: (id) => (Object.hasOwn(REPLACED, id) ? `\0${id}` : undefined),
        load: (id) => REPLACED[id.slice(1)],
      },
    ],
    resolve: { alias: [{ find: /^#([a-z-]+)\/(.*)\.js$/, replacement: `${process.cwd()}/libs/$1/src/$2.ts` }] },
    build: {
      ssr: spec,
      outDir: folder,
      emptyOutDir: false,
      target: 'node20',
      minify: false,
      rollupOptions: { output: { entryFileNames: `${name}.mjs`, codeSplitting: false } },
    },
  });
  return path.join(folder, `${name}.mjs`);
}

export const strykerPlugins = [{ kind: 'TestRunner', name: 'in-process', injectableClass: InProcessRunner }];
