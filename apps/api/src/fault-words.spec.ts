import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parseCalendar } from '#domain/calendar/calendar.js';
import { wordsFor } from './fault-words.js';
import { malformed, Problem } from './problem-details.js';
import { check, OpenDraftRequest, RecordInterviewRequest, ReturnAsIncompleteRequest } from './requests.js';

const folder = join(process.cwd(), 'apps', 'api', 'src');

/** Every sentence that a check of the API says, with a number for what it fills in. */
function sentences(): string[] {
  const texts = readdirSync(folder)
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.spec.ts'))
    .map((name) => readFileSync(join(folder, name), 'utf8'));
  const said = texts.flatMap((text) =>
    [/\b(?:fault|message): ?(?:'([^']*)'|`([^`]*)`)/g, /\brule\(\s*'\w+',\s*(?:'([^']*)'|`([^`]*)`)/g].flatMap((form) =>
      [...text.matchAll(form)].map(([, plain, filled]) => plain ?? filled ?? ''),
    ),
  );
  return said.flatMap((sentence) =>
    sentence.includes('born.precision')
      ? ['day', 'month', 'year'].map((precision) => sentence.replace(/\$\{[^}]*\}/, precision))
      : [sentence.replace(/\$\{(EARLIEST|LATEST)\}/g, '1900-01-01').replace(/\$\{[^}]*\}/g, '7')],
  );
}

function faultsOf(work: () => unknown) {
  try {
    work();
  } catch (error) {
    if (error instanceof Problem) return error.more.faults as { path: string; text: { id: string; en: string } }[];
  }
  return [];
}

describe('what is wrong with a request, in both languages', () => {
  it('is known of every sentence that the checks say', () => {
    const said = sentences();
    expect(said.length).toBeGreaterThan(40);
    expect(said.filter((sentence) => wordsFor(sentence) === undefined)).toEqual([]);
  });

  it('is known of the checks of the library, whose sentences name the field', () => {
    const subject = { name: 'Maria' };
    const told = [
      ...faultsOf(() => check(RecordInterviewRequest, { heldOn: '2026-02-30', notes: 'x'.repeat(20001) })),
      ...faultsOf(() => check(RecordInterviewRequest, { heldOn: '2026-02-01', notes: '' })),
      ...faultsOf(() => check(RecordInterviewRequest, { heldOn: '2026-02-01', notes: 7 })),
      ...faultsOf(() => check(ReturnAsIncompleteRequest, { reason: 'x', missing: [] })),
      ...faultsOf(() => check(ReturnAsIncompleteRequest, { reason: 'x', missing: 'a b', extra: 1 })),
      ...faultsOf(() => check(ReturnAsIncompleteRequest, { reason: 'x', missing: Array(51).fill('a') })),
      ...faultsOf(() => check(OpenDraftRequest, { procedure: 'PSK', office: 'KANIM-KPG', subject: 'Maria' })),
      ...faultsOf(() => check(OpenDraftRequest, { procedure: 'PSK', office: 'KANIM-KPG', subject, papers: ['x'] })),
      ...faultsOf(() => check(OpenDraftRequest, [])),
    ];
    const inIndonesian = told.map(({ path, text }) => `${path}: ${text.id}`);
    expect(inIndonesian.slice(0, 2)).toEqual([
      'heldOn: bukan tanggal yang ada dari tahun 1900 sampai 2199',
      'notes: paling panjang 20000 huruf',
    ]);
    expect(inIndonesian).toContain('extra: bukan isian yang dikenal');
    expect(inIndonesian).toContain('(body): harus objek JSON');
    expect(told.filter(({ text }) => text.id === 'tidak dapat dibaca' || /\b(must|should|property)\b/.test(text.id))).toEqual([]);
    expect(told.filter(({ text }) => /\bproperty\b/.test(text.en))).toEqual([]);
  });

  it('makes the sentence of the whole answer', () => {
    const { text } = malformed([{ path: 'stage', fault: 'must be one of draft, lodged' }]);
    expect(text).toEqual({
      id: 'Isian tidak dapat dibaca: stage: harus salah satu dari draft, lodged',
      en: 'The request cannot be read: stage: must be one of draft, lodged',
    });
  });

  it('is said of a decree too', () => {
    const year = { decree: 'SKB', confidence: 'sourced', holidays: ['2027-01-01'], collectiveLeave: ['2026-12-31'] };
    expect(() => parseCalendar({ years: { '2027': year } }, 1)).toThrow(
      expect.objectContaining({
        text: {
          id: 'Kalender tidak dapat dipakai. years.2027.collectiveLeave[0]: 2026-12-31 tidak dalam tahun 2027',
          en: 'The calendar cannot be used. years.2027.collectiveLeave[0]: 2026-12-31 is not in 2027',
        },
      }),
    );
  });
});
