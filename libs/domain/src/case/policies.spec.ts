import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Capacity, type Official, type Role, roleNames } from '../office/official.js';
import type { Procedure } from '../procedure/procedure.js';
import { CASE_ID, caseOf, caseScenarios, fold, type How, official } from '../testing/case-scenario.js';
import { availableActions, commandTypes } from './available-actions.js';
import { ownWork } from './caseload.js';
import type { CaseCommand, CaseCommandType } from './commands.js';
import { decide } from './decide.js';
import type { CaseEvent } from './events.js';
import { mayRead, permit } from './permit.js';
import {
  assignedToActor,
  authorityHeldHere,
  belatedByAnother,
  determinedHere,
  evaluateCase,
  extensibleClockExists,
  findingsExist,
  handInRunning,
  higherStepExists,
  neverDetermined,
  noRemedyPending,
  notTheExaminer,
  notTheRecommender,
  oathCalledFor,
  oathTakenOrLapsed,
  panelAtWork,
  panelConcluded,
  procedureHasPanel,
  type Rule,
  recommendedOutcomeAllowed,
  recordedByAnother,
  remedyWindowOver,
  requiredEvidenceReceived,
  runningClockExists,
  sitsOnPanel,
  someAuthorityHere,
  suspendedClockExists,
  unassignedOrOwn,
  unclearedIndicatorExists,
  wasDetermined,
} from './policies.js';
import { type CaseClock, type CaseFile, type CaseState, type Stage, stageNames } from './state.js';

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
  'no-such-conflict',
  'enforcement-blocked',
  'outcome-needs-evidence',
  'remedy-pending',
  'no-oath',
  'oath-taken',
  'oath-not-taken',
  'no-hand-in',
  'no-original-held',
  'no-consultation-open',
  'panel-not-concluded',
  'panel-concluded',
  'no-panel',
  'not-on-panel',
  'conflict-of-interest',
  'not-own-work',
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
  TakeCustody: { type: 'TakeCustody', custodyId: 'o-1', paper: 'passport', takenOn: '2025-03-19' },
  ReturnOriginal: { type: 'ReturnOriginal', custodyId: 'o-1', returnedOn: '2025-03-20', to: 'applicant', recipient: 'Maria' },
  CloseCase: { type: 'CloseCase', reason },
  WithdrawApplication: { type: 'WithdrawApplication', withdrawnOn: '2025-03-20', reason },
  ReopenCase: { type: 'ReopenCase', ground: 'new-evidence', reason },
  SuspendClock: { type: 'SuspendClock', clockId: 'decision-1', from: '2025-03-20', ground: 'force-majeure', reason },
  ExtendClock: { type: 'ExtendClock', clockId: 'consultation-reply-1', reason },
  ResumeClock: { type: 'ResumeClock', clockId: 'decision-1', resumedOn: '2025-03-21', reason },
  MigrateToVersion: { type: 'MigrateToVersion', version: '2099-01', reason },
  WriteNote: { type: 'WriteNote', note: 'Pemohon menelepon.' },
  RecordIndicator: { type: 'RecordIndicator', indicatorId: 'indicator-2', indicator: 'debt-bondage', reason },
  DeclareConflict: { type: 'DeclareConflict', ground: 'relative', reason },
  LiftConflict: { type: 'LiftConflict', official: 'officer2.kupang', reason },
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
  const stages = () => Object.values(cases).map((build) => build());

  it('agrees with decide: what it allows is never refused for permission, what it denies always is, with the same words', () => {
    const seen = { allowed: new Set<string>(), denied: new Set<string>() };
    fc.assert(
      fc.property(
        fc.constantFrom(...stages()),
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
    const unsaid = stages().flatMap((events) => {
      const state = fold(events);
      if (state === undefined) return [];
      return everyone.flatMap((as) =>
        availableActions(state, contextOf(state, undefined, { as })).flatMap((action) => {
          if (action.allowed) return [];
          const { id, en } = action.denial.reason;
          const said = [id, en].every((text) => /^[^\s].*\.$/.test(text) && !text.includes('undefined')) && id !== en;
          return said ? [] : [[action.command, action.denial.code, id, en]];
        }),
      );
    });
    expect(unsaid).toEqual([]);
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
      'ConvenePanel',
      'TakeCustody',
      'WithdrawApplication',
      'WriteNote',
      'RecordIndicator',
      'DeclareConflict',
      'LinkCase',
    ]);
    expect(canIn(cases.panelHeard(), people.officerKupang)).toContain('ConcludePanel');
    expect(canIn(cases.panelConcluded(), people.officerKupang)).toContain('RecommendDetermination');
    expect(can(people.supervisorKupang)).toEqual([
      'AssignOfficer',
      'TakeCustody',
      'MigrateToVersion',
      'WriteNote',
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

/** From the table of roles and the life of a case in the design: who may do what, and at which stages, written apart from the policy table. */
const INTAKE = 'intake-officer case-officer';
const OFFICER = 'case-officer';
const SUPERVISE = 'supervisor';
const REVIEW = 'supervisor head-of-office regional directorate minister president';
const BEFORE_REVIEW = 'draft lodged screening awaiting-applicant examination';
const UNDECIDED = 'lodged screening awaiting-applicant examination review';
const ALWAYS = `${BEFORE_REVIEW} review determined served remedy-window lapsed closed withdrawn`;
const mayWhen: { readonly [C in CaseCommandType]?: readonly [roles: string, stages: string] } = {
  AmendDraft: ['intake-officer', 'draft'],
  LodgeApplication: ['intake-officer', 'draft'],
  ReceiveEvidence: [INTAKE, BEFORE_REVIEW],
  WithdrawApplication: [INTAKE, `${BEFORE_REVIEW} review`],
  FileRemedy: [INTAKE, 'served remedy-window closed'],
  WriteNote: [`${INTAKE} ${REVIEW} panel-member`, ALWAYS],
  RecordIndicator: [`${INTAKE} ${SUPERVISE}`, ALWAYS],
  DeclareConflict: [`${INTAKE} ${REVIEW} panel-member`, ALWAYS],
  LiftConflict: [REVIEW, ALWAYS],
  BeginScreening: [OFFICER, 'lodged'],
  ReturnAsIncomplete: [OFFICER, 'screening'],
  ResumeScreening: [OFFICER, 'awaiting-applicant'],
  AcceptAsComplete: [OFFICER, 'screening'],
  VerifyEvidence: [OFFICER, 'screening examination'],
  RejectEvidence: [OFFICER, 'screening examination'],
  RequestEvidence: [OFFICER, 'examination'],
  RecordInterview: [OFFICER, 'examination'],
  RecordFinding: [OFFICER, 'examination'],
  RequestConsultation: [OFFICER, 'examination'],
  RecordConsultationReply: [OFFICER, 'examination'],
  ConvenePanel: [OFFICER, 'examination'],
  ConcludePanel: [OFFICER, 'examination'],
  RecommendDetermination: [OFFICER, 'examination'],
  RecordPanelFinding: ['panel-member', 'examination'],
  AssignOfficer: [SUPERVISE, 'lodged screening awaiting-applicant examination'],
  MigrateToVersion: [SUPERVISE, BEFORE_REVIEW],
  SuspendClock: [SUPERVISE, UNDECIDED],
  ResumeClock: [SUPERVISE, UNDECIDED],
  ExtendClock: [SUPERVISE, UNDECIDED],
  ClearIndicator: [SUPERVISE, ALWAYS],
  TakeCustody: [`${INTAKE} ${SUPERVISE}`, `${BEFORE_REVIEW} review determined served remedy-window`],
  ReturnOriginal: [`${INTAKE} ${SUPERVISE}`, ALWAYS],
  CloseCase: [SUPERVISE, 'served remedy-window withdrawn lapsed'],
  LinkCase: [`${OFFICER} ${SUPERVISE}`, ALWAYS],
  SummonToOath: [OFFICER, 'determined served remedy-window'],
  RecordOath: [`${OFFICER} ${SUPERVISE}`, 'served remedy-window lapsed closed'],
  RecordHandIn: [OFFICER, 'served remedy-window closed'],
  ServeDetermination: [`${OFFICER} ${REVIEW}`, 'determined'],
  ApproveDetermination: [REVIEW, 'review'],
  ReturnForRework: [REVIEW, 'review'],
  DetermineOtherwise: [REVIEW, 'review'],
  ReferCase: [REVIEW, 'review'],
  ReopenCase: [REVIEW, 'determined served remedy-window lapsed closed'],
  RecordImportedStep: ['importer', 'imported closed'],
  CloseImportedCase: ['importer', 'imported'],
};

describe('who may do what, and when', () => {
  const roles = Object.keys(roleNames) as readonly Role[];
  const stages = Object.keys(stageNames) as readonly Stage[];
  const built = new Map<Stage, CaseFile>();
  /** A case at a stage; what else it holds matters to no answer about role and stage. */
  const at = (stage: Stage): CaseFile => {
    const earlier = built.get(stage);
    if (earlier !== undefined) return earlier;
    const { progress, ...determined } = caseOf(cases.inRemedyWindow());
    const { imported } = caseOf(cases.imported());
    const state =
      stage === 'review'
        ? caseOf(cases.inReview())
        : {
            ...determined,
            ...(imported === undefined ? {} : { imported }),
            progress: { ...progress, stage } as CaseFile['progress'],
          };
    const made = { ...state, panel: { members: [{ official: 'someone', agency: 'police' }], findings: [] } };
    built.set(stage, made);
    return made;
  };

  it.each(Object.entries(mayWhen))('%s', (command, [wantedRoles, wantedStages]) => {
    const answer = (role: Role, stage: Stage): string => {
      const state = at(stage);
      const as = official('someone', role, 'KANIM-KPG');
      const permission = permit(command as CaseCommandType, state, state.office, contextOf(state, undefined, { as, at: AT }));
      const code = 'denial' in permission ? permission.denial.code : 'allowed';
      return ['out-of-scope', 'role-may-not', 'wrong-stage'].includes(code) ? code : 'may';
    };
    const expected = (role: Role, stage: Stage): string => {
      if (role === 'administrator' || (role === 'importer' && at(stage).imported === undefined)) return 'out-of-scope';
      if (!wantedRoles.split(' ').includes(role)) return 'role-may-not';
      return wantedStages.split(' ').includes(stage) ? 'may' : 'wrong-stage';
    };
    const told = (say: typeof answer) => roles.flatMap((role) => stages.map((stage) => `${role}, ${stage}: ${say(role, stage)}`));
    expect(told(answer)).toEqual(told(expected));
  });

  it('leaves no command on a case out', () => {
    expect(commandTypes.filter((command) => !command.startsWith('Open')).sort()).toEqual(Object.keys(mayWhen).sort());
  });
});

describe('a rule that refuses', () => {
  const asSupervisor: Capacity = { role: 'supervisor', office: 'KANIM-KPG' };
  const asOfficer: Capacity = { role: 'case-officer', office: 'KANIM-KPG' };
  /** The code and the articles of a refusal; undefined: nothing stands against it. */
  const ask = (rule: Rule, state: CaseFile, how: How = supervisor, capacity: Capacity = asSupervisor) => {
    const rejection = rule({ ...contextOf(state, undefined, how), state, capacity });
    const { code, legalBasis } = rejection ?? {};
    return rejection && [code, ...(legalBasis ?? []).map(({ act, article }) => `${act} ${article}`)].join('; ');
  };
  const said = (rule: Rule, state: CaseFile, how: How = supervisor) =>
    rule({ ...contextOf(state, undefined, how), state, capacity: asSupervisor })?.reason.en;
  const lapsedBy = (state: CaseFile): CaseFile => ({
    ...state,
    progress: { stage: 'lapsed', lapse: { clockId: 'oath-1', clock: 'oath', at: AT } },
  });

  it('for want of assignment says that the case names its officer, or how to take it', () => {
    const { officer: _, ...unassigned } = caseOf(cases.examination());
    const another = { as: people.officer2Kupang };
    expect(ask(assignedToActor, unassigned, another, asOfficer)).toBe('not-assigned');
    const reason = (state: CaseFile) =>
      assignedToActor({ ...contextOf(state, undefined, another), state, capacity: asOfficer })?.reason;
    expect(reason(unassigned)?.en).toMatch(/not assigned yet.*Begin screening/);
    expect(reason(unassigned)?.id).toMatch(/belum ditugaskan/);
    expect(reason(caseOf(cases.examination()))?.en).toMatch(/assigned to another officer, whom it names/);
    expect(reason(caseOf(cases.examination()))?.id).toMatch(/ditugaskan kepada petugas lain, yang disebut/);
    expect(ask(assignedToActor, unassigned)).toBeUndefined();
    expect(ask(unassignedOrOwn, unassigned, another, asOfficer)).toBeUndefined();
    expect(ask(unassignedOrOwn, caseOf(cases.examination()), another, asOfficer)).toBe('not-assigned');
  });

  it('to who may look at a case and has no work in it says who keeps notes', () => {
    const { officer: _, ...unassigned } = caseOf(cases.lodged());
    const another = { as: people.officer2Kupang };
    expect(ask(ownWork, caseOf(cases.examined()), another, asOfficer)).toBe('not-own-work');
    expect(said(ownWork, caseOf(cases.examined()), another)).toMatch(/^This case is not your own work\. Notes are written by/);
    expect([ask(ownWork, caseOf(cases.examined()), officer, asOfficer), ask(ownWork, caseOf(cases.examined()))]).toEqual([
      undefined,
      undefined,
    ]);
    // Until somebody has it, it is the work of whoever may take it.
    expect(ask(ownWork, unassigned, another, asOfficer)).toBeUndefined();
    const inPlace = { as: lent(people.officer2Kupang, 'supervisor', 'KANIM-KPG', 'supervisor.kupang') };
    expect(ask(ownWork, caseOf(cases.examined()), inPlace)).toBeUndefined();
    const members = caseOf(cases.panelConvened());
    expect([ask(ownWork, members, { as: people.panelPolice }), ask(ownWork, members, { as: people.auditorNtt })]).toEqual([
      undefined,
      'not-own-work',
    ]);
  });

  it('two eyes for four cites the conflict of interest', () => {
    const state = caseOf(cases.inReview());
    expect(ask(notTheRecommender, state, { as: both('officer.kupang') })).toBe('four-eyes; UU 30/2014 42–43');
    expect(ask(notTheExaminer, state, { as: both('officer.kupang') })).toBe('four-eyes-examiner; UU 30/2014 42–43');
    expect([ask(notTheRecommender, state), ask(notTheExaminer, state)]).toEqual([undefined, undefined]);
    // Outside review nobody has recommended anything yet.
    expect(ask(notTheRecommender, caseOf(cases.examined()), { as: both('officer.kupang') })).toBeUndefined();
    const sworn = lapsedBy(caseOf(cases.toSwear()));
    expect(ask(belatedByAnother, sworn, officer, asOfficer)).toBe('four-eyes; UU 30/2014 42–43');
    expect(ask(belatedByAnother, sworn, { as: both('officer.kupang') })).toBe('four-eyes-examiner; UU 30/2014 42–43');
    expect([ask(belatedByAnother, sworn), ask(belatedByAnother, caseOf(cases.toSwear()), officer, asOfficer)]).toEqual([
      undefined,
      undefined,
    ]);
    const indicated = caseOf(cases.indicated());
    expect(ask(recordedByAnother, indicated, officer)).toBe('four-eyes; UU 6/2011 86');
    expect(ask(recordedByAnother, indicated)).toBeUndefined();
    expect(ask(unclearedIndicatorExists, indicated)).toBeUndefined();
    expect(ask(unclearedIndicatorExists, caseOf(cases.examined()))).toBe('no-such-indicator');
  });

  it('for want of authority names who holds it, by the procedure’s articles or those of the general law', () => {
    const state = caseOf(cases.inReview());
    const acts = psk.legalBasis.map(({ act, article }) => `${act} ${article}`).join('; ');
    expect(ask(authorityHeldHere, state)).toBe(`authority-not-held; ${acts}`);
    expect(said(authorityHeldHere, state)).toMatch(
      /^The authority to determine lies with Kementerian Hukum.*Refer the case up\.$/,
    );
    const bare: Procedure = { ...psk, legalBasis: [], authority: [] };
    expect(ask(someAuthorityHere, state, { ...supervisor, procedure: bare })).toBe('authority-not-held; UU 30/2014 15');
    expect(said(someAuthorityHere, state, { ...supervisor, procedure: bare })).toContain('lies with –.');
    expect(ask(someAuthorityHere, caseOf(cases.examined()))).toBeUndefined();
    const atMinistry = caseOf(cases.atMinistry());
    const minister = { as: people.minister };
    expect([ask(authorityHeldHere, atMinistry, minister), ask(higherStepExists, state)]).toEqual([undefined, undefined]);
    expect(ask(higherStepExists, atMinistry, minister)).toBe('no-higher-authority; UU 30/2014 15');
    expect(ask(recommendedOutcomeAllowed, caseOf(cases.examined()))).toBeUndefined();
  });

  it('to go on names every paper that is missing, in both languages, with its article', () => {
    const state = caseOf(cases.draft());
    const required = psk.evidence.filter((one) => one.required);
    const all = required.map(({ basis: { act, article } }) => `${act} ${article}`).join('; ');
    expect(ask(requiredEvidenceReceived, state)).toBe(`evidence-missing; ${all}`);
    for (const { name } of required) expect(said(requiredEvidenceReceived, state)).toContain(name.en);
    expect(said(requiredEvidenceReceived, state)).toContain(required.map(({ name }) => name.en).join('; '));
    const rejection = requiredEvidenceReceived({ ...contextOf(state, undefined, supervisor), state, capacity: asSupervisor });
    expect(rejection?.reason.id).toContain(required.map(({ name }) => name.id).join('; '));
    const screening = caseOf(cases.screening());
    expect(ask(requiredEvidenceReceived, screening)).toBeUndefined();
    const rejected = screening.evidence.map((item) => ({ ...item, status: 'rejected' as const }));
    expect(ask(requiredEvidenceReceived, { ...screening, evidence: rejected })).toBe(`evidence-missing; ${all}`);
  });

  it('before anything was found, and before the panel has concluded', () => {
    expect(ask(findingsExist, caseOf(cases.examination()))).toBe('no-finding; UU 30/2014 10');
    expect(ask(findingsExist, caseOf(cases.examined()))).toBeUndefined();
    const heard = caseOf(cases.panelHeard());
    expect(ask(panelConcluded, heard)).toBe('panel-not-concluded; Permenkumham 35/2015 –');
    expect(said(panelConcluded, heard)).toMatch(/Dukcapil.*Police.*quorum 3.*3 findings are recorded/);
    expect(said(panelConcluded, caseOf(cases.examined()))).toContain('0 findings are recorded');
    expect(ask(panelConcluded, caseOf(cases.panelConcluded()))).toBeUndefined();
    const { panel, ...without } = psk;
    if (panel === undefined) throw new Error('PSK has no panel');
    const from = (effectiveFrom: string): Procedure => ({ ...psk, panel: { ...panel, effectiveFrom } });
    expect(ask(panelConcluded, heard, { ...supervisor, procedure: from('2025-03-21') })).toBeUndefined();
    expect(ask(panelConcluded, heard, { ...supervisor, procedure: from('2025-03-20') })).toMatch(/^panel-not-concluded/);
    expect(ask(panelConcluded, heard, { ...supervisor, procedure: without })).toBeUndefined();
    expect(ask(procedureHasPanel, heard, { ...supervisor, procedure: without })).toBe('no-panel');
    expect(ask(procedureHasPanel, heard)).toBeUndefined();
    expect([
      ask(panelAtWork, heard),
      ask(panelAtWork, caseOf(cases.examined())),
      ask(panelAtWork, caseOf(cases.panelConcluded())),
    ]).toEqual([undefined, 'no-panel', 'panel-concluded']);
    expect([ask(sitsOnPanel, heard, { as: people.panelPolice }), ask(sitsOnPanel, heard)]).toEqual([undefined, 'not-on-panel']);
    expect(ask(sitsOnPanel, caseOf(cases.examined()), { as: people.panelPolice })).toBe('not-on-panel');
    // Entered for a member by another.
    expect(ask(sitsOnPanel, heard, { ...officer, performedBy: 'panel.police' })).toBeUndefined();
  });

  it('to close while the person may still object, or a remedy is not decided', () => {
    const state = caseOf(cases.inRemedyWindow());
    const dueAt = state.clocks.find(({ code }) => code.startsWith('remedy'))?.due.dueAt ?? '';
    const justBefore = new Date(Date.parse(dueAt) - 1).toISOString();
    expect(ask(remedyWindowOver, state, { ...supervisor, at: justBefore })).toBe('remedy-window-open; UU 30/2014 77');
    expect(said(remedyWindowOver, state)).toMatch(/runs until \d+ \w+ 2025\. Close/);
    expect(ask(remedyWindowOver, state, { ...supervisor, at: dueAt })).toBeUndefined();
    const changed = (change: (clock: CaseClock) => CaseClock): CaseFile => ({
      ...state,
      clocks: state.clocks.map((clock) => (clock.code.startsWith('remedy') ? change(clock) : clock)),
    });
    const stopped = changed((clock) => ({ ...clock, stoppedAt: AT }));
    expect(ask(remedyWindowOver, stopped)).toBeUndefined();
    const paused = changed((clock) => ({ ...clock, due: { provisional: false, calendarVersion: 1 } }));
    expect(ask(remedyWindowOver, paused, { ...supervisor, at: dueAt })).toBe('remedy-window-open; UU 30/2014 77');
    expect(said(remedyWindowOver, paused)).toContain('(suspended)');
    expect(ask(remedyWindowOver, { ...state, progress: { stage: 'withdrawn' } })).toBeUndefined();

    const link = {
      other: 'remedy-case',
      relation: 'remedy',
      procedure: 'REMEDY',
      at: AT,
      remedy: 'objection',
      filedOn: '2025-03-19',
    } as const;
    const filed: CaseFile = { ...state, links: [link] };
    const remedyCase = (progress: CaseFile['progress']): How => ({
      ...supervisor,
      linked: [{ relation: 'remedy', procedure: psk, state: { ...state, caseId: 'remedy-case', progress } }],
    });
    expect(ask(noRemedyPending, filed)).toBe('remedy-pending; UU 30/2014 77');
    expect(said(noRemedyPending, filed)).toMatch(/objection\) filed on 19 March 2025/);
    expect(ask(noRemedyPending, filed, remedyCase({ stage: 'examination' }))).toBe('remedy-pending; UU 30/2014 77');
    expect(ask(noRemedyPending, filed, remedyCase({ stage: 'withdrawn' }))).toBeUndefined();
    expect(ask(noRemedyPending, filed, remedyCase({ stage: 'closed' }))).toBeUndefined();
    expect(ask(noRemedyPending, filed, remedyCase(state.progress))).toBeUndefined();
    // Another remedy’s decision is not this one’s; and what is no remedy is not waited for.
    expect(ask(noRemedyPending, { ...filed, links: [{ ...link, other: 'another' }] }, remedyCase(state.progress))).toBe(
      'remedy-pending; UU 30/2014 77',
    );
    expect(ask(noRemedyPending, { ...filed, links: [{ ...link, relation: 'opened' }] })).toBeUndefined();
  });

  it('without the oath that the determination calls for', () => {
    const [toSwear, swornIn] = [caseOf(cases.toSwear()), caseOf(cases.swornIn())];
    expect([
      ask(oathCalledFor, toSwear),
      ask(oathCalledFor, swornIn),
      ask(oathCalledFor, caseOf(cases.inRemedyWindow())),
    ]).toEqual([undefined, 'oath-taken', 'no-oath']);
    expect(said(oathCalledFor, swornIn)).toContain('19 March 2025');
    expect([ask(oathTakenOrLapsed, toSwear), ask(oathTakenOrLapsed, swornIn), ask(oathTakenOrLapsed, lapsedBy(toSwear))]).toEqual(
      ['oath-not-taken; UU 12/2006 14', undefined, undefined],
    );
    expect(ask(oathTakenOrLapsed, caseOf(cases.inRemedyWindow()))).toBeUndefined();
    expect([ask(handInRunning, swornIn), ask(handInRunning, toSwear)]).toEqual([undefined, 'no-hand-in']);
    expect(ask(handInRunning, { ...swornIn, handedInOn: '2025-03-20' })).toBe('no-hand-in');
    expect(ask(handInRunning, { ...swornIn, clocks: swornIn.clocks.map((one) => ({ ...one, stoppedAt: AT })) })).toBe(
      'no-hand-in',
    );
  });

  it('to take up, or to withdraw, what was or was not determined', () => {
    const determined = caseOf(cases.determined());
    const never = caseOf(cases.withdrawn());
    expect([ask(wasDetermined, determined), ask(wasDetermined, lapsedBy(never)), ask(wasDetermined, never)]).toEqual([
      undefined,
      undefined,
      'never-determined',
    ]);
    const minister = { as: people.minister };
    expect(ask(determinedHere, determined, minister, { role: 'minister', office: 'KEMENKUM' })).toBeUndefined();
    expect(ask(determinedHere, determined)).toBe('determined-elsewhere; UU 30/2014 64');
    expect(said(determinedHere, determined)).toContain('Kementerian Hukum');
    expect(ask(determinedHere, never)).toBeUndefined();
    expect([ask(neverDetermined, determined), ask(neverDetermined, never)]).toEqual([
      'determined-before; UU 30/2014 64',
      undefined,
    ]);
  });

  it('to pause, resume or extend a clock where none can be', () => {
    const state = caseOf(cases.consulted());
    const onEach = (change: Partial<CaseClock>): CaseFile => ({
      ...state,
      clocks: state.clocks.map((one) => ({ ...one, ...change })),
    });
    const open = [{ from: '2025-03-20', reason: 'force-majeure' }];
    expect([ask(runningClockExists, state), ask(suspendedClockExists, state), ask(extensibleClockExists, state)]).toEqual([
      undefined,
      'no-suspended-clock',
      undefined,
    ]);
    const paused = onEach({ suspensions: open });
    expect([ask(runningClockExists, paused), ask(suspendedClockExists, paused), ask(extensibleClockExists, paused)]).toEqual([
      'no-running-clock',
      undefined,
      'no-extension',
    ]);
    const stopped = onEach({ suspensions: open, stoppedAt: AT });
    expect([ask(runningClockExists, stopped), ask(suspendedClockExists, stopped), ask(extensibleClockExists, stopped)]).toEqual([
      'no-running-clock',
      'no-suspended-clock',
      'no-extension',
    ]);
    expect(ask(runningClockExists, onEach({ stoppedAt: AT }))).toBe('no-running-clock');
    expect(ask(runningClockExists, onEach({ explicitDueAt: AT }))).toBe('no-running-clock');
    // A period that counts from a birth stands still for nobody.
    expect(ask(runningClockExists, onEach({ countsFrom: 'bornOn' }))).toBe('no-running-clock');
    expect(ask(suspendedClockExists, onEach({ countsFrom: 'bornOn', suspensions: open }))).toBe('no-suspended-clock');
    expect(
      ask(extensibleClockExists, { ...state, clocks: state.clocks.filter(({ code }) => code !== 'consultation-reply') }),
    ).toBe('no-extension');
  });

  it('before any rule: for scope, role, stage and office, in this order, and with the offices by name', () => {
    const state = caseOf(cases.inReview());
    const denied = (command: CaseCommandType, as: Official, of: CaseState) => {
      const permission = permit(command, of, 'KANIM-KPG', contextOf(of, undefined, { as, at: AT }));
      if (!('denial' in permission)) return undefined;
      const { code, reason: why, legalBasis = [] } = permission.denial;
      return [code, why.en, ...legalBasis.map(({ act, article }) => `${act} ${article}`)];
    };
    expect(denied('ReturnForRework', official('kanwil', 'regional', 'KANWIL-DITJENIM-NTT'), state)).toEqual([
      'not-your-office',
      'This lies with Kantor Imigrasi Kupang.',
      'UU 30/2014 15',
    ]);
    expect(denied('ReturnForRework', people.officerKupang, state)).toEqual([
      'role-may-not',
      'Your role may not do this. Who may: supervisor, head of office, regional office, directorate general, minister, president.',
    ]);
    expect(denied('CloseCase', people.supervisorKupang, state)?.[1]).toBe(
      'This case is at the stage review; this can be done only at served, remedy window, withdrawn, lapsed.',
    );
    expect(denied('OpenDraft', people.officerKupang, state)?.[0]).toBe('already-open');
    expect(denied('OpenDraft', people.officerAtambua, undefined)).toEqual([
      'role-may-not',
      'You do not act for office KANIM-KPG.',
    ]);
    expect(denied('OpenDraft', people.officerKupang, undefined)).toBeUndefined();
    expect(denied('LodgeApplication', people.officerKupang, undefined)?.[0]).toBe('out-of-scope');
    // Of two capacities the first that is refused says why; one that is not is enough.
    expect(denied('ReturnForRework', both('officer.kupang'), state)?.[0]).toBe('four-eyes');
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
