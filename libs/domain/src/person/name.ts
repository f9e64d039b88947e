/**
 * Names as papers of Indonesia and Timor-Leste write them, brought to where they can be compared: by sound, without regard to accents, order,
 * double letters, or which of the spellings of Indonesian, Portuguese and Tetum a clerk used. Nothing here is shown or stored as a name.
 */

/** How alike two names are: every part; enough parts to be told of; a single part; nothing that says anything. */
export type NameLikeness = 'same' | 'near' | 'part' | 'none';

export interface NameComparison {
  readonly likeness: NameLikeness;
  /** How many parts sound exactly alike: by these a possible match is looked up. */
  readonly equalParts: number;
}

/** Between names, and not parts of them. `dos Santos` is also written `Dosantos`, so a particle may cling to what follows. */
const PARTICLES = new Set(['da', 'de', 'do', 'das', 'dos', 'di', 'del', 'e', 'van']);
/** Said before or between names; never part of one. */
const TITLES = new Set(['bin', 'binti', 'bt', 'bapak', 'ibu', 'tn', 'ny', 'nn', 'sdr', 'sdri', 'alm', 'almh', 'sr', 'sra', 'dr']);

/** Given names that the papers of one country write in another's way, beyond what sounds alike: each line is one name. */
const VARIANTS: readonly string[] = [
  'yohanes yohannes joao joan juan yan john yohan joanes',
  'yosef yosep yusuf jose josef joseph joze',
  'yoakim joaquim joakim yoaquin',
  'antonius antonio antoni anton antoninho',
  'fransiskus francisco frans francis fransisku',
  'petrus pedro peter petru',
  'paulus paulo paul paulinus paulino',
  'yakobus jacob jakob jaime tiago',
  'aloysius luis luiz alouisius aloisio',
  'dominikus domingos domingus domingo dominggus dominicus',
  'emanuel manuel imanuel emmanuel manoel',
  'filipus filipe felipe philip philipus',
  'markus marcos marco markos',
  'matius mateus matheus mateo matias',
  'lukas lucas',
  'agustinus agostinho augustinus agustino agustinho',
  'martinus martinho martin martino martins',
  'mikael miguel michael mikhael',
  'stefanus estevao stephanus estevan stefan',
  'laurensius lourenco lorenso laurentius lorens',
  'vinsensius vicente vincent bisente',
  'karolus carlos karlos charles',
  'gregorius gregorio',
  'benediktus benedito bento',
  'bernardus bernardo bernardino bernard',
  'sebastianus sebastiao sebastian bastian',
  'alexander alexandre aleksander alexandrino',
  'andreas andre andreus',
  'ferdinandus fernando ferdinand fernandus',
  'henrikus henrique hendrikus hendrik',
  'yulius julio julius',
  'simon simao',
  'tomas tome thomas',
  'bartolomeus bartolomeu',
  'maria mary',
  'teresia teresa theresia teresinha',
  'magdalena madalena',
  'elisabet isabel elisabeth elizabeth isabela',
  'margareta margarida margaretha',
  'lusia luzia lucia',
  'beatriks beatriz beatrix',
  'anna ana hana',
];

/** One part of a name: every key by which it may be written. */
export type NamePart = readonly string[];

/** In order: the first spellings decide what the later ones see. */
const SPELLINGS: readonly (readonly [RegExp, string])[] = [
  // Indonesian before 1972.
  [/oe/g, 'u'],
  [/tj/g, 'c'],
  [/dj/g, 'j'],
  [/sj/g, 's'],
  // Portuguese, and the same sounds as an Indonesian or Tetum ear writes them.
  [/ph/g, 'f'],
  [/s?ch(?=[rl])/g, 'k'],
  [/sch/g, 's'],
  [/s[hy](?=[aeiou])/g, 's'],
  [/n[hy]/g, 'n'],
  [/lh/g, 'l'],
  [/ch/g, 'k'],
  [/h/g, ''],
  [/qu(?=[aeiou])|q|ck/g, 'k'],
  [/gu(?=[ei])/g, 'g'],
  [/s?c(?=[eiy])/g, 's'],
  [/c/g, 'k'],
  [/^x/g, 's'],
  [/x/g, 'ks'],
  [/z/g, 's'],
  // Tetum has no v: Silva is Silba.
  [/[vw]/g, 'b'],
  [/[jy]/g, 'i'],
  [/ou/g, 'o'],
  [/m$/g, 'n'],
  [/e/g, 'i'],
  [/o/g, 'u'],
  [/(.)\1+/gu, '$1'],
];

/** How one written word sounds: equal for `Johanes` and `Yohannes`, `Sousa` and `Souza`, `Guterres` and `Guteres`. */
function soundOf(word: string): string {
  return SPELLINGS.reduce((text, [written, sounds]) => text.replace(written, sounds), word);
}

const variantOf: ReadonlyMap<string, string> = new Map(
  VARIANTS.flatMap((line) => {
    const [head = '', ...others] = line.split(' ').map(soundOf);
    return [head, ...others].map((sound) => [sound, head] as const);
  }),
);

function keyOf(word: string): string {
  const sound = soundOf(word);
  return variantOf.get(sound) ?? sound;
}

/** Letters only, without accents; ç is an s before it loses its tail. */
function wordsOf(name: string): readonly string[] {
  return name
    .normalize('NFD')
    .toLowerCase()
    .replace(/c\u0327/g, 's')
    .replace(/['’`\p{M}]/gu, '')
    .split(/[^\p{L}]+/u)
    .filter((word) => word !== '' && !TITLES.has(word));
}

/** Of a name that goes on, the first parts tell enough; all pairs of them are looked up. */
const MOST_PARTS = 8;

/** The parts of a name, in the order written. */
export function namePartsOf(name: string): readonly NamePart[] {
  const parts: NamePart[] = [];
  let particles = '';
  for (const word of wordsOf(name)) {
    if (PARTICLES.has(word)) {
      particles = word;
      continue;
    }
    const key = keyOf(word);
    parts.push(particles === '' ? [key] : [key, soundOf(particles + word)]);
    particles = '';
  }
  return parts.filter((part) => part[0] !== '').slice(0, MOST_PARTS);
}

/** Compares two names as written, whichever way round. */
export function compareNames(one: string, other: string): NameComparison {
  const [few, many] = [namePartsOf(one), namePartsOf(other)].sort((a, b) => a.length - b.length);
  if (few === undefined || many === undefined || few.length === 0) return { likeness: 'none', equalParts: 0 };
  const left = [...many];
  const take = (fits: (part: NamePart) => boolean): boolean => {
    const at = left.findIndex(fits);
    if (at >= 0) left.splice(at, 1);
    return at >= 0;
  };
  const unequal = few.filter((part) => !take((candidate) => candidate.some((key) => part.includes(key))));
  const equalParts = few.length - unequal.length;
  const matched = equalParts + unequal.filter((part) => take((candidate) => isNear(part, candidate))).length;
  return { likeness: likenessOf(few.length, many.length, equalParts, matched), equalParts };
}

function likenessOf(few: number, many: number, equal: number, matched: number): NameLikeness {
  if (equal === 0) return 'none';
  // One word is a name in these papers, and far too many people have it.
  if (few === 1) return 'part';
  if (equal === few && few === many) return 'same';
  return matched === few || (equal >= 2 && matched >= few - 1) ? 'near' : 'none';
}

const SHORTEST_TO_MISSPELL = 5;

/** Are two parts of names one but for a slip of the pen? */
export function isNear([a = '']: NamePart, [b = '']: NamePart): boolean {
  if (a.length === 1 || b.length === 1) return a[0] === b[0];
  if (Math.min(a.length, b.length) < SHORTEST_TO_MISSPELL) return false;
  // Mario is not a slip of the pen for Maria.
  if (a.slice(0, -1) === b.slice(0, -1) && /[au]$/.test(a) && /[au]$/.test(b)) return false;
  return isOneSlip(a, b);
}

/**
 * What two parts that are near have in common at least one of: the part as it sounds, and it with each of its letters left out. Only of parts
 * that are long enough to be misspelt.
 */
export function slipsOf([sound = '']: NamePart): readonly string[] {
  return sound.length < SHORTEST_TO_MISSPELL ? [] : withOneLeftOut(sound);
}

/** A text, and it with each of its letters left out: two that differ by one slip share one of these. */
export function withOneLeftOut(text: string): readonly string[] {
  return [...new Set([text, ...Array.from(text, (_, at) => text.slice(0, at) + text.slice(at + 1))])];
}

/** Do they differ by one letter that is changed, left out or added, or by two neighbours that changed places? */
export function isOneSlip(a: string, b: string): boolean {
  const [short, long] = a.length <= b.length ? [a, b] : [b, a];
  if (long.length - short.length > 1) return false;
  let at = 0;
  while (at < short.length && short[at] === long[at]) at += 1;
  if (short.length < long.length) return short.slice(at) === long.slice(at + 1);
  if (short.slice(at + 1) === long.slice(at + 1)) return true;
  return short[at] === long[at + 1] && short[at + 1] === long[at] && short.slice(at + 2) === long.slice(at + 2);
}
