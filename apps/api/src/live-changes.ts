/**
 * Tells open screens that something changed, as it is appended: one subscription to the log for the whole process, however many listen. A message
 * says which case and up to which revision, never what: whoever hears it asks for the case as for any other, under the same rules.
 */
import { Readable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { type CaseReaders, mayRead, refuseRole } from '#domain/case/permit.js';
import type { Code, Id } from '#domain/event.js';
import type { Actor } from '#domain/office/official.js';
import { comparePositions, type Position, type RecordedEvent } from '#event-store/port.js';
import { Waker } from '#event-store/subscription.js';
import { waitForPosition } from '#read-models/projection.js';
import { findReferralOffices } from '#read-models/referral.js';
import { findCaseReaders } from '#read-models/worklist.js';
import type { Tegas } from './tegas.js';

/** What changed: the case itself, its clocks, what is held of it, who opened it for a reason; or a referral, which is no case yet. */
const TOPICS = ['case', 'clocks', 'held', 'glass', 'referral'] as const;
type Topic = (typeof TOPICS)[number];

interface Change {
  readonly topic: Topic;
  /** Of the case, or of the referral. */
  readonly id: Id;
  /** Of the stream of that topic. */
  readonly revision: number;
  readonly position: Position;
}

/** With whom it is told to: what `mayRead` asks of a case. */
type Told = Change & CaseReaders;

/** Lists that show what changed; a message waits a moment until they do. */
const LISTS = ['worklist', 'clock_board', 'notification', 'referral'];
const WAIT_FOR_LISTS_MS = 2_000;
/** Between two rounds of messages: in a flood, what changes again meanwhile is told once. */
const REST_MS = 200;
/** So many changes are kept for who comes back, and so many may wait for one who reads slowly or for a round; beyond that "look at everything again" says it all. */
const MOST_KEPT = 2_000;
const MOST_WAITING = 200;
/** Screens of one official at once, a browser with all its tabs counting as one; and of everyone in this process. */
const MOST_OF_ONE = 8;
const MOST_IN_ALL = 2_000;
/** Who has not taken so many signs of life in a row is gone, whatever the connection says. */
const MOST_UNTAKEN_BEATS = 3;
/** After a fault of the store. */
const AGAIN_MS = 1_000;

export class LiveChanges {
  readonly #listeners = new Set<Listener>();
  readonly #ending = new AbortController();
  readonly #waker = new Waker();
  /** What waits to be told, by its stream, the newest last. */
  #waiting = new Map<string, Change>();
  #flooded = false;
  /** Ascending; everything after `#keptAfter` is here. */
  #kept: Told[] = [];
  #keptAfter: Position;
  #read: Position;
  #told: Position;
  readonly #running: Promise<unknown>;

  private constructor(
    private readonly tegas: Tegas,
    head: Position,
  ) {
    this.#keptAfter = head;
    this.#read = head;
    this.#told = head;
    this.#running = Promise.all([this.#follow(), this.#tell()]);
  }

  static async start(tegas: Tegas): Promise<LiveChanges> {
    return new LiveChanges(tegas, await tegas.log.head());
  }

  /** Up to here everything was told: from here on a screen that opens now listens. */
  get position(): Position {
    return this.#told;
  }

  /** Is there room for one more screen of this official? */
  hasRoomFor(official: Id): boolean {
    const own = [...this.#listeners].filter((listener) => listener.official === official).length;
    return own < MOST_OF_ONE && this.#listeners.size < MOST_IN_ALL;
  }

  /**
   * What may be read by this official and changes from now on, as server-sent events; with `after`, from that position on, or, where that is too
   * long ago, first `reset`. Ends when `stillIn`, asked at each beat, no longer answers true.
   */
  listen(official: Id, after: Position | undefined, beatMs: number, stillIn: () => Promise<boolean>): Readable {
    const listener = new Listener(official, this.#told, beatMs, stillIn);
    this.#listeners.add(listener);
    listener.once('close', () => this.#listeners.delete(listener));
    if (after !== undefined && comparePositions(after, this.#keptAfter) < 0) listener.reset(this.#told);
    else if (after !== undefined)
      this.#tellTo(
        listener,
        this.#kept.filter(({ position }) => comparePositions(position, after) > 0),
      );
    return listener;
  }

  /** Ends every stream, so that nothing keeps the process. */
  async close(): Promise<void> {
    this.#ending.abort();
    for (const listener of this.#listeners) listener.end();
    await this.#running;
  }

  async #follow(): Promise<void> {
    const { signal } = this.#ending;
    const filter = { streamPrefixes: TOPICS.map((topic) => `${topic}-`) };
    while (!signal.aborted) {
      try {
        for await (const message of this.tegas.log.store.subscribe(this.#read, { filter, signal })) {
          if (message.kind === 'event') this.#note(message.event);
          this.#read = message.kind === 'event' ? message.event.position : message.position;
        }
      } catch (error) {
        console.error(`api: live changes: ${error instanceof Error ? error.name : 'fault'}; looking again`);
        await pause(AGAIN_MS, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  #note({ stream, revision, position }: RecordedEvent): void {
    const topic = TOPICS.find((prefix) => stream.startsWith(`${prefix}-`));
    if (topic === undefined) return;
    this.#waiting.delete(stream);
    this.#waiting.set(stream, { topic, id: stream.slice(topic.length + 1), revision, position });
    if (this.#waiting.size > MOST_KEPT) {
      this.#waiting.clear();
      this.#flooded = true;
    }
    this.#waker.wake();
  }

  async #tell(): Promise<void> {
    const { signal } = this.#ending;
    while (!signal.aborted) {
      const ticket = this.#waker.ticket;
      const upTo = this.#read;
      const changes = [...this.#waiting.values()];
      const flooded = this.#flooded;
      this.#waiting = new Map();
      this.#flooded = false;
      if (changes.length === 0 && !flooded) {
        await this.#waker.sleep(ticket, signal, undefined);
        continue;
      }
      const told = flooded
        ? undefined
        : await this.#withReaders(changes).catch((error: unknown) => {
            console.error(`api: live changes: ${error instanceof Error ? error.name : 'fault'}; every screen looks again`);
            return undefined;
          });
      this.#told = upTo;
      if (told === undefined) {
        this.#kept = [];
        this.#keptAfter = upTo;
        for (const listener of this.#listeners) listener.reset(upTo);
      } else {
        const kept = [...this.#kept, ...told];
        this.#keptAfter = kept.at(-MOST_KEPT - 1)?.position ?? this.#keptAfter;
        this.#kept = kept.slice(-MOST_KEPT);
        for (const listener of this.#listeners) this.#tellTo(listener, told);
      }
      await pause(REST_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  /** What of it concerns anyone, once the lists show it or a moment has passed: what no list has yet, nobody has open. */
  async #withReaders(changes: readonly Change[]): Promise<readonly Told[]> {
    const { readModels } = this.tegas;
    const last = changes.at(-1);
    if (last !== undefined) await waitForPosition(readModels, LISTS, last.position, WAIT_FOR_LISTS_MS);
    const ids = (referrals: boolean) => [
      ...new Set(changes.filter(({ topic }) => (topic === 'referral') === referrals).map(({ id }) => id)),
    ];
    const readers = new Map([
      ...(await findCaseReaders(readModels, ids(false))),
      ...[...(await findReferralOffices(readModels, ids(true)))].map(([id, offices]) => [id, { offices }] as const),
    ]);
    return changes.flatMap((change) => {
      const read = readers.get(change.id);
      return read === undefined ? [] : [{ ...change, ...read }];
    });
  }

  #tellTo(listener: Listener, changes: readonly Told[]): void {
    const { desk, registry, time } = this.tegas;
    const at = time.now();
    // As the register has them now: who has lost a role is told nothing more.
    const actor = desk.actor(listener.official, at);
    const { offices } = registry.state;
    listener.tell(
      changes.filter((change) => isFor(actor, change) && mayRead(actor, change, offices, at)),
      this.#told,
    );
  }
}

/** Referrals, and that someone opened a case for a reason, are told to those only who may list them. */
function isFor(actor: Actor, { topic }: Change): boolean {
  if (topic === 'referral') return refuseRole('FindReferrals', actor) === undefined;
  return topic !== 'glass' || refuseRole('FindGlass', actor) === undefined;
}

/**
 * One screen's stream. What it has not taken is kept by case, not by message: a slow reader costs no more than the cases that changed, and from
 * some number on one word for all of them.
 */
class Listener extends Readable {
  #waiting = new Map<string, Change>();
  #reset = false;
  #hungry = false;
  #ended = false;
  #untakenBeats = 1;
  readonly #beat: NodeJS.Timeout;

  constructor(
    readonly official: Id,
    private position: Position,
    beatMs: number,
    stillIn: () => Promise<boolean>,
  ) {
    super();
    this.#beat = setInterval(() => {
      if (this.#untakenBeats >= MOST_UNTAKEN_BEATS) return void this.destroy();
      this.#untakenBeats += 1;
      this.#flow();
      // Where nobody can say, nobody listens.
      stillIn().then(
        (is) => (is ? undefined : this.end()),
        () => this.end(),
      );
    }, beatMs);
  }

  tell(changes: readonly Change[], upTo: Position): void {
    this.position = upTo;
    for (const change of changes) {
      const key = `${change.topic}-${change.id}`;
      this.#waiting.delete(key);
      this.#waiting.set(key, change);
    }
    if (this.#waiting.size > MOST_WAITING) this.reset(upTo);
    else if (changes.length > 0) this.#flow();
  }

  /** That anything may have changed. */
  reset(upTo: Position): void {
    this.position = upTo;
    this.#waiting = new Map();
    this.#reset = true;
    this.#flow();
  }

  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    clearInterval(this.#beat);
    this.push(null);
    // Who does not read learns of the end all the same.
    setTimeout(() => this.destroy(), AGAIN_MS).unref();
  }

  override _read(): void {
    this.#hungry = true;
    this.#flow();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#ended = true;
    clearInterval(this.#beat);
    done(error);
  }

  #flow(): void {
    if (!this.#hungry || this.#ended) return;
    const changes = [...this.#waiting.values()];
    const said = [
      ...(this.#reset ? [message('reset', {})] : []),
      ...changes.map(({ topic, id, revision, position }) =>
        message('change', { topic, position, ...(topic === 'referral' ? {} : { caseId: id, revision }) }),
      ),
      ...(this.#untakenBeats > 0 ? [message('beat', {})] : []),
    ];
    if (said.length === 0) return;
    this.#waiting = new Map();
    this.#reset = false;
    this.#untakenBeats = 0;
    this.#hungry = false;
    // The position goes with the last of them: who is cut off before it hears all of them again.
    this.push(`${said.join('')}id: ${this.position}\n\n`);
  }
}

type Said = { readonly [member: string]: Code | number };

const message = (event: string, data: Said): string => `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
