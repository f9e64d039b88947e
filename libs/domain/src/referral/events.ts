/** What can happen to a referral: a post or a village tells of someone; it becomes a case, or is closed with a reason. */
import type { PinnedProcedure } from '../case/events.js';
import type { Code, DateOn, DomainEvent, Id, InstantAt } from '../event.js';

interface Act {
  readonly by: Id;
  readonly at: InstantAt;
}

/** A sign of trafficking that whoever refers has seen; the words for it stand in `personal`. */
interface ReportedIndicator {
  readonly indicatorId: Id;
  readonly indicator: Code;
}

export type ReferralEvent =
  | DomainEvent<
      'ReferralReceived',
      Act & {
        referralId: Id;
        office: Code;
        channel: Code;
        area: Code;
        seenOn?: DateOn;
        /** Whom it is about: the subject of the case, should one open, and the one under whose key it is sealed. */
        subject: Id;
        indicators: readonly ReportedIndicator[];
      }
    >
  | DomainEvent<'ReferralAccepted', Act & { caseId: Id; procedure: PinnedProcedure; office: Code }>
  | DomainEvent<'ReferralClosed', Act & { ground: Code }>;
