/**
 * Worked examples from the articles, written by someone who has seen the law and the vocabulary and never the criteria. Each is checked
 * both ways: with its facts the outcome is the one that the article gives; without a decisive fact it is open.
 */
import { describe, expect, it } from '@jest/globals';
import type { Citation, Code } from '#domain/event.js';
import type { Procedure } from '#domain/procedure/procedure.js';
import { type Evaluation, evaluate, type Proof } from '#domain/procedure/rules.js';
import { criteriaFiles, type Example, files, governing, published } from './examples.js';

function derive(procedure: Procedure, facts: Example['facts'], without?: Code) {
  const known = Object.entries(facts)
    .filter(([fact]) => fact !== without)
    .map(([fact, value]) => [fact, { value, evidence: ['paper-1'] }]);
  const { criteria, otherwise = 'not-established', facts: definitions } = procedure;
  return evaluate(criteria, otherwise, Object.fromEntries(known), definitions);
}

/** `4(a)`, each of `26(1), 26(2)`, and the whole article `25` for its paragraphs; an article that is not certain stands for its act. */
function cites({ act, article }: Citation, named: string): boolean {
  const wanted = named.startsWith(`${act} `) ? named.slice(act.length + 1) : named === act ? '–' : undefined;
  return wanted !== undefined && article.split(', ').some((one) => one === wanted || one.startsWith(`${wanted}(`));
}

function articlesIn({ basis, children = [] }: Proof): readonly Citation[] {
  return [...(basis === undefined ? [] : [basis]), ...children.flatMap(articlesIn)];
}

/**
 * Does each article of the example stand in the proof? In that of the outcome's own rule; else, for what is the outcome because the rules
 * before it do not hold, in theirs.
 */
function standsInProof(article: string, { proofs }: Evaluation): boolean {
  const cited = proofs.flatMap(({ proof }) => articlesIn(proof));
  return article.split('; ').every((named) => cited.some((citation) => cites(citation, named)));
}

it('stand for every procedure, at least sixty of them', () => {
  expect(files.map((file) => file.procedure).sort()).toEqual(
    [...new Set(published.filter((p) => p.kind === 'determination').map((p) => p.code))].sort(),
  );
  expect(files.flatMap((file) => file.examples).length).toBeGreaterThanOrEqual(60);
});

it('that know the criteria say so, and are told apart by name', () => {
  expect(criteriaFiles.filter((file) => file.writtenBy === undefined).map((file) => file.procedure)).toEqual([]);
  expect(files.filter((file) => file.writtenBy !== undefined).map((file) => file.procedure)).toEqual([]);
});

/** The titles say procedure, article and outcome: `npm run test:law` counts by them. */
describe.each([
  ...files.map((file) => ({ ...file, title: file.procedure })),
  ...criteriaFiles.map((file) => ({ ...file, title: `criteria ${file.procedure}` })),
])('$title', ({ procedure: code, examples }) => {
  it.each(examples.map((one) => [one.id, one.article, one.outcome ?? 'open', one] as const))(
    '%s [%s] → %s',
    (_, __, ___, one) => {
      const procedure = governing(code, one);
      for (const fact of Object.keys(one.facts)) expect(Object.keys(procedure.facts)).toContain(fact);
      const evaluation = derive(procedure, one.facts);
      const { outcome, decisive } = evaluation;
      expect(outcome ?? null).toBe(one.outcome);
      expect({ article: one.article, stands: standsInProof(one.article, evaluation) }).toEqual({
        article: one.article,
        stands: true,
      });
      if (one.outcome === null) {
        expect(one.unknown?.length).toBeGreaterThan(0);
        expect(decisive).toEqual(expect.arrayContaining([...(one.unknown ?? [])]));
        return;
      }
      expect(one.decisive.length).toBeGreaterThan(0);
      for (const fact of one.decisive) expect([fact, derive(procedure, one.facts, fact).outcome]).toEqual([fact, undefined]);
    },
  );
});
