/** `tegas rebuild` of all read models together over a log of whole cases, personal fields decrypted: events a second, and memory over time. */

import { openReadModels } from '#read-models/data-source.js';
import { rebuild as rebuildReadModels } from '#read-models/rebuild.js';
import { prepareDatabase } from '../../apps/cli/src/prepare-database.js';
import { repeat, takeThrough } from './cases.js';
import { type Bench, type BenchResult, interleaved, median, quiet, rounded, table } from './rounds.js';
import { openBenchLog } from './workload.js';

const EVENTS = 150_000;
const EVENTS_WHEN_FULL = 1_000_000;
const SAMPLE_MS = 100;

export async function rebuild(bench: Bench): Promise<BenchResult> {
  const { home, note, rounds } = bench;
  const url = await bench.createDatabase('tegas_rebuild');
  await prepareDatabase({ databaseUrl: url, home, progress: quiet });
  const opened = await openBenchLog(url, home);
  const readModels = await openReadModels(url);
  try {
    const pattern = await takeThrough(opened, 'determined');
    const wanted = bench.events ?? (bench.full ? EVENTS_WHEN_FULL : EVENTS);
    await repeat(opened, pattern, Math.ceil(wanted / pattern.events.length));
    await opened.pool.query('VACUUM ANALYZE log.events');
    const { rows } = await opened.pool.query<{ n: number }>(
      `SELECT count(*)::int AS n FROM log.events WHERE stream_id LIKE 'case-%' OR stream_id LIKE 'clocks-%'`,
    );
    const events = rows[0]?.n ?? 0;
    let tables: { readonly [table: string]: number } = {};
    const memory: { firstThirdMb: number; lastThirdMb: number; mostMb: number }[] = [];
    const medians = await interleaved(
      {
        'tegas, all read models': async () => {
          const samples: number[] = [];
          const timer = setInterval(() => samples.push(process.memoryUsage.rss() / 1e6), SAMPLE_MS);
          const started = performance.now();
          const rebuilt = await rebuildReadModels(readModels, opened.log);
          const perSecond = (events / (performance.now() - started)) * 1000;
          clearInterval(timer);
          tables = Object.fromEntries(rebuilt.map(({ name, rows }) => [name, rows]));
          const third = Math.ceil(samples.length / 3);
          memory.push({
            firstThirdMb: Math.round(median(samples.slice(0, third))),
            lastThirdMb: Math.round(median(samples.slice(-third))),
            mostMb: Math.round(Math.max(...samples)),
          });
          return { perSecond, done: events };
        },
      },
      rounds,
      bench.checkpoint,
      note,
    );
    const last = memory.at(-1);
    if (last === undefined) throw new Error('Nothing was rebuilt');
    return {
      ratios: { memoryLastToFirstThird: rounded(last.lastThirdMb / last.firstThirdMb) },
      figures: { ...medians, memoryByRound: memory, rows: tables },
      sizes: { events, cases: Math.floor(events / pattern.events.length), eventsPerCase: pattern.events.length },
      text: [
        `rebuild: ${events.toLocaleString('en')} events of cases into ${Object.keys(tables).join(', ')}`,
        table(medians, 'events'),
        `memory (RSS) of the last round: median of its first third ${last.firstThirdMb} MB, of its last third ${last.lastThirdMb} MB, most ${last.mostMb} MB`,
      ].join('\n'),
    };
  } finally {
    await readModels.destroy();
    await opened.close();
  }
}
