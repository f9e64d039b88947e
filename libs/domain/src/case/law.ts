/**
 * What the law does to a case with nobody acting: a clock runs out, and the case lapses or silence counts as a decision. An event of the
 * case at the instant the clock fell due, once: it stops the clock it acted on.
 */
import { dayText } from '../clock/explain-due.js';
import type { Citation, Code, Decision, Id, InstantAt, Rejection, Text } from '../event.js';
import type { LapseDefinition, Procedure } from '../procedure/procedure.js';
import { prove } from '../procedure/rules.js';
import { blocksAt, enforces, type LinkedCase } from './blocks.js';
import { factsOfCase } from './case-facts.js';
import { type ClockContext, withClocks } from './clock-events.js';
import type { CaseEvent } from './events.js';
import { refuse } from './refuse.js';
import { type CaseClock, type CaseFile, type CaseState, decisionOf } from './state.js';

/** The one who acts when the law does. */
export const LAW: Id = 'law';

export interface LawContext extends Omit<ClockContext, 'at'> {
  readonly linked: readonly LinkedCase[];
}

/** What the law does when this clock runs out; undefined: it only falls due. */
export function lapseOfClock(procedure: Procedure, clock: Code): LapseDefinition | undefined {
  const lapses = procedure.clocks.find((rule) => rule.code === clock)?.lapses;
  return lapses?.on === true ? lapses : undefined;
}

/** A clock that has run out by `at`, on which the law acts and nothing holds it back; the one due first. */
export function actingClock(state: CaseFile, context: LawContext, at: InstantAt): CaseClock | undefined {
  return state.clocks
    .filter((clock) => 'at' in ripe(state, clock, context, at))
    .toSorted((a, b) => ((a.due.dueAt ?? '') < (b.due.dueAt ?? '') ? -1 : 1))[0];
}

/**
 * Since when the law acts on the clock, or why it does not by `at`. What is held back at that instant does not happen by itself later.
 * @throws LinkedCaseUnreadable when it ran out and that depends on a case that cannot be read: then it is not known.
 */
function ripe(
  state: CaseFile,
  clock: CaseClock,
  { procedure, linked, offices }: LawContext,
  at: InstantAt,
): { at: InstantAt } | { held: Rejection } | { rejection: Rejection } {
  const lapses = lapseOfClock(procedure, clock.code);
  const { dueAt } = clock.due;
  if (clock.stoppedAt !== undefined || dueAt === undefined || !clock.escalates)
    return { rejection: refuse('clock-not-running', 'Tenggat ini tidak berjalan.', 'This clock is not running.') };
  if (lapses === undefined)
    return { rejection: refuse('law-does-not-act', 'Tenggat ini hanya jatuh tempo.', 'This clock only falls due.') };
  // A clock that counts from a birth may have run out before the case was there.
  const since = [dueAt, clock.recordedAt].toSorted().at(-1) ?? dueAt;
  if (at < since) return { rejection: refuse('not-due', 'Tenggat ini belum jatuh.', 'This clock is not due yet.') };
  const from = state.determinations.at(-1)?.at ?? state.openedAt;
  const missing = lapses.onlyAfter?.find((event) => {
    const happened = state.lastAt[event];
    return happened === undefined || happened < from || happened >= since;
  });
  if (missing !== undefined)
    return {
      rejection: refuse(
        'condition-of-lapse-missing',
        `Hukum tidak bertindak atas tenggat ini: ${missing} tidak terjadi pada waktunya.`,
        `The law does not act on this clock: ${missing} did not happen in time.`,
      ),
    };
  if (lapses.when !== undefined && prove(lapses.when, factsOfCase(state, procedure, { offices, at })).truth !== true)
    return {
      rejection: refuse(
        'condition-of-lapse-missing',
        'Hukum tidak bertindak atas tenggat ini selama syaratnya tidak terbukti dalam perkara.',
        'The law does not act on this clock while what it asks for is not established in the case.',
        ...lapses.legalBasis,
      ),
    };
  const [block] = enforces(procedure, lapses.outcome) ? blocksAt(state, linked, { offices, at: since }) : [];
  const pending = pendingInstead(procedure, clock.code, linked, since);
  if (pending !== undefined) return { rejection: pending };
  return block === undefined ? { at: since } : { held: block.rejection };
}

/**
 * What the clock waits for was asked for in time, in a linked case that is not decided yet, or is decided so that the clock stops: between that
 * decision and this case's learning of it nothing lapses either.
 */
function pendingInstead(
  procedure: Procedure,
  code: Code,
  linked: readonly LinkedCase[],
  since: InstantAt,
): Rejection | undefined {
  const awaited = procedure.clocks.find((rule) => rule.code === code)?.stopsWithLinked ?? [];
  if (awaited.length === 0) return undefined;
  const pending = linked.find(({ state }) => {
    const outcomes = awaited.flatMap((one) => (one.procedure === state.procedure.code ? one.outcomes : []));
    if (outcomes.length === 0 || state.lodgedAt === undefined || state.lodgedAt >= since) return false;
    const decision = decisionOf(state);
    if (decision === undefined) return state.progress.stage !== 'withdrawn';
    return decision.outcome !== undefined && outcomes.includes(decision.outcome);
  });
  return pending === undefined
    ? undefined
    : refuse(
        'linked-case-pending',
        `Perkara ${pending.state.procedure.code} yang diajukan pada waktunya menentukan; sampai putusannya tercatat di sini tidak ada yang gugur.`,
        `The ${pending.state.procedure.code} case, lodged in time, decides; until its decision is recorded here nothing lapses.`,
      );
}

/** The law's act on one clock, as events of the case; refused while the clock is not due, and where something held the law back. */
export function actOfLaw(state: CaseState, clockId: Id, context: LawContext, at: InstantAt): Decision<CaseEvent> {
  const clock = state?.clocks.find((c) => c.clockId === clockId);
  if (state === undefined || clock === undefined)
    return { rejection: refuse('clock-not-running', 'Tenggat ini tidak berjalan.', 'This clock is not running.') };
  const found = ripe(state, clock, context, at);
  if ('rejection' in found) return found;
  if ('held' in found) return { rejection: found.held };
  return { events: lawEvents(state, clock, context, found.at) };
}

/**
 * What the law does at once after an act that fulfilled the last condition of a clock which ran out before. Never a grant by silence: of
 * that the supervisor is warned first, and the worker records it (ADR 16).
 */
export function lawAfter(state: CaseFile, context: LawContext, at: InstantAt): readonly CaseEvent[] {
  const clock = actingClock(state, context, at);
  return clock === undefined || lapseOfClock(context.procedure, clock.code)?.effect === 'grant'
    ? []
    : (actOfLaw(state, clock.clockId, context, at).events ?? []);
}

/** What was held back until now and is not any more: the supervisor who lifts the last block lets the law act, at that instant. */
export function actsSetFree(state: CaseFile, context: LawContext, at: InstantAt): readonly CaseEvent[] {
  const clock = state.clocks.find((one) => 'held' in ripe(state, one, context, at));
  return clock === undefined || blocksAt(state, context.linked, { offices: context.offices, at }).length > 0
    ? []
    : lawEvents(state, clock, context, at);
}

function lawEvents(state: CaseFile, clock: CaseClock, context: LawContext, at: InstantAt): readonly CaseEvent[] {
  const lapses = lapseOfClock(context.procedure, clock.code);
  if (lapses === undefined) throw new Error(`The law acts on clock ${clock.clockId} and nothing says how`);
  const { outcome, effect } = lapses;
  const data = { by: LAW, at, clockId: clock.clockId, clock: clock.code };
  const event: CaseEvent =
    effect === 'lapse'
      ? { type: 'CaseLapsed', data: { ...data, outcome } }
      : { type: 'DeterminedBySilence', data: { ...data, outcome, office: clock.office } };
  return withClocks(state, [event], { ...context, at });
}

/** Nobody acts on a case on which the law has acted already, though its act is not recorded yet. */
export function refuseAfterLaw(state: CaseFile, context: LawContext, at: InstantAt): Rejection | undefined {
  const clock = actingClock(state, context, at);
  if (clock === undefined) return undefined;
  const lapses = lapseOfClock(context.procedure, clock.code);
  const basis: readonly Citation[] = lapses?.legalBasis ?? [];
  const nameIn = (defined: readonly { readonly code: Code; readonly name: Text }[], code: Code | undefined): Text =>
    defined.find((one) => one.code === code)?.name ?? { id: code ?? '–', en: code ?? '–' };
  const { clocks, outcomes } = context.procedure;
  const [term, outcome, on] = [nameIn(clocks, clock.code), nameIn(outcomes, lapses?.outcome), dayText(clock.due.dueOn)];
  return refuse(
    'law-has-acted',
    `Tenggat “${term.id}” lewat setelah ${on.id}; sejak itu berlaku “${outcome.id}” demi hukum, yang sedang dicatat.`,
    `The clock “${term.en}” ran out after ${on.en}; since then “${outcome.en}” holds by law, which is being recorded.`,
    ...basis,
  );
}
