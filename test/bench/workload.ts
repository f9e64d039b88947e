/** What the product appends all day: findings of an examination, with two fields about the person, on streams of cases. */
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import type { CaseEventOf } from '#domain/case/events.js';
import { commandIdOf, eventIdOf } from '#event-store/envelope.js';
import { emptyStreamHead, type NewEvent, type StreamHead } from '#event-store/event-log.js';
import { migrateLog, type OpenLog, openLog } from '#privacy/open-log.js';

/** A stream of a case, where it stands, and whose case it is. */
export interface BenchStream {
  readonly name: string;
  readonly personId: string;
  head: StreamHead;
}

/** The log as the API opens it, over a database that is brought up to date first. */
export async function openBenchLog(databaseUrl: string, home: string): Promise<OpenLog> {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 1 });
  await migrateLog(pool, home);
  await pool.end();
  return openLog({ databaseUrl, home, movableTime: false, follow: false, poolSize: 12 });
}

let commands = 0;

/** One event, as deciding RecordFinding makes it. */
export function findingRecorded(personId: string): NewEvent {
  const at = new Date().toISOString();
  commands += 1;
  const commandId = commandIdOf('officer.kupang', `bench ${commands}`);
  const fields = { value: 'wni', reason: 'Sesuai register dan akta kelahiran yang diperlihatkan' };
  const data: CaseEventOf<'FindingRecorded'>['data'] = {
    by: 'officer.kupang',
    at,
    fact: 'motherCitizenshipAtBirth',
    evidence: ['identity-1', 'birth-1'],
    personal: [{ personId, retentionClass: 'case-file', fields }],
  };
  return {
    id: eventIdOf(commandId, 0),
    type: 'FindingRecorded',
    data,
    metadata: {
      actor: 'officer.kupang',
      office: 'KANIM-KPG',
      effectiveAt: at,
      commandId,
      correlationId: commandId,
      commandFingerprint: '5e'.repeat(32),
    },
  };
}

/** Streams that exist: three findings each, and their persons' keys made. */
export async function openStreams({ log }: OpenLog, count: number): Promise<readonly BenchStream[]> {
  const streams: BenchStream[] = Array.from({ length: count }, () => ({
    name: `case-${randomUUID()}`,
    personId: randomUUID(),
    head: emptyStreamHead,
  }));
  const waiting = [...streams];
  await Promise.all(
    Array.from({ length: 32 }, async () => {
      for (let stream = waiting.pop(); stream !== undefined; stream = waiting.pop()) {
        const { name, personId, head } = stream;
        stream.head = (
          await log.append(
            name,
            head,
            Array.from({ length: 3 }, () => findingRecorded(personId)),
          )
        ).head;
      }
    }),
  );
  return streams;
}

/** One of the streams that are this writer's alone, so that no two writers race for a revision. */
export function streamOf(streams: readonly BenchStream[], writer: number, writers: number): BenchStream {
  const each = Math.floor(streams.length / writers);
  const stream = streams[writer * each + Math.floor(Math.random() * each)];
  if (stream === undefined) throw new Error(`There are fewer streams than writers`);
  return stream;
}
