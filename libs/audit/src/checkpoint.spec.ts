import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createCheckpointKey, NoCheckpoint, parseCheckpoint, signCheckpoint, signerOf, trustedKeys } from './checkpoint.js';
import { CheckpointKeysUnusable, CheckpointSigner } from './checkpoint-keys.js';
import { emptyRoot, leafHash } from './merkle.js';

const at = '2026-11-26T10:00:00.000Z';
const root = leafHash(Buffer.from('x'));

describe('a checkpoint', () => {
  const key = createCheckpointKey('tegas/test');
  const keys = [{ vkey: key.vkey, validFrom: at }];
  const checkpoint = signCheckpoint({ size: 17, root, at }, key);

  it('is a note: origin, size, root and time, then the signature', () => {
    expect(checkpoint.note).toMatch(
      new RegExp(`^tegas/test\n17\n[A-Za-z0-9+/]{43}=\ntime ${at}\n\n— tegas/test [A-Za-z0-9+/]{91}=\n$`),
    );
    expect(parseCheckpoint(checkpoint.note)).toEqual(checkpoint);
    expect(signerOf(checkpoint, keys)).toBe(keys[0]);
  });

  it('verifies the example of C2SP signed-note: another program’s key and signature', () => {
    // https://c2sp.org/signed-note and golang.org/x/mod/sumdb/note, whose example key and message these are.
    const vkey = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW';
    const note =
      "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";
    const asCheckpoint = { origin: 'PeterNeumann', size: 0, root: emptyRoot, signedAt: at, note };
    expect(signerOf(asCheckpoint, [{ vkey, validFrom: at }])?.vkey).toBe(vkey);
    expect(signerOf({ ...asCheckpoint, note: note.replace('answer', 'Answer') }, [{ vkey, validFrom: at }])).toBeUndefined();
  });

  it('is signed by nobody once anything of it is changed', () => {
    const { note } = checkpoint;
    for (const [from, to] of [
      ['\n17\n', '\n18\n'],
      [`time ${at}`, 'time 2026-11-26T10:00:00.001Z'],
      [root.toString('base64'), emptyRoot.toString('base64')],
    ] as const)
      expect(signerOf(parseCheckpoint(note.replace(from, to)), keys)).toBeUndefined();
  });

  it('counts only while its key was valid, and only by keys of its own log', () => {
    expect(signerOf(checkpoint, [{ vkey: key.vkey, validFrom: '2026-11-26T10:00:00.001Z' }])).toBeUndefined();
    expect(
      signerOf(checkpoint, [{ vkey: key.vkey, validFrom: '2026-01-01T00:00:00.000Z', validUntil: '2026-11-26T09:00:00.000Z' }]),
    ).toBeUndefined();
    expect(signerOf(checkpoint, [{ vkey: createCheckpointKey('tegas/test').vkey, validFrom: at }])).toBeUndefined();
  });

  it.each([
    ['no empty line', 'tegas/test\n17\n'],
    ['no size', checkpoint.note.replace('\n17\n', '\nseventeen\n')],
    ['a size with zeros before it', checkpoint.note.replace('\n17\n', '\n017\n')],
    ['half a root', checkpoint.note.replace(root.toString('base64'), 'AAAA')],
    ['no time', checkpoint.note.replace(`time ${at}\n`, '')],
    ['control characters', checkpoint.note.replace('17', '1\u00007')],
  ])('%s: is refused', (_, note) => {
    expect(() => parseCheckpoint(note)).toThrow(NoCheckpoint);
  });
});

describe('the keys of checkpoints', () => {
  let folder: string;
  let file: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tegas-keys-'));
    file = join(folder, 'checkpoint-keys.json');
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const opened = async (): Promise<CheckpointSigner> => {
    const signer = await CheckpointSigner.open(file);
    if (signer === undefined) throw new Error('no keys');
    return signer;
  };

  it('are made once, by one of many, for nobody else to read; without a file nothing is signed', async () => {
    expect(await CheckpointSigner.open(file)).toBeUndefined();
    const made = await Promise.all(Array.from({ length: 8 }, () => CheckpointSigner.createIfMissing(file, at)));
    expect(made.filter(Boolean)).toHaveLength(1);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await opened()).keys).toHaveLength(1);
  });

  it('are rotated: the old key’s checkpoints verify for ever, the new key is trusted by the old one, and the old private key is gone', async () => {
    const before = await opened();
    const old = signCheckpoint({ size: 1, root, at }, { vkey: before.key.vkey, privateKey: before.privateKey });
    const rotatedAt = '2026-12-01T00:00:00.000Z';
    await before.rotate(rotatedAt);
    const after = await opened();
    expect(after.keys.map(({ validUntil }) => validUntil)).toEqual([rotatedAt, undefined]);
    expect(signerOf(old, after.keys)?.vkey).toBe(before.key.vkey);
    const late = signCheckpoint(
      { size: 2, root, at: '2026-12-02T00:00:00.000Z' },
      { vkey: before.key.vkey, privateKey: before.privateKey },
    );
    expect(signerOf(late, after.keys)).toBeUndefined();
    expect(await readFile(file, 'utf8')).not.toContain(
      before.privateKey.export({ type: 'pkcs8', format: 'der' }).toString('base64'),
    );
    const [first, second] = after.keys;
    expect(trustedKeys(after.keys, before.keys)).toEqual(after.keys);
    // Whoever still has the old key may leave its end out of what comes with a bundle: its successor, or what was got elsewhere, says it.
    const endless = after.keys.map(({ validUntil: _, ...key }) => key);
    expect(signerOf(late, endless)?.vkey).toBe(before.key.vkey);
    expect(signerOf(late, trustedKeys(endless, before.keys))).toBeUndefined();
    expect(signerOf(late, trustedKeys(endless.slice(0, 1), after.keys))).toBeUndefined();
    expect(signerOf(old, trustedKeys(endless, before.keys))?.vkey).toBe(before.key.vkey);
    const forged = { ...createCheckpointKey(old.origin), validFrom: at, endorsement: second?.endorsement ?? '' };
    expect(trustedKeys([...after.keys.slice(0, 1), forged], before.keys)).toEqual([first]);
  });

  it('what the old key signed stays within its time, also where a clock ran ahead', async () => {
    const before = await opened();
    const ahead = signCheckpoint(
      { size: 3, root, at: '2027-06-01T00:00:00.000Z' },
      { vkey: before.key.vkey, privateKey: before.privateKey },
    );
    await before.remember(ahead);
    const after = await before.rotate('2027-01-01T00:00:00.000Z');
    expect([after.keys.at(-2)?.validUntil, after.key.validFrom]).toEqual([ahead.signedAt, ahead.signedAt]);
    expect(signerOf(ahead, after.keys)?.vkey).toBe(before.key.vkey);
  });

  it('a file that was damaged is told with its name', async () => {
    await chmod(file, 0o600);
    await writeFile(file, '{"keys":[]');
    await expect(CheckpointSigner.open(file)).rejects.toThrow(CheckpointKeysUnusable);
    await expect(CheckpointSigner.open(file)).rejects.toThrow(file);
  });
});
