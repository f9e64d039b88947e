/**
 * The vocabulary in which worked examples are written, and the procedures: the same facts, with the same types and questions in every one,
 * and the same outcomes. The examples' author reads the vocabulary only, never the criteria.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import type { Code } from '#domain/event.js';
import type { FactDefinition, OutcomeDefinition } from '#domain/procedure/procedure.js';
import { readProcedures } from '#event-store/seed.js';

interface Vocabulary {
  readonly facts: { readonly [fact: Code]: FactDefinition };
  readonly procedures: {
    readonly [code: Code]: {
      readonly name: object;
      readonly facts: readonly Code[];
      readonly always: readonly Code[];
      readonly outcomes: readonly (OutcomeDefinition & { readonly byClock?: boolean })[];
      readonly versions?: readonly { readonly version: Code; readonly lodgedFrom: string; readonly lodgedTo: string | null }[];
    };
  };
}

const vocabulary: Vocabulary = JSON.parse(readFileSync('test/law/vocabulary.json', 'utf8'));
const procedures = (await readProcedures('data/procedures')).filter((p) => p.kind === 'determination');
const of = (code: Code) => {
  const entry = vocabulary.procedures[code];
  if (entry === undefined) throw new Error(`vocabulary.json has no procedure ${code}`);
  return entry;
};

describe('the vocabulary of the law', () => {
  it('has the nine procedures', () => {
    expect([...new Set(procedures.map((p) => p.code))].sort()).toEqual(Object.keys(vocabulary.procedures).sort());
    expect(Object.keys(vocabulary.procedures)).toHaveLength(9);
  });

  it.each(procedures.map((p) => [`${p.code} ${p.version}`, p] as const))('%s: the same facts in the same words', (_, p) => {
    expect(Object.keys(p.facts)).toEqual(of(p.code).facts);
    // By which dates a fact is answered, and in which order they stand, is law of the procedure and no word of the vocabulary.
    for (const [fact, { derivedFrom: _, ahead: __, notBefore: ___, ...definition }] of Object.entries(p.facts))
      expect({ [fact]: definition }).toEqual({ [fact]: vocabulary.facts[fact] });
    expect(p.name).toEqual(of(p.code).name);
  });

  it.each(Object.keys(vocabulary.procedures))('%s: the same outcomes, in one version or another', (code) => {
    const versions = procedures.filter((p) => p.code === code);
    for (const outcome of of(code).outcomes) {
      const { byClock = false, ...said } = outcome;
      const defined = versions.flatMap((p) => p.outcomes.filter((o) => o.code === said.code));
      expect(defined.length).toBeGreaterThan(0);
      for (const { name, basis } of defined) expect({ code: said.code, name, basis }).toEqual(said);
      const derived = versions.some((p) => p.otherwise === said.code || p.criteria.some((rule) => rule.outcome === said.code));
      expect({ outcome: said.code, derived }).toEqual({ outcome: said.code, derived: !byClock });
    }
    const known = of(code).outcomes.map((o) => o.code);
    expect(versions.flatMap((p) => p.outcomes.map((o) => o.code).filter((outcome) => !known.includes(outcome)))).toEqual([]);
    for (const fact of of(code).always) expect(of(code).facts).toContain(fact);
  });

  it('names the days on which each version of ABG-REG takes applications', () => {
    for (const { version, lodgedFrom, lodgedTo } of of('ABG-REG').versions ?? []) {
      const p = procedures.find((q) => q.code === 'ABG-REG' && q.version === version);
      expect([version, p?.effectiveFrom, p?.windows[0]?.closes ?? null]).toEqual([version, lodgedFrom, lodgedTo]);
    }
  });

  it('keeps no fact that no procedure asks for', () => {
    const asked = new Set(Object.values(vocabulary.procedures).flatMap((p) => p.facts));
    expect(Object.keys(vocabulary.facts).filter((fact) => !asked.has(fact))).toEqual([]);
  });
});
