/**
 * Years that no decree governs yet, filled with the holidays that can be computed (lunar ones among them), and marked: a clock that runs
 * into them has a likelier due date than weekends alone would give, and says that a decree may still move it.
 */
import Holidays from 'date-holidays';
import type { Calendar, CalendarYear } from '#domain/calendar/calendar.js';

/** The ministers decree a year in the autumn before it; the longest working-day period runs months. */
const YEARS_AHEAD = 2;

/** The calendar with every decreed year as it is, and the years after the last of them filled in anew. */
export function withProvisionalYears(calendar: Calendar): Calendar {
  const decreed = Object.entries(calendar.years).filter(([, { provisional }]) => provisional !== true);
  const last = Math.max(...decreed.map(([year]) => Number(year)));
  if (!Number.isFinite(last)) return calendar;
  const ahead = Array.from({ length: YEARS_AHEAD }, (_, n) => provisionalYear(last + n + 1));
  return { ...calendar, years: { ...Object.fromEntries(decreed), ...Object.fromEntries(ahead) } };
}

function provisionalYear(year: number): readonly [string, CalendarYear] {
  const dates = new Holidays('ID')
    .getHolidays(year)
    .filter(({ type }) => type === 'public')
    .map(({ date }) => date.slice(0, 10))
    .filter((date) => date.startsWith(String(year)));
  const holidays = [...new Set(dates)].sort();
  return [
    String(year),
    { decree: '–', confidence: 'computed by date-holidays', holidays, collectiveLeave: [], provisional: true },
  ];
}
