/** Which ways to contest a determination stand open: the special rule before the general one. */
import type { Code } from '../event.js';
import type { Procedure, RemedyDefinition } from '../procedure/procedure.js';
import { type CaseFile, determinationOf } from './state.js';

/** The procedure in which every remedy is examined. */
export const REMEDY: Code = 'REMEDY';

/** The remedy that this case itself is about, where it is a case of the remedy procedure. */
export function remedyOf(state: CaseFile): Code | undefined {
  return state.links.find((link) => link.relation === 'remedy-of')?.remedy;
}

/** For each kind of remedy the first whose conditions this case fulfils. */
export function remediesFor(state: CaseFile, procedure: Procedure): readonly RemedyDefinition[] {
  const outcome = determinationOf(state)?.outcome;
  const remedy = remedyOf(state);
  const fitting = procedure.remedies.filter((one) => isAmong(one.onlyOutcomes, outcome) && isAmong(one.onlyRemedies, remedy));
  return fitting.filter((one, place) => fitting.findIndex((other) => other.kind === one.kind) === place);
}

/** Is the code among those that a rule is limited to? A rule without limit holds for all. */
export function isAmong(only: readonly Code[] | undefined, code: Code | undefined): boolean {
  return only === undefined || (code !== undefined && only.includes(code));
}
