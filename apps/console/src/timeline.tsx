/** Everything that happened, newest first, a sentence each, with the reason that was given. */
import { Skeleton } from '@mantine/core';
import { commandSentences } from '#domain/case/sentences.js';
import type { CaseView, HeldAct, HistoryItem } from './api.js';
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
        {inOrder(items ?? [], view.heldActs ?? []).map((item) =>
          'heldId' in item ? (
            <Held key={item.heldId} held={item} view={view} />
          ) : (
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
          ),
        )}
      </ol>
    </section>
  );
}

/** The newest first; what is held stands beside the case, where it was sent. */
function inOrder(items: readonly HistoryItem[], held: readonly HeldAct[]): readonly (HistoryItem | HeldAct)[] {
  const waiting = held.toReversed();
  const mixed = items.toReversed().flatMap((item): readonly (HistoryItem | HeldAct)[] => {
    const later = waiting.findIndex(({ at }) => at <= item.recordedAt);
    return [...waiting.splice(0, later === -1 ? waiting.length : later), item];
  });
  return [...mixed, ...waiting];
}

function Held({ held, view }: { readonly held: HeldAct; readonly view: CaseView }) {
  const { t, say, moment, time } = useSpeech();
  const { register, zone } = useCaseNames(view);
  const { at, by, act, until, status, endedAt = until, why } = held;
  const said = { act: say(commandSentences[act]), official: register.officialName(by), until: time(Date.parse(until), zone) };
  const over = status === 'recalled' || status === 'dropped';
  return (
    <li>
      <time dateTime={at}>{moment(at, zone, 'short')}</time>
      <div>
        {t(over ? `held.${status}Then` : 'held.sentThen', { ...said, at: time(Date.parse(endedAt), zone) })}
        {why !== undefined && <div className="said">{say(why)}</div>}
      </div>
    </li>
  );
}
