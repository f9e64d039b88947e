/**
 * Who holds which role at which office from when to when: entered by an administrator, never for themselves, and never backwards. Pure; the register
 * keeps it in the official's own stream, by the events of the first seed.
 */
import { ROLE_MAY_NOT, refuse } from '../case/refuse.js';
import { dayText } from '../clock/explain-due.js';
import type { Code, DateOn, Decision, Id, InstantAt, PersonalPart, Rejection } from '../event.js';
import { coversDate, type OfficeTree } from './office.js';
import {
  type Actor,
  APART,
  type IdentityNumber,
  type Official,
  type OfficialEvent,
  type Role,
  type RoleAssignment,
} from './official.js';

/** How people sign in: their login, or the subject that the issuer names them by. */
const LOGIN = /^[A-Za-z0-9][A-Za-z0-9._-]{1,99}$/;
/** Names under which the product itself acts. */
const OWN_NAMES: readonly Id[] = ['law', 'seed', 'calendar', 'linked-cases', 'system', 'destroyer', 'anonymous'];

export type AppointmentCommand = { readonly official: Id; readonly reason: string } & (
  | { readonly type: 'RegisterOfficial'; readonly name: string; readonly identityNumbers?: readonly IdentityNumber[] }
  /** `to`: the first day on which they hold it no longer; until further notice unless given. */
  | { readonly type: 'AssignRole'; readonly role: Role; readonly office: Code; readonly from: DateOn; readonly to?: DateOn }
  /** `on`: the first day on which they hold it no longer. */
  | { readonly type: 'EndRole'; readonly role: Role; readonly office: Code; readonly on: DateOn }
  /** Every role that they hold at one office on that day goes on at another. */
  | { readonly type: 'MoveOfficial'; readonly office: Code; readonly to: Code; readonly on: DateOn }
  /** Every role, and whatever was lent to them. */
  | { readonly type: 'EndService'; readonly on: DateOn }
);

export interface AppointmentContext {
  readonly actor: Actor;
  readonly at: InstantAt;
  readonly today: DateOn;
  readonly officials: ReadonlyMap<Id, Official>;
  readonly offices: OfficeTree;
  /** Under which the official's own words are kept. */
  readonly personId: Id;
}

/** `official`: as their stream tells them; undefined when they are not in the register yet. */
export function decideAppointment(
  official: Official | undefined,
  command: AppointmentCommand,
  context: AppointmentContext,
): Decision<OfficialEvent> {
  const rejection = refuseToAppoint(official, command, context);
  if (rejection !== undefined) return { rejection };
  const { personId } = context;
  const personal = (fields: PersonalPart['fields']): readonly PersonalPart[] => [
    { personId: official?.personId ?? personId, retentionClass: 'official', fields },
  ];
  const { official: id, reason } = command;
  if (command.type === 'RegisterOfficial') {
    const { name, identityNumbers } = command;
    const numbers = identityNumbers?.map(({ kind, number }) => ({ kind, number }));
    const fields = { name, ...(numbers === undefined ? {} : { identityNumbers: numbers }), reason };
    return { events: [{ type: 'OfficialRegistered', data: { official: id, assignments: [], personal: personal(fields) } }] };
  }
  const before = official?.assignments ?? [];
  const after = assignmentsAfter(before, command);
  const refused =
    after.length === before.length && after.every((one, at) => one === before[at])
      ? nothingToEnd
      : (refuseTogether(after) ?? refuseLastAdministrator(id, after, command, context));
  if (refused !== undefined) return { rejection: refused };
  const assigned: OfficialEvent = {
    type: 'RolesAssigned',
    data: { official: id, assignments: after, personal: personal({ reason }) },
  };
  return { events: [assigned, ...(command.type === 'EndService' ? lentEnded(official, command.on, context) : [])] };
}

function refuseToAppoint(
  official: Official | undefined,
  command: AppointmentCommand,
  { actor, today, offices }: AppointmentContext,
): Rejection | undefined {
  if (!actor.capacities.some(({ role }) => role === 'administrator'))
    return refuse(ROLE_MAY_NOT, 'Peran dicatat oleh administrator.', 'Roles are entered by an administrator.');
  if (actor.id === command.official)
    return refuse(
      'own-roles',
      'Tidak ada yang mencatat perannya sendiri. Mintalah administrator lain.',
      'Nobody enters their own roles. Ask another administrator.',
    );
  if (command.type === 'RegisterOfficial') return refuseRegistration(official, command.official);
  if (official === undefined)
    return refuse(
      'no-such-official',
      `${command.official} tidak ada dalam register.`,
      `There is no official ${command.official} in the register.`,
    );
  const from = command.type === 'AssignRole' ? command.from : command.on;
  if (from < today)
    return refuse(
      'box-past',
      `Peran tidak dicatat surut; hari ini ${dayText(today).id}.`,
      `Roles are not entered backwards; today is ${dayText(today).en}.`,
    );
  if (command.type === 'AssignRole' && command.to !== undefined && command.to <= command.from)
    return refuse('box-empty', 'Hari akhir harus sesudah hari awal.', 'The last day must come after the first.');
  const place = command.type === 'AssignRole' ? command.office : command.type === 'MoveOfficial' ? command.to : undefined;
  if (place !== undefined && !stands(offices, place, from))
    return refuse(
      'no-such-office',
      `Tidak ada kantor ${place} pada ${dayText(from).id}.`,
      `There is no office ${place} on ${dayText(from).en}.`,
    );
  if (command.type === 'AssignRole') return refuseOverlap(official, command);
  return command.type === 'MoveOfficial' && command.office === command.to
    ? refuse('same-office', 'Itu kantor yang sama.', 'That is the same office.')
    : undefined;
}

function refuseRegistration(official: Official | undefined, login: Id): Rejection | undefined {
  if (official !== undefined)
    return refuse('id-taken', `${login} sudah ada dalam register.`, `${login} is in the register already.`);
  return LOGIN.test(login) && !OWN_NAMES.includes(login)
    ? undefined
    : refuse(
        'login-not-allowed',
        'Nama masuk: 2 sampai 100 huruf, angka, titik, garis bawah atau tanda hubung; bukan nama yang dipakai program sendiri.',
        'A login has 2 to 100 letters, digits, dots, underscores or hyphens, and is no name that the program itself uses.',
      );
}

function stands(offices: OfficeTree, code: Code, on: DateOn): boolean {
  const office = offices.get(code);
  return office !== undefined && coversDate({ from: office.effectiveFrom ?? null, to: office.effectiveTo ?? null }, on);
}

function refuseOverlap(
  { assignments }: Official,
  { role, office, from, to }: Extract<AppointmentCommand, { type: 'AssignRole' }>,
): Rejection | undefined {
  const wanted = { from, to: to ?? null };
  const held = assignments.find((one) => one.role === role && one.office === office && overlap(one, wanted));
  return held === undefined
    ? undefined
    : refuse(
        'already-assigned',
        `Peran ini sudah dipegang pada kantor itu (${dayText(held.from, '…').id} – ${dayText(held.to, '…').id}).`,
        `They hold this role at that office already (${dayText(held.from, '…').en} – ${dayText(held.to, '…').en}).`,
      );
}

type Period = Pick<RoleAssignment, 'from' | 'to'>;

function overlap(a: Period, b: Period): boolean {
  return (a.from === null || b.to === null || a.from < b.to) && (b.from === null || a.to === null || b.from < a.to);
}

const nothingToEnd = refuse(
  'no-such-assignment',
  'Pada hari itu tidak ada peran yang dapat diakhiri atau dipindahkan.',
  'On that day there is no role to end or to move.',
);

function assignmentsAfter(
  before: readonly RoleAssignment[],
  command: Exclude<AppointmentCommand, { type: 'RegisterOfficial' }>,
): readonly RoleAssignment[] {
  switch (command.type) {
    case 'AssignRole': {
      const { role, office, from, to } = command;
      return [...before, { role, office, from, to: to ?? null }];
    }
    case 'EndRole':
      return endedOn(before, command.on, (one) => one.role === command.role && one.office === command.office);
    case 'MoveOfficial': {
      const { office, to: place, on } = command;
      const moving = before.filter((one) => one.office === office && goesOn(one, on));
      const here = before.filter((one) => one.office === place && goesOn(one, on));
      const moved = moving.map((one) => ({ ...one, office: place, from: one.from !== null && one.from > on ? one.from : on }));
      const added = moved.filter((one) => !here.some((held) => held.role === one.role && overlap(held, one)));
      return [...endedOn(before, on, (one) => one.office === office), ...added];
    }
    default:
      return endedOn(before, command.on, () => true);
  }
}

/** Is it held on that day or from a later one on? */
function goesOn({ to }: Period, on: DateOn): boolean {
  return to === null || to > on;
}

/** What would begin on that day or later does not. */
function endedOn(
  before: readonly RoleAssignment[],
  on: DateOn,
  ends: (one: RoleAssignment) => boolean,
): readonly RoleAssignment[] {
  return before.flatMap((one) => {
    if (!ends(one) || !goesOn(one, on)) return [one];
    return one.from !== null && one.from >= on ? [] : [{ ...one, to: on }];
  });
}

/** Whoever watches over those who decide is none of them. */
function refuseTogether(after: readonly RoleAssignment[]): Rejection | undefined {
  const apart = after.find((one) =>
    after.some((other) => APART.includes(one.role) && other.role !== one.role && overlap(one, other)),
  );
  return apart === undefined
    ? undefined
    : refuse(
        'roles-apart',
        'Auditor, administrator dan pengimpor tidak memegang peran lain pada waktu yang sama.',
        'An auditor, an administrator or an importer holds no other role at the same time.',
      );
}

/** Somebody must be able to enter roles on the day after. */
function refuseLastAdministrator(
  official: Id,
  after: readonly RoleAssignment[],
  command: Exclude<AppointmentCommand, { type: 'RegisterOfficial' }>,
  { officials }: AppointmentContext,
): Rejection | undefined {
  if (command.type === 'AssignRole') return undefined;
  const { on } = command;
  const administers = ({ role, from, to }: RoleAssignment) => role === 'administrator' && coversDate({ from, to }, on);
  const others = [...officials.values()].some(({ id, assignments }) => id !== official && assignments.some(administers));
  return others || after.some(administers)
    ? undefined
    : refuse(
        'last-administrator',
        'Sesudah itu tidak ada administrator lagi. Angkat yang lain dahulu.',
        'After that there would be no administrator. Appoint another first.',
      );
}

/** What was lent to someone whose service ends, ends with it. */
function lentEnded(official: Official | undefined, on: DateOn, { actor, at }: AppointmentContext): readonly OfficialEvent[] {
  return (official?.delegations ?? [])
    .filter((one) => goesOn(one, on))
    .map(({ delegationId }) => ({
      type: 'DelegationEnded',
      data: { official: official?.id ?? '', delegationId, on, by: actor.id, at },
    }));
}
