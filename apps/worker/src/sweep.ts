/** Looks at the clock board for what is due, however its alarm was lost: works with the queue gone entirely. */
import type { InstantAt } from '#domain/event.js';
import { sideBySide } from '#event-store/together.js';
import {
  findClocksHeld,
  findClocksToPassOn,
  findClocksToWarn,
  findDueClocks,
  findLawActedUntold,
  findStepsDue,
} from '#read-models/clock-board.js';
import type { ReadModels } from '#read-models/data-source.js';
import { CLOCKS_SIDE_BY_SIDE, type ClockProcessManager } from './clock-process-manager.js';

const CLOCKS_AT_ONCE = 500;

export interface Swept {
  readonly announced: number;
  readonly warned: number;
  /** Steps of ladders that were told. */
  readonly told: number;
  /** Refused, because the clock had stopped or the board is a moment behind. */
  readonly refused: number;
  /** Not carried out; the next sweep tries again. */
  readonly failed: number;
}

/**
 * Announces every clock that ran out by `at`, warns of every one on which the law will act, and tells every step of a ladder that has
 * fallen, and that the law has acted; who has a case's work since, or acts for who was told, is told it too. One that fails does not keep
 * the others back.
 */
export async function sweep(readModels: ReadModels, clocks: ClockProcessManager, at: InstantAt): Promise<Swept> {
  const swept = { announced: 0, warned: 0, told: 0, refused: 0, failed: 0 };
  const forEach = async <Found>(
    find: (readModels: ReadModels, at: InstantAt, limit: number, after?: Found) => Promise<readonly Found[]>,
    carryOut: (found: Found) => Promise<string>,
    done: 'announced' | 'warned' | 'told',
  ): Promise<void> => {
    for (let after: Found | undefined; ; ) {
      const found = await find(readModels, at, CLOCKS_AT_ONCE, after);
      await sideBySide(found, CLOCKS_SIDE_BY_SIDE, async (clock) => {
        try {
          if ((await carryOut(clock)) === done) swept[done] += 1;
          else swept.refused += 1;
        } catch (error) {
          if (swept.failed === 0) console.error('worker: sweep,', error instanceof Error ? error.message : error);
          swept.failed += 1;
        }
      });
      after = found.at(-1);
      if (found.length < CLOCKS_AT_ONCE) return;
    }
  };
  await forEach(findLawActedUntold, (clock) => clocks.tellLawActed(clock), 'told');
  await forEach(findDueClocks, (clock) => clocks.announce(clock), 'announced');
  await forEach(findClocksHeld, (clock) => clocks.announce(clock), 'announced');
  await forEach(findClocksToWarn, (clock) => clocks.warn(clock), 'warned');
  await forEach(findStepsDue, (step) => clocks.climb(step), 'told');
  // After what falls: who comes later is told the newest.
  await forEach(findClocksToPassOn, (clock) => clocks.passToOfficer(clock), 'told');
  swept.told += await clocks.passToActing();
  return swept;
}
