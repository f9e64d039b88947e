/** Documents of a case over HTTP: sent as they are, looked through before anything is kept, given back as attachments that nothing runs in. */
import { Readable } from 'node:stream';
import { Controller, Get, Headers, HttpCode, Inject, Param, Post, Query, Req, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiConsumes, ApiProduces, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { availableActions } from '#domain/case/available-actions.js';
import { type Text } from '#domain/event.js';
import { CaseDesk } from '#event-store/case-desk.js';
import { DocumentHeldBack } from '#evidence/documents.js';
import { DocumentRefused, type DocumentType, documentTypes, MOST_BYTES, tooLarge } from '#evidence/inspection.js';
import { DocumentDamaged } from '#evidence/sealed-file.js';
import { checkedId, officialOf } from './case.controller.js';
import { notFound, Problem, problemOf } from './problem-details.js';
import { readInScope, refuseUnknown, refuseWithheld } from './queries.js';
import { May, type SignedInRequest } from './sign-in.js';
import { OpenLogToken, type Tegas } from './tegas.js';

/** Each may hold as many bytes in memory as a document may have. */
const MOST_AT_ONCE = 4;
const ENDINGS: { readonly [T in DocumentType]: string } = { 'application/pdf': 'pdf', 'image/jpeg': 'jpg', 'image/png': 'png' };
/** Whatever it is, a browser that opens it runs nothing of it. */
const CSP = "default-src 'none'; sandbox; frame-ancestors 'none'";

@ApiTags('documents')
@ApiBearerAuth()
@Controller('cases/:caseId/documents')
export class DocumentsController {
  private underWay = 0;

  constructor(
    private readonly desk: CaseDesk,
    @Inject(OpenLogToken) private readonly tegas: Tegas,
  ) {}

  /**
   * A scan or a photograph, at most 25 MB. Whoever may receive evidence on the case may send it; its hash is then given to `receive-evidence`. The
   * same document again answers the one that is there.
   */
  @May('ReceiveEvidence')
  @Post()
  @HttpCode(201)
  @ApiConsumes(...documentTypes)
  @ApiBody({ schema: { type: 'string', format: 'binary' } })
  async take(
    @Param('caseId') caseId: string,
    @Headers('content-type') claimed: string | undefined,
    @Query() query: Record<string, string>,
    @Req() request: SignedInRequest,
  ) {
    refuseUnknown(query, []);
    const by = officialOf(request);
    const { state, context } = await readInScope(this.desk, this.tegas, checkedId(caseId), by);
    const receive = availableActions(state, context).find(({ command }) => command === 'ReceiveEvidence');
    if (receive?.allowed === false) throw problemOf(receive.denial);
    if (!(request.body instanceof Readable)) throw new Problem(415, 'media-type', ONLY_DOCUMENTS);
    if (this.underWay >= MOST_AT_ONCE) throw new Problem(503, 'too-many-uploads', BUSY);
    this.underWay += 1;
    try {
      const bytes = await whole(request.body);
      const personId = state.subjectId ?? state.caseId;
      const type = (claimed ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
      return await this.tegas.documents.take({ caseId, personId, bytes, claimed: type, by, at: this.tegas.time.now() });
    } catch (error) {
      if (!(error instanceof DocumentRefused)) throw error;
      const { code, text } = error.refused;
      throw new Problem(error.refused === tooLarge ? 413 : 422, code, text);
    } finally {
      this.underWay -= 1;
    }
  }

  /** What there is, by hash, with its state: `kept`, `quarantined` until a scanner has answered, `infected`, `damaged`. */
  @May('ReadCase')
  @Get()
  async list(@Param('caseId') caseId: string, @Query() query: Record<string, string>, @Req() request: SignedInRequest) {
    refuseUnknown(query, []);
    await readInScope(this.desk, this.tegas, checkedId(caseId), officialOf(request));
    return { items: await this.tegas.documents.list(caseId) };
  }

  /** The document itself, as an attachment. */
  @May('ReadDocument')
  @Get(':sha256')
  @ApiProduces(...documentTypes)
  async one(
    @Param('caseId') caseId: string,
    @Param('sha256') sha256: string,
    @Query() query: Record<string, string>,
    @Req() request: SignedInRequest,
    @Res() reply: FastifyReply,
  ) {
    refuseUnknown(query, []);
    const { showing } = await readInScope(this.desk, this.tegas, checkedId(caseId), officialOf(request));
    refuseWithheld(showing);
    if (!/^[0-9a-f]{64}$/.test(sha256)) throw notFound();
    try {
      const found = await this.tegas.documents.open(caseId, sha256);
      if (found === undefined) throw notFound();
      const pieces = found.bytes[Symbol.asyncIterator]();
      // The first piece before any header: what is damaged from its beginning is told as such.
      const first = await pieces.next();
      const rest = { [Symbol.asyncIterator]: () => pieces };
      const { type, size } = found.row;
      reply
        .header('Content-Type', type)
        .header('Content-Length', size)
        .header('Content-Disposition', `attachment; filename="${sha256.slice(0, 12)}.${ENDINGS[type]}"`)
        .header('Content-Security-Policy', CSP);
      return reply.send(Readable.from(first.done === true ? [] : joined(first.value, rest), { objectMode: false }));
    } catch (error) {
      if (error instanceof DocumentHeldBack) throw heldBack(error.state);
      if (error instanceof DocumentDamaged) throw heldBack('damaged');
      throw error;
    }
  }
}

async function* joined(first: Buffer, rest: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  yield first;
  yield* rest;
}

/** @throws DocumentRefused as soon as there are too many bytes */
async function whole(body: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > MOST_BYTES) throw new DocumentRefused(tooLarge);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

const ONLY_DOCUMENTS: Text = {
  id: `Kirim dokumen apa adanya, dengan Content-Type ${documentTypes.join(', ')}.`,
  en: `Send the document as it is, with the Content-Type ${documentTypes.join(', ')}.`,
};
const BUSY: Text = {
  id: 'Terlalu banyak dokumen sedang diunggah. Coba lagi sebentar lagi.',
  en: 'Too many documents are being uploaded. Try again in a moment.',
};

function heldBack(state: DocumentHeldBack['state']): Problem {
  switch (state) {
    case 'quarantined':
      return new Problem(409, 'document-quarantined', {
        id: 'Dokumen ini belum diperiksa pemindai virus. Ia dibuka segera setelah pemindai menjawab.',
        en: 'No virus scanner has looked at this document yet. It opens as soon as the scanner has answered.',
      });
    case 'infected':
      return new Problem(409, 'document-infected', {
        id: 'Pemindai menemukan perangkat lunak jahat dalam dokumen ini; ia tidak dibuka. Mintalah dokumen lain.',
        en: 'The scanner found malicious software in this document; it is not opened. Ask for another.',
      });
    case 'damaged':
      return new Problem(409, 'document-damaged', {
        id: 'Dokumen yang tersimpan rusak atau hilang. Unggah lagi dokumen yang sama, atau pulihkan dari cadangan; sidik jarinya tetap tercatat.',
        en: 'What is kept of this document is damaged or gone. Upload the same document again, or restore it from the backup; its hash is still on record.',
      });
    case 'destroyed':
      return new Problem(410, 'document-destroyed', {
        id: 'Dokumen ini sudah dimusnahkan menurut jadwal retensi.',
        en: 'This document was destroyed when its retention ended.',
      });
  }
}
