/** What a grant of citizenship still asks of the person: the oath with which it takes effect, and the papers of the former status. */
import type { DateOn, Rejection } from '../event.js';
import { type Acts, act, notInFuture, said } from './act.js';
import { dateIn, zoneOf } from './clock-events.js';
import type { CaseCommandOf } from './commands.js';
import type { PolicyContext } from './policies.js';
import { refuse } from './refuse.js';
import { determinationOf } from './state.js';

/** The office calls the person to the oath (UU 12/2006 art. 14(2)); only who was called can lose the grant by staying away (14(3)). */
export function summonToOath({ on }: CaseCommandOf<'SummonToOath'>, context: PolicyContext): Acts {
  const { state, offices, at } = context;
  const today = dateIn(zoneOf(offices, state.office), at);
  const last = state.clocks.findLast((clock) => clock.code === 'oath')?.due.dueOn;
  if (on < today || (last !== undefined && on > last))
    return refuse(
      'summons-outside-period',
      `Panggil untuk hari antara ${today} dan ${last ?? '–'}.`,
      `Summon for a day from ${today} to ${last ?? '–'}.`,
      { act: 'UU 12/2006', article: '14(2)' },
    );
  return [{ type: 'SummonedToOath', data: { ...act(context), on } }];
}

/** Oath or promise of allegiance (UU 12/2006 art. 14–16), on the day it was taken. */
export function recordOath({ takenOn, record }: CaseCommandOf<'RecordOath'>, context: PolicyContext): Acts {
  return (
    notInFuture(takenOn, context) ??
    notBeforeDetermination(takenOn, context) ?? [
      { type: 'OathTaken', data: { ...act(context), takenOn, ...(record === undefined ? {} : { record }) } },
    ]
  );
}

/** Immigration documents handed in after the oath (UU 12/2006 art. 17). */
export function recordHandIn({ handedInOn, note }: CaseCommandOf<'RecordHandIn'>, context: PolicyContext): Acts {
  const personal = note === undefined ? {} : { personal: said(context.state, { note }) };
  return (
    notInFuture(handedInOn, context) ??
    notBeforeDetermination(handedInOn, context) ?? [
      { type: 'PapersHandedIn', data: { ...act(context), handedInOn, ...personal } },
    ]
  );
}

function notBeforeDetermination(on: DateOn, { state, offices }: PolicyContext): Rejection | undefined {
  const at = determinationOf(state)?.at;
  const determined = at === undefined ? undefined : dateIn(zoneOf(offices, state.office), at);
  return determined === undefined || on >= determined
    ? undefined
    : refuse('before-determination', `Penetapan baru dibuat ${determined}.`, `The determination was made on ${determined}.`);
}
