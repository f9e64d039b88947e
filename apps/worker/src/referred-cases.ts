/** Accepted referrals whose case was not opened, because whoever accepted them fell over between the two: opened by the sweep. */
import type { CaseDesk } from '#event-store/case-desk.js';
import { openReferredCase } from '#event-store/referral-desk.js';
import type { ReadModels } from '#read-models/data-source.js';
import { findReferralsWithoutCase } from '#read-models/referral.js';

const AT_ONCE = 200;

/** Opens what is missing; a case that is there and only not yet in the read model stays as it is. */
export async function openReferredCases(desk: CaseDesk, readModels: ReadModels): Promise<void> {
  for (const referralId of await findReferralsWithoutCase(readModels, AT_ONCE))
    try {
      const outcome = await openReferredCase(desk, referralId);
      if (outcome?.kind === 'rejected')
        console.error(`worker: the case of referral ${referralId} cannot be opened: ${outcome.rejection.reason.en}`);
    } catch (error) {
      console.error(`worker: referral ${referralId},`, error instanceof Error ? error.message : error);
    }
}
