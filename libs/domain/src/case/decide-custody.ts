/**
 * Original papers that a person hands in for the time of their case (a passport, a stay permit): each is held by an office against a receipt,
 * and given back against a name. No paper is kept that nobody answers for (UU 30/2014 art. 10: care, openness).
 */
import { dayText } from '../clock/explain-due.js';
import type { Citation, Rejection, Text } from '../event.js';
import { wordsOf } from '../vocabulary.js';
import { type Acts, act, idTaken, notInFuture, said } from './act.js';
import type { CaseCommandOf } from './commands.js';
import type { PolicyContext } from './policies.js';
import { refuse } from './refuse.js';
import { heldOriginals } from './state.js';

/** What closing a case says when it is closed although papers are still held. */
export const ORIGINALS_HELD = 'originals-held';

const CARE: Citation = { act: 'UU 30/2014', article: '10' };

/** The office takes a paper: its number and what else is written on it are the person's own, the receipt names neither. */
export function takeCustody(command: CaseCommandOf<'TakeCustody'>, context: PolicyContext): Acts {
  const { state, capacity } = context;
  const { custodyId, paper, takenOn, number, note, evidenceId } = command;
  if (state.custody.some((one) => one.custodyId === custodyId)) return idTaken(custodyId);
  if (evidenceId !== undefined && !state.evidence.some((one) => one.evidenceId === evidenceId))
    return refuse('no-such-evidence-item', 'Bukti ini tidak ada dalam perkara.', 'This case has no such piece of evidence.');
  const receipt = `T${state.custody.length + 1}`;
  const fields = { ...(number === undefined ? {} : { number }), ...(note === undefined ? {} : { note }) };
  const personal = Object.keys(fields).length === 0 ? {} : { personal: said(state, fields) };
  const about = evidenceId === undefined ? {} : { evidenceId };
  return (
    notInFuture(takenOn, context) ?? [
      {
        type: 'OriginalTaken',
        data: { ...act(context), custodyId, receipt, paper, office: capacity.office, takenOn, ...about, ...personal },
      },
    ]
  );
}

/** Given back: to whom is a name, kept with the case. */
export function returnOriginal(command: CaseCommandOf<'ReturnOriginal'>, context: PolicyContext): Acts {
  const { custodyId, returnedOn, to, recipient, note } = command;
  const held = heldOriginals(context.state).find((one) => one.custodyId === custodyId);
  if (held === undefined)
    return refuse(
      'not-held',
      'Dokumen asli ini tidak (lagi) disimpan dalam perkara ini.',
      'This original is not held in this case (any more).',
    );
  if (returnedOn < held.takenOn)
    return refuse(
      'returned-before-taken',
      `Dokumen ini baru diterima pada ${dayText(held.takenOn).id}.`,
      `This paper was taken on ${dayText(held.takenOn).en}.`,
    );
  const personal = { personal: said(context.state, { recipient, ...(note === undefined ? {} : { note }) }) };
  return (
    notInFuture(returnedOn, context) ?? [
      { type: 'OriginalReturned', data: { ...act(context), custodyId, receipt: held.receipt, returnedOn, to, ...personal } },
    ]
  );
}

/** A case is not closed over papers that are still held, unless whoever closes it says that they know. */
export function refuseOverHeld(
  { acknowledges }: CaseCommandOf<'CloseCase'>,
  { state, offices }: PolicyContext,
): Rejection | undefined {
  const held = heldOriginals(state);
  if (held.length === 0 || acknowledges === ORIGINALS_HELD) return undefined;
  const papers = (language: keyof Text): string =>
    held
      .map(({ receipt, paper, office }) => `${receipt} (${wordsOf(paper)[language]}, ${offices.get(office)?.name ?? office})`)
      .join(', ');
  return refuse(
    ORIGINALS_HELD,
    `Dokumen asli masih disimpan: ${papers('id')}. Kembalikan dahulu, atau nyatakan bahwa Anda mengetahuinya.`,
    `Originals are still held: ${papers('en')}. Return them first, or say that you know.`,
    CARE,
  );
}
