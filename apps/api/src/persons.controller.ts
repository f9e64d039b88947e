/** The register of persons: record what papers say, see who may be whom, propose, merge by another, separate again. No rule here. */
import { Body, Controller, Get, Headers, HttpCode, Inject, Param, Post, Query, Req, Res } from '@nestjs/common';
import { Command, CommandBus, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { ApiBearerAuth, ApiBody, ApiHeader, ApiQuery, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { referenceOf } from '#domain/case/reference.js';
import type { CaseFile, Stage } from '#domain/case/state.js';
import type { Code, Id, InstantAt } from '#domain/event.js';
import type { Actor, Role } from '#domain/office/official.js';
import { isBorn, type Precision } from '#domain/person/born.js';
import { type Match, type Papers, papersOfSubject } from '#domain/person/matching.js';
import { type MatchCommand, type MatchStatus, mayCompare, type PersonRecord, seesPerson } from '#domain/person/register.js';
import { CaseDesk } from '#event-store/case-desk.js';
import { commandIdOf } from '#event-store/envelope.js';
import { UnreadableStream } from '#event-store/event-log.js';
import { type Showing, showingTo } from '#event-store/glass-desk.js';
import type { CommandOutcome } from '#event-store/handle-command.js';
import {
  casesOf,
  keyedWords,
  type MatchSubmission,
  matchAsFarAsReadable,
  matchIdOf,
  matchOf,
  type PersonSubmission,
  personAsFarAsReadable,
  readMatch,
  readPerson,
  submitToMatch,
  submitToPerson,
} from '#event-store/person-desk.js';
import { findByWords, findCasesOfPersons, findMatches, findPerson, type MatchRow } from '#read-models/person.js';
import { checkedId, checkedKey, expectedRevisionOf, officialOf, recorded } from './case.controller.js';
import { CaseId, CodeWord, OneOf, Part, Parts, Words } from './fields.js';
import { malformed, notFound, unreadable } from './problem-details.js';
import {
  officesInScope,
  orUnreadable,
  orUnreadableTo,
  pageOf,
  parkedView,
  readInScope,
  refuseUnknown,
  waitFor,
} from './queries.js';
import { check } from './requests.js';
import { May, type SignedInRequest } from './sign-in.js';
import { OpenLogToken, type Tegas } from './tegas.js';

export class WrittenNamePart {
  @Words(300, { description: 'Exactly as the paper writes it.', example: 'João da Contoh' }) name!: string;
  @CodeWord({ optional: true, description: 'Whose paper it is.', example: 'TL' }) country?: string;
}

export class PaperNumberPart {
  @CodeWord({ example: 'passport', description: 'nik, passport, bi, electoral-card, kk, …' }) kind!: string;
  @Words(100, { description: 'As written in the paper.' }) number!: string;
  @CodeWord({ optional: true, example: 'TL' }) country?: string;
}

export class BornPart {
  @Words(10, { description: 'As far as the paper tells it: 1974-05-20, 1974-05 or 1974.', example: '1974' }) date!: string;
  @OneOf(['day', 'month', 'year', 'about']) precision!: Precision;
}

/** What papers say of a person, whole: recording them again replaces what was recorded before. */
export class PapersPart implements Papers {
  // Each name with each year makes words under which it is found: what no person has would only cost.
  @Parts(() => WrittenNamePart, { max: 10 }) names!: WrittenNamePart[];
  @Parts(() => PaperNumberPart) numbers!: PaperNumberPart[];
  @Parts(() => BornPart, { max: 5 }) births!: BornPart[];
  @OneOf(['female', 'male'], { optional: true }) sex?: 'female' | 'male';
  @Words(200, { optional: true }) birthPlace?: string;
}

export class RegisterPersonRequest {
  @CaseId({ description: 'The case whose subject it is.' }) caseId!: string;
  @Part(() => PapersPart, { optional: true, description: 'Without it: what the case’s file says of its subject.' })
  papers?: PapersPart;
}

export class RecordPapersRequest {
  @CaseId({ description: 'A case of the person, through which you act.' }) caseId!: string;
  @Part(() => PapersPart) papers!: PapersPart;
}

export class ProposeMatchRequest {
  @CaseId({ description: 'One record.' }) a!: string;
  @CaseId({ description: 'The other.' }) b!: string;
  @Words(4000, { description: 'Why, in your own words.' }) reason!: string;
}

export class MatchReasonRequest {
  @Words(4000, { description: 'Why, in your own words.' }) reason!: string;
}

export class SubmitToRegister extends Command<{ id: Id; outcome: CommandOutcome }> {
  constructor(readonly submission: PersonSubmission | MatchSubmission) {
    super();
  }
}

@CommandHandler(SubmitToRegister)
export class SubmitToRegisterHandler implements ICommandHandler<SubmitToRegister> {
  constructor(private readonly desk: CaseDesk) {}

  async execute({ submission }: SubmitToRegister): Promise<{ id: Id; outcome: CommandOutcome }> {
    if ('of' in submission) {
      const { matchId, outcome } = await submitToMatch(this.desk, submission);
      return { id: matchId, outcome };
    }
    const { personId, outcome } = await submitToPerson(this.desk, submission);
    return { id: personId ?? '', outcome };
  }
}

const STATUSES: readonly MatchStatus[] = ['proposed', 'merged', 'dismissed', 'undone'];

const ASKED: readonly Role[] = ['supervisor', 'head-of-office'];

/** A record as whoever may see it gets it: without its papers where it is not their own work, nor open to them for a reason. */
interface SeenRecord extends Omit<PersonRecord, 'papersOf'> {
  readonly shown: Showing['as'] | 'comparing';
  readonly cases: readonly {
    readonly caseId: Id;
    readonly reference: string;
    readonly procedure: Code;
    readonly office: Code;
    readonly stage: Stage;
  }[];
}

@ApiTags('persons')
@ApiBearerAuth()
@Controller()
export class PersonsController {
  constructor(
    private readonly commands: CommandBus,
    private readonly desk: CaseDesk,
    @Inject(OpenLogToken) private readonly tegas: Tegas,
  ) {}

  /** Enters the subject of a case into the register. */
  @May('RegisterPerson')
  @Post('persons')
  @ApiHeader({ name: 'Idempotency-Key', required: false })
  @ApiBody({ type: RegisterPersonRequest })
  register(
    @Body() body: unknown,
    @Headers('idempotency-key') key: string | undefined,
    @Req() request: SignedInRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const { caseId, papers } = check(RegisterPersonRequest, body);
    return this.recordPerson(request, reply, key, {
      type: 'RegisterPerson',
      caseId,
      ...(papers === undefined ? {} : { papers: checkedPapers(papers) }),
    });
  }

  /** Records anew what a person's papers say: those of another country beside, or a slip of the pen mended. */
  @May('RecordPapers')
  @Post('persons/:personId/record-papers')
  @HttpCode(200)
  @ApiHeader({ name: 'If-Match', required: true, description: 'The record’s revision (ETag), as "3".' })
  @ApiHeader({ name: 'Idempotency-Key', required: false })
  @ApiBody({ type: RecordPapersRequest })
  async recordPapers(
    @Param('personId') personId: string,
    @Body() body: unknown,
    @Headers('if-match') ifMatch: string | undefined,
    @Headers('idempotency-key') key: string | undefined,
    @Req() request: SignedInRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const { caseId, papers } = check(RecordPapersRequest, body);
    const { state } = await this.readCase(caseId, request);
    if (state.subjectId !== personId) throw notFound();
    return this.recordPerson(
      request,
      reply,
      key,
      { type: 'RecordPapers', caseId, papers: checkedPapers(papers) },
      expectedRevisionOf(ifMatch),
    );
  }

  /** The person as those records tell them that you may see, and who else they may be. */
  @May('ReadCase')
  @Get('persons/:personId')
  @ApiQuery({ name: 'atLeastPosition', required: false })
  async one(
    @Param('personId') personId: string,
    @Query() query: Record<string, string>,
    @Req() request: SignedInRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    await this.awaited(query);
    checkedId(personId);
    const { state, revision } = await this.orUnreadable(personId, request, () => readPerson(this.tegas.log, personId));
    const seen = state === undefined ? undefined : await this.seen(state, request);
    if (seen === undefined) throw notFound();
    reply.header('ETag', `"${revision}"`);
    return { registered: true, revision, shown: seen.shown, ...(await this.view(personId, request)) };
  }

  /** The subject of a case, in the register or not yet, and who else they may be. */
  @May('ReadCase')
  @Get('cases/:caseId/person')
  @ApiQuery({ name: 'atLeastPosition', required: false })
  async ofCase(@Param('caseId') caseId: string, @Query() query: Record<string, string>, @Req() request: SignedInRequest) {
    await this.awaited(query);
    checkedId(caseId);
    const { state, showing } = await this.readCase(caseId, request);
    const { subjectId } = state;
    if (subjectId === undefined) throw notFound();
    // Whoever may read the case may know this of its subject.
    const { revision } = await orUnreadableTo(
      () => readPerson(this.tegas.log, subjectId),
      () => parkedView(this.tegas, subjectId),
    );
    const registered = revision >= 0;
    const { subject, openedBy, openedAt } = state;
    // Not in the register yet: what the case's file says is compared all the same, so that nobody is entered twice unseen.
    const told = subject === undefined ? {} : { papers: papersOfSubject(subject) };
    const unregistered = registered
      ? []
      : [{ personId: subjectId, registeredBy: openedBy, registeredAt: openedAt, caseIds: [caseId], ...told }];
    const compared = unregistered.map((record) => ({ record, open: showing.as !== 'withheld' }));
    return { registered, revision, shown: showing.as, ...(await this.view(subjectId, request, compared)) };
  }

  /** Two records may be of one person: another official decides. */
  @May('ProposeMatch')
  @Post('matches')
  @ApiHeader({ name: 'Idempotency-Key', required: false })
  @ApiBody({ type: ProposeMatchRequest })
  propose(
    @Body() body: unknown,
    @Headers('idempotency-key') key: string | undefined,
    @Req() request: SignedInRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const { a, b, reason } = check(ProposeMatchRequest, body);
    return this.decideOn(request, reply, key, { pair: [a, b] }, { type: 'ProposeMatch', reason });
  }

  /** Someone other than the proposer, who sees both, says that they are one person. */
  @May('MergePersons')
  @Post('matches/:matchId/merge')
  @HttpCode(200)
  @ApiHeader({ name: 'If-Match', required: true })
  @ApiHeader({ name: 'Idempotency-Key', required: false })
  @ApiBody({ type: MatchReasonRequest })
  merge(
    @Param('matchId') matchId: string,
    @Body() body: unknown,
    @Headers('if-match') ifMatch: string | undefined,
    @Headers('idempotency-key') key: string | undefined,
    @Req() request: SignedInRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return this.decideOnMatch('MergePersons', matchId, body, ifMatch, key, request, reply);
  }

  /** They are two persons; they are not offered again. */
  @May('DismissMatch')
  @Post('matches/:matchId/dismiss')
  @HttpCode(200)
  @ApiHeader({ name: 'If-Match', required: true })
  @ApiHeader({ name: 'Idempotency-Key', required: false })
  @ApiBody({ type: MatchReasonRequest })
  dismiss(
    @Param('matchId') matchId: string,
    @Body() body: unknown,
    @Headers('if-match') ifMatch: string | undefined,
    @Headers('idempotency-key') key: string | undefined,
    @Req() request: SignedInRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return this.decideOnMatch('DismissMatch', matchId, body, ifMatch, key, request, reply);
  }

  /** The merge was wrong: everything is as it was before. */
  @May('UndoMerge')
  @Post('matches/:matchId/undo')
  @HttpCode(200)
  @ApiHeader({ name: 'If-Match', required: true })
  @ApiHeader({ name: 'Idempotency-Key', required: false })
  @ApiBody({ type: MatchReasonRequest })
  undo(
    @Param('matchId') matchId: string,
    @Body() body: unknown,
    @Headers('if-match') ifMatch: string | undefined,
    @Headers('idempotency-key') key: string | undefined,
    @Req() request: SignedInRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return this.decideOnMatch('UndoMerge', matchId, body, ifMatch, key, request, reply);
  }

  /** The queue of matches: proposed, unless another status is asked for. */
  @May('FindPersons')
  @Get('matches')
  @ApiQuery({ name: 'status', required: false, enum: [...STATUSES] })
  @ApiQuery({ name: 'after', required: false })
  @ApiQuery({ name: 'limit', required: false })
  @ApiQuery({ name: 'atLeastPosition', required: false })
  async queue(@Query() query: Record<string, string>, @Req() request: SignedInRequest) {
    refuseUnknown(query, ['status', 'after', 'limit', 'atLeastPosition']);
    const { atLeastPosition, ...page } = pageOf(query);
    const status = STATUSES.find((one) => one === (query.status ?? 'proposed'));
    if (status === undefined) throw malformed([{ path: 'status', fault: `must be one of ${STATUSES.join(', ')}` }]);
    await waitFor(this.tegas, ['person_match', 'case_file'], atLeastPosition);
    const scope = officesInScope(this.desk, officialOf(request), this.tegas.time.now());
    const { items, ...rest } = await findMatches(this.tegas.readModels, { officesInScope: scope, status, ...page });
    return { items: await Promise.all(items.map((item) => this.withoutSecrets(item, request))), ...rest };
  }

  /** Both sides of a match as far as you may see them, why it was proposed, and who decided what. */
  @May('ReadCase')
  @Get('matches/:matchId')
  async match(
    @Param('matchId') matchId: string,
    @Query() query: Record<string, string>,
    @Req() request: SignedInRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    refuseUnknown(query, []);
    checkedId(matchId);
    const { state, revision } = await this.orUnreadableMatch(matchId, request, () => readMatch(this.tegas.log, matchId));
    if (state === undefined) throw notFound();
    const { records, seen, both } = await this.sidesOf(state, request);
    if (seen.every((side) => side === undefined)) throw notFound();
    const [a, b] = records.map(recordIn);
    reply.header('ETag', `"${revision}"`);
    return {
      ...state,
      revision,
      // What was said about two people, and in what their papers agree, is for whoever may see both.
      reasons: both ? state.reasons : [],
      acts: both ? state.acts : state.acts.map(({ reason: _, ...act }) => act),
      sides: await Promise.all(records.map(async (record, at) => seen[at] ?? { elsewhere: await this.notShown(record) })),
      ...(both && a !== undefined && b !== undefined ? { match: matchOf(a, b) } : {}),
    };
  }

  /** In what two papers agree would tell who sees one side what stands in the other. */
  private async withoutSecrets<M extends Pick<MatchRow, 'a' | 'b' | 'status' | 'reasons'>>(
    match: M,
    request: SignedInRequest,
  ): Promise<M> {
    return (await this.sidesOf(match, request)).both ? match : { ...match, reasons: [] };
  }

  /** The two records of a match, each as far as this official may see it, and whether what both say is shown. */
  private async sidesOf({ a, b, status }: Pick<MatchRow, 'a' | 'b' | 'status'>, request: SignedInRequest) {
    const records = await Promise.all([a, b].map((id) => this.recordOf(id)));
    // Who joins and separates for an office that has one of them compares what both say, for as long as there is something to decide.
    const deciding = ['proposed', 'merged'].includes(status);
    const seen = await Promise.all(
      records.map(recordIn).map((record) => (record === undefined ? undefined : this.seen(record, request, deciding))),
    );
    return { records, seen, both: seen.every((side) => side !== undefined && side.shown !== 'withheld') };
  }

  /** A record beside the one that was asked for: where it cannot be read, that is told in its place, and the rest is shown. */
  private async recordOf(personId: Id): Promise<PersonRecord | UnreadableStream | undefined> {
    try {
      return (await readPerson(this.tegas.log, personId)).state;
    } catch (error) {
      if (error instanceof UnreadableStream) return error;
      throw error;
    }
  }

  /** In place of a record that is not shown: whom to ask, or that it cannot be read. */
  private async notShown(record: PersonRecord | UnreadableStream | undefined) {
    return record instanceof UnreadableStream
      ? { ask: [], text: unreadable(record).text }
      : this.elsewhere(await this.officeOf(record));
  }

  private orUnreadable<T>(personId: Id, request: SignedInRequest, work: () => Promise<T>): Promise<T> {
    return orUnreadableTo(work, async () => {
      const known = await personAsFarAsReadable(this.tegas.log, personId);
      const seen = known === undefined ? undefined : await this.seen(known, request);
      return seen === undefined ? undefined : parkedView(this.tegas, personId);
    });
  }

  private orUnreadableMatch<T>(matchId: Id, request: SignedInRequest, work: () => Promise<T>): Promise<T> {
    return orUnreadableTo(work, async () => {
      const known = await matchAsFarAsReadable(this.tegas.log, matchId);
      const seen = known === undefined ? [] : (await this.sidesOf(known, request)).seen;
      return seen.every((side) => side === undefined) ? undefined : parkedView(this.tegas, matchId);
    });
  }

  private async recordPerson(
    request: SignedInRequest,
    reply: FastifyReply,
    key: string | undefined,
    what: Pick<PersonSubmission, 'type' | 'caseId' | 'papers'>,
    expectedRevision?: number,
  ) {
    const actorId = officialOf(request);
    const submit = new SubmitToRegister({
      ...what,
      actorId,
      at: this.tegas.time.now(),
      commandId: commandIdOf(actorId, `person ${what.caseId} ${checkedKey(key)}`),
      ...(expectedRevision === undefined ? {} : { expectedRevision }),
    });
    const { id, outcome } = await orUnreadable(this.tegas, what.caseId, actorId, () => this.commands.execute(submit));
    if (outcome.kind === 'wrong-revision') await readInScope(this.desk, this.tegas, what.caseId, actorId);
    return { personId: id, ...recorded(outcome, reply) };
  }

  private decideOnMatch(
    type: MatchCommand['type'],
    matchId: string,
    body: unknown,
    ifMatch: string | undefined,
    key: string | undefined,
    request: SignedInRequest,
    reply: FastifyReply,
  ) {
    checkedId(matchId);
    const { reason } = check(MatchReasonRequest, body);
    return this.decideOn(request, reply, key, { matchId }, { type, reason }, expectedRevisionOf(ifMatch));
  }

  private async decideOn(
    request: SignedInRequest,
    reply: FastifyReply,
    key: string | undefined,
    of: MatchSubmission['of'],
    command: MatchSubmission['command'],
    expectedRevision?: number,
  ) {
    const actorId = officialOf(request);
    const matchId = 'matchId' in of ? of.matchId : matchIdOf(...of.pair);
    const { id, outcome } = await this.orUnreadableMatch(matchId, request, async () => {
      const { state } = await readMatch(this.tegas.log, matchId);
      const pair = 'pair' in of ? of.pair : state === undefined ? [] : [state.a, state.b];
      return this.commands.execute(
        new SubmitToRegister({
          command,
          of,
          cases: await findCasesOfPersons(this.tegas.readModels, pair),
          actorId,
          at: this.tegas.time.now(),
          commandId: commandIdOf(actorId, `${matchId} ${checkedKey(key)}`),
          ...(expectedRevision === undefined ? {} : { expectedRevision }),
        }),
      );
    });
    if (outcome.kind === 'wrong-revision') {
      // That it changed is told only to who may see a side of it; for everyone else it does not exist.
      const { state } = await readMatch(this.tegas.log, id);
      const { seen } = state === undefined ? { seen: [] } : await this.sidesOf(state, request);
      if (seen.every((side) => side === undefined)) throw notFound();
    }
    return { matchId: id, ...recorded(outcome, reply) };
  }

  private async awaited(query: Record<string, string>): Promise<void> {
    refuseUnknown(query, ['atLeastPosition']);
    await waitFor(this.tegas, ['person', 'person_match', 'case_file'], pageOf(query).atLeastPosition);
  }

  private readCase(caseId: Id, request: SignedInRequest) {
    return readInScope(this.desk, this.tegas, caseId, officialOf(request));
  }

  private seen(record: PersonRecord, request: SignedInRequest, deciding = false): Promise<SeenRecord | undefined> {
    return seenRecord(this.desk, this.tegas, record, officialOf(request), deciding);
  }

  private async view(personId: Id, request: SignedInRequest, compared: readonly Comparable[] = []) {
    const { readModels } = this.tegas;
    const { personIds, matches } = await findPerson(readModels, personId);
    const read = await Promise.all(personIds.map((id) => this.recordOf(id)));
    const records = read.flatMap((record) => recordIn(record) ?? []);
    const seen = await Promise.all(records.map((record) => this.seen(record, request)));
    const visible = seen.flatMap((record) => (record === undefined ? [] : [record]));
    const hidden = records.filter((_, at) => seen[at] === undefined);
    const own = [
      ...compared,
      ...records.flatMap((record, at): readonly Comparable[] => {
        const shown = seen[at]?.shown;
        return shown === undefined ? [] : [{ record, open: shown !== 'withheld' }];
      }),
    ];
    const others = await this.othersLike(
      own.map(({ record }) => record),
      personIds,
    );
    const closed = [...read, ...others].filter((record) => record instanceof UnreadableStream);
    return {
      personId,
      /** The one id of everyone in it, as the merges stand. */
      person: personIds[0] ?? personId,
      records: visible,
      elsewhere: await Promise.all([...hidden, ...closed].map((record) => this.notShown(record))),
      matches: matches.map(({ matchId, a, b, status, revision }) => ({ matchId, a, b, status, revision })),
      candidates: await this.candidates(
        own,
        others.flatMap((other) => recordIn(other) ?? []),
        matches,
        request,
      ),
    };
  }

  /** Records of the register, besides the person's own, that share a word with theirs. */
  private async othersLike(records: readonly PersonRecord[], personIds: readonly Id[]) {
    const words = records.flatMap(({ papers }) => (papers === undefined ? [] : keyedWords(this.tegas.log, papers)));
    const found = await findByWords(this.tegas.readModels, [...new Set(words)], personIds);
    return Promise.all(found.map((id) => this.recordOf(id)));
  }

  /**
   * Who else it may be. Of a person with another office only that office is told, and whom to ask there; of one whose case is not one's own work,
   * that there is one, and nothing of what papers say.
   */
  private async candidates(
    records: readonly Comparable[],
    others: readonly PersonRecord[],
    decided: readonly MatchRow[],
    request: SignedInRequest,
  ) {
    const candidates = await Promise.all(
      others.map(async (other) => {
        const { personId } = other;
        const best = bestMatch(records, other);
        if (best === undefined) return undefined;
        const matchId = matchIdOf(best.of, personId);
        const status = decided.find((one) => one.matchId === matchId)?.status;
        if (status === 'dismissed') return undefined;
        const { strength, reasons, against } = best.match;
        const common = { personId, of: best.of, matchId, strength, ...(status === undefined ? {} : { status }) };
        const record = await this.seen(other, request);
        if (record === undefined) return { ...common, elsewhere: this.elsewhere(await this.officeOf(other)) };
        const open = record.shown !== 'withheld' && records.some((one) => one.open && one.record.personId === best.of);
        return { ...common, record, ...(open ? { reasons, against } : {}) };
      }),
    );
    return candidates
      .flatMap((candidate) => (candidate === undefined ? [] : [candidate]))
      .sort((a, b) => STRENGTHS.indexOf(a.strength) - STRENGTHS.indexOf(b.strength));
  }

  /** The office that has the person's last case. */
  private async officeOf(record: PersonRecord | undefined): Promise<Code | undefined> {
    const caseId = record?.caseIds.at(-1);
    return caseId === undefined ? undefined : (await this.desk.asFarAsReadable(caseId))?.office;
  }

  private elsewhere(office: Code | undefined) {
    const { offices, officials } = this.desk.registry.state;
    const at = this.tegas.time.now();
    const ask = [...officials.values()].flatMap(({ id, name }) =>
      this.desk.actor(id, at).capacities.some((c) => c.office === office && ASKED.includes(c.role))
        ? [{ official: id, name }]
        : [],
    );
    const place = offices.get(office ?? '')?.name ?? '-';
    const names = ask.map(({ name }) => name).join(', ') || place;
    return {
      office,
      ask,
      text: {
        id: `Ada kecocokan di kantor lain (${place}): tanyakan kepada ${names}.`,
        en: `A match exists in another office (${place}): ask ${names}.`,
      },
    };
  }
}

/** A record that others are compared with, and whether what it says is shown to who asks. */
interface Comparable {
  readonly record: PersonRecord;
  readonly open: boolean;
}

/**
 * The record with those of its cases that this official may read; undefined when there are none. What its papers say is shown to whose own work one
 * of these cases is, or who has it open for a reason, where they were recorded in the official's scope; and, while there is something to
 * decide of two persons, to who decides it (ADR 30).
 */
async function seenRecord(
  desk: CaseDesk,
  tegas: Tegas,
  record: PersonRecord,
  official: Id,
  deciding: boolean,
): Promise<SeenRecord | undefined> {
  const cases = await casesSeen(desk, tegas, record, official);
  if (cases.length === 0) return undefined;
  const at = tegas.time.now();
  const who = { actor: desk.actor(official, at), at, offices: desk.registry.state.offices };
  const as = await papersShown(desk, record, cases, who.actor, at);
  const shown = as === 'withheld' && deciding && mayCompare(who, cases) ? 'comparing' : as;
  const told = cases.map(caseTold);
  // Through which case they were recorded may be another office's to tell.
  const { papers, papersOf: _, ...rest } = record;
  return {
    ...rest,
    ...(papers === undefined || shown === 'withheld' ? {} : { papers }),
    shown,
    caseIds: told.map(({ caseId }) => caseId),
    cases: told,
  };
}

/** Why what the papers of a record say is shown to someone who may read these of its cases, or that it is withheld. */
export async function papersShown(
  desk: CaseDesk,
  { papersOf }: PersonRecord,
  cases: readonly CaseFile[],
  actor: Actor,
  at: InstantAt,
): Promise<Showing['as']> {
  // What another office's case put there is that office's to show.
  if (!cases.some(({ caseId }) => caseId === papersOf)) return 'withheld';
  const showings = await Promise.all(cases.map((one) => showingTo(desk, actor, one, at)));
  return showings.find(({ as }) => as !== 'withheld')?.as ?? 'withheld';
}

/** Those cases of a record that this official may read. */
export async function casesSeen(desk: CaseDesk, tegas: Tegas, record: PersonRecord, official: Id): Promise<readonly CaseFile[]> {
  const at = tegas.time.now();
  const who = { actor: desk.actor(official, at), at, offices: desk.registry.state.offices };
  const offered = await findCasesOfPersons(tegas.readModels, [record.personId]);
  return (await casesOf(desk, record, offered)).filter((one) => seesPerson(who, [one]));
}

/** A case as it stands in a list of someone's. */
export function caseTold({ caseId, procedure, office, progress }: CaseFile) {
  return { caseId, reference: referenceOf(caseId), procedure: procedure.code, office, stage: progress.stage };
}

function recordIn(read: PersonRecord | UnreadableStream | undefined): PersonRecord | undefined {
  return read instanceof UnreadableStream ? undefined : read;
}

const STRENGTHS: readonly Match['strength'][] = ['strong', 'likely', 'possible'];

/** The likest of the records, where one is like the other at all. */
function bestMatch(records: readonly Comparable[], other: PersonRecord): { of: Id; match: Match } | undefined {
  return records
    .flatMap(({ record }) => {
      const match = matchOf(record, other);
      return match === undefined ? [] : [{ of: record.personId, match }];
    })
    .sort((a, b) => STRENGTHS.indexOf(a.match.strength) - STRENGTHS.indexOf(b.match.strength))[0];
}

/** Dates written as their precision says. @throws Problem 400 */
function checkedPapers(papers: PapersPart): Papers {
  const faults = papers.births.flatMap((born, at) =>
    isBorn(born)
      ? []
      : [{ path: `papers.births.${at}.date`, fault: `must be a ${born.precision} that exists, as 1974-05-20, 1974-05 or 1974` }],
  );
  if (papers.names.length === 0) faults.push({ path: 'papers.names', fault: 'must hold a name' });
  if (faults.length > 0) throw malformed(faults);
  return papers;
}
