/** The registry in memory: folded from its streams at start, followed live, so that a change of role or calendar takes effect at once. */
import { emptyRegistry, evolveRegistry, type RegistryEvent, type RegistryState, registryPrefixes } from '#domain/registry.js';
import type { EventLog, OpenedEvent } from './event-log.js';
import { comparePositions, type Position } from './port.js';

const RETRY_MS = 500;

export class Registry {
  private current: RegistryState = emptyRegistry;
  private position: Position = '0';
  private readonly stopping = new AbortController();
  private following: Promise<void> = Promise.resolve();

  private constructor(private readonly log: EventLog) {}

  /** Reads all registry streams; with `follow`, keeps reading until `close()`. */
  static async open(log: EventLog, options: { readonly follow: boolean }): Promise<Registry> {
    const registry = new Registry(log);
    await registry.refresh();
    if (options.follow) registry.following = registry.followLog();
    return registry;
  }

  get state(): RegistryState {
    return this.current;
  }

  /** Reads what was appended since; for commands that just wrote to the registry. */
  async refresh(): Promise<void> {
    for await (const batch of this.log.readAll(this.position, { filter: { streamPrefixes: [...registryPrefixes] } })) {
      for (const event of batch) this.fold(event);
    }
  }

  async close(): Promise<void> {
    this.stopping.abort();
    await this.following;
  }

  private fold(event: OpenedEvent): void {
    if (comparePositions(event.position, this.position) <= 0) return;
    // Nobody may decide by a register that is not known whole.
    if (event.unreadable !== undefined) throw event.unreadable;
    this.current = evolveRegistry(this.current, event as OpenedEvent & RegistryEvent);
    this.position = event.position;
  }

  private async followLog(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      try {
        for await (const message of this.log.subscribe(this.position, {
          filter: { streamPrefixes: [...registryPrefixes] },
          signal,
        })) {
          if (message.kind === 'event') this.fold(message.event);
        }
      } catch (error) {
        // The store was away; the state stays as last known and the subscription is taken up again from there.
        if (signal.aborted) return;
        console.error('registry: subscription interrupted,', error instanceof Error ? error.message : error);
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
  }
}
