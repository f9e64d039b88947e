/** Which cases there are, by the log itself: who audits asks no list that could be behind, or altered. */
import type { CaseEvent } from '#domain/case/events.js';
import type { Code, Id } from '#domain/event.js';
import { caseStream } from '#domain/process/escalation.js';
import type { EventStore } from '#event-store/port.js';

const PREFIX = caseStream('');

/** The ids of all cases, oldest first; with `offices`, of those that one of these has or had. Reads the log as it is stored. */
export async function casesInLog(store: EventStore, offices?: readonly Code[]): Promise<readonly Id[]> {
  const among = offices === undefined ? undefined : new Set(offices);
  const found = new Set<Id>();
  for await (const batch of store.readAll('0', { filter: { streamPrefixes: [PREFIX] } }))
    for (const event of batch) if (among === undefined || among.has(officeIn(event as CaseEvent) ?? '')) found.add(event.stream);
  return [...found].map((stream) => stream.slice(PREFIX.length));
}

/** The office that a case comes to with this event: where it was opened, is examined, or lies for review. */
function officeIn({ type, data }: CaseEvent): Code | undefined {
  switch (type) {
    case 'DraftOpened':
    case 'ImportedCaseOpened':
    case 'ApplicationLodged':
      return data.office;
    case 'CaseReferred':
      return data.to;
    default:
      return undefined;
  }
}
