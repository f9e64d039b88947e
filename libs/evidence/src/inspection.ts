/** What may be taken in as a document: by what a file is, not by what it is called. Refused with what the person can do about it. */
import { inflateSync } from 'node:zlib';
import { fileTypeFromBuffer } from 'file-type';
import type { Code, Text } from '#domain/event.js';

/** Papers are scanned or photographed; whatever else there is can be printed to a PDF. */
export const documentTypes = ['application/pdf', 'image/jpeg', 'image/png'] as const;
export type DocumentType = (typeof documentTypes)[number];

export const MOST_BYTES = 25 * 1024 * 1024;
/** Beyond this a picture of a few kilobytes may fill a reader's memory. */
const MOST_PIXELS = 100_000_000;
/** An object stream beyond this is no text of a document. */
const MOST_INFLATED = 32 * 1024 * 1024;

export interface Refused {
  readonly code: Code;
  readonly text: Text;
}

/** A file that is not taken in. Nothing of it is kept. */
export class DocumentRefused extends Error {
  override readonly name = 'DocumentRefused';
  constructor(readonly refused: Refused) {
    super(refused.text.en);
  }
}

const ANEW: Text = {
  id: 'Pindai atau cetak ulang ke PDF, lalu unggah lagi.',
  en: 'Scan it, or print it to a PDF, and upload that.',
};

function refusal(code: Code, id: string, en: string): Refused {
  return { code, text: { id: `${id} ${ANEW.id}`, en: `${en} ${ANEW.en}` } };
}

const notTaken = refusal(
  'document-type',
  'Yang diterima hanya PDF, JPEG dan PNG; berkas ini bukan salah satunya.',
  'Only PDF, JPEG and PNG are taken; this file is none of them.',
);
const alsoAnother = refusal(
  'document-polyglot',
  'Berkas ini juga memuat hal lain di belakang isinya, atau terpotong.',
  'This file holds something else behind its content, or was cut off.',
);
const active = refusal(
  'document-active',
  'PDF ini memuat program, berkas lain, atau formulir yang berjalan sendiri.',
  'This PDF holds a program, other files, or a form that acts by itself.',
);
const locked = refusal(
  'document-encrypted',
  'PDF ini terkunci, sehingga tidak dapat diperiksa dan kelak mungkin tidak dapat dibaca.',
  'This PDF is locked, so it cannot be looked through, and perhaps not be read later.',
);
const tooMuch = refusal(
  'document-bomb',
  'Berkas ini membesar melampaui batas ketika dibuka.',
  'This file grows beyond measure when it is opened.',
);

export const tooLarge: Refused = {
  code: 'document-too-large',
  text: {
    id: `Dokumen paling besar ${MOST_BYTES / 1024 / 1024} MB. Pindai dengan resolusi lebih rendah, atau bagi menjadi beberapa berkas.`,
    en: `A document has at most ${MOST_BYTES / 1024 / 1024} MB. Scan it at a lower resolution, or split it into several files.`,
  },
};

/** What the file is, and why it is not taken; by its bytes alone. `claimed`: the media type it was sent as. */
export async function inspect(bytes: Buffer, claimed: string): Promise<DocumentType | Refused> {
  if (bytes.length === 0) return notTaken;
  if (bytes.length > MOST_BYTES) return tooLarge;
  const found = (await fileTypeFromBuffer(bytes))?.mime;
  const type = documentTypes.find((one) => one === found);
  // A PDF's readers look for its beginning, so something else may stand before it.
  if (type === undefined || (type === 'application/pdf' && bytes.indexOf('%PDF-') !== 0)) return notTaken;
  if (type !== claimed)
    return refusal(
      'document-type-mismatch',
      `Berkas dikirim sebagai ${claimed}, tetapi isinya ${type}.`,
      `The file was sent as ${claimed}, and is ${type}.`,
    );
  const fault = faults[type](bytes);
  return holdsArchive(bytes) ? alsoAnother : (fault ?? type);
}

/** What is wrong with a file of each kind: whether it ends as its kind does, with nothing behind, and what it holds. */
const faults: { readonly [T in DocumentType]: (bytes: Buffer) => Refused | undefined } = {
  'application/pdf': (bytes) =>
    /^%%EOF\s*$/.test(bytes.subarray(bytes.lastIndexOf('%%EOF')).toString('latin1')) ? faultOfPdf(bytes) : alsoAnother,
  'image/jpeg': (bytes) => {
    const picture = jpegIn(bytes);
    if (picture?.end !== bytes.length) return alsoAnother;
    return picture.pixels > MOST_PIXELS ? tooMuch : undefined;
  },
  'image/png': (bytes) => {
    const end = bytes.indexOf(PNG_END);
    // Its first chunk says how large the picture is; without one there is none.
    if (bytes.toString('latin1', 12, 16) !== 'IHDR') return alsoAnother;
    if (end === -1 || end !== bytes.length - PNG_END.length) return alsoAnother;
    return bytes.readUInt32BE(16) * bytes.readUInt32BE(20) > MOST_PIXELS ? tooMuch : undefined;
  },
};

const PNG_END = Buffer.from('0000000049454e44ae426082', 'hex');

/** A ZIP is read from its end, so it may stand behind, or within, anything. */
function holdsArchive(bytes: Buffer): boolean {
  return bytes.subarray(-65_557).includes(Buffer.from('PK\x05\x06', 'latin1'));
}

/** Width × height by its first frame header, and where the picture ends; undefined where its segments do not lead to an end. */
function jpegIn(bytes: Buffer): { readonly pixels: number; readonly end: number } | undefined {
  let pixels = 0;
  for (let at = 2; at + 1 < bytes.length && bytes[at] === 0xff; ) {
    const marker = bytes[at + 1] ?? 0;
    if (marker === 0xd9) return { pixels, end: at + 2 };
    if (at + 9 >= bytes.length) return undefined;
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (isFrame && pixels === 0) pixels = bytes.readUInt16BE(at + 5) * bytes.readUInt16BE(at + 7);
    at += 2 + bytes.readUInt16BE(at + 2);
    // Behind the header of a scan come its data, to the next marker: a stuffed zero and a restart are none.
    if (marker === 0xda) while (at + 1 < bytes.length && !(bytes[at] === 0xff && isMarker(bytes[at + 1] ?? 0))) at += 1;
  }
  return undefined;
}

function isMarker(code: number): boolean {
  return code !== 0x00 && code !== 0xff && !(code >= 0xd0 && code <= 0xd7);
}

/** Names of what acts by itself or carries other files. A letter of a name may be written as `#` and two digits. */
const ACTIVE = named([
  'JavaScript',
  'JS',
  'Launch',
  'EmbeddedFile',
  'EmbeddedFiles',
  'RichMedia',
  'XFA',
  'ImportData',
  'SubmitForm',
]);
const ENCRYPTED = named(['Encrypt']);
const OBJECT_STREAM = named(['ObjStm']);
/** Filters behind each other, or a predictor: what stands behind them cannot be looked into here, and programs that write object streams need none. */
const ENCODED_TWICE = new RegExp(`/Filter\\s*\\[\\s*/[^\\s/\\]]+\\s*/|${named(['DecodeParms', 'DP']).source}`);

function named(names: readonly string[]): RegExp {
  const spelled = names.map((name) =>
    [...name]
      .map(
        (letter) =>
          `(?:${letter}|#${letter
            .charCodeAt(0)
            .toString(16)
            .replace(/[a-f]/g, (d) => `[${d}${d.toUpperCase()}]`)})`,
      )
      .join(''),
  );
  return new RegExp(`/(?:${spelled.join('|')})(?![A-Za-z0-9_#-])`);
}

function faultOfPdf(bytes: Buffer): Refused | undefined {
  const text = bytes.toString('latin1');
  if (ENCRYPTED.test(text)) return locked;
  if (ACTIVE.test(text)) return active;
  // Objects may also stand compressed, many in one stream.
  for (const { index } of text.matchAll(new RegExp(OBJECT_STREAM, 'g'))) {
    const begins = /stream\r?\n/g;
    begins.lastIndex = index;
    const begin = begins.exec(text);
    if (begin === null) continue;
    if (ENCODED_TWICE.test(text.slice(text.lastIndexOf('obj', index), begin.index))) return active;
    const from = begin.index + begin[0].length;
    const end = text.indexOf('endstream', from);
    try {
      const inflated = inflateSync(bytes.subarray(from, end === -1 ? undefined : end), { maxOutputLength: MOST_INFLATED });
      if (ACTIVE.test(inflated.toString('latin1'))) return active;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') return tooMuch;
      return active; // what cannot be looked into may hold anything
    }
  }
  return undefined;
}
