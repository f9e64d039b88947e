/** Which names, dates and numbers of two papers may be one person's. All names are invented; whole names of real people are not used. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { compareAllBirths, compareBirths, isBorn, parseBorn, yearsOf } from './born.js';
import { indexWords, matchPapers, type Papers, papersIn, papersOfSubject } from './matching.js';
import { compareNames, isOneSlip, namePartsOf } from './name.js';

describe('names of two papers', () => {
  it.each([
    // Indonesian and Portuguese for one name
    ['Yohanes Contohan', 'João Contohan', 'same'],
    ['Yohanes Contohan', 'Joao Contohan', 'same'],
    ['Johanes Contohan', 'Yohannes Contohan', 'same'],
    ['Yosef Mausamp', 'José Mausamp', 'same'],
    ['Yusuf Mausamp', 'Jose Mausamp', 'same'],
    ['Fransiskus Leolima', 'Francisco Leolima', 'same'],
    ['Dominggus Leolima', 'Domingos Leolima', 'same'],
    ['Antonius Bere Uji', 'António Bere Uji', 'same'],
    ['Aloysius Mau Uji', 'Luís Mau Uji', 'same'],
    ['Petrus Ati Contoh', 'Pedro Ati Contoh', 'same'],
    ['Yoakim Ati Contoh', 'Joaquim Ati Contoh', 'same'],
    ['Teresia Ufi Contoh', 'Teresinha Ufi Contoh', 'same'],
    ['Lusia Ufi Contoh', 'Luzia Ufi Contoh', 'same'],
    ['Vinsensius Uji Coba', 'Vicente Uji Coba', 'same'],
    ['Sebastianus Uji Coba', 'Sebastião Uji Coba', 'same'],
    ['Filipus Uji Coba', 'Felipe Uji Coba', 'same'],
    // particles, apart or clinging
    ['Maria da Costa', 'Maria Dakosta', 'same'],
    ['Maria da Costa', 'Maria Costa', 'same'],
    ['Rui dos Santos Contoh', 'Rui Dosantos Contoh', 'same'],
    ['Rui de Jesus Contoh', 'Rui Dejesus Contoh', 'same'],
    // double letters, c/k/q, j/y, ph/f, v/w/b, s/z, x, old spelling
    ['Joaquina Guterres', 'Yoakina Guteres', 'same'],
    ['Philomena Contoh', 'Filomena Contoh', 'same'],
    ['Silvia Contoh', 'Silwia Contoh', 'same'],
    ['Rosa Silva Contoh', 'Rosa Silba Contoh', 'same'],
    ['Rosa Sousa Contoh', 'Rosa Souza Contoh', 'same'],
    ['Ximenes Contoh', 'Simenes Contoh', 'same'],
    ['Felix Contohan', 'Feliks Contohan', 'same'],
    ['Soewarni Contoh', 'Suwarni Contoh', 'same'],
    ['Tjahaja Contoh', 'Cahaya Contoh', 'same'],
    ['Djuliana Contoh', 'Juliana Contoh', 'same'],
    ['Cecilia Contohan', 'Sesilia Contohan', 'same'],
    ['Conceição Ujicoba', 'Konsesao Ujicoba', 'same'],
    ['Gonçalves Ujicoba', 'Gonsalves Ujicoba', 'same'],
    ['Martinho Ujicoba', 'Martino Ujicoba', 'same'],
    // order, titles, punctuation, capitals
    ['DA COSTA, Maria', 'Maria da Costa', 'same'],
    ['Contoh Yakobus', 'Yakobus Contoh', 'same'],
    ['Ny. Maria Contohan', 'Maria Contohan', 'same'],
    ["Mario D'Contoh", 'Mario Dcontoh', 'same'],
    // more or less of it, a slip, an initial
    ['Maria Soares da Costa', 'Maria da Costa', 'near'],
    ['Maria Ufi Contoh', 'Maria Ufi Contoh Leolima', 'near'],
    ['Maria Contohan', 'Maria Contohen', 'near'],
    ['Maria Contohan', 'Maria Contodan', 'near'],
    ['Maria Contohan', 'Maria Conothan', 'near'],
    ['M. Ufi Contoh', 'Maria Ufi Contoh', 'near'],
    ['Gonçalves Ujicoba', 'Goncalves Ujicoba', 'near'],
    // one word
    ['Maria', 'Maria da Costa', 'part'],
    ['Bere', 'Bere', 'part'],
    // other people
    ['Maria da Costa', 'Maria da Silva', 'none'],
    ['Maria Contohan', 'Mario Contohan', 'none'],
    ['Yohanes Contohan', 'Yosef Contohan', 'none'],
    ['Petrus Leolima', 'Paulus Leolima', 'none'],
    ['Maria da Costa', 'Antonia Soares', 'none'],
    ['Rui Contoh', 'Rai Contoh', 'none'],
    ['Ana Bere Mau', 'Ana Seran Klau', 'none'],
    ['Bere', 'Mau', 'none'],
    ['', 'Maria', 'none'],
    ['da', 'de', 'none'],
    ['-', '…', 'none'],
  ])('%s / %s: %s', (one, other, likeness) => {
    expect(compareNames(one, other).likeness).toBe(likeness);
    expect(compareNames(other, one).likeness).toBe(likeness);
  });

  it('keep other scripts as they are', () => {
    expect(namePartsOf('Маря')).toHaveLength(1);
    expect(compareNames('مريم حسن', 'مريم حسن').likeness).toBe('same');
  });

  it.each([
    ['kontoh', 'kontoh', true],
    ['kontoh', 'kontah', true],
    ['kontoh', 'kntoh', true],
    ['kontoh', 'konthoh', true],
    ['kontoh', 'kotnoh', true],
    ['kontoh', 'kotnah', false],
    ['kontoh', 'kont', false],
    ['ab', 'cd', false],
  ])('%s and %s differ by one slip: %s', (one, other, is) => {
    expect([isOneSlip(one, other), isOneSlip(other, one)]).toEqual([is, is]);
  });
});

describe('births', () => {
  it.each([
    ['1974-05-20', '1974-05-20', 'day'],
    ['20-05-1974', '1974-05-20', 'day'],
    ['2/5/1974', '1974-05-02', 'day'],
    ['20 Mei 1974', '1974-05-20', 'day'],
    ['20 de Maio de 1974', '1974-05-20', 'day'],
    ['3 October 1974', '1974-10-03', 'day'],
    ['Agustus 1974', '1974-08', 'month'],
    ['1974-08', '1974-08', 'month'],
    ['1974', '1974', 'year'],
    ['about 1974', '1974', 'about'],
    ['sekitar 1974', '1974', 'about'],
    ['±1974', '1974', 'about'],
    ['Cerca de 1974', '1974', 'about'],
  ])('%s is read as %s, %s', (words, date, precision) => {
    expect(parseBorn(words)).toEqual({ date, precision });
  });

  it.each(['', 'unknown', '31-02-1974', '1974-13', '20 Foo 1974', 'in the war', '74'])('%s gives no date', (words) => {
    expect(parseBorn(words)).toBeUndefined();
  });

  const born = (words: string) => parseBorn(words) ?? { date: words, precision: 'day' as const };
  it.each([
    ['1974-05-20', '1974-05-20', 'same-day'],
    ['1974-05-20', '1974-05-21', 'conflict'],
    ['1974-05-02', '1974-02-05', 'swapped'],
    ['1974-05-20', '1974-05', 'compatible'],
    ['1974-05-20', '1974-06', 'conflict'],
    ['1974-05-20', '1974', 'compatible'],
    ['1974-05', '1974', 'compatible'],
    ['1974', '1975', 'conflict'],
    ['about 1974', '1976-12-31', 'compatible'],
    ['about 1974', '1972', 'compatible'],
    ['about 1974', '1977', 'conflict'],
    ['about 1974', 'about 1978', 'compatible'],
    ['about 1974', 'about 1979', 'conflict'],
  ])('%s against %s: %s', (one, other, is) => {
    expect([compareBirths(born(one), born(other)), compareBirths(born(other), born(one))]).toEqual([is, is]);
  });

  it('take the best of what several papers say, and nothing from nothing', () => {
    expect(compareAllBirths([born('1970'), born('1974-05-20')], [born('1974')])).toBe('compatible');
    expect(compareAllBirths([], [born('1974')])).toBe('unknown');
    expect(yearsOf(born('about 1974'))).toEqual([1972, 1973, 1974, 1975, 1976]);
    expect(isBorn({ date: '1974-02-30', precision: 'day' })).toBe(false);
    expect(isBorn({ date: '1974', precision: 'month' })).toBe(false);
  });
});

/** A paper’s word for a person: name, birth, and numbers as `kind:number`. */
const says = (name: string, birth?: string, numbers: readonly string[] = [], more: Partial<Papers> = {}): Papers => ({
  names: [{ name, country: 'ID' }],
  births: birth === undefined ? [] : [parseBorn(birth)].flatMap((one) => (one === undefined ? [] : [one])),
  numbers: numbers.map((one) => ({ kind: one.split(':')[0] ?? '', number: one.split(':')[1] ?? '' })),
  ...more,
});

describe('papers', () => {
  it.each([
    [
      'number, name and birth',
      says('João Contohan', '1974', ['nik:53-1234 5678']),
      says('Yohanes Contohan', 'about 1975', ['nik:5312345678']),
      'strong',
      ['same-number', 'same-name', 'birth-compatible'],
      [],
    ],
    [
      'a number alone',
      says('Maria Uji', '1974', ['passport:C777777']),
      says('Rosa Coba', undefined, ['passport:c 777 777']),
      'likely',
      ['same-number'],
      ['other-name'],
    ],
    [
      'a borrowed number',
      says('Maria Uji', '1974', ['passport:C777777']),
      says('Rosa Coba', '1990', ['passport:C777777']),
      'likely',
      ['same-number'],
      ['other-name', 'other-birth-date'],
    ],
    [
      'name and day',
      says('Maria da Costa', '1974-05-20'),
      says('Maria Dakosta', '20 Mei 1974'),
      'likely',
      ['same-name', 'same-birth-date'],
      [],
    ],
    [
      'name and year',
      says('Maria da Costa', '1974-05-20'),
      says('Maria Dakosta', '1974'),
      'possible',
      ['same-name', 'birth-compatible'],
      [],
    ],
    [
      'name, day and month swapped',
      says('Maria da Costa', '1974-05-02'),
      says('Maria Dakosta', '1974-02-05'),
      'possible',
      ['same-name', 'birth-swapped'],
      [],
    ],
    [
      'name and day, another NIK',
      says('Maria da Costa', '1974-05-20', ['nik:5312345678']),
      says('Maria Dakosta', '1974-05-20', ['nik:5399999999']),
      'possible',
      ['same-name', 'same-birth-date'],
      ['other-number'],
    ],
    [
      'two words and the place',
      says('Maria da Costa', undefined, [], { birthPlace: 'Dili' }),
      says('Maria Dakosta', '1974', [], { birthPlace: 'Díli' }),
      'possible',
      ['same-name', 'same-birth-place'],
      [],
    ],
    ['three words, no date', says('Maria Ufi Contoh'), says('Maria Contoh Ufi'), 'possible', ['same-name'], []],
    [
      'two words, nearly the number',
      says('Maria Uji', undefined, ['passport:C7777771']),
      says('Maria Uji', undefined, ['passport:C7777717']),
      'possible',
      ['near-number', 'same-name'],
      [],
    ],
    [
      'one word and the day',
      says('Maria', '1974-05-20'),
      says('Maria da Costa', '1974-05-20'),
      'possible',
      ['one-name', 'same-birth-date'],
      [],
    ],
    [
      'one word, the year and the place',
      says('Bere', '1974', [], { birthPlace: 'Atambua' }),
      says('Bere', '1974', [], { birthPlace: 'Atambua' }),
      'possible',
      ['one-name', 'birth-compatible', 'same-birth-place'],
      [],
    ],
  ])('%s', (_, one, other, strength, reasons, against) => {
    for (const match of [matchPapers(one, other), matchPapers(other, one)]) {
      expect(match?.strength).toBe(strength);
      expect(match?.reasons.map(({ code }) => code)).toEqual(reasons);
      expect(match?.against.map(({ code }) => code)).toEqual(against);
    }
  });

  it.each([
    ['a common name, no date', says('Maria da Costa'), says('Maria da Costa')],
    ['the same name, another year', says('Maria da Costa', '1974'), says('Maria da Costa', '1980')],
    ['one word and a year', says('Maria', '1974'), says('Maria', '1974')],
    ['a family card', says('Maria Uji', '1974', ['kk:5312345678']), says('Rui Uji', '1999', ['kk:5312345678'])],
    [
      'the same number of another country',
      says('Maria Uji', '1974', [], { numbers: [{ kind: 'passport', number: 'C7777777', country: 'ID' }] }),
      says('Rosa Coba', '1990', [], { numbers: [{ kind: 'passport', number: 'C7777777', country: 'TL' }] }),
    ],
    ['a number too short to tell', says('Maria Uji', undefined, ['bi:1234']), says('Rosa Coba', undefined, ['bi:1234'])],
    ['the sexes differ', says('Maria Uji', '1974', [], { sex: 'female' }), says('Maria Uji', '1974', [], { sex: 'male' })],
    ['the same day alone', says('Maria Uji', '1974-05-20'), says('Rosa Coba', '1974-05-20')],
  ])('%s: no match', (_, one, other) => {
    expect([matchPapers(one, other), matchPapers(other, one)]).toEqual([undefined, undefined]);
  });

  it('say in words what speaks for it, in both languages', () => {
    const match = matchPapers(
      says('João Contohan', 'about 1974', ['bi:0012345']),
      says('Yohanes Contohan', '1974', ['bi:0012345']),
    );
    expect(match?.reasons.map(({ text }) => text)).toEqual([
      { id: 'Nomor bilhete de identidade sama: 0012345.', en: 'The same bilhete de identidade number: 0012345.' },
      {
        id: 'Nama sama menurut bunyinya: João Contohan dan Yohanes Contohan.',
        en: 'The same name by its sound: João Contohan and Yohanes Contohan.',
      },
      { id: 'Kelahiran dapat cocok: sekitar 1974 dan 1974.', en: 'The births may be one: about 1974 and 1974.' },
    ]);
  });

  it('come from a case’s file as far as it can be read, and back from an event', () => {
    const subject = { name: 'Maria', born: 'about 1974', birthPlace: 'Dili', identityNumbers: [{ kind: 'nik', number: '53' }] };
    const papers = papersOfSubject(subject);
    expect(papers).toEqual({
      names: [{ name: 'Maria' }],
      births: [{ date: '1974', precision: 'about' }],
      numbers: [{ kind: 'nik', number: '53' }],
      birthPlace: 'Dili',
    });
    expect(papersIn(JSON.parse(JSON.stringify({ ...papers, words: ['x'] })))).toEqual(papers);
    expect(papersIn({})).toBeUndefined();
  });
});

const word = fc.constantFrom(
  ...[
    'Maria',
    'Mario',
    'João',
    'Yohanes',
    'Costa',
    'da Costa',
    'Dakosta',
    'Contohan',
    'Contodan',
    'M.',
    'Ufi',
    'Bere',
    'Silva',
    'dos',
    'Silba',
  ],
);
const birth = fc.constantFrom('1974', '1974-05-02', '1974-02-05', '1974-05', 'about 1975', 'about 1977', '1980', 'never');
const papers: fc.Arbitrary<Papers> = fc
  .record({
    names: fc.array(fc.array(word, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 2 }),
    births: fc.array(birth, { maxLength: 2 }),
    numbers: fc.array(fc.constantFrom('nik:5312345678', 'nik:5312345687', 'passport:C777777', 'kk:5312345678'), { maxLength: 2 }),
    birthPlace: fc.option(fc.constantFrom('Dili', 'Atambua'), { nil: undefined }),
    sex: fc.option(fc.constantFrom('female' as const, 'male' as const), { nil: undefined }),
  })
  .map(({ names, births, numbers, birthPlace, sex }) => ({
    ...says('', undefined, numbers),
    names: names.map((words) => ({ name: words.join(' ') })),
    births: births.flatMap((one) => parseBorn(one) ?? []),
    ...(birthPlace === undefined ? {} : { birthPlace }),
    ...(sex === undefined ? {} : { sex }),
  }));

describe('matching', () => {
  it('is the same whichever way round, and always finds by its words what it would match', () => {
    let matched = 0;
    fc.assert(
      fc.property(papers, papers, (one, other) => {
        const [there, back] = [matchPapers(one, other), matchPapers(other, one)];
        expect(back?.strength).toBe(there?.strength);
        expect(back?.reasons.map(({ code }) => code).sort()).toEqual(there?.reasons.map(({ code }) => code).sort());
        expect(back?.against.map(({ code }) => code).sort()).toEqual(there?.against.map(({ code }) => code).sort());
        if (there === undefined) return;
        matched += 1;
        const words = new Set(indexWords(one));
        expect(indexWords(other).some((each) => words.has(each))).toBe(true);
      }),
      { numRuns: 5_000 },
    );
    // A run that met no match would prove nothing.
    expect(matched).toBeGreaterThan(500);
  });
});
