/** `@event-driven-io/emmett-postgresql`, in a package and a process of its own: it appends the same payload to existing streams. */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { StoredEvent } from '#event-store/port.js';
import { cloneFolder } from '../../apps/cli/src/instance.js';
import type { Measured } from './rounds.js';

const folder = join(cloneFolder(), 'test', 'bench', 'peers');

/** Installs the peers' own package on first use. @throws Error when npm cannot */
export function installEmmett(note: (line: string) => void): void {
  if (existsSync(join(folder, 'node_modules', '@event-driven-io', 'emmett-postgresql', 'package.json'))) return;
  note('Installing @event-driven-io/emmett-postgresql into test/bench/peers (npm ci), once …');
  const { status, stderr } = spawnSync('npm', ['ci', '--no-audit', '--no-fund'], { cwd: folder, encoding: 'utf8' });
  if (status !== 0) throw new Error(`npm ci in test/bench/peers failed: ${stderr}`);
}

export async function emmettAppend(
  url: string,
  load: { readonly writers: number; readonly streams: number; readonly seconds: number; readonly event: StoredEvent },
): Promise<Measured> {
  const child = spawn(process.execPath, [join(folder, 'emmett-append.mjs')], { stdio: ['pipe', 'pipe', 'inherit'] });
  let said = '';
  child.stdout.on('data', (chunk) => (said += chunk));
  child.stdin.end(JSON.stringify({ url, ...load }));
  const code = await new Promise((resolve) => child.once('close', resolve));
  if (code !== 0) throw new Error(`emmett-append.mjs ended with ${code}`);
  return JSON.parse(said.trim().split('\n').at(-1) ?? '') as Measured;
}
