/**
 * What the console keeps on this device (ADR 31). Everything about a person is sealed under a key that the API gives to the official it belongs
 * to and to nobody else: at a counter where several people use one machine, the next one finds ciphertext. The key goes at sign-out and when
 * somebody else signs in; what it sealed can be read again once its official is back.
 */
import { type DBSchema, type IDBPDatabase, openDB } from 'idb';
import type { Id } from '#domain/event.js';

interface Sealed {
  readonly iv: Uint8Array<ArrayBuffer>;
  readonly bytes: ArrayBuffer;
}

interface DeviceSchema extends DBSchema {
  /** By official. It cannot be taken out: the browser opens and seals with it, and tells it to no one. */
  keys: { key: Id; value: CryptoKey };
  /** By official and form. */
  drafts: { key: [Id, string]; value: Sealed & { readonly savedAt: number } };
  /** By official: what intake needs without network, on a device that was prepared for it. */
  posts: { key: Id; value: Sealed };
  /** By official and intake. That one waits is no secret. */
  outbox: { key: [Id, string]; value: Sealed & { readonly waits: boolean } };
}

/** A form in progress. */
export interface Draft {
  readonly values: { readonly [field: string]: unknown };
  /** Under which it is sent, however often. */
  readonly key: string;
  /** The revision that was on the screen, of an act on a case. */
  readonly seen?: number;
}

export interface KeptDraft extends Draft {
  readonly savedAt: number;
}

/** Nobody comes back to a form after so long; ciphertext is not kept for its own sake. */
const KEPT_DAYS = 30;
const DAY_MS = 24 * 3_600_000;

let opened: Promise<IDBPDatabase<DeviceSchema>> | undefined;
/** Who is signed in, with the key that seals for them. */
let holder: { readonly official: Id; readonly key: CryptoKey } | undefined;

function database(): Promise<IDBPDatabase<DeviceSchema>> {
  opened ??= openDB<DeviceSchema>('tegas', 2, {
    upgrade: (db) => {
      for (const store of ['keys', 'drafts', 'posts', 'outbox'] as const)
        if (!db.objectStoreNames.contains(store)) db.createObjectStore(store);
    },
  }).catch((error: unknown) => {
    opened = undefined;
    throw error;
  });
  return opened;
}

/**
 * From now on this device keeps what its official types. `secret`: 32 bytes in hexadecimal, as the API gives them. Keys of everyone else go:
 * whoever signs in last has the device. Without storage or without WebCrypto (no https) nothing is kept, and forms say so.
 */
export async function holdFor(official: Id, secret: string): Promise<void> {
  if (holder?.official === official) return;
  try {
    const bytes = Uint8Array.from(secret.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
    const key = await crypto.subtle.importKey('raw', bytes, 'AES-GCM', false, ['encrypt', 'decrypt']);
    const db = await database();
    const change = db.transaction(['keys', 'drafts'], 'readwrite');
    await change.objectStore('keys').clear();
    await change.objectStore('keys').put(key, official);
    for (let draft = await change.objectStore('drafts').openCursor(); draft !== null; draft = await draft.continue())
      if (draft.value.savedAt < Date.now() - KEPT_DAYS * DAY_MS) await draft.delete();
    await change.done;
    holder = { official, key };
  } catch (error) {
    holder = undefined;
    console.warn('device: nothing is kept here,', error instanceof Error ? error.name : error);
  }
}

/** At sign-out: what is sealed here stays sealed until its official signs in again. */
export async function letGo(): Promise<void> {
  holder = undefined;
  await (await database()).clear('keys');
}

/**
 * Without network the API tells nobody's key: whoever the device was left with goes on. Answers who that is, on a device that was prepared for
 * work without network.
 */
export async function resume(): Promise<Id | undefined> {
  const db = await database();
  const [official] = await db.getAllKeys('keys');
  const key = official === undefined ? undefined : await db.get('keys', official);
  if (official === undefined || key === undefined || (await db.count('posts', official)) === 0) return undefined;
  holder = { official, key };
  return official;
}

/** The session is over and its official did not sign out: only a prepared device, which goes on without network, keeps their key. */
export async function sessionEnded(): Promise<void> {
  const db = await database();
  for (const official of await db.getAllKeys('keys'))
    if ((await db.count('posts', official)) === 0) {
      await db.delete('keys', official);
      if (holder?.official === official) holder = undefined;
    }
}

export function holderNow(): Id | undefined {
  return holder?.official;
}

async function seal(value: unknown): Promise<Sealed & { readonly official: Id }> {
  if (holder === undefined) throw new Error('Nobody whose device this is');
  const { official, key } = holder;
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const bytes = await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, key, new TextEncoder().encode(JSON.stringify(value)));
  return { official, iv, bytes };
}

/** What was sealed here for whoever is signed in; undefined where the key does not fit. */
async function open<T>({ iv, bytes }: Sealed): Promise<T | undefined> {
  if (holder === undefined) return undefined;
  try {
    const plain = await crypto.subtle.decrypt({ name: 'AES-GCM', iv }, holder.key, bytes);
    return JSON.parse(new TextDecoder().decode(plain)) as T;
  } catch {
    return undefined;
  }
}

/** Keeps a form as it stands. @returns when, by this device's clock @throws Error where nothing can be kept */
export async function keepDraft(form: string, draft: Draft): Promise<number> {
  const { official, iv, bytes } = await seal(draft);
  const savedAt = Date.now();
  await (await database()).put('drafts', { iv, bytes, savedAt }, [official, form]);
  return savedAt;
}

export async function findDraft(form: string): Promise<KeptDraft | undefined> {
  if (holder === undefined) return undefined;
  const kept = await (await database()).get('drafts', [holder.official, form]);
  if (kept === undefined) return undefined;
  const draft = await open<Draft>(kept);
  return draft === undefined ? undefined : { ...draft, savedAt: kept.savedAt };
}

export async function discardDraft(form: string): Promise<void> {
  if (holder !== undefined) await (await database()).delete('drafts', [holder.official, form]);
}

/** The forms in progress whose names begin so, without what begins them; the last one typed in first. */
export async function draftsOf(prefix: string): Promise<readonly string[]> {
  if (holder === undefined) return [];
  const { official } = holder;
  const range = IDBKeyRange.bound([official, prefix], [official, `${prefix}\uffff`]);
  const found: { readonly form: string; readonly savedAt: number }[] = [];
  const drafts = (await database()).transaction('drafts').store;
  for (let draft = await drafts.openCursor(range); draft !== null; draft = await draft.continue())
    found.push({ form: draft.key[1].slice(prefix.length), savedAt: draft.value.savedAt });
  return found.toSorted((a, b) => b.savedAt - a.savedAt).map(({ form }) => form);
}

export async function keepPost(post: object): Promise<void> {
  const { official, iv, bytes } = await seal(post);
  await (await database()).put('posts', { iv, bytes }, official);
}

export async function findPost<T>(): Promise<T | undefined> {
  if (holder === undefined) return undefined;
  const kept = await (await database()).get('posts', holder.official);
  return kept === undefined ? undefined : open<T>(kept);
}

export async function keepIntake(key: string, intake: object, waits: boolean): Promise<void> {
  const { official, iv, bytes } = await seal(intake);
  await (await database()).put('outbox', { iv, bytes, waits }, [official, key]);
}

export async function dropIntake(key: string): Promise<void> {
  if (holder !== undefined) await (await database()).delete('outbox', [holder.official, key]);
}

/** The outbox of whoever is signed in, and how many of somebody else's still wait on this device. */
export async function findIntakes<T>(): Promise<{ readonly own: readonly T[]; readonly others: number }> {
  const own: Sealed[] = [];
  let others = 0;
  const outbox = (await database()).transaction('outbox').store;
  for (let intake = await outbox.openCursor(); intake !== null; intake = await intake.continue())
    if (intake.key[0] === holder?.official) own.push(intake.value);
    else if (intake.value.waits) others += 1;
  const opened = await Promise.all(own.map((sealed) => open<T>(sealed)));
  return { own: opened.filter((intake) => intake !== undefined), others };
}

/** A key pair of this device: the private half comes sealed and is only ever used, never told. */
export async function makeSigner(): Promise<{ readonly publicKey: string; readonly signer: string }> {
  const { publicKey, privateKey } = await crypto.subtle.generateKey(ECDSA, true, ['sign', 'verify']);
  const [point, secret] = await Promise.all([
    crypto.subtle.exportKey('raw', publicKey),
    crypto.subtle.exportKey('pkcs8', privateKey),
  ]);
  return { publicKey: base64url(new Uint8Array(point)), signer: base64url(new Uint8Array(secret)) };
}

/** ECDSA P-256 over SHA-256: 64 bytes. `signer`: as `makeSigner` gave it. */
export async function signWith(signer: string, bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const key = await crypto.subtle.importKey('pkcs8', bytesOfBase64url(signer), ECDSA, false, ['sign']);
  return new Uint8Array(await crypto.subtle.sign({ ...ECDSA, hash: 'SHA-256' }, key, bytes));
}

const ECDSA = { name: 'ECDSA', namedCurve: 'P-256' };

export async function sha256Of(text: string): Promise<string> {
  const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
  return Array.from(new Uint8Array(hash), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

export function base64url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replace(/=+$/, '');
}

function bytesOfBase64url(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (letter) => letter.charCodeAt(0));
}
