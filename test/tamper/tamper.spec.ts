import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { createTestDatabase } from '../../libs/event-store/src/testing/test-database.js';
import { tamperRun } from './tamper-run.js';

// In short; in every variant by `npm run test:tamper`.
it('six of six attacks on the log are found, and no untouched log is suspected', async () => {
  const database = await createTestDatabase();
  const scratch = await mkdtemp(join(tmpdir(), 'tegas-tamper-'));
  try {
    const { runs, ...result } = await tamperRun({
      serverUrl: database.url,
      scratch,
      cases: 6,
      variants: ['checkpoint unseen'],
      note: () => undefined,
    });
    expect(runs.filter(({ instance, offline }) => !(instance && offline))).toEqual([]);
    expect(result).toMatchObject({ attacks: 6, found: 6, refusedToSign: 6, falseAlarms: 0 });
  } finally {
    await rm(scratch, { recursive: true, force: true });
    await database.drop();
  }
}, 180_000);
