/** One process of the product (or of a peer), started from its compiled file as `npm start` does, and ended or killed by its parent. */
import { type ChildProcess, fork } from 'node:child_process';
import { createServer } from 'node:net';
import { NODE_FLAGS } from '#privacy/run-process.js';

const READY_WITHIN_MS = 60_000;

export class AppProcess {
  private constructor(
    private readonly child: ChildProcess,
    /** The last that it has printed: 4,000 characters unless told. */
    readonly said: () => string,
  ) {}

  /** Settles when the process has said that it is ready. @throws Error with what it printed when it ends first or takes over a minute */
  static async start(
    script: string,
    env: { readonly [name: string]: string },
    execArgv: readonly string[] = [],
    remember = 4_000,
  ): Promise<AppProcess> {
    const child = fork(script, [], {
      env: { ...process.env, NODE_OPTIONS: '', ...env },
      execArgv: [...NODE_FLAGS, ...execArgv],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    let said = '';
    const listen = (chunk: Buffer) => {
      said = `${said}${chunk}`.slice(-remember);
    };
    child.stdout?.on('data', listen);
    child.stderr?.on('data', listen);
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => {
        child.kill('SIGKILL');
        reject(new Error(`${script} was not ready in time: ${said}`));
      }, READY_WITHIN_MS);
      child.on('message', (message: { readonly type?: string }) => {
        if (message.type !== 'ready') return;
        clearTimeout(timer);
        resolve();
      });
      child.once('exit', (code, signal) => {
        clearTimeout(timer);
        reject(new Error(`${script} ended (${signal ?? code}): ${said}`));
      });
    });
    return new AppProcess(child, () => said);
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  get runs(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  /** Settles when it has ended. */
  async end(signal: NodeJS.Signals): Promise<void> {
    if (!this.runs) return;
    const ended = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.kill(signal);
    await ended;
  }
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject).listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() =>
        typeof address === 'object' && address !== null ? resolve(address.port) : reject(new Error('No port')),
      );
    });
  });
}
