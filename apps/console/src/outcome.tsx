/** The outcome that the rules derive, with its proof; and beside it what was recommended or determined, differences marked. */
import { Alert } from '@mantine/core';
import { IconArrowsDiff, IconEqual } from '@tabler/icons-react';
import { Link } from 'react-router';
import type { Evaluation, Proof } from '#domain/procedure/rules.js';
import type { CaseView } from './api.js';
import { type CaseNames, useCaseNames } from './names.js';
import { useSpeech } from './words.js';

export function Outcome({ view }: { readonly view: CaseView }) {
  const { t, day, moment, code } = useSpeech();
  const names = useCaseNames(view);
  const { progress } = view;
  const judged = view.evaluation !== undefined || (view.shown === 'withheld' && view.imported === undefined);
  return (
    <>
      {'determination' in progress && progress.determination !== undefined && (
        <section className="panel" aria-labelledby="determined">
          <h2 id="determined">{t('determined.title')}</h2>
          <p className="outcome">{names.outcome(progress.determination.outcome)}</p>
          <p className="dim tight">
            {t(progress.determination.bySilence === undefined ? 'determined.by' : 'determined.bySilence', {
              by: names.register.officialName(progress.determination.by),
              office: names.register.officeName(progress.determination.authority.office),
              date: moment(progress.determination.at, names.zone),
            })}
            {'service' in progress && ` · ${day(progress.service.servedOn)}`}
          </p>
          {progress.determination.reason !== undefined && <p className="said">{progress.determination.reason}</p>}
        </section>
      )}
      {'lapse' in progress && progress.lapse !== undefined && (
        <section className="panel" aria-labelledby="lapsed">
          <h2 id="lapsed">{t('lapsed.title')}</h2>
          {progress.lapse.outcome !== undefined && <p className="outcome">{names.outcome(progress.lapse.outcome)}</p>}
          <p className="dim tight">{t('lapsed.at', { date: moment(progress.lapse.at, names.zone) })}</p>
        </section>
      )}
      {view.links.length > 0 && (
        <section className="panel" aria-labelledby="links">
          <h2 id="links">{t('links.title')}</h2>
          <ul className="plain">
            {view.links.map((link) => (
              <li key={link.other}>
                <Link to={`/perkara/${link.other}`}>{link.procedure}</Link> · {code(link.remedy ?? link.relation)}
              </li>
            ))}
          </ul>
        </section>
      )}
      {judged && view.stage !== 'review' && (
        <section className="panel" aria-labelledby="outcome">
          <h2 id="outcome">{t('outcome.title')}</h2>
          <Derived view={view} />
          <ProofOf view={view} />
        </section>
      )}
    </>
  );
}

/** In review: the recommendation on the left, what the rules derive on the right. */
export function Review({ view }: { readonly view: CaseView }) {
  const { t, moment } = useSpeech();
  const names = useCaseNames(view);
  if (view.progress.stage !== 'review' || (view.evaluation === undefined && view.shown !== 'withheld')) return null;
  const { recommendation } = view.progress;
  const derived = view.evaluation?.outcome;
  const same = recommendation.outcome === derived;
  return (
    <section className="panel" aria-labelledby="review">
      <h2 id="review">{t('review.title')}</h2>
      <p className="dim tight">{t('review.at', { office: names.register.officeName(recommendation.reviewOffice) })}</p>
      {view.evaluation !== undefined && (
        <Alert
          {...(same ? { className: 'calm' } : {})}
          icon={same ? <IconEqual aria-hidden /> : <IconArrowsDiff aria-hidden />}
          my="sm"
        >
          {same ? t('review.same') : t('review.differs')}
          {recommendation.derived !== undefined && recommendation.derived !== derived && (
            <> {t('review.changed', { outcome: names.outcome(recommendation.derived) })}</>
          )}
        </Alert>
      )}
      <div className="beside">
        <div>
          <h3>{t('review.recommended')}</h3>
          <p className="outcome">{names.outcome(recommendation.outcome)}</p>
          <p className="dim tight">
            {names.register.officialName(recommendation.by)}, {moment(recommendation.at, names.zone)}
          </p>
          {recommendation.reason !== undefined && <p className="said">{recommendation.reason}</p>}
          {recommendation.unknown.length > 0 && (
            <details>
              <summary>
                {t('review.unknown')} ({recommendation.unknown.length})
              </summary>
              <ul className="plain">
                {recommendation.unknown.map((fact) => (
                  <li key={fact}>{names.question(fact)}</li>
                ))}
              </ul>
            </details>
          )}
        </div>
        <div>
          <h3>{t('review.derived')}</h3>
          <Derived view={view} />
        </div>
      </div>
      <ProofOf view={view} />
    </section>
  );
}

function Derived({ view }: { readonly view: CaseView }) {
  const { t } = useSpeech();
  const names = useCaseNames(view);
  const { evaluation } = view;
  if (evaluation === undefined) return <p className="dim tight">{t('outcome.withheld')}</p>;
  const { outcome, possible } = evaluation;
  const deciding = decidingProof(evaluation);
  return (
    <>
      <p className="outcome">{outcome === undefined ? t('outcome.unsettled') : names.outcome(outcome)}</p>
      {outcome === undefined && (
        <p className="tight">
          {t('outcome.possible')} {possible.map(names.outcome).join('; ')}.
        </p>
      )}
      {outcome !== undefined && deciding === undefined && <p className="dim tight">{t('outcome.otherwise')}</p>}
    </>
  );
}

function ProofOf({ view }: { readonly view: CaseView }) {
  const { t } = useSpeech();
  const names = useCaseNames(view);
  if (view.evaluation === undefined) return null;
  const { proofs } = view.evaluation;
  const deciding = decidingProof(view.evaluation);
  return (
    <details>
      <summary>{t('outcome.proof')}</summary>
      <ul className="proof">
        {(deciding === undefined ? proofs : [deciding]).map(({ outcome: of, proof }, rule) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: two rules may lead to one outcome, and rules never change their order
          <li key={rule}>
            <strong>{names.outcome(of)}</strong>
            <ul>
              <ProofNode proof={proof} names={names} />
            </ul>
          </li>
        ))}
      </ul>
    </details>
  );
}

function decidingProof({ outcome, proofs }: Evaluation): Evaluation['proofs'][number] | undefined {
  return proofs.find((p) => p.outcome === outcome && p.proof.truth === true);
}

/** Of a node that is settled, the parts that settle it; the others would not change it whatever they said. */
function carrying({ kind, truth, children = [] }: Proof): readonly Proof[] {
  const settledBy = (kind === 'any' && truth === true) || (kind === 'all' && truth === false) ? truth : undefined;
  return settledBy === undefined ? children : children.filter((child) => child.truth === settledBy);
}

const SIGNS = { true: '✓', false: '✗', unknown: '?' } as const;

function ProofNode({ proof, names }: { readonly proof: Proof; readonly names: CaseNames }) {
  const { t, cite } = useSpeech();
  const truth = String(proof.truth) as keyof typeof SIGNS;
  return (
    <li className={`truth-${truth}`}>
      <span aria-hidden="true" className="sign">
        {SIGNS[truth]}
      </span>
      <span className="hidden">{t(`truth.${truth}`)}: </span>
      {proof.kind === 'fact' ? (
        <>
          {names.question(proof.fact ?? '')} {testInWords(proof.test ?? {}, names.answer)}
          {proof.value !== undefined && (
            <span className="dim">
              {' '}
              · <strong>{names.answer(proof.value)}</strong> ({names.grounds(proof)})
            </span>
          )}
        </>
      ) : (
        <span className="dim">{t(`proof.${proof.kind}`)}</span>
      )}
      {proof.basis !== undefined && <span className="article">{cite(proof.basis)}</span>}
      {proof.children !== undefined && (
        <ul>
          {carrying(proof).map((child, part) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: the parts of a condition have no names and never change their order
            <ProofNode key={part} proof={child} names={names} />
          ))}
        </ul>
      )}
    </li>
  );
}

const COMPARISONS: { readonly [comparison: string]: string } = {
  is: '=',
  isNot: '≠',
  in: '∈',
  before: '<',
  onOrAfter: '≥',
  atLeast: '≥',
  lessThan: '<',
};

function testInWords(test: { readonly [comparison: string]: unknown }, answer: (value: string) => string): string {
  return Object.entries(test)
    .map(
      ([comparison, operand]) =>
        `${COMPARISONS[comparison] ?? comparison} ${[operand]
          .flat()
          .map((o) => answer(String(o)))
          .join(', ')}`,
    )
    .join(', ');
}
