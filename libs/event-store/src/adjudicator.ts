/**
 * Decides commands on cases by what a register says: who acts in which capacity, under which pinned procedure, beside which linked cases. The
 * desk asks it before it appends; an audit asks it again, by the register as it stood then.
 */
import type { Calendar } from '#domain/calendar/calendar.js';
import { type LinkedCase, UnreadableLinkedCase } from '#domain/case/blocks.js';
import { dateIn, zoneOf } from '#domain/case/clock-events.js';
import type { CaseCommand } from '#domain/case/commands.js';
import { decide } from '#domain/case/decide.js';
import type { CaseEvent, PinnedProcedure, Relation } from '#domain/case/events.js';
import { mayRead } from '#domain/case/permit.js';
import type { CommandContext } from '#domain/case/policies.js';
import { REMEDY } from '#domain/case/remedies.js';
import { type CaseFile, type CaseState, evolve } from '#domain/case/state.js';
import type { Decision, Id, InstantAt, Rejection } from '#domain/event.js';
import { inSubtree } from '#domain/office/office.js';
import { type Actor, actorOn } from '#domain/office/official.js';
import { noVersionOn, versionOn } from '#domain/procedure/procedure.js';
import { refuseUnlessAcknowledged } from '#domain/process/linked-cases.js';
import { type PublishedProcedure, pinnedProcedure, type RegistryState } from '#domain/registry.js';
import { eventIdOf } from './envelope.js';
import { UnreadableStream } from './event-log.js';

/** Far beyond any event's index in its command, and another than the API gives to ids that the caller left out. */
const LINK_INDEX = 2_000_000;

/** The id of the case that a command would open beside its own, the same for every try of the command. */
export function linkIdOf(commandId: Id): Id {
  return eventIdOf(commandId, LINK_INDEX);
}

/** Other cases, as they stand for whoever decides. */
export interface OtherCases {
  /** @throws UnreadableStream */
  read(caseId: Id): Promise<CaseState>;
  /** As far as it can be read: enough to know who may be told of it. */
  asFarAsReadable(caseId: Id): Promise<CaseState>;
  /** Were a person's keys destroyed, or is that confirmed? Left out by an audit: nothing was decided afterwards. */
  isDestroyed?(personId: Id): Promise<boolean>;
}

export class Adjudicator {
  constructor(
    private readonly registry: { readonly state: RegistryState },
    private readonly cases: OtherCases,
  ) {}

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
    const [destroyed, ...linked] = await Promise.all([
      this.isDestroyed(state),
      ...[...state.links, ...more].map(({ other, relation }) => this.linkedCase(other, relation)),
    ]);
    const last = (one: LinkedCase) => Number(one instanceof UnreadableLinkedCase);
    return {
      ...this.lawOn(state.procedure),
      linked: linked.flat().toSorted((a, b) => last(a) - last(b)),
      ...(destroyed ? { dataDestroyed: true as const } : {}),
    };
  }

  /** Nobody's data is destroyed while a case of theirs is open, so only of a closed one is it asked. */
  private async isDestroyed({ progress, subjectId }: CaseFile): Promise<boolean> {
    if (progress.stage !== 'closed' || subjectId === undefined) return false;
    return (await this.cases.isDestroyed?.(subjectId)) === true;
  }

  private async linkedCase(caseId: Id, relation: Relation): Promise<readonly LinkedCase[]> {
    try {
      const state = await this.cases.read(caseId);
      return state === undefined ? [] : [{ relation, state, procedure: this.procedureOf(state.procedure) }];
    } catch (error) {
      if (error instanceof UnreadableStream) return [new UnreadableLinkedCase(relation, caseId, error.since)];
      throw error;
    }
  }

  /** The law that governs a case, as published. */
  lawOn(pin: PinnedProcedure): Omit<CommandContext, 'actor' | 'performedBy' | 'at' | 'linked'> {
    const { offices, procedures } = this.registry.state;
    const published = procedures.get(pin.code) ?? [];
    return { procedure: this.procedureOf(pin), published, calendar: this.calendar(), offices };
  }

  /** What a command leads to, and what only the register knows of it: an assignee, a member of a panel, a version. */
  async decide(
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
    // First whether they may at all: what only the register knows of a case is not told to who may not see it.
    const decision = decide(command, state, { ...who, ...around });
    if (decision.events === undefined) return decision;
    if (command.type === 'AssignOfficer') {
      const refusal = this.refuseAssignee(command.officer, state.office, who.at);
      if (refusal !== undefined) return { rejection: refusal };
    }
    if (command.type === 'ConvenePanel') {
      const stranger = command.members.find(({ official }) => !this.isPanelMember(official, state.office, who.at));
      if (stranger !== undefined) return { rejection: noSuchMember(stranger.official, state.office) };
    }
    if (command.type !== 'FileRemedy') return decision;
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
    const state = await this.cases.asFarAsReadable(caseId);
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

export const noSuchCase: Rejection = {
  code: 'out-of-scope',
  reason: { id: 'Perkara ini tidak ada.', en: 'There is no such case.' },
};

function noSuchMember(official: Id, office: string): Rejection {
  return {
    code: 'no-such-member',
    reason: {
      id: `${official} bukan anggota tim untuk kantor ${office}.`,
      en: `${official} is not a panel member for office ${office}.`,
    },
  };
}
