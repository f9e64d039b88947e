/** Where sealed documents lie: a folder, or a bucket of an S3-compatible store. */
import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { access, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { AwsClient } from 'aws4fetch';

export interface Blobs {
  /** Kept for good when it answers; nothing of it stands under that name before. */
  put(name: string, bytes: Buffer): Promise<void>;
  /** Undefined where there is none of that name. @throws BlobsAway */
  get(name: string): Promise<AsyncIterable<Uint8Array> | undefined>;
  remove(name: string): Promise<void>;
}

/** The folder or the bucket does not answer: nothing is known of what it holds. */
export class BlobsAway extends Error {
  override readonly name = 'BlobsAway';
}

const NAME = /^[0-9a-f-]{36}\/[0-9a-f]{64}$/;

function checked(name: string): string {
  if (!NAME.test(name)) throw new Error('A document is named by a case and a hash');
  return name;
}

/** @throws BlobsAway when the disk is full or may not be written */
export function blobsInFolder(folder: string): Blobs {
  const pathOf = (name: string) => join(folder, checked(name));
  return {
    async put(name, bytes) {
      const path = pathOf(name);
      const unfinished = `${path}.${randomUUID()}`;
      try {
        await mkdir(dirname(path), { recursive: true, mode: 0o700 });
        const file = await open(unfinished, 'wx', 0o600);
        try {
          await file.writeFile(bytes);
          await file.sync();
        } finally {
          await file.close();
        }
        await rename(unfinished, path);
        // The name is on the disk only when its folder is.
        const parent = await open(dirname(path));
        await parent.sync().finally(() => parent.close());
      } catch (error) {
        await rm(unfinished, { force: true }).catch(() => undefined);
        throw away(error);
      }
    },
    async get(name) {
      const path = pathOf(name);
      try {
        await access(path);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
        throw away(error);
      }
      return createReadStream(path);
    },
    remove: (name) => rm(pathOf(name), { force: true }),
  };
}

function away(error: unknown): BlobsAway {
  const why = (error as NodeJS.ErrnoException).code ?? (error instanceof Error ? error.name : 'failed');
  return new BlobsAway(`The store of documents does not answer (${why})`, { cause: error });
}

export interface BucketSettings {
  /** Of the bucket itself: `https://s3.example/tegas`. */
  readonly url: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly region?: string;
}

const ANSWER_WITHIN_MS = 30_000;

export function blobsInBucket({ url, accessKeyId, secretAccessKey, region = 'us-east-1' }: BucketSettings): Blobs {
  const client = new AwsClient({ accessKeyId, secretAccessKey, region, service: 's3', retries: 3 });
  const ask = async (name: string, method: string, body?: Buffer): Promise<Response> => {
    const address = `${url.replace(/\/$/, '')}/${checked(name)}`;
    const signal = AbortSignal.timeout(ANSWER_WITHIN_MS);
    const request = { method, signal, ...(body === undefined ? {} : { body: new Uint8Array(body) }) };
    const answer = await client.fetch(address, request).catch((error: unknown) => {
      throw away(error);
    });
    if (!answer.ok && answer.status !== 404) throw new BlobsAway(`The bucket of documents answers ${answer.status}`);
    return answer;
  };
  return {
    async put(name, bytes) {
      if ((await ask(name, 'PUT', bytes)).status === 404) throw new BlobsAway('There is no such bucket of documents');
    },
    async get(name) {
      const { status, body } = await ask(name, 'GET');
      return status === 404 || body === null ? undefined : body;
    },
    async remove(name) {
      await ask(name, 'DELETE');
    },
  };
}
