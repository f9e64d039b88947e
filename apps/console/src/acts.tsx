/** What one can do with the case now, each as a form; and for everything else why not and who can. */
import { Alert, Button, Checkbox, FileInput, NativeSelect, Textarea, TextInput } from '@mantine/core';
import { IconChevronRight } from '@tabler/icons-react';
import { useEffect, useRef, useState } from 'react';
import { type FieldValues, useForm } from 'react-hook-form';
import type { CaseCommandType } from '#domain/case/commands.js';
import {
  type Accepted,
  type Act,
  answered,
  type CaseView,
  caseIdOf,
  client,
  noteWrite,
  Refusal,
  sendDocument,
  useActs,
  useHistory,
  useRefresh,
} from './api.js';
import {
  agencyOf,
  commandFields,
  type Field,
  type FormContext,
  hasFields,
  isMember,
  kindOf,
  memberOf,
  type Option,
  type SentCommand,
} from './command-fields.js';
import { draftsOf, type KeptDraft } from './device.js';
import { DraftState, useKeeping, WithDraft } from './draft.js';
import { useWho } from './frame.js';
import { Held } from './held.js';
import { useShortcuts } from './keyboard.js';
import { useCaseNames } from './names.js';
import { SendFault, useSend } from './send.js';
import { Trouble } from './trouble.js';
import { useSpeech } from './words.js';

/** Acts that end something or cannot be taken back stand below the everyday ones. */
const RARE: readonly CaseCommandType[] = [
  'WithdrawApplication',
  'SuspendClock',
  'ResumeClock',
  'ExtendClock',
  'ReopenCase',
  'AmendDraft',
];
/** The usual step of a stage comes first. */
const FIRST: readonly CaseCommandType[] = [
  'ApproveDetermination',
  'ReferCase',
  'LodgeApplication',
  'BeginScreening',
  'AcceptAsComplete',
  'ResumeScreening',
  'ServeDetermination',
  'RecordPanelFinding',
  'RecordFinding',
  'RecommendDetermination',
];

function inOrder(acts: readonly Act[]): readonly Act[] {
  const rank = ({ command }: Act): number =>
    FIRST.includes(command) ? FIRST.indexOf(command) : RARE.includes(command) ? 200 : 100;
  return acts.toSorted((a, b) => rank(a) - rank(b));
}

export function Acts({ view }: { readonly view: CaseView }) {
  const { t, say } = useSpeech();
  const acts = useActs(view.caseId);
  const [chosen, setChosen] = useState<SentCommand>();
  const [done, setDone] = useState<string>();
  const first = useRef<HTMLButtonElement>(null);
  const status = useRef<HTMLParagraphElement>(null);
  useShortcuts({ n: () => first.current?.focus() });
  // Choices in the forms come from the procedure: no act is offered before it is there.
  const { procedure } = useCaseNames(view);
  const actions = procedure === undefined ? [] : (acts.data?.actions ?? []);
  const allowed = inOrder(actions.filter((act) => act.allowed));
  const denied = actions.flatMap((act) => (act.allowed ? [] : [act]));
  const open = actions.find((act) => act.command === chosen);
  const choose = (command: CaseCommandType): void => {
    setDone(undefined);
    if (hasFields(command)) setChosen(command);
  };
  const kept = useKeptActs(view.caseId, chosen);
  const resumed = useRef(false);
  // What was being filled in when the tab went is open again, once.
  useEffect(() => {
    if (resumed.current || kept === undefined || allowed.length === 0) return;
    resumed.current = true;
    const again = allowed.find(({ command }) => command === kept[0]);
    if (again !== undefined && chosen === undefined && hasFields(again.command)) setChosen(again.command);
  }, [kept, allowed, chosen]);
  const formOf = (act: Act, command: SentCommand, kept: KeptDraft | undefined) => (
    <ActForm
      key={command}
      act={act}
      command={command}
      view={view}
      kept={kept}
      cancel={() => setChosen(undefined)}
      done={() => {
        setDone(say(act.sentence));
        setChosen(undefined);
        status.current?.focus();
      }}
    />
  );
  return (
    <section className="panel acts no-print" aria-labelledby="acts">
      <h2 id="acts">{t('acts.title')}</h2>
      <p role="status" className="done" ref={status} tabIndex={-1}>
        {done !== undefined && t('acts.done', { act: done })}
      </p>
      <Held view={view} />
      {acts.error !== null && <Trouble error={acts.error} retry={() => void acts.refetch()} />}
      {open !== undefined && chosen !== undefined ? (
        // Nothing is kept where nothing is filled in: the form is there at once, for whoever is quick with the keys.
        commandFields[chosen].length === 0 ? (
          formOf(open, chosen, undefined)
        ) : (
          <WithDraft key={chosen} form={draftName(view.caseId, chosen)}>
            {(draft) => formOf(open, chosen, draft)}
          </WithDraft>
        )
      ) : (
        <>
          {actions.length > 0 && allowed.length === 0 && <p className="dim">{t('acts.none')}</p>}
          <ul className="plain act-list">
            {allowed.map((act, place) => (
              <li key={act.command}>
                <Button
                  ref={place === 0 ? first : undefined}
                  fullWidth
                  justify="space-between"
                  size="sm"
                  variant={place === 0 ? 'filled' : 'default'}
                  rightSection={<IconChevronRight size={16} aria-hidden />}
                  onClick={() => choose(act.command)}
                >
                  {say(act.sentence)}
                  {kept?.includes(act.command) && ` · ${t('draft.kept')}`}
                </Button>
              </li>
            ))}
          </ul>
        </>
      )}
      {denied.length > 0 && <Denied acts={denied} />}
    </section>
  );
}

type DeniedAct = Extract<Act, { allowed: false }>;

/** Acts refused for one and the same reason are told together; what this person in particular may not do comes first. */
function Denied({ acts }: { readonly acts: readonly DeniedAct[] }) {
  const { t, say, cite } = useSpeech();
  const reasons = Map.groupBy(acts, (act) => act.denial.reason.id);
  const rank = ([first]: readonly DeniedAct[]): number => ['role-may-not', 'wrong-stage'].indexOf(first?.denial.code ?? '');
  return (
    <details className="denied">
      <summary>
        {t('acts.denied', { n: acts.length })} · {t('acts.why')}
      </summary>
      <ul className="plain">
        {[...reasons.values()]
          .toSorted((a, b) => rank(a) - rank(b))
          .flatMap((alike) => {
            const [first] = alike;
            return first === undefined ? [] : [{ alike, denial: first.denial }];
          })
          .map(({ alike, denial }) => (
            <li key={denial.reason.id}>
              <strong>{alike.map((act) => say(act.sentence)).join(', ')}</strong>
              <p className="tight">{say(denial.reason)}</p>
              {denial.legalBasis !== undefined && (
                <p className="dim tight">{t('acts.basis', { basis: denial.legalBasis.map(cite).join('; ') })}</p>
              )}
            </li>
          ))}
      </ul>
    </details>
  );
}

const draftName = (caseId: string, command: string): string => `${caseId}/${command}`;

/** The acts on this case that are being filled in on this device; undefined while that is not known. Looked at anew when a form opens or closes. */
function useKeptActs(caseId: string, chosen: SentCommand | undefined): readonly string[] | undefined {
  const [kept, setKept] = useState<readonly string[]>();
  // biome-ignore lint/correctness/useExhaustiveDependencies: what is kept changes while a form is open
  useEffect(() => {
    void draftsOf(draftName(caseId, ''))
      .catch(() => [])
      .then(setKept);
  }, [caseId, chosen]);
  return kept;
}

interface ActFormProps {
  readonly act: Act;
  readonly command: SentCommand;
  readonly view: CaseView;
  readonly kept: KeptDraft | undefined;
  readonly cancel: () => void;
  readonly done: () => void;
}

function ActForm({ act, command, view, kept, cancel, done }: ActFormProps) {
  const speech = useSpeech();
  const { t, say } = speech;
  const who = useWho();
  const names = useCaseNames(view);
  const refresh = useRefresh();
  const fields = commandFields[command];
  const start: FormContext = { view, names, speech, who };
  const form = useForm<FieldValues>({ defaultValues: { ...initialValues(fields, start), ...kept?.values } });
  const fact: unknown = form.watch('fact');
  const context: FormContext = typeof fact === 'string' && fact !== '' ? { ...start, fact } : start;
  // One key for this filling-in of the form, however often it is sent; the revision is the one that was on the screen.
  const key = useRef(kept?.key ?? crypto.randomUUID());
  const [seen, setSeen] = useState(kept?.seen ?? view.revision);
  const keeping = useKeeping(draftName(view.caseId, command), form, kept, () => ({ key: key.current, seen }));
  const send = useSend(async (values: FieldValues) => {
    const accepted = await answered<Accepted & { readonly held?: object }>(
      client.POST(`/cases/{caseId}/${act.name as 'close-case'}`, {
        params: {
          path: { caseId: view.caseId },
          header: { 'If-Match': `"${seen}"`, 'Idempotency-Key': key.current },
        },
        // Every command's body comes from one table; that each row fits its request is what the API checks.
        body: (await withCaseIds(fields, bodyOf(fields, values, context))) as { reason: string },
      }),
    );
    noteWrite(accepted);
    await keeping.discard();
    await refresh(view.caseId);
    // What is held says so itself.
    if (accepted.held === undefined) done();
    else cancel();
  });
  const changed = send.fault instanceof Refusal && send.fault.status === 412 ? send.fault : undefined;
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    const field = heading.current?.parentElement?.querySelector<HTMLElement>('input, select, textarea');
    (field ?? heading.current)?.focus();
  }, []);
  return (
    <form className="act-form" noValidate onSubmit={form.handleSubmit((values) => send.run(values))}>
      <h3 ref={heading} tabIndex={-1}>
        {say(act.sentence)}
      </h3>
      {fields.length === 0 && <p className="dim tight">{t('acts.noFields')}</p>}
      {fields.map((field) => (
        <FieldInput
          key={field.name}
          field={field}
          context={context}
          register={form.register(field.name, {
            validate: (value: unknown) => field.optional === true || isComplete(field, value) || t('field.required'),
          })}
          missing={form.getFieldState(field.name, form.formState).invalid}
          put={(value) => form.setValue(field.name, value, { shouldValidate: form.formState.isSubmitted })}
          chosen={field.kind === 'members' ? form.watch(field.name) : undefined}
        />
      ))}
      {changed !== undefined ? (
        <Conflict refusal={changed} onRead={setSeen} view={view} />
      ) : (
        // What is being sent changes the case too, and is not news.
        view.revision > seen && !send.busy && <News seen={seen} onRead={() => setSeen(view.revision)} view={view} />
      )}
      <SendFault fault={send.fault} labelOf={(path) => labelIn(fields, path, t)} />
      <div className="row">
        <Button type="submit" loading={send.busy}>
          {changed === undefined ? t('acts.send', { act: say(act.sentence) }) : t('conflict.go')}
        </Button>
        <Button variant="subtle" onClick={cancel}>
          {t('app.cancel')}
        </Button>
      </div>
      <DraftState keeping={keeping} discarded={cancel} />
    </form>
  );
}

/** What happened since the case was on the screen. Nothing that was typed is lost; it is sent again against what is now. */
function Conflict({
  refusal,
  onRead,
  view,
}: {
  readonly refusal: Refusal;
  readonly onRead: (revision: number) => void;
  readonly view: CaseView;
}) {
  const { t, say } = useSpeech();
  const refresh = useRefresh();
  const names = useCaseNames(view);
  const { data: items = [] } = useHistory(view.caseId, view.position);
  const { currentRevision, since } = refusal.problem;
  const box = useRef<HTMLDivElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: once for each refusal
  useEffect(() => {
    if (currentRevision !== undefined) onRead(currentRevision);
    void refresh(view.caseId);
    box.current?.focus();
  }, [refusal]);
  return (
    <Alert ref={box} tabIndex={-1} role="alert" title={t('conflict.title')}>
      {t('conflict.lead')}
      <Since
        view={view}
        acts={(since ?? []).map(({ sentence, revision, ...act }) => {
          // In words once its event is here too; until then as the refusal says it.
          const item = items.find((one) => one.revision === revision && one.stream.startsWith('case-'));
          return { ...act, said: item === undefined ? say(sentence) : names.sentence(item) };
        })}
      />
    </Alert>
  );
}

/** Someone else acted on the case while the form is open: told at once, and sent against what is now only after it was read. */
function News({ seen, onRead, view }: { readonly seen: number; readonly onRead: () => void; readonly view: CaseView }) {
  const { t } = useSpeech();
  const names = useCaseNames(view);
  const { data } = useHistory(view.caseId, view.position);
  const since = (data ?? []).filter(({ stream, revision }) => stream.startsWith('case-') && revision > seen);
  return (
    <Alert role="status" title={t('conflict.title')}>
      {t('conflict.lead')}
      <Since
        view={view}
        acts={since.map((item) => ({
          by: item.performedBy ?? item.actor,
          recordedAt: item.recordedAt,
          said: names.sentence(item),
        }))}
      />
      <Button size="compact-xs" variant="default" onClick={onRead}>
        {t('conflict.read')}
      </Button>
    </Alert>
  );
}

interface SinceProps {
  readonly view: CaseView;
  readonly acts: readonly { readonly by: string; readonly recordedAt: string; readonly said: string }[];
}

function Since({ view, acts }: SinceProps) {
  const { moment } = useSpeech();
  const { register, zone } = useCaseNames(view);
  return (
    <ul className="plain">
      {acts.map(({ by, recordedAt, said }) => (
        <li key={recordedAt + said}>
          <strong>{register.officialName(by)}</strong>, {moment(recordedAt, zone)}: {said}
        </li>
      ))}
    </ul>
  );
}

interface FieldInputProps {
  readonly field: Field;
  readonly context: FormContext;
  readonly register: ReturnType<ReturnType<typeof useForm<FieldValues>>['register']>;
  readonly missing: boolean;
  /** Puts a value that is not typed. */
  readonly put: (value: string | readonly string[]) => void;
  /** What is put by now. */
  readonly chosen: unknown;
}

function FieldInput({ field, context, register, missing, put, chosen }: FieldInputProps) {
  const { t } = useSpeech();
  const kind = kindOf(field, context);
  const common = {
    label: t(field.label),
    withAsterisk: field.optional !== true,
    error: missing ? t('field.required') : undefined,
    ...(field.optional === true ? { description: t('field.optional') } : {}),
  };
  const options = field.options?.(context) ?? [];
  if (options.length === 0 && (kind === 'choice' || kind === 'choices' || kind === 'members') && field.name !== 'value')
    return <Alert title={common.label}>{t(field.nothing ?? 'field.nothing')}</Alert>;
  switch (kind) {
    case 'words':
      return <Textarea {...common} {...register} autosize minRows={3} maxRows={12} />;
    case 'choice':
      return (
        <NativeSelect {...common} {...register}>
          <option value="">{t('field.choose')}</option>
          {options.map(({ value, label }) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </NativeSelect>
      );
    case 'choices':
      return (
        <Checkbox.Group label={common.label} withAsterisk error={common.error}>
          <div className="choices">
            {options.map(({ value, label }) => (
              <Checkbox key={value} size="sm" value={value} label={label} {...register} />
            ))}
          </div>
        </Checkbox.Group>
      );
    case 'members':
      return (
        <MembersInput
          label={common.label}
          missing={missing}
          options={options}
          chosen={Array.isArray(chosen) ? chosen.map(String) : []}
          put={put}
          context={context}
        />
      );
    case 'document':
      return <DocumentInput {...common} caseId={context.view.caseId} put={put} />;
    case 'line':
    case 'date':
    case 'number':
      return <TextInput {...common} {...register} type={kind === 'line' ? 'text' : kind} autoComplete="off" />;
  }
}

interface MembersInputProps {
  readonly label: string;
  readonly missing: boolean;
  readonly options: readonly Option[];
  /** As `memberOf` writes them. */
  readonly chosen: readonly string[];
  readonly put: (members: readonly string[]) => void;
  readonly context: FormContext;
}

/** First which agencies sit on the panel, then who for each of those. One who sits for an agency is not offered for another. */
function MembersInput({ label, missing, options, chosen, put, context: { names, speech } }: MembersInputProps) {
  const { t, code } = speech;
  const { agencies = [], quorum = 1 } = names.procedure?.panel ?? {};
  const sitting = agencies.filter((agency) => chosen.some((member) => agencyOf(member) === agency));
  return (
    <>
      <Checkbox.Group
        label={label}
        description={t('field.quorum', { n: quorum })}
        withAsterisk
        error={missing ? t('field.membersMissing') : undefined}
        value={[...sitting]}
        onChange={(now) =>
          put([
            ...chosen.filter((member) => now.includes(agencyOf(member))),
            ...now.filter((agency) => !sitting.includes(agency)),
          ])
        }
      >
        <div className="choices">
          {agencies.map((agency) => (
            <Checkbox key={agency} size="sm" value={agency} label={code(agency)} />
          ))}
        </div>
      </Checkbox.Group>
      {sitting.map((agency) => {
        const others = chosen.filter((member) => agencyOf(member) !== agency);
        const free = options.filter(({ value }) => !others.some((member) => member === memberOf(agencyOf(member), value)));
        return (
          <Checkbox.Group
            key={agency}
            label={t('field.membersOf', { agency: code(agency) })}
            withAsterisk
            value={chosen.filter((member) => agencyOf(member) === agency && isMember(member))}
            onChange={(now) => put([...others, ...(now.length === 0 ? [agency] : now)])}
          >
            <div className="choices">
              {free.map(({ value, label: name }) => (
                <Checkbox key={value} size="sm" value={memberOf(agency, value)} label={name} />
              ))}
              {free.length === 0 && <p className="dim tight">{t('field.membersLeft')}</p>}
            </div>
          </Checkbox.Group>
        );
      })}
    </>
  );
}

interface DocumentInputProps {
  readonly label: string;
  readonly description?: string;
  readonly caseId: string;
  /** The document's hash, once it is taken in; nothing while it is not. */
  readonly put: (sha256: string) => void;
}

/** A file is sent as soon as it is chosen, so that the act itself only names it. */
function DocumentInput({ label, description, caseId, put }: DocumentInputProps) {
  const { t } = useSpeech();
  const [said, setSaid] = useState<string>();
  const [file, setFile] = useState<File | null>(null);
  const send = useSend(async (chosen: File | null) => {
    put('');
    setSaid(undefined);
    if (chosen === null) return;
    const { sha256, size, state } = await sendDocument(caseId, chosen);
    const word = state === 'quarantined' ? 'document.quarantined' : state === 'infected' ? 'document.infected' : 'document.sent';
    setSaid(t(word, { name: chosen.name, size: `${Math.ceil(size / 1024)} kB` }));
    if (state !== 'infected') put(sha256);
  });
  return (
    <div>
      <FileInput
        label={label}
        description={description}
        accept={ACCEPTED}
        clearable
        value={file}
        onChange={(chosen) => {
          setFile(chosen);
          void send.run(chosen);
        }}
      />
      <p role="status" className="dim tight">
        {send.busy ? t('document.sending') : said}
      </p>
      <SendFault fault={send.fault} />
    </div>
  );
}

const ACCEPTED = 'application/pdf,image/jpeg,image/png';

/** Of each agency that is to sit on a panel somebody is named. */
function isComplete({ kind }: Field, value: unknown): boolean {
  return isFilled(value) && (kind !== 'members' || (Array.isArray(value) && value.map(String).every(isMember)));
}

function isFilled(value: unknown): boolean {
  return Array.isArray(value) ? value.length > 0 : typeof value === 'string' && value.trim() !== '';
}

function initialValues(fields: readonly Field[], context: FormContext): FieldValues {
  const values: FieldValues = {};
  for (const field of fields)
    put(values, field.name, ['choices', 'members'].includes(kindOf(field, context)) ? [] : (field.initial?.(context) ?? ''));
  return values;
}

/** The request's body: what was left empty is left out; words go byte for byte, as they were typed. */
function bodyOf(fields: readonly Field[], values: FieldValues, context: FormContext): FieldValues {
  const body: FieldValues = {};
  for (const field of fields) {
    const value: unknown = field.name.split('.').reduce<unknown>((part, name) => (part as FieldValues)[name], values);
    if (!isFilled(value)) continue;
    const sent = field.sent !== undefined && Array.isArray(value) ? field.sent(value) : value;
    put(body, field.name, field.name === 'value' ? typed(String(value), context) : sent);
  }
  return body;
}

function labelIn(fields: readonly Field[], path: string, t: FormContext['speech']['t']): string | undefined {
  const field = fields.find(({ name }) => name === path);
  return field === undefined ? undefined : t(field.label);
}

async function withCaseIds(fields: readonly Field[], body: FieldValues): Promise<FieldValues> {
  for (const { name, namesCase } of fields)
    if (namesCase === true && body[name] !== undefined) body[name] = await caseIdOf(String(body[name]));
  return body;
}

function typed(value: string, { names, fact }: FormContext): string | number | boolean {
  const type = fact === undefined ? undefined : names.fact(fact)?.type;
  return type === 'boolean' ? value === 'true' : type === 'number' ? Number(value) : value;
}

function put(into: FieldValues, path: string, value: unknown): void {
  const [first = '', rest] = path.split('.');
  if (rest === undefined) into[first] = value;
  else {
    into[first] ??= {};
    put(into[first], rest, value);
  }
}
