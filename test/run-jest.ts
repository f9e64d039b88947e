/** Specs run by Jest as `npm test` runs them, by programs of test/ that count what passed. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cloneFolder } from '../apps/cli/src/instance.js';

export interface RanTest {
  readonly ancestorTitles: readonly string[];
  readonly title: string;
  readonly status: string;
}

export interface RanSuite {
  /** Its file. */
  readonly name: string;
  readonly tests: readonly RanTest[];
  /** It could not be loaded, or failed outside its tests: what passed in it proves nothing. */
  readonly couldNotRun: boolean;
}

/** Runs Jest with these arguments against an embedded PostgreSQL. @throws Error when Jest itself says nothing */
export async function runJest(args: readonly string[], databaseUrl: string): Promise<readonly RanSuite[]> {
  const folder = mkdtempSync(join(tmpdir(), 'tegas-jest-'));
  try {
    const outputFile = join(folder, 'jest.json');
    const jest = join(createRequire(import.meta.url).resolve('jest/package.json'), '..', 'bin', 'jest.js');
    const child = spawn(process.execPath, [jest, '--json', `--outputFile=${outputFile}`, ...args], {
      cwd: cloneFolder(),
      env: {
        ...process.env,
        TEGAS_TEST_DATABASE_URL: databaseUrl,
        NODE_OPTIONS: '--experimental-vm-modules --disable-warning=ExperimentalWarning',
      },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    await new Promise((resolve) => child.once('close', resolve));
    const { testResults }: { testResults: readonly { name: string; status: string; assertionResults: readonly RanTest[] }[] } =
      JSON.parse(readFileSync(outputFile, 'utf8'));
    return testResults.map(({ name, status, assertionResults: tests }) => ({
      name,
      tests,
      couldNotRun: status === 'failed' && !tests.some((test) => test.status === 'failed'),
    }));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
