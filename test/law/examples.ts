/** The worked examples as they lie in `examples/`, with the versions that govern them. */
import { readdirSync, readFileSync } from 'node:fs';
import type { Code } from '#domain/event.js';
import { type Procedure, versionOn } from '#domain/procedure/procedure.js';
import type { FactValue } from '#domain/procedure/rules.js';
import { readProcedures } from '#event-store/seed.js';

export interface Example {
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

interface ExampleFile {
  readonly procedure: Code;
  /** Who wrote them, where it is not someone who had seen no rule. */
  readonly writtenBy?: string;
  readonly examples: readonly Example[];
}

const FOLDER = 'test/law/examples';
const read = (criteria: boolean) =>
  readdirSync(FOLDER)
    .filter((file) => file.endsWith('.json') && file.endsWith('-criteria.json') === criteria)
    .map((file): ExampleFile => JSON.parse(readFileSync(`${FOLDER}/${file}`, 'utf8')));
export const files = read(false);
/** Written by someone who had seen the criteria, from the articles all the same, for conditions that no independent example tells apart. */
export const criteriaFiles = read(true);
export const published = await readProcedures('data/procedures');

export function governing(code: Code, { version, lodgedOn }: Pick<Example, 'version' | 'lodgedOn'>): Procedure {
  const versions = published.filter((p) => p.code === code);
  const found =
    version === undefined ? versionOn(versions, lodgedOn ?? '2026-11-24') : versions.find((p) => p.version === version);
  if (found === undefined) throw new Error(`${code} has no version ${version ?? `on ${lodgedOn}`}`);
  return found;
}
