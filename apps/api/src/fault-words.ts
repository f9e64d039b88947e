/**
 * What is wrong with a part of a request, for people: the checks say it in one language, for programs; here it gets the other. A new sentence
 * gets its row here; `fault-words.spec.ts` looks for what is missing.
 */
import type { Text } from '#domain/event.js';
import { type FaultRow, faultIn } from '#domain/fault-words.js';

export interface Fault {
  readonly path: string;
  /** As programs read it. */
  readonly fault: string;
  readonly text?: Text;
}

const A_CODE = 'huruf, angka, . _ / -, tanpa spasi, dan tanpa bilangan delapan angka atau lebih';

const rows: readonly FaultRow[] = [
  // What a person types.
  [/^must be shorter than or equal to (\d+) characters$/, 'paling panjang $1 huruf', 'at most $1 characters'],
  [/^must be longer than or equal to 1 characters$/, 'harus diisi', 'must be filled in'],
  [
    /^must be longer than or equal to (\d+) and shorter than or equal to (\d+) characters$/,
    'harus teks, panjangnya $1 sampai $2 huruf',
    'must be a text of $1 to $2 characters',
  ],
  [
    /^must hold readable characters.*$/,
    'berisi huruf yang tidak dapat dibaca, atau hanya spasi',
    'holds characters that cannot be read, or only spaces',
  ],
  [
    /^must be a date that exists, as \S+, from (\d+)-\S+ to (\d+)-\S+$/,
    'bukan tanggal yang ada dari tahun $1 sampai $2',
    'is no date that exists, from $1 to $2',
  ],
  [/^must be a date, as (\S+)$/, 'harus tanggal, seperti $1'],
  [/^must be a day that exists, as (.+)$/, 'harus hari yang ada, seperti 1974-05-20'],
  [/^must be a month that exists, as (.+)$/, 'harus bulan yang ada, seperti 1974-05'],
  [/^must be a year that exists, as (.+)$/, 'harus tahun yang ada, seperti 1974'],
  [
    /^must be an instant with its zone, as (\S+), from (\d+)-\S+ to (\d+)-\S+$/,
    'harus saat dengan zonanya, seperti $1, dari tahun $2 sampai $3',
    'must be an instant with its zone, as $1, from $2 to $3',
  ],
  [/^must be an instant, as (\S+)$/, 'harus saat, seperti $1'],
  [/^must be on or after from, by five years at most$/, 'harus pada atau sesudah from, paling lama lima tahun'],
  [
    /^must be true, false, a number or a text of at most (\d+) characters$/,
    'harus true, false, angka, atau teks paling panjang $1 huruf',
  ],
  [/^must hold a name$/, 'harus memuat nama'],
  // Shapes.
  [/^must be a string$/, 'harus diisi dengan teks', 'must be a text'],
  [/^must be an array$/, 'harus daftar', 'must be a list'],
  [/^should not be empty$/, 'harus diisi', 'must be filled in'],
  [/^must contain no more than (\d+) elements$/, 'paling banyak $1 isian', 'at most $1 entries'],
  [/^must be one of the following values: (.+)$/, 'harus salah satu dari $1', 'must be one of $1'],
  [/^must be one of (.+)$/, 'harus salah satu dari $1'],
  [/^must be either object or array$/, 'harus objek atau daftar', 'must be an object or a list'],
  [/^must be an object$/, 'harus objek'],
  [/^must be a JSON object$/, 'harus objek JSON'],
  [/^must be UTF-8$/, 'harus UTF-8'],
  [/^must not be nested deeper than (\d+)$/, 'tidak boleh bertingkat lebih dari $1'],
  [/^must not be null; leave the field out$/, 'tidak boleh null; hilangkan isian ini'],
  [/^(should not exist|is no field)$/, 'bukan isian yang dikenal', 'is no field that is known'],
  [/^must be a whole number from (\d+) to (\d+)$/, 'harus bilangan bulat dari $1 sampai $2'],
  [/^must be a whole number from (\d+) to (\d+), or all$/, 'harus bilangan bulat dari $1 sampai $2, atau all'],
  [/^must be (\d+) bytes in base64url, without padding$/, 'harus $1 bita dalam base64url, tanpa tanda pengisi'],
  [/^must be a SHA-256: 64 lower-case hexadecimal digits$/, 'harus SHA-256: 64 angka heksadesimal huruf kecil'],
  [
    /^must be an uncompressed point of P-256 in base64url, 87 characters$/,
    'harus titik P-256 tanpa pemampatan dalam base64url, 87 huruf',
  ],
  // Codes and ids.
  [/^must be a code: letters, digits.*$/, `harus kode: ${A_CODE}`],
  [/^must be codes: letters, digits.*$/, `harus kode-kode: ${A_CODE}`],
  [/^must be a code, as (\S+)$/, 'harus kode, seperti $1'],
  [/^must be an id as Tegas gives them$/, 'harus pengenal yang diberikan Tegas'],
  [/^must be a case’s id$/, 'harus pengenal perkara'],
  [/^must be an office’s code$/, 'harus kode kantor'],
  [/^must be an official’s login$/, 'harus nama masuk pejabat'],
  [/^must be a procedure’s code$/, 'harus kode prosedur'],
  [/^must be a procedure’s code, as (\S+)$/, 'harus kode prosedur, seperti $1'],
  [/^must be a version, as (\S+)$/, 'harus versi, seperti $1'],
  [/^must be a procedure$/, 'harus prosedur'],
  [/^must be a calendar: (.+)$/, 'harus kalender: $1'],
  [
    /^must be twelve characters and their check character, as (\S+)$/,
    'harus dua belas huruf atau angka dan huruf pemeriksanya, seperti $1',
  ],
  // What programs send along.
  [/^is no parameter; use $/, 'bukan parameter yang dikenal; tidak ada parameter di sini', 'is no parameter; there is none here'],
  [/^is no parameter; use (.+)$/, 'bukan parameter yang dikenal; gunakan $1'],
  [/^must be given once$/, 'harus disebut satu kali'],
  [/^goes with byLaw=true$/, 'hanya bersama byLaw=true'],
  [/^must be a position that an answer carried$/, 'harus posisi yang pernah ada dalam jawaban'],
  [/^must be a cursor that an answer carried$/, 'harus penanda yang pernah ada dalam jawaban'],
  [/^must be the `next` of the page before$/, 'harus `next` dari halaman sebelumnya'],
  [/^must be one revision in quotes, as (\S+)$/, 'harus satu revisi dalam tanda kutip, seperti $1'],
  [/^must be 1 to 200 visible characters$/, 'harus 1 sampai 200 huruf yang terlihat'],
  [/^must be a logout token of the issuer.*$/, 'harus token keluar dari penerbitnya, untuk klien ini, dikirim satu kali'],
  [/^must be the size of a tree, a whole number from 1$/, 'harus ukuran pohon, bilangan bulat mulai 1'],
  [/^must not be above (\d+), the newest checkpoint’s$/, 'tidak boleh di atas $1, ukuran titik periksa terbaru'],
  [
    /^must not be above to, nor to above (\d+), the newest checkpoint’s$/,
    'tidak boleh di atas to, dan to tidak boleh di atas $1, ukuran titik periksa terbaru',
  ],
];

/** The library's checks name the field in front of what is wrong with it, of an entry of a list that of the list; people are shown where it is already. */
export function withoutName(fault: string, name: string): string {
  const nested = fault.replace(/^(each value in )?(nested )?property \S+ /, '');
  return nested.startsWith(`${name} `) ? nested.slice(name.length + 1) : nested;
}

/** Undefined for a sentence that has no row. */
export function wordsFor(fault: string): Text | undefined {
  return faultIn(rows, fault);
}

/** What people are told of a fault, in both languages whatever it is. */
export function textOf({ fault, text }: Fault): Text {
  return text ?? wordsFor(fault) ?? { id: 'tidak dapat dibaca', en: fault };
}
