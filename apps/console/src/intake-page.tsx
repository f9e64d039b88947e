/** Opens a draft: whose status is to be determined, by which procedure, at which office. */

import { Alert, Button, NativeSelect, Skeleton, TextInput } from '@mantine/core';
import { useRef } from 'react';
import { useForm } from 'react-hook-form';
import { useNavigate } from 'react-router';
import type { Text } from '#domain/event.js';
import { policyTable } from '#domain/policy-table.js';
import { type Accepted, answered, client, noteWrite, useRegister } from './api.js';
import { useWho } from './frame.js';
import { SendFault, useSend } from './send.js';
import { PageTitle } from './trouble.js';
import { useSpeech } from './words.js';

interface Draft {
  procedure: string;
  office: string;
  name: string;
  born: string;
  birthPlace: string;
}

export function IntakePage() {
  const { t } = useSpeech();
  const { official } = useWho();
  const { procedures } = useRegister();
  const places = official.capacities.filter((capacity) => policyTable.OpenDraft.roles.includes(capacity.role));
  const offices = [...new Map(places.map((place) => [place.office, place.officeName]))];
  const kinds = [...new Map(procedures.filter((p) => p.kind === 'determination').map((p) => [p.code, p.name]))];
  return (
    <>
      <PageTitle>{t('intake.title')}</PageTitle>
      {offices.length === 0 ? (
        <Alert>{t('intake.none')}</Alert>
      ) : kinds.length === 0 ? (
        <Skeleton height={320} aria-label={t('app.loading')} />
      ) : (
        <DraftForm offices={offices} kinds={kinds} />
      )}
    </>
  );
}

/** A choice shows what it holds only when its options are there before it: the form comes after the register. */
function DraftForm({
  offices,
  kinds,
}: {
  readonly offices: readonly (readonly [string, string])[];
  readonly kinds: readonly (readonly [string, Text])[];
}) {
  const { t, say } = useSpeech();
  const navigate = useNavigate();
  const form = useForm<Draft>({
    defaultValues: { procedure: 'PSK', office: offices[0]?.[0] ?? '', name: '', born: '', birthPlace: '' },
  });
  const key = useRef(crypto.randomUUID());
  const send = useSend(async ({ procedure, office, name, born, birthPlace }: Draft) => {
    const accepted = await answered<Accepted>(
      client.POST('/cases', {
        params: { header: { 'Idempotency-Key': key.current } },
        body: {
          procedure,
          office,
          subject: { name, ...(born === '' ? {} : { born }), ...(birthPlace === '' ? {} : { birthPlace }) },
        },
      }),
    );
    noteWrite(accepted);
    await navigate(`/perkara/${accepted.caseId}`);
  });
  return (
    <form className="panel intake" noValidate onSubmit={form.handleSubmit((draft) => send.run(draft))}>
      <p className="dim tight">{t('intake.lead')}</p>
      <NativeSelect
        label={t('intake.procedure')}
        data={kinds.map(([code, name]) => ({ value: code, label: `${code} · ${say(name)}` }))}
        {...form.register('procedure')}
      />
      <NativeSelect
        label={t('intake.office')}
        data={offices.map(([code, name]) => ({ value: code, label: name }))}
        {...form.register('office')}
      />
      <TextInput
        label={t('field.name')}
        autoComplete="off"
        withAsterisk
        error={form.formState.errors.name && t('field.required')}
        {...form.register('name', { validate: (name) => name.trim() !== '' })}
      />
      <TextInput label={t('field.born')} description={t('field.optional')} autoComplete="off" {...form.register('born')} />
      <TextInput
        label={t('field.birthPlace')}
        description={t('field.optional')}
        autoComplete="off"
        {...form.register('birthPlace')}
      />
      <SendFault fault={send.fault} />
      <Button type="submit" loading={send.busy}>
        {t('intake.open')}
      </Button>
    </form>
  );
}
