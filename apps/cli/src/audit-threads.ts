/** Re-adjudication on every core: deciding is arithmetic, and cases do not depend on each other. */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { type AuditOptions, type AuditReport, joinedReports } from '#audit/readjudicate.js';
import type { LogSettings } from '#privacy/open-log.js';

/** What a thread is given. */
export interface AuditShare {
  readonly settings: LogSettings;
  readonly options: Omit<AuditOptions, 'onProgress'>;
}

/** A thread opens the log and reads the register anew: that is worth it from so many cases on. */
const CASES_FOR_A_THREAD = 1_000;
/** PostgreSQL needs its share of the machine too. */
const MOST_THREADS = 4;

/** What deciding makes is thrown away at once: with room for the cases in hand, less of it is collected as if it stayed. */
const YOUNG_MB = 192;

/** How many threads so many cases are worth; 1: this one. */
export function threadsFor(cases: number): number {
  return Math.max(1, Math.min(availableParallelism(), MOST_THREADS, Math.floor(cases / CASES_FOR_A_THREAD)));
}

/** As `readjudicate`, in so many threads. @throws what a thread threw */
export async function readjudicateInThreads(
  settings: LogSettings,
  { onProgress, ...options }: AuditOptions,
  threads: number,
): Promise<AuditReport> {
  const done = Array.from({ length: threads }, () => 0);
  const workers: Worker[] = [];
  const share = (thread: number): Promise<AuditReport> => {
    const caseIds = options.caseIds.filter((_, at) => at % threads === thread);
    const workerData: AuditShare = { settings, options: { ...options, caseIds } };
    const url = new URL('./audit-worker.js', import.meta.url);
    const worker = new Worker(url, { workerData, resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB } });
    workers.push(worker);
    return new Promise((resolve, reject) => {
      worker.once('error', reject);
      worker.once('exit', () => reject(new Error('A thread ended before it had decided')));
      worker.on('message', (message: { readonly done: number } | { readonly report: AuditReport }) => {
        if ('report' in message) return resolve(message.report);
        done[thread] = message.done;
        onProgress?.(
          done.reduce((sum, one) => sum + one, 0),
          options.caseIds.length,
        );
      });
    });
  };
  try {
    return joinedReports(await Promise.all(done.map((_, thread) => share(thread))));
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}
