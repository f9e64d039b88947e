import { describe, expect, it } from '@jest/globals';
import type { CaseFile } from '../case/state.js';
import type { Code, Id } from '../event.js';
import type { Office, OfficeTree } from '../office/office.js';
import type { Capacity } from '../office/official.js';
import {
  certify,
  type Destruction,
  type DestructionCommand,
  type DestructionContext,
  decideDestruction,
  evolveDestruction,
} from './destruction.js';
import type { DestructionEvent } from './events.js';
import { keptUntil, parseRetention, type RetentionSchedule } from './retention.js';

const schedule: RetentionSchedule = [
  {
    procedure: 'PSK',
    outcome: 'rejected-false-data',
    years: 30,
    legalBasis: [{ act: 'UU 43/2009', article: '–' }],
    confidence: 'U',
  },
  { procedure: 'PSK', years: 10, legalBasis: [], confidence: 'U' },
];
const office = (code: Code, parent: Code | undefined): Office => ({
  code,
  kind: 'immigration-office',
  name: code,
  timeZone: 'Asia/Makassar',
  parents: parent === undefined ? [] : [{ code: parent, from: null, to: null }],
});
const offices: OfficeTree = new Map([office('KANWIL', undefined), office('KANIM', 'KANWIL')].map((one) => [one.code, one]));
const CLOSED = '2026-03-01T01:00:00.000Z';
const closed = (over: Partial<CaseFile> = {}): CaseFile =>
  ({
    caseId: 'c-1',
    procedure: { code: 'PSK', version: '1', sha256: '' },
    office: 'KANIM',
    offices: ['KANIM'],
    openedAtOffice: 'KANIM',
    determinations: [],
    links: [],
    lastAt: { CaseClosed: CLOSED },
    progress: { stage: 'closed' },
    ...over,
  }) as CaseFile;
const supervisor: Capacity = { role: 'supervisor', office: 'KANIM' };
const context = (id: Id, at: string, over: Partial<DestructionContext> = {}): DestructionContext => ({
  ...{ actor: { id, capacities: [supervisor] }, at, offices, personId: 'p', cases: [closed()], schedule },
  ...over,
});
const LATER = '2036-03-01T16:00:00.000Z'; // 2 March in Kupang

/** What commands lead to, one after another; the last may be rejected. */
function led(...steps: readonly (readonly [DestructionCommand, DestructionContext])[]) {
  let state: Destruction | undefined;
  const said: string[] = [];
  for (const [command, at] of steps) {
    const { events = [], rejection } = decideDestruction(state, command, at);
    said.push(...events.map(({ type }) => type), ...(rejection === undefined ? [] : [rejection.code]));
    state = events.reduce<Destruction | undefined>((before, event: DestructionEvent) => evolveDestruction(before, event), state);
  }
  return { state, said };
}
const request: DestructionCommand = { type: 'RequestDestruction', destructionId: 'd' };
const confirm: DestructionCommand = { type: 'ConfirmDestruction' };
const hold: DestructionCommand = { type: 'PlaceLegalHold', holdId: 'h', ground: 'court-case' };
const lift: DestructionCommand = { type: 'LiftLegalHold', holdId: 'h' };

describe('retention', () => {
  it('is the first period that fits, by procedure and outcome, from the day of closing', () => {
    expect(keptUntil(schedule, { procedure: 'PSK', outcome: 'rejected-false-data' }, '2026-02-28').until).toBe('2056-02-28');
    expect(keptUntil(schedule, { procedure: 'PSK', outcome: 'wni-affirmed' }, '2024-02-29').until).toBe('2034-02-28');
    expect(keptUntil(schedule, { procedure: 'SKIM' }, '2026-01-01').years).toBe(100);
  });
  it.each([
    [{}],
    [[]],
    [[{ years: 0, legalBasis: [], confidence: 'U' }]],
    [[{ years: 1, legalBasis: [{}], confidence: 'U' }]],
    [[{ years: 1, legalBasis: [], confidence: 'X' }]],
  ])('%j is no schedule', (content) => {
    expect(() => parseRetention(content)).toThrow();
  });
});

describe('destruction', () => {
  it('is requested by one and confirmed by another, once retention is over, and certified once', () => {
    const { state, said } = led([request, context('a', LATER)], [confirm, context('b', LATER)]);
    expect(said).toEqual(['DestructionRequested', 'DestructionConfirmed']);
    const { events = [] } = certify(state, { keys: 2, retentionClasses: ['case-file'], at: LATER });
    expect(events).toEqual([
      {
        type: 'PersonalDataDestroyed',
        data: {
          ...{ personId: 'p', by: 'destroyer', at: LATER, destructionId: 'd', requestedBy: 'a', confirmedBy: 'b' },
          ...{ keys: 2, retentionClasses: ['case-file'], cases: [{ caseId: 'c-1', procedure: 'PSK', keptUntil: '2036-03-01' }] },
        },
      },
    ]);
    const destroyed = events.reduce<Destruction | undefined>((before, event) => evolveDestruction(before, event), state);
    expect(certify(destroyed, { keys: 0, retentionClasses: [], at: LATER }).rejection?.code).toBe('not-requested');
    expect(decideDestruction(destroyed, hold, context('a', LATER)).rejection?.code).toBe('destroyed-already');
  });
  it('is not confirmed by who requested it, nor without a request', () => {
    expect(led([request, context('a', LATER)], [confirm, context('a', LATER)]).said).toEqual([
      'DestructionRequested',
      'four-eyes',
    ]);
    expect(led([confirm, context('a', LATER)]).said).toEqual(['not-requested']);
    expect(certify(undefined, { keys: 1, retentionClasses: [], at: LATER }).rejection?.code).toBe('not-requested');
  });
  it('waits for the last day of retention to pass, in the zone of the office', () => {
    expect(led([request, context('a', '2036-03-01T15:59:59.999Z')]).said).toEqual(['retention-not-over']);
    expect(led([request, context('a', LATER)]).said).toEqual(['DestructionRequested']);
  });
  it('waits while any case of the person is open, or kept longer', () => {
    const open = closed({ caseId: 'c-2', progress: { stage: 'examination' } });
    expect(led([request, context('a', LATER, { cases: [closed(), open] })]).said).toEqual(['case-open']);
    const later = closed({ caseId: 'c-2', lastAt: { CaseClosed: '2027-01-01T00:00:00.000Z' } });
    expect(led([request, context('a', LATER, { cases: [closed(), later] })]).said).toEqual(['retention-not-over']);
    // Reopened between request and confirmation.
    expect(led([request, context('a', LATER)], [confirm, context('b', LATER, { cases: [open] })]).said.at(-1)).toBe('case-open');
  });
  it('is blocked by a legal hold, before and after it was requested, until another lifts it', () => {
    expect(led([hold, context('a', CLOSED)], [request, context('b', LATER)]).said.at(-1)).toBe('legal-hold');
    expect(led([request, context('a', LATER)], [hold, context('c', LATER)], [confirm, context('b', LATER)]).said.at(-1)).toBe(
      'legal-hold',
    );
    expect(led([hold, context('a', LATER)], [lift, context('a', LATER)]).said.at(-1)).toBe('four-eyes');
    expect(led([lift, context('a', LATER)]).said).toEqual(['no-such-hold']);
    expect(led([hold, context('a', LATER)], [lift, context('b', LATER)], [request, context('a', LATER)]).said.at(-1)).toBe(
      'DestructionRequested',
    );
  });
  it('may be rejected, and requested anew', () => {
    const reject: DestructionCommand = { type: 'RejectDestruction', ground: 'claim-pending' };
    expect(
      led(
        [request, context('a', LATER)],
        [request, context('b', LATER)],
        [reject, context('b', LATER)],
        [request, context('b', LATER)],
      ).said,
    ).toEqual(['DestructionRequested', 'requested-already', 'DestructionRejected', 'DestructionRequested']);
    expect(led([reject, context('a', LATER)]).said).toEqual(['not-requested']);
  });
  it('is for those who review in an office that covers every case; for everyone else there is nobody, or it is not theirs', () => {
    const by = (capacities: readonly Capacity[], over: Partial<DestructionContext> = {}) =>
      led([request, context('a', LATER, { actor: { id: 'a', capacities }, ...over })]).said;
    expect(by([{ role: 'supervisor', office: 'ELSEWHERE' }])).toEqual(['out-of-scope']);
    expect(by([{ role: 'auditor', office: 'KANWIL' }])).toEqual(['role-may-not']);
    expect(by([supervisor], { cases: [closed(), closed({ office: 'KANWIL', offices: ['KANIM', 'KANWIL'] })] })).toEqual([
      'role-may-not',
    ]);
    expect(by([supervisor], { cases: [] })).toEqual(['out-of-scope']);
  });
});
