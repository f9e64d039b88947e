/** Whether an official may do an act on a case, or see it at all: the table's row for it, asked in one order. */

import type { Code, Id, InstantAt, Rejection } from '../event.js';
import { inSubtree, type OfficeTree } from '../office/office.js';
import { type Actor, type Capacity, type Role, roleNames } from '../office/official.js';
import { type Act, policyTable } from '../policy-table.js';
import { dateIn, zoneOf } from './clock-events.js';
import type { CaseCommandType } from './commands.js';
import { refuseConflict } from './conflict-of-interest.js';
import { AUTHORITY, type CommandContext } from './policies.js';
import { dataDestroyed, OUT_OF_SCOPE, ROLE_MAY_NOT, refuse } from './refuse.js';
import { type CaseState, type Stage, stageNames } from './state.js';

/** What of a case says who may see it. */
export interface CaseReaders {
  readonly offices: readonly Code[];
  readonly panel?: { readonly members: readonly { readonly official: Id }[] };
  /** Present where it came from an import. */
  readonly imported?: object;
}

/** Agencies send members to a panel, not readers to the files: one sees the cases on whose panel one sits. */
function sitsOn(actor: Actor, state: CaseReaders): boolean {
  return state.panel?.members.some(({ official }) => official === actor.id) === true;
}

/** May this official see the case at all? Any capacity in whose office subtree one of the case's offices stands. */
export function mayRead(actor: Actor, state: CaseReaders, offices: OfficeTree, at: InstantAt): boolean {
  return actor.capacities.some(
    (c) =>
      policyTable.ReadCase.roles.includes(c.role) &&
      (c.role !== 'importer' || state.imported !== undefined) &&
      (c.role !== 'panel-member' || sitsOn(actor, state)) &&
      state.offices.some((office) => inSubtree(offices, c.office, office, dateIn(zoneOf(offices, c.office), at))),
  );
}

/**
 * The first capacity in which the row lets the actor act, or why none does: scope, then role, then whether the person's data is there, then stage,
 * then the row's rules.
 */
export function permit(
  command: CaseCommandType,
  state: CaseState,
  office: Code,
  context: CommandContext,
): { capacity: Capacity } | { denial: Rejection } {
  const row = policyTable[command];
  const { actor, offices, at } = context;
  if (state !== undefined && !mayRead(actor, state, offices, at))
    return {
      denial: refuse(OUT_OF_SCOPE, 'Perkara ini di luar wilayah kerja Anda.', 'This case is outside your office’s scope.'),
    };
  const able = actor.capacities.filter((c) => row.roles.includes(c.role));
  if (able.length === 0) return { denial: roleMayNot(row.roles) };
  const where =
    row.scope === 'review' && state?.progress.stage === 'review'
      ? [state.progress.recommendation.reviewOffice]
      : (state?.offices ?? [office]);
  const placed = able.filter((c) =>
    where.some((o) =>
      row.scope === 'review' ? c.office === o : inSubtree(offices, c.office, o, dateIn(zoneOf(offices, c.office), at)),
    ),
  );
  if (state === undefined) {
    const [capacity] = placed;
    if (row.stages !== 'none') return { denial: refuse(OUT_OF_SCOPE, 'Perkara ini tidak ada.', 'There is no such case.') };
    return capacity === undefined
      ? { denial: refuse(ROLE_MAY_NOT, `Anda tidak bertugas untuk kantor ${office}.`, `You do not act for office ${office}.`) }
      : { capacity };
  }
  if (context.dataDestroyed === true) return { denial: dataDestroyed };
  if (row.stages === 'none') return { denial: refuse('already-open', 'Perkara ini sudah ada.', 'This case is already open.') };
  if (!row.stages.includes(state.progress.stage)) return { denial: wrongStage(row.stages, state.progress.stage) };
  if (placed.length === 0) {
    const name = where.map((o) => offices.get(o)?.name ?? o).join(', ');
    return { denial: refuse('not-your-office', `Kewenangan ini ada pada ${name}.`, `This lies with ${name}.`, AUTHORITY) };
  }
  // Of several capacities in which one might act, the one that comes furthest says why not.
  let furthest: { readonly denial: Rejection; readonly at: number } | undefined;
  for (const capacity of placed) {
    const asked = { ...context, state, capacity };
    const rules = row.evenInConflict === true ? row.rules : [refuseConflict, ...row.rules];
    const denials = rules.map((rule) => rule(asked));
    const failed = denials.findIndex((denial) => denial !== undefined);
    const denial = denials[failed];
    if (denial === undefined) return { capacity };
    if (furthest === undefined || failed > furthest.at) furthest = { denial, at: failed };
  }
  return { denial: furthest?.denial ?? roleMayNot(row.roles) };
}

/** Why none of someone's roles lets them, and whose would. */
function roleMayNot(roles: readonly Role[]): Rejection {
  const id = roles.map((r) => roleNames[r].id).join(', ');
  const en = roles.map((r) => roleNames[r].en).join(', ');
  return refuse(
    ROLE_MAY_NOT,
    `Peran Anda tidak boleh melakukannya. Yang boleh: ${id}.`,
    `Your role may not do this. Who may: ${en}.`,
  );
}

function wrongStage(stages: readonly Stage[], stage: Stage): Rejection {
  const id = stages.map((s) => stageNames[s].id).join(', ');
  const en = stages.map((s) => stageNames[s].en).join(', ');
  return refuse(
    'wrong-stage',
    `Perkara ini pada tahap ${stageNames[stage].id}; tindakan ini hanya pada tahap ${id}.`,
    `This case is at the stage ${stageNames[stage].en}; this can be done only at ${en}.`,
  );
}

/** Why none of the actor's roles lets them do or see this, wherever it stands; undefined where one does, or where none is asked for. */
export function refuseRole(act: Act, actor: Actor): Rejection | undefined {
  const { roles } = policyTable[act];
  if (roles === 'signed-in' || roles === 'anyone') return undefined;
  return actor.capacities.some((capacity) => roles.includes(capacity.role)) ? undefined : roleMayNot(roles);
}
