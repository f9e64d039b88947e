/** `tegas calendar publish`: a decree's years become the calendar in force; with `--dry-run` only what that would move is told. */
import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { CalendarError } from '#domain/calendar/calendar.js';
import { calendarWith, publishCalendar, refuseCalendar } from '#event-store/calendar-desk.js';
import { commandIdOf, sha256Of } from '#event-store/envelope.js';
import { openReadModels } from '#read-models/data-source.js';
import { clocksMovedBy, type MovedClock } from '#read-models/recalculation.js';
import { withLog } from './instance.js';
import { createProgress, OperatorError } from './progress.js';

interface Options {
  readonly dryRun: boolean;
  readonly json: boolean;
  readonly by: string;
}

export function registerCalendar(program: Command): void {
  program
    .command('calendar')
    .description('Holidays and collective leave, as decrees fix them')
    .command('publish <file>')
    .description('Publish the years of a decree (JSON as in data/calendar-id.json); every open clock that they touch moves')
    .option('--dry-run', 'only name the cases that would move, and why', false)
    .option('--by <official>', 'the administrator who publishes', 'admin')
    .option('--json', 'one line of JSON', false)
    .action(async (file: string, options: Options) => {
      const content = await contentOf(file);
      await withLog(async ({ desk, time }, databaseUrl) => {
        const readModels = await openReadModels(databaseUrl);
        const progress = createProgress(1);
        progress.step('Computing open clocks');
        const moved: MovedClock[] = [];
        try {
          const calendar = checked(() => calendarWith(desk.calendar(), content));
          const wrong = refuseCalendar(desk, desk.calendar(), calendar, time.now());
          if (wrong !== undefined) throw new OperatorError(wrong.reason.en, wrong.reason.id);
          for await (const clock of clocksMovedBy(readModels, desk, calendar, time.now())) moved.push(clock);
        } finally {
          progress.end();
          await readModels.destroy();
        }
        if (!options.dryRun) {
          const commandId = commandIdOf(options.by, `calendar ${sha256Of(content)} after ${desk.calendar().version}`);
          const outcome = await publishCalendar(desk, { content, actorId: options.by, at: time.now(), commandId });
          if (outcome.kind === 'rejected') throw new OperatorError(outcome.rejection.reason.en, outcome.rejection.reason.id);
        }
        print(moved, desk.calendar().version, options);
      });
    });
}

async function contentOf(file: string): Promise<object> {
  try {
    const content: unknown = JSON.parse(await readFile(file, 'utf8'));
    if (typeof content === 'object' && content !== null) return content;
    throw new Error('it holds no object');
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new OperatorError(
      `${file} cannot be read as a calendar: ${why}`,
      `${file} tidak dapat dibaca sebagai kalender: ${why}`,
    );
  }
}

function checked<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof CalendarError)) throw error;
    throw new OperatorError(error.text.en, error.text.id);
  }
}

function print(moved: readonly MovedClock[], version: number, { dryRun, json }: Options): void {
  const cases = new Set(moved.map((clock) => clock.caseId)).size;
  if (json) {
    console.log(JSON.stringify({ dryRun, version, cases, clocks: moved.length, moved }));
    return;
  }
  console.log(
    dryRun
      ? `Would move ${moved.length} clocks in ${cases} cases:`
      : `Published as version ${version}; ${moved.length} clocks in ${cases} cases move:`,
  );
  for (const { reference, clockId, before, due, decrees, days } of moved) {
    const why = days.length === 0 ? 'no day of it changes: the date becomes certain' : `changed: ${days.join(', ')}`;
    console.log(
      `  ${reference}  ${clockId.padEnd(24)} ${before.dueOn ?? '–'} → ${due.dueOn ?? '–'}  ${why} (${decrees.join('; ')})`,
    );
  }
}
