/**
 * Every read of personal data is a record: who, when, by which row of the policy table, of which cases and persons, and why they were shown
 * them. Kept in a table of its own that nothing rebuilds and nothing changes. What cannot be recorded is not shown.
 */
import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Pool } from 'pg';
import { catchError, defer, mergeMap, type Observable } from 'rxjs';
import { migrateReadRecords, recordRead } from '#audit/read-records.js';
import { CONFLICT_OF_INTEREST } from '#domain/case/conflict-of-interest.js';
import { type Code, type Id, type InstantAt, UUID } from '#domain/event.js';
import type { Actor } from '#domain/office/official.js';
import { type Act, policyTable } from '#domain/policy-table.js';
import { pageSize, readCursor, writeCursor } from '#read-models/projection.js';
import { Problem } from './problem-details.js';
import { ACT, NAMED_COMMAND, type SignedInRequest } from './sign-in.js';

/** Of a case: why its personal data were shown, or that they were withheld. */
export type Shown = 'own-work' | 'break-glass' | 'withheld';

export interface ReadRecord {
  readonly id: Id;
  readonly at: InstantAt;
  readonly official: Id;
  readonly act: Code;
  readonly route: string;
  /** Ids of the cases, persons, matches and referrals that were shown. */
  readonly subjects: readonly Id[];
  /** How many rows. */
  readonly rows: number;
  readonly shown: Shown | null;
  readonly accessId: Id | null;
  /** A command that was refused for a conflict of interest, by its code; null for a read. */
  readonly refused: Code | null;
  /** On what ground an operator read past the API; null for an official. */
  readonly ground: Code | null;
}

export interface ReadFilter {
  readonly officesInScope: readonly Code[];
  readonly official?: Id;
  readonly subject?: Id;
  readonly from?: InstantAt;
  readonly to?: InstantAt;
  readonly limit?: number;
  readonly after?: string;
}

/** Refusals that an auditor is to see: who tried to take a part in what they may not. */
const TOLD_REFUSALS: readonly string[] = [CONFLICT_OF_INTEREST, 'four-eyes', 'four-eyes-examiner'];

@Injectable()
export class ReadAudit implements NestInterceptor {
  constructor(
    private readonly reflector: Reflector,
    private readonly pool: Pool,
    private readonly actorOf: (official: string) => Actor,
  ) {}

  migrate(): Promise<void> {
    return migrateReadRecords(this.pool);
  }

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const handler = [context.getHandler(), context.getClass()];
    const act = this.reflector.getAllAndOverride<Act | typeof NAMED_COMMAND | undefined>(ACT, handler);
    const request = context.switchToHttp().getRequest<SignedInRequest>();
    const audited = act === undefined || act === NAMED_COMMAND ? undefined : policyTable[act].audited;
    const before = defer(async () => {
      if (audited === 'first') await this.record(request, String(act), seenIn(request, undefined));
    });
    return before.pipe(
      mergeMap(() => next.handle()),
      mergeMap(async (result: unknown) => {
        if (audited === true) await this.record(request, String(act), seenIn(request, result));
        return result;
      }),
      catchError(async (error: unknown) => {
        if (error instanceof Problem && TOLD_REFUSALS.includes(error.code))
          await this.record(request, String(act), { ...seenIn(request, undefined), rows: 0 }, error.code);
        throw error;
      }),
    );
  }

  private async record(request: SignedInRequest, act: string, seen: Seen, refused?: Code): Promise<void> {
    const official = request.official ?? '';
    const route = `${request.method} ${request.routeOptions.url ?? ''}`;
    const offices = this.actorOf(official).capacities.map(({ office }) => office);
    try {
      const told = refused === undefined ? {} : { refused };
      await recordRead(this.pool, { official, act, route, ...seen, ...told, offices });
    } catch (error) {
      console.error('api: a read was refused, for it could not be recorded:', error instanceof Error ? error.name : 'fault');
      throw new Problem(503, 'audit-away', {
        id: 'Pembacaan data pribadi tidak dapat dicatat, maka tidak ditampilkan. Coba lagi sebentar lagi.',
        en: 'The read of personal data cannot be recorded, so nothing is shown. Try again in a moment.',
      });
    }
  }

  /** The newest first. @throws BadCursor */
  async find(filter: ReadFilter): Promise<{ readonly items: readonly ReadRecord[]; readonly next?: string }> {
    const { officesInScope, official, subject, from, to, after } = filter;
    const parameters: unknown[] = [officesInScope];
    const put = (value: unknown): string => `$${parameters.push(value)}`;
    const where = ['offices && $1::text[]'];
    if (official !== undefined) where.push(`official = ${put(official)}`);
    if (subject !== undefined) where.push(`subjects @> ARRAY[${put(subject)}]::text[]`);
    if (from !== undefined) where.push(`at >= ${put(from)}::timestamptz`);
    if (to !== undefined) where.push(`at < ${put(to)}::timestamptz`);
    if (after !== undefined) {
      const [at, id] = readCursor(after, ['instant', 'uuid']);
      where.push(`(date_trunc('milliseconds', at), id) < (${put(at)}::timestamptz, ${put(id)}::uuid)`);
    }
    const limit = pageSize(filter.limit, 50);
    const { rows } = await this.pool.query<ReadRecord>(
      `SELECT id, to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS at, official, act, route, subjects, rows, shown,
         access_id AS "accessId", refused, ground
       FROM audit.reads WHERE ${where.join(' AND ')} ORDER BY date_trunc('milliseconds', at) DESC, id DESC LIMIT ${limit + 1}`,
      parameters,
    );
    const items = rows.slice(0, limit);
    const last = rows.length > limit ? items.at(-1) : undefined;
    return { items, ...(last === undefined ? {} : { next: writeCursor([last.at, last.id]) }) };
  }
}

interface Seen {
  readonly subjects: readonly Id[];
  readonly rows: number;
  readonly shown?: Shown;
  readonly accessId?: Id;
}

/** What an answer shows: of whom its path and rows speak, how many, and why. */
function seenIn(request: SignedInRequest, result: unknown): Seen {
  const { shown, accessId, items, ...whole } = (result ?? {}) as { readonly [member: string]: unknown };
  const ids = [request.params, whole, ...(Array.isArray(items) ? items : [])].flatMap(idsIn);
  return {
    subjects: [...new Set(ids)],
    rows: Array.isArray(items) ? items.length : 1,
    ...(isShown(shown) ? { shown } : {}),
    ...(typeof accessId === 'string' ? { accessId } : {}),
  };
}

const NAMING = ['caseId', 'personId', 'matchId', 'referralId', 'delegationId'];

function idsIn(of: unknown): readonly Id[] {
  if (typeof of !== 'object' || of === null) return [];
  const named = new Map<string, unknown>(Object.entries(of));
  return NAMING.flatMap((name) => {
    const id = named.get(name);
    // What a path says is not always an id: anything else someone may have typed there, a name or half a character, is not kept.
    return typeof id === 'string' && UUID.test(id) ? [id] : [];
  });
}

function isShown(shown: unknown): shown is Shown {
  return shown === 'own-work' || shown === 'break-glass' || shown === 'withheld';
}
