/** The short form of `npm run test:faults -- store`, which has 25 rounds and more. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from '@jest/globals';

const run = promisify(execFile);

it('loses and doubles no acknowledged event when API, PostgreSQL and whatever comes next are killed under load', async () => {
  const args = ['bin/run-compiled.mjs', 'faults/test-faults', 'store', '--rounds', '3', '--acks-per-round', '100', '--json'];
  const { stdout } = await run(process.execPath, args, { env: { ...process.env, NODE_OPTIONS: '' } });
  const result = JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
  expect(result).toMatchObject({ lost: 0, doubled: 0, refused: 0, chainBreaks: 0, readModelsEqual: true, rounds: 3 });
  expect(result.acknowledged).toBeGreaterThan(100);
  expect(result.ambiguous).toBeGreaterThan(0);
}, 120_000);
