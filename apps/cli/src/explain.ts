/** `tegas explain <case>`: the determination of a case and why, in both languages, from its streams. */
import type { Command } from 'commander';
import { explainDetermination, linesOf } from '#domain/case/explain-determination.js';
import type { OpenLog } from '#privacy/open-log.js';
import { caseIdOf } from './history.js';
import { withLog } from './instance.js';
import { ground, recordOperatorRead } from './operator-read.js';
import { OperatorError } from './progress.js';

export function registerExplain(program: Command): void {
  program
    .command('explain <case>')
    .description('Explain the determination of a case, by its id or reference: outcome, articles, evidence, what is unknown')
    .option('--ground <code>', 'why, as a code; it is recorded with who you are on this machine', ground, 'operation')
    .option('--json', 'the whole explanation as one JSON object', false)
    .action(async (name: string, options: { ground: string; json: boolean }) => {
      await withLog(async (opened, databaseUrl) => {
        await printExplanation(opened, await caseIdOf(databaseUrl, name), name, options);
      });
    });
}

async function printExplanation(
  { desk, time, pool, registry }: OpenLog,
  caseId: string,
  name: string,
  { ground: why, json }: { readonly ground: string; readonly json: boolean },
): Promise<void> {
  const { state } = await desk.read(caseId);
  if (state === undefined) throw new OperatorError(`There is no case ${name}.`, `Perkara ${name} tidak ada.`);
  // It tells answers and reasons that are the person's own.
  await recordOperatorRead(
    pool,
    { act: 'ExplainCase', route: 'tegas explain', subjects: [caseId], rows: 1, ground: why },
    registry,
  );
  const explanation = explainDetermination(state, { ...(await desk.around(state)), at: time.now() });
  if (json) console.log(JSON.stringify(explanation));
  else console.log([...linesOf(explanation, 'id'), '', '—', '', ...linesOf(explanation, 'en')].join('\n'));
}
