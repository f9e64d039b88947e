/**
 * Dates as whole numbers. A `Day` counts days from 1970-01-01, so that a hundred thousand due dates cost seconds, not minutes:
 * Temporal needs about twenty microseconds to bring one instant into a zone. Temporal still does every zone that has moved its clocks.
 */
import { Temporal } from 'temporal-polyfill';
import type { DateOn, InstantAt, Zone } from '../event.js';

/** Days since 1970-01-01, which is 0. */
export type Day = number;

const MS_PER_DAY = 86_400_000;
const MS_PER_HOUR = 3_600_000;

/**
 * Indonesia's three times, WIB, WITA and WIT, in milliseconds ahead of UTC. They hold since 1 January 1988 (Keppres 41/1987, which
 * moved Bali and West Kalimantan); an earlier instant goes to Temporal.
 */
const INDONESIAN_OFFSETS: { readonly [zone: Zone]: number } = {
  'Asia/Jakarta': 7 * MS_PER_HOUR,
  'Asia/Pontianak': 7 * MS_PER_HOUR,
  'Asia/Makassar': 8 * MS_PER_HOUR,
  'Asia/Jayapura': 9 * MS_PER_HOUR,
};
/** One day after the change, so that no offset can bring an instant back before it. */
const OFFSETS_HOLD_FROM_DAY: Day = dayOf(1988, 1, 2);

const DATE_ON = /^\d{4}-\d{2}-\d{2}$/;
const INSTANT_AT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/;

/** The day of a date. Throws a RangeError for what is no date, `2026-02-30` too. */
export function parseDay(on: DateOn): Day {
  const year = digits(on, 0, 4);
  const month = digits(on, 5, 7);
  const date = digits(on, 8, 10);
  if (!DATE_ON.test(on) || month < 1 || month > 12 || date < 1 || date > daysInMonth(year, month)) {
    throw new RangeError(`Not a date that exists: ${on}`);
  }
  return dayOf(year, month, date);
}

export function formatDay(day: Day): DateOn {
  const { year, month, date } = dateOf(day);
  return `${padded(year, 4)}-${padded(month, 2)}-${padded(date, 2)}`;
}

/** Milliseconds since 1970-01-01T00:00Z of any RFC 3339 instant; finer parts are cut off. Throws a RangeError for what is none. */
export function parseInstant(at: InstantAt): number {
  if (!INSTANT_AT.test(at)) return Temporal.Instant.from(at).epochMilliseconds;
  const hour = digits(at, 11, 13);
  const minute = digits(at, 14, 16);
  const second = digits(at, 17, 19);
  if (hour > 23 || minute > 59 || second > 59) throw new RangeError(`Not an instant that exists: ${at}`);
  return parseDay(at.slice(0, 10)) * MS_PER_DAY + ((hour * 60 + minute) * 60 + second) * 1000 + digits(at, 20, 23);
}

export function formatInstant(ms: number): InstantAt {
  const day = Math.floor(ms / MS_PER_DAY);
  const rest = ms - day * MS_PER_DAY;
  const clock = [Math.floor(rest / MS_PER_HOUR), Math.floor(rest / 60_000) % 60, Math.floor(rest / 1000) % 60];
  return `${formatDay(day)}T${clock.map((part) => padded(part, 2)).join(':')}.${padded(rest % 1000, 3)}Z`;
}

/** The date in the zone at an instant: 16:30 UTC is 23:30 of the same day in Jakarta and tomorrow in Kupang. */
export function localDay(ms: number, zone: Zone): Day {
  const offset = INDONESIAN_OFFSETS[zone];
  if (offset !== undefined && ms >= OFFSETS_HOLD_FROM_DAY * MS_PER_DAY) return Math.floor((ms + offset) / MS_PER_DAY);
  const local = Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(zone);
  return dayOf(local.year, local.month, local.day);
}

/** The first instant of a day in the zone, in milliseconds. It is also the exclusive end, 24:00, of the day before. */
export function startOfDay(day: Day, zone: Zone): number {
  const offset = INDONESIAN_OFFSETS[zone];
  if (offset !== undefined && day >= OFFSETS_HOLD_FROM_DAY) return day * MS_PER_DAY - offset;
  const { year, month, date } = dateOf(day);
  return new Temporal.PlainDate(year, month, date).toZonedDateTime(zone).epochMilliseconds;
}

/** The same day number so many months later, or the month's last day: 30 November and three months are 28 or 29 February. */
export function addMonths(day: Day, months: number): Day {
  const from = dateOf(day);
  const index = from.year * 12 + (from.month - 1) + months;
  const year = Math.floor(index / 12);
  const month = index - year * 12 + 1;
  return dayOf(year, month, Math.min(from.date, daysInMonth(year, month)));
}

/** 0 is Monday, 5 Saturday, 6 Sunday. */
export function weekday(day: Day): number {
  return (((day + 3) % 7) + 7) % 7;
}

/** Civil date to day number in the Gregorian calendar, counted from 1 March of a four-century era. */
export function dayOf(year: number, month: number, date: number): Day {
  const fromMarch = month > 2 ? year : year - 1;
  const era = Math.floor(fromMarch / 400);
  const yearOfEra = fromMarch - era * 400;
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + date - 1;
  return era * 146_097 + yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear - 719_468;
}

/** Day number to civil date; the inverse of `dayOf`. */
export function dateOf(day: Day): { readonly year: number; readonly month: number; readonly date: number } {
  const shifted = day + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shiftedMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9;
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    date: dayOfYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1,
  };
}

function daysInMonth(year: number, month: number): number {
  if (month !== 2) return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
}

/** The number written by the digits of a text, from one place up to another; what stands there was checked by a pattern. */
function digits(text: string, from: number, to: number): number {
  let value = 0;
  for (let place = from; place < to; place++) value = value * 10 + text.charCodeAt(place) - 48;
  return value;
}

function padded(value: number, width: number): string {
  return String(value).padStart(width, '0');
}
