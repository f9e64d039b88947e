/** Every legal number of a procedure in one list, each with what it rests on and how sure it is: for administrators and for `docs/legal-sources.md`. */
import type { ClockLength } from '../clock/clock.js';
import type { Code, Text } from '../event.js';
import type { ClockDefinition, DatePoint, Implication, Implied, LegalDatum, Procedure } from './procedure.js';

export interface LegalNumber extends LegalDatum {
  /** Where it stands in the data: `clocks.oath.lapses`. */
  readonly path: string;
  readonly name: Text;
  /** The number in words: `3 months`, `21 working-days`, `quorum 3 of 4`, `2022-05-31 to 2024-05-31`. */
  readonly number: string;
}

/** Windows, panel and shield, facts that dates answer, clocks and what the law does when they run out, in the order of the file. */
export function legalNumbersOf(procedure: Procedure): readonly LegalNumber[] {
  const { panel, shield } = procedure;
  return [
    ...procedure.windows.map((window) => {
      const { opens, closes, closesBefore } = window;
      const number =
        closesBefore === undefined
          ? `${opens ?? '…'} to ${closes ?? '…'}`
          : `${inWords(closesBefore.length)} before ${closesBefore.fact}`;
      return numbered(`windows.${window.code}`, window.name, number, window);
    }),
    ...(panel === undefined
      ? []
      : [numbered('panel', { id: 'Kuorum tim', en: 'Quorum' }, `${panel.quorum} of ${panel.agencies.length}`, panel)]),
    ...(shield === undefined
      ? []
      : [numbered('shield', shield.name, `${shield.startsWith.join('/')} to ${shield.stopsWith.join('/')}`, shield)]),
    ...Object.entries(procedure.facts).flatMap(([code, { question, derivedFrom = [] }]) =>
      derivedFrom.map((implication, i) =>
        numbered(`facts.${code}.derivedFrom[${i}]`, question, impliedInWords(implication), implication),
      ),
    ),
    ...procedure.clocks.flatMap(numbersOfClock),
  ];
}

function numbersOfClock(clock: ClockDefinition): readonly LegalNumber[] {
  const since = clock.countsFrom === undefined ? '' : ` from ${clock.countsFrom}`;
  const own = numbered(`clocks.${clock.code}`, clock.name, `${inWords(clock.length)}${since}`, clock);
  const { lapses, extension } = clock;
  const numbers = [own];
  if (extension !== undefined) {
    const longer = `${inWords(extension.length)} longer, ${extension.times} ×`;
    numbers.push(numbered(`clocks.${clock.code}.extension`, clock.name, longer, extension));
  }
  if (lapses !== undefined) {
    const act = `${lapses.effect}: ${lapses.outcome}${lapses.on ? '' : ' (off)'}`;
    numbers.push(numbered(`clocks.${clock.code}.lapses`, clock.name, act, lapses));
  }
  return numbers;
}

function numbered(path: string, name: Text, number: string, datum: LegalDatum): LegalNumber {
  const { legalBasis, confidence, effectiveFrom, effectiveTo } = datum;
  return { path, name, number, legalBasis, confidence, effectiveFrom, effectiveTo };
}

/** `yes when bornOn + 216 months <= decision, else no`. */
function impliedInWords({ when, answer, otherwise, unless }: Implication): string {
  const word = (value: boolean): string => (value ? 'yes' : 'no');
  const yes = answer === undefined ? [] : [`${word(answer)} when ${saidInWords(when)}`];
  const no =
    otherwise === undefined ? [] : [`${word(otherwise)} ${answer === undefined ? `unless ${saidInWords(when)}` : 'if not'}`];
  const except = unless === undefined ? [] : [`but for where ${saidInWords(unless)}`];
  return [...yes, ...no, ...except].join(', ');
}

function saidInWords(implied: Implied): string {
  if ('all' in implied) return implied.all.map(saidInWords).join(' and ');
  if ('any' in implied) return `(${implied.any.map(saidInWords).join(' or ')})`;
  if ('not' in implied) return `not ${saidInWords(implied.not)}`;
  if ('fact' in implied) return `${implied.fact} is ${implied.is}`;
  const { date, plus } = implied;
  const left = pointInWords({ date, ...(plus && { plus }) });
  return 'before' in implied
    ? `${left} before ${pointInWords(implied.before)}`
    : `${left} on or before ${pointInWords(implied.onOrBefore)}`;
}

function pointInWords(point: DatePoint): string {
  if (typeof point === 'string') return point;
  return point.plus === undefined ? point.date : `${point.date} + ${inWords(point.plus)}`;
}

function inWords({ amount, unit }: ClockLength): Code {
  return `${amount} ${unit}`;
}
