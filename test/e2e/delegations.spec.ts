/** Acting in another's place (Plh., Plt.), whole: granted over HTTP, effective at once, named in the decision, told of clocks, and over with its time. */
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { seed } from '../../libs/event-store/src/seed.js';
import { moveTime } from '../../libs/event-store/src/time.js';
import { openLog } from '../../libs/privacy/src/open-log.js';
import { Product } from './product.js';

let product: Product;
beforeAll(async () => {
  product = await Product.start();
}, 120_000);
afterAll(() => product?.stop(), 60_000);

/** The seed, as at every start. */
async function reseeded({ database, home }: Product): Promise<number> {
  const { log, close } = await openLog({ databaseUrl: database.url, home, movableTime: true, follow: false });
  try {
    return (await seed(log, 'data', new Date().toISOString(), { demoPeople: true })).published;
  } finally {
    await close();
  }
}

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
    // Colleagues know who acts for whom, and not why.
    for (const person of ['officer.kupang', 'admin']) {
      const one = (await listed(person)).find((lent: { delegationId: string }) => lent.delegationId === delegationId);
      expect([person, one]).toMatchObject([person, seen]);
      expect([person, one.reason]).toEqual([person, undefined]);
    }
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

describe('an appointment', () => {
  const official = 'officer2.kupang';
  const role = { role: 'case-officer', office: 'KANIM-KPG' };
  const reason = 'SK-9 Canaryalasan';
  const appoint = (act: string, body: object, by = 'admin', whom = official) =>
    product.post(by, `/appointments/${whom}/${act}`, { reason, ...body });
  const acts = async (caseId: string) => (await product.tryAct(official, caseId, 'begin-screening', {})).status;
  const rolesNow = async () => (await product.get(official, '/me')).body.capacities;

  it('ends every role at once, and gives, moves and ends another; each step is kept', async () => {
    const caseId = await product.lodged();
    // The time that was moved above comes back to each process a moment later; until then today is past.
    await until(async () => (await appoint('end-service', { on: day(0) })).status === 200);
    expect([await rolesNow(), await acts(caseId)]).toEqual([[], 404]);
    // What an administrator ended no start of the product brings back.
    expect([await reseeded(product), await rolesNow()]).toEqual([0, []]);
    expect((await appoint('assign', { ...role, from: day(-1) })).body).toMatchObject({ status: 422, code: 'box-past' });
    expect((await appoint('assign', { ...role, from: day(0), to: day(30) })).status).toBe(200);
    expect([await rolesNow(), await acts(caseId)]).toEqual([[role], 200]);

    expect((await appoint('move', { office: 'KANIM-KPG', to: 'KANIM-ATB', on: day(3) })).status).toBe(200);
    const on = async (date: string) => {
      const { items } = (await product.get('admin', `/appointments?on=${date}`)).body;
      return items.find((one: { official: string }) => one.official === official).standing;
    };
    expect(await on(day(1))).toEqual([{ ...role, from: day(0), to: day(3) }]);
    expect(await on(day(5))).toEqual([{ ...role, office: 'KANIM-ATB', from: day(3), to: day(30) }]);
    expect((await appoint('end-service', { on: day(0) })).status).toBe(200);
    expect((await product.get(official, `/cases/${caseId}`)).status).toBe(404);
    const { items } = (await product.get('admin', `/appointments/${official}`)).body;
    const told = items.map(({ type, by, reason: why }: { type: string; by: string; reason?: string }) => [type, by, why]);
    expect(told).toEqual([
      ...Array.from({ length: 4 }, () => ['RolesAssigned', 'admin', reason]),
      ['OfficialRegistered', 'seed', undefined],
    ]);
  });

  it('is an administrator’s act, nobody’s own; who is entered holds no role, and their words are sealed', async () => {
    const number = '199003022020121007';
    const entered = { official: 'baru.kupang', name: 'Ibu Contoh Baru', identityNumbers: [{ kind: 'nip', number }], reason };
    expect((await product.post('supervisor.kupang', '/appointments', entered)).status).toBe(403);
    expect((await product.post('admin', '/appointments', entered)).body.events).toEqual(['OfficialRegistered']);
    expect((await product.post('admin', '/appointments', entered)).body).toMatchObject({ status: 422, code: 'id-taken' });
    const { body } = await product.get('admin', '/appointments/baru.kupang');
    expect(body).toMatchObject({ name: entered.name, identityNumbers: [{ kind: 'nip', number }], assignments: [] });
    const own = await appoint('assign', { role: 'minister', office: 'KEMENKUM', from: day(0) }, 'admin', 'admin');
    expect(own.body).toMatchObject({ status: 422, code: 'own-roles' });
    const stored = JSON.stringify(await product.events());
    for (const said of ['Contoh Baru', number, 'Canaryalasan']) expect([said, stored.includes(said)]).toEqual([said, false]);
  });
});
