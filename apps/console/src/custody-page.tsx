/** Originals of persons that offices hold, those held longest first: whose case, since when, against which receipt. */
import { Link } from 'react-router';
import { parseDay } from '#domain/calendar/day.js';
import { dateIn } from '#domain/case/clock-events.js';
import type { Code, DateOn, Id } from '#domain/event.js';
import { answered, client, lastWrite, useRegister } from './api.js';
import { useWho } from './frame.js';
import { PagedList, Statuses, usePages, useStatus } from './paged-list.js';
import { PageTitle } from './trouble.js';
import { HOME_ZONE, useSpeech } from './words.js';

const STATES = ['held', 'returned'] as const;

interface CustodyItem {
  readonly caseId: Id;
  readonly custodyId: Id;
  readonly reference: string;
  readonly receipt: Code;
  readonly paper: Code;
  readonly office: Code;
  readonly takenOn: DateOn;
  readonly takenBy: Id;
  readonly returnedOn: DateOn | null;
  readonly returnedTo: Code | null;
  readonly returnedBy: Id | null;
}

export function CustodyPage() {
  const { t } = useSpeech();
  const state = useStatus(STATES);
  const list = usePages(['custody', state], (after) =>
    answered<{ readonly items: readonly CustodyItem[]; readonly next?: string }>(
      client.GET('/custody', { params: { query: { returned: String(state === 'returned'), ...after, ...lastWrite() } } }),
    ),
  );
  return (
    <>
      <PageTitle
        aside={<Statuses statuses={STATES} status={state} which={t('custody.which')} label={(one) => t(`custody.${one}`)} />}
      >
        {t('custody.title')}
      </PageTitle>
      <PagedList list={list} empty={t(`custody.empty.${state}`)}>
        {(items) => (
          <table className="list">
            <thead>
              <tr>
                <th scope="col">{t('work.case')}</th>
                <th scope="col">{t('field.original')}</th>
                <th scope="col">{t('custody.where')}</th>
                <th scope="col">{t(state === 'held' ? 'custody.heldSince' : 'custody.returned')}</th>
              </tr>
            </thead>
            <tbody>
              {items.map((item) => (
                <Row key={`${item.caseId} ${item.custodyId}`} item={item} />
              ))}
            </tbody>
          </table>
        )}
      </PagedList>
    </>
  );
}

function Row({ item }: { readonly item: CustodyItem }) {
  const { t, day, code } = useSpeech();
  const who = useWho();
  const { officeName, officialName, zoneOf } = useRegister();
  const today = dateIn(zoneOf(item.office) ?? HOME_ZONE, who.now);
  return (
    <tr>
      <td>
        <Link className="reference" to={`/perkara/${item.caseId}`}>
          {item.reference}
        </Link>
        <span className="dim">{t('custody.receipt', { receipt: `${item.reference}/${item.receipt}` })}</span>
      </td>
      <td>
        <span>{code(item.paper)}</span>
      </td>
      <td>
        <span>{officeName(item.office)}</span>
        <span className="dim">{officialName(item.takenBy)}</span>
      </td>
      <td>
        {item.returnedOn === null ? (
          <>
            <span>{day(item.takenOn)}</span>
            <span className="dim">{t('custody.days', { n: parseDay(today) - parseDay(item.takenOn) })}</span>
          </>
        ) : (
          <>
            <span>{day(item.returnedOn)}</span>
            <span className="dim">
              {item.returnedTo !== null && code(item.returnedTo)}
              {item.returnedBy !== null && ` · ${officialName(item.returnedBy)}`}
            </span>
          </>
        )}
      </td>
    </tr>
  );
}
