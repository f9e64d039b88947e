/**
 * The process manager of clocks, pure: as a clock of a case runs out, what is appended to the case's own clocks stream (never to the
 * case, whose revision changes only by an act on the case). The queue is only an alarm clock: an alarm that rings early, late or twice
 * leads to the same events.
 */
import type { Calendar } from '../calendar/calendar.js';
import { actedEarly, dateIn, ladderOn, lawActedAt } from '../case/clock-events.js';
import { refuse } from '../case/refuse.js';
import type { CaseClock, CaseFile, CaseState } from '../case/state.js';
import { isBeforeDue, type Roster, type StepOnDate, whoIsTold } from '../clock/ladder.js';
import type { Code, Decision, Id, InstantAt, Rejection } from '../event.js';
import { lineageOf, type OfficeTree } from '../office/office.js';
import type { Role } from '../office/official.js';
import type { LapseDefinition, Procedure } from '../procedure/procedure.js';
import type { AboutClock, ClocksEvent, Telling } from './events.js';

/** A telling, and what came of it. A warning that the law will act is the step `law-acts`. */
export interface ToldStep {
  readonly clockId: Id;
  readonly clock: Code;
  readonly dueAt: InstantAt;
  readonly step: Code;
  readonly at: InstantAt;
  readonly office: Code;
  readonly toRole: Code;
  readonly told: readonly Id[];
  readonly seen: readonly { readonly by: Id; readonly at: InstantAt }[];
  readonly acknowledged?: { readonly by: Id; readonly at: InstantAt };
  /** It was told before to others: to whom, and whose it is now. */
  readonly passedOn?: { readonly holder: Id; readonly toldBefore: readonly Id[] };
}

export interface ClocksState {
  /** By clock: the due date that was announced last. One that came back after another is announced anew. */
  readonly announced: ReadonlyMap<Id, InstantAt>;
  readonly told: readonly ToldStep[];
  /** By clock: when the ladder's next step falls, as said last and of which due date; null when none is left. */
  readonly nextAt: ReadonlyMap<Id, { readonly dueAt: InstantAt; readonly nextAt: InstantAt | null }>;
}
export const initialClocksState: ClocksState = { announced: new Map(), told: [], nextAt: new Map() };

/** The step that `ClockWarned` is. */
export const LAW_ACTS: Code = 'law-acts';
/** Steps of no ladder: the law has acted on the clock; the date that had passed lies ahead again, so what was told of it holds no more. */
export const LAW_ACTED: Code = 'law-acted';
export const DUE_MOVED: Code = 'due-moved';
/** A decree that was published after the law had acted would have given until later. */
export const ACTED_EARLY: Code = 'law-acted-early';

export const clocksStream = (caseId: Id): Id => `clocks-${caseId}`;
export const caseStream = (caseId: Id): Id => `case-${caseId}`;

export function evolveClocks(state: ClocksState, event: ClocksEvent): ClocksState {
  switch (event.type) {
    case 'ClockFellDue':
      return { ...state, announced: new Map(state.announced).set(event.data.clockId, event.data.dueAt) };
    case 'ClockEscalated': {
      const told = withTold(withNext(state, event.data), event.data, event.data.step);
      // What was said to have passed is taken back: should that date come back, it passes anew.
      return event.data.step === DUE_MOVED ? { ...told, announced: without(told.announced, event.data.clockId) } : told;
    }
    case 'ClockWarned':
      return withTold(state, event.data, LAW_ACTS);
    case 'ClockPassedOn': {
      const { holder, toldBefore } = event.data;
      return withTold(state, event.data, event.data.step, { passedOn: { holder, toldBefore } });
    }
    case 'EscalationSeen': {
      const { by, at } = event.data;
      return onStep(state, event.data, (one) => ({ ...one, seen: [...one.seen, { by, at }] }));
    }
    case 'EscalationAcknowledged': {
      const { by, at } = event.data;
      return onStep(state, event.data, (one) => ({ ...one, acknowledged: { by, at } }));
    }
    case 'LadderMoved':
      return withNext(state, event.data);
  }
}

function withNext(state: ClocksState, data: AboutClock & { readonly nextAt?: InstantAt }): ClocksState {
  const { clockId, dueAt, nextAt = null } = data;
  return { ...state, nextAt: new Map(state.nextAt).set(clockId, { dueAt, nextAt }) };
}

function withTold(
  state: ClocksState,
  data: AboutClock & Telling,
  step: Code,
  more: Pick<ToldStep, 'passedOn'> = {},
): ClocksState {
  const { clockId, clock, dueAt, at, office, toRole, told } = data;
  return { ...state, told: [...state.told, { clockId, clock, dueAt, step, at, office, toRole, told, seen: [], ...more }] };
}

function without<K, V>(from: ReadonlyMap<K, V>, key: K): ReadonlyMap<K, V> {
  return new Map([...from].filter(([other]) => other !== key));
}

/** A step may be told anew of a due date that came back, or passed on: who answers, answers the last telling that was theirs. */
function onStep(
  state: ClocksState,
  answered: AnsweredStep & { readonly by: Id },
  change: (told: ToldStep) => ToldStep,
): ClocksState {
  const last = tellingOf(state, answered, answered.by);
  return { ...state, told: state.told.map((one, i) => (i === last ? change(one) : one)) };
}

function tellingOf({ told }: ClocksState, { clockId, dueAt, step }: AnsweredStep, by: Id): number {
  return told.findLastIndex(
    (one) => one.clockId === clockId && one.dueAt === dueAt && one.step === step && one.told.includes(by),
  );
}

export interface EscalationContext {
  readonly procedure: Procedure;
  readonly calendar: Calendar;
  readonly offices: OfficeTree;
  readonly roster: Roster;
  readonly at: InstantAt;
}

/** Before the law acts on a clock: the supervisor of its office is told once, from the day that the procedure names. */
export function warn(
  subject: CaseState,
  state: ClocksState,
  clockId: Id,
  lapses: Pick<LapseDefinition, 'outcome'> | undefined,
  context: EscalationContext,
): Decision<ClocksEvent> {
  const running = runningClock(subject, clockId);
  if ('rejection' in running) return running;
  const { clock, file, dueAt } = running;
  const { warnAt } = clock.due;
  if (lapses === undefined || warnAt === undefined)
    return no('law-does-not-act', 'Tenggat ini hanya jatuh tempo.', 'This clock only falls due.');
  if (context.at < warnAt) return no('not-yet', 'Belum waktunya memberi tahu.', 'It is not time to warn yet.');
  if (firstHand(state, clockId).findLast((one) => one.step === LAW_ACTS)?.dueAt === dueAt)
    return no('already-warned', 'Sudah diberitahukan.', 'This was warned of already.');
  const telling = whoIsTold('supervisor', clock.office, file.officer, context.roster, lineage(clock, context));
  const data = { ...about(file, clock, dueAt, context.at), ...telling, outcome: lapses.outcome };
  return { events: [{ type: 'ClockWarned', data }] };
}

/** The clock fell due: said once, with whatever steps of its ladder have fallen. Refused when it did not, or was said before. */
export function fallDue(subject: CaseState, state: ClocksState, clockId: Id, context: EscalationContext): Decision<ClocksEvent> {
  const running = runningClock(subject, clockId);
  if ('rejection' in running) return running;
  const { clock, file, dueAt } = running;
  if (!clock.escalates) return no('never-escalates', 'Tenggat impor tidak dieskalasi.', 'An imported clock never escalates.');
  if (context.at < dueAt) return no('not-due', 'Tenggat ini belum jatuh.', 'This clock is not due yet.');
  if (state.announced.get(clockId) === dueAt)
    return no('already-announced', 'Tenggat ini sudah diumumkan.', 'This due date was announced already.');
  const data = about(file, clock, dueAt, context.at);
  return {
    events: [{ type: 'ClockFellDue', data }, ...steps(file, state, clock, dueAt, ladderOn(clock, clock.due, context), context)],
  };
}

/** The steps of a clock's ladder that have fallen and were not told: each once. Refused when there is nothing to say. */
export function climb(subject: CaseState, state: ClocksState, clockId: Id, context: EscalationContext): Decision<ClocksEvent> {
  const running = runningClock(subject, clockId);
  if ('rejection' in running) return running;
  const { clock, file, dueAt } = running;
  if (!clock.escalates) return no('never-escalates', 'Tenggat impor tidak dieskalasi.', 'An imported clock never escalates.');
  const ladder = ladderOn(clock, clock.due, context);
  const events = [...takenBack(file, state, clock, dueAt, ladder, context), ...steps(file, state, clock, dueAt, ladder, context)];
  if (events.length > 0) return { events };
  const { at } = context;
  const next = nextOf(ladder, at);
  const said = state.nextAt.get(clockId);
  if (said?.dueAt === dueAt && said.nextAt === (next.nextAt ?? null))
    return no('not-yet', 'Belum ada langkah eskalasi yang jatuh.', 'No step of the ladder has fallen yet.');
  return { events: [{ type: 'LadderMoved', data: { ...about(file, clock, dueAt, at), ...next } }] };
}

/** After the law acted on a clock: whoever was warned of it, and its officer and supervisor, are told once, each as what they are. */
export function tellLawActed(
  subject: CaseState,
  state: ClocksState,
  clockId: Id,
  context: EscalationContext,
): Decision<ClocksEvent> {
  const clock = subject?.clocks.find((one) => one.clockId === clockId);
  const actedAt = subject === undefined ? undefined : lawActedAt(subject, clockId);
  if (subject === undefined || clock === undefined || actedAt === undefined)
    return no('law-has-not-acted', 'Hukum tidak bertindak atas tenggat ini.', 'The law has not acted on this clock.');
  if (state.told.some((one) => one.clockId === clockId && one.step === LAW_ACTED && one.dueAt === actedAt)) return alreadyTold;
  const warned = state.told.filter((one) => one.clockId === clockId && one.step === LAW_ACTS);
  const rungs = (['supervisor', 'officer'] as const).map((rung) =>
    whoIsTold(rung, clock.office, subject.officer, context.roster, lineage(clock, context)),
  );
  return {
    events: eachAsTheirs([...rungs, ...warned]).map((telling): ClocksEvent => {
      const data = { ...about(subject, clock, actedAt, context.at), ...telling, step: LAW_ACTED };
      return { type: 'ClockEscalated', data };
    }),
  };
}

/** One telling for each role of each office, and everyone in the first that names them: nobody is told as what they are not. The first comes last, which a board shows. */
function eachAsTheirs(tellings: readonly Telling[]): readonly Telling[] {
  const joined: Telling[] = [];
  for (const { toRole, office, told } of tellings) {
    const untold = told.filter((one) => !joined.some((other) => other.told.includes(one)));
    const same = joined.findIndex((other) => other.toRole === toRole && other.office === office);
    if (same < 0) joined.push({ toRole, office, told: untold });
    else joined[same] = { toRole, office, told: [...(joined[same]?.told ?? []), ...untold] };
  }
  return joined.filter(({ told }, i) => i === 0 || told.length > 0).toReversed();
}

/**
 * After a decree that would have given until later than the law took: the supervisor of each clock's office is told, once for that date. What
 * the law did stands; whether it can is for people.
 */
export function tellActedEarly(subject: CaseState, state: ClocksState, context: EscalationContext): Decision<ClocksEvent> {
  const early = subject === undefined ? [] : actedEarly(subject, context);
  const untold = early.filter(
    ({ clock, due }) =>
      !state.told.some((one) => one.clockId === clock.clockId && one.step === ACTED_EARLY && one.dueAt === due.dueAt),
  );
  if (subject === undefined || untold.length === 0)
    return no(
      'not-early',
      'Hukum tidak bertindak sebelum waktunya, atau itu sudah diberitahukan.',
      'The law did not act too early, or that was told already.',
    );
  return {
    events: untold.map(({ clock, due }): ClocksEvent => {
      const telling = whoIsTold('supervisor', clock.office, subject.officer, context.roster, lineage(clock, context));
      return { type: 'ClockEscalated', data: { ...about(subject, clock, due.dueAt, context.at), ...telling, step: ACTED_EARLY } };
    }),
  };
}

/**
 * The officer who has the case now is told what was told already of a clock that runs, unless they were told it, or it was passed on for them,
 * since officers were told last.
 */
export function passToOfficer(
  subject: CaseState,
  state: ClocksState,
  clockId: Id,
  context: EscalationContext,
): Decision<ClocksEvent> {
  const running = runningClock(subject, clockId);
  if ('rejection' in running) return running;
  const { clock, file } = running;
  const tellings = state.told.filter((one) => one.clockId === clockId);
  const last = tellings.at(-1);
  const since = tellings.slice(
    Math.max(
      0,
      tellings.findLastIndex(({ toRole }) => toRole === 'case-officer'),
    ),
  );
  const holder = file.officer;
  if (last === undefined || holder === undefined || since.some((one) => concerns(one, holder))) return alreadyTold;
  const telling = whoIsTold('officer', clock.office, holder, context.roster, lineage(clock, context));
  return { events: [passedOn(running, last, holder, telling, context.at)] };
}

/** Whoever acts in the place of an official today is told the last step of a clock that runs of which that official was told, once. */
export function passToActing(
  subject: CaseState,
  state: ClocksState,
  clockId: Id,
  { acting, holder, role, office }: Acting,
  context: EscalationContext,
): Decision<ClocksEvent> {
  const running = runningClock(subject, clockId);
  if ('rejection' in running) return running;
  if (!context.roster(role, office).some(({ id, actingFor }) => id === acting && actingFor === holder))
    return no('not-acting', 'Tidak sedang menggantikan pejabat itu.', 'They do not act in that official’s place.');
  const tellings = state.told.filter((one) => one.clockId === clockId);
  const theirs = tellings.findLastIndex((one) => one.toRole === role && one.office === office && one.told.includes(holder));
  const last = tellings[theirs];
  if (last === undefined || tellings.slice(theirs).some((one) => one.told.includes(acting))) return alreadyTold;
  const telling = { toRole: role, office, told: [acting] };
  return { events: [passedOn(running, last, holder, telling, context.at)] };
}

/** Who acts as what, where, and in whose place. */
export interface Acting {
  readonly acting: Id;
  readonly holder: Id;
  readonly role: Role;
  readonly office: Code;
}

function concerns({ told, passedOn: on }: ToldStep, official: Id): boolean {
  return told.includes(official) || on?.holder === official;
}

function passedOn(
  { file, clock, dueAt }: RunningClock,
  { step, told: toldBefore }: ToldStep,
  holder: Id,
  telling: Telling,
  at: InstantAt,
): ClocksEvent {
  const { law } = clock.due;
  const outcome = step === LAW_ACTS && law !== undefined ? { outcome: law.outcome } : {};
  return {
    type: 'ClockPassedOn',
    data: { ...about(file, clock, dueAt, at), ...telling, step, holder, toldBefore, ...outcome },
  };
}

/** The date was announced as passed, and lies ahead again: whoever was told that it passed is told that it did not. */
function takenBack(
  file: CaseFile,
  state: ClocksState,
  clock: CaseClock,
  dueAt: InstantAt,
  ladder: readonly StepOnDate[],
  context: EscalationContext,
): readonly ClocksEvent[] {
  const { clockId } = clock;
  const passed = state.announced.get(clockId);
  if (passed === undefined || passed >= dueAt || context.at >= dueAt) return [];
  const ofIt = state.told.filter((one) => one.clockId === clockId && one.dueAt === passed);
  if (ofIt.every(({ told }) => told.length === 0)) return [];
  return eachAsTheirs(ofIt.toReversed()).map((telling): ClocksEvent => {
    const data = { ...about(file, clock, dueAt, context.at), ...telling, step: DUE_MOVED, ...nextOf(ladder, context.at) };
    return { type: 'ClockEscalated', data };
  });
}

/**
 * Of several steps that fell together, such as after an outage, each rung is told by the last one only; and once the date has passed, nobody
 * is told that it comes.
 */
function steps(
  file: CaseFile,
  state: ClocksState,
  clock: CaseClock,
  dueAt: InstantAt,
  ladder: readonly StepOnDate[],
  context: EscalationContext,
): readonly ClocksEvent[] {
  const fallen = ladder.filter(({ step, at }) => at <= context.at && (context.at < dueAt || !isBeforeDue(step)));
  const untold = fallen.filter(
    ({ step }, i) => !fallen.slice(i).some((later) => later.step.tell === step.tell && wasTold(state, clock, dueAt, later)),
  );
  return untold
    .filter(({ step }, i) => !untold.slice(i + 1).some((later) => later.step.tell === step.tell))
    .flatMap(({ step }): readonly ClocksEvent[] => {
      const telling = whoIsTold(step.tell, clock.office, file.officer, context.roster, lineage(clock, context));
      const told = step.unlessTold ? telling.told.filter((one) => !knows(state, clock.clockId, dueAt, one)) : telling.told;
      if (step.unlessTold && told.length === 0) return [];
      const data = { ...about(file, clock, dueAt, context.at), ...telling, told, step: step.code, ...nextOf(ladder, context.at) };
      return [{ type: 'ClockEscalated', data }];
    });
}

/** Was this official told of this due date, and not told since that it is another? */
function knows({ told }: ClocksState, clockId: Id, dueAt: InstantAt, official: Id): boolean {
  const ofClock = told.filter((one) => one.clockId === clockId);
  const moved = ofClock.findLastIndex((one) => one.step === DUE_MOVED);
  return ofClock.slice(Math.max(0, moved)).some((one) => one.dueAt === dueAt && one.told.includes(official));
}

function nextOf(ladder: readonly StepOnDate[], at: InstantAt): { readonly nextAt?: InstantAt } {
  const nextAt = ladder.find((one) => one.at > at)?.at;
  return nextAt === undefined ? {} : { nextAt };
}

/**
 * Was this step told? Of a due date that moved since, a step before it counts as told if it lay behind when the date moved; one that lies
 * ahead again, because the period is longer, is told again. That a date passed counts no more once it was taken back.
 */
function wasTold(state: ClocksState, clock: CaseClock, dueAt: InstantAt, { step, at }: StepOnDate): boolean {
  const before = isBeforeDue(step);
  const behind = before && (clock.movedAt === undefined || at <= clock.movedAt);
  const ofClock = firstHand(state, clock.clockId);
  const holds = before ? ofClock : ofClock.slice(ofClock.findLastIndex((one) => one.step === DUE_MOVED) + 1);
  return holds.some((one) => one.step === step.code && (one.dueAt === dueAt || behind));
}

/** What was told of a clock as it fell. What was passed on of an earlier date is not told of a later one by that. */
function firstHand({ told }: ClocksState, clockId: Id): readonly ToldStep[] {
  return told.filter((one) => one.clockId === clockId && one.passedOn === undefined);
}

/** Which telling an official answers. */
export interface AnsweredStep {
  readonly clockId: Id;
  readonly dueAt: InstantAt;
  readonly step: Code;
}

/**
 * An official who was told has opened it, or answers for it. Said once by each: again leads to a rejection, and to nothing else. Who was
 * not told cannot answer.
 */
export function answer(
  kind: 'EscalationSeen' | 'EscalationAcknowledged',
  caseId: Id,
  state: ClocksState,
  { clockId, dueAt, step }: AnsweredStep,
  by: Id,
  at: InstantAt,
): Decision<ClocksEvent> {
  const found = state.told[tellingOf(state, { clockId, dueAt, step }, by)];
  if (found === undefined)
    return no(
      'not-told',
      'Anda tidak diberi tahu tentang langkah ini; hanya yang diberi tahu dapat menjawabnya.',
      'You were not told of this step; only who was told can answer it.',
    );
  const data = { caseId, clockId, clock: found.clock, dueAt, at, step, by };
  if (kind === 'EscalationSeen')
    return found.seen.some((one) => one.by === by)
      ? no('already-seen', 'Sudah Anda buka.', 'You have opened this already.')
      : { events: [{ type: kind, data }] };
  return found.acknowledged === undefined
    ? { events: [{ type: kind, data }] }
    : no(
        'already-acknowledged',
        `Sudah ditangani oleh ${found.acknowledged.by}.`,
        `${found.acknowledged.by} answers for it already.`,
      );
}

interface RunningClock {
  readonly file: CaseFile;
  readonly clock: CaseClock;
  readonly dueAt: InstantAt;
}

function runningClock(subject: CaseState, clockId: Id): RunningClock | { rejection: Rejection } {
  const clock = subject?.clocks.find((one) => one.clockId === clockId);
  const dueAt = clock?.due.dueAt;
  return subject === undefined || clock === undefined || dueAt === undefined || clock.stoppedAt !== undefined
    ? no('clock-not-running', 'Tenggat ini tidak berjalan.', 'This clock is not running.')
    : { file: subject, clock, dueAt };
}

function about(file: CaseFile, clock: CaseClock, dueAt: InstantAt, at: InstantAt): AboutClock {
  return { caseId: file.caseId, clockId: clock.clockId, clock: clock.code, dueAt, at };
}

function lineage(clock: CaseClock, { offices, at }: EscalationContext): readonly Code[] {
  return lineageOf(offices, clock.office, dateIn(clock.zone, at));
}

const alreadyTold = no('already-told', 'Sudah diberitahukan.', 'This was told already.');

function no(code: Code, id: string, en: string): { rejection: Rejection } {
  return { rejection: refuse(code, id, en) };
}
