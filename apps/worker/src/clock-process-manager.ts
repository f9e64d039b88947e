/**
 * Deadlines: what the clock board says is due is announced in the case's clocks stream, once. Alarms make it prompt, the sweep makes it
 * certain; both only ask the desk, which decides from the streams.
 */
import type { CaseDesk } from '#event-store/case-desk.js';
import { commandIdOf } from '#event-store/envelope.js';
import type { Time } from '#event-store/time.js';
import { findAlarmsToSet, findDueClocks } from '#read-models/clock-board.js';
import type { ReadModels } from '#read-models/data-source.js';
import type { Alarm, Alarms } from './alarms.js';

const ALARM_HORIZON_MS = 7 * 24 * 3_600_000;
const ALARMS_AT_ONCE = 5000;
const SWEPT_AT_ONCE = 500;

export class ClockProcessManager {
  private alarms: Alarms | undefined;
  private readonly alreadySet = new Set<string>();
  private settingAlarms = false;
  private sweeping = false;

  constructor(
    private readonly desk: CaseDesk,
    private readonly source: ReadModels,
    private readonly time: Time,
  ) {}

  useAlarms(alarms: Alarms): void {
    this.alarms = alarms;
  }

  /** An alarm rang, or the sweep found a clock: the same question either way. */
  readonly ring = async ({ caseId, clockId, dueAt }: Alarm): Promise<void> => {
    // By the id of the due date, so that a second alarm, or a second worker, gets the first answer.
    await this.desk.announceDue(caseId, clockId, dueAt, this.time.now(), commandIdOf('clocks', `${caseId}/${clockId}/${dueAt}`));
  };

  /** Announces every clock that ran out, however its alarm was lost. Answers how many it found. */
  async sweep(): Promise<number> {
    if (this.sweeping) return 0;
    this.sweeping = true;
    try {
      const due = await findDueClocks(this.source, this.time.now(), SWEPT_AT_ONCE);
      for (const clock of due) await this.ring(clock);
      return due.length;
    } finally {
      this.sweeping = false;
    }
  }

  /** Sets an alarm for each clock that will run out within the horizon and has none yet. */
  async setAlarms(): Promise<void> {
    if (this.alarms === undefined || this.settingAlarms) return;
    this.settingAlarms = true;
    try {
      const now = Date.parse(this.time.now());
      const horizon = new Date(now + ALARM_HORIZON_MS).toISOString();
      for (const clock of await findAlarmsToSet(this.source, horizon, { limit: ALARMS_AT_ONCE })) {
        const key = `${clock.caseId}/${clock.clockId}@${clock.dueAt}`;
        if (this.alreadySet.has(key)) continue;
        await this.alarms.set(clock, Date.parse(clock.dueAt) - now);
        this.alreadySet.add(key);
      }
    } finally {
      this.settingAlarms = false;
    }
  }
}
