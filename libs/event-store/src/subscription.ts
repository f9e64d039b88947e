/** How both of our own stores follow their log: pages up to the head, then a wait for more. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Position, RecordedEvent, SubscriptionMessage } from './port.js';
import { comparePositions, StoreUnavailable } from './port.js';

/** A page of matching events; everything that matches up to and including `upTo` is in it or in an earlier page. */
export interface Page {
  readonly events: readonly RecordedEvent[];
  readonly upTo: Position;
}

export interface Followed {
  /** Pages after a position (exclusive), ending at the head of the log as it stood when asked. */
  pages(after: Position): AsyncIterable<Page>;
  readonly waker: Waker;
  /** Looks again after this many milliseconds even when nobody wakes it; undefined to rely on the waker alone. */
  readonly pollMs: number | undefined;
  isClosed(): boolean;
}

/**
 * In a flood of events, such as a midnight at which thousands of clocks fall due, a subscriber that looked at every append would read and
 * write a hundred small pages where one does: it rests before it looks again, twice as long while the flood goes on. What officers do one by
 * one is never a flood.
 */
const FLOOD_EVENTS = 32;
const FIRST_FLOOD_REST_MS = 100;
const LAST_FLOOD_REST_MS = 800;

/**
 * Every matching event after a position, once and in order, with checkpoint and caught-up messages. Outlives a store that is away:
 * it waits and reads on from where it stood. Ends when `signal` aborts or the store closes; throws on any other fault.
 */
export async function* follow(
  log: Followed,
  after: Position,
  signal: AbortSignal | undefined,
): AsyncGenerator<SubscriptionMessage> {
  let position = after;
  let announced: Position | undefined;
  let restMs = FIRST_FLOOD_REST_MS;
  const ended = () => signal?.aborted === true || log.isClosed();
  while (!ended()) {
    const ticket = log.waker.ticket;
    let found = 0;
    try {
      for await (const page of log.pages(position)) {
        found += page.events.length;
        for (const event of page.events) {
          if (ended()) return;
          yield { kind: 'event', event };
          position = event.position;
        }
        if (ended()) return;
        if (comparePositions(page.upTo, position) > 0) {
          yield { kind: 'checkpoint', position: page.upTo };
          position = page.upTo;
        }
      }
      if (ended()) return;
      if (announced !== position) {
        announced = position;
        yield { kind: 'caught-up', position };
      }
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error;
    }
    if (found < FLOOD_EVENTS) restMs = FIRST_FLOOD_REST_MS;
    else if (!ended()) {
      await pause(restMs, undefined, { signal }).catch(() => undefined);
      restMs = Math.min(restMs * 2, LAST_FLOOD_REST_MS);
    }
    if (!ended()) await log.waker.sleep(ticket, signal, log.pollMs);
  }
}

/** Lets waiters sleep until something is appended, a time has passed, or their signal aborts. */
export class Waker {
  private readonly sleepers = new Set<() => void>();
  private wakings = 0;

  /** Wakes everyone who sleeps now. */
  wake(): void {
    this.wakings += 1;
    for (const rise of [...this.sleepers]) rise();
  }

  /** Take this before looking for news, and hand it to `sleep`: a waking in between is then not missed. */
  get ticket(): number {
    return this.wakings;
  }

  /** Sleeps until the next waking after `ticket`, at most `maxMs` milliseconds when given. */
  sleep(ticket: number, signal: AbortSignal | undefined, maxMs?: number): Promise<void> {
    if (ticket !== this.wakings || signal?.aborted === true) return Promise.resolve();
    return new Promise((resolve) => {
      const rise = () => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', rise);
        this.sleepers.delete(rise);
        resolve();
      };
      const timer = maxMs === undefined ? undefined : setTimeout(rise, maxMs);
      signal?.addEventListener('abort', rise);
      this.sleepers.add(rise);
    });
  }
}
