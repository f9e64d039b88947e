/** The product as children of one process, which can kill each of them with SIGKILL and bring it back alone. */
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { OpenLog } from '#privacy/open-log.js';
import { openReadModels } from '#read-models/data-source.js';
import { readCheckpoint } from '#read-models/projection.js';
import { projections } from '#read-models/projections.js';
import { verifyRebuild } from '#read-models/rebuild.js';
import { startEmbeddedPostgres } from '../../apps/cli/src/embedded-postgres.js';
import { cloneFolder } from '../../apps/cli/src/instance.js';
import { prepareDatabase } from '../../apps/cli/src/prepare-database.js';
import { quiet } from '../bench/rounds.js';
import { AppProcess, freePort } from '../e2e/app-process.js';

const DATABASE = 'tegas';
const LEVEL_WITHIN_MS = 120_000;

/** `worker`, or `worker-1` where there are several. */
export type AppName = 'api' | 'worker' | `worker-${number}`;
export type Victim = 'postgres' | AppName;

export class Product {
  private readonly apps = new Map<AppName, AppProcess>();

  private constructor(
    readonly port: number,
    readonly home: string,
    private postgres: Awaited<ReturnType<typeof startEmbeddedPostgres>>,
    private readonly env: { readonly [name: string]: string },
  ) {}

  /** PostgreSQL, and whichever apps are named. `env`: more than they need. */
  static async start(home: string, apps: readonly AppName[], env: { readonly [name: string]: string } = {}): Promise<Product> {
    const postgres = await startEmbeddedPostgres({ home, database: DATABASE });
    try {
      await prepareDatabase({ databaseUrl: postgres.url, home, progress: quiet });
      const product = new Product(await freePort(), home, postgres, env);
      await Promise.all(apps.map((app) => product.revive(app)));
      return product;
    } catch (error) {
      await postgres.remove();
      throw error;
    }
  }

  get databaseUrl(): string {
    return this.postgres.url;
  }

  /** SIGKILL from its parent; settles when the process is gone. */
  async kill(victim: Victim): Promise<void> {
    if (victim === 'postgres') {
      process.kill(this.postgres.pid, 'SIGKILL');
      await this.postgres.exited;
    } else {
      await this.apps.get(victim)?.end('SIGKILL');
    }
  }

  /** Settles when it is ready. */
  async revive(victim: Victim): Promise<void> {
    if (victim === 'postgres') {
      this.postgres = await startEmbeddedPostgres({ home: this.home, port: this.postgres.port, database: DATABASE });
      return;
    }
    const script = victim === 'api' ? 'api' : 'worker';
    const app = await AppProcess.start(join(cloneFolder(), `dist/apps/${script}/src/main.js`), {
      TEGAS_DATABASE_URL: this.databaseUrl,
      TEGAS_HOME: this.home,
      TEGAS_PORT: String(this.port),
      TEGAS_DEMO: '1',
      TEGAS_WORKER_NAME: `faults ${victim}`,
      NODE_ENV: 'test',
      ...this.env,
    });
    this.apps.set(victim, app);
  }

  async stop(): Promise<void> {
    await Promise.all([...this.apps.values()].map((app) => app.end('SIGTERM')));
    await this.postgres.remove();
  }
}

/** Waits until every projection stands at the head, then compares each with a rebuild. */
export async function compareReadModels(
  databaseUrl: string,
  { log }: OpenLog,
): Promise<{ readonly equal: boolean; readonly why: readonly string[] }> {
  const readModels = await openReadModels(databaseUrl);
  try {
    const deadline = Date.now() + LEVEL_WITHIN_MS;
    for (const { name } of projections) {
      while ((await readCheckpoint(readModels, log, name)) !== (await log.head())) {
        if (Date.now() > deadline) return { equal: false, why: [`The read model ${name} did not come level with the log`] };
        await pause(100);
      }
    }
    const different = (await verifyRebuild(readModels, log)).filter(({ equal }) => !equal);
    return { equal: different.length === 0, why: different.map(({ name }) => `${name} is not what a rebuild gives`) };
  } finally {
    await readModels.destroy();
  }
}
