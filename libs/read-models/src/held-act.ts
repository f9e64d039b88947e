/** Acts that are held before they take effect: by this table, not by a timer, the worker knows whose time has come. */
import { type DataSource, EntitySchema } from 'typeorm';
import type { HeldAct } from '#domain/case/held-act.js';
import { assertNever, type Code, type Id, type InstantAt } from '#domain/event.js';
import type { Position } from '#event-store/port.js';
import type { HeldStreamEvent, Projection } from './projection.js';
import { selectRows } from './rows.js';

export interface HeldActRow {
  readonly heldId: Id;
  readonly caseId: Id;
  readonly official: Id;
  readonly act: Code;
  readonly at: InstantAt;
  readonly until: InstantAt;
  readonly status: HeldAct['status'];
  readonly ground: Code | null;
  readonly position: Position;
}

const HeldActEntity = new EntitySchema<HeldActRow>({
  name: 'held_act',
  schema: 'read',
  columns: {
    heldId: { type: 'uuid', primary: true },
    caseId: { type: 'uuid' },
    official: { type: 'text' },
    act: { type: 'text' },
    at: { type: 'timestamptz' },
    until: { type: 'timestamptz' },
    status: { type: 'text' },
    ground: { type: 'text', nullable: true },
    position: { type: 'bigint' },
  },
});

type HeldRows = { readonly held_act: readonly HeldActRow[] };

export const heldActProjection: Projection<HeldRows, HeldStreamEvent> = {
  name: 'held_act',
  tables: { held_act: HeldActEntity },
  streamPrefixes: ['held-'],
  fold({ held_act: rows }, event) {
    const { position, caseId } = event;
    const ended = (status: HeldAct['status'], ground: Code | null = null): HeldRows => ({
      held_act: rows.map((row) => (row.heldId === event.data.heldId ? { ...row, status, ground, position } : row)),
    });
    switch (event.type) {
      case 'ActHeld': {
        const { heldId, by: official, act, at, until } = event.data;
        return { held_act: [...rows, { heldId, caseId, official, act, at, until, status: 'held', ground: null, position }] };
      }
      case 'HeldActRecalled':
        return ended('recalled');
      case 'HeldActReleased':
        return ended('released');
      case 'HeldActTookEffect':
        return ended('effective');
      case 'HeldActDropped':
        return ended('dropped', event.data.ground);
      default:
        return assertNever(event);
    }
  },
};

/** Acts whose time has come, and those that were released and not carried out; the oldest first. */
export function findHeldDue(dataSource: DataSource, at: InstantAt, limit: number): Promise<readonly HeldActRow[]> {
  return selectRows(
    dataSource.manager,
    HeldActEntity,
    `WHERE status IN ('held', 'released') AND until <= $1::timestamptz ORDER BY until, held_id LIMIT ${limit}`,
    [at],
  );
}

/** What is sent and has not taken effect, of these cases; by case. One act of a case is held at a time. */
export async function findHeldIn(dataSource: DataSource, caseIds: readonly Id[]): Promise<ReadonlyMap<Id, HeldActRow>> {
  if (caseIds.length === 0) return new Map();
  const rows = await selectRows(
    dataSource.manager,
    HeldActEntity,
    `WHERE status IN ('held', 'released') AND case_id = ANY($1::uuid[])`,
    [caseIds],
  );
  return new Map(rows.map((row) => [row.caseId, row]));
}
