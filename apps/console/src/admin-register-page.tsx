/** Offices as they stood on a date, and people with the roles they held. */
import { Skeleton, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useSearchParams } from 'react-router';
import { dateIn } from '#domain/case/clock-events.js';
import { coversDate, type Office, parentOf } from '#domain/office/office.js';
import { AdminPeople } from './admin-people.js';
import { AdminPlaces } from './admin-places.js';
import { answered, client } from './api.js';
import { useWho } from './frame.js';
import { PageTitle, Trouble } from './trouble.js';
import { HOME_ZONE, useSpeech } from './words.js';

export function AdminRegisterPage() {
  const { t, language } = useSpeech();
  const who = useWho();
  const [query, setQuery] = useSearchParams();
  const on = query.get('pada') ?? dateIn(HOME_ZONE, who.now);
  const { data, error } = useQuery({
    queryKey: ['offices'],
    queryFn: () => answered<{ readonly items: readonly Office[] }>(client.GET('/offices')),
  });
  const standing = (data?.items ?? []).filter((one) =>
    coversDate({ from: one.effectiveFrom ?? null, to: one.effectiveTo ?? null }, on),
  );
  return (
    <>
      <PageTitle>{t('admin.register')}</PageTitle>
      <AdminPlaces />
      {error !== null && <Trouble error={error} />}
      <section className="panel" aria-labelledby="offices">
        <h2 id="offices">{t('admin.offices')}</h2>
        <div className="row filters no-print">
          <TextInput
            type="date"
            size="xs"
            lang={language}
            label={t('admin.on')}
            value={on}
            onChange={({ currentTarget: { value } }) => setQuery(value === '' ? {} : { pada: value }, { replace: true })}
          />
        </div>
        {data === undefined ? (
          <Skeleton height={220} aria-label={t('app.loading')} />
        ) : (
          <Tree offices={standing} of={undefined} on={on} />
        )}
      </section>
      <AdminPeople on={on} offices={data?.items ?? []} />
    </>
  );
}

/** Offices below one, each with those below it; on the date asked about. */
function Tree({
  offices,
  of,
  on,
}: {
  readonly offices: readonly Office[];
  readonly of: string | undefined;
  readonly on: string;
}) {
  const tree = new Map(offices.map((office) => [office.code, office]));
  const here = offices.filter(({ code }) => parentOf(tree, code, on) === of);
  if (here.length === 0) return null;
  return (
    <ul className="tree">
      {here.map(({ code, name }) => (
        <li key={code}>
          {name} <span className="dim">{code}</span>
          <Tree offices={offices} of={code} on={on} />
        </li>
      ))}
    </ul>
  );
}
