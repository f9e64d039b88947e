import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { caseOf, caseScenarios } from '#domain/testing/case-scenario.js';
import type { Letter } from './letter.js';
import { decisionGrounds } from './letter-grounds.js';
import { letterPdf } from './letter-pdf.js';

const read = (file: string) => JSON.parse(readFileSync(`data/${file}`, 'utf8'));
const { cases, commands, given, offices, people, psk } = caseScenarios({
  offices: read('offices-ntt.json'),
  calendar: read('calendar-id.json'),
  psk: read('procedures/PSK.json'),
  imported: read('procedures/IMPORTED.json'),
  people: read('demo-people.json'),
});
const asked = { procedure: psk, offices, at: '2025-03-20T01:00:00.000Z' };

describe('the grounds of a decision', () => {
  it('are questions with their answers, each article above what it asks, and no word of how rules are written', () => {
    const found = [
      ['parentsMarried', true],
      ['fatherCitizenshipAtBirth', 'wni'],
    ] as const;
    const findings = found.flatMap(
      ([fact, value]) =>
        given(cases.examination()).when(commands.finding(fact, value, 'birth-record-1'), { as: people.officerKupang }).events,
    );
    const grounds = decisionGrounds(caseOf([...cases.determined(), ...findings]), asked);
    const said = grounds.map(({ depth, text, article }) => `${depth} ${text}${article === undefined ? '' : ` (${article})`}`);
    expect(said).toContain('0 UU 12/2006 Pasal 4(b)');
    expect(said).toContain('1 Kewarganegaraan ibu pada saat kelahiran? WNI');
    expect(said).toContain('0 Apakah identitas yang dimohonkan terbukti? Ya (Permenkumham 35/2015)');
    // What a rule denies is a ground too.
    expect(said.some((line) => line.startsWith('0 Apakah sudah ada keputusan pejabat') && line.includes('? Tidak'))).toBe(true);
    expect(said.join('\n')).not.toMatch(/syarat ini|bukan$|\[|: wni/m);
    expect(grounds.flatMap(({ papers }) => papers).length).toBeGreaterThan(0);
  });
  it('are what the official gave where the rules lead elsewhere: what proves another outcome is none of this one', () => {
    const reason = 'Akta lahir ternyata milik orang lain';
    const { after } = given(cases.atMinistry()).when(
      { type: 'DetermineOtherwise', outcome: 'not-established', reason },
      { as: people.minister },
    );
    expect(decisionGrounds(after, asked)).toEqual([{ depth: 0, text: reason, papers: [] }]);
  });
});

describe('the pages of a letter', () => {
  const letter = (lines: number): Letter => ({
    letterhead: ['KEMENTERIAN HUKUM'],
    number: 'TCEF-NBXX-PHAY-W/40/PSK/XI/2026',
    title: 'Keputusan',
    on: '2026-11-28',
    about: [['Nama', 'Ana Contoh']],
    opening: 'Setelah memeriksa, dengan menimbang:',
    grounds: Array.from({ length: lines }, (_, n) => ({ depth: 0, text: `Dasar ${n}`, papers: [] })),
    decision: 'Status WNI ditegaskan',
    remedies: [],
    signed: { office: 'Kementerian Hukum', capacity: 'Menteri', name: 'Contoh Menteri' },
  });
  const pagesOf = async (lines: number) =>
    (await letterPdf(letter(lines), 'https://tegas.test/surat/x')).toString('latin1').match(/\/Type \/Page\b/g)?.length;
  it('is one as long as signature and QR code fit below the last line', async () => {
    // Each ground takes as much as a line and two points: 24 leave 130 points above the margin.
    expect([await pagesOf(24), await pagesOf(40)]).toEqual([1, 2]);
  });
  it('say whose they are and how many, where there are several', async () => {
    const artifacts = async (lines: number) =>
      (await letterPdf(letter(lines), 'https://tegas.test/surat/x')).toString('latin1').match(/\/Type \/Pagination/g)?.length ??
      0;
    expect([await artifacts(5), await artifacts(40)]).toEqual([0, 2]);
  });
});
