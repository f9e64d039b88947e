/** What another version of a procedure would have derived from what was established in a past case, and why it differs. */
import type { CaseEvent, CaseEventType } from '../case/events.js';
import { evaluateCase } from '../case/policies.js';
import { type CaseState, determinationOf, evolve } from '../case/state.js';
import type { Code, Id } from '../event.js';
import type { OfficeTree } from '../office/office.js';
import type { Procedure } from './procedure.js';
import type { Evaluation, Proof } from './rules.js';

/** The events that a case's facts and determination rest on: enough to fold it for a simulation. */
export const simulatedEvents: readonly CaseEventType[] = [
  'DraftOpened',
  'ApplicationLodged',
  'CaseMigrated',
  'EvidenceReceived',
  'EvidenceVerified',
  'EvidenceRejected',
  'InterviewRecorded',
  'FindingRecorded',
  'DeterminationApproved',
  'DeterminedOtherwise',
  'CaseReopened',
];

export interface SimulatedCase {
  readonly caseId: Id;
  /** The version that governed it. */
  readonly version: Code;
  /** What was determined. */
  readonly determined: Code;
  /** What its own version derives; undefined while decisive facts are unknown. */
  readonly derived: Code | undefined;
  /** What the other version derives. */
  readonly would: Code | undefined;
  /** Why it differs: the other version's decisive unknown facts, or the articles under which its outcome holds. */
  readonly why?: { readonly decisive: readonly Code[]; readonly articles: readonly string[] };
}

/** Undefined for a case without a determination, or whose own version is not known. */
export function simulate(
  past: { readonly caseId: Id; readonly events: readonly { readonly type: Code; readonly data: object }[] },
  pinnedBy: (pin: { readonly code: Code; readonly sha256: string }) => Procedure | undefined,
  other: Procedure,
  offices: OfficeTree,
): SimulatedCase | undefined {
  const state = past.events.reduce<CaseState>((folded, event) => evolve(folded, event as CaseEvent), undefined);
  const determination = state === undefined ? undefined : determinationOf(state);
  const own = state === undefined ? undefined : pinnedBy(state.procedure);
  if (state === undefined || determination === undefined || own === undefined) return undefined;
  const asked = { offices, at: determination.at };
  const before = evaluateCase(state, own, asked);
  const after = evaluateCase(state, other, asked);
  const { caseId } = past;
  const simulated = {
    caseId,
    version: own.version,
    determined: determination.outcome,
    derived: before.outcome,
    would: after.outcome,
  };
  return before.outcome === after.outcome
    ? simulated
    : { ...simulated, why: { decisive: after.decisive, articles: articlesOf(after) } };
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
