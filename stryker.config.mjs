// Mutation testing of the rules, clocks and policies: each small damage must be seen by a spec. `npm run test:mutation`.
export default {
  testRunner: 'jest',
  // The specs are ES modules, so Jest runs with Node's modules for virtual machines.
  testRunnerNodeArgs: ['--experimental-vm-modules'],
  jest: { projectType: 'custom', configFile: 'jest.config.mjs', config: { roots: ['<rootDir>/libs/domain'] } },
  mutate: [
    'libs/domain/src/procedure/rules.ts',
    'libs/domain/src/procedure/decision-diagram.ts',
    'libs/domain/src/clock/*.ts',
    '!libs/domain/src/clock/*.spec.ts',
    'libs/domain/src/case/policies.ts',
  ],
  coverageAnalysis: 'perTest',
  // A mutant that never ends is killed; one that leaves a decision diagram growing is slow before it is wrong.
  timeoutMS: 20_000,
  concurrency: 2,
  ignorePatterns: ['dist', 'docs', 'apps/console', '.tegas', 'reports'],
  reporters: ['clear-text', 'progress', 'json'],
  jsonReporter: { fileName: 'reports/mutation.json' },
  tempDirName: '.stryker-tmp',
  thresholds: { high: 90, low: 80, break: 80 },
};
