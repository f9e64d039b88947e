/** What another version of a procedure would have derived from what was established in a past case, and why it differs. */
import { caseDays, factsKnown } from '../case/case-facts.js';
import type { PinnedProcedure } from '../case/events.js';
import type { CaseFile } from '../case/state.js';
import type { Code, InstantAt } from '../event.js';
import type { OfficeTree } from '../office/office.js';
import { otherwiseOf, type Procedure } from './procedure.js';
import { type Evaluation, evaluate, type Facts, type FactValue, outcomeOf, type Proof } from './rules.js';

/** A case as it stood when it was determined. */
export interface PastCase extends Pick<CaseFile, 'caseId' | 'lodgedAt' | 'openedAtOffice' | 'office'> {
  readonly procedure: PinnedProcedure;
  /** What was established. */
  readonly facts: { readonly [fact: Code]: FactValue };
  readonly outcome: Code;
  readonly determinedAt: InstantAt;
}

export interface SimulatedCase extends Pick<CaseFile, 'caseId'> {
  /** The version that governed it. */
  readonly version: Code;
  /** What was determined. */
  readonly determined: Code;
  /** What its own version derives; undefined while decisive facts are unknown. */
  readonly derived: Code | undefined;
  /** What the other version derives. */
  readonly would: Code | undefined;
}

/** Why the other version derives what it does: its decisive unknown facts, or the articles under which its outcome holds. */
export interface Why {
  readonly decisive: readonly Code[];
  readonly articles: readonly string[];
}

/** `own`: the version that the case pinned. */
export function simulate(past: PastCase, own: Procedure, other: Procedure, offices: OfficeTree): SimulatedCase {
  const { caseId, outcome } = past;
  const [derived, would] = [own, other].map((version) =>
    outcomeOf(version.criteria, otherwiseOf(version), factsUnder(past, version, offices), version.facts),
  );
  return { caseId, version: own.version, determined: outcome, derived, would };
}

/** Why a version derives for the case what it does. */
export function whyUnder(past: PastCase, version: Procedure, offices: OfficeTree): Why {
  const facts = factsUnder(past, version, offices);
  const evaluation = evaluate(version.criteria, otherwiseOf(version), facts, version.facts);
  return { decisive: evaluation.decisive, articles: articlesOf(evaluation) };
}

function factsUnder(past: PastCase, version: Procedure, offices: OfficeTree): Facts {
  const established: { [fact: Code]: { value: FactValue; evidence: readonly [] } } = {};
  for (const [fact, value] of Object.entries(past.facts)) established[fact] = { value, evidence: [] };
  return factsKnown(established, version, caseDays(past, past.determinedAt, offices));
}

/** The articles on which the outcome rests: those of the true parts of its proof. */
function articlesOf({ outcome, proofs }: Evaluation): readonly string[] {
  const held = proofs.find((proof) => proof.outcome === outcome && proof.proof.truth === true);
  return held === undefined ? [] : [...new Set(trueArticles(held.proof))];
}

function trueArticles({ truth, basis, children = [] }: Proof): readonly string[] {
  if (truth !== true) return [];
  return [...(basis === undefined ? [] : [`${basis.act} ${basis.article}`]), ...children.flatMap(trueArticles)];
}
