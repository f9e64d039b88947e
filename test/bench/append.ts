/** Appending one event to an existing stream, revision checked, hashed and encrypted, by 32 writers of one process; beside pgbench and emmett. */
import { join } from 'node:path';
import { chainHash } from '#event-store/envelope.js';
import type { StoredEvent } from '#event-store/port.js';
import { AesGcmCodec } from '#privacy/aes-gcm-codec.js';
import { readMasterKey } from '#privacy/master-key.js';
import type { OpenLog } from '#privacy/open-log.js';
import { PostgresPersonKeyStore } from '#privacy/person-keys.js';
import { cloneFolder } from '../../apps/cli/src/instance.js';
import { AppProcess } from '../e2e/app-process.js';
import { appendAtSize } from './append-at-size.js';
import { emmettAppend, installEmmett } from './emmett.js';
import { createRawTable, findPostgresProgram, pgbenchInsert } from './pgbench.js';
import { type Bench, type BenchResult, drive, interleaved, type Measured, rounded, table } from './rounds.js';
import { type BenchStream, findingRecorded, openBenchLog, openStreams, streamOf } from './workload.js';

const WRITERS = 32;
const STREAMS = 1024;
const WARM_UP_SECONDS = 2;

const LARGE = 5_000_000;

/** With `--events` or `--full`, also beside a log that is large already. */
export async function append(bench: Bench): Promise<BenchResult> {
  const beside = await appendBesidePeers(bench);
  if (bench.events === undefined && !bench.full) return beside;
  const atSize = await appendAtSize(bench, bench.events ?? LARGE);
  return {
    ratios: { ...beside.ratios, ...atSize.ratios },
    figures: { ...beside.figures, ...atSize.figures },
    sizes: { ...beside.sizes, ...atSize.sizes },
    text: `${beside.text}\n\n${atSize.text}`,
  };
}

async function appendBesidePeers(bench: Bench): Promise<BenchResult> {
  const { seconds, rounds, home, note } = bench;
  const pgbench = findPostgresProgram('pgbench', note);
  installEmmett(note);
  const databaseUrl = await bench.createDatabase('tegas_append');
  const opened = await openBenchLog(databaseUrl, home);
  const storeOnly = await openBenchLog(await bench.createDatabase('tegas_store_only'), home);
  try {
    const rawUrl = await bench.createDatabase('raw');
    const emmettUrl = await bench.createDatabase('emmett');
    await createRawTable(rawUrl);
    const streams = await openStreams(opened, STREAMS);
    const bare = (await openStreams(storeOnly, STREAMS)).map((stream) => ({ ...stream }));
    const [sample] = (await opened.log.store.read(streams[0]?.name ?? '')) as readonly StoredEvent[];
    if (sample === undefined) throw new Error('Nothing was appended');

    const tegas = (forSeconds: number) => appendThroughLog(opened, streams, forSeconds);
    const store = (forSeconds: number) => appendThroughStore(storeOnly, bare, sample, forSeconds);
    await tegas(WARM_UP_SECONDS);
    await store(WARM_UP_SECONDS);
    const medians = await interleaved(
      {
        pgbench: () =>
          pgbenchInsert(pgbench, rawUrl, { clients: WRITERS, seconds, home, stream: streams[0]?.name ?? '', event: sample }),
        tegas: () => tegas(seconds),
        'tegas, Merkle log beside': () => withMerkleLog({ databaseUrl, home }, () => tegas(seconds)),
        'tegas, store only': () => store(seconds),
        emmett: () => emmettAppend(emmettUrl, { writers: WRITERS, streams: STREAMS, seconds, event: sample }),
      },
      rounds,
      bench.checkpoint,
      note,
    );
    const profile = await profileOfOne(opened, home, sample);
    const perEventMs = rounded(1000 / medians.tegas.perSecond);
    const without = medians['tegas, store only'].perSecond;
    const trustShare = rounded(1 - medians['tegas, Merkle log beside'].perSecond / without);
    const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
    return {
      ratios: {
        tegasToPgbench: rounded(medians.tegas.perSecond / medians.pgbench.perSecond),
        tegasToEmmett: rounded(medians.tegas.perSecond / medians.emmett.perSecond),
        trustShare,
        storeOnlyToPgbench: rounded(medians['tegas, store only'].perSecond / medians.pgbench.perSecond),
      },
      figures: { ...medians, profileMsPerEvent: { ...profile, wholeAppend: perEventMs } },
      sizes: { writers: WRITERS, streams: STREAMS, bytesPerEvent: bytesOf(sample) },
      text: [
        `append: 1 event to an existing stream at its revision, ${WRITERS} writers, ${bytesOf(sample)} bytes of JSON an event`,
        table(medians, 'events'),
        `trust (sealing, hashing, the Merkle log beside) takes ${percent(trustShare)} of the throughput without; without the Merkle log ${percent(1 - medians.tegas.perSecond / without)} (goal: at most 30 %)`,
        `of ${perEventMs} ms an event: sealing 2 fields ${profile.seal}, canonical JSON + SHA-256 ${profile.hash}, JSON texts ${profile.texts}, rest: store`,
      ].join('\n'),
    };
  } finally {
    await opened.close();
    await storeOnly.close();
  }
}

/** As the worker follows it: in a process of its own, which stands level before anything is measured. */
async function withMerkleLog<T>(of: { readonly databaseUrl: string; readonly home: string }, work: () => Promise<T>): Promise<T> {
  const program = join(cloneFolder(), 'dist/test/bench/merkle-beside.js');
  const beside = await AppProcess.start(program, { BENCH_DATABASE_URL: of.databaseUrl, BENCH_HOME: of.home });
  try {
    return await work();
  } finally {
    await beside.end('SIGKILL');
  }
}

function appendThroughLog({ log }: OpenLog, streams: readonly BenchStream[], seconds: number): Promise<Measured> {
  return drive(WRITERS, seconds, async (writer) => {
    const stream = streamOf(streams, writer, WRITERS);
    stream.head = (await log.append(stream.name, stream.head, [findingRecorded(stream.personId)])).head;
  });
}

/** The same bytes without sealing and hashing: what the store itself can do. */
function appendThroughStore(
  { log }: OpenLog,
  streams: readonly BenchStream[],
  sample: StoredEvent,
  seconds: number,
): Promise<Measured> {
  return drive(WRITERS, seconds, async (writer) => {
    const stream = streamOf(streams, writer, WRITERS);
    const { id, type, schemaVersion, data, metadata } = sample;
    const { revision } = await log.store.append(stream.name, stream.head.revision, [{ id, type, schemaVersion, data, metadata }]);
    stream.head = { ...stream.head, revision };
  });
}

/** Milliseconds an event of each part, one after another in this process. */
async function profileOfOne(
  opened: OpenLog,
  home: string,
  sample: StoredEvent,
): Promise<{ seal: number; hash: number; texts: number }> {
  const [stream] = await openStreams(opened, 1);
  if (stream === undefined) throw new Error('No stream');
  const { hash: previous, ...metadata } = sample.metadata;
  const hash = await eachMs(20_000, () => chainHash(previous, { ...sample, stream: stream.name, revision: 7, metadata }));
  const texts = await eachMs(20_000, () => JSON.stringify(sample.data).length + JSON.stringify(sample.metadata).length);
  const { personal = [] } = findingRecorded(stream.personId).data;
  const codec = new AesGcmCodec(await readMasterKey(join(home, 'master.key')), new PostgresPersonKeyStore(opened.pool));
  const seal = await eachMs(20_000, () => codec.seal(stream.name, 7, personal));
  return { seal, hash, texts };
}

async function eachMs(times: number, act: () => unknown): Promise<number> {
  for (let n = 0; n < times / 10; n += 1) await act();
  const started = performance.now();
  for (let n = 0; n < times; n += 1) await act();
  return rounded((performance.now() - started) / times);
}

function bytesOf({ data, metadata }: StoredEvent): number {
  return JSON.stringify(data).length + JSON.stringify(metadata).length;
}
