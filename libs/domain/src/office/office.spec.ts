import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { coversDate, inSubtree, lineageOf, type OfficeTree, officeOfStep, parentOf, parseOffices, subtreeOf } from './office.js';

const file = () => JSON.parse(readFileSync('data/offices-ntt.json', 'utf8'));
const tree: OfficeTree = new Map(parseOffices(file()).map((office) => [office.code, office]));

describe('the office tree at a date', () => {
  it('in August 2024 leads from the border through one ministry to the President', () => {
    expect(lineageOf(tree, 'PLBN-MOTAAIN', '2024-08-06')).toEqual([
      'PLBN-MOTAAIN',
      'KANIM-ATB',
      'KANWIL-KUMHAM-NTT',
      'KEMENKUMHAM',
      'PRESIDEN',
    ]);
  });
  it('between the two days of the split leads through the old regional office to the new ministry', () => {
    expect(lineageOf(tree, 'KANIM-KPG', '2024-12-31')).toEqual(['KANIM-KPG', 'KANWIL-KUMHAM-NTT', 'KEMENKUM', 'PRESIDEN']);
  });
  it('since 2025 leads through the Directorate General of Immigration', () => {
    expect(lineageOf(tree, 'KANIM-KPG', '2025-01-01')).toEqual([
      'KANIM-KPG',
      'KANWIL-DITJENIM-NTT',
      'DITJENIM',
      'KEMENIMIPAS',
      'PRESIDEN',
    ]);
  });
  it('changes on the first day of the new parent, not before', () => {
    expect(parentOf(tree, 'DITJEN-AHU', '2024-10-20')).toBe('KEMENKUMHAM');
    expect(parentOf(tree, 'DITJEN-AHU', '2024-10-21')).toBe('KEMENKUM');
    expect(parentOf(tree, 'PRESIDEN', '2024-10-21')).toBeUndefined();
    expect(parentOf(tree, 'NOWHERE', '2024-10-21')).toBeUndefined();
  });
  it('every office reaches the President on every day on which it exists, and has one parent at most', () => {
    for (const on of ['2024-08-06', '2024-10-21', '2024-12-31', '2025-01-01', '2026-11-24'])
      for (const office of tree.values()) {
        if (!coversDate({ from: office.effectiveFrom ?? null, to: office.effectiveTo ?? null }, on)) continue;
        expect([office.code, on, lineageOf(tree, office.code, on).at(-1)]).toEqual([office.code, on, 'PRESIDEN']);
        expect(office.parents.filter((p) => coversDate(p, on)).length).toBeLessThan(2);
      }
  });
  it('an office stands in its own subtree and in those above it only', () => {
    expect(inSubtree(tree, 'KANIM-ATB', 'PLBN-MOTAAIN', '2025-03-03')).toBe(true);
    expect(inSubtree(tree, 'PLBN-MOTAAIN', 'KANIM-ATB', '2025-03-03')).toBe(false);
    expect(inSubtree(tree, 'KANWIL-KUMHAM-NTT', 'KANIM-KPG', '2025-03-03')).toBe(false);
    expect(subtreeOf(tree, 'KANIM-ATB', '2025-03-03').toSorted()).toEqual([
      'KANIM-ATB',
      'PLBN-MOTAAIN',
      'PLBN-MOTAMASIN',
      'PLBN-NAPAN',
      'PLBN-WINI',
      'POS-KEFA',
    ]);
  });
  it('ends a lineage that bites its own tail', () => {
    const parents = (code: string) => [{ code, from: null, to: null }];
    const ring = new Map(
      (['A', 'B'] as const).map((code) => [
        code,
        { code, kind: 'ministry', name: code, timeZone: 'Asia/Jakarta', parents: parents(code === 'A' ? 'B' : 'A') } as const,
      ]),
    );
    expect(lineageOf(ring, 'A', '2025-03-03')).toEqual(['A', 'B']);
  });
});

describe('the holder of a step of the authority chain', () => {
  it('is the office in one’s own lineage, or the one that holds the matter beside it', () => {
    const regional = { kind: 'regional-office', matter: 'citizenship', decides: false } as const;
    expect(officeOfStep(tree, regional, 'KANIM-ATB', '2024-08-06')).toBe('KANWIL-KUMHAM-NTT');
    expect(officeOfStep(tree, regional, 'KANIM-ATB', '2025-03-03')).toBe('KANWIL-KUM-NTT');
    expect(officeOfStep(tree, { ...regional, matter: 'immigration' }, 'KANIM-ATB', '2025-03-03')).toBe('KANWIL-DITJENIM-NTT');
    expect(officeOfStep(tree, { kind: 'immigration-office', decides: false }, 'PLBN-WINI', '2025-03-03')).toBe('KANIM-ATB');
  });
  it('is nobody on a day on which nobody holds it', () => {
    expect(officeOfStep(new Map(), { kind: 'ministry', decides: true }, 'KANIM-ATB', '2025-03-03')).toBeUndefined();
  });
});

describe('a period', () => {
  it('holds its first day and not its last', () => {
    const year = { from: '2025-01-01', to: '2026-01-01' };
    expect(['2024-12-31', '2025-01-01', '2025-12-31', '2026-01-01'].map((on) => coversDate(year, on))).toEqual([
      false,
      true,
      true,
      false,
    ]);
    expect(coversDate({}, '2025-01-01')).toBe(true);
    expect(coversDate({ from: null, to: null }, '2025-01-01')).toBe(true);
  });
});

describe('parseOffices', () => {
  it.each([
    ['no list', {}, 'offices: must be a list'],
    ['a code in small letters', { offices: [{ code: 'kanim', name: 'x', kind: 'ministry', parents: [] }] }, 'offices[0].code'],
    ['no name', { offices: [{ code: 'A', name: '', kind: 'ministry', parents: [] }] }, 'offices[0].name'],
    ['no kind', { offices: [{ code: 'A', name: 'x', parents: [] }] }, 'offices[0].kind'],
    [
      'a parent that is not there',
      { offices: [{ code: 'A', name: 'x', kind: 'ministry', parents: [{ code: 'B' }] }] },
      'A.parents',
    ],
  ])('refuses %s, and says where', (_, json, words) => {
    expect(() => parseOffices(json)).toThrow(words);
  });
  it('gives an office without a zone of its own that of the file', () => {
    expect(tree.get('KANIM-KPG')?.timeZone).toBe('Asia/Makassar');
    expect(tree.get('KEMENKUM')?.timeZone).toBe('Asia/Jakarta');
  });
});
