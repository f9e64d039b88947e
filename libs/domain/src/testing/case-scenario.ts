/**
 * `given(cases.inReview()).when({ type: 'ApproveDetermination', … }, { as: people.minister }).then('DeterminationApproved')`: people and
 * cases by name. Pure like the rest of the domain: a spec reads the files of `data/` and hands them in; a case is built by real commands.
 */
import { type Calendar, parseCalendar } from '../calendar/calendar.js';
import type { LinkedCase } from '../case/blocks.js';
import { dateIn } from '../case/clock-events.js';
import type { CaseCommand, CaseCommandType } from '../case/commands.js';
import { decide } from '../case/decide.js';
import type { CaseEvent, CaseEventType } from '../case/events.js';
import type { CommandContext } from '../case/policies.js';
import { type CaseFile, type CaseState, evolve, initialState } from '../case/state.js';
import type { Citation, Code, Decision, Id, InstantAt } from '../event.js';
import { type OfficeTree, parseOffices } from '../office/office.js';
import { actorOn, type Official, presentIn, type Role } from '../office/official.js';
import type { Procedure } from '../procedure/procedure.js';
import { parseProcedure } from '../procedure/procedure-faults.js';
import type { EscalationContext } from '../process/escalation.js';

/** What stands in `data/`, parsed from JSON by the spec. */
export interface ScenarioData {
  readonly offices: unknown;
  readonly calendar: unknown;
  readonly psk: unknown;
  readonly imported: unknown;
  readonly people: readonly {
    readonly login: Id;
    readonly name: string;
    readonly roles: readonly { readonly role: Role; readonly office: Code }[];
  }[];
}

export interface How {
  readonly as: Official;
  readonly at?: InstantAt;
  readonly performedBy?: Id;
  /** The version that governs the case, where it is not the one in `data/`. */
  readonly procedure?: Procedure;
  /** Versions of the procedure besides the one in `data/`. */
  readonly published?: CommandContext['published'];
  readonly linked?: readonly LinkedCase[];
}

/** A command and how it is asked. */
type Step = readonly [CaseCommand, How];

/** The type of an event, or the type and what its data must at least hold. */
export type EventMatcher = CaseEventType | { readonly type: CaseEventType; readonly data: object };

/** A command that was asked, and whether the scenario that asked it held. */
export interface Told {
  readonly command: CaseCommandType;
  readonly ended: 'accepted' | 'rejected';
}

/** The case of every named stage. */
export const CASE_ID = '3f2a8c10-5b7d-5e64-9a01-c2d3e4f50617';
/** The case that a command opens beside it. */
export const LINK_ID = '7e1d2c3b-4a5f-5678-9abc-def012345678';
const SHA = '0'.repeat(64);
const SUBJECT = '9d0c1b2a-3e4f-5a6b-8c7d-0e1f2a3b4c5d';

/** An official of the register with one role; until further notice unless a period is given. */
export function official(id: Id, role: Role, office: Code, period: { from?: string; to?: string } = {}): Official {
  return { id, name: id, assignments: [{ role, office, from: period.from ?? null, to: period.to ?? null }], delegations: [] };
}

/** One asked command; `then` and `thenRejected` throw when it ended otherwise, and say how. */
export class Asked {
  constructor(
    readonly command: CaseCommand,
    readonly before: CaseState,
    readonly decision: Decision<CaseEvent>,
    private readonly tell: (told: Told) => void,
  ) {}

  get events(): readonly CaseEvent[] {
    const { rejection } = this.decision;
    if (rejection !== undefined) throw new Error(`${this.command.type} was rejected: ${rejection.code} (${rejection.reason.en})`);
    return this.decision.events;
  }

  /** The case after the command. */
  get after(): CaseFile {
    return caseOf(this.events, this.before);
  }

  /** Exactly these events, in this order; of an event's data at least what is named. */
  // biome-ignore lint/suspicious/noThenProperty: a scenario reads given, when, then; it is never awaited
  then(...expected: readonly EventMatcher[]): this {
    const types = expected.map((e) => (typeof e === 'string' ? e : e.type));
    const actual = this.events.map((e) => e.type);
    if (types.join() !== actual.join())
      throw new Error(`${this.command.type} led to ${actual.join(', ')}, not to ${types.join(', ')}`);
    expected.forEach((matcher, i) => {
      const event = this.events[i];
      if (typeof matcher !== 'string' && !holds(event?.data, matcher.data))
        throw new Error(`${matcher.type} has ${JSON.stringify(event?.data)}, which lacks ${JSON.stringify(matcher.data)}`);
    });
    this.tell({ command: this.command.type, ended: 'accepted' });
    return this;
  }

  /** Refused with this code, with a reason in both languages. */
  thenRejected(code: Code): this {
    const { rejection } = this.decision;
    if (rejection === undefined)
      throw new Error(
        `${this.command.type} was accepted, not rejected with ${code}: ${this.events.map((e) => e.type).join(', ')}`,
      );
    if (rejection.code !== code)
      throw new Error(`${this.command.type} was rejected with ${rejection.code} (${rejection.reason.en}), not with ${code}`);
    if (rejection.reason.id === '' || rejection.reason.en === '') throw new Error(`${code} gives no reason in both languages`);
    this.tell({ command: this.command.type, ended: 'rejected' });
    return this;
  }
}

/** The people, the cases and the `given` of one spec file. `told` grows with every scenario that held. */
export function caseScenarios(data: ScenarioData) {
  const offices: OfficeTree = new Map(parseOffices(data.offices).map((office) => [office.code, office]));
  const calendar: Calendar = parseCalendar(data.calendar, 1);
  const psk = parseProcedure(data.psk, 'PSK.json');
  const importedLog = parseProcedure(data.imported, 'IMPORTED.json');
  const sworn = withOath(psk);
  const told: Told[] = [];

  const person = (login: Id): Official => {
    const found = data.people.find((p) => p.login === login);
    if (found === undefined) throw new Error(`demo-people.json knows no ${login}`);
    const assignments = found.roles.map((r) => ({ ...r, from: null, to: null }));
    return { id: login, name: found.name, assignments, delegations: [] };
  };
  const people = {
    officerKupang: person('officer.kupang'),
    officer2Kupang: person('officer2.kupang'),
    supervisorKupang: person('supervisor.kupang'),
    officerAtambua: person('officer.atambua'),
    supervisorAtambua: person('supervisor.atambua'),
    intakeMotaain: person('intake.motaain'),
    kanwilNtt: person('kanwil.ntt'),
    ahu: person('ahu'),
    minister: person('minister'),
    auditorNtt: person('auditor.ntt'),
    admin: person('admin'),
    importer: person('importer'),
    panelDukcapil: person('panel.dukcapil'),
    panelPolice: person('panel.police'),
    panelTax: person('panel.tax-office'),
  };

  const contextOf = (state: CaseState, command: CaseCommand | undefined, how: How): CommandContext & { linkId: Id } => {
    const at = how.at ?? nextAt(state);
    const code = state?.procedure.code ?? (command !== undefined && 'procedure' in command ? command.procedure.code : 'PSK');
    const procedure = how.procedure ?? [importedLog, sworn].find((one) => one.code === code) ?? psk;
    return {
      actor: actorOn(how.as, at.slice(0, 10)),
      ...(how.performedBy === undefined ? {} : { performedBy: how.performedBy }),
      at,
      procedure,
      calendar,
      offices,
      published: [{ ...procedure, sha256: SHA }, ...(how.published ?? [])],
      linked: how.linked ?? [],
      linkId: LINK_ID,
    };
  };

  const given = (...history: readonly (CaseEvent | readonly CaseEvent[])[]) => {
    const before = fold(history.flat(), initialState);
    return {
      when: (command: CaseCommand, how: How): Asked =>
        new Asked(command, before, decide(command, before, contextOf(before, command, how)), (t) => told.push(t)),
    };
  };

  /** A history by real commands; a step that is refused is an error of the spec. */
  const history = (...steps: readonly (readonly [CaseCommand, How])[]): readonly CaseEvent[] => {
    let events: readonly CaseEvent[] = [];
    for (const [command, how] of steps) events = [...events, ...given(events).when(command, how).events];
    return events;
  };

  const pin = (procedure: Procedure) => ({ code: procedure.code, version: procedure.version, sha256: SHA });
  const openDraft = (name = 'Maria Contoh', office = 'KANIM-KPG'): Extract<CaseCommand, { type: 'OpenDraft' }> => ({
    type: 'OpenDraft',
    caseId: CASE_ID,
    procedure: pin(psk),
    office,
    channel: 'counter',
    subjectId: SUBJECT,
    subject: { name, born: '1974', birthPlace: 'Dili' },
  });
  const receive = (evidence: Code, nth = 1): CaseCommand => ({
    type: 'ReceiveEvidence',
    evidenceId: `${evidence}-${nth}`,
    evidence,
    title: `Contoh ${evidence}`,
  });
  const finding = (fact: Code, value: boolean | string, ...evidence: Id[]): CaseCommand => ({
    type: 'RecordFinding',
    fact,
    value,
    evidence,
    reason: 'Menurut surat itu.',
  });
  const openImported = (fourEyes: 'observed' | 'enforced' = 'observed', dueAt?: InstantAt): CaseCommand => ({
    type: 'OpenImportedCase',
    caseId: CASE_ID,
    procedure: pin(importedLog),
    office: 'KANIM-KPG',
    channel: 'Internet',
    sourceCase: 'case-10011',
    ...(dueAt === undefined ? {} : { dueAt }),
    fourEyes,
  });

  const convene: CaseCommand = {
    type: 'ConvenePanel',
    members: ['dukcapil', 'police', 'tax-office'].map((agency) => ({ official: `panel.${agency}`, agency })),
  };
  const inPanel = (position: 'agrees' | 'dissents', outcome: Code): CaseCommand => ({
    type: 'RecordPanelFinding',
    position,
    outcome,
    reason: 'Menurut catatan instansi kami.',
  });
  /** A panel that agrees, at the time of the officer who convenes it. */
  const panel = (how: How, outcome: Code): readonly Step[] => [
    [convene, how],
    ...[people.panelDukcapil, people.panelPolice, people.panelTax].map(
      (as): Step => [inPanel('agrees', outcome), { ...how, as }],
    ),
    [{ type: 'ConcludePanel', outcome }, how],
  ];

  const officer: How = { as: people.officerKupang };
  const on = (date: string, how: How = officer): How => ({ ...how, at: `${date}T01:00:00.000Z` });
  const draft: readonly Step[] = [[openDraft(), on('2025-03-03')]];
  const withPapers: readonly Step[] = [
    ...draft,
    [receive('application-letter'), on('2025-03-03')],
    [receive('identity-paper'), on('2025-03-03')],
    [receive('birth-record'), on('2025-03-03')],
  ];
  const lodged: readonly Step[] = [...withPapers, [{ type: 'LodgeApplication' }, on('2025-03-03')]];
  const screening: readonly Step[] = [...lodged, [{ type: 'BeginScreening' }, on('2025-03-04')]];
  const examination: readonly Step[] = [
    ...screening,
    [{ type: 'VerifyEvidence', evidenceId: 'identity-paper-1', method: 'original-seen' }, on('2025-03-04')],
    [{ type: 'VerifyEvidence', evidenceId: 'birth-record-1', method: 'register-inquiry' }, on('2025-03-04')],
    [{ type: 'AcceptAsComplete' }, on('2025-03-05')],
  ];
  // The mother was Indonesian: whatever the father was, married or not, one letter of art. 4 holds. No more need be known.
  const examined: readonly Step[] = [
    ...examination,
    [finding('falseDataFound', false, 'identity-paper-1'), on('2025-03-06')],
    [finding('identityEstablished', true, 'identity-paper-1'), on('2025-03-06')],
    [finding('anotherCitizenshipHeld', false, 'identity-paper-1'), on('2025-03-06')],
    [finding('acquiredForeignCitizenship', false, 'identity-paper-1'), on('2025-03-06')],
    [finding('lossDecided', false, 'identity-paper-1'), on('2025-03-06')],
    [finding('foreignPassportHeld', false, 'identity-paper-1'), on('2025-03-06')],
    [finding('limitedDualNational', false, 'identity-paper-1'), on('2025-03-06')],
    [finding('marriedToForeigner', false, 'identity-paper-1'), on('2025-03-06')],
    [finding('bornBeforeAct2006', false, 'identity-paper-1'), on('2025-03-06')],
    [finding('motherCitizenshipAtBirth', 'wni', 'birth-record-1'), on('2025-03-06')],
  ];
  const panelConvened: readonly Step[] = [...examined, [convene, on('2025-03-07')]];
  const panelHeard: readonly Step[] = [
    ...panelConvened,
    [inPanel('agrees', 'wni-affirmed'), on('2025-03-08', { as: people.panelDukcapil })],
    [inPanel('agrees', 'wni-affirmed'), on('2025-03-08', { as: people.panelPolice })],
    [inPanel('dissents', 'wni-affirmed'), on('2025-03-08', { as: people.panelTax })],
  ];
  const panelConcluded: readonly Step[] = [...panelHeard, [{ type: 'ConcludePanel', outcome: 'wni-affirmed' }, on('2025-03-09')]];
  const inReview: readonly Step[] = [
    ...panelConcluded,
    [{ type: 'RecommendDetermination', outcome: 'wni-affirmed', reason: 'Ibu WNI.' }, on('2025-03-10')],
  ];
  const atMinistry: readonly Step[] = [
    ...inReview,
    [{ type: 'ReferCase', reason: 'Kewenangan Menteri.' }, on('2025-03-11', { as: people.supervisorKupang })],
    [{ type: 'ReferCase', reason: 'Kewenangan Menteri.' }, on('2025-03-12', { as: people.kanwilNtt })],
    [{ type: 'ReferCase', reason: 'Kewenangan Menteri.' }, on('2025-03-13', { as: people.ahu })],
  ];
  const determined: readonly Step[] = [
    ...atMinistry,
    [{ type: 'ApproveDetermination', reason: 'Sesuai.' }, on('2025-03-14', { as: people.minister })],
  ];
  const inRemedyWindow: readonly Step[] = [
    ...determined,
    [{ type: 'ServeDetermination', servedOn: '2025-03-17', method: 'in-person' }, on('2025-03-17')],
  ];
  const toSwear: readonly Step[] = inRemedyWindow.map(([command, how]) => [
    command.type === 'OpenDraft' ? { ...command, procedure: pin(sworn) } : command,
    how,
  ]);
  const swornIn: readonly Step[] = [...toSwear, [{ type: 'RecordOath', takenOn: '2025-03-19' }, on('2025-03-19')]];
  const closed: readonly Step[] = [
    ...inRemedyWindow,
    [{ type: 'CloseCase', reason: 'Tidak ada keberatan.' }, on('2025-06-02', { as: people.supervisorKupang })],
  ];
  const awaitingApplicant: readonly Step[] = [
    ...screening,
    [{ type: 'ReturnAsIncomplete', missing: ['birth-record'], reason: 'Tidak terbaca.' }, on('2025-03-06')],
  ];
  const withdrawn: readonly Step[] = [
    ...lodged,
    [{ type: 'WithdrawApplication', withdrawnOn: '2025-03-04', reason: 'Atas permintaan.' }, on('2025-03-04')],
  ];
  const indicated: readonly Step[] = [
    ...panelConcluded,
    [
      { type: 'RecordIndicator', indicatorId: 'indicator-1', indicator: 'debt-bondage', reason: 'Paspor ditahan majikan.' },
      on('2025-03-10'),
    ],
  ];
  /** Someone is kept out of it, and an original of the person's is held. */
  const guarded: readonly Step[] = [
    ...examination,
    [{ type: 'DeclareConflict', ground: 'relative', reason: 'Sepupu.' }, on('2025-03-06', { as: people.officer2Kupang })],
    [{ type: 'TakeCustody', custodyId: 'o-1', paper: 'passport', takenOn: '2025-03-06' }, on('2025-03-06')],
  ];
  const consulted: readonly Step[] = [
    ...examination,
    [
      { type: 'RequestConsultation', consultationId: 'consultation-1', agency: 'dukcapil', question: 'Apakah tercatat?' },
      on('2025-03-07'),
    ],
  ];
  const imported: readonly Step[] = [
    [openImported('observed', '2025-05-01T00:00:00.000Z'), on('2025-03-03', { as: people.importer })],
  ];
  const importedClosed: readonly Step[] = [
    ...imported,
    [{ type: 'CloseImportedCase' }, on('2025-04-01', { as: people.importer })],
  ];

  /** What escalation asks besides the case, at an instant; the officials of `data/demo-people.json` unless others are named. */
  const escalationAt = (at: InstantAt, officials: readonly Official[] = Object.values(people)): EscalationContext => ({
    procedure: psk,
    calendar,
    offices,
    at,
    roster: (role, office) => presentIn(officials, role, office, dateIn('Asia/Makassar', at)),
  });

  const cases = {
    none: (): readonly CaseEvent[] => [],
    draft: () => history(...draft),
    lodged: () => history(...lodged),
    screening: () => history(...screening),
    awaitingApplicant: () => history(...awaitingApplicant),
    examination: () => history(...examination),
    examined: () => history(...examined),
    panelConvened: () => history(...panelConvened),
    panelHeard: () => history(...panelHeard),
    panelConcluded: () => history(...panelConcluded),
    indicated: () => history(...indicated),
    guarded: () => history(...guarded),
    consulted: () => history(...consulted),
    inReview: () => history(...inReview),
    atMinistry: () => history(...atMinistry),
    determined: () => history(...determined),
    inRemedyWindow: () => history(...inRemedyWindow),
    toSwear: () => history(...toSwear),
    swornIn: () => history(...swornIn),
    closed: () => history(...closed),
    withdrawn: () => history(...withdrawn),
    imported: () => history(...imported),
    importedClosed: () => history(...importedClosed),
  };

  return {
    people,
    cases,
    given,
    history,
    contextOf,
    escalationAt,
    commands: { openDraft, receive, finding, openImported, panel },
    offices,
    calendar,
    psk,
    importedLog,
    told,
  };
}

/** The procedure, where its grant takes effect with an oath within three months, and papers are handed in within 14 working days of that. */
function withOath(procedure: Procedure): Procedure {
  const [delivery] = procedure.clocks.filter((clock) => clock.code === 'delivery');
  if (delivery === undefined) throw new Error('PSK has no delivery clock');
  const basis: Citation = { act: 'UU 12/2006', article: '14' };
  return {
    ...procedure,
    code: 'SWORN',
    outcomes: procedure.outcomes.map((one) => (one.code === 'wni-affirmed' ? { ...one, oath: basis } : one)),
    clocks: [
      ...procedure.clocks,
      {
        ...delivery,
        code: 'oath',
        length: { unit: 'months', amount: 3 },
        startsWith: ['DeterminationServed'],
        stopsWith: ['OathTaken', 'CaseReopened'],
        lapses: {
          effect: 'lapse',
          outcome: 'not-established',
          on: true,
          onlyAfter: ['SummonedToOath'],
          warnDaysBefore: 30,
          legalBasis: [basis],
          confidence: 'S',
          effectiveFrom: null,
          effectiveTo: null,
        },
      },
      {
        ...delivery,
        code: 'hand-in',
        length: { unit: 'working-days', amount: 14 },
        startsWith: ['OathTaken'],
        stopsWith: ['PapersHandedIn', 'CaseReopened'],
        outlivesCase: true,
      },
    ],
  };
}

/** All events of a case, folded. */
export function fold(events: readonly CaseEvent[], from: CaseState = initialState): CaseState {
  return events.reduce<CaseState>(evolve, from);
}

/** The same for a case that must be there. */
export function caseOf(events: readonly CaseEvent[], from: CaseState = initialState): CaseFile {
  const state = fold(events, from);
  if (state === undefined) throw new Error('No event opened a case');
  return state;
}

/** An hour of the working day after the last act, unless a scenario names its own. */
function nextAt(state: CaseState): InstantAt {
  return state === undefined ? '2025-03-03T01:00:00.000Z' : '2025-03-20T01:00:00.000Z';
}

function holds(actual: unknown, expected: unknown): boolean {
  if (typeof expected !== 'object' || expected === null) return Object.is(actual, expected);
  if (typeof actual !== 'object' || actual === null) return false;
  const values = new Map<string, unknown>(Object.entries(actual));
  if (Array.isArray(expected) && (!Array.isArray(actual) || actual.length !== expected.length)) return false;
  return Object.entries(expected).every(([key, value]) => holds(values.get(key), value));
}
