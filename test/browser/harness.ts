/** A real Chromium beside the real product: cases brought to a stage by the API, people signed in by one click, and screens looked at with axe, at 320 pixels and, where asked for, on pictures. */
import { readdirSync, readFileSync } from 'node:fs';
import { appendFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { eventSentences } from '../../libs/domain/src/case/sentences.js';
import { stageNames } from '../../libs/domain/src/case/state.js';
import { roleNames } from '../../libs/domain/src/office/official.js';
import { policyTable } from '../../libs/domain/src/policy-table.js';
import { vocabulary } from '../../libs/domain/src/vocabulary.js';
import { Product } from '../e2e/product.js';

const WIDE = { width: 1366, height: 900 };
const NARROW = { width: 320, height: 800 };
/** Nothing but what is tested: no drawing by a graphics card that is not there, no calls home. */
const QUIETLY = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
/** Where `npm run test:browser` counts the screens that were looked at, and where it puts their pictures. */
const { TEGAS_TEST_CHROMIUM, TEGAS_TEST_LOOKS, TEGAS_TEST_SCREENS } = process.env;

export class ConsoleUnderTest {
  readonly #contexts = new Set<BrowserContext>();
  /** What pages complained about: a refused style or script, an exception. Nothing is expected. */
  readonly complaints: string[] = [];

  private constructor(
    readonly product: Product,
    readonly browser: Browser,
    /** Cookies and the issuer belong to localhost, as `npm start` prints it. */
    readonly origin: string,
  ) {}

  /** @throws Error where no browser is at hand */
  static async start(...args: Parameters<typeof Product.start>): Promise<ConsoleUnderTest> {
    if (TEGAS_TEST_CHROMIUM === undefined) throw new Error('TEGAS_TEST_CHROMIUM names no browser: install chromium');
    const product = await Product.start(...args);
    const browser = await chromium.launch({ executablePath: TEGAS_TEST_CHROMIUM, args: QUIETLY });
    return new ConsoleUnderTest(product, browser, `http://localhost:${product.port}`);
  }

  async stop(): Promise<void> {
    await this.browser.close();
    await this.product.stop();
  }

  /** After each test: closes every page and says what they complained about. */
  async close(): Promise<readonly string[]> {
    await Promise.all([...this.#contexts].map((context) => context.close()));
    this.#contexts.clear();
    return this.complaints.splice(0);
  }

  /** A browser of their own for one person, signed in by one click on the issuer's page, where `path` led. */
  async signedIn(login: string, path = '/konsol', width = WIDE.width): Promise<Page> {
    const viewport = { width, height: WIDE.height };
    const context = await this.browser.newContext({ viewport, locale: 'id-ID', reducedMotion: 'reduce' });
    this.#contexts.add(context);
    const page = await context.newPage();
    page.on('pageerror', (error) => this.complaints.push(`${login}: ${error.message}`));
    page.on('console', (message) => {
      if (message.type() === 'error' && !/status of (401|412|422)|ERR_INTERNET_DISCONNECTED/.test(message.text()))
        this.complaints.push(`${login}: ${message.text()}`);
    });
    await page.goto(this.origin + path);
    await page.click(`button[value="${login}"]`);
    await page.waitForSelector('#content h1');
    return page;
  }

  async visit(page: Page, path: string, ready: string): Promise<void> {
    await page.goto(this.origin + path);
    await page.waitForSelector(ready);
  }
}

/** `npm run test:browser` looks in each language at each appearance; `npm test`, whose time is short, at each once. */
const WHOLLY = TEGAS_TEST_LOOKS !== undefined;

/** The colours of another appearance or language are there only once nothing changes any more, through two frames. */
const STILL = `(async () => {
  for (let looks = 0, still = 0; looks < 100 && still < 2; looks += 1) {
    await new Promise(requestAnimationFrame);
    const underWay = document.getAnimations().filter((one) => one instanceof CSSTransition);
    still = underWay.length === 0 ? still + 1 : 0;
    await Promise.allSettled(underWay.map((one) => one.finished));
  }
})()`;

/**
 * The serious faults of the screen that a page shows: for assistive technology in both languages, light and dark, and wider than 320 pixels.
 * @param screen its name, as in `docs/screens`
 */
export async function look(page: Page, screen: string): Promise<readonly string[]> {
  const found: string[] = [];
  for (const [language, other] of [
    ['id', 'English'],
    ['en', 'Bahasa Indonesia'],
  ] as const) {
    for (const colorScheme of ['light', 'dark'] as const) {
      if (!WHOLLY && (language === 'id') !== (colorScheme === 'light')) continue;
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await page.evaluate(STILL);
      // There are no frames, so the blank page that the newer mode opens for each look is not needed.
      const axe = new AxeBuilder({ page }).setLegacyMode();
      // Of the rules only contrast asks about colours; the others were answered in the light.
      if (colorScheme === 'dark') axe.withRules(['color-contrast']);
      const { violations } = await axe.analyze();
      for (const { id, impact, nodes } of violations)
        if (impact === 'serious' || impact === 'critical')
          found.push(`${screen} ${language} ${colorScheme}: ${id} ${nodes[0]?.target} ${nodes[0]?.failureSummary}`);
      await picture(page, screen, `${language}-${colorScheme}`);
    }
    for (const code of await rawCodes(page)) found.push(`${screen} ${language}: shows the code ${code}`);
    const switcher = page.getByRole('button', { name: other, exact: true });
    if ((await switcher.count()) > 0) {
      const spoken = await page.evaluate('document.documentElement.lang');
      if (spoken !== language) throw new Error(`The page says that it is in ${spoken}, and not ${language}`);
      await switcher.click();
    }
  }
  await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
  for (const one of await cutOff(page)) found.push(`${screen}: ${one}`);
  await page.setViewportSize(NARROW);
  for (const one of await cutOff(page)) found.push(`${screen} at ${NARROW.width}: ${one}`);
  const width = await page.evaluate<number>('document.documentElement.scrollWidth');
  if (width > NARROW.width) found.push(`${screen} is ${width} pixels wide at ${NARROW.width}`);
  await picture(page, screen, '320');
  await page.setViewportSize(WIDE);
  if (TEGAS_TEST_LOOKS !== undefined) await appendFile(TEGAS_TEST_LOOKS, `${JSON.stringify({ screen, found })}\n`);
  return found;
}

/** What cannot be read whole: a button whose words are cut, and what runs out of the panel in which it stands. */
export async function cutOff(page: Page): Promise<readonly string[]> {
  return page.evaluate<string[]>(`(() => {
    const words = (one) => (one.textContent ?? '').trim().slice(0, 60);
    const cut = [...document.querySelectorAll('.mantine-Button-label')].filter((one) => one.scrollWidth > one.clientWidth + 1);
    const out = [...document.querySelectorAll('.panel button, .panel p, .panel input, .panel select')].filter((one) => {
      const panel = one.closest('.panel');
      return one.closest('.scroll') === null && one.getBoundingClientRect().right > panel.getBoundingClientRect().right + 1;
    });
    return [...cut.map((one) => 'cut: ' + words(one)), ...out.map((one) => 'out of its panel: ' + one.tagName + ' ' + words(one))];
  })()`);
}

/** What programs call things by, and nobody else: what is told apart by a hyphen, an underscore or a capital in the data, the events and the tables of the domain. */
const CODES: ReadonlySet<string> = new Set(
  [
    ...['data/procedures', 'libs/domain/golden'].flatMap((folder) =>
      readdirSync(folder).flatMap((file) => codesIn(JSON.parse(readFileSync(join(folder, file), 'utf8')))),
    ),
    ...[vocabulary, roleNames, stageNames, policyTable, eventSentences].flatMap(Object.keys),
  ].filter((code) => /^[A-Za-z][\w-]*$/.test(code) && /[a-z]/.test(code) && /[-_]|[a-z][A-Z]/.test(code)),
);

/** Codes that are words as well. */
const ENGLISH: ReadonlySet<string> = new Set(['hand-in']);

function codesIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [...(Array.isArray(value) ? [] : [key]), ...codesIn(inner)]);
}

/** Codes that stand where a person reads; what a programmer is told (`code`, `pre`) apart, and what a person typed. */
async function rawCodes(page: Page): Promise<readonly string[]> {
  const texts = await page.evaluate<readonly string[]>(`(() => {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const texts = [];
    for (let node = walker.nextNode(); node !== null; node = walker.nextNode())
      if (node.parentElement.closest('script, style, code, pre, textarea, .said') === null) texts.push(node.data);
    return texts;
  })()`);
  return [
    ...new Set(
      texts.flatMap((text) => text.match(/[A-Za-z][\w-]*/g) ?? []).filter((word) => CODES.has(word) && !ENGLISH.has(word)),
    ),
  ];
}

/** Beside each screen in Indonesian and light: what else a picture is kept of, so that the repository stays small. */
const ALSO: { readonly [screen: string]: readonly string[] } = {
  worklist: ['en-dark', '320'],
  case: ['en-dark', '320'],
  intake: ['320'],
};

async function picture(page: Page, screen: string, as: string): Promise<void> {
  if (TEGAS_TEST_SCREENS === undefined || !(as === 'id-light' || ALSO[screen]?.includes(as))) return;
  const { width } = page.viewportSize() ?? WIDE;
  const tall = await page.evaluate<number>('document.documentElement.scrollHeight');
  // As if the window were so tall: what sticks to its edges stands where it belongs.
  const height = Math.min(Math.max(tall, WIDE.height), TALLEST);
  await page.setViewportSize({ width, height });
  const devtools = await page.context().newCDPSession(page);
  const { data } = await devtools.send('Page.captureScreenshot', {
    format: 'webp',
    quality: 80,
  });
  await devtools.detach();
  await page.setViewportSize({ width, height: width === NARROW.width ? NARROW.height : WIDE.height });
  const name = as === 'id-light' ? screen : `${screen}-${as}`;
  await writeFile(join(TEGAS_TEST_SCREENS, `${name.replaceAll(' ', '-')}.webp`), Buffer.from(data, 'base64'));
}

/** Of a long list its beginning is enough. */
const TALLEST = 2_400;

/** What settles an affirmation but for one fact. An Indonesian father alone would settle it: the mother's citizenship is to be what decides. */
export const FINDINGS: readonly (readonly [string, boolean | string])[] = [
  ['falseDataFound', false],
  ['lossDecided', false],
  ['identityEstablished', true],
  ['anotherCitizenshipHeld', false],
  ['acquiredForeignCitizenship', false],
  ['foreignPassportHeld', false],
  ['marriedToForeigner', false],
  ['limitedDualNational', false],
  ['bornBeforeAct2006', false],
  ['parentsMarried', true],
  ['fatherCitizenshipAtBirth', 'foreign'],
];

/** A case by the API as far as examination, with every finding but the mother's citizenship. */
export async function underExamination(product: Product): Promise<string> {
  const caseId = await lodged(product);
  const act = (command: string, body: object = {}) => product.act('officer.kupang', caseId, command, body);
  await act('begin-screening');
  await act('accept-as-complete');
  for (const evidenceId of ['identity-paper-1', 'birth-record-1'])
    await act('verify-evidence', { evidenceId, method: 'register-inquiry' });
  for (const [fact, value] of FINDINGS)
    await act('record-finding', { fact, value, evidence: ['identity-paper-1', 'birth-record-1'], reason: 'Sesuai register' });
  return caseId;
}

export async function lodged(product: Product): Promise<string> {
  const subject = { name: 'Contoh Maria', born: 'sekitar 1974' };
  const opened = await product.post('officer.kupang', '/cases', { procedure: 'PSK', office: 'KANIM-KPG', subject });
  const { caseId } = opened.body;
  const papers = { 'application-letter': 'Surat permohonan', 'identity-paper': 'KTP lama', 'birth-record': 'Surat lahir' };
  for (const [evidence, title] of Object.entries(papers))
    await product.act('officer.kupang', caseId, 'receive-evidence', { evidence, evidenceId: `${evidence}-1`, title });
  await product.act('officer.kupang', caseId, 'lodge-application');
  return caseId;
}

export async function underReview(product: Product): Promise<string> {
  const caseId = await underExamination(product);
  const finding = { fact: 'motherCitizenshipAtBirth', value: 'wni', evidence: ['birth-record-1'], reason: 'Akta' };
  await product.act('officer.kupang', caseId, 'record-finding', finding);
  await product.panel(caseId, 'wni-affirmed');
  await product.act('officer.kupang', caseId, 'recommend-determination', { outcome: 'wni-affirmed', reason: 'Orang tua WNI' });
  return caseId;
}

/** Chooses an act, fills its fields by their labels, sends it, and waits until it is said to be recorded. */
export async function act(
  page: Page,
  name: string,
  fields: { readonly [label: string]: string | readonly string[] } = {},
): Promise<void> {
  await page.getByRole('button', { name, exact: true }).click();
  await fill(page, fields);
  await page.getByRole('button', { name: `Kirim: ${name}` }).click();
  await page.getByText(`Tercatat: ${name}.`).waitFor();
}

export async function fill(page: Page, fields: { readonly [label: string]: string | readonly string[] }): Promise<void> {
  for (const [label, value] of Object.entries(fields)) {
    if (typeof value !== 'string') for (const box of value) await page.getByLabel(box, { exact: true }).check();
    else {
      const input = page.locator('.act-form').getByLabel(label);
      const choice = (await input.evaluate((element) => element.tagName)) === 'SELECT';
      await (choice ? input.selectOption({ label: value }) : input.fill(value));
    }
  }
}
