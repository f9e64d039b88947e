/** How the house does: read models near the log, who looks for missed deadlines, and what was set aside. */
import { Skeleton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { Id, InstantAt, Text } from '#domain/event.js';
import { AdminPlaces } from './admin-places.js';
import { answered, client } from './api.js';
import { PageTitle, Trouble } from './trouble.js';
import { useSpeech } from './words.js';

interface Ready {
  readonly position: string;
  readonly lag: readonly {
    readonly name: string;
    readonly behind: number;
    readonly lagSeconds: number;
    readonly leader: string | null;
    readonly parked: number;
  }[];
  readonly sweep: { readonly ageSeconds: number; readonly late: boolean; readonly sweeps: number } | null;
}

interface ParkedItem {
  readonly projection: string;
  readonly caseId: Id;
  readonly stream: string;
  readonly revision: number;
  readonly type: string;
  readonly fault: string;
  readonly detail: string;
  readonly parkedAt: InstantAt;
  readonly reason: Text;
}

/** One event is set aside by every list that needs it: it is told once, with all of them. */
function byEvent(items: readonly ParkedItem[]) {
  const events = Map.groupBy(items, ({ stream, revision, fault, detail }) => [stream, revision, fault, detail].join(' '));
  return [...events.values()].flatMap((same) => {
    const [item] = same;
    return item === undefined ? [] : [{ item, lists: same.map(({ projection }) => projection) }];
  });
}

export function AdminHealthPage() {
  const { t, say, code, moment } = useSpeech();
  const ready = useQuery({
    queryKey: ['ready'],
    queryFn: () => answered<Ready>(client.GET('/health/ready')),
    refetchInterval: 10_000,
  });
  const parked = useQuery({
    queryKey: ['parked'],
    queryFn: () => answered<{ readonly items: readonly ParkedItem[] }>(client.GET('/parked')),
    refetchInterval: 10_000,
  });
  return (
    <>
      <PageTitle>{t('admin.health')}</PageTitle>
      <AdminPlaces />
      <section className="panel law-panel" aria-labelledby="ready">
        <h2 id="ready">{t('health.lists')}</h2>
        {ready.error !== null && <Trouble error={ready.error} retry={() => void ready.refetch()} />}
        {ready.data === undefined && ready.error === null && <Skeleton height={120} aria-label={t('app.loading')} />}
        {ready.data !== undefined && (
          <>
            <p className={ready.data.sweep?.late === false ? 'tight' : 'tight alert'}>
              {ready.data.sweep === null
                ? t('health.noSweep')
                : t(ready.data.sweep.late ? 'health.sweepLate' : 'health.sweep', {
                    seconds: Math.round(ready.data.sweep.ageSeconds),
                    n: ready.data.sweep.sweeps,
                  })}
            </p>
            <table className="list">
              <thead>
                <tr>
                  <th scope="col">{t('health.list')}</th>
                  <th scope="col">{t('health.state')}</th>
                  <th scope="col">{t('health.leader')}</th>
                </tr>
              </thead>
              <tbody>
                {ready.data.lag.map(({ name, behind, lagSeconds, leader, parked: aside }) => (
                  <tr key={name}>
                    <td>
                      <span>{code(name)}</span>
                    </td>
                    <td>
                      <span>{behind === 0 ? t('health.level') : t('health.behind', { seconds: Math.round(lagSeconds) })}</span>
                      {aside > 0 && <strong className="alert">{t('health.aside', { n: aside })}</strong>}
                    </td>
                    <td>
                      {leader === null ? (
                        <strong className="alert">{t('health.nobody')}</strong>
                      ) : (
                        <span>
                          {t('health.worker', { id: leader.replace(/^([0-9a-f]{8})(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, '$1') })}
                        </span>
                      )}
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </>
        )}
      </section>
      <section className="panel law-panel" aria-labelledby="parked">
        <h2 id="parked">{t('health.parked')}</h2>
        {parked.error !== null && <Trouble error={parked.error} />}
        {parked.data?.items.length === 0 && <p className="empty">{t('health.noParked')}</p>}
        {parked.data !== undefined && parked.data.items.length > 0 && (
          <>
            <table className="list">
              <thead>
                <tr>
                  <th scope="col">{t('health.stream')}</th>
                  <th scope="col">{t('health.list')}</th>
                  <th scope="col">{t('health.why')}</th>
                </tr>
              </thead>
              <tbody>
                {byEvent(parked.data.items).map(({ item, lists }) => (
                  <tr key={`${item.stream} ${item.revision} ${item.fault} ${item.detail}`}>
                    <td>
                      <code>{item.stream}</code>
                      <span className="dim">
                        <code>{item.type}</code>, {item.revision} · {moment(item.parkedAt)}
                      </span>
                    </td>
                    <td>
                      <span>{lists.map(code).join(', ')}</span>
                    </td>
                    <td>
                      <span>{say(item.reason)}</span>
                      <span className="dim">
                        <code>
                          {item.fault} {item.detail}
                        </code>
                      </span>
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
            <p className="dim">{t('health.replay')}</p>
          </>
        )}
      </section>
    </>
  );
}
