/**
 * Cases at every stage, as many as are asked for: one of each is led there over HTTP, and its events are written again under another id. What
 * a cell changes is the next cell's no more.
 */
import { randomUUID } from 'node:crypto';
import { type OpenLog, openLog } from '../../libs/privacy/src/open-log.js';
import type { Product } from '../e2e/product.js';
import { FAMILY_CARD, OFFICE, today } from './people.js';

export const stages = [
  'draft',
  'lodged',
  'screening',
  'awaiting-applicant',
  'examination',
  'review',
  'determined',
  'served',
  'remedy-window',
  'closed',
  'withdrawn',
  'lapsed',
] as const;
export type Stage = (typeof stages)[number];

/** Where the oracle's stages differ by who has the case: under review where it was recommended, by whom, or where it was referred to. */
export interface Setting {
  readonly stage: Stage;
  readonly lies: 'here' | 'referred';
  readonly recommendedBy: 'm.officer' | 'm.proposer';
}

export interface Copy {
  readonly caseId: string;
  readonly revision: number;
}

interface Event {
  readonly type: string;
  readonly data: object;
}
type Act = (person: string, command: string, body?: object) => Promise<unknown>;

export class Cases {
  private constructor(
    private readonly log: OpenLog,
    private readonly templates: ReadonlyMap<string, readonly Event[]>,
  ) {}

  static async lead(product: Product): Promise<Cases> {
    const log = await openLog({ databaseUrl: product.database.url, home: product.home, movableTime: false, follow: false });
    const templates = new Map<string, readonly Event[]>();
    for (const recommendedBy of ['m.officer', 'm.proposer'] as const) {
      const keep = async (name: string, caseId: string, ...more: readonly Event[]) => {
        templates.set(`${name} ${recommendedBy}`, [...(await eventsOf(log, caseId)), ...more]);
      };
      await leadOne(product, recommendedBy, keep);
      // The window for remedies opens with the service: a case that is served and no more is one of before.
      const served = templates.get(`remedy-window ${recommendedBy}`) ?? [];
      templates.set(
        `served ${recommendedBy}`,
        served.filter(({ type }) => type !== 'RemedyWindowOpened'),
      );
    }
    return new Cases(log, templates);
  }

  close(): Promise<void> {
    return this.log.close();
  }

  /** A case of its own in this setting. */
  async copy({ stage, lies, recommendedBy }: Setting): Promise<Copy> {
    const template = this.templates.get(`${stage}${lies === 'referred' ? '-referred' : ''} ${recommendedBy}`);
    const [opened] = template ?? [];
    if (template === undefined || opened === undefined) throw new Error(`No case was led to ${stage}, ${lies}, ${recommendedBy}`);
    const caseId = randomUUID();
    const { caseId: before } = opened.data as { caseId: string };
    const events: readonly Event[] = JSON.parse(JSON.stringify(template).replaceAll(before, caseId));
    const act = { actor: 'test', effectiveAt: this.log.time.now(), commandId: randomUUID(), correlationId: randomUUID() };
    const metadata = { ...act, commandFingerprint: '0'.repeat(64) };
    const { revision } = await this.log.log.append(
      `case-${caseId}`,
      { revision: -1 },
      events.map((event) => ({ ...event, id: randomUUID(), metadata })),
    );
    return { caseId, revision };
  }
}

async function eventsOf({ log }: OpenLog, caseId: string): Promise<readonly Event[]> {
  const { events } = await log.read(`case-${caseId}`);
  return events.map(({ type, data }) => ({ type, data }));
}

async function leadOne(
  product: Product,
  officer: Setting['recommendedBy'],
  keep: (name: string, caseId: string, ...more: readonly Event[]) => Promise<unknown>,
): Promise<void> {
  const subject = { name: 'Maria Contoh', identityNumbers: [FAMILY_CARD] };
  const opened = await product.post('m.intake', '/cases', { procedure: 'PSK', office: OFFICE, subject });
  if (opened.status !== 201) throw new Error(JSON.stringify(opened.body));
  const { caseId } = opened.body;
  const act: Act = (person, command, body = {}) => product.act(person, caseId, command, body);
  const reason = 'Uji kewenangan';
  const at = new Date().toISOString();
  for (const evidence of ['application-letter', 'identity-paper', 'birth-record'])
    await act('m.intake', 'receive-evidence', { evidence, evidenceId: `${evidence}-1`, title: 'Surat' });
  await act('m.declared', 'declare-conflict', { ground: 'relative', reason });
  await keep('draft', caseId);
  await act('m.intake', 'lodge-application');
  await act('m.supervisor', 'assign-officer', { officer });
  await keep('lodged', caseId);
  const withdrawn = { by: 'm.intake', at, withdrawnOn: today };
  await keep('withdrawn', caseId, { type: 'ApplicationWithdrawn', data: withdrawn });
  await act(officer, 'begin-screening');
  await act(officer, 'return-as-incomplete', { missing: ['parents-papers'], reason });
  await keep('awaiting-applicant', caseId);
  await act(officer, 'resume-screening');
  await keep('screening', caseId);
  await act(officer, 'accept-as-complete');
  await act(officer, 'verify-evidence', { evidenceId: 'birth-record-1', method: 'register-inquiry' });
  await act(officer, 'record-finding', { fact: 'falseDataFound', value: false, evidence: ['birth-record-1'], reason });
  await act(officer, 'request-consultation', { consultationId: 'c-1', agency: 'foreign-mission', question: 'Terdaftar?' });
  const members = [
    ['m.panel', 'immigration'],
    ['panel.police', 'police'],
    ['panel.dukcapil', 'dukcapil'],
    ['panel.tax-office', 'tax-office'],
  ].map(([official, agency]) => ({ official, agency }));
  await act(officer, 'convene-panel', { members });
  await keep('examination', caseId);
  for (const { official } of members)
    await act(official ?? '', 'record-panel-finding', { position: 'agrees', outcome: 'not-established', reason });
  await act(officer, 'conclude-panel', { outcome: 'not-established' });
  await act(officer, 'recommend-determination', { outcome: 'not-established', reason });
  await keep('review', caseId);
  await act('m.supervisor', 'refer-case', { reason });
  await keep('review-referred', caseId);
  await act('m.referred', 'refer-case', { reason });
  await act('ahu', 'refer-case', { reason });
  await act('minister', 'approve-determination', { reason });
  await keep('determined', caseId);
  await act('m.supervisor', 'serve-determination', { servedOn: today, method: 'in-person' });
  await keep('remedy-window', caseId);
  await keep('closed', caseId, { type: 'CaseClosed', data: { by: 'm.supervisor', at } });
  const lapsed = { by: 'law', at, clockId: 'decision-1', clock: 'decision', outcome: 'not-established' };
  await keep('lapsed', caseId, { type: 'CaseLapsed', data: lapsed });
}
