/** The worker as one Nest application context: projections, alarms and the sweep, started together and ended in order. */
import { setTimeout as pause } from 'node:timers/promises';
import { type DynamicModule, Module, type OnApplicationShutdown } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { checkpointKeysFile } from '#audit/checkpoint-keys.js';
import type { CaseEventType } from '#domain/case/events.js';
import type { Id, InstantAt } from '#domain/event.js';
import type { Position, RecordedEvent } from '#event-store/port.js';
import { RegistryUnreadable } from '#event-store/registry.js';
import { Documents } from '#evidence/documents.js';
import type { DocumentSettings } from '#evidence/settings.js';
import { type OpenLog, openLog } from '#privacy/open-log.js';
import { caseLinkProjection } from '#read-models/case-link.js';
import { clockBoardProjection } from '#read-models/clock-board.js';
import { recordSweep } from '#read-models/clock-health.js';
import { openReadModels, type ReadModels } from '#read-models/data-source.js';
import { heldActProjection } from '#read-models/held-act.js';
import { leadWhileHeld } from '#read-models/lease.js';
import { caseIdIn } from '#read-models/parked.js';
import { personMatchProjection } from '#read-models/person.js';
import type { Projection } from '#read-models/projection.js';
import { projections } from '#read-models/projections.js';
import { type Recalculated, recalculateClocks } from '#read-models/recalculation.js';
import { type Alarms, openAlarms } from './alarms.js';
import { ClockProcessManager } from './clock-process-manager.js';
import { type Outlets, runDelivery } from './delivery.js';
import { runDestroyer } from './destroyer.js';
import { releaseHeldActs } from './held-acts.js';
import { LinkProcessManager } from './link-process-manager.js';
import { runMerkleFollower } from './merkle-follower.js';
import { runProjection } from './projector.js';
import { openReferredCases } from './referred-cases.js';
import { type Swept, sweep } from './sweep.js';

export interface WorkerSettings {
  readonly databaseUrl: string;
  readonly home: string;
  readonly movableTime: boolean;
  readonly redisUrl?: string;
  readonly documents: DocumentSettings;
  readonly sweepSeconds: number;
  /** Names this worker in the leases; no two may share one. */
  readonly name: string;
  /** Mail and webhooks; none unless told. */
  readonly outlets?: Outlets;
  /** How often a checkpoint of the Merkle log is signed. */
  readonly checkpointSeconds: number;
  /** A folder that somebody else keeps, for every new checkpoint. */
  readonly checkpointWitness?: string;
}

/** A long catch-up, or a read model that an event stops, must not look like a worker that does not start. */
const CATCH_UP_MS = 30_000;
const LOOK_AFTER_ALARMS_MS = 10_000;
/** A demo's time is read twice a second; one that moved by more than this sets every alarm anew. */
const TIME_MOVED_MS = 2_000;
/** How often every clock within the horizon is given its alarm anew: for those the horizon has reached, and for what the queue lost. */
const SET_ALL_ALARMS_MS = 10 * 60_000;

/** Events that give a clock a due date, which needs an alarm. */
const DATING_CLOCKS: ReadonlySet<string> = new Set<CaseEventType>([
  'ClockStarted',
  'ClockResumed',
  'ClockExtended',
  'ClockRecalculated',
]);

const CALENDAR_SETTLES_MS = 60_000;
/** Cases to which a calendar could not be applied are tried again so often, until it can. */
const RETRY_CASES_MS = 60_000;

interface CalendarSeen {
  readonly version: number;
  readonly seenAt: number;
  /** Every clock was looked at under it, those too that started while it arrived. */
  readonly settled: boolean;
  readonly lookedUpTo: Position | undefined;
  readonly failed: readonly Id[];
  readonly failedAt: number;
}

const CALENDAR_UNSEEN: CalendarSeen = { version: 0, seenAt: 0, settled: false, lookedUpTo: undefined, failed: [], failedAt: 0 };

const CHECK_DOCUMENTS_EVERY_MS = 30_000;
const CHECK_DOCUMENTS_AFTER_MS = 7 * 24 * 3_600_000;
const DOCUMENTS_AT_ONCE = 100;

class Worker implements OnApplicationShutdown {
  private readonly stopping = new AbortController();
  private readonly running: Promise<unknown>[] = [];
  private readonly clocks: ClockProcessManager;
  private readonly links: LinkProcessManager;
  private readonly documents: Documents;
  /** The projections that this worker leads: whoever leads them leaves the rest to another worker, where there is one. */
  private readonly projects = new Set<Projection>();
  private alarms: Alarms | undefined;
  private alarmsMissing = true;
  private calendar = CALENDAR_UNSEEN;
  /** Cases that a calendar moved since the last sweep was recorded. */
  private recalculated = 0;

  constructor(
    private readonly opened: OpenLog,
    private readonly readModels: ReadModels,
    private readonly settings: WorkerSettings,
  ) {
    this.clocks = new ClockProcessManager(opened.desk, readModels, opened.time.now);
    this.links = new LinkProcessManager(opened.desk, readModels, opened.time.now);
    this.documents = new Documents(opened.pool, opened.codec, settings.documents);
  }

  /** Starts everything and answers once every read model has caught up or is led by another worker, or goes on with that after half a minute. */
  async start(): Promise<void> {
    const { signal } = this.stopping;
    const caughtUp = projections.map(
      (projection) =>
        new Promise<void>((resolve) => {
          const loop = runProjection(this.readModels, this.opened.log, projection, signal, {
            holder: this.settings.name,
            onLead: (leads) => void (leads ? this.projects.add(projection) : this.projects.delete(projection)),
            onCaughtUp: resolve,
            onProjected: (events) => {
              if (projection === clockBoardProjection)
                this.ringFor(casesIn(events.filter(({ type }) => DATING_CLOCKS.has(type))));
              if (projection === caseLinkProjection) void this.tell(casesIn(events)).catch(say);
              if (projection === personMatchProjection && events.length > 0) void this.links.followMerges().catch(say);
              if (projection === heldActProjection) this.releaseInTime(events);
            },
          });
          this.running.push(loop.then(resolve));
        }),
    );
    const { outlets = { webhooks: [] }, name: holder } = this.settings;
    const lease = { holder, busy: () => this.projects.size > 0 };
    // One worker sweeps, another takes over; alarms ring in all of them.
    const sweeping = leadWhileHeld(this.readModels, 'sweep', lease, signal, (leading) => this.keepSweeping(leading));
    const sending = runDelivery(this.readModels, this.opened.desk, outlets, signal, { lease, now: this.opened.time.now });
    const checking = leadWhileHeld(this.readModels, 'documents', { holder }, signal, (leading) => this.checkDocuments(leading));
    const { home, checkpointSeconds, checkpointWitness: witness } = this.settings;
    const kept = witness === undefined ? {} : { witness };
    const keysFile = checkpointKeysFile(home);
    const proving = runMerkleFollower(this.readModels, this.opened, signal, { lease, keysFile, checkpointSeconds, ...kept });
    const destroying = runDestroyer(this.readModels, this.opened, this.documents, signal, holder);
    this.running.push(this.keepAlarms(), this.watchTime(), sweeping, sending, proving, destroying, checking);
    await Promise.race([Promise.all(caughtUp), pause(CATCH_UP_MS, undefined, { ref: false })]);
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    await this.alarms?.close().catch(say);
    await Promise.all(this.running);
    await this.readModels.destroy();
    await this.opened.close();
  }

  /** Held acts take effect at their instant; what this timer misses, the sweep finds. */
  private releaseInTime(events: readonly RecordedEvent[]): void {
    for (const { data } of events) {
      const { until } = data as { readonly until?: InstantAt };
      if (until === undefined) continue;
      const wait = Date.parse(until) - Date.parse(this.opened.time.now());
      void this.wait(Math.max(0, wait)).then(() => (this.stopping.signal.aborted ? undefined : this.releaseHeld()));
    }
  }

  private async releaseHeld(): Promise<void> {
    if (this.opened.registry.fault !== undefined) return;
    await releaseHeldActs(this.opened.desk, this.readModels, this.opened.time.now()).catch(say);
  }

  private ringFor(caseIds: readonly string[]): void {
    // The queue is away: `keepAlarms` tells of it and sets them later, and the sweep finds what fell due meanwhile.
    void this.clocks.setAlarms(caseIds).catch(() => {
      this.alarmsMissing = true;
    });
  }

  /** Opens the queue, again and again while it is away, and sets all alarms; without it the sweep is only less prompt. */
  private async keepAlarms(): Promise<void> {
    const { databaseUrl, redisUrl } = this.settings;
    let told = false;
    let allSetAt = 0;
    for (; !this.stopping.signal.aborted; await this.wait(LOOK_AFTER_ALARMS_MS)) {
      try {
        if (this.alarms === undefined) {
          const alarms = await openAlarms({ databaseUrl, ...(redisUrl === undefined ? {} : { redisUrl }) }, this.clocks.ring);
          if (this.stopping.signal.aborted) return await alarms.close();
          this.alarms = alarms;
          this.clocks.useAlarms(alarms);
          console.log(`worker: alarms ring through ${alarms.backend}`);
        }
        if (!this.alarmsMissing && Date.now() - allSetAt < SET_ALL_ALARMS_MS) continue;
        this.alarmsMissing = false;
        await this.clocks.setAlarms();
        allSetAt = Date.now();
        if (told) console.log('worker: the queue of alarms is back');
        told = false;
      } catch (error) {
        this.alarmsMissing = true;
        const why = error instanceof Error ? error.message || error.name : error;
        if (!told)
          console.error(`worker: the queue of alarms is away (${why}); the sweep goes on every ${this.settings.sweepSeconds} s`);
        told = true;
      }
    }
  }

  /** Alarms count from the time at which they were set. */
  private async watchTime(): Promise<void> {
    const shift = () => Date.parse(this.opened.time.now()) - Date.now();
    for (let known = shift(); !this.stopping.signal.aborted; await this.wait(500)) {
      if (Math.abs(shift() - known) < TIME_MOVED_MS) continue;
      known = shift();
      this.clocks.timeMoved();
      await this.clocks.setAlarms().catch(() => {
        this.alarmsMissing = true;
      });
    }
  }

  private async keepSweeping(leading: AbortSignal): Promise<void> {
    // A decree that moves a hundred thousand clocks takes a minute: what falls due meanwhile does not wait for it.
    let recalculating: Promise<void> | undefined;
    while (!leading.aborted) {
      // By a register that cannot be read nothing is decided. It has said so itself, once.
      if (this.opened.registry.fault === undefined) {
        const started = performance.now();
        const swept = await sweep(this.readModels, this.clocks, this.opened.time.now()).catch(say);
        await this.links.followMerges().catch(say);
        await this.tell().catch(say);
        recalculating ??= this.keepCalendar(leading)
          .catch(say)
          .finally(() => {
            recalculating = undefined;
          });
        await openReferredCases(this.opened.desk, this.readModels).catch(say);
        await this.releaseHeld();
        // A sweep that did not get through is none: that it stays away is what others look for.
        if (swept !== undefined) await this.record(swept, performance.now() - started).catch(say);
      }
      await pause(this.settings.sweepSeconds * 1000, undefined, { signal: leading }).catch(() => undefined);
    }
    await recalculating;
  }

  /** What a calendar moves meanwhile, or while the record is not taken, counts in the next. */
  private async record(swept: Swept, tookMs: number): Promise<void> {
    const { recalculated } = this;
    await recordSweep(this.readModels, { ...swept, recalculated }, this.settings.sweepSeconds * 1000, tookMs);
    this.recalculated -= recalculated;
  }

  /** A calendar that was published since is applied to every open clock, again for a minute: for clocks that started while it arrived. */
  private async keepCalendar(leading: AbortSignal): Promise<void> {
    const { version } = this.opened.desk.calendar();
    if (version !== this.calendar.version) this.calendar = { ...CALENDAR_UNSEEN, version, seenAt: Date.now() };
    const { settled, seenAt, lookedUpTo, failed, failedAt } = this.calendar;
    const retries = failed.length > 0 && Date.now() - failedAt > RETRY_CASES_MS;
    if (settled && !retries) return;
    const settles = Date.now() - seenAt > CALENDAR_SETTLES_MS;
    const looks = settled
      ? undefined
      : await this.recalculate(version, { signal: leading, ...(lookedUpTo === undefined ? {} : { since: lookedUpTo }) });
    // Those that failed by themselves: a connection that was cut fails a few for a moment, a case that cannot be read each time.
    const again = retries ? await this.recalculate(version, { signal: leading, only: failed }) : undefined;
    this.calendar = {
      version,
      seenAt,
      settled: settles,
      lookedUpTo: looks?.upTo ?? lookedUpTo,
      failed: [...new Set([...(again?.failed ?? failed), ...(looks?.failed ?? [])])],
      failedAt: retries || failed.length === 0 ? Date.now() : failedAt,
    };
  }

  private async recalculate(version: number, which: Parameters<typeof recalculateClocks>[3]): Promise<Recalculated> {
    const done = await recalculateClocks(this.readModels, this.opened.desk, this.opened.time.now(), which);
    const { moved, failed } = done;
    if (moved > 0) console.log(`worker: calendar version ${version} moved clocks in ${moved} cases`);
    if (failed.length > 0)
      console.error(`worker: calendar version ${version} could not be applied to ${failed.length} cases; they are tried again`);
    this.recalculated += moved;
    return done;
  }

  /** Scans what waits for the scanner, and reads each document again once a week: one that went bad is known before it is needed. */
  private async checkDocuments(leading: AbortSignal): Promise<void> {
    while (!leading.aborted) {
      const found = await this.documents.check(DOCUMENTS_AT_ONCE, CHECK_DOCUMENTS_AFTER_MS).catch(say);
      if (found !== undefined && found.damaged + found.infected > 0)
        console.error(`worker: documents, ${found.damaged} are damaged and ${found.infected} infected`);
      await pause(CHECK_DOCUMENTS_EVERY_MS, undefined, { signal: leading }).catch(() => undefined);
    }
  }

  /** Cases that belong together are told of each other; with `caseIds`, those around these. */
  private async tell(caseIds?: readonly string[]): Promise<void> {
    await this.links.answerLinks(caseIds);
    await this.links.tellDecisions(caseIds);
  }

  private async wait(ms: number): Promise<void> {
    await pause(ms, undefined, { signal: this.stopping.signal }).catch(() => undefined);
  }
}

function casesIn(events: readonly RecordedEvent[]): readonly Id[] {
  return [...new Set(events.map(caseIdIn))];
}

function say(error: unknown): undefined {
  if (error instanceof RegistryUnreadable) return undefined;
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
  const { databaseUrl, home, movableTime } = settings;
  const opened = await openLog({ databaseUrl, home, movableTime, follow: true });
  const readModels = await openReadModels(databaseUrl).catch(async (error) => {
    await opened.close();
    throw error;
  });
  const worker = new Worker(opened, readModels, settings);
  const context = await NestFactory.createApplicationContext(WorkerModule.with(worker), { logger: ['error', 'warn', 'fatal'] });
  await worker.start();
  return context;
}
