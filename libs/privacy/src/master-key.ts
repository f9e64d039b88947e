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
import { createWhole } from '#event-store/whole-file.js';

const keyBytes = 32;
const ivBytes = 12;
const tagBytes = 16;

/** The master key cannot be used: its file is missing, unreadable or malformed. The message says which file and what to do. */
export class MasterKeyUnusable extends Error {
  override readonly name = 'MasterKeyUnusable';
}

/** The key that wraps every person's keys. It never leaves this class. */
export class MasterKey {
  private readonly wrapping: Buffer;
  private readonly fingerprinting: Buffer;
  /** Ed25519: signs letters. Always the same, so that a letter made again is the same file. */
  readonly letterKey: KeyObject;

  /** `secret`: 32 random bytes. */
  constructor(secret: Buffer) {
    if (secret.length !== keyBytes)
      throw new MasterKeyUnusable(`A master key has ${keyBytes} bytes, this one has ${secret.length}`);
    this.wrapping = derived(secret, 'tegas key wrapping');
    this.fingerprinting = derived(secret, 'tegas fingerprints');
    this.letterKey = ed25519Of(derived(secret, 'tegas letters'));
  }

  /** Encrypts a data key (AES-256-GCM), bound to `context`: iv, tag, ciphertext. */
  wrap(dataKey: Buffer, context: string): Buffer {
    const iv = randomBytes(ivBytes);
    const cipher = createCipheriv('aes-256-gcm', this.wrapping, iv).setAAD(Buffer.from(context));
    const ciphertext = Buffer.concat([cipher.update(dataKey), cipher.final()]);
    return Buffer.concat([iv, cipher.getAuthTag(), ciphertext]);
  }

  /** @throws Error when it was wrapped under another master key or in another context, or was altered. */
  unwrap(wrapped: Buffer, context: string): Buffer {
    const decipher = createDecipheriv('aes-256-gcm', this.wrapping, wrapped.subarray(0, ivBytes), { authTagLength: tagBytes });
    decipher.setAAD(Buffer.from(context)).setAuthTag(wrapped.subarray(ivBytes, ivBytes + tagBytes));
    return Buffer.concat([decipher.update(wrapped.subarray(ivBytes + tagBytes)), decipher.final()]);
  }

  /** HMAC-SHA-256 of a text, 64 lower-case hexadecimal digits. */
  fingerprint(text: string): string {
    return createHmac('sha256', this.fingerprinting).update(text).digest('hex');
  }
}

/**
 * The master key in a file: 32 bytes as base64. With `createIfMissing`, a random one is made (mode 0600) when there is no file;
 * of several processes that try at once, one makes it and all read the same.
 * @throws MasterKeyUnusable
 */
export async function readMasterKey(path: string, options: { readonly createIfMissing?: boolean } = {}): Promise<MasterKey> {
  if (options.createIfMissing === true) await createMissing(path);
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
  const secret = Buffer.from(text, 'base64');
  if (secret.length !== keyBytes || secret.toString('base64') !== text) {
    throw new MasterKeyUnusable(
      `The master key file ${path} does not hold ${keyBytes} bytes in base64: restore it from its backup`,
    );
  }
  return new MasterKey(secret);
}

async function createMissing(path: string): Promise<void> {
  await createWhole(path, () => `${randomBytes(keyBytes).toString('base64')}\n`).catch((error) => {
    throw new MasterKeyUnusable(`The master key file ${path} cannot be created (${codeOf(error)})`, { cause: error });
  });
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
