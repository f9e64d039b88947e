/**
 * The command that an official must have sent for these events to be there: what a decision is asked again with. Reasons and notes decide
 * nothing, so one that was destroyed with its person's key is no hindrance; a value that was is.
 */
import type { CaseCommand } from '#domain/case/commands.js';
import { ORIGINALS_HELD } from '#domain/case/decide-custody.js';
import type { CaseEvent } from '#domain/case/events.js';
import { type CaseState, saidIn } from '#domain/case/state.js';
import type { Code, Json } from '#domain/event.js';
import type { FactValue } from '#domain/procedure/rules.js';

/** Why there is no command to ask with: nobody's command led here, or a value it needs was destroyed. */
export type NoCommand = 'not-a-command' | 'destroyed';

const DESTROYED = '(destroyed)';

/** `events`: of one command, in order. @returns the command, or why there is none */
export function commandOf(events: readonly CaseEvent[], state: CaseState): CaseCommand | NoCommand {
  const [event] = events;
  if (event === undefined) return 'not-a-command';
  const said = saidIn(event);
  const reason = textOf(said.reason);
  switch (event.type) {
    case 'DraftOpened': {
      const { caseId, procedure, office, channel, subject: subjectId, referral, intake } = event.data;
      const seen = events.flatMap((one) => (one.type === 'IndicatorRecorded' ? [one] : []));
      const shown = events.flatMap((one) => (one.type === 'EvidenceReceived' ? [one] : []));
      return {
        type: 'OpenDraft',
        ...{ caseId, procedure, office, channel, subjectId, subject: subjectOf(said) },
        papers: shown.map((one) => ({ evidence: one.data.evidence, title: textOf(saidIn(one).title) })),
        ...(intake === undefined ? {} : { intake: { ...intake, salt: textOf(said.salt) } }),
        ...(referral === undefined
          ? {}
          : {
              from: {
                referral,
                seenBy: seen[0]?.data.by ?? event.data.by,
                indicators: seen.map((one) => ({
                  indicatorId: one.data.indicatorId,
                  indicator: one.data.indicator,
                  reason: textOf(saidIn(one).reason),
                })),
              },
            }),
      };
    }
    case 'DraftAmended':
      return { type: 'AmendDraft', subject: subjectOf(said) };
    case 'ApplicationLodged':
      // Without the name that was destroyed it would be refused, and rightly was not.
      return state?.subject === undefined ? 'destroyed' : { type: 'LodgeApplication' };
    case 'OfficerAssigned':
      return { type: 'AssignOfficer', officer: event.data.officer };
    case 'ScreeningBegun':
      return { type: 'BeginScreening' };
    case 'ApplicationReturned':
      return { type: 'ReturnAsIncomplete', missing: event.data.missing, reason };
    case 'ScreeningResumed':
      return { type: 'ResumeScreening' };
    case 'ApplicationAccepted':
      return { type: 'AcceptAsComplete' };
    case 'EvidenceRequested':
      return { type: 'RequestEvidence', evidence: event.data.evidence, reason };
    case 'EvidenceReceived': {
      const { evidenceId, evidence, sha256 } = event.data;
      return { type: 'ReceiveEvidence', evidenceId, evidence, title: textOf(said.title), ...given('sha256', sha256) };
    }
    case 'EvidenceVerified':
      return { type: 'VerifyEvidence', evidenceId: event.data.evidenceId, method: event.data.method };
    case 'EvidenceRejected':
      return { type: 'RejectEvidence', evidenceId: event.data.evidenceId, ground: event.data.ground, reason };
    case 'InterviewRecorded': {
      const { interviewId, heldOn } = event.data;
      return { type: 'RecordInterview', interviewId, heldOn, notes: textOf(said.notes) };
    }
    case 'FindingRecorded': {
      const { fact, evidence } = event.data;
      return isFactValue(said.value) ? { type: 'RecordFinding', fact, evidence, value: said.value, reason } : 'destroyed';
    }
    case 'ConsultationRequested': {
      const { consultationId, agency } = event.data;
      return { type: 'RequestConsultation', consultationId, agency, question: textOf(said.question) };
    }
    case 'ConsultationAnswered': {
      const { consultationId, answeredOn } = event.data;
      return { type: 'RecordConsultationReply', consultationId, answeredOn, reply: textOf(said.reply) };
    }
    case 'PanelConvened':
      return { type: 'ConvenePanel', members: event.data.members };
    case 'PanelFindingRecorded':
      return { type: 'RecordPanelFinding', position: event.data.position, outcome: event.data.outcome, reason };
    case 'PanelConcluded':
      return { type: 'ConcludePanel', outcome: event.data.outcome };
    case 'DeterminationRecommended':
      return { type: 'RecommendDetermination', outcome: event.data.outcome, reason };
    case 'DeterminationApproved':
      return { type: 'ApproveDetermination', reason };
    case 'DeterminedOtherwise':
      return { type: 'DetermineOtherwise', outcome: event.data.outcome, reason };
    case 'RecommendationReturned':
      return { type: 'ReturnForRework', reason };
    case 'CaseReferred':
      return { type: 'ReferCase', reason };
    case 'DeterminationServed': {
      const { servedOn, method, proofSha256 } = event.data;
      return { type: 'ServeDetermination', servedOn, method, ...given('proofSha256', proofSha256) };
    }
    case 'SummonedToOath':
      return { type: 'SummonToOath', on: event.data.on };
    case 'LapseSetAside': {
      const oath = events.find((one) => one.type === 'OathTaken');
      if (oath?.type !== 'OathTaken') return 'not-a-command';
      return { type: 'RecordOath', takenOn: oath.data.takenOn, record: event.data.record, reason };
    }
    case 'OathTaken':
      return { type: 'RecordOath', takenOn: event.data.takenOn, ...given('record', event.data.record) };
    case 'PapersHandedIn':
      return { type: 'RecordHandIn', handedInOn: event.data.handedInOn };
    case 'OriginalTaken': {
      const { custodyId, paper, takenOn, evidenceId } = event.data;
      return { type: 'TakeCustody', custodyId, paper, takenOn, ...given('evidenceId', evidenceId) };
    }
    case 'OriginalReturned': {
      const { custodyId, returnedOn, to } = event.data;
      return { type: 'ReturnOriginal', custodyId, returnedOn, to, recipient: textOf(said.recipient) };
    }
    case 'CaseClosed':
      // Whether papers were held was known to whoever closed it, or there were none.
      return { type: 'CloseCase', reason, acknowledges: ORIGINALS_HELD };
    case 'ApplicationWithdrawn':
      return { type: 'WithdrawApplication', withdrawnOn: event.data.withdrawnOn, reason };
    case 'CaseReopened':
      // Which judgment it was decides nothing, that there was one does.
      return { type: 'ReopenCase', ground: event.data.ground, judgment: textOf(said.judgment), reason };
    case 'CaseMigrated':
      return { type: 'MigrateToVersion', version: event.data.to.version, reason };
    case 'ConflictDeclared':
      return { type: 'DeclareConflict', official: event.data.official, ground: event.data.ground, reason };
    case 'ConflictLifted':
      return { type: 'LiftConflict', official: event.data.official, reason };
    case 'NoteWritten':
      return { type: 'WriteNote', note: textOf(said.note) };
    case 'IndicatorRecorded':
      return { type: 'RecordIndicator', indicatorId: event.data.indicatorId, indicator: event.data.indicator, reason };
    case 'IndicatorCleared':
      return { type: 'ClearIndicator', indicatorId: event.data.indicatorId, reason };
    case 'CaseLinked':
      return event.data.relation === 'same-person' && event.data.match === undefined
        ? { type: 'LinkCase', other: event.data.other, reason }
        : 'not-a-command';
    case 'RemedyFiled': {
      const { remedy, filedOn, proofSha256, acknowledged } = event.data;
      return {
        type: 'FileRemedy',
        ...{ remedy, filedOn, reason },
        ...given('proofSha256', proofSha256),
        ...given('acknowledges', acknowledged),
      };
    }
    case 'ClockSuspended':
      return { type: 'SuspendClock', clockId: event.data.clockId, from: event.data.from, ground: event.data.reason, reason };
    case 'ClockResumed':
      return { type: 'ResumeClock', clockId: event.data.clockId, resumedOn: event.data.resumedOn, reason };
    case 'ClockExtended':
      return { type: 'ExtendClock', clockId: event.data.clockId, reason };
    case 'ImportedCaseOpened': {
      const { caseId, procedure, office, channel, sourceCase, fourEyes } = event.data;
      const clock = events.find((one) => one.type === 'ClockStarted');
      const dueAt = clock?.type === 'ClockStarted' ? clock.data.explicitDueAt : undefined;
      return { type: 'OpenImportedCase', caseId, procedure, office, channel, sourceCase, fourEyes, ...given('dueAt', dueAt) };
    }
    case 'ImportedStepRecorded': {
      const { step, sourceStep, group } = event.data;
      return { type: 'RecordImportedStep', step, sourceStep, ...given('group', group) };
    }
    case 'ImportedCaseClosed':
      return { type: 'CloseImportedCase' };
    default:
      return 'not-a-command';
  }
}

function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : DESTROYED;
}

function given<K extends string, V>(key: K, value: V | undefined): { [P in K]?: V } {
  return (value === undefined ? {} : { [key]: value }) as { [P in K]?: V };
}

function isFactValue(value: Json | undefined): value is FactValue {
  return typeof value === 'boolean' || typeof value === 'number' || typeof value === 'string';
}

function subjectOf(said: {
  readonly [field: string]: Json | undefined;
}): Extract<CaseCommand, { type: 'AmendDraft' }>['subject'] {
  const { born, birthPlace, identityNumbers } = said;
  return {
    name: textOf(said.name),
    ...(typeof born === 'string' ? { born } : {}),
    ...(typeof birthPlace === 'string' ? { birthPlace } : {}),
    ...(Array.isArray(identityNumbers) ? { identityNumbers: identityNumbers as { kind: Code; number: string }[] } : {}),
  };
}
