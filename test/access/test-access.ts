/**
 * `npm run test:access [-- --json]`: every cell of who may do what, over HTTP, against a table written from the design; every route in every
 * spelling by who may not. Exit 1 when a cell differs, a route is unguarded or a spelling is let in.
 */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startEmbeddedPostgres } from '../../apps/cli/src/embedded-postgres.js';
import { createProgress } from '../../apps/cli/src/progress.js';
import { askMatrix, askRoutes, cells, Field } from './matrix.js';
import { routesOf, tryBypasses } from './routes.js';

const LEAST_CELLS = 5_000;

const { json } = readArguments();
const home = mkdtempSync(join(tmpdir(), 'tegas-access-'));
chmodSync(home, 0o711); // root's PostgreSQL runs as another user, who must pass through
const server = await startEmbeddedPostgres({ home, database: 'tegas_test', note: (line) => console.error(line) });
process.env.TEGAS_TEST_DATABASE_URL = server.url;
try {
  const field = await Field.open();
  try {
    await report(field);
  } finally {
    await field.close();
  }
} finally {
  await server.remove();
  rmSync(home, { recursive: true, force: true });
}

async function report(field: Field): Promise<void> {
  const progress = createProgress(3);
  progress.step('Routes');
  const routes = await askRoutes(field);
  progress.step('Commands');
  const matrix = await askMatrix(field, { asked: (count) => progress.at(count, cells.length) });
  progress.step('Spellings');
  const bypass = await tryBypasses(field.product, await routesOf(field.product), 'm.nobody');
  progress.end();
  const different = [...matrix.different, ...routes.different];
  const totals = {
    cells: matrix.cells + routes.cells,
    differences: different.length,
    unguardedRoutes: bypass.unguardedRoutes,
    bypassVariants: bypass.bypassVariants,
    accepted: bypass.accepted,
  };
  const { carriedOut, byRole, byCommand } = matrix;
  const said = { ...totals, routes: bypass.routes, routeCells: routes.cells, carriedOut, byRole, byCommand };
  for (const one of different)
    console.error(`DIFFERENT: ${one.person} ${one.what} (${one.where}): ${one.expected}, not ${one.got}`);
  for (const one of bypass.let) console.error(`LET IN: ${one}`);
  if (json) console.log(JSON.stringify(said));
  else {
    for (const [name, value] of Object.entries({ ...totals, carriedOut })) console.log(`${name.padEnd(16)} ${value}`);
    for (const table of [byRole, byCommand])
      for (const [row, counts] of Object.entries(table)) console.log(`  ${row.padEnd(28)} ${JSON.stringify(counts)}`);
  }
  const enough = totals.cells >= LEAST_CELLS && carriedOut > 0 && bypass.bypassVariants > 0;
  if (!enough) console.error('VOID: too few cells were asked, or none was carried out');
  process.exitCode = enough && totals.differences === 0 && totals.unguardedRoutes === 0 && totals.accepted === 0 ? 0 : 1;
}

function readArguments(): { readonly json: boolean } {
  try {
    return parseArgs({ options: { json: { type: 'boolean', default: false } } }).values;
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\nUsage: npm run test:access [-- --json]`);
    process.exit(2);
  }
}
