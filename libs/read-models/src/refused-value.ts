/**
 * What a column can hold, judged in the fold and not by the database alone. The database sees only the row that a batch of events, or a
 * whole rebuild, ends with; the fold sees the row after each event. So a case is parked at the same event live and rebuilt, however its
 * events fall into batches.
 */
import type { EntitySchema } from 'typeorm';
import { UUID } from '#domain/event.js';
import { isStorable } from '#event-store/storable.js';

/** A value of the event has no place in its column. Names the column, never the value. */
export class RefusedValue extends Error {
  override readonly name = 'RefusedValue';
}

type Judge = (value: unknown) => boolean;

const mostInInteger = 2 ** 31 - 1;
const mostInBigint = '9223372036854775807';
const instant = /^(\d{4}-\d\d-\d\d)T([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,6})?)?(Z|[+-](0\d|1[0-5]):[0-5]\d)$/;

/** By the type of a column as the entities name it. */
const judges: { readonly [type: string]: Judge } = {
  uuid: (value) => typeof value === 'string' && UUID.test(value),
  text: (value) => typeof value === 'string' && isStorableText(value),
  boolean: (value) => typeof value === 'boolean',
  integer: (value) => Number.isInteger(value) && Math.abs(Number(value)) <= mostInInteger,
  bigint: (value) =>
    typeof value === 'string' && /^\d{1,19}$/.test(value) && (value.length < mostInBigint.length || value <= mostInBigint),
  timestamptz: (value) => typeof value === 'string' && isDay(instant.exec(value)?.[1]),
  date: (value) => typeof value === 'string' && isDay(value),
  jsonb: (value) => typeof value === 'object' && isStorableWithin(value),
};

/** Almost every text has neither; only one that may is looked at as JSON. This is on the path of every event of a rebuild. */
function isStorableText(text: string): boolean {
  return (!text.includes('\0') && !/[\ud800-\udfff]/.test(text)) || isStorable(JSON.stringify(text));
}

function isStorableWithin(value: unknown): boolean {
  if (typeof value === 'string') return isStorableText(value);
  if (typeof value !== 'object' || value === null) return true;
  if (Array.isArray(value)) return value.every(isStorableWithin);
  return Object.entries(value).every(([key, inner]) => isStorableText(key) && isStorableWithin(inner));
}

function isDay(text: string | undefined): boolean {
  if (text === undefined || !/^\d{4}-\d\d-\d\d$/.test(text) || text.startsWith('0000')) return false;
  // Every month has so many.
  if (/-(0[1-9]|1[0-2])-(0[1-9]|1\d|2[0-8])$/.test(text)) return true;
  const day = new Date(text);
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text);
}

interface Column {
  readonly property: string;
  readonly holds: Judge;
}

type Values = { readonly [property: string]: unknown };

const columnsOf = new WeakMap<EntitySchema, readonly Column[]>();

function judgedColumns(entity: EntitySchema): readonly Column[] {
  const known = columnsOf.get(entity);
  if (known !== undefined) return known;
  const columns = Object.entries(entity.options.columns).map(([property, column]): Column => {
    const one = judges[String(column?.type)];
    if (one === undefined) throw new Error(`No judge for a column of type ${String(column?.type)} (${property})`);
    const whole: Judge = column?.array === true ? (value) => Array.isArray(value) && value.every(one) : one;
    return { property, holds: (value) => (value === null || value === undefined ? column?.nullable === true : whole(value)) };
  });
  columnsOf.set(entity, columns);
  return columns;
}

/**
 * Refuses rows that the table cannot hold. What was there before was judged then, so only what changed is looked at.
 * @throws RefusedValue
 */
export function refuseValues(entity: EntitySchema, before: readonly object[], after: readonly object[]): void {
  if (after === before) return;
  for (const [at, row] of after.entries()) {
    const was = before[at] as Values | undefined;
    const is = row as Values;
    if (is === was) continue;
    for (const { property, holds } of judgedColumns(entity))
      if ((was === undefined || was[property] !== is[property]) && !holds(is[property]))
        throw new RefusedValue(`${entity.options.name}.${property} cannot hold what the event says`);
  }
}
