/** `tegas rebuild`: makes read models anew from the log and swaps them in, or with `--verify` compares them with the live ones by hash. */
import type { Command } from 'commander';
import { openLog } from '#privacy/open-log.js';
import { openReadModels } from '#read-models/data-source.js';
import { rebuild, verifyRebuild } from '#read-models/rebuild.js';
import { homeFolder, withDatabase } from './instance.js';
import { createProgress } from './progress.js';

export function registerRebuild(program: Command): void {
  program
    .command('rebuild [names...]')
    .description(
      'Rebuild read models (worklist, case_file, case_history, clock_board; all unless named) beside the live ones and swap',
    )
    .option('--verify', 'change nothing: rebuild beside, compare with the live tables by hash; exit 1 when one differs', false)
    .option('--json', 'one line of JSON', false)
    .action(async (names: string[], { verify, json }: { verify: boolean; json: boolean }) => {
      await withDatabase(async (databaseUrl) => {
        const opened = await openLog({ databaseUrl, home: homeFolder(), movableTime: true, follow: false });
        const source = await openReadModels(databaseUrl);
        const progress = createProgress(1);
        progress.step('Rebuilding');
        const options = { names, onProgress: (done: number, total: number) => progress.at(done, total) };
        try {
          if (verify) {
            const compared = await verifyRebuild(source, opened.log, options);
            progress.end();
            if (json) console.log(JSON.stringify({ equal: compared.every((c) => c.equal), readModels: compared }));
            else
              for (const c of compared)
                console.log(
                  `${c.name.padEnd(14)}${String(c.rows).padStart(8)} rows  ${c.equal ? 'equal' : 'DIFFERENT'}  ${c.liveHash.slice(0, 16)} ${c.rebuiltHash.slice(0, 16)}`,
                );
            if (compared.some((c) => !c.equal)) process.exitCode = 1;
          } else {
            const rebuilt = await rebuild(source, opened.log, options);
            progress.end();
            if (json) console.log(JSON.stringify({ readModels: rebuilt }));
            else for (const { name, rows } of rebuilt) console.log(`${name.padEnd(14)}${String(rows).padStart(8)} rows  rebuilt`);
          }
        } finally {
          progress.end();
          await source.destroy();
          await opened.close();
        }
      });
    });
}
