/** What each act asks for, as data: one table, one form for all of them (acts.tsx). A new command gets a row here; the compiler says so. */
import { dateIn } from '#domain/case/clock-events.js';
import type { CaseCommandType } from '#domain/case/commands.js';
import { heldOriginals, standingConflicts } from '#domain/case/state.js';
import type { Word } from '#domain/vocabulary.js';
import type { CaseView, WhoAmI } from './api.js';
import type { CaseNames } from './names.js';
import { HOME_ZONE, type Speech, type WordKey } from './words.js';

/** Commands that no one sends from a case's page. */
type NotHere = 'OpenDraft' | 'OpenImportedCase' | 'RecordImportedStep' | 'CloseImportedCase';
export type SentCommand = Exclude<CaseCommandType, NotHere>;

export interface Option {
  readonly value: string;
  readonly label: string;
}

/** An official for an agency, as a value: `agency official`; the agency alone while nobody is chosen for it. */
export const memberOf = (agency: string, official: string): string => `${agency} ${official}`;
export const agencyOf = (member: string): string => member.split(' ')[0] ?? '';
export const isMember = (value: string): boolean => value.includes(' ');

export interface FormContext {
  readonly view: CaseView;
  readonly names: CaseNames;
  readonly speech: Speech;
  readonly who: WhoAmI;
  /** The fact chosen in the form, for its answers. */
  readonly fact?: string;
}

export type FieldKind = 'line' | 'words' | 'date' | 'number' | 'choice' | 'choices' | 'members' | 'document';

type Options = (context: FormContext) => readonly Option[];
type Initial = (context: FormContext) => string | undefined;

export interface Field {
  /** The name in the request; `subject.name` is a part's. */
  readonly name: string;
  readonly label: WordKey;
  readonly kind: FieldKind | ((context: FormContext) => FieldKind);
  readonly optional?: true;
  readonly options?: Options;
  /** What stands in it at first. */
  readonly initial?: Initial;
  /** What the chosen values become in the request, where they are no codes. */
  readonly sent?: (values: readonly string[]) => unknown;
  /** A case, by the reference that every screen shows: what is sent is its id. */
  readonly namesCase?: true;
  /** Said in its place when there is nothing to choose from. */
  readonly nothing?: WordKey;
}

const words = (name: string, label: WordKey): Field => ({ name, label, kind: 'words' });
const line = (name: string, label: WordKey): Field => ({ name, label, kind: 'line' });
const date = (name: string, label: WordKey): Field => ({ name, label, kind: 'date' });
const maybe = (field: Field): Field => ({ ...field, optional: true });
const codes =
  (...list: readonly Word[]): Options =>
  ({ speech }) =>
    list.map((value) => ({ value, label: speech.code(value) }));

const reason = words('reason', 'field.reason');
const today: Initial = ({ who, names }) => dateIn(names.zone ?? HOME_ZONE, who.now);

const kindsOfEvidence: Options = ({ names, speech }) =>
  (names.procedure?.evidence ?? []).map((kind) => ({ value: kind.code, label: speech.say(kind.name) }));
const missingEvidence: Options = (context) =>
  kindsOfEvidence(context).filter(
    ({ value }) => !context.view.evidence.some((item) => item.evidence === value && item.status !== 'rejected'),
  );
const papers =
  (...statuses: readonly string[]): Options =>
  ({ view, names }) =>
    view.evidence
      .filter((item) => statuses.includes(item.status))
      .map((item) => ({ value: item.evidenceId, label: names.paper(item.evidenceId) }));

/** What people hand in at the counter, most often. */
const ORIGINALS: readonly Word[] = ['passport', 'travel-document', 'stay-permit', 'identity-card', 'birth-record', 'other'];
const held: Options = ({ view, speech }) =>
  heldOriginals(view).map(({ custodyId, receipt, paper }) => ({ value: custodyId, label: `${receipt}: ${speech.code(paper)}` }));

const inConflict: Options = ({ view, names }) =>
  standingConflicts(view).map(({ official }) => ({ value: official, label: names.register.officialName(official) }));

const outcomes =
  (but: (context: FormContext) => string | undefined): Options =>
  (context) =>
    (context.names.procedure?.outcomes ?? [])
      .filter((outcome) => outcome.code !== but(context))
      .map((outcome) => ({ value: outcome.code, label: context.speech.say(outcome.name) }));

const clocks =
  (suspended: boolean): Options =>
  ({ view, names }) =>
    view.clocks
      .filter((c) => c.stoppedAt === undefined && c.explicitDueAt === undefined)
      .filter((c) => (c.explanation.status === 'suspended') === suspended)
      .map((c) => ({ value: c.clockId, label: names.clockName(c.code) }));

/** Running clocks that their procedure lets a supervisor extend. */
const extensible: Options = (context) => {
  const may = new Set(context.names.procedure?.clocks.filter((c) => c.extension !== undefined).map((c) => c.code));
  const codes = new Set(context.view.clocks.filter((c) => may.has(c.code)).map((c) => c.clockId));
  return clocks(false)(context).filter(({ value }) => codes.has(value));
};

/** Decisive questions first, and said to be so. */
const facts: Options = ({ view, names, speech }) => {
  const decisive = view.evaluation?.decisive ?? [];
  const all = Object.keys(names.procedure?.facts ?? {});
  return [...decisive, ...all.filter((fact) => !decisive.includes(fact))].map((value) => ({
    value,
    label: decisive.includes(value) ? `${names.question(value)} — ${speech.t('facts.mark')}` : names.question(value),
  }));
};

const answers: Options = ({ names, speech, fact }) => {
  const type = fact === undefined ? undefined : names.fact(fact);
  const values = type?.type === 'choice' ? type.choices : type?.type === 'boolean' ? ['true', 'false'] : [];
  return values.map((value) => ({ value, label: speech.code(value) }));
};

/** A fact takes an answer of its own type. */
const answerKind = ({ names, fact }: FormContext): FieldKind => {
  const type = fact === undefined ? undefined : names.fact(fact)?.type;
  return type === 'date' || type === 'number' ? type : 'choice';
};

const standing: Options = (context) => [
  ...papers('verified')(context),
  ...context.view.interviews.map(({ interviewId }) => ({ value: interviewId, label: context.names.paper(interviewId) })),
];

const officers: Options = ({ view, names }) =>
  names.register.officials
    .filter((official) => official.capacities.some((c) => c.role === 'case-officer' && c.office === view.office))
    .map((official) => ({ value: official.id, label: official.name }));

const agencies: Options = ({ names, speech }) =>
  (names.procedure?.consultedAgencies ?? []).map((value) => ({ value, label: speech.code(value) }));
const openConsultations: Options = ({ view, speech }) =>
  view.consultations
    .filter((c) => c.answeredOn === undefined)
    .map((c) => ({ value: c.consultationId, label: `${speech.code(c.agency)}: ${c.question ?? ''}` }));

const remedies: Options = ({ names, speech }) =>
  (names.procedure?.remedies ?? []).map(({ code, name }) => ({ value: code, label: speech.say(name) }));
const versions: Options = ({ view, names }) =>
  names.versions
    .filter(({ sha256 }) => sha256 !== view.procedure.sha256)
    .map(({ version }) => ({ value: version, label: version }));
const indicators: Options = ({ view, speech }) =>
  view.indicators
    .filter((one) => one.cleared === undefined)
    .map((one) => ({ value: one.indicatorId, label: `${speech.code(one.indicator)}: ${one.reason ?? ''}` }));

/** Who may sit on a panel, for whichever of its agencies. */
const members: Options = ({ names }) =>
  names.register.officials
    .filter((official) => official.capacities.some((c) => c.role === 'panel-member'))
    .map(({ id, name }) => ({ value: id, label: name }));
const membersIn = (values: readonly string[]) =>
  values.map((value) => {
    const [agency, official] = value.split(' ');
    return { agency, official };
  });
const derived: Initial = ({ view }) => view.evaluation?.outcome;

const recommended = ({ view }: FormContext): string | undefined =>
  view.progress.stage === 'review' ? view.progress.recommendation.outcome : undefined;

export const commandFields: { readonly [C in SentCommand]: readonly Field[] } = {
  AmendDraft: [
    { ...line('subject.name', 'field.name'), initial: ({ view }) => view.subject?.name },
    { ...maybe(line('subject.born', 'field.born')), initial: ({ view }) => view.subject?.born },
    { ...maybe(line('subject.birthPlace', 'field.birthPlace')), initial: ({ view }) => view.subject?.birthPlace },
  ],
  LodgeApplication: [],
  AssignOfficer: [{ name: 'officer', label: 'field.officer', kind: 'choice', options: officers }],
  BeginScreening: [],
  ReturnAsIncomplete: [{ name: 'missing', label: 'field.missing', kind: 'choices', options: missingEvidence }, reason],
  ResumeScreening: [],
  AcceptAsComplete: [],
  RequestEvidence: [{ name: 'evidence', label: 'field.evidenceKind', kind: 'choice', options: kindsOfEvidence }, reason],
  ReceiveEvidence: [
    {
      name: 'evidence',
      label: 'field.evidenceKind',
      kind: 'choice',
      options: kindsOfEvidence,
      initial: (context) => missingEvidence(context)[0]?.value,
    },
    line('title', 'field.title'),
    maybe(line('number', 'field.number')),
    maybe(line('issuer', 'field.issuer')),
    maybe({ name: 'sha256', label: 'field.document', kind: 'document' }),
  ],
  VerifyEvidence: [
    { name: 'evidenceId', label: 'field.evidenceItem', kind: 'choice', options: papers('received') },
    {
      name: 'method',
      label: 'field.method',
      kind: 'choice',
      options: codes('register-inquiry', 'original-seen', 'issuer-confirmed'),
    },
    maybe(words('note', 'field.note')),
  ],
  RejectEvidence: [
    { name: 'evidenceId', label: 'field.evidenceItem', kind: 'choice', options: papers('received', 'verified') },
    { name: 'ground', label: 'field.ground', kind: 'choice', options: codes('forged', 'illegible', 'not-this-person') },
    reason,
  ],
  RecordInterview: [date('heldOn', 'field.heldOn'), words('notes', 'field.notes')],
  RecordFinding: [
    { name: 'fact', label: 'field.fact', kind: 'choice', options: facts, initial: ({ view }) => view.evaluation?.decisive[0] },
    { name: 'value', label: 'field.value', kind: answerKind, options: answers },
    { name: 'evidence', label: 'field.restsOn', kind: 'choices', options: standing, nothing: 'field.nothingToRestOn' },
    reason,
  ],
  RequestConsultation: [
    { name: 'agency', label: 'field.agency', kind: 'choice', options: agencies },
    words('question', 'field.question'),
  ],
  RecordConsultationReply: [
    { name: 'consultationId', label: 'field.consultation', kind: 'choice', options: openConsultations },
    date('answeredOn', 'field.answeredOn'),
    words('reply', 'field.reply'),
  ],
  ConvenePanel: [{ name: 'members', label: 'field.members', kind: 'members', options: members, sent: membersIn }],
  RecordPanelFinding: [
    { name: 'outcome', label: 'field.outcome', kind: 'choice', options: outcomes(() => undefined), initial: derived },
    { name: 'position', label: 'field.position', kind: 'choice', options: codes('agrees', 'dissents') },
    reason,
  ],
  ConcludePanel: [
    { name: 'outcome', label: 'field.outcome', kind: 'choice', options: outcomes(() => undefined), initial: derived },
  ],
  RecommendDetermination: [
    {
      name: 'outcome',
      label: 'field.outcome',
      kind: 'choice',
      options: outcomes(() => undefined),
      initial: ({ view }) => view.evaluation?.outcome,
    },
    reason,
  ],
  ApproveDetermination: [reason],
  ReturnForRework: [reason],
  DetermineOtherwise: [{ name: 'outcome', label: 'field.outcome', kind: 'choice', options: outcomes(recommended) }, reason],
  ReferCase: [reason],
  ServeDetermination: [
    { ...date('servedOn', 'field.servedOn'), initial: today },
    { name: 'method', label: 'field.method', kind: 'choice', options: codes('in-person', 'registered-mail') },
    maybe(words('note', 'field.note')),
  ],
  TakeCustody: [
    { name: 'paper', label: 'field.original', kind: 'choice', options: codes(...ORIGINALS) },
    maybe(line('number', 'field.number')),
    { ...date('takenOn', 'field.originalTakenOn'), initial: today },
    maybe({ name: 'evidenceId', label: 'field.evidenceItem', kind: 'choice', options: papers('received', 'verified') }),
    maybe(words('note', 'field.note')),
  ],
  ReturnOriginal: [
    { name: 'custodyId', label: 'field.original', kind: 'choice', options: held, nothing: 'custody.none' },
    {
      name: 'to',
      label: 'field.returnedTo',
      kind: 'choice',
      options: codes('applicant', 'representative', 'issuer', 'requesting-authority'),
    },
    line('recipient', 'field.recipient'),
    { ...date('returnedOn', 'field.returnedOn'), initial: today },
    maybe(words('note', 'field.note')),
  ],
  CloseCase: [
    reason,
    maybe({
      name: 'acknowledges',
      label: 'field.acknowledgesHeld',
      kind: 'choice',
      options: (context) => (held(context).length === 0 ? [] : codes('originals-held')(context)),
    }),
  ],
  WithdrawApplication: [{ ...date('withdrawnOn', 'field.withdrawnOn'), initial: today }, reason],
  ReopenCase: [
    {
      name: 'ground',
      label: 'field.ground',
      kind: 'choice',
      options: codes('new-evidence', 'false-data', 'court-judgment', 'remedy-granted'),
    },
    maybe(line('judgment', 'field.judgment')),
    reason,
  ],
  MigrateToVersion: [
    { name: 'version', label: 'field.version', kind: 'choice', options: versions, nothing: 'field.noVersion' },
    reason,
  ],
  WriteNote: [words('note', 'field.noteOnCase')],
  RecordIndicator: [
    {
      name: 'indicator',
      label: 'field.indicator',
      kind: 'choice',
      options: codes('papers-withheld', 'debt-bondage', 'threat-or-violence', 'deceived-about-work', 'minor-moved-alone'),
    },
    reason,
  ],
  ClearIndicator: [{ name: 'indicatorId', label: 'field.indicator', kind: 'choice', options: indicators }, reason],
  DeclareConflict: [
    {
      name: 'ground',
      label: 'field.ground',
      kind: 'choice',
      options: codes('relative', 'own-interest', 'earlier-part', 'other'),
    },
    reason,
  ],
  LiftConflict: [{ name: 'official', label: 'field.conflictOf', kind: 'choice', options: inConflict }, reason],
  FileRemedy: [
    { name: 'remedy', label: 'field.remedy', kind: 'choice', options: remedies },
    { ...date('filedOn', 'field.filedOn'), initial: today },
    reason,
    maybe(line('proofSha256', 'field.filingProof')),
    maybe({ name: 'acknowledges', label: 'field.acknowledges', kind: 'choice', options: codes('granted-by-silence') }),
  ],
  SummonToOath: [date('on', 'field.summonedOn')],
  RecordOath: [{ ...date('takenOn', 'field.takenOn'), initial: today }, maybe(line('record', 'field.oathRecord')), maybe(reason)],
  RecordHandIn: [{ ...date('handedInOn', 'field.handedInOn'), initial: today }, maybe(words('note', 'field.note'))],
  LinkCase: [{ ...line('other', 'field.otherCase'), namesCase: true }, reason],
  SuspendClock: [
    { name: 'clockId', label: 'field.clock', kind: 'choice', options: clocks(false) },
    { ...date('from', 'field.from'), initial: today },
    { name: 'ground', label: 'field.ground', kind: 'choice', options: codes('force-majeure', 'awaiting-consultation') },
    reason,
  ],
  ExtendClock: [{ name: 'clockId', label: 'field.clock', kind: 'choice', options: extensible }, reason],
  ResumeClock: [
    { name: 'clockId', label: 'field.clock', kind: 'choice', options: clocks(true) },
    { ...date('resumedOn', 'field.resumedOn'), initial: today },
    reason,
  ],
};

export function kindOf({ kind }: Field, context: FormContext): FieldKind {
  return typeof kind === 'function' ? kind(context) : kind;
}

export function hasFields(command: CaseCommandType): command is SentCommand {
  return command in commandFields;
}
