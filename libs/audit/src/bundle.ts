/**
 * Bundles: events as they are stored (personal parts encrypted) with what proves them, in a folder that needs no server to be verified.
 *
 *     bundle.json            what it holds
 *     checkpoint             the signed note
 *     keys.json              public keys of checkpoints
 *     events-00000.ndjson    a line an event: the very text that its hash covers
 *     proofs-00000.ndjson    of a part of the log: leaf and audit path of each line
 *     consistency.json       that the log continues an earlier checkpoint, where that was asked for
 */
import { hash as digest } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { Worker } from 'node:worker_threads';
import { assertNever, type Code, type Id, type InstantAt, type Sha256, type Text } from '#domain/event.js';
import { caseStream, clocksStream } from '#domain/process/escalation.js';
import { hashedText } from '#event-store/envelope.js';
import type { EventStore, RecordedEvent } from '#event-store/port.js';
import { gathered } from '#event-store/together.js';
import { type ChunkToVerify, EVENTS_PER_CHUNK, type StreamPart, type VerifiedChunk, verifyChunk } from './bundle-chunk.js';
import { type Checkpoint, type CheckpointKey, parseCheckpoint, signerOf, trustedKeys } from './checkpoint.js';
import type { Finding } from './finding.js';
import {
  consistencyProof,
  Frontier,
  inclusionProof,
  type ReadSubtrees,
  type Subtree,
  type TreeHash,
  verifyConsistency,
} from './merkle.js';
import type { MerkleLog } from './merkle-log.js';
import { checkpointFindings } from './verify-log.js';

const FORMAT = 'tegas-bundle/1';
const PROOFS_AT_ONCE = 256;

/** What of the log a bundle holds. */
export type BundleScope =
  | { readonly kind: 'all' }
  | { readonly kind: 'case'; readonly caseId: Id }
  | { readonly kind: 'office'; readonly office: Code };

/** `bundle.json`. */
interface Manifest {
  readonly format: typeof FORMAT;
  readonly scope: BundleScope;
  readonly events: number;
  readonly exportedAt: InstantAt;
}

interface Consistency {
  readonly from: number;
  readonly to: number;
  /** In base64. */
  readonly proof: readonly string[];
}

export interface BundleToWrite {
  readonly store: EventStore;
  readonly merkle: MerkleLog;
  /** What it is proved against; events that came later are left out. */
  readonly checkpoint: Checkpoint;
  readonly keys: readonly CheckpointKey[];
  readonly scope: BundleScope;
  /** The streams of a part of the log. */
  readonly streams?: readonly Id[];
  /** Prove too that the log continues this earlier checkpoint. */
  readonly since?: Pick<Checkpoint, 'size'>;
  readonly exportedAt: InstantAt;
  readonly onProgress?: (done: number, total: number) => void;
}

/** Writes a bundle into a folder, which is made; answers how many events it holds. @throws Error when the folder holds anything */
export async function writeBundle(folder: string, bundle: BundleToWrite): Promise<number> {
  const { checkpoint, keys, scope, since, merkle, exportedAt } = bundle;
  await mkdir(folder, { recursive: true });
  if ((await readdir(folder)).length > 0) throw new Error(`${folder} is not empty`);
  const lines = new ChunkFiles(folder);
  const events = await (scope.kind === 'all' ? writeAll(lines, bundle) : writeStreams(lines, bundle)).finally(() => lines.end());
  if (since !== undefined && since.size > 0 && since.size <= checkpoint.size) {
    const proof = await consistencyProof(since.size, checkpoint.size, merkle.readSubtrees);
    await writeJson(folder, 'consistency.json', {
      from: since.size,
      to: checkpoint.size,
      proof: proof.map((hash) => hash.toString('base64')),
    } satisfies Consistency);
  }
  await writeCheckpoint(folder, checkpoint, keys);
  // Last: a bundle without it was cut short.
  await writeJson(folder, 'bundle.json', { format: FORMAT, scope, events, exportedAt } satisfies Manifest);
  return events;
}

/** A checkpoint and its keys alone: what an auditor keeps elsewhere. */
export async function writeCheckpoint(folder: string, { note }: Checkpoint, keys: readonly CheckpointKey[]): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'checkpoint'), note);
  await writeJson(folder, 'keys.json', keys);
}

/**
 * The same in a folder that somebody else keeps (another machine's disk, one that is written once): a folder for each, by its size, which
 * `tegas verify --checkpoint` takes. What stands there stays.
 */
export async function keepElsewhere(witness: string, checkpoint: Checkpoint, keys: readonly CheckpointKey[]): Promise<void> {
  const size = String(checkpoint.size).padStart(12, '0');
  const folder = join(witness, `${size}-${digest('sha256', checkpoint.note).slice(0, 12)}`);
  // Written last: without it the folder was cut short, and is written again.
  if (await readFile(join(folder, 'keys.json')).then(Boolean, () => false)) return;
  await writeCheckpoint(folder, checkpoint, keys);
}

function writeJson(folder: string, name: string, content: unknown): Promise<void> {
  return writeFile(join(folder, name), `${JSON.stringify(content, null, 1)}\n`);
}

/** Lines of events, and of their proofs, in files of a chunk each. */
class ChunkFiles {
  private events = 0;
  private open: ReturnType<typeof createWriteStream>[] = [];

  constructor(private readonly folder: string) {}

  async write(...lines: readonly string[]): Promise<void> {
    if (this.events % EVENTS_PER_CHUNK === 0) {
      await this.end();
      const chunk = chunkName(this.events / EVENTS_PER_CHUNK);
      this.open = ['events', 'proofs']
        .slice(0, lines.length)
        .map((kind) => createWriteStream(join(this.folder, `${kind}-${chunk}.ndjson`)));
    }
    this.events += 1;
    for (const [at, line] of lines.entries()) {
      const file = this.open[at];
      if (file?.write(`${line}\n`) === false) await once(file, 'drain');
    }
  }

  async end(): Promise<void> {
    const ending = this.open;
    this.open = [];
    await Promise.all(ending.map((file) => finished(file.end())));
  }
}

function chunkName(chunk: number): string {
  return String(chunk).padStart(5, '0');
}

async function writeAll(lines: ChunkFiles, { store, checkpoint, onProgress }: BundleToWrite): Promise<number> {
  const hashes = new Map<Id, Sha256>();
  let events = 0;
  for await (const batch of store.readAll('0')) {
    for (const event of batch) {
      if (events === checkpoint.size) return events;
      await lines.write(lineOf(event, hashes.get(event.stream)));
      hashes.set(event.stream, event.metadata.hash);
      events += 1;
    }
    onProgress?.(events, checkpoint.size);
  }
  return events;
}

function lineOf(event: RecordedEvent, previous: Sha256 | undefined): string {
  const { hash: _, ...metadata } = event.metadata;
  return hashedText(previous, { ...event, metadata });
}

async function writeStreams(
  lines: ChunkFiles,
  { store, merkle, checkpoint, streams = [], onProgress }: BundleToWrite,
): Promise<number> {
  const read = gatheredSubtrees(merkle);
  let events = 0;
  for (const [done, stream] of streams.entries()) {
    for (const { line, leaf, proof } of await provenStream({ store, merkle, size: checkpoint.size, read }, stream)) {
      await lines.write(line, JSON.stringify({ leaf, proof: proof.map((hash) => hash.toString('base64')) }));
      events += 1;
    }
    onProgress?.(done + 1, streams.length);
  }
  return events;
}

/** Hashes of the proofs that are made side by side, by one query. */
export function gatheredSubtrees(merkle: MerkleLog): ReadSubtrees {
  return gathered(PROOFS_AT_ONCE, async (asked: readonly (readonly Subtree[])[]) => {
    const all = await merkle.readSubtrees(asked.flat());
    let at = 0;
    return asked.map(({ length }) => {
      at += length;
      return all.slice(at - length, at);
    });
  });
}

export interface ProvenEvent {
  readonly revision: number;
  readonly line: string;
  readonly leaf: number;
  readonly proof: readonly TreeHash[];
}

/** Every event of a stream that is among the first `size` of the log, with its text and its audit path. */
export async function provenStream(
  { store, merkle, size, read }: { store: EventStore; merkle: MerkleLog; size: number; read: ReadSubtrees },
  stream: Id,
): Promise<readonly ProvenEvent[]> {
  const events = await store.read(stream);
  const leaves = await merkle.leavesAt(events.map(({ position }) => position));
  const proven = events.map(async (event, at): Promise<readonly ProvenEvent[]> => {
    const leaf = leaves[at];
    if (leaf === undefined || leaf >= size) return [];
    const line = lineOf(event, events[at - 1]?.metadata.hash);
    return [{ revision: event.revision, line, leaf, proof: await inclusionProof(leaf, size, read) }];
  });
  return (await Promise.all(proven)).flat();
}

export interface BundleToVerify {
  /** Kept elsewhere: the log must continue each of them. */
  readonly checkpoints?: readonly Checkpoint[];
  /** Keys got elsewhere; without them the bundle’s own first key is believed. */
  readonly pinned?: readonly CheckpointKey[];
  /** Threads beside this one; 0: here. */
  readonly threads?: number;
  readonly onProgress?: (done: number, total: number) => void;
}

export interface VerifiedBundle {
  readonly scope: BundleScope;
  readonly events: number;
  readonly streams: number;
  readonly checkpoint: { readonly origin: string; readonly size: number; readonly root: string; readonly signedAt: InstantAt };
  /** The key that signed it, for comparing with one got elsewhere. */
  readonly signedBy: string | undefined;
  /** Whether that key is one that was got elsewhere, or endorsed by one. */
  readonly keyPinned: boolean;
  readonly findings: readonly Finding[];
  /** What no bundle of its scope shows, though all that is in it holds; left out where it shows all. */
  readonly notShown?: Text;
}

/** The folder holds no bundle, or one that cannot be read at all. */
export class NoBundle extends Error {
  override readonly name = 'NoBundle';
}

/** A checkpoint from a file, or from a folder that `writeCheckpoint` or `writeBundle` made, with the keys beside it if any. @throws NoBundle, NoCheckpoint */
export async function readCheckpoint(
  path: string,
): Promise<{ readonly checkpoint: Checkpoint; readonly keys: readonly CheckpointKey[] | undefined }> {
  const inFolder = join(path, 'checkpoint');
  const note = await readFile(inFolder, 'utf8').catch(() => readText(path));
  // Keys that are there and cannot be read are not passed over: without them the keys of whoever is verified would be believed.
  const keys = await readFile(join(path, 'keys.json'), 'utf8').catch(() => undefined);
  return { checkpoint: parseCheckpoint(note), keys: keys === undefined ? undefined : parseKeys(keys) };
}

/** What a file that somebody else wrote says, if it is JSON of this shape. @throws NoBundle */
function parsed<T>(text: string, isShaped: (content: unknown) => content is T, fault: string): T {
  try {
    const content: unknown = JSON.parse(text);
    if (isShaped(content)) return content;
  } catch {
    // Said below.
  }
  throw new NoBundle(fault);
}

type Members = { readonly [member: string]: unknown };

function isObject(content: unknown): content is Members {
  return typeof content === 'object' && content !== null && !Array.isArray(content);
}

const isText = (content: unknown): content is string => typeof content === 'string';
const isCount = (content: unknown): content is number => Number.isSafeInteger(content) && Number(content) >= 0;

function isKey(content: unknown): content is CheckpointKey {
  if (!isObject(content)) return false;
  const { vkey, validFrom, validUntil, endorsement } = content;
  return [vkey, validFrom].every(isText) && [validUntil, endorsement].every((one) => one === undefined || isText(one));
}

function parseKeys(text: string): readonly CheckpointKey[] {
  const areKeys = (content: unknown): content is readonly CheckpointKey[] => Array.isArray(content) && content.every(isKey);
  return parsed(text, areKeys, 'keys.json holds no keys of checkpoints');
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new NoBundle(`${file} cannot be read (${error instanceof Error && 'code' in error ? error.code : error})`);
  }
}

/** Verifies a bundle without any server. @throws NoBundle, NoCheckpoint */
export async function verifyBundle(
  folder: string,
  { checkpoints = [], pinned, threads = 0, onProgress = () => undefined }: BundleToVerify = {},
): Promise<VerifiedBundle> {
  const manifest = await readManifest(folder);
  const checkpoint = parseCheckpoint(await readText(join(folder, 'checkpoint')));
  const keys = parseKeys(await readText(join(folder, 'keys.json')));
  const { size, root, signedAt, origin } = checkpoint;
  const signer = signerOf(checkpoint, trustedKeys(keys, pinned ?? keys.slice(0, 1)));
  const findings: Finding[] = signer === undefined ? [{ kind: 'not-signed', size, signedAt }] : [];
  findings.push(
    ...checkpoints.flatMap((one): Finding[] => (one.origin === origin ? [] : [{ kind: 'other-log', origin: one.origin }])),
  );
  const older = checkpoints.filter((one) => one.origin === origin).toSorted((a, b) => a.size - b.size);

  const whole = manifest.scope.kind === 'all';
  const files = (await readdir(folder)).filter((name) => /^events-\d{5}\.ndjson$/.test(name)).sort();
  const chunks = files.map((name, chunk): ChunkToVerify => {
    const firstLeaf = chunk * EVENTS_PER_CHUNK;
    const isWithin = (at: number) => at > firstLeaf && at <= firstLeaf + EVENTS_PER_CHUNK;
    return {
      eventsFile: join(folder, name),
      firstLeaf,
      cuts: whole ? [size, ...older.map((one) => one.size)].filter(isWithin) : [],
      ...(whole ? {} : { proofs: { file: join(folder, name.replace('events', 'proofs')), size, root: root.toString('hex') } }),
    };
  });
  const verified = await verifyChunks(chunks, threads, (done) => onProgress(done, chunks.length)).catch((error): never => {
    throw new NoBundle(error instanceof Error ? error.message : String(error));
  });

  const { streams, findings: inChains } = joinStreams(verified, whole);
  findings.push(...inChains);
  findings.push(...scopeFindings(manifest.scope, verified));
  const events = verified.reduce((sum, chunk) => sum + chunk.events, 0);
  if (events !== manifest.events)
    findings.push({
      kind: 'incomplete',
      what: {
        id: `bundle.json menyebut ${manifest.events} peristiwa, yang ada ${events}`,
        en: `bundle.json says ${manifest.events} events, ${events} are there`,
      },
    });
  if (whole) {
    const roots = rootsOf(verified);
    findings.push(
      ...checkpointFindings(
        [...older, checkpoint].toSorted((a, b) => a.size - b.size),
        events,
        (at) => roots.get(at),
      ),
    );
    if (events > size)
      findings.push({
        kind: 'incomplete',
        what: {
          id: `${events - size} peristiwa berada sesudah checkpoint`,
          en: `${events - size} events stand behind the checkpoint`,
        },
      });
  } else findings.push(...(await continuityFindings(folder, checkpoint, older)));
  return {
    scope: manifest.scope,
    events,
    streams,
    checkpoint: { origin, size, root: root.toString('base64'), signedAt },
    signedBy: signer?.vkey,
    keyPinned: pinned !== undefined && signer !== undefined,
    findings,
    ...notShownBy(manifest.scope),
  };
}

/** Of a part of the log its proofs say that what is there was signed, and never that nothing was left out. */
function notShownBy(scope: BundleScope): Pick<VerifiedBundle, 'notShown'> {
  switch (scope.kind) {
    case 'all':
      return {};
    case 'case':
      return {
        notShown: {
          id: 'Tidak ada di sini yang menunjukkan bahwa ini seluruhnya: peristiwa terakhir perkara ini dapat saja ditinggalkan. Hanya berkas seluruh log (--all) yang menunjukkannya.',
          en: 'Nothing here shows that this is all of it: the last events of the case may have been left out. Only a bundle of the whole log (--all) shows that.',
        },
      };
    case 'office':
      return {
        notShown: {
          id: 'Tidak ada di sini yang menunjukkan bahwa ini seluruhnya: peristiwa terakhir suatu perkara, atau seluruh perkara, dapat saja ditinggalkan. Hanya berkas seluruh log (--all) yang menunjukkannya.',
          en: 'Nothing here shows that this is all of it: the last events of a case, or whole cases, may have been left out. Only a bundle of the whole log (--all) shows that.',
        },
      };
    default:
      return assertNever(scope);
  }
}

/** A bundle that says it is of a case holds that case, and nothing else. */
function scopeFindings(scope: BundleScope, chunks: readonly VerifiedChunk[]): readonly Finding[] {
  if (scope.kind !== 'case') return [];
  const { caseId } = scope;
  const streams = new Set(chunks.flatMap((chunk) => chunk.streams.map(({ stream }) => stream)));
  const foreign = [...streams].filter((stream) => stream !== caseStream(caseId) && stream !== clocksStream(caseId));
  const faults = [
    ...(streams.has(caseStream(caseId))
      ? []
      : [
          {
            id: `tidak ada peristiwa perkara ${caseId}, padahal menurut isinya dari perkara itu`,
            en: `no event of the case ${caseId}, of which it says it is`,
          },
        ]),
    ...foreign.map((stream) => ({
      id: `${stream} bukan dari perkara ${caseId}`,
      en: `${stream} is not of the case ${caseId}`,
    })),
  ];
  return faults.map((what) => ({ kind: 'incomplete', what }));
}

async function readManifest(folder: string): Promise<Manifest> {
  const file = join(folder, 'bundle.json');
  return parsed(await readText(file), isManifest, `${file} is not of the format ${FORMAT}`);
}

function isManifest(content: unknown): content is Manifest {
  if (!isObject(content) || content.format !== FORMAT || !isCount(content.events) || !isObject(content.scope)) return false;
  const { kind, caseId, office } = content.scope;
  return kind === 'all' || (kind === 'case' && isText(caseId)) || (kind === 'office' && isText(office));
}

function isConsistency(content: unknown): content is Consistency {
  return (
    isObject(content) && [content.from, content.to].every(isCount) && Array.isArray(content.proof) && content.proof.every(isText)
  );
}

/** Side by side in threads, each taking the next chunk when it is done with one. */
async function verifyChunks(
  chunks: readonly ChunkToVerify[],
  threads: number,
  onProgress: (done: number) => void,
): Promise<readonly VerifiedChunk[]> {
  const verified: VerifiedChunk[] = [];
  let [next, done] = [0, 0];
  const work = async (verify: (chunk: ChunkToVerify) => Promise<VerifiedChunk>): Promise<void> => {
    for (let at = next++; at < chunks.length; at = next++) {
      verified[at] = await verify(chunks[at] as ChunkToVerify);
      done += 1;
      onProgress(done);
    }
  };
  if (threads === 0 || chunks.length < 2) await work(verifyChunk);
  else {
    const workers = Array.from(
      { length: Math.min(threads, chunks.length) },
      () => new Worker(new URL('./bundle-worker.js', import.meta.url)),
    );
    try {
      await Promise.all(workers.map((worker) => work((chunk) => askWorker(worker, chunk))));
    } finally {
      await Promise.all(workers.map((worker) => worker.terminate()));
    }
  }
  return verified;
}

function askWorker(worker: Worker, chunk: ChunkToVerify): Promise<VerifiedChunk> {
  return new Promise((resolve, reject) => {
    worker.removeAllListeners();
    worker.once('error', reject);
    worker.once('message', ({ verified, error }: { verified?: VerifiedChunk; error?: string }) =>
      verified === undefined ? reject(new Error(error)) : resolve(verified),
    );
    worker.postMessage(chunk);
  });
}

/** Streams run on from chunk to chunk; each begins at its first event. */
function joinStreams(
  chunks: readonly VerifiedChunk[],
  whole: boolean,
): { readonly streams: number; readonly findings: readonly Finding[] } {
  const ends = new Map<Id, Pick<StreamPart, 'lastRevision' | 'lastHash'>>();
  const findings = new Map<Id, Finding>();
  for (const chunk of chunks) {
    for (const part of chunk.streams) {
      const { stream, firstRevision: revision, firstPrevious, firstLeaf } = part;
      const before = ends.get(stream) ?? { lastRevision: -1, lastHash: null };
      ends.set(stream, part);
      if (findings.has(stream)) continue;
      const leaf = whole ? firstLeaf : 0;
      if (revision !== before.lastRevision + 1)
        findings.set(stream, { kind: 'event', fault: 'revision', leaf, stream, revision });
      else if (firstPrevious !== before.lastHash) findings.set(stream, { kind: 'event', fault: 'chain', leaf, stream, revision });
    }
    for (const fault of chunk.faults) {
      const name = fault.stream ?? `line ${fault.leaf}`;
      if (!findings.has(name)) findings.set(name, { kind: 'event', ...fault });
    }
  }
  return { streams: ends.size, findings: [...findings.values()] };
}

/** Roots at the sizes that were asked for. */
function rootsOf(chunks: readonly VerifiedChunk[]): ReadonlyMap<number, TreeHash> {
  const roots = new Map<number, TreeHash>([[0, new Frontier().root()]]);
  const before: { level: number; hash: string }[] = [];
  const rootWith = (subtrees: VerifiedChunk['subtrees']): TreeHash => {
    const frontier = new Frontier();
    for (const { level, hash } of [...before, ...subtrees]) frontier.append(Buffer.from(hash, 'hex'), level);
    return frontier.root();
  };
  for (const chunk of chunks) {
    for (const { size, subtrees } of chunk.cuts) roots.set(size, rootWith(subtrees));
    before.push(...chunk.subtrees);
    // Only the last chunk may be short; one before it leaves no place where the next could begin.
    if (chunk !== chunks.at(-1) && chunk.events !== EVENTS_PER_CHUNK) break;
  }
  return roots;
}

async function continuityFindings(
  folder: string,
  checkpoint: Checkpoint,
  older: readonly Checkpoint[],
): Promise<readonly Finding[]> {
  const text = await readFile(join(folder, 'consistency.json'), 'utf8').catch(() => undefined);
  const consistency = text === undefined ? undefined : parsed(text, isConsistency, 'consistency.json holds no proof');
  return older.flatMap(({ size, root, signedAt }): Finding[] => {
    if (size > checkpoint.size) return [{ kind: 'cut-off', size, signedAt, events: checkpoint.size }];
    if (size === checkpoint.size) return root.equals(checkpoint.root) ? [] : [{ kind: 'root-differs', size, signedAt }];
    if (size === 0) return [];
    if (consistency?.from !== size || consistency.to !== checkpoint.size) return [{ kind: 'no-consistency-proof', size }];
    const proof = consistency.proof.map((hash) => Buffer.from(hash, 'base64'));
    return verifyConsistency(size, checkpoint.size, proof, root, checkpoint.root)
      ? []
      : [{ kind: 'root-differs', size, signedAt }];
  });
}
