/** The keys that sign checkpoints, in one file beside the master key, and the last checkpoint that was signed, in another beside that. */
import { createPrivateKey, type KeyObject, randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { InstantAt } from '#domain/event.js';
import { createWhole, replaceWhole } from '#event-store/whole-file.js';
import { type Checkpoint, type CheckpointKey, createCheckpointKey, endorsed, parseCheckpoint } from './checkpoint.js';

/** The file of keys is malformed or unreadable. The message says which and what to do. */
export class CheckpointKeysUnusable extends Error {
  override readonly name = 'CheckpointKeysUnusable';
}

interface KeyFile {
  /** Oldest first; the last one signs. */
  readonly keys: readonly CheckpointKey[];
  /** Of the last key, PKCS #8 in base64. Private keys of those before it were destroyed when it took their place. */
  readonly privateKey: string;
}

/** Where the keys stand: TEGAS_CHECKPOINT_KEYS, else `checkpoint-keys.json` in the home. */
export function checkpointKeysFile(home: string): string {
  return process.env.TEGAS_CHECKPOINT_KEYS || join(home, 'checkpoint-keys.json');
}

/** What signs, and what its signatures are checked with. */
export class CheckpointSigner {
  private constructor(
    private readonly file: string,
    readonly keys: readonly CheckpointKey[],
    readonly privateKey: KeyObject,
  ) {}

  /** Undefined where there is no file: then this process signs nothing. @throws CheckpointKeysUnusable */
  static async open(file: string): Promise<CheckpointSigner | undefined> {
    try {
      const { keys, privateKey }: KeyFile = JSON.parse(await readFile(file, 'utf8'));
      if (keys.length === 0) throw new Error('it holds no key');
      const key = createPrivateKey({ key: Buffer.from(privateKey, 'base64'), format: 'der', type: 'pkcs8' });
      return new CheckpointSigner(file, keys, key);
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return undefined;
      throw new CheckpointKeysUnusable(
        `The keys of checkpoints in ${file} cannot be used (${codeOf(error)}): restore the file from its backup`,
        { cause: error },
      );
    }
  }

  /** The key that signs now. */
  get key(): CheckpointKey {
    const key = this.keys.at(-1);
    if (key === undefined) throw new CheckpointKeysUnusable(`${this.file} holds no key`);
    return key;
  }

  /** Makes a key when there is no file; of several processes that try at once, one makes it. Answers whether this one did. */
  static async createIfMissing(file: string, at: InstantAt): Promise<boolean> {
    return createWhole(file, () => {
      const { vkey, privateKey } = createCheckpointKey(`tegas/${randomUUID()}`);
      return keyFile([{ vkey, validFrom: at }], privateKey);
    }).catch((error) => {
      throw new CheckpointKeysUnusable(`The keys of checkpoints cannot be written to ${file} (${codeOf(error)})`, {
        cause: error,
      });
    });
  }

  /** A new key takes the place of the one that signs, which endorses it and is destroyed. Running workers take it up within a minute. */
  async rotate(now: InstantAt): Promise<CheckpointSigner> {
    // What the old key signed stays within its time, also where a clock ran ahead.
    const at = [now, (await this.lastSigned())?.signedAt ?? now].toSorted().at(-1) ?? now;
    const { vkey, privateKey } = createCheckpointKey(this.key.vkey.split('+')[0] ?? '');
    const keys = [...this.keys.slice(0, -1), { ...this.key, validUntil: at }, endorsed({ vkey, validFrom: at }, this.privateKey)];
    await replaceWhole(this.file, keyFile(keys, privateKey));
    return new CheckpointSigner(this.file, keys, privateKey);
  }

  /** The newest checkpoint that was signed with this file, whatever the database says. */
  async lastSigned(): Promise<Checkpoint | undefined> {
    try {
      return parseCheckpoint(await readFile(this.lastFile, 'utf8'));
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return undefined;
      throw new CheckpointKeysUnusable(`The last checkpoint in ${this.lastFile} cannot be read (${codeOf(error)})`, {
        cause: error,
      });
    }
  }

  async remember({ note }: Checkpoint): Promise<void> {
    await replaceWhole(this.lastFile, note);
  }

  get lastFile(): string {
    return join(dirname(this.file), 'last-checkpoint');
  }
}

function keyFile(keys: readonly CheckpointKey[], privateKey: KeyObject): string {
  const file: KeyFile = { keys, privateKey: privateKey.export({ type: 'pkcs8', format: 'der' }).toString('base64') };
  return `${JSON.stringify(file, null, 2)}\n`;
}

function codeOf(error: unknown): string {
  if (typeof error === 'object' && error !== null && 'code' in error) return String(error.code);
  return error instanceof Error ? error.message : 'unknown';
}
