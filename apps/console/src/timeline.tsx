/** Everything that happened, newest first, a sentence each, with the reason that was given. */
import { Skeleton } from '@mantine/core';
import type { CaseView, HistoryItem } from './api.js';
import { useCaseNames } from './names.js';
import { Trouble } from './trouble.js';
import { useSpeech } from './words.js';

interface Events {
  readonly view: CaseView;
  /** Oldest first; undefined while loading. */
  readonly items: readonly HistoryItem[] | undefined;
  readonly error: Error | null;
}

/** What people said, worth reading beside the sentence. */
const SAID = ['reason', 'notes', 'question', 'reply', 'note'];

export function Timeline({ view, items, error }: Events) {
  const { t, moment, code } = useSpeech();
  const names = useCaseNames(view);
  return (
    <section className="panel" aria-labelledby="timeline">
      <h2 id="timeline">{t('timeline.title')}</h2>
      {error !== null && <Trouble error={error} />}
      {items === undefined && error === null && <Skeleton height={120} aria-label={t('timeline.load')} />}
      <ol className="timeline" reversed>
        {items?.toReversed().map((item) => (
          <li key={item.eventId} className={item.type.startsWith('Clock') ? 'clock-event' : undefined}>
            <time dateTime={item.recordedAt}>{moment(item.recordedAt, names.zone, 'short')}</time>
            <div>
              {names.sentence(item)}
              {typeof item.personal?.value !== 'undefined' && <strong> {code(String(item.personal.value))}</strong>}
              {SAID.flatMap((field) => {
                const said = item.personal?.[field];
                return typeof said === 'string'
                  ? [
                      <div key={field} className="said">
                        {said}
                      </div>,
                    ]
                  : [];
              })}
            </div>
          </li>
        ))}
      </ol>
    </section>
  );
}
