/** Runs one projection from its checkpoint for as long as the worker lives: batches, each in one transaction with the checkpoint. */
import { setTimeout as pause } from 'node:timers/promises';
import type { EventLog } from '#event-store/event-log.js';
import type { Position, RecordedEvent } from '#event-store/port.js';
import type { ReadModels } from '#read-models/data-source.js';
import { applyBatch, caseStreamPrefixes, FencedOff, type Projection, readCheckpoint } from '#read-models/projection.js';

const EVENTS_AT_ONCE = 1000;
const FIRST_RETRY_MS = 250;
const LAST_RETRY_MS = 5_000;

export interface ProjectorHooks {
  /** The read model stands at the head of the log. */
  readonly onCaughtUp?: () => void;
  /** The rows of these events are written. */
  readonly onProjected?: (events: readonly RecordedEvent[]) => void;
}

/** Never skips: an event that cannot be folded is tried again, loudly, until someone mends it. Ends when the signal aborts. */
export async function runProjection(
  readModels: ReadModels,
  log: EventLog,
  projection: Projection,
  signal: AbortSignal,
  hooks: ProjectorHooks = {},
): Promise<void> {
  let retryMs = FIRST_RETRY_MS;
  while (!signal.aborted) {
    try {
      await follow(readModels, log, projection, signal, {
        ...hooks,
        onProjected: (events) => {
          retryMs = FIRST_RETRY_MS;
          hooks.onProjected?.(events);
        },
      });
    } catch (error) {
      if (signal.aborted) return;
      // Fenced off: another worker moved the checkpoint, or a rebuild did; read it again and go on from there.
      if (!(error instanceof FencedOff))
        console.error(`worker: ${projection.name} stands still, trying again:`, error instanceof Error ? error.message : error);
      await pause(retryMs, undefined, { signal }).catch(() => undefined);
      retryMs = Math.min(retryMs * 2, LAST_RETRY_MS);
    }
  }
}

async function follow(
  readModels: ReadModels,
  log: EventLog,
  projection: Projection,
  signal: AbortSignal,
  hooks: ProjectorHooks,
): Promise<void> {
  let from = await readCheckpoint(readModels, projection.name);
  let waiting: RecordedEvent[] = [];
  const flush = async (to: Position): Promise<void> => {
    if (to === from) return;
    await applyBatch(readModels, projection, waiting, { from, to });
    from = to;
    const projected = waiting;
    waiting = [];
    hooks.onProjected?.(projected);
  };
  for await (const message of log.subscribe(from, { filter: { streamPrefixes: caseStreamPrefixes }, signal })) {
    if (message.kind === 'event') {
      waiting.push(message.event);
      if (waiting.length >= EVENTS_AT_ONCE) await flush(message.event.position);
    } else {
      await flush(message.position);
      if (message.kind === 'caught-up') hooks.onCaughtUp?.();
    }
  }
}
