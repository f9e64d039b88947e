/**
 * What a command on a case leads to: events, or a rejection that says why and what to do. First who may and when (`policies.ts`), then
 * what the command itself must satisfy under the case's pinned procedure version. Pure: the same question always has the same answer.
 */
import { parseDay } from '../calendar/day.js';
import type { ClockRun } from '../clock/clock.js';
import { dayText } from '../clock/explain-due.js';
import { assertNever, type Code, type Decision, type Id, type Rejection, recordedCitation } from '../event.js';
import { wordsOf } from '../vocabulary.js';
import { type Acts, act, idTaken, notBeforeOpening, notInFuture, said, subjectOf, subjectPart } from './act.js';
import { unlessUnreadable } from './blocks.js';
import { answers, refuseContradiction, refuseDate } from './case-facts.js';
import { afterActs, clockStarted, dateIn, extended, isSuspended, resumed, stopped, suspended, zoneOf } from './clock-events.js';
import type { CaseCommand, CaseCommandOf } from './commands.js';
import { declareConflict, liftConflict, refuseOwnCase } from './conflict-of-interest.js';
import { refuseOverHeld, returnOriginal, takeCustody } from './decide-custody.js';
import { determine, recommend, serve } from './decide-determination.js';
import { clearIndicator, recordIndicator } from './decide-indicator.js';
import { linkCase } from './decide-link.js';
import { recordHandIn, recordOath, summonToOath } from './decide-oath.js';
import { concludePanel, convenePanel, recordPanelFinding } from './decide-panel.js';
import { fileRemedy } from './decide-remedy.js';
import { lodge, migrate } from './decide-version.js';
import type { CaseEvent } from './events.js';
import { actsSetFree, lawAfter, refuseAfterLaw } from './law.js';
import { permit } from './permit.js';
import { type CommandContext, extensionOf, nextOfficeUp, type PolicyContext, performerOf } from './policies.js';
import { refuse } from './refuse.js';
import { REMEDY } from './remedies.js';
import { type CaseFile, type CaseState, determinationOf } from './state.js';

/** `linkId`: the id of the case that the command would open beside this one, the same for every try of the command. */
export function decide(
  command: CaseCommand,
  state: CaseState,
  context: CommandContext & { readonly linkId: Id },
): Decision<CaseEvent> {
  return unlessUnreadable<Decision<CaseEvent>>(
    () => decideKnowing(command, state, context),
    (rejection) => ({ rejection }),
  );
}

function decideKnowing(
  command: CaseCommand,
  state: CaseState,
  context: CommandContext & { readonly linkId: Id },
): Decision<CaseEvent> {
  const office = 'office' in command ? command.office : (state?.office ?? '');
  const permission = permit(command.type, state, office, context);
  if ('denial' in permission) return { rejection: permission.denial };
  if (state !== undefined && !besideTheLaw(command)) {
    const late = refuseAfterLaw(state, context, context.at);
    if (late !== undefined) return { rejection: late };
  }
  const acts =
    command.type === 'OpenDraft'
      ? openDraft(command, context)
      : command.type === 'OpenImportedCase'
        ? openImportedCase(command, context)
        : state === undefined
          ? refuse('no-such-case', 'Perkara ini tidak ada.', 'There is no such case.')
          : actOn(command, { ...context, state, capacity: permission.capacity });
  if (!Array.isArray(acts)) return { rejection: acts };
  const { events, after } = afterActs(state, acts, context);
  if (after === undefined || besideTheLaw(command)) return { events };
  const byLaw =
    command.type === 'ClearIndicator' ? actsSetFree(after, context, context.at) : lawAfter(after, context, context.at);
  return { events: [...events, ...byLaw] };
}

/** What is seen or noted does not wait for the law to have acted, and is nothing on which it acts. */
function besideTheLaw({ type }: CaseCommand): boolean {
  return type === 'RecordIndicator' || type === 'WriteNote';
}

function openDraft(command: CaseCommandOf<'OpenDraft'>, context: CommandContext): Acts {
  if (context.procedure.kind !== 'determination' || context.procedure.code === REMEDY) return notForOfficers(context);
  if (!context.offices.has(command.office)) return noSuchOffice(command.office);
  const conflict = refuseOwnCase(command.subject, context);
  if (conflict !== undefined) return conflict;
  const { caseId, procedure, office, channel, subjectId, from, papers = [] } = command;
  const unknown = papers.find((paper) => !context.procedure.evidence.some((e) => e.code === paper.evidence));
  if (unknown !== undefined) return noSuchEvidence(unknown.evidence, context);
  return [
    {
      type: 'DraftOpened',
      data: {
        ...act(context),
        caseId,
        procedure,
        office,
        channel,
        subject: subjectId,
        ...(from === undefined ? {} : { referral: from.referral }),
        ...takenIn(command),
      },
    },
    ...papers.map(({ evidence, title, number }, at): CaseEvent => {
      const fields = { title, ...(number === undefined ? {} : { number }) };
      const personal = [{ personId: subjectId, retentionClass: 'case-file', fields }];
      return { type: 'EvidenceReceived', data: { ...act(context), evidenceId: `paper-${at + 1}`, evidence, personal } };
    }),
    ...(from === undefined ? [] : from.indicators).map(
      ({ indicatorId, indicator, reason }): CaseEvent => ({
        type: 'IndicatorRecorded',
        // In the name of whoever saw it, so that another clears it.
        data: {
          by: from?.seenBy ?? performerOf(context),
          at: context.at,
          indicatorId,
          indicator,
          personal: [{ personId: subjectId, retentionClass: 'case-file', fields: { reason } }],
        },
      }),
    ),
  ];
}

/** Whose case it is, and, where it was taken in without network, what the applicant's receipt stands for. */
function takenIn({ subjectId, subject, intake }: CaseCommandOf<'OpenDraft'>) {
  const personal = [subjectPart(subjectId, subject)];
  if (intake === undefined) return { personal };
  const { salt, ...shown } = intake;
  return { intake: shown, personal: [...personal, { personId: subjectId, retentionClass: 'case-file', fields: { salt } }] };
}

function openImportedCase(command: CaseCommandOf<'OpenImportedCase'>, context: CommandContext): Acts {
  if (context.procedure.kind !== 'imported') return notForOfficers(context);
  const { caseId, procedure, office, channel, sourceCase, dueAt, fourEyes } = command;
  const zone = zoneOf(context.offices, office);
  const run: ClockRun = {
    clockId: 'decision-1',
    code: 'decision',
    office,
    zone,
    startedAt: context.at,
    length: { unit: 'calendar-days', amount: 1 },
    suspensions: [],
    ...(dueAt === undefined ? {} : { explicitDueAt: dueAt }),
  };
  return [
    { type: 'ImportedCaseOpened', data: { ...act(context), caseId, procedure, office, channel, sourceCase, fourEyes } },
    ...(dueAt === undefined ? [] : [clockStarted(run, context, false)]),
  ];
}

type ActContext = PolicyContext & { readonly linkId: Id };

type OtherCommand = Exclude<CaseCommand, { type: 'OpenDraft' | 'OpenImportedCase' }>;

function actOn(command: OtherCommand, context: ActContext): Acts {
  const { state, procedure } = context;
  const by = act(context);
  switch (command.type) {
    case 'AmendDraft':
      return [
        {
          type: 'DraftAmended',
          data: { ...by, subject: subjectOf(state), personal: [subjectPart(subjectOf(state), command.subject)] },
        },
      ];
    case 'LodgeApplication':
      return lodge(context);
    case 'MigrateToVersion':
      return migrate(command, context);
    case 'WriteNote':
      // Words about someone are sealed with their key, or not kept.
      return state.subjectId === undefined
        ? refuse(
            'no-person',
            'Perkara ini tidak menyebut orang yang kuncinya melindungi catatan.',
            'This case names no person whose key would protect a note.',
          )
        : [{ type: 'NoteWritten', data: { ...by, personal: said(state, { note: command.note }) } }];
    case 'RecordIndicator':
      return recordIndicator(command, context);
    case 'DeclareConflict':
      return declareConflict(command, context);
    case 'LiftConflict':
      return liftConflict(command, context);
    case 'ClearIndicator':
      return clearIndicator(command, context);
    case 'FileRemedy':
      return fileRemedy(command, context);
    case 'LinkCase':
      return linkCase(command, context);
    case 'AssignOfficer':
      if (command.officer === state.officer)
        return refuse(
          'already-assigned',
          'Perkara ini sudah ditugaskan kepada petugas itu.',
          'This case is already assigned to that officer.',
        );
      return [{ type: 'OfficerAssigned', data: { ...by, officer: command.officer } }];
    case 'BeginScreening':
      // Who begins it in another's place takes it for them: the case stays where it was assigned.
      return [{ type: 'ScreeningBegun', data: { ...by, officer: state.officer ?? performerOf(context) } }];
    case 'ReturnAsIncomplete': {
      if (command.missing.length === 0)
        return refuse('nothing-missing', 'Sebutkan bukti yang kurang.', 'Name the evidence that is missing.');
      const unknown = command.missing.find((code) => !procedure.evidence.some((e) => e.code === code));
      if (unknown !== undefined) return noSuchEvidence(unknown, context);
      return [
        {
          type: 'ApplicationReturned',
          data: { ...by, missing: command.missing, personal: said(state, { reason: command.reason }) },
        },
      ];
    }
    case 'ResumeScreening':
      return [{ type: 'ScreeningResumed', data: by }];
    case 'AcceptAsComplete':
      return [{ type: 'ApplicationAccepted', data: by }];
    case 'RequestEvidence':
      if (!procedure.evidence.some((e) => e.code === command.evidence)) return noSuchEvidence(command.evidence, context);
      if (state.requested.includes(command.evidence))
        return refuse(
          'already-requested',
          'Bukti ini sudah diminta dan belum diterima.',
          'This evidence has been requested already and not yet received.',
        );
      return [
        {
          type: 'EvidenceRequested',
          data: { ...by, evidence: command.evidence, personal: said(state, { reason: command.reason }) },
        },
      ];
    case 'ReceiveEvidence': {
      const { evidenceId, evidence, title, number, issuer, sha256 } = command;
      if (!procedure.evidence.some((e) => e.code === evidence)) return noSuchEvidence(evidence, context);
      if (idsIn(state).includes(evidenceId)) return idTaken(evidenceId);
      const fields = { title, ...(number === undefined ? {} : { number }), ...(issuer === undefined ? {} : { issuer }) };
      return [
        {
          type: 'EvidenceReceived',
          data: { ...by, evidenceId, evidence, ...(sha256 === undefined ? {} : { sha256 }), personal: said(state, fields) },
        },
      ];
    }
    case 'VerifyEvidence':
    case 'RejectEvidence':
      return judgeEvidence(command, context);
    case 'RecordInterview': {
      if (idsIn(state).includes(command.interviewId)) return idTaken(command.interviewId);
      const { interviewId, heldOn, notes } = command;
      return (
        notInFuture(heldOn, context) ?? [
          { type: 'InterviewRecorded', data: { ...by, interviewId, heldOn, personal: said(state, { notes }) } },
        ]
      );
    }
    case 'RecordFinding':
      return recordFinding(command, context);
    case 'RequestConsultation': {
      const { consultationId, agency, question } = command;
      if (!procedure.consultedAgencies.includes(agency))
        return refuse(
          'no-such-agency',
          `${wordsOf(agency).id} tidak ada dalam prosedur ${procedure.code}. Pilih: ${procedure.consultedAgencies.map((one) => wordsOf(one).id).join(', ')}.`,
          `Procedure ${procedure.code} does not ask ${wordsOf(agency).en}. Choose: ${procedure.consultedAgencies.map((one) => wordsOf(one).en).join(', ')}.`,
        );
      if (state.consultations.some((c) => c.consultationId === consultationId)) return idTaken(consultationId);
      return [{ type: 'ConsultationRequested', data: { ...by, consultationId, agency, personal: said(state, { question }) } }];
    }
    case 'RecordConsultationReply': {
      const { consultationId, answeredOn, reply } = command;
      const consultation = state.consultations.find((c) => c.consultationId === consultationId);
      if (consultation === undefined)
        return refuse('no-such-consultation', 'Konsultasi ini tidak ada dalam perkara.', 'This case has no such consultation.');
      if (consultation.answeredOn !== undefined)
        return refuse('already-answered', 'Konsultasi ini sudah dijawab.', 'This consultation has been answered already.');
      return (
        notInFuture(answeredOn, context) ?? [
          { type: 'ConsultationAnswered', data: { ...by, consultationId, answeredOn, personal: said(state, { reply }) } },
        ]
      );
    }
    case 'ConvenePanel':
      return convenePanel(command, context);
    case 'RecordPanelFinding':
      return recordPanelFinding(command, context);
    case 'ConcludePanel':
      return concludePanel(command, context);
    case 'RecommendDetermination':
      return recommend(command, context);
    case 'ApproveDetermination':
    case 'DetermineOtherwise':
      return determine(command, context);
    case 'ReturnForRework':
      return [{ type: 'RecommendationReturned', data: { ...by, personal: said(state, { reason: command.reason }) } }];
    case 'ReferCase': {
      const to = nextOfficeUp(context);
      if (to === undefined || state.progress.stage !== 'review')
        return refuse('no-higher-authority', 'Tidak ada kewenangan di atas.', 'No authority stands above.');
      const from = state.progress.recommendation.reviewOffice;
      return [{ type: 'CaseReferred', data: { ...by, from, to, personal: said(state, { reason: command.reason }) } }];
    }
    case 'ServeDetermination':
      return serve(command, context);
    case 'SummonToOath':
      return summonToOath(command, context);
    case 'RecordOath':
      return recordOath(command, context);
    case 'RecordHandIn':
      return recordHandIn(command, context);
    case 'TakeCustody':
      return takeCustody(command, context);
    case 'ReturnOriginal':
      return returnOriginal(command, context);
    case 'CloseCase':
      return (
        refuseOverHeld(command, context) ?? [
          { type: 'CaseClosed', data: { ...by, personal: said(state, { reason: command.reason }) } },
        ]
      );
    case 'WithdrawApplication':
      return (
        notInFuture(command.withdrawnOn, context) ??
        notBeforeOpening(command.withdrawnOn, context) ?? [
          {
            type: 'ApplicationWithdrawn',
            data: { ...by, withdrawnOn: command.withdrawnOn, personal: said(state, { reason: command.reason }) },
          },
        ]
      );
    case 'ReopenCase':
      return reopen(command, context);
    case 'ExtendClock':
      return extendClock(command, context);
    case 'SuspendClock':
    case 'ResumeClock':
      return changeClock(command, context);
    case 'RecordImportedStep':
      return recordImportedStep(command, context);
    case 'CloseImportedCase':
      return [
        { type: 'ImportedCaseClosed', data: by },
        ...state.clocks.filter((c) => c.stoppedAt === undefined).map((clock) => stopped(clock, context)),
      ];
    default:
      return assertNever(command);
  }
}

function judgeEvidence(command: CaseCommandOf<'VerifyEvidence'> | CaseCommandOf<'RejectEvidence'>, context: PolicyContext): Acts {
  const { state } = context;
  const item = state.evidence.find((e) => e.evidenceId === command.evidenceId);
  if (item === undefined)
    return refuse('no-such-evidence-item', 'Bukti ini tidak ada dalam perkara.', 'This case has no such piece of evidence.');
  if (item.status === 'rejected')
    return refuse(
      'evidence-rejected',
      'Bukti ini sudah ditolak. Terima bukti baru.',
      'This evidence was rejected. Receive it anew.',
    );
  if (command.type === 'VerifyEvidence') {
    if (item.status === 'verified')
      return refuse('already-verified', 'Bukti ini sudah diverifikasi.', 'This evidence is verified already.');
    const { evidenceId, method, note } = command;
    const personal = note === undefined ? {} : { personal: said(state, { note }) };
    return [{ type: 'EvidenceVerified', data: { ...act(context), evidenceId, method, ...personal } }];
  }
  const { evidenceId, ground, reason } = command;
  return [{ type: 'EvidenceRejected', data: { ...act(context), evidenceId, ground, personal: said(state, { reason }) } }];
}

/** A finding answers a fact of the procedure and rests on evidence that stands: verified papers, recorded interviews. */
function recordFinding(command: CaseCommandOf<'RecordFinding'>, context: PolicyContext): Acts {
  const { state, procedure } = context;
  const definition = Object.hasOwn(procedure.facts, command.fact) ? procedure.facts[command.fact] : undefined;
  if (definition === undefined)
    return refuse(
      'no-such-fact',
      `Prosedur ${procedure.code} tidak mengenal fakta ${command.fact}. Pilih: ${Object.keys(procedure.facts).join(', ')}.`,
      `Procedure ${procedure.code} knows no fact ${command.fact}. Choose: ${Object.keys(procedure.facts).join(', ')}.`,
    );
  if (!answers(definition, command.value))
    return refuse(
      'not-an-answer',
      `Nilai itu bukan jawaban atas ${command.fact}: ${expected(definition)}.`,
      `That value is no answer to ${command.fact}: ${expected(definition)}.`,
      definition.basis,
    );
  if (command.evidence.length === 0)
    return refuse(
      'no-evidence',
      'Temuan harus bertumpu pada bukti. Sebutkan bukti yang sudah diverifikasi.',
      'A finding must rest on evidence. Name verified evidence.',
      definition.basis,
    );
  const fallen = command.evidence.find(
    (id) =>
      !state.evidence.some((e) => e.evidenceId === id && e.status === 'verified') &&
      !state.interviews.some((i) => i.interviewId === id),
  );
  if (fallen !== undefined)
    return refuse(
      'evidence-not-verified',
      `Bukti ${fallen} belum diverifikasi atau tidak ada dalam perkara.`,
      `Evidence ${fallen} is not verified, or is not in this case.`,
      definition.basis,
    );
  const contradicted = refuseDate(command, context) ?? refuseContradiction(command, context);
  if (contradicted !== undefined) return contradicted;
  const { fact, value, evidence, reason } = command;
  return [{ type: 'FindingRecorded', data: { ...act(context), fact, evidence, personal: said(state, { value, reason }) } }];
}

const REOPENING_GROUNDS = ['new-evidence', 'false-data', 'court-judgment', 'remedy-granted'];

function reopen(command: CaseCommandOf<'ReopenCase'>, context: PolicyContext): Acts {
  const { ground, judgment, reason } = command;
  if (!REOPENING_GROUNDS.includes(ground))
    return refuse(
      'no-such-ground',
      `Alasan harus salah satu dari: ${REOPENING_GROUNDS.join(', ')}.`,
      `The ground must be one of: ${REOPENING_GROUNDS.join(', ')}.`,
    );
  const silent = determinationOf(context.state)?.bySilence;
  if (silent !== undefined && ground !== 'court-judgment')
    return refuse(
      'granted-by-law',
      'Hukum yang mengabulkan karena diam; yang diam tidak dapat membukanya kembali. Hanya putusan pengadilan.',
      'The law granted it by silence; who was silent cannot take it up again. Only a court judgment can.',
      { act: 'UU 30/2014', article: '53, 77' },
    );
  if (ground === 'court-judgment' && judgment === undefined)
    return refuse('judgment-missing', 'Sebutkan nomor putusan pengadilan.', 'Name the court judgment.', {
      act: 'PP 2/2007',
      article: '40',
    });
  return [
    {
      type: 'CaseReopened',
      data: {
        ...act(context),
        ground,
        personal: said(context.state, { reason, ...(judgment === undefined ? {} : { judgment }) }),
      },
    },
  ];
}

function noSuchClock(clockId: Id): Rejection {
  return refuse('no-such-clock', `Tidak ada tenggat ${clockId} yang berjalan.`, `No clock ${clockId} is running.`);
}

/** A period is made longer only where the procedure says so, as often as it says so, and before it has run out. */
function extendClock({ clockId, reason }: CaseCommandOf<'ExtendClock'>, context: PolicyContext): Acts {
  const { state, procedure, at } = context;
  const clock = state.clocks.find((one) => one.clockId === clockId);
  if (clock === undefined || clock.stoppedAt !== undefined) return noSuchClock(clockId);
  const extension = extensionOf(clock, context);
  if (extension === undefined)
    return refuse(
      'no-extension',
      `Prosedur ${procedure.code} tidak mengenal perpanjangan bagi tenggat ini.`,
      `Procedure ${procedure.code} knows no extension of this clock.`,
    );
  if ((clock.extensions?.length ?? 0) >= extension.times)
    return refuse(
      'extended-already',
      `Tenggat ini sudah diperpanjang ${extension.times} kali; lebih dari itu tidak dapat.`,
      `This clock was extended ${extension.times} times; it cannot be more often.`,
      ...extension.legalBasis,
    );
  if (isSuspended(clock))
    return refuse(
      'clock-suspended',
      'Tenggat ini ditangguhkan. Lanjutkan dahulu, baru perpanjang.',
      'This clock is suspended. Resume it first, then extend it.',
    );
  if (clock.due.dueAt !== undefined && at >= clock.due.dueAt)
    return refuse(
      'clock-ran-out',
      `Tenggat ini jatuh pada ${dayText(clock.due.dueOn).id}; perpanjangan harus dicatat paling lambat hari itu.`,
      `This clock fell due on ${dayText(clock.due.dueOn).en}; an extension must be recorded on that day at the latest.`,
    );
  const { unit, amount } = clock.length;
  const length = { unit, amount: amount + extension.length.amount };
  return [
    {
      type: 'ClockExtended',
      data: {
        ...act(context),
        ...extended(clock, length, context),
        legalBasis: extension.legalBasis.map(recordedCitation),
        personal: said(state, { reason }),
      },
    },
  ];
}

/** Why a supervisor may let a clock stand still. Acts of a case pause clocks on the last two as well. */
const SUSPENDING_GROUNDS: readonly Code[] = ['force-majeure', 'awaiting-consultation', 'awaiting-applicant'];

function changeClock(command: CaseCommandOf<'SuspendClock'> | CaseCommandOf<'ResumeClock'>, context: PolicyContext): Acts {
  const clock = context.state.clocks.find((c) => c.clockId === command.clockId);
  if (clock === undefined || clock.stoppedAt !== undefined) return noSuchClock(command.clockId);
  const startedOn = dateIn(clock.zone, clock.startedAt);
  if (command.type === 'SuspendClock') {
    if (!SUSPENDING_GROUNDS.includes(command.ground)) return unknownGround();
    if (isSuspended(clock))
      return refuse('already-suspended', 'Tenggat ini sudah ditangguhkan.', 'This clock is suspended already.');
    if (clock.explicitDueAt !== undefined)
      return refuse(
        'clock-as-given',
        'Tenggat ini ditetapkan dari luar dan tidak dapat ditangguhkan.',
        'This clock came with its due date and cannot be suspended.',
      );
    if (context.procedure.clocks.find((rule) => rule.code === clock.code)?.lapses?.effect === 'grant')
      return refuse(
        'clock-of-silence',
        'Tenggat ini membuat diam berarti dikabulkan; yang diam tidak dapat menangguhkannya.',
        'On this clock silence counts as a grant; who is silent cannot suspend it.',
        { act: 'UU 30/2014', article: '53, 77' },
      );
    if (clock.countsFrom !== undefined)
      return refuse(
        'clock-of-the-person',
        'Tenggat ini dihitung dari tanggal orangnya sendiri (lahir, kawin) dan tidak dapat ditangguhkan.',
        'This clock counts from a date of the person’s own (a birth, a marriage) and cannot be suspended.',
      );
    if (parseDay(command.from) <= parseDay(startedOn))
      return refuse(
        'suspended-before-start',
        `Penangguhan harus mulai setelah ${dayText(startedOn).id}.`,
        `A suspension must begin after ${dayText(startedOn).en}.`,
      );
    // It takes effect at once, and cannot be taken back before it has begun.
    const future = notInFuture(command.from, context, clock.zone);
    if (future !== undefined) return future;
    if (clock.due.dueAt !== undefined && context.at >= clock.due.dueAt)
      return refuse(
        'clock-ran-out',
        `Tenggat ini jatuh pada ${dayText(clock.due.dueOn).id}; penangguhan harus dicatat dan mulai paling lambat hari itu.`,
        `This clock fell due on ${dayText(clock.due.dueOn).en}; a suspension must be recorded and begin on that day at the latest.`,
      );
    const last = clock.suspensions.findLast((s) => s.resumedOn !== undefined)?.resumedOn;
    if (last !== undefined && command.from < last)
      return refuse(
        'suspension-overlaps',
        `Penangguhan sebelumnya berakhir ${dayText(last).id}.`,
        `The earlier suspension ended on ${dayText(last).en}.`,
      );
    return [withReason(suspended(clock, command.from, command.ground), context.state, command.reason)];
  }
  const open = clock.suspensions.find((s) => s.resumedOn === undefined);
  if (open === undefined) return refuse('not-suspended', 'Tenggat ini tidak ditangguhkan.', 'This clock is not suspended.');
  const future = notInFuture(command.resumedOn, context);
  if (future !== undefined) return future;
  if (command.resumedOn < open.from)
    return refuse(
      'resumed-before-suspended',
      `Dilanjutkan paling awal ${dayText(open.from).id}.`,
      `It resumes on ${dayText(open.from).en} at the earliest.`,
    );
  return [withReason(resumed(clock, command.resumedOn, context), context.state, command.reason)];
}

function unknownGround(): Rejection {
  const known = (language: 'id' | 'en') => SUSPENDING_GROUNDS.map((one) => `${wordsOf(one)[language]} (${one})`).join(', ');
  return refuse(
    'unknown-ground',
    `Dasar penangguhan ini tidak dikenal. Pilih: ${known('id')}.`,
    `This is no known ground of a suspension. Choose: ${known('en')}.`,
  );
}

function withReason<E extends CaseEvent>(event: E, state: CaseFile, reason: string): E {
  return { ...event, data: { ...event.data, personal: said(state, { reason }) } };
}

/** A row of someone else's log. Steps after closing are accepted and flagged; four eyes compares who performed, observed or enforced. */
function recordImportedStep(command: CaseCommandOf<'RecordImportedStep'>, context: PolicyContext): Acts {
  const { state, procedure } = context;
  if (state.imported === undefined)
    return refuse('not-imported', 'Perkara ini bukan perkara impor.', 'This case was not imported.');
  if (!procedure.steps?.some((s) => s.code === command.step))
    return refuse(
      'no-such-step',
      `Langkah ${command.step} tidak dikenal oleh prosedur ${procedure.code}.`,
      `Procedure ${procedure.code} knows no step ${command.step}.`,
    );
  const by = performerOf(context);
  const pair = procedure.fourEyes;
  const sameOfficer =
    pair !== undefined &&
    command.step === pair.determine &&
    state.imported.steps.some((s) => s.step === pair.check && s.by === by);
  if (sameOfficer && state.imported.fourEyes === 'enforced')
    return refuse(
      'four-eyes',
      `${by} melakukan ${pair.check}; orang lain yang harus melakukan ${pair.determine}.`,
      `${by} performed ${pair.check}; someone else must perform ${pair.determine}.`,
      { act: 'UU 30/2014', article: '42–43' },
    );
  const { step, sourceStep, group } = command;
  return [
    {
      type: 'ImportedStepRecorded',
      data: {
        ...act(context),
        step,
        sourceStep,
        ...(group === undefined ? {} : { group }),
        afterClosing: state.progress.stage === 'closed',
        ...(sameOfficer ? { sameOfficerAs: pair.check } : {}),
      },
    },
  ];
}

/** Every id of the case that a finding may cite: no two of them may be alike. */
function idsIn(state: CaseFile): readonly Id[] {
  return [...state.evidence.map((e) => e.evidenceId), ...state.interviews.map((i) => i.interviewId)];
}

function expected(definition: PolicyContext['procedure']['facts'][string]): string {
  return definition.type === 'choice'
    ? definition.choices.join(' | ')
    : definition.type === 'boolean'
      ? 'true | false'
      : definition.type;
}

function noSuchOffice(office: Code): Rejection {
  return refuse('no-such-office', `Kantor ${office} tidak ada.`, `There is no office ${office}.`);
}

function noSuchEvidence(code: Code, { procedure }: CommandContext): Rejection {
  const known = procedure.evidence.map((e) => e.code).join(', ');
  return refuse(
    'no-such-evidence',
    `Prosedur ${procedure.code} tidak mengenal bukti ${code}. Pilih: ${known}.`,
    `Procedure ${procedure.code} knows no evidence ${code}. Choose: ${known}.`,
  );
}

function notForOfficers({ procedure }: CommandContext): Rejection {
  return refuse(
    'wrong-kind-of-procedure',
    `Prosedur ${procedure.code} tidak dibuka dengan perintah ini.`,
    `Procedure ${procedure.code} is not opened by this command.`,
  );
}
