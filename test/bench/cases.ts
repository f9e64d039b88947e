/** Many cases at once: one is taken through its acts by the domain, and its events are appended again under other ids. */
import { randomUUID } from 'node:crypto';
import type { CaseCommand } from '#domain/case/commands.js';
import type { Id } from '#domain/event.js';
import { caseStream } from '#domain/process/escalation.js';
import { procedureOn } from '#domain/registry.js';
import { caseIdOf, commandIdOf, eventIdOf } from '#event-store/envelope.js';
import { emptyStreamHead, type NewEvent } from '#event-store/event-log.js';
import type { OpenLog } from '#privacy/open-log.js';

const OFFICER = 'officer.kupang';
/** What a finding may rest on in every case made here. */
export const EVIDENCE = ['identity-1', 'birth-1'] as const;
/** A finding on a case at its revision, as an officer sends it over HTTP. */
export function recordFinding(token: string, { caseId, revision }: { readonly caseId: Id; readonly revision: number }) {
  return {
    path: `/cases/${caseId}/record-finding`,
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      'if-match': `"${revision}"`,
      'idempotency-key': randomUUID(),
    },
    body: JSON.stringify({
      fact: 'motherCitizenshipAtBirth',
      value: 'wni',
      evidence: EVIDENCE,
      reason: 'Sesuai register dan akta kelahiran yang diperlihatkan',
    }),
  };
}

const AT_ONCE = 32;

/** The acts that bring a case to its examination, and then those that determine it. */
const TO_EXAMINATION: readonly CaseCommand[] = [
  { type: 'ReceiveEvidence', evidence: 'application-letter', evidenceId: 'letter-1', title: 'Surat permohonan' },
  { type: 'ReceiveEvidence', evidence: 'identity-paper', evidenceId: 'identity-1', title: 'KTP lama' },
  { type: 'ReceiveEvidence', evidence: 'birth-record', evidenceId: 'birth-1', title: 'Surat keterangan lahir' },
  { type: 'LodgeApplication' },
  { type: 'BeginScreening' },
  { type: 'AcceptAsComplete' },
  { type: 'VerifyEvidence', evidenceId: 'identity-1', method: 'register-inquiry' },
  { type: 'VerifyEvidence', evidenceId: 'birth-1', method: 'register-inquiry' },
];
/** The acts after which a child's registration counts three working days. */
const TO_REGISTRATION: readonly CaseCommand[] = [
  ...['application-letter', 'birth-record', 'identity-paper', 'parents-papers'].map(
    (evidence) => ({ type: 'ReceiveEvidence', evidence, evidenceId: `${evidence}-1`, title: 'Salinan' }) as const,
  ),
  { type: 'LodgeApplication' },
  { type: 'BeginScreening' },
  { type: 'AcceptAsComplete' },
];
const FACTS = {
  falseDataFound: false,
  lossDecided: false,
  identityEstablished: true,
  anotherCitizenshipHeld: false,
  acquiredForeignCitizenship: false,
  foreignPassportHeld: false,
  marriedToForeigner: false,
  limitedDualNational: false,
  parentsMarried: true,
  fatherCitizenshipAtBirth: 'wni',
  motherCitizenshipAtBirth: 'wni',
} as const;
const AGENCIES = ['dukcapil', 'police', 'tax-office'];
const TO_DETERMINATION: readonly (readonly [actor: Id, CaseCommand])[] = [
  ...Object.entries(FACTS).map(
    ([fact, value]) =>
      [OFFICER, { type: 'RecordFinding', fact, value, evidence: [...EVIDENCE], reason: 'Sesuai register' }] as const,
  ),
  [OFFICER, { type: 'ConvenePanel', members: AGENCIES.map((agency) => ({ official: `panel.${agency}`, agency })) }],
  ...AGENCIES.map(
    (agency) =>
      [
        `panel.${agency}`,
        { type: 'RecordPanelFinding', position: 'agrees', outcome: 'wni-affirmed', reason: 'Sependapat' },
      ] as const,
  ),
  [OFFICER, { type: 'ConcludePanel', outcome: 'wni-affirmed' }],
  [OFFICER, { type: 'RecommendDetermination', outcome: 'wni-affirmed', reason: 'Kedua orang tua WNI, perkawinan sah' }],
  ['supervisor.kupang', { type: 'ReferCase', reason: 'Lengkap' }],
  ['kanwil.ntt', { type: 'ReferCase', reason: 'Sependapat' }],
  ['ahu', { type: 'ReferCase', reason: 'Sependapat' }],
  ['minister', { type: 'ApproveDetermination', reason: 'Terbukti menurut Pasal 4 huruf b' }],
];

/** A case taken through its acts, and the ids that another case has others for. */
export interface Pattern {
  readonly events: readonly Pick<NewEvent, 'type' | 'data'>[];
  readonly caseId: Id;
  readonly subjectId: Id;
}

/**
 * A case just lodged; one in examination, assigned to the officer of Kupang, its papers verified; one that the Minister has determined; or a
 * child's registration, accepted, whose clock counts working days.
 */
export async function takeThrough(
  { desk, log, time }: OpenLog,
  until: 'lodged' | 'examination' | 'determined' | 'registration',
): Promise<Pattern> {
  const at = time.now();
  const code = until === 'registration' ? 'ABG-REG' : 'PSK';
  const procedure = procedureOn(desk.registry.state, code, at.slice(0, 10));
  if (procedure === undefined) throw new Error(`No procedure ${code}: the database is not seeded`);
  const caseId = caseIdOf(commandIdOf(OFFICER, `pattern ${randomUUID()}`));
  const subjectId = randomUUID();
  const act = async (actorId: Id, command: CaseCommand) => {
    const commandId = commandIdOf(actorId, randomUUID());
    const outcome = await desk.submit({ caseId, command, actorId, at: time.now(), commandId, correlationId: commandId });
    if (outcome.kind !== 'accepted') throw new Error(`${command.type}: ${JSON.stringify(outcome)}`);
  };
  await act(OFFICER, {
    type: 'OpenDraft',
    caseId,
    procedure: { code, version: procedure.version, sha256: procedure.sha256 },
    office: 'KANIM-KPG',
    channel: 'counter',
    subjectId,
    subject: { name: 'Maria', born: 'about 1974', birthPlace: 'Atambua' },
  });
  const acts = until === 'registration' ? TO_REGISTRATION : TO_EXAMINATION;
  const lodging = acts.findIndex(({ type }) => type === 'LodgeApplication') + 1;
  for (const command of until === 'lodged' ? acts.slice(0, lodging) : acts) await act(OFFICER, command);
  if (until === 'determined') for (const [actorId, command] of TO_DETERMINATION) await act(actorId, command);
  const { events } = await log.read(caseStream(caseId));
  return { events: events.map(({ type, data }) => ({ type, data })), caseId, subjectId };
}

/** Appends the pattern under new ids `count` times, each case's events in one append; answers where each case stands. */
export async function repeat(
  { log }: Pick<OpenLog, 'log'>,
  pattern: Pattern,
  count: number,
): Promise<readonly { readonly caseId: Id; readonly revision: number }[]> {
  const text = JSON.stringify(pattern.events);
  const made: { caseId: Id; revision: number }[] = [];
  let begun = 0;
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      while (begun < count) {
        begun += 1;
        const commandId = commandIdOf(OFFICER, randomUUID());
        const caseId = caseIdOf(commandId);
        const events: Pick<NewEvent, 'type' | 'data'>[] = JSON.parse(
          text.replaceAll(pattern.caseId, caseId).replaceAll(pattern.subjectId, eventIdOf(commandId, 1_000_000)),
        );
        const metadata = {
          actor: OFFICER,
          office: 'KANIM-KPG',
          effectiveAt: new Date().toISOString(),
          commandId,
          correlationId: commandId,
          commandFingerprint: '5e'.repeat(32),
        };
        const { revision } = await log.append(
          caseStream(caseId),
          emptyStreamHead,
          events.map((event, index) => ({ ...event, id: eventIdOf(commandId, index), metadata })),
        );
        made.push({ caseId, revision });
      }
    }),
  );
  return made;
}
