/**
 * `npm run test:dates [-- --json] [--count 100000] [--seed n]`: due dates drawn at random, by the product and by an oracle that was written
 * from the law alone. Exit 1 when they differ; the first ten differences are told.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { cloneFolder } from '../../apps/cli/src/instance.js';
import { createProgress } from '../../apps/cli/src/progress.js';
import { compareDates } from './compare.js';

const MOST_DATES = 100_000_000;

const { json, count, seed } = readArguments();
const decrees = JSON.parse(readFileSync(join(cloneFolder(), 'data', 'calendar-id.json'), 'utf8'));
const progress = json ? undefined : createProgress(1);
progress?.step(`${count.toLocaleString('en')} due dates, seed ${seed}`);
const comparison = compareDates(decrees, {
  count,
  seed,
  differ: (text) => (progress === undefined ? console.error(text) : progress.note(text)),
  at: (done) => progress?.at(done, count),
});
progress?.end();
if (json) console.log(JSON.stringify(comparison));
else for (const [name, value] of Object.entries(comparison)) console.log(`${name.padEnd(12)} ${JSON.stringify(value)}`);
process.exitCode = comparison.wrong > 0 ? 1 : 0;

function readArguments(): { readonly json: boolean; readonly count: number; readonly seed: number } {
  try {
    const { values } = parseArgs({
      options: {
        json: { type: 'boolean', default: false },
        count: { type: 'string', default: '100000' },
        seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 32)) },
      },
    });
    return {
      json: values.json,
      count: whole('count', values.count, 1, MOST_DATES),
      seed: whole('seed', values.seed, 0, 2 ** 32 - 1),
    };
  } catch (error) {
    console.error(
      `${error instanceof Error ? error.message : error}\nUsage: npm run test:dates [-- --json] [--count=100000] [--seed=1]`,
    );
    process.exit(2);
  }
}

function whole(name: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= least && value <= most) return value;
  throw new Error(`--${name} must be a whole number from ${least} to ${most}, not ${JSON.stringify(text)}.`);
}
