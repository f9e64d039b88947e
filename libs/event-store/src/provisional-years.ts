/**
 * Years that no decree governs yet, filled with the holidays that can be computed (lunar ones among them), and marked: a clock that runs
 * into them has a likelier due date than weekends alone would give, and says that a decree may still move it.
 */
import { createRequire } from 'node:module';
import type HolidaysOf from 'date-holidays';
import type { Calendar, CalendarYear } from '#domain/calendar/calendar.js';

/** The ministers decree a year in the autumn before it; the longest working-day period runs months. */
const YEARS_AHEAD = 2;

/** The calendar with every decreed year as it is, and the years between and after them filled in anew; local decrees stay. */
export function withProvisionalYears(calendar: Calendar): Calendar {
  const decreed = Object.entries(calendar.years).flatMap(([year, { provisional }]) =>
    provisional === true ? [] : [Number(year)],
  );
  if (decreed.length === 0) return calendar;
  const [first, last] = [Math.min(...decreed), Math.max(...decreed) + YEARS_AHEAD];
  const years = Array.from({ length: last - first + 1 }, (_, n) => first + n).map((year): readonly [string, CalendarYear] => {
    const known = calendar.years[year];
    if (known !== undefined && known.provisional !== true) return [String(year), known];
    const { local } = known ?? {};
    return [String(year), { ...provisionalYear(year), ...(local === undefined ? {} : { local }) }];
  });
  return { ...calendar, years: Object.fromEntries(years) };
}

/** Read when a year is to be filled: the holidays of all the world take longer to read than most commands take. */
let indonesia: HolidaysOf | undefined;

function holidaysOf(year: number): ReturnType<HolidaysOf['getHolidays']> {
  if (indonesia === undefined) {
    const Holidays: typeof HolidaysOf = createRequire(import.meta.url)('date-holidays');
    indonesia = new Holidays('ID');
  }
  return indonesia.getHolidays(year);
}

function provisionalYear(year: number): CalendarYear {
  const dates = holidaysOf(year)
    .filter(({ type }) => type === 'public')
    .map(({ date }) => date.slice(0, 10))
    .filter((date) => date.startsWith(String(year)));
  const holidays = [...new Set(dates)].sort();
  return { decree: '–', confidence: 'computed by date-holidays', holidays, collectiveLeave: [], provisional: true };
}
