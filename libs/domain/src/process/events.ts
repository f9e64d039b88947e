/**
 * What is said of a case's clocks, in their own stream (`clocks-<case>`), beside the case. A stored event name is forever: review a change
 * here like a migration. No free text: codes, ids and dates only.
 */
import type { Code, DomainEvent, Id, InstantAt } from '../event.js';

/** What every event of a clock says: which, and the due date that it is about. A due date that moved is another one. */
export interface AboutClock {
  readonly caseId: Id;
  readonly clockId: Id;
  readonly clock: Code;
  readonly dueAt: InstantAt;
  readonly at: InstantAt;
}

/** Who was told, as which role of which office; in the inbox of each, and from there as their office has set it up. */
export interface Telling {
  readonly office: Code;
  readonly toRole: Code;
  readonly told: readonly Id[];
}

/** What one official did about what they were told. */
interface Answering {
  readonly step: Code;
  readonly by: Id;
}

export type ClocksEvent =
  | DomainEvent<'ClockFellDue', AboutClock>
  /** One step of the ladder. `nextAt`: when the next one falls. */
  | DomainEvent<'ClockEscalated', AboutClock & Telling & { step: Code; nextAt?: InstantAt }>
  /** The due date moved, and what had fallen by then was told before: the ladder goes on at `nextAt`. */
  | DomainEvent<'LadderMoved', AboutClock & { nextAt?: InstantAt }>
  /**
   * What was told of a clock that still runs, told to who came later: as its case became another officer's, or as another acts for who was told.
   * `holder`: whose it is, in whose place those told may act; `toldBefore`: whom that step was told to.
   */
  | DomainEvent<'ClockPassedOn', AboutClock & Telling & { step: Code; holder: Id; toldBefore: readonly Id[]; outcome?: Code }>
  /** Before the law acts: what it will make of the case if nobody acts in time. */
  | DomainEvent<'ClockWarned', AboutClock & Telling & { outcome?: Code }>
  /** Who was told has opened it. */
  | DomainEvent<'EscalationSeen', AboutClock & Answering>
  /** Who was told answers for it. The clock runs on: only an act on the case stops it. */
  | DomainEvent<'EscalationAcknowledged', AboutClock & Answering>;
