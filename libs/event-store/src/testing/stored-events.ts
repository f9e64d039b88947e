import { randomUUID } from 'node:crypto';
import type { Upcast } from '#domain/upcasters.js';
import type { StoredEvent } from '../port.js';

/** An event ready for a store, with a hash of the right shape that covers nothing. */
export function storedEvent(data: object = {}, type = 'NoteTaken'): StoredEvent {
  const at = '2026-11-24T01:00:00.000Z';
  return {
    id: randomUUID(),
    type,
    schemaVersion: 1,
    data,
    metadata: {
      actor: 'officer-sari',
      effectiveAt: at,
      recordedAt: at,
      commandId: randomUUID(),
      correlationId: randomUUID(),
      hash: 'ab'.repeat(32),
    },
  };
}

/** For logs whose events are of types that no program knows. */
export const asStored: Upcast = (_type, _version, data) => data;

export function storedEvents(count: number, type?: string): readonly StoredEvent[] {
  return Array.from({ length: count }, (_, n) => storedEvent({ n }, type));
}
