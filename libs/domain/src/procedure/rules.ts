/**
 * Rules in three values. A condition over typed facts is true, false or unknown (strong Kleene logic); the evaluation returns the outcome,
 * a proof that names the article and the evidence at each node, and which unknown facts could still change the outcome, so that an officer
 * asks for exactly those papers and no others.
 */
import type { Citation, Code, Id } from '../event.js';
import { assertNever } from '../event.js';

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

/** More combinations of answers than this are not tried one by one; Kleene's (wider, still sound) answer is given instead. */
const EXACT_LIMIT = 4096;

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
  const unknown = [...new Set(rules.flatMap((rule) => factsOf(rule.when)))].filter((fact) => facts[fact] === undefined);
  const narrowed = kleene.size === 1 ? undefined : complete(rules, otherwise, facts, types, [...openFacts]);
  const possible = narrowed?.possible ?? [...kleene];
  return {
    outcome: possible.length === 1 ? possible[0] : undefined,
    possible,
    proofs,
    unknown,
    decisive: possible.length === 1 ? [] : (narrowed?.decisive ?? [...openFacts]),
  };
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
  return { kind: 'fact', truth: compare(known.value, test), fact, test, value: known.value, evidence: known.evidence, ...basis };
}

/** The truth that `prove` would give, without the proof: trying thousands of answers must not hold up everyone else. */
function truthOf(condition: Condition, facts: Facts): Truth {
  if ('all' in condition) {
    let truth: Truth = true;
    for (const child of condition.all) {
      const childTruth = truthOf(child, facts);
      if (childTruth === false) return false;
      if (childTruth === 'unknown') truth = 'unknown';
    }
    return truth;
  }
  if ('any' in condition) {
    let truth: Truth = false;
    for (const child of condition.any) {
      const childTruth = truthOf(child, facts);
      if (childTruth === true) return true;
      if (childTruth === 'unknown') truth = 'unknown';
    }
    return truth;
  }
  if ('not' in condition) {
    const truth = truthOf(condition.not, facts);
    return truth === 'unknown' ? truth : !truth;
  }
  const known = facts[condition.fact];
  return known === undefined ? 'unknown' : compare(known.value, condition);
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

/** Tries every answer to the open facts: exact possible outcomes, and for each fact whether its answer alone can make the difference. */
function complete(
  rules: readonly OutcomeRule[],
  otherwise: Code,
  facts: Facts,
  types: { readonly [fact: Code]: FactType },
  open: readonly Code[],
): { possible: readonly Code[]; decisive: readonly Code[] } | undefined {
  const answers = open.map((fact) => representativeAnswers(fact, types[fact], rules));
  const combinations = answers.reduce((n, list) => n * list.length, 1);
  if (combinations > EXACT_LIMIT) return undefined;
  const outcomes: Code[] = [];
  for (let i = 0; i < combinations; i++) {
    const completed: { [fact: Code]: EstablishedFact | undefined } = { ...facts };
    let rest = i;
    open.forEach((fact, f) => {
      const list = answers[f] ?? [];
      const value = list[rest % list.length];
      rest = Math.floor(rest / list.length);
      if (value !== undefined) completed[fact] = { value, evidence: [] };
    });
    outcomes.push(rules.find((rule) => truthOf(rule.when, completed) === true)?.outcome ?? otherwise);
  }
  let stride = 1;
  const decisive = open.filter((_, f) => {
    const count = answers[f]?.length ?? 1;
    const step = stride;
    stride *= count;
    return outcomes.some(
      (outcome, i) => Math.floor(i / step) % count !== 0 && outcome !== outcomes[i - (Math.floor(i / step) % count) * step],
    );
  });
  const order = [...rules.map((rule) => rule.outcome), otherwise];
  return { possible: [...new Set(order)].filter((outcome) => outcomes.includes(outcome)), decisive };
}

/** For each class of answers that the rules can tell apart, one answer. */
function representativeAnswers(fact: Code, type: FactType | undefined, rules: readonly OutcomeRule[]): readonly FactValue[] {
  if (type?.type === 'boolean') return [true, false];
  if (type?.type === 'choice') return type.choices;
  const constants = [...new Set(rules.flatMap((rule) => constantsOf(rule.when, fact)))];
  if (type?.type === 'number') {
    const sorted = constants.filter((c) => typeof c === 'number').sort((a, b) => a - b);
    return [...sorted, ...sorted.map((c, i) => (c + (sorted[i + 1] ?? c + 2)) / 2), (sorted[0] ?? 0) - 1];
  }
  // Dates compare as text: just before a date and just after it are told apart by a character below and above every digit.
  const dates = constants.filter((c) => typeof c === 'string').sort();
  return ['0000-01-01', ...dates, ...dates.map((d) => `${d}~`)];
}

function constantsOf(condition: Condition, fact: Code): readonly FactValue[] {
  if ('all' in condition) return condition.all.flatMap((c) => constantsOf(c, fact));
  if ('any' in condition) return condition.any.flatMap((c) => constantsOf(c, fact));
  if ('not' in condition) return constantsOf(condition.not, fact);
  const { fact: named, basis: _, ...test } = condition;
  return named === fact ? (Object.values(test).flat() as FactValue[]) : [];
}
