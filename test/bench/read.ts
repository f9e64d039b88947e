/** The log from its first event to its last, parsed, into a handler that does nothing; beside COPY into readers that parse nothing. */
import { spawn } from 'node:child_process';
import pg from 'pg';
import { prepareDatabase } from '../../apps/cli/src/prepare-database.js';
import { repeat, takeThrough } from './cases.js';
import { findPostgresProgram } from './pgbench.js';
import { type Bench, type BenchResult, interleaved, type Measured, quiet, rounded, table } from './rounds.js';
import { openBenchLog } from './workload.js';

const EVENTS = 200_000;
/** The columns that the store reads, in its order. */
const COPY =
  'COPY (SELECT position, stream_id, revision, event_id, type, schema_version, data, metadata FROM log.events ORDER BY position) TO STDOUT';

export async function read(bench: Bench): Promise<BenchResult> {
  const { home, note, rounds } = bench;
  const psql = findPostgresProgram('psql', note);
  const url = await bench.createDatabase('tegas_read');
  await prepareDatabase({ databaseUrl: url, home, progress: quiet });
  const opened = await openBenchLog(url, home);
  try {
    const pattern = await takeThrough(opened, 'determined');
    await repeat(opened, pattern, Math.ceil((bench.events ?? EVENTS) / pattern.events.length));
    await opened.pool.query('VACUUM ANALYZE log.events');
    const { rows } = await opened.pool.query<{ n: number }>('SELECT count(*)::int AS n FROM log.events');
    const events = rows[0]?.n ?? 0;
    const everyEvent = (batches: AsyncIterable<readonly object[]>) => () => perSecond(() => count(batches), events);
    const medians = await interleaved(
      {
        'COPY to psql': () =>
          perSecond(async () => {
            await copyToPsql(psql, url); // it does not count; that it ended well says that it had them all
            return events;
          }, events),
        'COPY to Node': () => perSecond(() => copyToNode(url), events),
        'tegas, parsed': () => everyEvent(opened.log.store.readAll('0'))(),
        'tegas, decrypted': () => everyEvent(opened.log.readAll('0'))(),
      },
      rounds,
      bench.checkpoint,
      note,
    );
    const parsed = medians['tegas, parsed'].perSecond;
    return {
      ratios: {
        readToCopyPsql: rounded(parsed / medians['COPY to psql'].perSecond),
        readToCopyNode: rounded(parsed / medians['COPY to Node'].perSecond),
        decryptedToCopyPsql: rounded(medians['tegas, decrypted'].perSecond / medians['COPY to psql'].perSecond),
      },
      figures: medians,
      sizes: { events },
      text: [`read: ${events.toLocaleString('en')} events in order of position`, table(medians, 'events')].join('\n'),
    };
  } finally {
    await opened.close();
  }
}

async function perSecond(work: () => Promise<number>, events: number): Promise<Measured> {
  const started = performance.now();
  const done = await work();
  if (done !== events) throw new Error(`${done} of ${events} events were read`);
  return { perSecond: (done / (performance.now() - started)) * 1000, done };
}

async function count(batches: AsyncIterable<readonly object[]>): Promise<number> {
  let events = 0;
  for await (const batch of batches) events += batch.length;
  return events;
}

/** Debian's psql, which throws the rows away. */
async function copyToPsql(psql: string, url: string): Promise<void> {
  const child = spawn(psql, ['-X', '-q', '-v', 'ON_ERROR_STOP=1', '-o', '/dev/null', '-c', COPY, url]);
  let said = '';
  child.stderr.on('data', (chunk) => (said += chunk));
  const code = await new Promise((resolve) => child.once('close', resolve));
  if (code !== 0) throw new Error(`psql failed: ${said}`);
}

/** The pg client, which is told of every row as the bytes that came and looks at none. */
async function copyToNode(url: string): Promise<number> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await new Promise<number>((resolve, reject) => client.query(new CountedCopy(resolve, reject)));
  } finally {
    await client.end();
  }
}

class CountedCopy implements pg.Submittable {
  private rows = 0;

  constructor(
    private readonly resolve: (rows: number) => void,
    private readonly reject: (error: Error) => void,
  ) {}

  submit(connection: pg.Connection): void {
    connection.query(COPY);
  }

  handleCopyData(): void {
    this.rows += 1;
  }

  handleCommandComplete(): void {}

  handleReadyForQuery(): void {
    this.resolve(this.rows);
  }

  handleError(error: Error): void {
    this.reject(error);
  }
}
