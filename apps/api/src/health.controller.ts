/** Is the process alive; is it able to serve: store reachable, read models near the log. The same as metrics, for Prometheus. */
import { setTimeout as pause } from 'node:timers/promises';
import { Controller, Get, Header, Inject } from '@nestjs/common';
import { ApiExcludeEndpoint, ApiTags } from '@nestjs/swagger';
import { collectDefaultMetrics, Gauge, Registry as Metrics } from 'prom-client';
import { type MerkleHealth, merkleHealth } from '#audit/merkle-log.js';
import { isAway, StoreUnavailable } from '#event-store/port.js';
import { type ClockHealth, clockHealth, sweepHealth } from '#read-models/clock-health.js';
import { countOutbox, type OutboxCount } from '#read-models/outbox.js';
import { OtherStore, type ProjectionLag, projectionLag } from '#read-models/projection.js';
import { Problem } from './problem-details.js';
import { May } from './sign-in.js';
import { OpenLogToken, type Tegas } from './tegas.js';

/** Prometheus waits ten seconds for a scrape unless told otherwise. */
const SCRAPE_WITHIN_MS = 5_000;

@ApiTags('health')
@May('ReadHealth')
@Controller('health')
export class HealthController {
  private readonly metrics = new Metrics();

  constructor(@Inject(OpenLogToken) private readonly tegas: Tegas) {
    collectDefaultMetrics({ register: this.metrics });
    const storeUp = () => Number(this.scraped !== undefined);
    new Gauge({
      name: 'tegas_store_up',
      help: '1 while the event log and the database of the read models answer',
      registers: [this.metrics],
      collect() {
        this.set(storeUp());
      },
    });
    this.gauge(
      'tegas_projection_lag_seconds',
      'How long the oldest event a projection has not taken has been waiting',
      (l) => l.lagSeconds,
    );
    this.gauge('tegas_projection_behind_positions', 'How far a projection stands behind the head of the log', (l) => l.behind);
    this.gauge(
      'tegas_projection_parked_cases',
      'Cases, persons, matches and referrals a projection set aside (npx tegas parked)',
      (l) => l.parked,
    );
    this.gauge('tegas_projection_of_other_store', '1 when a projection was made from another event store', (l) =>
      Number(l.otherStore),
    );
    this.clockGauge('tegas_clocks_open', 'Clocks that run', (h) => h.open);
    this.clockGauge('tegas_clocks_suspended', 'Clocks that stand still', (h) => h.suspended);
    this.clockGauge('tegas_clocks_due', 'Clocks that have fallen due and were not announced yet', (h) => h.due);
    this.clockGauge('tegas_clocks_overdue', 'Running clocks whose date has passed', (h) => h.overdue);
    this.clockGauge('tegas_clock_lateness_p50_seconds', 'How late clocks were announced in the last day', (h) => h.lateness.p50);
    this.clockGauge('tegas_clock_lateness_p95_seconds', 'How late clocks were announced in the last day', (h) => h.lateness.p95);
    this.clockGauge('tegas_clock_lateness_p99_seconds', 'How late clocks were announced in the last day', (h) => h.lateness.p99);
    this.clockGauge('tegas_sweep_age_seconds', 'Since the sweep for missed deadlines last looked', (h) => h.sweep?.ageSeconds);
    this.clockGauge('tegas_sweep_late', '1 while nobody looks for missed deadlines', (h) => Number(h.sweep?.late ?? true));
    this.clockGauge('tegas_sweeps', 'Sweeps since the first', (h) => h.sweep?.sweeps);
    this.clockGauge('tegas_sweep_announced', 'Clocks that sweeps have announced', (h) => h.sweep?.total.announced);
    this.clockGauge('tegas_sweep_steps_told', 'Steps of ladders that sweeps have told', (h) => h.sweep?.total.told);
    this.clockGauge('tegas_sweep_failed', 'Clocks that a sweep could not carry out', (h) => h.sweep?.total.failed);
    this.clockGauge(
      'tegas_recalculated_cases',
      'Cases in which a new calendar moved a clock',
      (h) => h.sweep?.total.recalculated,
    );
    const outbox = () => this.scraped?.outbox ?? [];
    new Gauge({
      name: 'tegas_deliveries',
      help: 'Mails and webhooks by state; dead ones were given up (npx tegas outbox)',
      labelNames: ['channel', 'state'],
      registers: [this.metrics],
      collect() {
        this.reset();
        for (const { channel, state, count } of outbox()) this.set({ channel, state }, count);
      },
    });
    const documents = (): Readonly<Record<string, number>> => this.scraped?.documents ?? {};
    new Gauge({
      name: 'tegas_documents',
      help: 'Documents of cases by state: kept, quarantined, infected, damaged (npx tegas documents)',
      labelNames: ['state'],
      registers: [this.metrics],
      collect() {
        this.reset();
        for (const [state, count] of Object.entries(documents())) this.set({ state }, count);
      },
    });
    this.merkleGauge('tegas_merkle_leaves', 'Events that the Merkle log covers', (m) => m.leaves);
    this.merkleGauge(
      'tegas_merkle_lag_seconds',
      'How long the oldest event has waited that is no leaf of the Merkle log yet',
      (m) => m.lagSeconds,
    );
    this.merkleGauge(
      'tegas_checkpoint_age_seconds',
      'Since a checkpoint of the Merkle log was signed',
      (m) => m.checkpointAgeSeconds,
    );
    this.merkleGauge('tegas_merkle_unsigned', 'Leaves of the Merkle log that no checkpoint covers', (m) => m.unsigned);
    this.gauge('tegas_projection_led', '1 while a worker leads the projection', (l) => (l.leader === null ? 0 : 1));
  }

  @Get('live')
  live() {
    return { status: 'ok' };
  }

  @Get('ready')
  async ready() {
    if (this.tegas.registry.state.calendar === undefined)
      throw new Problem(503, 'not-seeded', {
        id: 'Register belum diisi: jalankan `npx tegas seed`.',
        en: 'The registry is empty: run `npx tegas seed`.',
      });
    const lag = await this.lag();
    if (lag.some(({ otherStore }) => otherStore)) throw new Problem(503, 'other-store', new OtherStore().text, { lag });
    // The API serves on while nobody sweeps; whoever watches it is told all the same.
    const sweep = await sweepHealth(this.tegas.readModels);
    const merkle = await this.merkle();
    return { status: 'ok', position: await this.tegas.log.head(), lag, sweep, merkle };
  }

  @Get('metrics')
  @ApiExcludeEndpoint()
  @Header('Content-Type', Metrics.PROMETHEUS_CONTENT_TYPE)
  async scrape(): Promise<string> {
    // While the log or the database is away, what the process knows of itself is still told; the projections are left out.
    this.scraped = await inTime(this.look()).catch((error) => {
      if (!isAway(error)) throw error;
      return undefined;
    });
    return this.metrics.metrics();
  }

  /** One look at the database serves every gauge of a scrape. */
  private scraped: Scraped | undefined;

  /** Nothing is told of what is not known, and of what has no value yet. */
  private healthGauge(name: string, help: string, measure: (scraped: Scraped) => number | null | undefined): void {
    const scraped = () => this.scraped;
    new Gauge({
      name,
      help,
      registers: [this.metrics],
      collect() {
        this.reset();
        const known = scraped();
        const value = known === undefined ? undefined : measure(known);
        if (value !== undefined && value !== null) this.set(value);
      },
    });
  }

  private merkleGauge(name: string, help: string, measure: (health: MerkleHealth) => number | null): void {
    this.healthGauge(name, help, ({ merkle }) => (merkle === null ? null : measure(merkle)));
  }

  private clockGauge(name: string, help: string, measure: (health: ClockHealth) => number | null | undefined): void {
    this.healthGauge(name, help, ({ clocks }) => measure(clocks));
  }

  private gauge(name: string, help: string, measure: (lag: ProjectionLag) => number): void {
    const scraped = () => this.scraped?.lag ?? [];
    new Gauge({
      name,
      help,
      labelNames: ['projection'],
      registers: [this.metrics],
      collect() {
        this.reset();
        for (const lag of scraped()) this.set({ projection: lag.name }, measure(lag));
      },
    });
  }

  private async look(): Promise<Scraped> {
    const { readModels, time, documents } = this.tegas;
    const [lag, clocks, outbox, counted, merkle] = await Promise.all([
      this.lag(),
      clockHealth(readModels, time.now()),
      countOutbox(readModels),
      documents.count(),
      this.merkle(),
    ]);
    return { lag, clocks, outbox, documents: counted, merkle };
  }

  private merkle(): Promise<MerkleHealth | null> {
    const { pool, log, time } = this.tegas;
    return merkleHealth(pool, log.store, time.now());
  }

  private lag(): Promise<readonly ProjectionLag[]> {
    const { log, readModels, time } = this.tegas;
    return projectionLag(readModels, log, time.now());
  }
}

interface Scraped {
  readonly lag: readonly ProjectionLag[];
  readonly clocks: ClockHealth;
  readonly outbox: readonly OutboxCount[];
  readonly merkle: MerkleHealth | null;
  readonly documents: Awaited<ReturnType<Tegas['documents']['count']>>;
}

function inTime<T>(asked: Promise<T>): Promise<T> {
  asked.catch(() => undefined);
  const late = pause(SCRAPE_WITHIN_MS, undefined, { ref: false }).then(() => {
    throw new StoreUnavailable(`No answer within ${SCRAPE_WITHIN_MS} ms`);
  });
  return Promise.race([asked, late]);
}
