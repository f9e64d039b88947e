/**
 * What is known in a case: findings whose evidence still stands, and what the dates among them imply on the days of the case. A finding
 * that its dates contradict is refused, and so is a date that cannot be one.
 */
import { parseDay } from '../calendar/day.js';
import { dayText } from '../clock/explain-due.js';
import { assertNever, type Code, type DateOn, type InstantAt, type Rejection, type Text } from '../event.js';
import type { OfficeTree } from '../office/office.js';
import {
  type CaseDays,
  derivedFactsOf,
  type ImpliedAnswer,
  impliedAnswer,
  namesIn,
  withDerived,
} from '../procedure/derived-facts.js';
import { nameOfFact, type Procedure } from '../procedure/procedure.js';
import type { EstablishedFact, Facts, FactType, FactValue } from '../procedure/rules.js';
import { wordsOf } from '../vocabulary.js';
import { dateIn, zoneOf } from './clock-events.js';
import type { CaseCommandOf } from './commands.js';
import { refuse } from './refuse.js';
import { type CaseFile, decisionOf, establishedFacts } from './state.js';

/** When it is asked, and the offices whose zones say which day that is. */
export interface AskedOn {
  readonly offices: OfficeTree;
  readonly at: InstantAt;
}

/** No paper of a living person, nor of their parents, is older. */
const EARLIEST: DateOn = '1850-01-01';

/** What the rules go by: what was established, and in its place what the dates imply. What was decided keeps the day of its decision. */
export function factsOfCase(state: CaseFile, procedure: Procedure, asked: AskedOn): Facts {
  return factsKnown(establishedFacts(state), procedure, daysOf(state, asked));
}

/** The same of what was established in a case, whose days are known. */
export function factsKnown(established: Facts, procedure: Procedure, days: CaseDays): Facts {
  return withDerived(procedure, takenFacts(established, procedure), days);
}

/** A case that was migrated may hold answers that the version it moved to does not take: they count as unknown. */
function takenFacts(established: Facts, procedure: Procedure): Facts {
  const taken: { [fact: Code]: EstablishedFact } = {};
  for (const [fact, known] of Object.entries(established)) {
    const definition = Object.hasOwn(procedure.facts, fact) ? procedure.facts[fact] : undefined;
    if (known !== undefined && definition !== undefined && answers(definition, known.value)) taken[fact] = known;
  }
  return taken;
}

function daysOf(state: CaseFile, { offices, at }: AskedOn): CaseDays {
  return caseDays(state, decisionOf(state)?.at ?? at, offices);
}

/** The days of a case, each in the zone of the office where it counts. */
export function caseDays(
  { lodgedAt, openedAtOffice, office }: Pick<CaseFile, 'lodgedAt' | 'openedAtOffice' | 'office'>,
  decidedAt: InstantAt,
  offices: OfficeTree,
): CaseDays {
  return {
    ...(lodgedAt === undefined ? {} : { lodging: dateIn(zoneOf(offices, openedAtOffice), lodgedAt) }),
    decision: dateIn(zoneOf(offices, office), decidedAt),
  };
}

/** Is this value an answer to the question? */
export function answers(definition: FactType, value: FactValue): boolean {
  switch (definition.type) {
    case 'boolean':
      return typeof value === 'boolean';
    case 'number':
      return typeof value === 'number' && Number.isFinite(value);
    case 'choice':
      return typeof value === 'string' && definition.choices.includes(value);
    case 'date':
      return typeof value === 'string' && isDate(value);
    default:
      return assertNever(definition);
  }
}

function isDate(value: string): boolean {
  try {
    parseDay(value);
    return true;
  } catch {
    return false;
  }
}

interface Finding extends AskedOn {
  readonly state: CaseFile;
  readonly procedure: Procedure;
}

/** A date that has not come, that nobody alive can have, or that precedes what it must follow. */
export function refuseDate({ fact, value }: CaseCommandOf<'RecordFinding'>, context: Finding): Rejection | undefined {
  const { state, procedure } = context;
  const definition = procedure.facts[fact];
  if (definition?.type !== 'date' || typeof value !== 'string') return undefined;
  const asked = nameOfFact(procedure, fact);
  if (value < EARLIEST)
    return refuse(
      'date-too-early',
      `${asked.id} ${dayText(value).id} lebih awal daripada ${dayText(EARLIEST).id}. Periksa tahunnya pada bukti.`,
      `${asked.en} ${dayText(value).en} is before ${dayText(EARLIEST).en}. Look at the year on the evidence again.`,
      definition.basis,
    );
  const today = dateIn(zoneOf(context.offices, state.office), context.at);
  if (definition.ahead !== true && value > today)
    return refuse(
      'date-in-future',
      `${asked.id} ${dayText(value).id} belum tiba; hari ini ${dayText(today).id}. Periksa tanggalnya pada bukti.`,
      `${asked.en} ${dayText(value).en} has not come yet; today is ${dayText(today).en}. Look at the date on the evidence again.`,
      definition.basis,
    );
  const known = takenFacts(establishedFacts(state), procedure);
  for (const [later, { notBefore }] of Object.entries(procedure.facts)) {
    if (notBefore === undefined || (fact !== later && fact !== notBefore)) continue;
    const [first, second] = [notBefore, later].map((code) => (code === fact ? value : known[code]?.value));
    if (typeof first !== 'string' || typeof second !== 'string' || first <= second) continue;
    const [before, after] = [nameOfFact(procedure, notBefore), nameOfFact(procedure, later)];
    return refuse(
      'dates-in-wrong-order',
      `${dayText(second).id} (${after.id}) mendahului ${dayText(first).id} (${before.id}). Perbaiki salah satu tanggal itu.`,
      `${dayText(second).en} (${after.en}) is before ${dayText(first).en} (${before.en}). Correct one of the two dates.`,
      definition.basis,
    );
  }
  return undefined;
}

/**
 * An answer that the dates of the case contradict, or a date that contradicts an answer found before. A date that is corrected goes before
 * an answer that only repeated what the earlier date implied.
 */
export function refuseContradiction(command: CaseCommandOf<'RecordFinding'>, context: Finding): Rejection | undefined {
  const { state, procedure } = context;
  const days = daysOf(state, context);
  const before = takenFacts(establishedFacts(state), procedure);
  const after: Facts = { ...before, [command.fact]: command };
  for (const fact of derivedFactsOf(procedure)) {
    const found = after[fact]?.value;
    const implied = impliedAnswer(procedure, fact, after, days);
    if (found === undefined || implied === undefined || implied.value === found) continue;
    if (fact !== command.fact && impliedAnswer(procedure, fact, before, days) !== undefined) continue;
    return contradiction(procedure, fact, found, implied);
  }
  return undefined;
}

/** An answer as a sentence for people names it: yes or no, a day in words, what a code stands for. */
export function answerText(value: FactValue): Text {
  if (typeof value === 'boolean') return value ? { id: 'ya', en: 'yes' } : { id: 'tidak', en: 'no' };
  return /^\d{4}-\d{2}-\d{2}$/.test(String(value)) ? dayText(String(value)) : wordsOf(String(value));
}

function contradiction(
  procedure: Procedure,
  fact: Code,
  found: FactValue,
  { value, presumed, grounds, implication }: ImpliedAnswer,
): Rejection {
  const exceptions = presumed && implication.unless !== undefined ? namesIn(implication.unless) : [];
  const inWords = (language: keyof Text) => {
    const name = (code: Code): string => `“${nameOfFact(procedure, code)[language]}”`;
    const dates = Object.entries(grounds).map(([code, ground]) => `${name(code)} ${answerText(ground)[language]}`);
    return { fact: name(fact), dates: dates.join(', '), exceptions: exceptions.map(name).join(', ') };
  };
  const [id, en] = [inWords('id'), inWords('en')];
  return refuse(
    'contradicts-dates',
    `Menurut ${id.dates}, jawaban atas ${id.fact} ialah ${value ? 'ya' : 'tidak'}, bukan ${found === true ? 'ya' : 'tidak'}. ${
      exceptions.length === 0
        ? 'Perbaiki tanggal itu, atau temuan ini.'
        : `Tetapkan dahulu pengecualiannya (${id.exceptions}), atau perbaiki tanggal itu.`
    }`,
    `By ${en.dates}, the answer to ${en.fact} is ${value ? 'yes' : 'no'}, not ${found === true ? 'yes' : 'no'}. ${
      exceptions.length === 0
        ? 'Correct that date, or this finding.'
        : `First establish the exception (${en.exceptions}), or correct that date.`
    }`,
    ...implication.legalBasis,
  );
}
