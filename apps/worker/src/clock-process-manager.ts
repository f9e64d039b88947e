/**
 * Deadlines: what the clock board says is due is announced in the case's clocks stream, once. Alarms make it prompt, the sweep makes it
 * certain; both only ask the desk, which decides from the streams.
 */
import { dateIn, zoneOf } from '#domain/case/clock-events.js';
import type { Id, InstantAt } from '#domain/event.js';
import { coversDate } from '#domain/office/office.js';
import type { CaseDesk } from '#event-store/case-desk.js';
import type { CommandOutcome } from '#event-store/handle-command.js';
import { comparePositions, type Position } from '#event-store/port.js';
import { sideBySide } from '#event-store/together.js';
import {
  findClocksInShare,
  findClocksToldTo,
  findSharesDue,
  type PendingClock,
  type PendingStep,
  type ShareOfDue,
} from '#read-models/clock-board.js';
import type { ReadModels } from '#read-models/data-source.js';
import type { Alarm, Alarms } from './alarms.js';

/** Below 2^31 ms, the longest a timer can wait. What is due later gets its alarm by a later look. */
const HORIZON_MS = 20 * 24 * 3_600_000;
const LOOK_FOR_ACTING_MS = 60_000;
const MOST_REMEMBERED = 50_000;
/** Their reads and appends are gathered into few statements; so few that officers find their place between them. */
export const CLOCKS_SIDE_BY_SIDE = 64;

export class ClockProcessManager {
  private alarms: Alarms | undefined;
  /** The attempt under which alarms are set: another each time that time itself was moved. */
  private attempt = 1;
  /** What the queue was given since all alarms were set last: most clocks of a day share an alarm. What it forgets meanwhile the sweep finds. */
  private readonly given = new Set<string>();

  /** By clock: where the log stood once this process had announced it. A board that shows less lists it as due still. Forgotten, it costs a look. */
  private readonly announced = new Map<string, Position>();

  /** When the steps that await those in whose place someone acts were looked for last, by delegation. */
  private readonly lookedAt = new Map<Id, number>();

  constructor(
    private readonly desk: CaseDesk,
    private readonly readModels: ReadModels,
    private readonly now: () => InstantAt,
  ) {}

  /** Undefined: there is no queue; the sweep alone finds what is due. */
  useAlarms(alarms: Alarms | undefined): void {
    this.alarms = alarms;
    this.given.clear();
  }

  /** Time was moved (a demo): alarms that are set count from the time before, and are set anew by the next `setAlarms`. */
  timeMoved(): void {
    this.attempt += 1;
    this.given.clear();
  }

  /**
   * An alarm rang: every clock of its share is announced. One that rang before its time, because time was moved back, is set anew.
   * @throws what kept a clock from being announced, after all others were: the queue rings again.
   */
  readonly ring = async (alarm: Alarm): Promise<void> => {
    this.given.delete(keyOf(alarm));
    if (this.now() < alarm.dueAt) return this.alarms?.set([{ ...alarm, attempt: alarm.attempt + 1 }], this.now());
    const faults: unknown[] = [];
    await sideBySide(await findClocksInShare(this.readModels, alarm), CLOCKS_SIDE_BY_SIDE, async (clock) => {
      await this.announce(clock).catch((error: unknown) => faults.push(error));
    });
    if (faults.length > 0) throw faults[0];
  };

  /** Lets the law act on a clock that ran out, or says in the clocks stream that it did, unless that was said. Answers 'announced' or the rejection's code. */
  async announce({ caseId, clockId, dueAt, position }: PendingClock): Promise<string> {
    const clock = `${caseId}/${clockId}`;
    const said = this.announced.get(clock);
    // Alarms and sweep meet in the middle: what one has announced the other still finds due while the board is behind.
    if (said !== undefined && comparePositions(position, said) < 0) return 'already-announced';
    const outcome = await this.desk.announceDue(caseId, clockId, dueAt, this.now());
    if (outcome.kind === 'accepted') {
      if (this.announced.size >= MOST_REMEMBERED) this.announced.clear();
      this.announced.set(clock, outcome.position);
    }
    return answerOf(outcome, 'announced');
  }

  /** Tells the supervisor that the law will act on a clock, unless that was told. Answers 'warned' or the rejection's code. */
  async warn({ caseId, clockId, dueAt }: PendingClock): Promise<string> {
    return answerOf(await this.desk.warnDue(caseId, clockId, dueAt, this.now()), 'warned');
  }

  /** Tells that the law has acted on a clock, unless that was told. Answers 'told' or the rejection's code. */
  async tellLawActed({ caseId, clockId, dueAt }: PendingClock): Promise<string> {
    return answerOf(await this.desk.tellLawActed(caseId, clockId, dueAt, this.now()), 'told');
  }

  /** Tells the steps of a clock's ladder that have fallen. Answers 'told' or the rejection's code. */
  async climb({ caseId, clockId, dueAt, stepAt }: PendingStep): Promise<string> {
    return answerOf(await this.desk.climb(caseId, clockId, dueAt, stepAt, this.now()), 'told');
  }

  /** Tells the officer whose case it is now what was told of a clock before, unless they were told. Answers 'told' or the rejection's code. */
  async passToOfficer({ caseId, clockId }: PendingClock): Promise<string> {
    return answerOf(await this.desk.passToOfficer(caseId, clockId, this.now()), 'told');
  }

  /**
   * Whoever acts in another's place since is told the steps that await that other, from the first day on. Looked for once a minute for each time a
   * role is lent: what the lists had not shown yet, or failed, is found by the next look. Answers how many were told.
   */
  async passToActing(): Promise<number> {
    const { officials, offices } = this.desk.registry.state;
    const at = this.now();
    let told = 0;
    for (const { id: acting, delegations } of officials.values())
      for (const { delegationId, holder, role, office, from, to } of delegations) {
        const looked = Date.now() - (this.lookedAt.get(delegationId) ?? 0) < LOOK_FOR_ACTING_MS;
        if (looked || !coversDate({ from, to }, dateIn(zoneOf(offices, office), at))) continue;
        this.lookedAt.set(delegationId, Date.now());
        const who = { acting, holder, role, office };
        await sideBySide(await findClocksToldTo(this.readModels, who), CLOCKS_SIDE_BY_SIDE, async ({ caseId, clockId }) => {
          try {
            if ((await this.desk.passToActing(caseId, clockId, who, at)).kind === 'accepted') told += 1;
          } catch (error) {
            console.error(`worker: passing on to ${acting},`, error instanceof Error ? error.message : error);
          }
        });
      }
    return told;
  }

  /** Sets the alarms of all clocks that run out within the horizon; with `caseIds`, of theirs, where they were not set. Answers how many. */
  async setAlarms(caseIds?: readonly Id[]): Promise<number> {
    if (this.alarms === undefined || caseIds?.length === 0) return 0;
    const now = this.now();
    const horizon = new Date(Date.parse(now) + HORIZON_MS).toISOString();
    // The sweep begins with the first cases, so alarms begin with the last: at a midnight of thousands they meet in the middle.
    const due = await findSharesDue(this.readModels, horizon, caseIds);
    if (caseIds === undefined) this.given.clear();
    const shares = due.filter((share) => !this.given.has(keyOf(share)));
    if (shares.length === 0) return 0;
    await this.alarms.set(
      shares.map((share) => ({ ...share, attempt: this.attempt })),
      now,
    );
    for (const share of shares) this.given.add(keyOf(share));
    return shares.length;
  }
}

/** What was done, or the code of the rejection. */
function answerOf(outcome: CommandOutcome, done: string): string {
  return outcome.kind === 'rejected' ? outcome.rejection.code : done;
}

function keyOf({ dueAt, share }: ShareOfDue): string {
  return `${dueAt}/${share}`;
}
