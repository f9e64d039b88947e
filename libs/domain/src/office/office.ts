/**
 * The tree of offices, effective-dated: a case of 2024 replayed in 2026 shows 2024's parents. `from` is inclusive, `to` exclusive, null open.
 */
import type { Code, DateOn, Zone } from '../event.js';

export type OfficeKind =
  | 'president'
  | 'ministry'
  | 'directorate-general'
  | 'regional-office'
  | 'immigration-office'
  | 'immigration-post'
  | 'border-post';
export type Matter = 'citizenship' | 'immigration';

export interface Office {
  readonly code: Code;
  readonly kind: OfficeKind;
  readonly name: string;
  readonly timeZone: Zone;
  /** Which matter it decides; absent: both. */
  readonly matter?: Matter;
  readonly effectiveFrom?: DateOn;
  readonly effectiveTo?: DateOn;
  readonly parents: readonly { readonly code: Code; readonly from: DateOn | null; readonly to: DateOn | null }[];
}

export type OfficeTree = ReadonlyMap<Code, Office>;

/** Is `on` in the half-open period [from, to)? Absent or null ends are open. */
export function coversDate(period: { readonly from?: DateOn | null; readonly to?: DateOn | null }, on: DateOn): boolean {
  return (period.from == null || period.from <= on) && (period.to == null || on < period.to);
}

/** The office one step up on that date, or undefined at the top. */
export function parentOf(tree: OfficeTree, office: Code, on: DateOn): Code | undefined {
  return tree.get(office)?.parents.find((parent) => coversDate(parent, on))?.code;
}

/** The office itself and everything above it on that date, nearest first. */
export function lineageOf(tree: OfficeTree, office: Code, on: DateOn): readonly Code[] {
  const lineage: Code[] = [];
  for (let at: Code | undefined = office; at !== undefined && !lineage.includes(at); at = parentOf(tree, at, on))
    lineage.push(at);
  return lineage;
}

/** Does `office` stand in the subtree of `root` on that date? An office stands in its own subtree. */
export function inSubtree(tree: OfficeTree, root: Code, office: Code, on: DateOn): boolean {
  return lineageOf(tree, office, on).includes(root);
}

/** Offices in the subtree of `root` on that date, `root` among them. */
export function subtreeOf(tree: OfficeTree, root: Code, on: DateOn): readonly Code[] {
  return [...tree.keys()].filter((code) => inSubtree(tree, root, code, on));
}

/** The offices that have had a case, and one more unless it is among them. */
export function withOffice(offices: readonly Code[], office: Code): readonly Code[] {
  return offices.includes(office) ? offices : [...offices, office];
}

/** One step of a procedure's authority chain: an office by its kind, and by its matter where two ministries divided the work. */
export interface AuthorityStep {
  readonly kind: OfficeKind;
  readonly matter?: Matter;
  /** May this step make the determination, or only recommend and refer? */
  readonly decides: boolean;
  /** It decides only these outcomes: who grants is not always who certifies. Absent: any. */
  readonly onlyOutcomes?: readonly Code[];
}

/**
 * The office that holds a step of an authority chain on a date, seen from the office where the case was lodged: the one in its own lineage
 * where there is one, else the one that holds the matter (since 2025 an immigration office's citizenship cases go to another ministry's
 * regional office). Undefined when nobody holds it that day.
 */
export function officeOfStep(tree: OfficeTree, step: AuthorityStep, lodgedAt: Code, on: DateOn): Code | undefined {
  const holds = (office: Office): boolean =>
    office.kind === step.kind &&
    coversDate({ from: office.effectiveFrom ?? null, to: office.effectiveTo ?? null }, on) &&
    (step.matter === undefined || office.matter === undefined || office.matter === step.matter);
  const inLineage = lineageOf(tree, lodgedAt, on).find((code) => {
    const office = tree.get(code);
    return office !== undefined && holds(office);
  });
  return inLineage ?? [...tree.values()].find(holds)?.code;
}

/** Reads `data/offices-ntt.json`. Throws with the path of what is wrong. */
export function parseOffices(json: unknown): readonly Office[] {
  const file = json as { timeZone?: unknown; offices?: unknown };
  if (!Array.isArray(file?.offices)) throw new Error('offices: must be a list');
  const offices = file.offices.map((raw: Partial<Office>, i): Office => {
    const at = `offices[${i}]`;
    if (typeof raw.code !== 'string' || !/^[A-Z][A-Z0-9-]*$/.test(raw.code))
      throw new Error(`${at}.code: must be capitals, digits and hyphens`);
    if (typeof raw.name !== 'string' || raw.name === '') throw new Error(`${at}.name: is missing`);
    if (typeof raw.kind !== 'string') throw new Error(`${at}.kind: is missing`);
    if (!Array.isArray(raw.parents)) throw new Error(`${at}.parents: must be a list`);
    return {
      code: raw.code,
      kind: raw.kind,
      name: raw.name,
      timeZone: raw.timeZone ?? String(file.timeZone),
      parents: raw.parents,
      ...(raw.matter === undefined ? {} : { matter: raw.matter }),
      ...(raw.effectiveFrom === undefined ? {} : { effectiveFrom: raw.effectiveFrom }),
      ...(raw.effectiveTo === undefined ? {} : { effectiveTo: raw.effectiveTo }),
    };
  });
  const codes = new Set(offices.map((office) => office.code));
  for (const office of offices)
    for (const parent of office.parents)
      if (!codes.has(parent.code)) throw new Error(`offices ${office.code}.parents: no office has the code ${parent.code}`);
  return offices;
}
