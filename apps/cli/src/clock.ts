/** `tegas clock`: moves the time of a demo, to see a deadline pass. Production refuses. */
import type { Command } from 'commander';
import { moveTime } from '#event-store/time.js';
import { mayMoveTime, withLog } from './instance.js';
import { OperatorError } from './progress.js';

const HOURS_MS = 3_600_000;

export function registerClock(program: Command): void {
  program
    .command('clock [shift]')
    .description(
      'Show the time Tegas goes by; in a demo move it from the machine’s clock: 16d, 12h, or 0 to set it right (tokens expire by the machine’s)',
    )
    .action(async (shift: string | undefined) => {
      if (shift !== undefined && !mayMoveTime())
        throw new OperatorError('Time cannot be moved in production.', 'Waktu tidak dapat digeser pada produksi.');
      await withLog(async ({ pool, time }) => {
        if (shift === undefined) return console.log(time.now());
        const ms = millisecondsOf(shift);
        await moveTime(pool, ms);
        console.log(new Date(Date.now() + ms).toISOString());
      });
    });
}

function millisecondsOf(shift: string): number {
  const [, amount, unit] = /^(-?\d{1,5})([dh]?)$/.exec(shift) ?? [];
  if (amount === undefined || (unit === '' && Number(amount) !== 0))
    throw new OperatorError(`"${shift}" is no shift: say 16d, 12h or 0.`, `"${shift}" bukan pergeseran: tulis 16d, 12h atau 0.`);
  return Number(amount) * (unit === 'd' ? 24 : 1) * HOURS_MS;
}
