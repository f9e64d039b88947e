/**
 * Intake without network (ADR 31): what a border post takes in waits on the device, signed for its applicant, and goes to the office when there is a
 * network, each under a key of its own. Whatever happens to the tab, one intake becomes one case.
 */
import { useSyncExternalStore } from 'react';
import { v5 as uuidV5 } from 'uuid';
import { type Intake, intakeText, receiptToken, signedBytes } from '#domain/case/intake.js';
import { referenceOf } from '#domain/case/reference.js';
import { ID_NAMESPACE, type Id, NAME_OF_CASE, nameOfCommand, type Text } from '#domain/event.js';
import { type Accepted, answered, client, loadSession, noteWrite, Refusal, Unreachable, type WhoAmI } from './api.js';
import {
  base64url,
  dropIntake,
  findIntakes,
  findPost,
  holderNow,
  keepIntake,
  keepPost,
  makeSigner,
  sha256Of,
  signWith,
} from './device.js';

/** A procedure, as far as intake asks about it. */
export interface IntakeKind {
  readonly code: string;
  readonly name: Text;
  readonly evidence: readonly { readonly code: string; readonly name: Text }[];
}

/** What a prepared device needs where there is no network. */
export interface Post {
  readonly device: Id;
  /** The sealed half of its key. */
  readonly signer: string;
  readonly who: WhoAmI;
  readonly kinds: readonly IntakeKind[];
}

export type Asked = Pick<Intake, 'procedure' | 'office' | 'subject' | 'papers'>;

/** An intake, where it is and how it stands. */
export interface Taken extends Intake {
  /** Under which it is sent, however often. */
  readonly key: string;
  readonly device: Id;
  readonly signature: string;
  /** On the receipt. */
  readonly token: string;
  readonly state: 'waiting' | 'received' | 'refused';
  readonly receivedAt?: number;
  /** Why the office refused it. */
  readonly refusal?: { readonly status: number } & Refusal['problem'];
}

interface Outbox {
  /** False until the device was looked at for the first time: before that nobody may say that nothing waits. */
  readonly looked: boolean;
  /** Undefined on a device that was not prepared. */
  readonly post: Post | undefined;
  /** The newest first. */
  readonly intakes: readonly Taken[];
  /** Of other officials, still on this device. */
  readonly others: number;
  /** Why nothing is sent for now. */
  readonly trouble: Refusal | Unreachable | undefined;
}

let outbox: Outbox = { looked: false, post: undefined, intakes: [], others: 0, trouble: undefined };
const listeners = new Set<() => void>();
/** Other tabs of this browser. */
const tabs = new BroadcastChannel('tegas-outbox');
tabs.onmessage = () => void look();

function show(change: Partial<Outbox>): void {
  outbox = { ...outbox, ...change };
  for (const listener of listeners) listener();
}

/** Looks at what is on the device. */
async function look(): Promise<void> {
  const [post, { own, others }] = await Promise.all([findPost<Post>(), findIntakes<Taken>()]);
  show({ looked: true, post, others, intakes: own.toSorted((a, b) => (a.takenAt < b.takenAt ? 1 : -1)) });
}

async function changed(): Promise<void> {
  await look();
  tabs.postMessage('changed');
}

export function useOutbox(): Outbox {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => outbox,
  );
}

/** Prepares this device for work without network: a key of its own is enrolled, and what opens the console here is kept. @throws Refusal, Unreachable */
export async function preparePost(who: WhoAmI, kinds: readonly IntakeKind[]): Promise<void> {
  const { publicKey, signer } = await makeSigner();
  const device = crypto.randomUUID();
  await answered(client.POST('/devices', { params: { header: { 'Idempotency-Key': device } }, body: { device, publicKey } }));
  await keepPost({ device, signer, who: withoutToken(who), kinds } satisfies Post);
  await navigator.storage.persist();
  await navigator.serviceWorker.register('/konsol/service-worker.js', { scope: '/konsol' });
  await navigator.serviceWorker.ready;
  await changed();
}

function withoutToken({ official, demo, now }: WhoAmI): WhoAmI {
  return { official, demo, now };
}

/** With a network, what is kept for the time without follows the register. */
export async function renewPost(who: WhoAmI, kinds: readonly IntakeKind[]): Promise<void> {
  const post = await findPost<Post>();
  if (post !== undefined && who.offline === undefined) await keepPost({ ...post, who: withoutToken(who), kinds } satisfies Post);
}

/** Takes an application in on this device. `before`: an intake that the office refused, which this corrects: it stays the same case. */
export async function takeIn(asked: Asked, before?: Taken): Promise<Taken> {
  const { post } = outbox;
  const official = holderNow();
  if (post === undefined || official === undefined) throw new Error('This device was not prepared');
  const key = before?.key ?? crypto.randomUUID();
  const intake: Intake = {
    ...asked,
    caseId: uuidV5(NAME_OF_CASE, uuidV5(nameOfCommand(official, key), ID_NAMESPACE)),
    takenAt: before?.takenAt ?? new Date(Math.floor(Date.now() / 1000) * 1000).toISOString(),
    salt: base64url(crypto.getRandomValues(new Uint8Array(16))),
  };
  const { caseId, takenAt } = intake;
  const { device, signer } = post;
  const receipt = { caseId, device, takenAt, sha256: await sha256Of(intakeText(intake)) };
  const signature = await signWith(signer, signedBytes(receipt));
  const taken: Taken = {
    ...intake,
    ...{ key, device, signature: base64url(signature), token: receiptToken(receipt, signature), state: 'waiting' },
  };
  await keepIntake(key, taken, true);
  await changed();
  void sendWaiting();
  return taken;
}

export const referenceIn = ({ caseId }: Pick<Taken, 'caseId'>): string => referenceOf(caseId);

/** What the office has received goes from this device. */
export async function clearReceived(): Promise<void> {
  for (const { key, state } of outbox.intakes) if (state === 'received') await dropIntake(key);
  await changed();
}

/** Sends what waits, the oldest first, one tab at a time; whoever is killed in between, the next one sends again under the same key. */
async function sendWaiting(): Promise<void> {
  await look();
  await navigator.locks.request('tegas-outbox', { ifAvailable: true }, async (lock) => {
    if (lock === null) return;
    // Whoever had the lock before may have sent some.
    await look();
    const waiting = outbox.intakes.filter(({ state }) => state === 'waiting').toReversed();
    if (waiting.length === 0) return show({ trouble: undefined });
    try {
      // A page that was opened without network has no token of the session yet.
      await loadSession();
      for (const taken of waiting) await send(taken);
      show({ trouble: undefined });
    } catch (error) {
      if (!(error instanceof Refusal || error instanceof Unreachable)) throw error;
      show({ trouble: error });
    }
  });
}

/** @throws Refusal, Unreachable where the office said nothing of this intake: it waits on */
async function send(taken: Taken): Promise<void> {
  const { key, procedure, office, papers, device, takenAt, salt, signature } = taken;
  const { identityNumbers, ...named } = taken.subject;
  let after: Taken;
  try {
    const accepted = await answered<Accepted>(
      client.POST('/cases', {
        params: { header: { 'Idempotency-Key': key } },
        body: {
          ...{ procedure, office, channel: 'border-post', papers: [...papers], receipt: { device, takenAt, salt, signature } },
          subject: { ...named, ...(identityNumbers === undefined ? {} : { identityNumbers: [...identityNumbers] }) },
        },
      }),
    );
    noteWrite(accepted);
    after = { ...taken, state: 'received', receivedAt: Date.now() };
  } catch (error) {
    if (!(error instanceof Refusal) || isForNow(error)) throw error;
    after = { ...taken, state: 'refused', refusal: { status: error.status, ...error.problem } };
  }
  await keepIntake(key, after, after.state !== 'received');
  await changed();
}

/** Says nothing of what was sent: not signed in, too much at once, the office's own trouble. */
function isForNow({ status, problem }: Refusal): boolean {
  return status === 401 || status === 429 || status >= 500 || problem.code === 'cross-site';
}

const SOON_MS = 2_000;
const LATER_MS = 60_000;

/** Sends whenever there may be a network again, until told to stop. */
export function keepSending(): () => void {
  let wait = SOON_MS;
  let timer: ReturnType<typeof setTimeout>;
  const once = async (): Promise<void> => {
    clearTimeout(timer);
    await sendWaiting().catch((error: unknown) => console.warn('outbox:', error instanceof Error ? error.name : error));
    wait = outbox.trouble === undefined ? SOON_MS : Math.min(2 * wait, LATER_MS);
    if (outbox.intakes.some(({ state }) => state === 'waiting')) timer = setTimeout(() => void once(), wait);
  };
  const now = (): void => {
    wait = SOON_MS;
    void once();
  };
  window.addEventListener('online', now);
  now();
  return () => {
    clearTimeout(timer);
    window.removeEventListener('online', now);
  };
}
