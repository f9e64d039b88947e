import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { chainOn, versionOn } from './procedure.js';
import { faultsIn, parseProcedure } from './procedure-faults.js';

const read = (file: string) => JSON.parse(readFileSync(`data/procedures/${file}`, 'utf8'));
const files = readdirSync('data/procedures').filter((file) => file.endsWith('.json'));
const psk = () => read('PSK.json');
const procedures = files.map((file) => parseProcedure(read(file), file));

describe('data/procedures', () => {
  it('holds at least PSK, KEMBALI and IMPORTED, each named after its code', () => {
    expect(files).toEqual(expect.arrayContaining(['PSK.json', 'KEMBALI.json', 'IMPORTED.json']));
    expect(procedures.map((p) => `${p.code}.json`)).toEqual(files);
  });
  it.each(files)('%s: every legal number has its basis, its confidence and its dates', (file) => {
    const procedure = parseProcedure(read(file), file);
    for (const clock of procedure.clocks) {
      expect([clock.code, clock.legalBasis.length > 0]).toEqual([clock.code, true]);
      expect(clock).toHaveProperty('effectiveFrom');
      expect(clock).toHaveProperty('effectiveTo');
      expect(clock.startsWith.length * clock.stopsWith.length).toBeGreaterThan(0);
    }
  });
  it.each(files)('%s: says everything in both languages', (file) => {
    const texts: { id: string; en: string }[] = [];
    JSON.stringify(read(file), (_, value) => {
      if (typeof value === 'object' && value !== null && 'id' in value && 'en' in value) texts.push(value);
      return value;
    });
    expect(texts.filter(({ id, en }) => id.trim() === '' || en.trim() === '' || id === en)).toEqual([]);
  });
  it('each outcome of officers can be reached by a criterion or is the one left over', () => {
    for (const p of procedures.filter((q) => q.kind === 'determination')) {
      const reached = new Set([...p.criteria.map((rule) => rule.outcome), p.otherwise]);
      expect([p.code, p.outcomes.map((o) => o.code).filter((code) => !reached.has(code))]).toEqual([p.code, []]);
    }
  });
  it('only an outcome that says so rests on what is unknown', () => {
    expect(procedures.flatMap((p) => p.outcomes.filter((o) => o.restsOnUnknown).map((o) => o.code))).toEqual(['not-established']);
  });
  it('IMPORTED has the 27 steps of the log and the pair of four eyes', () => {
    const imported = parseProcedure(read('IMPORTED.json'), 'IMPORTED.json');
    expect(new Set(imported.steps?.map((s) => s.code)).size).toBe(27);
    expect(imported.fourEyes).toEqual({ check: 'T02', determine: 'T04' });
    for (const code of ['T00', 'T02', 'T04']) expect(imported.steps?.map((s) => s.code)).toContain(code);
  });
});

describe('parseProcedure', () => {
  it.each([
    [
      'a fact that no one defined',
      (p: ReturnType<typeof psk>) => (p.criteria[0].when.fact = 'falseDataFond'),
      'criteria[0].when.fact',
    ],
    [
      'an inherited name for a fact',
      (p: ReturnType<typeof psk>) => (p.criteria[0].when.fact = 'toString'),
      'criteria[0].when.fact',
    ],
    [
      'a comparison that does not exist',
      (p: ReturnType<typeof psk>) => (p.criteria[0].when.equals = true),
      'criteria[0].when.equals',
    ],
    ['no comparison at all', (p: ReturnType<typeof psk>) => delete p.criteria[0].when.is, 'criteria[0].when: compares'],
    ['a word where a yes or no is asked', (p: ReturnType<typeof psk>) => (p.criteria[0].when.is = 'true'), 'criteria[0].when.is'],
    ['an outcome that no one defined', (p: ReturnType<typeof psk>) => (p.criteria[0].outcome = 'lost'), 'criteria[0].outcome'],
    [
      'an event that does not exist',
      (p: ReturnType<typeof psk>) => (p.clocks[0].startsWith = ['ApplicationLogded']),
      'clocks[0].startsWith',
    ],
    [
      'a pause by an event that does not exist',
      (p: ReturnType<typeof psk>) => (p.clocks[0].pausesWith = ['Paused']),
      'clocks[0].pausesWith',
    ],
    ['a period of no length', (p: ReturnType<typeof psk>) => (p.clocks[0].length.amount = 0), 'clocks[0].length.amount'],
    [
      'a chain in which nobody decides',
      (p: ReturnType<typeof psk>) => (p.authority[0].chain[3].decides = false),
      'authority[0].chain',
    ],
    ['no text in one language', (p: ReturnType<typeof psk>) => delete p.name.id, 'name'],
  ])('refuses %s, and says where', (_, damage, path) => {
    const damaged = psk();
    damage(damaged);
    expect(faultsIn(damaged).join('\n')).toContain(path);
    expect(() => parseProcedure(damaged, 'PSK.json')).toThrow('PSK.json is not a valid procedure');
  });
  it('refuses what is no object', () => {
    expect(faultsIn(null)).toEqual(['(file): must be an object']);
    expect(faultsIn([])).toEqual(['(file): must be an object']);
  });
});

describe('versions and chains', () => {
  it('takes the chain of the day, the first day of a period included, its end not', () => {
    const procedure = parseProcedure(psk(), 'PSK.json');
    const [before, after] = procedure.authority;
    expect(chainOn(procedure, '2024-10-20')).toBe(before?.chain);
    expect(chainOn(procedure, '2024-10-21')).toBe(after?.chain);
    expect(chainOn({ ...procedure, authority: [] }, '2024-10-21')).toEqual([]);
  });
  it('a window that closed: lodged the day before, the old version governs (PP 21/2022 art. 67A, 31 May 2024)', () => {
    const window = { version: 'window', effectiveFrom: null, effectiveTo: '2024-06-01' };
    const later = { version: 'later', effectiveFrom: '2024-06-01', effectiveTo: null };
    expect(versionOn([window, later], '2024-05-31')).toBe(window);
    expect(versionOn([window, later], '2024-06-01')).toBe(later);
    expect(versionOn([window], '2024-06-01')).toBeUndefined();
  });
});
