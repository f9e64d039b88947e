/** Proofs for auditors: the newest checkpoint, that one continues another, and every event of a case with its audit path. */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { Controller, Get, Inject, Param, Query, Req, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { pack } from 'tar-stream';
import { gatheredSubtrees, provenStream, writeBundle } from '#audit/bundle.js';
import type { Checkpoint } from '#audit/checkpoint.js';
import { consistencyProof, type TreeHash } from '#audit/merkle.js';
import { MerkleLog } from '#audit/merkle-log.js';
import { refuseRole } from '#domain/case/permit.js';
import { referenceOf } from '#domain/case/reference.js';
import { type Id } from '#domain/event.js';
import { caseStream, clocksStream } from '#domain/process/escalation.js';
import { CaseDesk } from '#event-store/case-desk.js';
import { checkedId, officialOf } from './case.controller.js';
import { asFile } from './case-audit.controller.js';
import { malformed, Problem, problemOf } from './problem-details.js';
import { readInScope, refuseUnknown } from './queries.js';
import { May, type SignedInRequest } from './sign-in.js';
import { OpenLogToken, type Tegas } from './tegas.js';

@ApiTags('audit')
@ApiBearerAuth()
@Controller('audit')
export class ProofsController {
  private opening: Promise<MerkleLog> | undefined;

  constructor(
    private readonly desk: CaseDesk,
    @Inject(OpenLogToken) private readonly tegas: Tegas,
  ) {}

  /** The newest signed checkpoint, as a note of C2SP tlog-checkpoint, and the public keys. Keep it where no administrator can write. */
  @May('ReadProofs')
  @Get('checkpoint')
  async checkpoint(@Query() query: Record<string, string>) {
    refuseUnknown(query, []);
    const merkle = await this.merkle();
    return { ...viewOf(await newestOf(merkle)), keys: await merkle.keys() };
  }

  /** That the log of `to` events (the newest checkpoint’s, unless given) begins with the `from` events of an earlier checkpoint: RFC 9162 2.1.4. */
  @May('ReadProofs')
  @Get('proof/consistency')
  @ApiQuery({ name: 'from' })
  @ApiQuery({ name: 'to', required: false })
  async consistency(@Query() query: Record<string, string>) {
    refuseUnknown(query, ['from', 'to']);
    const merkle = await this.merkle();
    const newest = await newestOf(merkle);
    const from = sizeIn('from', query.from);
    const to = query.to === undefined ? newest.size : sizeIn('to', query.to);
    if (to > newest.size || from > to)
      throw malformed([{ path: 'from', fault: `must not be above to, nor to above ${newest.size}, the newest checkpoint’s` }]);
    return { from, to, proof: inBase64(await consistencyProof(from, to, merkle.readSubtrees)) };
  }

  /**
   * Every event of a case and of its clocks under the newest checkpoint: the text that its hash covers, where it stands and its audit path (RFC
   * 9162 2.1.3). SHA-256 of the text is the event’s hash, and those 32 bytes are the leaf’s data.
   */
  @May('ReadProofOfCase')
  @Get('proof/cases/:caseId')
  async ofCase(@Param('caseId') caseId: Id, @Query() query: Record<string, string>, @Req() request: SignedInRequest) {
    refuseUnknown(query, []);
    await this.provable('ReadProofOfCase', caseId, request);
    const merkle = await this.merkle();
    const checkpoint = await newestOf(merkle);
    const from = { store: this.tegas.log.store, merkle, size: checkpoint.size, read: gatheredSubtrees(merkle) };
    const streams = [caseStream(caseId), clocksStream(caseId)];
    const events = await Promise.all(
      streams.map(async (stream) =>
        (await provenStream(from, stream)).map(({ revision, line, leaf, proof }) => ({
          stream,
          revision,
          leaf,
          text: line,
          proof: inBase64(proof),
        })),
      ),
    );
    return { caseId, checkpoint: viewOf(checkpoint), events: events.flat() };
  }

  @May('ExportCase')
  @Get('cases/:caseId/bundle')
  @ApiOperation({
    summary: 'The case with what proves it, in a tar file; unpacked, `tegas verify <folder>` verifies it anywhere',
  })
  @ApiQuery({
    name: 'since',
    required: false,
    description: 'The size of a checkpoint kept before: the bundle then proves too that the log continues it',
  })
  async bundle(
    @Param('caseId') caseId: Id,
    @Query() query: Record<string, string>,
    @Req() request: SignedInRequest,
    @Res() reply: FastifyReply,
  ) {
    refuseUnknown(query, ['since']);
    const since = query.since === undefined ? undefined : sizeIn('since', query.since);
    await this.provable('ExportCase', caseId, request);
    const merkle = await this.merkle();
    const [checkpoint, keys] = [await newestOf(merkle), await merkle.keys()];
    if (since !== undefined && since > checkpoint.size)
      throw malformed([{ path: 'since', fault: `must not be above ${checkpoint.size}, the newest checkpoint’s` }]);
    const exportedAt = this.tegas.time.now();
    const above = await mkdtemp(join(tmpdir(), 'tegas-bundle-'));
    try {
      const folder = join(above, 'bundle');
      const streams = [caseStream(caseId), clocksStream(caseId)];
      const scope = { kind: 'case', caseId } as const;
      const of = { checkpoint, keys, scope, streams, exportedAt, ...(since === undefined ? {} : { since: { size: since } }) };
      await writeBundle(folder, { store: this.tegas.log.store, merkle, ...of });
      const names = (await readdir(folder)).toSorted();
      const tar = pack();
      for (const name of names) tar.entry({ name, mtime: new Date(exportedAt) }, await readFile(join(folder, name)));
      tar.finalize();
      return asFile(reply, `${referenceOf(caseId)}.tar`, 'application/x-tar').send(await buffer(tar));
    } finally {
      await rm(above, { recursive: true });
    }
  }

  private async provable(act: 'ReadProofOfCase' | 'ExportCase', caseId: Id, request: SignedInRequest): Promise<void> {
    checkedId(caseId);
    const { context } = await readInScope(this.desk, this.tegas, caseId, officialOf(request));
    const denial = refuseRole(act, context.actor);
    if (denial !== undefined) throw problemOf(denial);
  }

  private merkle(): Promise<MerkleLog> {
    // What could not be opened for now is tried again by the next who asks.
    this.opening ??= MerkleLog.open(this.tegas.pool, this.tegas.log.store).catch((error) => {
      this.opening = undefined;
      throw error;
    });
    return this.opening;
  }
}

function viewOf({ origin, size, root, signedAt, note }: Checkpoint) {
  return { origin, size, root: root.toString('base64'), signedAt, note };
}

async function newestOf(merkle: MerkleLog): Promise<Checkpoint> {
  const newest = await merkle.latestCheckpoint();
  if (newest === undefined)
    throw new Problem(503, 'no-checkpoint', {
      id: 'Belum ada checkpoint yang ditandatangani. Coba lagi sebentar lagi.',
      en: 'No checkpoint has been signed yet. Try again in a moment.',
    });
  return newest;
}

function inBase64(hashes: readonly TreeHash[]): readonly string[] {
  return hashes.map((hash) => hash.toString('base64'));
}

function sizeIn(path: string, text: string | undefined): number {
  if (text === undefined || !/^[1-9]\d{0,14}$/.test(text))
    throw malformed([{ path, fault: 'must be the size of a tree, a whole number from 1' }]);
  return Number(text);
}
