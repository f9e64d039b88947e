/**
 * What can happen to a case. A stored event name is forever: review a change here like a migration.
 * No free text outside `personal` (a tidy test holds this): who acted and when stand in the data, so that a fold needs nothing else.
 */
import type { ClockLength } from '../clock/clock.js';
import type { Code, DateOn, DomainEvent, Id, InstantAt, RecordedCitation, Sha256, Zone } from '../event.js';

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
  /** From here on the supervisor is told that the law will act; only on clocks that lapse or grant by silence. */
  readonly warnAt?: InstantAt;
  /** What the law does at `dueAt` with nobody acting; only on such clocks. */
  readonly law?: { readonly effect: 'lapse' | 'grant'; readonly outcome: Code };
  /** When the next step of the escalation ladder falls that this event leaves open; absent when none is left. */
  readonly stepAt?: InstantAt;
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
  /** What the clock is about, where several of one kind run at once: a consultation. */
  readonly about?: Id;
  /** It counts from a date of the person's own, `birth`: that date and every due date then stand in `personal` only. */
  readonly countsFrom?: Code;
  readonly due: RecordedDue;
}

/** A decree made the calendar anew, and this clock's due date with it. */
interface RecalculatedClock {
  readonly clockId: Id;
  /** When the new calendar was applied to it. */
  readonly at: InstantAt;
  readonly before: RecordedDue;
  readonly due: RecordedDue;
  /** The years that the period touches and a decree governs. */
  readonly years: readonly Code[];
  /** The decrees on these years that hold for its office; none are named before version 3. */
  readonly decrees: readonly RecordedCitation[];
}

/** What one case is to another. Each relation has its counterpart in the other case: neither loses its own view. */
export type Relation = 'opened' | 'opened-by' | 'remedy' | 'remedy-of' | 'same-person';

/** The law itself acted because a clock ran out: nobody's act, at the instant the clock fell due. */
interface ActOfLaw {
  /** `law`. */
  readonly by: Id;
  readonly at: InstantAt;
  readonly clockId: Id;
  readonly clock: Code;
}

/** Who sits on a panel, and for which agency. */
export interface PanelMember {
  readonly official: Id;
  readonly agency: Code;
}

export type Authority = {
  /** In whose place the decider acted (Plh./Plt.). */
  readonly actingFor?: Id;
  /** The office that decided. */
  readonly office: Code;
};

/** On which device, when by its clock, and the hash that the applicant's receipt bears. */
export interface TakenIn {
  readonly device: Id;
  readonly takenAt: InstantAt;
  readonly sha256: Sha256;
}

export type CaseEvent =
  | DomainEvent<
      'DraftOpened',
      Act & {
        caseId: Id;
        procedure: PinnedProcedure;
        office: Code;
        channel: Code;
        subject: Id;
        /** The referral it comes from. */
        referral?: Id;
        /** Taken in without network; the salt of the hash stands in `personal`. */
        intake?: TakenIn;
      }
    >
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
  | DomainEvent<'SummonedToOath', Act & { on: DateOn }>
  | DomainEvent<'OathTaken', Act & { takenOn: DateOn; record?: Sha256 }>
  | DomainEvent<'PapersHandedIn', Act & { handedInOn: DateOn }>
  /** An original paper is held by `office` from now on, against the receipt of this number within the case. */
  | DomainEvent<
      'OriginalTaken',
      Act & { custodyId: Id; receipt: Code; paper: Code; office: Code; takenOn: DateOn; evidenceId?: Id }
    >
  | DomainEvent<'OriginalReturned', Act & { custodyId: Id; receipt: Code; returnedOn: DateOn; to: Code }>
  | DomainEvent<'CaseClosed', Act>
  | DomainEvent<'ApplicationWithdrawn', Act & { withdrawnOn: DateOn }>
  | DomainEvent<'CaseReopened', Act & { ground: Code }>
  | DomainEvent<'CaseMigrated', Act & { from: PinnedProcedure; to: PinnedProcedure }>
  /** `official` takes no further part in the case: they are related to the person, or have an interest in the outcome. */
  | DomainEvent<'ConflictDeclared', Act & { official: Id; ground: Code }>
  /** It was found not to be one, or to be over: `official` may take a part again. */
  | DomainEvent<'ConflictLifted', Act & { official: Id }>
  /** Words alone, in `personal`: nothing in the case rests on it. */
  | DomainEvent<'NoteWritten', Act>
  | DomainEvent<'IndicatorRecorded', Act & { indicatorId: Id; indicator: Code }>
  | DomainEvent<'IndicatorCleared', Act & { indicatorId: Id }>
  /** `match`: the merge of two person records that made it; of a longer way between the two, the last of them. It ends with the way. */
  | DomainEvent<
      'CaseLinked',
      Act & { other: Id; relation: Relation; procedure: Code; remedy?: Code; filedOn?: DateOn; match?: Id }
    >
  /** No merge makes the two cases one person's any more. `match`: as in the link that ends. */
  | DomainEvent<'CaseUnlinked', Act & { other: Id; match: Id }>
  /** `acknowledged`: what the law does at once, because the day it was filed lies so far back, and whoever entered it was told. */
  | DomainEvent<
      'RemedyFiled',
      Act & { remedy: Code; other: Id; procedure: Code; filedOn: DateOn; proofSha256?: Sha256; acknowledged?: Code }
    >
  | DomainEvent<
      'LinkedCaseDecided',
      Act & { other: Id; relation: Relation; procedure: Code; decidedAt: InstantAt; outcome?: Code }
    >
  | DomainEvent<'PanelConvened', Act & { members: readonly PanelMember[] }>
  | DomainEvent<'PanelFindingRecorded', Act & { agency: Code; position: 'agrees' | 'dissents'; outcome: Code }>
  | DomainEvent<'PanelConcluded', Act & { outcome: Code; agreeing: number; dissenting: number }>
  | DomainEvent<'CaseLapsed', ActOfLaw & { outcome?: Code }>
  /** What the law seemed to have done it had not: `ground` says why, `record` proves it. The determination stands again, at that stage. */
  | DomainEvent<
      'LapseSetAside',
      Act & {
        clockId: Id;
        clock: Code;
        ground: 'oath-in-time';
        record: Sha256;
        stage: 'served' | 'remedy-window';
        outcome: Code;
        determinedAt: InstantAt;
      }
    >
  | DomainEvent<'DeterminedBySilence', ActOfLaw & { outcome: Code; office: Code }>
  | DomainEvent<'ClockStarted', StartedClock>
  | DomainEvent<'ClockSuspended', { clockId: Id; from: DateOn; reason: Code }>
  | DomainEvent<'ClockResumed', { clockId: Id; resumedOn: DateOn; due: RecordedDue }>
  /** Where the procedure allows it: the period is longer from now on. `length`: its whole length; `legalBasis`: what allows it. */
  | DomainEvent<
      'ClockExtended',
      Act & { clockId: Id; length: ClockLength; due: RecordedDue; legalBasis: readonly RecordedCitation[] }
    >
  | DomainEvent<'ClockRecalculated', RecalculatedClock>
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
