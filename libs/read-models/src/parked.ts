/**
 * Cases, and records of persons, matches and referrals (here all called cases), that a projection cannot go on with: an event of theirs cannot be opened, is of a type or version this program does not know, or
 * breaks the fold. A parked case keeps the rows it had before that event and waits; the projection goes on. Nothing is passed over
 * silently: `npx tegas parked` lists, explains and replays.
 */
import { type DataSource, type EntityManager, QueryFailedError } from 'typeorm';
import type { Code, Id, InstantAt, Text } from '#domain/event.js';
import { mendUnreadable } from '#event-store/event-log.js';
import type { Position, RecordedEvent } from '#event-store/port.js';

/** A case set aside by one projection, with the first event it could not fold. Holds no personal data. */
export interface ParkedCase {
  readonly caseId: Id;
  readonly stream: Id;
  readonly revision: number;
  readonly position: Position;
  /** The event's type. */
  readonly type: Code;
  /** The kind of fault: an error's name, or `RefusedValue`. */
  readonly fault: Code;
  /** Where or why, without a value of the event. */
  readonly detail: string;
}

export interface Parked extends ParkedCase {
  readonly projection: string;
  readonly parkedAt: InstantAt;
}

/** So many cases cannot be folded that it is not the cases: a wrong master key, a program too old. Nothing is parked or passed over. */
export class TooManyParked extends Error {
  override readonly name = 'TooManyParked';
}

/** Beyond this many parked cases a projection stands still instead. */
export const MOST_PARKED = 200;

/** The case that an event of a case stream or a clocks stream belongs to. */
export function caseIdIn({ stream }: RecordedEvent): Id {
  return stream.slice(stream.indexOf('-') + 1);
}

/** What is kept of an event that could not be folded: a message is taken over only from errors that never hold a value. */
export function parkedBy(event: RecordedEvent, error: unknown): ParkedCase {
  const { stream, revision, position, type } = event;
  return { caseId: caseIdIn(event), stream, revision, position, type, ...faultOf(error) };
}

const valueFree = [
  'UnreadablePersonalData',
  'UnknownEvent',
  'NewerSchemaVersion',
  'ImpossibleSchemaVersion',
  'NotACase',
  'RefusedValue',
];

function faultOf(error: unknown): Pick<ParkedCase, 'fault' | 'detail'> {
  if (error instanceof QueryFailedError) {
    const { code, table, column, constraint } = error.driverError;
    return { fault: 'RefusedValue', detail: ['SQLSTATE', code, table, column, constraint].filter(Boolean).join(' ') };
  }
  if (!(error instanceof Error)) return { fault: 'Error', detail: typeof error };
  if (valueFree.includes(error.name)) return { fault: error.name, detail: error.message };
  const place = /\n\s+at (?:(\S+) )?.*?([^/\\(]+:\d+):\d+\)?/.exec(error.stack ?? '');
  return { fault: error.name, detail: place === null ? 'in the fold' : [place[1], place[2]].filter(Boolean).join(' in ') };
}

/** Why a case is parked and what to do, in both languages. */
export function explainParked({ fault }: Pick<ParkedCase, 'fault'>): Text {
  const mend = mendUnreadable(fault);
  if (mend !== undefined) return { id: `${mend.id} Lalu ulangi.`, en: `${mend.en} Then replay.` };
  switch (fault) {
    case 'NotACase':
      return {
        id: 'Nama aliran ini mirip milik Tegas tetapi tanpa nomornya: ditulis oleh program lain. Jangan tulis aliran berawalan case-, clocks-, glass-, held-, person-, match- atau referral- dari luar Tegas.',
        en: 'This stream is named like one of Tegas’s but by no id: another program wrote it. Let nothing but Tegas write streams that begin with case-, clocks-, glass-, held-, person-, match- or referral-.',
      };
    case 'RefusedValue':
      return {
        id: 'Peristiwa ini memuat nilai yang tidak dapat disimpan basis data (karakter NUL, tanggal yang tidak ada, angka terlalu besar); Tegas sendiri tidak menulisnya. Peristiwa tidak dapat diubah: cari siapa yang menulisnya, dan laporkan letaknya. Bila hanya kolomnya terlalu sempit, mengulangi berhasil setelah program diperbarui.',
        en: 'This event holds a value that the database cannot keep (a NUL character, a date that does not exist, a number too large); Tegas itself writes none. An event cannot be changed: find who wrote it, and report the place. If only the column is too narrow, a replay works once the program is upgraded.',
      };
    default:
      return {
        id: 'Proyeksi gagal melipat peristiwa ini (cacat program). Laporkan letaknya; setelah program diperbaiki, ulangi.',
        en: 'The projection failed to fold this event (a fault of the program). Report the place; once the program is mended, replay.',
      };
  }
}

/** Everything parked, of a projection or a case where one is named, oldest first. */
export async function findParked(
  on: DataSource | EntityManager,
  { projection, caseId }: { readonly projection?: string; readonly caseId?: Id } = {},
): Promise<readonly Parked[]> {
  return on.query(
    `SELECT projection, case_id AS "caseId", stream, revision, position, type, fault, detail,
       to_char(parked_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS "parkedAt"
     FROM read.parked WHERE ($1::text IS NULL OR projection = $1) AND ($2::text IS NULL OR case_id = $2)
     ORDER BY parked_at, projection COLLATE "C", case_id`,
    [projection ?? null, caseId ?? null],
  );
}

/** Which cases of these events are parked already. */
export async function findParkedAmong(
  manager: EntityManager,
  projection: string,
  events: readonly RecordedEvent[],
): Promise<ReadonlySet<Id>> {
  const rows: { caseId: Id }[] = await manager.query(
    'SELECT case_id AS "caseId" FROM read.parked WHERE projection = $1 AND case_id = ANY($2)',
    [projection, [...new Set(events.map(caseIdIn))]],
  );
  return new Set(rows.map(({ caseId }) => caseId));
}

/** Sets cases aside, in the transaction that wrote the rows they keep. @throws TooManyParked */
export async function park(manager: EntityManager, projection: string, cases: readonly ParkedCase[]): Promise<void> {
  if (cases.length === 0) return;
  for (const { caseId, stream, revision, position, type, fault, detail } of cases)
    await manager.query(
      `INSERT INTO read.parked (projection, case_id, stream, revision, position, type, fault, detail)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
       ON CONFLICT (projection, case_id) DO UPDATE SET stream = $3, revision = $4, position = $5, type = $6, fault = $7, detail = $8`,
      [projection, caseId, stream, revision, position, type, fault, detail],
    );
  const [row]: { count: number }[] = await manager.query('SELECT count(*)::int AS count FROM read.parked WHERE projection = $1', [
    projection,
  ]);
  if ((row?.count ?? 0) > MOST_PARKED)
    throw new TooManyParked(
      `${projection} would have more than ${MOST_PARKED} parked cases, lately for ${cases.at(-1)?.fault}: this is not a fault of single cases. Look at npx tegas parked`,
    );
}

/** Takes cases off the list: all of a projection's, or one. */
export async function unpark(manager: EntityManager, projection: string, caseId?: Id): Promise<void> {
  await manager.query('DELETE FROM read.parked WHERE projection = $1 AND ($2::text IS NULL OR case_id = $2)', [
    projection,
    caseId ?? null,
  ]);
}
