/** Takes an application in: by which procedure, at which office, whose status is to be determined, and which papers were shown. Without network too. */

import { Alert, Button, Checkbox, NativeSelect, Skeleton, TextInput } from '@mantine/core';
import { useEffect, useMemo, useRef } from 'react';
import { useForm } from 'react-hook-form';
import { useNavigate, useSearchParams } from 'react-router';
import type { ShownPaper } from '#domain/case/commands.js';
import { policyTable } from '#domain/policy-table.js';
import { type Accepted, answered, client, noteWrite, useRegister } from './api.js';
import type { KeptDraft } from './device.js';
import { DraftState, useKeeping, WithDraft } from './draft.js';
import { useWho } from './frame.js';
import { type Asked, type IntakeKind, renewPost, type Taken, takeIn, useOutbox } from './outbox.js';
import { SendFault, useSend } from './send.js';
import { PageTitle } from './trouble.js';
import { useSpeech } from './words.js';

/** As the form holds it. */
interface Draft {
  procedure: string;
  office: string;
  name: string;
  born: string;
  birthPlace: string;
  papers: string[];
  titles: Record<string, string>;
  numbers: Record<string, string>;
}

/** Procedures that open with an intake, as the register has them or, without network, as this device kept them. */
export function useIntakeKinds(): readonly IntakeKind[] {
  const { procedures } = useRegister();
  const { post } = useOutbox();
  return useMemo(() => {
    const kinds = procedures
      .filter(({ kind }) => kind === 'determination')
      .map(
        ({ code, name, evidence }): IntakeKind => ({
          code,
          name,
          evidence: evidence.map((e) => ({ code: e.code, name: e.name })),
        }),
      );
    // Of several versions the last.
    return kinds.length === 0 ? (post?.kinds ?? []) : [...new Map(kinds.map((kind) => [kind.code, kind])).values()];
  }, [procedures, post]);
}

export function IntakePage() {
  const { t } = useSpeech();
  const who = useWho();
  const { post, intakes } = useOutbox();
  const kinds = useIntakeKinds();
  const [query] = useSearchParams();
  const places = who.official.capacities.filter((capacity) => policyTable.OpenDraft.roles.includes(capacity.role));
  const offices = [...new Map(places.map((place) => [place.office, place.officeName]))];
  const prepared = post !== undefined;
  useEffect(() => {
    if (prepared && kinds.length > 0) void renewPost(who, kinds);
  }, [prepared, who, kinds]);
  const correcting = query.get('perbaiki');
  const before = intakes.find(({ key, state }) => key === correcting && state === 'refused');
  const draft = before === undefined ? 'intake' : `intake/${before.key}`;
  return (
    <>
      <PageTitle>{before === undefined ? t('intake.title') : t('intake.correct')}</PageTitle>
      {offices.length === 0 ? (
        <Alert>{t('intake.none')}</Alert>
      ) : kinds.length === 0 ? (
        <Skeleton height={320} aria-label={t('app.loading')} />
      ) : (
        <WithDraft key={draft} form={draft}>
          {(kept) => <DraftForm draft={draft} offices={offices} kinds={kinds} kept={kept} prepared={prepared} before={before} />}
        </WithDraft>
      )}
    </>
  );
}

/** What the office takes: who leaves with a receipt is not turned away later. */
const LONGEST = { name: 300, born: 100, birthPlace: 200, title: 300, number: 100 } as const;

interface DraftFormProps {
  /** Under which it is kept. */
  readonly draft: string;
  readonly offices: readonly (readonly [string, string])[];
  readonly kinds: readonly IntakeKind[];
  readonly kept: KeptDraft | undefined;
  /** It goes through the outbox of this device. */
  readonly prepared: boolean;
  readonly before: Taken | undefined;
}

/** A choice shows what it holds only when its options are there before it: the form comes after the register. */
function DraftForm({ draft, offices, kinds, kept, prepared, before }: DraftFormProps) {
  const { t, say } = useSpeech();
  const navigate = useNavigate();
  const { others } = useOutbox();
  const empty: Draft = before === undefined ? emptyAt(offices[0]?.[0] ?? '') : draftOf(before);
  const form = useForm<Draft>({ defaultValues: { ...empty, ...kept?.values } });
  const key = useRef(kept?.key ?? crypto.randomUUID());
  const keeping = useKeeping(draft, form, kept, () => ({ key: key.current }));
  const { errors } = form.formState;
  const within = (what: keyof typeof LONGEST) => ({
    maxLength: { value: LONGEST[what], message: t('fault.tooLong', { n: LONGEST[what] }) },
  });
  const [procedure, chosen] = form.watch(['procedure', 'papers']);
  const evidence = kinds.find(({ code }) => code === procedure)?.evidence ?? [];
  const send = useSend(async (values: Draft) => {
    const asked = askedIn(values, evidence, say);
    if (prepared) {
      const taken = await takeIn(asked, before);
      await keeping.discard();
      return void (await navigate(`/kotak-keluar/${taken.key}`));
    }
    const { procedure, office, subject, papers } = asked;
    const accepted = await answered<Accepted>(
      client.POST('/cases', {
        params: { header: { 'Idempotency-Key': key.current } },
        body: { procedure, office, subject: { name: subject.name, ...subjectMore(subject) }, papers: [...papers] },
      }),
    );
    noteWrite(accepted);
    await keeping.discard();
    await navigate(`/perkara/${accepted.caseId}`);
  });
  return (
    <form className="panel intake" noValidate onSubmit={form.handleSubmit((values) => send.run(values))}>
      <p className="dim tight">{prepared ? t('intake.leadPost') : t('intake.lead')}</p>
      {others > 0 && <Alert>{t('outbox.others', { n: others })}</Alert>}
      <NativeSelect
        label={t('intake.procedure')}
        data={kinds.map(({ code, name }) => ({ value: code, label: `${code} · ${say(name)}` }))}
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
        error={errors.name?.message}
        {...form.register('name', { validate: (name) => name.trim() !== '' || t('field.required'), ...within('name') })}
      />
      <TextInput
        label={t('field.born')}
        description={t('field.optional')}
        autoComplete="off"
        error={errors.born?.message}
        {...form.register('born', within('born'))}
      />
      <TextInput
        label={t('field.birthPlace')}
        description={t('field.optional')}
        autoComplete="off"
        error={errors.birthPlace?.message}
        {...form.register('birthPlace', within('birthPlace'))}
      />
      <Checkbox.Group label={t('intake.papers')} description={t('field.optional')}>
        <div className="choices">
          {evidence.map(({ code, name }) => (
            <Checkbox key={code} value={code} label={say(name)} {...form.register('papers')} />
          ))}
        </div>
      </Checkbox.Group>
      {evidence
        .filter(({ code }) => chosen.includes(code))
        .map(({ code, name }) => (
          <fieldset key={code} className="paper">
            <legend>{say(name)}</legend>
            <TextInput
              label={t('field.title')}
              placeholder={say(name)}
              autoComplete="off"
              error={errors.titles?.[code]?.message}
              {...form.register(`titles.${code}`, within('title'))}
            />
            <TextInput
              label={t('field.number')}
              description={t('field.optional')}
              autoComplete="off"
              error={errors.numbers?.[code]?.message}
              {...form.register(`numbers.${code}`, within('number'))}
            />
          </fieldset>
        ))}
      <SendFault fault={send.fault} />
      <Button type="submit" size={prepared ? 'md' : 'sm'} loading={send.busy}>
        {prepared ? t('intake.take') : t('intake.open')}
      </Button>
      <DraftState
        keeping={keeping}
        discarded={() => {
          key.current = crypto.randomUUID();
          form.reset(empty);
        }}
      />
    </form>
  );
}

function emptyAt(office: string): Draft {
  return { procedure: 'PSK', office, name: '', born: '', birthPlace: '', papers: [], titles: {}, numbers: {} };
}

function draftOf({ procedure, office, subject, papers }: Taken): Draft {
  const { name, born = '', birthPlace = '' } = subject;
  return {
    ...{ procedure, office, name, born, birthPlace },
    papers: papers.map(({ evidence }) => evidence),
    titles: Object.fromEntries(papers.map(({ evidence, title }) => [evidence, title])),
    numbers: Object.fromEntries(papers.map(({ evidence, number = '' }) => [evidence, number])),
  };
}

/** What was left empty is left out; words go byte for byte, as they were typed. A paper without a title is called by its kind. */
function askedIn(values: Draft, evidence: IntakeKind['evidence'], say: (text: IntakeKind['name']) => string): Asked {
  const { procedure, office, name, born, birthPlace, papers, titles, numbers } = values;
  const shown = evidence.flatMap((kind): readonly ShownPaper[] => {
    const [title = '', number = ''] = [titles[kind.code], numbers[kind.code]];
    return papers.includes(kind.code)
      ? [{ evidence: kind.code, title: title.trim() === '' ? say(kind.name) : title, ...(number === '' ? {} : { number }) }]
      : [];
  });
  const subject = { name, ...subjectMore({ born, birthPlace }) };
  return { procedure, office, subject, papers: shown };
}

function subjectMore({ born = '', birthPlace = '' }: { readonly born?: string; readonly birthPlace?: string }) {
  return { ...(born === '' ? {} : { born }), ...(birthPlace === '' ? {} : { birthPlace }) };
}
