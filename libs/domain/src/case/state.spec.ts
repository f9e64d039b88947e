import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { PersonalPart } from '../event.js';
import { caseOf, caseScenarios, fold } from '../testing/case-scenario.js';
import type { CaseEvent } from './events.js';
import { evaluateCase } from './policies.js';
import { evolve, initialState } from './state.js';

const read = (file: string) => JSON.parse(readFileSync(`data/${file}`, 'utf8'));
const { people, cases, given, commands, history, offices, psk } = caseScenarios({
  offices: read('offices-ntt.json'),
  calendar: read('calendar-id.json'),
  psk: read('procedures/PSK.json'),
  imported: read('procedures/IMPORTED.json'),
  people: read('demo-people.json'),
});
const officer = { as: people.officerKupang };
/** As a store gives it back: through the text of its JSON. */
const stored = (events: readonly CaseEvent[]): readonly CaseEvent[] => JSON.parse(JSON.stringify(events));
const erased = (events: readonly CaseEvent[]): readonly CaseEvent[] =>
  events.map((event): CaseEvent => {
    const { personal } = event.data;
    if (personal === undefined) return event;
    const gone = personal.map(
      ({ personId, retentionClass }): PersonalPart => ({ personId, retentionClass, fields: {}, erased: true }),
    );
    return { ...event, data: { ...event.data, personal: gone } } as CaseEvent;
  });

const names = [
  ['a name that databases take for nothing', 'NULL'],
  ['a name that spreadsheets take for nothing', 'NA'],
  ['a name that parsers take for a yes', 'true'],
  ['a name that is a property of every object', '__proto__'],
  ['an apostrophe', 'O\u2019Brien and O\u0027Brien'],
  ['right to left', 'مريم بنت يوسف'],
  ['combining marks, not composed', 'Mari\u0301a Jose\u0301'],
  ['composed marks', 'Mar\u00eda Jos\u00e9'],
  ['spaces around and between', '  Maria   da  Costa '],
  ['outside the basic plane', '𠮷田'],
  ['a direction mark within', 'Maria\u200fXimenes'],
] as const;

describe('what a person is called and says', () => {
  it.each(names)('comes back byte for byte: %s', (_, name) => {
    const born = `about ${name}`;
    const command = {
      ...commands.openDraft(name),
      subject: { name, born, birthPlace: name, identityNumbers: [{ kind: 'nik', number: name }] },
    };
    const state = caseOf(stored(given().when(command, officer).events));
    expect(state.subject).toEqual(command.subject);
    const amended = given(history([command, officer])).when({ type: 'AmendDraft', subject: { name } }, officer);
    expect(caseOf(stored(amended.events), amended.before).subject).toEqual({ name });
  });

  it('comes back byte for byte whatever it is, titles, notes and reasons too', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (words) => {
        const steps = history(
          [commands.openDraft(words), officer],
          [
            { type: 'ReceiveEvidence', evidenceId: 'e-1', evidence: 'statement', title: words, number: words, issuer: words },
            officer,
          ],
          [
            { type: 'WithdrawApplication', withdrawnOn: '2025-03-03', reason: words },
            { ...officer, at: '2025-03-04T01:00:00.000Z' },
          ],
        );
        const state = caseOf(stored(steps));
        expect([state.subject?.name, ...state.evidence.flatMap((e) => [e.title, e.number, e.issuer])]).toEqual([
          words,
          words,
          words,
          words,
        ]);
        expect(steps.at(-1)?.data.personal?.[0]?.fields.reason).toBe(words);
      }),
    );
  });

  it('stands nowhere outside the personal parts, in any event of a whole case', () => {
    const word = 'Xyzzyplugh';
    const said = history(
      [commands.openDraft(word), officer],
      [
        {
          type: 'ReceiveEvidence',
          evidenceId: 'birth-record-1',
          evidence: 'birth-record',
          title: word,
          number: word,
          issuer: word,
        },
        officer,
      ],
      [commands.receive('identity-paper'), officer],
      [commands.receive('application-letter'), officer],
      [{ type: 'LodgeApplication' }, officer],
      [{ type: 'BeginScreening' }, officer],
      [{ type: 'VerifyEvidence', evidenceId: 'birth-record-1', method: 'original-seen', note: word }, officer],
      [{ type: 'AcceptAsComplete' }, officer],
      [{ type: 'RequestEvidence', evidence: 'statement', reason: word }, officer],
      [{ type: 'RecordInterview', interviewId: 'i-1', heldOn: '2025-03-03', notes: word }, officer],
      [{ type: 'RequestConsultation', consultationId: 'c-1', agency: 'dukcapil', question: word }, officer],
      [{ type: 'RecordConsultationReply', consultationId: 'c-1', answeredOn: '2025-03-03', reply: word }, officer],
      [{ type: 'RecordFinding', fact: 'falseDataFound', value: false, evidence: ['i-1'], reason: word }, officer],
      [{ type: 'WriteNote', note: word }, officer],
      [{ type: 'RecordIndicator', indicatorId: 'in-1', indicator: 'debt-bondage', reason: word }, officer],
      ...commands
        .panel(officer, 'not-established')
        .map(([command, how]) =>
          command.type === 'RecordPanelFinding' ? ([{ ...command, reason: word }, how] as const) : ([command, how] as const),
        ),
      [{ type: 'RecommendDetermination', outcome: 'not-established', reason: word }, officer],
    );
    expect(JSON.stringify(said)).toContain(word);
    for (const { type, data } of said)
      expect([type, JSON.stringify({ ...data, personal: [] })]).not.toEqual([type, expect.stringContaining(word)]);
  });
});

describe('after the key of a person is destroyed', () => {
  it.each(Object.entries(cases))('the case still folds to the same stage: %s', (_, build) => {
    const events = build();
    expect(fold(erased(events))?.progress.stage).toBe(fold(events)?.progress.stage);
  });
  it('what was said reads back as missing, and the facts as unknown', () => {
    const state = caseOf(erased(cases.examined()));
    expect(state.subject).toBeUndefined();
    expect(state.evidence.map((e) => e.title)).toEqual([undefined, undefined, undefined]);
    expect(state.findings.map((f) => [f.value, f.reason])).toEqual(state.findings.map(() => [undefined, undefined]));
    const asked = { offices, at: '2025-03-20T01:00:00.000Z' };
    expect(evaluateCase(state, psk, asked).unknown).toEqual(evaluateCase(caseOf(cases.examination()), psk, asked).unknown);
  });
});

describe('evolve', () => {
  it('starts from nothing and changes nothing it was given', () => {
    const events = cases.closed();
    const frozen = (value: object): void => {
      Object.freeze(value);
      for (const inner of Object.values(value)) if (typeof inner === 'object' && inner !== null) frozen(inner);
    };
    let state = initialState;
    for (const event of events) {
      if (state !== undefined) frozen(state);
      frozen(event);
      state = evolve(state, event);
    }
    expect(state?.progress.stage).toBe('closed');
  });
  it('refuses a stream that no case was opened in: that is a broken stream, not a rejection', () => {
    expect(() => evolve(undefined, { type: 'ScreeningResumed', data: { by: 'x', at: '2025-03-03T01:00:00.000Z' } })).toThrow(
      'no case was opened',
    );
  });

  it('names an event it does not know by its type only: the message goes to a log', () => {
    const personal = [{ personId: 'p', retentionClass: 'case', fields: { name: 'Lupa' } }];
    const unknown = { type: 'CaseTeleported', data: { personal } } as never;
    expect(() => evolve(undefined, unknown)).toThrow(/^(?!.*Lupa).*CaseTeleported/);
  });
});
