/**
 * Which version of its data each type of event is written in, and how older ones are lifted to it. A stored event is never rewritten:
 * it is lifted each time it is read, before anything folds it. Each type and version has a golden file (`golden/`), kept for ever; a
 * changed type without a new version fails the tidy test.
 */
import type { GlassEvent } from './case/break-glass.js';
import type { CaseEvent } from './case/events.js';
import type { HeldEvent } from './case/held-act.js';
import type { DestructionEvent } from './destruction/events.js';
import type { MatchEvent, PersonEvent } from './person/events.js';
import type { ClocksEvent } from './process/events.js';
import type { ReferralEvent } from './referral/events.js';
import type { RegistryEvent } from './registry.js';

/** Any event that Tegas stores. */
export type TegasEvent =
  | CaseEvent
  | ClocksEvent
  | GlassEvent
  | HeldEvent
  | PersonEvent
  | MatchEvent
  | ReferralEvent
  | DestructionEvent
  | RegistryEvent;

/** The version each type is written in today. A changed shape adds one here, an upcaster below and a golden file. */
export const schemaVersions: { readonly [T in TegasEvent['type']]: number } = {
  DraftOpened: 3,
  DraftAmended: 1,
  ApplicationLodged: 1,
  OfficerAssigned: 1,
  ScreeningBegun: 1,
  ApplicationReturned: 1,
  ScreeningResumed: 1,
  ApplicationAccepted: 1,
  EvidenceRequested: 1,
  EvidenceReceived: 1,
  EvidenceVerified: 1,
  EvidenceRejected: 1,
  InterviewRecorded: 1,
  FindingRecorded: 1,
  ConsultationRequested: 1,
  ConsultationAnswered: 1,
  DeterminationRecommended: 1,
  RecommendationReturned: 1,
  CaseReferred: 1,
  DeterminationApproved: 1,
  DeterminedOtherwise: 1,
  DeterminationServed: 1,
  RemedyWindowOpened: 1,
  SummonedToOath: 1,
  OathTaken: 1,
  PapersHandedIn: 1,
  OriginalTaken: 1,
  OriginalReturned: 1,
  CaseClosed: 1,
  ApplicationWithdrawn: 1,
  CaseReopened: 1,
  CaseMigrated: 1,
  ConflictDeclared: 1,
  ConflictLifted: 1,
  NoteWritten: 1,
  IndicatorRecorded: 1,
  IndicatorCleared: 1,
  CaseLinked: 2,
  CaseUnlinked: 1,
  RemedyFiled: 2,
  LinkedCaseDecided: 1,
  PanelConvened: 1,
  PanelFindingRecorded: 1,
  PanelConcluded: 1,
  CaseLapsed: 1,
  LapseSetAside: 1,
  DeterminedBySilence: 1,
  ClockStarted: 3,
  ClockSuspended: 1,
  ClockResumed: 3,
  ClockExtended: 2,
  ClockRecalculated: 3,
  ClockStopped: 1,
  ImportedCaseOpened: 1,
  ImportedStepRecorded: 1,
  ImportedCaseClosed: 1,
  ClockFellDue: 1,
  ClockWarned: 2,
  ClockEscalated: 2,
  ClockPassedOn: 1,
  LadderMoved: 1,
  EscalationSeen: 1,
  EscalationAcknowledged: 1,
  GlassBroken: 1,
  GlassSeen: 1,
  GlassReviewed: 1,
  ActHeld: 1,
  HeldActRecalled: 1,
  HeldActReleased: 1,
  HeldActTookEffect: 1,
  HeldActDropped: 1,
  PersonRegistered: 1,
  PapersRecorded: 1,
  MatchProposed: 1,
  MatchDismissed: 1,
  PersonsMerged: 1,
  MergeUndone: 1,
  ReferralReceived: 1,
  ReferralAccepted: 1,
  ReferralClosed: 1,
  LegalHoldPlaced: 1,
  LegalHoldLifted: 1,
  DestructionRequested: 2,
  DestructionRejected: 1,
  DestructionConfirmed: 2,
  PersonalDataDestroyed: 2,
  OfficesEstablished: 1,
  RetentionPublished: 2,
  CalendarPublished: 2,
  ProcedureDrafted: 3,
  ProcedureReviewed: 1,
  ProcedurePublished: 4,
  OfficialRegistered: 2,
  RolesAssigned: 2,
  DelegationGranted: 3,
  DelegationEnded: 2,
  DeviceEnrolled: 1,
  DeviceWithdrawn: 1,
  OfficialDataDestroyed: 1,
};

/** The version an event is written in; 1 for a type that is not ours (specs). */
export function newestVersionOf(type: string): number {
  const versions: { readonly [type: string]: number } = schemaVersions;
  return (Object.hasOwn(versions, type) ? versions[type] : undefined) ?? 1;
}

/** Lifts the data of one type from a version to the next. Pure and total: it must take whatever was ever written so. */
export interface Upcaster {
  readonly type: string;
  readonly from: number;
  lift(data: object): object;
}

const unchanged = (data: object): object => data;

/** By type and version. */
const upcasters: readonly Upcaster[] = [
  // Version 2 may name the referral a draft comes from.
  { type: 'DraftOpened', from: 1, lift: unchanged },
  // Version 3 may say that it was taken in without network, on which device and when.
  { type: 'DraftOpened', from: 2, lift: unchanged },
  // Version 2 may name the merge of person records on which it rests.
  { type: 'CaseLinked', from: 1, lift: unchanged },
  // Version 2 may name the proof of the day it was filed, and what the law was known to do at once.
  { type: 'RemedyFiled', from: 1, lift: unchanged },
  // Version 2 may say `about` what the clock is, and `warnAt`; what was written before says neither.
  { type: 'ClockStarted', from: 1, lift: unchanged },
  { type: 'ClockResumed', from: 1, lift: unchanged },
  // Version 3 may say when the next step of the ladder falls, and what the law does when the clock runs out.
  { type: 'ClockStarted', from: 2, lift: unchanged },
  { type: 'ClockResumed', from: 2, lift: unchanged },
  { type: 'ClockRecalculated', from: 1, lift: unchanged },
  // Version 3 names the decrees, and version 2 of an extension what allows it. Before, the calendar and the procedure did.
  { type: 'ClockRecalculated', from: 2, lift: (data) => ({ decrees: [], ...data }) },
  { type: 'ClockExtended', from: 1, lift: (data) => ({ legalBasis: [], ...data }) },
  // Version 2 names who was told, and the step. Before, there was one: to the supervisor when it was due.
  { type: 'ClockWarned', from: 1, lift: (data) => ({ told: [], ...data }) },
  { type: 'ClockEscalated', from: 1, lift: (data) => ({ step: 'due', told: [], ...data }) },
  // Version 2 names what is destroyed beside cases, and how long that is kept. Before, there were cases only.
  { type: 'DestructionRequested', from: 1, lift: (data) => ({ records: [], ...data }) },
  { type: 'DestructionConfirmed', from: 1, lift: (data) => ({ records: [], ...data }) },
  { type: 'PersonalDataDestroyed', from: 1, lift: (data) => ({ records: [], ...data }) },
  { type: 'RetentionPublished', from: 1, lift: unchanged },
  // Version 2 may fill years without a decree, and hold decrees of a province or an office.
  { type: 'CalendarPublished', from: 1, lift: unchanged },
  // Version 2 knows the President’s role.
  { type: 'OfficialRegistered', from: 1, lift: unchanged },
  { type: 'RolesAssigned', from: 1, lift: unchanged },
  { type: 'DelegationGranted', from: 1, lift: unchanged },
  // The next version says who granted or ended it, when and why.
  { type: 'DelegationGranted', from: 2, lift: unchanged },
  { type: 'DelegationEnded', from: 1, lift: unchanged },
  // Later versions may name an oath, clocks that go by linked cases, ladders, extensions, and the dates that answer a fact; what was written before names neither.
  { type: 'ProcedureDrafted', from: 1, lift: unchanged },
  { type: 'ProcedureDrafted', from: 2, lift: unchanged },
  { type: 'ProcedurePublished', from: 3, lift: unchanged },
  { type: 'ProcedurePublished', from: 2, lift: unchanged },
  {
    type: 'ProcedurePublished',
    from: 1,
    // The first versions named no applicants, stages, windows, remedies or letters: their cases have none.
    lift: (data: { procedure?: object }) => ({
      ...data,
      procedure: { applicants: [], stages: [], windows: [], remedies: [], letters: [], ...data.procedure },
    }),
  },
];

/** A type this program has never heard of: it is older than the log. Nobody may pass over it, since it may change anything. */
export class UnknownEvent extends Error {
  override readonly name = 'UnknownEvent';
  constructor(type: string) {
    super(`This program does not know the event ${type}: it is older than the log`);
  }
}

/** No program of ours writes such a version: the event was altered, or another program wrote it. */
export class ImpossibleSchemaVersion extends Error {
  override readonly name = 'ImpossibleSchemaVersion';
  constructor(type: string, written: unknown) {
    super(`${type} bears the version ${typeof written === 'number' ? written : typeof written}, which no version is`);
  }
}

/** Written by a newer program than this one: its data may not be guessed at. */
export class NewerSchemaVersion extends Error {
  override readonly name = 'NewerSchemaVersion';
  constructor(type: string, written: number, known: number) {
    super(`${type} was written in version ${written}, this program knows ${known}: it is older than the log`);
  }
}

export type Upcast = (type: string, schemaVersion: number, data: object) => object;

/** The lifting that a table of versions and a list of upcasters make. @throws Error when a step from 1 to a type's version is missing or doubled. */
export function upcastBy(versions: { readonly [type: string]: number }, steps: readonly Upcaster[]): Upcast {
  const byStep = new Map(steps.map((step) => [`${step.type} ${step.from}`, step]));
  if (byStep.size !== steps.length) throw new Error('Two upcasters lift the same type from the same version');
  for (const [type, newest] of Object.entries(versions))
    for (let from = 1; from < newest; from += 1)
      if (!byStep.has(`${type} ${from}`)) throw new Error(`No upcaster lifts ${type} from version ${from}`);
  return (type, schemaVersion, data) => {
    const newest = Object.hasOwn(versions, type) ? versions[type] : undefined;
    if (newest === undefined) throw new UnknownEvent(type);
    if (schemaVersion === newest) return data;
    if (!Number.isSafeInteger(schemaVersion) || schemaVersion < 1) throw new ImpossibleSchemaVersion(type, schemaVersion);
    if (schemaVersion > newest) throw new NewerSchemaVersion(type, schemaVersion, newest);
    let lifted = data;
    for (let from = schemaVersion; from < newest; from += 1) lifted = byStep.get(`${type} ${from}`)?.lift(lifted) ?? lifted;
    return lifted;
  };
}

/**
 * An event's data as this program knows it, from the version it was written in.
 * @throws UnknownEvent, NewerSchemaVersion, ImpossibleSchemaVersion
 */
export const upcast: Upcast = upcastBy(schemaVersions, upcasters);
