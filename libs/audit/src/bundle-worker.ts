/** A thread that verifies chunks of a bundle, one after another, as they are sent. */
import { parentPort } from 'node:worker_threads';
import { type ChunkToVerify, verifyChunk } from './bundle-chunk.js';

parentPort?.on('message', (chunk: ChunkToVerify) => {
  verifyChunk(chunk).then(
    (verified) => parentPort?.postMessage({ verified }),
    (error) => parentPort?.postMessage({ error: error instanceof Error ? error.message : String(error) }),
  );
});
