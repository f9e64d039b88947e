/** Where a decree becomes the calendar in force: by an administrator, as a new version of the whole; effective at once in this process. */
import { type Calendar, CalendarError, parseCalendar } from '#domain/calendar/calendar.js';
import { refuse } from '#domain/case/refuse.js';
import type { Decision, Id, InstantAt } from '#domain/event.js';
import { calendarStream, type RegistryEvent } from '#domain/registry.js';
import type { CaseDesk } from './case-desk.js';
import { canonicalJson, sha256Of } from './envelope.js';
import { type CommandOutcome, handleCommand } from './handle-command.js';
import { refuseUnlessAdministrator } from './procedure-desk.js';
import { withProvisionalYears } from './provisional-years.js';

export interface CalendarSubmission {
  /** `{ years: { "2027": … } }`, as in `data/calendar-id.json`: years that it names replace those in force, the others stay. */
  readonly content: unknown;
  readonly actorId: Id;
  readonly at: InstantAt;
  readonly commandId: Id;
}

type Published = Extract<RegistryEvent, { type: 'CalendarPublished' }>;

/** The calendar in force with the years of a decree in it and those after them filled in, one version on. @throws CalendarError naming each fault with its path */
export function calendarWith(inForce: Calendar | undefined, content: unknown): Calendar {
  const version = (inForce?.version ?? 0) + 1;
  const { years } = parseCalendar(content, version);
  return withProvisionalYears({ code: 'id', version, years: { ...inForce?.years, ...years } });
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
  const refusal = refuseUnlessAdministrator(desk, actorId, at);
  if (refusal !== undefined) return { rejection: refusal };
  try {
    const calendar = calendarWith(inForce, content);
    const year = at.slice(0, 4);
    const past = Object.keys(calendar.years).filter((one) => {
      const decreed = inForce?.years[one];
      return (
        one < year &&
        decreed !== undefined &&
        decreed.provisional !== true &&
        sha256Of(decreed) !== sha256Of(calendar.years[one] ?? {})
      );
    });
    if (past.length > 0)
      return {
        rejection: refuse(
          'calendar-past',
          `Tahun ${past.join(', ')} sudah lewat dan sudah ada keputusannya; tenggat yang sudah jatuh tidak diubah surut.`,
          `The year ${past.join(', ')} is over and has its decree; what fell due is not changed backwards.`,
        ),
      };
    const { offices } = desk.registry.state;
    const strange = Object.values(calendar.years).flatMap(({ local = [] }) => local.filter(({ office }) => !offices.has(office)));
    if (strange.length > 0) {
      const codes = strange.map(({ office }) => office).join(', ');
      return { rejection: refuse('no-such-office', `Tidak ada kantor ${codes}.`, `There is no office ${codes}.`) };
    }
    const sha256 = sha256Of(calendar.years);
    if (inForce !== undefined && sha256Of(inForce.years) === sha256)
      return { rejection: refuse('same-calendar', 'Kalender ini sudah berlaku.', 'This calendar is in force already.') };
    return { events: [{ type: 'CalendarPublished', data: { at, sha256, calendar } }] };
  } catch (error) {
    if (!(error instanceof CalendarError)) throw error;
    return { rejection: refuse('calendar-wrong', error.text.id, error.text.en) };
  }
}
