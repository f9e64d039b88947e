/** What a worklist says beside a case: how long is left, in words, and the act by which this official takes the case a step on. */
import type { Calendar } from '#domain/calendar/calendar.js';
import { kindOfDay } from '#domain/calendar/calendar.js';
import { type Day, parseDay } from '#domain/calendar/day.js';
import { availableActions } from '#domain/case/available-actions.js';
import type { CaseCommandType } from '#domain/case/commands.js';
import { type CommandContext, evaluateCase, requiredEvidenceReceived } from '#domain/case/policies.js';
import { commandSentences } from '#domain/case/sentences.js';
import type { CaseFile } from '#domain/case/state.js';
import type { ClockLength } from '#domain/clock/clock.js';
import { dayText } from '#domain/clock/explain-due.js';
import type { DateOn, Text } from '#domain/event.js';
import type { WorklistItem } from '#read-models/worklist.js';

export interface NextAct {
  readonly command: CaseCommandType;
  readonly sentence: Text;
  /** The question that decides, where the act is a finding. */
  readonly about?: Text;
}

/** The usual way of a case from stage to stage. The first of these that the official may do is theirs; undefined: it waits for another. */
const USUAL_WAY: readonly CaseCommandType[] = [
  'LodgeApplication',
  'BeginScreening',
  'AcceptAsComplete',
  'ReturnAsIncomplete',
  'ResumeScreening',
  'RecordPanelFinding',
  'RecommendDetermination',
  'ConvenePanel',
  'ApproveDetermination',
  'ReferCase',
  'ServeDetermination',
  'CloseCase',
  'AssignOfficer',
];

export function nextAct(state: CaseFile, context: CommandContext): NextAct | undefined {
  const allowed = new Set(availableActions(state, context).flatMap((action) => (action.allowed ? [action.command] : [])));
  const named = (command: CaseCommandType, about?: Text): NextAct => ({
    command,
    sentence: commandSentences[command],
    ...(about === undefined ? {} : { about }),
  });
  const { stage } = state.progress;
  const [capacity] = context.actor.capacities;
  if (stage === 'draft' && allowed.has('ReceiveEvidence') && capacity !== undefined)
    if (requiredEvidenceReceived({ ...context, state, capacity }) !== undefined) return named('ReceiveEvidence');
  if (stage === 'examination' && allowed.has('RecordFinding')) {
    const [fact] = evaluateCase(state, context.procedure, context).decisive;
    if (fact !== undefined) return named('RecordFinding', context.procedure.facts[fact]?.question);
  }
  // A case that has its officer waits for them, not for another.
  if (state.officer !== undefined) allowed.delete('AssignOfficer');
  const command = USUAL_WAY.find((usual) => allowed.has(usual));
  return command === undefined ? undefined : named(command);
}

/** `sisa 3 hari kerja`, `jatuh hari ini`, `lewat 2 hari`: counted in the unit of the clock, from the date of its office. */
export function leftInWords(dueOn: DateOn, today: DateOn, unit: ClockLength['unit'], calendar: Calendar): Text {
  const working = unit === 'working-days';
  const due = parseDay(dueOn);
  const now = parseDay(today);
  if (due === now) return { id: 'jatuh hari ini', en: 'due today' };
  const days = working ? workingDaysBetween(calendar, Math.min(due, now), Math.max(due, now)) : Math.abs(due - now);
  const id = `${days} hari${working ? ' kerja' : ''}`;
  const en = `${days}${working ? ' working' : ''} day${days === 1 ? '' : 's'}`;
  return due > now ? { id: `sisa ${id}`, en: `${en} left` } : { id: `lewat ${id}`, en: `${en} overdue` };
}

/** Of the days after `from`, up to and with `through`. */
function workingDaysBetween(calendar: Calendar, from: Day, through: Day): number {
  let count = 0;
  for (let day = from + 1; day <= through; day++) if (kindOfDay(calendar, day).working) count++;
  return count;
}

/** What must be known of a case before all else, most urgent first, in words. Its alerts: an indicator, the law about to act, the law having acted. */
export function alertsOf(item: Pick<WorklistItem, 'indicatedAt' | 'warnedAt' | 'lawActedAt' | 'nextDueOn'>): readonly Text[] {
  const alerts: Text[] = [];
  if (item.indicatedAt !== null)
    alerts.push({
      id: 'Indikasi perdagangan orang: tindakan penegakan tertahan sampai Anda memutuskannya',
      en: 'Trafficking indicator: enforcement is blocked until you decide on it',
    });
  if (item.lawActedAt !== null)
    alerts.push({ id: 'Hukum telah bertindak karena tenggat lewat', en: 'The law has acted: a clock ran out' });
  else if (item.warnedAt !== null && item.nextDueOn !== null) {
    const due = dayText(item.nextDueOn);
    alerts.push({ id: `Hukum akan bertindak setelah ${due.id}`, en: `The law will act after ${due.en}` });
  }
  return alerts;
}

/** How many referrals wait that tell of trafficking. */
export function alarmedReferrals(waiting: number): Text {
  return {
    id: `${waiting} pelimpahan dengan indikasi perdagangan orang menunggu: terima sebagai perkara, atau tutup dengan alasan`,
    en: `${waiting} referral${waiting === 1 ? '' : 's'} with a trafficking indicator waiting: accept as a case, or close with a reason`,
  };
}
