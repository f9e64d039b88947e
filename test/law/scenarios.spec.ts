/** The ten acceptance scenarios, over HTTP, with the product's own processes and a PostgreSQL of their own. */
import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Product } from '../e2e/product.js';
import { type Scenario, ScenarioRun } from './scenario.js';

const FOLDER = 'test/law/scenarios';
const scenarios = readdirSync(FOLDER)
  .filter((file) => file.endsWith('.json'))
  .sort()
  .map((file): Scenario => JSON.parse(readFileSync(`${FOLDER}/${file}`, 'utf8')));

let product: Product;
beforeAll(async () => {
  product = await Product.start();
}, 120_000);
afterAll(() => product?.stop(), 60_000);

describe('acceptance', () => {
  it('has ten scenarios', () => {
    expect(scenarios.map((one) => one.scenario)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });
  it.each(scenarios.map((one) => [one.scenario, one.title.en, one] as const))(
    'scenario %i: %s',
    async (_, __, scenario) => {
      await new ScenarioRun(product).run(scenario);
    },
    180_000,
  );
});
