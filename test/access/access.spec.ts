/** A short run of `npm run test:access`: cells chosen by a seed, every route, and some spellings of each. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { commandRequests, kebab } from '../../apps/api/src/requests.js';
import { askMatrix, askRoutes, cells, Field, oracle } from './matrix.js';
import { type Route, routesOf, tryBypasses } from './routes.js';

let field: Field;
let routes: readonly Route[];
beforeAll(async () => {
  field = await Field.open();
  routes = await routesOf(field.product);
}, 120_000);
afterAll(() => field?.close(), 60_000);

describe('who may do what', () => {
  it('is asked of every command and every route there is', async () => {
    const commands = Object.keys(commandRequests).map((command) => kebab(command as keyof typeof commandRequests));
    expect(oracle.commands.map(({ command }) => command).toSorted()).toEqual(commands.toSorted());
    const { body } = await field.product.send('GET', '/openapi.json', {});
    const listed = Object.entries<object>(body.paths)
      .flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`))
      .filter((route) => !commands.some((command) => route === `POST /cases/{caseId}/${command}`));
    expect(oracle.routes.map(({ route }) => route).toSorted()).toEqual(listed.toSorted());
    expect(cells.length).toBeGreaterThan(5_000);
    expect(oracle.commands.filter(({ because }) => because === '')).toEqual([]);
  });

  it('is as the table says that was written from the design, cell by cell', async () => {
    const { different, carriedOut } = await askMatrix(field, { only: 600 });
    expect(different).toEqual([]);
    expect(carriedOut).toBeGreaterThan(20);
  }, 60_000);

  it('is so for every other route, of one’s own office and of a neighbour', async () => {
    expect((await askRoutes(field, { only: 500 })).different).toEqual([]);
  }, 60_000);
});

describe('who may not', () => {
  it('is let in by no route, however it is spelled', async () => {
    const report = await tryBypasses(field.product, routes, 'm.nobody', { every: 11 });
    expect(report.let).toEqual([]);
    expect([report.unguardedRoutes, report.bypassVariants > 200]).toEqual([0, true]);
  }, 60_000);
});
