/**
 * Verifies a case in the browser, by what the API hands over as a proof and by nothing else of the server: every event's hash, the chain of each
 * stream, each event's place under the root of a checkpoint (RFC 9162 2.1.3.2), and the checkpoint's signature (C2SP signed-note, Ed25519).
 */

/** An event with its audit path, as `GET /audit/proof/cases/{caseId}` gives it. */
interface ProvenEvent {
  readonly stream: string;
  readonly revision: number;
  readonly leaf: number;
  /** What its hash covers. */
  readonly text: string;
  /** In base64. */
  readonly proof: readonly string[];
}

export interface CaseProof {
  readonly checkpoint: { readonly size: number; readonly root: string; readonly signedAt: string; readonly note: string };
  readonly events: readonly ProvenEvent[];
}

/** `unable`: this browser cannot tell. */
export type Verdict = 'holds' | 'broken' | 'unable';

export interface VerifiedCase {
  readonly events: number;
  readonly size: number;
  readonly signedAt: string;
  /** Each stream's events follow one another without a gap, each naming the hash of the one before. */
  readonly chain: Verdict;
  /** Every event stands where it is said to, under the checkpoint's root. */
  readonly inclusion: Verdict;
  /** The note says that size and that root, and one of the published keys signed it. */
  readonly signature: Verdict;
  /** What the timeline shows carries the hashes of these events. */
  readonly shown: Verdict;
  /** Shown, and recorded after the checkpoint: not covered. */
  readonly later: number;
  /** Streams and revisions at which something is broken. */
  readonly at: readonly string[];
}

/**
 * @param keys `vkey` of each published key
 * @param shown events as the page shows them
 */
export async function verifyCase(
  { checkpoint, events }: CaseProof,
  keys: readonly string[],
  shown: readonly { readonly eventId: string; readonly hash: string }[],
): Promise<VerifiedCase> {
  const root = bytesOf(checkpoint.root);
  const hashed = await Promise.all(
    events.map(async (event) => ({ ...event, hash: await sha256(new TextEncoder().encode(event.text)) })),
  );
  const unchained = chainBreaks(hashed);
  const outside: string[] = [];
  for (const { stream, revision, hash, leaf, proof } of hashed)
    if (!(await isIncluded(hash, leaf, checkpoint.size, proof.map(bytesOf), root))) outside.push(`${stream} ${revision}`);
  const byId = new Map(hashed.map(({ text, hash }) => [memberOf(text, 'id'), hexOf(hash)]));
  const covered = shown.filter(({ eventId }) => byId.has(eventId));
  const otherwise = covered.filter(({ eventId, hash }) => byId.get(eventId) !== hash).map(({ eventId }) => eventId);
  const later = shown.length - covered.length;
  // Every event that is proved is on the page, too: nothing is left out of it.
  const missing = hashed.length - covered.length;
  return {
    events: events.length,
    size: checkpoint.size,
    signedAt: checkpoint.signedAt,
    chain: unchained.length === 0 ? 'holds' : 'broken',
    inclusion: outside.length === 0 ? 'holds' : 'broken',
    signature: await signatureOf(checkpoint, keys),
    shown: otherwise.length === 0 && missing === 0 ? 'holds' : 'broken',
    later,
    at: [...new Set([...unchained, ...outside, ...otherwise])],
  };
}

function chainBreaks(events: readonly (ProvenEvent & { readonly hash: Bytes })[]): readonly string[] {
  const ends = new Map<string, { readonly revision: number; readonly hash: string | null }>();
  const breaks: string[] = [];
  for (const { stream, revision, text, hash } of events) {
    const before = ends.get(stream) ?? { revision: -1, hash: null };
    const said = [memberOf(text, 'stream'), memberOf(text, 'revision'), memberOf(text, 'previousHash')];
    if (JSON.stringify(said) !== JSON.stringify([stream, before.revision + 1, before.hash])) breaks.push(`${stream} ${revision}`);
    ends.set(stream, { revision, hash: hexOf(hash) });
  }
  return breaks;
}

function memberOf(text: string, name: string): unknown {
  try {
    const event: { readonly [member: string]: unknown } = JSON.parse(text);
    return event[name];
  } catch {
    return undefined;
  }
}

type Bytes = Uint8Array<ArrayBuffer>;

async function isIncluded(data: Bytes, leaf: number, size: number, proof: readonly Bytes[], root: Bytes): Promise<boolean> {
  let [at, last] = [leaf, size - 1];
  if (at > last) return false;
  let hash = await sha256(joined(Uint8Array.of(0), data));
  for (const sibling of proof) {
    if (last === 0) return false;
    if (at % 2 === 1 || at === last) {
      hash = await sha256(joined(Uint8Array.of(1), sibling, hash));
      while (at % 2 === 0 && at !== 0) [at, last] = [Math.floor(at / 2), Math.floor(last / 2)];
    } else hash = await sha256(joined(Uint8Array.of(1), hash, sibling));
    [at, last] = [Math.floor(at / 2), Math.floor(last / 2)];
  }
  return last === 0 && hexOf(hash) === hexOf(root);
}

async function signatureOf({ note, size, root }: CaseProof['checkpoint'], keys: readonly string[]): Promise<Verdict> {
  const end = note.lastIndexOf('\n\n');
  const text = note.slice(0, end + 1);
  const [origin, saidSize, saidRoot] = text.split('\n');
  if (end < 0 || saidSize !== String(size) || saidRoot !== root) return 'broken';
  const signatures = [...note.slice(end + 2).matchAll(/^— (\S+) (\S+)$/gm)].flatMap(([, name, signature]) =>
    name === origin && signature !== undefined ? [bytesOf(signature)] : [],
  );
  for (const vkey of keys) {
    const [, of, id, key] = /^([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+=*)$/.exec(vkey) ?? [];
    const signature = signatures.find((one) => hexOf(one.slice(0, 4)) === id);
    if (of !== origin || key === undefined || signature === undefined) continue;
    try {
      const publicKey = await crypto.subtle.importKey('raw', bytesOf(key).slice(1), 'Ed25519', false, ['verify']);
      const signed = await crypto.subtle.verify('Ed25519', publicKey, signature.slice(4), new TextEncoder().encode(text));
      return signed ? 'holds' : 'broken';
    } catch {
      // Browsers learned Ed25519 in 2025.
      return 'unable';
    }
  }
  return 'broken';
}

async function sha256(bytes: Bytes): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
}

function joined(...parts: readonly Bytes[]): Bytes {
  const all = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

function bytesOf(base64: string): Bytes {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

function hexOf(bytes: Bytes): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
