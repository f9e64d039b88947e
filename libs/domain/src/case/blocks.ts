/**
 * What keeps the state's hand back: an indicator that the person is a victim of trafficking, and the shield of a case that is pending.
 * While either stands, no outcome that enforces is recommended or determined, and no clock lapses into one.
 */
import type { Citation, Code, Id, InstantAt, Rejection } from '../event.js';
import type { Procedure } from '../procedure/procedure.js';
import type { Relation } from './events.js';
import { refuse } from './refuse.js';
import type { CaseFile, Indicator } from './state.js';

/** Another case of the person, with the version that governs it. */
export interface LinkedCase {
  readonly relation: Relation;
  readonly state: CaseFile;
  readonly procedure: Procedure;
}

/** Administrative immigration measures do not apply to victims of trafficking. */
export const VICTIMS: Citation = { act: 'UU 6/2011', article: '86' };

export function openIndicators(state: CaseFile): readonly Indicator[] {
  return state.indicators.filter((one) => one.cleared === undefined);
}

/** A block, and the words for it. */
export interface Block {
  readonly kind: 'trafficking-indicator' | 'shield';
  /** The indicator's id, or the id of the case whose pending shields. */
  readonly by: Id;
  readonly since: InstantAt;
  readonly rejection: Rejection;
}

/** What blocks enforcement in this case at an instant. */
export function blocksAt(state: CaseFile, linked: readonly LinkedCase[], at: InstantAt): readonly Block[] {
  const indicators = state.indicators
    .filter((one) => one.at <= at && (one.cleared === undefined || at < one.cleared.at))
    .map((one): Block => {
      const rejection = refuse(
        'trafficking-indicator',
        `Ada indikasi perdagangan orang (${one.indicator}) sejak ${one.at.slice(0, 10)}; tidak ada tindakan penegakan sampai supervisor mencabutnya dengan alasan.`,
        `There is a trafficking indicator (${one.indicator}) since ${one.at.slice(0, 10)}; nothing is enforced until a supervisor clears it with a reason.`,
        VICTIMS,
      );
      return { kind: 'trafficking-indicator', by: one.indicatorId, since: one.at, rejection };
    });
  return indicators;
}
