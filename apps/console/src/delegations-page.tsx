/** Who acts in whose place (Plh., Plt.), granted by whom and until when; and lending a role of one's own, or of one under oneself. */
import { Button, NativeSelect, Skeleton, Textarea, TextInput } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { dateIn } from '#domain/case/clock-events.js';
import type { Id, InstantAt } from '#domain/event.js';
import { LENDABLE_ROLES, mayLend } from '#domain/office/delegation.js';
import { type Role, roleNames } from '#domain/office/official.js';
import { answered, client, useRegister } from './api.js';
import { useWho } from './frame.js';
import { SendFault, useSend } from './send.js';
import { PageTitle, Trouble } from './trouble.js';
import { HOME_ZONE, useSpeech } from './words.js';

type LendableRole = Exclude<Role, 'panel-member' | 'auditor' | 'administrator' | 'importer'>;

function isLendable(role: Role): role is LendableRole {
  return LENDABLE_ROLES.includes(role);
}

interface Lent {
  readonly delegationId: Id;
  readonly official: Id;
  readonly holder: Id;
  readonly role: Role;
  readonly office: string;
  readonly from: string | null;
  readonly to: string | null;
  readonly grantedBy?: Id;
  readonly grantedAt?: InstantAt;
  readonly reason?: string;
}

interface Lendable {
  readonly id: Id;
  readonly name: string;
  readonly role: LendableRole;
  readonly office: string;
}

/** May the reader lend this, or end that it is lent? By the rule that the register asks. */
function useMayLend(): (lent: Pick<Lent, 'holder' | 'role' | 'office'>) => boolean {
  const who = useWho();
  const { offices, zoneOf } = useRegister();
  const tree = new Map(offices.map((office) => [office.code, office]));
  return (lent) =>
    mayLend(lent, { actor: who.official, offices: tree, today: dateIn(zoneOf(lent.office) ?? HOME_ZONE, who.now) });
}

/** Roles that the reader may lend, one's own first; undefined until the register is there. */
function useLendable(): readonly Lendable[] | undefined {
  const who = useWho();
  const { officials, offices } = useRegister();
  const may = useMayLend();
  if (officials.length === 0 || offices.length === 0) return undefined;
  return officials
    .flatMap(({ id, name, capacities }) =>
      capacities.flatMap(({ role, office, actingFor }) =>
        actingFor === undefined && isLendable(role) && may({ holder: id, role, office }) ? [{ id, name, role, office }] : [],
      ),
    )
    .toSorted((a, b) => Number(b.id === who.official.id) - Number(a.id === who.official.id));
}

export function DelegationsPage() {
  const { t } = useSpeech();
  const lendable = useLendable();
  const { data, error, refetch } = useQuery({
    queryKey: ['delegations'],
    queryFn: () => answered<{ readonly items: readonly Lent[] }>(client.GET('/delegations')),
  });
  return (
    <>
      <PageTitle>{t('lend.title')}</PageTitle>
      {lendable?.length === 0 && <p className="dim">{t('lend.nothing')}</p>}
      {lendable !== undefined && lendable.length > 0 && <Grant places={lendable} />}
      {error !== null && <Trouble error={error} retry={() => void refetch()} />}
      {data === undefined && error === null && <Skeleton height={220} aria-label={t('app.loading')} />}
      {data?.items.length === 0 && <p className="empty">{t(lendable?.length === 0 ? 'lend.none' : 'lend.empty')}</p>}
      {data !== undefined && data.items.length > 0 && (
        <table className="list">
          <thead>
            <tr>
              <th scope="col">{t('lend.official')}</th>
              <th scope="col">{t('lend.role')}</th>
              <th scope="col">{t('lend.time')}</th>
              <th scope="col">{t('field.reason')}</th>
              <th scope="col">{t('lend.end')}</th>
            </tr>
          </thead>
          <tbody>
            {data.items.map((lent) => (
              <Row key={lent.delegationId} lent={lent} />
            ))}
          </tbody>
        </table>
      )}
    </>
  );
}

function Row({ lent }: { readonly lent: Lent }) {
  const { t, say, day, moment } = useSpeech();
  const who = useWho();
  const { officialName, officeName, zoneOf } = useRegister();
  const mayEnd = useMayLend()(lent);
  const queries = useQueryClient();
  const key = useRef(crypto.randomUUID());
  const send = useSend(async (delegationId: Id) => {
    await answered(
      client.POST('/delegations/{delegationId}/end', {
        params: { path: { delegationId }, header: { 'Idempotency-Key': key.current } },
        body: {},
      }),
    );
    await queries.invalidateQueries({ queryKey: ['delegations'] });
  });
  const today = dateIn(zoneOf(lent.office) ?? HOME_ZONE, who.now);
  const over = lent.to !== null && lent.to <= today;
  return (
    <tr>
      <td>
        <span>{officialName(lent.official)}</span>
        <span className="dim">{t('lend.for', { holder: officialName(lent.holder) })}</span>
      </td>
      <td>
        <span>{say(roleNames[lent.role])}</span>
        <span className="dim">{officeName(lent.office)}</span>
      </td>
      <td>
        <span>
          {lent.from === null ? '…' : day(lent.from)} – {lent.to === null ? '…' : t('lend.before', { to: day(lent.to) })}
        </span>
        {lent.grantedBy !== undefined && (
          <span className="dim">
            {t('lend.by', { who: officialName(lent.grantedBy) })}
            {lent.grantedAt !== undefined && `, ${moment(lent.grantedAt, zoneOf(lent.office))}`}
          </span>
        )}
      </td>
      <td>
        <span>{lent.reason ?? '–'}</span>
      </td>
      <td>
        {over ? (
          <span className="dim">{t('lend.over')}</span>
        ) : !mayEnd ? (
          <span className="dim">–</span>
        ) : (
          <>
            <Button
              size="compact-xs"
              variant="default"
              loading={send.busy}
              aria-label={`${t('lend.endNow')}: ${officialName(lent.official)}`}
              onClick={() => void send.run(lent.delegationId)}
            >
              {t('lend.endNow')}
            </Button>
            <SendFault fault={send.fault} />
          </>
        )}
      </td>
    </tr>
  );
}

function Grant({ places }: { readonly places: readonly Lendable[] }) {
  const { t, say, language } = useSpeech();
  const { officials, officeName } = useRegister();
  const queries = useQueryClient();
  const [given, setGiven] = useState({ place: '', official: '', from: '', to: '', reason: '' });
  const [granted, setGranted] = useState(false);
  const key = useRef(crypto.randomUUID());
  const send = useSend(async ({ place, official, from, to, reason }: typeof given) => {
    const lent = places[Number(place)];
    if (lent === undefined) return;
    await answered(
      client.POST('/delegations', {
        params: { header: { 'Idempotency-Key': key.current } },
        body: { official, holder: lent.id, role: lent.role, office: lent.office, from, to, reason },
      }),
    );
    key.current = crypto.randomUUID();
    setGranted(true);
    await queries.invalidateQueries({ queryKey: ['delegations'] });
  });
  const put = (name: keyof typeof given) => (event: { readonly currentTarget: { readonly value: string } }) => {
    setGranted(false);
    setGiven({ ...given, [name]: event.currentTarget.value });
  };
  return (
    <details className="panel no-print lend">
      <summary>{t('lend.grant')}</summary>
      <form
        className="act-form"
        onSubmit={(event) => {
          event.preventDefault();
          void send.run(given);
        }}
      >
        <p className="dim tight">{t('lend.lead')}</p>
        <NativeSelect
          label={t('lend.whose')}
          required
          value={given.place}
          onChange={put('place')}
          data={[
            { value: '', label: t('field.choose') },
            ...places.map(({ name, role, office }, at) => ({
              value: String(at),
              label: `${name} · ${say(roleNames[role])} · ${officeName(office)}`,
            })),
          ]}
        />
        <NativeSelect
          label={t('lend.to')}
          required
          value={given.official}
          onChange={put('official')}
          data={[{ value: '', label: t('field.choose') }, ...officials.map(({ id, name }) => ({ value: id, label: name }))]}
        />
        <TextInput type="date" lang={language} label={t('lend.from')} required value={given.from} onChange={put('from')} />
        <TextInput type="date" lang={language} label={t('lend.until')} required value={given.to} onChange={put('to')} />
        <Textarea label={t('field.reason')} required autosize minRows={2} value={given.reason} onChange={put('reason')} />
        <SendFault fault={send.fault} />
        {granted && (
          <p role="status" className="done">
            {t('lend.granted')}
          </p>
        )}
        <Button type="submit" size="xs" loading={send.busy}>
          {t('lend.send')}
        </Button>
      </form>
    </details>
  );
}
