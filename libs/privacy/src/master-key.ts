import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createPrivateKey,
  hkdfSync,
  type KeyObject,
  randomBytes,
} from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createWhole, replaceWhole } from '#event-store/whole-file.js';

const keyBytes = 32;
const ivBytes = 12;
const tagBytes = 16;

/** The master key cannot be used: its file is missing, unreadable or malformed. The message says which file and what to do. */
export class MasterKeyUnusable extends Error {
  override readonly name = 'MasterKeyUnusable';
}

/** For so long may a process wrap new keys under the secret that was the newest: after that it looks whether another was added. */
export const WRAPS_UNDER_KNOWN_MS = 30_000;

/**
 * The key that wraps every person's keys. It never leaves this class. It consists of secrets: the first one, from which everything else is made and
 * which stays; and, once keys were wrapped anew, others that do nothing but wrap, the newest last.
 */
export class MasterKey {
  /** The newest first. */
  private wrappings: readonly Buffer[];
  private readonly first: Buffer;
  private readonly fingerprinting: Buffer;
  private readAt = performance.now();
  /** Ed25519: signs letters. Always the same, so that a letter made again is the same file. */
  readonly letterKey: KeyObject;

  /** `secrets`: 32 random bytes each. `file`: where they are from, and others may be added. @throws MasterKeyUnusable */
  constructor(
    secrets: readonly Buffer[],
    private readonly file?: string,
  ) {
    const [first] = secrets;
    if (first === undefined || secrets.some(({ length }) => length !== keyBytes))
      throw new MasterKeyUnusable(`A secret of a master key has ${keyBytes} bytes`);
    this.first = first;
    this.wrappings = wrappingsOf(secrets);
    this.fingerprinting = derived(first, 'tegas fingerprints');
    this.letterKey = ed25519Of(derived(first, 'tegas letters'));
  }

  /** Encrypts a data key (AES-256-GCM) under the newest secret, bound to `context`: iv, tag, ciphertext. */
  wrap(dataKey: Buffer, context: string): Buffer {
    const iv = randomBytes(ivBytes);
    const cipher = createCipheriv('aes-256-gcm', this.newest, iv).setAAD(Buffer.from(context));
    const ciphertext = Buffer.concat([cipher.update(dataKey), cipher.final()]);
    return Buffer.concat([iv, cipher.getAuthTag(), ciphertext]);
  }

  /** @throws Error when it was wrapped under another master key or in another context, or was altered. */
  unwrap(wrapped: Buffer, context: string): Buffer {
    for (const secret of this.wrappings.slice(0, -1))
      try {
        return unwrapped(secret, wrapped, context);
      } catch {
        // Under one of those before it, then.
      }
    return unwrapped(this.wrappings.at(-1) ?? this.newest, wrapped, context);
  }

  /** Is it wrapped under the newest secret? */
  isNewest(wrapped: Buffer, context: string): boolean {
    try {
      unwrapped(this.newest, wrapped, context);
      return true;
    } catch {
      return false;
    }
  }

  /** Takes up what the file holds now, where it was read longer ago than so many milliseconds. @throws MasterKeyUnusable */
  async lookAgain(olderThanMs: number): Promise<void> {
    if (this.file === undefined || performance.now() - this.readAt < olderThanMs) return;
    const secrets = await readSecrets(this.file);
    this.readAt = performance.now();
    if (!this.first.equals(secrets[0] ?? Buffer.alloc(0)))
      throw new MasterKeyUnusable(
        `The master key file ${this.file} is another one than at the start: restore it from its backup`,
      );
    const wrappings = wrappingsOf(secrets);
    // One that is gone from the file still opens a key that was fetched before it was wrapped anew.
    const gone = this.wrappings.filter((known) => !wrappings.some((one) => one.equals(known)));
    this.wrappings = [...wrappings, ...gone];
  }

  private get newest(): Buffer {
    const [newest] = this.wrappings;
    if (newest === undefined) throw new MasterKeyUnusable('A master key has a secret');
    return newest;
  }

  /** HMAC-SHA-256 of a text, 64 lower-case hexadecimal digits. */
  fingerprint(text: string): string {
    return createHmac('sha256', this.fingerprinting).update(text).digest('hex');
  }
}

/**
 * The master key in a file: 32 bytes as base64, a line each secret. With `createIfMissing`, a random one is made (mode 0600) when there is no file;
 * of several processes that try at once, one makes it and all read the same.
 * @throws MasterKeyUnusable
 */
export async function readMasterKey(path: string, options: { readonly createIfMissing?: boolean } = {}): Promise<MasterKey> {
  if (options.createIfMissing === true) await createMissing(path);
  return new MasterKey(await readSecrets(path), path);
}

async function readSecrets(path: string): Promise<readonly Buffer[]> {
  let text: string;
  try {
    text = (await readFile(path, 'utf8')).trim();
  } catch (error) {
    throw new MasterKeyUnusable(
      `The master key file ${path} cannot be read (${codeOf(error)}): without it no personal data can be opened`,
      {
        cause: error,
      },
    );
  }
  const lines = text.split('\n');
  const secrets = lines.map((line) => Buffer.from(line, 'base64'));
  if (secrets.some((secret, at) => secret.length !== keyBytes || secret.toString('base64') !== lines[at])) {
    throw new MasterKeyUnusable(
      `The master key file ${path} does not hold ${keyBytes} bytes in base64, or more such lines: restore it from its backup`,
    );
  }
  return secrets;
}

/** Adds a secret under which keys are wrapped from now on; those before it still unwrap. Processes take it up by themselves. @throws MasterKeyUnusable */
export async function addWrapping(path: string): Promise<MasterKey> {
  const secrets = [...(await readSecrets(path)), randomBytes(keyBytes)];
  await writeSecrets(path, secrets);
  return new MasterKey(secrets, path);
}

/** Takes away every secret but the first and the newest: only once nothing is wrapped under them any more. @throws MasterKeyUnusable */
export async function dropOlderWrappings(path: string): Promise<void> {
  const [first, ...wrapping] = await readSecrets(path);
  if (first !== undefined) await writeSecrets(path, [first, ...wrapping.slice(-1)]);
}

async function writeSecrets(path: string, secrets: readonly Buffer[]): Promise<void> {
  await replaceWhole(path, `${secrets.map((secret) => secret.toString('base64')).join('\n')}\n`).catch((error) => {
    throw new MasterKeyUnusable(`The master key file ${path} cannot be written (${codeOf(error)})`, { cause: error });
  });
}

async function createMissing(path: string): Promise<void> {
  await createWhole(path, () => `${randomBytes(keyBytes).toString('base64')}\n`).catch((error) => {
    throw new MasterKeyUnusable(`The master key file ${path} cannot be created (${codeOf(error)})`, { cause: error });
  });
}

function wrappingsOf(secrets: readonly Buffer[]): readonly Buffer[] {
  return secrets.map((secret) => derived(secret, 'tegas key wrapping')).reverse();
}

function unwrapped(secret: Buffer, wrapped: Buffer, context: string): Buffer {
  const decipher = createDecipheriv('aes-256-gcm', secret, wrapped.subarray(0, ivBytes), { authTagLength: tagBytes });
  decipher.setAAD(Buffer.from(context)).setAuthTag(wrapped.subarray(ivBytes, ivBytes + tagBytes));
  return Buffer.concat([decipher.update(wrapped.subarray(ivBytes + tagBytes)), decipher.final()]);
}

function derived(secret: Buffer, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, '', purpose, keyBytes));
}

function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : 'unknown';
}

/** The DER of an Ed25519 private key (RFC 8410) before its 32 bytes. */
const ED25519_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');

function ed25519Of(seed: Buffer): KeyObject {
  return createPrivateKey({ key: Buffer.concat([ED25519_PREFIX, seed]), format: 'der', type: 'pkcs8' });
}
