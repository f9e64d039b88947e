/** A short run of `npm run test:access`: cells chosen by a seed, every route, and some spellings of each. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { commandRequests, kebab } from '../../apps/api/src/requests.js';
import { exchange } from '../fuzz/exchange.js';
import { fuzz } from '../fuzz/fuzz-run.js';
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

describe('whatever is sent', () => {
  const sent = async (method: string, path: string, headers: readonly (readonly [string, string])[] = [], body?: string) => {
    const signed = [...headers, ['authorization', `Bearer ${await field.product.token('m.admin')}`] as const];
    const bytes = body === undefined ? {} : { body: Buffer.from(body) };
    const answer = await exchange(field.product.port, { method, path, headers: signed, travel: 'whole', ...bytes });
    const code = answer?.text.startsWith('{') === true ? JSON.parse(answer.text).code : answer?.text;
    return [answer?.status, answer?.type.split(';')[0], code];
  };
  const json = [['content-type', 'application/json']] as const;

  it('below HTTP is answered with a problem document as well', async () => {
    const problem = 'application/problem+json';
    expect(await sent('GET', '/me', [['expect', 'wonders']])).toEqual([417, problem, 'expectation-failed']);
    expect(await sent('CONNECT', '127.0.0.1:80')).toEqual([405, problem, 'unknown-method']);
    expect(await sent('FOO', '/me')).toEqual([400, problem, 'malformed']);
    expect(await sent('GET', '/me', [['x-large', 'z'.repeat(20_000)]])).toEqual([431, problem, 'headers-too-large']);
    // Another protocol is passed over, as HTTP has it; its body Node.js would never hand over.
    const websocket = [['connection', 'upgrade'] as const, ['upgrade', 'websocket'] as const];
    expect((await sent('GET', '/me', websocket))[0]).toBe(200);
    expect(await sent('POST', '/search', [...json, ...websocket], '{}')).toEqual([400, problem, 'no-upgrade']);
  });

  it('keeps no connection open whose client does not end it', async () => {
    const socket = connect({ port: field.product.port, host: '127.0.0.1', allowHalfOpen: true });
    socket.resume();
    socket.write('CONNECT 127.0.0.1:80 HTTP/1.1\r\nHost: x\r\n\r\n');
    await once(socket, 'end');
    const cut = once(socket, 'error');
    const writing = setInterval(() => socket.write('still here'), 100);
    expect(await cut).toMatchObject([{ code: expect.stringMatching(/^(ECONNRESET|EPIPE)$/) }]);
    clearInterval(writing);
  });

  it('is bad input and no fault: what names a class, is nested without end, or is half a character', async () => {
    const nobodys = '3f2a8c10-5b7d-4e64-9a01-c2d3e4f50617';
    const revision = [...json, ['if-match', '"0"']] as const;
    const classes = '{"reason":"x","extra":{"constructor":true}}';
    expect((await sent('POST', `/matches/${nobodys}/dismiss`, revision, classes))[0]).toBe(400);
    const deep = `${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}`;
    for (const path of ['/calendar', '/calendar/dry-run', '/procedures/drafts', '/session/revoke'])
      expect([path, (await sent('POST', path, json, deep))[0]]).toEqual([path, 400]);
    const auditor = async (path: string) => (await field.product.get('m.auditor', path)).status;
    for (const query of ['official=%00', 'subject=%00', 'subject=Maria', 'official=a%20b'])
      expect([query, await auditor(`/audit/reads?${query}`)]).toEqual([query, 400]);
    expect(await auditor('/worklist?atLeastPosition=9999999999999999999')).toBe(400);
    // What is typed into a path may be a name: it is not there, and it is not kept.
    for (const path of ['/cases/Canarynama/documents/x', '/cases/%00/documents/x', '/cases/x/letters/1/Canarynama'])
      expect([path, await auditor(path)]).toEqual([path, 404]);
    const { rows } = await field.product.database.pool.query(`SELECT FROM audit.reads r WHERE r::text ILIKE '%canary%'`);
    expect(rows).toEqual([]);
  }, 30_000);

  it('is answered, and bad input with a problem document: a short run of `npm run test:fuzz`', async () => {
    const { failures, ...report } = await fuzz(field, { requests: 400, seed: 11 });
    expect(failures).toEqual([]);
    expect(report.afterwards).toEqual([]);
    // Whether a name is among so few that were taken is chance: `house.spec.ts` asks for those that are known to go wrong.
    expect([report.carriedOut > 10, report.requests]).toEqual([true, 400]);
  }, 60_000);
});

describe('who may not', () => {
  it('is let in by no route, however it is spelled', async () => {
    const report = await tryBypasses(field.product, routes, 'm.nobody', { every: 11 });
    expect(report.let).toEqual([]);
    expect([report.unguardedRoutes, report.bypassVariants > 200]).toEqual([0, true]);
  }, 60_000);
});
