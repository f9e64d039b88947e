/** People and the roles they hold on a date: entered, assigned, ended and moved by an administrator, never for themselves; each with its history. */
import { Button, NativeSelect, Skeleton, Textarea, TextInput } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useRef, useState } from 'react';
import { dateIn } from '#domain/case/clock-events.js';
import type { Id, InstantAt } from '#domain/event.js';
import { coversDate, type Office } from '#domain/office/office.js';
import { type Role, type RoleAssignment, roleNames } from '#domain/office/official.js';
import { answered, client, useRegister } from './api.js';
import type { Option } from './command-fields.js';
import { useWho } from './frame.js';
import { SendFault, useSend } from './send.js';
import { Trouble } from './trouble.js';
import { HOME_ZONE, useSpeech, type WordKey } from './words.js';

interface Appointed {
  readonly official: Id;
  readonly name: string;
  readonly standing: readonly RoleAssignment[];
  readonly later: readonly RoleAssignment[];
}

interface Service {
  readonly devices: readonly { readonly device: Id; readonly enrolledAt: InstantAt; readonly withdrawnAt?: InstantAt }[];
  readonly identityNumbers: readonly { readonly kind: string; readonly number: string }[];
  readonly items: readonly {
    readonly type: 'OfficialRegistered' | 'RolesAssigned';
    readonly by: Id;
    readonly at: InstantAt;
    readonly assignments?: readonly RoleAssignment[];
    readonly reason?: string;
  }[];
}

export function AdminPeople({ on, offices }: { readonly on: string; readonly offices: readonly Office[] }) {
  const { t } = useSpeech();
  const [sought, setSought] = useState('');
  const { data, error, refetch } = useQuery({
    queryKey: ['appointments', on],
    queryFn: () => answered<{ readonly items: readonly Appointed[] }>(client.GET('/appointments', { params: { query: { on } } })),
    placeholderData: (before) => before,
  });
  const items = (data?.items ?? []).filter(({ name, official }) =>
    `${name} ${official}`.toLowerCase().includes(sought.trim().toLowerCase()),
  );
  return (
    <section className="panel people" aria-labelledby="people">
      <h2 id="people">{t('admin.people', { n: data?.items.length ?? 0 })}</h2>
      {error !== null && <Trouble error={error} retry={() => void refetch()} />}
      <div className="row filters no-print">
        <TextInput
          size="xs"
          miw={260}
          label={t('people.find')}
          value={sought}
          onChange={({ currentTarget: { value } }) => setSought(value)}
        />
      </div>
      <Enter />
      {data === undefined && error === null && <Skeleton height={220} aria-label={t('app.loading')} />}
      {data !== undefined && items.length === 0 && <p className="empty">{t('people.none')}</p>}
      {items.length > 0 && (
        <table className="list">
          <thead>
            <tr>
              <th scope="col">{t('admin.name')}</th>
              <th scope="col">{t('people.rolesOn')}</th>
              <th scope="col">{t('people.change')}</th>
            </tr>
          </thead>
          <tbody>
            {items.map((one) => (
              <Row key={one.official} one={one} offices={offices} />
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

function Row({ one, offices }: { readonly one: Appointed; readonly offices: readonly Office[] }) {
  const { t } = useSpeech();
  const who = useWho();
  const today = dateIn(HOME_ZONE, who.now);
  const [open, setOpen] = useState(false);
  return (
    <tr>
      <td>
        <span>{one.name}</span>
        <span className="dim">{one.official}</span>
      </td>
      <td>
        {one.standing.length === 0 && <span className="dim">{t('people.noRoleThen')}</span>}
        <Roles roles={one.standing} />
        {one.later.length > 0 && <span className="dim">{t('people.later')}</span>}
        <Roles roles={one.later} />
      </td>
      <td>
        <details onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
          <summary aria-label={t('people.changeOf', { name: one.name })}>{t('people.open')}</summary>
          {open && (
            <>
              {one.official === who.official.id ? (
                <p className="dim">{t('people.own')}</p>
              ) : (
                <Change one={one} offices={offices.filter((office) => standsOn(office, today))} />
              )}
              <History official={one.official} />
            </>
          )}
        </details>
      </td>
    </tr>
  );
}

function standsOn({ effectiveFrom, effectiveTo }: Office, on: string): boolean {
  return coversDate({ from: effectiveFrom ?? null, to: effectiveTo ?? null }, on);
}

function Roles({ roles }: { readonly roles: readonly RoleAssignment[] }) {
  const { t, say, day } = useSpeech();
  const { officeName } = useRegister();
  return roles.map(({ role, office, from, to }) => (
    <span key={`${role} ${office} ${from}`}>
      {say(roleNames[role])}, {officeName(office)}
      {from !== null && ` ${t('people.from', { from: day(from) })}`}
      {to !== null && ` ${t('people.until', { to: day(to) })}`}
    </span>
  ));
}

function History({ official }: { readonly official: Id }) {
  const { t, moment } = useSpeech();
  const { officialName } = useRegister();
  const { data, error } = useQuery({
    queryKey: ['appointments', 'of', official],
    queryFn: () => answered<Service>(client.GET('/appointments/{official}', { params: { path: { official } } })),
  });
  if (error !== null) return <Trouble error={error} />;
  if (data === undefined) return <Skeleton height={60} aria-label={t('app.loading')} />;
  return (
    <>
      {data.identityNumbers.length > 0 && (
        <p className="dim">{data.identityNumbers.map(({ kind, number }) => `${kind.toUpperCase()} ${number}`).join(' · ')}</p>
      )}
      <ol className="steps" aria-label={t('people.history')}>
        {data.items.map((step) => (
          <li key={`${step.at} ${step.type} ${step.assignments?.length}`}>
            <span className="dim">
              {moment(step.at)}, {officialName(step.by)}
            </span>
            {step.type === 'OfficialRegistered' && <span>{t('people.entered')}</span>}
            <Roles roles={step.assignments ?? []} />
            {step.reason !== undefined && <span className="said">{step.reason}</span>}
          </li>
        ))}
      </ol>
      <Access official={official} devices={data.devices} />
    </>
  );
}

/** What is ended at once when somebody leaves, or a laptop or a post's device is lost. */
function Access({ official, devices }: { readonly official: Id } & Pick<Service, 'devices'>) {
  const { t, moment } = useSpeech();
  return (
    <>
      <Form deliver={() => client.POST('/session/revoke', { body: { official } })} button={t('people.endSessions')}>
        <p className="dim tight">{t('people.endSessionsLead')}</p>
      </Form>
      {devices
        .filter(({ withdrawnAt }) => withdrawnAt === undefined)
        .map(({ device, enrolledAt }) => (
          <Form
            key={device}
            deliver={(header) => client.POST('/devices/withdraw', { params: { header }, body: { device, official } })}
            button={t('people.withdraw')}
          >
            <p className="dim tight">{t('people.device', { at: moment(enrolledAt) })}</p>
          </Form>
        ))}
    </>
  );
}

/** The acts on someone, one at a time: what is chosen says which fields there are. */
type Act = 'assign' | 'end' | 'move' | 'end-service';
const ACT_WORDS: { readonly [A in Act]: WordKey } = {
  assign: 'people.assign',
  end: 'people.end',
  move: 'people.move',
  'end-service': 'people.endService',
};

function Change({ one, offices }: { readonly one: Appointed; readonly offices: readonly Office[] }) {
  const { t, say, language } = useSpeech();
  const { officeName } = useRegister();
  const today = dateIn(HOME_ZONE, useWho().now);
  const held = [...one.standing, ...one.later];
  const [act, setAct] = useState<Act>('assign');
  const [given, setGiven] = useState({ role: '', office: '', to: '', from: today, until: '', which: '', reason: '' });
  const put = (name: keyof typeof given) => (event: { readonly currentTarget: { readonly value: string } }) =>
    setGiven({ ...given, [name]: event.currentTarget.value });
  const deliver = (header: { readonly 'Idempotency-Key': string }) => {
    const params = { path: { official: one.official }, header };
    const { office, to, from, until, which, reason } = given;
    if (act === 'assign')
      return client.POST('/appointments/{official}/assign', {
        params,
        body: { role: given.role as Role, office, from, reason, ...(until === '' ? {} : { to: until }) },
      });
    if (act === 'move') return client.POST('/appointments/{official}/move', { params, body: { office, to, on: from, reason } });
    if (act === 'end-service') return client.POST('/appointments/{official}/end-service', { params, body: { on: from, reason } });
    const ended = held[Number(which)];
    return client.POST('/appointments/{official}/end', {
      params,
      body: { role: ended?.role ?? 'case-officer', office: ended?.office ?? '', on: from, reason },
    });
  };
  const roles = Object.entries(roleNames).map(([value, name]) => ({ value, label: say(name) }));
  const places = offices.map(({ code, name }) => ({ value: code, label: name }));
  const here = [...new Set(held.map(({ office }) => office))].map((value) => ({ value, label: officeName(value) }));
  const heldHere = held.map(({ role, office }, at) => ({
    value: String(at),
    label: `${say(roleNames[role])}, ${officeName(office)}`,
  }));
  const choice = (name: keyof typeof given, label: WordKey, options: readonly Option[]) => (
    <NativeSelect
      size="xs"
      label={t(label)}
      required
      value={given[name]}
      onChange={put(name)}
      data={[{ value: '', label: t('field.choose') }, ...options]}
    />
  );
  return (
    <Form deliver={deliver} button={t(ACT_WORDS[act])}>
      <NativeSelect
        size="xs"
        label={t('people.act')}
        value={act}
        onChange={({ currentTarget: { value } }) => setAct(value as Act)}
        data={(Object.keys(ACT_WORDS) as Act[]).map((value) => ({ value, label: t(ACT_WORDS[value]) }))}
      />
      {act === 'assign' && (
        <>
          {choice('role', 'lend.role', roles)}
          {choice('office', 'people.office', places)}
        </>
      )}
      {act === 'end' && choice('which', 'lend.role', heldHere)}
      {act === 'move' && (
        <>
          {choice('office', 'people.fromOffice', here)}
          {choice('to', 'people.toOffice', places)}
        </>
      )}
      <TextInput
        size="xs"
        type="date"
        lang={language}
        label={t(act === 'assign' || act === 'move' ? 'lend.from' : 'people.lastDay')}
        required
        min={today}
        value={given.from}
        onChange={put('from')}
      />
      {act === 'assign' && (
        <TextInput size="xs" type="date" lang={language} label={t('people.to')} value={given.until} onChange={put('until')} />
      )}
      <Textarea
        size="xs"
        label={t('people.reason')}
        required
        autosize
        minRows={1}
        value={given.reason}
        onChange={put('reason')}
      />
    </Form>
  );
}

/** By the last two it is found that a case is an official's own or their family's. */
const NUMBER_KINDS = ['nip', 'nik', 'kk'] as const;

function Enter() {
  const { t } = useSpeech();
  const [given, setGiven] = useState({ official: '', name: '', nip: '', nik: '', kk: '', reason: '' });
  const put = (name: keyof typeof given) => (event: { readonly currentTarget: { readonly value: string } }) =>
    setGiven({ ...given, [name]: event.currentTarget.value });
  const { official, name, reason } = given;
  const identityNumbers = NUMBER_KINDS.flatMap((kind) => {
    const number = given[kind].trim();
    return number === '' ? [] : [{ kind, number }];
  });
  return (
    <details className="no-print lend">
      <summary>{t('people.enter')}</summary>
      <Form
        button={t('people.enter')}
        deliver={(header) =>
          client.POST('/appointments', {
            params: { header },
            body: { official, name, reason, ...(identityNumbers.length === 0 ? {} : { identityNumbers }) },
          })
        }
      >
        <p className="dim tight">{t('people.enterLead')}</p>
        <TextInput size="xs" label={t('admin.name')} required value={name} onChange={put('name')} />
        <TextInput
          size="xs"
          label={t('people.login')}
          description={t('people.loginHint')}
          required
          autoCapitalize="none"
          value={official}
          onChange={put('official')}
        />
        {NUMBER_KINDS.map((kind) => (
          <TextInput
            key={kind}
            size="xs"
            label={t(`people.${kind}`)}
            inputMode="numeric"
            value={given[kind]}
            onChange={put(kind)}
          />
        ))}
        <p className="dim tight">{t('people.numbersLead')}</p>
        <Textarea size="xs" label={t('people.reason')} required autosize minRows={1} value={reason} onChange={put('reason')} />
      </Form>
    </details>
  );
}

function Form({
  deliver,
  button,
  children,
}: {
  readonly deliver: (header: {
    readonly 'Idempotency-Key': string;
  }) => Promise<{ readonly data?: unknown; readonly error?: unknown; readonly response: Response }>;
  readonly button: string;
  readonly children: ReactNode;
}) {
  const { t } = useSpeech();
  const queries = useQueryClient();
  const key = useRef(crypto.randomUUID());
  const [done, setDone] = useState(false);
  const send = useSend(async () => {
    setDone(false);
    await answered(deliver({ 'Idempotency-Key': key.current }));
    key.current = crypto.randomUUID();
    setDone(true);
    await Promise.all(['appointments', 'officials'].map((of) => queries.invalidateQueries({ queryKey: [of] })));
  });
  return (
    <form
      className="act-form"
      onChange={() => setDone(false)}
      onSubmit={(event) => {
        event.preventDefault();
        void send.run(undefined);
      }}
    >
      {children}
      <SendFault fault={send.fault} />
      {done && (
        <p role="status" className="done">
          {t('people.done')}
        </p>
      )}
      <Button type="submit" size="xs" loading={send.busy}>
        {button}
      </Button>
    </form>
  );
}
