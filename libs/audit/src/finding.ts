/** What a verification finds, as data and in words. */
import { assertNever, type Id, type InstantAt, type Text } from '#domain/event.js';
import type { LineFault } from './bundle-chunk.js';

/** Where, and what is not as it was written. */
export type Finding =
  | { readonly kind: 'event'; readonly fault: LineFault; readonly leaf: number; readonly stream?: Id; readonly revision?: number }
  /** The first `size` events are not those that a checkpoint signed; `after`: the newest smaller checkpoint that still holds. */
  | { readonly kind: 'root-differs'; readonly size: number; readonly signedAt: InstantAt; readonly after?: number }
  /** There are fewer events than a checkpoint signed. */
  | { readonly kind: 'cut-off'; readonly size: number; readonly signedAt: InstantAt; readonly events: number }
  /** The stored Merkle log is not that of the events. */
  | { readonly kind: 'tree-differs'; readonly leaf: number }
  /** A checkpoint bears no signature of a key that is trusted, valid at its time. */
  | { readonly kind: 'not-signed'; readonly size: number; readonly signedAt: InstantAt }
  /** A checkpoint is of another log. */
  | { readonly kind: 'other-log'; readonly origin: string }
  /** A bundle of a part of the log does not show that it continues an earlier checkpoint. */
  | { readonly kind: 'no-consistency-proof'; readonly size: number }
  /** A bundle does not hold what it says. */
  | { readonly kind: 'incomplete'; readonly what: Text };

/** A finding in words. */
export function findingInWords(finding: Finding): Text {
  switch (finding.kind) {
    case 'event': {
      const { fault, leaf, stream, revision } = finding;
      const place = stream === undefined ? `leaf ${leaf}` : `${stream}, revision ${revision} (leaf ${leaf})`;
      const { id, en } = faultInWords[fault];
      return { id: `${place}: ${id}`, en: `${place}: ${en}` };
    }
    case 'root-differs': {
      const { size, signedAt, after = 0 } = finding;
      return {
        id: `Peristiwa ke-${after + 1} sampai ke-${size} bukan yang ditandatangani pada ${signedAt}: ada yang diubah, disisipkan, dihapus atau dipindahkan.`,
        en: `Events ${after + 1} to ${size} are not those that were signed on ${signedAt}: some were changed, inserted, removed or moved.`,
      };
    }
    case 'cut-off': {
      const { size, signedAt, events } = finding;
      return {
        id: `Log berisi ${events} peristiwa; pada ${signedAt} ditandatangani ${size}: ujungnya dipotong, atau cadangan lama dipulihkan.`,
        en: `The log holds ${events} events; ${size} were signed on ${signedAt}: its tail was cut off, or an older backup was restored.`,
      };
    }
    case 'tree-differs':
      return {
        id: `Log Merkle yang tersimpan berbeda dari peristiwanya mulai leaf ${finding.leaf}.`,
        en: `The stored Merkle log differs from the events from leaf ${finding.leaf} on.`,
      };
    case 'not-signed':
      return {
        id: `Checkpoint atas ${finding.size} peristiwa (${finding.signedAt}) tidak ditandatangani kunci yang dipercaya.`,
        en: `The checkpoint of ${finding.size} events (${finding.signedAt}) is not signed by a key that is trusted.`,
      };
    case 'other-log':
      return {
        id: `Checkpoint ini milik log lain (${finding.origin}).`,
        en: `A checkpoint belongs to another log (${finding.origin}).`,
      };
    case 'no-consistency-proof':
      return {
        id: `Berkas ini tidak membuktikan bahwa ia melanjutkan checkpoint atas ${finding.size} peristiwa; itu belum berarti ada yang diubah. Ambil lagi beserta buktinya: tegas export bundle --since <checkpoint itu>, atau lewat API dengan ?since=${finding.size}.`,
        en: `The bundle does not prove that it continues the checkpoint of ${finding.size} events, which does not yet say that anything was altered. Get it with the proof: tegas export bundle --since <that checkpoint>, or over the API with ?since=${finding.size}.`,
      };
    case 'incomplete':
      return { id: `Berkas tidak lengkap: ${finding.what.id}.`, en: `The bundle is incomplete: ${finding.what.en}.` };
    default:
      return assertNever(finding);
  }
}

const faultInWords: { readonly [F in LineFault]: Text } = {
  malformed: { id: 'bukan teks suatu peristiwa.', en: 'not the text of an event.' },
  chain: {
    id: 'peristiwa ini atau yang sebelumnya diubah setelah ditulis.',
    en: 'this event, or one before it, was changed after it was written.',
  },
  revision: {
    id: 'peristiwa sebelumnya hilang, ganda atau tidak urut.',
    en: 'an event before it is missing, doubled or out of order.',
  },
  'not-in-tree': { id: 'tidak terbukti ada dalam log yang ditandatangani.', en: 'not proved to be in the log that was signed.' },
  'no-proof': { id: 'tidak disertai bukti.', en: 'comes without a proof.' },
};
