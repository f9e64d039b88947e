import { randomUUID } from 'node:crypto';
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
import { StoreUnavailable, WrongExpectedRevision } from './port.js';
import { type EventTexts, storableTexts } from './storable.js';
import { type Followed, follow, type Page, Waker } from './subscription.js';

interface Entry {
  readonly stream: string;
  readonly revision: number;
  readonly position: number;
  readonly event: Pick<StoredEvent, 'id' | 'type' | 'schemaVersion'>;
  readonly texts: EventTexts;
}

/** An event store for specs: it keeps the JSON text, so nothing read from it is shared with the writer. */
export class InMemoryStore implements EventStore {
  private readonly id = randomUUID();
  private readonly log: Entry[] = [];
  private readonly streams = new Map<string, Entry[]>();
  private readonly waker = new Waker();
  private readonly positionStep: number;
  private closed = false;

  /** `positionStep`: distance between positions; above 1 it catches readers that assume density. */
  constructor({ positionStep = 1 }: { readonly positionStep?: number } = {}) {
    this.positionStep = positionStep;
  }

  async append(stream: string, expected: ExpectedRevision, events: readonly StoredEvent[]): Promise<Appended> {
    this.refuseWhenClosed();
    const texts = storableTexts(stream, expected, events);
    const entries = this.streams.get(stream) ?? [];
    const actual = entries.length - 1;
    if (expected !== 'any' && actual !== (expected === 'no-stream' ? -1 : expected)) {
      throw new WrongExpectedRevision(stream, expected, actual);
    }
    this.streams.set(stream, entries);
    events.forEach(({ id, type, schemaVersion }, index) => {
      const own = texts[index];
      if (own === undefined) return;
      const position = (this.log.length + 1) * this.positionStep;
      const entry = { stream, revision: entries.length, position, event: { id, type, schemaVersion }, texts: own };
      entries.push(entry);
      this.log.push(entry);
    });
    this.waker.wake();
    return { revision: entries.length - 1, position: await this.head() };
  }

  async read(stream: string, fromRevision = 0): Promise<readonly RecordedEvent[]> {
    this.refuseWhenClosed();
    return (this.streams.get(stream) ?? []).slice(Math.max(0, fromRevision)).map(recorded);
  }

  async *readAll(
    after: Position,
    options: { readonly batchSize?: number; readonly filter?: SubscriptionFilter } = {},
  ): AsyncGenerator<readonly RecordedEvent[]> {
    for await (const page of this.pages(after, options.filter, options.batchSize)) {
      if (page.events.length > 0) yield page.events;
    }
  }

  subscribe(
    after: Position,
    options: { readonly filter?: SubscriptionFilter; readonly signal?: AbortSignal } = {},
  ): AsyncGenerator<SubscriptionMessage> {
    const followed: Followed = {
      pages: (from) => this.pages(from, options.filter),
      waker: this.waker,
      pollMs: undefined,
      isClosed: () => this.closed,
    };
    return follow(followed, after, options.signal);
  }

  async identity(): Promise<string> {
    return this.id;
  }

  async head(): Promise<Position> {
    this.refuseWhenClosed();
    return String(this.log.length * this.positionStep);
  }

  async close(): Promise<void> {
    this.closed = true;
    this.waker.wake();
  }

  private async *pages(after: Position, filter?: SubscriptionFilter, batchSize = 2000): AsyncGenerator<Page> {
    const head = this.log.length;
    let next = Math.floor(Number(after) / this.positionStep);
    while (next < head) {
      const events: RecordedEvent[] = [];
      for (; next < head && events.length < batchSize; next += 1) {
        const entry = this.log[next];
        if (entry !== undefined && matches(entry.stream, filter)) events.push(recorded(entry));
      }
      yield { events, upTo: String(next * this.positionStep) };
    }
  }

  private refuseWhenClosed(): void {
    if (this.closed) throw new StoreUnavailable('The event store is closed');
  }
}

function recorded({ stream, revision, position, event, texts }: Entry): RecordedEvent {
  return {
    ...event,
    data: JSON.parse(texts.data),
    metadata: JSON.parse(texts.metadata),
    stream,
    revision,
    position: String(position),
  };
}

function matches(stream: string, filter: SubscriptionFilter | undefined): boolean {
  const prefixes = filter?.streamPrefixes;
  return prefixes === undefined || prefixes.some((prefix) => stream.startsWith(prefix));
}
