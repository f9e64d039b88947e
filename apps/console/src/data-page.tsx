/** The end of a person's data: what the retention schedule lets go, legal holds, destruction by two people, and its certificate. */
import { Alert, Button, NativeSelect, Skeleton } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { Link, useParams } from 'react-router';
import { referenceOf } from '#domain/case/reference.js';
import { type Destruction, recordNames } from '#domain/destruction/destruction.js';
import type { RecordKind, RetainedCase, RetainedRecord } from '#domain/destruction/events.js';
import type { Id, InstantAt, Rejection } from '#domain/event.js';
import type { Word } from '#domain/vocabulary.js';
import { answered, client, useRegister } from './api.js';
import { may, useWho } from './frame.js';
import { PagedList, Statuses, usePages, useStatus } from './paged-list.js';
import { SendFault, useSend } from './send.js';
import { PageTitle, Trouble } from './trouble.js';
import { useSpeech, type WordKey } from './words.js';

const STATUSES = ['due', 'requested', 'held', 'destroyed'] as const;
type Status = (typeof STATUSES)[number];

interface ListedPerson extends Destruction {
  readonly cases: readonly { readonly caseId: Id; readonly reference: string; readonly procedure: string }[];
  /** So many are about them, or were made by them. */
  readonly referrals: number;
}

/** Enough to tell persons apart by; their names stand with their cases, for those who may read these. */
const short = (personId: Id): string => personId.slice(0, 8);

export function DataPage() {
  const { t } = useSpeech();
  const status = useStatus(STATUSES);
  const list = usePages(['destructions', status], (after) =>
    answered<{ readonly items: readonly ListedPerson[]; readonly next?: string }>(
      client.GET('/destructions', { params: { query: { status, ...after } } }),
    ),
  );
  return (
    <>
      <PageTitle
        aside={<Statuses statuses={STATUSES} status={status} which={t('data.which')} label={(one) => t(`data.is.${one}`)} />}
      >
        {t('data.title')}
      </PageTitle>
      <p className="dim tight">{t('data.lead')}</p>
      <PagedList list={list} empty={t(`data.empty.${status}`)}>
        {(items) => (
          <table className="list">
            <thead>
              <tr>
                <th scope="col">{t('data.person')}</th>
                <th scope="col">{t('data.cases')}</th>
                <th scope="col">{t('data.state')}</th>
                <th scope="col">{t('data.open')}</th>
              </tr>
            </thead>
            <tbody>
              {items.map((item) => (
                <Row key={item.personId} item={item} status={status} />
              ))}
            </tbody>
          </table>
        )}
      </PagedList>
    </>
  );
}

function Row({ item, status }: { readonly item: ListedPerson; readonly status: Status }) {
  const { t, code, moment } = useSpeech();
  const { officialName } = useRegister();
  const { requested, confirmed, destroyed } = item;
  return (
    <tr>
      <td>
        <span className="reference">{short(item.personId)}</span>
      </td>
      <td>
        {item.cases.map(({ caseId, reference, procedure }) => (
          <span key={caseId}>
            <Link className="reference" to={`/perkara/${caseId}`}>
              {reference}
            </Link>{' '}
            <span className="dim">{procedure}</span>
          </span>
        ))}
        {item.referrals > 0 && <span className="dim">{t('data.referrals', { n: item.referrals })}</span>}
      </td>
      <td>
        {status === 'due' && <span>{t('data.is.due')}</span>}
        {status === 'requested' && requested !== undefined && (
          <span>{t('data.requested', { who: officialName(requested.by), at: moment(requested.at) })}</span>
        )}
        {status === 'destroyed' && <span>{destroyed === undefined ? t('data.underWay') : moment(destroyed.at)}</span>}
        {status === 'destroyed' && confirmed !== undefined && (
          <span className="dim">{t('data.confirmed', { who: officialName(confirmed.by), at: moment(confirmed.at) })}</span>
        )}
        {status !== 'destroyed' &&
          item.holds.map(({ holdId, ground, by, at }) => (
            <span key={holdId}>
              {code(ground)} <span className="dim">{t('data.heldBy', { who: officialName(by), at: moment(at) })}</span>
            </span>
          ))}
      </td>
      <td>
        <Link to={`/data-pribadi/${item.personId}`} aria-label={t('data.openOf', { person: short(item.personId) })}>
          {t('data.open')}
        </Link>
      </td>
    </tr>
  );
}

interface PersonData extends Omit<Destruction, 'personId'> {
  readonly cases: readonly Id[];
  readonly records: readonly { readonly record: RecordKind; readonly id: Id }[];
  /** The data may go, and until when each record had to be kept. */
  readonly due?: { readonly cases: readonly RetainedCase[]; readonly records: readonly RetainedRecord[] };
  /** Or why they may not. */
  readonly kept?: Rejection;
}

export function PersonDataPage() {
  const { t } = useSpeech();
  const { personId = '' } = useParams();
  const { data, error, refetch } = useQuery({
    queryKey: ['destruction', personId],
    queryFn: () => answered<PersonData>(client.GET('/destructions/{personId}', { params: { path: { personId } } })),
    // The worker destroys what is confirmed within moments.
    refetchInterval: ({ state }) => (state.data?.confirmed !== undefined && state.data.destroyed === undefined ? 1_000 : false),
  });
  return (
    <>
      <PageTitle
        aside={
          <Button component={Link} to="/data-pribadi" size="xs" variant="default">
            {t('data.list')}
          </Button>
        }
      >
        {t('data.of', { person: short(personId) })}
      </PageTitle>
      {error !== null && <Trouble error={error} retry={() => void refetch()} />}
      {data === undefined && error === null && <Skeleton height={220} aria-label={t('app.loading')} />}
      {data !== undefined && (
        <div className="of-person">
          <Kept data={data} />
          <Holds personId={personId} data={data} />
          <Destroying personId={personId} data={data} />
          {data.destroyed === undefined && (
            <section className="panel no-print" aria-labelledby="access">
              <h2 id="access">{t('data.access')}</h2>
              <p className="tight">{t('data.accessLead')}</p>
              <code>npx tegas export person {personId} --out …</code>
            </section>
          )}
        </div>
      )}
    </>
  );
}

function Kept({ data }: { readonly data: PersonData }) {
  const { t, say, cite, day } = useSpeech();
  // What was destroyed says itself until when it was kept; of what may not go yet only its hindrance is known.
  const retained = data.requested ?? data.due;
  const until = (id: Id): string => {
    const kept = [...(retained?.cases ?? []), ...(retained?.records ?? [])].find(
      (one) => ('caseId' in one ? one.caseId : one.id) === id,
    );
    return kept === undefined ? '–' : day(kept.keptUntil);
  };
  return (
    <section className="panel" aria-labelledby="kept">
      <h2 id="kept">{t('data.kept')}</h2>
      <table className="list">
        <thead>
          <tr>
            <th scope="col">{t('data.record')}</th>
            <th scope="col">{t('data.until')}</th>
          </tr>
        </thead>
        <tbody>
          {data.cases.map((caseId) => (
            <tr key={caseId}>
              <td>
                <Link className="reference" to={`/perkara/${caseId}`}>
                  {referenceOf(caseId)}
                </Link>
              </td>
              <td>
                <span>{until(caseId)}</span>
              </td>
            </tr>
          ))}
          {data.records.map(({ record, id }) => (
            <tr key={`${record} ${id}`}>
              <td>
                <span>{say(recordNames[record])}</span>
              </td>
              <td>
                <span>{until(id)}</span>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {data.destroyed === undefined && data.confirmed === undefined && (
        <p className="outcome">
          {data.kept === undefined ? t('data.mayGo') : `${t('data.notYet')} ${say(data.kept.reason)}`}{' '}
          <span className="article">{(data.kept?.legalBasis ?? []).map(cite).join('; ')}</span>
        </p>
      )}
    </section>
  );
}

interface About {
  readonly personId: Id;
  readonly data: PersonData;
}

const HOLD_GROUNDS = ['court-case', 'inquiry', 'claim'] as const satisfies readonly Word[];
const REJECT_GROUNDS = ['claim-pending', 'still-needed'] as const satisfies readonly Word[];

function Holds({ personId, data }: About) {
  const { t, code, moment } = useSpeech();
  const who = useWho();
  const { officialName } = useRegister();
  const over = data.confirmed !== undefined;
  return (
    <section className="panel" aria-labelledby="holds">
      <h2 id="holds">{t('data.holds')}</h2>
      {data.holds.length === 0 && <p className="dim tight">{t('data.noHold')}</p>}
      <ul className="plain">
        {data.holds.map(({ holdId, ground, by, at }) => (
          <li key={holdId}>
            <strong>{code(ground)}</strong>{' '}
            <span className="dim">{t('data.heldBy', { who: officialName(by), at: moment(at) })}</span>
            {may(who, 'LiftLegalHold') &&
              (by === who.official.id ? (
                <span className="dim"> · {t('data.liftByAnother')}</span>
              ) : (
                <Decision
                  personId={personId}
                  button={t('data.lift')}
                  deliver={(_, header) =>
                    client.POST('/destructions/{personId}/lift-hold/{holdId}', { params: { path: { personId, holdId }, header } })
                  }
                />
              ))}
          </li>
        ))}
      </ul>
      {!over && may(who, 'PlaceLegalHold') && (
        <details className="no-print">
          <summary>{t('data.holdThis')}</summary>
          <Decision
            personId={personId}
            button={t('data.hold')}
            grounds={HOLD_GROUNDS}
            deliver={(ground, header) =>
              client.POST('/destructions/{personId}/place-hold', { params: { path: { personId }, header }, body: { ground } })
            }
          />
        </details>
      )}
    </section>
  );
}

function Destroying({ personId, data }: About) {
  const { t, moment, language } = useSpeech();
  const who = useWho();
  const { officialName } = useRegister();
  const { requested, confirmed, destroyed } = data;
  const decides = may(who, 'RequestDestruction');
  const path = { personId };
  const by = (word: WordKey, act: { readonly by: Id; readonly at: InstantAt }) => (
    <p className="tight">{t(word, { who: officialName(act.by), at: moment(act.at) })}</p>
  );
  return (
    <section className="panel" aria-labelledby="destruction">
      <h2 id="destruction">{t('data.destruction')}</h2>
      {requested !== undefined && by('data.requested', requested)}
      {confirmed !== undefined && by('data.confirmed', confirmed)}
      {confirmed !== undefined && destroyed === undefined && <p role="status">{t('data.underWay')}</p>}
      {destroyed !== undefined && (
        <>
          <p className="outcome" role="status">
            {t('data.destroyed', { at: moment(destroyed.at), n: destroyed.keys })}
          </p>
          <Button
            component="a"
            href={`/destructions/${personId}/certificate?lang=${language}`}
            download
            size="xs"
            variant="default"
            leftSection={<IconDownload size={15} aria-hidden />}
          >
            {t('data.certificate')}
          </Button>
        </>
      )}
      {confirmed === undefined && !decides && <p className="dim tight">{t('data.noAct')}</p>}
      {requested === undefined && decides && (
        <Decision
          personId={personId}
          button={t('data.request')}
          disabled={data.due === undefined}
          deliver={(_, header) => client.POST('/destructions/{personId}/request', { params: { path, header } })}
        />
      )}
      {requested !== undefined && confirmed === undefined && decides && (
        <>
          {requested.by === who.official.id ? (
            <p className="dim tight">{t('data.byAnother')}</p>
          ) : (
            <Alert className="bad" my="sm">
              <p className="tight">{t('data.confirmLead')}</p>
              <Decision
                personId={personId}
                button={t('data.confirm')}
                deliver={(_, header) => client.POST('/destructions/{personId}/confirm', { params: { path, header } })}
              />
            </Alert>
          )}
          <details className="no-print">
            <summary>{t('data.reject')}</summary>
            <Decision
              personId={personId}
              button={t('data.rejectNow')}
              grounds={REJECT_GROUNDS}
              deliver={(ground, header) =>
                client.POST('/destructions/{personId}/reject', { params: { path, header }, body: { ground } })
              }
            />
          </details>
        </>
      )}
    </section>
  );
}

interface DecisionProps {
  readonly personId: Id;
  readonly button: string;
  readonly disabled?: boolean;
  /** One of these is chosen first. */
  readonly grounds?: readonly [Word, ...Word[]];
  readonly deliver: (
    ground: Word,
    header: { readonly 'Idempotency-Key': string },
  ) => Promise<{ readonly data?: unknown; readonly error?: unknown; readonly response: Response }>;
}

function Decision({ personId, button, disabled = false, grounds, deliver }: DecisionProps) {
  const { t, code } = useSpeech();
  const queries = useQueryClient();
  const [ground, setGround] = useState<Word>(grounds?.[0] ?? 'other');
  const key = useRef(crypto.randomUUID());
  const send = useSend(async (chosen: Word) => {
    await answered(deliver(chosen, { 'Idempotency-Key': key.current }));
    key.current = crypto.randomUUID();
    await queries.invalidateQueries({ queryKey: ['destruction', personId] });
    void queries.invalidateQueries({ queryKey: ['destructions'] });
  });
  return (
    <form
      className="act-form no-print"
      onSubmit={(event) => {
        event.preventDefault();
        void send.run(ground);
      }}
    >
      {grounds !== undefined && (
        <NativeSelect
          size="xs"
          label={t('data.why')}
          value={ground}
          onChange={({ currentTarget: { value } }) => setGround(grounds.find((one) => one === value) ?? grounds[0])}
          data={grounds.map((value) => ({ value, label: code(value) }))}
        />
      )}
      <SendFault fault={send.fault} />
      <Button type="submit" size="xs" loading={send.busy} disabled={disabled}>
        {button}
      </Button>
    </form>
  );
}
