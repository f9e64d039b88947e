import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { GlassCommand } from '#domain/case/break-glass.js';
import { establishedFacts } from '#domain/case/state.js';
import type { Id } from '#domain/event.js';
import type { PastCase } from '#domain/procedure/simulation.js';
import { commandIdOf } from '#event-store/envelope.js';
import { EventLog } from '#event-store/event-log.js';
import { submitGlass } from '#event-store/glass-desk.js';
import { holdAct, recallHeld, releaseHeld } from '#event-store/held-desk.js';
import { submitToMatch, submitToPerson } from '#event-store/person-desk.js';
import { migratePostgresStore } from '#event-store/postgres-schema.js';
import { PostgresStore } from '#event-store/postgres-store.js';
import { submitToReferral } from '#event-store/referral-desk.js';
import { PlainCodec } from '#event-store/testing/plain-codec.js';
import { storedEvents } from '#event-store/testing/stored-events.js';
import { countPastCases, pastCases } from './case-facts.js';
import { findCaseByReference, findCaseFile } from './case-file.js';
import { findHistory } from './case-history.js';
import { findOneSidedLinks, findUntoldDecisions } from './case-link.js';
import { clockBoardProjection, findClocks, findClocksInShare, findDueClocks, findSharesDue } from './clock-board.js';
import { openReadModels } from './data-source.js';
import { findGlass } from './glass.js';
import { findHeldDue } from './held-act.js';
import { findPerson } from './person.js';
import {
  applyBatch,
  BadCursor,
  FencedOff,
  OtherStore,
  projectionLag,
  readCheckpoint,
  waitForPosition,
  writeCursor,
} from './projection.js';
import { projections } from './projections.js';
import { hashReadModel, NoSuchProjection, rebuild, replayParked, verifyRebuild } from './rebuild.js';
import { countAlarmedReferrals, findReferrals, findReferralsWithoutCase } from './referral.js';
import { findStreamsOfPerson } from './streams-of-person.js';
import { kanim, officer, supervisor, TestDesk } from './testing/case-desk.js';
import { findWorklist, worklistProjection } from './worklist.js';

const tables = [
  'worklist',
  'clock_board',
  'clock_case',
  'case_file',
  'case_words',
  'case_facts',
  'case_history',
  'case_link',
  'case_decision',
  'case_told',
  'case_merge_link',
  'notification',
  'glass',
  'held_act',
  'custody',
  'person',
  'person_match',
  'referral',
];
const forOfficer = { officesInScope: [kanim], mine: [officer] };
const forSupervisor = { officesInScope: [kanim], forReviewBy: { offices: [kanim], not: [supervisor] } };

describe('the read models over real streams', () => {
  let test: TestDesk;
  let lodged: Id;
  let examined: Id;
  let reviewed: Id;
  let returned: Id;
  let imported: Id;
  let importedAndClosed: Id;
  let elsewhere: Id;
  let draft: Id;
  beforeAll(async () => {
    test = await TestDesk.open();
    lodged = await test.openCase('Maria "O\'Brien" {x,\\y}', 'lodged');
    test.now = '2026-03-03T01:00:00.000Z';
    examined = await test.openCase('Yosef', 'examination');
    reviewed = await test.openCase('Anna', 'review');
    returned = await test.openCase('Petrus', 'screening');
    test.now = '2026-03-05T01:00:00.000Z';
    await test.act(returned, { type: 'ReturnAsIncomplete', missing: ['birth-record'], reason: 'It is missing' });
    elsewhere = await test.openCase('Lukas', 'lodged', 'officer.atambua', 'KANIM-ATB');
    imported = await test.openImported('case-1', '2026-04-01T12:00:00.000Z');
    importedAndClosed = await test.openImported('case-2', '2026-04-01T12:00:00.000Z');
    await test.act(importedAndClosed, { type: 'RecordImportedStep', step: 'T02', sourceStep: 'step-1' }, 'importer');
    await test.act(importedAndClosed, { type: 'CloseImportedCase' }, 'importer');
    draft = await test.openDraft('Filipus');
    await test.act(examined, { type: 'LinkCase', other: reviewed, reason: 'The same person' });
    await test.act(examined, { type: 'WriteNote', note: 'Her mother rang' });
    const passport = { custodyId: commandIdOf(examined, 'passport'), paper: 'passport', number: 'C1234567' };
    await test.act(examined, { type: 'TakeCustody', ...passport, takenOn: test.now.slice(0, 10) });
    await fillRegister();
    await test.project(3);
  });
  afterAll(() => test.close());

  /** Two records of one passport, proposed and merged by two people, and a referral of each end. */
  const fillRegister = async () => {
    const by = (actorId: Id, n: number) => ({ actorId, at: test.now, commandId: commandIdOf(actorId, `register ${n}`) });
    const [a, b] = await Promise.all(
      [examined, reviewed].map(async (caseId, n) => {
        const { personId = '' } = await submitToPerson(test.desk, { type: 'RegisterPerson', caseId, ...by(officer, n) });
        return personId;
      }),
    );
    const of = { pair: [a ?? '', b ?? ''] as const };
    const propose = { type: 'ProposeMatch', reason: 'One passport' } as const;
    const merge = { type: 'MergePersons', reason: 'Seen both' } as const;
    await submitToMatch(test.desk, { command: propose, of, cases: [], ...by(officer, 2) });
    const { outcome } = await submitToMatch(test.desk, { command: merge, of, cases: [], ...by(supervisor, 3) });
    expect(outcome.kind).toBe('accepted');
    await test.desk.followMerge(lodged, draft, '5d0e7c1a-2b3c-5d4e-8f60-718293a4b5c6', test.now);
    for (const [n, indicators] of [[{ indicatorId: 'seen-1', indicator: 'debt-bondage', reason: 'Owes' }], [], []].entries()) {
      const referralId = commandIdOf('spec', `referral ${n}`);
      const told = { office: kanim, channel: 'post', area: '53.04', subjectId: referralId, referrerId: referralId };
      const receive = {
        type: 'ReceiveReferral',
        ...told,
        referrer: 'Clerk',
        seen: 'Alone',
        subject: { name: 'Rui' },
        indicators,
      } as const;
      await submitToReferral(test.desk, { referralId, command: receive, ...by(officer, 10 + n) });
      if (n === 1)
        await submitToReferral(test.desk, {
          referralId,
          command: { type: 'AcceptReferral', procedure: 'PSIM' },
          ...by(officer, 20),
        });
      if (n === 2)
        await submitToReferral(test.desk, {
          referralId,
          command: { type: 'CloseReferral', ground: 'duplicate', reason: 'Known' },
          ...by(officer, 21),
        });
    }
  };

  describe('the register', () => {
    it('holds keyed words, and no name or number', async () => {
      const rows: { words: string[] }[] = await test.readModels.query('SELECT * FROM read.person');
      expect(rows).toHaveLength(2);
      for (const { words } of rows) expect(words.every((word) => /^[0-9a-f]{32}$/.test(word))).toBe(true);
      expect(JSON.stringify(rows)).not.toMatch(/C1234567|Yosef|Dili/i);
    });

    it('finds a person by the merges that stand', async () => {
      const [row]: { a: Id; b: Id }[] = await test.readModels.query('SELECT a, b FROM read.person_match');
      const { personIds, matches } = await findPerson(test.readModels, row?.b ?? '');
      expect(personIds).toEqual([row?.a, row?.b]);
      expect(matches).toMatchObject([
        {
          status: 'merged',
          proposedBy: officer,
          actedBy: supervisor,
          reasons: ['same-number', 'same-birth-date', 'same-birth-place'],
        },
      ]);
    });
  });

  describe('referrals', () => {
    it('are listed by office, those that tell of trafficking first; one whose case is not open yet is found', async () => {
      const scope = { officesInScope: [kanim] };
      const waiting = await findReferrals(test.readModels, scope);
      expect(waiting.items).toMatchObject([{ status: 'received', indicators: ['debt-bondage'] }]);
      expect(await countAlarmedReferrals(test.readModels, [kanim])).toBe(1);
      expect(await countAlarmedReferrals(test.readModels, ['KANIM-ATB'])).toBe(0);
      expect((await findReferrals(test.readModels, { officesInScope: ['KANIM-ATB'] })).items).toEqual([]);
      const [accepted] = (await findReferrals(test.readModels, { ...scope, status: 'accepted' })).items;
      expect(await findCaseFile(test.readModels, accepted?.caseId ?? '')).toMatchObject({
        procedure: 'PSIM',
      });
      expect(await findReferralsWithoutCase(test.readModels, 10)).toEqual([]);
    });
  });

  describe('the worklist', () => {
    it('shows each case where it stands, without personal data', async () => {
      const { items } = await findWorklist(test.readModels, { officesInScope: [kanim], at: test.now });
      const item = items.find((i) => i.caseId === examined);
      const { state, revision } = await test.desk.read(examined);
      expect(item).toMatchObject({
        stage: 'examination',
        procedure: 'PSK',
        office: kanim,
        offices: [kanim],
        officer,
        openedAt: '2026-03-03T01:00:00.000Z',
        lodgedAt: '2026-03-03T01:00:00.000Z',
        revision,
        imported: false,
        escalated: false,
        group: 'later',
      });
      const firstDue = state?.clocks.filter((c) => c.stoppedAt === undefined && c.due.dueAt !== undefined);
      expect(item?.nextDueAt).toBe(firstDue?.map((c) => c.due.dueAt).sort()[0]);
      expect(item?.nextClock).toBe('panel');
      expect(JSON.stringify(items)).not.toMatch(/Yosef|Maria|Anna|C1234567/);
    });

    it('groups by the instant asked for', async () => {
      const at = async (instant: string) => {
        const { items, counts } = await findWorklist(test.readModels, { ...forOfficer, at: instant });
        return [items.find((i) => i.caseId === examined)?.group, counts];
      };
      const [row] = (
        await findClocks(test.readModels, { officesInScope: [kanim], at: test.now, caseId: examined, status: 'running' })
      ).items;
      expect(row?.clock).toBe('panel');
      const justBefore = new Date(Date.parse(row?.dueAt ?? '') - 1).toISOString();
      expect((await at(test.now))[0]).toBe('later');
      expect((await at(row?.dueSoonAt ?? ''))[0]).toBe('due-soon');
      expect((await at(justBefore))[0]).toBe('due-soon');
      expect(await at(row?.dueAt ?? '')).toEqual(['overdue', { 'beyond-repair': 0, overdue: 1, 'due-soon': 0, later: 1 }]);
    });

    it('lets a given due instant itself still be in time', async () => {
      const at = (instant: string) =>
        findWorklist(test.readModels, { officesInScope: [kanim], at: instant, procedure: 'IMPORTED' });
      expect((await at('2026-04-01T12:00:00.000Z')).items.map((i) => [i.caseId, i.group])).toEqual([[imported, 'due-soon']]);
      expect((await at('2026-04-01T12:00:00.001Z')).items.map((i) => i.group)).toEqual(['overdue']);
    });

    it('leaves out closed cases unless asked for, and keeps open imported ones', async () => {
      const all = await findWorklist(test.readModels, { officesInScope: [kanim], at: test.now });
      const ids = all.items.map((i) => i.caseId);
      expect(ids).toEqual(expect.arrayContaining([lodged, examined, returned, imported, draft]));
      expect(ids).not.toContain(importedAndClosed);
      const closed = await findWorklist(test.readModels, { officesInScope: [kanim], at: test.now, stage: 'closed' });
      expect(closed.items.map((i) => i.caseId)).toEqual([importedAndClosed]);
    });

    it('gives a case in review to its reviewers, never to its recommender', async () => {
      const ids = async (filter: object) =>
        (await findWorklist(test.readModels, { officesInScope: [kanim], at: test.now, ...filter })).items.map((i) => i.caseId);
      expect(await ids(forOfficer)).not.toContain(reviewed);
      expect(await ids(forSupervisor)).toContain(reviewed);
      expect(await ids({ forReviewBy: { offices: [kanim], not: [officer] } })).not.toContain(reviewed);
      expect(await ids({ forReviewBy: { offices: ['KANIM-ATB'], not: [supervisor] } })).not.toContain(reviewed);
      expect(await ids({ forReviewBy: { offices: [kanim], not: [officer] }, stage: 'review' })).toEqual([]);
    });

    it('tells an officer how many of the cases left out are in review, of their own filter, and counts none of them twice', async () => {
      const find = (filter: object) =>
        findWorklist(test.readModels, { officesInScope: [kanim], at: test.now, limit: 200, ...filter });
      const asked = await find({ ...forOfficer, stage: 'review' });
      expect(asked.items.map(({ caseId }) => caseId)).toContain(reviewed);
      const { items, counts, inReview } = await find(forOfficer);
      expect(inReview).toBe(asked.items.length);
      expect(Object.values(counts).reduce((a, b) => a + b)).toBe(items.length);
      expect((await find({ mine: [supervisor] })).inReview).toBe(0);
      expect([asked, await find(forSupervisor)].map((page) => 'inReview' in page)).toEqual([false, false]);
    });

    it('shows nothing out of scope, in counts neither', async () => {
      const atambua = await findWorklist(test.readModels, { officesInScope: ['KANIM-ATB'], at: test.now });
      expect(atambua.items.map((i) => i.caseId)).toEqual([elsewhere]);
      expect(Object.values(atambua.counts).reduce((a, b) => a + b)).toBe(1);
      expect(await findWorklist(test.readModels, { officesInScope: [], at: test.now })).toEqual({
        items: [],
        counts: { 'beyond-repair': 0, overdue: 0, 'due-soon': 0, later: 0 },
        inReview: 0,
      });
    });

    it('pages completely and without a duplicate, at the instant of the first page', async () => {
      const at = '2026-03-18T03:00:00.000Z';
      const whole = await findWorklist(test.readModels, { ...forSupervisor, at, limit: 200 });
      const paged: string[] = [];
      for (let after: string | undefined, turn = 0; turn === 0 || after !== undefined; turn += 1) {
        const page = await findWorklist(test.readModels, {
          ...forSupervisor,
          at: turn === 0 ? at : '2027-01-01T00:00:00.000Z',
          limit: 2,
          ...(after === undefined ? {} : { after }),
        });
        paged.push(...page.items.map((i) => `${i.group} ${i.caseId}`));
        after = page.next;
      }
      expect(paged).toEqual(whole.items.map((i) => `${i.group} ${i.caseId}`));
      expect(new Set(paged).size).toBe(7);
      for (const made of [
        'nonsense',
        writeCursor([at, 0, 9, 'x', 'y']),
        writeCursor(['2026-99-99T00:00:00.000Z', 0, 1, null, reviewed]),
      ])
        await expect(findWorklist(test.readModels, { ...forSupervisor, at, after: made })).rejects.toThrow(BadCursor);
    });
  });

  it('shows a suspended clock without a due date', async () => {
    const { items } = await findClocks(test.readModels, { officesInScope: [kanim], at: test.now, caseId: returned });
    expect(items).toMatchObject([
      {
        clock: 'intake',
        status: 'suspended',
        dueAt: null,
        overdue: false,
        suspensions: [{ from: '2026-03-05', reason: 'awaiting-applicant' }],
      },
    ]);
    expect(
      (await findWorklist(test.readModels, { ...forOfficer, at: '2030-01-01T00:00:00.000Z' })).items.find(
        (i) => i.caseId === returned,
      ),
    ).toMatchObject({ group: 'later', nextDueAt: null });
  });

  it('lists clocks by scope, status and urgency, paged completely', async () => {
    const base = { officesInScope: [kanim], at: '2026-03-25T00:00:00.000Z' };
    const whole = (await findClocks(test.readModels, { ...base, limit: 200 })).items.map((c) => `${c.caseId}/${c.clockId}`);
    const paged: string[] = [];
    for (let after: string | undefined, turn = 0; turn === 0 || after !== undefined; turn += 1) {
      const page = await findClocks(test.readModels, { ...base, limit: 1, ...(after === undefined ? {} : { after }) });
      paged.push(...page.items.map((c) => `${c.caseId}/${c.clockId}`));
      after = page.next;
    }
    expect(paged).toEqual(whole);
    expect(new Set(paged).size).toBe(whole.length);
    const overdue = await findClocks(test.readModels, { ...base, overdue: true });
    const not = await findClocks(test.readModels, { ...base, overdue: false });
    expect(overdue.items.every((c) => c.overdue && c.status === 'running')).toBe(true);
    expect(overdue.items.length + not.items.length).toBe(whole.length);
    expect(
      (await findClocks(test.readModels, { officesInScope: ['KANIM-ATB'], at: base.at })).items.map((c) => c.caseId),
    ).toEqual([elsewhere]);
  });

  it('finds clocks that are due and alarms to set, never of imported cases', async () => {
    const late = await findDueClocks(test.readModels, '2027-01-01T00:00:00.000Z', 100);
    expect(late.map((c) => c.caseId)).not.toContain(imported);
    expect(late.map((c) => c.caseId)).toEqual(expect.arrayContaining([lodged, examined, reviewed, elsewhere]));
    expect([...late].map((c) => c.dueAt)).toEqual(late.map((c) => c.dueAt).sort());
    const [first] = late;
    expect(await findDueClocks(test.readModels, '2027-01-01T00:00:00.000Z', 100, first)).toEqual(late.slice(1));
    expect(await findDueClocks(test.readModels, test.now, 100)).toEqual([]);
    const [share, ...more] = await findSharesDue(test.readModels, '2027-01-01T00:00:00.000Z', [lodged]);
    if (share === undefined) throw new Error('no share');
    expect([share.share, more]).toEqual([lodged.slice(0, 1), []]);
    const ofShare = await findClocksInShare(test.readModels, share);
    expect(ofShare.map((c) => [c.caseId, c.clockId])).toContainEqual([lodged, 'intake-1']);
    for (const digit of '0123456789abcdef')
      expect((await findClocksInShare(test.readModels, { ...share, share: digit })).map((c) => c.caseId)).toEqual(
        late.filter((c) => c.dueAt === share.dueAt && c.caseId.startsWith(digit)).map((c) => c.caseId),
      );
  });

  it('keeps the head of each case, and nothing of who it is about', async () => {
    const row = await findCaseFile(test.readModels, lodged);
    expect(row).toMatchObject({ stage: 'lodged', outcome: null });
    const tables = projections.flatMap(({ tables }) => Object.keys(tables)).filter((table) => table !== 'case_facts');
    expect(tables).toEqual(expect.arrayContaining(['case_file', 'case_history', 'case_words', 'person', 'worklist']));
    for (const table of tables)
      for (const said of ['Maria', "O'Brien", '1990-02-01', 'Dili', 'C1234567', 'As the register says'])
        expect([
          table,
          said,
          (await test.readModels.query(`SELECT FROM read.${table} row WHERE row::text ILIKE $1 LIMIT 1`, [`%${said}%`])).length,
        ]).toEqual([table, said, 0]);
    expect(await findCaseByReference(test.readModels, row?.reference ?? '')).toBe(lodged);
    expect(await findCaseByReference(test.readModels, '0000-0000-0000-0')).toBeUndefined();
    expect(await findCaseFile(test.readModels, imported)).toMatchObject({ sourceCase: 'case-1' });
  });

  it('keeps what was established when a case was determined, until it is taken up again', async () => {
    const past = async (): Promise<readonly PastCase[]> => {
      const found: PastCase[] = [];
      for await (const one of pastCases(test.readModels, 'PSK')) found.push(one);
      expect(await countPastCases(test.readModels, 'PSK')).toBe(found.length);
      return found;
    };
    expect(await past()).toEqual([]);
    const caseId = await test.openCase('Rosalia', 'review');
    for (const official of [supervisor, 'kanwil.ntt', 'ahu'])
      await test.act(caseId, { type: 'ReferCase', reason: 'The Minister decides' }, official);
    await test.act(caseId, { type: 'ApproveDetermination', reason: 'So it is' }, 'minister');
    await test.project();
    const { state } = await test.desk.read(caseId);
    if (state === undefined) throw new Error('no case');
    const facts = Object.fromEntries(Object.entries(establishedFacts(state)).map(([fact, known]) => [fact, known?.value]));
    const { procedure, openedAtOffice, office, lodgedAt } = state;
    const determined = { outcome: 'not-established', determinedAt: test.now };
    expect(Object.keys(facts).length).toBeGreaterThan(3);
    expect(await past()).toEqual([{ caseId, procedure, openedAtOffice, office, lodgedAt, facts, ...determined }]);
    await test.act(caseId, { type: 'ReopenCase', ground: 'new-evidence', reason: 'A register was found' }, 'minister');
    await test.project();
    expect(await past()).toEqual([]);
  });

  it('tells the history in order, page by page, without what was said', async () => {
    const { events } = await test.desk.read(reviewed);
    const whole = await findHistory(test.readModels, reviewed, { limit: 200 });
    expect(whole.items.map((i) => [i.position, i.type, i.revision, i.hash])).toEqual(
      events.map((e) => [e.position, e.type, e.revision, e.metadata.hash]),
    );
    expect(whole.items[0]).toMatchObject({ actor: officer, office: kanim, performedBy: null });
    expect(whole.items[0]?.data).not.toHaveProperty('personal');
    const paged: string[] = [];
    for (let after: string | undefined, turn = 0; turn === 0 || after !== undefined; turn += 1) {
      const page = await findHistory(test.readModels, reviewed, { limit: 3, ...(after === undefined ? {} : { after }) });
      paged.push(...page.items.map((i) => i.eventId));
      after = page.next;
    }
    expect(paged).toEqual(whole.items.map((i) => i.eventId));
    await expect(findHistory(test.readModels, reviewed, { after: "1' OR true" })).rejects.toThrow(BadCursor);
  });

  it('waits for a position, and says when it was not reached', async () => {
    const names = projections.map((p) => p.name);
    test.now = '2026-03-06T01:00:00.000Z';
    const position = await test.act(lodged, { type: 'BeginScreening' });
    expect(await waitForPosition(test.readModels, names, position, 50)).toBe(false);
    expect((await projectionLag(test.readModels, test.log, test.now)).map((l) => l.behind > 0)).toEqual(
      projections.map(() => true),
    );
    const waiting = waitForPosition(test.readModels, names, position, 5000);
    await test.project(1);
    expect(await waiting).toBe(true);
    expect(
      (await findWorklist(test.readModels, { ...forOfficer, at: test.now, stage: 'screening' })).items.map((i) => i.caseId),
    ).toEqual([lodged]);
    expect(await waitForPosition(test.readModels, names, '9999999999999999999', 10)).toBe(false);
    expect((await projectionLag(test.readModels, test.log, test.now)).map((l) => l.behind)).toEqual(projections.map(() => 0));
  });

  it('shows an escalation once the clock fell due, until the clock stops', async () => {
    const pending = await findDueClocks(test.readModels, '2027-01-01T00:00:00.000Z', 100);
    const due = pending.find((c) => c.caseId === examined);
    if (due === undefined) throw new Error('no clock');
    test.now = due.dueAt;
    expect((await test.announceDue(examined, due.clockId, due.dueAt)).kind).toBe('accepted');
    await test.project();
    const listed = await findWorklist(test.readModels, { ...forSupervisor, at: test.now });
    expect(listed.items[0]).toMatchObject({ caseId: examined, escalated: true, escalatedAt: due.dueAt, group: 'overdue' });
    expect((await findWorklist(test.readModels, { ...forSupervisor, at: test.now, escalated: true })).items).toHaveLength(1);
    const { items } = await findClocks(test.readModels, {
      officesInScope: [kanim],
      at: test.now,
      caseId: examined,
      overdue: true,
    });
    expect(items).toMatchObject([
      { clockId: due.clockId, fellDueAt: due.dueAt, escalatedAt: due.dueAt, announcedDueAt: due.dueAt },
    ]);
    expect((await findDueClocks(test.readModels, test.now, 100)).map((c) => c.caseId)).not.toContain(examined);
    expect((await findHistory(test.readModels, examined, { limit: 200 })).items.slice(-3).map((i) => i.type)).toEqual([
      'ClockFellDue',
      'ClockEscalated',
      'ClockEscalated',
    ]);
    // The case's own revision, its ETag, is moved only by an act on the case.
    expect(listed.items[0]?.revision).toBe((await test.desk.read(examined)).revision);
    await test.act(examined, { type: 'WithdrawApplication', withdrawnOn: '2026-03-18', reason: 'Asked to' });
    await test.project();
    expect((await findWorklist(test.readModels, { ...forSupervisor, at: test.now, stage: 'withdrawn' })).items).toMatchObject([
      { caseId: examined, escalated: false, nextDueAt: null },
    ]);
  });

  describe('an indicator of trafficking', () => {
    const first = async () => (await findWorklist(test.readModels, { ...forSupervisor, at: test.now })).items[0];
    it('brings the case to the top of the supervisor’s list at once, in whatever group and stage, until it is cleared', async () => {
      const caseId = await test.openDraft('Theresia');
      await test.act(caseId, { type: 'WithdrawApplication', withdrawnOn: '2026-03-18', reason: 'She asked' });
      const indicatorId = 'indicator-1';
      await test.act(caseId, { type: 'RecordIndicator', indicatorId, indicator: 'debt-bondage', reason: 'Her papers were kept' });
      await test.project();
      expect(await first()).toMatchObject({ caseId, stage: 'withdrawn', indicatedAt: test.now, group: 'later' });
      await test.act(caseId, { type: 'ClearIndicator', indicatorId, reason: 'Interviewed alone: none' }, supervisor);
      await test.project();
      expect((await first())?.caseId).not.toBe(caseId);
    });
  });

  describe('a panel', () => {
    it('shows a case to the members whose finding it awaits, and to them alone, out of their scope', async () => {
      const caseId = await test.openCase('Yakobus', 'examination');
      const agencies = ['dukcapil', 'police', 'tax-office'];
      const members = agencies.map((agency) => ({ official: `panel.${agency}`, agency }));
      await test.act(caseId, { type: 'ConvenePanel', members });
      const shown = async (sitsOnPanel: string) => {
        await test.project();
        const { items } = await findWorklist(test.readModels, { officesInScope: [], at: test.now, sitsOnPanel });
        return items.map((item) => item.caseId);
      };
      expect(await shown('panel.police')).toEqual([caseId]);
      expect(await shown('panel.other')).toEqual([]);
      const finding = {
        type: 'RecordPanelFinding',
        position: 'agrees',
        outcome: 'not-established',
        reason: 'On no record',
      } as const;
      await test.act(caseId, finding, 'panel.police');
      expect(await shown('panel.police')).toEqual([]);
      expect(await shown('panel.dukcapil')).toEqual([caseId]);
      await expect(
        test.act(await test.openCase('Yosef', 'examination'), {
          type: 'ConvenePanel',
          members: members.map((m) => ({ ...m, official: `${m.official}.x` })),
        }),
      ).rejects.toThrow('no-such-member');
    });
  });

  describe('a case opened for a reason', () => {
    it('is listed by the office that has it, until it is reviewed, and told to its supervisor', async () => {
      const [accessId, by] = [randomUUID(), 'officer2.kupang'];
      const glass = (actorId: string, command: GlassCommand) =>
        submitGlass(test.desk, { caseId: examined, command, actorId, at: test.now, commandId: randomUUID() });
      const listed = async (office: string, status: 'waiting' | 'open' = 'waiting') => {
        await test.project();
        return (await findGlass(test.readModels, { officesInScope: [office], status, at: test.now })).items;
      };
      expect((await glass(by, { type: 'BreakGlass', accessId, reason: 'A complaint' })).kind).toBe('accepted');
      expect(await listed(kanim)).toMatchObject([
        { accessId, caseId: examined, official: by, told: [supervisor], verdict: null },
      ]);
      expect(await listed('KANIM-ATB')).toEqual([]);
      expect((await glass(supervisor, { type: 'ReviewGlass', accessId, verdict: 'unjustified', note: 'None' })).kind).toBe(
        'accepted',
      );
      expect(await listed(kanim)).toEqual([]);
      expect(await listed(kanim, 'open')).toEqual([]);
    });
  });

  describe('an act that is held', () => {
    it('is due when its time has come, carried out once in its sender’s name, and due no more; recalled it never is', async () => {
      const caseId = await test.openCase('Ester', 'review');
      for (const official of [supervisor, 'kanwil.ntt', 'ahu'])
        await test.act(caseId, { type: 'ReferCase', reason: 'Complete' }, official);
      const held = async () => {
        const { revision } = await test.desk.read(caseId);
        const commandId = randomUUID();
        const about = { caseId, actorId: 'minister', at: test.now, commandId, correlationId: commandId };
        const command = { type: 'ApproveDetermination', reason: 'Nothing is established' } as const;
        const submission = { ...about, command, expectedRevision: revision, seconds: 30 };
        expect((await holdAct(test.desk, submission)).kind).toBe('accepted');
        // Sent again: the first answer.
        expect(await holdAct(test.desk, submission)).toMatchObject({ kind: 'accepted', replayed: true });
        return commandId;
      };
      const later = new Date(Date.parse(test.now) + 30_000).toISOString();
      const due = async (at: string) => {
        await test.project();
        return (await findHeldDue(test.readModels, at, 10)).map(({ heldId }) => heldId);
      };
      const recalled = await held();
      expect((await recallHeld(test.desk, caseId, recalled, 'minister', test.now, randomUUID())).kind).toBe('accepted');
      expect([await due(later), await releaseHeld(test.desk, caseId, recalled, later)]).toEqual([[], 'not-to-be-ended']);

      const dropped = await held();
      await test.act(caseId, { type: 'RecordIndicator', indicatorId: 'seen-9', indicator: 'debt-bondage', reason: 'Owes' });
      expect(await releaseHeld(test.desk, caseId, dropped, later)).toBe('dropped');
      expect((await test.desk.read(caseId)).state?.progress.stage).toBe('review');

      const done = await held();
      expect([await due(test.now), await due(later)]).toEqual([[], [done]]);
      expect(await releaseHeld(test.desk, caseId, done, test.now)).toBe('not-to-be-ended');
      expect(await releaseHeld(test.desk, caseId, done, later)).toBe('effective');
      expect(await due(later)).toEqual([]);
      const { state, events } = await test.desk.read(caseId);
      expect([state?.progress.stage, events.filter(({ type }) => type === 'DeterminationApproved')]).toMatchObject([
        'determined',
        [{ metadata: { actor: 'minister', commandId: done, effectiveAt: later } }],
      ]);
    });
  });

  describe('links', () => {
    it('are one-sided until the other case names this one', async () => {
      expect(await findOneSidedLinks(test.readModels, { limit: 10 })).toMatchObject([
        { caseId: examined, other: reviewed, relation: 'same-person', procedure: 'PSK' },
      ]);
    });
    it('tell each case once how the other was decided', async () => {
      const waiting = await test.openCase('Sara', 'examination');
      const decided = await test.openCase('Sara', 'review');
      await test.act(waiting, { type: 'LinkCase', other: decided, reason: 'The same person' });
      const untold = async () => {
        await test.project();
        return findUntoldDecisions(test.readModels, { limit: 10, caseIds: [waiting] });
      };
      expect(await untold()).toEqual([]);
      for (const official of [supervisor, 'kanwil.ntt', 'ahu'])
        await test.act(decided, { type: 'ReferCase', reason: 'Complete' }, official);
      await test.act(decided, { type: 'ApproveDetermination', reason: 'Nothing is established' }, 'minister');
      expect(await untold()).toEqual([{ caseId: waiting, other: decided }]);
      expect((await test.desk.tellDecision(waiting, decided, test.now)).kind).toBe('accepted');
      expect(await untold()).toEqual([]);
      expect((await test.desk.read(waiting)).state?.links).toMatchObject([{ decided: { outcome: 'not-established' } }]);
      // Asked again, it has the first answer: nothing is appended.
      expect(await test.desk.tellDecision(waiting, decided, test.now)).toMatchObject({ kind: 'accepted', replayed: true });
    });
  });

  describe('a rebuild', () => {
    it('equals the live rows by hash, whatever the batches were', async () => {
      const compared = await verifyRebuild(test.readModels, test.log);
      expect(compared.map((c) => c.name)).toEqual(tables);
      expect(compared.filter((c) => !c.equal)).toEqual([]);
      expect(compared.every((c) => c.rows > 0)).toBe(true);
      expect(compared[0]?.liveHash).toBe(await hashReadModel(test.readModels, 'worklist'));
    });

    it('finds a row that was altered, and mends it by swapping', async () => {
      const before = await hashReadModel(test.readModels, 'worklist');
      const indexes = () => test.readModels.query(`SELECT indexname FROM pg_indexes WHERE schemaname = 'read' ORDER BY 1`);
      const named = await indexes();
      await test.readModels.query(`UPDATE read.worklist SET officer = 'someone.else' WHERE case_id = $1`, [lodged]);
      expect((await verifyRebuild(test.readModels, test.log)).filter((c) => !c.equal).map((c) => c.name)).toEqual(['worklist']);
      const told: number[] = [];
      await rebuild(test.readModels, test.log, { names: ['worklist'], onProgress: (done, total) => told.push(done / total) });
      expect(told.at(-1)).toBe(1);
      expect(await hashReadModel(test.readModels, 'worklist')).toBe(before);
      expect(await indexes()).toEqual(named);
      await expect(rebuild(test.readModels, test.log, { names: ['nothing'] })).rejects.toThrow(NoSuchProjection);
    });

    it('loses nothing while the projector goes on beneath it', async () => {
      let writing = true;
      const acts = (async () => {
        for (let n = 0; writing; n += 1) await test.openCase(`Concurrent ${n}`, 'lodged');
      })();
      const projecting = (async () => {
        while (writing)
          await test.project(2).catch((error: unknown) => {
            if (!(error instanceof FencedOff)) throw error;
          });
      })();
      for (let n = 0; n < 3; n += 1) await rebuild(test.readModels, test.log);
      writing = false;
      await Promise.all([acts, projecting]);
      await test.project();
      expect((await verifyRebuild(test.readModels, test.log)).filter((c) => !c.equal)).toEqual([]);
    });
  });

  it('rebuilds alike when memory holds few cases and batches cut across them', async () => {
    const before = await verifyRebuild(test.readModels, test.log);
    for (const limits of [
      { mostCasesInMemory: 2, batchSize: 3 },
      { mostCasesInMemory: 0, batchSize: 1 },
    ])
      expect(await verifyRebuild(test.readModels, test.log, limits)).toEqual(before);
  }, 60_000);

  it('fences off a second projector: every event counts once', async () => {
    await test.openCase('Fenced', 'examination');
    const from = await readCheckpoint(test.readModels, test.log, 'worklist');
    const other = await openReadModels(test.database.url);
    const events = [];
    for await (const batch of test.log.readAll(from, { filter: { streamPrefixes: ['case-', 'clocks-'] } })) events.push(...batch);
    const to = events.at(-1)?.position ?? from;
    const outcomes = await Promise.allSettled([
      applyBatch(test.readModels, test.log, worklistProjection, events, { from, to }),
      applyBatch(other, test.log, worklistProjection, events, { from, to }),
    ]);
    await other.destroy();
    expect(outcomes.map((o) => o.status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(outcomes.find((o) => o.status === 'rejected')).toMatchObject({ reason: expect.any(FencedOff) });
    await test.project();
    expect((await verifyRebuild(test.readModels, test.log)).filter((c) => !c.equal)).toEqual([]);
  });

  it('do not go on in a log that was moved until they are rebuilt from it', async () => {
    const head = await test.project();
    await migratePostgresStore(test.database.pool, { schema: 'moved' });
    const store = new PostgresStore(test.database.pool, { schema: 'moved', listen: false });
    const moved = new EventLog(store, new PlainCodec(), () => test.now);
    // Positions lie elsewhere there, here one later: read on from the old ones, an event would be skipped.
    await store.append('other-1', 'no-stream', storedEvents(1));
    for await (const batch of test.log.store.readAll('0', { batchSize: 1 }))
      for (const { stream, revision, position: _, ...event } of batch)
        await store.append(stream, revision === 0 ? 'no-stream' : revision - 1, [event]);
    try {
      expect((await projectionLag(test.readModels, test.log, test.now)).map((l) => l.otherStore)).toEqual(
        projections.map(() => false),
      );
      expect((await projectionLag(test.readModels, moved, test.now)).map((l) => l.otherStore)).toEqual(
        projections.map(() => true),
      );
      await expect(readCheckpoint(test.readModels, moved, 'worklist')).rejects.toThrow('run npx tegas rebuild');
      await expect(verifyRebuild(test.readModels, moved)).rejects.toBeInstanceOf(OtherStore);
      const replay = replayParked(test.readModels, moved, { projection: 'worklist', caseId: lodged });
      await expect(replay).rejects.toBeInstanceOf(OtherStore);
      await rebuild(test.readModels, moved);
      expect(await readCheckpoint(test.readModels, moved, 'worklist')).toBe(String(BigInt(head) + 1n));
      expect((await projectionLag(test.readModels, moved, test.now)).map((l) => l.otherStore)).toEqual(
        projections.map(() => false),
      );
      expect((await verifyRebuild(test.readModels, moved)).filter((c) => !c.equal)).toEqual([]);
      await expect(readCheckpoint(test.readModels, test.log, 'worklist')).rejects.toBeInstanceOf(OtherStore);
    } finally {
      await rebuild(test.readModels, test.log);
      await store.close();
    }
  });

  it('asks nothing of a checkpoint from before stores had an identity', async () => {
    await test.readModels.query('UPDATE read.checkpoint SET store = NULL');
    expect((await projectionLag(test.readModels, test.log, test.now)).map((l) => l.otherStore)).toEqual(
      projections.map(() => false),
    );
    const from = await readCheckpoint(test.readModels, test.log, 'worklist');
    expect(from).toBe(await test.project());
  });

  it('say what a person stands in, the case too that no read model has seen yet, and read the log from there on only', async () => {
    const from: string[] = [];
    const store = new Proxy(test.log.store, {
      get: (target, name) =>
        name === 'readAll'
          ? (...asked: Parameters<typeof target.readAll>) => {
              from.push(asked[0]);
              return target.readAll(...asked);
            }
          : Reflect.get(target, name).bind(target),
    });
    const find = (personId: Id) =>
      findStreamsOfPerson(test.readModels, new EventLog(store, new PlainCodec(), () => test.now), personId);
    const level = await test.project();
    expect(await find(lodged)).toEqual({ cases: [lodged], referrals: [] });
    const referral = commandIdOf('spec', 'referral 2');
    expect(await find(referral)).toEqual({ cases: [], referrals: [referral] });
    expect(await find(commandIdOf('spec', 'nobody'))).toEqual({ cases: [], referrals: [] });
    const opened = await test.openDraft('Opened just now');
    expect(await find(opened)).toEqual({ cases: [opened], referrals: [] });
    expect(from).toEqual([level, level, level, level]);
    // Set aside before its first row, and the read models have gone on.
    await test.project();
    await test.readModels.query(`DELETE FROM read.case_file WHERE case_id = $1`, [opened]);
    await test.readModels.query(
      `INSERT INTO read.parked (projection, case_id, stream, revision, position, type, fault, detail)
       VALUES ('case_file', $1, 'case-' || $1::text, 0, 1, 'DraftOpened', 'Error', '')`,
      [opened],
    );
    expect(await find(opened)).toEqual({ cases: [opened], referrals: [] });
    await replayParked(test.readModels, test.log, { projection: 'case_file', caseId: opened });
  });

  it('writes nothing of a batch that breaks in the middle', async () => {
    const before = await hashReadModel(test.readModels, 'clock_board');
    const from = await readCheckpoint(test.readModels, test.log, 'clock_board');
    await test.openCase('Before the break', 'lodged');
    const events = [];
    for await (const batch of test.log.readAll(from, { filter: { streamPrefixes: ['case-', 'clocks-'] } })) events.push(...batch);
    // The second of its tables is away: the first is written by then.
    await test.readModels.query('ALTER TABLE read.clock_case RENAME TO clock_case_away');
    await expect(
      applyBatch(test.readModels, test.log, clockBoardProjection, events, { from, to: events.at(-1)?.position ?? from }),
    ).rejects.toThrow('clock_case');
    await test.readModels.query('ALTER TABLE read.clock_case_away RENAME TO clock_case');
    expect(await readCheckpoint(test.readModels, test.log, 'clock_board')).toBe(from);
    expect(await hashReadModel(test.readModels, 'clock_board')).toBe(before);
  });
});
