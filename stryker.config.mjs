// Mutation testing of the rules, clocks and policies: each small damage must be seen by a spec. `npm run test:mutation` runs one group of
// files after another, each held by the specs that state what its files must do: the others would only make each mutant slower.
export const groups = {
  rules: {
    mutate: ['libs/domain/src/procedure/rules.ts', 'libs/domain/src/procedure/decision-diagram.ts'],
    specs: ['libs/domain/src/procedure/rules.spec.ts', 'test/law/examples.spec.ts'],
  },
  clocks: {
    mutate: ['libs/domain/src/clock/*.ts', '!libs/domain/src/clock/*.spec.ts'],
    specs: ['libs/domain/src/clock/clock.spec.ts', 'test/law/due-dates.spec.ts'],
  },
  policies: {
    mutate: ['libs/domain/src/case/policies.ts'],
    specs: ['libs/domain/src/case/policies.spec.ts', 'libs/domain/src/case/decide.spec.ts'],
  },
};

const name = process.env.TEGAS_MUTATE ?? 'rules';
const { mutate, specs } = groups[name];

export default {
  testRunner: 'jest',
  // The specs are ES modules, so Jest runs with Node's modules for virtual machines.
  testRunnerNodeArgs: ['--experimental-vm-modules'],
  jest: {
    projectType: 'custom',
    configFile: 'jest.config.mjs',
    config: { testMatch: specs.map((spec) => `<rootDir>/${spec}`) },
  },
  mutate,
  coverageAnalysis: 'perTest',
  // Above what the slowest spec needs on a busy machine: only a mutant that never ends runs out of it.
  timeoutMS: 60_000,
  concurrency: 2,
  ignorePatterns: ['dist', 'docs', 'apps/console', '.tegas', 'reports'],
  reporters: ['clear-text', 'progress', 'json'],
  clearTextReporter: { logTests: false, reportTests: false },
  jsonReporter: { fileName: `reports/mutation-${name}.json` },
  tempDirName: `.stryker-tmp-${name}`,
};
