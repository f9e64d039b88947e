/** Lists: the worklist, the clocks, and what is published (procedures, offices). */
import { Controller, Get, Inject, Query, Req } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiBearerAuth, ApiQuery, ApiTags } from '@nestjs/swagger';
import { stageNames } from '#domain/case/state.js';
import { UUID } from '#domain/event.js';
import { CaseDesk } from '#event-store/case-desk.js';
import { explainParked, findParked } from '#read-models/parked.js';
import { malformed } from './problem-details.js';
import { FindClocks, FindWorklist, pageOf, refuseUnknown, type WorklistQuery } from './queries.js';
import { May, type SignedInRequest } from './sign-in.js';
import { OpenLogToken, type Tegas } from './tegas.js';

const GROUPS = ['beyond-repair', 'overdue', 'due-soon', 'later'] as const;
const CLOCK_STATUSES = ['running', 'suspended', 'stopped'] as const;

@ApiTags('lists')
@ApiBearerAuth()
@Controller()
export class ListsController {
  constructor(
    private readonly queries: QueryBus,
    private readonly desk: CaseDesk,
    @Inject(OpenLogToken) private readonly tegas: Tegas,
  ) {}

  @May('FindCases')
  @Get('worklist')
  @ApiQuery({ name: 'mine', required: false, description: 'true: only cases assigned to you' })
  @ApiQuery({ name: 'stage', required: false, enum: Object.keys(stageNames) })
  @ApiQuery({ name: 'procedure', required: false })
  @ApiQuery({ name: 'group', required: false, enum: [...GROUPS] })
  @ApiQuery({ name: 'escalated', required: false })
  @ApiQuery({ name: 'after', required: false, description: 'The `next` of the page before' })
  @ApiQuery({ name: 'limit', required: false })
  @ApiQuery({ name: 'atLeastPosition', required: false, description: 'Waits up to 2 s until the list shows this position' })
  @ApiQuery({ name: 'nextAct', required: false, description: 'true: with each case, the act by which you take it a step on' })
  async worklist(@Query() query: Record<string, string>, @Req() request: SignedInRequest) {
    refuseUnknown(query, ['mine', 'stage', 'procedure', 'group', 'escalated', 'after', 'limit', 'atLeastPosition', 'nextAct']);
    return this.queries.execute(new FindWorklist(request.official ?? '', worklistQuery(query)));
  }

  @May('FindCases')
  @Get('clocks')
  @ApiQuery({ name: 'status', required: false, enum: [...CLOCK_STATUSES] })
  @ApiQuery({ name: 'caseId', required: false })
  @ApiQuery({ name: 'overdue', required: false })
  @ApiQuery({ name: 'byLaw', required: false, description: 'true: only what lapses or is granted by silence, first due first' })
  @ApiQuery({
    name: 'days',
    required: false,
    description: 'With byLaw: only what is due within so many days, 30 unless given; all: without end. `beyond` counts the rest',
  })
  @ApiQuery({ name: 'office', required: false, description: 'Only clocks that this office owns' })
  @ApiQuery({ name: 'after', required: false })
  @ApiQuery({ name: 'limit', required: false })
  @ApiQuery({ name: 'atLeastPosition', required: false })
  async clocks(@Query() query: Record<string, string>, @Req() request: SignedInRequest) {
    refuseUnknown(query, ['status', 'caseId', 'overdue', 'byLaw', 'days', 'office', 'after', 'limit', 'atLeastPosition']);
    const status = oneOf('status', query.status, CLOCK_STATUSES);
    const overdue = flag('overdue', query.overdue);
    const byLaw = flag('byLaw', query.byLaw);
    const days = byLaw === true ? horizon(query.days) : undefined;
    if (byLaw !== true && query.days !== undefined) throw malformed([{ path: 'days', fault: 'goes with byLaw=true' }]);
    const { caseId, office } = query;
    if (office !== undefined && !this.desk.registry.state.offices.has(office))
      throw malformed([{ path: 'office', fault: 'must be an office’s code' }]);
    if (caseId !== undefined && !UUID.test(caseId)) throw malformed([{ path: 'caseId', fault: 'must be a case’s id' }]);
    return this.queries.execute(
      new FindClocks(request.official ?? '', {
        ...pageOf(query),
        ...(status === undefined ? {} : { status }),
        ...(caseId === undefined ? {} : { caseId }),
        ...(overdue === undefined ? {} : { overdue }),
        ...(byLaw === undefined ? {} : { byLaw }),
        ...(days === undefined ? {} : { days }),
        ...(office === undefined ? {} : { office }),
      }),
    );
  }

  /** Every published version, with the legal numbers, their basis and how sure they are. */
  @May('ReadLaw')
  @Get('procedures')
  procedures(@Query() query: Record<string, string>) {
    refuseUnknown(query, []);
    return { items: [...this.desk.registry.state.procedures.values()].flat() };
  }

  @May('ReadLaw')
  @Get('offices')
  offices(@Query() query: Record<string, string>) {
    refuseUnknown(query, []);
    return { items: [...this.desk.registry.state.offices.values()] };
  }

  /** The officials of the register and what they act as today: whose name stands behind a login, and whom a case can be assigned to. */
  @May('ReadLaw')
  @Get('officials')
  officials(@Query() query: Record<string, string>) {
    refuseUnknown(query, []);
    const at = this.tegas.time.now();
    const { officials } = this.desk.registry.state;
    return { items: [...officials.values()].map(({ id, name }) => ({ ...this.shown(id, at), name })) };
  }

  /** What read models set aside, and why; `npx tegas parked` replays it. Ids and types only. */
  @May('WatchQueue')
  @Get('parked')
  async parked(@Query() query: Record<string, string>) {
    refuseUnknown(query, []);
    const items = await findParked(this.tegas.readModels);
    return { items: items.map((item) => ({ ...item, reason: explainParked(item) })) };
  }

  /** Who is signed in, and in which roles they act today. */
  @May('ReadOwn')
  @Get('me')
  me(@Query() query: Record<string, string>, @Req() request: SignedInRequest) {
    refuseUnknown(query, []);
    return this.shown(request.official ?? '', this.tegas.time.now());
  }

  private shown(official: string, at: string) {
    const { id, capacities } = this.desk.actor(official, at);
    return { id, capacities };
  }
}

/** The worklist's filters, checked. @throws Problem 400 */
export function worklistQuery(query: Record<string, string>): WorklistQuery {
  const { stage, procedure } = query;
  const nextAct = flag('nextAct', query.nextAct);
  const group = oneOf('group', query.group, GROUPS);
  const escalated = flag('escalated', query.escalated);
  const mine = flag('mine', query.mine);
  oneOf('stage', stage, Object.keys(stageNames));
  if (procedure !== undefined && !/^[A-Z-]{1,40}$/.test(procedure))
    throw malformed([{ path: 'procedure', fault: 'must be a procedure’s code' }]);
  return {
    ...pageOf(query),
    ...(mine === undefined ? {} : { mine }),
    ...(stage === undefined ? {} : { stage }),
    ...(procedure === undefined ? {} : { procedure }),
    ...(group === undefined ? {} : { group }),
    ...(escalated === undefined ? {} : { escalated }),
    ...(nextAct === undefined ? {} : { nextAct }),
  };
}

/** How far ahead the queue of the law looks: a birthday years ahead does not stand between what lapses this month. */
const USUAL_DAYS = 30;

/** Days; undefined: without end. @throws Problem 400 */
function horizon(days: string | undefined): number | undefined {
  if (days === 'all') return undefined;
  if (days === undefined) return USUAL_DAYS;
  if (!/^[1-9]\d{0,4}$/.test(days)) throw malformed([{ path: 'days', fault: 'must be a whole number from 1 to 99999, or all' }]);
  return Number(days);
}

export function oneOf<T extends string>(path: string, value: string | undefined, known: readonly T[]): T | undefined {
  if (value === undefined) return undefined;
  const found = known.find((k) => k === value);
  if (found === undefined) throw malformed([{ path, fault: `must be one of ${known.join(', ')}` }]);
  return found;
}

export function flag(path: string, value: string | undefined): boolean | undefined {
  const found = oneOf(path, value, ['true', 'false']);
  return found === undefined ? undefined : found === 'true';
}
