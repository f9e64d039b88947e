/** `tegas history <case>`: a case's acts in order, a sentence each, from its streams. */
import type { Command } from 'commander';
import type { CaseEvent } from '#domain/case/events.js';
import { parseReference } from '#domain/case/reference.js';
import { sentenceOf } from '#domain/case/sentences.js';
import { caseStream, clocksStream } from '#domain/process/escalation.js';
import { mendUnreadable } from '#event-store/event-log.js';
import type { OpenLog } from '#privacy/open-log.js';
import { findCaseByReference } from '#read-models/case-file.js';
import { openReadModels } from '#read-models/data-source.js';
import { withLog } from './instance.js';
import { OperatorError } from './progress.js';

export function registerHistory(program: Command): void {
  program
    .command('history <case>')
    .description('Show what happened in a case, by its id or reference, oldest first')
    .option('--json', 'one JSON object a line, personal fields left out', false)
    .action(async (name: string, { json }: { json: boolean }) => {
      await withLog(async (opened, databaseUrl) => {
        await printHistory(opened, await caseIdOf(databaseUrl, name), name, json);
      });
    });
}

/** The case's id, from its id or its reference. A name that is neither is answered as it is: its stream is empty. */
export async function caseIdOf(databaseUrl: string, name: string): Promise<string> {
  const reference = parseReference(name);
  if (reference === undefined) return name;
  const readModels = await openReadModels(databaseUrl);
  try {
    return (await findCaseByReference(readModels, reference)) ?? name;
  } finally {
    await readModels.destroy();
  }
}

async function printHistory({ log }: OpenLog, caseId: string, name: string, json: boolean): Promise<void> {
  const acts = await log.readOpened(caseStream(caseId));
  if (acts.length === 0) throw new OperatorError(`There is no case ${name}.`, `Perkara ${name} tidak ada.`);
  const clocks = await log.readOpened(clocksStream(caseId));
  for (const event of [...acts, ...clocks]) {
    if (event.unreadable !== undefined) {
      const { message, name: fault } = event.unreadable;
      const mend = mendUnreadable(fault);
      console.error(
        [`${event.stream}, revision ${event.revision} (${event.type}): ${message}`, mend?.en, mend?.id]
          .filter(Boolean)
          .join('\n'),
      );
      process.exitCode = 1;
      continue;
    }
    const { actor, performedBy, effectiveAt, recordedAt, hash } = event.metadata;
    if (json) {
      const { personal: _, ...data } = event.data as { personal?: unknown };
      console.log(
        JSON.stringify({
          stream: event.stream,
          revision: event.revision,
          type: event.type,
          at: effectiveAt,
          recordedAt,
          actor,
          performedBy,
          data,
          hash,
        }),
      );
    } else {
      const sentence = sentenceOf(event as CaseEvent);
      console.log(
        `${String(event.revision).padStart(4)}  ${effectiveAt}  ${(performedBy ?? actor).padEnd(20)} ${sentence.id} / ${sentence.en}`,
      );
    }
  }
}
