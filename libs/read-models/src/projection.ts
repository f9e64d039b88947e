/**
 * The engine of projections. A projection folds the events of a case (or of a person, a match, a referral: whatever its streams are named
 * after) into that one's rows, purely; the engine loads the rows a batch touches, folds in memory in the order of the log, writes what
 * changed and moves the checkpoint, all in one transaction. Where it says case, it means whichever of these the stream is of.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { type DataSource, type EntityManager, type EntitySchema, QueryFailedError } from 'typeorm';
import type { GlassEvent } from '#domain/case/break-glass.js';
import type { CaseEvent, CaseEventOf, CaseEventType } from '#domain/case/events.js';
import type { HeldEvent } from '#domain/case/held-act.js';
import type { Stage } from '#domain/case/state.js';
import { type Id, type InstantAt, type Text, UUID } from '#domain/event.js';
import type { MatchEvent, PersonEvent } from '#domain/person/events.js';
import type { ClocksEvent } from '#domain/process/events.js';
import type { ReferralEvent } from '#domain/referral/events.js';
import { UnknownEvent } from '#domain/upcasters.js';
import type { EventLog, OpenedEvent } from '#event-store/event-log.js';
import { comparePositions, type Position, type RecordedEvent } from '#event-store/port.js';
import { gathered } from '#event-store/together.js';
import { findLeaders } from './lease.js';
import { caseIdIn, findParkedAmong, type ParkedCase, park, parkedBy } from './parked.js';
import { refuseValues } from './refused-value.js';
import { COMMIT_BEFORE_DISK, selectRows, snakeCase, type TableSuffix, upsertRows } from './rows.js';

/** The rows of one case, by table. */
export interface RowsByTable {
  readonly [table: string]: readonly object[];
}

/** The log's keyed fingerprint: what a fold makes words of by which something is found and nothing can be read. */
type Keyed = (text: string) => string;
type OfStream<E> = RecordedEvent & E & { readonly caseId: Id; readonly keyed: Keyed };
/** Events of a case's own stream, of these types. */
export type CaseStreamEventOf<T extends CaseEventType> = OfStream<CaseEventOf<T>>;
export type CaseStreamEvent = OfStream<CaseEvent | ClocksEvent>;
export type GlassStreamEvent = OfStream<GlassEvent>;
export type HeldStreamEvent = OfStream<HeldEvent>;
export type PersonStreamEvent = OfStream<PersonEvent>;
export type MatchStreamEvent = OfStream<MatchEvent>;
export type ReferralStreamEvent = OfStream<ReferralEvent>;
type ProjectedEvent =
  | CaseStreamEvent
  | GlassStreamEvent
  | HeldStreamEvent
  | PersonStreamEvent
  | MatchStreamEvent
  | ReferralStreamEvent;

/** An event of a case as it comes to be folded: one of ours, or `unreadable` says why it is not. */
export type FoldableEvent = ProjectedEvent & { readonly unreadable?: Error };

/** Types of events, each once: one that is forgotten does not compile. */
export type TypesOf<Event extends ProjectedEvent> = { readonly [T in Event['type']]: true };

export interface Projection<Rows extends RowsByTable = RowsByTable, Event extends ProjectedEvent = ProjectedEvent> {
  readonly name: string;
  readonly tables: { readonly [T in keyof Rows]: EntitySchema };
  /** Of the streams it reads, and of those alone; the case's own and its clocks' unless told. */
  readonly streamPrefixes?: readonly string[];
  /** The property by which its rows name what the stream is of; `caseId` unless told. */
  readonly rowsOf?: string;
  /** Of the types in its streams, those that can change its rows; all unless told. Events of the others are neither opened nor folded, and park nothing. */
  readonly types?: Partial<TypesOf<ProjectedEvent>>;
  /** Rows stand for single events: none is ever changed, so none is loaded. */
  readonly rowPerEvent?: true;
  /** The case's rows after the event; an unchanged row is the same object. Never removes a row, reads no clock. */
  fold(rows: Rows, event: Event): Rows;
}

const caseStreamPrefixes: readonly string[] = ['case-', 'clocks-'];

/** The streams that a projection reads. */
export function prefixesOf(projection: Pick<Projection, 'streamPrefixes'>): readonly string[] {
  return projection.streamPrefixes ?? caseStreamPrefixes;
}

/** Does the projection fold this event? */
export function reads(projection: Projection, { stream, type }: Pick<RecordedEvent, 'stream' | 'type'>): boolean {
  if (projection.types !== undefined && !Object.hasOwn(projection.types, type) && isKnown(type)) return false;
  return prefixesOf(projection).some((prefix) => stream.startsWith(prefix));
}

/** The column by which a projection's rows name what the stream is of. */
export function keyColumnOf(projection: Projection): string {
  return `"${snakeCase(keyOf(projection))}"`;
}

/** What a row is of. */
export function rowKeyOf(projection: Projection, row: object): Id {
  return (row as { readonly [property: string]: Id })[keyOf(projection)] ?? '';
}

function keyOf({ rowsOf = 'caseId' }: Projection): string {
  return rowsOf;
}

/** The stage a case stands at after an event; null: the event changes no stage. A new type of event does not compile until it says. */
export const stageAfter: { readonly [T in CaseEventType]: Stage | null } = {
  DraftOpened: 'draft',
  DraftAmended: null,
  ApplicationLodged: 'lodged',
  OfficerAssigned: null,
  ScreeningBegun: 'screening',
  ApplicationReturned: 'awaiting-applicant',
  ScreeningResumed: 'screening',
  ApplicationAccepted: 'examination',
  EvidenceRequested: null,
  EvidenceReceived: null,
  EvidenceVerified: null,
  EvidenceRejected: null,
  InterviewRecorded: null,
  FindingRecorded: null,
  ConsultationRequested: null,
  ConsultationAnswered: null,
  DeterminationRecommended: 'review',
  RecommendationReturned: 'examination',
  CaseReferred: null,
  DeterminationApproved: 'determined',
  DeterminedOtherwise: 'determined',
  DeterminationServed: 'served',
  RemedyWindowOpened: 'remedy-window',
  CaseClosed: 'closed',
  ApplicationWithdrawn: 'withdrawn',
  CaseReopened: 'examination',
  CaseMigrated: null,
  ConflictDeclared: null,
  ConflictLifted: null,
  NoteWritten: null,
  IndicatorRecorded: null,
  IndicatorCleared: null,
  CaseLinked: null,
  CaseUnlinked: null,
  RemedyFiled: null,
  SummonedToOath: null,
  OathTaken: null,
  PapersHandedIn: null,
  OriginalTaken: null,
  OriginalReturned: null,
  LinkedCaseDecided: null,
  ClockExtended: null,
  ClockRecalculated: null,
  PanelConvened: null,
  PanelFindingRecorded: null,
  PanelConcluded: null,
  CaseLapsed: 'lapsed',
  // The event itself says at which.
  LapseSetAside: null,
  DeterminedBySilence: 'determined',
  ClockStarted: null,
  ClockSuspended: null,
  ClockResumed: null,
  ClockStopped: null,
  ImportedCaseOpened: 'imported',
  ImportedStepRecorded: null,
  ImportedCaseClosed: 'closed',
};

const clocksTypes: { readonly [T in ClocksEvent['type']]: true } = {
  ClockFellDue: true,
  ClockEscalated: true,
  ClockWarned: true,
  ClockPassedOn: true,
  LadderMoved: true,
  EscalationSeen: true,
  EscalationAcknowledged: true,
};

const glassTypes: { readonly [T in GlassEvent['type']]: true } = { GlassBroken: true, GlassSeen: true, GlassReviewed: true };

const heldTypes: { readonly [T in HeldEvent['type']]: true } = {
  ActHeld: true,
  HeldActRecalled: true,
  HeldActReleased: true,
  HeldActTookEffect: true,
  HeldActDropped: true,
};

const registerTypes: { readonly [T in (PersonEvent | MatchEvent | ReferralEvent)['type']]: true } = {
  PersonRegistered: true,
  PapersRecorded: true,
  MatchProposed: true,
  MatchDismissed: true,
  PersonsMerged: true,
  MergeUndone: true,
  ReferralReceived: true,
  ReferralAccepted: true,
  ReferralClosed: true,
};

/** An event of the case's clocks stream, which changes nothing of the case itself. */
export function isOfClocks(event: CaseStreamEvent): event is CaseStreamEvent & ClocksEvent {
  return Object.hasOwn(clocksTypes, event.type);
}

/** A stream is named like a case's, but by no case's id. */
class NotACase extends Error {
  override readonly name = 'NotACase';
}

/** Another projector moved the checkpoint, or a rebuild did: nothing was written; read the checkpoint again. */
export class FencedOff extends Error {
  override readonly name = 'FencedOff';
}

/** Takes an event of this log as a case's, once for every projection that folds it. */
export function foldable(log: Pick<EventLog, 'fingerprint'>, event: OpenedEvent): FoldableEvent {
  const keyed: Keyed = (text) => log.fingerprint(text);
  const caseId = caseIdIn(event);
  const unreadable = event.unreadable ?? whyNotOfACase(event, caseId);
  const ours = event as OpenedEvent &
    (CaseEvent | ClocksEvent | GlassEvent | HeldEvent | PersonEvent | MatchEvent | ReferralEvent);
  return { ...ours, caseId, keyed, ...(unreadable === undefined ? {} : { unreadable }) };
}

function whyNotOfACase({ type }: OpenedEvent, caseId: Id): Error | undefined {
  if (!UUID.test(caseId))
    return new NotACase('The stream is named like a case’s and has no case id, so another program wrote it');
  return isKnown(type) ? undefined : new UnknownEvent(type);
}

/** Is there such a type of event: in a case's own stream, or in any other that a projection reads? */
export function isKnown(type: string): boolean {
  return [stageAfter, clocksTypes, glassTypes, heldTypes, registerTypes].some((types) => Object.hasOwn(types, type));
}

/** The read models hold positions of another log than the one at hand: going on from there would skip or double its events. */
export class OtherStore extends Error {
  override readonly name = 'OtherStore';
  readonly text: Text = {
    id: 'Daftar dibuat dari penyimpanan peristiwa lain: jalankan npx tegas rebuild bila log memang dipindahkan ke sini, atau arahkan TEGAS_EVENTSTORE_URL ke penyimpanan semula.',
    en: 'The read models were made from another event store: run npx tegas rebuild if the log was moved here, or point TEGAS_EVENTSTORE_URL back to the store it was.',
  };
  constructor() {
    super();
    this.message = this.text.en;
  }
}

/** Do the read models belong to this log? Nothing is decided or shown by those of another. @throws OtherStore */
export async function refuseOtherStore(dataSource: DataSource, log: EventLog): Promise<void> {
  const store = await log.store.identity();
  const rows: readonly object[] = await dataSource.query('SELECT 1 FROM read.checkpoint WHERE store <> $1 LIMIT 1', [store]);
  if (rows.length > 0) throw new OtherStore();
}

/** Where a projection stands in this log; `'0'` before its first event. @throws OtherStore */
export async function readCheckpoint(dataSource: DataSource, log: EventLog, name: string): Promise<Position> {
  const store = await log.store.identity();
  await dataSource.query('INSERT INTO read.checkpoint (name, position, store) VALUES ($1, 0, $2) ON CONFLICT DO NOTHING', [
    name,
    store,
  ]);
  // Of a program that did not know stores apart: it read this one, as far as anyone can tell.
  await dataSource.query('UPDATE read.checkpoint SET store = $2 WHERE name = $1 AND store IS NULL', [name, store]);
  const [row]: { position: Position; store: Id }[] = await dataSource.query(
    'SELECT position, store FROM read.checkpoint WHERE name = $1',
    [name],
  );
  if (row === undefined) throw new Error(`read.checkpoint has lost the row of ${name}`);
  if (row.store !== store) throw new OtherStore();
  return row.position;
}

/**
 * Folds those of these events, which stand after `from`, that the projection reads, and moves the checkpoint to `to`, in one transaction. A case whose event cannot be folded is
 * parked: its rows stay as they were before that event, its later events wait, and every other case goes on.
 * Answers the cases parked by this batch.
 * @throws FencedOff when the checkpoint no longer stands at `from`.
 * @throws TooManyParked
 */
export async function applyBatch(
  dataSource: DataSource,
  log: Pick<EventLog, 'fingerprint'>,
  projection: Projection,
  events: readonly OpenedEvent[],
  move: { readonly from: Position; readonly to: Position },
): Promise<readonly ParkedCase[]> {
  if (comparePositions(move.to, move.from) < 0)
    throw new Error(`${projection.name} cannot go back from ${move.from} to ${move.to}`);
  const own = events.filter((event) => reads(projection, event));
  if (own.length === 0) {
    await passOver(dataSource, { name: projection.name, ...move });
    return [];
  }
  return inTransaction(dataSource, async (manager, fold) => {
    // The fence first: it holds the checkpoint's row until the end, so that two projectors never write the same rows.
    const moved = await moveCheckpoints(manager, [{ name: projection.name, ...move }]);
    if (!moved.has(projection.name)) throw fencedOff({ name: projection.name, ...move });
    const waiting = await findParkedAmong(manager, projection.name, own);
    const going = own.map((event) => foldable(log, event)).filter(({ caseId }) => !waiting.has(caseId));
    const parked = await fold(manager, projection, going);
    await park(manager, projection.name, parked);
    return parked;
  });
}

interface Move {
  readonly name: string;
  readonly from: Position;
  readonly to: Position;
}

/** Nobody waits for the disk: what a crash takes from the rows it takes from their checkpoint too, and the log has it. Answers who was moved. */
async function moveCheckpoints(on: EntityManager, moves: readonly Move[]): Promise<ReadonlySet<string>> {
  const [rows]: [{ name: string }[], number] = await on.query(
    `UPDATE read.checkpoint c SET position = m."to" FROM unnest($1::text[], $2::bigint[], $3::bigint[]) AS m(name, "from", "to")
     WHERE c.name = m.name AND c.position = m."from" RETURNING c.name, ${COMMIT_BEFORE_DISK}`,
    [moves.map(({ name }) => name), moves.map(({ from }) => from), moves.map(({ to }) => to)],
  );
  return new Set(rows.map(({ name }) => name));
}

function fencedOff({ name, from }: Move): FencedOff {
  return new FencedOff(`${name} no longer stands at ${from}`);
}

const MOST_PASSED_AT_ONCE = 32;
const passers = new WeakMap<DataSource, (move: Move) => Promise<boolean>>();

/** Moves a checkpoint past events that change no row: most read models look at most appends for nothing, so they are moved together. @throws FencedOff */
async function passOver(dataSource: DataSource, move: Move): Promise<void> {
  let pass = passers.get(dataSource);
  if (pass === undefined) {
    pass = gathered(MOST_PASSED_AT_ONCE, async (moves) => {
      const moved = await moveCheckpoints(dataSource.manager, moves);
      return moves.map(({ name }) => moved.has(name));
    });
    passers.set(dataSource, pass);
  }
  if (!(await pass(move))) throw fencedOff(move);
}

/** `foldInto` as a transaction is to use it. */
export type Fold = typeof foldInto;

/**
 * One transaction around a fold. Values that only the database refuses are found by doing it again, event by event.
 * @throws what `work` throws.
 */
export async function inTransaction<T>(
  dataSource: DataSource,
  work: (manager: EntityManager, fold: Fold) => Promise<T>,
): Promise<T> {
  try {
    return await dataSource.transaction((manager) => work(manager, foldInto));
  } catch (error) {
    if (!isRefusedValue(error)) throw error;
    return dataSource.transaction((manager) => work(manager, foldOneByOne));
  }
}

/**
 * Folds events into a projection's tables, or into those being built beside them; the caller holds the transaction. A case is left as it
 * stood before an event that cannot be folded; answers those cases.
 */
export async function foldInto(
  manager: EntityManager,
  projection: Projection,
  events: readonly FoldableEvent[],
  suffix: TableSuffix = '',
): Promise<readonly ParkedCase[]> {
  if (events.length === 0) return [];
  const tables = Object.entries(projection.tables);
  const loaded = new Set<object>();
  const cases = new Map<Id, { [table: string]: object[] }>();
  const toLoad: Id[] = [];
  for (const event of events) {
    if (cases.has(event.caseId)) continue;
    cases.set(event.caseId, noRows(projection));
    // Whose first event here cannot be folded needs no rows; its id may not even be one.
    if (event.unreadable === undefined && !opensCase(event)) toLoad.push(event.caseId);
  }
  if (projection.rowPerEvent !== true && toLoad.length > 0)
    for (const [table, entity] of tables) {
      const typed: EntitySchema<object> = entity;
      const rows = await selectRows(manager, typed, `WHERE ${keyColumnOf(projection)} = ANY($1::uuid[])`, [toLoad], { suffix });
      for (const row of rows) {
        loaded.add(row);
        cases.get(rowKeyOf(projection, row))?.[table]?.push(row);
      }
    }
  const folded = new Map<Id, RowsByTable>(cases);
  const parked = new Map<Id, ParkedCase>();
  for (const event of events) {
    const { caseId } = event;
    const before = folded.get(caseId);
    if (before === undefined || parked.has(caseId)) continue;
    try {
      folded.set(caseId, foldOne(projection, before, event));
    } catch (error) {
      parked.set(caseId, parkedBy(event, error));
    }
  }
  for (const [table, entity] of tables) {
    const changed = [...folded.values()].flatMap((rows) => (rows[table] ?? []).filter((row) => !loaded.has(row)));
    await upsertRows(manager, entity, changed, suffix);
  }
  return [...parked.values()];
}

/** The case's rows after the event. @throws whatever keeps it from being folded: the case is to be parked. */
export function foldOne(projection: Projection, before: RowsByTable, event: FoldableEvent): RowsByTable {
  if (event.unreadable !== undefined) throw event.unreadable;
  const after = projection.fold(before, event);
  for (const [table, entity] of Object.entries(projection.tables)) refuseValues(entity, before[table] ?? [], after[table] ?? []);
  return after;
}

/** A case that its own events open has no rows before them. */
export function opensCase({ type }: FoldableEvent): boolean {
  return type === 'DraftOpened' || type === 'ImportedCaseOpened';
}

export function noRows(projection: Projection): { [table: string]: object[] } {
  return Object.fromEntries(Object.keys(projection.tables).map((table) => [table, []]));
}

async function foldOneByOne(
  manager: EntityManager,
  projection: Projection,
  events: readonly FoldableEvent[],
  suffix: TableSuffix = '',
): Promise<readonly ParkedCase[]> {
  const parked = new Map<Id, ParkedCase>();
  for (const event of events) {
    if (parked.has(event.caseId)) continue;
    await manager.query('SAVEPOINT one_event');
    try {
      for (const one of await foldInto(manager, projection, [event], suffix)) parked.set(one.caseId, one);
    } catch (error) {
      if (!isRefusedValue(error)) throw error;
      await manager.query('ROLLBACK TO SAVEPOINT one_event');
      parked.set(event.caseId, parkedBy(event, error));
    }
    await manager.query('RELEASE SAVEPOINT one_event');
  }
  return [...parked.values()];
}

/** SQLSTATE classes of values that PostgreSQL will never take: data exceptions and broken constraints. */
export function isRefusedValue(error: unknown): boolean {
  const { code } = error instanceof QueryFailedError ? error.driverError : error instanceof Error && 'code' in error ? error : {};
  return /^2[23]/.test(String(code));
}

const LOOK_EVERY_MS = 20;

/** Waits until every projection named has reached the position: an official reads their own write. False when they did not in time. */
export async function waitForPosition(
  dataSource: DataSource,
  projectionNames: readonly string[],
  position: Position,
  timeoutMs = 2000,
): Promise<boolean> {
  const names = [...new Set(projectionNames)];
  const until = Date.now() + timeoutMs;
  for (;;) {
    // Numeric, not bigint: a position too large for any log is simply never reached.
    const [row]: { reached: number }[] = await dataSource.query(
      'SELECT count(*)::int AS reached FROM read.checkpoint WHERE name = ANY($1) AND position >= $2::numeric',
      [names, position],
    );
    if (row?.reached === names.length) return true;
    if (Date.now() >= until) return false;
    await pause(LOOK_EVERY_MS);
  }
}

export interface ProjectionLag {
  readonly name: string;
  readonly position: Position;
  /** How far behind the head in positions, which need not be dense: 0 says it is level, more only says it is not. */
  readonly behind: number;
  /** How long the oldest event it has not taken has been waiting, in seconds; 0 when it is level. */
  readonly lagSeconds: number;
  /** The worker that leads it; null while none does. */
  readonly leader: string | null;
  /** Cases and other records set aside. */
  readonly parked: number;
  /** Its position counts in another log, after a move: nothing else said here means anything. */
  readonly otherStore: boolean;
}

/** The streams that some projection reads. */
export const projectedPrefixes: readonly string[] = [...caseStreamPrefixes, 'glass-', 'held-', 'person-', 'match-', 'referral-'];

/** Where each projection stands against the log, by the time port. */
export async function projectionLag(dataSource: DataSource, log: EventLog, now: InstantAt): Promise<readonly ProjectionLag[]> {
  const head = await log.head();
  // Not below 0: on EventStoreDB a checkpoint may stand at an event of another program's, beyond the last of ours.
  const rows: Omit<ProjectionLag, 'lagSeconds' | 'leader'>[] = await dataSource.query(
    `SELECT name, position, greatest($1::numeric - position, 0)::float8 AS behind,
       (SELECT count(*)::int FROM read.parked p WHERE p.projection = c.name) AS parked,
       coalesce(store <> $2, false) AS "otherStore"
     FROM read.checkpoint c ORDER BY name COLLATE "C"`,
    [head, await log.store.identity()],
  );
  const leaders = await findLeaders(dataSource);
  const oldestAfter = new Map<Position, Promise<number>>();
  return Promise.all(
    rows.map(async (row) => {
      if (!row.otherStore && !oldestAfter.has(row.position)) oldestAfter.set(row.position, waitingSince(log, row.position, now));
      const lagSeconds = row.behind === 0 || row.otherStore ? 0 : await (oldestAfter.get(row.position) ?? 0);
      return { ...row, lagSeconds, leader: leaders.get(row.name) ?? null };
    }),
  );
}

async function waitingSince(log: EventLog, position: Position, now: InstantAt): Promise<number> {
  for await (const [oldest] of log.store.readAll(position, { batchSize: 1, filter: { streamPrefixes: projectedPrefixes } }))
    if (oldest !== undefined) return Math.max(0, (Date.parse(now) - Date.parse(oldest.metadata.recordedAt)) / 1000);
  return 0;
}

/** A keyset cursor: opaque to whoever pages. */
export function writeCursor(parts: readonly (string | number | null)[]): string {
  return Buffer.from(JSON.stringify(parts)).toString('base64url');
}

/** A cursor that was not written here. */
export class BadCursor extends Error {
  override readonly name = 'BadCursor';
}

type CursorPart = 'instant' | 'instant-or-null' | 'date' | 'uuid' | 'whole' | 'code';

/** Each part is checked, so that a cursor made up by hand is refused here and not by the database. @throws BadCursor */
export function readCursor(cursor: string, shape: readonly CursorPart[]): readonly (string | number | null)[] {
  try {
    const parts: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    if (Array.isArray(parts) && parts.length === shape.length && shape.every((kind, i) => isPart(parts[i], kind))) return parts;
  } catch {
    // Said below.
  }
  throw new BadCursor('Not a cursor of this list');
}

function isPart(value: unknown, kind: CursorPart): boolean {
  if (kind === 'whole') return typeof value === 'number' && Number.isInteger(value) && Math.abs(value) < 1000;
  if (kind === 'instant-or-null' && value === null) return true;
  if (typeof value !== 'string') return false;
  if (kind === 'uuid') return UUID.test(value);
  if (kind === 'date') return /^\d{4}-\d{2}-\d{2}$/.test(value) && new Date(value).toJSON()?.startsWith(value) === true;
  if (kind === 'code') return /^\S{1,200}$/.test(value) && !value.includes('\0');
  return /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/.test(value) && new Date(value).toJSON() === value;
}

/** Within 1 and `most`. */
export function pageSize(limit: number | undefined, usual: number, most = 200): number {
  return Math.max(1, Math.min(Math.trunc(limit ?? usual), most));
}
