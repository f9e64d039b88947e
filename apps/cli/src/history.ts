/**
 * `tegas history <case>`: a case's acts in order, a sentence each, from its streams; as they were known at an instant, as they were true on a
 * date; or what differs between such a view and another.
 */
import { type Command, InvalidArgumentError } from 'commander';
import { parseDay } from '#domain/calendar/day.js';
import { differenceOf } from '#domain/case/difference.js';
import type { CaseEvent, CaseEventOf } from '#domain/case/events.js';
import { parseReference } from '#domain/case/reference.js';
import { type Naming, sentenceOf } from '#domain/case/sentences.js';
import type { DateOn, InstantAt } from '#domain/event.js';
import { caseStream, clocksStream } from '#domain/process/escalation.js';
import { namingProcedures } from '#domain/registry.js';
import { type CaseView, readingOf, shownOf } from '#event-store/case-desk.js';
import { mendUnreadable, type OpenedEvent } from '#event-store/event-log.js';
import { comparePositions } from '#event-store/port.js';
import type { OpenLog } from '#privacy/open-log.js';
import { findCaseByReference } from '#read-models/case-file.js';
import { openReadModels } from '#read-models/data-source.js';
import { withLog } from './instance.js';
import { OperatorError } from './progress.js';

export function registerHistory(program: Command): void {
  program
    .command('history <case>')
    .description('Show what happened in a case, by its id or reference, oldest first')
    .option('--as-of <instant>', 'only what was recorded by then', instant)
    .option('--effective-on <date>', 'only what counts by the end of this date', date)
    .option(
      '--compare <when>',
      'what differs from the case as it is known now, or by this instant (now, or an instant)',
      nowOrInstant,
    )
    .option('--json', 'one JSON object a line, personal fields left out', false)
    .action(async (name: string, { asOf, effectiveOn, compare, json }: HistoryOptions) => {
      const view = { ...(asOf === undefined ? {} : { asOf }), ...(effectiveOn === undefined ? {} : { effectiveOn }) };
      await withLog(async (opened, databaseUrl) => {
        const caseId = await caseIdOf(databaseUrl, name);
        if (compare === undefined) await printHistory(opened, caseId, name, view, json);
        else await printDifference(opened, caseId, name, view, compare === 'now' ? {} : { asOf: compare }, json);
      });
    });
}

interface HistoryOptions {
  readonly asOf?: InstantAt;
  readonly effectiveOn?: DateOn;
  readonly compare?: InstantAt | 'now';
  readonly json: boolean;
}

function instant(text: string): InstantAt {
  const at = new Date(text);
  if (!/^\d{4}-\d{2}-\d{2}T.*(Z|[+-]\d{2}:\d{2})$/.test(text) || Number.isNaN(at.getTime()))
    throw new InvalidArgumentError('It must be an instant with its zone, as 2026-11-24T08:00:00+08:00.');
  return at.toISOString();
}

function nowOrInstant(text: string): InstantAt | 'now' {
  return text === 'now' ? text : instant(text);
}

/** A calendar date that exists. @throws InvalidArgumentError */
export function date(text: string): DateOn {
  try {
    parseDay(text);
    return text;
  } catch {
    throw new InvalidArgumentError('It must be a date that exists, as 2026-11-24.');
  }
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

/** What two views of a case differ in: fields, and the acts that only one of them shows. */
async function printDifference(
  { log, registry }: OpenLog,
  caseId: string,
  name: string,
  from: CaseView,
  to: CaseView,
  json: boolean,
): Promise<void> {
  const { events: all } = await log.read(caseStream(caseId));
  if (all.length === 0) throw noSuchCase(name);
  // A terminal is no place for what a person said or is called.
  const events = all.map((event) => ({ ...event, data: { ...event.data, personal: [] } }));
  const [before, after] = [from, to].map((view) => readingOf(events, view, registry.state.offices));
  if (before === undefined || after === undefined) return;
  const changes = differenceOf(before.state, after.state);
  const shared = new Set(before.events.map(({ revision }) => revision));
  const acts = after.events.filter(({ revision }) => !shared.has(revision)).map(({ revision, type }) => ({ revision, type }));
  const gone = before.events.filter((one) => !after.events.includes(one)).map(({ revision, type }) => ({ revision, type }));
  if (json) return console.log(JSON.stringify({ caseId, from, to, changes, onlyFrom: gone, onlyTo: acts }));
  for (const { path, before: was, after: is } of changes)
    console.log(`${path}: ${was === undefined ? '–' : JSON.stringify(was)} → ${is === undefined ? '–' : JSON.stringify(is)}`);
  for (const { revision, type } of gone) console.log(`- revision ${revision}  ${type}`);
  for (const { revision, type } of acts) console.log(`+ revision ${revision}  ${type}`);
}

function noSuchCase(name: string): OperatorError {
  return new OperatorError(`There is no case ${name}.`, `Perkara ${name} tidak ada.`);
}

async function printHistory(
  { log, registry }: OpenLog,
  caseId: string,
  name: string,
  view: CaseView,
  json: boolean,
): Promise<void> {
  const all = await log.readOpened(caseStream(caseId));
  if (all.length === 0) throw noSuchCase(name);
  // Only a date asks for a zone: what was recorded is told by a register that cannot be read too.
  const offices = view.effectiveOn === undefined ? new Map() : registry.state.offices;
  const acts = shownOf(all, view, offices);
  const clocks = shownOf(await log.readOpened(clocksStream(caseId)), view, offices);
  const naming = namingOf(acts[0], registry);
  for (const event of [...acts, ...clocks].sort((a, b) => comparePositions(a.position, b.position))) {
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
      const sentence = sentenceOf(event as CaseEvent, naming);
      console.log(
        `${String(event.revision).padStart(4)}  ${effectiveAt}  ${(performedBy ?? actor).padEnd(20)} ${sentence.id} / ${sentence.en}`,
      );
    }
  }
}

/** None where the register, or how the case was opened, cannot be read: then codes stand in the sentences. */
function namingOf(opening: OpenedEvent | undefined, registry: OpenLog['registry']): readonly Naming[] {
  const { procedure } = (opening?.data ?? {}) as Partial<CaseEventOf<'DraftOpened'>['data']>;
  if (procedure === undefined) return [];
  try {
    return namingProcedures(registry.state, procedure);
  } catch {
    return [];
  }
}
