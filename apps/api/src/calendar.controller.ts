/** The calendar: read by everyone, made anew by administrators when a decree is published, after a look at what it moves. */
import { Body, Controller, Get, Headers, HttpCode, Inject, Post, Query, Req } from '@nestjs/common';
import { Command, CommandBus, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { ApiBearerAuth, ApiBody, ApiHeader, ApiTags } from '@nestjs/swagger';
import { CalendarError, calendarChanges } from '#domain/calendar/calendar.js';
import { type CalendarSubmission, calendarWith, publishCalendar, refuseCalendar } from '#event-store/calendar-desk.js';
import { CaseDesk } from '#event-store/case-desk.js';
import { commandIdOf } from '#event-store/envelope.js';
import type { CommandOutcome } from '#event-store/handle-command.js';
import { actedEarlyBy, clocksMovedBy, type EarlyAct, type MovedClock } from '#read-models/recalculation.js';
import { checkedKey, keyReused, officialOf } from './case.controller.js';
import { malformed, problemOf } from './problem-details.js';
import { refuseUnknown } from './queries.js';
import { May, type SignedInRequest } from './sign-in.js';
import { OpenLogToken, type Tegas } from './tegas.js';

/** What an answer names at the most; `cases`, `clocks` and `actedEarly` count all. */
const MOST_NAMED = 1000;

export class PublishCalendar extends Command<CommandOutcome> {
  constructor(readonly submission: CalendarSubmission) {
    super();
  }
}

@CommandHandler(PublishCalendar)
export class PublishCalendarHandler implements ICommandHandler<PublishCalendar> {
  constructor(private readonly desk: CaseDesk) {}

  execute({ submission }: PublishCalendar): Promise<CommandOutcome> {
    return publishCalendar(this.desk, submission);
  }
}

@ApiTags('calendar')
@ApiBearerAuth()
@Controller('calendar')
export class CalendarController {
  constructor(
    private readonly commands: CommandBus,
    private readonly desk: CaseDesk,
    @Inject(OpenLogToken) private readonly tegas: Tegas,
  ) {}

  /** The calendar in force: holidays and collective leave by year, each with its decree. */
  @May('ReadLaw')
  @Get()
  inForce(@Query() query: Record<string, string>) {
    refuseUnknown(query, []);
    return this.desk.calendar();
  }

  /** Years of a decree; every open clock that they touch is computed anew, by an event of its case. */
  @May('PublishCalendar')
  @Post()
  @ApiHeader({ name: 'Idempotency-Key', required: false })
  @ApiBody({ schema: { type: 'object', description: '`{ "years": { "2027": … } }`, as in data/calendar-id.json.' } })
  async publish(@Body() body: unknown, @Headers('idempotency-key') key: string | undefined, @Req() request: SignedInRequest) {
    const actorId = officialOf(request);
    const outcome = await this.commands.execute(
      new PublishCalendar({
        content: checked(body),
        actorId,
        at: this.tegas.time.now(),
        commandId: commandIdOf(actorId, `calendar ${checkedKey(key)}`),
      }),
    );
    if (outcome.kind === 'rejected') throw problemOf(outcome.rejection);
    if (outcome.kind !== 'accepted') throw keyReused();
    return { version: this.desk.calendar().version, position: outcome.position };
  }

  /** What publishing these years would change, and which open clocks it would move: from when to when, and by which decrees; and where the law has acted already and would not have yet. Changes nothing. */
  @May('TryCalendar')
  @Post('dry-run')
  @HttpCode(200)
  @ApiBody({ schema: { type: 'object', description: '`{ "years": { "2027": … } }`, as in data/calendar-id.json.' } })
  async dryRun(@Body() body: unknown) {
    const at = this.tegas.time.now();
    const proposed = withYears(this.desk, checked(body));
    const wrong = refuseCalendar(this.desk, this.desk.calendar(), proposed, at);
    if (wrong !== undefined) throw problemOf(wrong);
    const { calendar } = proposed;
    const moved: MovedClock[] = [];
    const cases = new Set<string>();
    let clocks = 0;
    for await (const clock of clocksMovedBy(this.tegas.readModels, this.desk, calendar, at)) {
      clocks += 1;
      cases.add(clock.caseId);
      if (moved.length < MOST_NAMED) moved.push(clock);
    }
    const early: EarlyAct[] = [];
    for await (const act of actedEarlyBy(this.tegas.readModels, this.desk, calendar, at)) early.push(act);
    return {
      version: calendar.version,
      changes: calendarChanges(this.desk.calendar(), calendar),
      cases: cases.size,
      clocks,
      moved,
      actedEarly: early.length,
      early: early.slice(0, MOST_NAMED),
    };
  }
}

function checked(body: unknown): object {
  if (typeof body === 'object' && body !== null && !Array.isArray(body)) return body;
  throw malformed([{ path: '(body)', fault: 'must be a calendar: { "years": … }' }]);
}

function withYears(desk: CaseDesk, content: object) {
  try {
    return calendarWith(desk.calendar(), content);
  } catch (error) {
    if (!(error instanceof CalendarError)) throw error;
    throw malformed(error.problems.map(({ path, problem }) => ({ path, fault: problem.en, text: problem })));
  }
}
