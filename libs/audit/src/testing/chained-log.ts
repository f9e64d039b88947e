import { randomUUID } from 'node:crypto';
import type { Id, Sha256 } from '#domain/event.js';
import { chainHash } from '#event-store/envelope.js';
import type { EventStore, StoredEvent } from '#event-store/port.js';

/** Where the streams of a log stand that is written by hand. */
export type ChainEnds = Map<Id, { readonly revision: number; readonly hash: Sha256 }>;

const AT = '2026-11-24T01:00:00.000Z';

/** The next event of a stream, of about the size of a real one, under its right hash. */
export function chainedEvent(ends: ChainEnds, stream: Id, data: object): StoredEvent {
  const end = ends.get(stream);
  const revision = (end?.revision ?? -1) + 1;
  const id = randomUUID();
  const unhashed = {
    actor: 'officer.kupang',
    office: 'KANIM-KUPANG',
    effectiveAt: AT,
    recordedAt: AT,
    commandId: id,
    correlationId: id,
  };
  const event = { id, type: 'FindingRecorded', schemaVersion: 1, data };
  const hash = chainHash(end?.hash, { ...event, stream, revision, metadata: unhashed });
  ends.set(stream, { revision, hash });
  return { ...event, metadata: { ...unhashed, hash } };
}

/** Appends so many events, to so many streams in turn, a few at a time. */
export async function appendChained(store: EventStore, ends: ChainEnds, events: number, streams = 5): Promise<void> {
  for (let done = 0; done < events; ) {
    const stream = `case-${done % streams}`;
    const expected = ends.get(stream)?.revision ?? 'no-stream';
    const some = Array.from({ length: Math.min(1 + (done % 3), events - done) }, (_, at) =>
      chainedEvent(ends, stream, { fact: 'bornInIndonesia', value: done + at, sealed: 'x'.repeat(100) }),
    );
    await store.append(stream, expected, some);
    done += some.length;
  }
}
