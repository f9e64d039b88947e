/** `tegas calendar publish`: a decree's years become the calendar in force; with `--dry-run` only what that would move is told. */
import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { type CalendarChange, CalendarError, calendarChanges } from '#domain/calendar/calendar.js';
import type { Text } from '#domain/event.js';
import { calendarWith, publishCalendar, refuseCalendar } from '#event-store/calendar-desk.js';
import { commandIdOf, sha256Of } from '#event-store/envelope.js';
import { openReadModels } from '#read-models/data-source.js';
import { actedEarlyBy, clocksMovedBy, type EarlyAct, type MovedClock } from '#read-models/recalculation.js';
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
        progress.step('Menghitung tenggat / Computing clocks');
        const moved: MovedClock[] = [];
        const early: EarlyAct[] = [];
        let changes: readonly CalendarChange[] = [];
        try {
          const proposed = checked(() => calendarWith(desk.calendar(), content));
          const wrong = refuseCalendar(desk, desk.calendar(), proposed, time.now());
          if (wrong !== undefined) throw new OperatorError(wrong.reason.en, wrong.reason.id);
          const { calendar } = proposed;
          changes = calendarChanges(desk.calendar(), calendar);
          for await (const clock of clocksMovedBy(readModels, desk, calendar, time.now())) moved.push(clock);
          for await (const act of actedEarlyBy(readModels, desk, calendar, time.now())) early.push(act);
        } finally {
          progress.end();
          await readModels.destroy();
        }
        if (!options.dryRun) {
          const commandId = commandIdOf(options.by, `calendar ${sha256Of(content)} after ${desk.calendar().version}`);
          const outcome = await publishCalendar(desk, { content, actorId: options.by, at: time.now(), commandId });
          if (outcome.kind === 'rejected') throw new OperatorError(outcome.rejection.reason.en, outcome.rejection.reason.id);
        }
        print({ moved, early, changes, version: desk.calendar().version }, options);
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

interface Told {
  readonly moved: readonly MovedClock[];
  readonly early: readonly EarlyAct[];
  readonly changes: readonly CalendarChange[];
  readonly version: number;
}

function print({ moved, early, changes, version }: Told, { dryRun, json }: Options): void {
  const cases = new Set(moved.map((clock) => clock.caseId)).size;
  if (json) {
    console.log(JSON.stringify({ dryRun, version, changes, cases, clocks: moved.length, moved, early }));
    return;
  }
  for (const change of changes) {
    const { year, office, decree } = change;
    console.log(`${year}${office === undefined ? '' : ` ${office}`} (${decree})`);
    say(changeText(change));
  }
  const many: Text = {
    id: `${moved.length} tenggat dalam ${cases} perkara`,
    en: `${counted(moved.length, 'clock')} in ${counted(cases, 'case')}`,
  };
  say(
    dryRun
      ? { id: `Akan menggeser ${many.id}.`, en: `Would move ${many.en}.` }
      : {
          id: `Diterbitkan sebagai versi ${version}; menggeser ${many.id}.`,
          en: `Published as version ${version}; moves ${many.en}.`,
        },
  );
  for (const clock of moved) {
    const { reference, clockId, before, due, decrees } = clock;
    console.log(`  ${reference}  ${clockId.padEnd(24)} ${before.dueOn ?? '–'} → ${due.dueOn ?? '–'}  (${decrees.join('; ')})`);
    say(movedText(clock), '      ');
  }
  if (early.length === 0) return;
  say({
    id: `Pada ${early.length} tenggat hukum sudah bertindak lebih awal daripada menurut keputusan ini. Perkaranya tetap seperti adanya${dryRun ? '; setelah diterbitkan, supervisor diberi tahu' : '; supervisor diberi tahu'}.`,
    en: `On ${counted(early.length, 'clock')} the law has acted earlier than by this decree. The cases stand as they are${dryRun ? '; once it is published their supervisors are told' : '; their supervisors are told'}.`,
  });
  for (const { reference, clockId, before, due, decrees } of early) {
    console.log(`  ${reference}  ${clockId.padEnd(24)} ${before.dueOn ?? '–'} → ${due.dueOn}  (${decrees.join('; ')})`);
    say(
      {
        id: `hukum sudah bertindak; menurut keputusan ini tenggatnya sampai ${due.dueOn}`,
        en: `the law acted already; by this decree it would have been due on ${due.dueOn}`,
      },
      '      ',
    );
  }
}

/** Both languages, a line each. */
function say({ id, en }: Text, indent = '  '): void {
  console.log(`${indent}${id}\n${indent}${en}`);
}

function changeText({ added, removed, decreed }: CalendarChange): Text {
  const parts: Text[] = [
    ...(added.length === 0 ? [] : [{ id: `menambah ${added.join(', ')}`, en: `adds ${added.join(', ')}` }]),
    ...(removed.length === 0 ? [] : [{ id: `menghapus ${removed.join(', ')}`, en: `leaves out ${removed.join(', ')}` }]),
    ...(added.length + removed.length === 0
      ? [{ id: 'hari-hari seperti yang diperkirakan', en: 'the days that were expected' }]
      : []),
    ...(decreed ? [{ id: 'sebelumnya belum ada keputusan', en: 'no decree before' }] : []),
  ];
  return joined(parts);
}

/** What the law does by itself, in words. */
const LAW_DOES: { readonly [effect in 'lapse' | 'grant']: Text } = {
  lapse: { id: 'perkara gugur', en: 'the case lapses' },
  grant: { id: 'dikabulkan diam-diam', en: 'it is granted by silence' },
};

function movedText({ days, fellDue, fallsDue, due }: MovedClock): Text {
  const law = due.law === undefined ? undefined : LAW_DOES[due.law.effect];
  return joined([
    days.length === 0
      ? { id: 'tidak ada hari yang berubah: tanggalnya menjadi pasti', en: 'no day of it changes: the date becomes certain' }
      : { id: `hari yang berubah: ${days.join(', ')}`, en: `days that change: ${days.join(', ')}` },
    ...(fallsDue
      ? [
          {
            id: `JATUH TEMPO SEKETIKA${law === undefined ? '' : `, dan hukum bertindak: ${law.id}`}`,
            en: `IT FALLS DUE AT ONCE${law === undefined ? '' : `, and the law acts: ${law.en}`}`,
          },
        ]
      : []),
    ...(fellDue
      ? [
          {
            id: 'sudah jatuh tempo; yang sudah diberi tahu akan diberi tahu bahwa tanggalnya di depan lagi',
            en: 'it had fallen due, and whoever was told is told that it lies ahead again',
          },
        ]
      : []),
  ]);
}

function joined(parts: readonly Text[]): Text {
  return { id: parts.map(({ id }) => id).join('; '), en: parts.map(({ en }) => en).join('; ') };
}

function counted(many: number, what: string): string {
  return `${many} ${what}${many === 1 ? '' : 's'}`;
}
