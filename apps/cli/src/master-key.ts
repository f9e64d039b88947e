/** `tegas master-key add|rewrap`: the keys of persons under a new secret, while everything runs. */
import { stat } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import type { Command } from 'commander';
import { addWrapping, dropOlderWrappings, readMasterKey, WRAPS_UNDER_KNOWN_MS } from '#privacy/master-key.js';
import { masterKeyFile } from '#privacy/open-log.js';
import { rewrapKeys } from '#privacy/person-keys.js';
import { homeFolder, withLog } from './instance.js';
import { createProgress } from './progress.js';

/** Longer than any process may wrap under the secret that was the newest before. */
const SETTLED_MS = WRAPS_UNDER_KNOWN_MS + 5_000;

export function registerMasterKey(program: Command): void {
  const command = program.command('master-key').description('The key that wraps the keys of persons');
  command
    .command('add')
    .description('Add a secret to its file; new keys of persons are wrapped under it. On several machines: copy the file to each')
    .action(async () => {
      const file = masterKeyFile(homeFolder());
      await addWrapping(file);
      console.log(
        `Added to ${file}. Copy it to every machine that runs Tegas and into its backup; then: npx tegas master-key rewrap\n` +
          `Ditambahkan ke ${file}. Salin ke setiap mesin Tegas dan ke cadangannya; lalu: npx tegas master-key rewrap`,
      );
    });
  command
    .command('rewrap')
    .description('Wrap every key of a person under the newest secret, then take those before it out of the file')
    .option('--json', 'one line of JSON', false)
    .action(({ json }: { json: boolean }) => rewrap(json));
}

async function rewrap(json: boolean): Promise<void> {
  const file = masterKeyFile(homeFolder());
  await withLog(async ({ pool }) => {
    const progress = createProgress(2);
    try {
      const masterKey = await readMasterKey(file);
      progress.step('Wrapping the keys of persons');
      const first = await rewrapKeys(pool, masterKey, (done) => progress.at(done, done));
      progress.step('Waiting until no process wraps under the secret before');
      await pause(Math.max(0, (await stat(file)).mtimeMs + SETTLED_MS - Date.now()));
      const keys = first + (await rewrapKeys(pool, masterKey));
      await dropOlderWrappings(file);
      progress.end();
      console.log(
        json
          ? JSON.stringify({ keys })
          : `${keys} keys wrapped anew; the secrets before are gone from ${file}. Backups of the database from before need the file from before: keep it as long as those, then destroy both.\n` +
              `${keys} kunci dibungkus ulang; rahasia sebelumnya tidak ada lagi di ${file}. Cadangan basis data yang lama memerlukan berkas yang lama: simpan selama cadangan itu ada, lalu musnahkan keduanya.`,
      );
    } finally {
      progress.end();
    }
  });
}
