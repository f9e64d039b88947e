/** Who read personal data, when, of whom and why; and who was refused for a conflict of interest. Reading this is a record too. */
import { Button, NativeSelect, TextInput } from '@mantine/core';
import { Link, useSearchParams } from 'react-router';
import { formatInstant, parseDay, startOfDay } from '#domain/calendar/day.js';
import type { CaseCommandType } from '#domain/case/commands.js';
import { referenceOf } from '#domain/case/reference.js';
import { commandSentences } from '#domain/case/sentences.js';
import type { Id, InstantAt } from '#domain/event.js';
import { answered, client, useRegister } from './api.js';
import { PagedList, usePages } from './paged-list.js';
import { PageTitle } from './trouble.js';
import { HOME_ZONE, useSpeech } from './words.js';

interface ReadItem {
  readonly id: Id;
  readonly at: InstantAt;
  readonly official: Id;
  readonly act: string;
  readonly route: string;
  readonly subjects: readonly Id[];
  readonly rows: number;
  readonly shown: 'own-work' | 'break-glass' | 'withheld' | null;
  readonly refused: string | null;
}

export function ReadsPage() {
  const { t, language } = useSpeech();
  const { officials } = useRegister();
  const [query, setQuery] = useSearchParams();
  const asked = Object.fromEntries(['petugas', 'perkara', 'dari', 'sampai'].map((name) => [name, query.get(name) ?? '']));
  const change = (name: string, value: string): void => {
    const changed = new URLSearchParams(query);
    if (value === '') changed.delete(name);
    else changed.set(name, value);
    setQuery(changed, { replace: true });
  };
  const { petugas, perkara, dari, sampai } = asked;
  const list = usePages(['reads', petugas, perkara, dari, sampai], (after) =>
    answered<{ readonly items: readonly ReadItem[]; readonly next?: string }>(
      client.GET('/audit/reads', {
        params: {
          query: {
            ...(petugas ? { official: petugas } : {}),
            ...(perkara ? { subject: perkara } : {}),
            ...(dari ? { from: startOf(dari, 0) } : {}),
            ...(sampai ? { to: startOf(sampai, 1) } : {}),
            ...after,
          },
        },
      }),
    ),
  );
  return (
    <>
      <PageTitle>{t('reads.title')}</PageTitle>
      <div className="row no-print filters">
        <NativeSelect
          size="xs"
          label={t('reads.official')}
          value={petugas ?? ''}
          onChange={({ currentTarget: { value } }) => change('petugas', value)}
          data={[{ value: '', label: t('reads.anyone') }, ...officials.map(({ id, name }) => ({ value: id, label: name }))]}
        />
        {(['dari', 'sampai'] as const).map((name) => (
          <TextInput
            key={name}
            type="date"
            size="xs"
            lang={language}
            label={t(name === 'dari' ? 'reads.from' : 'reads.to')}
            value={asked[name] ?? ''}
            onChange={({ currentTarget: { value } }) => change(name, value)}
          />
        ))}
        {perkara && (
          <Button size="xs" variant="subtle" onClick={() => change('perkara', '')}>
            {t('reads.everyCase', { reference: referenceOf(perkara) })}
          </Button>
        )}
      </div>
      <PagedList list={list} empty={t('reads.empty')}>
        {(items) => (
          <table className="list">
            <thead>
              <tr>
                <th scope="col">{t('reads.when')}</th>
                <th scope="col">{t('reads.official')}</th>
                <th scope="col">{t('reads.what')}</th>
                <th scope="col">{t('reads.whom')}</th>
                <th scope="col">{t('reads.why')}</th>
              </tr>
            </thead>
            <tbody>
              {items.map((item) => (
                <Row key={item.id} item={item} choose={(caseId) => change('perkara', caseId)} />
              ))}
            </tbody>
          </table>
        )}
      </PagedList>
    </>
  );
}

const NAMED = 3;

function Row({ item, choose }: { readonly item: ReadItem; readonly choose: (caseId: Id) => void }) {
  const { t, say, moment, code } = useSpeech();
  const { officialName } = useRegister();
  const ofCases = /\/(cases|worklist|clocks|break-glass)/.test(item.route);
  const named = item.subjects.slice(0, NAMED);
  const reason = item.refused ?? item.shown;
  return (
    <tr>
      <td>
        <span>{moment(item.at)}</span>
      </td>
      <td>
        <span>{officialName(item.official)}</span>
      </td>
      <td>
        <span title={item.route}>
          {Object.hasOwn(commandSentences, item.act) ? say(commandSentences[item.act as CaseCommandType]) : code(item.act)}
        </span>
      </td>
      <td>
        {named.map((id) =>
          ofCases ? (
            <span key={id}>
              <Link className="reference" to={`/perkara/${id}`}>
                {referenceOf(id)}
              </Link>{' '}
              <Button
                size="compact-xs"
                variant="subtle"
                onClick={() => choose(id)}
                aria-label={t('reads.only', { reference: referenceOf(id) })}
              >
                {t('reads.onlyThis')}
              </Button>
            </span>
          ) : (
            <span key={id} className="dim">
              {id}
            </span>
          ),
        )}
        {item.subjects.length > NAMED && <span className="dim">{t('reads.more', { n: item.subjects.length - NAMED })}</span>}
      </td>
      <td>
        {reason === null ? (
          <span className="dim">{t('reads.list', { n: item.rows })}</span>
        ) : item.refused !== null ? (
          <strong>{t('reads.refused', { code: code(item.refused) })}</strong>
        ) : (
          <span>{t(`reads.${item.shown ?? 'withheld'}`)}</span>
        )}
      </td>
    </tr>
  );
}

/** Where a date begins, or the one that many days after it. */
function startOf(date: string, after: number): InstantAt {
  return formatInstant(startOfDay(parseDay(date) + after, HOME_ZONE));
}
