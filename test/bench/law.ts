/** The rules: one determination evaluated at every state of knowledge, and a hundred thousand past cases under another version. */
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Code } from '#domain/event.js';
import type { Procedure } from '#domain/procedure/procedure.js';
import { type Condition, evaluate as evaluateRules, type FactType, type FactValue } from '#domain/procedure/rules.js';
import { sha256Of } from '#event-store/envelope.js';
import { submitToProcedure } from '#event-store/procedure-desk.js';
import { openReadModels } from '#read-models/data-source.js';
import { rebuild } from '#read-models/rebuild.js';
import { simulatePast } from '#read-models/simulation.js';
import { cloneFolder } from '../../apps/cli/src/instance.js';
import { prepareDatabase } from '../../apps/cli/src/prepare-database.js';
import { takeThrough } from './cases.js';
import { type Bench, type BenchResult, median, percentiles, quiet, rounded } from './rounds.js';
import { openBenchLog } from './workload.js';

const FACTS = 60;
/** How often the facts become known in another order. */
const ORDERS = 60;
const CASES = 100_000;
const SAMPLE_MS = 100;

/** PSK, widened by a second subject (`…2`) to sixty facts: both must hold. Evaluated with none known, one known, and so on to all. */
export async function evaluate({ note }: Bench): Promise<BenchResult> {
  const psk: Procedure = JSON.parse(await readFile(join(cloneFolder(), 'data/procedures/PSK.json'), 'utf8'));
  const names = Object.keys(psk.facts);
  const second = new Set(names.slice(0, FACTS - names.length));
  const types: { readonly [fact: Code]: FactType } = {
    ...psk.facts,
    ...Object.fromEntries([...second].map((fact) => [`${fact}2`, psk.facts[fact] as FactType])),
  };
  const rules = psk.criteria.map((rule) => ({ ...rule, when: { all: [rule.when, ofSecond(rule.when, second)] } }));
  const figures: { [name: string]: object } = {};
  for (const [name, criteria, facts] of [
    [`PSK, ${names.length} facts`, psk.criteria, names],
    [`widened, ${Object.keys(types).length} facts`, rules, Object.keys(types)],
  ] as const) {
    const times: number[] = [];
    let settled = 0;
    for (let order = 0; order <= ORDERS; order += 1) {
      const known: { [fact: Code]: { value: FactValue; evidence: readonly string[] } } = {};
      for (const fact of shuffled(facts, order)) {
        const started = performance.now();
        const { outcome } = evaluateRules(criteria, psk.otherwise ?? '', known, types);
        // The first order warms up: what a process computes once for a version (its decision diagram) is told apart.
        if (order > 0) times.push(performance.now() - started);
        else if (times.length === 0 && Object.keys(known).length === 0)
          note(`${name}: first evaluation ${rounded(performance.now() - started)} ms`);
        if (outcome !== undefined) settled += 1;
        const type = types[fact];
        if (type !== undefined) known[fact] = { value: answerTo(type, order), evidence: ['paper-1'] };
      }
    }
    figures[name] = { ...percentiles(times), mostMs: rounded(Math.max(...times)), evaluations: times.length, settled };
  }
  return {
    ratios: {},
    figures,
    sizes: { facts: Object.keys(types).length, orders: ORDERS },
    text: [
      'evaluate: outcome, proof, unknown and decisive facts, with none known, one known, and so on to all, in many orders',
      ...Object.entries(figures).map(([name, figure]) => `${name.padEnd(22)} ${JSON.stringify(figure)}`),
    ].join('\n'),
  };
}

/** Real determinations multiplied in the read model that the simulation reads, under a draft with one criterion more. */
export async function simulate(bench: Bench): Promise<BenchResult> {
  const { home, note, rounds } = bench;
  const url = await bench.createDatabase('tegas_simulate');
  await prepareDatabase({ databaseUrl: url, home, progress: quiet });
  const opened = await openBenchLog(url, home);
  const readModels = await openReadModels(url);
  try {
    const { caseId } = await takeThrough(opened, 'determined');
    await rebuild(readModels, opened.log);
    const cases = bench.events ?? CASES;
    note(`multiplying one determination to ${cases.toLocaleString('en')} …`);
    await multiply(readModels, caseId, cases);
    const psk = opened.registry.state.procedures.get('PSK')?.at(-1);
    if (psk === undefined) throw new Error('No procedure PSK: the database is not seeded');
    const { sha256: _, ...content } = psk;
    const stricter = {
      outcome: 'not-established',
      when: { fact: 'parentsMarried', is: true, basis: { act: 'UU 12/2006', article: '4' } },
    };
    const procedure = { ...content, version: 'bench', criteria: [stricter, ...content.criteria] } as Procedure;
    const command = { type: 'DraftProcedure', procedure, sha256: sha256Of(procedure) } as const;
    await submitToProcedure(opened.desk, {
      code: 'PSK',
      command,
      actorId: 'admin',
      at: opened.time.now(),
      commandId: randomUUID(),
    });

    const seconds: number[] = [];
    let last = { firstThirdMb: 0, lastThirdMb: 0, mostMb: 0 };
    let differing = 0;
    for (let round = 0; round < rounds; round += 1) {
      await bench.checkpoint();
      const samples: number[] = [];
      const timer = setInterval(() => samples.push(process.memoryUsage.rss() / 1e6), SAMPLE_MS);
      const started = performance.now();
      const simulation = await simulatePast(readModels, opened.registry.state, 'PSK', 'draft');
      seconds.push((performance.now() - started) / 1000);
      clearInterval(timer);
      differing = simulation.differing;
      if (simulation.cases !== cases) throw new Error(`${simulation.cases} cases were simulated, not ${cases}`);
      const third = Math.ceil(samples.length / 3);
      last = {
        firstThirdMb: Math.round(median(samples.slice(0, third))),
        lastThirdMb: Math.round(median(samples.slice(-third))),
        mostMb: Math.round(Math.max(...samples)),
      };
      note(`round ${round + 1}/${rounds}  ${rounded(seconds.at(-1) ?? 0)} s`);
    }
    const middle = rounded(median(seconds));
    return {
      ratios: { memoryLastToFirstThird: rounded(last.lastThirdMb / last.firstThirdMb) },
      figures: {
        seconds: middle,
        secondsByRound: seconds.map(rounded),
        casesPerSecond: Math.round(cases / middle),
        differing,
        memory: last,
      },
      sizes: { cases },
      text: [
        `simulate: ${cases.toLocaleString('en')} past determinations under a draft, ${differing.toLocaleString('en')} differ: ${middle} s`,
        `memory (RSS): median of the first third ${last.firstThirdMb} MB, of the last third ${last.lastThirdMb} MB, most ${last.mostMb} MB`,
      ].join('\n'),
    };
  } finally {
    await readModels.destroy();
    await opened.close();
  }
}

async function multiply(readModels: Awaited<ReturnType<typeof openReadModels>>, caseId: string, cases: number): Promise<void> {
  const copyOf = async (table: string, changed: { readonly [column: string]: string }) => {
    const columns: readonly { name: string }[] = await readModels.query(
      `SELECT column_name AS name FROM information_schema.columns WHERE table_schema = 'read' AND table_name = $1 ORDER BY ordinal_position`,
      [table],
    );
    const values = columns.map(({ name }) => changed[name] ?? `t.${name}`).join(', ');
    await readModels.query(
      `INSERT INTO read.${table} (${columns.map(({ name }) => name).join(', ')})
       SELECT ${values} FROM read.${table} t, generate_series(1, $2::int) n WHERE t.case_id = $1`,
      [caseId, cases - 1],
    );
  };
  const id = `md5('bench' || n)::uuid`;
  await copyOf('case_facts', { case_id: id });
  await readModels.query('VACUUM ANALYZE read.case_facts');
}

function ofSecond(condition: Condition, second: ReadonlySet<Code>): Condition {
  if ('all' in condition) return { ...condition, all: condition.all.map((one) => ofSecond(one, second)) };
  if ('any' in condition) return { ...condition, any: condition.any.map((one) => ofSecond(one, second)) };
  if ('not' in condition) return { ...condition, not: ofSecond(condition.not, second) };
  return second.has(condition.fact) ? { ...condition, fact: `${condition.fact}2` } : condition;
}

function answerTo(type: FactType, n: number): FactValue {
  if (type.type === 'boolean') return n % 2 === 0;
  if (type.type === 'choice') return type.choices[n % type.choices.length] ?? '';
  return type.type === 'date' ? '1990-01-01' : n;
}

/** The same order for the same number: figures of two runs compare. */
function shuffled<T>(items: readonly T[], seed: number): readonly T[] {
  const result = [...items];
  let state = seed * 2_654_435_761 + 1;
  for (let i = result.length - 1; i > 0; i -= 1) {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    const j = state % (i + 1);
    [result[i], result[j]] = [result[j] as T, result[i] as T];
  }
  return result;
}
