/** Originals of the person's that an office holds, or held: against which receipt, since when, and to whom they went back. */
import { IconLock, IconLockOpen } from '@tabler/icons-react';
import type { CaseView } from './api.js';
import { useCaseNames } from './names.js';
import { useSpeech } from './words.js';

export function Custody({ view }: { readonly view: CaseView }) {
  const { t, day, code } = useSpeech();
  const { register } = useCaseNames(view);
  if (view.custody.length === 0) return null;
  return (
    <section className="panel" aria-labelledby="custody">
      <h2 id="custody">{t('custody.title')}</h2>
      <ul className="facts">
        {view.custody.map(({ custodyId, receipt, paper, number, note, office, takenOn, by, returned }) => (
          <li key={custodyId}>
            {returned === undefined ? <IconLock size={16} aria-hidden /> : <IconLockOpen size={16} aria-hidden />}
            <div>
              {code(paper)}
              {number !== undefined && <span className="dim"> · {number}</span>} ·{' '}
              <strong>{t(returned === undefined ? 'custody.held' : 'custody.returned')}</strong>
              <div className="dim">
                {t('custody.since', {
                  date: day(takenOn),
                  office: register.officeName(office),
                  by: register.officialName(by),
                })}
              </div>
              {returned !== undefined && (
                <div className="dim">
                  {t('custody.to', { date: day(returned.on), to: code(returned.to), name: returned.recipient ?? '–' })}
                </div>
              )}
              {note !== undefined && <div className="said">{note}</div>}
            </div>
            <span className="article">{t('custody.receipt', { receipt: `${view.reference}/${receipt}` })}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
