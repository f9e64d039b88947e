/** How long the console takes to show what is opened most, from the navigation to the rows on the screen: a worklist of 5,000 cases, and a case of 200 events. */
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { importOpenCases } from '../../apps/cli/src/import-open-cases.js';
import { openLog } from '../../libs/privacy/src/open-log.js';
import type { Product } from '../e2e/product.js';
import { ConsoleUnderTest, lodged } from './harness.js';

/** What is promised (console.md, U1; issue 8). */
export const PROMISED_MS = { worklist: 1_500, case: 1_000 };
const CASES = 5_000;
const EVENTS = 200;
const ROUNDS = 7;

export interface Painted {
  readonly cases: number;
  readonly events: number;
  /** Medians, of pages opened anew with the script already in the browser's cache. */
  readonly worklistMs: number;
  readonly caseMs: number;
  /** The first of all, whose script was not. */
  readonly coldMs: number;
}

export async function paint(): Promise<Painted> {
  const underTest = await ConsoleUnderTest.start();
  try {
    const { product } = underTest;
    await fill(product);
    const caseId = await longCase(product);
    const page = await underTest.signedIn('officer.kupang', '/konsol/pemberitahuan');
    const worklist = () => shownAfter(underTest, page, '/konsol?tampilan=semua', '.row-link', 1);
    const coldMs = await worklist();
    const worklists = await times(worklist);
    const ofCase = await times(() => shownAfter(underTest, page, `/konsol/perkara/${caseId}`, '.timeline li', EVENTS));
    return { cases: CASES, events: EVENTS, worklistMs: median(worklists), caseMs: median(ofCase), coldMs };
  } finally {
    await underTest.stop();
  }
}

/** Cases of one office, lodged from today back over two months, by the ordinary commands. */
async function fill(product: Product): Promise<void> {
  const opened = await openLog({ databaseUrl: product.database.url, home: product.home, movableTime: true, follow: false });
  const file = join(product.home, 'open-cases.csv');
  const rows = Array.from({ length: CASES }, (_, at) => {
    const lodgedOn = new Date(Date.now() - (1 + (at % 60)) * 86_400_000).toISOString().slice(0, 10);
    return `P-${at},PSK,KANIM-KPG,Contoh ${at},${lodgedOn},"application-letter, identity-paper, birth-record"`;
  });
  await writeFile(file, ['number,procedure,office,name,lodgedOn,papers', ...rows].join('\n'));
  try {
    const fields = ['number', 'procedure', 'office', 'name', 'lodgedOn', 'papers'] as const;
    const columns = Object.fromEntries(fields.map((field) => [field, field]));
    await importOpenCases(opened, file, { as: 'officer.kupang', mapping: { columns } });
    const position = await opened.log.head();
    for (let look = 0; look < 300; look += 1)
      if ((await product.get('officer.kupang', `/worklist?limit=1&atLeastPosition=${position}`)).status === 200) return;
    throw new Error('The worklist does not come so far');
  } finally {
    await opened.close();
    await rm(file);
  }
}

async function longCase(product: Product): Promise<string> {
  const caseId = await lodged(product);
  const { revision } = (await product.get('officer.kupang', `/cases/${caseId}`)).body;
  for (let next = revision; next < EVENTS; next += 1)
    await product.act('officer.kupang', caseId, 'receive-evidence', {
      evidence: 'birth-record',
      evidenceId: `paper-${next}`,
      title: `Surat ${next}`,
    });
  return caseId;
}

/** Milliseconds from the navigation until so many of a selector are on the screen. */
async function shownAfter(
  { origin }: ConsoleUnderTest,
  page: Page,
  path: string,
  selector: string,
  count: number,
): Promise<number> {
  await page.goto('about:blank');
  await page.goto(origin + path, { waitUntil: 'commit' });
  // Not by a text that the page would run: its policy refuses that.
  await page
    .locator(selector)
    .nth(count - 1)
    .waitFor();
  return Math.round(await page.evaluate(() => performance.now()));
}

async function times(once: () => Promise<number>): Promise<readonly number[]> {
  const taken: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) taken.push(await once());
  return taken;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
