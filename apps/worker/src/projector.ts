/** Runs one projection from its checkpoint for as long as the worker lives: batches, each in one transaction with the checkpoint. */
import type { EventLog } from '#event-store/event-log.js';
import type { Position, RecordedEvent } from '#event-store/port.js';
import type { ReadModels } from '#read-models/data-source.js';
import { applyBatch, caseStreamPrefixes, FencedOff, type Projection, readCheckpoint } from '#read-models/projection.js';

const BATCH = 500;
const RETRY_MS = 1000;

export interface ProjectorHooks {
  /** The read model stands at the head of the log. */
  readonly onCaughtUp?: () => void;
  /** Rows were written. */
  readonly onMoved?: () => void;
}

/** Never skips: an event that cannot be folded is tried again, loudly, until someone mends it. */
export async function runProjection(
  source: ReadModels,
  log: EventLog,
  projection: Projection,
  signal: AbortSignal,
  hooks: ProjectorHooks = {},
): Promise<void> {
  while (!signal.aborted) {
    try {
      await follow(source, log, projection, signal, hooks);
    } catch (error) {
      if (signal.aborted) return;
      // Fenced off: another worker leads now, or a rebuild swapped the table; read the checkpoint again.
      if (!(error instanceof FencedOff))
        console.error(`worker: projection ${projection.name} stopped,`, error instanceof Error ? error.message : error);
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
}

async function follow(
  source: ReadModels,
  log: EventLog,
  projection: Projection,
  signal: AbortSignal,
  hooks: ProjectorHooks,
): Promise<void> {
  let from = await readCheckpoint(source, projection.name);
  let waiting: RecordedEvent[] = [];
  const flush = async (to: Position): Promise<void> => {
    if (to === from) return;
    await applyBatch(source, projection, waiting, { from, to });
    from = to;
    if (waiting.length > 0) hooks.onMoved?.();
    waiting = [];
  };
  for await (const message of log.subscribe(from, { filter: { streamPrefixes: caseStreamPrefixes }, signal })) {
    if (message.kind === 'event') {
      waiting.push(message.event);
      if (waiting.length >= BATCH) await flush(message.event.position);
    } else {
      await flush(message.position);
      if (message.kind === 'caught-up') hooks.onCaughtUp?.();
    }
  }
}
