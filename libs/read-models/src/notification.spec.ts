import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Id } from '#domain/event.js';
import { commandIdOf } from '#event-store/envelope.js';
import { findNotification, findNotifications } from './notification.js';
import { BadCursor } from './projection.js';
import { verifyRebuild } from './rebuild.js';
import { officer, supervisor, TestDesk } from './testing/case-desk.js';

const officer2 = 'officer2.kupang';

describe('the inbox of an official', () => {
  let test: TestDesk;
  beforeAll(async () => {
    test = await TestDesk.open();
  });
  afterAll(() => test.close());

  /** Half of its first clock has run: the officers of the office are told, since nobody has the case yet. */
  const halfway = async (name: string): Promise<Id> => {
    const caseId = await test.openCase(name, 'lodged');
    const due = (await test.desk.read(caseId)).state?.clocks[0]?.due;
    test.now = new Date(Date.parse(due?.stepAt ?? '') + 1000).toISOString();
    const outcome = await test.desk.climb(caseId, 'intake-1', due?.dueAt ?? '', due?.stepAt ?? '', test.now);
    if (outcome.kind !== 'accepted') throw new Error(JSON.stringify(outcome));
    return caseId;
  };
  const inbox = (official: Id, more = {}) => findNotifications(test.readModels, { official, ...more });
  const answer = async (kind: 'EscalationSeen' | 'EscalationAcknowledged', caseId: Id, official: Id) => {
    const row = (await inbox(official)).items.find((item) => item.caseId === caseId);
    if (row === undefined) throw new Error('Not told');
    await test.desk.answerStep(kind, caseId, row, official, test.now, commandIdOf(official, `${kind} ${row.id}`));
    await test.project();
  };

  it('holds what they were told, unread first and the newest first, and nobody else’s', async () => {
    const cases = [await halfway('One'), await halfway('Two'), await halfway('Three')];
    await test.project();
    const page = await inbox(officer);
    expect([page.unread, page.items.map((item) => item.caseId)]).toEqual([3, cases.toReversed()]);
    expect(page.items[0]).toMatchObject({
      official: officer,
      kind: 'escalated',
      step: 'half',
      role: 'case-officer',
      office: 'KANIM-KPG',
      clock: 'intake',
      seenAt: null,
      acknowledgedBy: null,
      clockNow: { procedure: 'PSK', zone: 'Asia/Makassar', status: 'running', dueAt: page.items[0]?.dueAt },
      toldBefore: [],
    });
    expect((await inbox(supervisor)).items).toEqual([]);
    const [told] = page.items;
    expect(await findNotification(test.readModels, told?.id ?? '', supervisor)).toBeUndefined();
    expect((await findNotification(test.readModels, told?.id ?? '', officer2))?.official).toBe(officer2);

    await answer('EscalationSeen', cases[2] ?? '', officer);
    const after = await inbox(officer);
    expect([after.unread, after.items.map((item) => item.caseId)]).toEqual([2, [cases[1], cases[0], cases[2]]]);
    expect(after.items[2]?.seenAt).toBe(test.now);
    expect((await inbox(officer2)).unread).toBe(3);

    // Who answers for it is known to all who were told, and has seen it themselves.
    await answer('EscalationAcknowledged', cases[1] ?? '', officer2);
    const answered = async (official: Id) => (await inbox(official)).items.find((item) => item.caseId === cases[1]);
    expect(await answered(officer2)).toMatchObject({ acknowledgedBy: officer2, acknowledgedAt: test.now, seenAt: test.now });
    expect(await answered(officer)).toMatchObject({ acknowledgedBy: officer2, seenAt: null });

    expect((await inbox(officer, { unread: true })).items.map((item) => item.caseId)).toEqual([cases[1], cases[0]]);
    expect((await inbox(officer, { unread: false })).items.map((item) => item.caseId)).toEqual([cases[2]]);
    const paged: Id[] = [];
    for (let next: string | undefined, more = true; more; more = next !== undefined) {
      const one = await inbox(officer, { limit: 1, ...(next === undefined ? {} : { after: next }) });
      paged.push(...one.items.map((item) => item.caseId));
      next = one.next;
    }
    expect(paged).toEqual([cases[1], cases[0], cases[2]]);
    await expect(inbox(officer, { after: 'made-up' })).rejects.toBeInstanceOf(BadCursor);
    expect((await verifyRebuild(test.readModels, test.log)).filter(({ equal }) => !equal)).toEqual([]);
  }, 60_000);
});
