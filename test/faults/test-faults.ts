/** `npm run test:faults -- store [--rounds 25] [--seed n] [--json]`: what must hold when things break. Exit 1 when it does not, or when nothing was proved. */
import { parseArgs } from 'node:util';
import { storeFaults } from './store-faults.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '25' },
    'acks-per-round': { type: 'string', default: '550' },
    seed: { type: 'string' },
  },
});
const rounds = Number(values.rounds);
const acksPerRound = Number(values['acks-per-round']);
const seed = values.seed === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(values.seed);
if (positionals.join(' ') !== 'store' || !(rounds > 0) || !(acksPerRound > 0) || !Number.isInteger(seed)) {
  console.error('npm run test:faults -- store [--rounds 25] [--acks-per-round 550] [--seed 1] [--json]');
  process.exit(2);
}

const { faults, ...result } = await storeFaults({ rounds, acksPerRound, seed, note: (line) => console.error(line) });
for (const fault of faults) console.error(`FAULT: ${fault}`);
console.log(
  values.json
    ? JSON.stringify(result)
    : Object.entries(result)
        .map(([name, value]) => `${name.padEnd(22)} ${JSON.stringify(value)}`)
        .join('\n'),
);
process.exitCode = faults.length === 0 ? 0 : 1;
