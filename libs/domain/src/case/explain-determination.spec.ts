import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { caseOf, caseScenarios } from '../testing/case-scenario.js';
import type { CaseEvent } from './events.js';
import { explainDetermination, linesOf } from './explain-determination.js';

const read = (file: string) => JSON.parse(readFileSync(`data/${file}`, 'utf8'));
const { cases, commands, given, offices, people, psk } = caseScenarios({
  offices: read('offices-ntt.json'),
  calendar: read('calendar-id.json'),
  psk: read('procedures/PSK.json'),
  imported: read('procedures/IMPORTED.json'),
  people: read('demo-people.json'),
});
const explain = (events: readonly CaseEvent[]) =>
  explainDetermination(caseOf(events), { procedure: psk, linked: [], offices, at: '2025-03-20T01:00:00.000Z' });

describe('a determination explains itself', () => {
  it('with the outcome, who made it, the article of each step and the evidence it rests on', () => {
    const explanation = explain(cases.determined());
    expect(explanation).toMatchObject({
      standing: 'determined',
      outcome: { code: 'wni-affirmed' },
      by: 'minister',
      office: 'KEMENKUM',
      derived: { code: 'wni-affirmed' },
      possible: [{ code: 'wni-affirmed' }],
    });
    expect(explanation.grounds.filter((g) => g.basis?.article.startsWith('4(')).length).toBeGreaterThan(0);
    const mother = explanation.grounds.find((g) => g.truth === true && g.evidence.includes('birth-record-1'));
    expect(mother?.text.en).toContain('mother’s citizenship');
    expect(explanation.unknown.filter((one) => one.decisive)).toEqual([]);
    const [id, en] = [linesOf(explanation, 'id').join('\n'), linesOf(explanation, 'en').join('\n')];
    expect(id).toContain('Ditetapkan: Status WNI ditegaskan');
    expect(en).toMatch(/Determined: .*UU 12\/2006 art\. 4.* — minister, KEMENKUM, 2025-03-14/);
    // The subject's own name is nobody's ground.
    expect(`${id}${en}`).not.toMatch(/Maria|undefined/);
  });
  it('while it is open, with the questions that decide, their articles and the evidence that answers them', () => {
    const explanation = explain(cases.examination());
    expect([explanation.standing, explanation.outcome, explanation.derived]).toEqual(['open', undefined, undefined]);
    expect(explanation.possible.length).toBeGreaterThan(1);
    const identity = explanation.unknown.find((one) => one.fact === 'identityEstablished');
    expect(identity).toMatchObject({ decisive: true });
    expect(identity?.by.length).toBeGreaterThan(0);
    expect(linesOf(explanation, 'id').join('\n')).toContain('masih dapat mengubah hasil');
  });
  it('with the birth found beside the one stated, where they cannot be the same', () => {
    // The application states 1974; a birth then is before the act of 2006.
    const born = (value: string) => {
      const before = cases.examination();
      return explain([
        ...before,
        ...given(before).when(commands.finding('bornOn', value, 'birth-record-1'), { as: people.officerKupang }).events,
      ]);
    };
    expect(born('1974-05-20').bornOtherwise).toBeUndefined();
    expect(explain(cases.examined()).bornOtherwise).toBeUndefined();
    const { bornOtherwise } = born('1975-05-20');
    expect(bornOtherwise?.en).toMatch(/1975-05-20 by the finding, 1974 by the application/);
    expect(linesOf(born('1975-05-20'), 'id').join('\n')).toContain('menurut permohonan 1974');
  });
  it('with what stands in the way: an indicator, and the judgment that art. 28 asks for', () => {
    const { blocks, notNow } = explain(cases.indicated());
    expect(blocks.map((block) => block.kind)).toEqual(['trafficking-indicator']);
    expect(notNow.map((one) => one.outcome).sort()).toEqual(['not-wni', 'rejected-false-data']);
    const free = explain(cases.examined());
    expect(free.notNow).toMatchObject([{ outcome: 'rejected-false-data', legalBasis: [{ act: 'PP 2/2007', article: '40(2)' }] }]);
  });
});
