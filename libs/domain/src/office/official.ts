/**
 * Who may act, as the register says: roles in offices, effective-dated, and delegations (Plh./Plt.) that lend a role for a time.
 * A token says who someone is; everything here comes from the register's own streams, so a change takes effect at once.
 */
import type { Code, DateOn, DomainEvent, Id } from '../event.js';
import { assertNever } from '../event.js';
import { coversDate } from './office.js';

export type Role =
  | 'intake-officer'
  | 'case-officer'
  | 'supervisor'
  | 'head-of-office'
  | 'regional'
  | 'directorate'
  | 'minister'
  | 'president'
  | 'panel-member'
  | 'auditor'
  | 'administrator'
  | 'importer';

/** Who takes applications in. */
export const INTAKE_ROLES: readonly Role[] = ['intake-officer', 'case-officer'];
/** Who decides what lies for review at their office. */
export const REVIEW_ROLES: readonly Role[] = ['supervisor', 'head-of-office', 'regional', 'directorate', 'minister', 'president'];

export interface RoleAssignment {
  readonly role: Role;
  readonly office: Code;
  readonly from: DateOn | null;
  /** Exclusive; null: until further notice. */
  readonly to: DateOn | null;
}

/** A role lent to someone for a time (pelaksana harian, pelaksana tugas). */
export interface Delegation extends RoleAssignment {
  readonly delegationId: Id;
  /** The holder in whose place the official acts. */
  readonly holder: Id;
}

export type OfficialEvent =
  | DomainEvent<'OfficialRegistered', { official: Id; assignments: readonly RoleAssignment[] }>
  | DomainEvent<'RolesAssigned', { official: Id; assignments: readonly RoleAssignment[] }>
  | DomainEvent<'DelegationGranted', { official: Id; delegation: Delegation }>
  | DomainEvent<'DelegationEnded', { official: Id; delegationId: Id; on: DateOn }>;

export interface Official {
  readonly id: Id;
  readonly name: string;
  readonly assignments: readonly RoleAssignment[];
  readonly delegations: readonly Delegation[];
}

/** Folds the stream `official-<login>`. */
export function evolveOfficial(state: Official | undefined, event: OfficialEvent): Official {
  switch (event.type) {
    case 'OfficialRegistered':
      return { id: event.data.official, name: nameIn(event), assignments: event.data.assignments, delegations: [] };
    case 'RolesAssigned':
      return { ...registered(state, event), assignments: event.data.assignments };
    case 'DelegationGranted': {
      const official = registered(state, event);
      return { ...official, delegations: [...official.delegations, event.data.delegation] };
    }
    case 'DelegationEnded': {
      const official = registered(state, event);
      const { delegationId, on } = event.data;
      return {
        ...official,
        delegations: official.delegations.map((d) => (d.delegationId === delegationId ? { ...d, to: on } : d)),
      };
    }
    default:
      return assertNever(event);
  }
}

function registered(state: Official | undefined, event: OfficialEvent): Official {
  if (state === undefined) throw new Error(`${event.type} before OfficialRegistered`);
  return state;
}

function nameIn(event: OfficialEvent): string {
  const name = event.data.personal?.[0]?.fields.name;
  return typeof name === 'string' ? name : event.data.official;
}

/** In which role, for which office, and in whose place an official acts on a date. */
export interface Capacity {
  readonly role: Role;
  readonly office: Code;
  readonly actingFor?: Id;
}

/** An official as a command sees them: who, and every capacity they hold at the time of the act. */
export interface Actor {
  readonly id: Id;
  readonly capacities: readonly Capacity[];
}

/** The official's capacities on a date (of the act, in the zone of the office they act for; dates differ only around midnight). */
export function actorOn(official: Official, on: DateOn): Actor {
  return {
    id: official.id,
    capacities: [
      ...official.assignments.filter((a) => coversDate(a, on)).map(({ role, office }) => ({ role, office })),
      ...official.delegations
        .filter((d) => coversDate(d, on))
        .map(({ role, office, holder }) => ({ role, office, actingFor: holder })),
    ],
  };
}

/** Someone who holds a role today, and in whose place. */
export interface Present {
  readonly id: Id;
  readonly actingFor?: Id;
}

/** Everyone who holds a role in exactly this office on a date, but those who are absent: another acts in their place that day. */
export function presentIn(officials: Iterable<Official>, role: Role, office: Code, on: DateOn): readonly Present[] {
  const holding = [...officials].flatMap((official) =>
    actorOn(official, on)
      .capacities.filter((one) => one.role === role && one.office === office)
      .map(({ actingFor }): Present => ({ id: official.id, ...(actingFor === undefined ? {} : { actingFor }) })),
  );
  const absent = new Set(holding.map(({ actingFor }) => actingFor));
  return holding.filter(({ id, actingFor }) => actingFor !== undefined || !absent.has(id));
}
