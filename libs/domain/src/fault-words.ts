/** Checks say what is wrong in one language, for programs and for their specs; a table of their sentences gives people the other. */
import type { Text } from './event.js';

/** A sentence, and how people are told it; in English as it stands unless there are two. `$1` is what its first group holds. */
export type FaultRow = readonly [sentence: RegExp, id: string, en?: string];

/** Undefined for a sentence that has no row. */
export function faultIn(rows: readonly FaultRow[], fault: string): Text | undefined {
  for (const [sentence, id, en] of rows)
    if (sentence.test(fault))
      return { id: fault.replace(sentence, id), en: en === undefined ? fault : fault.replace(sentence, en) };
  return undefined;
}
