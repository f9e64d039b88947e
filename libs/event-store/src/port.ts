/**
 * The port of the event store and the shapes that cross it. One contract suite (`testing/contract.ts`) says what every store must do.
 * A store keeps what it is given: encryption and hashing are done above it, by `EventLog`.
 */
import type { Code, Id, InstantAt, Sha256 } from '#domain/event.js';

/** What is known about an act besides the act itself. Codes and ids only: no free text. */
export interface ActMetadata {
  /** The official (or process) who entered it. */
  readonly actor: Id;
  /** Who acted, when that is someone else (imports, offline intake). */
  readonly performedBy?: Id;
  readonly office?: Code;
  /** When the act counts in law. */
  readonly effectiveAt: InstantAt;
  readonly commandId: Id;
  readonly correlationId: Id;
  readonly causationId?: Id;
  /** Keyed fingerprint of the command's body, so that the same key with another body is refused. */
  readonly commandFingerprint?: string;
}

export interface EventMetadata extends ActMetadata {
  /** When it was recorded, by the time port, never earlier than the event before it in the stream. */
  readonly recordedAt: InstantAt;
  /** SHA-256 over the previous hash and everything else of this event, as stored. */
  readonly hash: Sha256;
}

/** An event as it is written to a store: `data` with personal parts already encrypted. */
export interface StoredEvent {
  readonly id: Id;
  readonly type: Code;
  readonly schemaVersion: number;
  readonly data: object;
  readonly metadata: EventMetadata;
}

/** An event as it is read back: what was written, and where it stands. */
export interface RecordedEvent extends StoredEvent {
  readonly stream: Id;
  /** 0 for the first event of a stream. */
  readonly revision: number;
  /** Opaque and ordered by `comparePositions`; nothing may assume density. */
  readonly position: Position;
}

/** A decimal string; compare with `comparePositions`. `'0'` is before the first event. */
export type Position = string;

export type ExpectedRevision = 'no-stream' | 'any' | number;

export interface Appended {
  /** Revision of the last event written. */
  readonly revision: number;
  /** Position of the last event written. */
  readonly position: Position;
}

/** The stream stands elsewhere than the writer believed. Nothing was written. */
export class WrongExpectedRevision extends Error {
  override readonly name = 'WrongExpectedRevision';
  constructor(
    readonly stream: Id,
    readonly expected: ExpectedRevision,
    /** -1 when the stream does not exist. */
    readonly actual: number,
  ) {
    super(`Stream ${stream} stands at revision ${actual}, expected ${expected}`);
  }
}

/** The store did not answer, or the connection broke: whether the events were written is unknown. Retry with the same event ids. */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable';
}

/** The store is there, and refuses this program for good: its address, its user. The message says what to correct, and names no password. */
export class UnusableStore extends Error {
  override readonly name = 'UnusableStore';
}

/** Codes of the system, and SQLSTATEs, of a server that cannot be reached, is starting, stopping, full, or was cut off. */
const awayCodes = new Set([
  ...['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH', 'ENOTFOUND', 'EAI_AGAIN'],
  ...['57P01', '57P02', '57P03', '53300', '53100', '08000', '08001', '08003', '08004', '08006'],
]);

/** Does the error, of a store or of a driver below it, say that the server is away for the moment? */
export function isAway(error: unknown): boolean {
  if (error instanceof StoreUnavailable) return true;
  const { code, message, driverError } = (error ?? {}) as { code?: unknown; message?: unknown; driverError?: unknown };
  if (typeof code === 'string' && awayCodes.has(code)) return true;
  if (
    typeof message === 'string' &&
    /Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error/.test(message)
  )
    return true;
  return driverError !== undefined && driverError !== error && isAway(driverError);
}

export type SubscriptionMessage<E = RecordedEvent> =
  | { readonly kind: 'event'; readonly event: E }
  /** Everything up to here that matches the filter was delivered: a position worth keeping even when nothing matched. */
  | { readonly kind: 'checkpoint'; readonly position: Position }
  /** The reader stands at the end of the log; more follows when more is appended. */
  | { readonly kind: 'caught-up'; readonly position: Position };

export interface SubscriptionFilter {
  /** Only streams whose name starts with one of these. */
  readonly streamPrefixes?: readonly string[];
  /** For who needs what stands beside it only: a store that can leaves `data` unread, and gives `{}` for it. */
  readonly withoutData?: true;
}

export interface EventStore {
  append(stream: Id, expected: ExpectedRevision, events: readonly StoredEvent[]): Promise<Appended>;
  /** In order, from a revision (inclusive). A stream that does not exist is empty. */
  read(stream: Id, fromRevision?: number): Promise<readonly RecordedEvent[]>;
  /** All events after a position (exclusive), in order, in batches of at most `batchSize`; ends at the head of the log. */
  readAll(
    after: Position,
    options?: { readonly batchSize?: number; readonly filter?: SubscriptionFilter },
  ): AsyncIterable<readonly RecordedEvent[]>;
  /** As readAll, one message at a time, and never ends until `signal` aborts. */
  subscribe(
    after: Position,
    options?: { readonly filter?: SubscriptionFilter; readonly signal?: AbortSignal },
  ): AsyncIterable<SubscriptionMessage>;
  /** Position of the last event, `'0'` when empty. */
  head(): Promise<Position>;
  /**
   * Names this log among all others, a copy of it included: positions mean something in it alone. Made when the store is, never changed,
   * and kept by a backup that is restored, whose positions are the same.
   */
  identity(): Promise<Id>;
  close(): Promise<void>;
}

/** Negative when `a` stands before `b`. */
export function comparePositions(a: Position, b: Position): number {
  return a.length === b.length ? (a < b ? -1 : a > b ? 1 : 0) : a.length - b.length;
}

/** Is this the address of an EventStoreDB? */
export function isEventStoreDbUrl(url: string): boolean {
  return /^esdb(\+discover)?:\/\/./.test(url);
}
