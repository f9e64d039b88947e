/**
 * Documents of cases: taken in once their bytes were looked through, kept sealed under the key of the person they are about, named by their
 * own hash, shown only when they are whole and no scanner holds them back. Destroying the person's key destroys them.
 */
import { createHash, randomBytes } from 'node:crypto';
import type pg from 'pg';
import type { Id, InstantAt, Sha256 } from '#domain/event.js';
import { DocumentRefused, type DocumentType, inspect } from './inspection.js';
import { DocumentDamaged, openFile, SALT_BYTES, sealFile } from './sealed-file.js';
import type { DocumentSettings } from './settings.js';
import { ScannerAway } from './virus-scan.js';

/** Keys of persons, for files. The codec of personal data has them. */
export interface DocumentKeys {
  /** A key for one file, made from the person's own; of that generation, or the newest. Undefined: it was destroyed. */
  documentKey(
    of: { readonly personId: Id; readonly retentionClass: string; readonly generation?: number },
    salt: Buffer,
  ): Promise<{ readonly generation: number; readonly key: Buffer } | undefined>;
}

/**
 * `kept`: whole and shown. `quarantined`: the scanner has not answered for it yet. `infected`: the scanner found something. `damaged`: what
 * lies there is not what was taken in, or is gone.
 */
export type DocumentState = 'kept' | 'quarantined' | 'infected' | 'damaged';

export interface DocumentRow {
  readonly caseId: Id;
  readonly sha256: Sha256;
  readonly type: DocumentType;
  /** Of the document itself, in bytes. */
  readonly size: number;
  readonly state: DocumentState;
  readonly receivedBy: Id;
  readonly receivedAt: InstantAt;
}

/** It is there, and nobody is shown it: why. */
export class DocumentHeldBack extends Error {
  override readonly name = 'DocumentHeldBack';
  constructor(readonly state: Exclude<DocumentState, 'kept'> | 'destroyed') {
    super(`The document is ${state}`);
  }
}

const RETENTION_CLASS = 'case-file';

/** Creates the table of documents. May be called by many processes at once and again at any time. */
export async function migrateDocuments(pool: pg.Pool): Promise<void> {
  await pool.query(`
    SELECT pg_advisory_xact_lock(hashtextextended('tegas migrate evidence.document', 0));
    CREATE SCHEMA IF NOT EXISTS evidence;
    CREATE TABLE IF NOT EXISTS evidence.document (
      case_id uuid NOT NULL,
      sha256 text COLLATE "C" NOT NULL CHECK (sha256 ~ '^[0-9a-f]{64}$'),
      person_id uuid NOT NULL,
      key_generation integer NOT NULL,
      type text NOT NULL,
      size integer NOT NULL,
      state text NOT NULL CHECK (state IN ('kept', 'quarantined', 'infected', 'damaged')),
      received_by text NOT NULL,
      received_at timestamptz NOT NULL,
      checked_at timestamptz NOT NULL DEFAULT clock_timestamp(),
      PRIMARY KEY (case_id, sha256)
    );
    CREATE INDEX IF NOT EXISTS document_checked ON evidence.document (checked_at);
    CREATE INDEX IF NOT EXISTS document_person ON evidence.document (person_id);`);
}

interface StoredDocument extends DocumentRow {
  readonly personId: Id;
  readonly generation: number;
}

const COLUMNS = `case_id AS "caseId", sha256, person_id AS "personId", key_generation AS generation, type, size, state,
  received_by AS "receivedBy", to_char(received_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS "receivedAt"`;

export interface Taken {
  readonly caseId: Id;
  /** Whose key it is sealed under: the case's subject. */
  readonly personId: Id;
  readonly bytes: Buffer;
  /** The media type it was sent as. */
  readonly claimed: string;
  readonly by: Id;
  readonly at: InstantAt;
}

export class Documents {
  constructor(
    private readonly pool: pg.Pool,
    private readonly keys: DocumentKeys,
    private readonly settings: DocumentSettings,
  ) {}

  /** Takes a document in; the same one again stays the one that is there. @throws DocumentRefused, BlobsAway, StoreUnavailable */
  async take({ caseId, personId, bytes, claimed, by, at }: Taken): Promise<DocumentRow> {
    const type = await inspect(bytes, claimed);
    if (typeof type !== 'string') throw new DocumentRefused(type);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const there = await this.find(caseId, sha256);
    // What was damaged is mended by whoever still has it.
    if (there !== undefined && there.state !== 'damaged') return rowOf(there);
    const state = await this.judge(bytes);
    const salt = randomBytes(SALT_BYTES);
    const made = await this.keys.documentKey({ personId, retentionClass: RETENTION_CLASS }, salt);
    if (made === undefined) throw new Error('A key for a new document was destroyed as it was made');
    await this.settings.blobs.put(nameOf(caseId, sha256), sealFile(bytes, salt, made.key));
    const { rows } = await this.pool.query<StoredDocument>(
      `INSERT INTO evidence.document (case_id, sha256, person_id, key_generation, type, size, state, received_by, received_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
       ON CONFLICT (case_id, sha256) DO UPDATE SET person_id = EXCLUDED.person_id, key_generation = EXCLUDED.key_generation,
         state = EXCLUDED.state, checked_at = clock_timestamp()
       RETURNING ${COLUMNS}`,
      [caseId, sha256, personId, made.generation, type, bytes.length, state, by, at],
    );
    const [row] = rows;
    if (row === undefined) throw new Error('The table of documents did not answer');
    return rowOf(row);
  }

  /** The documents of a case, the first one received first. */
  async list(caseId: Id): Promise<readonly DocumentRow[]> {
    const { rows } = await this.pool.query<StoredDocument>(
      `SELECT ${COLUMNS} FROM evidence.document WHERE case_id = $1 ORDER BY received_at, sha256`,
      [caseId],
    );
    return rows.map(rowOf);
  }

  /**
   * A document, piece by piece. Undefined where the case has none of that hash.
   * @throws DocumentHeldBack; while it is read DocumentDamaged (told to the table too), BlobsAway
   */
  async open(
    caseId: Id,
    sha256: Sha256,
  ): Promise<{ readonly row: DocumentRow; readonly bytes: AsyncIterable<Buffer> } | undefined> {
    const found = await this.find(caseId, sha256);
    if (found === undefined) return undefined;
    if (found.state !== 'kept') throw new DocumentHeldBack(found.state);
    // A key that was destroyed is known before anything is sent.
    if ((await this.keys.documentKey(keyOf(found), Buffer.alloc(SALT_BYTES))) === undefined)
      throw new DocumentHeldBack('destroyed');
    return { row: rowOf(found), bytes: this.read(found) };
  }

  /**
   * Looks again at those that were looked at longest ago: scans what is quarantined, reads what is kept. Answers what it found; `away` says
   * how many could not be looked at.
   */
  async check(most: number, olderThanMs: number): Promise<{ checked: number; damaged: number; infected: number; away: number }> {
    const { rows } = await this.pool.query<StoredDocument>(
      `SELECT ${COLUMNS} FROM evidence.document
       WHERE state = 'quarantined' OR (state = 'kept' AND checked_at < clock_timestamp() - $2 * interval '1 millisecond')
       ORDER BY state = 'quarantined' DESC, checked_at LIMIT $1`,
      [most, olderThanMs],
    );
    const done = { checked: 0, damaged: 0, infected: 0, away: 0 };
    for (const row of rows) {
      const state = await this.stateOf(row);
      if (state === undefined) {
        done.away += 1;
        continue;
      }
      done.checked += 1;
      if (state === 'damaged' || state === 'infected') done[state] += 1;
    }
    return done;
  }

  /** How many there are in each state. */
  async count(): Promise<Readonly<Record<DocumentState, number>>> {
    const { rows } = await this.pool.query<{ state: DocumentState; count: number }>(
      'SELECT state, count(*)::int AS count FROM evidence.document GROUP BY state',
    );
    return { kept: 0, quarantined: 0, infected: 0, damaged: 0, ...Object.fromEntries(rows.map((r) => [r.state, r.count])) };
  }

  /** Removes what a destroyed key has made unreadable. Answers how many. */
  async removeOf(personId: Id): Promise<number> {
    const { rows } = await this.pool.query<StoredDocument>(`SELECT ${COLUMNS} FROM evidence.document WHERE person_id = $1`, [
      personId,
    ]);
    for (const { caseId, sha256 } of rows) {
      await this.settings.blobs.remove(nameOf(caseId, sha256));
      await this.pool.query('DELETE FROM evidence.document WHERE case_id = $1 AND sha256 = $2', [caseId, sha256]);
    }
    return rows.length;
  }

  private async judge(bytes: Buffer): Promise<'kept' | 'quarantined' | 'infected'> {
    const { scan } = this.settings;
    if (scan === undefined) return 'kept';
    try {
      return (await scan(bytes)).found === undefined ? 'kept' : 'infected';
    } catch (error) {
      if (error instanceof ScannerAway) return 'quarantined';
      throw error;
    }
  }

  /** As it is found to be now, and told to the table; undefined where nobody can say. */
  private async stateOf(found: StoredDocument): Promise<DocumentState | undefined> {
    let state: DocumentState;
    try {
      const pieces: Buffer[] = [];
      for await (const piece of this.read(found)) pieces.push(piece);
      // What a scanner was to look at is not shown because there is none any more.
      if (found.state === 'quarantined' && this.settings.scan === undefined) return undefined;
      state = found.state === 'quarantined' ? await this.judge(Buffer.concat(pieces)) : 'kept';
      if (state === 'quarantined') return undefined;
    } catch (error) {
      if (error instanceof DocumentHeldBack) state = found.state;
      else if (error instanceof DocumentDamaged) state = 'damaged';
      else return undefined;
    }
    await this.tell(found, state);
    return state;
  }

  private async *read(found: StoredDocument): AsyncGenerator<Buffer> {
    const source = await this.settings.blobs.get(nameOf(found.caseId, found.sha256));
    const hash = createHash('sha256');
    try {
      if (source === undefined) throw new DocumentDamaged('The document is gone');
      const pieces = openFile(source, async (salt) => {
        const made = await this.keys.documentKey(keyOf(found), salt);
        if (made === undefined) throw new DocumentHeldBack('destroyed');
        return made.key;
      });
      for await (const piece of pieces) {
        hash.update(piece);
        yield piece;
      }
      if (hash.digest('hex') !== found.sha256) throw new DocumentDamaged('The document is another one');
    } catch (error) {
      if (error instanceof DocumentDamaged) await this.tell(found, 'damaged');
      throw error;
    }
  }

  private async tell({ caseId, sha256 }: StoredDocument, state: DocumentState): Promise<void> {
    await this.pool.query(
      'UPDATE evidence.document SET state = $3, checked_at = clock_timestamp() WHERE case_id = $1 AND sha256 = $2',
      [caseId, sha256, state],
    );
  }

  private async find(caseId: Id, sha256: Sha256): Promise<StoredDocument | undefined> {
    const { rows } = await this.pool.query<StoredDocument>(
      `SELECT ${COLUMNS} FROM evidence.document WHERE case_id = $1 AND sha256 = $2`,
      [caseId, sha256],
    );
    return rows[0];
  }
}

function nameOf(caseId: Id, sha256: Sha256): string {
  return `${caseId}/${sha256}`;
}

function keyOf({ personId, generation }: StoredDocument) {
  return { personId, retentionClass: RETENTION_CLASS, generation };
}

function rowOf({ caseId, sha256, type, size, state, receivedBy, receivedAt }: StoredDocument): DocumentRow {
  return { caseId, sha256, type, size, state, receivedBy, receivedAt };
}
