/** What this device took in: whether each record is on this device or received by the office, and the receipt with which its applicant leaves. */
import { Alert, Button, Skeleton } from '@mantine/core';
import { IconAlertTriangle, IconCircleCheck, IconDeviceTablet, IconPrinter } from '@tabler/icons-react';
import QrCode from 'qrcode';
import { Link, useParams } from 'react-router';
import { useRegister } from './api.js';
import { useWho } from './frame.js';
import { useIntakeKinds } from './intake-page.js';
import { NotHere } from './not-here.js';
import { clearReceived, preparePost, referenceIn, type Taken, useOutbox } from './outbox.js';
import { SendFault, useSend } from './send.js';
import { PageTitle } from './trouble.js';
import { useSpeech } from './words.js';

export function OutboxPage() {
  const { t } = useSpeech();
  const { looked, post, intakes, others, trouble } = useOutbox();
  const kinds = useIntakeKinds();
  const here = intakes.filter(({ state }) => state !== 'received').length;
  if (!looked) return <Skeleton height={220} aria-label={t('app.loading')} />;
  return (
    <>
      <PageTitle
        aside={
          intakes.length > here && (
            <Button size="xs" variant="default" onClick={() => void clearReceived()}>
              {t('outbox.clear')}
            </Button>
          )
        }
      >
        {t('outbox.title')}
      </PageTitle>
      {(post === undefined || intakes.some((one) => one.refusal?.code === 'no-such-device' && one.device === post.device)) && (
        <Prepare />
      )}
      {others > 0 && <Alert mb="md">{t('outbox.others', { n: others })}</Alert>}
      <p role="status">{here === 0 ? t('outbox.allReceived') : t('outbox.here', { n: here })}</p>
      {here > 0 && <SendFault fault={trouble} />}
      {intakes.length === 0 ? (
        <div className="empty">
          <p>{t('outbox.empty')}</p>
          <Button component={Link} to="/baru">
            {t('nav.intake')}
          </Button>
        </div>
      ) : (
        <table className="list">
          <thead>
            <tr>
              <th scope="col">{t('work.case')}</th>
              <th scope="col">{t('outbox.person')}</th>
              <th scope="col">{t('outbox.takenAt')}</th>
              <th scope="col">{t('outbox.where')}</th>
            </tr>
          </thead>
          <tbody>
            {intakes.map((taken) => (
              <Row key={taken.key} taken={taken} kind={kinds.find(({ code }) => code === taken.procedure)?.code} />
            ))}
          </tbody>
        </table>
      )}
    </>
  );
}

function Row({ taken, kind }: { readonly taken: Taken; readonly kind: string | undefined }) {
  const { t, moment } = useSpeech();
  return (
    <tr>
      <td>
        <Link className="reference" to={`/kotak-keluar/${taken.key}`}>
          {referenceIn(taken)}
        </Link>
        <span className="dim">{kind ?? taken.procedure}</span>
      </td>
      <td className="as-written">{taken.subject.name}</td>
      <td>{moment(taken.takenAt)}</td>
      <td>
        <Where taken={taken} />
        {taken.state === 'received' && <Link to={`/perkara/${taken.caseId}`}>{t('outbox.openCase')}</Link>}
        {taken.state === 'refused' && (
          <Button component={Link} to={`/baru?perbaiki=${taken.key}`} size="compact-xs" variant="default">
            {t('outbox.correct')}
          </Button>
        )}
      </td>
    </tr>
  );
}

/** On this device, or received by the office: by a word and a sign, never by colour alone. */
function Where({ taken }: { readonly taken: Taken }) {
  const { t, say, moment } = useSpeech();
  switch (taken.state) {
    case 'received':
      return (
        <span className="where">
          <IconCircleCheck size={15} aria-hidden />{' '}
          {t('outbox.received', { time: moment(new Date(taken.receivedAt ?? 0).toISOString()) })}
        </span>
      );
    case 'waiting':
      return (
        <strong className="where">
          <IconDeviceTablet size={15} aria-hidden /> {t('outbox.onDevice')}
        </strong>
      );
    case 'refused': {
      const { status, reason, code } = taken.refusal ?? { status: 0 };
      return (
        <span className="where">
          <strong>
            <IconAlertTriangle size={15} aria-hidden /> {t('outbox.refused')}
          </strong>{' '}
          {reason === undefined ? (code ?? status) : say(reason)}
        </span>
      );
    }
  }
}

/** Once, with a network, and only where an official takes a device along. */
function Prepare() {
  const { t } = useSpeech();
  const who = useWho();
  const kinds = useIntakeKinds();
  const send = useSend(() => preparePost(who, kinds));
  return (
    <section className="panel" aria-labelledby="prepare">
      <h2 id="prepare">{t('post.title')}</h2>
      <p className="tight">{t('post.lead')}</p>
      <SendFault fault={send.fault} />
      <Button loading={send.busy} disabled={kinds.length === 0} onClick={() => void send.run(undefined)}>
        {t('post.prepare')}
      </Button>
    </section>
  );
}

/** Printed and handed to the applicant: it says what it proves, and what it does not. */
export function ReceiptPage() {
  const { t, say, moment } = useSpeech();
  const { key = '' } = useParams();
  const { official } = useWho();
  const { officeName } = useRegister();
  const { looked, intakes } = useOutbox();
  const kinds = useIntakeKinds();
  const taken = intakes.find((one) => one.key === key);
  if (!looked) return <Skeleton height={220} aria-label={t('app.loading')} />;
  if (taken === undefined) return <NotHere />;
  const kind = kinds.find(({ code }) => code === taken.procedure);
  const office = official.capacities.find((capacity) => capacity.office === taken.office)?.officeName ?? officeName(taken.office);
  const rows = [
    [t('work.case'), referenceIn(taken)],
    [t('outbox.person'), [taken.subject.name, taken.subject.born].filter((said) => said !== undefined).join(', ')],
    [t('intake.procedure'), kind === undefined ? taken.procedure : `${taken.procedure} · ${say(kind.name)}`],
    [t('intake.office'), office],
    [t('outbox.takenAt'), moment(taken.takenAt)],
    [t('receipt.by'), official.name],
    [
      t('intake.papers'),
      taken.papers.map(({ title, number }) => [title, number].filter((said) => said !== undefined).join(' ')).join('; ') || '–',
    ],
  ] as const;
  return (
    <>
      <PageTitle
        aside={
          <div className="row no-print">
            <Button size="xs" leftSection={<IconPrinter size={15} aria-hidden />} onClick={() => window.print()}>
              {t('receipt.print')}
            </Button>
            <Button component={Link} to="/baru" size="xs" variant="default">
              {t('nav.intake')}
            </Button>
          </div>
        }
      >
        {t('receipt.title')}
      </PageTitle>
      <p className="no-print tight" role="status">
        <Where taken={taken} />
      </p>
      <section className="panel receipt">
        <dl>
          {rows.map(([label, value]) => (
            <div key={label}>
              <dt>{label}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
        <Qr text={`${location.origin}/tanda-terima/${taken.token}`} label={t('receipt.qr')} />
        <p>{t('receipt.says')}</p>
      </section>
    </>
  );
}

function Qr({ text, label }: { readonly text: string; readonly label: string }) {
  const { modules } = QrCode.create(text, { errorCorrectionLevel: 'M' });
  const { size } = modules;
  let path = '';
  for (let row = 0; row < size; row += 1)
    for (let column = 0; column < size; column += 1) if (modules.get(row, column)) path += `M${column} ${row}h1v1h-1z`;
  return (
    <figure className="qr">
      <svg viewBox={`-4 -4 ${size + 8} ${size + 8}`} role="img" aria-label={label} data-text={text} shapeRendering="crispEdges">
        <rect x="-4" y="-4" width={size + 8} height={size + 8} fill="#fff" />
        <path d={path} fill="#000" />
      </svg>
      <figcaption className="dim">{label}</figcaption>
    </figure>
  );
}
