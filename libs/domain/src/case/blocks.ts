/**
 * What keeps the state's hand back: an indicator that the person is a victim of trafficking, and the shield of a case that is pending.
 * While either stands, no outcome that enforces is recommended or determined, and no clock lapses into one.
 */
import { dayText } from '../clock/explain-due.js';
import type { Citation, Code, Id, InstantAt, Rejection } from '../event.js';
import type { Procedure } from '../procedure/procedure.js';
import { prove } from '../procedure/rules.js';
import { wordsOf } from '../vocabulary.js';
import { type AskedOn, factsOfCase } from './case-facts.js';
import { dateIn, zoneOf } from './clock-events.js';
import type { Relation } from './events.js';
import { refuse } from './refuse.js';
import { remedyOf } from './remedies.js';
import type { CaseFile, Indicator } from './state.js';

/** Another case of the person, with the version that governs it. */
export interface LinkedCase {
  readonly relation: Relation;
  readonly state: CaseFile;
  readonly procedure: Procedure;
}

/** Administrative immigration measures do not apply to victims of trafficking. */
export const VICTIMS: Citation = { act: 'UU 6/2011', article: '86' };

export const LINKED_CASE_UNREADABLE = 'linked-case-unreadable';

const cannotBeRead = refuse(
  LINKED_CASE_UNREADABLE,
  'Perkara yang tertaut memuat peristiwa yang tidak dapat dibaca: yang bergantung padanya tidak diputuskan sampai perkara itu terbaca. Beri tahu administrator.',
  'A linked case holds an event that cannot be read: what depends on it is not decided until that case can be read. Tell the administrator.',
);

/** A rule needs a linked case that cannot be read. `rejection` says so to whoever would act. */
export class LinkedCaseUnreadable extends Error {
  override readonly name = 'LinkedCaseUnreadable';
  readonly rejection = cannotBeRead;
  constructor(caseId: Id) {
    super(`The linked case ${caseId} cannot be read`);
  }
}

/**
 * A linked case that cannot be read: its relation is known from the link, and whatever looks further throws, so that nothing is decided
 * without it, and what does not need it goes on. Placed last among the linked.
 */
export class UnreadableLinkedCase implements LinkedCase {
  constructor(
    readonly relation: Relation,
    readonly caseId: Id,
    /** Since when it cannot be read. */
    readonly since: InstantAt,
  ) {}

  /** @throws LinkedCaseUnreadable */
  get state(): never {
    throw new LinkedCaseUnreadable(this.caseId);
  }

  /** @throws LinkedCaseUnreadable */
  get procedure(): never {
    throw new LinkedCaseUnreadable(this.caseId);
  }
}

/** Which case it is, also of one that cannot be read. */
export function linkedCaseId(one: LinkedCase): Id {
  return one instanceof UnreadableLinkedCase ? one.caseId : one.state.caseId;
}

/** What `work` answers; where it needs a linked case that cannot be read, what `refused` makes of that. */
export function unlessUnreadable<T>(work: () => T, refused: (rejection: Rejection) => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof LinkedCaseUnreadable) return refused(error.rejection);
    throw error;
  }
}

export function openIndicators(state: CaseFile): readonly Indicator[] {
  return state.indicators.filter((one) => one.cleared === undefined);
}

/** A block, and the words for it. */
export interface Block {
  readonly kind: 'trafficking-indicator' | 'shield' | 'linked-case-unreadable';
  /** The indicator's id, or the id of the case whose pending shields, or that cannot be read. */
  readonly by: Id;
  readonly since: InstantAt;
  readonly rejection: Rejection;
}

/** What blocks as it is told to people: a linked case that cannot be read keeps enforcement back as well, for it may hold an indicator. */
export function blocksTold(state: CaseFile, linked: readonly LinkedCase[], asked: AskedOn): readonly Block[] {
  const unreadable = linked.filter((one) => one instanceof UnreadableLinkedCase);
  const readable = linked.filter((one) => !(one instanceof UnreadableLinkedCase));
  return [
    ...blocksAt(state, readable, asked),
    ...unreadable.map(
      ({ caseId, since }): Block => ({ kind: LINKED_CASE_UNREADABLE, by: caseId, since, rejection: cannotBeRead }),
    ),
  ];
}

/**
 * What blocks enforcement in this case at an instant: what stands here and in the cases of the same person that it is linked with.
 * @throws LinkedCaseUnreadable
 */
export function blocksAt(state: CaseFile, linked: readonly LinkedCase[], asked: AskedOn): readonly Block[] {
  const { at } = asked;
  const files = [state, ...linked.map((one) => one.state)];
  const indicators = files.flatMap((file) =>
    file.indicators
      .filter((one) => one.at <= at && (one.cleared === undefined || at < one.cleared.at))
      .map((one): Block => {
        const elsewhere =
          file === state
            ? { id: '', en: '' }
            : { id: ` dalam perkara ${file.procedure.code}`, en: ` in its ${file.procedure.code} case` };
        const since = dayText(dateIn(zoneOf(asked.offices, file.openedAtOffice), one.at));
        const rejection = refuse(
          'trafficking-indicator',
          `Ada indikasi perdagangan orang (${wordsOf(one.indicator).id})${elsewhere.id} sejak ${since.id}; tidak ada tindakan penegakan sampai supervisor mencabutnya dengan alasan.`,
          `There is a trafficking indicator (${wordsOf(one.indicator).en})${elsewhere.en} since ${since.en}; nothing is enforced until a supervisor clears it with a reason.`,
          VICTIMS,
        );
        return { kind: 'trafficking-indicator', by: one.indicatorId, since: one.at, rejection };
      }),
  );
  const shields = linked.flatMap((one): readonly Block[] => {
    const shield = shieldAt(one.state, one.procedure, asked);
    return shield === undefined ? [] : [shield];
  });
  return [...indicators, ...shields];
}

/** The shield that a case gives while it is pending, as its procedure says; undefined while it gives none. */
export function shieldAt(state: CaseFile, procedure: Procedure, asked: AskedOn): Block | undefined {
  const { shield } = procedure;
  const { at } = asked;
  if (shield === undefined) return undefined;
  const last = (events: readonly Code[]): InstantAt =>
    events
      .map((event) => state.lastAt[event] ?? '')
      .toSorted()
      .at(-1) ?? '';
  const since = last(shield.startsWith);
  const until = last([...shield.stopsWith, 'CaseLapsed']);
  if (since === '' || at < since || (until >= since && until <= at)) return undefined;
  if (shield.unless !== undefined && prove(shield.unless, factsOfCase(state, procedure, asked)).truth === true) return undefined;
  const began = dayText(dateIn(zoneOf(asked.offices, state.openedAtOffice), since));
  const rejection = refuse(
    'shield',
    `${shield.name.id} sejak ${began.id}: selama perkara ${state.procedure.code} belum selesai tidak ada tindakan penegakan.`,
    `${shield.name.en} since ${began.en}: while the ${state.procedure.code} case is pending nothing is enforced.`,
    ...shield.legalBasis,
  );
  return { kind: 'shield', by: state.caseId, since, rejection };
}

/** No rule derives it, and a clock that runs out does. */
function onlyByLaw({ criteria, otherwise, clocks }: Procedure, outcome: Code): boolean {
  return (
    otherwise !== outcome &&
    !criteria.some((rule) => rule.outcome === outcome) &&
    clocks.some((clock) => clock.lapses?.outcome === outcome)
  );
}

export function enforces(procedure: Procedure, outcome: Code): boolean {
  return procedure.outcomes.some((o) => o.code === outcome && o.enforcement === true);
}

/** A remedy that a court decides ends as its judgment says: verified, with its number (personal) and the hash of the document. */
function refuseWithoutJudgment(state: CaseFile, procedure: Procedure): Rejection | undefined {
  const remedy = remedyOf(state);
  const judgment = procedure.evidence.find((kind) => remedy !== undefined && kind.decidesRemedies?.includes(remedy));
  if (judgment === undefined) return undefined;
  const there = state.evidence.some(
    ({ evidence, status, number, sha256 }) =>
      evidence === judgment.code && status === 'verified' && number !== undefined && sha256 !== undefined,
  );
  return there
    ? undefined
    : refuse(
        'judgment-missing',
        `Hasil upaya hukum ini ada pada pengadilan. Terima dan verifikasi dahulu: ${judgment.name.id}, dengan nomor dan SHA-256 dokumennya.`,
        `The outcome of this remedy is the court’s. First receive and verify: ${judgment.name.en}, with its number and the SHA-256 of the document.`,
        judgment.basis,
      );
}

/** Why this outcome may not be recommended or determined now: it enforces and something holds back, or the evidence it needs is not verified. */
export function refuseOutcome(
  code: Code,
  {
    state,
    procedure,
    linked,
    ...asked
  }: AskedOn & { readonly state: CaseFile; readonly procedure: Procedure; readonly linked: readonly LinkedCase[] },
): Rejection | undefined {
  if (onlyByLaw(procedure, code))
    return refuse(
      'only-by-law',
      `Hasil ${code} hanya terjadi demi hukum, pada tanggalnya; tidak ditetapkan oleh pejabat.`,
      `The outcome ${code} comes by law alone, on its date; no official determines it.`,
    );
  if (enforces(procedure, code)) {
    const blocks = blocksAt(state, linked, asked);
    if (blocks.length > 0)
      return refuse(
        'enforcement-blocked',
        blocks.map((block) => block.rejection.reason.id).join(' '),
        blocks.map((block) => block.rejection.reason.en).join(' '),
        ...blocks.flatMap((block) => block.rejection.legalBasis ?? []),
      );
  }
  const undecided = refuseWithoutJudgment(state, procedure);
  if (undecided !== undefined) return undecided;
  const outcome = procedure.outcomes.find((o) => o.code === code);
  const lacking = (outcome?.requiresEvidence ?? []).filter(
    (needed) => !state.evidence.some((item) => item.evidence === needed && item.status === 'verified'),
  );
  if (outcome === undefined || lacking.length === 0) return undefined;
  const kinds = procedure.evidence.filter((kind) => lacking.includes(kind.code));
  return refuse(
    'outcome-needs-evidence',
    `${outcome.name.id} hanya dapat ditetapkan dengan bukti terverifikasi: ${kinds.map((kind) => kind.name.id).join('; ')}.`,
    `${outcome.name.en} may be determined only on verified evidence: ${kinds.map((kind) => kind.name.en).join('; ')}.`,
    ...kinds.map((kind) => kind.basis),
  );
}
