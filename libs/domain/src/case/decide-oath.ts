/** What a grant of citizenship still asks of the person: the oath with which it takes effect, and the papers of the former status. */
import { dayText } from '../clock/explain-due.js';
import type { Citation, DateOn, Rejection } from '../event.js';
import { type Acts, act, notInFuture, said } from './act.js';
import { dateIn, zoneOf } from './clock-events.js';
import type { CaseCommandOf } from './commands.js';
import type { PolicyContext } from './policies.js';
import { refuse } from './refuse.js';
import { determinationOf, lapseOf } from './state.js';

const VOID_WITHOUT_OATH: Citation = { act: 'UU 12/2006', article: '14(3)' };

/** The office calls the person to the oath (UU 12/2006 art. 14(2)); only who was called can lose the grant by staying away (14(3)). */
export function summonToOath({ on }: CaseCommandOf<'SummonToOath'>, context: PolicyContext): Acts {
  const { state, offices, at } = context;
  const today = dateIn(zoneOf(offices, state.office), at);
  const last = state.clocks.findLast((clock) => clock.code === 'oath')?.due.dueOn;
  if (on < today || (last !== undefined && on > last))
    return refuse(
      'summons-outside-period',
      `Panggil untuk hari antara ${dayText(today).id} dan ${dayText(last).id}.`,
      `Summon for a day from ${dayText(today).en} to ${dayText(last).en}.`,
      { act: 'UU 12/2006', article: '14(2)' },
    );
  return [{ type: 'SummonedToOath', data: { ...act(context), on } }];
}

/** Oath or promise of allegiance (UU 12/2006 art. 14–16), on the day it was taken. */
export function recordOath(command: CaseCommandOf<'RecordOath'>, context: PolicyContext): Acts {
  const { takenOn, record, reason } = command;
  const wrongDay = notInFuture(takenOn, context) ?? notBeforeDetermination(takenOn, context);
  if (wrongDay !== undefined) return wrongDay;
  const setAside = lapseOf(context.state) === undefined ? [] : setLapseAside(command, context);
  if (!Array.isArray(setAside)) return setAside;
  const personal = reason === undefined || setAside.length > 0 ? {} : { personal: said(context.state, { reason }) };
  const data = { ...act(context), takenOn, ...(record === undefined ? {} : { record }), ...personal };
  return [...setAside, { type: 'OathTaken', data }];
}

/**
 * The decree is void only if the oath was not taken in time (UU 12/2006 art. 14(3)): one that was, and is entered too late, shows that it
 * never became void. Only on the signed record, and with a reason.
 */
function setLapseAside({ takenOn, record, reason }: CaseCommandOf<'RecordOath'>, context: PolicyContext): Acts {
  const { state, procedure } = context;
  const lapse = lapseOf(state);
  const determination = determinationOf(state);
  const clock = state.clocks.find((one) => one.clockId === lapse?.clockId);
  const waitedForOath = procedure.clocks.find((rule) => rule.code === lapse?.clock)?.stopsWith.includes('OathTaken') === true;
  const stage = state.beforeLapse?.stage;
  if (lapse === undefined || determination === undefined || !waitedForOath || (stage !== 'served' && stage !== 'remedy-window'))
    return refuse('no-oath', 'Perkara ini berakhir bukan karena sumpah.', 'It was not for an oath that this case lapsed.');
  const { dueOn } = clock?.due ?? {};
  if (dueOn === undefined || takenOn > dueOn)
    return refuse(
      'oath-late',
      `Sumpah harus diucapkan paling lambat ${dayText(dueOn).id}; diucapkan ${dayText(takenOn).id}. Keputusan batal demi hukum.`,
      `The oath had to be taken on ${dayText(dueOn).en} at the latest; it was taken on ${dayText(takenOn).en}. The decree is void by law.`,
      VOID_WITHOUT_OATH,
    );
  if (record === undefined || reason === undefined)
    return refuse(
      'record-missing',
      'Perkara sudah berakhir demi hukum. Sumpah yang diucapkan pada waktunya dicatat dengan SHA-256 berita acaranya dan alasan keterlambatan pencatatan.',
      'The case has lapsed by law. An oath taken in time is recorded with the SHA-256 of its signed record and the reason why it is entered late.',
      VOID_WITHOUT_OATH,
    );
  const { clockId, clock: code } = lapse;
  const { outcome, at: determinedAt } = determination;
  const again = { stage, outcome, determinedAt } as const;
  const data = { ...act(context), clockId, clock: code, ground: 'oath-in-time', record, ...again } as const;
  return [{ type: 'LapseSetAside', data: { ...data, personal: said(state, { reason }) } }];
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
