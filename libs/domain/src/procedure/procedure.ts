/**
 * A procedure as data: who applies and who decides, which papers, facts and criteria, which clocks, outcomes and remedies. One published
 * version never changes; a case pins the one that governed it. `procedure-faults.ts` says what is wrong with such data.
 */
import type { ClockLength } from '../clock/clock.js';
import { dayText } from '../clock/explain-due.js';
import type { Citation, Code, DateOn, Rejection, Text } from '../event.js';
import { type AuthorityStep, coversDate, type OfficeKind } from '../office/office.js';
import type { Role } from '../office/official.js';
import { wordsOf } from '../vocabulary.js';
import type { Condition, FactType, FactValue, OutcomeRule } from './rules.js';

/** S sourced, K general knowledge, U unsure: a product default. Shown to administrators, never hidden. */
export type Confidence = 'S' | 'K' | 'U';

/** A legal number or rule as data. `effectiveTo` is exclusive; null is open. */
export interface LegalDatum {
  readonly legalBasis: readonly Citation[];
  readonly confidence: Confidence;
  readonly effectiveFrom: DateOn | null;
  readonly effectiveTo: DateOn | null;
}

/** The type of an event of a case. A word and not the union of all of them, so that a new event leaves published procedures as they are. */
export type EventName = Code;

/** What the law does by itself when a clock runs out, with nobody acting. */
export interface LapseDefinition extends LegalDatum {
  /** `lapse`: the matter ends against the person. `grant`: silence counts as a grant. */
  readonly effect: 'lapse' | 'grant';
  /** How the case ends: the code of one of the procedure's outcomes. */
  readonly outcome: Code;
  /** The switch: where it is false, until a version turns it on, the clock does not start at all. */
  readonly on: boolean;
  /** Only where each of these happened in time: a decree is void only if the person was summoned. Else the clock only falls due. */
  readonly onlyAfter?: readonly EventName[];
  /** Only once this is established: a choice that was declared in time is not lost because the office is slow. Else the clock only falls due. */
  readonly when?: Condition;
  /** The supervisor is told this many calendar days before. */
  readonly warnDaysBefore: number;
}

/** A decision in a case that this one is linked with: of this procedure, with one of these outcomes. */
export interface LinkedDecision {
  readonly procedure: Code;
  readonly outcomes: readonly Code[];
}

/** Whom a step of a ladder tells: the case's own officer, or who holds a role over the clock's office. */
export type Rung = 'officer' | Extract<Role, 'supervisor' | 'head-of-office' | 'regional' | 'directorate' | 'minister'>;

/** One step of an escalation ladder: who is told, and when. */
export interface LadderStep {
  /** `half`, `overdue-3`: what the step is called in events; once in a ladder. */
  readonly code: Code;
  readonly tell: Rung;
  /** A share of the period that has run, pauses not counted (100: when it is due); or so long before or after the due date. */
  readonly at: { readonly percent: number } | { readonly before: ClockLength } | { readonly after: ClockLength };
}

/** By how much and how often a running period may be made longer. */
export interface ExtensionDefinition extends LegalDatum {
  /** In the unit of the clock's own length. */
  readonly length: ClockLength;
  readonly times: number;
}

export interface ClockDefinition extends LegalDatum {
  readonly code: Code;
  readonly name: Text;
  readonly length: ClockLength;
  /** Who is told as it runs out, step by step. Absent: the procedure's ladder. */
  readonly ladder?: readonly LadderStep[];
  /** Absent: nobody may extend it. */
  readonly extension?: ExtensionDefinition;
  readonly rollsToNextWorkingDay?: boolean;
  readonly startsWith: readonly EventName[];
  readonly stopsWith: readonly EventName[];
  /** Starts also when the case is referred up to an office of one of these kinds: the period of whoever has it from then on. */
  readonly startsWithReferralTo?: readonly OfficeKind[];
  /** Stops also when an office of one of these kinds refers it up. */
  readonly stopsWithReferralFrom?: readonly OfficeKind[];
  /** Does not run once this is established: a period for another matter than the one that the case turned out to be about. */
  readonly unless?: Condition;
  readonly pausesWith?: readonly EventName[];
  readonly resumesWith?: readonly EventName[];
  readonly pauseReason?: Code;
  /** Whose zone it runs in: the handling office (default) or the office that decides. */
  readonly owner?: 'case-office' | 'review-office';
  /**
   * A fact that is a date (a birth, a marriage). The period counts from that date and not from the event that starts the clock: 216 months
   * from a birth end on the 18th birthday. It starts only once the fact is established.
   */
  readonly countsFrom?: Code;
  readonly lapses?: LapseDefinition;
  /** Runs only after a determination with one of these outcomes. Absent: after any. */
  readonly onlyOutcomes?: readonly Code[];
  /** Runs only in a case that was opened for one of these remedies (their codes in the contested case's procedure). Absent: in any. */
  readonly onlyRemedies?: readonly Code[];
  /** Runs only in a case that came by one of these channels (`mission`). Absent: by any. */
  readonly onlyChannels?: readonly Code[];
  /** One clock for each consultation, and not one for all. */
  readonly perConsultation?: boolean;
  /** Starts when a linked case is decided so: a remedy that was granted. */
  readonly startsWithLinked?: readonly LinkedDecision[];
  /** Stops when a linked case is decided so. While such a case is pending that was lodged in time, the law does not act on the clock. */
  readonly stopsWithLinked?: readonly LinkedDecision[];
  /** Goes on after the case is closed: an obligation years ahead. */
  readonly outlivesCase?: boolean;
}

export interface EvidenceDefinition {
  readonly code: Code;
  readonly name: Text;
  readonly basis: Citation;
  /** Needed before the application counts as complete. */
  readonly required: boolean;
  readonly establishes: readonly Code[];
  /**
   * In a case for one of these remedies (their codes in the contested case's procedure) no outcome is recommended or determined before such
   * a paper is verified, with its number and the hash of the document: what a court decided is not for the office to say.
   */
  readonly decidesRemedies?: readonly Code[];
}

export interface OutcomeDefinition {
  readonly code: Code;
  readonly name: Text;
  readonly basis: readonly Citation[];
  /** May be recommended while decisive facts are unknown: it says exactly that nothing could be established. */
  readonly restsOnUnknown?: boolean;
  /** The procedure that the determination opens for the same subject. */
  readonly opens?: Code;
  /** Acts against the person: an open trafficking indicator or a pending shield blocks it. */
  readonly enforcement?: boolean;
  /** It takes effect only with the oath or promise of allegiance; the article that says so. */
  readonly oath?: Citation;
  /** Evidence that must be verified before this outcome is recommended or approved; each serves the articles of its own definition. */
  readonly requiresEvidence?: readonly Code[];
}

/** A day: a date (`2006-08-01`), the day of `lodging` or of the `decision`, or a fact that is a date; so much later, if at all. */
export type DatePoint = Code | { readonly date: Code; readonly plus?: DateSpan };
/** Working days depend on decrees and are no part of what a date implies. */
export type DateSpan = ClockLength & { readonly unit: 'months' | 'calendar-days' };

/** What dates and other facts say together. */
export type Implied =
  | { readonly all: readonly Implied[] }
  | { readonly any: readonly Implied[] }
  | { readonly not: Implied }
  | { readonly fact: Code; readonly is: FactValue }
  | { readonly date: Code; readonly plus?: DateSpan; readonly before: DatePoint }
  | { readonly date: Code; readonly plus?: DateSpan; readonly onOrBefore: DatePoint };

/** One way in which dates answer a fact; the number in it is a legal number. */
export interface Implication extends LegalDatum {
  readonly when: Implied;
  /** The answer where `when` holds. */
  readonly answer?: boolean;
  /** The answer where it does not. */
  readonly otherwise?: boolean;
  /** The case in which the dates do not say it. While that is open they answer nothing, and nobody may find the contrary before it is established. */
  readonly unless?: Implied;
}

export type FactDefinition = FactType & {
  readonly question: Text;
  readonly basis: Citation;
  /** By which dates it is answered; a finding that contradicts them is refused. */
  readonly derivedFrom?: readonly Implication[];
  /** Of a date: it may lie ahead (a permit’s last day). Else it has happened. */
  readonly ahead?: true;
  /** Of a date: the date that it cannot precede. */
  readonly notBefore?: Code;
};

/** In what quality someone may apply: `self`, `parent`, `guardian`, `ex-officio`. */
export interface ApplicantDefinition {
  readonly code: Code;
  readonly name: Text;
  readonly basis: Citation;
}

/** Days between which one may lodge, both included; null is open. Of several windows one must stand open. */
export interface WindowDefinition extends LegalDatum {
  readonly code: Code;
  readonly name: Text;
  readonly opens: DateOn | null;
  readonly closes: DateOn | null;
  /** Closes so long before the date that a fact holds (a permit's last day). `answers`: the fact that says whether that was met. */
  readonly closesBefore?: { readonly fact: Code; readonly length: ClockLength; readonly answers?: Code };
}

/** Agencies that examine together. */
export interface PanelDefinition extends LegalDatum {
  readonly agencies: readonly Code[];
  /** Members whose finding must be recorded before anything is recommended; at most one an agency counts. */
  readonly quorum: number;
}

/** What holds while the case is pending: no enforcement against the subject in a linked case, no overstay. */
export interface ShieldDefinition extends LegalDatum {
  readonly code: Code;
  readonly name: Text;
  readonly startsWith: readonly EventName[];
  readonly stopsWith: readonly EventName[];
  /** It does not hold once this is established: an application that came too late shields nobody. */
  readonly unless?: Condition;
}

/** A way to contest a determination. The special rule stands before the general one: the first whose `only…` fit is the remedy. */
export interface RemedyDefinition {
  readonly code: Code;
  readonly kind: 'objection' | 'administrative-appeal' | 'court-action';
  readonly name: Text;
  readonly basis: Citation;
  /** The procedure's clock within which it must be filed. */
  readonly clock: Code;
  readonly onlyOutcomes?: readonly Code[];
  /** In a case of the remedy procedure: the remedies after which this one follows. */
  readonly onlyRemedies?: readonly Code[];
}

/** A letter that goes out with an event. */
export interface LetterDefinition {
  readonly code: Code;
  readonly name: Text;
  readonly with: readonly EventName[];
  readonly onlyOutcomes?: readonly Code[];
  readonly onlyChannels?: readonly Code[];
}

export interface AuthorityPeriod {
  readonly from: DateOn | null;
  readonly to: DateOn | null;
  /** Lowest step first: where the case is examined; the highest that decides ends it. */
  readonly chain: readonly AuthorityStep[];
  readonly legalBasis?: readonly Citation[];
  readonly confidence?: Confidence;
}

export interface Procedure {
  readonly code: Code;
  readonly version: Code;
  readonly kind: 'determination' | 'imported';
  readonly name: Text;
  readonly legalBasis: readonly Citation[];
  readonly effectiveFrom: DateOn | null;
  readonly effectiveTo: DateOn | null;
  /** Why this version governs the cases of its period, in words. */
  readonly because?: { readonly text: Text; readonly basis: readonly Citation[] };
  readonly applicants: readonly ApplicantDefinition[];
  /** The stages a case walks, in order. */
  readonly stages: readonly Code[];
  readonly windows: readonly WindowDefinition[];
  readonly authority: readonly AuthorityPeriod[];
  readonly panel?: PanelDefinition;
  readonly shield?: ShieldDefinition;
  readonly evidence: readonly EvidenceDefinition[];
  readonly facts: { readonly [fact: Code]: FactDefinition };
  readonly criteria: readonly OutcomeRule[];
  /** The outcome when no criterion holds. */
  readonly otherwise?: Code;
  readonly outcomes: readonly OutcomeDefinition[];
  readonly clocks: readonly ClockDefinition[];
  /** The escalation ladder of every clock without one of its own. Absent: the standard one. */
  readonly ladder?: readonly LadderStep[];
  readonly consultedAgencies: readonly Code[];
  readonly remedyWindow: boolean;
  readonly remedies: readonly RemedyDefinition[];
  readonly letters: readonly LetterDefinition[];
  /** The steps of an imported log, and the pair that must not be performed by one person. */
  readonly steps?: readonly { readonly code: Code; readonly name: string }[];
  readonly fourEyes?: { readonly check: Code; readonly determine: Code };
}

/** What a fact is called: its question; of a day that needs no fact, its word. */
export function nameOfFact({ facts }: Pick<Procedure, 'facts'>, fact: Code): Text {
  return facts[fact]?.question ?? wordsOf(fact);
}

/** An outcome as the last version of each procedure calls it that knows it, where they differ side by side; its code where none does. */
export function outcomeNameIn(versions: Iterable<Pick<Procedure, 'code' | 'outcomes'>>, outcome: Code): Text {
  const names = new Map<Code, Text>();
  for (const { code, outcomes } of versions) {
    const known = outcomes.find((one) => one.code === outcome);
    if (known !== undefined) names.set(code, known.name);
  }
  const said = (language: keyof Text) => [...new Set([...names.values()].map((name) => name[language]))].join(' / ') || outcome;
  return { id: said('id'), en: said('en') };
}

/** The outcome where no rule holds; of a procedure without criteria that nothing is established. */
export function otherwiseOf({ otherwise = 'not-established' }: Pick<Procedure, 'otherwise'>): Code {
  return otherwise;
}

/** The authority chain in force on a date. */
export function chainOn(procedure: Procedure, on: DateOn): readonly AuthorityStep[] {
  return procedure.authority.find((period) => coversDate(period, on))?.chain ?? [];
}

/** Nothing of a procedure is in force on a date: which versions there are, from when to when, so that nobody looks for one that is not. */
export function noVersionOn(
  code: Code,
  published: readonly Pick<Procedure, 'version' | 'effectiveFrom' | 'effectiveTo' | 'legalBasis'>[],
  on: DateOn,
): Rejection {
  const list = (language: keyof Text, since: string, before: string): string =>
    published
      .map(
        ({ version, effectiveFrom, effectiveTo }) =>
          `${version}: ${since} ${dayText(effectiveFrom, '…')[language]}, ${before} ${dayText(effectiveTo, '…')[language]}`,
      )
      .join('; ');
  return published.length === 0
    ? {
        code: 'no-such-procedure',
        reason: { id: `Tidak ada prosedur ${code} yang diterbitkan.`, en: `No procedure ${code} is published.` },
      }
    : {
        code: 'no-version-on-date',
        reason: {
          id: `Prosedur ${code} ada, tetapi tidak memuat aturan untuk ${dayText(on).id} (${list('id', 'sejak', 'sebelum')}). Yang diajukan pada hari lain tunduk pada aturan hari itu: putuskan menurut naskah aturannya, di luar sistem ini.`,
          en: `There is a procedure ${code}, but it holds no rules for ${dayText(on).en} (${list('en', 'from', 'before')}). What is lodged on another day is governed by the rules of that day: decide it by their text, outside this system.`,
        },
        legalBasis: published.at(-1)?.legalBasis ?? [],
      };
}

/** The version of a procedure in force on a date: the newest published one whose period covers it. */
export function versionOn<P extends Pick<Procedure, 'effectiveFrom' | 'effectiveTo'>>(
  published: readonly P[],
  on: DateOn,
): P | undefined {
  return published.findLast((p) => coversDate({ from: p.effectiveFrom, to: p.effectiveTo }, on));
}
