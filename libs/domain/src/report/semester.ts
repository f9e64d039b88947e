/**
 * The evaluation of each office over a period, a semester or any other, as it was known at an instant: what came in, what was determined and
 * how, in time or late, what is left and how old it is. Counted from the events of the cases, one case after another. Pure.
 *
 * An act counts on the date on which it was true, at the office that examined the case; a clock, at the office that owns it.
 */
import { formatInstant, parseDay, startOfDay } from '../calendar/day.js';
import { dateIn, zoneOf } from '../case/clock-events.js';
import type { CaseEvent } from '../case/events.js';
import type { Code, DateOn, Id, InstantAt, Text } from '../event.js';
import { type OfficeTree, parentOf } from '../office/office.js';
import { ACTED_EARLY, LAW_ACTED } from '../process/escalation.js';
import type { ClocksEvent } from '../process/events.js';

/** An event as far as the evaluation needs it; personal parts are not asked for. */
export type ReportedEvent = (CaseEvent | ClocksEvent) & { readonly caseId: Id; readonly effectiveAt: InstantAt };

/** The events that an evaluation is counted from. Every other may be left out. */
export const reportedTypes = [
  'DraftOpened',
  'ApplicationLodged',
  'OfficerAssigned',
  'ScreeningBegun',
  'DeterminationRecommended',
  'DeterminationApproved',
  'DeterminedOtherwise',
  'DeterminedBySilence',
  'CaseLapsed',
  'ApplicationWithdrawn',
  'CaseClosed',
  'CaseReopened',
  'RemedyFiled',
  'IndicatorRecorded',
  'ImportedCaseOpened',
  'ImportedCaseClosed',
  'ClockStarted',
  'ClockSuspended',
  'ClockResumed',
  'ClockExtended',
  'ClockRecalculated',
  'ClockStopped',
  'ClockEscalated',
] as const satisfies readonly ReportedEvent['type'][];

export interface Period {
  /** The first day. */
  readonly from: DateOn;
  /** The last day. */
  readonly to: DateOn;
}

/** Days since lodging, at the end of the period: up to 30, 31 to 90, 91 to 180, more. */
export const ageBands = [30, 90, 180] as const;

export interface OfficeFigures {
  readonly office: Code;
  /** Drafts opened here: what a post takes in for its office counts at the post. */
  readonly opened: number;
  /** Applications that this office began to examine, imported cases among them. */
  readonly lodged: number;
  /** Determinations by officials and by silence, by outcome. */
  readonly determined: { readonly [outcome: Code]: number };
  readonly determinations: number;
  /** Determinations that stopped every clock in time, and those that stopped one late. */
  readonly inTime: number;
  readonly late: number;
  /** Of the determinations, those that silence made. */
  readonly bySilence: number;
  readonly lapsed: number;
  readonly withdrawn: number;
  /** Imported cases that were closed; what they came to their source does not say. */
  readonly importedClosed: number;
  /** Clocks of this office that stopped, of whatever case. */
  readonly clocksInTime: number;
  readonly clocksLate: number;
  /** Steps of the ladder that fell at or after a due date, above the officer. */
  readonly escalations: number;
  readonly remedies: number;
  readonly indicators: number;
  /** Lodged and not determined, lapsed, withdrawn or closed at the end of the period, and how many of them by age. */
  readonly backlog: number;
  readonly backlogByAge: readonly number[];
  /** Of the backlog, cases with a clock past its date at the end of the period. */
  readonly overdue: number;
}

export interface OfficerFigures {
  readonly office: Code;
  /** Null: what is assigned to nobody. */
  readonly officer: Id | null;
  /** Of the backlog, what is assigned to them. */
  readonly open: number;
  readonly overdue: number;
  readonly recommended: number;
}

export interface SemesterReport {
  readonly offices: readonly OfficeFigures[];
  readonly officers: readonly OfficerFigures[];
}

/** That the law has acted is no step of a ladder, and the officer's own date is laid before nobody above. */
function isEscalation({ step, toRole }: { readonly step: Code; readonly toRole: Code }): boolean {
  return step !== LAW_ACTED && step !== ACTED_EARLY && toRole !== 'case-officer';
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
type OfficeTally = Mutable<Omit<OfficeFigures, 'determined' | 'backlogByAge'>> & {
  determined: { [outcome: Code]: number };
  backlogByAge: number[];
};

interface OpenClock {
  readonly office: Code;
  readonly explicit: boolean;
  /** Undefined while suspended, and where it would tell a birth. */
  readonly dueAt: InstantAt | undefined;
}

/** Takes cases one by one; what it holds does not grow with their number. */
export class SemesterTally {
  private readonly offices = new Map<Code, OfficeTally>();
  private readonly officers = new Map<string, Mutable<OfficerFigures>>();

  constructor(
    private readonly tree: OfficeTree,
    private readonly period: Period,
  ) {}

  /** Every reported event of one case that was known, in the order of its recording; later ones than the period are passed over. */
  add(events: readonly ReportedEvent[]): void {
    let office: Code | undefined;
    let officer: Id | undefined;
    let lodgedAt: InstantAt | undefined;
    let open = false;
    const clocks = new Map<Id, OpenClock>();
    const lateAt = new Set(events.flatMap((e) => (e.type === 'ClockStopped' && !e.data.inTime ? [e.data.stoppedAt] : [])));
    for (const event of events) {
      const { effectiveAt } = event;
      if (event.type === 'DraftOpened' || event.type === 'ImportedCaseOpened' || event.type === 'ApplicationLodged')
        office = effectiveAt <= this.end(event.data.office) ? event.data.office : office;
      if (office === undefined || effectiveAt > this.end(office)) continue;
      const here = this.of(office);
      const within = effectiveAt >= this.start(office);
      const determined = (outcome: Code, bySilence: boolean): void => {
        open = false;
        if (!within) return;
        here.determinations += 1;
        here.determined[outcome] = (here.determined[outcome] ?? 0) + 1;
        if (bySilence) here.bySilence += 1;
        if (bySilence || lateAt.has(event.effectiveAt)) here.late += 1;
        else here.inTime += 1;
      };
      switch (event.type) {
        case 'DraftOpened':
          if (within) here.opened += 1;
          break;
        case 'ApplicationLodged':
        case 'ImportedCaseOpened':
          [lodgedAt, open] = [effectiveAt, true];
          if (within) here.lodged += 1;
          break;
        case 'OfficerAssigned':
        case 'ScreeningBegun':
          officer = event.data.officer;
          break;
        case 'DeterminationRecommended':
          if (within) this.ofOfficer(office, event.data.by).recommended += 1;
          break;
        case 'DeterminationApproved':
        case 'DeterminedOtherwise':
          determined(event.data.outcome, false);
          break;
        case 'DeterminedBySilence':
          determined(event.data.outcome, true);
          break;
        case 'CaseLapsed':
          open = false;
          if (within) here.lapsed += 1;
          break;
        case 'ApplicationWithdrawn':
          open = false;
          if (within) here.withdrawn += 1;
          break;
        case 'CaseClosed':
          open = false;
          break;
        case 'ImportedCaseClosed':
          open = false;
          if (within) here.importedClosed += 1;
          break;
        case 'CaseReopened':
          open = true;
          break;
        case 'RemedyFiled':
          if (within) here.remedies += 1;
          break;
        case 'IndicatorRecorded':
          if (within) here.indicators += 1;
          break;
        case 'ClockEscalated':
          if (within && event.data.at >= event.data.dueAt && isEscalation(event.data))
            this.of(clocks.get(event.data.clockId)?.office ?? office).escalations += 1;
          break;
        case 'ClockStarted': {
          const { clockId, explicitDueAt, due } = event.data;
          clocks.set(clockId, { office: event.data.office, explicit: explicitDueAt !== undefined, dueAt: due.dueAt });
          break;
        }
        case 'ClockSuspended':
          this.moved(clocks, event.data.clockId, undefined);
          break;
        case 'ClockResumed':
        case 'ClockExtended':
        case 'ClockRecalculated':
          this.moved(clocks, event.data.clockId, event.data.due.dueAt);
          break;
        case 'ClockStopped': {
          const { clockId, inTime } = event.data;
          const owner = this.of(clocks.get(clockId)?.office ?? office);
          clocks.delete(clockId);
          if (!within) break;
          if (inTime) owner.clocksInTime += 1;
          else owner.clocksLate += 1;
          break;
        }
        default:
          break;
      }
    }
    if (office === undefined || lodgedAt === undefined || !open) return;
    const here = this.of(office);
    const late = [...clocks.values()].some(
      ({ dueAt, explicit }) => dueAt !== undefined && this.isPast(dueAt, explicit, office ?? ''),
    );
    const days = parseDay(this.period.to) - parseDay(dateIn(zoneOf(this.tree, office), lodgedAt));
    here.backlog += 1;
    const band = ageBands.findIndex((most) => days <= most);
    const at = band < 0 ? ageBands.length : band;
    here.backlogByAge[at] = (here.backlogByAge[at] ?? 0) + 1;
    if (late) here.overdue += 1;
    const load = this.ofOfficer(office, officer ?? null);
    load.open += 1;
    if (late) load.overdue += 1;
  }

  /** Offices and officers of whom anything is told, by their codes; at each office first what nobody has. */
  report(): SemesterReport {
    return {
      offices: [...this.offices.values()].toSorted((a, b) => (a.office < b.office ? -1 : 1)),
      officers: [...this.officers.values()].toSorted((a, b) =>
        a.office === b.office ? ((a.officer ?? '') < (b.officer ?? '') ? -1 : 1) : a.office < b.office ? -1 : 1,
      ),
    };
  }

  private moved(clocks: Map<Id, OpenClock>, clockId: Id, dueAt: InstantAt | undefined): void {
    const clock = clocks.get(clockId);
    if (clock !== undefined) clocks.set(clockId, { ...clock, dueAt });
  }

  private of(office: Code): OfficeTally {
    const known = this.offices.get(office);
    if (known !== undefined) return known;
    const made = noFigures(office);
    this.offices.set(office, made);
    return made;
  }

  private ofOfficer(office: Code, officer: Id | null): Mutable<OfficerFigures> {
    const key = `${office} ${officer ?? ''}`;
    const known = this.officers.get(key) ?? { office, officer, open: 0, overdue: 0, recommended: 0 };
    this.officers.set(key, known);
    return known;
  }

  private start(office: Code): InstantAt {
    return formatInstant(startOfDay(parseDay(this.period.from), zoneOf(this.tree, office)));
  }

  /** The last millisecond of the period. */
  private end(office: Code): InstantAt {
    return endOfDay(this.period.to, this.tree, office);
  }

  /** A date that came with an imported case is past only after it. */
  private isPast(dueAt: InstantAt, explicit: boolean, office: Code): boolean {
    const after = formatInstant(startOfDay(parseDay(this.period.to) + 1, zoneOf(this.tree, office)));
    return explicit ? dueAt < after : dueAt <= after;
  }
}

/** The last millisecond of a date, in the zone of an office. */
export function endOfDay(on: DateOn, tree: OfficeTree, office: Code): InstantAt {
  return formatInstant(startOfDay(parseDay(on) + 1, zoneOf(tree, office)) - 1);
}

function noFigures(office: Code): OfficeTally {
  return {
    office,
    opened: 0,
    lodged: 0,
    determined: {},
    determinations: 0,
    inTime: 0,
    late: 0,
    bySilence: 0,
    lapsed: 0,
    withdrawn: 0,
    importedClosed: 0,
    clocksInTime: 0,
    clocksLate: 0,
    escalations: 0,
    remedies: 0,
    indicators: 0,
    backlog: 0,
    backlogByAge: [...ageBands.map(() => 0), 0],
    overdue: 0,
  };
}

/** The figures of several offices in one: of an office with its posts. */
export function together(office: Code, figures: readonly OfficeFigures[]): OfficeFigures {
  const sum = noFigures(office);
  for (const one of figures) {
    for (const [outcome, count] of Object.entries(one.determined))
      sum.determined[outcome] = (sum.determined[outcome] ?? 0) + count;
    sum.backlogByAge = sum.backlogByAge.map((count, at) => count + (one.backlogByAge[at] ?? 0));
    for (const figure of summed) sum[figure] += one[figure];
  }
  return sum;
}

/** Figures that are one number each. */
export const summed = [
  'opened',
  'lodged',
  'determinations',
  'inTime',
  'late',
  'bySilence',
  'lapsed',
  'withdrawn',
  'importedClosed',
  'clocksInTime',
  'clocksLate',
  'escalations',
  'remedies',
  'indicators',
  'backlog',
  'overdue',
] as const satisfies readonly (keyof OfficeFigures)[];

/** What the figures are called. */
export const figureNames: { readonly [F in (typeof summed)[number]]: Text } = {
  opened: { id: 'Konsep dibuka', en: 'Drafts opened' },
  lodged: { id: 'Permohonan masuk', en: 'Applications lodged' },
  determinations: { id: 'Penetapan', en: 'Determinations' },
  inTime: { id: 'Penetapan tepat waktu', en: 'Determined in time' },
  late: { id: 'Penetapan terlambat', en: 'Determined late' },
  bySilence: { id: 'Dikabulkan diam-diam', en: 'Granted by silence' },
  lapsed: { id: 'Gugur', en: 'Lapsed' },
  withdrawn: { id: 'Ditarik', en: 'Withdrawn' },
  importedClosed: { id: 'Perkara impor ditutup', en: 'Imported cases closed' },
  clocksInTime: { id: 'Tenggat dipenuhi', en: 'Clocks met' },
  clocksLate: { id: 'Tenggat terlewat', en: 'Clocks missed' },
  escalations: { id: 'Eskalasi', en: 'Escalations' },
  remedies: { id: 'Upaya hukum', en: 'Remedies' },
  indicators: { id: 'Indikasi TPPO', en: 'Trafficking indicators' },
  backlog: { id: 'Tunggakan', en: 'Backlog' },
  overdue: { id: 'Tunggakan lewat tenggat', en: 'Backlog overdue' },
};

/** Of what age the backlog is, in the order of `backlogByAge`. */
export const ageNames: readonly Text[] = [
  { id: 'Tunggakan sampai 30 hari', en: 'Backlog up to 30 days' },
  { id: 'Tunggakan 31–90 hari', en: 'Backlog 31–90 days' },
  { id: 'Tunggakan 91–180 hari', en: 'Backlog 91–180 days' },
  { id: 'Tunggakan lebih dari 180 hari', en: 'Backlog over 180 days' },
];

/** What speaks for more people at an office or its posts, or for a higher class: with its posts in one, per case officer. */
export interface OfficeEvidence {
  readonly office: Code;
  readonly posts: readonly Code[];
  /** Case officers at the end of the period. */
  readonly officers: number;
  readonly lodged: number;
  /** Of those lodged and of the drafts, opened at its posts. */
  readonly openedAtPosts: number;
  readonly backlog: number;
  readonly overdue: number;
  /** Null where there is nobody. */
  readonly lodgedPerOfficer: number | null;
  readonly backlogPerOfficer: number | null;
  /** Of its determinations, in hundredths; null where there was none. */
  readonly lateShare: number | null;
}

/** The heaviest load per case officer first; where there is nobody and something waits, before all. */
export function evidenceOf(
  figures: readonly OfficeFigures[],
  tree: OfficeTree,
  on: DateOn,
  officersOf: (office: Code) => number,
): readonly OfficeEvidence[] {
  const of = (office: Code): readonly OfficeFigures[] => figures.filter((one) => one.office === office);
  return [...tree.values()]
    .filter(({ kind }) => kind === 'immigration-office')
    .map(({ code }): OfficeEvidence => {
      const posts = [...tree.keys()].filter((post) => parentOf(tree, post, on) === code);
      const whole = together(code, [code, ...posts].flatMap(of));
      const officers = [code, ...posts].reduce((sum, office) => sum + officersOf(office), 0);
      const per = (count: number): number | null => (officers === 0 ? null : Math.round((count / officers) * 10) / 10);
      return {
        office: code,
        posts,
        officers,
        lodged: whole.lodged,
        openedAtPosts: together(code, posts.flatMap(of)).opened,
        backlog: whole.backlog,
        overdue: whole.overdue,
        lodgedPerOfficer: per(whole.lodged),
        backlogPerOfficer: per(whole.backlog),
        lateShare: whole.determinations === 0 ? null : Math.round((whole.late / whole.determinations) * 100),
      };
    })
    .toSorted((a, b) => weight(b) - weight(a));
}

function weight({ backlog, backlogPerOfficer }: OfficeEvidence): number {
  return backlogPerOfficer ?? (backlog > 0 ? Number.MAX_SAFE_INTEGER : 0);
}

/** The semester that a date stands in: January to June, July to December. */
export function semesterOf(on: DateOn): Period {
  const year = on.slice(0, 4);
  return on.slice(5, 7) <= '06' ? { from: `${year}-01-01`, to: `${year}-06-30` } : { from: `${year}-07-01`, to: `${year}-12-31` };
}

/** Fewer than this many of anything are not told: someone could be recognised among them. */
export const LEAST_TOLD = 5;

/**
 * Counts that could tell of someone are withheld (null): those from 1 to 4, and where that is only one of them the next smallest too, so that
 * no total gives it away.
 */
export function withheldSmall(counts: readonly number[]): readonly (number | null)[] {
  const small = counts.filter((count) => count > 0 && count < LEAST_TOLD).length;
  const next = small === 1 ? Math.min(...counts.filter((count) => count >= LEAST_TOLD)) : undefined;
  const also = next === undefined ? -1 : counts.indexOf(next);
  return counts.map((count, at) => ((count > 0 && count < LEAST_TOLD) || at === also ? null : count));
}

/** As they are told: signs of trafficking so few that they would tell who is meant are withheld (null). */
export interface ToldFigures extends Omit<OfficeFigures, 'indicators'> {
  readonly indicators: number | null;
}

export function toldFigures(figures: readonly OfficeFigures[]): readonly ToldFigures[] {
  const told = withheldSmall(figures.map(({ indicators }) => indicators));
  return figures.map((one, at) => ({ ...one, indicators: told[at] ?? null }));
}
