/**
 * The event store on PostgreSQL. Appends of one process are gathered into calls of one function (`postgres-schema.ts`), two calls in
 * flight at a time, never two of one stream; positions become visible in order, so readers follow them by keyset. NOTIFY after commit wakes subscribers, polling
 * is the safety net.
 */
import pg from 'pg';
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
import { comparePositions, StoreUnavailable, WrongExpectedRevision } from './port.js';
import { checkedSchemaName } from './postgres-schema.js';
import { type EventTexts, storableTexts } from './storable.js';
import { type Followed, follow, type Page, Waker } from './subscription.js';
import { gathered } from './together.js';

const maxCommandsPerBatch = 256;
/** While PostgreSQL writes one batch, the process gathers and sends the next, which waits there for the head of the log. */
const batchesInFlight = 2;
const worthHalving = 8;
/** Others are told of news no more often than this. */
const notifyEveryMs = 5;
const maxEventsPerBatch = 4096;
/** Half of those who usually decide side by side: PostgreSQL reads for some while the process decides for others. */
const maxStreamsPerRead = 64;
const pageSize = 2000;
/** What subscribers share is kept for those who come a little later: all of a busy second, some megabytes. */
const mostSharedEvents = 4 * pageSize;
const mostSharedPages = 64;
/** A filtered page looks at no more than this many positions, so that a rare prefix cannot make one statement run for minutes. */
const filteredWindow = 100_000;
/** No append and no read of a page is answered later than this. */
const answerWithinMs = 9_000;

interface Command {
  readonly stream: string;
  readonly expected: ExpectedRevision;
  readonly events: readonly StoredEvent[];
  readonly texts: readonly EventTexts[];
  readonly enqueuedAt: number;
  readonly resolve: (appended: Appended) => void;
  readonly reject: (error: unknown) => void;
}

/** A page that any subscriber may be given, and the head of the log when it was asked for. */
interface SharedPage {
  readonly page: Promise<Page>;
  readonly head: Position;
  /** How many are in it, once it came. */
  events: number;
}

interface StreamPart {
  readonly stream: string;
  readonly fromRevision: number;
}

/** Head, data, metadata, as `columns` selects them. */
type EventRow = [string, string, string];
/** command (from 1), accepted, current_revision, last_position */
type OutcomeRow = [number, boolean, number, string | null];

export interface PostgresStoreOptions {
  /** Where `migratePostgresStore` put the tables; `log` unless told. */
  readonly schema?: string;
  /** How often a subscription looks for news that nobody told it of, in milliseconds. */
  readonly pollMs?: number;
  /** Whether to hold one connection of its own for NOTIFY while anything subscribes. */
  readonly listen?: boolean;
}

/**
 * Events in `<schema>.events`. The pool stays the caller's: `close` does not end it. Give it a `connectionTimeoutMillis`.
 * Every method throws StoreUnavailable, after 10 s at the latest, when the server does not answer.
 */
export class PostgresStore implements EventStore {
  private readonly schema: string;
  private readonly pollMs: number;
  private readonly queue: Command[] = [];
  private readonly waker = new Waker();
  private readonly listener: Listener | undefined;
  private readonly streamsInFlight = new Set<string>();
  private readonly inFlight = new Set<Promise<void>>();
  private gathering = false;
  private notifyTimer: NodeJS.Timeout | undefined;
  private closed = false;
  private readonly onIdleError = () => {};
  /** The newest pages that subscribers were given, by what they asked for. */
  private readonly shared = new Map<string, SharedPage>();
  private readonly headGathered = gathered(1000, async (asked: readonly undefined[]) => {
    const head = await this.head();
    return asked.map(() => head);
  });
  private readonly readGathered = gathered(maxStreamsPerRead, (asked: readonly StreamPart[]) => this.readAtOnce(asked));

  constructor(
    private readonly pool: pg.Pool,
    { schema = 'log', pollMs = 500, listen = true }: PostgresStoreOptions = {},
  ) {
    this.schema = checkedSchemaName(schema);
    this.pollMs = pollMs;
    this.listener = listen ? new Listener(pool, this.channel, () => this.waker.wake()) : undefined;
    // An idle connection that breaks must not end the process: the pool has dropped it, the next query opens another.
    pool.on('error', this.onIdleError);
  }

  async append(stream: string, expected: ExpectedRevision, events: readonly StoredEvent[]): Promise<Appended> {
    this.refuseWhenClosed();
    const texts = storableTexts(stream, expected, events);
    return new Promise((resolve, reject) => {
      this.queue.push({ stream, expected, events, texts, enqueuedAt: Date.now(), resolve, reject });
      this.gather();
    });
  }

  async read(stream: string, fromRevision = 0): Promise<readonly RecordedEvent[]> {
    this.refuseWhenClosed();
    return this.readGathered({ stream, fromRevision });
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
    this.listener?.start();
    const followed: Followed = {
      pages: (from) => this.sharedPages(from, options.filter),
      waker: this.waker,
      pollMs: this.pollMs,
      isClosed: () => this.closed,
    };
    return follow(followed, after, options.signal);
  }

  async head(): Promise<Position> {
    this.refuseWhenClosed();
    const [row] = await this.select<[string]>('tegas-head', `SELECT position FROM ${this.schema}.log_head`, []);
    if (row === undefined) throw new Error(`${this.schema}.log_head has lost its row`);
    return row[0];
  }

  async identity(): Promise<string> {
    this.refuseWhenClosed();
    const [row] = await this.select<[string]>('tegas-identity', `SELECT store_id FROM ${this.schema}.log_head`, []);
    if (row === undefined) throw new Error(`${this.schema}.log_head has lost its row`);
    return row[0];
  }

  /** Waits for the appends under way, ends subscriptions and the listening connection; leaves the pool open. */
  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    this.waker.wake();
    while (this.inFlight.size > 0 || this.gathering) await (this.inFlight.values().next().value ?? nextTurn());
    clearTimeout(this.notifyTimer);
    await this.listener?.stop();
  }

  /** The streams that were asked for in one turn, by one statement: a statement costs the process more than a stream. */
  private async readAtOnce(asked: readonly StreamPart[]): Promise<readonly (readonly RecordedEvent[])[]> {
    const [first] = asked;
    if (first === undefined) return [];
    if (asked.length === 1) {
      const rows = await this.selectEvents(
        'tegas-read-stream',
        `SELECT ${columns} FROM ${this.schema}.events WHERE stream_id = $1 AND revision >= $2 ORDER BY revision`,
        [first.stream, first.fromRevision],
      );
      return [recorded(rows)];
    }
    const streams = [...new Set(asked.map(({ stream }) => stream))];
    // The inner ORDER BY keeps the planner to one look into the index for each stream.
    const rows = await this.selectEvents(
      'tegas-read-streams',
      `SELECT ${columns} FROM unnest($1::text[]) WITH ORDINALITY AS asked(stream, place)
         CROSS JOIN LATERAL (SELECT * FROM ${this.schema}.events WHERE stream_id = asked.stream ORDER BY revision) AS one
         ORDER BY place, revision`,
      [streams],
    );
    const byStream = new Map<string, RecordedEvent[]>(streams.map((stream) => [stream, []]));
    for (const event of recorded(rows)) byStream.get(event.stream)?.push(event);
    return asked.map(({ stream, fromRevision }) =>
      (byStream.get(stream) ?? []).filter(({ revision }) => revision >= fromRevision),
    );
  }

  /** Sends what waits, one turn of the event loop from now, so that writers woken by the same answer share a batch. */
  private gather(): void {
    if (this.gathering || this.inFlight.size >= batchesInFlight) return;
    this.gathering = true;
    setImmediate(() => {
      this.gathering = false;
      // Half of what waits while nothing is under way: the other half follows at once, and from then on one half is written while the
      // writers of the other prepare. All at once, PostgreSQL and the process would wait for each other for ever.
      const most =
        this.inFlight.size === 0 && this.queue.length >= worthHalving ? Math.ceil(this.queue.length / 2) : this.queue.length;
      const batch = takeBatch(this.queue, Math.min(most, maxCommandsPerBatch), this.streamsInFlight);
      if (batch.length === 0) return;
      for (const { stream } of batch) this.streamsInFlight.add(stream);
      const sent = this.send(batch).finally(() => {
        for (const { stream } of batch) this.streamsInFlight.delete(stream);
        this.inFlight.delete(sent);
        if (this.queue.length > 0) this.gather();
      });
      this.inFlight.add(sent);
      if (this.queue.length > 0) this.gather();
    });
  }

  private async send(batch: readonly Command[]): Promise<void> {
    try {
      await this.appendBatch(batch);
    } catch (error) {
      if (error instanceof StoreUnavailable) {
        // Those still waiting would only wait as long again; nothing of theirs was written.
        for (const command of [...batch, ...this.queue.splice(0)]) command.reject(error);
      } else if (batch.length === 1) {
        batch[0]?.reject(error);
      } else {
        await this.appendSingly(batch);
      }
    }
  }

  /** A command that PostgreSQL refuses must not fail its neighbours. */
  private async appendSingly(batch: readonly Command[]): Promise<void> {
    let away: StoreUnavailable | undefined;
    for (const command of batch) {
      try {
        // Once the server is away, the others would each wait for it in turn.
        if (away !== undefined) throw away;
        await this.appendBatch([command]);
      } catch (error) {
        if (error instanceof StoreUnavailable) away = error;
        command.reject(error);
      }
    }
  }

  private async appendBatch(batch: readonly Command[]): Promise<void> {
    const eventCommands: number[] = [];
    const ids: string[] = [];
    const types: string[] = [];
    const versions: number[] = [];
    const datas: string[] = [];
    const metas: string[] = [];
    const hashes: string[] = [];
    batch.forEach((command, index) => {
      command.events.forEach((event, at) => {
        eventCommands.push(index + 1);
        ids.push(event.id);
        types.push(event.type);
        versions.push(event.schemaVersion);
        datas.push(command.texts[at]?.data ?? '');
        metas.push(command.texts[at]?.metadata ?? '');
        hashes.push(event.metadata.hash);
      });
    });
    const oldest = Math.min(...batch.map((command) => command.enqueuedAt));
    const rows = await this.select<OutcomeRow>(
      'tegas-append',
      `SELECT command, accepted, current_revision, last_position FROM ${this.schema}.append_batch(
         $1, $2, $3, $4, $5, $6, string_to_array($7, E'\\x1e')::json[], string_to_array($8, E'\\x1e')::json[], $9)`,
      [
        batch.map((command) => command.stream),
        plainArray(batch.map((command) => expectedNumber(command.expected))),
        plainArray(eventCommands),
        plainArray(ids),
        types,
        plainArray(versions),
        datas.join(separator),
        metas.join(separator),
        plainArray(hashes),
      ],
      { withinMs: Math.max(500, answerWithinMs - (Date.now() - oldest)) },
    );
    let accepted = false;
    for (const [number, wasAccepted, currentRevision, lastPosition] of rows) {
      const command = batch[number - 1];
      if (command === undefined) continue;
      if (wasAccepted && lastPosition !== null) {
        accepted = true;
        command.resolve({ revision: currentRevision, position: lastPosition });
      } else {
        command.reject(new WrongExpectedRevision(command.stream, command.expected, currentRevision));
      }
    }
    if (accepted) {
      this.waker.wake();
      this.notifyOthers();
    }
  }

  /** Tells other processes, outside the append's transaction and not at every batch; a lost one is made good by polling. */
  private notifyOthers(): void {
    this.notifyTimer ??= setTimeout(() => {
      this.notifyTimer = undefined;
      this.pool.query(`NOTIFY ${this.channel}`).catch(() => {});
    }, notifyEveryMs);
  }

  private get channel(): string {
    return `tegas_${this.schema}_appended`;
  }

  /** Pages up to the head as it stands now; the next page is fetched while this one is worked on. */
  private async *pages(after: Position, filter?: SubscriptionFilter, batchSize = pageSize): AsyncGenerator<Page> {
    const head = await this.head();
    if (comparePositions(after, head) >= 0) return;
    let next: Promise<Page> | undefined = this.page(after, head, filter, batchSize);
    while (next !== undefined) {
      const page: Page = await next;
      next = comparePositions(page.upTo, head) < 0 ? this.page(page.upTo, head, filter, batchSize) : undefined;
      // The reader may leave before it asks for the page that was fetched ahead.
      next?.catch(() => {});
      yield page;
    }
  }

  /**
   * As `pages`, for subscribers: a dozen read models follow one log in one process, and whoever comes first to a place has its page read for
   * all. A page once read never changes: what is appended later stands behind it.
   */
  private async *sharedPages(after: Position, filter?: SubscriptionFilter): AsyncGenerator<Page> {
    const of = JSON.stringify(filter ?? null);
    for (let from = after; ; ) {
      const known = this.shared.get(`${of} ${from}`) ?? this.share(of, from, await this.headGathered(undefined), filter);
      if (known === undefined) return;
      const page = await known.page;
      // The next is fetched while this one is worked on.
      if (page.events.length > 0) this.share(of, page.upTo, known.head, filter);
      yield page;
      from = page.upTo;
    }
  }

  /** The page after a position, read now unless it was; undefined at the head. */
  private share(of: string, after: Position, head: Position, filter: SubscriptionFilter | undefined): SharedPage | undefined {
    const key = `${of} ${after}`;
    const known = this.shared.get(key);
    if (known !== undefined || comparePositions(after, head) >= 0) return known;
    const shared: SharedPage = { page: this.page(after, head, filter, pageSize), head, events: 0 };
    this.shared.set(key, shared);
    shared.page.then(
      ({ events }) => {
        if (this.shared.get(key) !== shared) return;
        shared.events = events.length;
        this.keepNewest();
      },
      () => this.shared.delete(key), // whoever asks again, asks anew
    );
    return shared;
  }

  private keepNewest(): void {
    let events = 0;
    for (const [key, page] of [...this.shared].reverse()) {
      events += page.events;
      if (events > mostSharedEvents) this.shared.delete(key);
    }
    for (const key of this.shared.keys()) {
      if (this.shared.size <= mostSharedPages) break;
      this.shared.delete(key);
    }
  }

  private async page(after: Position, head: Position, filter: SubscriptionFilter | undefined, limit: number): Promise<Page> {
    const prefixes = filter?.streamPrefixes;
    const end = prefixes === undefined ? head : earlier(head, String(BigInt(after) + BigInt(filteredWindow)));
    const where = prefixes === undefined ? '' : 'AND stream_id LIKE ANY ($4)';
    const bare = filter?.withoutData === true;
    const rows = await this.selectEvents(
      `tegas-page${prefixes === undefined ? '' : '-filtered'}${bare ? '-bare' : ''}`,
      `SELECT ${bare ? bareColumns : columns} FROM ${this.schema}.events WHERE position > $1 AND position <= $2 ${where} ORDER BY position LIMIT $3`,
      [after, end, limit, ...(prefixes === undefined ? [] : [prefixes.map(likePrefix)])],
    );
    const events = recorded(rows);
    return { events, upTo: events.length < limit ? end : (events.at(-1)?.position ?? end) };
  }

  private selectEvents(name: string, text: string, values: unknown[]): Promise<EventRow[]> {
    return this.select<EventRow>(name, text, values, { types: asText });
  }

  /** One statement, answered within `withinMs`. @throws StoreUnavailable when the server is away, busy, stopping, full or read-only. */
  private async select<Row extends unknown[]>(
    name: string,
    text: string,
    values: unknown[],
    { withinMs = answerWithinMs, types }: { readonly withinMs?: number; readonly types?: pg.CustomTypesConfig } = {},
  ): Promise<Row[]> {
    // query_timeout is read by pg from the statement too, though its types only know it for a connection.
    const statement: pg.QueryArrayConfig & { readonly query_timeout: number } = {
      name: `${name}-${this.schema}`,
      text,
      values,
      rowMode: 'array',
      query_timeout: withinMs,
      ...(types === undefined ? {} : { types }),
    };
    let timer: NodeJS.Timeout | undefined;
    // A pool without connectionTimeoutMillis may wait for a connection for ever.
    const deadline = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error('No connection in time')), withinMs + 200);
    });
    try {
      const answer = this.pool.query<Row>(statement);
      answer.catch(() => {});
      return (await Promise.race([answer, deadline])).rows;
    } catch (error) {
      throw isRefusal(error) ? error : new StoreUnavailable(`PostgreSQL: ${reasonOf(error)}`, { cause: error });
    } finally {
      clearTimeout(timer);
    }
  }

  private refuseWhenClosed(): void {
    if (this.closed) throw new StoreUnavailable('The event store is closed');
  }
}

/** Holds the connection that listens, and takes another when it breaks. */
class Listener {
  private client: pg.Client | undefined;
  private timer: NodeJS.Timeout | undefined;
  private stopped = false;
  private started = false;
  private failures = 0;

  constructor(
    private readonly pool: pg.Pool,
    private readonly channel: string,
    private readonly onNews: () => void,
  ) {}

  start(): void {
    if (this.started) return;
    this.started = true;
    void this.connect();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    const client = this.client;
    this.client = undefined;
    await client?.end().catch(() => {});
  }

  private async connect(): Promise<void> {
    const client = new pg.Client(this.pool.options);
    this.client = client;
    client.on('error', () => this.reconnect(client));
    client.on('end', () => this.reconnect(client));
    client.on('notification', this.onNews);
    try {
      await client.connect();
      await client.query(`LISTEN ${this.channel}`);
      this.failures = 0;
      // What was appended while nobody listened.
      this.onNews();
    } catch {
      this.reconnect(client);
    }
  }

  private reconnect(broken: pg.Client): void {
    if (this.stopped || this.client !== broken) return;
    this.client = undefined;
    broken.end().catch(() => {});
    this.failures += 1;
    this.timer = setTimeout(() => void this.connect(), Math.min(5_000, 100 * 2 ** this.failures));
    this.timer.unref();
  }
}

/** Between the parts of an event's head; the stream comes last, whatever its name. */
const partSeparator = '\u001f';
/** Three texts an event, its JSON unparsed: the driver's work is by the column. */
const columns = `concat_ws(E'\\x1f', position, revision, event_id, type, schema_version, stream_id), data, metadata`;
const bareColumns = columns.replace(', data,', `, '{}',`);
const asText: pg.CustomTypesConfig = { getTypeParser: () => (text: string) => text };

/** All JSON of a page in one parse: half the time of two an event. */
function recorded(rows: readonly EventRow[]): readonly RecordedEvent[] {
  let json = '[';
  for (const [, data, metadata] of rows) json += `${json.length === 1 ? '' : ','}${data},${metadata}`;
  const documents: readonly (object | RecordedEvent['metadata'])[] = JSON.parse(`${json}]`);
  return rows.map(([head], at) => {
    const [position = '', revision = '', id = '', type = '', schemaVersion = '', ...stream] = head.split(partSeparator);
    const data = documents[2 * at] ?? {};
    const metadata = documents[2 * at + 1] as RecordedEvent['metadata'];
    return {
      id,
      type,
      schemaVersion: Number(schemaVersion),
      data,
      metadata,
      stream: stream.join(partSeparator),
      revision: Number(revision),
      position,
    };
  });
}

/** The oldest commands, at most one per stream and none of a stream that is under way; the others keep their order. */
function takeBatch(queue: Command[], most: number, underWay: ReadonlySet<string>): readonly Command[] {
  const batch: Command[] = [];
  const kept: Command[] = [];
  const streams = new Set<string>();
  let events = 0;
  let taken = 0;
  for (const command of queue) {
    if (batch.length >= most || (batch.length > 0 && events + command.events.length > maxEventsPerBatch)) break;
    taken += 1;
    if (underWay.has(command.stream) || streams.has(command.stream)) {
      // Whatever follows on this stream keeps its place behind this one.
      streams.add(command.stream);
      kept.push(command);
      continue;
    }
    streams.add(command.stream);
    events += command.events.length;
    batch.push(command);
  }
  queue.splice(0, taken, ...kept);
  return batch;
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Between JSON texts, which never hold a raw control character: as an array every quotation mark would be escaped, and read again. */
const separator = '\u001e';

/** An array of numbers, UUIDs or hexadecimal digits as PostgreSQL writes it: nothing in it needs escaping. */
function plainArray(values: readonly (number | string)[]): string {
  return `{${values.join(',')}}`;
}

function expectedNumber(expected: ExpectedRevision): number {
  return expected === 'any' ? -2 : expected === 'no-stream' ? -1 : expected;
}

function earlier(a: Position, b: Position): Position {
  return comparePositions(a, b) < 0 ? a : b;
}

function likePrefix(prefix: string): string {
  return `${prefix.replace(/[\\%_]/g, '\\$&')}%`;
}

/** Classes of SQLSTATE that speak of the server's state, not of the statement: connection, rollback, resources, intervention, system. */
const unavailableClasses = new Set(['08', '25', '40', '53', '57', '58', 'XX']);
const lockNotAvailable = '55P03';

/** Whether PostgreSQL refused the statement itself, so that trying again would be refused again. */
function isRefusal(error: unknown): boolean {
  if (!(error instanceof pg.DatabaseError) || error.code === undefined) return false;
  return error.code !== lockNotAvailable && !unavailableClasses.has(error.code.slice(0, 2));
}

function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join(', ');
  return error instanceof Error ? error.message : String(error);
}
