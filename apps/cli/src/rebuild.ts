/** `tegas rebuild`: makes read models anew from the log and swaps them in, or with `--verify` compares them with the live ones by hash. */
import type { Command } from 'commander';
import { MerkleLog } from '#audit/merkle-log.js';
import { openReadModels } from '#read-models/data-source.js';
import { type ComparedTable, NoSuchProjection, type RebuiltTable, rebuild, verifyRebuild } from '#read-models/rebuild.js';
import { withLog } from './instance.js';
import { createProgress, WrongUsage } from './progress.js';

export function registerRebuild(program: Command): void {
  program
    .command('rebuild [names...]')
    .description(
      'Rebuild read models (worklist, clock_board, case_file, case_history; all unless named) beside the live ones and swap them in; ' +
        'merkle_log, which is none of them, alone and only when named',
    )
    .option('--verify', 'change nothing: rebuild beside, compare with the live tables by hash; exit 1 when one differs', false)
    .option('--json', 'one line of JSON', false)
    .action((names: string[], { verify, json }: { verify: boolean; json: boolean }) => {
      if (names.includes(MERKLE_LOG)) return rebuildMerkleLog(names, verify, json);
      return verify ? verifyAll(names, json) : rebuildAll(names, json);
    });
}

const MERKLE_LOG = 'merkle_log';

/** Counted anew from the event log, as after `copy-log`; every checkpoint that was signed stays, and is held against it by `tegas verify`. */
async function rebuildMerkleLog(names: readonly string[], verify: boolean, json: boolean): Promise<void> {
  if (names.length > 1 || verify)
    throw new WrongUsage(
      `${MERKLE_LOG} is rebuilt alone; npx tegas verify compares it with the events.`,
      `${MERKLE_LOG} dibangun ulang sendiri; npx tegas verify membandingkannya dengan peristiwanya.`,
      `rebuild ${MERKLE_LOG} [--json]`,
    );
  await withLog(async ({ log, pool }) => {
    const progress = createProgress(1);
    progress.step('Reading the log');
    try {
      await MerkleLog.clear(pool);
      const merkle = await MerkleLog.open(pool, log.store);
      const head = Number(await log.head());
      await merkle.catchUp(log.store, (leaves) => progress.at(leaves, head));
      const { leaves } = merkle.head;
      progress.end();
      console.log(json ? JSON.stringify({ merkleLog: { leaves } }) : `${rowOf(MERKLE_LOG, leaves)}  rebuilt`);
    } finally {
      progress.end();
    }
  });
}

async function rebuildAll(names: readonly string[], json: boolean): Promise<void> {
  const rebuilt = await withProgress(names, rebuild);
  if (json) console.log(JSON.stringify({ readModels: rebuilt }));
  else for (const { name, rows } of rebuilt) console.log(`${rowOf(name, rows)}  rebuilt`);
}

async function verifyAll(names: readonly string[], json: boolean): Promise<void> {
  const compared = await withProgress(names, verifyRebuild);
  const different = compared.filter((table) => !table.equal);
  if (json) console.log(JSON.stringify({ equal: different.length === 0, readModels: compared }));
  else for (const table of compared) console.log(comparisonOf(table));
  if (different.length === 0) return;
  process.exitCode = 1;
  if (!json)
    console.error(`${different.map((table) => table.name).join(', ')}: not what the log says. Mend by: npx tegas rebuild`);
}

function comparisonOf({ name, rows, liveHash, rebuiltHash, equal }: ComparedTable): string {
  const hashes = equal ? liveHash.slice(0, 16) : `live ${liveHash.slice(0, 16)} rebuilt ${rebuiltHash.slice(0, 16)}`;
  return `${rowOf(name, rows)}  ${equal ? 'equal' : 'DIFFERENT'}  ${hashes}`;
}

function rowOf(name: string, rows: number): string {
  return `${name.padEnd(14)}${String(rows).padStart(9)} rows`;
}

async function withProgress<T extends RebuiltTable>(
  names: readonly string[],
  work: (...all: Parameters<typeof rebuild>) => Promise<readonly T[]>,
): Promise<readonly T[]> {
  return withLog(async ({ log }, databaseUrl) => {
    const readModels = await openReadModels(databaseUrl);
    const progress = createProgress(1);
    progress.step('Reading the log');
    try {
      return await work(readModels, log, { names, onProgress: (done, total) => progress.at(done, total) });
    } catch (error) {
      if (!(error instanceof NoSuchProjection)) throw error;
      throw new WrongUsage(
        error.message,
        `Tidak ada daftar bernama ${names.join(', ')}.`,
        'rebuild [names...] [--verify] [--json]',
      );
    } finally {
      progress.end();
      await readModels.destroy();
    }
  });
}
