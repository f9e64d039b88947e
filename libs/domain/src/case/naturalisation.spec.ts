/** The dossier of `data/procedures/SKIM.json`, by real commands: whose clock runs while it goes up, and who decides what. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import type { Official } from '../office/official.js';
import { caseOf, caseScenarios, official } from '../testing/case-scenario.js';
import { withClocks } from './clock-events.js';
import type { CaseCommand } from './commands.js';
import type { CaseEvent } from './events.js';

const read = (file: string) => JSON.parse(readFileSync(`data/${file}`, 'utf8'));
const { people, given, commands, contextOf } = caseScenarios({
  offices: read('offices-ntt.json'),
  calendar: read('calendar-id.json'),
  psk: read('procedures/SKIM.json'),
  imported: read('procedures/IMPORTED.json'),
  people: read('demo-people.json'),
});
const reason = 'Alasan contoh.';
const directorate = official('ditjenim', 'directorate', 'DITJENIM');
const regional = official('kanwil.kum', 'regional', 'KANWIL-KUM-NTT');
const president = official('presiden', 'president', 'PRESIDEN');
const paper = 'identity-paper-1';
type Facts = { readonly [fact: string]: boolean | string };

const everyRoute: Facts = {
  dossierPurpose: 'naturalisation',
  identityEstablished: true,
  wouldHoldDualCitizenship: false,
  residenceFiveOrTenYears: true,
};
const ordinary: Facts = {
  ...everyRoute,
  naturalisationRoute: 'ordinary',
  isAdultOrMarried: true,
  healthy: true,
  speaksIndonesian: true,
  convictedOneYearOrMore: false,
  steadyIncome: true,
};

/** What was done so far, one day after another. */
class Dossier {
  private day = 0;
  constructor(readonly events: readonly CaseEvent[] = []) {}

  private at(): string {
    return `2026-03-${String(2 + this.day).padStart(2, '0')}T01:00:00.000Z`;
  }
  ask(command: CaseCommand, as: Official) {
    return given(this.events).when(command, { as, at: this.at() });
  }
  do(command: CaseCommand, as: Official = people.officerKupang): Dossier {
    const next = new Dossier([...this.events, ...this.ask(command, as).events]);
    next.day = this.day;
    return next;
  }
  nextDay(): Dossier {
    const next = new Dossier(this.events);
    next.day = this.day + 1;
    return next;
  }
  referred(...by: readonly Official[]): Dossier {
    return by.reduce((dossier: Dossier, as) => dossier.nextDay().do({ type: 'ReferCase', reason }, as), this);
  }
  get running(): readonly string[] {
    return caseOf(this.events)
      .clocks.filter((clock) => clock.stoppedAt === undefined)
      .map((clock) => `${clock.code} ${clock.startedAt.slice(8, 10)}`);
  }
}

const accepted = (): Dossier => {
  const papers = ['application-letter', 'identity-paper', 'stay-permit', 'residence-record'];
  const begun = papers
    .reduce((dossier, code) => dossier.do(commands.receive(code)), new Dossier().do(commands.openDraft()))
    .do({ type: 'LodgeApplication' })
    .do({ type: 'BeginScreening' });
  return papers
    .reduce((dossier, code) => dossier.do({ type: 'VerifyEvidence', evidenceId: `${code}-1`, method: 'register-inquiry' }), begun)
    .do({ type: 'AcceptAsComplete' });
};
const examined = (facts: Facts, from = accepted()): Dossier =>
  Object.entries(facts).reduce((dossier, [fact, value]) => dossier.do(commands.finding(fact, value, paper)), from);
const recommended = (facts: Facts, outcome: string, from?: Dossier): Dossier =>
  examined(facts, from).do({ type: 'RecommendDetermination', outcome, reason });
const approve = { type: 'ApproveDetermination', reason } as const;
const toMinister = [people.supervisorKupang, directorate, regional] as const;

describe('the clocks of a dossier', () => {
  it('of the certificate run until it turns out to be for naturalisation', () => {
    expect(accepted().running).toContain('skim-issue 02');
    expect(examined({ dossierPurpose: 'skim' }).running).toContain('skim-issue 02');
    const asked = accepted().ask(commands.finding('dossierPurpose', 'naturalisation', paper), people.officerKupang);
    asked.then('FindingRecorded', { type: 'ClockStopped', data: { clockId: 'skim-issue-1' } });
  });
  it('of the certificate go on from the same day, with their pauses, once that finding is corrected or its paper falls', () => {
    const clock = (dossier: Dossier) => caseOf(dossier.events).clocks.findLast(({ code }) => code === 'skim-issue');
    const paused = accepted()
      .nextDay()
      .do(
        { type: 'SuspendClock', clockId: 'skim-issue-1', from: '2026-03-03', ground: 'force-majeure', reason },
        people.supervisorKupang,
      )
      .nextDay()
      .nextDay()
      .do({ type: 'ResumeClock', clockId: 'skim-issue-1', resumedOn: '2026-03-05', reason }, people.supervisorKupang);
    const mistaken = paused.do(commands.finding('dossierPurpose', 'naturalisation', paper)).nextDay();
    expect(mistaken.running).toEqual([]);
    const corrected = mistaken.do(commands.finding('dossierPurpose', 'skim', paper));
    expect(clock(corrected)).toMatchObject({
      clockId: 'skim-issue-2',
      startedAt: clock(paused)?.startedAt,
      due: { dueOn: clock(paused)?.due.dueOn },
    });
    expect(clock(paused)?.due.dueOn).toBe('2026-04-03');
    const fallen = mistaken.do({ type: 'RejectEvidence', evidenceId: paper, ground: 'forged', reason });
    expect(fallen.running).toEqual(['skim-issue 02']);
    // Once decided, the period has done its work: what is corrected after a reopening starts it no more.
    expect(mistaken.do(commands.finding('dossierPurpose', 'naturalisation', paper)).running).toEqual([]);
    expect(
      examined({ dossierPurpose: 'naturalisation' }, corrected).do(commands.finding('dossierPurpose', 'skim', paper)).running,
    ).toEqual(['skim-issue 02']);
  });
  it('of the Minister and of the President start when it reaches them, and end when they pass it on', () => {
    const dossier = recommended(ordinary, 'naturalised');
    expect(dossier.running).toEqual([]);
    expect(dossier.referred(people.supervisorKupang).running).toEqual([]);
    expect(dossier.referred(people.supervisorKupang, directorate).running).toEqual(['kanwil-forward 04']);
    expect(dossier.referred(...toMinister).running).toEqual(['minister 05', 'minister-limit 05']);
    expect(dossier.referred(...toMinister, people.minister).running).toEqual(['president 06']);
  });
  it('run on where an office only hands over to its successor', () => {
    const state = caseOf(recommended(ordinary, 'naturalised').referred(...toMinister).events);
    const at = '2026-03-09T01:00:00.000Z';
    const handed: CaseEvent = { type: 'CaseReferred', data: { by: 'minister', at, from: 'KEMENKUMHAM', to: 'KEMENKUM' } };
    expect(withClocks(state, [handed], contextOf(state, undefined, { as: people.minister, at }))).toEqual([handed]);
  });
});

describe('who decides', () => {
  it('an ordinary naturalisation: the President, with an oath (arts. 8, 14)', () => {
    const atMinister = recommended(ordinary, 'naturalised').referred(...toMinister);
    atMinister.ask(approve, people.minister).thenRejected('authority-not-held');
    const decided = atMinister.referred(people.minister).nextDay().do(approve, president);
    expect(caseOf(decided.events).progress).toMatchObject({ determination: { outcome: 'naturalised', by: 'presiden' } });
  });
  it('a declaration of the husband or wife of a citizen: the Minister, without an oath (art. 19)', () => {
    const facts = { ...everyRoute, naturalisationRoute: 'marriage', spouseIsIndonesian: true };
    const atMinister = recommended(facts, 'citizen-by-declaration').referred(...toMinister);
    atMinister.referred(people.minister).ask(approve, president).thenRejected('authority-not-held');
    const served = atMinister
      .nextDay()
      .do(approve, people.minister)
      .nextDay()
      .do({ type: 'ServeDetermination', servedOn: '2026-03-07', method: 'in-person' });
    expect(served.running).toEqual(['remedy-objection 07']);
    served.ask({ type: 'RecordOath', takenOn: '2026-03-07' }, people.officerKupang).thenRejected('no-oath');
  });
  it('merit: the President, on the opinion of Parliament and with an oath (art. 20)', () => {
    const facts = { ...everyRoute, naturalisationRoute: 'merit', meritRecognised: true };
    const recommend = { type: 'RecommendDetermination', outcome: 'naturalised-for-merit', reason } as const;
    examined(facts).ask(recommend, people.officerKupang).thenRejected('outcome-needs-evidence');
    const heard = accepted()
      .do(commands.receive('merit-opinion'))
      .do({ type: 'VerifyEvidence', evidenceId: 'merit-opinion-1', method: 'issuer-confirmed' });
    const atMinister = recommended(facts, 'naturalised-for-merit', heard).referred(...toMinister);
    atMinister.ask(approve, people.minister).thenRejected('authority-not-held');
    const served = atMinister
      .referred(people.minister)
      .nextDay()
      .do(approve, president)
      .do({ type: 'ServeDetermination', servedOn: '2026-03-07', method: 'in-person' });
    expect(served.running).toContain('oath 07');
  });
});
