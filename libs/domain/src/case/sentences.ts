/** What a person reads: a label for each command, a sentence for each event, in both languages. `{outcome}` is filled from the event's codes. */
import { type Code, citationIn, type Text } from '../event.js';
import { roleName } from '../office/official.js';
import type { Procedure } from '../procedure/procedure.js';
import type { ClocksEvent } from '../process/events.js';
import { wordsOf } from '../vocabulary.js';
import type { CaseCommandType } from './commands.js';
import type { CaseEvent, CaseEventType } from './events.js';

export const commandSentences: { readonly [C in CaseCommandType]: Text } = {
  OpenDraft: { id: 'Buka konsep', en: 'Open a draft' },
  AmendDraft: { id: 'Ubah konsep', en: 'Amend the draft' },
  LodgeApplication: { id: 'Ajukan permohonan', en: 'Lodge the application' },
  AssignOfficer: { id: 'Tugaskan petugas', en: 'Assign an officer' },
  BeginScreening: { id: 'Mulai periksa kelengkapan', en: 'Begin screening' },
  ReturnAsIncomplete: { id: 'Kembalikan karena belum lengkap', en: 'Return as incomplete' },
  ResumeScreening: { id: 'Lanjutkan periksa kelengkapan', en: 'Resume screening' },
  AcceptAsComplete: { id: 'Terima sebagai lengkap', en: 'Accept as complete' },
  RequestEvidence: { id: 'Minta bukti', en: 'Request evidence' },
  ReceiveEvidence: { id: 'Terima bukti', en: 'Receive evidence' },
  VerifyEvidence: { id: 'Verifikasi bukti', en: 'Verify evidence' },
  RejectEvidence: { id: 'Tolak bukti', en: 'Reject evidence' },
  RecordInterview: { id: 'Catat wawancara', en: 'Record an interview' },
  RecordFinding: { id: 'Catat temuan', en: 'Record a finding' },
  RequestConsultation: { id: 'Minta pendapat instansi', en: 'Consult an agency' },
  RecordConsultationReply: { id: 'Catat jawaban instansi', en: 'Record the agency’s reply' },
  ConvenePanel: { id: 'Bentuk tim', en: 'Convene the panel' },
  RecordPanelFinding: { id: 'Catat pendapat dalam tim', en: 'Record a panel finding' },
  ConcludePanel: { id: 'Tutup tim', en: 'Conclude the panel' },
  RecommendDetermination: { id: 'Rekomendasikan penetapan', en: 'Recommend a determination' },
  ApproveDetermination: { id: 'Setujui penetapan', en: 'Approve the determination' },
  ReturnForRework: { id: 'Kembalikan untuk diperbaiki', en: 'Return for rework' },
  DetermineOtherwise: { id: 'Tetapkan lain', en: 'Determine otherwise' },
  ReferCase: { id: 'Limpahkan ke atas', en: 'Refer up' },
  ServeDetermination: { id: 'Catat penyampaian penetapan', en: 'Record service of the determination' },
  SummonToOath: { id: 'Panggil untuk bersumpah', en: 'Summon to the oath' },
  RecordOath: { id: 'Catat pengucapan sumpah', en: 'Record the oath' },
  RecordHandIn: { id: 'Catat penyerahan dokumen', en: 'Record the hand-in of documents' },
  TakeCustody: { id: 'Simpan dokumen asli', en: 'Take an original into custody' },
  ReturnOriginal: { id: 'Kembalikan dokumen asli', en: 'Return an original' },
  CloseCase: { id: 'Tutup perkara', en: 'Close the case' },
  WithdrawApplication: { id: 'Tarik permohonan', en: 'Withdraw the application' },
  ReopenCase: { id: 'Buka kembali perkara', en: 'Reopen the case' },
  MigrateToVersion: { id: 'Alihkan ke versi aturan lain', en: 'Migrate to another version' },
  WriteNote: { id: 'Tulis catatan', en: 'Write a note' },
  RecordIndicator: { id: 'Catat indikasi TPPO', en: 'Record a trafficking sign' },
  DeclareConflict: { id: 'Nyatakan benturan', en: 'Declare a conflict' },
  LiftConflict: { id: 'Cabut benturan', en: 'Lift a conflict' },
  ClearIndicator: { id: 'Cabut indikasi TPPO', en: 'Clear a trafficking sign' },
  FileRemedy: { id: 'Catat upaya hukum', en: 'Record a remedy' },
  LinkCase: { id: 'Hubungkan perkara', en: 'Link a case' },
  SuspendClock: { id: 'Tangguhkan tenggat', en: 'Suspend a clock' },
  ResumeClock: { id: 'Lanjutkan tenggat', en: 'Resume a clock' },
  ExtendClock: { id: 'Perpanjang tenggat', en: 'Extend a clock' },
  OpenImportedCase: { id: 'Buka perkara impor', en: 'Open an imported case' },
  RecordImportedStep: { id: 'Catat langkah impor', en: 'Record an imported step' },
  CloseImportedCase: { id: 'Tutup perkara impor', en: 'Close an imported case' },
};

export const eventSentences: { readonly [E in CaseEventType | ClocksEvent['type']]: Text } = {
  DraftOpened: { id: '{by} membuka konsep di {office}.', en: '{by} opened a draft at {office}.' },
  DraftAmended: { id: '{by} mengubah konsep.', en: '{by} amended the draft.' },
  ApplicationLodged: {
    id: 'Permohonan diajukan dan diperiksa oleh {office}.',
    en: 'The application was lodged and is examined by {office}.',
  },
  OfficerAssigned: { id: '{by} menugaskan {officer}.', en: '{by} assigned {officer}.' },
  ScreeningBegun: { id: '{officer} mulai memeriksa kelengkapan.', en: '{officer} began screening.' },
  ApplicationReturned: {
    id: 'Permohonan dikembalikan; kurang: {missing}.',
    en: 'The application was returned; missing: {missing}.',
  },
  ScreeningResumed: { id: 'Pemeriksaan kelengkapan dilanjutkan.', en: 'Screening was resumed.' },
  ApplicationAccepted: { id: 'Permohonan diterima sebagai lengkap.', en: 'The application was accepted as complete.' },
  EvidenceRequested: { id: 'Bukti {evidence} diminta.', en: 'Evidence {evidence} was requested.' },
  EvidenceReceived: { id: 'Bukti {evidence} diterima ({evidenceId}).', en: 'Evidence {evidence} was received ({evidenceId}).' },
  EvidenceVerified: { id: 'Bukti {evidenceId} diverifikasi: {method}.', en: 'Evidence {evidenceId} was verified: {method}.' },
  EvidenceRejected: { id: 'Bukti {evidenceId} ditolak: {ground}.', en: 'Evidence {evidenceId} was rejected: {ground}.' },
  InterviewRecorded: { id: 'Wawancara {heldOn} dicatat.', en: 'The interview of {heldOn} was recorded.' },
  FindingRecorded: {
    id: '{by} mencatat temuan tentang {fact}, berdasarkan {evidence}.',
    en: '{by} recorded a finding on {fact}, resting on {evidence}.',
  },
  ConsultationRequested: { id: 'Pendapat {agency} diminta.', en: '{agency} was consulted.' },
  ConsultationAnswered: {
    id: 'Jawaban instansi tertanggal {answeredOn} dicatat.',
    en: 'The agency’s reply of {answeredOn} was recorded.',
  },
  DeterminationRecommended: { id: '{by} merekomendasikan {outcome}.', en: '{by} recommended {outcome}.' },
  RecommendationReturned: {
    id: '{by} mengembalikan rekomendasi untuk diperbaiki.',
    en: '{by} returned the recommendation for rework.',
  },
  CaseReferred: { id: '{by} melimpahkan perkara dari {from} ke {to}.', en: '{by} referred the case from {from} to {to}.' },
  DeterminationApproved: {
    id: '{by} menetapkan {outcome} sesuai rekomendasi {recommendedBy}.',
    en: '{by} determined {outcome}, as {recommendedBy} recommended.',
  },
  DeterminedOtherwise: {
    id: '{by} menetapkan {outcome}, lain dari rekomendasi {recommended}.',
    en: '{by} determined {outcome}, departing from the recommended {recommended}.',
  },
  DeterminationServed: {
    id: 'Penetapan disampaikan pada {servedOn}: {method}.',
    en: 'The determination was served on {servedOn}: {method}.',
  },
  RemedyWindowOpened: { id: 'Masa upaya hukum dimulai.', en: 'The remedy window opened.' },
  SummonedToOath: {
    id: '{by} memanggil untuk mengucapkan sumpah atau janji setia pada {on}.',
    en: '{by} summoned the person to take the oath or promise of allegiance on {on}.',
  },
  OathTaken: {
    id: 'Sumpah atau janji setia diucapkan pada {takenOn}.',
    en: 'The oath or promise of allegiance was taken on {takenOn}.',
  },
  PapersHandedIn: {
    id: 'Dokumen keimigrasian diserahkan pada {handedInOn}.',
    en: 'The immigration documents were handed in on {handedInOn}.',
  },
  OriginalTaken: {
    id: '{by} menerima dokumen asli ({paper}) pada {takenOn} untuk disimpan di {office}; tanda terima {receipt}.',
    en: '{by} took an original ({paper}) into the custody of {office} on {takenOn}; receipt {receipt}.',
  },
  OriginalReturned: {
    id: '{by} mengembalikan dokumen asli bertanda terima {receipt} pada {returnedOn} kepada: {to}.',
    en: '{by} returned the original of receipt {receipt} on {returnedOn} to: {to}.',
  },
  CaseClosed: { id: '{by} menutup perkara.', en: '{by} closed the case.' },
  ApplicationWithdrawn: { id: 'Permohonan ditarik pada {withdrawnOn}.', en: 'The application was withdrawn on {withdrawnOn}.' },
  CaseReopened: { id: '{by} membuka kembali perkara: {ground}.', en: '{by} reopened the case: {ground}.' },
  CaseMigrated: {
    id: '{by} mengalihkan perkara dari versi {from} ke versi {to}.',
    en: '{by} migrated the case from version {from} to version {to}.',
  },
  ConflictDeclared: {
    id: '{by} menyatakan benturan kepentingan {official}: {ground}. {official} tidak lagi ikut menangani perkara ini.',
    en: '{by} declared a conflict of interest of {official}: {ground}. {official} takes no further part in this case.',
  },
  ConflictLifted: {
    id: '{by} mencabut benturan kepentingan {official}, yang boleh kembali ikut menangani perkara ini.',
    en: '{by} lifted the conflict of interest of {official}, who may take a part in this case again.',
  },
  NoteWritten: { id: '{by} menulis catatan.', en: '{by} wrote a note.' },
  IndicatorRecorded: {
    id: '{by} mencatat indikasi perdagangan orang: {indicator}. Tindakan penegakan tertahan.',
    en: '{by} recorded a trafficking indicator: {indicator}. Enforcement is blocked.',
  },
  IndicatorCleared: {
    id: '{by} mencabut indikasi perdagangan orang {indicatorId}.',
    en: '{by} cleared the trafficking indicator {indicatorId}.',
  },
  CaseLinked: {
    id: 'Perkara ini dihubungkan dengan perkara {procedure} {other}: {relation}.',
    en: 'This case was linked with the {procedure} case {other}: {relation}.',
  },
  CaseUnlinked: {
    id: 'Hubungan dengan perkara {other} berakhir: penggabungan catatan orang yang mendasarinya dibatalkan.',
    en: 'The link with the case {other} ended: the merge of person records on which it rested was undone.',
  },
  RemedyFiled: {
    id: 'Upaya hukum {remedy} diajukan pada {filedOn}; diperiksa dalam perkara {other}.',
    en: 'The remedy {remedy} was filed on {filedOn}; it is examined in case {other}.',
  },
  LinkedCaseDecided: {
    id: 'Perkara {procedure} {other} ({relation}) diputus: {outcome}.',
    en: 'The {procedure} case {other} ({relation}) was decided: {outcome}.',
  },
  PanelConvened: { id: '{by} membentuk tim: {members}.', en: '{by} convened a panel: {members}.' },
  PanelFindingRecorded: {
    id: '{by} ({agency}) mencatat pendapat dalam tim tentang {outcome}: {position}.',
    en: '{by} ({agency}) recorded a finding in the panel on {outcome}: {position}.',
  },
  PanelConcluded: {
    id: '{by} menutup tim: {outcome}, {agreeing} sependapat, {dissenting} berbeda pendapat.',
    en: '{by} concluded the panel: {outcome}, {agreeing} agree, {dissenting} dissent.',
  },
  CaseLapsed: {
    id: 'Tenggat {clock} lewat tanpa tindakan: perkara berakhir demi hukum ({outcome}).',
    en: 'The clock {clock} ran out with nobody acting: the case lapsed by law ({outcome}).',
  },
  LapseSetAside: {
    id: '{by} mengesampingkan akibat lewatnya tenggat {clock}, yang menurut hukum tidak pernah terjadi: {ground}. Berita acara {record}.',
    en: '{by} set aside the lapse on the clock {clock}, which in law never happened: {ground}. Record {record}.',
  },
  DeterminedBySilence: {
    id: 'Tenggat {clock} lewat tanpa putusan; demi hukum hasilnya: {outcome}.',
    en: 'The clock {clock} ran out without a decision; by law the outcome is: {outcome}.',
  },
  ClockStarted: { id: 'Tenggat {clock} mulai berjalan.', en: 'The clock {clock} started.' },
  ClockSuspended: {
    id: 'Tenggat {clockId} ditangguhkan sejak {from}: {reason}.',
    en: 'The clock {clockId} was suspended from {from}: {reason}.',
  },
  ClockResumed: { id: 'Tenggat {clockId} dilanjutkan pada {resumedOn}.', en: 'The clock {clockId} was resumed on {resumedOn}.' },
  ClockExtended: {
    id: '{by} memperpanjang tenggat {clockId} (dasar: {legalBasis}).',
    en: '{by} extended the clock {clockId} (basis: {legalBasis}).',
  },
  ClockRecalculated: {
    id: 'Tenggat {clockId} dihitung kembali menurut hari libur {years}: {decrees}.',
    en: 'The clock {clockId} was computed again under the holidays of {years}: {decrees}.',
  },
  ClockStopped: { id: 'Tenggat {clockId} berhenti.', en: 'The clock {clockId} stopped.' },
  ImportedCaseOpened: { id: 'Perkara {sourceCase} diimpor.', en: 'Case {sourceCase} was imported.' },
  ImportedStepRecorded: { id: '{by} melakukan langkah {step} (impor).', en: '{by} performed step {step} (imported).' },
  ImportedCaseClosed: { id: 'Perkara impor ditutup.', en: 'The imported case was closed.' },
  ClockFellDue: { id: 'Tenggat {clockId} jatuh tempo pada {dueAt}.', en: 'The clock {clockId} fell due at {dueAt}.' },
  ClockWarned: {
    id: 'Tenggat {clockId} jatuh pada {dueAt}; sesudahnya hukum bertindak ({outcome}). Diberitahukan kepada {toRole} di {office}: {told}.',
    en: 'The clock {clockId} falls due at {dueAt}; then the law acts ({outcome}). The {toRole} at {office} was told: {told}.',
  },
  ClockEscalated: {
    id: 'Tenggat {clockId} ({step}) diberitahukan kepada {toRole} di {office}: {told}.',
    en: 'Of the clock {clockId} ({step}) the {toRole} at {office} was told: {told}.',
  },
  ClockPassedOn: {
    id: 'Tenggat {clockId} ({step}), yang sebelumnya diberitahukan kepada {toldBefore}, diberitahukan pula kepada {toRole} di {office}: {told}.',
    en: 'Of the clock {clockId} ({step}), told before to {toldBefore}, the {toRole} at {office} was told too: {told}.',
  },
  LadderMoved: {
    id: 'Tangga eskalasi tenggat {clockId} mengikuti jatuh temponya yang baru, {dueAt}.',
    en: 'The escalation ladder of the clock {clockId} follows its new due date, {dueAt}.',
  },
  EscalationSeen: {
    id: '{by} membuka pemberitahuan tentang tenggat {clockId} ({step}).',
    en: '{by} opened what was told of the clock {clockId} ({step}).',
  },
  EscalationAcknowledged: {
    id: '{by} menangani tenggat {clockId} ({step}).',
    en: '{by} answers for the clock {clockId} ({step}).',
  },
};

/** What a procedure calls its clocks and outcomes. */
export type Naming = Pick<Procedure, 'code' | 'clocks' | 'outcomes'>;

/**
 * The event's sentence with its codes filled in, in words where they have any; what is not there is a dash. Nothing personal is ever filled in.
 * A code means something else as a clock, as an outcome and as a role: the first are named by the procedures, the case's own first, as
 * `namingProcedures` gives them, and are never looked up among the words for other codes.
 */
export function sentenceOf(
  event: Pick<CaseEvent | ClocksEvent, 'type'> & { readonly data: object },
  procedures: readonly Naming[] = [],
): Text {
  const sentence = eventSentences[event.type];
  const values = new Map<string, unknown>(Object.entries(event.data));
  const linked = values.get('procedure');
  const naming = typeof linked === 'string' ? procedures.filter(({ code }) => code === linked) : procedures;
  const fill = (template: string, language: keyof Text): string =>
    template.replace(/\{(\w+)\}/g, (_, name: string) => {
      const value = name === 'personal' ? undefined : values.get(name);
      const inWords = (one: unknown): string => (typeof one === 'string' ? wordFor(name, one, naming)[language] : codeIn(one));
      return value === undefined ? '–' : [value].flat().map(inWords).join(', ') || '–';
    });
  return { id: fill(sentence.id, 'id'), en: fill(sentence.en, 'en') };
}

/** A code in the words of its own kind; the code itself where nothing names it. */
function wordFor(field: string, code: string, naming: readonly Naming[]): Text {
  const named = (all: readonly { readonly code: Code; readonly name: Text }[], wanted: string): Text =>
    all.find((one) => one.code === wanted)?.name ?? { id: code, en: code };
  switch (field) {
    case 'toRole':
      return roleName(code);
    case 'clock':
    case 'clockId':
      // A clock's id is its code and which of them it is: `decision-1`.
      return named(
        naming.flatMap(({ clocks }) => clocks),
        field === 'clock' ? code : code.replace(/-\d+$/, ''),
      );
    case 'outcome':
    case 'recommended':
      return named(
        naming.flatMap(({ outcomes }) => outcomes),
        code,
      );
    default:
      return wordsOf(code);
  }
}

/** A pinned version by its version, a panel member by name and agency, a citation as people cite it; anything else is a code itself. */
function codeIn(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  if ('version' in value) return String(value.version);
  if ('act' in value)
    return citationIn({ act: String(value.act), ...('article' in value ? { article: String(value.article) } : {}) });
  return 'official' in value && 'agency' in value ? `${value.official} (${value.agency})` : '–';
}
