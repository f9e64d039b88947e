/** Where wrapped keys stand: a table in a schema of its own, whose backups live shorter than the log's. */
import type pg from 'pg';
import { StoreUnavailable } from '#event-store/port.js';
import { gathered } from '#event-store/together.js';
import type { MasterKey } from './master-key.js';

/** One key of a person for a retention class; `generation` counts from 1, a new one starts after one was destroyed. */
export interface KeyRef {
  readonly personId: string;
  readonly retentionClass: string;
  readonly generation: number;
}

export interface KeyRow extends KeyRef {
  /** Undefined when the key was destroyed. */
  readonly wrapped: Buffer | undefined;
}

export interface PersonKeyStore {
  /** The newest key of each pair that was not destroyed; pairs without one are left out. One query. */
  findLive(pairs: readonly Omit<KeyRef, 'generation'>[]): Promise<readonly KeyRow[]>;
  /** Exactly these keys; those that never existed are left out. One query. */
  find(refs: readonly KeyRef[]): Promise<readonly KeyRow[]>;
  /** The newest generation there ever was, 0 for none. */
  newestGeneration(personId: string, retentionClass: string): Promise<number>;
  /** Keeps a key unless that generation exists already: then nothing happens. */
  insert(ref: KeyRef, wrapped: Buffer): Promise<void>;
  /** Destroys every key of the pair, leaving that it was; returns how many there were to destroy. */
  destroy(personId: string, retentionClass: string): Promise<number>;
  /** Every retention class that the person ever had a key for, and how many keys, destroyed ones included. */
  classesOf(personId: string): Promise<readonly { readonly retentionClass: string; readonly keys: number }[]>;
}

/** A key's name, unambiguous; also the context that its wrapping is bound to. */
export function keyName({ personId, retentionClass, generation }: KeyRef): string {
  return JSON.stringify([personId, retentionClass, generation]);
}

/** Creates or completes the key table. May be called by many processes at once and again at any time. */
export async function migratePersonKeys(pool: pg.Pool): Promise<void> {
  // Several statements in one simple query are one transaction; the lock lets one process at a time through.
  await pool.query(`
    SELECT pg_advisory_xact_lock(hashtextextended('tegas migrate privacy.person_keys', 0));
    CREATE SCHEMA IF NOT EXISTS privacy;
    CREATE TABLE IF NOT EXISTS privacy.person_keys (
      person_id text COLLATE "C" NOT NULL,
      retention_class text COLLATE "C" NOT NULL,
      generation integer NOT NULL CHECK (generation > 0),
      wrapped_key bytea,
      created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
      destroyed_at timestamptz,
      PRIMARY KEY (person_id, retention_class, generation),
      CHECK ((wrapped_key IS NULL) = (destroyed_at IS NOT NULL))
    );`);
}

type Row = [string, string, number, Buffer | null];

/** Keys in `privacy.person_keys`. Every method throws StoreUnavailable when the server does not answer, within 5 s. */
export class PostgresPersonKeyStore implements PersonKeyStore {
  constructor(private readonly pool: pg.Pool) {
    pool.on('error', () => {});
  }

  async findLive(pairs: readonly Omit<KeyRef, 'generation'>[]): Promise<readonly KeyRow[]> {
    const rows = await this.query<Row>(
      `SELECT DISTINCT ON (k.person_id, k.retention_class) k.person_id, k.retention_class, k.generation, k.wrapped_key
       FROM unnest($1::text[], $2::text[]) w(p, r) JOIN privacy.person_keys k ON k.person_id = w.p AND k.retention_class = w.r
       WHERE k.wrapped_key IS NOT NULL ORDER BY k.person_id, k.retention_class, k.generation DESC`,
      [pairs.map((pair) => pair.personId), pairs.map((pair) => pair.retentionClass)],
    );
    return rows.map(keyRow);
  }

  find(refs: readonly KeyRef[]): Promise<readonly KeyRow[]> {
    return this.findGathered(refs);
  }

  /** The keys of streams that were read together are looked up together. */
  private readonly findGathered = gathered(64, async (asked: readonly (readonly KeyRef[])[]) => {
    const found = new Map((await this.findAll(asked.flat())).map((row) => [keyName(row), row]));
    return asked.map((refs) => refs.flatMap((ref) => found.get(keyName(ref)) ?? []));
  });

  private async findAll(refs: readonly KeyRef[]): Promise<readonly KeyRow[]> {
    const rows = await this.query<Row>(
      `SELECT k.person_id, k.retention_class, k.generation, k.wrapped_key
       FROM unnest($1::text[], $2::text[], $3::integer[]) w(p, r, g)
       JOIN privacy.person_keys k ON k.person_id = w.p AND k.retention_class = w.r AND k.generation = w.g`,
      [refs.map((ref) => ref.personId), refs.map((ref) => ref.retentionClass), refs.map((ref) => ref.generation)],
    );
    return rows.map(keyRow);
  }

  async newestGeneration(personId: string, retentionClass: string): Promise<number> {
    const [row] = await this.query<[number]>(
      'SELECT coalesce(max(generation), 0) FROM privacy.person_keys WHERE person_id = $1 AND retention_class = $2',
      [personId, retentionClass],
    );
    return row?.[0] ?? 0;
  }

  async insert({ personId, retentionClass, generation }: KeyRef, wrapped: Buffer): Promise<void> {
    await this.query(
      `INSERT INTO privacy.person_keys (person_id, retention_class, generation, wrapped_key) VALUES ($1, $2, $3, $4)
       ON CONFLICT DO NOTHING`,
      [personId, retentionClass, generation, wrapped],
    );
  }

  async destroy(personId: string, retentionClass: string): Promise<number> {
    const rows = await this.query(
      `UPDATE privacy.person_keys SET wrapped_key = NULL, destroyed_at = clock_timestamp()
       WHERE person_id = $1 AND retention_class = $2 AND wrapped_key IS NOT NULL RETURNING 1`,
      [personId, retentionClass],
    );
    return rows.length;
  }

  async classesOf(personId: string): Promise<readonly { readonly retentionClass: string; readonly keys: number }[]> {
    const rows = await this.query<[string, number]>(
      `SELECT retention_class, count(*)::int FROM privacy.person_keys WHERE person_id = $1
        GROUP BY retention_class ORDER BY retention_class`,
      [personId],
    );
    return rows.map(([retentionClass, keys]) => ({ retentionClass, keys }));
  }

  private async query<R extends unknown[]>(text: string, values: unknown[]): Promise<readonly R[]> {
    const statement: pg.QueryArrayConfig & { readonly query_timeout: number } = {
      text,
      values,
      rowMode: 'array',
      query_timeout: 4_500,
    };
    let timer: NodeJS.Timeout | undefined;
    const deadline = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error('No connection in time')), 5_000);
    });
    try {
      const answer = this.pool.query<R>(statement);
      answer.catch(() => {});
      return (await Promise.race([answer, deadline])).rows;
    } catch (error) {
      // Whatever the server says, without keys nothing may be written or read.
      const reason = error instanceof Error ? error.message : String(error);
      throw new StoreUnavailable(`The keys of persons cannot be reached: ${reason}`, { cause: error });
    } finally {
      clearTimeout(timer);
    }
  }
}

function keyRow([personId, retentionClass, generation, wrapped]: Row): KeyRow {
  return { personId, retentionClass, generation, wrapped: wrapped ?? undefined };
}

const REWRAPPED_AT_ONCE = 500;

/**
 * Wraps every key under the newest secret that is not yet; what is destroyed meanwhile stays destroyed. Answers how many it was. Asked again it finds
 * those that other processes made meanwhile.
 */
export async function rewrapKeys(
  pool: pg.Pool,
  masterKey: MasterKey,
  onProgress: (done: number) => void = () => undefined,
): Promise<number> {
  let [rewrapped, done] = [0, 0];
  for (let after: readonly [string, string, number] = ['', '', 0]; ; ) {
    const { rows } = await pool.query<Row>({
      text: `SELECT person_id, retention_class, generation, wrapped_key FROM privacy.person_keys
             WHERE wrapped_key IS NOT NULL AND (person_id, retention_class, generation) > ($1, $2, $3)
             ORDER BY person_id, retention_class, generation LIMIT ${REWRAPPED_AT_ONCE}`,
      values: [...after],
      rowMode: 'array',
    });
    const older = rows.map(keyRow).flatMap((row) => {
      const { wrapped } = row;
      const name = keyName(row);
      if (wrapped === undefined || masterKey.isNewest(wrapped, name)) return [];
      return [{ ...row, wrapped, anew: masterKey.wrap(masterKey.unwrap(wrapped, name), name) }];
    });
    await pool.query(
      `UPDATE privacy.person_keys k SET wrapped_key = n.anew
         FROM unnest($1::text[], $2::text[], $3::integer[], $4::bytea[], $5::bytea[]) n(p, r, g, before, anew)
        WHERE k.person_id = n.p AND k.retention_class = n.r AND k.generation = n.g AND k.wrapped_key = n.before`,
      [
        older.map(({ personId }) => personId),
        older.map(({ retentionClass }) => retentionClass),
        older.map(({ generation }) => generation),
        older.map(({ wrapped }) => wrapped),
        older.map(({ anew }) => anew),
      ],
    );
    rewrapped += older.length;
    done += rows.length;
    onProgress(done);
    const last = rows.at(-1);
    if (last === undefined || rows.length < REWRAPPED_AT_ONCE) return rewrapped;
    after = [last[0], last[1], last[2]];
  }
}

/** Keys in memory, for specs. */
export class InMemoryPersonKeyStore implements PersonKeyStore {
  private readonly rows = new Map<string, KeyRow>();

  async findLive(pairs: readonly Omit<KeyRef, 'generation'>[]): Promise<readonly KeyRow[]> {
    return pairs.flatMap((pair) =>
      this.of(pair.personId, pair.retentionClass)
        .filter((row) => row.wrapped !== undefined)
        .slice(-1),
    );
  }

  async find(refs: readonly KeyRef[]): Promise<readonly KeyRow[]> {
    return refs.flatMap((ref) => this.rows.get(keyName(ref)) ?? []);
  }

  async newestGeneration(personId: string, retentionClass: string): Promise<number> {
    return this.of(personId, retentionClass).length;
  }

  async insert(ref: KeyRef, wrapped: Buffer): Promise<void> {
    if (!this.rows.has(keyName(ref))) this.rows.set(keyName(ref), { ...ref, wrapped });
  }

  async destroy(personId: string, retentionClass: string): Promise<number> {
    const live = this.of(personId, retentionClass).filter((row) => row.wrapped !== undefined);
    for (const row of live) this.rows.set(keyName(row), { ...row, wrapped: undefined });
    return live.length;
  }

  async classesOf(personId: string): Promise<readonly { readonly retentionClass: string; readonly keys: number }[]> {
    const classes = [...this.rows.values()].flatMap((row) => (row.personId === personId ? [row.retentionClass] : []));
    return [...new Set(classes)]
      .sort()
      .map((retentionClass) => ({ retentionClass, keys: this.of(personId, retentionClass).length }));
  }

  private of(personId: string, retentionClass: string): readonly KeyRow[] {
    return [...this.rows.values()].filter((row) => row.personId === personId && row.retentionClass === retentionClass);
  }
}
