/** The port through which personal parts of events are encrypted and read. The real one is `AesGcmCodec` in libs/privacy. */
import type { Code, Id, PersonalPart } from '#domain/event.js';

/** A personal part as it is stored: opaque text, with the names of its fields. Older events hold a text for each field (ADR 41). */
export interface SealedPart {
  readonly personId: Id;
  readonly retentionClass: Code;
  /** Which key of that person and class sealed it; a new one starts after one was destroyed. */
  readonly key: number;
  readonly sealed: string | { readonly [field: string]: string };
}

/** The sealed parts of one event, with what they are bound to. */
export interface SealedEvent {
  readonly stream: Id;
  readonly revision: number;
  readonly parts: readonly SealedPart[];
}

export interface PersonalDataCodec {
  /**
   * Encrypts the parts of the event that will stand at `revision` of `stream`.
   * @throws StoreUnavailable when the keys cannot be reached: then nothing may be appended.
   */
  seal(stream: Id, revision: number, parts: readonly PersonalPart[]): Promise<readonly SealedPart[]>;
  /**
   * Decrypts a batch with at most one look-up of keys; one list of parts per event, in order. A part whose key was destroyed opens as
   * `{ personId, retentionClass, fields: {}, erased: true }`. In place of an event's parts stands UnreadablePersonalData when one was
   * altered or moved, or the master key is not the one it was sealed under: one such event does not keep the others back.
   * @throws StoreUnavailable when the keys cannot be reached.
   */
  open(events: readonly SealedEvent[]): Promise<readonly (readonly PersonalPart[] | UnreadablePersonalData)[]>;
  /** A keyed fingerprint (HMAC): equal for equal texts, telling nothing to who has not the key. */
  fingerprint(text: string): string;
}

/** A sealed part cannot be opened although its key was never destroyed. Names the event, never a value. */
export class UnreadablePersonalData extends Error {
  override readonly name = 'UnreadablePersonalData';
  constructor(
    readonly stream: Id,
    readonly revision: number,
    why: string,
    options?: ErrorOptions,
  ) {
    super(`Personal data of ${stream} at revision ${revision} cannot be opened: ${why}`, options);
  }
}
