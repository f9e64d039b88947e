/**
 * What one box finds: cases and persons by what is written of someone anywhere, as people type it. What is written is looked up under words,
 * which are keyed before they are kept (ADR 37); what was found is then compared in the clear, and says why. Pure.
 */
import type { CaseEvent } from './case/events.js';
import { saidIn } from './case/state.js';
import type { Json, Text } from './event.js';
import { type Born, compareBirths, parseBorn, yearsOf } from './person/born.js';
import { type Papers, plain, SHORTEST_NUMBER } from './person/matching.js';
import { isNear, isOneSlip, type NamePart, namePartsOf, slipsOf, withOneLeftOut } from './person/name.js';

/** Something that is written of a person. */
export interface Written {
  /** `text`: sentences in which a name or a number may stand. */
  readonly as: 'name' | 'number' | 'birth' | 'text';
  readonly text: string;
  readonly where: 'person' | 'paper' | 'register' | 'act';
}

/** One thing that was asked for; all of them must be found. */
export type Asked =
  | { readonly as: 'name'; readonly part: NamePart }
  | { readonly as: 'number'; readonly number: string }
  | { readonly as: 'birth'; readonly born: Born };

/** Why something was found: what was written, and how it is what was asked for. */
export interface Found {
  readonly how: 'same' | 'near' | 'mentioned';
  readonly written: Written;
  /** Of sentences, the place where it stands. */
  readonly excerpt?: string;
}

/** Shorter ones are too many cases' to be one slip of the pen. */
const SHORTEST_NUMBER_TO_MISSPELL = 8;
/** More words say nothing more. */
const MOST_ASKED = 8;

/** What someone may ask for with these words: the first reading, and where it finds nothing the next. None when nothing can be looked up. */
export function readingsOf(words: string): readonly (readonly Asked[])[] {
  const whole = plain(words);
  const born = parseBorn(words);
  // A number is spaced and punctuated as one likes.
  const number: readonly Asked[] =
    /\p{N}/u.test(words) && whole.length >= SHORTEST_NUMBER ? [{ as: 'number', number: whole }] : [];
  if (born !== undefined) return [[{ as: 'birth', born }], ...(number.length === 0 ? [] : [number])];
  const readings = /\p{L}/u.test(words) ? [partsOf(words), number] : [number];
  return readings.filter(({ length }) => length > 0);
}

/** Names, numbers and births in any order. */
function partsOf(words: string): readonly Asked[] {
  const tokens = words.trim().split(/\s+/);
  const names = namePartsOf(tokens.filter((token) => !/\p{N}/u.test(token)).join(' '));
  const others = tokens
    .filter((token) => /\p{N}/u.test(token))
    .flatMap((token): readonly Asked[] => {
      const born = parseBorn(token);
      if (born !== undefined) return [{ as: 'birth', born }];
      return plain(token).length < SHORTEST_NUMBER ? [] : [{ as: 'number', number: plain(token) }];
    });
  return [...names.map((part): Asked => ({ as: 'name', part })), ...others].slice(0, MOST_ASKED);
}

/** The words under which it is looked up, in the clear. */
export function wordsAsked(asked: Asked): readonly string[] {
  switch (asked.as) {
    case 'name':
      return [...asked.part.map(nameWord), ...slipsOf(asked.part).map(slipWord)];
    case 'number':
      return [numberWord(asked.number), ...numberSlips(asked.number)];
    default:
      return yearsOf(asked.born).map(birthWord);
  }
}

/** The words under which what is written is found, in the clear. */
export function wordsWritten({ as, text }: Written): readonly string[] {
  switch (as) {
    case 'name':
      return namePartsOf(text).flatMap((part) => [...part.map(nameWord), ...slipsOf(part).map(slipWord)]);
    case 'number': {
      const number = plain(text);
      return number.length < SHORTEST_NUMBER ? [] : [numberWord(number), ...numberSlips(number)];
    }
    case 'birth': {
      const born = parseBorn(text);
      return born === undefined ? [] : yearsOf(born).map(birthWord);
    }
    default:
      return [...namesIn(text).flatMap((part) => part.map(nameWord)), ...numbersIn(text).map(numberWord)];
  }
}

const nameWord = (key: string): string => `name ${key}`;
const slipWord = (key: string): string => `slip ${key}`;
const numberWord = (number: string): string => `number ${number}`;
const birthWord = (year: number): string => `born ${year}`;

function numberSlips(number: string): readonly string[] {
  return number.length < SHORTEST_NUMBER_TO_MISSPELL ? [] : withOneLeftOut(number).map((slip) => `digits ${slip}`);
}

/** In sentences a name is what begins with a capital. */
const CAPITAL = /\p{Lu}[\p{L}\p{M}'’]*/gu;
const WITH_DIGIT = /[\p{L}\p{N}./-]*\p{N}[\p{L}\p{N}./-]*/gu;

function namesIn(text: string): readonly NamePart[] {
  return (text.match(CAPITAL) ?? []).flatMap((word) => namePartsOf(word));
}

function numbersIn(text: string): readonly string[] {
  return (text.match(WITH_DIGIT) ?? []).map(plain).filter(({ length }) => length >= SHORTEST_NUMBER);
}

/** As much of a sentence as shows where the name stands. */
const AROUND = 50;

function excerptOf(text: string, asked: Asked): string {
  const places = [...text.matchAll(asked.as === 'number' ? WITH_DIGIT : CAPITAL)];
  const at = places.find(([word]) => likeness(asked, { as: 'text', text: word, where: 'act' }) !== undefined)?.index ?? 0;
  const [from, to] = [Math.max(0, at - AROUND), at + 2 * AROUND];
  return `${from > 0 ? '… ' : ''}${text.slice(from, to).replace(/\s+/g, ' ')}${to < text.length ? ' …' : ''}`;
}

/** Why what is written is what was asked for: for each thing asked the best reason; undefined where one of them is not there. */
export function whyFound(asked: readonly Asked[], written: readonly Written[]): readonly Found[] | undefined {
  const found = new Map<Written, Found>();
  for (const one of asked) {
    const ways = written.flatMap((what): readonly Found[] => {
      const how = likeness(one, what);
      const excerpt = how === 'mentioned' ? { excerpt: excerptOf(what.text, one) } : {};
      return how === undefined ? [] : [{ how, written: what, ...excerpt }];
    });
    const [best] = ways.toSorted((a, b) => BEST_FIRST.indexOf(a.how) - BEST_FIRST.indexOf(b.how));
    if (best === undefined) return undefined;
    const before = found.get(best.written);
    if (before === undefined || BEST_FIRST.indexOf(best.how) > BEST_FIRST.indexOf(before.how)) found.set(best.written, best);
  }
  return [...found.values()];
}

const BEST_FIRST: readonly Found['how'][] = ['same', 'near', 'mentioned'];

function likeness(asked: Asked, { as, text }: Written): Found['how'] | undefined {
  if (asked.as === 'name' && (as === 'name' || as === 'text')) {
    const parts = as === 'name' ? namePartsOf(text) : namesIn(text);
    if (parts.some((part) => part.some((key) => asked.part.includes(key)))) return as === 'name' ? 'same' : 'mentioned';
    return as === 'name' && parts.some((part) => isNear(part, asked.part)) ? 'near' : undefined;
  }
  if (asked.as === 'number' && as === 'number') {
    const number = plain(text);
    if (number === asked.number) return 'same';
    const long = Math.min(number.length, asked.number.length) >= SHORTEST_NUMBER_TO_MISSPELL;
    return long && isOneSlip(number, asked.number) ? 'near' : undefined;
  }
  if (asked.as === 'number' && as === 'text') return numbersIn(text).includes(asked.number) ? 'mentioned' : undefined;
  if (asked.as === 'birth' && as === 'birth') {
    const born = parseBorn(text);
    if (born === undefined) return undefined;
    const compared = compareBirths(born, asked.born);
    return compared === 'conflict' ? undefined : compared === 'swapped' ? 'near' : 'same';
  }
  return undefined;
}

/** Everything that an event of a case says of someone, as it was written. */
export function writtenIn(event: CaseEvent): readonly Written[] {
  const { name, born, birthPlace: _, identityNumbers, number, salt: __, value, ...texts } = saidIn(event);
  const about = (as: Written['as'], where: Written['where'], text: Json | undefined): readonly Written[] =>
    typeof text === 'string' && text !== '' ? [{ as, text, where }] : [];
  return [
    ...about('name', 'person', name),
    ...about('birth', 'person', born),
    ...(Array.isArray(identityNumbers) ? identityNumbers : []).flatMap((one) =>
      about('number', 'person', typeof one === 'object' && one !== null && 'number' in one ? one.number : undefined),
    ),
    ...about('number', 'paper', number),
    // Of findings only words: a code, a number or a date found is no name.
    ...Object.values(texts).flatMap((text) => about('text', 'act', text)),
  ];
}

/** Everything that a record of the register says, as its papers write it. */
export function writtenInPapers({ names, numbers, births }: Papers): readonly Written[] {
  return [
    ...names.map(({ name }): Written => ({ as: 'name', text: name, where: 'register' })),
    ...numbers.map(({ number }): Written => ({ as: 'number', text: number, where: 'register' })),
    ...births.map(
      ({ date, precision }): Written => ({
        as: 'birth',
        text: precision === 'about' ? `about ${date}` : date,
        where: 'register',
      }),
    ),
  ];
}

/** Is it the head of a case, by which an office must be able to find it, and not what somebody said in it? */
export function isOfHead({ where }: Written): boolean {
  return where !== 'act';
}

const SAID: { readonly [A in Written['as']]: { readonly [H in Found['how']]?: Text } } = {
  name: { same: { id: 'Nama sama', en: 'The same name' }, near: { id: 'Nama mirip', en: 'A similar name' } },
  number: { same: { id: 'Nomor sama', en: 'The same number' }, near: { id: 'Nomor mirip', en: 'A similar number' } },
  birth: {
    same: { id: 'Kelahiran cocok', en: 'The birth fits' },
    near: { id: 'Hari dan bulan lahir tertukar', en: 'Day and month of birth changed places' },
  },
  text: { mentioned: { id: 'Disebut dalam berkas', en: 'Mentioned in the file' } },
};
/** Why, in words. `open`: what is written may be shown; else only how it is what was asked for. */
export function saidWhy({ how, written, excerpt }: Found, open: boolean): Text {
  const said = SAID[written.as][how] ?? { id: 'Cocok', en: 'A match' };
  if (!open) return said;
  const text = excerpt ?? written.text;
  return { id: `${said.id}: ${text}`, en: `${said.en}: ${text}` };
}
