/** Verifies a log where it stands: every hash chain, the stored Merkle log, and every checkpoint, its own and those kept elsewhere. */
import type { Id } from '#domain/event.js';
import { type ChainBreak, followChain, type StreamEnd } from '#event-store/envelope.js';
import type { EventStore } from '#event-store/port.js';
import { type Checkpoint, type CheckpointKey, signerOf } from './checkpoint.js';
import type { Finding } from './finding.js';
import { Frontier, leafHash, rootOf, type TreeHash } from './merkle.js';
import type { MerkleLog } from './merkle-log.js';

export interface VerifiedLog {
  readonly events: number;
  readonly streams: number;
  /** The first break of each stream whose chain does not hold, in the order of the log. */
  readonly breaks: readonly ChainBreak[];
  /** Everything that was found, the breaks included. */
  readonly findings: readonly Finding[];
}

export interface LogToVerify {
  readonly store: EventStore;
  /** The stored tree and its checkpoints; undefined where there is none yet. */
  readonly merkle?: MerkleLog;
  /** Kept elsewhere: what they signed counts, whatever the log says of itself. */
  readonly checkpoints?: readonly Checkpoint[];
  /** Signatures count by these keys; those that the database names unless given. */
  readonly trusted?: readonly CheckpointKey[];
  readonly onProgress?: (events: number) => void;
}

const PROGRESS_EVERY = 1000;

/** Reads the whole log as it is stored; nothing is decrypted. */
export async function verifyLog({
  store,
  merkle,
  checkpoints = [],
  trusted,
  onProgress = () => undefined,
}: LogToVerify): Promise<VerifiedLog> {
  const own = (await merkle?.checkpoints()) ?? [];
  const all = [...own, ...checkpoints].toSorted((a, b) => a.size - b.size);
  const keys = trusted ?? (await merkle?.keys()) ?? [];
  const findings: Finding[] = all.flatMap((one) => signatureFinding(one, keys));
  const roots = new RootsAt(all.map(({ size }) => size));
  const stored = merkle === undefined ? undefined : new StoredLeaves(merkle);
  const heads = new Map<Id, StreamEnd>();
  const breaks = new Map<Id, ChainBreak>();
  const streams = new Set<Id>();
  const frontier = new Frontier();
  roots.at(frontier);
  for await (const batch of store.readAll('0')) {
    for (const event of batch) {
      streams.add(event.stream);
      // After its first break every later event of a stream would only repeat it.
      const broken = breaks.has(event.stream) ? undefined : followChain(heads, event);
      if (broken !== undefined) {
        breaks.set(event.stream, broken);
        const fault = broken.kind === 'hash' ? 'chain' : 'revision';
        findings.push({ kind: 'event', fault, leaf: frontier.size, stream: event.stream, revision: event.revision });
      }
      const leaf = leafHash(Buffer.from(event.metadata.hash, 'hex'));
      await stored?.compare(leaf);
      frontier.append(leaf);
      roots.at(frontier);
      if (frontier.size % PROGRESS_EVERY === 0) onProgress(frontier.size);
    }
  }
  findings.push(...checkpointFindings(all, frontier.size, (size) => roots.get(size)));
  if (merkle !== undefined) findings.push(...(await treeFindings(merkle, stored?.differs, frontier)));
  return { events: frontier.size, streams: streams.size, breaks: [...breaks.values()], findings };
}

function signatureFinding(checkpoint: Checkpoint, keys: readonly CheckpointKey[]): readonly Finding[] {
  const { size, signedAt } = checkpoint;
  return signerOf(checkpoint, keys) === undefined ? [{ kind: 'not-signed', size, signedAt }] : [];
}

/** What checkpoints, smallest first, say of a log of so many events whose root at a size is known. */
export function checkpointFindings(
  checkpoints: readonly Checkpoint[],
  events: number,
  rootAt: (size: number) => TreeHash | undefined,
): readonly Finding[] {
  const findings: Finding[] = [];
  let after: number | undefined;
  for (const { size, root, signedAt } of checkpoints) {
    if (size > events) findings.push({ kind: 'cut-off', size, signedAt, events });
    else if (rootAt(size)?.equals(root) === true) after = size;
    // What differs at one size differs at every greater one: only the first says where.
    else if (!findings.some(({ kind }) => kind === 'root-differs'))
      findings.push({ kind: 'root-differs', size, signedAt, ...(after === undefined ? {} : { after }) });
  }
  return findings;
}

/** Roots of a growing tree at the sizes that someone asks of. */
class RootsAt {
  private readonly wanted: ReadonlySet<number>;
  private readonly roots = new Map<number, TreeHash>();

  constructor(sizes: readonly number[]) {
    this.wanted = new Set(sizes);
  }

  at(frontier: Frontier): void {
    if (this.wanted.has(frontier.size)) this.roots.set(frontier.size, frontier.root());
  }

  get(size: number): TreeHash | undefined {
    return this.roots.get(size);
  }
}

/** The leaves that were stored, compared with those of the events as they come. */
class StoredLeaves {
  private readonly tiles: AsyncGenerator<readonly TreeHash[]>;
  private tile: readonly TreeHash[] = [];
  private read = 0;
  /** The first leaf that is another. */
  differs: number | undefined;

  constructor(private readonly merkle: MerkleLog) {
    this.tiles = merkle.readLeaves();
  }

  async compare(leaf: TreeHash): Promise<void> {
    // Events that it has not followed yet are no fault.
    if (this.read >= this.merkle.head.leaves) return;
    const place = this.read % 256;
    if (place === 0) this.tile = (await this.tiles.next()).value ?? [];
    if (this.differs === undefined && this.tile[place]?.equals(leaf) !== true) this.differs = this.read;
    this.read += 1;
  }
}

async function treeFindings(merkle: MerkleLog, differs: number | undefined, frontier: Frontier): Promise<readonly Finding[]> {
  const { leaves } = merkle.head;
  if (differs !== undefined) return [{ kind: 'tree-differs', leaf: differs }];
  if (leaves > frontier.size) return [{ kind: 'tree-differs', leaf: frontier.size }];
  if (leaves < frontier.size) return [];
  const root = await rootOf(leaves, merkle.readSubtrees).catch(() => undefined);
  return root?.equals(frontier.root()) === true ? [] : [{ kind: 'tree-differs', leaf: 0 }];
}
