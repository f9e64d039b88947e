/** What officials ask for. Imperative names; the actor, the instant and the case arrive beside the command, in `CommandContext`. */
import type { Code, DateOn, Id, InstantAt, Sha256 } from '../event.js';
import type { FactValue } from '../procedure/rules.js';
import type { PanelMember, PinnedProcedure } from './events.js';

/** Names and numbers exactly as written in the person's papers, byte for byte; nothing is split, trimmed or folded. */
export interface SubjectDetails {
  readonly name: string;
  /** A date, a year, or words: precision as the papers give it. */
  readonly born?: string;
  readonly birthPlace?: string;
  readonly identityNumbers?: readonly { readonly kind: Code; readonly number: string }[];
}

/** A paper that the applicant showed, in the words of the paper. */
export interface ShownPaper {
  readonly evidence: Code;
  readonly title: string;
  readonly number?: string;
}

type Command<T extends string, Body extends object = object> = { readonly type: T } & Readonly<Body>;

export type CaseCommand =
  | Command<
      'OpenDraft',
      {
        caseId: Id;
        procedure: PinnedProcedure;
        office: Code;
        channel: Code;
        subjectId: Id;
        subject: SubjectDetails;
        /** What the applicant showed when it was taken in: received with it. */
        papers?: readonly ShownPaper[];
        /** Taken in without network: on which device, when by its clock, and the hash and salt of what the applicant's receipt stands for. */
        intake?: { readonly device: Id; readonly takenAt: InstantAt; readonly sha256: Sha256; readonly salt: string };
        /** The referral it comes from, with what was seen of trafficking and by whom. */
        from?: {
          readonly referral: Id;
          readonly seenBy: Id;
          readonly indicators: readonly { readonly indicatorId: Id; readonly indicator: Code; readonly reason: string }[];
        };
      }
    >
  | Command<'AmendDraft', { subject: SubjectDetails }>
  | Command<'LodgeApplication'>
  | Command<'AssignOfficer', { officer: Id }>
  | Command<'BeginScreening'>
  | Command<'ReturnAsIncomplete', { missing: readonly Code[]; reason: string }>
  | Command<'ResumeScreening'>
  | Command<'AcceptAsComplete'>
  | Command<'RequestEvidence', { evidence: Code; reason: string }>
  | Command<
      'ReceiveEvidence',
      { evidenceId: Id; evidence: Code; title: string; number?: string; issuer?: string; sha256?: Sha256 }
    >
  | Command<'VerifyEvidence', { evidenceId: Id; method: Code; note?: string }>
  | Command<'RejectEvidence', { evidenceId: Id; ground: Code; reason: string }>
  | Command<'RecordInterview', { interviewId: Id; heldOn: DateOn; notes: string }>
  | Command<'RecordFinding', { fact: Code; value: FactValue; evidence: readonly Id[]; reason: string }>
  | Command<'RequestConsultation', { consultationId: Id; agency: Code; question: string }>
  | Command<'RecordConsultationReply', { consultationId: Id; answeredOn: DateOn; reply: string }>
  | Command<'ConvenePanel', { members: readonly PanelMember[] }>
  | Command<'RecordPanelFinding', { position: 'agrees' | 'dissents'; outcome: Code; reason: string }>
  | Command<'ConcludePanel', { outcome: Code }>
  | Command<'RecommendDetermination', { outcome: Code; reason: string }>
  | Command<'ApproveDetermination', { reason: string }>
  | Command<'ReturnForRework', { reason: string }>
  | Command<'DetermineOtherwise', { outcome: Code; reason: string }>
  | Command<'ReferCase', { reason: string }>
  | Command<'ServeDetermination', { servedOn: DateOn; method: Code; proofSha256?: Sha256; note?: string }>
  | Command<'SummonToOath', { on: DateOn }>
  | Command<'RecordOath', { takenOn: DateOn; record?: Sha256; reason?: string }>
  | Command<'RecordHandIn', { handedInOn: DateOn; note?: string }>
  /** An original that the person hands in; `number` as written on it. */
  | Command<'TakeCustody', { custodyId: Id; paper: Code; takenOn: DateOn; number?: string; note?: string; evidenceId?: Id }>
  /** `to`: in which part, as `applicant`; `recipient`: the name of who took it. */
  | Command<'ReturnOriginal', { custodyId: Id; returnedOn: DateOn; to: Code; recipient: string; note?: string }>
  /** `acknowledges`: that originals are still held. */
  | Command<'CloseCase', { reason: string; acknowledges?: Code }>
  | Command<'WithdrawApplication', { withdrawnOn: DateOn; reason: string }>
  | Command<'ReopenCase', { ground: Code; judgment?: string; reason: string }>
  | Command<'MigrateToVersion', { version: Code; reason: string }>
  /** What is worth keeping of the work on the case, in words of one's own. A later one corrects it. */
  | Command<'WriteNote', { note: string }>
  | Command<'RecordIndicator', { indicatorId: Id; indicator: Code; reason: string }>
  | Command<'ClearIndicator', { indicatorId: Id; reason: string }>
  /** One's own, or, by a supervisor, that of another. */
  | Command<'DeclareConflict', { official?: Id; ground: Code; reason: string }>
  /** What was declared of this official does not hold, or no more. */
  | Command<'LiftConflict', { official: Id; reason: string }>
  | Command<'LinkCase', { other: Id; reason: string }>
  | Command<'FileRemedy', { remedy: Code; filedOn: DateOn; proofSha256?: Sha256; acknowledges?: Code; reason: string }>
  | Command<'SuspendClock', { clockId: Id; from: DateOn; ground: Code; reason: string }>
  | Command<'ResumeClock', { clockId: Id; resumedOn: DateOn; reason: string }>
  | Command<'ExtendClock', { clockId: Id; reason: string }>
  | Command<
      'OpenImportedCase',
      {
        caseId: Id;
        procedure: PinnedProcedure;
        office: Code;
        channel: Code;
        sourceCase: Id;
        dueAt?: InstantAt;
        fourEyes: 'observed' | 'enforced';
      }
    >
  | Command<'RecordImportedStep', { step: Code; sourceStep: Id; group?: Code }>
  | Command<'CloseImportedCase'>;

export type CaseCommandType = CaseCommand['type'];
export type CaseCommandOf<T extends CaseCommandType> = Extract<CaseCommand, { type: T }>;
