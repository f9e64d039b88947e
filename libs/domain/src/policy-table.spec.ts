/** A second table beside the first, in the words of the design's table of roles, so that a slip of either shows. Roles and stages of acts on cases: `case/policies.spec.ts`. */
import { describe, expect, it } from '@jest/globals';
import { type Act, policyTable } from './policy-table.js';

const INTAKE = 'intake-officer case-officer';
const DECIDE = 'supervisor head-of-office regional directorate minister president';
const JOIN = 'supervisor head-of-office regional directorate';
const FILES = `${INTAKE} ${DECIDE} auditor`;
const LISTS = `${INTAKE} ${DECIDE} panel-member auditor`;
const READ = `${LISTS} importer`;

/** Who may, where, and what else is asked of them or done about it. */
const beyondCases: { readonly [A in Act]?: string } = {
  ReadCase: `${READ}; case; audited`,
  RecallHeldAct: `case-officer ${DECIDE}; case`,
  ReadDocument: `${READ}; case; audited first`,
  FindCases: `${LISTS}; list; audited`,
  FindCustody: `${FILES}; list; audited`,
  BreakGlass: `${FILES}; case`,
  ReviewGlass: `${DECIDE}; case`,
  FindGlass: `${DECIDE} auditor; list; audited`,
  ReadReports: `${DECIDE} auditor; list`,
  ExportCases: `${FILES}; list; audited first`,
  ReadAudit: 'auditor; list; audited',
  RegisterPerson: `${INTAKE}; case`,
  RecordPapers: `${INTAKE}; case`,
  ProposeMatch: `${INTAKE} ${JOIN}; case`,
  MergePersons: `${JOIN}; both`,
  DismissMatch: `${JOIN}; both`,
  UndoMerge: `${JOIN}; case`,
  FindPersons: `${FILES}; list; audited`,
  Search: `${FILES}; list; audited`,
  ReceiveReferral: `${INTAKE} supervisor; case`,
  AcceptReferral: 'intake-officer; case',
  CloseReferral: 'case-officer supervisor; case',
  ReadReferral: `${FILES}; case; audited`,
  FindReferrals: `${FILES}; list; audited`,
  PlaceLegalHold: `${DECIDE}; case`,
  LiftLegalHold: `${DECIDE}; case`,
  RequestDestruction: `${DECIDE}; case; just signed in`,
  RejectDestruction: `${DECIDE}; case`,
  ConfirmDestruction: `${DECIDE}; case; just signed in`,
  ReadDestruction: `${READ}; case`,
  FindDestructions: `${DECIDE} auditor; list`,
  ReadProofs: 'auditor; none',
  ReadProofOfCase: 'auditor; case',
  AuditCase: 'auditor; case; audited',
  ExportCase: 'auditor; case; audited first',
  DraftProcedure: 'administrator; none',
  ReviewProcedure: 'administrator; none',
  PublishProcedure: 'administrator; none; just signed in',
  ReadDrafts: 'administrator; none',
  SimulateProcedure: 'administrator; none',
  PublishCalendar: 'administrator; none; just signed in',
  TryCalendar: 'administrator; none',
  WatchQueue: 'administrator; none',
  RevokeSignIn: 'administrator; none',
  Appoint: 'administrator; none; just signed in',
  ReadAppointments: 'administrator; none; audited',
  EnrolDevice: 'intake-officer; none',
  GrantDelegation: 'signed-in; none; just signed in',
  EndDelegation: 'signed-in; none',
  WithdrawDevice: 'signed-in; none',
  ReadDelegations: 'signed-in; none; audited',
  ReadLaw: 'signed-in; none',
  ReadOwn: 'signed-in; none',
  FollowChanges: 'signed-in; none',
  AnswerStep: 'signed-in; none',
  SignIn: 'anyone; none',
  ReadHealth: 'anyone; none',
  CheckLetter: 'anyone; none',
  CheckReceipt: 'anyone; none',
};

/** What must hold of the case and of one's part in it, rule by rule, and what else; roles and stages stand elsewhere. */
const onCases: { readonly [A in Act]?: string } = {
  OpenDraft: 'case',
  AmendDraft: 'case',
  LodgeApplication: 'case',
  AssignOfficer: 'case',
  BeginScreening: 'case: unassignedOrOwn',
  ReturnAsIncomplete: 'case: assignedToActor',
  ResumeScreening: 'case: assignedToActor',
  AcceptAsComplete: 'case: assignedToActor requiredEvidenceReceived',
  RequestEvidence: 'case: assignedToActor',
  ReceiveEvidence: 'case',
  VerifyEvidence: 'case: assignedToActor',
  RejectEvidence: 'case: assignedToActor',
  RecordInterview: 'case: assignedToActor',
  RecordFinding: 'case: assignedToActor',
  RequestConsultation: 'case: assignedToActor',
  RecordConsultationReply: 'case: assignedToActor consultationOpen',
  ConvenePanel: 'case: assignedToActor procedureHasPanel',
  RecordPanelFinding: 'case: panelAtWork sitsOnPanel',
  ConcludePanel: 'case: assignedToActor panelAtWork',
  RecommendDetermination: 'case: assignedToActor findingsExist panelConcluded',
  ApproveDetermination: 'review, just signed in: notTheRecommender notTheExaminer authorityHeldHere recommendedOutcomeAllowed',
  ReturnForRework: 'review: notTheRecommender notTheExaminer',
  DetermineOtherwise: 'review, just signed in: notTheRecommender notTheExaminer someAuthorityHere',
  ReferCase: 'review: notTheRecommender notTheExaminer higherStepExists',
  ServeDetermination: 'case: assignedToActor',
  SummonToOath: 'case: assignedToActor oathCalledFor',
  RecordOath: 'case: assignedToActor oathCalledFor belatedByAnother',
  RecordHandIn: 'case: assignedToActor handInRunning',
  TakeCustody: 'case',
  ReturnOriginal: 'case: originalHeld',
  CloseCase: 'case: remedyWindowOver noRemedyPending oathTakenOrLapsed',
  WithdrawApplication: 'case: neverDetermined',
  ReopenCase: 'case: wasDetermined determinedHere',
  MigrateToVersion: 'case',
  WriteNote: 'case: ownWork',
  RecordIndicator: 'case, even in conflict',
  DeclareConflict: 'case, even in conflict',
  LiftConflict: 'case: conflictDeclared',
  ClearIndicator: 'case: unclearedIndicatorExists recordedByAnother',
  FileRemedy: 'case: wasDetermined',
  LinkCase: 'case: assignedToActor',
  SuspendClock: 'case: runningClockExists',
  ResumeClock: 'case: suspendedClockExists',
  ExtendClock: 'case: extensibleClockExists',
  OpenImportedCase: 'case',
  RecordImportedStep: 'case',
  CloseImportedCase: 'case',
};

describe('the policy table', () => {
  it('has a row for every act, and each act is told of here', () => {
    expect(Object.keys(policyTable).sort()).toEqual([...Object.keys(beyondCases), ...Object.keys(onCases)].sort());
  });

  it.each(Object.entries(beyondCases))('%s', (act, wanted) => {
    const { roles, scope, audited, recentSignIn } = policyTable[act as Act];
    const who = typeof roles === 'string' ? roles : roles.join(' ');
    const more = [audited === 'first' ? 'audited first' : audited && 'audited', recentSignIn && 'just signed in'];
    expect([who, scope, ...more.filter((said) => said !== undefined)].join('; ')).toBe(wanted);
  });

  it.each(Object.entries(onCases))('%s', (act, wanted) => {
    const row = policyTable[act as Act];
    if (!('rules' in row)) throw new Error(`${act} has no rules`);
    const { scope, rules, recentSignIn } = row;
    const even = 'evenInConflict' in row && row.evenInConflict === true;
    const where = [scope, even && 'even in conflict', recentSignIn && 'just signed in'].filter((said) => said);
    const names = rules.map((rule) => rule.name).join(' ');
    expect(`${where.join(', ')}${names === '' ? '' : `: ${names}`}`).toBe(wanted);
  });
});
