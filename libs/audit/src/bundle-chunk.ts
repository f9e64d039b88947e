/**
 * One chunk of a bundle, verified: each line is the very text that an event's hash covers, so SHA-256 of the line is the event's hash and the
 * data of its leaf. Nothing else of the line need be understood but the tail that says where it stands in its stream.
 */
import { hash as digest } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { Frontier, leafHash, verifyInclusion } from './merkle.js';

/** Events of a chunk: a complete subtree, so that chunks can be hashed side by side. */
export const EVENTS_PER_CHUNK = 2 ** 14;

export interface ChunkToVerify {
  readonly eventsFile: string;
  /** How far into the log the chunk begins, where the bundle holds the whole log. */
  readonly firstLeaf: number;
  /** Sizes of trees within this chunk whose roots are asked for. */
  readonly cuts: readonly number[];
  /** Where the bundle holds a part of the log: the proof of each line, and what it leads to. */
  readonly proofs?: { readonly file: string; readonly size: number; readonly root: string };
}

/** Why a line does not hold. */
export type LineFault = 'malformed' | 'chain' | 'revision' | 'not-in-tree' | 'no-proof';

export interface FaultyLine {
  readonly fault: LineFault;
  /** Of the whole log; of a part of it, the line's number in the chunk. */
  readonly leaf: number;
  readonly stream?: string;
  readonly revision?: number;
}

/** A stream's part in a chunk. */
export interface StreamPart {
  readonly stream: string;
  readonly firstRevision: number;
  readonly firstPrevious: string | null;
  readonly lastRevision: number;
  readonly lastHash: string;
  readonly firstLeaf: number;
}

/** Hashes are hexadecimal, since they cross threads. */
export interface VerifiedChunk {
  readonly events: number;
  readonly subtrees: readonly { readonly level: number; readonly hash: string }[];
  readonly cuts: readonly {
    readonly size: number;
    readonly subtrees: readonly { readonly level: number; readonly hash: string }[];
  }[];
  readonly streams: readonly StreamPart[];
  /** The first of each stream, and the first that belongs to none. */
  readonly faults: readonly FaultyLine[];
}

const tailStart = Buffer.from(',"previousHash":');
const tail =
  /^,"previousHash":(?:null|"([0-9a-f]{64})"),"revision":(\d{1,10}),"schemaVersion":\d+,"stream":("(?:[^"\\]|\\.)*"),"type":"(?:[^"\\]|\\.)*"\}$/;

/** Where an event stands, from the end of its text: canonical JSON orders members by name. Undefined for what is no event. */
function placeIn(line: Buffer): { stream: string; revision: number; previous: string | null } | undefined {
  // A quote within a string is escaped, so this last one is no part of a string.
  const at = line.lastIndexOf(tailStart);
  const [, previous, revision, stream] = tail.exec(at < 0 ? '' : line.toString('utf8', at)) ?? [];
  if (stream === undefined) return undefined;
  try {
    return { stream: JSON.parse(stream), revision: Number(revision), previous: previous ?? null };
  } catch {
    // A name with a backslash before what has none is no name.
    return undefined;
  }
}

/** Verifies one chunk. A file that cannot be read throws what the file system says. */
export async function verifyChunk({ eventsFile, firstLeaf, cuts, proofs }: ChunkToVerify): Promise<VerifiedChunk> {
  const text = await readFile(eventsFile);
  const proofLines = proofs === undefined ? [] : (await readFile(proofs.file, 'utf8')).split('\n');
  const root = Buffer.from(proofs?.root ?? '', 'hex');
  const frontier = new Frontier();
  const streams = new Map<string, { -readonly [K in keyof StreamPart]: StreamPart[K] }>();
  const faults = new Map<string, FaultyLine>();
  const blame = (fault: FaultyLine): void => {
    const { stream = '' } = fault;
    if (!faults.has(stream)) faults.set(stream, fault);
  };
  const wanted = new Set(cuts);
  const found: { size: number; subtrees: VerifiedChunk['subtrees'] }[] = [];
  let events = 0;
  for (let start = 0; start < text.length; ) {
    const end = text.indexOf(10, start);
    const line = text.subarray(start, end < 0 ? text.length : end);
    start += line.length + 1;
    const leaf = firstLeaf + events;
    const hash = digest('sha256', line, 'buffer');
    const leafOf = leafHash(hash);
    const place = placeIn(line);
    if (place === undefined) blame({ fault: 'malformed', leaf });
    else {
      const { stream, revision, previous } = place;
      const known = streams.get(stream);
      if (known === undefined)
        streams.set(stream, {
          stream,
          firstRevision: revision,
          firstPrevious: previous,
          lastRevision: revision,
          lastHash: hash.toString('hex'),
          firstLeaf: leaf,
        });
      else {
        if (revision !== known.lastRevision + 1) blame({ fault: 'revision', leaf, stream, revision });
        else if (previous !== known.lastHash) blame({ fault: 'chain', leaf, stream, revision });
        known.lastRevision = revision;
        known.lastHash = hash.toString('hex');
      }
    }
    if (proofs !== undefined) {
      const proof = proofIn(proofLines[events]);
      const at = place === undefined ? {} : { stream: place.stream, revision: place.revision };
      if (proof === undefined) blame({ fault: 'no-proof', leaf, ...at });
      else if (!verifyInclusion(leafOf, proof.leaf, proofs.size, proof.proof, root))
        blame({ fault: 'not-in-tree', leaf: proof.leaf, ...at });
    } else frontier.append(leafOf);
    events += 1;
    if (wanted.has(firstLeaf + events)) found.push({ size: firstLeaf + events, subtrees: inHex(frontier) });
  }
  return { events, subtrees: inHex(frontier), cuts: found, streams: [...streams.values()], faults: [...faults.values()] };
}

function inHex(frontier: Frontier): VerifiedChunk['subtrees'] {
  return frontier.subtrees.map(({ level, hash }) => ({ level, hash: hash.toString('hex') }));
}

function proofIn(line: string | undefined): { readonly leaf: number; readonly proof: readonly Buffer[] } | undefined {
  try {
    const { leaf, proof }: { leaf: unknown; proof: unknown } = JSON.parse(line ?? '');
    if (typeof leaf !== 'number' || !Array.isArray(proof)) return undefined;
    const hashes = proof.map((one) => Buffer.from(String(one), 'base64'));
    return hashes.every((hash, at) => hash.toString('base64') === proof[at]) ? { leaf, proof: hashes } : undefined;
  } catch {
    return undefined;
  }
}
