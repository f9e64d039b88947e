/**
 * What someone does who is superuser of the database and knows the product: rewrites the log, computes every hash anew, makes the Merkle
 * log anew, and tidies up the checkpoints. They do not have the key that signs, nor reach what an auditor keeps elsewhere.
 */
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { MerkleLog } from '#audit/merkle-log.js';
import type { Id, Sha256 } from '#domain/event.js';
import { chainHash } from '#event-store/envelope.js';
import { PostgresStore } from '#event-store/postgres-store.js';

/** An event as the attacker sees it: all that its hash covers, but for where it stands, which they decide. */
interface Written {
  readonly stream: Id;
  readonly id: Id;
  readonly type: string;
  readonly schemaVersion: number;
  readonly data: { readonly [field: string]: unknown };
  readonly metadata: { readonly actor: Id; readonly effectiveAt: string; readonly recordedAt: string };
}

/** Another history in the place of the one that was written, of which an auditor kept a checkpoint of `signed` events. */
export type Attack = (events: readonly Written[], signed: number) => readonly Written[];

/** The place in the log of a finding in the middle of what was signed: an act worth a forgery. */
function findingWithin(events: readonly Written[], signed: number): number {
  const places = [...events.slice(0, signed).entries()].flatMap(([place, { type }]) =>
    type === 'FindingRecorded' ? [place] : [],
  );
  const place = places[Math.floor(places.length / 2)];
  if (place === undefined) throw new Error('VOID: the log holds no finding to attack');
  return place;
}

/** The six of promise R10. */
export const attacks: { readonly [name: string]: Attack } = {
  edit: (events, signed) => {
    const place = findingWithin(events, signed);
    return events.map((event, at) => (at === place ? { ...event, data: { ...event.data, value: 'timor-leste' } } : event));
  },
  delete: (events, signed) => events.toSpliced(findingWithin(events, signed), 1),
  reorder: (events, signed) => {
    const place = findingWithin(events, signed);
    const [finding, next] = [events[place], events[place + 1]];
    if (finding === undefined || next === undefined) throw new Error('VOID: nothing follows the finding');
    return events.with(place, next).with(place + 1, finding);
  },
  insert: (events, signed) => {
    const place = findingWithin(events, signed);
    const finding = events[place];
    if (finding === undefined) throw new Error('VOID: no finding');
    return events.toSpliced(place + 1, 0, { ...finding, id: randomUUID(), data: { ...finding.data, value: 'wna' } });
  },
  'cut the tail': (events, signed) => events.slice(0, signed - 3),
  // And work goes on after it, beyond what was signed.
  'restore a backup': (events, signed) => {
    const backup = events.slice(0, Math.floor(signed * 0.8));
    const template = backup.filter(({ stream }) => stream === backup.at(-1)?.stream);
    const anew = Array.from({ length: Math.ceil((events.length - backup.length) / template.length) + 1 }, () => {
      const stream = `case-${randomUUID()}`;
      return template.map((event) => ({ ...event, stream, id: randomUUID() }));
    });
    return [...backup, ...anew.flat()];
  },
};

/** Puts another history in the place of the log, as `attack` has it, in the database at `url`. */
export async function rewriteLog(url: string, attack: Attack, signed: number): Promise<void> {
  const pool = new pg.Pool({ connectionString: url, max: 2 });
  pool.on('error', () => undefined);
  try {
    const { rows } = await pool.query<{
      stream: Id;
      id: Id;
      type: string;
      version: number;
      data: Written['data'];
      metadata: Written['metadata'] & { hash: Sha256 };
    }>(
      `SELECT stream_id AS stream, event_id AS id, type, schema_version AS version, data, metadata
         FROM log.events ORDER BY position`,
    );
    const events = rows.map(({ version, metadata: { hash: _, ...metadata }, ...row }) => ({
      ...row,
      schemaVersion: version,
      metadata,
    }));
    await pool.query('ALTER TABLE log.events DISABLE TRIGGER events_never_change');
    await pool.query('TRUNCATE log.events');
    await insertForged(pool, attack(events, signed));
    await pool.query('ALTER TABLE log.events ENABLE TRIGGER events_never_change');
    await pool.query('UPDATE log.log_head SET position = (SELECT max(position) FROM log.events)');
    await MerkleLog.clear(pool);
    const store = new PostgresStore(pool, { listen: false });
    await (await MerkleLog.open(pool, store)).catchUp(store);
    await store.close();
  } finally {
    await pool.end();
  }
}

/** Every event at its new place, with the hash that belongs there. */
async function insertForged(pool: pg.Pool, events: readonly Written[]): Promise<void> {
  const ends = new Map<Id, { readonly revision: number; readonly hash: Sha256 }>();
  const forged = events.map(({ stream, id, type, schemaVersion, data, metadata }) => {
    const end = ends.get(stream);
    const revision = (end?.revision ?? -1) + 1;
    const unhashed = metadata as Parameters<typeof chainHash>[1]['metadata'];
    const hash = chainHash(end?.hash, { stream, revision, id, type, schemaVersion, data, metadata: unhashed });
    ends.set(stream, { revision, hash });
    return { stream, revision, id, type, schemaVersion, data, metadata: { ...metadata, hash }, hash };
  });
  await pool.query(
    `INSERT INTO log.events (position, stream_id, revision, event_id, type, schema_version, data, metadata, hash)
     SELECT o, e->>'stream', (e->>'revision')::int, (e->>'id')::uuid, e->>'type', (e->>'schemaVersion')::int,
            e->'data', e->'metadata', decode(e->>'hash', 'hex')
       FROM json_array_elements($1::json) WITH ORDINALITY AS forged(e, o)`,
    [JSON.stringify(forged)],
  );
}
