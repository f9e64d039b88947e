import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '#event-store/testing/test-database.js';
import { type Blobs, BlobsAway, blobsInBucket, blobsInFolder } from './blobs.js';
import { DocumentHeldBack, type DocumentKeys, Documents, migrateDocuments } from './documents.js';
import { DocumentRefused, inspect, MOST_BYTES } from './inspection.js';
import { DocumentDamaged, openFile, sealFile } from './sealed-file.js';
import { documentSettings } from './settings.js';
import { clamdAt, type Scan } from './virus-scan.js';

const text = (said: string) => Buffer.from(said, 'latin1');
const pdf = (body = '', end = '%%EOF\n') =>
  text(`%PDF-1.4\n1 0 obj\n<< /Type /Catalog ${body} >>\nendobj\ntrailer\n<< /Root 1 0 R >>\n${end}`);
const png = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);
const jpeg = Buffer.from(
  `/9j/4AAQSkZJRgABAQEASABIAAD/2wBDAP${'/'.repeat(86)}2wBDAf${'/'.repeat(86)}wAARCAABAAEDASIAAhEBAxEB/8QAFQABAQAAAAAAAAAAAAAAAAAAAAP/xAAUEAEAAAAAAAAAAAAAAAAAAAAA/8QAFQEBAQAAAAAAAAAAAAAAAAAAAAX/xAAUEQEAAAAAAAAAAAAAAAAAAAAA/9oADAMBAAIRAxEAPwCdABmX/9k=`,
  'base64',
);
const EICAR = text('X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*');
const zip = Buffer.concat([text('PK\x03\x04\x14\x00\x00\x00'), randomBytes(60), text(`PK\x05\x06${'\x00'.repeat(18)}`)]);
const objectStream = (inside: Buffer, filter = '/FlateDecode') =>
  Buffer.concat([
    text(`%PDF-1.5\n1 0 obj\n<< /Type /ObjStm /N 1 /First 4 /Filter ${filter} >>\nstream\n`),
    deflateSync(inside),
    text('\nendstream\nendobj\ntrailer\n<< >>\n%%EOF\n'),
  ]);
const resized = (picture: Buffer, at: number, bytes: Buffer) => {
  const changed = Buffer.from(picture);
  bytes.copy(changed, at);
  return changed;
};
const frameOf = (picture: Buffer) => picture.indexOf(Buffer.from([0xff, 0xc0]));
const [PDF, PNG, JPEG] = ['application/pdf', 'image/png', 'image/jpeg'] as const;

describe('what is taken in', () => {
  it.each([
    ['a PDF', PDF, pdf()],
    ['a PDF with white space behind', PDF, pdf('', '%%EOF\r\n  \n')],
    ['a PDF with compressed objects', PDF, objectStream(text('1 0 << /Type /Page /Names [/JSON] >>'))],
    ['a PNG', PNG, png],
    ['a JPEG', JPEG, jpeg],
  ])('%s', async (_, type, bytes) => {
    expect(await inspect(bytes, type)).toBe(type);
  });
});

describe('what is refused, with what to do', () => {
  it.each([
    ['nothing', PDF, Buffer.alloc(0), 'document-type'],
    ['a text', PDF, text('Surat keterangan'), 'document-type'],
    ['the EICAR test virus', PDF, EICAR, 'document-type'],
    ['a page of HTML', PDF, text('<!DOCTYPE html><script>alert(1)</script>'), 'document-type'],
    ['an SVG', PNG, text('<svg xmlns="http://www.w3.org/2000/svg"><script>1</script></svg>'), 'document-type'],
    ['a script', PDF, text('#!/bin/sh\nrm -rf /\n'), 'document-type'],
    ['a Windows program', PDF, text(`MZ\x90\x00${'\x00'.repeat(100)}PE\x00\x00`), 'document-type'],
    ['a Linux program', PDF, text(`\x7fELF\x02\x01\x01${'\x00'.repeat(100)}`), 'document-type'],
    ['a ZIP', PDF, zip, 'document-type'],
    ['a Word document', PDF, Buffer.concat([text('PK\x03\x04'), text('word/document.xml'), zip]), 'document-type'],
    ['a gzip bomb', PDF, gzipSync(Buffer.alloc(10_000_000)), 'document-type'],
    ['a GIF', PNG, text('GIF89a\x01\x00\x01\x00\x00\x00\x00;'), 'document-type'],
    ['a film', JPEG, text('\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom'), 'document-type'],
    ['a PDF behind something else', PDF, Buffer.concat([text('<script>1</script>\n'), pdf()]), 'document-type'],
    ['a PNG sent as a PDF', PDF, png, 'document-type-mismatch'],
    ['a JPEG sent as a PNG', PNG, jpeg, 'document-type-mismatch'],
    ['a PDF sent as a page of HTML', 'text/html', pdf(), 'document-type-mismatch'],
    ['a PDF with a ZIP behind', PDF, Buffer.concat([pdf(), zip]), 'document-polyglot'],
    ['a PDF with a ZIP within', PDF, Buffer.concat([pdf('', ''), zip, text('\n%%EOF\n')]), 'document-polyglot'],
    ['a PDF that is cut off', PDF, pdf('', ''), 'document-polyglot'],
    ['a PNG with a page of HTML behind', PNG, Buffer.concat([png, text('<script>1</script>')]), 'document-polyglot'],
    ['a PNG that ends twice', PNG, Buffer.concat([png, text('<?php 1; ?>'), png.subarray(-12)]), 'document-polyglot'],
    [
      'a PNG without a picture',
      PNG,
      Buffer.concat([png.subarray(0, 8), text('\0\0\0\0IDAT\0\0\0\0'), png.subarray(-12)]),
      'document-polyglot',
    ],
    ['a PNG that is cut off', PNG, png.subarray(0, -5), 'document-polyglot'],
    ['a JPEG with a ZIP behind', JPEG, Buffer.concat([jpeg, zip]), 'document-polyglot'],
    ['a JPEG that ends twice', JPEG, Buffer.concat([jpeg, text('<?php 1; ?>'), jpeg.subarray(-2)]), 'document-polyglot'],
    ['a JPEG that is cut off', JPEG, jpeg.subarray(0, -2), 'document-polyglot'],
    ['a PDF with JavaScript', PDF, pdf('/OpenAction << /S /JavaScript /JS (app.alert\\(1\\)) >>'), 'document-active'],
    ['a PDF that writes JavaScript otherwise', PDF, pdf('/AA << /O << /S /J#61vaScript >> >>'), 'document-active'],
    ['a PDF that starts a program', PDF, pdf('/OpenAction << /S /Launch /F (cmd.exe) >>'), 'document-active'],
    ['a PDF that carries a file', PDF, pdf('/Names << /EmbeddedFiles 2 0 R >>'), 'document-active'],
    ['a PDF with a form of its own', PDF, pdf('/AcroForm << /XFA 3 0 R >>'), 'document-active'],
    ['a PDF with JavaScript in a compressed object', PDF, objectStream(text('1 0 << /S /JavaScript >>')), 'document-active'],
    [
      'a PDF with JavaScript in an object compressed twice',
      PDF,
      objectStream(deflateSync(text('1 0 << /S /JavaScript >>')), '[/FlateDecode /FlateDecode]'),
      'document-active',
    ],
    [
      'a PDF with an object behind a predictor',
      PDF,
      objectStream(text('1 0 << /S /Ja >>'), '/FlateDecode /DecodeParms << /Predictor 12 /Columns 8 >>'),
      'document-active',
    ],
    ['a PDF whose objects cannot be read', PDF, objectStream(randomBytes(50)).fill(0xff, 90, 120), 'document-active'],
    ['a PDF that is locked', PDF, pdf('/Encrypt 4 0 R'), 'document-encrypted'],
    ['a PDF that grows beyond measure', PDF, objectStream(Buffer.alloc(40 * 1024 * 1024)), 'document-bomb'],
    ['a PNG of 40,000 by 40,000', PNG, resized(png, 16, Buffer.from('00009c4000009c40', 'hex')), 'document-bomb'],
    ['a JPEG of 65,535 by 65,535', JPEG, resized(jpeg, frameOf(jpeg) + 5, Buffer.from('ffffffff', 'hex')), 'document-bomb'],
    ['more than 25 MB', PDF, Buffer.alloc(MOST_BYTES + 1), 'document-too-large'],
  ])('%s', async (_, claimed, bytes, code) => {
    const refused = await inspect(bytes, claimed);
    expect(refused).toMatchObject({ code, text: { id: expect.stringMatching(/\.$/), en: expect.stringMatching(/\.$/) } });
  });
});

describe('a sealed file', () => {
  const key = randomBytes(32);
  const salt = randomBytes(16);
  const inPieces = async function* (bytes: Buffer, of: number) {
    for (let at = 0; at < bytes.length; at += of) yield bytes.subarray(at, at + of);
  };
  const opened = async (sealed: Buffer, of = 1000, with_ = key) => {
    const pieces: Buffer[] = [];
    for await (const piece of openFile(inPieces(sealed, of), async () => with_)) pieces.push(piece);
    return Buffer.concat(pieces);
  };
  it.each([0, 1, 65_535, 65_536, 65_537, 200_000])('comes back as it was: %d bytes', async (size) => {
    const bytes = randomBytes(size);
    const sealed = sealFile(bytes, salt, key);
    expect((await opened(sealed)).equals(bytes)).toBe(true);
    expect((await opened(sealed, 70_000)).equals(bytes)).toBe(true);
    expect(size > 20 && sealed.includes(bytes.subarray(0, 20))).toBe(false);
  });
  it('gives nothing that was altered, moved, cut off, or sealed under another key', async () => {
    const sealed = sealFile(randomBytes(150_000), salt, key);
    const piece = 65_536 + 16;
    for (const at of [0, 20, 21, piece, sealed.length - 1]) {
      const altered = Buffer.from(sealed);
      altered[at] = (altered[at] ?? 0) ^ 1;
      // The salt makes the key, which this spec gives whatever it is.
      if (at >= 4 && at < 20) continue;
      await expect(opened(altered)).rejects.toThrow(DocumentDamaged);
    }
    const [head, one, two] = [
      sealed.subarray(0, 20),
      sealed.subarray(20, 20 + piece),
      sealed.subarray(20 + piece, 20 + 2 * piece),
    ];
    for (const wrong of [
      Buffer.concat([head, two, one, sealed.subarray(20 + 2 * piece)]),
      Buffer.concat([head, one]),
      Buffer.concat([head, one, two]),
      head,
      sealed.subarray(0, 3),
    ])
      await expect(opened(wrong)).rejects.toThrow(DocumentDamaged);
    await expect(opened(sealed, 1000, randomBytes(32))).rejects.toThrow(DocumentDamaged);
  });
});

/** Keys of persons in memory; `destroyed` has none any more. */
class Keys implements DocumentKeys {
  readonly destroyed = new Set<string>();
  async documentKey({ personId }: { readonly personId: string }, salt: Buffer) {
    if (this.destroyed.has(personId)) return undefined;
    return { generation: 1, key: createHash('sha256').update(personId).update(salt).digest() };
  }
}

describe('documents of cases', () => {
  let database: TestDatabase;
  let folder: string;
  const keys = new Keys();
  beforeAll(async () => {
    database = await createTestDatabase();
    await Promise.all([migrateDocuments(database.pool), migrateDocuments(database.pool)]);
    folder = await mkdtemp(join(tmpdir(), 'tegas-documents-'));
  });
  afterAll(async () => {
    await database.drop();
    await rm(folder, { recursive: true, force: true });
  });

  const documents = (blobs: Blobs, scan?: Scan) =>
    new Documents(database.pool, keys, { blobs, ...(scan === undefined ? {} : { scan }) });
  const at = '2026-11-26T01:00:00.000Z';
  const taking = (bytes: Buffer, caseId: string = randomUUID()) => ({
    caseId,
    personId: caseId,
    bytes,
    claimed: PDF,
    by: 'officer.kupang',
    at,
  });
  const read = async (from: Documents, caseId: string, sha256: string) => {
    const pieces: Buffer[] = [];
    for await (const piece of (await from.open(caseId, sha256))?.bytes ?? []) pieces.push(piece);
    return Buffer.concat(pieces);
  };

  const kept = (name: string, blobs: () => Blobs) =>
    it(`come back byte for byte from ${name}, once, sealed, and for their own case only`, async () => {
      const own = documents(blobs());
      const bytes = pdf(`/Title (Canary ${randomUUID()})`);
      const given = taking(bytes);
      const row = await own.take(given);
      expect(row).toEqual({
        caseId: given.caseId,
        sha256: createHash('sha256').update(bytes).digest('hex'),
        type: PDF,
        size: bytes.length,
        state: 'kept',
        receivedBy: 'officer.kupang',
        receivedAt: at,
      });
      expect(await own.take({ ...given, by: 'someone.else' })).toEqual(row);
      expect(await own.list(given.caseId)).toEqual([row]);
      expect((await read(own, given.caseId, row.sha256)).equals(bytes)).toBe(true);
      expect(await own.open(randomUUID(), row.sha256)).toBeUndefined();
      await expect(own.take({ ...given, bytes: EICAR })).rejects.toThrow(DocumentRefused);
      expect(await own.list(given.caseId)).toEqual([row]);
    });
  kept('a folder', () => blobsInFolder(folder));

  describe('in a bucket', () => {
    let bucket: Bucket;
    beforeAll(async () => {
      bucket = new Bucket();
      await bucket.start();
    });
    afterAll(() => bucket.stop());
    kept('a bucket', () => blobsInBucket(bucket.settings));
    it('signs what it asks, and says that the bucket is away', async () => {
      expect(new Set(bucket.signed)).toEqual(new Set(['PUT', 'GET']));
      const nowhere = blobsInBucket({ ...bucket.settings, url: 'http://127.0.0.1:1/tegas' });
      await expect(nowhere.get(`${randomUUID()}/${'0'.repeat(64)}`)).rejects.toThrow(BlobsAway);
    }, 60_000);
  });

  it('lie on the disk sealed, under no name that anybody gave them', async () => {
    const own = documents(blobsInFolder(folder));
    const canary = `Canary ${randomUUID()}`;
    const { caseId, sha256 } = await own.take(taking(pdf(`/Title (${canary})`)));
    const [file] = await readdir(join(folder, caseId));
    expect(file).toBe(sha256);
    expect((await readFile(join(folder, caseId, sha256))).includes(canary)).toBe(false);
    await expect(blobsInFolder(folder).get('../../etc/passwd')).rejects.toThrow('named by a case and a hash');
  });

  it('that are damaged, moved or gone are told and not shown; the same document mends them', async () => {
    const own = documents(blobsInFolder(folder));
    for (const damage of [
      async (path: string) => {
        const sealed = await readFile(path);
        sealed.subarray(-20).fill(1);
        await writeFile(path, sealed);
      },
      async (path: string) => writeFile(path, sealFile(pdf(), randomBytes(16), randomBytes(32))),
      async (path: string) => rm(path),
    ]) {
      const given = taking(pdf(`/Title (${randomUUID()})`));
      const { caseId, sha256 } = await own.take(given);
      await damage(join(folder, caseId, sha256));
      await expect(read(own, caseId, sha256)).rejects.toThrow(DocumentDamaged);
      expect(await own.list(caseId)).toMatchObject([{ state: 'damaged' }]);
      await expect(own.open(caseId, sha256)).rejects.toThrow(DocumentHeldBack);
      expect(await own.take(given)).toMatchObject({ state: 'kept' });
      expect((await read(own, caseId, sha256)).equals(given.bytes)).toBe(true);
    }
  });

  it('are found damaged by whoever looks through them, before anybody asks', async () => {
    const own = documents(blobsInFolder(folder));
    await database.pool.query('TRUNCATE evidence.document'); // others lie in the bucket
    const { caseId, sha256 } = await own.take(taking(pdf('/Rotten true')));
    await rm(join(folder, caseId, sha256));
    expect(await own.check(1000, 0)).toEqual({ checked: 1, damaged: 1, infected: 0, away: 0 });
    expect(await own.count()).toEqual({ kept: 0, quarantined: 0, infected: 0, damaged: 1 });
    expect(await own.check(1000, 3_600_000)).toMatchObject({ checked: 0 });
  });

  it('wait while the scanner is away, are shown once it has answered, and never when it found something', async () => {
    const clamd = new Clamd();
    await clamd.start();
    const own = documents(blobsInFolder(folder), clamdAt(clamd.address));
    const nobody = documents(blobsInFolder(folder), clamdAt('127.0.0.1:1'));
    const bytes = pdf('/Title (waits)');
    const { caseId, sha256, state } = await nobody.take(taking(bytes));
    expect(state).toBe('quarantined');
    await expect(nobody.open(caseId, sha256)).rejects.toMatchObject({ state: 'quarantined' });
    expect(await nobody.check(10, 3_600_000)).toMatchObject({ checked: 0, away: 1 });
    // Nor when the scanner is no longer configured, nor when it is sent once more.
    const unscanned = documents(blobsInFolder(folder));
    expect(await unscanned.check(10, 3_600_000)).toMatchObject({ checked: 0, away: 1 });
    expect((await unscanned.take({ ...taking(bytes), caseId })).state).toBe('quarantined');
    await expect(unscanned.open(caseId, sha256)).rejects.toMatchObject({ state: 'quarantined' });
    expect(await own.check(10, 3_600_000)).toEqual({ checked: 1, damaged: 0, infected: 0, away: 0 });
    expect((await read(own, caseId, sha256)).equals(bytes)).toBe(true);
    const infected = await own.take(taking(Buffer.concat([text('%PDF-1.4\n% '), EICAR, text('\n%%EOF\n')])));
    expect(infected.state).toBe('infected');
    await expect(own.open(infected.caseId, infected.sha256)).rejects.toMatchObject({ state: 'infected' });
    clamd.says = 'INSTREAM size limit exceeded. ERROR';
    expect((await own.take(taking(pdf('/Title (refused by the scanner)')))).state).toBe('quarantined');
    await clamd.stop();
  });

  it('are destroyed with the key of their person', async () => {
    const own = documents(blobsInFolder(folder));
    const given = taking(pdf('/Title (forgotten)'));
    const { caseId, sha256 } = await own.take(given);
    keys.destroyed.add(given.personId);
    await expect(own.open(caseId, sha256)).rejects.toMatchObject({ state: 'destroyed' });
    // The one that no scanner has looked at still waits.
    expect(await own.check(1000, 0)).toMatchObject({ damaged: 0, away: 1 });
    expect(await own.removeOf(given.personId)).toBe(1);
    expect(await readdir(join(folder, caseId))).toEqual([]);
    expect(await own.list(caseId)).toEqual([]);
  });

  it('of the same content stay another person’s when one’s are destroyed', async () => {
    const own = documents(blobsInFolder(folder));
    const [one, other] = [taking(pdf('/Title (of both)')), taking(pdf('/Title (of both)'))];
    const [{ sha256 }, same] = [await own.take(one), await own.take(other)];
    expect([same.sha256, one.personId === other.personId, one.caseId === other.caseId]).toEqual([sha256, false, false]);
    const sealed = await Promise.all([one, other].map(({ caseId }) => readFile(join(folder, caseId, sha256))));
    expect(sealed[0]?.equals(sealed[1] ?? Buffer.alloc(0))).toBe(false);
    keys.destroyed.add(one.personId);
    expect(await own.removeOf(one.personId)).toBe(1);
    expect(await own.open(one.caseId, sha256)).toBeUndefined();
    expect((await read(own, other.caseId, sha256)).equals(other.bytes)).toBe(true);
    // A copy that was kept opens under the other's name no more than under its own.
    await writeFile(join(folder, other.caseId, sha256), sealed[0] ?? '');
    await expect(read(own, other.caseId, sha256)).rejects.toThrow(DocumentDamaged);
  });
});

it('is configured by variables that are named when they are wrong', () => {
  for (const [variable, env] of [
    ['TEGAS_CLAMD', { TEGAS_CLAMD: 'clamd' }],
    ['TEGAS_S3_URL', { TEGAS_S3_URL: 's3://bucket' }],
    ['TEGAS_S3_ACCESS_KEY_ID', { TEGAS_S3_URL: 'https://s3.test/tegas' }],
  ] as const)
    expect(() => documentSettings(env, '/nowhere')).toThrow(variable);
  expect(documentSettings({ TEGAS_CLAMD: '[::1]:3310' }, '/nowhere').scan).toBeDefined();
});

/** Answers as clamd does over its socket: it finds the EICAR test virus, and nothing else. */
class Clamd {
  says: string | undefined;
  private port = 0;
  private readonly server = net.createServer((socket) => {
    let held = Buffer.alloc(0);
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      held = Buffer.concat([held, Buffer.from(chunk)]);
      // The last chunk is the empty one.
      if (!held.subarray(-4).equals(Buffer.alloc(4)) || !held.subarray(0, 10).equals(text('zINSTREAM\0'))) return;
      socket.end(`${this.says ?? `stream: ${held.includes(EICAR) ? 'Eicar-Test-Signature FOUND' : 'OK'}`}\0`);
    });
  });

  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    this.port = (this.server.address() as net.AddressInfo).port;
  }

  async stop(): Promise<void> {
    await new Promise((resolve) => this.server.close(resolve));
  }
}

/** A bucket over HTTP, as far as it is asked here; it believes any signature of its own key. */
class Bucket {
  readonly signed: string[] = [];
  private readonly held = new Map<string, Buffer>();
  private port = 0;
  private readonly server: Server = createServer(async (request, response) => {
    const { method = '', url = '', headers } = request;
    if (!/^AWS4-HMAC-SHA256 Credential=key-id\/\d{8}\/us-east-1\/s3\/aws4_request, /.test(headers.authorization ?? ''))
      return response.writeHead(403).end();
    this.signed.push(method);
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const there = this.held.get(url);
    if (method === 'PUT') this.held.set(url, Buffer.concat(chunks));
    if (method === 'DELETE') this.held.delete(url);
    if (method === 'GET' && there === undefined) return response.writeHead(404).end();
    return response.writeHead(200).end(method === 'GET' ? there : undefined);
  });

  get settings() {
    return { url: `http://127.0.0.1:${this.port}/tegas`, accessKeyId: 'key-id', secretAccessKey: 'secret' };
  }

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    this.port = (this.server.address() as net.AddressInfo).port;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
