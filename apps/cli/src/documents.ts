/** `tegas documents`: how many there are in which state; `--check` reads every one again, and has the scanner look at those it has not seen. */
import type { Command } from 'commander';
import { Documents } from '#evidence/documents.js';
import { documentSettings } from '#evidence/settings.js';
import { homeFolder, withLog } from './instance.js';
import { createProgress } from './progress.js';

const AT_ONCE = 50;

export function registerDocuments(program: Command): void {
  program
    .command('documents')
    .description('Count the documents of cases by state; exit 1 when one is damaged or infected')
    .option('--check', 'read every document again, and scan those that the scanner has not looked at', false)
    .option('--json', 'one line of JSON', false)
    .action(({ check, json }: { check: boolean; json: boolean }) =>
      withLog(async ({ pool, codec }) => {
        const documents = new Documents(pool, codec, documentSettings(process.env, homeFolder()));
        const looked = check ? await lookAtAll(documents) : undefined;
        const count = await documents.count();
        if (json) console.log(JSON.stringify({ ...count, ...looked }));
        else {
          for (const [state, number] of Object.entries(count)) console.log(`${state.padEnd(12)} ${number}`);
          if (looked !== undefined) console.log(`${looked.checked} were looked at, ${looked.away} could not be.`);
        }
        if (count.damaged + count.infected > 0 || (looked?.away ?? 0) > 0) process.exitCode = 1;
      }),
    );
}

async function lookAtAll(documents: Documents): Promise<{ readonly checked: number; readonly away: number }> {
  const { kept, quarantined } = await documents.count();
  const progress = createProgress(1);
  progress.step('Reading documents');
  const began = Date.now();
  const done = { checked: 0, away: 0 };
  for (;;) {
    // What was looked at since this began is not looked at again.
    const { checked, away } = await documents.check(AT_ONCE, Date.now() - began);
    done.checked += checked;
    done.away += away;
    progress.at(Math.min(done.checked, kept + quarantined), kept + quarantined);
    if (checked === 0 || away > 0) break;
  }
  progress.end();
  return done;
}
