/** Indicators of trafficking: anyone who meets the person records one, another official clears it. */
import { type Acts, act, idTaken, said } from './act.js';
import { VICTIMS } from './blocks.js';
import type { CaseCommandOf } from './commands.js';
import { actingPersons, type PolicyContext } from './policies.js';
import { refuse } from './refuse.js';

export function recordIndicator(command: CaseCommandOf<'RecordIndicator'>, context: PolicyContext): Acts {
  const { state } = context;
  const { indicatorId, indicator, reason } = command;
  if (state.indicators.some((one) => one.indicatorId === indicatorId)) return idTaken(indicatorId);
  return [{ type: 'IndicatorRecorded', data: { ...act(context), indicatorId, indicator, personal: said(state, { reason }) } }];
}

export function clearIndicator(command: CaseCommandOf<'ClearIndicator'>, context: PolicyContext): Acts {
  const { state } = context;
  const { indicatorId, reason } = command;
  const found = state.indicators.find((one) => one.indicatorId === indicatorId);
  if (found === undefined || found.cleared !== undefined)
    return refuse(
      'indicator-not-open',
      `Tidak ada indikasi ${indicatorId} yang belum dicabut.`,
      `There is no indicator ${indicatorId} that is not cleared.`,
    );
  if (actingPersons(context).includes(found.by))
    return refuse(
      'own-indicator',
      'Anda yang mencatat indikasi ini; orang lain yang harus mencabutnya.',
      'You recorded this indicator; someone else must clear it.',
      VICTIMS,
    );
  return [{ type: 'IndicatorCleared', data: { ...act(context), indicatorId, personal: said(state, { reason }) } }];
}
