/** `tegas receipt verify <file|text>`: is this the receipt of a border post's device of this house? Needs no server, and no trust in one. */
import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import type { Text } from '#domain/event.js';
import { PUBLIC_KEY } from '#domain/office/device.js';
import { type DeviceKeys, type ReceiptVerdict, verifyReceipt } from '#letters/receipt-proof.js';
import { codeOf, OperatorError } from './progress.js';

export function registerReceipt(program: Command): void {
  program
    .command('receipt')
    .description('Receipts that border posts gave without network')
    .command('verify <receipt>')
    .description(
      'Check, without any server, the address in a receipt’s QR code (or a file that holds it); exit 1 when it does not hold',
    )
    .requiredOption('--keys <file>', 'the devices of the house, as GET /devices/keys gives them')
    .option('--json', 'one line of JSON', false)
    .action(async (receipt: string, { keys, json }: { keys: string; json: boolean }) => {
      const verdict = verifyReceipt(await textOf(receipt), await keysIn(keys));
      if (json) console.log(JSON.stringify(verdict));
      else {
        const { id, en } = VERDICTS[verdict.verdict];
        console.log(`${id}\n${en}`);
      }
      if (verdict.verdict !== 'authentic') process.exitCode = 1;
    });
}

const VERDICTS: { readonly [V in ReceiptVerdict['verdict']]: Text } = {
  authentic: {
    id: 'Asli: perangkat kantor ini menandatanganinya. Apakah rekamannya sudah sampai, hanya halaman pada kode QR-nya yang tahu.',
    en: 'Authentic: a device of this house signed it. Whether its record has arrived, only the page of its QR code knows.',
  },
  withdrawn: {
    id: 'Tidak dapat dipastikan: perangkatnya sudah dicabut. Yang berlaku hanya rekaman yang sampai sebelum itu; tanyakan kepada kantor.',
    en: 'Not to be told: the device was withdrawn. Only a record that had arrived by then counts; ask the office.',
  },
  altered: {
    id: 'DIUBAH: bukan ini yang ditandatangani perangkat itu.',
    en: 'ALTERED: this is not what the device signed.',
  },
  'other-instance': {
    id: 'Tanda terima dari kantor lain: alamatnya bukan alamat berkas kunci ini.',
    en: 'A receipt of another house: its address is not the one of this file of keys.',
  },
  'unknown-key': {
    id: 'TIDAK DIKENAL: tidak ada perangkat kantor ini dengan nomor itu dalam berkas kunci. Ambil berkas yang lebih baru bila perangkatnya baru.',
    en: 'UNKNOWN: this file of keys has no such device. Fetch a newer one if the device is new.',
  },
  'no-receipt': {
    id: 'BUKAN tanda terima Tegas.',
    en: 'NOT a receipt of Tegas.',
  },
};

/** The address or token itself, or the file that holds it. */
async function textOf(receipt: string): Promise<string> {
  if (/^https?:/.test(receipt) || receipt.length > 150) return receipt;
  return contentOf(receipt);
}

async function keysIn(file: string): Promise<DeviceKeys> {
  const text = await contentOf(file);
  try {
    const { address, keys }: { address?: unknown; keys?: unknown } = JSON.parse(text);
    if (typeof address === 'string' && Array.isArray(keys) && keys.every(isKey)) return { address, keys };
  } catch {
    // Said below.
  }
  throw new OperatorError(`${file} is not what GET /devices/keys gives.`, `${file} bukan jawaban GET /devices/keys.`);
}

function isKey(key: unknown): key is DeviceKeys['keys'][number] {
  const { device, publicKey } = (key ?? {}) as { readonly device?: unknown; readonly publicKey?: unknown };
  return typeof device === 'string' && typeof publicKey === 'string' && PUBLIC_KEY.test(publicKey);
}

async function contentOf(file: string): Promise<string> {
  return readFile(file, 'utf8').catch((error) => {
    throw new OperatorError(`${file} cannot be read (${codeOf(error)}).`, `${file} tidak dapat dibaca (${codeOf(error)}).`);
  });
}
