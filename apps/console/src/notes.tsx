/** What those whose work the case is noted on it, newest first. None is ever changed: a later one corrects it. */
import { IconNote } from '@tabler/icons-react';
import { type CaseView, useHistory } from './api.js';
import { useCaseNames } from './names.js';
import { useSpeech } from './words.js';

export function Notes({ view }: { readonly view: CaseView }) {
  const { t, moment } = useSpeech();
  const { register, zone } = useCaseNames(view);
  const { data = [] } = useHistory(view.caseId, view.position);
  const notes = data.filter(({ type }) => type === 'NoteWritten').toReversed();
  if (notes.length === 0) return null;
  return (
    <section className="panel" aria-labelledby="notes">
      <h2 id="notes">{t('notes.title')}</h2>
      <ul className="facts">
        {notes.map(({ eventId, actor, performedBy, recordedAt, personal }) => (
          <li key={eventId}>
            <IconNote size={16} aria-hidden />
            <div>
              <strong>{register.officialName(performedBy ?? actor)}</strong>
              <span className="dim">
                {' · '}
                <time dateTime={recordedAt}>{moment(recordedAt, zone)}</time>
              </span>
              {typeof personal?.note === 'string' ? (
                <div className="said">{personal.note}</div>
              ) : (
                <div className="dim">{t(view.shown === 'withheld' ? 'notes.withheld' : 'notes.destroyed')}</div>
              )}
            </div>
          </li>
        ))}
      </ul>
    </section>
  );
}
