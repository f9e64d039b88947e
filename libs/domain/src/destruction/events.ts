/** What can happen to a person's data at the end: it is held, its destruction is requested and confirmed, and it is destroyed. */
import type { Code, DateOn, DomainEvent, Id, InstantAt } from '../event.js';

interface Act {
  readonly by: Id;
  readonly at: InstantAt;
}

/** A case whose data is destroyed, and until when it had to be kept. */
export interface RetainedCase {
  readonly caseId: Id;
  readonly procedure: Code;
  /** Absent where it ended without one. */
  readonly outcome?: Code;
  readonly keptUntil: DateOn;
}

/** What a person's words stand in beside cases. */
export type RecordKind = 'referral' | 'delegation' | 'official';

/** What else of them is destroyed, and until when it had to be kept: what a referral said, why a role was lent, an official's own data. */
export interface RetainedRecord {
  readonly record: RecordKind;
  /** The referral's or the delegation's, or the official's login. */
  readonly id: Id;
  readonly keptUntil: DateOn;
}

interface Retained {
  readonly cases: readonly RetainedCase[];
  /** Empty in what was written before version 2. */
  readonly records: readonly RetainedRecord[];
}

export type DestructionEvent =
  /** Nothing of the person is destroyed while it stands: a court, an inquiry, a claim. */
  | DomainEvent<'LegalHoldPlaced', Act & { personId: Id; holdId: Id; ground: Code }>
  | DomainEvent<'LegalHoldLifted', Act & { personId: Id; holdId: Id }>
  | DomainEvent<'DestructionRequested', Act & Retained & { personId: Id; destructionId: Id }>
  | DomainEvent<'DestructionRejected', Act & { personId: Id; destructionId: Id; ground: Code }>
  | DomainEvent<'DestructionConfirmed', Act & Retained & { personId: Id; destructionId: Id; requestedBy: Id }>
  /** The certificate: so many keys were destroyed, and with them everything sealed under them. */
  | DomainEvent<
      'PersonalDataDestroyed',
      Act &
        Retained & {
          personId: Id;
          destructionId: Id;
          requestedBy: Id;
          confirmedBy: Id;
          keys: number;
          retentionClasses: readonly Code[];
        }
    >;
