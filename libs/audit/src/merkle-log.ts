/**
 * The Merkle log: one leaf for each event of the event log, in its order, counted here (positions of the event log are not dense). A leaf’s
 * data is the event’s hash, which covers the event and all before it in its stream. Hashes stand in tiles of 256 (as C2SP tlog-tiles cut
 * them), in tables of their own in schema `merkle`: no read model, and not touched when those are rebuilt.
 *
 * It follows the event log, a moment behind. Whoever appends moves the head in the same transaction and only from where they last saw it, so
 * two at once cannot do harm.
 */
import type pg from 'pg';
import type { Id, InstantAt, Sha256 } from '#domain/event.js';
import { comparePositions, type EventStore, type Position } from '#event-store/port.js';
import { type Checkpoint, type CheckpointKey, parseCheckpoint, signCheckpoint } from './checkpoint.js';
import type { CheckpointSigner } from './checkpoint-keys.js';
import { Frontier, leafHash, nodeHash, type ReadSubtrees, rootOf, type Subtree, type TreeHash } from './merkle.js';

const TILE = 256;
const LEVELS_PER_TILE = 8;
const HASH_BYTES = 32;
const EVENTS_AT_ONCE = 2000;
const HASHES_ONLY = { withoutData: true } as const;

/** Creates or completes the tables. May be called by many processes at once and again at any time. */
export async function migrateMerkleLog(pool: pg.Pool): Promise<void> {
  // Several statements in one simple query are one transaction; the lock lets one process at a time through.
  await pool.query(`
    SELECT pg_advisory_xact_lock(hashtextextended('tegas migrate merkle', 0));
    CREATE SCHEMA IF NOT EXISTS merkle;
    CREATE TABLE IF NOT EXISTS merkle.head (
      only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
      store uuid NOT NULL,
      position bigint NOT NULL,
      leaves bigint NOT NULL
    ) WITH (fillfactor = 10);
    CREATE TABLE IF NOT EXISTS merkle.tile (
      level smallint NOT NULL,
      tile bigint NOT NULL,
      hashes bytea STORAGE EXTERNAL NOT NULL,
      PRIMARY KEY (level, tile)
    );
    -- Where the events of the leaves of a tile stand in the event log.
    CREATE TABLE IF NOT EXISTS merkle.leaf_position (
      tile bigint PRIMARY KEY,
      first_position bigint NOT NULL,
      positions bigint[] NOT NULL
    );
    CREATE INDEX IF NOT EXISTS leaf_position_first ON merkle.leaf_position (first_position);
    CREATE TABLE IF NOT EXISTS merkle.checkpoint (
      size bigint NOT NULL,
      signed_at timestamptz NOT NULL,
      note text NOT NULL,
      PRIMARY KEY (size, signed_at)
    );
    CREATE TABLE IF NOT EXISTS merkle.checkpoint_key (
      vkey text PRIMARY KEY,
      key jsonb NOT NULL
    );`);
}

/** How the Merkle log is kept, for whoever watches it. */
export interface MerkleHealth {
  readonly leaves: number;
  /** How long the oldest event that is no leaf yet has been waiting, in seconds; 0 when it is level with the log. */
  readonly lagSeconds: number;
  /** Since the newest checkpoint was signed, in seconds; null before the first. */
  readonly checkpointAgeSeconds: number | null;
  /** Leaves that no checkpoint covers yet. */
  readonly unsigned: number;
}

/** As it stands, by the time port; null before a worker has begun it. */
export async function merkleHealth(pool: pg.Pool, events: EventStore, now: InstantAt): Promise<MerkleHealth | null> {
  const { rows } = await pool.query<{ position: Position; leaves: string; size: string | null; signedAt: Date | null }>(
    `SELECT h.position, h.leaves, c.size, c.signed_at AS "signedAt" FROM merkle.head h
       LEFT JOIN LATERAL (SELECT size, signed_at FROM merkle.checkpoint ORDER BY size DESC, signed_at DESC LIMIT 1) c ON true`,
  );
  const [row] = rows;
  if (row === undefined) return null;
  const leaves = Number(row.leaves);
  const { signedAt } = row;
  return {
    leaves,
    lagSeconds: await waitingSince(events, row.position, now),
    checkpointAgeSeconds: signedAt === null ? null : Math.max(0, (Date.parse(now) - signedAt.getTime()) / 1000),
    unsigned: leaves - Number(row.size ?? 0),
  };
}

async function waitingSince(events: EventStore, position: Position, now: InstantAt): Promise<number> {
  for await (const [oldest] of events.readAll(position, { batchSize: 1 }))
    if (oldest !== undefined) return Math.max(0, (Date.parse(now) - Date.parse(oldest.metadata.recordedAt)) / 1000);
  return 0;
}

/** Another process appended meanwhile: look again. */
class MovedMeanwhile extends Error {
  override readonly name = 'MovedMeanwhile';
}

/** The Merkle log was made from another event log than the one at hand, as after `copy-log`. */
export class OtherEventLog extends Error {
  override readonly name = 'OtherEventLog';
  readonly text = {
    id: 'Log Merkle ini dibuat dari log peristiwa yang lain: jalankan npx tegas rebuild merkle_log.',
    en: 'This Merkle log was made from another event log: run npx tegas rebuild merkle_log.',
  };
  constructor() {
    super('The Merkle log was made from another event log: run npx tegas rebuild merkle_log');
  }
}

/** The tree does not begin with what was signed before: history was altered, or the database restored from a backup. */
export class HistoryAltered extends Error {
  override readonly name = 'HistoryAltered';
  constructor(
    readonly signed: Checkpoint,
    readonly size: number,
  ) {
    super(
      size < signed.size
        ? `The log has ${size} events; a checkpoint of ${signed.signedAt} signed ${signed.size}`
        : `The first ${signed.size} events are not those that a checkpoint of ${signed.signedAt} signed`,
    );
  }
}

interface Head {
  readonly position: Position;
  readonly leaves: number;
}

/** Of an event, all that the tree needs. */
interface NewLeaf {
  readonly position: Position;
  readonly hash: Sha256;
}

export class MerkleLog {
  private constructor(
    private readonly pool: pg.Pool,
    readonly store: Id,
    private at: Head,
    /** Of each level, the hashes of the tile that is not full yet. */
    private edge: TreeHash[][],
  ) {}

  /** Opens it where it stands; an empty one begins with this event log. @throws OtherEventLog */
  static async open(pool: pg.Pool, eventStore: EventStore): Promise<MerkleLog> {
    const store = await eventStore.identity();
    await pool.query(`INSERT INTO merkle.head (store, position, leaves) VALUES ($1, 0, 0) ON CONFLICT DO NOTHING`, [store]);
    const log = new MerkleLog(pool, store, { position: '0', leaves: 0 }, []);
    await log.look();
    return log;
  }

  /** Forgets every leaf, and no checkpoint: to be made anew by `catchUp`. */
  static async clear(pool: pg.Pool): Promise<void> {
    await pool.query('TRUNCATE merkle.head, merkle.tile, merkle.leaf_position');
  }

  /** Up to which event leaves were counted, and how many. */
  get head(): Head {
    return this.at;
  }

  /** Reads what the event log has beyond this one, to its end. */
  async catchUp(events: EventStore, onProgress: (leaves: number) => void = () => undefined): Promise<void> {
    for (;;)
      try {
        await this.look();
        let reached = this.at.position;
        for await (const batch of events.readAll(this.at.position, { batchSize: EVENTS_AT_ONCE, filter: HASHES_ONLY })) {
          reached = batch.at(-1)?.position ?? reached;
          await this.append(
            batch.map(({ position, metadata }) => ({ position, hash: metadata.hash })),
            reached,
          );
          onProgress(this.at.leaves);
        }
        return;
      } catch (error) {
        if (!(error instanceof MovedMeanwhile)) throw error;
      }
  }

  /** Follows the event log until the signal aborts. */
  async follow(events: EventStore, signal: AbortSignal): Promise<void> {
    await this.catchUp(events);
    let waiting: NewLeaf[] = [];
    for await (const message of events.subscribe(this.at.position, { filter: HASHES_ONLY, signal })) {
      if (message.kind === 'event') waiting.push({ position: message.event.position, hash: message.event.metadata.hash });
      if (message.kind === 'event' && waiting.length < EVENTS_AT_ONCE) continue;
      await this.append(waiting, message.kind === 'event' ? message.event.position : message.position);
      waiting = [];
    }
  }

  /** @throws MovedMeanwhile when another process appended since this one looked. Nothing was written. */
  private async append(leaves: readonly NewLeaf[], upTo: Position): Promise<void> {
    if (comparePositions(upTo, this.at.position) <= 0) return;
    const { edge, tiles } = grown(this.edge, leaves, this.at.leaves);
    const client = await this.pool.connect();
    const ignore = () => undefined;
    client.on('error', ignore);
    let failure: Error | undefined;
    try {
      await client.query('BEGIN');
      const moved = await client.query(
        'UPDATE merkle.head SET position = $3, leaves = leaves + $4 WHERE store = $1 AND position = $2 AND leaves = $5',
        [this.store, this.at.position, upTo, leaves.length, this.at.leaves],
      );
      if (moved.rowCount !== 1) throw new MovedMeanwhile('The head of the Merkle log has moved');
      await client.query(
        `INSERT INTO merkle.tile (level, tile, hashes) SELECT * FROM unnest($1::smallint[], $2::bigint[], $3::bytea[])
         ON CONFLICT (level, tile) DO UPDATE SET hashes = EXCLUDED.hashes`,
        [tiles.map(({ level }) => level), tiles.map(({ tile }) => tile), tiles.map(({ hashes }) => Buffer.concat(hashes))],
      );
      await client.query(
        `INSERT INTO merkle.leaf_position AS known (tile, first_position, positions)
         SELECT tile, min(position), array_agg(position ORDER BY place)
           FROM unnest($1::bigint[], $2::bigint[]) WITH ORDINALITY AS new (tile, position, place) GROUP BY tile
         ON CONFLICT (tile) DO UPDATE SET positions = known.positions || EXCLUDED.positions`,
        [leaves.map((_, index) => Math.floor((this.at.leaves + index) / TILE)), leaves.map(({ position }) => position)],
      );
      await client.query('COMMIT');
    } catch (error) {
      failure = error instanceof Error ? error : new Error(String(error));
      await client.query('ROLLBACK').catch(() => undefined);
      throw error;
    } finally {
      client.off('error', ignore);
      client.release(failure instanceof MovedMeanwhile ? undefined : failure);
    }
    this.edge = edge;
    this.at = { position: upTo, leaves: this.at.leaves + leaves.length };
  }

  /** Where it stands now, whoever appended. @throws OtherEventLog */
  private async readHead(): Promise<Head> {
    const { rows } = await this.pool.query<{ store: Id; position: Position; leaves: string }>(
      'SELECT store, position, leaves FROM merkle.head',
    );
    const [row] = rows;
    if (row === undefined) throw new Error('merkle.head has lost its row: run npx tegas rebuild merkle_log');
    if (row.store !== this.store) throw new OtherEventLog();
    return { position: row.position, leaves: Number(row.leaves) };
  }

  /** Takes up where it stands now, and its right edge. */
  private async look(): Promise<void> {
    const head = await this.readHead();
    const { leaves } = head;
    const edge: TreeHash[][] = [];
    for (let level = 0, count = leaves; count > 0; level += 1, count = Math.floor(count / TILE)) {
      const partial = count % TILE;
      const tile = partial === 0 ? undefined : await this.readTile(level, Math.floor(count / TILE));
      edge.push(Array.from({ length: partial }, (_, at) => hashIn(tile, level, at)));
    }
    this.at = head;
    this.edge = edge;
  }

  private async readTile(level: number, tile: number): Promise<Buffer | undefined> {
    const { rows } = await this.pool.query<{ hashes: Buffer }>('SELECT hashes FROM merkle.tile WHERE level = $1 AND tile = $2', [
      level,
      tile,
    ]);
    return rows[0]?.hashes;
  }

  /** Hashes of complete subtrees, by one query. */
  readonly readSubtrees: ReadSubtrees = async (asked) => {
    const wanted = new Map(asked.map((one) => [tileName(placeOf(one)), placeOf(one)]));
    const places = [...wanted.values()];
    const { rows } = await this.pool.query<{ level: number; tile: string; hashes: Buffer }>(
      `SELECT level, tile, hashes FROM merkle.tile JOIN unnest($1::smallint[], $2::bigint[]) AS asked(level, tile) USING (level, tile)`,
      [places.map(({ level }) => level), places.map(({ tile }) => tile)],
    );
    const tiles = new Map(rows.map(({ level, tile, hashes }) => [tileName({ level, tile: Number(tile) }), levelsOf(hashes)]));
    return asked.map((subtree) => {
      const place = placeOf(subtree);
      const hash = tiles.get(tileName(place))?.[subtree.level % LEVELS_PER_TILE]?.[place.from / place.count];
      return hash ?? lacking(place.level);
    });
  };

  /** Hashes of leaves from a tile (of 256) on, for whoever compares the whole. */
  async *readLeaves(): AsyncGenerator<readonly TreeHash[]> {
    for (let tile = 0; tile * TILE < this.at.leaves; tile += 1) {
      const hashes = await this.readTile(0, tile);
      const count = Math.min(TILE, this.at.leaves - tile * TILE);
      yield Array.from({ length: count }, (_, at) => hashIn(hashes, 0, at));
    }
  }

  /** The leaves of events, by their positions in the event log; undefined for one that is not counted (yet). */
  async leavesAt(positions: readonly Position[]): Promise<readonly (number | undefined)[]> {
    const { rows } = await this.pool.query<{ leaf: string | null }>(
      `SELECT t.tile * ${TILE} + array_position(t.positions, asked.position) - 1 AS leaf
         FROM unnest($1::bigint[]) WITH ORDINALITY AS asked(position, place)
         LEFT JOIN LATERAL (SELECT * FROM merkle.leaf_position l WHERE l.first_position <= asked.position
                             ORDER BY l.first_position DESC LIMIT 1) t ON true
        ORDER BY place`,
      [positions],
    );
    return rows.map(({ leaf }) => (leaf === null ? undefined : Number(leaf)));
  }

  /**
   * Signs where the log stands, unless that is signed already. Never a tree that does not begin with what this signer signed before, whatever the
   * database says of that.
   * @throws HistoryAltered
   */
  async sign(signer: CheckpointSigner, at: InstantAt): Promise<Checkpoint> {
    const { leaves: size } = await this.readHead();
    const last = await signer.lastSigned();
    if (last !== undefined && (size < last.size || !(await rootOf(last.size, this.readSubtrees)).equals(last.root)))
      throw new HistoryAltered(last, size);
    const checkpoint =
      last?.size === size && last.signedAt >= signer.key.validFrom
        ? last
        : signCheckpoint(
            // Never before the last, nor before the key: a demo's time may have been moved back.
            { size, root: await rootOf(size, this.readSubtrees), at: latest(at, last?.signedAt, signer.key.validFrom) },
            { vkey: signer.key.vkey, privateKey: signer.privateKey },
          );
    await signer.remember(checkpoint);
    await this.keep(checkpoint, signer.keys);
    return checkpoint;
  }

  private async keep({ size, signedAt, note }: Checkpoint, keys: readonly CheckpointKey[]): Promise<void> {
    await this.pool.query(
      `INSERT INTO merkle.checkpoint_key (vkey, key) SELECT key->>'vkey', key FROM jsonb_array_elements($1) AS key
       ON CONFLICT (vkey) DO UPDATE SET key = EXCLUDED.key`,
      [JSON.stringify(keys)],
    );
    await this.pool.query('INSERT INTO merkle.checkpoint (size, signed_at, note) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING', [
      size,
      signedAt,
      note,
    ]);
  }

  /** The newest that was kept. */
  async latestCheckpoint(): Promise<Checkpoint | undefined> {
    const { rows } = await this.pool.query<{ note: string }>(
      'SELECT note FROM merkle.checkpoint ORDER BY size DESC, signed_at DESC LIMIT 1',
    );
    return rows[0] === undefined ? undefined : parseCheckpoint(rows[0].note);
  }

  /** All that were kept, smallest first. */
  async checkpoints(): Promise<readonly Checkpoint[]> {
    const { rows } = await this.pool.query<{ note: string }>('SELECT note FROM merkle.checkpoint ORDER BY size, signed_at');
    return rows.map(({ note }) => parseCheckpoint(note));
  }

  /** The public keys of checkpoints, oldest first. */
  async keys(): Promise<readonly CheckpointKey[]> {
    const { rows } = await this.pool.query<{ key: CheckpointKey }>(
      `SELECT key FROM merkle.checkpoint_key ORDER BY key->>'validFrom'`,
    );
    return rows.map(({ key }) => key);
  }
}

function latest(...instants: readonly (InstantAt | undefined)[]): InstantAt {
  return instants.reduce<InstantAt>((a, b) => (b !== undefined && b > a ? b : a), '');
}

interface TilePlace {
  readonly level: number;
  readonly tile: number;
}

function tileName({ level, tile }: TilePlace): string {
  return `${level}/${tile}`;
}

/** The tile that holds a subtree, and which of its hashes the subtree covers. */
function placeOf({ level, index }: Subtree): TilePlace & { readonly from: number; readonly count: number } {
  const count = 2 ** (level % LEVELS_PER_TILE);
  const first = index * count;
  return { level: Math.floor(level / LEVELS_PER_TILE), tile: Math.floor(first / TILE), from: first % TILE, count };
}

function hashIn(tile: Buffer | undefined, level: number, at: number): TreeHash {
  const hash = tile?.subarray(at * HASH_BYTES, (at + 1) * HASH_BYTES);
  return hash?.length === HASH_BYTES ? hash : lacking(level);
}

/** A tile is missing or cut short: the tables were altered by hand. */
function lacking(level: number): never {
  throw new Error(`The Merkle log lacks hashes of level ${level}: run npx tegas verify, then npx tegas rebuild merkle_log`);
}

/** The hashes of a tile, and of all complete subtrees that they make up, by level within the tile. */
function levelsOf(tile: Buffer): readonly (readonly TreeHash[])[] {
  const levels = [Array.from({ length: tile.length / HASH_BYTES }, (_, at) => hashIn(tile, 0, at))];
  for (let level = 1; level < LEVELS_PER_TILE; level += 1) {
    const below = levels[level - 1] ?? [];
    const pairs = Math.floor(below.length / 2);
    levels.push(Array.from({ length: pairs }, (_, at) => nodeHash(below[2 * at] as TreeHash, below[2 * at + 1] as TreeHash)));
  }
  return levels;
}

interface Tile extends TilePlace {
  readonly hashes: readonly TreeHash[];
}

/** The edge after these leaves, and every tile that changed. */
function grown(
  before: readonly (readonly TreeHash[])[],
  leaves: readonly NewLeaf[],
  size: number,
): { readonly edge: TreeHash[][]; readonly tiles: readonly Tile[] } {
  const edge = before.map((hashes) => [...hashes]);
  const counts = before.map((_, level) => Math.floor(size / TILE ** level));
  const changed = new Map<string, Tile>();
  const push = (level: number, hash: TreeHash): void => {
    edge[level] ??= [];
    const hashes = edge[level];
    hashes.push(hash);
    const count = (counts[level] ?? 0) + 1;
    counts[level] = count;
    const place = { level, tile: Math.floor((count - 1) / TILE) };
    changed.set(tileName(place), { ...place, hashes });
    if (hashes.length < TILE) return;
    edge[level] = [];
    const full = new Frontier();
    for (const one of hashes) full.append(one);
    push(level + 1, full.root());
  };
  for (const { hash } of leaves) push(0, leafHash(Buffer.from(hash, 'hex')));
  return { edge, tiles: [...changed.values()] };
}
