/** What is wrong with a procedure's data, in Indonesian: a row for each sentence of `procedure-faults.ts`; `procedure.spec.ts` looks for what is missing. */
import { type FaultRow, faultIn } from '../fault-words.js';

const rows: readonly FaultRow[] = [
  // Shapes.
  [/^must be an object$/, 'harus objek'],
  [/^must be a list$/, 'harus daftar'],
  [/^must be an object of fact definitions$/, 'harus objek berisi uraian fakta'],
  [/^must be \{ "id": …, "en": … \}$/, 'harus { "id": …, "en": … }'],
  [/^must be \{ "act": …, "article": … \}$/, 'harus { "act": …, "article": … }'],
  [/^must be capitals and hyphens$/, 'harus huruf besar dan tanda hubung'],
  [/^must be small letters, digits and hyphens$/, 'harus huruf kecil, angka dan tanda hubung'],
  [/^must be digits, letters, dots and hyphens$/, 'harus angka, huruf, titik dan tanda hubung'],
  [/^must be true or false$/, 'harus true atau false'],
  [/^must be true, or be left out$/, 'harus true, atau dihilangkan'],
  [/^must be true, and stand with a date$/, 'harus true, dan hanya pada tanggal'],
  [/^must be a whole number above 0$/, 'harus bilangan bulat di atas 0'],
  [
    /^must be a whole number from 1 to (\d+), the number of agencies$/,
    'harus bilangan bulat dari 1 sampai $1, jumlah instansinya',
  ],
  [/^must be a whole number from (\d+) to (\d+)$/, 'harus bilangan bulat dari $1 sampai $2'],
  [/^must be a date or null, not (.*)$/, 'harus tanggal atau null, bukan $1'],
  [/^must be one of (.*), not (.*)$/, 'harus salah satu dari $1, bukan $2'],
  [/^must be months or calendar-days$/, 'harus months atau calendar-days'],
  [/^(.*) is before (.*)$/, '$1 mendahului $2'],
  [/^(.*) stands there twice$/, '$1 tercantum dua kali'],
  // Codes that name nothing.
  [/^no outcome has the code (.*)$/, 'tidak ada hasil dengan kode $1'],
  [/^no fact has the code (.*)$/, 'tidak ada fakta dengan kode $1'],
  [/^no yes-or-no fact has the code (.*)$/, 'tidak ada fakta ya-atau-tidak dengan kode $1'],
  [/^no evidence has the code (.*)$/, 'tidak ada bukti dengan kode $1'],
  [/^no clock has the code (.*)$/, 'tidak ada tenggat dengan kode $1'],
  [/^no procedure has the code (.*)$/, 'tidak ada prosedur dengan kode $1'],
  [/^no stage is called (.*)$/, 'tidak ada tahap bernama $1'],
  [/^no event is called (.*)$/, 'tidak ada peristiwa bernama $1'],
  [/^no step of the authority is a (.*)$/, 'tidak ada langkah kewenangan pada $1'],
  [/^(.*) is no fact that is a date$/, '$1 bukan fakta berupa tanggal'],
  [
    /^(.*) is no date, no fact that is one, and not lodging or decision$/,
    '$1 bukan tanggal, bukan fakta berupa tanggal, dan bukan lodging atau decision',
  ],
  [/^must be the code of a procedure$/, 'harus kode prosedur'],
  [/^must name remedies by their codes$/, 'harus menyebut upaya hukum menurut kodenya'],
  // What is missing.
  [/^nobody decides$/, 'tidak ada yang memutus'],
  [/^no step decides$/, 'tidak ada langkah yang memutus'],
  [/^names no act$/, 'tidak menyebut peraturan'],
  [/^names no outcome$/, 'tidak menyebut hasil'],
  [/^names nothing: it would always hold, or never$/, 'tidak menyebut apa pun: akan selalu berlaku, atau tidak pernah'],
  [/^must list at least two answers$/, 'harus memuat sekurang-kurangnya dua jawaban'],
  // Facts that dates imply.
  [/^stands only with a date$/, 'hanya pada tanggal'],
  [/^answers only a yes-or-no fact$/, 'hanya menjawab fakta ya-atau-tidak'],
  [/^answers nothing: it needs answer, otherwise or both$/, 'tidak menjawab apa pun: perlu answer, otherwise, atau keduanya'],
  [/^answer and otherwise must be true or false$/, 'answer dan otherwise harus true atau false'],
  [/^answers a fact only in months or calendar-days$/, 'hanya menjawab fakta dalam months atau calendar-days'],
  [/^must be all, any, not, fact or date$/, 'harus all, any, not, fact atau date'],
  [/^must compare with one day: before or onOrBefore$/, 'harus membandingkan dengan satu hari: before atau onOrBefore'],
  [/^is no comparison of days; use (.*)$/, 'bukan pembanding hari; gunakan $1'],
  // Conditions.
  [/^must be a condition$/, 'harus syarat'],
  [/^must have all, any, not or fact$/, 'harus memuat all, any, not atau fact'],
  [/^compares (.*) with nothing; use (.*)$/, 'tidak membandingkan $1 dengan apa pun; gunakan $2'],
  [/^is no comparison; use (.*)$/, 'bukan pembanding; gunakan $1'],
  [/^(.*) is no answer to (.*), which is a (.*)$/, '$1 bukan jawaban atas $2, yang bertipe $3'],
  [/^(.*) is no answer to (.*)$/, '$1 bukan jawaban atas $2'],
  // Clocks and their ladders.
  [/^must be the clock's own, (.*)$/, 'harus sama dengan tenggatnya, $1'],
  [
    /^a clock that counts from a date of the person’s own is not extended$/,
    'tenggat yang dihitung dari tanggal orangnya sendiri tidak diperpanjang',
  ],
  [
    /^on a clock of silence nobody who is silent may extend it$/,
    'pada tenggat yang membuat diam berarti dikabulkan, yang diam tidak dapat memperpanjangnya',
  ],
  [/^the ladder has two steps (.*)$/, 'tangga mempunyai dua anak tangga $1'],
  [/^must say one of percent, before, after$/, 'harus menyebut salah satu dari percent, before, after'],
];

/** Of a fault as `faultsIn` tells it, `path: what is wrong`. One that has no row stays as it is. */
export function faultInIndonesian(fault: string): string {
  const at = fault.indexOf(': ');
  return `${fault.slice(0, at)}: ${wordsFor(fault.slice(at + 2)) ?? fault.slice(at + 2)}`;
}

export function wordsFor(what: string): string | undefined {
  return faultIn(rows, what)?.id;
}
