/**
 * `npm run test:faults -- store|deadlines [--json] …`: what must hold when things break. Exit 1 when it does not, or when nothing was
 * proved.
 */
import { parseArgs } from 'node:util';
import { type Backend, deadlineFaults } from './deadline-faults.js';
import { storeFaults } from './store-faults.js';

const USAGE = `npm run test:faults -- store [--rounds 25] [--acks-per-round 550] [--seed 1] [--json]
npm run test:faults -- deadlines [--rounds 10] [--clocks 1000] [--backend postgresql|redis] [--json]`;
const BACKENDS: readonly Backend[] = ['postgresql', 'redis'];
const note = (line: string) => console.error(line);

const { values, positionals } = parsed();
const number = (given: string | undefined, otherwise: number): number => (given === undefined ? otherwise : Number(given));
const what = positionals.join(' ');
const rounds = number(values.rounds, what === 'deadlines' ? 10 : 25);
const acksPerRound = number(values['acks-per-round'], 550);
const clocks = number(values.clocks, 1000);
const seed = number(values.seed, Math.floor(Math.random() * 2 ** 31));
const backends = BACKENDS.filter((backend) => values.backend === undefined || values.backend === backend);
if (
  !['store', 'deadlines'].includes(what) ||
  ![rounds, acksPerRound, clocks].every((count) => Number.isInteger(count) && count > 0) ||
  !Number.isInteger(seed) ||
  backends.length === 0
)
  usage();

if (what === 'store') {
  const { faults, ...result } = await storeFaults({ rounds, acksPerRound, seed, note });
  tell(result, faults);
} else {
  const results = [];
  for (const backend of backends) {
    note(`deadlines over ${backend}`);
    results.push(await deadlineFaults(backend, { clocks, rounds, note }));
  }
  // The worst of both stands first: neither may hide behind the other.
  tell(
    {
      due: Math.min(...results.map(({ due }) => due)),
      fired: Math.min(...results.map(({ fired }) => fired)),
      doubled: Math.max(...results.map(({ doubled }) => doubled)),
      lateP99Ms: Math.max(...results.map(({ lateP99Ms }) => lateP99Ms)),
      backends: Object.fromEntries(results.map(({ backend, faults: _, ...result }) => [backend, result])),
    },
    results.flatMap(({ backend, faults }) => faults.map((fault) => `${backend}: ${fault}`)),
  );
}

function tell(result: object, faults: readonly string[]): void {
  for (const fault of faults) console.error(`FAULT: ${fault}`);
  console.log(
    values.json
      ? JSON.stringify(result)
      : Object.entries(result)
          .map(([name, value]) => `${name.padEnd(22)} ${JSON.stringify(value)}`)
          .join('\n'),
  );
  process.exitCode = faults.length === 0 ? 0 : 1;
}

function parsed() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        json: { type: 'boolean', default: false },
        rounds: { type: 'string' },
        'acks-per-round': { type: 'string' },
        clocks: { type: 'string' },
        backend: { type: 'string' },
        seed: { type: 'string' },
      },
    });
  } catch {
    return usage();
  }
}

function usage(): never {
  console.error(USAGE);
  process.exit(2);
}
