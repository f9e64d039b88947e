/** `tegas calendar publish`: a decree's years become the calendar in force; with `--dry-run` only what that would move is told. */
import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { type CalendarChange, CalendarError, calendarChanges } from '#domain/calendar/calendar.js';
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
        let changes: readonly CalendarChange[] = [];
        try {
          const calendar = checked(() => calendarWith(desk.calendar(), content));
          const wrong = refuseCalendar(desk, desk.calendar(), calendar, time.now());
          if (wrong !== undefined) throw new OperatorError(wrong.reason.en, wrong.reason.id);
          changes = calendarChanges(desk.calendar(), calendar);
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
        print(moved, changes, desk.calendar().version, options);
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

function print(
  moved: readonly MovedClock[],
  changes: readonly CalendarChange[],
  version: number,
  { dryRun, json }: Options,
): void {
  const cases = new Set(moved.map((clock) => clock.caseId)).size;
  if (json) {
    console.log(JSON.stringify({ dryRun, version, changes, cases, clocks: moved.length, moved }));
    return;
  }
  for (const { year, office, decree, added, removed, decreed } of changes) {
    const days = [['adds', added] as const, ['leaves out', removed] as const].flatMap(([does, list]) =>
      list.length === 0 ? [] : [`${does} ${list.join(', ')}`],
    );
    console.log(
      `${year}${office === undefined ? '' : ` ${office}`} (${decree}): ${days.join('; ') || 'the days that were expected'}${decreed ? '; no decree before' : ''}`,
    );
  }
  const many = `${counted(moved.length, 'clock')} in ${counted(cases, 'case')}`;
  console.log(
    dryRun
      ? `Would move ${many}${moved.length === 0 ? '.' : ':'}`
      : `Published as version ${version}; moves ${many}${moved.length === 0 ? '.' : ':'}`,
  );
  for (const { reference, clockId, before, due, decrees, days, fellDue, fallsDue } of moved) {
    const why = days.length === 0 ? 'no day of it changes: the date becomes certain' : `changed: ${days.join(', ')}`;
    const law = due.law === undefined ? '' : `, and the law acts: ${due.law.outcome ?? due.law.effect}`;
    const atOnce = fallsDue ? `; IT FALLS DUE AT ONCE${law}` : '';
    const again = fellDue ? '; it had fallen due, and whoever was told is told that it lies ahead again' : '';
    console.log(
      `  ${reference}  ${clockId.padEnd(24)} ${before.dueOn ?? '–'} → ${due.dueOn ?? '–'}  ${why}${atOnce}${again} (${decrees.join('; ')})`,
    );
  }
}

function counted(many: number, what: string): string {
  return `${many} ${what}${many === 1 ? '' : 's'}`;
}
