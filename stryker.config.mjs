// Mutation testing of the rules, clocks and policies: each small damage must be seen by a spec. `npm run test:mutation` runs one group of
// files after another, each held by the specs that state what its files must do: the others would only make each mutant slower.
export const groups = {
  rules: {
    mutate: ['libs/domain/src/procedure/rules.ts', 'libs/domain/src/procedure/decision-diagram.ts'],
    specs: ['libs/domain/src/procedure/rules.spec.ts', 'test/law/examples.spec.ts'],
    // What is compiled once for a version serves every later test: which test reaches what, only the first would say.
    coverageAnalysis: 'all',
  },
  clocks: {
    mutate: ['clock', 'explain-due', 'ladder'].map((file) => `libs/domain/src/clock/${file}.ts`),
    specs: [
      'libs/domain/src/clock/clock.spec.ts',
      'libs/domain/src/clock/ladder.spec.ts',
      'test/law/due-dates.spec.ts',
      'libs/domain/src/process/escalation.spec.ts',
    ],
  },
  policies: {
    mutate: ['libs/domain/src/policy-table.ts', 'libs/domain/src/case/permit.ts', 'libs/domain/src/case/policies.ts'],
    specs: [
      'libs/domain/src/policy-table.spec.ts',
      'libs/domain/src/case/policies.spec.ts',
      'libs/domain/src/case/decide.spec.ts',
      'libs/domain/src/case/conflict-of-interest.spec.ts',
    ],
  },
};

const name = process.env.TEGAS_MUTATE ?? 'rules';

export default {
  testRunner: 'in-process',
  plugins: ['./test/mutation/in-process-runner.mjs'],
  mutate: groups[name].mutate,
  coverageAnalysis: groups[name].coverageAnalysis ?? 'perTest',
  // A mutant that never ends is stopped by counting its own steps; this is for what has none, on a machine that does much else.
  timeoutMS: 60_000,
  concurrency: Number(process.env.TEGAS_MUTATE_PROCESSES ?? 1),
  // What was imported anew stays in memory until the process ends.
  maxTestRunnerReuse: 100,
  ignorePatterns: ['dist', 'docs', 'apps/console', '.tegas', 'reports', '.stryker-tmp-*'],
  reporters: ['clear-text', 'progress', 'json'],
  clearTextReporter: { logTests: false, reportTests: false },
  jsonReporter: { fileName: `reports/mutation-${name}.json` },
  tempDirName: `.stryker-tmp-${name}`,
};
