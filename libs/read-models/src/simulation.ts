/** A procedure's past determinations under another of its versions, published or still a draft: which would come out differently, and why. */
import type { DataSource } from 'typeorm';
import type { Code } from '#domain/event.js';
import type { Procedure } from '#domain/procedure/procedure.js';
import { type SimulatedCase, simulate, type Why, whyUnder } from '#domain/procedure/simulation.js';
import { pinnedProcedure, type RegistryState } from '#domain/registry.js';
import { countPastCases, pastCases } from './case-facts.js';

/** There is no such version, neither published nor drafted. */
export class NoSuchVersion extends Error {
  override readonly name = 'NoSuchVersion';
  constructor(
    code: Code,
    version: Code,
    readonly known: readonly Code[],
  ) {
    super(`${code} has no version ${version}. It has ${known.join(', ') || 'none'}.`);
  }
}

export interface Simulation {
  readonly procedure: Code;
  readonly version: Code;
  readonly cases: number;
  /** How many come out differently under the rules of the other version. */
  readonly differing: number;
  /** From what each derived to what it would derive, with how many: `wni-affirmed → not-wni`; `?` while facts are unknown. */
  readonly changes: { readonly [change: string]: number };
  /** The first of them, each with its reason; `mostDifferences` at most. */
  readonly differences: readonly (SimulatedCase & { readonly why: Why })[];
}

export interface SimulationOptions {
  /** 200 unless told. */
  readonly mostDifferences?: number;
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/** A published version by its code, a draft by its code, or `draft`: the newest draft. @throws NoSuchVersion */
export function versionNamed(registry: RegistryState, code: Code, version: Code): Procedure {
  const published = registry.procedures.get(code) ?? [];
  const drafts = [...(registry.procedureLives.get(code)?.drafts.values() ?? [])];
  const found =
    version === 'draft'
      ? drafts.at(-1)
      : (drafts.find((p) => p.version === version) ?? published.findLast((p) => p.version === version));
  if (found === undefined)
    throw new NoSuchVersion(
      code,
      version,
      [...published, ...drafts].map((p) => p.version),
    );
  return found;
}

/** Memory holds one case at a time. Changes nothing. @throws NoSuchVersion */
export async function simulatePast(
  dataSource: DataSource,
  registry: RegistryState,
  code: Code,
  version: Code,
  { mostDifferences = 200, onProgress, signal }: SimulationOptions = {},
): Promise<Simulation> {
  const other = versionNamed(registry, code, version);
  const pins = new Map<string, Procedure | undefined>();
  const pinnedBy = (pin: { readonly code: Code; readonly sha256: string }): Procedure | undefined => {
    if (!pins.has(pin.sha256)) pins.set(pin.sha256, pinnedProcedure(registry, pin));
    return pins.get(pin.sha256);
  };
  const total = await countPastCases(dataSource, code);
  const changes = new Map<string, number>();
  const differences: (SimulatedCase & { readonly why: Why })[] = [];
  let seen = 0;
  let cases = 0;
  let differing = 0;
  for await (const past of pastCases(dataSource, code)) {
    signal?.throwIfAborted();
    seen += 1;
    if (seen % 500 === 0) onProgress?.(seen, total);
    const own = pinnedBy(past.procedure);
    if (own === undefined) continue;
    cases += 1;
    const simulated = simulate(past, own, other, registry.offices);
    const { derived, would } = simulated;
    if (derived === would) continue;
    differing += 1;
    const change = `${derived ?? '?'} → ${would ?? '?'}`;
    changes.set(change, (changes.get(change) ?? 0) + 1);
    if (differences.length < mostDifferences) differences.push({ ...simulated, why: whyUnder(past, other, registry.offices) });
  }
  onProgress?.(total, total);
  return { procedure: code, version: other.version, cases, differing, changes: Object.fromEntries(changes), differences };
}
