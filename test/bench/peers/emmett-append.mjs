// Reads { url, writers, streams, seconds, event } as JSON from stdin; prints what was measured as JSON. Run by ../emmett.ts.
import { randomUUID } from 'node:crypto';
import { text } from 'node:stream/consumers';
import { getPostgreSQLEventStore } from '@event-driven-io/emmett-postgresql';
import { drive } from '../../../dist/test/bench/rounds.js';

const { url, writers, streams, seconds, event } = JSON.parse(await text(process.stdin));
const WARM_UP_SECONDS = 1;

const store = getPostgreSQLEventStore(url);
const payload = () => ({ type: event.type, data: event.data, metadata: event.metadata });
const versions = new Map();
const names = Array.from({ length: streams }, () => `case-${randomUUID()}`);
const append = async (name, events) => {
  const expectedStreamVersion = versions.get(name) ?? 'STREAM_DOES_NOT_EXIST';
  const { nextExpectedStreamVersion } = await store.appendToStream(name, events, { expectedStreamVersion });
  versions.set(name, nextExpectedStreamVersion);
};

const waiting = [...names];
await append(waiting.pop(), [payload()]); // makes the schema, once
await Promise.all(
  Array.from({ length: writers }, async () => {
    for (let name = waiting.pop(); name !== undefined; name = waiting.pop())
      await append(name, [payload(), payload(), payload()]);
  }),
);

const each = Math.floor(streams / writers);
const act = (writer) => append(names[writer * each + Math.floor(Math.random() * each)], [payload()]);
await drive(writers, WARM_UP_SECONDS, act);
console.log(JSON.stringify(await drive(writers, seconds, act)));
await store.close();
