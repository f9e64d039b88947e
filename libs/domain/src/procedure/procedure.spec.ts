import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { chainOn, noVersionOn, versionOn } from './procedure.js';
import { faultInIndonesian, wordsFor } from './procedure-fault-words.js';
import { faultsIn, parseProcedure } from './procedure-faults.js';
import { evaluate } from './rules.js';

const read = (file: string) => JSON.parse(readFileSync(`data/procedures/${file}`, 'utf8'));
const files = readdirSync('data/procedures').filter((file) => file.endsWith('.json'));
const psk = () => read('PSK.json');
const procedures = files.map((file) => parseProcedure(read(file), file));

describe('data/procedures', () => {
  it('holds the nine procedures and the imported log, each file named after its code, and its version where there are several', () => {
    expect([...new Set(procedures.map((p) => p.code))].sort()).toEqual([
      'ABG-PILIH',
      'ABG-REG',
      'ALIH',
      'HILANG',
      'IMPORTED',
      'KEMBALI',
      'PSIM',
      'PSK',
      'REMEDY',
      'SKIM',
    ]);
    const several = (code: string) => procedures.filter((p) => p.code === code).length > 1;
    expect(procedures.map((p) => (several(p.code) ? `${p.code}.${p.version}.json` : `${p.code}.json`))).toEqual(files);
  });
  it('opens only procedures that there are, and asks for evidence before it voids or rejects for false data', () => {
    const codes = procedures.map((p) => p.code);
    const outcomes = procedures.flatMap((p) => p.outcomes.map((o) => ({ ...o, at: `${p.code} ${o.code}` })));
    expect(outcomes.filter((o) => o.opens !== undefined && !codes.includes(o.opens))).toEqual([]);
    expect(outcomes.filter((o) => o.requiresEvidence !== undefined).map((o) => o.at)).toEqual([
      'HILANG void',
      'PSK rejected-false-data',
      'SKIM naturalised-for-merit',
    ]);
  });
  it('a case lodged on 30 May 2024 and one of 1 June 2024 have different rules, and each version says why (PP 21/2022 art. 67A)', () => {
    const versions = procedures.filter((p) => p.code === 'ABG-REG');
    const [before, last, after] = ['2024-05-30', '2024-05-31', '2024-06-01'].map((on) => versionOn(versions, on));
    expect([before?.version, last?.version, after?.version]).toEqual(['2022-05', '2022-05', '2024-06']);
    expect(before?.windows[0]).toMatchObject({ opens: '2022-05-31', closes: '2024-05-31', confidence: 'S' });
    for (const version of [before, after]) expect(JSON.stringify(version?.because)).toContain('67A');
    // The same child: born before the act, never registered.
    const child = {
      identityEstablished: true,
      parentsMarried: true,
      fatherCitizenshipAtBirth: 'foreign',
      motherCitizenshipAtBirth: 'wni',
    };
    const facts = Object.fromEntries(
      Object.entries({ ...child, bornBeforeAct2006: true, registeredUnderArt41: false }).map(([fact, value]) => [
        fact,
        { value, evidence: [] },
      ]),
    );
    const outcomeUnder = (p: typeof before) => p && evaluate(p.criteria, p.otherwise ?? '', facts, p.facts).outcome;
    expect([outcomeUnder(before), outcomeUnder(after)]).toEqual(['forwarded-3a', 'refused']);
  });
  it('of ABG-REG nothing is in force on 30 May 2022, and the refusal names what is, and when', () => {
    const versions = procedures.filter((p) => p.code === 'ABG-REG');
    expect(['2022-05-30', '2022-05-31', '2024-05-30', '2024-06-01'].map((on) => versionOn(versions, on)?.version)).toEqual([
      undefined,
      '2022-05',
      '2022-05',
      '2024-06',
    ]);
    const { code, reason } = noVersionOn('ABG-REG', versions, '2022-05-30');
    expect(code).toBe('no-version-on-date');
    for (const part of ['ABG-REG', '30 Mei 2022', '31 Mei 2022', '1 Juni 2024']) expect(reason.id).toContain(part);
    for (const part of ['ABG-REG', '30 May 2022', '31 May 2022', '1 June 2024']) expect(reason.en).toContain(part);
  });
  it('in August 2024 one ministry decides, by 2025 each matter has its own', () => {
    const matterOfMinistry = (code: string, on: string) => {
      const p = versionOn(
        procedures.filter((q) => q.code === code),
        on,
      );
      return p && chainOn(p, on).find((step) => step.kind === 'ministry')?.matter;
    };
    for (const code of ['PSK', 'ABG-PILIH', 'HILANG', 'KEMBALI', 'SKIM'])
      expect([matterOfMinistry(code, '2024-08-06'), matterOfMinistry(code, '2025-01-01')]).toEqual([undefined, 'citizenship']);
  });
  it.each(files)('%s: every legal number has its basis, its confidence and its dates', (file) => {
    const procedure = parseProcedure(read(file), file);
    for (const clock of procedure.clocks) {
      expect([clock.code, clock.legalBasis.length > 0]).toEqual([clock.code, true]);
      expect(clock).toHaveProperty('effectiveFrom');
      expect(clock).toHaveProperty('effectiveTo');
      const starts = [clock.startsWith, clock.startsWithLinked ?? [], clock.startsWithReferralTo ?? []].flat().length;
      expect(starts * clock.stopsWith.length).toBeGreaterThan(0);
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
  it('each outcome can be reached by a criterion or by a clock that runs out, or is the one left over', () => {
    for (const p of procedures.filter((q) => q.kind === 'determination')) {
      const byClock = p.clocks.flatMap((c) => (c.lapses === undefined ? [] : [c.lapses.outcome]));
      const reached = new Set([...p.criteria.map((rule) => rule.outcome), ...byClock, p.otherwise]);
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

const lapsing = (p: ReturnType<typeof psk>) => p.clocks.find((c: { lapses?: object }) => c.lapses).lapses;
const period = (clock: { effectiveFrom: string; effectiveTo: string }) =>
  Object.assign(clock, { effectiveFrom: '2025-01-02', effectiveTo: '2025-01-01' });
const badWindow = { code: 'w', name: { id: 'a', en: 'b' }, opens: '2024-05-31', closes: '2022-05-31' };
const backFromNothing = {
  ...badWindow,
  opens: null,
  closesBefore: { fact: 'parentsMarried', length: { unit: 'months', amount: 1 } },
};

describe('parseProcedure', () => {
  it.each([
    [
      'a fact that no one defined',
      (p: ReturnType<typeof psk>) => (p.criteria[0].when.all[0].fact = 'falseDataFond'),
      'criteria[0].when.all[0].fact',
    ],
    [
      'an inherited name for a fact',
      (p: ReturnType<typeof psk>) => (p.criteria[0].when.all[0].fact = 'toString'),
      'criteria[0].when.all[0].fact',
    ],
    [
      'a comparison that does not exist',
      (p: ReturnType<typeof psk>) => (p.criteria[0].when.all[0].equals = true),
      'criteria[0].when.all[0].equals',
    ],
    [
      'no comparison at all',
      (p: ReturnType<typeof psk>) => delete p.criteria[0].when.all[0].is,
      'criteria[0].when.all[0]: compares',
    ],
    [
      'a word where a yes or no is asked',
      (p: ReturnType<typeof psk>) => (p.criteria[0].when.all[0].is = 'true'),
      'criteria[0].when.all[0].is',
    ],
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
    [
      'a number without its act',
      (p: ReturnType<typeof psk>) => (p.clocks[0].legalBasis = []),
      'clocks[0].legalBasis: names no act',
    ],
    ['a number without its confidence', (p: ReturnType<typeof psk>) => delete p.panel.confidence, 'panel.confidence'],
    ['a number whose period ends before it begins', (p: ReturnType<typeof psk>) => period(p.clocks[0]), 'clocks[0].effectiveTo'],
    [
      'a day that does not exist',
      (p: ReturnType<typeof psk>) => (p.effectiveFrom = '2024-02-30'),
      'effectiveFrom: must be a date',
    ],
    ['a quorum of more agencies than sit', (p: ReturnType<typeof psk>) => (p.panel.quorum = 5), 'panel.quorum'],
    [
      'evidence for an outcome that no one defined',
      (p: ReturnType<typeof psk>) => (p.outcomes[3].requiresEvidence = ['verdict']),
      'outcomes[3].requiresEvidence: no evidence',
    ],
    [
      'evidence that establishes no fact',
      (p: ReturnType<typeof psk>) => p.evidence[0].establishes.push('x'),
      'evidence[0].establishes: no fact',
    ],
    ['a lapse into no outcome', (p: ReturnType<typeof psk>) => (lapsing(p).outcome = 'x'), 'lapses.outcome: no outcome'],
    ['a switch that is neither', (p: ReturnType<typeof psk>) => (lapsing(p).on = 'no'), 'lapses.on'],
    ['a lapse of another effect', (p: ReturnType<typeof psk>) => (lapsing(p).effect = 'refuse'), 'lapses.effect'],
    ['a warning on no day', (p: ReturnType<typeof psk>) => (lapsing(p).warnDaysBefore = 0), 'lapses.warnDaysBefore'],
    [
      'a clock from a fact that is no date',
      (p: ReturnType<typeof psk>) => (p.clocks[0].countsFrom = 'parentsMarried'),
      'clocks[0].countsFrom',
    ],
    ['a clock of an owner that is none', (p: ReturnType<typeof psk>) => (p.clocks[0].owner = 'court'), 'clocks[0].owner'],
    [
      'a clock after an outcome that is none',
      (p: ReturnType<typeof psk>) => (p.clocks[0].onlyOutcomes = ['x']),
      'clocks[0].onlyOutcomes',
    ],
    [
      'a clock of an office that has no part in it',
      (p: ReturnType<typeof psk>) => (p.clocks[0].startsWithReferralTo = ['president']),
      'clocks[0].startsWithReferralTo: no step of the authority is a president',
    ],
    [
      'a clock that stops with a referral from nowhere',
      (p: ReturnType<typeof psk>) => (p.clocks[0].stopsWithReferralFrom = ['embassy']),
      'clocks[0].stopsWithReferralFrom',
    ],
    [
      'a clock beside a fact that is none',
      (p: ReturnType<typeof psk>) => (p.clocks[0].unless = { fact: 'x', is: true }),
      'clocks[0].unless.fact',
    ],
    [
      'a paper that decides no remedy by its code',
      (p: ReturnType<typeof psk>) => (p.evidence[0].decidesRemedies = [1]),
      'evidence[0].decidesRemedies',
    ],
    ['a remedy without its clock', (p: ReturnType<typeof psk>) => (p.remedies[0].clock = 'x'), 'remedies[0].clock: no clock'],
    ['a remedy of another kind', (p: ReturnType<typeof psk>) => (p.remedies[0].kind = 'x'), 'remedies[0].kind'],
    ['a letter with no event', (p: ReturnType<typeof psk>) => (p.letters[0].with = ['x']), 'letters[0].with: no event'],
    ['an applicant without an article', (p: ReturnType<typeof psk>) => delete p.applicants[0].basis, 'applicants[0].basis'],
    ['a stage that does not exist', (p: ReturnType<typeof psk>) => (p.stages = ['judged']), 'stages: no stage'],
    [
      'one code twice',
      (p: ReturnType<typeof psk>) => (p.clocks[1].code = p.clocks[0].code),
      'clocks[1].code: intake stands there twice',
    ],
    ['a code that is no word', (p: ReturnType<typeof psk>) => (p.letters[0].code = 'A letter'), 'letters[0].code'],
    [
      'a window that closes before it opens',
      (p: ReturnType<typeof psk>) => p.windows.push({ ...p.panel, ...badWindow }),
      'windows[0].closes',
    ],
    [
      'a window back from no date',
      (p: ReturnType<typeof psk>) => p.windows.push({ ...p.panel, ...backFromNothing }),
      'windows[0].closesBefore.fact',
    ],
    [
      'a shield under no article',
      (p: ReturnType<typeof psk>) => (p.shield = { ...p.panel, legalBasis: [], name: p.name, startsWith: [], stopsWith: ['x'] }),
      'shield.stopsWith',
    ],
    [
      'a chain with an office of no kind',
      (p: ReturnType<typeof psk>) => (p.authority[0].chain[0].kind = 'embassy'),
      'authority[0].chain[0].kind',
    ],
    ['no text in one language', (p: ReturnType<typeof psk>) => delete p.name.id, 'name'],
  ])('refuses %s, and says where', (_, damage, path) => {
    const damaged = psk();
    damage(damaged);
    expect(faultsIn(damaged).join('\n')).toContain(path);
    // In Indonesian at the same places, and no word of it English.
    const told = faultsIn(damaged).map(faultInIndonesian);
    expect(told.join('\n')).toContain(path.split(':')[0]);
    expect(told.filter((one) => / (must|no|names|stands|is) /.test(one))).toEqual([]);
    expect(() => parseProcedure(damaged, 'PSK.json')).toThrow('PSK.json is not a valid procedure');
  });
  it('has every sentence about a fault in Indonesian too', () => {
    const source = readFileSync('libs/domain/src/procedure/procedure-faults.ts', 'utf8');
    const said = [...source.matchAll(/\bsay\(\s*(?:[\w.]+|'[^']*'|`[^`]*`),\s*(?:'((?:[^'])*)'|"([^"]*)"|`((?:[^`])*)`)/g)];
    const sentences = said.map(([, plain, double, filled]) =>
      (plain ?? double ?? filled ?? '')
        .replace(/\$\{kind === [^}]*\}/, 'fact')
        .replace(/\$\{agencies\.length\}/, '4')
        .replace(/\$\{[^}]*\}/g, 'x'),
    );
    expect(sentences.length).toBeGreaterThan(60);
    expect(sentences.filter((sentence) => wordsFor(sentence) === undefined)).toEqual([]);
  });
  it('refuses what is no object', () => {
    expect(faultsIn(null)).toEqual(['(file): must be an object']);
    expect(faultsIn([])).toEqual(['(file): must be an object']);
  });
});

describe('a loss of citizenship', () => {
  it('at one’s own request is the President’s alone, any other the Minister’s (UU 12/2006 art. 23)', () => {
    const { authority, outcomes } = parseProcedure(read('HILANG.json'), 'HILANG.json');
    for (const { chain } of authority) {
      const deciding = (outcome: string) => chain.filter((step) => step.decides && step.onlyOutcomes?.includes(outcome));
      expect(deciding('lost-on-request').map((step) => step.kind)).toEqual(['president']);
      for (const one of ['lost', 'retained', 'void']) expect(deciding(one).map((step) => step.kind)).toEqual(['ministry']);
      const nobodys = outcomes.filter(({ code }) => deciding(code).length === 0);
      expect(nobodys).toEqual([]);
    }
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
  it('takes the version of the day: the last day of the one, the first of the next', () => {
    const window = { version: 'window', effectiveFrom: null, effectiveTo: '2024-06-01' };
    const later = { version: 'later', effectiveFrom: '2024-06-01', effectiveTo: null };
    expect(versionOn([window, later], '2024-05-31')).toBe(window);
    expect(versionOn([window, later], '2024-06-01')).toBe(later);
    expect(versionOn([window], '2024-06-01')).toBeUndefined();
  });
});
