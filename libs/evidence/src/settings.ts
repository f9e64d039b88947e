/** Where documents lie and who looks through them, as the environment says: TEGAS_DOCUMENTS or TEGAS_S3_URL, and TEGAS_CLAMD. */
import { join } from 'node:path';
import { type Blobs, blobsInBucket, blobsInFolder } from './blobs.js';
import { clamdAt, type Scan } from './virus-scan.js';

export interface DocumentSettings {
  readonly blobs: Blobs;
  /** Absent: no scanner is configured, and documents are shown without. */
  readonly scan?: Scan;
}

/** @throws Error that names the variable which is wrong, and how it is written */
export function documentSettings(env: NodeJS.ProcessEnv, home: string): DocumentSettings {
  const { TEGAS_CLAMD: address } = env;
  if (!address) return { blobs: blobsOf(env, home) };
  if (!/^(\[[\da-f:.]+\]|[^\s:/]+):\d{1,5}$/i.test(address))
    throw new Error(`TEGAS_CLAMD must be host:port of clamd, and is ${address}`);
  return { blobs: blobsOf(env, home), scan: clamdAt(address) };
}

function blobsOf(env: NodeJS.ProcessEnv, home: string): Blobs {
  const { TEGAS_S3_URL: url, TEGAS_S3_ACCESS_KEY_ID: accessKeyId, TEGAS_S3_SECRET_ACCESS_KEY: secretAccessKey } = env;
  if (!url) return blobsInFolder(env.TEGAS_DOCUMENTS || join(home, 'documents'));
  if (!/^https?:\/\/[^/]+\/./.test(url)) throw new Error(`TEGAS_S3_URL must name a bucket, https://host/bucket, and is ${url}`);
  if (!accessKeyId || !secretAccessKey)
    throw new Error('TEGAS_S3_URL needs TEGAS_S3_ACCESS_KEY_ID and TEGAS_S3_SECRET_ACCESS_KEY');
  const region = env.TEGAS_S3_REGION;
  return blobsInBucket({ url, accessKeyId, secretAccessKey, ...(region ? { region } : {}) });
}
