/** How contenders are measured: the same work for so many seconds, one after another in every round, and the median of the rounds. */

/** What every benchmark is given. */
export interface Bench {
  readonly rounds: number;
  /** How long one contender runs in one round. */
  readonly seconds: number;
  /** How many events the log holds; undefined: what the benchmark takes by itself. */
  readonly events: number | undefined;
  /** How many clocks fall due, run or move; undefined: what the benchmark takes by itself. */
  readonly clocks: number | undefined;
  readonly full: boolean;
  /** A folder of its own, gone afterwards: master key, demo issuer. */
  readonly home: string;
  /** The postmaster's process id. */
  readonly serverPid: number;
  /** A new, empty database on the server, as superuser; its URL. */
  createDatabase(name: string): Promise<string>;
  /** Writes everything out, so that each contender starts from a clean checkpoint. */
  checkpoint(): Promise<void>;
  /** One line of what goes on, on stderr. */
  note(line: string): void;
}

/** What it gives. */
export interface BenchResult {
  readonly ratios: { readonly [name: string]: number };
  /** Plain figures, by name. */
  readonly figures: object;
  readonly sizes: { readonly [name: string]: number };
  /** For people. */
  readonly text: string;
}

/** One run of one contender. Times in milliseconds. */
export interface Measured {
  readonly perSecond: number;
  readonly p50Ms?: number;
  readonly p99Ms?: number;
  /** Processor time of one, in the process that is measured and in PostgreSQL. */
  readonly appCpuMs?: number;
  readonly postgresCpuMs?: number;
  /** How many were done, so that a reader can judge the percentiles. */
  readonly done: number;
}

/** The medians over the rounds, and what each round gave. */
export interface Median extends Measured {
  readonly perSecondByRound: readonly number[];
}

export type Contenders = { readonly [name: string]: () => Promise<Measured> };

/**
 * Runs every contender once a round, each round beginning with another one, so that neither the order nor a slow minute of the machine
 * favours anyone. `before` puts the server into the same state each time.
 */
export async function interleaved<C extends Contenders>(
  contenders: C,
  rounds: number,
  before: () => Promise<void>,
  note: (line: string) => void,
): Promise<{ readonly [N in keyof C]: Median }> {
  const names = Object.keys(contenders);
  const runs = new Map<string, Measured[]>(names.map((name) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    const first = round % names.length;
    for (const name of [...names.slice(first), ...names.slice(0, first)]) {
      await before();
      const measured = await contenders[name]?.();
      if (measured === undefined) continue;
      runs.get(name)?.push(measured);
      note(`round ${round + 1}/${rounds}  ${name.padEnd(26)} ${whole(measured.perSecond)}/s`);
    }
  }
  return Object.fromEntries(names.map((name) => [name, medianOf(runs.get(name) ?? [])])) as { readonly [N in keyof C]: Median };
}

/** So many writers act one act after another for so many seconds. @throws what an act throws */
export async function drive(
  writers: number,
  seconds: number,
  act: (writer: number, n: number) => Promise<unknown>,
): Promise<Measured> {
  const latencies: number[] = [];
  const started = performance.now();
  const until = started + seconds * 1000;
  await Promise.all(
    Array.from({ length: writers }, async (_, writer) => {
      let begun = performance.now();
      for (let n = 0; begun < until; n += 1) {
        await act(writer, n);
        const ended = performance.now();
        latencies.push(ended - begun);
        begun = ended;
      }
    }),
  );
  const elapsed = performance.now() - started;
  return { perSecond: (latencies.length / elapsed) * 1000, done: latencies.length, ...percentiles(latencies) };
}

export function percentiles(latencies: readonly number[]): { readonly p50Ms: number; readonly p99Ms: number } {
  const sorted = Float64Array.from(latencies).sort();
  return { p50Ms: percentile(sorted, 0.5), p99Ms: percentile(sorted, 0.99) };
}

export function median(values: readonly number[]): number {
  return percentile(Float64Array.from(values).sort(), 0.5);
}

function medianOf(runs: readonly Measured[]): Median {
  const of = (pick: (run: Measured) => number | undefined): number | undefined => {
    const values = runs.map(pick).filter((value) => value !== undefined);
    return values.length === 0 ? undefined : rounded(median(values));
  };
  const known = (name: 'p50Ms' | 'p99Ms' | 'appCpuMs' | 'postgresCpuMs') => {
    const value = of((run) => run[name]);
    return value === undefined ? {} : { [name]: value };
  };
  return {
    perSecond: of((run) => run.perSecond) ?? 0,
    ...known('p50Ms'),
    ...known('p99Ms'),
    ...known('appCpuMs'),
    ...known('postgresCpuMs'),
    done: runs.reduce((sum, run) => sum + run.done, 0),
    perSecondByRound: runs.map((run) => Math.round(run.perSecond)),
  };
}

function percentile(sorted: Float64Array, share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

/** To three decimals, as all figures are reported. */
export function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}

function whole(value: number): string {
  return Math.round(value).toLocaleString('en').padStart(9);
}

/** One row a contender: per second, p50 and p99 in milliseconds, and the rounds. */
export function table(medians: { readonly [name: string]: Median }, unit: string): string {
  const ms = (value: number | undefined) => (value === undefined ? '–' : value.toFixed(2)).padStart(9);
  const head = `${''.padEnd(26)} ${`${unit}/s`.padStart(12)} ${'p50 ms'.padStart(9)} ${'p99 ms'.padStart(9)}   by round`;
  const rows = Object.entries(medians).map(
    ([name, m]) =>
      `${name.padEnd(26)} ${whole(m.perSecond).padStart(12)} ${ms(m.p50Ms)} ${ms(m.p99Ms)}   ${m.perSecondByRound.map((n) => n.toLocaleString('en')).join('  ')}`,
  );
  return [head, ...rows].join('\n');
}

/** For preparations that need not tell how far they are. */
export const quiet = { step: () => undefined, at: () => undefined, note: () => undefined, end: () => undefined };
