/** One case: what is due and why, what is known and what decides, what can be done and why not, and everything that happened. */
import { Alert, Button, Skeleton } from '@mantine/core';
import { IconAlertTriangle, IconFileText, IconHistory, IconPrinter, IconShieldLock, IconUserOff } from '@tabler/icons-react';
import { useEffect } from 'react';
import { Link, useParams } from 'react-router';
import { stageNames } from '#domain/case/state.js';
import { Acts } from './acts.js';
import { type CaseView, startCase, useCase, useHistory, useLetters } from './api.js';
import { Clocks } from './clocks.js';
import { Custody } from './custody.js';
import { Evidence, Facts } from './facts.js';
import { may, useWho } from './frame.js';
import { BreakGlass } from './glass.js';
import { useCaseNames } from './names.js';
import { CaseTrouble } from './not-here.js';
import { Notes } from './notes.js';
import { Outcome, Review } from './outcome.js';
import { PersonMatches } from './person.js';
import { Timeline } from './timeline.js';
import { PageTitle } from './trouble.js';
import { useSpeech } from './words.js';

export function CasePage() {
  const { t } = useSpeech();
  const { caseId = '' } = useParams();
  const { data: view, error, refetch } = useCase(caseId);
  useEffect(() => startCase(caseId), [caseId]);
  if (view !== undefined) return <Present view={view} />;
  return error === null ? (
    <Skeleton height={400} aria-label={t('app.loading')} />
  ) : (
    <CaseTrouble error={error} retry={() => void refetch()} />
  );
}

/** What the person is given in writing, to be opened and printed. */
function Letters({ view }: { readonly view: CaseView }) {
  const { t, say, moment } = useSpeech();
  const { zone } = useCaseNames(view);
  const { data } = useLetters(view.caseId, view.revision);
  if (data === undefined || data.items.length === 0) return null;
  return (
    <section className="panel no-print" aria-labelledby="letters">
      <h2 id="letters">{t('letters.title')}</h2>
      <ul className="facts">
        {data.items.map(({ revision, code, name, at, stands }) => (
          <li key={`${revision} ${code}`}>
            <IconFileText size={16} aria-hidden />
            <div>
              <a href={`/cases/${view.caseId}/letters/${revision}/${code}`} download>
                {say(name)}
              </a>
              <div className="dim">
                {moment(at, zone)} · <strong>{t(stands ? 'letters.stands' : 'letters.revoked')}</strong>
              </div>
            </div>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Present({ view }: { readonly view: CaseView }) {
  const { t } = useSpeech();
  const who = useWho();
  return (
    <>
      <CaseHead
        view={view}
        aside={
          <div className="row no-print">
            <Button
              component={Link}
              to={`/perkara/${view.caseId}/riwayat`}
              size="xs"
              variant="default"
              leftSection={<IconHistory size={15} aria-hidden />}
            >
              {t('case.history')}
            </Button>
            {view.subjectId !== undefined && may(who, 'FindDestructions') && (
              <Button
                component={Link}
                to={`/data-pribadi/${view.subjectId}`}
                size="xs"
                variant="default"
                leftSection={<IconUserOff size={15} aria-hidden />}
              >
                {t('nav.data')}
              </Button>
            )}
            <Button
              size="xs"
              variant="default"
              leftSection={<IconPrinter size={15} aria-hidden />}
              onClick={() => window.print()}
            >
              {t('case.print')}
            </Button>
          </div>
        }
      />
      <div className="case">
        <div className="case-acts">
          <Acts view={view} />
        </div>
        <div className="case-due">
          <Clocks view={view} />
        </div>
        <div className="case-file">
          {view.shown === 'withheld' && <BreakGlass caseId={view.caseId} />}
          {view.subjectId !== undefined && <PersonMatches caseId={view.caseId} />}
          <CaseBody view={view} />
          <Notes view={view} />
          <Letters view={view} />
          <History view={view} />
        </div>
      </div>
    </>
  );
}

/** By itself, so that the page is not drawn anew when it comes. */
function History({ view }: { readonly view: CaseView }) {
  const { data, error } = useHistory(view.caseId, view.position);
  return <Timeline view={view} items={data} error={error} />;
}

/** What is known and what follows from it; the same for now and for another date. */
export function CaseBody({ view }: { readonly view: CaseView }) {
  return (
    <>
      <Review view={view} />
      <Outcome view={view} />
      <Facts view={view} />
      <Evidence view={view} />
      <Custody view={view} />
    </>
  );
}

export function CaseHead({ view, aside }: { readonly view: CaseView; readonly aside: React.ReactNode }) {
  const { t, say, moment, cite } = useSpeech();
  const { register, zone } = useCaseNames(view);
  const { subject } = view;
  const about = [subject?.born === undefined ? undefined : t('case.born', { born: subject.born }), subject?.birthPlace].filter(
    (said) => said !== undefined,
  );
  return (
    <div className="case-head">
      <PageTitle aside={aside}>{`${view.procedure.code} · ${view.reference}`}</PageTitle>
      {view.imported === undefined && (
        <p className="subject">
          <strong>{subject?.name ?? t(view.shown === 'withheld' ? 'case.withheld' : 'case.unnamed')}</strong>
          {about.length > 0 && ` · ${about.join(', ')}`}
        </p>
      )}
      {view.parked !== undefined && (
        <Alert
          className="bad"
          icon={<IconAlertTriangle aria-hidden />}
          title={t('case.parked', { since: moment(view.parked.since, zone) })}
          my="sm"
        >
          {say(view.parked.reason)}
        </Alert>
      )}
      {view.blocks.map((block) => (
        <Alert key={block.by} icon={<IconShieldLock aria-hidden />} my="sm">
          {say(block.rejection.reason)}
          {block.rejection.legalBasis !== undefined && (
            <span className="article">{block.rejection.legalBasis.map(cite).join('; ')}</span>
          )}
        </Alert>
      ))}
      <dl className="marks">
        <div>
          <dt>{t('case.stage')}</dt>
          <dd>
            <strong>{say(stageNames[view.stage])}</strong>
          </dd>
        </div>
        <div>
          <dt>{t('case.pinned')}</dt>
          <dd title={view.procedure.sha256}>
            {say(view.procedureName)} · {view.procedure.version}
          </dd>
        </div>
        <div>
          <dt>{t('case.office')}</dt>
          <dd>{register.officeName(view.office)}</dd>
        </div>
        <div>
          <dt>{t('case.officer')}</dt>
          <dd>{view.officer === undefined ? t('work.unassigned') : register.officialName(view.officer)}</dd>
        </div>
        <div>
          <dt>{t('case.opened')}</dt>
          <dd>{moment(view.openedAt, zone)}</dd>
        </div>
        {view.intake !== undefined && (
          <div>
            <dt>{t('case.takenIn')}</dt>
            <dd title={view.intake.sha256}>{moment(view.intake.takenAt, zone)}</dd>
          </div>
        )}
        {view.authority.length > 0 && (
          <div>
            <dt>{t('case.authority')}</dt>
            <dd>
              {view.authority.map(({ office, decides }, step) => (
                <span key={office}>
                  {step > 0 && ' → '}
                  {decides ? (
                    <strong>{`${register.officeName(office)} (${t('case.decides')})`}</strong>
                  ) : (
                    register.officeName(office)
                  )}
                </span>
              ))}
            </dd>
          </div>
        )}
      </dl>
    </div>
  );
}
