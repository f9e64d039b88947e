/** Where a decree becomes the calendar in force: by an administrator, as a new version of the whole; effective at once in this process. */
import { type Calendar, CalendarError, type CalendarYear, daysLost, parseDecrees } from '#domain/calendar/calendar.js';
import { refuseRole } from '#domain/case/permit.js';
import { refuse } from '#domain/case/refuse.js';
import { dayText } from '#domain/clock/explain-due.js';
import type { DateOn, Decision, Id, InstantAt, Rejection } from '#domain/event.js';
import { calendarStream, type RegistryEvent } from '#domain/registry.js';
import type { CaseDesk } from './case-desk.js';
import { canonicalJson, sha256Of } from './envelope.js';
import { type CommandOutcome, handleCommand } from './handle-command.js';
import { withProvisionalYears } from './provisional-years.js';

export interface CalendarSubmission {
  /** `{ years: { "2027": … } }`, as in `data/calendar-id.json`: years that it names replace those in force, the others stay. */
  readonly content: unknown;
  readonly actorId: Id;
  readonly at: InstantAt;
  readonly commandId: Id;
}

/** The calendar that would be in force, and which days its decrees say that they take away, by year. */
interface ProposedCalendar {
  readonly calendar: Calendar;
  readonly removes: { readonly [year: string]: readonly DateOn[] };
}

type Published = Extract<RegistryEvent, { type: 'CalendarPublished' }>;

/**
 * The calendar in force with what a decree fixes in it, and years without one filled in; one version on. A year that names only `local` leaves
 * the national days as they are; a decree of an office stands in for that office's earlier one, and those of others stay.
 * @throws CalendarError naming each fault with its path
 */
export function calendarWith(inForce: Calendar | undefined, content: unknown): ProposedCalendar {
  const version = (inForce?.version ?? 0) + 1;
  const {
    calendar: { years },
    removes,
  } = parseDecrees(withNationalDays(inForce, content), version);
  if (Object.keys(years).length === 0)
    throw new CalendarError([{ path: 'years', problem: { id: 'harus menyebut sebuah tahun', en: 'must name a year' } }]);
  const made = Object.entries(years).map(([year, decreed]): readonly [string, CalendarYear] => {
    const given = decreed.local ?? [];
    const stay = (inForce?.years[year]?.local ?? []).filter(({ office }) => given.every((one) => one.office !== office));
    const local = [...stay, ...given];
    return [year, local.length === 0 ? decreed : { ...decreed, local }];
  });
  const calendar = withProvisionalYears({ code: 'id', version, years: { ...inForce?.years, ...Object.fromEntries(made) } });
  return { calendar, removes };
}

/** Years of which only local decrees are given, with the national days in force. Nobody decrees a year provisional. */
function withNationalDays(inForce: Calendar | undefined, content: unknown): unknown {
  if (!isRecord(content) || !isRecord(content.years)) return content;
  const years = Object.entries(content.years).map(([year, given]): readonly [string, unknown] => {
    if (!isRecord(given)) return [year, given];
    const { provisional: _, ...decreed } = given;
    const { local: __, ...national } = inForce?.years[year] ?? {};
    return [year, 'local' in given && !('decree' in given) && !('holidays' in given) ? { ...national, ...decreed } : decreed];
  });
  return { ...content, years: Object.fromEntries(years) };
}

function isRecord(value: unknown): value is { readonly [key: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export async function publishCalendar(desk: CaseDesk, submission: CalendarSubmission): Promise<CommandOutcome> {
  const { content, actorId, at, commandId } = submission;
  const outcome = await handleCommand<Calendar | undefined, Published, Published>({
    log: desk.log,
    stream: calendarStream,
    decider: { initialState: undefined, evolve: (_, event) => event.data.calendar },
    decide: (inForce) => decideCalendar(desk, inForce, submission),
    act: { actor: actorId, effectiveAt: at, commandId, correlationId: commandId },
    body: canonicalJson({ content: content as object }),
  });
  if (outcome.kind === 'accepted') await desk.registry.refresh();
  return outcome;
}

function decideCalendar(
  desk: CaseDesk,
  inForce: Calendar | undefined,
  { content, actorId, at }: CalendarSubmission,
): Decision<Published> {
  const refusal = refuseRole('PublishCalendar', desk.actor(actorId, at));
  if (refusal !== undefined) return { rejection: refusal };
  try {
    const proposed = calendarWith(inForce, content);
    const wrong = refuseCalendar(desk, inForce, proposed, at);
    if (wrong !== undefined) return { rejection: wrong };
    const { calendar } = proposed;
    return { events: [{ type: 'CalendarPublished', data: { at, sha256: sha256Of(calendar.years), calendar } }] };
  } catch (error) {
    if (!(error instanceof CalendarError)) throw error;
    return { rejection: refuse('calendar-wrong', error.text.id, error.text.en) };
  }
}

/** Of one decree in one year; the decrees of the nation have named some 27. */
const MOST_DAYS = 60;

/** Why this calendar may not follow the one in force; a dry run is told the same. */
export function refuseCalendar(
  desk: CaseDesk,
  inForce: Calendar | undefined,
  { calendar, removes }: ProposedCalendar,
  at: InstantAt,
): Rejection | undefined {
  const thisYear = at.slice(0, 4);
  // A past year that has no decree gets none either: every year from there on would be filled in.
  const past = Object.entries(calendar.years).flatMap(([year, decreed]) => {
    const before = inForce?.years[year];
    const closed = decreed.provisional !== true && before?.provisional !== true;
    return inForce !== undefined && year < thisYear && closed && sha256Of(decreed) !== sha256Of(before ?? {}) ? [year] : [];
  });
  if (past.length > 0)
    return refuse(
      'calendar-past',
      `Tahun ${past[0]} sudah lewat; tenggat yang sudah jatuh tidak diubah surut. Periksa tahunnya.`,
      `The year ${past[0]} is over; what fell due is not changed backwards. Check the year.`,
    );
  const { offices } = desk.registry.state;
  const strange = Object.values(calendar.years).flatMap(({ local = [] }) => local.filter(({ office }) => !offices.has(office)));
  if (strange.length > 0) {
    const codes = strange.map(({ office }) => office).join(', ');
    return refuse('no-such-office', `Tidak ada kantor ${codes}.`, `There is no office ${codes}.`);
  }
  // A typing error in a year would leave every year before it without a decree.
  const far = Object.entries(calendar.years)
    .filter(([year, { provisional }]) => provisional !== true && Number(year) > Number(thisYear) + FURTHEST_YEARS_AHEAD)
    .map(([year]) => year);
  if (far.length > 0)
    return refuse(
      'calendar-far',
      `Tahun ${far.join(', ')} terlalu jauh: keputusan paling jauh untuk ${FURTHEST_YEARS_AHEAD} tahun ke depan. Periksa tahunnya.`,
      `The year ${far.join(', ')} is too far ahead: a decree is for ${FURTHEST_YEARS_AHEAD} years from now at the most. Check the year.`,
    );
  // A list pasted twice over, or of every Sunday, would move every clock. What was recorded before stands.
  const crowded = Object.entries(calendar.years).flatMap(([year, decreed]) =>
    [decreed, ...(decreed.local ?? [])].some(
      ({ holidays, collectiveLeave }) => holidays.length + collectiveLeave.length > MOST_DAYS,
    ) && sha256Of(decreed) !== sha256Of(inForce?.years[year] ?? {})
      ? [year]
      : [],
  );
  if (crowded.length > 0)
    return refuse(
      'days-many',
      `Keputusan untuk ${crowded.join(', ')} menyebut lebih dari ${MOST_DAYS} hari libur dan cuti bersama. Periksa daftarnya.`,
      `The decree for ${crowded.join(', ')} names more than ${MOST_DAYS} holidays and days of collective leave. Check its list.`,
    );
  // A decree that is typed in part, or names only what is new, would make offices work on New Year's Day.
  const lost = daysLost(inForce, calendar, removes);
  if (lost.length > 0) {
    const [days, member] = [lost.map((on) => dayText(on)), `"removes": ${JSON.stringify(lost)}`];
    return refuse(
      'days-lost',
      `Hari libur ini tidak ada lagi dalam keputusan: ${days.map(({ id }) => id).join(', ')}. Bila terlewat, tambahkan ke "holidays" atau "collectiveLeave"; bila memang dihapus, tulis ${member} dalam tahun itu.`,
      `The decree leaves out these days off: ${days.map(({ en }) => en).join(', ')}. If they were forgotten, add them to "holidays" or "collectiveLeave"; if they are meant to go, write ${member} in that year.`,
    );
  }
  return inForce !== undefined && sha256Of(inForce.years) === sha256Of(calendar.years)
    ? refuse('same-calendar', 'Kalender ini sudah berlaku.', 'This calendar is in force already.')
    : undefined;
}

const FURTHEST_YEARS_AHEAD = 5;
