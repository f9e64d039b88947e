/**
 * The process manager of clocks, pure: when a clock of a case has run out, what is appended to the case's own clocks stream (never to the
 * case, whose revision changes only by an act on the case). The queue is only an alarm clock: an alarm that rings early, late or twice
 * leads to the same events.
 */
import type { CaseState } from '../case/state.js';
import type { Code, Decision, DomainEvent, Id, InstantAt } from '../event.js';
import type { LapseDefinition } from '../procedure/procedure.js';

export type ClocksEvent =
  | DomainEvent<'ClockFellDue', { caseId: Id; clockId: Id; clock: Code; dueAt: InstantAt; at: InstantAt }>
  | DomainEvent<
      'ClockEscalated',
      { caseId: Id; clockId: Id; clock: Code; dueAt: InstantAt; at: InstantAt; office: Code; toRole: Code }
    >
  /** Before the law acts: what it will make of the case if nobody acts in time. */
  | DomainEvent<
      'ClockWarned',
      { caseId: Id; clockId: Id; clock: Code; dueAt: InstantAt; at: InstantAt; office: Code; toRole: Code; outcome?: Code }
    >;

/** What has been announced, as `clockId@dueAt`: a due date that moved is another one. */
export type ClocksState = ReadonlySet<string>;
export const initialClocksState: ClocksState = new Set();

export const clocksStream = (caseId: Id): Id => `clocks-${caseId}`;
export const caseStream = (caseId: Id): Id => `case-${caseId}`;

export function evolveClocks(state: ClocksState, event: ClocksEvent): ClocksState {
  const { clockId, dueAt } = event.data;
  switch (event.type) {
    case 'ClockFellDue':
      return new Set(state).add(`${clockId}@${dueAt}`);
    case 'ClockWarned':
      return new Set(state).add(`warned:${clockId}@${dueAt}`);
    case 'ClockEscalated':
      return state;
  }
}

/** Before the law acts on a clock: the supervisor of its office is told once, from the day that the procedure names. */
export function warn(
  subject: CaseState,
  announced: ClocksState,
  clockId: Id,
  at: InstantAt,
  lapses: Pick<LapseDefinition, 'outcome'> | undefined,
): Decision<ClocksEvent> {
  const clock = subject?.clocks.find((c) => c.clockId === clockId);
  const { dueAt, warnAt } = clock?.due ?? {};
  if (subject === undefined || clock === undefined || dueAt === undefined || clock.stoppedAt !== undefined)
    return no('clock-not-running', 'Tenggat ini tidak berjalan.', 'This clock is not running.');
  if (lapses === undefined || warnAt === undefined)
    return no('law-does-not-act', 'Tenggat ini hanya jatuh tempo.', 'This clock only falls due.');
  if (at < warnAt) return no('not-yet', 'Belum waktunya memberi tahu.', 'It is not time to warn yet.');
  if (announced.has(`warned:${clockId}@${dueAt}`))
    return no('already-warned', 'Sudah diberitahukan.', 'This was warned of already.');
  const { outcome } = lapses;
  const about = { caseId: subject.caseId, clockId, clock: clock.code, dueAt, at };
  return { events: [{ type: 'ClockWarned', data: { ...about, office: clock.office, toRole: 'supervisor', outcome } }] };
}

/** The clock fell due: said once, and laid before the supervisor of the office that owns it. Refused when it did not, or was said before. */
export function fallDue(subject: CaseState, announced: ClocksState, clockId: Id, at: InstantAt): Decision<ClocksEvent> {
  const clock = subject?.clocks.find((c) => c.clockId === clockId);
  const dueAt = clock?.due.dueAt;
  if (subject === undefined || clock === undefined || dueAt === undefined || clock.stoppedAt !== undefined)
    return no('clock-not-running', 'Tenggat ini tidak berjalan.', 'This clock is not running.');
  if (!clock.escalates) return no('never-escalates', 'Tenggat impor tidak dieskalasi.', 'An imported clock never escalates.');
  if (at < dueAt) return no('not-due', 'Tenggat ini belum jatuh.', 'This clock is not due yet.');
  if (announced.has(`${clockId}@${dueAt}`))
    return no('already-announced', 'Tenggat ini sudah diumumkan.', 'This due date was announced already.');
  const about = { caseId: subject.caseId, clockId, clock: clock.code, dueAt, at };
  return {
    events: [
      { type: 'ClockFellDue', data: about },
      { type: 'ClockEscalated', data: { ...about, office: clock.office, toRole: 'supervisor' } },
    ],
  };
}

function no(code: Code, id: string, en: string): Decision<ClocksEvent> {
  return { rejection: { code, reason: { id, en } } };
}
