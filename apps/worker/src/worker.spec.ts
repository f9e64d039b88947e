import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import type { QueueSettings } from '#alarms/alarm-queue.js';
import { blocksAt } from '#domain/case/blocks.js';
import type { Id, InstantAt } from '#domain/event.js';
import { clocksStream } from '#domain/process/escalation.js';
import { calendarWith, publishCalendar } from '#event-store/calendar-desk.js';
import { CaseDesk } from '#event-store/case-desk.js';
import { submitDelegation } from '#event-store/delegation-desk.js';
import { commandIdOf } from '#event-store/envelope.js';
import { EventLog } from '#event-store/event-log.js';
import { type MatchSubmission, matchIdOf, submitToMatch, submitToPerson } from '#event-store/person-desk.js';
import { StoreUnavailable } from '#event-store/port.js';
import { Registry } from '#event-store/registry.js';
import { documentSettings } from '#evidence/settings.js';
import { AesGcmCodec } from '#privacy/aes-gcm-codec.js';
import { readMasterKey } from '#privacy/master-key.js';
import { migrateLog } from '#privacy/open-log.js';
import { PostgresPersonKeyStore } from '#privacy/person-keys.js';
import { findCaseFile } from '#read-models/case-file.js';
import { findClocks, findClocksHeld, findDueClocks, type PendingClock } from '#read-models/clock-board.js';
import { clockHealth, recordSweep, sweepHealth } from '#read-models/clock-health.js';
import { findLeaders, leadWhileHeld } from '#read-models/lease.js';
import { findNotifications } from '#read-models/notification.js';
import { readCheckpoint } from '#read-models/projection.js';
import { projections } from '#read-models/projections.js';
import { rebuild, verifyRebuild } from '#read-models/rebuild.js';
import { actedEarlyBy, recalculateClocks } from '#read-models/recalculation.js';
import { kanim, officer, supervisor, TestDesk } from '#read-models/testing/case-desk.js';
import { findWorklist } from '#read-models/worklist.js';
import { type Alarm, type Alarms, alarmId, openAlarms } from './alarms.js';
import { ClockProcessManager } from './clock-process-manager.js';
import { LinkProcessManager } from './link-process-manager.js';
import { runProjection } from './projector.js';
import { sweep } from './sweep.js';
import { type RedisCluster, startRedisCluster } from './testing/redis-cluster.js';
import { createWorker } from './worker.js';

/** A clock whose date passed: said once, and its officer and supervisor told. */
const ANNOUNCED = ['ClockFellDue', 'ClockEscalated', 'ClockEscalated'];
const redisUrl = process.env.TEGAS_TEST_REDIS_URL;
const alarm = ({ caseId, dueAt }: Pick<PendingClock, 'caseId' | 'dueAt'>): Alarm => ({
  dueAt,
  share: caseId.slice(0, 1),
  attempt: 1,
});

async function until(satisfied: () => boolean | Promise<boolean>, ms = 15_000): Promise<void> {
  const deadline = Date.now() + ms;
  while (!(await satisfied())) {
    if (Date.now() > deadline) throw new Error('It did not get there');
    await pause(20);
  }
}

describe('a decree', () => {
  let test: TestDesk;
  beforeAll(async () => {
    test = await TestDesk.open();
  });
  afterAll(() => test.close());

  it('is applied to every open clock once, and after that to those alone that started by a calendar from before it', async () => {
    await test.openCase('Anna', 'lodged');
    // Five working days to deliver what was determined.
    const determined = await test.openCase('Berta', 'review');
    for (const by of ['supervisor.kupang', 'kanwil.ntt', 'ahu'])
      await test.act(determined, { type: 'ReferCase', reason: 'Up the chain' }, by);
    await test.act(determined, { type: 'DetermineOtherwise', outcome: 'not-wni', reason: 'A passport was found' }, 'minister');
    const caseId = await test.openDraft('Clara');
    await test.project();
    const behind = new CaseDesk(test.log, await Registry.open(test.log, { follow: false }));
    const publish = async (holiday: string) => {
      const year = test.desk.calendar().years['2026'];
      if (year === undefined) throw new Error('There is no year 2026');
      const content = { years: { 2026: { ...year, holidays: [...year.holidays, holiday].toSorted() } } };
      const commandId = commandIdOf('admin', holiday);
      expect((await publishCalendar(test.desk, { content, actorId: 'admin', at: test.now, commandId })).kind).toBe('accepted');
    };
    await publish('2026-12-01');
    const first = await recalculateClocks(test.readModels, test.desk, test.now);
    expect(first).toMatchObject({ looked: 2, moved: 0, failed: [] });
    const since = { since: first.upTo };
    expect(await recalculateClocks(test.readModels, test.desk, test.now, since)).toMatchObject({ looked: 0, moved: 0 });

    const commandId = commandIdOf(officer, 'behind');
    const act = { caseId, actorId: officer, at: test.now, commandId, correlationId: commandId };
    expect((await behind.submit({ ...act, command: { type: 'LodgeApplication' } })).kind).toBe('accepted');
    await test.project();
    expect(await recalculateClocks(test.readModels, test.desk, test.now, since)).toMatchObject({ looked: 1, moved: 0 });

    await publish('2026-03-04');
    expect(await recalculateClocks(test.readModels, test.desk, test.now)).toMatchObject({ looked: 3, moved: 1, failed: [] });
    // A case that cannot be read is named, to be tried again by itself.
    const { head } = await test.log.read(`case-${caseId}`);
    const id = commandIdOf(officer, 'never heard of');
    const metadata = { actor: officer, effectiveAt: test.now, commandId: id, correlationId: id };
    await test.log.append(`case-${caseId}`, head, [{ id, type: 'NeverHeardOf', data: {}, metadata }]);
    const again = await recalculateClocks(test.readModels, test.desk, test.now, { only: [caseId] });
    expect(again).toMatchObject({ looked: 1, moved: 0, failed: [caseId] });
  });
});

describe('a decree for the wrong year', () => {
  let test: TestDesk;
  beforeAll(async () => {
    test = await TestDesk.open();
    test.now = '2026-12-01T01:00:00.000Z';
  });
  afterAll(() => test.close());

  it.each([
    ['2020', 'calendar-past'],
    ['2025', 'calendar-past'],
    ['2036', 'calendar-far'],
    ['9999', 'calendar-wrong'],
    ['0001', 'calendar-wrong'],
  ])('%s is refused: %s', async (year, code) => {
    const content = { years: { [year]: { decree: 'SKB', confidence: 'S', holidays: [`${year}-03-04`], collectiveLeave: [] } } };
    const commandId = commandIdOf('admin', year);
    const outcome = await publishCalendar(test.desk, { content, actorId: 'admin', at: test.now, commandId });
    expect(outcome).toMatchObject({ kind: 'rejected', rejection: { code } });
    if (code !== 'calendar-wrong')
      expect(outcome).toMatchObject({ rejection: { reason: { en: expect.stringContaining(` ${year} `) } } });
  });

  it('that leaves out holidays of fixed date, or names fewer days than before, says so or is refused, and what to write', async () => {
    const publish = (days: object, year = '2027') => {
      const content = { years: { [year]: { decree: 'SKB', confidence: 'S', collectiveLeave: [], ...days } } };
      const commandId = commandIdOf('admin', JSON.stringify(content));
      return publishCalendar(test.desk, { content, actorId: 'admin', at: test.now, commandId });
    };
    const holidays = ['2027-01-01', '2027-05-01', '2027-08-17', '2027-12-25'];
    expect(await publish({ holidays })).toMatchObject({
      kind: 'rejected',
      rejection: {
        code: 'days-lost',
        reason: {
          id: expect.stringMatching(/1 Juni 2027.*bila memang dihapus, tulis "removes": \["2027-06-01"\]/),
          en: expect.stringMatching(/1 June 2027.*if they are meant to go, write "removes": \["2027-06-01"\]/),
        },
      },
    });
    expect((await publish({ holidays, removes: ['2027-06-01'] })).kind).toBe('accepted');
    expect(test.desk.calendar().years['2027']).toEqual({ decree: 'SKB', confidence: 'S', holidays, collectiveLeave: [] });
    // A day that moves is none lost; what names only what is new loses the rest.
    const { '2026': year } = test.desk.calendar().years;
    if (year === undefined) throw new Error('There is no year 2026');
    const [last = '', ...others] = year.holidays.filter((day) => day > '2026-06-02' && !/08-17|12-25/.test(day));
    const moved = [...year.holidays.filter((day) => day !== last), '2026-11-30'].toSorted();
    expect((await publish({ ...year, holidays: moved }, '2026')).kind).toBe('accepted');
    expect(await publish({ holidays: ['2026-11-27'] }, '2026')).toMatchObject({
      rejection: { code: 'days-lost', reason: { en: expect.stringContaining('1 January 2026') } },
    });
    expect(others.length).toBeGreaterThan(0);
  });

  it('that names more than 60 days in a year is refused, of the nation or of an office', async () => {
    const fixed = ['2028-01-01', '2028-05-01', '2028-06-01', '2028-08-17', '2028-12-25'];
    const more = (count: number) =>
      Array.from({ length: count }, (_, i) => new Date(Date.UTC(2028, 1, 1 + i)).toISOString().slice(0, 10));
    const decree = { decree: 'SKB', confidence: 'S', collectiveLeave: [] };
    const publish = (days: object) => {
      const content = { years: { 2028: { ...decree, holidays: fixed, ...days } } };
      const commandId = commandIdOf('admin', JSON.stringify(content));
      return publishCalendar(test.desk, { content, actorId: 'admin', at: test.now, commandId });
    };
    const refused = {
      kind: 'rejected',
      rejection: {
        code: 'days-many',
        reason: { id: expect.stringContaining('2028 menyebut lebih dari 60 hari'), en: expect.stringContaining('more than 60') },
      },
    };
    expect(await publish({ collectiveLeave: more(56) })).toMatchObject(refused);
    expect(await publish({ local: [{ ...decree, office: 'KANIM-ATB', holidays: more(61) }] })).toMatchObject(refused);
    expect((await publish({ collectiveLeave: more(55) })).kind).toBe('accepted');
  });
});

describe('what the law does by itself', () => {
  let test: TestDesk;
  let clocks: ClockProcessManager;
  let links: LinkProcessManager;
  beforeAll(async () => {
    test = await TestDesk.open();
    clocks = new ClockProcessManager(test.desk, test.readModels, () => test.now);
    links = new LinkProcessManager(test.desk, test.readModels, () => test.now);
  });
  afterAll(() => test.close());

  const stateOf = async (caseId: Id) => {
    const { state } = await test.desk.read(caseId);
    if (state === undefined) throw new Error(`No case ${caseId}`);
    return state;
  };
  /** Determined not to be a citizen, by the Minister. */
  const determined = async (): Promise<Id> => {
    const caseId = await test.openCase('Anna', 'review');
    for (const by of ['supervisor.kupang', 'kanwil.ntt', 'ahu'])
      await test.act(caseId, { type: 'ReferCase', reason: 'Up the chain' }, by);
    await test.act(caseId, { type: 'DetermineOtherwise', outcome: 'not-wni', reason: 'A passport was found' }, 'minister');
    return caseId;
  };

  it('opens the case that an outcome calls for, once, however many managers look at once, and both name each other', async () => {
    const caseId = await determined();
    await test.project();
    const other = new LinkProcessManager(test.desk, test.readModels, () => test.now);
    await Promise.all([links.answerLinks(), links.answerLinks([caseId]), other.answerLinks()]);
    const [link] = (await stateOf(caseId)).links;
    expect(link).toMatchObject({ relation: 'opened', procedure: 'PSIM' });
    const opened = await stateOf(link?.other ?? '');
    expect(opened).toMatchObject({ progress: { stage: 'draft' }, links: [{ other: caseId, relation: 'opened-by' }] });
    expect(opened.subject?.name).toBe('Anna');
    await test.project();
    expect(await links.answerLinks()).toBe(0);
    expect((await test.log.read(`case-${opened.caseId}`)).events).toHaveLength(2);
    expect((await findCaseFile(test.readModels, opened.caseId))?.procedure).toBe('PSIM');
  });

  it('warns the supervisor of the silence that will grant an objection, and lets it grant it, once, at its instant', async () => {
    const caseId = await determined();
    await test.act(caseId, { type: 'ServeDetermination', servedOn: test.now.slice(0, 10), method: 'in-person' });
    await test.act(caseId, { type: 'FileRemedy', remedy: 'objection', filedOn: test.now.slice(0, 10), reason: 'She objects' });
    await test.project();
    await links.answerLinks();
    await test.project();
    const remedyId = (await stateOf(caseId)).links.find((link) => link.relation === 'remedy')?.other ?? '';
    const due = (await stateOf(remedyId)).clocks.find((clock) => clock.code === 'objection-decision')?.due;
    const list = async () =>
      findWorklist(test.readModels, {
        officesInScope: [kanim],
        at: test.now,
        forReviewBy: { offices: [kanim], not: ['supervisor.kupang'] },
      });

    test.now = due?.warnAt ?? '';
    await Promise.all([sweep(test.readModels, clocks, test.now), sweep(test.readModels, clocks, test.now)]);
    const warned = (await test.log.read(clocksStream(remedyId))).events.filter((e) => e.type === 'ClockWarned');
    expect(warned.map((e) => e.data)).toMatchObject([{ told: ['supervisor.kupang'] }]);
    await test.project();
    expect((await list()).items.find((item) => item.caseId === remedyId)).toMatchObject({ warnedAt: test.now, lawActedAt: null });

    test.now = new Date(Date.parse(due?.dueAt ?? '') + 3_600_000).toISOString();
    const alarmed = { caseId: remedyId, dueAt: due?.dueAt ?? '' };
    await Promise.all([sweep(test.readModels, clocks, test.now), clocks.ring(alarm(alarmed)), clocks.ring(alarm(alarmed))]);
    await sweep(test.readModels, clocks, test.now);
    await test.project();
    expect((await sweep(test.readModels, clocks, test.now)).told).toBe(1);
    await test.project();
    expect((await sweep(test.readModels, clocks, test.now)).told).toBe(0);
    const acted = (await test.log.read(clocksStream(remedyId))).events.filter(
      ({ data }) => 'step' in data && data.step === 'law-acted',
    );
    expect(acted.map((e) => e.data)).toMatchObject([
      // Nobody was assigned, so every officer of the office is told beside the supervisor, and as an officer.
      { dueAt: due?.dueAt, toRole: 'case-officer', told: ['officer.kupang', 'officer2.kupang'] },
      { dueAt: due?.dueAt, toRole: 'supervisor', told: ['supervisor.kupang'] },
    ]);
    const silent = (await test.log.read(`case-${remedyId}`)).events.filter((e) => e.type === 'DeterminedBySilence');
    expect(silent.map((e) => [e.metadata.actor, e.metadata.effectiveAt])).toEqual([['law', due?.dueAt]]);
    expect((await stateOf(remedyId)).progress).toMatchObject({
      stage: 'determined',
      determination: { outcome: 'granted-by-silence', bySilence: 'objection-decision-1' },
    });
    await test.project();
    const { items, counts } = await list();
    expect(counts['beyond-repair']).toBe(1);
    expect(items.find((item) => item.caseId === remedyId)).toMatchObject({ group: 'beyond-repair', lawActedAt: due?.dueAt });
    // An hour late: the law's own acts count in the lateness too.
    expect((await clockHealth(test.readModels, test.now)).lateness).toEqual({ p50: 3600, p95: 3600, p99: 3600 });

    // A holiday decreed afterwards would have given a day more: named before it is published, told once after.
    const { version: _, years } = test.desk.calendar();
    const year = years['2026'];
    if (year === undefined) throw new Error('There is no year 2026');
    const content = { years: { 2026: { ...year, holidays: [...year.holidays, '2026-03-05'].toSorted() } } };
    const { calendar } = calendarWith(test.desk.calendar(), content);
    const early = [];
    for await (const act of actedEarlyBy(test.readModels, test.desk, calendar, test.now)) early.push(act);
    expect(early).toMatchObject([{ caseId: remedyId, clock: 'objection-decision', actedAt: due?.dueAt, days: ['2026-03-05'] }]);
    const later = early[0]?.due.dueAt ?? '';
    expect(later > (due?.dueAt ?? '')).toBe(true);
    const commandId = commandIdOf('admin', 'early');
    expect((await publishCalendar(test.desk, { content, actorId: 'admin', at: test.now, commandId })).kind).toBe('accepted');
    const look = () => recalculateClocks(test.readModels, test.desk, test.now);
    await Promise.all([look(), look()]);
    await test.project();
    await look();
    const told = (await test.desk.told(remedyId)).filter(({ step }) => step === 'law-acted-early');
    expect(told).toMatchObject([{ dueAt: later, toRole: 'supervisor', told: ['supervisor.kupang'] }]);

    // A decree for another office moves no date of this case: it is blamed for nothing, and nothing is told anew.
    const elsewhere = { office: 'KANIM-ATB', decree: 'SK Bupati Belu', confidence: 'sourced', holidays: ['2026-03-04'] };
    const withLocal = { years: { 2026: { ...content.years[2026], local: [{ ...elsewhere, collectiveLeave: [] }] } } };
    const unrelated = calendarWith(test.desk.calendar(), withLocal).calendar;
    for await (const act of actedEarlyBy(test.readModels, test.desk, unrelated, test.now)) throw new Error(act.reference);
    const second = { content: withLocal, actorId: 'admin', at: test.now, commandId: commandIdOf('admin', 'elsewhere') };
    expect((await publishCalendar(test.desk, second)).kind).toBe('accepted');
    await look();
    expect((await test.desk.told(remedyId)).filter(({ step }) => step === 'law-acted-early')).toHaveLength(1);
    await test.project();
    expect((await verifyRebuild(test.readModels, test.log)).filter((c) => !c.equal)).toEqual([]);
  }, 60_000);

  it('warns of the silence that has granted an objection entered weeks after its filing, and lets it grant at the next look', async () => {
    test.now = '2026-04-01T01:00:00.000Z';
    const caseId = await determined();
    const filedOn = test.now.slice(0, 10);
    await test.act(caseId, { type: 'ServeDetermination', servedOn: filedOn, method: 'in-person' });
    test.now = new Date(Date.parse(test.now) + 25 * 24 * 3_600_000).toISOString();
    const proofSha256 = 'c'.repeat(64);
    const late = { type: 'FileRemedy', remedy: 'objection', filedOn, proofSha256, reason: 'It lay in the post room' } as const;
    await expect(test.act(caseId, late)).rejects.toThrow('silence-has-granted');
    await test.act(caseId, { ...late, acknowledges: 'granted-by-silence' });
    await test.project();
    await links.answerLinks([caseId]);
    await test.project();
    const remedyId = (await stateOf(caseId)).links.find((link) => link.relation === 'remedy')?.other ?? '';

    await sweep(test.readModels, clocks, test.now);
    const warned = (await test.log.read(clocksStream(remedyId))).events.filter((e) => e.type === 'ClockWarned');
    expect(warned.map((e) => e.data)).toMatchObject([
      { told: ['supervisor.kupang'], outcome: 'granted-by-silence', at: test.now },
    ]);
    expect((await stateOf(remedyId)).progress.stage).toBe('lodged');
    await test.project();
    await sweep(test.readModels, clocks, test.now);
    const dueAt = (await stateOf(remedyId)).clocks.find((clock) => clock.code === 'objection-decision')?.due.dueAt;
    expect((await stateOf(remedyId)).progress).toMatchObject({ determination: { outcome: 'granted-by-silence', at: dueAt } });
    expect(dueAt && dueAt < test.now).toBe(true);
    expect((await test.log.read(clocksStream(remedyId))).events.filter((e) => e.type === 'ClockWarned')).toHaveLength(1);
  });
});

describe('person records that are merged', () => {
  let test: TestDesk;
  let links: LinkProcessManager;
  beforeAll(async () => {
    test = await TestDesk.open();
    links = new LinkProcessManager(test.desk, test.readModels, () => test.now);
  });
  afterAll(() => test.close());

  let acts = 0;
  const idFor = (actorId: Id) => commandIdOf(actorId, `merge ${acts++}`);
  const registered = async (name: string): Promise<Id> => {
    const caseId = await test.openCase(name, 'lodged');
    const act = { actorId: officer, at: test.now, commandId: idFor(officer) };
    const { outcome } = await submitToPerson(test.desk, { type: 'RegisterPerson', caseId, ...act });
    expect(outcome.kind).toBe('accepted');
    return caseId;
  };
  /** In the test desk a case's subject has the case's id. */
  const decide = async (type: MatchSubmission['command']['type'], a: Id, b: Id): Promise<void> => {
    const actorId = type === 'ProposeMatch' ? officer : supervisor;
    const of = type === 'ProposeMatch' ? { pair: [a, b] as const } : { matchId: matchIdOf(a, b) };
    const act = { actorId, at: test.now, commandId: idFor(actorId), cases: [a, b] };
    const { outcome } = await submitToMatch(test.desk, { command: { type, reason: 'The same passport' }, of, ...act });
    expect(outcome.kind).toBe('accepted');
  };
  const merge = async (a: Id, b: Id): Promise<void> => {
    await decide('ProposeMatch', a, b);
    await decide('MergePersons', a, b);
  };
  /** Two managers look at once, until there is nothing more to tell. */
  const settle = async (): Promise<void> => {
    const other = new LinkProcessManager(test.desk, test.readModels, () => test.now);
    for (let told = 1; told > 0; ) {
      await test.project();
      const [one, two] = await Promise.all([links.followMerges(), other.followMerges(), links.answerLinks()]);
      told = one + two;
    }
  };
  const linksOf = async (caseId: Id) => (await test.desk.read(caseId)).state?.links.map(({ other }) => other).toSorted();
  const blocked = async (caseId: Id) => {
    const { state } = await test.desk.read(caseId);
    if (state === undefined) throw new Error(`No case ${caseId}`);
    return blocksAt(state, (await test.desk.around(state)).linked, {
      offices: test.desk.registry.state.offices,
      at: test.now,
    }).map(({ by }) => by);
  };

  it('link the cases of all of them, so that an indicator in one holds enforcement back in the others', async () => {
    const [a, b, c] = [await registered('Ana'), await registered('Anna'), await registered('Hana')];
    await test.act(a, { type: 'LinkCase', other: b, reason: 'Her own words' }, supervisor);
    await merge(a, b);
    await settle();
    expect([await linksOf(a), await linksOf(b)]).toEqual([[b], [a]]);
    await merge(b, c);
    await test.act(a, { type: 'RecordIndicator', indicatorId: 'i-1', indicator: 'debt-bondage', reason: 'Her passport is kept' });
    expect(await blocked(c)).toEqual([]);
    await settle();
    expect([await linksOf(a), await linksOf(b), await linksOf(c)]).toEqual([[b, c].sort(), [a, c].sort(), [a, b].sort()]);
    expect(await blocked(c)).toEqual(['i-1']);
    const told = (await test.log.read(`case-${c}`)).events.filter((e) => e.type === 'CaseLinked');
    expect(told).toHaveLength(2);
    expect(told).toContainEqual(
      expect.objectContaining({
        metadata: expect.objectContaining({ actor: 'linked-cases' }),
        data: expect.objectContaining({ other: b, relation: 'same-person', match: matchIdOf(b, c) }),
      }),
    );

    await decide('UndoMerge', b, c);
    await settle();
    // What was linked by hand stays; what rested on the merge alone ends in every case.
    expect([await linksOf(a), await linksOf(b), await linksOf(c)]).toEqual([[b], [a], []]);
    expect(await blocked(c)).toEqual([]);
    await merge(b, c);
    await settle();
    expect(await linksOf(c)).toEqual([a, b].sort());
    expect((await verifyRebuild(test.readModels, test.log)).filter((one) => !one.equal)).toEqual([]);
  });
});

describe('deadlines', () => {
  let test: TestDesk;
  let clocks: ClockProcessManager;
  beforeAll(async () => {
    test = await TestDesk.open();
    clocks = new ClockProcessManager(test.desk, test.readModels, () => test.now);
  });
  afterAll(() => test.close());

  const typesIn = async (caseId: Id) => (await test.log.read(clocksStream(caseId))).events.map((e) => e.type);
  const intakeOf = async (caseId: Id): Promise<PendingClock> => {
    const pending = await findDueClocks(test.readModels, '2100-01-01T00:00:00.000Z', 1000);
    const clock = pending.find((one) => one.caseId === caseId);
    if (clock === undefined) throw new Error('No clock');
    return clock;
  };

  it('escalates exactly once, with duplicate alarms and sweeps at once', async () => {
    const cases = [];
    for (let n = 0; n < 12; n += 1) cases.push(await test.openCase(`Due ${n}`, 'lodged'));
    await test.project();
    const due = await Promise.all(cases.map(intakeOf));
    test.now =
      due
        .map((c) => c.dueAt)
        .sort()
        .at(-1) ?? test.now;
    await Promise.all([
      ...due.flatMap((clock) => [clocks.ring(alarm(clock)), clocks.ring(alarm(clock))]),
      sweep(test.readModels, clocks, test.now),
      sweep(test.readModels, clocks, test.now),
    ]);
    for (const caseId of cases) expect(await typesIn(caseId)).toEqual(ANNOUNCED);
    await test.project();
    expect(await sweep(test.readModels, clocks, test.now)).toEqual({ announced: 0, warned: 0, told: 0, refused: 0, failed: 0 });
    expect((await findWorklist(test.readModels, { officesInScope: [kanim], at: test.now, escalated: true })).items).toHaveLength(
      12,
    );
    expect((await verifyRebuild(test.readModels, test.log)).filter((c) => !c.equal)).toEqual([]);
  });

  it('sweeps what no alarm rang for, and nothing before it is due', async () => {
    const caseId = await test.openCase('Swept', 'lodged');
    await test.project();
    const { dueAt } = await intakeOf(caseId);
    const before = new Date(Date.parse(dueAt) - 1).toISOString();
    // Nothing is due, and the ladder tells what has fallen of it: the officer, and the supervisor.
    test.now = before;
    expect(await sweep(test.readModels, clocks, before)).toMatchObject({ announced: 0, warned: 0, failed: 0 });
    expect(await typesIn(caseId)).toEqual(['ClockEscalated', 'ClockEscalated']);
    test.now = dueAt;
    expect(await sweep(test.readModels, clocks, dueAt)).toMatchObject({ announced: 1, warned: 0, failed: 0 });
    // The officer was told of that date before.
    expect((await typesIn(caseId)).slice(2)).toEqual(['ClockFellDue', 'ClockEscalated']);
    await test.project();
    expect(await sweep(test.readModels, clocks, dueAt)).toEqual({ announced: 0, warned: 0, told: 0, refused: 0, failed: 0 });
  });

  it('says that a date has passed although the key of its person is away', async () => {
    const caseId = await test.openCase('Keyless', 'lodged');
    await test.project();
    const { clockId, dueAt } = await intakeOf(caseId);
    const away = () => Promise.reject(new StoreUnavailable('no key can be looked up'));
    const log = new EventLog(test.log.store, { open: away, seal: away, fingerprint: () => '' }, () => dueAt);
    const desk = new CaseDesk(log, test.desk.registry);
    await expect(desk.read(caseId)).rejects.toThrow(StoreUnavailable);
    expect(await desk.announceDue(caseId, clockId, dueAt, dueAt)).toMatchObject({ kind: 'accepted' });
    expect(await typesIn(caseId)).toEqual(ANNOUNCED);
  });

  it('asks again of a clock that was announced while something held the law back, for nobody may act on its case meanwhile', async () => {
    const caseId = await test.openCase('Held', 'lodged');
    await test.project();
    const { dueAt } = await intakeOf(caseId);
    test.now = dueAt;
    await sweep(test.readModels, clocks, test.now);
    await test.project();
    const held = async () => (await findClocksHeld(test.readModels, test.now, 10)).map((clock) => clock.caseId);
    expect(await held()).toEqual([]);
    // As if the law acted on this clock, and a linked case that is pending had held it back when it fell due.
    const byLaw = (effect: string | null) =>
      test.database.pool.query('UPDATE read.clock_board SET law_effect = $2 WHERE case_id = $1', [caseId, effect]);
    await byLaw('lapse');
    expect(await held()).toEqual([caseId]);
    expect(await sweep(test.readModels, clocks, test.now)).toMatchObject({ announced: 0, refused: 1, failed: 0 });
    await byLaw(null);
  });

  it('tells each step of a ladder once, however many sweeps look at once, and every step with its rung', async () => {
    const caseId = await test.openCase('Climbed', 'lodged');
    await test.project();
    const told = async () =>
      (await test.desk.told(caseId)).map(({ step, toRole, told: officials }) => `${step} ${toRole} ${officials.join()}`);
    const { dueAt } = await intakeOf(caseId);
    const atDay = (days: number): InstantAt => new Date(Date.parse(dueAt) + days * 24 * 3_600_000).toISOString();
    for (const days of [-6, -2, -1, 0, 7]) {
      test.now = atDay(days);
      await Promise.all([sweep(test.readModels, clocks, test.now), sweep(test.readModels, clocks, test.now)]);
      await test.project();
    }
    // Nobody is head of this office in the demo: the region is told in their place.
    expect(await told()).toEqual([
      'half case-officer officer.kupang,officer2.kupang',
      'four-fifths case-officer officer.kupang,officer2.kupang',
      'nine-tenths supervisor supervisor.kupang',
      'due supervisor supervisor.kupang',
      'overdue-3 regional kanwil.ntt',
    ]);
    expect((await verifyRebuild(test.readModels, test.log)).filter((c) => !c.equal)).toEqual([]);
  });

  it('passes what was told on to the officer who has the case since, once, however many sweeps look, and not again after a rebuild', async () => {
    const caseId = await test.openCase('Passed', 'screening');
    await test.project();
    const { dueAt } = await intakeOf(caseId);
    test.now = new Date(Date.parse(dueAt) - 6 * 24 * 3_600_000).toISOString();
    await sweep(test.readModels, clocks, test.now);
    await test.project();
    await test.act(caseId, { type: 'AssignOfficer', officer: 'officer2.kupang' }, supervisor);
    await test.project();
    await Promise.all([sweep(test.readModels, clocks, test.now), sweep(test.readModels, clocks, test.now)]);
    await test.project();
    const passed = async () => (await test.desk.told(caseId)).filter((one) => one.passedOn !== undefined);
    expect(await passed()).toMatchObject([
      { step: 'half', dueAt, told: ['officer2.kupang'], passedOn: { toldBefore: ['officer.kupang'] } },
    ]);
    const { items } = await findNotifications(test.readModels, { official: 'officer2.kupang' });
    expect(items.find((item) => item.caseId === caseId)).toMatchObject({ step: 'half', toldBefore: ['officer.kupang'] });
    await rebuild(test.readModels, test.log);
    expect(await sweep(test.readModels, clocks, test.now)).toEqual({ announced: 0, warned: 0, told: 0, refused: 0, failed: 0 });
    expect(await passed()).toHaveLength(1);
  });

  it('passes what awaits the supervisor on to who acts in their place, from the first day, once', async () => {
    const caseId = await test.openCase('Lent', 'screening');
    await test.project();
    const { dueAt } = await intakeOf(caseId);
    test.now = new Date(Date.parse(dueAt) - 24 * 3_600_000).toISOString();
    await sweep(test.readModels, clocks, test.now);
    await test.project();
    const today = new Date(Date.parse(test.now) + 8 * 3_600_000).toISOString().slice(0, 10);
    const command = {
      type: 'GrantDelegation',
      ...{ delegationId: caseId, official: 'officer2.kupang', holder: supervisor, role: 'supervisor' as const, office: kanim },
      ...{ from: today, to: new Date(Date.parse(today) + 3 * 24 * 3_600_000).toISOString().slice(0, 10), reason: 'Ill' },
    } as const;
    const commandId = commandIdOf(supervisor, 'lend');
    const granted = await submitDelegation(test.desk, { command, actorId: supervisor, at: test.now, commandId });
    expect(granted.kind).toBe('accepted');
    const another = new ClockProcessManager(test.desk, test.readModels, () => test.now);
    await Promise.all([sweep(test.readModels, clocks, test.now), sweep(test.readModels, another, test.now)]);
    await test.project();
    const passed = (await test.desk.told(caseId)).filter((one) => one.passedOn !== undefined);
    expect(passed).toMatchObject([
      { step: 'nine-tenths', toRole: 'supervisor', told: ['officer2.kupang'], passedOn: { holder: supervisor } },
    ]);
    const afresh = new ClockProcessManager(test.desk, test.readModels, () => test.now);
    expect(await sweep(test.readModels, afresh, test.now)).toMatchObject({ told: 0, refused: 0, failed: 0 });
    expect((await verifyRebuild(test.readModels, test.log)).filter((c) => !c.equal)).toEqual([]);
    // For the tests after this one, nobody is away.
    test.now = new Date(Date.parse(test.now) + 4 * 24 * 3_600_000).toISOString();
  });

  it('sets alarms for running clocks within the horizon, and one that rang too early anew', async () => {
    const set: Alarm[] = [];
    const fake: Alarms = {
      backend: 'redis',
      set: async (alarms) => {
        set.push(...alarms);
      },
      close: async () => undefined,
    };
    const manager = new ClockProcessManager(test.desk, test.readModels, () => test.now);
    expect(await manager.setAlarms()).toBe(0);
    manager.useAlarms(fake);
    const caseId = await test.openCase('Early', 'lodged');
    await test.openImported('no-alarm', '2026-12-01T00:00:00.000Z');
    await test.project();
    expect(await manager.setAlarms([caseId])).toBe(1);
    const [first] = set;
    if (first === undefined) throw new Error('No alarm');
    await manager.ring(first);
    expect(set.at(-1)).toEqual({ ...first, attempt: 2 });
    expect(first.share).toBe(caseId.slice(0, 1));
    expect(alarmId(first)).toMatch(/^alarm\/\d{17}\/[0-9a-f]\/1$/);
    expect(alarmId({ ...first, attempt: 2 })).not.toBe(alarmId(first));
  });

  const overBackend = (name: string, settings: () => QueueSettings) => {
    it(`rings through ${name} in time, once for an alarm set twice, again for one set anew`, async () => {
      const rung: { alarm: Alarm; lateMs: number }[] = [];
      const started = Date.now();
      const alarms = await openAlarms(settings(), async (ringing) => {
        rung.push({ alarm: ringing, lateMs: Date.now() - started - 1000 });
      });
      try {
        expect(alarms.backend).toBe(settings().redisUrl === undefined ? 'postgresql' : 'redis');
        const now = '2026-05-01T00:00:00.000Z';
        const set = Array.from({ length: 16 }, (_, n) => ({
          share: n.toString(16),
          dueAt: new Date(Date.parse(now) + Date.now() - started + 1000).toISOString(),
          attempt: 1,
        }));
        const begun = Date.now() - started;
        await alarms.set(set, new Date(Date.parse(now) + begun).toISOString());
        await alarms.set(set, new Date(Date.parse(now) + begun).toISOString());
        await until(() => rung.length >= 16);
        await pause(300);
        expect(rung.map((r) => r.alarm.share).sort()).toEqual(set.map((a) => a.share));
        expect(Math.min(...rung.map((r) => r.lateMs))).toBeGreaterThanOrEqual(-50);
        // The same id may be set again after it rang: finding 3, an id of a completed job is silently ignored unless it is removed.
        await alarms.set(set.slice(0, 1), '2026-05-02T00:00:00.000Z');
        await until(() => rung.length === 17);
      } finally {
        await alarms.close();
      }
    });

    it(`escalates each of 60 clocks exactly once through ${name}, with two workers`, async () => {
      const start = '2026-06-01T01:00:00.000Z';
      test.now = start;
      const cases: Id[] = [];
      for (let n = 0; n < 60; n += 1) cases.push(await test.openCase(`${name} ${n}`, 'lodged'));
      await test.project();
      const due = await intakeOf(cases[0] ?? '');
      // One second before it, from when on time runs.
      const began = Date.now();
      const now = () => new Date(Date.parse(due.dueAt) - 1000 + Date.now() - began).toISOString();
      Object.defineProperty(test, 'now', { get: now, set: () => undefined, configurable: true });
      const managers = [1, 2].map(() => new ClockProcessManager(test.desk, test.readModels, now));
      const opened = await Promise.all(managers.map((manager) => openAlarms(settings(), manager.ring)));
      try {
        for (const [n, manager] of managers.entries()) manager.useAlarms(opened[n]);
        await Promise.all(managers.map((manager) => manager.setAlarms(cases)));
        await until(async () => (await Promise.all(cases.map(typesIn))).every((types) => types.length > 0));
        const late = Date.parse(now()) - Date.parse(due.dueAt);
        console.log(`${name}: 60 clocks announced ${late} ms after they fell due, by alarms alone`);
        await pause(200);
        for (const caseId of cases) expect(await typesIn(caseId)).toEqual(ANNOUNCED);
      } finally {
        await Promise.all(opened.map((alarms) => alarms.close()));
        Object.defineProperty(test, 'now', { value: now(), writable: true, configurable: true });
      }
      await test.project();
      expect((await findDueClocks(test.readModels, test.now, 500)).filter((c) => cases.includes(c.caseId))).toEqual([]);
    });
  };

  overBackend('PostgreSQL', () => ({ databaseUrl: test.database.url }));
  if (redisUrl === undefined || redisUrl === '') {
    console.warn('\n!!! NOT RUN: alarms over Redis (TEGAS_TEST_REDIS_URL is not set) !!!\n');
  } else {
    overBackend('Redis', () => ({ databaseUrl: test.database.url, redisUrl }));

    it('finds by sweep what a flushed queue lost', async () => {
      const caseId = await test.openCase('Flushed', 'lodged');
      await test.project();
      const clock = await intakeOf(caseId);
      const alarms = await openAlarms({ databaseUrl: test.database.url, redisUrl }, clocks.ring);
      await alarms.set([alarm(clock)], test.now);
      const redis = new Redis(redisUrl);
      await redis.flushall();
      redis.disconnect();
      test.now = clock.dueAt;
      await sweep(test.readModels, clocks, test.now);
      expect(await typesIn(caseId)).toEqual(ANNOUNCED);
      await alarms.close();
    });

    describe('over a Redis Cluster', () => {
      let cluster: RedisCluster;
      beforeAll(async () => {
        cluster = await startRedisCluster();
      });
      afterAll(() => cluster.stop());
      overBackend('Redis Cluster', () => ({ databaseUrl: test.database.url, redisUrl: cluster.url }));
    });
  }

  it('says that a queue is away instead of waiting for it', async () => {
    const nowhere = { databaseUrl: test.database.url, redisUrl: 'redis://127.0.0.1:1' };
    await expect(openAlarms(nowhere, async () => undefined)).rejects.toThrow();
  });

  it('projects live, rides out a lost database connection, and hands over to a second worker', async () => {
    const stopping = new AbortController();
    const first = AbortSignal.any([stopping.signal, AbortSignal.timeout(500)]);
    const loops = [first, stopping.signal].flatMap((signal, n) =>
      projections.map((projection) => runProjection(test.readModels, test.log, projection, signal, { holder: `worker ${n}` })),
    );
    const told = console.error;
    console.error = () => undefined; // The lost connections are told of; they are the point of this test.
    try {
      for (let n = 0; n < 5; n += 1) {
        await test.openCase(`Live ${n}`, 'screening');
        await test.database.pool.query(
          `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'tegas read models'`,
        );
      }
      const head = await test.log.head();
      await until(async () => {
        const at = await Promise.all(projections.map((p) => readCheckpoint(test.readModels, test.log, p.name).catch(() => '0')));
        return at.every((position) => BigInt(position) >= BigInt(head));
      });
    } finally {
      stopping.abort();
      await Promise.all(loops);
      console.error = told;
    }
    expect((await verifyRebuild(test.readModels, test.log)).filter((c) => !c.equal)).toEqual([]);
    expect(
      (await findClocks(test.readModels, { officesInScope: [kanim], at: test.now, limit: 200 })).items.length,
    ).toBeGreaterThanOrEqual(5);
  }, 60_000);
});

describe('lateness', () => {
  let test: TestDesk;
  beforeAll(async () => {
    test = await TestDesk.open();
  });
  afterAll(() => test.close());

  it('of the sweep itself is said after five sweeps without one, and after 15 s at the earliest', async () => {
    const done = { announced: 0, warned: 0, told: 0, refused: 0, failed: 0, recalculated: 0 };
    const lateAfter = async (everyMs: number, seconds: number) => {
      await recordSweep(test.readModels, done, everyMs, 1);
      await test.readModels.query(`UPDATE ops.sweep SET at = at - make_interval(secs => $1)`, [seconds]);
      return (await sweepHealth(test.readModels))?.late;
    };
    expect([await lateAfter(5000, 20), await lateAfter(5000, 26)]).toEqual([false, true]);
    expect([await lateAfter(1000, 10), await lateAfter(1000, 16)]).toEqual([false, true]);
  });

  it('counts from when the date was recorded, where what was entered late had put it in the past', async () => {
    const caseId = await test.openCase('Late', 'lodged');
    const clock = { clockId: 'intake-1', reason: 'The river' } as const;
    test.now = '2026-03-03T01:00:00.000Z';
    await test.act(caseId, { type: 'SuspendClock', ...clock, from: '2026-03-03', ground: 'force-majeure' }, supervisor);
    test.now = '2026-04-01T01:00:00.000Z';
    await test.act(caseId, { type: 'ResumeClock', ...clock, resumedOn: '2026-03-05' }, supervisor);
    await test.project();
    test.now = '2026-04-01T01:00:07.000Z';
    await sweep(test.readModels, new ClockProcessManager(test.desk, test.readModels, () => test.now), test.now);
    await test.project();
    const [row] = (await findClocks(test.readModels, { officesInScope: [kanim], at: test.now, caseId })).items;
    expect([row?.dueOn, row?.fellDueAt, row?.dueSetAt]).toEqual(['2026-03-18', test.now, '2026-04-01T01:00:00.000Z']);
    expect((await clockHealth(test.readModels, test.now)).lateness).toEqual({ p50: 7, p95: 7, p99: 7 });
  });
});

describe('the lease of a projection', () => {
  let test: TestDesk;
  beforeAll(async () => {
    test = await TestDesk.open();
  });
  afterAll(() => test.close());

  // That a second process takes over from one that was killed, in time, is shown in test/e2e/takeover.spec.ts.
  it('lets one lead at a time, none beside a lease that has not run out, and ends the lead of whoever lost it', async () => {
    const [projection] = projections;
    if (projection === undefined) throw new Error('No projection');
    await test.readModels.query(
      `INSERT INTO read.lease (name, holder, until) VALUES ($1, 'another', clock_timestamp() + interval '1 s')`,
      [projection.name],
    );
    const stopping = new AbortController();
    const following: string[] = [];
    const leaders = new Set<string>();
    const most = { atOnce: 0 };
    const loops = ['a', 'b'].map((holder) =>
      leadWhileHeld(
        test.readModels,
        projection.name,
        { holder, onFollowing: () => following.push(holder) },
        stopping.signal,
        async (leading) => {
          leaders.add(holder);
          most.atOnce = Math.max(most.atOnce, leaders.size);
          await new Promise((resolve) => leading.addEventListener('abort', resolve));
          leaders.delete(holder);
        },
      ),
    );
    await until(() => leaders.size === 1);
    expect(following.sort()).toEqual(['a', 'b']);
    const [leader = ''] = leaders;
    expect((await findLeaders(test.readModels)).get(projection.name)).toBe(leader);
    // Held no longer than this: a dead one is replaced in time.
    const [held]: { left: number }[] = await test.readModels.query(
      `SELECT extract(epoch FROM until - clock_timestamp())::float8 AS left FROM read.lease WHERE name = $1`,
      [projection.name],
    );
    expect(held?.left).toBeLessThanOrEqual(3);
    // Another took it over, for instance while this one's host slept: it stops leading by itself.
    await test.readModels.query(`UPDATE read.lease SET holder = 'thief', until = clock_timestamp() + interval '2 s'`);
    await until(() => leaders.size === 0);
    await until(() => leaders.size === 1);
    stopping.abort();
    await Promise.all(loops);
    expect(most.atOnce).toBe(1);
    expect(await findLeaders(test.readModels)).toEqual(new Map());
  }, 30_000);

  it('goes from a worker that leads much else to one that does not, and stays there while that is so', async () => {
    const stopping = new AbortController();
    const leaders = new Set<string>();
    const busy = { a: true, b: false };
    const run = (holder: 'a' | 'b') =>
      leadWhileHeld(test.readModels, 'rest', { holder, busy: () => busy[holder] }, stopping.signal, async (leading) => {
        leaders.add(holder);
        await new Promise((resolve) => leading.addEventListener('abort', resolve));
        leaders.delete(holder);
      });
    const first = run('a');
    await until(() => leaders.has('a'));
    const second = run('b');
    await until(() => leaders.has('b') && !leaders.has('a'));
    busy.b = true;
    await pause(2_500); // both are busy: two looks and renewals of each
    expect([...leaders]).toEqual(['b']);
    busy.a = false;
    await until(() => leaders.has('a') && !leaders.has('b'));
    stopping.abort();
    await Promise.all([first, second]);
  }, 30_000);
});

describe('the worker process', () => {
  let home: string;
  let test: TestDesk;
  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'tegas-worker-'));
    test = await TestDesk.open(async ({ pool }) => {
      await migrateLog(pool, home);
      return new AesGcmCodec(await readMasterKey(join(home, 'master.key')), new PostgresPersonKeyStore(pool));
    });
  });
  afterAll(async () => {
    await test.close();
    await rm(home, { recursive: true, force: true });
  });

  it('catches up, announces what fell due meanwhile, decrypts, and ends in order', async () => {
    const caseId = await test.openCase('Sealed', 'lodged');
    const documents = documentSettings({}, home);
    const worker = await createWorker({
      databaseUrl: test.database.url,
      home,
      documents,
      movableTime: false,
      sweepSeconds: 1,
      checkpointSeconds: 300,
      name: 'w',
    });
    try {
      const [board] = (await findClocks(test.readModels, { officesInScope: [kanim], at: test.now, caseId })).items;
      // The spec's time stands in March; the worker's is the machine's, long after.
      expect(board?.dueAt).toBe('2026-03-16T16:00:00.000Z');
      // Months late: it fell due, and every step from then on is told at once.
      await until(async () => (await test.log.read(clocksStream(caseId))).events.length === 6);
      const head = await test.log.head();
      await until(async () => (await readCheckpoint(test.readModels, test.log, 'worklist')) === head);
      expect(
        (await findWorklist(test.readModels, { officesInScope: [kanim], at: test.now, escalated: true })).items,
      ).toHaveLength(1);
    } finally {
      await worker.close();
    }
    const { rows } = await test.database.pool.query<{ name: string }>(
      `SELECT application_name AS name FROM pg_stat_activity WHERE datname = current_database() AND query LIKE '%bullmq%'
         AND pid <> pg_backend_pid()`,
    );
    expect(rows).toEqual([]);
  }, 60_000);
});
