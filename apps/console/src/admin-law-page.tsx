/** The law as data: the calendar, tried before it is published; procedures from draft over review by another to publication, simulated over past cases. */
import { Button, FileInput, JsonInput, Skeleton } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Fragment, useRef, useState } from 'react';
import { Link } from 'react-router';
import type { Calendar, CalendarChange } from '#domain/calendar/calendar.js';
import type { RecordedDue } from '#domain/case/events.js';
import { referenceOf } from '#domain/case/reference.js';
import type { DraftedProcedure } from '#domain/procedure/lifecycle.js';
import { nameOfFact, outcomeNameIn } from '#domain/procedure/procedure.js';
import { AdminPlaces } from './admin-places.js';
import { answered, client, useRegister } from './api.js';
import { may, useWho } from './frame.js';
import { SendFault, useSend } from './send.js';
import { PageTitle, Trouble } from './trouble.js';
import { useSpeech } from './words.js';

export function AdminLawPage() {
  const { t } = useSpeech();
  return (
    <>
      <PageTitle>{t('admin.law')}</PageTitle>
      <AdminPlaces />
      <CalendarPanel />
      <ProceduresPanel />
    </>
  );
}

interface DryRun {
  readonly version: number;
  readonly changes: readonly CalendarChange[];
  readonly cases: number;
  readonly clocks: number;
  readonly moved: readonly {
    readonly caseId: string;
    readonly reference: string;
    readonly clockId: string;
    readonly clock: string;
    readonly before: RecordedDue;
    readonly due: RecordedDue;
    readonly fellDue: boolean;
    readonly fallsDue: boolean;
    readonly decrees: readonly string[];
    readonly days: readonly string[];
  }[];
  readonly actedEarly: number;
  /** Where the law has acted, and by these years would not have yet. */
  readonly early: readonly {
    readonly caseId: string;
    readonly reference: string;
    readonly clockId: string;
    readonly clock: string;
    readonly before: RecordedDue;
    readonly due: { readonly dueOn: string };
    readonly decrees: readonly string[];
  }[];
}

const MOST_SHOWN = 50;

function CalendarPanel() {
  const { t, day, code } = useSpeech();
  const { officeName } = useRegister();
  const clockName = useClockName();
  const queries = useQueryClient();
  const { data, error } = useQuery({
    queryKey: ['calendar'],
    queryFn: () => answered<Calendar>(client.GET('/calendar')),
  });
  const [years, setYears] = useState('');
  const [tried, setTried] = useState<{ readonly years: string; readonly run: DryRun }>();
  const [published, setPublished] = useState<number>();
  const key = useRef(crypto.randomUUID());
  const bodyOf = (text: string): Record<string, never> => JSON.parse(text);
  const trying = useSend(async (text: string) => {
    setPublished(undefined);
    setTried({ years: text, run: await answered<DryRun>(client.POST('/calendar/dry-run', { body: bodyOf(text) })) });
  });
  const publishing = useSend(async (text: string) => {
    const { version } = await answered<{ readonly version: number }>(
      client.POST('/calendar', { params: { header: { 'Idempotency-Key': key.current } }, body: bodyOf(text) }),
    );
    key.current = crypto.randomUUID();
    setTried(undefined);
    setPublished(version);
    await queries.invalidateQueries({ queryKey: ['calendar'] });
  });
  const isJson = isObject(years);
  return (
    <section className="panel law-panel" aria-labelledby="calendar">
      <h2 id="calendar">{t('calendar.title')}</h2>
      {error !== null && <Trouble error={error} />}
      {data === undefined && error === null && <Skeleton height={120} aria-label={t('app.loading')} />}
      {data !== undefined && (
        <table className="list">
          <caption className="hidden">{t('calendar.title')}</caption>
          <thead>
            <tr>
              <th scope="col">{t('calendar.year')}</th>
              <th scope="col">{t('calendar.decree')}</th>
              <th scope="col">{t('calendar.days')}</th>
            </tr>
          </thead>
          <tbody>
            {Object.entries(data.years).map(
              ([year, { decree, confidence, holidays, collectiveLeave, provisional, local = [] }]) => (
                <Fragment key={year}>
                  <tr>
                    <td>
                      <span>{year}</span>
                    </td>
                    <td>
                      <span>{decree}</span>
                      <span className="dim">
                        {code(confidence)}
                        {provisional === true && ` · ${t('calendar.provisional')}`}
                      </span>
                    </td>
                    <td>{t('calendar.counts', { holidays: holidays.length, leave: collectiveLeave.length })}</td>
                  </tr>
                  {local.map((one) => (
                    <tr key={one.office}>
                      <td>
                        <span>{year}</span>
                        <span className="dim">{officeName(one.office)}</span>
                      </td>
                      <td>
                        <span>{one.decree}</span>
                        <span className="dim">{code(one.confidence)}</span>
                      </td>
                      <td>
                        {t('calendar.localCounts', { holidays: one.holidays.length, leave: one.collectiveLeave.length })}
                        <span className="dim">{[...one.holidays, ...one.collectiveLeave].map((on) => day(on)).join(', ')}</span>
                      </td>
                    </tr>
                  ))}
                </Fragment>
              ),
            )}
          </tbody>
        </table>
      )}
      <div className="act-form no-print">
        <JsonInput
          label={t('calendar.new')}
          description={<code>{t('calendar.shape')}</code>}
          autosize
          minRows={4}
          maxRows={16}
          value={years}
          onChange={setYears}
          error={years !== '' && !isJson ? t('calendar.notJson') : undefined}
        />
        {!trying.busy && !publishing.busy && <SendFault fault={trying.fault ?? publishing.fault} />}
        <div className="row">
          <Button size="xs" variant="default" disabled={!isJson} loading={trying.busy} onClick={() => void trying.run(years)}>
            {t('calendar.try')}
          </Button>
          <Button
            size="xs"
            disabled={tried?.years !== years}
            loading={publishing.busy}
            onClick={() => void publishing.run(years)}
          >
            {t('calendar.publish')}
          </Button>
        </div>
        {published !== undefined && (
          <p role="status" className="done">
            {t('calendar.published', { version: published })}
          </p>
        )}
        {tried !== undefined && tried.years === years && (
          <div role="status">
            <ul>
              {tried.run.changes.map((one) => (
                <li key={`${one.year} ${one.office ?? ''}`}>
                  <strong>
                    {one.year} {one.office !== undefined && officeName(one.office)}
                  </strong>{' '}
                  ({one.decree}):{' '}
                  {[
                    ...(one.added.length > 0 ? [t('calendar.adds', { days: one.added.map((on) => day(on)).join(', ') })] : []),
                    ...(one.removed.length > 0
                      ? [t('calendar.leavesOut', { days: one.removed.map((on) => day(on)).join(', ') })]
                      : []),
                  ].join('; ') || t('calendar.asExpected')}
                </li>
              ))}
            </ul>
            <p className="outcome">{t('calendar.moves', { clocks: tried.run.clocks, cases: tried.run.cases })}</p>
            <ul>
              {tried.run.moved.slice(0, MOST_SHOWN).map((one) => (
                <li key={`${one.caseId} ${one.clockId}`}>
                  <span className="reference">{one.reference}</span> {clockName(one.clock)}:{' '}
                  {one.before.dueOn === undefined ? '–' : day(one.before.dueOn)} →{' '}
                  {one.due.dueOn === undefined ? '–' : day(one.due.dueOn)}{' '}
                  <span className="dim">
                    {[...one.days.map((on) => day(on)), ...one.decrees].join(', ')}
                    {one.fallsDue && (
                      <strong className="alert">
                        {' · '}
                        {t(one.due.law === undefined ? 'calendar.fallsDue' : 'calendar.lawActs')}
                      </strong>
                    )}
                    {one.fellDue && ` · ${t('calendar.fellDue')}`}
                  </span>
                </li>
              ))}
            </ul>
            {tried.run.clocks > MOST_SHOWN && (
              <p className="dim">{t('calendar.first', { n: MOST_SHOWN, all: tried.run.clocks })}</p>
            )}
            {tried.run.actedEarly > 0 && (
              <>
                <p className="outcome alert">{t('calendar.acted', { n: tried.run.actedEarly })}</p>
                <ul>
                  {tried.run.early.slice(0, MOST_SHOWN).map((one) => (
                    <li key={`${one.caseId} ${one.clockId}`}>
                      <span className="reference">{one.reference}</span> {clockName(one.clock)}:{' '}
                      {t('calendar.actedOn', {
                        acted: one.before.dueOn === undefined ? '–' : day(one.before.dueOn),
                        due: day(one.due.dueOn),
                      })}{' '}
                      <span className="dim">{one.decrees.join(', ')}</span>
                    </li>
                  ))}
                </ul>
                {tried.run.actedEarly > MOST_SHOWN && (
                  <p className="dim">{t('calendar.first', { n: MOST_SHOWN, all: tried.run.actedEarly })}</p>
                )}
              </>
            )}
          </div>
        )}
      </div>
    </section>
  );
}

/** Of a clock of any procedure, by the newest version that has it. */
function useClockName(): (code: string) => string {
  const { say } = useSpeech();
  const { procedures } = useRegister();
  return (code) => {
    const known = procedures.flatMap(({ clocks }) => clocks).findLast((clock) => clock.code === code);
    return known === undefined ? code : say(known.name);
  };
}

function isObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}

function ProceduresPanel() {
  const { t, say } = useSpeech();
  const { procedures } = useRegister();
  const queries = useQueryClient();
  const { data, error } = useQuery({
    queryKey: ['drafts'],
    queryFn: () => answered<{ readonly items: readonly DraftedProcedure[] }>(client.GET('/procedures/drafts')),
  });
  const [file, setFile] = useState<File | null>(null);
  const [isJson, setIsJson] = useState(true);
  const choose = async (chosen: File | null): Promise<void> => {
    setFile(chosen);
    setIsJson(chosen === null || isObject(await chosen.text()));
  };
  const [sent, setSent] = useState<string>();
  const [published, setPublished] = useState<string>();
  const key = useRef(crypto.randomUUID());
  const send = useSend(async (chosen: File) => {
    setSent(undefined);
    setPublished(undefined);
    const text = await chosen.text();
    const { code, version } = await answered<{ readonly code: string; readonly version: string }>(
      client.POST('/procedures/drafts', {
        params: { header: { 'Idempotency-Key': key.current } },
        body: '' as never,
        bodySerializer: () => text,
        headers: { 'Content-Type': 'application/json' },
      }),
    );
    key.current = crypto.randomUUID();
    setSent(`${code} ${version}`);
    setFile(null);
    await queries.invalidateQueries({ queryKey: ['drafts'] });
  });
  return (
    <section className="panel law-panel" aria-labelledby="procedures">
      <h2 id="procedures">{t('law.procedures')}</h2>
      {error !== null && <Trouble error={error} />}
      <h3>{t('law.drafts')}</h3>
      {data?.items.length === 0 && <p className="dim">{t('law.noDrafts')}</p>}
      {data?.items.map((draft) => (
        <Draft key={`${draft.code} ${draft.version}`} draft={draft} onPublished={setPublished} />
      ))}
      {published !== undefined && (
        <p role="status" className="done">
          {t('law.nowPublished', { version: published })}
        </p>
      )}
      <div className="act-form no-print">
        <FileInput
          size="xs"
          accept="application/json"
          label={t('law.file')}
          description={t('law.fileHint')}
          value={file}
          onChange={(chosen) => void choose(chosen)}
          error={isJson ? undefined : t('calendar.notJson')}
        />
        {!send.busy && <SendFault fault={send.fault} />}
        {sent !== undefined && (
          <p role="status" className="done">
            {t('law.drafted', { version: sent })}
          </p>
        )}
        <Button
          size="xs"
          variant="default"
          disabled={file === null || !isJson}
          loading={send.busy}
          onClick={() => file !== null && void send.run(file)}
        >
          {t('law.draft')}
        </Button>
      </div>
      <h3>{t('law.published')}</h3>
      <table className="list">
        <thead>
          <tr>
            <th scope="col">{t('case.pinned')}</th>
            <th scope="col">{t('field.version')}</th>
            <th scope="col">{t('law.numbers')}</th>
          </tr>
        </thead>
        <tbody>
          {procedures.map(({ code, version, name, sha256, clocks }) => (
            <tr key={sha256}>
              <td>
                <span>{code}</span>
                <span className="dim">{say(name)}</span>
              </td>
              <td>
                <span>{version}</span>
                <span className="dim">{sha256.slice(0, 12)}</span>
              </td>
              <td>
                {clocks.map((clock) => (
                  <span key={clock.code}>
                    {say(clock.name)} · {t(`clocks.confidence.${clock.confidence}`)}
                  </span>
                ))}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

interface Simulated {
  readonly cases: number;
  readonly differing: number;
  readonly changes: { readonly [change: string]: number };
  readonly differences: readonly {
    readonly caseId: string;
    readonly determined: string;
    readonly derived?: string;
    readonly would?: string;
    readonly why: { readonly decisive: readonly string[]; readonly articles: readonly string[] };
  }[];
}

interface DraftShown {
  readonly draft: DraftedProcedure;
  /** It is no draft any more then, and gone from here. */
  readonly onPublished: (version: string) => void;
}

function Draft({ draft, onPublished }: DraftShown) {
  const { t, say } = useSpeech();
  const who = useWho();
  const { officialName, procedures } = useRegister();
  const outcome = (code: string): string =>
    say(outcomeNameIn([...procedures.filter((one) => one.code === draft.code), draft], code));
  // Each change is `one → other`, an outcome on either side.
  const changeInWords = (change: string): string => change.split(' → ').map(outcome).join(' → ');
  const queries = useQueryClient();
  const [simulated, setSimulated] = useState<Simulated>();
  const key = useRef(crypto.randomUUID());
  const path = { code: draft.code, version: draft.version };
  const send = useSend(async (what: 'review' | 'publish') => {
    const params = { path, header: { 'Idempotency-Key': key.current } };
    const body = { sha256: draft.sha256 };
    await answered(
      what === 'review'
        ? client.POST('/procedures/{code}/versions/{version}/review', { params, body })
        : client.POST('/procedures/{code}/versions/{version}/publish', { params, body }),
    );
    key.current = crypto.randomUUID();
    if (what === 'publish') onPublished(`${draft.code} ${draft.version}`);
    await Promise.all([
      queries.invalidateQueries({ queryKey: ['drafts'] }),
      queries.invalidateQueries({ queryKey: ['procedures'] }),
    ]);
  });
  const simulating = useSend(async (at: typeof path) => {
    setSimulated(
      await answered<Simulated>(client.GET('/procedures/{code}/versions/{version}/simulation', { params: { path: at } })),
    );
  });
  return (
    <div className="draft">
      <p className="tight">
        <strong>
          {draft.code} {draft.version}
        </strong>{' '}
        {say(draft.name)}
        <span className="dim">
          {' '}
          · {t('law.draftedBy', { who: officialName(draft.draftedBy) })}
          {draft.reviewedBy !== undefined && ` · ${t('law.reviewedBy', { who: officialName(draft.reviewedBy) })}`}
        </span>
      </p>
      <div className="row no-print">
        <Button size="xs" variant="default" loading={simulating.busy} onClick={() => void simulating.run(path)}>
          {t('law.simulate')}
        </Button>
        <Button
          size="xs"
          variant="default"
          disabled={draft.reviewedBy !== undefined || draft.draftedBy === who.official.id}
          loading={send.busy}
          onClick={() => void send.run('review')}
        >
          {t('law.review')}
        </Button>
        <Button size="xs" disabled={draft.reviewedBy === undefined} loading={send.busy} onClick={() => void send.run('publish')}>
          {t('law.publish')}
        </Button>
      </div>
      {draft.reviewedBy === undefined && draft.draftedBy === who.official.id && <p className="dim tight">{t('law.another')}</p>}
      <SendFault fault={send.fault ?? simulating.fault} />
      {simulated !== undefined && (
        <div role="status">
          <p className="outcome">{t('law.simulated', { cases: simulated.cases, differing: simulated.differing })}</p>
          <ul>
            {Object.entries(simulated.changes).map(([change, count]) => (
              <li key={change}>
                {changeInWords(change)}: {count}
              </li>
            ))}
          </ul>
          {simulated.differences.slice(0, 20).map(({ caseId, determined, would, why }) => (
            <p key={caseId} className="tight">
              {/* An administrator reads no cases: the page would say that there is none. */}
              {may(who, 'FindCases') ? (
                <Link className="reference" to={`/perkara/${caseId}`}>
                  {referenceOf(caseId)}
                </Link>
              ) : (
                <span className="reference">{referenceOf(caseId)}</span>
              )}{' '}
              {outcome(determined)} → {would === undefined ? '?' : outcome(would)}{' '}
              <span className="dim">
                {[...why.articles, ...why.decisive.map((fact) => say(nameOfFact(draft, fact)))].join(', ')}
              </span>
            </p>
          ))}
        </div>
      )}
    </div>
  );
}
