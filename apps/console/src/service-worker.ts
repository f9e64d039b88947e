/**
 * Opens the console where there is no network (ADR 31). It keeps the console's one page and the files that the page names, and nothing of what the
 * API answers: what intake needs is kept sealed (device.ts). With a network the page is always the server's.
 */
interface Extendable extends Event {
  waitUntil(work: Promise<unknown>): void;
}
interface Fetching extends Extendable {
  readonly request: Request;
  respondWith(answer: Promise<Response>): void;
}
interface Scope {
  skipWaiting(): Promise<void>;
  readonly clients: { claim(): Promise<void> };
  addEventListener(type: 'install' | 'activate', listener: (event: Extendable) => void): void;
  addEventListener(type: 'fetch', listener: (event: Fetching) => void): void;
}
/** The console is typed for pages; this file alone runs as a worker. */
const worker = self as Scope & typeof self;

const CACHE = 'tegas-console';
const PAGE = '/konsol';
/** Longer than a slow network needs and shorter than a person waits. */
const PATIENCE_MS = 4_000;

worker.addEventListener('install', (event) =>
  event.waitUntil(
    fetchPage()
      .then(keep)
      .then(() => worker.skipWaiting()),
  ),
);
worker.addEventListener('activate', (event) => event.waitUntil(worker.clients.claim()));
worker.addEventListener('fetch', (event) => {
  const { request } = event;
  const { pathname, origin } = new URL(request.url);
  if (request.method !== 'GET' || origin !== location.origin) return;
  if (request.mode === 'navigate' && (pathname === PAGE || pathname.startsWith(`${PAGE}/`))) event.respondWith(page(event));
  // The name of a file is that of its content: what is here is what the server has.
  else if (pathname.startsWith('/assets/') || pathname === `${PAGE}/icon.svg`) event.respondWith(file(request));
});

const fetchPage = (): Promise<Response> => fetch(PAGE, { signal: AbortSignal.timeout(PATIENCE_MS) });

async function page(event: Fetching): Promise<Response> {
  try {
    const answer = await fetchPage();
    event.waitUntil(keep(answer.clone()));
    return answer;
  } catch {
    return (await caches.match(PAGE)) ?? Response.error();
  }
}

/** Keeps the page as the server has it now with every file that it names: first the files, so that the page that is kept is whole. */
async function keep(answer: Response): Promise<void> {
  if (!answer.ok) return;
  const cache = await caches.open(CACHE);
  const files = [...(await answer.clone().text()).matchAll(/"(\/assets\/[^"]+)"/g)].flatMap(([, name]) => name ?? []);
  const kept = (await cache.keys()).map(({ url }) => new URL(url).pathname);
  try {
    await cache.addAll([
      ...files.filter((name) => !kept.includes(name)),
      ...(kept.includes(`${PAGE}/icon.svg`) ? [] : [`${PAGE}/icon.svg`]),
    ]);
    await cache.put(PAGE, answer.clone());
    const old = kept.filter((name) => name.startsWith('/assets/') && !files.includes(name));
    await Promise.all(old.map((name) => cache.delete(name)));
  } catch {
    // The page that was kept before stays, with its files.
  }
}

async function file(request: Request): Promise<Response> {
  return (await caches.match(request)) ?? fetch(request);
}
