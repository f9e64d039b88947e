/**
 * Who may do what, when: one typed table, one row for each act and each way of looking. The decider, the API's guard and the console's
 * buttons and menus all ask here; what a row names as a rule is a function of `case/policies.ts` that reads like the regulation, or of
 * `case/caseload.ts`, which knows whose work a case is.
 */
import { ownWork } from './case/caseload.js';
import type { CaseCommandType } from './case/commands.js';
import {
  assignedToActor,
  authorityHeldHere,
  belatedByAnother,
  conflictDeclared,
  consultationOpen,
  determinedHere,
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
  originalHeld,
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
} from './case/policies.js';
import type { Stage } from './case/state.js';
import { INTAKE_ROLES, REVIEW_ROLES, type Role, SUPERVISORS } from './office/official.js';

export interface Policy {
  /** Who; 'signed-in': whoever is; 'anyone': without signing in. */
  readonly roles: readonly Role[] | 'signed-in' | 'anyone';
  /**
   * Which office one of those roles must cover: 'case', one that has had the case (of a person: one of their cases; of a referral: its own);
   * 'both', one for each of two persons; 'review', the one where the recommendation lies; 'list', whatever rows are shown; 'none', no office.
   */
  readonly scope: 'case' | 'both' | 'review' | 'list' | 'none';
  /** It shows personal data, or searches for them: each time is a record for the auditor; `first`: before it is looked for, since it streams. */
  readonly audited?: true | 'first';
  /** One has signed in just now to do it: who left the screen a while ago does not approve. */
  readonly recentSignIn?: true;
}

/** A row of an act on a case. */
export interface CasePolicy extends Policy {
  readonly roles: readonly Role[];
  readonly scope: 'case' | 'review';
  /** Stages in which the act exists; 'none': it opens the case. */
  readonly stages: readonly Stage[] | 'none';
  /** Who has a conflict of interest may do it all the same: it says so, or raises an alarm. */
  readonly evenInConflict?: true;
  /** How one must be related to the case, and what must hold of it. */
  readonly rules: readonly Rule[];
}

/** A row of an act that a role alone decides, wherever it stands. */
interface RolePolicy extends Policy {
  readonly roles: readonly Role[];
}

type RegisterAct =
  | 'RegisterPerson'
  | 'RecordPapers'
  | 'ProposeMatch'
  | 'MergePersons'
  | 'DismissMatch'
  | 'UndoMerge'
  | 'ReceiveReferral'
  | 'AcceptReferral'
  | 'CloseReferral'
  | 'DraftProcedure'
  | 'ReviewProcedure'
  | 'PublishProcedure'
  | 'PlaceLegalHold'
  | 'LiftLegalHold'
  | 'RequestDestruction'
  | 'RejectDestruction'
  | 'ConfirmDestruction'
  | 'ReadDestruction'
  | 'FindDestructions'
  | 'ReadProofs'
  | 'ReadProofOfCase'
  | 'AuditCase'
  | 'ExportCase'
  | 'ReadDrafts'
  | 'SimulateProcedure'
  | 'PublishCalendar'
  | 'TryCalendar'
  | 'WatchQueue'
  | 'RevokeSignIn'
  | 'Appoint'
  | 'ReadAppointments'
  | 'EnrolDevice'
  | 'ReadCase'
  | 'RecallHeldAct'
  | 'ReadDocument'
  | 'BreakGlass'
  | 'ReviewGlass'
  | 'FindGlass'
  | 'ReadAudit'
  | 'FindCases'
  | 'FindCustody'
  | 'FindPersons'
  | 'Search'
  | 'ReadReferral'
  | 'FindReferrals'
  | 'ReadReports'
  | 'ExportCases';
type CommonAct =
  | 'GrantDelegation'
  | 'EndDelegation'
  | 'WithdrawDevice'
  | 'ReadDelegations'
  | 'ReadLaw'
  | 'ReadOwn'
  | 'FollowChanges'
  | 'AnswerStep'
  | 'SignIn'
  | 'ReadHealth'
  | 'CheckLetter'
  | 'CheckReceipt';

export type Act = CaseCommandType | RegisterAct | CommonAct;

const BEFORE_REVIEW: readonly Stage[] = ['draft', 'lodged', 'screening', 'awaiting-applicant', 'examination'];
const EVERY_STAGE: readonly Stage[] = [
  ...BEFORE_REVIEW,
  'review',
  'determined',
  'served',
  'remedy-window',
  'lapsed',
  'closed',
  'withdrawn',
];
const EXAMINE: readonly Stage[] = ['examination'];
const AFTER_SERVICE: readonly Stage[] = ['served', 'remedy-window'];
const afterService: CasePolicy = {
  stages: AFTER_SERVICE,
  roles: ['case-officer', ...SUPERVISORS],
  scope: 'case',
  rules: [],
};
const examine: CasePolicy = { stages: EXAMINE, roles: ['case-officer'], scope: 'case', rules: [assignedToActor] };
const review = (...rules: Rule[]): CasePolicy => ({
  stages: ['review'],
  roles: REVIEW_ROLES,
  scope: 'review',
  rules: [notTheRecommender, notTheExaminer, ...rules],
});
const importing = (stages: CasePolicy['stages']): CasePolicy => ({ stages, roles: ['importer'], scope: 'case', rules: [] });

const signedIn: Policy = { roles: 'signed-in', scope: 'none' };
const anyone: Policy = { roles: 'anyone', scope: 'none' };
const administering: RolePolicy = { roles: ['administrator'], scope: 'none' };
/** Everyone but the administrator; a panel member and an importer see only what is theirs (`mayRead`). */
const READERS: readonly Role[] = [...INTAKE_ROLES, ...REVIEW_ROLES, 'panel-member', 'auditor', 'importer'];
/** Who opens a case. At an office of few the same person may hold this role beside another. */
const DRAFTERS: readonly Role[] = ['intake-officer'];
const LISTERS: readonly Role[] = READERS.filter((role) => role !== 'importer');
/** Agencies send members to a panel, not readers to the files. */
const FILE_READERS: readonly Role[] = LISTERS.filter((role) => role !== 'panel-member');
/** Who joins and separates records of persons. */
const JOINERS: readonly Role[] = ['supervisor', 'head-of-office', 'regional', 'directorate'];

export const policyTable: { readonly [C in CaseCommandType]: CasePolicy } & { readonly [A in RegisterAct]: RolePolicy } & {
  readonly [A in CommonAct]: Policy;
} = {
  OpenDraft: { stages: 'none', roles: DRAFTERS, scope: 'case', rules: [] },
  AmendDraft: { stages: ['draft'], roles: DRAFTERS, scope: 'case', rules: [] },
  LodgeApplication: { stages: ['draft'], roles: DRAFTERS, scope: 'case', rules: [] },
  AssignOfficer: {
    stages: ['lodged', 'screening', 'awaiting-applicant', 'examination'],
    roles: SUPERVISORS,
    scope: 'case',
    rules: [],
  },
  BeginScreening: { stages: ['lodged'], roles: ['case-officer'], scope: 'case', rules: [unassignedOrOwn] },
  ReturnAsIncomplete: { stages: ['screening'], roles: ['case-officer'], scope: 'case', rules: [assignedToActor] },
  ResumeScreening: { stages: ['awaiting-applicant'], roles: ['case-officer'], scope: 'case', rules: [assignedToActor] },
  AcceptAsComplete: {
    stages: ['screening'],
    roles: ['case-officer'],
    scope: 'case',
    rules: [assignedToActor, requiredEvidenceReceived],
  },
  RequestEvidence: examine,
  ReceiveEvidence: {
    stages: ['draft', 'lodged', 'screening', 'awaiting-applicant', 'examination'],
    roles: INTAKE_ROLES,
    scope: 'case',
    rules: [],
  },
  VerifyEvidence: { stages: ['screening', 'examination'], roles: ['case-officer'], scope: 'case', rules: [assignedToActor] },
  RejectEvidence: { stages: ['screening', 'examination'], roles: ['case-officer'], scope: 'case', rules: [assignedToActor] },
  RecordInterview: examine,
  RecordFinding: examine,
  RequestConsultation: examine,
  RecordConsultationReply: { ...examine, rules: [assignedToActor, consultationOpen] },
  ConvenePanel: { ...examine, rules: [assignedToActor, procedureHasPanel] },
  RecordPanelFinding: { stages: EXAMINE, roles: ['panel-member'], scope: 'case', rules: [panelAtWork, sitsOnPanel] },
  ConcludePanel: { ...examine, rules: [assignedToActor, panelAtWork] },
  RecommendDetermination: { ...examine, rules: [assignedToActor, findingsExist, panelConcluded] },
  ApproveDetermination: { ...review(authorityHeldHere, recommendedOutcomeAllowed), recentSignIn: true },
  ReturnForRework: review(),
  DetermineOtherwise: { ...review(someAuthorityHere), recentSignIn: true },
  ReferCase: review(higherStepExists),
  ServeDetermination: {
    stages: ['determined'],
    roles: ['case-officer', ...REVIEW_ROLES],
    scope: 'case',
    rules: [assignedToActor],
  },
  SummonToOath: {
    ...afterService,
    roles: ['case-officer'],
    stages: ['determined', ...AFTER_SERVICE],
    rules: [assignedToActor, oathCalledFor],
  },
  RecordOath: {
    ...afterService,
    stages: [...AFTER_SERVICE, 'lapsed', 'closed'],
    rules: [assignedToActor, oathCalledFor, belatedByAnother],
  },
  RecordHandIn: {
    ...afterService,
    roles: ['case-officer'],
    stages: [...AFTER_SERVICE, 'closed'],
    rules: [assignedToActor, handInRunning],
  },
  // Whoever meets the person takes their papers and gives them back: no assignment is asked for.
  TakeCustody: {
    stages: [...BEFORE_REVIEW, 'review', 'determined', ...AFTER_SERVICE],
    roles: [...INTAKE_ROLES, ...SUPERVISORS],
    scope: 'case',
    rules: [],
  },
  ReturnOriginal: { stages: EVERY_STAGE, roles: [...INTAKE_ROLES, ...SUPERVISORS], scope: 'case', rules: [originalHeld] },
  CloseCase: {
    stages: ['served', 'remedy-window', 'withdrawn', 'lapsed'],
    roles: SUPERVISORS,
    scope: 'case',
    rules: [remedyWindowOver, noRemedyPending, oathTakenOrLapsed],
  },
  WithdrawApplication: {
    stages: ['draft', 'lodged', 'screening', 'awaiting-applicant', 'examination', 'review'],
    roles: INTAKE_ROLES,
    scope: 'case',
    rules: [neverDetermined],
  },
  ReopenCase: {
    stages: ['determined', 'served', 'remedy-window', 'lapsed', 'closed'],
    roles: REVIEW_ROLES,
    scope: 'case',
    rules: [wasDetermined, determinedHere],
  },
  MigrateToVersion: { stages: BEFORE_REVIEW, roles: SUPERVISORS, scope: 'case', rules: [] },
  // The file is kept for as long as it is there, also of a case that has ended: a note changes nothing of what was decided.
  WriteNote: {
    stages: EVERY_STAGE,
    roles: [...INTAKE_ROLES, ...REVIEW_ROLES, 'panel-member'],
    scope: 'case',
    rules: [ownWork],
  },
  // At any stage and by anyone who meets the person: no assignment is asked for.
  RecordIndicator: {
    stages: EVERY_STAGE,
    roles: [...INTAKE_ROLES, ...SUPERVISORS],
    scope: 'case',
    evenInConflict: true,
    rules: [],
  },
  // Whoever may take a part says when they may not.
  DeclareConflict: {
    stages: EVERY_STAGE,
    roles: [...INTAKE_ROLES, ...REVIEW_ROLES, 'panel-member'],
    scope: 'case',
    evenInConflict: true,
    rules: [],
  },
  LiftConflict: { stages: EVERY_STAGE, roles: REVIEW_ROLES, scope: 'case', rules: [conflictDeclared] },
  ClearIndicator: {
    stages: EVERY_STAGE,
    roles: SUPERVISORS,
    scope: 'case',
    rules: [unclearedIndicatorExists, recordedByAnother],
  },
  FileRemedy: { stages: ['served', 'remedy-window', 'closed'], roles: INTAKE_ROLES, scope: 'case', rules: [wasDetermined] },
  LinkCase: {
    stages: EVERY_STAGE,
    roles: ['case-officer', ...SUPERVISORS],
    scope: 'case',
    rules: [assignedToActor],
  },
  SuspendClock: {
    stages: ['lodged', 'screening', 'awaiting-applicant', 'examination', 'review'],
    roles: SUPERVISORS,
    scope: 'case',
    rules: [runningClockExists],
  },
  ResumeClock: {
    stages: ['lodged', 'screening', 'awaiting-applicant', 'examination', 'review'],
    roles: SUPERVISORS,
    scope: 'case',
    rules: [suspendedClockExists],
  },
  ExtendClock: {
    stages: ['lodged', 'screening', 'awaiting-applicant', 'examination', 'review'],
    roles: SUPERVISORS,
    scope: 'case',
    rules: [extensibleClockExists],
  },
  OpenImportedCase: importing('none'),
  RecordImportedStep: importing(['imported', 'closed']),
  CloseImportedCase: importing(['imported']),

  ReadCase: { roles: READERS, scope: 'case', audited: true },
  // Who sends what is held recalls it: their own only (`case/held-act.ts`).
  RecallHeldAct: { roles: ['case-officer', ...REVIEW_ROLES], scope: 'case' },
  ReadDocument: { roles: READERS, scope: 'case', audited: 'first' },
  FindCustody: { roles: FILE_READERS, scope: 'list', audited: true },
  FindCases: { roles: LISTERS, scope: 'list', audited: true },
  // Who reads what is not their own work says why; who answers for the office that has the case is told, and reviews it.
  BreakGlass: { roles: FILE_READERS, scope: 'case' },
  ReviewGlass: { roles: REVIEW_ROLES, scope: 'case' },
  FindGlass: { roles: [...REVIEW_ROLES, 'auditor'], scope: 'list', audited: true },
  ReadAudit: { roles: ['auditor'], scope: 'list', audited: true },

  RegisterPerson: { roles: INTAKE_ROLES, scope: 'case' },
  RecordPapers: { roles: INTAKE_ROLES, scope: 'case' },
  ProposeMatch: { roles: [...INTAKE_ROLES, ...JOINERS], scope: 'case' },
  // Whoever joins or separates for good must have seen what is joined: across offices that is the office above both.
  MergePersons: { roles: JOINERS, scope: 'both' },
  DismissMatch: { roles: JOINERS, scope: 'both' },
  // A wrong merge does harm while it stands: who sees either side may end it.
  UndoMerge: { roles: JOINERS, scope: 'case' },
  FindPersons: { roles: FILE_READERS, scope: 'list', audited: true },
  // By words of any kind: that someone looked is kept, and who was shown; for whom they looked is not.
  Search: { roles: FILE_READERS, scope: 'list', audited: true },

  ReceiveReferral: { roles: [...INTAKE_ROLES, ...SUPERVISORS], scope: 'case' },
  // Accepting opens a draft, and these open drafts.
  AcceptReferral: { roles: DRAFTERS, scope: 'case' },
  CloseReferral: { roles: ['case-officer', ...SUPERVISORS], scope: 'case' },
  ReadReferral: { roles: FILE_READERS, scope: 'case', audited: true },
  FindReferrals: { roles: FILE_READERS, scope: 'list', audited: true },

  // Counts, and who carries how much: nothing of anyone whom a case is about.
  ReadReports: { roles: [...REVIEW_ROLES, 'auditor'], scope: 'list' },
  // A list leaves the house: who took it along is kept before it is handed over.
  ExportCases: { roles: FILE_READERS, scope: 'list', audited: 'first' },

  // The end of a person's data: who decides on cases decides on it, two of them (`destruction/destruction.ts`).
  PlaceLegalHold: { roles: REVIEW_ROLES, scope: 'case' },
  LiftLegalHold: { roles: REVIEW_ROLES, scope: 'case' },
  RequestDestruction: { roles: REVIEW_ROLES, scope: 'case', recentSignIn: true },
  RejectDestruction: { roles: REVIEW_ROLES, scope: 'case' },
  ConfirmDestruction: { roles: REVIEW_ROLES, scope: 'case', recentSignIn: true },
  ReadDestruction: { roles: READERS, scope: 'case' },
  // Ids, references and dates: of nobody a word.
  FindDestructions: { roles: [...REVIEW_ROLES, 'auditor'], scope: 'list' },
  // Hashes and ciphertext: what proves a history shows nothing of it.
  ReadProofs: { roles: ['auditor'], scope: 'none' },
  ReadProofOfCase: { roles: ['auditor'], scope: 'case' },
  // What is decided again, and what leaves the house: who took it along is kept before it is handed over.
  AuditCase: { roles: ['auditor'], scope: 'case', audited: true },
  ExportCase: { roles: ['auditor'], scope: 'case', audited: 'first' },

  DraftProcedure: administering,
  ReviewProcedure: administering,
  PublishProcedure: { ...administering, recentSignIn: true },
  ReadDrafts: administering,
  SimulateProcedure: administering,
  PublishCalendar: { ...administering, recentSignIn: true },
  TryCalendar: administering,
  WatchQueue: administering,
  RevokeSignIn: administering,
  // Never one's own (`office/appointment.ts`).
  Appoint: { ...administering, recentSignIn: true },
  ReadAppointments: { ...administering, audited: true },
  // Who opens drafts may take them in where there is no network.
  EnrolDevice: { roles: DRAFTERS, scope: 'none' },

  // Who lends what is asked of the holder and those above them (`office/delegation.ts`): no role as such lends.
  GrantDelegation: { ...signedIn, recentSignIn: true },
  EndDelegation: signedIn,
  // One's own, or an administrator anyone's (`office/device.ts`).
  WithdrawDevice: signedIn,
  // Why is the holder's own: often an illness.
  ReadDelegations: { ...signedIn, audited: true },
  ReadLaw: signedIn,
  ReadOwn: signedIn,
  // Of what one may read, that it changed; never what.
  FollowChanges: signedIn,
  AnswerStep: signedIn,
  SignIn: anyone,
  ReadHealth: anyone,
  // Whoever holds a letter may ask whether it stands.
  CheckLetter: anyone,
  // Likewise a receipt from a border post, whether the office has what it was given for.
  CheckReceipt: anyone,
};
