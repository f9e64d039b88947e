// The arrows of ARCHITECTURE.md: domain <- event-store <- read-models <- apps; privacy and audit stand beside read-models, over event-store.
const only = (name, comment, from, allowed) => ({
  name,
  severity: 'error',
  comment,
  from: { path: from, pathNot: '[.]spec[.]ts$' },
  to: { pathNot: allowed },
});
const gate = (name, comment, pkg, home) => ({
  name,
  severity: 'error',
  comment,
  from: { path: '^(apps|libs)/', pathNot: [home, '[.]spec[.]ts$'] },
  to: { path: `^node_modules/${pkg}` },
});
module.exports = {
  forbidden: [
    only('domain-is-pure', 'libs/domain imports only itself and temporal-polyfill', '^libs/domain/', [
      '^libs/domain/',
      '^node_modules/temporal-polyfill/',
    ]),
    {
      name: 'event-store-over-domain',
      severity: 'error',
      from: { path: '^libs/event-store/' },
      to: { path: '^(apps|libs/(?!event-store/|domain/))' },
    },
    {
      name: 'privacy-over-event-store',
      severity: 'error',
      from: { path: '^libs/privacy/' },
      to: { path: '^(apps|libs/(?!privacy/|event-store/|domain/))' },
    },
    {
      name: 'evidence-over-event-store',
      severity: 'error',
      from: { path: '^libs/evidence/' },
      to: { path: '^(apps|libs/(?!evidence/|event-store/|domain/))' },
    },
    {
      name: 'letters-over-event-store',
      severity: 'error',
      from: { path: '^libs/letters/' },
      to: { path: '^(apps|libs/(?!letters/|event-store/|domain/))' },
    },
    {
      name: 'audit-over-event-store',
      severity: 'error',
      from: { path: '^libs/audit/' },
      to: { path: '^(apps|libs/(?!audit/|event-store/|domain/))' },
    },
    {
      name: 'read-models-over-event-store',
      severity: 'error',
      from: { path: '^libs/read-models/' },
      to: { path: '^(apps|libs/(?!read-models/|event-store/|domain/))' },
    },
    only('alarms-stand-alone', 'libs/alarms knows a queue, and nothing of Tegas', '^libs/alarms/', [
      '^libs/alarms/',
      '^node_modules/',
    ]),
    {
      name: 'apps-stand-alone',
      severity: 'error',
      comment: 'apps never import apps',
      from: { path: '^apps/([^/]+)/' },
      to: { path: '^apps/', pathNot: '^apps/$1/' },
    },
    {
      name: 'console-over-domain',
      severity: 'error',
      comment: 'of libs the console knows the domain alone: everything else it asks the API',
      from: { path: '^apps/console/' },
      to: { path: '^libs/(?!domain/)' },
    },
    gate('nest-lives-in-apps', '@nestjs/* only in apps', '@nestjs/', '^apps/'),
    gate('typeorm-lives-in-read-models', 'typeorm only in libs/read-models', 'typeorm/', '^libs/read-models/'),
    gate('bullmq-lives-in-one-file', 'bullmq only in the queue of alarms', 'bullmq/', '^libs/alarms/src/alarm-queue[.]ts$'),
    gate(
      'eventstoredb-lives-in-one-file',
      '@eventstore/db-client only in its store',
      '@eventstore/db-client/',
      '^libs/event-store/src/eventstoredb-store[.]ts$',
    ),
    { name: 'no-cycle', severity: 'error', from: {}, to: { circular: true } },
    { name: 'not-to-unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    // The benchmark's peers are a package of their own, installed on first use.
    exclude: { path: '(^|/)dist/|^test/bench/peers/' },
    tsConfig: { fileName: 'tsconfig.base.json' },
    enhancedResolveOptions: { conditionNames: ['source', 'import', 'default', 'types'], exportsFields: ['exports'] },
  },
};
