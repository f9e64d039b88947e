/** The stand-in server as a process of its own, which tests may kill, stop and start again at the same address with the same file. */
import { type ChildProcess, fork } from 'node:child_process';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import ts from 'typescript';
import type { StandInSettings } from './stand-in.js';

const SCRIPT = 'dist/test/eventstoredb/stand-in.mjs';

export class StandIn {
  private child: ChildProcess | undefined;

  private constructor(private settings: StandInSettings) {}

  static async start(settings: StandInSettings = {}): Promise<StandIn> {
    const standIn = new StandIn(settings);
    await compile();
    await standIn.start();
    return standIn;
  }

  get port(): number {
    return this.settings.port ?? 0;
  }

  /** Without TLS. */
  get url(): string {
    return `esdb://127.0.0.1:${this.port}?tls=false`;
  }

  /** Listens, after a first start at the same port as before. */
  async start(): Promise<void> {
    const child = fork(SCRIPT, [JSON.stringify(this.settings)], {
      env: { ...process.env, NODE_OPTIONS: '' },
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    this.child = child;
    let said = '';
    child.stderr?.on('data', (chunk) => (said += chunk));
    const port = await new Promise<number>((resolve, reject) => {
      child.once('message', (message: { readonly port: number }) => resolve(message.port));
      child.once('exit', (code) => reject(new Error(`The stand-in ended with ${code}: ${said}`)));
    });
    this.settings = { ...this.settings, port };
  }

  /** `SIGKILL` as in a power cut; with SIGSTOP it goes silent, with SIGCONT it answers again. */
  async signal(signal: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): Promise<void> {
    const { child } = this;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    if (signal === 'SIGKILL') await ended;
  }
}

/** Transpiles the server, as nothing runs TypeScript outside Jest here. */
async function compile(): Promise<void> {
  const { outputText } = ts.transpileModule(await readFile('test/eventstoredb/stand-in.ts', 'utf8'), {
    compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022, verbatimModuleSyntax: true },
  });
  await mkdir('dist/test/eventstoredb', { recursive: true });
  // Several Jest workers may do so at once.
  const own = `${SCRIPT}.${process.pid}`;
  await writeFile(own, outputText);
  await rename(own, SCRIPT);
}
