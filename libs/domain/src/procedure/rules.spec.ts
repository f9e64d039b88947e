import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseProcedure } from './procedure-faults.js';
import {
  type Condition,
  type Evaluation,
  evaluate,
  type Facts,
  type FactType,
  type FactValue,
  type OutcomeRule,
  outcomeOf as outcomeAlone,
  prove,
} from './rules.js';

const psk = parseProcedure(JSON.parse(readFileSync('data/procedures/PSK.json', 'utf8')), 'PSK.json');
const known = (values: { readonly [fact: string]: FactValue }): Facts =>
  Object.fromEntries(Object.entries(values).map(([fact, value]) => [fact, { value, evidence: [`paper-of-${fact}`] }]));
const ofPsk = (values: { readonly [fact: string]: FactValue }): Evaluation =>
  evaluate(psk.criteria, psk.otherwise ?? '', known(values), psk.facts);

const types: { readonly [fact: string]: FactType } = {
  a: { type: 'boolean' },
  b: { type: 'boolean' },
  c: { type: 'choice', choices: ['x', 'y', 'z'] },
  d: { type: 'date' },
  n: { type: 'number' },
};
/** Every answer that could matter: the constants of the arbitrary conditions below and a value on each side of them. */
const answers: { readonly [fact: string]: readonly FactValue[] } = {
  a: [true, false],
  b: [true, false],
  c: ['x', 'y', 'z'],
  d: ['1999-12-31', '2000-01-01', '2006-06-06', '2012-08-01', '2020-01-01'],
  n: [17, 18, 19, 21, 22],
};

const leaf: fc.Arbitrary<Condition> = fc.oneof(
  fc.record({ fact: fc.constantFrom('a', 'b'), is: fc.boolean() }),
  fc.record({ fact: fc.constant('c'), is: fc.constantFrom('x', 'y', 'z') }),
  fc.record({ fact: fc.constant('c'), isNot: fc.constantFrom('x', 'y') }),
  fc.record({ fact: fc.constant('c'), in: fc.subarray(['x', 'y', 'z']) }),
  fc.record({ fact: fc.constant('d'), before: fc.constantFrom('2000-01-01', '2012-08-01') }),
  fc.record({ fact: fc.constant('d'), onOrAfter: fc.constantFrom('2000-01-01', '2012-08-01') }),
  fc.record({ fact: fc.constant('n'), is: fc.constantFrom(18, 21) }),
  fc.record({ fact: fc.constant('d'), isNot: fc.constantFrom('2000-01-01', '2012-08-01') }),
  fc.record({ fact: fc.constant('n'), atLeast: fc.constantFrom(18, 21) }),
  fc.record({ fact: fc.constant('n'), lessThan: fc.constantFrom(18, 21) }),
);
const condition = fc.letrec<{ tree: Condition }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    leaf,
    fc.record({ all: fc.array(tie('tree'), { maxLength: 3 }) }),
    fc.record({ any: fc.array(tie('tree'), { maxLength: 3 }) }),
    fc.record({ not: tie('tree') }),
  ),
})).tree;
const rules: fc.Arbitrary<readonly OutcomeRule[]> = fc.array(
  fc.record({ outcome: fc.constantFrom('one', 'two', 'three'), when: condition }),
  { minLength: 1, maxLength: 4 },
);
const factNames = Object.keys(types);
const someFacts = fc
  .tuple(fc.subarray(factNames), fc.tuple(...factNames.map((f) => fc.constantFrom(...(answers[f] ?? [])))))
  .map(([names, values]) =>
    known(Object.fromEntries(factNames.map((f, i) => [f, values[i] ?? true] as const).filter(([f]) => names.includes(f)))),
  );

/** What the rules say in two values, written apart from `rules.ts`. */
function holds(c: Condition, facts: Facts): boolean {
  if ('all' in c) return c.all.every((child) => holds(child, facts));
  if ('any' in c) return c.any.some((child) => holds(child, facts));
  if ('not' in c) return !holds(c.not, facts);
  const value = facts[c.fact]?.value ?? '';
  if (c.is !== undefined) return value === c.is;
  if (c.isNot !== undefined) return value !== c.isNot;
  if (c.in !== undefined) return c.in.includes(value);
  if (c.before !== undefined) return value < c.before;
  if (c.onOrAfter !== undefined) return value >= c.onOrAfter;
  if (c.atLeast !== undefined) return value >= c.atLeast;
  return c.lessThan !== undefined && value < c.lessThan;
}
const outcomeOf = (list: readonly OutcomeRule[], facts: Facts) => list.find((rule) => holds(rule.when, facts))?.outcome ?? 'none';

function completions(facts: Facts): readonly Facts[] {
  return factNames
    .filter((f) => facts[f] === undefined)
    .reduce<readonly Facts[]>(
      (all, fact) => all.flatMap((c) => (answers[fact] ?? []).map((value) => ({ ...c, [fact]: { value, evidence: [] } }))),
      [facts],
    );
}

describe('evaluate', () => {
  it('never contradicts any completion of the unknown facts: exactly the outcomes they lead to are possible', () => {
    fc.assert(
      fc.property(rules, someFacts, (list, facts) => {
        const evaluation = evaluate(list, 'none', facts, types);
        const led = new Set(completions(facts).map((complete) => outcomeOf(list, complete)));
        expect(new Set(evaluation.possible)).toEqual(led);
        expect(evaluation.outcome).toBe(led.size === 1 ? [...led][0] : undefined);
        expect(outcomeAlone(list, 'none', facts, types)).toBe(evaluation.outcome);
      }),
      { numRuns: 400 },
    );
  });

  it('names exactly the facts whose answer alone can make a difference', () => {
    fc.assert(
      fc.property(rules, someFacts, (list, facts) => {
        const evaluation = evaluate(list, 'none', facts, types);
        const decisive = factNames.filter(
          (fact) =>
            facts[fact] === undefined &&
            completions(facts).some((complete) =>
              (answers[fact] ?? []).some(
                (value) => outcomeOf(list, complete) !== outcomeOf(list, { ...complete, [fact]: { value, evidence: [] } }),
              ),
            ),
        );
        expect([...evaluation.decisive].sort()).toEqual(decisive.sort());
      }),
      { numRuns: 200 },
    );
  });

  it('is never unsettled by more evidence, nor settled on another outcome', () => {
    fc.assert(
      fc.property(rules, someFacts, fc.constantFrom(...factNames), fc.nat(), (list, facts, fact, pick) => {
        const before = evaluate(list, 'none', facts, types);
        if (before.outcome === undefined || facts[fact] !== undefined) return;
        const choices = answers[fact] ?? [];
        const value = choices[pick % choices.length];
        if (value === undefined) return;
        expect(evaluate(list, 'none', { ...facts, [fact]: { value, evidence: [] } }, types).outcome).toBe(before.outcome);
      }),
      { numRuns: 500 },
    );
  });

  it('proves by strong Kleene logic', () => {
    const a: Condition = { fact: 'a', is: true };
    const b: Condition = { fact: 'b', is: true };
    const truth = (c: Condition, values: { [fact: string]: FactValue }) => prove(c, known(values)).truth;
    expect(truth({ all: [a, b] }, { a: false })).toBe(false);
    expect(truth({ all: [a, b] }, { a: true })).toBe('unknown');
    expect(truth({ any: [a, b] }, { a: true })).toBe(true);
    expect(truth({ any: [a, b] }, { a: false })).toBe('unknown');
    expect(truth({ not: a }, {})).toBe('unknown');
    expect(truth({ all: [] }, {})).toBe(true);
    expect(truth({ any: [] }, {})).toBe(false);
  });

  it('sees what Kleene alone does not: either answer leads to the same outcome', () => {
    const list: readonly OutcomeRule[] = [
      { outcome: 'one', when: { any: [{ fact: 'a', is: true }, { not: { fact: 'a', is: true } }] } },
    ];
    expect(evaluate(list, 'none', {}, types)).toMatchObject({ outcome: 'one', possible: ['one'], unknown: ['a'], decisive: [] });
    expect(outcomeAlone(list, 'none', {}, types)).toBe('one');
  });

  it('is exact over sixty facts, of which no two matter without the others', () => {
    const many = Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`f${i}`, { type: 'boolean' } as const]));
    const names = Object.keys(many);
    const list: readonly OutcomeRule[] = [
      { outcome: 'one', when: { all: names.slice(0, 30).map((fact) => ({ fact, is: true })) } },
      { outcome: 'two', when: { any: names.slice(30).map((fact) => ({ fact, is: true })) } },
    ];
    expect(evaluate(list, 'none', {}, many)).toMatchObject({ possible: ['one', 'two', 'none'], decisive: names });
    const first = known({ f0: false });
    expect(evaluate(list, 'none', first, many)).toMatchObject({ possible: ['two', 'none'], decisive: names.slice(30) });
    expect(evaluate(list, 'none', { ...first, ...known({ f30: true }) }, many)).toMatchObject({ outcome: 'two', decisive: [] });
  });

  it('still gives a sound answer where rules are too tangled for an exact one', () => {
    const half = 24;
    const many = Object.fromEntries(Array.from({ length: 2 * half }, (_, i) => [`f${i}`, { type: 'boolean' } as const]));
    const is = (i: number): Condition => ({ fact: `f${i}`, is: true });
    const list: readonly OutcomeRule[] = [
      { outcome: 'none', when: { not: { any: Array.from({ length: half }, (_, i) => is(i)) } } },
      // Which of the second half matter depends on every one of the first.
      { outcome: 'one', when: { any: Array.from({ length: half }, (_, i) => ({ all: [is(i), is(half + i)] })) } },
    ];
    expect(evaluate(list, 'two', {}, many)).toMatchObject({ outcome: undefined, possible: ['none', 'one', 'two'] });
    expect(evaluate(list, 'two', known({ f0: true, [`f${half}`]: true }), many)).toMatchObject({ outcome: 'one', decisive: [] });
    // By Kleene's logic alone: nobody is asked for what is known, nor for what stands beside a part that is settled.
    const names = Object.keys(many);
    expect(evaluate(list, 'two', {}, many).decisive).toEqual(names);
    const noFirst = known({ f0: false, [`f${half + 1}`]: false });
    expect(evaluate(list, 'two', noFirst, many).unknown).toEqual(names.filter((f) => f !== 'f0' && f !== `f${half + 1}`));
    const second = evaluate(list, 'two', known({ f0: false, f1: true, [`f${half + 1}`]: false }), many);
    expect(second.possible).toEqual(['one', 'two']);
    expect(second.decisive).toEqual(Array.from({ length: half - 2 }, (_, i) => [`f${i + 2}`, `f${half + i + 2}`]).flat());
    const outcome = (values: { readonly [fact: string]: FactValue }) => outcomeAlone(list, 'two', known(values), many);
    expect([outcome({}), outcome({ f0: true, [`f${half}`]: true })]).toEqual([undefined, 'one']);
    const all = (value: boolean) => Object.fromEntries(names.map((f) => [f, value]));
    expect([outcome(all(false)), outcome({ ...all(false), f0: true }), outcome({ f1: true })]).toEqual([
      'none',
      'two',
      undefined,
    ]);
    const { f0: _, ...allButOne } = all(false);
    expect(outcome(allButOne)).toBeUndefined();
  });

  it('tells numbers and dates apart below, at and between the values that the rules compare with, in whatever order they stand', () => {
    const band = (outcome: string, ...when: readonly Condition[]): OutcomeRule => ({ outcome, when: { all: when } });
    const age = { n: { type: 'number' } } as const;
    const list = [
      band('old', { fact: 'n', atLeast: 100 }),
      band('forty', { fact: 'n', is: 40 }),
      band('young', { fact: 'n', lessThan: 9 }),
      band('middle', { fact: 'n', atLeast: 40 }, { fact: 'n', lessThan: 100 }),
      band('between', { fact: 'n', isNot: 9 }),
    ];
    expect(evaluate(list, 'nine', {}, age).possible).toEqual(['old', 'forty', 'young', 'middle', 'between', 'nine']);
    // Between two neighbours there is a number, also where it is none that is named.
    const gap = [band('gap', { fact: 'n', atLeast: 3 }, { fact: 'n', isNot: 3 }, { fact: 'n', lessThan: 4 })];
    expect(evaluate(gap, 'none', {}, age).possible).toEqual(['gap', 'none']);
    const over = [band('over', { fact: 'n', atLeast: 7 }, { fact: 'n', isNot: 7 })];
    expect(evaluate(over, 'none', {}, age).possible).toEqual(['over', 'none']);
    const days = { d: { type: 'date' } } as const;
    const late = [
      band('late', { fact: 'd', onOrAfter: '2012-08-01' }),
      band('after', { fact: 'd', onOrAfter: '2000-01-01' }, { fact: 'd', isNot: '2000-01-01' }),
      band('before', { fact: 'd', before: '2000-01-01' }),
    ];
    expect(evaluate(late, 'the-day', {}, days).possible).toEqual(['late', 'after', 'before', 'the-day']);
  });

  it('asks for what the rules name and is not known, in their order', () => {
    const list: readonly OutcomeRule[] = [
      {
        outcome: 'one',
        when: {
          all: [
            { fact: 'b', is: true },
            { fact: 'a', is: true },
          ],
        },
      },
      { outcome: 'two', when: { fact: 'c', is: 'x' } },
    ];
    const evaluation = evaluate(list, 'none', known({ a: true }), types);
    expect([evaluation.unknown, evaluation.decisive]).toEqual([
      ['b', 'c'],
      ['b', 'c'],
    ]);
    // Beside a settled part nothing matters any more, and a rule that holds ends the list.
    expect(evaluate(list, 'none', known({ a: false }), types)).toMatchObject({ unknown: ['b', 'c'], decisive: ['c'] });
    const held = evaluate(list, 'none', known({ a: true, b: true }), types);
    expect([held.outcome, held.proofs.length, held.unknown]).toEqual(['one', 1, ['c']]);
  });

  it('proves each kind of node as it stands, with its article, and what the dates imply by those dates', () => {
    const basis = { act: 'UU 12/2006', article: '6(1)' };
    const a: Condition = { fact: 'a', is: true, basis };
    expect(prove({ any: [a, { not: a, basis }], basis }, {})).toEqual({
      kind: 'any',
      truth: 'unknown',
      basis,
      children: [
        { kind: 'fact', truth: 'unknown', fact: 'a', test: { is: true }, basis },
        {
          kind: 'not',
          truth: 'unknown',
          basis,
          children: [{ kind: 'fact', truth: 'unknown', fact: 'a', test: { is: true }, basis }],
        },
      ],
    });
    const from = { bornOn: '2001-05-03' };
    expect(prove({ fact: 'a', is: true }, { a: { value: false, evidence: ['paper-1'], from } })).toEqual({
      kind: 'fact',
      truth: false,
      fact: 'a',
      test: { is: true },
      value: false,
      evidence: ['paper-1'],
      from,
    });
    const all = prove({ all: [a, { fact: 'b', is: true }] }, known({ a: true, b: false }));
    expect([all.truth, all.children?.map(({ truth }) => truth), 'basis' in all, 'from' in (all.children?.[0] ?? {})]).toEqual([
      false,
      [true, false],
      false,
      false,
    ]);
    expect(prove({ all: [a, { fact: 'b', is: true }] }, known({ a: true })).truth).toBe('unknown');
    expect(prove({ not: a }, known({ a: false })).truth).toBe(true);
  });

  it('gives a proof that names the article and the evidence at its node', () => {
    const { proofs } = ofPsk({ falseDataFound: true, falseDataJudgment: true });
    expect(proofs).toEqual([
      {
        outcome: 'rejected-false-data',
        proof: {
          kind: 'all',
          truth: true,
          children: [
            {
              kind: 'fact',
              truth: true,
              fact: 'falseDataFound',
              test: { is: true },
              value: true,
              evidence: ['paper-of-falseDataFound'],
              basis: { act: 'UU 12/2006', article: '28' },
            },
            {
              kind: 'fact',
              truth: true,
              fact: 'falseDataJudgment',
              test: { is: true },
              value: true,
              evidence: ['paper-of-falseDataJudgment'],
              basis: { act: 'PP 2/2007', article: '40(2)' },
            },
          ],
        },
      },
    ]);
  });
});

/** What the articles give is in `test/law/examples`; here, what the officer is asked for. */
describe('what can still decide in PSK', () => {
  it('is exactly the papers that can change the outcome', () => {
    // No letter of arts. 4, 5 and 21 holds by what is known, and nothing was lost.
    const open = ofPsk({
      identityEstablished: true,
      falseDataFound: false,
      lossDecided: false,
      anotherCitizenshipHeld: false,
      acquiredForeignCitizenship: false,
      foreignPassportHeld: false,
      marriedToForeigner: false,
      limitedDualNational: false,
      acquiredByDecision: false,
      bornBeforeAct2006: false,
      fatherDiedBeforeBirth: false,
      motherCitizenshipAtBirth: 'foreign',
      citizenBeforeAct2006: false,
      foundAsNewbornInIndonesia: false,
      parentGrantedDiedBeforeOath: false,
      parentAcquiredCitizenship: false,
      adoption: 'none',
      registeredKeppres25: false,
    });
    expect(open.outcome).toBeUndefined();
    expect([...open.decisive].sort()).toEqual([
      'acknowledgedByIndonesianFather',
      'acknowledgedWhileMinorUnmarried',
      'fatherCitizenshipAtBirth',
      'parentsMarried',
    ]);
  });
  it('is everything that matters where there is no paper at all', () => {
    expect(ofPsk({}).outcome).toBeUndefined();
    expect(ofPsk({}).decisive).toContain('falseDataFound');
  });
});
