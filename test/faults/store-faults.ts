/**
 * Promise R1: no acknowledged event is lost, none doubled on retry, whoever is killed. This process is the parent of PostgreSQL, API and
 * worker and kills them with SIGKILL; the load comes from another process, which retries with the same key whatever was not answered.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { commandIdOf, verifyChain } from '#event-store/envelope.js';
import { type OpenLog, openLog } from '#privacy/open-log.js';
import { cloneFolder } from '../../apps/cli/src/instance.js';
import { demoToken } from '../../apps/cli/src/token.js';
import { seeded } from '../seeded.js';
import type { Acknowledged, LoadOrder, LoadReport } from './load.js';
import { compareReadModels, Product } from './product.js';

const OFFICER = 'officer.kupang';
const dist = join(cloneFolder(), 'dist');
const CONNECTIONS = 32;

export interface StoreFaults {
  readonly acknowledged: number;
  /** Events that were acknowledged and are not in the log where the answer said. */
  readonly lost: number;
  /** Events that stand twice, or that no acknowledged command accounts for. */
  readonly doubled: number;
  /** Commands of which at least one attempt was sent and had no answer that says what became of it. */
  readonly ambiguous: number;
  /** Of those, the ones that had been committed all the same. */
  readonly ambiguousCommitted: number;
  /** Commands that were answered no, though nothing but their own first attempt can have stood in their way. */
  readonly refused: number;
  readonly chainBreaks: number;
  readonly readModelsEqual: boolean;
  readonly rounds: number;
  readonly kills: { readonly [victim: string]: number };
  readonly acknowledgedPerSecond: number;
  readonly seed: number;
  /** Why the run is not green; empty when it is. */
  readonly faults: readonly string[];
}

export async function storeFaults(options: {
  readonly rounds: number;
  /** No round ends before so many more commands were acknowledged. */
  readonly acksPerRound: number;
  readonly seed: number;
  readonly note: (line: string) => void;
}): Promise<StoreFaults> {
  const { rounds, acksPerRound, seed, note } = options;
  note(`seed ${seed}`);
  const random = seeded(seed);
  const home = mkdtempSync(join(tmpdir(), 'tegas-faults-'));
  chmodSync(home, 0o711); // root's PostgreSQL runs as another user, who must pass through
  const product = await Product.start(home, ['api', 'worker']);
  let load: Load | undefined;
  try {
    const token = await demoToken(home, product.port, OFFICER);
    const ledgerFile = join(home, 'ledger.jsonl');
    load = new Load({ port: product.port, token, connections: CONNECTIONS, ledgerFile });
    const started = performance.now();
    const kills = { api: 0, postgres: 0, worker: 0 };
    for (let round = 0; round < rounds; round += 1) {
      await load.reach((round + 1) * acksPerRound);
      await pause(random() * 1000);
      const victim = victimOf(round, random);
      kills[victim] += 1;
      await product.kill(victim);
      await pause(random() * 300);
      await product.revive(victim);
      if (round % 10 === 9) note(`round ${round + 1}/${rounds}`);
    }
    const { refusals } = await load.finish();
    const seconds = (performance.now() - started) / 1000;
    const ledger = readFileSync(ledgerFile, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line): Acknowledged => JSON.parse(line));
    note(`${ledger.length} commands acknowledged in ${Math.round(seconds)} s; checking the log`);
    const opened = await openLog({ databaseUrl: product.databaseUrl, home, movableTime: false, follow: false });
    try {
      const log = await checkLog(opened, ledger);
      const { equal: readModelsEqual, why } = await compareReadModels(product.databaseUrl, opened);
      const faults = [
        ...(log.lost > 0 ? [`${log.lost} acknowledged events are lost`] : []),
        ...(log.doubled > 0 ? [`${log.doubled} events stand twice or were never acknowledged`] : []),
        ...refusals.slice(0, 20).map((refusal) => `refused: ${refusal}`),
        ...(log.chainBreaks > 0 ? [`${log.chainBreaks} chains are broken`] : []),
        ...why,
        ...(log.ambiguous === 0 ? ['VOID: no outcome was ambiguous, so nothing was proved'] : []),
      ];
      const acknowledgedPerSecond = Math.round(ledger.length / seconds);
      const refused = refusals.length;
      return {
        acknowledged: ledger.length,
        ...log,
        refused,
        readModelsEqual,
        rounds,
        kills,
        acknowledgedPerSecond,
        seed,
        faults,
      };
    } finally {
      await opened.close();
    }
  } finally {
    load?.kill();
    await product.stop();
    rmSync(home, { recursive: true, force: true });
  }
}

/** The first two rounds kill what carries commands, so that the shortest run has both; then it is drawn. */
function victimOf(round: number, random: () => number): 'api' | 'postgres' | 'worker' {
  if (round === 0) return 'api';
  if (round === 1) return 'postgres';
  const drawn = random();
  return drawn < 0.45 ? 'api' : drawn < 0.9 ? 'postgres' : 'worker';
}

/** The process that sends commands. */
class Load {
  private readonly child: ChildProcess;
  private readonly ended: Promise<number | null>;
  private said: LoadReport = { acknowledged: 0, refusals: [] };

  constructor(order: LoadOrder) {
    this.child = fork(join(dist, 'test/faults/load.js'), [JSON.stringify(order)], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    this.child.on('message', (said: LoadReport) => {
      this.said = said;
    });
    this.ended = new Promise((resolve) => this.child.once('exit', resolve));
  }

  /** Settles when so many commands were acknowledged. @throws Error when that takes over a minute */
  async reach(acknowledged: number): Promise<void> {
    const deadline = Date.now() + 60_000;
    while (this.said.acknowledged < acknowledged) {
      if (Date.now() > deadline || this.child.exitCode !== null)
        throw new Error(
          `The load stands still at ${this.said.acknowledged} commands: ${this.said.refusals.at(-1) ?? 'no refusal'}`,
        );
      await pause(20);
    }
  }

  /** Begins nothing more, and settles when everything that was begun has been answered. @throws Error when it failed */
  async finish(): Promise<LoadReport> {
    if (this.child.connected) this.child.send('finish');
    const code = await this.ended;
    if (code !== 0) throw new Error(`The load ended with ${code}, see above`);
    return this.said;
  }

  kill(): void {
    if (this.child.exitCode === null) this.child.kill('SIGKILL');
  }
}

/** Holds the whole log against the ledger. */
async function checkLog({ log, pool }: OpenLog, ledger: readonly Acknowledged[]) {
  const heads = new Map<string, { revision: number; hash: string }>();
  const byCommand = new Map<string, { revision: number; position: string }[]>();
  const ids = new Set<string>();
  let chainBreaks = 0;
  let doubled = 0;
  for await (const batch of log.store.readAll('0')) {
    for (const event of batch) {
      if (verifyChain([event], heads.get(event.stream)) !== undefined) chainBreaks += 1;
      heads.set(event.stream, { revision: event.revision, hash: event.metadata.hash });
      if (ids.has(event.id)) doubled += 1;
      ids.add(event.id);
      if (!event.stream.startsWith('case-')) continue;
      const events = byCommand.get(event.metadata.commandId) ?? [];
      events.push({ revision: event.revision, position: event.position });
      byCommand.set(event.metadata.commandId, events);
    }
  }
  let lost = 0;
  const ambiguous: { position: string; lastSentAt: number }[] = [];
  for (const { key, caseId, opened, revision, events, ambiguous: wasAmbiguous, lastSentAt } of ledger) {
    const commandId = commandIdOf(OFFICER, opened ? key : `${caseId} ${key}`);
    const found = byCommand.get(commandId) ?? [];
    byCommand.delete(commandId);
    const where = found.at(-1);
    if (found.length > events) doubled += found.length - events;
    if (where === undefined || found.length < events || where.revision !== revision) lost += Math.max(1, events - found.length);
    if (wasAmbiguous) ambiguous.push({ position: where?.position ?? '0', lastSentAt });
  }
  // What no acknowledged command accounts for was written by an attempt whose retry wrote it again.
  for (const events of byCommand.values()) doubled += events.length;
  const { rows } = await pool.query<{ committed: number }>(
    `SELECT count(*)::int AS committed FROM unnest($1::bigint[], $2::float8[]) a(position, sent_at)
     JOIN log.events e USING (position) WHERE e.recorded_at < to_timestamp(a.sent_at / 1000)`,
    [ambiguous.map(({ position }) => position), ambiguous.map(({ lastSentAt }) => lastSentAt)],
  );
  return { lost, doubled, ambiguous: ambiguous.length, ambiguousCommitted: rows[0]?.committed ?? 0, chainBreaks };
}
