/** The Merkle log at work: one worker, by a lease, follows the event log and signs a checkpoint now and then. */
import { setTimeout as pause } from 'node:timers/promises';
import { keepElsewhere } from '#audit/bundle.js';
import { CheckpointSigner } from '#audit/checkpoint-keys.js';
import { HistoryAltered, MerkleLog } from '#audit/merkle-log.js';
import type { OpenLog } from '#privacy/open-log.js';
import type { ReadModels } from '#read-models/data-source.js';
import { type Holder, leadWhileHeld } from '#read-models/lease.js';
import { reasonOf, sayOnce } from './delivery.js';

const RETRY_MS = 2_000;
/** Soon after the start, so that a worker that is often started anew signs too. */
const FIRST_CHECKPOINT_MS = 5_000;

export interface MerkleFollowerOptions {
  readonly lease: Holder;
  /** The keys of checkpoints; without the file nothing is signed here. */
  readonly keysFile: string;
  readonly checkpointSeconds: number;
  /** A folder that somebody else keeps: every new checkpoint is written there. */
  readonly witness?: string;
}

/** Follows and signs until the signal aborts. */
export async function runMerkleFollower(
  readModels: ReadModels,
  opened: OpenLog,
  signal: AbortSignal,
  { lease, keysFile, checkpointSeconds, witness }: MerkleFollowerOptions,
): Promise<void> {
  const { log, pool, time } = opened;
  const follow = async (leading: AbortSignal): Promise<void> => {
    const tell = sayOnce();
    while (!leading.aborted)
      try {
        const merkle = await MerkleLog.open(pool, log.store);
        await merkle.follow(log.store, leading);
      } catch (error) {
        if (leading.aborted) return;
        tell(`the Merkle log stands still, trying again: ${reasonOf(error)}`);
        await pause(RETRY_MS, undefined, { signal: leading }).catch(() => undefined);
      }
  };
  const sign = async (leading: AbortSignal): Promise<void> => {
    const tell = sayOnce();
    const told = (error: unknown): void =>
      tell(`the newest checkpoint could not be written to TEGAS_CHECKPOINT_WITNESS, trying again: ${reasonOf(error)}`);
    for (let waitMs = FIRST_CHECKPOINT_MS; ; waitMs = checkpointSeconds * 1000) {
      await pause(waitMs, undefined, { signal: leading }).catch(() => undefined);
      if (leading.aborted) return;
      try {
        // First the time, then the key: should another take its place in between, this one was still to sign then.
        const at = time.now();
        const signer = await CheckpointSigner.open(keysFile);
        if (signer === undefined) tell(`no checkpoint is signed: the keys of checkpoints are not at ${keysFile}`);
        else {
          const checkpoint = await (await MerkleLog.open(pool, log.store)).sign(signer, at);
          if (witness !== undefined) await keepElsewhere(witness, checkpoint, signer.keys).catch((error) => told(error));
        }
      } catch (error) {
        if (error instanceof HistoryAltered)
          tell(
            `NO CHECKPOINT IS SIGNED: ${error.message}. Was history altered, or a backup restored? See docs/operations.md, Integrity`,
          );
        else tell(`no checkpoint is signed, trying again: ${reasonOf(error)}`);
      }
    }
  };
  await leadWhileHeld(readModels, 'merkle_log', lease, signal, async (leading) => {
    await Promise.all([follow(leading), sign(leading)]);
  });
}
