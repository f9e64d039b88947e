/**
 * Alarms over the queue, whatever it stands on. An alarm carries ids only. It may ring late, twice or never; whatever it misses, the sweep
 * finds.
 */
import { answered, openAlarmQueue, type QueueSettings } from '#alarms/alarm-queue.js';
import type { InstantAt } from '#domain/event.js';
import type { ShareOfDue } from '#read-models/clock-board.js';

/** One for all clocks of a share: a queue costs more than an announcement, and thousands fall due at one midnight (ADR 18). */
export interface Alarm extends ShareOfDue {
  /** From 1; an alarm that rang too early is set anew as another attempt, since the queue ignores an id it knows. */
  readonly attempt: number;
}

export interface Alarms {
  readonly backend: 'postgresql' | 'redis';
  /** Sets alarms; one set again stays one. Delays count from `now`, which a demo may have moved. @throws when the queue is away. */
  set(alarms: readonly Alarm[], now: InstantAt): Promise<void>;
  close(): Promise<void>;
}

/** Alarms that ring in one worker at once: each stands for many clocks, and two at once kept officers waiting longer and announced no sooner. */
const CONCURRENCY = 1;
/** Alarms set in one call of the queue. */
const ALARMS_AT_ONCE = 500;

/** The id of an alarm: another due instant is another alarm, and so is another attempt. Never an integer, never with a colon. */
export function alarmId({ dueAt, share, attempt }: Alarm): string {
  return `alarm/${dueAt.replace(/\D/g, '')}/${share}/${attempt}`;
}

/** Opens the queue and starts ringing. @throws when the backend does not answer: the caller goes on with the sweep alone. */
export async function openAlarms(settings: QueueSettings, ring: (alarm: Alarm) => Promise<void>): Promise<Alarms> {
  const { backend, queue, ...opened } = await openAlarmQueue<Alarm>(
    settings,
    onceInAWhile((error) => console.error(`worker: alarms, ${error.message || error.name}`)),
  );
  opened.ring(ring, CONCURRENCY);
  return {
    backend,
    async set(alarms, now) {
      for (let from = 0; from < alarms.length; from += ALARMS_AT_ONCE) {
        const jobs = alarms.slice(from, from + ALARMS_AT_ONCE).map((alarm) => ({
          name: 'due' as const,
          data: alarm,
          opts: { jobId: alarmId(alarm), delay: Math.max(0, Date.parse(alarm.dueAt) - Date.parse(now)) },
        }));
        await answered(queue.addBulk(jobs));
      }
    },
    close: opened.close,
  };
}

/** A backend that is away is told of at most every ten seconds, not at every try to reach it. */
function onceInAWhile(tell: (error: Error) => void): (error: Error) => void {
  let toldAt = 0;
  return (error) => {
    if (Date.now() - toldAt < 10_000) return;
    toldAt = Date.now();
    tell(error);
  };
}
