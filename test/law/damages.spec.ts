/**
 * The worked examples held against every single damage to the criteria: each that changes any answer must be seen by an example. Exact: a
 * damage that no case at all tells apart is proved to be none.
 */
import { describe, expect, it } from '@jest/globals';
import type { Code } from '#domain/event.js';
import { damagesOf, ExactRules } from './damages.js';
import { criteriaFiles, type Example, files, governing, published } from './examples.js';

const determinations = published.filter(({ kind, criteria }) => kind === 'determination' && criteria.length > 0);

describe.each(determinations.map((procedure) => [`${procedure.code} ${procedure.version}`, procedure] as const))(
  '%s',
  (_, procedure) => {
    const exact = new ExactRules(procedure);
    const examples = [...files, ...criteriaFiles]
      .filter((file) => file.procedure === procedure.code)
      .flatMap((file) => file.examples)
      .filter((one) => governing(procedure.code, one) === procedure);

    it('is seen when it is damaged in one place', () => {
      const right = exact.diagramOf(procedure.criteria);
      const sees = (damaged: ReturnType<ExactRules['diagramOf']>, { facts, outcome, decisive }: Example) => {
        const settled = (without?: Code) => {
          const { [without ?? '']: _, ...known } = facts;
          const possible = exact.possible(damaged, known);
          return possible.length === 1 ? possible[0] : null;
        };
        return settled() !== outcome || (outcome !== null && decisive.some((fact) => settled(fact) !== null));
      };
      const unseen = damagesOf(procedure).flatMap(({ what, rules }) => {
        const damaged = exact.diagramOf(rules);
        const difference = exact.difference(right, damaged);
        if (difference === undefined || examples.some((one) => sees(damaged, one))) return [];
        return [{ what, difference }];
      });
      expect(unseen).toEqual([]);
    });
  },
);
