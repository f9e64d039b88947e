/**
 * One box over cases, persons and letters: by a number as it is written or read out, or by what is written of someone. What is asked for comes in the
 * body and is kept nowhere; that somebody looked, and who was shown, is a record. Read models say where to look, the streams what is there.
 */
import { Body, Controller, HttpCode, Inject, Post, Query, Req } from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger';
import type { CaseEvent } from '#domain/case/events.js';
import { receiptOfToken } from '#domain/case/intake.js';
import { mayRead } from '#domain/case/permit.js';
import { DIGITS, digitsAsHeard, parseReference } from '#domain/case/reference.js';
import type { CaseFile } from '#domain/case/state.js';
import type { Id, Text } from '#domain/event.js';
import { type Asked, type Found, isOfHead, readingsOf, saidWhy, whyFound, writtenIn, writtenInPapers } from '#domain/search.js';
import { CaseDesk } from '#event-store/case-desk.js';
import { UnreadableStream } from '#event-store/event-log.js';
import { type Showing, showingTo } from '#event-store/glass-desk.js';
import { readPerson } from '#event-store/person-desk.js';
import type { RecordedEvent } from '#event-store/port.js';
import { letterNumber, lettersOf, stillStands } from '#letters/letter.js';
import { type LetterRef, letterOfToken } from '#letters/letter-proof.js';
import { findCaseByReference } from '#read-models/case-file.js';
import { findCasesByReference, findCasesByWords, findPersonsByWords } from '#read-models/search.js';
import { officialOf } from './case.controller.js';
import { Words } from './fields.js';
import { casesSeen, caseTold, papersShown } from './persons.controller.js';
import { officesInScope, pageOf, refuseUnknown, waitFor } from './queries.js';
import { check } from './requests.js';
import { May, type SignedInRequest } from './sign-in.js';
import { OpenLogToken, type Tegas } from './tegas.js';

export class SearchRequest {
  @Words(500, {
    description:
      'Names in any order and spelling, a number of a person or paper, a birth, a case’s reference or its beginning, a letter’s number, or the address in a QR code.',
    example: 'da Contoh 1974',
  })
  words!: string;
}

/** More than these tell whoever looks that they must say more. */
const MOST_CASES = 25;
const MOST_PERSONS = 10;
/** Of a reference so much at least. */
const SHORTEST_BEGINNING = 4;
const REFERENCE_DIGITS = 12;

interface CaseSeen {
  readonly state: CaseFile;
  readonly events: readonly RecordedEvent[];
  readonly showing: Showing;
}

@ApiTags('lists')
@ApiBearerAuth()
@Controller('search')
export class SearchController {
  constructor(
    private readonly desk: CaseDesk,
    @Inject(OpenLogToken) private readonly tegas: Tegas,
  ) {}

  @May('Search')
  @Post()
  @HttpCode(200)
  @ApiOperation({ summary: 'Cases, persons and letters in your scope by what is written of them; each with why it was found' })
  @ApiBody({ type: SearchRequest })
  @ApiQuery({ name: 'atLeastPosition', required: false })
  async search(@Body() body: unknown, @Query() query: Record<string, string>, @Req() request: SignedInRequest) {
    refuseUnknown(query, ['atLeastPosition']);
    const { words } = check(SearchRequest, body);
    await waitFor(this.tegas, ['case_file', 'person'], pageOf(query).atLeastPosition);
    const official = officialOf(request);
    const offices = officesInScope(this.desk, official, this.tegas.time.now());
    const [letters, named] = await Promise.all([this.letters(words, official), this.named(words, offices)]);
    const cases = (await Promise.all(named.map((id) => this.caseFound(id, official)))).flatMap(given);
    const written = await this.written(readingsOf(words), official, offices);
    const others = written.cases.filter(({ caseId }) => !named.includes(caseId));
    return { items: [...letters, ...cases, ...others, ...written.persons], more: written.more };
  }

  /** What is found by what is written of someone, in the first reading of the words by which anything is. */
  private async written(readings: readonly (readonly Asked[])[], official: Id, officesInScope: readonly string[]) {
    const { readModels, log } = this.tegas;
    for (const asked of readings) {
      const [caseIds, personIds] = await Promise.all([
        findCasesByWords(readModels, log, asked, { officesInScope, limit: MOST_CASES + 1 }),
        findPersonsByWords(readModels, log, asked, { officesInScope, limit: MOST_PERSONS + 1 }),
      ]);
      const [cases, persons] = await Promise.all([
        Promise.all(caseIds.slice(0, MOST_CASES).map((id) => this.caseFound(id, official, asked))),
        Promise.all(personIds.slice(0, MOST_PERSONS).map((id) => this.personFound(id, official, asked))),
      ]);
      const [of, who] = [cases.flatMap(given).toSorted(byLikeness), persons.flatMap(given).toSorted(byLikeness)];
      if (of.length + who.length > 0)
        return { cases: of, persons: who, more: caseIds.length > MOST_CASES || personIds.length > MOST_PERSONS };
    }
    return { cases: [], persons: [], more: false };
  }

  /** Cases whose reference this is, or begins so; the receipt of a post and a letter's number name it too. */
  private async named(words: string, officesInScope: readonly string[]): Promise<readonly Id[]> {
    const { readModels } = this.tegas;
    const taken = receiptOfToken(tokenIn(words))?.receipt.caseId;
    if (taken !== undefined) return [taken];
    const said = letterNumberIn(words)?.reference ?? words;
    const reference = parseReference(said);
    if (reference !== undefined) return given(await findCaseByReference(readModels, reference));
    const digits = digitsAsHeard(said).slice(0, REFERENCE_DIGITS);
    if (digits.length < SHORTEST_BEGINNING || [...digits].some((digit) => !DIGITS.includes(digit))) return [];
    const beginning = digits.match(/.{1,4}/g)?.join('-') ?? '';
    return findCasesByReference(readModels, beginning, { officesInScope, limit: MOST_CASES });
  }

  /** The letter of a QR code, or those that bear a number. */
  private async letters(words: string, official: Id): Promise<readonly LetterFound[]> {
    const { codec, readModels } = this.tegas;
    const ref: LetterRef | undefined = letterOfToken(tokenIn(words), (text) => codec.fingerprint(text));
    const number = letterNumberIn(words);
    const reference = number === undefined ? undefined : parseReference(number.reference);
    const caseId = ref?.caseId ?? (reference === undefined ? undefined : await findCaseByReference(readModels, reference));
    const seen = caseId === undefined ? undefined : await this.seen(caseId, official);
    if (seen === undefined) return [];
    const { state, events, showing } = seen;
    const context = { ...(await this.desk.around(state)), actor: { id: official, capacities: [] }, at: this.tegas.time.now() };
    return lettersOf(events, context.procedure.letters).flatMap((letter): readonly LetterFound[] => {
      const bears = letterNumber(letter, context);
      const asked =
        ref === undefined
          ? [bears, bears.replace(/\/\d+\//, '/')].includes(number?.whole ?? '')
          : letter.revision === ref.revision;
      if (!asked) return [];
      const { revision, definition, event } = letter;
      const about = { revision, code: definition.code, name: definition.name, number: bears, at: event.metadata.effectiveAt };
      const found = [ref === undefined ? SAME_NUMBER : SAME_CODE];
      return [{ kind: 'letter', ...caseTold(state), shown: showing.as, ...about, stands: stillStands(letter, state), found }];
    });
  }

  /** A case as it is told to who found it; undefined where it is not theirs to find, or nothing of what was asked is in what they may see. */
  private async caseFound(caseId: Id, official: Id, asked?: readonly Asked[]): Promise<CaseFound | undefined> {
    const seen = await this.seen(caseId, official);
    if (seen === undefined) return undefined;
    const { state, events, showing } = seen;
    const open = showing.as !== 'withheld';
    const written = events.flatMap((event) => writtenIn(event as RecordedEvent & CaseEvent));
    const found = asked === undefined ? [] : whyFound(asked, open ? written : written.filter(isOfHead));
    if (found === undefined) return undefined;
    const name = open && state.subject !== undefined ? { name: state.subject.name } : {};
    const { openedAt } = state;
    return { kind: 'case', ...caseTold(state), openedAt, shown: showing.as, ...name, ...told(found, open, SAME_REFERENCE) };
  }

  private async personFound(personId: Id, official: Id, asked: readonly Asked[]): Promise<PersonFound | undefined> {
    const state = (await orNothing(() => readPerson(this.tegas.log, personId)))?.state;
    if (state?.papers === undefined) return undefined;
    const cases = await casesSeen(this.desk, this.tegas, state, official);
    const found = whyFound(asked, writtenInPapers(state.papers));
    if (found === undefined || cases.length === 0) return undefined;
    const at = this.tegas.time.now();
    const shown = await papersShown(this.desk, state, cases, this.desk.actor(official, at), at);
    const open = shown !== 'withheld';
    const names = open ? { names: state.papers.names.map(({ name }) => name) } : {};
    return { kind: 'person', personId, ...names, shown, cases: cases.map(caseTold), ...told(found, open) };
  }

  /** A case that this official may read, and how much of it; one that cannot be read is found by nobody but by its page. */
  private async seen(caseId: Id, official: Id): Promise<CaseSeen | undefined> {
    const { state, events } = (await orNothing(() => this.desk.read(caseId))) ?? {};
    const at = this.tegas.time.now();
    const actor = this.desk.actor(official, at);
    if (state === undefined || events === undefined || !mayRead(actor, state, this.desk.registry.state.offices, at))
      return undefined;
    return { state, events, showing: await showingTo(this.desk, actor, state, at) };
  }
}

interface Why {
  /** `named`: it was asked for by its own number. */
  readonly how: Found['how'] | 'named';
  readonly text: Text;
}

type CaseInList = ReturnType<typeof caseTold>;
type CaseFound = CaseInList & {
  readonly kind: 'case';
  readonly openedAt: string;
  readonly shown: Showing['as'];
  readonly name?: string;
  readonly found: readonly Why[];
};
interface PersonFound {
  readonly kind: 'person';
  readonly personId: Id;
  readonly names?: readonly string[];
  readonly shown: Showing['as'];
  readonly cases: readonly CaseInList[];
  readonly found: readonly Why[];
}
type LetterFound = CaseInList & {
  readonly kind: 'letter';
  readonly shown: Showing['as'];
  readonly revision: number;
  readonly code: string;
  readonly name: Text;
  readonly number: string;
  readonly at: string;
  readonly stands: boolean;
  readonly found: readonly Why[];
};

const SAME_REFERENCE: Why = { how: 'named', text: { id: 'Nomor perkara', en: 'The case’s reference' } };
const SAME_NUMBER: Why = { how: 'named', text: { id: 'Nomor surat', en: 'The letter’s number' } };
const SAME_CODE: Why = { how: 'named', text: { id: 'Kode pada surat', en: 'The code on the letter' } };

/** Why, in words; what is found by itself is found by `otherwise`. */
function told(found: readonly Found[], open: boolean, otherwise?: Why): { readonly found: readonly Why[] } {
  const said = found.map((one) => ({ how: one.how, text: saidWhy(one, open) }));
  return { found: said.length === 0 && otherwise !== undefined ? [otherwise] : said };
}

const BEST_FIRST: readonly Why['how'][] = ['named', 'same', 'near', 'mentioned'];

/** Found as it was asked before found as it may be meant; else in the order in which they came. */
function byLikeness(a: { readonly found: readonly Why[] }, b: { readonly found: readonly Why[] }): number {
  const worst = ({ found }: typeof a): number => Math.max(0, ...found.map(({ how }) => BEST_FIRST.indexOf(how)));
  return worst(a) - worst(b);
}

/** The last part of the address in a QR code, or the words themselves. */
function tokenIn(words: string): string {
  return /^https?:\/\/\S+$/.test(words.trim()) ? (words.trim().split('/').at(-1) ?? '') : words;
}

/** `7K4M-2Q9X-31BD-8/40/PSK/XI/2026`; without the 40, every letter of the case in that month. */
function letterNumberIn(words: string): { readonly reference: string; readonly whole: string } | undefined {
  const [, said, rest] = /^\s*([^/]+?)\s*((?:\/\d+)?\/[A-Za-z-]+\/[IVXivx]+\/\d{4})\s*$/.exec(words) ?? [];
  const reference = said === undefined ? undefined : parseReference(said);
  return reference === undefined || rest === undefined ? undefined : { reference, whole: `${reference}${rest.toUpperCase()}` };
}

function given<T>(value: T | undefined): readonly T[] {
  return value === undefined ? [] : [value];
}

/** What cannot be read takes no other result with it. @throws StoreUnavailable */
async function orNothing<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof UnreadableStream) return undefined;
    throw error;
  }
}
