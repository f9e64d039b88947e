/**
 * `npm run test:tamper [-- --json] [--cases 60]`: every attack of promise R10, as database superuser, in every variant. Exit 1 when one is not
 * found, or when an untouched log raises an alarm.
 */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startEmbeddedPostgres } from '../../apps/cli/src/embedded-postgres.js';
import { tamperRun, type Variant, variants } from './tamper-run.js';

const { json, cases } = readArguments();
const home = mkdtempSync(join(tmpdir(), 'tegas-tamper-'));
chmodSync(home, 0o711); // root's PostgreSQL runs as another user, who must pass through
const note = (line: string) => console.error(line);
const server = await startEmbeddedPostgres({ home, database: 'tamper', note });
try {
  const result = await tamperRun({
    serverUrl: server.url,
    scratch: join(home, 'scratch'),
    cases,
    variants: Object.keys(variants) as Variant[],
    note,
  });
  const { attacks, found, falseAlarms } = result;
  if (json) console.log(JSON.stringify(result));
  else console.log(`${found} of ${attacks} attacks found, in ${result.runs.length} runs; ${falseAlarms} false alarms`);
  process.exitCode = found === attacks && attacks === 6 && falseAlarms === 0 ? 0 : 1;
} finally {
  await server.remove();
  rmSync(home, { recursive: true, force: true });
}

function readArguments(): { readonly json: boolean; readonly cases: number } {
  try {
    const { values } = parseArgs({
      options: { json: { type: 'boolean', default: false }, cases: { type: 'string', default: '60' } },
    });
    const count = Number(values.cases);
    if (!Number.isSafeInteger(count) || count < 5) throw new Error(`--cases must be a whole number from 5, not ${values.cases}.`);
    return { json: values.json, cases: count };
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\nUsage: npm run test:tamper [-- --json] [--cases=60]`);
    process.exit(2);
  }
}
