/** Where the names on the schema of offices stand: beside their own circle, on no other circle, on no other name, and whole within the field. */

export interface Dot {
  readonly x: number;
  readonly y: number;
  readonly radius: number;
  /** Each a line: two short ones find a place where a long one does not. */
  readonly lines: readonly string[];
}

export interface Label {
  readonly x: number;
  /** Of the line that the letters of its first line stand on. */
  readonly y: number;
}

interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

export const FIELD: Box = { left: -8, top: -2, right: 112, bottom: 64 };
export const FONT = 2.6;
/** Of a letter or digit, a little more than fonts without serifs have on average. */
const LETTER = FONT * 0.62;
export const LINE = FONT * 1.2;
const GAP = 0.6;
const BASELINE = 0.82;
const ROUNDS = 12;

/** Of each dot, left to right from the middle of its name. Every name begins below its circle and moves, in turn, to where it is least in the way. */
export function labelsOf(dots: readonly Dot[]): readonly Label[] {
  const places = dots.map(placesFor);
  const chosen = places.map(([first]) => first as Box);
  const circles = dots.map(({ x, y, radius }) => boxAt(x - radius, y - radius, 2 * radius, 2 * radius));
  for (let round = 0; round < ROUNDS; round += 1) {
    let moved = false;
    for (const [at, own] of places.entries()) {
      const others = [...chosen.filter((_, other) => other !== at), ...circles.filter((_, other) => other !== at)];
      const costs = own.map((box, nth) => costOf(box, others) + nth / 1000);
      const best = own[costs.indexOf(Math.min(...costs))] as Box;
      moved ||= best !== chosen[at];
      chosen[at] = best;
    }
    if (!moved) break;
  }
  return chosen.map(({ left, right, top }) => ({ x: (left + right) / 2, y: top + LINE * BASELINE }));
}

/** Where its name may stand, the most usual first: below, above, beside, then all around, and at last a little farther off. */
function placesFor({ x, y, radius, lines }: Dot): readonly Box[] {
  const width = Math.max(...lines.map((text) => text.length)) * LETTER;
  const height = lines.length * LINE;
  return [0, 0.5, 1].flatMap((farther) => {
    const off = radius + GAP + farther * LINE;
    const [below, above, level] = [y + off, y - off - height, y - height / 2];
    return [
      ...[below, above].map((top) => boxAt(x - width / 2, top, width, height)),
      ...[x + off, x - off - width].flatMap((left) =>
        [0, -0.5, 0.5].map((up) => boxAt(left, level + up * height, width, height)),
      ),
      ...[0.3, 0.7, 0.1, 0.9].flatMap((share) => [below, above].map((top) => boxAt(x - width * share, top, width, height))),
      ...[x + 0.7 * off, x - 0.7 * off - width].flatMap((left) =>
        [y + 0.7 * off, y - 0.7 * off - height].map((top) => boxAt(left, top, width, height)),
      ),
    ];
  });
}

function boxAt(left: number, top: number, width: number, height: number): Box {
  return { left, top, right: left + width, bottom: top + height };
}

/** How much of it is on others, and, which is worse, outside. */
function costOf(box: Box, others: readonly Box[]): number {
  const area = (box.right - box.left) * (box.bottom - box.top);
  return 10 * (area - shared(box, FIELD)) + others.reduce((sum, other) => sum + shared(box, other), 0);
}

function shared(one: Box, other: Box): number {
  const width = Math.min(one.right, other.right) - Math.max(one.left, other.left);
  const height = Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top);
  return width > 0 && height > 0 ? width * height : 0;
}
