/** The case as it was known on one date and true on another: a track of its events to step along, a watermark, and what an auditor asks of it. */
import { Button, Skeleton, TextInput } from '@mantine/core';
import { IconChevronLeft, IconChevronRight } from '@tabler/icons-react';
import { Link, useParams, useSearchParams } from 'react-router';
import { dateIn } from '#domain/case/clock-events.js';
import type { InstantAt } from '#domain/event.js';
import { type CaseView, type HistoryItem, type Seen, useCase, useHistory } from './api.js';
import { CaseAudit } from './case-audit.js';
import { CaseBody, CaseHead } from './case-page.js';
import { Clocks } from './clocks.js';
import { Compare, endOf, knownBy } from './compare.js';
import { may, useWho } from './frame.js';
import { useShortcuts } from './keyboard.js';
import { useCaseNames } from './names.js';
import { CaseTrouble } from './not-here.js';
import { Timeline } from './timeline.js';
import { PageTitle, Trouble } from './trouble.js';
import { HOME_ZONE, useSpeech } from './words.js';

export function HistoryPage() {
  const { t } = useSpeech();
  const { caseId = '' } = useParams();
  const present = useCase(caseId);
  const history = useHistory(caseId, present.data?.position);
  const error = present.error ?? history.error;
  if (error !== null) return <CaseTrouble error={error} />;
  if (present.data === undefined || history.data === undefined) return <Skeleton height={400} aria-label={t('app.loading')} />;
  return <Past present={present.data} items={history.data} />;
}

function Past({ present, items }: { readonly present: CaseView; readonly items: readonly HistoryItem[] }) {
  const { t, moment, day, language } = useSpeech();
  const who = useWho();
  const { zone = HOME_ZONE, sentence } = useCaseNames(present);
  const [query, setQuery] = useSearchParams();
  // One stop for each act: the events of one append were recorded at one instant.
  const stops = [...new Set(items.map((item) => item.recordedAt))].sort();
  const last = stops.at(-1) ?? present.openedAt;
  // What will be known on a day to come nobody knows.
  const now = [who.now, last].sort().at(-1) ?? last;
  const asked = [query.get('pada') ?? last, now].sort()[0] ?? last;
  const effectiveOn = query.get('berlaku') ?? undefined;
  const stop = stops.findLastIndex((at) => at <= asked);
  const change = (name: string, value: string | undefined): void => {
    const changed = new URLSearchParams(query);
    if (value === undefined || value === '') changed.delete(name);
    else changed.set(name, value);
    setQuery(changed, { replace: true });
  };
  const go = (at: InstantAt | undefined): void => {
    if (at !== undefined) change('pada', at);
  };
  const back = (): void => go(stops[stop - 1]);
  const forth = (): void => go(stops[stop + 1]);
  useShortcuts({ ArrowLeft: back, ArrowRight: forth });
  const endOn = effectiveOn === undefined ? undefined : endOf(effectiveOn, zone);
  const shown = items.filter((item) => item.recordedAt <= asked && (endOn === undefined || item.effectiveAt <= endOn));
  const wasThere = shown.some(({ type }) => type === 'DraftOpened' || type === 'ImportedCaseOpened');
  const seen: Seen = { asOf: asked, ...(effectiveOn === undefined ? {} : { effectiveOn }) };
  const known = useCase(present.caseId, wasThere ? seen : undefined);
  const happened = items.filter((item) => item.recordedAt === stops[stop]);
  const at = moment(asked, zone);
  const mark = effectiveOn === undefined ? t('history.mark', { at }) : t('history.markTrue', { at, on: day(effectiveOn) });
  const toNow = (
    <Button component={Link} to={`/perkara/${present.caseId}`} size="xs" variant="default" className="no-print">
      {t('case.now')}
    </Button>
  );
  return (
    <div className="past">
      {wasThere ? (
        <CaseHead view={known.data ?? present} aside={toNow} />
      ) : (
        // Of a case that was not there yet nothing is said but which one it is.
        <PageTitle aside={toNow}>{`${present.procedure.code} · ${present.reference}`}</PageTitle>
      )}
      <section className="panel track" aria-labelledby="track">
        <h2 id="track">{t('history.title')}</h2>
        <p className="watermark-line" role="status">
          {wasThere ? mark : t('history.before')}
        </p>
        <div className="row no-print">
          <Button
            size="xs"
            variant="default"
            disabled={stop <= 0}
            leftSection={<IconChevronLeft size={15} aria-hidden />}
            onClick={back}
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
            onClick={forth}
          >
            {t('history.next')}
          </Button>
          <TextInput
            type="date"
            size="xs"
            lang={language}
            label={t('history.date')}
            value={dateIn(zone, asked)}
            max={dateIn(zone, now)}
            onChange={({ currentTarget: { value } }) => {
              if (value !== '') go(knownBy(value, { stops, zone, now }));
            }}
          />
          <TextInput
            type="date"
            size="xs"
            lang={language}
            label={t('history.true')}
            value={effectiveOn ?? ''}
            onChange={({ currentTarget: { value } }) => change('berlaku', value)}
          />
          {effectiveOn !== undefined && (
            <Button size="xs" variant="subtle" onClick={() => change('berlaku', undefined)}>
              {t('history.anyDate')}
            </Button>
          )}
        </div>
        <p className="dim tight">
          {t('history.step', { n: stop + 1, total: stops.length })}. {happened.map(sentence).join(' ')}
        </p>
      </section>
      {wasThere && (
        <Compare present={present} items={items} stops={stops} seen={seen} zone={zone} now={now} query={query} change={change} />
      )}
      {may(who, 'AuditCase') && <CaseAudit view={present} items={items} />}
      {known.error !== null && <Trouble error={known.error} />}
      {wasThere && known.data !== undefined && (
        <div className="case">
          <div
            className="watermark"
            aria-hidden="true"
            data-at={effectiveOn === undefined ? at : `${at} · ${day(effectiveOn)}`}
          />
          <div className="case-due">
            <Clocks view={known.data} />
          </div>
          <div className="case-file">
            <CaseBody view={known.data} />
            <Timeline view={known.data} items={shown} error={null} />
          </div>
        </div>
      )}
    </div>
  );
}
