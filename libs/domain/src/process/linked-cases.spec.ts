import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { refuseOutcome } from '../case/blocks.js';
import type { CaseEvent } from '../case/events.js';
import { actOfLaw } from '../case/law.js';
import { authorityOffices } from '../case/policies.js';
import type { CaseFile, EvidenceItem, Link } from '../case/state.js';
import { parseProcedure } from '../procedure/procedure-faults.js';
import { CASE_ID, caseOf, caseScenarios, LINK_ID } from '../testing/case-scenario.js';
import { answerLink, counterpart, linkByMerge, refuseUnlessAcknowledged, tellDecision, unlinkByMerge } from './linked-cases.js';

const read = (file: string) => JSON.parse(readFileSync(`data/${file}`, 'utf8'));
const { people, cases, given, calendar, offices } = caseScenarios({
  offices: read('offices-ntt.json'),
  calendar: read('calendar-id.json'),
  psk: read('procedures/PSK.json'),
  imported: read('procedures/IMPORTED.json'),
  people: read('demo-people.json'),
});
const reason = 'Alasan contoh.';
const minister = { as: people.minister };
const at = '2025-03-21T01:00:00.000Z';

/** The other side of the case's one link. */
const answer = (from: CaseFile, file: string, other?: CaseFile) => {
  const [link] = from.links;
  if (link === undefined) throw new Error('The case has no link');
  const procedure = parseProcedure(read(`procedures/${file}`), file);
  const pin = { code: procedure.code, version: procedure.version, sha256: '1'.repeat(64) };
  return answerLink(from, link, other, { procedure, pin, calendar, offices, at });
};

describe('an outcome that opens another case', () => {
  const otherwise = { type: 'DetermineOtherwise', outcome: 'not-wni', reason } as const;
  const determined = () => {
    const events = given(cases.atMinistry()).when(otherwise, minister);
    expect(events.events.map((e) => e.type)).toContain('CaseLinked');
    return events.after;
  };
  it('names it in the determination, and the process manager opens its draft for the same person, at the same office', () => {
    expect(determined().links).toMatchObject([{ other: LINK_ID, relation: 'opened', procedure: 'PSIM' }]);
    const { events = [] } = answer(determined(), 'PSIM.json');
    expect(events.map((e) => e.type)).toEqual(['DraftOpened', 'CaseLinked']);
    const opened = caseOf(events);
    expect(opened).toMatchObject({
      caseId: LINK_ID,
      procedure: { code: 'PSIM' },
      office: 'KANIM-KPG',
      subjectId: determined().subjectId,
      subject: { name: 'Maria Contoh' },
      progress: { stage: 'draft' },
      links: [{ other: CASE_ID, relation: 'opened-by', procedure: 'PSK' }],
    });
    expect(answer(determined(), 'PSIM.json', opened).rejection?.code).toBe('already-linked');
  });
  it('is opened once: determined again after a reopening, the case it opened is still the one', () => {
    const first = given(cases.atMinistry()).when(otherwise, minister).events;
    const again: readonly CaseEvent[] = [
      ...cases.atMinistry(),
      ...first,
      ...given([...cases.atMinistry(), ...first]).when({ type: 'ReopenCase', ground: 'new-evidence', reason }, minister).events,
    ];
    const back = caseOf([...again, ...recommendation(caseOf(again))]);
    expect(back.links).toHaveLength(1);
    const twice = given([...again, ...recommendation(caseOf(again))]).when(otherwise, minister);
    expect(twice.after.links).toHaveLength(1);
  });
  it('opens none where the outcome calls for none', () => {
    const asked = given(cases.atMinistry()).when({ type: 'ApproveDetermination', reason }, minister);
    expect(asked.after.links).toEqual([]);
  });
});

/** As an officer of the ministry’s own chain would: the case lies for review at the ministry again. */
function recommendation(state: CaseFile): readonly CaseEvent[] {
  const data = { by: 'officer.kupang', at, outcome: 'wni-affirmed', unknown: [], reviewOffice: 'KEMENKUM' };
  return state.progress.stage === 'examination' ? [{ type: 'DeterminationRecommended', data }] : [];
}

describe('a remedy entered so late that silence has granted it', () => {
  const procedure = parseProcedure(read('procedures/REMEDY.json'), 'REMEDY.json');
  const pin = { code: 'REMEDY', version: procedure.version, sha256: '1'.repeat(64) };
  const entered = (at: string, acknowledges?: string) => {
    const filed = given(cases.inRemedyWindow()).when(
      { type: 'FileRemedy', remedy: 'objection', filedOn: '2025-03-19', proofSha256: 'c'.repeat(64), reason },
      { as: people.officerKupang, at },
    ).after;
    return refuseUnlessAcknowledged(filed, acknowledges, { procedure, pin, calendar, offices, at });
  };
  it('is entered only by who says to know what silence means by now', () => {
    const ranOut = caseOf(answer(filedOn19March(), 'REMEDY.json').events ?? []).clocks[0]?.due;
    const refused = entered(ranOut?.dueAt ?? '');
    expect(refused).toMatchObject({ code: 'silence-has-granted', legalBasis: [{ act: 'UU 30/2014', article: '77(5)' }] });
    expect(ranOut?.dueOn).toBe('2025-04-11');
    expect(refused?.reason.en).toContain('after 11 April 2025, and silence means that it is granted');
    expect(entered(ranOut?.dueAt ?? '', 'granted')?.code).toBe('silence-has-granted');
    expect(entered(ranOut?.dueAt ?? '', 'granted-by-silence')).toBeUndefined();
    expect(entered(new Date(Date.parse(ranOut?.dueAt ?? '') - 1).toISOString())).toBeUndefined();
  });
});

const filedOn19March = () =>
  given(cases.inRemedyWindow()).when(
    { type: 'FileRemedy', remedy: 'objection', filedOn: '2025-03-19', reason },
    { as: people.officerKupang, at },
  ).after;

describe('a remedy that was filed', () => {
  it('is lodged at once in a case of its own, whose period counts from the day of filing', () => {
    const filed = filedOn19March();
    const { events = [] } = answer(filed, 'REMEDY.json');
    expect(events.map((e) => e.type)).toEqual(['DraftOpened', 'CaseLinked', 'ApplicationLodged', 'ClockStarted']);
    const remedy = caseOf(events);
    expect(remedy.links).toMatchObject([{ other: CASE_ID, relation: 'remedy-of', remedy: 'objection', filedOn: '2025-03-19' }]);
    expect(remedy.clocks.map((c) => [c.code, c.startedAt.slice(0, 10)])).toEqual([['objection-decision', '2025-03-19']]);
    expect(remedy.progress.stage).toBe('lodged');
    // The Minister determined it: the objection is the Minister's, an appeal against that the President's; the office only examines.
    const remedyProcedure = parseProcedure(read('procedures/REMEDY.json'), 'REMEDY.json');
    const psk = parseProcedure(read('procedures/PSK.json'), 'PSK.json');
    const decidedBy = (state: CaseFile, contested: CaseFile, procedure = psk) =>
      authorityOffices({
        state,
        procedure: remedyProcedure,
        offices,
        at,
        linked: [{ relation: 'remedy-of', state: contested, procedure }],
      });
    expect(decidedBy(remedy, filed)).toEqual([
      { office: 'KANIM-KPG', decides: false },
      { office: 'KEMENKUM', decides: true },
    ]);
    const appeal = { ...remedy, links: remedy.links.map((link) => ({ ...link, remedy: 'appeal' })) };
    expect(decidedBy(appeal, filed, remedyProcedure).at(-1)).toEqual({ office: 'PRESIDEN', decides: true });
  });
});

describe('a merge of two person records', () => {
  const match = '5d0e7c1a-2b3c-5d4e-8f60-718293a4b5c6';
  const mine = caseOf(cases.lodged());
  const theirs: CaseFile = { ...mine, caseId: LINK_ID };
  it('links their cases as cases of one person, once, and its undoing ends that link and no other', () => {
    const linked = linkByMerge(mine, theirs, match, at).events ?? [];
    expect(linked).toMatchObject([
      { type: 'CaseLinked', data: { by: 'linked-cases', other: LINK_ID, relation: 'same-person', match } },
    ]);
    const after = caseOf([...cases.lodged(), ...linked]);
    expect(linkByMerge(after, theirs, match, at).rejection?.code).toBe('already-linked');
    expect(linkByMerge(mine, mine, match, at).rejection?.code).toBe('no-such-case-to-link');
    const ended = unlinkByMerge(after, LINK_ID, at).events ?? [];
    expect(ended).toMatchObject([{ type: 'CaseUnlinked', data: { other: LINK_ID, match } }]);
    expect(caseOf([...cases.lodged(), ...linked, ...ended]).links).toEqual([]);
    const { match: _, ...byHand } = after.links[0] ?? { match };
    expect(unlinkByMerge({ ...after, links: [byHand as Link] }, LINK_ID, at).rejection?.code).toBe('not-linked');
  });
});

describe('a court action', () => {
  const procedure = parseProcedure(read('procedures/REMEDY.json'), 'REMEDY.json');
  const judgment: EvidenceItem = {
    evidenceId: 'court-judgment-1',
    evidence: 'court-judgment',
    status: 'verified',
    number: '12/G/2025/PTUN.KPG',
    sha256: 'd'.repeat(64),
  };
  const refusal = (remedy: string, ...evidence: EvidenceItem[]) => {
    const opened = caseOf(answer(filedOn19March(), 'REMEDY.json').events ?? []);
    const state = { ...opened, evidence, links: opened.links.map((link) => ({ ...link, remedy })) };
    return ['granted', 'dismissed', 'inadmissible'].map(
      (code) => refuseOutcome(code, { state, procedure, linked: [], offices, at })?.code,
    );
  };
  const refused = ['judgment-missing', 'judgment-missing', 'judgment-missing'];
  const free = [undefined, undefined, undefined];
  it('ends as its judgment says: nothing is recommended or determined before that is verified, with number and hash', () => {
    const { number: _, ...unnumbered } = judgment;
    const { sha256: __, ...unhashed } = judgment;
    expect(refusal('court')).toEqual(refused);
    expect(refusal('court', { ...judgment, status: 'received' })).toEqual(refused);
    expect(refusal('court', unnumbered)).toEqual(refused);
    expect(refusal('court', unhashed)).toEqual(refused);
    expect(refusal('court', { ...judgment, evidence: 'contested-decision' })).toEqual(refused);
    expect(refusal('court', judgment)).toEqual(free);
  });
  it('alone asks for one: an objection and an appeal are the office’s own to decide', () => {
    expect(refusal('objection')).toEqual(free);
    expect(refusal('appeal')).toEqual(free);
  });
});

describe('a decision in a linked case', () => {
  const waits = parseProcedure(read('procedures/PSK.json'), 'PSK.json');
  /** As ABG-REG waits for a choice, and every case for the decision after a remedy. */
  const procedure = {
    ...waits,
    clocks: waits.clocks.map((clock) =>
      clock.code === 'remedy-objection'
        ? {
            ...clock,
            stopsWithLinked: [{ procedure: 'PSK', outcomes: ['wni-affirmed'] }],
            lapses: { ...clock, effect: 'lapse' as const, outcome: 'not-established', on: true, warnDaysBefore: 1 },
          }
        : clock,
    ),
  };
  const context = { procedure, calendar, offices, at };
  const linked = {
    ...caseOf(cases.inRemedyWindow()),
    links: [{ other: LINK_ID, relation: 'same-person' as const, procedure: 'PSK', at }],
  };
  const other = (events: readonly CaseEvent[]) => ({ ...caseOf(events), caseId: LINK_ID });

  it('is told once, and stops the clock that waited for it', () => {
    const { events = [] } = tellDecision(linked, other(cases.determined()), context);
    expect(events).toMatchObject([
      { type: 'LinkedCaseDecided', data: { other: LINK_ID, relation: 'same-person', procedure: 'PSK', outcome: 'wni-affirmed' } },
      { type: 'ClockStopped', data: { clockId: 'remedy-objection-1' } },
    ]);
    const told = caseOf(events, linked);
    expect(told.links[0]?.decided?.outcome).toBe('wni-affirmed');
    expect(tellDecision(told, other(cases.determined()), context).rejection?.code).toBe('already-told');
    expect(tellDecision(linked, other(cases.examined()), context).rejection?.code).toBe('nothing-to-tell');
  });
  it('that came out otherwise, or in another procedure, stops nothing', () => {
    const otherwise = given(cases.atMinistry()).when({ type: 'DetermineOtherwise', outcome: 'not-wni', reason }, minister).events;
    for (const decided of [
      other([...cases.atMinistry(), ...otherwise]),
      { ...other(cases.determined()), procedure: { ...linked.procedure, code: 'PSIM' } },
    ])
      expect(tellDecision(linked, decided, context).events?.map((e) => e.type)).toEqual(['LinkedCaseDecided']);
  });
  it('starts the period for a new decision where a remedy was granted, in working days', () => {
    const remedy = {
      ...other(cases.determined()),
      procedure: { ...linked.procedure, code: 'REMEDY' },
      progress: {
        stage: 'determined' as const,
        determination: { outcome: 'granted', by: 'ahu', at, authority: { office: 'DITJEN-AHU' } },
      },
    };
    expect(tellDecision(linked, remedy, context).events).toMatchObject([
      { type: 'LinkedCaseDecided', data: { outcome: 'granted' } },
      // Friday 21 March 2025; the week after has Nyepi’s collective leave on the 28th and then Idulfitri until 7 April.
      { type: 'ClockStarted', data: { clock: 'grant-decision', due: { dueOn: '2025-04-08' } } },
    ]);
  });
  it('that is awaited holds the law back, if it was asked for in time, until this case has learned of it', () => {
    const dueAt = linked.clocks.find((clock) => clock.code === 'remedy-objection')?.due.dueAt ?? '';
    const law = (pending: CaseFile) =>
      actOfLaw(
        linked,
        'remedy-objection-1',
        { ...context, linked: [{ relation: 'same-person', state: pending, procedure }] },
        '2025-12-01T00:00:00.000Z',
      );
    expect(law(other(cases.examined())).rejection?.code).toBe('linked-case-pending');
    expect(law({ ...other(cases.examined()), lodgedAt: dueAt }).events?.[0]?.type).toBe('CaseLapsed');
    expect(law(other(cases.withdrawn())).events?.[0]?.type).toBe('CaseLapsed');
    // Decided, and this case has not learned of it yet: a sweep between the two must not take what was chosen in time.
    expect(law(other(cases.determined())).rejection?.code).toBe('linked-case-pending');
    expect(law({ ...other(cases.determined()), lodgedAt: dueAt }).events?.[0]?.type).toBe('CaseLapsed');
    const otherwise = given(cases.atMinistry()).when({ type: 'DetermineOtherwise', outcome: 'not-wni', reason }, minister).events;
    expect(law(other([...cases.atMinistry(), ...otherwise])).events?.[0]?.type).toBe('CaseLapsed');
  });
});

describe('a link', () => {
  it('has a counterpart in the other case, and the counterpart of that is itself', () => {
    for (const [relation, back] of Object.entries(counterpart)) expect(counterpart[back]).toBe(relation);
  });
  it('of two cases that are there makes the other name this one, and opens nothing', () => {
    const from = {
      ...caseOf(cases.examined()),
      links: [{ other: LINK_ID, relation: 'same-person' as const, procedure: 'PSK', at }],
    };
    const other = { ...caseOf(cases.lodged()), caseId: LINK_ID };
    expect(answer(from, 'PSK.json', other).events).toMatchObject([
      { type: 'CaseLinked', data: { other: CASE_ID, relation: 'same-person' } },
    ]);
    expect(answer(from, 'PSK.json').rejection?.code).toBe('no-such-case-to-link');
  });
});
