/**
 * Lending a role for a time (pelaksana harian, pelaksana tugas): who may grant it to whom and for how long, and who ends it. Pure. The
 * register keeps it in the stream of the official who acts; a decision they make names in whose place.
 */
import { addMonths, formatDay, parseDay } from '../calendar/day.js';
import { OUT_OF_SCOPE, ROLE_MAY_NOT, refuse } from '../case/refuse.js';
import { dayText } from '../clock/explain-due.js';
import type { Citation, Code, DateOn, Decision, Id, InstantAt, Rejection } from '../event.js';
import { inSubtree, type OfficeTree } from './office.js';
import {
  type Actor,
  APART,
  type Official,
  type OfficialEvent,
  REVIEW_ROLES,
  type RecordedDelegation,
  type Role,
  type RoleAssignment,
  roleName,
} from './official.js';

const MANDATE: Citation = { act: 'UU 30/2014', article: '14' };

/**
 * How long one grant may last: three months (SE Kepala BKN 1/SE/I/2021 no. 3, general knowledge: not read in the original). Another may
 * follow it.
 */
export const LONGEST_MONTHS = 3;

/** Upwards. Roles that are not here are nobody's to lend: a panel member's finding, an audit and an administrator's acts are their own. */
export const LENDABLE_ROLES: readonly Role[] = ['intake-officer', 'case-officer', ...REVIEW_ROLES];

export type DelegationCommand =
  | {
      readonly type: 'GrantDelegation';
      readonly delegationId: Id;
      /** Who will act. */
      readonly official: Id;
      /** In whose place. */
      readonly holder: Id;
      readonly role: Role;
      readonly office: Code;
      readonly from: DateOn;
      /** The first day on which they act no longer. */
      readonly to: DateOn;
      readonly reason: string;
    }
  | {
      readonly type: 'EndDelegation';
      readonly delegationId: Id;
      /** The first day on which they act no longer; today unless given. */
      readonly on?: DateOn;
    };

export interface DelegationContext {
  /** With the capacities they hold today. */
  readonly actor: Actor;
  readonly at: InstantAt;
  /** The date of the act, in the zone of the office whose role is lent. */
  readonly today: DateOn;
  readonly officials: ReadonlyMap<Id, Official>;
  readonly offices: OfficeTree;
}

/** `official` is the stream that is written to: who acts, or would act. */
export function decideDelegation(
  official: Official | undefined,
  command: DelegationCommand,
  context: DelegationContext,
): Decision<OfficialEvent> {
  return command.type === 'GrantDelegation' ? grant(official, command, context) : end(official, command, context);
}

function grant(
  official: Official | undefined,
  command: Extract<DelegationCommand, { type: 'GrantDelegation' }>,
  context: DelegationContext,
): Decision<OfficialEvent> {
  const { officials, offices, actor, at } = context;
  const { delegationId, holder, role, office, from, to, reason } = command;
  if (!offices.has(office)) return no('no-such-office', `Tidak ada kantor ${office}.`, `There is no office ${office}.`);
  if (official === undefined)
    return no(
      'no-such-official',
      `${command.official} tidak ada dalam register.`,
      `There is no official ${command.official} in the register.`,
    );
  const ground = groundOf(command, context);
  if (ground === undefined) return { rejection: mayNot };
  const refusal =
    refuseBox(command, context) ??
    refuseHolder(officials.get(holder), command) ??
    refuseGrantee(official, command, ground.place, context) ??
    refuseOverlap(command, context);
  if (refusal !== undefined) return { rejection: refusal };
  const delegation = { delegationId, holder, role, office, from, to };
  // The reason is often an illness, and need not be kept as long as the official serves: encrypted under a key of its own.
  const personal = [{ personId: delegationId, retentionClass: 'delegation', fields: { reason } }];
  return { events: [{ type: 'DelegationGranted', data: { official: official.id, delegation, by: actor.id, at, personal } }] };
}

function end(
  official: Official | undefined,
  { delegationId, on: given }: Extract<DelegationCommand, { type: 'EndDelegation' }>,
  context: DelegationContext,
): Decision<OfficialEvent> {
  const { actor, at, today } = context;
  const delegation = official?.delegations.find((one) => one.delegationId === delegationId);
  if (official === undefined || delegation === undefined || !seesDelegation(official.id, delegation, context))
    return no(OUT_OF_SCOPE, 'Pelimpahan wewenang ini tidak ada.', 'There is no such delegation.');
  if (groundOf(delegation, context) === undefined) return { rejection: mayNot };
  if (delegation.to !== null && delegation.to <= today)
    return no(
      'delegation-over',
      `Sudah berakhir pada ${dayText(delegation.to).id}.`,
      `It ended on ${dayText(delegation.to).en}.`,
    );
  const on = given ?? today;
  if (on < today) return no('box-past', `${dayText(on).id} sudah lewat.`, `${dayText(on).en} is past.`);
  if (delegation.to !== null && on >= delegation.to)
    return no(
      'ends-sooner',
      `Sudah berakhir lebih awal, pada ${dayText(delegation.to).id}. Untuk memperpanjang, beri yang baru.`,
      `It ends sooner, on ${dayText(delegation.to).en}. To prolong it, grant another.`,
    );
  return { events: [{ type: 'DelegationEnded', data: { official: official.id, delegationId, on, by: actor.id, at } }] };
}

/** Agencies send members to a panel, and importers bring files: why someone of the office is away is not theirs to know. */
const OUTSIDE: readonly Role[] = ['importer', 'panel-member'];

/** Who may know of a delegation: its two, and whoever has its office in their scope. */
export function seesDelegation(
  official: Id,
  { holder, office }: Pick<RecordedDelegation, 'holder' | 'office'>,
  { actor, offices, today }: Pick<DelegationContext, 'actor' | 'offices' | 'today'>,
): boolean {
  return (
    actor.id === official ||
    actor.id === holder ||
    actor.capacities.some((c) => !OUTSIDE.includes(c.role) && inSubtree(offices, c.office, office, today))
  );
}

type Lent = Pick<RecordedDelegation, 'holder' | 'role' | 'office'>;

/** Who may know why it was lent, which is often an illness: its two, who may lend it or end it, and who audits its office. */
export function seesWhy(official: Id, delegation: Lent, context: DelegationContext): boolean {
  const { actor, offices, today } = context;
  return (
    actor.id === official ||
    actor.id === delegation.holder ||
    groundOf(delegation, context) !== undefined ||
    actor.capacities.some((c) => c.role === 'auditor' && inSubtree(offices, c.office, delegation.office, today))
  );
}

/** Is it a role that can be lent, and the actor one who may lend it or take it back? */
export function mayLend(lent: Lent, context: Pick<DelegationContext, 'actor' | 'offices' | 'today'>): boolean {
  return LENDABLE_ROLES.includes(lent.role) && groundOf(lent, context) !== undefined;
}

/**
 * On what ground the actor may lend it or take it back, and the office in whose subtree someone to act is sought: as its holder, or as their
 * superior (a higher role of the same office, or a deciding role of an office above). A role that is itself lent lends nothing.
 */
function groundOf(
  { holder, role, office }: Lent,
  { actor, offices, today }: Pick<DelegationContext, 'actor' | 'offices' | 'today'>,
): { place: Code } | undefined {
  const own = actor.capacities.filter((c) => c.actingFor === undefined);
  if (actor.id === holder && own.some((c) => c.role === role && c.office === office)) return { place: office };
  const superior = own.find(
    (c) =>
      REVIEW_ROLES.includes(c.role) &&
      (c.office === office
        ? LENDABLE_ROLES.indexOf(c.role) > LENDABLE_ROLES.indexOf(role)
        : inSubtree(offices, c.office, office, today)),
  );
  return superior === undefined ? undefined : { place: superior.office };
}

const mayNot = refuse(
  ROLE_MAY_NOT,
  'Hanya pemegang peran ini atau atasannya yang dapat melimpahkan atau mengakhirinya.',
  'Only who holds this role, or their superior, can lend it or end that.',
  MANDATE,
);

function refuseBox({ from, to }: Box, { today }: DelegationContext): Rejection | undefined {
  if (to <= from) return refuse('box-empty', 'Hari akhir harus sesudah hari awal.', 'The last day must come after the first.');
  if (from < today)
    return refuse(
      'box-past',
      `Wewenang tidak dilimpahkan surut; hari ini ${dayText(today).id}.`,
      `Authority is not lent backwards; today is ${dayText(today).en}.`,
      MANDATE,
    );
  const longest = formatDay(addMonths(parseDay(from), LONGEST_MONTHS));
  return to <= longest
    ? undefined
    : refuse(
        'box-too-long',
        `Paling lama ${LONGEST_MONTHS} bulan: sampai ${dayText(longest).id}.`,
        `For ${LONGEST_MONTHS} months at the most: until ${dayText(longest).en}.`,
        { act: 'SE Kepala BKN 1/SE/I/2021', article: '3' },
      );
}

type Box = { readonly from: DateOn; readonly to: DateOn };

/** Does it hold for the whole box? */
function covers({ from, to }: Pick<RoleAssignment, 'from' | 'to'>, box: Box): boolean {
  return (from === null || from <= box.from) && (to === null || box.to <= to);
}

function refuseHolder(holder: Official | undefined, command: Lent & Box): Rejection | undefined {
  if (!LENDABLE_ROLES.includes(command.role))
    return refuse(
      'role-not-lent',
      `Peran ${roleName(command.role).id} tidak dilimpahkan.`,
      `The role ${roleName(command.role).en} is not lent.`,
    );
  return holder?.assignments.some((a) => a.role === command.role && a.office === command.office && covers(a, command))
    ? undefined
    : refuse(
        'holder-holds-no-role',
        `Pemegangnya tidak memegang peran ${roleName(command.role).id} pada kantor itu selama itu.`,
        `The holder does not hold the role ${roleName(command.role).en} at that office all that time.`,
      );
}

function refuseGrantee(
  official: Official,
  command: Lent & Box,
  place: Code,
  { offices, today }: DelegationContext,
): Rejection | undefined {
  if (official.id === command.holder)
    return refuse('same-official', 'Tidak ada yang menggantikan diri sendiri.', 'Nobody acts in their own place.');
  const apart = official.assignments.some((a) => APART.includes(a.role));
  const stands = official.assignments.some(
    (a) => LENDABLE_ROLES.includes(a.role) && covers(a, command) && inSubtree(offices, place, a.office, today),
  );
  return stands && !apart
    ? undefined
    : refuse(
        'grantee-has-no-standing',
        `${official.name} tidak bertugas pada kantor itu atau di bawahnya selama itu, atau perannya harus terpisah dari keputusan.`,
        `${official.name} has no post at that office or below it all that time, or one that must stay apart from decisions.`,
        MANDATE,
      );
}

function refuseOverlap(
  { official, holder, role, office, from, to }: Lent & Box & { readonly official: Id },
  context: DelegationContext,
) {
  const overlapping = [...context.officials.values()].flatMap(({ name, delegations }) =>
    delegations
      .filter((d) => (d.from === null || d.from < to) && (d.to === null || from < d.to))
      .map((delegation) => ({ name, ...delegation })),
  );
  const already = overlapping.find((d) => d.holder === holder && d.role === role && d.office === office);
  if (already !== undefined)
    return refuse(
      'already-lent',
      `${already.name} sudah menggantikan dari ${dayText(already.from).id} sampai ${dayText(already.to).id}. Akhiri itu dahulu.`,
      `${already.name} acts in that place already, from ${dayText(already.from).en} to ${dayText(already.to).en}. End that first.`,
    );
  const away = overlapping.find((d) => d.holder === official);
  return away === undefined
    ? undefined
    : refuse(
        'grantee-absent',
        `Yang ditunjuk sendiri digantikan ${away.name} dari ${dayText(away.from).id} sampai ${dayText(away.to).id}.`,
        `${away.name} acts in the place of the one who was named, from ${dayText(away.from).en} to ${dayText(away.to).en}.`,
      );
}

function no(code: Code, id: string, en: string): { rejection: Rejection } {
  return { rejection: refuse(code, id, en) };
}
