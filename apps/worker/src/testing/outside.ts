/** What stands outside of the house, on this machine: a real SMTP server and a real receiver of webhooks, for specs. */
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';

/** An SMTP server as officials' mail would go to; it keeps what it takes. */
export class Post {
  readonly taken: { readonly to: readonly string[]; readonly text: string }[] = [];
  private server: SMTPServer | undefined;
  port = 0;
  refuses: string | undefined;

  async open(): Promise<void> {
    const server = new SMTPServer({
      authOptional: true,
      disabledCommands: ['STARTTLS'],
      onRcptTo: ({ address }, _session, done) => {
        // A server's own words repeat the address; they must go nowhere.
        if (address === this.refuses) done(Object.assign(new Error(`${address} unknown here`), { responseCode: 550 }));
        else done();
      },
      onData: (stream, session, done) => {
        const parts: Buffer[] = [];
        stream.on('data', (part: Buffer) => parts.push(part));
        stream.on('end', () => {
          this.taken.push({
            to: session.envelope.rcptTo.map(({ address }) => address),
            text: Buffer.concat(parts).toString('utf8'),
          });
          done();
        });
      },
    });
    server.on('error', () => undefined);
    server.listen(this.port, '127.0.0.1');
    await once(server.server, 'listening');
    this.port = (server.server.address() as AddressInfo).port;
    this.server = server;
  }

  async close(): Promise<void> {
    const { server } = this;
    this.server = undefined;
    if (server !== undefined) await new Promise<void>((resolve) => server.close(() => resolve()));
  }

  get url(): string {
    return `smtp://127.0.0.1:${this.port}`;
  }

  /** Decoded, subject and text together. */
  texts(): string {
    return this.taken
      .map(({ text }) => text.replace(/=\r?\n/g, '').replace(/(=[0-9A-F]{2})+/g, (bytes) => decoded(bytes)))
      .join('\n');
  }
}

function decoded(bytes: string): string {
  return Buffer.from(bytes.replaceAll('=', ''), 'hex').toString('utf8');
}

/** A receiver of webhooks that answers as it is told, 204 when nothing is left to say. */
export class Receiver {
  readonly taken: { readonly headers: IncomingHttpHeaders; readonly body: string }[] = [];
  readonly answers: number[] = [];
  /** Said as long as nothing else is. */
  usual = 204;
  private server: Server | undefined;
  port = 0;

  async open(): Promise<void> {
    const server = createServer((request, response) => {
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => parts.push(part));
      request.on('end', () => {
        this.taken.push({ headers: request.headers, body: Buffer.concat(parts).toString('utf8') });
        response.writeHead(this.answers.shift() ?? this.usual, { location: `http://127.0.0.1:${this.port}/elsewhere` });
        response.end('What a receiver says is not read');
      });
    });
    server.listen(this.port, '127.0.0.1');
    await once(server, 'listening');
    this.port = (server.address() as AddressInfo).port;
    this.server = server;
  }

  async close(): Promise<void> {
    const { server } = this;
    server?.closeAllConnections();
    if (server !== undefined) await new Promise((resolve) => server.close(resolve));
  }

  get url(): URL {
    return new URL(`http://127.0.0.1:${this.port}/hook`);
  }
}
