/**
 * A letter as its case says it, derived from events alone: whoever derives it again, years later, derives the same. In Indonesian, the
 * language of the offices; article by article.
 */
import { dateIn, zoneOf } from '#domain/case/clock-events.js';
import type { CaseEvent } from '#domain/case/events.js';
import type { CommandContext } from '#domain/case/policies.js';
import { referenceOf } from '#domain/case/reference.js';
import { isAmong, remediesFor } from '#domain/case/remedies.js';
import { type CaseFile, type CaseState, determinationOf, evolve, initialState } from '#domain/case/state.js';
import { dayText, lengthText } from '#domain/clock/explain-due.js';
import type { Code, DateOn, Id } from '#domain/event.js';
import { lineageOf } from '#domain/office/office.js';
import { actorOn, type Official, roleNames } from '#domain/office/official.js';
import type { LetterDefinition } from '#domain/procedure/procedure.js';
import { folded } from '#event-store/event-log.js';
import type { RecordedEvent } from '#event-store/port.js';
import { capital, cited, decisionGrounds, type Ground } from './letter-grounds.js';

/** A letter that an event of a case calls for, and the case as it stood with that event. */
export interface LetterOfCase {
  /** Of the event. */
  readonly revision: number;
  readonly event: RecordedEvent & CaseEvent;
  readonly state: CaseFile;
  readonly definition: LetterDefinition;
}

export interface Letter {
  /** The offices of the letterhead, the highest first. */
  readonly letterhead: readonly string[];
  readonly number: string;
  readonly title: string;
  readonly on: DateOn;
  /** Who and what it is about: label and value. */
  readonly about: readonly (readonly [string, string])[];
  readonly opening: string;
  /** Steps of the proof with their articles and papers, or what is missing; the outermost first. */
  readonly grounds: readonly Ground[];
  readonly decision?: string;
  /** What may be done against it, within which time. */
  readonly remedies: readonly string[];
  readonly signed: { readonly office: string; readonly capacity: string; readonly name: string };
}

export interface LetterContext extends CommandContext {
  readonly officials: ReadonlyMap<Id, Official>;
}

/** Every letter that the case's events call for, in their order. */
export function lettersOf(events: readonly RecordedEvent[], letters: readonly LetterDefinition[]): readonly LetterOfCase[] {
  const found: LetterOfCase[] = [];
  let state: CaseState = initialState;
  for (const recorded of events) {
    state = folded<CaseState, CaseEvent>({ initialState: state, evolve: (before, event) => evolve(before, event) }, [recorded]);
    if (state === undefined) continue;
    const event = recorded as RecordedEvent & CaseEvent;
    for (const definition of letters)
      if (
        definition.with.some((name) => name === event.type) &&
        isAmong(definition.onlyOutcomes, determinationOf(state)?.outcome) &&
        isAmong(definition.onlyChannels, state.channel)
      )
        found.push({ revision: event.revision, event, state, definition });
  }
  return found;
}

/**
 * Does what the letter says still stand in the case as it is now? A determination does until another takes its place, the case is opened again, or the law
 * takes it back; a receipt or a return says only what happened.
 */
export function stillStands({ event, state: then }: LetterOfCase, now: CaseFile): boolean {
  const determined = determinationOf(then);
  if (!decidesBy(event)) return true;
  const stands = determinationOf(now);
  return (
    stands !== undefined &&
    stands.at === determined?.at &&
    stands.outcome === determined.outcome &&
    now.progress.stage !== 'lapsed'
  );
}

export function letterOf(letter: LetterOfCase, context: LetterContext): Letter {
  const { state, event, definition } = letter;
  const { offices, officials } = context;
  const at = event.metadata.effectiveAt;
  const determination = determinationOf(state);
  const decides = decidesBy(event);
  const office = officeOf(letter);
  const on = dateOf(letter, context);
  const by = 'by' in event.data ? event.data.by : state.openedBy;
  const actingFor = decides ? determination?.authority.actingFor : undefined;
  const nameOf = (id: Id): string => officials.get(id)?.name ?? id;
  return {
    letterhead: letterheadOf(office, on, context),
    number: numberOn(letter, on, context),
    title: definition.name.id,
    on,
    about: aboutOf(state, context),
    opening: openingOf(event, state, context),
    grounds: decides ? decisionGrounds(state, { ...context, at }) : missingOf(event, context),
    ...(decides && determination !== undefined ? { decision: decisionOf(determination.outcome, context) } : {}),
    remedies: decides ? remediesOf(state, context) : [],
    signed: {
      office: offices.get(office)?.name ?? office,
      capacity: `${actingFor === undefined ? '' : `a.n. ${nameOf(actingFor)}, `}${capacityOf(officials.get(by), office, on)}`,
      name: nameOf(by),
    },
  };
}

/** The number that a letter bears, as people read it out. */
export function letterNumber(letter: LetterOfCase, context: CommandContext): string {
  return numberOn(letter, dateOf(letter, context), context);
}

/** Of the letters of a case each has its own: the revision of its event stands in it. */
function numberOn({ state, revision }: LetterOfCase, on: DateOn, { procedure }: CommandContext): string {
  return `${referenceOf(state.caseId)}/${revision}/${procedure.code}/${ROMAN[Number(on.slice(5, 7)) - 1]}/${on.slice(0, 4)}`;
}

function dateOf(letter: LetterOfCase, { offices }: CommandContext): DateOn {
  return dateIn(zoneOf(offices, officeOf(letter)), letter.event.metadata.effectiveAt);
}

/** Whose letter it is: the office that decided, or that has the case. */
function officeOf({ event, state }: LetterOfCase): Code {
  return decidesBy(event) ? (determinationOf(state)?.authority.office ?? state.office) : state.office;
}

function decidesBy({ type }: CaseEvent): boolean {
  return type === 'DeterminationApproved' || type === 'DeterminedOtherwise';
}

const ROMAN = ['I', 'II', 'III', 'IV', 'V', 'VI', 'VII', 'VIII', 'IX', 'X', 'XI', 'XII'];

function letterheadOf(office: string, on: DateOn, { offices }: LetterContext): readonly string[] {
  const lineage = lineageOf(offices, office, on)
    .toReversed()
    .filter((code) => offices.get(code)?.kind !== 'president' || code === office);
  return lineage.map((code) => (offices.get(code)?.name ?? code).toUpperCase());
}

function capacityOf(official: Official | undefined, office: string, on: DateOn): string {
  const role = official === undefined ? undefined : actorOn(official, on).capacities.find((one) => one.office === office)?.role;
  return role === undefined ? 'Pejabat yang berwenang' : capital(roleNames[role].id);
}

function aboutOf({ subject, caseId, lodgedAt, office }: CaseFile, { procedure, offices }: LetterContext): Letter['about'] {
  const lodgedOn = lodgedAt === undefined ? undefined : dayText(dateIn(zoneOf(offices, office), lodgedAt)).id;
  const lines: (readonly [string, string | undefined])[] = [
    ['Nama', subject?.name ?? '(dimusnahkan)'],
    ['Lahir', [subject?.birthPlace, subject?.born].filter((said) => said !== undefined).join(', ') || undefined],
    ...(subject?.identityNumbers ?? []).map(({ kind, number }) => [kind.toUpperCase(), number] as const),
    ['Jenis permohonan', `${procedure.name.id} (${procedure.code}, versi ${procedure.version})`],
    ['Nomor perkara', referenceOf(caseId)],
    ['Diajukan', lodgedOn],
  ];
  return lines.flatMap(([label, value]) => (value === undefined ? [] : [[label, value] as const]));
}

function openingOf(event: CaseEvent, state: CaseFile, { procedure, offices }: LetterContext): string {
  const office = offices.get(state.office)?.name ?? state.office;
  switch (event.type) {
    case 'ApplicationLodged':
      return `${office} telah menerima permohonan tersebut di atas. Simpan surat ini: dengan nomor perkara di atas perkembangannya dapat ditanyakan.`;
    case 'ApplicationReturned':
      return 'Permohonan tersebut di atas belum lengkap dan dikembalikan untuk dilengkapi. Selama itu tenggatnya tidak berjalan. Yang masih diperlukan:';
    case 'DeterminationApproved':
    case 'DeterminedOtherwise':
      return `Setelah memeriksa permohonan tersebut di atas menurut ${procedure.name.id}, dengan menimbang hal-hal berikut:`;
    default:
      return 'Sehubungan dengan perkara tersebut di atas dengan ini diberitahukan:';
  }
}

function missingOf(event: CaseEvent, { procedure }: LetterContext): Letter['grounds'] {
  if (event.type !== 'ApplicationReturned') return [];
  return event.data.missing.map((code) => {
    const kind = procedure.evidence.find((one) => one.code === code);
    return { depth: 0, text: kind?.name.id ?? code, ...(kind === undefined ? {} : { article: cited(kind.basis) }), papers: [] };
  });
}

function decisionOf(code: string, { procedure }: LetterContext): string {
  const outcome = procedure.outcomes.find((one) => one.code === code);
  const basis = outcome?.basis.map(cited).join('; ') ?? '';
  return `${outcome?.name.id ?? code}${basis === '' ? '' : ` (${basis})`}`;
}

function remediesOf(state: CaseFile, { procedure }: LetterContext): readonly string[] {
  return remediesFor(state, procedure).flatMap((remedy) => {
    const clock = procedure.clocks.find((one) => one.code === remedy.clock);
    if (clock === undefined) return [];
    return `${capital(remedy.name.id)} dapat diajukan dalam ${lengthText(clock.length).id} sejak surat ini disampaikan (${cited(remedy.basis)}).`;
  });
}
