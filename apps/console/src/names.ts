/** What people call the codes of one case: its facts, papers, clocks, outcomes, officials and offices. */
import type { CaseEvent } from '#domain/case/events.js';
import { referenceOf } from '#domain/case/reference.js';
import { sentenceOf } from '#domain/case/sentences.js';
import { roleName } from '#domain/office/official.js';
import type { ClockDefinition, EvidenceDefinition, FactDefinition, Procedure } from '#domain/procedure/procedure.js';
import type { FactValue, Proof } from '#domain/procedure/rules.js';
import type { ClocksEvent } from '#domain/process/events.js';
import { type CaseView, type Register, useRegister } from './api.js';
import { type Speech, useSpeech } from './words.js';

export interface CaseNames {
  readonly register: Register;
  readonly procedure: Procedure | undefined;
  /** Every published version of its procedure. */
  readonly versions: readonly { readonly version: string; readonly sha256: string }[];
  readonly zone: string | undefined;
  readonly outcome: (code: string) => string;
  readonly fact: (code: string) => FactDefinition | undefined;
  readonly question: (fact: string) => string;
  readonly answer: (value: FactValue | undefined) => string;
  readonly kindOf: (evidence: string) => EvidenceDefinition | undefined;
  /** A paper by its title, or an interview by its date. */
  readonly paper: (id: string) => string;
  /** What an answer rests on: its papers, and first the days and dates that imply it where nobody entered it. */
  readonly grounds: (answer: Pick<Proof, 'evidence' | 'from'>) => string;
  readonly clock: (code: string) => ClockDefinition | undefined;
  readonly clockName: (code: string) => string;
  /** Of a clock that runs or ran in the case. */
  readonly clockOf: (clockId: string) => string;
  readonly sentence: (event: {
    readonly type: (CaseEvent | ClocksEvent)['type'];
    readonly data: { readonly [field: string]: unknown };
  }) => string;
}

export function useCaseNames(view: CaseView): CaseNames {
  const speech = useSpeech();
  const register = useRegister();
  const procedure = register.procedureOf(view.procedure);
  const { say, code, day, t } = speech;
  const kindOf = (evidence: string) => procedure?.evidence.find((e) => e.code === evidence);
  const fact = (name: string) => procedure?.facts[name];
  const clock = (name: string) => procedure?.clocks.find((c) => c.code === name);
  const clockName = (name: string) => {
    const definition = clock(name);
    return definition === undefined ? name : say(definition.name);
  };
  const question = (name: string) => {
    const definition = fact(name);
    return definition === undefined ? name : say(definition.question);
  };
  const answer = (value: FactValue | undefined) => (value === undefined ? '–' : code(String(value)));
  const paper = (id: string) => {
    const item = view.evidence.find((e) => e.evidenceId === id);
    if (item !== undefined)
      return item.title ?? (kindOf(item.evidence) === undefined ? id : say(kindOf(item.evidence)?.name ?? { id, en: id }));
    const interview = view.interviews.find((i) => i.interviewId === id);
    return interview === undefined ? id : t('interview.of', { date: day(interview.heldOn) });
  };
  const dated = ([name, value]: readonly [string, FactValue]) => {
    const on = typeof value === 'string' && isDate(value) ? day(value) : answer(value);
    return name === 'lodging' || name === 'decision' ? t(`day.${name}`, { date: on }) : `${question(name)} ${on}`;
  };
  const names: Omit<CaseNames, 'sentence'> = {
    register,
    procedure,
    versions: register.procedures.filter(({ code: of }) => of === view.procedure.code),
    zone: register.zoneOf(view.office),
    outcome: (name) => {
      // Of a linked case it may be another procedure's.
      const outcome = [procedure, ...register.procedures].flatMap((one) => one?.outcomes ?? []).find((o) => o.code === name);
      return outcome === undefined ? name : say(outcome.name);
    },
    fact,
    question,
    answer,
    kindOf,
    paper,
    grounds: ({ evidence = [], from = {} }) => [...Object.entries(from).map(dated), ...evidence.map(paper)].join(', '),
    clock,
    clockName,
    clockOf: (clockId) => clockName(view.clocks.find((c) => c.clockId === clockId)?.code ?? clockId),
  };
  return {
    ...names,
    sentence: ({ type, data }) => sentenceOf({ type, data: withNames(data, view, names, speech) })[speech.language],
  };
}

/** The event's data with names in the place of codes. */
function withNames(
  data: { readonly [field: string]: unknown },
  view: CaseView,
  names: Omit<CaseNames, 'sentence'>,
  speech: Speech,
): { readonly [field: string]: unknown } {
  const { say, code, day, moment } = speech;
  const { register } = names;
  const kindName = (name: string): string | undefined => {
    const kind = names.kindOf(name);
    return kind === undefined ? undefined : say(kind.name);
  };
  const ways: { readonly [field: string]: (value: string) => string } = {
    by: register.officialName,
    officer: register.officialName,
    recommendedBy: register.officialName,
    official: register.officialName,
    told: register.officialName,
    toldBefore: register.officialName,
    toRole: (value) => say(roleName(value)),
    office: register.officeName,
    // Of a referral an office; of a paper that was given back, who got it.
    to: (value) => (view.custody.some(({ returned }) => returned?.to === value) ? code(value) : register.officeName(value)),
    from: (value) => (isDate(value) ? day(value) : register.officeName(value)),
    outcome: names.outcome,
    recommended: names.outcome,
    fact: (value) => `“${names.question(value)}”`,
    evidence: (value) => kindName(value) ?? names.paper(value),
    missing: (value) => kindName(value) ?? code(value),
    evidenceId: names.paper,
    clock: names.clockName,
    clockId: names.clockOf,
    indicatorId: (value) => code(view.indicators.find((one) => one.indicatorId === value)?.indicator ?? value),
    other: referenceOf,
    // Of a ladder, or of an imported log.
    step: (value) => names.procedure?.steps?.find((one) => one.code === value)?.name ?? code(value),
    dueAt: (value) => moment(value, names.zone),
  };
  const named = (field: string, value: unknown): unknown => {
    if (Array.isArray(value)) return value.map((each) => named(field, each));
    // A member of a panel.
    if (typeof value === 'object' && value !== null && 'agency' in value) return withNames({ ...value }, view, names, speech);
    if (typeof value !== 'string') return value;
    const way = ways[field] ?? (isDate(value) ? day : code);
    return way(value);
  };
  return Object.fromEntries(Object.entries(data).map(([field, value]) => [field, named(field, value)]));
}

function isDate(value: string): boolean {
  return /^\d{4}-\d{2}-\d{2}$/.test(value);
}
