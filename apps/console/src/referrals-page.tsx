/** What posts and villages have told of someone and waits for the office: signs of trafficking first. */
import { Skeleton } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { useReferrals, useRegister } from './api.js';
import { PageTitle, Trouble } from './trouble.js';
import { useSpeech } from './words.js';

export function ReferralsPage() {
  const { t, say, code, moment } = useSpeech();
  const { officeName, officialName, zoneOf } = useRegister();
  const { data, error, refetch } = useReferrals();
  return (
    <>
      <PageTitle>{t('referrals.title')}</PageTitle>
      {error !== null && <Trouble error={error} retry={() => void refetch()} />}
      {data === undefined && error === null && <Skeleton height={220} aria-label={t('app.loading')} />}
      {data?.items.length === 0 && <p className="empty">{t('referrals.empty')}</p>}
      {data !== undefined && data.items.length > 0 && (
        <table className="list">
          <thead>
            <tr>
              <th scope="col">{t('referrals.from')}</th>
              <th scope="col">{t('case.office')}</th>
              <th scope="col">{t('referrals.received')}</th>
            </tr>
          </thead>
          <tbody>
            {data.items.map((item) => (
              <tr key={item.referralId}>
                <td>
                  {code(item.channel)} <span className="dim">{item.area}</span>
                  {item.alerts.map((alert) => (
                    <strong key={alert.id} className="alert">
                      <IconAlertTriangle size={14} aria-hidden /> {say(alert)}
                    </strong>
                  ))}
                </td>
                <td>{officeName(item.office)}</td>
                <td>
                  {moment(item.receivedAt, zoneOf(item.office))} <span className="dim">{officialName(item.receivedBy)}</span>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </>
  );
}
