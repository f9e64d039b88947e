/** A rule's way into force over HTTP: drafted by one administrator, reviewed by another, published; simulated over past cases before. */
import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Product } from './product.js';

let product: Product;
beforeAll(async () => {
  product = await Product.start();
}, 120_000);
afterAll(() => product.stop());

/** The published IMPORTED procedure under another version, or with something else changed. */
const content = async (change: object = {}) => {
  const { items } = (await product.get('admin', '/procedures')).body;
  const { sha256: _, ...published } = items.find((p: { code: string }) => p.code === 'IMPORTED');
  return { ...published, version: 'next', ...change };
};
const draft = (person: string, procedure: object, headers = {}) => product.post(person, '/procedures/drafts', procedure, headers);
const step = (person: string, name: 'review' | 'publish', sha256: string, version = 'next') =>
  product.post(person, `/procedures/IMPORTED/versions/${version}/${name}`, { sha256 });

describe('a procedure’s versions', () => {
  it('are seen to by administrators only', async () => {
    for (const person of ['officer.kupang', 'supervisor.kupang', 'minister', 'auditor.ntt'])
      expect([
        (await draft(person, await content())).status,
        (await step(person, 'publish', 'a'.repeat(64))).status,
        (await product.get(person, '/procedures/drafts')).status,
        (await product.get(person, '/procedures/IMPORTED/versions/1/simulation')).status,
      ]).toEqual([403, 403, 403, 403]);
  });

  it('go from draft to publication by two people, once per idempotency key, and govern new cases at once', async () => {
    const procedure = await content({ name: { id: 'Perkara impor, versi 2', en: 'Imported case, version 2' } });
    const first = await draft('admin', procedure, { 'idempotency-key': 'draft-1' });
    expect(first).toMatchObject({ status: 201, body: { code: 'IMPORTED', version: 'next' } });
    expect((await draft('admin', procedure, { 'idempotency-key': 'draft-1' })).body).toEqual(first.body);
    expect((await draft('admin', await content({ version: '3' }), { 'idempotency-key': 'draft-1' })).status).toBe(409);
    const { sha256 } = first.body;
    expect((await product.get('admin.ahu', '/procedures/drafts')).body.items).toEqual([
      { ...procedure, sha256, draftedBy: 'admin' },
    ]);

    expect((await step('admin', 'review', sha256)).body).toMatchObject({ code: 'four-eyes', status: 422 });
    expect((await step('admin.ahu', 'publish', sha256)).body).toMatchObject({ code: 'not-reviewed' });
    expect((await step('admin.ahu', 'review', 'b'.repeat(64))).body).toMatchObject({ code: 'draft-changed' });
    expect((await step('admin.ahu', 'review', sha256)).status).toBe(200);
    expect((await step('admin', 'publish', sha256)).status).toBe(200);
    expect((await step('admin', 'publish', sha256)).body).toMatchObject({ code: 'already-published' });
    expect((await product.get('admin', '/procedures/drafts')).body.items).toEqual([]);
    const { items } = (await product.get('officer.kupang', '/procedures')).body;
    expect(items.findLast((p: { code: string }) => p.code === 'IMPORTED')).toMatchObject({ version: 'next', sha256 });
  });

  it('are refused with every fault named, and bad input is never a fault of ours', async () => {
    const wrong = await draft('admin', await content({ version: '9', kind: 'magic', clocks: 'none' }));
    expect(wrong.status).toBe(422);
    expect(JSON.stringify(wrong.body)).toMatch(/kind: .*clocks: /);
    for (const body of [[], 'x', null, {}, { code: 7 }, { code: '../../etc' }, { code: 'A'.repeat(500) }])
      expect((await draft('admin', body as object)).status).toBe(400);
    for (const path of ['/procedures/IMPORTED/versions/%2e%2e/review', '/procedures/imported/versions/2/review'])
      expect((await product.post('admin', path, { sha256: 'a'.repeat(64) })).status).toBeLessThan(500);
    expect((await product.get('admin', '/procedures/NONE/versions/draft/simulation')).body).toMatchObject({
      code: 'no-such-version',
    });
  });

  it('are simulated over past determinations: which differ, and by which article', async () => {
    const caseId = await product.affirmed();
    const { items } = (await product.get('admin', '/procedures')).body;
    const { sha256: _, ...psk } = items.findLast((p: { code: string }) => p.code === 'PSK');
    const stricter = {
      outcome: 'not-established',
      when: { fact: 'parentsMarried', is: true, basis: { act: 'UU 12/2006', article: '4' } },
    };
    const version = { ...psk, version: 'stricter', criteria: [stricter, ...psk.criteria] };
    expect((await draft('admin', version)).status).toBe(201);
    const { status, body } = await product.get('admin', '/procedures/PSK/versions/draft/simulation');
    expect(status).toBe(200);
    expect(body).toMatchObject({
      procedure: 'PSK',
      version: 'stricter',
      cases: 1,
      differing: 1,
      changes: { 'wni-affirmed → not-established': 1 },
      differences: [
        { caseId, derived: 'wni-affirmed', would: 'not-established', why: { decisive: [], articles: ['UU 12/2006 4'] } },
      ],
    });
    expect((await product.get('admin', `/procedures/PSK/versions/${psk.version}/simulation`)).body).toMatchObject({
      differing: 0,
      cases: 1,
    });

    const said = execFileSync('node', ['bin/tegas.mjs', 'simulate', '--procedure', 'PSK', '--version', 'draft', '--json'], {
      env: { ...process.env, NODE_OPTIONS: '', TEGAS_DATABASE_URL: product.database.url, TEGAS_HOME: product.home },
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    expect(JSON.parse(said)).toEqual(body);
  }, 60_000);
});
