import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { referenceOf } from '#domain/case/reference.js';
import type { Id } from '#domain/event.js';
import { commandIdOf, eventIdOf } from '#event-store/envelope.js';
import { emptyStreamHead } from '#event-store/event-log.js';
import { UnreadablePersonalData } from '#event-store/personal-data-codec.js';
import { PlainCodec } from '#event-store/testing/plain-codec.js';
import { explainParked, findParked, MOST_PARKED, TooManyParked } from './parked.js';
import { applyBatch, prefixesOf, projectionLag, readCheckpoint } from './projection.js';
import { projections } from './projections.js';
import { rebuild, replayParked, verifyRebuild } from './rebuild.js';
import { kanim, officer, TestDesk } from './testing/case-desk.js';
import { findWorklist, worklistProjection } from './worklist.js';

/** Personal data that says so cannot be opened, until someone mends the key; an answer may hold what no store takes in the clear. */
class BreakableCodec extends PlainCodec {
  broken = true;
  override async open(events: Parameters<PlainCodec['open']>[0]): ReturnType<PlainCodec['open']> {
    const opened = await super.open(events);
    return opened.map((parts, n) => {
      const { stream = '', revision = 0 } = events[n] ?? {};
      const names = !(parts instanceof Error) && parts.some((part) => part.fields.name === 'Poison');
      if (this.broken && names) return new UnreadablePersonalData(stream, revision, 'it was altered or moved');
      if (parts instanceof Error) return parts;
      return parts.map((part) => (part.fields.reason === 'Nul' ? { ...part, fields: { ...part.fields, value: 'N\0l' } } : part));
    });
  }
}

describe('poison events', () => {
  let test: TestDesk;
  let codec: BreakableCodec;
  const poisoned: Id[] = [];
  const good: Id[] = [];
  /** Those that read cases at all, and of the poisoned cases those that hold an event which each would fold: of an unknown type nobody can tell. */
  const ofCases = projections.filter((p) => prefixesOf(p).includes('case-'));
  const hurtIn = ({ types }: (typeof ofCases)[number]): readonly Id[] =>
    poisoned.filter((_, n) => types === undefined || Object.hasOwn(types, 'DraftOpened') || n >= 20 || n % 4 !== 0).sort();

  /** An event of a type this program has never heard of, as the next of a case. */
  const appendUnknown = async (caseId: Id, type = 'NeverHeardOf') => {
    const { head } = await test.log.read(`case-${caseId}`);
    const id = eventIdOf(caseId, 99);
    const metadata = { actor: officer, effectiveAt: test.now, commandId: id, correlationId: id };
    await test.log.append(`case-${caseId}`, head.revision === -1 ? emptyStreamHead : head, [{ id, type, data: {}, metadata }]);
  };

  beforeAll(async () => {
    codec = new BreakableCodec();
    test = await TestDesk.open(async () => codec);
    codec.broken = false;
    for (let n = 0; n < 20; n += 1) {
      const unreadable = n % 4 === 0;
      const caseId = await test.openCase(unreadable ? 'Poison' : `Good until ${n}`, 'lodged');
      if (!unreadable) await appendUnknown(caseId);
      poisoned.push(caseId);
      good.push(await test.openCase(`Good ${n}`, 'examination'));
    }
    codec.broken = true;
    await test.project(7);
  });
  afterAll(() => test.close());

  const listed = async () =>
    (await findWorklist(test.readModels, { officesInScope: [kanim], at: test.now, limit: 200 })).items.map((i) => i.caseId);

  it('hurt only their case: those parked that a read model cannot fold, the others go on', async () => {
    const parked = await findParked(test.readModels);
    expect(ofCases.map((projection) => hurtIn(projection).length).sort()).toEqual([15, 15, ...ofCases.slice(2).map(() => 20)]);
    expect(parked).toHaveLength(ofCases.flatMap(hurtIn).length);
    for (const projection of ofCases)
      expect(
        parked
          .filter((p) => p.projection === projection.name)
          .map((p) => p.caseId)
          .sort(),
      ).toEqual(hurtIn(projection));
    expect(await listed()).toEqual(expect.arrayContaining(good));
    const lag = await projectionLag(test.readModels, test.log, test.now);
    expect(lag.map((l) => [l.behind, l.parked])).toEqual(
      lag.map((l) => [0, ofCases.filter((p) => p.name === l.name).flatMap(hurtIn).length]),
    );
  });

  it('say what is wrong with them, without personal data', async () => {
    const parked = await findParked(test.readModels, { projection: 'worklist' });
    expect(parked.find((p) => p.caseId === poisoned[0])).toMatchObject({
      type: 'DraftOpened',
      revision: 0,
      fault: 'UnreadablePersonalData',
    });
    expect(parked.find((p) => p.caseId === poisoned[1])).toMatchObject({ type: 'NeverHeardOf', fault: 'UnknownEvent' });
    expect(JSON.stringify(parked)).not.toMatch(/Poison|Good/);
    for (const one of parked) for (const text of Object.values(explainParked(one))) expect(text.length).toBeGreaterThan(40);
  });

  it('keep the rows from before them, and hold later events back', async () => {
    const [, second = ''] = poisoned;
    const before = (await findWorklist(test.readModels, { officesInScope: [kanim], at: test.now, limit: 200 })).items;
    expect(before.find((i) => i.caseId === second)).toMatchObject({ stage: 'lodged' });
    expect(before.find((i) => i.caseId === poisoned[0])).toBeUndefined();
    await appendUnknown(good[0] ?? '');
    poisoned.push(good.shift() ?? '');
    await test.project(7);
    expect((await findParked(test.readModels, { projection: 'worklist' })).at(-1)).toMatchObject({ caseId: poisoned.at(-1) });
  });

  it('are set aside alike by a rebuild: rebuilt equals live', async () => {
    expect((await verifyRebuild(test.readModels, test.log)).filter((c) => !c.equal)).toEqual([]);
    await rebuild(test.readModels, test.log);
    expect((await findParked(test.readModels)).length).toBe(ofCases.flatMap(hurtIn).length);
    expect((await verifyRebuild(test.readModels, test.log)).filter((c) => !c.equal)).toEqual([]);
  });

  it('stay parked when replayed in vain, and go on once mended', async () => {
    const [first = '', second = ''] = poisoned;
    expect(await replayParked(test.readModels, test.log, { projection: 'worklist', caseId: second })).toMatchObject({
      fault: 'UnknownEvent',
    });
    expect(await findParked(test.readModels, { projection: 'worklist' })).toHaveLength(21);
    codec.broken = false;
    for (const projection of ofCases.map(({ name }) => name))
      expect(await replayParked(test.readModels, test.log, { projection, caseId: first })).toBeUndefined();
    expect((await findParked(test.readModels)).filter((p) => p.caseId === first)).toEqual([]);
    expect(await listed()).toContain(first);
    await test.act(first, { type: 'BeginScreening' });
    await test.project();
    expect(
      (await findWorklist(test.readModels, { officesInScope: [kanim], at: test.now, limit: 200 })).items.find(
        (i) => i.caseId === first,
      ),
    ).toMatchObject({ stage: 'screening' });
    for (const { projection, caseId } of await findParked(test.readModels))
      await replayParked(test.readModels, test.log, { projection, caseId });
    expect((await verifyRebuild(test.readModels, test.log)).filter((c) => !c.equal)).toEqual([]);
  });

  it('hold a value that no column takes: parked at that event live and rebuilt, however events fall into batches', async () => {
    const parkedAt = async (cases: readonly Id[]) =>
      (await findParked(test.readModels))
        .filter((p) => cases.includes(p.caseId))
        .map(({ projection, caseId, type, fault, detail }) => [projection, cases.indexOf(caseId), type, fault, detail].join(' '))
        .sort();
    const cases = [];
    // Alone in a batch, then with the event that puts a good value in its place.
    for (const batchSize of [1, 1000]) {
      const caseId = await test.openCase('Anna', 'examination');
      const evidence = [commandIdOf(caseId, 'identity-paper')];
      await test.act(caseId, { type: 'VerifyEvidence', evidenceId: evidence[0] ?? '', method: 'seen' });
      const finding = { type: 'RecordFinding', fact: 'fatherCitizenshipAtBirth', value: 'wni', evidence } as const;
      for (const reason of ['Nul', 'Good again']) await test.act(caseId, { ...finding, reason });
      await test.project(batchSize);
      cases.push(caseId);
    }
    const live = await parkedAt(cases);
    expect(live).toEqual(
      [0, 1].map((n) => `case_facts ${n} FindingRecorded RefusedValue case_facts.findings cannot hold what the event says`),
    );
    expect((await verifyRebuild(test.readModels, test.log)).filter((c) => !c.equal)).toEqual([]);
    await rebuild(test.readModels, test.log);
    expect(await parkedAt(cases)).toEqual(live);
    expect((await verifyRebuild(test.readModels, test.log)).filter((c) => !c.equal)).toEqual([]);
  });

  it('may stand in a stream that is no case’s at all, and the reason says so', async () => {
    const id = eventIdOf(good[1] ?? '', 98);
    const metadata = { actor: officer, effectiveAt: test.now, commandId: id, correlationId: id };
    await test.log.append('case-not-an-id', emptyStreamHead, [{ id, type: 'ScreeningBegun', data: {}, metadata }]);
    await test.project();
    const [stray] = await findParked(test.readModels, { projection: 'worklist', caseId: 'not-an-id' });
    expect(stray).toMatchObject({ fault: 'NotACase', stream: 'case-not-an-id' });
    expect(explainParked({ fault: stray?.fault ?? '' }).en).toContain('another program wrote it');
    expect((await verifyRebuild(test.readModels, test.log)).filter((c) => !c.equal)).toEqual([]);
  });

  it('that only the database refuses are found event by event', async () => {
    const caseId = await test.openCase('Fits nowhere', 'lodged');
    const other = await test.openCase('Fits', 'lodged');
    // The table itself refuses one of its rows: no rule of the fold's could know.
    await test.readModels.query(
      `ALTER TABLE read.worklist ADD CONSTRAINT refuses CHECK (reference <> '${referenceOf(caseId)}' OR stage = 'draft') NOT VALID`,
    );
    await test.project();
    const parked = async () =>
      (await findParked(test.readModels, { caseId })).map(({ projection, type, fault, detail }) => [
        projection,
        type,
        fault,
        detail,
      ]);
    expect(await parked()).toEqual([['worklist', 'ApplicationLodged', 'RefusedValue', 'SQLSTATE 23514 worklist refuses']]);
    expect(await listed()).toEqual(expect.arrayContaining([caseId, other]));

    // A rebuild finds it too, although it writes whole cases.
    await rebuild(test.readModels, test.log);
    expect(await parked()).toEqual([['worklist', 'ApplicationLodged', 'RefusedValue', 'SQLSTATE 23514 worklist__new refuses']]);
    expect((await verifyRebuild(test.readModels, test.log)).filter((c) => !c.equal)).toEqual([]);
    await test.readModels.query('ALTER TABLE read.worklist DROP CONSTRAINT refuses');
    expect(await replayParked(test.readModels, test.log, { projection: 'worklist', caseId })).toBeUndefined();
    expect((await verifyRebuild(test.readModels, test.log)).filter((c) => !c.equal)).toEqual([]);
  });

  it('stop the projection when there are so many that it is no longer the cases', async () => {
    const from = await readCheckpoint(test.readModels, test.log, 'worklist');
    const [, seen] = poisoned;
    const [event] = await test.log.readOpened(`case-${seen}`);
    if (event === undefined) throw new Error('No event');
    const to = String(BigInt(from) + 1n);
    const flood = Array.from({ length: MOST_PARKED + 1 }, () => ({
      ...event,
      type: 'NeverHeardOf',
      stream: `case-${randomUUID()}`,
    }));
    await expect(applyBatch(test.readModels, test.log, worklistProjection, flood, { from, to })).rejects.toBeInstanceOf(
      TooManyParked,
    );
    expect(await readCheckpoint(test.readModels, test.log, 'worklist')).toBe(from);
  });
});
