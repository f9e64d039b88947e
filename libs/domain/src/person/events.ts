/**
 * What can happen in the register of persons. A record is what papers say of the subject of one case (and of the cases that opened out of
 * it); its id is the subject's, which the case's own stream names. A match is one pair of records, and has a stream of its own.
 */
import type { Code, DomainEvent, Id, InstantAt } from '../event.js';

interface Act {
  readonly by: Id;
  readonly at: InstantAt;
}

/** Names, numbers and dates stand in `personal`, with the keyed words under which the record is found. */
export type PersonEvent =
  | DomainEvent<'PersonRegistered', Act & { personId: Id; caseId: Id; office: Code }>
  | DomainEvent<'PapersRecorded', Act & { personId: Id; caseId: Id; office: Code }>;

export type MatchEvent =
  | DomainEvent<'MatchProposed', Act & { matchId: Id; a: Id; b: Id; reasons: readonly Code[] }>
  | DomainEvent<'MatchDismissed', Act>
  | DomainEvent<'PersonsMerged', Act & { proposedBy: Id }>
  | DomainEvent<'MergeUndone', Act>;
