import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Official } from '../office/official.js';
import type { Procedure } from '../procedure/procedure.js';
import { CASE_ID, caseOf, caseScenarios, fold, official } from '../testing/case-scenario.js';
import { availableActions, commandTypes } from './available-actions.js';
import type { CaseCommand, CaseCommandType } from './commands.js';
import { decide } from './decide.js';
import type { CaseEvent } from './events.js';
import { mayRead, permit } from './permit.js';
import { evaluateCase } from './policies.js';

const read = (file: string) => JSON.parse(readFileSync(`data/${file}`, 'utf8'));
const { people, cases, given, commands, contextOf, history, offices, psk } = caseScenarios({
  offices: read('offices-ntt.json'),
  calendar: read('calendar-id.json'),
  psk: read('procedures/PSK.json'),
  imported: read('procedures/IMPORTED.json'),
  people: read('demo-people.json'),
});
const reason = 'Alasan contoh.';
const officer = { as: people.officerKupang };
const supervisor = { as: people.supervisorKupang };

const lent = (to: Official, role: 'supervisor' | 'minister', office: string, holder: string): Official => ({
  ...to,
  delegations: [{ delegationId: 'd-1', role, office, holder, from: '2025-03-01', to: '2025-04-01' }],
});
const both = (id: string, office = 'KANIM-KPG'): Official => ({
  ...official(id, 'case-officer', office),
  assignments: [
    { role: 'case-officer', office, from: null, to: null },
    { role: 'supervisor', office, from: null, to: null },
  ],
});

describe('role', () => {
  it('an auditor reads everything in scope and changes nothing', () => {
    for (const [stage, build] of Object.entries(cases)) {
      const state = fold(build());
      if (state === undefined) continue;
      expect([stage, mayRead(actor(people.auditorNtt), state, offices, AT)]).toEqual([stage, true]);
      const allowed = availableActions(state, contextOf(state, undefined, { as: people.auditorNtt })).filter((a) => a.allowed);
      expect(allowed).toEqual([]);
    }
  });
  it('an administrator sees no case content, though the office of the role stands above all', () => {
    expect(mayRead(actor(people.admin), caseOf(cases.inReview()), offices, AT)).toBe(false);
    given(cases.inReview()).when({ type: 'ReferCase', reason }, { as: people.admin }).thenRejected('out-of-scope');
  });
  it('counts only while it lasts', () => {
    const until = official('officer.kupang', 'case-officer', 'KANIM-KPG', { from: '2025-03-01', to: '2025-03-20' });
    const accept = { type: 'AcceptAsComplete' } as const;
    given(cases.screening())
      .when(accept, { as: until, at: '2025-03-19T01:00:00.000Z' })
      .then('ApplicationAccepted', 'ClockStopped', 'ClockStarted', 'ClockStarted');
    given(cases.screening()).when(accept, { as: until, at: '2025-03-20T01:00:00.000Z' }).thenRejected('out-of-scope');
  });
});

describe('scope', () => {
  it('is the office subtree: a neighbour does not see the case, the immigration office of a post does', () => {
    given(cases.lodged()).when({ type: 'BeginScreening' }, { as: people.officerAtambua }).thenRejected('out-of-scope');
    const post = history([commands.openDraft('Maria', 'PLBN-MOTAAIN'), { as: people.intakeMotaain }]);
    given(post).when({ type: 'LodgeApplication' }, { as: people.officerAtambua }).then('ApplicationLodged', 'ClockStarted');
    given(post).when({ type: 'LodgeApplication' }, officer).thenRejected('out-of-scope');
  });
  it('wins over role: an outsider learns nothing of what their role may do', () => {
    given(cases.lodged()).when({ type: 'ReferCase', reason }, { as: people.officerAtambua }).thenRejected('out-of-scope');
  });
  it('reaches an office of another ministry only once the case was referred there', () => {
    const directorate = actor(people.ahu);
    expect(mayRead(directorate, caseOf(cases.inReview()), offices, AT)).toBe(false);
    expect(mayRead(directorate, caseOf(cases.atMinistry()), offices, AT)).toBe(true);
  });
  it('review belongs to the one office where the recommendation lies, not to those above it', () => {
    given(cases.inReview())
      .when({ type: 'ReturnForRework', reason }, { as: official('kanwil', 'regional', 'KANWIL-DITJENIM-NTT') })
      .thenRejected('not-your-office');
  });
});

describe('assignment', () => {
  it('a case officer acts on their own cases only', () => {
    given(cases.examination())
      .when({ type: 'RequestEvidence', evidence: 'parents-papers', reason }, { as: people.officer2Kupang })
      .thenRejected('not-assigned');
  });
  it('moves with a reassignment', () => {
    const moved = given(cases.examination()).when({ type: 'AssignOfficer', officer: 'officer2.kupang' }, supervisor).events;
    const ask = { type: 'RequestEvidence', evidence: 'parents-papers', reason } as const;
    given(cases.examination(), moved).when(ask, { as: people.officer2Kupang }).then('EvidenceRequested');
    given(cases.examination(), moved).when(ask, officer).thenRejected('not-assigned');
  });
});

describe('four eyes', () => {
  const rework = { type: 'ReturnForRework', reason } as const;
  it('nobody decides, returns or refers what they recommended, whatever second role they hold', () => {
    const twice = { as: both('officer.kupang') };
    given(cases.inReview()).when(rework, twice).thenRejected('four-eyes');
    given(cases.inReview()).when({ type: 'ReferCase', reason }, twice).thenRejected('four-eyes');
  });
  it('compares who performed, not only who entered', () => {
    given(cases.inReview())
      .when(rework, { ...supervisor, performedBy: 'officer.kupang' })
      .thenRejected('four-eyes');
    const entered = given(cases.panelConcluded()).when(
      { type: 'RecommendDetermination', outcome: 'wni-affirmed', reason },
      { ...officer, performedBy: 'supervisor.kupang' },
    ).events;
    given(cases.panelConcluded(), entered).when(rework, supervisor).thenRejected('four-eyes');
  });
  it('nor does the officer who examined the case decide what another recommended in it', () => {
    const entered = given(cases.panelConcluded()).when(
      { type: 'RecommendDetermination', outcome: 'wni-affirmed', reason },
      { ...officer, performedBy: 'someone.else' },
    ).events;
    given(cases.panelConcluded(), entered)
      .when(rework, { as: both('officer.kupang') })
      .thenRejected('four-eyes-examiner');
  });
  it('nor does one who examined it before it was assigned to another', () => {
    const handedOver = given(cases.panelConcluded()).when(
      { type: 'AssignOfficer', officer: 'officer2.kupang' },
      { as: people.supervisorKupang },
    ).events;
    const recommended = given(cases.panelConcluded(), handedOver).when(
      { type: 'RecommendDetermination', outcome: 'wni-affirmed', reason },
      { as: people.officer2Kupang },
    ).events;
    given(cases.panelConcluded(), handedOver, recommended)
      .when(rework, { as: both('officer.kupang') })
      .thenRejected('four-eyes-examiner');
  });
  it('holds for a role that was lent, too', () => {
    const acting = lent(people.officerKupang, 'supervisor', 'KANIM-KPG', 'supervisor.kupang');
    given(cases.inReview()).when(rework, { as: acting }).thenRejected('four-eyes');
  });
  it('nor does anyone decide in the place of the one who recommended', () => {
    const inTheirPlace = lent(people.officer2Kupang, 'supervisor', 'KANIM-KPG', 'officer.kupang');
    given(cases.inReview()).when(rework, { as: inTheirPlace }).thenRejected('four-eyes');
  });
});

describe('delegation', () => {
  const approve = { type: 'ApproveDetermination', reason } as const;
  const acting = lent(people.ahu, 'minister', 'KEMENKUM', 'minister');
  it('is recorded in the determination: in whose place', () => {
    const asked = given(cases.atMinistry()).when(approve, { as: acting, at: '2025-03-31T01:00:00.000Z' });
    asked.then(
      { type: 'DeterminationApproved', data: { by: 'ahu', authority: { office: 'KEMENKUM', actingFor: 'minister' } } },
      'ClockStopped',
      'ClockStarted',
    );
  });
  it('ends on its day, and without it there is no authority', () => {
    given(cases.atMinistry()).when(approve, { as: acting, at: '2025-04-01T01:00:00.000Z' }).thenRejected('not-your-office');
    given(cases.atMinistry()).when(approve, { as: people.ahu }).thenRejected('not-your-office');
  });
  it('is not named when the decider holds the office', () => {
    const asked = given(cases.atMinistry()).when(approve, { as: people.minister });
    expect(caseOf(asked.events, asked.before).progress).toMatchObject({ determination: { authority: { office: 'KEMENKUM' } } });
    expect(JSON.stringify(asked.events)).not.toContain('actingFor');
  });
});

describe('the authority chain', () => {
  const ladder = (days: readonly string[], lastHolder: readonly [string, 'regional' | 'directorate' | 'minister'][]) => {
    const at = (day = 'no day') => `${day}T01:00:00.000Z`;
    const [open, ...later] = days;
    const officerOf = official('officer', 'case-officer', 'KANIM-KPG');
    const alsoIntake = { role: 'intake-officer', office: 'KANIM-KPG', from: null, to: null } as const;
    const officerThen = { as: { ...officerOf, assignments: [...officerOf.assignments, alsoIntake] }, at: at(open) };
    const events: CaseEvent[] = [
      ...history(
        [commands.openDraft(), officerThen],
        [commands.receive('application-letter'), officerThen],
        [commands.receive('identity-paper'), officerThen],
        [commands.receive('birth-record'), officerThen],
        [{ type: 'LodgeApplication' }, officerThen],
        [{ type: 'BeginScreening' }, officerThen],
        [{ type: 'VerifyEvidence', evidenceId: 'birth-record-1', method: 'original-seen' }, officerThen],
        [{ type: 'AcceptAsComplete' }, officerThen],
        [commands.finding('falseDataFound', false, 'birth-record-1'), officerThen],
        ...commands.panel(officerThen, 'not-established'),
        [{ type: 'RecommendDetermination', outcome: 'not-established', reason }, officerThen],
      ),
    ];
    const path: string[] = [];
    const holders: readonly [string, 'supervisor' | 'regional' | 'directorate' | 'minister'][] = [
      ['KANIM-KPG', 'supervisor'],
      ...lastHolder,
    ];
    let asked = given(events).when(
      { type: 'ApproveDetermination', reason },
      { as: official('nobody', 'supervisor', 'KANIM-KPG'), at: at(open) },
    );
    holders.forEach(([office, role], i) => {
      const how = { as: official(`head-of-${office}`, role, office), at: at(later[i] ?? open) };
      asked = given(events).when({ type: 'ApproveDetermination', reason }, how);
      if (asked.decision.events !== undefined) {
        path.push(`${office} decides`);
        return;
      }
      expect(asked.decision.rejection.code).toBe('authority-not-held');
      const referred = given(events).when({ type: 'ReferCase', reason }, how);
      events.push(...referred.events);
      const [first] = referred.events;
      if (first?.type === 'CaseReferred') path.push(`${first.data.from} → ${first.data.to}`);
    });
    return path;
  };
  it('since 2025 goes from Kupang to the Ministry of Law, beside the immigration lineage', () => {
    const path = ladder(
      ['2025-03-03'],
      [
        ['KANWIL-KUM-NTT', 'regional'],
        ['DITJEN-AHU', 'directorate'],
        ['KEMENKUM', 'minister'],
      ],
    );
    expect(path).toEqual([
      'KANIM-KPG → KANWIL-KUM-NTT',
      'KANWIL-KUM-NTT → DITJEN-AHU',
      'DITJEN-AHU → KEMENKUM',
      'KEMENKUM decides',
    ]);
  });
  it('in August 2024 went up the one ministry that held both', () => {
    const path = ladder(
      ['2024-08-06'],
      [
        ['KANWIL-KUMHAM-NTT', 'regional'],
        ['DITJEN-AHU', 'directorate'],
        ['KEMENKUMHAM', 'minister'],
      ],
    );
    expect(path).toEqual([
      'KANIM-KPG → KANWIL-KUMHAM-NTT',
      'KANWIL-KUMHAM-NTT → DITJEN-AHU',
      'DITJEN-AHU → KEMENKUMHAM',
      'KEMENKUMHAM decides',
    ]);
  });
  it('a case that lies with an office when it is dissolved goes to its successor, not back down', () => {
    const path = ladder(
      ['2024-12-30', '2024-12-30', '2025-01-02', '2025-01-02'],
      [
        ['KANWIL-KUMHAM-NTT', 'regional'],
        ['KANWIL-KUM-NTT', 'regional'],
      ],
    );
    expect(path).toEqual(['KANIM-KPG → KANWIL-KUMHAM-NTT', 'KANWIL-KUMHAM-NTT → KANWIL-KUM-NTT', 'KANWIL-KUM-NTT → DITJEN-AHU']);
  });
});

const AT = '2025-03-20T01:00:00.000Z';
function actor(who: Official) {
  return { id: who.id, capacities: who.assignments.map(({ role, office }) => ({ role, office })) };
}

/** Codes that only `permit` gives: who may, where, at which stage, and the rules of the table. */
const PERMISSION_CODES = new Set([
  'out-of-scope',
  'role-may-not',
  'wrong-stage',
  'not-your-office',
  'not-assigned',
  'four-eyes',
  'four-eyes-examiner',
  'authority-not-held',
  'no-higher-authority',
  'evidence-missing',
  'no-finding',
  'remedy-window-open',
  'never-determined',
  'determined-elsewhere',
  'determined-before',
  'no-running-clock',
  'no-extension',
  'no-suspended-clock',
  'no-such-indicator',
  'enforcement-blocked',
  'outcome-needs-evidence',
  'remedy-pending',
  'no-oath',
  'oath-taken',
  'oath-not-taken',
  'no-hand-in',
  'panel-not-concluded',
  'panel-concluded',
  'no-panel',
  'not-on-panel',
  'conflict-of-interest',
]);

/** A command of each type with a body that fits the demo case. */
const samples: { readonly [C in CaseCommandType]: CaseCommand } = {
  OpenDraft: commands.openDraft(),
  AmendDraft: { type: 'AmendDraft', subject: { name: 'Maria' } },
  LodgeApplication: { type: 'LodgeApplication' },
  AssignOfficer: { type: 'AssignOfficer', officer: 'officer2.kupang' },
  BeginScreening: { type: 'BeginScreening' },
  ReturnAsIncomplete: { type: 'ReturnAsIncomplete', missing: ['birth-record'], reason },
  ResumeScreening: { type: 'ResumeScreening' },
  AcceptAsComplete: { type: 'AcceptAsComplete' },
  RequestEvidence: { type: 'RequestEvidence', evidence: 'parents-papers', reason },
  ReceiveEvidence: commands.receive('marriage-record'),
  VerifyEvidence: { type: 'VerifyEvidence', evidenceId: 'application-letter-1', method: 'original-seen' },
  RejectEvidence: { type: 'RejectEvidence', evidenceId: 'birth-record-1', ground: 'forged', reason },
  RecordInterview: { type: 'RecordInterview', interviewId: 'interview-1', heldOn: '2025-03-19', notes: 'Kata saksi.' },
  RecordFinding: commands.finding('bornInIndonesia', true, 'birth-record-1'),
  RequestConsultation: { type: 'RequestConsultation', consultationId: 'c-1', agency: 'dukcapil', question: 'Terdaftar?' },
  RecordConsultationReply: { type: 'RecordConsultationReply', consultationId: 'c-1', answeredOn: '2025-03-19', reply: 'Ya.' },
  ConvenePanel: { type: 'ConvenePanel', members: [{ official: 'panel.police', agency: 'police' }] },
  RecordPanelFinding: { type: 'RecordPanelFinding', position: 'agrees', outcome: 'wni-affirmed', reason },
  ConcludePanel: { type: 'ConcludePanel', outcome: 'wni-affirmed' },
  RecommendDetermination: { type: 'RecommendDetermination', outcome: 'not-established', reason },
  ApproveDetermination: { type: 'ApproveDetermination', reason },
  ReturnForRework: { type: 'ReturnForRework', reason },
  DetermineOtherwise: { type: 'DetermineOtherwise', outcome: 'not-established', reason },
  ReferCase: { type: 'ReferCase', reason },
  ServeDetermination: { type: 'ServeDetermination', servedOn: '2025-03-20', method: 'in-person' },
  SummonToOath: { type: 'SummonToOath', on: '2025-03-25' },
  RecordOath: { type: 'RecordOath', takenOn: '2025-03-20' },
  RecordHandIn: { type: 'RecordHandIn', handedInOn: '2025-03-20' },
  CloseCase: { type: 'CloseCase', reason },
  WithdrawApplication: { type: 'WithdrawApplication', withdrawnOn: '2025-03-20', reason },
  ReopenCase: { type: 'ReopenCase', ground: 'new-evidence', reason },
  SuspendClock: { type: 'SuspendClock', clockId: 'decision-1', from: '2025-03-21', ground: 'force-majeure', reason },
  ExtendClock: { type: 'ExtendClock', clockId: 'consultation-reply-1', reason },
  ResumeClock: { type: 'ResumeClock', clockId: 'decision-1', resumedOn: '2025-03-21', reason },
  MigrateToVersion: { type: 'MigrateToVersion', version: '2099-01', reason },
  RecordIndicator: { type: 'RecordIndicator', indicatorId: 'indicator-2', indicator: 'debt-bondage', reason },
  DeclareConflict: { type: 'DeclareConflict', ground: 'relative', reason },
  ClearIndicator: { type: 'ClearIndicator', indicatorId: 'indicator-9', reason },
  FileRemedy: { type: 'FileRemedy', remedy: 'objection', filedOn: '2025-03-19', reason },
  LinkCase: { type: 'LinkCase', other: CASE_ID, reason },
  OpenImportedCase: commands.openImported(),
  RecordImportedStep: { type: 'RecordImportedStep', step: 'T04', sourceStep: 'task-1' },
  CloseImportedCase: { type: 'CloseImportedCase' },
};

describe('availableActions', () => {
  const everyone = [
    ...Object.values(people),
    both('officer.kupang'),
    lent(people.officer2Kupang, 'minister', 'KEMENKUM', 'minister'),
  ];
  const stages = Object.values(cases).map((build) => build());

  it('agrees with decide: what it allows is never refused for permission, what it denies always is, with the same words', () => {
    const seen = { allowed: new Set<string>(), denied: new Set<string>() };
    fc.assert(
      fc.property(
        fc.constantFrom(...stages),
        fc.constantFrom(...everyone),
        fc.option(fc.constantFrom('officer.kupang', 'minister'), { nil: undefined }),
        fc.constantFrom(AT, '2025-06-02T01:00:00.000Z', '2024-08-06T01:00:00.000Z'),
        (events, as, performedBy, at) => {
          const state = fold(events);
          if (state === undefined) return;
          const context = contextOf(state, undefined, { as, at, ...(performedBy === undefined ? {} : { performedBy }) });
          for (const action of availableActions(state, context)) {
            const { rejection } = decide(samples[action.command], state, context);
            if (action.allowed) {
              seen.allowed.add(action.command);
              expect([action.command, PERMISSION_CODES.has(rejection?.code ?? '')]).toEqual([action.command, false]);
            } else {
              seen.denied.add(action.command);
              expect([action.command, rejection]).toEqual([action.command, action.denial]);
              expect(PERMISSION_CODES).toContain(action.denial.code);
            }
          }
        },
      ),
      { numRuns: 1600, seed: 20250303 },
    );
    const onCase = commandTypes.filter((c) => !c.startsWith('Open'));
    expect(onCase.filter((c) => !seen.allowed.has(c))).toEqual([]);
    expect(onCase.filter((c) => !seen.denied.has(c))).toEqual([]);
  });

  it('says why not, in both languages, for every denial', () => {
    for (const events of stages)
      for (const as of everyone) {
        const state = fold(events);
        if (state === undefined) continue;
        for (const action of availableActions(state, contextOf(state, undefined, { as }))) {
          if (action.allowed) continue;
          const { id, en } = action.denial.reason;
          expect(id).toMatch(/\S.*\.$/);
          expect(en).toMatch(/\S.*\.$/);
          expect(id).not.toBe(en);
          expect(`${id}${en}`).not.toContain('undefined');
        }
      }
  });

  it('names, for one stage, exactly what its officer and its supervisor can do', () => {
    const canIn = (events: readonly CaseEvent[], as: Official) => {
      const state = caseOf(events);
      return availableActions(state, contextOf(state, undefined, { as })).flatMap((a) => (a.allowed ? [a.command] : []));
    };
    const can = (as: Official) => canIn(cases.examined(), as);
    expect(can(people.officerKupang)).toEqual([
      'RequestEvidence',
      'ReceiveEvidence',
      'VerifyEvidence',
      'RejectEvidence',
      'RecordInterview',
      'RecordFinding',
      'RequestConsultation',
      'RecordConsultationReply',
      'ConvenePanel',
      'WithdrawApplication',
      'RecordIndicator',
      'DeclareConflict',
      'LinkCase',
    ]);
    expect(canIn(cases.panelHeard(), people.officerKupang)).toContain('ConcludePanel');
    expect(canIn(cases.panelConcluded(), people.officerKupang)).toContain('RecommendDetermination');
    expect(can(people.supervisorKupang)).toEqual([
      'AssignOfficer',
      'MigrateToVersion',
      'RecordIndicator',
      'DeclareConflict',
      'LinkCase',
      'SuspendClock',
    ]);
    expect(can(people.minister)).toEqual([]);
  });

  it('shows an imported case only what an importer does, and other cases nothing of it', () => {
    const names = (events: readonly CaseEvent[]) => {
      const state = caseOf(events);
      return availableActions(state, contextOf(state, undefined, { as: people.importer })).map((a) => a.command);
    };
    expect(names(cases.imported())).toEqual(['RecordImportedStep', 'CloseImportedCase']);
    expect(names(cases.examined())).not.toContain('RecordImportedStep');
  });

  it('gives the capacity in which one acts: the own one before a lent one', () => {
    const state = caseOf(cases.atMinistry());
    const context = contextOf(state, undefined, { as: lent(people.minister, 'minister', 'KEMENKUM', 'another') });
    expect(permit('ApproveDetermination', state, state.office, context)).toEqual({
      capacity: { role: 'minister', office: 'KEMENKUM' },
    });
  });
});

describe('the authority to determine', () => {
  /** The directorate general certifies, the ministry alone grants. */
  const procedure: Procedure = {
    ...psk,
    authority: psk.authority.map((period) => ({
      ...period,
      chain: period.chain.map((step) =>
        step.kind === 'directorate-general' ? { ...step, decides: true, onlyOutcomes: ['not-established'] } : step,
      ),
    })),
  };
  const atDirectorate = () => {
    const history = cases.atMinistry();
    return history.slice(
      0,
      history.findLastIndex((event) => event.type === 'CaseReferred'),
    );
  };
  it('may lie with one office for one outcome and with another for the next', () => {
    const ahu = { as: people.ahu, procedure };
    const lying = atDirectorate();
    expect(caseOf(lying).progress).toMatchObject({ recommendation: { reviewOffice: 'DITJEN-AHU', outcome: 'wni-affirmed' } });
    given(lying).when({ type: 'ApproveDetermination', reason }, ahu).thenRejected('authority-not-held');
    given(lying)
      .when({ type: 'DetermineOtherwise', outcome: 'rejected-false-data', reason }, ahu)
      .thenRejected('authority-not-held');
    expect(
      given(lying)
        .when({ type: 'DetermineOtherwise', outcome: 'not-established', reason }, ahu)
        .events.map((e) => e.type),
    ).toContain('DeterminedOtherwise');
  });
});

describe('evidence rejected later', () => {
  it('un-establishes the fact that rested on it, and opens the outcome again', () => {
    const context = contextOf(caseOf(cases.examined()), undefined, officer);
    expect(evaluateCase(caseOf(cases.examined()), context.procedure, context).outcome).toBe('wni-affirmed');
    const asked = given(cases.panelConcluded()).when(samples.RejectEvidence, officer);
    const after = evaluateCase(asked.after, context.procedure, context);
    expect(after.outcome).toBeUndefined();
    expect(after.unknown).toContain('motherCitizenshipAtBirth');
    given(cases.panelConcluded(), asked.events)
      .when({ type: 'RecommendDetermination', outcome: 'wni-affirmed', reason }, officer)
      .thenRejected('decisive-facts-unknown');
  });
  it('leaves a fact that another paper still carries', () => {
    const twice = given(cases.examined()).when(
      commands.finding('motherCitizenshipAtBirth', 'wni', 'birth-record-1', 'identity-paper-1'),
      officer,
    ).events;
    const asked = given(cases.examined(), twice).when(samples.RejectEvidence, officer);
    const context = contextOf(asked.after, undefined, officer);
    expect(evaluateCase(asked.after, context.procedure, context).outcome).toBe('wni-affirmed');
  });
});
