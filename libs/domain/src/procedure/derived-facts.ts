/**
 * Facts that dates imply: who was born on 3 May 2001 is 18 from 3 May 2019 on, whatever an officer enters. A fact's definition says by which
 * dates it is answered; pure, and in three values like the rules: what is not known yet answers nothing, and one more date never takes an
 * answer back.
 */
import { addMonths, formatDay, parseDay } from '../calendar/day.js';
import type { Code, DateOn } from '../event.js';
import { coversDate } from '../office/office.js';
import type { DatePoint, DateSpan, Implication, Implied, Procedure } from './procedure.js';
import { type EstablishedFact, type Facts, type FactValue, prove, type Truth } from './rules.js';

/** The days that a case has and no paper of it says; `lodging` once it was lodged. */
export interface CaseDays {
  readonly lodging?: DateOn;
  readonly decision: DateOn;
}

/** An answer that dates give. `presumed`: unless something that is not known yet is established. */
export interface ImpliedAnswer {
  readonly value: boolean;
  readonly presumed: boolean;
  readonly grounds: Grounds;
  readonly implication: Implication;
}

type Grounds = NonNullable<EstablishedFact['from']>;
type Asked = Pick<Procedure, 'facts' | 'windows'>;

const MARKS: readonly string[] = ['lodging', 'decision'];

const implications = new WeakMap<Asked, ReadonlyMap<Code, readonly Implication[]>>();

/** How dates answer each fact that they answer, once for each version of a procedure: it never changes. */
function implicationsIn(procedure: Asked): ReadonlyMap<Code, readonly Implication[]> {
  const known = implications.get(procedure);
  if (known !== undefined) return known;
  const all = Object.keys(procedure.facts).map((fact) => [fact, implicationsOf(procedure, fact)] as const);
  const found = new Map(all.filter(([, some]) => some.length > 0));
  implications.set(procedure, found);
  return found;
}

/** By its own definition, or as the answer to a window that closes so long before a date. */
function implicationsOf({ facts, windows }: Asked, fact: Code): readonly Implication[] {
  const own = facts[fact]?.derivedFrom ?? [];
  const byWindows = windows.flatMap(({ closesBefore, legalBasis, confidence, effectiveFrom, effectiveTo }): Implication[] => {
    if (closesBefore?.answers !== fact || closesBefore.length.unit === 'working-days') return [];
    const plus = { ...closesBefore.length, unit: closesBefore.length.unit };
    const when: Implied = { date: 'lodging', plus, onOrBefore: closesBefore.fact };
    return [{ when, answer: true, otherwise: false, legalBasis, confidence, effectiveFrom, effectiveTo }];
  });
  return [...own, ...byWindows];
}

/** The legal numbers that hold on the day of the decision. */
function inForce(procedure: Asked, fact: Code, { decision }: CaseDays): readonly Implication[] {
  return (implicationsIn(procedure).get(fact) ?? []).filter((one) =>
    coversDate({ from: one.effectiveFrom, to: one.effectiveTo }, decision),
  );
}

/** The facts that dates can answer. */
export function derivedFactsOf(procedure: Asked): readonly Code[] {
  return [...implicationsIn(procedure).keys()];
}

/** What was established, and in the place of what was entered by hand the answers that dates give. */
export function withDerived(procedure: Asked, established: Facts, days: CaseDays): Facts {
  const known: { [fact: Code]: EstablishedFact | undefined } = { ...established };
  for (const fact of derivedFactsOf(procedure)) {
    const answer = impliedAnswer(procedure, fact, established, days);
    if (answer === undefined || answer.presumed) continue;
    const evidence = Object.keys(answer.grounds).flatMap((code) => established[code]?.evidence ?? []);
    known[fact] = { value: answer.value, evidence: [...new Set(evidence)], from: answer.grounds };
  }
  return known;
}

/** What the dates say of a fact, whatever was entered for the fact itself; undefined while they say nothing. */
export function impliedAnswer(procedure: Asked, fact: Code, established: Facts, days: CaseDays): ImpliedAnswer | undefined {
  let presumed: ImpliedAnswer | undefined;
  for (const implication of inForce(procedure, fact, days)) {
    const { when, unless } = implication;
    const question: Question = { procedure, established, days, asking: [fact] };
    const excepted = unless === undefined ? false : truthOf(unless, question);
    const truth = excepted === true ? 'unknown' : truthOf(when, question);
    const value = truth === 'unknown' ? undefined : truth ? implication.answer : implication.otherwise;
    if (value === undefined) continue;
    const answer = { value, presumed: excepted === 'unknown', grounds: groundsOf(when, question), implication };
    if (!answer.presumed) return answer;
    presumed ??= answer;
  }
  return presumed;
}

interface Question {
  readonly procedure: Asked;
  readonly established: Facts;
  readonly days: CaseDays;
  /** The facts whose answer is being sought: none of them may rest on itself. */
  readonly asking: readonly Code[];
}

function truthOf(implied: Implied, question: Question): Truth {
  if ('all' in implied) return together(implied.all, question, false);
  if ('any' in implied) return together(implied.any, question, true);
  if ('not' in implied) {
    const truth = truthOf(implied.not, question);
    return truth === 'unknown' ? truth : !truth;
  }
  if ('fact' in implied) return prove(implied, { [implied.fact]: factOf(implied.fact, question) }).truth;
  const left = dayOfPoint({ date: implied.date, ...(implied.plus && { plus: implied.plus }) }, question);
  const right = dayOfPoint('before' in implied ? implied.before : implied.onOrBefore, question);
  if (left === undefined || right === undefined) return 'unknown';
  return 'before' in implied ? left < right : left <= right;
}

/** `settling`: the truth of one part that settles the whole. */
function together(parts: readonly Implied[], question: Question, settling: boolean): Truth {
  const truths = parts.map((part) => truthOf(part, question));
  if (truths.includes(settling)) return settling;
  return truths.includes('unknown') ? 'unknown' : !settling;
}

/** Another fact, itself by dates where they answer it. */
function factOf(fact: Code, { procedure, established, days, asking }: Question): EstablishedFact | undefined {
  if (!asking.includes(fact))
    for (const { when, unless, answer, otherwise } of inForce(procedure, fact, days)) {
      const question: Question = { procedure, established, days, asking: [...asking, fact] };
      if (unless !== undefined && truthOf(unless, question) !== false) continue;
      const truth = truthOf(when, question);
      const value = truth === 'unknown' ? undefined : truth ? answer : otherwise;
      if (value !== undefined) return { value, evidence: [] };
    }
  return established[fact];
}

function dateOfPoint(date: Code, { established, days }: Question): DateOn | undefined {
  if (date === 'lodging') return days.lodging;
  if (date === 'decision') return days.decision;
  if (isDateWord(date)) return date;
  const value = established[date]?.value;
  return typeof value === 'string' && isDateWord(value) ? value : undefined;
}

function dayOfPoint(point: DatePoint, question: Question): DateOn | undefined {
  const { date, plus }: { date: Code; plus?: DateSpan } = typeof point === 'string' ? { date: point } : point;
  const on = dateOfPoint(date, question);
  if (on === undefined || plus === undefined) return on;
  const day = parseDay(on);
  return formatDay(plus.unit === 'months' ? addMonths(day, plus.amount) : day + plus.amount);
}

/** The days and the facts that the answer rests on, as far as they are known. */
function groundsOf(implied: Implied, question: Question): Grounds {
  const grounds: { [name: Code]: FactValue } = {};
  for (const name of namesIn(implied)) {
    const value = factDefined(name, question) ? factOf(name, question)?.value : dateOfPoint(name, question);
    if (value !== undefined && !isDateWord(name)) grounds[name] = value;
    // What another derived fact rests on carries this one too.
    if (question.asking.includes(name)) continue;
    for (const { when } of inForce(question.procedure, name, question.days))
      Object.assign(grounds, value === undefined ? {} : groundsOf(when, { ...question, asking: [...question.asking, name] }));
  }
  return grounds;
}

function factDefined(name: Code, { procedure }: Question): boolean {
  return Object.hasOwn(procedure.facts, name);
}

/** Every day and fact that is named, once. */
export function namesIn(implied: Implied): readonly Code[] {
  if ('all' in implied) return [...new Set(implied.all.flatMap(namesIn))];
  if ('any' in implied) return [...new Set(implied.any.flatMap(namesIn))];
  if ('not' in implied) return namesIn(implied.not);
  if ('fact' in implied) return [implied.fact];
  const right = 'before' in implied ? implied.before : implied.onOrBefore;
  return [...new Set([implied.date, typeof right === 'string' ? right : right.date])];
}

/** Is it a day that needs no fact? */
export function isMark(name: Code): boolean {
  return MARKS.includes(name) || isDateWord(name);
}

function isDateWord(value: string): boolean {
  return /^\d{4}-\d{2}-\d{2}$/.test(value);
}
