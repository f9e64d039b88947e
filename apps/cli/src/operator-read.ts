/**
 * Who shows a person's data on a terminal or writes them to a file is recorded like an official who reads them: the user of the machine, and on
 * what ground. What cannot be recorded is not shown.
 */
import { userInfo } from 'node:os';
import { InvalidArgumentError } from 'commander';
import type pg from 'pg';
import { migrateReadRecords, type ReadToRecord, recordRead } from '#audit/read-records.js';
import type { Registry } from '#event-store/registry.js';

/** A code: a sentence might say whom it is about, in a table that is never changed. @throws InvalidArgumentError */
export function ground(text: string): string {
  if (!/^[a-z][a-z0-9-]{0,59}$/.test(text))
    throw new InvalidArgumentError('It must be a code of small letters, digits and hyphens, as subject-access.');
  return text;
}

/** Every auditor may see it: an operator reads from no office. */
export async function recordOperatorRead(
  pool: pg.Pool,
  read: Omit<ReadToRecord, 'official' | 'offices'>,
  { state }: Pick<Registry, 'state'>,
): Promise<void> {
  await migrateReadRecords(pool);
  await recordRead(pool, { ...read, official: `os:${nameOfUser()}`, offices: [...state.offices.keys()] });
}

/** In a container a user may have a number and no name. */
function nameOfUser(): string {
  try {
    return userInfo().username;
  } catch {
    return String(process.getuid?.() ?? 'unknown');
  }
}
