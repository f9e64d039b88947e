import { describe, expect, it } from '@jest/globals';
import type { CaseEvent } from './case/events.js';
import type { Json } from './event.js';
import { readingsOf, saidWhy, type Written, whyFound, wordsAsked, wordsWritten, writtenIn } from './search.js';

const subject: readonly Written[] = [
  { as: 'name', text: 'João da Contoh', where: 'person' },
  { as: 'birth', text: '1974-05-20', where: 'person' },
  { as: 'number', text: '5371 0123 4567 0001', where: 'person' },
];
const notes: Written = {
  as: 'text',
  text: 'Ibunya, Filomena Soares, lahir di Maliana; surat nikah 12/IV/1971 dilihat.',
  where: 'act',
};

/** Looked up by keyed words first, then compared: a search finds only what both find. */
function finds(words: string, written: readonly Written[]): readonly string[] | undefined {
  const under = new Set(written.flatMap(wordsWritten));
  for (const asked of readingsOf(words)) {
    const looked = asked.every((one) => wordsAsked(one).some((word) => under.has(word)));
    const why = whyFound(asked, written);
    if (why !== undefined) expect(looked).toBe(true);
    if (why !== undefined && looked) return why.map(({ how, written: { as } }) => `${how} ${as}`);
  }
  return undefined;
}

describe('a search', () => {
  it.each([
    ['João da Contoh', ['same name']],
    ['CONTOH, joao', ['same name']],
    ['Yohanes Dacontoh', ['same name']],
    ['Yoão Contih', ['near name']],
    ['contoh 1974', ['same name', 'same birth']],
    ['contoh 20-05-1974', ['same name', 'same birth']],
    ['sekitar 1975', ['same birth']],
    ['5371012345670001', ['same number']],
    ['5371-0123.4567 0001', ['same number']],
    ['5371012345670010', ['near number']],
    ['contoh 5371012345670001', ['same name', 'same number']],
    ['filomena', ['mentioned text']],
    ['Contoh Soares', ['same name', 'mentioned text']],
    ['12/IV/1971', ['mentioned text']],
    ['12 / iv 1971', ['mentioned text']],
  ])('finds by %s', (words, why) => {
    expect(finds(words, [...subject, notes])).toEqual(why);
  });

  it.each(['Petrus', 'João Petrus', 'contoh 1980', '5371012345679999', 'Maria', 'nikah', '01', '', '   ', '***'])(
    'finds nothing by %s',
    (words) => {
      expect(finds(words, [...subject, notes])).toBeUndefined();
    },
  );

  it('asks for nothing that is too short to be a number', () => {
    expect([readingsOf('123'), readingsOf('1/2')]).toEqual([[], []]);
  });

  it('reads what an event says: the head of a case apart from what was said in it', () => {
    const part = (fields: { readonly [field: string]: Json }) => ({
      ...{ by: 'officer', at: '2026-03-02T01:00:00.000Z' },
      personal: [{ personId: 'p', retentionClass: 'case-file', fields }],
    });
    const opened = {
      type: 'DraftOpened',
      data: part({
        name: 'Ana',
        born: '1990',
        birthPlace: 'Dili',
        identityNumbers: [{ kind: 'nik', number: '123456' }],
        salt: 'x',
      }),
    };
    const paper = { type: 'EvidenceReceived', data: part({ title: 'Akta Lahir Ana', number: 'AL-99881' }) };
    const finding = { type: 'FindingRecorded', data: part({ value: 'wni', reason: 'Menurut Ana' }) };
    const told = [opened, paper, finding].flatMap((event) => writtenIn(event as CaseEvent));
    expect(told.map(({ as, where, text }) => `${where} ${as} ${text}`)).toEqual([
      'person name Ana',
      'person birth 1990',
      'person number 123456',
      'paper number AL-99881',
      'act text Akta Lahir Ana',
      'act text Menurut Ana',
    ]);
  });

  it('says why, with what is written only where it may be shown', () => {
    const [found] = whyFound(readingsOf('Filomena')[0] ?? [], [notes]) ?? [];
    if (found === undefined) throw new Error('Not found');
    expect(saidWhy(found, true).en).toBe(`Mentioned in the file: ${notes.text}`);
    expect(saidWhy(found, false).en).toBe('Mentioned in the file');
  });
});
