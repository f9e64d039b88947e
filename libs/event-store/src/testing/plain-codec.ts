import { createHash } from 'node:crypto';
import type { PersonalPart } from '#domain/event.js';
import type { PersonalDataCodec, SealedEvent, SealedPart } from '../personal-data-codec.js';

/** For specs that are not about privacy: a sealed field is its JSON text. Never use it outside specs. */
export class PlainCodec implements PersonalDataCodec {
  async seal(_stream: string, _revision: number, parts: readonly PersonalPart[]): Promise<readonly SealedPart[]> {
    return parts.map(({ personId, retentionClass, fields }) => ({
      personId,
      retentionClass,
      key: 1,
      sealed: Object.fromEntries(Object.entries(fields).map(([field, value]) => [field, JSON.stringify(value)])),
    }));
  }

  async open(events: readonly SealedEvent[]): ReturnType<PersonalDataCodec['open']> {
    return events.map(({ parts }) =>
      parts.map(({ personId, retentionClass, sealed }) => ({
        personId,
        retentionClass,
        fields: Object.fromEntries(Object.entries(sealed).map(([field, text]) => [field, JSON.parse(text)])),
      })),
    );
  }

  fingerprint(text: string): string {
    return createHash('sha256').update(text).digest('hex');
  }
}
