/** `tegas explain <case>`: the determination of a case and why, in both languages, from its streams. */
import type { Command } from 'commander';
import { explainDetermination, linesOf } from '#domain/case/explain-determination.js';
import type { OpenLog } from '#privacy/open-log.js';
import { caseIdOf } from './history.js';
import { withLog } from './instance.js';
import { OperatorError } from './progress.js';

export function registerExplain(program: Command): void {
  program
    .command('explain <case>')
    .description('Explain the determination of a case, by its id or reference: outcome, articles, evidence, what is unknown')
    .option('--json', 'the whole explanation as one JSON object', false)
    .action(async (name: string, { json }: { json: boolean }) => {
      await withLog(async (opened, databaseUrl) => {
        await printExplanation(opened, await caseIdOf(databaseUrl, name), name, json);
      });
    });
}

async function printExplanation({ desk, time }: OpenLog, caseId: string, name: string, json: boolean): Promise<void> {
  const { state } = await desk.read(caseId);
  if (state === undefined) throw new OperatorError(`There is no case ${name}.`, `Perkara ${name} tidak ada.`);
  const explanation = explainDetermination(state, { ...(await desk.around(state)), at: time.now() });
  if (json) console.log(JSON.stringify(explanation));
  else console.log([...linesOf(explanation, 'id'), '', '—', '', ...linesOf(explanation, 'en')].join('\n'));
}
