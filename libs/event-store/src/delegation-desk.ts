/** Where roles are lent for a time and taken back: in the stream of the official who acts, effective at once in this process. */
import { dateIn, zoneOf } from '#domain/case/clock-events.js';
import type { DateOn, Id, InstantAt } from '#domain/event.js';
import {
  type DelegationCommand,
  type DelegationContext,
  decideDelegation,
  seesDelegation,
  seesWhy,
} from '#domain/office/delegation.js';
import { evolveOfficial, type Official, type OfficialEvent, type RecordedDelegation } from '#domain/office/official.js';
import { officialStream } from '#domain/registry.js';
import type { CaseDesk } from './case-desk.js';
import { canonicalJson } from './envelope.js';
import { type CommandOutcome, handleCommand } from './handle-command.js';

export interface DelegationSubmission {
  readonly command: DelegationCommand;
  readonly actorId: Id;
  readonly at: InstantAt;
  readonly commandId: Id;
}

export async function submitDelegation(
  desk: CaseDesk,
  { command, actorId, at, commandId }: DelegationSubmission,
): Promise<CommandOutcome> {
  const official =
    command.type === 'GrantDelegation' ? command.official : (officialOfDelegation(desk, command.delegationId) ?? NOBODY);
  const outcome = await handleCommand<Official | undefined, OfficialEvent, OfficialEvent>({
    log: desk.log,
    stream: officialStream(official),
    decider: { initialState: undefined, evolve: evolveOfficial },
    decide: (state) => {
      const office =
        command.type === 'GrantDelegation'
          ? command.office
          : state?.delegations.find((one) => one.delegationId === command.delegationId)?.office;
      return decideDelegation(state, command, contextOf(desk, actorId, at, office ?? ''));
    },
    act: { actor: actorId, effectiveAt: at, commandId, correlationId: commandId },
    body: canonicalJson({ ...command }),
  });
  if (outcome.kind === 'accepted') await desk.registry.refresh();
  return outcome;
}

/** A login that nobody has: what is not there is looked for in an empty stream, so that the answer is the same. */
const NOBODY: Id = '-';

function officialOfDelegation({ registry }: CaseDesk, delegationId: Id): Id | undefined {
  return [...registry.state.officials.values()].find(({ delegations }) =>
    delegations.some((one) => one.delegationId === delegationId),
  )?.id;
}

function contextOf(desk: CaseDesk, actorId: Id, at: InstantAt, office: string): DelegationContext {
  const { officials, offices } = desk.registry.state;
  return { actor: desk.actor(actorId, at), at, today: dateIn(zoneOf(offices, office), at), officials, offices };
}

/** Delegations that an official may know of, the newest first; with `on`, those under which someone acts that day. */
export function delegationsSeenBy(
  desk: CaseDesk,
  actorId: Id,
  at: InstantAt,
  on?: DateOn,
): readonly (RecordedDelegation & { readonly official: Id })[] {
  return [...desk.registry.state.officials.values()]
    .flatMap(({ id, delegations }) => delegations.map((delegation) => ({ ...delegation, official: id })))
    .flatMap(({ reason, ...one }) => {
      const context = contextOf(desk, actorId, at, one.office);
      if (!seesDelegation(one.official, one, context)) return [];
      return [reason !== undefined && seesWhy(one.official, one, context) ? { ...one, reason } : one];
    })
    .filter(({ from, to }) => on === undefined || ((from ?? on) <= on && (to === null || on < to)))
    .toSorted((a, b) => ((a.from ?? '') < (b.from ?? '') ? 1 : -1));
}
