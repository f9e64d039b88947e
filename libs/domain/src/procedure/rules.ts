/**
 * Rules in three values. A condition over typed facts is true, false or unknown (strong Kleene logic); the evaluation returns the outcome,
 * a proof that names the article and the evidence at each node, and which unknown facts could still change the outcome, so that an officer
 * asks for exactly those papers and no others.
 */
import type { Citation, Code, Id } from '../event.js';
import { assertNever } from '../event.js';
import { type Diagram, DiagramMaker, DiagramTooLarge, FALSE, restrict, TRUE } from './decision-diagram.js';

export type FactValue = boolean | number | string;

/** What kind of answer a fact takes. Dates are `2026-11-24`. */
export type FactType =
  | { readonly type: 'boolean' }
  | { readonly type: 'choice'; readonly choices: readonly Code[] }
  | { readonly type: 'date' }
  | { readonly type: 'number' };

/** A settled answer and the evidence that settles it. */
export interface EstablishedFact {
  readonly value: FactValue;
  readonly evidence: readonly Id[];
  /** Of an answer that dates imply: those dates (facts, the days of `lodging` and `decision`) and facts, by name. */
  readonly from?: { readonly [name: Code]: FactValue };
}
export type Facts = { readonly [fact: Code]: EstablishedFact | undefined };

export type Comparison = 'is' | 'isNot' | 'in' | 'before' | 'onOrAfter' | 'atLeast' | 'lessThan';

export type Condition =
  | { readonly all: readonly Condition[]; readonly basis?: Citation }
  | { readonly any: readonly Condition[]; readonly basis?: Citation }
  | { readonly not: Condition; readonly basis?: Citation }
  | ({ readonly fact: Code; readonly basis?: Citation } & {
      readonly [C in Comparison]?: C extends 'in' ? readonly FactValue[] : FactValue;
    });

export interface OutcomeRule {
  readonly outcome: Code;
  readonly when: Condition;
}

export type Truth = true | false | 'unknown';

export interface Proof {
  readonly truth: Truth;
  readonly basis?: Citation;
  readonly kind: 'all' | 'any' | 'not' | 'fact';
  readonly fact?: Code;
  /** The comparison as data, for a fact node: `{ is: 'wni' }`. */
  readonly test?: { readonly [comparison: string]: unknown };
  readonly value?: FactValue;
  readonly evidence?: readonly Id[];
  /** The dates that imply the value, where nobody had to enter it. */
  readonly from?: { readonly [name: Code]: FactValue };
  readonly children?: readonly Proof[];
}

export interface Evaluation {
  /** The settled outcome; undefined while unknown facts leave more than one possible. */
  readonly outcome: Code | undefined;
  /** Every outcome that some answer to the unknown facts could still lead to. One, when settled. */
  readonly possible: readonly Code[];
  /** A proof for each outcome rule that was looked at, in order. */
  readonly proofs: readonly { readonly outcome: Code; readonly proof: Proof }[];
  /** Facts named by the rules that have no answer. */
  readonly unknown: readonly Code[];
  /** Those of `unknown` whose answer could still change the outcome. Empty when settled. */
  readonly decisive: readonly Code[];
}

const COMPARISONS: readonly Comparison[] = ['is', 'isNot', 'in', 'before', 'onOrAfter', 'atLeast', 'lessThan'];

/**
 * Evaluates ordered outcome rules: the first that holds is the outcome, `otherwise` when none does. An outcome is settled when no answer to
 * the unknown facts could change it, so more evidence never turns a settled answer back to unknown.
 */
export function evaluate(
  rules: readonly OutcomeRule[],
  otherwise: Code,
  facts: Facts,
  types: { readonly [fact: Code]: FactType },
): Evaluation {
  const proofs: { outcome: Code; proof: Proof }[] = [];
  const kleene = new Set<Code>();
  const openFacts = new Set<Code>();
  let ended = false;
  for (const rule of rules) {
    const proof = prove(rule.when, facts);
    proofs.push({ outcome: rule.outcome, proof });
    if (proof.truth !== false) kleene.add(rule.outcome);
    if (proof.truth === 'unknown') for (const fact of unknownFactsOf(proof)) openFacts.add(fact);
    if (proof.truth === true) {
      ended = true;
      break;
    }
  }
  if (!ended) kleene.add(otherwise);
  const compiled = compile(rules, otherwise, types);
  const unknown = compiled.facts.filter((fact) => facts[fact] === undefined);
  const exact = kleene.size === 1 ? undefined : compiled.left(facts);
  const possible = exact?.possible ?? [...kleene];
  return {
    outcome: possible.length === 1 ? possible[0] : undefined,
    possible,
    proofs,
    unknown,
    decisive: possible.length === 1 ? [] : (exact?.decisive ?? [...openFacts]),
  };
}

/** The outcome alone, as `evaluate` gives it, without the proof: for looking over many cases. */
export function outcomeOf(
  rules: readonly OutcomeRule[],
  otherwise: Code,
  facts: Facts,
  types: { readonly [fact: Code]: FactType },
): Code | undefined {
  const kleene = new Set<Code>();
  let truth: Truth = false;
  for (const rule of rules) {
    truth = truthOf(rule.when, facts);
    if (truth !== false) kleene.add(rule.outcome);
    if (truth === true) break;
  }
  if (truth !== true) kleene.add(otherwise);
  const possible = kleene.size === 1 ? [...kleene] : (compile(rules, otherwise, types).left(facts)?.possible ?? [...kleene]);
  return possible.length === 1 ? possible[0] : undefined;
}

function truthOf(condition: Condition, facts: Facts): Truth {
  if ('all' in condition) return together(condition.all, facts, false);
  if ('any' in condition) return together(condition.any, facts, true);
  if ('not' in condition) {
    const truth = truthOf(condition.not, facts);
    return truth === 'unknown' ? truth : !truth;
  }
  const known = facts[condition.fact];
  return known === undefined ? 'unknown' : compare(known.value, condition);
}

/** `settling`: the truth of one part that settles the whole. */
function together(parts: readonly Condition[], facts: Facts, settling: boolean): Truth {
  let whole: Truth = !settling;
  for (const part of parts) {
    const truth = truthOf(part, facts);
    if (truth === settling) return settling;
    if (truth === 'unknown') whole = truth;
  }
  return whole;
}

/** One condition, with the proof of its truth. */
export function prove(condition: Condition, facts: Facts): Proof {
  const basis = condition.basis === undefined ? {} : { basis: condition.basis };
  if ('all' in condition) {
    const children = condition.all.map((child) => prove(child, facts));
    const truth = children.some((c) => c.truth === false) ? false : children.every((c) => c.truth === true) ? true : 'unknown';
    return { kind: 'all', truth, children, ...basis };
  }
  if ('any' in condition) {
    const children = condition.any.map((child) => prove(child, facts));
    const truth = children.some((c) => c.truth === true) ? true : children.every((c) => c.truth === false) ? false : 'unknown';
    return { kind: 'any', truth, children, ...basis };
  }
  if ('not' in condition) {
    const child = prove(condition.not, facts);
    return { kind: 'not', truth: child.truth === 'unknown' ? 'unknown' : !child.truth, children: [child], ...basis };
  }
  const { fact, basis: _, ...test } = condition;
  const known = facts[fact];
  if (known === undefined) return { kind: 'fact', truth: 'unknown', fact, test, ...basis };
  const { value, evidence, from } = known;
  const implied = from === undefined ? {} : { from };
  return { kind: 'fact', truth: compare(value, test), fact, test, value, evidence, ...implied, ...basis };
}

type Test = { readonly [C in Comparison]?: FactValue | readonly FactValue[] };

function compare(value: FactValue, test: Test): boolean {
  return COMPARISONS.every((comparison) => {
    const operand = test[comparison];
    if (operand === undefined) return true;
    switch (comparison) {
      case 'is':
        return value === operand;
      case 'isNot':
        return value !== operand;
      case 'in':
        return Array.isArray(operand) && operand.includes(value);
      case 'before':
      case 'lessThan':
        return value < (operand as FactValue);
      case 'onOrAfter':
      case 'atLeast':
        return value >= (operand as FactValue);
      default:
        return assertNever(comparison);
    }
  });
}

/** Only below unknown nodes: by Kleene's monotonicity no answer changes a node that is already true or false. */
function unknownFactsOf(proof: Proof): readonly Code[] {
  if (proof.truth !== 'unknown') return [];
  return proof.fact !== undefined ? [proof.fact] : (proof.children ?? []).flatMap(unknownFactsOf);
}

/** Every fact a condition names. */
export function factsOf(condition: Condition): readonly Code[] {
  if ('all' in condition) return condition.all.flatMap(factsOf);
  if ('any' in condition) return condition.any.flatMap(factsOf);
  if ('not' in condition) return factsOf(condition.not);
  return [condition.fact];
}

/** The rules of one version as one function of its facts. */
interface Compiled {
  /** Every fact the rules name, in the order in which they do. */
  readonly facts: readonly Code[];
  /** Exactly what the open facts can still lead to, and which of them matter; undefined where that has no small answer. */
  left(facts: Facts): { readonly possible: readonly Code[]; readonly decisive: readonly Code[] } | undefined;
}

const compiledRules = new WeakMap<readonly OutcomeRule[], Compiled>();

/** Once for each published version: its list of rules never changes. */
function compile(rules: readonly OutcomeRule[], otherwise: Code, types: { readonly [fact: Code]: FactType }): Compiled {
  const earlier = compiledRules.get(rules);
  if (earlier !== undefined) return earlier;
  const facts = [...new Set(rules.flatMap((rule) => factsOf(rule.when)))];
  const variables = new Map(facts.map((fact, at) => [fact, { at, answers: answersTo(fact, types[fact], rules) }]));
  const outcomes = [...new Set([...rules.map((rule) => rule.outcome), otherwise])];
  const diagram = diagramOf(rules, otherwise, outcomes, variables);
  const compiled: Compiled = {
    facts,
    left(known) {
      if (diagram === undefined) return undefined;
      const { values, variables: open } = restrict(diagram, (at) => {
        const fact = facts[at] ?? '';
        const answer = known[fact];
        return answer === undefined ? undefined : variables.get(fact)?.answers.classOf(answer.value);
      });
      return {
        possible: outcomes.filter((_, at) => values.has(at)),
        decisive: facts.filter((fact, at) => open.has(at) && known[fact] === undefined),
      };
    },
  };
  compiledRules.set(rules, compiled);
  return compiled;
}

type Variables = ReadonlyMap<Code, { readonly at: number; readonly answers: AnswerClasses }>;

/** The first rule that holds, else `otherwise`, as the place of its outcome; undefined when the rules are too tangled for a small diagram. */
function diagramOf(
  rules: readonly OutcomeRule[],
  otherwise: Code,
  outcomes: readonly Code[],
  variables: Variables,
): Diagram | undefined {
  const maker = new DiagramMaker();
  const truth = (condition: Condition): Diagram => {
    const [no, yes] = [maker.leaf(FALSE), maker.leaf(TRUE)];
    if ('all' in condition) return condition.all.reduceRight<Diagram>((rest, c) => maker.choose(truth(c), rest, no), yes);
    if ('any' in condition) return condition.any.reduceRight<Diagram>((rest, c) => maker.choose(truth(c), yes, rest), no);
    if ('not' in condition) return maker.choose(truth(condition.not), no, yes);
    const variable = variables.get(condition.fact);
    if (variable === undefined) throw new Error(`${condition.fact} is no fact of these rules`);
    return maker.branch(
      variable.at,
      variable.answers.representatives.map((answer) => (compare(answer, condition) ? yes : no)),
    );
  };
  try {
    return rules.reduceRight<Diagram>(
      (rest, { outcome, when }) => maker.choose(truth(when), maker.leaf(outcomes.indexOf(outcome)), rest),
      maker.leaf(outcomes.indexOf(otherwise)),
    );
  } catch (error) {
    if (error instanceof DiagramTooLarge) return undefined;
    throw error;
  }
}

/** Answers to a fact, in classes that the rules cannot tell apart. */
interface AnswerClasses {
  /** One answer of each class. */
  readonly representatives: readonly FactValue[];
  /** The class of an answer; undefined for an answer that the fact does not take. */
  classOf(answer: FactValue): number | undefined;
}

function answersTo(fact: Code, type: FactType | undefined, rules: readonly OutcomeRule[]): AnswerClasses {
  if (type?.type === 'boolean' || type?.type === 'choice') {
    const representatives = type.type === 'boolean' ? [true, false] : type.choices;
    const classes = new Map<FactValue, number>(representatives.map((answer, at) => [answer, at]));
    return { representatives, classOf: (answer) => classes.get(answer) };
  }
  // Numbers and dates: below, at and between the values that the rules compare with.
  const named = [...new Set(rules.flatMap((rule) => constantsOf(rule.when, fact)))];
  const numbers = named.filter((c) => typeof c === 'number').sort((a, b) => a - b);
  const dates = named.filter((c) => typeof c === 'string').sort();
  const marks: readonly FactValue[] = type?.type === 'number' ? numbers : dates;
  const above =
    type?.type === 'number'
      ? numbers.map((mark, at) => (mark + (numbers[at + 1] ?? mark + 2)) / 2)
      : // As text, a date with a character above every digit stands just after it.
        dates.map((mark) => `${mark}~`);
  const lowest = type?.type === 'number' ? (numbers[0] ?? 0) - 1 : '0000-01-01';
  return {
    representatives: [lowest, ...marks.flatMap((mark, at) => [mark, above[at] ?? mark])],
    classOf(answer) {
      const below = marks.filter((mark) => mark < answer).length;
      return marks[below] === answer ? 2 * below + 1 : 2 * below;
    },
  };
}

function constantsOf(condition: Condition, fact: Code): readonly FactValue[] {
  if ('all' in condition) return condition.all.flatMap((c) => constantsOf(c, fact));
  if ('any' in condition) return condition.any.flatMap((c) => constantsOf(c, fact));
  if ('not' in condition) return constantsOf(condition.not, fact);
  const { fact: named, basis: _, ...test } = condition;
  return named === fact ? (Object.values(test).flat() as FactValue[]) : [];
}
