/**
 * Acceptance scenarios as a lawyer may read them (given, when, then, with dates) and as the product runs them: over HTTP, with the demo's
 * clock set from step to step. `scenarios/*.json` hold them; this says what each step does.
 */
import { expect } from '@jest/globals';
import pg from 'pg';
import { moveTime } from '../../libs/event-store/src/time.js';
import type { Product } from '../e2e/product.js';

type Value = boolean | number | string;

interface Said {
  /** What the step is, in words; said when it fails. */
  readonly given?: string;
  readonly when?: string;
  readonly then?: string;
}

export type Step = Said &
  (
    | { /** It is now this instant: `2026-12-01T00:30+08:00`. */ readonly at: string }
    | {
        readonly as: string;
        readonly open: string;
        readonly procedure: string;
        readonly office: string;
        readonly subject: object;
      }
    /** All required papers are received and verified, and the application is accepted as complete. */
    | { readonly as: string; readonly accepted: string }
    | { readonly as: string; readonly facts: { readonly [fact: string]: Value }; readonly of: string }
    /** Agencies examine: each says whether it agrees with the outcome. */
    | {
        readonly as: string;
        readonly panel: { readonly [agency: string]: 'agrees' | 'dissents' };
        readonly of: string;
        readonly outcome: string;
      }
    /** Recommended, and referred up from office to office until one holds the authority. */
    | { readonly as: string; readonly determine: string; readonly of: string }
    | { readonly as: string; readonly do: string; readonly on: string; readonly with?: object; readonly refused?: string }
    | {
        readonly as: string;
        readonly post: string;
        readonly with?: object;
        readonly refused?: string;
        readonly keep?: object;
        readonly revisionOf?: string;
      }
    /** What the person is shown, at the latest twenty seconds later; `keep` remembers parts of it by name. */
    | { readonly as: string; readonly see: string; readonly has: object; readonly keep?: object }
    /** These events stand in the case's history, in this order, among others. */
    | { readonly as: string; readonly history: string; readonly holds: readonly object[]; readonly lacks?: readonly string[] }
  );

export interface Scenario {
  readonly scenario: number;
  readonly title: { readonly id: string; readonly en: string };
  readonly steps: readonly Step[];
}

/** Who decides at which office. */
const DECIDERS: { readonly [office: string]: string } = {
  'KANIM-KPG': 'supervisor.kupang',
  'KANIM-ATB': 'supervisor.atambua',
  'KANWIL-KUMHAM-NTT': 'kanwil.ntt',
  'KANWIL-KUM-NTT': 'kanwil.ntt',
  'KANWIL-DITJENIM-NTT': 'kanwil.ntt',
  'DITJEN-AHU': 'ahu',
  DITJENIM: 'ditjenim',
  KEMENKUMHAM: 'minister',
  KEMENKUM: 'minister',
  PRESIDEN: 'presiden',
};
const REASON = 'Menurut berkas perkara.';
const SEEN_WITHIN_MS = 20_000;
/** API and worker read the demo's clock twice a second. */
const CLOCK_SETTLES_MS = 1200;

export class ScenarioRun {
  private readonly names = new Map<string, string>();

  constructor(private readonly product: Product) {}

  async run({ steps }: Scenario): Promise<void> {
    for (const [index, step] of steps.entries())
      try {
        await this.take(step);
      } catch (error) {
        const words = step.given ?? step.when ?? step.then ?? '';
        const why = error instanceof Error ? error.message : String(error);
        throw new Error(`step ${index + 1}: ${words}\n${JSON.stringify(step)}\n${why}`);
      }
  }

  private async take(step: Step): Promise<void> {
    if ('at' in step) return this.setClock(step.at);
    if ('open' in step) return this.open(step);
    if ('accepted' in step) return this.accept(step.as, step.accepted);
    if ('facts' in step) return this.establish(step.as, step.of, step.facts);
    if ('panel' in step) return this.panel(step);
    if ('determine' in step) return this.determine(step.as, step.of, step.determine);
    if ('do' in step) {
      const act = () => this.product.tryAct(step.as, this.caseOf(step.on), step.do, this.filled(step.with ?? {}));
      let answer = await act();
      // The law or a linked case may have had its say between the reading of the revision and the act.
      for (let again = 0; again < 3 && answer.status === 412; again += 1) answer = await act();
      return answered(answer, step.refused);
    }
    if ('post' in step) {
      const path = this.filled(step.post);
      const stream = step.revisionOf === undefined ? undefined : this.filled(step.revisionOf);
      const revision = stream === undefined ? undefined : (await this.product.store.read(stream)).at(-1)?.revision;
      const headers: Record<string, string> = revision === undefined ? {} : { 'if-match': `"${revision}"` };
      const answer = await this.product.post(step.as, path, this.filled(step.with ?? {}), headers);
      answered(answer, step.refused);
      return this.keep(answer.body, step.keep);
    }
    if ('see' in step) return this.see(step);
    return this.history(step);
  }

  private async setClock(at: string): Promise<void> {
    const pool = new pg.Pool({ connectionString: this.product.database.url, max: 1 });
    try {
      await moveTime(pool, Date.parse(at) - Date.now());
    } finally {
      await pool.end();
    }
    await new Promise((resolve) => setTimeout(resolve, CLOCK_SETTLES_MS));
  }

  private async open(step: Extract<Step, { open: string }>): Promise<void> {
    const { as, open, procedure, office, subject } = step;
    const answer = await this.product.post(as, '/cases', { procedure, office, subject });
    answered(answer);
    this.names.set(open, answer.body.caseId);
  }

  private async accept(as: string, name: string): Promise<void> {
    const caseId = this.caseOf(name);
    const act = (command: string, body: object = {}) => this.product.act(as, caseId, command, body);
    const required = (await this.definition(as, caseId)).evidence.filter((one) => one.required);
    const view = (await this.product.get(as, `/cases/${caseId}`)).body;
    const held = new Set(view.evidence.map((item: { evidence: string }) => item.evidence));
    for (const { code } of required)
      if (!held.has(code)) await act('receive-evidence', { evidence: code, evidenceId: `${code}-1`, title: 'Surat' });
    if (view.stage === 'draft') await act('lodge-application');
    await act('begin-screening');
    for (const { code } of required) await act('verify-evidence', { evidenceId: `${code}-1`, method: 'register-inquiry' });
    await act('accept-as-complete');
  }

  private async establish(as: string, name: string, facts: { readonly [fact: string]: Value }): Promise<void> {
    const caseId = this.caseOf(name);
    const [paper] = (await this.definition(as, caseId)).evidence.filter((one) => one.required);
    for (const [fact, value] of Object.entries(facts))
      await this.product.act(as, caseId, 'record-finding', { fact, value, evidence: [`${paper?.code}-1`], reason: REASON });
  }

  private async panel(step: Extract<Step, { panel: object }>): Promise<void> {
    const { as, of, outcome } = step;
    const caseId = this.caseOf(of);
    const agencies = Object.keys(step.panel);
    const members = agencies.map((agency) => ({ official: `panel.${agency}`, agency }));
    await this.product.act(as, caseId, 'convene-panel', { members });
    for (const [agency, position] of Object.entries(step.panel))
      await this.product.act(`panel.${agency}`, caseId, 'record-panel-finding', { position, outcome, reason: REASON });
    await this.product.act(as, caseId, 'conclude-panel', { outcome });
  }

  private async determine(as: string, name: string, outcome: string): Promise<void> {
    const caseId = this.caseOf(name);
    const before = (await this.product.get(as, `/cases/${caseId}`)).body;
    if (before.stage === 'examination')
      await this.product.act(as, caseId, 'recommend-determination', { outcome, reason: REASON });
    for (;;) {
      const { reviewOffice } = (await this.product.get(as, `/cases/${caseId}`)).body.progress.recommendation;
      const decider = DECIDERS[reviewOffice];
      if (decider === undefined) throw new Error(`Nobody decides at ${reviewOffice}`);
      const approved = await this.product.tryAct(decider, caseId, 'approve-determination', { reason: REASON });
      if (approved.status === 200) return;
      if (approved.body.code !== 'authority-not-held') return answered(approved);
      await this.product.act(decider, caseId, 'refer-case', { reason: REASON });
    }
  }

  private async see(step: Extract<Step, { see: string }>): Promise<void> {
    const until = Date.now() + SEEN_WITHIN_MS;
    for (;;) {
      const answer = await this.product.get(step.as, this.filled(step.see));
      try {
        expect(answer.body).toMatchObject(asObject(this.filled(step.has)));
        return this.keep(answer.body, step.keep);
      } catch (error) {
        if (Date.now() > until) throw error;
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
    }
  }

  private async history(step: Extract<Step, { history: string }>): Promise<void> {
    const until = Date.now() + SEEN_WITHIN_MS;
    const wanted = asArray(this.filled(step.holds));
    for (;;) {
      const { items } = (await this.product.get(step.as, `/cases/${this.caseOf(step.history)}/history?limit=200`)).body;
      let found = 0;
      for (const item of items) if (found < wanted.length && matches(item, wanted[found])) found += 1;
      const wrong = items.filter((item: { type: string }) => step.lacks?.includes(item.type));
      if (found === wanted.length && wrong.length === 0) return;
      if (Date.now() > until)
        throw new Error(
          wrong.length > 0
            ? `it holds ${JSON.stringify(wrong[0])}`
            : `${JSON.stringify(wanted[found])} is not in its place among ${items.map((i: { type: string; data: object }) => `${i.type} ${JSON.stringify(i.data)}`).join('\n')}`,
        );
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }

  private async definition(
    as: string,
    caseId: string,
  ): Promise<{ readonly evidence: readonly { code: string; required: boolean }[] }> {
    const { procedure } = (await this.product.get(as, `/cases/${caseId}`)).body;
    const { items } = (await this.product.get(as, '/procedures')).body;
    const found = items.find((one: { sha256: string }) => one.sha256 === procedure.sha256);
    if (found === undefined) throw new Error(`The procedures do not hold ${procedure.code} ${procedure.version}`);
    return found;
  }

  private caseOf(name: string): string {
    const caseId = this.names.get(name);
    if (caseId === undefined) throw new Error(`No case is called ${name} yet`);
    return caseId;
  }

  /** `{maria}` in any text is the id that was kept under that name. */
  private filled<T>(value: T): T {
    const json = JSON.stringify(value).replace(/\{([a-z]\w*)\}/gi, (_, name: string) => this.caseOf(name));
    return JSON.parse(json);
  }

  /** `{ "psim": "links.0.other" }`: remembered by name, by the path to it. */
  private keep(body: unknown, names: object | undefined): void {
    for (const [name, path] of Object.entries(names ?? {})) {
      const value = String(path)
        .split('.')
        .reduce<unknown>((at, key) => (at as { readonly [key: string]: unknown } | undefined)?.[key], body);
      if (typeof value !== 'string') throw new Error(`There is no ${path} in ${JSON.stringify(body)}`);
      this.names.set(name, value);
    }
  }
}

function answered(answer: { readonly status: number; readonly body: { readonly code?: string } }, refused?: string): void {
  if (refused === undefined ? answer.status < 300 : answer.body.code === refused) return;
  throw new Error(
    `${refused === undefined ? 'Accepted' : refused} was expected: ${answer.status} ${JSON.stringify(answer.body)}`,
  );
}

function matches(item: unknown, wanted: unknown): boolean {
  try {
    expect(item).toMatchObject(asObject(wanted));
    return true;
  } catch {
    return false;
  }
}

function asObject(value: unknown): Record<string, unknown> {
  return value as Record<string, unknown>;
}

function asArray(value: unknown): readonly unknown[] {
  return value as readonly unknown[];
}
