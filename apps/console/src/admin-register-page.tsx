/** Offices as they stood on a date, and people with the roles they hold today. */
import { Skeleton, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useSearchParams } from 'react-router';
import { dateIn } from '#domain/case/clock-events.js';
import { coversDate, type Office, parentOf } from '#domain/office/office.js';
import { roleNames } from '#domain/office/official.js';
import { AdminPlaces } from './admin-places.js';
import { answered, client, useRegister } from './api.js';
import { useWho } from './frame.js';
import { PageTitle, Trouble } from './trouble.js';
import { HOME_ZONE, useSpeech } from './words.js';

export function AdminRegisterPage() {
  const { t, say, language } = useSpeech();
  const who = useWho();
  const [query, setQuery] = useSearchParams();
  const { officials, officeName } = useRegister();
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
        <div className="filters no-print">
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
      <section className="panel people" aria-labelledby="people">
        <h2 id="people">{t('admin.people', { n: officials.length })}</h2>
        <table className="list">
          <thead>
            <tr>
              <th scope="col">{t('admin.name')}</th>
              <th scope="col">{t('admin.roles')}</th>
            </tr>
          </thead>
          <tbody>
            {officials.map(({ id, name, capacities }) => (
              <tr key={id}>
                <td>
                  <span>{name}</span>
                  <span className="dim">{id}</span>
                </td>
                <td>
                  {capacities.length === 0 && <span className="dim">{t('admin.noRole')}</span>}
                  {capacities.map(({ role, office, actingFor }) => (
                    <span key={`${role} ${office}`}>
                      {say(roleNames[role])}, {officeName(office)}
                      {actingFor !== undefined && ` (${t('app.actingFor', { holder: actingFor })})`}
                    </span>
                  ))}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
        <p className="dim">{t('admin.peopleBy')}</p>
      </section>
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
