/**
 * The outbox at work. One worker (by a lease) puts in what is to be sent of every event of the log, at the cursor and in its transaction;
 * every worker sends what is due, each delivery taken by one. What is away is tried again ever more rarely, and in the end given up and
 * listed. Everything else of the worker goes on meanwhile.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { dateIn, zoneOf } from '#domain/case/clock-events.js';
import { whoIsTold } from '#domain/clock/ladder.js';
import type { Code, Id, InstantAt } from '#domain/event.js';
import { lineageOf } from '#domain/office/office.js';
import type { CaseDesk } from '#event-store/case-desk.js';
import type { EventLog } from '#event-store/event-log.js';
import type { Position, RecordedEvent } from '#event-store/port.js';
import type { ReadModels } from '#read-models/data-source.js';
import { type Holder, leadWhileHeld } from '#read-models/lease.js';
import {
  type Delivery,
  MAIL,
  type NewDelivery,
  type OutboxTarget,
  openOutbox,
  outboxEventOf,
  putIn,
  settle,
  takeDue,
  targetKey,
  toldPrefixes,
} from '#read-models/outbox.js';
import { FencedOff } from '#read-models/projection.js';
import { type WebhookTarget, webhooksOf } from '#read-models/webhook-targets.js';
import { type MailPort, NotDelivered, postWebhook } from './channels.js';
import { mailOf } from './mail.js';

export interface DeliveryPace {
  /** Before the second attempt; twice as long before each one after, up to `mostMs`, each cut by chance to between half of it and all. */
  readonly firstMs: number;
  readonly mostMs: number;
  /** After so many it is given up. */
  readonly attempts: number;
  /** How often a worker looks for what is due. */
  readonly lookMs: number;
}

/** Given up after two days: a weekend's outage of the mail server is ridden out. */
export const usualPace: DeliveryPace = { firstMs: 5_000, mostMs: 6 * 3_600_000, attempts: 20, lookMs: 1_000 };

/** What was taken and not said anything of is free for others after so long: longer than any attempt may take. */
const HELD_MS = 120_000;
const AT_ONCE = 10;
const EVENTS_AT_ONCE = 500;
const RETRY_MS = 2_000;

/** The ways out that are configured. */
export interface Outlets {
  readonly mail?: {
    readonly port: MailPort;
    /** Where the console is, without a slash at the end. */
    readonly publicUrl: string;
    /** Addresses by login, read anew for every look. */
    readonly addresses: () => Promise<ReadonlyMap<Id, string>>;
  };
  readonly webhooks: readonly WebhookTarget[];
}

export interface DeliveryOptions {
  readonly lease: Holder;
  readonly now: () => InstantAt;
  readonly pace?: DeliveryPace;
}

/** Puts in and sends until the signal aborts. Where no way out is configured, only forgets those that were. */
export async function runDelivery(
  readModels: ReadModels,
  desk: CaseDesk,
  outlets: Outlets,
  signal: AbortSignal,
  { lease, now, pace = usualPace }: DeliveryOptions,
): Promise<void> {
  const { mail, webhooks } = outlets;
  const targets: readonly OutboxTarget[] = [
    ...(mail === undefined ? [] : [MAIL]),
    ...webhooks.map(({ name }): OutboxTarget => ({ channel: 'webhook', target: name })),
  ];
  const planner = new Planner(readModels, desk, outlets, targets, now);
  if (targets.length === 0) return planner.run(signal);
  const sending = [
    ...(mail === undefined ? [] : [keepSending(readModels, MAIL, pace, signal, (delivery) => sendMail(desk, mail, delivery))]),
    ...webhooks.map((target) =>
      keepSending(readModels, { channel: 'webhook', target: target.name }, pace, signal, ({ id, event }) =>
        postWebhook(target, id, event, signal),
      ),
    ),
  ];
  await Promise.all([leadWhileHeld(readModels, 'delivery', lease, signal, (leading) => planner.run(leading)), ...sending]);
  mail?.port.close();
}

/** Follows the log and puts in what is to be sent. */
class Planner {
  private readonly noAddress = new Set<Id>();

  constructor(
    private readonly readModels: ReadModels,
    private readonly desk: CaseDesk,
    private readonly outlets: Outlets,
    private readonly targets: readonly OutboxTarget[],
    private readonly now: () => InstantAt,
  ) {}

  async run(signal: AbortSignal): Promise<void> {
    const tell = sayOnce();
    while (!signal.aborted)
      try {
        await this.follow(this.desk.log, signal);
        if (this.targets.length === 0) return;
      } catch (error) {
        if (signal.aborted) return;
        if (!(error instanceof FencedOff)) tell(`the outbox stands still, trying again: ${reasonOf(error)}`);
        await pause(RETRY_MS, undefined, { signal }).catch(() => undefined);
      }
  }

  private async follow(log: EventLog, signal: AbortSignal): Promise<void> {
    const store = await log.store.identity();
    const { from: begun, since } = await openOutbox(this.readModels, log, this.targets);
    if (this.targets.length === 0) return;
    let from = begun;
    let waiting: RecordedEvent[] = [];
    const flush = async (to: Position): Promise<void> => {
      if (to === from) return;
      const deliveries = (await Promise.all(waiting.map((event) => this.deliveriesOf(event, store)))).flat();
      const wanted = deliveries.filter(({ channel, to: receiver, position }) => {
        const target = channel === 'mail' ? MAIL : { channel, target: receiver };
        return BigInt(position) > BigInt(since.get(targetKey(target)) ?? position);
      });
      await putIn(this.readModels, wanted, { from, to });
      from = to;
      waiting = [];
    };
    const only = (event: RecordedEvent): boolean => this.isTold(event);
    for await (const message of log.subscribe(from, { filter: { streamPrefixes: toldPrefixes }, only, signal })) {
      if (message.kind === 'event') {
        waiting.push(message.event);
        if (waiting.length >= EVENTS_AT_ONCE) await flush(message.event.position);
      } else await flush(message.position);
    }
  }

  private isTold({ type }: RecordedEvent): boolean {
    return (
      (this.outlets.mail !== undefined && MAILED.includes(type)) ||
      this.outlets.webhooks.some(({ types }) => types.includes(type))
    );
  }

  private async deliveriesOf(event: RecordedEvent, store: Id): Promise<readonly NewDelivery[]> {
    return [...webhooksOf(this.outlets.webhooks, event, store), ...(await this.mailsOf(event, store))];
  }

  private async mailsOf(event: RecordedEvent, store: Id): Promise<readonly NewDelivery[]> {
    const { mail } = this.outlets;
    if (mail === undefined || !MAILED.includes(event.type)) return [];
    const told = await this.whoIsToldOf(event);
    const addresses = await mail.addresses();
    return told.flatMap((to) => {
      if (addresses.has(to))
        return [{ channel: 'mail' as const, to, position: event.position, event: outboxEventOf(event, store) }];
      if (!this.noAddress.has(to))
        console.error(`worker: no mail to ${to}, who has no address; the inbox in the console tells them`);
      this.noAddress.add(to);
      return [];
    });
  }

  /** Of a clock, whom the event names; of a sign of trafficking, the supervisors of the office that has the case or referral. */
  private async whoIsToldOf({ type, stream, data }: RecordedEvent): Promise<readonly Id[]> {
    const { told, office, indicators } = data as {
      readonly told?: readonly Id[];
      readonly office?: Code;
      readonly indicators?: readonly unknown[];
    };
    if (type === 'IndicatorRecorded') {
      const state = await this.desk.asFarAsReadable(stream.slice('case-'.length));
      return state === undefined ? [] : this.supervisorsOf(state.office);
    }
    if (type === 'ReferralReceived') return office === undefined || !indicators?.length ? [] : this.supervisorsOf(office);
    return told ?? [];
  }

  private supervisorsOf(office: Code): readonly Id[] {
    const { registry } = this.desk;
    const on = dateIn(zoneOf(registry.state.offices, office), this.now());
    return whoIsTold('supervisor', office, undefined, registry.rosterOn(on), lineageOf(registry.state.offices, office, on)).told;
  }
}

const MAILED: readonly string[] = [
  'ClockEscalated',
  'ClockPassedOn',
  'ClockWarned',
  'GlassBroken',
  'IndicatorRecorded',
  'ReferralReceived',
];

async function sendMail(
  desk: CaseDesk,
  { port, publicUrl, addresses }: NonNullable<Outlets['mail']>,
  delivery: Delivery,
): Promise<void> {
  const to = (await addresses()).get(delivery.target);
  if (to === undefined) throw new NotDelivered('no-address');
  await port.send({ to, ...(await mailOf(desk, publicUrl, delivery)) });
}

async function keepSending(
  readModels: ReadModels,
  target: OutboxTarget,
  pace: DeliveryPace,
  signal: AbortSignal,
  send: (delivery: Delivery) => Promise<void>,
): Promise<void> {
  const tell = sayOnce();
  const attempt = async (delivery: Delivery): Promise<void> => {
    const fault = await send(delivery).then(
      () => undefined,
      (error: unknown) => error,
    );
    // Ended in the middle: what became of it is not known, so it counts as nothing and is taken again.
    if (signal.aborted && fault !== undefined) return;
    if (fault === undefined) return settle(readModels, delivery, { state: 'sent' });
    const { code, forGood } = fault instanceof NotDelivered ? fault : { code: 'fault', forGood: false };
    if (!(fault instanceof NotDelivered)) tell(`${targetKey(target)}: ${reasonOf(fault)}`);
    if (forGood || delivery.attempts >= pace.attempts) {
      console.error(`worker: ${targetKey(target)}: delivery ${delivery.id} is given up (${code}); see npx tegas outbox`);
      return settle(readModels, delivery, { state: 'dead', error: code });
    }
    await settle(readModels, delivery, { state: 'pending', error: code, againMs: againAfterMs(delivery.attempts, pace) });
  };
  while (!signal.aborted) {
    try {
      const due = await takeDue(readModels, target, AT_ONCE, HELD_MS);
      await Promise.all(due.map(attempt));
      if (due.length === AT_ONCE) continue;
    } catch (error) {
      tell(`${targetKey(target)}: ${reasonOf(error)}`);
    }
    await pause(pace.lookMs, undefined, { signal }).catch(() => undefined);
  }
}

/** How long to wait after so many attempts: doubled each time, and by chance up to half less, so that not all come back at once. */
export function againAfterMs(attempts: number, { firstMs, mostMs }: DeliveryPace, chance: () => number = Math.random): number {
  const whole = Math.min(mostMs, firstMs * 2 ** (attempts - 1));
  return Math.round(whole * (1 - chance() / 2));
}

/** Says a thing once, and again only when it is something else. */
export function sayOnce(): (what: string) => void {
  let said = '';
  return (what) => {
    if (what !== said) console.error(`worker: ${what}`);
    said = what;
  };
}

export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message || error.name : String(error);
}
