/**
 * May two records be of one person? Matching proposes, with reasons an officer can read and judge; it never joins anything.
 * Pure, symmetric, and never more certain than the papers.
 */
import type { Code, Json, Text } from '../event.js';
import { wordsOf } from '../vocabulary.js';
import { type Born, compareAllBirths, isBorn, parseBorn, yearsOf } from './born.js';
import { compareNames, isOneSlip, type NameComparison, namePartsOf } from './name.js';

/** A name exactly as one country's paper writes it. */
export interface WrittenName {
  readonly name: string;
  /** `ID`, `TL`, …; absent when the paper's country is not known. */
  readonly country?: Code;
}

export interface IdentityNumber {
  /** `nik`, `passport`, `bi`, `electoral-card`, … */
  readonly kind: Code;
  readonly number: string;
  readonly country?: Code;
}

/** What papers say of a person. Personal data, all of it. */
export interface Papers {
  readonly names: readonly WrittenName[];
  readonly numbers: readonly IdentityNumber[];
  readonly births: readonly Born[];
  readonly sex?: 'female' | 'male';
  readonly birthPlace?: string;
}

export type MatchCode =
  | 'same-number'
  | 'near-number'
  | 'same-family-card'
  | 'same-name'
  | 'near-name'
  | 'one-name'
  | 'same-birth-date'
  | 'birth-compatible'
  | 'birth-swapped'
  | 'same-birth-place';
export type ConflictCode = 'other-number' | 'other-name' | 'other-birth-date' | 'other-sex';

export interface Said<C extends Code> {
  readonly code: C;
  /** For whoever may see both records: it holds what the papers say. */
  readonly text: Text;
}

export interface Match {
  readonly strength: 'strong' | 'likely' | 'possible';
  /** What speaks for one person. */
  readonly reasons: readonly Said<MatchCode>[];
  /** What speaks against it. */
  readonly against: readonly Said<ConflictCode>[];
}

/** Of these a person has one from a country for life. */
const ONE_FOR_LIFE: readonly Code[] = ['nik', 'bi', 'electoral-card'];
/** These a household shares. */
const SHARED: readonly Code[] = ['kk', 'family-card'];
export const SHORTEST_NUMBER = 5;

/** Says why two records may be of one person, or undefined when nothing makes it likely enough to ask. */
export function matchPapers(one: Papers, other: Papers): Match | undefined {
  const numbers = compareNumbers(one, other);
  const names = compareAllNames(one, other);
  const births = compareAllBirths(one.births, other.births);
  const samePlace = isSamePlace(one.birthPlace, other.birthPlace);
  const otherSex = one.sex !== undefined && other.sex !== undefined && one.sex !== other.sex;
  const sameNumber = numbers.some(({ code }) => code === 'same-number');
  const nearNumber = numbers.some(({ code }) => code === 'near-number');
  const fitting = births === 'same-day' || births === 'compatible' || births === 'swapped';
  const alike = names.likeness === 'same' || names.likeness === 'near';
  const byName =
    !otherSex &&
    births !== 'conflict' &&
    ((alike && fitting) ||
      // Without a date the name must carry it: more of it, or with the place or nearly the number.
      (alike && names.equalParts >= (samePlace || nearNumber ? 2 : 3)) ||
      (names.likeness === 'part' && (births === 'same-day' || (births === 'compatible' && samePlace))));
  if (!sameNumber && !byName) return undefined;

  const reasons: Said<MatchCode>[] = [...numbers];
  const [nameOfOne, nameOfOther] = names.pair;
  if (names.likeness !== 'none') reasons.push(nameReason(names.likeness, nameOfOne, nameOfOther));
  if (births === 'same-day') reasons.push(said('same-birth-date', 'Tanggal lahir sama.', 'The same date of birth.'));
  if (births === 'compatible')
    reasons.push(
      said(
        'birth-compatible',
        `Kelahiran dapat cocok: ${bornWords(one, 'id')} dan ${bornWords(other, 'id')}.`,
        `The births may be one: ${bornWords(one, 'en')} and ${bornWords(other, 'en')}.`,
      ),
    );
  if (births === 'swapped')
    reasons.push(
      said(
        'birth-swapped',
        `Hari dan bulan lahir tertukar: ${bornWords(one, 'id')} dan ${bornWords(other, 'id')}.`,
        `Day and month of birth changed places: ${bornWords(one, 'en')} and ${bornWords(other, 'en')}.`,
      ),
    );
  if (samePlace)
    reasons.push(said('same-birth-place', `Tempat lahir sama: ${one.birthPlace}.`, `The same birthplace: ${one.birthPlace}.`));

  const against: Said<ConflictCode>[] = [];
  const differing = otherNumberOf(one, other);
  if (differing !== undefined && !sameNumber)
    against.push(said('other-number', `Nomor ${differing} berbeda.`, `The ${differing} numbers differ.`));
  if (names.likeness === 'none' && one.names.length > 0 && other.names.length > 0)
    against.push(
      said('other-name', `Nama berbeda: ${nameOfOne} dan ${nameOfOther}.`, `The names differ: ${nameOfOne} and ${nameOfOther}.`),
    );
  if (births === 'conflict')
    against.push(
      said(
        'other-birth-date',
        `Kelahiran tidak cocok: ${bornWords(one, 'id')} dan ${bornWords(other, 'id')}.`,
        `The births cannot be one: ${bornWords(one, 'en')} and ${bornWords(other, 'en')}.`,
      ),
    );
  if (otherSex) against.push(said('other-sex', 'Jenis kelamin berbeda.', 'The sexes differ.'));
  const strength =
    sameNumber && against.length === 0 && (alike || fitting)
      ? 'strong'
      : sameNumber || (alike && births === 'same-day' && against.length === 0)
        ? 'likely'
        : 'possible';
  return { strength, reasons, against };
}

/**
 * The words under which a record is looked up, in the clear: they are keyed before they leave the desk (ADR 15). Two records that match
 * have at least one in common.
 */
export function indexWords({ names, numbers, births }: Papers): readonly string[] {
  const years = [...new Set(births.flatMap(yearsOf))];
  const words = new Set<string>();
  for (const { kind, number } of numbers) if (countsAlone(kind, number)) words.add(`number ${plain(number)}`);
  for (const { name } of names) {
    const parts = namePartsOf(name).map((part) => part.map((key) => key));
    for (const [at, keys] of parts.entries())
      for (const key of keys) {
        for (const year of years) words.add(`born ${key} ${year}`);
        for (const others of parts.slice(at + 1))
          for (const second of others) words.add(`names ${[key, second].sort().join(' ')}`);
      }
  }
  return [...words].sort();
}

/** What a case's file says of its subject, as far as it can be read; whose paper it is from the file does not say. */
export function papersOfSubject(subject: {
  readonly name: string;
  readonly born?: string;
  readonly birthPlace?: string;
  readonly identityNumbers?: readonly { readonly kind: Code; readonly number: string }[];
}): Papers {
  const born = subject.born === undefined ? undefined : parseBorn(subject.born);
  return {
    names: [{ name: subject.name }],
    numbers: subject.identityNumbers ?? [],
    births: born === undefined ? [] : [born],
    ...(subject.birthPlace === undefined ? {} : { birthPlace: subject.birthPlace }),
  };
}

/** Papers out of the fields of an event, or undefined when they were destroyed with the person's key. */
export function papersIn(fields: { readonly [field: string]: Json } | undefined): Papers | undefined {
  if (!Array.isArray(fields?.names)) return undefined;
  const { names, numbers, births, sex, birthPlace } = fields;
  return {
    names,
    numbers: Array.isArray(numbers) ? numbers : [],
    births: (Array.isArray(births) ? (births as readonly Born[]) : []).filter(isBorn),
    ...(sex === 'female' || sex === 'male' ? { sex } : {}),
    ...(typeof birthPlace === 'string' ? { birthPlace } : {}),
  };
}

function compareNumbers(one: Papers, other: Papers): readonly Said<MatchCode>[] {
  const reasons = new Map<MatchCode, Said<MatchCode>>();
  for (const a of one.numbers)
    for (const b of other.numbers) {
      const [x, y] = [plain(a.number), plain(b.number)];
      if (x === '' || isOtherCountry(a, b)) continue;
      const kind = (language: keyof Text): string =>
        [...new Set([a.kind, b.kind])].map((one) => wordsOf(one)[language]).join('/');
      if (x === y && SHARED.includes(a.kind) && SHARED.includes(b.kind))
        reasons.set('same-family-card', said('same-family-card', 'Kartu keluarga sama.', 'The same family card.'));
      else if (x === y && countsAlone(a.kind, x) && countsAlone(b.kind, y))
        reasons.set(
          'same-number',
          said('same-number', `Nomor ${kind('id')} sama: ${a.number}.`, `The same ${kind('en')} number: ${a.number}.`),
        );
      else if (a.kind === b.kind && x.length >= 8 && isOneSlip(x, y))
        reasons.set(
          'near-number',
          said(
            'near-number',
            `Nomor ${kind('id')} hampir sama: ${a.number} dan ${b.number}.`,
            `Nearly the same ${kind('en')} number: ${a.number} and ${b.number}.`,
          ),
        );
    }
  return [...reasons.values()];
}

function countsAlone(kind: Code, number: string): boolean {
  return !SHARED.includes(kind) && plain(number).length >= SHORTEST_NUMBER;
}

function otherNumberOf(one: Papers, other: Papers): Code | undefined {
  return one.numbers.find(
    (a) =>
      ONE_FOR_LIFE.includes(a.kind) &&
      other.numbers.some((b) => a.kind === b.kind && !isOtherCountry(a, b)) &&
      !other.numbers.some((b) => a.kind === b.kind && plain(a.number) === plain(b.number)),
  )?.kind;
}

function isOtherCountry(a: IdentityNumber, b: IdentityNumber): boolean {
  return a.country !== undefined && b.country !== undefined && a.country !== b.country;
}

/** Letters and digits only: papers space and punctuate numbers as they like. */
export function plain(number: string): string {
  return number.toUpperCase().replace(/[^\p{L}\p{N}]/gu, '');
}

const LIKEST_FIRST = ['same', 'near', 'part', 'none'] as const;

function compareAllNames(one: Papers, other: Papers): NameComparison & { readonly pair: readonly [string, string] } {
  let best: NameComparison & { readonly pair: readonly [string, string] } = {
    likeness: 'none',
    equalParts: 0,
    pair: [one.names[0]?.name ?? '', other.names[0]?.name ?? ''],
  };
  const rank = ({ likeness, equalParts }: NameComparison): number => LIKEST_FIRST.indexOf(likeness) * 100 - equalParts;
  for (const { name: a } of one.names)
    for (const { name: b } of other.names) {
      const compared = compareNames(a, b);
      if (rank(compared) < rank(best)) best = { ...compared, pair: [a, b] };
    }
  return best;
}

function nameReason(likeness: 'same' | 'near' | 'part', one: string, other: string): Said<MatchCode> {
  if (likeness === 'part')
    return said('one-name', `Satu nama sama: ${one} dan ${other}.`, `One name is the same: ${one} and ${other}.`);
  return likeness === 'same'
    ? said('same-name', `Nama sama menurut bunyinya: ${one} dan ${other}.`, `The same name by its sound: ${one} and ${other}.`)
    : said('near-name', `Nama hampir sama: ${one} dan ${other}.`, `Nearly the same name: ${one} and ${other}.`);
}

function isSamePlace(one: string | undefined, other: string | undefined): boolean {
  if (one === undefined || other === undefined) return false;
  const [a, b] = [namePartsOf(one), namePartsOf(other)];
  return a.length > 0 && a.length === b.length && a.every((part, i) => part[0] === b[i]?.[0]);
}

function bornWords({ births }: Papers, language: 'id' | 'en'): string {
  const about = language === 'id' ? 'sekitar ' : 'about ';
  return births.map(({ date, precision }) => (precision === 'about' ? about : '') + date).join(' / ');
}

function said<C extends Code>(code: C, id: string, en: string): Said<C> {
  return { code, text: { id, en } };
}
