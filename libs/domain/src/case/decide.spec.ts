import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { CASE_ID, caseOf, caseScenarios, type How, LINK_ID, official } from '../testing/case-scenario.js';
import { commandTypes } from './available-actions.js';
import { blocksAt } from './blocks.js';
import { factsOfCase } from './case-facts.js';
import type { CaseCommand } from './commands.js';
import type { CaseEvent } from './events.js';
import { permit } from './permit.js';
import { evaluateCase } from './policies.js';
import { remediesFor } from './remedies.js';
import { determinationOf, heldOriginals } from './state.js';

const read = (file: string) => JSON.parse(readFileSync(`data/${file}`, 'utf8'));
const { people, cases, given, commands, told, history, psk, contextOf, offices } = caseScenarios({
  offices: read('offices-ntt.json'),
  calendar: read('calendar-id.json'),
  psk: read('procedures/PSK.json'),
  imported: read('procedures/IMPORTED.json'),
  people: read('demo-people.json'),
});
const officer = { as: people.officerKupang };
const supervisor = { as: people.supervisorKupang };
const minister = { as: people.minister };
const importer = { as: people.importer };
const reason = 'Alasan contoh.';

/** A history that goes on by one act. */
const goneOn = (before: readonly CaseEvent[], command: CaseCommand, how: How): readonly CaseEvent[] => [
  ...before,
  ...given(before).when(command, how).events,
];

describe('OpenDraft', () => {
  it('opens a draft at the office, with the subject in the personal part only', () => {
    const asked = given().when(commands.openDraft('Maria'), officer);
    asked.then({ type: 'DraftOpened', data: { office: 'KANIM-KPG', by: 'officer.kupang', procedure: { code: 'PSK' } } });
    expect(JSON.stringify({ ...asked.events[0]?.data, personal: [] })).not.toContain('Maria');
    expect(asked.after.subject?.name).toBe('Maria');
  });
  it('is refused to one who does not act for that office', () => {
    given().when(commands.openDraft('Maria', 'KANIM-ATB'), officer).thenRejected('role-may-not');
  });
  it('is refused to a supervisor, twice for one case, and for a procedure of imports', () => {
    given().when(commands.openDraft(), supervisor).thenRejected('role-may-not');
    given(cases.draft()).when(commands.openDraft(), officer).thenRejected('already-open');
    const pinned = { code: 'IMPORTED', version: '1', sha256: '0'.repeat(64) };
    given()
      .when({ ...commands.openDraft(), procedure: pinned }, officer)
      .thenRejected('wrong-kind-of-procedure');
  });
  it('carries the referral it comes from, and what was seen in the name of whoever saw it', () => {
    const from = {
      referral: 'referral-1',
      seenBy: 'intake.motaain',
      indicators: [{ indicatorId: 'seen-1', indicator: 'debt-bondage', reason }],
    };
    const asked = given().when({ ...commands.openDraft('Maria'), from }, officer);
    asked.then(
      { type: 'DraftOpened', data: { referral: 'referral-1', by: 'officer.kupang' } },
      { type: 'IndicatorRecorded', data: { by: 'intake.motaain', indicatorId: 'seen-1' } },
    );
    expect(asked.after.referral).toBe('referral-1');
    expect(blocksAt(asked.after, [], { offices, at: asked.after.openedAt })).toMatchObject([
      { kind: 'trafficking-indicator', by: 'seen-1' },
    ]);
  });
  it('receives the papers that were shown with it, and refuses one that the procedure does not know', () => {
    const papers = [{ evidence: 'birth-record', title: 'Akta lahir', number: '5321' }];
    const asked = given().when({ ...commands.openDraft('Maria'), papers }, officer);
    asked.then(
      { type: 'DraftOpened', data: {} },
      { type: 'EvidenceReceived', data: { evidenceId: 'paper-1', evidence: 'birth-record' } },
    );
    expect(asked.after.evidence).toMatchObject([{ title: 'Akta lahir', number: '5321', status: 'received' }]);
    const unknown = [{ evidence: 'no-such-paper', title: 'Surat' }];
    given()
      .when({ ...commands.openDraft('Maria'), papers: unknown }, officer)
      .thenRejected('no-such-evidence');
  });
  it('says that it was taken in without network, with the salt in the personal part only', () => {
    const intake = { device: 'device-1', takenAt: '2025-03-02T23:00:00.000Z', sha256: '1a'.repeat(32), salt: 'salt-1' };
    const asked = given().when({ ...commands.openDraft('Maria'), intake }, officer);
    const { salt, ...shown } = intake;
    expect(asked.after.intake).toEqual(shown);
    expect(asked.after.subject).toEqual(given().when(commands.openDraft('Maria'), officer).after.subject);
    expect(JSON.stringify({ ...asked.events[0]?.data, personal: [] })).not.toContain(salt);
  });
  it('is open to a border post, whose case its immigration office examines', () => {
    const post = { as: people.intakeMotaain };
    const events = history([commands.openDraft('Maria', 'PLBN-MOTAAIN'), post]);
    const lodged = given(events)
      .when({ type: 'LodgeApplication' }, post)
      .then({ type: 'ApplicationLodged', data: { office: 'KANIM-ATB' } }, 'ClockStarted');
    expect(lodged.after.offices).toEqual(['PLBN-MOTAAIN', 'KANIM-ATB']);
  });
});

describe('AmendDraft', () => {
  it('takes the name as written now', () => {
    const asked = given(cases.draft()).when({ type: 'AmendDraft', subject: { name: 'Mária' } }, officer);
    expect(asked.then('DraftAmended').after.subject).toEqual({ name: 'Mária' });
  });
  it('is refused once the application is lodged', () => {
    given(cases.lodged())
      .when({ type: 'AmendDraft', subject: { name: 'Maria' } }, officer)
      .thenRejected('wrong-stage');
  });
});

describe('LodgeApplication', () => {
  it('hands the case to the examining office and starts its clock', () => {
    given(cases.draft())
      .when({ type: 'LodgeApplication' }, officer)
      .then(
        { type: 'ApplicationLodged', data: { office: 'KANIM-KPG' } },
        { type: 'ClockStarted', data: { clock: 'intake', clockId: 'intake-1', escalates: true } },
      );
  });
  it('is refused under a version that is not in force that day, which names the one that is and its articles', () => {
    const newer = { ...psk, version: '2025-04', effectiveFrom: '2025-04-01', sha256: '1'.repeat(64) };
    const ended = { ...psk, effectiveTo: '2025-04-01' };
    const before = { ...officer, procedure: ended, published: [newer], at: '2025-03-31T15:59:00.000Z' };
    given(cases.draft()).when({ type: 'LodgeApplication' }, before).then('ApplicationLodged', 'ClockStarted');
    const asked = given(cases.draft()).when({ type: 'LodgeApplication' }, { ...before, at: '2025-03-31T16:00:00.000Z' });
    const { rejection } = asked.thenRejected('version-not-in-force').decision;
    expect(rejection?.reason.en).toContain('An application lodged today, 1 April 2025, is governed by version 2025-04');
    expect(rejection?.legalBasis?.length).toBeGreaterThan(0);
  });
  it('is refused outside the windows of the procedure, with dates and article; their first and last days lie within', () => {
    const window = { code: 'w', name: { id: 'Jendela', en: 'Window' }, opens: '2025-03-03', closes: '2025-03-31' };
    const datum = {
      legalBasis: [{ act: 'PP 21/2022', article: '67A' }],
      confidence: 'S' as const,
      effectiveFrom: null,
      effectiveTo: null,
    };
    const how = { ...officer, procedure: { ...psk, windows: [{ ...window, ...datum }] } };
    const lodge = { type: 'LodgeApplication' } as const;
    // Kupang is at UTC+8: the last day ends at 16:00 UTC.
    given(cases.draft())
      .when(lodge, { ...how, at: '2025-03-31T15:59:59.999Z' })
      .then('ApplicationLodged', 'ClockStarted');
    const late = given(cases.draft()).when(lodge, { ...how, at: '2025-03-31T16:00:00.000Z' });
    expect(late.thenRejected('window-closed').decision.rejection?.legalBasis).toEqual(datum.legalBasis);
    expect(late.decision.rejection?.reason).toEqual({
      id: 'Permohonan ini hanya dapat diajukan dalam jangka waktunya (Jendela: 3 Maret 2025 sampai dengan 31 Maret 2025); hari ini 1 April 2025.',
      en: 'This application can be lodged only within its window (Window: 3 March 2025 to 31 March 2025); today is 1 April 2025.',
    });
  });
  it('is refused without a name', () => {
    given(cases.draft(), history([commands.openDraft(''), officer]))
      .when({ type: 'LodgeApplication' }, officer)
      .thenRejected('subject-missing');
  });
});

describe('AssignOfficer', () => {
  it('gives the case to an officer', () => {
    const asked = given(cases.screening()).when({ type: 'AssignOfficer', officer: 'officer2.kupang' }, supervisor);
    expect(asked.then('OfficerAssigned').after.officer).toBe('officer2.kupang');
  });
  it('is refused when that officer has it, and to an officer', () => {
    given(cases.screening())
      .when({ type: 'AssignOfficer', officer: 'officer.kupang' }, supervisor)
      .thenRejected('already-assigned');
    given(cases.screening()).when({ type: 'AssignOfficer', officer: 'officer.kupang' }, officer).thenRejected('role-may-not');
  });
});

describe('BeginScreening', () => {
  it('assigns an unassigned case to the first who begins', () => {
    const asked = given(cases.lodged()).when({ type: 'BeginScreening' }, { as: people.officer2Kupang });
    expect(asked.then('ScreeningBegun').after.officer).toBe('officer2.kupang');
  });
  it('is refused when the case is assigned to another', () => {
    const assigned = given(cases.lodged()).when({ type: 'AssignOfficer', officer: 'officer2.kupang' }, supervisor).events;
    given(cases.lodged(), assigned).when({ type: 'BeginScreening' }, officer).thenRejected('not-assigned');
  });
});

describe('ReturnAsIncomplete', () => {
  it('names what is missing and pauses the clock', () => {
    given(cases.screening())
      .when({ type: 'ReturnAsIncomplete', missing: ['birth-record'], reason }, { ...officer, at: '2025-03-10T01:00:00.000Z' })
      .then(
        { type: 'ApplicationReturned', data: { missing: ['birth-record'] } },
        { type: 'ClockSuspended', data: { clockId: 'intake-1', from: '2025-03-10', reason: 'awaiting-applicant' } },
      );
  });
  it('is refused when it names nothing, or evidence the procedure does not know', () => {
    given(cases.screening()).when({ type: 'ReturnAsIncomplete', missing: [], reason }, officer).thenRejected('nothing-missing');
    given(cases.screening())
      .when({ type: 'ReturnAsIncomplete', missing: ['library-card'], reason }, officer)
      .thenRejected('no-such-evidence');
  });
});

describe('ResumeScreening', () => {
  it('goes on and resumes the clock', () => {
    given(cases.awaitingApplicant()).when({ type: 'ResumeScreening' }, officer).then('ScreeningResumed', 'ClockResumed');
  });
  it('is refused while nothing is awaited', () => {
    given(cases.screening()).when({ type: 'ResumeScreening' }, officer).thenRejected('wrong-stage');
  });
});

describe('AcceptAsComplete', () => {
  it('ends intake and starts the panel and the decision', () => {
    given(cases.screening())
      .when({ type: 'AcceptAsComplete' }, { ...officer, at: '2025-03-05T01:00:00.000Z' })
      .then(
        'ApplicationAccepted',
        { type: 'ClockStopped', data: { clockId: 'intake-1', inTime: true } },
        { type: 'ClockStarted', data: { clock: 'panel' } },
        { type: 'ClockStarted', data: { clock: 'decision' } },
      );
  });
  it('is refused while required evidence is missing or rejected', () => {
    const bare = history(
      [commands.openDraft(), officer],
      [{ type: 'LodgeApplication' }, officer],
      [{ type: 'BeginScreening' }, officer],
    );
    given(bare).when({ type: 'AcceptAsComplete' }, officer).thenRejected('evidence-missing');
    const rejected = given(cases.screening()).when(
      { type: 'RejectEvidence', evidenceId: 'birth-record-1', ground: 'forged', reason },
      officer,
    ).events;
    given(cases.screening(), rejected).when({ type: 'AcceptAsComplete' }, officer).thenRejected('evidence-missing');
  });
});

describe('RequestEvidence', () => {
  it('asks for a paper', () => {
    const asked = given(cases.examination()).when({ type: 'RequestEvidence', evidence: 'parents-papers', reason }, officer);
    expect(asked.then({ type: 'EvidenceRequested', data: { evidence: 'parents-papers' } }).after.requested).toEqual([
      'parents-papers',
    ]);
  });
  it('is refused twice, and for a paper the procedure does not know', () => {
    const asked = given(cases.examination()).when(
      { type: 'RequestEvidence', evidence: 'parents-papers', reason },
      officer,
    ).events;
    given(cases.examination(), asked)
      .when({ type: 'RequestEvidence', evidence: 'parents-papers', reason }, officer)
      .thenRejected('already-requested');
    given(cases.examination())
      .when({ type: 'RequestEvidence', evidence: 'library-card', reason }, officer)
      .thenRejected('no-such-evidence');
  });
});

describe('ReceiveEvidence', () => {
  it('takes a paper in, its title in the personal part, and ends its request', () => {
    const asked = given(cases.examination()).when(
      { type: 'RequestEvidence', evidence: 'parents-papers', reason },
      officer,
    ).events;
    const received = given(cases.examination(), asked).when(commands.receive('parents-papers'), officer).then('EvidenceReceived');
    expect(received.after.requested).toEqual([]);
    expect(received.after.evidence.at(-1)).toMatchObject({ evidenceId: 'parents-papers-1', status: 'received' });
  });
  it('is refused when the id is taken', () => {
    given(cases.lodged()).when(commands.receive('birth-record'), officer).thenRejected('id-taken');
  });
  it('is refused in review, for a paper the procedure does not know, and to another office', () => {
    given(cases.inReview()).when(commands.receive('marriage-record'), officer).thenRejected('wrong-stage');
    given(cases.lodged()).when(commands.receive('library-card'), officer).thenRejected('no-such-evidence');
    given(cases.lodged()).when(commands.receive('marriage-record'), { as: people.officerAtambua }).thenRejected('out-of-scope');
  });
});

describe('VerifyEvidence', () => {
  const verify = (evidenceId: string) =>
    ({ type: 'VerifyEvidence', evidenceId, method: 'original-seen', note: 'Asli.' }) as const;
  it('marks it verified', () => {
    const asked = given(cases.examination()).when(verify('application-letter-1'), officer).then('EvidenceVerified');
    expect(asked.after.evidence[0]?.status).toBe('verified');
  });
  it('is refused twice, for evidence that is not there, and by an officer who does not have the case', () => {
    given(cases.examination()).when(verify('birth-record-1'), officer).thenRejected('already-verified');
    given(cases.examination()).when(verify('birth-record-9'), officer).thenRejected('no-such-evidence-item');
    given(cases.examination()).when(verify('application-letter-1'), { as: people.officer2Kupang }).thenRejected('not-assigned');
  });
});

describe('RejectEvidence', () => {
  const reject = { type: 'RejectEvidence', evidenceId: 'birth-record-1', ground: 'forged', reason } as const;
  it('rejects it, even after it was verified', () => {
    given(cases.examined())
      .when(reject, officer)
      .then({ type: 'EvidenceRejected', data: { ground: 'forged' } });
  });
  it('is refused twice', () => {
    const rejected = given(cases.examined()).when(reject, officer).events;
    given(cases.examined(), rejected).when(reject, officer).thenRejected('evidence-rejected');
  });
});

describe('RecordInterview', () => {
  const interview = { type: 'RecordInterview', interviewId: 'interview-1', heldOn: '2025-03-18', notes: 'Kata saksi.' } as const;
  it('is recorded with its notes in the personal part, and a finding may rest on it', () => {
    const asked = given(cases.examination()).when(interview, officer).then('InterviewRecorded');
    expect(asked.after.interviews).toEqual([{ interviewId: 'interview-1', heldOn: '2025-03-18', notes: 'Kata saksi.' }]);
    given(cases.examination(), asked.events)
      .when(commands.finding('bornInIndonesia', true, 'interview-1'), officer)
      .then('FindingRecorded');
  });
  it('is refused for a day that has not come, and for an id that a paper has', () => {
    given(cases.examination())
      .when({ ...interview, heldOn: '2025-03-21' }, officer)
      .thenRejected('date-in-future');
    given(cases.examination())
      .when({ ...interview, interviewId: 'birth-record-1' }, officer)
      .thenRejected('id-taken');
  });
});

describe('RecordFinding', () => {
  it('answers a fact, the answer in the personal part', () => {
    const asked = given(cases.examination()).when(commands.finding('bornInIndonesia', true, 'birth-record-1'), officer);
    asked.then({ type: 'FindingRecorded', data: { fact: 'bornInIndonesia', evidence: ['birth-record-1'] } });
    expect(asked.events[0]?.data).not.toHaveProperty('value');
  });
  it('replaces an earlier answer to the same fact', () => {
    const asked = given(cases.examined()).when(
      commands.finding('motherCitizenshipAtBirth', 'foreign', 'birth-record-1'),
      officer,
    );
    const answers = asked.then('FindingRecorded').after.findings.filter((f) => f.fact === 'motherCitizenshipAtBirth');
    expect(answers.map((f) => f.value)).toEqual(['foreign']);
  });
  it.each([
    ['a fact the procedure does not know', commands.finding('shoeSize', true, 'birth-record-1'), 'no-such-fact'],
    ['a name that every object has', commands.finding('constructor', true, 'birth-record-1'), 'no-such-fact'],
    ['a boolean answered by a word', commands.finding('bornInIndonesia', 'true', 'birth-record-1'), 'not-an-answer'],
    ['a choice that is none', commands.finding('motherCitizenshipAtBirth', 'martian', 'birth-record-1'), 'not-an-answer'],
    ['no evidence', commands.finding('bornInIndonesia', true), 'no-evidence'],
    ['evidence not verified', commands.finding('bornInIndonesia', true, 'application-letter-1'), 'evidence-not-verified'],
    [
      'evidence of which one is not there',
      commands.finding('bornInIndonesia', true, 'birth-record-1', 'x'),
      'evidence-not-verified',
    ],
  ])('is refused for %s', (_, command, code) => {
    given(cases.examination()).when(command, officer).thenRejected(code);
  });
});

describe('RecordFinding against the dates of the case', () => {
  const dated = (fact: string, value: boolean | string) => commands.finding(fact, value, 'birth-record-1');
  const found = (...findings: readonly (readonly [string, boolean | string])[]) =>
    findings.reduce((events, [fact, value]) => goneOn(events, dated(fact, value), officer), cases.examination());
  const asked = { offices, at: '2025-03-20T01:00:00.000Z' };

  it.each([
    ['a birth that has not come', 'bornOn', '2025-03-21', 'date-in-future'],
    ['a marriage that has not come', 'marriedOn', '2031-01-01', 'date-in-future'],
    ['a birth before anyone alive was born', 'bornOn', '1849-12-31', 'date-too-early'],
  ])('is refused for %s', (_, fact, value, code) => {
    given(cases.examination()).when(dated(fact, value), officer).thenRejected(code);
  });
  it('is refused for a marriage before the birth, whichever is found first', () => {
    given(found(['bornOn', '1990-05-01']))
      .when(dated('marriedOn', '1990-04-30'), officer)
      .thenRejected('dates-in-wrong-order');
    given(found(['marriedOn', '1990-04-30']))
      .when(dated('bornOn', '1990-05-01'), officer)
      .thenRejected('dates-in-wrong-order');
  });
  it('is refused where it contradicts them, and says by which date, with the article', () => {
    const refused = given(found(['bornOn', '2007-03-20'])).when(dated('isAdultOrMarried', false), officer);
    refused.thenRejected('contradicts-dates');
    expect(refused.decision.rejection).toMatchObject({
      reason: {
        id: 'Menurut “Kapan tanggal lahirnya?” 20 Maret 2007, “hari penetapan” 20 Maret 2025, jawaban atas “Apakah sudah berusia 18 tahun atau sudah kawin?” ialah ya, bukan tidak. Perbaiki tanggal itu, atau temuan ini.',
        en: 'By “What is the date of birth?” 20 March 2007, “the day of the decision” 20 March 2025, the answer to “Is the subject 18 or older, or married?” is yes, not no. Correct that date, or this finding.',
      },
      legalBasis: [{ act: 'UU 12/2006', article: '6(1)' }],
    });
  });
  it('is refused for a date that an earlier finding contradicts', () => {
    given(found(['isAdultOrMarried', false]))
      .when(dated('bornOn', '2007-03-20'), officer)
      .thenRejected('contradicts-dates');
    given(found(['isAdultOrMarried', false]))
      .when(dated('bornOn', '2007-03-21'), officer)
      .then('FindingRecorded');
  });
  it('against what dates presume needs the exception first', () => {
    const child = found(['bornOn', '2010-01-01']);
    const refused = given(child).when(dated('isAdultOrMarried', true), officer).thenRejected('contradicts-dates');
    expect(refused.decision.rejection?.reason.en).toContain(
      'First establish the exception (“Did the subject marry before the age of 18?”)',
    );
    const married = given(child).when(dated('marriedOn', '2024-01-01'), officer).then('FindingRecorded').after;
    expect(evaluateCase(married, psk, asked).proofs).not.toEqual([]);
    expect(factsOfCase(married, psk, asked).isAdultOrMarried).toMatchObject({
      value: true,
      from: { marriedOn: '2024-01-01' },
    });
  });
  it('a date may be corrected though the answer by hand repeats what the wrong one implied', () => {
    const wrong = found(['bornOn', '1990-01-01'], ['isAdultOrMarried', true]);
    const right = given(wrong).when(dated('bornOn', '2010-01-01'), officer).then('FindingRecorded').after;
    expect(right.findings.find((one) => one.fact === 'bornOn')?.value).toBe('2010-01-01');
  });
  it('a determined case keeps the day of its decision', () => {
    const state = caseOf(found(['bornOn', '2007-03-21']));
    expect(factsOfCase(state, psk, asked).isAdultOrMarried).toBeUndefined();
    expect(factsOfCase(state, psk, { offices, at: '2025-03-21T01:00:00.000Z' }).isAdultOrMarried?.value).toBe(true);
  });
});

describe('RequestConsultation', () => {
  const ask = { type: 'RequestConsultation', consultationId: 'c-1', agency: 'dukcapil', question: 'Terdaftar?' } as const;
  it('asks an agency', () => {
    given(cases.examination())
      .when(ask, officer)
      .then({ type: 'ConsultationRequested', data: { agency: 'dukcapil' } }, 'ClockStarted');
  });
  it('is refused for an agency the procedure does not know, and for an id that is taken', () => {
    given(cases.examination())
      .when({ ...ask, agency: 'post-office' }, officer)
      .thenRejected('no-such-agency');
    const asked = given(cases.examination()).when(ask, officer).events;
    given(cases.examination(), asked).when(ask, officer).thenRejected('id-taken');
  });
});

describe('RecordConsultationReply', () => {
  const ask = { type: 'RequestConsultation', consultationId: 'c-1', agency: 'dukcapil', question: 'Terdaftar?' } as const;
  const reply = { type: 'RecordConsultationReply', consultationId: 'c-1', answeredOn: '2025-03-19', reply: 'Ya.' } as const;
  const asked = () => given(cases.examination()).when(ask, officer).events;
  it('records the answer', () => {
    const after = given(cases.examination(), asked()).when(reply, officer).then('ConsultationAnswered', 'ClockStopped').after;
    expect(after.consultations).toEqual([
      { consultationId: 'c-1', agency: 'dukcapil', question: 'Terdaftar?', answeredOn: '2025-03-19', reply: 'Ya.' },
    ]);
  });
  it('is refused when nothing was asked, twice, and for a day that has not come', () => {
    given(cases.examination()).when(reply, officer).thenRejected('no-consultation-open');
    const answered = given(cases.examination(), asked()).when(reply, officer).events;
    given(cases.examination(), asked(), answered).when(reply, officer).thenRejected('no-consultation-open');
    const other = { ...ask, consultationId: 'c-2', agency: 'police' } as const;
    const alsoAsked = given(cases.examination(), asked(), answered).when(other, officer).events;
    given(cases.examination(), asked(), answered, alsoAsked).when(reply, officer).thenRejected('already-answered');
    given(cases.examination(), asked())
      .when({ ...reply, consultationId: 'c-9' }, officer)
      .thenRejected('no-such-consultation');
    given(cases.examination(), asked())
      .when({ ...reply, answeredOn: '2025-03-21' }, officer)
      .thenRejected('date-in-future');
  });
});

describe('ConvenePanel', () => {
  const convene = (...agencies: string[]) =>
    ({ type: 'ConvenePanel', members: agencies.map((agency) => ({ official: `panel.${agency}`, agency })) }) as const;
  it('names the members and their agencies', () => {
    const asked = given(cases.examined())
      .when(convene('dukcapil', 'police', 'tax-office'), officer)
      .then('PanelConvened');
    expect(asked.after.panel?.members).toHaveLength(3);
  });
  it('is refused below the quorum, for an agency not of the panel, a member twice, a procedure without one, and once it works', () => {
    given(cases.examined()).when(convene('dukcapil', 'police'), officer).thenRejected('below-quorum');
    given(cases.examined())
      .when(convene('dukcapil', 'police', 'library'), officer)
      .thenRejected('not-of-the-panel');
    const twice = ['dukcapil', 'police', 'tax-office'].map((agency) => ({ official: 'panel.police', agency }));
    given(cases.examined()).when({ type: 'ConvenePanel', members: twice }, officer).thenRejected('member-twice');
    const { panel: _, ...without } = psk;
    given(cases.examined())
      .when(convene('dukcapil', 'police', 'tax-office'), { ...officer, procedure: without })
      .thenRejected('no-panel');
    given(cases.panelHeard())
      .when(convene('dukcapil', 'police', 'immigration'), officer)
      .thenRejected('panel-at-work');
  });
});

describe('RecordPanelFinding', () => {
  const finding = (position: 'agrees' | 'dissents', outcome = 'wni-affirmed') =>
    ({ type: 'RecordPanelFinding', position, outcome, reason: 'Catatan kami berbeda.' }) as const;
  const police = { as: people.panelPolice };
  it('is a member’s own, for their agency, with a dissent and its reason; a later one takes its place', () => {
    const asked = given(cases.panelConvened()).when(finding('dissents'), police);
    asked.then({ type: 'PanelFindingRecorded', data: { by: 'panel.police', agency: 'police', position: 'dissents' } });
    expect(asked.after.panel?.findings[0]?.reason).toBe('Catatan kami berbeda.');
    expect(given(cases.panelConvened(), asked.events).when(finding('agrees'), police).after.panel?.findings).toMatchObject([
      { agency: 'police', position: 'agrees' },
    ]);
  });
  it('is refused to who does not sit on it, to an officer, after its end, and for an outcome that is none', () => {
    given(cases.panelConvened())
      .when(finding('agrees'), { as: official('panel.other', 'panel-member', 'KANIM-KPG') })
      .thenRejected('out-of-scope');
    given(cases.panelConvened()).when(finding('agrees'), officer).thenRejected('role-may-not');
    given(cases.panelConcluded()).when(finding('agrees'), police).thenRejected('panel-concluded');
    given(cases.panelConvened()).when(finding('agrees', 'knighted'), police).thenRejected('no-such-outcome');
  });
  it('is, but for notes and for saying that they may not, all that a panel member may do, in the cases of their panels alone', () => {
    const allowed = (events: readonly CaseEvent[]) =>
      commandTypes.filter(
        (command) => 'capacity' in permit(command, caseOf(events), 'KANIM-KPG', contextOf(caseOf(events), undefined, police)),
      );
    expect(allowed(cases.panelConvened())).toEqual(['RecordPanelFinding', 'WriteNote', 'DeclareConflict']);
    expect(allowed(cases.examined())).toEqual([]);
  });
});

describe('ConcludePanel', () => {
  const conclude = (outcome = 'wni-affirmed') => ({ type: 'ConcludePanel', outcome }) as const;
  it('counts who agrees with the outcome and who dissents', () => {
    given(cases.panelHeard())
      .when(conclude(), officer)
      .then({ type: 'PanelConcluded', data: { agreeing: 2, dissenting: 1 } });
  });
  it('is refused with an outcome that no member agrees with', () => {
    given(cases.panelHeard()).when(conclude('not-established'), officer).thenRejected('panel-agrees-otherwise');
  });
  it('is refused before the quorum was heard, before it was convened, and twice', () => {
    given(cases.panelConvened()).when(conclude(), officer).thenRejected('below-quorum');
    const two = cases.panelHeard().filter((e) => e.type !== 'PanelFindingRecorded' || e.data.agency !== 'police');
    given(two).when(conclude(), officer).thenRejected('below-quorum');
    given(cases.examined()).when(conclude(), officer).thenRejected('no-panel');
    given(cases.panelConcluded()).when(conclude(), officer).thenRejected('panel-concluded');
    given(cases.panelHeard()).when(conclude('knighted'), officer).thenRejected('no-such-outcome');
  });
});

describe('several consultations at once', () => {
  it('have a clock each, and an answer stops its own', () => {
    const ask = (agency: string) =>
      ({ type: 'RequestConsultation', consultationId: `c-${agency}`, agency, question: 'Terdaftar?' }) as const;
    const both = goneOn(goneOn(cases.examination(), ask('police'), officer), ask('dukcapil'), officer);
    const running = (events: readonly CaseEvent[]) =>
      caseOf(events)
        .clocks.filter((c) => c.code === 'consultation-reply' && c.stoppedAt === undefined)
        .map((c) => [c.clockId, c.about]);
    expect(running(both)).toEqual([
      ['consultation-reply-1', 'c-police'],
      ['consultation-reply-2', 'c-dukcapil'],
    ]);
    const reply = {
      type: 'RecordConsultationReply',
      consultationId: 'c-police',
      answeredOn: '2025-03-20',
      reply: 'Tidak.',
    } as const;
    expect(running(goneOn(both, reply, officer))).toEqual([['consultation-reply-2', 'c-dukcapil']]);
  });
});

describe('RecommendDetermination', () => {
  it('is refused before the panel has concluded, with its articles', () => {
    const recommend = { type: 'RecommendDetermination', outcome: 'wni-affirmed', reason } as const;
    for (const events of [cases.examined(), cases.panelConvened(), cases.panelHeard()])
      given(events).when(recommend, officer).thenRejected('panel-not-concluded');
  });
  const recommend = (outcome: string) => ({ type: 'RecommendDetermination', outcome, reason }) as const;
  it('keeps what the rules derive, and lays the case before the reviewing office', () => {
    given(cases.panelConcluded())
      .when(recommend('wni-affirmed'), officer)
      .then(
        {
          type: 'DeterminationRecommended',
          data: { outcome: 'wni-affirmed', derived: 'wni-affirmed', unknown: [], reviewOffice: 'KANIM-KPG' },
        },
        { type: 'ClockStopped', data: { clockId: 'panel-1' } },
        { type: 'ClockStarted', data: { clock: 'forward' } },
      );
  });
  it('may depart from what the rules derive', () => {
    const asked = given(cases.panelConcluded()).when(recommend('not-wni'), officer);
    expect(asked.events[0]?.data).toMatchObject({ outcome: 'not-wni', derived: 'wni-affirmed' });
  });
  it('is refused while decisive facts are unknown, unless the outcome says exactly that', () => {
    const one = given(cases.examination()).when(commands.finding('falseDataFound', false, 'birth-record-1'), officer).events;
    const concluded = cases.panelConcluded().filter((e) => e.type.startsWith('Panel'));
    const refused = given(cases.examination(), one, concluded).when(recommend('wni-affirmed'), officer);
    refused.thenRejected('decisive-facts-unknown');
    expect(refused.decision.rejection?.reason.en).toContain('Is the subject’s identity established?');
    given(cases.examination(), one, concluded).when(recommend('not-wni'), officer).thenRejected('decisive-facts-unknown');
    const asked = given(cases.examination(), one, concluded).when(recommend('not-established'), officer);
    expect(asked.events[0]?.data).not.toHaveProperty('derived');
    expect(asked.after.progress).toMatchObject({ recommendation: { unknown: expect.arrayContaining(['identityEstablished']) } });
    const unjudged = given(cases.examination(), one, concluded).when(recommend('rejected-false-data'), officer);
    // Art. 28 needs a judgment (PP 2/2007 art. 40(2)): without one nothing else is even asked.
    expect(unjudged.thenRejected('outcome-needs-evidence').decision.rejection?.legalBasis).toContainEqual({
      act: 'PP 2/2007',
      article: '40(2)',
    });
  });
  it('takes an outcome that needs a judgment once the judgment is verified, and not before', () => {
    const received = goneOn(cases.panelConcluded(), commands.receive('court-judgment'), officer);
    given(received).when(recommend('rejected-false-data'), officer).thenRejected('outcome-needs-evidence');
    const verify = { type: 'VerifyEvidence', evidenceId: 'court-judgment-1', method: 'issuer-confirmed' } as const;
    const verified = goneOn(received, verify, officer);
    given(verified)
      .when(recommend('rejected-false-data'), officer)
      .then('DeterminationRecommended', 'ClockStopped', 'ClockStarted');
    const inReview = goneOn(verified, recommend('rejected-false-data'), officer);
    const fallen = inReview.concat({
      type: 'EvidenceRejected',
      data: { by: 'officer.kupang', at: '2025-03-20T02:00:00.000Z', evidenceId: 'court-judgment-1', ground: 'forged' },
    });
    const sole = {
      ...psk,
      authority: [{ from: null, to: null, chain: [{ kind: 'immigration-office' as const, decides: true }] }],
    };
    given(fallen)
      .when({ type: 'ApproveDetermination', reason }, { ...supervisor, procedure: sole })
      .thenRejected('outcome-needs-evidence');
    given(fallen)
      .when({ type: 'DetermineOtherwise', outcome: 'not-established', reason }, { ...supervisor, procedure: sole })
      .then('DeterminedOtherwise', 'ClockStopped', 'ClockStopped', 'ClockStarted');
  });
  it('is refused for an outcome that enforces, while an indicator of trafficking stands, and not for another', () => {
    const asked = given(cases.indicated()).when(recommend('not-wni'), officer);
    const { rejection } = asked.thenRejected('enforcement-blocked').decision;
    expect(rejection?.legalBasis).toEqual([{ act: 'UU 6/2011', article: '86' }]);
    given(cases.indicated())
      .when(recommend('wni-affirmed'), officer)
      .then('DeterminationRecommended', 'ClockStopped', 'ClockStarted');
    const cleared = goneOn(
      cases.indicated(),
      { type: 'ClearIndicator', indicatorId: 'indicator-1', reason },
      { ...supervisor, at: '2025-03-11T01:00:00.000Z' },
    );
    given(cleared).when(recommend('not-wni'), officer).then('DeterminationRecommended', 'ClockStopped', 'ClockStarted');
  });
  it('is refused without a finding, for an outcome that is none, and to another officer', () => {
    given(cases.examination()).when(recommend('wni-affirmed'), officer).thenRejected('no-finding');
    given(cases.panelConcluded()).when(recommend('knighted'), officer).thenRejected('no-such-outcome');
    given(cases.panelConcluded()).when(recommend('wni-affirmed'), { as: people.officer2Kupang }).thenRejected('not-assigned');
  });
});

describe('ApproveDetermination', () => {
  it('determines, and says whose recommendation and whose authority', () => {
    given(cases.atMinistry())
      .when({ type: 'ApproveDetermination', reason }, { as: people.minister })
      .then(
        {
          type: 'DeterminationApproved',
          data: {
            outcome: 'wni-affirmed',
            by: 'minister',
            recommendedBy: 'officer.kupang',
            authority: { office: 'KEMENKUM' },
          },
        },
        { type: 'ClockStopped', data: { clockId: 'decision-1', inTime: true } },
        { type: 'ClockStarted', data: { clock: 'delivery' } },
      );
  });
  it('is refused below the step that decides', () => {
    const refused = given(cases.inReview()).when({ type: 'ApproveDetermination', reason }, supervisor);
    refused.thenRejected('authority-not-held');
    expect(refused.decision.rejection?.reason.en).toContain('Kementerian Hukum');
    expect(refused.decision.rejection?.legalBasis).not.toHaveLength(0);
  });
});

describe('ReturnForRework', () => {
  it('sends the case back to its examination', () => {
    const asked = given(cases.inReview()).when({ type: 'ReturnForRework', reason }, supervisor);
    expect(asked.then('RecommendationReturned', 'ClockStopped').after.progress.stage).toBe('examination');
  });
  it('is refused to an office where the case does not lie', () => {
    given(cases.atMinistry()).when({ type: 'ReturnForRework', reason }, supervisor).thenRejected('not-your-office');
  });
});

describe('DetermineOtherwise', () => {
  const otherwise = (outcome: string) => ({ type: 'DetermineOtherwise', outcome, reason }) as const;
  it('departs from the recommendation', () => {
    given(cases.atMinistry())
      .when(otherwise('not-established'), { as: people.minister })
      .then(
        { type: 'DeterminedOtherwise', data: { outcome: 'not-established', recommended: 'wni-affirmed' } },
        'ClockStopped',
        'ClockStarted',
      );
  });
  it('is refused for the outcome that was recommended, and for one that is none', () => {
    given(cases.atMinistry()).when(otherwise('wni-affirmed'), { as: people.minister }).thenRejected('same-outcome');
    given(cases.atMinistry()).when(otherwise('knighted'), { as: people.minister }).thenRejected('no-such-outcome');
  });
});

describe('ReferCase', () => {
  it('lays the case before the next office up', () => {
    given(cases.inReview())
      .when({ type: 'ReferCase', reason }, supervisor)
      .then({ type: 'CaseReferred', data: { from: 'KANIM-KPG', to: 'KANWIL-KUM-NTT' } }, 'ClockStopped', {
        type: 'ClockStarted',
        data: { clock: 'forward', office: 'KANWIL-KUM-NTT' },
      });
  });
  it('is refused at the top', () => {
    given(cases.atMinistry()).when({ type: 'ReferCase', reason }, { as: people.minister }).thenRejected('no-higher-authority');
  });
});

describe('ServeDetermination', () => {
  const serve = (servedOn: string) => ({ type: 'ServeDetermination', servedOn, method: 'in-person' }) as const;
  it('opens the window for remedies, counted from the day of service', () => {
    given(cases.determined())
      .when(serve('2025-03-17'), officer)
      .then(
        { type: 'DeterminationServed', data: { servedOn: '2025-03-17' } },
        { type: 'ClockStopped', data: { clockId: 'delivery-1' } },
        { type: 'ClockStarted', data: { clock: 'remedy-objection', startedAt: '2025-03-17T04:00:00.000Z' } },
        'RemedyWindowOpened',
      );
  });
  it('is refused before the determination and for a day that has not come', () => {
    given(cases.determined()).when(serve('2025-03-13'), officer).thenRejected('served-before-determined');
    given(cases.determined()).when(serve('2025-03-21'), officer).thenRejected('date-in-future');
  });
});

describe('CloseCase', () => {
  it('closes after the window, stops every clock and keeps the determination', () => {
    const asked = given(cases.inRemedyWindow()).when(
      { type: 'CloseCase', reason },
      { ...supervisor, at: '2025-06-02T01:00:00.000Z' },
    );
    asked.then('CaseClosed', 'ClockStopped');
    expect(asked.after.progress).toMatchObject({ stage: 'closed', determination: { outcome: 'wni-affirmed' } });
    expect(asked.after.clocks.filter((c) => c.stoppedAt === undefined)).toEqual([]);
  });
  it('is refused while the person may still object', () => {
    given(cases.inRemedyWindow()).when({ type: 'CloseCase', reason }, supervisor).thenRejected('remedy-window-open');
  });
});

describe('WithdrawApplication', () => {
  const withdraw = (withdrawnOn: string) => ({ type: 'WithdrawApplication', withdrawnOn, reason }) as const;
  it('ends the case and its clocks', () => {
    const asked = given(cases.examination()).when(withdraw('2025-03-20'), officer);
    asked.then('ApplicationWithdrawn', 'ClockStopped', 'ClockStopped');
    expect(asked.after.progress.stage).toBe('withdrawn');
  });
  it('is refused after the determination and for a day that has not come', () => {
    given(cases.determined()).when(withdraw('2025-03-20'), officer).thenRejected('wrong-stage');
    given(cases.examination()).when(withdraw('2025-03-21'), officer).thenRejected('date-in-future');
  });
});

describe('ReopenCase', () => {
  const reopen = (ground: string, judgment?: string) =>
    ({ type: 'ReopenCase', ground, ...(judgment === undefined ? {} : { judgment }), reason }) as const;
  it('goes back to examination with new clocks', () => {
    const asked = given(cases.closed()).when(reopen('court-judgment', '12/G/2025/PTUN.KPG'), minister);
    asked.then(
      { type: 'CaseReopened', data: { ground: 'court-judgment' } },
      { type: 'ClockStarted', data: { clockId: 'panel-2' } },
      { type: 'ClockStarted', data: { clockId: 'decision-2' } },
    );
    expect(asked.after.progress.stage).toBe('examination');
  });
  it('stops the delivery of a determination that no longer stands', () => {
    given(cases.determined())
      .when(reopen('false-data'), minister)
      .then('CaseReopened', { type: 'ClockStopped', data: { clockId: 'delivery-1' } }, 'ClockStarted', 'ClockStarted');
  });
  it('is refused for another ground, and for a judgment that is not named', () => {
    given(cases.closed()).when(reopen('regret'), minister).thenRejected('no-such-ground');
    given(cases.closed()).when(reopen('court-judgment'), minister).thenRejected('judgment-missing');
  });
  it('is refused to an office below the authority that determined', () => {
    given(cases.closed()).when(reopen('new-evidence'), supervisor).thenRejected('determined-elsewhere');
  });
  it('is refused for what was never determined: it would skip screening', () => {
    const closed = given(cases.withdrawn()).when({ type: 'CloseCase', reason }, supervisor).events;
    given(cases.withdrawn(), closed).when(reopen('new-evidence'), supervisor).thenRejected('never-determined');
    given(cases.importedClosed()).when(reopen('new-evidence'), supervisor).thenRejected('never-determined');
  });
  it('takes no determination away: what was determined can no longer be withdrawn', () => {
    const reopened = given(cases.closed()).when(reopen('new-evidence'), minister).events;
    const withdraw = { type: 'WithdrawApplication', withdrawnOn: '2025-03-20', reason } as const;
    given(cases.closed(), reopened).when(withdraw, officer).thenRejected('determined-before');
    expect(caseOf([...cases.closed(), ...reopened]).determinations).toHaveLength(1);
  });
});

describe('SuspendClock', () => {
  const suspend = (from: string, clockId = 'decision-1') =>
    ({ type: 'SuspendClock', clockId, from, ground: 'force-majeure', reason }) as const;
  it('takes the due date away until it is resumed', () => {
    const asked = given(cases.examination()).when(suspend('2025-03-20'), supervisor).then('ClockSuspended');
    expect(asked.after.clocks.find((c) => c.clockId === 'decision-1')?.due.dueOn).toBeUndefined();
  });
  it('is refused for a clock that does not run, before its start, twice, and once it has run out', () => {
    given(cases.examination()).when(suspend('2025-03-20', 'intake-1'), supervisor).thenRejected('no-such-clock');
    given(cases.examination()).when(suspend('2025-03-05'), supervisor).thenRejected('suspended-before-start');
    const suspended = given(cases.examination()).when(suspend('2025-03-20'), supervisor).events;
    given(cases.examination(), suspended).when(suspend('2025-03-20'), supervisor).thenRejected('already-suspended');
    // 60 days after 5 March: 4 May, in Kupang's zone, eight hours before Greenwich.
    const at = (instant: string) => ({ ...supervisor, at: instant });
    given(cases.examination()).when(suspend('2025-05-04'), at('2025-05-04T15:59:59.999Z')).then('ClockSuspended');
    given(cases.examination()).when(suspend('2025-05-04'), at('2025-05-04T16:00:00.000Z')).thenRejected('clock-ran-out');
  });
  it('is refused from a day that has not come in the clock’s zone: it would take effect at once', () => {
    const at = (instant: string) => ({ ...supervisor, at: instant });
    given(cases.examination()).when(suspend('2025-03-21'), at('2025-03-20T15:59:59.999Z')).thenRejected('date-in-future');
    given(cases.examination()).when(suspend('2025-03-21'), at('2025-03-20T16:00:00.000Z')).then('ClockSuspended');
  });
  it('is refused on a ground that nobody knows, and names those that there are', () => {
    const on = (ground: string) => given(cases.examination()).when({ ...suspend('2025-03-20'), ground }, supervisor);
    for (const known of ['force-majeure', 'awaiting-consultation', 'awaiting-applicant']) on(known).then('ClockSuspended');
    const { rejection } = on('zzz').thenRejected('unknown-ground').decision;
    expect(rejection?.reason.id).toContain('keadaan kahar (force-majeure)');
    expect(rejection?.reason.en).toContain('force majeure (force-majeure)');
  });
});

describe('ExtendClock', () => {
  const extend = (clockId: string) => ({ type: 'ExtendClock', clockId, reason }) as const;
  it('makes a period longer where the procedure allows it, once, with the officer’s ladder going on', () => {
    const events = cases.consulted();
    const once = given(events)
      .when(extend('consultation-reply-1'), { as: people.supervisorKupang, at: '2025-03-14T01:00:00.000Z' })
      .then({
        type: 'ClockExtended',
        data: {
          clockId: 'consultation-reply-1',
          by: 'supervisor.kupang',
          length: { unit: 'calendar-days', amount: 28 },
          legalBasis: psk.clocks
            .find((one) => one.code === 'consultation-reply')
            ?.extension?.legalBasis.map(({ act, article }) => ({
              act: act.replaceAll(' ', '_'),
              article: article.replaceAll(' ', '_'),
            })),
        },
      });
    expect(once.after.clocks.at(-1)?.due).toMatchObject({ dueOn: '2025-04-04', stepAt: '2025-03-21T08:30:00.000Z' });
    given([...events, ...once.events])
      .when(extend('consultation-reply-1'), { as: people.supervisorKupang, at: '2025-03-15T01:00:00.000Z' })
      .thenRejected('extended-already');
  });
  it('is refused where the procedure knows no extension, after the due date, and of a clock that is not there', () => {
    const events = cases.consulted();
    const supervisor = (at: string) => ({ as: people.supervisorKupang, at });
    given(cases.screening()).when(extend('intake-1'), supervisor('2025-03-05T01:00:00.000Z')).thenRejected('no-extension');
    given(events).when(extend('decision-1'), supervisor('2025-03-10T01:00:00.000Z')).thenRejected('no-extension');
    given(events).when(extend('consultation-reply-1'), supervisor('2025-03-22T01:00:00.000Z')).thenRejected('clock-ran-out');
    given(events).when(extend('consultation-reply-7'), supervisor('2025-03-10T01:00:00.000Z')).thenRejected('no-such-clock');
  });
});

describe('ResumeClock', () => {
  const suspend = { type: 'SuspendClock', clockId: 'decision-1', from: '2025-03-20', ground: 'force-majeure', reason } as const;
  const resume = (resumedOn: string, clockId = 'decision-1') => ({ type: 'ResumeClock', clockId, resumedOn, reason }) as const;
  const suspended = () => [...cases.examination(), ...given(cases.examination()).when(suspend, supervisor).events];
  it('moves the due date by the days of the pause', () => {
    given(suspended())
      .when(resume('2025-03-30'), { ...supervisor, at: '2025-03-30T01:00:00.000Z' })
      .then({ type: 'ClockResumed', data: { resumedOn: '2025-03-30', due: { dueOn: '2025-05-14' } } });
  });
  it('is refused before it was suspended, for another clock, and while none is', () => {
    given(suspended()).when(resume('2025-03-19'), supervisor).thenRejected('resumed-before-suspended');
    given(suspended())
      .when(resume('2025-03-20', 'panel-1'), { ...supervisor, at: '2025-03-30T01:00:00.000Z' })
      .thenRejected('not-suspended');
    given(suspended()).when(resume('2199-12-31'), supervisor).thenRejected('date-in-future');
    given(cases.examination()).when(resume('2025-03-30'), supervisor).thenRejected('no-suspended-clock');
  });
});

describe('MigrateToVersion', () => {
  const later = { ...psk, version: '2025-07', effectiveFrom: '2025-07-01', sha256: '1'.repeat(64) };
  const older = { ...psk, version: '2020-01', effectiveTo: '2024-01-01', sha256: '2'.repeat(64) };
  const to = (version: string) => ({ type: 'MigrateToVersion', version, reason }) as const;
  it('takes a live case to a version in force today, with the reason', () => {
    const asked = given(cases.examined()).when(to('2025-07'), {
      ...supervisor,
      published: [later],
      at: '2025-07-02T01:00:00.000Z',
    });
    asked.then({ type: 'CaseMigrated', data: { from: { version: psk.version }, to: { version: '2025-07' } } });
    expect(asked.after.procedure).toEqual({ code: 'PSK', version: '2025-07', sha256: '1'.repeat(64) });
  });
  it('is refused to a version that was in force neither then nor now, to none, and to the same', () => {
    const how = { ...supervisor, published: [later, older] };
    given(cases.examined()).when(to('2025-07'), how).thenRejected('version-not-in-force');
    given(cases.examined()).when(to('2020-01'), how).thenRejected('version-not-in-force');
    given(cases.examined()).when(to('1999'), how).thenRejected('no-such-version');
    given(cases.examined()).when(to(psk.version), how).thenRejected('same-version');
  });
  it('is refused in review, whose recommendation followed the old rules, and to an officer', () => {
    given(cases.inReview()).when(to('2025-07'), supervisor).thenRejected('wrong-stage');
    given(cases.examined()).when(to('2025-07'), officer).thenRejected('role-may-not');
  });
  it('counts an answer that the new version does not take as unknown', () => {
    const facts = { ...psk.facts, motherCitizenshipAtBirth: { ...psk.facts.motherCitizenshipAtBirth, type: 'boolean' } };
    const other = { ...psk, facts } as typeof psk;
    expect(evaluateCase(caseOf(cases.examined()), psk, { offices, at: '2025-03-20T01:00:00.000Z' }).outcome).toBe('wni-affirmed');
    expect(evaluateCase(caseOf(cases.examined()), other, { offices, at: '2025-03-20T01:00:00.000Z' }).unknown).toContain(
      'motherCitizenshipAtBirth',
    );
  });
});

describe('WriteNote', () => {
  const note = 'Ibu pemohon dirawat; wawancara ditunda.';
  const write = { type: 'WriteNote', note } as const;
  it('keeps the words with the person’s own data and changes nothing, at any stage', () => {
    const { draft, lodged, awaitingApplicant, examined, inReview, determined, inRemedyWindow, closed, withdrawn } = cases;
    for (const build of [draft, lodged, awaitingApplicant, examined, inReview, determined, inRemedyWindow, closed, withdrawn]) {
      const { lastAt: _, ...before } = caseOf(build());
      const asked = given(build()).when(write, officer).then('NoteWritten');
      expect(asked.events).toMatchObject([
        { data: { by: 'officer.kupang', personal: [{ retentionClass: 'case-file', fields: { note } }] } },
      ]);
      expect(JSON.stringify({ ...asked.events[0]?.data, personal: [] })).not.toContain('dirawat');
      const { lastAt: __, ...after } = asked.after;
      expect(after).toEqual(before);
    }
  });
  it('is written by whose work the case is: a supervisor of its office, who acts for its officer, a member of its panel', () => {
    given(cases.examined()).when(write, supervisor).then('NoteWritten');
    const lent = { role: 'case-officer', office: 'KANIM-KPG', holder: 'officer.kupang', from: '2025-03-01', to: null } as const;
    const inPlace = { ...people.officer2Kupang, delegations: [{ delegationId: 'd-1', ...lent }] };
    given(cases.examined()).when(write, { as: inPlace }).then('NoteWritten');
    given(cases.panelConvened()).when(write, { as: people.panelPolice }).then('NoteWritten');
  });
  it('makes nobody an examiner: who noted something may decide', () => {
    const noted = goneOn(cases.atMinistry(), write, minister);
    expect(given(noted).when({ type: 'ApproveDetermination', reason }, minister).events[0]?.type).toBe('DeterminationApproved');
  });
  it('is refused to who only looks, to another officer, in a conflict of interest, out of scope, and where no person is named', () => {
    given(cases.examined()).when(write, { as: people.auditorNtt }).thenRejected('role-may-not');
    given(cases.examined()).when(write, { as: people.officer2Kupang }).thenRejected('not-own-work');
    given(cases.guarded()).when(write, { as: people.officer2Kupang }).thenRejected('conflict-of-interest');
    given(cases.examined()).when(write, { as: people.officerAtambua }).thenRejected('out-of-scope');
    given(cases.importedClosed()).when(write, supervisor).thenRejected('no-person');
  });
});

describe('RecordIndicator', () => {
  const record = (indicatorId = 'indicator-2') =>
    ({ type: 'RecordIndicator', indicatorId, indicator: 'debt-bondage', reason: 'Paspor ditahan majikan.' }) as const;
  it('takes one from an officer or a post at any stage, its words in the personal part only', () => {
    const asked = given(cases.draft()).when(record(), officer).then('IndicatorRecorded');
    expect(JSON.stringify({ ...asked.events[0]?.data, personal: [] })).not.toContain('majikan');
    expect(asked.after.indicators[0]?.reason).toBe('Paspor ditahan majikan.');
    given(cases.closed()).when(record(), { as: people.officer2Kupang }).then('IndicatorRecorded');
  });
  it('is refused twice under one id, and to one who only reads', () => {
    given(cases.indicated()).when(record('indicator-1'), officer).thenRejected('id-taken');
    given(cases.examined()).when(record(), { as: people.auditorNtt }).thenRejected('role-may-not');
  });
});

describe('DeclareConflict', () => {
  const declare = (official?: string) =>
    ({
      type: 'DeclareConflict',
      ground: 'relative',
      reason: 'Sepupu pemohon',
      ...(official === undefined ? {} : { official }),
    }) as const;
  it('keeps who declared it, and anyone acting for them, out of the case from then on', () => {
    const asked = given(cases.examined()).when(declare(), officer).then('ConflictDeclared');
    expect(JSON.stringify({ ...asked.events[0]?.data, personal: [] })).not.toContain('Sepupu');
    expect(asked.after.conflicts).toMatchObject([{ official: 'officer.kupang', ground: 'relative', reason: 'Sepupu pemohon' }]);
    given(cases.examined(), asked.events)
      .when({ type: 'RequestEvidence', evidence: 'parents-papers', reason }, officer)
      .thenRejected('conflict-of-interest');
    given(cases.examined(), asked.events)
      .when({ type: 'AssignOfficer', officer: 'officer2.kupang' }, supervisor)
      .then('OfficerAssigned');
  });
  it('is of another for a supervisor to declare, and once', () => {
    given(cases.examined()).when(declare('officer2.kupang'), officer).thenRejected('role-may-not');
    const asked = given(cases.examined()).when(declare('officer.kupang'), supervisor).then('ConflictDeclared');
    given(cases.examined(), asked.events).when(declare('officer.kupang'), supervisor).thenRejected('already-declared');
    given(cases.examined()).when(declare(), { as: people.auditorNtt }).thenRejected('role-may-not');
  });
});

describe('LiftConflict', () => {
  const declared = given(cases.examined()).when({ type: 'DeclareConflict', ground: 'relative', reason }, officer).events;
  const lift = (official = 'officer.kupang') => ({ type: 'LiftConflict', official, reason: 'Bukan sepupu' }) as const;
  it('lets the official take a part again, and keeps that it was declared and why it was lifted', () => {
    const asked = given(cases.examined(), declared).when(lift(), supervisor).then('ConflictLifted');
    expect(JSON.stringify({ ...asked.events[0]?.data, personal: [] })).not.toContain('sepupu');
    expect(asked.after.conflicts).toMatchObject([{ lifted: { by: 'supervisor.kupang', reason: 'Bukan sepupu' } }]);
    const after = given(cases.examined(), declared, asked.events);
    after.when({ type: 'RequestEvidence', evidence: 'parents-papers', reason }, officer).then('EvidenceRequested');
    after.when({ type: 'DeclareConflict', ground: 'relative', reason }, officer).then('ConflictDeclared');
    after.when(lift(), supervisor).thenRejected('no-such-conflict');
  });
  it('is refused to the one it is about, to who declared it, to an officer, and where there is none', () => {
    const own = official('officer.kupang', 'supervisor', 'KANIM-KPG');
    given(cases.examined(), declared).when(lift(), { as: own }).thenRejected('conflict-of-interest');
    const other = { type: 'DeclareConflict', official: 'officer2.kupang', ground: 'relative', reason } as const;
    const byAnother = given(cases.examined()).when(other, supervisor).events;
    given(cases.examined(), byAnother).when(lift('officer2.kupang'), supervisor).thenRejected('four-eyes');
    given(cases.examined(), declared).when(lift(), officer).thenRejected('role-may-not');
    given(cases.examined(), declared).when(lift('officer2.kupang'), supervisor).thenRejected('no-such-conflict');
    given(cases.examined()).when(lift(), supervisor).thenRejected('no-such-conflict');
  });
});

/** An original of the person's, handed in or given back. */
const take = (custodyId: string, more: object = {}) =>
  ({ type: 'TakeCustody', custodyId, paper: 'passport', takenOn: '2025-03-19', number: 'C 1234', ...more }) as const;
const giveBack = (custodyId: string, returnedOn = '2025-03-20') =>
  ({ type: 'ReturnOriginal', custodyId, returnedOn, to: 'applicant', recipient: 'Maria Contoh' }) as const;

describe('TakeCustody', () => {
  it('holds a paper against a receipt, its number with the person’s own data', () => {
    const asked = given(cases.examined())
      .when(take('o-1', { evidenceId: 'identity-paper-1' }), officer)
      .then('OriginalTaken');
    expect(JSON.stringify({ ...asked.events[0]?.data, personal: [] })).not.toContain('1234');
    const second = given(cases.examined(), asked.events).when(take('o-2'), supervisor).then('OriginalTaken');
    expect(heldOriginals(second.after)).toMatchObject([
      { custodyId: 'o-1', receipt: 'T1', office: 'KANIM-KPG', number: 'C 1234', evidenceId: 'identity-paper-1' },
      { custodyId: 'o-2', receipt: 'T2' },
    ]);
  });
  it('is refused for a paper that is held, for a day to come, on evidence that is not there, when the case has ended, and to one who only reads', () => {
    const { events } = given(cases.examined()).when(take('o-1'), officer).then('OriginalTaken');
    given(cases.examined(), events).when(take('o-1'), officer).thenRejected('id-taken');
    given(cases.examined())
      .when(take('o-1', { takenOn: '2199-01-01' }), officer)
      .thenRejected('date-in-future');
    given(cases.examined())
      .when(take('o-1', { evidenceId: 'none' }), officer)
      .thenRejected('no-such-evidence-item');
    given(cases.examined()).when(take('o-1'), { as: people.auditorNtt }).thenRejected('role-may-not');
    given(cases.withdrawn()).when(take('o-1'), officer).thenRejected('wrong-stage');
  });
});

describe('ReturnOriginal', () => {
  const { events } = given(cases.examined()).when(take('o-1'), officer);
  it('gives it back against a name, which stays the person’s own', () => {
    const back = given(cases.examined(), events).when(giveBack('o-1'), supervisor).then('OriginalReturned');
    expect(JSON.stringify({ ...back.events[0]?.data, personal: [] })).not.toContain('Maria');
    expect(heldOriginals(back.after)).toEqual([]);
    expect(back.after.custody[0]?.returned).toMatchObject({ to: 'applicant', recipient: 'Maria Contoh', on: '2025-03-20' });
  });
  it('is refused for what is not held, and for a day before it was taken or still to come', () => {
    given(cases.examined()).when(giveBack('o-1'), officer).thenRejected('no-original-held');
    given(cases.examined(), events).when(giveBack('o-2'), officer).thenRejected('not-held');
    given(cases.examined(), events).when(giveBack('o-1', '2025-03-18'), officer).thenRejected('returned-before-taken');
    given(cases.examined(), events).when(giveBack('o-1', '2199-01-01'), officer).thenRejected('date-in-future');
  });
  it('comes before the closing, or whoever closes says that they know', () => {
    const held = given(cases.lodged()).when(take('o-1'), officer).events;
    const gone = { type: 'WithdrawApplication', withdrawnOn: '2025-03-20', reason } as const;
    const withdrawn = given(cases.lodged(), held).when(gone, officer).events;
    const close = given(cases.lodged(), held, withdrawn);
    close.when({ type: 'CloseCase', reason }, supervisor).thenRejected('originals-held');
    close.when({ type: 'CloseCase', reason, acknowledges: 'originals-held' }, supervisor).then('CaseClosed');
    const back = close.when(giveBack('o-1'), officer).then('OriginalReturned').events;
    given(cases.lodged(), held, withdrawn, back).when({ type: 'CloseCase', reason }, supervisor).then('CaseClosed');
  });
});

describe('ClearIndicator', () => {
  const clear = (indicatorId = 'indicator-1') => ({ type: 'ClearIndicator', indicatorId, reason }) as const;
  it('ends the block, with who and why kept', () => {
    const asked = given(cases.indicated()).when(clear(), supervisor).then('IndicatorCleared');
    expect(asked.after.indicators[0]?.cleared).toMatchObject({ by: 'supervisor.kupang', reason });
    expect(blocksAt(asked.after, [], { offices, at: '2025-03-21T00:00:00.000Z' })).toEqual([]);
    expect(blocksAt(asked.after, [], { offices, at: '2025-03-15T00:00:00.000Z' })).toHaveLength(1);
  });
  it('is refused to an officer, to who recorded it, where there is none, and for another id', () => {
    given(cases.indicated()).when(clear(), officer).thenRejected('role-may-not');
    const recorder = official('officer.kupang', 'supervisor', 'KANIM-KPG');
    given(cases.indicated()).when(clear(), { as: recorder }).thenRejected('four-eyes');
    given(cases.examined()).when(clear(), supervisor).thenRejected('no-such-indicator');
    given(cases.indicated()).when(clear('indicator-7'), supervisor).thenRejected('indicator-not-open');
  });
});

describe('FileRemedy', () => {
  const file = (remedy: string, filedOn: string, more: object = {}) =>
    ({ type: 'FileRemedy', remedy, filedOn, reason, ...more }) as const;
  const proof = { proofSha256: 'c'.repeat(64) };
  // Served on Monday 17 March 2025. Of the weekdays after, 28 March (leave for Nyepi), 31 March to 7 April (Eid and its leave) and 18 April
  // (Good Friday) do not count: four days to 21 March, four to 27 March, four to 11 April, four to 17 April, five to 25 April.
  const lastDay = '2025-04-25';
  it('names the case in which it is examined, and stops the period for it', () => {
    const asked = given(cases.inRemedyWindow()).when(file('objection', '2025-03-20'), officer);
    asked.then(
      { type: 'RemedyFiled', data: { remedy: 'objection', other: LINK_ID, procedure: 'REMEDY', filedOn: '2025-03-20' } },
      { type: 'ClockStopped', data: { clockId: 'remedy-objection-1', inTime: true } },
    );
    given(cases.inRemedyWindow(), asked.events)
      .when({ type: 'CloseCase', reason }, { ...supervisor, at: '2025-06-02T01:00:00.000Z' })
      .thenRejected('remedy-pending');
    given(cases.inRemedyWindow(), asked.events).when(file('objection', '2025-03-20'), officer).thenRejected('already-filed');
  });
  it('is in time on its last day, also when it is entered later, and too late the day after, with date and article', () => {
    const clock = caseOf(cases.inRemedyWindow()).clocks.find((c) => c.code === 'remedy-objection');
    expect(clock?.due.dueOn).toBe(lastDay);
    const later = { ...officer, at: '2025-05-05T01:00:00.000Z' };
    given(cases.inRemedyWindow())
      .when(file('objection', lastDay, proof), later)
      .then({ type: 'RemedyFiled', data: proof }, { type: 'ClockStopped', data: { inTime: true } });
    const { rejection } = given(cases.inRemedyWindow())
      .when(file('objection', '2025-04-26'), later)
      .thenRejected('remedy-late').decision;
    expect(lastDay).toBe('2025-04-25');
    expect(rejection?.reason.en).toContain('25 April 2025');
    expect(rejection?.legalBasis?.[0]?.act).toBe('UU 30/2014');
  });
  it('is entered on an officer’s word for three working days after its filing, and then only on proof of that day', () => {
    // Friday 21 March 2025: three working days end on Wednesday the 26th, in Kupang.
    const entered = (at: string, more?: object) =>
      given(cases.inRemedyWindow()).when(file('objection', '2025-03-21', more), { ...officer, at });
    entered('2025-03-26T15:59:59.000Z').then('RemedyFiled', 'ClockStopped');
    entered('2025-03-26T16:00:00.000Z').thenRejected('proof-of-filing-missing');
    entered('2025-03-26T16:00:00.000Z', proof).then('RemedyFiled', 'ClockStopped');
  });
  it('is refused before service, in the future, for a remedy that is none, and to who reviews', () => {
    given(cases.determined()).when(file('objection', '2025-03-20'), officer).thenRejected('wrong-stage');
    given(cases.inRemedyWindow()).when(file('objection', '2025-03-16'), officer).thenRejected('before-service');
    given(cases.inRemedyWindow()).when(file('objection', '2025-03-21'), officer).thenRejected('date-in-future');
    given(cases.inRemedyWindow()).when(file('prayer', '2025-03-20'), officer).thenRejected('no-such-remedy');
    given(cases.inRemedyWindow()).when(file('objection', '2025-03-20'), supervisor).thenRejected('role-may-not');
  });
  it('is the special one where it stands open, and not the general one beside it', () => {
    const psim = read('procedures/PSIM.json');
    const measured = caseOf(cases.inRemedyWindow());
    const state = (outcome: string) => ({
      ...measured,
      progress: { ...measured.progress, determination: { ...determinationOf(measured), outcome } } as typeof measured.progress,
    });
    expect(remediesFor(state('administrative-measure'), psim).map((r) => r.code)).toEqual(['objection-tak']);
    expect(remediesFor(state('foreign-confirmed'), psim).map((r) => r.code)).toEqual(['objection']);
    const general = { ...psim.remedies[1], onlyOutcomes: undefined };
    expect(
      remediesFor(state('administrative-measure'), { ...psim, remedies: [psim.remedies[0], general] }).map((r) => r.code),
    ).toEqual(['objection-tak']);
  });
});

describe('LinkCase', () => {
  const other = '5d0e7c1a-2b3c-5d4e-8f60-718293a4b5c6';
  const link = { type: 'LinkCase', other, reason } as const;
  const seen = { relation: 'same-person' as const, state: { ...caseOf(cases.lodged()), caseId: other }, procedure: psk };
  it('names the other case', () => {
    const asked = given(cases.examined()).when(link, { ...officer, linked: [seen] });
    asked.then({ type: 'CaseLinked', data: { other, relation: 'same-person', procedure: 'PSK' } });
    given(cases.examined(), asked.events)
      .when(link, { ...officer, linked: [seen] })
      .thenRejected('already-linked');
  });
  it('is refused with itself, and with one that is not there or not to be seen', () => {
    given(cases.examined())
      .when({ ...link, other: CASE_ID }, officer)
      .thenRejected('same-case');
    given(cases.examined()).when(link, officer).thenRejected('no-such-case-to-link');
  });
});

describe('OpenImportedCase', () => {
  it('opens with the due instant as given, which never escalates', () => {
    const asked = given().when(commands.openImported('observed', '2025-05-01T00:00:00.000Z'), importer);
    asked.then('ImportedCaseOpened', {
      type: 'ClockStarted',
      data: { escalates: false, due: { dueAt: '2025-05-01T00:00:00.000Z' } },
    });
    given().when(commands.openImported(), importer).then('ImportedCaseOpened');
  });
  it('is refused to an officer, and for a procedure that officers decide', () => {
    given().when(commands.openImported(), officer).thenRejected('role-may-not');
    const psk = { code: 'PSK', version: '2025-02', sha256: '0'.repeat(64) };
    const command = commands.openImported();
    given()
      .when(command.type === 'OpenImportedCase' ? { ...command, procedure: psk } : command, importer)
      .thenRejected('wrong-kind-of-procedure');
  });
});

describe('RecordImportedStep', () => {
  const step = (code: string) => ({ type: 'RecordImportedStep', step: code, sourceStep: `task-${code}` }) as const;
  const checkedBy = (who: string, fourEyes: 'observed' | 'enforced') =>
    history([commands.openImported(fourEyes), importer], [step('T02'), { ...importer, performedBy: who }]);
  it('records who performed it, and flags a step after closing', () => {
    given(cases.imported())
      .when(step('T02'), { ...importer, performedBy: 'Resource10' })
      .then({ type: 'ImportedStepRecorded', data: { by: 'Resource10', afterClosing: false } });
    given(cases.importedClosed())
      .when(step('T05'), { ...importer, performedBy: 'Resource10' })
      .then({ type: 'ImportedStepRecorded', data: { afterClosing: true } });
  });
  it('observes one officer who checked and determined, or enforces two', () => {
    given(checkedBy('Resource10', 'observed'))
      .when(step('T04'), { ...importer, performedBy: 'Resource10' })
      .then({ type: 'ImportedStepRecorded', data: { sameOfficerAs: 'T02' } });
    given(checkedBy('Resource10', 'enforced'))
      .when(step('T04'), { ...importer, performedBy: 'Resource10' })
      .thenRejected('four-eyes');
    const other = given(checkedBy('Resource10', 'enforced')).when(step('T04'), { ...importer, performedBy: 'Resource11' });
    expect(other.then('ImportedStepRecorded').events[0]?.data).not.toHaveProperty('sameOfficerAs');
  });
  it('is refused for a step the log does not know, and in a case that was not imported', () => {
    given(cases.imported()).when(step('T99'), importer).thenRejected('no-such-step');
    given(cases.closed()).when(step('T02'), importer).thenRejected('out-of-scope');
  });
});

describe('a determination that enforces', () => {
  it('is not served while an indicator of trafficking stands, and is once it is cleared', () => {
    const determined = given(cases.atMinistry()).when(
      { type: 'DetermineOtherwise', outcome: 'not-wni', reason },
      { as: people.minister },
    ).events;
    const indicated = given(cases.atMinistry(), determined).when(
      { type: 'RecordIndicator', indicatorId: 'i-1', indicator: 'debt-bondage', reason },
      officer,
    ).events;
    const serve: CaseCommand = { type: 'ServeDetermination', servedOn: '2025-03-20', method: 'in-person' };
    given(cases.atMinistry(), determined, indicated).when(serve, officer).thenRejected('enforcement-blocked');
    const cleared = given(cases.atMinistry(), determined, indicated).when(
      { type: 'ClearIndicator', indicatorId: 'i-1', reason },
      supervisor,
    ).events;
    expect(given(cases.atMinistry(), determined, indicated, cleared).when(serve, officer).events[0]?.type).toBe(
      'DeterminationServed',
    );
  });
});

describe('SummonToOath', () => {
  const summon = (on: string): CaseCommand => ({ type: 'SummonToOath', on });
  it('names a day within the period, from the determination on', () => {
    given(cases.toSwear())
      .when(summon('2025-03-25'), officer)
      .then({ type: 'SummonedToOath', data: { on: '2025-03-25' } });
    // Served on 17 March 2025: three months end on 17 June.
    given(cases.toSwear()).when(summon('2025-06-17'), officer).then('SummonedToOath');
    given(cases.toSwear()).when(summon('2025-06-18'), officer).thenRejected('summons-outside-period');
    given(cases.toSwear()).when(summon('2025-03-19'), officer).thenRejected('summons-outside-period');
    given(cases.swornIn()).when(summon('2025-03-25'), officer).thenRejected('oath-taken');
  });
});

describe('RecordOath', () => {
  const oath = (takenOn: string): CaseCommand => ({ type: 'RecordOath', takenOn });
  it('stops its clock on the day it was taken, also when that is entered later, and starts the period for handing in papers', () => {
    const asked = given(cases.toSwear()).when(oath('2025-03-18'), { ...officer, at: '2025-03-24T01:00:00.000Z' });
    asked.then(
      { type: 'OathTaken', data: { takenOn: '2025-03-18' } },
      { type: 'ClockStopped', data: { clockId: 'oath-1', stoppedAt: '2025-03-18T04:00:00.000Z', inTime: true } },
      // Fourteen working days after 18 March 2025; 28 March to 7 April are Nyepi, Idulfitri, their leave and weekends.
      { type: 'ClockStarted', data: { clock: 'hand-in', due: { dueOn: '2025-04-16' } } },
    );
    expect(asked.after.oathTakenOn).toBe('2025-03-18');
  });
  it('is refused twice, before the determination, in the future, and where none is called for', () => {
    given(cases.swornIn()).when(oath('2025-03-20'), officer).thenRejected('oath-taken');
    given(cases.toSwear()).when(oath('2025-03-13'), officer).thenRejected('before-determination');
    given(cases.toSwear()).when(oath('2025-03-21'), officer).thenRejected('date-in-future');
    given(cases.inRemedyWindow()).when(oath('2025-03-19'), officer).thenRejected('no-oath');
  });
  it('must be taken before the case is closed', () => {
    const close: CaseCommand = { type: 'CloseCase', reason };
    const how = { ...supervisor, at: '2025-06-02T01:00:00.000Z' };
    given(cases.toSwear()).when(close, how).thenRejected('oath-not-taken');
    expect(given(cases.swornIn()).when(close, how).events[0]?.type).toBe('CaseClosed');
  });
});

describe('RecordHandIn', () => {
  const handIn = (handedInOn: string): CaseCommand => ({ type: 'RecordHandIn', handedInOn, note: 'ITAP dan paspor.' });
  it('stops the period for it, also after the case was closed', () => {
    given(cases.swornIn())
      .when(handIn('2025-03-20'), officer)
      .then('PapersHandedIn', { type: 'ClockStopped', data: { clockId: 'hand-in-1', inTime: true } });
    const closed = given(cases.swornIn()).when({ type: 'CloseCase', reason }, { ...supervisor, at: '2025-06-02T01:00:00.000Z' });
    given(cases.swornIn(), closed.events)
      .when(handIn('2025-06-03'), { ...officer, at: '2025-06-03T05:00:00.000Z' })
      .then('PapersHandedIn', { type: 'ClockStopped', data: { clockId: 'hand-in-1', inTime: false } });
  });
  it('is refused before the oath, and twice', () => {
    given(cases.toSwear()).when(handIn('2025-03-20'), officer).thenRejected('no-hand-in');
    const done = given(cases.swornIn()).when(handIn('2025-03-20'), officer).events;
    given(cases.swornIn(), done).when(handIn('2025-03-20'), officer).thenRejected('no-hand-in');
  });
});

describe('CloseImportedCase', () => {
  it('stops its clock, in time or late by the instant given', () => {
    given(cases.imported())
      .when({ type: 'CloseImportedCase' }, { ...importer, at: '2025-05-01T00:00:00.000Z' })
      .then('ImportedCaseClosed', { type: 'ClockStopped', data: { inTime: true } });
    given(cases.imported())
      .when({ type: 'CloseImportedCase' }, { ...importer, at: '2025-05-01T00:00:00.001Z' })
      .then('ImportedCaseClosed', { type: 'ClockStopped', data: { inTime: false } });
  });
  it('is refused twice', () => {
    given(cases.importedClosed()).when({ type: 'CloseImportedCase' }, importer).thenRejected('wrong-stage');
  });
});

describe('every command', () => {
  // Filled only by scenarios above that held: a command without both, or whose scenarios fail, is named here.
  it.each(['accepted', 'rejected'] as const)('has a scenario in which it is %s', (ended) => {
    const covered = new Set(told.filter((t) => t.ended === ended).map((t) => t.command));
    expect(commandTypes.filter((command) => !covered.has(command))).toEqual([]);
  });
  it('is refused on a case that does not exist, but for the two that open one', () => {
    given().when({ type: 'LodgeApplication' }, officer).thenRejected('out-of-scope');
    expect(() => caseOf([])).toThrow('No event');
  });
});
