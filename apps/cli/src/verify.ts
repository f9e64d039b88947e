/**
 * `tegas verify`: is the history what was written? Without an argument the log of this instance, event by event; with a bundle, offline, what
 * `tegas export bundle` wrote. `--checkpoint` holds either against what was signed before and kept elsewhere.
 */
import { availableParallelism } from 'node:os';
import type { Command } from 'commander';
import { NoBundle, readCheckpoint, type VerifiedBundle, verifyBundle } from '#audit/bundle.js';
import { type Checkpoint, type CheckpointKey, NoCheckpoint, trustedKeys } from '#audit/checkpoint.js';
import { CheckpointSigner, checkpointKeysFile } from '#audit/checkpoint-keys.js';
import { type Finding, findingInWords } from '#audit/finding.js';
import { MerkleLog } from '#audit/merkle-log.js';
import { type VerifiedLog, verifyLog } from '#audit/verify-log.js';
import { assertNever, type Text } from '#domain/event.js';
import type { OpenLog } from '#privacy/open-log.js';
import { homeFolder, UNDEFINED_TABLE, withLog } from './instance.js';
import { codeOf, createProgress, OperatorError } from './progress.js';

interface VerifyOptions {
  readonly checkpoint: readonly string[];
  readonly json: boolean;
}

export function registerVerify(program: Command): void {
  program
    .command('verify [bundle]')
    .description('Check that history is what was written: the log of this instance, or, offline, a bundle; exit 1 when it is not')
    .option(
      '--checkpoint <path>',
      'a checkpoint kept elsewhere (file, or folder of export checkpoint or bundle); may be repeated',
      (path: string, before: readonly string[]) => [...before, path],
      [] as readonly string[],
    )
    .option('--json', 'one line of JSON', false)
    .addHelpText(
      'after',
      `
A log that its superuser rewrote whole, hashes and all, is found by a checkpoint that was exported before:
  npx tegas export checkpoint --out audit-2026-11
  npx tegas verify --checkpoint audit-2026-11             the log of this instance
  npx tegas verify bundle --checkpoint audit-2026-11      a bundle, on another machine
Without one, changes are found that left hashes, the Merkle log or a signed checkpoint behind.`,
    )
    .action((bundle: string | undefined, options: VerifyOptions) =>
      bundle === undefined ? verifyInstance(options) : verifyOffline(bundle, options),
    );
}

interface KeptElsewhere {
  readonly checkpoints: readonly Checkpoint[];
  readonly pinned: readonly CheckpointKey[] | undefined;
}

async function readKept(paths: readonly string[]): Promise<KeptElsewhere> {
  const read = await Promise.all(paths.map((path) => readCheckpoint(path)));
  const keys = read.flatMap((one) => one.keys ?? []);
  return { checkpoints: read.map(({ checkpoint }) => checkpoint), pinned: keys.length === 0 ? undefined : keys };
}

async function verifyInstance({ checkpoint, json }: VerifyOptions): Promise<void> {
  const kept = await orSaid(() => readKept(checkpoint));
  const verified = await withLog((opened) => verifyOpened(opened, kept));
  const { events, streams, findings } = verified;
  if (findings.length > 0) process.exitCode = 1;
  if (json) return console.log(JSON.stringify({ verified: findings.length === 0, ...verified }));
  sayFindings(findings);
  const held = kept.checkpoints.length === 0 ? '' : `, held against ${kept.checkpoints.length} checkpoints kept elsewhere`;
  console.log(`${events} events in ${streams} streams${held}: ${verdict(findings)}`);
}

async function verifyOpened({ log, pool }: OpenLog, { checkpoints, pinned }: KeptElsewhere): Promise<VerifiedLog> {
  const progress = createProgress(1);
  progress.step('Verifying the log');
  try {
    const merkle = await MerkleLog.open(pool, log.store).catch((error) => {
      // Of a database that an older program prepared there are only chains to verify.
      if (codeOf(error) === UNDEFINED_TABLE) return undefined;
      throw error;
    });
    const signer = await CheckpointSigner.open(checkpointKeysFile(homeFolder()));
    const keys = signer?.keys ?? (await merkle?.keys()) ?? [];
    const total = merkle?.head.leaves ?? 0;
    return await verifyLog({
      store: log.store,
      ...(merkle === undefined ? {} : { merkle }),
      checkpoints,
      trusted: pinned === undefined ? keys : trustedKeys(keys, pinned),
      onProgress: (events) => progress.at(events, total),
    });
  } finally {
    progress.end();
  }
}

async function verifyOffline(folder: string, { checkpoint, json }: VerifyOptions): Promise<void> {
  const { checkpoints, pinned } = await orSaid(() => readKept(checkpoint));
  const progress = createProgress(1);
  progress.step('Verifying the bundle');
  const started = performance.now();
  const verified = await orSaid(() =>
    verifyBundle(folder, {
      checkpoints,
      ...(pinned === undefined ? {} : { pinned }),
      threads: availableParallelism(),
      onProgress: (done, total) => progress.at(done, total),
    }),
  ).finally(() => progress.end());
  const { findings, events } = verified;
  if (findings.length > 0) process.exitCode = 1;
  if (json) {
    const eventsPerSecond = Math.round((events / (performance.now() - started)) * 1000);
    return console.log(JSON.stringify({ verified: findings.length === 0, ...verified, eventsPerSecond }));
  }
  sayFindings(findings);
  sayBundle(verified);
}

function sayBundle({ scope, events, streams, checkpoint, signedBy, keyPinned, findings, notShown }: VerifiedBundle): void {
  console.log(`${events} events in ${streams} streams: ${verdict(findings)}`);
  const { id, en } = scopeInWords(scope);
  console.log(printable(`It says it is of ${en}. / Menurut isinya: ${id}.`));
  if (notShown !== undefined) console.log(`${notShown.en}\n${notShown.id}`);
  console.log(
    printable(
      `Checkpoint of ${checkpoint.size} events, signed ${checkpoint.signedAt} by ${signedBy ?? 'nobody who is trusted'} / ditandatangani ${checkpoint.signedAt} oleh ${signedBy ?? 'kunci yang tidak dipercaya'}`,
    ),
  );
  if (!keyPinned && signedBy !== undefined)
    console.log(
      'That key came with the bundle. Compare it with one that you got elsewhere, or give --checkpoint with a folder that holds keys.json.\nKunci itu berasal dari berkas ini sendiri: bandingkan dengan yang Anda peroleh dari tempat lain.',
    );
}

function sayFindings(findings: readonly Finding[]): void {
  for (const finding of findings) {
    const { id, en } = findingInWords(finding);
    console.error(printable(`${en} / ${id}`));
  }
}

function verdict(findings: readonly Finding[]): string {
  const { length } = findings;
  return length === 0
    ? 'every hash chain, proof and checkpoint holds / semua rantai sidik jari, bukti dan checkpoint benar'
    : `${length} findings / ${length} temuan`;
}

function scopeInWords(scope: VerifiedBundle['scope']): Text {
  switch (scope.kind) {
    case 'all':
      return { id: 'seluruh log', en: 'the whole log' };
    case 'case':
      return { id: `perkara ${scope.caseId}`, en: `the case ${scope.caseId}` };
    case 'office':
      return { id: `kantor ${scope.office}`, en: `the office ${scope.office}` };
    default:
      return assertNever(scope);
  }
}

const MOST_PRINTED = 500;

/** What a file of somebody else's says, on a terminal: nothing in it moves the cursor, changes what stands there, or turns the direction of writing. */
function printable(text: string): string {
  const shown = text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '\uFFFD');
  return shown.length > MOST_PRINTED ? `${shown.slice(0, MOST_PRINTED)}…` : shown;
}

/** What is no bundle or checkpoint is said in one sentence. @throws OperatorError */
export async function orSaid<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof NoBundle || error instanceof NoCheckpoint)) throw error;
    throw new OperatorError(
      `${printable(error.message)}.`,
      'Yang ditunjuk bukan berkas bukti atau checkpoint: ekspor dengan npx tegas export bundle atau npx tegas export checkpoint.',
    );
  }
}
