/** What is known, on which papers, under which article; and of what is not known, what could still change the outcome. */
import { IconCheck, IconHelp, IconMinus, IconX } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import type { EvidenceItem } from '#domain/case/state.js';
import type { FactValue, Proof } from '#domain/procedure/rules.js';
import { type CaseView, useDocuments } from './api.js';
import { type CaseNames, useCaseNames } from './names.js';
import { useSpeech } from './words.js';

export function Facts({ view }: { readonly view: CaseView }) {
  const { t } = useSpeech();
  const names = useCaseNames(view);
  if (view.evaluation === undefined) return <Recorded view={view} />;
  const { decisive, unknown, outcome, proofs } = view.evaluation;
  const implied = new Map(proofs.flatMap(({ proof }) => impliedIn(proof)));
  const found = view.findings.filter((finding) => !unknown.includes(finding.fact) && !implied.has(finding.fact));
  const known = [...found, ...implied.values()];
  const rest = unknown.filter((fact) => !decisive.includes(fact));
  return (
    <section className="panel" aria-labelledby="facts">
      <h2 id="facts">{t('facts.title')}</h2>
      {decisive.length > 0 && (
        <>
          <h3>{t('facts.decisive', { n: decisive.length })}</h3>
          <p className="dim tight">{t('facts.decisiveHint')}</p>
          <ul className="facts">
            {decisive.map((fact) => (
              <Fact key={fact} icon={<IconHelp size={16} aria-hidden />} fact={fact} view={view} names={names} mark />
            ))}
          </ul>
        </>
      )}
      {known.length > 0 && (
        <>
          <h3>{t('facts.known', { n: known.length })}</h3>
          <ul className="facts">
            {known.map(({ fact, value, ...grounds }) => (
              <Fact key={fact} icon={<IconCheck size={16} aria-hidden />} fact={fact} view={view} names={names}>
                <strong>{names.answer(value)}</strong>
                <span className="dim"> · {t('facts.by', { evidence: names.grounds(grounds) })}</span>
              </Fact>
            ))}
          </ul>
        </>
      )}
      {rest.length > 0 && (
        <details>
          <summary>{t(outcome === undefined ? 'facts.open' : 'facts.settled', { n: rest.length })}</summary>
          <ul className="facts">
            {rest.map((fact) => (
              <Fact key={fact} icon={<IconMinus size={16} aria-hidden />} fact={fact} view={view} names={names} />
            ))}
          </ul>
        </details>
      )}
    </section>
  );
}

/** Where answers are withheld: which questions were answered and on which papers, and not what the answers are. */
function Recorded({ view }: { readonly view: CaseView }) {
  const { t } = useSpeech();
  const names = useCaseNames(view);
  if (view.shown !== 'withheld' || view.findings.length === 0) return null;
  return (
    <section className="panel" aria-labelledby="facts">
      <h2 id="facts">{t('facts.title')}</h2>
      <h3>{t('facts.recorded', { n: view.findings.length })}</h3>
      <p className="dim tight">{t('facts.withheld')}</p>
      <ul className="facts">
        {view.findings.map(({ fact, evidence }) => (
          <Fact key={fact} icon={<IconCheck size={16} aria-hidden />} fact={fact} view={view} names={names}>
            <span className="dim">{t('facts.by', { evidence: names.grounds({ evidence }) })}</span>
          </Fact>
        ))}
      </ul>
    </section>
  );
}

/** The facts that dates answered, by their codes. */
function impliedIn({ fact, value, evidence = [], from, children = [] }: Proof): readonly (readonly [string, Implied])[] {
  if (fact !== undefined && value !== undefined && from !== undefined) return [[fact, { fact, value, evidence, from }]];
  return children.flatMap(impliedIn);
}

interface Implied {
  readonly fact: string;
  readonly value: FactValue;
  readonly evidence: readonly string[];
  readonly from: NonNullable<Proof['from']>;
}

interface FactLine {
  readonly icon: ReactNode;
  readonly fact: string;
  readonly view: CaseView;
  readonly names: CaseNames;
  readonly mark?: boolean;
  readonly children?: ReactNode;
}

function Fact({ icon, fact, view, names, mark = false, children }: FactLine) {
  const { t, cite } = useSpeech();
  const definition = names.fact(fact);
  const unsettled = children === undefined && view.findings.some((finding) => finding.fact === fact);
  return (
    <li className={mark ? 'decisive' : undefined}>
      {icon}
      <div>
        {names.question(fact)} {mark && <em className="mark-word">{t('facts.mark')}</em>}
        {children !== undefined && <div>{children}</div>}
        {unsettled && <div className="dim">{t('facts.notStanding')}</div>}
      </div>
      {definition !== undefined && <span className="article">{cite(definition.basis)}</span>}
    </li>
  );
}

const STATUS_ICONS = { received: IconHelp, verified: IconCheck, rejected: IconX } as const;

export function Evidence({ view }: { readonly view: CaseView }) {
  const { t, say, cite, day, code } = useSpeech();
  const names = useCaseNames(view);
  const kept = useDocuments(
    view.caseId,
    view.evidence.some(({ sha256 }) => sha256 !== undefined),
  );
  if (names.procedure?.kind !== 'determination') return null;
  const missing = names.procedure.evidence.filter(
    (kind) => kind.required && !view.evidence.some((item) => item.evidence === kind.code && item.status !== 'rejected'),
  );
  const requested = view.requested.filter((kind) => !missing.some((m) => m.code === kind));
  const nothing = [view.evidence, view.interviews, view.consultations, missing, requested].every((list) => list.length === 0);
  return (
    <section className="panel" aria-labelledby="evidence">
      <h2 id="evidence">{t('evidence.title')}</h2>
      {nothing && <p className="dim">{t('evidence.none')}</p>}
      <ul className="facts">
        {missing.map((kind) => (
          <li key={kind.code} className="decisive">
            <IconMinus size={16} aria-hidden />
            <div>
              {say(kind.name)} <em className="mark-word">{t('evidence.missing')}</em>
              {view.requested.includes(kind.code) && <div className="dim">{t('evidence.requested')}</div>}
            </div>
            <span className="article">{cite(kind.basis)}</span>
          </li>
        ))}
        {requested.map((kind) => (
          <li key={kind}>
            <IconMinus size={16} aria-hidden />
            <div>
              {say(names.kindOf(kind)?.name ?? { id: kind, en: kind })} · {t('evidence.requested')}
            </div>
          </li>
        ))}
        {view.evidence.map((item) => (
          <Paper key={item.evidenceId} item={item} caseId={view.caseId} names={names} kept={kept} />
        ))}
        {view.interviews.map((interview) => (
          <li key={interview.interviewId}>
            <IconCheck size={16} aria-hidden />
            <div>
              {t('interview.of', { date: day(interview.heldOn) })}
              {interview.notes !== undefined && <div className="said">{interview.notes}</div>}
            </div>
          </li>
        ))}
        {view.consultations.map((consultation) => (
          <li key={consultation.consultationId}>
            {consultation.answeredOn === undefined ? <IconHelp size={16} aria-hidden /> : <IconCheck size={16} aria-hidden />}
            <div>
              {code(consultation.agency)} ·{' '}
              {consultation.answeredOn === undefined ? t('consult.open') : day(consultation.answeredOn)}
              {consultation.question !== undefined && <div className="dim">{consultation.question}</div>}
              {consultation.reply !== undefined && <div className="said">{consultation.reply}</div>}
            </div>
          </li>
        ))}
      </ul>
    </section>
  );
}

interface PaperLine {
  readonly item: EvidenceItem;
  readonly caseId: string;
  /** Asked for once by the list: there may be hundreds of papers. */
  readonly names: CaseNames;
  /** The documents that may be opened, by hash. */
  readonly kept: ReadonlySet<string>;
}

function Paper({ item, caseId, names, kept }: PaperLine) {
  const { t, say, cite } = useSpeech();
  const kind = names.kindOf(item.evidence);
  const Icon = STATUS_ICONS[item.status];
  const details = [item.number, item.issuer].filter((said) => said !== undefined);
  return (
    <li>
      <Icon size={16} aria-hidden />
      <div>
        {names.paper(item.evidenceId)}
        {details.length > 0 && <span className="dim"> · {details.join(', ')}</span>}
        {item.sha256 !== undefined && kept.has(item.sha256) && (
          <>
            {' · '}
            <a href={`/cases/${caseId}/documents/${item.sha256}`} download>
              {t('document.open')}
            </a>
          </>
        )}
        <div className="dim">
          {kind === undefined ? item.evidence : say(kind.name)} · <strong>{t(`evidence.${item.status}`)}</strong>
          {kind !== undefined && kind.establishes.length > 0 && (
            <> · {t('evidence.serves', { facts: kind.establishes.map(names.question).join(' ') })}</>
          )}
        </div>
      </div>
      {kind !== undefined && <span className="article">{cite(kind.basis)}</span>}
    </li>
  );
}
