/** Filing a remedy: an objection, an administrative appeal, a court action. It is examined in a case of its own, linked with this one. */
import { addWorkingDays } from '../calendar/calendar.js';
import { parseDay } from '../calendar/day.js';
import { dayText } from '../clock/explain-due.js';
import type { Citation, Id } from '../event.js';
import { type Acts, act, notInFuture, said } from './act.js';
import { dateIn, zoneOf } from './clock-events.js';
import type { CaseCommandOf } from './commands.js';
import type { PolicyContext } from './policies.js';
import { refuse } from './refuse.js';
import { REMEDY, remediesFor } from './remedies.js';
import { determinationOf } from './state.js';

/** So many working days after its filing a remedy is entered on the word of whoever enters it; later, on proof of that day. */
const ENTERED_ON_WORD: number = 3;

/** In time, and the one that stands open. What was filed in time and is entered late is in time. */
export function fileRemedy(command: CaseCommandOf<'FileRemedy'>, context: PolicyContext & { readonly linkId: Id }): Acts {
  const { state, procedure, linkId } = context;
  const { remedy, filedOn, proofSha256, acknowledges, reason } = command;
  const open = remediesFor(state, procedure);
  const found = open.find((one) => one.code === remedy);
  if (found === undefined)
    return refuse(
      'no-such-remedy',
      `Upaya hukum ini tidak tersedia atas penetapan ini. Tersedia: ${open.map(({ name }) => name.id).join('; ') || '–'}.`,
      `This remedy is not open against this determination. Open: ${open.map(({ name }) => name.en).join('; ') || '–'}.`,
      ...open.map((one) => one.basis),
    );
  const since = determinationOf(state)?.at ?? '';
  if (state.links.some((link) => link.remedy === remedy && link.relation === 'remedy' && link.at >= since))
    return refuse('already-filed', `${found.name.id} sudah diajukan.`, `${found.name.en}: filed already.`, found.basis);
  const clock = state.clocks.findLast((one) => one.code === found.clock);
  const servedOn = 'service' in state.progress ? state.progress.service.servedOn : undefined;
  if (clock === undefined || (servedOn !== undefined && parseDay(filedOn) < parseDay(servedOn)))
    return refuse(
      'before-service',
      'Upaya hukum diajukan setelah penetapan disampaikan.',
      'A remedy is filed after the determination was served.',
      found.basis,
    );
  const future = notInFuture(filedOn, context);
  if (future !== undefined) return future;
  const { dueOn } = clock.due;
  const period = procedure.clocks.find((rule) => rule.code === found.clock);
  const basis: readonly Citation[] = [found.basis, ...(period?.legalBasis ?? [])];
  if (dueOn !== undefined && filedOn > dueOn)
    return refuse(
      'remedy-late',
      `${found.name.id} harus diajukan paling lambat ${dayText(dueOn).id}; diajukan ${dayText(filedOn).id}.`,
      `${found.name.en} had to be filed on ${dayText(dueOn).en} at the latest; it was filed on ${dayText(filedOn).en}.`,
      ...basis.filter((one, i) => basis.findIndex((c) => c.act === one.act && c.article === one.article) === i),
    );
  const onWordUntil = addWorkingDays(context.calendar, filedOn, ENTERED_ON_WORD);
  if (proofSha256 === undefined && dateIn(zoneOf(context.offices, state.office), context.at) > onWordUntil)
    return refuse(
      'proof-of-filing-missing',
      `Diajukan ${dayText(filedOn).id} dan baru dicatat sesudah ${dayText(onWordUntil).id}: sertakan SHA-256 bukti hari itu (tanda terima, cap pos).`,
      `Filed on ${dayText(filedOn).en} and entered only after ${dayText(onWordUntil).en}: add the SHA-256 of the proof of that day (receipt, postmark).`,
      found.basis,
    );
  return [
    {
      type: 'RemedyFiled',
      data: {
        ...act(context),
        remedy,
        other: linkId,
        procedure: REMEDY,
        filedOn,
        ...(proofSha256 === undefined ? {} : { proofSha256 }),
        ...(acknowledges === undefined ? {} : { acknowledged: acknowledges }),
        personal: said(state, { reason }),
      },
    },
  ];
}
