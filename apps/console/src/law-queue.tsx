/** For those who answer for others' cases, before all else: what lapses or is granted by silence next, first due first. */
import { Button, NativeSelect } from '@mantine/core';
import { IconScale } from '@tabler/icons-react';
import { useState } from 'react';
import { Link } from 'react-router';
import { roleName } from '#domain/office/official.js';
import { type LawClock, useLawQueue, useRegister } from './api.js';
import { Trouble } from './trouble.js';
import { useSpeech } from './words.js';

/** Days that one may look ahead. */
const USUAL = '30';
const HORIZONS = ['7', USUAL, '90', '365', 'all'];

/**
 * Nothing while nothing is due by law, however far ahead; what lies beyond the days one looks ahead is counted, what does not fit on the first
 * page is a press away, and what cannot be asked is said.
 */
export function LawQueue() {
  const { t } = useSpeech();
  const [days, setDays] = useState<string>(USUAL);
  const queue = useLawQueue(days);
  const beyond = queue.data?.pages[0]?.beyond ?? 0;
  const items = queue.data?.pages.flatMap((page) => page.items) ?? [];
  if (queue.error !== null && items.length === 0) return <Trouble error={queue.error} retry={() => void queue.refetch()} />;
  if (items.length === 0 && beyond === 0 && days === USUAL) return null;
  return (
    <section className="law-queue" aria-labelledby="law-queue">
      <h2 id="law-queue">
        <IconScale size={16} aria-hidden /> {t('law.title')}
      </h2>
      <div className="row no-print">
        <NativeSelect
          size="xs"
          label={t('law.horizon')}
          value={days}
          onChange={(event) => setDays(event.currentTarget.value)}
          data={HORIZONS.map((value) => ({ value, label: value === 'all' ? t('law.all') : t('law.days', { n: value }) }))}
        />
        {beyond > 0 && <p className="dim tight">{t('law.beyond', { n: beyond })}</p>}
      </div>
      {items.length === 0 ? (
        queue.data !== undefined && <p className="dim">{t('law.none')}</p>
      ) : (
        <table className="list">
          <thead>
            <tr>
              <th scope="col">{t('work.case')}</th>
              <th scope="col">{t('work.due')}</th>
              <th scope="col">{t('law.effect')}</th>
              <th scope="col">{t('inbox.answer')}</th>
            </tr>
          </thead>
          <tbody>
            {items.map((clock) => (
              <Row key={`${clock.caseId} ${clock.clockId}`} clock={clock} />
            ))}
          </tbody>
        </table>
      )}
      {queue.hasNextPage && (
        <div className="row more">
          <Button size="xs" variant="default" loading={queue.isFetchingNextPage} onClick={() => void queue.fetchNextPage()}>
            {t('inbox.more')}
          </Button>
        </div>
      )}
    </section>
  );
}

function Row({ clock }: { readonly clock: LawClock }) {
  const { t, say, day } = useSpeech();
  const { procedures, officeName, officialName } = useRegister();
  const versions = procedures.filter(({ code }) => code === clock.procedure);
  const name = versions.flatMap(({ clocks }) => clocks).findLast(({ code }) => code === clock.clock)?.name;
  const outcome = versions.flatMap(({ outcomes }) => outcomes).findLast(({ code }) => code === clock.lawOutcome)?.name;
  const toldRole = clock.toldRole === null ? null : say(roleName(clock.toldRole));
  return (
    <tr>
      <td>
        <Link className="reference" to={`/perkara/${clock.caseId}`}>
          {clock.reference}
        </Link>
        <span className="dim">
          {clock.procedure} · {officeName(clock.office)}
        </span>
      </td>
      <td>
        <strong>{clock.dueOn === null ? t('clocks.suspended') : day(clock.dueOn)}</strong>
        <span className="dim">{name === undefined ? clock.clock : say(name)}</span>
      </td>
      <td>
        <span>{t(`law.${clock.lawEffect}`)}</span>
        {outcome !== undefined && <span className="dim">{say(outcome)}</span>}
      </td>
      <td>
        {clock.acknowledgedBy === null ? (
          <span className="dim">{t('law.nobody')}</span>
        ) : (
          <span>{t('inbox.by', { official: officialName(clock.acknowledgedBy) })}</span>
        )}
        {toldRole !== null && <span className="dim">{t('law.told', { role: toldRole })}</span>}
      </td>
    </tr>
  );
}
