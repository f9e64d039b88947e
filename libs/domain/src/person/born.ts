/** Birth dates as papers give them: a day, a month, a year only, "about 1974". Never made more exact than they are. */
import { parseDay } from '../calendar/day.js';

export type Precision = 'day' | 'month' | 'year' | 'about';

/** `date` is written as far as it is known: `1974-05-20`, `1974-05`, `1974`. */
export interface Born {
  readonly date: string;
  readonly precision: Precision;
}

/** `swapped`: day and month may have changed places; `unknown`: one of the two tells nothing. */
export type BirthComparison = 'same-day' | 'compatible' | 'swapped' | 'conflict' | 'unknown';

/** A person's own "about" is taken as two years on either side: a default of this product. */
export const ABOUT_YEARS = 2;

const WRITTEN: { readonly [P in Precision]: RegExp } = {
  day: /^\d{4}-\d{2}-\d{2}$/,
  month: /^\d{4}-(0[1-9]|1[0-2])$/,
  year: /^\d{4}$/,
  about: /^\d{4}$/,
};

/** Is it written as its precision says, and a date that exists? */
export function isBorn({ date, precision }: Born): boolean {
  if (!WRITTEN[precision].test(date)) return false;
  if (precision !== 'day') return true;
  try {
    parseDay(date);
    return true;
  } catch {
    return false;
  }
}

const MONTHS: readonly RegExp[] = [
  /^jan/,
  /^(feb|fev)/,
  /^mar/,
  /^(apr|abr)/,
  /^(mei|may|mai)/,
  /^jun/,
  /^jul/,
  /^(agu|aug|ago)/,
  /^se[pt]/,
  /^(okt|oct|out)/,
  /^nov/,
  /^(des|dec|dez)/,
];
const ABOUT =
  /^(about|around|circa|ca\.?|c\.|±|~|sekitar|kira-kira|kurang lebih|lebih kurang|kurang-lebih|cerca de|por volta de)\s*/;

/** Reads the words of a case file or of a paper; undefined for words that give no year. Day before month, as in all three languages. */
export function parseBorn(words: string): Born | undefined {
  const text = words.trim().toLowerCase();
  const about = ABOUT.test(text);
  const rest = text.replace(ABOUT, '');
  const born = (date: string, precision: Precision): Born | undefined => {
    const read: Born = about ? { date: date.slice(0, 4), precision: 'about' } : { date, precision };
    return isBorn(read) ? read : undefined;
  };
  if (WRITTEN.day.test(rest)) return born(rest, 'day');
  if (WRITTEN.month.test(rest)) return born(rest, 'month');
  if (WRITTEN.year.test(rest)) return born(rest, 'year');
  const [, day, month, year] = /^(\d{1,2})[./-](\d{1,2})[./-](\d{4})$/.exec(rest) ?? [];
  if (day !== undefined && month !== undefined) return born(`${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`, 'day');
  const [, dayOf, name, yearOf] = /^(?:(\d{1,2})\s+)?(?:de\s+)?(\p{L}{3,})\s+(?:de\s+)?(\d{4})$/u.exec(rest) ?? [];
  const at = name === undefined ? -1 : MONTHS.findIndex((one) => one.test(name));
  if (at === -1) return undefined;
  const monthOf = `${yearOf}-${String(at + 1).padStart(2, '0')}`;
  return dayOf === undefined ? born(monthOf, 'month') : born(`${monthOf}-${dayOf.padStart(2, '0')}`, 'day');
}

/** The years in which it may lie. */
export function yearsOf({ date, precision }: Born): readonly number[] {
  const year = Number(date.slice(0, 4));
  if (precision !== 'about') return [year];
  return Array.from({ length: 2 * ABOUT_YEARS + 1 }, (_, i) => year - ABOUT_YEARS + i);
}

/** Could these be the same birth? */
export function compareBirths(a: Born, b: Born): BirthComparison {
  if (a.precision === 'day' && b.precision === 'day') {
    if (a.date === b.date) return 'same-day';
    const [year, month, day] = a.date.split('-');
    return `${year}-${day}-${month}` === b.date ? 'swapped' : 'conflict';
  }
  if (a.precision === 'about' || b.precision === 'about')
    return yearsOf(a).some((year) => yearsOf(b).includes(year)) ? 'compatible' : 'conflict';
  // As far as both are known: the shorter one must begin the longer.
  return a.date.startsWith(b.date) || b.date.startsWith(a.date) ? 'compatible' : 'conflict';
}

const BEST_FIRST: readonly BirthComparison[] = ['same-day', 'compatible', 'swapped', 'conflict'];

/** The best that any of one person's birth dates is to any of the other's: papers of two countries may differ. */
export function compareAllBirths(some: readonly Born[], others: readonly Born[]): BirthComparison {
  const found = new Set(some.flatMap((a) => others.map((b) => compareBirths(a, b))));
  return BEST_FIRST.find((one) => found.has(one)) ?? 'unknown';
}
