import { describe, expect, it } from '@jest/globals';
import { commandIdOf, eventIdOf } from './envelope.js';
import { EventLog, emptyStreamHead, type NewEvent } from './event-log.js';
import { InMemoryStore } from './in-memory-store.js';
import { PlainCodec } from './testing/plain-codec.js';
import { asStored } from './testing/stored-events.js';

const at = '2026-11-24T01:00:00.000Z';
const commandId = commandIdOf('officer-sari', 'many');
const metadata = { actor: 'officer-sari', effectiveAt: at, commandId, correlationId: commandId };
const manyEvents = Array.from(
  { length: 6000 },
  (_, n): NewEvent => ({ id: eventIdOf(commandId, n), type: 'Counted', data: {}, metadata }),
);

describe('a subscription of the event log, with more waiting than it reads ahead', () => {
  const filledLog = async () => {
    const log = new EventLog(new InMemoryStore(), new PlainCodec(), () => at, asStored);
    await log.append('case-1', emptyStreamHead, manyEvents);
    return log;
  };
  /** A slow reader: by the time of the second message, the read-ahead is full. */
  const pause = () => new Promise((resolve) => setTimeout(resolve, 20));

  it('delivers all of it, once and in order', async () => {
    const revisions: number[] = [];
    for await (const message of (await filledLog()).subscribe('0')) {
      if (message.kind === 'caught-up') break;
      if (message.kind === 'event') revisions.push(message.event.revision);
      if (revisions.length === 1) await pause();
    }
    expect(revisions).toEqual(manyEvents.map((_, n) => n));
  });

  it('passes what it was told to leave out, unopened, and says where it has got to', async () => {
    const log = await filledLog();
    const revisions: number[] = [];
    for await (const message of log.subscribe('0', { only: ({ revision }) => revision % 1000 === 0 })) {
      if (message.kind === 'event') revisions.push(message.event.revision);
      if (message.kind !== 'caught-up') continue;
      expect(message.position).toBe(await log.head());
      break;
    }
    expect(revisions).toEqual([0, 1000, 2000, 3000, 4000, 5000]);
  });

  it('ends when the reader leaves', async () => {
    for await (const _ of (await filledLog()).subscribe('0')) {
      await pause();
      break;
    }
  });

  it('ends when aborted', async () => {
    const controller = new AbortController();
    let delivered = 0;
    for await (const _ of (await filledLog()).subscribe('0', { signal: controller.signal })) {
      delivered += 1;
      await pause();
      controller.abort();
    }
    expect(delivered).toBe(1);
  });
});
