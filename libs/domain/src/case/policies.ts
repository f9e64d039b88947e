/**
 * The rules that the rows of the policy table name: how one must be related to a case, and what must hold of it; each one function that
 * reads like the regulation. Nothing else in the system knows them.
 */
import type { Calendar } from '../calendar/calendar.js';
import { dayText } from '../clock/explain-due.js';
import type { Citation, Code, DateOn, Id, InstantAt, Rejection, Sha256 } from '../event.js';
import { type AuthorityStep, coversDate, type OfficeTree, officeOfStep, parentOf } from '../office/office.js';
import type { Actor, Capacity } from '../office/official.js';
import { chainOn, type ExtensionDefinition, otherwiseOf, type Procedure } from '../procedure/procedure.js';
import { type Evaluation, evaluate } from '../procedure/rules.js';
import { wordsOf } from '../vocabulary.js';
import { type LinkedCase, linkedCaseId, openIndicators, refuseOutcome, VICTIMS } from './blocks.js';
import { type AskedOn, factsOfCase } from './case-facts.js';
import { dateIn, isSuspended, zoneOf } from './clock-events.js';
import { refuse } from './refuse.js';
import { remedyOf } from './remedies.js';
import { type CaseClock, type CaseFile, determinationOf, heldOriginals, isDecided, lapseOf, standingConflicts } from './state.js';

/** Everything a decision needs besides the case and the command. Time is data: the domain reads no clock. */
export interface CommandContext {
  readonly actor: Actor;
  /** Who acted, when the actor only entered it (imports, offline intake). */
  readonly performedBy?: Id;
  readonly at: InstantAt;
  readonly procedure: Procedure;
  readonly calendar: Calendar;
  readonly offices: OfficeTree;
  /** Every published version of the case's procedure, in the order of publication. */
  readonly published: readonly (Procedure & { readonly sha256: Sha256 })[];
  /** The cases this one is linked with, as they stand. */
  readonly linked: readonly LinkedCase[];
  /** What the person said is gone, or about to go: nothing more is said in the case. */
  readonly dataDestroyed?: true;
}

/** What a rule sees: the case as it is, and the capacity in which the actor would act. */
export interface PolicyContext extends CommandContext {
  readonly state: CaseFile;
  readonly capacity: Capacity;
}

export type Rule = (context: PolicyContext) => Rejection | undefined;

const AUPB: Citation = { act: 'UU 30/2014', article: '10' };
export const CONFLICT: Citation = { act: 'UU 30/2014', article: '42–43' };
export const AUTHORITY: Citation = { act: 'UU 30/2014', article: '15' };

/** Who performed the act: the one in whose name it is entered, else the one who enters it. */
export function performerOf(context: Pick<CommandContext, 'actor' | 'performedBy'>): Id {
  return context.performedBy ?? context.actor.id;
}

/** Everyone in whose name a decision would be made: who enters it, who performs it, and the holder in whose place they act. */
export function actingPersons(context: PolicyContext): readonly Id[] {
  const { actor, capacity } = context;
  return [actor.id, performerOf(context), ...(capacity.actingFor === undefined ? [] : [capacity.actingFor])];
}

/** A case officer acts only on cases assigned to them or to whom they act for, so that each case has one person who answers for it. */
export const assignedToActor: Rule = ({ state, actor, capacity }) =>
  capacity.role !== 'case-officer' || (state.officer !== undefined && [actor.id, capacity.actingFor].includes(state.officer))
    ? undefined
    : refuse(
        'not-assigned',
        state.officer === undefined
          ? 'Perkara ini belum ditugaskan. Mulai pemeriksaan kelengkapan untuk mengambilnya, atau minta supervisor menugaskannya.'
          : 'Perkara ini ditugaskan kepada petugas lain, yang disebut pada perkaranya. Hanya petugas itu yang dapat melakukannya; supervisor dapat mengalihkan penugasan.',
        state.officer === undefined
          ? 'This case is not assigned yet. Begin screening to take it, or ask a supervisor to assign it.'
          : 'This case is assigned to another officer, whom it names. Only that officer can do this; a supervisor can reassign it.',
      );

/** The first officer to begin takes an unassigned case; an assigned one is begun by its officer. */
export const unassignedOrOwn: Rule = (context) => (context.state.officer === undefined ? undefined : assignedToActor(context));

/** Four eyes: nobody approves, alters or refers on what they recommended themselves. It compares who performed, not who entered. */
export const notTheRecommender: Rule = (context) =>
  context.state.progress.stage === 'review' && actingPersons(context).includes(context.state.progress.recommendation.by)
    ? refuse(
        'four-eyes',
        'Anda yang merekomendasikan penetapan ini; orang lain yang harus memutuskannya. Minta pejabat lain pada kantor peninjau.',
        'You recommended this determination; someone else must decide it. Ask another official of the reviewing office.',
        CONFLICT,
      )
    : undefined;

/** Nor does one who examined the case decide it: its officer, or anyone who did a part of the examination before it was assigned anew. */
export const notTheExaminer: Rule = (context) =>
  [context.state.officer, ...context.state.examiners].some((id) => id !== undefined && actingPersons(context).includes(id))
    ? refuse(
        'four-eyes-examiner',
        'Anda yang memeriksa perkara ini; orang lain yang harus memutuskannya.',
        'You examined this case; someone else must decide it.',
        CONFLICT,
      )
    : undefined;

/** Only a step of the authority chain that decides this outcome may make the determination; below it one refers up. */
export function refuseAuthority(context: PolicyContext, outcome: Code | undefined): Rejection | undefined {
  if (context.state.progress.stage !== 'review') return undefined;
  const here = context.state.progress.recommendation.reviewOffice;
  const deciders = authorityOffices(context).filter(
    (step) => step.decides && (outcome === undefined || step.onlyOutcomes === undefined || step.onlyOutcomes.includes(outcome)),
  );
  if (deciders.some((step) => step.office === here)) return undefined;
  const names = deciders.map((step) => context.offices.get(step.office)?.name ?? step.office).join(', ') || '–';
  return refuse(
    'authority-not-held',
    `Kewenangan menetapkan ada pada ${names}. Limpahkan perkara ke atas.`,
    `The authority to determine lies with ${names}. Refer the case up.`,
    ...(context.procedure.legalBasis.length > 0 ? context.procedure.legalBasis : [AUTHORITY]),
  );
}

/** The outcome that was recommended is decided here. */
export const authorityHeldHere: Rule = (context) =>
  refuseAuthority(context, context.state.progress.stage === 'review' ? context.state.progress.recommendation.outcome : undefined);

/** Some outcome is decided here; which, `determine` asks when it is named. */
export const someAuthorityHere: Rule = (context) => refuseAuthority(context, undefined);

/** What was recommended may still not be determined: an indicator, a shield, evidence that fell meanwhile. */
export const recommendedOutcomeAllowed: Rule = (context) =>
  context.state.progress.stage === 'review' ? refuseOutcome(context.state.progress.recommendation.outcome, context) : undefined;

/** There is an office above to refer to. */
export const higherStepExists: Rule = (context) =>
  nextOfficeUp(context) === undefined
    ? refuse(
        'no-higher-authority',
        'Tidak ada kewenangan di atas kantor ini untuk prosedur ini. Putuskan di sini.',
        'No authority stands above this office in this procedure. Decide it here.',
        AUTHORITY,
      )
    : undefined;

/** Required papers must be there, or waived by returning the application. */
export const requiredEvidenceReceived: Rule = ({ state, procedure }) => {
  const missing = procedure.evidence.filter(
    (e) => e.required && !state.evidence.some((item) => item.evidence === e.code && item.status !== 'rejected'),
  );
  if (missing.length === 0) return undefined;
  return refuse(
    'evidence-missing',
    `Bukti wajib belum diterima: ${missing.map((e) => e.name.id).join('; ')}. Terima bukti itu atau kembalikan permohonan sebagai belum lengkap.`,
    `Required evidence has not been received: ${missing.map((e) => e.name.en).join('; ')}. Receive it, or return the application as incomplete.`,
    ...missing.map((e) => e.basis),
  );
};

/** At least something must be established before a proposal is made. */
export const findingsExist: Rule = ({ state }) =>
  state.findings.length > 0
    ? undefined
    : refuse(
        'no-finding',
        'Belum ada temuan. Catat temuan sebelum merekomendasikan.',
        'There is no finding yet. Record a finding before recommending.',
        AUPB,
      );

/** Where the law has several agencies examine together, nothing is proposed before they have concluded. */
export const panelConcluded: Rule = ({ state, procedure: { panel }, offices, at }) => {
  if (panel === undefined || state.panel?.concluded !== undefined) return undefined;
  const on = dateIn(zoneOf(offices, state.office), at);
  if (!coversDate({ from: panel.effectiveFrom, to: panel.effectiveTo }, on)) return undefined;
  const heard = state.panel?.findings.length ?? 0;
  return refuse(
    'panel-not-concluded',
    `Tim (${panel.agencies.map((one) => wordsOf(one).id).join(', ')}; kuorum ${panel.quorum}) belum menutup pemeriksaannya: ${heard} pendapat tercatat. Bentuk tim, tunggu pendapat, lalu tutup.`,
    `The panel (${panel.agencies.map((one) => wordsOf(one).en).join(', ')}; quorum ${panel.quorum}) has not concluded: ${heard} findings are recorded. Convene it, await the findings, then conclude it.`,
    ...panel.legalBasis,
  );
};

export const procedureHasPanel: Rule = ({ procedure }) =>
  procedure.panel === undefined
    ? refuse('no-panel', `Prosedur ${procedure.code} tidak mengenal tim.`, `Procedure ${procedure.code} has no panel.`)
    : undefined;

/** An agency was asked, and has not answered. */
export const consultationOpen: Rule = ({ state }) => {
  if (state.consultations.some(({ answeredOn }) => answeredOn === undefined)) return undefined;
  return state.consultations.length === 0
    ? refuse('no-consultation-open', 'Belum ada instansi yang dimintai pendapat.', 'No agency has been asked for its view.')
    : refuse(
        'no-consultation-open',
        'Semua instansi yang dimintai pendapat sudah menjawab.',
        'Every agency that was asked has answered.',
      );
};

/** A panel is there and has not concluded. */
export const panelAtWork: Rule = ({ state }) =>
  state.panel === undefined
    ? refuse('no-panel', 'Tim perkara ini belum dibentuk.', 'No panel of this case has been convened.')
    : state.panel.concluded === undefined
      ? undefined
      : refuse('panel-concluded', 'Tim perkara ini sudah menutup pemeriksaannya.', 'The panel of this case has concluded.');

/** A member records their own finding, in the panel they sit on and in no other. */
export const sitsOnPanel: Rule = (context) =>
  context.state.panel?.members.some(({ official }) => official === performerOf(context))
    ? undefined
    : refuse('not-on-panel', 'Anda tidak duduk dalam tim perkara ini.', 'You do not sit on the panel of this case.');

/** Remedies must have run out: a case is not closed while the person may still object. */
export const remedyWindowOver: Rule = ({ state, at }) => {
  if (state.progress.stage !== 'remedy-window') return undefined;
  const running = state.clocks.find(
    (c) => c.code.startsWith('remedy') && c.stoppedAt === undefined && (c.due.dueAt === undefined || at < c.due.dueAt),
  );
  if (running === undefined) return undefined;
  return refuse(
    'remedy-window-open',
    `Masa keberatan masih berjalan sampai ${dayText(running.due.dueOn, '(ditangguhkan)').id}. Tutup perkara sesudahnya.`,
    `The period for objection runs until ${dayText(running.due.dueOn, '(suspended)').en}. Close the case after that.`,
    { act: 'UU 30/2014', article: '77' },
  );
};

/** What was withdrawn, and may have been closed since, is not decided and pends no more. */
const ENDED_UNDECIDED: readonly CaseFile['progress']['stage'][] = ['withdrawn', 'closed'];

/** Nor while a remedy that was filed is not decided. */
export const noRemedyPending: Rule = ({ state, linked }) => {
  const pending = state.links.find(
    (link) =>
      link.relation === 'remedy' &&
      !linked.some(
        (one) => linkedCaseId(one) === link.other && (isDecided(one.state) || ENDED_UNDECIDED.includes(one.state.progress.stage)),
      ),
  );
  return pending === undefined
    ? undefined
    : refuse(
        'remedy-pending',
        `Upaya hukum (${wordsOf(pending.remedy ?? '').id}) yang diajukan ${dayText(pending.filedOn).id} belum diputus.`,
        `The remedy (${wordsOf(pending.remedy ?? '').en}) filed on ${dayText(pending.filedOn).en} is not decided yet.`,
        { act: 'UU 30/2014', article: '77' },
      );
};

/** The oath that the determination calls for, as the article says; undefined where it takes effect without. */
function oathOf({ state, procedure }: Pick<PolicyContext, 'state' | 'procedure'>): Citation | undefined {
  const outcome = determinationOf(state)?.outcome;
  return procedure.outcomes.find((one) => one.code === outcome)?.oath;
}

/** An oath is recorded once, and only where the determination takes effect with it. */
export const oathCalledFor: Rule = (context) => {
  if (oathOf(context) === undefined)
    return refuse('no-oath', 'Penetapan ini berlaku tanpa sumpah.', 'This determination takes effect without an oath.');
  return context.state.oathTakenOn === undefined
    ? undefined
    : refuse(
        'oath-taken',
        `Sumpah sudah diucapkan pada ${dayText(context.state.oathTakenOn).id}.`,
        `The oath was taken on ${dayText(context.state.oathTakenOn).en}.`,
      );
};

/** Once the law has acted on a missing oath, who examined the case does not undo that: a supervisor who did not. */
export const belatedByAnother: Rule = (context) => {
  if (lapseOf(context.state) === undefined) return undefined;
  return context.capacity.role === 'case-officer'
    ? refuse(
        'four-eyes',
        'Perkara ini sudah berakhir demi hukum. Sumpah yang diucapkan pada waktunya dicatat oleh supervisor yang tidak memeriksanya.',
        'This case has lapsed by law. An oath that was taken in time is recorded by a supervisor who did not examine it.',
        CONFLICT,
      )
    : notTheExaminer(context);
};

/** What takes effect with an oath is not closed without: either it is taken, or the law voids the decree. */
export const oathTakenOrLapsed: Rule = (context) => {
  const oath = context.state.progress.stage === 'lapsed' ? undefined : oathOf(context);
  return oath === undefined || context.state.oathTakenOn !== undefined
    ? undefined
    : refuse(
        'oath-not-taken',
        'Sumpah atau janji setia belum dicatat. Catat pengucapannya; jika tidak diucapkan pada waktunya, keputusan batal demi hukum.',
        'The oath or promise of allegiance is not recorded. Record it; if it is not taken in time, the decree is void by law.',
        oath,
      );
};

/** Papers are handed in where a period for it began, once. */
export const handInRunning: Rule = ({ state, procedure }) =>
  state.handedInOn === undefined &&
  state.clocks.some(
    (clock) =>
      clock.stoppedAt === undefined &&
      procedure.clocks.find((rule) => rule.code === clock.code)?.stopsWith.includes('PapersHandedIn') === true,
  )
    ? undefined
    : refuse('no-hand-in', 'Tidak ada dokumen yang masih harus diserahkan.', 'No documents are due to be handed in.');

/** Only what is held is given back. */
export const originalHeld: Rule = ({ state }) =>
  heldOriginals(state).length > 0
    ? undefined
    : refuse('no-original-held', 'Tidak ada dokumen asli yang disimpan.', 'No original is held.');

/** A case is reopened to be decided anew; one that was withdrawn before a determination is lodged anew instead. */
export const wasDetermined: Rule = ({ state }) =>
  state.determinations.length > 0 || state.progress.stage === 'lapsed'
    ? undefined
    : refuse(
        'never-determined',
        'Perkara ini ditutup tanpa penetapan. Ajukan permohonan baru.',
        'This case was closed without a determination. Lodge a new application.',
      );

/** A determination is taken up again by the authority that made it (UU 30/2014 art. 64), not by an office below it. */
export const determinedHere: Rule = ({ state, capacity, offices }) => {
  const by = state.determinations.at(-1)?.authority.office;
  if (by === undefined || by === capacity.office) return undefined;
  const name = offices.get(by)?.name ?? by;
  return refuse(
    'determined-elsewhere',
    `Perkara ini ditetapkan oleh ${name}; hanya ${name} yang dapat membukanya kembali.`,
    `This case was determined by ${name}; only ${name} can reopen it.`,
    { act: 'UU 30/2014', article: '64' },
  );
};

/** What was determined and reopened is decided anew, not withdrawn: the determination would vanish with the application. */
export const neverDetermined: Rule = ({ state }) =>
  state.determinations.length === 0
    ? undefined
    : refuse(
        'determined-before',
        'Perkara ini pernah ditetapkan dan dibuka kembali; permohonannya tidak dapat ditarik lagi. Putuskan kembali.',
        'This case was determined and reopened; its application can no longer be withdrawn. Decide it anew.',
        { act: 'UU 30/2014', article: '64' },
      );

export const runningClockExists: Rule = ({ state }) =>
  state.clocks.some(
    (c) => c.stoppedAt === undefined && c.explicitDueAt === undefined && c.countsFrom === undefined && !isSuspended(c),
  )
    ? undefined
    : refuse('no-running-clock', 'Tidak ada tenggat yang sedang berjalan.', 'No clock is running.');

export const suspendedClockExists: Rule = ({ state }) =>
  state.clocks.some((c) => c.stoppedAt === undefined && c.countsFrom === undefined && isSuspended(c))
    ? undefined
    : refuse('no-suspended-clock', 'Tidak ada tenggat yang sedang ditangguhkan.', 'No clock is suspended.');

/** What the pinned procedure says of a clock's extension. */
export function extensionOf(clock: CaseClock, { procedure }: Pick<PolicyContext, 'procedure'>): ExtensionDefinition | undefined {
  return procedure.clocks.find((rule) => rule.code === clock.code)?.extension;
}

export const extensibleClockExists: Rule = ({ state, procedure }) =>
  state.clocks.some((c) => c.stoppedAt === undefined && !isSuspended(c) && extensionOf(c, { procedure }) !== undefined)
    ? undefined
    : refuse(
        'no-extension',
        'Tidak ada tenggat berjalan yang boleh diperpanjang menurut prosedur ini.',
        'No running clock may be extended under this procedure.',
      );

export const unclearedIndicatorExists: Rule = ({ state }) =>
  openIndicators(state).length > 0
    ? undefined
    : refuse(
        'no-such-indicator',
        'Tidak ada indikasi perdagangan orang yang belum dicabut.',
        'There is no trafficking indicator that is not cleared.',
      );

/** Someone is kept out of the case. */
export const conflictDeclared: Rule = ({ state }) =>
  standingConflicts(state).length > 0
    ? undefined
    : refuse('no-such-conflict', 'Tidak ada benturan kepentingan yang dinyatakan.', 'No conflict of interest is declared.');

/** Whoever recorded an indicator does not clear it: nobody undoes their own alarm under pressure. */
export const recordedByAnother: Rule = (context) =>
  openIndicators(context.state).every((one) => actingPersons(context).includes(one.by))
    ? refuse(
        'four-eyes',
        'Anda yang mencatat indikasi ini; orang lain yang harus mencabutnya.',
        'You recorded this indicator; someone else must clear it.',
        VICTIMS,
      )
    : undefined;

/** The offices of the procedure's authority chain for this case, on the date of the act; of a remedy, who examines and who decides it. */
export function authorityOffices(
  context: Pick<PolicyContext, 'state' | 'procedure' | 'offices' | 'at' | 'linked'>,
): readonly ({ readonly office: Code } & Pick<AuthorityStep, 'decides' | 'onlyOutcomes'>)[] {
  const { state, procedure, offices, at, linked } = context;
  const on = dateIn(zoneOf(offices, state.office), at);
  const contested = linked.find((one) => one.relation === 'remedy-of');
  if (contested !== undefined) {
    const office = remedyAuthority(state, contested, offices, on);
    return office === state.office
      ? [{ office, decides: true }]
      : [
          { office: state.office, decides: false },
          { office, decides: true },
        ];
  }
  return chainOn(procedure, on).flatMap((step) => {
    const office = officeOfStep(offices, step, state.openedAtOffice, on);
    const { decides, onlyOutcomes } = step;
    return office === undefined ? [] : [{ office, decides, ...(onlyOutcomes === undefined ? {} : { onlyOutcomes }) }];
  });
}

/**
 * Who decides a remedy (UU 30/2014 arts. 77, 78): an objection, the authority that made the determination; an administrative appeal, the
 * one above it. What a court decided is recorded by the authority whose determination it was about.
 */
function remedyAuthority(state: CaseFile, contested: LinkedCase, offices: OfficeTree, on: DateOn): Code {
  const by = contested.state.determinations.at(-1)?.authority.office ?? contested.state.office;
  const kind = contested.procedure.remedies.find((one) => one.code === remedyOf(state))?.kind;
  return kind === 'administrative-appeal' ? (parentOf(offices, by, on) ?? by) : by;
}

/** Where a case under review goes when it is referred up: the next step, or the successor of an office that has left the chain since. */
export function nextOfficeUp(context: PolicyContext): Code | undefined {
  const { progress } = context.state;
  if (progress.stage !== 'review') return undefined;
  const { reviewOffice } = progress.recommendation;
  const chain = authorityOffices(context);
  const here = chain.findIndex((step) => step.office === reviewOffice);
  if (here >= 0) return chain[here + 1]?.office;
  const kind = context.offices.get(reviewOffice)?.kind;
  return chain.find((step) => context.offices.get(step.office)?.kind === kind)?.office;
}

/** The outcome that the pinned rules derive from what is established, with its proof. */
export function evaluateCase(state: CaseFile, procedure: Procedure, asked: AskedOn): Evaluation {
  const facts = factsOfCase(state, procedure, asked);
  return evaluate(procedure.criteria, otherwiseOf(procedure), facts, procedure.facts);
}
