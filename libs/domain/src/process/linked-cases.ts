/**
 * The process manager of links, pure: of two cases that belong together each names the other. A case that an outcome or a remedy calls for
 * is opened by the answer to the link, once: its id stands in the link. And each is told how the other was decided: a choice that was made
 * ends the wait for it, a remedy that was granted starts the period for the new decision.
 */
import { subjectPart } from '../case/act.js';
import { type ClockContext, dateIn, withClocks, zoneOf } from '../case/clock-events.js';
import type { CaseEvent, PinnedProcedure, Relation } from '../case/events.js';
import { refuse } from '../case/refuse.js';
import { type CaseFile, type CaseState, decisionOf, type Link } from '../case/state.js';
import { dayText } from '../clock/explain-due.js';
import type { Code, Decision, Id, InstantAt, Rejection } from '../event.js';
import { officeOfStep } from '../office/office.js';
import { chainOn } from '../procedure/procedure.js';

/** The one who opens and links what the law calls for. */
export const LINKER: Id = 'linked-cases';

/** What this case is to the other one. */
export const counterpart: { readonly [R in Relation]: Relation } = {
  opened: 'opened-by',
  'opened-by': 'opened',
  remedy: 'remedy-of',
  'remedy-of': 'remedy',
  'same-person': 'same-person',
};

/** The other side of a link: events of the other case. A remedy is lodged at once, since it was filed; any other case begins as a draft. */
export function answerLink(
  from: CaseFile,
  link: Link,
  other: CaseState,
  context: ClockContext & { readonly pin: PinnedProcedure },
): Decision<CaseEvent> {
  if (other?.links.some((one) => one.other === from.caseId))
    return { rejection: refuse('already-linked', 'Kedua perkara saling menyebut.', 'Both cases name each other already.') };
  const by = { by: LINKER, at: context.at };
  const back: CaseEvent = {
    type: 'CaseLinked',
    data: {
      ...by,
      other: from.caseId,
      relation: counterpart[link.relation],
      procedure: from.procedure.code,
      ...(link.remedy === undefined ? {} : { remedy: link.remedy }),
      ...(link.filedOn === undefined ? {} : { filedOn: link.filedOn }),
    },
  };
  if (other !== undefined) return { events: [back] };
  if (from.subjectId === undefined || (link.relation !== 'opened' && link.relation !== 'remedy'))
    return { rejection: refuse('no-such-case-to-link', 'Perkara yang lain tidak ada.', 'The other case is not there.') };
  const opened: CaseEvent = {
    type: 'DraftOpened',
    data: {
      ...by,
      caseId: link.other,
      procedure: context.pin,
      office: from.office,
      channel: 'linked-case',
      subject: from.subjectId,
      ...(from.subject === undefined ? {} : { personal: [subjectPart(from.subjectId, from.subject)] }),
    },
  };
  const on = dateIn(zoneOf(context.offices, from.office), context.at);
  const [first] = chainOn(context.procedure, on);
  const office = first === undefined ? undefined : officeOfStep(context.offices, first, from.office, on);
  const lodged: readonly CaseEvent[] =
    link.relation === 'remedy' && office !== undefined ? [{ type: 'ApplicationLodged', data: { ...by, office } }] : [];
  return { events: withClocks(undefined, [opened, back, ...lodged], context) };
}

/** Two person records were merged: a case of the one is a case of the same person as a case of the other. Said in each of the two. */
export function linkByMerge(state: CaseState, other: CaseState, match: Id, at: InstantAt): Decision<CaseEvent> {
  if (state === undefined || other === undefined || state.caseId === other.caseId)
    return { rejection: refuse('no-such-case-to-link', 'Perkara yang lain tidak ada.', 'The other case is not there.') };
  if (state.links.some((link) => link.other === other.caseId))
    return { rejection: refuse('already-linked', 'Kedua perkara sudah dihubungkan.', 'These two cases are linked already.') };
  const data = { by: LINKER, at, other: other.caseId, relation: 'same-person', procedure: other.procedure.code, match } as const;
  return { events: [{ type: 'CaseLinked', data }] };
}

/** The merge was undone: the link that rested on it ends. One that was made by hand, or that an act called for, stays. */
export function unlinkByMerge(state: CaseState, other: Id, at: InstantAt): Decision<CaseEvent> {
  const match = state?.links.find((link) => link.other === other && link.match !== undefined)?.match;
  return match === undefined
    ? { rejection: refuse('not-linked', 'Tidak ada hubungan karena penggabungan.', 'There is no link by a merge.') }
    : { events: [{ type: 'CaseUnlinked', data: { by: LINKER, at, other, match } }] };
}

/**
 * A remedy filed so long ago that the time for deciding it is over: silence has granted it already, or does so as soon as it is entered.
 * Whoever enters it must say that they know (ADR 16). `from`: the contested case with the remedy filed in it.
 */
export function refuseUnlessAcknowledged(
  from: CaseFile,
  acknowledged: Code | undefined,
  context: ClockContext & { readonly pin: PinnedProcedure },
): Rejection | undefined {
  const link = from.links.at(-1);
  const { events = [] } = link === undefined ? {} : answerLink(from, link, undefined, context);
  const clocks = events.filter((event) => event.type === 'ClockStarted').map(({ data }) => data);
  const silent = clocks.find(({ due }) => due.law?.effect === 'grant' && due.dueAt !== undefined && due.dueAt <= context.at);
  const outcome = silent?.due.law?.outcome;
  if (silent === undefined || outcome === acknowledged) return undefined;
  const { filedOn } = link ?? {};
  const basis = context.procedure.clocks.find(({ code }) => code === silent.clock)?.lapses?.legalBasis ?? [];
  return refuse(
    'silence-has-granted',
    `Diajukan ${dayText(filedOn).id}: waktu memutusnya lewat setelah ${dayText(silent.due.dueOn).id}, dan diam berarti dikabulkan. Begitu dicatat, supervisor diberi tahu dan hukum mengabulkannya. Jika tanggal itu benar, nyatakan bahwa Anda mengetahuinya, dan kirim lagi.`,
    `Filed on ${dayText(filedOn).en}: the time for deciding it ran out after ${dayText(silent.due.dueOn).en}, and silence means that it is granted. Once it is entered the supervisor is told and the law grants it. If that date is right, say that you know, and send it again.`,
    ...basis,
  );
}

/** Tells a case how one that it is linked with was decided, once for each decision; its clocks start and stop with it. */
export function tellDecision(state: CaseState, other: CaseFile, context: ClockContext): Decision<CaseEvent> {
  const link = state?.links.find((one) => one.other === other.caseId);
  const decision = decisionOf(other);
  if (link === undefined || decision === undefined)
    return { rejection: refuse('nothing-to-tell', 'Tidak ada putusan untuk diberitahukan.', 'There is no decision to tell.') };
  if (link.decided?.at === decision.at)
    return { rejection: refuse('already-told', 'Putusan itu sudah diberitahukan.', 'That decision was told already.') };
  const { at: decidedAt, outcome } = decision;
  const told: CaseEvent = {
    type: 'LinkedCaseDecided',
    data: {
      by: LINKER,
      at: context.at,
      other: other.caseId,
      relation: link.relation,
      procedure: other.procedure.code,
      decidedAt,
      ...(outcome === undefined ? {} : { outcome }),
    },
  };
  return { events: withClocks(state, [told], context) };
}
