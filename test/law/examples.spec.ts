/**
 * Worked examples from the articles, written by someone who has seen the law and the vocabulary and never the criteria. Each is checked
 * both ways: with its facts the outcome is the one that the article gives; without a decisive fact it is open.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import type { Code } from '#domain/event.js';
import { type Procedure, versionOn } from '#domain/procedure/procedure.js';
import { evaluate, type FactValue } from '#domain/procedure/rules.js';
import { readProcedures } from '#event-store/seed.js';

interface Example {
  readonly id: string;
  readonly title: { readonly id: string; readonly en: string };
  readonly article: string;
  readonly lodgedOn?: string;
  readonly version?: string;
  readonly facts: { readonly [fact: Code]: FactValue };
  /** null: open; then `unknown` names facts that could still change it. */
  readonly outcome: Code | null;
  readonly decisive: readonly Code[];
  readonly unknown?: readonly Code[];
}

const FOLDER = 'test/law/examples';
const files = readdirSync(FOLDER)
  .filter((file) => file.endsWith('.json'))
  .map((file): { procedure: Code; examples: readonly Example[] } => JSON.parse(readFileSync(`${FOLDER}/${file}`, 'utf8')));
const published = await readProcedures('data/procedures');

function governing(code: Code, { version, lodgedOn }: Example): Procedure {
  const versions = published.filter((p) => p.code === code);
  const found =
    version === undefined ? versionOn(versions, lodgedOn ?? '2026-11-24') : versions.find((p) => p.version === version);
  if (found === undefined) throw new Error(`${code} has no version ${version ?? `on ${lodgedOn}`}`);
  return found;
}

function derive(procedure: Procedure, facts: Example['facts'], without?: Code) {
  const known = Object.entries(facts)
    .filter(([fact]) => fact !== without)
    .map(([fact, value]) => [fact, { value, evidence: ['paper-1'] }]);
  const { criteria, otherwise = 'not-established', facts: definitions } = procedure;
  return evaluate(criteria, otherwise, Object.fromEntries(known), definitions);
}

it('stand for every procedure, at least sixty of them', () => {
  expect(files.map((file) => file.procedure).sort()).toEqual(
    [...new Set(published.filter((p) => p.kind === 'determination').map((p) => p.code))].sort(),
  );
  expect(files.flatMap((file) => file.examples).length).toBeGreaterThanOrEqual(60);
});

/** The titles say procedure, article and outcome: `npm run test:law` counts by them. */
describe.each(files)('$procedure', ({ procedure: code, examples }) => {
  it.each(examples.map((one) => [one.id, one.article, one.outcome ?? 'open', one] as const))(
    '%s [%s] → %s',
    (_, __, ___, one) => {
      const procedure = governing(code, one);
      for (const fact of Object.keys(one.facts)) expect(Object.keys(procedure.facts)).toContain(fact);
      const { outcome, decisive } = derive(procedure, one.facts);
      expect(outcome ?? null).toBe(one.outcome);
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
