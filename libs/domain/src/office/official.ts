/**
 * Who may act, as the register says: roles in offices, effective-dated, and delegations (Plh./Plt.) that lend a role for a time.
 * A token says who someone is; everything here comes from the register's own streams, so a change takes effect at once.
 */
import type { Code, DateOn, DomainEvent, Id, InstantAt, Text } from '../event.js';
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

/** The roles, in a person's words. */
export const roleNames: { readonly [R in Role]: Text } = {
  'intake-officer': { id: 'petugas penerima', en: 'intake officer' },
  'case-officer': { id: 'petugas pemeriksa', en: 'case officer' },
  supervisor: { id: 'supervisor', en: 'supervisor' },
  'head-of-office': { id: 'kepala kantor', en: 'head of office' },
  regional: { id: 'kantor wilayah', en: 'regional office' },
  directorate: { id: 'direktorat jenderal', en: 'directorate general' },
  minister: { id: 'menteri', en: 'minister' },
  president: { id: 'presiden', en: 'president' },
  'panel-member': { id: 'anggota tim', en: 'panel member' },
  auditor: { id: 'auditor', en: 'auditor' },
  administrator: { id: 'administrator', en: 'administrator' },
  importer: { id: 'pengimpor', en: 'importer' },
};

/** A role in words; of what is no role, its code. */
export function roleName(code: Code): Text {
  return Object.hasOwn(roleNames, code) ? roleNames[code as Role] : { id: code, en: code };
}

/** Who takes applications in. */
export const INTAKE_ROLES: readonly Role[] = ['intake-officer', 'case-officer'];
/** Who sees to the work of an office. Its head decides what lies for review there; who supervises too holds that role beside. */
export const SUPERVISORS: readonly Role[] = ['supervisor'];
/** Who decides what lies for review at their office. */
export const REVIEW_ROLES: readonly Role[] = ['supervisor', 'head-of-office', 'regional', 'directorate', 'minister', 'president'];

/** Whoever audits or administers does not decide cases, in nobody's place either. */
export const APART: readonly Role[] = ['auditor', 'administrator', 'importer'];

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
  /** Why stands in `personal`, of the holder. What was written before version 3 does not say who granted it. */
  | DomainEvent<'DelegationGranted', { official: Id; delegation: Delegation; by?: Id; at?: InstantAt }>
  | DomainEvent<'DelegationEnded', { official: Id; delegationId: Id; on: DateOn; by?: Id; at?: InstantAt }>
  /** The official's own act. */
  | DomainEvent<'DeviceEnrolled', { official: Id; device: Id; publicKey: string; at: InstantAt }>
  | DomainEvent<'DeviceWithdrawn', { official: Id; device: Id; by: Id; at: InstantAt }>
  /** What was sealed under this id is gone: processes that read it before forget it. The certificate stands in the destruction's own stream. */
  | DomainEvent<'OfficialDataDestroyed', { official: Id; personId: Id; by: Id; at: InstantAt }>;

/** What an official takes applications in with where there is no network. */
export interface Device {
  readonly device: Id;
  /** Of what it signs receipts with: a point of P-256, uncompressed, in base64url. */
  readonly publicKey: string;
  readonly enrolledAt: InstantAt;
  readonly withdrawnAt?: InstantAt;
}

/** A delegation as the register keeps it: who granted it, when and why, and who ended it. */
export interface RecordedDelegation extends Delegation {
  readonly grantedBy?: Id;
  readonly grantedAt?: InstantAt;
  /** Undefined also after it was destroyed. */
  readonly reason?: string;
  /** Under which the reason is kept: the delegation's own id; the holder's where it was granted before reasons had keys of their own. */
  readonly reasonOf?: Id;
  readonly endedBy?: Id;
  readonly endedAt?: InstantAt;
}

export interface IdentityNumber {
  readonly kind: Code;
  readonly number: string;
}

export interface Official {
  readonly id: Id;
  readonly name: string;
  /** Under which their personal values are kept; undefined when none were. */
  readonly personId?: Id;
  /** As in their papers, where the register has them: by these a conflict of interest is found. */
  readonly identityNumbers?: readonly IdentityNumber[];
  readonly assignments: readonly RoleAssignment[];
  readonly delegations: readonly RecordedDelegation[];
  readonly devices?: readonly Device[];
}

/** Folds the stream `official-<login>`. */
export function evolveOfficial(state: Official | undefined, event: OfficialEvent): Official {
  switch (event.type) {
    case 'OfficialRegistered':
      return {
        id: event.data.official,
        name: textIn(event, 'name') ?? event.data.official,
        ...given('personId', event.data.personal?.[0]?.personId),
        ...given('identityNumbers', numbersIn(event)),
        assignments: event.data.assignments,
        delegations: [],
      };
    case 'RolesAssigned':
      return { ...registered(state, event), assignments: event.data.assignments };
    case 'DelegationGranted': {
      const official = registered(state, event);
      const { delegation, by, at } = event.data;
      const recorded = {
        ...delegation,
        ...given('grantedBy', by),
        ...given('grantedAt', at),
        ...given('reason', textIn(event, 'reason')),
        ...given('reasonOf', event.data.personal?.[0]?.personId),
      };
      return { ...official, delegations: [...official.delegations, recorded] };
    }
    case 'DelegationEnded': {
      const official = registered(state, event);
      const { delegationId, on, by, at } = event.data;
      const ended = { to: on, ...given('endedBy', by), ...given('endedAt', at) };
      return {
        ...official,
        delegations: official.delegations.map((d) => (d.delegationId === delegationId ? { ...d, ...ended } : d)),
      };
    }
    case 'DeviceEnrolled': {
      const official = registered(state, event);
      const { device, publicKey, at } = event.data;
      return { ...official, devices: [...(official.devices ?? []), { device, publicKey, enrolledAt: at }] };
    }
    case 'DeviceWithdrawn': {
      const official = registered(state, event);
      const { device, at } = event.data;
      return { ...official, devices: official.devices?.map((d) => (d.device === device ? { ...d, withdrawnAt: at } : d)) ?? [] };
    }
    case 'OfficialDataDestroyed': {
      const { personId } = event.data;
      const { identityNumbers, ...official } = registered(state, event);
      const own = official.personId === personId;
      return {
        ...official,
        ...(own ? { name: official.id } : given('identityNumbers', identityNumbers)),
        delegations: official.delegations.map(({ reason, ...one }) =>
          one.reasonOf === personId ? one : { ...one, ...given('reason', reason) },
        ),
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

function textIn(event: OfficialEvent, field: string): string | undefined {
  const text = event.data.personal?.[0]?.fields[field];
  return typeof text === 'string' ? text : undefined;
}

function numbersIn(event: OfficialEvent): readonly IdentityNumber[] | undefined {
  const numbers = event.data.personal?.[0]?.fields.identityNumbers;
  return Array.isArray(numbers) ? (numbers as readonly IdentityNumber[]) : undefined;
}

function given<K extends string, V>(key: K, value: V | undefined): { readonly [P in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { readonly [P in K]?: V });
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
  /** Their own, and of those in whose place they act; never told to anyone. */
  readonly identityNumbers?: readonly IdentityNumber[];
}

/** Is it this official, or someone in whose place they act? Whoever acts for another counts as both where four eyes are asked for (ADR 20). */
export function isOrActsFor(actor: Actor, official: Id): boolean {
  return actor.id === official || actor.capacities.some(({ actingFor }) => actingFor === official);
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
