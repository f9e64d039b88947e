/**
 * Signed checkpoints of the Merkle log, as notes in the format of C2SP tlog-checkpoint (signed-note, Ed25519), and the keys that sign them.
 *
 *     tegas/6f0c…              origin: names the log
 *     20852163                 leaves
 *     CsUYapGGPo4dkMgI…=       root
 *     time 2026-11-26T10:00:00.000Z
 *
 *     — tegas/6f0c… Az3grlgt…= key id and signature
 */
import { createPublicKey, hash as digest, generateKeyPairSync, type KeyObject, sign, verify } from 'node:crypto';
import type { InstantAt } from '#domain/event.js';
import type { TreeHash } from './merkle.js';

const ED25519 = 1;
const mostSignatures = 16;
/** What stands before the 32 bytes of a public key in SubjectPublicKeyInfo (RFC 8410). */
const spkiPrefix = Buffer.from('302a300506032b6570032100', 'hex');

/** A key that signs checkpoints, as everyone may know it. */
export interface CheckpointKey {
  /** `<origin>+<key id>+<key>`, as the tools of the C2SP write it. */
  readonly vkey: string;
  readonly validFrom: InstantAt;
  /** When another key took its place; checkpoints that were signed before verify for ever. */
  readonly validUntil?: InstantAt;
  /** By the key before it, over `endorsedText`, in base64. The first key, and one made after the loss of the key before it, has none. */
  readonly endorsement?: string;
}

export interface Checkpoint {
  readonly origin: string;
  readonly size: number;
  readonly root: TreeHash;
  readonly signedAt: InstantAt;
  /** The whole note, signature included. */
  readonly note: string;
}

/** The text is no checkpoint. The message says why. */
export class NoCheckpoint extends Error {
  override readonly name = 'NoCheckpoint';
}

/** A new pair: the public key as `vkey`, the private one as PKCS #8. */
export function createCheckpointKey(origin: string): { readonly vkey: string; readonly privateKey: KeyObject } {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const raw = publicKey.export({ type: 'spki', format: 'der' }).subarray(spkiPrefix.length);
  return { vkey: `${origin}+${keyId(origin, raw).toString('hex')}+${tagged(raw).toString('base64')}`, privateKey };
}

function tagged(raw: Buffer): Buffer {
  return Buffer.concat([Buffer.from([ED25519]), raw]);
}

function keyId(origin: string, raw: Buffer): Buffer {
  return digest('sha256', Buffer.concat([Buffer.from(`${origin}\n`), tagged(raw)]), 'buffer').subarray(0, 4);
}

interface ReadKey {
  readonly origin: string;
  readonly id: Buffer;
  readonly publicKey: KeyObject;
}

/** @throws NoCheckpoint for a text that is no Ed25519 key of this form */
function readKey(vkey: string): ReadKey {
  const [, origin, id, key] = /^([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+=*)$/.exec(vkey) ?? [];
  const bytes = Buffer.from(key ?? '', 'base64');
  const raw = bytes.subarray(1);
  if (origin === undefined || bytes.length !== 33 || bytes[0] !== ED25519 || keyId(origin, raw).toString('hex') !== id)
    throw new NoCheckpoint(`Not an Ed25519 key of a note: ${vkey.slice(0, 80)}`);
  const publicKey = createPublicKey({ key: Buffer.concat([spkiPrefix, raw]), format: 'der', type: 'spki' });
  return { origin, id: Buffer.from(id, 'hex'), publicKey };
}

/** Signs the root of a tree. */
export function signCheckpoint(
  { size, root, at }: { readonly size: number; readonly root: TreeHash; readonly at: InstantAt },
  { vkey, privateKey }: { readonly vkey: string; readonly privateKey: KeyObject },
): Checkpoint {
  const { origin, id } = readKey(vkey);
  const text = `${origin}\n${size}\n${root.toString('base64')}\ntime ${at}\n`;
  const signature = Buffer.concat([id, sign(null, Buffer.from(text), privateKey)]);
  return parseCheckpoint(`${text}\n— ${origin} ${signature.toString('base64')}\n`);
}

/** Reads a note; its signatures are not checked. @throws NoCheckpoint */
export function parseCheckpoint(note: string): Checkpoint {
  const [origin, size, root, ...more] = textOf(note).split('\n');
  const signedAt = more.map((line) => /^time (\S+)$/.exec(line)?.[1]).find((time) => time !== undefined);
  const hash = Buffer.from(root ?? '', 'base64');
  if (!origin || !/^(0|[1-9]\d{0,15})$/.test(size ?? '') || hash.length !== 32 || hash.toString('base64') !== root)
    throw new NoCheckpoint('A checkpoint begins with its origin, the number of leaves, and the root in base64, a line each');
  if (signedAt === undefined || Number.isNaN(Date.parse(signedAt)))
    throw new NoCheckpoint('The checkpoint does not say when it was signed: Tegas writes "time <instant>" as its fourth line');
  return { origin, size: Number(size), root: hash, signedAt, note };
}

/** What is signed: all before the last empty line. */
function textOf(note: string): string {
  const end = note.lastIndexOf('\n\n');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a note may hold none of them
  if (end < 0 || !note.endsWith('\n') || /[\u0000-\u0009\u000b-\u001f]/.test(note))
    throw new NoCheckpoint('A signed note is a text, an empty line, and lines of signatures');
  return note.slice(0, end + 1);
}

/**
 * The key that signed a checkpoint, among those given, while it was valid; undefined when none did.
 * @throws NoCheckpoint for keys or notes that are none
 */
export function signerOf(checkpoint: Checkpoint, keys: readonly CheckpointKey[]): CheckpointKey | undefined {
  const text = textOf(checkpoint.note);
  const lines = checkpoint.note
    .slice(text.length + 1)
    .split('\n')
    .slice(0, mostSignatures);
  const signatures = lines.flatMap((line) => {
    const [, name, signature] = /^— (\S+) (\S+)$/.exec(line) ?? [];
    const bytes = Buffer.from(signature ?? '', 'base64');
    // Written in one way only, so that a note of which anything was changed is no longer signed.
    return name === undefined || bytes.toString('base64') !== signature ? [] : [{ name, bytes }];
  });
  return keys.find((key) => {
    const { origin, id, publicKey } = readKey(key.vkey);
    return (
      checkpoint.origin === origin &&
      checkpoint.signedAt >= key.validFrom &&
      (key.validUntil === undefined || checkpoint.signedAt <= key.validUntil) &&
      signatures.some(
        ({ name, bytes }) =>
          name === origin && bytes.subarray(0, 4).equals(id) && verify(null, Buffer.from(text), publicKey, bytes.subarray(4)),
      )
    );
  });
}

/** What the key before signs of the key that takes its place. */
function endorsedText({ vkey, validFrom }: Pick<CheckpointKey, 'vkey' | 'validFrom'>): Buffer {
  return Buffer.from(`tegas checkpoint key\n${vkey}\n${validFrom}\n`);
}

/** The key that takes another's place, endorsed by it, so that whoever trusts the one may trust the other. */
export function endorsed(
  next: Pick<CheckpointKey, 'vkey' | 'validFrom'>,
  by: KeyObject,
): CheckpointKey & { readonly endorsement: string } {
  return { ...next, endorsement: sign(null, endorsedText(next), by).toString('base64') };
}

/**
 * The `pinned`, and those of `keys` that one of them endorsed, or one endorsed by that, and so on; each for as short a time as anyone says: a
 * list that comes with a bundle must not give a key back the time that another took its place.
 */
export function trustedKeys(keys: readonly CheckpointKey[], pinned: readonly CheckpointKey[]): readonly CheckpointKey[] {
  const said = [...pinned, ...keys];
  const trusted = new Map<string, CheckpointKey>();
  const trust = (key: CheckpointKey): void => {
    const all = said.filter(({ vkey }) => vkey === key.vkey);
    trusted.set(key.vkey, all.reduce(narrower, key));
  };
  for (const pin of pinned) trust(pin);
  for (let before = -1; before < trusted.size; ) {
    before = trusted.size;
    for (const key of said) {
      const { endorsement } = key;
      if (endorsement === undefined) continue;
      const by = [...trusted.values()].find(
        ({ vkey }) =>
          vkey !== key.vkey && verify(null, endorsedText(key), readKey(vkey).publicKey, Buffer.from(endorsement, 'base64')),
      );
      if (by === undefined) continue;
      if (!trusted.has(key.vkey)) trust(key);
      trusted.set(by.vkey, narrower(by, { ...by, validUntil: key.validFrom }));
    }
  }
  return [...trusted.values()];
}

/** The same key for the time that both say. */
function narrower(one: CheckpointKey, other: CheckpointKey): CheckpointKey {
  const [validFrom = one.validFrom] = [one.validFrom, other.validFrom].toSorted().reverse();
  const [validUntil] = [one.validUntil, other.validUntil].filter((at) => at !== undefined).toSorted();
  return { ...one, validFrom, ...(validUntil === undefined ? {} : { validUntil }) };
}
