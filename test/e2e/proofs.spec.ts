/** What auditors get of the running product: checkpoints, proofs, views by two times; and what they do with it away from it. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Checkpoint, parseCheckpoint, signerOf } from '../../libs/audit/src/checkpoint.js';
import { leafHash, verifyConsistency, verifyInclusion } from '../../libs/audit/src/merkle.js';
import { Product } from './product.js';

const base64 = (text: string): Buffer => Buffer.from(text, 'base64');

describe.each([
  ['PostgreSQL', false],
  ['EventStoreDB (a stand-in)', true],
])('on %s', (_, onEventStoreDb) => {
  let product: Product;
  let folder: string;
  let caseId: string;
  let early: Checkpoint;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tegas-proofs-'));
    // Of this spec file's process alone, and of those it starts.
    process.env.TEGAS_CHECKPOINT_WITNESS = join(folder, 'witness');
    product = await Product.start({ onEventStoreDb });
    caseId = await openDraft('Maria');
    early = await checkpointCovering(`case-${caseId}`, 0);
    await product.act('officer.kupang', caseId, 'amend-draft', { subject: { name: 'Maria Canari' } });
    await openDraft('Anna');
  }, 120_000);

  afterAll(async () => {
    await product?.stop();
    await rm(folder, { recursive: true, force: true });
    delete process.env.TEGAS_EVENTSTORE_URL;
    delete process.env.TEGAS_CHECKPOINT_WITNESS;
  }, 60_000);

  async function openDraft(name: string): Promise<string> {
    const answer = await product.post('officer.kupang', '/cases', { procedure: 'PSK', office: 'KANIM-KPG', subject: { name } });
    expect(answer.status).toBe(201);
    return answer.body.caseId;
  }

  async function tegas(...args: readonly string[]): Promise<{ code: number; stdout: string; stderr: string }> {
    const env = { ...process.env, NODE_OPTIONS: '', TEGAS_DATABASE_URL: product.database.url, TEGAS_HOME: product.home };
    return promisify(execFile)(process.execPath, ['dist/apps/cli/src/main.js', ...args], { env }).then(
      ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
      ({ code, stdout, stderr }) => ({ code, stdout, stderr }),
    );
  }

  /** A checkpoint that the CLI signs beside the worker, once its proof shows that revision of that stream. */
  async function checkpointCovering(stream: string, revision: number): Promise<Checkpoint> {
    const out = join(folder, `kept-${stream}-${revision}`);
    expect((await tegas('export', 'checkpoint', '--out', out)).code).toBe(0);
    const answer = await product.get('auditor.ntt', '/audit/checkpoint');
    expect(answer.status).toBe(200);
    return parseCheckpoint(answer.body.note);
  }

  it('a checkpoint is signed by a key that is published, and given to auditors only', async () => {
    const { body } = await product.get('auditor.ntt', '/audit/checkpoint');
    const checkpoint = parseCheckpoint(body.note);
    expect([body.size, body.root]).toEqual([checkpoint.size, checkpoint.root.toString('base64')]);
    expect(signerOf(checkpoint, body.keys)?.vkey).toBe(body.keys[0].vkey);
    for (const path of ['/audit/checkpoint', '/audit/proof/consistency?from=1', `/audit/proof/cases/${caseId}`]) {
      const refused = await product.get('officer.kupang', path);
      expect([refused.status, refused.body.code]).toEqual([403, 'role-may-not']);
      expect((await product.get('', path)).status).toBe(401);
    }
  });

  it('every event of a case is proved to be in the log that was signed, by its text alone', async () => {
    await checkpointCovering(`case-${caseId}`, 1);
    const { status, body } = await product.get('auditor.ntt', `/audit/proof/cases/${caseId}`);
    expect(status).toBe(200);
    const { size, root } = body.checkpoint;
    const revisions = body.events.filter((event: { stream: string }) => event.stream === `case-${caseId}`);
    expect(revisions.map(({ revision }: { revision: number }) => revision)).toEqual([0, 1]);
    for (const { text, leaf, proof } of body.events) {
      const hash = createHash('sha256').update(text).digest();
      expect(verifyInclusion(leafHash(hash), leaf, size, proof.map(base64), base64(root))).toBe(true);
      expect(text).not.toMatch(/Maria/);
    }
    expect((await product.get('auditor.ntt', '/audit/proof/cases/7b1df564-4d1f-4992-8861-749c31985766')).status).toBe(404);
    expect((await product.get('auditor.ntt', '/audit/proof/cases/none')).status).toBe(404);
  });

  it('every checkpoint that the worker signs is kept by a witness, by which the instance is verified; and it is seen when that stops', async () => {
    let kept: readonly string[] = [];
    for (let tries = 0; tries < 150 && kept.length === 0; tries += 1) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      kept = await readdir(join(folder, 'witness')).catch(() => []);
    }
    const [first] = [...kept].sort();
    expect(first).toMatch(/^\d{12}-[0-9a-f]{12}$/);
    const live = await tegas('verify', '--checkpoint', join(folder, 'witness', first ?? ''), '--json');
    expect([live.code, JSON.parse(live.stdout).findings]).toEqual([0, []]);
    const { body } = await product.send('GET', '/health/ready', {});
    expect(body.merkle).toMatchObject({ leaves: expect.any(Number), checkpointAgeSeconds: expect.any(Number) });
    // Without a worker nothing follows: what was appended since waits, and is said to.
    await product.end('worker', 'SIGTERM');
    await openDraft('Rosa');
    const metrics = (await product.send('GET', '/health/metrics', {})).body;
    const told = (name: string) => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(metrics)?.[1]);
    expect([told('tegas_merkle_lag_seconds') > 0, told('tegas_merkle_leaves') > 0]).toEqual([true, true]);
    expect(told('tegas_checkpoint_age_seconds')).toBeGreaterThanOrEqual(0);
    await product.run('worker');
    for (let tries = 0; (await product.send('GET', '/health/ready', {})).body.merkle.lagSeconds > 0; tries += 1) {
      if (tries > 100) throw new Error('The Merkle log did not come level');
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }, 60_000);

  it('the log continues an earlier checkpoint', async () => {
    const now = parseCheckpoint((await product.get('auditor.ntt', '/audit/checkpoint')).body.note);
    expect(now.size).toBeGreaterThan(early.size);
    const { body } = await product.get('auditor.ntt', `/audit/proof/consistency?from=${early.size}`);
    expect(verifyConsistency(early.size, now.size, body.proof.map(base64), early.root, now.root)).toBe(true);
    for (const query of ['', '?from=0', `?from=${now.size + 1}`, '?from=2&to=1', '?from=1&since=2'])
      expect((await product.get('auditor.ntt', `/audit/proof/consistency${query}`)).status).toBe(400);
  });

  it('a bundle of a case verifies away from the product, and the instance against a checkpoint kept elsewhere', async () => {
    const [bundle, kept] = [join(folder, 'bundle'), join(folder, `kept-case-${caseId}-0`)];
    const exported = await tegas('export', 'bundle', '--case', caseId, '--since', kept, '--out', bundle, '--json');
    expect([exported.code, JSON.parse(exported.stdout)]).toMatchObject([0, { events: 2, scope: { kind: 'case', caseId } }]);
    const away = { ...process.env, NODE_OPTIONS: '', TEGAS_DATABASE_URL: 'postgresql://nobody@127.0.0.1:1/nothing' };
    const offline = await promisify(execFile)(
      process.execPath,
      ['dist/apps/cli/src/main.js', 'verify', bundle, '--checkpoint', kept, '--json'],
      { env: { ...away, TEGAS_HOME: join(folder, 'nowhere') } },
    );
    expect(JSON.parse(offline.stdout)).toMatchObject({ verified: true, events: 2, keyPinned: true, findings: [] });
    const live = await tegas('verify', '--checkpoint', kept, '--json');
    expect([live.code, JSON.parse(live.stdout)]).toMatchObject([0, { verified: true, findings: [] }]);
    // What is in it holds; that nothing was left out at its end it does not show, and says so.
    const told = await tegas('verify', bundle, '--checkpoint', kept);
    expect([told.code, told.stdout]).toEqual([
      0,
      expect.stringMatching(/Nothing here shows that this is all of it[\s\S]+seluruhnya/),
    ]);
    expect(JSON.parse(offline.stdout).notShown).toMatchObject({ en: expect.any(String), id: expect.any(String) });
    const office = join(folder, 'bundle-office');
    expect((await tegas('export', 'bundle', '--office', 'KANIM-KPG', '--since', kept, '--out', office)).code).toBe(0);
    expect((await tegas('verify', office, '--checkpoint', kept)).stdout).toContain('or whole cases, may have been left out');
    expect((await tegas('verify', folder)).stderr).toContain('bundle.json cannot be read');
    expect((await tegas('export', 'bundle', '--out', join(folder, 'x'))).code).toBe(2);
    expect((await tegas('export', 'bundle', '--office', 'KANIM-NONE', '--out', join(folder, 'x'))).stderr).toContain('KANIM-KPG');
  }, 60_000);

  it('a bundle taken over HTTP is held against a checkpoint kept before, where it was asked for since that', async () => {
    const kept = join(folder, `kept-case-${caseId}-0`);
    const path = `/audit/cases/${caseId}/bundle`;
    const unpacked = async (name: string, query: string): Promise<string> => {
      const [archive, out] = [join(folder, `${name}.tar`), join(folder, name)];
      const headers = { authorization: `Bearer ${await product.token('auditor.ntt')}` };
      const answer = await fetch(`http://127.0.0.1:${product.port}${path}${query}`, { headers });
      expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'application/x-tar']);
      await writeFile(archive, Buffer.from(await answer.arrayBuffer()));
      await mkdir(out);
      await promisify(execFile)('tar', ['-xf', archive, '-C', out]);
      return out;
    };
    const proved = await tegas('verify', await unpacked('since', `?since=${early.size}`), '--checkpoint', kept, '--json');
    expect([proved.code, JSON.parse(proved.stdout).findings]).toEqual([0, []]);
    const without = await tegas('verify', await unpacked('without', ''), '--checkpoint', kept);
    expect([without.code, without.stderr]).toEqual([1, expect.stringContaining(`?since=${early.size}`)]);
    expect(without.stderr).toMatch(/does not yet say that anything was altered[\s\S]+belum berarti ada yang diubah/);
    for (const query of ['?since=0', '?since=x', '?since=999999999', '?until=3'])
      expect([query, (await product.get('auditor.ntt', `${path}${query}`)).status]).toEqual([query, 400]);
  }, 60_000);

  it('what was decided is decided again, and the key that signs can be followed by another', async () => {
    const audited = await tegas('audit', '--office', 'KANIM-KPG', '--json');
    expect([audited.code, JSON.parse(audited.stdout)]).toMatchObject([0, { cases: 3, commands: 4, findings: [] }]);
    expect((await tegas('audit')).code).toBe(2);
    expect((await tegas('audit', '--office', 'KANIM-KPG', '--from', '2026-02-30')).code).toBe(2);
    const period = ['--office', 'KANIM-KPG', '--from', '2020-01-02', '--to'];
    const swapped = await tegas('audit', ...period, '2020-01-01');
    expect([swapped.code, swapped.stderr]).toEqual([2, expect.stringMatching(/is after --to[\s\S]+sesudah --to/)]);
    const silent = await tegas('audit', ...period, '2020-01-03');
    expect([silent.code, silent.stdout]).toEqual([0, expect.stringMatching(/nothing was audited[\s\S]+tidak ada yang diaudit/)]);
    const asData = await tegas('audit', ...period, '2020-01-03', '--json');
    expect([asData.code, JSON.parse(asData.stdout)]).toMatchObject([0, { audited: false, commands: 0, findings: [] }]);
    expect((await tegas('checkpoint-key', 'rotate')).code).toBe(0);
    await openDraft('Yohana');
    const out = join(folder, 'after-rotation');
    expect((await tegas('export', 'checkpoint', '--out', out)).code).toBe(0);
    const { body } = await product.get('auditor.ntt', '/audit/checkpoint');
    expect(body.keys).toHaveLength(2);
    expect(signerOf(parseCheckpoint(body.note), body.keys.slice(1))?.vkey).toBe(body.keys[1].vkey);
    // Whoever pinned the first key follows its endorsement.
    const live = await tegas('verify', '--checkpoint', join(folder, `kept-case-${caseId}-0`), '--json');
    expect([live.code, JSON.parse(live.stdout).findings]).toEqual([0, []]);
  }, 60_000);

  it('a case is shown as it was known and as it was true, and what differs between two views', async () => {
    const [opened, amended] = await product.store.read(`case-${caseId}`);
    const asOf = opened?.metadata.recordedAt ?? '';
    const then = await product.get('officer.kupang', `/cases/${caseId}?asOf=${asOf}`);
    expect([then.status, then.body.subject.name]).toEqual([200, 'Maria']);
    const on = (opened?.metadata.effectiveAt ?? '').slice(0, 10);
    expect((await product.get('officer.kupang', `/cases/${caseId}?effectiveOn=2020-01-01`)).status).toBe(404);
    expect((await product.get('officer.kupang', `/cases/${caseId}?effectiveOn=2026-02-30`)).status).toBe(400);
    const far = await product.get('officer.kupang', `/cases/${caseId}?effectiveOn=2090-01-01`);
    expect([far.status, far.body.subject.name, far.headers.get('etag')]).toEqual([200, 'Maria Canari', null]);
    const { body } = await product.get('officer.kupang', `/cases/${caseId}/difference?fromAsOf=${asOf}`);
    expect(body.changes).toContainEqual({ path: 'subject.name', before: 'Maria', after: 'Maria Canari' });
    expect([body.onlyFrom, body.onlyTo]).toMatchObject([[], [{ revision: 1, type: amended?.type }]]);
    expect((await product.get('officer.atambua', `/cases/${caseId}/difference`)).status).toBe(404);
    expect((await product.get('officer.kupang', `/cases/${caseId}/difference?from=x`)).status).toBe(400);
    const printed = await tegas('history', caseId, '--as-of', asOf, '--compare', 'now', '--json');
    expect(JSON.parse(printed.stdout)).toMatchObject({ onlyTo: [{ revision: 1, type: 'DraftAmended' }] });
    expect(printed.stdout).not.toMatch(/Maria/);
    expect((await tegas('history', caseId, '--effective-on', on, '--json')).stdout.trim().split('\n')).not.toHaveLength(0);
  }, 60_000);
});
