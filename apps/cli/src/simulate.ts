/** `tegas simulate`: past cases of a procedure under another version, published or drafted. Changes nothing. */
import type { Command } from 'commander';
import { referenceOf } from '#domain/case/reference.js';
import { openReadModels } from '#read-models/data-source.js';
import { NoSuchVersion, type Simulation, simulatePast } from '#read-models/simulation.js';
import { withLog } from './instance.js';
import { createProgress, OperatorError } from './progress.js';

export function registerSimulate(program: Command): void {
  program
    .command('simulate')
    .description('Show which past determinations would come out differently under another version of a procedure, and why')
    .requiredOption('--procedure <code>', 'the procedure, as PSK')
    .requiredOption('--version <version>', 'a version, published or drafted; "draft" is the newest draft')
    .option('--json', 'one line of JSON', false)
    .action(async ({ procedure, version, json }: { procedure: string; version: string; json: boolean }) => {
      const simulation = await withProgress(procedure, version);
      if (json) console.log(JSON.stringify(simulation));
      else print(simulation);
    });
}

async function withProgress(code: string, version: string): Promise<Simulation> {
  return withLog(async ({ registry }, databaseUrl) => {
    const readModels = await openReadModels(databaseUrl);
    const progress = createProgress(1);
    progress.step('Simulating');
    try {
      return await simulatePast(readModels, registry.state, code, version, {
        onProgress: (done, total) => progress.at(done, total),
      });
    } catch (error) {
      if (!(error instanceof NoSuchVersion)) throw error;
      throw new OperatorError(
        error.message,
        `${code} tidak mempunyai versi ${version}. Yang ada: ${error.known.join(', ') || '-'}.`,
      );
    } finally {
      progress.end();
      await readModels.destroy();
    }
  });
}

function print({ procedure, version, cases, differing, changes, differences }: Simulation): void {
  console.log(`${procedure} under version ${version}: ${cases} determined cases, ${differing} would be derived differently`);
  for (const [change, count] of Object.entries(changes)) console.log(`${String(count).padStart(8)}  ${change}`);
  for (const { caseId, version: own, determined, derived, would, why } of differences)
    console.log(
      `  ${referenceOf(caseId)}  ${own}: ${derived ?? '?'} → ${would ?? '?'} (determined ${determined})` +
        (would === undefined ? `  needs ${why?.decisive.join(', ')}` : `  by ${why?.articles.join('; ') || 'no criterion'}`),
    );
  if (differences.length < differing) console.log(`  … and ${differing - differences.length} more`);
}
