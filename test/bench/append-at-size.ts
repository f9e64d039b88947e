/** Does appending slow down as the log grows? The same appends to an empty log and to one of 5 million events, in turn. */
import { createHash, randomUUID } from 'node:crypto';
import pg from 'pg';
import { emptyStreamHead, type StreamHead } from '#event-store/event-log.js';
import type { OpenLog } from '#privacy/open-log.js';
import { type Bench, type BenchResult, drive, interleaved, type Measured, rounded, table } from './rounds.js';
import { type BenchStream, findingRecorded, openBenchLog, openStreams, streamOf } from './workload.js';

const WRITERS = 32;
const PEOPLE = 1024;
const EVENTS_PER_STREAM = 5;
const FILLED_AT_ONCE = 500_000;
const WARM_UP_SECONDS = 2;

export async function appendAtSize(bench: Bench, events: number): Promise<BenchResult> {
  const { seconds, rounds, home, note } = bench;
  const small = await openBenchLog(await bench.createDatabase('tegas_empty'), home);
  const largeUrl = await bench.createDatabase('tegas_large');
  const large = await openBenchLog(largeUrl, home);
  try {
    // People whose keys are at hand, so that the log alone is compared; and the streams that the empty log has.
    const inSmall = await openStreams(small, PEOPLE);
    const inLarge = await openStreams(large, PEOPLE);
    const oldHead = await fill(largeUrl, inLarge, events, note);
    const oldStreams = Math.floor(events / EVENTS_PER_STREAM);
    const heads = new Map<number, StreamHead>();

    const toNew = (opened: OpenLog, people: readonly BenchStream[]) => (forSeconds: number) =>
      drive(WRITERS, forSeconds, async (writer) => {
        const { personId } = streamOf(people, writer, WRITERS);
        await opened.log.append(`case-${randomUUID()}`, emptyStreamHead, [findingRecorded(personId)]);
      });
    const toFew = (forSeconds: number) =>
      drive(WRITERS, forSeconds, async (writer) => {
        const stream = streamOf(inSmall, writer, WRITERS);
        stream.head = (await small.log.append(stream.name, stream.head, [findingRecorded(stream.personId)])).head;
      });
    const toOld = (forSeconds: number): Promise<Measured> =>
      drive(WRITERS, forSeconds, async (writer) => {
        const old = Math.floor(Math.random() * (oldStreams / WRITERS)) * WRITERS + writer;
        const { personId } = streamOf(inLarge, writer, WRITERS);
        const { head } = await large.log.append(oldStreamName(old), heads.get(old) ?? oldHead, [findingRecorded(personId)]);
        heads.set(old, head);
      });
    for (const warmUp of [toNew(small, inSmall), toNew(large, inLarge), toFew, toOld]) await warmUp(WARM_UP_SECONDS);
    const medians = await interleaved(
      {
        'empty log, new streams': () => toNew(small, inSmall)(seconds),
        'large log, new streams': () => toNew(large, inLarge)(seconds),
        'empty log, existing': () => toFew(seconds),
        'large log, random old': () => toOld(seconds),
      },
      rounds,
      bench.checkpoint,
      note,
    );
    const rate = (name: keyof typeof medians) => medians[name].perSecond;
    return {
      ratios: {
        newStreamsLargeToEmpty: rounded(rate('large log, new streams') / rate('empty log, new streams')),
        oldStreamsLargeToEmptyNew: rounded(rate('large log, random old') / rate('empty log, new streams')),
        oldStreamsLargeToEmptyExisting: rounded(rate('large log, random old') / rate('empty log, existing')),
      },
      figures: medians,
      sizes: { eventsInLargeLog: events, oldStreams },
      text: [`append to a log of ${events.toLocaleString('en')} events beside an empty one`, table(medians, 'events')].join('\n'),
    };
  } finally {
    await small.close();
    await large.close();
  }
}

/**
 * Old streams of five events each, made by the server itself out of one event that was really appended; answers where each of them stands.
 * The index over streams is built at the end, as a restore would.
 */
async function fill(
  url: string,
  streams: readonly BenchStream[],
  events: number,
  note: (line: string) => void,
): Promise<StreamHead> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query<{ position: string; hash: string; recorded_at: string }>(
    `SELECT position, encode(hash, 'hex') AS hash, metadata->>'recordedAt' AS recorded_at FROM log.events
     WHERE stream_id = $1 ORDER BY revision LIMIT 1`,
    [streams[0]?.name],
  );
  const [sample] = rows;
  if (sample === undefined) throw new Error('Nothing was appended');
  await client.query('ALTER TABLE log.events DROP CONSTRAINT events_stream_id_revision_key');
  for (let from = 0; from < events; from += FILLED_AT_ONCE) {
    await client.query(
      `INSERT INTO log.events (position, stream_id, revision, event_id, type, schema_version, data, metadata, hash)
       SELECT h.position + n + 1, 'case-' || md5((n / ${EVENTS_PER_STREAM})::text)::uuid, n % ${EVENTS_PER_STREAM},
         md5('event ' || n)::uuid, s.type, s.schema_version, s.data, s.metadata, s.hash
       FROM log.log_head h, (SELECT * FROM log.events WHERE position = $1) s,
         generate_series($2::int, $3::int) n ORDER BY n`,
      [sample.position, from, Math.min(events, from + FILLED_AT_ONCE) - 1],
    );
    note(`filled ${Math.min(events, from + FILLED_AT_ONCE).toLocaleString('en')} events`);
  }
  await client.query('UPDATE log.log_head SET position = (SELECT max(position) FROM log.events)');
  await client.query('ALTER TABLE log.events ADD CONSTRAINT events_stream_id_revision_key UNIQUE (stream_id, revision)');
  await client.query('VACUUM ANALYZE log.events');
  await client.end();
  return { revision: EVENTS_PER_STREAM - 1, hash: sample.hash, recordedAt: sample.recorded_at };
}

function oldStreamName(old: number): string {
  const hex = createHash('md5').update(String(old)).digest('hex');
  return `case-${hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')}`;
}
