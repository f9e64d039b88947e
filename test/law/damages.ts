/** Single damages to a procedure's criteria, as a slip of the pen would make them, and what each changes: exactly, over every case there can be. */
import type { Code } from '#domain/event.js';
import { type Branch, type Diagram, DiagramMaker, FALSE, restrict, TRUE } from '#domain/procedure/decision-diagram.js';
import type { Procedure } from '#domain/procedure/procedure.js';
import type { Condition, FactType, FactValue, OutcomeRule } from '#domain/procedure/rules.js';

type Rules = readonly OutcomeRule[];
type Answers = { readonly [fact: Code]: FactValue };

export interface Damage {
  readonly what: string;
  readonly rules: Rules;
}

/** Every damage: a part left out, `all` for `any` and back, an answer taken for another, a rule left out or in another's place. */
export function damagesOf({ criteria, facts }: Pick<Procedure, 'criteria' | 'facts'>): readonly Damage[] {
  const inside = criteria.flatMap((rule, at) =>
    damagedParts(rule.when, facts).map(
      ({ what, condition }): Damage => ({
        what: `${rule.outcome}: ${what}`,
        rules: criteria.map((one, index) => (index === at ? { ...rule, when: condition } : one)),
      }),
    ),
  );
  const whole = criteria.flatMap((rule, at): readonly Damage[] => {
    const next = criteria[at + 1];
    const without: Damage = { what: `${rule.outcome}: the rule left out`, rules: criteria.filter((_, index) => index !== at) };
    if (next === undefined) return [without];
    const turned = criteria.map((one, index) => (index === at ? next : index === at + 1 ? rule : one));
    return [without, { what: `${rule.outcome}: after ${next.outcome}`, rules: turned }];
  });
  return [...inside, ...whole];
}

interface DamagedPart {
  readonly what: string;
  readonly condition: Condition;
}

function damagedParts(condition: Condition, types: Procedure['facts'], path = ''): readonly DamagedPart[] {
  if ('all' in condition || 'any' in condition) {
    const [kind, other] = 'all' in condition ? (['all', 'any'] as const) : (['any', 'all'] as const);
    const parts = 'all' in condition ? condition.all : condition.any;
    const made = (changed: readonly Condition[], as: 'all' | 'any' = kind): Condition =>
      as === 'all' ? { all: changed } : { any: changed };
    const here = condition.basis === undefined ? path : `${path}/${condition.basis.article}`;
    const label = `${here}/${kind}`;
    return [
      ...(parts.length > 1 ? [{ what: `${label}: ${other} for ${kind}`, condition: made(parts, other) }] : []),
      ...parts.flatMap((part, at) => [
        ...(parts.length > 1
          ? [{ what: `${label}: without ${named(part)}`, condition: made(parts.filter((_, index) => index !== at)) }]
          : []),
        ...damagedParts(part, types, `${label}[${at}]`).map(({ what, condition: damaged }) => ({
          what,
          condition: made(parts.map((one, index) => (index === at ? damaged : one))),
        })),
      ]),
    ];
  }
  if ('not' in condition)
    return [
      { what: `${path}/not: left out`, condition: condition.not },
      ...damagedParts(condition.not, types, `${path}/not`).map(({ what, condition: not }) => ({ what, condition: { not } })),
    ];
  return damagedTest(condition, types[condition.fact]).map((test) => ({
    what: `${path}: ${named(test)} for ${named(condition)}`,
    condition: test,
  }));
}

type Leaf = Extract<Condition, { fact: Code }>;

function damagedTest(leaf: Leaf, type: FactType | undefined): readonly Leaf[] {
  const { fact, is, isNot } = leaf;
  if (type?.type === 'boolean') return [{ fact, is: !is }];
  if (type?.type !== 'choice') throw new Error(`${fact} is neither yes or no nor a choice: say how it is damaged`);
  const { choices } = type;
  if (isNot !== undefined) return [{ fact, is: isNot }, ...choices.filter((c) => c !== isNot).map((c) => ({ fact, isNot: c }))];
  if (is !== undefined) return [{ fact, isNot: is }, ...choices.filter((c) => c !== is).map((c) => ({ fact, is: c }))];
  const among = leaf.in ?? [];
  const without = among.length > 1 ? among.map((one) => ({ fact, in: among.filter((c) => c !== one) })) : [];
  const more = choices.filter((c) => !among.includes(c)).map((c) => ({ fact, in: [...among, c] }));
  return [...without, ...more];
}

function named(condition: Condition): string {
  if ('fact' in condition) {
    const { fact, basis: _, ...test } = condition;
    return `${fact} ${Object.entries(test)
      .map(([comparison, value]) => `${comparison} ${value}`)
      .join(' ')}`;
  }
  const [kind = ''] = Object.keys(condition);
  return condition.basis === undefined ? kind : `${kind} (${condition.basis.article})`;
}

/** The rules of a procedure as functions of its facts: two that answer alike everywhere are the same diagram. */
export class ExactRules {
  private readonly maker = new DiagramMaker();
  private readonly names: readonly Code[];
  private readonly places: ReadonlyMap<Code, number>;
  private readonly outcomes: readonly Code[];

  constructor(private readonly procedure: Procedure) {
    const { criteria, otherwise = '' } = procedure;
    this.names = Object.keys(procedure.facts);
    this.places = new Map(this.names.map((name, at) => [name, at]));
    this.outcomes = [...new Set([...criteria.map(({ outcome }) => outcome), otherwise])];
  }

  /** In the order in which the law names them, so that the diagram stays small. @throws DiagramTooLarge */
  diagramOf(rules: Rules): Diagram {
    const leafOf = (outcome: Code) => this.maker.leaf(this.outcomes.indexOf(outcome));
    return rules.reduceRight<Diagram>(
      (rest, { outcome, when }) => this.maker.choose(this.truth(when), leafOf(outcome), rest),
      leafOf(this.procedure.otherwise ?? ''),
    );
  }

  /** The outcomes that are still possible with these answers. */
  possible(diagram: Diagram, answers: Answers): readonly Code[] {
    const { values } = restrict(diagram, (at) => {
      const answer = answers[this.names[at] ?? ''];
      return answer === undefined ? undefined : this.choicesOf(at).indexOf(answer);
    });
    return [...values].map((at) => this.outcomes[at] ?? '');
  }

  /** Answers under which the two differ; facts that do not matter are left out. */
  difference(a: Diagram, b: Diagram, answers: Answers = {}): Answers | undefined {
    if (a === b) return undefined;
    const branches = [a, b].filter((one): one is Branch => 'children' in one);
    if (branches.length === 0) return answers;
    const variable = Math.min(...branches.map((one) => one.variable));
    const follow = (one: Diagram, answer: number) =>
      'children' in one && one.variable === variable ? (one.children[answer] ?? one) : one;
    for (const [answer, value] of this.choicesOf(variable).entries()) {
      const found = this.difference(follow(a, answer), follow(b, answer), { ...answers, [this.names[variable] ?? '']: value });
      if (found !== undefined) return found;
    }
    return undefined;
  }

  private choicesOf(at: number): readonly FactValue[] {
    const type = this.procedure.facts[this.names[at] ?? ''];
    return type?.type === 'choice' ? type.choices : [true, false];
  }

  private truth(condition: Condition): Diagram {
    const { maker } = this;
    const [no, yes] = [maker.leaf(FALSE), maker.leaf(TRUE)];
    if ('all' in condition) return condition.all.reduceRight<Diagram>((rest, c) => maker.choose(this.truth(c), rest, no), yes);
    if ('any' in condition) return condition.any.reduceRight<Diagram>((rest, c) => maker.choose(this.truth(c), yes, rest), no);
    if ('not' in condition) return maker.choose(this.truth(condition.not), no, yes);
    const { fact, is, isNot, in: among } = condition;
    const at = this.places.get(fact);
    if (at === undefined) throw new Error(`${fact} is no fact of ${this.procedure.code}`);
    const holds = (value: FactValue) =>
      (is === undefined || value === is) && (isNot === undefined || value !== isNot) && (among?.includes(value) ?? true);
    return maker.branch(
      at,
      this.choicesOf(at).map((value) => (holds(value) ? yes : no)),
    );
  }
}
