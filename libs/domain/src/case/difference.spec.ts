import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { caseOf, caseScenarios } from '../testing/case-scenario.js';
import { differenceOf } from './difference.js';

const read = (file: string) => JSON.parse(readFileSync(`data/${file}`, 'utf8'));
const { cases } = caseScenarios({
  offices: read('offices-ntt.json'),
  calendar: read('calendar-id.json'),
  psk: read('procedures/PSK.json'),
  imported: read('procedures/IMPORTED.json'),
  people: read('demo-people.json'),
});

/** Of each field of the case, and each item of a list, that differs. */
const wholes = (changes: ReturnType<typeof differenceOf>) => new Map(changes.map(({ path, whole }) => [path, whole]));

describe('what differs between two views of a case', () => {
  const [lodged, determined] = [caseOf(cases.lodged()), caseOf(cases.determined())];

  it('is added where nothing of it was there before: a determination, a list that was empty', () => {
    const found = differenceOf(lodged, determined);
    expect(lodged.determinations).toEqual([]);
    const determination = found.find(({ path }) => path === 'determinations');
    expect(determination).toEqual({ path: 'determinations', after: determined.determinations, whole: 'added' });
    expect(wholes(found).get('findings.identityEstablished.value')).toBe('added');
  });

  it('is changed where some of it stays: the stage, a clock that stopped, a name that was there already', () => {
    const found = wholes(differenceOf(caseOf(cases.examination()), determined));
    expect([found.has('progress.stage'), found.get('progress.stage')]).toEqual([true, undefined]);
    const stopped = [...found.keys()].find((path) => /^clocks\..*\.stoppedAt$/.test(path)) ?? '';
    expect([found.has(stopped), found.get(stopped)]).toEqual([true, undefined]);
    const { birthPlace: _, ...known } = { birthPlace: '', ...lodged.subject };
    const named = { ...lodged, subject: { ...known, birthPlace: 'Kupang' } } as typeof lodged;
    const bare = { ...lodged, subject: known } as typeof lodged;
    expect(differenceOf(bare, named)).toEqual([{ path: 'subject.birthPlace', after: 'Kupang' }]);
  });

  it('is gone where nothing of it is left, and the whole case is added where it was not there', () => {
    const back = wholes(differenceOf(determined, lodged));
    expect([back.get('determinations'), back.get('findings.identityEstablished.value')]).toEqual(['gone', 'gone']);
    expect(new Set(wholes(differenceOf(undefined, lodged)).values())).toEqual(new Set(['added']));
    expect(differenceOf(lodged, lodged)).toEqual([]);
  });
});
