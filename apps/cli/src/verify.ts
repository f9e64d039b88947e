/** `tegas verify`: is the log what was written? Every event of every stream is hashed anew and held against its chain. */
import type { Command } from 'commander';
import { type ChainBreak, followChain, type StreamEnd } from '#event-store/envelope.js';
import type { EventStore } from '#event-store/port.js';
import { eventsOf } from './copy-log.js';
import { withLog } from './instance.js';
import { createProgress } from './progress.js';

export interface VerifiedLog {
  readonly events: number;
  readonly streams: number;
  /** The first break of each stream whose chain does not hold, in the order of the log. */
  readonly breaks: readonly ChainBreak[];
}

/** Reads the whole log as it is stored; nothing is decrypted. */
export async function verifyLog(
  store: EventStore,
  onProgress: (done: number, total: number) => void = () => undefined,
): Promise<VerifiedLog> {
  const heads = new Map<string, StreamEnd>();
  const breaks = new Map<string, ChainBreak>();
  const streams = new Set<string>();
  let events = 0;
  for await (const event of eventsOf(store, onProgress)) {
    events += 1;
    streams.add(event.stream);
    // After its first break every later event of a stream would only repeat it.
    if (breaks.has(event.stream)) continue;
    const broken = followChain(heads, event);
    if (broken !== undefined) breaks.set(event.stream, broken);
  }
  return { events, streams: streams.size, breaks: [...breaks.values()] };
}

export function registerVerify(program: Command): void {
  program
    .command('verify')
    .description('Read the whole log and check the hash chain of every stream; exit 1 when one is broken')
    .option('--json', 'one line of JSON', false)
    .addHelpText('after', '\nA stream whose end was cut off leaves no break: compare with a copy or an export kept elsewhere.')
    .action(({ json }: { json: boolean }) => withLog(({ log }) => verify(log.store, json)));
}

async function verify(store: EventStore, json: boolean): Promise<void> {
  const progress = createProgress(1);
  progress.step('Verifying the log');
  const verified = await verifyLog(store, (done, total) => progress.at(done, total)).finally(() => progress.end());
  const { events, streams, breaks } = verified;
  if (breaks.length > 0) process.exitCode = 1;
  if (json) {
    console.log(JSON.stringify({ verified: breaks.length === 0, ...verified }));
    return;
  }
  for (const { stream, revision, position, kind } of breaks)
    console.error(
      kind === 'hash'
        ? `${stream}, revision ${revision} (position ${position}): changed after it was written. / diubah setelah ditulis.`
        : `${stream}, revision ${revision} (position ${position}): an event before it is missing or out of order. / peristiwa sebelumnya hilang atau tidak urut.`,
    );
  console.log(
    `${events} events in ${streams} streams: ${breaks.length === 0 ? 'every hash chain holds' : `${breaks.length} hash chains broken`}`,
  );
}
