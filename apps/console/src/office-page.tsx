/** The office at a glance, for those who answer for it: what the law does next, who carries how much, and what is late. */
import { Skeleton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from 'react-router';
import type { Id } from '#domain/event.js';
import { answered, client, lastWrite, useRegister } from './api.js';
import { may, useWho } from './frame.js';
import { LawQueue } from './law-queue.js';
import { PageTitle, Trouble } from './trouble.js';
import { useSpeech } from './words.js';

interface Load {
  readonly office: string;
  readonly officer: Id | null;
  readonly open: number;
  readonly overdue: number;
  readonly dueSoon: number;
  readonly lawActed: number;
  readonly inReview: number;
}
const COUNTS = ['open', 'overdue', 'dueSoon', 'lawActed', 'inReview'] as const;

export function OfficePage() {
  const { t } = useSpeech();
  const who = useWho();
  const { data, error, refetch } = useQuery({
    queryKey: ['load', lastWrite().atLeastPosition],
    queryFn: () => answered<{ readonly items: readonly Load[] }>(client.GET('/reports/load')),
    refetchInterval: 60_000,
  });
  return (
    <>
      <PageTitle>{t('office.title')}</PageTitle>
      {may(who, 'FindCases') && <LawQueue />}
      {error !== null && <Trouble error={error} retry={() => void refetch()} />}
      {data === undefined && error === null && <Skeleton height={220} aria-label={t('app.loading')} />}
      {data?.items.length === 0 && <p className="empty">{t('office.empty')}</p>}
      {data !== undefined && data.items.length > 0 && <Loads items={data.items} />}
      <p>
        <Link to="/laporan">{t('office.report')}</Link>
      </p>
    </>
  );
}

function Loads({ items }: { readonly items: readonly Load[] }) {
  const { t } = useSpeech();
  const { officeName, officialName } = useRegister();
  const offices = [...Map.groupBy(items, ({ office }) => office)];
  const most = Math.max(...items.map(({ open }) => open));
  return (
    <table className="list numbers">
      <caption className="hidden">{t('office.load')}</caption>
      <thead>
        <tr>
          <th scope="col">{t('work.officer')}</th>
          {COUNTS.map((count) => (
            <th key={count} scope="col">
              {t(`office.${count}`)}
            </th>
          ))}
        </tr>
      </thead>
      {offices.map(([office, loads]) => (
        <tbody key={office}>
          <tr className="group-head">
            <th scope="rowgroup" colSpan={COUNTS.length + 1}>
              {officeName(office)}
            </th>
          </tr>
          {loads.map((load) => (
            <tr key={load.officer ?? ''}>
              <th scope="row">{load.officer === null ? t('work.unassigned') : officialName(load.officer)}</th>
              {COUNTS.map((count) => (
                <td key={count} data-label={t(`office.${count}`)}>
                  {load[count]}
                  {count === 'open' && <meter className="bar-of" min={0} max={most} value={load.open} aria-hidden="true" />}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      ))}
    </table>
  );
}
