/** The console's one way to the API: the generated client, what its answers look like, and the three ways in which a call fails. */
import { QueryClient, queryOptions, useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query';
import createClient from 'openapi-fetch';
import type { AvailableAction } from '#domain/case/available-actions.js';
import type { Block } from '#domain/case/blocks.js';
import type { CaseCommandType } from '#domain/case/commands.js';
import type { CaseEvent } from '#domain/case/events.js';
import type { HeldType } from '#domain/case/held-act.js';
import { parseReference } from '#domain/case/reference.js';
import type { CaseClock, CaseFile, Stage } from '#domain/case/state.js';
import type { Urgency } from '#domain/clock/clock.js';
import type { DueExplanation } from '#domain/clock/explain-due.js';
import type { Citation, Id, InstantAt, Text } from '#domain/event.js';
import type { Office } from '#domain/office/office.js';
import type { Capacity } from '#domain/office/official.js';
import type { Match } from '#domain/person/matching.js';
import type { Evaluation } from '#domain/procedure/rules.js';
import type { ToldStep } from '#domain/process/escalation.js';
import type { ClocksEvent } from '#domain/process/events.js';
import type { PublishedProcedure } from '#domain/registry.js';
import { wordsOf } from '#domain/vocabulary.js';
import type { paths } from './api-schema.js';
import { findPost, holderNow, holdFor, letGo, resume, sessionEnded } from './device.js';
import { languageNow } from './words.js';

export interface WhoAmI {
  readonly official: {
    readonly id: Id;
    readonly name: string;
    readonly capacities: readonly (Capacity & { readonly roleName: Text; readonly officeName: string })[];
  };
  readonly demo: boolean;
  readonly now: InstantAt;
  readonly csrfToken?: string;
  /** From where on what changes is listened to. Absent where there is no network. */
  readonly livePosition?: string;
  /** There is no network: this device, prepared for it, says who it was left with. */
  readonly offline?: true;
}

export const workGroups = ['beyond-repair', 'overdue', 'due-soon', 'later'] as const;
export type WorkGroup = (typeof workGroups)[number];

export interface WorkItem {
  readonly caseId: Id;
  readonly reference: string;
  readonly procedure: string;
  readonly stage: Stage;
  readonly office: string;
  readonly officer: Id | null;
  readonly revision: number;
  readonly nextDueOn: string | null;
  readonly clockName?: Text;
  readonly left?: Text;
  readonly escalated: boolean;
  /** What the reader must know before all else: an indicator of trafficking, the law about to act, the law having acted. */
  readonly alerts: readonly Text[];
  readonly imported: boolean;
  readonly group: WorkGroup;
  /** Sent, and not in effect yet. */
  readonly held?: { readonly act: HeldType; readonly by: Id; readonly until: InstantAt };
  readonly nextAct?: { readonly command: CaseCommandType; readonly sentence: Text; readonly about?: Text };
}

interface WorkPage {
  readonly items: readonly WorkItem[];
  readonly counts: { readonly [G in WorkGroup]: number };
  /** Cases in review that the list leaves out unless they are asked for. */
  readonly inReview?: number;
  /** What a supervisor is told of that is no case yet. */
  readonly alerts: readonly Text[];
  readonly next?: string;
}

interface Elsewhere {
  readonly office?: string;
  readonly text: Text;
}

interface PersonRecordView {
  readonly personId: Id;
  /** Why what its papers say is shown, or `withheld`. */
  readonly shown: string;
  readonly cases: readonly { readonly caseId: Id; readonly reference: string; readonly procedure: string }[];
}

export interface PersonCandidate extends Partial<Pick<Match, 'reasons' | 'against'>> {
  readonly personId: Id;
  /** The record of the case's own subject that it is like. */
  readonly of: Id;
  readonly strength: Match['strength'];
  readonly status?: string;
  /** Absent when the person is with another office. */
  readonly record?: PersonRecordView;
  readonly elsewhere?: Elsewhere;
}

interface PersonView {
  readonly personId: Id;
  readonly registered: boolean;
  readonly records: readonly PersonRecordView[];
  readonly elsewhere: readonly Elsewhere[];
  readonly candidates: readonly PersonCandidate[];
}

export interface ReferralItem {
  readonly referralId: Id;
  readonly office: string;
  readonly channel: string;
  readonly area: string;
  readonly receivedBy: Id;
  readonly receivedAt: InstantAt;
  readonly alerts: readonly Text[];
}

/** What the official was told of a clock. How the clock stands is absent until the lists have come so far. */
export interface Told {
  readonly id: Id;
  readonly kind: 'escalated' | 'law-acts';
  readonly caseId: Id;
  readonly reference: string;
  readonly clock: string;
  readonly step: string;
  readonly role: string;
  readonly office: string;
  readonly at: InstantAt;
  readonly seenAt: InstantAt | null;
  readonly acknowledgedBy: Id | null;
  /** Whom it was told to before it passed to the official. */
  readonly toldBefore: readonly Id[];
  readonly procedure?: string;
  readonly zone?: string;
  readonly clockStatus?: 'running' | 'suspended' | 'stopped';
  readonly dueOn?: string;
  /** The clock's last day now, where it is another than was told. */
  readonly movedTo?: string;
  readonly clockName?: Text;
}

interface InboxView {
  readonly items: readonly Told[];
  /** Of the whole inbox. */
  readonly unread: number;
  readonly next?: string;
}

/** A clock that the law acts on when it runs out. */
export interface LawClock {
  readonly caseId: Id;
  readonly clockId: Id;
  readonly reference: string;
  readonly procedure: string;
  readonly clock: string;
  readonly office: string;
  readonly dueOn: string | null;
  readonly lawEffect: 'lapse' | 'grant';
  readonly lawOutcome: string | null;
  readonly toldRole: string | null;
  readonly acknowledgedBy: Id | null;
}

export interface ClockView extends CaseClock {
  readonly urgency: Urgency;
  readonly explanation: DueExplanation;
  readonly left?: Text;
}

export interface CaseView extends Omit<CaseFile, 'clocks'> {
  readonly reference: string;
  readonly revision: number;
  readonly position: string;
  readonly stage: Stage;
  readonly procedureName: Text;
  readonly authority: readonly { readonly office: string; readonly decides: boolean }[];
  readonly clocks: readonly ClockView[];
  /** Who was told as clocks ran out, and what came of it. */
  readonly told: readonly ToldStep[];
  readonly evaluation?: Evaluation;
  /** What keeps enforcement back now. */
  readonly blocks: readonly Block[];
  /** Why its personal data are shown; `withheld`: they are not, for it is not one's own work and nothing opened it. */
  readonly shown?: 'own-work' | 'break-glass' | 'withheld';
  /** What was sent and has not taken effect, or, since yesterday, did not. */
  readonly held?: HeldView;
  /** Everything that was ever sent and did not take effect, or has not yet, the oldest first. */
  readonly heldActs?: readonly HeldAct[];
  /** A list stopped following the case: from then on lists and timeline lack what happened. */
  readonly parked?: { readonly since: InstantAt; readonly reason: Text };
}

export interface HeldView {
  readonly heldId: Id;
  readonly act: HeldType;
  readonly by: Id;
  readonly until: InstantAt;
  /** How long it is held, and how much of that is left. */
  readonly seconds: number;
  readonly msLeft: number;
  readonly status: 'held' | 'released' | 'dropped';
  readonly why?: Text;
}

/** Of the timeline. */
export interface HeldAct extends Pick<HeldView, 'heldId' | 'act' | 'by' | 'until' | 'why'> {
  readonly at: InstantAt;
  readonly status: HeldView['status'] | 'recalled';
  readonly endedAt?: InstantAt;
}

export type Act = AvailableAction & { readonly name: string; readonly sentence: Text };

export interface HistoryItem {
  readonly eventId: Id;
  readonly position: string;
  readonly stream: Id;
  readonly revision: number;
  readonly type: (CaseEvent | ClocksEvent)['type'];
  readonly recordedAt: InstantAt;
  readonly effectiveAt: InstantAt;
  readonly actor: Id;
  readonly performedBy: Id | null;
  readonly data: { readonly [field: string]: unknown };
  readonly personal: { readonly [field: string]: unknown } | null;
  /** Of the event as it is stored. */
  readonly hash: string;
}

export interface Accepted {
  readonly caseId: Id;
  readonly revision: number;
  readonly position: string;
}

/** The id of the case of that reference, as people type it; what is none goes as it is, and the office says so. @throws Refusal where no such case is in scope */
export async function caseIdOf(said: string): Promise<Id> {
  const reference = parseReference(said);
  if (reference === undefined) return said.trim();
  const { items } = await answered<{ readonly items: readonly { readonly reference?: string; readonly caseId?: Id }[] }>(
    client.POST('/search', { params: { query: lastWrite() }, body: { words: reference } }),
  );
  const found = items.find((item) => item.reference === reference)?.caseId;
  if (found !== undefined) return found;
  throw new Refusal(404, {
    code: 'no-such-case',
    reason: {
      id: `Perkara ${reference} tidak ada, atau di luar wilayah kerja Anda.`,
      en: `There is no case ${reference}, or it lies outside of your scope.`,
    },
  });
}

/** The API answered, and not with what was asked for (`application/problem+json`). */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  constructor(
    readonly status: number,
    readonly problem: {
      readonly code?: string;
      readonly reason?: Text;
      readonly legalBasis?: readonly Citation[];
      /** Of a request that cannot be read: which part, and what is wrong with it. */
      readonly faults?: readonly { readonly path: string; readonly text: Text }[];
      readonly currentRevision?: number;
      readonly since?: readonly {
        readonly by: Id;
        readonly recordedAt: InstantAt;
        readonly revision: number;
        readonly sentence: Text;
      }[];
    },
  ) {
    super(problem.code ?? `HTTP ${status}`);
  }
}

/** Nothing came back: whether the act was recorded is not known, and the same key may be sent again. */
export class Unreachable extends Error {
  override readonly name = 'Unreachable';
}

let csrfToken: string | undefined;
/** The newest write of ours; lists wait for it. */
let lastPosition: string | undefined;

export const client = createClient<paths>({ baseUrl: '/' });
client.use({
  onRequest({ request }) {
    request.headers.set('Accept-Language', languageNow());
    if (csrfToken !== undefined && request.method !== 'GET') request.headers.set('X-CSRF-Token', csrfToken);
    return request;
  },
});

/**
 * What the API answered; the OpenAPI document describes requests and problems, not yet the shapes of answers, so the caller names it.
 * @throws Refusal, Unreachable
 */
export async function answered<T>(
  call: Promise<{ readonly data?: unknown; readonly error?: unknown; readonly response: Response }>,
): Promise<T> {
  let result: Awaited<typeof call>;
  try {
    result = await call;
  } catch (error) {
    throw new Unreachable(error instanceof Error ? error.message : String(error));
  }
  const { data, error, response } = result;
  if (!response.ok) throw new Refusal(response.status, typeof error === 'object' && error !== null ? error : {});
  return data as T;
}

export function noteWrite(accepted: Accepted): void {
  lastPosition = accepted.position;
}

/** Is this the position of a write of ours, or of one before it? What it changed was asked for anew then. */
export function isOwnWrite(position: string): boolean {
  return lastPosition !== undefined && BigInt(position) <= BigInt(lastPosition);
}

/** Of a list: that it is to show the newest write of ours. */
export function lastWrite(): { readonly atLeastPosition?: string } {
  return lastPosition === undefined ? {} : { atLeastPosition: lastPosition };
}

/** What changes is told (live.ts); this is for days that go by, and for where nobody can tell. */
const SELDOM = 5 * 60_000;
const RETRIES = 3;
export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      retry: (failures, error) =>
        // A fault of the program (500) comes again; what is only away for the moment (502, 503) comes back.
        failures < RETRIES && (error instanceof Unreachable || (error instanceof Refusal && error.status > 500)),
    },
  },
});

/** Who is signed in; without network, on a device that was prepared for it, whoever it was left with. @throws Refusal, Unreachable */
export async function loadSession(): Promise<WhoAmI> {
  try {
    const { deviceKey, ...who } = await answered<WhoAmI & { readonly deviceKey?: string }>(client.GET('/session'));
    csrfToken = who.csrfToken;
    if (deviceKey !== undefined) await holdFor(who.official.id, deviceKey);
    return who;
  } catch (error) {
    // A device that keeps nothing (no storage, no https) has nobody either.
    const nobody = () => undefined;
    if (error instanceof Refusal && error.status === 401) await sessionEnded().catch(nobody);
    const left = error instanceof Unreachable ? (holderNow() ?? (await resume().catch(nobody))) : undefined;
    const post = left === undefined ? undefined : await findPost<{ readonly who: WhoAmI }>().catch(nobody);
    if (post === undefined) throw error;
    return { ...post.who, offline: true };
  }
}

interface TakenDocument {
  readonly sha256: string;
  readonly size: number;
  readonly state: 'kept' | 'quarantined' | 'infected' | 'damaged';
}

interface LetterItem {
  readonly revision: number;
  readonly code: string;
  readonly name: Text;
  readonly at: InstantAt;
  /** False: what it says was taken back or replaced since. */
  readonly stands: boolean;
}

/** The letters that a case's events call for; asked for again when the case has changed. */
export function useLetters(caseId: Id, revision: number) {
  return useQuery({
    queryKey: ['letters', caseId, revision],
    queryFn: () =>
      answered<{ readonly items: readonly LetterItem[] }>(
        client.GET('/cases/{caseId}/letters', { params: { path: { caseId } } }),
      ),
  });
}

/** The documents of a case that are kept and may be opened, by hash; not asked for where no evidence names one. */
export function useDocuments(caseId: Id, wanted: boolean): ReadonlySet<string> {
  const { data } = useQuery({
    queryKey: ['documents', caseId],
    enabled: wanted,
    queryFn: () =>
      answered<{ readonly items: readonly TakenDocument[] }>(
        client.GET('/cases/{caseId}/documents', { params: { path: { caseId } } }),
      ),
  });
  return new Set(data?.items.flatMap(({ sha256, state }) => (state === 'kept' ? [sha256] : [])));
}

/** Sends a scan or a photograph; its hash goes into the evidence. @throws Refusal, Unreachable */
export function sendDocument(caseId: Id, file: File): Promise<TakenDocument> {
  return answered<TakenDocument>(
    client.POST('/cases/{caseId}/documents', {
      params: { path: { caseId } },
      headers: { 'Content-Type': file.type },
      body: '',
      bodySerializer: () => file,
    }),
  );
}

const sessionQuery = queryOptions({
  queryKey: ['session'],
  queryFn: loadSession,
  // It is asked without network too: a prepared device answers for itself, and asks again until the office does.
  networkMode: 'always',
  refetchOnReconnect: 'always',
  staleTime: ({ state }) => (state.data?.offline ? 0 : 60_000),
  refetchInterval: ({ state }) => (state.data?.offline ? 10_000 : false),
});

export function useSession() {
  return useQuery(sessionQuery);
}

export async function signOut(): Promise<void> {
  // First, whatever the network does: what is sealed on this device stays sealed.
  await letGo().catch(() => undefined);
  await answered<undefined>(client.POST('/session/sign-out'));
  location.assign('/konsol/masuk?sebab=keluar');
}

export interface WorkFilter {
  readonly mine: boolean;
  readonly stage: string | undefined;
}
export const WORK_PAGE = 50;

export function useWorklist({ mine, stage }: WorkFilter) {
  return useInfiniteQuery({
    queryKey: ['worklist', mine, stage],
    queryFn: ({ pageParam }) =>
      answered<WorkPage>(
        client.GET('/worklist', {
          params: {
            query: {
              ...(mine ? { mine: 'true' } : {}),
              ...(stage === undefined ? {} : { stage: stage as Stage }),
              ...(pageParam === '' ? {} : { after: pageParam }),
              ...lastWrite(),
              limit: String(WORK_PAGE),
              nextAct: 'true',
            },
          },
        }),
      ),
    initialPageParam: '',
    getNextPageParam: (page) => page.next,
    refetchInterval: SELDOM,
  });
}

/** From when a case is looked at: what was known by an instant, and of that what was true on a date. Without either: now. */
export interface Seen {
  readonly asOf?: InstantAt;
  readonly effectiveOn?: string;
}

function caseQuery(caseId: Id, { asOf, effectiveOn }: Seen = {}) {
  const query = { ...(asOf === undefined ? {} : { asOf }), ...(effectiveOn === undefined ? {} : { effectiveOn }) };
  return queryOptions({
    queryKey: ['case', caseId, asOf ?? 'now', effectiveOn],
    queryFn: () => answered<CaseView>(client.GET('/cases/{caseId}', { params: { path: { caseId }, query } })),
    ...(asOf === undefined ? {} : { staleTime: Number.POSITIVE_INFINITY }),
  });
}

export function useCase(caseId: Id, seen: Seen = {}) {
  return useQuery(caseQuery(caseId, seen));
}

function actsQuery(caseId: Id) {
  return queryOptions({
    queryKey: ['case', caseId, 'acts'],
    queryFn: () =>
      answered<{ revision: number; actions: readonly Act[] }>(
        client.GET('/cases/{caseId}/actions', { params: { path: { caseId } } }),
      ),
  });
}

export function useActs(caseId: Id) {
  return useQuery(actsQuery(caseId));
}

/** Who the subject of a case may also be. */
export function usePerson(caseId: Id) {
  return useQuery({
    queryKey: ['case', caseId, 'person'],
    queryFn: () =>
      answered<PersonView>(client.GET('/cases/{caseId}/person', { params: { path: { caseId }, query: lastWrite() } })),
  });
}

/** Referrals that wait at the offices one sees. */
export function useReferrals() {
  return useQuery({
    queryKey: ['referrals'],
    queryFn: () =>
      answered<{ items: readonly ReferralItem[] }>(
        client.GET('/referrals', { params: { query: { limit: '200', ...lastWrite() } } }),
      ),
    refetchInterval: SELDOM,
  });
}

export function useInbox() {
  return useInfiniteQuery({
    queryKey: ['inbox'],
    queryFn: ({ pageParam }) =>
      answered<InboxView>(
        client.GET('/notifications', {
          params: {
            query: {
              ...(pageParam === '' ? {} : { after: pageParam }),
              ...lastWrite(),
            },
          },
        }),
      ),
    initialPageParam: '',
    getNextPageParam: (page) => page.next,
    refetchInterval: SELDOM,
  });
}

/** Says that the official has opened what they were told, or answers for it. @throws Refusal, Unreachable */
export function useAnswerTold(): (id: Id, answer: 'seen' | 'acknowledge') => Promise<void> {
  const queries = useQueryClient();
  return async (id, answer) => {
    const params = { path: { id } };
    noteWrite(
      await answered<Accepted>(
        answer === 'seen'
          ? client.POST('/notifications/{id}/seen', { params })
          : client.POST('/notifications/{id}/acknowledge', { params }),
      ),
    );
    void queries.invalidateQueries({ queryKey: ['law'] });
    await queries.invalidateQueries({ queryKey: ['inbox'] });
  };
}

/** What lapses or is granted by silence within so many days (`all`: without end), first due first, at the offices one sees. */
export function useLawQueue(days: string) {
  return useInfiniteQuery({
    queryKey: ['law', days],
    queryFn: ({ pageParam }) =>
      answered<{ items: readonly LawClock[]; beyond?: number; next?: string }>(
        client.GET('/clocks', {
          params: {
            query: { byLaw: 'true', days, limit: '10', ...(pageParam === '' ? {} : { after: pageParam }), ...lastWrite() },
          },
        }),
      ),
    initialPageParam: '',
    getNextPageParam: (page) => page.next,
    refetchInterval: SELDOM,
  });
}

/** More than almost any case has, and the most that the API gives at once. */
const HISTORY_PAGE = 1000;

/** Every event of the case, oldest first, as far as the list of them has come; at least as far as a position, where one is given. */
function historyQuery(caseId: Id, position?: string) {
  return queryOptions({
    queryKey: ['case', caseId, 'history', position],
    queryFn: async () => {
      const least = position === undefined ? {} : { atLeastPosition: position };
      const items: HistoryItem[] = [];
      let after: string | undefined;
      do {
        const query = { limit: String(HISTORY_PAGE), ...(after === undefined ? least : { after }) };
        const page = await answered<{ items: readonly HistoryItem[]; next?: string }>(
          client.GET('/cases/{caseId}/history', { params: { path: { caseId }, query } }),
        );
        items.push(...page.items);
        after = page.next;
      } while (after !== undefined);
      return items;
    },
  });
}

/** Every event of the case up to a position, oldest first. It is asked for beside the case, and once more where it had not come as far. */
export function useHistory(caseId: Id, position: string | undefined) {
  const first = useQuery(historyQuery(caseId));
  const reached = first.data?.some((item) => position === undefined || BigInt(item.position) >= BigInt(position)) === true;
  const second = useQuery({ ...historyQuery(caseId, position), enabled: first.isSuccess && !first.isFetching && !reached });
  const { data, error } = first;
  return reached ? { data, error } : { data: second.data ?? data, error: second.error ?? error };
}

/** The names behind codes: procedures, offices, officials. What is not loaded yet is shown by its code. */
export interface Register {
  readonly procedures: readonly PublishedProcedure[];
  readonly officials: readonly { readonly id: Id; readonly name: string; readonly capacities: readonly Capacity[] }[];
  /** Empty until they are there. */
  readonly offices: readonly Office[];
  readonly officeName: (code: string) => string;
  readonly officialName: (id: Id) => string;
  readonly zoneOf: (office: string) => string | undefined;
  readonly procedureOf: (pin: { readonly code: string; readonly version: string }) => PublishedProcedure | undefined;
}

const RARELY = 10 * 60_000;

const registerQueries = {
  procedures: queryOptions({
    queryKey: ['procedures'],
    queryFn: () => answered<{ items: readonly PublishedProcedure[] }>(client.GET('/procedures')),
    staleTime: RARELY,
  }),
  offices: queryOptions({
    queryKey: ['offices'],
    queryFn: () => answered<{ items: readonly Office[] }>(client.GET('/offices')),
    staleTime: RARELY,
  }),
  officials: queryOptions({
    queryKey: ['officials'],
    queryFn: () => answered<{ items: Register['officials'] }>(client.GET('/officials')),
    staleTime: RARELY,
  }),
};

export function useRegister(): Register {
  const procedures = useQuery(registerQueries.procedures).data?.items;
  const offices = useQuery(registerQueries.offices).data?.items;
  const officials = useQuery(registerQueries.officials).data?.items;
  return {
    procedures: procedures ?? [],
    officials: officials ?? [],
    offices: offices ?? [],
    officeName: (code) => offices?.find((office) => office.code === code)?.name ?? code,
    officialName: (id) => officials?.find((official) => official.id === id)?.name ?? wordsOf(id)[languageNow()],
    zoneOf: (office) => offices?.find((o) => o.code === office)?.timeZone,
    procedureOf: (pin) => procedures?.find((p) => p.code === pin.code && p.version === pin.version),
  };
}

/** Asks at once for all that the page of a case waits for, so that nothing of it waits for another. */
export function startCase(caseId: Id): void {
  // In this order: a browser asks one server for six things at a time, and without the first nothing is shown.
  void queryClient.prefetchQuery(sessionQuery);
  void queryClient.prefetchQuery(caseQuery(caseId));
  void queryClient.prefetchQuery(historyQuery(caseId));
  void queryClient.prefetchQuery(registerQueries.procedures);
  void queryClient.prefetchQuery(registerQueries.officials);
  void queryClient.prefetchQuery(registerQueries.offices);
  void queryClient.prefetchQuery(actsQuery(caseId));
}

/** After an act: the case, what can be done with it, its history and every list are asked for anew. */
export function useRefresh(): (caseId: Id) => Promise<void> {
  const queries = useQueryClient();
  return async (caseId) => {
    void queries.invalidateQueries({ queryKey: ['worklist'] });
    await queries.invalidateQueries({ queryKey: ['case', caseId] });
  };
}
