/** A seeded log in a database of its own, with the desk over it: specs produce the streams that officials would. */
import { fileURLToPath } from 'node:url';
import type { CaseCommand } from '#domain/case/commands.js';
import type { PinnedProcedure } from '#domain/case/events.js';
import type { Id, InstantAt } from '#domain/event.js';
import { procedureOn } from '#domain/registry.js';
import { CaseDesk } from '#event-store/case-desk.js';
import { caseIdOf, commandIdOf } from '#event-store/envelope.js';
import { EventLog } from '#event-store/event-log.js';
import type { PersonalDataCodec } from '#event-store/personal-data-codec.js';
import { comparePositions } from '#event-store/port.js';
import { migratePostgresStore } from '#event-store/postgres-schema.js';
import { PostgresStore } from '#event-store/postgres-store.js';
import { Registry } from '#event-store/registry.js';
import { seed } from '#event-store/seed.js';
import { PlainCodec } from '#event-store/testing/plain-codec.js';
import { createTestDatabase, type TestDatabase } from '#event-store/testing/test-database.js';
import { migrateReadModels, openReadModels, type ReadModels } from '../data-source.js';
import { applyBatch, prefixesOf, readCheckpoint } from '../projection.js';
import { projections } from '../projections.js';

export const officer = 'officer.kupang';
export const supervisor = 'supervisor.kupang';
export const kanim = 'KANIM-KPG';

export class TestDesk {
  /** Moved by specs; every act happens at it. */
  now: InstantAt = '2026-03-02T01:00:00.000Z';
  private commands = 0;

  private constructor(
    readonly database: TestDatabase,
    readonly readModels: ReadModels,
    readonly log: EventLog,
    readonly desk: CaseDesk,
  ) {}

  /** Personal data in the clear, unless a codec is given. */
  static async open(makeCodec?: (database: TestDatabase) => Promise<PersonalDataCodec>): Promise<TestDesk> {
    const database = await createTestDatabase();
    await migratePostgresStore(database.pool);
    await migrateReadModels(database.url);
    const time: { now: InstantAt } = { now: '2026-01-05T01:00:00.000Z' };
    const codec = (await makeCodec?.(database)) ?? new PlainCodec();
    const log = new EventLog(new PostgresStore(database.pool), codec, () => time.now);
    await seed(log, fileURLToPath(new URL('../../../../data', import.meta.url)), time.now, { demoPeople: true });
    const desk = new CaseDesk(log, await Registry.open(log, { follow: false }));
    const test = new TestDesk(database, await openReadModels(database.url), log, desk);
    Object.defineProperty(time, 'now', { get: () => test.now });
    return test;
  }

  async close(): Promise<void> {
    await this.readModels.destroy();
    await this.log.store.close();
    await this.database.drop();
  }

  /** Carries out a command and answers its position. @throws Error when it was not accepted. */
  async act(caseId: Id, command: CaseCommand, actorId: Id = officer): Promise<string> {
    const commandId = commandIdOf(actorId, `spec ${this.commands++}`);
    const outcome = await this.desk.submit({ caseId, command, actorId, at: this.now, commandId, correlationId: commandId });
    if (outcome.kind !== 'accepted') throw new Error(`${command.type}: ${JSON.stringify(outcome)}`);
    return outcome.position;
  }

  pin(code: string): PinnedProcedure {
    const procedure = procedureOn(this.desk.registry.state, code, this.now.slice(0, 10));
    if (procedure === undefined) throw new Error(`No procedure ${code}`);
    return { code, version: procedure.version, sha256: procedure.sha256 };
  }

  async openDraft(name: string, office = kanim, actorId = officer): Promise<Id> {
    const caseId = caseIdOf(commandIdOf(actorId, `case ${this.commands++}`));
    const subject = { name, born: '1990-02-01', birthPlace: 'Dili', identityNumbers: [{ kind: 'passport', number: 'C1234567' }] };
    await this.act(
      caseId,
      { type: 'OpenDraft', caseId, procedure: this.pin('PSK'), office, channel: 'counter', subjectId: caseId, subject },
      actorId,
    );
    return caseId;
  }

  /** A case at a stage: each takes the steps before it. */
  async openCase(
    name: string,
    stage: 'lodged' | 'screening' | 'examination' | 'review',
    actorId = officer,
    office = kanim,
  ): Promise<Id> {
    const caseId = await this.openDraft(name, office, actorId);
    const act = (command: CaseCommand) => this.act(caseId, command, actorId);
    await act({ type: 'LodgeApplication' });
    if (stage === 'lodged') return caseId;
    await act({ type: 'BeginScreening' });
    if (stage === 'screening') return caseId;
    for (const evidence of ['application-letter', 'identity-paper', 'birth-record'])
      await act({ type: 'ReceiveEvidence', evidenceId: commandIdOf(caseId, evidence), evidence, title: 'As handed in' });
    await act({ type: 'AcceptAsComplete' });
    if (stage === 'examination') return caseId;
    await act({ type: 'VerifyEvidence', evidenceId: commandIdOf(caseId, 'identity-paper'), method: 'seen' });
    // Enough to decide by: a loss was decided, and citizenship has not come back.
    const facts = { falseDataFound: false, identityEstablished: true, lossDecided: true, acquiredByDecision: false };
    for (const [fact, value] of Object.entries(facts))
      await act({
        type: 'RecordFinding',
        fact,
        value,
        evidence: [commandIdOf(caseId, 'identity-paper')],
        reason: 'As the register says',
      });
    const agencies = ['dukcapil', 'police', 'tax-office'];
    await act({ type: 'ConvenePanel', members: agencies.map((agency) => ({ official: `panel.${agency}`, agency })) });
    for (const agency of agencies)
      await this.act(
        caseId,
        { type: 'RecordPanelFinding', position: 'agrees', outcome: 'not-established', reason: 'Nothing is on record' },
        `panel.${agency}`,
      );
    await act({ type: 'ConcludePanel', outcome: 'not-established' });
    await act({ type: 'RecommendDetermination', outcome: 'not-established', reason: 'Too little is known' });
    return caseId;
  }

  async openImported(sourceCase: string, dueAt: InstantAt): Promise<Id> {
    const caseId = caseIdOf(commandIdOf('importer', `case ${this.commands++}`));
    const procedure = this.pin('IMPORTED');
    await this.act(
      caseId,
      {
        type: 'OpenImportedCase',
        caseId,
        procedure,
        office: kanim,
        channel: 'Internet',
        sourceCase,
        dueAt,
        fourEyes: 'observed',
      },
      'importer',
    );
    return caseId;
  }

  announceDue(caseId: Id, clockId: Id, dueAt: InstantAt) {
    return this.desk.announceDue(caseId, clockId, dueAt, this.now);
  }

  /** Brings every projection (or those named) to the head, in batches of a size. Answers the head. */
  async project(batchSize = 1000, names = projections.map((p) => p.name)): Promise<string> {
    const head = await this.log.head();
    for (const projection of projections.filter((p) => names.includes(p.name))) {
      let from = await readCheckpoint(this.readModels, this.log, projection.name);
      for await (const batch of this.log.readAll(from, { batchSize, filter: { streamPrefixes: prefixesOf(projection) } })) {
        const to = batch.at(-1)?.position ?? from;
        await applyBatch(this.readModels, this.log, projection, batch, { from, to });
        from = to;
      }
      // Others may have written meanwhile: the batches may already stand beyond it.
      if (comparePositions(head, from) > 0) await applyBatch(this.readModels, this.log, projection, [], { from, to: head });
    }
    return head;
  }
}
