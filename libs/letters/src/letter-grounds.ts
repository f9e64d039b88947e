/** The grounds of a decision as a person reads them: each question with its answer under the article that asks it, and nothing of how rules are written. */
import { type AskedOn, answerText } from '#domain/case/case-facts.js';
import { partsThatSettle, provenBy } from '#domain/case/explain-determination.js';
import { evaluateCase } from '#domain/case/policies.js';
import { type CaseFile, determinationOf } from '#domain/case/state.js';
import type { Citation, Id } from '#domain/event.js';
import type { Procedure } from '#domain/procedure/procedure.js';
import type { FactValue, Proof } from '#domain/procedure/rules.js';

/** A step of the proof with its article and papers, or what is missing; the outermost first. */
export interface Ground {
  readonly depth: number;
  readonly text: string;
  readonly article?: string;
  readonly papers: readonly string[];
}

/**
 * What carries the outcome that was determined. Where the rules lead elsewhere, or to it only because nothing else holds, the grounds are what the
 * official gave: a proof of another outcome is none of this one.
 */
export function decisionGrounds(
  state: CaseFile,
  { procedure, ...asked }: AskedOn & { readonly procedure: Procedure },
): readonly Ground[] {
  const determination = determinationOf(state);
  const evaluation = evaluateCase(state, procedure, asked);
  const { outcome, proofs } = evaluation;
  const proven = provenBy(evaluation);
  // Settled whatever the rest is: of what would prove it, what is known.
  const carrying = proven.length > 0 ? proven : proofs.filter((one) => one.outcome === outcome && one.proof.truth === 'unknown');
  const grounds =
    outcome === determination?.outcome ? carrying.flatMap(({ proof }) => linesOf(proof, true, { procedure, state })) : [];
  if (grounds.length > 0) return grounds;
  const text = determination?.reason ?? 'Tidak ada dasar untuk penetapan lain yang terbukti';
  return [{ depth: 0, text, papers: [] }];
}

interface About {
  readonly procedure: Procedure;
  readonly state: CaseFile;
}

/**
 * The answers say by themselves what is denied and what goes together; an article that asks several questions stands above them. `sought`: the truth
 * that carries the outcome here; it turns under a denial.
 */
function linesOf(proof: Proof, sought: boolean, about: About): readonly Ground[] {
  if (proof.kind === 'fact') return proof.value === undefined ? [] : [factLine(proof, proof.value, about)];
  const below = proof.kind === 'not' ? !sought : sought;
  const parts = partsThatSettle(proof).filter(({ truth }) => proof.truth !== 'unknown' || truth !== !below);
  const lines = parts.flatMap((part) => linesOf(part, below, about));
  if (proof.basis === undefined) return lines;
  const article = cited(proof.basis);
  const [first] = lines;
  // One question bears the article itself; what stands under a narrower article needs no wider one.
  if (first !== undefined && lines.filter(({ depth }) => depth === 0).length === 1)
    return lines.length === 1 ? [{ article, ...first }] : lines;
  if (lines.length === 0) return [];
  return [{ depth: 0, text: article, papers: [] }, ...lines.map((line) => ({ ...line, depth: line.depth + 1 }))];
}

function factLine({ fact = '', evidence = [], basis }: Proof, value: FactValue, { procedure, state }: About): Ground {
  const question = procedure.facts[fact]?.question.id ?? fact;
  return {
    depth: 0,
    text: `${question} ${capital(answerText(value).id)}`,
    ...(basis === undefined ? {} : { article: cited(basis) }),
    papers: evidence.flatMap((evidenceId) => paperOf(evidenceId, state)),
  };
}

function paperOf(evidenceId: Id, state: CaseFile): readonly string[] {
  const item = state.evidence.find((one) => one.evidenceId === evidenceId);
  if (item !== undefined)
    return [[item.title ?? evidenceId, item.number, item.issuer].filter((said) => said !== undefined).join(', ')];
  return state.interviews.some((one) => one.interviewId === evidenceId) ? ['wawancara'] : [];
}

export function cited({ act, article }: Citation): string {
  return article === '–' || article === '' ? act : `${act} Pasal ${article}`;
}

export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
