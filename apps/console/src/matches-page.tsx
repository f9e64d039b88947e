/** Records that may be of one person: proposed by one, decided by another who sees both; a merge can be undone. Nothing is joined by itself. */
import { Button, Skeleton, Textarea } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { Link } from 'react-router';
import type { Id, InstantAt, Text } from '#domain/event.js';
import type { Match, Papers } from '#domain/person/matching.js';
import type { MatchStatus } from '#domain/person/register.js';
import { answered, client, lastWrite, noteWrite, Refusal, useRegister } from './api.js';
import { may, useWho } from './frame.js';
import { PagedList, Statuses, usePages, useStatus } from './paged-list.js';
import { SendFault, useSend } from './send.js';
import { PageTitle, Trouble } from './trouble.js';
import { useSpeech } from './words.js';

const STATUSES: readonly [MatchStatus, ...MatchStatus[]] = ['proposed', 'merged', 'dismissed', 'undone'];

interface MatchItem {
  readonly matchId: Id;
  readonly status: MatchStatus;
  readonly proposedBy: Id;
  readonly proposedAt: InstantAt;
  readonly actedBy: Id;
  readonly actedAt: InstantAt;
}

interface Side {
  readonly papers?: Papers;
  /** Why the papers are shown, or `withheld`; absent where the person is with another office. */
  readonly shown?: string;
  readonly cases?: readonly {
    readonly caseId: Id;
    readonly reference: string;
    readonly procedure: string;
    readonly office: string;
  }[];
  readonly elsewhere?: { readonly text: Text };
}

interface MatchView {
  readonly revision: number;
  readonly sides: readonly Side[];
  readonly match?: Match;
  readonly acts: readonly { readonly type: string; readonly by: Id; readonly at: InstantAt; readonly reason?: string }[];
}

export function MatchesPage() {
  const { t } = useSpeech();
  const status = useStatus(STATUSES);
  const list = usePages(['matches', status], (after) =>
    answered<{ readonly items: readonly MatchItem[]; readonly next?: string }>(
      client.GET('/matches', { params: { query: { status, ...after, ...lastWrite() } } }),
    ),
  );
  return (
    <>
      <PageTitle aside={<Statuses statuses={STATUSES} status={status} label={(one) => t(`match.is.${one}`)} />}>
        {t('match.title')}
      </PageTitle>
      <p className="dim tight">{t('match.lead')}</p>
      <PagedList list={list} empty={t('match.empty')}>
        {(items) => items.map((item) => <Entry key={item.matchId} item={item} />)}
      </PagedList>
    </>
  );
}

/** What two papers say is read only when somebody opens it: that is a record. */
function Entry({ item }: { readonly item: MatchItem }) {
  const { t, moment } = useSpeech();
  const { officialName } = useRegister();
  const [open, setOpen] = useState(false);
  return (
    <details className="panel entry" open={open} onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary>
        {t(`match.is.${item.status}`)} · {officialName(item.proposedBy)} · {moment(item.proposedAt)}
      </summary>
      {open && <Opened item={item} />}
    </details>
  );
}

function Opened({ item }: { readonly item: MatchItem }) {
  const { t, say, moment } = useSpeech();
  const { officialName } = useRegister();
  const { data, error, refetch } = useQuery({
    queryKey: ['match', item.matchId],
    queryFn: () => answered<MatchView>(client.GET('/matches/{matchId}', { params: { path: { matchId: item.matchId } } })),
  });
  if (error !== null) return <Trouble error={error} retry={() => void refetch()} />;
  if (data === undefined) return <Skeleton height={120} aria-label={t('app.loading')} />;
  return (
    <>
      <div className="beside">
        {data.sides.map((side, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a match has two sides, which never change places
          <SideOf key={at} side={side} which={at === 0 ? 'match.one' : 'match.other'} />
        ))}
      </div>
      {data.match === undefined ? (
        <p className="dim">{t('match.notBoth')}</p>
      ) : (
        <>
          <h3>{t(`person.${data.match.strength}`)}</h3>
          <ul>
            {data.match.reasons.map(({ code, text }) => (
              <li key={code}>{say(text)}</li>
            ))}
            {data.match.against.map(({ code, text }) => (
              <li key={code}>
                <strong>{t('person.against')}</strong> {say(text)}
              </li>
            ))}
          </ul>
        </>
      )}
      <ul className="plain dim">
        {data.acts.map(({ type, by, at, reason }) => (
          <li key={`${type} ${at}`}>
            {t(`match.act.${type as 'MatchProposed'}`)}: {officialName(by)}, {moment(at)}
            {reason !== undefined && ` · ${reason}`}
          </li>
        ))}
      </ul>
      <Decide item={item} revision={data.revision} again={() => void refetch()} />
    </>
  );
}

function SideOf({ side, which }: { readonly side: Side; readonly which: 'match.one' | 'match.other' }) {
  const { t, say, code, countryName } = useSpeech();
  const { papers, shown, cases = [], elsewhere } = side;
  return (
    <div>
      <h3>{t(which)}</h3>
      {elsewhere !== undefined && <p>{say(elsewhere.text)}</p>}
      {shown === 'withheld' && <p className="dim">{t('person.withheld')}</p>}
      {papers !== undefined && (
        <ul className="plain">
          {papers.names.map(({ name, country }) => (
            <li key={name}>
              <strong>{name}</strong> {country !== undefined && countryName(country)}
            </li>
          ))}
          {papers.births.map(({ date, precision }) => (
            <li key={date}>
              {t('case.born', { born: precision === 'about' ? `± ${date}` : date })} {papers.birthPlace}
            </li>
          ))}
          {papers.numbers.map(({ kind, number }) => (
            <li key={`${kind} ${number}`}>
              {code(kind)} {number}
            </li>
          ))}
        </ul>
      )}
      {cases.map(({ caseId, reference, procedure }) => (
        <p key={caseId} className="tight">
          <Link className="reference" to={`/perkara/${caseId}`}>
            {reference}
          </Link>{' '}
          <span className="dim">{procedure}</span>
        </p>
      ))}
    </div>
  );
}

type Decision = 'merge' | 'dismiss' | 'undo';

function Decide({ item, revision, again }: { readonly item: MatchItem; readonly revision: number; readonly again: () => void }) {
  const { t } = useSpeech();
  const who = useWho();
  const queries = useQueryClient();
  const [reason, setReason] = useState('');
  const key = useRef(crypto.randomUUID());
  const send = useSend(async (decision: Decision) => {
    const params = {
      path: { matchId: item.matchId },
      header: { 'If-Match': `"${revision}"`, 'Idempotency-Key': key.current },
    };
    const body = { reason };
    const paths = {
      merge: () => client.POST('/matches/{matchId}/merge', { params, body }),
      dismiss: () => client.POST('/matches/{matchId}/dismiss', { params, body }),
      undo: () => client.POST('/matches/{matchId}/undo', { params, body }),
    };
    try {
      noteWrite(await answered<Parameters<typeof noteWrite>[0]>(paths[decision]()));
    } catch (error) {
      if (error instanceof Refusal && error.status === 412) again();
      throw error;
    }
    key.current = crypto.randomUUID();
    await queries.invalidateQueries({ queryKey: ['match', item.matchId] });
    await queries.invalidateQueries({ queryKey: ['matches'] });
  });
  const decisions: readonly Decision[] =
    item.status === 'proposed' ? ['merge', 'dismiss'] : item.status === 'merged' ? ['undo'] : [];
  const allowed = decisions.filter((decision) =>
    may(who, decision === 'merge' ? 'MergePersons' : decision === 'dismiss' ? 'DismissMatch' : 'UndoMerge'),
  );
  if (allowed.length === 0) return null;
  return (
    <div className="act-form no-print">
      <Textarea
        label={t('field.reason')}
        autosize
        minRows={2}
        value={reason}
        onChange={({ currentTarget: { value } }) => setReason(value)}
      />
      <SendFault fault={send.fault} />
      <div className="row">
        {allowed.map((decision) => (
          <Button
            key={decision}
            size="xs"
            variant={decision === 'merge' ? 'filled' : 'default'}
            loading={send.busy}
            disabled={reason.trim() === ''}
            onClick={() => void send.run(decision)}
          >
            {t(`match.${decision}`)}
          </Button>
        ))}
      </div>
    </div>
  );
}
