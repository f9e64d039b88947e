/** Cases that were opened for a reason by whose work they are not: what waits for a review, what is open now, and what was found. */
import { Button, NativeSelect, SegmentedControl, Skeleton, Textarea } from '@mantine/core';
import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { Link, useSearchParams } from 'react-router';
import { type Verdict, verdicts } from '#domain/case/break-glass.js';
import type { Id, InstantAt } from '#domain/event.js';
import { type Accepted, answered, client, lastWrite, noteWrite, useRegister } from './api.js';
import { may, useWho } from './frame.js';
import { SendFault, useSend } from './send.js';
import { PageTitle, Trouble } from './trouble.js';
import { useSpeech } from './words.js';

const STATUSES = ['waiting', 'open', 'all'] as const;

interface GlassItem {
  readonly accessId: Id;
  readonly caseId: Id;
  readonly reference: string;
  readonly official: Id;
  readonly at: InstantAt;
  readonly until: InstantAt;
  readonly office: string;
  readonly verdict: Verdict | null;
  readonly reviewedBy: Id | null;
  readonly reviewedAt: InstantAt | null;
}

export function GlassPage() {
  const { t } = useSpeech();
  const [query, setQuery] = useSearchParams();
  const status = STATUSES.find((one) => one === query.get('keadaan')) ?? 'waiting';
  const list = useInfiniteQuery({
    queryKey: ['glass', status],
    queryFn: ({ pageParam }) =>
      answered<{ readonly items: readonly GlassItem[]; readonly next?: string }>(
        client.GET('/audit/break-glass', {
          params: { query: { status, ...(pageParam === '' ? {} : { after: pageParam }), ...lastWrite() } },
        }),
      ),
    initialPageParam: '',
    getNextPageParam: (page) => page.next,
  });
  const items = list.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <>
      <PageTitle
        aside={
          <SegmentedControl
            size="xs"
            aria-label={t('glass.which')}
            value={status}
            onChange={(value) => setQuery({ keadaan: value }, { replace: true })}
            data={STATUSES.map((value) => ({ value, label: t(`glass.is.${value}`) }))}
          />
        }
      >
        {t('glass.title')}
      </PageTitle>
      {list.error !== null && <Trouble error={list.error} retry={() => void list.refetch()} />}
      {list.isPending && <Skeleton height={220} aria-label={t('app.loading')} />}
      {list.data !== undefined && items.length === 0 && <p className="empty">{t('glass.empty')}</p>}
      {items.length > 0 && (
        <table className="list">
          <thead>
            <tr>
              <th scope="col">{t('work.case')}</th>
              <th scope="col">{t('glass.who')}</th>
              <th scope="col">{t('glass.when')}</th>
              <th scope="col">{t('glass.review')}</th>
            </tr>
          </thead>
          <tbody>
            {items.map((item) => (
              <Row key={item.accessId} item={item} />
            ))}
          </tbody>
        </table>
      )}
      {list.hasNextPage && (
        <div className="row more">
          <Button size="xs" variant="default" loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
            {t('inbox.more')}
          </Button>
        </div>
      )}
    </>
  );
}

function Row({ item }: { readonly item: GlassItem }) {
  const { t, moment } = useSpeech();
  const who = useWho();
  const { officeName, officialName, zoneOf } = useRegister();
  const zone = zoneOf(item.office);
  return (
    <tr>
      <td>
        <Link className="reference" to={`/perkara/${item.caseId}`}>
          {item.reference}
        </Link>
        <span className="dim">{officeName(item.office)}</span>
      </td>
      <td>
        <span>{officialName(item.official)}</span>
      </td>
      <td>
        <span>{moment(item.at, zone)}</span>
        <span className="dim">{t('glass.until', { until: moment(item.until, zone) })}</span>
      </td>
      <td>
        {item.verdict === null ? (
          may(who, 'ReviewGlass') && item.official !== who.official.id ? (
            <Review item={item} />
          ) : (
            <span className="dim">{t('glass.unreviewed')}</span>
          )
        ) : (
          <>
            <strong>{t(`glass.${item.verdict}`)}</strong>
            <span className="dim">
              {item.reviewedBy !== null && officialName(item.reviewedBy)}
              {item.reviewedAt !== null && ` · ${moment(item.reviewedAt, zone)}`}
            </span>
          </>
        )}
      </td>
    </tr>
  );
}

function Review({ item }: { readonly item: GlassItem }) {
  const { t } = useSpeech();
  const queries = useQueryClient();
  const [verdict, setVerdict] = useState<Verdict>('justified');
  const [note, setNote] = useState('');
  const key = useRef(crypto.randomUUID());
  const send = useSend(async (said: string) => {
    noteWrite(
      await answered<Accepted>(
        client.POST('/cases/{caseId}/break-glass/{accessId}/review', {
          params: { path: { caseId: item.caseId, accessId: item.accessId }, header: { 'Idempotency-Key': key.current } },
          body: { verdict, note: said },
        }),
      ),
    );
    await queries.invalidateQueries({ queryKey: ['glass'] });
  });
  return (
    <details>
      <summary>{t('glass.doReview')}</summary>
      <form
        className="act-form"
        onSubmit={(event) => {
          event.preventDefault();
          if (note.trim() !== '') void send.run(note);
        }}
      >
        <NativeSelect
          label={t('glass.verdict')}
          value={verdict}
          onChange={({ currentTarget: { value } }) => setVerdict(verdicts.find((one) => one === value) ?? 'justified')}
          data={verdicts.map((value) => ({ value, label: t(`glass.${value}`) }))}
        />
        <Textarea
          label={t('glass.found')}
          required
          autosize
          minRows={2}
          value={note}
          onChange={({ currentTarget: { value } }) => setNote(value)}
        />
        <SendFault fault={send.fault} />
        <Button type="submit" size="xs" loading={send.busy}>
          {t('glass.send')}
        </Button>
      </form>
    </details>
  );
}
