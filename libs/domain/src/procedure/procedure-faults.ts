/**
 * What is wrong with a procedure's data, said so that a lawyer finds the line: each fault with its path. Beyond the shape it checks that
 * every fact, outcome, evidence, clock and event that is named exists, so a typing error in a criterion cannot make it silently unknown.
 */
import { parseDay } from '../calendar/day.js';
import { eventSentences } from '../case/sentences.js';
import { stageNames } from '../case/state.js';
import type { ClockLength } from '../clock/clock.js';
import { RUNGS } from '../clock/ladder.js';
import type { Citation, Code, DateOn, Text } from '../event.js';
import type { Office } from '../office/office.js';
import { isMark } from './derived-facts.js';
import type { DatePoint, FactDefinition, Implied, LadderStep, LegalDatum, Procedure } from './procedure.js';
import type { Condition } from './rules.js';

type Say = (path: string, what: string) => void;

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
const UNITS = ['calendar-days', 'working-days', 'months'];
const OWNERS = ['case-office', 'review-office'];
const REMEDY_KINDS = ['objection', 'administrative-appeal', 'court-action'];

/**
 * Every fault of a procedure's data, as `path: what is wrong`; empty when there is none. Takes anything. `others`: the codes of the procedures
 * that there are besides it, so that no outcome opens and no clock waits for one that is not; absent, that is not checked.
 */
export function faultsIn(json: unknown, others?: ReadonlySet<Code>): readonly string[] {
  const faults: string[] = [];
  const say: Say = (path, what) => {
    faults.push(`${path}: ${what}`);
  };
  if (!isRecord(json)) return ['(file): must be an object'];
  const p = json as Partial<Procedure>;
  const facts: { readonly [fact: Code]: FactDefinition } = isRecord(p.facts) ? p.facts : {};
  const named = {
    facts: new Set(Object.keys(facts)),
    outcomes: codesOf(p.outcomes),
    evidence: codesOf(p.evidence),
    clocks: codesOf(p.clocks),
  };
  const exist = (kind: keyof typeof named, codes: readonly Code[] | undefined, path: string): void => {
    for (const code of list(codes, path, say))
      if (!named[kind].has(code)) say(path, `no ${kind === 'evidence' ? kind : kind.slice(0, -1)} has the code ${code}`);
  };
  const checkProcedure = (code: Code, path: string): void => {
    if (others !== undefined && code !== p.code && !others.has(code)) say(path, `no procedure has the code ${code}`);
  };
  const checkDateFact = (fact: Code, path: string): void => {
    if (!Object.hasOwn(facts, fact) || facts[fact]?.type !== 'date') say(path, `${fact} is no fact that is a date`);
  };

  if (typeof p.code !== 'string' || !/^[A-Z][A-Z-]*$/.test(p.code)) say('code', 'must be capitals and hyphens');
  if (typeof p.version !== 'string' || !/^[0-9A-Za-z.-]+$/.test(p.version))
    say('version', 'must be digits, letters, dots and hyphens');
  checkOneOf(p.kind, ['determination', 'imported'], 'kind', say);
  checkText(p.name, 'name', say);
  checkCitations(p.legalBasis, 'legalBasis', say);
  checkPeriod({ effectiveFrom: p.effectiveFrom, effectiveTo: p.effectiveTo }, '', say);
  if (p.because !== undefined) {
    checkText(p.because?.text, 'because.text', say);
    checkCitations(p.because?.basis, 'because.basis', say);
  }

  each(p.applicants, 'applicants', say, (applicant, at) => {
    checkText(applicant.name, `${at}.name`, say);
    checkCitation(applicant.basis, `${at}.basis`, say);
  });
  for (const stage of list(p.stages, 'stages', say))
    if (!Object.hasOwn(stageNames, stage)) say('stages', `no stage is called ${stage}`);
  each(p.windows, 'windows', say, (window, at) => {
    checkText(window.name, `${at}.name`, say);
    checkPeriod({ opens: window.opens, closes: window.closes }, `${at}.`, say);
    checkDatum(window, at, say);
    if (window.closesBefore === undefined) return;
    checkLength(window.closesBefore.length, `${at}.closesBefore.length`, say);
    checkDateFact(window.closesBefore.fact, `${at}.closesBefore.fact`);
    const { answers } = window.closesBefore;
    if (answers !== undefined && facts[answers]?.type !== 'boolean')
      say(`${at}.closesBefore.answers`, `no yes-or-no fact has the code ${answers}`);
    if (answers !== undefined && window.closesBefore.length?.unit === 'working-days')
      say(`${at}.closesBefore.length.unit`, 'answers a fact only in months or calendar-days');
  });
  if (p.kind === 'determination' && Array.isArray(p.authority) && p.authority.length === 0) say('authority', 'nobody decides');
  each(p.authority, 'authority', say, (period, at) => {
    const chain = list(period.chain, `${at}.chain`, say);
    if (chain.length === 0) say(`${at}.chain`, 'nobody decides');
    chain.forEach((step, j) => {
      checkOneOf(step?.kind, OFFICE_KINDS, `${at}.chain[${j}].kind`, say);
      exist('outcomes', step?.onlyOutcomes ?? [], `${at}.chain[${j}].onlyOutcomes`);
    });
    if (chain.length > 0 && !chain.some((step) => step?.decides)) say(`${at}.chain`, 'no step decides');
    checkPeriod({ from: period.from, to: period.to }, `${at}.`, say);
  });
  if (p.panel !== undefined) {
    const agencies = list(p.panel?.agencies, 'panel.agencies', say);
    if (!isWhole(p.panel?.quorum) || p.panel.quorum > agencies.length)
      say('panel.quorum', `must be a whole number from 1 to ${agencies.length}, the number of agencies`);
    checkDatum(p.panel, 'panel', say);
  }
  if (p.shield !== undefined) {
    checkText(p.shield?.name, 'shield.name', say);
    checkDatum(p.shield, 'shield', say);
    for (const when of ['startsWith', 'stopsWith'] as const) checkEvents(p.shield?.[when], `shield.${when}`, say);
    if (p.shield?.unless !== undefined) checkCondition(p.shield.unless, 'shield.unless', facts, say);
  }

  if (!isRecord(p.facts)) say('facts', 'must be an object of fact definitions');
  for (const [code, fact] of Object.entries(facts)) {
    checkText(fact?.question, `facts.${code}.question`, say);
    checkCitation(fact?.basis, `facts.${code}.basis`, say);
    checkOneOf(fact?.type, ['boolean', 'choice', 'date', 'number'], `facts.${code}.type`, say);
    if (fact?.type === 'choice' && !(Array.isArray(fact.choices) && fact.choices.length > 1))
      say(`facts.${code}.choices`, 'must list at least two answers');
    if (fact?.ahead !== undefined && (fact.type !== 'date' || fact.ahead !== true))
      say(`facts.${code}.ahead`, 'must be true, and stand with a date');
    if (fact?.notBefore !== undefined) {
      if (fact.type !== 'date') say(`facts.${code}.notBefore`, 'stands only with a date');
      checkDateFact(fact.notBefore, `facts.${code}.notBefore`);
    }
    if (fact?.derivedFrom === undefined) continue;
    if (fact.type !== 'boolean') say(`facts.${code}.derivedFrom`, 'answers only a yes-or-no fact');
    list(fact.derivedFrom, `facts.${code}.derivedFrom`, say).forEach((implication, i) => {
      const at = `facts.${code}.derivedFrom[${i}]`;
      const answered = [implication?.answer, implication?.otherwise].filter((answer) => answer !== undefined);
      if (answered.length === 0) say(at, 'answers nothing: it needs answer, otherwise or both');
      if (answered.some((answer) => typeof answer !== 'boolean')) say(at, 'answer and otherwise must be true or false');
      checkImplied(implication?.when, `${at}.when`, facts, say);
      if (implication?.unless !== undefined) checkImplied(implication.unless, `${at}.unless`, facts, say);
      checkDatum(implication ?? {}, at, say);
    });
  }
  each(p.evidence, 'evidence', say, (evidence, at) => {
    checkText(evidence.name, `${at}.name`, say);
    checkCitation(evidence.basis, `${at}.basis`, say);
    exist('facts', evidence.establishes, `${at}.establishes`);
    for (const remedy of list(evidence.decidesRemedies ?? [], `${at}.decidesRemedies`, say))
      if (typeof remedy !== 'string') say(`${at}.decidesRemedies`, 'must name remedies by their codes');
  });
  list(p.criteria, 'criteria', say).forEach((rule, i) => {
    if (!named.outcomes.has(rule?.outcome)) say(`criteria[${i}].outcome`, `no outcome has the code ${rule?.outcome}`);
    checkCondition(rule?.when, `criteria[${i}].when`, facts, say);
  });
  if (p.kind === 'determination' && !named.outcomes.has(p.otherwise ?? ''))
    say('otherwise', `no outcome has the code ${p.otherwise}`);
  each(p.outcomes, 'outcomes', say, (outcome, at) => {
    checkText(outcome.name, `${at}.name`, say);
    checkCitations(outcome.basis, `${at}.basis`, say);
    if (outcome.oath !== undefined) checkCitation(outcome.oath, `${at}.oath`, say);
    exist('evidence', outcome.requiresEvidence ?? [], `${at}.requiresEvidence`);
    if (outcome.opens !== undefined) checkProcedure(outcome.opens, `${at}.opens`);
  });

  const periods: Procedure['authority'] = Array.isArray(p.authority) ? p.authority : [];
  const kinds = new Set(periods.flatMap(({ chain }) => (Array.isArray(chain) ? chain.map((step) => step?.kind) : [])));
  each(p.clocks, 'clocks', say, (clock, at) => {
    checkText(clock.name, `${at}.name`, say);
    checkLength(clock.length, `${at}.length`, say);
    checkOneOf(clock.owner ?? 'case-office', OWNERS, `${at}.owner`, say);
    checkDatum(clock, at, say);
    for (const when of ['startsWith', 'stopsWith'] as const) checkEvents(clock[when], `${at}.${when}`, say);
    for (const when of ['pausesWith', 'resumesWith'] as const) checkEvents(clock[when] ?? [], `${at}.${when}`, say);
    for (const when of ['startsWithReferralTo', 'stopsWithReferralFrom'] as const)
      for (const kind of list(clock[when] ?? [], `${at}.${when}`, say))
        if (!kinds.has(kind)) say(`${at}.${when}`, `no step of the authority is a ${kind}`);
    if (clock.unless !== undefined) checkCondition(clock.unless, `${at}.unless`, facts, say);
    exist('outcomes', clock.onlyOutcomes ?? [], `${at}.onlyOutcomes`);
    for (const when of ['startsWithLinked', 'stopsWithLinked'] as const)
      list(clock[when] ?? [], `${at}.${when}`, say).forEach((linked, i) => {
        if (typeof linked?.procedure !== 'string') say(`${at}.${when}[${i}].procedure`, 'must be the code of a procedure');
        else checkProcedure(linked.procedure, `${at}.${when}[${i}].procedure`);
        if (list(linked?.outcomes, `${at}.${when}[${i}].outcomes`, say).length === 0)
          say(`${at}.${when}[${i}].outcomes`, 'names no outcome');
      });
    if (clock.countsFrom !== undefined) checkDateFact(clock.countsFrom, `${at}.countsFrom`);
    if (clock.ladder !== undefined) checkLadder(clock.ladder, `${at}.ladder`, say);
    if (clock.extension !== undefined) {
      checkLength(clock.extension.length, `${at}.extension.length`, say);
      if (clock.extension.length?.unit !== clock.length?.unit)
        say(`${at}.extension.length.unit`, `must be the clock's own, ${clock.length?.unit}`);
      if (!isWhole(clock.extension.times)) say(`${at}.extension.times`, 'must be a whole number above 0');
      if (clock.countsFrom !== undefined)
        say(`${at}.extension`, 'a clock that counts from a date of the person’s own is not extended');
      if (clock.lapses?.effect === 'grant') say(`${at}.extension`, 'on a clock of silence nobody who is silent may extend it');
      checkDatum(clock.extension, `${at}.extension`, say);
    }
    if (clock.lapses === undefined) return;
    checkOneOf(clock.lapses.effect, ['lapse', 'grant'], `${at}.lapses.effect`, say);
    exist('outcomes', [clock.lapses.outcome], `${at}.lapses.outcome`);
    checkEvents(clock.lapses.onlyAfter ?? [], `${at}.lapses.onlyAfter`, say);
    if (clock.lapses.when !== undefined) checkCondition(clock.lapses.when, `${at}.lapses.when`, facts, say);
    if (typeof clock.lapses.on !== 'boolean') say(`${at}.lapses.on`, 'must be true or false');
    if (!isWhole(clock.lapses.warnDaysBefore)) say(`${at}.lapses.warnDaysBefore`, 'must be a whole number above 0');
    checkDatum(clock.lapses, `${at}.lapses`, say);
  });
  if (p.ladder !== undefined) checkLadder(p.ladder, 'ladder', say);
  each(p.remedies, 'remedies', say, (remedy, at) => {
    checkText(remedy.name, `${at}.name`, say);
    checkCitation(remedy.basis, `${at}.basis`, say);
    checkOneOf(remedy.kind, REMEDY_KINDS, `${at}.kind`, say);
    exist('clocks', [remedy.clock], `${at}.clock`);
    exist('outcomes', remedy.onlyOutcomes ?? [], `${at}.onlyOutcomes`);
  });
  each(p.letters, 'letters', say, (letter, at) => {
    checkText(letter.name, `${at}.name`, say);
    checkEvents(letter.with, `${at}.with`, say);
    exist('outcomes', letter.onlyOutcomes ?? [], `${at}.onlyOutcomes`);
  });
  return faults;
}

/** The procedure, or an error that names the file and lists every fault. */
export function parseProcedure(json: unknown, file: string, others?: ReadonlySet<Code>): Procedure {
  const faults = faultsIn(json, others);
  if (faults.length > 0) throw new Error(`${file} is not a valid procedure:\n  ${faults.join('\n  ')}`);
  return json as Procedure;
}

function isRecord(value: unknown): value is Record<string, never> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isWhole(value: number | undefined): value is number {
  return value !== undefined && Number.isInteger(value) && value >= 1;
}

function codesOf(defined: readonly { readonly code: Code }[] | undefined): ReadonlySet<Code> {
  return new Set(Array.isArray(defined) ? defined.map((one: { code?: Code } | null) => one?.code ?? '') : []);
}

function list<T>(value: readonly T[] | undefined, path: string, say: Say): readonly T[] {
  if (Array.isArray(value)) return value;
  say(path, 'must be a list');
  return [];
}

/** Each entry of a list of definitions, whose codes are words and all different. */
function each<T extends object>(
  value: readonly T[] | undefined,
  path: string,
  say: Say,
  check: (entry: T, at: string) => void,
): void {
  const seen = new Set<unknown>();
  list(value, path, say).forEach((entry, i) => {
    const at = `${path}[${i}]`;
    if (!isRecord(entry)) {
      say(at, 'must be an object');
      return;
    }
    const { code }: { code?: unknown } = entry;
    if (path !== 'authority' && (typeof code !== 'string' || !/^[a-z0-9-]+$/.test(code)))
      say(`${at}.code`, 'must be small letters, digits and hyphens');
    if (code !== undefined && seen.has(code)) say(`${at}.code`, `${code} stands there twice`);
    seen.add(code);
    check(entry, at);
  });
}

function checkOneOf(value: string | undefined, words: readonly string[], path: string, say: Say): void {
  if (value === undefined || !words.includes(value)) say(path, `must be one of ${words.join(', ')}, not ${value}`);
}

function checkText(value: Text | undefined, path: string, say: Say): void {
  if (!isRecord(value) || typeof value.id !== 'string' || typeof value.en !== 'string') say(path, 'must be { "id": …, "en": … }');
}

function checkCitation(value: Citation | undefined, path: string, say: Say): void {
  if (!isRecord(value) || typeof value.act !== 'string' || typeof value.article !== 'string')
    say(path, 'must be { "act": …, "article": … }');
}

function checkCitations(value: readonly Citation[] | undefined, path: string, say: Say): void {
  list(value, path, say).forEach((citation, i) => {
    checkCitation(citation, `${path}[${i}]`, say);
  });
}

/** The two ends of a period, by their names: a date or null each, the second not before the first. */
function checkPeriod(ends: { readonly [name: string]: DateOn | null | undefined }, at: string, say: Say): void {
  for (const [name, end] of Object.entries(ends))
    if (end !== null && !isDate(end)) say(`${at}${name}`, `must be a date or null, not ${end}`);
  const [from, to] = Object.values(ends);
  if (typeof from === 'string' && typeof to === 'string' && to < from)
    say(`${at}${Object.keys(ends)[1]}`, `${to} is before ${from}`);
}

function checkLength(length: ClockLength | undefined, path: string, say: Say): void {
  checkOneOf(length?.unit, UNITS, `${path}.unit`, say);
  if (!isWhole(length?.amount)) say(`${path}.amount`, 'must be a whole number above 0');
}

/** Each step once, of a known rung, at one kind of time. */
function checkLadder(ladder: readonly LadderStep[], path: string, say: Say): void {
  const codes = new Set<Code>();
  for (const [i, step] of list(ladder, path, say).entries()) {
    const at = `${path}[${i}]`;
    if (typeof step?.code !== 'string' || !/^[a-z][a-z0-9-]*$/.test(step.code))
      say(`${at}.code`, 'must be small letters, digits and hyphens');
    else if (codes.has(step.code)) say(`${at}.code`, `the ladder has two steps ${step.code}`);
    codes.add(step?.code);
    checkOneOf(step?.tell, RUNGS, `${at}.tell`, say);
    const when: { readonly percent?: number; readonly before?: ClockLength; readonly after?: ClockLength } = isRecord(step?.at)
      ? step.at
      : {};
    const [kind] = Object.keys(when);
    if (Object.keys(when).length !== 1 || !['percent', 'before', 'after'].includes(kind ?? ''))
      say(`${at}.at`, 'must say one of percent, before, after');
    else if (kind === 'percent' && !(isWhole(when.percent) && (when.percent ?? 0) <= 100))
      say(`${at}.at.percent`, 'must be a whole number from 1 to 100');
    else if (kind === 'before') checkLength(when.before, `${at}.at.before`, say);
    else if (kind === 'after') checkLength(when.after, `${at}.at.after`, say);
  }
}

/** A legal number must say on what it rests, how sure it is and from when to when it holds. */
function checkDatum(datum: Partial<LegalDatum>, at: string, say: Say): void {
  if (list(datum.legalBasis, `${at}.legalBasis`, say).length === 0) say(`${at}.legalBasis`, 'names no act');
  checkCitations(datum.legalBasis ?? [], `${at}.legalBasis`, say);
  checkOneOf(datum.confidence, ['S', 'K', 'U'], `${at}.confidence`, say);
  checkPeriod({ effectiveFrom: datum.effectiveFrom, effectiveTo: datum.effectiveTo }, `${at}.`, say);
}

function checkEvents(events: readonly string[] | undefined, path: string, say: Say): void {
  for (const event of list(events, path, say))
    if (!Object.hasOwn(eventSentences, event)) say(path, `no event is called ${event}`);
}

function isDate(value: string | undefined): boolean {
  try {
    parseDay(value ?? '');
    return true;
  } catch {
    return false;
  }
}

/** What dates say: of facts that are dates, of days of the case, and of facts that are answered yes or no or by a choice. */
function checkImplied(
  implied: Implied | undefined,
  path: string,
  facts: { readonly [fact: Code]: FactDefinition },
  say: Say,
): void {
  if (!isRecord(implied)) {
    say(path, 'must be all, any, not, fact or date');
    return;
  }
  const said: Implied = implied;
  if ('all' in said || 'any' in said) {
    const word = 'all' in said ? 'all' : 'any';
    const parts = list('all' in said ? said.all : said.any, `${path}.${word}`, say);
    if (parts.length === 0) say(`${path}.${word}`, 'names nothing: it would always hold, or never');
    parts.forEach((part, i) => {
      checkImplied(part, `${path}.${word}[${i}]`, facts, say);
    });
    return;
  }
  if ('not' in said) {
    checkImplied(said.not, `${path}.not`, facts, say);
    return;
  }
  if ('fact' in said) {
    checkCondition(said, path, facts, say);
    return;
  }
  const { date, plus, ...rest }: { date?: Code; plus?: ClockLength; before?: DatePoint; onOrBefore?: DatePoint } = said;
  checkDatePoint({ date, plus }, path, facts, say);
  const compared = Object.entries(rest);
  if (compared.length !== 1) say(path, 'must compare with one day: before or onOrBefore');
  for (const [comparison, point] of compared)
    if (comparison !== 'before' && comparison !== 'onOrBefore')
      say(`${path}.${comparison}`, 'is no comparison of days; use before, onOrBefore');
    else checkDatePoint(typeof point === 'string' ? { date: point } : point, `${path}.${comparison}`, facts, say);
}

function checkDatePoint(
  point: { readonly date?: Code | undefined; readonly plus?: ClockLength | undefined } | undefined,
  path: string,
  facts: { readonly [fact: Code]: FactDefinition },
  say: Say,
): void {
  const { date = '', plus } = point ?? {};
  const known = isMark(date) ? !/^\d/.test(date) || isDate(date) : Object.hasOwn(facts, date) && facts[date]?.type === 'date';
  if (!known) say(`${path}.date`, `${date} is no date, no fact that is one, and not lodging or decision`);
  if (plus === undefined) return;
  checkLength(plus, `${path}.plus`, say);
  if (plus.unit === 'working-days') say(`${path}.plus.unit`, 'must be months or calendar-days');
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
    const children = list('all' in c ? c.all : c.any, `${path}.${word}`, say);
    if (children.length === 0) say(`${path}.${word}`, 'names nothing: it would always hold, or never');
    children.forEach((child, i) => {
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
