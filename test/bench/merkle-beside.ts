/** The Merkle log of a log that is appended to by another process, followed as the worker follows it. Ready once it is level; ended by its parent. */
import { MerkleLog, migrateMerkleLog } from '#audit/merkle-log.js';
import { openLog } from '#privacy/open-log.js';

const { BENCH_DATABASE_URL: databaseUrl = '', BENCH_HOME: home = '' } = process.env;
const { pool, log } = await openLog({ databaseUrl, home, movableTime: false, follow: false, poolSize: 2 });
await migrateMerkleLog(pool);
const merkle = await MerkleLog.open(pool, log.store);
await merkle.catchUp(log.store);
process.send?.({ type: 'ready' });
await merkle.follow(log.store, new AbortController().signal);
