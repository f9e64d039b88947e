/** What posts and villages have told of someone and waits for the office: signs of trafficking first. It becomes a case, or is closed with a reason. */
import { Button, NativeSelect, Skeleton, TextInput } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { Link } from 'react-router';
import type { Word } from '#domain/vocabulary.js';
import { type Accepted, answered, client, noteWrite, type ReferralItem, useReferrals, useRegister } from './api.js';
import { may, useWho } from './frame.js';
import { ReasonForm } from './reason-form.js';
import { SendFault, useSend } from './send.js';
import { PageTitle, Trouble } from './trouble.js';
import { useSpeech } from './words.js';

export function ReferralsPage() {
  const { t } = useSpeech();
  const { data, error, refetch } = useReferrals();
  const [cases, setCases] = useState<readonly AcceptedCase[]>([]);
  return (
    <>
      <PageTitle>{t('referrals.title')}</PageTitle>
      <div role="status">
        {cases.map(({ caseId, reference }) => (
          <p key={caseId} className="done">
            {t('referrals.accepted')} <Link to={`/perkara/${caseId}`}>{reference}</Link>
          </p>
        ))}
      </div>
      {error !== null && <Trouble error={error} retry={() => void refetch()} />}
      {data === undefined && error === null && <Skeleton height={220} aria-label={t('app.loading')} />}
      {data?.items.length === 0 && <p className="empty">{t('referrals.empty')}</p>}
      {data !== undefined && data.items.length > 0 && (
        <table className="list">
          <thead>
            <tr>
              <th scope="col">{t('referrals.from')}</th>
              <th scope="col">{t('case.office')}</th>
              <th scope="col">{t('referrals.received')}</th>
              <th scope="col">{t('referrals.what')}</th>
            </tr>
          </thead>
          <tbody>
            {data.items.map((item) => (
              <Row key={item.referralId} item={item} onAccepted={(opened) => setCases((before) => [...before, opened])} />
            ))}
          </tbody>
        </table>
      )}
    </>
  );
}

/** A referral that became a case leaves the list at once, so the page itself says which case, and not the row. */
interface AcceptedCase {
  readonly caseId: string;
  readonly reference: string;
}

interface RowProps {
  readonly item: ReferralItem;
  readonly onAccepted: (opened: AcceptedCase) => void;
}

function Row({ item, onAccepted }: RowProps) {
  const { t, say, code, areaName, moment } = useSpeech();
  const who = useWho();
  const { officeName, officialName, zoneOf } = useRegister();
  const [open, setOpen] = useState(false);
  return (
    <tr>
      <td>
        {code(item.channel)} <span className="dim">{areaName(item.area)}</span>
        {item.alerts.map((alert) => (
          <strong key={alert.id} className="alert">
            <IconAlertTriangle size={14} aria-hidden /> {say(alert)}
          </strong>
        ))}
      </td>
      <td>{officeName(item.office)}</td>
      <td>
        {moment(item.receivedAt, zoneOf(item.office))} <span className="dim">{officialName(item.receivedBy)}</span>
      </td>
      <td>
        {may(who, 'ReadReferral') && (
          <details open={open} onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
            <summary>{t('referrals.open')}</summary>
            {open && <Opened item={item} onAccepted={onAccepted} />}
          </details>
        )}
      </td>
    </tr>
  );
}

interface Told {
  readonly revision: number;
  readonly referrer?: string;
  readonly seen?: string;
  readonly subject?: { readonly name?: string; readonly born?: string };
  readonly indicators: readonly { readonly indicatorId: string; readonly indicator: string; readonly reason?: string }[];
}

const GROUNDS = ['duplicate', 'no-ground', 'handled-elsewhere', 'not-reachable'] as const satisfies readonly Word[];

/** Read only when somebody opens it: that is a record. */
function Opened({ item, onAccepted }: RowProps) {
  const { t, code } = useSpeech();
  const who = useWho();
  const { data, error } = useQuery({
    queryKey: ['referral', item.referralId],
    queryFn: () => answered<Told>(client.GET('/referrals/{referralId}', { params: { path: { referralId: item.referralId } } })),
  });
  if (error !== null) return <Trouble error={error} />;
  if (data === undefined) return <Skeleton height={80} aria-label={t('app.loading')} />;
  return (
    <>
      {data.subject?.name !== undefined && (
        <p className="tight">
          <strong>{data.subject.name}</strong>
          {data.subject.born !== undefined && `, ${t('case.born', { born: data.subject.born })}`}
        </p>
      )}
      {data.seen !== undefined && <p className="said">{data.seen}</p>}
      {data.indicators.map(({ indicatorId, indicator, reason }) => (
        <p key={indicatorId} className="said">
          <strong>{code(indicator)}</strong> {reason}
        </p>
      ))}
      {data.referrer !== undefined && <p className="dim tight">{data.referrer}</p>}
      {!may(who, 'AcceptReferral') && <p className="dim tight">{t('referrals.acceptedBy')}</p>}
      {may(who, 'AcceptReferral') && (
        <Accept item={item} revision={data.revision} named={data.subject?.name !== undefined} onAccepted={onAccepted} />
      )}
      {may(who, 'CloseReferral') && <Close item={item} revision={data.revision} />}
    </>
  );
}

interface Deciding {
  readonly item: ReferralItem;
  readonly revision: number;
}

/** A case is of someone: where the referral does not say who, whoever accepts it does. */
function Accept({ item, revision, named, onAccepted }: Deciding & RowProps & { readonly named: boolean }) {
  const { t, say } = useSpeech();
  const queries = useQueryClient();
  const { procedures } = useRegister();
  const [procedure, setProcedure] = useState('PSIM');
  const [name, setName] = useState('');
  const key = useRef(crypto.randomUUID());
  const kinds = [...new Map(procedures.filter((p) => p.kind === 'determination').map((p) => [p.code, p.name]))];
  const send = useSend(async (chosen: string) => {
    const accepted = await answered<Accepted & AcceptedCase>(
      client.POST('/referrals/{referralId}/accept', {
        params: {
          path: { referralId: item.referralId },
          header: { 'If-Match': `"${revision}"`, 'Idempotency-Key': key.current },
        },
        body: { procedure: chosen, ...(name.trim() === '' ? {} : { subject: { name } }) },
      }),
    );
    noteWrite(accepted);
    onAccepted(accepted);
    await queries.invalidateQueries({ queryKey: ['referrals'] });
  });
  return (
    <div className="act-form no-print">
      <NativeSelect
        size="xs"
        label={t('intake.procedure')}
        value={procedure}
        onChange={({ currentTarget: { value } }) => setProcedure(value)}
        data={kinds.map(([code, name]) => ({ value: code, label: `${code} · ${say(name)}` }))}
      />
      {!named && (
        <TextInput
          size="xs"
          label={t('field.name')}
          autoComplete="off"
          value={name}
          onChange={({ currentTarget: { value } }) => setName(value)}
        />
      )}
      <SendFault fault={send.fault} />
      <Button size="xs" disabled={!named && name.trim() === ''} loading={send.busy} onClick={() => void send.run(procedure)}>
        {t('referrals.accept')}
      </Button>
    </div>
  );
}

function Close({ item, revision }: Deciding) {
  const { t, code } = useSpeech();
  const queries = useQueryClient();
  const [ground, setGround] = useState<string>(GROUNDS[0]);
  const deliver = async (reason: string, key: string): Promise<void> => {
    noteWrite(
      await answered<Accepted>(
        client.POST('/referrals/{referralId}/close', {
          params: { path: { referralId: item.referralId }, header: { 'If-Match': `"${revision}"`, 'Idempotency-Key': key } },
          body: { ground, reason },
        }),
      ),
    );
    await queries.invalidateQueries({ queryKey: ['referrals'] });
  };
  return (
    <ReasonForm summary={t('referrals.close')} button={t('referrals.closeNow')} deliver={deliver}>
      <NativeSelect
        size="xs"
        label={t('field.ground')}
        value={ground}
        onChange={({ currentTarget: { value } }) => setGround(value)}
        data={GROUNDS.map((value) => ({ value, label: code(value) }))}
      />
    </ReasonForm>
  );
}
