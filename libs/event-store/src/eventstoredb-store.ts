/**
 * The event store on EventStoreDB (23.10 or newer), for clusters. The only file that imports its client.
 *
 * Positions are commit positions. What is appended over gRPC is written as records that commit themselves, so every event has a position
 * of its own, equal as commit and as prepare position, and reading on after it is exact. Only transactions of the old TCP interface,
 * which Tegas never uses, share one commit position: an event of Tegas found in one is refused, since one number could not say where to
 * read on.
 */
import { Readable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import {
  AccessDeniedError,
  type AllStreamRecordedEvent,
  type AllStreamResolvedEvent,
  BACKWARDS,
  END,
  EventStoreDBClient,
  excludeSystemEvents,
  type Filter,
  InvalidArgumentError,
  InvalidTransactionError,
  jsonEvent,
  type Position as LogPosition,
  MaxAppendSizeExceededError,
  NotLeaderError,
  RequiredMetadataPropertyMissingError,
  type ResolvedEvent,
  START,
  StreamDeletedError,
  StreamNotFoundError,
  streamNameFilter,
  UnsupportedError,
  WrongExpectedVersionError,
} from '@eventstore/db-client';
import type {
  Appended,
  EventStore,
  ExpectedRevision,
  Position,
  RecordedEvent,
  StoredEvent,
  SubscriptionFilter,
  SubscriptionMessage,
} from './port.js';
import { comparePositions, isEventStoreDbUrl, StoreUnavailable, UnusableStore, WrongExpectedRevision } from './port.js';
import { storableTexts, UnstorableEvent } from './storable.js';
import { Waker } from './subscription.js';

const identityStream = 'tegas-identity';
const answerWithinMs = 9_000;
const pageSize = 2000;
/** The server says how far it has searched after as many events that match nothing. */
const searchWindow = 500;
const windowsPerCheckpoint = 4;
/** After this long without an event a live reader counts as caught up again: what comes in a burst is then handled together. */
const quietMs = 10;
const firstRetryMs = 100;
const lastRetryMs = 5_000;
const triesForLeader = 4;
/** How many events are looked at first for the newest of Tegas. */
const firstLookBack = 4;
const endWithinMs = 1_000;
/** What older servers give as the position of an event that is read from its stream. */
const noPosition = 0xffff_ffff_ffff_ffffn;

const knownOptions = new Set(
  [
    'tls',
    'tlsCAFile',
    'tlsVerifyCert',
    'userCertFile',
    'userKeyFile',
    'nodePreference',
    'maxDiscoverAttempts',
    'discoveryInterval',
    'gossipTimeout',
    'connectionName',
    'defaultDeadline',
    'keepAliveInterval',
    'keepAliveTimeout',
    'throwOnAppendFailure',
  ].map((option) => option.toLowerCase()),
);

export interface EventStoreDbStoreOptions {
  /** No call is answered later than this, in milliseconds; 9 s unless told. */
  readonly answerWithinMs?: number;
}

/** What a subscription's connection delivers, in the order the server sent it. */
type Arrival = AllStreamResolvedEvent | { readonly searchedTo: LogPosition } | 'caught-up';

/** The server holds what this store cannot stand on; trying again would not help. */
class UnreadableLog extends Error {
  override readonly name = 'UnreadableLog';
}

/**
 * Events on an EventStoreDB named by a connection string, such as `esdb://user:password@host:2113?tls=true&tlsCAFile=/ca.crt` or, for a
 * cluster, `esdb://user:password@a:2113,b:2113,c:2113`. Every call goes to the leader. It may hold streams of other programs: they are
 * not delivered. The user must be allowed to read `$all`.
 * Every method throws StoreUnavailable, after 10 s at the latest, when the server does not answer.
 */
export class EventStoreDbStore implements EventStore {
  private readonly client: EventStoreDBClient;
  private readonly closeChannel: () => void;
  private readonly answerWithinMs: number;
  private readonly waker = new Waker();
  private readonly closing = new AbortController();
  private readonly underWay = new Set<Promise<unknown>>();
  /** Position of the newest event of Tegas, and how far the log was searched for it: behind it the server may write of its own. */
  private known: { readonly head: Position; readonly searchedTo: Position } = { head: '0', searchedTo: '0' };

  private id: string | undefined;

  /** @throws UnusableStore when the connection string cannot be understood. */
  constructor(connectionString: string, options: EventStoreDbStoreOptions = {}) {
    this.answerWithinMs = options.answerWithinMs ?? answerWithinMs;
    this.client = clientOf(connectionString);
    this.closeChannel = noteChannel(this.client);
    // Batch appends (6.2.1) keep what is pending in one map for the whole process, have no deadline, and can reject where nobody
    // listens when the server goes away; single appends have none of this.
    Object.defineProperty(this.client, 'supports', { value: async () => false });
  }

  async append(stream: string, expected: ExpectedRevision, events: readonly StoredEvent[]): Promise<Appended> {
    const texts = storableTexts(stream, expected, events);
    if (stream.startsWith('$') || events.some(({ type }) => type.startsWith('$')))
      throw new UnstorableEvent(`${stream}: names that begin with $ belong to EventStoreDB`);
    const own = events.map(({ id, type, schemaVersion }, index) => {
      const data = JSON.parse(texts[index]?.data ?? '');
      return jsonEvent({ id, type, data, metadata: { schemaVersion, metadata: JSON.parse(texts[index]?.metadata ?? '') } });
    });
    const expectedRevision = expected === 'no-stream' ? 'no_stream' : expected === 'any' ? 'any' : BigInt(expected);
    const options = { expectedRevision, requiresLeader: true, deadline: this.answerWithinMs } as const;
    try {
      const { success, nextExpectedRevision, position } = await this.call(() => this.client.appendToStream(stream, own, options));
      if (!success) throw new WrongExpectedRevision(stream, expected, Number(nextExpectedRevision));
      const revision = Number(nextExpectedRevision);
      // A server that recognised the events as written before need not say where.
      return {
        revision,
        position: position === undefined ? await this.positionOf(stream, revision) : ownPosition(position, stream),
      };
    } catch (error) {
      if (!(error instanceof WrongExpectedVersionError)) throw error;
      const { actualVersion } = error;
      throw new WrongExpectedRevision(stream, expected, typeof actualVersion === 'bigint' ? Number(actualVersion) : -1);
    }
  }

  async read(stream: string, fromRevision = 0): Promise<readonly RecordedEvent[]> {
    if (stream === '') return [];
    return this.call(async () => {
      const events: RecordedEvent[] = [];
      const reading = this.client.readStream(stream, { fromRevision: BigInt(Math.max(0, fromRevision)), requiresLeader: true });
      try {
        for await (const { event } of arrivalsOf<ResolvedEvent>(reading)) {
          const own = event === undefined ? undefined : recorded(event);
          if (own === undefined) throw new UnreadableLog(`Stream ${stream} holds an event that Tegas did not write`);
          events.push(own);
        }
      } catch (error) {
        if (error instanceof StreamNotFoundError) return [];
        throw error;
      } finally {
        abandon(reading);
      }
      return events;
    });
  }

  async *readAll(
    after: Position,
    options: { readonly batchSize?: number; readonly filter?: SubscriptionFilter } = {},
  ): AsyncGenerator<readonly RecordedEvent[]> {
    this.refuseWhenClosed();
    const batchSize = options.batchSize ?? pageSize;
    let batch: RecordedEvent[] = [];
    const events =
      options.filter?.streamPrefixes === undefined
        ? this.forward(after)
        : this.untilCaughtUp(after, options.filter.streamPrefixes);
    for await (const event of events) {
      batch.push(event);
      if (batch.length < batchSize) continue;
      yield batch;
      batch = [];
    }
    if (batch.length > 0) yield batch;
  }

  async *subscribe(
    after: Position,
    options: { readonly filter?: SubscriptionFilter; readonly signal?: AbortSignal } = {},
  ): AsyncGenerator<SubscriptionMessage> {
    const { signal } = options;
    const ended = () => signal?.aborted === true || this.closing.signal.aborted;
    let position = after;
    let announced: Position | undefined;
    let retryMs = firstRetryMs;
    while (!ended()) {
      try {
        for await (const message of this.connection(position, options.filter?.streamPrefixes, signal)) {
          if (ended()) return;
          retryMs = firstRetryMs;
          const at = message.kind === 'event' ? message.event.position : message.position;
          // Nothing new since this was last said, before the server went away.
          if (message.kind === 'caught-up' && at === announced) continue;
          if (message.kind === 'caught-up') announced = at;
          position = at;
          yield message;
        }
      } catch (error) {
        if (!(error instanceof StoreUnavailable)) throw error;
      }
      if (ended()) return;
      await this.waker.sleep(this.waker.ticket, signal, retryMs);
      retryMs = Math.min(retryMs * 2, lastRetryMs);
    }
  }

  /** The newest event of Tegas: what the server writes of itself (statistics, metadata) is not counted, and searched only once. */
  async head(): Promise<Position> {
    const { known } = this;
    const found = await this.call(async () => {
      let newest: Position | undefined;
      let fromPosition: LogPosition | typeof END = END;
      for (let maxCount = firstLookBack; ; maxCount = Math.min(maxCount * 8, pageSize)) {
        const events = await this.backward(fromPosition, maxCount);
        newest ??= String(events[0]?.position.commit ?? 0);
        for (const event of events) {
          if (comparePositions(String(event.position.commit), known.searchedTo) <= 0)
            return { head: known.head, searchedTo: newest };
          const own = recorded(event);
          if (own !== undefined) return { head: own.position, searchedTo: newest };
        }
        const last = events.at(-1);
        if (last === undefined || events.length < maxCount) return { head: known.head, searchedTo: newest };
        fromPosition = last.position;
      }
    });
    if (comparePositions(found.searchedTo, this.known.searchedTo) > 0) this.known = found;
    return found.head;
  }

  /** Stands in a stream of its own, written by whoever asks first, and not in the shape of Tegas's events: no reader is shown it. */
  async identity(): Promise<string> {
    this.id ??= (await this.readIdentity()) ?? (await this.writeIdentity());
    return this.id;
  }

  private readIdentity(): Promise<string | undefined> {
    return this.call(async () => {
      const reading = this.client.readStream(identityStream, { maxCount: 1, requiresLeader: true });
      try {
        for await (const { event } of arrivalsOf<ResolvedEvent>(reading)) return event?.id;
      } catch (error) {
        if (!(error instanceof StreamNotFoundError)) throw error;
      } finally {
        abandon(reading);
      }
      return undefined;
    });
  }

  private async writeIdentity(): Promise<string> {
    const named = jsonEvent({ type: 'StoreNamed', data: {} });
    const options = { expectedRevision: 'no_stream', requiresLeader: true, deadline: this.answerWithinMs } as const;
    try {
      const { success } = await this.call(() => this.client.appendToStream(identityStream, named, options));
      if (success) return named.id;
    } catch (error) {
      if (!(error instanceof WrongExpectedVersionError)) throw error;
    }
    // Another process was quicker.
    const theirs = await this.readIdentity();
    if (theirs === undefined) throw new StoreUnavailable(`EventStoreDB: ${identityStream} does not show its event`);
    return theirs;
  }

  /** Waits for the calls under way, ends subscriptions and the connection. */
  async close(): Promise<void> {
    if (this.closing.signal.aborted) return;
    this.closing.abort();
    this.waker.wake();
    await Promise.allSettled(this.underWay);
    // What does not end by itself ends with the connection.
    await Promise.race([this.client.dispose(), pause(endWithinMs)]);
    this.closeChannel();
  }

  /** All events after a position, up to where the log ends when the server gets there. */
  private async *forward(after: Position): AsyncGenerator<RecordedEvent> {
    const reading = this.client.readAll({ fromPosition: logPosition(after), requiresLeader: true });
    const arrivals = arrivalsOf<AllStreamResolvedEvent>(reading)[Symbol.asyncIterator]();
    try {
      for (;;) {
        const { done, value } = await this.inTime(arrivals.next());
        if (done === true) return;
        const event = value.event === undefined ? undefined : recorded(value.event);
        // The server begins with the event that stands at the position.
        if (event !== undefined && comparePositions(event.position, after) > 0) yield event;
      }
    } catch (error) {
      throw refusalOrUnavailable(error);
    } finally {
      abandon(reading);
    }
  }

  /** At most so many events that stand before a position, the newest first. */
  private async backward(fromPosition: LogPosition | typeof END, maxCount: number): Promise<readonly AllStreamRecordedEvent[]> {
    const reading = this.client.readAll({ direction: BACKWARDS, fromPosition, maxCount, requiresLeader: true });
    const events: AllStreamRecordedEvent[] = [];
    try {
      for await (const { event } of arrivalsOf<AllStreamResolvedEvent>(reading)) if (event !== undefined) events.push(event);
    } finally {
      abandon(reading);
    }
    return events;
  }

  private async *untilCaughtUp(after: Position, streamPrefixes: readonly string[]): AsyncGenerator<RecordedEvent> {
    for await (const message of this.connection(after, streamPrefixes, undefined)) {
      if (message.kind === 'event') yield message.event;
      else if (message.kind === 'caught-up') return;
    }
  }

  /**
   * One connection's worth of a subscription: every matching event after a position, once and in order.
   * @throws StoreUnavailable when the connection ends without having been told to.
   */
  private async *connection(
    after: Position,
    streamPrefixes: readonly string[] | undefined,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<SubscriptionMessage> {
    // What stands in the log before the subscription begins is delivered before the server says that it has caught up.
    const headBefore = await this.head();
    const filter = filterOn(streamPrefixes, (subscription, searchedTo) => void subscription.push({ searchedTo }));
    const subscription = this.client.subscribeToAll({ fromPosition: logPosition(after), requiresLeader: true, filter });
    const confirmed = new Promise<void>((resolve) => subscription.once('confirmation', resolve));
    // Put among the events, not beside them: the reader may not have taken those that came before.
    subscription.on('caughtUp', () => void subscription.push('caught-up'));
    const arrivals = arrivalsOf<Arrival>(subscription)[Symbol.asyncIterator]();
    const ended = () => signal?.aborted === true || this.closing.signal.aborted;
    const stop = () => void subscription.destroy();
    for (const one of [signal, this.closing.signal]) one?.addEventListener('abort', stop);
    try {
      let next = soundlessly(arrivals.next());
      await this.inTime(Promise.race([confirmed, next]));
      let position = after;
      let announced: Position | undefined;
      let live = false;
      while (!ended()) {
        const arrived = await (live && position !== announced ? Promise.race([next, quiet()]) : next);
        if (ended()) return;
        if (arrived === 'quiet') {
          announced = position;
          yield { kind: 'caught-up', position };
          continue;
        }
        if (arrived.done === true) throw new StoreUnavailable('EventStoreDB: the subscription ended');
        next = soundlessly(arrivals.next());
        const { value } = arrived;
        if (value === 'caught-up') {
          live = true;
          if (comparePositions(headBefore, position) > 0) position = headBefore;
          announced = position;
          yield { kind: 'caught-up', position };
        } else if ('searchedTo' in value) {
          const { commit, prepare } = value.searchedTo;
          // Servers also name places between two events; only an event's own position is certain to be one to read on after.
          if (commit !== prepare || comparePositions(String(commit), position) <= 0) continue;
          position = String(commit);
          yield { kind: 'checkpoint', position };
        } else {
          const event = value.event === undefined ? undefined : recorded(value.event);
          if (event === undefined || comparePositions(event.position, position) <= 0) continue;
          position = event.position;
          yield { kind: 'event', event };
        }
      }
    } catch (error) {
      if (!ended()) throw refusalOrUnavailable(error);
    } finally {
      for (const one of [signal, this.closing.signal]) one?.removeEventListener('abort', stop);
      void subscription.unsubscribe().catch(() => {});
      subscription.destroy();
    }
  }

  private async positionOf(stream: string, revision: number): Promise<Position> {
    const [event] = await this.read(stream, revision);
    if (event === undefined) throw new StoreUnavailable(`EventStoreDB: ${stream} does not show revision ${revision}`);
    return event.position;
  }

  /** One call, answered in time, asked again where another node turns out to be the leader. */
  private async call<T>(work: () => Promise<T>): Promise<T> {
    this.refuseWhenClosed();
    const answer = this.inTime(this.askLeader(work));
    this.underWay.add(answer);
    try {
      return await answer;
    } catch (error) {
      throw refusalOrUnavailable(error);
    } finally {
      this.underWay.delete(answer);
    }
  }

  private async askLeader<T>(work: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await work();
      } catch (error) {
        // Nothing was done; the client has taken note of who leads.
        if (!(error instanceof NotLeaderError) || attempt === triesForLeader) throw error;
        await pause(20 * attempt);
      }
    }
  }

  private async inTime<T>(answer: Promise<T>): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const tooLate = new Promise<never>((_, reject) => {
      const late = () => reject(new StoreUnavailable(`EventStoreDB: no answer within ${this.answerWithinMs} ms`));
      timer = setTimeout(late, this.answerWithinMs);
    });
    try {
      return await Promise.race([soundlessly(answer), tooLate]);
    } finally {
      clearTimeout(timer);
    }
  }

  private refuseWhenClosed(): void {
    if (this.closing.signal.aborted) throw new StoreUnavailable('The event store is closed');
  }
}

/** The client's own messages repeat the connection string, password included, so what it would complain of is looked for first. */
function clientOf(connectionString: string): EventStoreDBClient {
  if (!isEventStoreDbUrl(connectionString))
    throw new UnusableStore('An EventStoreDB address begins with esdb:// or esdb+discover://');
  const query = connectionString.split('?')[1] ?? '';
  for (const option of query === '' ? [] : query.split('&')) {
    const name = option.split('=')[0]?.replace(/[_-]/g, '').toLowerCase() ?? '';
    if (!knownOptions.has(name))
      throw new UnusableStore('The EventStoreDB address holds an option that the client does not know');
  }
  if (/[?&]tlsverifycert=false/i.test(connectionString))
    throw new UnusableStore('tlsVerifyCert=false is not supported: name the certificate authority with tlsCAFile');
  try {
    return EventStoreDBClient.connectionString(connectionString);
  } catch (error) {
    const certificate = error instanceof Error && /certificate|userCertFile/.test(error.message) ? `: ${error.message}` : '';
    throw new UnusableStore(`The EventStoreDB address cannot be understood${certificate}`);
  }
}

/** `dispose` ends the calls but leaves the connection, which only the client knows: what it opens is noted. Answers how to end it. */
function noteChannel(client: EventStoreDBClient): () => void {
  const open: unknown = Reflect.get(client, 'getChannel');
  if (typeof open !== 'function') throw new Error('This @eventstore/db-client is not the one that was tried');
  let newest: Promise<unknown> = Promise.resolve();
  const noted = (): unknown => {
    const opening: unknown = open();
    newest = soundlessly(Promise.resolve(opening));
    return opening;
  };
  Object.defineProperty(client, 'getChannel', { value: noted });
  const end = (channel: unknown) => {
    if (typeof channel === 'object' && channel !== null && 'close' in channel && typeof channel.close === 'function')
      channel.close();
  };
  // Not waited for: where no node answers, the client goes on looking for one for a while.
  return () => void newest.then(end, () => {});
}

function filterOn(
  streamPrefixes: readonly string[] | undefined,
  checkpointReached: NonNullable<Filter['checkpointReached']>,
): Filter {
  const windows = { maxSearchWindow: searchWindow, checkpointInterval: windowsPerCheckpoint, checkpointReached };
  if (streamPrefixes === undefined) return excludeSystemEvents(windows);
  // No prefix at all matches nothing; the server takes an empty list for no filter.
  if (streamPrefixes.length === 0) return streamNameFilter({ regex: '(?!)', ...windows });
  return streamNameFilter({ prefixes: [...streamPrefixes], ...windows });
}

function logPosition(position: Position): LogPosition | typeof START {
  return position === '0' ? START : { commit: BigInt(position), prepare: BigInt(position) };
}

function ownPosition({ commit, prepare }: LogPosition, stream: string): Position {
  if (commit === noPosition)
    throw new UnreadableLog(
      'This EventStoreDB does not say where an event of a stream stands in the log: 23.10 or newer is needed',
    );
  if (commit !== prepare)
    throw new UnreadableLog(`Stream ${stream} was written in a transaction of the TCP interface, which is not supported`);
  return String(commit);
}

/** An event as it was appended, or undefined when another program or the server itself wrote it. */
function recorded(event: {
  readonly id: string;
  readonly streamId: string;
  readonly type: string;
  readonly revision: bigint;
  readonly isJson: boolean;
  readonly data: unknown;
  readonly metadata?: unknown;
  readonly position?: LogPosition;
}): RecordedEvent | undefined {
  const { id, streamId: stream, type, data, metadata: kept } = event;
  if (stream.startsWith('$') || type.startsWith('$') || !event.isJson) return undefined;
  if (typeof data !== 'object' || data === null || typeof kept !== 'object' || kept === null) return undefined;
  if (!('schemaVersion' in kept) || !('metadata' in kept) || typeof kept.schemaVersion !== 'number') return undefined;
  const position = ownPosition(event.position ?? { commit: noPosition, prepare: noPosition }, stream);
  const metadata = kept.metadata as RecordedEvent['metadata'];
  return { id, type, schemaVersion: kept.schemaVersion, data, metadata, stream, revision: Number(event.revision), position };
}

/** What a call delivers; leaving the loop early leaves the call open, to be abandoned. */
function arrivalsOf<T>(call: object): AsyncIterable<T> {
  const readable = readableOf(call);
  // The client tells of some errors after the reader has left.
  readable.on('error', () => {});
  return readable.iterator({ destroyOnReturn: false });
}

/** Ends a call that may not have been read to its end. The client holds it open until its last message was taken. */
function abandon(call: { cancel(): Promise<void> }): void {
  void call.cancel().catch(() => {});
  readableOf(call).resume();
}

/** The client's own types describe the streams of an older Node. */
function readableOf(call: object): Readable {
  if (!(call instanceof Readable)) throw new TypeError('The client did not give a stream');
  return call;
}

function quiet(): Promise<'quiet'> {
  return pause(quietMs, 'quiet');
}

/** A promise that nobody may come to wait for. */
function soundlessly<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}

const refusals = [
  InvalidArgumentError,
  InvalidTransactionError,
  MaxAppendSizeExceededError,
  RangeError,
  RequiredMetadataPropertyMissingError,
  StreamDeletedError,
  SyntaxError,
  TypeError,
  UnreadableLog,
  UnsupportedError,
  WrongExpectedRevision,
  WrongExpectedVersionError,
];
/** Of gRPC: invalid argument (such as a position of another log), permission denied, failed precondition, out of range, unimplemented. */
const refusalCodes = new Set([3, 7, 9, 11, 12]);

/** Errors that would come again stay what they are; all others leave the outcome unknown. */
function refusalOrUnavailable(error: unknown): unknown {
  if (error instanceof AccessDeniedError)
    return new UnusableStore('EventStoreDB refuses the user of its address: it must be allowed to read $all and to write', {
      cause: error,
    });
  if (error instanceof StoreUnavailable || refusals.some((refusal) => error instanceof refusal)) return error;
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  if (typeof code === 'number' && refusalCodes.has(code)) return error;
  return new StoreUnavailable(`EventStoreDB: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
}
