/** Acting in another's place (Plh., Plt.), whole: granted over HTTP, effective at once, named in the decision, told of clocks, and over with its time. */
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { moveTime } from '../../libs/event-store/src/time.js';
import { Product } from './product.js';

let product: Product;
beforeAll(async () => {
  product = await Product.start();
}, 120_000);
afterAll(() => product?.stop(), 60_000);

/** So many days from today, in Kupang. */
const day = (days: number): string => new Date(Date.now() + (days * 24 + 8) * 3_600_000).toISOString().slice(0, 10);
const lend = (by: string, change: object = {}, headers = {}) =>
  product.post(
    by,
    '/delegations',
    {
      official: 'officer2.kupang',
      holder: 'supervisor.kupang',
      role: 'supervisor',
      office: 'KANIM-KPG',
      from: day(0),
      to: day(7),
      reason: 'Canarysakit',
      ...change,
    },
    headers,
  );
const end = (by: string, delegationId: string, body: object = {}) => product.post(by, `/delegations/${delegationId}/end`, body);
const listed = async (person: string, query = '') => (await product.get(person, `/delegations${query}`)).body.items;

async function until(satisfied: () => Promise<boolean>, ms = 30_000): Promise<void> {
  const deadline = Date.now() + ms;
  while (!(await satisfied())) {
    if (Date.now() > deadline) throw new Error(`It did not get there: ${product.said('worker')}`);
    await pause(100);
  }
}

describe('a delegation', () => {
  it('lets act at once, in the holder’s place, and no longer than it is meant to', async () => {
    const caseId = await product.lodged();
    const assign = (officer: string) => product.tryAct('officer2.kupang', caseId, 'assign-officer', { officer });
    expect((await assign('officer.kupang')).status).toBe(403);

    const granted = await lend('supervisor.kupang', {}, { 'idempotency-key': 'lend-1' });
    expect(granted).toMatchObject({ status: 201, body: { delegationId: expect.any(String), events: ['DelegationGranted'] } });
    const { delegationId } = granted.body;
    expect((await lend('supervisor.kupang', {}, { 'idempotency-key': 'lend-1' })).body.delegationId).toBe(delegationId);
    expect((await lend('supervisor.kupang')).body).toMatchObject({ status: 422, code: 'already-lent' });
    expect((await product.get('officer2.kupang', '/me')).body.capacities).toContainEqual({
      role: 'supervisor',
      office: 'KANIM-KPG',
      actingFor: 'supervisor.kupang',
    });
    expect((await assign('officer.kupang')).status).toBe(200);

    expect((await end('officer2.kupang', delegationId)).status).toBe(403);
    expect((await end('supervisor.atambua', delegationId)).status).toBe(404);
    expect((await end('supervisor.kupang', delegationId, { on: day(9) })).body.code).toBe('ends-sooner');
    expect((await end('supervisor.kupang', delegationId)).status).toBe(200);
    expect((await end('supervisor.kupang', delegationId)).body.code).toBe('delegation-over');
    expect((await assign('officer2.kupang')).status).toBe(403);

    // Of the region above: the auditor sees who lent and who ended it, the neighbour nothing.
    const seen = { delegationId, official: 'officer2.kupang', grantedBy: 'supervisor.kupang', endedBy: 'supervisor.kupang' };
    expect(await listed('auditor.ntt')).toContainEqual(expect.objectContaining({ ...seen, reason: 'Canarysakit' }));
    expect(await listed('supervisor.atambua')).toEqual([]);
    expect(await listed('auditor.ntt', `?on=${day(1)}`)).toEqual([]);
    expect(JSON.stringify((await product.events()).map(({ data }) => data))).not.toContain('Canarysakit');
  }, 60_000);

  it('is refused to who may not lend, for a wrong time, and to who has no standing', async () => {
    const refusals: readonly [string, object, number, string][] = [
      ['officer2.kupang', {}, 403, 'role-may-not'],
      ['supervisor.atambua', {}, 403, 'role-may-not'],
      ['admin', {}, 403, 'role-may-not'],
      ['supervisor.kupang', { from: day(-1) }, 422, 'box-past'],
      ['supervisor.kupang', { to: day(0) }, 422, 'box-empty'],
      ['supervisor.kupang', { to: day(100) }, 422, 'box-too-long'],
      ['supervisor.kupang', { official: 'supervisor.atambua' }, 422, 'grantee-has-no-standing'],
      ['supervisor.kupang', { official: 'nobody' }, 422, 'no-such-official'],
      ['supervisor.kupang', { role: 'auditor' }, 400, 'malformed'],
      ['supervisor.kupang', { from: '2026-02-30' }, 400, 'malformed'],
    ];
    for (const [by, change, status, code] of refusals)
      expect([by, change, (await lend(by, change)).body]).toMatchObject([by, change, { status, code }]);
    expect((await product.post('', '/delegations', {})).status).toBe(401);
    for (const id of ['no-id', '3f2a8c10-5b7d-5e64-9a01-c2d3e4f50617'])
      expect((await end('supervisor.kupang', id)).status).toBe(404);
    expect((await product.get('admin', '/delegations?on=soon')).status).toBe(400);
  });

  it('is named in the decision; who recommended still does not decide in another’s place', async () => {
    const caseId = await product.underReview();
    const own = await lend('supervisor.kupang', { official: 'officer.kupang' });
    expect((await product.tryAct('officer.kupang', caseId, 'refer-case', { reason: 'Lengkap' })).body.code).toBe('four-eyes');
    await end('supervisor.kupang', own.body.delegationId);
    for (const person of ['supervisor.kupang', 'kanwil.ntt', 'ahu'])
      await product.act(person, caseId, 'refer-case', { reason: 'Lengkap' });
    const asMinister = { official: 'ahu', holder: 'minister', role: 'minister', office: 'KEMENKUM' };
    expect((await lend('ahu', asMinister)).status).toBe(403);
    expect((await lend('minister', asMinister)).status).toBe(201);
    await product.act('ahu', caseId, 'approve-determination', { reason: 'Tidak terbukti' });
    const { body } = await product.get('auditor.ntt', `/cases/${caseId}`);
    expect(body.determinations.at(-1)).toMatchObject({ by: 'ahu', authority: { office: 'KEMENKUM', actingFor: 'minister' } });
  }, 60_000);

  it('has the clocks told to who acts, not to who is away', async () => {
    const caseId = await product.lodged();
    await product.act('officer.kupang', caseId, 'begin-screening');
    const { body } = await lend('supervisor.kupang', { to: day(60) });
    const inbox = async (person: string) =>
      (await product.get(person, '/notifications?limit=200')).body.items.filter(
        (item: { caseId: string; role: string }) => item.caseId === caseId && item.role === 'supervisor',
      );
    try {
      // The intake clock of 14 days has run to nine tenths.
      await moveTime(product.database.pool, 13.5 * 24 * 3_600_000);
      await until(async () => (await inbox('officer2.kupang')).length > 0);
      expect(await inbox('officer2.kupang')).toMatchObject([{ step: 'nine-tenths', office: 'KANIM-KPG' }]);
      expect(await inbox('supervisor.kupang')).toEqual([]);
      expect((await end('supervisor.kupang', body.delegationId)).status).toBe(200);
      await moveTime(product.database.pool, 15.5 * 24 * 3_600_000);
      await until(async () => (await inbox('supervisor.kupang')).length > 0);
      expect(await inbox('supervisor.kupang')).toMatchObject([{ step: 'due' }]);
    } finally {
      await moveTime(product.database.pool, 0);
    }
  }, 90_000);
});
