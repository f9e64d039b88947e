/** A Redis Cluster of three masters, for as long as a spec runs. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';

const MASTERS = 3;

export interface RedisCluster {
  /** As REDIS_URL names it. */
  readonly url: string;
  stop(): Promise<void>;
}

/** @throws Error when redis-server or redis-cli does not do its part */
export async function startRedisCluster(): Promise<RedisCluster> {
  const folder = await mkdtemp(join(tmpdir(), 'tegas-redis-cluster-'));
  const nodes: ChildProcess[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(
      nodes.map((node) => {
        const ended = new Promise((resolve) => node.once('exit', resolve));
        return node.kill('SIGKILL') ? ended : undefined;
      }),
    );
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const ports: number[] = [];
    while (ports.length < MASTERS) {
      const port = await freePort();
      if (ports.includes(port)) continue;
      ports.push(port);
      const own = ['--port', String(port), '--cluster-enabled', 'yes', '--cluster-config-file', `nodes-${port}.conf`];
      const args = [...own, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', folder];
      nodes.push(spawn('redis-server', args, { stdio: 'ignore' }));
    }
    const cli = (...args: string[]) => promisify(execFile)('redis-cli', args);
    for (const port of ports) await untilIt(async () => (await cli('-p', String(port), 'ping')).stdout.includes('PONG'));
    await cli('--cluster', 'create', ...ports.map((port) => `127.0.0.1:${port}`), '--cluster-yes');
    for (const port of ports)
      await untilIt(async () => (await cli('-p', String(port), 'cluster', 'info')).stdout.includes('cluster_state:ok'));
    return { url: ports.map((port) => `redis://127.0.0.1:${port}`).join(','), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function untilIt(holds: () => Promise<boolean>): Promise<void> {
  for (const until = Date.now() + 20_000; ; await pause(50)) {
    const held = await holds().catch(() => false);
    if (held) return;
    if (Date.now() > until) throw new Error('The Redis Cluster did not come up');
  }
}

/** A node's bus listens 10,000 above its port, so the port stands below the range that the system gives out by itself. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = net.createServer();
    // The nodes talk to each other 10,000 above: also below what the system gives to connections.
    const port = 12_000 + Math.floor(Math.random() * 10_000);
    probe.once('error', () => resolve(freePort()));
    probe.listen(port, '127.0.0.1', () => probe.close((error) => (error ? reject(error) : resolve(port))));
  });
}
