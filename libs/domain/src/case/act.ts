/** What every act is made of: who performed it and when, what was said with it, and what is refused to any act. */
import { parseDay } from '../calendar/day.js';
import { dayText } from '../clock/explain-due.js';
import type { DateOn, Id, InstantAt, Json, PersonalPart, Rejection } from '../event.js';
import { dateIn, zoneOf } from './clock-events.js';
import type { SubjectDetails } from './commands.js';
import type { CaseEvent } from './events.js';
import { type CommandContext, type PolicyContext, performerOf } from './policies.js';
import { refuse } from './refuse.js';
import type { CaseFile } from './state.js';

/** The events of an act, or why it is refused. */
export type Acts = CaseEvent[] | Rejection;

export function act(context: CommandContext): { by: Id; at: InstantAt } {
  return { by: performerOf(context), at: context.at };
}

export function subjectOf(state: CaseFile): Id {
  if (state.subjectId === undefined) throw new Error(`Case ${state.caseId} has no subject`);
  return state.subjectId;
}

export function said(state: CaseFile, fields: { readonly [field: string]: Json }): readonly PersonalPart[] {
  return [{ personId: subjectOf(state), retentionClass: 'case-file', fields }];
}

export function subjectPart(personId: Id, subject: SubjectDetails): PersonalPart {
  return { personId, retentionClass: 'case-file', fields: { ...subject } };
}

/** Today is that of the case's office, unless another zone is given. */
export function notInFuture(
  on: DateOn,
  context: PolicyContext,
  zone = zoneOf(context.offices, context.state.office),
): Rejection | undefined {
  const today = dateIn(zone, context.at);
  return parseDay(on) <= parseDay(today)
    ? undefined
    : refuse(
        'date-in-future',
        `Tanggal ${dayText(on).id} belum tiba; hari ini ${dayText(today).id}.`,
        `The date ${dayText(on).en} has not come yet; today is ${dayText(today).en}.`,
      );
}

export function notBeforeOpening(on: DateOn, { state, offices }: PolicyContext): Rejection | undefined {
  const opened = dateIn(zoneOf(offices, state.openedAtOffice), state.openedAt);
  return parseDay(on) >= parseDay(opened)
    ? undefined
    : refuse(
        'before-opening',
        `Perkara ini baru dibuka ${dayText(opened).id}.`,
        `This case was opened on ${dayText(opened).en}.`,
      );
}

export function idTaken(id: Id): Rejection {
  return refuse('id-taken', `Nomor ${id} sudah dipakai dalam perkara ini.`, `The id ${id} is already used in this case.`);
}
