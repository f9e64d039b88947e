import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { StoreUnavailable } from './port.js';
import { gathered, sideBySide } from './together.js';

describe('gathered', () => {
  it('answers each with its own, what is asked in one turn by as few look-ups as may be', async () => {
    const batches: number[] = [];
    const ask = gathered(4, async (asked: readonly number[]) => {
      batches.push(asked.length);
      await pause(1);
      return asked.map((n) => n * n);
    });
    const numbers = Array.from({ length: 10 }, (_, n) => n);
    expect(await Promise.all(numbers.map(ask))).toEqual(numbers.map((n) => n * n));
    expect(batches).toEqual([4, 4, 2]);
    expect(await ask(7)).toBe(49);
  });

  it('fails whoever asked for what is refused, and not their neighbours', async () => {
    const ask = gathered(8, async (asked: readonly string[]) => {
      if (asked.includes('refused')) throw new Error('no such thing');
      return asked;
    });
    const answers = await Promise.allSettled(['a', 'refused', 'b'].map(ask));
    expect(answers.map((answer) => (answer.status === 'fulfilled' ? answer.value : String(answer.reason)))).toEqual([
      'a',
      'Error: no such thing',
      'b',
    ]);
  });

  it('does not ask again for each while the server is away', async () => {
    let asked = 0;
    const ask = gathered(8, async () => {
      asked += 1;
      throw new StoreUnavailable('away');
    });
    const answers = await Promise.allSettled([1, 2, 3].map(ask));
    expect(answers.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    expect(asked).toBe(1);
  });
});

describe('sideBySide', () => {
  it('carries out every work, never more than so many at once', async () => {
    const done: number[] = [];
    let underWay = 0;
    let most = 0;
    await sideBySide(
      Array.from({ length: 20 }, (_, n) => n),
      3,
      async (n) => {
        underWay += 1;
        most = Math.max(most, underWay);
        await pause(n % 4);
        underWay -= 1;
        done.push(n);
      },
    );
    expect(done.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, n) => n));
    expect(most).toBe(3);
  });

  it('throws what a work throws once the others under way have ended, and begins no more', async () => {
    const done: number[] = [];
    const work = sideBySide([1, 2, 3, 4, 5, 6], 2, async (n) => {
      if (n === 2) throw new Error('broken');
      await pause(5);
      done.push(n);
    });
    await expect(work).rejects.toThrow('broken');
    expect(done).toContain(1);
    expect(done).not.toContain(6);
  });
});
