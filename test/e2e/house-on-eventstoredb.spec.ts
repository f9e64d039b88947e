/** The house again, with the log on EventStoreDB: on a stand-in server, which proves the product on our adapter, not the real server. */
process.env.TEGAS_E2E_EVENTSTORE = '1';
await import('./house.spec.js');
