/** The EventStoreDB store over the wire: against the stand-in always, against a real server where TEGAS_EVENTSTORE_TEST_URL names one. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { EventStoreDbStore } from '../../libs/event-store/src/eventstoredb-store.js';
import { eventStoreContract } from '../../libs/event-store/src/testing/contract.js';
import { StandIn } from './stand-in-process.js';

let server: StandIn;
beforeAll(async () => {
  server = await StandIn.start();
});
afterAll(() => server.signal('SIGKILL'));

eventStoreContract('EventStoreDB (stand-in)', async () => new EventStoreDbStore(server.url));
