/** Opens a draft: whose status is to be determined, by which procedure, at which office. */
import { Alert, Button, NativeSelect, TextInput } from '@mantine/core';
import { useRef } from 'react';
import { useForm } from 'react-hook-form';
import { useNavigate } from 'react-router';
import { type Accepted, answered, client, noteWrite, useRegister } from './api.js';
import { INTAKE_ROLES, useWho } from './frame.js';
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
  const { t, say } = useSpeech();
  const { official } = useWho();
  const { procedures } = useRegister();
  const navigate = useNavigate();
  const places = official.capacities.filter((capacity) => INTAKE_ROLES.includes(capacity.role));
  const offices = [...new Map(places.map((place) => [place.office, place.officeName]))];
  const kinds = [...new Map(procedures.filter((p) => p.kind === 'determination').map((p) => [p.code, p.name]))];
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
  if (offices.length === 0)
    return (
      <>
        <PageTitle>{t('intake.title')}</PageTitle>
        <Alert color="yellow">{t('intake.none')}</Alert>
      </>
    );
  return (
    <>
      <PageTitle>{t('intake.title')}</PageTitle>
      <form className="panel intake" noValidate onSubmit={form.handleSubmit((draft) => send.run(draft))}>
        <p className="dim">{t('intake.lead')}</p>
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
    </>
  );
}
