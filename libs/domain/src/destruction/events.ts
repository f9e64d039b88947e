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

export type DestructionEvent =
  /** Nothing of the person is destroyed while it stands: a court, an inquiry, a claim. */
  | DomainEvent<'LegalHoldPlaced', Act & { personId: Id; holdId: Id; ground: Code }>
  | DomainEvent<'LegalHoldLifted', Act & { personId: Id; holdId: Id }>
  | DomainEvent<'DestructionRequested', Act & { personId: Id; destructionId: Id; cases: readonly RetainedCase[] }>
  | DomainEvent<'DestructionRejected', Act & { personId: Id; destructionId: Id; ground: Code }>
  | DomainEvent<
      'DestructionConfirmed',
      Act & { personId: Id; destructionId: Id; requestedBy: Id; cases: readonly RetainedCase[] }
    >
  /** The certificate: so many keys were destroyed, and with them everything sealed under them. */
  | DomainEvent<
      'PersonalDataDestroyed',
      Act & {
        personId: Id;
        destructionId: Id;
        requestedBy: Id;
        confirmedBy: Id;
        cases: readonly RetainedCase[];
        keys: number;
        retentionClasses: readonly Code[];
      }
    >;
