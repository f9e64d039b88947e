/** One request over a connection of its own, byte for byte as it is given, and the answer to it: what no client library would send. */
import net from 'node:net';
import type { Shot } from './generate.js';

export interface Given {
  readonly method: string;
  readonly path: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body?: Uint8Array;
  readonly travel: Shot['travel'];
}

export interface Answered {
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

/** No request may take longer. */
const ANSWERED_WITHIN_MS = 10_000;
const LARGE = 1_000_000;
const REFUSED_WITHIN_MS = 3_000;

/** The bytes of a request. */
export function written({ method, path, headers, body, travel }: Given): Buffer {
  const chunked = travel === 'chunked' && body !== undefined && body.length > 0;
  const size = body?.length ?? 0;
  const length = travel === 'too-long' ? size + 10 : size;
  const framing = chunked ? 'transfer-encoding: chunked\r\n' : body === undefined ? '' : `content-length: ${length}\r\n`;
  const lines = headers.map(([name, value]) => `${name}: ${value.replace(/[\r\n]/g, '')}\r\n`).join('');
  const head = Buffer.from(
    `${method} ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n${framing}${lines}\r\n`,
    'latin1',
  );
  if (body === undefined) return head;
  if (travel === 'cut') return Buffer.concat([head, body.subarray(0, Math.floor(body.length / 2))]);
  if (!chunked) return Buffer.concat([head, body]);
  const half = Math.ceil(body.length / 2);
  const chunks = [body.subarray(0, half), body.subarray(half)].filter((chunk) => chunk.length > 0);
  const wrapped = chunks.flatMap((chunk) => [Buffer.from(`${chunk.length.toString(16)}\r\n`), chunk, Buffer.from('\r\n')]);
  return Buffer.concat([head, ...wrapped, Buffer.from('0\r\n\r\n')]);
}

/** Sends it and waits for the whole answer; undefined when the connection ends without one, or after ten seconds. */
export function exchange(port: number, given: Given): Promise<Answered | undefined> {
  return new Promise((resolve) => {
    const parts: Buffer[] = [];
    const socket = net.connect(port, '127.0.0.1');
    const timer = setTimeout(() => socket.destroy(), ANSWERED_WITHIN_MS);
    socket.on('data', (part) => {
      parts.push(part);
      // Of a stream that never ends its head is the whole answer.
      if (/^content-type: *text\/event-stream/im.test(part.toString('latin1'))) socket.destroy();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      clearTimeout(timer);
      resolve(read(Buffer.concat(parts)));
    });
    socket.on('connect', () => {
      const bytes = written(given);
      if (bytes.length < LARGE) socket.write(bytes);
      else {
        // As any client does with a large body: the head first, and the rest unless it was refused by then.
        socket.write(bytes.subarray(0, bytes.indexOf('\r\n\r\n') + 4));
        setTimeout(
          () => parts.length === 0 && socket.writable && socket.write(bytes.subarray(bytes.indexOf('\r\n\r\n') + 4)),
          REFUSED_WITHIN_MS,
        ).unref();
      }
      // Whoever said more than they send, or broke off, hangs up.
      if (given.travel === 'cut' || given.travel === 'too-long') socket.end();
    });
  });
}

function read(bytes: Buffer): Answered | undefined {
  let rest = bytes;
  for (;;) {
    const end = rest.indexOf('\r\n\r\n');
    const head = rest.subarray(0, Math.max(end, 0)).toString('latin1');
    const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1] ?? Number.NaN);
    if (end < 0 || Number.isNaN(status)) return undefined;
    const body = rest.subarray(end + 4);
    if (status >= 100 && status < 200) {
      rest = body; // Continue
      continue;
    }
    const type = /^content-type: *(.*)$/im.exec(head)?.[1] ?? '';
    const text = /^transfer-encoding: *chunked/im.test(head) ? unchunked(body) : body;
    return { status, type, text: text.toString('utf8') };
  }
}

function unchunked(bytes: Buffer): Buffer {
  const chunks: Buffer[] = [];
  let at = 0;
  for (;;) {
    const line = bytes.indexOf('\r\n', at);
    const size = line < 0 ? 0 : Number.parseInt(bytes.subarray(at, line).toString('latin1'), 16);
    if (!(size > 0)) return Buffer.concat(chunks);
    chunks.push(bytes.subarray(line + 2, line + 2 + size));
    at = line + 2 + size + 2;
  }
}
