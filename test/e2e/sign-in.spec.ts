/** The way in, whole: the code flow with PKCE, what a session and a token are good for, how long, and how they are ended; and too many requests. */
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { importJWK, type JWTPayload, SignJWT } from 'jose';
import { type Answer, Product } from './product.js';

let product: Product;
let sign: (claims: JWTPayload, change?: { readonly issuer?: string; readonly audience?: string }) => Promise<string>;
beforeAll(async () => {
  product = await Product.start();
  await product.token('admin'); // the issuer has made its key
  const { jwk } = JSON.parse(readFileSync(`${product.home}/demo-issuer.json`, 'utf8'));
  const key = await importJWK(jwk, 'ES256');
  sign = (claims, { issuer = `${origin()}/oidc`, audience = 'tegas' } = {}) =>
    new SignJWT({ iat: Math.floor(Date.now() / 1000), exp: Math.floor(Date.now() / 1000) + 600, ...claims })
      .setProtectedHeader({ alg: 'ES256', kid: 'demo', typ: 'at+jwt' })
      .setIssuer(issuer)
      .setAudience(audience)
      .sign(key);
}, 120_000);
afterAll(() => product?.stop(), 60_000);

const origin = (): string => `http://localhost:${product.port}`;
const now = (): number => Math.floor(Date.now() / 1000);

/** A browser that follows redirects one by one and keeps its cookies. */
class Browser {
  readonly cookies = new Map<string, string>();

  async open(url: string, form?: Record<string, string>): Promise<Response> {
    const answer = await fetch(new URL(url, origin()), {
      redirect: 'manual',
      headers: { cookie: this.cookie },
      ...(form === undefined ? {} : { method: 'POST', body: new URLSearchParams(form) }),
    });
    for (const set of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(set) ?? [];
      if (value === '' || /Expires=Thu, 01 Jan 1970/i.test(set)) this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
    return answer;
  }

  get cookie(): string {
    return [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  }

  /** Signs in by the demo issuer's page; answers the address by which the issuer sent the browser back, and the cookies it had then. */
  async signIn(login: string): Promise<{ readonly back: string; readonly before: string; readonly last: Response }> {
    let answer = await this.open('/session/sign-in');
    let back = '';
    let before = '';
    for (let steps = 0; steps < 10; steps += 1) {
      const to = answer.headers.get('location');
      if (to === null || /\/konsol/.test(to)) return { back, before, last: answer };
      if (to.includes('/session/callback')) {
        back = to;
        before = this.cookie;
      }
      answer = await this.open(to);
      if (/\/interaction\//.test(to) && answer.status === 200) answer = await this.open(to, { login });
    }
    throw new Error('The sign-in goes round in circles');
  }

  send(method: string, path: string, headers: Record<string, string> = {}, body?: object): Promise<Answer> {
    const json: Record<string, string> = body === undefined ? {} : { 'content-type': 'application/json' };
    const text = body === undefined ? undefined : JSON.stringify(body);
    return product.send(method, path, { cookie: this.cookie, ...json, ...headers }, text);
  }
}

describe('signing in', () => {
  it('begins a session by a code that is good once, in a cookie that no script reads', async () => {
    const browser = new Browser();
    const { back, before, last } = await browser.signIn('officer.kupang');
    expect(last.headers.getSetCookie().join()).toMatch(/tegas_session=[\w-]{43};.*HttpOnly.*SameSite=Strict/i);
    expect((await browser.send('GET', '/session')).body).toMatchObject({ official: { id: 'officer.kupang' } });
    // Whoever caught the address and the cookies of the way back comes too late.
    const replayed = await fetch(new URL(back, origin()), { redirect: 'manual', headers: { cookie: before } });
    expect(replayed.headers.get('location')).toContain('sebab=ditolak');
    expect(replayed.headers.getSetCookie().join()).not.toMatch(/tegas_session=[\w-]{43}/);
    const elsewhere = await fetch(new URL(back, origin()), { redirect: 'manual' });
    expect(elsewhere.headers.get('location')).toContain('sebab=ulang');
  });

  it('lets no other page act: an unsafe method carries the token that only ours was told', async () => {
    const browser = new Browser();
    await browser.signIn('officer.kupang');
    const { csrfToken } = (await browser.send('GET', '/session')).body;
    const body = { procedure: 'PSK', office: 'KANIM-KPG', subject: { name: 'Maria' } };
    const open = (headers: Record<string, string>) => browser.send('POST', '/cases', headers, body);
    expect((await open({})).body).toMatchObject({ status: 403, code: 'cross-site' });
    expect((await open({ 'x-csrf-token': 'x'.repeat(43) })).status).toBe(403);
    expect((await open({ 'x-csrf-token': csrfToken, origin: 'https://evil.example' })).status).toBe(403);
    expect((await open({ 'x-csrf-token': csrfToken, 'sec-fetch-site': 'same-site' })).status).toBe(403);
    expect((await open({ 'x-csrf-token': csrfToken })).status).toBe(201);
  });

  it('accepts no token of another issuer or for another, expired, not yet valid, or that says nothing of when', async () => {
    const me = async (token: string) => (await product.send('GET', '/me', { authorization: `Bearer ${token}` })).status;
    expect(await me(await sign({ sub: 'officer.kupang' }))).toBe(200);
    const bad: readonly [string, Promise<string>][] = [
      ['issuer', sign({ sub: 'officer.kupang' }, { issuer: 'https://evil.example' })],
      ['audience', sign({ sub: 'officer.kupang' }, { audience: 'tegas-console' })],
      ['expired', sign({ sub: 'officer.kupang', exp: now() - 1 })],
      ['not yet', sign({ sub: 'officer.kupang', nbf: now() + 600 })],
      ['nobody', sign({})],
      ['no login', sign({ sub: 'a b' })],
    ];
    for (const [what, token] of bad) expect([what, await me(await token)]).toEqual([what, 401]);
  });
});

describe('approving', () => {
  const approve = { reason: 'Lengkap' };
  it('asks for a sign-in of just now, of a session as of a token, and everything else does not', async () => {
    const caseId = await product.underReview();
    const browser = new Browser();
    await browser.signIn('supervisor.kupang');
    const { csrfToken } = (await browser.send('GET', '/session')).body;
    const act = async (command: string) => {
      const revision = (await product.store.read(`case-${caseId}`)).at(-1)?.revision;
      return browser.send(
        'POST',
        `/cases/${caseId}/${command}`,
        { 'x-csrf-token': csrfToken, 'if-match': `"${revision}"` },
        approve,
      );
    };
    expect((await act('approve-determination')).body.code).toBe('authority-not-held');
    await product.database.pool.query(`UPDATE session.sessions SET signed_in_at = now() - interval '16 minutes'`);
    const asked = await act('approve-determination');
    expect([asked.status, asked.body.code]).toEqual([401, 'sign-in-again']);
    expect(asked.headers.get('www-authenticate')).toContain('insufficient_user_authentication');
    expect((await act('refer-case')).status).toBe(200);

    const old = await sign({ sub: 'kanwil.ntt', auth_time: now() - 1000 });
    const headers = { authorization: `Bearer ${old}`, 'content-type': 'application/json', 'if-match': '"0"' };
    const byToken = await product.send('POST', `/cases/${caseId}/approve-determination`, headers, JSON.stringify(approve));
    expect([byToken.status, byToken.body.code]).toEqual([401, 'sign-in-again']);
    expect((await product.send('GET', `/cases/${caseId}`, headers)).status).toBe(200);
  }, 60_000);
});

/** An open stream of changes, as a screen has it. */
class Screen {
  readonly heard: { readonly event: string; readonly data: Record<string, unknown> }[] = [];
  lastId = '';
  ended = false;

  private constructor(
    readonly answer: Response,
    private readonly left: AbortController,
  ) {}

  static async open(headers: Record<string, string>, query = ''): Promise<Screen> {
    const left = new AbortController();
    const answer = await fetch(`${product.address}/live${query}`, { headers, signal: left.signal });
    const screen = new Screen(answer, left);
    if (answer.ok) void screen.listen();
    else screen.ended = true;
    return screen;
  }

  static async of(person: string, more: Record<string, string> = {}): Promise<Screen> {
    const screen = await Screen.open({ authorization: `Bearer ${await product.token(person)}`, ...more });
    if (screen.answer.ok) await until(() => screen.lastId !== '');
    return screen;
  }

  changes(caseId: string): readonly Record<string, unknown>[] {
    return this.heard.flatMap(({ event, data }) => (event === 'change' && data.caseId === caseId ? [data] : []));
  }

  close(): void {
    this.left.abort();
  }

  private async listen(): Promise<void> {
    let text = '';
    try {
      for await (const part of this.answer.body?.pipeThrough(new TextDecoderStream()) ?? []) {
        const blocks = `${text}${part}`.split('\n\n');
        text = blocks.pop() ?? '';
        for (const block of blocks) {
          const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1];
          const [event, data, id] = [field('event'), field('data'), field('id')];
          if (event !== undefined) this.heard.push({ event, data: JSON.parse(data ?? '') });
          if (id !== undefined) this.lastId = id;
        }
      }
    } catch {
      // Closed by us.
    }
    this.ended = true;
  }
}

async function until(satisfied: () => boolean | Promise<boolean>, seconds = 10): Promise<void> {
  const deadline = Date.now() + seconds * 1000;
  while (!(await satisfied())) {
    if (Date.now() > deadline) throw new Error('It did not get there');
    await pause(20);
  }
}

describe('a screen that follows changes', () => {
  it('is told which case changed, in its own scope alone and without a word of it; what it missed it hears when it comes back', async () => {
    const [kupang, atambua, supervisor] = await Promise.all(
      ['officer.kupang', 'officer.atambua', 'supervisor.kupang'].map((who) => Screen.of(who)),
    );
    if (kupang === undefined || atambua === undefined || supervisor === undefined) throw new Error('Three were asked for');
    expect(kupang.answer.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(kupang.answer.headers.get('x-accel-buffering')).toBe('no');
    expect(kupang.answer.headers.get('content-security-policy')).toContain("default-src 'none'");
    const caseId = await product.openDraft();
    const elsewhere = await product.openDraft('officer.atambua', 'KANIM-ATB');
    await until(() => atambua.changes(elsewhere).length > 0 && supervisor.changes(caseId).length > 0);
    const position = expect.stringMatching(/^\d+$/);
    expect(supervisor.changes(caseId)).toEqual([{ topic: 'case', caseId, revision: expect.any(Number), position }]);
    expect([atambua.changes(caseId), kupang.changes(elsewhere)]).toEqual([[], []]);
    // The list shows what the message told of.
    const { items } = (await product.get('supervisor.kupang', '/worklist?limit=200')).body;
    expect(items.map((item: { caseId: string }) => item.caseId)).toContain(caseId);

    await until(() => kupang.changes(caseId).length > 0);
    const left = kupang.lastId;
    kupang.close();
    const { body } = await product.act('officer.kupang', caseId, 'receive-evidence', {
      evidence: 'birth-record',
      evidenceId: 'birth-1',
      title: 'Akta',
    });
    await until(() => supervisor.changes(caseId).some(({ revision }) => revision === body.revision));
    const back = await Screen.of('officer.kupang', { 'last-event-id': left });
    expect(back.changes(caseId).map(({ revision }) => revision)).toEqual([body.revision]);
    expect(back.heard.some(({ event }) => event === 'reset')).toBe(false);
    // Who was away for longer than anyone remembers looks at everything again.
    const late = await Screen.of('officer.kupang', { 'last-event-id': '0' });
    expect(late.heard.map(({ event }) => event)).toContain('reset');
    for (const screen of [atambua, supervisor, back, late]) screen.close();
    expect((await product.get('officer.kupang', '/live?after=yesterday')).body).toMatchObject({ status: 400, code: 'malformed' });
    expect((await product.send('GET', '/live', {})).status).toBe(401);
  }, 60_000);

  it('goes on only as long as the session does and keeps none awake; nobody has more than a few', async () => {
    const browser = new Browser();
    await browser.signIn('auditor.ntt');
    const headers = { cookie: browser.cookie };
    await product.database.pool.query(`UPDATE session.sessions SET last_seen_at = now() - interval '30 minutes'`);
    const screen = await Screen.open(headers);
    const seen = async () =>
      (
        await product.database.pool.query('SELECT max(last_seen_at) AS at FROM session.sessions WHERE official = $1', [
          'auditor.ntt',
        ])
      ).rows[0].at;
    const before = await seen();
    await product.database.pool.query(`UPDATE session.sessions SET last_seen_at = last_seen_at - interval '5 minutes'`);
    const beats = () => screen.heard.filter(({ event }) => event === 'beat').length;
    await until(() => beats() > 2);
    expect((await seen()).getTime()).toBeLessThan(before.getTime());
    expect((await product.post('admin', '/session/revoke', { official: 'auditor.ntt' })).status).toBe(204);
    await until(() => screen.ended);
    expect((await Screen.open(headers)).answer.status).toBe(401);

    const many = await Promise.all(Array.from({ length: 9 }, () => Screen.of('panel.police')));
    expect(many.map(({ answer }) => answer.status).toSorted()).toEqual([...Array(8).fill(200), 429]);
    for (const one of many) one.close();
    await until(async () => (await product.get('panel.police', '/live')).status === 200);
  }, 60_000);
});

describe('what was signed in', () => {
  const refusedWithin = async (seconds: number, ask: () => Promise<number>): Promise<void> => {
    const until = Date.now() + seconds * 1000;
    while ((await ask()) !== 401) {
      if (Date.now() > until) throw new Error('It is good still');
      await pause(250);
    }
  };

  it('is ended by an administrator: the session at once, the token within 60 seconds, and not what comes after', async () => {
    const browser = new Browser();
    await browser.signIn('officer2.kupang');
    const token = await sign({ sub: 'officer2.kupang' });
    const byToken = async (one: string) => (await product.send('GET', '/me', { authorization: `Bearer ${one}` })).status;
    expect([await byToken(token), (await browser.send('GET', '/session')).status]).toEqual([200, 200]);
    expect((await product.post('officer.kupang', '/session/revoke', { official: 'officer2.kupang' })).status).toBe(403);
    expect((await product.post('admin', '/session/revoke', { official: 'officer2.kupang' })).status).toBe(204);
    expect((await browser.send('GET', '/session')).status).toBe(401);
    await refusedWithin(60, () => byToken(token));
    expect(await byToken(await sign({ sub: 'officer2.kupang', iat: now() + 2 }))).toBe(200);
  }, 90_000);

  it('is ended by the issuer’s logout token, once, and by no other', async () => {
    const browser = new Browser();
    await browser.signIn('officer.atambua');
    const events = { 'http://schemas.openid.net/event/backchannel-logout': {} };
    const tell = async (logoutToken: string) => {
      const form = { 'content-type': 'application/x-www-form-urlencoded' };
      const body = new URLSearchParams({ logout_token: logoutToken }).toString();
      return (await product.send('POST', '/session/back-channel-logout', form, body)).status;
    };
    const forClient = { audience: 'tegas-console' };
    const good = await sign({ sub: 'officer.atambua', jti: 'one', events }, forClient);
    const bad: readonly Promise<string>[] = [
      sign({ sub: 'officer.atambua', jti: 'two', events }),
      sign({ sub: 'officer.atambua', jti: 'three' }, forClient),
      sign({ sub: 'officer.atambua', jti: 'four', events, nonce: 'n' }, forClient),
      sign({ sub: 'officer.atambua', events }, forClient),
      sign({ sub: 'officer.atambua', jti: 'five', events, iat: now() - 600 }, forClient),
      sign({ sub: 'officer.atambua', jti: 'six', events }, { ...forClient, issuer: 'https://evil.example' }),
    ];
    for (const token of await Promise.all(bad)) expect(await tell(token)).toBe(400);
    expect((await browser.send('GET', '/session')).status).toBe(200);
    expect(await tell(good)).toBe(200);
    expect((await browser.send('GET', '/session')).status).toBe(401);
    expect(await tell(good)).toBe(400);
  });
});

describe('answers', () => {
  it('run nothing, load nothing and are framed by nobody, were they opened as a page', async () => {
    for (const path of ['/me', '/health/live', '/nowhere', '/openapi.json']) {
      const { headers } = await product.get('officer.kupang', path);
      expect([path, headers.get('content-security-policy')]).toEqual([
        path,
        expect.stringMatching(/^default-src 'none';.*frame-ancestors 'none'$/),
      ]);
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('referrer-policy')).toBe('no-referrer');
    }
  });

  it('to too many requests say when to come back, by official and by address, with no Redis anywhere', async () => {
    for (const person of ['officer.kupang', 'supervisor.kupang', 'minister']) await product.token(person);
    const screen = await Screen.of('minister');
    const before = Date.now();
    await product.end('api', 'SIGTERM');
    // An open screen keeps no process.
    expect([Date.now() - before < 5_000, screen.ended]).toEqual([true, true]);
    process.env.TEGAS_RATE_PER_OFFICIAL = '5/1';
    process.env.TEGAS_RATE_PER_ADDRESS = '60/1';
    try {
      await product.run('api');
      const asked = await Promise.all(Array.from({ length: 9 }, () => product.get('officer.kupang', '/me')));
      const refused = asked.filter(({ status }) => status === 429);
      expect(asked.filter(({ status }) => status === 200).length).toBeGreaterThanOrEqual(5);
      expect(refused.length).toBeGreaterThanOrEqual(3);
      expect(Number(refused[0]?.headers.get('retry-after'))).toBeGreaterThan(0);
      expect(refused[0]?.body).toMatchObject({ code: 'too-many', status: 429 });
      expect((await product.get('supervisor.kupang', '/me')).status).toBe(200);
      // Guessing costs the address ten times as much.
      const guesses = await Promise.all(
        Array.from({ length: 8 }, () => product.send('GET', '/me', { authorization: 'Bearer a.b.c' })),
      );
      expect(guesses.every(({ status }) => status === 401 || status === 429)).toBe(true);
      expect((await product.get('minister', '/me')).status).toBe(429);
    } finally {
      delete process.env.TEGAS_RATE_PER_OFFICIAL;
      delete process.env.TEGAS_RATE_PER_ADDRESS;
      await product.end('api', 'SIGTERM');
      await product.run('api');
    }
  }, 90_000);
});
