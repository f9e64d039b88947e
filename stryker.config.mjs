// Mutation testing of the rules, clocks and policies: each small damage must be seen by a spec. `npm run test:mutation`.
export default {
  testRunner: 'jest',
  // The specs are ES modules, so Jest runs with Node's modules for virtual machines.
  testRunnerNodeArgs: ['--experimental-vm-modules'],
  // The specs that state what these files must do; the others would only make each mutant slower.
  jest: {
    projectType: 'custom',
    configFile: 'jest.config.mjs',
    config: {
      testMatch: [
        '<rootDir>/libs/domain/src/procedure/{rules,procedure}.spec.ts',
        '<rootDir>/libs/domain/src/clock/*.spec.ts',
        '<rootDir>/libs/domain/src/case/{policies,decide,clock-events}.spec.ts',
        '<rootDir>/test/law/{examples,due-dates}.spec.ts',
      ],
    },
  },
  mutate: [
    'libs/domain/src/procedure/rules.ts',
    'libs/domain/src/procedure/decision-diagram.ts',
    'libs/domain/src/clock/*.ts',
    '!libs/domain/src/clock/*.spec.ts',
    'libs/domain/src/case/policies.ts',
  ],
  coverageAnalysis: 'perTest',
  // Above what the slowest spec needs on a busy machine: only a mutant that never ends runs out of it.
  timeoutMS: 20_000,
  concurrency: 2,
  ignorePatterns: ['dist', 'docs', 'apps/console', '.tegas', 'reports'],
  reporters: ['clear-text', 'progress', 'json'],
  jsonReporter: { fileName: 'reports/mutation.json' },
  tempDirName: '.stryker-tmp',
  thresholds: { high: 90, low: 80, break: 80 },
};
