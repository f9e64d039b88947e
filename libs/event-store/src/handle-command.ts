import type { Decision, DomainEvent, Id, Rejection } from '#domain/event.js';
import { eventIdOf } from './envelope.js';
import { type AppendedEvent, type EventLog, type Fold, folded } from './event-log.js';
import { type ActMetadata, type Position, type RecordedEvent, StoreUnavailable, WrongExpectedRevision } from './port.js';

export interface CommandToHandle<State, In, Out extends DomainEvent> {
  readonly log: EventLog;
  readonly stream: Id;
  readonly decider: Fold<State, In>;
  /** Appends nothing itself; called again on every retry. */
  readonly decide: (state: State) => Decision<Out> | Promise<Decision<Out>>;
  readonly act: Omit<ActMetadata, 'commandFingerprint'>;
  /** The command's name and body in canonical form: the same command id with another body is refused. */
  readonly body: string;
  /** The revision the caller saw (If-Match); without it a command that loses a race is decided again. */
  readonly expectedRevision?: number;
}

export type CommandOutcome =
  | {
      readonly kind: 'accepted';
      /** Of the command's last event. */
      readonly revision: number;
      readonly position: Position;
      /** The command's events, in the clear. */
      readonly events: readonly AppendedEvent[];
      /** Whether the command had been accepted before, and this is the first answer again. */
      readonly replayed: boolean;
    }
  | { readonly kind: 'rejected'; readonly rejection: Rejection; readonly revision: number }
  | {
      readonly kind: 'wrong-revision';
      /** -1 when the stream does not exist. */
      readonly currentRevision: number;
      /** What was recorded after the revision the caller saw. */
      readonly since: readonly RecordedEvent[];
    }
  | { readonly kind: 'key-reused' };

const mostLostRaces = 10;

/**
 * One command on one stream, exactly once per command id.
 * @throws StoreUnavailable when the store or the keys stay away after one retry: the outcome is unknown, the same command may be sent again.
 * @throws WrongExpectedRevision when ten races in a row were lost.
 */
export async function handleCommand<State, In, Out extends DomainEvent>(
  command: CommandToHandle<State, In, Out>,
): Promise<CommandOutcome> {
  const { log, stream, decider, act, expectedRevision } = command;
  const commandFingerprint = log.fingerprint(command.body);
  let lostRaces = 0;
  let wasAway = false;
  for (;;) {
    try {
      // 1. Read the stream; a command it already holds gets its first answer, even with a stale expected revision.
      const { events: past, head } = await log.read(stream);
      const earlier = firstAnswer(past, act.commandId, commandFingerprint);
      if (earlier !== undefined) return earlier;
      if (expectedRevision !== undefined && expectedRevision !== head.revision) {
        return { kind: 'wrong-revision', currentRevision: head.revision, since: past.slice(expectedRevision + 1) };
      }

      // 2. Fold it.
      const state = folded(decider, past);

      // 3. Decide.
      const decision = await command.decide(state);
      if (decision.rejection !== undefined) return { kind: 'rejected', rejection: decision.rejection, revision: head.revision };
      if (decision.events.length === 0) throw new Error(`A decision on ${stream} holds neither an event nor a rejection`);

      // 4. Append where the stream stood when it was read.
      const events = decision.events.map(({ type, data }, index) => ({
        id: eventIdOf(act.commandId, index),
        type,
        data,
        metadata: { ...act, commandFingerprint },
      }));
      const appended = await log.append(stream, head, events);

      // 5. Return where it stands now.
      return {
        kind: 'accepted',
        revision: appended.revision,
        position: appended.position,
        events: appended.events,
        replayed: false,
      };
    } catch (error) {
      if (error instanceof WrongExpectedRevision && lostRaces < mostLostRaces) lostRaces += 1;
      else if (error instanceof StoreUnavailable && !wasAway) wasAway = true;
      else throw error;
    }
  }
}

function firstAnswer(past: readonly RecordedEvent[], commandId: Id, commandFingerprint: string): CommandOutcome | undefined {
  const events = past.filter((event) => event.metadata.commandId === commandId);
  const last = events.at(-1);
  if (last === undefined) return undefined;
  if (last.metadata.commandFingerprint !== commandFingerprint) return { kind: 'key-reused' };
  return { kind: 'accepted', revision: last.revision, position: last.position, events, replayed: true };
}
