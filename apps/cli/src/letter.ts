/** `tegas letter verify <pdf>`: is this file a letter as this house gave it out? Needs no server, and no trust in one. */
import { createPublicKey, type KeyObject } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import type { Text } from '#domain/event.js';
import { type LetterVerdict, verifyLetter } from '#letters/letter-proof.js';
import { readMasterKey } from '#privacy/master-key.js';
import { masterKeyFile } from '#privacy/open-log.js';
import { homeFolder } from './instance.js';
import { codeOf, OperatorError } from './progress.js';

export function registerLetter(program: Command): void {
  program
    .command('letter')
    .description('Letters of cases')
    .command('verify <pdf>')
    .description('Check, without any server, that a letter is as it was given out; exit 1 when it is not')
    .option('--key <file>', 'the public key in PEM, as GET /letters/key gives it; else the master key of TEGAS_HOME')
    .option('--json', 'one line of JSON', false)
    .action(async (file: string, { key, json }: { key?: string; json: boolean }) => {
      const verdict = verifyLetter(await contentOf(file), await keyIn(key));
      if (json) console.log(JSON.stringify({ file, ...verdict }));
      else {
        const { id, en } = VERDICTS[verdict.verdict];
        console.log(`${id}\n${en}`);
      }
      if (verdict.verdict !== 'authentic') process.exitCode = 1;
    });
}

const VERDICTS: { readonly [V in LetterVerdict['verdict']]: Text } = {
  authentic: {
    id: 'Asli: surat ini persis seperti yang diterbitkan. Apakah masih berlaku, hanya halaman pada kode QR-nya yang tahu.',
    en: 'Authentic: the letter is as it was given out. Whether it still stands, only the page of its QR code knows.',
  },
  altered: {
    id: 'DIUBAH: surat ini tidak lagi seperti yang ditandatangani.',
    en: 'ALTERED: this letter is not what was signed.',
  },
  'other-key': {
    id: 'Tidak dapat dipastikan: surat ini ditandatangani dengan kunci lain.',
    en: 'Not to be told: this letter was signed with another key.',
  },
  unsigned: {
    id: 'BUKAN surat dari Tegas: berkas ini tidak bertanda tangan.',
    en: 'NOT a letter of Tegas: this file bears no signature.',
  },
};

async function keyIn(file: string | undefined): Promise<KeyObject> {
  if (file === undefined) return createPublicKey((await readMasterKey(masterKeyFile(homeFolder()))).letterKey);
  try {
    const text = (await contentOf(file)).toString('utf8');
    // As the API gives it, or the PEM alone.
    return createPublicKey(text.trimStart().startsWith('{') ? String(JSON.parse(text).key) : text);
  } catch (error) {
    if (error instanceof OperatorError) throw error;
    throw new OperatorError(`${file} holds no public key in PEM.`, `${file} tidak memuat kunci publik PEM.`);
  }
}

async function contentOf(file: string): Promise<Buffer> {
  return readFile(file).catch((error) => {
    throw new OperatorError(`${file} cannot be read (${codeOf(error)}).`, `${file} tidak dapat dibaca (${codeOf(error)}).`);
  });
}
