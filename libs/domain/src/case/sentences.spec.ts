import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { parseProcedure } from '../procedure/procedure-faults.js';
import { caseScenarios } from '../testing/case-scenario.js';
import { commandTypes } from './available-actions.js';
import { commandSentences, eventSentences, sentenceOf } from './sentences.js';

const read = (file: string) => JSON.parse(readFileSync(`data/${file}`, 'utf8'));
const { cases } = caseScenarios({
  offices: read('offices-ntt.json'),
  calendar: read('calendar-id.json'),
  psk: read('procedures/PSK.json'),
  imported: read('procedures/IMPORTED.json'),
  people: read('demo-people.json'),
});

describe('sentences', () => {
  it('each command has a label and each event a sentence, in both languages', () => {
    expect(Object.keys(commandSentences)).toEqual(commandTypes);
    for (const { id, en } of [...Object.values(commandSentences), ...Object.values(eventSentences)]) {
      expect(id).toMatch(/\S/);
      expect(en).toMatch(/\S/);
      expect(id).not.toBe(en);
    }
  });
  it('both languages of a sentence name the same codes', () => {
    const placeholders = (text: string) => new Set(text.match(/\{\w+\}/g) ?? []);
    for (const [type, { id, en }] of Object.entries(eventSentences)) {
      expect([type, placeholders(id).has('{personal}')]).toEqual([type, false]);
      expect([type, placeholders(id)]).toEqual([type, placeholders(en)]);
    }
  });
  it('are filled from the codes of every event of a whole case, with nothing left open and nothing of the person', () => {
    const events = [...cases.closed(), ...cases.awaitingApplicant(), ...cases.importedClosed()];
    for (const event of events)
      for (const sentence of Object.values(sentenceOf(event))) {
        expect([event.type, sentence]).not.toEqual([event.type, expect.stringMatching(/[{}–]|undefined|object Object/)]);
        expect(sentence).not.toContain('Maria');
      }
  });
  it('say who did what', () => {
    const approved = cases.determined().find((e) => e.type === 'DeterminationApproved');
    expect(approved && sentenceOf(approved)).toEqual({
      id: 'minister menetapkan wni-affirmed sesuai rekomendasi officer.kupang.',
      en: 'minister determined wni-affirmed, as officer.kupang recommended.',
    });
    const returned = cases.awaitingApplicant().find((e) => e.type === 'ApplicationReturned');
    expect(returned && sentenceOf(returned).en).toBe('The application was returned; missing: birth certificate.');
  });
  it('call a clock and an outcome as the procedures do, the case’s own first, never by a word for another code', () => {
    const psk = parseProcedure(read('procedures/PSK.json'), 'PSK');
    const remedy = parseProcedure(read('procedures/REMEDY.json'), 'REMEDY');
    const data = { clockId: 'decision-1', clock: 'decision', toRole: 'supervisor', office: 'kanim-kupang', told: [] };
    const warned = {
      type: 'ClockWarned',
      data: { ...data, dueAt: '2026-05-04T16:00:00.000Z', outcome: 'granted-by-silence' },
    } as const;
    expect(sentenceOf(warned, [psk, remedy])).toMatchObject({
      id: expect.stringContaining('sesudahnya hukum bertindak (Dianggap dikabulkan karena tidak diputus)'),
      en: expect.stringMatching(/^The clock Determination by the Minister falls due .* \(Deemed granted by silence\)/),
    });
    const silent = { type: 'DeterminedBySilence', data: { clock: 'objection-decision', outcome: 'granted-by-silence' } } as const;
    expect(sentenceOf(silent, [remedy])).toEqual({
      id: 'Tenggat Putusan atas keberatan lewat tanpa putusan; demi hukum hasilnya: Dianggap dikabulkan karena tidak diputus.',
      en: 'The clock Decision on the objection ran out without a decision; by law the outcome is: Deemed granted by silence.',
    });
    const linked = {
      type: 'LinkedCaseDecided',
      data: { procedure: 'REMEDY', other: 'x', relation: 'remedy', outcome: 'dismissed' },
    };
    expect(sentenceOf({ ...linked, type: 'LinkedCaseDecided' }, [psk, remedy]).en).toContain('was decided: Dismissed.');
    // Where nothing names it, its code, and never what `decision` and `panel` mean elsewhere.
    expect(sentenceOf({ type: 'ClockStarted', data: { clock: 'decision' } }).en).toBe('The clock decision started.');
    expect(sentenceOf({ type: 'DeterminedBySilence', data: silent.data }).en).not.toContain('at once');
  });
});
