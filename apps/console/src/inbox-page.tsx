/** What the official was told of clocks: opening one says that it was seen and leads to its case; a button says that they answer for it. */
import { Button } from '@mantine/core';
import { IconBell, IconBellRinging, IconScale } from '@tabler/icons-react';
import { Link } from 'react-router';
import { roleName } from '#domain/office/official.js';
import { type Told, useAnswerTold, useInbox, useRegister } from './api.js';
import { PagedList } from './paged-list.js';
import { SendFault, useSend } from './send.js';
import { PageTitle } from './trouble.js';
import { useSpeech } from './words.js';

/** Leads to the inbox from every page, with the count of what is unread. */
export function Bell() {
  const { t } = useSpeech();
  const unread = useInbox().data?.pages[0]?.unread ?? 0;
  return (
    <Button
      component={Link}
      to="/pemberitahuan"
      size="compact-xs"
      variant="default"
      leftSection={unread > 0 ? <IconBellRinging size={14} aria-hidden /> : <IconBell size={14} aria-hidden />}
    >
      {unread > 0 ? t('inbox.unread', { n: unread }) : t('inbox.title')}
    </Button>
  );
}

export function InboxPage() {
  const { t } = useSpeech();
  const inbox = useInbox();
  return (
    <>
      <PageTitle>{t('inbox.title')}</PageTitle>
      <PagedList list={inbox} empty={t('inbox.empty')}>
        {(items) => (
          <table className="list inbox">
            <thead>
              <tr>
                <th scope="col">{t('work.case')}</th>
                <th scope="col">{t('work.due')}</th>
                <th scope="col">{t('inbox.told')}</th>
                <th scope="col">{t('inbox.answer')}</th>
              </tr>
            </thead>
            <tbody>
              {items.map((told) => (
                <Row key={told.id} told={told} />
              ))}
            </tbody>
          </table>
        )}
      </PagedList>
    </>
  );
}

function Row({ told }: { readonly told: Told }) {
  const { t, say, code, day, moment } = useSpeech();
  const { officeName, officialName } = useRegister();
  const answer = useAnswerTold();
  return (
    <tr>
      <td>
        {/* That it was opened is said beside; should it not arrive, it stays unread. */}
        <Link
          className="reference"
          to={`/perkara/${told.caseId}`}
          onClick={() => void answer(told.id, 'seen').catch(() => undefined)}
        >
          {told.reference}
        </Link>
        {told.seenAt === null && <strong>{t('inbox.new')}</strong>}
        <span className="dim">{told.procedure}</span>
      </td>
      <td>
        <span>{told.clockName === undefined ? told.clock : say(told.clockName)}</span>
        <span className="dim">
          {told.dueOn !== undefined &&
            (told.movedTo === undefined ? (
              t('clocks.due', { date: day(told.dueOn) })
            ) : (
              <>
                <s>{t('clocks.due', { date: day(told.dueOn) })}</s>{' '}
                <Link to={`/perkara/${told.caseId}`}>{t('inbox.moved', { date: day(told.movedTo) })}</Link>
              </>
            ))}
          {told.clockStatus === 'stopped' && ` · ${t('inbox.stopped')}`}
        </span>
      </td>
      <td>
        {told.kind === 'law-acts' ? (
          <strong className="alert">
            <IconScale size={14} aria-hidden /> {t('inbox.lawActs')}
          </strong>
        ) : (
          <span>{code(told.step)}</span>
        )}
        <span className="dim">
          {moment(told.at, told.zone)} · {say(roleName(told.role))}, {officeName(told.office)}
          {told.toldBefore.length > 0 && ` · ${t('inbox.before', { who: told.toldBefore.map(officialName).join(', ') })}`}
        </span>
      </td>
      <td>
        <Answer told={told} />
      </td>
    </tr>
  );
}

function Answer({ told }: { readonly told: Told }) {
  const { t } = useSpeech();
  const { officialName } = useRegister();
  const answer = useAnswerTold();
  const send = useSend((id: string) => answer(id, 'acknowledge'));
  if (told.acknowledgedBy !== null) return <span>{t('inbox.by', { official: officialName(told.acknowledgedBy) })}</span>;
  return (
    <>
      <Button
        size="compact-xs"
        variant="default"
        loading={send.busy}
        aria-label={`${t('inbox.mine')}: ${told.reference}`}
        onClick={() => void send.run(told.id)}
      >
        {t('inbox.mine')}
      </Button>
      <SendFault fault={send.fault} />
    </>
  );
}
