/** The evaluation against a naive walk over the same events: each case folded as it stood at the end of the period, each act counted by its date. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { dateIn } from '#domain/case/clock-events.js';
import type { CaseEvent } from '#domain/case/events.js';
import { type CaseFile, evolve } from '#domain/case/state.js';
import type { Id, InstantAt } from '#domain/event.js';
import {
  endOfDay,
  evidenceOf,
  type OfficeFigures,
  type Period,
  type SemesterReport,
  SemesterTally,
  semesterOf,
  summed,
  together,
  toldFigures,
  withheldSmall,
} from '#domain/report/semester.js';
import { commandIdOf } from '#event-store/envelope.js';
import type { OpenedEvent } from '#event-store/event-log.js';
import { submitToReferral } from '#event-store/referral-desk.js';
import { seeded } from '../../../test/seeded.js';
import { countReferralsByArea, findLoad, reportedCases } from './semester.js';
import { kanim, officer, supervisor, TestDesk } from './testing/case-desk.js';

const ATAMBUA = 'KANIM-ATB';
const SEED = 20261126;
const CASES = 45;
const DAY_MS = 86_400_000;

let test: TestDesk;
const caseIds: Id[] = [];
const random = seeded(SEED);
const chance = (share: number): boolean => random() < share;
const later = (days: number): void => {
  test.now = new Date(Date.parse(test.now) + Math.round(days * DAY_MS)).toISOString();
};

beforeAll(async () => {
  test = await TestDesk.open();
  test.now = '2026-01-20T01:00:00.000Z';
  for (let n = 0; n < CASES; n += 1) {
    await live(n);
    later(random() * 7);
  }
  await test.project();
}, 180_000);
afterAll(() => test?.close());

/** One case, as far as chance takes it. */
async function live(n: number): Promise<void> {
  if (n % 9 === 8) {
    const imported = await test.openImported(
      `source-${n}`,
      new Date(Date.parse(test.now) + random() * 90 * DAY_MS).toISOString(),
    );
    caseIds.push(imported);
    later(random() * 60);
    if (chance(0.5)) await test.act(imported, { type: 'CloseImportedCase' }, 'importer');
    return;
  }
  const [office, by, above] = chance(0.7) ? [kanim, officer, supervisor] : [ATAMBUA, 'officer.atambua', 'supervisor.atambua'];
  const stage =
    (['lodged', 'screening', 'examination', 'review', 'review', 'review'] as const)[Math.floor(random() * 6)] ?? 'lodged';
  const caseId = chance(0.1)
    ? await test.openDraft(`Orang ${n}`, office, by)
    : await test.openCase(`Orang ${n}`, stage, by, office);
  caseIds.push(caseId);
  const { state } = await test.desk.read(caseId);
  if (state?.lodgedAt === undefined) return;
  later(random() * 80);
  if (chance(0.2))
    await test.act(caseId, { type: 'RecordIndicator', indicatorId: `sign-${n}`, indicator: 'debt-bondage', reason: 'Utang' }, by);
  const running = state.clocks.find(({ stoppedAt }) => stoppedAt === undefined);
  if (stage !== 'review') {
    if (running?.due.dueAt !== undefined && running.due.dueAt <= test.now)
      await test.announceDue(caseId, running.clockId, running.due.dueAt);
    else if (running !== undefined && chance(0.7)) {
      const suspended = { type: 'SuspendClock', clockId: running.clockId, from: test.now.slice(0, 10) } as const;
      await test.act(caseId, { ...suspended, ground: 'force-majeure', reason: 'Banjir' }, above);
      later(5);
      const resumedOn = test.now.slice(0, 10);
      if (chance(0.5))
        await test.act(caseId, { type: 'ResumeClock', clockId: running.clockId, resumedOn, reason: 'Surut' }, above);
    }
    if (chance(0.3) && office === kanim) await test.act(caseId, { type: 'AssignOfficer', officer: 'officer2.kupang' }, above);
    if (chance(0.2)) {
      const withdrawnOn = test.now.slice(0, 10);
      await test.act(caseId, { type: 'WithdrawApplication', withdrawnOn, reason: 'Tidak jadi' }, by);
    }
    return;
  }
  if (chance(0.2)) return;
  const refer = { type: 'ReferCase', reason: 'Lengkap' } as const;
  for (const who of [above, 'kanwil.ntt', 'ahu']) {
    await test.act(caseId, refer, who);
    later(random() * 12);
  }
  if (chance(0.3)) return;
  await test.act(caseId, { type: 'ApproveDetermination', reason: 'Sependapat' }, 'minister');
  later(random() * 10);
  if (chance(0.25)) await test.act(caseId, { type: 'ReopenCase', ground: 'new-evidence', reason: 'Akta ditemukan' }, 'minister');
}

/** By the definitions alone: no event is looked at twice by one rule, and nothing is kept while walking. */
async function naive(period: Period, knownAt: InstantAt): Promise<SemesterReport> {
  const { offices } = test.desk.registry.state;
  const start = new Date(Date.parse(endOfDay(period.from, offices, kanim)) + 1 - DAY_MS).toISOString();
  const end = endOfDay(period.to, offices, kanim);
  const figures: OfficeFigures[] = [];
  const officers = new Map<string, SemesterReport['officers'][number]>();
  const carried = (office: string, who: Id | null, add: object): void => {
    const key = `${office} ${who ?? ''}`;
    const before = officers.get(key) ?? { office, officer: who, open: 0, overdue: 0, recommended: 0 };
    const sum = Object.entries(add).map(([name, count]) => [name, Number(before[name as 'open']) + Number(count)]);
    officers.set(key, { ...before, ...Object.fromEntries(sum) });
  };
  for (const caseId of caseIds) {
    const read = async (stream: string) =>
      (await test.log.readOpened(stream)).filter((e) => e.metadata.recordedAt <= knownAt && e.metadata.effectiveAt <= end);
    const [own, told] = [await read(`case-${caseId}`), await read(`clocks-${caseId}`)];
    if (own.length === 0) continue;
    const states: CaseFile[] = [];
    let state: CaseFile | undefined;
    for (const event of own) {
      state = evolve(state, event as OpenedEvent & CaseEvent);
      states.push(state);
    }
    if (state === undefined) continue;
    const within = (e: OpenedEvent): boolean => e.metadata.effectiveAt >= start;
    const data = (e: OpenedEvent) => e.data as { readonly [field: string]: string };
    const officeAt = (e: OpenedEvent): string => states[own.indexOf(e)]?.office ?? '';
    const put = (office: string, add: Partial<OfficeFigures>): void => {
      figures.push({ ...together(office, []), ...add });
    };
    for (const event of own.filter(within)) {
      const office = officeAt(event);
      if (event.type === 'DraftOpened') put(office, { opened: 1 });
      if (['ApplicationLodged', 'ImportedCaseOpened'].includes(event.type)) put(office, { lodged: 1 });
      if (event.type === 'ImportedCaseClosed') put(office, { importedClosed: 1 });
      if (event.type === 'ApplicationWithdrawn') put(office, { withdrawn: 1 });
      if (event.type === 'IndicatorRecorded') put(office, { indicators: 1 });
      if (event.type === 'DeterminationRecommended') carried(office, data(event).by ?? '', { recommended: 1 });
      if (event.type === 'ClockStopped') {
        const clock = states[own.indexOf(event)]?.clocks.find(({ clockId }) => clockId === data(event).clockId);
        put(clock?.office ?? '', clock?.stoppedInTime === true ? { clocksInTime: 1 } : { clocksLate: 1 });
      }
      if (event.type === 'DeterminationApproved') {
        // As the case stood after the whole of that command.
        const last = own.findLastIndex((e) => e.metadata.commandId === event.metadata.commandId);
        const missed = states[last]?.clocks.some((c) => c.stoppedAt === event.metadata.effectiveAt && c.stoppedInTime === false);
        put(office, {
          determinations: 1,
          determined: { [data(event).outcome ?? '']: 1 },
          ...(missed === true ? { late: 1 } : { inTime: 1 }),
        });
      }
    }
    for (const event of told.filter(within))
      if (
        event.type === 'ClockEscalated' &&
        (data(event).at ?? '') >= (data(event).dueAt ?? '') &&
        data(event).toRole !== 'case-officer'
      ) {
        const owner = state.clocks.find(({ clockId }) => clockId === data(event).clockId)?.office ?? '';
        put(owner, { escalations: 1 });
      }
    const waits = ['lodged', 'screening', 'awaiting-applicant', 'examination', 'review', 'imported'].includes(
      state.progress.stage,
    );
    if (!waits) continue;
    const midnight = new Date(Date.parse(end) + 1).toISOString();
    const overdue = state.clocks.some(
      ({ stoppedAt, due, explicitDueAt }) =>
        stoppedAt === undefined &&
        due.dueAt !== undefined &&
        (explicitDueAt === undefined ? due.dueAt <= midnight : due.dueAt < midnight),
    );
    const lodged = own.findLast(({ type }) => type === 'ApplicationLodged' || type === 'ImportedCaseOpened');
    const lodgedOn = dateIn('Asia/Makassar', lodged?.metadata.effectiveAt ?? '');
    const days = Math.round((Date.parse(period.to) - Date.parse(lodgedOn)) / DAY_MS);
    const band = days <= 30 ? 0 : days <= 90 ? 1 : days <= 180 ? 2 : 3;
    put(state.office, {
      backlog: 1,
      overdue: Number(overdue),
      backlogByAge: [0, 1, 2, 3].map((at) => Number(at === band)),
    });
    carried(state.office, state.officer ?? null, { open: 1, overdue: Number(overdue) });
  }
  const codes = [...new Set(figures.map(({ office }) => office))].sort();
  return {
    offices: codes.map((code) =>
      together(
        code,
        figures.filter(({ office }) => office === code),
      ),
    ),
    officers: [...officers.values()].toSorted((a, b) =>
      `${a.office} ${a.officer ?? ''}` < `${b.office} ${b.officer ?? ''}` ? -1 : 1,
    ),
  };
}

async function evaluated(period: Period, knownAt: InstantAt): Promise<SemesterReport> {
  const { offices } = test.desk.registry.state;
  const tally = new SemesterTally(offices, period);
  for await (const events of reportedCases(test.readModels, { officesInScope: [kanim, ATAMBUA], knownAt })) tally.add(events);
  return tally.report();
}

/** Offices that something was counted of, and every officer, comparable. */
const shown = ({ offices, officers }: SemesterReport) => ({
  offices: offices.filter((one) => summed.some((figure) => one[figure] > 0)),
  officers: officers.filter(({ open, recommended }) => open + recommended > 0),
});

describe('the semester evaluation', () => {
  it('is what a naive walk over the events counts, for any period and whenever it was known', async () => {
    const last = test.now.slice(0, 10);
    const day = (): string =>
      new Date(Date.parse('2026-01-15') + random() * (Date.parse(last) - Date.parse('2026-01-15'))).toISOString().slice(0, 10);
    const periods: (Period & { readonly known: string })[] = [
      { ...semesterOf('2026-03-01'), known: last },
      { ...semesterOf('2026-09-01'), known: last },
      { from: '2026-01-01', to: last, known: last },
    ];
    for (let n = 0; n < 12; n += 1) {
      const [from = '', to = ''] = [day(), day()].toSorted();
      periods.push({ from, to, known: day() });
    }
    // Where a band of age ends, to the day.
    for (const caseId of caseIds.slice(0, 6)) {
      const { lodgedAt } = (await test.desk.read(caseId)).state ?? {};
      if (lodgedAt === undefined) continue;
      for (const days of [30, 31, 90, 180]) {
        const to = new Date(Date.parse(dateIn('Asia/Makassar', lodgedAt)) + days * DAY_MS).toISOString().slice(0, 10);
        periods.push({ from: '2026-01-01', to, known: last });
      }
    }
    const totals = together('all', []);
    let sum = totals;
    let unassigned = 0;
    for (const { known, ...period } of periods) {
      const knownAt = endOfDay(known, test.desk.registry.state.offices, kanim);
      const report = await evaluated(period, knownAt);
      expect([period, known, shown(report)]).toEqual([period, known, shown(await naive(period, knownAt))]);
      sum = together('all', [sum, ...report.offices]);
      // Whatever waits is somebody's, or is told as nobody's.
      const carried = report.officers.reduce((all, { open }) => all + open, 0);
      expect(carried).toBe(together('all', report.offices).backlog);
      unassigned += report.officers.reduce((all, { officer: who, open }) => all + (who === null ? open : 0), 0);
    }
    expect(unassigned).toBeGreaterThan(0);
    // The set is no empty one: everything that the walk counts was there to be counted.
    for (const figure of summed)
      if (!['bySilence', 'lapsed', 'remedies'].includes(figure)) expect([figure, sum[figure] > 0]).toEqual([figure, true]);
    expect(sum.backlogByAge.every((count) => count > 0)).toBe(true);
  }, 120_000);

  it('tells nothing of an office that is not asked about, and forgets what was recorded later', async () => {
    const known = '2026-02-10T16:00:00.000Z';
    const whole = { from: '2026-01-01', to: '2026-12-31' };
    const early = together('all', (await evaluated(whole, known)).offices);
    const late = together('all', (await evaluated(whole, test.now)).offices);
    expect(early.lodged).toBeGreaterThan(0);
    expect(early.lodged).toBeLessThan(late.lodged);
    const tally = new SemesterTally(test.desk.registry.state.offices, whole);
    for await (const events of reportedCases(test.readModels, { officesInScope: [ATAMBUA], knownAt: test.now }))
      tally.add(events);
    expect(tally.report().offices.map(({ office }) => office)).not.toContain(kanim);
  });

  it('puts the office whose officers carry most first, with its posts in one', async () => {
    const { offices } = test.desk.registry.state;
    const whole = { from: '2026-01-01', to: test.now.slice(0, 10) };
    const { offices: figures } = await evaluated(whole, test.now);
    const evidence = evidenceOf(figures, offices, whole.to, (office) => ({ [kanim]: 2, [ATAMBUA]: 1 })[office] ?? 0);
    const of = (office: string) => evidence.find((one) => one.office === office);
    const backlog = (office: string) => figures.find((one) => one.office === office)?.backlog ?? 0;
    expect(of(kanim)?.backlogPerOfficer).toBe(Math.round((backlog(kanim) / 2) * 10) / 10);
    expect(of(ATAMBUA)?.posts).toContain('PLBN-MOTAAIN');
    expect(of('KANIM-LBJ')).toMatchObject({ officers: 0, backlogPerOfficer: null });
    const weights = evidence.map(({ backlogPerOfficer }) => backlogPerOfficer ?? 0);
    expect(weights).toEqual(weights.toSorted((a, b) => b - a));
  });
});

describe('the load of today', () => {
  it('counts every open case of an office once, by officer', async () => {
    const loads = await findLoad(test.readModels, { officesInScope: [kanim, ATAMBUA], at: test.now });
    const states = await Promise.all(caseIds.map(async (caseId) => (await test.desk.read(caseId)).state));
    const open = states.filter((one) => one !== undefined && !['draft', 'closed', 'withdrawn'].includes(one.progress.stage));
    expect(loads.reduce((sum, one) => sum + one.open, 0)).toBe(open.length);
    const mine = open.filter((one) => one?.officer === officer && one.office === kanim);
    expect(loads.find((one) => one.officer === officer && one.office === kanim)?.open).toBe(mine.length);
    expect(loads.some(({ overdue }) => overdue > 0)).toBe(true);
  });
});

describe('referrals by area', () => {
  it('are counted by kabupaten, and small counts are withheld so that no other gives them away', async () => {
    const areas = ['53.04.12.2003', '53.04.01', '53.03.02.2001'];
    for (const [n, area] of areas.entries()) {
      const referralId = commandIdOf('spec', `area ${n}`);
      const indicators = n === 0 ? [{ indicatorId: 'seen', indicator: 'debt-bondage', reason: 'Utang' }] : [];
      const told = { office: kanim, channel: 'post', area, subjectId: referralId, referrerId: referralId };
      const outcome = await submitToReferral(test.desk, {
        referralId,
        command: { type: 'ReceiveReferral', ...told, referrer: 'Kepala desa', seen: 'Tanpa surat', indicators },
        actorId: officer,
        at: test.now,
        commandId: commandIdOf(officer, `area ${n}`),
      });
      expect(outcome.kind).toBe('accepted');
    }
    await test.project();
    const question = { officesInScope: [kanim], from: '2026-01-01T00:00:00.000Z', to: test.now };
    expect(await countReferralsByArea(test.readModels, question)).toEqual([
      { area: '53.03', referrals: 1, indicated: 0 },
      { area: '53.04', referrals: 2, indicated: 1 },
    ]);
    expect(await countReferralsByArea(test.readModels, { ...question, officesInScope: [ATAMBUA] })).toEqual([]);
    expect(withheldSmall([12, 3, 0, 7])).toEqual([12, null, 0, null]);
    expect(withheldSmall([12, 3, 4])).toEqual([12, null, null]);
    expect(withheldSmall([3])).toEqual([null]);
    expect(withheldSmall([0, 5, 12])).toEqual([0, 5, 12]);
    const figures = [3, 0, 9, 12].map((indicators) => ({ ...together(kanim, []), indicators }));
    expect(toldFigures(figures).map(({ indicators }) => indicators)).toEqual([null, 0, null, 12]);
  });
});
