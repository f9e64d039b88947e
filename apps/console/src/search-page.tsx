/** What the one box found: cases, persons and letters, each with why. A name stands there only where it may be shown. */
import { Skeleton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import { Link, useNavigate, useOutletContext } from 'react-router';
import { type Stage, stageNames } from '#domain/case/state.js';
import type { Id, InstantAt, Text } from '#domain/event.js';
import { answered, client, lastWrite, useRegister } from './api.js';
import { useRowKeys } from './keyboard.js';
import type { Asking } from './search-box.js';
import { PageTitle, Trouble } from './trouble.js';
import { useSpeech, type WordKey } from './words.js';

interface CaseInList {
  readonly caseId: Id;
  readonly reference: string;
  readonly procedure: string;
  readonly office: string;
  readonly stage: Stage;
}
interface Result {
  readonly shown: 'own-work' | 'break-glass' | 'withheld';
  readonly found: readonly { readonly how: 'named' | 'same' | 'near' | 'mentioned'; readonly text: Text }[];
}
type CaseResult = Result & CaseInList & { readonly kind: 'case'; readonly name?: string; readonly openedAt: InstantAt };
type PersonResult = Result & {
  readonly kind: 'person';
  readonly personId: Id;
  readonly names?: readonly string[];
  readonly cases: readonly CaseInList[];
};
type LetterResult = Result &
  CaseInList & {
    readonly kind: 'letter';
    readonly revision: number;
    readonly code: string;
    readonly name: Text;
    readonly number: string;
    readonly at: InstantAt;
    readonly stands: boolean;
  };

interface Results {
  readonly items: readonly (CaseResult | PersonResult | LetterResult)[];
  /** There are more than are shown. */
  readonly more: boolean;
}

export function SearchPage() {
  const { t } = useSpeech();
  const navigate = useNavigate();
  const { asked, ask } = useOutletContext<Asking>();
  const { data, error, refetch } = useQuery({
    queryKey: ['search', asked],
    enabled: asked !== '',
    // Each search is a record: what was found is not asked for again by itself.
    staleTime: 60_000,
    refetchOnWindowFocus: false,
    queryFn: () => answered<Results>(client.POST('/search', { params: { query: lastWrite() }, body: { words: asked } })),
  });
  useRowKeys();
  const only = onlyCase(data);
  // Whoever types a reference wants that case.
  useEffect(() => {
    if (only === undefined) return;
    ask('');
    void navigate(`/perkara/${only}`, { replace: true });
  }, [only, ask, navigate]);
  const letters = data?.items.filter((item) => item.kind === 'letter') ?? [];
  const cases = data?.items.filter((item) => item.kind === 'case') ?? [];
  const persons = data?.items.filter((item) => item.kind === 'person') ?? [];
  return (
    <>
      <PageTitle>{t('search.title')}</PageTitle>
      {error !== null && <Trouble error={error} retry={() => void refetch()} />}
      {asked !== '' && data === undefined && error === null && <Skeleton height={220} aria-label={t('app.loading')} />}
      {asked !== '' && data !== undefined && only === undefined && (
        <p role="status">{t(data.items.length === 0 ? 'search.none' : 'search.count', { n: data.items.length, asked })}</p>
      )}
      {(asked === '' || data?.items.length === 0) && <Advice />}
      {letters.length > 0 && <Letters letters={letters} />}
      {cases.length > 0 && only === undefined && <Cases cases={cases} />}
      {persons.length > 0 && <Persons persons={persons} />}
      {data?.more && <p className="dim">{t('search.more')}</p>}
    </>
  );
}

/** The one case that a reference names, where nothing else was found. */
function onlyCase(data: Results | undefined): Id | undefined {
  const [item, another] = data?.items ?? [];
  if (item?.kind !== 'case' || another !== undefined) return undefined;
  return item.found.some(({ how }) => how === 'named') ? item.caseId : undefined;
}

const ADVICE: readonly WordKey[] = ['search.byName', 'search.byNumber', 'search.byCase', 'search.byLetter', 'search.whole'];

function Advice() {
  const { t } = useSpeech();
  return (
    <div className="empty">
      <p>{t('search.advice')}</p>
      <ul>
        {ADVICE.map((way) => (
          <li key={way}>{t(way)}</li>
        ))}
      </ul>
      <p className="dim">{t('search.recorded')}</p>
    </div>
  );
}

function Cases({ cases }: { readonly cases: readonly CaseResult[] }) {
  const { t, say } = useSpeech();
  const { officeName } = useRegister();
  return (
    <section className="panel" aria-labelledby="found-cases">
      <h2 id="found-cases">{t('search.cases', { n: cases.length })}</h2>
      <table className="list">
        <thead>
          <tr>
            <th scope="col">{t('work.case')}</th>
            <th scope="col">{t('search.name')}</th>
            <th scope="col">{t('search.where')}</th>
            <th scope="col">{t('search.why')}</th>
          </tr>
        </thead>
        <tbody>
          {cases.map((item) => (
            <tr key={item.caseId}>
              <td>
                <CaseLink item={item} />
              </td>
              <td className="as-written">
                {item.name === undefined ? <Withheld shown={item.shown} /> : <span>{item.name}</span>}
              </td>
              <td>
                <span>{say(stageNames[item.stage])}</span>
                <span className="dim">{officeName(item.office)}</span>
              </td>
              <td className="as-written">
                <Why found={item.found} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Persons({ persons }: { readonly persons: readonly PersonResult[] }) {
  const { t } = useSpeech();
  return (
    <section className="panel" aria-labelledby="found-persons">
      <h2 id="found-persons">{t('search.persons', { n: persons.length })}</h2>
      <table className="list">
        <thead>
          <tr>
            <th scope="col">{t('search.name')}</th>
            <th scope="col">{t('search.theirCases')}</th>
            <th scope="col">{t('search.why')}</th>
          </tr>
        </thead>
        <tbody>
          {persons.map((item) => (
            <tr key={item.personId}>
              <td className="as-written">
                {item.names === undefined ? <Withheld shown={item.shown} /> : <span>{item.names.join(' · ')}</span>}
              </td>
              <td>
                {item.cases.map((one) => (
                  <CaseLink key={one.caseId} item={one} />
                ))}
              </td>
              <td className="as-written">
                <Why found={item.found} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Letters({ letters }: { readonly letters: readonly LetterResult[] }) {
  const { t, say, moment } = useSpeech();
  const { zoneOf } = useRegister();
  return (
    <section className="panel" aria-labelledby="found-letters">
      <h2 id="found-letters">{t('search.letters', { n: letters.length })}</h2>
      <table className="list">
        <thead>
          <tr>
            <th scope="col">{t('search.letter')}</th>
            <th scope="col">{t('work.case')}</th>
            <th scope="col">{t('search.why')}</th>
          </tr>
        </thead>
        <tbody>
          {letters.map((item) => (
            <tr key={`${item.revision} ${item.code}`}>
              <td>
                <span>
                  {say(item.name)}, {item.number}
                </span>
                <span className="dim">
                  {moment(item.at, zoneOf(item.office))} · {t(item.stands ? 'letters.stands' : 'letters.revoked')}
                </span>
              </td>
              <td>
                <CaseLink item={item} />
              </td>
              <td className="as-written">
                <Why found={item.found} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function CaseLink({ item }: { readonly item: CaseInList }) {
  return (
    <span>
      <Link className="reference row-link" to={`/perkara/${item.caseId}`}>
        {item.reference}
      </Link>{' '}
      <span className="dim">{item.procedure}</span>
    </span>
  );
}

function Withheld({ shown }: Pick<Result, 'shown'>) {
  const { t } = useSpeech();
  return <span className="dim">{t(shown === 'withheld' ? 'search.withheld' : 'search.noName')}</span>;
}

function Why({ found }: Pick<Result, 'found'>) {
  const { say } = useSpeech();
  return found.map(({ how, text }) => (
    <span key={text.en} className={how === 'near' || how === 'mentioned' ? 'dim' : undefined}>
      {say(text)}
    </span>
  ));
}
