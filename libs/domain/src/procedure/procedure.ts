/**
 * A procedure as data: who decides, which papers, which facts, which criteria, which clocks, which outcomes. One published version never
 * changes; a case pins the one that governed it.
 */
import type { CaseEventType } from '../case/events.js';
import { eventSentences } from '../case/sentences.js';
import type { ClockLength } from '../clock/clock.js';
import type { Citation, Code, DateOn, Text } from '../event.js';
import { type AuthorityStep, coversDate, type Office } from '../office/office.js';
import type { Condition, FactType, OutcomeRule } from './rules.js';

/** S sourced, K general knowledge, U unsure: a product default. Shown to administrators, never hidden. */
export type Confidence = 'S' | 'K' | 'U';

/** A legal number or rule as data. `effectiveTo` is exclusive; null is open. */
export interface LegalDatum {
  readonly legalBasis: readonly Citation[];
  readonly confidence: Confidence;
  readonly effectiveFrom: DateOn | null;
  readonly effectiveTo: DateOn | null;
}

export interface ClockDefinition extends LegalDatum {
  readonly code: Code;
  readonly name: Text;
  readonly length: ClockLength;
  readonly rollsToNextWorkingDay?: boolean;
  readonly startsWith: readonly CaseEventType[];
  readonly stopsWith: readonly CaseEventType[];
  readonly pausesWith?: readonly CaseEventType[];
  readonly resumesWith?: readonly CaseEventType[];
  readonly pauseReason?: Code;
  /** Whose zone it runs in: the handling office (default) or the office that decides. */
  readonly owner?: 'case-office' | 'review-office';
}

export interface EvidenceDefinition {
  readonly code: Code;
  readonly name: Text;
  readonly basis: Citation;
  /** Needed before the application counts as complete. */
  readonly required: boolean;
  readonly establishes: readonly Code[];
}

export interface OutcomeDefinition {
  readonly code: Code;
  readonly name: Text;
  readonly basis: readonly Citation[];
  /** May be recommended while decisive facts are unknown: it says exactly that nothing could be established. */
  readonly restsOnUnknown?: boolean;
}

export type FactDefinition = FactType & { readonly question: Text; readonly basis: Citation };

export interface Procedure {
  readonly code: Code;
  readonly version: Code;
  readonly kind: 'determination' | 'imported';
  readonly name: Text;
  readonly legalBasis: readonly Citation[];
  readonly effectiveFrom: DateOn | null;
  readonly effectiveTo: DateOn | null;
  /** Lowest step first: where the case is examined; the highest that decides ends it. */
  readonly authority: readonly {
    readonly from: DateOn | null;
    readonly to: DateOn | null;
    readonly chain: readonly AuthorityStep[];
  }[];
  readonly evidence: readonly EvidenceDefinition[];
  readonly facts: { readonly [fact: Code]: FactDefinition };
  readonly criteria: readonly OutcomeRule[];
  /** The outcome when no criterion holds. */
  readonly otherwise?: Code;
  readonly outcomes: readonly OutcomeDefinition[];
  readonly clocks: readonly ClockDefinition[];
  readonly consultedAgencies: readonly Code[];
  readonly remedyWindow: boolean;
  /** The steps of an imported log, and the pair that must not be performed by one person. */
  readonly steps?: readonly { readonly code: Code; readonly name: string }[];
  readonly fourEyes?: { readonly check: Code; readonly determine: Code };
}

/** The authority chain in force on a date. */
export function chainOn(procedure: Procedure, on: DateOn): readonly AuthorityStep[] {
  return procedure.authority.find((period) => coversDate(period, on))?.chain ?? [];
}

/** The version of a procedure in force on a date: the newest published one whose period covers it. */
export function versionOn<P extends Pick<Procedure, 'effectiveFrom' | 'effectiveTo'>>(
  published: readonly P[],
  on: DateOn,
): P | undefined {
  return published.findLast((p) => coversDate({ from: p.effectiveFrom, to: p.effectiveTo }, on));
}

const COMPARISONS = ['is', 'isNot', 'in', 'before', 'onOrAfter', 'atLeast', 'lessThan'];
const OFFICE_KINDS: readonly Office['kind'][] = [
  'president',
  'ministry',
  'directorate-general',
  'regional-office',
  'immigration-office',
  'immigration-post',
  'border-post',
];

/**
 * What is wrong with a procedure's data, each with its path; empty when nothing is. Beyond the shape it checks that every fact, outcome and
 * event that is named exists, so a typing error in a criterion cannot make it silently unknown for ever.
 */
export function faultsIn(json: unknown): readonly string[] {
  const faults: string[] = [];
  const say = (path: string, what: string): void => {
    faults.push(`${path}: ${what}`);
  };
  if (!isRecord(json)) return ['(file): must be an object'];
  const p = json as Partial<Procedure>;
  if (typeof p.code !== 'string' || !/^[A-Z][A-Z-]*$/.test(p.code)) say('code', 'must be capitals and hyphens');
  if (typeof p.version !== 'string' || !/^[0-9A-Za-z.-]+$/.test(p.version))
    say('version', 'must be digits, letters, dots and hyphens');
  if (p.kind !== 'determination' && p.kind !== 'imported') say('kind', "must be 'determination' or 'imported'");
  checkText(p.name, 'name', say);
  list(p.legalBasis, 'legalBasis', say).forEach((c, i) => {
    checkCitation(c, `legalBasis[${i}]`, say);
  });
  const outcomes = list(p.outcomes, 'outcomes', say);
  const outcomeCodes = new Set(outcomes.map((o) => o?.code));
  outcomes.forEach((o, i) => {
    checkText(o?.name, `outcomes[${i}].name`, say);
  });
  const facts: { readonly [fact: Code]: FactDefinition } = isRecord(p.facts) ? p.facts : {};
  if (!isRecord(p.facts)) say('facts', 'must be an object of fact definitions');
  for (const [code, fact] of Object.entries(facts)) {
    checkText(fact?.question, `facts.${code}.question`, say);
    checkCitation(fact?.basis, `facts.${code}.basis`, say);
    if (!['boolean', 'choice', 'date', 'number'].includes(fact?.type))
      say(`facts.${code}.type`, 'must be boolean, choice, date or number');
    if (fact?.type === 'choice' && !(Array.isArray(fact.choices) && fact.choices.length > 1))
      say(`facts.${code}.choices`, 'must list at least two answers');
  }
  list(p.criteria, 'criteria', say).forEach((rule, i) => {
    if (!outcomeCodes.has(rule?.outcome)) say(`criteria[${i}].outcome`, `no outcome has the code ${rule?.outcome}`);
    checkCondition(rule?.when, `criteria[${i}].when`, facts, say);
  });
  if (p.kind === 'determination' && !outcomeCodes.has(p.otherwise ?? ''))
    say('otherwise', `no outcome has the code ${p.otherwise}`);
  list(p.evidence, 'evidence', say).forEach((e, i) => {
    checkText(e?.name, `evidence[${i}].name`, say);
    checkCitation(e?.basis, `evidence[${i}].basis`, say);
    for (const fact of list(e?.establishes, `evidence[${i}].establishes`, say))
      if (!Object.hasOwn(facts, fact)) say(`evidence[${i}].establishes`, `no fact has the code ${fact}`);
  });
  list(p.clocks, 'clocks', say).forEach((clock, i) => {
    const at = `clocks[${i}]`;
    checkText(clock?.name, `${at}.name`, say);
    if (!['calendar-days', 'working-days', 'months'].includes(clock?.length?.unit))
      say(`${at}.length.unit`, 'must be calendar-days, working-days or months');
    if (!Number.isInteger(clock?.length?.amount) || clock.length.amount < 1)
      say(`${at}.length.amount`, 'must be a whole number above 0');
    if (!['S', 'K', 'U'].includes(clock?.confidence)) say(`${at}.confidence`, 'must be S, K or U');
    list(clock?.legalBasis, `${at}.legalBasis`, say).forEach((c, j) => {
      checkCitation(c, `${at}.legalBasis[${j}]`, say);
    });
    for (const when of ['startsWith', 'stopsWith', 'pausesWith', 'resumesWith'] as const)
      for (const event of list(clock?.[when] ?? (when.startsWith('st') ? undefined : []), `${at}.${when}`, say))
        if (!Object.hasOwn(eventSentences, event)) say(`${at}.${when}`, `no event is called ${event}`);
  });
  list(p.authority, 'authority', say).forEach((period, i) => {
    const chain = list(period?.chain, `authority[${i}].chain`, say);
    chain.forEach((step, j) => {
      if (!OFFICE_KINDS.includes(step?.kind)) say(`authority[${i}].chain[${j}].kind`, `is no kind of office: ${step?.kind}`);
    });
    if (chain.length > 0 && !chain.some((step) => step?.decides)) say(`authority[${i}].chain`, 'no step decides');
  });
  return faults;
}

type Say = (path: string, what: string) => void;

function isRecord(value: unknown): value is Record<string, never> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function list<T>(value: readonly T[] | undefined, path: string, say: Say): readonly T[] {
  if (Array.isArray(value)) return value;
  say(path, 'must be a list');
  return [];
}

function checkText(value: Text | undefined, path: string, say: Say): void {
  if (!isRecord(value) || typeof value.id !== 'string' || typeof value.en !== 'string') say(path, 'must be { "id": …, "en": … }');
}

function checkCitation(value: Citation | undefined, path: string, say: Say): void {
  if (!isRecord(value) || typeof value.act !== 'string' || typeof value.article !== 'string')
    say(path, 'must be { "act": …, "article": … }');
}

function checkCondition(
  condition: Condition | undefined,
  path: string,
  facts: { readonly [fact: Code]: FactDefinition },
  say: Say,
): void {
  if (!isRecord(condition)) {
    say(path, 'must be a condition');
    return;
  }
  const c: Condition = condition;
  if ('all' in c || 'any' in c) {
    const word = 'all' in c ? 'all' : 'any';
    list('all' in c ? c.all : c.any, `${path}.${word}`, say).forEach((child, i) => {
      checkCondition(child, `${path}.${word}[${i}]`, facts, say);
    });
    return;
  }
  if ('not' in c) {
    checkCondition(c.not, `${path}.not`, facts, say);
    return;
  }
  if (!('fact' in c)) {
    say(path, 'must have all, any, not or fact');
    return;
  }
  const definition = Object.hasOwn(facts, c.fact) ? facts[c.fact] : undefined;
  if (definition === undefined) {
    say(`${path}.fact`, `no fact has the code ${c.fact}`);
    return;
  }
  const comparisons = Object.keys(c).filter((key) => key !== 'fact' && key !== 'basis');
  if (comparisons.length === 0) say(path, `compares ${c.fact} with nothing; use ${COMPARISONS.join(', ')}`);
  for (const [comparison, operand] of Object.entries(c)) {
    if (comparison === 'fact' || comparison === 'basis') continue;
    if (!COMPARISONS.includes(comparison)) say(`${path}.${comparison}`, `is no comparison; use ${COMPARISONS.join(', ')}`);
    const type = definition.type === 'boolean' || definition.type === 'number' ? definition.type : 'string';
    for (const answer of [operand].flat())
      if (typeof answer !== type)
        say(`${path}.${comparison}`, `${answer} is no answer to ${c.fact}, which is a ${definition.type}`);
    if (definition.type === 'choice')
      for (const choice of [operand].flat())
        if (!definition.choices.includes(String(choice))) say(`${path}.${comparison}`, `${choice} is no answer to ${c.fact}`);
  }
}

/** The procedure, or an error that names the file and lists every fault. */
export function parseProcedure(json: unknown, file: string): Procedure {
  const faults = faultsIn(json);
  if (faults.length > 0) throw new Error(`${file} is not a valid procedure:\n  ${faults.join('\n  ')}`);
  return json as Procedure;
}
