import type { Pool } from 'pg';

/** Checks a schema name before it is written into SQL. @throws Error unless it is a plain lower-case identifier. */
export function checkedSchemaName(schema: string): string {
  if (!/^[a-z_][a-z0-9_]{0,40}$/.test(schema)) throw new Error(`Not a schema name: ${schema}`);
  return schema;
}

/**
 * Creates or completes the log's schema (PostgreSQL 13 to 18). May be called by many processes at once and again at any time.
 * The caller's role must own the database or the schema; the application itself then needs only USAGE, SELECT and INSERT on
 * `events`, SELECT and UPDATE on `log_head`.
 */
export async function migratePostgresStore(pool: Pool, options: { readonly schema?: string } = {}): Promise<void> {
  const schema = checkedSchemaName(options.schema ?? 'log');
  const client = await pool.connect();
  const ignore = () => {};
  client.on('error', ignore);
  let failure: Error | undefined;
  try {
    await client.query('BEGIN');
    await client.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [`tegas migrate ${schema}`]);
    await client.query(ddl(schema));
    await client.query('COMMIT');
  } catch (error) {
    failure = error instanceof Error ? error : new Error(String(error));
    throw error;
  } finally {
    client.off('error', ignore);
    client.release(failure);
  }
}

/**
 * `append_batch`: command i writes its events to stream cs[i], expecting revision ce[i] (-2 any, -1 no stream); ei[j] says which command
 * event j belongs to. Each stream stands at most once in a batch. The head row is locked first, so that later statements of the
 * function see every earlier commit (READ COMMITTED only) and positions become visible in order.
 */
function ddl(schema: string): string {
  return `
CREATE SCHEMA IF NOT EXISTS ${schema};
CREATE TABLE IF NOT EXISTS ${schema}.log_head (
  id boolean PRIMARY KEY DEFAULT true CHECK (id),
  position bigint NOT NULL
) WITH (fillfactor = 10);
INSERT INTO ${schema}.log_head (id, position) VALUES (true, 0) ON CONFLICT DO NOTHING;
DO $$ BEGIN
  IF NOT EXISTS (SELECT FROM pg_attribute WHERE attrelid = '${schema}.log_head'::regclass AND attname = 'store_id') THEN
    ALTER TABLE ${schema}.log_head ADD COLUMN store_id uuid NOT NULL DEFAULT gen_random_uuid();
  END IF;
END $$;
CREATE TABLE IF NOT EXISTS ${schema}.events (
  position bigint PRIMARY KEY,
  stream_id text COLLATE "C" NOT NULL,
  revision integer NOT NULL,
  event_id uuid NOT NULL,
  type text NOT NULL,
  schema_version integer NOT NULL,
  data json NOT NULL,
  metadata json NOT NULL,
  hash bytea NOT NULL,
  recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  UNIQUE (stream_id, revision)
);

CREATE OR REPLACE FUNCTION ${schema}.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'Events are never changed or deleted (% on %.%)', TG_OP, TG_TABLE_SCHEMA, TG_TABLE_NAME USING ERRCODE = '42501';
END $$;
DO $$ BEGIN
  IF NOT EXISTS (SELECT FROM pg_trigger WHERE tgrelid = '${schema}.events'::regclass AND tgname = 'events_never_change') THEN
    CREATE TRIGGER events_never_change BEFORE UPDATE OR DELETE OR TRUNCATE ON ${schema}.events
      FOR EACH STATEMENT EXECUTE FUNCTION ${schema}.refuse_change();
  END IF;
END $$;

CREATE OR REPLACE FUNCTION ${schema}.append_batch(
  cs text[], ce integer[], ei integer[], ids uuid[], types text[], versions integer[], datas json[], metas json[], hashes text[])
RETURNS TABLE (command integer, accepted boolean, current_revision integer, last_position bigint)
LANGUAGE plpgsql SET lock_timeout = '4s' SET enable_seqscan = off SET jit = off AS $$
DECLARE
  p bigint;
  cur integer[];
BEGIN
  IF current_setting('transaction_isolation') <> 'read committed' THEN
    RAISE EXCEPTION 'append_batch runs at READ COMMITTED only';
  END IF;
  SELECT h.position INTO STRICT p FROM ${schema}.log_head h FOR UPDATE;
  SELECT array_agg(coalesce(h.revision, -1) ORDER BY c.o) INTO cur
    FROM unnest(cs) WITH ORDINALITY c(s, o)
    LEFT JOIN LATERAL (SELECT e.revision FROM ${schema}.events e WHERE e.stream_id = c.s ORDER BY e.revision DESC LIMIT 1) h ON true;
  RETURN QUERY WITH
    e AS (SELECT u.*, row_number() OVER (ORDER BY u.o) AS rn, row_number() OVER (PARTITION BY u.c ORDER BY u.o) AS k
          FROM unnest(ei, ids, types, versions, datas, metas, hashes) WITH ORDINALITY u(c, i, t, v, d, m, x, o)
          WHERE ce[u.c] = -2 OR ce[u.c] = cur[u.c]),
    ins AS (INSERT INTO ${schema}.events (position, stream_id, revision, event_id, type, schema_version, data, metadata, hash)
            SELECT p + e.rn, cs[e.c], cur[e.c] + e.k, e.i, e.t, e.v, e.d, e.m, decode(e.x, 'hex') FROM e ORDER BY e.rn RETURNING 1),
    agg AS (SELECT e.c, max(e.k)::integer AS k, max(p + e.rn) AS lp FROM e GROUP BY e.c),
    hd AS (UPDATE ${schema}.log_head SET position = p + (SELECT count(*) FROM e) RETURNING 1)
  SELECT g.o::integer, (a.c IS NOT NULL), coalesce(cur[g.o] + a.k, cur[g.o]), a.lp
    FROM generate_series(1, cardinality(cs)) g(o) LEFT JOIN agg a ON a.c = g.o;
END $$;
`;
}
