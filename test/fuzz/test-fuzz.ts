/**
 * `npm run test:fuzz [-- --requests=50000 --seed=1 --json]`: hostile and honest requests for every route. Exit 1 when one ends in a fault of
 * ours, is not answered, or is refused without a problem document; each is printed with how to send it again.
 */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startEmbeddedPostgres } from '../../apps/cli/src/embedded-postgres.js';
import { createProgress } from '../../apps/cli/src/progress.js';
import { Field } from '../access/matrix.js';
import { fuzz } from './fuzz-run.js';

const { json, requests, seed } = readArguments();
const home = mkdtempSync(join(tmpdir(), 'tegas-fuzz-'));
chmodSync(home, 0o711); // root's PostgreSQL runs as another user, who must pass through
const server = await startEmbeddedPostgres({ home, database: 'tegas_test', note: (line) => console.error(line) });
process.env.TEGAS_TEST_DATABASE_URL = server.url;
try {
  const field = await Field.open();
  try {
    const progress = createProgress(1);
    progress.step('Requests');
    const { failures, ...report } = await fuzz(field, { requests, seed, sent: (count) => progress.at(count, requests) });
    progress.end();
    for (const { why, at, route, person, request, answer } of failures)
      console.error(
        `FAILED: ${why}: ${route} by ${person || 'nobody'} (--seed=${seed}, request ${at})\n  ${answer}\n  ${request.length > 4_000 ? `a request of ${request.length} characters in base64` : `echo ${request} | base64 -d`}`,
      );
    for (const one of report.afterwards) console.error(`AFTERWARDS: ${one}`);
    if (json) console.log(JSON.stringify(report));
    else for (const [name, value] of Object.entries(report)) console.log(`${name.padEnd(18)} ${JSON.stringify(value)}`);
    const { serverErrors, notProblems, unanswered, namesChanged, afterwards, carriedOut } = report;
    if (carriedOut === 0) console.error('VOID: nothing was carried out');
    const faults = serverErrors + notProblems + unanswered + namesChanged + afterwards.length;
    process.exitCode = faults === 0 && carriedOut > 0 ? 0 : 1;
  } finally {
    await field.close();
  }
} finally {
  await server.remove();
  rmSync(home, { recursive: true, force: true });
}

function readArguments(): { readonly json: boolean; readonly requests: number; readonly seed: number } {
  try {
    const { values } = parseArgs({
      options: {
        json: { type: 'boolean', default: false },
        requests: { type: 'string', default: '50000' },
        seed: { type: 'string', default: '1' },
      },
    });
    return { json: values.json, requests: whole('--requests', values.requests, 1), seed: whole('--seed', values.seed, 0) };
  } catch (error) {
    console.error(
      `${error instanceof Error ? error.message : error}\nUsage: npm run test:fuzz [-- --requests=50000 --seed=1 --json]`,
    );
    process.exit(2);
  }
}

function whole(name: string, text: string, least: number): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < least || text.trim() === '')
    throw new Error(`${name} must be a whole number from ${least}, not ${text}.`);
  return value;
}
