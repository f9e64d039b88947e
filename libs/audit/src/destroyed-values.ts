/**
 * What of an act rests on values that may be gone: a destroyed finding reads back as an unknown fact, and a destroyed date as a clock that
 * stands still. Deciding again without them would accuse whoever decided with them; the rest of the same act is held all the same.
 */
import type { CaseEvent } from '#domain/case/events.js';
import type { CaseFile } from '#domain/case/state.js';
import type { Code, Id } from '#domain/event.js';
import type { Procedure } from '#domain/procedure/procedure.js';

/** Was a finding of this case, or the date that a clock of it counts from, destroyed? */
export function lacksValues(state: CaseFile): boolean {
  return state.findings.some(({ value }) => value === undefined) || state.clocks.some(countsFromNothing);
}

/** Does this refusal of an act that begins with `first` follow from facts, so that nobody can say whether it was due then? */
export function refusedForFacts(code: Code, first: CaseEvent, state: CaseFile, procedure: Procedure): boolean {
  switch (code) {
    case 'decisive-facts-unknown':
      // By what it recorded itself, the rules derived nothing: then they were unknown before anything was destroyed.
      return first.type !== 'DeterminationRecommended' || first.data.derived !== undefined;
    // A shield falls with what its procedure names, and a contradiction with an exception that was established.
    case 'shield':
    case 'contradicts-dates':
      return true;
    case 'condition-of-lapse-missing':
      return actsOfLawOnFacts(procedure).has(clockOf(first, new Map()) ?? '');
    case 'clock-not-running':
      return state.clocks.some((clock) => countsFromNothing(clock) && clock.clockId === clockIdOf(first));
    default:
      return false;
  }
}

/** Of the events of an act those, and in them the fields, that do not follow from facts. `state`: before it. */
export function apartFromFacts<E extends CaseEvent>(events: readonly E[], state: CaseFile, procedure: Procedure): readonly E[] {
  const codes = new Map(state.clocks.map(({ clockId, code }) => [clockId, code]));
  for (const { type, data } of events) if (type === 'ClockStarted') codes.set(data.clockId, data.clock);
  const ofFacts = new Set(
    procedure.clocks.filter((rule) => rule.unless !== undefined || rule.countsFrom !== undefined).map(({ code }) => code),
  );
  const byLaw = actsOfLawOnFacts(procedure);
  // What the law did after an act, by a fact, led to all that follows.
  const end = events.findIndex((event) => isActOfLaw(event) && byLaw.has(clockOf(event, codes) ?? ''));
  return events
    .slice(0, end === -1 ? events.length : end)
    .filter((event) => isActOfLaw(event) || !ofFacts.has(clockOf(event, codes) ?? ''))
    .map(withoutDerived);
}

function countsFromNothing({ countsFrom, stoppedAt, due }: CaseFile['clocks'][number]): boolean {
  return countsFrom !== undefined && stoppedAt === undefined && due.dueAt === undefined;
}

function actsOfLawOnFacts({ clocks }: Procedure): ReadonlySet<Code> {
  return new Set(clocks.filter(({ lapses }) => lapses?.when !== undefined).map(({ code }) => code));
}

function isActOfLaw({ type }: CaseEvent): boolean {
  return type === 'CaseLapsed' || type === 'DeterminedBySilence';
}

function clockIdOf({ data }: CaseEvent): Id | undefined {
  return 'clockId' in data ? data.clockId : undefined;
}

function clockOf(event: CaseEvent, codes: ReadonlyMap<Id, Code>): Code | undefined {
  return 'clock' in event.data ? event.data.clock : codes.get(clockIdOf(event) ?? '');
}

function withoutDerived<E extends CaseEvent>(event: E): E {
  return event.type === 'DeterminationRecommended'
    ? { ...event, data: { ...event.data, derived: undefined, unknown: [] } }
    : event;
}
