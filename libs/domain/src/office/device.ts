/**
 * Devices that take applications in where there is no network (ADR 31): each has a key of its own that never leaves it, enrolled while there was a
 * network by the official who uses it and kept in that official's stream. Pure.
 */
import { ROLE_MAY_NOT, refuse } from '../case/refuse.js';
import type { Decision, Id, InstantAt, Rejection } from '../event.js';
import type { Actor, Device, Official, OfficialEvent } from './official.js';

export type DeviceCommand =
  | { readonly type: 'EnrolDevice'; readonly device: Id; readonly publicKey: string }
  /** `official`: whose device it is. */
  | { readonly type: 'WithdrawDevice'; readonly device: Id; readonly official: Id };

/** How a public key is written: the 65 bytes of an uncompressed point of P-256, in base64url. */
export const PUBLIC_KEY = /^B[\w-]{86}$/;

/** `official`: whose device it is, or will be. */
export function decideDevice(
  official: Official | undefined,
  command: DeviceCommand,
  { actor, at }: { readonly actor: Actor; readonly at: InstantAt },
): Decision<OfficialEvent> {
  const { device } = command;
  const known = official?.devices?.find((one) => one.device === device);
  if (command.type === 'EnrolDevice') {
    if (official === undefined || known !== undefined)
      return {
        rejection: refuse('id-taken', `Perangkat ${device} sudah terdaftar.`, `The device ${device} is enrolled already.`),
      };
    const { publicKey } = command;
    return { events: [{ type: 'DeviceEnrolled', data: { official: official.id, device, publicKey, at } }] };
  }
  if (command.official !== actor.id && !actor.capacities.some(({ role }) => role === 'administrator'))
    return {
      rejection: refuse(
        ROLE_MAY_NOT,
        'Perangkat dicabut oleh pemakainya sendiri atau oleh administrator.',
        'A device is withdrawn by who uses it, or by an administrator.',
      ),
    };
  if (official === undefined || known === undefined || known.withdrawnAt !== undefined) return { rejection: noSuchDevice };
  return { events: [{ type: 'DeviceWithdrawn', data: { official: official.id, device, by: actor.id, at } }] };
}

/**
 * The device that this official used at an instant by its own clock. A clock proves nothing by itself: a device that was withdrawn counts for
 * nothing that reaches the office afterwards.
 */
export function deviceOf(official: Official | undefined, device: Id): Device | Rejection {
  const known = official?.devices?.find((one) => one.device === device);
  return known === undefined || known.withdrawnAt !== undefined ? noSuchDevice : known;
}

const noSuchDevice = refuse(
  'no-such-device',
  'Perangkat ini tidak terdaftar atas nama Anda, atau sudah dicabut. Daftarkan perangkat ini lagi di kantor, lalu cetak ulang tanda terimanya.',
  'This device is not enrolled for you, or was withdrawn. Enrol this device again at the office, then print its receipts again.',
);
