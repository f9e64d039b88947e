/** Promise R9: what was known when, what was true when. */
import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { CaseEvent } from '#domain/case/events.js';
import { readingOf } from './case-desk.js';
import type { RecordedEvent } from './port.js';

const DAY_MS = 86_400_000;
const START = Date.parse('2026-01-01T00:00:00.000Z');
const DAYS = 40;
const QUERIES_PER_LOG = 100;
const LOGS = 100;
const FACTS = ['identityEstablished', 'lossDecided', 'falseDataFound'];

interface Entry {
  readonly recordedMs: number;
  readonly effectiveMs: number;
  readonly event: CaseEvent;
}

const instant = (ms: number): string => new Date(ms).toISOString();

function act(kind: number, value: number, at: string): CaseEvent {
  const by = `officer-${value % 3}`;
  switch (kind) {
    case 0:
      return { type: 'OfficerAssigned', data: { by, at, officer: `officer-${value}` } };
    case 1:
      return {
        type: 'FindingRecorded',
        data: {
          ...{ by, at, fact: FACTS[value % FACTS.length] ?? '', evidence: ['e-1'] },
          personal: [{ personId: 'p', retentionClass: 'case-file', fields: { value } }],
        },
      };
    case 2:
      return { type: 'InterviewRecorded', data: { by, at, interviewId: `i-${value}`, heldOn: at.slice(0, 10) } };
    default:
      return { type: 'ApplicationWithdrawn', data: { by, at, withdrawnOn: at.slice(0, 10) } };
  }
}

const log = fc
  .array(
    fc.record({
      kind: fc.integer({ min: 0, max: 3 }),
      value: fc.integer({ min: 0, max: 9 }),
      // Most acts are entered when they happen; some days later, some (a law's act) count from days before, some from a day to come.
      recordedGapMs: fc.integer({ min: 0, max: 3 * DAY_MS }),
      effectiveGapMs: fc.oneof(fc.constant(0), fc.integer({ min: -20 * DAY_MS, max: 5 * DAY_MS })),
    }),
    { minLength: 1, maxLength: 25 },
  )
  .map((acts): readonly Entry[] => {
    let recordedMs = START;
    return [
      {
        recordedMs,
        effectiveMs: recordedMs,
        event: {
          type: 'DraftOpened',
          data: {
            ...{ by: 'officer-0', at: instant(START), caseId: 'c', office: 'KANIM-KPG', channel: 'counter', subject: 'p' },
            procedure: { code: 'PSK', version: '1', sha256: '0'.repeat(64) },
          },
        },
      },
      ...acts.map(({ kind, value, recordedGapMs, effectiveGapMs }) => {
        recordedMs += recordedGapMs;
        const effectiveMs = recordedMs + effectiveGapMs;
        return { recordedMs, effectiveMs, event: act(kind, value, instant(effectiveMs)) };
      }),
    ];
  });

/** The last of those that count, by hand: no fold, one attribute at a time. */
function expected(entries: readonly Entry[], knownByMs: number, trueByMs: number) {
  const counting = entries.filter(({ recordedMs, effectiveMs }) => recordedMs <= knownByMs && effectiveMs < trueByMs);
  const last = <T extends CaseEvent['type']>(type: T, also: (event: Extract<CaseEvent, { type: T }>) => boolean = () => true) =>
    counting
      .map(({ event }) => event)
      .filter((event): event is Extract<CaseEvent, { type: T }> => event.type === type)
      .findLast(also);
  const value = (fact: string) =>
    last('FindingRecorded', ({ data }) => data.fact === fact)?.data.personal?.[0]?.fields.value ?? null;
  return {
    officer: last('OfficerAssigned')?.data.officer ?? null,
    findings: FACTS.map(value),
    interviews: counting.flatMap(({ event }) => (event.type === 'InterviewRecorded' ? [event.data.interviewId] : [])),
    stage: last('ApplicationWithdrawn') === undefined ? 'draft' : 'withdrawn',
  };
}

it('10,000 views of a case, by when it was known and on which date it was true, are what a naive model says', () => {
  let queries = 0;
  let cut = 0;
  const query = fc.record({
    knownByMs: fc.integer({ min: START, max: START + DAYS * DAY_MS }),
    day: fc.integer({ min: 0, max: DAYS }),
  });
  fc.assert(
    fc.property(log, fc.array(query, { minLength: QUERIES_PER_LOG, maxLength: QUERIES_PER_LOG }), (entries, asked) => {
      const events = entries.map(
        ({ recordedMs, effectiveMs, event }, revision): RecordedEvent => ({
          ...{ id: `e-${revision}`, schemaVersion: 1, stream: 'case-c', revision, position: String(revision + 1) },
          ...event,
          metadata: {
            ...{ actor: 'a', commandId: `m-${revision}`, correlationId: 'k', hash: '' },
            recordedAt: instant(recordedMs),
            effectiveAt: instant(effectiveMs),
          },
        }),
      );
      for (const { knownByMs, day } of asked) {
        // A day of Kupang ends at 16:00 UTC.
        const trueByMs = START + day * DAY_MS + 16 * 3_600_000;
        const effectiveOn = instant(START + day * DAY_MS).slice(0, 10);
        const { state } = readingOf(events, { asOf: instant(knownByMs), effectiveOn });
        queries += 1;
        const { officer, findings, interviews, stage } = expected(entries, knownByMs, trueByMs);
        if (interviews.length > 0 || officer !== null) cut += 1;
        if (state === undefined) {
          expect({ officer, findings, interviews }).toEqual({ officer: null, findings: [null, null, null], interviews: [] });
          continue;
        }
        expect({
          officer: state.officer ?? null,
          findings: FACTS.map((fact) => state.findings.find((one) => one.fact === fact)?.value ?? null),
          interviews: state.interviews.map(({ interviewId }) => interviewId),
          stage: state.progress.stage,
        }).toEqual({ officer, findings, interviews, stage });
      }
    }),
    { numRuns: LOGS },
  );
  expect(queries).toBeGreaterThanOrEqual(10_000);
  expect(cut).toBeGreaterThan(1000);
});
