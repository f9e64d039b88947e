/** The short run of `npm run test:dates`, and explanations read as their readers do: line by line, with the calendar on the wall. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { parseCalendar } from '#domain/calendar/calendar.js';
import { type DueExplanation, explainDue } from '#domain/clock/explain-due.js';
import { clockOf, compareDates, type Period, periods } from './compare.js';
import { calendarOf, dateOf, dayOf, dueByLaw, isWeekend, vectorsThrough } from './oracle.mjs';

const decrees = JSON.parse(readFileSync('data/calendar-id.json', 'utf8'));
const office = calendarOf(decrees);
const calendar = parseCalendar(decrees, 1);

describe('due dates by the product and by an oracle written from the law alone', () => {
  it('the oracle gives what the test vectors of the decrees say, in every zone', () => {
    const { tried, wrong } = vectorsThrough(decrees);
    expect(tried.length).toBe(3 * decrees.testVectors.length);
    expect(wrong).toEqual([]);
  });

  it('2,000 periods, all kinds among them, end on the same day and at the same instant', () => {
    const differences: string[] = [];
    const { wrong, byUnit, byZone, ...tally } = compareDates(decrees, {
      count: 2000,
      seed: 2026,
      differ: (text) => differences.push(text),
    });
    expect(differences).toEqual([]);
    expect(wrong).toBe(0);
    for (const count of [...Object.values(byUnit), ...Object.values(byZone)]) expect(count).toBeGreaterThan(500);
    for (const count of [tally.suspended, tally.open, tally.rolled, tally.provisional]) expect(count).toBeGreaterThan(100);
  });
});

describe('an explanation of a due date', () => {
  const draw = periods(decrees, office, 500);
  const drawn = Array.from({ length: 500 }, draw);

  it('leads its reader to the due date of the law, 500 times', () => {
    for (const period of drawn) {
      const explained = explainDue(clockOf(period), calendar);
      const { date, provisional } = dueByLaw(office, period);
      const read = { period, end: endTold(period, explained), provisional: explained.lines.some((line) => line.provisional) };
      expect(read).toEqual({ period, end: date, provisional });
    }
  });

  it('has words in both languages on every line', () => {
    const texts = drawn.flatMap((period) => {
      const { rule, lines } = explainDue(clockOf(period), calendar);
      return [rule, ...lines.map((line) => line.text)];
    });
    const hasWords = (text: string): boolean => /\p{L}{2}/u.test(text) && !/undefined|null|NaN|Infinity/.test(text);
    expect(texts.length).toBeGreaterThan(10_000);
    expect(texts.filter(({ id, en }) => !hasWords(id) || !hasWords(en) || id === en)).toEqual([]);
  });
});

/**
 * Where the lines of an explanation lead, by their own words: null if they end in an open suspension. Throws when a line says of a day
 * what the calendar on the wall or the ledger does not, leaves out a day, or counts wrongly.
 */
function endTold({ unit, amount, ...period }: Period, { lines }: DueExplanation): string | null {
  const isPaused = (day: number): boolean =>
    period.suspensions.some(({ from, resumedOn }) => dayOf(from) <= day && (!resumedOn || day < dayOf(resumedOn)));
  const isRest = (day: number): boolean => isWeekend(day) || office.isOff(dateOf(day));
  const claim = (holds: boolean, what: string): void => {
    if (!holds) throw new Error(`${what}: ${JSON.stringify({ unit, amount, ...period, lines }, null, 1)}`);
  };
  const [start, ...rest] = lines;
  claim(start?.kind === 'start', 'The first line is not the start');

  let day = dayOf(start?.on ?? '');
  let counted = 0;
  let pausedDays = 0;
  let monthsEnd = day;
  for (const { kind, on, through, counted: number, text } of rest) {
    const first = dayOf(on);
    const last = dayOf(through ?? on);
    const days = Array.from({ length: last - first + 1 }, (_, index) => first + index);
    if (kind === 'suspended' && text.en.includes('nothing is due until it resumes')) {
      claim(unit === 'months' || first === day + 1, 'Days are left out before the open suspension');
      claim(isPaused(first), `${on} is not suspended`);
      return null;
    }
    switch (kind) {
      case 'months':
        day = first;
        monthsEnd = first;
        claim(
          on === dueByLaw(office, { ...period, unit, amount, rolls: false, suspensions: [] }).date,
          'The months end elsewhere',
        );
        continue;
      case 'moved':
        claim(first === monthsEnd + pausedDays, `The suspended days do not lead to ${on}`);
        day = first;
        continue;
      case 'suspended':
        claim(days.length > 0 && days.every(isPaused), `${on} is not suspended`);
        pausedDays += days.length;
        // A month clock tells its suspensions in one go, and then where they moved it; those its roll passes over day by day.
        if (unit === 'months' && first !== day + 1) continue;
        break;
      case 'counted':
        counted += days.length;
        claim(number === counted, `${on} is day ${counted}`);
        claim(!days.some(isPaused), `${on} is suspended`);
        claim(unit !== 'working-days' || !days.some(isRest), `Nobody works on ${on}`);
        break;
      case 'rolled':
        claim(!isPaused(first) && !isRest(first), `${on} is no working day`);
        break;
      default:
        claim(days.every(isRest), `${on} is a working day`);
        claim(kind !== 'weekend' || days.every(isWeekend), `${on} is on no weekend`);
    }
    claim(first === day + 1, `Days are left out before ${on}`);
    day = last;
  }
  claim(unit === 'months' || counted === amount, `${counted} days counted`);
  return dateOf(day);
}
