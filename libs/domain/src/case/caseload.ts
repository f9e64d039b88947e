/** Whose own work a case is. Personal data of it are shown to them; anyone else in whose scope it stands gives a reason first (break-glass). */
import type { InstantAt } from '../event.js';
import { inSubtree, type OfficeTree } from '../office/office.js';
import { type Actor, INTAKE_ROLES, REVIEW_ROLES, SUPERVISORS } from '../office/official.js';
import { dateIn, zoneOf } from './clock-events.js';
import { refuseReaderInConflict } from './conflict-of-interest.js';
import type { Rule } from './policies.js';
import { refuse } from './refuse.js';
import type { CaseFile } from './state.js';

/**
 * Is the case this official's own work? Who opened it, has it or examined it; who sits on its panel; who decides at an office that has or had
 * it; who supervises that office or, over a post, the one above; and, until somebody has it, whoever may take it. Never one with a conflict of
 * interest, declared or found.
 */
export function isOwnWork(actor: Actor, state: CaseFile, offices: OfficeTree, at: InstantAt): boolean {
  const { id, capacities } = actor;
  if (refuseReaderInConflict(state, actor) !== undefined) return false;
  const ids = [id, ...capacities.flatMap(({ actingFor }) => (actingFor === undefined ? [] : [actingFor]))];
  const known = [state.openedBy, ...(state.officer === undefined ? [] : [state.officer]), ...state.examiners];
  if (ids.some((one) => known.includes(one))) return true;
  if (state.panel?.members.some(({ official }) => official === id) === true) return true;
  return capacities.some(
    ({ role, office }) =>
      (state.offices.includes(office) &&
        (REVIEW_ROLES.includes(role) || (state.officer === undefined && INTAKE_ROLES.includes(role)))) ||
      (SUPERVISORS.includes(role) && inSubtree(offices, office, state.office, dateIn(zoneOf(offices, office), at))),
  );
}

/** Only whose own work a case is keeps notes on it: who may merely look, for a reason too, writes nothing into it. */
export const ownWork: Rule = ({ state, actor, offices, at }) =>
  isOwnWork(actor, state, offices, at)
    ? undefined
    : refuse(
        'not-own-work',
        'Perkara ini bukan tugas Anda sendiri. Catatan ditulis oleh petugasnya, yang menyelia atau memutus di kantornya, dan anggota timnya.',
        'This case is not your own work. Notes are written by its officer, by who supervises or decides at its office, and by its panel.',
      );
