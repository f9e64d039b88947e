/** The short form of `npm run test:faults -- deadlines`, which has ten rounds of a hundred clocks on each backend. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from '@jest/globals';

const run = promisify(execFile);

it('announces every clock exactly once, though the queue in PostgreSQL forgets its alarms before and while they ring', async () => {
  const args = ['deadlines', '--rounds', '2', '--clocks', '40', '--backend', 'postgresql', '--json'];
  const { stdout } = await run(process.execPath, ['bin/run-compiled.mjs', 'faults/test-faults', ...args], {
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  const result = JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
  expect(result).toMatchObject({
    due: 40,
    fired: 40,
    doubled: 0,
    backends: { postgresql: { flushes: 2, readModelsEqual: true } },
  });
  expect(result.backends.postgresql.alarmsLost).toBeGreaterThan(0);
}, 240_000);
