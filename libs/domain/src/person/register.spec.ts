/** Who may do what in the register, and that undoing a merge leaves everything as it was. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type CaseFile, evolve } from '../case/state.js';
import type { Decision, DomainEvent } from '../event.js';
import type { Office, OfficeTree } from '../office/office.js';
import type { Actor, Role } from '../office/official.js';
import type { MatchEvent, PersonEvent } from './events.js';
import type { Papers } from './matching.js';
import {
  decideMatch,
  decidePerson,
  evolveMatch,
  evolvePerson,
  type MatchCommand,
  type MatchRecord,
  type PersonContext,
  type PersonRecord,
  pairOf,
  samePersonAs,
} from './register.js';

const under = (code: string, parent?: string): [string, Office] => [
  code,
  {
    code,
    kind: 'immigration-office',
    name: code,
    timeZone: 'Asia/Makassar',
    parents: parent === undefined ? [] : [{ code: parent, from: null, to: null }],
  },
];
const offices: OfficeTree = new Map([under('KANWIL'), under('KUPANG', 'KANWIL'), under('ATAMBUA', 'KANWIL')]);
const at = '2026-03-02T01:00:00.000Z';
const official = (id: string, role: Role, office: string, actingFor?: string): Actor => ({
  id,
  capacities: [{ role, office, ...(actingFor === undefined ? {} : { actingFor }) }],
});
const caseAt = (office: string): CaseFile =>
  evolve(undefined, {
    type: 'DraftOpened',
    data: {
      by: 'officer',
      at,
      caseId: `case-${office}`,
      procedure: { code: 'PSK', version: '1', sha256: 'a'.repeat(64) },
      office,
      channel: 'counter',
      subject: 'p',
    },
  });
const papers: Papers = { names: [{ name: 'Maria Contohan' }], numbers: [], births: [] };
const inKupang = [caseAt('KUPANG')];
const inAtambua = [caseAt('ATAMBUA')];

const officer = official('officer', 'case-officer', 'KUPANG');
const supervisor = official('supervisor', 'supervisor', 'KUPANG');
const regional = official('regional', 'regional', 'KANWIL');

const code = (decision: Decision<DomainEvent>) => decision.rejection?.code ?? 'accepted';

describe('a record', () => {
  const decided = (actor: Actor, type: 'RegisterPerson' | 'RecordPapers', state?: PersonRecord, sides = [inKupang]) =>
    decidePerson(state, { type, caseId: 'case-KUPANG', papers, words: ['w'] }, { actor, at, offices, sides, personId: 'p' });
  const record: PersonRecord = { personId: 'p', registeredBy: 'officer', registeredAt: at, caseIds: ['case-KUPANG'] };

  it('is entered once by an officer of the case’s office, and recorded anew later', () => {
    expect(code(decided(officer, 'RegisterPerson'))).toBe('accepted');
    expect(code(decided(officer, 'RegisterPerson', record))).toBe('already-registered');
    expect(code(decided(officer, 'RecordPapers', record))).toBe('accepted');
    expect(code(decided(officer, 'RecordPapers'))).toBe('not-registered');
  });
  it('is nobody’s who may not see the case, nor of another role', () => {
    expect(code(decided(officer, 'RegisterPerson', undefined, [inAtambua]))).toBe('out-of-scope');
    expect(code(decided(supervisor, 'RegisterPerson'))).toBe('role-may-not');
    expect(code(decided(official('admin', 'administrator', 'KANWIL'), 'RegisterPerson'))).toBe('out-of-scope');
  });
  it('holds its names, numbers and words under the person’s own key only', () => {
    const [event] = decided(officer, 'RegisterPerson').events ?? [];
    expect(event?.data).toEqual({
      by: 'officer',
      at,
      personId: 'p',
      caseId: 'case-KUPANG',
      office: 'KUPANG',
      personal: [{ personId: 'p', retentionClass: 'person-register', fields: { ...papers, words: ['w'] } }],
    });
  });
  it('tells its latest papers, all the cases they came from, and nothing once its key is destroyed', () => {
    const event = (name: string, caseId: string): PersonEvent => ({
      type: 'PapersRecorded',
      data: {
        by: 'officer',
        at,
        personId: 'p',
        caseId,
        office: 'KUPANG',
        personal: [{ personId: 'p', retentionClass: 'person-register', fields: name === '' ? {} : { names: [{ name }] } }],
      },
    });
    const told = [event('Maria', 'one'), event('Rosa', 'two'), event('Rosa', 'one')].reduce<PersonRecord | undefined>(
      evolvePerson,
      undefined,
    );
    expect(told).toMatchObject({ caseIds: ['one', 'two'], papers: { names: [{ name: 'Rosa' }] } });
    expect(evolvePerson(told, event('', 'one')).papers).toBeUndefined();
  });
});

describe('a match', () => {
  const proposed: MatchRecord = {
    matchId: 'm',
    a: 'a',
    b: 'b',
    status: 'proposed',
    reasons: [],
    proposedBy: 'officer',
    acts: [],
  };
  const merged: MatchRecord = { ...proposed, status: 'merged' };
  const decided = (
    actor: Actor,
    type: MatchCommand['type'],
    state?: MatchRecord,
    sides: PersonContext['sides'] = [inKupang, inKupang],
    pair: readonly [string, string] = ['a', 'b'],
  ) => {
    const command = type === 'ProposeMatch' ? { type, reason: 'r', reasons: ['same-number'] } : { type, reason: 'r' };
    return decideMatch(state, command, { actor, at, offices, sides, matchId: 'm', pair });
  };

  it('is proposed by who sees one side, and merged by another who sees both', () => {
    expect(code(decided(officer, 'ProposeMatch', undefined, [inKupang, inAtambua]))).toBe('accepted');
    expect(code(decided(officer, 'ProposeMatch', undefined, [inAtambua, inAtambua]))).toBe('out-of-scope');
    expect(code(decided(supervisor, 'MergePersons', proposed, [inKupang, inAtambua]))).toBe('beyond-your-office');
    expect(code(decided(regional, 'MergePersons', proposed, [inKupang, inAtambua]))).toBe('accepted');
    expect(code(decided(supervisor, 'MergePersons', proposed))).toBe('accepted');
  });
  it('is merged by nobody who proposed it, under whatever hat, and by no officer', () => {
    expect(code(decided({ ...supervisor, id: 'officer' }, 'MergePersons', proposed))).toBe('four-eyes');
    expect(code(decided(official('deputy', 'supervisor', 'KUPANG', 'officer'), 'MergePersons', proposed))).toBe('four-eyes');
    expect(code(decided(official('other', 'case-officer', 'KUPANG'), 'MergePersons', proposed))).toBe('role-may-not');
  });
  it('is dismissed by who sees both; a merge is undone by who sees either', () => {
    expect(code(decided(supervisor, 'DismissMatch', proposed))).toBe('accepted');
    expect(code(decided(supervisor, 'DismissMatch', proposed, [inKupang, inAtambua]))).toBe('beyond-your-office');
    expect(code(decided(supervisor, 'UndoMerge', merged, [inKupang, inAtambua]))).toBe('accepted');
    expect(code(decided(officer, 'UndoMerge', merged))).toBe('role-may-not');
  });
  it('goes its way: proposed once, decided once, undone only when merged, proposed again after', () => {
    expect(code(decided(officer, 'ProposeMatch', proposed))).toBe('already-proposed');
    expect(code(decided(officer, 'ProposeMatch', merged))).toBe('already-merged');
    expect(code(decided(officer, 'ProposeMatch', { ...merged, status: 'undone' }))).toBe('accepted');
    expect(code(decided(officer, 'ProposeMatch', { ...merged, status: 'dismissed' }))).toBe('accepted');
    expect(code(decided(officer, 'ProposeMatch', undefined, undefined, ['a', 'a']))).toBe('same-record');
    expect(code(decided(supervisor, 'MergePersons', merged))).toBe('wrong-status');
    expect(code(decided(supervisor, 'UndoMerge', proposed))).toBe('wrong-status');
    expect(code(decided(supervisor, 'UndoMerge'))).toBe('out-of-scope');
  });
  it('tells who did what and why; its words stand under the pair’s own key', () => {
    const events = [
      ...(decided(officer, 'ProposeMatch').events ?? []),
      ...(decided(supervisor, 'MergePersons', proposed).events ?? []),
      ...(decided(regional, 'UndoMerge', merged).events ?? []),
    ];
    const told = events.reduce<MatchRecord | undefined>((state, event) => evolveMatch(state, event), undefined);
    expect(told).toMatchObject({
      matchId: 'm',
      a: 'a',
      b: 'b',
      status: 'undone',
      proposedBy: 'officer',
      reasons: ['same-number'],
    });
    expect(told?.acts.map(({ type, by, reason }) => [type, by, reason])).toEqual([
      ['MatchProposed', 'officer', 'r'],
      ['PersonsMerged', 'supervisor', 'r'],
      ['MergeUndone', 'regional', 'r'],
    ]);
    for (const { data } of events)
      expect(data.personal).toEqual([{ personId: 'm', retentionClass: 'person-register', fields: { reason: 'r' } }]);
    expect(() => evolveMatch(undefined, { type: 'MergeUndone', data: { by: 'x', at } })).toThrow('no match was proposed');
  });
});

describe('who is who', () => {
  const ids = ['a', 'b', 'c', 'd', 'e', 'f'];
  const pair = fc.tuple(fc.constantFrom(...ids), fc.constantFrom(...ids)).map(([one, other]) => {
    const [a, b] = pairOf(one, other);
    return { a, b };
  });
  const persons = (merges: readonly { a: string; b: string }[]) => ids.map((id) => samePersonAs(id, merges));

  it('does not depend on the order of merges, nor on which side was named first', () => {
    fc.assert(
      fc.property(fc.array(pair), fc.array(fc.nat()), (merges, shuffle) => {
        const other = merges
          .map((merge, n) => ({ merge: shuffle[n] === 1 ? merge : { a: merge.b, b: merge.a }, key: shuffle[n] ?? n }))
          .sort((x, y) => x.key - y.key)
          .map(({ merge }) => merge);
        expect(persons(other)).toEqual(persons(merges));
      }),
    );
  });

  it('is as before when a merge is undone, whatever else was merged and undone meanwhile', () => {
    const commands = fc.array(fc.tuple(pair, fc.constantFrom('merge' as const, 'undo' as const)), { maxLength: 30 });
    const event = (type: MatchEvent['type'], { a, b }: { a: string; b: string }): MatchEvent => {
      const act = { by: 'officer', at };
      if (type === 'MatchProposed') return { type, data: { ...act, matchId: a + b, a, b, reasons: [] } };
      return type === 'PersonsMerged' ? { type, data: { ...act, proposedBy: 'x' } } : { type, data: act };
    };
    const standing = (matches: ReadonlyMap<string, MatchRecord>) =>
      persons([...matches.values()].filter((m) => m.status === 'merged'));
    fc.assert(
      fc.property(commands, pair, (before, tried) => {
        const matches = new Map<string, MatchRecord>();
        const apply = (type: MatchEvent['type'], of: { a: string; b: string }) =>
          matches.set(of.a + of.b, evolveMatch(matches.get(of.a + of.b), event(type, of)));
        for (const [of, act] of before) {
          if (!matches.has(of.a + of.b)) apply('MatchProposed', of);
          apply(act === 'merge' ? 'PersonsMerged' : 'MergeUndone', of);
        }
        if (matches.get(tried.a + tried.b)?.status === 'merged') return;
        const were = standing(matches);
        apply('MatchProposed', tried);
        expect(standing(matches)).toEqual(were);
        apply('PersonsMerged', tried);
        expect(
          samePersonAs(
            tried.a,
            [...matches.values()].filter((m) => m.status === 'merged'),
          ),
        ).toContain(tried.b);
        apply('MergeUndone', tried);
        expect(standing(matches)).toEqual(were);
      }),
    );
  });

  it('is named by the first of all its records, of each alike', () => {
    const merges = [
      { a: 'c', b: 'd' },
      { a: 'b', b: 'c' },
    ];
    expect(persons(merges)).toEqual([['a'], ['b', 'c', 'd'], ['b', 'c', 'd'], ['b', 'c', 'd'], ['e'], ['f']]);
  });
});
