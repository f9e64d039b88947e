import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { derivedFactsOf, impliedAnswer, withDerived } from './derived-facts.js';
import type { Procedure } from './procedure.js';
import { parseProcedure } from './procedure-faults.js';
import type { Facts, FactType, FactValue } from './rules.js';

const procedures = readdirSync('data/procedures')
  .filter((file) => file.endsWith('.json'))
  .map((file): [string, Procedure] => [file, parseProcedure(JSON.parse(readFileSync(`data/procedures/${file}`, 'utf8')), file)]);
const procedureOf = (file: string) => procedures.find(([name]) => name === `${file}.json`)?.[1] as Procedure;
const known = (values: { readonly [fact: string]: FactValue }): Facts =>
  Object.fromEntries(Object.entries(values).map(([fact, value]) => [fact, { value, evidence: [`paper-of-${fact}`] }]));
const days = { lodging: '2026-11-24', decision: '2026-11-30' };
const derive = (
  file: string,
  values: { readonly [fact: string]: FactValue },
  on: { lodging?: string; decision: string } = days,
) => {
  const procedure = procedureOf(file);
  const all = withDerived(procedure, known(values), on);
  return Object.fromEntries(
    derivedFactsOf(procedure).flatMap((fact) => (all[fact]?.from === undefined ? [] : [[fact, all[fact].value]])),
  );
};

describe('what dates imply', () => {
  it.each([
    ['18 on the birthday itself, by the day of the decision', 'ABG-PILIH', { bornOn: '2008-11-30' }, { isAdultOrMarried: true }],
    ['nothing of a minor who may be married', 'ABG-PILIH', { bornOn: '2008-12-01' }, {}],
    [
      'a minor is one who did not marry',
      'ABG-PILIH',
      { bornOn: '2008-12-01', marriedBeforeEighteen: false },
      { isAdultOrMarried: false, choicePeriodOver: false },
    ],
    [
      'marriage at 16 starts the three years, and they end before the 21st birthday (art. 6(1), 6(3))',
      'ABG-PILIH',
      { bornOn: '2006-12-01', marriedOn: '2023-01-15', choiceDeclaredOn: '2026-01-16' },
      { isAdultOrMarried: true, marriedBeforeEighteen: true, choicePeriodOver: true, choiceInTime: false },
    ],
    [
      'declared on the last day after such a marriage',
      'ABG-PILIH',
      { bornOn: '2006-12-01', marriedOn: '2023-01-15', choiceDeclaredOn: '2026-01-15' },
      { isAdultOrMarried: true, marriedBeforeEighteen: true, choicePeriodOver: true, choiceInTime: true },
    ],
    [
      'marriage at 20 prolongs nothing: the 21st birthday ends the time',
      'ABG-PILIH',
      { bornOn: '2004-06-01', marriedOn: '2024-07-01', choiceDeclaredOn: '2025-06-02' },
      { isAdultOrMarried: true, marriedBeforeEighteen: false, choicePeriodOver: true, choiceInTime: false },
    ],
    [
      'the 21st birthday is still in time',
      'ABG-PILIH',
      { bornOn: '2005-11-30', marriedBeforeEighteen: false, choiceDeclaredOn: '2026-11-30' },
      { isAdultOrMarried: true, choicePeriodOver: false, choiceInTime: true },
    ],
    ['born after the act', 'ABG-REG.2024-06', { bornOn: '2006-08-01' }, { bornBeforeAct2006: false, isAdultOrMarried: true }],
    [
      'born before it, and neither acknowledged nor adopted by a foreigner',
      'ABG-REG.2024-06',
      { bornOn: '2006-07-31', acknowledgedByForeignFather: false, adoption: 'none' },
      { bornBeforeAct2006: true, isAdultOrMarried: true },
    ],
    [
      'born before it and adopted after it: the adoption counts, which an officer finds',
      'ABG-REG.2024-06',
      { bornOn: '2005-07-31', adoption: 'by-foreigner', adoptedOn: '2010-07-31' },
      { isAdultOrMarried: true, adoptedBeforeFive: false },
    ],
    [
      'adopted the day before the fifth birthday',
      'ABG-REG.2024-06',
      { bornOn: '2015-07-31', marriedBeforeEighteen: false, adoptedOn: '2020-07-30' },
      { isAdultOrMarried: false, bornBeforeAct2006: false, adoptedBeforeFive: true },
    ],
    [
      'three years of marriage on the third anniversary (art. 26(4))',
      'PSK',
      { marriedOn: '2023-11-30' },
      { isAdultOrMarried: true, marriedThreeYears: true },
    ],
    [
      'born 300 days after the father died (art. 4(f))',
      'PSK',
      { fatherDiedOn: '2019-01-01', bornOn: '2019-10-28' },
      { bornBeforeAct2006: false, fatherDiedBeforeBirth: true, bornWithin300DaysOfFathersDeath: true },
    ],
    [
      'born 301 days after',
      'PSK',
      { fatherDiedOn: '2019-01-01', bornOn: '2019-10-29' },
      { bornBeforeAct2006: false, fatherDiedBeforeBirth: true, bornWithin300DaysOfFathersDeath: false },
    ],
    ['thirty days before the permit ends, by its window', 'ALIH', { stayPermitExpiresOn: '2026-12-24' }, { lodgedInTime: true }],
    ['twenty-nine days before', 'ALIH', { stayPermitExpiresOn: '2026-12-23' }, { lodgedInTime: false }],
    ['a permit that had ended', 'ALIH', { stayPermitExpiresOn: '2026-11-23' }, { lodgedInTime: false, stayPermitValid: false }],
  ])('%s', (_, file, values, answered) => {
    expect(derive(file, values)).toEqual(answered);
  });

  it('who applies for naturalisation at 17 is not 18 because the office is slow (art. 9(a))', () => {
    const at17 = { bornOn: '2008-11-25', marriedBeforeEighteen: false };
    expect(derive('SKIM', at17)).toEqual({ isAdultOrMarried: false });
    expect(derive('SKIM', at17, { decision: '2026-11-30' })).toEqual({});
  });

  it('goes before what was entered by hand, and names the dates and their papers', () => {
    const facts = withDerived(procedureOf('PSK'), known({ marriedOn: '2001-01-01', marriedThreeYears: false }), days);
    expect(facts.marriedThreeYears).toEqual({
      value: true,
      evidence: ['paper-of-marriedOn'],
      from: { marriedOn: '2001-01-01', decision: '2026-11-30' },
    });
  });

  it('is only presumed while the exception is open', () => {
    const child = known({ bornOn: '2015-01-01' });
    expect(impliedAnswer(procedureOf('ABG-REG.2024-06'), 'isAdultOrMarried', child, days)).toMatchObject({
      value: false,
      presumed: true,
    });
    expect(withDerived(procedureOf('ABG-REG.2024-06'), child, days).isAdultOrMarried).toBeUndefined();
  });

  const dates = fc.date({ min: new Date('1990-01-01'), max: new Date('2026-11-24'), noInvalidDate: true });
  const answerTo = (type: FactType): fc.Arbitrary<FactValue> =>
    type.type === 'date'
      ? dates.map((date) => date.toISOString().slice(0, 10))
      : type.type === 'choice'
        ? fc.constantFrom(...type.choices)
        : fc.boolean();
  it.each(procedures.filter(([, p]) => derivedFactsOf(p).length > 0))(
    '%s: more evidence never takes an answer back nor turns it, whatever stands in which order',
    (_, procedure) => {
      const derived = derivedFactsOf(procedure);
      const inputs = Object.keys(procedure.facts).filter((fact) => !derived.includes(fact) || fact === 'marriedBeforeEighteen');
      const all = fc.record(Object.fromEntries(inputs.map((fact) => [fact, answerTo(procedure.facts[fact] as FactType)])));
      fc.assert(
        fc.property(all, fc.subarray(inputs), fc.constantFrom(...inputs), (values, some, more) => {
          // No date precedes what it cannot precede, and a marriage that is dated says itself whether it was early.
          for (const [fact, { notBefore }] of Object.entries(procedure.facts))
            if (notBefore !== undefined && String(values[fact]) < String(values[notBefore])) return;
          if ((values.acknowledgedOn ?? '~') < (values.bornOn ?? '')) return;
          const early = impliedAnswer(procedure, 'marriedBeforeEighteen', known(values), days)?.value;
          const truth = early === undefined ? values : { ...values, marriedBeforeEighteen: early };
          const pick = (names: readonly string[]) => known(Object.fromEntries(names.map((n) => [n, truth[n] as FactValue])));
          const before = withDerived(procedure, pick(some), days);
          const after = withDerived(procedure, pick([...some, more]), days);
          for (const fact of derived) if (before[fact]?.from !== undefined) expect(after[fact]?.value).toBe(before[fact].value);
        }),
        { numRuns: 500 },
      );
    },
  );
});
