/** What trust costs: proving and verifying a history, and deciding every decision again. */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import pg from 'pg';
import { gatheredSubtrees, provenStream, verifyBundle, writeBundle } from '#audit/bundle.js';
import { CheckpointSigner } from '#audit/checkpoint-keys.js';
import { consistencyProof, inclusionProof } from '#audit/merkle.js';
import { MerkleLog, migrateMerkleLog } from '#audit/merkle-log.js';
import { type AuditReport, readjudicate } from '#audit/readjudicate.js';
import { verifyLog } from '#audit/verify-log.js';
import { evolve, initialState } from '#domain/case/state.js';
import type { Id } from '#domain/event.js';
import { caseStream } from '#domain/process/escalation.js';
import { caseIdOf, commandIdOf, eventIdOf } from '#event-store/envelope.js';
import { EventLog, emptyStreamHead, folded, type NewEvent } from '#event-store/event-log.js';
import type { RecordedEvent } from '#event-store/port.js';
import { migratePostgresStore } from '#event-store/postgres-schema.js';
import { PostgresStore } from '#event-store/postgres-store.js';
import { PlainCodec } from '#event-store/testing/plain-codec.js';
import type { OpenLog } from '#privacy/open-log.js';
import { readjudicateInThreads } from '../../apps/cli/src/audit-threads.js';
import { prepareDatabase } from '../../apps/cli/src/prepare-database.js';
import { type Pattern, repeat, takeThrough } from './cases.js';
import { type Bench, type BenchResult, drive, interleaved, type Measured, percentiles, quiet, rounded, table } from './rounds.js';
import { openBenchLog } from './workload.js';

const EVENTS = 200_000;
const PROOFS = 1_000;
const CASES = 4_000;

/** Events verified a second: offline in threads and without, and on the instance; how long a proof takes; how fast the tree follows. */
export async function verify(bench: Bench): Promise<BenchResult> {
  const { home, note, rounds } = bench;
  const url = await bench.createDatabase('tegas_verify');
  await prepareDatabase({ databaseUrl: url, home, progress: quiet });
  const opened = await openBenchLog(url, home);
  try {
    const { log, pool } = opened;
    await migrateMerkleLog(pool);
    const pattern = await takeThrough(opened, 'determined');
    await repeat(opened, pattern, Math.ceil((bench.events ?? EVENTS) / pattern.events.length));
    await pool.query('VACUUM ANALYZE log.events');
    const following = performance.now();
    const merkle = await MerkleLog.open(pool, log.store);
    await merkle.catchUp(log.store);
    const events = merkle.head.leaves;
    const followedPerSecond = (events / (performance.now() - following)) * 1000;
    const keysFile = join(home, 'bench-keys.json');
    await CheckpointSigner.createIfMissing(keysFile, new Date().toISOString());
    const signer = await CheckpointSigner.open(keysFile);
    if (signer === undefined) throw new Error('No keys');
    const checkpoint = await merkle.sign(signer, new Date().toISOString());
    const folder = join(home, 'bundle');
    const writing = performance.now();
    const { store } = log;
    await writeBundle(folder, {
      ...{ store, merkle, checkpoint, keys: signer.keys, scope: { kind: 'all' } },
      exportedAt: new Date().toISOString(),
    });
    const writtenPerSecond = (events / (performance.now() - writing)) * 1000;
    const perSecond = async (work: () => Promise<{ findings: readonly unknown[]; events: number }>) => {
      const [started, cpu] = [performance.now(), process.cpuUsage()];
      const { findings, events: done } = await work();
      if (findings.length > 0 || done !== events) throw new Error(`VOID: ${JSON.stringify(findings[0])}, ${done} events`);
      return { perSecond: (done / (performance.now() - started)) * 1000, appCpuMs: cpuMsSince(cpu) / done, done };
    };
    const medians = await interleaved(
      {
        'bundle, two threads': () => perSecond(() => verifyBundle(folder, { threads: 2, pinned: signer.keys })),
        'bundle, no thread': () => perSecond(() => verifyBundle(folder, { threads: 0, pinned: signer.keys })),
        'on the instance': () => perSecond(() => verifyLog({ store, merkle, trusted: signer.keys })),
      },
      rounds,
      bench.checkpoint,
      note,
    );
    const proofs: number[] = [];
    for (let n = 0; n < PROOFS; n += 1) {
      const [leaf, from] = [Math.floor(Math.random() * events), 1 + Math.floor(Math.random() * events)];
      const started = performance.now();
      if (n % 2 === 0) await inclusionProof(leaf, events, merkle.readSubtrees);
      else await consistencyProof(from, events, merkle.readSubtrees);
      proofs.push(performance.now() - started);
    }
    const { p50Ms, p99Ms } = percentiles(proofs);
    const proving = performance.now();
    const proven = await provenStream(
      { store, merkle, size: events, read: gatheredSubtrees(merkle) },
      caseStream(pattern.caseId),
    );
    const caseMs = performance.now() - proving;
    return {
      ratios: { threads: rounded(medians['bundle, two threads'].perSecond / medians['bundle, no thread'].perSecond) },
      figures: {
        ...medians,
        proofMs: { p50: rounded(p50Ms), p99: rounded(p99Ms) },
        caseProofsMs: rounded(caseMs),
        followedPerSecond,
        writtenPerSecond,
      },
      sizes: { events, eventsPerCase: pattern.events.length },
      text: [
        `verify: ${events.toLocaleString('en')} events`,
        table(medians, 'events'),
        `a proof (inclusion, consistency in turn): p50 ${p50Ms.toFixed(2)} ms, p99 ${p99Ms.toFixed(2)} ms; all ${proven.length} of a case ${caseMs.toFixed(1)} ms`,
        `the tree follows at ${Math.round(followedPerSecond).toLocaleString('en')} events/s; a bundle is written at ${Math.round(writtenPerSecond).toLocaleString('en')} events/s`,
      ].join('\n'),
    };
  } finally {
    await opened.close();
  }
}

/** Processor time of this process, threads included: says something on a machine that does much else too. */
function cpuMsSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

/** Cases of about thirty acts, each act a command of its own, decided again: cases a second, reading and decrypting included. */
export async function audit(bench: Bench): Promise<BenchResult> {
  const { home, note, rounds } = bench;
  const url = await bench.createDatabase('tegas_audit');
  await prepareDatabase({ databaseUrl: url, home, progress: quiet });
  const opened = await openBenchLog(url, home);
  let closePlain: (() => Promise<void>) | undefined;
  try {
    const pattern = await takeThrough(opened, 'determined');
    const { events } = await opened.log.read(caseStream(pattern.caseId));
    const wanted = bench.events === undefined ? CASES : Math.max(1, Math.floor(bench.events / events.length));
    const caseIds = await repeatActs(opened, events, pattern, wanted);
    await opened.pool.query('VACUUM ANALYZE log.events');
    const plain = await plainCopy(bench, pattern, caseIds.length);
    closePlain = plain.close;
    let commands = 0;
    const settings = { databaseUrl: url, home, movableTime: false, follow: false };
    const decidedAgain = async (work: () => Promise<AuditReport>): Promise<Measured> => {
      const [started, cpu] = [performance.now(), process.cpuUsage()];
      const report = await work();
      if (report.findings.length > 0 || report.cases !== caseIds.length)
        throw new Error(`VOID: ${JSON.stringify(report.findings[0])}`);
      commands = report.commands;
      const perSecond = (caseIds.length / (performance.now() - started)) * 1000;
      return { perSecond, appCpuMs: cpuMsSince(cpu) / caseIds.length, done: caseIds.length };
    };
    const medians = await interleaved(
      {
        'cases decided again, two threads': () => decidedAgain(() => readjudicateInThreads(settings, { caseIds }, 2)),
        'cases decided again, no thread': () => decidedAgain(() => readjudicate(opened.log, { caseIds })),
        'a case read, encrypted': () => readCases(opened.log, caseIds, bench.seconds),
        'a case read, in the clear': () => readCases(plain.log, plain.caseIds, bench.seconds),
      },
      rounds,
      bench.checkpoint,
      note,
    );
    const { perSecond } = medians['cases decided again, two threads'];
    const encryptedToClear = rounded(
      medians['a case read, in the clear'].perSecond / medians['a case read, encrypted'].perSecond,
    );
    return {
      ratios: { encryptedToClear },
      figures: { ...medians, commandsPerSecond: Math.round((perSecond * commands) / caseIds.length) },
      sizes: { cases: caseIds.length, eventsPerCase: events.length, commandsPerCase: commands / caseIds.length },
      text: [
        `audit: ${caseIds.length} cases of ${events.length} events, ${commands / caseIds.length} commands each`,
        table(medians, 'cases'),
        `reading a case takes ${encryptedToClear} times as long with encryption as without (goal: at most 1.3)`,
      ].join('\n'),
    };
  } finally {
    await closePlain?.();
    await opened.close();
  }
}

/** Cases chosen at random, read and folded, one after another by eight readers. */
function readCases(log: EventLog, caseIds: readonly Id[], seconds: number): Promise<Measured> {
  return drive(8, seconds, async () => {
    const caseId = caseIds[Math.floor(Math.random() * caseIds.length)] ?? '';
    const { events } = await log.read(caseStream(caseId));
    if (folded({ initialState, evolve }, events) === undefined) throw new Error(`VOID: there is no case ${caseId}`);
  });
}

/** The same cases in a log whose personal parts stand in the clear. */
async function plainCopy(bench: Bench, pattern: Pattern, count: number) {
  const pool = new pg.Pool({ connectionString: await bench.createDatabase('tegas_audit_plain'), max: 12 });
  pool.on('error', () => undefined); // the server ends before these connections have quite ended
  await migratePostgresStore(pool);
  const store = new PostgresStore(pool, { listen: false });
  const log = new EventLog(store, new PlainCodec(), () => new Date().toISOString());
  const made = await repeat({ log }, pattern, count);
  await pool.query('VACUUM ANALYZE log.events');
  const close = async (): Promise<void> => {
    await store.close();
    await pool.end();
  };
  return { log, caseIds: made.map(({ caseId }) => caseId), close };
}

/** The acts of a case again under other ids, each with who did it and under a command of its own; a case in one append. */
async function repeatActs(
  { log }: OpenLog,
  events: readonly RecordedEvent[],
  pattern: { readonly caseId: Id; readonly subjectId: Id },
  count: number,
): Promise<readonly Id[]> {
  const text = JSON.stringify(events.map(({ type, data }) => ({ type, data })));
  const acts = [...new Set(events.map(({ metadata }) => metadata.commandId))];
  const made: Id[] = [];
  const one = async (): Promise<void> => {
    const caseId = caseIdOf(commandIdOf('bench', randomUUID()));
    const commands = acts.map(() => commandIdOf('bench', randomUUID()));
    const copies: Pick<NewEvent, 'type' | 'data'>[] = JSON.parse(
      text.replaceAll(pattern.caseId, caseId).replaceAll(pattern.subjectId, randomUUID()),
    );
    await log.append(
      caseStream(caseId),
      emptyStreamHead,
      copies.map((copy, at) => {
        const { hash: _, recordedAt: __, ...metadata } = (events[at] as RecordedEvent).metadata;
        const commandId = commands[acts.indexOf(metadata.commandId)] ?? metadata.commandId;
        return { ...copy, id: eventIdOf(commandId, at), metadata: { ...metadata, commandId } };
      }),
    );
    made.push(caseId);
  };
  let begun = 0;
  await Promise.all(
    Array.from({ length: 32 }, async () => {
      for (; begun < count; begun += 1) await one();
    }),
  );
  return made;
}
