/** What people call the codes of one case: its facts, papers, clocks, outcomes, officials and offices. */
import type { CaseEvent } from '#domain/case/events.js';
import { sentenceOf } from '#domain/case/sentences.js';
import { roleNames } from '#domain/office/official.js';
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
      const outcome = procedure?.outcomes.find((o) => o.code === name);
      return outcome === undefined ? name : say(outcome.name);
    },
    fact,
    question,
    answer,
    kindOf,
    paper,
    grounds: ({ evidence = [], from = {} }) => [...Object.entries(from).map(dated), ...evidence.map(paper)].join(', '),
    clock,
  };
  return {
    ...names,
    sentence: ({ type, data }) => sentenceOf({ type, data: withNames(data, view, names, speech) })[speech.language],
  };
}

/** The event's data with names in the place of codes; what has no name stays as it is. */
function withNames(
  data: { readonly [field: string]: unknown },
  view: CaseView,
  names: Omit<CaseNames, 'sentence'>,
  { say, code, day, moment }: Speech,
): { readonly [field: string]: unknown } {
  const { register } = names;
  const clockName = (name: string): string => {
    const definition = names.clock(name);
    return definition === undefined ? name : say(definition.name);
  };
  const ways: { readonly [field: string]: (value: string) => string } = {
    by: register.officialName,
    officer: register.officialName,
    recommendedBy: register.officialName,
    official: register.officialName,
    told: register.officialName,
    toldBefore: register.officialName,
    toRole: (value) => (Object.hasOwn(roleNames, value) ? say(roleNames[value as keyof typeof roleNames]) : value),
    step: code,
    office: register.officeName,
    // Of a referral an office; of a paper that was given back, who got it.
    to: (value) => (view.custody.some(({ returned }) => returned?.to === value) ? code(value) : register.officeName(value)),
    from: (value) => (isDate(value) ? day(value) : register.officeName(value)),
    outcome: names.outcome,
    recommended: names.outcome,
    fact: (value) => `“${names.question(value)}”`,
    evidence: (value) => {
      const kind = names.kindOf(value);
      return kind === undefined ? names.paper(value) : say(kind.name);
    },
    missing: (value) => {
      const kind = names.kindOf(value);
      return kind === undefined ? value : say(kind.name);
    },
    evidenceId: names.paper,
    clock: clockName,
    clockId: (value) => clockName(view.clocks.find((c) => c.clockId === value)?.code ?? value),
    method: code,
    ground: code,
    reason: code,
    agency: code,
    indicator: code,
    relation: code,
    remedy: code,
    position: code,
    paper: code,
    dueAt: (value) => moment(value, names.zone),
  };
  const named = (field: string, value: unknown): unknown => {
    if (Array.isArray(value)) return value.map((each) => named(field, each));
    if (typeof value !== 'string') return value;
    const way = ways[field];
    return way === undefined ? (isDate(value) ? day(value) : value) : way(value);
  };
  return Object.fromEntries(Object.entries(data).map(([field, value]) => [field, named(field, value)]));
}

function isDate(value: string): boolean {
  return /^\d{4}-\d{2}-\d{2}$/.test(value);
}
