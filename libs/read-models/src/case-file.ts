/** The head of every case, for search and lists. No personal data: who a case is about, its stream says, to whom that may be shown (ADR 30). */
import { type DataSource, EntitySchema } from 'typeorm';
import type { CaseEventType } from '#domain/case/events.js';
import { referenceOf } from '#domain/case/reference.js';
import type { Stage } from '#domain/case/state.js';
import { assertNever, type Code, type Id, type InstantAt } from '#domain/event.js';
import { withOffice } from '#domain/office/office.js';
import type { Position } from '#event-store/port.js';
import { type CaseStreamEventOf, type Projection, stageAfter } from './projection.js';
import { selectRows } from './rows.js';
import { CaseWordsEntity, type CaseWordsRow, withWordsOf } from './search.js';

export interface CaseFileRow {
  readonly caseId: Id;
  readonly reference: string;
  readonly procedure: Code;
  readonly procedureVersion: Code;
  readonly channel: Code;
  readonly stage: Stage;
  readonly office: Code;
  readonly offices: readonly Code[];
  readonly subjectId: Id | null;
  readonly outcome: Code | null;
  readonly determinedAt: InstantAt | null;
  readonly openedAt: InstantAt;
  readonly sourceCase: Id | null;
  readonly revision: number;
  readonly position: Position;
}

const CaseFileEntity = new EntitySchema<CaseFileRow>({
  name: 'case_file',
  schema: 'read',
  columns: {
    caseId: { type: 'uuid', primary: true },
    reference: { type: 'text' },
    procedure: { type: 'text' },
    procedureVersion: { type: 'text' },
    channel: { type: 'text' },
    stage: { type: 'text' },
    office: { type: 'text' },
    offices: { type: 'text', array: true },
    subjectId: { type: 'text', nullable: true },
    outcome: { type: 'text', nullable: true },
    determinedAt: { type: 'timestamptz', nullable: true },
    openedAt: { type: 'timestamptz' },
    sourceCase: { type: 'text', nullable: true },
    revision: { type: 'integer' },
    position: { type: 'bigint' },
  },
});

type CaseFileRows = { readonly case_file: readonly CaseFileRow[]; readonly case_words: readonly CaseWordsRow[] };

export const caseFileProjection: Projection<CaseFileRows, CaseOnly> = {
  name: 'case_file',
  tables: { case_file: CaseFileEntity, case_words: CaseWordsEntity },
  // Nothing of a case's head changes when its clocks are announced.
  streamPrefixes: ['case-'],
  fold({ case_file: [row], case_words: [known] }, event) {
    const words = withWordsOf(known, event);
    return { case_file: [folded(row, event)], case_words: words === undefined ? [] : [words] };
  },
};

type CaseOnly = CaseStreamEventOf<CaseEventType>;

function folded(row: CaseFileRow | undefined, event: CaseOnly): CaseFileRow {
  const { caseId, revision, position } = event;
  if (event.type === 'DraftOpened' || event.type === 'ImportedCaseOpened') {
    const { procedure, office, channel, at } = event.data;
    return {
      caseId,
      reference: referenceOf(caseId),
      procedure: procedure.code,
      procedureVersion: procedure.version,
      channel,
      stage: stageAfter[event.type] ?? 'draft',
      office,
      offices: [office],
      subjectId: event.type === 'DraftOpened' ? event.data.subject : null,
      outcome: null,
      determinedAt: null,
      openedAt: at,
      sourceCase: event.type === 'ImportedCaseOpened' ? event.data.sourceCase : null,
      revision,
      position,
    };
  }
  if (row === undefined) throw new Error(`${event.type} in ${event.stream}, which no case was opened in`);
  return { ...row, stage: stageAfter[event.type] ?? row.stage, ...changes(row, event), revision, position };
}

function changes(row: CaseFileRow, event: CaseOnly): Partial<CaseFileRow> {
  switch (event.type) {
    case 'ApplicationLodged':
      return { office: event.data.office, offices: withOffice(row.offices, event.data.office) };
    case 'CaseReferred':
      return { offices: withOffice(row.offices, event.data.to) };
    case 'DeterminationApproved':
    case 'DeterminedOtherwise':
    case 'DeterminedBySilence':
      return { outcome: event.data.outcome, determinedAt: event.data.at };
    case 'CaseLapsed':
      return event.data.outcome === undefined ? {} : { outcome: event.data.outcome, determinedAt: event.data.at };
    case 'LapseSetAside':
      return { stage: event.data.stage, outcome: event.data.outcome, determinedAt: event.data.determinedAt };
    case 'CaseReopened':
      return { outcome: null, determinedAt: null };
    case 'CaseMigrated':
      return { procedureVersion: event.data.to.version };
    case 'DraftOpened':
    case 'DraftAmended':
    case 'OfficerAssigned':
    case 'ScreeningBegun':
    case 'ApplicationReturned':
    case 'ScreeningResumed':
    case 'ApplicationAccepted':
    case 'EvidenceRequested':
    case 'EvidenceReceived':
    case 'EvidenceVerified':
    case 'EvidenceRejected':
    case 'InterviewRecorded':
    case 'FindingRecorded':
    case 'ConsultationRequested':
    case 'ConsultationAnswered':
    case 'DeterminationRecommended':
    case 'RecommendationReturned':
    case 'DeterminationServed':
    case 'RemedyWindowOpened':
    case 'CaseClosed':
    case 'ApplicationWithdrawn':
    case 'ConflictDeclared':
    case 'ConflictLifted':
    case 'NoteWritten':
    case 'IndicatorRecorded':
    case 'IndicatorCleared':
    case 'CaseLinked':
    case 'CaseUnlinked':
    case 'RemedyFiled':
    case 'SummonedToOath':
    case 'OathTaken':
    case 'PapersHandedIn':
    case 'OriginalTaken':
    case 'OriginalReturned':
    case 'LinkedCaseDecided':
    case 'ClockExtended':
    case 'ClockRecalculated':
    case 'PanelConvened':
    case 'PanelFindingRecorded':
    case 'PanelConcluded':
    case 'ClockStarted':
    case 'ClockSuspended':
    case 'ClockResumed':
    case 'ClockStopped':
    case 'ImportedCaseOpened':
    case 'ImportedStepRecorded':
    case 'ImportedCaseClosed':
      return {};
    default:
      return assertNever(event);
  }
}

export async function findCaseFile(dataSource: DataSource, caseId: Id): Promise<CaseFileRow | undefined> {
  return (await selectRows(dataSource.manager, CaseFileEntity, 'WHERE case_id = $1', [caseId]))[0];
}

/** The id of the case with this reference, in its one written form (`parseReference`). */
export async function findCaseByReference(dataSource: DataSource, reference: string): Promise<Id | undefined> {
  const rows = await selectRows(dataSource.manager, CaseFileEntity, 'WHERE reference = $1 ORDER BY position LIMIT 1', [
    reference,
  ]);
  return rows[0]?.caseId;
}
