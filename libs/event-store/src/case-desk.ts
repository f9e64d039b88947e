/**
 * Where commands on cases are carried out, for every app alike: the registry says who acts and under which procedure, the domain decides,
 * the log keeps. The API's command handler, the importer and the process managers all come here.
 */

import { randomUUID } from 'node:crypto';
import type { Calendar } from '#domain/calendar/calendar.js';
import { type LinkedCase, UnreadableLinkedCase } from '#domain/case/blocks.js';
import { dateIn, recalculated, zoneOf } from '#domain/case/clock-events.js';
import type { CaseCommand } from '#domain/case/commands.js';
import { decide } from '#domain/case/decide.js';
import type { CaseEvent, PinnedProcedure, Relation } from '#domain/case/events.js';
import { actOfLaw, LAW, lapseOfClock } from '#domain/case/law.js';
import { mayRead } from '#domain/case/permit.js';
import type { CommandContext } from '#domain/case/policies.js';
import { refuse } from '#domain/case/refuse.js';
import { REMEDY } from '#domain/case/remedies.js';
import { type CaseFile, type CaseState, decisionOf, evolve, initialState } from '#domain/case/state.js';
import type { Decision, Id, InstantAt, Rejection } from '#domain/event.js';
import { inSubtree } from '#domain/office/office.js';
import { type Actor, actorOn } from '#domain/office/official.js';
import { type LapseDefinition, noVersionOn, versionOn } from '#domain/procedure/procedure.js';
import {
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
  warn,
} from '#domain/process/escalation.js';
import type { ClocksEvent } from '#domain/process/events.js';
import {
  answerLink,
  LINKER,
  linkByMerge,
  refuseUnlessAcknowledged,
  tellDecision,
  unlinkByMerge,
} from '#domain/process/linked-cases.js';
import { type PublishedProcedure, pinnedProcedure } from '#domain/registry.js';
import { canonicalJson, commandIdOf, eventIdOf } from './envelope.js';
import { type EventLog, folded, foldedAsFar, UnreadableStream } from './event-log.js';
import { type CommandOutcome, handleCommand } from './handle-command.js';
import type { RecordedEvent } from './port.js';
import type { Registry } from './registry.js';

/** The one who computes clocks anew when a decree was published. */
const CALENDAR: Id = 'calendar';

/** Far beyond any event's index in its command, and another than the API gives to ids that the caller left out. */
const LINK_INDEX = 2_000_000;

const caseDecider = { initialState, evolve: (state: CaseState, event: CaseEvent): CaseState => evolve(state, event) };

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

/** A case folded from its events; with `asOf`, from those that were recorded by that instant. */
export function readingOf(events: readonly RecordedEvent[], asOf?: InstantAt): CaseReading {
  const known = asOf === undefined ? events : events.filter((event) => event.metadata.recordedAt <= asOf);
  return { state: folded(caseDecider, known), revision: known.at(-1)?.revision ?? -1, events: known };
}

export class CaseDesk {
  constructor(
    readonly log: EventLog,
    readonly registry: Registry,
  ) {}

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
        this.decide(command, state, {
          actor,
          at,
          linkId: eventIdOf(commandId, LINK_INDEX),
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

  /** The case folded from its stream, never behind. */
  async read(caseId: Id): Promise<CaseReading> {
    return readingOf((await this.log.read(caseStream(caseId))).events);
  }

  /** A case that `read` refuses, as far as it can be read: enough to know who may be told of it, and nothing to decide by. */
  async asFarAsReadable(caseId: Id): Promise<CaseState> {
    return foldedAsFar(caseDecider, await this.log.readOpened(caseStream(caseId)));
  }

  /**
   * A clock of the case ran out. Where the law acts on it, that is recorded in the case, once, at the instant it fell due; else, or when
   * something holds the law back, it is announced once in the clocks stream. Rejected when it is not due, stopped, or was announced before.
   */
  async announceDue(caseId: Id, clockId: Id, dueAt: InstantAt, at: InstantAt): Promise<CommandOutcome> {
    const { state } = await this.read(caseId);
    // Most clocks only fall due, and then nobody need look into the cases that this one is linked with.
    const byLaw =
      state === undefined || this.lapseOf(state, clockId) === undefined
        ? undefined
        : actOfLaw(state, clockId, await this.around(state), at).events?.[0];
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
    const { state } = await this.read(caseId);
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
    const { procedure, calendar, offices } = this.lawOn(state.procedure);
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
          : tellDecision(state, from, { ...this.lawOn(state.procedure), at }),
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
        const events = recalculated(state, { ...this.lawOn(state.procedure), at });
        return events.length > 0 ? { events } : { rejection: nothingMoved };
      },
      act: { actor: CALENDAR, effectiveAt: at, commandId, correlationId: commandId },
      body: canonicalJson({ caseId, version }),
    });
  }

  /** The official with the capacities they hold at an instant; someone not in the register has none. */
  actor(id: Id, at: InstantAt): Actor {
    const { officials, offices } = this.registry.state;
    const official = officials.get(id);
    if (official === undefined) return { id, capacities: [] };
    const zone = zoneOf(offices, official.assignments[0]?.office ?? '');
    const actor = actorOn(official, dateIn(zone, at));
    const persons = [official, ...actor.capacities.map(({ actingFor }) => officials.get(actingFor ?? ''))];
    return { ...actor, identityNumbers: persons.flatMap((one) => one?.identityNumbers ?? []) };
  }

  /** The calendar in force. @throws Error before the registry was seeded. */
  calendar(): Calendar {
    const { calendar } = this.registry.state;
    if (calendar === undefined) throw new Error('No calendar is published: run `npx tegas seed`');
    return calendar;
  }

  /** The procedure that governs a case. @throws Error when its pinned version is not in the register. */
  procedureOf(pin: { readonly code: string; readonly sha256: string }): PublishedProcedure {
    const procedure = pinnedProcedure(this.registry.state, pin);
    if (procedure === undefined)
      throw new Error(`Procedure ${pin.code} ${pin.sha256} is pinned by a case but not in the register`);
    return procedure;
  }

  /**
   * What is known about a case besides its own events: the law, the offices, and the cases it is linked with as they stand. One of those that
   * cannot be read throws `LinkedCaseUnreadable` at whoever looks into it.
   */
  async around(
    state: CaseFile,
    more: readonly { readonly other: Id; readonly relation: Relation }[] = [],
  ): Promise<Omit<CommandContext, 'actor' | 'performedBy' | 'at'>> {
    const linked = await Promise.all([...state.links, ...more].map(({ other, relation }) => this.linkedCase(other, relation)));
    const last = (one: LinkedCase) => Number(one instanceof UnreadableLinkedCase);
    return { ...this.lawOn(state.procedure), linked: linked.flat().toSorted((a, b) => last(a) - last(b)) };
  }

  private async linkedCase(caseId: Id, relation: Relation): Promise<readonly LinkedCase[]> {
    try {
      const { state } = await this.read(caseId);
      return state === undefined ? [] : [{ relation, state, procedure: this.procedureOf(state.procedure) }];
    } catch (error) {
      if (error instanceof UnreadableStream) return [new UnreadableLinkedCase(relation, caseId, error.since)];
      throw error;
    }
  }

  private lawOn(pin: PinnedProcedure): Omit<CommandContext, 'actor' | 'performedBy' | 'at' | 'linked'> {
    const { offices, procedures } = this.registry.state;
    const published = procedures.get(pin.code) ?? [];
    return { procedure: this.procedureOf(pin), published, calendar: this.calendar(), offices };
  }

  private async decide(
    command: CaseCommand,
    state: CaseState,
    who: { actor: Actor; at: InstantAt; linkId: Id; performedBy?: Id },
  ): Promise<Decision<CaseEvent>> {
    if (state === undefined) {
      if (!('procedure' in command)) return { rejection: noSuchCase };
      return decide(command, state, { ...who, ...this.lawOn(command.procedure), linked: [] });
    }
    const more = command.type === 'LinkCase' && (await this.shows(command.other, who)) ? [command.other] : [];
    const around = await this.around(
      state,
      more.map((other) => ({ other, relation: 'same-person' })),
    );
    const context = { ...who, ...around };
    if (command.type === 'AssignOfficer') {
      const refusal = this.refuseAssignee(command.officer, state.office, who.at);
      if (refusal !== undefined) return { rejection: refusal };
    }
    if (command.type === 'ConvenePanel') {
      const stranger = command.members.find(({ official }) => !this.isPanelMember(official, state.office, who.at));
      if (stranger !== undefined) return { rejection: noSuchMember(stranger.official, state.office) };
    }
    const decision = decide(command, state, context);
    if (command.type !== 'FileRemedy' || decision.events === undefined) return decision;
    const refusal = this.refuseUnknowing(command, decision.events.reduce(evolve, state), who.at);
    return refusal === undefined ? decision : { rejection: refusal };
  }

  /** Only the register knows the procedure in which the remedy would be examined, and so what silence on it means. */
  private refuseUnknowing(
    { acknowledges }: Extract<CaseCommand, { type: 'FileRemedy' }>,
    after: CaseFile,
    at: InstantAt,
  ): Rejection | undefined {
    const { offices, procedures } = this.registry.state;
    const on = dateIn(zoneOf(offices, after.office), at);
    const published = procedures.get(REMEDY) ?? [];
    const procedure = versionOn(published, on);
    if (procedure === undefined) return noVersionOn(REMEDY, published, on);
    const { code, version, sha256 } = procedure;
    const context = { procedure, pin: { code, version, sha256 }, calendar: this.calendar(), offices, at };
    return refuseUnlessAcknowledged(after, acknowledges, context);
  }

  /** Of a case that one may not see, one does not learn that it is there, nor whether it can be read. */
  private async shows(caseId: Id, { actor, at }: { readonly actor: Actor; readonly at: InstantAt }): Promise<boolean> {
    const state = await this.asFarAsReadable(caseId);
    return state !== undefined && mayRead(actor, state, this.registry.state.offices, at);
  }

  /** Only the register knows who may sit on a panel, and for which offices. */
  private isPanelMember(official: Id, office: string, at: InstantAt): boolean {
    const { offices } = this.registry.state;
    const on = dateIn(zoneOf(offices, office), at);
    return this.actor(official, at).capacities.some((c) => c.role === 'panel-member' && inSubtree(offices, c.office, office, on));
  }

  /** Only the register knows whether the officer named is a case officer of that office. */
  private refuseAssignee(officer: Id, office: string, at: InstantAt): Rejection | undefined {
    return this.actor(officer, at).capacities.some((c) => c.role === 'case-officer' && c.office === office)
      ? undefined
      : {
          code: 'no-such-officer',
          reason: {
            id: `${officer} bukan petugas pemeriksa pada kantor ${office}.`,
            en: `${officer} is not a case officer of office ${office}.`,
          },
        };
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
const noSuchCase: Rejection = { code: 'out-of-scope', reason: { id: 'Perkara ini tidak ada.', en: 'There is no such case.' } };

function noSuchMember(official: Id, office: string): Rejection {
  return {
    code: 'no-such-member',
    reason: {
      id: `${official} bukan anggota tim untuk kantor ${office}.`,
      en: `${official} is not a panel member for office ${office}.`,
    },
  };
}
