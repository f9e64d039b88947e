/** Cases that were opened for a reason by whose work they are not: what waits for a review, what is open now, and what was found. */
import { NativeSelect } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'react-router';
import { type Verdict, verdicts } from '#domain/case/break-glass.js';
import type { Id, InstantAt } from '#domain/event.js';
import { type Accepted, answered, client, lastWrite, noteWrite, useRegister } from './api.js';
import { may, useWho } from './frame.js';
import { PagedList, Statuses, usePages, useStatus } from './paged-list.js';
import { ReasonForm } from './reason-form.js';
import { PageTitle } from './trouble.js';
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
  /** Null where it was erased or is not for whoever reads this; the note, too, while nobody reviewed it. */
  readonly reason: string | null;
  readonly note: string | null;
  readonly verdict: Verdict | null;
  readonly reviewedBy: Id | null;
  readonly reviewedAt: InstantAt | null;
}

export function GlassPage() {
  const { t } = useSpeech();
  const status = useStatus(STATUSES);
  const list = usePages(['glass', status], (after) =>
    answered<{ readonly items: readonly GlassItem[]; readonly next?: string }>(
      client.GET('/audit/break-glass', { params: { query: { status, ...after, ...lastWrite() } } }),
    ),
  );
  return (
    <>
      <PageTitle aside={<Statuses statuses={STATUSES} status={status} label={(one) => t(`glass.is.${one}`)} />}>
        {t('glass.title')}
      </PageTitle>
      <PagedList list={list} empty={t('glass.empty')}>
        {(items) => (
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
      </PagedList>
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
        {item.reason === null ? <span className="dim">{t('glass.noWords')}</span> : <span className="said">{item.reason}</span>}
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
            {item.note === null ? <span className="dim">{t('glass.noWords')}</span> : <span className="said">{item.note}</span>}
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
  const deliver = async (note: string, key: string): Promise<void> => {
    noteWrite(
      await answered<Accepted>(
        client.POST('/cases/{caseId}/break-glass/{accessId}/review', {
          params: { path: { caseId: item.caseId, accessId: item.accessId }, header: { 'Idempotency-Key': key } },
          body: { verdict, note },
        }),
      ),
    );
    await queries.invalidateQueries({ queryKey: ['glass'] });
  };
  return (
    <ReasonForm summary={t('glass.doReview')} label={t('glass.found')} button={t('glass.send')} deliver={deliver}>
      <NativeSelect
        size="xs"
        label={t('glass.verdict')}
        value={verdict}
        onChange={({ currentTarget: { value } }) => setVerdict(verdicts.find((one) => one === value) ?? 'justified')}
        data={verdicts.map((value) => ({ value, label: t(`glass.${value}`) }))}
      />
    </ReasonForm>
  );
}
