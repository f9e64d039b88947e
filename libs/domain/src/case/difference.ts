/** What differs between two views of a case, field by field; items of a list are told apart by what names them. */
import type { Code, Json } from '../event.js';
import type { CaseFile } from './state.js';

/** `path`: names joined by dots, as `findings.bornInIndonesia.value`. Absent in the one or the other: undefined; so is a list with nothing in it. */
export interface FieldDifference {
  readonly path: Code;
  readonly before?: Json;
  readonly after?: Json;
  /** Of the whole that it belongs to (`wholeOf`), where nothing of that was there before, or nothing is there after. */
  readonly whole?: 'added' | 'gone';
}

/** By which field the items of each list are known. Other lists are compared whole. */
export const itemsNamedBy: { readonly [list: Code]: Code | undefined } = {
  evidence: 'evidenceId',
  interviews: 'interviewId',
  findings: 'fact',
  consultations: 'consultationId',
  clocks: 'clockId',
  indicators: 'indicatorId',
  links: 'other',
  custody: 'custodyId',
};

/** What a path is part of: a field of the case with all that is in it, or one item of a list. */
export function wholeOf(path: Code): Code {
  const [first = '', item] = path.split('.');
  return item !== undefined && itemsNamedBy[first] !== undefined ? `${first}.${item}` : first;
}

/** In the order of the paths. A case that was not there yet is undefined. */
export function differenceOf(before: CaseFile | undefined, after: CaseFile | undefined): readonly FieldDifference[] {
  const [one, other] = [leavesOf(before), leavesOf(after)];
  const [wereThere, areThere] = [one, other].map((leaves) => new Set([...leaves.keys()].map(wholeOf)));
  return [...new Set([...one.keys(), ...other.keys()])].sort().flatMap((path) => {
    const [was, is] = [one.get(path), other.get(path)];
    if (JSON.stringify(was) === JSON.stringify(is)) return [];
    const whole = wholeOf(path);
    const how = wereThere?.has(whole) === false ? 'added' : areThere?.has(whole) === false ? 'gone' : undefined;
    return [
      {
        path,
        ...(was === undefined ? {} : { before: was }),
        ...(is === undefined ? {} : { after: is }),
        ...(how === undefined ? {} : { whole: how }),
      },
    ];
  });
}

function leavesOf(state: CaseFile | undefined): ReadonlyMap<Code, Json> {
  const leaves = new Map<Code, Json>();
  const walk = (value: unknown, path: readonly Code[]): void => {
    const key = itemsNamedBy[path.at(-1) ?? ''];
    if (Array.isArray(value) && key !== undefined && path.length === 1)
      for (const item of value) walk(item, [...path, String(item[key])]);
    else if (typeof value === 'object' && value !== null && !Array.isArray(value))
      for (const [name, inner] of Object.entries(value)) walk(inner, [...path, name]);
    else if (value !== undefined && value !== null && !(Array.isArray(value) && value.length === 0))
      leaves.set(path.join('.'), value as Json);
  };
  walk(state, []);
  return leaves;
}
