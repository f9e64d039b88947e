/**
 * A case as its events tell it. `evolve` never decides and never fails on what happened: it only folds.
 * A value that was destroyed with its person's key reads back as missing, and its fact as unknown.
 */
import type { ClockLength, ClockRun } from '../clock/clock.js';
import {
  assertNever,
  type Code,
  type DateOn,
  type Id,
  type InstantAt,
  type Json,
  type RecordedCitation,
  type Sha256,
  type Text,
} from '../event.js';
import { withOffice } from '../office/office.js';
import type { Facts, FactValue } from '../procedure/rules.js';
import type { SubjectDetails } from './commands.js';
import type {
  Authority,
  CaseEvent,
  CaseEventOf,
  PanelMember,
  PinnedProcedure,
  RecordedDue,
  Relation,
  TakenIn,
} from './events.js';

export interface Recommendation {
  readonly outcome: Code;
  readonly by: Id;
  readonly at: InstantAt;
  readonly reason?: string;
  readonly derived?: Code;
  readonly unknown: readonly Code[];
  /** The office where it lies for review now. */
  readonly reviewOffice: Code;
}

export interface Determination {
  readonly outcome: Code;
  readonly by: Id;
  readonly at: InstantAt;
  readonly reason?: string;
  /** Absent, like `recommendedBy`, when the law determined it by silence. */
  readonly recommended?: Code;
  readonly recommendedBy?: Id;
  /** The clock that ran out without a decision. */
  readonly bySilence?: Id;
  readonly authority: Authority;
}

/** The law ended the case on a date, with nobody acting. */
export interface Lapse {
  readonly clockId: Id;
  readonly clock: Code;
  readonly outcome?: Code;
  readonly at: InstantAt;
}

export interface Service {
  readonly servedOn: DateOn;
  readonly method: Code;
}

/** Where a case stands, with what exists only there. */
export type Progress =
  | { readonly stage: 'draft' | 'lodged' | 'screening' | 'examination' | 'withdrawn' | 'imported' }
  | { readonly stage: 'awaiting-applicant'; readonly missing: readonly Code[] }
  | { readonly stage: 'review'; readonly recommendation: Recommendation }
  | { readonly stage: 'determined'; readonly determination: Determination }
  | { readonly stage: 'served' | 'remedy-window'; readonly determination: Determination; readonly service: Service }
  | { readonly stage: 'lapsed'; readonly lapse: Lapse; readonly determination?: Determination }
  | { readonly stage: 'closed'; readonly determination?: Determination; readonly lapse?: Lapse };

export type Stage = Progress['stage'];

export const stageNames: { readonly [S in Stage]: Text } = {
  draft: { id: 'konsep', en: 'draft' },
  lodged: { id: 'diajukan', en: 'lodged' },
  screening: { id: 'pemeriksaan kelengkapan', en: 'screening' },
  'awaiting-applicant': { id: 'menunggu pemohon', en: 'awaiting the applicant' },
  examination: { id: 'pemeriksaan', en: 'examination' },
  review: { id: 'peninjauan', en: 'review' },
  determined: { id: 'ditetapkan', en: 'determined' },
  served: { id: 'disampaikan', en: 'served' },
  'remedy-window': { id: 'masa upaya hukum', en: 'remedy window' },
  closed: { id: 'ditutup', en: 'closed' },
  withdrawn: { id: 'ditarik', en: 'withdrawn' },
  lapsed: { id: 'berakhir demi hukum', en: 'lapsed' },
  imported: { id: 'diimpor', en: 'imported' },
};

export interface EvidenceItem {
  readonly evidenceId: Id;
  readonly evidence: Code;
  readonly status: 'received' | 'verified' | 'rejected';
  readonly title?: string;
  readonly number?: string;
  readonly issuer?: string;
  readonly sha256?: Sha256;
}

export interface Finding {
  readonly fact: Code;
  /** Undefined when it was destroyed. */
  readonly value?: FactValue;
  readonly evidence: readonly Id[];
  readonly by: Id;
  readonly at: InstantAt;
  readonly reason?: string;
}

export interface Consultation {
  readonly consultationId: Id;
  readonly agency: Code;
  readonly question?: string;
  readonly answeredOn?: DateOn;
  readonly reply?: string;
}

/** A sign that the person is a victim of trafficking: until it is cleared, nothing is enforced against them. */
export interface Indicator {
  readonly indicatorId: Id;
  readonly indicator: Code;
  readonly by: Id;
  readonly at: InstantAt;
  readonly reason?: string;
  readonly cleared?: { readonly by: Id; readonly at: InstantAt; readonly reason?: string };
}

/** Another case and what it is to this one. */
export interface Link {
  readonly other: Id;
  readonly relation: Relation;
  readonly procedure: Code;
  readonly at: InstantAt;
  /** Of a remedy: which, and the day it was filed. */
  readonly remedy?: Code;
  readonly filedOn?: DateOn;
  /** The merge of two person records on which it rests. */
  readonly match?: Id;
  /** How the other case was decided last, once this one was told. */
  readonly decided?: { readonly at: InstantAt; readonly outcome?: Code };
}

export interface Conflict {
  readonly official: Id;
  readonly ground: Code;
  readonly by: Id;
  readonly at: InstantAt;
  readonly reason?: string;
  readonly lifted?: { readonly by: Id; readonly at: InstantAt; readonly reason?: string };
}

/** An original paper of the person's, while it is held and afterwards. */
export interface HeldOriginal {
  readonly custodyId: Id;
  /** The number of its receipt within the case. */
  readonly receipt: Code;
  readonly paper: Code;
  /** Who holds it. */
  readonly office: Code;
  readonly takenOn: DateOn;
  readonly by: Id;
  readonly evidenceId?: Id;
  readonly number?: string;
  readonly note?: string;
  readonly returned?: {
    readonly on: DateOn;
    readonly to: Code;
    readonly by: Id;
    readonly recipient?: string;
    readonly note?: string;
  };
}

export interface PanelFinding {
  readonly by: Id;
  readonly agency: Code;
  readonly position: 'agrees' | 'dissents';
  /** The outcome it is about. */
  readonly outcome: Code;
  readonly at: InstantAt;
  readonly reason?: string;
}

export interface Panel {
  readonly members: readonly PanelMember[];
  /** The last finding of each member. */
  readonly findings: readonly PanelFinding[];
  readonly concluded?: { readonly by: Id; readonly at: InstantAt; readonly outcome: Code };
}

/** A period made longer: from which length on, by whom, when, by what right and for what reason. */
export interface ClockExtension {
  readonly from: ClockLength;
  readonly to: ClockLength;
  readonly by: Id;
  readonly at: InstantAt;
  readonly legalBasis: readonly RecordedCitation[];
  readonly reason?: string;
}

export interface CaseClock extends ClockRun {
  readonly escalates: boolean;
  /** What it is about, where several of one kind run at once. */
  readonly about?: Id;
  /** The fact that holds the date of the person's own from which it counts. */
  readonly countsFrom?: Code;
  /** When it was recorded; `startedAt` may lie years before. */
  readonly recordedAt: InstantAt;
  readonly due: RecordedDue;
  /** When its due date was moved last by an extension or a decree. */
  readonly movedAt?: InstantAt;
  /** How it was made longer, the first first. */
  readonly extensions?: readonly ClockExtension[];
  readonly stoppedInTime?: boolean;
}

export interface ImportedStep {
  readonly step: Code;
  readonly by: Id;
  readonly at: InstantAt;
  readonly afterClosing: boolean;
}

export interface CaseFile {
  readonly caseId: Id;
  readonly procedure: PinnedProcedure;
  readonly channel: Code;
  readonly openedAt: InstantAt;
  /** Where the draft was opened; a post may open what its immigration office examines. */
  readonly openedAtOffice: Code;
  readonly openedBy: Id;
  /** The office that examines it. */
  readonly office: Code;
  /** Every office that has had it, for scope: opened, examined, referred to. */
  readonly offices: readonly Code[];
  readonly subjectId?: Id;
  readonly subject?: SubjectDetails;
  /** The referral it comes from. */
  readonly referral?: Id;
  /** Taken in without network. */
  readonly intake?: TakenIn;
  readonly officer?: Id;
  /** When each kind of act last happened. */
  readonly lastAt: { readonly [event: Code]: InstantAt };
  /** Everyone who took part in examining it, in the order of their first act: none of them may decide it. */
  readonly examiners: readonly Id[];
  readonly lodgedAt?: InstantAt;
  readonly progress: Progress;
  /** Where it stood when the law acted, should it turn out that the law had not. */
  readonly beforeLapse?: Progress;
  /** Every determination made in it, the newest last: a reopening takes none away. */
  readonly determinations: readonly Determination[];
  /** When the oath or promise of allegiance was taken that the determination called for. */
  readonly oathTakenOn?: DateOn;
  /** When the papers of the former status were handed in. */
  readonly handedInOn?: DateOn;
  readonly requested: readonly Code[];
  readonly evidence: readonly EvidenceItem[];
  /** Originals that were handed in, held or given back. */
  readonly custody: readonly HeldOriginal[];
  readonly interviews: readonly { readonly interviewId: Id; readonly heldOn: DateOn; readonly notes?: string }[];
  readonly findings: readonly Finding[];
  readonly consultations: readonly Consultation[];
  readonly clocks: readonly CaseClock[];
  readonly indicators: readonly Indicator[];
  /** Officials who take no part in it, because they said so or were said to have an interest. */
  readonly conflicts: readonly Conflict[];
  readonly links: readonly Link[];
  readonly panel?: Panel;
  readonly imported?: {
    readonly sourceCase: Id;
    readonly fourEyes: 'observed' | 'enforced';
    readonly steps: readonly ImportedStep[];
  };
}

/** Undefined: no event yet. */
export type CaseState = CaseFile | undefined;
export const initialState: CaseState = undefined;

/** Acts of examination: who performed one has looked at the case as its examiner, also after it was assigned to another. */
const EXAMINING: ReadonlySet<CaseEvent['type']> = new Set([
  'ScreeningBegun',
  'ApplicationReturned',
  'ScreeningResumed',
  'ApplicationAccepted',
  'EvidenceRequested',
  'EvidenceVerified',
  'EvidenceRejected',
  'InterviewRecorded',
  'FindingRecorded',
  'ConsultationRequested',
  'ConsultationAnswered',
  'DeterminationRecommended',
]);

/** Folds one event. Throws only when the stream itself is broken (an act before the case was opened). */
export function evolve(state: CaseState, event: CaseEvent): CaseFile {
  const after = folded(state, event);
  const next = 'at' in event.data ? { ...after, lastAt: { ...after.lastAt, [event.type]: event.data.at } } : after;
  if (!EXAMINING.has(event.type) || !('by' in event.data) || next.examiners.includes(event.data.by)) return next;
  return { ...next, examiners: [...next.examiners, event.data.by] };
}

function folded(state: CaseState, event: CaseEvent): CaseFile {
  if (event.type === 'DraftOpened' || event.type === 'ImportedCaseOpened') return opened(event);
  if (state === undefined) throw new Error(`${event.type} in a stream that no case was opened in`);
  const said = saidIn(event);
  switch (event.type) {
    case 'DraftAmended':
      return { ...state, ...subjectIn(event) };
    case 'ApplicationLodged':
      return {
        ...state,
        office: event.data.office,
        offices: withOffice(state.offices, event.data.office),
        lodgedAt: event.data.at,
        progress: { stage: 'lodged' },
      };
    case 'OfficerAssigned':
      return { ...state, officer: event.data.officer };
    case 'ScreeningBegun':
      return { ...state, officer: event.data.officer, progress: { stage: 'screening' } };
    case 'ApplicationReturned':
      return { ...state, progress: { stage: 'awaiting-applicant', missing: event.data.missing } };
    case 'ScreeningResumed':
      return { ...state, progress: { stage: 'screening' } };
    case 'ApplicationAccepted':
      return { ...state, progress: { stage: 'examination' } };
    case 'EvidenceRequested':
      return { ...state, requested: [...state.requested.filter((code) => code !== event.data.evidence), event.data.evidence] };
    case 'EvidenceReceived': {
      const { evidenceId, evidence, sha256 } = event.data;
      const item: EvidenceItem = {
        evidenceId,
        evidence,
        status: 'received',
        ...text('title', said.title),
        ...text('number', said.number),
        ...text('issuer', said.issuer),
        ...(sha256 === undefined ? {} : { sha256 }),
      };
      return { ...state, evidence: [...state.evidence, item], requested: state.requested.filter((code) => code !== evidence) };
    }
    case 'EvidenceVerified':
      return { ...state, evidence: marked(state.evidence, event.data.evidenceId, 'verified') };
    case 'EvidenceRejected':
      return { ...state, evidence: marked(state.evidence, event.data.evidenceId, 'rejected') };
    case 'InterviewRecorded': {
      const { interviewId, heldOn } = event.data;
      return { ...state, interviews: [...state.interviews, { interviewId, heldOn, ...text('notes', said.notes) }] };
    }
    case 'FindingRecorded': {
      const { fact, evidence, by, at } = event.data;
      const value = isFactValue(said.value) ? { value: said.value } : {};
      const finding: Finding = { fact, evidence, by, at, ...value, ...text('reason', said.reason) };
      return { ...state, findings: [...state.findings.filter((f) => f.fact !== fact), finding] };
    }
    case 'ConsultationRequested': {
      const { consultationId, agency } = event.data;
      return {
        ...state,
        consultations: [...state.consultations, { consultationId, agency, ...text('question', said.question) }],
      };
    }
    case 'ConsultationAnswered': {
      const { consultationId, answeredOn } = event.data;
      return {
        ...state,
        consultations: state.consultations.map((c) =>
          c.consultationId === consultationId ? { ...c, answeredOn, ...text('reply', said.reply) } : c,
        ),
      };
    }
    case 'DeterminationRecommended': {
      const { outcome, by, at, derived, unknown, reviewOffice } = event.data;
      const recommendation = {
        outcome,
        by,
        at,
        unknown,
        reviewOffice,
        ...text('derived', derived),
        ...text('reason', said.reason),
      };
      return { ...state, progress: { stage: 'review', recommendation } };
    }
    case 'RecommendationReturned':
      return { ...state, progress: { stage: 'examination' } };
    case 'CaseReferred': {
      const { to } = event.data;
      const progress: Progress =
        state.progress.stage === 'review'
          ? { stage: 'review', recommendation: { ...state.progress.recommendation, reviewOffice: to } }
          : state.progress;
      return { ...state, offices: withOffice(state.offices, to), progress };
    }
    case 'DeterminationApproved': {
      const { outcome, by, at, recommendedBy, authority } = event.data;
      const determination = { outcome, by, at, recommended: outcome, recommendedBy, authority, ...text('reason', said.reason) };
      return {
        ...state,
        determinations: [...state.determinations, determination],
        progress: { stage: 'determined', determination },
      };
    }
    case 'DeterminedOtherwise': {
      const { outcome, by, at, recommended, recommendedBy, authority } = event.data;
      const determination = { outcome, by, at, recommended, recommendedBy, authority, ...text('reason', said.reason) };
      return {
        ...state,
        determinations: [...state.determinations, determination],
        progress: { stage: 'determined', determination },
      };
    }
    case 'DeterminationServed': {
      const determination = determinationOf(state);
      if (determination === undefined) throw new Error('DeterminationServed before a determination');
      return {
        ...state,
        progress: { stage: 'served', determination, service: { servedOn: event.data.servedOn, method: event.data.method } },
      };
    }
    case 'RemedyWindowOpened':
      if (state.progress.stage !== 'served') throw new Error('RemedyWindowOpened before DeterminationServed');
      return { ...state, progress: { ...state.progress, stage: 'remedy-window' } };
    case 'CaseClosed':
    case 'ImportedCaseClosed': {
      const determination = determinationOf(state);
      const lapse = lapseOf(state);
      return {
        ...state,
        progress: {
          stage: 'closed',
          ...(determination === undefined ? {} : { determination }),
          ...(lapse === undefined ? {} : { lapse }),
        },
      };
    }
    case 'CaseLapsed': {
      const { clockId, clock, outcome, at } = event.data;
      const determination = determinationOf(state);
      const lapse: Lapse = { clockId, clock, at, ...text('outcome', outcome) };
      return {
        ...state,
        beforeLapse: state.progress,
        progress: { stage: 'lapsed', lapse, ...(determination === undefined ? {} : { determination }) },
      };
    }
    case 'LapseSetAside': {
      const { beforeLapse, ...rest } = state;
      if (beforeLapse === undefined) throw new Error('LapseSetAside in a case that had not lapsed');
      return { ...rest, progress: beforeLapse };
    }
    case 'DeterminedBySilence': {
      const { by, at, outcome, clockId, office } = event.data;
      const determination: Determination = { outcome, by, at, bySilence: clockId, authority: { office } };
      return {
        ...state,
        determinations: [...state.determinations, determination],
        progress: { stage: 'determined', determination },
      };
    }
    case 'SummonedToOath':
    // It is read where what happened is told: nothing is decided by it.
    case 'NoteWritten':
      return state;
    case 'OathTaken':
      return { ...state, oathTakenOn: event.data.takenOn };
    case 'PapersHandedIn':
      return { ...state, handedInOn: event.data.handedInOn };
    case 'OriginalTaken': {
      const { custodyId, receipt, paper, office, takenOn, by, evidenceId } = event.data;
      const more = { ...text('evidenceId', evidenceId), ...text('number', said.number), ...text('note', said.note) };
      return { ...state, custody: [...state.custody, { custodyId, receipt, paper, office, takenOn, by, ...more }] };
    }
    case 'OriginalReturned': {
      const { custodyId, returnedOn: on, to, by } = event.data;
      const returned = { on, to, by, ...text('recipient', said.recipient), ...text('note', said.note) };
      return { ...state, custody: state.custody.map((one) => (one.custodyId === custodyId ? { ...one, returned } : one)) };
    }
    case 'LinkedCaseDecided': {
      const { other, decidedAt, outcome } = event.data;
      const decided = { at: decidedAt, ...text('outcome', outcome) };
      return { ...state, links: state.links.map((link) => (link.other === other ? { ...link, decided } : link)) };
    }
    case 'CaseMigrated':
      return { ...state, procedure: event.data.to };
    case 'ConflictDeclared': {
      const { official, ground, by, at } = event.data;
      return { ...state, conflicts: [...state.conflicts, { official, ground, by, at, ...text('reason', said.reason) }] };
    }
    case 'ConflictLifted': {
      const { official, by, at } = event.data;
      const lifted = { by, at, ...text('reason', said.reason) };
      return {
        ...state,
        conflicts: state.conflicts.map((one) =>
          one.official === official && one.lifted === undefined ? { ...one, lifted } : one,
        ),
      };
    }
    case 'IndicatorRecorded': {
      const { indicatorId, indicator, by, at } = event.data;
      return { ...state, indicators: [...state.indicators, { indicatorId, indicator, by, at, ...text('reason', said.reason) }] };
    }
    case 'IndicatorCleared': {
      const { indicatorId, by, at } = event.data;
      const cleared = { by, at, ...text('reason', said.reason) };
      return {
        ...state,
        indicators: state.indicators.map((one) => (one.indicatorId === indicatorId ? { ...one, cleared } : one)),
      };
    }
    case 'CaseLinked': {
      const { other, relation, procedure, at, remedy, filedOn, match } = event.data;
      const more = { ...text('remedy', remedy), ...text('filedOn', filedOn), ...text('match', match) };
      const link: Link = { other, relation, procedure, at, ...more };
      return { ...state, links: [...state.links, link] };
    }
    case 'CaseUnlinked': {
      const { other } = event.data;
      return { ...state, links: state.links.filter((link) => link.other !== other || link.match === undefined) };
    }
    case 'RemedyFiled': {
      const { remedy, other, procedure, filedOn, at } = event.data;
      return { ...state, links: [...state.links, { other, relation: 'remedy', procedure, at, remedy, filedOn }] };
    }
    case 'PanelConvened':
      return { ...state, panel: { members: event.data.members, findings: [] } };
    case 'PanelFindingRecorded': {
      const { by, agency, position, outcome, at } = event.data;
      const { panel } = state;
      if (panel === undefined) throw new Error('PanelFindingRecorded before PanelConvened');
      const finding: PanelFinding = { by, agency, position, outcome, at, ...text('reason', said.reason) };
      return { ...state, panel: { ...panel, findings: [...panel.findings.filter((f) => f.by !== by), finding] } };
    }
    case 'PanelConcluded': {
      const { panel } = state;
      if (panel === undefined) throw new Error('PanelConcluded before PanelConvened');
      const { by, at, outcome } = event.data;
      return { ...state, panel: { ...panel, concluded: { by, at, outcome } } };
    }
    case 'ApplicationWithdrawn':
      return { ...state, progress: { stage: 'withdrawn' } };
    case 'CaseReopened': {
      // What is examined anew is laid before a panel anew.
      const { panel: _, oathTakenOn: __, handedInOn: ___, ...anew } = state;
      return { ...anew, progress: { stage: 'examination' } };
    }
    case 'ClockStarted': {
      const { clock, personal: _, ...run } = event.data;
      const started: CaseClock = { ...run, code: clock, suspensions: [], due: dueRecordedIn(event), recordedAt: run.startedAt };
      return {
        ...state,
        clocks: [...state.clocks, run.countsFrom === undefined ? started : countedFrom(started, said.countsFrom)],
      };
    }
    case 'ClockSuspended': {
      const { clockId, from, reason } = event.data;
      return onClock(state, clockId, (clock) => ({
        ...clock,
        suspensions: [...clock.suspensions, { from, reason }],
        due: { provisional: clock.due.provisional, calendarVersion: clock.due.calendarVersion },
      }));
    }
    case 'ClockResumed': {
      const { clockId, resumedOn, due } = event.data;
      return onClock(state, clockId, (clock) => ({
        ...clock,
        suspensions: clock.suspensions.map((s) => (s.resumedOn === undefined ? { ...s, resumedOn } : s)),
        due,
      }));
    }
    case 'ClockExtended': {
      const { clockId, length, due, at, by, legalBasis } = event.data;
      const why = text('reason', saidIn(event).reason);
      return onClock(state, clockId, (clock) => ({
        ...clock,
        length,
        due,
        movedAt: at,
        extensions: [...(clock.extensions ?? []), { from: clock.length, to: length, by, at, legalBasis, ...why }],
      }));
    }
    case 'ClockRecalculated': {
      // What a decree moved into the past happens when it was moved, not before.
      const { clockId, due, at } = event.data;
      return onClock(state, clockId, (clock) => ({ ...clock, due, recordedAt: at, movedAt: at }));
    }
    case 'ClockStopped': {
      const { clockId, stoppedAt, inTime } = event.data;
      return onClock(state, clockId, (clock) => ({ ...clock, stoppedAt, stoppedInTime: inTime }));
    }
    case 'ImportedStepRecorded': {
      if (state.imported === undefined) throw new Error('ImportedStepRecorded in a case that was not imported');
      const { step, by, at, afterClosing } = event.data;
      return { ...state, imported: { ...state.imported, steps: [...state.imported.steps, { step, by, at, afterClosing }] } };
    }
    default:
      return assertNever(event);
  }
}

function opened(event: Extract<CaseEvent, { type: 'DraftOpened' | 'ImportedCaseOpened' }>): CaseFile {
  const { caseId, procedure, office, channel, by, at } = event.data;
  return {
    caseId,
    procedure,
    channel,
    openedAt: at,
    openedAtOffice: office,
    openedBy: by,
    office,
    offices: [office],
    lastAt: {},
    examiners: [],
    determinations: [],
    requested: [],
    evidence: [],
    custody: [],
    interviews: [],
    findings: [],
    consultations: [],
    clocks: [],
    indicators: [],
    conflicts: [],
    links: [],
    ...(event.type === 'DraftOpened'
      ? {
          progress: { stage: 'draft' },
          subjectId: event.data.subject,
          ...text('referral', event.data.referral),
          ...(event.data.intake === undefined ? {} : { intake: event.data.intake }),
          ...subjectIn(event),
        }
      : {
          progress: { stage: 'imported' },
          imported: { sourceCase: event.data.sourceCase, fourEyes: event.data.fourEyes, steps: [] },
        }),
  };
}

/** Everything a person said or is called in an event: the fields of its personal parts. */
export function saidIn(event: CaseEvent): { readonly [field: string]: Json | undefined } {
  return Object.assign({}, ...(event.data.personal ?? []).map((part) => part.fields));
}

/** Noon, in every zone of Indonesia, of the date from which a period counts. */
export function noonOf(on: DateOn): InstantAt {
  return `${on}T04:00:00.000Z`;
}

/** The due date that was recorded with a clock. One that counts from a date of the person's own stands in the personal part. */
export function dueRecordedIn(event: CaseEventOf<'ClockStarted'>): RecordedDue {
  const { countsFrom, due } = event.data;
  if (countsFrom === undefined) return due;
  const said = saidIn(event);
  return {
    ...due,
    ...text('dueOn', said.dueOn),
    ...text('dueAt', said.dueAt),
    ...text('dueSoonAt', said.dueSoonAt),
    ...text('warnAt', said.warnAt),
    ...text('stepAt', said.stepAt),
  };
}

/** With its date destroyed a clock stands still for ever: nothing is due that nobody can compute. */
function countedFrom(clock: CaseClock, on: Json | undefined): CaseClock {
  return typeof on === 'string'
    ? { ...clock, startedAt: noonOf(on) }
    : { ...clock, suspensions: [{ from: clock.startedAt.slice(0, 10), reason: 'date-destroyed' }] };
}

function subjectIn(event: CaseEvent): { subject?: SubjectDetails } {
  const said = saidIn(event);
  if (typeof said.name !== 'string') return {};
  const numbers = Array.isArray(said.identityNumbers) ? (said.identityNumbers as { kind: Code; number: string }[]) : undefined;
  return {
    subject: {
      name: said.name,
      ...text('born', said.born),
      ...text('birthPlace', said.birthPlace),
      ...(numbers === undefined ? {} : { identityNumbers: numbers }),
    },
  };
}

function text<K extends string>(key: K, value: Json | undefined): { [P in K]?: string } {
  return (typeof value === 'string' ? { [key]: value } : {}) as { [P in K]?: string };
}

export function isFactValue(value: Json | undefined): value is FactValue {
  return typeof value === 'boolean' || typeof value === 'number' || typeof value === 'string';
}

function marked(evidence: readonly EvidenceItem[], evidenceId: Id, status: EvidenceItem['status']): readonly EvidenceItem[] {
  return evidence.map((item) => (item.evidenceId === evidenceId ? { ...item, status } : item));
}

function onClock(state: CaseFile, clockId: Id, change: (clock: CaseClock) => CaseClock): CaseFile {
  return { ...state, clocks: state.clocks.map((clock) => (clock.clockId === clockId ? change(clock) : clock)) };
}

/** Conflicts that were declared and not lifted. */
export function standingConflicts({ conflicts }: Pick<CaseFile, 'conflicts'>): readonly Conflict[] {
  return conflicts.filter(({ lifted }) => lifted === undefined);
}

/** Originals that were not given back yet. */
export function heldOriginals({ custody }: Pick<CaseFile, 'custody'>): readonly HeldOriginal[] {
  return custody.filter(({ returned }) => returned === undefined);
}

/** Was it determined, by someone or by silence, or ended by law, and not taken up again? */
export function isDecided(state: CaseFile): boolean {
  return determinationOf(state) !== undefined || lapseOf(state) !== undefined;
}

/**
 * When and how it was decided last: what the law did after a determination counts, and a determination that stands again since the law's
 * act was set aside. Undefined while it is open.
 */
export function decisionOf(state: CaseFile): { readonly at: InstantAt; readonly outcome?: Code } | undefined {
  const determination = determinationOf(state);
  const since = state.lastAt.LapseSetAside;
  const again = determination !== undefined && since !== undefined && since > determination.at;
  return lapseOf(state) ?? (again ? { ...determination, at: since } : determination);
}

export function lapseOf(state: CaseFile): Lapse | undefined {
  return 'lapse' in state.progress ? state.progress.lapse : undefined;
}

export function determinationOf(state: CaseFile): Determination | undefined {
  return 'determination' in state.progress ? state.progress.determination : undefined;
}

/** What is settled: findings whose evidence still stands (verified papers and recorded interviews). */
export function establishedFacts(state: CaseFile): Facts {
  const standing = new Set<Id>([
    ...state.evidence.filter((item) => item.status === 'verified').map((item) => item.evidenceId),
    ...state.interviews.map((interview) => interview.interviewId),
  ]);
  return establishedBy(state.findings, standing);
}

/** The findings that have a value and rest on evidence that stands. */
export function establishedBy(
  findings: readonly Pick<Finding, 'fact' | 'value' | 'evidence'>[],
  standing: ReadonlySet<Id>,
): Facts {
  const facts: { [fact: Code]: { value: FactValue; evidence: readonly Id[] } } = {};
  for (const { fact, value, evidence: cited } of findings) {
    const evidence = cited.filter((id) => standing.has(id));
    if (value !== undefined && evidence.length > 0) facts[fact] = { value, evidence };
  }
  return facts;
}
