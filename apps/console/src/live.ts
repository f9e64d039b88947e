/**
 * What others change shows by itself: the API tells which case changed (`GET /live`), and what is on the screen of it is asked for anew. One tab
 * listens for all tabs of its official; where it is closed, another goes on from where it stood.
 */
import { type QueryKey, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { isOwnWrite, type WhoAmI } from './api.js';

type Heard =
  | { readonly kind: 'change'; readonly topic: string; readonly position: string; readonly caseId?: string }
  | { readonly kind: 'reset' };

/** Longer than two beats of the API. */
const SILENCE_MS = 60_000;
const FIRST_WAIT_MS = 2_000;
const LAST_WAIT_MS = 60_000;
/** Lists are long: however much happens, they are asked for anew so often at most. */
const LISTS_EVERY_MS = 5_000;

/** The lists in which a change of each topic may show. */
const LISTS: { readonly [topic: string]: readonly QueryKey[] } = {
  case: [['worklist'], ['law']],
  clocks: [['worklist'], ['law'], ['inbox']],
  held: [],
  glass: [['inbox'], ['glass']],
  referral: [['referrals'], ['worklist']],
};

export function useLive(who: WhoAmI): void {
  const queries = useQueryClient();
  const { id } = who.official;
  const offline = who.offline === true;
  // biome-ignore lint/correctness/useExhaustiveDependencies: where listening begins is said once, at the first look at who is signed in
  useEffect(() => {
    if (offline || who.livePosition === undefined) return;
    const lists = new Lists((keys) => {
      for (const queryKey of keys) void queries.invalidateQueries({ queryKey });
    });
    const stop = listen(id, who.livePosition, {
      heard: (heard) => {
        if (heard.kind === 'reset') return void queries.invalidateQueries();
        const { caseId, topic, position } = heard;
        if (isOwnWrite(position)) return;
        if (caseId !== undefined) {
          void queries.invalidateQueries({ queryKey: ['case', caseId] });
          void queries.invalidateQueries({ queryKey: ['documents', caseId] });
        }
        lists.add(LISTS[topic] ?? []);
      },
      refused: () => void queries.invalidateQueries({ queryKey: ['session'] }),
    });
    return () => {
      stop();
      lists.stop();
    };
  }, [id, offline, queries]);
}

/** Lists that are to be asked for anew: the first at once, the next a while later, and none while nobody looks. */
class Lists {
  readonly #due = new Map<string, QueryKey>();
  #askedAt = Number.NEGATIVE_INFINITY;
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #onShown = (): void => this.#arrange();

  constructor(private readonly ask: (keys: readonly QueryKey[]) => void) {
    document.addEventListener('visibilitychange', this.#onShown);
  }

  add(keys: readonly QueryKey[]): void {
    for (const key of keys) this.#due.set(String(key[0]), key);
    this.#arrange();
  }

  stop(): void {
    clearTimeout(this.#timer);
    document.removeEventListener('visibilitychange', this.#onShown);
  }

  #arrange(): void {
    if (this.#timer !== undefined || this.#due.size === 0 || document.visibilityState === 'hidden') return;
    this.#timer = setTimeout(
      () => {
        this.#timer = undefined;
        this.#askedAt = performance.now();
        const keys = [...this.#due.values()];
        this.#due.clear();
        this.ask(keys);
      },
      Math.max(0, this.#askedAt + LISTS_EVERY_MS - performance.now()),
    );
  }
}

interface Ear {
  readonly heard: (heard: Heard) => void;
  /** The API does not let us listen: the session may be over. */
  readonly refused: () => void;
}

/** Listens from a position on, itself or by the tab that does. Answers how to stop. */
function listen(official: string, from: string, { heard, refused }: Ear): () => void {
  const left = new AbortController();
  const { signal } = left;
  const name = `tegas-live-${official}`;
  const tabs = new BroadcastChannel(name);
  let position = from;
  const take = (what: Heard): void => {
    if (what.kind === 'change' && BigInt(what.position) > BigInt(position)) position = what.position;
    heard(what);
  };
  tabs.onmessage = ({ data }: MessageEvent<Heard>) => take(data);
  const lead = (): Promise<void> =>
    stayConnected(() => position, signal, {
      heard: (what) => {
        take(what);
        if (!signal.aborted) tabs.postMessage(what);
      },
      refused,
    });
  // Without https there are no locks, and each tab listens for itself.
  if (navigator.locks === undefined) void lead();
  else void navigator.locks.request(name, { signal }, lead).catch(() => undefined);
  return () => {
    left.abort();
    tabs.close();
  };
}

/** One connection after the other until `signal` aborts, each from where the one before stood. */
async function stayConnected(position: () => string, signal: AbortSignal, ear: Ear): Promise<void> {
  let wait = FIRST_WAIT_MS;
  while (!signal.aborted) {
    const stood = await connected(position(), signal, ear.heard);
    if (signal.aborted) return;
    if (stood) wait = FIRST_WAIT_MS;
    else ear.refused();
    await rest(wait * (0.75 + Math.random() / 2), signal);
    wait = Math.min(2 * wait, LAST_WAIT_MS);
  }
}

/** Until the connection is refused, or silent for too long; while the network is only interrupted, the browser itself goes on. Answers whether it ever stood. */
function connected(after: string, signal: AbortSignal, heard: (heard: Heard) => void): Promise<boolean> {
  return new Promise((resolve) => {
    const source = new EventSource(`/live?after=${after}`);
    let stood = false;
    let silence: ReturnType<typeof setTimeout> | undefined;
    const end = (): void => {
      clearTimeout(silence);
      source.close();
      signal.removeEventListener('abort', end);
      resolve(stood);
    };
    const alive = (): void => {
      clearTimeout(silence);
      silence = setTimeout(end, SILENCE_MS);
    };
    alive();
    signal.addEventListener('abort', end);
    source.onopen = () => {
      stood = true;
      alive();
    };
    source.onerror = () => {
      if (source.readyState === EventSource.CLOSED) end();
    };
    source.addEventListener('beat', alive);
    source.addEventListener('reset', () => {
      alive();
      heard({ kind: 'reset' });
    });
    source.addEventListener('change', ({ data }: MessageEvent<string>) => {
      alive();
      heard({ kind: 'change', ...JSON.parse(data) });
    });
  });
}

/** A while, or until the network is back. */
function rest(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const rise = (): void => {
      clearTimeout(timer);
      removeEventListener('online', rise);
      signal.removeEventListener('abort', rise);
      resolve();
    };
    const timer = setTimeout(rise, ms);
    addEventListener('online', rise);
    signal.addEventListener('abort', rise);
  });
}
