/** An accepted referral's case is opened by the sweep where whoever accepted it fell over before opening it; once. */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Id } from '#domain/event.js';
import { CaseDesk } from '#event-store/case-desk.js';
import { commandIdOf } from '#event-store/envelope.js';
import { readReferral, type SentReferralCommand, submitToReferral } from '#event-store/referral-desk.js';
import { findReferralsWithoutCase } from '#read-models/referral.js';
import { kanim, officer, TestDesk } from '#read-models/testing/case-desk.js';
import { openReferredCases } from './referred-cases.js';

let test: TestDesk;
beforeAll(async () => {
  test = await TestDesk.open();
});
afterAll(() => test.close());

/** A desk whose process ends between the referral's event and the case's. */
class FallingDesk extends CaseDesk {
  override submit(): never {
    throw new Error('The process ended');
  }
}

it('opens what is missing, with what was seen, and opens it once', async () => {
  const referralId = commandIdOf(officer, 'referral');
  const send = (desk: CaseDesk, command: SentReferralCommand, commandId: Id) =>
    submitToReferral(desk, { referralId, command, actorId: officer, at: test.now, commandId });
  const indicators = [{ indicatorId: 'seen-1', indicator: 'debt-bondage', reason: 'Owes for the passage' }];
  const told = { office: kanim, channel: 'post', area: '53.04', referrer: 'Clerk', seen: 'Alone', subject: { name: 'Rui' } };
  const ids = { subjectId: commandIdOf(officer, 'subject'), referrerId: commandIdOf(officer, 'referrer') };
  await send(test.desk, { type: 'ReceiveReferral', ...told, ...ids, indicators }, commandIdOf(officer, 'receive'));

  const accepting = send(
    new FallingDesk(test.log, test.desk.registry),
    { type: 'AcceptReferral', procedure: 'PSIM' },
    commandIdOf(officer, 'accept'),
  );
  await expect(accepting).rejects.toThrow('The process ended');
  await test.project();
  expect(await findReferralsWithoutCase(test.readModels, 10)).toEqual([referralId]);

  await openReferredCases(test.desk, test.readModels);
  const { caseId = '' } = (await readReferral(test.desk, referralId)).state?.accepted ?? {};
  const { state, revision } = await test.desk.read(caseId);
  expect(state).toMatchObject({
    referral: referralId,
    subject: { name: 'Rui' },
    indicators: [{ indicatorId: 'seen-1', by: officer }],
  });
  await openReferredCases(test.desk, test.readModels);
  expect((await test.desk.read(caseId)).revision).toBe(revision);
  await test.project();
  expect(await findReferralsWithoutCase(test.readModels, 10)).toEqual([]);
});
