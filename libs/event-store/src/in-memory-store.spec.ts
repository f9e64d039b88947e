import { InMemoryStore } from './in-memory-store.js';
import { eventStoreContract } from './testing/contract.js';

eventStoreContract('in memory', async () => new InMemoryStore());
eventStoreContract('in memory, with gaps between positions', async () => new InMemoryStore({ positionStep: 97 }));
