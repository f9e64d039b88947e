/**
 * One act over HTTP, `record-finding`, as an officer's program sends it: bearer token, If-Match, Idempotency-Key. The product's API process
 * beside the TypeORM baseline, each under 32 connections of autocannon, on the same server and with pools of the same size.
 */
import { join } from 'node:path';
import autocannon from 'autocannon';
import pg from 'pg';
import { cloneFolder } from '../../apps/cli/src/instance.js';
import { prepareDatabase } from '../../apps/cli/src/prepare-database.js';
import { demoToken } from '../../apps/cli/src/token.js';
import { AppProcess, freePort } from '../e2e/app-process.js';
import { EVIDENCE, recordFinding, repeat, takeThrough } from './cases.js';
import { cpuMsOf } from './cpu-time.js';
import { type Bench, type BenchResult, interleaved, type Measured, percentiles, quiet, rounded, table } from './rounds.js';
import { openBenchLog } from './workload.js';

const CONNECTIONS = 32;
const CASES = 4000;
const OFFICER = 'officer.kupang';
const WARM_UP_SECONDS = 3;

/** A case that nobody is acting on just now, and the revision it stands at. */
interface WaitingCase {
  readonly caseId: string;
  revision: number;
}

export async function command(bench: Bench): Promise<BenchResult> {
  const { home, note, seconds, rounds } = bench;
  const databaseUrl = await bench.createDatabase('tegas_command');
  const baselineUrl = await bench.createDatabase('baseline');
  const [port, baselinePort] = [await freePort(), await freePort()];
  await prepareDatabase({ databaseUrl, home, progress: quiet });
  const opened = await openBenchLog(databaseUrl, home);
  const cases = await repeat(opened, await takeThrough(opened, 'examination'), CASES).finally(() => opened.close());

  const dist = join(cloneFolder(), 'dist');
  const processes: AppProcess[] = [];
  try {
    const profile = process.env.TEGAS_BENCH_PROFILE; // a folder: where the API's CPU profile is put
    const api = await AppProcess.start(
      join(dist, 'apps/api/src/main.js'),
      { TEGAS_DATABASE_URL: databaseUrl, TEGAS_HOME: home, TEGAS_PORT: String(port), TEGAS_DEMO: '1', NODE_ENV: 'development' },
      profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`],
    );
    processes.push(api);
    const token = await demoToken(home, port, OFFICER);
    const peer = await AppProcess.start(join(dist, 'test/bench/baseline/baseline-api.js'), {
      BASELINE_DATABASE_URL: baselineUrl,
      BASELINE_PORT: String(baselinePort),
      BASELINE_ISSUER: `http://localhost:${port}/oidc`,
      BASELINE_JWKS: `http://127.0.0.1:${port}/oidc/jwks`,
      NODE_ENV: 'development',
    });
    processes.push(peer);
    await fillBaseline(baselineUrl, cases);
    const ours: WaitingCase[] = cases.map(({ caseId, revision }) => ({ caseId, revision }));
    const theirs: WaitingCase[] = cases.map(({ caseId }) => ({ caseId, revision: 1 }));
    const measured = async (app: AppProcess, atPort: number, waiting: WaitingCase[], forSeconds: number): Promise<Measured> => {
      const before = [cpuMsOf(app.pid), cpuMsOf(bench.serverPid)] as const;
      const run = await load(atPort, token, waiting, forSeconds);
      const after = [cpuMsOf(app.pid), cpuMsOf(bench.serverPid)] as const;
      return { ...run, appCpuMs: (after[0] - before[0]) / run.done, postgresCpuMs: (after[1] - before[1]) / run.done };
    };
    const tegas = (forSeconds: number) => measured(api, port, ours, forSeconds);
    const baseline = (forSeconds: number) => measured(peer, baselinePort, theirs, forSeconds);
    await tegas(WARM_UP_SECONDS);
    await baseline(WARM_UP_SECONDS);
    const medians = await interleaved(
      { tegas: () => tegas(seconds), 'TypeORM baseline': () => baseline(seconds) },
      rounds,
      bench.checkpoint,
      note,
    );
    const [mine, peers] = [medians.tegas, medians['TypeORM baseline']];
    return {
      ratios: {
        tegasToBaseline: rounded(mine.perSecond / peers.perSecond),
        baselineCpuToTegasCpu: rounded(cpuMs(peers) / cpuMs(mine)),
      },
      figures: medians,
      sizes: { connections: CONNECTIONS, cases: CASES, eventsPerCaseAtFirst: (cases[0]?.revision ?? 0) + 1 },
      text: [
        `command: POST /cases/{id}/record-finding, ${CONNECTIONS} connections, ${CASES.toLocaleString('en')} cases in turn`,
        table(medians, 'commands'),
        ...Object.entries(medians).map(
          ([name, { appCpuMs, postgresCpuMs }]) =>
            `${name.padEnd(26)} processor time of a command: ${appCpuMs} ms in its process, ${postgresCpuMs} ms in PostgreSQL`,
        ),
      ].join('\n'),
    };
  } finally {
    for (const app of processes) await app.end('SIGTERM');
  }
}

function cpuMs({ appCpuMs = 0, postgresCpuMs = 0 }: Measured): number {
  return appCpuMs + postgresCpuMs;
}

async function fillBaseline(url: string, cases: readonly { readonly caseId: string }[]): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(
    `INSERT INTO cases (id, stage, office, officer, "verifiedEvidence", "changedBy", "changedAt", version)
     SELECT id, 'examination', 'KANIM-KPG', $2, $3, $2, now(), 1 FROM unnest($1::uuid[]) id`,
    [cases.map(({ caseId }) => caseId), OFFICER, [...EVIDENCE]],
  );
  await client.end();
}

/** Each request takes the case that has waited longest, at its revision. @throws Error when any answer is not 200 */
async function load(port: number, token: string, waiting: WaitingCase[], seconds: number): Promise<Measured> {
  const latencies: number[] = [];
  let refused = 0;
  let said = '';
  const started = performance.now();
  const options: autocannon.Options = {
    url: `http://127.0.0.1:${port}`,
    connections: CONNECTIONS,
    duration: seconds,
    timeout: 10,
    requests: [
      {
        method: 'POST',
        setupRequest: (request, context) => {
          const taken = waiting.shift();
          if (taken === undefined) throw new Error('There are fewer cases than connections');
          Object.assign(context, { taken });
          return {
            ...request,
            ...recordFinding(token, taken),
          };
        },
        onResponse: (status, body, context) => {
          const { taken } = context as { readonly taken: WaitingCase };
          if (status !== 200) {
            refused += 1;
            said = `${status} ${body}`;
            return;
          }
          taken.revision += 1;
          waiting.push(taken);
        },
      },
    ],
  };
  await new Promise<void>((resolve, reject) => {
    const run = autocannon(options, (error) => (error ? reject(error) : resolve()));
    run.on('response', (_client, _status, _bytes, ms) => latencies.push(ms));
  });
  const elapsed = performance.now() - started;
  if (refused > 0) throw new Error(`${refused} of ${latencies.length} commands were refused, the last: ${said}`);
  return { perSecond: (latencies.length / elapsed) * 1000, done: latencies.length, ...percentiles(latencies) };
}
