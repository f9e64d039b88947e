/**
 * Where commands on cases are carried out, for every app alike: the registry says who acts and under which procedure, the domain decides,
 * the log keeps. The API's command handler, the importer and the process managers all come here.
 */

import { randomUUID } from 'node:crypto';
import type { Calendar } from '#domain/calendar/calendar.js';
import { formatInstant, parseDay, startOfDay } from '#domain/calendar/day.js';
import { dateIn, recalculated, zoneOf } from '#domain/case/clock-events.js';
import type { CaseCommand } from '#domain/case/commands.js';
import type { CaseEvent } from '#domain/case/events.js';
import { actOfLaw, LAW, lapseOfClock } from '#domain/case/law.js';
import type { CommandContext } from '#domain/case/policies.js';
import { refuse } from '#domain/case/refuse.js';
import { type CaseFile, type CaseState, decisionOf, evolve, initialState } from '#domain/case/state.js';
import { type Destruction, destructionStream, evolveDestruction, isDestroyed } from '#domain/destruction/destruction.js';
import type { DestructionEvent } from '#domain/destruction/events.js';
import type { Code, DateOn, Decision, Id, InstantAt, Rejection } from '#domain/event.js';
import type { OfficeTree } from '#domain/office/office.js';
import type { Actor } from '#domain/office/official.js';
import { type LapseDefinition, noVersionOn, versionOn } from '#domain/procedure/procedure.js';
import {
  type Acting,
  type AnsweredStep,
  answer,
  type ClocksState,
  caseStream,
  climb,
  clocksStream,
  type EscalationContext,
  evolveClocks,
  fallDue,
  initialClocksState,
  passToActing,
  passToOfficer,
  tellActedEarly,
  tellLawActed,
  warn,
} from '#domain/process/escalation.js';
import type { ClocksEvent } from '#domain/process/events.js';
import { answerLink, LINKER, linkByMerge, tellDecision, unlinkByMerge } from '#domain/process/linked-cases.js';
import type { PublishedProcedure } from '#domain/registry.js';
import { Adjudicator, linkIdOf, noSuchCase } from './adjudicator.js';
import { canonicalJson, commandIdOf } from './envelope.js';
import { type EventLog, type Fold, folded, foldedAsFar } from './event-log.js';
import { type CommandOutcome, handleCommand } from './handle-command.js';
import type { RecordedEvent } from './port.js';
import type { Registry } from './registry.js';

/** The one who computes clocks anew when a decree was published. */
const CALENDAR: Id = 'calendar';

export const caseDecider = { initialState, evolve: (state: CaseState, event: CaseEvent): CaseState => evolve(state, event) };

export const destructionFold: Fold<Destruction | undefined, DestructionEvent> = {
  initialState: undefined,
  evolve: evolveDestruction,
};

export interface Submission {
  readonly caseId: Id;
  readonly command: CaseCommand;
  /** The official's login; roles are looked up at `at`. */
  readonly actorId: Id;
  readonly performedBy?: Id;
  /** When it is decided: now, or, for imports, when the act happened. */
  readonly at: InstantAt;
  readonly commandId: Id;
  readonly correlationId: Id;
  readonly expectedRevision?: number;
}

export interface CaseReading {
  readonly state: CaseState;
  readonly revision: number;
  readonly events: readonly RecordedEvent[];
}

/** A case as it was known at an instant, and as it was true on a date: of what is known, what counted in law by then. */
export interface CaseView {
  /** Only what was recorded by this instant. */
  readonly asOf?: InstantAt;
  /** Only what counts by the end of this date, in the zone of the office that opened the case. */
  readonly effectiveOn?: DateOn;
}

/** A case folded from its events, or from those of them that a view shows. */
export function readingOf(events: readonly RecordedEvent[], view: CaseView = {}, offices: OfficeTree = new Map()): CaseReading {
  const shown = shownOf(events, view, offices);
  return { state: folded(caseDecider, shown), revision: shown.at(-1)?.revision ?? -1, events: shown };
}

/**
 * The events of a stream that a view shows: known by then, and counting by the end of the date. The first of a stream counts with whatever
 * counts of it, also where something was entered that happened before it.
 */
export function shownOf<E extends RecordedEvent>(
  events: readonly E[],
  { asOf, effectiveOn }: CaseView,
  offices: OfficeTree,
): readonly E[] {
  const known = asOf === undefined ? events : events.filter(({ metadata }) => metadata.recordedAt <= asOf);
  const [first] = known;
  if (effectiveOn === undefined || first === undefined) return known;
  const { office = '' } = first.data as { readonly office?: Code };
  const until = formatInstant(startOfDay(parseDay(effectiveOn) + 1, zoneOf(offices, office)));
  const shown = known.filter(({ metadata }) => metadata.effectiveAt < until);
  return shown.length === 0 || shown[0] === first ? shown : [first, ...shown];
}

export class CaseDesk {
  private readonly adjudicator: Adjudicator;

  constructor(
    readonly log: EventLog,
    readonly registry: Registry,
  ) {
    this.adjudicator = new Adjudicator(registry, {
      read: async (caseId) => (await this.read(caseId)).state,
      asFarAsReadable: (caseId) => this.asFarAsReadable(caseId),
      isDestroyed: async (personId) => isDestroyed(await this.destructionOf(personId)),
    });
  }

  /** Carries out one command, exactly once per command id. */
  async submit(submission: Submission): Promise<CommandOutcome> {
    const { caseId, command, actorId, performedBy, at, commandId, correlationId, expectedRevision } = submission;
    const actor = this.actor(actorId, at);
    const office = actor.capacities[0]?.office;
    return handleCommand<CaseState, CaseEvent, CaseEvent>({
      log: this.log,
      stream: caseStream(caseId),
      decider: caseDecider,
      decide: (state) =>
        this.adjudicator.decide(command, state, {
          actor,
          at,
          linkId: linkIdOf(commandId),
          ...(performedBy === undefined ? {} : { performedBy }),
        }),
      act: {
        actor: actorId,
        effectiveAt: at,
        commandId,
        correlationId,
        ...(performedBy === undefined ? {} : { performedBy }),
        ...(office === undefined ? {} : { office }),
      },
      body: canonicalJson({ caseId, command: asAsked(command) }),
      ...(expectedRevision === undefined ? {} : { expectedRevision }),
    });
  }

  /** Why a command would be refused now, appending nothing; undefined: it would not be. */
  async wouldRefuse(
    submission: Submission,
  ): Promise<Extract<CommandOutcome, { kind: 'rejected' | 'wrong-revision' }> | undefined> {
    const { caseId, command, actorId, at, commandId, expectedRevision } = submission;
    const { state, revision, events } = await this.read(caseId);
    if (expectedRevision !== undefined && expectedRevision !== revision)
      return { kind: 'wrong-revision', currentRevision: revision, since: events.slice(expectedRevision + 1) };
    const who = { actor: this.actor(actorId, at), at, linkId: linkIdOf(commandId) };
    const { rejection } = await this.adjudicator.decide(command, state, who);
    return rejection === undefined ? undefined : { kind: 'rejected', rejection, revision };
  }

  /**
   * Why one of these commands, carried out one after the other on a case that they open, or on one that stands so, would be refused; appending
   * nothing.
   */
  async wouldRefuseAny(submissions: readonly Submission[], from: CaseState = initialState): Promise<Rejection | undefined> {
    let state = from;
    for (const { command, actorId, at, commandId } of submissions) {
      const who = { actor: this.actor(actorId, at), at, linkId: linkIdOf(commandId) };
      const { events, rejection } = await this.adjudicator.decide(command, state, who);
      if (rejection !== undefined) return rejection;
      state = events.reduce<CaseState>(evolve, state);
    }
    return undefined;
  }

  /** The case folded from its stream, never behind. */
  async read(caseId: Id): Promise<CaseReading> {
    return readingOf((await this.log.read(caseStream(caseId))).events);
  }

  /**
   * A case, to say by it that one of its clocks runs out. What it holds of the person is opened only where the clock counts from a date of theirs:
   * at a midnight of thousands that would be most of the work, and a date does not pass unsaid because a key is away.
   */
  private async readForClock(caseId: Id, clockId: Id): Promise<CaseState> {
    const state = folded(caseDecider, await this.log.readImpersonal(caseStream(caseId)));
    const clock = state?.clocks.find((one) => one.clockId === clockId);
    return state !== undefined && clock?.due.dueAt === undefined ? (await this.read(caseId)).state : state;
  }

  /** A case that `read` refuses, as far as it can be read: enough to know who may be told of it, and nothing to decide by. */
  async asFarAsReadable(caseId: Id): Promise<CaseState> {
    return foldedAsFar(caseDecider, await this.log.readOpened(caseStream(caseId)));
  }

  /** What was decided on the end of a person's data; undefined where nothing was. */
  async destructionOf(personId: Id): Promise<Destruction | undefined> {
    return folded(destructionFold, (await this.log.read(destructionStream(personId))).events);
  }

  /**
   * A clock of the case ran out. Where the law acts on it, that is recorded in the case, once, at the instant it fell due; else, or when
   * something holds the law back, it is announced once in the clocks stream. Rejected when it is not due, stopped, or was announced before.
   */
  async announceDue(caseId: Id, clockId: Id, dueAt: InstantAt, at: InstantAt): Promise<CommandOutcome> {
    const state = await this.readForClock(caseId, clockId);
    // Most clocks only fall due, and then nobody need look at what the person said, nor into the cases that this one is linked with.
    const lapsing =
      state === undefined || this.lapseOf(state, clockId) === undefined ? undefined : (await this.read(caseId)).state;
    const byLaw = lapsing === undefined ? undefined : actOfLaw(lapsing, clockId, await this.around(lapsing), at).events?.[0];
    if (byLaw?.type === 'DeterminedBySilence') {
      // What was entered long after it was filed was never warned of. Nobody learns of a grant by silence from the grant alone (ADR 16).
      const warned = await this.warnDue(caseId, clockId, dueAt, at);
      if (warned.kind === 'accepted' && !warned.replayed)
        return { kind: 'rejected', rejection: warnedFirst, revision: warned.revision };
    }
    if (byLaw !== undefined && 'at' in byLaw.data) return this.letLawAct(caseId, clockId, dueAt, byLaw.data.at, at);
    return this.onClocks(caseId, at, { caseId, clockId, dueAt }, (said) =>
      state === undefined ? { rejection: noSuchCase } : fallDue(state, said, clockId, this.escalationOf(state, at)),
    );
  }

  /** The steps of a clock's ladder that have fallen are told, each once. Rejected when there is nothing to say. */
  async climb(caseId: Id, clockId: Id, dueAt: InstantAt, stepAt: InstantAt, at: InstantAt): Promise<CommandOutcome> {
    const state = await this.readForClock(caseId, clockId);
    return this.onClocks(caseId, at, { caseId, clockId, dueAt, stepAt }, (said) =>
      state === undefined ? { rejection: noSuchCase } : climb(state, said, clockId, this.escalationOf(state, at)),
    );
  }

  /** An official answers what they were told of a clock: has opened it, or answers for it. */
  answerStep(
    kind: 'EscalationSeen' | 'EscalationAcknowledged',
    caseId: Id,
    step: AnsweredStep,
    by: Id,
    at: InstantAt,
    commandId: Id,
  ): Promise<CommandOutcome> {
    const body = { kind, caseId, ...step, by };
    return this.onClocks(caseId, at, body, (said) => answer(kind, caseId, said, step, by, at), { by, commandId });
  }

  /** What was told of a case's clocks, and what came of it. */
  async told(caseId: Id): Promise<ClocksState['told']> {
    const { events } = await this.log.read(clocksStream(caseId));
    return events.reduce<ClocksState>(
      (state, event) => evolveClocks(state, event as RecordedEvent & ClocksEvent),
      initialClocksState,
    ).told;
  }

  /**
   * What the clocks stream says decides, not the id of the asking: the same due date may come back after another, and is then told anew.
   * Whoever asks twice is refused the second time.
   */
  private onClocks(
    caseId: Id,
    at: InstantAt,
    body: Parameters<typeof canonicalJson>[0],
    decide: (said: ClocksState) => Decision<ClocksEvent>,
    { by, commandId }: { readonly by: Id; readonly commandId: Id } = { by: 'clocks', commandId: randomUUID() },
  ): Promise<CommandOutcome> {
    return handleCommand<ClocksState, ClocksEvent, ClocksEvent>({
      log: this.log,
      stream: clocksStream(caseId),
      decider: { initialState: initialClocksState, evolve: evolveClocks },
      decide,
      act: { actor: by, effectiveAt: at, commandId, correlationId: commandId },
      body: canonicalJson(body),
    });
  }

  private escalationOf(state: CaseFile, at: InstantAt): EscalationContext {
    const { procedure, calendar, offices } = this.adjudicator.lawOn(state.procedure);
    return { procedure, calendar, offices, at, roster: this.registry.rosterOn(dateIn(zoneOf(offices, state.office), at)) };
  }

  private letLawAct(caseId: Id, clockId: Id, dueAt: InstantAt, effectiveAt: InstantAt, at: InstantAt): Promise<CommandOutcome> {
    const commandId = commandIdOf(LAW, `${caseId}/${clockId}/${dueAt}`);
    return handleCommand<CaseState, CaseEvent, CaseEvent>({
      log: this.log,
      stream: caseStream(caseId),
      decider: caseDecider,
      decide: async (state) =>
        state === undefined ? { rejection: noSuchCase } : actOfLaw(state, clockId, await this.around(state), at),
      act: { actor: LAW, effectiveAt, commandId, correlationId: commandId },
      body: canonicalJson({ caseId, clockId, dueAt }),
    });
  }

  private lapseOf(state: CaseFile, clockId: Id): LapseDefinition | undefined {
    const clock = state.clocks.find((one) => one.clockId === clockId);
    return clock === undefined ? undefined : lapseOfClock(this.procedureOf(state.procedure), clock.code);
  }

  /** Before the law acts on a clock the supervisor is told, once, in the clocks stream. */
  async warnDue(caseId: Id, clockId: Id, dueAt: InstantAt, at: InstantAt): Promise<CommandOutcome> {
    const { state } = await this.read(caseId);
    const lapses = state === undefined ? undefined : this.lapseOf(state, clockId);
    return this.onClocks(caseId, at, { caseId, clockId, dueAt }, (said) =>
      state === undefined ? { rejection: noSuchCase } : warn(state, said, clockId, lapses, this.escalationOf(state, at)),
    );
  }

  /** After the law acted on a clock its officer and supervisor are told, once, in the clocks stream. */
  async tellLawActed(caseId: Id, clockId: Id, dueAt: InstantAt, at: InstantAt): Promise<CommandOutcome> {
    const { state } = await this.read(caseId);
    return this.onClocks(caseId, at, { caseId, clockId, dueAt }, (said) =>
      state === undefined ? { rejection: noSuchCase } : tellLawActed(state, said, clockId, this.escalationOf(state, at)),
    );
  }

  /** Where the law acted on clocks of a case before they would have run out under the calendar in force, a supervisor is told, once, in the clocks stream. */
  async tellActedEarly(caseId: Id, at: InstantAt): Promise<CommandOutcome> {
    const { state } = await this.read(caseId);
    return this.onClocks(caseId, at, { caseId, version: this.calendar().version }, (said) =>
      state === undefined ? { rejection: noSuchCase } : tellActedEarly(state, said, this.escalationOf(state, at)),
    );
  }

  /** The officer whose case it is now is told what was told already of a clock, once, in the clocks stream. */
  async passToOfficer(caseId: Id, clockId: Id, at: InstantAt): Promise<CommandOutcome> {
    const { state } = await this.read(caseId);
    return this.onClocks(caseId, at, { caseId, clockId, officer: state?.officer ?? null }, (said) =>
      state === undefined ? { rejection: noSuchCase } : passToOfficer(state, said, clockId, this.escalationOf(state, at)),
    );
  }

  /** Who acts in the place of an official today is told what that official was told of a clock, once, in the clocks stream. */
  async passToActing(caseId: Id, clockId: Id, who: Acting, at: InstantAt): Promise<CommandOutcome> {
    const { state } = await this.read(caseId);
    return this.onClocks(caseId, at, { caseId, clockId, ...who }, (said) =>
      state === undefined ? { rejection: noSuchCase } : passToActing(state, said, clockId, who, this.escalationOf(state, at)),
    );
  }

  /** Makes the other case name this one, and opens it where the link calls for that; once, whoever asks and however often. */
  async answerLink(caseId: Id, other: Id, at: InstantAt): Promise<CommandOutcome> {
    const from = (await this.read(caseId)).state;
    const link = from?.links.find((one) => one.other === other);
    const { offices } = this.registry.state;
    const on = dateIn(zoneOf(offices, from?.office ?? ''), at);
    const published = this.registry.state.procedures.get(link?.procedure ?? '') ?? [];
    const procedure = versionOn(published, on);
    const commandId = commandIdOf(LINKER, `${caseId}/${other}`);
    return handleCommand<CaseState, CaseEvent, CaseEvent>({
      log: this.log,
      stream: caseStream(other),
      decider: caseDecider,
      decide: (state) => {
        if (from === undefined || link === undefined) return { rejection: noSuchCase };
        if (procedure === undefined) return { rejection: noVersionOn(link.procedure, published, on) };
        const { code, version, sha256 } = procedure;
        const context = { procedure, pin: { code, version, sha256 }, calendar: this.calendar(), offices, at };
        return answerLink(from, link, state, context);
      },
      act: { actor: LINKER, effectiveAt: at, commandId, correlationId: commandId },
      body: canonicalJson({ caseId, other }),
    });
  }

  /** Tells a case how one that it is linked with was decided; once for each decision, whoever asks and however often. */
  async tellDecision(caseId: Id, other: Id, at: InstantAt): Promise<CommandOutcome> {
    const from = (await this.read(other)).state;
    const decidedAt = from === undefined ? undefined : decisionOf(from)?.at;
    const commandId = commandIdOf(LINKER, `decided/${caseId}/${other}/${decidedAt}`);
    return handleCommand<CaseState, CaseEvent, CaseEvent>({
      log: this.log,
      stream: caseStream(caseId),
      decider: caseDecider,
      decide: (state) =>
        state === undefined || from === undefined
          ? { rejection: noSuchCase }
          : tellDecision(state, from, { ...this.adjudicator.lawOn(state.procedure), at }),
      act: { actor: LINKER, effectiveAt: at, commandId, correlationId: commandId },
      body: canonicalJson({ caseId, other, decidedAt: decidedAt ?? null }),
    });
  }

  /**
   * Makes a case name one of a person record that was merged with its own, or forget it once that merge was undone (`match` undefined). Each of
   * the two cases is told by itself; rejected when there is nothing to say.
   */
  async followMerge(caseId: Id, other: Id, match: Id | undefined, at: InstantAt): Promise<CommandOutcome> {
    const { state: named } = await this.read(other);
    // A merge may be undone and made again: what was said before is told from what is said now by where the case stood.
    const { revision } = await this.read(caseId);
    const commandId = commandIdOf(LINKER, `${match === undefined ? 'separated' : 'merged'}/${caseId}/${other}/${revision}`);
    return handleCommand<CaseState, CaseEvent, CaseEvent>({
      log: this.log,
      stream: caseStream(caseId),
      decider: caseDecider,
      decide: (state) => (match === undefined ? unlinkByMerge(state, other, at) : linkByMerge(state, named, match, at)),
      act: { actor: LINKER, effectiveAt: at, commandId, correlationId: commandId },
      body: canonicalJson({ caseId, other, match: match ?? null }),
    });
  }

  /** Computes a case's open clocks anew under the calendar in force. Rejected when it moves none of them. */
  async recalculate(caseId: Id, at: InstantAt): Promise<CommandOutcome> {
    const { version } = this.calendar();
    const commandId = randomUUID();
    return handleCommand<CaseState, CaseEvent, CaseEvent>({
      log: this.log,
      stream: caseStream(caseId),
      decider: caseDecider,
      decide: (state) => {
        if (state === undefined) return { rejection: noSuchCase };
        const events = recalculated(state, { ...this.adjudicator.lawOn(state.procedure), at });
        return events.length > 0 ? { events } : { rejection: nothingMoved };
      },
      act: { actor: CALENDAR, effectiveAt: at, commandId, correlationId: commandId },
      body: canonicalJson({ caseId, version }),
    });
  }

  /** The official with the capacities they hold at an instant; someone not in the register has none. */
  actor(id: Id, at: InstantAt): Actor {
    return this.adjudicator.actor(id, at);
  }

  /** The calendar in force. @throws Error before the registry was seeded. */
  calendar(): Calendar {
    return this.adjudicator.calendar();
  }

  /** The procedure that governs a case. @throws Error when its pinned version is not in the register. */
  procedureOf(pin: { readonly code: string; readonly sha256: string }): PublishedProcedure {
    return this.adjudicator.procedureOf(pin);
  }

  /** What is known about a case besides its own events: the law, the offices, and the cases it is linked with as they stand. */
  around(state: CaseFile): Promise<Omit<CommandContext, 'actor' | 'performedBy' | 'at'>> {
    return this.adjudicator.around(state);
  }
}

/** The command as it was asked: which version governs a new case is looked up, so the same request stays the same when versions change. */
function asAsked(command: CaseCommand): object {
  return 'procedure' in command ? { ...command, procedure: command.procedure.code } : { ...command };
}

const warnedFirst = refuse(
  'warned-first',
  'Supervisor baru saja diberi tahu; hukum bertindak pada pemeriksaan berikutnya.',
  'The supervisor has just been warned; the law acts at the next look.',
);
const nothingMoved: Rejection = {
  code: 'nothing-moved',
  reason: { id: 'Tidak ada tenggat yang bergeser.', en: 'No clock moves.' },
};
