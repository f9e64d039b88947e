/** The custody register: which original of whose case which office holds since when, and to whom in which part it went back. No number, no name. */
import { type DataSource, EntitySchema } from 'typeorm';
import { referenceOf } from '#domain/case/reference.js';
import type { Code, DateOn, Id } from '#domain/event.js';
import type { Position } from '#event-store/port.js';
import { type CaseStreamEventOf, type Projection, pageSize, readCursor, type TypesOf, writeCursor } from './projection.js';
import { selectRows } from './rows.js';

export interface CustodyRow {
  readonly caseId: Id;
  readonly custodyId: Id;
  readonly reference: string;
  /** The number of its receipt within the case. */
  readonly receipt: Code;
  readonly paper: Code;
  /** Who holds it, or held it. */
  readonly office: Code;
  readonly takenOn: DateOn;
  readonly takenBy: Id;
  readonly returnedOn: DateOn | null;
  readonly returnedTo: Code | null;
  readonly returnedBy: Id | null;
  readonly position: Position;
}

const CustodyEntity = new EntitySchema<CustodyRow>({
  name: 'custody',
  schema: 'read',
  columns: {
    caseId: { type: 'uuid', primary: true },
    custodyId: { type: 'text', primary: true },
    reference: { type: 'text' },
    receipt: { type: 'text' },
    paper: { type: 'text' },
    office: { type: 'text' },
    takenOn: { type: 'date' },
    takenBy: { type: 'text' },
    returnedOn: { type: 'date', nullable: true },
    returnedTo: { type: 'text', nullable: true },
    returnedBy: { type: 'text', nullable: true },
    position: { type: 'bigint' },
  },
});

type CustodyRows = { readonly custody: readonly CustodyRow[] };

type CustodyEvent = CaseStreamEventOf<'OriginalTaken' | 'OriginalReturned'>;

export const custodyProjection: Projection<CustodyRows, CustodyEvent> = {
  name: 'custody',
  tables: { custody: CustodyEntity },
  streamPrefixes: ['case-'],
  types: { OriginalTaken: true, OriginalReturned: true } satisfies TypesOf<CustodyEvent>,
  fold(rows, event) {
    const { caseId, position } = event;
    if (event.type === 'OriginalTaken') {
      const { custodyId, receipt, paper, office, takenOn, by: takenBy } = event.data;
      const held = { returnedOn: null, returnedTo: null, returnedBy: null };
      const row = {
        caseId,
        custodyId,
        reference: referenceOf(caseId),
        receipt,
        paper,
        office,
        takenOn,
        takenBy,
        ...held,
        position,
      };
      return { custody: [...rows.custody, row] };
    }
    const { custodyId, returnedOn, to: returnedTo, by: returnedBy } = event.data;
    return {
      custody: rows.custody.map((row) =>
        row.custodyId === custodyId ? { ...row, returnedOn, returnedTo, returnedBy, position } : row,
      ),
    };
  },
};

export interface CustodyFilter {
  /** Offices that hold or held it. */
  readonly officesInScope: readonly Code[];
  readonly office?: Code;
  readonly paper?: Code;
  /** Only those that were given back; only those that are held unless told. */
  readonly returned?: boolean;
  readonly limit?: number;
  readonly after?: string;
}

export interface CustodyPage {
  readonly items: readonly CustodyRow[];
  /** Absent on the last page. */
  readonly next?: string;
}

/** Those held longest first. @throws BadCursor */
export async function findCustody(dataSource: DataSource, filter: CustodyFilter): Promise<CustodyPage> {
  const parameters: unknown[] = [filter.officesInScope];
  const put = (value: unknown): string => `$${parameters.push(value)}`;
  const where = ['office = ANY($1::text[])', `returned_on IS ${filter.returned === true ? 'NOT NULL' : 'NULL'}`];
  if (filter.office !== undefined) where.push(`office = ${put(filter.office)}`);
  if (filter.paper !== undefined) where.push(`paper = ${put(filter.paper)}`);
  if (filter.after !== undefined) {
    const [takenOn, caseId, custodyId] = readCursor(filter.after, ['date', 'uuid', 'code']);
    where.push(`(taken_on, case_id, custody_id) > (${put(takenOn)}::date, ${put(caseId)}::uuid, ${put(custodyId)})`);
  }
  const limit = pageSize(filter.limit, 50);
  const rows = await selectRows(
    dataSource.manager,
    CustodyEntity,
    `WHERE ${where.join(' AND ')} ORDER BY taken_on, case_id, custody_id LIMIT ${limit + 1}`,
    parameters,
  );
  const items = rows.slice(0, limit);
  const last = rows.length > limit ? items.at(-1) : undefined;
  return { items, ...(last === undefined ? {} : { next: writeCursor([last.takenOn, last.caseId, last.custodyId]) }) };
}
