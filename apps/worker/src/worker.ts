/** The worker as one Nest application context: projections, alarms and the sweep, started together and ended in order. */
import { type DynamicModule, Module, type OnApplicationShutdown } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { type OpenLog, openLog } from '#privacy/open-log.js';
import { openReadModels, type ReadModels } from '#read-models/data-source.js';
import { projections } from '#read-models/projections.js';
import { type Alarms, openAlarms } from './alarms.js';
import { ClockProcessManager } from './clock-process-manager.js';
import { runProjection } from './projector.js';

export interface WorkerSettings {
  readonly databaseUrl: string;
  readonly home: string;
  readonly movableTime: boolean;
  readonly redisUrl?: string;
  readonly sweepSeconds: number;
}

const REOPEN_ALARMS_MS = 10_000;
const CAUGHT_UP_WITHIN_MS = 60_000;

export class Worker implements OnApplicationShutdown {
  private readonly stopping = new AbortController();
  private running: Promise<unknown> = Promise.resolve();
  private timers: NodeJS.Timeout[] = [];
  private alarms: Alarms | undefined;
  private readonly clocks: ClockProcessManager;

  constructor(
    private readonly opened: OpenLog,
    private readonly source: ReadModels,
    private readonly settings: WorkerSettings,
  ) {
    this.clocks = new ClockProcessManager(opened.desk, source, opened.time);
  }

  /** Starts everything and answers once the read models have caught up (or a minute has passed: a long catch-up goes on). */
  async start(): Promise<void> {
    const { signal } = this.stopping;
    const caughtUp: Promise<void>[] = [];
    const loops = projections.map((projection) => {
      let onCaughtUp: () => void = () => undefined;
      caughtUp.push(new Promise((resolve) => (onCaughtUp = resolve)));
      const onMoved = projection.name === 'clock_board' ? () => this.quietly(this.clocks.setAlarms()) : undefined;
      return runProjection(this.source, this.opened.log, projection, signal, {
        onCaughtUp,
        ...(onMoved === undefined ? {} : { onMoved }),
      });
    });
    this.running = Promise.all(loops);
    await this.openAlarms();
    this.every(this.settings.sweepSeconds * 1000, () => this.clocks.sweep());
    this.every(REOPEN_ALARMS_MS, async () => {
      if (this.alarms === undefined) await this.openAlarms();
      await this.clocks.setAlarms();
    });
    await Promise.race([Promise.all(caughtUp), new Promise((resolve) => setTimeout(resolve, CAUGHT_UP_WITHIN_MS).unref())]);
    await this.clocks.setAlarms().catch(say);
  }

  async onApplicationShutdown(): Promise<void> {
    for (const timer of this.timers) clearInterval(timer);
    this.stopping.abort();
    await this.alarms?.close().catch(say);
    await this.running;
    await this.source.destroy();
    await this.opened.close();
  }

  /** Without a queue the sweep still finds every deadline; it is only less prompt. */
  private async openAlarms(): Promise<void> {
    const { databaseUrl, redisUrl } = this.settings;
    try {
      this.alarms = await openAlarms({ databaseUrl, ...(redisUrl === undefined ? {} : { redisUrl }) }, this.clocks.ring);
      this.clocks.useAlarms(this.alarms);
    } catch (error) {
      console.error(
        'worker: no queue for alarms, going on with the sweep alone;',
        error instanceof Error ? error.message : error,
      );
    }
  }

  private every(ms: number, work: () => Promise<unknown>): void {
    this.timers.push(setInterval(() => this.quietly(work()), ms));
  }

  private quietly(work: Promise<unknown>): void {
    void work.catch(say);
  }
}

function say(error: unknown): void {
  console.error('worker:', error instanceof Error ? error.message : error);
}

@Module({})
class WorkerModule {
  static with(worker: Worker): DynamicModule {
    return { module: WorkerModule, providers: [{ provide: Worker, useValue: worker }] };
  }
}

/** Opens the log and the read models and starts; `close()` of the context ends it in order. */
export async function createWorker(settings: WorkerSettings): Promise<{ close(): Promise<void> }> {
  const opened = await openLog({
    databaseUrl: settings.databaseUrl,
    home: settings.home,
    movableTime: settings.movableTime,
    follow: true,
  });
  const source = await openReadModels(settings.databaseUrl);
  const worker = new Worker(opened, source, settings);
  const context = await NestFactory.createApplicationContext(WorkerModule.with(worker), { logger: ['error', 'warn', 'fatal'] });
  await worker.start();
  return context;
}
