import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import {
  completeSubtrees,
  consistencyProof,
  emptyRoot,
  Frontier,
  inclusionProof,
  leafHash,
  type ReadSubtrees,
  rootOf,
  verifyConsistency,
  verifyInclusion,
} from './merkle.js';

interface Vectors {
  readonly leaves: readonly string[];
  readonly roots: readonly string[];
  readonly inclusion: readonly {
    readonly leafIdx: number;
    readonly treeSize: number;
    readonly root: string;
    readonly leafHash: string;
    readonly proof: readonly string[];
    readonly desc: string;
    readonly wantErr: boolean;
  }[];
  readonly consistency: readonly {
    readonly size1: number;
    readonly size2: number;
    readonly root1: string;
    readonly root2: string;
    readonly proof: readonly string[] | null;
    readonly desc: string;
    readonly wantErr: boolean;
  }[];
}

const vectors: Vectors = JSON.parse(readFileSync(new URL('./merkle.vectors.json', import.meta.url), 'utf8'));
const base64 = (text: string): Buffer => Buffer.from(text, 'base64');

/** MTH as RFC 6962 2.1 writes it, recursive and slow. */
function mth(leaves: readonly Buffer[]): Buffer {
  const sha256 = (...parts: Buffer[]): Buffer => createHash('sha256').update(Buffer.concat(parts)).digest();
  const [only] = leaves;
  if (only === undefined) return sha256();
  if (leaves.length === 1) return sha256(Buffer.from([0]), only);
  let k = 1;
  while (k * 2 < leaves.length) k *= 2;
  return sha256(Buffer.from([1]), mth(leaves.slice(0, k)), mth(leaves.slice(k)));
}

const data = (count: number): readonly Buffer[] => Array.from({ length: count }, (_, n) => Buffer.from(`leaf ${n}`));

/** Subtrees of a list of leaves, each computed anew. */
const subtreesOf =
  (leaves: readonly Buffer[]): ReadSubtrees =>
  async (asked) =>
    asked.map(({ level, index }) => mth(leaves.slice(index * 2 ** level, (index + 1) * 2 ** level)));

describe('the published vectors of Certificate Transparency', () => {
  it('roots of trees of 0 to 8 leaves', () => {
    const frontier = new Frontier();
    const roots = [frontier.root().toString('hex')];
    for (const leaf of vectors.leaves) {
      frontier.append(leafHash(Buffer.from(leaf, 'hex')));
      roots.push(frontier.root().toString('hex'));
    }
    expect(roots).toEqual(vectors.roots);
    expect(emptyRoot.toString('hex')).toBe(vectors.roots[0]);
  });
  it('proofs of inclusion, right and wrong', () => {
    const judged = vectors.inclusion.map(({ desc, leafIdx, treeSize, root, leafHash: leaf, proof }) => [
      desc,
      verifyInclusion(base64(leaf), leafIdx, treeSize, proof.map(base64), base64(root)),
    ]);
    expect(judged).toEqual(vectors.inclusion.map(({ desc, wantErr }) => [desc, !wantErr]));
    expect(new Set(judged.map(([, holds]) => holds)).size).toBe(2);
  });
  it('proofs of consistency, right and wrong', () => {
    const judged = vectors.consistency.map(({ desc, size1, size2, root1, root2, proof }) => [
      desc,
      verifyConsistency(size1, size2, (proof ?? []).map(base64), base64(root1), base64(root2)),
    ]);
    expect(judged).toEqual(vectors.consistency.map(({ desc, wantErr }) => [desc, !wantErr]));
  });
  it('proofs that are made are those that were published', async () => {
    const read = subtreesOf(vectors.leaves.map((leaf) => Buffer.from(leaf, 'hex')));
    for (const { leafIdx, treeSize, proof, desc } of vectors.inclusion.filter((one) => !one.wantErr))
      expect([desc, await inclusionProof(leafIdx, treeSize, read)]).toEqual([desc, proof.map(base64)]);
    const published = vectors.consistency.filter((one) => !one.wantErr && /happy-path/.test(one.desc));
    expect(published.length).toBeGreaterThan(3);
    for (const { size1, size2, proof, desc } of published)
      expect([desc, await consistencyProof(size1, size2, read)]).toEqual([desc, (proof ?? []).map(base64)]);
  });
});

describe('trees of every size up to 40, against the definition', () => {
  const leaves = data(40);
  const read = subtreesOf(leaves);
  it('have its root, appended singly, in subtrees, or put together from complete ones', async () => {
    const frontier = new Frontier();
    for (const [at, leaf] of leaves.entries()) {
      const size = at + 1;
      frontier.append(leafHash(leaf));
      const root = mth(leaves.slice(0, size));
      expect(frontier.root()).toEqual(root);
      expect(await rootOf(size, read)).toEqual(root);
      expect(Frontier.of(size, await read(completeSubtrees(0, size))).root()).toEqual(root);
    }
  });
  it('prove each of their leaves, at its place and at no other', async () => {
    for (let size = 1; size <= leaves.length; size += 1) {
      const root = mth(leaves.slice(0, size));
      for (const [leaf, content] of leaves.slice(0, size).entries()) {
        const proof = await inclusionProof(leaf, size, read);
        expect(verifyInclusion(leafHash(content), leaf, size, proof, root)).toBe(true);
        const elsewhere = (leaf + 1) % size;
        expect(verifyInclusion(leafHash(content), elsewhere, size, proof, root)).toBe(size === 1);
      }
    }
  });
  it('prove every smaller tree that they begin with, and no other', async () => {
    const others = [Buffer.from('another'), ...leaves.slice(1)];
    for (let to = 1; to <= leaves.length; to += 1) {
      const root = mth(leaves.slice(0, to));
      for (let from = 1; from <= to; from += 1) {
        const proof = await consistencyProof(from, to, read);
        expect(verifyConsistency(from, to, proof, mth(leaves.slice(0, from)), root)).toBe(true);
        expect(verifyConsistency(from, to, proof, mth(others.slice(0, from)), root)).toBe(false);
      }
    }
  });
});

describe('what cannot be', () => {
  const read = subtreesOf(data(4));
  it('is refused', async () => {
    await expect(inclusionProof(4, 4, read)).rejects.toThrow('No leaf 4 in a tree of 4');
    await expect(consistencyProof(0, 4, read)).rejects.toThrow('no proof');
    await expect(consistencyProof(5, 4, read)).rejects.toThrow('no proof');
    const frontier = new Frontier();
    frontier.append(emptyRoot);
    expect(() => frontier.append(emptyRoot, 1)).toThrow('No subtree of level 1 begins at leaf 1');
  });
});
