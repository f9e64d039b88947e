/** Rows of read models in and out of PostgreSQL. Columns come from TypeORM's metadata, so that no list of them is written twice. */
import { createHash } from 'node:crypto';
import { pipeline } from 'node:stream/promises';
import type pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { DefaultNamingStrategy, type EntityManager, type EntityMetadata, type EntitySchema, QueryFailedError } from 'typeorm';

/** `dueSoonAt` of a row is the column `due_soon_at`. */
export class SnakeCase extends DefaultNamingStrategy {
  override columnName(propertyName: string, customName: string | undefined, prefixes: string[]): string {
    return super.columnName(propertyName, customName ?? snakeCase(propertyName), prefixes);
  }
}

/** Written beside the live table while it is rebuilt. */
export type TableSuffix = '' | '__new';

export function tableOf(metadata: EntityMetadata, suffix: TableSuffix = ''): string {
  return `"${metadata.schema ?? 'read'}"."${metadata.tableName}${suffix}"`;
}

/** Key columns as SQL that orders alike on every server: text by its bytes. */
export function keyOrder(metadata: EntityMetadata): string {
  return metadata.primaryColumns.map((c) => `"${c.databaseName}"${c.type === 'text' ? ' COLLATE "C"' : ''}`).join(', ');
}

/** Rows as the projections made them: instants as RFC 3339 in UTC, dates as text, absent values null. `rest` is SQL after FROM. */
export async function selectRows<Row, Extra extends object = object>(
  on: EntityManager,
  entity: EntitySchema<Row>,
  rest: string,
  parameters: readonly unknown[],
  options: { readonly suffix?: TableSuffix; readonly extra?: string } = {},
): Promise<(Row & Extra)[]> {
  const metadata = on.connection.getMetadata(entity);
  const columns = metadata.columns.map((c) => `${readable(`"${c.databaseName}"`, c.type)} AS "${c.propertyName}"`);
  if (options.extra !== undefined) columns.push(options.extra);
  return ask(on, `SELECT ${columns.join(', ')} FROM ${tableOf(metadata, options.suffix)} ${rest}`, parameters);
}

/** An SQL expression: this transaction's commit does not wait for the disk. For what can be derived again. */
export const COMMIT_BEFORE_DISK = `set_config('synchronous_commit', 'off', true)`;

const statementNames = new Map<string, string>();

/** In a transaction by a statement that the server parses and plans once for each connection: a projection asks the same few all day. */
async function ask<Row>(on: EntityManager, sql: string, parameters: readonly unknown[]): Promise<Row[]> {
  const client: pg.PoolClient | undefined = await on.queryRunner?.connect();
  if (client === undefined) return on.query(sql, [...parameters]);
  let name = statementNames.get(sql);
  if (name === undefined) {
    name = `tegas-${createHash('sha256').update(sql).digest('base64url').slice(0, 24)}`;
    statementNames.set(sql, name);
  }
  try {
    return (await client.query({ name, text: sql, values: [...parameters] })).rows;
  } catch (error) {
    // As TypeORM says it, so that whoever asks need not know which way this went.
    throw new QueryFailedError(sql, [...parameters], error instanceof Error ? error : new Error(String(error)));
  }
}

const MOST_ROWS = 1000;

/** Inserts or replaces whole rows by their key, a thousand a statement. */
export async function upsertRows(
  on: EntityManager,
  entity: EntitySchema,
  rows: readonly object[],
  suffix: TableSuffix = '',
): Promise<void> {
  const metadata = on.connection.getMetadata(entity);
  const { columns } = metadata;
  const names = columns.map((c) => `"${c.databaseName}"`);
  const key = metadata.primaryColumns.map((c) => `"${c.databaseName}"`);
  const changes = names.filter((name) => !key.includes(name)).map((name) => `${name} = EXCLUDED.${name}`);
  // Every column travels as text and is cast at the server: unnest would flatten a column of arrays.
  const sql = `INSERT INTO ${tableOf(metadata, suffix)} (${names.join(', ')})
    SELECT ${columns.map((c, i) => `u.c${i}::${String(c.type)}${c.isArray ? '[]' : ''}`).join(', ')}
    FROM unnest(${columns.map((_, i) => `$${i + 1}::text[]`).join(', ')}) AS u(${columns.map((_, i) => `c${i}`).join(', ')})
    ON CONFLICT (${key.join(', ')}) DO ${changes.length === 0 ? 'NOTHING' : `UPDATE SET ${changes.join(', ')}`}`;
  for (let from = 0; from < rows.length; from += MOST_ROWS) {
    const some = rows.slice(from, from + MOST_ROWS) as readonly { readonly [property: string]: unknown }[];
    await ask(
      on,
      sql,
      columns.map((c) => some.map((row) => asText(row[c.propertyName], c.isArray))),
    );
  }
}

/** Inserts rows that are not there yet, by COPY: half the work of an upsert. In a transaction of the caller's. */
export async function copyRows(
  on: EntityManager,
  entity: EntitySchema,
  rows: readonly object[],
  suffix: TableSuffix = '',
): Promise<void> {
  if (rows.length === 0) return;
  const metadata = on.connection.getMetadata(entity);
  const columns = metadata.columns.map((c) => ({ name: c.propertyName, isArray: c.isArray }));
  const names = metadata.columns.map((c) => `"${c.databaseName}"`);
  const client: pg.PoolClient = await on.queryRunner?.connect();
  const copy = client.query(copyFrom(`COPY ${tableOf(metadata, suffix)} (${names.join(', ')}) FROM STDIN`));
  const lines = function* (): Generator<string> {
    for (let from = 0; from < rows.length; from += MOST_ROWS) {
      let text = '';
      for (const row of rows.slice(from, from + MOST_ROWS) as readonly { readonly [property: string]: unknown }[]) {
        for (let at = 0; at < columns.length; at += 1) {
          const column = columns[at];
          if (column === undefined) continue;
          const value = asText(row[column.name], column.isArray);
          text += (at === 0 ? '' : '\t') + (value === null ? '\\N' : copyEscaped(value));
        }
        text += '\n';
      }
      yield text;
    }
  };
  await pipeline(lines, copy);
}

function copyEscaped(text: string): string {
  return /[\\\n\r\t]/.test(text)
    ? text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('\r', '\\r').replaceAll('\t', '\\t')
    : text;
}

function readable(column: string, type: unknown): string {
  if (type === 'timestamptz') return `to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
  return type === 'date' ? `${column}::text` : column;
}

function asText(value: unknown, isArray: boolean): string | null {
  if (value === null || value === undefined) return null;
  if (isArray && Array.isArray(value)) return `{${value.map((v) => `"${String(v).replace(/["\\]/g, '\\$&')}"`).join(',')}}`;
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** `dueSoonAt` as a column: `due_soon_at`. */
export function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
