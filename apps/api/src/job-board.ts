/**
 * The queue of alarms for administrators to look at (bull-board), under `/jobs`. To look at only: the clock table is the truth, and what is
 * done to the queue by hand would change nothing but when somebody looks. Opened by the first who asks, so that a queue that is away keeps
 * nothing else from starting.
 */
import { createBullBoard } from '@bull-board/api';
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import { FastifyAdapter } from '@bull-board/fastify';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { answered, openAlarmQueue, type QueueSettings } from '#alarms/alarm-queue.js';
import { refuseRole } from '#domain/case/permit.js';
import { answerWith, Problem, problemOf, toProblem } from './problem-details.js';
import type { Tegas } from './tegas.js';

const PATH = '/jobs';

export interface JobBoardSettings extends QueueSettings {
  /** Who asks, by session or token. @throws Problem 401 */
  officialOf(request: FastifyRequest): Promise<string>;
}

/** Mounts the board; answers how to close what it opened. */
export async function mountJobBoard(
  server: FastifyInstance,
  tegas: Tegas,
  settings: JobBoardSettings,
): Promise<() => Promise<void>> {
  const adapter = new FastifyAdapter().setBasePath(PATH);
  const board = createBullBoard({ queues: [], serverAdapter: adapter, options: { uiConfig: { boardTitle: 'Tegas' } } });
  let opening: Promise<OpenQueue> | undefined;
  const admit = async (request: FastifyRequest): Promise<void> => {
    const official = await settings.officialOf(request);
    const refusal = refuseRole('WatchQueue', tegas.desk.actor(official, tegas.time.now()));
    if (refusal !== undefined) throw problemOf(refusal);
    if (request.method !== 'GET' && request.method !== 'HEAD')
      throw new Problem(405, 'method-not-allowed', { id: 'Antrean hanya untuk dilihat.', en: 'The queue is to look at only.' });
    opening ??= open(settings).catch((error) => {
      opening = undefined; // whoever asks next tries again
      throw error;
    });
    const { shown, ask } = await opening;
    await ask();
    board.setQueues([shown]);
  };
  await server.register(
    async (scope) => {
      // Every route of the board passes here, whatever its method: nothing of it is the global guard's.
      scope.addHook('onRequest', async (request, reply) => {
        try {
          await admit(request);
        } catch (error) {
          // The board answers its own errors in its own way; whoever is not let in is told as everywhere.
          return answerWith(toProblem(error, request.id), request, reply);
        }
        reply.header('Content-Security-Policy', CSP);
      });
      await scope.register(adapter.registerPlugin(), { prefix: '' });
    },
    { prefix: PATH },
  );
  return async () => (await opening?.catch(() => undefined))?.close();
}

/** The board's page sets styles at run time and would load a font from elsewhere, which it does without. */
const CSP =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'self'; frame-ancestors 'none'";

interface OpenQueue {
  readonly shown: BullMQAdapter;
  /** Whether it answers still: the board would call its silence a fault of ours. @throws Problem 503 */
  ask(): Promise<void>;
  close(): Promise<void>;
}

async function open(settings: QueueSettings): Promise<OpenQueue> {
  const { queue, close } = await openAlarmQueue(settings, () => undefined).catch(() => {
    throw away();
  });
  const ask = async (): Promise<void> => {
    await answered(queue.getJobCounts('delayed')).catch(() => {
      throw away();
    });
  };
  return { shown: new BullMQAdapter(queue, { readOnlyMode: true, allowRetries: false }), ask, close };
}

function away(): Problem {
  return new Problem(503, 'queue-away', {
    id: 'Antrean alarm tidak menjawab. Tenggat tetap ditemukan oleh penyapuan.',
    en: 'The queue of alarms does not answer. Deadlines are found by the sweep all the same.',
  });
}
