/**
 * Why something is due when it is, day by day, for an officer, an applicant or a judge. The date is `dueOf`'s; the lines tell the
 * way there, and the last one stands on the due date.
 */
import { type Calendar, type DayKind, type KindOfDay, kindOfDay } from '../calendar/calendar.js';
import { type Day, dateOf, formatDay, parseDay } from '../calendar/day.js';
import { assertNever, type Code, type DateOn, type Text, type Zone } from '../event.js';
import { wordsOf } from '../vocabulary.js';
import { type ClockLength, type ClockRun, type Due, dueOf, type Landing, landingOf, type SuspendedSpan } from './clock.js';

export type DayLineKind =
  /** The day of the act that starts the clock: not counted. */
  | 'start'
  /** Day `counted` of the period. */
  | 'counted'
  /** Where the months end by arithmetic, before suspensions and roll. */
  | 'months'
  /** A day without work: not counted, or passed over by a roll. */
  | Exclude<KindOfDay, 'working'>
  | 'suspended'
  /** Where a month clock ends after its suspended days. */
  | 'moved'
  /** The period was over and went on to this day, the next working day. */
  | 'rolled'
  /** The due date came with the case. */
  | 'given';

export interface DayLine {
  readonly on: DateOn;
  /** The last day of a line that stands for several. */
  readonly through?: DateOn;
  readonly kind: DayLineKind;
  /** Which day of the period this is, from 1; on a line for several days, the last one's number. */
  readonly counted?: number;
  /** The decree that makes this day one without work. */
  readonly decree?: string;
  /** Why the clock stood still. */
  readonly reasons?: readonly Code[];
  /** The kind of this day was asked for, and a decree still to come may change it. */
  readonly provisional: boolean;
  readonly text: Text;
}

export interface DueExplanation extends Due {
  readonly rule: Text;
  readonly lines: readonly DayLine[];
}

/** Above this many lines, neighbours that say the same are told in one. */
const MOST_SINGLE_LINES = 400;

/** A period made longer, as the explanation tells it: on which day, by whom, by what right and why. */
export interface ToldExtension {
  readonly from: ClockLength;
  readonly to: ClockLength;
  readonly on: DateOn;
  readonly by: string;
  readonly legalBasis: readonly string[];
  readonly reason?: string;
}

/** The due date with its rule and its days; `extensions`: how the period came by its length, the first first. Throws what `dueOf` throws. */
export function explainDue(run: ClockRun, calendar: Calendar, extensions: readonly ToldExtension[] = []): DueExplanation {
  const landing = landingOf(run, calendar);
  const said = [ruleOf(run, landing), ...extensions.map(extensionText)];
  return {
    ...dueOf(run, calendar),
    rule: { id: said.map(({ id }) => id).join(' '), en: said.map(({ en }) => en).join(' ') },
    lines: linesOf(run, landing, calendar).map((one) => withExtension(one, extensions[0]?.from)),
  };
}

function extensionText({ from, to, on, by, legalBasis, reason }: ToldExtension): Text {
  const [before, after, day] = [lengthText(from), lengthText(to), dayText(on)];
  const right = legalBasis.length === 0 ? '' : ` (${legalBasis.join('; ')})`;
  const why = reason === undefined ? '.' : `: ${reason}`;
  return {
    id: `Diperpanjang dari ${before.id} menjadi ${after.id} pada ${day.id} oleh ${by}${right}${why}`,
    en: `Extended from ${before.en} to ${after.en} on ${day.en} by ${by}${right}${why}`,
  };
}

/** Days beyond the first length say that they are the extension's. */
function withExtension(one: DayLine, first: ClockLength | undefined): DayLine {
  const beyond = first !== undefined && ((first.unit !== 'months' && (one.counted ?? 0) > first.amount) || one.kind === 'months');
  return beyond ? { ...one, text: { id: `${one.text.id} (perpanjangan)`, en: `${one.text.en} (extension)` } } : one;
}

function ruleOf(run: ClockRun, landing: Landing): Text {
  const zone = zoneName(run.zone);
  if (run.explicitDueAt !== undefined) {
    return {
      id: `Tenggat ini diberikan bersama perkara, ${run.explicitDueAt} (UTC). Tenggat tidak dihitung; tindakan tepat pada saat itu masih tepat waktu.`,
      en: `This due date came with the case, ${run.explicitDueAt} (UTC). It is taken as given, not computed; an act at that very instant is in time.`,
    };
  }
  const length = lengthText(run.length);
  const start = dateText(landing.startDay);
  const roll = run.rollsToNextWorkingDay === true && run.length.unit !== 'working-days';
  return {
    id: `${length.id} sejak ${start.id}, dihitung mulai hari berikutnya, sampai pukul 24.00 ${zone} pada hari terakhir.${roll ? ' Bila hari terakhir bukan hari kerja, tenggat beralih ke hari kerja berikutnya.' : ''}`,
    en: `${length.en} from ${start.en}, counted from the next day, to 24:00 ${zone} on the last day.${roll ? ' If the last day is not a working day, the next working day is due.' : ''}`,
  };
}

function linesOf(run: ClockRun, landing: Landing, calendar: Calendar): readonly DayLine[] {
  const start = line(landing.startDay, 'start', { id: 'Hari peristiwa, tidak dihitung', en: 'Day of the event, not counted' });
  const open = landing.movedBy.filter(isOpen).map(openLine);
  if (run.explicitDueAt !== undefined) {
    if (landing.due === undefined) return [start, ...open];
    return [start, line(landing.due, 'given', { id: 'Tenggat sebagaimana diberikan', en: 'Due date as given' })];
  }
  switch (run.length.unit) {
    case 'working-days':
      return [...merged([start, ...workingDayLines(landing, calendar)]), ...open];
    case 'calendar-days':
      return [...merged([start, ...calendarDayLines(run, run.length.amount, landing, calendar)]), ...open];
    case 'months':
      return [start, ...monthLines(run, landing, calendar), ...open];
    default:
      return assertNever(run.length.unit);
  }
}

function workingDayLines(landing: Landing, calendar: Calendar): readonly DayLine[] {
  let counted = 0;
  return toldDays(landing).map(({ day, span }) => {
    if (span !== undefined) return suspendedLine(day, span);
    const kind = kindOfDay(calendar, day);
    return kind.kind === 'working' ? countedLine(day, ++counted, kind.provisional) : restLine(day, kind.kind, kind);
  });
}

function calendarDayLines(run: ClockRun, amount: number, landing: Landing, calendar: Calendar): readonly DayLine[] {
  let counted = 0;
  return toldDays(landing).map(({ day, span }) => {
    if (span !== undefined) return suspendedLine(day, span);
    if (counted === amount) return rollLine(day, calendar);
    const told = countedLine(day, ++counted, false);
    if (counted < amount || run.rollsToNextWorkingDay !== true) return told;
    const { working, provisional } = kindOfDay(calendar, day);
    const text = working ? told.text : { id: `${told.text.id}, bukan hari kerja`, en: `${told.text.en}, not a working day` };
    return { ...told, text, provisional };
  });
}

function monthLines(run: ClockRun, landing: Landing, calendar: Calendar): readonly DayLine[] {
  const { base, reached } = landing;
  if (base === undefined) return [];
  const length = lengthText(run.length);
  const shorter = dateOf(base).date < dateOf(landing.startDay).date;
  const lines: DayLine[] = [
    line(base, 'months', {
      id: `${length.id} kemudian: ${shorter ? 'hari terakhir bulan itu' : 'tanggal yang sama'}`,
      en: `${length.en} later: ${shorter ? 'the last day of the month' : 'the same day of the month'}`,
    }),
  ];
  const moving = landing.movedBy.filter((span) => !isOpen(span) && (reached === undefined || span.from <= reached));
  for (const span of moving) {
    const days = span.until - span.from;
    const why = reasonsText(span);
    lines.push({
      ...suspendedLine(span.from, span),
      ...(days > 1 && { through: formatDay(span.until - 1) }),
      text: { id: `Ditangguhkan ${days} hari (${why.id})`, en: `Suspended for ${daysText(days)} (${why.en})` },
    });
  }
  if (reached === undefined) return lines;
  if (reached > base) {
    const days = reached - base;
    lines.push(
      line(reached, 'moved', { id: `Digeser ${days} hari penangguhan`, en: `Moved by ${daysText(days)} of suspension` }),
    );
  }
  const last = lines.at(-1);
  if (run.rollsToNextWorkingDay !== true || last === undefined) return lines;
  lines[lines.length - 1] = { ...last, provisional: kindOfDay(calendar, reached).provisional };
  const rolledOver = toldDays(landing).filter(({ day }) => day > reached);
  return [
    ...lines,
    ...rolledOver.map(({ day, span }) => (span === undefined ? rollLine(day, calendar) : suspendedLine(day, span))),
  ];
}

/** The days to tell after the start: to the due date, or to the day before an open suspension. */
function toldDays(landing: Landing): readonly { readonly day: Day; readonly span?: SuspendedSpan }[] {
  const end = landing.due ?? (landing.movedBy.find(isOpen)?.from ?? landing.startDay + 1) - 1;
  const days: { day: Day; span?: SuspendedSpan }[] = [];
  let index = 0;
  for (let day = landing.startDay + 1; day <= end; day++) {
    while ((landing.movedBy[index]?.until ?? Number.POSITIVE_INFINITY) <= day) index++;
    const span = landing.movedBy[index];
    days.push(span !== undefined && day >= span.from ? { day, span } : { day });
  }
  return days;
}

/** One line for neighbours of the same kind, decree, reasons and standing, if there are too many to read. */
function merged(lines: readonly DayLine[]): readonly DayLine[] {
  if (lines.length <= MOST_SINGLE_LINES) return lines;
  const runs: DayLine[][] = [];
  for (const next of lines) {
    const run = runs.at(-1);
    const same = run?.[0];
    const joins =
      same !== undefined &&
      same.kind === next.kind &&
      same.decree === next.decree &&
      same.provisional === next.provisional &&
      same.reasons?.join() === next.reasons?.join();
    if (run !== undefined && joins) run.push(next);
    else runs.push([next]);
  }
  return runs.flatMap((run) => {
    const first = run[0];
    const last = run.at(-1);
    if (first === undefined || last === undefined || run.length === 1) return run;
    if (first.counted === undefined || last.counted === undefined) return [{ ...first, through: last.on }];
    const text = { id: `Hari ke-${first.counted} sampai ke-${last.counted}`, en: `Days ${first.counted} to ${last.counted}` };
    return [{ ...first, through: last.on, counted: last.counted, text }];
  });
}

function countedLine(day: Day, counted: number, provisional: boolean): DayLine {
  return { ...line(day, 'counted', { id: `Hari ke-${counted}`, en: `Day ${counted}` }), counted, provisional };
}

function restLine(day: Day, kind: Exclude<KindOfDay, 'working'>, { decree, provisional, local }: DayKind): DayLine {
  const by = decree === undefined ? '' : ` (${decree})`;
  return { ...line(day, kind, restText(kind, by, local === true)), provisional, ...(decree !== undefined && { decree }) };
}

function restText(kind: Exclude<KindOfDay, 'working'>, by: string, local: boolean): Text {
  switch (kind) {
    case 'weekend':
      return { id: 'Akhir pekan, tidak dihitung', en: 'Weekend, not counted' };
    case 'holiday':
      return local
        ? { id: `Libur daerah${by}, tidak dihitung`, en: `Regional holiday${by}, not counted` }
        : { id: `Libur nasional${by}, tidak dihitung`, en: `National holiday${by}, not counted` };
    case 'collective-leave':
      return local
        ? { id: `Cuti bersama daerah${by}, tidak dihitung`, en: `Regional collective leave${by}, not counted` }
        : { id: `Cuti bersama${by}, tidak dihitung`, en: `Collective leave${by}, not counted` };
    default:
      return assertNever(kind);
  }
}

function rollLine(day: Day, calendar: Calendar): DayLine {
  const kind = kindOfDay(calendar, day);
  if (kind.kind !== 'working') return restLine(day, kind.kind, kind);
  return { ...line(day, 'rolled', { id: 'Beralih ke hari kerja', en: 'Rolls to a working day' }), provisional: kind.provisional };
}

function suspendedLine(day: Day, span: SuspendedSpan): DayLine {
  const why = reasonsText(span);
  return {
    ...line(day, 'suspended', { id: `Ditangguhkan (${why.id}), tidak dihitung`, en: `Suspended (${why.en}), not counted` }),
    reasons: span.reasons,
  };
}

function openLine(span: SuspendedSpan): DayLine {
  const why = reasonsText(span);
  return {
    ...suspendedLine(span.from, span),
    text: {
      id: `Ditangguhkan sejak hari ini (${why.id}); belum ada tenggat sampai dilanjutkan`,
      en: `Suspended from here on (${why.en}); nothing is due until it resumes`,
    },
  };
}

function reasonsText({ reasons }: SuspendedSpan): Text {
  const words = reasons.map(wordsOf);
  return { id: words.map(({ id }) => id).join(', '), en: words.map(({ en }) => en).join(', ') };
}

function line(day: Day, kind: DayLineKind, text: Text): DayLine {
  return { on: formatDay(day), kind, provisional: false, text };
}

function isOpen(span: SuspendedSpan): boolean {
  return span.until === Number.POSITIVE_INFINITY;
}

/** A period's length in words: `14 hari kerja`. */
export function lengthText({ unit, amount }: ClockLength): Text {
  const many = amount === 1 ? '' : 's';
  switch (unit) {
    case 'calendar-days':
      return { id: `${amount} hari kalender`, en: `${amount} calendar day${many}` };
    case 'working-days':
      return { id: `${amount} hari kerja`, en: `${amount} working day${many}` };
    case 'months':
      return { id: `${amount} bulan`, en: `${amount} month${many}` };
    default:
      return assertNever(unit);
  }
}

function daysText(days: number): string {
  return days === 1 ? '1 day' : `${days} days`;
}

const MONTHS: readonly Text[] = [
  { id: 'Januari', en: 'January' },
  { id: 'Februari', en: 'February' },
  { id: 'Maret', en: 'March' },
  { id: 'April', en: 'April' },
  { id: 'Mei', en: 'May' },
  { id: 'Juni', en: 'June' },
  { id: 'Juli', en: 'July' },
  { id: 'Agustus', en: 'August' },
  { id: 'September', en: 'September' },
  { id: 'Oktober', en: 'October' },
  { id: 'November', en: 'November' },
  { id: 'Desember', en: 'December' },
];

/** `26 November 2026`. */
export function dateText(day: Day): Text {
  const { year, month, date } = dateOf(day);
  const name = MONTHS[month - 1];
  return { id: `${date} ${name?.id} ${year}`, en: `${date} ${name?.en} ${year}` };
}

/** A day as a sentence for people names it; `otherwise` where there is none. */
export function dayText(on: DateOn | null | undefined, otherwise = '–'): Text {
  return on === null || on === undefined ? { id: otherwise, en: otherwise } : dateText(parseDay(on));
}

/** What people call the zone: WITA; elsewhere its IANA name. */
function zoneName(zone: Zone): string {
  switch (zone) {
    case 'Asia/Jakarta':
    case 'Asia/Pontianak':
      return 'WIB';
    case 'Asia/Makassar':
      return 'WITA';
    case 'Asia/Jayapura':
      return 'WIT';
    default:
      return zone;
  }
}
