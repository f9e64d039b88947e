/**
 * A document as it lies on a disk: AES-256-GCM in pieces of 64 KiB, each with its place and the last one marked, so that a reader is never
 * given a byte that was altered, moved or is missing its end (the STREAM construction of Hoang, Reyhanitabar, Rogaway and Vizár, 2015).
 */
import { createCipheriv, createDecipheriv } from 'node:crypto';

const MAGIC = Buffer.from('TGS1');
export const SALT_BYTES = 16;
const PIECE = 64 * 1024;
const TAG = 16;

/** The document was altered, cut off, or sealed under another key. */
export class DocumentDamaged extends Error {
  override readonly name = 'DocumentDamaged';
}

/** The sealed file of a document, whole. `key` must be made from `salt` and used for this file alone. */
export function sealFile(bytes: Buffer, salt: Buffer, key: Buffer): Buffer {
  const pieces: Buffer[] = [MAGIC, salt];
  const count = Math.max(1, Math.ceil(bytes.length / PIECE));
  for (let n = 0; n < count; n += 1) {
    const cipher = createCipheriv('aes-256-gcm', key, ivOf(n, n === count - 1));
    pieces.push(cipher.update(bytes.subarray(n * PIECE, (n + 1) * PIECE)), cipher.final(), cipher.getAuthTag());
  }
  return Buffer.concat(pieces);
}

/** The document, piece by piece, each only when it is known to be what was written. `keyFor` makes the key from the file's salt. @throws DocumentDamaged */
export async function* openFile(
  source: AsyncIterable<Uint8Array>,
  keyFor: (salt: Buffer) => Promise<Buffer>,
): AsyncGenerator<Buffer> {
  let held = Buffer.alloc(0);
  let key: Buffer | undefined;
  let place = 0;
  const open = (piece: Buffer, last: boolean): Buffer => {
    if (key === undefined || piece.length < TAG) throw new DocumentDamaged('The file is cut off');
    const decipher = createDecipheriv('aes-256-gcm', key, ivOf(place, last), { authTagLength: TAG });
    place += 1;
    try {
      decipher.setAuthTag(piece.subarray(-TAG));
      return Buffer.concat([decipher.update(piece.subarray(0, -TAG)), decipher.final()]);
    } catch (error) {
      throw new DocumentDamaged('A piece of the file is not what was written', { cause: error });
    }
  };
  for await (const chunk of source) {
    held = Buffer.concat([held, chunk]);
    if (key === undefined) {
      const head = MAGIC.length + SALT_BYTES;
      if (held.length < head) continue;
      if (!held.subarray(0, MAGIC.length).equals(MAGIC)) throw new DocumentDamaged('This is no sealed document');
      key = await keyFor(held.subarray(MAGIC.length, head));
      held = held.subarray(head);
    }
    // One more byte behind a piece says that it is not the last.
    while (held.length > PIECE + TAG) {
      yield open(held.subarray(0, PIECE + TAG), false);
      held = held.subarray(PIECE + TAG);
    }
  }
  yield open(held, true);
}

function ivOf(place: number, last: boolean): Buffer {
  const iv = Buffer.alloc(12);
  iv.writeUInt32BE(place, 7);
  iv[11] = last ? 1 : 0;
  return iv;
}
