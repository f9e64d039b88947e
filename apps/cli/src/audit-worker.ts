/** A thread of `tegas audit`: decides its share of the cases again, over connections of its own. */
import { parentPort, workerData } from 'node:worker_threads';
import { readjudicate } from '#audit/readjudicate.js';
import { openLog } from '#privacy/open-log.js';
import type { AuditShare } from './audit-threads.js';

const { settings, options }: AuditShare = workerData;
const opened = await openLog(settings);
try {
  const report = await readjudicate(opened.log, { ...options, onProgress: (done) => parentPort?.postMessage({ done }) });
  parentPort?.postMessage({ report });
} finally {
  await opened.close();
}
