/** A line to a server that a test holds: not there yet, there, or stuck after so many bytes. Nothing of what passes is looked at. */
import net from 'node:net';

/** One line; what the client sends is counted. */
export class Line {
  private readonly server = net.createServer((client) => this.join(client));
  private readonly sockets = new Set<net.Socket>();
  private sent = 0;
  private onStuck = () => {};
  /** Settles when `mostBytes` were sent through: from then on nothing passes. */
  readonly stuck = new Promise<void>((resolve) => {
    this.onStuck = resolve;
  });

  private constructor(
    private readonly to: number,
    private readonly mostBytes: number,
  ) {}

  /** Listens on `port`, or any free one, for a server on this machine. */
  static async open(to: number, { port = 0, mostBytes = Number.POSITIVE_INFINITY } = {}): Promise<Line> {
    const line = new Line(to, mostBytes);
    await new Promise<void>((resolve, reject) => line.server.once('error', reject).listen(port, '127.0.0.1', resolve));
    return line;
  }

  get port(): number {
    const address = this.server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  /** The same address by way of this line. */
  instead(url: string): string {
    const through = new URL(url);
    through.hostname = '127.0.0.1';
    through.port = String(this.port);
    return through.href;
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private join(client: net.Socket): void {
    const server = net.connect(this.to, '127.0.0.1');
    for (const [from, other] of [
      [client, server],
      [server, client],
    ] as const) {
      this.sockets.add(from);
      from
        .on('error', () => other.destroy())
        .on('close', () => {
          this.sockets.delete(from);
          other.destroy();
        });
    }
    client.on('data', (chunk) => {
      if (this.sent >= this.mostBytes) return this.onStuck();
      this.sent += chunk.length;
      server.write(chunk);
    });
    server.pipe(client);
  }
}
