/**
 * `tegas copy-log`: a whole event log from one store into another, PostgreSQL or EventStoreDB, with ids, metadata and hashes as they are and
 * in the same order across streams. What stands in the target must be the beginning of the source, so a copy that was cut short goes on
 * where it stood.
 */
import { type Command, InvalidArgumentError } from 'commander';
import pg from 'pg';
import { followChain, type StreamEnd } from '#event-store/envelope.js';
import {
  type EventStore,
  isEventStoreDbUrl,
  type RecordedEvent,
  type StoredEvent,
  StoreUnavailable,
  WrongExpectedRevision,
} from '#event-store/port.js';
import { migratePostgresStore } from '#event-store/postgres-schema.js';
import { PostgresStore } from '#event-store/postgres-store.js';
import { openEventStoreDb } from '#privacy/open-log.js';
import { checkDatabase, checkEventStore, describe, isPostgresUrl, notPrepared, UNDEFINED_TABLE } from './instance.js';
import { codeOf, createProgress, OperatorError, WrongUsage } from './progress.js';

/** An append takes no more than this, so that a server which was left at its defaults (1 MiB) does not refuse it. */
const EVENTS_PER_APPEND = 500;
const CHARACTERS_PER_APPEND = 400_000;

export interface CopiedLog {
  readonly events: number;
  readonly streams: number;
  readonly copied: number;
  /** Found in the target, and the same. */
  readonly alreadyThere: number;
}

/** The copy cannot be made, or is not one. */
export class CopyRefused extends Error {
  override readonly name = 'CopyRefused';
  constructor(
    readonly why: 'target-differs' | 'target-busy' | 'source-broken' | 'target-broken',
    readonly stream: string,
    readonly revision: number,
  ) {
    super(`${why}: ${stream} revision ${revision}`);
  }
}

export type CopyStep = 'copying' | 'verifying';

/**
 * Copies what the target lacks, then reads the target whole: every event, the hash chain and the head of each stream.
 * `onProgress` is told of positions of the log that is being read.
 * @throws CopyRefused, StoreUnavailable (nothing is lost: copy again).
 */
export async function copyLog(
  source: EventStore,
  target: EventStore,
  onProgress: (step: CopyStep, done: number, total: number) => void = () => undefined,
): Promise<CopiedLog> {
  const heads = new Map<string, StreamEnd>();
  const there = eventsOf(target, () => undefined);
  let found = await there.next();
  let run: RecordedEvent[] = [];
  let characters = 0;
  let copied = 0;
  let alreadyThere = 0;
  const appendRun = async () => {
    await append(target, run);
    copied += run.length;
    run = [];
    characters = 0;
  };
  for await (const event of eventsOf(source, (done, total) => onProgress('copying', done, total))) {
    follow(heads, event, 'source-broken');
    if (found.done !== true) {
      if (!isSame(event, found.value)) throw new CopyRefused('target-differs', found.value.stream, found.value.revision);
      alreadyThere += 1;
      found = await there.next();
      continue;
    }
    const length = JSON.stringify(event).length;
    const full = run.length === EVENTS_PER_APPEND || characters + length > CHARACTERS_PER_APPEND;
    if (run.length > 0 && (full || run[0]?.stream !== event.stream)) await appendRun();
    run.push(event);
    characters += length;
  }
  if (run.length > 0) await appendRun();
  if (found.done !== true) throw new CopyRefused('target-differs', found.value.stream, found.value.revision);
  const events = await verifyCopy(target, heads, (done, total) => onProgress('verifying', done, total));
  if (events !== copied + alreadyThere)
    throw new StoreUnavailable(`The target shows ${events} events, ${copied + alreadyThere} were copied`);
  return { events, streams: heads.size, copied, alreadyThere };
}

/** Reads a copy whole and holds each stream against the source's heads. Answers the number of events. */
async function verifyCopy(
  target: EventStore,
  sourceHeads: ReadonlyMap<string, StreamEnd>,
  onProgress: (done: number, total: number) => void,
): Promise<number> {
  const heads = new Map<string, StreamEnd>();
  let events = 0;
  for await (const event of eventsOf(target, onProgress)) {
    follow(heads, event, 'target-broken');
    events += 1;
  }
  for (const [stream, head] of [...sourceHeads, ...heads]) {
    const [ours, theirs] = [sourceHeads.get(stream), heads.get(stream)];
    if (ours?.revision !== theirs?.revision || ours?.hash !== theirs?.hash)
      throw new CopyRefused('target-differs', stream, head.revision);
  }
  return events;
}

function follow(heads: Map<string, StreamEnd>, event: RecordedEvent, why: CopyRefused['why']): void {
  const broken = followChain(heads, event);
  if (broken !== undefined) throw new CopyRefused(why, broken.stream, broken.revision);
}

/** The hash covers all the rest, and is itself checked on both sides. */
function isSame(a: RecordedEvent, b: RecordedEvent): boolean {
  return a.stream === b.stream && a.revision === b.revision && a.id === b.id && a.metadata.hash === b.metadata.hash;
}

/** Every event of a store, in order. */
export async function* eventsOf(
  store: EventStore,
  onProgress: (done: number, total: number) => void,
): AsyncGenerator<RecordedEvent> {
  const head = Number(await store.head());
  for await (const batch of store.readAll('0', { batchSize: EVENTS_PER_APPEND })) {
    yield* batch;
    onProgress(Math.min(Number(batch.at(-1)?.position ?? 0), head), head);
  }
}

async function append(target: EventStore, run: readonly RecordedEvent[]): Promise<void> {
  const [first] = run;
  if (first === undefined) return;
  const events = run.map(
    ({ id, type, schemaVersion, data, metadata }): StoredEvent => ({ id, type, schemaVersion, data, metadata }),
  );
  try {
    await target.append(first.stream, first.revision === 0 ? 'no-stream' : first.revision - 1, events);
  } catch (error) {
    // Someone writes to the target at the same time. Nothing is doubled: each run is appended where its stream must stand.
    if (error instanceof WrongExpectedRevision) throw new CopyRefused('target-busy', first.stream, error.actual);
    throw error;
  }
}

// ── The command

export function registerCopyLog(program: Command): void {
  program
    .command('copy-log')
    .description('Copy the whole event log into another store, PostgreSQL or EventStoreDB; a copy that was cut short goes on')
    .requiredOption('--from <url>', 'postgresql://… or esdb://…', storeUrl)
    .requiredOption('--to <url>', 'as --from: empty, or holding the beginning of the same log', storeUrl)
    .option('--json', 'one line of JSON', false)
    .addHelpText(
      'after',
      `
Stop the API and the worker first. Keys of persons are not in the log: they stay in PostgreSQL, under the same master key.
Read models hold positions of the old log, and are refused in the new one: run  npx tegas rebuild  there.`,
    )
    .action(async ({ from, to, json }: { from: string; to: string; json: boolean }) => {
      const source = await openStore(from, '--from');
      try {
        const target = await openStore(to, '--to');
        try {
          await refuseSame(source.store, target.store);
          say(await copyWithProgress(source.store, target.store), json);
        } finally {
          await target.close();
        }
      } finally {
        await source.close();
      }
    });
}

/** Onto itself there is nothing to copy, and nothing to verify a copy against; the same store may have two addresses. */
async function refuseSame(source: EventStore, target: EventStore): Promise<void> {
  if ((await source.identity()) === (await target.identity()))
    throw new WrongUsage(
      '--from and --to are the same store: name another one to copy into.',
      '--from dan --to adalah penyimpanan yang sama: sebutkan penyimpanan lain sebagai tujuan.',
      'copy-log --from <url> --to <url> [--json]',
    );
}

function storeUrl(url: string): string {
  if (isEventStoreDbUrl(url) || isPostgresUrl(url)) return url;
  throw new InvalidArgumentError(
    'Write postgresql://user:password@host:5432/database or esdb://user:password@host:2113?tls=true.',
  );
}

async function copyWithProgress(source: EventStore, target: EventStore): Promise<CopiedLog> {
  const progress = createProgress(2);
  let step: CopyStep | undefined;
  try {
    return await copyLog(source, target, (next, done, total) => {
      if (step !== next) progress.step(next === 'copying' ? 'Copying the log' : 'Verifying the copy');
      step = next;
      progress.at(done, total);
    });
  } catch (error) {
    throw error instanceof CopyRefused
      ? refusal(error)
      : error instanceof StoreUnavailable
        ? new OperatorError(
            `${error.message}. Run the same command again: it goes on from there.`,
            'Jalankan perintah yang sama lagi: penyalinan dilanjutkan.',
          )
        : error;
  } finally {
    progress.end();
  }
}

function refusal({ why, stream, revision }: CopyRefused): OperatorError {
  const place = `${stream}, revision ${revision}`;
  if (why === 'target-differs')
    return new OperatorError(
      `The target holds something else than the source at ${place}: copy into an empty store, or one that holds the beginning of this log.`,
      `Isi tujuan berbeda dari sumber pada ${place}: salin ke penyimpanan kosong, atau yang berisi awal log ini.`,
    );
  if (why === 'target-busy')
    return new OperatorError(
      `Something else writes to the target (${place}), such as another copy-log, an API or a worker: stop it, then run the same command again.`,
      `Ada yang lain menulis ke tujuan (${place}), misalnya copy-log lain, API atau pekerja: hentikan, lalu jalankan perintah yang sama lagi.`,
    );
  const which = why === 'source-broken' ? (['source', 'sumber'] as const) : (['target', 'tujuan'] as const);
  return new OperatorError(
    `The hash chain of the ${which[0]} is broken at ${place}: it was changed after it was written.`,
    `Rantai hash pada ${which[1]} putus pada ${place}: data diubah setelah ditulis.`,
  );
}

function say(copy: CopiedLog, json: boolean): void {
  if (json) console.log(JSON.stringify({ ...copy, verified: true }));
  else
    console.log(
      `${copy.copied} events copied, ${copy.alreadyThere} were there already; ${copy.events} events in ${copy.streams} streams verified by their hash chains.`,
    );
}

interface OpenStore {
  readonly store: EventStore;
  close(): Promise<void>;
}

async function openStore(url: string, option: '--from' | '--to'): Promise<OpenStore> {
  if (isEventStoreDbUrl(url)) {
    await checkEventStore(url, option);
    const store = await openEventStoreDb(url);
    return { store, close: () => store.close() };
  }
  await checkDatabase(url, option);
  const pool = new pg.Pool({ connectionString: url, max: 4, connectionTimeoutMillis: 10_000 });
  pool.on('error', () => undefined);
  const store = new PostgresStore(pool, { listen: false });
  const close = async () => {
    await store.close();
    await pool.end();
  };
  try {
    if (option === '--to') await migratePostgresStore(pool);
    await store.head();
  } catch (error) {
    await close();
    throw codeOf(error) === UNDEFINED_TABLE ? notPrepared(describe(url)) : error;
  }
  return { store, close };
}
