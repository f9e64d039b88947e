/** The bodies officials send, one class a command, and what each becomes. Adding a command adds a class and a row here; no rule lives here. */
import { plainToInstance } from 'class-transformer';
import { type ValidationError, validateSync } from 'class-validator';
import type { CaseCommand, CaseCommandType, ShownPaper, SubjectDetails } from '#domain/case/commands.js';
import type { FactValue } from '#domain/procedure/rules.js';
import { type Fault, withoutName } from './fault-words.js';
import {
  Answer,
  Base64Url,
  CalendarDate,
  CaseId,
  CodeWord,
  CodeWords,
  Digest,
  Instant,
  OneOf,
  Part,
  Parts,
  Words,
} from './fields.js';
import { malformed } from './problem-details.js';

const REASON = 4000;

export class IdentityNumber {
  @CodeWord({ example: 'nik' }) kind!: string;
  @Words(100, { description: 'As written in the paper.' }) number!: string;
}

/** Whose status it is. */
export class Subject implements SubjectDetails {
  @Words(300, { description: 'The name exactly as written; one word is a name.', example: 'Maria' }) name!: string;
  @Words(100, { optional: true, description: 'A date, a year, or words such as "about 1974".', example: '1974' }) born?: string;
  @Words(200, { optional: true }) birthPlace?: string;
  @Parts(() => IdentityNumber, { optional: true }) identityNumbers?: IdentityNumber[];
}

/** A paper that was shown when the application was taken in. */
export class ShownPaperPart implements ShownPaper {
  @CodeWord({ example: 'birth-record' }) evidence!: string;
  @Words(300, { example: 'Akta kelahiran' }) title!: string;
  @Words(100, { optional: true, description: 'The paper’s number.' }) number?: string;
}

/** What a device without network gave the applicant; its signature covers everything that is sent. */
export class IntakeReceiptPart {
  @CaseId({ description: 'Which device; enrolled by whoever sends it.' }) device!: string;
  @Instant({ description: 'When, by the device’s clock, in whole seconds.' }) takenAt!: string;
  @Base64Url(16, { description: 'Random; without it the hash could be guessed.' }) salt!: string;
  @Base64Url(64, { description: 'ECDSA P-256 over SHA-256.' }) signature!: string;
}

export class OpenDraftRequest {
  @CodeWord({ example: 'PSK' }) procedure!: string;
  @CodeWord({ example: 'KANIM-KPG' }) office!: string;
  @CodeWord({ optional: true, description: 'How it came in.', example: 'counter' }) channel?: string;
  @Part(() => Subject) subject!: Subject;
  @Parts(() => ShownPaperPart, { optional: true, description: 'What the applicant showed: received with it.' })
  papers?: ShownPaperPart[];
  @Part(() => IntakeReceiptPart, { optional: true, description: 'Of what was taken in without network.' })
  receipt?: IntakeReceiptPart;
}

export class AmendDraftRequest {
  @Part(() => Subject) subject!: Subject;
}

export class LodgeApplicationRequest {}
export class BeginScreeningRequest {}
export class ResumeScreeningRequest {}
export class AcceptAsCompleteRequest {}

export class AssignOfficerRequest {
  @CodeWord({ example: 'officer.kupang' }) officer!: string;
}

class Reasoned {
  @Words(REASON, { description: 'Why, in your own words.' }) reason!: string;
}

export class ReturnAsIncompleteRequest extends Reasoned {
  @CodeWords({ description: 'Codes of the evidence that is missing.', example: ['birth-record'] }) missing!: string[];
}

export class RequestEvidenceRequest extends Reasoned {
  @CodeWord({ example: 'birth-record' }) evidence!: string;
}

export class ReceiveEvidenceRequest {
  @CodeWord({ example: 'birth-record' }) evidence!: string;
  @CodeWord({
    optional: true,
    description: 'An id of your own for it within the case; given when absent.',
    example: 'birth-record-1',
  })
  evidenceId?: string;
  @Words(300, { example: 'Akta kelahiran' }) title!: string;
  @Words(100, { optional: true, description: 'The paper’s number.' }) number?: string;
  @Words(300, { optional: true }) issuer?: string;
  @Digest({ optional: true, description: 'SHA-256 of the scanned paper.' }) sha256?: string;
}

export class VerifyEvidenceRequest {
  @CodeWord({ example: 'birth-record-1' }) evidenceId!: string;
  @CodeWord({ example: 'register-inquiry' }) method!: string;
  @Words(REASON, { optional: true }) note?: string;
}

export class RejectEvidenceRequest extends Reasoned {
  @CodeWord() evidenceId!: string;
  @CodeWord({ example: 'forged' }) ground!: string;
}

export class RecordInterviewRequest {
  @CodeWord({ optional: true }) interviewId?: string;
  @CalendarDate() heldOn!: string;
  @Words(20000) notes!: string;
}

export class RecordFindingRequest extends Reasoned {
  @CodeWord({ example: 'motherCitizenshipAtBirth' }) fact!: string;
  @Answer({ example: 'wni' }) value!: FactValue;
  @CodeWords({ description: 'Ids of the verified evidence and interviews it rests on.', example: ['birth-record-1'] })
  evidence!: string[];
}

export class RequestConsultationRequest {
  @CodeWord({ example: 'dukcapil' }) agency!: string;
  @CodeWord({ optional: true }) consultationId?: string;
  @Words(REASON) question!: string;
}

export class RecordConsultationReplyRequest {
  @CodeWord() consultationId!: string;
  @CalendarDate() answeredOn!: string;
  @Words(20000) reply!: string;
}

export class PanelMemberPart {
  @CodeWord({ example: 'panel.police', description: 'An official with the role panel-member.' }) official!: string;
  @CodeWord({ example: 'police' }) agency!: string;
}

export class ConvenePanelRequest {
  @Parts(() => PanelMemberPart) members!: PanelMemberPart[];
}

export class RecordPanelFindingRequest extends Reasoned {
  @OneOf(['agrees', 'dissents']) position!: 'agrees' | 'dissents';
  @CodeWord({ example: 'wni-affirmed', description: 'The outcome that the finding is about.' }) outcome!: string;
}

export class ConcludePanelRequest {
  @CodeWord({ example: 'wni-affirmed' }) outcome!: string;
}

export class RecommendDeterminationRequest extends Reasoned {
  @CodeWord({ example: 'wni-affirmed' }) outcome!: string;
}

export class ApproveDeterminationRequest extends Reasoned {}
export class ReturnForReworkRequest extends Reasoned {}
export class ReferCaseRequest extends Reasoned {}

export class TakeCustodyRequest {
  @CodeWord({ optional: true, description: 'An id of your own for it within the case; given when absent.' }) custodyId?: string;
  @CodeWord({ example: 'passport', description: 'What it is: passport, stay-permit, birth-record, …' }) paper!: string;
  @CalendarDate({ description: 'The day on which it was handed in.' }) takenOn!: string;
  @Words(100, { optional: true, description: 'Its number, as written on it.' }) number?: string;
  @Words(REASON, { optional: true, description: 'In what state it is, and what lies in it.' }) note?: string;
  @CodeWord({ optional: true, description: 'The piece of evidence whose original it is.' }) evidenceId?: string;
}

export class ReturnOriginalRequest {
  @CodeWord({ description: 'As the list of held originals names it.' }) custodyId!: string;
  @CalendarDate({ description: 'The day on which it was given back.' }) returnedOn!: string;
  @CodeWord({ example: 'applicant', description: 'applicant, representative, issuer, requesting-authority, …' }) to!: string;
  @Words(300, { description: 'Who took it, as they signed for it.' }) recipient!: string;
  @Words(REASON, { optional: true }) note?: string;
}

export class CloseCaseRequest extends Reasoned {
  @CodeWord({
    optional: true,
    example: 'originals-held',
    description: 'That originals of the person are still held, when the case is closed all the same: originals-held.',
  })
  acknowledges?: string;
}

export class DetermineOtherwiseRequest extends Reasoned {
  @CodeWord({ example: 'not-established' }) outcome!: string;
}

export class ServeDeterminationRequest {
  @CalendarDate() servedOn!: string;
  @CodeWord({ example: 'in-person' }) method!: string;
  @Digest({ optional: true, description: 'SHA-256 of the receipt.' }) proofSha256?: string;
  @Words(REASON, { optional: true }) note?: string;
}

export class WithdrawApplicationRequest extends Reasoned {
  @CalendarDate() withdrawnOn!: string;
}

export class ReopenCaseRequest extends Reasoned {
  @CodeWord({ example: 'new-evidence', description: 'new-evidence, false-data or court-judgment.' }) ground!: string;
  @Words(200, { optional: true, description: 'Number of the court judgment.' }) judgment?: string;
}

export class MigrateToVersionRequest extends Reasoned {
  @CodeWord({ example: '2025-01', description: 'A published version of the case’s procedure.' }) version!: string;
}

export class WriteNoteRequest {
  @Words(REASON, { description: 'Plain text. It is never changed or taken away; a later note corrects it.' }) note!: string;
}

export class RecordIndicatorRequest extends Reasoned {
  @CodeWord({ example: 'debt-bondage', description: 'What speaks for trafficking.' }) indicator!: string;
  @CodeWord({ optional: true }) indicatorId?: string;
}

export class ClearIndicatorRequest extends Reasoned {
  @CodeWord() indicatorId!: string;
}

export class DeclareConflictRequest extends Reasoned {
  @CodeWord({
    optional: true,
    description: 'Whose; your own unless given. Of another only a supervisor may.',
    example: 'officer.kupang',
  })
  official?: string;
  @CodeWord({ example: 'relative', description: 'relative, own-interest, earlier-part, other.' }) ground!: string;
}

export class LiftConflictRequest extends Reasoned {
  @CodeWord({ example: 'officer.kupang', description: 'Whose.' }) official!: string;
}

export class FileRemedyRequest extends Reasoned {
  @CodeWord({ example: 'objection' }) remedy!: string;
  @CalendarDate({ description: 'The day the person filed it.' }) filedOn!: string;
  @Digest({
    optional: true,
    description: 'SHA-256 of the proof of that day; needed when it lies more than three working days back.',
  })
  proofSha256?: string;
  @CodeWord({
    optional: true,
    description: 'What silence means by now, when the time for deciding it is over: granted-by-silence.',
  })
  acknowledges?: string;
}

export class SummonToOathRequest {
  @CalendarDate({ description: 'The day on which the oath is to be taken.' }) on!: string;
}

export class RecordOathRequest {
  @CalendarDate({ description: 'The day on which the oath or promise was taken.' }) takenOn!: string;
  @Digest({ optional: true, description: 'SHA-256 of the signed record (berita acara); needed once the case has lapsed.' })
  record?: string;
  @Words(REASON, { optional: true, description: 'Why it is entered late; needed once the case has lapsed.' }) reason?: string;
}

export class RecordHandInRequest {
  @CalendarDate({ description: 'The day on which the documents were handed in.' }) handedInOn!: string;
  @Words(REASON, { optional: true }) note?: string;
}

export class LinkCaseRequest extends Reasoned {
  @CaseId({ description: 'Another case of the same person.' }) other!: string;
}

export class SuspendClockRequest extends Reasoned {
  @CodeWord({ example: 'decision-1' }) clockId!: string;
  @CalendarDate({ description: 'First suspended day.' }) from!: string;
  @CodeWord({ example: 'force-majeure' }) ground!: string;
}

export class ResumeClockRequest extends Reasoned {
  @CodeWord({ example: 'decision-1' }) clockId!: string;
  @CalendarDate({ description: 'Day of resumption, no longer suspended.' }) resumedOn!: string;
}

export class ExtendClockRequest extends Reasoned {
  @CodeWord({ example: 'consultation-1' }) clockId!: string;
}

/** Commands that no one sends over HTTP: opening has a route of its own, imports come from the CLI. */
type NotSent = 'OpenDraft' | 'OpenImportedCase' | 'RecordImportedStep' | 'CloseImportedCase';
export type SentCommandType = Exclude<CaseCommandType, NotSent>;

export const commandRequests: { readonly [C in SentCommandType]: new () => object } = {
  AmendDraft: AmendDraftRequest,
  LodgeApplication: LodgeApplicationRequest,
  AssignOfficer: AssignOfficerRequest,
  BeginScreening: BeginScreeningRequest,
  ReturnAsIncomplete: ReturnAsIncompleteRequest,
  ResumeScreening: ResumeScreeningRequest,
  AcceptAsComplete: AcceptAsCompleteRequest,
  RequestEvidence: RequestEvidenceRequest,
  ReceiveEvidence: ReceiveEvidenceRequest,
  VerifyEvidence: VerifyEvidenceRequest,
  RejectEvidence: RejectEvidenceRequest,
  RecordInterview: RecordInterviewRequest,
  RecordFinding: RecordFindingRequest,
  RequestConsultation: RequestConsultationRequest,
  RecordConsultationReply: RecordConsultationReplyRequest,
  ConvenePanel: ConvenePanelRequest,
  RecordPanelFinding: RecordPanelFindingRequest,
  ConcludePanel: ConcludePanelRequest,
  RecommendDetermination: RecommendDeterminationRequest,
  ApproveDetermination: ApproveDeterminationRequest,
  ReturnForRework: ReturnForReworkRequest,
  DetermineOtherwise: DetermineOtherwiseRequest,
  ReferCase: ReferCaseRequest,
  ServeDetermination: ServeDeterminationRequest,
  TakeCustody: TakeCustodyRequest,
  ReturnOriginal: ReturnOriginalRequest,
  CloseCase: CloseCaseRequest,
  WithdrawApplication: WithdrawApplicationRequest,
  ReopenCase: ReopenCaseRequest,
  MigrateToVersion: MigrateToVersionRequest,
  WriteNote: WriteNoteRequest,
  RecordIndicator: RecordIndicatorRequest,
  ClearIndicator: ClearIndicatorRequest,
  DeclareConflict: DeclareConflictRequest,
  LiftConflict: LiftConflictRequest,
  FileRemedy: FileRemedyRequest,
  SummonToOath: SummonToOathRequest,
  RecordOath: RecordOathRequest,
  RecordHandIn: RecordHandInRequest,
  LinkCase: LinkCaseRequest,
  SuspendClock: SuspendClockRequest,
  ResumeClock: ResumeClockRequest,
  ExtendClock: ExtendClockRequest,
};

/** Ids that the caller may leave out; one is then derived from the command's own id, so that a retry gets the same. */
const GIVEN_IDS: { readonly [C in SentCommandType]?: string } = {
  ReceiveEvidence: 'evidenceId',
  RecordInterview: 'interviewId',
  RequestConsultation: 'consultationId',
  RecordIndicator: 'indicatorId',
  TakeCustody: 'custodyId',
};

/** `recommend-determination` of `RecommendDetermination`. */
export function kebab(command: CaseCommandType): string {
  return command.replace(/(?!^)[A-Z]/g, '-$&').toLowerCase();
}

const byKebab = new Map((Object.keys(commandRequests) as SentCommandType[]).map((command) => [kebab(command), command]));

export function commandNamed(name: string): SentCommandType | undefined {
  return byKebab.get(name);
}

/** The command of a body that was checked against its class. @throws Problem 400 that names each fault and where it is. */
export function commandOf(type: SentCommandType, body: unknown, freshId: string): CaseCommand {
  const checked = check(commandRequests[type], body);
  const idField = GIVEN_IDS[type];
  const ids = idField !== undefined && !(idField in checked) ? { [idField]: freshId } : {};
  return { type, ...checked, ...ids } as CaseCommand;
}

/** A plain copy of the body, valid by its class: unknown fields, wrong types and missing fields are faults. */
export function check<T extends object>(request: new () => T, body: unknown): T {
  const given = body ?? {};
  if (typeof given !== 'object' || Array.isArray(given)) throw malformed([{ path: '(body)', fault: 'must be a JSON object' }]);
  if (isDeeperThan(DEEPEST, given)) throw malformed([{ path: '(body)', fault: `must not be nested deeper than ${DEEPEST}` }]);
  const unread = unreadIn(given, '');
  // Before the libraries below: to them what stands under `constructor` is a class.
  if (unread.some(({ fault }) => fault === NO_FIELD)) throw malformed(unread);
  const instance = plainToInstance(request, given, { exposeUnsetFields: false });
  const errors = validateSync(instance, { whitelist: true, forbidNonWhitelisted: true, forbidUnknownValues: false });
  if (errors.length > 0 || unread.length > 0) throw malformed([...errors.flatMap((error) => faultsOf(error, '')), ...unread]);
  return JSON.parse(JSON.stringify(instance)) as T;
}

/** No request has more than three levels; the libraries below walk a body by recursion, and a million brackets would end their stack. */
const DEEPEST = 10;

/** Are objects and lists in it nested in more levels than so many? */
export function isDeeperThan(most: number, value: object): boolean {
  let level: object[] = [value];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > most) return true;
    level = level.flatMap((parent) => Object.values(parent).filter((child) => typeof child === 'object' && child !== null));
  }
  return false;
}

const NO_FIELD = 'is no field';

/** class-validator lets null pass as "not given"; a field that has no value is left out, not null. */
function unreadIn(value: object, path: string): readonly Fault[] {
  return Object.entries(value).flatMap(([key, child]: [string, unknown]) => {
    const at = path === '' ? key : `${path}.${key}`;
    // The whitelist does not see names that every object has, such as constructor.
    if (key in Object.prototype) return [{ path: at, fault: NO_FIELD }];
    if (child === null) return [{ path: at, fault: 'must not be null; leave the field out' }];
    return typeof child === 'object' ? unreadIn(child, at) : [];
  });
}

function faultsOf(error: ValidationError, parent: string): readonly Fault[] {
  const path = parent === '' ? error.property : `${parent}.${error.property}`;
  const own = Object.values(error.constraints ?? {}).map((fault) => ({
    path,
    fault: withoutName(fault, error.property),
  }));
  return [...own, ...(error.children ?? []).flatMap((child) => faultsOf(child, path))];
}
