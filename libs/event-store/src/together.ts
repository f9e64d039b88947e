/** Many small works as few large ones: what many ask for in one turn is looked up at once, and many are carried out side by side. */
import { StoreUnavailable } from './port.js';

/**
 * What is asked for in one turn of the event loop goes to `answerAll` together, at most so many at once; its answers stand in the order of
 * what was asked. One that is refused is asked again alone, so that it does not fail its neighbours.
 */
export function gathered<Asked, Answer>(
  most: number,
  answerAll: (asked: readonly Asked[]) => Promise<readonly Answer[]>,
): (asked: Asked) => Promise<Answer> {
  interface Waiting {
    readonly asked: Asked;
    readonly resolve: (answer: Answer) => void;
    readonly reject: (error: unknown) => void;
  }
  let waiting: Waiting[] = [];

  const answer = async (some: readonly Waiting[]): Promise<void> => {
    try {
      const answers = await answerAll(some.map(({ asked }) => asked));
      for (const [place, { resolve }] of some.entries()) resolve(answers[place] as Answer);
    } catch (error) {
      // While the server is away, each alone would only wait as long again.
      if (some.length > 1 && !(error instanceof StoreUnavailable)) for (const one of some) void answer([one]);
      else for (const { reject } of some) reject(error);
    }
  };

  return (asked) =>
    new Promise((resolve, reject) => {
      if (waiting.push({ asked, resolve, reject }) > 1) return;
      setImmediate(() => {
        const all = waiting;
        waiting = [];
        for (let from = 0; from < all.length; from += most) void answer(all.slice(from, from + most));
      });
    });
}

/** Carries out a work for each, in order, so many at once. `each` deals with what goes wrong: what it throws ends the whole. */
export async function sideBySide<One>(
  ones: Iterable<One> | AsyncIterable<One>,
  atOnce: number,
  each: (one: One) => Promise<void>,
): Promise<void> {
  const underWay = new Set<Promise<void>>();
  let fault: { readonly error: unknown } | undefined;
  for await (const one of ones) {
    if (fault !== undefined) break;
    const work: Promise<void> = each(one)
      .catch((error: unknown) => {
        fault ??= { error };
      })
      .finally(() => underWay.delete(work));
    underWay.add(work);
    if (underWay.size >= atOnce) await Promise.race(underWay);
  }
  await Promise.all(underWay);
  if (fault !== undefined) throw fault.error;
}
