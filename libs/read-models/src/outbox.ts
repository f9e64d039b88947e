/**
 * The outbox: what is to be sent out of the house, to whom, and what came of it. Tables of the worker in schema `ops`, not of a projection:
 * a rebuild touches none of it. A row holds ids and codes only, and names an official by login, a webhook by the name it was configured under.
 */
import type { DataSource, EntityManager } from 'typeorm';
import { referenceOf } from '#domain/case/reference.js';
import type { Code, Id, InstantAt, Json } from '#domain/event.js';
import { commandIdOf } from '#event-store/envelope.js';
import type { EventLog } from '#event-store/event-log.js';
import { comparePositions, type Position, type RecordedEvent } from '#event-store/port.js';
import { FencedOff } from './projection.js';

export type Channel = 'mail' | 'webhook';

/** One that is sent to: a webhook by its name; all mail together, whoever the official. */
export interface OutboxTarget {
  readonly channel: Channel;
  readonly target: string;
}

/** Every official is reached by the one target `mail`. */
export const MAIL: OutboxTarget = { channel: 'mail', target: 'mail' };

/** What is told of an event: a CloudEvent (1.0, JSON), ids and codes only. */
export interface OutboxEvent {
  readonly specversion: '1.0';
  readonly id: Id;
  readonly source: string;
  readonly type: string;
  readonly subject: Id;
  readonly time: InstantAt;
  readonly datacontenttype: 'application/json';
  readonly data: { readonly [field: string]: Json };
}

/** Of what happens to a clock, the codes that are told besides its id. Never an official's login, which often is a name, and never a date. */
const TOLD_OF_CLOCKS = ['clockId', 'clock', 'step', 'office', 'toRole', 'outcome'];

/** The streams of which anything is ever told. */
export const toldPrefixes: readonly string[] = ['case-', 'clocks-', 'glass-', 'referral-'];

/** An event as it is told outside: which, of what and when. Whoever is told asks the API for the rest, by their own rights. */
export function outboxEventOf(event: RecordedEvent, store: Id): OutboxEvent {
  const { id, type, stream, revision, position, metadata } = event;
  const subject = stream.slice(stream.indexOf('-') + 1);
  const said = new Map<string, unknown>(stream.startsWith('clocks-') ? Object.entries(event.data) : []);
  const codes = TOLD_OF_CLOCKS.flatMap((field) => {
    const code = said.get(field);
    return typeof code === 'string' ? [[field, code]] : [];
  });
  return {
    specversion: '1.0',
    id,
    source: `urn:uuid:${store}`,
    type: `tegas.${type}`,
    subject,
    time: metadata.recordedAt,
    datacontenttype: 'application/json',
    data: {
      ...(stream.startsWith('referral-') ? { referralId: subject } : { caseId: subject, reference: referenceOf(subject) }),
      revision,
      position,
      ...Object.fromEntries(codes),
    },
  };
}

/** To be sent once: `to` is the official's login, or the webhook's name. */
export interface NewDelivery {
  readonly channel: Channel;
  readonly to: string;
  readonly position: Position;
  readonly event: OutboxEvent;
}

export interface Delivery {
  /** The same however often it is sent: by it a receiver knows a doubled one. */
  readonly id: Id;
  readonly channel: Channel;
  readonly target: string;
  readonly event: OutboxEvent;
  /** This one included. */
  readonly attempts: number;
}

/** The id of what one receiver is told of one event. */
export function deliveryIdOf(eventId: Id, channel: Channel, to: string): Id {
  return commandIdOf(`${channel} ${to}`, eventId);
}

/**
 * Where deliveries are planned from, and since when each target is told of events. One that is new here begins at the head of the log, so
 * that a channel that is switched on does not send years of history; one that is configured no more is forgotten, and begins anew should it
 * come back. In another log than before all begin anew.
 */
export async function openOutbox(
  dataSource: DataSource,
  log: EventLog,
  targets: readonly OutboxTarget[],
): Promise<{ readonly from: Position; readonly since: ReadonlyMap<string, Position> }> {
  const [head, store] = [await log.head(), await log.store.identity()];
  return dataSource.transaction(async (manager) => {
    await manager.query('INSERT INTO ops.outbox_cursor (position, store) VALUES ($1, $2) ON CONFLICT DO NOTHING', [head, store]);
    const [cursor]: { position: Position; store: Id }[] = await manager.query(
      'SELECT position, store FROM ops.outbox_cursor FOR UPDATE',
    );
    const known: { channel: Channel; target: string }[] = await manager.query('SELECT channel, target FROM ops.outbox_target');
    for (const { channel, target } of known) {
      const gone = !targets.some((one) => one.channel === channel && one.target === target);
      if (gone)
        await manager.query(
          `UPDATE ops.delivery SET state = 'dead', last_error = 'target-gone'
            WHERE state = 'pending' AND channel = $1 AND ($1 = 'mail' OR target = $2)`,
          [channel, target],
        );
      if (gone || cursor?.store !== store)
        await manager.query('DELETE FROM ops.outbox_target WHERE channel = $1 AND target = $2', [channel, target]);
    }
    for (const { channel, target } of targets)
      await manager.query('INSERT INTO ops.outbox_target (channel, target, since) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING', [
        channel,
        target,
        head,
      ]);
    const rows: (OutboxTarget & { since: Position })[] = await manager.query(
      'SELECT channel, target, since FROM ops.outbox_target',
    );
    const reached = cursor?.store === store ? cursor.position : head;
    const oldest = rows.map(({ since }) => since).reduce((a, b) => (comparePositions(a, b) < 0 ? a : b), head);
    const from = comparePositions(oldest, reached) > 0 ? oldest : reached;
    await manager.query('UPDATE ops.outbox_cursor SET position = $1, store = $2', [from, store]);
    return { from, since: new Map(rows.map(({ channel, target, since }) => [targetKey({ channel, target }), since])) };
  });
}

export function targetKey({ channel, target }: OutboxTarget): string {
  return `${channel} ${target}`;
}

/**
 * Puts deliveries in and moves the cursor, in one transaction; what was put in before stays as it is.
 * @throws FencedOff when the cursor no longer stands at `from`: another worker moved it.
 */
export async function putIn(
  dataSource: DataSource,
  deliveries: readonly NewDelivery[],
  move: { readonly from: Position; readonly to: Position },
): Promise<void> {
  await dataSource.transaction(async (manager) => {
    const moved: [unknown, number] = await manager.query('UPDATE ops.outbox_cursor SET position = $2 WHERE position = $1', [
      move.from,
      move.to,
    ]);
    if (moved[1] === 0) throw new FencedOff(`The outbox no longer stands at ${move.from}`);
    await insert(manager, deliveries, 'DO NOTHING');
  });
}

/** Puts deliveries in anew, those that were sent or given up before too. Answers how many will be sent. */
export async function putInAgain(dataSource: DataSource, deliveries: readonly NewDelivery[]): Promise<number> {
  return insert(
    dataSource.manager,
    deliveries,
    `DO UPDATE SET state = 'pending', attempts = 0, next_at = clock_timestamp(), last_error = NULL, sent_at = NULL`,
  );
}

async function insert(manager: EntityManager, deliveries: readonly NewDelivery[], onConflict: string): Promise<number> {
  for (const { channel, to, position, event } of deliveries)
    await manager.query(
      `INSERT INTO ops.delivery (id, channel, target, event_id, position, event) VALUES ($1, $2, $3, $4, $5, $6)
       ON CONFLICT (id) ${onConflict}`,
      [deliveryIdOf(event.id, channel, to), channel, to, event.id, position, JSON.stringify(event)],
    );
  return deliveries.length;
}

/**
 * Takes what is due of a channel (and, for webhooks, a target) for this worker alone: others pass over it, and find it again should nothing
 * be said of it within `heldMs`. Each taking counts as an attempt.
 */
export async function takeDue(
  dataSource: DataSource,
  { channel, target }: OutboxTarget,
  limit: number,
  heldMs: number,
): Promise<readonly Delivery[]> {
  const [rows]: [Delivery[], number] = await dataSource.query(
    `UPDATE ops.delivery SET attempts = attempts + 1, next_at = clock_timestamp() + $3 * interval '1 ms'
      WHERE id IN (SELECT id FROM ops.delivery
                    WHERE state = 'pending' AND channel = $1 AND ($2::text IS NULL OR target = $2) AND next_at <= clock_timestamp()
                    ORDER BY next_at LIMIT $4 FOR UPDATE SKIP LOCKED)
      RETURNING id, channel, target, event, attempts`,
    [channel, channel === 'mail' ? null : target, heldMs, limit],
  );
  return rows;
}

/** What came of an attempt: sent; failed, to be tried again after `againMs`; or given up. `error` is a code, never a receiver's own words. */
export type Attempted =
  | { readonly state: 'sent' }
  | { readonly state: 'pending'; readonly error: Code; readonly againMs: number }
  | { readonly state: 'dead'; readonly error: Code };

/** Says what came of an attempt, unless another worker has taken it since. */
export async function settle(dataSource: DataSource, { id, attempts }: Delivery, attempted: Attempted): Promise<void> {
  await dataSource.query(
    `UPDATE ops.delivery SET state = $3, last_error = $4, next_at = clock_timestamp() + $5 * interval '1 ms',
            sent_at = CASE WHEN $3 = 'sent' THEN clock_timestamp() END
      WHERE id = $1 AND attempts = $2 AND state = 'pending'`,
    [
      id,
      attempts,
      attempted.state,
      attempted.state === 'sent' ? null : attempted.error,
      attempted.state === 'pending' ? attempted.againMs : 0,
    ],
  );
}

export interface OutboxCount {
  readonly channel: Channel;
  readonly state: 'pending' | 'sent' | 'dead';
  readonly count: number;
}

export async function countOutbox(dataSource: DataSource): Promise<readonly OutboxCount[]> {
  return dataSource.query(
    'SELECT channel, state, count(*)::int AS count FROM ops.delivery GROUP BY channel, state ORDER BY channel, state',
  );
}

export interface DeadDelivery {
  readonly id: Id;
  readonly channel: Channel;
  readonly target: string;
  readonly type: string;
  readonly position: Position;
  readonly attempts: number;
  readonly lastError: Code | null;
  readonly createdAt: InstantAt;
}

/** What was given up, oldest first. */
export async function findDead(dataSource: DataSource, limit: number): Promise<readonly DeadDelivery[]> {
  return dataSource.query(
    `SELECT id, channel, target, event->>'type' AS type, position, attempts, last_error AS "lastError",
       to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS "createdAt"
     FROM ops.delivery WHERE state = 'dead' ORDER BY position, channel, target LIMIT ${Math.trunc(limit)}`,
  );
}

/** Everything that was given up is tried again, from the first attempt, but for a target that is configured no more, which nobody would take. Answers how many. */
export async function retryDead(dataSource: DataSource): Promise<number> {
  const [, count]: [unknown, number] = await dataSource.query(
    `UPDATE ops.delivery d SET state = 'pending', attempts = 0, next_at = clock_timestamp() WHERE state = 'dead'
      AND EXISTS (SELECT FROM ops.outbox_target t WHERE t.channel = d.channel AND (d.channel = 'mail' OR t.target = d.target))`,
  );
  return count;
}
