/** Held acts whose time has come are carried out: promptly by a timer, certainly by the sweep, which reads the table of them. */
import type { InstantAt } from '#domain/event.js';
import type { CaseDesk } from '#event-store/case-desk.js';
import { releaseHeld } from '#event-store/held-desk.js';
import type { ReadModels } from '#read-models/data-source.js';
import { findHeldDue } from '#read-models/held-act.js';

const AT_ONCE = 200;

/** One that fails does not keep the others back; the next look tries it again. */
export async function releaseHeldActs(desk: CaseDesk, readModels: ReadModels, at: InstantAt): Promise<void> {
  for (const { caseId, heldId } of await findHeldDue(readModels, at, AT_ONCE))
    try {
      const end = await releaseHeld(desk, caseId, heldId, at);
      if (end === 'dropped') console.log(`worker: a held act on ${caseId} did not take effect`);
    } catch (error) {
      console.error(`worker: held act ${heldId},`, error instanceof Error ? error.message : error);
    }
}
