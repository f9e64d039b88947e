/**
 * What is published and appointed, as streams: offices, calendars, procedures (registry streams carry their full content and its hash) and
 * officials. The files in `data/` are only seeds.
 */
import type { Calendar } from './calendar/calendar.js';
import type { RetentionPeriod, RetentionSchedule } from './destruction/retention.js';
import { assertNever, type Code, type DateOn, type DomainEvent, type Id, type InstantAt, type Sha256 } from './event.js';
import type { Office, OfficeTree } from './office/office.js';
import { evolveOfficial, type Official, type OfficialEvent } from './office/official.js';
import { evolveProcedure, noVersions, type ProcedureEvent, type ProcedureLife } from './procedure/lifecycle.js';
import { type Procedure, versionOn } from './procedure/procedure.js';

export type RegistryEvent =
  | DomainEvent<'OfficesEstablished', { at: InstantAt; sha256: Sha256; offices: readonly Office[] }>
  | DomainEvent<'CalendarPublished', { at: InstantAt; sha256: Sha256; calendar: Calendar }>
  | DomainEvent<'RetentionPublished', { at: InstantAt; sha256: Sha256; periods: readonly RetentionPeriod[] }>
  | ProcedureEvent
  | OfficialEvent;

export interface PublishedProcedure extends Procedure {
  readonly sha256: Sha256;
}

export interface RegistryState {
  readonly offices: OfficeTree;
  readonly calendar: Calendar | undefined;
  /** By version, that in force among them: a due date explains itself by the one under which it was recorded. */
  readonly calendars: ReadonlyMap<number, Calendar>;
  /** How long closed cases are kept; empty: nothing was published. */
  readonly retention: RetentionSchedule;
  /** By code, in the order of publication. */
  readonly procedures: ReadonlyMap<Code, readonly PublishedProcedure[]>;
  /** By code: what is being drafted and reviewed. */
  readonly procedureLives: ReadonlyMap<Code, ProcedureLife>;
  readonly officials: ReadonlyMap<Id, Official>;
}

export const emptyRegistry: RegistryState = {
  offices: new Map(),
  calendar: undefined,
  calendars: new Map(),
  retention: [],
  procedures: new Map(),
  procedureLives: new Map(),
  officials: new Map(),
};

export const officesStream = 'offices';
export const calendarStream = 'calendar-id';
export const retentionStream = 'retention-schedule';
export const procedureStream = (code: Code): Id => `procedure-${code}`;
export const officialStream = (login: Id): Id => `official-${login}`;
/** Prefixes of every registry stream. */
export const registryPrefixes = ['offices', 'calendar-', 'retention-', 'procedure-', 'official-'] as const;

export function evolveRegistry(state: RegistryState, event: RegistryEvent): RegistryState {
  switch (event.type) {
    case 'OfficesEstablished':
      return { ...state, offices: new Map(event.data.offices.map((office) => [office.code, office])) };
    case 'CalendarPublished': {
      const { calendar } = event.data;
      return { ...state, calendar, calendars: new Map(state.calendars).set(calendar.version, calendar) };
    }
    case 'RetentionPublished':
      return { ...state, retention: event.data.periods };
    case 'ProcedureDrafted':
      return lived(state, event.data.procedure.code, event);
    case 'ProcedureReviewed':
      return lived(state, event.data.code, event);
    case 'ProcedurePublished': {
      const { procedure, sha256 } = event.data;
      const earlier = state.procedures.get(procedure.code) ?? [];
      const procedures = new Map(state.procedures).set(procedure.code, [...earlier, { ...procedure, sha256 }]);
      return lived({ ...state, procedures }, procedure.code, event);
    }
    case 'OfficialRegistered':
    case 'RolesAssigned':
    case 'DelegationGranted':
    case 'DelegationEnded':
    case 'DeviceEnrolled':
    case 'DeviceWithdrawn':
    case 'OfficialDataDestroyed': {
      const official = evolveOfficial(state.officials.get(event.data.official), event);
      return { ...state, officials: new Map(state.officials).set(official.id, official) };
    }
    default:
      return assertNever(event);
  }
}

function lived(state: RegistryState, code: Code, event: ProcedureEvent): RegistryState {
  const life = evolveProcedure(state.procedureLives.get(code) ?? noVersions, event);
  return { ...state, procedureLives: new Map(state.procedureLives).set(code, life) };
}

/** The published version that governs a new case on a date, or undefined. */
export function procedureOn(state: RegistryState, code: Code, on: DateOn): PublishedProcedure | undefined {
  return versionOn(state.procedures.get(code) ?? [], on);
}

/**
 * The first day from which any published procedure says that it is in force: nothing of these procedures was lodged before it. Some leave
 * open since when they are, so it is asked of all of them. Undefined where none says.
 */
export function firstLawOf({ procedures }: RegistryState): DateOn | undefined {
  return [...procedures.values()]
    .flat()
    .flatMap(({ effectiveFrom }) => (effectiveFrom === null ? [] : [effectiveFrom]))
    .toSorted()[0];
}

/** In whose words the codes of a case are said: of the version it pinned, then of its procedure's others, then of any other, as of a linked case; newest first. */
export function namingProcedures(
  state: RegistryState,
  pin: { readonly code: Code; readonly sha256: Sha256 },
): readonly PublishedProcedure[] {
  const own = pinnedProcedure(state, pin);
  const others = [...state.procedures].filter(([code]) => code !== pin.code).flatMap(([, versions]) => versions.toReversed());
  return [...(own === undefined ? [] : [own]), ...(state.procedures.get(pin.code) ?? []).toReversed(), ...others];
}

/** Exactly the version a case pinned. */
export function pinnedProcedure(
  state: RegistryState,
  pin: { readonly code: Code; readonly sha256: Sha256 },
): PublishedProcedure | undefined {
  return state.procedures.get(pin.code)?.find((p) => p.sha256 === pin.sha256);
}
