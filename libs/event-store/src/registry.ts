/** The registry in memory: folded from its streams at start, followed live, so that a change of role or calendar takes effect at once. */
import type { Roster } from '#domain/clock/ladder.js';
import type { DateOn, Text } from '#domain/event.js';
import { type Present, presentIn } from '#domain/office/official.js';
import { emptyRegistry, evolveRegistry, type RegistryEvent, type RegistryState, registryPrefixes } from '#domain/registry.js';
import { type EventLog, mendUnreadable, type OpenedEvent } from './event-log.js';
import { comparePositions, isAway, type Position } from './port.js';

const RETRY_MS = 500;
const filter = { streamPrefixes: [...registryPrefixes] };

/**
 * An event of the register cannot be folded, so what the register says from there on is not known: perhaps that event took a role away, or
 * changed the calendar. Names the event, never a value of it.
 */
export class RegistryUnreadable extends Error {
  override readonly name = 'RegistryUnreadable';
  readonly text: Text;

  constructor({ stream, revision, type }: OpenedEvent, cause: unknown) {
    const fault = cause instanceof Error ? cause.name : 'Error';
    const place = `${stream}, revision ${revision} (${type}, ${fault})`;
    const mend = mendUnreadable(fault) ?? {
      id: 'Program gagal melipatnya; laporkan letaknya.',
      en: 'The program failed to fold it; report the place.',
    };
    const text = {
      id: `Register tidak dapat dibaca mulai ${place}, maka tidak ada yang diputuskan. ${mend.id} Lalu mulai ulang.`,
      en: `The register cannot be read from ${place} on, so nothing is decided by it. ${mend.en} Then start again.`,
    };
    super(text.en);
    this.text = text;
  }
}

export class Registry {
  private current: RegistryState = emptyRegistry;
  private position: Position = '0';
  private stuck: RegistryUnreadable | undefined;
  private roster:
    | { readonly state: RegistryState; readonly on: DateOn; readonly present: Map<string, readonly Present[]> }
    | undefined;
  private readonly stopping = new AbortController();
  private following: Promise<void> = Promise.resolve();

  private constructor(private readonly log: EventLog) {}

  /** Reads all registry streams; with `follow`, keeps reading until `close()`. One that cannot be read opens too, and says so in `fault`. */
  static async open(log: EventLog, options: { readonly follow: boolean }): Promise<Registry> {
    const registry = new Registry(log);
    await registry.refresh();
    if (options.follow) registry.following = registry.followLog();
    return registry;
  }

  /**
   * What the register says. Nobody may decide, nor be shown anything, by a register that is not known whole: an officer whose role ended
   * could still act and read by the last state that was.
   * @throws RegistryUnreadable
   */
  get state(): RegistryState {
    if (this.stuck !== undefined) throw this.stuck;
    return this.current;
  }

  /** Who is there on a date, in a role of an office; kept for the day, since every clock that falls due asks. */
  rosterOn(on: DateOn): Roster {
    const { state } = this;
    if (this.roster?.state !== state || this.roster.on !== on) this.roster = { state, on, present: new Map() };
    const { present } = this.roster;
    return (role, office) => {
      const key = `${role} ${office}`;
      const known = present.get(key) ?? presentIn(state.officials.values(), role, office, on);
      present.set(key, known);
      return known;
    };
  }

  /** Why the register cannot be used; only a new start, by a newer program or with the right key, mends it. */
  get fault(): RegistryUnreadable | undefined {
    return this.stuck;
  }

  /** Reads what was appended since; for commands that just wrote to the registry. */
  async refresh(): Promise<void> {
    for await (const batch of this.log.readAll(this.position, { filter })) {
      for (const event of batch) this.fold(event);
      if (this.stuck !== undefined) return;
    }
  }

  async close(): Promise<void> {
    this.stopping.abort();
    await this.following;
  }

  private fold(event: OpenedEvent): void {
    if (this.stuck !== undefined || comparePositions(event.position, this.position) <= 0) return;
    try {
      if (event.unreadable !== undefined) throw event.unreadable;
      this.current = evolveRegistry(this.current, event as OpenedEvent & RegistryEvent);
      this.position = event.position;
    } catch (error) {
      this.stuck = new RegistryUnreadable(event, error);
    }
  }

  private async followLog(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted && this.stuck === undefined) {
      try {
        for await (const message of this.log.subscribe(this.position, { filter, signal })) {
          if (message.kind === 'event') this.fold(message.event);
          if (this.stuck !== undefined) break;
        }
      } catch (error) {
        // The state stays as last known and the subscription is taken up again from there.
        if (signal.aborted) return;
        if (isAway(error)) console.error('registry: subscription interrupted,', error instanceof Error ? error.message : error);
        else console.error('registry: a fault of the program interrupted the subscription,', error);
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
    if (this.stuck !== undefined) console.error(`registry: ${this.stuck.message}`);
  }
}
