/** Every error as `application/problem+json` (RFC 9457), in the user's language, both languages beside it. Bad input is never a 500. */
import { randomUUID } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { LINKED_CASE_UNREADABLE } from '#domain/case/blocks.js';
import { OUT_OF_SCOPE, ROLE_MAY_NOT } from '#domain/case/refuse.js';
import type { Citation, Rejection, Text } from '#domain/event.js';
import { mendUnreadable, UnreadableStream } from '#event-store/event-log.js';
import { isAway } from '#event-store/port.js';
import { RegistryUnreadable } from '#event-store/registry.js';
import { BlobsAway } from '#evidence/blobs.js';
import { BadCursor } from '#read-models/projection.js';
import { type Fault, textOf } from './fault-words.js';

/** An answer that is not the one asked for. `more` is added to the problem document. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly text: Text,
    readonly more: { readonly legalBasis?: readonly Citation[]; readonly [member: string]: unknown } = {},
  ) {
    super(text.en);
  }
}

const STATUSES: { readonly [code: string]: number } = { [ROLE_MAY_NOT]: 403, [LINKED_CASE_UNREADABLE]: 409 };

/**
 * A rule's refusal: 404 out of scope, in the words in which one is answered of what is not there at all, so that nobody learns which it is;
 * 403 when the role may not, 409 when it cannot be decided for now, 422 otherwise.
 */
export function problemOf(rejection: Rejection): Problem {
  if (rejection.code === OUT_OF_SCOPE) return notFound();
  const status = STATUSES[rejection.code] ?? 422;
  return new Problem(
    status,
    rejection.code,
    rejection.reason,
    rejection.legalBasis === undefined ? {} : { legalBasis: rejection.legalBasis },
  );
}

/** What a stream is about, by how its name begins. */
const KINDS: { readonly [prefix: string]: Text } = {
  case: { id: 'Perkara ini', en: 'This case' },
  person: { id: 'Catatan orang ini', en: 'This record of a person' },
  match: { id: 'Kecocokan ini', en: 'This match' },
  referral: { id: 'Pelimpahan ini', en: 'This referral' },
};

/** A stream that cannot be read: `case-unreadable`, `person-unreadable`, …, with what to do. Told only to who may see what it is about. */
export function unreadable({ stream, cause }: UnreadableStream, more: object = {}): Problem {
  const prefix = stream.slice(0, Math.max(stream.indexOf('-'), 0));
  const kind = Object.hasOwn(KINDS, prefix) ? prefix : 'record';
  const it = KINDS[kind] ?? { id: 'Catatan ini', en: 'This record' };
  const mend = mendUnreadable(cause instanceof Error ? cause.name : '');
  return new Problem(
    500,
    `${kind}-unreadable`,
    {
      id: `${it.id} memuat peristiwa yang tidak dapat dibaca, maka tidak dapat dibuka dan tidak ada yang diputuskan. Beri tahu administrator. ${mend?.id ?? 'Ini cacat program.'}`,
      en: `${it.en} holds an event that cannot be read, so it cannot be opened and nothing is decided on it. Tell the administrator. ${mend?.en ?? 'This is a fault of the program.'}`,
    },
    { ...more },
  );
}

export function notFound(): Problem {
  return new Problem(404, 'not-found', { id: 'Tidak ditemukan.', en: 'Not found.' });
}

/** Each fault with what people are told of it, beside what programs read. */
export function malformed(faults: readonly Fault[]): Problem {
  const told = faults.map((fault) => ({ ...fault, text: textOf(fault) }));
  const all = (language: 'id' | 'en'): string => told.map(({ path, text }) => `${path}: ${text[language]}`).join('; ');
  return new Problem(
    400,
    'malformed',
    { id: `Isian tidak dapat dibaca: ${all('id')}`, en: `The request cannot be read: ${all('en')}` },
    { faults: told },
  );
}

/** `id` unless the browser prefers English. */
export function languageOf(request: Pick<FastifyRequest, 'headers'>): 'id' | 'en' {
  const first = (request.headers['accept-language'] ?? 'id').split(',')[0]?.trim().toLowerCase() ?? 'id';
  return first.startsWith('en') ? 'en' : 'id';
}

const TITLES: { readonly [status: number]: Text } = {
  400: { id: 'Permintaan tidak dapat dibaca', en: 'Malformed request' },
  401: { id: 'Belum masuk', en: 'Not signed in' },
  403: { id: 'Peran tidak berwenang', en: 'Role may not' },
  404: { id: 'Tidak ditemukan', en: 'Not found' },
  405: { id: 'Metode tidak dikenal', en: 'Unknown method' },
  408: { id: 'Permintaan terlalu lambat', en: 'Request too slow' },
  409: { id: 'Tidak dapat dilakukan saat ini', en: 'Conflict' },
  412: { id: 'Perkara sudah berubah', en: 'The case has changed' },
  413: { id: 'Isi terlalu besar', en: 'Body too large' },
  415: { id: 'Jenis isi tidak didukung', en: 'Unsupported media type' },
  417: { id: 'Harapan tidak dikenal', en: 'Expectation failed' },
  422: { id: 'Ditolak oleh aturan', en: 'Refused by a rule' },
  429: { id: 'Terlalu banyak permintaan', en: 'Too many requests' },
  431: { id: 'Kepala permintaan terlalu besar', en: 'Headers too large' },
  428: { id: 'If-Match diperlukan', en: 'If-Match required' },
  500: { id: 'Kesalahan pada sistem', en: 'A fault of ours' },
  503: { id: 'Sementara tidak tersedia', en: 'Temporarily unavailable' },
};

const RETRY_AFTER_SECONDS = '5';
const TELL_AWAY_EVERY_MS = 30_000;

@Catch()
export class ProblemFilter implements ExceptionFilter {
  private toldAwayAt = 0;

  /** Answers whether the path exists with another method, so that an unknown method is told from an unknown path. */
  constructor(private readonly methodsOf: (path: string) => readonly string[]) {}

  catch(exception: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const reply = http.getResponse<FastifyReply>();
    let problem = toProblem(exception, request.id);
    if (problem.status === 404 && exception instanceof HttpException) {
      const allowed = this.methodsOf(request.url);
      if (allowed.length > 0 && !allowed.includes(request.method)) {
        reply.header('Allow', allowed.join(', '));
        problem = new Problem(405, 'unknown-method', { id: `Gunakan ${allowed.join(', ')}.`, en: `Use ${allowed.join(', ')}.` });
      }
    }
    if (isAway(exception)) this.tellAway();
    // An unreadable register was told of once, when it was met; every request repeats it.
    else if (problem.status >= 500 && !(exception instanceof RegistryUnreadable))
      console.error(`api: ${request.method} ${request.routeOptions.url ?? 'unmatched route'} ${request.id}`, faultOf(exception));
    answerWith(problem, request, reply);
  }

  /** While the store is away every request fails alike: one line in a while says so. */
  private tellAway(): void {
    if (Date.now() - this.toldAwayAt < TELL_AWAY_EVERY_MS) return;
    this.toldAwayAt = Date.now();
    console.error('api: the store cannot be reached; requests are answered 503 until it is back');
  }
}

/** A fault for the log: of a failed query only its code and where, for its message and parameters may hold what a person said. */
function faultOf(exception: unknown): string {
  if (!(exception instanceof Error)) return 'a thrown value that is no error';
  const frames = (exception.stack ?? '').split('\n').filter((line) => line.trimStart().startsWith('at '));
  const { code } = exception as { code?: unknown };
  const what =
    'driverError' in exception || code !== undefined
      ? `${exception.name} ${String(code)}`
      : `${exception.name}: ${exception.message}`;
  return [what, ...frames].join('\n');
}

/** Sends a problem: also for what fails before any route, such as an address that cannot be decoded. */
export function answerWith(problem: Problem, request: FastifyRequest, reply: FastifyReply): void {
  const language = languageOf(request);
  if (problem.status === 401)
    reply.header(
      'WWW-Authenticate',
      problem.more.maxAgeSeconds === undefined
        ? 'Bearer'
        : `Bearer error="insufficient_user_authentication", max_age="${problem.more.maxAgeSeconds}"`,
    );
  if (problem.status === 429) reply.header('Retry-After', String(problem.more.retryAfter));
  if (problem.status === 503) reply.header('Retry-After', RETRY_AFTER_SECONDS);
  reply
    .status(problem.status)
    .header('Content-Type', 'application/problem+json; charset=utf-8')
    .header('Content-Language', language)
    .send(documentOf(problem, language, request.id));
}

function documentOf(problem: Problem, language: 'id' | 'en', correlationId: string): object {
  return {
    type: `/problems/${problem.code}`,
    title: (TITLES[problem.status] ?? { id: 'Kesalahan', en: 'Error' })[language],
    status: problem.status,
    detail: problem.text[language],
    code: problem.code,
    reason: problem.text,
    correlationId,
    ...problem.more,
  };
}

/** Before the connection is cut. */
const READ_WITHIN_MS = 1_000;

/** What is no HTTP that a server takes comes to no route: it is told so over its bare connection, which is then ended. */
export function answerBare(problem: Problem, socket: Duplex): void {
  if (!socket.writable) return void socket.destroy();
  const body = JSON.stringify(documentOf(problem, 'id', randomUUID()));
  const head = [
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status] ?? ''}`,
    'Content-Type: application/problem+json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Cache-Control: no-store',
    'X-Content-Type-Options: nosniff',
    'Connection: close',
  ];
  // Nobody but us ends such a connection: its other half would stay open as long as its client likes, and keep the process from ending.
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`, () => setTimeout(() => socket.destroy(), READ_WITHIN_MS).unref());
}

/** Why the server of HTTP gave a connection up, as Node names it. */
export function bareProblem(code: string | undefined): Problem {
  if (code === 'HPE_HEADER_OVERFLOW')
    return new Problem(431, 'headers-too-large', {
      id: 'Kepala permintaan lebih besar dari 16 KB.',
      en: 'The headers of the request are larger than 16 KB.',
    });
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT')
    return new Problem(408, 'request-too-slow', {
      id: 'Permintaan tidak selesai dikirim pada waktunya.',
      en: 'The request was not sent in time.',
    });
  return new Problem(400, 'malformed', {
    id: 'Permintaan bukan HTTP yang dapat dibaca.',
    en: 'The request is no HTTP that can be read.',
  });
}

/** `Expect` with anything but what every server of HTTP/1.1 knows. */
export const expectationFailed = new Problem(417, 'expectation-failed', {
  id: 'Hanya Expect: 100-continue yang dikenal.',
  en: 'Only Expect: 100-continue is known.',
});

/** A proxy is asked to connect; this is none. */
export const noTunnel = new Problem(405, 'unknown-method', { id: 'CONNECT tidak dikenal.', en: 'CONNECT is not known.' });

export function toProblem(exception: unknown, correlationId: string): Problem {
  if (exception instanceof Problem) return exception;
  if (exception instanceof BadCursor) return malformed([{ path: 'after', fault: 'must be the `next` of the page before' }]);
  if (exception instanceof UnreadableStream) return unreadable(exception);
  if (exception instanceof RegistryUnreadable) return new Problem(503, 'registry-unreadable', exception.text);
  if (isAway(exception))
    return new Problem(503, 'store-away', {
      id: 'Penyimpanan sementara tidak dapat dihubungi. Tidak ada yang hilang; kirim ulang dengan Idempotency-Key yang sama.',
      en: 'The store cannot be reached for the moment. Nothing is lost; send it again with the same Idempotency-Key.',
    });
  if (exception instanceof BlobsAway)
    return new Problem(503, 'documents-away', {
      id: 'Penyimpanan dokumen sementara tidak dapat dihubungi atau penuh. Coba lagi sebentar lagi.',
      en: 'The store of documents does not answer, or is full. Try again in a moment.',
    });
  const said = exception instanceof HttpException ? exception.getStatus() : statusIn(exception);
  // Not a rule's refusal, which is a Problem: the server of files, for a path that leads out of its folder. There is nothing there.
  const status = said === 403 ? 404 : said;
  if (status === undefined || status >= 500)
    return new Problem(500, 'fault', {
      id: `Terjadi kesalahan pada sistem. Sebutkan nomor ini: ${correlationId}`,
      en: `Something went wrong on our side. Quote this number: ${correlationId}`,
    });
  const { code, text } = KNOWN[status] ?? {
    code: 'malformed',
    text: { id: 'Permintaan tidak dapat dibaca.', en: 'The request cannot be read.' },
  };
  return new Problem(status, code, text);
}

const KNOWN: { readonly [status: number]: { code: string; text: Text } } = {
  404: { code: 'not-found', text: { id: 'Alamat ini tidak ada.', en: 'There is no such address.' } },
  413: { code: 'body-too-large', text: { id: 'Isi lebih besar dari 1 MB.', en: 'The body is larger than 1 MB.' } },
  415: { code: 'media-type', text: { id: 'Kirim isi sebagai application/json.', en: 'Send the body as application/json.' } },
};

function statusIn(exception: unknown): number | undefined {
  const status = (exception as { statusCode?: unknown } | null)?.statusCode;
  return typeof status === 'number' ? status : undefined;
}
