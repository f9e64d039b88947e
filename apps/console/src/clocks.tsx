/** What is due, in words, and why: rule, article, calendar, pauses, day by day. Readable without colour. */
import { IconAlertTriangle, IconClock, IconHourglassHigh, IconPlayerPause } from '@tabler/icons-react';
import { roleName } from '#domain/office/official.js';
import type { CaseView, ClockView } from './api.js';
import { useCaseNames } from './names.js';
import { useSpeech } from './words.js';

const ICONS = { overdue: IconAlertTriangle, 'due-soon': IconHourglassHigh, later: IconClock };

export function Clocks({ view }: { readonly view: CaseView }) {
  const { t } = useSpeech();
  const running = view.clocks.filter((clock) => clock.stoppedAt === undefined);
  const past = view.clocks.filter((clock) => clock.stoppedAt !== undefined);
  return (
    <section className="panel" aria-labelledby="clocks">
      <h2 id="clocks">{t('clocks.title')}</h2>
      {running.length === 0 && <p className="dim">{t('clocks.none')}</p>}
      {running.map((clock) => (
        <Clock key={clock.clockId} clock={clock} view={view} />
      ))}
      {past.length > 0 && (
        <details>
          <summary>{t('clocks.past', { n: past.length })}</summary>
          {past.map((clock) => (
            <Clock key={clock.clockId} clock={clock} view={view} />
          ))}
        </details>
      )}
    </section>
  );
}

function Clock({ clock, view }: { readonly clock: ClockView; readonly view: CaseView }) {
  const { t, say, cite, day, moment } = useSpeech();
  const names = useCaseNames(view);
  const definition = names.clock(clock.code);
  const people = (logins: readonly string[]) => logins.map(names.register.officialName).join(', ');
  const { explanation, stoppedAt } = clock;
  const { dueOn } = explanation;
  const Icon = explanation.status === 'suspended' ? IconPlayerPause : ICONS[clock.urgency];
  return (
    <article className={`clock ${stoppedAt === undefined ? clock.urgency : 'stopped'}`}>
      <h3>{names.clockName(clock.code)}</h3>
      {stoppedAt === undefined ? (
        <p className="left">
          <Icon size={16} aria-hidden />
          {explanation.status === 'suspended' || clock.left === undefined ? t('clocks.suspended') : say(clock.left)}
        </p>
      ) : (
        <p className="tight">
          {t('clocks.stopped', { date: moment(stoppedAt, clock.zone) })} ·{' '}
          {clock.stoppedInTime === true ? t('clocks.inTime') : t('clocks.late')}
        </p>
      )}
      {dueOn !== undefined && <p className="dim tight">{t('clocks.due', { date: day(dueOn) })}</p>}
      {view.told
        .filter((one) => one.clockId === clock.clockId)
        .map(({ step, dueAt, at, toRole, told, seen, acknowledged, passedOn }) => (
          <p key={`${step} ${dueAt} ${at} ${told.join()}`} className="dim tight">
            {t('clocks.told', {
              role: say(roleName(toRole)),
              who: people(told) || '–',
              date: moment(at, clock.zone),
            })}
            {passedOn !== undefined && ` · ${t('inbox.before', { who: people(passedOn.toldBefore) })}`}
            {seen.length > 0 && ` · ${t('clocks.seen', { who: people(seen.map(({ by }) => by)) })}`}
            {acknowledged !== undefined && ` · ${t('clocks.answered', { who: people([acknowledged.by]) })}`}
          </p>
        ))}
      <details>
        <summary>{t('clocks.why')}</summary>
        <p>{say(explanation.rule)}</p>
        {definition !== undefined && (
          <p className="dim">
            {definition.legalBasis.map(cite).join('; ')} · {t(`clocks.confidence.${definition.confidence}`)}.{' '}
            {t('clocks.calendar', { version: clock.due.calendarVersion })}
            {explanation.provisional && ` ${t('clocks.provisional')}`}
          </p>
        )}
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
        <section className="scroll" tabIndex={0} aria-label={t('clocks.counts')}>
          <table className="days">
            <thead>
              <tr>
                <th scope="col">{t('clocks.day')}</th>
                <th scope="col">{t('clocks.counts')}</th>
              </tr>
            </thead>
            <tbody>
              {explanation.lines.map((line) => (
                <tr key={`${line.on} ${line.kind}`} className={line.kind === 'counted' ? undefined : 'dim'}>
                  <th scope="row">
                    {day(line.on, 'short')}
                    {line.through !== undefined && ` – ${day(line.through, 'short')}`}
                  </th>
                  <td>{say(line.text)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      </details>
    </article>
  );
}
