/** Every decision decided again: what was decided rightly stands, by the register of its day; what was not is found, at its event. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { reportPdf } from '../../apps/cli/src/report-pdf.js';
import { readjudicate } from '../../libs/audit/src/readjudicate.js';
import type { CaseEvent } from '../../libs/domain/src/case/events.js';
import type { Id } from '../../libs/domain/src/event.js';
import { officialStream } from '../../libs/domain/src/registry.js';
import { commandIdOf, eventIdOf } from '../../libs/event-store/src/envelope.js';
import { PlainCodec } from '../../libs/event-store/src/testing/plain-codec.js';
import { officer, supervisor, TestDesk } from '../../libs/read-models/src/testing/case-desk.js';

const destroyed = new Set<Id>();
/** Opens what is of a person whose data was destroyed as the real codec does without their key. */
class ForgettingCodec extends PlainCodec {
  override async open(events: Parameters<PlainCodec['open']>[0]): ReturnType<PlainCodec['open']> {
    return (await super.open(events)).map((parts) =>
      Array.isArray(parts)
        ? parts.map((one) => (destroyed.has(one.personId) ? { ...one, fields: {}, erased: true } : one))
        : parts,
    );
  }
}

let test: TestDesk;
beforeAll(async () => {
  test = await TestDesk.open(async () => new ForgettingCodec());
});
afterAll(() => test.close());

const another = 'officer.atambua';

let forgeries = 0;
/** Puts events into a stream past every rule, as someone's act. */
async function forge(stream: Id, actor: Id, ...events: readonly { type: string; data: object }[]): Promise<void> {
  const commandId = commandIdOf(actor, `forged ${forgeries++}`);
  const { head } = await test.log.read(stream);
  await test.log.append(
    stream,
    head,
    events.map(({ type, data }, index) => ({
      ...{ id: eventIdOf(commandId, index), type, data },
      metadata: { actor, effectiveAt: test.now, commandId, correlationId: commandId },
    })),
  );
}

const audit = (...caseIds: readonly Id[]) => readjudicate(test.log, { caseIds });
const found = async (caseId: Id) => (await audit(caseId)).findings.map(({ code, type, by }) => [code, type, by]);

async function determined(name: string): Promise<Id> {
  const caseId = await test.openCase(name, 'review');
  await test.act(caseId, { type: 'ReferCase', reason: 'Complete' }, supervisor);
  await test.act(caseId, { type: 'ReferCase', reason: 'Agreed' }, 'kanwil.ntt');
  await test.act(caseId, { type: 'ReferCase', reason: 'Agreed' }, 'ahu');
  await test.act(caseId, { type: 'ApproveDetermination', reason: 'Nothing is on record' }, 'minister');
  return caseId;
}

describe('what was decided by the rules', () => {
  it('stands, from the draft to the letter, with clocks that paused and were lengthened by holidays', async () => {
    const caseId = await determined('Rightly');
    test.now = '2026-03-09T01:00:00.000Z';
    await test.act(caseId, { type: 'ServeDetermination', servedOn: '2026-03-06', method: 'in-person' });
    const report = await audit(caseId);
    expect(report.findings).toEqual([]);
    expect([report.cases, report.commands]).toEqual([1, 23]);
  });

  it('stands by the register as it was then, though the officer has lost the role since', async () => {
    const before = await test.openCase('Before', 'screening');
    test.now = '2026-03-10T01:00:00.000Z';
    await forge(officialStream(officer), 'administrator', {
      type: 'RolesAssigned',
      data: { official: officer, assignments: [{ role: 'auditor', office: 'KANWIL-DITJENIM-NTT', from: null, to: null }] },
    });
    expect(await found(before)).toEqual([]);
    test.now = '2026-03-11T01:00:00.000Z';
    await forge(`case-${before}`, officer, {
      type: 'EvidenceReceived',
      data: { by: officer, at: test.now, evidenceId: 'late', evidence: 'birth-record', personal: [] },
    });
    expect(await found(before)).toEqual([['role-may-not', 'EvidenceReceived', officer]]);
  });

  it('of acts of a period only those are decided again', async () => {
    const caseId = await test.openCase('Period', 'lodged', another, 'KANIM-ATB');
    const all = await audit(caseId);
    const some = await readjudicate(test.log, { caseIds: [caseId], from: '2030-01-01' });
    expect(all.commands).toBeGreaterThan(0);
    expect([some.commands, some.findings]).toEqual([0, []]);
    expect([all.audited, some.audited]).toEqual([true, false]);
  });
});

it('the report is a PDF too, tagged, with each finding', async () => {
  const caseId = await test.openCase('Reported', 'lodged', another, 'KANIM-ATB');
  await forge(`case-${caseId}`, another, { type: 'ApplicationAccepted', data: { by: another, at: test.now } });
  const report = await audit(caseId);
  const pdf = await reportPdf(report, 'KANIM-ATB', test.now);
  expect(pdf.subarray(0, 8).toString('latin1')).toBe('%PDF-1.7');
  for (const mark of ['/Marked true', '/StructTreeRoot', '/S /H2']) expect(pdf.toString('latin1').includes(mark)).toBe(true);
  const none = await reportPdf({ ...report, findings: [], byCode: {} }, 'KANIM-ATB', test.now);
  expect(pdf.length).toBeGreaterThan(none.length);
});

describe('what was not', () => {
  const onCase = async (stage: 'lodged' | 'examination' | 'review'): Promise<Id> =>
    test.openCase('Wrongly', stage, another, 'KANIM-ATB');

  it('own proposal approved: four eyes, at the approval', async () => {
    const caseId = await onCase('review');
    const { state } = await test.desk.read(caseId);
    const recommendedBy = state?.progress.stage === 'review' ? state.progress.recommendation.by : '';
    const approval: CaseEvent = {
      type: 'DeterminationApproved',
      data: { by: another, at: test.now, outcome: 'not-established', recommendedBy, authority: { office: 'MENKUM' } },
    };
    await forge(`case-${caseId}`, another, approval);
    expect(await found(caseId)).toEqual([[expect.stringMatching(/^(role-may-not|four-eyes)/), 'DeterminationApproved', another]]);
  });

  it('an act at a stage where it does not exist', async () => {
    const caseId = await onCase('lodged');
    await forge(`case-${caseId}`, another, {
      type: 'ApplicationAccepted',
      data: { by: another, at: test.now },
    });
    expect(await found(caseId)).toEqual([['wrong-stage', 'ApplicationAccepted', another]]);
  });

  it('an outcome that the pinned rules do not derive, under another name: other events than those recorded', async () => {
    const caseId = await onCase('examination');
    await forge(`case-${caseId}`, another, {
      type: 'InterviewRecorded',
      data: { by: supervisor, at: test.now, interviewId: 'i-1', heldOn: test.now.slice(0, 10), personal: [] },
    });
    const { findings } = await audit(caseId);
    expect(findings).toMatchObject([
      { code: 'otherwise', type: 'InterviewRecorded', reason: { en: expect.stringContaining('(by)') } },
    ]);
  });

  it('a clock with another due date, or none, than the act started', async () => {
    const caseId = await test.openDraft('Clock', 'KANIM-ATB', another);
    const real = await test.openCase('Real', 'lodged', another, 'KANIM-ATB');
    const { events } = await test.log.read(`case-${real}`);
    const lodged = events.slice(1).map(({ type, data }) => ({ type, data }));
    expect(lodged.map(({ type }) => type)).toContain('ClockStarted');
    await forge(
      `case-${caseId}`,
      another,
      ...lodged.map((event) =>
        event.type === 'ClockStarted'
          ? { ...event, data: { ...event.data, length: { unit: 'calendar-days', amount: 400 } } }
          : event,
      ),
    );
    const { findings } = await audit(caseId);
    expect(findings).toMatchObject([
      { code: 'otherwise', type: 'ClockStarted', reason: { en: expect.stringContaining('length') } },
    ]);
  });

  it('an event in an older version is held to what that version could say, and to no more', async () => {
    const caseId = await test.openCase('Older', 'lodged', another, 'KANIM-ATB');
    const clock = (await test.log.read(`case-${caseId}`)).events.find(({ type }) => type === 'ClockStarted');
    const stored = `UPDATE log.events SET schema_version = 1, data = (data::jsonb #- '{due,stepAt}')::json WHERE event_id = $1`;
    await test.database.pool.query('ALTER TABLE log.events DISABLE TRIGGER events_never_change');
    await test.database.pool.query(stored, [clock?.id]);
    expect(await found(caseId)).toEqual([]);
    await test.database.pool.query(
      `UPDATE log.events SET data = jsonb_set(data::jsonb, '{due,dueOn}', '"2031-01-01"')::json WHERE event_id = $1`,
      [clock?.id],
    );
    expect(await found(caseId)).toEqual([['otherwise', 'ClockStarted', another]]);
    await test.database.pool.query('ALTER TABLE log.events ENABLE TRIGGER events_never_change');
  });

  it('of an imported log: a determination by whoever had checked, and not one who checked afterwards', async () => {
    const step = async (caseId: Id, code: string, performedBy: Id) => {
      const commandId = commandIdOf('importer', `step ${forgeries++}`);
      const outcome = await test.desk.submit({
        ...{ caseId, actorId: 'importer', performedBy, at: test.now, commandId, correlationId: commandId },
        command: { type: 'RecordImportedStep', step: code, sourceStep: commandId },
      });
      expect(outcome.kind).toBe('accepted');
    };
    const { fourEyes } = test.desk.procedureOf(test.pin('IMPORTED'));
    const { check = '', determine = '' } = fourEyes ?? {};
    const before = await test.openImported('same-person', '2026-04-01T00:00:00.000Z');
    await step(before, check, 'Resource01');
    await step(before, determine, 'Resource01');
    const others = await test.openImported('two-people', '2026-04-01T00:00:00.000Z');
    await step(others, check, 'Resource01');
    await step(others, determine, 'Resource02');
    const after = await test.openImported('other-order', '2026-04-01T00:00:00.000Z');
    await step(after, determine, 'Resource01');
    await step(after, check, 'Resource01');
    const report = await audit(before, others, after);
    expect(report.findings.map(({ caseId, code, by }) => [caseId, code, by])).toEqual([[before, 'four-eyes', 'Resource01']]);
    expect(report.byCode).toEqual({ 'four-eyes': { findings: 1, cases: 1 } });
    expect(report.findings[0]?.legalBasis).toEqual([{ act: 'UU 30/2014', article: '42–43' }]);
  });
});

describe('a conflict of interest that was declared', () => {
  it('is decided again: by a supervisor of another, and not by whoever reviews nothing', async () => {
    const caseId = await test.openCase('Declared', 'lodged', another, 'KANIM-ATB');
    const declared = { type: 'DeclareConflict', ground: 'relative', reason: 'Cousins' } as const;
    await test.act(caseId, { ...declared, official: 'officer2.kupang' }, 'supervisor.atambua');
    const rightly = await audit(caseId);
    expect([rightly.findings, rightly.notDecidedAgain]).toEqual([[], {}]);
    await forge(`case-${caseId}`, another, {
      type: 'ConflictDeclared',
      data: { by: another, at: test.now, official: 'supervisor.atambua', ground: 'relative', personal: [] },
    });
    expect(await found(caseId)).toEqual([['role-may-not', 'ConflictDeclared', another]]);
  });
});

describe('a case whose person’s data was destroyed', () => {
  const minister = (official: Id) => ({
    type: 'RolesAssigned',
    data: {
      official,
      assignments: [
        { role: 'case-officer', office: 'KANIM-ATB', from: null, to: null },
        { role: 'minister', office: 'KEMENKUM', from: null, to: null },
      ],
    },
  });
  const referredUp = async (): Promise<Id> => {
    const caseId = await test.openCase('Gone', 'review', another, 'KANIM-ATB');
    await test.act(caseId, { type: 'ReferCase', reason: 'Complete' }, 'supervisor.atambua');
    await test.act(caseId, { type: 'ReferCase', reason: 'Agreed' }, 'kanwil.ntt');
    await test.act(caseId, { type: 'ReferCase', reason: 'Agreed' }, 'ahu');
    return caseId;
  };

  it('accuses nobody of what rested on values that are gone, and says that it was not decided again', async () => {
    const caseId = await referredUp();
    await test.act(caseId, { type: 'ApproveDetermination', reason: 'Nothing is on record' }, 'minister');
    const before = await audit(caseId);
    expect(before.findings).toEqual([]);
    destroyed.add(caseId);
    const { findings, notDecidedAgain } = await audit(caseId);
    expect(findings).toEqual([]);
    expect(notDecidedAgain).toEqual({ ApplicationLodged: 1, FindingRecorded: 4, DeterminationRecommended: 1 });
  });

  it('is held to what was recommended while, by its own record, nothing could be derived', async () => {
    const caseId = await test.openCase('Early', 'review', another, 'KANIM-ATB');
    await test.act(caseId, { type: 'ReturnForRework', reason: 'Look again' }, 'supervisor.atambua');
    // Not an outcome that rests on what is unknown, and so refused where nothing can be derived.
    await test.act(caseId, { type: 'RecommendDetermination', outcome: 'wni-affirmed', reason: 'Registered' }, another);
    const recommended = (await test.log.read(`case-${caseId}`)).events.findLast(
      ({ type }) => type === 'DeterminationRecommended',
    );
    destroyed.add(caseId);
    const { findings, notDecidedAgain } = await audit(caseId);
    expect([findings, notDecidedAgain.DeterminationRecommended]).toEqual([[], 2]);
    await test.database.pool.query('ALTER TABLE log.events DISABLE TRIGGER events_never_change');
    await test.database.pool.query(`UPDATE log.events SET data = (data::jsonb - 'derived')::json WHERE event_id = $1`, [
      recommended?.id,
    ]);
    await test.database.pool.query('ALTER TABLE log.events ENABLE TRIGGER events_never_change');
    expect(await found(caseId)).toEqual([['decisive-facts-unknown', 'DeterminationRecommended', another]]);
  });

  it('and to four eyes and stages', async () => {
    const caseId = await referredUp();
    test.now = '2026-03-20T01:00:00.000Z';
    await forge(officialStream(another), 'administrator', minister(another));
    test.now = '2026-03-20T02:00:00.000Z';
    await forge(`case-${caseId}`, another, {
      type: 'DeterminationApproved',
      data: { by: another, at: test.now, outcome: 'not-established', recommendedBy: another, authority: { office: 'MENKUM' } },
    });
    const again = {
      type: 'DeterminationRecommended',
      data: { by: another, at: test.now, outcome: 'not-established', unknown: [], reviewOffice: 'MENKUM', personal: [] },
    };
    await forge(`case-${caseId}`, another, again);
    destroyed.add(caseId);
    expect(await found(caseId)).toEqual([
      ['four-eyes', 'DeterminationApproved', another],
      ['wrong-stage', 'DeterminationRecommended', another],
    ]);
  });
});
