/**
 * The Merkle tree of RFC 6962 (and 9162, which says the same more exactly), over hashes alone. Pure: whoever calls says where hashes of
 * subtrees are kept. A *complete subtree* (level, index) covers the leaves from index·2^level up to (index + 1)·2^level.
 */
import { createHash, hash as digest } from 'node:crypto';

/** 32 bytes. */
export type TreeHash = Buffer;

const HASH_BYTES = 32;
/** Filled anew for every node: millions are hashed one after another, never two at once. */
const node = Buffer.alloc(1 + 2 * HASH_BYTES, 1);
const LEAF = Buffer.from([0]);

/** The root of a tree without leaves. */
export const emptyRoot: TreeHash = createHash('sha256').digest();

/** SHA-256 of 0x00 and the leaf’s data. */
export function leafHash(data: Buffer): TreeHash {
  return digest('sha256', Buffer.concat([LEAF, data]), 'buffer');
}

/** SHA-256 of 0x01 and both children. */
export function nodeHash(left: TreeHash, right: TreeHash): TreeHash {
  left.copy(node, 1);
  right.copy(node, 1 + HASH_BYTES);
  return digest('sha256', node, 'buffer');
}

/** A complete subtree. Level 0: a leaf. */
export interface Subtree {
  readonly level: number;
  readonly index: number;
}

/**
 * The right edge of a growing tree: the roots of its complete subtrees, largest first. All that is needed to append and to know the root;
 * 32 bytes for each bit that is set in the size.
 */
export class Frontier {
  private readonly peaks: { readonly level: number; readonly hash: TreeHash }[] = [];
  private leaves = 0;

  /** Of a tree of `size` leaves, its complete subtrees as `completeSubtrees(0, size)` orders them. */
  static of(size: number, hashes: readonly TreeHash[]): Frontier {
    const frontier = new Frontier();
    completeSubtrees(0, size).forEach(({ level }, at) => {
      const hash = hashes[at];
      if (hash === undefined) throw new Error(`A tree of ${size} leaves has more complete subtrees than were given`);
      frontier.append(hash, level);
    });
    return frontier;
  }

  get size(): number {
    return this.leaves;
  }

  /** A leaf, or, where the size is a multiple of 2^level, a complete subtree of 2^level leaves. */
  append(hash: TreeHash, level = 0): void {
    if (this.leaves % 2 ** level !== 0) throw new Error(`No subtree of level ${level} begins at leaf ${this.leaves}`);
    this.leaves += 2 ** level;
    let peak = { level, hash };
    for (let last = this.peaks.at(-1); last?.level === peak.level; last = this.peaks.at(-1)) {
      this.peaks.pop();
      peak = { level: peak.level + 1, hash: nodeHash(last.hash, peak.hash) };
    }
    this.peaks.push(peak);
  }

  /** The complete subtrees, in the order of their leaves. */
  get subtrees(): readonly { readonly level: number; readonly hash: TreeHash }[] {
    return [...this.peaks];
  }

  root(): TreeHash {
    return this.peaks.length === 0 ? emptyRoot : folded(this.peaks.map(({ hash }) => hash));
  }
}

/** The root over complete subtrees that stand beside one another, largest first. */
function folded(hashes: readonly TreeHash[]): TreeHash {
  return hashes.reduceRight((right, left) => nodeHash(left, right));
}

/** The fewest complete subtrees that cover the leaves from `start` (inclusive) to `end`, in order. `start` must begin a subtree of the tree. */
export function completeSubtrees(start: number, end: number): readonly Subtree[] {
  const found: Subtree[] = [];
  for (let at = start; at < end; ) {
    let level = 0;
    while (at % 2 ** (level + 1) === 0 && at + 2 ** (level + 1) <= end) level += 1;
    found.push({ level, index: at / 2 ** level });
    at += 2 ** level;
  }
  return found;
}

/** Leaves from `start` (inclusive) to `end`: one hash of a proof. */
interface Span {
  readonly start: number;
  readonly end: number;
}

/** The largest power of two below `count`, which is above 1. */
function splitOf(count: number): number {
  let split = 1;
  while (split * 2 < count) split *= 2;
  return split;
}

/** PATH of RFC 6962 2.1.1, as spans, from the leaf upward. */
function pathOf(leaf: number, size: number): readonly Span[] {
  const spans: Span[] = [];
  for (let start = 0, end = size; end - start > 1; ) {
    const middle = start + splitOf(end - start);
    if (leaf < middle) {
      spans.push({ start: middle, end });
      end = middle;
    } else {
      spans.push({ start, end: middle });
      start = middle;
    }
  }
  return spans.reverse();
}

/** PROOF of RFC 6962 2.1.2, as spans. */
function consistencyOf(from: number, to: number): readonly Span[] {
  const spans: Span[] = [];
  let [start, end] = [0, to];
  let whole = true;
  while (from !== end) {
    const middle = start + splitOf(end - start);
    if (from <= middle) {
      spans.push({ start: middle, end });
      end = middle;
    } else {
      spans.push({ start, end: middle });
      start = middle;
      whole = false;
    }
  }
  // The verifier knows the root of the old tree, so it is given only where the old tree is not itself a subtree on the left edge.
  if (!whole) spans.push({ start, end });
  return spans.reverse();
}

/** Answers the hashes of complete subtrees, in the order asked. */
export type ReadSubtrees = (asked: readonly Subtree[]) => Promise<readonly TreeHash[]>;

async function hashesOf(spans: readonly Span[], read: ReadSubtrees): Promise<readonly TreeHash[]> {
  const covers = spans.map(({ start, end }) => completeSubtrees(start, end));
  const hashes = await read(covers.flat());
  let at = 0;
  return covers.map(({ length }) => {
    at += length;
    return folded(hashes.slice(at - length, at));
  });
}

/** The audit path of a leaf (from 0) in the tree of `size` leaves. One call of `read`. @throws RangeError for a leaf that is not in it */
export async function inclusionProof(leaf: number, size: number, read: ReadSubtrees): Promise<readonly TreeHash[]> {
  if (!(leaf >= 0 && leaf < size)) throw new RangeError(`No leaf ${leaf} in a tree of ${size}`);
  return hashesOf(pathOf(leaf, size), read);
}

/** That the tree of `to` leaves begins with the tree of `from`. One call of `read`. @throws RangeError unless 0 < from ≤ to */
export async function consistencyProof(from: number, to: number, read: ReadSubtrees): Promise<readonly TreeHash[]> {
  if (!(from > 0 && from <= to)) throw new RangeError(`There is no proof that a tree of ${to} leaves begins with one of ${from}`);
  return from === to ? [] : hashesOf(consistencyOf(from, to), read);
}

/** The root of the first `size` leaves. One call of `read`. */
export async function rootOf(size: number, read: ReadSubtrees): Promise<TreeHash> {
  return size === 0 ? emptyRoot : folded(await read(completeSubtrees(0, size)));
}

/** Does the leaf stand at this place of the tree with this root? RFC 9162 2.1.3.2. */
export function verifyInclusion(hash: TreeHash, leaf: number, size: number, proof: readonly TreeHash[], root: TreeHash): boolean {
  if (!(Number.isSafeInteger(leaf) && Number.isSafeInteger(size) && leaf >= 0 && leaf < size)) return false;
  if (![hash, root, ...proof].every(isHash)) return false;
  let [place, last] = [leaf, size - 1];
  let known = hash;
  for (const sibling of proof) {
    if (last === 0) return false;
    if (place % 2 === 1 || place === last) {
      known = nodeHash(sibling, known);
      while (place % 2 === 0 && place !== 0) {
        place /= 2;
        last = Math.floor(last / 2);
      }
    } else known = nodeHash(known, sibling);
    place = Math.floor(place / 2);
    last = Math.floor(last / 2);
  }
  return last === 0 && known.equals(root);
}

/** Does the tree of `to` leaves begin with the tree of `from`? RFC 9162 2.1.4.2. Never for an empty one, of which there is nothing to prove. */
export function verifyConsistency(
  from: number,
  to: number,
  proof: readonly TreeHash[],
  fromRoot: TreeHash,
  toRoot: TreeHash,
): boolean {
  if (!(Number.isSafeInteger(from) && Number.isSafeInteger(to) && from > 0 && from <= to)) return false;
  if (from === to) return proof.length === 0 && fromRoot.equals(toRoot);
  if (![fromRoot, ...proof].every(isHash)) return false;
  const hashes = isPowerOfTwo(from) ? [fromRoot, ...proof] : [...proof];
  const [first, ...rest] = hashes;
  if (first === undefined || proof.length === 0) return false;
  let [place, last] = [from - 1, to - 1];
  while (place % 2 === 1) {
    place = Math.floor(place / 2);
    last = Math.floor(last / 2);
  }
  let [older, newer] = [first, first];
  for (const sibling of rest) {
    if (last === 0) return false;
    if (place % 2 === 1 || place === last) {
      older = nodeHash(sibling, older);
      newer = nodeHash(sibling, newer);
      while (place % 2 === 0 && place !== 0) {
        place /= 2;
        last = Math.floor(last / 2);
      }
    } else newer = nodeHash(newer, sibling);
    place = Math.floor(place / 2);
    last = Math.floor(last / 2);
  }
  return last === 0 && older.equals(fromRoot) && newer.equals(toRoot);
}

function isHash({ length }: TreeHash): boolean {
  return length === emptyRoot.length;
}

function isPowerOfTwo(count: number): boolean {
  return 2 * splitOf(count) === count || count === 1;
}
