/** Letters of a case as PDF, made anew from its events each time; and, for anyone who holds one, whether it stands. */
import { createHash, createPublicKey } from 'node:crypto';
import { Controller, Get, Headers, Inject, Param, Query, Req, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiProduces, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { type Text } from '#domain/event.js';
import { CaseDesk } from '#event-store/case-desk.js';
import { letterOf, lettersOf, stillStands } from '#letters/letter.js';
import { letterPdf } from '#letters/letter-pdf.js';
import { letterOfToken, letterToken, signedLetter } from '#letters/letter-proof.js';
import { checkedId, officialOf } from './case.controller.js';
import { notFound } from './problem-details.js';
import { readInScope, refuseUnknown, refuseWithheld } from './queries.js';
import type { ApiSettings } from './settings.js';
import { May, type SignedInRequest } from './sign-in.js';
import { OpenLogToken, type Tegas } from './tegas.js';

type Standing = 'valid' | 'revoked' | 'unknown';

@ApiTags('letters')
@Controller()
export class LettersController {
  constructor(
    private readonly desk: CaseDesk,
    @Inject(OpenLogToken) private readonly tegas: Tegas,
    @Inject('tegas:settings') private readonly settings: ApiSettings,
  ) {}

  /** The letters that the case's events call for, the first one first, each with whether it still stands. */
  @May('ReadCase')
  @Get('cases/:caseId/letters')
  @ApiBearerAuth()
  async list(@Param('caseId') caseId: string, @Query() query: Record<string, string>, @Req() request: SignedInRequest) {
    refuseUnknown(query, []);
    const { state, letters } = await this.lettersIn(caseId, request);
    return {
      items: letters.map((letter) => ({
        revision: letter.revision,
        code: letter.definition.code,
        name: letter.definition.name,
        at: letter.event.metadata.effectiveAt,
        stands: stillStands(letter, state),
      })),
    };
  }

  /** One letter: that of an event (`revision`), by its code in the procedure. The same bytes whenever it is asked for. */
  @May('ReadDocument')
  @Get('cases/:caseId/letters/:revision/:code')
  @ApiBearerAuth()
  @ApiProduces('application/pdf')
  async one(
    @Param('caseId') caseId: string,
    @Param('revision') revision: string,
    @Param('code') code: string,
    @Query() query: Record<string, string>,
    @Req() request: SignedInRequest,
    @Res() reply: FastifyReply,
  ) {
    refuseUnknown(query, []);
    const { letters, context, showing } = await this.lettersIn(caseId, request);
    refuseWithheld(showing);
    const letter = letters.find((one) => String(one.revision) === revision && one.definition.code === code);
    if (letter === undefined) throw notFound();
    const { codec, registry } = this.tegas;
    const token = letterToken({ caseId, revision: letter.revision }, (text) => codec.fingerprint(text));
    const around = await this.desk.around(letter.state);
    const content = letterOf(letter, { ...context, ...around, officials: registry.state.officials });
    const pdf = await letterPdf(content, `${this.settings.publicUrl}/surat/${token}`);
    return reply
      .header('Content-Type', 'application/pdf')
      .header('Content-Disposition', `attachment; filename="${content.number.replaceAll('/', '-')}-${code}.pdf"`)
      .send(signedLetter(pdf, token, codec.letterKey));
  }

  /** What letters are signed with, for `tegas letter verify` anywhere: an Ed25519 public key in PEM. */
  @May('CheckLetter')
  @Get('letters/key')
  key() {
    return { key: createPublicKey(this.tegas.codec.letterKey).export({ type: 'spki', format: 'pem' }) };
  }

  /** Whether a letter stands, for whoever holds it: `valid`, `revoked` or `unknown`, and nothing of whom it is about. */
  @May('CheckLetter')
  @Get('surat/:token')
  async standing(
    @Param('token') token: string,
    @Headers('accept') accept: string | undefined,
    @Query() query: Record<string, string>,
    @Res() reply: FastifyReply,
  ) {
    refuseUnknown(query, []);
    const standing = await this.standingOf(token);
    const sign = { valid: '✓', revoked: '✕', unknown: '?' }[standing];
    return answerPage(accept, reply, { standing, text: STANDINGS[standing] }, sign, {
      id: 'Bandingkan isi surat dengan aslinya di kantor bila ragu.',
      en: 'If in doubt, have the office compare the letter with its own.',
    });
  }

  private async standingOf(token: string): Promise<Standing> {
    const ref = letterOfToken(token, (text) => this.tegas.codec.fingerprint(text));
    if (ref === undefined) return 'unknown';
    const { state, events } = await this.desk.read(ref.caseId);
    if (state === undefined) return 'unknown';
    const [letter] = lettersOf(events.slice(0, ref.revision + 1), this.desk.procedureOf(state.procedure).letters).filter(
      ({ revision }) => revision === ref.revision,
    );
    if (letter === undefined) return 'unknown';
    return stillStands(letter, state) ? 'valid' : 'revoked';
  }

  private async lettersIn(caseId: string, request: SignedInRequest) {
    checkedId(caseId);
    const { state, events, context, showing } = await readInScope(this.desk, this.tegas, caseId, officialOf(request));
    return { state, context, showing, letters: lettersOf(events, context.procedure.letters) };
  }
}

const STANDINGS: { readonly [S in Standing]: Text } = {
  valid: { id: 'Surat ini sah dan masih berlaku.', en: 'This letter is genuine and stands.' },
  revoked: { id: 'Surat ini pernah diterbitkan, tetapi tidak berlaku lagi.', en: 'This letter was issued, and stands no more.' },
  unknown: {
    id: 'Surat ini tidak dikenal. Tanyakan kepada kantor yang namanya tertera di atasnya.',
    en: 'This letter is not known. Ask the office whose name it bears.',
  },
};

const STYLE = `:root { color-scheme: light dark; font: 1.25rem/1.5 system-ui, sans-serif }
body { max-width: 32rem; margin: 12vh auto; padding: 0 1.5rem }
.sign { font-size: 4rem; line-height: 1 }
h1 { font-size: 1.5rem }`;

/** Nothing but this page's own style. */
const PAGE_CSP = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;

/** An answer for anyone: as data, or, where a browser asks, as a page that says it in both languages. */
export function answerPage(
  accept: string | undefined,
  reply: FastifyReply,
  answer: { readonly text: Text; readonly standing: string },
  sign: string,
  advice: Text,
) {
  if (accept?.includes('text/html') !== true) return reply.send(answer);
  return reply
    .header('Content-Security-Policy', PAGE_CSP)
    .type('text/html; charset=utf-8')
    .send(pageOf(answer.text, sign, advice));
}

function pageOf({ id, en }: Text, sign: string, advice: Text): string {
  return `<!doctype html>
<html lang="id"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="robots" content="noindex">
<title>${id}</title><style>${STYLE}</style></head><body><main>
<div class="sign" aria-hidden="true">${sign}</div>
<h1>${id}</h1>
<p lang="en">${en}</p>
<p>${advice.id} <span lang="en">${advice.en}</span></p>
</main></body></html>`;
}
