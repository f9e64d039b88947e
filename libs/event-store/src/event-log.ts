import type { Code, Id, InstantAt, PersonalPart, Sha256, Text } from '#domain/event.js';
import { newestVersionOf, type Upcast, upcast as upcastToNewest } from '#domain/upcasters.js';
import { chainHash, refuseFreeText } from './envelope.js';
import { type PersonalDataCodec, type SealedPart, UnreadablePersonalData } from './personal-data-codec.js';
import type {
  ActMetadata,
  Appended,
  EventMetadata,
  EventStore,
  Position,
  RecordedEvent,
  StoredEvent,
  SubscriptionFilter,
  SubscriptionMessage,
} from './port.js';
import { storableJson } from './storable.js';

/** Where a stream stands: revision -1 when it does not exist. */
export interface StreamHead {
  readonly revision: number;
  readonly hash?: Sha256;
  readonly recordedAt?: InstantAt;
}

/** An event as the program makes it, in its type's newest version: personal parts in the clear, not yet hashed. */
export interface NewEvent {
  readonly id: Id;
  readonly type: Code;
  readonly data: object & { readonly personal?: readonly PersonalPart[] };
  readonly metadata: ActMetadata;
}

/** An event read back, its personal parts in the clear and its data of the newest version. */
export interface OpenedEvent extends RecordedEvent {
  /** Why it could not be opened: then `data` stands as it was stored. Whoever folds it must not pass over it. */
  readonly unreadable?: Error;
}

/**
 * A stream holds an event that cannot be opened, or that a newer program wrote; `cause` says which of them. Nobody may decide by the stream.
 * The message holds no value of the event.
 */
export class UnreadableStream extends Error {
  override readonly name = 'UnreadableStream';
  readonly stream: Id;
  readonly revision: number;
  /** When the event was recorded. */
  readonly since: InstantAt;

  constructor({ stream, revision, type, metadata }: RecordedEvent, cause: unknown) {
    const name = cause instanceof Error ? cause.name : typeof cause;
    super(`${stream} cannot be read from revision ${revision} on (${type}, ${name})`, { cause });
    this.stream = stream;
    this.revision = revision;
    this.since = metadata.recordedAt;
  }
}

/** How a stream is folded; the log gives every event in its newest version. */
export interface Fold<State, In> {
  readonly initialState: State;
  evolve(state: State, event: In): State;
}

/** @throws UnreadableStream also where the fold fails on an event: then nobody knows what it says. */
export function folded<State, In>({ initialState, evolve }: Fold<State, In>, events: readonly RecordedEvent[]): State {
  let state = initialState;
  for (const event of events)
    try {
      state = evolve(state, event as In);
    } catch (error) {
      throw new UnreadableStream(event, error);
    }
  return state;
}

/**
 * As far as a stream can be folded, from `readOpened`, parts that cannot be opened left out: enough to know who may be told of it, and nothing
 * to decide by.
 */
export function foldedAsFar<State, In>({ initialState, evolve }: Fold<State, In>, events: readonly OpenedEvent[]): State {
  let state = initialState;
  for (const event of events) {
    if (event.unreadable !== undefined && !(event.unreadable instanceof UnreadablePersonalData)) break;
    try {
      state = evolve(state, (event.unreadable === undefined ? event : { ...event, data: { ...event.data, personal: [] } }) as In);
    } catch {
      break;
    }
  }
  return state;
}

/** What to do about an event that is `unreadable`, by the name of the error that says why; undefined when only the program can be mended. */
export function mendUnreadable(fault: string): Text | undefined {
  switch (fault) {
    case 'UnreadablePersonalData':
      return {
        id: 'Data pribadi pada peristiwa ini tidak dapat dibuka: kunci induk atau tabel kunci bukan yang dipakai saat menulis, atau peristiwanya diubah. Pulihkan kuncinya dan periksa rantai hash.',
        en: 'Personal data of this event cannot be opened: the master key or the key table is not the one it was written under, or the event was altered. Restore the key and check the hash chain.',
      };
    case 'ImpossibleSchemaVersion':
      return {
        id: 'Versi peristiwa ini bukan versi yang pernah ada: peristiwanya diubah, atau ditulis oleh program lain. Periksa rantai hash.',
        en: 'This event bears a version that never was: it was altered, or another program wrote it. Check the hash chain.',
      };
    case 'UnknownEvent':
    case 'NewerSchemaVersion':
      return {
        id: 'Peristiwa ini ditulis oleh program yang lebih baru. Perbarui program ini.',
        en: 'This event was written by a newer program. Upgrade this one.',
      };
    default:
      return undefined;
  }
}

/** An event just appended, in the clear. Only the last one's position is known, so none is given. */
export type AppendedEvent = Omit<RecordedEvent, 'position'>;

export interface LogAppended extends Appended {
  /** Where the stream stands now: good for the next append. */
  readonly head: StreamHead;
  readonly events: readonly AppendedEvent[];
}

export const emptyStreamHead: StreamHead = { revision: -1 };

const mostBuffered = 2000;

/**
 * The store as the program uses it: events go in and come out with personal data in the clear; in between they are sealed and chained.
 * `now` is the time port.
 */
export class EventLog {
  constructor(
    readonly store: EventStore,
    private readonly codec: PersonalDataCodec,
    private readonly now: () => InstantAt,
    private readonly upcast: Upcast = upcastToNewest,
  ) {}

  /**
   * A whole stream, opened, and where it stands.
   * @throws StoreUnavailable, UnreadableStream
   */
  async read(stream: Id): Promise<{ readonly events: readonly RecordedEvent[]; readonly head: StreamHead }> {
    const events = readable(await this.readOpened(stream));
    return { events, head: headAfter(events.at(-1)) };
  }

  /**
   * A whole stream with every personal part left out, and no key looked up: for who decides by codes, instants and officials alone.
   * @throws StoreUnavailable, UnreadableStream
   */
  async readImpersonal(stream: Id): Promise<readonly RecordedEvent[]> {
    const stored = await this.store.read(stream);
    return readable(stored.map((event) => this.lift(event, sealedPartsOf(event) === undefined ? undefined : [])));
  }

  /** A whole stream, for readers that can go around an event that cannot be opened. Nobody may decide by it. @throws StoreUnavailable */
  async readOpened(stream: Id): Promise<readonly OpenedEvent[]> {
    return this.open(await this.store.read(stream));
  }

  /**
   * Appends to a stream that stands exactly at `head`. `recordedAt` is now, raised to the head's.
   * @throws WrongExpectedRevision when it stands elsewhere.
   * @throws StoreUnavailable when the outcome is unknown, or when the keys cannot be reached (then nothing was written).
   * @throws FreeTextOutsidePersonal, UnstorableEvent
   */
  async append(stream: Id, head: StreamHead, events: readonly NewEvent[]): Promise<LogAppended> {
    const now = this.now();
    const recordedAt = head.recordedAt !== undefined && head.recordedAt > now ? head.recordedAt : now;
    const stored: StoredEvent[] = [];
    const clear: AppendedEvent[] = [];
    let { revision, hash } = head;
    for (const event of events) {
      revision += 1;
      const { id, type } = event;
      const schemaVersion = newestVersionOf(type);
      const data = await this.sealData(stream, revision, event);
      const unhashed: Omit<EventMetadata, 'hash'> = { ...event.metadata, recordedAt };
      hash = chainHash(hash, { stream, revision, id, type, schemaVersion, data, metadata: unhashed });
      const metadata = { ...unhashed, hash };
      stored.push({ id, type, schemaVersion, data, metadata });
      clear.push({ id, type, schemaVersion, data: event.data, metadata, stream, revision });
    }
    const appended = await this.store.append(stream, head.revision === -1 ? 'no-stream' : head.revision, stored);
    return {
      ...appended,
      events: clear,
      head: { revision: appended.revision, recordedAt, ...(hash === undefined ? {} : { hash }) },
    };
  }

  /** As the store's, opened: one look-up of keys per batch. An event that cannot be opened says so itself. */
  async *readAll(
    after: Position,
    options: { readonly batchSize?: number; readonly filter?: SubscriptionFilter } = {},
  ): AsyncGenerator<readonly OpenedEvent[]> {
    for await (const batch of this.store.readAll(after, options)) yield await this.open(batch);
  }

  /**
   * As the store's, opened: one look-up of keys for all that is waiting. An event that cannot be opened says so itself. Events that `only`
   * leaves out are neither opened nor given, and are passed all the same: a store may say late where it has got to past what its own filter leaves out.
   */
  async *subscribe(
    after: Position,
    options: {
      readonly filter?: SubscriptionFilter;
      readonly only?: (event: RecordedEvent) => boolean;
      readonly signal?: AbortSignal;
    } = {},
  ): AsyncGenerator<SubscriptionMessage<OpenedEvent>> {
    const left = new AbortController();
    const signal = options.signal === undefined ? left.signal : AbortSignal.any([options.signal, left.signal]);
    const intake = new Intake(this.store.subscribe(after, { ...options, signal }));
    try {
      for (;;) {
        const taken = await intake.take();
        if (taken === undefined) return;
        const { only } = options;
        const messages = only === undefined ? taken : taken.filter((m) => m.kind !== 'event' || only(m.event));
        const opened = (await this.open(messages.flatMap((m) => (m.kind === 'event' ? [m.event] : [])))).values();
        for (const message of messages) {
          if (signal.aborted) return;
          if (message.kind !== 'event') yield message;
          else {
            const event = opened.next().value;
            if (event !== undefined) yield { kind: 'event', event };
          }
        }
      }
    } finally {
      left.abort();
      await intake.stop();
    }
  }

  head(): Promise<Position> {
    return this.store.head();
  }

  /** The codec's keyed fingerprint of a text. */
  fingerprint(text: string): string {
    return this.codec.fingerprint(text);
  }

  private async sealData(stream: Id, revision: number, { type, data }: NewEvent): Promise<object> {
    refuseFreeText(stream, type, data);
    if (data.personal === undefined) return data;
    // Once sealed, the store could no longer see what it must refuse.
    storableJson(data.personal, `Event ${type} of ${stream}`);
    return { ...data, personal: await this.codec.seal(stream, revision, data.personal) };
  }

  private async open(stored: readonly RecordedEvent[]): Promise<readonly OpenedEvent[]> {
    const sealed = stored.flatMap((event) => {
      const parts = sealedPartsOf(event);
      return parts === undefined ? [] : [{ stream: event.stream, revision: event.revision, parts }];
    });
    const opened = (sealed.length === 0 ? [] : await this.codec.open(sealed)).values();
    return stored.map((event): OpenedEvent => {
      const personal = sealedPartsOf(event) === undefined ? undefined : (opened.next().value ?? []);
      return personal instanceof Error ? { ...event, unreadable: personal } : this.lift(event, personal);
    });
  }

  /** With these personal parts, in the newest version. */
  private lift(event: RecordedEvent, personal: readonly PersonalPart[] | undefined): OpenedEvent {
    try {
      const data = personal === undefined ? event.data : { ...event.data, personal };
      const newest = this.upcast(event.type, event.schemaVersion, data);
      return newest === event.data ? event : { ...event, data: newest };
    } catch (error) {
      return { ...event, unreadable: error instanceof Error ? error : new Error(String(error)) };
    }
  }
}

/** @throws UnreadableStream when one of them cannot be opened. */
function readable(events: readonly OpenedEvent[]): readonly RecordedEvent[] {
  for (const event of events) if (event.unreadable !== undefined) throw new UnreadableStream(event, event.unreadable);
  return events;
}

/** Reads ahead of its taker, so that what waits can be opened together; stops reading when 2000 messages wait. */
class Intake {
  private readonly ended: Promise<void>;
  private stopped = false;
  private waiting: SubscriptionMessage[] = [];
  private fault: { readonly error: unknown } | undefined;
  private done = false;
  private onArrival = () => {};
  private onTaken = () => {};

  constructor(source: AsyncIterable<SubscriptionMessage>) {
    this.ended = this.fill(source);
  }

  /** What waits, at least one message; undefined when the source has ended. @throws what the source threw, after all before it was taken. */
  async take(): Promise<readonly SubscriptionMessage[] | undefined> {
    while (this.waiting.length === 0) {
      if (this.fault !== undefined) throw this.fault.error;
      if (this.done) return undefined;
      await new Promise<void>((resolve) => {
        this.onArrival = resolve;
      });
    }
    const taken = this.waiting;
    this.waiting = [];
    this.onTaken();
    return taken;
  }

  /** Lets a source that is being aborted come to its end, full or not. */
  stop(): Promise<void> {
    this.stopped = true;
    this.onTaken();
    return this.ended;
  }

  private async fill(source: AsyncIterable<SubscriptionMessage>): Promise<void> {
    try {
      for await (const message of source) {
        this.waiting.push(message);
        this.onArrival();
        if (this.stopped) break;
        while (this.waiting.length >= mostBuffered && !this.stopped) {
          await new Promise<void>((resolve) => {
            this.onTaken = resolve;
          });
        }
      }
    } catch (error) {
      this.fault = { error };
    }
    this.done = true;
    this.onArrival();
  }
}

function headAfter(last: RecordedEvent | undefined): StreamHead {
  if (last === undefined) return emptyStreamHead;
  return { revision: last.revision, hash: last.metadata.hash, recordedAt: last.metadata.recordedAt };
}

function sealedPartsOf({ data }: RecordedEvent): readonly SealedPart[] | undefined {
  const { personal } = data as { readonly personal?: readonly SealedPart[] };
  return personal !== undefined && personal.length > 0 ? personal : undefined;
}
