/** Cases that were opened for a reason by whose work they are not: who, until when, and what the review said. Why stands in the streams alone. */
import { type DataSource, EntitySchema } from 'typeorm';
import { referenceOf } from '#domain/case/reference.js';
import { assertNever, type Code, type Id, type InstantAt } from '#domain/event.js';
import type { Position } from '#event-store/port.js';
import { type GlassStreamEvent, type Projection, pageSize, readCursor, writeCursor } from './projection.js';
import { selectRows } from './rows.js';

export interface GlassRow {
  readonly accessId: Id;
  readonly caseId: Id;
  readonly reference: string;
  readonly official: Id;
  readonly at: InstantAt;
  readonly until: InstantAt;
  /** Whose supervisor was told. */
  readonly office: Code;
  readonly told: readonly Id[];
  readonly verdict: Code | null;
  readonly reviewedBy: Id | null;
  readonly reviewedAt: InstantAt | null;
  readonly position: Position;
}

const GlassEntity = new EntitySchema<GlassRow>({
  name: 'glass',
  schema: 'read',
  columns: {
    accessId: { type: 'uuid', primary: true },
    caseId: { type: 'uuid' },
    reference: { type: 'text' },
    official: { type: 'text' },
    at: { type: 'timestamptz' },
    until: { type: 'timestamptz' },
    office: { type: 'text' },
    told: { type: 'text', array: true },
    verdict: { type: 'text', nullable: true },
    reviewedBy: { type: 'text', nullable: true },
    reviewedAt: { type: 'timestamptz', nullable: true },
    position: { type: 'bigint' },
  },
});

type GlassRows = { readonly glass: readonly GlassRow[] };

export const glassProjection: Projection<GlassRows, GlassStreamEvent> = {
  name: 'glass',
  tables: { glass: GlassEntity },
  streamPrefixes: ['glass-'],
  fold({ glass }, event) {
    const { position, caseId } = event;
    switch (event.type) {
      case 'GlassBroken': {
        const { accessId, by, at, until, office, told } = event.data;
        const unreviewed = { verdict: null, reviewedBy: null, reviewedAt: null };
        const row = { accessId, caseId, reference: referenceOf(caseId), official: by, at, until, office, told };
        return { glass: [...glass, { ...row, ...unreviewed, position }] };
      }
      case 'GlassSeen':
        return { glass };
      case 'GlassReviewed': {
        const { accessId, by, at, verdict } = event.data;
        return {
          glass: glass.map((row) => {
            if (row.accessId !== accessId) return row;
            const until = verdict === 'unjustified' && at < row.until ? at : row.until;
            return { ...row, until, verdict, reviewedBy: by, reviewedAt: at, position };
          }),
        };
      }
      default:
        return assertNever(event);
    }
  },
};

export interface GlassFilter {
  readonly officesInScope: readonly Code[];
  /** `waiting`: nobody has reviewed it; `open`: it may be read under it at `at`. */
  readonly status?: 'waiting' | 'open';
  readonly at: InstantAt;
  readonly limit?: number;
  readonly after?: string;
}

export interface GlassPage {
  readonly items: readonly GlassRow[];
  /** Absent on the last page. */
  readonly next?: string;
}

/** The newest first. @throws BadCursor */
export async function findGlass(dataSource: DataSource, filter: GlassFilter): Promise<GlassPage> {
  const parameters: unknown[] = [filter.officesInScope];
  const put = (value: unknown): string => `$${parameters.push(value)}`;
  const where = ['office = ANY($1::text[])'];
  if (filter.status === 'waiting') where.push('reviewed_at IS NULL');
  if (filter.status === 'open') where.push(`until > ${put(filter.at)}::timestamptz`);
  if (filter.after !== undefined) {
    const [at, id] = readCursor(filter.after, ['instant', 'uuid']);
    where.push(`(at, access_id) < (${put(at)}::timestamptz, ${put(id)}::uuid)`);
  }
  const limit = pageSize(filter.limit, 50);
  const rows = await selectRows(
    dataSource.manager,
    GlassEntity,
    `WHERE ${where.join(' AND ')} ORDER BY at DESC, access_id DESC LIMIT ${limit + 1}`,
    parameters,
  );
  const items = rows.slice(0, limit);
  const last = rows.length > limit ? items.at(-1) : undefined;
  return { items, ...(last === undefined ? {} : { next: writeCursor([last.at, last.accessId]) }) };
}
