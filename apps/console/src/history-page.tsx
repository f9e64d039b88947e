/** The case as it was known on a date: a track of its events to step along, and a watermark so that nobody takes it for now. */
import { Button, Skeleton, TextInput } from '@mantine/core';
import { IconChevronLeft, IconChevronRight } from '@tabler/icons-react';
import { Link, useParams, useSearchParams } from 'react-router';
import { formatInstant, parseDay, startOfDay } from '#domain/calendar/day.js';
import { dateIn } from '#domain/case/clock-events.js';
import type { InstantAt } from '#domain/event.js';
import { type CaseView, type HistoryItem, useCase, useHistory } from './api.js';
import { CaseBody, CaseHead } from './case-page.js';
import { Clocks } from './clocks.js';
import { useCaseNames } from './names.js';
import { Timeline } from './timeline.js';
import { Trouble } from './trouble.js';
import { HOME_ZONE, useSpeech } from './words.js';

export function HistoryPage() {
  const { t } = useSpeech();
  const { caseId = '' } = useParams();
  const present = useCase(caseId);
  const history = useHistory(caseId, present.data?.position);
  const error = present.error ?? history.error;
  if (error !== null) return <Trouble error={error} />;
  if (present.data === undefined || history.data === undefined) return <Skeleton height={400} aria-label={t('app.loading')} />;
  return <Past present={present.data} items={history.data} />;
}

function Past({ present, items }: { readonly present: CaseView; readonly items: readonly HistoryItem[] }) {
  const { t, moment, language } = useSpeech();
  const { zone = HOME_ZONE, sentence } = useCaseNames(present);
  const [query, setQuery] = useSearchParams();
  // One stop for each act: the events of one append were recorded at one instant.
  const stops = [...new Set(items.map((item) => item.recordedAt))].sort();
  const asked = query.get('pada') ?? stops.at(-1) ?? present.openedAt;
  const stop = stops.findLastIndex((at) => at <= asked);
  const go = (at: InstantAt | undefined): void => {
    if (at !== undefined) setQuery({ pada: at }, { replace: true });
  };
  const known = useCase(present.caseId, stop < 0 ? undefined : asked);
  const happened = items.filter((item) => item.recordedAt === stops[stop]);
  const mark = t('history.mark', { at: moment(asked, zone) });
  return (
    <div className="past">
      <CaseHead
        view={known.data ?? present}
        aside={
          <Button component={Link} to={`/perkara/${present.caseId}`} size="xs" variant="default" className="no-print">
            {t('case.now')}
          </Button>
        }
      />
      <section className="panel track" aria-labelledby="track">
        <h2 id="track">{t('history.title')}</h2>
        <p className="watermark-line" role="status">
          {stop < 0 ? t('history.before') : mark}
        </p>
        <div className="row no-print">
          <Button
            size="xs"
            variant="default"
            disabled={stop <= 0}
            leftSection={<IconChevronLeft size={15} aria-hidden />}
            onClick={() => go(stops[stop - 1])}
          >
            {t('history.previous')}
          </Button>
          <input
            type="range"
            className="stops"
            aria-label={t('history.bar')}
            aria-valuetext={`${t('history.step', { n: stop + 1, total: stops.length })}: ${happened.map(sentence).join(' ')}`}
            min={0}
            max={Math.max(0, stops.length - 1)}
            value={Math.max(0, stop)}
            onChange={({ currentTarget: { value } }) => go(stops[Number(value)])}
          />
          <Button
            size="xs"
            variant="default"
            disabled={stop >= stops.length - 1}
            rightSection={<IconChevronRight size={15} aria-hidden />}
            onClick={() => go(stops[stop + 1])}
          >
            {t('history.next')}
          </Button>
          <TextInput
            type="date"
            size="xs"
            lang={language}
            label={t('history.date')}
            value={dateIn(zone, asked)}
            onChange={({ currentTarget: { value } }) => {
              // The whole day is known: up to the last act recorded on it, or its end where there was none.
              if (value !== '') go(stops.findLast((at) => dateIn(zone, at) === value) ?? endOf(value, zone));
            }}
          />
        </div>
        <p className="dim tight">
          {t('history.step', { n: stop + 1, total: stops.length })}. {happened.map(sentence).join(' ')}
        </p>
      </section>
      {known.error !== null && <Trouble error={known.error} />}
      {stop >= 0 && known.data !== undefined && (
        <div className="case">
          <div className="watermark" aria-hidden="true" data-at={moment(asked, zone)} />
          <div className="case-due">
            <Clocks view={known.data} />
          </div>
          <div className="case-file">
            <CaseBody view={known.data} />
            <Timeline view={known.data} items={items.filter((item) => item.recordedAt <= asked)} error={null} />
          </div>
        </div>
      )}
    </div>
  );
}

/** The last millisecond of a date. */
function endOf(date: string, zone: string): InstantAt {
  return formatInstant(startOfDay(parseDay(date) + 1, zone) - 1);
}
