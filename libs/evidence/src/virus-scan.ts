/** Asks clamd about a document (its INSTREAM command over TCP). */
import net from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

/** It does not answer, or not in time: the document waits, and is shown to nobody. */
export class ScannerAway extends Error {
  override readonly name = 'ScannerAway';
}

export type Scan = (bytes: Buffer) => Promise<{ readonly found?: string }>;

const ANSWER_WITHIN_MS = 20_000;
const CHUNK = 64 * 1024;

/** `address`: `host:port` of clamd. */
export function clamdAt(address: string): Scan {
  const { hostname: host, port } = new URL(`tcp://${address}`);
  return async (bytes) => {
    const asking = new AbortController();
    const socket = net.connect({ host: host.replace(/^\[|\]$/g, ''), port: Number(port) });
    try {
      return await Promise.race([
        ask(socket, bytes),
        pause(ANSWER_WITHIN_MS, undefined, { signal: asking.signal }).then(() => {
          throw new ScannerAway('clamd did not answer in time');
        }),
      ]);
    } catch (error) {
      throw error instanceof ScannerAway ? error : new ScannerAway('clamd does not answer', { cause: error });
    } finally {
      asking.abort();
      socket.destroy();
    }
  };
}

async function ask(socket: net.Socket, bytes: Buffer): Promise<{ readonly found?: string }> {
  socket.write('zINSTREAM\0');
  for (let at = 0; at < bytes.length; at += CHUNK) {
    const chunk = bytes.subarray(at, at + CHUNK);
    const length = Buffer.alloc(4);
    length.writeUInt32BE(chunk.length);
    socket.write(length);
    socket.write(chunk);
  }
  socket.write(Buffer.alloc(4));
  let said = '';
  for await (const part of socket) said += String(part);
  const answer = said.replace(/\0/g, '').trim();
  if (answer === 'stream: OK') return {};
  const found = /^stream: (\S+) FOUND$/.exec(answer)?.[1];
  if (found === undefined) throw new ScannerAway(`clamd answers ${answer.slice(0, 80)}`);
  return { found };
}
