/** Destroys the keys of persons whose destruction two officials agreed on, makes the read models forget them, and certifies it. */
import { setTimeout as pause } from 'node:timers/promises';
import { destructionPrefix } from '#domain/destruction/destruction.js';
import type { DestructionEvent } from '#domain/destruction/events.js';
import type { Id } from '#domain/event.js';
import { certifyDestruction, endIfOpen, type FindStreamsOfPerson, forgetOfficials } from '#event-store/destruction-desk.js';
import type { RecordedEvent } from '#event-store/port.js';
import type { Documents } from '#evidence/documents.js';
import type { OpenLog } from '#privacy/open-log.js';
import type { ReadModels } from '#read-models/data-source.js';
import { leadWhileHeld } from '#read-models/lease.js';
import { prefixesOf } from '#read-models/projection.js';
import { projections } from '#read-models/projections.js';
import { replayParked, sampleAnew } from '#read-models/rebuild.js';
import { findStreamsOfPerson } from '#read-models/streams-of-person.js';
import { reasonOf, sayOnce } from './delivery.js';

const RETRY_MS = 5_000;

/** Follows the streams of destructions until the signal aborts. One worker does, by a lease. */
export async function runDestroyer(
  readModels: ReadModels,
  opened: OpenLog,
  documents: Documents,
  signal: AbortSignal,
  holder: string,
): Promise<void> {
  const tell = sayOnce();
  await leadWhileHeld(readModels, 'destroyer', { holder }, signal, async (leading) => {
    while (!leading.aborted)
      try {
        // From the beginning: there are few, and what was confirmed while no worker ran is found.
        const filter = { streamPrefixes: [destructionPrefix] };
        const waiting = new Map<Id, Settled>();
        for await (const message of opened.log.subscribe('0', { filter, signal: leading })) {
          if (message.kind === 'event') {
            const { type, data } = message.event as RecordedEvent & DestructionEvent;
            if (type === 'DestructionConfirmed' || type === 'PersonalDataDestroyed') waiting.set(data.personId, { type, data });
            else if (type === 'DestructionRejected') waiting.delete(data.personId);
          } else
            for (const [personId, settled] of waiting) {
              await destroy(readModels, opened, documents, settled);
              waiting.delete(personId);
            }
        }
      } catch (error) {
        if (leading.aborted) return;
        tell(`a destruction could not be carried out, trying again: ${reasonOf(error)}`);
        await pause(RETRY_MS, undefined, { signal: leading }).catch(() => undefined);
      }
  });
}

/** A destruction that two officials agreed on, or its certificate: of that too the keys are destroyed, should a backup have brought them back. */
type Settled = Pick<Extract<DestructionEvent, { type: 'DestructionConfirmed' | 'PersonalDataDestroyed' }>, 'type' | 'data'>;

/**
 * Keys first: what fails after that is tried again, and finds no more to destroy. Nothing, where a case was opened between the confirmation and
 * now: from the confirmation on nobody opens one, so only what was under way at that moment.
 */
async function destroy(
  readModels: ReadModels,
  { desk, log, time, destroyPerson }: OpenLog,
  documents: Documents,
  { type, data: { personId, cases, records } }: Settled,
): Promise<void> {
  const find: FindStreamsOfPerson = (id) => findStreamsOfPerson(readModels, log, id);
  if (type === 'DestructionConfirmed' && (await endIfOpen(desk, find, personId, time.now()))) return;
  const { live, ...destroyed } = await destroyPerson(personId);
  await documents.removeOf(personId);
  if (type === 'PersonalDataDestroyed' && live === 0) return;
  const caseIds = cases.map(({ caseId }) => caseId);
  const referrals = await Promise.all(caseIds.map(async (caseId) => (await desk.asFarAsReadable(caseId))?.referral ?? []));
  const about: { readonly [prefix: string]: readonly Id[] } = {
    'case-': caseIds,
    'person-': [personId],
    'referral-': [...referrals.flat(), ...records.flatMap(({ record, id }) => (record === 'referral' ? id : []))],
  };
  // Folded anew from the log, in which nothing of them can be read any more.
  for (const projection of projections)
    for (const prefix of prefixesOf(projection))
      for (const id of about[prefix] ?? []) await replayParked(readModels, log, { projection: projection.name, caseId: id });
  await sampleAnew(readModels);
  await forgetOfficials(desk, personId, time.now());
  if (type === 'DestructionConfirmed') await certifyDestruction(desk, personId, destroyed, time.now());
}
