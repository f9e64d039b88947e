/** Runs one projection from its checkpoint for as long as this worker leads it: batches, each in one transaction with the checkpoint. */
import { setTimeout as pause } from 'node:timers/promises';
import type { EventLog, OpenedEvent } from '#event-store/event-log.js';
import type { Position, RecordedEvent } from '#event-store/port.js';
import type { ReadModels } from '#read-models/data-source.js';
import { leadWhileHeld } from '#read-models/lease.js';
import { explainParked, findParked, type ParkedCase } from '#read-models/parked.js';
import { applyBatch, FencedOff, type Projection, projectedPrefixes, readCheckpoint, reads } from '#read-models/projection.js';
import { replayParked } from '#read-models/rebuild.js';

const EVENTS_AT_ONCE = 1000;
const FIRST_RETRY_MS = 250;
const LAST_RETRY_MS = 5_000;

export interface ProjectorOptions {
  /** This worker's name; no two workers may share one. */
  readonly holder: string;
  /** This worker begins, or ends, to lead the projection. */
  readonly onLead?: (leads: boolean) => void;
  /** The read model stands at the head of the log, or another worker sees to that. */
  readonly onCaughtUp?: () => void;
  /** The rows of these events are written. */
  readonly onProjected?: (events: readonly OpenedEvent[]) => void;
}

/** A case that cannot be folded is parked, loudly; what stops the whole projection is tried again. Ends when the signal aborts. */
export async function runProjection(
  readModels: ReadModels,
  log: EventLog,
  projection: Projection,
  signal: AbortSignal,
  options: ProjectorOptions,
): Promise<void> {
  const { holder, onCaughtUp } = options;
  await leadWhileHeld(
    readModels,
    projection.name,
    { holder, ...(onCaughtUp === undefined ? {} : { onFollowing: onCaughtUp }) },
    signal,
    async (leading) => {
      options.onLead?.(true);
      await lead(readModels, log, projection, leading, options).finally(() => options.onLead?.(false));
    },
  );
}

async function lead(
  readModels: ReadModels,
  log: EventLog,
  projection: Projection,
  signal: AbortSignal,
  options: ProjectorOptions,
): Promise<void> {
  let retryMs = FIRST_RETRY_MS;
  let retried = false;
  let told = '';
  while (!signal.aborted) {
    try {
      // Once: perhaps this program knows what the one before it did not.
      if (!retried) await retryParked(readModels, log, projection.name);
      retried = true;
      await follow(readModels, log, projection, signal, {
        ...options,
        onProjected: (events) => {
          retryMs = FIRST_RETRY_MS;
          told = '';
          options.onProjected?.(events);
        },
      });
    } catch (error) {
      if (signal.aborted) return;
      // Fenced off: another worker moved the checkpoint, or a rebuild did; read it again and go on from there.
      const why = error instanceof Error ? error.message : String(error);
      // Said once, and again only when it is something else.
      if (!(error instanceof FencedOff) && why !== told)
        console.error(`worker: ${projection.name} stands still, trying again: ${why}`);
      told = why;
      await pause(retryMs, undefined, { signal }).catch(() => undefined);
      retryMs = Math.min(retryMs * 2, LAST_RETRY_MS);
    }
  }
}

async function retryParked(readModels: ReadModels, log: EventLog, name: string): Promise<void> {
  for (const { caseId } of await findParked(readModels, { projection: name }))
    if ((await replayParked(readModels, log, { projection: name, caseId })) === undefined)
      console.log(`worker: ${name} goes on with case ${caseId}, which was parked`);
}

async function follow(
  readModels: ReadModels,
  log: EventLog,
  projection: Projection,
  signal: AbortSignal,
  hooks: Pick<ProjectorOptions, 'onCaughtUp' | 'onProjected'>,
): Promise<void> {
  let from = await readCheckpoint(readModels, log, projection.name);
  const filter = { streamPrefixes: projectedPrefixes };
  const only = (event: RecordedEvent): boolean => reads(projection, event);
  let waiting: OpenedEvent[] = [];
  const flush = async (to: Position): Promise<void> => {
    if (to === from) return;
    for (const parked of await applyBatch(readModels, log, projection, waiting, { from, to })) tell(projection.name, parked);
    from = to;
    const projected = waiting;
    waiting = [];
    hooks.onProjected?.(projected);
  };
  for await (const message of log.subscribe(from, { filter, only, signal })) {
    if (message.kind === 'event') {
      waiting.push(message.event);
      if (waiting.length >= EVENTS_AT_ONCE) await flush(message.event.position);
    } else {
      await flush(message.position);
      if (message.kind === 'caught-up') hooks.onCaughtUp?.();
    }
  }
}

function tell(name: string, parked: ParkedCase): void {
  const { caseId, type, stream, revision, fault, detail } = parked;
  console.error(
    `worker: ${name} parked case ${caseId} at ${type} (${stream} revision ${revision}): ${fault}, ${detail}. ${explainParked(parked).en} See npx tegas parked`,
  );
}
