/**
 * What can happen to a case. A stored event name is forever: review a change here like a migration.
 * No free text outside `personal` (a tidy test holds this): who acted and when stand in the data, so that a fold needs nothing else.
 */
import type { ClockLength } from '../clock/clock.js';
import type { Code, DateOn, DomainEvent, Id, InstantAt, Sha256, Zone } from '../event.js';

/** The version of a procedure that governs a case, pinned when it is opened. */
export interface PinnedProcedure {
  readonly code: Code;
  readonly version: Code;
  readonly sha256: Sha256;
}

interface Act {
  /** Who performed it: the official, or the officer in whose name it was entered. */
  readonly by: Id;
  readonly at: InstantAt;
}

/** The due date as it stood when the event was recorded; absent while suspended. */
export interface RecordedDue {
  readonly dueOn?: DateOn;
  readonly dueAt?: InstantAt;
  readonly dueSoonAt?: InstantAt;
  readonly provisional: boolean;
  readonly calendarVersion: number;
}

interface StartedClock {
  readonly clockId: Id;
  readonly clock: Code;
  readonly office: Code;
  readonly zone: Zone;
  readonly startedAt: InstantAt;
  readonly length: ClockLength;
  readonly rollsToNextWorkingDay?: boolean;
  readonly explicitDueAt?: InstantAt;
  /** Does the ladder escalate it when it falls due? Never for imported clocks. */
  readonly escalates: boolean;
  readonly due: RecordedDue;
}

export type Authority = {
  /** In whose place the decider acted (Plh./Plt.). */
  readonly actingFor?: Id;
  /** The office that decided. */
  readonly office: Code;
};

export type CaseEvent =
  | DomainEvent<'DraftOpened', Act & { caseId: Id; procedure: PinnedProcedure; office: Code; channel: Code; subject: Id }>
  | DomainEvent<'DraftAmended', Act & { subject: Id }>
  | DomainEvent<'ApplicationLodged', Act & { office: Code }>
  | DomainEvent<'OfficerAssigned', Act & { officer: Id }>
  | DomainEvent<'ScreeningBegun', Act & { officer: Id }>
  | DomainEvent<'ApplicationReturned', Act & { missing: readonly Code[] }>
  | DomainEvent<'ScreeningResumed', Act>
  | DomainEvent<'ApplicationAccepted', Act>
  | DomainEvent<'EvidenceRequested', Act & { evidence: Code }>
  | DomainEvent<'EvidenceReceived', Act & { evidenceId: Id; evidence: Code; sha256?: Sha256 }>
  | DomainEvent<'EvidenceVerified', Act & { evidenceId: Id; method: Code }>
  | DomainEvent<'EvidenceRejected', Act & { evidenceId: Id; ground: Code }>
  | DomainEvent<'InterviewRecorded', Act & { interviewId: Id; heldOn: DateOn }>
  | DomainEvent<'FindingRecorded', Act & { fact: Code; evidence: readonly Id[] }>
  | DomainEvent<'ConsultationRequested', Act & { consultationId: Id; agency: Code }>
  | DomainEvent<'ConsultationAnswered', Act & { consultationId: Id; answeredOn: DateOn }>
  | DomainEvent<'DeterminationRecommended', Act & { outcome: Code; derived?: Code; unknown: readonly Code[]; reviewOffice: Code }>
  | DomainEvent<'RecommendationReturned', Act>
  | DomainEvent<'CaseReferred', Act & { from: Code; to: Code }>
  | DomainEvent<'DeterminationApproved', Act & { outcome: Code; recommendedBy: Id; authority: Authority }>
  | DomainEvent<'DeterminedOtherwise', Act & { outcome: Code; recommended: Code; recommendedBy: Id; authority: Authority }>
  | DomainEvent<'DeterminationServed', Act & { servedOn: DateOn; method: Code; proofSha256?: Sha256 }>
  | DomainEvent<'RemedyWindowOpened', { at: InstantAt }>
  | DomainEvent<'CaseClosed', Act>
  | DomainEvent<'ApplicationWithdrawn', Act & { withdrawnOn: DateOn }>
  | DomainEvent<'CaseReopened', Act & { ground: Code }>
  | DomainEvent<'ClockStarted', StartedClock>
  | DomainEvent<'ClockSuspended', { clockId: Id; from: DateOn; reason: Code }>
  | DomainEvent<'ClockResumed', { clockId: Id; resumedOn: DateOn; due: RecordedDue }>
  | DomainEvent<'ClockStopped', { clockId: Id; stoppedAt: InstantAt; inTime: boolean }>
  | DomainEvent<
      'ImportedCaseOpened',
      Act & {
        caseId: Id;
        procedure: PinnedProcedure;
        office: Code;
        channel: Code;
        sourceCase: Id;
        fourEyes: 'observed' | 'enforced';
      }
    >
  | DomainEvent<
      'ImportedStepRecorded',
      Act & { step: Code; sourceStep: Id; group?: Code; afterClosing: boolean; sameOfficerAs?: Code }
    >
  | DomainEvent<'ImportedCaseClosed', Act>;

export type CaseEventType = CaseEvent['type'];
export type CaseEventOf<T extends CaseEventType> = Extract<CaseEvent, { type: T }>;
