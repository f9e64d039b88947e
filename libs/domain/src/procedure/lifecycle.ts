/**
 * How a rule comes into force: drafted by one administrator, reviewed by another, published with the dates of its validity. A published
 * version never changes; a running case keeps the one it pinned. The stream `procedure-<code>` holds all of it.
 */

import { refuse } from '../case/refuse.js';
import type { Code, Decision, DomainEvent, Id, InstantAt, Sha256 } from '../event.js';
import type { Procedure } from './procedure.js';
import { faultInIndonesian } from './procedure-fault-words.js';
import { faultsIn } from './procedure-faults.js';

interface Act {
  readonly by: Id;
  readonly at: InstantAt;
}

export type ProcedureEvent =
  | DomainEvent<'ProcedureDrafted', Act & { sha256: Sha256; procedure: Procedure }>
  | DomainEvent<'ProcedureReviewed', Act & { code: Code; version: Code; sha256: Sha256 }>
  | DomainEvent<'ProcedurePublished', { at: InstantAt; sha256: Sha256; procedure: Procedure }>;

export interface DraftedProcedure extends Procedure {
  readonly sha256: Sha256;
  readonly draftedBy: Id;
  readonly reviewedBy?: Id;
}

/** The versions of one procedure. */
export interface ProcedureLife {
  /** By version; publishing takes it away. */
  readonly drafts: ReadonlyMap<Code, DraftedProcedure>;
  readonly published: ReadonlySet<Code>;
}

export const noVersions: ProcedureLife = { drafts: new Map(), published: new Set() };

export function evolveProcedure(life: ProcedureLife, event: ProcedureEvent): ProcedureLife {
  const drafts = new Map(life.drafts);
  switch (event.type) {
    case 'ProcedureDrafted': {
      const { procedure, sha256, by } = event.data;
      return { ...life, drafts: drafts.set(procedure.version, { ...procedure, sha256, draftedBy: by }) };
    }
    case 'ProcedureReviewed': {
      const draft = drafts.get(event.data.version);
      return draft === undefined ? life : { ...life, drafts: drafts.set(draft.version, { ...draft, reviewedBy: event.data.by }) };
    }
    case 'ProcedurePublished': {
      const { version } = event.data.procedure;
      drafts.delete(version);
      return { drafts, published: new Set(life.published).add(version) };
    }
  }
}

export type ProcedureCommand =
  /** `sha256` is over the canonical JSON of the content: whoever reviews or publishes names what they have read. */
  | { readonly type: 'DraftProcedure'; readonly procedure: Procedure; readonly sha256: Sha256 }
  | { readonly type: 'ReviewProcedure'; readonly version: Code; readonly sha256: Sha256 }
  | { readonly type: 'PublishProcedure'; readonly version: Code; readonly sha256: Sha256 };

/** The stages of a version's life; who acts is an administrator, which the caller has checked. `procedures`: the codes of those published. */
export function decideProcedure(
  life: ProcedureLife,
  command: ProcedureCommand,
  { by, at, procedures }: Act & { readonly procedures: ReadonlySet<Code> },
): Decision<ProcedureEvent> {
  if (command.type === 'DraftProcedure') {
    const { procedure, sha256 } = command;
    const faults = faultsIn(procedure, procedures);
    if (faults.length > 0)
      return no(
        'invalid-procedure',
        `Berkas prosedur tidak sah: ${faults.map(faultInIndonesian).join('; ')}`,
        `Not a valid procedure: ${faults.join('; ')}`,
      );
    if (life.published.has(procedure.version)) return alreadyPublished(procedure.version);
    return { events: [{ type: 'ProcedureDrafted', data: { by, at, sha256, procedure } }] };
  }
  const { version, sha256 } = command;
  if (life.published.has(version)) return alreadyPublished(version);
  const draft = life.drafts.get(version);
  if (draft === undefined)
    return no('no-such-draft', `Tidak ada rancangan versi ${version}.`, `There is no draft of version ${version}.`);
  if (draft.sha256 !== sha256)
    return no(
      'draft-changed',
      'Rancangan ini telah diubah sejak Anda membacanya: baca isinya yang sekarang, lalu ulangi.',
      'This draft was changed since you read it: read what it holds now, then try again.',
    );
  if (command.type === 'ReviewProcedure') {
    return draft.draftedBy === by
      ? no('four-eyes', 'Perancang tidak boleh menelaah rancangannya sendiri.', 'Who drafted it may not review it.')
      : { events: [{ type: 'ProcedureReviewed', data: { by, at, code: draft.code, version, sha256 } }] };
  }
  if (draft.reviewedBy === undefined)
    return no('not-reviewed', 'Rancangan ini belum ditelaah orang lain.', 'Nobody else has reviewed this draft yet.');
  const { sha256: _, draftedBy: __, reviewedBy: ___, ...procedure } = draft;
  return { events: [{ type: 'ProcedurePublished', data: { at, sha256, procedure } }] };
}

function alreadyPublished(version: Code): Decision<ProcedureEvent> {
  return no(
    'already-published',
    `Versi ${version} sudah diterbitkan dan tidak dapat diubah: beri rancangan ini nomor versi lain.`,
    `Version ${version} is published and cannot change: give this draft another version.`,
  );
}

function no(code: Code, id: string, en: string): Decision<ProcedureEvent> {
  return { rejection: refuse(code, id, en) };
}
