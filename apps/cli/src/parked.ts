/** `tegas parked`: the cases, and records of persons, matches and referrals, that a read model could not go on with, why, and trying again. */
import type { Command } from 'commander';
import { parseReference, referenceOf } from '#domain/case/reference.js';
import { UUID } from '#domain/event.js';
import { openReadModels } from '#read-models/data-source.js';
import { explainParked, findParked, type Parked } from '#read-models/parked.js';
import { replayParked } from '#read-models/rebuild.js';
import { withLog } from './instance.js';
import { createProgress, WrongUsage } from './progress.js';

export function registerParked(program: Command): void {
  program
    .command('parked [names...]')
    .description(
      'List the cases and records (of persons, matches, referrals) that a read model set aside because of an event it could not fold, and why; --replay tries again',
    )
    .option('--replay', 'fold those named, by id or reference, or all parked ones, anew from their streams', false)
    .option('--json', 'one line of JSON', false)
    .action((names: string[], options: { replay: boolean; json: boolean }) => parked(names, options));
}

async function parked(names: readonly string[], { replay, json }: { replay: boolean; json: boolean }): Promise<void> {
  await withLog(async ({ log }, databaseUrl) => {
    const readModels = await openReadModels(databaseUrl);
    try {
      const chosen = choose(await findParked(readModels), names);
      if (!replay) return list(chosen, json);
      const progress = createProgress(chosen.length);
      progress.step('Replaying');
      const still: Parked[] = [];
      for (const [done, one] of chosen.entries()) {
        const fault = await replayParked(readModels, log, one);
        if (fault !== undefined) still.push({ ...one, ...fault });
        progress.at(done + 1, chosen.length);
      }
      progress.end();
      if (json) console.log(JSON.stringify({ replayed: countIn(chosen) - countIn(still), parked: byCase(still) }));
      else {
        console.log(`${countIn(chosen) - countIn(still)} replayed, ${countIn(still)} still parked`);
        if (still.length > 0) list(still, false);
      }
      if (still.length > 0) process.exitCode = 1;
    } finally {
      await readModels.destroy();
    }
  });
}

function countIn(parked: readonly Parked[]): number {
  return new Set(parked.map(({ caseId }) => caseId)).size;
}

/** Those named, by id, stream or a case's reference; all when none is named. */
function choose(all: readonly Parked[], names: readonly string[]): readonly Parked[] {
  if (names.length === 0) return all;
  return names.flatMap((name) => {
    const found = all.filter(
      (one) => one.caseId === name || one.stream === name || nameOf(one) === (parseReference(name) ?? name),
    );
    if (found.length === 0)
      throw new WrongUsage(
        `${name} is not parked: npx tegas parked lists what is.`,
        `${name} tidak sedang disisihkan: lihat npx tegas parked.`,
        'parked [names...] [--replay] [--json]',
      );
    return found;
  });
}

function list(chosen: readonly Parked[], json: boolean): void {
  const parked = byCase(chosen);
  if (json) {
    console.log(JSON.stringify({ parked }));
    return;
  }
  if (parked.length === 0) console.log('Nothing is parked. / Tidak ada yang disisihkan.');
  for (const one of parked) {
    console.log(
      `${one.name}  since ${one.parkedAt}  ${one.projections.join(', ')}\n` +
        `  ${one.type} (${one.stream} revision ${one.revision}, position ${one.position})\n` +
        `  ${one.fault}: ${one.detail}\n  ${one.explanation.id}\n  ${one.explanation.en}`,
    );
  }
  if (parked.length > 0) console.log('\nTry again / Ulangi: npx tegas parked --replay');
}

interface ParkedInAll extends Omit<Parked, 'projection'> {
  /** A case's reference; of a person, a match or a referral the name of its stream. */
  readonly name: string;
  readonly projections: readonly string[];
  readonly explanation: ReturnType<typeof explainParked>;
}

/** One entry a case or record and fault, with all the projections that met it. */
function byCase(chosen: readonly Parked[]): readonly ParkedInAll[] {
  const cases = new Map<string, ParkedInAll>();
  for (const { projection, ...one } of chosen) {
    const key = [one.stream, one.revision, one.fault, one.detail].join(' ');
    const { projections = [] } = cases.get(key) ?? {};
    cases.set(key, {
      ...(cases.get(key) ?? { ...one, name: nameOf(one), explanation: explainParked(one) }),
      projections: [...projections, projection],
    });
  }
  return [...cases.values()];
}

function nameOf({ caseId, stream }: Pick<Parked, 'caseId' | 'stream'>): string {
  return UUID.test(caseId) && /^(case|clocks)-/.test(stream) ? referenceOf(caseId) : stream;
}
