/**
 * Re-adjudication: every command that an official sent is decided again, by the state of the case before it and the register as it stood
 * then, and what is said now is held against what was recorded. Whatever rule the product enforces is checked so, by that rule itself:
 * stages, roles, scope, four eyes, authority, pinned rules, due dates.
 */
import { isDeepStrictEqual } from 'node:util';
import { dateIn, recalculated, zoneOf } from '#domain/case/clock-events.js';
import type { CaseCommand } from '#domain/case/commands.js';
import type { CaseEvent } from '#domain/case/events.js';
import { actOfLaw, LAW } from '#domain/case/law.js';
import { referenceOf } from '#domain/case/reference.js';
import { type CaseFile, type CaseState, evolve } from '#domain/case/state.js';
import type { Citation, Code, DateOn, Decision, Id, InstantAt, Text } from '#domain/event.js';
import { caseStream } from '#domain/process/escalation.js';
import { LINKER } from '#domain/process/linked-cases.js';
import { emptyRegistry, evolveRegistry, type RegistryEvent, type RegistryState, registryPrefixes } from '#domain/registry.js';
import { newestVersionOf } from '#domain/upcasters.js';
import { Adjudicator, linkIdOf } from '#event-store/adjudicator.js';
import { type EventLog, foldedAsFar, type OpenedEvent } from '#event-store/event-log.js';
import { comparePositions, type Position } from '#event-store/port.js';
import { commandOf } from './command-of.js';
import { apartFromFacts, lacksValues, refusedForFacts } from './destroyed-values.js';

/** What a decision does not bear out. */
export interface AuditFinding {
  /** `otherwise`: decided again, it leads to other events; `unreadable`: it cannot be read; else the code of the rule that refuses it. */
  readonly code: Code;
  readonly caseId: Id;
  readonly reference: string;
  /** The event of that act which is at fault. */
  readonly eventId: Id;
  readonly revision: number;
  readonly type: Code;
  readonly at: InstantAt;
  readonly by: Id;
  readonly reason: Text;
  readonly legalBasis: readonly Citation[];
}

export interface AuditReport {
  /** Whether anything was decided again: where not, that there are no findings says nothing. */
  readonly audited: boolean;
  readonly cases: number;
  /** Commands of officials that were decided again, within the period. */
  readonly commands: number;
  /** Acts of the law, and of a new calendar on clocks, that were decided again. */
  readonly byLaw: number;
  /** What was not decided again, by type of its first event: acts of process managers, and what depends on values that were destroyed. */
  readonly notDecidedAgain: { readonly [type: Code]: number };
  /** How many findings under each code, and in how many cases. */
  readonly byCode: { readonly [code: Code]: { readonly findings: number; readonly cases: number } };
  readonly findings: readonly AuditFinding[];
}

export interface AuditOptions {
  readonly caseIds: readonly Id[];
  /** Acts from this date on, and up to it, in the zone of the case's office; by when the act counts. */
  readonly from?: DateOn;
  readonly to?: DateOn;
  readonly onProgress?: (done: number, total: number) => void;
}

const CASES_AT_ONCE = 32;
/** The commands that may open another case: only they need its id, which costs as much as deciding. */
const OPENING: ReadonlySet<CaseCommand['type']> = new Set(['ApproveDetermination', 'DetermineOtherwise', 'FileRemedy']);
/** A process learns of a change in the register a moment after it: what was decided just after one may rest on the one before. */
const REGISTER_SETTLES_MS = 10_000;

/** Decides every act on these cases again. Reads only. @throws StoreUnavailable */
export async function readjudicate(log: EventLog, options: AuditOptions): Promise<AuditReport> {
  const tally = new Tally();
  const register = await RegisterThen.read(log);
  const audit = new CaseAudit(log, register, options, tally);
  const queue = [...options.caseIds];
  let done = 0;
  await Promise.all(
    Array.from({ length: Math.min(CASES_AT_ONCE, queue.length) }, async () => {
      for (let caseId = queue.shift(); caseId !== undefined; caseId = queue.shift()) {
        await audit.of(caseId);
        done += 1;
        options.onProgress?.(done, options.caseIds.length);
      }
    }),
  );
  return tally.report();
}

/** What was found of the parts that cases were divided into, as of all of them. */
export function joinedReports(reports: readonly AuditReport[]): AuditReport {
  const tally = new Tally();
  for (const { cases, commands, byLaw, notDecidedAgain, findings } of reports) {
    tally.cases += cases;
    tally.commands += commands;
    tally.byLaw += byLaw;
    for (const [type, count] of Object.entries(notDecidedAgain)) tally.pass(type, count);
    tally.findings.push(...findings);
  }
  return tally.report();
}

class Tally {
  cases = 0;
  commands = 0;
  byLaw = 0;
  readonly notDecidedAgain: { [type: Code]: number } = {};
  readonly findings: AuditFinding[] = [];

  pass(type: Code, count = 1): void {
    this.notDecidedAgain[type] = (this.notDecidedAgain[type] ?? 0) + count;
  }

  report(): AuditReport {
    const { cases, commands, byLaw, notDecidedAgain } = this;
    const findings = this.findings.toSorted((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : a.revision - b.revision));
    const byCode = Object.fromEntries(
      [...new Set(findings.map(({ code }) => code))].sort().map((code) => {
        const those = findings.filter((finding) => finding.code === code);
        return [code, { findings: those.length, cases: new Set(those.map(({ caseId }) => caseId)).size }];
      }),
    );
    return { audited: commands + byLaw > 0, cases, commands, byLaw, notDecidedAgain, byCode, findings };
  }
}

/** The register after each of its events. */
class RegisterThen {
  private constructor(
    private readonly states: readonly {
      readonly position: Position;
      readonly recordedAt: InstantAt;
      readonly state: RegistryState;
    }[],
  ) {}

  static async read(log: EventLog): Promise<RegisterThen> {
    const states: { position: Position; recordedAt: InstantAt; state: RegistryState }[] = [];
    let state = emptyRegistry;
    for await (const batch of log.readAll('0', { filter: { streamPrefixes: [...registryPrefixes] } }))
      for (const event of batch) {
        if (event.unreadable !== undefined) throw event.unreadable;
        state = evolveRegistry(state, event as OpenedEvent & RegistryEvent);
        states.push({ position: event.position, recordedAt: event.metadata.recordedAt, state });
      }
    return new RegisterThen(states);
  }

  /** As it stood before a position, and, where it had just changed, as it stood before that. */
  before(position: Position, recordedAt: InstantAt): readonly RegistryState[] {
    const last = this.states.findLastIndex((one) => comparePositions(one.position, position) < 0);
    const settled = new Date(Date.parse(recordedAt) - REGISTER_SETTLES_MS).toISOString();
    const found = [this.states[last]?.state ?? emptyRegistry];
    for (let at = last; at > 0 && (this.states[at]?.recordedAt ?? '') > settled; at -= 1)
      found.push(this.states[at - 1]?.state ?? emptyRegistry);
    return found;
  }
}

type Act = readonly (OpenedEvent & CaseEvent)[];

class CaseAudit {
  constructor(
    private readonly log: EventLog,
    private readonly register: RegisterThen,
    private readonly options: AuditOptions,
    private readonly tally: Tally,
  ) {}

  async of(caseId: Id): Promise<void> {
    this.tally.cases += 1;
    let state: CaseState;
    for (const act of actsOf(await this.log.readOpened(caseStream(caseId)))) {
      const [first] = act;
      if (first === undefined) continue;
      const unreadable = act.find(
        (event) => event.unreadable !== undefined && event.unreadable.name !== 'UnreadablePersonalData',
      );
      if (unreadable !== undefined) {
        this.find(caseId, unreadable, 'unreadable', cannotBeRead, []);
        return;
      }
      if (this.isWithin(state, first)) await this.decideAgain(caseId, act, first, state);
      try {
        state = act.reduce<CaseState>(evolve, state);
      } catch {
        this.find(caseId, first, 'unreadable', cannotBeRead, []);
        return;
      }
    }
  }

  private isWithin(state: CaseState, { metadata }: OpenedEvent): boolean {
    const { from, to } = this.options;
    if (from === undefined && to === undefined) return true;
    const [registry = emptyRegistry] = this.register.before('9'.repeat(18), metadata.recordedAt);
    const on = dateIn(zoneOf(registry.offices, state?.office ?? metadata.office ?? ''), metadata.effectiveAt);
    return (from === undefined || on >= from) && (to === undefined || on <= to);
  }

  private async decideAgain(caseId: Id, act: Act, first: OpenedEvent & CaseEvent, state: CaseState): Promise<void> {
    const [now = emptyRegistry, ...earlier] = this.register.before(first.position, first.metadata.recordedAt);
    let verdict = await this.verdictOn(act, first, state, now);
    for (const registry of earlier) {
      if (verdict.kind !== 'fault') break;
      const other = await this.verdictOn(act, first, state, registry);
      if (other.kind !== 'fault') verdict = other;
    }
    switch (verdict.kind) {
      case 'upheld':
        this.tally[verdict.who] += 1;
        return;
      case 'not-decided':
        this.tally.pass(first.type);
        return;
      case 'fault':
        this.tally[verdict.who] += 1;
        this.find(caseId, verdict.event, verdict.code, verdict.reason, verdict.legalBasis);
    }
  }

  private async verdictOn(act: Act, first: OpenedEvent & CaseEvent, state: CaseState, registry: RegistryState): Promise<Verdict> {
    const { actor, commandId, effectiveAt, performedBy, recordedAt } = first.metadata;
    const adjudicator = new Adjudicator({ state: registry }, this.othersBefore(first.position));
    try {
      if (first.type === 'CaseLapsed' || first.type === 'DeterminedBySilence') {
        if (actor !== LAW || state === undefined) return { kind: 'not-decided' };
        const around = await adjudicator.around(state);
        const decision = actOfLaw(state, first.data.clockId, around, recordedAt);
        return await this.unlessOnDestroyed(judge('byLaw', act, decision), act, decision, state, adjudicator);
      }
      if (first.type === 'ClockRecalculated') {
        if (state === undefined) return { kind: 'not-decided' };
        const events = recalculated(state, { ...adjudicator.lawOn(state.procedure), at: first.data.at });
        return judge('byLaw', act, { events });
      }
      // What a process manager says of another case follows from that case, not from anyone's command.
      const command = actor === LINKER ? 'not-a-command' : commandOf(act, state);
      if (typeof command === 'string') return { kind: 'not-decided' };
      // Ours are enforced; of what others did and we only observed, an audit says what ours would have said.
      const before = state?.imported === undefined ? state : enforcing(state);
      const decision = await adjudicator.decide(command, before, {
        actor: adjudicator.actor(actor, effectiveAt),
        at: effectiveAt,
        linkId: OPENING.has(command.type) ? linkIdOf(commandId) : '',
        ...(performedBy === undefined ? {} : { performedBy }),
      });
      return await this.unlessOnDestroyed(judge('commands', act, decision), act, decision, state, adjudicator);
    } catch (error) {
      const reason = {
        id: `Tidak dapat diputuskan ulang: ${error instanceof Error ? error.message : error}`,
        en: `It cannot be decided again: ${error instanceof Error ? error.message : error}`,
      };
      return { kind: 'fault', who: 'commands', event: first, code: 'cannot-be-decided', reason, legalBasis: [] };
    }
  }

  /** A fault that values may explain which were destroyed, here or in a linked case, is none; what else the act is at fault in stays. */
  private async unlessOnDestroyed(
    verdict: Verdict,
    act: Act,
    decision: Decision<CaseEvent>,
    state: CaseState,
    adjudicator: Adjudicator,
  ): Promise<Verdict> {
    const [first] = act;
    if (verdict.kind !== 'fault' || first === undefined || state === undefined) return verdict;
    const { linked, procedure } = await adjudicator.around(state);
    if (![state, ...linked.map((one) => one.state)].some(lacksValues)) return verdict;
    if (decision.rejection !== undefined)
      return refusedForFacts(decision.rejection.code, first, state, procedure) ? { kind: 'not-decided' } : verdict;
    const [recorded, again] = [act, decision.events].map((events) => apartFromFacts(events, state, procedure));
    const rest = judge(verdict.who, recorded as Act, { events: again ?? [] });
    return rest.kind === 'fault' ? rest : { kind: 'not-decided' };
  }

  /** Linked cases as they stood before a position. */
  private othersBefore(position: Position): ConstructorParameters<typeof Adjudicator>[1] {
    const read = async (caseId: Id): Promise<CaseState> => {
      const events = await this.log.readOpened(caseStream(caseId));
      return foldedAsFar(
        { initialState: undefined as CaseState, evolve: (state: CaseState, event: CaseEvent): CaseState => evolve(state, event) },
        events.filter((event) => comparePositions(event.position, position) < 0),
      );
    };
    return { read, asFarAsReadable: read };
  }

  private find(caseId: Id, event: OpenedEvent, code: Code, reason: Text, legalBasis: readonly Citation[]): void {
    const { actor, performedBy, effectiveAt } = event.metadata;
    this.tally.findings.push({
      code,
      caseId,
      reference: referenceOf(caseId),
      eventId: event.id,
      revision: event.revision,
      type: event.type,
      at: effectiveAt,
      by: performedBy ?? actor,
      reason,
      legalBasis,
    });
  }
}

/** Events of one command, or of one act of the law, stand together. */
function actsOf(events: readonly OpenedEvent[]): readonly Act[] {
  const acts: (OpenedEvent & CaseEvent)[][] = [];
  for (const event of events) {
    const last = acts.at(-1);
    if (last?.[0]?.metadata.commandId === event.metadata.commandId) last.push(event as OpenedEvent & CaseEvent);
    else acts.push([event as OpenedEvent & CaseEvent]);
  }
  return acts;
}

type Verdict =
  | { readonly kind: 'upheld'; readonly who: 'commands' | 'byLaw' }
  | { readonly kind: 'not-decided' }
  | {
      readonly kind: 'fault';
      readonly who: 'commands' | 'byLaw';
      readonly event: OpenedEvent;
      readonly code: Code;
      readonly reason: Text;
      readonly legalBasis: readonly Citation[];
    };

/** Would the same be recorded again? Personal parts apart: they decide nothing once the events are there, and may be destroyed. */
function judge(who: 'commands' | 'byLaw', act: Act, decision: Decision<CaseEvent>): Verdict {
  const [first] = act;
  if (first === undefined) return { kind: 'not-decided' };
  if (decision.rejection !== undefined) {
    const { code, reason, legalBasis = [] } = decision.rejection;
    return { kind: 'fault', who, event: first, code, reason, legalBasis };
  }
  const { events } = decision;
  for (let at = 0; at < Math.max(act.length, events.length); at += 1) {
    const [recorded, again] = [act[at], events[at]];
    if (recorded !== undefined && again !== undefined && isSame(recorded, again)) continue;
    return {
      kind: 'fault',
      who,
      event: recorded ?? first,
      code: 'otherwise',
      reason: otherwise(recorded, again),
      legalBasis: [],
    };
  }
  return { kind: 'upheld', who };
}

function isSame(recorded: OpenedEvent & CaseEvent, again: CaseEvent): boolean {
  return recorded.type === again.type && differing(recorded, again).length === 0;
}

function otherwise(recorded: (OpenedEvent & CaseEvent) | undefined, again: CaseEvent | undefined): Text {
  const fields =
    recorded?.type === again?.type && recorded !== undefined && again !== undefined ? differing(recorded, again).join(', ') : '';
  return {
    id: `Diputuskan ulang menurut aturan dan register saat itu: ${again?.type ?? 'tidak ada'}${fields && ` (${fields})`}, tercatat: ${recorded?.type ?? 'tidak ada'}.`,
    en: `Decided again by the rules and the register of that day: ${again?.type ?? 'nothing'}${fields && ` (${fields})`}; recorded: ${recorded?.type ?? 'nothing'}.`,
  };
}

/** The fields in which a decision differs from what was recorded; as they are stored, where a member that is undefined is none. */
function differing(recorded: OpenedEvent & CaseEvent, again: CaseEvent): readonly string[] {
  const one: { readonly [field: string]: unknown } = { ...recorded.data };
  const other: { readonly [field: string]: unknown } = { ...again.data };
  const same = recorded.schemaVersion < newestVersionOf(recorded.type) ? isBorneOut : isEqual;
  const added = Object.keys(other).filter((key) => other[key] !== undefined && one[key] === undefined);
  return [...Object.keys(one), ...added].filter((key) => key !== 'personal' && !same(one[key], other[key]));
}

/** Most fields are one word: those need no deep look. */
function isEqual(recorded: unknown, again: unknown): boolean {
  return recorded === again || isDeepStrictEqual(recorded, again);
}

/** Of an event in an older version, what that version could not hold was lifted to nothing, which contradicts nobody. */
function isBorneOut(recorded: unknown, again: unknown): boolean {
  if (recorded === undefined || (Array.isArray(recorded) && recorded.length === 0)) return true;
  if (typeof recorded !== 'object' || recorded === null || Array.isArray(recorded)) return isDeepStrictEqual(recorded, again);
  const other = new Map(Object.entries(again ?? {}));
  return Object.entries(recorded).every(([key, value]) => isBorneOut(value, other.get(key)));
}

function enforcing(state: CaseFile): CaseFile {
  return state.imported === undefined ? state : { ...state, imported: { ...state.imported, fourEyes: 'enforced' } };
}

/** What is said of a report in which nothing was decided again: that must not read like cases in order. */
export const nothingAudited: Text = {
  id: 'Tidak ada yang diputuskan ulang dari perkara dan waktu yang ditanyakan: tidak ada yang diaudit.',
  en: 'Of the cases and the period asked for nothing was decided again: nothing was audited.',
};

const cannotBeRead: Text = {
  id: 'Peristiwa ini tidak dapat dibaca; yang sesudahnya dalam perkara ini tidak diperiksa.',
  en: 'This event cannot be read; nothing after it in this case was checked.',
};
